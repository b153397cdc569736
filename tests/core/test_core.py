"""coalitions/core: membership.py and least.py"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from known import cases, number
from scipy.optimize import linprog
from strategies import convex_games, exact_games, games

from coalitions import CoalitionError, Game, WorthError, core, cost_of_stability, least_core, shapley_value
from coalitions.coalition import members_of

MAJORITY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])


def least_core_by_one_program(game):
    """All rows at once, by another solver's interface."""
    n = game.n
    masks = np.arange(1, (1 << n) - 1)
    bits = (masks[:, None] >> np.arange(n) & 1).astype(float)
    found = linprog(
        [0] * n + [1],
        A_ub=np.hstack((-bits, -np.ones((len(masks), 1)))),
        b_ub=-game.worths[masks],
        A_eq=[[1] * n + [0]],
        b_eq=[game.worths[-1]],
        bounds=[(None, None)] * (n + 1),
    )
    return found.fun


# --- published
@pytest.mark.parametrize(
    ("game", "expected"),
    [
        *cases("core", "core_empty", "balanced", "least_core_epsilon", "core_vertices"),
        *cases("nuc", "core_empty", "balanced", "least_core_epsilon", "core_vertices"),
        *cases("stab", "core_empty", "core_vertices"),
        *cases("val", "core_empty", "core_vertices"),
    ],
)
def test_known_answers(game, expected):
    found = core(game)
    if "core_empty" in expected:
        assert found.is_empty == expected["core_empty"]
    if "balanced" in expected:
        assert found.is_empty != expected["balanced"]
    if expected.get("least_core_epsilon") is not None:
        epsilon = float(number(expected["least_core_epsilon"]))
        assert least_core(game).epsilon == pytest.approx(epsilon, abs=1e-9 * max(1, abs(epsilon)))
    for vertex in expected.get("core_vertices") or ():
        exact = np.array([number(x) for x in vertex], object)
        assert found.contains(exact)
        pushed = exact.copy()
        pushed[0] += Fraction(1, 10**6)
        assert not found.contains(pushed)


def test_three_player_majority():
    found = core(MAJORITY)
    assert found.is_empty
    assert sorted(found.witness.coalitions) == [("A", "B"), ("A", "C"), ("B", "C")]
    assert found.witness.weights == pytest.approx([0.5] * 3)
    assert least_core(MAJORITY).epsilon == pytest.approx(1 / 3)
    assert float(cost_of_stability(MAJORITY)) == pytest.approx(0.5)


# --- laws: a certificate either way
@given(games())
def test_every_verdict_is_proven(game):
    found = core(game)
    if found.is_empty:
        covered = np.zeros(game.n)
        worth = 0.0
        for coalition, weight in zip(found.witness.coalitions, found.witness.weights, strict=True):
            assert weight > 0
            covered[[game.players.index(player) for player in coalition]] += weight
            worth += weight * game[coalition]
        assert covered == pytest.approx(np.ones(game.n), abs=1e-7)
        assert worth == pytest.approx(found.witness.worth)
        assert worth > game.worths[-1]
    else:
        assert found.contains(found.point)
        assert found.point.total == pytest.approx(game.worths[-1], abs=10 * found.tolerance)


@given(games(min_players=2))
def test_the_least_core_agrees_with_one_program_and_with_its_own_shadow_prices(game):
    found = least_core(game)
    scale = max(1.0, np.abs(game.worths).max())
    assert found.epsilon == pytest.approx(least_core_by_one_program(game), abs=1e-7 * scale)
    assert sum(found.weights) == pytest.approx(1, abs=1e-6)
    assert found.gap <= 1e-7 * scale
    excesses = [game[s] - sum(found.point[i] for i in s) for s in found.coalitions]
    assert excesses == pytest.approx([found.epsilon] * len(excesses), abs=1e-7 * scale)
    assert (found.epsilon > 1e-6 * scale) <= core(game).is_empty <= (found.epsilon > -1e-6 * scale)


