"""coalitions/core: surplus.py, kernel.py, kernel_points.py and prekernel.py"""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from known import cases, number
from strategies import exact_games, games, small_integers

from coalitions import CoalitionError, Game, WorthError, shapley_value
from coalitions.coalition import labels_of, subset_sums
from coalitions.core.kernel import kernel_contains, prekernel_contains
from coalitions.core.kernel_points import kernel_point, prekernel_point
from coalitions.core.nucleoli import nucleolus, prenucleolus
from coalitions.core.prekernels import prekernel
from coalitions.core.surplus import maximum_surplus
from coalitions.errors import SolverError, TooLargeError

MAJORITY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
PELEG = Game("ABC", np.array([0, 0, 0, 10, 0, 0, 0, 2], object))
GLOVES = Game("ABCD", np.array([min((m & 1) + (m >> 1 & 1), (m >> 2 & 1) + (m >> 3 & 1)) for m in range(16)], object))


def by_a_loop(game, x):
    """Every surplus and the first coalition that attains it, coalition by coalition."""
    n = game.n
    excesses = (game.worths - subset_sums(x)).tolist()
    found = {}
    for i in range(n):
        for j in set(range(n)) - {i}:
            masks = [m for m in range(1 << n) if m >> i & 1 and not m >> j & 1]
            best = max(masks, key=lambda m: (excesses[m], -m))
            found[i, j] = excesses[best], labels_of(best, game.players)
    return found


def with_imputations(game):
    """The same game, v(N) raised to what the players are worth alone and one more."""
    worths = game.worths.copy()
    worths[-1] = max(worths[-1], worths[1 << np.arange(game.n)].sum() + 1)
    return Game(game.players, worths)


# --- published
@pytest.mark.parametrize(
    ("game", "expected"),
    [
        *cases("ker", "kernel_elements", "prekernel_elements", "not_in_kernel"),
        *cases("core", "kernel_elements", "not_in_kernel"),
    ],
)
def test_known_answers(game, expected):
    def vectors(key):
        return [np.array([number(y) for y in x], object) for x in expected.get(key, ())]

    rounded = Game(game.players, game.worths.astype(float))
    for x in vectors("kernel_elements"):
        assert kernel_contains(game, x)
        assert kernel_contains(rounded, x.astype(float))
        assert kernel_contains(game, kernel_point(game, start=x))
    for x in vectors("prekernel_elements"):
        assert prekernel_contains(game, x)
        assert list(prekernel_point(game, start=x)) == list(x)
    for x in vectors("not_in_kernel"):
        assert not kernel_contains(game, x)
        assert not kernel_contains(rounded, x.astype(float))


@pytest.mark.parametrize(("game", "expected"), cases("nuc", "prenucleolus", "nucleolus"))
def test_the_nucleoli_of_the_cases_are_in_the_kernels(game, expected):
    if expected.get("prenucleolus"):
        assert prekernel_contains(game, np.array([number(y) for y in expected["prenucleolus"]], object))
    if expected.get("nucleolus"):
        assert kernel_contains(game, np.array([number(y) for y in expected["nucleolus"]], object))


def test_a_prekernel_point_that_is_no_imputation():
    """Peleg, Sudhoelter 2007, chapter 5: the prekernel is (3, 3, -4), the kernel (1, 1, 0)."""
    assert list(prekernel_point(PELEG)) == [3, 3, -4]
    assert list(kernel_point(PELEG)) == [1, 1, 0]
    assert prekernel(PELEG).polytopes == (((3, 3, -4),),)


def test_the_prekernel_of_the_glove_game_is_a_segment():
    found = prekernel(GLOVES)
    assert found.polytopes == (((0, 0, 1, 1), (1, 1, 0, 0)),)
    assert found.contains([0.25, 0.25, 0.75, 0.75])
    assert not found.contains([0.25, 0.5, 0.75, 0.5])


