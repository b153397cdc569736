"""Power in bodies too large for counts by size: hundreds of members, millions of votes.

The Banzhaf swings come exactly from the number of coalitions of every weight, the Shapley-Shubik index to many digits
from Gauss-Legendre quadrature.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from coalitions.memory import require_memory


def banzhaf_swings(weights: Sequence[int], quota: int) -> tuple[int, list[int]]:
    """Count the coalitions each player turns from losing into winning, exactly, for any number of players.

    C(j), the number of coalitions that weigh at most j, is built up player by player in integers of several words.
    A player of weight w swings C(q-1) - 2 (C(q-1-w) - C(q-1-2w) + C(q-1-3w) - ...) coalitions of the others.

    Parameters
    ----------
    weights : sequence of n int
    quota : int

    Returns
    -------
    tuple of int and list of int
        The number of winning coalitions, and the swings of each player.

    Raises
    ------
    TooLargeError
        The table of weights does not fit in memory.

    Notes
    -----
    Time O(n**2 q / 64), memory O(n q / 64) words, q the smaller of the quota and the blocking quota.
    The series instead of a division: T. Uno (2012), Efficient computation of power indices for weighted majority
    games, ISAAC 2012.

    Examples
    --------
    >>> banzhaf_swings([4, 4, 4, 2, 2, 1], 12)
    (14, [10, 10, 10, 6, 6, 0])
    """
    from coalitions._kernels_voting import alternating_sum, count_weights

    blocking = sum(weights) - quota + 1
    dual, quota = blocking < quota, min(quota, blocking)
    limbs = len(weights) // 64 + 1  # no number of coalitions reaches 2**(n + 1)
    require_memory(8 * quota * limbs, f"a quota of {quota} among {len(weights)} players", "round the weights")
    distinct = sorted(set(weights) - {0})
    below = np.zeros((quota, limbs), np.uint64)
    light = [weight for weight in sorted(weights) if weight < quota]
    count_weights(np.array(light, np.int64), below)
    swings = {0: 0}
    for weight in distinct:
        rest = np.zeros(limbs, np.uint64)
        if weight < quota:
            alternating_sum(below, quota - 1 - weight, weight, rest)
        swings[weight] = _number(below[-1]) - 2 * _number(rest)
    losing = _number(below[-1])  # in the dual game, what loses is what wins in the game itself
    return losing if dual else (1 << len(weights)) - losing, [swings[weight] for weight in weights]


def shapley_quadrature(weights: Sequence[int], quota: int) -> tuple[NDArray[np.float64], int]:
    """Integrate the Shapley-Shubik index over the probability that the others have joined.

    The index of p is the integral over t in (0, 1) of the chance that the others, each joining with probability t,
    weigh from quota - w to quota - 1. It is a polynomial in t of degree n - 1, so ceil(n/2) Gauss-Legendre nodes
    leave rounding errors only. Nodes above 1/2 are done with the absent players, which keeps the series stable and
    lets the nodes t and 1 - t share one distribution of weights.

    Parameters
    ----------
    weights : sequence of n int
    quota : int

    Returns
    -------
    tuple of ndarray of float64, shape (n,), and int
        The indices and the number of nodes. The indices sum to 1 but for rounding: the difference is the gauge of
        the error.

    Notes
    -----
    Time O(n**2 T) for weights of total T, memory O(T) a thread; nodes are shared among threads and summed in order, so
    the result does not depend on their number. After G. Owen (1972), Multilinear extensions of games, Management
    Science 18, 64-79.

    Examples
    --------
    >>> shapley_quadrature([4, 4, 4, 2, 2, 1], 12)[0].round(6)
    array([0.233333, 0.233333, 0.233333, 0.15    , 0.15    , 0.      ])
    """
    from coalitions._kernels_voting import add_pivots, weight_distribution

    n, total = len(weights), sum(weights)
    count = (n + 1) // 2
    nodes, shares = np.polynomial.legendre.leggauss(count)
    ordered = np.array(sorted(weight for weight in weights if weight), np.int64)
    distinct = np.unique(ordered)
    blocking = total - quota + 1
    pairs = (count + 1) // 2
    workers = min(os.cpu_count() or 1, pairs)
    require_memory(max(quota, blocking) * 8 * workers, f"weights of {total} in all", "round the weights")

    def at_pair(k: int) -> NDArray[np.float64]:
        t = (1.0 + nodes[k]) / 2.0  # at most 1/2; 1 - t is the other node of the pair, with the absent players
        below = np.empty(max(quota, blocking))
        weight_distribution(ordered, t, below)
        np.cumsum(below, out=below)
        pivots = np.zeros(len(distinct))
        weight = shares[k] / (4.0 if nodes[k] == 0.0 else 2.0)
        for bar in (quota, blocking):
            add_pivots(below[:bar], t, distinct, weight, pivots)
        return pivots

    with ThreadPoolExecutor(workers) as pool:
        pivots = sum(pool.map(at_pair, range(pairs)), np.zeros(len(distinct)))
    index = dict(zip(distinct.tolist(), pivots.tolist(), strict=True)) | {0: 0.0}
    return np.array([index[weight] for weight in weights]), count


def _number(words: NDArray[np.uint64]) -> int:
    return int.from_bytes(words.astype("<u8").tobytes(), "little")
