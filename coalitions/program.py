"""The engine: a master linear program over coalitions, and an oracle that knows them all.

    maximise   sum_S v(S) y_S
    subject to lower <= sum_S a_rS y_S <= upper for every row r,   y >= 0

A row is a resource (a player's membership, the number of groups ...), a column a coalition. There are far too many
columns to write down, so the program holds few: it is solved, its dual prices go to the oracle, the oracle scans
all coalitions at once and proposes those worth more than their members' prices, and so on from where the simplex
method stood. The prices of the members are payoffs: at the end no coalition is worth more than its members get.

With at most ``mass`` coalitions formed in all, no solution is worth more than value + mass * (largest worth above
price), in whatever round the loop stops: the bound is always known (Farley 1990; Luebbecke, Desrosiers 2005).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks, Worths, members_of, subset_sums
from coalitions.errors import SolverError
from coalitions.memory import require_memory

_PRECISION = 1e-9  # feasibility tolerances of the simplex method, on worths scaled to 1
_LOW_BITS = 8


@cache
def quiet_highspy() -> Any:
    """Import highspy and keep the banner of its first solver, which no option turns off, off the terminal.

    Returns
    -------
    module
    """
    import highspy

    sys.stdout.flush()
    with open(os.devnull, "wb") as nowhere:
        kept = os.dup(1)
        try:
            os.dup2(nowhere.fileno(), 1)
            highspy.Highs()
        finally:
            os.dup2(kept, 1)
            os.close(kept)
    return highspy


class Columns(NamedTuple):
    """Coalitions on their way into a master program."""

    keys: NDArray[np.int64]
    """Shape (m,): what the oracle calls them."""
    worths: NDArray[np.float64]
    """Shape (m,)."""
    rows: list[NDArray[np.int32]]
    """The rows of the program in which each takes part."""
    coefficients: list[NDArray[np.float64]] | None = None
    """What each counts in its rows; None for 1 everywhere."""


class Oracle(Protocol):
    """Whoever knows all columns: a table of worths, a list of candidate groups, a formula."""

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Give the largest worth above price over all columns, and some of the columns that come near it.

        Parameters
        ----------
        prices : ndarray of float64, shape (rows,)
        count : int
            About how many columns to give.

        Returns
        -------
        excess : float
            inf where it is not known; at most the tolerance ends the search.
        columns : Columns
        """
        ...


class Separator(Protocol):
    """Whoever knows rows that are added only when they are broken."""

    def __call__(self, keys: NDArray[np.int64], weights: NDArray[np.float64]) -> list[NDArray[np.int64]]:
        """Give, for every broken row, the positions of the columns in it; each such row is at most 1."""
        ...


@dataclass(frozen=True, eq=False)
class LinearSolution:
    """Where the column generation stood when it stopped.

    Attributes
    ----------
    value : float
        The worth of the weighted coalitions found: attained.
    bound : float
        No solution of the linear program is worth more: the least bound proven in any round.
    prices : ndarray, shape (rows,)
        The dual price of every row.
    ceiling : float
        The bound that these prices prove: a solution falls short of it by at least the regrets (prices less worth)
        of what it forms.
    keys, weights : ndarray
        The coalitions in the master program and how much of each is formed.
    rounds : int
    finished : bool
        False when the time limit, Ctrl-C or ``stop_above`` ended it before value and bound met.
    """

    value: float
    bound: float
    prices: NDArray[np.float64]
    ceiling: float
    keys: NDArray[np.int64]
    weights: NDArray[np.float64]
    rounds: int
    finished: bool


