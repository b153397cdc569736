"""coalitions/values/externalities.py"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from coalitions import Game, shapley_value, values
from coalitions.families import PartitionFunctionGame
from coalitions.sources import references_of

SOLVE = (
    values.externality_free_value,
    values.mcquillin_value,
    values.average_value,
    values.myerson_partition_value,
)


def test_without_externalities_all_are_the_shapley_value():
    game = Game("ABC", np.array([0, 1, 2, 5, 3, 4, 9, 12], object))
    plain = PartitionFunctionGame.from_function("ABC", lambda block, blocks: Fraction(game[block]))
    for solve in SOLVE:
        assert solve(plain).payoffs.tolist() == shapley_value(game).payoffs.tolist()


def test_a_null_player_gets_nothing_from_the_average_value():
    def worth(block, blocks):
        others = sum(1 for other in blocks if other != block and set(other) != {"D"})
        return Fraction(len([p for p in block if p != "D"]), 1 + others)

    assert values.average_value(PartitionFunctionGame.from_function("ABCD", worth))["D"] == 0


def test_each_names_its_sources():
    game = PartitionFunctionGame.from_function("AB", lambda block, blocks: Fraction(len(block), len(blocks)))
    for solve in SOLVE[:3]:
        assert solve(game).cite() == references_of(solve) != ()
