"""Games whose worths are sums of coefficients times terms, and values with their exact errors and derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, as_players, mask_of, unknown_label
from coalitions.errors import CoalitionError, WorthError
from coalitions.game import Game, as_game, float_worths
from coalitions.tolerance import RELATIVE, scale_of
from coalitions.values.shapley import shapley_value

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, init=False, eq=False, repr=False)
class ParametricGame:
    """A game whose worths are linear in named coefficients: v(S) = sum over k of theta_k f_k(S).

    Parameters
    ----------
    players : iterable of n labels
    terms : mapping from name to Game, representation or array_like of shape (2**n,)
        The tables f_k, in bitmask order, 0 for the empty coalition.
    coefficients : mapping from name to number
        theta, one for each term: floats, Fractions or sympy symbols.
    covariance : array_like, shape (k, k), optional
        Of the coefficients, in the order of the terms.

    Attributes
    ----------
    players : tuple of labels
    terms : dict from name to Game
    coefficients : dict from name to number
        In the order of the terms.
    covariance : ndarray of float64, read-only, or None

    Raises
    ------
    WorthError
        No term, a coefficient that is missing or is not a finite number, a covariance of the wrong shape, not
        symmetric or with a negative direction.
    CoalitionError
        A coefficient without a term, or a term for other players.

    References
    ----------
    .. [1] L. S. Shapley (1953), A value for n-person games, for the linearity that all of this rests on.

    Examples
    --------
    >>> pact = ParametricGame("AB", {"gain": [0, 0, 0, 4], "cost": [0, 1, 1, 2]}, {"gain": 2.0, "cost": -0.5})
    >>> pact["A", "B"]
    7.0
    """

    players: tuple[Label, ...]
    terms: Mapping[str, Game]
    coefficients: Mapping[str, Any]
    covariance: NDArray[np.float64] | None

    def __init__(
        self,
        players: Iterable[Label],
        terms: Mapping[str, Any],
        coefficients: Mapping[str, Any],
        covariance: ArrayLike | None = None,
    ) -> None:
        order = as_players(players)
        if not terms:
            raise WorthError("no terms: the worths are made of at least one")
        tables = {name: _as_term(name, given, order) for name, given in terms.items()}
        object.__setattr__(self, "players", order)
        object.__setattr__(self, "terms", tables)
        object.__setattr__(self, "coefficients", _as_coefficients(coefficients, tuple(tables)))
        object.__setattr__(self, "covariance", _as_covariance(covariance, tuple(tables)))

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition under the coefficients."""
        mask = mask_of(coalition, self.players)
        parts = [self.coefficients[name] * term.worths[mask] for name, term in self.terms.items()]
        worth = sum(parts[1:], parts[0])
        return worth.item() if isinstance(worth, np.generic) else worth

    def __repr__(self) -> str:
        formula = " + ".join(f"{value} {name}" for name, value in self.coefficients.items())
        return f"ParametricGame of {self.n} player{'s' * (self.n > 1)}: {formula}"

    def to_game(self) -> Game:
        """Tabulate the worths under the coefficients.

        Returns
        -------
        Game
            Exact or symbolic where terms and coefficients are.

        Notes
        -----
        k passes over the table.
        """
        names = iter(self.terms)
        first = next(names)
        game: Game = self.terms[first] * self.coefficients[first]
        for name in names:
            game = game + self.terms[name] * self.coefficients[name]
        return game

    def at(self, **coefficients: Any) -> ParametricGame:
        """Change some coefficients and keep the rest.

        Parameters
        ----------
        **coefficients : numbers
            By name of their term.

        Returns
        -------
        ParametricGame
            With the same terms and covariance.

        Examples
        --------
        >>> ParametricGame("A", {"gain": [0, 4]}, {"gain": 1.0}).at(gain=2.0)["A"]
        8.0
        """
        changed = replace_known(self.coefficients, coefficients)
        return ParametricGame(self.players, self.terms, changed, self.covariance)

    def value(self, solution: Callable[..., Allocation] = shapley_value, **options: Any) -> ParametricAllocation:
        """Find a linear value together with its derivatives in every coefficient.

        Parameters
        ----------
        solution : callable
            From a Game to an Allocation, linear in the worths: Shapley, Banzhaf, any semivalue, Owen, Myerson,
            solidarity, equal division ...
        **options
            Passed on to it, such as ``unions=`` or ``graph=``.

        Returns
        -------
        ParametricAllocation

        Raises
        ------
        WorthError
            The solution is not linear in the worths, as its own answer for the whole game shows.

        Notes
        -----
        The solution runs once a term, and once on the whole game to see that it is linear.

        Examples
        --------
        >>> pact = ParametricGame("AB", {"gain": [0, 0, 0, 4], "cost": [0, 1, 1, 2]}, {"gain": 2.0, "cost": -0.5})
        >>> pact.value().gradient
        array([[2., 1.],
               [2., 1.]])
        """
        columns = [solution(term, **options) for term in self.terms.values()]
        direct = solution(self.to_game(), **options)
        exact = any(column.payoffs.dtype == object for column in columns)
        gradient = np.empty((self.n, len(columns)), object if exact else np.float64)
        for k, column in enumerate(columns):
            gradient[:, k] = column.payoffs
        theta = tuple(self.coefficients.values())
        payoffs = direct.payoffs
        name = getattr(solution, "__name__", direct.solution)
        for player, row, payoff in zip(self.players, gradient, payoffs, strict=True):
            parts = [slope * value for slope, value in zip(row, theta, strict=True)]
            away = sum(parts[1:], parts[0]) - payoff
            if not _is_nothing(away, self):
                raise WorthError(
                    f"{name} is not linear in the worths: the terms give {player!r} {away:+.6g} more than the whole "
                    "game does. Errors and derivatives need a linear value; draw coefficients for others"
                )
        return ParametricAllocation(
            players=self.players,
            payoffs=payoffs,
            solution=direct.solution,
            method=direct.method,
            terms=tuple(self.terms),
            coefficients=theta,
            gradient=gradient,
            coefficient_covariance=self.covariance,
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ParametricAllocation(Allocation):
    """A linear value of a parametric game, with what its coefficients do to it.

    Attributes
    ----------
    terms : tuple of str
    coefficients : tuple of numbers
        theta, in the order of the terms.
    gradient : ndarray, read-only, shape (n, k)
        The derivative of each player's payoff in each coefficient: the value of the term's own game.  Exact where the
        terms are.
    coefficient_covariance : ndarray of float64, shape (k, k), or None

    Examples
    --------
    >>> gain = ParametricGame("AB", {"gain": [0, 1, 0, 4]}, {"gain": 2.0}, covariance=[[0.01]])
    >>> gain.value()
    Shapley value of 2 players, exact, sum 8
    A     5   62.5%
    B     3   37.5%
    >>> gain.value().standard_errors
    array([0.25, 0.15])
    """

    terms: tuple[str, ...]
    coefficients: tuple[Any, ...]
    gradient: NDArray[Any]
    coefficient_covariance: NDArray[np.float64] | None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.gradient.flags.writeable = False

    @property
    def covariance(self) -> NDArray[np.float64]:
        """The covariance of the payoffs, shape (n, n): gradient, coefficient covariance, gradient transposed.

        Raises
        ------
        WorthError
            The coefficients have no covariance.
        """
        if self.coefficient_covariance is None:
            raise WorthError("the coefficients have no covariance: pass covariance= to ParametricGame")
        slopes = self.gradient.astype(np.float64)
        return np.asarray(slopes @ self.coefficient_covariance @ slopes.T)

    @property
    def standard_errors(self) -> NDArray[np.float64]:
        """The standard error of each payoff, shape (n,)."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))

    def interval(self, level: float = 0.95) -> NDArray[np.float64]:
        """Give every player's confidence interval.

        Parameters
        ----------
        level : float between 0 and 1

        Returns
        -------
        ndarray, shape (n, 2)
            Lower and upper ends, in the unit of the worths.  Exact for normal coefficients, since the payoffs are
            linear in them.

        Raises
        ------
        WorthError
            The coefficients have no covariance, or the payoffs are symbolic.
        CoalitionError
            The level is not between 0 and 1.

        Examples
        --------
        >>> gain = ParametricGame("A", {"gain": [0, 1]}, {"gain": 2.0}, covariance=[[1.0]])
        >>> gain.value().interval(0.95).round(2)
        array([[0.04, 3.96]])
        """
        if not 0 < level < 1:
            raise CoalitionError(f"level is {level!r}; it must be between 0 and 1, such as 0.95")
        half = NormalDist().inv_cdf(0.5 + level / 2) * self.standard_errors
        try:
            centre = self.payoffs.astype(np.float64)
        except TypeError:
            raise WorthError("the payoffs are formulas: give the symbols numbers first") from None
        return np.column_stack((centre - half, centre + half))

    def elasticities(self) -> NDArray[Any]:
        """Say by how many per cent a payoff grows when a coefficient grows by one per cent.

        theta_k / x_i * dx_i / dtheta_k.

        Returns
        -------
        ndarray, shape (n, k)
            Each row sums to 1.  Fractions or formulas where the payoffs are exact; nan (None where exact) for a
            player whose payoff is 0.

        Examples
        --------
        >>> pact = ParametricGame("A", {"gain": [0, 3], "cost": [0, 1]}, {"gain": 1.0, "cost": -1.0})
        >>> pact.value().elasticities()
        array([[ 1.5, -0.5]])
        """
        found = np.empty(self.gradient.shape, self.payoffs.dtype)
        for i, payoff in enumerate(self.payoffs):
            for k, value in enumerate(self.coefficients):
                share = self.gradient[i, k] * value
                found[i, k] = share / payoff if payoff != 0 else None
        return found

    def to_frame(self) -> pd.DataFrame:
        """Give payoffs, shares, standard errors and derivatives as a DataFrame indexed by player.

        Returns
        -------
        pandas.DataFrame
            Columns ``payoff``, ``share``, ``standard error`` (where there is a covariance) and, for each term,
            ``d payoff / d term``.
        """
        frame = super().to_frame()
        if self.coefficient_covariance is not None:
            frame["standard error"] = self.standard_errors
        for k, name in enumerate(self.terms):
            frame[f"d payoff / d {name}"] = self.gradient[:, k]
        return frame


def replace_known(old: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """Change entries of a mapping, refusing names it does not have.

    Parameters
    ----------
    old, changed : mappings from name to number

    Returns
    -------
    dict

    Raises
    ------
    CoalitionError
        A name that is not there, with the nearest one that is.

    Examples
    --------
    >>> replace_known({"gain": 1, "cost": 2}, {"cost": 3})
    {'gain': 1, 'cost': 3}
    """
    for name in changed:
        if name not in old:
            raise unknown_label(name, tuple(old), "term")
    return {**old, **changed}


def _as_term(name: str, given: Any, players: tuple[Label, ...]) -> Game:
    if not isinstance(given, Game) and not hasattr(given, "to_game"):
        try:
            return Game(players, given)
        except WorthError as error:
            raise WorthError(f"term {name!r}: {error}") from None
    game = as_game(given)
    if game.players != players:
        raise CoalitionError(f"term {name!r} is for the players {game.players}, not {players}")
    return game


def _as_coefficients(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    for name in given:
        if name not in names:
            raise unknown_label(name, names, "term")
    found = {}
    for name in names:
        if name not in given:
            raise WorthError(f"no coefficient for the term {name!r}")
        value = given[name]
        if isinstance(value, np.generic):
            value = value.item()
        number = isinstance(value, int | float | Fraction) and not isinstance(value, bool)
        symbolic = hasattr(value, "free_symbols")
        if not (number or symbolic) or (number and not np.isfinite(float(value))):
            raise WorthError(f"the coefficient of {name!r} is {value!r}, not a finite number")
        found[name] = value
    return found


def _as_covariance(given: ArrayLike | None, names: tuple[str, ...]) -> NDArray[np.float64] | None:
    if given is None:
        return None
    own = np.array(given, np.float64)
    if own.shape != (len(names), len(names)):
        raise WorthError(f"a covariance of shape {own.shape} for {len(names)} terms; it must be square, one row a term")
    if not np.isfinite(own).all():
        i, j = np.argwhere(~np.isfinite(own))[0]
        raise WorthError(f"the covariance of {names[i]!r} and {names[j]!r} is {own[i, j]}")
    scale = float(np.abs(own).max())
    if np.abs(own - own.T).max() > 1e-9 * scale:
        i, j = np.unravel_index(int(np.abs(own - own.T).argmax()), own.shape)
        raise WorthError(
            f"the covariance is not symmetric: {own[i, j]} and {own[j, i]} for {names[i]!r} and {names[j]!r}"
        )
    least = float(np.linalg.eigvalsh(own)[0])
    if least < -1e-9 * scale:
        raise WorthError(f"the covariance has the negative eigenvalue {least:.3g}: no coefficients vary like that")
    own.flags.writeable = False
    return own


def _is_nothing(away: Any, game: ParametricGame) -> bool:
    """Say whether a difference of payoffs is rounding, by the scale of what was added up."""
    if hasattr(away, "free_symbols"):
        import sympy

        return bool(sympy.simplify(away) == 0)
    if not isinstance(away, float):
        return bool(away == 0)
    pairs = zip(game.terms.values(), game.coefficients.values(), strict=True)
    return abs(away) <= RELATIVE * sum(abs(float(value)) * scale_of(float_worths(term)) for term, value in pairs)
