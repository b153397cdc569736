"""The compiled loops of the nucleolus: plain arrays in, written in place, nothing raised.

Tables are read as matrices, as in ``_kernels``. The level of a coalition is (worth - prices) * inverse weight; the
inverse weights of row h are ``inverse[kind[h]]``, so that one row serves all where weights depend on the size alone.
A coalition is left out when the residues of its two halves, ``low_residue[j]`` and ``need[h]``, agree.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc", "contract"})
def raise_levels(table, high, low, inverse, kind, low_residue, need, mixed, floor, best):
    """Find the largest level in every row that may hold one above the floor; in place.

    table : float64 (rows, columns).  high : float64 (rows,), low : float64 (columns,): prices of the members.
    mixed : bool (rows,), whether some coalition of the row is left out.  floor : float.
    best : float64 (rows,): upper bounds; those above the floor become the largest level, -inf where there is none.
    """
    columns = table.shape[1]
    for h in range(table.shape[0]):
        if best[h] <= floor:
            continue
        row = table[h]
        factors = inverse[kind[h]]
        price = high[h]
        largest = -np.inf
        if mixed[h]:
            out = need[h]
            for j in range(columns):
                level = (row[j] - low[j] - price) * factors[j]
                if low_residue[j] != out and level > largest:
                    largest = level
        else:
            for j in range(columns):
                largest = max(largest, (row[j] - low[j] - price) * factors[j])
        best[h] = largest


@njit(cache=True, nogil=True)
def pick(table, high, low, inverse, kind, low_residue, need, rows, chosen):
    """Find the column of the largest level in each of the rows listed; in place.

    rows, chosen : int64 (m,).
    """
    for r in range(rows.shape[0]):
        h = rows[r]
        largest = -np.inf
        for j in range(table.shape[1]):
            level = (table[h, j] - low[j] - high[h]) * inverse[kind[h], j]
            if low_residue[j] != need[h] and level > largest:
                largest = level
                chosen[r] = j


@njit(cache=True, nogil=True)
def largest_level(table, high, low, inverse, kind):
    """Find the largest absolute level."""
    largest = 0.0
    for h in range(table.shape[0]):
        row = table[h]
        factors = inverse[kind[h]]
        for j in range(table.shape[1]):
            largest = max(largest, abs((row[j] - low[j] - high[h]) * factors[j]))
    return largest


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc", "contract"})
def largest_breach(table, high, low, inverse, kind, levels, low_residue, need):
    """Find by how much a coalition exceeds the first level that it may not exceed.

    levels : float64 (stages,), descending.  low_residue : int64 (stages, columns), need : int64 (stages, rows).
    A coalition may exceed level k only when it is left out of stage k, and so of all later ones.
    """
    worst = 0.0
    last = levels[-1]
    for h in range(table.shape[0]):
        row = table[h]
        factors = inverse[kind[h]]
        price = high[h]
        largest = -np.inf
        for j in range(table.shape[1]):
            largest = max(largest, (row[j] - low[j] - price) * factors[j])
        if largest <= last + worst:
            continue
        for j in range(table.shape[1]):
            level = (row[j] - low[j] - price) * factors[j]
            if level > last + worst:
                for k in range(levels.shape[0]):
                    if level > levels[k] + worst:
                        if low_residue[k, j] != need[k, h]:
                            worst = level - levels[k]
                        break
    return worst
