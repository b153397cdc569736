"""coalitions/formation: blocking.py, stable_rows.py, stable_search.py, stable.py, repair.py"""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import LABELS

from coalitions import CoalitionError, InfeasibleFormation, SolverError, candidates, form
from coalitions.formation.blocking import Formed, Holdings
from coalitions.formation.integer import binary_program
from coalitions.formation.pool import Pool
from coalitions.formation.rules import make_rules
from coalitions.formation.solvers import solve_binary, solver_named
from coalitions.formation.stable import restore_stability, stable_plan
from coalitions.formation.stable_rows import Objector, StabilityRows
from coalitions.formation.stable_search import Objectors


def flat(pool):
    return [
        (block.objective, tuple(members.tolist()), tuple(gains))
        for block in pool.blocks
        for members, gains in zip(block.members, pool.gains(block.members, block.objective).tolist(), strict=True)
    ]


def drawn_pool(n, size, objectives, seed, whole):
    """Gains drawn one by one; whole numbers make ties."""

    def payoff(members, objective):
        code = (1 << members.astype(np.int64)).sum(axis=1) + 64 * objectives.index(objective)
        rows = [np.random.default_rng([seed, int(c)]).normal(0.7, 1.0, members.shape[1]) for c in code]
        gains = np.array(rows).reshape(members.shape)
        return np.round(2 * gains) if whole else gains

    return candidates(LABELS[:n], payoff, max_size=size, objectives=objectives)


@st.composite
def small_problems(draw):
    n = draw(st.integers(3, 5))
    objectives = ("sea", "air")[: draw(st.integers(1, 2 if n < 4 else 1))]
    size = draw(st.integers(2, 3 if n < 5 else 2))
    pool = drawn_pool(n, size, objectives, draw(st.integers(0, 2**31)), draw(st.booleans()))
    rules = {
        "bandwidth": {player: draw(st.integers(0, 2)) for player in pool.players},
        "pairs_once": draw(st.booleans()),
    }
    if len(objectives) == 2 and draw(st.booleans()):
        rules["effort"] = {"sea": draw(st.sampled_from([0.5, 1, 1.5])), "air": 1}
    return pool, rules


@st.composite
def overlapping_problems(draw):
    """Groups that share members and contend for pairs: larger ones, and bandwidth to spare."""
    n, size = draw(st.sampled_from([(4, 4), (5, 3), (5, 4)]))
    pool = drawn_pool(n, size, ("sea",), draw(st.integers(0, 2**31)), False)
    return pool, {"bandwidth": {player: draw(st.integers(1, 3)) for player in pool.players}, "pairs_once": True}


def problems():
    return st.one_of(small_problems(), overlapping_problems())


def plans_of(pool, bandwidth, pairs_once, effort=None):
    """Every plan within the rules in which nobody loses, as lists of rows of ``flat``."""
    usable = [row for row in flat(pool) if min(row[2]) >= 0]
    limit = [bandwidth[player] for player in pool.players]
    found = []

    def extend(start, plan, load, met):
        found.append(plan)
        for at in range(start, len(usable)):
            objective, members, _ = usable[at]
            taken = effort[objective] if effort else 1
            meetings = {(objective, pair) for pair in combinations(members, 2)} if pairs_once else set()
            if meetings & met or any(load[i] + taken > limit[i] + 1e-9 for i in members):
                continue
            extend(
                at + 1, [*plan, usable[at]], [x + taken * (i in members) for i, x in enumerate(load)], met | meetings
            )

    extend(0, [], [0.0] * len(limit), frozenset())
    return found


def given_up_by_hand(pool, plan, i, objective, members, bandwidth, pairs_once, effort=None):
    """The groups of state i that it leaves for another one; None where it cannot carry that whatever it leaves."""
    own = [each for each in plan if i in each[1]]
    clash = [each for each in own if pairs_once and each[0] == objective and len({*each[1]} & {*members}) > 1]
    if clash:
        return clash

    def fits(gone):
        kept = [each for each in own if each not in gone]
        load = sum(effort[o] if effort else 1 for o, _, _ in kept)
        return load + (effort[objective] if effort else 1) <= bandwidth[pool.players[i]] + 1e-9

    ways = [gone for count in range(len(own) + 1) for gone in combinations(own, count) if fits(gone)]
    least = [gone for gone in ways if not any({*other} < {*gone} for other in ways)]
    return min(least, key=lambda gone: sum(g[m.index(i)] for _, m, g in gone), default=None)


