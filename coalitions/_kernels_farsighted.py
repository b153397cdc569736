"""The compiled loops of farsighted stability: plain arrays in, written in place, nothing raised."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def indirectly_dominated(froms, tos, movers, better, dominated):
    """Mark the outcomes from which a chain of moves leads to each target, every mover better off at its end; in place.

    froms, tos, movers : int64 (moves,): outcomes before and after, and who moves, as a bitmask.
    better : int64 (m, m): entry (a, z) has the bits of the players who are better off at z than at a.
    dominated : bool (m, m), False: entry (a, z) becomes True where z indirectly dominates a.
    """
    for z in range(dominated.shape[0]):
        grown = True
        while grown:
            grown = False
            for k in range(froms.shape[0]):
                a = froms[k]
                if dominated[a, z] or a == z:
                    continue
                b = tos[k]
                if (b == z or dominated[b, z]) and movers[k] & ~better[a, z] == 0:
                    dominated[a, z] = True
                    grown = True


@njit(cache=True, nogil=True)
def drop_undeterred(froms, tos, movers, better, dominated, inside):
    """Take out the outcomes with a move that nothing deters, until none is left with one; in place.

    froms, tos, movers, better, dominated : as for indirectly_dominated.  inside : bool (m,), True.
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
