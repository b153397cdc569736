"""Games written as sums of unanimity games: Harsanyi dividends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, labels_of, mask_of, members_of
from coalitions.errors import CoalitionError, WorthError
from coalitions.families.given import as_number, mentioned, number_array, refuse_mixture, require_table
from coalitions.game import Game


@dataclass(frozen=True, init=False)
class Dividends:
    """A game given by what each coalition adds to the sum of what its parts have: its Harsanyi dividend.

    v(S) = sum over T inside S of d(T).

    Parameters
    ----------
    dividends : mapping from coalition to number
        A coalition is a label or an iterable of labels, not empty; those left out have dividend 0. Numbers may be sympy
        expressions.
    players : iterable of labels, optional
        In the order of first mention by default.

    Attributes
    ----------
    dividends : tuple of (int, number)
        Bitmask and dividend, in the order given.
    players : tuple of labels

    Raises
    ------
    CoalitionError
        An unknown player, or an empty coalition.
    WorthError
        A dividend that is not finite, or two for one coalition.

    References
    ----------
    .. [1] J. C. Harsanyi (1963), A simplified bargaining model for the n-person cooperative game, International
           Economic Review 4, 194-220.

    Examples
    --------
    >>> pact = Dividends({"AUS": 1, ("AUS", "JPN"): 2, ("AUS", "JPN", "USA"): 6})
    >>> pact["AUS", "JPN"], pact["AUS", "JPN", "USA"]
    (3, 9)
    >>> dividends_shapley(pact)
    [Fraction(4, 1), Fraction(3, 1), Fraction(2, 1)]
    """

    dividends: tuple[tuple[int, Any], ...]
    players: tuple[Label, ...]

    def __init__(self, dividends: Mapping[Any, Any], players: Iterable[Label] | None = None) -> None:
        order = as_players(mentioned(dividends) if players is None else players)
        parts: dict[int, Any] = {}
        for coalition, dividend in dividends.items():
            mask = mask_of(coalition, order)
            if not mask:
                raise CoalitionError(f"the empty coalition has dividend {dividend}; only others can have one")
            if mask in parts:
                raise WorthError(f"two dividends for {labels_of(mask, order)}: {parts[mask]} and {dividend}")
            parts[mask] = as_number(dividend, f"dividend of {labels_of(mask, order)}", ordered=False)
        refuse_mixture(parts.values())
        object.__setattr__(self, "dividends", tuple(parts.items()))
        object.__setattr__(self, "players", order)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition."""
        mask = mask_of(coalition, self.players)
        return sum(dividend for part, dividend in self.dividends if part & mask == part)

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game

        Notes
        -----
        The zeta transform: n 2**(n - 1) additions however many dividends there are.
        """
        require_table(self.n, "dividends_shapley and dividends_banzhaf need no table")
        numbers = number_array([dividend for _, dividend in self.dividends])
        table = np.zeros(1 << self.n, numbers.dtype)
        table[[part for part, _ in self.dividends]] = numbers
        zeta(table)
        return Game(self.players, table, copy=False)


def zeta(table: NDArray[Any]) -> None:
    """Turn dividends into worths: sum, for every coalition, the entries of the coalitions inside it; in place.

    Parameters
    ----------
    table : ndarray, shape (2**n,), contiguous

    Notes
    -----
    n 2**(n - 1) additions.

    Examples
    --------
    >>> table = np.array([0.0, 1.0, 2.0, 2.0])
    >>> zeta(table)
    >>> table
    array([0., 1., 2., 5.])
    """
    for i in range(len(table).bit_length() - 1):
        halves = table.reshape(-1, 2, 1 << i)
        halves[:, 1] += halves[:, 0]


def unanimity(carrier: Iterable[Label], players: Iterable[Label] | None = None, worth: Any = 1) -> Dividends:
    """Make the game in which a coalition has a worth only when all of a carrier are in it.

    Parameters
    ----------
    carrier : iterable of labels
        Not empty.
    players : iterable of labels, optional
        The carrier by default.
    worth : number, default 1

    Returns
    -------
    Dividends

    References
    ----------
    .. [1] L. S. Shapley (1953), A value for n-person games, Contributions to the Theory of Games II, 307-317.

    Examples
    --------
    >>> veto = unanimity(["USA", "RUS"], players=["USA", "RUS", "IND"])
    >>> veto["USA", "IND"], veto["USA", "RUS"]
    (0, 1)
    """
    inside = tuple(carrier)
    return Dividends({inside: worth}, players=inside if players is None else players)


def dividends_shapley(game: Dividends) -> list[Any]:
    """Divide every dividend equally among the members of its coalition: the Shapley value.

    Parameters
    ----------
    game : Dividends
        Any n.

    Returns
    -------
    list of n numbers
        Exact or symbolic unless a dividend is a float.

    Notes
    -----
    Time: the sum of the sizes of the coalitions listed.

    Examples
    --------
    >>> dividends_shapley(unanimity("AB", players="ABC", worth=3))
    [Fraction(3, 2), Fraction(3, 2), Fraction(0, 1)]
    """
    return _divided(game, lambda size: Fraction(1, size))


def dividends_banzhaf(game: Dividends) -> list[Any]:
    """Give each member of a coalition of s players 2**(1 - s) of its dividend: the Banzhaf value.

    Parameters
    ----------
    game : Dividends
        Any n.

    Returns
    -------
    list of n numbers
        Exact or symbolic unless a dividend is a float.

    Notes
    -----
    Time: the sum of the sizes of the coalitions listed.

    Examples
    --------
    >>> dividends_banzhaf(unanimity("ABC"))[0]
    Fraction(1, 4)
    """
    return _divided(game, lambda size: Fraction(1, 1 << (size - 1)))


def _divided(game: Dividends, weight: Any) -> list[Any]:
    payoffs: list[Any] = [Fraction(0)] * game.n
    for part, dividend in game.dividends:
        share = weight(part.bit_count()) * dividend
        for i in members_of(part):
            payoffs[i] += share
    return payoffs
