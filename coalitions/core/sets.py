"""Sets of payoffs around the core: imputations, core cover, reasonable set, and the core of the dual game."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation, as_payoffs
from coalitions.coalition import Label
from coalitions.core.membership import Core, core
from coalitions.errors import TooLargeError
from coalitions.exact import fractions_of
from coalitions.game import Game, as_game
from coalitions.tolerance import tolerance_of
from coalitions.values.dividends import comparable_worths
from coalitions.values.division import minimal_rights, utopia_payoffs

if TYPE_CHECKING:
    import pandas as pd

_BLOCK = 1 << 20
_MOST_TRIED = 10_000  # all sets of 13 players


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Within:
    """Whether a payoff is in a set; true or false in a condition, with the reason.

    Attributes
    ----------
    holds : bool
    player : label or None
        The player whose payoff is furthest outside its bounds; None where the sum is wrong or all is well.
    amount : number
        How far outside; where the sum is wrong, what it is above v(N).
    reason : str
    """

    holds: bool
    player: Label | None
    amount: Any
    reason: str

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        return self.reason


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PayoffBox:
    """The payoffs of v(N) that give every player something between two bounds.

    Attributes
    ----------
    players : tuple of labels
    lower, upper : ndarray, shape (n,)
        In the unit of the worths; infinite where there is no bound. Fractions for rational worths.
    total : number
        v(N).
    name : str
        What the set is called.
    tolerance : float
        0 for exact worths.
    """

    players: tuple[Label, ...]
    lower: NDArray[Any]
    upper: NDArray[Any]
    total: Any
    name: str
    tolerance: float

    @property
    def is_empty(self) -> bool:
        """Whether no payoff of v(N) lies between the bounds."""
        return self._conflict() is not None

    def contains(self, x: Any) -> Within:
        """Say whether a payoff is in the set, with the player furthest outside.

        Parameters
        ----------
        x : Allocation, mapping from player to payoff, or array_like of shape (n,)

        Returns
        -------
        Within
            True or false in a condition.

        Raises
        ------
        CoalitionError
            A player without a payoff, an unknown one, a payoff that is not finite.

        Examples
        --------
        >>> imputation_set(Game("AB", [0, 1, 2, 5])).contains([0, 5])
        not in the imputation set: 'A' gets 0, which is 1 below 1
        """
        payoffs = as_payoffs(x, self.players)
        exact = self.tolerance == 0 and payoffs.dtype == object
        tolerance = 0.0 if exact else max(self.tolerance, tolerance_of(payoffs.astype(float)))
        shares = fractions_of(payoffs) if exact else payoffs.astype(float).tolist()
        surplus = sum(shares) - self.total
        if abs(surplus) > tolerance:
            way = "more" if surplus > 0 else "less"
            words = f"not in the {self.name}: the payoffs sum to {_short(abs(surplus))} {way} than v(N)"
            return Within(holds=False, player=None, amount=surplus, reason=words)
        outside = [
            max((low - share, "below", low), (share - high, "above", high), key=lambda side: side[0])
            for share, low, high in zip(shares, self.lower.tolist(), self.upper.tolist(), strict=True)
        ]
        worst = max(range(len(shares)), key=lambda i: outside[i][0])
        amount, side, bound = outside[worst]
        if amount > tolerance:
            words = (
                f"not in the {self.name}: {self.players[worst]!r} gets {_short(shares[worst])}, "
                f"which is {_short(amount)} {side} {_short(bound)}"
            )
            return Within(holds=False, player=self.players[worst], amount=amount, reason=words)
        return Within(holds=True, player=None, amount=0 * amount, reason=f"in the {self.name}")

    def vertices(self) -> list[Allocation]:
        """List the corners of the set: at most one player's payoff is strictly between its bounds.

        Returns
        -------
        list of Allocation
            Empty where the set is.

        Raises
        ------
        TooLargeError
            More than 13 players, where more than 10,000 sets of them would have to be tried.

        Notes
        -----
        At most n * 2**(n - 1) corners; n of them where there are no upper bounds.

        Examples
        --------
        >>> [corner.to_dict() for corner in imputation_set(Game("AB", [0, 1, 2, 5])).vertices()]
        [{'A': 1.0, 'B': 4.0}, {'A': 3.0, 'B': 2.0}]
        """
        if self.is_empty:
            return []
        found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        room = self.total - sum(self.lower.tolist())
        gaps = [high - low for low, high in zip(self.lower.tolist(), self.upper.tolist(), strict=True)]
        for payoffs in self._corners(room, gaps):
            key = tuple(round(x / (10 * self.tolerance)) for x in payoffs) if self.tolerance else payoffs
            found.setdefault(key, payoffs)
        return [
            Allocation(
                players=self.players,
                payoffs=np.array(payoffs, self.lower.dtype),
                solution=f"corner of the {self.name}",
                method="exact",
            )
            for payoffs in sorted(found.values())
        ]

    def _corners(self, room: Any, gaps: list[Any]) -> Iterator[tuple[Any, ...]]:
        """Raise some players to their upper bounds and give one other what is left; in a stack, without recursion."""
        n = len(gaps)
        lower, upper = self.lower.tolist(), self.upper.tolist()
        pending: list[tuple[int, tuple[int, ...], Any]] = [(0, (), room)]
        tried = 0
        while pending:
            tried += 1
            if tried > _MOST_TRIED:
                raise TooLargeError(
                    f"the {self.name} of {n} players has too many corners to list ({_MOST_TRIED} sets of players were "
                    "tried); its lower and upper bounds describe it"
                )
            start, raised, left = pending.pop()
            for last in range(n):
                if last not in raised and left <= gaps[last] + self._slack:
                    x = [upper[i] if i in raised else lower[i] for i in range(n)]
                    x[last] = lower[last] + max(left, 0 * left)
                    yield tuple(x)
            pending += [
                (i + 1, (*raised, i), left - gaps[i])
                for i in range(start, n)
                if self._slack < gaps[i] <= left + self._slack
            ]

    @property
    def _slack(self) -> Any:
        return self.tolerance or 0  # a float 0 would make floats of Fractions

    def _conflict(self) -> str | None:
        least, most = sum(self.lower.tolist()), sum(self.upper.tolist())
        slack = self._slack * len(self.players)
        if least > self.total + slack:
            return f"the lower bounds sum to {_short(least)}, v(N) is {_short(self.total)}"
        if most < self.total - slack:
            return f"the upper bounds sum to {_short(most)}, v(N) is {_short(self.total)}"
        for player, low, high in zip(self.players, self.lower.tolist(), self.upper.tolist(), strict=True):
            if low > high + self._slack:
                return f"{player!r} would get at least {_short(low)} and at most {_short(high)}"
        return None

    def to_frame(self) -> pd.DataFrame:
        """Give one row a player.

        Returns
        -------
        pandas.DataFrame
            Columns ``lower``, ``upper``; indexed by player.
        """
        import pandas as pd

        return pd.DataFrame({"lower": self.lower, "upper": self.upper}, index=pd.Index(self.players, name="player"))

    def __repr__(self) -> str:
        conflict = self._conflict()
        state = f"empty: {conflict}" if conflict else f"payoffs of {_short(self.total)} between"
        width = max(len(str(player)) for player in self.players)
        rows = [
            f"{player!s:<{width}}  {_short(low):>10}  {_short(high):>10}"
            for player, low, high in zip(self.players, self.lower.tolist(), self.upper.tolist(), strict=True)
        ]
        return "\n".join([f"{self.name} of {len(self.players)} players, {state}", *rows])


def imputation_set(game: Any) -> PayoffBox:
    """Describe the payoffs of v(N) that give every player at least what it is worth alone.

    x(N) = v(N) and x_i >= v({i}).

    Parameters
    ----------
    game : Game
        n players, or anything with ``to_game()``.

    Returns
    -------
    PayoffBox
        With ``upper``, the most a player can get: v(N) less what the others are worth alone.

    Raises
    ------
    WorthError
        Symbolic worths.

    References
    ----------
    .. [1] J. von Neumann, O. Morgenstern (1944), Theory of Games and Economic Behavior, chapter VI.

    Examples
    --------
    >>> imputation_set(Game("ABC", [0, 1, 0, 2, 0, 4, 6, 12]))
    imputation set of 3 players, payoffs of 12 between
    A           1          12
    B           0          11
    C           0          11
    """
    given, worths = _comparable(game)
    alone = worths[1 << np.arange(given.n)]
    return _box(given, worths, alone, worths[-1] - (alone.sum() - alone), "imputation set")


def core_cover(game: Any) -> PayoffBox:
    """Describe the payoffs of v(N) between minimal rights and utopia payoffs: a box that holds the core.

    The utopia payoff of i is M_i = v(N) - v(N - i), its minimal right the most that some coalition of i has left
    when it gives all other members their utopia payoffs.

    Parameters
    ----------
    game : Game
        n players, or anything with ``to_game()``.

    Returns
    -------
    PayoffBox
        Empty exactly where the game is not quasi-balanced, which leaves no core and no tau value.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    Time O(2**n), memory one more table.

    References
    ----------
    .. [1] S. H. Tijs, F. A. S. Lipperts (1982), The hypercube and the core cover of n-person cooperative games,
           Cahiers du Centre d'Etudes de Recherche Operationnelle 24, 27-37.

    Examples
    --------
    >>> core_cover(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12])).upper
    array([ 6.,  8., 10.])
    """
    given, worths = _comparable(game)
    plain = Game(given.players, worths, copy=False)
    return _box(given, worths, minimal_rights(plain).payoffs, utopia_payoffs(plain).payoffs, "core cover")


def reasonable_set(game: Any) -> PayoffBox:
    """Describe the payoffs of v(N) that give everybody something between its worst and its best contribution.

    min over S with i of v(S) - v(S - i) <= x_i <= max over S with i of v(S) - v(S - i).

    Parameters
    ----------
    game : Game
        n players, or anything with ``to_game()``.

    Returns
    -------
    PayoffBox
        Never empty: the Shapley value is in it.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    The upper bounds are Milnor's, the lower ones Gerard-Varet's and Zamir's. Time O(n 2**n), memory 16 MB.

    References
    ----------
    .. [1] J. W. Milnor (1952), Reasonable outcomes for n-person games, RAND Research Memorandum RM-916.
    .. [2] L. A. Gerard-Varet, S. Zamir (1987), Remarks on the reasonable set of outcomes in a general coalition
           function form game, International Journal of Game Theory 16, 123-143.

    Examples
    --------
    >>> reasonable_set(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12])).upper
    array([ 6.,  8., 10.])
    """
    given, worths = _comparable(game)
    lower = np.empty(given.n, worths.dtype)
    upper = np.empty(given.n, worths.dtype)
    for i in range(given.n):
        lower[i], upper[i] = _contributions(worths, i)
    return _box(given, worths, lower, upper, "reasonable set")


def dual_core(game: Any, *, certify: bool = False) -> Core:
    """Find the core of the dual game: the payoffs that give no coalition more than it is worth.

    x(N) = v(N) and x(S) <= v(S) for every S, since v*(S) = v(N) - v(N - S). Read as costs, it is the core of v.

    Parameters
    ----------
    game : Game
        n players, or anything with ``to_game()``.
    certify : bool
        As for ``core``.

    Returns
    -------
    Core
        Of ``game.dual()``.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    As ``core``, with a second table.

    References
    ----------
    .. [1] M. Grabisch (2016), Set Functions, Games and Capacities in Decision Making, chapter 3.

    Examples
    --------
    >>> dual_core(Game("AB", [0, 3, 4, 5])).contains([2, 3]).holds
    True
    """
    return core(as_game(game).dual(), certify=certify)


def _comparable(game: Any) -> tuple[Game, NDArray[Any]]:
    given = as_game(game)
    return given, comparable_worths(given)


def _box(game: Game, worths: NDArray[Any], lower: NDArray[Any], upper: NDArray[Any], name: str) -> PayoffBox:
    exact = worths.dtype == object
    return PayoffBox(
        players=game.players,
        lower=lower,
        upper=upper,
        total=worths[-1] if exact else float(worths[-1]),
        name=name,
        tolerance=0.0 if exact else tolerance_of(worths),
    )


def _contributions(worths: NDArray[Any], i: int) -> tuple[Any, Any]:
    """Find the least and the largest contribution of player i, block by block to spare memory."""
    pairs = worths.reshape(-1, 2, 1 << i)
    rows = max(1, _BLOCK >> i)
    least, most = [], []
    for r in range(0, len(pairs), rows):
        for c in range(0, pairs.shape[2], _BLOCK):
            part = pairs[r : r + rows, :, c : c + _BLOCK]
            gains = part[:, 1] - part[:, 0]
            least.append(gains.min())
            most.append(gains.max())
    return min(least), max(most)


def _short(number: Any) -> str:
    return f"{number:.6g}" if isinstance(number, float) else str(number)
