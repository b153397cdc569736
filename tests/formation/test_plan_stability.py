"""coalitions/formation: stability.py, verdicts.py, objections.py, subsidy.py"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_stable import blockers_by_hand, drawn_pool, flat, given_up_by_hand, loss_by_hand, problems, shared_pool

from coalitions import WorthError, candidates, form
from coalitions.formation.blocking import formed_of
from coalitions.formation.objections import least_payments, objections_to
from coalitions.formation.plan_stability import stability
from coalitions.formation.stable import stable_plan
from coalitions.formation.verdicts import NOTIONS


def by_position(pool, plan, payoffs=None):
    place = {player: i for i, player in enumerate(pool.players)}
    payoffs = payoffs or [group.gains for group in plan.groups]
    return [
        (group.objective, tuple(place[m] for m in group.members), tuple(own))
        for group, own in zip(plan.groups, payoffs, strict=True)
    ]


# --- without transfers
@given(problems())
def test_objections_and_what_they_end_are_those_found_by_hand(problem):
    pool, rules = problem
    plan = form(pool, **rules)
    found = stability(plan)
    groups = by_position(pool, plan)
    broken = blockers_by_hand(pool, groups, **rules)
    assert found.of()["unblocked"].holds == (not broken)
    assert found.breaks_at == min((len(members) for _, members in broken), default=None)
    listed = {(o.objective, tuple(pool.players.index(m) for m in o.members)) for o in found.blocking}
    assert listed <= set(broken)
    assert len(listed) == min(len(broken), 20)
    if all(float(gain).is_integer() for *_, gains in groups for gain in gains):
        return  # of groups that are worth the same either may be left
    left = [
        each for aim, block in broken for i in block for each in given_up_by_hand(pool, groups, i, aim, block, **rules)
    ]
    for group, each in zip(plan.groups, groups, strict=True):
        assert found.of(group)["unblocked"].holds == (each not in left)


@given(problems())
@settings(max_examples=50)
def test_no_smaller_payments_hold_the_plan(problem):
    """All combinations of what single states would have to be paid against single objections."""
    pool, rules = problem
    plan = form(pool, **rules)
    groups = by_position(pool, plan)
    needs = []
    gained = {(o, m): g for o, m, g in flat(pool)}
    for objective, members in blockers_by_hand(pool, groups, **rules):
        losses = [loss_by_hand(pool, groups, i, objective, members, **rules) for i in members]
        needs.append({i: g - x for i, g, x in zip(members, gained[objective, members], losses, strict=True)})
    payments = least_payments(objections_to(plan, formed_of(plan.groups, pool.players)), plan)
    paid = {pool.players.index(player): amount for player, amount in payments.items()}
    assert all(any(paid.get(i, 0) >= amount - 1e-7 for i, amount in need.items()) for need in needs)
    change = stability(plan).of()["unblocked"].change
    assert (change is None) == (not needs)
    if change is not None:
        assert change.cost <= sum(payments.values()) + 1e-9
    assume(len(needs) <= 5)
    best = min(
        sum(max(amount for j, amount in choice if j == i) for i in {i for i, _ in choice})
        for choice in product(*(need.items() for need in needs))
    )
    assert sum(payments.values()) == pytest.approx(best, abs=1e-7)


@given(problems())
@settings(max_examples=40)
def test_shares_of_no_cost_leave_no_objection_without_transfers(problem):
    pool, rules = problem
    plan = form(pool, **rules)
    found = stability(plan)
    assume(found.cost == 0)
    shared = by_position(pool, plan, [tuple(own.values()) for own in found.shares])
    assert not blockers_by_hand(pool, shared, **rules)
    change = found.of()["unblocked"].change
    if change is not None:
        assert change.kind == "transfer"
        assert sum(change.payments.values()) == pytest.approx(0, abs=1e-6)


def test_who_pays_whom_to_keep_a_member():
    """A loses 1 in the best group; B and C gain 3 and 1: they pay in proportion. With D it takes a subsidy."""
    gains = {(0, 1, 2): (-1.0, 3.0, 1.0), (3, 4): (-2.0, 1.5)}

    def payoff(members, objective):
        return np.array([gains.get(tuple(row), [-9.0] * len(row)) for row in members.tolist()])

    plan = form(candidates("ABCDE", payoff, max_size=3), required=["D"])
    found = stability(plan)
    group, pair = plan.groups
    change = found.of(group)["individually rational"].change
    assert (change.kind, change.cost) == ("transfer", 0.0)
    assert change.payments == pytest.approx({"A": 1.0, "B": -0.75, "C": -0.25})
    assert change.words == "pay A 1 (B 0.75, C 0.25 paying)"
    change = found.of(pair)["individually rational"].change
    assert (change.kind, change.cost) == ("subsidy", 0.5)
    assert change.payments == pytest.approx({"D": 2.0, "E": -1.5})
    whole = found.of()["individually rational"]
    assert not whole
    assert whole.who == ("A", "D")
    assert whole.margin == -2
    assert whole.change.cost == 0.5
    assert "Not individually rational (A). Remedy: pay A 1 (B 0.75, C 0.25 paying)." in found.explain()


# --- outsiders
def test_the_self_enforcing_agreement_of_three():
    """Barrett (1994), linear benefit 1, cost q^2 / 2: signatories get k^2/2 + n - k, outsiders k^2 + n - k - 1/2.

    They stay where k^2 - 4 k + 3 <= 0, that is, up to three; joining two is as good as not joining them. Alone
    everybody gets n - 1/2, which is what gains are measured from.
    """
    n = 5

    def payoff(members, objective):
        k = members.shape[1]
        return np.full(members.shape, k * k / 2 - k + 0.5)

    def outside(members, objective):
        k = members.shape[1]
        return np.full((len(members), n), k * k - k + 0.0)

    for size in (2, 3, 4):
        every = candidates(range(n), payoff, max_size=n)
        plan = form(candidates(range(n), payoff, min_size=size, max_size=size), groups=1, required=range(size))
        plan = replace(plan, candidates=every)
        found = stability(plan, outside=outside)
        own = found.of(plan.groups[0])
        assert own["internally stable"].holds == (size <= 3)
        assert own["internally stable"].margin == pytest.approx(-(size**2 - 4 * size + 3) / 2 if size > 2 else 0.5)
        assert own["open to nobody"].margin == pytest.approx(((size + 1) ** 2 - 4 * (size + 1) + 3) / 2)
        assert own["externally stable"].holds
    assert own["internally stable"].change.cost == pytest.approx(4 * 1.5)
    for given_, words in ((np.ones((1, 2)), "gives shape (1, 2)"), (np.full((1, n), np.nan), "not finite")):
        with pytest.raises(WorthError, match=re.escape(words)):
            stability(plan, outside=lambda members, objective, given_=given_: given_)


@given(problems())
def test_joiners_are_those_found_by_hand(problem):
    """The best plan of pairs: many a third state would be welcome."""
    pool, rules = problem
    pairs = tuple(block for block in pool.blocks if block.members.shape[1] == 2)
    plan = replace(form(replace(pool, blocks=pairs), **rules), candidates=pool)
    found = stability(plan)
    groups = by_position(pool, plan)
    known = {(o, m): g for o, m, g in flat(pool)}
    for group, (objective, members, gains) in zip(plan.groups, groups, strict=True):
        others = [each for each in groups if each[:2] != (objective, members)]
        eager, welcome = set(), set()
        for j in set(range(len(pool.players))) - set(members):
            joined = tuple(sorted((*members, j)))
            if (objective, joined) not in known:
                continue
            net = {
                i: gain - loss_by_hand(pool, others, i, objective, joined, **rules)
                for i, gain in zip(joined, known[objective, joined], strict=True)
            }
            if net[j] > 1e-7:
                eager.add(pool.players[j])
                if all(net[i] - gain >= -1e-7 for i, gain in zip(members, gains, strict=True)):
                    welcome.add(pool.players[j])
        own = found.of(group)
        assert set(own["externally stable"].who) == welcome
        assert own["externally stable"].holds == (not welcome)
        assert set(own["open to nobody"].who) == eager
        if welcome:
            assert own["externally stable"].change.joins in welcome
        elif eager:
            assert own["open to nobody"].change.kind == "closure"


# --- with transfers
@given(st.integers(0, 2**31), st.integers(4, 6), st.booleans())
@settings(max_examples=40)
def test_with_one_group_each_the_subsidy_is_the_gap_of_the_relaxation(seed, n, best):
    """Shares that no group can beat are what the relaxation's dual asks for; the subsidy is what they exceed."""
    pool = drawn_pool(n, 3, ("sea",), seed, False)
    plan = form(pool)
    relaxation = plan.relaxation
    if not best:
        plan = form(pool, groups=max(len(plan.groups) - 1, 1))
    found = stability(plan)
    assert found.cost == pytest.approx(relaxation - plan.worth, abs=1e-6)
    assert found.breaks_at_with_transfers == min((k for k, cost in found.costs.items() if cost > 0), default=None)
    costs = list(found.costs.values())
    assert all(first <= then + 1e-6 for first, then in pairwise(costs))


