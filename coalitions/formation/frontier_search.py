"""The search for a frontier: zones of the measures, and the best plan in each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from math import gcd

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import SolverError
from coalitions.formation.candidates import Candidates
from coalitions.formation.integer import SURVIVORS, binary_program
from coalitions.formation.plan import Plan
from coalitions.formation.pool import Limit, Pool
from coalitions.formation.problem import plan_of
from coalitions.formation.repeated import Found, Unproven, best_of
from coalitions.formation.rules import Rules
from coalitions.formation.solvers import solve_binary, solver_named

_APART = 1e-6  # solvers do not hold apart what differs by less, in units of what one group counts
_WHOLE = 1e15  # whole numbers up to here are exact


class FrontierSearch:
    """The zones of the measures in which plans are still to be found.

    Parameters
    ----------
    candidates : Candidates
    rules : Rules
    counts : list of list of ndarray
        What each candidate counts in each measure, less being better; one array a block.
    solver : str
    deadline : float
        In ``time.monotonic()``.

    Attributes
    ----------
    found : dict from tuple of float to Plan
        The efficient plans so far, by what they count.
    programs : int
        Formations solved.
    """

    def __init__(
        self,
        candidates: Candidates,
        rules: Rules,
        counts: list[list[NDArray[np.float64]]],
        solver: str,
        deadline: float,
    ) -> None:
        self.pool = Pool(candidates, rules)
        self.counts = counts
        self.open = [Limit(each, -np.inf, np.inf) for each in counts]
        self.steps = [_step(each) or _APART * limit.unit for each, limit in zip(counts, self.open, strict=True)]
        self.solver = solver
        self.deadline = deadline
        self.start = np.empty(0, np.int64)
        self.known: dict[tuple[int, ...], tuple[float, ...]] = {}
        self.found: dict[tuple[float, ...], Plan] = {}
        self.programs = 0

    def run(self, started: float, points: int | None) -> bool:
        """Find the points and say whether there was time for all of them.

        Parameters
        ----------
        started : float
            In ``time.monotonic()``.
        points : int or None
            About so many, of one measure, in place of all.

        Returns
        -------
        bool

        Raises
        ------
        SolverError
            A plan that was said to be proven is not.
        """
        try:
            ideal = [self._least(j) for j in range(len(self.counts))]
            if None in ideal:
                return True
            bottom = tuple(float(each) for each in ideal if each is not None)
            solved: list[tuple[tuple[float, ...], tuple[float, ...] | None]] = []
            zones: list[tuple[float, ...]] = [(np.inf,) * len(self.counts)]
            while zones:
                zone = zones.pop(0)
                within = [costs for wider, costs in solved if _inside(zone, wider)]
                if None in within:
                    continue
                costs = next((each for each in within if each is not None and self._fits(each, zone)), None)
                if costs is None:
                    costs = self._best(zone, started)
                    solved.append((zone, costs))
                if costs is None:
                    continue
                for j, cost in enumerate(costs):
                    edge = cost if points is None else self._level(cost, bottom[j], points)
                    part = (*zone[:j], edge, *zone[j + 1 :])
                    if edge - self.steps[j] / 2 < bottom[j] or any(_inside(part, other) for other in zones):
                        continue
                    zones = [other for other in zones if not _inside(other, part)] + [part]
        except (Unproven, KeyboardInterrupt):
            return False
        self._check()
        return True

    def _level(self, cost: float, bottom: float, points: int) -> float:
        """The next of evenly spread limits below a cost; a zone ends just above it."""
        top = max(costs[0] for costs in self.found)
        levels = np.linspace(top, bottom, points)
        below = levels[levels <= cost - self.steps[0] / 2]
        return float(below[0]) + self.steps[0] if len(below) else -np.inf

    def _least(self, j: int) -> float | None:
        """The least that a plan can count in one measure."""
        self.pool.limit(())
        self.pool.value([-each for each in self.counts[j]])
        self.programs += 1
        found = best_of(self.pool, self.solver, self.deadline, start=self.start, known=self.known)
        if found is None:
            return None
        self._keep(found.keys)
        return self._costs(found.keys)[j]

    def _best(self, zone: tuple[float, ...], started: float) -> tuple[float, ...] | None:
        """Find the efficient plan of largest worth in a zone, and keep it."""
        pool = self.pool
        limits = [
            each._replace(high=edge - 0.75 * step) for each, edge, step in zip(self.open, zone, self.steps, strict=True)
        ]
        pool.value([block.worths for block in pool.blocks])
        pool.limit(limits)
        self.programs += 1
        found = best_of(
            pool,
            self.solver,
            self.deadline,
            start=self.start,
            known=[keys for keys, costs in self.known.items() if self._fits(costs, zone)],
            accepts=lambda keys: self._fits(self._costs(keys), zone),
        )
        if found is None:
            return None
        self._keep(found.keys, found)
        keys = self._lightest(found, limits, zone)
        costs = self._costs(keys)
        self._keep(keys)
        pool.value([block.worths for block in pool.blocks])
        pool.limit(limits)
        found.search.best, found.search.worth = list(keys), pool.worth_of_plan(keys)
        self.found[costs] = plan_of(pool, found.solution, found.search, started)
        return costs

    def _lightest(self, found: Found, limits: list[Limit], zone: tuple[float, ...]) -> tuple[int, ...]:
        """Of the plans worth as much as the best one, find one that no other beats in the measures."""
        pool = self.pool
        room = found.solution.ceiling - found.worth + pool.tolerance
        near = pool.within(found.solution.prices, room)
        if len(near) > SURVIVORS:
            raise Unproven(f"{len(near)} candidates are in plans of nearly the same worth")
        worths = pool.worths
        total = [
            sum((each[b] / limit.unit for each, limit in zip(self.counts, limits, strict=True)), np.zeros(len(own)))
            for b, own in enumerate(worths)
        ]
        floor = Limit([block.worths for block in pool.blocks], found.worth - pool.tolerance / 2, np.inf)
        pool.value([-each for each in total])
        pool.limit([*limits, floor])
        excluded: list[frozenset[int]] = []
        while True:
            self.programs += 1
            problem, variables, _ = binary_program(pool, near, excluded)
            left = None if self.deadline == np.inf else max(self.deadline - time.monotonic(), 1.0)
            answer = solve_binary(problem, variables, solver_named(self.solver, time_limit=left))
            if not answer.complete:
                raise Unproven(f"a point of the frontier could not be proven ({answer.status})")
            if answer.chosen is None:  # what its tolerance let through is all there is
                return found.keys
            keys = tuple(sorted(int(near[i]) for i in answer.chosen))
            if not pool.worth_of_plan(keys) > pool.worth_of_plan(found.keys):
                return found.keys
            if sum(pool.count_of(key)[-1] for key in keys) >= floor.low and self._fits(self._costs(keys), zone):
                return keys
            excluded.append(frozenset(keys))

    def _keep(self, keys: tuple[int, ...], found: Found | None = None) -> None:
        self.known[keys] = self._costs(keys)
        used: list[int] = []
        if found is not None:
            solution = found.solution
            used = solution.keys[(solution.weights > 0) & (solution.keys >= 0)].tolist()
        self.start = np.array(list(dict.fromkeys([*keys, *used, *self.start.tolist()])), np.int64)

    def _costs(self, keys: Iterable[int]) -> tuple[float, ...]:
        places = [self.pool.place_of(key) for key in keys]
        return tuple(float(sum(each[b][at] for b, at in places)) for each in self.counts)

    def _fits(self, costs: tuple[float, ...], zone: tuple[float, ...]) -> bool:
        return all(cost <= edge - step / 2 for cost, edge, step in zip(costs, zone, self.steps, strict=True))

    def _check(self) -> None:
        """No point beats another: what the method promises, looked at once more."""
        points = [(plan.worth, costs) for costs, plan in self.found.items()]
        for worth, costs in points:
            for other, theirs in points:
                if theirs != costs and other >= worth - self.pool.tolerance and _inside(theirs, costs):
                    raise SolverError(
                        f"a plan worth {other:.9g} beats one worth {worth:.9g} in every measure: {self.solver} "
                        "proved what is not so; try another solver"
                    )


def _inside(zone: tuple[float, ...], wider: tuple[float, ...]) -> bool:
    return all(a <= b for a, b in zip(zone, wider, strict=True))


def _step(counts: Sequence[NDArray[np.float64]]) -> float:
    """What whole numbers are multiples of; 0 where some are not whole."""
    step = 0
    for each in counts:
        if (each != np.floor(each)).any() or np.abs(each).max(initial=0.0) > _WHOLE:
            return 0.0
        step = gcd(step, int(np.gcd.reduce(each.astype(np.int64))))
    return float(step or 1)
