"""coalitions/values/shapley.py"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations
from math import factorial

import numpy as np
import pytest
import sympy
from hypothesis import given
from known import cases, number
from strategies import exact_games, games

from coalitions import Allocation, CoalitionError, Game, WorthError, banzhaf_value, shapley_value
from coalitions.values import normalized_banzhaf_value


def by_orders(game):
    """The definition: marginal contributions over all orders of arrival."""
    total = dict.fromkeys(game.players, Fraction(0))
    for order in permutations(game.players):
        for k, player in enumerate(order):
            total[player] += game[order[: k + 1]] - game[order[:k]]
    return [value / factorial(game.n) for value in total.values()]


def by_coalitions(game):
    """The definition of the Banzhaf value: marginal contributions to all coalitions of the others."""
    found = []
    for player in game.players:
        others = [other for other in game.players if other != player]
        parts = [part for k in range(game.n) for part in combinations(others, k)]
        found.append(sum(game[(*part, player)] - game[part] for part in parts) / Fraction(len(parts)))
    return found


# --- published
def test_security_council():
    """15 members, five with a veto, nine votes needed: 421/2145 and 4/2145 (UN Charter as amended 1965)."""
    members = [f"P{i}" for i in range(5)] + [f"E{i}" for i in range(10)]
    masks = np.arange(1 << 15)
    sizes = np.array([mask.bit_count() for mask in range(1 << 15)])
    council = Game(members, np.array(((masks & 31) == 31) & (sizes >= 9), float))
    exact = Game(members, np.array(council.worths.astype(int).tolist(), object))
    assert shapley_value(exact)["P0"] == Fraction(421, 2145)
    assert shapley_value(exact)["E9"] == Fraction(4, 2145)
    assert banzhaf_value(exact)["P0"] == Fraction(848, 2**14)
    assert shapley_value(council).payoffs == pytest.approx([421 / 2145] * 5 + [4 / 2145] * 10, rel=0, abs=1e-15)


@pytest.mark.parametrize(
    ("game", "expected"),
    [
        *cases("val", "shapley", "banzhaf"),
        *cases("power", "shapley_shubik", "banzhaf_abs"),
        *cases("nuc", "shapley", "banzhaf"),
        *cases("core", "shapley"),
    ],
)
def test_known_answers(game, expected):
    for key, wanted in expected.items():
        solve = shapley_value if key.startswith("shapley") else banzhaf_value
        assert solve(game).payoffs.tolist() == [number(x) for x in wanted]
        rounded = Game(game.players, game.worths.astype(float))
        scale = max(1.0, np.abs(rounded.worths).max())
        assert np.allclose(solve(rounded).payoffs, [float(number(x)) for x in wanted], atol=1e-13 * scale)


def test_a_symbolic_game_has_a_formula():
    a, b, c = sympy.symbols("a b c")
    value = shapley_value(Game("AB", [0, a, b, c]))
    assert sympy.simplify(value["A"] - (a + c - b) / 2) == 0
    assert sympy.simplify(value.total - c) == 0


# --- laws
@given(exact_games())
def test_both_are_the_mean_marginal_contribution(game):
    assert shapley_value(game).payoffs.tolist() == by_orders(game)
    assert banzhaf_value(game).payoffs.tolist() == by_coalitions(game)


@given(exact_games(), exact_games())
def test_linear(first, second):
    if first.players == second.players:
        both = shapley_value(first + 3 * second).payoffs
        assert (both == shapley_value(first).payoffs + 3 * shapley_value(second).payoffs).all()


@given(exact_games())
def test_efficient_and_self_dual(game):
    assert shapley_value(game).total == game.worths[-1]
    assert (shapley_value(game).payoffs == shapley_value(game.dual()).payoffs).all()
    assert (banzhaf_value(game).payoffs == banzhaf_value(game.dual()).payoffs).all()


@given(games(min_players=2))
def test_symmetric_players_and_null_players(game):
    """Merge the last two players' worths so that they are interchangeable; a player who adds nothing gets nothing."""
    n = game.n
    swap = [m ^ (3 << n - 2) if (m >> n - 2 & 3) in (1, 2) else m for m in range(1 << n)]
    symmetric = Game(game.players, game.worths + game.worths[swap])
    x = shapley_value(symmetric).payoffs
    assert x[-1] == pytest.approx(x[-2], abs=1e-9)
    null = Game([*game.players, "null"], np.tile(game.worths, 2))
    assert shapley_value(null)["null"] == pytest.approx(0, abs=1e-9)
    assert shapley_value(null).payoffs[:-1] == pytest.approx(shapley_value(game).payoffs, abs=1e-9)


