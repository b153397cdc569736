"""coalitions/values/semivalues.py"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import factorial

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies import exact_games, fractions

from coalitions import Game, WorthError, banzhaf_value, shapley_value
from coalitions.values.semivalues import (
    binomial_semivalue,
    egalitarian_shapley_value,
    semivalue,
    solidarity_value,
    symmetric_linear_value,
)

shares = st.fractions(0, 1, max_denominator=8)


def shapley_weights(n):
    return [Fraction(factorial(s) * factorial(n - 1 - s), factorial(n)) for s in range(n)]


def solidarity_by_orders(game):
    """The definition: whoever arrives gets the mean contribution of all who are then present."""
    total = [Fraction(0)] * game.n
    for order in permutations(range(game.n)):
        mask = 0
        for i in order:
            mask |= 1 << i
            inside = [k for k in range(game.n) if mask >> k & 1]
            total[i] += sum(game.worths[mask] - game.worths[mask ^ 1 << k] for k in inside) / Fraction(len(inside))
    return [x / factorial(game.n) for x in total]


# --- published
def test_solidarity_of_the_three_brothers():
    """Nowak and Radzik (1994): two brothers who can pay 1 together take in a third who cannot: 7/18, 7/18, 4/18."""
    brothers = Game("ABC", np.array([0, 0, 0, 1, 0, 0, 0, 1], object))
    assert solidarity_value(brothers).payoffs.tolist() == [Fraction(7, 18), Fraction(7, 18), Fraction(4, 18)]


def test_symbols_give_formulas():
    a, b, c = sympy.symbols("a b c")
    game = Game("AB", [0, a, b, c])
    assert sympy.simplify(solidarity_value(game)["A"] - (c / 2 + (a - b) / 4)) == 0
    assert sympy.simplify(binomial_semivalue(game, probability=Fraction(1, 3))["B"] - (2 * b + c - a) / 3) == 0


# --- laws
@given(exact_games())
def test_semivalues_hold_shapley_and_banzhaf(game):
    n = game.n
    assert (semivalue(game, weights=shapley_weights(n)).payoffs == shapley_value(game).payoffs).all()
    assert (semivalue(game, weights=[Fraction(1, 2 ** (n - 1))] * n).payoffs == banzhaf_value(game).payoffs).all()
    assert (binomial_semivalue(game, probability=Fraction(1, 2)).payoffs == banzhaf_value(game).payoffs).all()


@given(exact_games(), shares)
def test_semivalues_are_the_expected_contribution_and_give_dummies_their_own(game, p):
    found = binomial_semivalue(game, probability=p)
    for i, payoff in enumerate(found):
        parts = [m for m in range(1 << game.n) if not m >> i & 1]
        chances = [p ** m.bit_count() * (1 - p) ** (game.n - 1 - m.bit_count()) for m in parts]
        gains = [game.worths[m | 1 << i] - game.worths[m] for m in parts]
        assert payoff == sum(c * g for c, g in zip(chances, gains, strict=True))
    dummy = Game([*game.players, "dummy"], np.concatenate((game.worths, game.worths + 7)))
    assert binomial_semivalue(dummy, probability=p)["dummy"] == 7


@given(exact_games(max_players=4))
def test_solidarity_is_the_mean_over_orders_and_efficient(game):
    found = solidarity_value(game)
    assert found.payoffs.tolist() == solidarity_by_orders(game)
    assert found.total == game.worths[-1]


@given(exact_games(), shares)
def test_the_egalitarian_shapley_value_is_a_mixture(game, share):
    mixed = share * shapley_value(game).payoffs + (1 - share) * game.worths[-1] * Fraction(1, game.n)
    assert (egalitarian_shapley_value(game, share=share).payoffs == mixed).all()


@given(exact_games(), st.lists(fractions, min_size=12, max_size=12))
def test_size_weights_weigh_sizes(game, weights):
    inside, outside = weights[: game.n + 1], weights[6 : game.n + 7]
    found = symmetric_linear_value(game, inside, outside)
    for i, payoff in enumerate(found):
        by_size = ((inside if m >> i & 1 else outside)[m.bit_count()] for m in range(1 << game.n))
        assert payoff == sum(w * v for w, v in zip(by_size, game.worths, strict=True))


# --- agreement
@pytest.mark.parametrize("n", [1, 2, 7, 8, 11])
def test_the_compiled_pass_agrees_with_exact_arithmetic(n):
    worths = np.random.default_rng(n).integers(-1000, 1000, 1 << n)
    worths[0] = 0
    exact, fast = Game(range(n), np.array(worths.tolist(), object)), Game(range(n), worths)
    for solve in (
        solidarity_value,
        lambda game: binomial_semivalue(game, probability=Fraction(1, 4)),
        lambda game: egalitarian_shapley_value(game, share=Fraction(1, 4)),
    ):
        away = solve(fast).payoffs - solve(exact).payoffs.astype(float)
        assert np.abs(away).max() < 1e-9


# --- refusals
def test_refusals():
    game = Game("AB", [0, 1, 2, 5])
    exact = Game("AB", np.array([0, 1, 2, 5], object))
    with pytest.raises(WorthError, match="sum to 2 over all sizes"):
        semivalue(game, weights=[1, 1])
    with pytest.raises(WorthError, match=r"divide weights\[s\] by C"):
        semivalue(Game("ABC", np.zeros(8)), weights=[0.25, 0.5, 0.25])
    with pytest.raises(WorthError, match="3 weights for 2 players"):
        semivalue(game, weights=[1, 0, 0])
    with pytest.raises(WorthError, match="weight of size 0 is -1"):
        semivalue(game, weights=[-1, 2])
    with pytest.raises(WorthError, match=r"probability is 1\.5; it must be from 0 to 1"):
        binomial_semivalue(game, probability=1.5)
    with pytest.raises(WorthError, match=r"share is the float 0\.5 but the worths are exact"):
        egalitarian_shapley_value(exact, share=0.5)
    with pytest.raises(WorthError, match="share is nan"):
        egalitarian_shapley_value(game, share=float("nan"))
    with pytest.raises(WorthError, match="weights for 2 players: give 3 of each"):
        symmetric_linear_value(game, [1], [1])