# --- the maximum surplus
@given(games(min_players=1))
def test_the_surpluses_are_what_a_loop_finds(game):
    x = np.full(game.n, game.worths[-1] / game.n)
    found = maximum_surplus(game, x)
    assert np.isnan(np.diag(found.matrix)).all()
    for (i, j), (surplus, coalition) in by_a_loop(game, x).items():
        assert found.matrix[i, j] == surplus
        assert found[game.players[i], game.players[j]] == surplus
        assert found.coalition(game.players[i], game.players[j]) == coalition


@given(exact_games(min_players=2))
@settings(max_examples=30)
def test_exact_surpluses_are_fractions(game):
    x = shapley_value(game).payoffs
    found = maximum_surplus(game, x)
    for (i, j), (surplus, coalition) in by_a_loop(game, x).items():
        assert found.matrix[i, j] == surplus
        assert isinstance(found.matrix[i, j], Fraction)
        assert found.coalition(game.players[i], game.players[j]) == coalition
    assert found.matrix[0, 0] is None


def test_worths_beyond_64_bits_stay_exact():
    big = Game("ABC", np.array([0, 0, 0, 2**70, 0, 2**70 + 1, 2**70 + 3, 2**71], object))
    x = np.array([2**69, 2**69, 2**70], object)
    assert maximum_surplus(big, x)["B", "A"] == max(-(2**69), 2**70 + 3 - 2**69 - 2**70)
    assert prekernel_contains(big, prekernel_point(big))


@pytest.mark.parametrize("n", [9, 12, 15])
def test_the_surpluses_of_larger_games_are_maxima_over_their_coalitions(n):
    rng = np.random.default_rng(n)
    game = Game(range(n), np.concatenate(([0], rng.random((1 << n) - 1))))
    x = rng.random(n)
    found = maximum_surplus(game, x)
    excesses, masks = game.worths - subset_sums(x), np.arange(1 << n)
    for i, j in ((0, 1), (n - 1, 0), (3, n - 2)):
        assert found[i, j] == excesses[(masks >> i & 1 == 1) & (masks >> j & 1 == 0)].max()
        coalition = found.coalition(i, j)
        assert i in coalition
        assert j not in coalition
        assert game[coalition] - sum(x[k] for k in coalition) == pytest.approx(found[i, j])


# --- membership
@given(exact_games(min_players=2, max_players=4), st.lists(st.integers(0, 4), min_size=4, max_size=4))
@settings(max_examples=40)
def test_membership_is_the_definition(game, parts):
    game = with_imputations(game)
    n = game.n
    alone = game.worths[1 << np.arange(n)]
    rest = game.worths[-1] - alone.sum()
    whole = sum(parts[:n]) or 1
    x = alone + np.array([Fraction(part, whole) * rest for part in parts[:n]], object)
    x[0] += game.worths[-1] - x.sum()
    s = {pair: surplus for pair, (surplus, _) in by_a_loop(game, x).items()}
    assert prekernel_contains(game, x).holds == all(s[i, j] == s[j, i] for i, j in s)
    assert kernel_contains(game, x).holds == all((s[i, j] - s[j, i]) * (x[j] - alone[j]) <= 0 for i, j in s)
    verdict = kernel_contains(game, x)
    i, j = (game.players.index(player) for player in verdict.pair)
    assert verdict.surpluses == (s[i, j], s[j, i])
    assert verdict.margin == min(s[i, j] - s[j, i], x[j] - alone[j])
    assert (verdict.margin > 0) != verdict.holds


def test_blocks_of_a_structure_share_their_own_worth():
    pair = [["A", "B"], ["C"]]
    assert kernel_contains(MAJORITY, [0.5, 0.5, 0], structure=pair)
    assert not kernel_contains(MAJORITY, [0.6, 0.4, 0], structure=pair)
    assert repr(kernel_contains(MAJORITY, [0.3, 0.3, 0.4], structure=pair)).startswith(
        "not in the kernel: the payoffs of ('A', 'B') sum to 0.4 less than its worth"
    )
    assert prekernel_point(MAJORITY, structure=pair).payoffs == pytest.approx([0.5, 0.5, 0])
    alone = kernel_contains(MAJORITY, [0, 0, 0], structure=["A", "B", "C"])
    assert alone
    assert alone.pair is None


