"""Values of a game whose players can only work together along the links of a graph."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, labels_of, unknown_label
from coalitions.errors import CoalitionError, TooLargeError
from coalitions.game import MAX_PLAYERS, Game, as_game
from coalitions.memory import require_memory
from coalitions.values.dividends import allocate, divided, numerators
from coalitions.values.shapley import shapley_value


def myerson_value(game: Any, *, graph: Any) -> Allocation:
    """Pay each player its Shapley value of the game in which only connected players can work together.

    Parameters
    ----------
    game : Game or representation
        n players.
    graph : iterable of pairs of labels, or a networkx Graph
        Who can talk to whom; directions and weights play no part.

    Returns
    -------
    Allocation
        The members of a connected component of the graph get its worth together, and both ends gain alike from a
        link between them.

    Raises
    ------
    CoalitionError
        A link with an unknown player, with one end, or from a player to itself.

    Notes
    -----
    Time O(2**n) times the length of a walk through the graph; one more table.

    References
    ----------
    .. [1] R. B. Myerson (1977), Graphs and cooperation in games, Mathematics of Operations Research 2, 225-229.

    Examples
    --------
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> myerson_value(majority, graph=[("A", "B"), ("B", "C")])
    Myerson value of 3 players, exact, sum 1
    A  0.166667  16.7%
    B  0.666667  66.7%
    C  0.166667  16.7%
    """
    restricted = graph_restricted_game(game, graph)
    return allocate(restricted, shapley_value(restricted).payoffs, "Myerson value")


def position_value(game: Any, *, graph: Any) -> Allocation:
    """Let the links be the players, and give each player half of what its links get.

    The Shapley value of the game among links, in which a set of links is worth what the coalitions it connects gain
    over their members alone; everybody keeps v({i}).

    Parameters
    ----------
    game : Game or representation
        n players.
    graph : iterable of pairs of labels, or a networkx Graph
        At most 30 links.

    Returns
    -------
    Allocation
        The members of a connected component of the graph get its worth together.

    Raises
    ------
    CoalitionError
        A link with an unknown player, with one end, or from a player to itself.
    TooLargeError
        More links than a table can hold.

    Notes
    -----
    Time O(l 2**l) for l links.

    References
    ----------
    .. [1] P. Borm, G. Owen, S. Tijs (1992), On the position value for communication situations, SIAM Journal on
           Discrete Mathematics 5, 305-320.

    Examples
    --------
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> position_value(majority, graph=[("A", "B"), ("B", "C")]).payoffs
    array([0.25, 0.5 , 0.25])
    """
    game = as_game(game)
    links = as_links(graph, game.players)
    alone = [game[(player,)] for player in game.players]
    if not links:
        return allocate(game, alone, "position value")
    if len(links) > MAX_PLAYERS:
        raise TooLargeError(
            f"{len(links)} links have 2**{len(links)} sets; a table holds {MAX_PLAYERS}. Use fewer links, "
            "or the Myerson value"
        )
    require_memory(16 << len(links), f"a table of {len(links)} links", "use fewer links")
    table, denominator = numerators(game.zero_normalized())
    from coalitions._kernels_values import worths_of_links

    out = np.zeros(1 << len(links), table.dtype)
    _run(worths_of_links, table, np.array(links), out)
    linked = shapley_value(Game(range(len(links)), divided(out, denominator, game), copy=False)).payoffs
    for (i, j), value in zip(links, linked, strict=True):
        half = value * Fraction(1, 2) if isinstance(value, Fraction) else value / 2
        alone[i] += half
        alone[j] += half
    return allocate(game, alone, "position value")


def graph_restricted_game(game: Any, graph: Any) -> Game:
    """Make the game in which a coalition is worth what its connected parts make.

    Parameters
    ----------
    game : Game or representation
        n players.
    graph : iterable of pairs of labels, or a networkx Graph

    Returns
    -------
    Game
        v(S) = sum of v(C) over the connected components C of the graph on S.

    Raises
    ------
    CoalitionError
        A link with an unknown player, with one end, or from a player to itself.

    Notes
    -----
    Time O(2**n) times the length of a walk through the graph; one more table.

    References
    ----------
    .. [1] R. B. Myerson (1977), as for ``myerson_value``.

    Examples
    --------
    >>> graph_restricted_game(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]), [("A", "B")])["A", "C"]
    0.0
    """
    game = as_game(game)
    neighbours = np.zeros(game.n, np.int64)
    for i, j in as_links(graph, game.players):
        neighbours[i] |= 1 << j
        neighbours[j] |= 1 << i
    from coalitions._kernels_values import restrict_to_graph

    require_memory(8 << game.n, f"a second table of {game.n} players", "use fewer players")
    table = game.worths
    out = np.zeros(len(table), table.dtype)
    _run(restrict_to_graph, table, neighbours, out)
    return Game(game.players, out, copy=False)


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


def components(graph: Any, players: Iterable[Label]) -> tuple[tuple[Label, ...], ...]:
    """List the connected components of a graph.

    Parameters
    ----------
    graph : iterable of pairs of labels, or a networkx Graph
    players : iterable of labels
        A player without links is a component of its own.

    Returns
    -------
    tuple of tuples of labels
        A partition, by first member in player order.

    Examples
    --------
    >>> components([("A", "C")], "ABC")
    (('A', 'C'), ('B',))
    """
    order = tuple(players)
    parts = [1 << i for i in range(len(order))]
    for i, j in as_links(graph, order):
        merged = parts[i] | parts[j]
        for k in range(len(order)):
            if merged >> k & 1:
                parts[k] = merged
    return tuple(labels_of(mask, order) for mask in dict.fromkeys(parts))


def _run(kernel: Any, table: NDArray[Any], *arrays: NDArray[Any]) -> None:
    """Run a compiled loop on floats, and the same lines as plain Python on exact numbers."""
    if table.dtype == object:
        kernel.py_func(table, *(a.tolist() if a.ndim == 1 and a.dtype != object else a for a in arrays))
    else:
        kernel(table, *arrays)
