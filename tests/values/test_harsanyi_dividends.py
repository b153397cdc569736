"""coalitions/values/dividends.py"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from known import cases, number
from strategies import exact_games, games

from coalitions import CoalitionError, Game, WorthError
from coalitions.values.dividends import from_dividends, harsanyi_dividends


# --- published
@pytest.mark.parametrize(
    ("game", "expected"),
    [case for topic in ("val", "inter", "nuc") for case in cases(topic, "harsanyi_dividends")],
)
def test_known_answers(game, expected):
    assert harsanyi_dividends(game).values.tolist() == [number(x) for x in expected["harsanyi_dividends"]][1:]


def test_symbols_give_formulas():
    a, b, c = sympy.symbols("a b c")
    assert harsanyi_dividends(Game("AB", [0, a, b, c]))["A", "B"] == c - a - b


# --- laws
@given(exact_games())
def test_dividends_give_the_game_back(game):
    found = harsanyi_dividends(game)
    assert from_dividends(game.players, found.to_dict()) == game
    assert found.total == game.worths[-1]


@given(exact_games())
def test_a_dividend_is_the_worth_less_the_dividends_inside(game):
    found = harsanyi_dividends(game)
    for mask in range(1, 1 << game.n):
        inside = sum(found.values[s - 1] for s in range(1, mask) if s & mask == s)
        assert found.values[mask - 1] == game.worths[mask] - inside


@given(games())
def test_floats_agree_with_exact_arithmetic(game):
    exact = Game(game.players, np.array([Fraction(w) for w in game.worths.tolist()], object))
    slow = harsanyi_dividends(exact).values.astype(float)
    assert np.allclose(harsanyi_dividends(game).values, slow, atol=1e-9)


# --- the result, refusals
def test_numbers_of_coalitions_are_read_by_label_and_by_frame():
    found = harsanyi_dividends(Game("ABC", [0, 1, 2, 5, 0, 1, 2, 5]))
    assert found["B", "A"] == 2.0
    assert found.to_frame()["size"].tolist() == [1, 1, 2, 1, 2, 2, 3]
    assert found.matrix()[:2, :2].tolist() == [[1, 2], [2, 2]]
    with pytest.raises(ValueError, match="read-only"):
        found.values[0] = 1
    with pytest.raises(CoalitionError, match=r"no number for \(\)"):
        found[()]


def test_pairs_are_drawn_as_a_matrix():
    import matplotlib

    matplotlib.use("Agg")
    axes = harsanyi_dividends(Game("AB", [0, 1, 2, 5])).plot()
    assert axes.images[0].get_array().tolist() == [[1, 2], [2, 2]]


def test_refusals():
    with pytest.raises(CoalitionError, match="unknown player 'X'"):
        from_dividends("AB", {"X": 1})
    with pytest.raises(WorthError, match="empty coalition"):
        from_dividends("AB", {(): 1})
    with pytest.raises(WorthError, match=r"worth of \('B',\) is nan"):
        from_dividends("AB", [0, 1, float("nan"), 0])
    with pytest.raises(CoalitionError, match="list is no game"):
        harsanyi_dividends([0, 1])
