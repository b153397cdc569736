"""The compiled loops that list objections: plain arrays in, written in place, nothing raised.

A table of 2**n worths is read as a matrix: row h holds the coalitions whose high bits are h, column l those whose
low bits are l.
"""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def count_above(table, high, low, limit, counts):
    """Count the coalitions whose excess is above limit, row by row; in place. Gives the largest excess.

    table : float64 (rows, columns).  high : float64 (rows,), low : float64 (columns,): the members' payoffs.
    counts : int64 (rows,), becomes the count of every row. Nobody and everybody are not counted.
    """
    rows, columns = table.shape
    largest = limit
    for h in range(rows):
        row = table[h]
        bar = limit + high[h]
        count = 0
        most = bar
        for j in range(1 if h == 0 else 0, columns - 1 if h == rows - 1 else columns):
            count += row[j] - low[j] > bar
            most = max(most, row[j] - low[j])
        counts[h] = count
        largest = max(largest, most - high[h])
    return largest


@njit(cache=True, nogil=True)
def collect_keys(table, high, low, limit, counts, bits, factor, steps, keys):
    """Write one integer for every coalition that count_above counts; in place.

    The high bits hold steps - factor * excess, so that the largest excess sorts first, the low ``bits`` the coalition.
    """
    rows, columns = table.shape
    at = 0
    for h in range(rows):
        if counts[h] == 0:
            continue
        row = table[h]
        bar = limit + high[h]
        for j in range(1 if h == 0 else 0, columns - 1 if h == rows - 1 else columns):
            if row[j] - low[j] > bar:
                step = min(int((row[j] - low[j] - high[h]) * factor), steps)
                keys[at] = (steps - max(step, 0)) << bits | (h * columns + j)
                at += 1