class Master:
    """A live linear program that grows by columns, and by rows, without losing its basis.

    Parameters
    ----------
    lower, upper : array_like, shape (rows,)
        Bounds of the rows; infinite where there is none.
    scale : float
        The largest absolute worth: worths are divided by it inside, so tolerances mean the same for every unit.
    """

    def __init__(self, lower: NDArray[np.float64], upper: NDArray[np.float64], *, scale: float) -> None:
        highspy = quiet_highspy()
        self._highs = highspy.Highs()
        for option, value in {
            "output_flag": False,
            "threads": 1,
            "presolve": "off",
            "simplex_strategy": 4,  # primal: after new columns the old basis is still primal feasible
            "primal_feasibility_tolerance": _PRECISION,
            "dual_feasibility_tolerance": _PRECISION,
        }.items():
            self._highs.setOptionValue(option, value)
        self._highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        for low, high in zip(lower, upper, strict=True):
            self._highs.addRow(float(low), float(high), 0, [], [])
        self._scale = scale
        self.rows = len(lower)
        self.keys: list[int] = []
        self._position: dict[int, int] = {}

    def add(self, columns: Columns, *, lower: float = 0.0, upper: float = np.inf) -> int:
        """Add the columns that are not there yet and say how many they were.

        Parameters
        ----------
        columns : Columns
        lower, upper : float
            Bounds on how much of each is formed.

        Returns
        -------
        int
        """
        added = 0
        counts = columns.coefficients or [np.ones(len(rows)) for rows in columns.rows]
        for key, worth, rows, count in zip(
            columns.keys.tolist(), columns.worths.tolist(), columns.rows, counts, strict=True
        ):
            if key not in self._position:
                self._position[key] = len(self.keys)
                self.keys.append(key)
                self._highs.addCol(worth / self._scale, lower, upper, len(rows), rows, count)
                added += 1
        return added

    def settle(self, keys: Iterable[int], worths: Iterable[float], row: int) -> None:
        """Turn columns into equalities of the dual: their weight is free, and row ``row`` no longer counts them.

        Parameters
        ----------
        keys : iterable of int
            Of columns that are there.
        worths : iterable of float
            What each is worth from now on.
        row : int
        """
        for key, worth in zip(keys, worths, strict=True):
            column = self._position[key]
            self._highs.changeColCost(column, worth / self._scale)
            self._highs.changeColBounds(column, -np.inf, np.inf)
            self._highs.changeCoeff(row, column, 0.0)

    def retire(self, keys: Iterable[int]) -> None:
        """Take columns out of the program for good: their weight stays 0.

        Parameters
        ----------
        keys : iterable of int
            Of columns that are there.
        """
        for key in keys:
            self._highs.changeColBounds(self._position[key], 0.0, 0.0)

    def add_row(self, positions: NDArray[np.int64]) -> None:
        """Add the row: of these columns at most 1 is formed in all.

        Parameters
        ----------
        positions : ndarray of int
            Positions in ``keys``.
        """
        self._highs.addRow(-np.inf, 1.0, len(positions), positions.astype(np.int32), np.ones(len(positions)))
        self.rows += 1

    def solve(self) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """Solve the program as it stands, starting from the last basis.

        Returns
        -------
        value : float
        prices : ndarray, shape (rows,)
        weights : ndarray, shape (columns,)

        Raises
        ------
        SolverError
            The solver found no optimum, not even on a second try from scratch.
        """
        highspy = quiet_highspy()
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._highs.clearSolver()
            self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(
                f"HiGHS ended with status {self._highs.modelStatusToString(status)!r} on a master program of "
                f"{self.rows} rows and {len(self.keys)} columns; check that the worths differ by less than 1e12"
            )
        solution = self._highs.getSolution()
        value = self._highs.getInfo().objective_function_value * self._scale
        return value, np.array(solution.row_dual) * self._scale, np.array(solution.col_value)


def generate(
    master: Master,
    oracle: Oracle,
    *,
    mass: float,
    tolerance: float,
    batch: int,
    upper: float = np.inf,
    separate: Separator | None = None,
    stop_above: float = np.inf,
    deadline: float = np.inf,
    report: Callable[[float, float], None] | None = None,
) -> LinearSolution:
    """Solve a master program to optimality by generating its columns, and its rows where there is a separator.

    Parameters
    ----------
    master : Master
        With columns enough to be feasible.
    oracle : Oracle
    mass : float
        No solution, not even a fractional one, forms more than this many coalitions in all.
    tolerance : float
        Stop when the bound is this close to the value; in the unit of the worths.
    batch : int
        How many columns to ask for in a round.
    upper : float
        How much of one generated column may be formed.
    separate : Separator, optional
    stop_above : float
        Stop as soon as the value exceeds this number, which proves what the caller wants to know.
    deadline : float
        A time of ``time.monotonic()`` after which no new round begins.
    report : callable, optional
        Told the value and the bound after every round.

    Returns
    -------
    LinearSolution

    Notes
    -----
    Ctrl-C ends the loop after the round in progress, with the bound proven so far.

    References
    ----------
    .. [1] M. E. Luebbecke, J. Desrosiers (2005), Selected topics in column generation, Operations Research 53,
           1007-1023.
    """
    rounds = 0
    bound = np.inf
    finished = False
    while True:
        try:
            value, prices, weights = master.solve()
            rounds, ceiling = rounds + 1, np.inf
            above, columns = oracle.propose(prices, batch)
            ceiling = value + mass * max(above, 0.0)
            bound = min(bound, ceiling)
            if report is not None:
                report(value, bound)
            if value > stop_above or time.monotonic() > deadline:
                break
            if mass * above > tolerance and master.add(columns, upper=upper):
                continue
            broken = separate(np.array(master.keys, np.int64), weights) if separate else []
            if not broken:
                finished = True
                break
            for positions in broken:
                master.add_row(positions)
        except KeyboardInterrupt:
            if not rounds:
                raise
            break
    keys = np.array(master.keys[: len(weights)], np.int64)  # an interrupt may have added columns since
    return LinearSolution(value, bound, prices, ceiling, keys, weights, rounds, finished)


