"""coalitions/values/semivalues.py"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import comb, factorial

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies import exact_games, fractions, games

from coalitions import CoalitionError, Game, WorthError, banzhaf_value, shapley_value
from coalitions.values.semivalues import (
    binomial_semivalue,
    egalitarian_shapley_value,
    least_square_nucleolus,
    least_square_value,
    probabilistic_value,
    semivalue,
    solidarity_value,
    symmetric_linear_value,
    weighted_shapley_value,
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
def test_solidarity_of_the_three_brothers():
    """Nowak and Radzik (1994): two brothers who can pay 1 together take in a third who cannot: 7/18, 7/18, 4/18."""
    brothers = Game("ABC", np.array([0, 0, 0, 1, 0, 0, 0, 1], object))
    assert solidarity_value(brothers).payoffs.tolist() == [Fraction(7, 18), Fraction(7, 18), Fraction(4, 18)]


def test_weights_share_a_unanimity_game():
    """Kalai and Samet (1987): in the unanimity game of a coalition its members get in proportion to weight."""
    game = Game("ABC", np.array([0, 0, 0, 1, 0, 0, 0, 1], object))
    found = weighted_shapley_value(game, weights={"C": 5, "B": 2, "A": Fraction(1, 2)})
    assert found.payoffs.tolist() == [Fraction(1, 5), Fraction(4, 5), 0]


def test_symbols_give_formulas():
    a, b, c = sympy.symbols("a b c")
    game = Game("AB", [0, a, b, c])
    assert sympy.simplify(weighted_shapley_value(game, weights=[1, 3])["A"] - (a + (c - a - b) / 4)) == 0
    assert sympy.simplify(solidarity_value(game)["A"] - (c / 2 + (a - b) / 4)) == 0
    assert sympy.simplify(binomial_semivalue(game, probability=Fraction(1, 3))["B"] - (2 * b + c - a) / 3) == 0
    belief = {"A": [1, 0, 0, 0], "B": [0, 1, 0, 0]}
    assert probabilistic_value(game, probabilities=belief)["B"] == c - a


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


@given(exact_games(max_players=4), st.lists(st.integers(1, 9), min_size=4, max_size=4))
def test_the_weighted_value_is_the_mean_over_weighted_orders(game, weights):
    found = weighted_shapley_value(game, weights=weights[: game.n])
    assert found.payoffs.tolist() == weighted_by_orders(game, [Fraction(w) for w in weights])
    assert (weighted_shapley_value(game, weights=[3] * game.n).payoffs == shapley_value(game).payoffs).all()


@given(exact_games(max_players=4))
def test_solidarity_is_the_mean_over_orders_and_efficient(game):
    found = solidarity_value(game)
    assert found.payoffs.tolist() == solidarity_by_orders(game)
    assert found.total == game.worths[-1]


@given(exact_games(), shares)
def test_the_egalitarian_shapley_value_is_a_mixture(game, share):
    mixed = share * shapley_value(game).payoffs + (1 - share) * game.worths[-1] * Fraction(1, game.n)
    assert (egalitarian_shapley_value(game, share=share).payoffs == mixed).all()


@given(exact_games(min_players=2))
def test_shapley_is_a_least_square_value(game):
    weights = [Fraction(1, comb(game.n - 2, s - 1)) for s in range(1, game.n)]
    assert (least_square_value(game, weights=weights).payoffs == shapley_value(game).payoffs).all()


@given(games(min_players=2), st.lists(st.integers(1, 5), min_size=4, max_size=4))
def test_least_squares_are_least(game, weights):
    """Against the normal equations of the weighted variance of excesses under x(N) = v(N)."""
    n = game.n
    masks = np.arange(1, 2**n - 1)
    bits = (masks[:, None] >> np.arange(n) & 1).astype(float)
    by_size = np.array([weights[int(m).bit_count() - 1] for m in masks], float)
    centred = bits - (by_size @ bits) / by_size.sum()
    excess = game.worths[masks] - (by_size @ game.worths[masks]) / by_size.sum()
    normal = np.zeros((n + 1, n + 1))
    normal[:n, :n] = centred.T @ (by_size[:, None] * centred)
    normal[n, :n] = normal[:n, n] = 1
    wanted = np.linalg.lstsq(normal, np.append(centred.T @ (by_size * excess), game.worths[-1]), rcond=None)[0][:n]
    found = least_square_value(game, weights=weights[: n - 1]).payoffs
    assert np.allclose(found, wanted, atol=1e-6 * max(1, np.abs(game.worths).max()))


@given(exact_games())
def test_the_least_square_nucleolus_is_the_nearest_imputation(game):
    alone = [game[(player,)] for player in game.players]
    if sum(alone) > game.worths[-1]:
        with pytest.raises(WorthError, match="together"):
            least_square_nucleolus(game)
        return
    free = least_square_value(game).payoffs
    found = least_square_nucleolus(game).payoffs
    assert found.sum() == game.worths[-1]
    assert all(found >= alone)
    cut = {f - x for f, x, a in zip(free, found, alone, strict=True) if x > a}
    assert len(cut) <= 1  # whoever is above the floor gave up the same
    assert all(f - x <= c for f, x in zip(free, found, strict=True) for c in cut)


@given(exact_games(max_players=4))
def test_order_beliefs_give_the_shapley_value(game):
    weights = shapley_weights(game.n)
    found = probabilistic_value(game, probabilities=lambda player, others: weights[len(others)])
    assert (found.payoffs == shapley_value(game).payoffs).all()


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
        least_square_value,
        lambda game: binomial_semivalue(game, probability=Fraction(1, 4)),
        lambda game: egalitarian_shapley_value(game, share=Fraction(1, 4)),
        lambda game: weighted_shapley_value(game, weights=range(1, n + 1)),
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
    with pytest.raises(WorthError, match="weight of 'B' is 0; it must be above 0"):
        weighted_shapley_value(game, weights=[1, 0])
    with pytest.raises(CoalitionError, match="no weight for 'B'"):
        weighted_shapley_value(game, weights={"A": 1})
    with pytest.raises(CoalitionError, match="3 weights for 2 players"):
        weighted_shapley_value(game, weights=[1, 2, 3])
    with pytest.raises(WorthError, match="all weights are 0"):
        least_square_value(game, weights=[0])
    with pytest.raises(WorthError, match="2 weights for 2 players: give 1"):
        least_square_value(game, weights=[1, 1])
    with pytest.raises(WorthError, match="weights for 2 players: give 3 of each"):
        symmetric_linear_value(game, [1], [1])
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
