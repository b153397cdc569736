from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy
from family_cases import one_by_one
from hypothesis import given
from hypothesis import strategies as st
from strategies import fractions

from coalitions import CoalitionError, TooLargeError, WorthError, banzhaf_value, shapley_value
from coalitions.families.typed import TypedGame, typed_banzhaf, typed_shapley


@st.composite
def typed_games(draw, worths=fractions):
    counts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda c: sum(c) <= 6))
    table = {state: draw(worths) for state in product(*(range(count + 1) for count in counts))}
    table[(0,) * len(counts)] = 0
    return TypedGame(dict(zip("abc", counts, strict=False)), lambda *state: table[state])


@given(typed_games())
def test_counts_agree_with_the_table(game):
    exact = one_by_one(game)
    assert np.array_equal(game.to_game().worths, exact.worths)
    assert typed_shapley(game) == list(shapley_value(exact))
    assert typed_banzhaf(game) == list(banzhaf_value(exact))


@given(typed_games(st.floats(-1e3, 1e3, width=32)))
def test_floats_agree_too(game):
    table = game.to_game()
    assert table.worths.dtype == np.float64
    assert np.allclose(typed_shapley(game), shapley_value(table).payoffs, rtol=1e-12, atol=1e-9)
    assert np.allclose(typed_banzhaf(game), banzhaf_value(table).payoffs, rtol=1e-12, atol=1e-9)


def test_the_security_council_in_two_types():
    """Published: 421/2145 a permanent member, 4/2145 another."""
    council = TypedGame({"permanent": 5, "elected": 10}, lambda p, e: int(p == 5 and p + e >= 9))
    assert typed_shapley(council) == [Fraction(421, 2145)] * 5 + [Fraction(4, 2145)] * 10
    assert typed_banzhaf(council)[0] == Fraction(848, 2**14)
    assert typed_banzhaf(council)[-1] == Fraction(84, 2**14)


def test_forty_players_in_five_types_are_exact():
    weights = (1, 2, 3, 5, 8)
    game = TypedGame(dict.fromkeys("abcde", 8), lambda *k: sum(w * c for w, c in zip(weights, k, strict=True)) ** 2)
    # a square of a sum: player i gets its weight times the sum of all weights
    assert typed_shapley(game) == [weight * 8 * sum(weights) for weight in weights for _ in range(8)]
    assert typed_banzhaf(game) == typed_shapley(game)
    with pytest.raises(TooLargeError, match=r"40 players .* typed_shapley and typed_banzhaf need only counts"):
        game.to_game()


def test_a_table_labels_and_symbols():
    x = sympy.Symbol("x")
    game = TypedGame({"big": ["USA", "CHN"], "small": ["FJI"]}, [[0, 0], [x, 2 * x], [3 * x, 6]])
    assert game["USA", "FJI"] == game["FJI", "CHN"] == 2 * x
    dense = shapley_value(game.to_game())
    assert [sympy.expand(a - b) for a, b in zip(typed_shapley(game), dense, strict=True)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: TypedGame({}, len), CoalitionError, "no players"),
        (lambda: TypedGame({"a": 0}, [0]), CoalitionError, "type 'a' has 0 players"),
        (lambda: TypedGame({"a": 1.5}, [0]), CoalitionError, "type 'a' has 1.5 players; give a number or labels"),
        (lambda: TypedGame({"a": "XY", "b": "Y"}, np.zeros((3, 2))), CoalitionError, "'Y' is there twice"),
        (lambda: TypedGame({"a": 2}, [0, 1]), WorthError, r"worths have shape \(2,\); 2 'a' need \(3,\)"),
        (lambda: TypedGame({"a": 2}, [1, 1, 2]), WorthError, "worth of nobody is 1"),
        (lambda: TypedGame({"a": 1, "b": 1}, lambda a, b: math.nan if b else a), WorthError, "0 'a' and 1 'b' is nan"),
        (lambda: TypedGame({"a": 1}, lambda a: None if a else 0), WorthError, "worth of 1 'a' is None, not a number"),
        (lambda: TypedGame(dict.fromkeys(range(40), 9), len), TooLargeError, "join types or give fewer players"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
