"""The compiled loops of values and properties: plain arrays in, written in place, nothing raised."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def restrict_to_graph(table, neighbours, out):
    """Sum the worths of the connected parts of every coalition; in place.

    table : (2**n,), number or object.  neighbours : int64 (n,), masks of the players linked to each.
    out : like table, zeros.  Grows the part of the highest member, and adds what the rest is known to make.
    """
    top = 0
    for mask in range(1, table.shape[0]):
        if mask >> (top + 1):
            top += 1
        part = 1 << top
        fresh = part
        while fresh:
            reached = 0
            i = 0
            while fresh >> i:
                if (fresh >> i) & 1:
                    reached |= neighbours[i]
                i += 1
            fresh = reached & mask & ~part
            part |= fresh
        out[mask] = table[part] + out[mask ^ part]


@njit(cache=True, nogil=True)
def worths_of_links(table, ends, out):
    """Sum the worths of the parts that every set of links connects; in place.

    table : (2**n,), number or object, 0 for single players.  ends : int64 (links, 2).  out : (2**links,), zeros.
    Links of the highest link's part are found by growing it; the other links make what they make alone.
    """
    links = ends.shape[0]
    top = 0
    for chosen in range(1, out.shape[0]):
        if chosen >> (top + 1):
            top += 1
        part = (1 << ends[top, 0]) | (1 << ends[top, 1])
        used = 1 << top
        grew = True
        while grew:
            grew = False
            for k in range(links):
                if (chosen >> k) & 1 and not (used >> k) & 1:
                    link = (1 << ends[k, 0]) | (1 << ends[k, 1])
                    if link & part:
                        part |= link
                        used |= 1 << k
                        grew = True
        out[chosen] = table[part] + out[chosen ^ used]


@njit(cache=True, nogil=True)
def least_surplus_of_unions(table):
    """Find the two disjoint coalitions whose union is worth least beyond them.

    table : (2**n,), number or object, n at least 2.  Gives (surplus, one coalition, the other).
    """
    least = table[3] - table[1] - table[2]
    one = 1
    other = 2
    for mask in range(3, table.shape[0]):
        if mask & (mask - 1) == 0:
            continue
        lowest = mask & -mask
        rest = mask ^ lowest
        sub = (rest - 1) & rest
        while True:
            surplus = table[mask] - table[lowest | sub] - table[rest ^ sub]
            if surplus < least:
                least = surplus
                one = lowest | sub
                other = rest ^ sub
            if sub == 0:
                break
            sub = (sub - 1) & rest
    return least, one, other
