"""coalitions/values/interaction.py"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import factorial

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from strategies import exact_games, games

from coalitions import CoalitionError, Game, banzhaf_value, shapley_value
from coalitions.values.dividends import harsanyi_dividends
from coalitions.values.interaction import (
    banzhaf_interaction,
    chaining_interaction,
    k_shapley_interaction,
    shapley_interaction,
    shapley_taylor,
)

INDICES = {"shapley": shapley_interaction, "banzhaf": banzhaf_interaction, "chaining": chaining_interaction}
CHANCE = {
    "shapley": lambda n, k, t: Fraction(factorial(t) * factorial(n - t - k), factorial(n - k + 1)),
    "banzhaf": lambda n, k, t: Fraction(1, 2 ** (n - k)),
    "chaining": lambda n, k, t: k * Fraction(factorial(n - k - t) * factorial(k + t - 1), factorial(n)),
}


def submasks_of(mask):
    return [sub for sub in range(mask + 1) if sub & mask == sub]


def together(game, inside, joined):
    """The joint contribution of the members of one coalition to another."""
    return sum(
        (-1) ** (inside.bit_count() - part.bit_count()) * game.worths[joined | part] for part in submasks_of(inside)
    )


def by_definition(game, inside, chance):
    others = ((1 << game.n) - 1) ^ inside
    return sum(
        chance(game.n, inside.bit_count(), joined.bit_count()) * together(game, inside, joined)
        for joined in submasks_of(others)
    )


# --- published
def test_symbols_give_formulas():
    a, b, c = sympy.symbols("a b c")
    game = Game("AB", [0, a, b, c])
    for solve in INDICES.values():
        assert sympy.expand(solve(game)["A", "B"] - (c - a - b)) == 0
        assert sympy.expand(solve(game, order=None)["A", "B"] - (c - a - b)) == 0
    assert sympy.expand(k_shapley_interaction(game).total - c) == 0


# --- laws
@settings(max_examples=25)
@given(exact_games(max_players=4))
def test_every_order_and_all_at_once_are_the_definition(game):
    for kind, solve in INDICES.items():
        everything = solve(game, order=None)
        assert len(everything) == 2**game.n - 1
        for order in range(1, game.n + 1):
            found = solve(game, order=order)
            assert found.masks.tolist() == [m for m in range(1 << game.n) if m.bit_count() == order]
            for mask, value in zip(found.masks.tolist(), found.values, strict=True):
                assert value == by_definition(game, mask, CHANCE[kind]) == everything.values[mask - 1]


@given(exact_games())
def test_order_one_is_the_value(game):
    assert (shapley_interaction(game, order=1).values == shapley_value(game).payoffs).all()
    assert (chaining_interaction(game, order=1).values == shapley_value(game).payoffs).all()
    assert (shapley_taylor(game, order=1).values == shapley_value(game).payoffs).all()
    assert (k_shapley_interaction(game, order=1).values == shapley_value(game).payoffs).all()
    assert (banzhaf_interaction(game, order=1).values == banzhaf_value(game).payoffs).all()


@given(exact_games())
def test_taylor_and_aggregated_indices_sum_to_everything(game):
    for order in range(1, game.n + 1):
        assert shapley_taylor(game, order=order).total == game.worths[-1]
        assert k_shapley_interaction(game, order=order).total == game.worths[-1]
    dividends = harsanyi_dividends(game).to_dict()
    assert shapley_taylor(game, order=game.n).to_dict() == dividends
    assert k_shapley_interaction(game, order=game.n).to_dict() == dividends


@given(exact_games(min_players=2))
def test_pairs_answer_what_a_partner_is_worth(game):
    """Recursion: I(ij) is the value of the pair as one player less the values of each without the other."""
    others = game.players[2:]
    a, b = game.players[:2]
    merged = Game.from_dict(
        {
            tuple(part) + (("pair",) if with_pair else ()): game[(*part, *((a, b) if with_pair else ()))]
            for size in range(len(others) + 1)
            for part in combinations(others, size)
            for with_pair in (False, True)
            if part or with_pair
        },
        players=[*others, "pair"],
    )
    merged = Game(merged.players, np.array([Fraction(w) for w in merged.worths], object))
    alone = [shapley_value(game.subgame([x, *others]))[x] for x in (a, b)]
    assert shapley_interaction(game)[a, b] == shapley_value(merged)["pair"] - sum(alone)


@given(games(min_players=3))
def test_floats_agree_with_exact_arithmetic(game):
    exact = Game(game.players, np.array([Fraction(w) for w in game.worths.tolist()], object))
    for solve in INDICES.values():
        for order in (2, 3, None):
            slow = solve(exact, order=order).values.astype(float)
            assert np.allclose(solve(game, order=order).values, slow, atol=1e-9)


# --- agreement
def test_all_pairs_at_a_size_that_matters():
    """A game of known dividends: a pair interacts by the sum over coalitions that hold it of m / (t - 1)."""
    n, rng = 12, np.random.default_rng(5)
    parts = {int(m): float(x) for m, x in zip(rng.integers(1, 1 << n, 40), rng.normal(size=40), strict=True)}
    masks = np.arange(1 << n)
    game = Game(range(n), sum(x * ((masks & m) == m) for m, x in parts.items()))
    found = shapley_interaction(game)
    for i, j in combinations(range(n), 2):
        pair = 1 << i | 1 << j
        wanted = sum(x / (m.bit_count() - 1) for m, x in parts.items() if m & pair == pair)
        assert found[i, j] == pytest.approx(wanted, abs=1e-12)
    assert found.matrix()[2, 3] == found[2, 3]


# --- refusals
@pytest.mark.parametrize("order", [0, 3, -1, 1.5, True])
def test_refusals(order):
    for solve in (*INDICES.values(), shapley_taylor, k_shapley_interaction):
        with pytest.raises(CoalitionError, match="must be an integer from 1 to 2"):
            solve(Game("AB", [0, 1, 2, 5]), order=order)
