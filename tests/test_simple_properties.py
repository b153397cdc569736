"""coalitions/simple_properties.py"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import LABELS

from coalitions import Game, WorthError
from coalitions.player_properties import symmetric_players
from coalitions.simple_properties import is_proper, is_simple, is_strong, is_weighted, veto_players

FANO = [{0, 1, 2}, {0, 3, 4}, {0, 5, 6}, {1, 3, 5}, {1, 4, 6}, {2, 3, 6}, {2, 4, 5}]


@st.composite
def simple_games(draw, *, min_players=1, max_players=5):
    """Simple games from any coalitions that should win."""
    n = draw(st.integers(min_players, max_players))
    chosen = [*draw(st.lists(st.integers(1, 2**n - 1), max_size=6)), 2**n - 1]
    table = [int(any(s & mask == s for s in chosen)) for mask in range(2**n)]
    return Game(LABELS[:n], np.array(table, object))


@st.composite
def voting_games(draw, *, max_players=6):
    """Weighted majorities, with the weights."""
    weights = draw(st.lists(st.integers(0, 9), min_size=1, max_size=max_players).filter(sum))
    quota = draw(st.integers(1, sum(weights)))
    n = len(weights)
    table = [int(sum(w for i, w in enumerate(weights) if mask >> i & 1) >= quota) for mask in range(2**n)]
    return Game(LABELS[:n], table)


# --- published
def test_the_fano_plane_is_proper_strong_and_not_weighted():
    """Seven players, lines of the projective plane win (von Neumann and Morgenstern 1944, section 53)."""
    fano = Game.from_function(range(7), lambda s: int(any(line <= set(s) for line in FANO)))
    assert is_simple(fano)
    assert is_proper(fano)
    assert is_strong(fano)
    found = is_weighted(fano)
    assert not found
    assert all(fano[members] == 1 for members, _ in found.winning)
    assert all(fano[members] == 0 for members, _ in found.losing)


def test_the_security_council_is_weighted():
    """Veto 7, others 1, quota 39 (Taylor and Zwicker 1992 among others)."""
    members = range(15)
    council = Game.from_function(members, lambda s: int(set(range(5)) <= set(s) and len(s) >= 9))
    found = is_weighted(council)
    assert (found.quota, found.weights) == (39, (7,) * 5 + (1,) * 10)
    assert veto_players(council) == (0, 1, 2, 3, 4)
    assert len(symmetric_players(council)) == 2


# --- laws
@given(simple_games())
def test_proper_and_strong_are_their_definitions(game):
    wins, full = game.worths, (1 << game.n) - 1
    assert is_simple(game)
    assert bool(is_proper(game)) == (not any(wins[s] and wins[full ^ s] for s in range(full + 1)))
    assert bool(is_strong(game)) == all(wins[s] or wins[full ^ s] for s in range(full + 1))
    for ask, both in ((is_proper, 1), (is_strong, 0)):
        found = ask(game)
        assert found or [game[members] for members in found.witness] == [both, both]


@given(simple_games() | voting_games())
def test_weights_or_a_trade_prove_themselves(game):
    found = is_weighted(game)
    if found:
        for members, worth in game.to_dict().items():
            total = sum(w for player, w in zip(game.players, found.weights, strict=True) if player in members)
            assert worth == (total >= found.quota)
    else:
        assert {game[members] for members, _ in found.winning} == {1}
        assert {game[members] for members, _ in found.losing} == {0}
        count = [sum(k for _, k in side) for side in (found.winning, found.losing)]
        assert count[0] == count[1] > 0
        for player in game.players:
            often = [sum(k for members, k in side if player in members) for side in (found.winning, found.losing)]
            assert often[0] <= often[1]


@given(voting_games())
def test_weighted_majorities_are_found_to_be_weighted(game):
    assert is_weighted(game)


# --- agreement
def test_three_players_are_always_weighted():
    """Every simple game of up to three players is a weighted majority; Dedekind's numbers less two count them."""
    for n, count in ((1, 1), (2, 4), (3, 18)):
        sets = range(1, 1 << n)
        seen = set()
        for size in range(len(sets) + 1):
            for chosen in combinations(sets, size):
                table = tuple(int(any(s & m == s for s in (*chosen, (1 << n) - 1))) for m in range(1 << n))
                if table not in seen:
                    seen.add(table)
                    assert is_weighted(Game(range(n), table))
        assert len(seen) == count


# --- refusals
def test_refusals():
    for ask in (is_proper, is_strong, is_weighted):
        with pytest.raises(WorthError, match=r"not simple: v\('B'\) = 2, neither 0 nor 1"):
            ask(Game("AB", [0, 1, 2, 5]))
    assert repr(is_simple(Game("AB", [0, 1, 0, 0]))) == "not simple: v('A', 'B') = 0, but everybody together must win"
