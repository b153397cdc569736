"""coalitions/core/restricted.py, and the options of core: structures, some objectors, epsilons"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from strategies import exact_games, games

from coalitions import CoalitionError, Game, WorthError, core, optimal_structure
from coalitions.core.blocking import blocking_coalitions
from coalitions.core.restricted import coalition_structure_core, strong_epsilon_core, weak_epsilon_core

MAJORITY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
integers = st.integers(0, 12).map(Fraction)


@st.composite
def partitions(draw, players):
    colours = [draw(st.integers(0, len(players) - 1)) for _ in players]
    return [tuple(p for p, c in zip(players, colours, strict=True) if c == colour) for colour in sorted(set(colours))]


@st.composite
def questions(draw):
    """A game, a structure or none, who may object, epsilon, and whether it is a member's."""
    game = draw(games(integers, min_players=2, max_players=4))
    structure = draw(st.none() | partitions(game.players))
    coalitions = list(game.to_dict())
    objectors = draw(st.none() | st.lists(st.sampled_from(coalitions), unique=True, max_size=8))
    epsilon = draw(st.sampled_from([0, 0, Fraction(-1, 2), 1, Fraction(7, 3)]))
    return game, structure, objectors, epsilon, draw(st.booleans())


def meets_all(game, structure, objectors, epsilon, per_member, x):
    blocks = structure or [game.players]
    divided = all(sum(x[i] for i in block) == game[block] for block in blocks)
    return divided and all(
        sum(x[i] for i in s) >= game[s] - epsilon * (len(s) if per_member else 1)
        for s in (game.to_dict() if objectors is None else objectors)
        if s not in blocks
    )


def empty_by_one_program(game, structure, objectors, epsilon, per_member):
    position = {player: i for i, player in enumerate(game.players)}
    row = lambda s: [float(i in s) for i in position]  # noqa: E731
    blocks = structure or [game.players]
    rows = [s for s in (game.to_dict() if objectors is None else objectors) if s not in blocks]
    found = linprog(
        np.zeros(game.n),
        A_ub=np.array([[-b for b in row(s)] for s in rows]) if rows else None,
        b_ub=[-float(game[s] - epsilon * (len(s) if per_member else 1)) for s in rows] if rows else None,
        A_eq=np.array([row(b) for b in blocks]),
        b_eq=[float(game[b]) for b in blocks],
        bounds=[(None, None)] * game.n,
    )
    return found.status == 2


def ask(question):
    game, structure, objectors, epsilon, per_member = question
    relaxed = weak_epsilon_core if per_member else strong_epsilon_core
    return relaxed(game, epsilon, structure=structure, coalitions=objectors)


# --- agreement, and a proof either way
@settings(max_examples=50)
@given(questions())
def test_every_variant_agrees_with_one_program(question):
    game, structure, objectors, epsilon, per_member = question
    found = ask(question)
    assert found.is_empty == empty_by_one_program(*question)
    rounded = ask((Game(game.players, game.worths.astype(float)), structure, objectors, float(epsilon), per_member))
    assert rounded.is_empty == found.is_empty
    if not found.is_empty:
        assert meets_all(*question, found.point)
        assert found.contains(found.point).tolerance == 0
        assert found.contains(found.point)
        assert rounded.contains(rounded.point)
        return
    blocks = structure or [game.players]
    covered = dict.fromkeys(game.players, 0)
    worth = 0
    for coalition, weight in zip(found.witness.coalitions, found.witness.weights, strict=True):
        assert weight > 0
        assert coalition in blocks or objectors is None or coalition in objectors
        allowance = 0 if coalition in blocks else epsilon * (len(coalition) if per_member else 1)
        worth += weight * (game[coalition] - allowance)
        for player in coalition:
            covered[player] += weight
    assert set(covered.values()) == {1}
    assert worth == found.witness.worth > sum(game[block] for block in blocks)


@settings(max_examples=50)
@given(questions(), st.lists(st.integers(0, 12).map(Fraction), min_size=4, max_size=4))
def test_membership_and_blocking_are_those_of_the_definition(question, payoffs):
    game, structure, objectors, epsilon, per_member = question
    x = dict(zip(game.players, payoffs, strict=False))
    found = ask(question)
    blocks = structure or [game.players]
    assert found.contains(x).holds == meets_all(*question, x)
    lacking = {
        s: game[s] - epsilon * (len(s) if per_member else 1) - sum(x[i] for i in s)
        for s in (game.to_dict() if objectors is None else objectors)
        if s not in blocks
    }
    blocking = found.blocking(x)
    assert dict(blocking) == {s: lack for s, lack in lacking.items() if lack > 0}
    assert blocking.out_of == len(lacking)
    rounded = ask((Game(game.players, game.worths.astype(float)), structure, objectors, float(epsilon), per_member))
    assert rounded.contains({i: float(p) for i, p in x.items()}).holds == meets_all(*question, x)
    assert dict(rounded.blocking(x)) == pytest.approx({s: float(lack) for s, lack in lacking.items() if lack > 0})