@given(problems())
@settings(max_examples=40)
def test_no_candidate_offers_more_than_the_shares(problem):
    pool, rules = problem
    plan = form(pool, **rules)
    found = stability(plan)
    place = {player: i for i, player in enumerate(pool.players)}
    shares = [tuple(own.values()) for own in found.shares]
    extra = sum(sum(own) for own in shares) - plan.worth
    assert extra <= found.cost + 1e-6
    assert all(min(own, default=0) >= -1e-9 for own in shares)
    change = found.of()["unblocked with transfers"].change
    retained = {place[player]: paid for player, paid in (change.payments if change else {}).items()}
    for group, own in zip(plan.groups, found.shares, strict=True):  # what is paid beyond the shares is for idling
        for member, share, gain in zip(group.members, own.values(), group.gains, strict=True):
            retained[place[member]] = retained.get(place[member], 0.0) - (share - gain) * bool(change)
    assert extra + sum(retained.values()) == pytest.approx(found.cost, abs=1e-6)
    groups = by_position(pool, plan, shares)
    formed = {each[:2] for each in groups}
    for objective, members, gains in flat(pool):
        if (objective, members) in formed:
            continue
        losses = [loss_by_hand(pool, groups, i, objective, members, **rules) for i in members]
        idle = [
            retained.get(i, 0.0)
            if not _clashes(groups, i, objective, members, rules) and _fits(pool, groups, i, objective, rules)
            else 0.0
            for i in members
        ]
        assert sum(gains) <= sum(losses) + sum(idle) + 1e-6


