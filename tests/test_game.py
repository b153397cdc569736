"""coalitions/game.py"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from strategies import exact_games, games

from coalitions import CoalitionError, Game, TooLargeError, WorthError
from coalitions.game import float_worths
from coalitions.worths import integer_worths

AB = ("AUS", "JPN")


# --- laws
@given(games())
def test_every_coalition_is_found_by_its_labels_in_any_order(game):
    for coalition, worth in game.to_dict().items():
        assert game[coalition] == worth == game[tuple(reversed(coalition))]
    assert game[()] == 0


@given(games() | exact_games())
def test_the_dual_of_the_dual_is_the_game(game):
    again = game.dual().dual()
    if game.is_exact:
        assert again == game
    else:
        assert np.allclose(again.worths, game.worths, atol=1e-9)


@given(exact_games())
def test_zero_normalisation_takes_away_an_additive_game(game):
    normal = game.zero_normalized()
    alone = Game.additive(game.players, [game[player] for player in game.players])
    assert all(normal[player] == 0 for player in game.players)
    assert normal + alone == game


@given(exact_games(min_players=2))
def test_a_subgame_keeps_the_worths_inside(game):
    kept = game.players[::2]
    inside = game.subgame(kept)
    assert inside.players == kept
    assert all(game[coalition] == worth for coalition, worth in inside.to_dict().items())


@given(games() | exact_games())
def test_frames_and_dicts_give_the_game_back(game):
    assert np.array_equal(Game.from_frame(game.to_frame()).worths, game.worths)
    again = Game.from_dict(game.to_dict(), players=game.players)
    assert np.array_equal(again.worths, game.worths)


@given(exact_games())
def test_arithmetic_is_coalition_by_coalition(game):
    assert (game + game) == 2 * game == game * 2
    assert (game - game) == game * 0
    assert -game == game * -1
    assert (3 * game) / 3 == game


@given(games() | exact_games())
def test_the_order_by_size_gives_the_game_back(game):
    listed = game.to_lexicographic()
    assert np.array_equal(Game.from_lexicographic(game.players, listed).worths, game.worths)
    by_size = sorted(game.to_dict(), key=lambda s: (len(s), [game.players.index(player) for player in s]))
    assert listed.tolist() == [game[coalition] for coalition in by_size]


# --- kinds of worths
def test_integers_become_floats_unless_asked_otherwise():
    assert Game(AB, [0, 1, 2, 3]).worths.dtype == np.float64
    kept = Game(AB, np.array([0, 1, 2, 3], object))
    assert kept.is_exact
    assert kept["AUS", "JPN"] == 3
    assert isinstance(kept["AUS"], int)
    assert Game(AB, [False, False, False, True])[AB] == 1.0
    assert Game.from_function(AB, lambda coalition: len(coalition) == 2)[AB] == 1.0
    assert Game.from_dict({AB: np.int64(3)}, missing=0).worths.tolist() == [0, 0, 0, 3]
    assert Game.from_dict({AB: 3}, missing=lambda coalition: 7 * len(coalition)).worths.tolist() == [0, 7, 7, 3]


def test_fractions_and_symbols_stay_what_they_are():
    a = sympy.Symbol("a")
    assert Game(AB, [0, Fraction(1, 3), 0, 1])["AUS"] == Fraction(1, 3)
    assert (2 * Game(AB, [0, a, 0, a**2]))[AB] == 2 * a**2
    assert integer_worths([0, Fraction(1, 2), sympy.Rational(1, 3)]) == ([0, 3, 2], 6)
    assert integer_worths([0, a]) is None


def test_large_integers_stay_exact_or_are_refused():
    assert Game(AB, [0, 0, 0, 10**30])[AB] == 10**30
    with pytest.raises(WorthError, match=r"beyond 2\*\*53"):
        Game(AB, np.array([0, 0, 0, 2**60]))


def test_the_table_is_a_read_only_copy_unless_asked_otherwise():
    table = np.zeros(4)
    game = Game(AB, table)
    table[3] = 5
    assert game[AB] == 0
    with pytest.raises(ValueError, match="read-only"):
        game.worths[3] = 1
    shared = Game(AB, table, copy=False)
    assert np.shares_memory(shared.worths, table)
    assert table.flags.writeable


def test_indexing_needs_no_order_and_players_may_be_letters():
    game = Game("AB", [0, 1, 2, 4])
    assert game["A"] == 1
    assert game["B", "A"] == 4
    assert game[{"A", "B"}] == 4


def test_it_prints_as_a_sentence():
    assert repr(Game(AB, [0, 0, 0, 5])) == "Game of 2 players (AUS, JPN), grand coalition worth 5"


# --- refusals
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Game(AB, [0, 1, 2]), r"2 players have 2\*\*2 = 4 coalitions .* shape \(3,\)"),
        (lambda: Game(AB, [0, 1, 2, math.nan]), r"worth of \('AUS', 'JPN'\) is nan"),
        (lambda: Game(AB, [0, math.inf, 2, math.nan]), r"worth of \('AUS',\) is inf; 1 more"),
        (lambda: Game(AB, [1, 1, 2, 3]), "the empty coalition is worth 1.0; it must be 0"),
        (lambda: Game(AB, [0, "x", 2, 3]), "not numbers"),
        (lambda: Game(AB, [0, None, 2, 3]), r"worth of \('AUS',\) is None, not a number"),
        (lambda: Game(AB, [0, 1j, 2, 3]), "not numbers"),
        (lambda: Game(AB, [0, 0.5, Fraction(1, 2), 1]), "mix floats and Fraction"),
        (lambda: Game(AB, [0, sympy.oo, 0, 0]), r"worth of \('AUS',\) is oo"),
        (lambda: Game(AB, [0, sympy.I, 0, 0]), r"worth of \('AUS',\) is I"),
        (lambda: Game.from_dict({"AUS": 1, AB: 2}), r"no worth for \('JPN',\); pass missing=0"),
        (
            lambda: Game.from_dict({AB: 1, ("JPN", "AUS"): 2}, missing=0),
            r"two worths for \('AUS', 'JPN'\): 1 and 2",
        ),
        (lambda: Game.from_lexicographic(AB, [0, 1, 2, 3]), r"3 coalitions besides the empty one.*shape \(4,\)"),
        (lambda: Game.additive(AB, [1, 2, 3]), "3 payoffs for 2 players"),
        (lambda: Game(AB, [0, 1, 2, 3]) / 0, "divided by 0"),
        (lambda: float_worths(Game(AB, [0, sympy.Symbol("a"), 0, 0])), r"worth of \('AUS',\) is a, a symbol"),
    ],
)
def test_refusals_of_worths(call, words):
    with pytest.raises(WorthError, match=words):
        call()


def test_refusals_of_players_and_sizes():
    with pytest.raises(CoalitionError, match="'AUS' is there twice"):
        Game(("AUS", "AUS"), [0, 1, 2, 3])
    with pytest.raises(CoalitionError, match="did you mean 'AUS'"):
        Game(AB, [0, 1, 2, 3])["AUZ"]
    with pytest.raises(CoalitionError, match="games of different players"):
        Game(AB, [0, 1, 2, 3]) + Game("XY", [0, 1, 2, 3])
    with pytest.raises(CoalitionError, match="no subgame"):
        Game(AB, [0, 1, 2, 3]).subgame(())
    with pytest.raises(TooLargeError, match=r"40 players have 2\*\*40 coalitions; .* 30 players"):
        Game.from_function(range(40), len)


def test_refusals_of_frames():
    frame = Game(AB, [0, 1, 2, 3]).to_frame()
    with pytest.raises(WorthError, match="no column 'value'"):
        Game.from_frame(frame, worth="value")
    with pytest.raises(WorthError, match="row 1 of column 'AUS' is 7, not 0 or 1"):
        Game.from_frame(frame.assign(AUS=[0, 7, 0, 1]))
    with pytest.raises(WorthError, match=r"two worths for \('AUS',\)"):
        Game.from_frame(frame.iloc[[0, 1, 1, 2, 3]])
    with pytest.raises(WorthError, match=r"no worth for \('AUS', 'JPN'\)"):
        Game.from_frame(frame.iloc[:3])
