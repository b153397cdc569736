"""From prices to proven structures: the linear program, then an exact cover among the few coalitions that matter."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks, Worths, members_of, submasks
from coalitions.memory import require_memory
from coalitions.program import Columns, Master, Table, balanced_program, best_covers, generate
from coalitions.structures.interchangeable import best_by_count, interchangeable_players, worths_by_count
from coalitions.structures.rules import BARRED
from coalitions.tolerance import RELATIVE

_SPLITS_PER_SECOND = 7e8  # of the dynamic program; only decides when it is worth a start
_SEARCH_STEPS = 20_000_000  # a fraction of a second
_STEPS_PER_SPLIT = 0.1  # so that a longer search, given up, has cost less than the dynamic program
_STATES = 3000  # combinations of counts up to which those of interchangeable players are tried first
_SHORTFALL = 1e4  # what a player left out costs in the linear program, in units of the largest worth


class Search:
    """The best structures of a table of worths, and what is proven of them.

    Parameters
    ----------
    worths : ndarray of float64, shape (2**n,)
        Coalitions that may not form hold ``rules.BARRED`` times the scale.
    scale : float
        The largest absolute worth of a coalition that may form.
    feasible : int, optional
        How many coalitions may form; all by default.
    counts : tuple of int, optional
        How many coalitions a structure may have.
    deadline : float
        In ``time.monotonic()``.
    report : callable, optional
        Told the value and the bound of the linear program after every round.
    start : sequence of int
        Bitmasks of a structure to begin from.

    Attributes
    ----------
    bound : float
        No structure is worth more.
    proven : bool
    prices : ndarray, shape (n,)
        Payoffs on which no coalition that may form can improve.
    method : str
    """

    def __init__(
        self,
        worths: Worths,
        *,
        scale: float,
        feasible: int | None = None,
        counts: tuple[int, ...] | None = None,
        deadline: float = np.inf,
        report: Callable[[float, float], None] | None = None,
        start: Sequence[int] = (),
    ) -> None:
        self.worths = worths
        self.n = len(worths).bit_length() - 1
        self.scale = scale
        self.feasible = len(worths) - 1 if feasible is None else feasible
        self.counts = counts
        self.deadline = deadline
        self.report = report
        self.tolerance = RELATIVE * scale
        self.start = list(start)
        self.bound = np.inf
        self.proven = False
        self.prices = np.zeros(self.n)
        self.surcharge = 0.0
        self.slack: NDArray[np.float64] | None = None
        self.method = "linear program"

    def best(self) -> list[int] | None:
        """Find the best structure.

        Returns
        -------
        list of int, or None
            Bitmasks; None when no structure is possible. ``proven`` says whether a better one is ruled out.
        """
        relaxed = self._relax()
        if relaxed is None:
            self.proven = True
            return None
        table, keys = relaxed
        blocks, regret = self._among_generated(keys)
        if blocks and regret <= self.tolerance:
            self.proven = True
            return blocks
        unit = _common_unit(self.worths) if self.feasible == len(self.worths) - 1 else 0.0
        if unit:
            self.bound = float(np.floor((self.bound + self.tolerance) / unit) * unit)
            if blocks and self._worth(blocks) >= self.bound - self.tolerance:
                self.proven = True
                return blocks
        found = self._by_count() or self._close(table, blocks, regret)
        return found or None

    def several(self, most: int, within: float) -> tuple[list[list[int]], bool]:
        """Find the best structures.

        Parameters
        ----------
        most : int
            How many at most.
        within : float
            None that is worth this much less than the best, or still less.

        Returns
        -------
        list of list of int
            Bitmasks, the best structure first.
        complete : bool
            Whether all better ones, or all within reach, are among them.
        """
        relaxed = self._relax()
        if relaxed is None:
            return [], True
        table, keys = relaxed
        _, regret = self._among_generated(keys)
        window = max(regret / 4 if np.isfinite(regret) else self.scale / 8, self.tolerance)
        found: list[tuple[float, list[int]]] = []
        limit = int(max(_SEARCH_STEPS, min(_STEPS_PER_SPLIT * 3.0**self.n, 1e10)))
        while time.monotonic() < self.deadline:
            masks, regrets = self._within(table, window)
            everything = len(masks) == self.feasible
            reach = np.inf if everything else window + self.tolerance
            below = reach if not found else min(reach, found[0][0] + within + self.tolerance)
            seen, complete = best_covers(
                masks, regrets, self.n, below=below, step_limit=limit, count=most, slack=self.slack
            )
            found = seen or found
            if not complete:
                return [blocks for _, blocks in found], False
            done = everything or len(found) == most or (found and found[0][0] + within <= window)
            if done:
                best = found[0][0] if found else 0.0
                return [blocks for regret, blocks in found if regret <= best + within + self.tolerance], True
            window *= 4
        return [blocks for _, blocks in found], False

    def _relax(self, shortfall: float = _SHORTFALL) -> tuple[Table, Masks] | None:
        """Solve the linear program; None where not even fractions of coalitions make a structure."""
        if self.counts is None and self.feasible == len(self.worths) - 1:
            solution, table = balanced_program(
                self.worths, scale=self.scale, tolerance=self.tolerance, deadline=self.deadline, report=self.report
            )
            self.prices = solution.prices
            self.bound = float(self.prices.sum())
            return table, solution.keys
        table = Table(self.worths, surcharge_row=True)
        low, high = (1, self.n) if self.counts is None else (self.counts[0], self.counts[-1])
        limits = (-np.inf, np.inf) if self.counts is None else (low, high)
        once = [1.0] * self.n
        master = Master(np.array([*once, limits[0]]), np.array([*once, limits[1]]), scale=self.scale)
        absent = [[i] for i in range(self.n)] + [[self.n]]
        master.add(
            Columns(
                -1 - np.arange(self.n + 1),
                np.full(self.n + 1, -shortfall * self.scale),
                [np.array(rows, np.int32) for rows in absent],
            )
        )
        if self.start:
            master.add(table.columns(np.array(self.start, np.int64)))
        solution = generate(
            master,
            table,
            mass=float(high),
            tolerance=self.tolerance,
            batch=4 * self.n,
            deadline=self.deadline,
            report=self.report,
        )
        if solution.finished and solution.weights[solution.keys < 0].sum() > 1e-7:
            return self._relax(shortfall * 1e4) if shortfall < 1e8 else None
        lack = max((solution.ceiling - solution.value) / high, 0.0) if np.isfinite(solution.ceiling) else None
        if lack is None:
            lack = max(table.propose(solution.prices, 1)[0], 0.0)
        self.prices = solution.prices[: self.n] + lack
        self.surcharge = float(solution.prices[self.n])
        ends = np.arange(self.n + 1) * self.surcharge
        self.bound = float(self.prices.sum() + max(ends[low], ends[high]))
        slack = np.full(high + 1, np.inf)
        for count in self.counts or range(1, self.n + 1):
            slack[count] = max(ends[low], ends[high]) - ends[count]
        self.slack = slack
        return table, solution.keys[solution.keys >= 0]

    def _within(self, table: Table, regret: float) -> tuple[Masks, NDArray[np.float64]]:
        limit = min(regret, -BARRED / 2 * self.scale)
        return table.within(np.append(self.prices, self.surcharge), limit + self.tolerance)

    def _worth(self, blocks: Sequence[int]) -> float:
        return float(self.worths[list(blocks)].sum())

    def _regret(self, blocks: Sequence[int]) -> float:
        return self.bound - self._worth(blocks)

    def _among_generated(self, masks: Masks) -> tuple[list[int], float]:
        prices = np.array([self.prices[members_of(mask)].sum() + self.surcharge for mask in masks.tolist()])
        regrets = np.maximum(prices - self.worths[masks], 0.0)
        found, _ = best_covers(masks, regrets, self.n, below=np.inf, step_limit=_SEARCH_STEPS, slack=self.slack)
        tried = [blocks for _, blocks in found]
        if self.start:
            tried.append(self.start)
        if self.counts is None and self.feasible == len(self.worths) - 1:
            tried.append([1 << i for i in range(self.n)])
        if not tried:
            return [], np.inf
        blocks = max(tried, key=self._worth)
        return blocks, max(self._regret(blocks), 0.0)

    def _by_count(self) -> list[int]:
        """Count instead of listing, where many players are alike and ties would drown the search."""
        classes = interchangeable_players(self.worths)
        if len(classes) == self.n or np.prod([len(alike) + 1.0 for alike in classes]) > _STATES:
            return []
        blocks = best_by_count(worths_by_count(self.worths, classes), classes, self.counts)
        self.proven = True
        self.method = "dynamic program over interchangeable players"
        return blocks if blocks and self._worth(blocks) > BARRED / 2 * self.scale else []

    def _close(self, table: Table, blocks: list[int], regret: float) -> list[int]:
        """Widen the window of regrets until it holds the best structure, or give way to dynamic programming."""
        if self.proven:
            return blocks
        splits = 3.0 ** (self.n - 1) / 2 * (self.counts[-1] if self.counts else 1)
        step_limit = int(max(_SEARCH_STEPS, min(_STEPS_PER_SPLIT * splits, 1e10)))
        window = regret / 4 if np.isfinite(regret) else self.scale / 8
        self.method = "linear program, then exact cover"
        try:
            while time.monotonic() < self.deadline:
                window = min(window, regret)
                masks, regrets = self._within(table, window)
                everything = len(masks) == self.feasible
                found, complete = best_covers(
                    masks, regrets, self.n, below=regret, step_limit=step_limit, slack=self.slack
                )
                if found:
                    regret, blocks = found[0]
                if not complete:
                    break
                if everything or regret <= window + self.tolerance:
                    self.proven = True
                    return blocks
                window *= 4
            if time.monotonic() + splits / _SPLITS_PER_SECOND < self.deadline:
                self.method = "dynamic program"
                blocks = _best_partition(self.worths, self.counts)
                self.proven = True
                if blocks and self._worth(blocks) < BARRED / 2 * self.scale:
                    blocks = []
        except KeyboardInterrupt:
            pass  # the best structure so far, with the bound of the linear program
        return blocks


def _common_unit(worths: Worths) -> float:
    """Give the smallest worth if all others are multiples of it (up to rounding), else 0."""
    block = 1 << 16
    for unit in dict.fromkeys((1.0, _smallest(worths))):
        if unit and all(
            (np.abs(part - np.rint(part)) <= RELATIVE).all()
            for part in (worths[start : start + block] / unit for start in range(0, len(worths), block))
        ):
            return unit
    return 0.0


def _smallest(worths: Worths) -> float:
    """Give the smallest absolute worth that is not zero."""
    block = 1 << 16
    parts = (np.abs(worths[start : start + block]) for start in range(0, len(worths), block))
    return min((float(part[part > 0].min(initial=np.inf)) for part in parts), default=0.0)


def _best_partition(worths: Worths, counts: tuple[int, ...] | None = None) -> list[int]:
    """Find an optimal partition by dynamic programming over the coalitions without the last player.

    An empty list where none of the counts is possible.
    """
    from coalitions._kernels import best_block, best_partitions, best_partitions_with

    n = len(worths).bit_length() - 1
    layers = counts[-1] if counts else 1
    require_memory(layers * 8 << (n - 1), f"dynamic programming over {n} players", "set a time limit")
    tables = [np.empty(1 << (n - 1)) for _ in range(layers)]
    everyone, top = (1 << n) - 1, 1 << (n - 1)
    if counts is None:
        best_partitions(worths, tables[0])
        left = tables * n
    else:
        tables[0].fill(-np.inf)
        tables[0][0] = 0.0  # nobody, in no coalition
        for before, best in pairwise(tables):
            best_partitions_with(worths, before, best)
        reached: dict[int, float] = {}
        for count in counts:
            others = everyone ^ top
            sub = int(best_block(worths, tables[count - 1], top, others))
            reached[count] = worths[top | sub] + tables[count - 1][others ^ sub]
        count = max(reached, key=lambda k: reached[k])
        if reached[count] == -np.inf:
            return []
        left = tables[:count]
    blocks = []
    rest = everyone
    while rest:
        top = 1 << (rest.bit_length() - 1)
        block = top | int(best_block(worths, left.pop(), top, rest ^ top))
        blocks.append(block)
        rest ^= block
    return blocks


def exact_partition(worths: list[int]) -> list[int]:
    """Find an optimal partition of exact worths by the same recursion on Python's own integers.

    Parameters
    ----------
    worths : list of 2**n int

    Returns
    -------
    list of int
        Bitmasks.
    """
    best = [0] * len(worths)
    block = [0] * len(worths)
    for mask in range(1, len(worths)):
        top = 1 << (mask.bit_length() - 1)
        others = mask ^ top
        best[mask], block[mask] = max((worths[top | sub] + best[others ^ sub], top | sub) for sub in submasks(others))
    blocks = []
    rest = len(worths) - 1
    while rest:
        blocks.append(block[rest])
        rest ^= block[rest]
    return blocks
