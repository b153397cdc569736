"""Games restricted to a graph: players who can cooperate only where they can talk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from coalitions.coalition import Label, labels_of, mask_of, unknown_label
from coalitions.errors import CoalitionError
from coalitions.families.given import require_table
from coalitions.game import Game, as_game


@dataclass(frozen=True, eq=False, init=False)
class CommunicationGraph:
    """Players who can cooperate only where they can talk: a coalition is worth what its connected parts are.

    v_g(S) = sum of v(C) over the components C of S in the graph (the graph restriction of a game).

    Parameters
    ----------
    game : Game, or any representation
        Something with ``players``, ``game[labels]`` and ``to_game()``.
    links : iterable of (label, label), or a networkx graph
        Undirected; a link may be listed more than once. A networkx graph may not have nodes that are no players.

    Attributes
    ----------
    game : Game or representation
    links : tuple of (int, int)
        Positions of the ends, the smaller first.
    players : tuple of labels
        Those of the game.

    Raises
    ------
    CoalitionError
        A link that names an unknown player, or joins a player to itself.

    References
    ----------
    .. [1] R. B. Myerson (1977), Graphs and cooperation in games, Mathematics of Operations Research 2, 225-229.

    Examples
    --------
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> line = CommunicationGraph(majority, [("A", "B"), ("B", "C")])
    >>> line["A", "C"], line["A", "B", "C"]
    (0.0, 1.0)
    >>> line.components(["A", "C"])
    [('A',), ('C',)]
    """

    game: Any
    links: tuple[tuple[int, int], ...]
    players: tuple[Label, ...]

    def __init__(self, game: Any, links: Any) -> None:
        if not hasattr(game, "to_game"):
            game = as_game(game)
        players = game.players
        object.__setattr__(self, "game", game)
        object.__setattr__(self, "links", tuple(as_links(links, players)))
        object.__setattr__(self, "players", players)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def to_networkx(self) -> Any:
        """Give the links as a graph whose nodes are the players.

        Returns
        -------
        networkx.Graph
            ``CommunicationGraph(game, ...)`` reads it back. Wants networkx to be installed.
        """
        graph = import_module("networkx").Graph()
        graph.add_nodes_from(self.players)
        graph.add_edges_from((self.players[i], self.players[j]) for i, j in self.links)
        return graph

    def _neighbours(self) -> list[int]:
        near = [0] * self.n
        for i, j in self.links:
            near[i] |= 1 << j
            near[j] |= 1 << i
        return near

    def components(self, coalition: Any = None) -> list[tuple[Label, ...]]:
        """List the connected parts of a coalition.

        Parameters
        ----------
        coalition : label or iterable of labels, optional
            All players by default.

        Returns
        -------
        list of tuples of labels
            In the order of their first players.
        """
        rest = (1 << self.n) - 1 if coalition is None else mask_of(coalition, self.players)
        near = self._neighbours()
        parts = []
        while rest:
            part, edge = 0, rest & -rest
            while edge:
                i = edge.bit_length() - 1
                part |= 1 << i
                edge = (edge | near[i]) & rest & ~part
            parts.append(labels_of(part, self.players))
            rest &= ~part
        return parts

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition."""
        worths = [self.game[part] for part in self.components(coalition)]
        return sum(worths[1:], worths[0]) if worths else self.game[()]

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game

        Notes
        -----
        Time O(2**n) times the length of a walk through the graph; memory 8 bytes a coalition.
        """
        require_table(self.n, "game[labels] and components need no table")
        worths = as_game(self.game).worths
        table = np.zeros(len(worths), worths.dtype)
        from coalitions._kernels_values import restrict_to_graph

        if worths.dtype == object:
            restrict_to_graph.py_func(worths, self._neighbours(), table)  # exact numbers: the same lines in Python
        else:
            restrict_to_graph(worths, np.array(self._neighbours(), np.int64), table)
        return Game(self.players, table, copy=False)


def as_links(graph: Any, players: tuple[Label, ...]) -> list[tuple[int, int]]:
    """Read a graph as pairs of positions.

    Parameters
    ----------
    graph : iterable of pairs of labels, or an object with ``nodes`` and ``edges`` such as a networkx Graph
    players : tuple of labels

    Returns
    -------
    list of pairs of int
        Lower position first, sorted, each link once.

    Raises
    ------
    CoalitionError
        A node that is no player, a link that is no pair, or from a player to itself.

    Examples
    --------
    >>> as_links([("B", "A"), ("A", "B")], ("A", "B"))
    [(0, 1)]
    """
    position = {player: i for i, player in enumerate(players)}
    if hasattr(graph, "nodes") and hasattr(graph, "edges"):
        for node in graph.nodes:
            if node not in position:
                raise unknown_label(node, players, "node")
        graph = [tuple(edge)[:2] for edge in graph.edges]
    if isinstance(graph, str | bytes) or not isinstance(graph, Iterable):
        raise CoalitionError(f"graph {graph!r} is neither a list of pairs of players nor a networkx Graph")
    found = set()
    for link in graph:
        ends = tuple(link) if isinstance(link, Iterable) else (link,)
        if len(ends) != 2:
            raise CoalitionError(f"link {link!r} has {len(ends)} ends; a link joins two players")
        for end in ends:
            try:
                position[end]
            except (KeyError, TypeError):
                raise unknown_label(end, players) from None
        if ends[0] == ends[1]:
            raise CoalitionError(f"link {link!r} joins {ends[0]!r} to itself")
        i, j = sorted(position[end] for end in ends)
        found.add((i, j))
    return sorted(found)
