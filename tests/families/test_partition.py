from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies import exact_games, fractions

from coalitions import CoalitionError, TooLargeError, WorthError, shapley_value
from coalitions.families.partition import PartitionFunctionGame, myerson_partition_value, partitions


@st.composite
def partition_functions(draw, max_players=4):
    n = draw(st.integers(1, max_players))
    return PartitionFunctionGame.from_function(range(n), lambda block, blocks: draw(fractions))


def values(game):
    extensions = game.externality_free(), game.mcquillin(), game.average()
    return [list(shapley_value(table)) for table in extensions] + [list(myerson_partition_value(game))]


@pytest.mark.parametrize(("n", "count"), [(1, 1), (4, 15), (7, 877), (9, 21147)])
def test_partitions_are_counted_by_bell(n, count):
    found = set(partitions(n))
    assert len(found) == len(list(partitions(n))) == count
    assert all(sum(blocks) == 2**n - 1 for blocks in found)


@given(exact_games(max_players=4))
def test_without_externalities_every_value_is_shapleys(game):
    same = PartitionFunctionGame.from_function(game.players, lambda block, blocks: game[block])
    assert same.average() == same.pessimistic() == same.optimistic() == game
    assert values(same) == [list(shapley_value(game))] * 4


@given(partition_functions())
def test_what_a_coalition_expects_of_the_others(game):
    free, together = game.externality_free(), game.mcquillin()
    for mask in range(1, 1 << game.n):
        inside = tuple(i for i in range(game.n) if mask >> i & 1)
        rest = tuple(i for i in range(game.n) if i not in inside)
        assert free[inside] == game.worth(inside, [inside, *((i,) for i in rest)])
        assert together[inside] == game.worth(inside, [inside, rest] if rest else [inside])


@given(partition_functions())
def test_every_value_is_efficient(game):
    whole = game.worth(game.players, [game.players])
    assert [sum(value) for value in values(game)] == [whole] * 4


@given(partition_functions(3), partition_functions(3), fractions)
def test_every_value_is_linear(first, second, factor):
    if first.n != second.n:
        return
    both = {
        p: tuple(a + factor * b for a, b in zip(first.worths[p], second.worths[p], strict=True)) for p in first.worths
    }
    total = PartitionFunctionGame(
        {tuple(tuple(i for i in range(first.n) if m >> i & 1) for m in p): w for p, w in both.items()}, range(first.n)
    )
    for a, b, c in zip(values(first), values(second), values(total), strict=True):
        assert c == [x + factor * y for x, y in zip(a, b, strict=True)]


def marginal_mean(game, player):
    """The average value by its definition: random orders, the rest in the cycles of a random permutation."""

    def worth(inside):
        rest = [i for i in range(game.n) if i not in inside]
        if not inside:
            return Fraction(0)
        total = []
        for image in permutations(rest):
            step, left, blocks = dict(zip(rest, image, strict=True)), set(rest), [tuple(inside)]
            while left:
                i, cycle = min(left), []
                while i in left:
                    left.remove(i)
                    cycle.append(i)
                    i = step[i]
                blocks.append(tuple(cycle))
            total.append(game.worth(inside, blocks))
        return sum(total) / len(total)

    orders = list(permutations(range(game.n)))
    gains = [worth(order[: order.index(player) + 1]) - worth(order[: order.index(player)]) for order in orders]
    return sum(gains) / len(orders)


@given(partition_functions(3))
def test_the_average_value_by_its_definition(game):
    average = shapley_value(game.average())
    assert [marginal_mean(game, i) for i in range(game.n)] == list(average)


@given(partition_functions(3))
def test_a_null_player_gets_nothing_in_the_average_value(game):
    """Player 'null' adds nothing to anybody, and whom it sits with matters to nobody."""
    n = game.n

    def worth(block, blocks):
        kept = [tuple(i for i in b if i != n) for b in blocks]
        own = tuple(i for i in block if i != n)
        return game.worth(own, [b for b in kept if b]) if own else Fraction(0)

    wider = PartitionFunctionGame.from_function(range(n + 1), worth)
    assert shapley_value(wider.average())[n] == 0
    assert list(shapley_value(wider.average()))[:n] == list(shapley_value(game.average()))


@given(partition_functions())
def test_expectations_are_ordered(game):
    low, high = game.pessimistic().worths.astype(float), game.optimistic().worths.astype(float)
    for table in (game.externality_free(), game.mcquillin(), game.average()):
        middle = table.worths.astype(float)
        assert (low - 1e-12 <= middle).all()
        assert (middle <= high + 1e-12).all()


def test_a_symmetric_partition_function_of_ray():
    """Ray (2007), example 5.2: the partition into 2, 1, 1 is worth 18, that into 3, 1 is worth 22."""
    table = {(3, (1, 3)): 22, (2, (1, 1, 2)): 16, (1, (1, 1, 2)): 1}
    game = PartitionFunctionGame.from_function(
        "ABCD", lambda block, blocks: table.get((len(block), tuple(sorted(map(len, blocks)))), 0)
    )
    best, found = game.best_partitions()
    assert best == 22
    assert len(found) == 4
    assert game.worth(("B", "A"), ["C", ("A", "B"), "D"]) == 16


def test_floats_and_symbols():
    x = sympy.Symbol("x")
    game = PartitionFunctionGame({(("A",), ("B",)): (1, x), (("A", "B"),): (4,)})
    assert [sympy.expand(w) for w in shapley_value(game.average())] == [Fraction(5, 2) - x / 2, x / 2 + Fraction(3, 2)]
    assert sympy.expand(myerson_partition_value(game)["B"]) == x / 2 + sympy.Rational(3, 2)
    with pytest.raises(WorthError, match=r"worth of \('B',\) is x, a symbol"):
        game.pessimistic()
    floats = PartitionFunctionGame({(("A",), ("B",)): (1.0, 2.0), (("A", "B"),): (4.0,)})
    assert myerson_partition_value(floats).payoffs.dtype == np.float64
    assert list(myerson_partition_value(floats)) == [1.5, 2.5]


ALONE, BOTH = (("A",), ("B",)), (("A", "B"),)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: PartitionFunctionGame({ALONE: (1, 2)}), WorthError, r"no worths for the partition \(\('A', 'B'\),\)"),
        (lambda: PartitionFunctionGame({ALONE: (1,), BOTH: (4,)}), CoalitionError, "1 worths for the 2 blocks"),
        (lambda: PartitionFunctionGame({ALONE: (1, math.nan), BOTH: (4,)}), WorthError, r"worth of \('B',\) in .* nan"),
        (lambda: PartitionFunctionGame({(("A",),): (1,)}, "AB"), CoalitionError, r"\('B',\) are in no block"),
        (
            lambda: PartitionFunctionGame({ALONE: (1, 2), ALONE[::-1]: (1, 2), BOTH: (4,)}),
            WorthError,
            r"the partition \(\('A',\), \('B',\)\) is listed twice",
        ),
        (
            lambda: PartitionFunctionGame({ALONE: (1, 2), BOTH: (4,)}).worth("A", BOTH),
            CoalitionError,
            r"\('A',\) is no block of",
        ),
        (lambda: PartitionFunctionGame.from_function(range(13), len), TooLargeError, "13 players; it may have at most"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
