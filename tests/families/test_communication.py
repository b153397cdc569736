from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from family_cases import one_by_one
from hypothesis import given
from hypothesis import strategies as st
from strategies import exact_games, games

from coalitions import CoalitionError, Game
from coalitions.families.communication import CommunicationGraph
from coalitions.families.graph import InducedSubgraph


@st.composite
def restricted(draw, worths):
    game = draw(worths)
    pairs = [(a, b) for a in game.players for b in game.players if a != b]
    return CommunicationGraph(game, draw(st.lists(st.sampled_from(pairs), max_size=6)) if pairs else [])


def pieces(graph, inside):
    """The connected parts of a coalition, by uniting overlapping links until none overlap."""
    parts = [{player} for player in inside]
    for i, j in graph.links:
        a, b = graph.players[i], graph.players[j]
        if a in inside and b in inside:
            joined = [part for part in parts if a in part or b in part]
            parts = [part for part in parts if part not in joined] + [set().union(*joined)]
    return parts


@given(restricted(exact_games(max_players=5)))
def test_a_restricted_worth_is_the_sum_of_connected_parts(graph):
    table = graph.to_game()
    assert table == one_by_one(graph)
    for mask in range(1 << graph.n):
        inside = tuple(p for i, p in enumerate(graph.players) if mask >> i & 1)
        assert table[inside] == sum(graph.game[tuple(part)] for part in pieces(graph, inside))
        assert {frozenset(part) for part in graph.components(inside)} == {frozenset(p) for p in pieces(graph, inside)}


@given(restricted(games()))
def test_restriction_is_idempotent_and_floats_stay_floats(graph):
    table = graph.to_game()
    assert table.worths.dtype == np.float64
    again = CommunicationGraph(table, [(graph.players[i], graph.players[j]) for i, j in graph.links]).to_game()
    assert np.allclose(again.worths, table.worths, rtol=1e-12, atol=1e-9)


def test_a_complete_graph_changes_nothing_and_an_empty_one_leaves_single_players():
    game = Game("ABCD", range(0, 160, 10))
    everything = [(a, b) for a in "ABCD" for b in "ABCD" if a < b]
    assert CommunicationGraph(game, everything).to_game() == game
    assert CommunicationGraph(game, []).to_game() == Game.additive("ABCD", [game[p] for p in "ABCD"])


def test_networkx_graphs_and_representations_are_taken():
    graph = SimpleNamespace(nodes=["A", "B"], edges=[("A", "B")])
    web = InducedSubgraph([("A", "B", 3), ("B", "C", 4)])
    assert CommunicationGraph(web, graph).to_game().worths.tolist() == [0, 0, 0, 3, 0, 0, 0, 3]
    graph.nodes.append("Z")
    with pytest.raises(CoalitionError, match="unknown node 'Z'"):
        CommunicationGraph(web, graph)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: CommunicationGraph(Game("AB", range(4)), [("A", "C")]), CoalitionError, "unknown player 'C'"),
        (lambda: CommunicationGraph(Game("AB", range(4)), [("A", "A")]), CoalitionError, "joins 'A' to itself"),
        (
            lambda: CommunicationGraph(Game("AB", range(4)), [("A", "B", 2)]),
            CoalitionError,
            "has 3 ends; a link joins two players",
        ),
        (lambda: CommunicationGraph([0, 1], [("A", "B")]), CoalitionError, "list is no game"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_networkx_graph_goes_in_and_comes_out():
    networkx = pytest.importorskip("networkx")
    majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    line = CommunicationGraph(majority, networkx.path_graph(["A", "B", "C"]))
    assert line.links == ((0, 1), (1, 2))
    assert line.to_networkx().adj == networkx.path_graph(["A", "B", "C"]).adj
    assert CommunicationGraph(majority, line.to_networkx()).links == line.links
    with pytest.raises(CoalitionError, match="unknown node 'D'"):
        CommunicationGraph(majority, networkx.path_graph(["A", "D"]))
