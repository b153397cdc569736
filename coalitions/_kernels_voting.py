"""The compiled loops of voting games: plain arrays in, written in place, nothing raised.

Tables of 2**n coalitions are read as a matrix, as in ``_kernels``: row h holds the coalitions whose high bits are h,
column l those whose low bits are l.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def mark_winning(high, low, quotas, high_sizes, low_sizes, fewest, enough, wins):
    """Mark the coalitions that meet every quota, or that are large enough by themselves; in place.

    high : int64 (rules, rows), low : int64 (rules, columns), weights of the two halves.  quotas : int64 (rules,).
    high_sizes : uint8 (rows,), low_sizes : uint8 (columns,).  fewest, enough : int, sizes below the first lose,
    from the second on win.  wins : uint8 (rows, columns).
    """
    for h in range(wins.shape[0]):
        row = wins[h]
        for j in range(row.shape[0]):
            row[j] = high_sizes[h] + low_sizes[j] >= fewest
        for k in range(quotas.shape[0]):  # one loop a rule: together they do not vectorise
            least = quotas[k] - high[k, h]
            sums = low[k]
            for j in range(row.shape[0]):
                row[j] &= sums[j] >= least
        for j in range(row.shape[0]):
            row[j] |= high_sizes[h] + low_sizes[j] >= enough


@njit(cache=True, nogil=True)
def count_winning(wins, high_sizes, low_sizes, by_column, by_row, winning, holding):
    """Count the winning coalitions by size, and by player and size; in place.

    wins : uint8 (rows, columns).  by_column : int64 (sizes of rows, columns), zeros: [p, l] becomes the number of
    rows of size p that win with column l.  by_row : int64 (rows, sizes of columns), zeros: the same the other way.
    winning : int64 (n + 1,), zeros.  holding : int64 (n, n + 1), zeros.
    """
    rows, columns = wins.shape
    for h in range(rows):
        row = wins[h]
        column = by_column[high_sizes[h]]
        own = by_row[h]
        for j in range(columns):
            column[j] += row[j]
        for j in range(columns):
            own[low_sizes[j]] += row[j]
    low = by_row.shape[1] - 1
    for p in range(by_column.shape[0]):
        for j in range(columns):
            count = by_column[p, j]
            if count:
                winning[p + low_sizes[j]] += count
                for i in range(low):
                    if j >> i & 1:
                        holding[i, p + low_sizes[j]] += count
    for h in range(rows):
        for size in range(low + 1):
            count = by_row[h, size]
            if count:
                for i in range(by_column.shape[0] - 1):
                    if h >> i & 1:
                        holding[low + i, high_sizes[h] + size] += count


@njit(cache=True, nogil=True)
def find_losing_superset(wins, n):
    """Give a winning coalition and the player whose joining makes it lose, or (-1, -1)."""
    for mask in range(wins.shape[0]):
        if wins[mask]:
            for i in range(n):
                if not wins[mask | (1 << i)]:
                    return mask, i
    return -1, -1


@njit(cache=True, nogil=True)
def count_critical(wins, n, critical, minimal):
    """Count, player by player, the winning coalitions by their number of critical members; in place.

    wins : uint8 (2**n,).  critical : int64 (n, n + 1), zeros: [i, c] becomes the number of winning coalitions in
    which i is one of c critical members.  minimal : int64 (n, n + 1), zeros: [i, s] those of size s in which all are.
    """
    members = np.empty(n, np.int64)
    for mask in range(wins.shape[0]):
        if wins[mask]:
            count = 0
            size = 0
            for i in range(n):
                bit = 1 << i
                if mask & bit:
                    size += 1
                    if not wins[mask ^ bit]:
                        members[count] = i
                        count += 1
            for k in range(count):
                critical[members[k], count] += 1
            if count == size:
                for k in range(count):
                    minimal[members[k], size] += 1


@njit(cache=True, nogil=True)
def mark_minimal(wins, n, minimal):
    """Mark the winning coalitions that lose without any one of their members; in place.

    wins, minimal : uint8 (2**n,).
    """
    for mask in range(wins.shape[0]):
        keep = wins[mask]
        i = 0
        while keep and i < n:
            if mask >> i & 1 and wins[mask ^ (1 << i)]:
                keep = 0
            i += 1
        minimal[mask] = keep


@njit(cache=True, nogil=True)
def count_reaching(own, others, quota, counts):
    """Add to each own weight's count how many of the other weights bring it to the quota; in place.

    own, others : int64, ascending.  counts : int64 (own,).
    """
    j = others.shape[0]
    for i in range(own.shape[0]):
        while j > 0 and others[j - 1] >= quota - own[i]:
            j -= 1
        counts[i] += others.shape[0] - j


@njit(cache=True, nogil=True)
def add_losing(below, size, limits, weights, losing):
    """Add what the coalitions of one size say about losing coalitions without one player; in place.

    below : int64 (quota, limbs), [j] the number of coalitions of this size that weigh at most j, in limbs.
    limits : int64 (sizes,), the greatest weight with which a coalition of each size loses.
    weights : int64 (players,).  losing : int64 (players, sizes, limbs): [p, s] gathers the alternating series
    C_s(limit) - C_(s-1)(limit - w) + C_(s-2)(limit - 2 w) - ...
    """
    for p in range(weights.shape[0]):
        for s in range(size, limits.shape[0]):
            k = s - size
            at = limits[s] - k * weights[p]
            if at >= 0:
                for b in range(below.shape[1]):
                    if k % 2:
                        losing[p, s, b] -= below[at, b]
                    else:
                        losing[p, s, b] += below[at, b]


@njit(cache=True, nogil=True)
def count_weights(weights, below):
    """Count the coalitions that weigh at most j, in long arithmetic; in place.

    weights : int64 (n,), ascending.  below : uint64 (quota, limbs), zeros: row j becomes the number, lowest limb first.
    """
    quota, limbs = below.shape
    below[0, 0] = 1
    top = 0
    for i in range(weights.shape[0]):
        w = weights[i]
        top = min(top + w, quota - 1)
        for j in range(top, w - 1, -1):
            _add(below[j], below[j - w], limbs)
    for j in range(1, quota):
        _add(below[j], below[j - 1], limbs)


@njit(cache=True, nogil=True)
def alternating_sum(below, first, step, out):
    """Sum below[first] - below[first - step] + below[first - 2 step] - ... in long arithmetic; in place.

    below : uint64 (quota, limbs).  out : uint64 (limbs,), zeros.
    """
    limbs = below.shape[1]
    at = first
    while at >= 0:
        _add(out, below[at], limbs)
        at -= step
        if at >= 0:
            _subtract(out, below[at], limbs)
            at -= step


@njit(cache=True, nogil=True, inline="always")
def _add(into, other, limbs):
    carry = np.uint64(0)
    for b in range(limbs):
        partial = into[b] + other[b]
        total = partial + carry
        carry = np.uint64((partial < other[b]) | (total < partial))
        into[b] = total


@njit(cache=True, nogil=True, inline="always")
def _subtract(into, other, limbs):
    borrow = np.uint64(0)
    for b in range(limbs):
        partial = into[b] - other[b]
        total = partial - borrow
        borrow = np.uint64((partial > into[b]) | (total > partial))
        into[b] = total


@njit(cache=True, nogil=True)
def weight_distribution(weights, t, chances):
    """Fill in the chances of every total weight when each player joins with probability t; in place.

    weights : int64 (n,), ascending.  chances : float64 (quota,): becomes P(total = j), for j < quota only.
    """
    quota = chances.shape[0]
    r = t / (1.0 - t)
    chances[:] = 0.0
    chances[0] = 1.0
    top = 0
    since = 0
    for i in range(weights.shape[0]):
        w = weights[i]
        top = min(top + w, quota - 1)
        end = top + 1
        while end > w:  # in stretches of at most w, which do not overlap what they read and so vectorise
            start = max(w, end - min(w, 4096))
            into = chances[start:end]
            source = chances[start - w : end - w]
            for j in range(into.shape[0]):
                into[j] += r * source[j]
            end = start
        since += 1
        if since == 512 or i == weights.shape[0] - 1:  # the common factor is put off, but not until it overflows
            chances[: top + 1] *= (1.0 - t) ** since
            since = 0


@njit(cache=True, nogil=True)
def add_pivots(below, t, weight, share, pivots):
    """Add a node's chance that each player is pivotal, times the node's weight; in place.

    below : float64 (quota,), P(total <= j).  t : float in (0, 1/2], chance of joining.  weight : int64 (players,).
    share : float.  pivots : float64 (players,).
    With r = t / (1 - t) <= 1, F(j) = below[j] / (1 - t) - r F(j - w) is the distribution without the player.
    """
    quota = below.shape[0]
    r = t / (1.0 - t)
    for p in range(weight.shape[0]):
        w = weight[p]
        sign = 1.0
        rest = 0.0
        at = quota - 1 - w
        while at >= 0 and abs(sign) > 1e-19:
            rest += sign * below[at]
            sign *= -r
            at -= w
        pivots[p] += share * (below[quota - 1] / (1.0 - t) - (1.0 + r) * rest / (1.0 - t))
