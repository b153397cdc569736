"""coalitions/values/by_family.py"""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from coalitions import CoalitionError, FunctionGame, Game, ParametricGame, banzhaf_value, shapley_value, values
from coalitions.families.airport import Airport
from coalitions.families.assignment import Glove
from coalitions.families.bankruptcy import Bankruptcy
from coalitions.families.dividends import Dividends
from coalitions.families.graph import InducedSubgraph
from coalitions.families.mc_nets import MCNet, Rule
from coalitions.families.simple import SimpleGame
from coalitions.families.typed import TypedGame
from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame
from coalitions.sources import references_of

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


def test_a_callable_is_estimated_with_an_interval_that_holds_the_truth():
    """Forty states on a plane: v(S) is a square, whose value is known in closed form."""
    weights = np.arange(1, 41) / 40
    game = FunctionGame(range(40), lambda m: (m @ weights) ** 2, vectorized=True)
    exact = weights * weights.sum()
    found = shapley_value(game)
    low, high = found.interval(0.999, anytime=True).T
    assert ((low <= exact) & (exact <= high)).all()
    assert found.half_widths().max() <= 0.01 * weights.sum() ** 2


def test_a_parametric_game_gives_standard_errors():
    terms = {"stake": Game("AB", [0, 1, 0, 3]), "cost": Game("AB", [0, 0, 0, -1])}
    game = ParametricGame("AB", terms, {"stake": 2.0, "cost": 1.0}, covariance=np.diag([0.25, 0.04]))
    found = shapley_value(game)
    assert found.payoffs == pytest.approx([3.5, 1.5])
    assert found.standard_errors == pytest.approx(np.sqrt([2**2 * 0.25 + 0.5**2 * 0.04, 1 * 0.25 + 0.5**2 * 0.04]))


def test_values_name_their_sources():
    """A solution's name in words leads to its function, and the docstring there to its sources."""
    game = Game("ABC", [0, 1, 1, 4, 1, 4, 4, 9])
    options = {"unions": [["A", "B"], ["C"]], "graph": [("A", "B"), ("B", "C")], "weights": [1, 2, 3], "share": 0.5}
    named = (
        "shapley_value banzhaf_value weighted_shapley_value solidarity_value owen_value banzhaf_owen_value "
        "aumann_dreze_value myerson_value position_value tau_value gately_point egalitarian_shapley_value"
    )
    for name in named.split():
        solve = getattr(values, name)
        wanted = {key: given for key, given in options.items() if key in inspect.signature(solve).parameters}
        found = solve(game, **wanted)
        assert found.cite() == references_of(solve) != (), name
        assert "would do better" in found.explain(game) or "No coalition" in found.explain(game)
        assert "toprule" in found.to_latex()


def test_what_is_no_game_is_refused():
    with pytest.raises(CoalitionError, match="list is no game"):
        shapley_value([0, 1, 2])
