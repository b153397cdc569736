"""coalitions/core/balancedness.py"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from known import cases
from scipy.optimize import linprog
from strategies import LABELS, convex_games, exact_games, games

from coalitions import Game, TooLargeError, WorthError, core
from coalitions.coalition import subset_sums
from coalitions.core.balanced import worst_balanced_collection
from coalitions.core.balancedness import (
    has_large_core,
    is_exact,
    is_extendable,
    is_totally_balanced,
    rational_core,
    rational_worths,
)
from coalitions.core.vertices import rational_vertices
from coalitions.polyhedra import vertices

MAJORITY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
QUESTIONS = (is_totally_balanced, is_exact, has_large_core, is_extendable)


@st.composite
def balanced_games(draw, *, min_players=3, max_players=4):
    """Exact games with a core: v(N) is at least what the worst balanced collection is worth."""
    n = draw(st.integers(min_players, max_players))
    table = [0, *draw(st.lists(st.integers(0, 6), min_size=2**n - 1, max_size=2**n - 1))]
    for i in range(n):
        table[1 << i] = 0
    worst = worst_balanced_collection(Game(LABELS[:n], np.array(table, object))).worth
    table[-1] = worst + draw(st.integers(0, 6))
    return Game(LABELS[:n], np.array(table, object))


@st.composite
def exact_by_construction(draw, *, max_players=4):
    """Least of several additive games of one total: such games are exact."""
    n = draw(st.integers(2, max_players))
    count = draw(st.integers(1, 4))
    cuts = [sorted(draw(st.lists(st.integers(0, 12), min_size=n - 1, max_size=n - 1))) for _ in range(count)]
    sums = [subset_sums(np.array(np.diff([0, *cut, 12]).tolist(), object)) for cut in cuts]
    return Game(LABELS[:n], np.array([min(values) for values in zip(*sums, strict=True)], object))


def as_floats(game):
    return Game(game.players, np.array(game.worths, np.float64) * 0.1)


def least_in_core(game, mask):
    n = game.n
    rows = [[mask >> i & 1 for i in range(n)] for mask in range(1, (1 << n) - 1)]
    found = linprog(
        [mask >> i & 1 for i in range(n)],
        A_ub=-np.array(rows, float),
        b_ub=[-float(worth) for worth in game.worths[1:-1]],
        A_eq=[[1] * n],
        b_eq=[float(game.worths[-1])],
        bounds=[(None, None)] * n,
    )
    return found.fun


# --- published
@pytest.mark.parametrize(
    ("game", "expected"),
    [*cases("nuc", "totally_balanced"), *cases("core", "totally_balanced"), *cases("val", "totally_balanced")],
)
def test_known_answers(game, expected):
    if game is not None and game.n <= 12:
        assert bool(is_totally_balanced(game)) == expected["totally_balanced"]


def test_three_player_majority():
    found = is_totally_balanced(MAJORITY)
    assert not found
    assert found.witness == (("A", "B", "C"), ("A", "B"), ("A", "C"), ("B", "C"))
    assert found.margin == pytest.approx(-0.5)
    for question in (is_exact, has_large_core, is_extendable):
        assert not question(MAJORITY)
    assert is_exact(MAJORITY).witness == found.witness[1:]


def test_a_subgame_without_a_core_in_a_game_with_one():
    game = Game.from_dict(
        {
            ("A", "B"): 1,
            ("A", "C"): 1,
            ("B", "C"): 1,
            tuple("ABC"): 1,
            tuple("ABD"): 1,
            tuple("ACD"): 1,
            tuple("BCD"): 1,
            tuple("ABCD"): 9,
        },
        missing=0,
    )
    assert not core(game).is_empty
    found = is_totally_balanced(game)
    assert not found
    assert found.witness == (("A", "B", "C"), ("A", "B"), ("A", "C"), ("B", "C"))


# --- laws
@settings(max_examples=25)
@given(convex_games(max_players=4))
def test_convex_games_have_all_of_them(game):
    assert all(question(game) for question in QUESTIONS)


@settings(max_examples=25)
@given(exact_by_construction())
def test_least_of_additive_games_is_exact_and_exact_games_are_totally_balanced(game):
    assert is_exact(game)
    assert is_exact(game).margin == 0
    assert is_totally_balanced(game)
    assert is_exact(as_floats(game))
    assert is_totally_balanced(as_floats(game))


@settings(max_examples=40)
@given(balanced_games())
def test_a_large_core_is_extendable(game):
    if has_large_core(game):
        assert is_extendable(game)


@settings(max_examples=15, deadline=None)
@given(balanced_games())
def test_exact_and_float_worths_agree(game):
    for question in QUESTIONS:
        exact, rounded = question(game), question(as_floats(game))
        assert bool(exact) == bool(rounded)
        if exact.margin is not None and rounded.margin is not None:
            assert float(exact.margin) == pytest.approx(10 * rounded.margin, abs=1e-6)


# --- agreement with the definitions
@given(games(max_players=4, min_players=2))
def test_totally_balanced_means_that_every_subgame_has_a_core(game):
    found = is_totally_balanced(game)
    assume(abs(found.margin) > 1e-6 * max(1, np.abs(game.worths).max()))
    subsets = [[p for i, p in enumerate(game.players) if mask >> i & 1] for mask in range(1, 1 << game.n)]
    assert bool(found) == all(not core(game.subgame(subset)).is_empty for subset in subsets)


@given(exact_games(min_players=2, max_players=4))
def test_the_margin_of_total_balancedness_is_that_of_its_witness(game):
    found = is_totally_balanced(game)
    players, *collection = found.witness
    worst = worst_balanced_collection(game.subgame(players))
    assert game[players] - worst.worth == found.margin
    assert list(worst.coalitions) == collection


def test_subgames_of_seven_players_take_the_linear_program():
    rng = np.random.default_rng(1)
    table = np.concatenate(([0], rng.random(127)))
    table[-1] = 3
    seven = Game("ABCDEFG", table)
    found = is_totally_balanced(seven)
    assert not found
    pairs = Game.from_function("ABCDEFGH", lambda s: float(len(s) // 2))
    lacking = is_totally_balanced(pairs)
    assert lacking.margin == pytest.approx(-0.5)
    whole = Game.from_function("ABCDEFGH", lambda s: float(len(s) >= 7))
    found = is_totally_balanced(whole)
    assert found.witness[0] == tuple("ABCDEFGH")
    assert found.margin == pytest.approx(1 - 8 / 7)
    assert len(found.witness) == 9


@settings(max_examples=15)
@given(balanced_games())
def test_exact_means_that_the_core_holds_every_coalition_to_its_worth(game):
    found = is_exact(game)
    least = [least_in_core(game, mask) for mask in range(1, len(game.worths) - 1)]
    gaps = [x - float(v) for x, v in zip(least, game.worths[1:-1], strict=True)]
    assert float(found.margin) == pytest.approx(-max(gaps), abs=1e-7)
    if not found:
        (coalition,) = found.witness
        assert sum(found.payoff[p] for p in coalition) == game[coalition] - found.margin
        assert core(game).contains(found.payoff)


@settings(max_examples=30)
@given(balanced_games())
def test_payoffs_that_cannot_be_cut_prove_that_a_core_is_not_large(game):
    found = has_large_core(game)
    if found.payoff is not None:
        excesses = game.worths - subset_sums(found.payoff.payoffs)
        assert max(excesses[1:-1]) <= 0
        held = set().union(*found.witness)
        assert held == set(game.players)
        assert found.margin == game.worths[-1] - found.payoff.total


@settings(max_examples=12)
@given(balanced_games())
def test_extendable_means_that_vertices_of_subgame_cores_are_parts_of_the_core(game):
    def extends(mask, point):
        inside = [i for i in range(game.n) if mask >> i & 1]
        rows = [[*(m >> i & 1 for i in range(game.n)), game.worths[m]] for m in range(1, len(game.worths) - 1)]
        fixed = [[*(int(i == j) for j in range(game.n)), x] for i, x in zip(inside, point, strict=True)]
        return bool(vertices(rows, [[*[1] * game.n, game.worths[-1]], *fixed]).points)

    expected = True
    for mask in range(1, len(game.worths) - 1):
        players = [p for i, p in enumerate(game.players) if mask >> i & 1]
        worths = [Fraction(worth) for worth in game.subgame(players).worths]
        expected &= all(extends(mask, point) for point in rational_vertices(worths))
    found = is_extendable(game)
    assert bool(found) == expected
    if not found:
        (players,) = found.witness
        assert core(game.subgame(players)).contains(found.payoff)
        mask = sum(1 << game.players.index(p) for p in players)
        assert not extends(mask, found.payoff.payoffs)


# --- reading floats
def test_floats_are_read_as_the_fractions_next_to_them():
    assert rational_worths(Game("AB", [0, 0.1, 0.2, 0.1 + 0.2]))[0] == [
        0,
        Fraction(1, 10),
        Fraction(1, 5),
        Fraction(3, 10),
    ]
    assert rational_worths(Game("AB", [0, 1 / 3, 1e9, 2e9]))[0][1:3] == [Fraction(1, 3), 10**9]
    uneven, tolerance = rational_worths(Game("AB", [0, np.pi, np.e, 10]))
    assert tolerance == pytest.approx(1e-8)
    assert abs(float(uneven[1]) - np.pi) < 1e-10
    assert rational_worths(Game("AB", [0, 1e-9, 1e-9, 3e-9]))[0][1] == Fraction(1, 10**9)


def test_rounding_does_not_cost_a_game_its_core():
    table = np.array([0, 2**0.5, 3**0.5, 0, 5**0.5, 0, 0, 2**0.5 + 3**0.5 + 5**0.5])
    for total in (table[-1] - 1e-11, table[-1], table[-1] + 1e-11):
        table[-1] = total
        game = Game("ABC", table)
        assert not core(game).is_empty
        assert rational_core(game)[1]
    table[-1] -= 1
    assert not rational_core(Game("ABC", table))[1]


@pytest.mark.parametrize("order", list(permutations(range(3)))[1:3])
def test_answers_do_not_depend_on_the_order_of_players(order):
    table = [0, 0, 0, 2, 0, 1, 0, 3]
    image = [table[sum(1 << order[i] for i in range(3) if mask >> i & 1)] for mask in range(8)]
    for question in QUESTIONS:
        assert bool(question(Game("ABC", table))) == bool(question(Game("ABC", image)))


# --- edges and refusals
def test_one_and_two_players():
    for question in QUESTIONS:
        assert question(Game("A", [0, 3]))
        assert question(Game("AB", [0, 1, 2, 4]))
        assert not question(Game("AB", [0, 1, 2, 2]))


def test_too_many_players_and_symbols():
    with pytest.raises(TooLargeError, match="13 players: 12 players are the most"):
        is_totally_balanced(Game(range(13), np.zeros(1 << 13)))
    with pytest.raises(TooLargeError, match=r"12 players are the most\. convex games are exact"):
        is_exact(Game(range(13), np.zeros(1 << 13)))
    seven = Game.from_function("ABCDEFGH", lambda s: float(len(s) in (2, 8)))
    with pytest.raises(TooLargeError, match="6 players are the most"):
        has_large_core(seven)
    with pytest.raises(TooLargeError, match="7 players are the most"):
        is_extendable(seven)
    assert has_large_core(Game.from_function("ABCDEFGH", lambda s: float(len(s) ** 2)))
    for question in QUESTIONS:
        with pytest.raises(WorthError):
            question(Game("AB", np.array([0, 0, 0, sympy.Symbol("t")], object)))
