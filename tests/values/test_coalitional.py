"""coalitions/values/coalitional.py"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies import exact_games

from coalitions import CoalitionError, Game, banzhaf_value, shapley_value
from coalitions.values.coalitional import (
    aumann_dreze_value,
    banzhaf_owen_value,
    levels_value,
    owen_value,
    symmetric_coalitional_banzhaf_value,
)

SOLVE = {"owen": owen_value, "banzhaf_owen": banzhaf_owen_value, "aumann_dreze": aumann_dreze_value}


@st.composite
def levelled_games(draw, *, levels, max_players=5):
    """Games with nested partitions, the coarsest first."""
    game = draw(exact_games(max_players=max_players))
    names = [[] for _ in game.players]
    for _ in range(levels):
        for name in names:
            name.append(draw(st.integers(0, 2)))
    partitions = []
    for depth in range(1, levels + 1):
        blocks = {}
        for player, name in zip(game.players, names, strict=True):
            blocks.setdefault(tuple(name[:depth]), []).append(player)
        partitions.append(list(blocks.values()))
    return game, partitions


def by_orders(game, partitions):
    """The definition: the mean over all orders in which every union of every level comes without a break."""
    place = {player: i for i, player in enumerate(game.players)}

    def unbroken(order, union):
        places = sorted(order.index(place[player]) for player in union)
        return places[-1] - places[0] == len(places) - 1

    orders = [
        order
        for order in permutations(range(game.n))
        if all(unbroken(order, union) for blocks in partitions for union in blocks)
    ]
    total = [Fraction(0)] * game.n
    for order in orders:
        mask = 0
        for i in order:
            total[i] += game.worths[mask | 1 << i] - game.worths[mask]
            mask |= 1 << i
    return [x / len(orders) for x in total]


def banzhaf_owen_by_definition(game, unions):
    found = []
    for player in game.players:
        own = next(union for union in unions if player in union)
        fellows = [x for x in own if x != player]
        others = [union for union in unions if union is not own]
        total, count = Fraction(0), 0
        for k in range(len(others) + 1):
            for joined in combinations(others, k):
                for size in range(len(fellows) + 1):
                    for part in combinations(fellows, size):
                        base = (*part, *(x for union in joined for x in union))
                        total += game[(*base, player)] - game[base]
                        count += 1
        found.append(total / count)
    return found


# --- published
def test_symbols_give_formulas():
    a, b, c = sympy.symbols("a b c")
    value = owen_value(Game("AB", [0, a, b, c]), unions=[["A", "B"]])
    assert sympy.expand(value["A"] - (a + c - b) / 2) == 0


# --- laws
@given(levelled_games(levels=1))
def test_owen_is_the_mean_over_orders_that_keep_unions(drawn):
    game, (unions,) = drawn
    found = owen_value(game, unions=unions)
    assert found.payoffs.tolist() == by_orders(game, [unions])
    assert levels_value(game, levels=[unions]).payoffs.tolist() == found.payoffs.tolist()


@given(levelled_games(levels=2, max_players=4))
def test_levels_are_the_mean_over_orders_that_keep_all_unions(drawn):
    game, levels = drawn
    assert levels_value(game, levels=levels).payoffs.tolist() == by_orders(game, levels)


@given(levelled_games(levels=1))
def test_banzhaf_owen_is_its_definition(drawn):
    game, (unions,) = drawn
    assert banzhaf_owen_value(game, unions=unions).payoffs.tolist() == banzhaf_owen_by_definition(game, unions)


@given(levelled_games(levels=1))
def test_a_union_gets_its_value_among_unions(drawn):
    game, (unions,) = drawn
    table = [
        game[tuple(x for k, union in enumerate(unions) if m >> k & 1 for x in union)] for m in range(1 << len(unions))
    ]
    quotient = Game(range(len(unions)), np.array([Fraction(w) for w in table], object))
    owen, mixed = owen_value(game, unions=unions), symmetric_coalitional_banzhaf_value(game, unions=unions)
    for k, union in enumerate(unions):
        assert sum(owen[player] for player in union) == shapley_value(quotient)[k]
        assert sum(mixed[player] for player in union) == banzhaf_value(quotient)[k]


@given(exact_games())
def test_trivial_unions_change_nothing(game):
    singles, everybody = [[player] for player in game.players], [list(game.players)]
    for unions in (singles, everybody):
        assert (owen_value(game, unions=unions).payoffs == shapley_value(game).payoffs).all()
        assert (banzhaf_owen_value(game, unions=unions).payoffs == banzhaf_value(game).payoffs).all()
    assert (levels_value(game, levels=[]).payoffs == shapley_value(game).payoffs).all()
    assert (symmetric_coalitional_banzhaf_value(game, unions=singles).payoffs == banzhaf_value(game).payoffs).all()
    assert (aumann_dreze_value(game, unions=everybody).payoffs == shapley_value(game).payoffs).all()


@given(levelled_games(levels=1))
def test_aumann_dreze_pays_blocks_what_they_make(drawn):
    game, (unions,) = drawn
    found = aumann_dreze_value(game, unions=unions)
    for block in unions:
        assert sum(found[player] for player in block) == game[tuple(block)]


# --- agreement
def test_floats_agree_with_exact_arithmetic():
    worths = np.random.default_rng(3).integers(-50, 50, 1 << 9)
    worths[0] = 0
    fast, exact = Game(range(9), worths), Game(range(9), np.array(worths.tolist(), object))
    levels = [[range(5), range(5, 9)], [(0, 1), (2, 3, 4), (5,), (6, 7, 8)]]
    for unions in levels:
        for solve in (owen_value, banzhaf_owen_value, aumann_dreze_value, symmetric_coalitional_banzhaf_value):
            away = solve(fast, unions=unions).payoffs - solve(exact, unions=unions).payoffs.astype(float)
            assert np.abs(away).max() < 1e-11
    away = levels_value(fast, levels=levels).payoffs - levels_value(exact, levels=levels).payoffs.astype(float)
    assert np.abs(away).max() < 1e-11


# --- refusals
def test_refusals():
    game = Game("ABC", np.zeros(8))
    for solve in (*SOLVE.values(), symmetric_coalitional_banzhaf_value):
        with pytest.raises(CoalitionError, match=r"\('C',\) are in no block"):
            solve(game, unions=[["A", "B"]])
        with pytest.raises(CoalitionError, match=r"\('B',\) are in two blocks"):
            solve(game, unions=[["A", "B"], ["B", "C"]])
        with pytest.raises(CoalitionError, match="unknown player 'D'"):
            solve(game, unions=[["A", "B"], ["C", "D"]])
    with pytest.raises(CoalitionError, match=r"\('B', 'C'\) of level 1 is split by level 0"):
        levels_value(game, levels=[[["A", "B"], ["C"]], [["A"], ["B", "C"]]])