@given(exact_games(max_players=4))
def test_the_normalized_banzhaf_value_shares_out_everything_in_the_same_proportions(game):
    plain = banzhaf_value(game)
    if plain.total == 0:
        with pytest.raises(WorthError, match="the Banzhaf values sum to 0"):
            normalized_banzhaf_value(game)
        return
    found = normalized_banzhaf_value(game)
    assert found.total == game.worths[-1]
    assert [x * plain.total for x in found] == [x * game.worths[-1] for x in plain]
    assert normalized_banzhaf_value(game * 3).to_dict() == {player: 3 * x for player, x in found.to_dict().items()}


def test_banzhaf_values_that_cancel_cannot_be_rescaled():
    with pytest.raises(WorthError, match=r"sum to 0.*rescaled to v\(N\) = 2\.0; banzhaf_value gives them"):
        normalized_banzhaf_value(Game("ABC", [0, 6.0, 0, 0, 0, 0, 0, 2.0]))


# --- agreement
@pytest.mark.parametrize("n", [1, 2, 6, 7, 8, 13])
def test_the_compiled_pass_agrees_with_exact_arithmetic(n):
    worths = np.random.default_rng(n).integers(-1000, 1000, 1 << n)
    worths[0] = 0
    exact = Game(range(n), np.array(worths.tolist(), object))
    for solve in (shapley_value, banzhaf_value):
        fast = solve(Game(range(n), worths)).payoffs
        assert np.abs(fast - solve(exact).payoffs.astype(float)).max() <= 16 * np.finfo(float).eps * 1000


@pytest.mark.slow
def test_accurate_to_rounding_at_twenty_players():
    worths = np.random.default_rng(20).random(1 << 20)
    worths[0] = 0
    value = shapley_value(Game(range(20), worths))
    assert abs(value.total - worths[-1]) <= 16 * np.finfo(float).eps


# --- the allocation
def test_an_allocation_is_read_by_player_and_by_frame():
    value = shapley_value(Game(("AUS", "JPN"), [0, 1, 0, 5]))
    assert value["AUS"] == 3.0
    assert value.to_dict() == {"AUS": 3.0, "JPN": 2.0}
    assert value.to_frame().loc["JPN", "share"] == pytest.approx(0.4)
    assert "AUS" in value._repr_html_()
    assert list(value) == [3.0, 2.0]
    assert repr(value).splitlines()[0] == "Shapley value of 2 players, exact, sum 5"
    with pytest.raises(CoalitionError, match="did you mean 'AUS'"):
        value["AUZ"]
    with pytest.raises(ValueError, match="read-only"):
        value.payoffs[0] = 1
    with pytest.raises(CoalitionError, match="1 payoffs for 2 players"):
        Allocation(players=("AUS", "JPN"), payoffs=np.zeros(1), solution="", method="")


def test_an_allocation_is_drawn_as_bars():
    import matplotlib

    matplotlib.use("Agg")
    axes = shapley_value(Game(("AUS", "JPN"), [0, 1, 0, 5])).plot()
    assert [bar.get_height() for bar in axes.patches] == [3.0, 2.0]
