"""coalitions/core/sets.py, weber.py, bounds.py: the sets around the core, and its ends"""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known import cases, number
from scipy.optimize import linprog
from strategies import convex_games, exact_games

from coalitions import CoalitionError, Game, TooLargeError, core, shapley_value, tau_value
from coalitions.core.bounds import payoff_bounds
from coalitions.core.membership import point_or_refuse
from coalitions.core.restricted import strong_epsilon_core
from coalitions.core.sets import core_cover, dual_core, imputation_set, reasonable_set
from coalitions.core.weber import weber_set
from coalitions.errors import ChoiceError, EmptyCoreError

MAJORITY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
PACT = Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12])


@st.composite
def balanced_games(draw, *, max_players=5):
    """Exact games with a core: additive ones from which proper coalitions lose something."""
    n = draw(st.integers(2, max_players))
    x = draw(st.lists(st.integers(-5, 9), min_size=n, max_size=n))
    losses = draw(st.lists(st.integers(0, 6), min_size=2**n, max_size=2**n))
    table = [Fraction(sum(x[i] for i in range(n) if m >> i & 1) - losses[m]) for m in range(2**n)]
    table[0], table[-1] = Fraction(0), Fraction(sum(x))
    return Game("ABCDE"[:n], np.array(table, object))


def ends_by_programs(game):
    """The least and the most of every player over the core, all rows at once."""
    n = game.n
    worths = game.worths.astype(float)
    bits = (np.arange(1, 1 << n)[:, None] >> np.arange(n) & 1).astype(float)
    ends = []
    for sign in (1, -1):
        for i in range(n):
            c = np.zeros(n)
            c[i] = sign
            found = linprog(c, -bits, -worths[1:], np.ones((1, n)), [worths[-1]], bounds=[(None, None)] * n)
            ends.append(sign * found.fun)
    return np.array(ends[:n]), np.array(ends[n:])


# --- payoff bounds
@pytest.mark.parametrize(("game", "expected"), [*cases("core", "core_vertices"), *cases("stab", "core_vertices")])
def test_the_ends_are_those_of_the_known_vertices(game, expected):
    if not expected["core_vertices"]:
        with pytest.raises(EmptyCoreError):
            payoff_bounds(game)
        return
    vertices = [[number(x) for x in vertex] for vertex in expected["core_vertices"]]
    found = payoff_bounds(game)
    assert found.lower.tolist() == [min(column) for column in zip(*vertices, strict=True)]
    assert found.upper.tolist() == [max(column) for column in zip(*vertices, strict=True)]


@given(balanced_games())
@settings(max_examples=25)
def test_the_ends_agree_with_one_program_each_and_are_attained(game):
    lower, upper = ends_by_programs(game)
    exact = payoff_bounds(game)
    rounded = payoff_bounds(Game(game.players, game.worths.astype(float)))
    for found in (exact, rounded):
        assert found.lower.astype(float) == pytest.approx(lower, abs=1e-7)
        assert found.upper.astype(float) == pytest.approx(upper, abs=1e-7)
    assert exact.tolerance == 0
    for player in game.players:
        for end, bounds in (("lower", exact.lower), ("upper", exact.upper)):
            point = exact.point(player, end)
            assert point[player] == bounds[game.players.index(player)]
            assert core(game).contains(point)
            assert core(game).contains(rounded.point(player, end).payoffs)


def test_ends_of_other_cores():
    wide = payoff_bounds(strong_epsilon_core(MAJORITY, 0.5))
    assert wide.upper == pytest.approx([0.5, 0.5, 0.5])
    assert wide.lower == pytest.approx([0, 0, 0])
    free = payoff_bounds(core(PACT, coalitions=["A", ("B", "C")], certify=True))
    assert free.lower.tolist() == [0, -math.inf, -math.inf]
    assert free.upper.tolist() == [6, math.inf, math.inf]
    with pytest.raises(ChoiceError, match="the payoff of 'B' has no lower end"):
        free.point("B", "lower")
    one = payoff_bounds(PACT, players=["C"])
    assert (one.players, one.lower.tolist(), one.upper.tolist()) == (("C",), [0], [10])
    assert one.to_frame().loc["C", "upper"] == 10
    pair = core(Game("ABC", [0, 0, 0, 1, 0, 0, 0, 0]), structure=[("A", "B"), "C"])
    assert payoff_bounds(pair).upper == pytest.approx([1, 1, 0])


