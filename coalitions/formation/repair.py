"""What has to change for a stable plan to exist: a little more bandwidth, or a few groups that are tolerated."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from coalitions.coalition import Masks
from coalitions.formation.blocking import Holdings
from coalitions.formation.integer import binary_program
from coalitions.formation.pool import Pool
from coalitions.formation.rules import UNLIMITED, Rules
from coalitions.formation.solvers import Answer, solve_binary, solver_named
from coalitions.formation.stable_rows import StabilityRows
from coalitions.formation.stable_search import ROWS_A_ROUND, Objectors, StableSearch


class Repair(StableSearch):
    """The best plan among those that the least change makes stable.

    Parameters
    ----------
    pool : Pool
        With as much bandwidth as states may have in the end.
    objectors : Objectors
    rules : Rules
        With the bandwidth that they have.
    by : {'bandwidth', 'tolerance'}
    bound : float
        No plan of the pool is worth more.
    solver : str
    deadline : float
    """

    def __init__(
        self, pool: Pool, objectors: Objectors, rules: Rules, by: str, bound: float, solver: str, deadline: float
    ) -> None:
        super().__init__(pool, objectors, bound, solver, deadline)
        self.rules = rules
        self.by = by

    def solve_among(self, keys: Masks) -> Answer:
        """Find the least change that makes a plan of all candidates in which nobody loses stable, and the best such.

        Parameters
        ----------
        keys : ndarray of int64

        Returns
        -------
        Answer
        """
        import pulp

        self.survivors = len(keys)
        self.problem, variables, unit = binary_program(self.pool, keys)
        more = self._more_bandwidth(variables, keys) if self.by == "bandwidth" else {}
        rows = StabilityRows(
            self.problem, variables, self.pool, keys, rules=self.rules, more=more, tolerant=self.by == "tolerance"
        )
        worth = self.problem.objective
        change = (self.bound + self.pool.scale) * unit  # one change outweighs all that plans are worth
        original = self.rules
        while not rows.impossible:
            changes = [*(each for extra in more.values() for each in extra), *rows.slack.values()]
            self.problem.setObjective(worth - change * pulp.lpSum(changes))
            left = None if self.deadline == np.inf else max(self.deadline - time.monotonic(), 1.0)
            answer = solve_binary(self.problem, variables, solver_named(self.solver, time_limit=left))
            self.rounds += 1
            self.status = answer.status
            if answer.chosen is None or not answer.complete:
                self.exhausted = answer.complete
                return answer
            plan = [int(keys[i]) for i in answer.chosen]
            bandwidth = original.bandwidth.copy()
            for i, extra in more.items():
                bandwidth[i] += sum(_is_one(each) for each in extra)
            self.rules = replace(original, bandwidth=bandwidth)
            holdings = Holdings(self.rules, self.formed(plan))
            tolerated = {key for key, slack in rows.slack.items() if _is_one(slack)}
            new = self.objectors.against(holdings, ROWS_A_ROUND, without=tolerated)
            if not new:
                self.keep(plan)
                self.bound = self.worth
                return answer
            if time.monotonic() > self.deadline:
                self.status = "time limit"
                return Answer(None, None, False, self.status)
            for objector in new:
                rows.add(objector, holdings)
                self.rows.setdefault(objector.key, objector)
        self.exhausted = True
        return Answer(None, None, True, "no stable plan of these")

    def _more_bandwidth(self, variables: list[Any], keys: Masks) -> dict[int, list[Any]]:
        """Give every state as many binary variables as it may have groups more, and limit it by them."""
        import pulp

        own: dict[int, list[Any]] = {}
        for key, variable in zip(keys.tolist(), variables, strict=True):
            for i in self.pool.members_of(key)[1].tolist():
                own.setdefault(i, []).append(variable)
        more: dict[int, list[Any]] = {}
        for i, groups in own.items():
            have = self.rules.bandwidth[i]
            count = int(min(self.pool.rules.bandwidth[i], len(groups)) - have)
            if have >= UNLIMITED or count < 1:
                continue
            more[i] = [self.problem.add_variable(f"more_{i}_{k}", 0, 1, cat="Integer") for k in range(count)]
            self.problem += pulp.lpSum(groups) - pulp.lpSum(more[i]) <= float(have), f"carries_{i}"
            for k in range(1, count):
                self.problem += more[i][k - 1] - more[i][k] >= 0, f"more_{i}_{k}_after"
        return more


def _is_one(variable: Any) -> bool:
    return bool((variable.varValue or 0.0) > 0.5)
