"""The compiled scans over every group of one size, none of them listed: plain arrays in, written in place."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def subsets_at(ranks, choose, positions, out):
    """Write the subsets of given ranks in lexicographic order; in place.

    ranks : int64 (m,).  choose : int64 (n + 1, size + 1), binomial coefficients.  positions : unsigned int (n,), what
    the elements are called.  out : unsigned int (m, size).
    """
    size = out.shape[1]
    n = positions.shape[0]
    member = np.zeros(size, np.int64)
    for g in range(ranks.shape[0]):
        if g and ranks[g] == ranks[g - 1] + 1:
            a = size - 1
            while member[a] == n - size + a:
                a -= 1
            member[a] += 1
            for b in range(a + 1, size):
                member[b] = member[b - 1] + 1
        else:
            left = ranks[g]
            i = 0
            for a in range(size):
                while choose[n - 1 - i, size - 1 - a] <= left:
                    left -= choose[n - 1 - i, size - 1 - a]
                    i += 1
                member[a] = i
                i += 1
        for a in range(size):
            out[g, a] = positions[member[a]]


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def scan_subsets(worths, gain, pair, marks, constant, choose, size, floor, known, change, best, at, out):
    """Give every subset the sum over its members and pairs, and its worth; find those of at least ``floor``.

    worths : float64 (subsets,) in lexicographic order, or (0,) for none.  gain : float64 (n,), pair : float64 (n, n),
    upper triangle; minus infinity bars.  marks : uint64 (n,); a subset counts only if those of its members xor to 0.
    choose : int64 (n + 1, size + 1).  known : int64 (k,), ascending ranks to whose sum ``change`` : float64 (k,) is
    added.  best, at : float64 and int64 (n, n), by the first two members (the first, for pairs): becomes the largest
    sum and its rank; untouched where none reaches the floor; (0, 0) for no interest.  out : int64 (m,): the first
    ranks that reach the floor, ascending.  Returns how many there are, 0 with ``best``.
    With no worths, ``change`` may not be positive: a beginning is left as soon as it cannot lead to the floor, as
    what is there, each further member and half the largest pair of each come to less.
    """
    n = gain.shape[0]
    last = size - 2
    listing = best.shape[0] == 0
    marked = False
    for i in range(n):
        if marks[i]:
            marked = True
    partner = np.full(n, -np.inf)
    for i in range(n):
        for j in range(i + 1, n):
            if pair[i, j] > partner[i]:
                partner[i] = pair[i, j]
            if pair[i, j] > partner[j]:
                partner[j] = pair[i, j]
    member = np.empty(size, np.int64)
    base = np.full(size, constant)
    mark = np.zeros(size, np.uint64)
    more = np.empty((size, n))  # what each further member adds to the first ones
    more[0] = gain
    line = np.empty(n)
    rank = 0
    k = 0
    found = 0
    depth = 0
    member[0] = -1
    while depth >= 0:
        member[depth] += 1
        i = member[depth]
        if i > n - size + depth:
            depth -= 1
            continue
        sofar = base[depth] + more[depth, i]
        seen = mark[depth] ^ marks[i]
        if depth < last:
            missing = size - 1 - depth
            half = (missing - 1) / 2
            top = -np.inf
            for j in range(i + 1, n):
                value = more[depth, j] + pair[i, j]
                more[depth + 1, j] = value
                value += half * partner[j]
                if value > top:
                    top = value
            if worths.shape[0] == 0 and sofar + missing * top < floor:
                rank += choose[n - 1 - i, missing]
                continue
            base[depth + 1] = sofar
            mark[depth + 1] = seen
            depth += 1
            member[depth] = i
            continue
        count = n - 1 - i
        first = i + 1
        top = -np.inf
        if worths.shape[0]:
            for j in range(count):
                value = sofar + (more[depth, first + j] + pair[i, first + j]) + worths[rank + j]
                line[j] = value
                if value > top:
                    top = value
        else:
            for j in range(count):
                value = sofar + (more[depth, first + j] + pair[i, first + j])
                line[j] = value
                if value > top:
                    top = value
        while k < known.shape[0] and known[k] < rank:
            k += 1
        if marked or (k < known.shape[0] and known[k] < rank + count):
            while k < known.shape[0] and known[k] < rank + count:
                line[known[k] - rank] += change[k]
                k += 1
            top = -np.inf
            for j in range(count):
                if marked and seen != marks[first + j]:
                    line[j] = -np.inf
                if line[j] > top:
                    top = line[j]
        if top >= floor and top > -np.inf:
            if listing:
                for j in range(count):
                    if line[j] >= floor:
                        if found < out.shape[0]:
                            out[found] = rank + j
                        found += 1
            else:
                column = i if size == 2 else member[1]
                if top > best[member[0], column]:
                    best[member[0], column] = top
                    for j in range(count):
                        if line[j] == top:
                            at[member[0], column] = rank + j
                            break
        rank += count
    return found
