"""coalitions/values/least_squares.py"""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import exact_games, games

from coalitions import Game, WorthError, shapley_value
from coalitions.values.least_squares import least_square_nucleolus, least_square_value


# --- laws
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


# --- agreement
@pytest.mark.parametrize("n", [1, 2, 7, 8, 11])
def test_floats_agree_with_exact_arithmetic(n):
    worths = np.random.default_rng(n).integers(-1000, 1000, 1 << n)
    worths[0] = 0
    exact, fast = Game(range(n), np.array(worths.tolist(), object)), Game(range(n), worths)
    away = least_square_value(fast).payoffs - least_square_value(exact).payoffs.astype(float)
    assert np.abs(away).max() < 1e-9


# --- refusals
def test_refusals():
    game = Game("AB", [0, 1, 2, 5])
    with pytest.raises(WorthError, match="all weights are 0"):
        least_square_value(game, weights=[0])
    with pytest.raises(WorthError, match="2 weights for 2 players: give 1"):
        least_square_value(game, weights=[1, 1])
