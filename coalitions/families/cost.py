"""Games in which a bill or an estate is divided: airport, bankruptcy, minimum-cost spanning tree.

In the two cost games c(S) is what S would pay by itself. The worth is v(S) = -c(S), so that every solution means the
same here as anywhere else: a payoff is what a player receives, minus its payoff is its cost share, and the excess
v(S) - x(S) is what S pays too much. ``cost`` and ``to_cost_game`` give c itself; the rules of this module divide
c(N), and what they give is positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, subset_sums
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
class Airport:
    """Users of one facility, each in need of a certain length of it: a coalition costs what its neediest member does.

    c(S) = max over i in S of c_i, and the worth is v(S) = -c(S).

    Parameters
    ----------
    costs : iterable of n numbers
        What each player would pay alone, at least 0, in any unit.
    players : iterable of n labels, optional
        0, 1, ... by default.

    Attributes
    ----------
    costs : tuple of numbers
    players : tuple of labels

    Raises
    ------
    WorthError
        A cost that is negative or no finite number.
    CoalitionError
        Labels that are not distinct or not as many as the costs.

    References
    ----------
    .. [1] S. C. Littlechild, G. Owen (1973), A simple expression for the Shapley value in a special case,
           Management Science 20, 370-372.

    Examples
    --------
    >>> runway = Airport([1, 3, 3, 6, 10])
    >>> runway.cost([0, 3]), runway[0, 3]
    (6, -6)
    >>> airport_shares(runway)
    [Fraction(1, 5), Fraction(7, 10), Fraction(7, 10), Fraction(11, 5), Fraction(31, 5)]
    """

    costs: tuple[Any, ...]
    players: tuple[Label, ...]

    def __init__(self, costs: Iterable[Any], players: Iterable[Label] | None = None) -> None:
        given = list(costs)
        labels = named(players, len(given), "costs")
        own = tuple(as_number(c, f"cost of {p!r}", least=0) for p, c in zip(labels, given, strict=True))
        refuse_mixture(own)
        object.__setattr__(self, "costs", own)
        object.__setattr__(self, "players", labels)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def cost(self, coalition: Any) -> Any:
        """Give what a coalition pays by itself.

        Parameters
        ----------
        coalition : label or iterable of labels

        Returns
        -------
        number
        """
        return max((self.costs[i] for i in members(coalition, self.players)), default=0)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition, minus its cost."""
        return -self.cost(coalition)

    def to_cost_game(self) -> Game:
        """Tabulate c(S).

        Returns
        -------
        Game
            Its linear solutions are cost shares; those that compare worths want ``to_game``.
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
        require_table(self.n, "airport_shares needs no table")
        each = number_array(self.costs)
        table = np.zeros(1 << self.n, each.dtype)
        for i in range(self.n):
            np.maximum(table[: 1 << i], each[i], out=table[1 << i : 2 << i])
        return table


def airport_shares(game: Airport) -> list[Any]:
    """Divide every section of the facility equally among those who need it: the Shapley value of the costs.

    Parameters
    ----------
    game : Airport
        n players, any n.

    Returns
    -------
    list of n numbers
        Cost shares, at least 0, summing to c(N); exact unless a cost is a float.

    Notes
    -----
    Time O(n log n).

    References
    ----------
    .. [1] S. C. Littlechild, G. Owen (1973), A simple expression for the Shapley value in a special case,
           Management Science 20, 370-372.

    Examples
    --------
    >>> [str(share) for share in airport_shares(Airport([0, 4, 4, 12]))]
    ['0', '4/3', '4/3', '28/3']
    """
    return _by_section(game, lambda users: Fraction(1, users))


def airport_shapley(game: Airport) -> list[Any]:
    """Give the Shapley value of an airport game: minus the shares of ``airport_shares``.

    Parameters
    ----------
    game : Airport
        n players, any n.

    Returns
    -------
    list of n numbers

    Examples
    --------
    >>> airport_shapley(Airport([2, 2]))
    [Fraction(-1, 1), Fraction(-1, 1)]
    """
    return [-share for share in airport_shares(game)]


def airport_banzhaf(game: Airport) -> list[Any]:
    """Give the Banzhaf value of an airport game.

    A player pays for a section only when no other of its m users is there: once in 2**(m - 1) coalitions.

    Parameters
    ----------
    game : Airport
        n players, any n.

    Returns
    -------
    list of n numbers

    Notes
    -----
    Time O(n log n).

    Examples
    --------
    >>> [str(payoff) for payoff in airport_banzhaf(Airport([2, 4]))]
    ['-1', '-3']
    """
    return [-share for share in _by_section(game, lambda users: Fraction(1, 2 ** (users - 1)))]


def _by_section(game: Airport, weight: Any) -> list[Any]:
    """Charge each user of a section, cheapest player first, its cost times a weight by the number of users."""
    shares: list[Any] = [0] * game.n
    paid: Any = Fraction(0)
    reached: Any = 0
    for rank, i in enumerate(sorted(range(game.n), key=lambda i: game.costs[i])):
        paid += weight(game.n - rank) * (game.costs[i] - reached)
        reached = game.costs[i]
        shares[i] = paid
    return shares


@dataclass(frozen=True, init=False)
class Bankruptcy:
    """An estate too small for the claims on it: a coalition can count on what the others leave when paid in full.

    v(S) = max(0, estate - sum of the claims outside S).

    Parameters
    ----------
    estate : number
        At least 0 and at most the sum of the claims.
    claims : iterable of n numbers
        At least 0.
    players : iterable of n labels, optional
        0, 1, ... by default.

    Attributes
    ----------
    estate : number
    claims : tuple of numbers
    players : tuple of labels

    Raises
    ------
    WorthError
        A claim or the estate is negative or no finite number; the estate covers more than all claims.

    References
    ----------
    .. [1] B. O'Neill (1982), A problem of rights arbitration from the Talmud, Mathematical Social Sciences 2, 345-371.

    Examples
    --------
    >>> estate = Bankruptcy(200, [100, 200, 300])
    >>> estate[1, 2], estate[0, 1]
    (100, 0)
    >>> talmud_rule(estate)
    Talmud rule of 3 players, exact, sum 200
    0    50   25.0%
    1    75   37.5%
    2    75   37.5%
    """

    estate: Any
    claims: tuple[Any, ...]
    players: tuple[Label, ...]

    def __init__(self, estate: Any, claims: Iterable[Any], players: Iterable[Label] | None = None) -> None:
        given = list(claims)
        labels = named(players, len(given), "claims")
        own = tuple(as_number(c, f"claim of {p!r}", least=0) for p, c in zip(labels, given, strict=True))
        whole = as_number(estate, "the estate", least=0)
        refuse_mixture((whole, *own))
        if whole > sum(own):
            raise WorthError(f"the estate is {whole} and the claims sum to {sum(own)}: nobody is bankrupt")
        object.__setattr__(self, "estate", whole)
        object.__setattr__(self, "claims", own)
        object.__setattr__(self, "players", labels)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition."""
        inside = set(members(coalition, self.players))
        return max(0, self.estate - sum(c for i, c in enumerate(self.claims) if i not in inside))

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game
        """
        require_table(self.n, "the rules (talmud_rule and others) need no table")
        each = number_array((*self.claims, self.estate))
        outside = subset_sums(each[:-1])[::-1]
        table = np.maximum(each[-1] - outside, 0)
        table[0] = 0  # estate and claims may differ by a rounding when they sum to the same
        return Game(self.players, table, copy=False)


def proportional_rule(game: Bankruptcy) -> Allocation:
    """Pay every claimant the same part of its claim.

    Parameters
    ----------
    game : Bankruptcy
        n claimants, any n.

    Returns
    -------
    Allocation
        Sums to the estate; exact unless a number is a float. Nothing where nothing is claimed.

    Examples
    --------
    >>> proportional_rule(Bankruptcy(200, [100, 300]))[1]
    Fraction(150, 1)
    """
    total = sum(game.claims)
    return _paid(game, [game.estate * _exact(c) / total if total else 0 for c in game.claims], "proportional rule")


def constrained_equal_awards(game: Bankruptcy) -> Allocation:
    """Pay all claimants the same, but nobody more than its claim.

    Parameters
    ----------
    game : Bankruptcy
        n claimants, any n.

    Returns
    -------
    Allocation
        Sums to the estate; exact unless a number is a float.

    Notes
    -----
    Time O(n log n).

    References
    ----------
    .. [1] W. Thomson (2003), Axiomatic and game-theoretic analysis of bankruptcy and taxation problems: a survey,
           Mathematical Social Sciences 45, 249-297.

    Examples
    --------
    >>> [str(award) for award in constrained_equal_awards(Bankruptcy(200, [50, 100, 300]))]
    ['50', '75', '75']
    """
    return _paid(game, _equal_awards(game.estate, game.claims), "constrained equal awards")


def constrained_equal_losses(game: Bankruptcy) -> Allocation:
    """Let all claimants lose the same, but nobody more than its claim.

    Parameters
    ----------
    game : Bankruptcy
        n claimants, any n.

    Returns
    -------
    Allocation
        Sums to the estate; exact unless a number is a float.

    Notes
    -----
    Time O(n log n).

    References
    ----------
    .. [1] W. Thomson (2003), Axiomatic and game-theoretic analysis of bankruptcy and taxation problems: a survey,
           Mathematical Social Sciences 45, 249-297.

    Examples
    --------
    >>> [str(award) for award in constrained_equal_losses(Bankruptcy(200, [50, 100, 300]))]
    ['0', '0', '200']
    """
    losses = _equal_awards(sum(game.claims) - game.estate, game.claims)
    return _paid(game, [c - loss for c, loss in zip(game.claims, losses, strict=True)], "constrained equal losses")


def talmud_rule(game: Bankruptcy) -> Allocation:
    """Divide as the Talmud does, which is the nucleolus: equal awards up to half the claims, then equal losses.

    Parameters
    ----------
    game : Bankruptcy
        n claimants, any n.

    Returns
    -------
    Allocation
        Sums to the estate; exact unless a number is a float.

    Notes
    -----
    Time O(n log n).

    References
    ----------
    .. [1] R. J. Aumann, M. Maschler (1985), Game theoretic analysis of a bankruptcy problem from the Talmud, Journal
           of Economic Theory 36, 195-213.

    Examples
    --------
    >>> [str(award) for award in talmud_rule(Bankruptcy(400, [100, 200, 300]))]
    ['50', '125', '225']
    """
    halves = [Fraction(1, 2) * c for c in game.claims]
    lost = sum(game.claims) - game.estate
    if game.estate <= lost:
        awards: Sequence[Any] = _equal_awards(game.estate, halves)
    else:
        awards = [c - x for c, x in zip(game.claims, _equal_awards(lost, halves), strict=True)]
    return _paid(game, awards, "Talmud rule")


def _equal_awards(estate: Any, claims: Sequence[Any]) -> list[Any]:
    awards: list[Any] = [0] * len(claims)
    left = _exact(estate)
    for rank, i in enumerate(sorted(range(len(claims)), key=lambda i: claims[i])):
        awards[i] = min(claims[i], left / (len(claims) - rank))
        left -= awards[i]
    return awards


def _exact(number: Any) -> Any:
    return Fraction(number) if isinstance(number, int) else number


def _paid(game: Bankruptcy, awards: Sequence[Any], solution: str) -> Allocation:
    return Allocation(players=game.players, payoffs=payoff_array(awards), solution=solution, method="exact")


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