def test_bounds_refuse():
    with pytest.raises(EmptyCoreError, match="empty: these coalitions"):
        payoff_bounds(MAJORITY)
    with pytest.raises(CoalitionError, match="unknown player 'D'"):
        payoff_bounds(PACT, players=["D"])
    with pytest.raises(CoalitionError, match="unknown player 'D'"):
        payoff_bounds(PACT).point("D", "lower")
    with pytest.raises(ChoiceError, match="end is 'top'"):
        payoff_bounds(PACT).point("A", "top")


# --- boxes
@given(exact_games(min_players=2, max_players=4))
@settings(max_examples=30)
def test_the_core_is_in_the_core_cover_is_in_the_reasonable_set(game):
    found = core(game)
    if not found.is_empty:
        for box in (imputation_set(game), core_cover(game), reasonable_set(game)):
            assert box.contains(found.point)
            assert not box.is_empty
    cover, reasonable = core_cover(game), reasonable_set(game)
    for corner in cover.vertices():
        assert cover.contains(corner)
        assert reasonable.contains(corner)
    assert reasonable.contains(shapley_value(game))


@given(exact_games(min_players=2, max_players=4))
@settings(max_examples=30)
def test_bounds_are_those_of_the_definition(game):
    coalitions = {frozenset(s): worth for s, worth in game.to_dict().items()} | {frozenset(): 0}
    for i, player in enumerate(game.players):
        gains = [worth - coalitions[s - {player}] for s, worth in coalitions.items() if player in s]
        assert (reasonable_set(game).lower[i], reasonable_set(game).upper[i]) == (min(gains), max(gains))
        everybody = frozenset(game.players)
        utopia = {p: coalitions[everybody] - coalitions[everybody - {p}] for p in game.players}
        rights = [w - sum(utopia[p] for p in s - {player}) for s, w in coalitions.items() if player in s]
        assert (core_cover(game).lower[i], core_cover(game).upper[i]) == (max(rights), utopia[player])


@pytest.mark.parametrize("chunk", [2, 8])
def test_contributions_do_not_depend_on_the_size_of_a_block(chunk, monkeypatch):
    worths = np.random.default_rng(1).normal(size=1 << 7)
    worths[0] = 0
    game = Game(range(7), worths)
    whole = reasonable_set(game)
    monkeypatch.setattr(sys.modules["coalitions.core.sets"], "_BLOCK", chunk)
    parts = reasonable_set(game)
    assert (parts.lower.tolist(), parts.upper.tolist()) == (whole.lower.tolist(), whole.upper.tolist())


@pytest.mark.parametrize(("game", "expected"), [*cases("core", "utopia", "tau"), *cases("nuc", "utopia", "tau")])
def test_the_tau_value_is_in_the_core_cover_where_there_is_one(game, expected):
    if expected.get("tau") is None:
        assert core_cover(game).is_empty
    else:
        assert core_cover(game).contains(tau_value(game))


@pytest.mark.parametrize(
    ("game", "expected"), [*cases("core", "imputation_set_empty"), *cases("nuc", "imputation_set_empty")]
)
def test_empty_imputation_sets(game, expected):
    assert imputation_set(game).is_empty == expected["imputation_set_empty"]


@given(exact_games(min_players=2, max_players=5))
@settings(max_examples=30)
def test_corners_of_the_imputation_set(game):
    box = imputation_set(game)
    alone = {player: game[player] for player in game.players}
    rest = game.worths[-1] - sum(alone.values())
    assert box.is_empty == (rest < 0)
    expected = {tuple(alone[p] + (rest if p == q else 0) for p in game.players) for q in game.players}
    assert {tuple(corner) for corner in box.vertices()} == (set() if rest < 0 else expected)
    rounded = imputation_set(Game(game.players, game.worths.astype(float)))
    assert len(rounded.vertices()) == len(box.vertices())


def test_boxes_in_words():
    box = imputation_set(Game("ABC", [0, 1, 0, 2, 0, 4, 6, 12]))
    assert repr(box.contains([0, 6, 6])) == "not in the imputation set: 'A' gets 0, which is 1 below 1"
    assert repr(box.contains([1, 6, 6])) == "not in the imputation set: the payoffs sum to 1 more than v(N)"
    assert repr(core_cover(PACT).contains([7, 2, 3])) == "not in the core cover: 'A' gets 7, which is 1 above 6"
    assert box.contains([1, 5, 6])
    assert repr(imputation_set(Game("AB", [0, 2, 2, 3]))).startswith(
        "imputation set of 2 players, empty: the lower bounds sum to 4, v(N) is 3"
    )
    assert "would get at least 8 and at most 1" in repr(core_cover(Game("ABC", [0, 8, 0, 2, 0, 2, 9, 10])))
    assert box.to_frame()["upper"].tolist() == [12, 11, 11]
    with pytest.raises(CoalitionError, match="no payoff for 'C'"):
        box.contains({"A": 1, "B": 1})
    with pytest.raises(TooLargeError, match="of 16 players has too many corners"):
        reasonable_set(Game(range(16), [min(m.bit_count(), 8) for m in range(1 << 16)])).vertices()


