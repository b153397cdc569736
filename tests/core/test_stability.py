"""coalitions/core/stability.py and coalitions/core/domination.py"""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from known import cases
from scipy.optimize import linprog
from strategies import LABELS, convex_games
from test_balancedness import as_floats, balanced_games

from coalitions import Allocation, CoalitionError, Game, TooLargeError, WorthError, core
from coalitions.core.balancedness import has_large_core, is_extendable
from coalitions.core.stability import core_is_stable, dominates, is_stable_set, main_simple_solution
from coalitions.core.vertices import rational_vertices
from coalitions.families import WeightedVotingGame

MAJORITY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
PAIRS = [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]


def dominated_by_core(game, y):
    """The most by which all of some coalition can gain on y in the core, from a float linear program for each."""
    n, full = game.n, len(game.worths) - 1
    worths = [float(worth) for worth in game.worths]
    bits = np.array([[mask >> i & 1 for i in range(n)] for mask in range(full + 1)], float)
    most = -np.inf
    for mask in range(1, full):
        gain = [[*(-1.0 if i == j else 0.0 for j in range(n)), 1.0] for i in range(n) if mask >> i & 1]
        found = linprog(
            [*[0.0] * n, -1.0],
            A_ub=np.vstack((np.column_stack((-bits[1:full], np.zeros(full - 1))), gain)),
            b_ub=[*(-w for w in worths[1:full]), *(-float(y[i]) for i in range(n) if mask >> i & 1)],
            A_eq=[[*[1.0] * n, 0.0], [*bits[mask], 0.0]],
            b_eq=[worths[full], worths[mask]],
            bounds=[(None, None)] * (n + 1),
        )
        if found.status == 0:
            most = max(most, -found.fun)
    return most


def assignment_game(matrix):
    rows, columns = len(matrix), len(matrix[0])
    n = rows + columns
    table = [0] * (1 << n)
    for mask in range(1 << n):
        here = [i for i in range(rows) if mask >> i & 1]
        there = [j for j in range(columns) if mask >> (rows + j) & 1]
        k = min(len(here), len(there))
        for chosen in combinations(here, k):
            for matched in permutations(there, k):
                made = sum(matrix[i][j] for i, j in zip(chosen, matched, strict=True))
                table[mask] = max(table[mask], made)
    return Game(range(n), np.array(table, object))


@pytest.fixture
def without_short_cuts(monkeypatch):
    """Decide by the search alone."""
    module = sys.modules["coalitions.core.stability"]
    monkeypatch.setattr(module, "is_convex", lambda game: False)
    monkeypatch.setattr(module, "is_extendable", lambda game: False)


# --- published
@pytest.mark.parametrize(
    ("game", "expected"), [*cases("stab", "core_stable"), *cases("core", "core_stable"), *cases("nuc", "core_stable")]
)
def test_known_answers(game, expected):
    found = core_is_stable(game)
    assert found.holds == expected["core_stable"]
    if not found:
        assert not core(game).contains(found.witness)
        assert core(game).is_empty or dominated_by_core(game, found.witness.payoffs) <= 1e-9


@pytest.mark.parametrize(("game", "expected"), [*cases("stab", "core_stable")])
def test_known_answers_by_the_search_alone(game, expected, without_short_cuts):
    assert core_is_stable(game).holds == expected["core_stable"]
    assert core_is_stable(as_floats(game)).holds == expected["core_stable"]


@pytest.mark.parametrize(
    ("matrix", "stable"),
    [  # stable exactly when every diagonal entry is the largest of its row and of its column
        ([[5, 3], [3, 3]], True),
        ([[0, 0], [1, 4]], False),
        ([[4, 5], [2, 4]], False),
        ([[5, 4, 4], [2, 5, 0], [3, 4, 5]], True),
        ([[4, 1, 4], [3, 3, 2], [4, 2, 4]], True),
        ([[4, 5, 0], [0, 4, 2], [3, 0, 5]], False),
        ([[3, 0, 5], [3, 4, 3], [2, 2, 5]], False),
    ],
)
def test_assignment_games_are_stable_iff_their_diagonal_is_dominant(matrix, stable):
    found = core_is_stable(assignment_game(matrix))
    assert found.holds == stable
    if len(matrix) == 3:
        assert found.regions > 1  # these are not extendable: the search decides


