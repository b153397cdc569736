"""The compiled loops over polyhedra: plain arrays in, written in place, nothing raised."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def subset_sums_into(x, sums):
    """Sum the entries of x over every subset; in place.

    sums : float64 (2**len(x),).
    """
    sums[0] = 0.0
    for i in range(x.shape[0]):
        half = 1 << i
        for j in range(half):
            sums[half + j] = sums[j] + x[i]


@njit(cache=True, nogil=True)
def hit_and_run(table, x, directions, shares, low_x, high_x, low_u, high_u):
    """Walk within {x : x(S) >= table[S] for every S}: along each direction to a given share of the chord; in place.

    table : float64 (rows, columns), the worths; -inf where a coalition does not bound.  x : float64 (n,), moves.
    directions : float64 (steps, n).  shares : float64 (steps,), in [0, 1).
    low_x, low_u : float64 (columns,), high_x, high_u : float64 (rows,): room to work in.
    """
    low_bits = 0
    while 1 << low_bits < table.shape[1]:
        low_bits += 1
    for step in range(directions.shape[0]):
        u = directions[step]
        subset_sums_into(x[:low_bits], low_x)
        subset_sums_into(x[low_bits:], high_x)
        subset_sums_into(u[:low_bits], low_u)
        subset_sums_into(u[low_bits:], high_u)
        first, last = -np.inf, np.inf
        for h in range(table.shape[0]):
            row = table[h]
            for j in range(table.shape[1]):
                rate = high_u[h] + low_u[j]
                slack = max(high_x[h] + low_x[j] - row[j], 0.0)
                if rate > 0.0:
                    if -slack > first * rate:
                        first = -slack / rate
                elif rate < 0.0 and slack < -last * rate:
                    last = -slack / rate
        along = first + (last - first) * shares[step]
        for i in range(x.shape[0]):
            x[i] += along * u[i]
