from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from family_cases import numbers, one_by_one, raw_cases
from hypothesis import given
from hypothesis import strategies as st

from coalitions import Allocation, CoalitionError, TooLargeError, WorthError, banzhaf_value, core, shapley_value
from coalitions.families.cost import (
    Airport,
    Bankruptcy,
    MinimumCostSpanningTree,
    airport_banzhaf,
    airport_shapley,
    airport_shares,
    bird_rule,
    constrained_equal_awards,
    constrained_equal_losses,
    folk_rule,
    proportional_rule,
    talmud_rule,
)

RULES = (talmud_rule, constrained_equal_awards, constrained_equal_losses, proportional_rule)
costs = st.fractions(0, 20, max_denominator=6)


@st.composite
def estates(draw):
    claims = draw(st.lists(st.fractions(0, 9, max_denominator=4), min_size=1, max_size=5))
    return Bankruptcy(sum(claims) * draw(st.fractions(0, 1, max_denominator=7)), claims)


@st.composite
def cost_matrices(draw):
    nodes = draw(st.integers(2, 6))
    matrix = [[Fraction(0)] * nodes for _ in range(nodes)]
    for i in range(nodes):
        for j in range(i):
            matrix[i][j] = matrix[j][i] = draw(costs)
    return matrix


@pytest.mark.parametrize(("game", "expected"), raw_cases("airport", "nuc"))
def test_airport_of_the_literature(game, expected):
    airport = Airport(numbers(game["costs"]))
    assert airport_shares(airport) == numbers(expected["shapley"])
    assert list(shapley_value(airport.to_cost_game())) == numbers(expected["shapley"])
    assert not core(airport.to_game()).is_empty
    assert core(airport.to_game()).contains([-x for x in numbers(expected["nucleolus"])])


@given(st.lists(costs, min_size=1, max_size=6))
def test_airport_formulas_agree_with_the_table(each):
    airport = Airport(each)
    table = airport.to_game()
    assert table == one_by_one(airport)
    assert table == -airport.to_cost_game()
    assert airport_shapley(airport) == list(shapley_value(table))
    assert airport_banzhaf(airport) == list(banzhaf_value(table))
    assert sum(airport_shares(airport)) == airport.cost(airport.players)


def test_an_airport_of_many_players_needs_no_table():
    shares = airport_shares(Airport(range(1, 501)))
    assert sum(shares) == 500
    assert shares[0] == Fraction(1, 500)
    assert shares == sorted(shares)
    with pytest.raises(TooLargeError, match=r"31 players .* airport_shares needs no table"):
        Airport(range(31)).to_game()


@pytest.mark.parametrize(("game", "expected"), raw_cases("bankruptcy", "nuc", "ker"))
def test_bankruptcy_of_the_talmud(game, expected):
    estate = Bankruptcy(numbers(game["estate"]), numbers(game["claims"]))
    nucleolus = expected.get("nucleolus") or expected["kernel_elements"][0]
    assert list(talmud_rule(estate)) == numbers(nucleolus)
    if "shapley" in expected:
        assert list(shapley_value(estate.to_game())) == numbers(expected["shapley"])


@pytest.mark.parametrize(
    ("rule", "awards"),
    [
        (constrained_equal_awards, [100, 150, 150]),
        (constrained_equal_losses, ["100/3", "400/3", "700/3"]),
        (proportional_rule, ["200/3", "400/3", "200"]),
        (talmud_rule, [50, 125, 225]),
    ],
)
def test_four_rules_divide_400(rule, awards):
    assert list(rule(Bankruptcy(400, [100, 200, 300]))) == numbers(awards)


@given(estates())
def test_rules_divide_the_estate_within_the_claims(estate):
    assert estate.to_game() == one_by_one(estate)
    for rule in RULES:
        awards = list(rule(estate))
        assert sum(awards) == estate.estate
        assert all(0 <= award <= claim for award, claim in zip(awards, estate.claims, strict=True))
        assert core(estate.to_game()).contains(awards)