def test_the_three_player_majority():
    assert core_is_stable(MAJORITY).kind == "empty core"
    assert is_stable_set(MAJORITY, PAIRS)


@pytest.mark.parametrize("share", [0, 0.1, 0.25, 0.5, 0.75, 1])
def test_discriminatory_solutions_of_the_three_player_majority(share):
    """C gets a fixed share and the others divide the rest: stable below a half, and only there."""
    segment = [[1 - share, 0, share], [0, 1 - share, share]]
    found = is_stable_set(MAJORITY, [segment])
    assert found.holds == (share < 0.5)
    if not found:
        assert found.witness is not None


# --- laws
@settings(max_examples=20, deadline=None)
@given(convex_games(max_players=4))
def test_convex_games_have_stable_cores(game):
    assert core_is_stable(game).holds


@pytest.mark.parametrize("seed", range(4))
def test_convex_games_have_stable_cores_for_the_search_too(seed, without_short_cuts):
    dividends = np.random.default_rng(seed).integers(0, 5, 16)
    table = [sum(int(dividends[s]) for s in range(1, 16) if s & mask == s) for mask in range(16)]
    assert core_is_stable(Game("ABCD", table)).holds


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 5), st.integers(0, 7), st.integers(0, 12))
def test_symmetric_games_are_stable_iff_their_core_is_large(pair, three, total):
    game = Game.from_function("ABCD", lambda s: [0, 0, pair, three, total][len(s)])
    found = core_is_stable(game)
    if found.kind not in ("empty core", "no imputations"):
        assert bool(has_large_core(game)) == found.holds


@settings(max_examples=12, deadline=None)
@given(balanced_games())
def test_extendable_games_are_stable_for_the_search_too(game):
    module = sys.modules["coalitions.core.stability"]
    found = core_is_stable(game)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "is_convex", lambda game: False)
        patch.setattr(module, "is_extendable", lambda game: False)
        searched = core_is_stable(game)
    assert searched.holds == found.holds
    assert not is_extendable(game) or searched.holds


@settings(max_examples=12, deadline=None)
@given(balanced_games())
def test_the_witness_is_an_undominated_imputation_outside_the_core(game):
    found = core_is_stable(game)
    if not found.holds:
        y = found.witness
        assert y.total == game.worths[-1]
        assert all(pay >= game[player] for player, pay in y.to_dict().items())
        assert not core(game).contains(y)
        assert dominated_by_core(game, y.payoffs) <= 1e-9
        assert not any(dominates(game, np.array(z, object), y) for z in rational_vertices(list(game.worths)))


@settings(max_examples=8, deadline=None)
@given(balanced_games(), st.integers(0, 2**31))
def test_a_stable_core_dominates_imputations_drawn_at_random(game, seed):
    if core_is_stable(game).holds:
        shares = np.random.default_rng(seed).dirichlet(np.full(game.n, 0.5), 3)
        for share in shares:
            y = share * float(game.worths[-1])
            excess = core(game).contains(y).excess
            if excess > 1e-6:
                assert dominated_by_core(game, y) > 0


@settings(max_examples=15, deadline=None)
@given(balanced_games(max_players=3))
def test_the_core_as_a_set_of_payoffs_gets_the_same_answer(game):
    found = is_stable_set(game, [rational_vertices(list(game.worths))])
    assert found.holds == core_is_stable(game).holds


