"""coalitions/families/partial.py"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import convex_games

from coalitions import CoalitionError, WorthError
from coalitions.families import superadditive_bounds
from coalitions.properties import is_superadditive


@st.composite
def partly_known(draw):
    """A superadditive game and some of its worths, those of single players among them."""
    game = draw(convex_games(max_players=5))
    everything = game.to_dict()
    chosen = {s: Fraction(int(w)) for s, w in everything.items() if len(s) == 1 or draw(st.booleans())}
    return game, chosen


def best_partition(coalition, known):
    """The definition, over all partitions."""
    if not coalition:
        return 0
    first = coalition[0]
    blocks = [s for s in known if first in s and set(s) <= set(coalition)]
    return max(known[s] + best_partition(tuple(p for p in coalition if p not in s), known) for s in blocks)


@given(partly_known())
def test_the_game_lies_between_the_bounds_and_they_are_what_they_are_defined_as(drawn):
    game, known = drawn
    least, greatest = superadditive_bounds(known, players=game.players)
    assert is_superadditive(least)
    assert (greatest is None) == (game.players not in known)
    for coalition, worth in game.to_dict().items():
        assert least[coalition] == best_partition(coalition, known) <= worth
        if greatest is not None:
            wholes = [s for s in known if set(coalition) <= set(s)]
            rests = [tuple(p for p in s if p not in coalition) for s in wholes]
            most = min(known[s] - best_partition(rest, known) for s, rest in zip(wholes, rests, strict=True))
            assert worth <= greatest[coalition] == known.get(coalition, most)


@given(convex_games())
def test_a_game_known_in_full_is_its_own_bound(game):
    least, greatest = superadditive_bounds(game.to_dict(), players=game.players)
    assert least == greatest == game


def test_rounding_is_no_contradiction():
    least, _ = superadditive_bounds({"A": 0.1, "B": 0.2, ("A", "B"): 0.3})
    assert least["A", "B"] == 0.3


@pytest.mark.parametrize(
    ("worths", "error", "words"),
    [
        ({"A": 1, ("A", "B"): 3}, WorthError, r"no worth for \('B',\): without it nothing is known"),
        ({"A": 1, "B": 2, ("A", "B"): 2}, WorthError, r"\('A', 'B'\) is 2, less than the 3 its parts make"),
        ({"A": 1, "B": 2, ("A", "B"): 4, ("B", "A"): 5}, WorthError, r"two worths for \('A', 'B'\): 4 and 5"),
        ({"A": 1, (): 2}, WorthError, "the empty coalition is worth 0"),
        ({"A": float("nan")}, WorthError, "worth of \\('A',\\) is nan"),
        ({}, CoalitionError, "player"),
    ],
)
def test_refusals(worths, error, words):
    with pytest.raises(error, match=words):
        superadditive_bounds(worths)
