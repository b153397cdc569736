"""The candidates as the engine sees them: an oracle of columns, and rows for pairs that meet too often."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks
from coalitions.formation.candidates import Candidates
from coalitions.formation.rules import UNLIMITED, Rules
from coalitions.program import Columns, LinearSolution, Master, generate
from coalitions.tolerance import RELATIVE

_SHORTFALL = 1e4  # what a required state left out costs, in units of the largest worth
_LEVEL = -(1 << 62)  # the key of the column that says how much the counts exceed their limits
_WEIGHT = 1e-7  # a row is broken, or a state left out, by more than this


class Meeting(NamedTuple):
    """The row: these two states meet at most once for this objective.

    Attributes
    ----------
    objective : hashable
    first, second : int
        Positions, the first being the lower.
    """

    objective: Any
    first: int
    second: int


class Crowd(NamedTuple):
    """The row: of the groups that hold at least three of these four states one is formed, as any two share a pair.

    Attributes
    ----------
    objective : hashable
    states : frozenset of int
        Four positions.
    """

    objective: Any
    states: frozenset[int]

    def holds(self, objective: Any, members: Iterable[int]) -> bool:
        """Say whether a group is in the row.

        Parameters
        ----------
        objective : hashable
        members : iterable of int

        Returns
        -------
        bool
        """
        return bool(objective == self.objective) and len(self.states.intersection(members)) >= 3


class Repeat(NamedTuple):
    """The row: this group is formed at most once.

    Attributes
    ----------
    key : int
        Of the candidate.
    """

    key: int


class Limit(NamedTuple):
    """The row: what the groups of a plan count in all stays within bounds."""

    counts: Sequence[NDArray[np.float64]]
    """What each candidate counts; one array a block."""
    low: float
    """Of the sum over the groups formed; -inf for no bound."""
    high: float
    """inf for no bound."""

    @property
    def unit(self) -> float:
        """The most that one candidate counts, in absolute terms; 1 where none counts."""
        return max(float(np.abs(counts).max(initial=0.0)) for counts in self.counts) or 1.0


class Pool:
    """All candidates within the rules; the key of one is its position in the blocks taken together.

    Parameters
    ----------
    candidates : Candidates
    rules : Rules
    worthless : bool
        Take every worth as 0, so that only what is feasible counts.
    limits : sequence of Limit
        Further rows.
    level : bool
        What a plan is worth is how much its counts exceed the lower limits, in the row where they exceed them least;
        the candidates' worths play no part.
    """

    def __init__(
        self,
        candidates: Candidates,
        rules: Rules,
        *,
        worthless: bool = False,
        limits: Sequence[Limit] = (),
        level: bool = False,
    ) -> None:
        self.candidates = candidates
        self.rules = rules
        self.n = len(candidates.players)
        self.blocks = tuple(  # streamed candidates are listed
            block._replace(members=np.asarray(block.members), worths=np.asarray(block.worths))
            for block in candidates.blocks
        )
        self._first = np.cumsum([0, *(len(block.worths) for block in self.blocks)])
        self._allowed = [rules.allowed(block.members) for block in self.blocks] if rules.filters else None
        self.level = level
        self.extra: list[Meeting | Crowd | Repeat] = []
        self._out = np.empty(max(len(block.worths) for block in self.blocks))
        self.limits: tuple[Limit, ...] = ()
        self.units: tuple[float, ...] = ()
        self.value([np.zeros(len(block.worths)) if worthless or level else block.worths for block in self.blocks])
        self.limit(limits)

    def __len__(self) -> int:
        return sum(int(np.isfinite(worths).sum()) for worths in self.worths)

    @property
    def fixed(self) -> int:
        """How many rows are there from the beginning."""
        return self.n + 1 + len(self.rules.quotas) + len(self.limits)

    def value(self, worths: Sequence[NDArray[np.float64]]) -> None:
        """Give the candidates other worths.

        Parameters
        ----------
        worths : sequence of ndarray
            One array a block.
        """
        self.worths = list(worths)
        if self._allowed is not None:
            self.worths = [
                np.where(allowed, each, -np.inf) for allowed, each in zip(self._allowed, self.worths, strict=True)
            ]
        self.scale = self._scale()
        self.tolerance = RELATIVE * self.scale

    def limit(self, limits: Sequence[Limit]) -> None:
        """Put other limits in the place of those there are.

        Parameters
        ----------
        limits : sequence of Limit
        """
        self.limits = tuple(limits)
        self.units = tuple(limit.unit for limit in limits)
        if self.level and limits:
            self.scale = max(self.units)
            self.tolerance = RELATIVE * self.scale

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
        b, at = self.place_of(key)
        return self.blocks[b].objective, self.blocks[b].members[at]

    def worth_of(self, key: int) -> float:
        """Give the worth of a candidate.

        Parameters
        ----------
        key : int

        Returns
        -------
        float
        """
        b, at = self.place_of(key)
        return float(self.worths[b][at])

    def place_of(self, key: int) -> tuple[int, int]:
        """Give the block of a candidate and its position there.

        Parameters
        ----------
        key : int

        Returns
        -------
        tuple of two ints
        """
        b = int(np.searchsorted(self._first, key, side="right")) - 1
        return b, key - int(self._first[b])

    def count_of(self, key: int) -> tuple[float, ...]:
        """Give what a candidate counts in each limit.

        Parameters
        ----------
        key : int

        Returns
        -------
        tuple of float
        """
        b, at = self.place_of(key)
        return tuple(float(limit.counts[b][at]) for limit in self.limits)

    def worth_of_plan(self, keys: Iterable[int]) -> float:
        """Give what a plan is worth.

        Parameters
        ----------
        keys : iterable of int

        Returns
        -------
        float
        """
        if not self.level:
            return sum(self.worth_of(key) for key in keys)
        counts = [self.count_of(key) for key in keys]
        return min(sum(own[r] for own in counts) - limit.low for r, limit in enumerate(self.limits))

    def relax(
        self,
        *,
        start: Masks | None = None,
        deadline: float = np.inf,
        report: Callable[[float, float], None] | None = None,
    ) -> LinearSolution:
        """Solve the linear relaxation over all candidates.

        Parameters
        ----------
        start : ndarray of int64, optional
            Candidates that are likely to matter.
        deadline : float
            In ``time.monotonic()``.
        report : callable, optional

        Returns
        -------
        LinearSolution
            Prices of the n states' bandwidth, of the number of groups, of the objectives' numbers where they are
            limited, of the limits (in their units), then of the rows in ``extra``. What is demanded and cannot be had
            is left out at a prohibitive price: see ``shortfall``.
        """
        rules = self.rules
        lower = np.full(self.fixed, -np.inf)
        lower[list(rules.required)] = rules.effort.min(axis=0)[list(rules.required)]
        whole = np.array([*rules.bandwidth, rules.groups, *(high for _, high in rules.quotas)], np.float64)
        upper = np.where(whole >= UNLIMITED, np.inf, whole)
        if np.isinf(upper[: self.n]).any():  # or nothing would bound the program before its rows are found
            upper[self.n] = min(upper[self.n], self.mass)
        for k, (low, _) in enumerate(rules.quotas):
            lower[self.n + 1 + k] = low if low else -np.inf
        first = self.fixed - len(self.limits)
        lower[first:] = [limit.low / unit for limit, unit in zip(self.limits, self.units, strict=True)]
        upper = np.append(upper, [limit.high / unit for limit, unit in zip(self.limits, self.units, strict=True)])
        known = len(self.extra)
        master = Master(
            np.append(np.minimum(lower, upper), np.full(known, -np.inf)),
            np.append(np.maximum(upper, lower), np.ones(known)),
            scale=self.scale,
        )
        nothing = Columns(np.array([-1 - self.n]), np.zeros(1), [np.empty(0, np.int32)])
        demanding = first if self.level else self.fixed  # a level adapts by itself
        for column in [
            nothing,
            *(self._artificial(row, 1.0) for row in np.flatnonzero(lower[:demanding] > 0).tolist()),
            *(self._artificial(row, -1.0) for row in np.flatnonzero(upper[:demanding] < 0).tolist()),
        ]:
            master.add(column)
        if self.level:
            rows = np.arange(first, self.fixed, dtype=np.int32)
            one = Columns(np.array([_LEVEL]), np.array([self.scale]), [rows], [-self.scale / np.array(self.units)])
            master.add(one, lower=-np.inf)
        if start is not None:
            master.add(self.columns(start[start >= 0]))
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
        absent = (solution.keys < 0) & (solution.keys != -1 - self.n) & (solution.keys != _LEVEL)
        total = float(solution.weights[absent].sum())
        return total if total > _WEIGHT else 0.0

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Scan all candidates: the largest worth above price, and the best of each block.

        Parameters
        ----------
        prices : ndarray of float64, shape (rows,)
        count : int
            About how many candidates to give, 10 a block at least.

        Returns
        -------
        excess : float
            The largest worth above price.
        columns : Columns
            Those above the tolerance.
        """
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
            limits = list(range(self.fixed - len(self.limits), self.fixed))
            extra = [self.fixed + r for r, row in enumerate(self.extra) if _holds(row, key, objective, inside)]
            rows.append(np.array([*members.tolist(), self.n, *own, *limits, *extra], np.int32))
            counts.append(np.ones(len(rows[-1])))
            counts[-1][: len(members)] = self.rules.effort_for(objective)[members]
            if limits:
                at = len(members) + 1 + len(own)
                counts[-1][at : at + len(limits)] = np.array(self.count_of(key)) / self.units
            worths.append(self.worth_of(key))
        return Columns(keys.astype(np.int64), np.array(worths), rows, counts)

    def separate(self, keys: Masks, weights: NDArray[np.float64]) -> list[NDArray[np.int64]]:
        """Find the pairs that meet more than once for an objective, or the groups formed more than once.

        Parameters
        ----------
        keys : ndarray of int64, shape (m,)
            Of the columns in the program; negative ones are not groups.
        weights : ndarray of float64, shape (m,)
            How much of each is formed.

        Returns
        -------
        list of ndarray of int64
            For every broken row, also added to ``extra``, the positions of the columns in it.
        """
        load: dict[Meeting | Crowd | Repeat, float] = {}
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

    def rows_of(self, key: int) -> list[Meeting | Crowd | Repeat]:
        """List the rows beyond bandwidth and number that a candidate takes part in.

        Parameters
        ----------
        key : int

        Returns
        -------
        list of Meeting, Crowd or Repeat
        """
        if not self.rules.pairs_once:
            return [Repeat(key)]
        objective, members = self.members_of(key)
        inside = members.tolist()
        return [Meeting(objective, i, j) for a, i in enumerate(inside) for j in inside[a + 1 :]]

    def _excesses(self, prices: NDArray[np.float64]) -> Any:
        from coalitions._kernels import group_excess

        by_limit = prices[self.fixed - len(self.limits) : self.fixed] / np.array(self.units)
        for b, (states, pairs, each, single) in enumerate(self._charges(prices)):
            excess = self._out[: len(self.worths[b])]
            group_excess(self.blocks[b].members, self.worths[b], states, pairs, each, excess)
            for limit, price in zip(self.limits, by_limit.tolist(), strict=True):
                if price:
                    excess -= price * limit.counts[b]
            for at, price in single:
                excess[at] -= price
            yield b, excess

    def _charges(self, prices: NDArray[np.float64]) -> Any:
        """What a group of each block pays: for its states, its pairs, itself, and single groups by position."""
        meeting: dict[Any, NDArray[np.float64]] = {}
        single: list[tuple[int, float]] = []
        for row, price in zip(self.extra, prices[self.fixed :].tolist(), strict=True):
            if isinstance(row, Repeat):
                single.append((row.key, price))
            elif isinstance(row, Meeting):
                matrix = meeting.setdefault(row.objective, np.zeros((self.n, self.n)))
                matrix[row.first, row.second] += price
        none = np.empty((0, 0))
        for b, block in enumerate(self.blocks):
            pairs = meeting.get(block.objective, none)
            states = prices[: self.n] * self.rules.effort_for(block.objective)
            each = float(prices[self.n])
            if self.rules.quotas:
                each += float(prices[self.n + 1 + self.rules.objectives.index(block.objective)])
            first, last = int(self._first[b]), int(self._first[b + 1])
            yield states, pairs, each, [(key - first, price) for key, price in single if first <= key < last]

    def _artificial(self, row: int, count: float) -> Columns:
        """What stands in for a group that a row demands; the key of row n is that of the empty column."""
        key = np.array([-1 - row if row < self.n else -2 - row])
        return Columns(key, np.array([-_SHORTFALL * self.scale]), [np.array([row], np.int32)], [np.array([count])])

    def _scale(self) -> float:
        largest = max(float(worths.max()) for worths in self.worths)
        if largest > 0:
            return largest
        finite = [float(-worths[np.isfinite(worths)].min(initial=0.0)) for worths in self.worths]
        return max(finite) or 1.0


def _holds(row: Meeting | Crowd | Repeat, key: int, objective: Any, inside: set[int]) -> bool:
    if isinstance(row, Repeat):
        return row.key == key
    if isinstance(row, Crowd):
        return row.holds(objective, inside)
    return row.objective == objective and row.first in inside and row.second in inside