@pytest.mark.parametrize("seed", range(6))
def test_five_players(seed, without_short_cuts):
    rng = np.random.default_rng(seed)
    table = np.zeros(32)
    for mask in range(1, 32):
        subsets = [sub for sub in range(1, mask) if sub & mask == sub]
        made = max((table[sub] + table[mask ^ sub] for sub in subsets), default=0)
        table[mask] = made + (rng.integers(0, 4) if subsets else 0)
    table[-1] += rng.integers(0, 9)
    game = Game(range(5), table)
    found = core_is_stable(game, time_limit=30)
    assert found.holds is not None
    if found.kind == "undominated outside":
        assert dominated_by_core(game, found.witness.payoffs) <= 1e-9
    if is_extendable(game):
        assert found.holds


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_six_players(seed, without_short_cuts):
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.integers(0, 21, (3, 5)), axis=1)
    parts = np.diff(np.column_stack((np.zeros(3, int), cuts, np.full(3, 20))), axis=1)
    game = Game.from_function(range(6), lambda s: float(min(part[list(s)].sum() for part in parts)))
    found = core_is_stable(game)
    if found.holds is False:
        assert dominated_by_core(game, found.witness.payoffs) <= 1e-9
    else:
        assert found.regions > 1


# --- stable sets
def test_what_keeps_a_set_from_being_stable():
    lacking = is_stable_set(MAJORITY, PAIRS[:2])
    assert lacking.kind == "undominated outside"
    assert not any(dominates(MAJORITY, x, lacking.witness) for x in PAIRS[:2])
    twice = is_stable_set(MAJORITY, [*PAIRS, [0.6, 0.4, 0]])
    assert twice.kind == "dominated inside"
    assert "through" in twice.reason
    outside = is_stable_set(MAJORITY, [[1.5, -0.5, 0]])
    assert outside.kind == "no imputation"
    assert is_stable_set(MAJORITY, []).kind == "undominated outside"


def test_overlapping_and_adjacent_parts_are_one_set():
    ends, middle = [[0.75, 0, 0.25], [0, 0.75, 0.25]], [0.3, 0.45, 0.25]
    assert is_stable_set(MAJORITY, [[ends[0], middle], [middle, ends[1]]])
    assert is_stable_set(MAJORITY, [[ends[0], middle], ends])
    assert not is_stable_set(MAJORITY, [[ends[0], middle], [[0.2, 0.55, 0.25], ends[1]]])


def test_no_imputations():
    poor = Game("AB", [0, 1, 1, 1])
    assert core_is_stable(poor).kind == "no imputations"
    assert is_stable_set(poor, []).holds


@pytest.mark.parametrize(
    ("quota", "weights", "shares"),
    [
        (2, [1, 1, 1], [Fraction(1, 2)] * 3),
        (3, [2, 1, 1, 1], [Fraction(2, 3), *[Fraction(1, 3)] * 3]),
        (4, [3, 1, 1, 1, 1], [Fraction(3, 4), *[Fraction(1, 4)] * 4]),
        (4, [2, 2, 1, 1, 1], [Fraction(1, 2), Fraction(1, 2), *[Fraction(1, 4)] * 3]),
    ],
)
def test_main_simple_solutions_are_stable(quota, weights, shares):
    game = WeightedVotingGame(quota=quota, weights=dict(zip(LABELS, weights, strict=False)))
    found = main_simple_solution(game)
    assert list(found.shares.payoffs) == shares
    assert all(x.total == 1 for x in found.imputations)
    if len(weights) < 5:
        assert is_stable_set(game, found.imputations)
        assert not is_stable_set(game, found.imputations[1:])


def test_games_without_a_main_simple_solution():
    with pytest.raises(WorthError, match="not simple"):
        main_simple_solution(Game("AB", [0, 1, 2, 5]))
    with pytest.raises(WorthError, match=r"not constant-sum: of .* neither wins"):
        main_simple_solution(WeightedVotingGame(quota=3, weights=dict.fromkeys("ABC", 1)))
    six = WeightedVotingGame(quota=5, weights=dict(zip("ABCDEF", [2, 2, 2, 1, 1, 1], strict=True)))
    with pytest.raises(WorthError, match="each of the 13 minimal winning coalitions exactly 1"):
        main_simple_solution(six)