def loss_by_hand(pool, plan, i, objective, members, **rules):
    left = given_up_by_hand(pool, plan, i, objective, members, **rules)
    return np.inf if left is None else sum(g[m.index(i)] for _, m, g in left)


def blockers_by_hand(pool, plan, largest=99, **rules):
    formed = {(o, m) for o, m, _ in plan}
    return [
        (objective, members)
        for objective, members, gains in flat(pool)
        if len(members) <= largest
        and (objective, members) not in formed
        and all(
            gain > loss_by_hand(pool, plan, i, objective, members, **rules) + 1e-7
            for i, gain in zip(members, gains, strict=True)
        )
    ]


def worth_of(plan):
    return sum(sum(gains) for _, _, gains in plan)


# --- brute force
@given(problems(), st.sampled_from([2, 99]))
@settings(max_examples=70)
def test_the_best_of_all_stable_plans(problem, largest):
    pool, rules = problem
    stable = [plan for plan in plans_of(pool, **rules) if not blockers_by_hand(pool, plan, largest, **rules)]
    options = {"blockers_up_to": None if largest == 99 else largest}
    if not stable:
        with pytest.raises(InfeasibleFormation, match="no plan within the rules is stable"):
            stable_plan(pool, **options, **rules)
        return
    found = stable_plan(pool, **options, **rules)
    assert found.worth == pytest.approx(max(map(worth_of, stable)), abs=1e-9)
    assert found.is_proven
    assert found.unconstrained >= found.worth
    assert all(min(group.gains) >= 0 for group in found.groups)
    assert not found.tolerated
    assert not found.added
    if rules["pairs_once"] and "effort" not in rules and largest == 99:
        assert not found.blocking()


@given(problems())
@settings(max_examples=20)
def test_the_fewest_tolerated(problem):
    pool, rules = problem
    counts = [(len(blockers_by_hand(pool, plan, **rules)), -worth_of(plan)) for plan in plans_of(pool, **rules)]
    fewest, worth = min(counts)
    found = restore_stability(pool, by="tolerance", **rules)
    assert len(found.tolerated) == fewest
    assert found.worth == pytest.approx(-worth, abs=1e-9)
    assert all(objection.improvement > 0 for objection in found.tolerated)


@given(problems())
@settings(max_examples=25)
def test_the_least_bandwidth_that_is_added(problem):
    pool, rules = problem
    rules.pop("effort", None)
    n = len(pool.players)
    for total in range(n + 1):  # at most one more each
        best = None
        for more in combinations(pool.players, total):
            wide = {**rules, "bandwidth": {p: b + (p in more) for p, b in rules["bandwidth"].items()}}
            for plan in plans_of(pool, **wide):
                if (best is None or worth_of(plan) > best + 1e-9) and not blockers_by_hand(pool, plan, **wide):
                    best = worth_of(plan)
        if best is not None:
            break
    else:
        with pytest.raises(InfeasibleFormation, match="not even with 1 more bandwidth for every state"):
            restore_stability(pool, most=1, **rules)
        return
    found = restore_stability(pool, most=1, **rules)
    assert sum(found.added.values()) == total
    assert found.worth == pytest.approx(best, abs=1e-9)
    assert found.is_proven


# --- known
def test_roommates_without_a_stable_plan():
    """Gale and Shapley (1962): three rank one another in a circle, the fourth last."""
    ranks = {0: [1, 2, 3], 1: [2, 0, 3], 2: [0, 1, 3], 3: [0, 1, 2]}

    def payoff(members, objective):
        return np.array([[3.0 - ranks[a].index(b), 3.0 - ranks[b].index(a)] for a, b in members.tolist()])

    pool = candidates(["alpha", "beta", "gamma", "delta"], payoff, max_size=2)
    with pytest.raises(InfeasibleFormation, match="restore_stability finds the least bandwidth") as caught:
        stable_plan(pool)
    assert caught.value.conflict == ("stability",)
    assert sum(restore_stability(pool).added.values()) == 1
    assert len(restore_stability(pool, by="tolerance").tolerated) == 1


def test_like_minded_members_form_the_best_group_first():
    """Where every group is worth the same to all its members, taking the best again and again is stable."""
    worth = np.random.default_rng(5).uniform(size=1 << 9)
    pool = candidates(
        range(9), lambda m, o: np.repeat(worth[(1 << m.astype(int)).sum(axis=1)][:, None], m.shape[1], 1), max_size=3
    )
    left, greedy = set(range(9)), []
    for _, members, _ in sorted(flat(pool), key=lambda row: -row[2][0]):
        if set(members) <= left:
            greedy.append(members)
            left -= set(members)
    assert {group.members for group in stable_plan(pool).groups} == set(greedy)


