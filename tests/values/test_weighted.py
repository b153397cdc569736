"""coalitions/values/weighted.py"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import factorial

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies import exact_games

from coalitions import CoalitionError, Game, WorthError, shapley_value
from coalitions.values.weighted import probabilistic_value, weighted_shapley_value


def shapley_weights(n):
    return [Fraction(factorial(s) * factorial(n - 1 - s), factorial(n)) for s in range(n)]


def weighted_by_orders(game, weights):
    """The definition: the last to arrive is drawn in proportion to weight, then the last but one, ..."""
    total = [Fraction(0)] * game.n
    for order in permutations(range(game.n)):
        chance, sum_so_far, mask = Fraction(1), Fraction(0), 0
        for i in order:
            sum_so_far += weights[i]
            chance *= weights[i] / sum_so_far
        for i in order:
            total[i] += chance * (game.worths[mask | 1 << i] - game.worths[mask])
            mask |= 1 << i
    return total


# --- published
def test_weights_share_a_unanimity_game():
    """Kalai and Samet (1987): in the unanimity game of a coalition its members get in proportion to weight."""
    game = Game("ABC", np.array([0, 0, 0, 1, 0, 0, 0, 1], object))
    found = weighted_shapley_value(game, weights={"C": 5, "B": 2, "A": Fraction(1, 2)})
    assert found.payoffs.tolist() == [Fraction(1, 5), Fraction(4, 5), 0]


# --- laws
@given(exact_games(max_players=4), st.lists(st.integers(1, 9), min_size=4, max_size=4))
def test_the_weighted_value_is_the_mean_over_weighted_orders(game, weights):
    found = weighted_shapley_value(game, weights=weights[: game.n])
    assert found.payoffs.tolist() == weighted_by_orders(game, [Fraction(w) for w in weights])
    assert (weighted_shapley_value(game, weights=[3] * game.n).payoffs == shapley_value(game).payoffs).all()


@given(exact_games(max_players=4))
def test_order_beliefs_give_the_shapley_value(game):
    weights = shapley_weights(game.n)
    found = probabilistic_value(game, probabilities=lambda player, others: weights[len(others)])
    assert (found.payoffs == shapley_value(game).payoffs).all()


def test_symbols_give_formulas():
    a, b, c = sympy.symbols("a b c")
    game = Game("AB", [0, a, b, c])
    assert sympy.simplify(weighted_shapley_value(game, weights=[1, 3])["A"] - (a + (c - a - b) / 4)) == 0
    belief = {"A": [1, 0, 0, 0], "B": [0, 1, 0, 0]}
    assert probabilistic_value(game, probabilities=belief)["B"] == c - a


# --- agreement
@pytest.mark.parametrize("n", [1, 2, 7, 8, 11])
def test_floats_agree_with_exact_arithmetic(n):
    worths = np.random.default_rng(n).integers(-1000, 1000, 1 << n)
    worths[0] = 0
    exact, fast = Game(range(n), np.array(worths.tolist(), object)), Game(range(n), worths)

    def value(game):
        return weighted_shapley_value(game, weights=range(1, n + 1))

    away = value(fast).payoffs - value(exact).payoffs.astype(float)
    assert np.abs(away).max() < 1e-9


# --- refusals
def test_refusals():
    game = Game("AB", [0, 1, 2, 5])
    with pytest.raises(WorthError, match="weight of 'B' is 0; it must be above 0"):
        weighted_shapley_value(game, weights=[1, 0])
    with pytest.raises(CoalitionError, match="no weight for 'B'"):
        weighted_shapley_value(game, weights={"A": 1})
    with pytest.raises(CoalitionError, match="3 weights for 2 players"):
        weighted_shapley_value(game, weights=[1, 2, 3])
    with pytest.raises(CoalitionError, match="no list of probabilities for 'B'"):
        probabilistic_value(game, probabilities={"A": [1, 0, 0, 0]})
    with pytest.raises(CoalitionError, match="unknown player 'C'"):
        probabilistic_value(game, probabilities={"C": [1, 0, 0, 0]})
    with pytest.raises(WorthError, match=r"probabilities of 'A' sum to 2, not to 1"):
        probabilistic_value(game, probabilities=lambda player, others: 1)
    with pytest.raises(WorthError, match=r"for \('A',\), which holds it"):
        probabilistic_value(game, probabilities={"A": [0, 1, 0, 0], "B": [1, 0, 0, 0]})
    with pytest.raises(WorthError, match=r"is -1, for joining \(\)"):
        probabilistic_value(game, probabilities={"A": [-1, 0, 2, 0], "B": [1, 0, 0, 0]})
    with pytest.raises(WorthError, match="3 probabilities for 'A': give 4"):
        probabilistic_value(game, probabilities={"A": [1, 0, 0], "B": [1, 0, 0, 0]})
