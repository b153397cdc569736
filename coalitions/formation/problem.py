"""The best set of groups that states can carry, proven optimal over all candidates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from coalitions.coalition import Label
from coalitions.errors import InfeasibleFormation, SolverError
from coalitions.formation.candidates import Candidates
from coalitions.formation.conflict import find_conflict
from coalitions.formation.integer import IntegerSearch
from coalitions.formation.plan import Plan, group_of
from coalitions.formation.pool import Pool
from coalitions.formation.rules import UNLIMITED, Rules, make_rules
from coalitions.formation.solvers import solver_named
from coalitions.formation.standing import after_standing, net_of, standing_groups
from coalitions.formation.streamed_pool import make_pool
from coalitions.program import LinearSolution


def form(
    candidates: Candidates,
    *,
    bandwidth: float | Mapping[Label, float] | None = 1,
    effort: Mapping[Any, float | Mapping[Label, float]] | None = None,
    groups: int | None = None,
    per_objective: Mapping[Any, int | tuple[int, int]] | None = None,
    required: Iterable[Label] = (),
    forbidden: Iterable[Label] = (),
    together: Iterable[Iterable[Label]] = (),
    incompatible: Iterable[Iterable[Label]] = (),
    pairs_once: bool = True,
    standing: Iterable[Any] = (),
    solver: str = "HiGHS",
    time_limit: float | None = None,
    report: Callable[[float, float], None] | None = None,
) -> Plan:
    """Choose the groups of the largest total worth within what the states can carry.

    maximise sum_g v_g y_g, y binary, subject to: each state within its bandwidth, at most ``groups`` groups, each
    required state in at least one, and, with ``pairs_once``, no two states together twice for the same objective.
    Groups may overlap.

    Parameters
    ----------
    candidates : Candidates
    bandwidth : number or mapping from player to number, optional
        How many groups each state can carry, or with ``effort`` how much; None is no limit.
    effort : mapping from objective to number, or to mapping from player to number, optional
        What a group for that objective takes from its members' bandwidth; 1 each by default.
    groups : int, optional
        At most this many groups in all.
    per_objective : mapping from objective to int or (int, int), optional
        At most so many groups for it, or at least and at most.
    required, forbidden : iterable of labels
        States that must be in a group; states that may be in none.
    together, incompatible : iterable of pairs of labels
        States of which a group holds both or neither; states that may not be in one group.
    pairs_once : bool
        Without it the same pair's gain may be counted in nested groups for the same objective.
    standing : iterable of Group, or of pairs of members and objective
        Groups that exist and stay: they take their members' bandwidth, and what their members already have in them
        is taken off the worth of candidates for the same objective (see ``coalitions.formation.beside``).
    solver : str
        For the last step: any solver PuLP knows by that name and finds on the machine.
    time_limit : float, optional
        Seconds; the best plan by then is returned with its proven gap.
    report : callable, optional
        Told the value and the bound of the linear program after every round.

    Returns
    -------
    Plan

    Raises
    ------
    InfeasibleFormation
        No plan satisfies the constraints; ``conflict`` names some that contradict each other.
    CoalitionError
        Unknown labels, pairs that are none, negative numbers, standing groups beyond their members' bandwidth.
    SolverError
        The solver is not there, or failed.

    Notes
    -----
    Column generation over all candidates gives the linear relaxation and prices. A plan falls short of the bound by
    at least the regret (prices less worth) of each of its groups, so those of larger regret than the gap cannot be
    in a better plan; the rest, usually a few dozen, is solved as an integer program in windows of regret that widen
    until the optimum is proven. Memory: 8 bytes a candidate beside the candidates, none beside streamed ones
    (``coalitions.stream``). Where all groups of some states are candidates, and they are many or streamed, the
    relaxation is tightened: of the groups that hold three of the same four states one can be formed with
    ``pairs_once``. Ctrl-C gives the best plan so far and its gap.

    References
    ----------
    .. [1] C. Barnhart, E. L. Johnson, G. L. Nemhauser, M. W. P. Savelsbergh, P. H. Vance (1998), Branch-and-price,
           Operations Research 46, 316-329.

    Examples
    --------
    >>> from coalitions import candidates
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> pool = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
    >>> form(pool, bandwidth=1)
    1 group from 10 candidates, worth 6, proven optimal
    A-B-C  6
    """
    started = time.monotonic()
    candidates, rules = make_problem(
        candidates,
        standing,
        bandwidth=bandwidth,
        effort=effort,
        groups=groups,
        per_objective=per_objective,
        required=required,
        forbidden=forbidden,
        together=together,
        incompatible=incompatible,
        pairs_once=pairs_once,
    )
    solver_named(solver)  # refuses an unknown one before any work
    deadline = np.inf if time_limit is None else started + time_limit
    pool = make_pool(candidates, rules)
    solution = pool.relax(deadline=deadline, report=report)
    if pool.shortfall(solution) > 0 and solution.finished:
        raise infeasible(candidates, rules)
    search = IntegerSearch(pool, solution.bound, solver, deadline)
    try:
        search.solve_among(solution.keys[solution.weights > 0])  # few, and often good
        if search.best is None or not solution.finished:
            search.solve_among(solution.keys)
        if solution.finished:
            search.widen(solution.prices, solution.ceiling)
    except KeyboardInterrupt:
        if search.best is None:
            raise
        search.status = "interrupted"
    if search.best is None:
        if search.exhausted:
            raise infeasible(candidates, rules)
        raise SolverError(
            f"{solver} found no plan in the time given ({search.status}); raise time_limit or drop a constraint"
        )
    return plan_of(pool, solution, search, started)


def make_problem(candidates: Candidates, standing: Iterable[Any], **rules: Any) -> tuple[Candidates, Rules]:
    """Check the constraints of a formation, and take off what standing groups cover.

    Parameters
    ----------
    candidates : Candidates
    standing : iterable of Group, or of pairs of members and objective
    **rules
        As for ``form``.

    Returns
    -------
    candidates : Candidates
    rules : Rules
    """
    checked = make_rules(candidates.players, candidates.objectives, **rules)
    existing = standing_groups(candidates, standing)
    if existing:
        return net_of(candidates, existing), after_standing(checked, existing)
    return candidates, checked


def plan_of(pool: Pool, solution: LinearSolution, search: IntegerSearch, started: float) -> Plan:
    """Put the best plan of a search in words and numbers for its readers.

    Parameters
    ----------
    pool : Pool
    solution : LinearSolution
        Of the relaxation.
    search : IntegerSearch
        With a plan.
    started : float
        In ``time.monotonic()``.

    Returns
    -------
    Plan
    """
    candidates, rules = pool.candidates, pool.rules
    chosen = [group_of(candidates, *pool.members_of(key)) for key in search.best or ()]
    worth = float(search.worth)
    n = len(candidates.players)
    return Plan(
        groups=tuple(sorted(chosen, key=lambda group: (-group.worth, str(group.objective), group.name))),
        worth=worth,
        bound=max(search.bound, worth),
        gap=max(search.bound - worth, 0.0),
        tolerance=pool.tolerance,
        prices={
            player: max(price, 0.0)
            for player, price in zip(candidates.players, solution.prices[:n].tolist(), strict=True)
        },
        group_price=max(float(solution.prices[n]), 0.0) if rules.groups < UNLIMITED else 0.0,
        relaxation=solution.value,
        candidates=candidates,
        rules=rules,
        columns=len(solution.keys),
        survivors=search.survivors,
        solver=search.solver,
        status=search.status,
        seconds=time.monotonic() - started,
        problem=search.problem,
    )


def infeasible(candidates: Candidates, rules: Rules) -> InfeasibleFormation:
    """Word the error for rules that no plan satisfies, with those that contradict each other.

    Parameters
    ----------
    candidates : Candidates
    rules : Rules

    Returns
    -------
    InfeasibleFormation
        To be raised by the caller.
    """
    conflict = find_conflict(candidates, rules)
    return InfeasibleFormation(
        f"no plan satisfies all constraints; these contradict each other: {'; '.join(conflict)}. "
        "Drop or loosen one of them",
        conflict,
    )