def test_verdicts_read_as_sentences():
    assert repr(kernel_contains(MAJORITY, [0.5, 0.5, 0])).startswith(
        "not in the kernel: 'C' outweighs 'A', it could gain 0.5 in ('B', 'C') without 'A', 'A' only 0 in"
    )
    assert "nobody outweighs another" in repr(kernel_contains(MAJORITY, [1 / 3] * 3))
    assert repr(kernel_contains(MAJORITY, [2, -1, 0])) == "not in the kernel: 'B' is paid 1 less than it is worth alone"
    assert repr(prekernel_contains(Game("A", [0, 1]), [1])) == "in the prekernel: no two players share a block"
    assert "maximum surplus of each of 3 players" in repr(maximum_surplus(MAJORITY, [0.5, 0.5, 0]))


# --- points
@given(exact_games(min_players=1), st.lists(small_integers, min_size=5, max_size=5))
@settings(max_examples=25)
def test_points_are_exact_and_belong(game, parts):
    start = np.array(parts[: game.n], object)
    start[0] += game.worths[-1] - start.sum()
    found = prekernel_point(game, start=start)
    assert prekernel_contains(game, found)
    assert prekernel_contains(game, found).tolerance == 0
    raised = with_imputations(game)
    inside = kernel_point(raised)
    assert kernel_contains(raised, inside)
    assert kernel_contains(raised, inside).tolerance == 0


@given(games(min_players=1, max_players=6))
@settings(max_examples=25)
def test_points_of_float_games_belong(game):
    assert prekernel_contains(game, prekernel_point(game))
    raised = with_imputations(game)
    assert kernel_contains(raised, kernel_point(raised))


@given(exact_games(min_players=3, max_players=3))
@settings(max_examples=25)
def test_three_players_have_one_point_each(game):
    """Davis, Maschler 1965: with three players the kernel is a single payoff, the nucleolus."""
    whole = prekernel(game).polytopes
    assert whole == ((tuple(prekernel_point(game)),),)
    assert list(prenucleolus(game)) == list(prekernel_point(game))
    raised = with_imputations(game)
    assert list(nucleolus(raised)) == list(kernel_point(raised))


@given(exact_games(min_players=2))
@settings(max_examples=25)
def test_the_nucleoli_belong(game):
    assert prekernel_contains(game, prenucleolus(game))
    raised = with_imputations(game)
    assert kernel_contains(raised, nucleolus(raised))


@given(exact_games(min_players=2, max_players=4), st.lists(small_integers, min_size=4, max_size=4), st.integers(1, 5))
@settings(max_examples=30)
def test_covariance(game, shift, factor):
    own = np.array(shift[: game.n], object)
    x = prekernel_point(game).payoffs
    other = Game(game.players, game.worths * factor + subset_sums(own))
    assert prekernel_contains(other, x * factor + own)
    assert (
        maximum_surplus(other, x * factor + own)[game.players[:2]]
        == maximum_surplus(game, x)[game.players[:2]] * factor
    )


@pytest.mark.parametrize("kind", ["uniform", "voting"])
@pytest.mark.parametrize("n", [8, 12])
def test_points_of_larger_games(n, kind):
    rng = np.random.default_rng(n)
    worths = rng.random(1 << n) * n
    if kind == "voting":
        weights = rng.integers(1, 20, n)
        worths = (2 * subset_sums(weights) > weights.sum()).astype(float)
    worths[0], worths[-1] = 0, max(worths[-1], worths[1 << np.arange(n)].sum())
    game = Game(range(n), worths)
    for unit in (1e-9, 1.0, 1e9):
        scaled = game * unit
        assert prekernel_contains(scaled, prekernel_point(scaled))
        assert kernel_contains(scaled, kernel_point(scaled))


