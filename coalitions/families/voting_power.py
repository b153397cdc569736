"""From voting games to what power indices are made of, by the route that takes the fewest operations."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from fractions import Fraction
from math import factorial
from operator import mul
from typing import Any, TypeAlias

from coalitions.errors import TooLargeError
from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame
from coalitions.families.voting_counts import (
    MAX_HALVES,
    Counts,
    counts_by_halves,
    counts_by_weight,
    counts_of_table,
    dual_quotas,
    weight_range,
)
from coalitions.families.voting_large import banzhaf_swings, shapley_quadrature

SizeRule: TypeAlias = tuple[list[int], list[int]]
"""Integer weights, and for every size 0..n the weight from which a coalition of that size wins."""

_EXACT_WORDS = 2e9  # word operations that take a few seconds; beyond, indices are integrated unless told otherwise
_SMALL = 12  # a table of so few players takes microseconds

VotingGame: TypeAlias = WeightedVotingGame | MultipleVotingGame


def winning_counts(game: VotingGame) -> Counts:
    """Count the winning coalitions of each size, and those among them that hold each player.

    Parameters
    ----------
    game : WeightedVotingGame or MultipleVotingGame

    Returns
    -------
    tuple of list of n + 1 int and list of n lists of n + 1 int
        ``winning[s]``, and ``holding[p][s]`` in player order.

    Raises
    ------
    TooLargeError
        More than 30 players under several weighted rules; more than 46 with weights too large to list.

    Notes
    -----
    By halves or by weight, whichever takes fewer operations; a rule of equal weights is one on the number of
    members and costs nothing.

    Examples
    --------
    >>> winning_counts(WeightedVotingGame([2, 1, 1], 3))[0]
    [0, 0, 2, 1]
    """
    rule = size_rule(game)
    if rule is None or game.n <= _SMALL:
        return counts_of_table(game.winning_table())
    weights, quotas = rule
    if _by_halves(weights, _words(weights, quotas)):
        return counts_by_halves(weights, quotas)
    return counts_by_weight(weights, quotas)


def voting_swings(game: VotingGame) -> tuple[int, list[int]]:
    """Count winning coalitions, and the coalitions each player turns into winning ones by joining.

    Parameters
    ----------
    game : WeightedVotingGame or MultipleVotingGame

    Returns
    -------
    tuple of int and list of n int
        Divided by 2**(n - 1) the swings are the Banzhaf value.

    Raises
    ------
    TooLargeError
        As ``winning_counts``; a single rule is limited by memory only: 8 bytes times its quota for every 64 players.

    Examples
    --------
    >>> voting_swings(WeightedVotingGame([4, 4, 4, 2, 2, 1], 12))
    (14, [10, 10, 10, 6, 6, 0])
    """
    rule = size_rule(game)
    if rule is not None and len(set(rule[1])) == 1:
        weights, quotas = rule
        words = len(weights) * _reach(weights, quotas) * (len(weights) // 64 + 1)
        if not _by_halves(weights, words):
            return banzhaf_swings(weights, quotas[0])
    winning, holding = winning_counts(game)
    everything = sum(winning)
    return everything, [2 * sum(row) - everything for row in holding]


def voting_shapley(game: VotingGame, method: str = "auto") -> tuple[list[Any], str]:
    """Give the Shapley-Shubik index of a voting game, exactly where that is a matter of seconds.

    Parameters
    ----------
    game : WeightedVotingGame or MultipleVotingGame
    method : {"auto", "exact", "quadrature"}
        ``"exact"`` counts whatever it takes, ``"quadrature"`` integrates in floating point (single rule only),
        ``"auto"`` integrates when counting would take more than a few seconds.

    Returns
    -------
    tuple of list of n Fraction or float, and str
        The indices, and how they were found; for an integral the text states by how much their sum misses 1.

    Raises
    ------
    ValueError
        Another method; a quadrature of several rules.
    TooLargeError
        As ``winning_counts``.

    Examples
    --------
    >>> voting_shapley(WeightedVotingGame([4, 4, 4, 2, 2, 1], 12))[0][3]
    Fraction(3, 20)
    """
    methods = ("auto", "exact", "quadrature")
    if method not in methods:
        near = difflib.get_close_matches(str(method), methods, n=1)
        raise ValueError(f"no method {method!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {methods}"))
    rule = size_rule(game)
    single = rule is not None and len(set(rule[1])) == 1
    if method == "quadrature" and not single:
        raise ValueError("method 'quadrature' needs a single rule on weights; use 'exact'")
    if rule is not None and single:
        weights, quotas = rule
        words = _words(weights, quotas)
        if method == "quadrature" or (method == "auto" and words > _EXACT_WORDS and not _by_halves(weights, words)):
            if sum(weights) >= 1 << 40:
                raise TooLargeError(
                    f"weights of {sum(weights)} in all need too large a table; round them or form blocs of at most "
                    f"{MAX_HALVES} players"
                )
            indices, nodes = shapley_quadrature(weights, quotas[0])
            miss = abs(math.fsum(indices) - 1)
            return indices.tolist(), f"{nodes} Gauss-Legendre nodes, sum within {miss:.0e} of 1"
    return shapley_from_counts(*winning_counts(game)), "exact"


def shapley_from_counts(winning: Sequence[int], holding: Sequence[Sequence[int]]) -> list[Fraction]:
    """Give the Shapley-Shubik index of all players from counts of winning coalitions by size.

    Parameters
    ----------
    winning : sequence of n + 1 int
        Winning coalitions of each size.
    holding : sequence of n sequences of n + 1 int
        Those with each player.

    Returns
    -------
    list of n Fraction

    Examples
    --------
    >>> shapley_from_counts([0, 0, 2, 1], [[0, 0, 2, 1], [0, 0, 1, 1], [0, 0, 1, 1]])[0]
    Fraction(2, 3)
    """
    n = len(holding)
    before = [factorial(s) * factorial(n - 1 - s) for s in range(n)] + [0]
    orders = [0, *(before[s - 1] + before[s] for s in range(1, n + 1))]
    common = sum(map(mul, before, winning))
    everyone = factorial(n)
    return [Fraction(sum(map(mul, orders, row)) - common, everyone) for row in holding]


def size_rule(game: VotingGame) -> SizeRule | None:
    """Write a voting game as one rule whose quota depends on the number of members.

    Parameters
    ----------
    game : WeightedVotingGame or MultipleVotingGame

    Returns
    -------
    tuple of list of n int and list of n + 1 int, or None
        None when two rules weigh the players differently.

    Examples
    --------
    >>> people = WeightedVotingGame([50, 30, 15, 5], 65)
    >>> size_rule(MultipleVotingGame([people], count_quota=2, or_count=3))
    ([10, 6, 3, 1], [21, 21, 13, 0, 0])
    """
    n = game.n
    rules = (game,) if isinstance(game, WeightedVotingGame) else game.rules
    fewest, enough = 0, n + 1
    if isinstance(game, MultipleVotingGame):
        fewest, enough = game.count_quota, enough if game.or_count is None else game.or_count
    weighted: tuple[tuple[int, ...], int] | None = None
    for rule in rules:
        weights, quota = rule.whole
        if len(set(weights)) == 1:  # in lowest terms all are 1
            fewest = max(fewest, quota)
        elif weighted is None:
            weighted = weights, quota
        elif weighted[0] == weights:
            weighted = weights, max(quota, weighted[1])
        else:
            return None
    if weighted is None:
        return [1] * n, [0 if size >= min(fewest, enough) else n + 1 for size in range(n + 1)]
    weights, quota = weighted
    out_of_reach = sum(weights) + 1
    quotas = [0 if size >= enough else quota if size >= fewest else out_of_reach for size in range(n + 1)]
    return list(weights), quotas


def _reach(weights: Sequence[int], quotas: Sequence[int]) -> int:
    return min(weight_range(weights, quotas), weight_range(weights, dual_quotas(weights, quotas)))


def _words(weights: Sequence[int], quotas: Sequence[int]) -> float:
    n = len(weights)
    return n**2 / 2 * _reach(weights, quotas) * (n // 64 + 1)


def _by_halves(weights: Sequence[int], words: float) -> bool:
    n = len(weights)
    return n <= MAX_HALVES and n * 2.0 ** (n / 2 + 1) < words
