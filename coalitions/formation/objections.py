"""All candidates that break a plan without transfers, and what it takes to keep their members in it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label
from coalitions.errors import SolverError
from coalitions.formation.blocking import Formed, Holdings, chunks_of
from coalitions.formation.plan import Objection, Plan
from coalitions.formation.solvers import solve_binary, solver_named
from coalitions.memory import require_memory
from coalitions.tolerance import RELATIVE

_ROWS_A_ROUND = 200


@dataclass(frozen=True, eq=False)
class Objections:
    """Candidates all of whose members would rather form them.

    Attributes
    ----------
    players : tuple of labels
    objectives : tuple
        One each.
    members, gains, losses : ndarray, shape (objections, largest size)
        Padded with -1, and with 0.
    least : ndarray, shape (objections,)
        What the member that improves least gains on balance.
    ends : ndarray of bool, shape (objections, groups of the plan)
        Which groups somebody would leave for it.
    margin : float or None
        How far the plan is from the next objection: minus the largest improvement over all candidates.
    """

    players: tuple[Label, ...]
    objectives: tuple[Any, ...]
    members: NDArray[np.int64]
    gains: NDArray[np.float64]
    losses: NDArray[np.float64]
    least: NDArray[np.float64]
    ends: NDArray[np.bool_]
    margin: float | None

    def __len__(self) -> int:
        return len(self.least)

    @property
    def smallest(self) -> int | None:
        """The number of members of the smallest one."""
        return int((self.members >= 0).sum(axis=1).min()) if len(self) else None

    def ending(self, g: int) -> Objections:
        """Keep those for which somebody would leave group number ``g``.

        Parameters
        ----------
        g : int

        Returns
        -------
        Objections
        """
        return self._kept(np.flatnonzero(self.ends[:, g]))

    def strongest(self, count: int) -> tuple[Objection, ...]:
        """Give those whose least improved member improves most, the strongest first.

        Parameters
        ----------
        count : int

        Returns
        -------
        tuple of Objection
        """
        found = []
        for row in np.argsort(-self.least, kind="stable")[:count].tolist():
            size = int((self.members[row] >= 0).sum())
            found.append(
                Objection(
                    members=tuple(self.players[i] for i in self.members[row, :size]),
                    objective=self.objectives[row],
                    worth=float(self.gains[row].sum()),
                    gains=tuple(self.gains[row, :size].tolist()),
                    losses=tuple(self.losses[row, :size].tolist()),
                )
            )
        return tuple(found)

    def _kept(self, rows: NDArray[np.intp]) -> Objections:
        return replace(
            self,
            objectives=tuple(self.objectives[row] for row in rows.tolist()),
            members=self.members[rows],
            gains=self.gains[rows],
            losses=self.losses[rows],
            least=self.least[rows],
            ends=self.ends[rows],
        )


def objections_to(plan: Plan, formed: list[Formed]) -> Objections:
    """Scan all candidates for those that break a plan without transfers.

    Parameters
    ----------
    plan : Plan
    formed : list of Formed
        Its groups.

    Returns
    -------
    Objections
    """
    candidates = plan.candidates
    holdings = Holdings(plan.rules, formed)
    width = max(block.members.shape[1] for block in candidates.blocks)
    parts: list[tuple[Any, ...]] = []
    largest, count = -np.inf, 0
    for block in candidates.blocks:
        size = block.members.shape[1]
        for _, members in chunks_of(block):
            gains = candidates.gains(members, block.objective)
            least = holdings.improvements(members, gains, block.objective)
            if plan.rules.filters:
                least[~plan.rules.allowed(members)] = -np.inf
            largest = max(largest, float(least.max()))
            rows = np.flatnonzero(least > plan.tolerance)
            count += len(rows)
            require_memory(
                count * (24 * width + len(formed) + 16),
                f"{count} groups that break the plan",
                "ask for plan.blocking(), or for a stable_plan",
            )
            if len(rows):
                inside = members[rows].astype(np.int64)
                losses = holdings.losses(inside, block.objective)
                padding = ((0, 0), (0, width - size))
                parts.append(
                    (
                        (block.objective,) * len(rows),
                        np.pad(inside, padding, constant_values=-1),
                        np.pad(gains[rows], padding),
                        np.pad(losses, padding),
                        least[rows],
                        _ends(holdings, inside, block.objective),
                    )
                )
    margin = -largest if np.isfinite(largest) else None
    if not parts:
        none = np.zeros((0, width))
        ends = np.zeros((0, len(formed)), np.bool_)
        return Objections(candidates.players, (), none.astype(np.int64), none, none, none[:, 0], ends, margin)
    return Objections(
        candidates.players,
        tuple(objective for part in parts for objective in part[0]),
        np.concatenate([part[1] for part in parts]),
        np.concatenate([part[2] for part in parts]),
        np.concatenate([part[3] for part in parts]),
        np.concatenate([part[4] for part in parts]),
        np.concatenate([part[5] for part in parts]),
        margin,
    )


def _ends(holdings: Holdings, members: NDArray[np.int64], objective: Any) -> NDArray[np.bool_]:
    """Which groups of the plan the members of each group would leave for it."""
    ends = np.zeros((len(members), len(holdings.formed)), np.bool_)
    n = len(holdings.rules.players)
    leaves = np.zeros((n, len(holdings.formed)), np.bool_)
    for i in range(n):
        leaves[i, list(holdings.dropped(i, objective, ()))] = True
    meets = holdings.meets[objective]
    for a in range(members.shape[1]):
        clashing = np.zeros(len(members), np.bool_)
        for c in range(members.shape[1]) if len(meets) else ():
            if c != a:
                at = meets[members[:, a], members[:, c]]
                rows = np.flatnonzero(at >= 0)
                ends[rows, at[rows]] = True
                clashing[rows] = True
        ends[~clashing] |= leaves[members[~clashing, a]]
    return ends


def least_payments(objections: Objections, plan: Plan, *, deadline: float = np.inf) -> dict[Label, float] | None:
    """Find the least payments for staying that leave every objection a member that does not gain by it.

    Parameters
    ----------
    objections : Objections
    plan : Plan
    deadline : float
        In ``time.monotonic()``.

    Returns
    -------
    dict from label to float, or None
        Those who are paid; None where the deadline passed before the least payments were proven.

    Raises
    ------
    SolverError
        The binary program was not solved.

    Notes
    -----
    A covering problem: binary variables for the levels of each state's payment, a row for each objection, those that
    the payments found do not keep added until there are none.
    """
    import pulp

    needed = np.where(objections.members >= 0, objections.gains - objections.losses, np.inf)
    paid = np.zeros(len(objections.players))
    rows = np.argsort(-objections.least, kind="stable")[:_ROWS_A_ROUND]
    known: list[int] = []
    while len(rows):
        known += rows.tolist()
        problem = pulp.LpProblem("payments", pulp.LpMaximize)
        levels: dict[int, list[float]] = {}
        for row in known:
            for i, amount in zip(objections.members[row].tolist(), needed[row].tolist(), strict=True):
                if i >= 0:
                    levels.setdefault(i, []).append(amount)
        steps = {i: np.unique(amounts) for i, amounts in levels.items()}
        taken = {
            i: [problem.add_variable(f"pay_{i}_{k}", 0, 1, cat="Integer") for k in range(len(own))]
            for i, own in steps.items()
        }
        costs = {i: np.diff(own, prepend=0.0) * RELATIVE / plan.tolerance for i, own in steps.items()}
        problem += -pulp.lpSum(
            float(cost) * each for i, own in taken.items() for cost, each in zip(costs[i], own, strict=True)
        )
        for i, own in taken.items():
            for k in range(1, len(own)):
                problem += own[k - 1] - own[k] >= 0, f"after_{i}_{k}"
        for number, row in enumerate(known):
            stays = [
                taken[i][int(np.searchsorted(steps[i], amount))]
                for i, amount in zip(objections.members[row].tolist(), needed[row].tolist(), strict=True)
                if i >= 0
            ]
            problem += pulp.lpSum(stays) >= 1, f"keep_{number}"
        variables = [each for own in taken.values() for each in own]
        left = None if deadline == np.inf else max(deadline - time.monotonic(), 0.1)
        answer = solve_binary(problem, variables, solver_named("HiGHS", time_limit=left))
        if left is not None and not answer.complete:
            return None
        if answer.chosen is None or not answer.complete:
            raise SolverError(f"HiGHS found no payments that hold the plan ({answer.status})")
        chosen = set(answer.chosen)
        paid[:] = 0.0
        at = 0
        for i, own in taken.items():
            count = sum(at + k in chosen for k in range(len(own)))
            paid[i] = steps[i][count - 1] if count else 0.0
            at += len(own)
        short = (needed - np.where(objections.members >= 0, paid[objections.members], 0.0)).min(axis=1)
        rows = np.flatnonzero(short > plan.tolerance)
        rows = rows[np.argsort(-short[rows], kind="stable")[:_ROWS_A_ROUND]]
    return {objections.players[i]: float(paid[i]) for i in np.flatnonzero(paid > 0).tolist()}
