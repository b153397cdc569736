"""The compiled loops of farsighted stability: plain arrays in, written in place, nothing raised."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def indirectly_dominated(froms, starts, movers, better, dominated):
    """Mark the outcomes from which a chain of moves leads to each target, every mover better off at its end; in place.

    froms, movers : int64 (moves,): the outcome before and who moves, as a bitmask; sorted by the outcome after.
    starts : int64 (m + 1,): where the moves to each outcome begin.
    better : int64 (m, m): entry (a, z) has the bits of the players who are better off at z than at a.
    dominated : bool (m, m), False: entry (a, z) becomes True where z indirectly dominates a.
    """
    m = dominated.shape[0]
    queue = np.empty(m, np.int64)
    for z in range(m):
        queue[0] = z
        count, at = 1, 0
        while at < count:
            b = queue[at]
            at += 1
            for k in range(starts[b], starts[b + 1]):
                a = froms[k]
                if a != z and not dominated[a, z] and movers[k] & ~better[a, z] == 0:
                    dominated[a, z] = True
                    queue[count] = a
                    count += 1


@njit(cache=True, nogil=True)
def drop_undeterred(froms, tos, movers, better, dominated, inside):
    """Take out the outcomes with a move that nothing deters, until none is left with one; in place.

    froms, movers, better, dominated : as for indirectly_dominated.  tos : int64 (moves,), the outcome after.
    inside : bool (m,), True.
    """
    grown = True
    while grown:
        grown = False
        for k in range(froms.shape[0]):
            a = froms[k]
            if not inside[a]:
                continue
            b = tos[k]
            deterred = False
            for z in range(inside.shape[0]):
                if inside[z] and (z == b or dominated[b, z]) and movers[k] & ~better[a, z] != 0:
                    deterred = True
                    break
            if not deterred:
                inside[a] = False
                grown = True
