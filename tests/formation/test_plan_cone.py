"""coalitions/formation/plan_cone.py, against every plan of small pools."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coalitions import CoalitionError, candidates, form
from coalitions.formation.parametric import parametric_candidates
from coalitions.formation.plan_cone import plan_cone


def terms_pool(n, terms, seed):
    table = np.random.default_rng(seed).integers(-3, 4, size=(1 << n, terms)).astype(float)
    theta = np.random.default_rng(seed + 1).uniform(0.2, 1, terms)

    def features(members, objective):
        return table[(1 << members.astype(np.int64)).sum(axis=1)]

    pool = candidates("ABCDE"[:n], lambda members, objective: features(members, objective) @ theta, max_size=3)
    return parametric_candidates(pool, features, {f"t{k}": value for k, value in enumerate(theta)})


def totals(terms, groups):
    """What each plan's groups add up to in every term; bandwidth 1."""
    listed = [tuple(members.tolist()) for block in terms.candidates.blocks for members in block.members]
    values = np.concatenate(terms.features)
    found = []
    for k in range(groups + 1):
        for chosen in combinations(range(len(listed)), k):
            load = [member for at in chosen for member in listed[at]]
            if len(load) == len(set(load)):
                found.append(values[list(chosen)].sum(axis=0))
    return np.array(found)


@settings(max_examples=40)
@given(st.integers(3, 5), st.integers(2, 3), st.integers(0, 10**6), st.integers(1, 2))
def test_the_cone_is_where_no_plan_is_worth_more(n, count, seed, groups):
    terms = terms_pool(n, count, seed)
    plan = form(terms.candidates, groups=groups)
    own = sum(
        (
            terms.measure(np.array([[terms.candidates.players.index(m) for m in g.members]]), None)[0]
            for g in plan.groups
        ),
        np.zeros(count),
    )
    others = totals(terms, groups)
    cone = plan_cone(terms, plan)
    open_cone = plan_cone(terms, plan, limit=0)
    assert cone.complete
    assert cone.contains()
    rng = np.random.default_rng(seed)
    for theta in rng.normal(size=(12, count)):
        margin = float((own @ theta - others @ theta).min())
        if abs(margin) > 1e-6:
            named = dict(zip(terms.terms, theta, strict=True))
            assert bool(cone.contains(named)) == (margin > 0)
            assert bool(open_cone.contains(named)) == (margin > 0)
    away = own - others
    for ray in cone.rays:
        assert (away @ np.array([float(ray[name]) for name in terms.terms])).min() >= -1e-6


@settings(max_examples=25)
@given(st.integers(3, 5), st.integers(0, 10**6))
def test_the_interval_along_a_coefficient(n, seed):
    terms = terms_pool(n, 2, seed)
    plan = form(terms.candidates, groups=2)
    others = totals(terms, 2)
    theta = np.array(list(terms.coefficients.values()))
    own = others[np.argmax(others @ theta)]
    slopes, constants = (own - others)[:, 1], (own - others)[:, 0] * theta[0]
    low = max((-c / s for s, c in zip(slopes, constants, strict=True) if s > 1e-9), default=-np.inf)
    high = min((-c / s for s, c in zip(slopes, constants, strict=True) if s < -1e-9), default=np.inf)
    for limit in (0, 100):
        interval = plan_cone(terms, plan, limit=limit).interval("t1")
        assert interval.low == pytest.approx(low, abs=1e-6)
        assert interval.high == pytest.approx(high, abs=1e-6)


def test_refusals():
    terms = terms_pool(4, 2, 0)
    other = terms_pool(5, 2, 0)
    with pytest.raises(CoalitionError, match="plan is of other candidates"):
        plan_cone(terms, form(other.candidates))
    with pytest.raises(CoalitionError, match="limit is -1"):
        plan_cone(terms, form(terms.candidates), limit=-1)
