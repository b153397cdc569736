"""coalitions/formation/best_plans.py, against every plan of small pools."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import pools

from coalitions import CoalitionError, InfeasibleFormation, SolverError, candidates
from coalitions.formation import best_plans


def every_plan(pool, bandwidth, groups):
    """The worth of each plan by its groups, pairs meeting once per objective."""
    listed = [
        (block.objective, tuple(pool.players[i] for i in members), worth)
        for block in pool.blocks
        for members, worth in zip(block.members, block.worths.tolist(), strict=True)
    ]
    plans = {}
    for k in range(groups + 1):
        for chosen in combinations(listed, k):
            load = [member for _, members, _ in chosen for member in members]
            meetings = [(o, pair) for o, members, _ in chosen for pair in combinations(members, 2)]
            if all(load.count(p) <= bandwidth for p in pool.players) and len(meetings) == len(set(meetings)):
                plans[frozenset((o, members) for o, members, _ in chosen)] = sum(worth for *_, worth in chosen)
    return plans


@settings(max_examples=25)
@given(pools(max_players=4), st.integers(1, 2), st.integers(1, 3), st.floats(0, 3))
def test_the_best_plans_in_order(pool, bandwidth, groups, within):
    plans = every_plan(pool, bandwidth, groups)
    found = best_plans(pool, 6, bandwidth=bandwidth, groups=groups)
    named = [frozenset((group.objective, group.members) for group in plan.groups) for plan in found]
    assert len(set(named)) == len(named) == min(6, len(plans))
    assert [plan.worth for plan in found] == pytest.approx([plans[name] for name in named], abs=1e-9)
    assert [plan.worth for plan in found] == pytest.approx(sorted(plans.values(), reverse=True)[:6], abs=1e-7)
    near = best_plans(pool, 40, within=within, bandwidth=bandwidth, groups=groups)
    best = max(plans.values())
    assert len(near) == min(40, sum(worth >= best - within - 1e-9 for worth in plans.values()))


def test_refusals():
    pool = candidates("ABC", lambda members, objective: np.ones(members.shape), max_size=2)
    with pytest.raises(CoalitionError, match="most is 0"):
        best_plans(pool, 0)
    with pytest.raises(CoalitionError, match="within is -1"):
        best_plans(pool, within=-1)
    with pytest.raises(InfeasibleFormation, match="A is required"):
        best_plans(pool, required=["A"], incompatible=[("A", "B"), ("A", "C")])
    with pytest.raises(TypeError, match="bandwith"):
        best_plans(pool, bandwith=2)
    with pytest.raises(SolverError, match="nobody"):
        best_plans(pool, solver="nobody")
