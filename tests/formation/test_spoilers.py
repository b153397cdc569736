"""coalitions/formation/spoilers.py and shocks.py, against every plan of small pools."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import pools

from coalitions import CoalitionError, InfeasibleFormation, SolverError, WorthError, candidates, form
from coalitions.formation.shocks import after_shock, shock
from coalitions.formation.spoilers import spoiled


def plans_of(pool, bandwidth, groups):
    """Each plan as a list of (objective, members, worth); pairs meet once per objective."""
    listed = [
        (block.objective, tuple(members.tolist()), worth)
        for block in pool.blocks
        for members, worth in zip(block.members, block.worths.tolist(), strict=True)
    ]
    for k in range(groups + 1):
        for chosen in combinations(listed, k):
            load = [member for _, members, _ in chosen for member in members]
            meetings = [(o, pair) for o, members, _ in chosen for pair in combinations(members, 2)]
            if all(load.count(p) <= bandwidth for p in load) and len(meetings) == len(set(meetings)):
                yield chosen


def against(seed):
    """A share of its own for every group."""

    def share(members, objective):
        code = (1 << members.astype(np.int64)).sum(axis=1) + 64 * (objective == "air")
        return np.array([np.random.default_rng([seed, int(c)]).uniform() for c in code])

    return share


def left_by_hand(plan, actions, stake):
    """What the spoiler leaves: of its best actions it takes the most damaging."""
    worth = sum(value for *_, value in plan)
    replies = [(0.0, 0.0)]
    for share, cost in actions.values():
        damage = sum(float(share(np.array([m]), o)[0]) * max(value, 0.0) for o, m, value in plan)
        replies.append((stake * damage - cost, damage))
    best = max(profit for profit, _ in replies)
    return worth - max(damage for profit, damage in replies if profit >= best - 1e-9)


@settings(max_examples=50)
@given(
    pools(max_players=5),
    st.integers(1, 2),
    st.integers(1, 3),
    st.integers(1, 3),
    st.floats(0, 2),
    st.integers(0, 10**6),
)
def test_the_plan_of_which_most_is_left(pool, bandwidth, groups, count, stake, seed):
    costs = np.random.default_rng(seed).uniform(0, 1.5, count)
    actions = {f"z{k}": (against(seed + k), float(cost)) for k, cost in enumerate(costs)}
    found = spoiled(pool, actions, stake=stake, bandwidth=bandwidth, groups=groups)
    plans = list(plans_of(pool, bandwidth, groups))
    values = [left_by_hand(plan, actions, stake) for plan in plans]
    assert found.aware.left == pytest.approx(max(values), abs=1e-6)
    best = max(plans, key=lambda plan: sum(value for *_, value in plan))
    assert found.unaware.worth == pytest.approx(sum(value for *_, value in best), abs=1e-7)
    assert found.unaware.left == pytest.approx(left_by_hand(best, actions, stake), abs=1e-6)
    assert found.foresight >= -1e-9
    assert found.aware.profit >= -1e-9
    chosen = [
        (group.objective, tuple(pool.players.index(m) for m in group.members), group.worth)
        for group in found.aware.groups
    ]
    assert left_by_hand(chosen, actions, stake) == pytest.approx(found.aware.left, abs=1e-6)


@pytest.mark.parametrize("seed", range(24))
def test_five_states_and_two_actions(seed):
    """Larger than what hypothesis likes to draw: replies that differ between plans."""

    def payoff(members, objective):
        code = (1 << members.astype(np.int64)).sum(axis=1)
        return np.array([np.random.default_rng([seed, int(c)]).normal(0.5) for c in code])

    rng = np.random.default_rng(seed)
    pool = candidates("ABCDE", payoff, max_size=3)
    actions = {f"z{k}": (against(seed + k), float(rng.uniform(0, 1.5))) for k in range(2)}
    stake = rng.uniform(0, 2)
    found = spoiled(pool, actions, stake=stake, groups=2)
    assert found.aware.left == pytest.approx(max(left_by_hand(p, actions, stake) for p in plans_of(pool, 1, 2)))


def line_pool():
    strength = np.array([4.0, 3.0, 2.0, 1.0])
    return candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)


def on_a(members, objective):
    return np.where((members == 0).any(axis=1), 0.8, 0.0)


def test_an_indifferent_spoiler_does_the_greater_damage():
    """At a cost of 4.8 the attack on A-B-C just pays for itself; at a cent more it does not."""
    just = spoiled(line_pool(), {"pressure": (on_a, 4.8)}, groups=1)
    assert just.unaware.reply == "pressure"
    assert just.aware.left == pytest.approx(5.0)
    assert [group.name for group in just.aware.groups] == ["A-B-D"]
    more = spoiled(line_pool(), {"pressure": (on_a, 4.81)}, groups=1)
    assert more.aware.left == 6.0
    assert more.aware.reply is None


def test_damage_index_of_a_member():
    pool = candidates("ABC", lambda members, objective: np.full(members.shape, 1.0), max_size=3)
    found = spoiled(pool, {"walk out": (lambda members, objective: np.full(len(members), 0.5), 9)}, spoiler="C")
    assert found.own_gain == 1
    assert found.damage_index == pytest.approx(0.5 * 3 - 1)
    assert found.unaware is found.aware
    assert "no action pays" in repr(found)
    assert found.to_frame()["aware"].tolist() == [True]


def test_spoiler_refusals():
    pool = line_pool()
    with pytest.raises(CoalitionError, match="there are no actions"):
        spoiled(pool, {})
    with pytest.raises(CoalitionError, match="cost of 'p' is -1"):
        spoiled(pool, {"p": (on_a, -1)})
    with pytest.raises(CoalitionError, match="stake is -1"):
        spoiled(pool, {"p": (on_a, 1)}, stake=-1)
    with pytest.raises(CoalitionError, match="'E'"):
        spoiled(pool, {"p": (on_a, 1)}, spoiler="E")
    with pytest.raises(WorthError, match=r"damage of 'p' to \('A', 'B'\) is 1.6; it must be between 0 and 1"):
        spoiled(pool, {"p": (lambda members, objective: 2 * on_a(members, objective), 1)})
    with pytest.raises(WorthError, match="one share each"):
        spoiled(pool, {"p": (lambda members, objective: np.zeros(members.shape), 1)})
    with pytest.raises(SolverError, match="in time"):
        spoiled(pool, {"p": (on_a, 1)}, time_limit=-1.0)
    with pytest.raises(InfeasibleFormation, match="A is required"):
        spoiled(pool, {"p": (on_a, 1)}, required=["A"], incompatible=[("A", x) for x in "BCD"])


# --- shocks
def gains_pool():
    """Unequal gains, so that the columns of a part must land where they belong."""
    weight = np.array([1.0, 2.0, 4.0, 8.0, 16.0])

    def payoff(members, objective):
        others = weight[members].sum(axis=1, keepdims=True) - weight[members]
        return others * (2 if objective == "air" else 1) - members.shape[1]

    return candidates("ABCDE", payoff, max_size=4, objectives=("sea", "air"))


@given(st.dictionaries(st.sampled_from("ABCDE"), st.floats(0, 2), max_size=3))
def test_worths_after_a_shock_by_the_multilinear_extension(effort):
    pool = gains_pool()
    shaken = after_shock(pool, effort)
    for block, old in zip(shaken.blocks, pool.blocks, strict=True):
        gains = shaken.gains(block.members, block.objective)
        assert gains.sum(axis=1) == pytest.approx(block.worths)
        for row, members in enumerate(block.members.tolist()):
            moved = [i for i in members if "ABCDE"[i] in effort]
            total = 0.0
            for k in range(len(moved) + 1):
                for gone in combinations(moved, k):
                    stay = [i for i in members if i not in gone]
                    value = float(pool.payoff(np.array([stay]), block.objective).sum()) if len(stay) > 1 else 0.0
                    chance = [1 - effort["ABCDE"[i]] if i in gone else effort["ABCDE"[i]] for i in moved]
                    total += float(np.prod(chance)) * value
            assert block.worths[row] == pytest.approx(total, abs=1e-9)
            if not moved:
                assert block.worths[row] == old.worths[row]


def test_effort_that_moves_between_objectives():
    pool = gains_pool()
    found = shock(pool, {"E": {"sea": 0.0, "air": 1.5}}, bandwidth=1)
    assert found.before.worth == form(pool).worth
    frame = found.to_frame()
    assert set(frame["fate"]) <= {"kept", "ended", "formed"}
    assert found.unadapted <= found.after.worth + 1e-9
    assert found.adaptation == pytest.approx(found.after.worth - found.unadapted)
    assert sum(found.gains.values()) == pytest.approx(-found.loss)
    kept = frame[frame["fate"] != "ended"]["after"].sum()
    assert kept == pytest.approx(found.after.worth)
    assert frame[frame["fate"] != "formed"]["after"].sum() == pytest.approx(found.unadapted)


def test_no_shock_and_other_rules_afterwards():
    pool = gains_pool()
    same = shock(pool, {"A": 1.0})
    assert same.loss == 0
    assert not same.ended
    assert not same.formed
    narrow = shock(pool, {}, bandwidth=2, afterwards={"bandwidth": 1})
    assert narrow.loss > 0


def test_shock_refusals():
    pool = gains_pool()
    with pytest.raises(CoalitionError, match="'F'"):
        after_shock(pool, {"F": 0.5})
    with pytest.raises(CoalitionError, match="land"):
        after_shock(pool, {"A": {"land": 0.5}})
    with pytest.raises(CoalitionError, match="effort of 'A' for 'sea' is -1"):
        after_shock(pool, {"A": {"sea": -1}})
    with pytest.raises(CoalitionError, match="is nan"):
        after_shock(pool, {"A": np.nan})
