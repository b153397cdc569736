"""Players who look ahead: which structures survive when every move is judged by where it leads in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.coalition import Label, labels_of, members_of
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.result import Result
from coalitions.structures.hedonic import HedonicGame
from coalitions.structures.stable_search import all_partitions

if TYPE_CHECKING:
    import pandas as pd

_MAX_PLAYERS = 7
_MAX_SYMMETRIC = 60


def largest_consistent_set(
    payoffs: ArrayLike, moves: Iterable[tuple[int, int, Iterable[int]]], *, tolerance: float = 0.0
) -> tuple[int, ...]:
    """Find the largest set of outcomes from which every move is deterred by where it may lead within the set.

    Parameters
    ----------
    payoffs : array_like, shape (m, n)
        What each of n players (at most 62) gets in each of m outcomes.
    moves : iterable of (outcome, outcome, players)
        Which groups of players (positions) can lead from one outcome to another.
    tolerance : float
        Gains up to this count as none.

    Returns
    -------
    tuple of int
        The outcomes in the set; never empty.

    Raises
    ------
    CoalitionError
        An outcome or a player that does not exist, payoffs that are no table.
    WorthError
        A payoff that is not finite, a tolerance that is negative or not finite.

    Notes
    -----
    z indirectly dominates a if some chain of moves leads from a to z and every group that moves prefers z to where it
    moves from. An outcome stays in the set if for every move from it, to b, some outcome of the set is b or indirectly
    dominates b and does not please all who moved. Time O(moves * m) a pass.

    References
    ----------
    .. [1] M. S.-Y. Chwe (1994), Farsighted coalitional stability, Journal of Economic Theory 63, 299-325.

    Examples
    --------
    Player 0 can move from the first outcome to the second, and player 1 on to the third:

    >>> largest_consistent_set([[6, 0], [8, 0], [7, 1]], [(0, 1, [0]), (1, 2, [1])])
    (2,)
    >>> largest_consistent_set([[6, 0], [8, 0], [5, 1]], [(0, 1, [0]), (1, 2, [1])])
    (0, 2)
    """
    table = np.asarray(payoffs, np.float64)
    if table.ndim != 2 or not 1 <= table.shape[1] <= 62 or not len(table):
        raise CoalitionError(f"payoffs have shape {table.shape}; a row an outcome and a column a player are needed")
    if not np.isfinite(table).all():
        a, i = np.argwhere(~np.isfinite(table))[0].tolist()
        raise WorthError(f"payoff of player {i} in outcome {a} is {table[a, i]}")
    if not 0 <= tolerance < np.inf:
        raise WorthError(f"tolerance is {tolerance}; it must be a number of at least 0, in the unit of the payoffs")
    m, n = table.shape
    listed = []
    for a, b, group in moves:
        movers = tuple(group)
        if not (0 <= a < m and 0 <= b < m) or any(not 0 <= i < n for i in movers):
            raise CoalitionError(f"move {(a, b, movers)} names an outcome beyond {m - 1} or a player beyond {n - 1}")
        if not movers:
            raise CoalitionError(f"nobody makes the move from outcome {a} to outcome {b}")
        listed.append((a, b, sum(1 << i for i in set(movers))))
    inside = _consistent(table, np.array(listed, np.int64).reshape(-1, 3), tolerance)
    return tuple(np.flatnonzero(inside).tolist())


def _consistent(table: NDArray[np.float64], moves: NDArray[np.int64], tolerance: float) -> NDArray[np.bool_]:
    from coalitions._kernels_farsighted import drop_undeterred, indirectly_dominated

    m, n = table.shape
    froms, tos, movers = np.ascontiguousarray(moves[np.argsort(moves[:, 1], kind="stable")].T)
    starts = np.searchsorted(tos, np.arange(m + 1))
    better = np.zeros((m, m), np.int64)
    for i in range(n):
        better |= (table[None, :, i] > table[:, None, i] + tolerance).astype(np.int64) << i
    dominated = np.zeros((m, m), np.bool_)
    indirectly_dominated(froms, starts, movers, better, dominated)
    inside = np.ones(m, np.bool_)
    drop_undeterred(froms, tos, movers, better, dominated, inside)
    return inside


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FarsightedStructures(Result):
    """The structures in the largest consistent set.

    Attributes
    ----------
    players : tuple of labels
    structures : tuple of partitions
        Each a tuple of coalitions.
    payoffs : ndarray, shape (structures, n)
    outcomes : int
        How many structures there are in all.
    """

    players: tuple[Label, ...]
    structures: tuple[tuple[tuple[Label, ...], ...], ...]
    payoffs: NDArray[np.float64]
    outcomes: int

    _concept = "farsighted structures"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a structure.

        Returns
        -------
        pandas.DataFrame
            Column ``structure`` (tuple of coalitions) and one column of payoffs a player.
        """
        import pandas as pd

        frame = pd.DataFrame({"structure": self.structures})
        for i, player in enumerate(self.players):
            frame[player] = self.payoffs[:, i]
        return frame

    def _headline(self) -> str:
        return f"{len(self.structures)} of {self.outcomes} structures are in the largest consistent set"

    def __repr__(self) -> str:
        rows = [" | ".join(" ".join(map(str, block)) for block in blocks) for blocks in self.structures]
        return "\n".join([self._headline(), *rows[:20], *(["..."] if len(rows) > 20 else [])])