# --- domination
def test_domination():
    assert dominates(MAJORITY, PAIRS[0], [0, 0, 1]) == ("A", "B")
    assert dominates(MAJORITY, PAIRS[0], PAIRS[1]) == ()
    exact = Game("ABC", np.array([0, 0, 0, 1, 0, 1, 1, 1], object))
    third = Fraction(1, 3)
    tiny = Fraction(1, 10**30)
    x = np.array([third + tiny, 1 - third - 2 * tiny, tiny], object)
    assert dominates(exact, x, np.array([third, third, third], object)) == ("A", "B")
    assert dominates(MAJORITY, [1 / 3 + 1e-15, 2 / 3 - 1e-15, 0], [1 / 3] * 3) == ()
    assert dominates(Game("AB", [0, 0, 0, 1]), [0.5, 0.5], [0.6, 0.4]) == ()


# --- edges and refusals
def test_one_and_two_players():
    assert core_is_stable(Game("A", [0, 3])).holds
    assert core_is_stable(Game("AB", [0, 1, 2, 4])).holds
    assert is_stable_set(Game("A", [0, 3]), [[3]]).holds
    assert is_stable_set(Game("AB", [0, 1, 2, 4]), [[[1, 3], [2, 2]]]).holds
    assert not is_stable_set(Game("AB", [0, 1, 2, 4]), [[1, 3]]).holds


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_does_not_matter(unit, without_short_cuts):
    table = np.array([0, 0, 0, 3, 0, 1, 0, 5, 0, 0, 2, 5, 0, 4, 5, 8])
    assert core_is_stable(Game("ABCD", table * unit)).holds is False
    assert core_is_stable(Game.from_function("ABCD", lambda s: [0, 0, 1, 1, 3][len(s)] * unit)).holds


def test_a_time_limit_leaves_the_question_open(without_short_cuts):
    found = core_is_stable(Game.from_function("ABCDE", lambda s: [0, 0, 1, 1, 2, 4][len(s)]), time_limit=0)
    assert found.holds is None
    assert found.kind == "time limit"
    assert repr(found).startswith("undecided: the time was up after")
    with pytest.raises(ValueError, match=r"undecided: .* give a longer time_limit"):
        bool(found)


def test_too_many_players_wrong_payoffs_and_symbols():
    with pytest.raises(TooLargeError, match="8 players: 7 players are the most"):
        core_is_stable(Game.from_function(range(8), lambda s: float(len(s) in (2, 8))))
    assert core_is_stable(Game.from_function(range(8), lambda s: float(len(s) ** 2))).kind == "convex"
    with pytest.raises(CoalitionError, match="2 payoffs for 3 players"):
        is_stable_set(MAJORITY, [[0.5, 0.5]])
    with pytest.raises(CoalitionError, match="unknown player 'Z'"):
        dominates(MAJORITY, {"A": 1, "B": 0, "Z": 0}, PAIRS[0])
    symbolic = Game("AB", np.array([0, 0, 0, sympy.Symbol("t")], object))
    for question in (
        core_is_stable,
        lambda game: is_stable_set(game, []),
        lambda game: dominates(game, [1, 0], [0, 1]),
    ):
        with pytest.raises(WorthError):
            question(symbolic)


def test_members_may_come_as_allocations_and_mappings():
    half = Allocation(players=tuple("ABC"), payoffs=np.array(PAIRS[0]), solution="pair", method="given")
    assert is_stable_set(MAJORITY, [half, dict(zip("ABC", PAIRS[1], strict=True)), np.array(PAIRS[2])])
    assert is_stable_set(MAJORITY, [np.array([[0.8, 0, 0.2], [0, 0.8, 0.2]])])
