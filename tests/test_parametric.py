"""coalitions/parametric.py"""

from __future__ import annotations

from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies import exact_games, fractions

from coalitions import CoalitionError, Game, WorthError, banzhaf_value, shapley_value
from coalitions.parametric import ParametricGame
from coalitions.values.coalitional import owen_value
from coalitions.values.division import tau_value
from coalitions.values.network import myerson_value
from coalitions.values.semivalues import solidarity_value

GAIN, COST = [0, 0, 0, 4, 0, 2, 1, 9], [0, 1, 1, 2, 1, 2, 2, 4]


def pact(**changes):
    given = {"coefficients": {"gain": 2.0, "cost": -0.5}, "covariance": [[0.04, 0.01], [0.01, 0.09]], **changes}
    return ParametricGame("ABC", {"gain": GAIN, "cost": COST}, **given)


# --- laws
@given(exact_games(min_players=3, max_players=3), exact_games(min_players=3, max_players=3), fractions, fractions)
def test_a_value_is_its_gradient_times_the_coefficients(first, second, a, b):
    game = ParametricGame(first.players, {"f": first, "g": second}, {"f": a, "g": b})
    assert game.to_game() == first * a + second * b
    for solve, options in (
        (shapley_value, {}),
        (banzhaf_value, {}),
        (solidarity_value, {}),
        (owen_value, {"unions": [first.players[:2], first.players[2:]]}),
        (myerson_value, {"graph": [first.players[:2]]}),
    ):
        found = game.value(solve, **options)
        assert (found.payoffs == solve(game.to_game(), **options).payoffs).all()
        assert (found.gradient[:, 0] == solve(first, **options).payoffs).all()
        assert (found.gradient @ np.array([a, b], object) == found.payoffs).all()
        shares = found.elasticities()
        for payoff, row in zip(found.payoffs, shares, strict=True):
            assert sum(row) == 1 if payoff else set(row) == {None}


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_derivatives_are_differences(gain, cost):
    game = pact(coefficients={"gain": gain, "cost": cost})
    found = game.value()
    for k, name in enumerate(("gain", "cost")):
        moved = game.at(**{name: game.coefficients[name] + 1}).value()
        assert np.allclose(moved.payoffs - found.payoffs, found.gradient[:, k], atol=1e-9)


# --- agreement
def test_standard_errors_are_those_of_draws():
    game = pact()
    draws = np.random.default_rng(4).multivariate_normal([2.0, -0.5], game.covariance, 4000)
    payoffs = np.array([shapley_value(Game("ABC", a * np.array(GAIN) + b * np.array(COST))).payoffs for a, b in draws])
    found = game.value()
    assert np.allclose(payoffs.std(axis=0), found.standard_errors, rtol=0.05)
    assert np.allclose(np.cov(payoffs.T), found.covariance, atol=0.02)
    low, high = found.interval(0.9).T
    inside = ((payoffs > low) & (payoffs < high)).mean(axis=0)
    assert np.allclose(inside, 0.9, atol=0.02)
    assert np.allclose((high - low) / 2, NormalDist().inv_cdf(0.95) * found.standard_errors)


def test_symbols_give_formulas():
    a, b = sympy.symbols("a b")
    tables = {"gain": np.array(GAIN, object), "cost": np.array(COST, object)}
    game = ParametricGame("ABC", tables, {"gain": a, "cost": b})
    found = game.value()
    direct = shapley_value(Game("ABC", tables["gain"] * a + tables["cost"] * b))
    assert all(sympy.expand(x - y) == 0 for x, y in zip(found, direct, strict=True))
    assert sympy.expand(found.total - (9 * a + 4 * b)) == 0
    assert found.gradient[0, 0] == sympy.diff(found["A"], a)
    assert sympy.simplify(found.elasticities()[0].sum() - 1) == 0
    assert game["A", "B", "C"] == 9 * a + 4 * b


def test_a_result_is_an_allocation_with_a_wider_frame():
    found = pact().value()
    frame = found.to_frame()
    assert list(frame.columns) == ["payoff", "share", "standard error", "d payoff / d gain", "d payoff / d cost"]
    assert frame.loc["B", "payoff"] == found["B"]
    assert repr(found).startswith("Shapley value of 3 players, exact")
    assert "2.0 gain + -0.5 cost" in repr(pact())
    assert "standard error" not in pact(covariance=None).value().to_frame()
    with pytest.raises(ValueError, match="read-only"):
        found.gradient[0, 0] = 1
    assert pact()["A", "B"] == pytest.approx(2 * 4 - 0.5 * 2)
    assert pact(coefficients={"gain": Fraction(1, 2), "cost": 1}).value().payoffs.dtype == np.float64


# --- refusals
def test_refusals():
    with pytest.raises(WorthError, match="tau_value is not linear"):
        ParametricGame(
            "ABC", {"f": [0, 0, 0, 2, 0, 2, 3, 5], "g": [0, 0, 0, 4, 0, 0, 3, 6]}, {"f": 1.0, "g": 1.0}
        ).value(tau_value)
    with pytest.raises(WorthError, match="no coefficient for the term 'cost'"):
        pact(coefficients={"gain": 1})
    with pytest.raises(CoalitionError, match="unknown term 'gains'; did you mean 'gain'"):
        pact(coefficients={"gains": 1, "cost": 1})
    with pytest.raises(CoalitionError, match="unknown term 'costs'; did you mean 'cost'"):
        pact().at(costs=1)
    for wrong in (float("nan"), "much", True):
        with pytest.raises(WorthError, match="coefficient of 'gain' is"):
            pact(coefficients={"gain": wrong, "cost": 1})
    with pytest.raises(WorthError, match=r"shape \(1, 1\) for 2 terms"):
        pact(covariance=[[1.0]])
    with pytest.raises(WorthError, match="not symmetric: 1.0 and 0.0 for 'gain' and 'cost'".replace(".", r"\.")):
        pact(covariance=[[1, 1], [0, 1]])
    with pytest.raises(WorthError, match="negative eigenvalue -1"):
        pact(covariance=[[1, 2], [2, 1]])
    with pytest.raises(WorthError, match="covariance of 'gain' and 'gain' is nan"):
        pact(covariance=[[float("nan"), 0], [0, 1]])
    with pytest.raises(WorthError, match="have no covariance: pass covariance="):
        pact(covariance=None).value().interval()
    with pytest.raises(CoalitionError, match="level is 95; it must be between 0 and 1"):
        pact().value().interval(95)
    with pytest.raises(WorthError, match="no terms"):
        ParametricGame("AB", {}, {})
    with pytest.raises(WorthError, match="term 'f': 2 players have"):
        ParametricGame("AB", {"f": [0, 1]}, {"f": 1})
    with pytest.raises(CoalitionError, match=r"term 'f' is for the players \('X', 'Y'\)"):
        ParametricGame("AB", {"f": Game("XY", np.zeros(4))}, {"f": 1})
