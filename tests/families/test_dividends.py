from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy
from family_cases import numbers, one_by_one, raw_cases
from hypothesis import given
from hypothesis import strategies as st
from known import CASES
from strategies import fractions

from coalitions import CoalitionError, TooLargeError, WorthError, banzhaf_value, shapley_value
from coalitions.families.dividends import Dividends, dividends_banzhaf, dividends_shapley, unanimity


@st.composite
def dividend_games(draw):
    n = draw(st.integers(1, 5))
    masks = draw(st.lists(st.integers(1, 2**n - 1), unique=True, max_size=8))
    parts = {tuple(i for i in range(n) if mask >> i & 1): draw(fractions) for mask in masks}
    return Dividends(parts, range(n))


def listed_cases():
    """Cases given by dividends or carriers, as dividends."""
    for game, expected in (
        case.values for kind in ("dividends", "unanimity") for case in raw_cases(kind, "inter", "core", "val")
    ):
        if game is not None:
            parts = [[game["carrier"], 1]] if game["type"] == "unanimity" else game["dividends"]
            yield Dividends({tuple(s): Fraction(d) for s, d in parts}, range(game["n"])), expected


@pytest.mark.skipif(not CASES.exists(), reason="../shared/cases is not there")
def test_dividends_of_the_literature():
    tried = 0
    for game, expected in listed_cases():
        for key, fast in (("shapley", dividends_shapley), ("banzhaf", dividends_banzhaf)):
            if key in expected:
                assert fast(game) == numbers(expected[key])
                tried += 1
        if "harsanyi_dividends" in expected:
            given_back = [Fraction(0)] * 2**game.n
            for mask, dividend in game.dividends:
                given_back[mask] = dividend
            assert given_back == numbers(expected["harsanyi_dividends"])
            tried += 1
        if "core_vertices" in expected:
            assert all(sum(numbers(x)) == game[game.players] for x in expected["core_vertices"])
            tried += 1
    assert tried


@given(dividend_games())
def test_dividends_agree_with_the_table(game):
    assert game.to_game() == one_by_one(game)
    exact = one_by_one(game)
    assert dividends_shapley(game) == list(shapley_value(exact))
    assert dividends_banzhaf(game) == list(banzhaf_value(exact))


def test_formulas_come_out_where_symbols_go_in():
    a = sympy.Symbol("a")
    assert dividends_shapley(unanimity("AB", worth=a)) == [a / 2, a / 2]


def test_two_hundred_players_need_no_table():
    game = Dividends({(i, (i + 1) % 200): 2 for i in range(200)})
    assert dividends_shapley(game) == [2] * 200
    with pytest.raises(TooLargeError, match=r"200 players .* dividends_shapley and dividends_banzhaf need no table"):
        game.to_game()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Dividends({(): 1, "A": 2}), CoalitionError, "the empty coalition has dividend 1"),
        (lambda: Dividends({("A", "B"): 1, ("B", "A"): 2}), WorthError, r"two dividends for \('A', 'B'\): 1 and 2"),
        (lambda: Dividends({"A": math.inf}), WorthError, r"dividend of \('A',\) is inf"),
        (lambda: Dividends({"AUZ": 1}, players=["AUS"]), CoalitionError, "did you mean 'AUS'"),
        (lambda: unanimity([]), CoalitionError, "no players"),
        (lambda: unanimity([], players="AB"), CoalitionError, "the empty coalition has dividend"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