class Table:
    """The oracle that knows the worth of every coalition of n players.

    Parameters
    ----------
    worths : ndarray of float64, shape (2**n,)
        Only read; no copy is made.
    surcharge_row : bool
        Whether every coalition also has a coefficient in a last row, number n (as in the least core).
    skip_everyone : bool
        Leave the grand coalition out.
    """

    def __init__(self, worths: Worths, *, surcharge_row: bool = False, skip_everyone: bool = False) -> None:
        self.worths = worths
        self.n = len(worths).bit_length() - 1
        self._low = min(self.n, _LOW_BITS)
        self._matrix = worths.reshape(1 << (self.n - self._low), 1 << self._low)
        self._best = np.empty(len(self._matrix))
        self._surcharge = surcharge_row
        self._skip = skip_everyone

    def columns(self, masks: NDArray[np.int64]) -> Columns:
        """Make columns of coalitions given as bitmasks.

        Parameters
        ----------
        masks : ndarray of int64

        Returns
        -------
        Columns
        """
        extra = [self.n] if self._surcharge else []
        rows = [np.array(members_of(mask) + extra, np.int32) for mask in masks.tolist()]
        return Columns(masks, self.worths[masks], rows)

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Scan all coalitions: the best of each row of the table, and of those the best ``count``.

        Parameters
        ----------
        prices : ndarray of float64, shape (n,), or (n + 1,) with a surcharge row
        count : int
            How many coalitions to give at most.

        Returns
        -------
        excess : float
            The largest worth above price; -inf where no coalition takes part.
        columns : Columns
        """
        low, _ = self._scan(prices)
        surcharge = prices[self.n] if self._surcharge else 0.0
        rows = np.flatnonzero(self._best > surcharge)
        if len(rows) > count:
            rows = rows[np.argpartition(-self._best[rows], count)[:count]]
        masks = [self._best_of_row(h, low) for h in rows.tolist()]
        return float(self._best.max() - surcharge), self.columns(np.array(masks, np.int64))

    def worst(self, prices: NDArray[np.float64]) -> tuple[int, float]:
        """Find the coalition whose worth exceeds its members' prices the most.

        Parameters
        ----------
        prices : ndarray, shape (n,)

        Returns
        -------
        mask : int
            0 where no coalition takes part.
        excess : float
        """
        low, _ = self._scan(prices)
        h = int(np.argmax(self._best))
        excess = float(self._best[h])
        return (self._best_of_row(h, low) if excess > -np.inf else 0), excess

    def within(self, prices: NDArray[np.float64], regret: float) -> tuple[Masks, NDArray[np.float64]]:
        """List every coalition whose members' prices exceed its worth by at most ``regret``.

        Parameters
        ----------
        prices : ndarray, shape (n,)
        regret : float

        Returns
        -------
        masks : ndarray of int64
        regrets : ndarray of float64
            Price less worth, not below 0.
        """
        from coalitions._kernels import collect_within, count_within

        low, high = self._scan(prices)
        if self._surcharge:
            high = high + prices[self.n]
            self._best -= prices[self.n]
        count = count_within(self._matrix, high, low, self._best, regret)
        require_memory(48 * count, f"a search among {count} coalitions", "set a time limit")
        masks, regrets = np.empty(count, np.int64), np.empty(count)
        collect_within(self._matrix, high, low, self._best, regret, masks, regrets)
        return masks, regrets

    def _best_of_row(self, h: int, low: NDArray[np.float64]) -> int:
        from coalitions._kernels import row_argmax

        last = self._skip and h == len(self._matrix) - 1
        row = self._matrix[h][:-1] if last else self._matrix[h]
        return h << self._low | int(row_argmax(row, low, 1 if h == 0 else 0))

    def _scan(self, prices: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from coalitions._kernels import row_maxima

        low, high = subset_sums(prices[: self._low]), subset_sums(prices[self._low : self.n])
        row_maxima(self._matrix, high, low, self._best)
        if self._skip:  # the last row once more, without its last entry
            first = 1 if len(self._matrix) == 1 else 0
            self._best[-1] = (self._matrix[-1] - low)[first:-1].max(initial=-np.inf) - high[-1]
        return low, high


def balanced_program(
    worths: Worths,
    *,
    scale: float,
    tolerance: float,
    stop_above: float = np.inf,
    deadline: float = np.inf,
    report: Callable[[float, float], None] | None = None,
) -> tuple[LinearSolution, Table]:
    """Find the most that coalitions are worth when every player's time is split among them exactly once.

    maximise sum_S v(S) y_S subject to sum of y_S over S holding i = 1 for every player i. The optimum exceeds v(N)
    exactly when the core is empty (Bondareva 1963; Shapley 1967); it bounds the worth of every partition; and its
    prices are the cheapest payoffs that no coalition can improve on.

    Parameters
    ----------
    worths : ndarray of float64, shape (2**n,)
    scale, tolerance : float
    stop_above, deadline, report
        As for ``generate``.

    Returns
    -------
    solution : LinearSolution
        Its prices are raised evenly until no coalition at all is worth more than its members' prices: they are
        payoffs nobody can improve on, and their sum is a bound on every partition.
    table : Table
        The oracle, for further scans.
    """
    table = Table(worths)
    n = table.n
    master = Master(np.ones(n), np.ones(n), scale=scale)
    master.add(table.columns(np.unique([*(1 << np.arange(n)), len(worths) - 1]).astype(np.int64)))
    solution = generate(
        master,
        table,
        mass=n,
        tolerance=tolerance,
        batch=4 * n,
        stop_above=stop_above,
        deadline=deadline,
        report=report,
    )
    if solution.ceiling < np.inf:
        above = (solution.ceiling - solution.value) / n
    else:  # interrupted before these prices were tried
        above = max(table.worst(solution.prices)[1], 0.0)
    return replace(solution, prices=solution.prices + above), table


def best_covers(
    masks: Masks,
    regrets: NDArray[np.float64],
    n: int,
    *,
    below: float,
    step_limit: int,
    count: int = 1,
    slack: NDArray[np.float64] | None = None,
) -> tuple[list[tuple[float, list[int]]], bool]:
    """Find the partitions of least total regret among given coalitions.

    Parameters
    ----------
    masks : ndarray of int64
    regrets : ndarray of float64, not negative
    n : int
        Number of players.
    below : float
        Only partitions of less total regret are looked for.
    step_limit : int
        How many coalitions may be looked at: some 10**8 a second.
    count : int
        How many partitions to keep.
    slack : ndarray, optional
        What is added to the regret of a partition into 0, 1, 2, ... coalitions; inf, or no entry, where there may not
        be so many.

    Returns
    -------
    found : list of (float, list of int)
        Regret and bitmasks of the best, least regret first; empty when there is none.
    complete : bool
        Whether the search ended by itself, so that there is none of less regret.
    """
    from coalitions._kernels import least_regret_covers

    holders = [int((masks >> i & 1).sum()) for i in range(n)]
    order = np.argsort(holders, kind="stable")  # the player with the fewest coalitions first
    rank = np.full(len(masks), n)
    for position in reversed(range(n)):
        rank[(masks >> order[position]) & 1 == 1] = position
    by_group = np.lexsort((regrets, rank))
    masks, regrets, rank = masks[by_group], regrets[by_group], rank[by_group]
    starts = np.searchsorted(rank, np.arange(n + 1))
    covers, totals = np.zeros((count, n), np.int64), np.zeros(count)
    added = np.zeros(n + 1) if slack is None else slack
    found, steps = least_regret_covers(
        masks, regrets, starts, order.astype(np.int64), (1 << n) - 1, below, added, covers, totals, step_limit
    )
    best = np.argsort(totals[:found], kind="stable").tolist()
    return [(float(totals[b]), [mask for mask in covers[b].tolist() if mask]) for b in best], steps <= step_limit
