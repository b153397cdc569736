"""coalitions/core/vertices.py"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from known import cases, number
from strategies import convex_games, exact_games, games

from coalitions import Game, TooLargeError, WorthError, core
from coalitions.coalition import subset_sums
from coalitions.core.vertices import core_vertices
from coalitions.errors import EmptyCoreError
from coalitions.exact import rank, solve

SIZES = np.array([mask.bit_count() for mask in range(512)])


def brute_force(game):
    """Solve for every choice of n - 1 coalitions that would be tight."""
    n, full = game.n, (1 << game.n) - 1
    rows = [[mask >> i & 1 for i in range(n)] for mask in range(full + 1)]
    found = set()
    for chosen in combinations(range(1, full), n - 1):
        masks = [*chosen, full]
        if rank(rows[mask] for mask in masks) == n:
            x = np.array(solve([rows[mask] for mask in masks], [game.worths[mask] for mask in masks]), object)
            if (subset_sums(x) >= game.worths).all():
                found.add(tuple(x))
    return found


def with_a_core(game):
    """The same game with just enough, or a little more, for the grand coalition; v(N) decides only whether."""
    worths = game.worths.copy()
    worths[-1] = abs(worths).max() * game.n
    return Game(game.players, worths)


def marginal_vectors(game):
    found = set()
    for order in permutations(range(game.n)):
        x, mask = [0] * game.n, 0
        for i in order:
            x[i] = game.worths[mask | 1 << i] - game.worths[mask]
            mask |= 1 << i
        found.add(tuple(x))
    return found


# --- published
@pytest.mark.parametrize(
    ("game", "expected"),
    [
        *cases("core", "core_vertices", "core_vertex_count"),
        *cases("nuc", "core_vertices"),
        *cases("stab", "core_vertices"),
        *cases("val", "core_vertices"),
    ],
)
def test_known_answers(game, expected):
    try:
        found = {tuple(x) for x in core_vertices(game)}
    except EmptyCoreError:
        found = set()
    assert len(found) == expected.get("core_vertex_count", len(found))
    if "core_vertices" in expected:
        assert found == {tuple(map(number, x)) for x in expected["core_vertices"]}
        rounded = Game(game.players, game.worths.astype(float))
        if found:  # floats: each payoff is correct to its last digit when the worths are
            floats = core_vertices(rounded).payoffs
            assert len(floats) == len(found)
            assert floats == pytest.approx(core_vertices(game).payoffs.astype(float), rel=1e-12, abs=1e-9)


def test_a_core_of_full_dimension_and_one_of_a_single_point():
    found = core_vertices(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]))
    assert found.payoffs.tolist() == [[0, 2, 10], [0, 8, 4], [2, 0, 10], [4, 8, 0], [6, 0, 6], [6, 6, 0]]
    glove = core_vertices(Game("ABC", [0, 0, 0, 0, 0, 1, 1, 1]))
    assert glove.payoffs.tolist() == [[0, 0, 1]]
    assert glove.tight(0) == (("A",), ("B",), ("A", "B"), ("A", "C"), ("B", "C"), ("A", "B", "C"))
    assert core_vertices(Game("A", [0, 3])).payoffs.tolist() == [[3]]
    assert core_vertices(Game("AB", [0, 1, 2, 5])).payoffs.tolist() == [[1, 4], [3, 2]]


# --- laws
@settings(max_examples=25)
@given(exact_games(min_players=2, max_players=4), st.booleans())
def test_all_choices_of_tight_coalitions_give_the_same(game, roomy):
    game = with_a_core(game) if roomy else game
    expected = brute_force(game)
    if not expected:
        with pytest.raises(EmptyCoreError, match="cover every player once"):
            core_vertices(game)
    else:
        assert {tuple(x) for x in core_vertices(game)} == expected


@settings(max_examples=25)
@given(exact_games(min_players=2), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_vertices_are_in_the_core_and_determined_by_their_tight_coalitions(game, weights):
    game = with_a_core(game)
    found = core_vertices(game)
    whole = core(game)
    for k, x in enumerate(found):
        assert whole.contains(x)
        assert rank([player in coalition for player in game.players] for coalition in found.tight(k)) == game.n
    mixed = [Fraction(w, sum(weights[: len(found)])) for w in weights[: len(found)]]
    assert whole.contains(sum(w * x for w, x in zip(mixed, found, strict=False)))


@settings(max_examples=25)
@given(convex_games(min_players=3))
def test_the_vertices_of_a_convex_game_are_its_marginal_vectors(game):
    """By two routes: the shortcut, and double description of a game made convex no longer by one coalition."""
    exact = Game(game.players, np.array([Fraction(x) for x in game.worths], object))
    found = core_vertices(exact)
    assert found.method == "marginal vectors"
    assert {tuple(x) for x in found} == marginal_vectors(exact)
    assert {tuple(x) for x in core_vertices(game)} == {tuple(map(float, x)) for x in found}
    lowered = exact.worths.copy()
    lowered[-2] -= 1  # the core grows by what N less the first player no longer asks for
    wider = core_vertices(Game(game.players, lowered))
    kept = {tuple(x) for x in wider if (subset_sums(x) >= exact.worths).all()}
    assert kept <= marginal_vectors(exact)


@settings(max_examples=25)
@given(games(min_players=2, max_players=4), st.integers(-5, 5))
def test_vertices_move_with_payments_outside_the_game(game, paid):
    game = with_a_core(Game(game.players, np.array([Fraction(x) for x in game.worths], object)))
    pay = np.array([Fraction(paid + i) for i in range(game.n)], object)
    moved = core_vertices(Game(game.players, 3 * game.worths + subset_sums(pay)))
    assert {tuple(x) for x in moved} == {tuple(3 * x + pay) for x in core_vertices(game)}


@settings(max_examples=25)
@given(games(min_players=2, max_players=5))
def test_floats_are_the_exact_answer_rounded(game):
    game = with_a_core(game)
    exact = core_vertices(Game(game.players, np.array([Fraction(x) for x in game.worths], object)))
    expected = exact.payoffs.astype(float)
    gaps = abs(expected[:, None] - expected[None]).max(axis=2) + np.eye(len(expected)) * 1e9
    assume(gaps.min() > 1e-5 * max(1.0, abs(game.worths).max()))
    assert {tuple(x) for x in core_vertices(game)} == {tuple(x) for x in expected}


def test_rounding_of_the_worths_neither_empties_the_core_nor_multiplies_vertices():
    shares = np.array([0.1, 0.2, 0.3, 0.7, 0.6])
    worths = np.array([sum(shares[[i for i in range(5) if m >> i & 1]]) for m in range(32)])
    worths[[7, 11, 28]] += 2e-16  # some sums of these floats are off anyway
    found = core_vertices(Game("ABCDE", worths))
    assert len(found) == 1
    assert found.payoffs[0] == pytest.approx(shares, abs=1e-15)
    pairs = Game("ABCD", [sum(x for s, x in ((3, 0.1), (12, 0.7)) if m & s == s) for m in range(16)])
    split = pairs.worths.copy()
    split[-1] -= 1e-16
    split[5] -= 1  # not convex
    assert core_vertices(Game("ABCD", split)).payoffs == pytest.approx(
        np.array([[0, 0.1, 0, 0.7], [0, 0.1, 0.7, 0], [0.1, 0, 0, 0.7], [0.1, 0, 0.7, 0]]), abs=1e-15
    )


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_qhull_agrees_with_rationals_above_seven_players(unit):
    """Players 7 and 8 only matter as a pair: the core of eight is lower-dimensional too."""
    rng = np.random.default_rng(5)
    small = rng.integers(0, 9, 32) * SIZES[:32] / 4
    small[0], small[-1] = 0, 20
    masks = np.arange(256)
    worths = small[masks & 31] + 2.0 * (SIZES[masks & 96] == 2) + 3.0 * (masks >> 7)
    floats = core_vertices(Game(range(8), worths * unit))
    exact = core_vertices(Game(range(8), np.array([Fraction(x) for x in worths], object)))
    assert (floats.method, exact.method) == ("qhull", "double description")
    assert len(floats) == len(exact)
    expected = exact.payoffs.astype(float) * unit
    order = np.lexsort(np.round(expected / unit, 6).T[::-1])
    other = np.lexsort(np.round(floats.payoffs / unit, 6).T[::-1])
    assert floats.payoffs[other] / unit == pytest.approx(expected[order] / unit, abs=1e-9)


def test_qhull_is_not_asked_about_points_and_segments():
    masks = np.arange(256)
    glove = core_vertices(Game(range(8), np.minimum(SIZES[masks & 7], SIZES[masks >> 3]).astype(float)))
    assert glove.payoffs == pytest.approx(np.array([[1, 1, 1, 0, 0, 0, 0, 0]]), abs=1e-9)
    even = core_vertices(Game(range(8), np.minimum(SIZES[masks & 15], SIZES[masks >> 4]).astype(float)))
    assert even.payoffs == pytest.approx(np.repeat(np.array([[0, 1], [1, 0]]), 4, axis=1), abs=1e-9)


@pytest.mark.slow
def test_seven_players_have_up_to_seven_factorial_vertices():
    worths = np.array([Fraction(int(s) ** 2) for s in SIZES[:128]], object)
    worths[127] += 1
    worths[3] -= 1
    worths[96] += 3  # a pair that no order of arrival gives its worth
    found = core_vertices(Game(range(7), worths))
    assert found.method == "double description"
    assert len(found) == 5040


# --- words
def test_refusals():
    majority = [0, 0, 0, 1, 0, 1, 1, 1]
    with pytest.raises(EmptyCoreError, match="cover every player once"):
        core_vertices(Game("ABC", majority))
    with pytest.raises(EmptyCoreError, match=r"1/2 of \('A', 'B'\), 1/2 of .* are worth 3/2, v\(N\) is 1"):
        core_vertices(Game("ABC", np.array(majority, object)))
    barely = np.array([0, 0, 0, 1, 0, 1, 1, Fraction(3, 2) - Fraction(1, 10**12)], object)
    with pytest.raises(EmptyCoreError, match="are worth 3/2"):
        core_vertices(Game("ABC", barely))
    with pytest.raises(TooLargeError, match="may have up to 10! vertices"):
        core_vertices(Game(range(10), np.r_[0, np.ones(1022), 10]))
    with pytest.raises(TooLargeError, match="the most is 12 players"):
        core_vertices(Game(range(13), np.array([0, *[1] * 8190, 13], object)))
    with pytest.raises(WorthError, match="a symbol"):
        core_vertices(Game("AB", [0, sympy.Symbol("a"), 0, 0]))


def test_it_reads_as_a_table():
    found = core_vertices(Game("AB", [0, 1, 2, 5]))
    assert repr(found) == "core of 2 players, 2 vertices, by double description (A, B)\n1, 4\n3, 2"
    assert found.to_frame().to_numpy().tolist() == [[1, 4], [3, 2]]
    assert "2 vertices" in found._repr_html_()
    assert len(found) == 2
    with pytest.raises(ValueError, match="read-only"):
        found.payoffs[0, 0] = 1
    many = core_vertices(Game("ABCD", SIZES[:16] ** 2.0))
    assert repr(many).endswith("and 12 more")
