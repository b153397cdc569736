"""coalitions/formation/standing.py: what exists is not counted twice."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import pools

from coalitions import CoalitionError, candidates, form
from coalitions.formation import beside


def flat(pool):
    return {
        (block.objective, tuple(pool.players[i] for i in members)): worth
        for block in pool.blocks
        for members, worth in zip(block.members, block.worths.tolist(), strict=True)
    }


@given(pools(max_players=5, max_size=3), st.data())
def test_worths_are_net_of_the_best_part_that_is_there(pool, data):
    known = flat(pool)
    some = st.sets(st.sampled_from(pool.players), min_size=2).map(lambda s: tuple(p for p in pool.players if p in s))
    standing = data.draw(st.lists(st.tuples(some, st.sampled_from(pool.objectives)), max_size=2))
    net = beside(pool, standing)
    for (objective, members), worth in flat(net).items():
        parts = [tuple(p for p in members if p in group) for group, aim in standing if aim == objective]
        had = max([known[objective, part] for part in parts if len(part) > 1], default=0.0)
        assert worth == pytest.approx(known[objective, members] - max(had, 0.0))
        positions = np.array([[pool.players.index(p) for p in members]])
        assert net.gains(positions, objective).sum() == pytest.approx(worth)


def strengths():
    strength = np.array([4.0, 3.0, 2.0, 1.0])
    return candidates("ABCD", lambda members, objective: strength[members] - 1, max_size=3, objectives=("sea", "air"))


def test_standing_groups_take_bandwidth_and_are_not_formed_again():
    pool = strengths()
    plan = form(pool, bandwidth=1, standing=[(("A", "B"), "sea")])
    assert [group.members for group in plan.groups] == [("C", "D")]
    wide = form(pool, bandwidth=2, standing=[(("A", "B"), "sea")], per_objective={"air": 0})
    assert wide.worth == pytest.approx(7.0)
    assert not any({"A", "B"} <= set(group.members) for group in wide.groups)


def test_plans_can_stand_on_plans():
    pool = strengths()
    first = form(pool, bandwidth=1)
    second = form(pool, bandwidth=2, standing=first.groups)
    both = form(pool, bandwidth=2)
    assert first.worth + second.worth <= both.worth + 1e-9


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"standing": [(("A", "X"), "sea")]}, "unknown player 'X'"),
        ({"standing": [(("A", "B"), "see")]}, "unknown objective 'see'; did you mean 'sea'?"),
        ({"standing": [(("A",), "sea")]}, "fewer than two members"),
        ({"standing": ["A"]}, "not a pair of members and objective"),
        ({"standing": [(("A", "B"), "sea")] * 2}, "standing groups of 'A' take 2 of a bandwidth of 1"),
        ({"effort": {"sea": 1}}, "no effort for 'air'"),
        ({"effort": {"sea": 0, "air": 1}}, "effort of 'A' for 'sea' is 0.0; it must be positive"),
        ({"effort": {"land": 1}}, "unknown objective 'land'"),
        ({"bandwidth": 1.5}, "whole number"),
        ({"bandwidth": float("nan")}, "whole number"),
        ({"per_objective": {"sea": (2, 1)}}, "pair of the least and the most"),
        ({"per_objective": {"sea": -1}}, "the least and the most"),
        ({"together": [("A", "B", "C")]}, "together states come in pairs"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(CoalitionError, match=re.escape(words)):
        form(strengths(), **options)


def test_thresholds_admit_groups():
    strength = np.array([4.0, 3.0, 2.0, 1.0])
    pool = candidates(
        "ABCD",
        lambda members, objective: strength[members] * 0 + 1,
        max_size=2,
        admissible=lambda members, objective: strength[members].sum(axis=1) >= 5,
    )
    assert {members for _, members in flat(pool)} == {("A", "B"), ("A", "C"), ("A", "D"), ("B", "C")}
    with pytest.raises(CoalitionError, match="it must give bools"):
        candidates("AB", lambda m, o: m * 1.0, max_size=2, admissible=lambda m, o: np.ones(3))
    with pytest.raises(CoalitionError, match="no candidate group is left"):
        candidates("AB", lambda m, o: m * 1.0, max_size=2, admissible=lambda m, o: np.zeros(len(m), bool))
