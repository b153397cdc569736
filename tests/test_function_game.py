"""coalitions/function_game.py"""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from strategies import LABELS, games

from coalitions import CoalitionError, Game, TooLargeError, WorthError
from coalitions.function_game import FunctionGame

SQUARES = FunctionGame(LABELS, lambda coalition: len(coalition) ** 2)


def squares(members):
    return members.sum(axis=1) ** 2.0


# --- laws


@given(game=games())
def test_a_function_that_looks_worths_up_is_the_game(game):
    same = FunctionGame(game.players, game.__getitem__)
    assert same.to_game() == game
    members = np.arange(len(game))[:, None] >> np.arange(game.n) & 1
    assert np.array_equal(same.worths(members), game.worths)


# --- agreement


def test_plain_and_vectorised_functions_agree():
    fast = FunctionGame(LABELS, squares, vectorized=True)
    assert fast.to_game() == SQUARES.to_game()
    assert fast["AUS", "FRA"] == SQUARES["AUS", "FRA"] == 4
    assert fast[()] == SQUARES[()] == 0


def test_a_table_wider_than_a_block_is_in_bitmask_order():
    weights = 2.0 ** np.arange(14)
    table = FunctionGame(range(14), lambda members: members @ weights, vectorized=True).to_game()
    assert np.array_equal(table.worths, np.arange(1 << 14))


def test_exact_worths_stay_exact():
    thirds = FunctionGame("AB", lambda coalition: Fraction(len(coalition), 3))
    assert thirds["A"] == Fraction(1, 3)
    assert thirds.to_game().is_exact
    assert thirds.worths([[True, True]])[0] == 2 / 3


def test_any_number_of_players():
    game = FunctionGame(range(1000), lambda coalition: sum(coalition))
    assert game[5, 999] == 1004
    assert game.worths(np.ones((1, 1000), bool))[0] == 999 * 500


def test_a_worth_is_remembered_and_the_memory_is_bounded():
    calls = []

    def size(coalition):
        calls.append(coalition)
        return len(coalition)

    game = FunctionGame("ABC", size, memo=2, check=False)
    assert [game["A"], game["A"], game["B"], game["C"], game["A"]] == [1] * 5
    assert calls == [("A",), ("B",), ("C",), ("A",)]
    calls.clear()
    forgetful = FunctionGame("ABC", size, memo=False, check=False)
    assert [forgetful["A"], forgetful["A"]] == [1, 1]
    assert len(calls) == 2


def test_it_can_be_sent_elsewhere():
    game = FunctionGame("ABC", squares, vectorized=True)
    again = pickle.loads(pickle.dumps(game))
    assert again["A", "C"] == 4
    plain = pickle.loads(pickle.dumps(FunctionGame("ABC", len)))
    assert plain["A", "C"] == 2


def test_a_function_that_writes_into_its_argument_does_no_harm():
    def wipe(members):
        total = members.sum(axis=1)
        members[:] = False
        return total

    assert FunctionGame("ABC", wipe, vectorized=True).to_game() == Game.additive("ABC", [1, 1, 1])


# --- refusals


def test_a_function_that_raises_is_named_with_its_coalition():
    game = FunctionGame("ABC", lambda coalition: 1 / (len(coalition) - 2))
    with pytest.raises(WorthError, match=r"worth of \('A', 'C'\): the function raised ZeroDivisionError: division"):
        game["A", "C"]
    with pytest.raises(WorthError, match=r"worth of \('A', 'B'\): the function raised ZeroDivisionError"):
        game.to_game()


def test_a_vectorised_function_that_raises_is_searched_for_the_coalition():
    def fussy(members):
        if (members.sum(axis=1) == 3).any():
            raise KeyError("no trio")
        return members.sum(axis=1)

    members = np.array([[1, 1, 0], [0, 1, 0], [1, 1, 1], [0, 0, 1]], bool)
    with pytest.raises(WorthError, match=r"worth of \('A', 'B', 'C'\): the function raised KeyError"):
        FunctionGame("ABC", fussy, vectorized=True).worths(members)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_worth_that_is_not_finite_is_named(bad):
    plain = FunctionGame("ABC", lambda coalition: bad if coalition == ("B", "C") else 1.0)
    with pytest.raises(WorthError, match=rf"worth of \('B', 'C'\) is {bad}"):
        plain.to_game()
    fast = FunctionGame("ABC", lambda members: np.where(members[:, 0], 1.0, bad), vectorized=True)
    with pytest.raises(WorthError, match=rf"worth of \('B',\) is {bad}; 2 more of"):
        fast.to_game()


@pytest.mark.parametrize("bad", ["much", None, 1j, [1, 2]])
def test_a_worth_that_is_no_number_is_named(bad):
    with pytest.raises(WorthError, match=r"worth of \('A',\) is .*, not a number"):
        FunctionGame("AB", lambda coalition: bad)["A"]


def test_a_function_that_changes_its_answer_is_found_out():
    ticks = itertools.count()
    plain = FunctionGame("ABC", lambda coalition: next(ticks), memo=False)
    with pytest.raises(WorthError, match=r"worth of \('A', 'B'\) was 0.0 and is 2.0 when asked again"):
        plain.worths([[1, 1, 0], [0, 0, 1]])
    with pytest.raises(WorthError, match="when asked again"):
        plain.to_game()
    rng = np.random.default_rng(1)
    fast = FunctionGame("ABC", lambda members: rng.random(len(members)), vectorized=True)
    with pytest.raises(WorthError, match=r"was .* and is .* when asked again"):
        fast.worths([[1, 1, 0]])
    assert len(FunctionGame("ABC", lambda members: rng.random(len(members)), vectorized=True, check=False).to_game())


def test_shapes_that_do_not_fit():
    with pytest.raises(WorthError, match=r"membership has shape \(1, 3\); 8 players need"):
        SQUARES.worths([[1, 0, 1]])
    with pytest.raises(WorthError, match=r"gave shape \(\) for 1 coalitions"):
        FunctionGame("AB", lambda members: 3.0, vectorized=True)["A"]
    with pytest.raises(WorthError, match="of type <U1, not numbers"):
        FunctionGame("AB", lambda members: np.array(["x"] * len(members)), vectorized=True)["A"]


def test_too_many_players_for_a_table():
    with pytest.raises(TooLargeError, match=r"26 players need 2\*\*26 calls .* coalitions.estimate"):
        FunctionGame(range(26), len).to_game()


def test_players_and_functions_are_checked():
    with pytest.raises(CoalitionError, match="player 'A' is there twice"):
        FunctionGame("AA", len)
    with pytest.raises(WorthError, match="is 3, which cannot be called"):
        FunctionGame("AB", 3)
    with pytest.raises(WorthError, match="memo is -1"):
        FunctionGame("AB", len, memo=-1)
    with pytest.raises(CoalitionError, match="unknown player 'AUZ'; did you mean 'AUS'"):
        SQUARES["AUZ"]