# --- the whole prekernel
@pytest.mark.parametrize("seed", [*range(8), 132])
def test_the_whole_prekernel_holds_every_point_found_and_nothing_else(seed):
    rng = np.random.default_rng(seed)
    worths = rng.integers(0, 3, 16)
    worths[0] = 0
    game = Game(range(4), np.array(worths.tolist(), object))
    found = prekernel(game)
    for polytope in found.polytopes:
        weights = [Fraction(int(w)) for w in rng.integers(1, 9, len(polytope))]
        inside = sum((w * np.array(x, object) for w, x in zip(weights, polytope, strict=True)), 0) / sum(weights)
        assert prekernel_contains(game, inside)
    assert any(abs(np.array(x) - prenucleolus(game).payoffs).sum() == 0 for p in found.polytopes for x in p) or (
        len(found.polytopes[0]) > 1
    )
    for _ in range(5):
        start = rng.normal(size=4)
        start += (float(worths[-1]) - start.sum()) / 4
        point = prekernel_point(game, start=start).payoffs
        assert any(in_segment(point, polytope) for polytope in found.polytopes)


def in_segment(x, polytope):
    """Whether a payoff lies on a polytope of at most two vertices."""
    assert len(polytope) <= 2
    a, b = np.array(polytope[0], object), np.array(polytope[-1], object)
    along = [(y - s) / (t - s) for y, s, t in zip(x, a, b, strict=True) if s != t]
    share = along[0] if along else Fraction(0)
    return 0 <= share <= 1 and list(a + share * (b - a)) == list(x)


def test_the_whole_prekernel_prints_its_polytopes():
    assert repr(prekernel(GLOVES)) == "prekernel of 4 players, 1 polytope\n(0, 0, 1, 1) -- (1, 1, 0, 0)"
    assert prekernel(GLOVES).to_frame().shape == (2, 5)
    assert prekernel(Game("A", [0, 3])).polytopes == (((3,),),)


# --- refusals
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: kernel_point(Game("AB", [0, 3, 4, 5])), WorthError, "worth 7 one by one and 5 together"),
        (lambda: prekernel_point(MAJORITY, start=[1, 1, 0]), CoalitionError, r"\('A', 'B', 'C'\) 1 more than"),
        (lambda: kernel_point(MAJORITY, start=[2, -1, 0]), CoalitionError, "'B' 1 less than it is worth alone"),
        (lambda: kernel_contains(MAJORITY, [1, 0]), CoalitionError, "2 payoffs for 3 players"),
        (lambda: kernel_contains(MAJORITY, [1, 0, 0], structure=["AB", "B"]), CoalitionError, "AB"),
        (lambda: maximum_surplus(MAJORITY, [1, 0, 0])["A", "A"], CoalitionError, "name two players"),
        (lambda: maximum_surplus(MAJORITY, [1, 0, 0])["A", "D"], CoalitionError, "unknown player 'D'"),
        (lambda: prekernel(Game(range(7), np.zeros(128))), TooLargeError, "at most 6: use prekernel_point"),
        (lambda: prekernel(Game("AB", [0, sympy.Symbol("a"), 0, 0])), WorthError, "a symbol"),
        (lambda: kernel_point(Game("AB", [0, sympy.Symbol("a"), 0, 0])), WorthError, "a symbol"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("game", [MAJORITY, Game("ABC", MAJORITY.worths.astype(int).astype(object))])
def test_a_search_that_does_not_settle_says_what_is_left(monkeypatch, game):
    module = import_module("coalitions.core.kernel_points")
    monkeypatch.setattr(module._Scheme, "settled", lambda self, x: np.array([0.6, 0.3, 0.1]))
    monkeypatch.setattr(module, "_exact_guesses", lambda *_: iter(()))
    with pytest.raises(SolverError, match="still outweighs another by"):
        prekernel_point(game)
