"""Which constraints of a formation contradict each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coalitions.formation.candidates import Candidates
from coalitions.formation.integer import IntegerSearch
from coalitions.formation.rules import UNLIMITED, Rules
from coalitions.formation.streamed_pool import make_pool


def find_conflict(candidates: Candidates, rules: Rules) -> tuple[str, ...]:
    """Name constraints that cannot be met together, none of which is superfluous.

    Parameters
    ----------
    candidates : Candidates
    rules : Rules
        Known to be infeasible.

    Returns
    -------
    tuple of str
        Dropping any one of them makes the others feasible together with the rules not named.

    Notes
    -----
    Deletion filter: each constraint in turn is left out for good if the rest still contradicts itself. One
    feasibility test, a formation without worths, for each constraint.

    References
    ----------
    .. [1] J. W. Chinneck, E. W. Dravnieks (1991), Locating minimal infeasible constraint sets in linear programs,
           ORSA Journal on Computing 3, 157-168.
    """
    wide = np.full(len(rules.bandwidth), float(UNLIMITED))
    for loose in (replace(rules, pairs_once=False), replace(rules, bandwidth=wide)):
        if not is_feasible(candidates, loose):  # whole families at once, where they do not matter
            rules = loose
    named: list[str] = []
    while True:
        for name, loose in rules.relaxations():
            if name in named:
                continue
            if is_feasible(candidates, loose):
                named.append(name)
            else:
                rules = loose
                break
        else:
            return tuple(named)


def is_feasible(candidates: Candidates, rules: Rules) -> bool:
    """Say whether any plan satisfies the rules.

    Parameters
    ----------
    candidates : Candidates
    rules : Rules

    Returns
    -------
    bool
    """
    if not rules.demands:
        return True
    pool = make_pool(candidates, rules, worthless=True)
    solution = pool.relax()
    if pool.shortfall(solution) > 0:
        return False
    search = IntegerSearch(pool, 0.0, "HiGHS", np.inf)
    search.solve_among(solution.keys)
    if search.best is None:
        search.solve_among(pool.within(np.zeros(len(solution.prices)), 0.0))
    return search.best is not None
