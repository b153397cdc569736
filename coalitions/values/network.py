"""Values of a game whose players can only work together along the links of a graph."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from coalitions.allocation import Allocation
from coalitions.errors import TooLargeError
from coalitions.families.communication import CommunicationGraph, as_links
from coalitions.game import Game, as_game
from coalitions.memory import require_memory
from coalitions.values.dividends import allocate, divided, numerators
from coalitions.values.shapley import shapley_value
from coalitions.worths import MAX_PLAYERS


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
    restricted = CommunicationGraph(as_game(game), graph).to_game()
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
    if table.dtype == object:
        worths_of_links.py_func(table, np.array(links), out)  # exact numbers: the same lines as plain Python
    else:
        worths_of_links(table, np.array(links), out)
    linked = shapley_value(Game(range(len(links)), divided(out, denominator, game), copy=False)).payoffs
    for (i, j), value in zip(links, linked, strict=True):
        half = value * Fraction(1, 2) if isinstance(value, Fraction) else value / 2
        alone[i] += half
        alone[j] += half
    return allocate(game, alone, "position value")
