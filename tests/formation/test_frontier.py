"""coalitions/formation/frontier.py and frontier_search.py, against every plan of small pools."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import pools

from coalitions import CoalitionError, InfeasibleFormation, SolverError, WorthError, candidates, form
from coalitions.formation.frontier import frontier
from coalitions.formation.pool import Limit, Pool
from coalitions.formation.repeated import best_of
from coalitions.formation.rules import make_rules


def every_plan(pool, bandwidth, groups):
    """Each plan as pairs of objective and members, with its worth; pairs meet once per objective."""
    listed = [
        (block.objective, tuple(members.tolist()), worth)
        for block in pool.blocks
        for members, worth in zip(block.members, block.worths.tolist(), strict=True)
    ]
    plans = []
    for k in range(groups + 1):
        for chosen in combinations(listed, k):
            load = [member for _, members, _ in chosen for member in members]
            meetings = [(o, pair) for o, members, _ in chosen for pair in combinations(members, 2)]
            if all(load.count(p) <= bandwidth for p in load) and len(meetings) == len(set(meetings)):
                plans.append(([(o, m) for o, m, _ in chosen], sum(worth for *_, worth in chosen)))
    return plans


def efficient(rows):
    """The rows, larger being better, that no other row beats."""
    rows = np.unique(np.round(rows, 9), axis=0)
    beaten = [bool(((rows >= row).all(axis=1) & (rows > row).any(axis=1)).any()) for row in rows]
    return rows[~np.array(beaten)]


def distance(members, objective):
    """A cost of its own for every group."""
    code = (1 << members.astype(np.int64)).sum(axis=1) + 64 * (objective == "air")
    return np.array([np.random.default_rng([7, int(c)]).uniform(0.2, 2) for c in code])


def sums(plans, measures):
    found = []
    for groups, worth in plans:
        row = [worth]
        for how, sign in measures:
            row.append(-sign * sum(float(how(np.array([members]), objective)[0]) for objective, members in groups))
        found.append(row)
    return np.array(found)


def ones(members, objective):
    return np.ones(len(members))


def seats(members, objective):
    return np.full(len(members), 2.0 * members.shape[1])


@settings(max_examples=25)
@given(pools(max_players=5), st.integers(1, 2), st.integers(1, 3), st.sampled_from([ones, seats, distance]))
def test_all_efficient_plans_of_one_measure(pool, bandwidth, groups, how):
    for sense, sign in (("least", 1), ("most", -1)):
        found = frontier(pool, how, sense=sense, bandwidth=bandwidth, groups=groups)
        name = how.__name__
        rows = np.array([[point.worth, -sign * point.measures[name]] for point in found.points])
        expected = efficient(sums(every_plan(pool, bandwidth, groups), [(how, sign)]))
        assert rows[::-1] == pytest.approx(expected, abs=1e-7)
        assert found.complete
        assert all(point.plan.is_proven for point in found.points)


@settings(max_examples=15)
@given(pools(max_players=4), st.integers(1, 2), st.integers(1, 3), st.booleans())
def test_all_efficient_plans_of_two_measures(pool, bandwidth, groups, most):
    found = frontier(
        pool,
        {"number": "groups", "distance": distance},
        sense={"distance": "most" if most else "least"},
        bandwidth=bandwidth,
        groups=groups,
    )
    sign = -1 if most else 1
    rows = [[point.worth, -point.measures["number"], -sign * point.measures["distance"]] for point in found.points]
    expected = efficient(sums(every_plan(pool, bandwidth, groups), [(ones, 1), (distance, sign)]))
    assert sorted(np.round(rows, 6).tolist()) == sorted(np.round(expected, 6).tolist())


@settings(max_examples=20)
@given(pools(max_players=5), st.integers(1, 3))
def test_the_books_of_a_point(pool, groups):
    found = frontier(pool, {"members": "members", "distance": distance}, bandwidth=2, groups=groups)
    best = form(pool, bandwidth=2, groups=groups)
    assert found.points[0].worth == pytest.approx(best.worth)
    for point in found.points:
        assert point.worth == pytest.approx(sum(group.worth for group in point.plan.groups))
        assert point.measures["members"] == sum(len(group.members) for group in point.plan.groups)


@settings(max_examples=20)
@given(pools(max_players=5), st.data())
def test_a_limit_holds_in_relaxation_and_program(pool, data):
    """The row itself: low and high, also below zero, against every plan."""
    counts = [np.round(distance(block.members, block.objective) - 1, 3) for block in pool.blocks]
    low = data.draw(st.sampled_from([-np.inf, -0.5, 0.3, 1.0]))
    high = data.draw(st.sampled_from([np.inf, 1.5, -0.2]))
    rules = make_rules(pool.players, pool.objectives, bandwidth=1)
    found = best_of(Pool(pool, rules, limits=[Limit(counts, low, high)]), "HiGHS", np.inf)
    totals = sums(every_plan(pool, 1, 2), [(lambda m, o: np.round(distance(m, o) - 1, 3), -1)])
    kept = totals[(totals[:, 1] >= low - 1e-9) & (totals[:, 1] <= high + 1e-9)]
    if found is None:
        assert not len(kept)
    else:
        assert found.worth == pytest.approx(kept[:, 0].max(), abs=1e-7)


def line_pool():
    """Like states: larger groups pay more and cost more, and the group of four pays for no price of a seat."""
    worth = {2: 4.0, 3: 5.0, 4: 6.5}
    return candidates("ABCD", lambda members, objective: np.full(len(members), worth[members.shape[1]]), max_size=4)


def test_supported_points_and_rates():
    found = frontier(line_pool(), "members", groups=1)
    frame = found.to_frame()
    assert frame["worth"].tolist() == [6.5, 5.0, 4.0, 0.0]
    assert frame["members"].tolist() == [4, 3, 2, 0]
    assert frame["supported"].tolist() == [True, False, True, True]
    assert frame["rate"].tolist()[1:] == [1.5, 1.0, 2.0]
    assert "3 efficient" not in repr(found)
    assert repr(found).startswith("4 efficient plans between worth and least members")


def test_rules_hold_along_the_frontier():
    found = frontier(line_pool(), required=["A", "D"], groups=2, bandwidth=1)
    assert [point.measures["groups"] for point in found.points] == [2, 1]
    for point in found.points:
        assert {"A", "D"} <= {member for group in point.plan.groups for member in group.members}
    effort = frontier(line_pool(), "effort", bandwidth=2, effort={None: {"A": 0.5, "B": 1, "C": 1, "D": 2}}, groups=1)
    assert effort.points[-2].measures["effort"] == 1.5
    standing = frontier(line_pool(), standing=[(("A", "B"), None)], groups=1)
    assert standing.points[0].plan.groups[0].members == ("C", "D")


def test_a_few_points_of_many():
    gain = np.random.default_rng(3).uniform(0, 3, 256)

    def payoff(members, objective):
        return gain[(members.astype(np.int64) ** 2).sum(axis=1)]

    pool = candidates(range(7), payoff, max_size=3)
    every = frontier(pool, {"distance": distance}, bandwidth=2, groups=3)
    few = frontier(pool, {"distance": distance}, bandwidth=2, groups=3, points=5)
    assert len(every) > 8
    assert 3 <= len(few) <= 6
    assert every.complete
    assert not few.complete
    known = {(round(point.worth, 7), round(point.measures["distance"], 7)) for point in every.points}
    assert {(round(point.worth, 7), round(point.measures["distance"], 7)) for point in few.points} <= known


def test_the_plot():
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    axes = frontier(line_pool(), "members", groups=1).plot()
    stairs = axes.lines[0]
    assert stairs.get_drawstyle() == "steps-post"
    assert list(stairs.get_xdata()) == sorted(stairs.get_xdata()), "or the stairs promise what is out of reach"
    assert axes.get_xlabel() == "members (least is better)"
    assert len(axes.collections) == 2
    two = frontier(line_pool(), {"members": "members", "number": "groups"}, groups=2).plot()
    assert two.get_ylabel() == "worth of the plan (unit of the payoff)"
    plt.close("all")


def test_out_of_time():
    with pytest.raises(SolverError, match="not one point"):
        frontier(line_pool(), time_limit=-1.0)


def test_refusals():
    pool = line_pool()
    with pytest.raises(CoalitionError, match=r"'group'.*'groups'"):
        frontier(pool, "group")
    with pytest.raises(CoalitionError, match="sense of 'groups' is 'fewest'"):
        frontier(pool, sense="fewest")
    with pytest.raises(CoalitionError, match="points is 1"):
        frontier(pool, points=1)
    with pytest.raises(CoalitionError, match="with one measure"):
        frontier(pool, {"a": "groups", "b": "members"}, points=3)
    with pytest.raises(CoalitionError, match="there is no measure"):
        frontier(pool, {})
    with pytest.raises(CoalitionError, match="cost"):
        frontier(pool, sense={"cost": "least"})
    with pytest.raises(WorthError, match=r"measure 'cost' of \('A', 'B'\) is nan"):
        frontier(pool, {"cost": lambda members, objective: np.full(len(members), np.nan)})
    with pytest.raises(WorthError, match="must give one number"):
        frontier(pool, {"cost": lambda members, objective: np.ones(members.shape)})
    with pytest.raises(InfeasibleFormation, match="A is required"):
        frontier(pool, required=["A"], incompatible=[("A", "B"), ("A", "C"), ("A", "D")])
