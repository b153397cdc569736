"""coalitions/values/division.py"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import sympy
from hypothesis import given
from known import cases, number
from strategies import convex_games, exact_games

from coalitions import Game, WorthError, core, shapley_value
from coalitions.values.division import (
    dutta_ray,
    ensc_value,
    equal_division,
    equal_surplus_division,
    gately_point,
    minimal_rights,
    proportional_division,
    tau_value,
    utopia_payoffs,
)
from coalitions.values.semivalues import solidarity_value

SOLVE = {
    "tau": tau_value,
    "gately": gately_point,
    "utopia": utopia_payoffs,
    "minimal_rights": minimal_rights,
    "cis": equal_surplus_division,
    "ensc": ensc_value,
    "solidarity": solidarity_value,
}


def exact(game):
    return Game(game.players, np.array([Fraction(w) for w in game.worths.tolist()], object))


# --- published
@pytest.mark.parametrize(
    ("game", "expected"), [case for topic in ("val", "nuc", "core") for case in cases(topic, *SOLVE)]
)
def test_known_answers(game, expected):
    rounded = Game(game.players, game.worths.astype(float))
    for key, wanted in expected.items():
        if wanted is None:
            with pytest.raises(WorthError, match="not quasi-balanced"):
                SOLVE[key](game)
            with pytest.raises(WorthError, match="not quasi-balanced"):
                SOLVE[key](rounded)
            continue
        assert SOLVE[key](game).payoffs.tolist() == [number(x) for x in wanted]
        close = [float(number(x)) for x in wanted]
        assert SOLVE[key](rounded).payoffs == pytest.approx(close, abs=1e-12 * np.abs(rounded.worths).max())


def test_dutta_and_ray_take_the_rich_apart():
    """A rich player keeps what it makes alone, the others share the rest (worked by hand from the 1989 procedure)."""
    found = dutta_ray(Game("ABC", np.array([0, 6, 0, 6, 2, 8, 4, 12], object)))
    assert found.to_dict() == {"A": 6, "B": 3, "C": 3}
    assert "{A} > {B, C}" in found.method


def test_symbols_give_formulas():
    a, b, c = sympy.symbols("a b c")
    game = Game("AB", [0, a, b, c])
    assert equal_division(game)["A"] == c / 2
    for solve in (equal_surplus_division, ensc_value):
        assert sympy.expand(solve(game)["A"] - (a + c - b) / 2) == 0
    for solve in (tau_value, gately_point, minimal_rights, proportional_division, dutta_ray):
        with pytest.raises(WorthError, match="a symbol"):
            solve(game)


# --- laws
@given(exact_games())
def test_equal_parts_are_efficient_and_dual(game):
    assert equal_division(game).total == equal_surplus_division(game).total == game.worths[-1]
    assert (ensc_value(game).payoffs == equal_surplus_division(game.dual()).payoffs).all()
    assert len(set((equal_surplus_division(game).payoffs - game.worths[1 << np.arange(game.n)]).tolist())) == 1


@given(exact_games())
def test_minimal_rights_are_their_definition(game):
    high, low = utopia_payoffs(game), minimal_rights(game)
    for player in game.players:
        claims = [
            worth - sum(high[x] for x in members if x != player)
            for members, worth in game.to_dict().items()
            if player in members
        ]
        assert low[player] == max(claims)


@given(convex_games())
def test_tau_is_efficient_between_its_bounds_and_proportional(game):
    game = exact(game)
    low, high, found = (solve(game).payoffs for solve in (minimal_rights, utopia_payoffs, tau_value))
    assert found.sum() == game.worths[-1]
    assert all(low <= found)
    assert all(found <= high)
    assert len({Fraction(x - a, b - a) for x, a, b in zip(found, low, high, strict=True) if a != b}) <= 1


@given(convex_games())
def test_gately_makes_all_equally_ready_to_leave(game):
    game = exact(game)
    alone = game.worths[1 << np.arange(game.n)]
    found = gately_point(game)
    assert found.total == game.worths[-1]
    high = utopia_payoffs(game).payoffs
    propensities = {(m - x) / (x - a) for x, a, m in zip(found.payoffs, alone, high, strict=True) if x != a}
    assert len(propensities) <= 1


@given(convex_games(max_players=4))
def test_dutta_ray_is_in_the_core_and_most_equal(game):
    game = exact(game)
    found = dutta_ray(game)
    assert core(game).contains(found)
    poor = np.cumsum(sorted(found.payoffs))
    points = [shapley_value(game).payoffs]
    for order in permutations(range(game.n)):
        point, mask = [Fraction(0)] * game.n, 0
        for i in order:
            point[i] = game.worths[mask | 1 << i] - game.worths[mask]
            mask |= 1 << i
        points.append(np.array(point, object))
    for point in points:
        for other in (point, (point + points[0]) / 2):
            assert all(poor >= np.cumsum(sorted(other)))


@given(convex_games())
def test_floats_agree_with_exact_arithmetic(game):
    for solve in (tau_value, gately_point, dutta_ray, ensc_value, minimal_rights):
        slow = solve(exact(game)).payoffs.astype(float)
        assert np.allclose(solve(game).payoffs, slow, atol=1e-7)


# --- refusals
def test_refusals():
    with pytest.raises(WorthError, match=r"'A' is worth -1\.0 alone and 'B' is worth 2\.0"):
        proportional_division(Game("AB", [0, -1, 2, 5]))
    with pytest.raises(WorthError, match="every single player is worth 0"):
        proportional_division(Game("AB", [0, 0, 0, 5]))
    with pytest.raises(WorthError, match="no Gately point"):
        gately_point(Game("ABC", [0, 0, 0, 3, 0, 3, 3, 3]))
    with pytest.raises(WorthError, match="minimal right of 'A' is 48"):
        tau_value(Game("ABC", [0, 0, 0, 60, 0, 60, 60, 72]))
    partners = ({"A", "B"}, {"C", "D"})
    two_firms = Game.from_function("ABCD", lambda s: 20 if len(s) == 4 else 13 * any(p <= set(s) for p in partners))
    with pytest.raises(WorthError, match=r"v\(N\) = 20\.0 is not between .* 24\.0"):
        tau_value(two_firms)
    with pytest.raises(WorthError, match=r"convex games; v\('A', 'B', 'C'\) .* is less than"):
        dutta_ray(Game("ABC", [0, 0, 0, 3, 0, 3, 3, 3]))


def test_proportional_division_shares_in_proportion():
    game = Game("AB", np.array([0, 1, 3, 10], object))
    assert proportional_division(game).payoffs.tolist() == [Fraction(5, 2), Fraction(15, 2)]
    negative = Game("AB", np.array([0, -1, -3, -2], object))
    assert proportional_division(negative).payoffs.tolist() == [Fraction(-1, 2), Fraction(-3, 2)]
