"""Plans that hold without transfers: no group of states would rather form than keep to the plan."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from coalitions.coalition import Label
from coalitions.errors import CoalitionError, InfeasibleFormation, SolverError, TooLargeError
from coalitions.formation.blocking import Holdings
from coalitions.formation.candidates import Candidates
from coalitions.formation.integer import IntegerSearch
from coalitions.formation.plan import Objection, Plan
from coalitions.formation.pool import Pool
from coalitions.formation.problem import infeasible, make_problem, plan_of
from coalitions.formation.repair import Repair
from coalitions.formation.rules import UNLIMITED
from coalitions.formation.solvers import solver_named
from coalitions.formation.stable_rows import Objector
from coalitions.formation.stable_search import Objectors, StableSearch

if TYPE_CHECKING:
    pass

_REPAIRABLE = 200_000  # candidates; a repair cannot leave any out


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StablePlan(Plan):
    """The best plan that no candidate breaks; a ``Plan`` with what stability costs.

    Attributes
    ----------
    blockers_up_to : int or None
        It holds against groups of up to so many members; None: of any size.
    unconstrained : float
        What the best plan is worth in which nobody loses, stable or not.
    added : dict from label to int
        Bandwidth that was added to make a stable plan possible; empty where none was.
    tolerated : tuple of Objection
        The groups that would break the plan all the same; empty unless they were to be tolerated.
    rounds, rows : int
        Integer programs solved, and candidates against which a row had to be written.
    """

    blockers_up_to: int | None
    unconstrained: float
    added: dict[Label, int]
    tolerated: tuple[Objection, ...]
    rounds: int
    rows: int

    _concept = "stable plan"

    @property
    def price(self) -> float:
        """What stability costs: how much less the plan is worth than the best one in which nobody loses."""
        return self.unconstrained - self.worth

    def _headline(self) -> str:
        against = "all candidates" if self.blockers_up_to is None else f"groups of up to {self.blockers_up_to}"
        share = f" ({self.price / self.unconstrained:.1%})" if self.unconstrained > 0 else ""
        more = ", ".join(f"{count} more for {player}" for player, count in self.added.items())
        parts = [
            f"stable against {against}" + (f" but {len(self.tolerated)}" if self.tolerated else ""),
            f"with bandwidth {more}" if more else f"{max(self.price, 0.0):.6g}{share} less than without stability",
        ]
        return f"{super()._headline()}; {'; '.join(parts)}"


def stable_plan(
    candidates: Candidates,
    *,
    blockers_up_to: int | None = None,
    standing: Iterable[Any] = (),
    solver: str = "HiGHS",
    time_limit: float | None = None,
    **rules: Any,
) -> StablePlan:
    """Find the plan of the largest worth among those that hold without transfers.

    A plan is stable if nobody loses by any of its groups and no other candidate breaks it: one by which every member
    gains more (by more than ``tolerance``) than it gives up. A member gives up its groups that meet another member of
    the new one for the same objective (with ``pairs_once``); otherwise nothing while the new group fits within its
    bandwidth, and else those of its groups that make room at the least loss, which is its least rewarding one where
    all groups take the same effort. Limits on the number of groups bind the plan, not those who would break it.

    Parameters
    ----------
    candidates : Candidates
        With a payoff that gives each member's gain; worths alone are split equally.
    blockers_up_to : int, optional
        Only groups of up to so many members can break a plan.
    standing, solver
        As for ``form``.
    time_limit : float, optional
        Seconds; the best stable plan by then, or by Ctrl-C, is returned with its proven gap.
    **rules
        The constraints of ``form``; ``bandwidth`` is 1 by default.

    Returns
    -------
    StablePlan

    Raises
    ------
    InfeasibleFormation
        No plan satisfies the constraints, or none that does is stable: see ``restore_stability``.
    SolverError
        No stable plan found in time, nor proven that there is none.
    CoalitionError
        As for ``form``; a ``blockers_up_to`` below 2.

    Notes
    -----
    A stable hypergraph b-matching. Whether there is one is NP-hard to decide. The integer program of ``form`` is
    solved; one scan of all candidates finds those that would break its plan; for each the row is added that it is
    formed or that one of its members has no use for it; and so on until nothing breaks the plan. As in ``form`` only
    candidates of small regret are columns, in windows that widen until no plan outside them, stable or not, can be
    worth more; that there is no stable plan at all is proven over all candidates in which nobody loses. Memory: 9
    bytes a member for each candidate in which everybody gains.

    References
    ----------
    .. [1] P. Biro, T. Fleiner (2012), Fractional solutions for capacitated NTU-games, with applications to stable
           matchings, IEHAS Discussion Papers MT-DP 2012/34.
    .. [2] P. Biro, G. Csaji, I. Schlotter (2025), Stable hypergraph matching in unimodular hypergraphs, ICALP 2025,
           LIPIcs 334, article 31.

    Examples
    --------
    A and D would make 10 together, B and C nothing; but A and B prefer each other.

    >>> from coalitions import candidates, form
    >>> gains = {(0, 1): (5, 5), (2, 3): (1, 1), (0, 3): (4, 6), (1, 2): (4, 4)}
    >>> def payoff(members, objective):
    ...     return np.array([gains.get(tuple(pair), (-1, -1)) for pair in members.tolist()], float)
    >>> pool = candidates("ABCD", payoff, max_size=2)
    >>> form(pool).worth
    18.0
    >>> plan = stable_plan(pool)
    >>> [group.name for group in plan.groups], plan.worth, plan.price
    (['A-B', 'C-D'], 12.0, 6.0)
    """
    started = time.monotonic()
    deadline = np.inf if time_limit is None else started + time_limit
    _check(blockers_up_to)
    net, checked = make_problem(candidates, standing, **{"bandwidth": 1, **rules})
    solver_named(solver)
    pool = Pool(net, checked)
    objectors = Objectors(pool, blockers_up_to)
    solution = pool.relax(deadline=deadline)
    if pool.shortfall(solution) > 0 and solution.finished:
        raise infeasible(objectors.rational(), checked)
    free = IntegerSearch(pool, solution.bound, solver, deadline)
    free.solve_among(solution.keys)
    if solution.finished:
        free.widen(solution.prices, solution.ceiling)
    if free.best is None and free.exhausted:
        raise infeasible(objectors.rational(), checked)
    search = StableSearch(pool, objectors, min(solution.bound, free.bound), solver, deadline)
    for start in ([], free.best or []):
        search.give_in(start)
    if solution.finished:
        try:
            search.widen(solution.prices, solution.ceiling)
        except KeyboardInterrupt:
            if search.best is None:
                raise
            search.status = "interrupted"
    if search.best is None:
        against = "all candidates" if blockers_up_to is None else f"groups of up to {blockers_up_to}"
        if search.exhausted:
            raise InfeasibleFormation(
                f"no plan within the rules is stable against {against} ({search.rounds} rounds, rows against "
                f"{len(search.rows)} groups); restore_stability finds the least bandwidth to add, or the fewest "
                "groups to tolerate",
                ("stability",),
            )
        raise SolverError(
            f"no plan stable against {against} was found in the time given, nor proven that there is none "
            f"({search.status}); none is worth more than {search.bound:.6g}. Raise time_limit, or lower blockers_up_to"
        )
    plan = plan_of(pool, solution, search, started)
    return _stable(plan, blockers_up_to, free.worth, search.rounds, len(search.rows))


def restore_stability(
    candidates: Candidates,
    *,
    by: str = "bandwidth",
    most: int = 2,
    blockers_up_to: int | None = None,
    standing: Iterable[Any] = (),
    solver: str = "HiGHS",
    time_limit: float | None = None,
    **rules: Any,
) -> StablePlan:
    """Find the least change that makes a stable plan possible, and the best plan with it.

    Parameters
    ----------
    candidates : Candidates
    by : {'bandwidth', 'tolerance'}
        Add bandwidth, as few groups in all as possible; or keep the bandwidth and let as few groups as possible be
        that would break the plan.
    most : int
        At most so much more bandwidth for one state.
    blockers_up_to, standing, solver
        As for ``stable_plan``.
    time_limit : float, optional
        Seconds.
    **rules
        As for ``stable_plan``; for bandwidth without ``effort``.

    Returns
    -------
    StablePlan
        Of the largest worth among those with the least change; its ``rules`` have the new bandwidth.

    Raises
    ------
    InfeasibleFormation
        No plan satisfies the constraints, or not even ``most`` more for every state makes a stable plan possible:
        with ``pairs_once`` bandwidth is not all that groups contend for.
    TooLargeError
        More than 200,000 candidates in which nobody loses: none of them can be left out here.
    SolverError
        Not proven in time.
    CoalitionError
        As for ``stable_plan``; an unknown way, a ``most`` below 1.

    Notes
    -----
    The loop of ``stable_plan`` over all candidates in which nobody loses, where a group more for a state, or a group
    that is tolerated, counts more than all that plans can be worth. Near-feasible stable solutions exist in general if
    bandwidth may also be taken away [1]_; here it is only added.

    References
    ----------
    .. [1] G. Csaji (2025), Near-feasible solutions to complex stable matching problems, arXiv:2502.02503.

    Examples
    --------
    Each of three prefers the next one as a partner: any pair is broken by another.

    >>> from coalitions import candidates
    >>> def payoff(members, objective):
    ...     forward = (members[:, 0] + 1) % 3 == members[:, 1]
    ...     return np.where(forward[:, None], [2.0, 1.0], [1.0, 2.0])
    >>> pool = candidates("ABC", payoff, max_size=2)
    >>> list(restore_stability(pool).added.values())
    [1]
    >>> len(restore_stability(pool, by="tolerance").tolerated)
    1
    """
    started = time.monotonic()
    deadline = np.inf if time_limit is None else started + time_limit
    _check(blockers_up_to)
    if by not in ("bandwidth", "tolerance"):
        raise CoalitionError(f"by is {by!r}; it must be 'bandwidth' or 'tolerance'")
    if most != int(most) or most < 1:
        raise CoalitionError(f"most is {most!r}; it must be a whole number of at least 1")
    if by == "bandwidth" and rules.get("effort") is not None:
        raise CoalitionError("bandwidth is added in groups; with effort give by='tolerance'")
    net, checked = make_problem(candidates, standing, **{"bandwidth": 1, **rules})
    solver_named(solver)
    wide = checked
    if by == "bandwidth":
        limited = checked.bandwidth < UNLIMITED
        wide = replace(checked, bandwidth=np.where(limited, checked.bandwidth + most, checked.bandwidth))
    pool = Pool(net, wide)
    objectors = Objectors(pool, blockers_up_to)
    if len(pool) > _REPAIRABLE:
        raise TooLargeError(
            f"{len(pool)} candidates in which nobody loses; a repair takes at most {_REPAIRABLE}, lower max_size"
        )
    solution = pool.relax()
    if pool.shortfall(solution) > 0:
        raise infeasible(objectors.rational(), wide)
    repair = Repair(pool, objectors, checked, by, solution.bound, solver, deadline)
    repair.solve_among(objectors.columns())
    if repair.best is None:
        if repair.exhausted:
            raise InfeasibleFormation(
                f"no plan is stable, not even with {most} more bandwidth for every state; raise most, or give "
                "by='tolerance'"
                if by == "bandwidth"
                else "no plan satisfies the constraints with groups in which nobody loses",
                ("stability",),
            )
        raise SolverError(f"no repair could be proven in the time given ({repair.status}); raise time_limit")
    with_it = Pool(net, repair.rules)
    with_it.worths = pool.worths
    solution = with_it.relax()
    free = IntegerSearch(with_it, solution.bound, solver, deadline)
    free.solve_among(solution.keys)
    free.widen(solution.prices, solution.ceiling)
    plan = plan_of(with_it, solution, repair, started)
    result = _stable(plan, blockers_up_to, free.bound, repair.rounds, len(repair.rows))
    holdings = Holdings(repair.rules, repair.formed(repair.best))
    added = np.where(checked.bandwidth < UNLIMITED, repair.rules.bandwidth - checked.bandwidth, 0.0)
    return replace(
        result,
        added={player: int(more) for player, more in zip(net.players, added.tolist(), strict=True) if more},
        tolerated=tuple(
            _objection(objector, net, holdings) for objector in objectors.against(holdings, 3 * len(objectors) + 3)
        ),
    )


def _check(blockers_up_to: int | None) -> None:
    if blockers_up_to is not None and not blockers_up_to >= 2:
        raise CoalitionError(f"blockers_up_to is {blockers_up_to!r}; groups have at least 2 members")


def _stable(plan: Plan, blockers_up_to: int | None, unconstrained: float, rounds: int, rows: int) -> StablePlan:
    known = {each.name: getattr(plan, each.name) for each in fields(Plan)}
    return StablePlan(
        **known,
        blockers_up_to=blockers_up_to,
        unconstrained=max(unconstrained, plan.worth),
        added={},
        tolerated=(),
        rounds=rounds,
        rows=rows,
    )


def _objection(objector: Objector, candidates: Candidates, holdings: Holdings) -> Objection:
    losses = holdings.losses(np.array([objector.members]), objector.objective)[0]
    return Objection(
        members=tuple(candidates.players[i] for i in objector.members),
        objective=objector.objective,
        worth=float(sum(objector.gains)),
        gains=objector.gains,
        losses=tuple(losses.tolist()),
    )
