"""coalitions/values/network.py"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies import exact_games

from coalitions import CoalitionError, Game, TooLargeError, shapley_value
from coalitions.families.communication import CommunicationGraph
from coalitions.values.network import myerson_value, position_value


@dataclass
class Graph:
    """The part of a networkx Graph that is read."""

    nodes: list
    edges: list


@st.composite
def graphs_of_games(draw, **bounds):
    """A game and some links between its players."""
    game = draw(exact_games(**bounds))
    return game, [pair for pair in combinations(game.players, 2) if draw(st.booleans())]


def worth_of_parts(game, links, members):
    inside = [link for link in links if set(link) <= set(members)]
    parts = [part for part in CommunicationGraph(game, inside).components() if set(part) <= set(members)]
    return sum((game[part] for part in parts), Fraction(0))


# --- published
def test_symbols_give_formulas():
    a, b, c = sympy.symbols("a b c")
    game = Game("AB", [0, a, b, c])
    for solve in (myerson_value, position_value):
        assert sympy.expand(solve(game, graph=[("A", "B")])["A"] - (a + c - b) / 2) == 0
        assert solve(game, graph=[])["A"] == a


# --- laws
@given(graphs_of_games())
def test_myerson_is_component_efficient_and_fair(drawn):
    """Myerson (1977): the only rule with both."""
    game, links = drawn
    found = myerson_value(game, graph=links)
    for part in CommunicationGraph(game, links).components():
        assert sum(found[player] for player in part) == game[part]
    for a, b in links:
        without = myerson_value(game, graph=[link for link in links if link != (a, b)])
        assert found[a] - without[a] == found[b] - without[b]


@given(graphs_of_games(max_players=4))
def test_position_pays_half_of_what_links_get(drawn):
    game, links = drawn
    found = position_value(game, graph=links)
    for part in CommunicationGraph(game, links).components():
        assert sum(found[player] for player in part) == game[part]
    wanted = {player: game[(player,)] for player in game.players}
    if links:
        alone = sum(wanted.values())
        worths = [
            worth_of_parts(game, [link for k, link in enumerate(links) if m >> k & 1], game.players) - alone
            for m in range(1 << len(links))
        ]
        for link, value in zip(links, shapley_value(Game(range(len(links)), np.array(worths, object))), strict=True):
            for end in link:
                wanted[end] += value / 2
    assert found.to_dict() == wanted


# --- agreement
def test_floats_agree_with_exact_arithmetic():
    rng = np.random.default_rng(2)
    worths = rng.integers(-50, 50, 1 << 8)
    worths[0] = 0
    fast, exact = Game(range(8), worths), Game(range(8), np.array(worths.tolist(), object))
    links = [pair for pair in combinations(range(8), 2) if rng.random() < 0.35]
    for solve in (myerson_value, position_value):
        away = solve(fast, graph=links).payoffs - solve(exact, graph=links).payoffs.astype(float)
        assert np.abs(away).max() < 1e-10


def test_a_graph_object_is_read_as_its_edges():
    game = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    graph = Graph(["A", "B", "C"], [("A", "B"), ("C", "B")])
    assert myerson_value(game, graph=graph).payoffs.tolist() == pytest.approx([1 / 6, 2 / 3, 1 / 6])
    networkx = pytest.importorskip("networkx")
    assert myerson_value(game, graph=networkx.path_graph(["A", "B", "C"]))["B"] == pytest.approx(2 / 3)


# --- refusals
def test_refusals():
    game = Game(("AUS", "JPN", "USA"), np.zeros(8))
    for solve in (myerson_value, position_value):
        with pytest.raises(CoalitionError, match="unknown player 'AUZ'; did you mean 'AUS'"):
            solve(game, graph=[("AUZ", "JPN")])
        with pytest.raises(CoalitionError, match="joins 'AUS' to itself"):
            solve(game, graph=[("AUS", "AUS")])
        with pytest.raises(CoalitionError, match="has 3 ends"):
            solve(game, graph=["AUS"])
        with pytest.raises(CoalitionError, match="unknown node 'CHN'"):
            solve(game, graph=Graph(["AUS", "CHN"], []))
        with pytest.raises(CoalitionError, match="neither a list of pairs"):
            solve(game, graph=7)
    with pytest.raises(TooLargeError, match="36 links have 2"):
        position_value(Game(range(9), np.zeros(512)), graph=combinations(range(9), 2))
