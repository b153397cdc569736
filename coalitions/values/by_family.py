"""Families with algorithms of their own, registered for the values they solve without a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from coalitions.allocation import Allocation
from coalitions.families.airport import Airport, airport_banzhaf, airport_shapley
from coalitions.families.assignment import Glove, glove_banzhaf, glove_shapley
from coalitions.families.dividends import Dividends, dividends_banzhaf, dividends_shapley
from coalitions.families.given import payoff_array
from coalitions.families.graph import InducedSubgraph, subgraph_shapley
from coalitions.families.mc_nets import MCNet, mc_net_banzhaf, mc_net_shapley
from coalitions.families.simple import SimpleGame
from coalitions.families.typed import TypedGame, typed_banzhaf, typed_shapley
from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame
from coalitions.families.voting_counts import counts_of_table
from coalitions.families.voting_power import shapley_from_counts, voting_shapley, voting_swings
from coalitions.function_game import FunctionGame
from coalitions.parametric import ParametricGame
from coalitions.values.sampling import estimate
from coalitions.values.shapley import banzhaf_value, shapley_value

TARGET = 0.01
"""Half-width of the 95% intervals at which the estimate of a game given by a callable stops, as a share of v(N)."""


def _simple_shapley(game: SimpleGame) -> list[Fraction]:
    return shapley_from_counts(*counts_of_table(game.winning_table()))


def _voting_banzhaf(game: WeightedVotingGame | MultipleVotingGame) -> list[Fraction]:
    return [Fraction(swings, 2 ** (game.n - 1)) for swings in voting_swings(game)[1]]


def _voting_shapley(game: WeightedVotingGame | MultipleVotingGame) -> Allocation:
    values, method = voting_shapley(game)
    kind = object if method == "exact" else np.float64
    return Allocation(players=game.players, payoffs=np.array(values, kind), solution="Shapley value", method=method)


_ALGORITHMS: dict[type, tuple[Callable[[Any], Sequence[Any]], Callable[[Any], Sequence[Any]]]] = {
    Airport: (airport_shapley, airport_banzhaf),
    Glove: (glove_shapley, glove_banzhaf),
    InducedSubgraph: (subgraph_shapley, subgraph_shapley),  # the two values agree on pairs
    Dividends: (dividends_shapley, dividends_banzhaf),
    MCNet: (mc_net_shapley, mc_net_banzhaf),
    TypedGame: (typed_shapley, typed_banzhaf),
}


def _register(value: Any, solution: str, kind: type, solve: Callable[[Any], Sequence[Any]]) -> None:
    def solved(game: Any) -> Allocation:
        return Allocation(
            players=game.players,
            payoffs=payoff_array(solve(game)),
            solution=solution,
            method=f"exact, by the structure of {kind.__name__}",
        )

    value.register(kind, solved)


for _kind, (_shapley, _banzhaf) in _ALGORITHMS.items():
    _register(shapley_value, "Shapley value", _kind, _shapley)
    _register(banzhaf_value, "Banzhaf value", _kind, _banzhaf)

_register(shapley_value, "Shapley value", SimpleGame, _simple_shapley)
for _voting in (WeightedVotingGame, MultipleVotingGame):
    shapley_value.register(_voting, _voting_shapley)
    _register(banzhaf_value, "Banzhaf value", _voting, _voting_banzhaf)


def _estimated(game: FunctionGame, value: str) -> Allocation:
    return estimate(game, value=value, target=TARGET)


shapley_value.register(FunctionGame, partial(_estimated, value="shapley"))
banzhaf_value.register(FunctionGame, partial(_estimated, value="banzhaf"))
shapley_value.register(ParametricGame, lambda game: game.value(shapley_value))
banzhaf_value.register(ParametricGame, lambda game: game.value(banzhaf_value))
