"""Nucleoli that are known without a table: of airports, bankruptcies, gloves and links that add up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from coalitions.families.airport import Airport
from coalitions.families.assignment import Glove
from coalitions.families.bankruptcy import Bankruptcy, talmud_rule
from coalitions.families.graph import InducedSubgraph, subgraph_shapley


def closed_form(game: Any, floors: bool) -> Sequence[Any] | None:
    """Give the prenucleolus of a game by the formula of its family.

    Parameters
    ----------
    game : representation
    floors : bool
        Whether the nucleolus is asked for: the same where the prenucleolus leaves nobody below its worth alone.

    Returns
    -------
    sequence of n numbers, or None
        None where no formula is known.
    """
    solve = _CLOSED_FORMS.get(type(game))
    if solve is None:
        return None
    payoffs = solve(game)
    if any(getattr(x, "free_symbols", None) for x in payoffs):
        return None if floors else payoffs
    if floors and any(x < game[(player,)] for player, x in zip(game.players, payoffs, strict=True)):
        return None  # the prenucleolus is the nucleolus only where it is an imputation
    return payoffs


def _airport(game: Airport) -> list[Any]:
    """Charge the cheapest first: each the smallest share of a section's cost that leaves one part for the others."""
    order = sorted(range(game.n), key=lambda i: game.costs[i])
    costs = [game.costs[i] for i in order]
    shares: list[Any] = []
    paid: Any = 0
    while len(shares) < game.n - 1:
        first = len(shares)
        share, last = min((Fraction(1, k - first + 2) * (costs[k] - paid), -k) for k in range(first, game.n - 1))
        shares += [share] * (1 - last - first)
        paid += share * (1 - last - first)
    shares.append(costs[-1] - paid)
    payoffs: list[Any] = [0] * game.n
    for i, share in zip(order, shares, strict=True):
        payoffs[i] = -share
    return payoffs


def _glove(game: Glove) -> list[Any]:
    """Give the pairs to the scarce side, or to both in halves."""
    left, right = game.left.bit_count(), game.right.bit_count()
    worth_left = Fraction(int(right > left) + int(right >= left), 2)
    worth_right = 1 - worth_left
    sides = ((game.left, worth_left), (game.right, worth_right))
    return [sum(x for side, x in sides if side >> i & 1) for i in range(game.n)]


_CLOSED_FORMS: dict[type, Callable[[Any], Sequence[Any]]] = {
    Airport: _airport,
    Bankruptcy: lambda game: list(talmud_rule(game).payoffs),
    Glove: _glove,
    InducedSubgraph: subgraph_shapley,
}
"""Families whose prenucleolus is known without a table, also that of symbolic numbers where nothing is compared.

Airport: Littlechild (1974); bankruptcy: Aumann and Maschler (1985); induced subgraphs: Deng and Papadimitriou (1994).
"""
