"""The compiled loops of the modiclus, and nothing else: plain arrays in, written in place, nothing raised.

A table of 2**n worths is read as a matrix: row h holds the coalitions whose high bits are h, column l those whose
low bits are l, so what depends on the members splits into a part of the row and a part of the column.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, fastmath=True)
def row_extremes(table, high, low, most, least):
    """Find the largest and the smallest excess in every row; in place.

    table : float64 (rows, columns).  high : float64 (rows,), low : float64 (columns,): payoffs of the members.
    most, least : float64 (rows,): become max and min over j of table[h, j] - low[j] - high[h].
    """
    columns = table.shape[1]
    for h in range(table.shape[0]):
        row = table[h]
        largest = -np.inf
        smallest = np.inf
        for j in range(columns):
            excess = row[j] - low[j]
            largest = max(largest, excess)
            smallest = min(smallest, excess)
        most[h] = largest - high[h]
        least[h] = smallest - high[h]


@njit(cache=True, nogil=True)
def row_extremes_outside(table, high, low, targets, low_hash, most, least):
    """Find the largest and the smallest excess in every row among the columns whose hash is not the row's target.

    targets : int64 (rows,).  low_hash : int64 (columns,).  Others as in row_extremes; -inf and inf where none is left.
    """
    columns = table.shape[1]
    for h in range(table.shape[0]):
        row = table[h]
        target = targets[h]
        largest = -np.inf
        smallest = np.inf
        for j in range(columns):
            excess = row[j] - low[j]
            largest = max(largest, -np.inf if low_hash[j] == target else excess)
            smallest = min(smallest, np.inf if low_hash[j] == target else excess)
        most[h] = largest - high[h]
        least[h] = smallest - high[h]
