"""Which properties a simple game has: proper, strong, weighted, who has a veto."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coalitions.answers import Coalition, Property, ordered_worths, shown_coalition, shown_worth
from coalitions.coalition import labels_of, mask_of
from coalitions.errors import SolverError, WorthError
from coalitions.game import Game, as_game
from coalitions.properties import is_monotone


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Weighting:
    """Whether a simple game is a weighted majority, with the weights or with the proof that there are none.

    Attributes
    ----------
    holds : bool
    quota : int or None
        A coalition wins exactly when its weights sum to at least this.
    weights : tuple of int
        In player order; empty when there are none.
    winning, losing : tuple of (coalition, int)
        The proof of a "no": as many winning as losing coalitions, counted with these numbers, in which no player
        is more often on the winning side.  Were the losing ones lighter than the quota, so would be a winning one.
    reason : str

    Examples
    --------
    >>> is_weighted(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]))
    weighted: [2; 1, 1, 1]
    """

    holds: bool
    quota: int | None
    weights: tuple[int, ...]
    winning: tuple[tuple[Coalition, int], ...]
    losing: tuple[tuple[Coalition, int], ...]
    reason: str

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        return f"weighted: {self.reason}" if self.holds else f"not weighted: {self.reason}"


def is_simple(game: Any) -> Property:
    """Ask whether coalitions win or lose: worths 0 and 1, v(N) = 1, and no winner loses by taking a player in.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Property
        Witness: the coalition of another worth, or a winning one and a losing one that holds it.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    n 2**(n - 1) comparisons.

    References
    ----------
    .. [1] L. S. Shapley (1962), Simple games: an outline of the descriptive theory, Behavioral Science 7, 59-66.

    Examples
    --------
    >>> is_simple(Game("AB", [0, 1, 0, 0]))
    not simple: v('A', 'B') = 0, but everybody together must win
    """
    game = as_game(game)
    worths, _ = ordered_worths(game)
    other = np.flatnonzero((worths != 0) & (worths != 1))
    if other.size:
        return _named(game, "simple", (int(other[0]),), f"{shown_worth(game, int(other[0]))}, neither 0 nor 1")
    if not worths[-1]:
        full = len(worths) - 1
        return _named(game, "simple", (full,), f"{shown_worth(game, full)}, but everybody together must win")
    monotone = is_monotone(game)
    if not monotone:
        return _named(game, "simple", tuple(mask_of(s, game.players) for s in monotone.witness), monotone.reason)
    wins = int(np.count_nonzero(worths))
    return _named(game, "simple", (), f"{wins} of {len(worths)} coalitions win", holds=True)


def is_proper(game: Any) -> Property:
    """Ask whether a simple game never has two winners at once: the complement of a winning coalition loses.

    Parameters
    ----------
    game : Game or representation
        Simple.

    Returns
    -------
    Property
        Witness: two winning coalitions without a common player.

    Raises
    ------
    WorthError
        The game is not simple.

    Notes
    -----
    2**(n - 1) comparisons after the test of being simple.

    References
    ----------
    .. [1] L. S. Shapley (1962), Simple games: an outline of the descriptive theory, Behavioral Science 7, 59-66.

    Examples
    --------
    >>> is_proper(Game("AB", [0, 1, 1, 1])).witness
    (('B',), ('A',))
    """
    return _with_complement(game, "proper", both=1, words="both win")


def is_strong(game: Any) -> Property:
    """Ask whether a simple game never ends in a stalemate: the complement of a losing coalition wins.

    Parameters
    ----------
    game : Game or representation
        Simple.

    Returns
    -------
    Property
        Witness: a losing coalition whose complement loses too.

    Raises
    ------
    WorthError
        The game is not simple.

    Notes
    -----
    2**(n - 1) comparisons after the test of being simple.

    References
    ----------
    .. [1] L. S. Shapley (1962), Simple games: an outline of the descriptive theory, Behavioral Science 7, 59-66.

    Examples
    --------
    >>> is_strong(Game("AB", [0, 0, 0, 1])).witness
    (('B',), ('A',))
    """
    return _with_complement(game, "strong", both=0, words="both lose")


def veto_players(game: Any) -> Coalition:
    """List the players without whom no coalition is worth anything.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    tuple of labels

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    n 2**(n - 1) worths are read.

    Examples
    --------
    >>> veto_players(Game("ABC", [0, 0, 0, 1, 0, 1, 0, 1]))
    ('A',)
    """
    game = as_game(game)
    worths, _ = ordered_worths(game)
    return tuple(
        player for i, player in enumerate(game.players) if not (worths.reshape(-1, 2, 1 << i)[:, 0] != 0).any()
    )


def is_weighted(game: Any) -> Weighting:
    """Ask whether weights and a quota make a simple game: S wins exactly when its weights sum to the quota.

    Parameters
    ----------
    game : Game or representation
        Simple.

    Returns
    -------
    Weighting
        With integer weights and quota, checked against every coalition; or with winning and losing coalitions that
        no weights can tell apart, checked player by player.

    Raises
    ------
    WorthError
        The game is not simple.
    SolverError
        The linear program leaves the question open: its answer holds in floats but not in integers.

    Notes
    -----
    One linear program with a row for every minimal winning and every maximal losing coalition; it maximises the
    difference between the lightest winning and the heaviest losing one, and its dual is the proof of a "no".

    References
    ----------
    .. [1] A. D. Taylor, W. S. Zwicker (1992), A characterization of weighted voting, Proceedings of the American
           Mathematical Society 115, 1089-1094.

    Examples
    --------
    >>> pairs = Game.from_dict({("A", "B"): 1, ("C", "D"): 1, ("A", "B", "C"): 1, ("A", "B", "D"): 1,
    ...                         ("A", "C", "D"): 1, ("B", "C", "D"): 1, ("A", "B", "C", "D"): 1}, missing=0)
    >>> is_weighted(pairs).winning
    ((('A', 'B'), 1), (('C', 'D'), 1))
    """
    game = as_game(game)
    wins = _simple_table(game)
    n = game.n
    winning = _extreme(wins, n, "winning")
    losing = _extreme(wins, n, "losing")
    rows = np.concatenate((-(winning[:, None] >> np.arange(n) & 1), losing[:, None] >> np.arange(n) & 1)).astype(float)
    sides = np.concatenate((np.ones(len(winning)), -np.ones(len(losing))))
    from scipy.optimize import linprog

    # unknowns: weights in [0, 1], the quota, and the margin on either side of it, which is maximised
    solved = linprog(
        np.array([0.0] * (n + 1) + [-1.0]),
        A_ub=np.column_stack((rows, sides, np.ones(len(rows)))),
        b_ub=np.zeros(len(rows)),
        bounds=[(0, 1)] * n + [(None, None), (None, 1)],
        method="highs",
    )
    if solved.status != 0:
        raise SolverError(f"the linear program of the weights stopped with status {solved.status}: {solved.message}")
    margin = float(solved.x[-1])
    if margin > 1e-9:
        found = _integer_weights(solved.x[:n], margin, winning, losing)
        if found:
            weights, quota = found
            shown = f"[{quota}; {', '.join(map(str, weights))}]"
            return Weighting(holds=True, quota=quota, weights=weights, winning=(), losing=(), reason=shown)
    proof = _trade(-np.asarray(solved.ineqlin.marginals), winning, losing, n)
    if proof is None:
        raise SolverError(
            f"margin {margin:.3g} between winning and losing coalitions: neither integer weights nor a trade "
            "between coalitions could be confirmed exactly"
        )
    one, other = (tuple((labels_of(mask, game.players), times) for mask, times in side) for side in proof)
    words = " and ".join(f"{times} x {labels}" for labels, times in one)
    lost = " and ".join(f"{times} x {labels}" for labels, times in other)
    return Weighting(
        holds=False, quota=None, weights=(), winning=one, losing=other, reason=f"{words} win, {lost} lose, same players"
    )


def _extreme(wins: NDArray[np.bool_], n: int, side: Literal["winning", "losing"]) -> NDArray[np.int64]:
    """List the minimal winning or the maximal losing coalitions."""
    extreme = wins.copy() if side == "winning" else ~wins
    for i in range(n):
        halves, found = wins.reshape(-1, 2, 1 << i), extreme.reshape(-1, 2, 1 << i)
        if side == "winning":
            found[:, 1] &= ~halves[:, 0]
        else:
            found[:, 0] &= halves[:, 1]
    return np.flatnonzero(extreme).astype(np.int64)


def _integer_weights(
    shares: NDArray[np.float64], margin: float, winning: NDArray[np.int64], losing: NDArray[np.int64]
) -> tuple[tuple[int, ...], int] | None:
    """Round weights at the smallest scale at which they still tell winning from losing coalitions."""
    n = len(shares)
    last = int(n / margin) + 2  # from here on rounding cannot close the gap of twice the margin
    scale = 1
    while scale <= 2 * last:
        weights = np.rint(shares * scale).astype(np.int64)
        lightest = int((winning[:, None] >> np.arange(n) & 1).dot(weights).min())
        if lightest > int((losing[:, None] >> np.arange(n) & 1).dot(weights).max()):
            return tuple(int(weight) for weight in weights), lightest
        scale = scale + 1 if scale < 256 else scale * 2
    return None


def _trade(
    prices: NDArray[np.float64], winning: NDArray[np.int64], losing: NDArray[np.int64], n: int
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]] | None:
    """Turn the dual prices into as many winning as losing coalitions, and check that no player gains by the trade."""
    scaled = prices / max(float(prices.max()), 1e-300)
    exact = [Fraction(float(price)).limit_denominator(10_000) if price > 1e-9 else Fraction(0) for price in scaled]
    common = np.lcm.reduce([price.denominator for price in exact])
    times = [int(price * int(common)) for price in exact]
    pairs = list(zip([*winning.tolist(), *losing.tolist()], times, strict=True))
    one = [pair for pair in pairs[: len(winning)] if pair[1]]
    other = [pair for pair in pairs[len(winning) :] if pair[1]]
    counts = [
        sum(k for mask, k in one if mask >> i & 1) - sum(k for mask, k in other if mask >> i & 1) for i in range(n)
    ]
    same = sum(k for _, k in one) == sum(k for _, k in other)
    return (one, other) if one and same and max(counts) <= 0 else None


def _with_complement(game: Any, name: str, *, both: int, words: str) -> Property:
    game = as_game(game)
    wins = _simple_table(game)
    half = len(wins) // 2
    clash = np.flatnonzero((wins[half:] == both) & (wins[::-1][half:] == both))
    if not clash.size:
        return _named(game, name, (), f"no coalition and its complement {words}", holds=True)
    one = half + int(clash[0])
    pair = (one, len(wins) - 1 - one)
    text = f"{shown_coalition(game, pair[0])} and {shown_coalition(game, pair[1])} {words}"
    return _named(game, name, pair, text)


def _simple_table(game: Game) -> NDArray[np.bool_]:
    simple = is_simple(game)
    if not simple:
        raise WorthError(f"the game is not simple: {simple.reason}")
    return np.array(game.worths != 0, bool)


def _named(game: Game, name: str, witness: Iterable[int], reason: str, *, holds: bool = False) -> Property:
    coalitions = tuple(labels_of(mask, game.players) for mask in witness)
    return Property(name=name, holds=holds, witness=coalitions, margin=None, tolerance=0.0, reason=reason)
