"""Minimum-cost spanning trees: players to be connected to a source, and the rules that divide the bill.

The worth is v(S) = -c(S) for a cost c(S) of S by itself, so that every solution means the same here as anywhere else:
a payoff is what a player receives, minus its payoff is its cost share, and the excess v(S) - x(S) is what S pays too
much. ``cost`` and ``to_cost_game`` give c itself; the rules divide c(N), and what they give is positive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label
from coalitions.errors import CoalitionError, WorthError
from coalitions.families.given import (
    as_number,
    members,
    named,
    number_array,
    payoff_array,
    refuse_mixture,
    require_table,
)
from coalitions.game import Game


@dataclass(frozen=True, init=False)
class MinimumCostSpanningTree:
    """Players who must all be connected to a source, directly or through each other, as cheaply as can be.

    c(S) is the cost of a minimum spanning tree on the source and S alone, and the worth is v(S) = -c(S).

    Parameters
    ----------
    matrix : square array_like, shape (n + 1, n + 1)
        Cost of a link; row and column 0 are the source, i + 1 is player i. Symmetric, 0 on the diagonal, at least 0.
    players : iterable of n labels, optional
        0, 1, ... by default.

    Attributes
    ----------
    matrix : tuple of tuples of numbers
    players : tuple of labels

    Raises
    ------
    WorthError
        A cost that is negative, no finite number, or not the same in both directions.
    CoalitionError
        The matrix is not square, or not one larger than the players.

    References
    ----------
    .. [1] C. G. Bird (1976), On cost allocation for a spanning tree: a game theoretic approach, Networks 6, 335-350.

    Examples
    --------
    >>> pipes = MinimumCostSpanningTree([[0, 10, 12, 20], [10, 0, 4, 9], [12, 4, 0, 7], [20, 9, 7, 0]])
    >>> pipes.cost(pipes.players), pipes.cost([2])
    (21, 20)
    >>> pipes.tree()
    [(None, 0, 10), (0, 1, 4), (1, 2, 7)]
    """

    matrix: tuple[tuple[Any, ...], ...]
    players: tuple[Label, ...]

    def __init__(self, matrix: Iterable[Iterable[Any]], players: Iterable[Label] | None = None) -> None:
        rows = [list(row) for row in matrix]
        for i, row in enumerate(rows):
            if len(row) != len(rows):
                raise CoalitionError(f"row {i} of the matrix has {len(row)} entries; {len(rows)} rows want as many")
        labels = named(players, len(rows) - 1, "nodes beside the source")
        names = ("the source", *map(repr, labels))
        own = tuple(
            tuple(as_number(c, f"cost from {names[i]} to {names[j]}", least=0) for j, c in enumerate(row))
            for i, row in enumerate(rows)
        )
        refuse_mixture(c for row in own for c in row)
        for i, costs in enumerate(own):
            if costs[i] != 0:
                raise WorthError(f"cost from {names[i]} to itself is {costs[i]}, not 0")
            for j in range(i):
                if costs[j] != own[j][i]:
                    raise WorthError(
                        f"cost from {names[j]} to {names[i]} is {own[j][i]}, but {costs[j]} in the other direction"
                    )
        object.__setattr__(self, "matrix", own)
        object.__setattr__(self, "players", labels)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def tree(self, coalition: Any = None) -> list[tuple[Label | None, Label, Any]]:
        """Give a minimum spanning tree, grown from the source.

        Parameters
        ----------
        coalition : label or iterable of labels, optional
            Who is to be connected; all by default.

        Returns
        -------
        list of (label or None, label, number)
            The node nearer to the source (None is the source itself), the player, and the cost of their link, in the
            order in which they are joined; among equal costs the first player first, then the node joined first.

        Notes
        -----
        Time O(s**2) for s players.
        """
        wanted = range(self.n) if coalition is None else members(coalition, self.players)
        links = self._grown([i + 1 for i in wanted])
        return [(self.players[near - 1] if near else None, self.players[far - 1], c) for near, far, c in links]

    def _grown(self, nodes: list[int]) -> list[tuple[int, int, Any]]:
        nearest = {node: (self.matrix[0][node], 0) for node in nodes}
        links = []
        while nearest:
            node = min(nearest, key=lambda far: nearest[far][0])
            cost, near = nearest.pop(node)
            links.append((near, node, cost))
            for far, (best, _) in nearest.items():
                if self.matrix[node][far] < best:
                    nearest[far] = (self.matrix[node][far], node)
        return links

    def cost(self, coalition: Any) -> Any:
        """Give what a coalition pays by itself.

        Parameters
        ----------
        coalition : label or iterable of labels

        Returns
        -------
        number
        """
        return sum(cost for _, _, cost in self._grown([i + 1 for i in members(coalition, self.players)]))

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition, minus its cost."""
        return -self.cost(coalition)

    def irreducible(self) -> MinimumCostSpanningTree:
        """Lower every link as far as it goes without a cheaper tree: to the dearest link between its ends in the tree.

        Returns
        -------
        MinimumCostSpanningTree
            Its Shapley value is the folk rule.

        Notes
        -----
        Time O(n**2).
        """
        dearest: list[list[Any]] = [[0] * (self.n + 1) for _ in range(self.n + 1)]
        joined = [0]
        for near, node, cost in self._grown(list(range(1, self.n + 1))):
            for other in joined:
                dearest[node][other] = dearest[other][node] = max(cost, dearest[near][other])
            joined.append(node)
        return MinimumCostSpanningTree(dearest, self.players)

    def to_cost_game(self) -> Game:
        """Tabulate c(S).

        Returns
        -------
        Game
            Its linear solutions are cost shares; those that compare worths want ``to_game``.

        Notes
        -----
        Kruskal's algorithm on all coalitions at once: time O(n**2 2**n), memory n + 25 bytes a coalition.
        """
        return Game(self.players, self._table(), copy=False)

    def to_game(self) -> Game:
        """Tabulate the worths -c(S).

        Returns
        -------
        Game
        """
        return Game(self.players, 0 - self._table(), copy=False)

    def _table(self) -> NDArray[Any]:
        n = self.n
        require_table(n, "cost(labels), bird_rule and folk_rule need no table", bytes_each=n + 25)
        links = [(self.matrix[i][j], i, j) for j in range(1, n + 1) for i in range(j)]
        costs = number_array([cost for cost, _, _ in links])
        table = np.zeros(1 << n, costs.dtype)
        present = (np.arange(1 << n, dtype=np.int64) << 1) | 1
        part = np.empty((n + 1, 1 << n), np.uint8)
        part[:] = np.arange(n + 1, dtype=np.uint8)[:, None]
        for where in sorted(range(len(links)), key=lambda k: links[k][0]):
            _, i, j = links[where]
            both = 1 << i | 1 << j
            joins = np.flatnonzero(((present & both) == both) & (part[i] != part[j]))
            table[joins] += costs[where]
            kept, lost = part[i, joins], part[j, joins]
            for node in range(n + 1):
                own = part[node, joins]
                part[node, joins] = np.where(own == lost, kept, own)
        return table


