"""Values of a game whose players come in unions, on one level or on several, or bargain within closed blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, as_partition, coalition_sizes, labels_of, members_of
from coalitions.errors import CoalitionError
from coalitions.game import Game, as_game
from coalitions.values.dividends import allocate, divided, numerators
from coalitions.values.shapley import shapley_value

Unions: TypeAlias = Iterable[Iterable[Label]]
"""A partition of the players."""

_Weights: TypeAlias = Callable[[int], tuple[list[int], int]]


def owen_value(game: Any, *, unions: Unions) -> Allocation:
    """Pay each player its mean contribution over the orders of arrival that keep every union together.

    Parameters
    ----------
    game : Game or representation
        n players.
    unions : iterable of iterables of labels
        A partition of the players: the a-priori unions.

    Returns
    -------
    Allocation
        Sums to v(N); a union's members get together what the union gets as one player of the game among unions.
        Single players as unions, or one union of all, give the Shapley value.

    Raises
    ------
    CoalitionError
        The unions are not a partition: the message names who is in two or in none.

    Notes
    -----
    For each union U among m, the game on its subsets T in which T stands for U against the other unions, and its
    Shapley value: 2**(m - 1 + |U|) worths a union are read, far fewer than 2**n.

    References
    ----------
    .. [1] G. Owen (1977), Values of games with a priori unions, in R. Henn, O. Moeschlin (eds.), Mathematical
           Economics and Game Theory, 76-88.

    Examples
    --------
    >>> glove = Game("ABC", [0, 0, 0, 0, 0, 1, 1, 1])
    >>> owen_value(glove, unions=[["A", "B"], ["C"]]).payoffs
    array([0.25, 0.25, 0.5 ])
    """
    return _among_unions(game, [unions], [_shapley, _shapley], "Owen value")


def banzhaf_owen_value(game: Any, *, unions: Unions) -> Allocation:
    """Pay each player its mean contribution to coalitions of other unions and of fellow members, all alike.

    Parameters
    ----------
    game : Game or representation
    unions : iterable of iterables of labels
        A partition of the players.

    Returns
    -------
    Allocation
        It need not sum to v(N).  Single players as unions, or one union of all, give the Banzhaf value.

    Raises
    ------
    CoalitionError
        The unions are not a partition.

    Notes
    -----
    As for the Owen value, with Banzhaf's weights among unions and within them.

    References
    ----------
    .. [1] G. Owen (1982), Modification of the Banzhaf-Coleman index for games with a priori unions, in M. J. Holler
           (ed.), Power, Voting, and Voting Power, 232-238.

    Examples
    --------
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> banzhaf_owen_value(majority, unions=[["A", "B"], ["C"]]).payoffs
    array([0.5, 0.5, 0. ])
    """
    return _among_unions(game, [unions], [_banzhaf, _banzhaf], "Banzhaf-Owen value")


def symmetric_coalitional_banzhaf_value(game: Any, *, unions: Unions) -> Allocation:
    """Measure unions as Banzhaf does and share within a union as Shapley does.

    Parameters
    ----------
    game : Game or representation
    unions : iterable of iterables of labels
        A partition of the players.

    Returns
    -------
    Allocation
        A union's members get together what the Banzhaf value gives the union in the game among unions.

    Raises
    ------
    CoalitionError
        The unions are not a partition.

    Notes
    -----
    As for the Owen value.

    References
    ----------
    .. [1] J. M. Alonso-Meijide, M. G. Fiestras-Janeiro (2002), Modification of the Banzhaf value for games with a
           coalition structure, Annals of Operations Research 109, 213-227.

    Examples
    --------
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> symmetric_coalitional_banzhaf_value(majority, unions=[["A", "B"], ["C"]]).payoffs
    array([0.5, 0.5, 0. ])
    """
    return _among_unions(game, [unions], [_banzhaf, _shapley], "symmetric coalitional Banzhaf value")


def levels_value(game: Any, *, levels: Sequence[Unions]) -> Allocation:
    """Pay each player its mean contribution over the orders that keep unions together on every level.

    Parameters
    ----------
    game : Game or representation
    levels : sequence of partitions
        From the coarsest to the finest; every union is inside one of the level before.

    Returns
    -------
    Allocation
        Sums to v(N).  One level gives the Owen value, none the Shapley value.

    Raises
    ------
    CoalitionError
        A level is not a partition, or it splits a union of the finer level after it.

    Notes
    -----
    The step of the Owen value, once a level.

    References
    ----------
    .. [1] E. Winter (1989), A value for cooperative games with levels structure of cooperation, International
           Journal of Game Theory 18, 227-240.

    Examples
    --------
    >>> together = Game("ABCD", [0] * 15 + [12])
    >>> levels_value(together, levels=[[("A", "B", "C"), "D"], [("A", "B"), "C", "D"]]).payoffs
    array([1.5, 1.5, 3. , 6. ])
    """
    return _among_unions(game, list(levels), [_shapley] * (len(levels) + 1), "levels value")


def aumann_dreze_value(game: Any, *, unions: Unions) -> Allocation:
    """Share what every block of a coalition structure makes on its own by the block's Shapley value.

    Parameters
    ----------
    game : Game or representation
    unions : iterable of iterables of labels
        A partition of the players; nobody works across its blocks.

    Returns
    -------
    Allocation
        A block's members get the block's worth together.

    Raises
    ------
    CoalitionError
        The blocks are not a partition.

    Notes
    -----
    Time O(2**|B|) a block B.

    References
    ----------
    .. [1] R. J. Aumann, J. H. Dreze (1974), Cooperative games with coalition structures, International Journal of
           Game Theory 3, 217-237.

    Examples
    --------
    >>> aumann_dreze_value(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]), unions=[["A", "B"], ["C"]]).payoffs
    array([1., 1., 0.])
    """
    game = as_game(game)
    paid: dict[Label, Any] = {}
    for block in as_partition(unions, game.players):
        paid.update(shapley_value(game.subgame(labels_of(block, game.players))).to_dict())
    return allocate(game, [paid[player] for player in game.players], "Aumann-Dreze value")


def _among_unions(given: Any, levels: Sequence[Unions], weights: Sequence[_Weights], solution: str) -> Allocation:
    game: Game = as_game(given)
    partitions = [as_partition(blocks, game.players) for blocks in levels]
    for k, (coarse, fine) in enumerate(pairwise(partitions)):
        for union in fine:
            met = [block for block in coarse if block & union]
            if len(met) > 1:
                raise CoalitionError(
                    f"{labels_of(union, game.players)} of level {k + 1} is split by level {k}, among "
                    + " and ".join(str(labels_of(block, game.players)) for block in met)
                )
    partitions.append([1 << i for i in range(game.n)])
    table, denominator = numerators(game)
    values = np.zeros(game.n, table.dtype)
    divisor = _share_out(table, list(range(game.n)), partitions, weights, values)
    return allocate(game, divided(values, denominator * divisor, game), solution)


def _share_out(
    table: NDArray[Any],
    members: list[int],
    levels: Sequence[Sequence[int]],
    weights: Sequence[_Weights],
    values: NDArray[Any],
) -> int:
    """Write the values of the members of a union, whose game is the table; give what divides them all.

    Every union's game is a table over its own subsets, so the next level starts anew with fewer players.
    """
    inside = sum(1 << player for player in members)
    position = {player: k for k, player in enumerate(members)}
    blocks = [[position[player] for player in members_of(union)] for union in levels[0] if union & inside]
    exact = table.dtype == object
    factors, total = weights[0](len(blocks))
    if not exact:
        factors = [factor / total for factor in factors]  # type: ignore[misc]
    unions = np.array([sum(1 << k for k in block) for block in blocks])
    divisors = []
    for b, block in enumerate(blocks):
        others = np.zeros(1, np.int64)
        for union in np.delete(unions, b):
            others = np.concatenate((others, others | union))
        parts = np.zeros(1, np.int64)
        for k in block:
            parts = np.concatenate((parts, parts | (1 << k)))
        by_size = np.array(factors, table.dtype)[coalition_sizes(len(blocks) - 1)]
        stands_for = np.zeros(len(parts), table.dtype)
        if len(parts) < len(others):  # the longer of the two axes is the one numpy walks
            for k, part in enumerate(parts):
                stands_for[k] = ((table[part | others] - table[others]) * by_size).sum()
        else:
            for other, factor in zip(others, by_size, strict=True):
                stands_for += factor * (table[parts | other] - table[other])
        own = [members[k] for k in block]
        if len(levels) == 1:
            values[own[0]] = stands_for[1]
            divisors.append(1)
        else:
            divisors.append(_share_out(stands_for, own, levels[1:], weights[1:], values))
    if not exact:
        return 1
    common = math.lcm(*divisors)
    for block, divisor in zip(blocks, divisors, strict=True):
        for k in block:
            values[members[k]] *= common // divisor
    return total * common


def _shapley(n: int) -> tuple[list[int], int]:
    return [math.factorial(s) * math.factorial(n - 1 - s) for s in range(n)], math.factorial(n)


def _banzhaf(n: int) -> tuple[list[int], int]:
    return [1] * n, 1 << (n - 1)