@pytest.mark.parametrize(("gain", "holds"), [(5.5, True), (6.5, False)])
def test_several_groups_together_outweigh_a_new_one(gain, holds):
    """A has 2 in each of three pairs: the row against all four together counts 6 that A would lose, not 2."""

    def payoff(members, objective):
        if members.shape[1] == 2:
            return np.where(members[:, :1] == 0, [[2.0, 5.0]], [[-1.0, -1.0]])
        return np.where(members == 0, gain, 6.0) * (1.0 if members.shape[1] == 4 else -1.0)

    pool = candidates("ABCD", payoff, max_size=4)
    for quota in ((3, 3), (1, 1)):  # the second time pairs may meet again, and only that it is formed settles the row
        rules = make_rules(
            pool.players, pool.objectives, bandwidth=3, per_objective={None: quota}, pairs_once=quota != (1, 1)
        )
        within = Pool(pool, rules)
        keys = Objectors(within).columns()
        problem, variables, _ = binary_program(within, keys)
        whole = Objector(len(pool) - 1, None, (0, 1, 2, 3), (gain, 6.0, 6.0, 6.0), 1.0)
        rows = StabilityRows(problem, variables, within, keys)
        rows.add(whole)
        assert not rows.impossible
        answer = solve_binary(problem, variables, solver_named("HiGHS"))
        if quota == (3, 3):
            assert (answer.chosen is not None) == holds
        else:
            assert [int(keys[at]) for at in answer.chosen] == [whole.key]


def test_room_is_made_by_nothing_superfluous():
    """Groups for sea take 0.5, for air 1: who has one of each, and lost by the first, gives up only the second."""
    rules = make_rules(tuple("AB"), ("sea", "air"), bandwidth=1.5, effort={"sea": 0.5, "air": 1}, pairs_once=False)
    holdings = Holdings(rules, [Formed("sea", (0, 1), (-1.0, 1.0)), Formed("air", (0, 1), (2.0, 2.0))])
    assert holdings.room["air"].tolist() == [2.0, 2.0]
    assert holdings.room["sea"].tolist() == [-1.0, 1.0]
    assert holdings.dropped(0, "air", ()) == (1,)
    assert holdings.ways(0, "sea", every=True) == [(1,), (0,)]


# --- laws
def shared_pool(n=16, k=4, seed=0):
    rng = np.random.default_rng(seed)
    where = rng.normal(size=(n, 2))
    synergy = np.exp(-np.linalg.norm(where[:, None] - where, axis=2)) * rng.lognormal(0, 0.3, (n, n))

    def payoff(members, objective):
        size = members.shape[1]
        return sum(synergy[members, np.roll(members, s, axis=1)] for s in range(1, size)) / size**0.5 - 0.15 * size

    return candidates([f"S{i}" for i in range(n)], payoff, max_size=k)


@pytest.mark.parametrize("bandwidth", [1, 2])
def test_windows_lose_nothing(bandwidth, monkeypatch):
    """The same plan with all candidates in one program, and starting without any."""
    from coalitions.formation.stable_search import StableSearch

    pool = shared_pool()
    found = stable_plan(pool, bandwidth=bandwidth)
    monkeypatch.setattr(StableSearch, "give_in", lambda self, plan, first=None: None)
    monkeypatch.setattr(StableSearch, "widen", lambda self, prices, ceiling: self.solve_among(self.objectors.columns()))
    whole = stable_plan(pool, bandwidth=bandwidth)
    assert whole.worth == pytest.approx(found.worth, rel=1e-12)
    assert found.is_proven
    assert not found.blocking()
    assert found.price == pytest.approx(found.unconstrained - found.worth)
    assert form(pool, bandwidth=bandwidth).worth >= found.unconstrained - 1e-9


def test_fewer_who_may_object_cost_less():
    pool = shared_pool(seed=3)
    worths = [stable_plan(pool, blockers_up_to=k).worth for k in (2, 3, 4)]
    assert worths[0] >= worths[1] - 1e-9
    assert worths[1] >= worths[2] - 1e-9


