from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy
from family_cases import numbers, one_by_one, raw_cases
from hypothesis import given
from hypothesis import strategies as st
from strategies import fractions

from coalitions import CoalitionError, TooLargeError, WorthError, banzhaf_value, core, shapley_value
from coalitions.families.graph import Flow, InducedSubgraph, additively_separable, subgraph_shapley


@st.composite
def webs(draw):
    n = draw(st.integers(1, 5))
    ends = draw(st.lists(st.sampled_from([(i, j) for i in range(n) for j in range(i, n)]), unique=True))
    return InducedSubgraph([(i, j, draw(fractions)) for i, j in ends], range(n))


@st.composite
def networks(draw):
    nodes = "sabt"
    ends = draw(st.lists(st.sampled_from([(i, j) for i, j in product(nodes, nodes) if i != j]), max_size=8))
    capacities = st.fractions(0, 5, max_denominator=4)
    arcs = [(*pair, draw(capacities), draw(st.integers(0, 3))) for pair in ends]
    return Flow(arcs, source="s", sink="t", players=range(4))


@pytest.mark.parametrize(("game", "expected"), raw_cases("induced_subgraph", "csg"))
def test_subgraphs_of_the_literature(game, expected):
    web = InducedSubgraph([(i, j, Fraction(w)) for i, j, w in game["edges"]], range(game["n"]))
    assert subgraph_shapley(web) == numbers(expected["shapley"])
    if "worths" in expected:
        assert web.to_game().worths.tolist() == numbers(expected["worths"])


@given(webs())
def test_subgraphs_agree_with_the_table(web):
    exact = one_by_one(web)
    assert np.array_equal(web.to_game().worths, exact.worths)
    assert subgraph_shapley(web) == list(shapley_value(exact)) == list(banzhaf_value(exact))


def test_a_subgraph_of_two_hundred_states_and_one_of_symbols():
    ring = InducedSubgraph([(i, (i + 1) % 200, 2) for i in range(200)])
    assert subgraph_shapley(ring) == [2] * 200
    with pytest.raises(TooLargeError, match="game\\[labels\\] and subgraph_shapley need no table"):
        ring.to_game()
    w = sympy.Symbol("w")
    web = InducedSubgraph([("A", "B", w), ("B", "C", 1)])
    assert (
        list(shapley_value(web.to_game())) == subgraph_shapley(web) == [w / 2, w / 2 + Fraction(1, 2), Fraction(1, 2)]
    )


@given(
    st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(fractions, min_size=n, max_size=n), min_size=n, max_size=n))
)
def test_separable_worths_are_the_sums_of_everybody_for_everybody(weights):
    game = additively_separable(weights)
    for mask in range(1 << len(weights)):
        inside = [i for i in range(len(weights)) if mask >> i & 1]
        assert game[inside] == sum(weights[i][j] for i in inside for j in inside)


@given(networks())
def test_a_flow_is_the_cheapest_cut_and_the_game_is_balanced(flow):
    table = flow.to_game()
    for mask in range(1, 16):
        inside = [i for i in range(4) if mask >> i & 1]
        cuts = (
            sum(c for tail, head, c, owner in flow.arcs if owner in inside and tail in side and head not in side)
            for side in ({"s"}, {"s", "a"}, {"s", "b"}, {"s", "a", "b"})
        )
        assert table[inside] == min(cuts)
    assert not core(table).is_empty


def test_a_flow_takes_back_a_first_path_that_was_in_the_way():
    detours = [
        ("s", "a"),
        ("a", "d"),
        ("d", "t"),
        ("a", "b"),
        ("b", "c"),
        ("c", "t"),
        ("s", "e"),
        ("e", "f"),
        ("f", "d"),
    ]
    flow = Flow([(*ends, 1, "all") for ends in detours], source="s", sink="t")
    assert flow["all"] == 2  # by a, b, c and by e, f, d; the shortest path a, d alone leaves room for neither


def test_an_open_arc_serves_everybody():
    flow = Flow([("s", "m", 2, "A"), ("m", "t", 5, None), ("s", "m", 1, "B")], source="s", sink="t")
    assert (flow["A"], flow["B"], flow["A", "B"]) == (2, 1, 3)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: InducedSubgraph([("A", "B", 1), ("B", "A", 2)]), CoalitionError, "two weights .* 1 and 2"),
        (lambda: InducedSubgraph([("A", "B")]), CoalitionError, "no weighted link"),
        (lambda: InducedSubgraph([("A", "B", math.nan)]), WorthError, "weight of the link of 'A' and 'B' is nan"),
        (lambda: InducedSubgraph([("AUS", "JPM", 1)], ["AUS", "JPN"]), CoalitionError, "did you mean 'JPN'"),
        (lambda: additively_separable([[0, 1], [2]]), CoalitionError, "the row of 1 has 1 weights for 2 players"),
        (lambda: additively_separable([[0, math.inf], [2, 0]], "AB"), WorthError, "weight of 'B' for 'A' is inf"),
        (lambda: Flow([("s", "t", -1, "A")], source="s", sink="t"), WorthError, "capacity from 's' to 't' is -1"),
        (lambda: Flow([("s", "t", 1, "A")], source="s", sink="s"), CoalitionError, "source and sink are both 's'"),
        (lambda: Flow([("s", "t", 1)], source="s", sink="t"), CoalitionError, "is no arc"),
        (lambda: Flow([("s", "t", 1, "A")], source="s", sink="t", players="B"), CoalitionError, "unknown owner 'A'"),
        (lambda: Flow([("s", "t", 3, None)], source="s", sink="t", players="B"), WorthError, "carry a flow of 3"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_networkx_graph_goes_in_and_comes_out():
    networkx = pytest.importorskip("networkx")
    graph = networkx.Graph()
    graph.add_node("FJI")
    graph.add_weighted_edges_from([("AUS", "JPN", 3), ("JPN", "USA", Fraction(1, 2))])
    web = InducedSubgraph(graph)
    assert web.players == ("FJI", "AUS", "JPN", "USA")
    assert web["AUS", "JPN", "USA"] == Fraction(7, 2)
    assert networkx.utils.graphs_equal(web.to_networkx(), graph)
    assert InducedSubgraph(web.to_networkx()) == web
    graph.add_edge("FJI", "USA")
    with pytest.raises(CoalitionError, match="the link of 'FJI' and 'USA' has no weight"):
        InducedSubgraph(graph)
