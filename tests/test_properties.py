"""coalitions/properties.py"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from known import cases
from strategies import convex_games, exact_games, games

from coalitions import CoalitionError, Game, TooLargeError, WorthError, least_core
from coalitions.player_properties import (
    dummy_players,
    is_dummy_player,
    is_null_player,
    is_symmetric,
    null_players,
    symmetric_players,
)
from coalitions.properties import (
    is_additive,
    is_balanced,
    is_constant_sum,
    is_convex,
    is_essential,
    is_monotone,
    is_superadditive,
    is_zero_monotone,
)
from coalitions.simple_properties import veto_players

ASK = {
    "superadditive": is_superadditive,
    "convex": is_convex,
    "monotone": is_monotone,
    "zero_monotone": is_zero_monotone,
    "constant_sum": is_constant_sum,
    "essential": is_essential,
    "additive": is_additive,
    "balanced": is_balanced,
    "veto_players": veto_players,
    "null_players": null_players,
}


def violations(name, game):
    """The definition, for all pairs of coalitions."""
    v, full = game.worths, (1 << game.n) - 1
    alone = [v[1 << i] for i in range(game.n)]
    pairs = [(s, t) for s in range(full + 1) for t in range(full + 1)]
    if name == "superadditive":
        return [v[s | t] < v[s] + v[t] for s, t in pairs if not s & t]
    if name == "convex":
        return [v[s | t] + v[s & t] < v[s] + v[t] for s, t in pairs]
    if name == "monotone":
        return [v[t] < v[s] for s, t in pairs if s & t == s]
    if name == "zero_monotone":
        return [v[s | 1 << i] < v[s] + alone[i] for s in range(full + 1) for i in range(game.n) if not s >> i & 1]
    if name == "constant_sum":
        return [v[s] + v[full ^ s] != v[full] for s in range(full + 1)]
    if name == "essential":
        return [v[full] <= sum(alone)]
    return [v[s] != sum(alone[i] for i in range(game.n) if s >> i & 1) for s in range(full + 1)]


# --- published
@pytest.mark.parametrize(
    ("game", "expected"), [case for topic in ("nuc", "core", "val", "power") for case in cases(topic, *ASK)]
)
def test_known_answers(game, expected):
    rounded = Game(game.players, game.worths.astype(float))
    for key, wanted in expected.items():
        for asked in (game, rounded):
            found = ASK[key](asked)
            assert (list(found) if isinstance(wanted, list) else bool(found)) == wanted


# --- laws
@given(exact_games(max_players=4) | convex_games(max_players=4))
def test_answers_are_the_definitions(game):
    for name, ask in list(ASK.items())[:7]:
        found = ask(game)
        assert bool(found) == (not any(violations(name, game)))


@given(exact_games(min_players=2, max_players=4))
def test_a_no_is_proved_by_its_witness(game):
    def worth(members):
        return game[members]

    found = is_superadditive(game)
    one, other = found.witness
    assert worth(one + other) - worth(one) - worth(other) == found.margin
    assert not set(one) & set(other)
    assert bool(found) == (found.margin >= 0)
    found = is_convex(game)
    one, other = map(set, found.witness)
    assert worth(one | other) + worth(one & other) - worth(one) - worth(other) == found.margin
    found = is_monotone(game)
    small, large = found.witness
    assert set(small) < set(large)
    assert worth(large) - worth(small) == found.margin
    found = is_constant_sum(game)
    assert -abs(sum(map(worth, found.witness)) - game.worths[-1]) == found.margin


@given(games(max_players=4))
def test_floats_agree_with_exact_arithmetic(game):
    exact = Game(game.players, np.array([Fraction(w) for w in game.worths.tolist()], object))
    for ask in list(ASK.values())[:7]:
        fast, slow = ask(game), ask(exact)
        if fast.margin is not None and abs(float(slow.margin)) > 1e-6:
            assert bool(fast) == bool(slow)
            assert fast.margin == pytest.approx(float(slow.margin), abs=1e-6)


@given(exact_games(max_players=4), st.integers(-3, 3))
def test_players_are_told_by_what_they_bring(game, own):
    """Add a player who brings the same to everybody, and one who stands in for the first."""
    dummy = Game([*game.players, "new"], np.concatenate((game.worths, game.worths + own)))
    assert is_dummy_player(dummy, "new")
    assert "new" in dummy_players(dummy)
    assert bool(is_null_player(dummy, "new")) == (own == 0) == ("new" in null_players(dummy))
    found = is_null_player(dummy, "new")
    assert abs(dummy[found.witness[1]] - dummy[found.witness[0]]) == abs(own)
    swap = [m ^ 3 if m & 3 in (1, 2) else m for m in range(1 << dummy.n)]
    double = dummy + Game(dummy.players, dummy.worths[swap])
    assert is_symmetric(double, *double.players[:2])
    assert any(set(double.players[:2]) <= set(group) for group in symmetric_players(double))
    one, other = is_symmetric(dummy, *dummy.players[:2]).witness
    assert (dummy[one] == dummy[other]) == bool(is_symmetric(dummy, *dummy.players[:2]))


# --- agreement
def test_large_integers_are_compared_exactly():
    big = 10**30
    game = Game("AB", np.array([0, big, big, 2 * big - 1], object))
    assert not is_superadditive(game)
    assert is_superadditive(game).margin == -1
    assert not is_convex(game)
    assert not is_zero_monotone(game)


# --- refusals
def test_refusals():
    game = Game("AB", [0, 1, 2, 5])
    for ask in (is_null_player, is_dummy_player):
        with pytest.raises(CoalitionError, match="unknown player 'C'"):
            ask(game, "C")
    with pytest.raises(CoalitionError, match="'A' is named twice"):
        is_symmetric(game, "A", "A")
    with pytest.raises(TooLargeError, match="20 players are the most"):
        is_superadditive(Game(range(21), np.zeros(1 << 21), copy=False))
    a = sympy.Symbol("a")
    for ask in list(ASK.values())[:7]:
        with pytest.raises(WorthError, match="a symbol"):
            ask(Game("AB", [0, a, a, a]))
    assert repr(is_superadditive(Game("A", [0, 1]))) == "superadditive: there are no two coalitions"


@given(exact_games(min_players=2, max_players=4))
def test_balanced_means_that_the_least_core_asks_for_nothing(game):
    found = is_balanced(game)
    assert found.holds == (least_core(game).epsilon <= 1e-9 * max(1.0, float(max(abs(w) for w in game.worths))))
    assert bool(found.witness) != found.holds
