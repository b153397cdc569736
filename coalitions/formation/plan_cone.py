"""The coefficients under which a plan stays the best one: a convex cone, bounded by the plans that compete with it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from coalitions.core.cone import BEST_PLAN, CoefficientCone, cone_of
from coalitions.core.separation import Facet, size_of
from coalitions.errors import CoalitionError
from coalitions.formation.parametric import ParametricCandidates
from coalitions.formation.plan import Plan
from coalitions.formation.repeated import Repeated
from coalitions.formation.solvers import solver_named
from coalitions.parametric import ParametricGame
from coalitions.tolerance import RELATIVE


def plan_cone(
    candidates: ParametricCandidates, plan: Plan, *, limit: int = 100, solver: str = "HiGHS"
) -> CoefficientCone:
    """Find all coefficients under which no other plan is worth more than this one.

    A plan P is best where sum_k theta_k (F_k(P) - F_k(Q)) >= 0 for every plan Q within the rules, F_k being what term
    k adds up to over its groups: a convex cone of theta.

    Parameters
    ----------
    candidates : ParametricCandidates
    plan : Plan
        Formed of these candidates under some coefficients; its rules are the rules.
    limit : int
        Stop after this many formations, with a cone that says it is not complete; 0 leaves all to the methods.
    solver : str
        As for ``form``.

    Returns
    -------
    CoefficientCone
        Each facet with the groups of the plan that is better beyond it. ``contains`` says whether coefficients are in
        it, ``interval`` gives the part of a line that is, by Newton's method, ``probability`` takes draws. Their
        answers are right also where the cone is not complete: they form plans where the known ones do not decide.

    Raises
    ------
    CoalitionError
        A plan of other candidates; a negative limit.
    InfeasibleFormation, SolverError
        As for ``form``, under the coefficients tried.

    Notes
    -----
    The extreme rays of the cone that the known plans leave are tried one by one with a formation over all candidates;
    a better plan is a new condition. When all rays pass, nothing is missing. The rays come from the double description
    method, whose cost grows quickly with the number of terms: beyond six or so use a small limit. Comparisons are made
    with the library's tolerance.

    References
    ----------
    .. [1] T. Gal, J. Nedoma (1972), Multiparametric linear programming, Management Science 18, 406-422.
    .. [2] T. S. Motzkin, H. Raiffa, G. L. Thompson, R. M. Thrall (1953), The double description method, Contributions
           to the Theory of Games II, 51-73.

    Examples
    --------
    >>> from coalitions import candidates, form
    >>> from coalitions.formation.parametric import parametric_candidates
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> def features(members, objective):
    ...     return np.stack([strength[members].sum(axis=1), np.full(len(members), float(members.shape[1]))], axis=1)
    >>> pool = candidates("ABCD", lambda members, objective: features(members, objective) @ [1, -1], max_size=3)
    >>> terms = parametric_candidates(pool, features, {"strength": 1, "members": -1})
    >>> cone = plan_cone(terms, form(pool, groups=1))
    >>> cone
    this plan is the best one in a cone of coefficients with 2 facets
    2 strength + members >= 0: A B
    3 strength >= 0: B C D
    """
    own = plan.candidates
    same = own.players == candidates.candidates.players and len(own.blocks) == len(candidates.candidates.blocks)
    if not same or any(
        mine.objective != its.objective or not np.array_equal(mine.members, its.members)
        for mine, its in zip(own.blocks, candidates.candidates.blocks, strict=True)
    ):
        raise CoalitionError("the plan is of other candidates: form it of these, under any coefficients")
    solver_named(solver)
    repeated = Repeated(candidates.candidates, plan.rules, solver, np.inf)
    keys = _keys_of(candidates, plan)
    repeated.known[keys] = None
    repeated.start = np.array(keys, np.int64)

    def sums(chosen: Sequence[int]) -> Any:
        places = [repeated.pool.place_of(key) for key in chosen]
        return sum((candidates.features[b][at] for b, at in places), np.zeros(len(candidates.terms)))

    mine = sums(keys)
    players = candidates.candidates.players

    def separate(theta: Sequence[Any]) -> Facet | None:
        numbers = np.array([float(value) for value in theta])
        worths = candidates.worths(numbers)
        least = RELATIVE * max(size_of(game, theta), *(float(np.abs(each).max()) for each in worths))
        found = repeated.best(worths, enough=float(mine @ numbers) + least)
        away = mine - sums(found.keys)
        if -float(away @ numbers) <= least:
            return None
        groups = sorted(repeated.pool.members_of(key)[1].tolist() for key in found.keys)
        return Facet(
            normal=dict(zip(candidates.terms, away.tolist(), strict=True)),
            coalitions=tuple(tuple(players[i] for i in members) for members in groups),
            weights=(Fraction(1),) * len(groups),
        )

    tables = {name: [0.0, float(total)] for name, total in zip(candidates.terms, mine.tolist(), strict=True)}
    game = ParametricGame(["plan"], tables, candidates.coefficients)
    return cone_of(game, BEST_PLAN, separate, limit)


def _keys_of(candidates: ParametricCandidates, plan: Plan) -> tuple[int, ...]:
    players = candidates.candidates.players
    keys, first = [], 0
    wanted = {(group.objective, tuple(players.index(member) for member in group.members)) for group in plan.groups}
    for block in candidates.candidates.blocks:
        for objective, members in wanted:
            if objective == block.objective and len(members) == block.members.shape[1]:
                rows = np.flatnonzero((block.members == np.array(members)).all(axis=1))
                keys += (rows + first).tolist()
        first += len(block.worths)
    return tuple(sorted(keys))