# --- laws
@given(exact_games(min_players=2, max_players=4), st.fractions(-3, 9, max_denominator=4))
@settings(max_examples=30)
def test_epsilon_cores_are_nested(game, epsilon):
    found = strong_epsilon_core(game, epsilon)
    if found.is_empty:
        assert strong_epsilon_core(game, epsilon - 1).is_empty
        return
    assert strong_epsilon_core(game, epsilon + 1).contains(found.point)
    if epsilon >= 0:  # a coalition that puts up with epsilon puts up with more when every member does
        assert weak_epsilon_core(game, epsilon).contains(found.point)


@given(games(integers, min_players=2, max_players=4))
@settings(max_examples=30)
def test_forbidding_is_listing_the_others(game):
    coalitions = list(game.to_dict())[:-1]
    barred, rest = coalitions[::2], coalitions[1::2]
    one, other = core(game, forbidden=barred), core(game, coalitions=rest)
    assert one.is_empty == other.is_empty
    if not one.is_empty:
        assert other.contains(one.point)
    else:
        assert core(game).is_empty


@given(games(integers, min_players=1, max_players=4))
@settings(max_examples=30)
def test_the_structure_core_needs_a_best_structure_and_no_integrality_gap(game):
    found = coalition_structure_core(game)
    best = optimal_structure(game)
    assert sum(game[block] for block in found.structure) == best.worth
    if found.is_empty:
        assert found.witness.worth > best.worth
    else:
        assert best.worth == sum(found.point)
        assert blocking_coalitions(game, found.point).count == 0
        assert sum(found.point) >= game[game.players]


@given(st.data())
@settings(max_examples=30)
def test_a_worse_structure_has_no_core(data):
    game = data.draw(games(integers, min_players=2, max_players=4))
    structure = data.draw(partitions(game.players))
    if sum(game[block] for block in structure) < optimal_structure(game).worth:
        assert core(game, structure=structure).is_empty
    else:
        assert core(game, structure=structure).is_empty == coalition_structure_core(game).is_empty


# --- by hand
def test_majority_with_fewer_objectors():
    assert core(MAJORITY, forbidden=[("A", "B")]).point["C"] == pytest.approx(1)
    assert core(MAJORITY, coalitions=[("A", "B"), ("A", "C")], certify=True).contains([1, 0, 0])
    assert core(MAJORITY, structure=[("A", "B"), ("C",)]).is_empty
    pair = core(Game("ABC", [0, 0, 0, 1, 0, 0, 0, 0]), structure=[("A", "B"), "C"])
    assert not pair.is_empty
    assert repr(pair).startswith("core of 3 players in 2 coalitions, not empty")
    assert core(Game("AB", [0, 1, 2, 9]), coalitions=[]).contains([-50, 59])


def test_the_grand_coalition_may_object_to_a_structure():
    game = Game("AB", [0, 1, 1, 3])
    apart = core(game, structure=["A", "B"])
    assert apart.is_empty
    assert apart.witness.coalitions == (("A", "B"),)
    verdict = apart.contains([1, 1])
    assert not verdict
    assert (verdict.coalition, verdict.excess) == (("A", "B"), 1)
    assert list(apart.blocking([1, 1])) == [(("A", "B"), 1)]


def test_a_block_that_does_not_divide_its_worth_is_named():
    found = core(Game("ABC", [0, 0, 0, 1, 0, 0, 0, 0]), structure=[("A", "B"), "C"]).contains([1, 1, -1])
    assert found.block == ("A", "B")
    assert repr(found) == "not in the core: the payoffs of ('A', 'B') sum to 1 more than its worth"


def test_epsilons_are_counted_beyond():
    found = strong_epsilon_core(MAJORITY, 0.25)
    assert found.is_empty
    assert "are asking for" in repr(found)
    verdict = found.contains([0.5, 0.25, 0.25])
    assert (verdict.coalition, verdict.excess) == (("B", "C"), 0.25)
    assert core(Game("A", [0, 2]), coalitions=[]).contains([2]).excess == -math.inf
    assert repr(core(Game("A", [0, 2])).contains([2])) == "in the core: nobody could object"


@pytest.mark.parametrize("epsilon", [math.nan, math.inf, "much"])
def test_an_epsilon_that_is_no_number(epsilon):
    with pytest.raises(WorthError, match="it must be a finite number"):
        strong_epsilon_core(MAJORITY, epsilon)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"structure": [("A", "B"), ("B", "C")]}, "in two blocks"),
        ({"structure": [("A", "B")]}, "in no block"),
        ({"forbidden": [("A", "X")]}, "unknown player 'X'"),
        ({"forbidden": [()]}, "the empty coalition is listed"),
        ({"coalitions": [("A",)], "forbidden": [("B",)]}, "not both"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(CoalitionError, match=words):
        core(MAJORITY, **options)


def test_no_game():
    with pytest.raises(CoalitionError, match="is no game"):
        coalition_structure_core([0, 1, 2])
