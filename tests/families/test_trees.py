from __future__ import annotations

from fractions import Fraction

import pytest
from family_cases import one_by_one
from hypothesis import given
from hypothesis import strategies as st

from coalitions import Allocation, CoalitionError, WorthError, core, shapley_value
from coalitions.families.trees import MinimumCostSpanningTree, bird_rule, folk_rule

costs = st.fractions(0, 20, max_denominator=6)


@st.composite
def cost_matrices(draw):
    nodes = draw(st.integers(2, 6))
    matrix = [[Fraction(0)] * nodes for _ in range(nodes)]
    for i in range(nodes):
        for j in range(i):
            matrix[i][j] = matrix[j][i] = draw(costs)
    return matrix


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
        (lambda: MinimumCostSpanningTree([[0, 1], [1]]), CoalitionError, "row 1 of the matrix has 1 entries"),
        (lambda: MinimumCostSpanningTree([[0, 1], [2, 0]], "A"), WorthError, "the source to 'A' is 1, but 2"),
        (lambda: MinimumCostSpanningTree([[0, 1], [1, 3]], "A"), WorthError, "cost from 'A' to itself is 3"),
        (lambda: MinimumCostSpanningTree([[0, -1], [-1, 0]]), WorthError, "from the source to 0 is -1"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
