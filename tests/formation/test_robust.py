"""coalitions/formation/robust.py, level_search.py, draws.py and scenarios.py, against every plan of small pools."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import pools

from coalitions import CoalitionError, InfeasibleFormation, SolverError, WorthError, candidates, form
from coalitions.formation import stream
from coalitions.formation.draws import group_frequencies
from coalitions.formation.frontier import frontier
from coalitions.formation.parametric import parametric_candidates
from coalitions.formation.robust import robust_plan
from coalitions.formation.shocks import after_shock


def plans_of(pool, bandwidth, groups, required=()):
    """Each plan as a tuple of positions among all candidates; pairs meet once per objective."""
    listed = [(block.objective, tuple(members.tolist())) for block in pool.blocks for members in block.members]
    plans = []
    for k in range(groups + 1):
        for chosen in combinations(range(len(listed)), k):
            load = [member for at in chosen for member in listed[at][1]]
            meetings = [(listed[at][0], pair) for at in chosen for pair in combinations(listed[at][1], 2)]
            fits = all(load.count(p) <= bandwidth for p in load) and len(meetings) == len(set(meetings))
            if fits and all(pool.players.index(state) in load for state in required):
                plans.append(chosen)
    return plans


def worths_by_hand(plans, draws):
    """Shape (plans, scenarios)."""
    return np.array([draws[:, list(plan)].sum(axis=1) for plan in plans])


def names_of(pool, plan):
    listed = [
        (block.objective, tuple(pool.players[i] for i in members)) for block in pool.blocks for members in block.members
    ]
    return {listed[at] for at in plan}


@st.composite
def uncertain(draw):
    pool = draw(pools(max_players=5))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    draws = rng.normal(draw(st.floats(-0.5, 1)), 1, size=(draw(st.integers(1, 6)), len(pool)))
    return pool, draws


def after_shock_of(pool):
    return after_shock(pool, {"A": 0.5})


# --- three criteria
@given(uncertain(), st.integers(1, 2), st.integers(1, 3))
def test_the_best_by_each_criterion(problem, bandwidth, groups):
    pool, draws = problem
    table = worths_by_hand(plans_of(pool, bandwidth, groups), draws)
    best = table.max(axis=0)
    expected = {
        "expected": table.mean(axis=1).max(),
        "worst": table.min(axis=1).max(),
        "regret": (best - table).max(axis=1).min(),
    }
    for criterion, value in expected.items():
        found = robust_plan(pool, draws, criterion=criterion, bandwidth=bandwidth, groups=groups)
        assert found.value == pytest.approx(value, abs=1e-7)
        assert found.is_proven
        measured = {
            "expected": found.worths.mean(),
            "worst": found.worths.min(),
            "regret": (best - found.worths).max(),
        }
        assert measured[criterion] == pytest.approx(value, abs=1e-7)
        if criterion == "regret":
            assert found.best == pytest.approx(best, abs=1e-7)
            assert found.regrets.max() == pytest.approx(value, abs=1e-7)
        if criterion != "expected":
            assert found.weights.sum() == pytest.approx(1, abs=1e-6)


@settings(max_examples=25)
@given(uncertain(), st.data())
def test_rules_that_demand_groups(problem, data):
    """Groups worth less than nothing count then."""
    pool, draws = problem
    state = data.draw(st.sampled_from(pool.players))
    table = worths_by_hand(plans_of(pool, 1, 2, required=[state]), draws)
    found = robust_plan(pool, draws, criterion="worst", groups=2, required=[state])
    assert found.value == pytest.approx(table.min(axis=1).max(), abs=1e-7)
    often = group_frequencies(pool, draws, groups=2, required=[state])
    assert often.worths == pytest.approx(table.max(axis=0), abs=1e-7)


def test_the_three_criteria_by_hand():
    """A gamble, a safe group, and one between."""
    routes = candidates("ABC", lambda members, objective: np.ones(len(members)), max_size=2)
    #                  A-B  A-C  B-C
    draws = np.array([[10.0, 4.0, 6.0], [1.0, 4.0, 3.0]])
    chosen = {
        criterion: robust_plan(routes, draws, criterion=criterion, groups=1).groups[0].name
        for criterion in ("expected", "worst", "regret")
    }
    assert chosen == {"expected": "A-B", "worst": "A-C", "regret": "A-B"}
    weighted = robust_plan(routes, draws, weights=[0, 1], groups=1)
    assert weighted.groups[0].name == "A-C"
    assert weighted.value == 4
    assert robust_plan(routes, draws, criterion="regret", groups=1).value == 3
    odds = robust_plan(routes, draws, criterion="worst", groups=1)
    assert odds.binding == (0, 1)
    assert "least worth 4 over 2 scenarios, proven optimal" in repr(odds)
    assert odds.to_frame()["least"].tolist() == [4.0]


# --- forms of scenarios
def terms_pool(n=7, seed=1):
    rng = np.random.default_rng(seed)
    synergy = rng.uniform(0, 1, (n, n))
    synergy += synergy.T

    def features(members, objective):
        size = members.shape[1]
        met = sum(synergy[members, np.roll(members, shift, axis=1)] for shift in range(1, size)) / size
        return np.stack([met, np.full(members.shape, size - 1.0)], axis=1)

    def payoff(members, objective):
        return np.tensordot(features(members, objective), [1.0, -0.4], axes=(1, 0))

    pool = candidates([f"S{i}" for i in range(n)], payoff, max_size=4)
    return parametric_candidates(pool, features, {"gain": 1.0, "cost": -0.4})


def test_scenarios_in_any_form_give_the_same_plan():
    terms = terms_pool()
    thetas = np.random.default_rng(0).normal([1, -0.4], [0.2, 0.1], size=(8, 2))
    listed = [terms.under(theta) for theta in thetas]
    table = np.array([np.concatenate([block.worths for block in each.blocks]) for each in listed])
    forms = [
        (terms, thetas),
        (terms, [{"gain": gain, "cost": cost} for gain, cost in thetas]),
        (listed, None),
        (terms.candidates, table),
        (lambda theta: terms.under(theta), list(thetas)),
    ]
    for criterion in ("expected", "worst", "regret"):
        found = [robust_plan(*given, criterion=criterion, bandwidth=2) for given in forms]
        for other in found[1:]:
            assert other.value == pytest.approx(found[0].value)
            assert [group.name for group in other.groups] == [group.name for group in found[0].groups]
    often = [group_frequencies(*given, bandwidth=2) for given in forms]
    for other in often[1:]:
        assert other.worths == pytest.approx(often[0].worths)
        assert other.to_frame().equals(often[0].to_frame())


def test_candidates_under_other_coefficients():
    terms = terms_pool()
    other = terms.at(cost=-0.6)
    plan = form(other, bandwidth=1)
    assert plan.worth == pytest.approx(sum(plan.gains.values()))
    assert terms.at().blocks[0].worths == pytest.approx(terms.candidates.blocks[0].worths)
    assert "under 1 gain + -0.4 cost" in repr(terms)
    with pytest.raises(CoalitionError, match="cots"):
        terms.at(cots=1)
    with pytest.raises(WorthError, match="'cost' is nan"):
        terms.at(cost=np.nan)


# --- frequencies
@settings(max_examples=25)
@given(uncertain(), st.integers(1, 2), st.integers(1, 3))
def test_how_often_each_group_is_in_the_best_plan(problem, bandwidth, groups):
    pool, draws = problem
    plans = plans_of(pool, bandwidth, groups)
    table = worths_by_hand(plans, draws)
    found = group_frequencies(pool, draws, bandwidth=bandwidth, groups=groups)
    assert found.worths == pytest.approx(table.max(axis=0), abs=1e-7)
    counts = {}
    for plan in table.argmax(axis=0):
        for name in names_of(pool, plans[plan]):
            counts[name] = counts.get(name, 0) + 1
    assert {(group.objective, group.members): group.count for group in found.groups} == counts
    assert sum(count for _, count in found.plans) == found.draws == len(draws)
    for group in found.groups:
        assert group.interval[0] <= group.frequency <= group.interval[1]


def test_the_same_bytes_for_any_number_of_workers():
    terms = terms_pool(8)
    thetas = np.random.default_rng(5).normal([1, -0.5], [0.3, 0.2], size=(60, 2))
    alone = group_frequencies(terms, thetas, bandwidth=2)
    assert alone.draws == 60
    assert alone.reused > 20
    assert len(alone.plans) > 5
    with ProcessPoolExecutor(2) as processes, ThreadPoolExecutor(3) as threads:
        for executor in (processes, threads):
            other = group_frequencies(terms, thetas, bandwidth=2, executor=executor)
            assert other.worths.tobytes() == alone.worths.tobytes()
            assert other.plans == alone.plans
            assert other.groups == alone.groups
    first, second = alone.groups[0].members[:2]
    assert alone.together(first, second) >= alone.groups[0].frequency


def test_the_plots():
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    terms = terms_pool()
    thetas = np.random.default_rng(0).normal([1, -0.4], [0.2, 0.1], size=(8, 2))
    assert robust_plan(terms, thetas, criterion="regret").plot().get_ylabel() == "worth (unit of the payoff)"
    assert group_frequencies(terms, thetas).plot().get_xlim() == (0, 1)
    plt.close("all")


def test_out_of_time():
    terms = terms_pool()
    thetas = np.ones((3, 2))
    for criterion in ("expected", "worst", "regret"):
        with pytest.raises(SolverError, match="in time"):
            robust_plan(terms, thetas, criterion=criterion, time_limit=-1.0)
    with pytest.raises(SolverError, match="not one draw"):
        group_frequencies(terms, thetas, time_limit=-1.0)


def test_refusals():
    pool = candidates("ABC", lambda members, objective: np.ones(len(members)), max_size=2)
    wider = candidates("ABC", lambda members, objective: np.ones(len(members)), max_size=3)
    with pytest.raises(CoalitionError, match="criterion is 'maximin'"):
        robust_plan(pool, np.ones((2, 3)), criterion="maximin")
    with pytest.raises(WorthError, match=r"draws have shape \(2, 4\); they must have \(draws, 3\)"):
        robust_plan(pool, np.ones((2, 4)))
    with pytest.raises(WorthError, match="draw 1 holds nan"):
        robust_plan(pool, [[1, 1, 1], [1, np.nan, 1]])
    with pytest.raises(WorthError, match="draws have shape"):
        robust_plan(pool)
    with pytest.raises(CoalitionError, match="same groups"):
        robust_plan([pool, wider])
    with pytest.raises(CoalitionError, match="no scenarios"):
        robust_plan([])
    with pytest.raises(CoalitionError, match="no draws"):
        robust_plan(lambda draw: pool, [])
    with pytest.raises(CoalitionError, match="a scenario is int"):
        robust_plan([3])
    with pytest.raises(CoalitionError, match="not with a list"):
        robust_plan([pool], [1])
    with pytest.raises(WorthError, match="weights are"):
        robust_plan(pool, np.ones((2, 3)), weights=[1, -1])
    with pytest.raises(CoalitionError, match="weights are for"):
        robust_plan(pool, np.ones((2, 3)), weights=[1, 1], criterion="worst")
    with pytest.raises(CoalitionError, match="standing groups do not go"):
        robust_plan(pool, np.ones((2, 3)), standing=[(("A", "B"), None)])
    with pytest.raises(CoalitionError, match="level is 95"):
        group_frequencies(pool, np.ones((2, 3)), level=95)
    for criterion in ("expected", "worst", "regret"):
        with pytest.raises(InfeasibleFormation, match="A is required"):
            robust_plan(
                pool,
                np.ones((2, 3)),
                criterion=criterion,
                required=["A"],
                incompatible=[("A", "B"), ("A", "C")],
            )
    flowing = stream("ABC", lambda members, objective: np.ones(len(members)), max_size=2)
    for ask in (frontier, after_shock_of, lambda pool: robust_plan(pool, np.ones((2, 3)))):
        with pytest.raises(CoalitionError, match="these 3 candidates are streamed"):
            ask(flowing)
    ones = lambda members, objective: np.ones((len(members), 1))  # noqa: E731
    with pytest.raises(WorthError, match=r"the terms of \('A', 'B'\) add up to 2"):
        parametric_candidates(pool, ones, {"size": 2})
    with pytest.raises(WorthError, match="features have shape"):
        parametric_candidates(pool, ones, {"size": 1, "cost": 1})
    with pytest.raises(WorthError, match="finite numbers"):
        parametric_candidates(pool, ones, {"size": np.inf})