@given(estates())
def test_talmud_is_its_own_dual_and_equal_awards_the_dual_of_equal_losses(estate):
    lost = Bankruptcy(sum(estate.claims) - estate.estate, estate.claims)
    for rule, dual in ((talmud_rule, talmud_rule), (constrained_equal_awards, constrained_equal_losses)):
        assert [c - x for c, x in zip(estate.claims, rule(lost), strict=True)] == list(dual(estate))


def test_an_estate_in_floats_is_divided_in_floats():
    assert talmud_rule(Bankruptcy(200.0, [100, 200, 300])).payoffs.dtype == np.float64
    assert talmud_rule(Bankruptcy(200.0, [100, 200, 300]))[0] == 50


@pytest.mark.parametrize(("game", "expected"), raw_cases("mcst", "mcst"))
def test_spanning_trees_of_the_literature(game, expected):
    tree = MinimumCostSpanningTree(numbers(game["matrix"]))
    assert tree.cost(tree.players) == Fraction(expected["mcst_cost"])
    assert list(shapley_value(tree.to_cost_game())) == numbers(expected["kar"])
    assert list(folk_rule(tree)) == numbers(expected["folk"])
    assert [list(row) for row in tree.irreducible().matrix] == numbers(expected["irreducible_matrix"])
    if "worths" in expected:
        assert tree.to_cost_game().worths.tolist() == numbers(expected["worths"])
    if "bird" in expected:
        assert list(bird_rule(tree)) == numbers(expected["bird"])
    for vertex in expected["core_vertices"]:
        assert core(tree.to_game()).contains([-x for x in numbers(vertex)])


@given(cost_matrices())
def test_spanning_tree_rules(matrix):
    tree = MinimumCostSpanningTree(matrix)
    table = tree.to_game()
    assert table == one_by_one(tree)
    assert list(folk_rule(tree)) == list(shapley_value(tree.irreducible().to_cost_game()))
    for rule in (bird_rule, folk_rule):
        assert core(table).contains([-x for x in rule(tree)])
        assert rule(tree).total == tree.cost(tree.players)


def test_a_tree_of_part_of_the_players_uses_only_them():
    tree = MinimumCostSpanningTree([[0, 9, 1], [9, 0, 1], [1, 1, 0]], players=["far", "near"])
    assert tree.tree(["far"]) == [(None, "far", 9)]
    assert tree.tree() == [(None, "near", 1), ("near", "far", 1)]
    assert isinstance(bird_rule(tree), Allocation)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Airport([1, -2], "AB"), WorthError, "cost of 'B' is -2; it must be at least 0"),
        (lambda: Airport([1, math.nan]), WorthError, "cost of 1 is nan"),
        (lambda: Airport([1, "2"]), WorthError, "cost of 1 is '2', not a number"),
        (lambda: Airport([1, sympy.Symbol("c")]), WorthError, "cost of 1 is c, a symbol"),
        (lambda: Airport([0.5, Fraction(1, 3)]), WorthError, "mix the float 0.5 and the exact 1/3"),
        (lambda: Airport([1, 2], "ABC"), CoalitionError, "2 costs for 3 players"),
        (lambda: Airport([]), CoalitionError, "no players"),
        (lambda: Airport([1, 2], "AB")["C"], CoalitionError, "unknown player 'C'"),
        (lambda: Bankruptcy(-1, [2]), WorthError, "the estate is -1"),
        (lambda: Bankruptcy(7, [2, 3]), WorthError, "the estate is 7 and the claims sum to 5"),
        (lambda: Bankruptcy(1, [2, math.inf]), WorthError, "claim of 1 is inf"),
        (lambda: MinimumCostSpanningTree([[0, 1], [1]]), CoalitionError, "row 1 of the matrix has 1 entries"),
        (lambda: MinimumCostSpanningTree([[0, 1], [2, 0]], "A"), WorthError, "the source to 'A' is 1, but 2"),
        (lambda: MinimumCostSpanningTree([[0, 1], [1, 3]], "A"), WorthError, "cost from 'A' to itself is 3"),
        (lambda: MinimumCostSpanningTree([[0, -1], [-1, 0]]), WorthError, "from the source to 0 is -1"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