def farsighted_structures(
    players: HedonicGame | Sequence[Label], payoffs: Callable[..., Any] | None = None
) -> FarsightedStructures:
    """Find the coalition structures in the largest consistent set.

    A group can move by leaving its coalitions and regrouping among itself in any way; those whom it leaves stay
    together.

    Parameters
    ----------
    players : HedonicGame, or sequence of labels
        Up to 7 players.
    payoffs : callable, optional
        ``payoffs(structure)`` gives one number a player, in order, for a tuple of coalitions: for games with
        externalities. Not with a HedonicGame, whose utilities serve.

    Returns
    -------
    FarsightedStructures

    Raises
    ------
    TooLargeError
        More than 7 players (877 structures).
    CoalitionError
        Payoffs missing, or the wrong number of them.

    Notes
    -----
    Only the smallest groups that can make a move are followed: larger ones are harder to please. A million moves
    among the 877 structures of 7 players, seconds.

    References
    ----------
    .. [1] M. S.-Y. Chwe (1994), Farsighted coalitional stability, Journal of Economic Theory 63, 299-325.

    Examples
    --------
    >>> club = HedonicGame("ABC", lambda player, coalition: -abs(len(coalition) - 2))
    >>> farsighted_structures(club)
    3 of 5 structures are in the largest consistent set
    A B | C
    A C | B
    A | B C
    """
    order = players.players if isinstance(players, HedonicGame) else tuple(players)
    n = len(order)
    if n > _MAX_PLAYERS:
        raise TooLargeError(f"{n} players have too many structures to follow; at most {_MAX_PLAYERS} players")
    homes = all_partitions(n)
    structures = [tuple(labels_of(mask, order) for mask in dict.fromkeys(row)) for row in homes.tolist()]
    if isinstance(players, HedonicGame):
        table = players.utilities[np.arange(n), homes]
        tolerance = players.tolerance
    else:
        if payoffs is None:
            raise CoalitionError("payoffs are missing: a function from a structure to one number a player")
        given = [list(payoffs(structure)) for structure in structures]
        for structure, each in zip(structures, given, strict=True):
            if len(each) != n:
                raise CoalitionError(f"payoffs of {structure} are {len(each)} numbers for {n} players")
        table, tolerance = np.array(given, np.float64), 0.0
    inside = np.flatnonzero(_consistent(table, _regroupings(homes), tolerance)).tolist()
    return FarsightedStructures(
        players=order,
        structures=tuple(structures[a] for a in inside),
        payoffs=table[inside],
        outcomes=len(structures),
    )


def _regroupings(homes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every move between structures by a smallest group: of each old coalition at most one new one is what is left.

    Gives columns (from, to, movers as a bitmask).
    """
    m, n = homes.shape
    everyone = (1 << n) - 1
    lowest = homes & -homes == 1 << np.arange(n)  # whether a player is the first of its coalition
    found = []
    for a in range(m):
        blocks = [(block, members_of(block)) for block in dict.fromkeys(homes[a].tolist())]
        stays = {i: lowest[:, i] & (homes[:, i] & ~block == 0) for block, members in blocks for i in members}
        for choice in product(*([*members, None] for _, members in blocks)):
            valid = np.ones(m, np.bool_)
            left = np.zeros(m, np.int64)
            for i, (_, members) in zip(choice, blocks, strict=True):
                if i is None:  # all of the old coalition moves, as no new one lies within it
                    valid &= ~np.any([stays[j] for j in members], axis=0)
                else:
                    valid &= stays[i]
                    left += homes[:, i]
            valid[a] = False
            to = np.flatnonzero(valid)
            found.append(np.column_stack((np.full(len(to), a), to, everyone & ~left[to])))
    return np.concatenate(found)


def symmetric_structure(n: int, worth: Callable[[int, tuple[int, ...]], Any]) -> tuple[int, ...]:
    """Find the structure that like players form when each proposer foresees what follows.

    Coalitions form one after the other; the next proposer picks the size that gives its coalition most per member,
    given the coalitions that have formed and those that will.

    Parameters
    ----------
    n : int
        Up to 60 players.
    worth : callable
        ``worth(size, sizes)``: of a coalition of that size in the structure of these sizes (largest first).

    Returns
    -------
    tuple of int
        The sizes, largest first. Of sizes that are equally good a proposer picks the largest.

    Raises
    ------
    TooLargeError
        More than 60 players.
    CoalitionError
        n below 1.

    Notes
    -----
    One step for each way to have formed some coalitions: integer partitions of numbers up to n, 215,308 up to 40.

    References
    ----------
    .. [1] F. Bloch (1996), Sequential formation of coalitions in games with externalities and fixed payoff division,
           Games and Economic Behavior 14, 90-123.
    .. [2] D. Ray, R. Vohra (1999), A theory of endogenous coalition structures, Games and Economic Behavior 26,
           286-336.

    Examples
    --------
    D. Ray (2007), A Game-Theoretic Perspective on Coalition Formation, example 5.2:

    >>> worths = {(3, (3, 1)): 22, (2, (2, 1, 1)): 16, (1, (2, 1, 1)): 1}
    >>> symmetric_structure(4, lambda size, sizes: worths.get((size, sizes), 0))
    (2, 1, 1)
    """
    if n != int(n) or n < 1:
        raise CoalitionError(f"n is {n!r}; there must be at least one player")
    if n > _MAX_SYMMETRIC:
        raise TooLargeError(f"{n} players; the ways to have formed coalitions are followed for up to {_MAX_SYMMETRIC}")

    @cache
    def follow(formed: tuple[int, ...]) -> tuple[int, ...]:
        left = n - sum(formed)
        if not left:
            return formed
        best, chosen = None, formed
        for size in range(left, 0, -1):
            final = follow(tuple(sorted((*formed, size), reverse=True)))
            each = worth(size, final) / size
            if best is None or each > best:
                best, chosen = each, final
        return chosen

    return follow(())