def _clashes(groups, i, objective, members, rules):
    met = [m for o, m, _ in groups if o == objective and i in m and len(set(m) & set(members)) > 1]
    return rules["pairs_once"] and bool(met)


def _fits(pool, groups, i, objective, rules):
    effort = rules.get("effort", dict.fromkeys(pool.objectives, 1))
    load = sum(effort[o] for o, m, _ in groups if i in m)
    return load + effort[objective] <= rules["bandwidth"][pool.players[i]] + 1e-9


def test_prices_are_shares_where_the_relaxation_has_no_gap():
    pool = candidates("ABCD", lambda m, o: np.array([4.0, 3.0, 2.0, 1.0])[m] - 0.5, max_size=2)
    plan = form(pool, pairs_once=False)
    found = stability(plan)
    assert found.by_prices
    assert found.cost == 0
    assert set(found.costs.values()) == {0.0}
    for group, own in zip(plan.groups, found.shares, strict=True):
        assert sum(own.values()) == pytest.approx(group.worth)


def test_three_who_share_a_majority_cost_half():
    """v = 1 for two or three of three: the relaxation is 1.5; pairs alone break any division."""
    pool = candidates("ABC", lambda m, o: np.ones(len(m)), max_size=3)
    found = stability(form(pool))
    assert found.cost == pytest.approx(0.5)
    assert found.breaks_at_with_transfers == 2
    assert found.costs == pytest.approx({2: 0.5, 3: 0.5})
    assert not found.of()["unblocked with transfers"]
    assert found.of()["unblocked with transfers"].change.words.startswith("add 0.5 from outside")


# --- words
def test_a_stable_plan_is_stable():
    plan = stable_plan(shared_pool(12, 4), bandwidth=2)
    found = stability(plan)
    own = found.of()
    assert own["individually rational"]
    assert own["unblocked"]
    assert own["unblocked"].margin > 0
    assert own["unblocked"].change is None
    assert found.breaks_at is None
    frame = found.to_frame()
    assert len(frame) == len(plan.groups) + 1
    assert list(frame.columns) == ["group", "objective", "worth", *NOTIONS, "change"]
    assert frame["group"].iloc[-1] is None
    assert repr(found).splitlines()[0].startswith(f"plan of {len(plan.groups)}: individually rational")
    assert "It holds against any group without transfers." in found.explain()
    assert "unblocked" in found._repr_html_()


def test_a_plan_of_no_groups():
    plan = form(candidates("ABC", lambda m, o: np.full(m.shape, -1.0), max_size=3))
    found = stability(plan)
    assert all(found.of().values())
    assert found.cost == 0
    assert len(found.to_frame()) == 1


@pytest.mark.parametrize("unit", [1e-7, 1e7])
def test_the_unit_changes_nothing(unit):
    base = shared_pool(10, 3, seed=2)
    scaled = candidates(base.players, lambda m, o: base.gains(m, o) * unit, max_size=3)
    first, second = stability(form(base, bandwidth=2)), stability(form(scaled, bandwidth=2))
    assert second.cost / unit == pytest.approx(first.cost, abs=1e-7)
    assert [v.holds for v in first.verdicts] == [v.holds for v in second.verdicts]


def test_out_of_time_the_payments_for_staying_are_left_unnamed():
    """A and D make most together, but A would rather be with B; what sharing needs is named at once."""
    gains = {(0, 1): (5, 5), (2, 3): (1, 1), (0, 3): (4, 6), (1, 2): (4, 4)}

    def payoff(members, objective):
        return np.array([gains.get(tuple(pair), (-1, -1)) for pair in members.tolist()], float)

    plan = form(candidates("ABCD", payoff, max_size=2))
    patient, hurried = stability(plan), stability(plan, time_limit=0.0)
    assert [v.holds for v in patient.verdicts] == [v.holds for v in hurried.verdicts]
    for before, after in zip(patient.verdicts, hurried.verdicts, strict=True):
        if before.change is not None:
            assert after.change.cost >= before.change.cost
            assert after.change.kind != "payment" or after.change.payments == before.change.payments
