"""coalitions/values/by_family.py"""

from __future__ import annotations

import pytest

from coalitions import CoalitionError, banzhaf_value, shapley_value
from coalitions.families.airport import Airport
from coalitions.families.assignment import Glove
from coalitions.families.bankruptcy import Bankruptcy
from coalitions.families.dividends import Dividends
from coalitions.families.graph import InducedSubgraph
from coalitions.families.mc_nets import MCNet, Rule
from coalitions.families.simple import SimpleGame
from coalitions.families.typed import TypedGame
from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame

GAMES = [
    Airport([1, 3, 3, 8]),
    Glove(["a", "b"], ["c", "d", "e"]),
    InducedSubgraph([("a", "b", 2), ("b", "c", -1), ("a", "c", 4)]),
    Dividends({("a", "b"): 3, ("c",): 2, ("a", "b", "c"): -4}),
    MCNet([Rule(("a", "b"), (), 5), Rule(("b",), ("c",), -2)], players=("a", "b", "c")),
    TypedGame({"x": 2, "y": 3}, lambda x, y: min(x, y) + x),
    Bankruptcy(10, [3, 5, 8]),
    WeightedVotingGame([4, 3, 2, 1], 6),
    MultipleVotingGame([WeightedVotingGame([4, 3, 2, 1], 6), WeightedVotingGame([1, 1, 1, 1], 3)]),
    SimpleGame([("a", "b"), ("b", "c", "d")]),
]


@pytest.mark.parametrize("value", [shapley_value, banzhaf_value])
@pytest.mark.parametrize("game", GAMES, ids=lambda game: type(game).__name__)
def test_the_caller_writes_the_same_line_for_every_kind_of_game(value, game):
    found = value(game)
    dense = value(game.to_game())
    assert found.players == dense.players
    assert found.payoffs.astype(float) == pytest.approx(dense.payoffs.astype(float), abs=1e-12)
    assert found.solution == dense.solution


def test_what_is_no_game_is_refused():
    with pytest.raises(CoalitionError, match="list is no game"):
        shapley_value([0, 1, 2])
