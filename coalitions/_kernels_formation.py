"""The compiled loops of stability among candidate groups: plain arrays in, written in place, nothing raised."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _loss(members, t, a, room, meets, own):
    """What member a of group t gives up: its groups that meet another member of t, or else what makes room."""
    i = members[t, a]
    total, clashes = 0.0, False
    if meets.shape[0]:
        for c in range(members.shape[1]):
            g = meets[i, members[t, c]]
            if c == a or g < 0:
                continue
            counted = False
            for d in range(c):
                if d != a and meets[i, members[t, d]] == g:
                    counted = True
                    break
            if not counted:
                total += own[g, i]
                clashes = True
    return total if clashes else room[i]


@njit(cache=True, nogil=True)
def least_improvements(members, gains, room, meets, own, out):
    """Give what the member that improves least gains on balance by each group; in place.

    members : unsigned int (groups, size).  gains : float64 (groups, size).  out : float64 (groups,).
    room : float64 (n,): what each state gives up to make room for a group.
    meets : int64 (n, n), or (0, 0) for none: the formed group in which two states meet, or -1.
    own : float64 (formed groups, n): what each state has in each group that is formed.
    """
    for t in range(members.shape[0]):
        least = np.inf
        for a in range(members.shape[1]):
            least = min(least, gains[t, a] - _loss(members, t, a, room, meets, own))
        out[t] = least


@njit(cache=True, nogil=True)
def group_losses(members, room, meets, own, out):
    """Give what each member of each group gives up for it; in place.

    members, room, meets, own : as for least_improvements.  out : float64 (groups, size).
    """
    for t in range(members.shape[0]):
        for a in range(members.shape[1]):
            out[t, a] = _loss(members, t, a, room, meets, own)
