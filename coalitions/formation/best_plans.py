"""Not one plan but several: the best ones, or all that come near the best."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from coalitions.errors import CoalitionError, SolverError
from coalitions.formation.candidates import Candidates
from coalitions.formation.integer import IntegerSearch
from coalitions.formation.plan import Plan
from coalitions.formation.problem import infeasible, make_problem, plan_of
from coalitions.formation.solvers import solver_named
from coalitions.formation.streamed_pool import make_pool


def best_plans(
    candidates: Candidates,
    most: int = 10,
    *,
    within: float = np.inf,
    solver: str = "HiGHS",
    time_limit: float | None = None,
    **rules: Any,
) -> tuple[Plan, ...]:
    """List the best plans, the best first: how much freedom is there in whom to form groups with.

    Parameters
    ----------
    candidates : Candidates
    most : int
        How many at most.
    within : float
        Only plans worth at most this much less than the best; in the unit of the payoff.
    solver : str
        As for ``form``.
    time_limit : float, optional
        Seconds for all.
    **rules
        The constraints of ``form``: ``bandwidth``, ``effort``, ``groups``, ``per_objective``, ``required``,
        ``forbidden``, ``together``, ``incompatible``, ``pairs_once``, ``standing``.

    Returns
    -------
    tuple of Plan
        Each proven: ``bound`` is what no plan beside those before it exceeds. Fewer than ``most`` mean that there are
        no more.

    Raises
    ------
    InfeasibleFormation
        No plan satisfies the constraints.
    SolverError
        The list could not be completed in time.
    CoalitionError
        As for ``form``.

    Notes
    -----
    The linear relaxation is solved once; then the integer program of ``form`` once a plan, with a row for each plan
    found before that excludes it. Two plans differ if a single group does, also one that is worth nothing.

    References
    ----------
    .. [1] E. Balas, R. Jeroslow (1972), Canonical cuts on the unit hypercube, SIAM Journal on Applied Mathematics 23,
           61-69.

    Examples
    --------
    >>> from coalitions import candidates
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> pool = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
    >>> for plan in best_plans(pool, 2, bandwidth=1):
    ...     print(plan.worth, [group.name for group in plan.groups])
    6.0 ['A-B-C']
    5.0 ['A-B-D']
    """
    if most != int(most) or most < 1:
        raise CoalitionError(f"most is {most!r}; it must be a whole number of at least 1")
    if not within >= 0:
        raise CoalitionError(f"within is {within!r}; it must be at least 0")
    started = time.monotonic()
    deadline = np.inf if time_limit is None else started + time_limit
    candidates, checked = make_problem(candidates, rules.pop("standing", ()), **{"bandwidth": 1, **rules})
    solver_named(solver)
    pool = make_pool(candidates, checked)
    solution = pool.relax(deadline=deadline)
    if pool.shortfall(solution) > 0 and solution.finished:
        raise infeasible(candidates, checked)
    plans: list[Plan] = []
    excluded: list[frozenset[int]] = []
    while len(plans) < most:
        search = IntegerSearch(pool, solution.bound, solver, deadline)
        search.excluded = excluded
        search.solve_among(solution.keys)
        search.widen(solution.prices, solution.ceiling)
        if search.best is None and search.exhausted:
            break
        if search.best is None or not search.is_proven:
            raise SolverError(
                f"plan {len(plans) + 1} of the list could not be proven in time ({search.status}); raise time_limit, "
                "or ask for fewer"
            )
        if plans and search.worth < plans[0].worth - within - pool.tolerance:
            break
        plans.append(plan_of(pool, solution, search, started))
        excluded.append(frozenset(search.best))
    if not plans:
        raise infeasible(candidates, checked)
    return tuple(plans)
