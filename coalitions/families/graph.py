"""Games of links and arcs: induced subgraph, additively separable, flow."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np

from coalitions.coalition import Label, as_players, mask_of, subset_sums, unknown_label
from coalitions.errors import CoalitionError, WorthError
from coalitions.families.given import as_number, members, named, number_array, refuse_mixture, require_table
from coalitions.game import Game


@dataclass(frozen=True, init=False)
class InducedSubgraph:
    """Players joined by weighted links: a coalition is worth the links inside it.

    v(S) = sum of w_ij over links with both ends in S; a link from a player to itself is what it is worth alone.

    Parameters
    ----------
    edges : iterable of (label, label, number), or a networkx graph
        Each pair at most once, in either order. Weights of any sign, or sympy expressions. The links of a networkx
        graph hold them as ``weight``.
    players : iterable of labels, optional
        In the order of first mention by default, or the nodes of a networkx graph.

    Attributes
    ----------
    edges : tuple of (int, int, number)
        Positions of the ends, the smaller first.
    players : tuple of labels

    Raises
    ------
    CoalitionError
        An unknown player, a pair listed twice, or a link without a weight.
    WorthError
        A weight that is not finite.

    References
    ----------
    .. [1] X. Deng, C. H. Papadimitriou (1994), On the complexity of cooperative solution concepts, Mathematics of
           Operations Research 19, 257-266.

    Examples
    --------
    >>> web = InducedSubgraph([("AUS", "JPN", 3), ("JPN", "USA", 5), ("AUS", "USA", -1)])
    >>> web["AUS", "JPN", "USA"]
    7
    >>> subgraph_shapley(web)
    [Fraction(1, 1), Fraction(4, 1), Fraction(2, 1)]
    """

    edges: tuple[tuple[int, int, Any], ...]
    players: tuple[Label, ...]

    def __init__(self, edges: Any, players: Iterable[Label] | None = None) -> None:
        if hasattr(edges, "nodes") and hasattr(edges, "edges"):
            players = tuple(edges.nodes) if players is None else players
            edges = [_weighted(*link) for link in edges.edges(data=True)]
        listed = [_triple(edge) for edge in edges]
        order = as_players(dict.fromkeys(end for a, b, _ in listed for end in (a, b)) if players is None else players)
        index = {player: i for i, player in enumerate(order)}
        own: dict[tuple[int, int], Any] = {}
        for a, b, weight in listed:
            for end in (a, b):
                if end not in index:
                    raise unknown_label(end, order)
            ends = (min(index[a], index[b]), max(index[a], index[b]))
            if ends in own:
                raise CoalitionError(f"two weights for the link of {a!r} and {b!r}: {own[ends]} and {weight}")
            own[ends] = as_number(weight, f"weight of the link of {a!r} and {b!r}", ordered=False)
        refuse_mixture(own.values())
        object.__setattr__(self, "edges", tuple((i, j, weight) for (i, j), weight in own.items()))
        object.__setattr__(self, "players", order)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def to_networkx(self) -> Any:
        """Give the links as a graph whose nodes are the players, their weights as ``weight``.

        Returns
        -------
        networkx.Graph
            ``InducedSubgraph`` reads it back. Wants networkx to be installed.
        """
        graph = import_module("networkx").Graph()
        graph.add_nodes_from(self.players)
        graph.add_weighted_edges_from((self.players[i], self.players[j], weight) for i, j, weight in self.edges)
        return graph

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition."""
        mask = mask_of(coalition, self.players)
        return sum(weight for i, j, weight in self.edges if mask >> i & mask >> j & 1)

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game

        Notes
        -----
        Two additions a coalition, by doubling.
        """
        n = self.n
        require_table(n, "game[labels] and subgraph_shapley need no table", bytes_each=16)
        numbers = number_array([weight for _, _, weight in self.edges])
        weights = np.zeros((n, n), numbers.dtype)
        for (i, j, _), weight in zip(self.edges, numbers, strict=True):
            weights[j, i] = weight
        table = np.zeros(1 << n, numbers.dtype)
        for j in range(n):
            table[1 << j : 2 << j] = table[: 1 << j] + subset_sums(weights[j, :j]) + weights[j, j]
        return Game(self.players, table, copy=False)


def _weighted(a: Label, b: Label, attributes: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    if "weight" not in attributes:
        raise CoalitionError(f"the link of {a!r} and {b!r} has no weight: set its attribute 'weight'")
    return a, b, attributes["weight"]


def _triple(edge: Sequence[Any]) -> tuple[Any, Any, Any]:
    if isinstance(edge, str) or len(edge) != 3:
        raise CoalitionError(f"{edge!r} is no weighted link: give two players and a weight")
    a, b, weight = edge
    return a, b, weight


def subgraph_shapley(game: InducedSubgraph) -> list[Any]:
    """Give each player half the weight of its links, and its own link in full: the Shapley value.

    Parameters
    ----------
    game : InducedSubgraph
        Any n.

    Returns
    -------
    list of n numbers
        Exact or symbolic unless a weight is a float. It is the Banzhaf value too, since no more than two players
        ever make a worth together.

    Notes
    -----
    Time: the number of links.

    References
    ----------
    .. [1] X. Deng, C. H. Papadimitriou (1994), On the complexity of cooperative solution concepts, Mathematics of
           Operations Research 19, 257-266.

    Examples
    --------
    >>> subgraph_shapley(InducedSubgraph([("A", "B", 3), ("A", "A", 1)]))
    [Fraction(5, 2), Fraction(3, 2)]
    """
    payoffs: list[Any] = [Fraction(0)] * game.n
    for i, j, weight in game.edges:
        payoffs[i] += Fraction(1, 2) * weight
        payoffs[j] += Fraction(1, 2) * weight
    return payoffs


def additively_separable(weights: Iterable[Iterable[Any]], players: Iterable[Label] | None = None) -> InducedSubgraph:
    """Make the game in which everybody has a value for everybody, and a coalition is worth the sum of them all.

    v(S) = sum over i and j in S of w_ij: the transferable form of an additively separable hedonic game.

    Parameters
    ----------
    weights : square array_like, shape (n, n)
        Row i holds what player i makes of each player, on the diagonal what it is worth alone.
    players : iterable of n labels, optional
        0, 1, ... by default.

    Returns
    -------
    InducedSubgraph
        With the weight w_ij + w_ji on the link of i and j.

    Raises
    ------
    CoalitionError
        Rows of unequal length; players that do not match their number.
    WorthError
        A weight that is not finite; floats beside Fractions or symbols.

    References
    ----------
    .. [1] A. Bogomolnaia, M. O. Jackson (2002), The stability of hedonic coalition structures, Games and Economic
           Behavior 38, 201-230.

    Examples
    --------
    >>> additively_separable([[0, 3], [-1, 0]], players="AB")["A", "B"]
    2
    """
    rows = [list(row) for row in weights]
    labels = named(players, len(rows), "rows of weights")
    for label, row in zip(labels, rows, strict=True):
        if len(row) != len(rows):
            raise CoalitionError(f"the row of {label!r} has {len(row)} weights for {len(rows)} players")
    own = [
        [as_number(w, f"weight of {labels[j]!r} for {labels[i]!r}", ordered=False) for j, w in enumerate(row)]
        for i, row in enumerate(rows)
    ]
    refuse_mixture(w for row in own for w in row)
    edges = [
        (labels[i], labels[j], own[i][j] + own[j][i] if i < j else own[i][i])
        for i in range(len(rows))
        for j in range(i, len(rows))
    ]
    return InducedSubgraph([edge for edge in edges if edge[2] != 0], labels)


@dataclass(frozen=True, init=False)
class Flow:
    """A network whose arcs have owners: a coalition is worth the flow it can send through the arcs of its members.

    v(S) = greatest flow from source to sink on arcs owned by members of S, and on those that are nobody's.

    Parameters
    ----------
    arcs : iterable of (tail, head, capacity, owner)
        Nodes are any hashables; a capacity is at least 0 and finite; an owner of None leaves the arc open to all.
    source, sink : hashable
        Two nodes.
    players : iterable of labels, optional
        In the order in which arcs name them first by default.

    Attributes
    ----------
    arcs : tuple of (hashable, hashable, number, label or None)
    source, sink : hashable
    players : tuple of labels

    Raises
    ------
    CoalitionError
        An owner that is no player; source and sink the same.
    WorthError
        A capacity that is negative or not finite; open arcs that carry a flow without any player.

    References
    ----------
    .. [1] E. Kalai, E. Zemel (1982), Totally balanced games and games of flow, Mathematics of Operations Research 7,
           476-478.

    Examples
    --------
    >>> pipe = Flow([("s", "m", 4, "A"), ("m", "t", 3, "B"), ("s", "t", 1, "C")], source="s", sink="t")
    >>> pipe["A"], pipe["A", "B"], pipe["A", "B", "C"]
    (0, 3, 4)
    """

    arcs: tuple[tuple[Hashable, Hashable, Any, Label | None], ...]
    source: Hashable
    sink: Hashable
    players: tuple[Label, ...]

    def __init__(
        self,
        arcs: Iterable[Sequence[Any]],
        *,
        source: Hashable,
        sink: Hashable,
        players: Iterable[Label] | None = None,
    ) -> None:
        listed = [tuple(arc) for arc in arcs]
        for arc in listed:
            if len(arc) != 4:
                raise CoalitionError(f"{arc!r} is no arc: give tail, head, capacity and owner")
        owners = dict.fromkeys(arc[3] for arc in listed if arc[3] is not None)
        order = as_players(owners if players is None else players)
        own = []
        for tail, head, capacity, owner in listed:
            if owner is not None and owner not in order:
                raise unknown_label(owner, order, "owner")
            own.append((tail, head, as_number(capacity, f"capacity from {tail!r} to {head!r}", least=0), owner))
        refuse_mixture(arc[2] for arc in own)
        if source == sink:
            raise CoalitionError(f"source and sink are both {source!r}")
        object.__setattr__(self, "arcs", tuple(own))
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "sink", sink)
        object.__setattr__(self, "players", order)
        free = self[()]
        if free:
            raise WorthError(f"arcs without an owner carry a flow of {free}; the empty coalition must be worth 0")

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition.

        Shortest augmenting paths (Edmonds, Karp 1972), whose number does not depend on the capacities: exact for exact
        ones, O(nodes * arcs**2) steps.
        """
        inside = {self.players[i] for i in members(coalition, self.players)}
        room: dict[Hashable, dict[Hashable, Any]] = {self.source: {}, self.sink: {}}
        for tail, head, capacity, owner in self.arcs:
            if owner is None or owner in inside:
                room.setdefault(tail, {})[head] = room.get(tail, {}).get(head, 0) + capacity
                room.setdefault(head, {}).setdefault(tail, 0)
        flow: Any = 0
        while path := self._shortest_path(room):
            extra = min(room[tail][head] for tail, head in path)
            for tail, head in path:
                room[tail][head] -= extra
                room[head][tail] += extra
            flow += extra
        return flow

    def _shortest_path(self, room: dict[Hashable, dict[Hashable, Any]]) -> list[tuple[Hashable, Hashable]]:
        before: dict[Hashable, Hashable] = {self.source: self.source}
        queue = deque([self.source])
        while queue and self.sink not in before:
            tail = queue.popleft()
            for head, left in room[tail].items():
                if left > 0 and head not in before:
                    before[head] = tail
                    queue.append(head)
        if self.sink not in before:
            return []
        path = []
        node = self.sink
        while node != self.source:
            path.append((before[node], node))
            node = before[node]
        return path

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game

        Notes
        -----
        A flow for every coalition.
        """
        require_table(self.n, "game[labels] needs no table")
        return Game.from_function(self.players, self.__getitem__)
