"""The compiled loop of balanced collections: plain arrays in, written in place, nothing raised."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def rank_of(masks, count, n, work):
    """Give the rank of the 0-1 columns of coalitions.

    masks : int64 (count at least,), coalitions of n players.  work : int64 (count at least, n), overwritten.
    Elimination without fractions: entries are minors of a 0-1 matrix, at most 6 wide, and stay small.
    """
    for r in range(count):
        for i in range(n):
            work[r, i] = (masks[r] >> i) & 1
    rank = 0
    last = 1
    for i in range(n):
        at = -1
        for r in range(rank, count):
            if work[r, i] != 0:
                at = r
                break
        if at < 0:
            continue
        for j in range(n):
            work[at, j], work[rank, j] = work[rank, j], work[at, j]
        lead = work[rank, i]
        for r in range(rank + 1, count):
            factor = work[r, i]
            for j in range(n):
                work[r, j] = (work[r, j] * lead - work[rank, j] * factor) // last
        last = lead
        rank += 1
    return rank


@njit(cache=True, nogil=True)
def keep(masks, weights, count, total, out_masks, out_weights, out_totals, at):
    """Write a collection down, its coalitions in increasing order, its weights without common divisor; in place."""
    divisor = total
    for k in range(count):
        a = weights[k]
        while a:
            divisor, a = a, divisor % a
    if at < out_masks.shape[0]:
        for k in range(count):
            j = k
            while j > 0 and out_masks[at, j - 1] > masks[k]:
                out_masks[at, j] = out_masks[at, j - 1]
                out_weights[at, j] = out_weights[at, j - 1]
                j -= 1
            out_masks[at, j] = masks[k]
            out_weights[at, j] = weights[k] // divisor
        out_totals[at] = total // divisor
    return at + 1


@njit(cache=True, nogil=True)
def add_player(old_masks, old_weights, old_totals, n, masks, weights, totals, union, mixed, work):
    """Make the minimal balanced collections of n + 1 players from those of n; in place.

    old_masks, old_weights : int64 (m, n), rows padded with 0; weight k of a collection is old_weights / old_totals.
    old_totals : int64 (m,).  masks, weights : int64 (rows, n + 1), totals : int64 (rows,), zeros.
    union, mixed : int64 (2 n + 2,).  work : int64 (2 n + 2, n), overwritten.
    Gives how many there are; those beyond the rows are counted, not written.
    """
    bit = 1 << n
    found = 0
    for a in range(old_masks.shape[0]):
        size = 0
        while size < n and old_masks[a, size]:
            size += 1
        for chosen in range(1 << size):
            covered = 0
            for k in range(size):
                union[k] = old_masks[a, k]
                mixed[k] = old_weights[a, k]
                if (chosen >> k) & 1:
                    union[k] |= bit
                    covered += old_weights[a, k]
            lacking = old_totals[a] - covered
            if lacking == 0:
                found = keep(union, mixed, size, old_totals[a], masks, weights, totals, found)
            elif lacking > 0:
                union[size] = bit
                mixed[size] = lacking
                found = keep(union, mixed, size + 1, old_totals[a], masks, weights, totals, found)
                for k in range(size):
                    if not (chosen >> k) & 1 and old_weights[a, k] > lacking:
                        union[size] = union[k] | bit
                        mixed[k] = old_weights[a, k] - lacking
                        found = keep(union, mixed, size + 1, old_totals[a], masks, weights, totals, found)
                        mixed[k] = old_weights[a, k]
    for a in range(old_masks.shape[0]):
        size = 0
        while size < n and old_masks[a, size]:
            size += 1
        for b in range(a + 1, old_masks.shape[0]):
            count = size
            for k in range(size):
                union[k] = old_masks[a, k]
            j = 0
            for k in range(n):
                if old_masks[b, k] == 0:
                    break
                while j < size and old_masks[a, j] < old_masks[b, k]:
                    j += 1
                if j == size or old_masks[a, j] != old_masks[b, k]:
                    union[count] = old_masks[b, k]
                    count += 1
            # two vertices of the polytope of weights share an edge when their coalitions leave one degree of freedom
            if count > n + 1 or rank_of(union, count, n, work) != count - 1:
                continue
            for chosen in range(1 << count):
                one = -old_totals[a]
                other = -old_totals[b]
                for k in range(count):
                    if (chosen >> k) & 1:
                        for j in range(n):
                            if old_masks[a, j] == union[k]:
                                one += old_weights[a, j]
                            if old_masks[b, j] == union[k]:
                                other += old_weights[b, j]
                if one * other >= 0:
                    continue
                one = abs(one)
                other = abs(other)
                for k in range(count):
                    mixed[k] = 0
                    for j in range(n):
                        if old_masks[a, j] == union[k]:
                            mixed[k] += other * old_weights[a, j]
                        if old_masks[b, j] == union[k]:
                            mixed[k] += one * old_weights[b, j]
                    work[k, 0] = union[k]
                    if (chosen >> k) & 1:
                        work[k, 0] |= bit
                total = other * old_totals[a] + one * old_totals[b]
                found = keep(work[:, 0], mixed, count, total, masks, weights, totals, found)
    return found
