"""From the linear relaxation to a proven plan: integer programs over the few candidates that can matter."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks
from coalitions.formation.pool import Pool
from coalitions.formation.rules import UNLIMITED
from coalitions.formation.solvers import Answer, solve_binary, solver_named

SURVIVORS = 400_000  # an integer program of more columns does not come back in time
_FINER = 1e3  # limits are written so much larger than worths: solvers hold them to some 1e-6 of a row


class IntegerSearch:
    """The best plan so far, its bound, and the ways to close the gap.

    Parameters
    ----------
    pool : Pool
    bound : float
        Of the linear relaxation.
    solver : str
    deadline : float
        In ``time.monotonic()``.

    Attributes
    ----------
    excluded : list of frozenset of int
        Plans, as the keys of their groups, that do not count.
    eligible : ndarray of int64, or None
        Ascending; where given, a plan better than the best one so far has no groups but these.
    """

    def __init__(self, pool: Pool, bound: float, solver: str, deadline: float) -> None:
        self.pool = pool
        self.bound = bound
        self.solver = solver
        self.deadline = deadline
        self.excluded: list[frozenset[int]] = []
        self.eligible: Masks | None = None
        self.best: list[int] | None = None
        self.worth = -np.inf
        self.survivors = 0
        self.exhausted = False
        self.status = "not run"
        self.problem: Any = None

    @property
    def is_proven(self) -> bool:
        """Whether the best plan attains the bound."""
        return self.bound - self.worth <= self.pool.tolerance

    def solve_among(self, keys: Masks) -> Answer:
        """Find the best plan among some candidates and keep it if it is better.

        Parameters
        ----------
        keys : ndarray of int64

        Returns
        -------
        Answer
        """
        chosen = keys[keys >= 0]
        self.survivors = len(chosen)
        self.problem, variables, unit = binary_program(self.pool, chosen, self.excluded)
        left = None if self.deadline == np.inf else max(self.deadline - time.monotonic(), 1.0)
        answer = solve_binary(self.problem, variables, solver_named(self.solver, time_limit=left))
        self.status = answer.status
        if answer.chosen is not None:
            found = [int(chosen[i]) for i in answer.chosen]
            worth = self.pool.worth_of_plan(found)
            if worth > self.worth:
                self.best, self.worth = found, worth
        if answer.bound is None:
            return answer
        return Answer(answer.chosen, answer.bound / unit, answer.complete, answer.status)

    def widen(self, prices: NDArray[np.float64], ceiling: float) -> None:
        """Solve over windows of regret that widen until the best plan is proven, or time is up.

        Parameters
        ----------
        prices : ndarray
            Of the linear relaxation.
        ceiling : float
            What these prices prove: a plan falls short of it by at least the regrets of its groups.
        """
        window = (ceiling - self.worth if self.best is not None else self.pool.scale) / 8
        while time.monotonic() < self.deadline and not self.is_proven:
            keys = self.pool.within(prices, window + self.pool.tolerance)
            everything = len(keys) == len(self.pool)
            if self.eligible is not None:
                keys = np.intersect1d(keys, self.eligible, assume_unique=True)
            if len(keys) > SURVIVORS:
                self.status = f"{len(keys)} candidates within the gap, too many for an integer program"
                break
            answer = self.solve_among(keys)
            outside = -np.inf if everything else ceiling - window
            if not answer.complete:
                if answer.bound is not None:
                    self.bound = min(self.bound, max(answer.bound, outside, self.worth))
                break
            if self.worth >= outside - self.pool.tolerance and self.best is not None:
                self.bound = self.worth
            elif everything:
                self.exhausted = True
                break
            else:
                window *= 8
                if self.best is not None:
                    window = min(window, ceiling - self.worth)


def binary_program(pool: Pool, keys: Masks, excluded: Iterable[frozenset[int]] = ()) -> tuple[Any, list[Any], float]:
    """Write the formation over some candidates as a PuLP problem.

    Parameters
    ----------
    pool : Pool
    keys : ndarray of int64
    excluded : iterable of frozenset of int
        Plans that are no solutions.

    Returns
    -------
    problem : pulp.LpProblem
    variables : list of pulp.LpVariable
        In the order of the keys, named by objective and members.
    unit : float
        What the worths are multiplied by: 1 unless they are so small or large that solvers lose digits.
    """
    import pulp

    rules, players = pool.rules, pool.candidates.players
    unit = 1.0 if 1e-3 <= pool.scale <= 1e6 else 2.0 ** -round(np.log2(pool.scale))
    problem = pulp.LpProblem("formation", pulp.LpMaximize)
    variables = []
    load: dict[Any, list[Any]] = {}
    for_objective: dict[Any, list[Any]] = {}
    for number, key in enumerate(keys.tolist()):
        objective, members = pool.members_of(key)
        words = [] if objective is None else [objective]
        name = "_".join(re.sub(r"\W", "", str(word)) for word in [*words, *(players[i] for i in members)])
        variable = problem.add_variable(f"y{number}_{name}"[:200], 0, 1, cat="Integer")
        variables.append(variable)
        effort = rules.effort_for(objective)
        for i in members.tolist():
            load.setdefault(i, []).append((float(effort[i]), variable))
        if rules.quotas:
            for_objective.setdefault(objective, []).append(variable)
        for row in pool.rows_of(key):
            load.setdefault(row, []).append(variable)
    level = problem.add_variable("level", cat="Continuous") if pool.level else None
    worths = [pool.worth_of(key) * unit for key in keys.tolist()]
    problem += level if pool.level else pulp.lpSum(worth * y for worth, y in zip(worths, variables, strict=True))
    for i in range(pool.n):
        own = load.pop(i, [])
        if rules.bandwidth[i] < min(sum(effort for effort, _ in own), UNLIMITED):
            problem += pulp.lpSum(effort * y for effort, y in own) <= float(rules.bandwidth[i]), f"bandwidth_{i}"
        if i in rules.required:
            problem += pulp.lpSum(y for _, y in own) >= 1, f"required_{i}"
    if rules.groups < len(variables):
        problem += pulp.lpSum(variables) <= rules.groups, "groups"
    for k, (low, high) in enumerate(rules.quotas):
        own = for_objective.get(rules.objectives[k], [])
        if high < len(own):
            problem += pulp.lpSum(own) <= high, f"at_most_{k}"
        if low:
            problem += pulp.lpSum(own) >= low, f"at_least_{k}"
    counts = [pool.count_of(key) for key in keys.tolist()] if pool.limits else []
    for r, (limit, size) in enumerate(zip(pool.limits, pool.units, strict=True)):
        share = unit if level is not None else _FINER / size
        total = pulp.lpSum(own[r] * share * y for own, y in zip(counts, variables, strict=True))
        if level is not None:
            problem += total - level >= limit.low * share, f"level_{r}"
            continue
        if limit.high < np.inf:
            problem += total <= limit.high * share, f"limit_above_{r}"
        if limit.low > -np.inf:
            problem += total >= limit.low * share, f"limit_below_{r}"
    for number, together in enumerate(each for each in load.values() if len(each) > 1):
        problem += pulp.lpSum(together) <= 1, f"once_{number}"
    by_key = dict(zip(keys.tolist(), variables, strict=True))
    for number, plan in enumerate(excluded):
        if plan <= by_key.keys():
            signs = ((1 if key in plan else -1) * y for key, y in by_key.items())
            problem += pulp.lpSum(signs) <= len(plan) - 1, f"not_plan_{number}"
    return problem, variables, unit
