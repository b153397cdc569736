"""The compiled searches for the coalition of largest excess: plain arrays in, written in place, nothing raised."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def cheapest_of_weight(weights, prices, nobody, cost, taken):
    """Find the cheapest coalition of every total weight; in place.

    weights : int64 (m,), positive.  prices : float64 or int64 (m,), not negative.  nobody : of the same kind, more
    than all prices together.  cost : of the same kind (states,), becomes ``nobody`` where no coalition weighs so
    much.  taken : uint8 (m, states), zeros: [i, j] whether the cheapest of weight j among the first i + 1 has i.
    """
    states = cost.shape[0]
    cost[:] = nobody
    cost[0] = 0
    top = 0
    for i in range(weights.shape[0]):
        w = weights[i]
        p = prices[i]
        row = taken[i]
        top = min(top + w, states - 1)
        for j in range(top, w - 1, -1):
            if cost[j - w] < nobody:
                with_i = cost[j - w] + p
                if with_i < cost[j]:
                    cost[j] = with_i
                    row[j] = 1


@njit(cache=True, nogil=True)
def trace_weights(weights, taken, states, members):
    """Read off the members of the cheapest coalitions; in place.

    weights : int64 (m,).  taken : uint8 (m, all states), of ``cheapest_of_weight``.  states : int64 (k,), their
    weights.  members : uint8 (k, m), zeros.
    """
    for k in range(states.shape[0]):
        j = states[k]
        for i in range(weights.shape[0] - 1, -1, -1):
            if taken[i, j]:
                members[k, i] = 1
                j -= weights[i]


@njit(cache=True, nogil=True)
def minimum_cut(first, head, twin, room, source, sink, level):
    """Send the greatest flow and mark the smallest source side of a minimum cut; in place.

    first : int64 (nodes + 1,), where the arcs of each node begin.  head, twin : int64 (arcs,), where an arc leads
    and which one leads back.  room : float64 or int64 (arcs,), capacities, becomes what is left of them.
    level : int64 (nodes,), becomes at least 0 on the source side and -1 elsewhere.
    Blocking flows along shortest paths (Dinic 1970): every augmentation leaves one arc with exactly no room, in
    floats too, so it ends after O(nodes * arcs) of them a phase and less phases than nodes.
    """
    nodes = level.shape[0]
    queue = np.empty(nodes, np.int64)
    at = np.empty(nodes, np.int64)
    path = np.empty(nodes, np.int64)
    while True:
        level[:] = -1
        level[source] = 0
        queue[0] = source
        begin = 0
        end = 1
        while begin < end:
            u = queue[begin]
            begin += 1
            for a in range(first[u], first[u + 1]):
                if room[a] > 0 and level[head[a]] < 0:
                    level[head[a]] = level[u] + 1
                    queue[end] = head[a]
                    end += 1
        if level[sink] < 0:
            return
        at[:] = first[:-1]
        depth = 0
        u = source
        while True:
            if u == sink:
                least = room[path[0]]
                for k in range(1, depth):
                    least = min(least, room[path[k]])
                back = depth
                for k in range(depth - 1, -1, -1):
                    room[path[k]] -= least
                    room[twin[path[k]]] += least
                    if room[path[k]] <= 0:
                        back = k
                depth = back  # on from the tail of the first arc that is full
                u = head[twin[path[back]]]
                continue
            moved = False
            while at[u] < first[u + 1]:
                a = at[u]
                if room[a] > 0 and level[head[a]] == level[u] + 1:
                    path[depth] = a
                    depth += 1
                    u = head[a]
                    moved = True
                    break
                at[u] += 1
            if not moved:
                if depth == 0:
                    break
                depth -= 1
                u = head[twin[path[depth]]]
                at[u] += 1
