"""Stable partitions of hedonic games: all of them by listing, or one by integer programming."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks, members_of
from coalitions.errors import SolverError
from coalitions.structures.deviations import Partition
from coalitions.structures.hedonic import HedonicGame


class StableProgram:
    """The partitions as binary variables over coalitions, with rows for the deviations that must not pay.

    Parameters
    ----------
    game : HedonicGame
    notion : str
        A key of ``deviations.FINDERS``.
    """

    def __init__(self, game: HedonicGame, notion: str) -> None:
        self.game = game
        self.notion = notion
        masks = np.arange(1, 1 << game.n)
        if notion not in ("Pareto optimality", "contractual individual stability"):
            for i in range(game.n):
                own = game.utilities[i, masks]
                masks = masks[(own == -np.inf) | (own >= game.utilities[i, 1 << i] - game.tolerance)]
        self.masks = masks
        self.inside = masks >> np.arange(game.n)[:, None] & 1 == 1
        self.own = np.where(self.inside, game.utilities[:, masks], 0.0)
        self.rows: list[NDArray[np.float64]] = []
        self.low: list[float] = []
        self.high: list[float] = []
        for i in range(game.n):
            self._add(self.inside[i].astype(np.float64), 1.0, 1.0)

    def _add(self, row: NDArray[np.float64], low: float, high: float) -> None:
        self.rows.append(row)
        self.low.append(low)
        self.high.append(high)

    def solve(self, deadline: float) -> list[int] | None:
        """Give the partition of the largest total utility that satisfies the rows so far.

        Parameters
        ----------
        deadline : float
            On the clock of ``time.monotonic``, in seconds; inf for none.

        Returns
        -------
        list of int, or None
            Bitmasks of the blocks; None where no partition is left.

        Raises
        ------
        SolverError
            No answer by the deadline.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        seconds = deadline - time.monotonic()
        options = {"mip_rel_gap": 0.0}
        if seconds < np.inf:
            options["time_limit"] = max(seconds, 0.01)
        # everybody is in one block: counting from the worst that a player can have changes no comparison of totals
        worst = np.where(self.inside, self.own, np.inf).min(axis=1)
        total = np.where(self.inside, self.own - worst[:, None], 0.0).sum(axis=0)
        answer = milp(
            -total / (float(total.max()) or 1.0),
            constraints=LinearConstraint(csr_array(np.array(self.rows)), self.low, self.high),
            integrality=np.ones(len(self.masks)),
            bounds=Bounds(0, 1),
            options=options,
        )
        if answer.status == 2:
            return None
        if answer.status != 0:
            raise SolverError(f"no answer on {self.notion} in the time given ({answer.message}); raise time_limit")
        blocks: list[int] = self.masks[answer.x > 0.5].tolist()
        return blocks

    def forbid_what_breaks(self, blocks: Sequence[int]) -> None:
        """Add rows that every stable partition satisfies and this one breaks.

        Parameters
        ----------
        blocks : sequence of int
            Bitmasks of a partition that is not stable.
        """
        game, tolerance = self.game, self.game.tolerance
        at = Partition(game, blocks)
        if self.notion in ("core", "strict core"):
            for mask in self._blockers(at):
                gains = self.own - game.utilities[:, mask][:, None]
                members = members_of(mask)
                meets = self.inside[members]
                if self.notion == "core":
                    content = (meets & (gains[members] >= -tolerance)).any(axis=0)
                    self._add(content.astype(np.float64), 1.0, np.inf)
                    continue
                better = (meets & (gains[members] > tolerance)).any(axis=0).astype(np.float64)
                for k, i in enumerate(members):
                    equal = meets[k] & (np.abs(gains[i]) <= tolerance)
                    self._add(np.maximum(better, equal), 1.0, np.inf)
        elif self.notion in ("Pareto optimality", "individual rationality"):  # cannot be broken but by rounding
            self._add(np.isin(self.masks, blocks).astype(np.float64), -np.inf, len(blocks) - 1.0)
        else:
            self._forbid_moves(at)

    def _blockers(self, at: Partition) -> list[int]:
        """The coalitions that break the partition, at most some dozens of them, those that gain most first."""
        game = self.game
        least, most = at.extreme_gains()
        strict = self.notion == "core"
        blocks = least > game.tolerance if strict else (least >= -game.tolerance) & (most > game.tolerance)
        found = np.flatnonzero(blocks)
        score = least if strict else most
        order = np.argsort(-score[found], kind="stable")[:40]
        chosen: list[int] = found[order].tolist()
        return chosen

    def _forbid_moves(self, at: Partition) -> None:
        game, tolerance = self.game, self.game.tolerance
        for i in range(game.n):
            for block in [*at.blocks, 0]:
                if block == at.home[i]:
                    continue
                target = block | 1 << i
                worse = self.inside[i] & (self.own[i] < game.utilities[i, target] - tolerance)
                joined = members_of(block)
                if self.notion != "Nash stability" and any(
                    game.utilities[k, target] < game.utilities[k, block] - tolerance for k in joined
                ):
                    continue
                if self.notion == "contractual individual stability":
                    worse &= self._release(i)
                row = worse.astype(np.float64)
                if not row[self.masks == at.home[i]].any():
                    continue
                if block:
                    row[self.masks == block] += 1.0
                self._add(row, -np.inf, 1.0 if block else 0.0)

    def _release(self, i: int) -> NDArray[np.bool_]:
        """Which coalitions with player i would let it go."""
        game = self.game
        consent: NDArray[np.bool_] = self.inside[i].copy()
        for k in range(game.n):
            if k != i:
                both = self.inside[i] & self.inside[k]
                without = game.utilities[k, self.masks[both] & ~(1 << i)]
                consent[both] &= without >= self.own[k, both] - game.tolerance
        return consent