@given(games())
def test_the_cost_of_stability_is_enough_and_no_more(game):
    found = cost_of_stability(game)
    scale = max(1.0, np.abs(game.worths).max())
    with_subsidy = game.worths.copy()
    with_subsidy[-1] += found.subsidy
    assert core(Game(game.players, with_subsidy)).is_empty is False or found.gap > 0
    assert (found.subsidy > 0) == core(game).is_empty
    assert found.witness.worth == pytest.approx(max(found.point.total, game.worths[-1]), abs=1e-7 * scale)


@given(convex_games())
def test_the_shapley_value_of_a_convex_game_is_in_its_core(game):
    found = core(game)
    assert not found.is_empty
    assert found.contains(shapley_value(game))
    assert least_core(game).epsilon <= 1e-9 * max(1, game.worths[-1])


@given(games(min_players=2))
def test_membership_names_the_coalition_of_the_largest_excess(game):
    x = np.full(game.n, game.worths[-1] / game.n)
    verdict = core(game).contains(x)
    worst = max(game.worths[m] - x[members_of(m)].sum() for m in range(1, (1 << game.n) - 1))
    assert verdict.excess == pytest.approx(worst, abs=1e-9)
    assert game[verdict.coalition] - verdict.excess == pytest.approx(
        sum(x[game.players.index(player)] for player in verdict.coalition), abs=1e-9
    )


@given(exact_games(min_players=2))
def test_exact_payoffs_are_judged_without_a_tolerance(game):
    found = core(game)
    x = shapley_value(game)
    verdict = found.contains(x)
    assert verdict.tolerance == 0
    inside = all(sum((x[i] for i in s), Fraction(0)) >= worth for s, worth in game.to_dict().items() if len(s) < game.n)
    assert verdict.holds == inside


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("n", [8, 9, 12])
def test_the_unit_of_the_worths_changes_nothing(n, unit):
    rng = np.random.default_rng(n)
    worths = rng.random(1 << n) * unit
    worths[0], worths[-1] = 0, n / 2 * unit
    game = Game(range(n), worths)
    assert least_core(game).epsilon / unit == pytest.approx(least_core_by_one_program(Game(range(n), worths / unit)))
    assert core(game).is_empty == core(Game(range(n), worths / unit)).is_empty


# --- edges and words
def test_one_player():
    alone = Game("A", [0, 3])
    assert core(alone).point["A"] == 3
    assert core(alone).contains([3])
    assert not core(alone).contains([2])
    assert least_core(alone).epsilon == -math.inf
    assert cost_of_stability(alone).subsidy == 0


def test_the_empty_and_the_grand_coalition_raise_no_objection():
    """With room to spare epsilon is negative: the excess of N is 0 and must not count."""
    roomy = Game("ABC", [0, 0, 0, 0, 0, 0, 0, 9])
    assert least_core(roomy).epsilon == pytest.approx(-3)
    assert core(roomy).contains([3, 3, 3]).excess == pytest.approx(-3)


def test_a_verdict_reads_as_a_sentence():
    found = core(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]))
    assert repr(found.contains([7, 2, 3])).startswith("not in the core: ('B', 'C') gains 1 on its own")
    assert repr(found.contains([7, 2, 4])) == "not in the core: the payoffs sum to 1 more than v(N)"
    assert repr(found.contains([4, 4, 4])).startswith("in the core")
    assert repr(core(MAJORITY)).startswith("core of 3 players, empty: these coalitions")
    assert "least core, epsilon 0.333333" in repr(least_core(MAJORITY))
    assert repr(cost_of_stability(MAJORITY)).startswith("cost of stability 0.5")


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([1, 2], "2 payoffs for 3 players"),
        ({"A": 1, "B": 2}, "no payoff for 'C'"),
        ({"A": 1, "B": 2, "D": 3}, "unknown player 'D'"),
        ([1, math.nan, 2], "payoff of 'B' is nan"),
    ],
)
def test_refusals(x, words):
    with pytest.raises(CoalitionError, match=words):
        core(MAJORITY).contains(x)


def test_symbols_have_no_core():
    with pytest.raises(WorthError, match="a symbol"):
        core(Game("AB", [0, sympy.Symbol("a"), 0, 0]))
