"""coalitions/families/simple.py"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalitions import Game
from coalitions.coalition import labels_of
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.families.simple import SimpleGame, critical_counts, minimal_counts, winning_table
from coalitions.families.voting import WeightedVotingGame


@st.composite
def simple_games(draw, *, max_players=6):
    """Games of a few minimal winning coalitions."""
    n = draw(st.integers(1, max_players))
    masks = draw(st.sets(st.integers(1, 2**n - 1), min_size=1, max_size=5))
    least = [m for m in masks if not any(o != m and o & m == o for o in masks)]
    return SimpleGame([labels_of(mask, range(n)) for mask in least], players=range(n))


# --- published


def test_the_catalan_parliament_of_2003():
    game = SimpleGame.from_game(WeightedVotingGame({"CiU": 46, "PSC": 42, "ERC": 23, "PP": 15, "ICV": 9}, 68))
    assert game.minimal_winning == (
        ("CiU", "PSC"),
        ("CiU", "ERC"),
        ("PSC", "ERC", "PP"),
        ("PSC", "ERC", "ICV"),
        ("CiU", "PP", "ICV"),
    )
    assert game.veto_players == ()
    assert game.null_players == ()


def test_the_apex_game_has_its_minimal_coalitions():
    apex = SimpleGame([("D", "A"), ("D", "B"), ("D", "C"), ("A", "B", "C")], players="ABCD")
    assert repr(apex) == (
        "Simple game of 4 players, 4 minimal winning coalitions: ('A', 'D'), ('B', 'D'), ('C', 'D'), ('A', 'B', 'C')"
    )
    assert apex["D"] == 0
    assert apex["A", "B", "C"] == apex["D", "B"] == 1


# --- laws


@given(game=simple_games())
def test_the_minimal_coalitions_are_found_again(game):
    again = SimpleGame.from_game(game.to_game())
    assert SimpleGame.from_game(game.to_game(exact=True)).masks == again.masks
    assert again.masks == game.masks
    assert again.minimal_winning == game.minimal_winning


@given(game=simple_games())
def test_a_coalition_wins_as_its_worth_says(game):
    worths = game.to_game().worths
    assert [game[labels_of(mask, game.players)] for mask in range(1 << game.n)] == worths.tolist()
    assert np.array_equal(winning_table(Game(game.players, worths)), game.winning_table())


@given(game=simple_games())
def test_veto_players_are_in_all_and_null_players_in_none(game):
    sets = [set(coalition) for coalition in game.minimal_winning]
    assert set(game.veto_players) == set.intersection(*sets)
    assert set(game.null_players) == set(game.players) - set.union(*sets)


# --- agreement


@given(game=simple_games())
def test_counts_of_the_list_are_those_of_the_table(game):
    assert minimal_counts(game) == critical_counts(game)[1].tolist()


def test_exact_worths_are_read_too():
    exact = Game("AB", np.array([0, Fraction(0), Fraction(0), Fraction(1)], object))
    assert SimpleGame.from_game(exact).minimal_winning == (("A", "B"),)


def test_players_come_in_the_order_of_their_first_mention():
    assert SimpleGame([("B", "A"), ("C",)]).players == ("B", "A", "C")
    assert SimpleGame(["AUS", ("JPN", "USA")]).minimal_winning == (("AUS",), ("JPN", "USA"))
    assert SimpleGame([2], players=range(4)).null_players == (0, 1, 3)


# --- refusals


@pytest.mark.parametrize(
    ("coalitions", "words"),
    [
        ([], "no minimal winning coalition"),
        ([()], "the empty coalition is named as winning"),
        ([("A",), ("A", "B")], r"\('A', 'B'\) is not minimal: \('A',\) wins already"),
        ([("A", "B"), ("B", "A")], r"\('A', 'B'\) is there twice"),
        ([("A", "X")], "unknown player 'X'"),
    ],
)
def test_lists_that_are_no_simple_game_are_named(coalitions, words):
    with pytest.raises(CoalitionError, match=words):
        SimpleGame(coalitions, players="ABC")


@pytest.mark.parametrize(
    ("worths", "words"),
    [
        ([0, 0.5, 0, 1], r"worth of \('A',\) is 0.5; in a simple game it is 0 or 1"),
        ([0, 0, 0, 0], "the grand coalition loses"),
        ([0, 1, 0, 0, 0, 1, 1, 1], r"\('A',\) wins but loses when 'B' joins"),
        (np.array([0, Fraction(1, 2), 0, 1], object), r"worth of \('A',\) is 1/2"),
    ],
)
def test_games_that_are_not_simple_are_named(worths, words):
    with pytest.raises(WorthError, match=words):
        winning_table(Game("ABC"[: len(worths).bit_length() - 1], worths))


def test_a_symbol_does_not_win():
    sympy = pytest.importorskip("sympy")
    with pytest.raises(WorthError, match=r"worth of \('A', 'B'\) is x"):
        winning_table(Game("AB", np.array([0, 0, 0, sympy.Symbol("x")], object)))


def test_a_list_of_many_players_has_no_table():
    game = SimpleGame([tuple(range(40))])
    assert minimal_counts(game)[0][40] == 1
    with pytest.raises(TooLargeError, match="at most 30 players"):
        game.winning_table()
    with pytest.raises(CoalitionError, match="int is no game"):
        winning_table(3)