def growth_strings(n: int) -> NDArray[np.int8]:
    """Give every partition as a row: the coalition of each player, numbered in the order of first members.

    Parameters
    ----------
    n : int

    Returns
    -------
    ndarray of int8, shape (Bell(n), n)
    """
    rows = np.zeros((1, 1), np.int8)
    for _ in range(n - 1):
        width = rows.max(axis=1) + 2
        parent = np.repeat(np.arange(len(rows)), width)
        first = np.cumsum(width) - width
        following = np.arange(width.sum()) - np.repeat(first, width)
        rows = np.column_stack((rows[parent], following.astype(np.int8)))
    return rows


def all_partitions(n: int) -> Masks:
    """Give every partition as a row: the coalition of each player as a bitmask.

    Parameters
    ----------
    n : int

    Returns
    -------
    ndarray of int64, shape (Bell(n), n)
    """
    rows = growth_strings(n)
    homes = np.zeros(rows.shape, np.int64)
    for label in range(n):
        mask = ((rows == label) << np.arange(n)).sum(axis=1)
        homes += np.where(rows == label, mask[:, None], 0)
    return homes


def no_move(game: HedonicGame, homes: Masks, own: NDArray[np.float64], notion: str) -> NDArray[np.bool_]:
    """Say which partitions nobody would leave by a single move.

    Parameters
    ----------
    game : HedonicGame
    homes : ndarray of int64, shape (m, n)
        The coalition of each player in each partition, as a bitmask.
    own : ndarray, shape (m, n)
        What each player gets in each.
    notion : str
        Individual rationality, or one of the notions of Nash and individual stability.

    Returns
    -------
    ndarray of bool, shape (m,)
    """
    n, tolerance = game.n, game.tolerance
    keep = np.ones(len(homes), np.bool_)
    if notion == "individual rationality":
        alone = game.utilities[np.arange(n), 1 << np.arange(n)]
        happy: NDArray[np.bool_] = (own >= alone - tolerance).all(axis=1)
        return happy
    for i in range(n):
        bit = 1 << i
        released = np.ones(len(homes), np.bool_)
        if notion == "contractual individual stability":
            for k in range(n):
                if k != i:
                    left = homes[:, k] & ~bit
                    content = game.utilities[k, left] >= own[:, k] - tolerance
                    released &= content | (homes[:, k] & bit == 0)
        for j in range(n):
            if j == i:
                target = np.full(len(homes), bit)
                moves = homes[:, i] != bit
            else:
                target = homes[:, j] | bit
                moves = homes[:, j] & bit == 0
            moves = moves & released & (game.utilities[i, target] > own[:, i] + tolerance)
            if notion != "Nash stability":
                for k in range(n):
                    if k != i:
                        joined = target >> k & 1 == 1
                        moves &= ~joined | (game.utilities[k, target] >= own[:, k] - tolerance)
            keep &= ~moves
    return keep


def undominated(own: NDArray[np.float64], tolerance: float) -> NDArray[np.bool_]:
    """Say which rows no other row dominates; whoever is dominated is so by an undominated one of larger sum.

    Parameters
    ----------
    own : ndarray, shape (m, n)
    tolerance : float

    Returns
    -------
    ndarray of bool, shape (m,)
    """
    keep = np.zeros(len(own), np.bool_)
    kept: list[NDArray[np.float64]] = []
    for at in np.argsort(-own.sum(axis=1), kind="stable").tolist():
        better = np.array(kept) - own[at] if kept else np.empty((0, own.shape[1]))
        if not ((better >= -tolerance).all(axis=1) & (better > tolerance).any(axis=1)).any():
            keep[at] = True
            kept.append(own[at])
    return keep
