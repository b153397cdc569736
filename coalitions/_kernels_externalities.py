"""The compiled loops of games with externalities: plain arrays in, written in place, nothing raised.

A partition is a restricted growth string: the coalition of every player, numbered in the order of first members. All
of them stand in lexicographic order, so that the place of one follows from ``completions``, int64 (n, n + 1): in how
many ways r more players can be added to k coalitions.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def place(labels, completions, numbered):
    """Give the place of a partition whose coalitions have any labels in 0, ..., 2n - 1.

    labels : int64 (n,).  numbered : int64 (2 n,), overwritten.
    """
    n = labels.shape[0]
    numbered[:] = -1
    count = 0
    at = 0
    for i in range(n):
        if numbered[labels[i]] < 0:
            numbered[labels[i]] = count
            at += count * completions[n - 1 - i, count]
            count += 1
        else:
            at += numbered[labels[i]] * completions[n - 1 - i, count]
    return at


@njit(cache=True, nogil=True)
def merger_extremes(strings, worths, completions, found, changes):
    """Find the merger of two coalitions that raises the worth of a third one most, and the one that lowers it most.

    strings : int8 (m, n).  worths : float64 (m, n), of the coalitions by label.
    found : int64 (2, 5), receives for the rise and the fall: place before, place after, the two merged, the third.
    changes : float64 (2,), zeros: receives the two changes; found is left alone where there is no such change.
    """
    m, n = strings.shape
    labels = np.empty(n, np.int64)
    numbered = np.empty(2 * n, np.int64)
    for p in range(m):
        count = 0
        for i in range(n):
            count = max(count, strings[p, i] + 1)
        for b in range(1, count):
            for a in range(b):
                for i in range(n):
                    labels[i] = a if strings[p, i] == b else strings[p, i]
                q = place(labels, completions, numbered)
                for c in range(count):
                    if c in (a, b):
                        continue
                    change = worths[q, c - (c > b)] - worths[p, c]
                    k = 0 if change > 0 else 1
                    if abs(change) > abs(changes[k]):
                        changes[k] = change
                        found[k, 0], found[k, 1], found[k, 2], found[k, 3], found[k, 4] = p, q, a, b, c


@njit(cache=True, nogil=True)
def single_move(p, strings, own, completions, joining, leaving, welcome, dissolve, tolerance):
    """Find the move of one player out of partition p that gains it most.

    strings : int8 (m, n).  own : float64 (m, n), payoffs of the players.
    joining, leaving : whether a player may join another coalition, and leave to be alone.  welcome : whether only
    where no member loses.  dissolve : whether those left fall apart.
    Gives (gain, player, place after); no move gives (-inf, -1, p).
    """
    n = strings.shape[1]
    labels = np.empty(n, np.int64)
    numbered = np.empty(2 * n, np.int64)
    best, mover, after = -np.inf, -1, p
    for i in range(n):
        home = strings[p, i]
        for target in range(n + 1):  # n: alone
            if target == home or (target < n and not joining) or (target == n and not leaving):
                continue
            present = target == n
            for j in range(n):
                labels[j] = strings[p, j]
                present = present or labels[j] == target
                if dissolve and j != i and labels[j] == home:
                    labels[j] = n + j
            if not present:
                continue
            labels[i] = n + i if target == n else target
            q = place(labels, completions, numbered)
            gain = own[q, i] - own[p, i]
            if q == p or gain <= best:
                continue
            refused = False
            if welcome and target < n:
                for j in range(n):
                    if strings[p, j] == target and own[q, j] < own[p, j] - tolerance:
                        refused = True
            if not refused:
                best, mover, after = gain, i, q
    return best, mover, after


@njit(cache=True, nogil=True)
def block_extremes(strings, own, most):
    """Write down what each player gets at most in each coalition, whatever the others do; in place.

    most : float64 (n, 2**n), -inf: receives it, by bitmask.
    """
    m, n = strings.shape
    blocks = np.empty(n, np.int64)
    for p in range(m):
        blocks[:] = 0
        for i in range(n):
            blocks[strings[p, i]] |= 1 << i
        for i in range(n):
            mask = blocks[strings[p, i]]
            most[i, mask] = max(most[i, mask], own[p, i])


@njit(cache=True, nogil=True)
def group_move(p, strings, own, completions, regroupings, parts, most, dissolve, enough):
    """Find the group that leaves partition p and regroups so that the least gain of its members is largest.

    regroupings : int8 (k, n + 1), the partitions of one player more: who is in the first coalition with that player,
    in front, stays.  parts : int16 (k, n), the new coalitions of each as bitmasks, then zeros.
    most : float64 (n, 2**n), of block_extremes.  dissolve : whether those left by somebody fall apart.
    enough : stop at a least gain above it.
    Gives (least gain, place of the regrouping, place after); no move gives (-inf, -1, p).
    """
    n = strings.shape[1]
    labels = np.empty(n, np.int64)
    numbered = np.empty(2 * n, np.int64)
    touched = np.empty(n, np.bool_)
    hope = np.full(most.shape[1], np.inf)  # of a new coalition: its least gain at most
    for mask in range(1, hope.shape[0]):
        for i in range(n):
            if mask >> i & 1:
                hope[mask] = min(hope[mask], most[i, mask] - own[p, i])
    best, chosen, after = -np.inf, -1, p
    for k in range(1, regroupings.shape[0]):  # the first one lets everybody stay
        hopeless = False
        for b in range(n):
            if parts[k, b] == 0:
                break
            if hope[parts[k, b]] <= best:
                hopeless = True
                break
        if hopeless:
            continue
        touched[:] = False
        for i in range(n):
            if regroupings[k, i + 1]:
                touched[strings[p, i]] = True
                labels[i] = n + regroupings[k, i + 1] - 1
            else:
                labels[i] = strings[p, i]
        if dissolve:
            _part(labels, strings[p], touched)
        q = place(labels, completions, numbered)
        if q == p:
            continue
        least = np.inf
        for i in range(n):
            if regroupings[k, i + 1]:
                least = min(least, own[q, i] - own[p, i])
        if least > best:
            best, chosen, after = least, k, q
            if best > enough:
                break
    return best, chosen, after


@njit(cache=True, nogil=True)
def _part(labels, homes, touched):
    """Give everybody who stayed in a coalition that somebody left a label of its own; in place."""
    n = labels.shape[0]
    for i in range(n):
        if labels[i] < n and touched[homes[i]]:
            labels[i] = -1
    free = 2 * n - 1  # the regrouped have labels from n on, at most one each, so that the two never meet
    for i in range(n):
        if labels[i] < 0:
            labels[i] = free
            free -= 1


@njit(cache=True, nogil=True)
def single_gains(strings, own, completions, joining, leaving, welcome, dissolve, tolerance, gains):
    """Write down the largest gain by a single move out of every partition; in place.

    gains : float64 (m,).  The rest as for single_move.
    """
    for p in range(strings.shape[0]):
        gain, _, _ = single_move(p, strings, own, completions, joining, leaving, welcome, dissolve, tolerance)
        gains[p] = gain


@njit(cache=True, nogil=True)
def group_gains(strings, own, completions, regroupings, parts, most, dissolve, tolerance, gains):
    """Write down the largest least gain by a group's move out of every partition, or any one above tolerance; in place.

    gains : float64 (m,).  The rest as for group_move.
    """
    for p in range(strings.shape[0]):
        gain, _, _ = group_move(p, strings, own, completions, regroupings, parts, most, dissolve, tolerance)
        gains[p] = gain