# --- Weber set
@given(exact_games(min_players=2, max_players=4))
@settings(max_examples=25)
def test_the_core_is_in_the_weber_set(game):
    weber = weber_set(game)
    found = core(game)
    points = [shapley_value(game)] if found.is_empty else [shapley_value(game), found.point]
    for point in points:
        verdict = weber.contains(point)
        assert verdict
        average = [Fraction(0)] * game.n
        for order, weight in zip(verdict.orders, verdict.weights, strict=True):
            assert weight > 0
            there = ()
            for player in order:
                more = tuple(p for p in game.players if p in (*there, player))
                average[game.players.index(player)] += weight * (game[more] - game[there])
                there = more
        assert average == list(point)
        assert sum(verdict.weights) == 1
        assert weber_set(Game(game.players, game.worths.astype(float))).contains(point.payoffs.astype(float))


@given(exact_games(min_players=2, max_players=4), st.lists(st.fractions(-9, 9, max_denominator=3), min_size=4))
@settings(max_examples=25)
def test_prices_rule_a_payoff_out(game, payoffs):
    x = np.array(payoffs[: game.n], object)
    x[-1] += game.worths[-1] - sum(x)
    weber = weber_set(game)
    vectors = weber.marginal_vectors()
    verdict = weber.contains(x)
    bits = np.array([[float(share) for share in vector] for vector in vectors]).T
    inside = linprog(
        np.zeros(len(vectors)),
        A_eq=np.vstack((bits, np.ones(len(vectors)))),
        b_eq=[*x.astype(float), 1],
    )
    assert verdict.holds == (inside.status == 0)
    assert weber_set(Game(game.players, game.worths.astype(float))).contains(x.astype(float)).holds == verdict.holds
    if not verdict:
        value = lambda point: sum(verdict.prices[p] * share for p, share in zip(game.players, point, strict=True))  # noqa: E731
        assert max(map(abs, verdict.prices.values())) <= 1
        assert all(value(vector) <= value(x) - verdict.distance for vector in vectors)
        assert verdict.distance > 0


@given(convex_games(max_players=4))
@settings(max_examples=30)
def test_every_marginal_vector_of_a_convex_game_is_in_the_core(game):
    found = core(game)
    vectors = weber_set(game).marginal_vectors()
    assert all(found.contains(vector) for vector in vectors)
    assert len(vectors) <= math.factorial(game.n)
    expected = set()
    for order in permutations(range(game.n)):
        x, there = [0.0] * game.n, 0
        for i in order:
            x[i] = game.worths[there | 1 << i] - game.worths[there]
            there |= 1 << i
        expected.add(tuple(x))
    assert {tuple(vector) for vector in vectors} == expected


def test_weber_set_in_words_and_numbers():
    pair = weber_set(Game("AB", [0, 1, 2, 5]))
    assert not pair.is_empty
    assert repr(pair.contains([0, 5])) == "not in the Weber set: 2 away from it"
    assert repr(pair.contains([2, 3])).startswith("in the Weber set: the average over these orders")
    assert not pair.contains([2, 4])
    rng = np.random.default_rng(0)
    worths = rng.normal(size=1 << 11)
    worths[0] = 0
    game = Game(range(11), worths)
    assert weber_set(game).contains(shapley_value(game))
    with pytest.raises(TooLargeError, match="11 players arrive in 11! orders"):
        weber_set(game).marginal_vectors()
    with pytest.raises(TooLargeError, match="19 players"):
        weber_set(Game(range(19), np.zeros(1 << 19))).contains([0] * 19)


# --- dual core
@given(exact_games(min_players=2, max_players=4))
@settings(max_examples=25)
def test_the_dual_core_gives_nobody_more_than_it_is_worth(game):
    found = dual_core(game)
    assert found.is_empty == core(-game).is_empty
    if not found.is_empty:
        x = point_or_refuse(found)
        assert all(sum(x[i] for i in s) <= worth for s, worth in game.to_dict().items())
        assert core(-game).contains(-x.payoffs)
