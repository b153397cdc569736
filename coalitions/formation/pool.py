"""The candidates as the engine sees them: an oracle of columns, and rows for pairs that meet too often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks
from coalitions.formation.candidates import Candidates
from coalitions.formation.rules import UNLIMITED, Rules
from coalitions.program import Columns, LinearSolution, Master, generate
from coalitions.tolerance import RELATIVE

_SHORTFALL = 1e4  # what a required state left out costs, in units of the largest worth
_WEIGHT = 1e-7  # a row is broken, or a state left out, by more than this


class Meeting(NamedTuple):
    """The row: these two states meet at most once for this objective."""

    objective: Any
    first: int
    second: int


class Repeat(NamedTuple):
    """The row: this group is formed at most once."""

    key: int


class Pool:
    """All candidates within the rules; the key of one is its position in the blocks taken together.

    Parameters
    ----------
    candidates : Candidates
    rules : Rules
    worthless : bool
        Take every worth as 0, so that only what is feasible counts.
    """

    def __init__(self, candidates: Candidates, rules: Rules, *, worthless: bool = False) -> None:
        self.candidates = candidates
        self.rules = rules
        self.n = len(candidates.players)
        self.blocks = candidates.blocks
        self._first = np.cumsum([0, *(len(block.worths) for block in self.blocks)])
        self.worths = [np.zeros(len(block.worths)) if worthless else block.worths for block in self.blocks]
        if rules.filters:
            self.worths = [
                np.where(rules.allowed(block.members), worths, -np.inf)
                for block, worths in zip(self.blocks, self.worths, strict=True)
            ]
        self.scale = self._scale()
        self.tolerance = RELATIVE * self.scale
        self.fixed = self.n + 1 + len(rules.quotas)  # rows that are there from the beginning
        self.extra: list[Meeting | Repeat] = []
        self._out = np.empty(max(len(worths) for worths in self.worths))

    def __len__(self) -> int:
        return sum(int(np.isfinite(worths).sum()) for worths in self.worths)

    @property
    def mass(self) -> float:
        """At most this many groups can be formed, parts of groups counted as parts."""
        rules = self.rules
        meetings = self.n * (self.n - 1) / 2 * len(self.candidates.objectives)
        smallest: int = min(block.members.shape[1] for block in self.blocks)
        seats = float((rules.bandwidth / rules.effort.min(axis=0)).sum()) / smallest
        quotas = float(sum(high for _, high in rules.quotas)) if rules.quotas else np.inf
        return min(float(rules.groups), quotas, seats, meetings if rules.pairs_once else float(len(self)))

    def members_of(self, key: int) -> tuple[Any, NDArray[Any]]:
        """Give the objective and the members of a candidate.

        Parameters
        ----------
        key : int

        Returns
        -------
        objective : hashable
        members : ndarray of int, shape (size,)
        """
        b = int(np.searchsorted(self._first, key, side="right")) - 1
        block = self.blocks[b]
        return block.objective, block.members[key - self._first[b]]

    def worth_of(self, key: int) -> float:
        """Give the worth of a candidate.

        Parameters
        ----------
        key : int

        Returns
        -------
        float
        """
        b = int(np.searchsorted(self._first, key, side="right")) - 1
        return float(self.worths[b][key - self._first[b]])

    def relax(
        self, *, deadline: float = np.inf, report: Callable[[float, float], None] | None = None
    ) -> LinearSolution:
        """Solve the linear relaxation over all candidates.

        Parameters
        ----------
        deadline : float
            In ``time.monotonic()``.
        report : callable, optional

        Returns
        -------
        LinearSolution
            Prices of the n states' bandwidth, of the number of groups, of the objectives' numbers where they are
            limited, then of the rows in ``extra``. What is demanded and cannot be had is left out at a prohibitive
            price: see ``shortfall``.
        """
        rules = self.rules
        lower = np.full(self.fixed, -np.inf)
        lower[list(rules.required)] = rules.effort.min(axis=0)[list(rules.required)]
        limits = np.array([*rules.bandwidth, rules.groups, *(high for _, high in rules.quotas)], np.float64)
        upper = np.where(limits >= UNLIMITED, np.inf, limits)
        for k, (low, _) in enumerate(rules.quotas):
            lower[self.n + 1 + k] = low if low else -np.inf
        master = Master(np.minimum(lower, upper), np.maximum(upper, lower), scale=self.scale)
        nothing = Columns(np.array([-1 - self.n]), np.zeros(1), [np.empty(0, np.int32)])
        for column in [nothing, *(self._artificial(row) for row in np.flatnonzero(lower > 0).tolist())]:
            master.add(column)
        return generate(
            master,
            self,
            mass=self.mass,
            tolerance=self.tolerance,
            batch=8 * self.n,
            separate=self.separate,
            deadline=deadline,
            report=report,
        )

    def shortfall(self, solution: LinearSolution) -> float:
        """Say how much of what the rules demand the relaxation leaves out.

        Parameters
        ----------
        solution : LinearSolution

        Returns
        -------
        float
        """
        absent = (solution.keys < 0) & (solution.keys != -1 - self.n)
        total = float(solution.weights[absent].sum())
        return total if total > _WEIGHT else 0.0

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Scan all candidates: the largest worth above price, and the best of each block."""
        share = max(10, 2 * count // len(self.blocks))
        largest = -np.inf
        keys: list[NDArray[np.int64]] = []
        for b, excess in self._excesses(prices):
            largest = max(largest, float(excess.max()))
            good = np.flatnonzero(excess > self.tolerance)
            if len(good) > share:
                good = good[np.argpartition(-excess[good], share)[:share]]
            keys.append(good + self._first[b])
        return largest, self.columns(np.concatenate(keys))

    def within(self, prices: NDArray[np.float64], regret: float) -> Masks:
        """List the candidates whose price exceeds their worth by at most ``regret``.

        Parameters
        ----------
        prices : ndarray
        regret : float

        Returns
        -------
        ndarray of int64
            Their keys.
        """
        found = [np.flatnonzero(excess >= -regret) + self._first[b] for b, excess in self._excesses(prices)]
        return np.concatenate(found)

    def columns(self, keys: Masks) -> Columns:
        """Make columns of candidates.

        Parameters
        ----------
        keys : ndarray of int64

        Returns
        -------
        Columns
        """
        rows, counts, worths = [], [], []
        for key in keys.tolist():
            objective, members = self.members_of(key)
            inside = set(members.tolist())
            own = [self.n + 1 + self.rules.objectives.index(objective)] if self.rules.quotas else []
            extra = [self.fixed + r for r, row in enumerate(self.extra) if _holds(row, key, objective, inside)]
            rows.append(np.array([*members.tolist(), self.n, *own, *extra], np.int32))
            counts.append(np.ones(len(rows[-1])))
            counts[-1][: len(members)] = self.rules.effort_for(objective)[members]
            worths.append(self.worth_of(key))
        return Columns(keys.astype(np.int64), np.array(worths), rows, counts)

    def separate(self, keys: Masks, weights: NDArray[np.float64]) -> list[NDArray[np.int64]]:
        """Find the pairs that meet more than once for an objective, or the groups formed more than once."""
        load: dict[Meeting | Repeat, float] = {}
        for key, weight in zip(keys.tolist(), weights.tolist(), strict=True):
            if key >= 0 and weight > _WEIGHT:
                for row in self.rows_of(key):
                    load[row] = load.get(row, 0.0) + weight
        broken = [row for row, weight in load.items() if weight > 1 + _WEIGHT]
        self.extra.extend(broken)
        positions: list[list[int]] = [[] for _ in broken]
        for position, key in enumerate(keys.tolist()):
            if key >= 0 and broken:
                objective, members = self.members_of(key)
                inside = set(members.tolist())
                for r, row in enumerate(broken):
                    if _holds(row, key, objective, inside):
                        positions[r].append(position)
        return [np.array(each, np.int64) for each in positions]

    def rows_of(self, key: int) -> list[Meeting | Repeat]:
        """List the rows beyond bandwidth and number that a candidate takes part in.

        Parameters
        ----------
        key : int

        Returns
        -------
        list of Meeting or Repeat
        """
        if not self.rules.pairs_once:
            return [Repeat(key)]
        objective, members = self.members_of(key)
        inside = members.tolist()
        return [Meeting(objective, i, j) for a, i in enumerate(inside) for j in inside[a + 1 :]]

    def _excesses(self, prices: NDArray[np.float64]) -> Any:
        from coalitions._kernels import group_excess

        meeting: dict[Any, NDArray[np.float64]] = {}
        single: list[tuple[int, float]] = []
        for row, price in zip(self.extra, prices[self.fixed :].tolist(), strict=True):
            if isinstance(row, Repeat):
                single.append((row.key, price))
            else:
                matrix = meeting.setdefault(row.objective, np.zeros((self.n, self.n)))
                matrix[row.first, row.second] += price
        none = np.empty((0, 0))
        for b, block in enumerate(self.blocks):
            excess = self._out[: len(block.worths)]
            pairs = meeting.get(block.objective, none)
            states = prices[: self.n] * self.rules.effort_for(block.objective)
            each = float(prices[self.n])
            if self.rules.quotas:
                each += float(prices[self.n + 1 + self.rules.objectives.index(block.objective)])
            group_excess(block.members, self.worths[b], states, pairs, each, excess)
            for key, price in single:
                if self._first[b] <= key < self._first[b + 1]:
                    excess[key - self._first[b]] -= price
            yield b, excess

    def _artificial(self, row: int) -> Columns:
        """What stands in for a group that a row demands; the key of row n is that of the empty column."""
        key = np.array([-1 - row if row < self.n else -2 - row])
        return Columns(key, np.array([-_SHORTFALL * self.scale]), [np.array([row], np.int32)])

    def _scale(self) -> float:
        largest = max(float(worths.max()) for worths in self.worths)
        if largest > 0:
            return largest
        finite = [float(-worths[np.isfinite(worths)].min(initial=0.0)) for worths in self.worths]
        return max(finite) or 1.0


def _holds(row: Meeting | Repeat, key: int, objective: Any, inside: set[int]) -> bool:
    if isinstance(row, Repeat):
        return row.key == key
    return row.objective == objective and row.first in inside and row.second in inside
