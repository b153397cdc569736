"""The plan whose worth stays highest above its targets in the scenario where it does so least."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks
from coalitions.errors import SolverError
from coalitions.formation.pool import Limit, Pool
from coalitions.formation.problem import infeasible
from coalitions.formation.repeated import Repeated, Unproven, best_of
from coalitions.formation.rules import Rules
from coalitions.formation.scenarios import Scenarios
from coalitions.program import LinearSolution

_WEIGHT = 1e-9


class LevelSearch:
    """Maximises the least of worth less target over the scenarios, which come in as they are needed.

    Parameters
    ----------
    scenarios : Scenarios
        Held.
    rules : Rules
    solver : str
    deadline : float
        In ``time.monotonic()``.
    aims : bool
        Whether the targets are the worths of the best plan for each scenario, or else 0.

    Attributes
    ----------
    pool : Pool
    active : list of int
        The scenarios with a row.
    targets, odds : ndarray, shape (scenarios,)
        The targets; the weights of the scenarios in the relaxation.
    """

    def __init__(self, scenarios: Scenarios, rules: Rules, solver: str, deadline: float, *, aims: bool) -> None:
        self.scenarios = scenarios
        self.rules = rules
        self.solver = solver
        self.deadline = deadline
        self.aims = aims
        self.repeated = Repeated(scenarios.base, rules, solver, deadline)
        self.pool = Pool(scenarios.base, rules, level=True)
        self.active = [0]
        self.targets = np.zeros(len(scenarios))
        self.odds = np.zeros(len(scenarios))
        self.alone: list[LinearSolution] = []
        self.known: dict[tuple[int, ...], float] = {}
        self.start: Masks = np.empty(0, np.int64)
        self.bound = np.inf

    def run(self) -> tuple[tuple[int, ...], float, float]:
        """Find the plan.

        Returns
        -------
        keys : tuple of int
        level : float
        bound : float
            No plan has a higher level.

        Raises
        ------
        InfeasibleFormation
            No plan keeps the rules.
        SolverError
            Stopped before there was a plan with a bound.
        """
        try:
            if self.aims:
                self._aim()
            while not self._is_proven():
                self._step()
        except (Unproven, KeyboardInterrupt) as error:
            if not self.known or self.bound == np.inf:
                raise SolverError(f"no robust plan could be found in time; raise time_limit ({error})") from None
        keys = max(self.known, key=lambda each: self.known[each])
        return keys, self.known[keys], max(self.bound, self.known[keys])

    def _is_proven(self) -> bool:
        return self.bound - max(self.known.values(), default=-np.inf) <= self.pool.tolerance

    def _aim(self) -> None:
        """Find the best plan for each scenario by itself."""
        for number in range(len(self.scenarios)):
            found = self.repeated.best(self.scenarios.worths(number))
            self.targets[number] = found.worth
            self.alone.append(found.solution)
        self.start = self.repeated.start
        for keys in self.repeated.known:
            self._remember(keys)

    def _step(self) -> None:
        """Solve with the scenarios there are, and take in the one that the answer falls short in."""
        solution = self._relax()
        self.bound = min(self.bound, solution.bound)
        first = self.pool.fixed - len(self.active)
        self.odds[:] = 0.0
        self.odds[self.active] = np.maximum(-solution.prices[first : self.pool.fixed] / np.array(self.pool.units), 0.0)
        if self._is_proven():
            return
        found = best_of(
            self.pool,
            self.solver,
            self.deadline,
            start=self.start,
            known=self.known,
            eligible=self._eligible() if self.aims else None,
        )
        if found is None:
            raise infeasible(self.scenarios.base, self.rules)
        self.bound = min(self.bound, max(found.worth, max(self.known.values(), default=-np.inf)))
        margins = self._remember(found.keys)
        worst = int(np.argmin(margins))
        if margins[worst] < found.worth - self.pool.tolerance:
            self.active.append(worst)

    def _relax(self) -> LinearSolution:
        """Solve the relaxation over all scenarios."""
        while True:
            self.pool.limit([Limit(self.scenarios.worths(m), self.targets[m], np.inf) for m in self.active])
            solution = self.pool.relax(start=self.start, deadline=self.deadline)
            if not solution.finished:
                raise Unproven("stopped in the relaxation")
            if self.pool.shortfall(solution) > 0:
                raise infeasible(self.scenarios.base, self.rules)
            used = (solution.weights > _WEIGHT) & (solution.keys >= 0)
            keys, weights = solution.keys[used], solution.weights[used]
            self.start = np.array(list(dict.fromkeys([*keys.tolist(), *self.start.tolist()])), np.int64)
            margins = weights @ self.scenarios.of(self.pool, keys.tolist()) - self.targets
            worst = int(np.argmin(margins))
            if worst in self.active or margins[worst] >= solution.value - self.pool.tolerance:
                return solution
            self.active.append(worst)

    def _eligible(self) -> Masks | None:
        """The groups within the window of every scenario: those of plans with no more to regret than a known one."""
        least = max(self.known.values(), default=-np.inf)
        if least == -np.inf:
            return None
        inside: Masks | None = None
        pool = self.repeated.pool
        for number in self.active:
            solution = self.alone[number]
            pool.value(self.scenarios.worths(number))
            later = np.zeros(pool.fixed + len(pool.extra) - len(solution.prices))
            room = solution.ceiling - self.targets[number] - least + self.pool.tolerance
            near = pool.within(np.append(solution.prices, later), room)
            inside = near if inside is None else np.intersect1d(inside, near, assume_unique=True)
        return inside

    def _remember(self, keys: Iterable[int]) -> NDArray[np.float64]:
        plan = tuple(sorted(keys))
        margins: NDArray[np.float64] = self.scenarios.of(self.pool, plan).sum(axis=0) - self.targets
        self.known[plan] = float(margins.min())
        return margins
