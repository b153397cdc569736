"""coalitions/core/modified.py"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from known import cases, number
from strategies import exact_games, games, small_integers

from coalitions import Game, WorthError
from coalitions.coalition import subset_sums
from coalitions.core.modified import modiclus
from coalitions.errors import SolverError
from coalitions.exact import echelon, maximise

module = import_module("coalitions.core.modified")


def vector(s, t, n):
    return [(s >> i & 1) - (t >> i & 1) for i in range(n)]


def by_all_pairs(game, *, proper=False):
    """The payoff by linear programs over all ordered pairs (of proper coalitions), exact, level after level."""
    n, v = game.n, game.worths
    masks = range(1, (1 << n) - 1) if proper else range(1 << n)
    pairs = [(s, t) for s in masks for t in masks if s != t]
    settled = [(*[1] * n, v[-1])]  # vector and what the payoffs must give it
    while len(rows := echelon([row[:n] for row in settled])[0]) < n:
        open_pairs = [p for p in pairs if len(echelon([*rows, vector(*p, n)])[0]) > len(rows)]
        columns = [[*vector(s, t, n), 1] for s, t in open_pairs]
        worths = [v[s] - v[t] for s, t in open_pairs]
        for *row, right in settled:
            columns += [[*row, 0], [*(-x for x in row), 0]]
            worths += [right, -right]
        level, weights, _ = maximise(worths, columns, [0] * n + [1])
        for p, weight in zip(open_pairs, weights, strict=False):
            if weight:
                settled.append((*vector(*p, n), v[p[0]] - v[p[1]] - level))
    reduced, _ = echelon(settled)
    return [row[-1] for row in reduced]


def differences(game, x):
    """All differences of excesses, the largest first."""
    excesses = game.worths - subset_sums(np.asarray(x))
    return np.sort((excesses[:, None] - excesses[None, :]).ravel())[::-1]


# --- published
@pytest.mark.parametrize(("game", "expected"), cases("val", "modiclus"))
def test_known_answers(game, expected):
    found = modiclus(game)
    assert found.certified
    assert list(found) == [number(x) for x in expected["modiclus"]]
    rounded = modiclus(Game(game.players, game.worths.astype(float)))
    assert not rounded.certified
    assert rounded.payoffs == pytest.approx(found.payoffs.astype(float), abs=1e-9)


def test_the_weights_that_represent_a_majority_game():
    """Sudhoelter 1996: of a zero-sum weighted majority game the modiclus is a representation."""
    weights, quota = np.array([3, 2, 2, 1, 1]), 5
    game = Game(range(5), np.array([int(w >= quota) for w in subset_sums(weights).tolist()], object))
    x = subset_sums(modiclus(game).payoffs)
    won = game.worths == 1
    assert min(x[won]) > max(x[~won])


# --- agreement
@given(exact_games(max_players=3))
@settings(max_examples=40)
def test_agrees_with_linear_programs_over_all_pairs(game):
    assert list(modiclus(game)) == by_all_pairs(game)


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_linear_programs_over_all_pairs_of_four_players(seed):
    rng = np.random.default_rng(seed)
    worths = rng.integers(-6, 7, 16) if seed % 2 else rng.integers(0, 2, 16)
    worths[0] = 0
    game = Game("ABCD", np.array(worths.tolist(), object))
    assert list(modiclus(game)) == by_all_pairs(game)


@pytest.mark.parametrize("n", [3, 4, 5])
def test_no_other_payoff_is_lexicographically_better(n):
    rng = np.random.default_rng(n)
    for _ in range(3):
        game = Game(range(n), np.array([0, *rng.integers(-9, 10, (1 << n) - 1).tolist()], object))
        x = modiclus(game).payoffs.astype(float)
        least = differences(game, x)
        for step in rng.normal(size=(100, n)) * rng.choice([1e-3, 0.1, 1.0], (100, 1)):
            other = differences(game, x + step - step.mean())
            change = (other - least).astype(float)
            first = change[np.abs(change) > 1e-9]
            assert len(first)
            assert first[0] > 0


@pytest.mark.parametrize("n", [6, 9, 12])
def test_floats_agree_with_fractions(n):
    worths = np.random.default_rng(n).random(1 << n)
    worths[0] = 0
    game = Game(range(n), worths)
    rounded, proven = modiclus(game), modiclus(game, certify=True)
    assert proven.certified
    assert sum(proven) == Fraction(worths[-1])
    assert rounded.payoffs == pytest.approx(proven.payoffs.astype(float), abs=1e-12)
    assert rounded.residual < 1e-12


# --- laws
@given(exact_games(), st.lists(small_integers, min_size=5, max_size=5), st.fractions(Fraction(1, 9), 9))
@settings(max_examples=15)
def test_covariance_self_duality_and_order(game, shift, factor):
    x = modiclus(game).payoffs
    own = np.array(shift[: game.n], object)
    assert list(modiclus(Game(game.players, game.worths * factor + subset_sums(own)))) == list(x * factor + own)
    assert list(modiclus(game.dual())) == list(x)
    mirrored = [int(f"{m:0{game.n}b}"[::-1], 2) for m in range(len(game))]
    assert list(modiclus(Game(game.players, game.worths[mirrored]))) == list(x)[::-1]


@given(exact_games(min_players=2))
@settings(max_examples=30)
def test_the_stages_prove_the_answer(game):
    found = modiclus(game)
    excess = dict(zip([(), *game.to_dict()], (game.worths - subset_sums(found.payoffs)).tolist(), strict=True))
    levels = [stage.level for stage in found.stages]
    assert levels == sorted(levels, reverse=True)
    settled = [[1] * game.n]
    for stage in found.stages:
        assert sum(stage.weights) == 1
        assert min(stage.weights) > 0
        assert {excess[s] - excess[t] for s, t in stage.pairs} == {stage.level}
        rows = [[(p in s) - (p in t) for p in game.players] for s, t in stage.pairs]
        mean = [sum(w * row[i] for w, row in zip(stage.weights, rows, strict=True)) for i in range(game.n)]
        assert len(echelon([*settled, mean])[0]) == len(echelon(settled)[0])
        settled += rows
    assert len(echelon(settled)[0]) == game.n


@given(games())
def test_sums_to_the_worth_of_everybody(game):
    found = modiclus(game)
    assert found.total == pytest.approx(game.worths[-1], abs=1e-9 * max(1, np.abs(game.worths).max()))


def test_the_empty_and_the_grand_coalition_are_among_the_pairs():
    game = Game("ABC", np.array([0, 3, 2, 0, 1, 3, 2, 0], object))
    assert list(modiclus(game)) == by_all_pairs(game)
    assert by_all_pairs(game, proper=True) != by_all_pairs(game)


# --- degenerate games
@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_the_unit_changes_nothing(unit):
    worths = np.random.default_rng(1).random(1 << 7)
    worths[0] = 0
    x = modiclus(Game(range(7), worths)).payoffs
    assert modiclus(Game(range(7), worths * unit)).payoffs / unit == pytest.approx(x, abs=1e-9)


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_symmetric_games(n):
    sizes = np.array([bin(m).count("1") for m in range(1 << n)])
    for worths in (sizes * 0, sizes, sizes**2, sizes * 2 > n, -sizes):
        total = Fraction(int(worths[-1]))
        game = Game(range(n), np.array(worths.astype(int).tolist(), object))
        assert list(modiclus(game)) == [total / n] * n


def test_a_nearly_additive_game_keeps_its_digits():
    rng = np.random.default_rng(2)
    small = rng.random(1 << 6)
    small[0] = 0
    own = rng.integers(1, 100, 6) * 2.0**20
    x = modiclus(Game(range(6), small)).payoffs
    assert modiclus(Game(range(6), small + subset_sums(own))).payoffs - own == pytest.approx(x, abs=1e-7)


def test_orders_of_magnitude_apart_are_proven_or_refused():
    rng = np.random.default_rng(10)
    for _ in range(5):
        worths = np.where(rng.random(1 << 8) < 0.5, 1e9, 1e-9) * rng.random(1 << 8)
        worths[0] = 0
        found = None
        with suppress(SolverError):
            found = modiclus(Game(range(8), worths), certify=True)
        assert found is None or (found.certified and sum(found) == Fraction(worths[-1]))


@pytest.mark.parametrize("exact", [False, True])
def test_wrong_stages_do_not_pass_the_check(monkeypatch, exact):
    """The pairs of another game determine a payoff too, but not this game's modiclus."""
    other = np.array([0, 3, 2, 0, 1, 3, 2, 0], float)
    stages = module._staged(other, np.zeros(3), 1e-9)
    monkeypatch.setattr(module, "_staged", lambda *_: stages)
    game = Game("ABC", np.array([0, 0, 0, 1, 0, 1, 0, 1], object))
    with pytest.raises(SolverError, match="not proven|not tight together" if exact else "residual"):
        modiclus(game if exact else Game("ABC", game.worths.astype(float)))


# --- words
def test_symbols_have_no_modiclus():
    with pytest.raises(WorthError, match="a symbol"):
        modiclus(Game("AB", [0, sympy.Symbol("a"), 0, 0]))


@pytest.mark.slow
def test_twenty_players():
    worths = np.random.default_rng(20).random(1 << 20)
    worths[0] = 0
    assert modiclus(Game(range(20), worths)).residual < 1e-12