@pytest.mark.parametrize("unit", [1e-7, 1e7])
def test_the_unit_changes_nothing(unit):
    base = shared_pool(12, 3)
    scaled = candidates(base.players, lambda m, o: base.gains(m, o) * unit, max_size=3)
    first, second = stable_plan(base, bandwidth=2), stable_plan(scaled, bandwidth=2)
    assert [group.members for group in first.groups] == [group.members for group in second.groups]


def test_numbers_and_demands_bind_the_plan():
    pool = shared_pool(12, 3)
    free = stable_plan(pool)
    assert stable_plan(pool, groups=len(free.groups)).worth == pytest.approx(free.worth)
    with pytest.raises(InfeasibleFormation, match="is stable against"):
        stable_plan(pool, groups=1)
    held = {member for group in free.groups for member in group.members}
    assert stable_plan(pool, required=sorted(held)[:2]).worth == pytest.approx(free.worth)


def test_what_stands_is_no_longer_open():
    pool = shared_pool(10, 3)
    first = stable_plan(pool)
    second = stable_plan(pool, bandwidth=2, standing=first.groups)
    assert not {g.members for g in second.groups} & {g.members for g in first.groups}


def test_nobody_gains_and_nobody_comes():
    plan = stable_plan(candidates("ABC", lambda m, o: np.full(m.shape, -1.0), max_size=3))
    assert plan.groups == ()
    assert plan.is_proven


# --- words
def test_it_reads_as_a_sentence():
    plan = stable_plan(shared_pool(12, 3))
    assert "proven optimal; stable against all candidates; " in repr(plan)
    assert "less than without stability" in plan._repr_html_()
    assert len(plan.cite()) == 2 or plan.cite() == ()  # only once it is public
    three = candidates(
        "ABC", lambda m, o: np.where((m[:, :1] + 1) % 3 == m[:, 1:2], [2.0, 1.0], [1.0, 2.0]), max_size=2
    )
    assert "with bandwidth 1 more for" in repr(restore_stability(three))
    assert "stable against all candidates but 1" in repr(restore_stability(three, by="tolerance"))


def test_out_of_time_it_says_what_is_known(monkeypatch):
    pool = shared_pool(20, 4, seed=1)
    best = stable_plan(pool, bandwidth=2)
    with pytest.raises(SolverError, match=r"nor proven that there is none .* none is worth more than"):
        stable_plan(pool, bandwidth=2, time_limit=0.0)

    def interrupted(self, prices, ceiling):
        raise KeyboardInterrupt

    monkeypatch.setattr("coalitions.formation.stable_search.StableSearch.widen", interrupted)
    hurried = stable_plan(pool, bandwidth=2)
    assert hurried.worth <= best.worth + 1e-9
    assert hurried.bound >= best.worth - 1e-9
    assert hurried.gap == pytest.approx(hurried.bound - hurried.worth)
    assert hurried.status == "interrupted"
    assert not hurried.blocking()


@pytest.mark.parametrize(
    ("function", "options", "words"),
    [
        (stable_plan, {"blockers_up_to": 1}, "blockers_up_to is 1; groups have at least 2 members"),
        (stable_plan, {"bandwidth": -1}, "bandwidth of 'S0' is -1"),
        (restore_stability, {"by": "magic"}, "by is 'magic'; it must be 'bandwidth' or 'tolerance'"),
        (restore_stability, {"most": 0}, "most is 0; it must be a whole number"),
        (restore_stability, {"effort": {None: 2}}, "with effort give by='tolerance'"),
    ],
)
def test_refusals(function, options, words):
    with pytest.raises(CoalitionError, match=re.escape(words)):
        function(shared_pool(6, 3), **options)


def test_a_demand_that_nobody_wants_to_meet():
    pool = candidates("ABC", lambda m, o: np.where(m == 0, -1.0, 2.0), max_size=2)
    with pytest.raises(InfeasibleFormation, match="A is required"):
        stable_plan(pool, required=["A"])


def test_a_plan_proven_without_an_integer_program_has_none_to_write(tmp_path):
    strength = np.array([3.0, 2.0, 2.0, 1.0, 1.0, 1.0])
    pool = candidates("ABCDEF", lambda members, _: strength[members] - 0.4 * members.shape[1] ** 1.2, max_size=3)
    plan = stable_plan(pool)
    assert plan.problem is None
    with pytest.raises(ValueError, match=r"no integer program was solved for this plan \(not run\)"):
        plan.export(tmp_path / "plan.lp")