def bird_rule(game: MinimumCostSpanningTree) -> Allocation:
    """Let every player pay the link by which it joins the tree that grows from the source.

    Parameters
    ----------
    game : MinimumCostSpanningTree
        n players, any n.

    Returns
    -------
    Allocation
        Cost shares, at least 0, summing to c(N): minus them is in the core of ``game``.

    Notes
    -----
    Time O(n**2). Where several trees are cheapest the shares depend on the tree; it is the one of ``game.tree()``.

    References
    ----------
    .. [1] C. G. Bird (1976), On cost allocation for a spanning tree: a game theoretic approach, Networks 6, 335-350.

    Examples
    --------
    >>> [str(x) for x in bird_rule(MinimumCostSpanningTree([[0, 2, 5], [2, 0, 1], [5, 1, 0]]))]
    ['2', '1']
    """
    shares: list[Any] = [0] * game.n
    for _, node, cost in game._grown(list(range(1, game.n + 1))):
        shares[node - 1] = cost
    return Allocation(players=game.players, payoffs=payoff_array(shares), solution="Bird rule", method="exact")


def folk_rule(game: MinimumCostSpanningTree) -> Allocation:
    """Divide every link of the tree by how much it lightens what each player still owes.

    Links are built cheapest first. A player in a part of s players without the source owes 1/s of a link, one
    connected to the source owes nothing; of each link it pays what its debt falls by.

    Parameters
    ----------
    game : MinimumCostSpanningTree
        n players, any n.

    Returns
    -------
    Allocation
        Cost shares, at least 0, summing to c(N): the Shapley value of the irreducible costs, the same for every tree.

    Notes
    -----
    Time O(n**2).

    References
    ----------
    .. [1] V. Feltkamp, S. Tijs, S. Muto (1994), On the irreducible core and the equal remaining obligations rule of
           minimum cost spanning extension problems, CentER discussion paper 1994-106.
    .. [2] G. Bergantinos, J. J. Vidal-Puga (2007), A fair rule in minimum cost spanning tree problems, Journal of
           Economic Theory 137, 326-352.

    Examples
    --------
    >>> [str(x) for x in folk_rule(MinimumCostSpanningTree([[0, 2, 5], [2, 0, 1], [5, 1, 0]]))]
    ['3/2', '3/2']
    """
    shares: list[Any] = [0] * (game.n + 1)
    part = {node: [node] for node in range(game.n + 1)}
    for near, node, cost in sorted(game._grown(list(range(1, game.n + 1))), key=lambda link: link[2]):
        first, second = part[near], part[node]
        union = first + second
        owed = 0 if 0 in union else Fraction(1, len(union))
        for half in (first, second):
            if 0 not in half:
                for i in half:
                    shares[i] += (Fraction(1, len(half)) - owed) * cost
        for i in union:
            part[i] = union
    return Allocation(players=game.players, payoffs=payoff_array(shares[1:]), solution="folk rule", method="exact")
