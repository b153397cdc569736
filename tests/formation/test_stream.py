"""coalitions/formation: stream.py, streamed_pool.py, subsets.py"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coalitions import (
    CoalitionError,
    InfeasibleFormation,
    TooLargeError,
    WorthError,
    best_plans,
    candidates,
    form,
    sweet_spot,
)
from coalitions.errors import ChoiceError
from coalitions.formation.pool import Crowd, Pool
from coalitions.formation.rules import make_rules
from coalitions.formation.stream import stream
from coalitions.formation.streamed_pool import StreamedPool, _crowded, make_pool
from coalitions.formation.subsets import BoundedWorths, Subsets


class World:
    """Pairs that are worth something together, a cost of size, and a loss that only whole groups know."""

    def __init__(self, n, *, seed=0, loss=0.0, cost=0.35, objectives=(None,)):
        rng = np.random.default_rng([n, seed])
        where = rng.normal(size=(n, 2))
        power = rng.lognormal(0, 0.8, n)
        near = np.exp(-np.linalg.norm(where[:, None] - where, axis=2)) * np.sqrt(np.outer(power, power))
        self.n, self.loss, self.cost = n, loss, cost
        self.pairs = {o: np.triu(near * rng.lognormal(0, 0.3, (n, n)), 1) for o in objectives}
        self.salt = rng.uniform(1, 100, n)
        self.evaluated = 0

    def __call__(self, members, objective):
        size = members.shape[1]
        self.evaluated += len(members)
        pairs = self.pairs[objective]
        worths = sum(pairs[members[:, a], members[:, b]] for b in range(size) for a in range(b))
        return worths - self.cost * size**1.5 - self.loss * np.sin(self.salt[members].sum(axis=1)) ** 2

    def bound(self, objective, size):
        return self.pairs[objective] - self.cost * size**0.5 * np.eye(self.n)

    def pools(self, max_size, **options):
        objectives = tuple(self.pairs)
        names = [f"S{i}" for i in range(self.n)]
        given = {"max_size": max_size, "objectives": objectives, **options}
        return (
            candidates(names, self, **given),
            stream(names, self, **given),
            stream(names, self, bound=self.bound, **given),
        )


@st.composite
def problems(draw):
    n = draw(st.integers(2, 6))
    objectives = ("sea", "air")[: draw(st.integers(1, 2 if n < 5 else 1))]
    world = World(
        n,
        seed=draw(st.integers(0, 2**31)),
        loss=draw(st.sampled_from([0.0, 0.0, 0.1, 2.0])),
        cost=draw(st.sampled_from([0.0, 0.1, 0.35, 3.0])),
        objectives=objectives,
    )
    names = [f"S{i}" for i in range(n)]
    pairs = st.sampled_from(list(combinations(names, 2)))
    rules = {
        "bandwidth": {name: draw(st.integers(0, 2)) for name in names},
        "groups": draw(st.integers(1, 4)),
        "required": draw(st.lists(st.sampled_from(names), unique=True, max_size=2)),
        "incompatible": draw(st.lists(pairs, unique=True, max_size=1)),
        "together": draw(st.lists(pairs, unique=True, max_size=2)),
        "pairs_once": draw(st.booleans()),
    }
    rest = [name for name in names if name not in rules["required"]]
    rules["forbidden"] = draw(st.lists(st.sampled_from(rest), unique=True, max_size=1)) if rest else []
    if draw(st.booleans()):
        rules["effort"] = {objective: draw(st.sampled_from([0.5, 1, 1.25])) for objective in objectives}
    if draw(st.booleans()):
        rules["per_objective"] = {draw(st.sampled_from(objectives)): draw(st.sampled_from([0, 1, (1, 1), (0, 2)]))}
    return world, draw(st.integers(2, min(n, 5))), rules


def outcome(pool, rules):
    try:
        plan = form(pool, **rules)
    except InfeasibleFormation as error:
        return "infeasible", error.conflict
    assert plan.is_proven
    return "worth", pytest.approx(plan.worth, abs=1e-9)


# --- agreement with the listed candidates
@given(problems())
def test_streamed_candidates_form_the_same_plan(problem):
    world, max_size, rules = problem
    listed, streamed, bounded = world.pools(max_size)
    expected = outcome(listed, rules)
    assert outcome(streamed, rules) == expected
    assert outcome(bounded, rules) == expected


@given(problems(), st.integers(0, 2**31))
@settings(max_examples=60)
def test_a_scan_prices_every_candidate_as_its_column_says(problem, seed):
    world, max_size, given_rules = problem
    listed, *others = world.pools(max_size)
    rules = make_rules(listed.players, listed.objectives, **given_rules)
    plain = Pool(listed, rules)
    rng = np.random.default_rng(seed)
    keys = np.arange(plain._first[-1])
    rows = list(dict.fromkeys(row for key in rng.permutation(keys)[:3] for row in plain.rows_of(int(key))[:2]))
    prices = rng.uniform(0, 1, plain.fixed + len(rows) + 2)
    for other in others:
        pool = make_pool(other, rules)
        assert isinstance(pool, StreamedPool)
        pool.extra.extend(rows)
        if rules.pairs_once and world.n >= 4:
            for goal in (listed.objectives[0], listed.objectives[-1]):
                assert pool._admit(Crowd(goal, frozenset(rng.permutation(world.n)[:4].tolist())))
        asked = prices[: pool.fixed + len(pool.extra)]
        columns = pool.columns(keys)
        excess = np.array(
            [
                worth - asked[rows] @ counts
                for worth, rows, counts in zip(columns.worths, columns.rows, columns.coefficients, strict=True)
            ]
        )
        for block, first in zip(listed.blocks, plain._first, strict=False):
            excess[first : first + len(block.worths)][~rules.allowed(block.members)] = -np.inf
        assert len(pool) == len(plain) == np.isfinite(excess).sum()
        for regret in (-0.5, 0.0, 1.0, 10.0):
            assert pool.within(asked, regret).tolist() == np.flatnonzero(excess >= -regret).tolist()
        fresh = make_pool(world.pools(max_size)[others.index(other) + 1], rules)
        fresh.extra, fresh._crowded = pool.extra, pool._crowded
        largest, found = fresh.propose(asked, 50)
        assert largest >= excess.max() - 1e-12
        assert (excess[found.keys] > 0).all()
        assert (len(found.keys) > 0) == (excess.max() > fresh.tolerance)
        if not isinstance(other.blocks[0].worths, BoundedWorths):
            assert largest == pytest.approx(excess.max())


@pytest.mark.parametrize("n", [14, 16, 18])
def test_crowds_tighten_the_relaxation_and_leave_the_plan(n):
    """The listed candidates, too few to be streamed, are solved without crowds."""
    listed, streamed, bounded = World(n, objectives=("sea", "air")).pools(4)
    expected = form(listed, bandwidth=3)
    for pool in (streamed, bounded):
        plan = form(pool, bandwidth=3)
        assert plan.worth == pytest.approx(expected.worth)
        assert plan.worth - plan.tolerance <= plan.relaxation < expected.relaxation - 0.01
        assert plan.is_proven


@given(st.sets(st.integers(0, 8), min_size=4, max_size=4), st.integers(2, 6), st.sets(st.integers(0, 8), max_size=3))
def test_a_crowd_is_the_groups_that_hold_three_of_four(four, size, absent):
    states = [i for i in range(9) if i not in absent]
    members = Subsets(states, size, 9)
    found = sorted(_crowded(members, frozenset(four)).tolist())
    assert found == [r for r, group in enumerate(np.asarray(members).tolist()) if len(four.intersection(group)) >= 3]
    assert members.rank(members[:].astype(np.int64)).tolist() == list(range(len(members)))


def test_many_listed_candidates_are_streamed_if_they_are_all_there_are(monkeypatch):
    listed = World(9, objectives=("sea", "air")).pools(4, excluded={"sea": ["S2"]})[0]
    rules = make_rules(listed.players, listed.objectives)
    assert not isinstance(make_pool(listed, rules), StreamedPool)
    monkeypatch.setattr("coalitions.formation.streamed_pool._MANY", 10)
    pool = make_pool(listed, rules)
    assert isinstance(pool, StreamedPool)
    assert [block.members.states.tolist() for block in pool.blocks[:2]] == [[0, 1, 3, 4, 5, 6, 7, 8], list(range(9))]
    some = candidates(listed.players, World(9), max_size=4, admissible=lambda members, objective: members[:, 0] != 3)
    assert not isinstance(make_pool(some, make_rules(some.players, some.objectives)), StreamedPool)
    block = listed.blocks[-1]
    turned = replace(listed, blocks=(block._replace(members=block.members[::-1], worths=block.worths[::-1]),))
    assert not isinstance(make_pool(turned, rules), StreamedPool)


def test_what_is_streamed_is_what_is_listed():
    world = World(9, objectives=("sea", "air"), loss=0.3)
    listed, streamed, bounded = world.pools(5, excluded={"sea": ["S0", "S4"]})
    for block, own, asked in zip(listed.blocks, streamed.blocks, bounded.blocks, strict=True):
        assert np.asarray(own.members).tolist() == block.members.tolist() == asked.members[:].tolist()
        assert own.worths.tobytes() == block.worths.tobytes() == np.asarray(asked.worths).tobytes()
        assert own.members.dtype == block.members.dtype
        assert asked.worths[3] == block.worths[3]
        assert asked.worths[2:7].tolist() == block.worths[2:7].tolist()
    assert repr(streamed) == repr(listed)
    assert repr(bounded).startswith(f"{len(listed)} candidate groups of 2-5 among 9 states for 2 objectives; their")


def test_groups_that_may_not_form_are_dropped():
    world = World(9, loss=0.3)
    names = [f"S{i}" for i in range(9)]

    def gains(members, objective):
        worths = world(members, objective)
        return np.repeat(worths[:, None] / members.shape[1], members.shape[1], axis=1)

    def odd(members, objective):
        return members.sum(axis=1) % 2 == 1

    for options in ({"admissible": odd}, {"individually_rational": True}, {"admissible": odd, "objectives": "ab"}):
        if "objectives" in options:
            world.pairs = {"a": world.pairs[None], "b": world.pairs[None]}
        listed = candidates(names, gains, max_size=4, **options)
        streamed = stream(names, gains, max_size=4, **options)
        for block, own in zip(listed.blocks, streamed.blocks, strict=True):
            assert own.members.tolist() == block.members.tolist()
            assert own.worths.tobytes() == block.worths.tobytes()


def test_everything_that_takes_candidates_takes_streamed_ones():
    listed, *others = World(9, loss=0.1).pools(4)
    standing = [(("S1", "S2", "S5"), None)]
    for pool in others:
        for own, expected in zip(best_plans(pool, 4), best_plans(listed, 4), strict=True):
            assert own.worth == pytest.approx(expected.worth)
        beside = form(pool, bandwidth=2, standing=standing)
        assert beside.worth == pytest.approx(form(listed, bandwidth=2, standing=standing).worth)
        assert beside.bound == pytest.approx(beside.worth)
        assert repr(sweet_spot(pool)) == repr(sweet_spot(listed))
        plan, expected = form(pool, groups=1), form(listed, groups=1)
        assert [o.members for o in plan.blocking()] == [o.members for o in expected.blocking()]


def test_more_pairs_that_belong_together_than_bits_are_listed():
    listed, streamed, _ = World(12).pools(3)
    every = list(combinations(listed.players[:12], 2))
    rules = make_rules(listed.players, listed.objectives, together=every)
    assert len(every) > 64
    assert not isinstance(make_pool(streamed, rules), StreamedPool)
    assert len(make_pool(streamed, rules)) == 0


# --- bounds
def test_a_bound_saves_the_evaluation_of_nearly_all_groups():
    world = World(40)
    names = range(40)
    pool = stream(names, world, max_size=4, bound=world.bound)
    plan = form(pool, bandwidth=1)
    assert plan.is_proven
    assert world.evaluated < len(pool) / 50
    assert plan.worth == pytest.approx(form(candidates(names, world, max_size=4), bandwidth=1).worth)


def test_a_loose_bound_costs_time_and_nothing_else():
    world = World(16, loss=0.5)
    pool = stream(range(16), world, max_size=4, bound=lambda objective, size: world.bound(objective, size) + 0.4)
    assert form(pool).worth == pytest.approx(form(candidates(range(16), world, max_size=4)).worth)


def test_two_hundred_states_that_fall_into_fours():
    """Clubs of four, every pair of one worth 1, any other pair nothing: 48 clubs, or 288, and a state alone."""
    club = np.arange(193) // 4
    alike = np.triu((club[:, None] == club).astype(float), 1)

    def payoff(members, objective):
        size = members.shape[1]
        return sum(alike[members[:, a], members[:, b]] for b in range(size) for a in range(b))

    pool = stream(range(193), payoff, max_size=4, bound=lambda objective, size: alike)
    plan = form(pool, bandwidth=1)
    assert len(pool) == comb(193, 2) + comb(193, 3) + comb(193, 4)
    assert plan.is_proven
    assert plan.worth == 288
    assert {group.members for group in plan.groups} == {tuple(range(4 * c, 4 * c + 4)) for c in range(48)}


# --- chunks, executors, interrupts
def test_any_executor_gives_the_same_bytes():
    world = World(58, loss=0.3)
    told = []
    alone = stream(range(58), world, max_size=4, report=lambda done, count: told.append((done, count)))
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1] == (len(alone), len(alone))
    for executor in (ThreadPoolExecutor(1), ThreadPoolExecutor(3), ProcessPoolExecutor(2)):
        with executor:
            pool = stream(range(58), world, max_size=4, executor=executor)
        assert all(a.worths.tobytes() == b.worths.tobytes() for a, b in zip(pool.blocks, alone.blocks, strict=True))


def test_an_error_in_one_chunk_ends_the_others():
    def payoff(members, objective):
        return np.where((members == 7).any(axis=1), np.nan, 1.0)

    with ThreadPoolExecutor(2) as executor, pytest.raises(WorthError, match=r"\(0, 7\) is nan"):
        stream(range(58), payoff, max_size=4, executor=executor)


@pytest.mark.parametrize("which", [1, 2])
def test_an_interrupt_gives_the_best_plan_and_its_gap(which):
    world = World(24, loss=0.1)
    pool = world.pools(4)[which]
    best = form(pool, bandwidth=2).worth

    def interrupt(value, bound):
        raise KeyboardInterrupt

    plan = form(pool, bandwidth=2, report=interrupt)
    assert plan.gap > plan.tolerance
    assert plan.worth <= best + 1e-9 <= plan.bound + 2e-9


def test_an_interrupt_of_the_last_step_gives_the_best_plan_and_its_gap(monkeypatch):
    pool = World(24, seed=3).pools(4)[2]
    best = form(pool, bandwidth=2)
    assert best.worth < best.relaxation - 0.01

    def interrupt(self, prices, regret):
        raise KeyboardInterrupt

    monkeypatch.setattr(StreamedPool, "within", interrupt)
    plan = form(pool, bandwidth=2)
    assert plan.status == "interrupted"
    assert plan.gap > plan.tolerance
    assert plan.worth <= best.worth + 1e-9 <= plan.bound + 2e-9


# --- members by rank
@given(st.integers(1, 9), st.data())
def test_subsets_are_the_combinations(n, data):
    size = data.draw(st.integers(1, n))
    states = sorted(data.draw(st.sets(st.integers(0, 299), min_size=n, max_size=n)))
    groups = Subsets(states, size, 300)
    expected = list(combinations(states, size))
    assert [tuple(group) for group in np.asarray(groups).tolist()] == expected
    assert groups.shape == (len(expected), size)
    ranks = np.array(data.draw(st.lists(st.integers(0, len(expected) - 1), max_size=5)), np.int64)
    assert [tuple(row) for row in groups[ranks].tolist()] == [expected[r] for r in ranks.tolist()]
    assert tuple(groups[-1].tolist()) == expected[-1]
    assert groups[::2].tolist() == [list(group) for group in expected[::2]]
    assert groups[np.arange(len(groups)) % 2 == 0].tolist() == [list(group) for group in expected[::2]]


@pytest.mark.parametrize("wrong", [10, -11, np.array([3, 10]), np.array([-1]), np.array([True, False])])
def test_there_is_no_group_beyond_the_last(wrong):
    with pytest.raises(IndexError, match="10"):
        Subsets(range(5), 3, 5)[wrong]


# --- refusals
def test_too_many_groups_are_counted_and_the_bound_to_lower_is_named():
    def payoff(members, objective):
        raise AssertionError("asked")

    with pytest.raises(TooLargeError, match=r"groups of 2-9 among 193 states.*lower max_size: groups of up to 8 are"):
        stream(range(193), payoff, max_size=9)
    with pytest.raises(
        TooLargeError, match=r"^68539246976 candidates .* GB and .*is free; lower max_size.*give a bound"
    ):
        stream(range(193), payoff, max_size=6)
    with pytest.raises(TooLargeError, match="that can be scanned; lower max_size"):
        stream(range(193), payoff, max_size=7, bound=lambda objective, size: np.zeros((193, 193)))


def test_a_worth_above_its_bound_is_named():
    pool = stream("ABC", lambda members, objective: np.ones(len(members)), max_size=2, bound=lambda o, k: np.eye(3) / 4)
    with pytest.raises(WorthError, match=r"worth of \('A', 'B'\) is 1.0, above its bound 0.5; raise what bound gives"):
        form(pool)


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        (lambda o, k: np.zeros(3), r"shape \(3,\) for groups of 2 among 4 states; it must be \(4, 4\)"),
        (lambda o, k: np.full((4, 4), np.inf), "bound gives inf for states 0 and 0"),
    ],
)
def test_bounds_that_are_none(bound, words):
    with pytest.raises(WorthError, match=words):
        stream("ABCD", lambda members, objective: np.ones(len(members)), max_size=2, bound=bound)


def test_a_bound_and_an_evaluation_of_everything_exclude_each_other():
    def some(members, objective):
        return np.ones(len(members), bool)

    for option in ({"admissible": some}, {"individually_rational": True}, {"report": print}):
        with pytest.raises(ChoiceError, match=next(iter(option))):
            stream("ABCD", lambda m, o: np.ones(len(m)), max_size=2, bound=lambda o, k: np.eye(4), **option)


def test_nobody_left():
    with pytest.raises(CoalitionError, match="no candidate group is left: exclude fewer"):
        stream("ABC", lambda m, o: np.ones(len(m)), max_size=3, excluded={None: "ABC"})
    with pytest.raises(CoalitionError, match="no candidate group is left: exclude fewer states, admit more"):
        stream("ABC", lambda m, o: np.ones(len(m)), max_size=3, admissible=lambda m, o: np.zeros(len(m), bool))
    with pytest.raises(CoalitionError, match="2 <= min_size <= max_size <= 3"):
        stream("ABC", lambda m, o: np.ones(len(m)), max_size=4)
    with pytest.raises(WorthError, match="individually_rational needs a payoff"):
        stream("ABC", lambda m, o: np.ones(len(m)), max_size=3, individually_rational=True)


# --- the world
@pytest.mark.slow
@pytest.mark.parametrize(("which", "bandwidth"), [(1, 1), (2, 1), (2, 2)])
def test_all_groups_of_up_to_four_of_all_states(which, bandwidth):
    world = World(193)
    names = range(193)
    pool = stream(names, world, max_size=4, bound=world.bound if which == 2 else None)
    plan = form(pool, bandwidth=bandwidth)
    assert len(pool) == 57_229_904
    assert plan.is_proven


@pytest.mark.slow
def test_ten_million_listed_candidates_are_proven():
    pool = candidates(range(125), World(125), max_size=4)
    plan = form(pool, bandwidth=2)
    assert len(pool) == 10_016_875
    assert plan.is_proven
