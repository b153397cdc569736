"""coalitions/core/sensitivity.py"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nucleolus_by_definition import prenucleolus_by_definition
from strategies import LABELS, convex_games, exact_games, fractions

from coalitions import CoalitionError, Game, TooLargeError, WorthError, core, least_core, shapley_value
from coalitions.core.balanced import minimal_balanced_collections
from coalitions.core.sensitivity import (
    coefficient_sensitivity,
    core_sensitivity,
    payoff_sensitivity,
    prenucleolus_sensitivity,
)
from coalitions.errors import EmptyCoreError
from coalitions.parametric import ParametricGame


def exactly(game):
    return Game(game.players, np.array([Fraction(worth) for worth in game.worths.tolist()], object))


def changed(game, coalition, step):
    worths = game.worths.copy()
    worths[sum(1 << game.players.index(player) for player in coalition)] += step
    return Game(game.players, worths)


# --- published: the closed forms of two and three players
def test_two_players_share_what_is_left_over():
    found = prenucleolus_sensitivity(Game("AB", np.array([0, 1, 2, 7], object)))
    assert list(found.payoffs) == [3, 4]
    assert found.coalitions == (("A", "B"), ("A",), ("B",))
    assert found.gradient.tolist() == [
        [Fraction(1, 2)] * 2 + [-Fraction(1, 2)],
        [Fraction(1, 2), -Fraction(1, 2), Fraction(1, 2)],
    ]
    assert list(found.least_core_gradient) == [-Fraction(1, 2), Fraction(1, 2), Fraction(1, 2)]
    assert found.ranges == ((-math.inf, math.inf),) * 3
    assert found.is_smooth
    assert found.condition == 0.5


def test_three_players_with_a_core():
    found = core_sensitivity(Game("ABC", np.array([0, 0, 0, 4, 0, 4, 4, 7], object)))
    assert found.fall == 1
    assert found.fall_collection.coalitions == (("A", "B"), ("A", "C"), ("B", "C"))
    assert found["A", "B"] == 2 * 7 - 3 * 4
    assert [found["A"], found["C", "B"]] == [3, 2]


# --- laws
@given(convex_games(max_players=4), st.data())
@settings(max_examples=25)
def test_a_worth_may_rise_just_so_far(game, data):
    game = exactly(game)
    found = core_sensitivity(game)
    at = data.draw(st.sampled_from(range(len(found.coalitions))))
    coalition, rise = found.coalitions[at], found.rises[at]
    assert not core(changed(game, coalition, rise)).is_empty
    assert core(changed(game, coalition, rise + Fraction(1, 10**6))).is_empty
    everyone = game.players
    assert not core(changed(game, everyone, -found.fall)).is_empty
    assert core(changed(game, everyone, -found.fall - Fraction(1, 10**6))).is_empty
    for collection, extra, who in (
        (found.collections[at], rise, coalition),
        (found.fall_collection, found.fall, None),
    ):
        for player in game.players:
            weights = [w for s, w in zip(collection.coalitions, collection.weights, strict=True) if player in s]
            assert sum(weights) == 1
        assert min(collection.weights) > 0
        own = dict(zip(collection.coalitions, collection.weights, strict=True)).get(who, 1)
        assert collection.worth + own * extra == game.worths[-1]


@given(convex_games(max_players=4))
@settings(max_examples=25)
def test_rises_are_those_of_all_minimal_balanced_collections(game):
    game = exactly(game)
    found = core_sensitivity(game)
    rooms = dict.fromkeys(found.coalitions, math.inf)
    fall = math.inf
    for collection in minimal_balanced_collections(game.players):
        room = game.worths[-1] - sum(weight * game[s] for s, weight in collection.items())
        if game.players not in collection:
            fall = min(fall, room)
        for s, weight in collection.items():
            if s != game.players:
                rooms[s] = min(rooms[s], room / weight)
    assert found.fall == fall
    assert dict(zip(found.coalitions, found.rises, strict=True)) == rooms
    floats = core_sensitivity(Game(game.players, game.worths.astype(float)))
    assert np.allclose(floats.rises, found.rises.astype(float), atol=1e-7)
    assert floats.fall == pytest.approx(float(fall), abs=1e-7)


@given(convex_games(max_players=4), st.data())
@settings(max_examples=25)
def test_a_payoff_leaves_the_core_when_its_room_is_used_up(game, data):
    game = exactly(game)
    x = shapley_value(game)
    found = payoff_sensitivity(game, x, limit=None)
    assert found.holds
    assert list(found.rooms) == sorted(found.rooms)
    at = data.draw(st.sampled_from(range(len(found.coalitions))))
    moved = changed(game, found.coalitions[at], found.rooms[at])
    assert core(moved).contains(x)
    assert not core(changed(moved, found.coalitions[at], Fraction(1, 10**9))).contains(x)
    assert payoff_sensitivity(game, x, limit=2).coalitions == found.coalitions[:2]


@given(exact_games(min_players=2, max_players=4), st.data())
@settings(max_examples=30)
def test_derivatives_are_differences_within_the_range(game, data):
    found = prenucleolus_sensitivity(game)
    assert list(found.payoffs) == prenucleolus_by_definition(game.worths)[0]
    coalition = data.draw(st.sampled_from([s for s in game.to_dict() if s]))
    low, high = found.range_of(coalition)
    assert low <= 0 <= high
    columns = dict(zip(found.coalitions, found.gradient.T, strict=True))
    slopes = columns.get(coalition, np.zeros(game.n, object))
    level = dict(zip(found.coalitions, found.least_core_gradient, strict=True)).get(coalition, 0)
    levels = prenucleolus_by_definition(game.worths)[1]
    for step in (
        max(low, Fraction(-3)),
        max(low, Fraction(-3)) / 2,
        min(high, Fraction(3)) / 3,
        min(high, Fraction(3)),
    ):
        payoffs, there = prenucleolus_by_definition(changed(game, coalition, step).worths)
        assert payoffs == list(found.payoffs + step * slopes)
        assert there[0] == levels[0] + step * level
    if coalition not in found.coalitions:
        assert found.range_of(coalition)[0] == -math.inf
        assert found.room <= found.range_of(coalition)[1]
    if found.nearest:
        assert found.range_of(found.nearest)[1] == found.room


@given(exact_games(min_players=2, max_players=4), st.data())
@settings(max_examples=30)
def test_one_sided_derivatives_are_small_differences(game, data):
    rough = Game(game.players, np.array([Fraction(round(worth)) for worth in game.worths], object))
    found = prenucleolus_sensitivity(rough)
    coalition = data.draw(st.sampled_from([s for s in rough.to_dict() if s]))
    small = Fraction(1, 10**6)  # integers of one digit: tipping points are further away than this
    left, right = found.derivatives(coalition)
    start = prenucleolus_by_definition(rough.worths)[0]
    for side, sign in ((left, -1), (right, 1)):
        there = prenucleolus_by_definition(changed(rough, coalition, sign * small).worths)[0]
        assert [(b - a) / (sign * small) for a, b in zip(start, there, strict=True)] == list(side.values())
    if found.is_smooth:
        assert left == right


@st.composite
def parametric_games(draw):
    n = draw(st.integers(2, 4))
    small = st.lists(st.integers(-3, 5), min_size=2**n - 1, max_size=2**n - 1)
    tables = {name: np.array([0, *draw(small)], object) for name in ("gain", "cost")}
    return ParametricGame(LABELS[:n], tables, {"gain": draw(st.integers(-2, 2)), "cost": draw(fractions)})


@given(parametric_games())
@settings(max_examples=30)
def test_coefficients_act_from_both_sides(game):
    found = coefficient_sensitivity(game)
    small = Fraction(1, 10**7)
    worths = game.to_game().worths
    start, (level, *_) = prenucleolus_by_definition(worths)
    for k, (name, term) in enumerate(game.terms.items()):
        assert found.least_core_left[k] <= found.least_core_right[k]  # convex
        for sign, slopes, levels in (
            (-1, found.left, found.least_core_left),
            (1, found.right, found.least_core_right),
        ):
            there, (other, *_) = prenucleolus_by_definition(worths + sign * small * term.worths)
            assert [(b - a) / (sign * small) for a, b in zip(start, there, strict=True)] == list(slopes[:, k])
            assert (other - level) / (sign * small) == levels[k]
        same = (found.left[:, k] == found.right[:, k]).all() and found.least_core_left[k] == found.least_core_right[k]
        assert (name in found.kinks) == (not same)
    if not found.kinks:
        theta = np.array([Fraction(value) for value in game.coefficients.values()], object)
        assert list(found.right @ theta) == start  # of degree one in the coefficients
        assert found.right.dtype == object


# --- agreement
@given(parametric_games(), st.integers(1, 9))
@settings(max_examples=25)
def test_floats_agree_with_exact_worths(game, unit):
    exact = coefficient_sensitivity(game)
    assume(not exact.kinks)  # at a kink of the exact game a rounded one lies to one side
    rounded = ParametricGame(
        game.players,
        {name: term.worths.astype(float) / unit for name, term in game.terms.items()},
        {name: float(value) for name, value in game.coefficients.items()},
    )
    floats = coefficient_sensitivity(rounded)
    assert np.allclose(floats.left * unit, exact.left.astype(float), atol=1e-7)
    assert np.allclose(floats.right * unit, exact.right.astype(float), atol=1e-7)
    assert floats.kinks == ()
    one, other = prenucleolus_sensitivity(game.to_game()), prenucleolus_sensitivity(rounded.to_game())
    assert np.allclose(other.payoffs * unit, one.payoffs.astype(float), atol=1e-7)
    if one.is_smooth:
        assert other.is_smooth


@pytest.mark.parametrize("n", [6, 11])
def test_more_players(n):
    rng = np.random.default_rng(n)
    size = np.array([mask.bit_count() for mask in range(1 << n)])
    game = Game(range(n), (size**1.7 + rng.random(1 << n)) * (size > 0))
    found = prenucleolus_sensitivity(game)
    assert found.is_smooth
    assert found.condition <= 1.5
    for coalition, column in zip(found.coalitions[:4], found.gradient.T, strict=False):
        low, high = found.range_of(coalition)
        step = min(high, 0.1) / 2
        moved = prenucleolus_sensitivity(changed(game, coalition, step))
        assert np.allclose(moved.payoffs, found.payoffs + step * column, atol=1e-9)
        assert moved.stages == found.stages
        assert low < 0
        beyond = prenucleolus_sensitivity(changed(game, coalition, min(high, 50.0) * 1.01))
        assert high == math.inf or beyond.stages != found.stages
    few = core_sensitivity(game, coalitions=[(0,), (0, 1), tuple(range(1, n))])
    assert few.coalitions == ((0,), (0, 1), tuple(range(1, n)))
    for coalition, rise in zip(few.coalitions, few.rises, strict=True):
        assert least_core(changed(game, coalition, rise)).epsilon <= 1e-7 * game.worths[-1]
        assert core(changed(game, coalition, rise * 1.001 + 1e-4)).is_empty


def test_ties():
    size = np.array([mask.bit_count() for mask in range(16)])
    majority = Game("ABCD", np.array([int(s > 2) for s in size], object))
    found = prenucleolus_sensitivity(majority)
    assert list(found.payoffs) == [Fraction(1, 4)] * 4
    assert not found.is_smooth or found.room > 0
    left, right = found.derivatives(["A", "B", "C"])
    assert left["A"] == left["B"] == left["C"]
    assert right["A"] == right["B"] == right["C"]
    floats = prenucleolus_sensitivity(Game("ABCD", majority.worths.astype(float)))
    again = floats.derivatives(["A", "B", "C"])
    assert [list(map(float, side.values())) for side in (left, right)] == [
        pytest.approx(list(side.values())) for side in again
    ]


def test_one_player():
    one = Game("A", np.array([0, 3], object))
    assert core_sensitivity(one).fall == math.inf
    assert payoff_sensitivity(one, [3]).holds
    found = prenucleolus_sensitivity(one)
    assert found.gradient.tolist() == [[1]]
    assert found.room == math.inf
    game = ParametricGame("A", {"gain": one}, {"gain": 2})
    assert coefficient_sensitivity(game).right.tolist() == [[3]]


def test_tables():
    game = Game("ABC", np.array([0, 0, 0, 4, 0, 4, 4, 7], object))
    rises = core_sensitivity(game)
    assert list(rises.to_frame().columns) == ["coalition", "rise", "then blocked by"]
    assert rises.to_frame()["then blocked by"][0] == "A B + A C + B C, 1/2 each"
    assert payoff_sensitivity(game, [2, 2, 3]).to_frame().shape == (6, 2)
    assert "is not" in repr(payoff_sensitivity(game, [7, 0, 0]))
    frame = prenucleolus_sensitivity(game).to_frame()
    assert list(frame.columns) == ["coalition", "stage", "fall", "rise", "d A", "d B", "d C"]
    assert frame["stage"].tolist() == [0, 1, 1, 1]
    gain = ParametricGame("ABC", {"gain": game}, {"gain": 1})
    assert coefficient_sensitivity(gain).to_frame().loc[0, "side"] == "both"


# --- refusals
def test_what_is_refused():
    game = Game("ABC", [0, 0, 0, 4, 0, 4, 4, 7])
    empty = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    with pytest.raises(EmptyCoreError, match=r"are worth 1.5, v\(N\) is 1"):
        core_sensitivity(empty)
    with pytest.raises(CoalitionError, match="everybody is among the coalitions"):
        core_sensitivity(game, coalitions=[("A", "B", "C")])
    with pytest.raises(CoalitionError, match="nobody is among the coalitions"):
        core_sensitivity(game, coalitions=[()])
    with pytest.raises(CoalitionError, match="unknown player 'D'"):
        core_sensitivity(game, coalitions=[("A", "D")])
    with pytest.raises(CoalitionError, match="not among the 1 coalitions"):
        core_sensitivity(game, coalitions=[("A", "B")])["A"]
    with pytest.raises(TooLargeError, match="2046 coalitions, a linear program each"):
        core_sensitivity(Game.additive(range(11), [1.0] * 11))
    with pytest.raises(CoalitionError, match=r"sum to 1 more than v\(N\) = 7"):
        payoff_sensitivity(game, [3, 3, 2])
    with pytest.raises(CoalitionError, match="limit is -1; it must not be negative"):
        payoff_sensitivity(game, [3, 2, 2], limit=-1)
    with pytest.raises(CoalitionError, match="2 payoffs for 3 players"):
        payoff_sensitivity(game, [3, 4])
    with pytest.raises(CoalitionError, match="nobody is worth 0"):
        prenucleolus_sensitivity(game).range_of(())
    with pytest.raises(CoalitionError, match="unknown player 'D'"):
        prenucleolus_sensitivity(game).derivatives("D")
    import sympy

    symbolic = Game("AB", np.array([0, 0, 0, sympy.Symbol("v")], object))
    for ask in (core_sensitivity, prenucleolus_sensitivity):
        with pytest.raises(WorthError, match="a symbol"):
            ask(symbolic)
    with pytest.raises(WorthError, match="a symbol"):
        coefficient_sensitivity(ParametricGame("AB", {"gain": [0, 0, 0, 1]}, {"gain": sympy.Symbol("g")}))
