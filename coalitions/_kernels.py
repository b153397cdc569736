"""The compiled loops, and nothing else: plain arrays in, written in place, nothing raised.

A table of 2**n worths is read as a matrix: row h holds the coalitions whose high bits are h, column l those whose
low bits are l, so what depends on the members splits into a part of the row and a part of the column.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, fastmath=True)
def class_sums(table, row_sizes, weights, sums, dots):
    """Sum the rows of each size, and weigh every row, in one pass over the table; in place.

    table : float64 (rows, columns), finite.  row_sizes : uint8 (rows,), bits set in the row number.
    weights : float64 (sizes, columns).  sums : float64 (sizes, columns), zeros.  dots : float64 (rows,).
    sums[p] becomes the sum of the rows of size p, dots[h] the product of row h and weights[its size].
    """
    columns = table.shape[1]
    for h in range(table.shape[0]):
        row = table[h]
        weight = weights[row_sizes[h]]
        total = sums[row_sizes[h]]
        dot = 0.0
        for j in range(columns):  # two loops on purpose: fused, they do not vectorise
            dot += row[j] * weight[j]
        dots[h] = dot
        for j in range(columns):
            total[j] += row[j]


@njit(cache=True, nogil=True, fastmath=True)
def row_maxima(table, high, low, best):
    """Find the largest excess in every row; in place.

    table : float64 (rows, columns).  high : float64 (rows,), low : float64 (columns,): prices of the members.
    best : float64 (rows,): becomes max over j of table[h, j] - low[j] - high[h]. Coalition 0 does not take part.
    """
    columns = table.shape[1]
    for h in range(table.shape[0]):
        row = table[h]
        largest = -np.inf
        for j in range(1 if h == 0 else 0, columns):
            largest = max(largest, row[j] - low[j])
        best[h] = largest - high[h]


@njit(cache=True, nogil=True)
def row_argmax(row, low, first):
    """Give the column of the largest row[j] - low[j] from column first on."""
    at = first
    largest = row[first] - low[first]
    for j in range(first + 1, row.shape[0]):
        if row[j] - low[j] > largest:
            largest = row[j] - low[j]
            at = j
    return at


@njit(cache=True, nogil=True)
def count_within(table, high, low, best, regret):
    """Count the coalitions whose prices exceed their worth by at most regret.

    table, high, low, best : as row_maxima left them.
    """
    count = 0
    for h in range(table.shape[0]):
        if best[h] >= -regret:
            row = table[h]
            limit = high[h] - regret
            for j in range(1 if h == 0 else 0, table.shape[1]):
                if row[j] - low[j] >= limit:
                    count += 1
    return count


@njit(cache=True, nogil=True)
def collect_within(table, high, low, best, regret, masks, regrets):
    """List the coalitions that count_within counts, with their regrets; in place."""
    columns = table.shape[1]
    at = 0
    for h in range(table.shape[0]):
        if best[h] >= -regret:
            row = table[h]
            limit = high[h] - regret
            for j in range(1 if h == 0 else 0, columns):
                excess = row[j] - low[j]
                if excess >= limit:
                    masks[at] = h * columns + j
                    regrets[at] = max(high[h] - excess, 0.0)
                    at += 1


@njit(cache=True, nogil=True)
def least_regret_covers(masks, regrets, starts, order, everyone, least, slack, covers, totals, step_limit):
    """Search the partitions of least total regret, depth first on the next uncovered player; in place.

    masks : int64, regrets : float64 (coalitions,), grouped by the first player of order they hold and sorted by
    regret within a group.  starts : int64 (n + 1,), where each group starts.  order : int64 (n,), players.
    least : float, only covers below it count.  slack : float64 (m + 1,), added to a cover of that many blocks;
    inf where there may not be so many, and more than m there may not be.
    covers : int64 (k, n) and totals : float64 (k,), zeros: receive the best k, in no order.
    Gives (covers found, coalitions looked at); more than step_limit of these mean that it gave up.
    """
    n = order.shape[0]
    most = slack.shape[0] - 1
    path = np.zeros(n + 1, np.int64)
    at = np.zeros(n + 1, np.int64)
    uncovered = np.zeros(n + 1, np.int64)
    group = np.zeros(n + 1, np.int64)
    spent = np.zeros(n + 1)
    found = 0
    steps = 0
    depth = 0
    uncovered[0] = everyone
    at[0] = starts[0]
    while depth >= 0:
        steps += 1
        if steps > step_limit:
            break
        p = at[depth]
        if depth >= most or p >= starts[group[depth] + 1] or spent[depth] + regrets[p] >= least:
            depth -= 1
            if depth >= 0:
                at[depth] += 1
            continue
        if masks[p] & ~uncovered[depth]:
            at[depth] += 1
            continue
        path[depth] = masks[p]
        rest = uncovered[depth] ^ masks[p]
        if rest == 0:
            at[depth] += 1
            total = spent[depth] + regrets[p] + slack[depth + 1]
            if total < least:
                where = found
                if found < totals.shape[0]:
                    found += 1
                else:
                    where = int(np.argmax(totals))
                totals[where] = total
                for i in range(n):
                    covers[where, i] = path[i] if i <= depth else 0
                if found == totals.shape[0]:
                    least = totals.max()
            continue
        g = group[depth] + 1
        while not (rest >> order[g]) & 1:
            g += 1
        spent[depth + 1] = spent[depth] + regrets[p]
        depth += 1
        uncovered[depth] = rest
        group[depth] = g
        at[depth] = starts[g]
    return found, steps


@njit(cache=True, nogil=True)
def best_partitions(worths, best):
    """Find the worth of the best partition of every coalition without the last player; in place.

    worths : float64 (2**n,).  best : float64 (2**(n - 1),).
    Only blocks that hold the highest player of the set are tried, which halves the work: 3**(n - 1) / 2 splits.
    """
    best[0] = 0.0
    top = 1
    for mask in range(1, best.shape[0]):
        if mask >= 2 * top:
            top *= 2
        others = mask ^ top
        value = worths[mask]
        sub = others
        while sub:
            sub = (sub - 1) & others
            value = max(value, worths[top | sub] + best[others ^ sub])
        best[mask] = value


@njit(cache=True, nogil=True)
def best_partitions_with(worths, before, best):
    """Find the worth of the best partition of every coalition into one block more than before; in place.

    worths : float64 (2**n,).  before, best : float64 (2**(n - 1),); before holds -inf where there is no partition.
    """
    best[0] = -np.inf
    top = 1
    for mask in range(1, best.shape[0]):
        if mask >= 2 * top:
            top *= 2
        others = mask ^ top
        value = worths[mask] + before[0]
        sub = others
        while sub:
            sub = (sub - 1) & others
            value = max(value, worths[top | sub] + before[others ^ sub])
        best[mask] = value


@njit(cache=True, nogil=True)
def best_block(worths, best, top, others):
    """Give the subset of others that is best joined with top, the rest being partitioned at best."""
    chosen = others
    value = worths[top | others] + best[0]
    sub = others
    while sub:
        sub = (sub - 1) & others
        if worths[top | sub] + best[others ^ sub] > value:
            value = worths[top | sub] + best[others ^ sub]
            chosen = sub
    return chosen


@njit(cache=True, nogil=True)
def group_excess(members, worths, prices, pair_prices, constant, out):
    """Subtract its members' prices from every group's worth; in place.

    members : unsigned int (groups, size).  worths : float64 (groups,).  prices : float64 (n,).
    pair_prices : float64 (n, n), upper triangle, or (0, 0) for none.  out : float64 (groups,).
    """
    size = members.shape[1]
    for g in range(members.shape[0]):
        excess = worths[g] - constant
        for a in range(size):
            excess -= prices[members[g, a]]
        if pair_prices.shape[0]:
            for a in range(size):
                for b in range(a + 1, size):
                    excess -= pair_prices[members[g, a], members[g, b]]
        out[g] = excess


@njit(cache=True, nogil=True)
def connected(near, masks, out):
    """Say which coalitions are connected in a graph; in place.

    near : int64 (n,): the neighbours of each player as a bitmask.  masks : int64 (m,).  out : bool (m,).
    """
    n = near.shape[0]
    for at in range(masks.shape[0]):
        mask = masks[at]
        reached = mask & -mask
        fresh = reached
        while fresh:
            grown = reached
            for i in range(n):
                if fresh >> i & 1:
                    grown |= near[i] & mask
            fresh = grown & ~reached
            reached = grown
        out[at] = reached == mask


@njit(cache=True, nogil=True)
def steepest_moves(energies, actors, tolerance, onward):
    """Find where the best move of one actor leads from every configuration; in place.

    energies : float64 (2**(actors - 1),).  onward : int32 (2**(actors - 1),): becomes the configuration reached, or
    the same one where no move lowers the energy by more than tolerance; of equal moves the earliest actor's.
    """
    last = energies.shape[0] - 1
    for c in range(energies.shape[0]):
        lowest = energies[c] - tolerance
        best = c
        bit = 1
        for _ in range(actors - 1):
            if energies[c ^ bit] < lowest:
                lowest = energies[c ^ bit]
                best = c ^ bit
            bit *= 2
        if energies[last ^ c] < lowest:  # the last actor's move, seen from the other camp
            best = last ^ c
        onward[c] = best
