"""Count winning coalitions: how many of each size, and how many of them hold each player, as exact integers.

Every power index of a voting game follows from these counts. Three routes give them: a table of all coalitions for
several weighted rules at once, two halves meeting in the middle for any weights, and one polynomial a size for small
weights and many players.

A rule is a list of integer weights with a quota for every size s = 0..n: a coalition of size s wins when it weighs at
least ``quotas[s]``; 0 always wins, more than the total never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import coalition_sizes
from coalitions.errors import TooLargeError
from coalitions.memory import require_memory
from coalitions.worths import MAX_PLAYERS

Counts: TypeAlias = tuple[list[int], list[list[int]]]
"""``winning[s]``, the winning coalitions of size s, and ``holding[p][s]``, those among them with player p."""

MAX_HALVES = 46
"""Beyond, half the players have more subsets than fit in memory with room to work."""

_INT64 = 1 << 62
_LOW_BITS = 11
_LIMB = 32


def winning_table(
    rules: Sequence[tuple[Sequence[int], int]], n: int, *, fewest: int = 0, enough: int | None = None
) -> NDArray[np.uint8]:
    """Mark every coalition that wins.

    Parameters
    ----------
    rules : sequence of (weights, quota)
        Integers; all must be met.
    n : int
    fewest : int
        Coalitions of fewer members lose.
    enough : int, optional
        Coalitions of at least so many members win whatever they weigh.

    Returns
    -------
    ndarray of uint8, shape (2**n,)
        In bitmask order.

    Raises
    ------
    TooLargeError
        More than 30 players, or no memory for 2**n bytes.

    Examples
    --------
    >>> winning_table([([2, 1, 1], 3)], 3)
    array([0, 0, 0, 1, 0, 1, 0, 1], dtype=uint8)
    """
    require_table(n)
    enough = n + 1 if enough is None else enough
    if any(sum(weights) >= _INT64 for weights, _ in rules):
        sizes = coalition_sizes(n)
        won = np.asarray(sizes >= fewest)
        for weights, quota in rules:
            won &= (_sums(weights) >= quota).astype(bool)
        return np.asarray(won | (sizes >= enough), dtype=np.uint8)
    from coalitions._kernels_voting import mark_winning

    low = min(n, _LOW_BITS)
    wins = np.empty((1 << (n - low), 1 << low), np.uint8)
    low_sums = np.array([_sums(weights[:low]) for weights, _ in rules], np.int64).reshape(len(rules), -1)
    high_sums = np.array([_sums(weights[low:]) for weights, _ in rules], np.int64).reshape(len(rules), -1)
    quotas = np.array([quota for _, quota in rules], np.int64)
    mark_winning(high_sums, low_sums, quotas, coalition_sizes(n - low), coalition_sizes(low), fewest, enough, wins)
    return wins.reshape(-1)


def require_table(n: int) -> None:
    """Refuse a table of winning coalitions that is too large.

    Parameters
    ----------
    n : int

    Raises
    ------
    TooLargeError

    Examples
    --------
    >>> require_table(40)
    Traceback (most recent call last):
    coalitions.errors.TooLargeError: 40 players have 2**40 coalitions; ... at most 30 players. ...
    """
    if n > MAX_PLAYERS:
        raise TooLargeError(
            f"{n} players have 2**{n} coalitions; a table of winning coalitions holds at most {MAX_PLAYERS} players. "
            "The Shapley-Shubik, Banzhaf, Coleman and Rae indices of a WeightedVotingGame need no table"
        )
    require_memory(2 << n, f"a table of winning coalitions of {n} players", "use fewer players")


def counts_of_table(wins: NDArray[np.uint8]) -> Counts:
    """Count the winning coalitions of a table by size, and by size and player.

    Parameters
    ----------
    wins : ndarray of uint8, shape (2**n,)

    Returns
    -------
    Counts

    Notes
    -----
    One pass, O(2**n) for all players.

    Examples
    --------
    >>> counts_of_table(winning_table([([2, 1, 1], 3)], 3))
    ([0, 0, 2, 1], [[0, 0, 2, 1], [0, 0, 1, 1], [0, 0, 1, 1]])
    """
    from coalitions._kernels_voting import count_winning

    n = len(wins).bit_length() - 1
    low = min(n, _LOW_BITS)
    high = n - low
    low_sizes, high_sizes = coalition_sizes(low), coalition_sizes(high)
    by_column = np.zeros((high + 1, 1 << low), np.int64)
    by_row = np.zeros((1 << high, low + 1), np.int64)
    winning, holding = np.zeros(n + 1, np.int64), np.zeros((n, n + 1), np.int64)
    count_winning(wins.reshape(1 << high, 1 << low), high_sizes, low_sizes, by_column, by_row, winning, holding)
    return winning.tolist(), holding.tolist()


def counts_by_halves(weights: Sequence[int], quotas: Sequence[int]) -> Counts:
    """Count winning coalitions by letting two halves of the players meet in the middle.

    The subsets of each half are sorted by weight within each size; for every subset, the subsets of the other half
    that complete it to the quota of the joint size are found by walking down one list while walking up the other.

    Parameters
    ----------
    weights : sequence of n int
        Any size: nothing depends on how large they are.
    quotas : sequence of n + 1 int

    Returns
    -------
    Counts

    Raises
    ------
    TooLargeError
        More than 46 players.

    Notes
    -----
    Time O(n 2**(n/2)), memory O(2**(n/2)). After E. Horowitz, S. Sahni (1974), Computing partitions with
    applications to the knapsack problem, Journal of the ACM 21, 277-292.

    Examples
    --------
    >>> counts_by_halves([2, 1, 1], [3, 3, 3, 3])
    ([0, 0, 2, 1], [[0, 0, 2, 1], [0, 0, 1, 1], [0, 0, 1, 1]])
    """
    n, total = len(weights), sum(weights)
    if n > MAX_HALVES:
        raise TooLargeError(f"{n} players are too many to meet in the middle; at most {MAX_HALVES}")
    half = n // 2
    first, second = _by_size(weights[:half]), _by_size(weights[half:])
    winning = [0] * (n + 1)
    holding = [[0] * (n + 1) for _ in range(n)]
    for size, quota in enumerate(quotas):
        if quota > total:
            continue
        if quota <= 0:
            winning[size] = comb(n, size)
            for p in range(n):
                holding[p][size] = comb(n - 1, size - 1) if size else 0
            continue
        for offset, own, others in ((0, first, second), (half, second, first)):
            table = np.zeros(1 << (len(own) - 1), np.int64)
            for s in range(max(0, size - len(others) + 1), min(len(own) - 1, size) + 1):
                sums, masks = own[s]
                table[masks] = _completions(sums, others[size - s][0], quota)
            winning[size] = int(table.sum())
            for i, count in enumerate(_member_sums(table).tolist()):
                holding[offset + i][size] = count
    return winning, holding


def counts_by_weight(weights: Sequence[int], quotas: Sequence[int]) -> Counts:
    """Count winning coalitions from the number of coalitions of each size and weight.

    One long integer a size holds these numbers side by side; a player adds the integer of the next smaller size,
    shifted by its weight. What a player's absence leaves follows from the same table: the coalitions of size s
    without player p that weigh at most j are C_s(j) - C_(s-1)(j - w) + C_(s-2)(j - 2 w) - ...

    Parameters
    ----------
    weights : sequence of n int
    quotas : sequence of n + 1 int

    Returns
    -------
    Counts

    Raises
    ------
    TooLargeError
        The table of sizes and weights does not fit in memory.

    Notes
    -----
    Time and memory O(n**2 q (n/64)) and O(n q (n/64)) words for quotas up to q. After I. Mann, L. S. Shapley (1962),
    Values of large games VI, RAND RM-3158.

    Examples
    --------
    >>> counts_by_weight([2, 1, 1], [3, 3, 3, 3])
    ([0, 0, 2, 1], [[0, 0, 2, 1], [0, 0, 1, 1], [0, 0, 1, 1]])
    """
    dual = dual_quotas(weights, quotas)
    if weight_range(weights, dual) < weight_range(weights, quotas):
        return _dual_counts(_counts_by_weight(weights, dual))
    return _counts_by_weight(weights, quotas)


def weight_range(weights: Sequence[int], quotas: Sequence[int]) -> int:
    """Give the largest quota that depends on the weights, 0 when sizes alone decide.

    Parameters
    ----------
    weights : sequence of n int
    quotas : sequence of n + 1 int

    Returns
    -------
    int

    Examples
    --------
    >>> weight_range([2, 1, 1], [5, 3, 3, 0])
    3
    """
    total = sum(weights)
    return max((quota for quota in quotas if quota <= total), default=0)


def dual_quotas(weights: Sequence[int], quotas: Sequence[int]) -> list[int]:
    """Give the quotas of the dual game, in which a coalition wins when those outside it lose.

    Parameters
    ----------
    weights : sequence of n int
    quotas : sequence of n + 1 int

    Returns
    -------
    list of int

    Examples
    --------
    >>> dual_quotas([2, 1, 1], [3, 3, 3, 3])
    [2, 2, 2, 2]
    """
    total = sum(weights)
    return [total + 1 - min(max(quota, 0), total + 1) for quota in reversed(quotas)]


def _counts_by_weight(weights: Sequence[int], quotas: Sequence[int]) -> Counts:
    from coalitions._kernels_voting import add_losing

    n, total = len(weights), sum(weights)
    reach = weight_range(weights, quotas)
    width = _limb_bits(n)
    deciding = [size for size, quota in enumerate(quotas) if 0 < quota <= total]
    largest = max(deciding, default=-1)
    what = f"quotas up to {reach} among {n} players"
    require_memory((largest + 2) * reach * width // 8 + reach * width, what, "round the weights")
    if n * reach >= 1 << 31:
        raise TooLargeError(f"{what} are too many to count by size; round the weights")
    full = reach * width
    cut = (1 << full) - 1
    by_size = [1] + [0] * largest
    for weight in sorted(weights):
        shift = weight * width
        if shift >= full:
            break
        for size in range(largest, 0, -1):
            if by_size[size - 1]:
                joined = by_size[size] + (by_size[size - 1] << shift)
                by_size[size] = joined & cut if joined.bit_length() > full else joined
    limits = np.full(n + 1, -1, np.int64)
    limits[deciding] = [quotas[size] - 1 for size in deciding]
    distinct = sorted(set(weights))
    # a player too heavy for every losing coalition: without it, all the others are counted
    candidates = np.array([*distinct, reach + 1], np.int64).clip(max=reach + 1)
    losing = np.zeros((len(candidates), n + 1, width // _LIMB), np.int64)
    for size in range(largest + 1):
        add_losing(_cumulated(by_size[size], reach, width), size, limits, candidates, losing)
        by_size[size] = 0
    absent = [[_whole(limbs) for limbs in row] for row in losing]
    for size, quota in enumerate(quotas):
        if quota > total:
            for row in absent[:-1]:
                row[size] = comb(n - 1, size)
            absent[-1][size] = comb(n, size)
    lost = absent[-1]
    winning = [comb(n, size) - lost[size] for size in range(n + 1)]
    row_of = {
        weight: [0, *(comb(n - 1, s - 1) - lost[s] + row[s] for s in range(1, n + 1))]
        for weight, row in zip(distinct, absent[:-1], strict=True)
    }
    return winning, [list(row_of[weight]) for weight in weights]


def _dual_counts(counts: Counts) -> Counts:
    """Turn the counts of a game into those of its dual, which has the same swings."""
    winning, holding = counts
    n = len(holding)
    return (
        [comb(n, s) - winning[n - s] for s in range(n + 1)],
        [[0, *(comb(n - 1, s - 1) - winning[n - s] + row[n - s] for s in range(1, n + 1))] for row in holding],
    )


def _limb_bits(n: int) -> int:
    return (n // _LIMB + 1) * _LIMB  # 2**n coalitions in all need n + 1 bits


def _cumulated(polynomial: int, count: int, width: int) -> NDArray[np.int64]:
    """Cumulate the coefficients of a packed polynomial, limb by limb."""
    packed = polynomial.to_bytes(count * width // 8, "little")
    limbs = np.frombuffer(packed, dtype="<u4").reshape(count, width // _LIMB)
    return np.cumsum(limbs, axis=0, dtype=np.int64)


def _whole(limbs: NDArray[np.int64]) -> int:
    return sum(limb << (_LIMB * k) for k, limb in enumerate(limbs.tolist()))


def _sums(weights: Sequence[int]) -> NDArray[Any]:
    """Sum the weights of every coalition as integers: subset_sums gives floats."""
    sums = np.zeros(1 << len(weights), object if sum(weights) >= _INT64 else np.int64)
    for i, weight in enumerate(weights):
        sums[1 << i : 2 << i] = sums[: 1 << i] + weight
    return sums


def _by_size(weights: Sequence[int]) -> list[tuple[NDArray[Any], NDArray[np.int64]]]:
    """List the coalitions of each size, lightest first: their weights and their masks."""
    sums, sizes = _sums(weights), coalition_sizes(len(weights))
    listed = []
    for size in range(len(weights) + 1):
        masks = np.flatnonzero(sizes == size)
        own = sums[masks]
        order = np.argsort(own, kind="stable")
        listed.append((own[order], masks[order]))
    return listed


def _completions(own: NDArray[Any], others: NDArray[Any], quota: int) -> NDArray[np.int64]:
    if own.dtype == object or others.dtype == object or quota >= _INT64:
        return len(others) - np.searchsorted(others.astype(object), quota - own.astype(object)).astype(np.int64)
    from coalitions._kernels_voting import count_reaching

    counts = np.zeros(len(own), np.int64)
    count_reaching(own, others, quota, counts)
    return counts


def _member_sums(table: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum, for every player, the entries of the coalitions that hold it; uses the table up."""
    n = len(table).bit_length() - 1
    sums = np.zeros(n, np.int64)
    for i in reversed(range(n)):
        upper = table[1 << i : 2 << i]
        sums[i] = upper.sum()
        table[: 1 << i] += upper
    return sums
