"""The groups that matter among millions: all where they can be listed, else what the best smaller ones grow to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, combinations
from math import comb
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.questions.asked import checked_sizes
from models.questions.theory import region_named, theory, vector

if TYPE_CHECKING:
    from models.calibrated import Calibrated
    from models.region import Region

__all__ = [
    "Leading",
    "grown",
    "leading",
    "scouts",
    "subsets",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LISTED = 150_000
"""Groups of one size up to which all are listed: those of four among 44 states."""

FITTED = (3, 9)
"""Sizes of the groups the coefficients were estimated from; a pair's worth is read off beyond them."""


class Leading(NamedTuple):
    """Groups of one size that are among the best under some coefficients.

    Attributes
    ----------
    members : ndarray of int, shape (m, k)
        Ascending indices into the pool.
    features : ndarray, shape (m, K)
        As ``Region.features`` gives them.
    complete : bool
        Whether all groups of the size were looked at.
    """

    members: Ints
    features: Floats
    complete: bool


def scouts(calibrated: Calibrated, name: str, count: int = 24) -> Floats:
    """Give coefficients to look for groups with: the fitted ones, those of theory, and the first draws.

    Parameters
    ----------
    calibrated : Calibrated
    name : str
        One of its regions.
    count : int
        How many of the draws.

    Returns
    -------
    ndarray, shape (count + 2, K)
        Fewer where there are not so many draws.

    Raises
    ------
    ValueError
        No such region was asked for.
    """
    region = region_named(calibrated, name)
    found = [vector(region, calibrated.coefficients[name]), vector(region, theory(calibrated, name))]
    return np.vstack([*found, calibrated.draws[name][:count]])


def leading(
    region: Region,
    interest: str,
    year: int,
    coefficients: Floats,
    sizes: tuple[int, int],
    *,
    without: Iterable[str] = (),
    keep: int = 200,
    width: int = 500,
) -> dict[int, Leading]:
    """Find, for every size, the groups worth most under each of several coefficients.

    Parameters
    ----------
    region : Region
    interest : str
    year : int
    coefficients : ndarray, shape (V, K)
    sizes : tuple of two int
        The smallest and the largest.
    without : iterable of str
        States that take no part.
    keep : int
        How many of each size to keep under each of the coefficients.
    width : int
        How many groups of the size before to enlarge, under each, where there are too many to list.

    Returns
    -------
    dict of size to Leading

    Raises
    ------
    CoalitionError
        Sizes that make no sense.

    Notes
    -----
    Worth is nearly a sum over pairs, so a group among the best contains, but for one member, one that was among the
    best of its size. Where all groups of a size are more than ``LISTED``, the ``width`` best of the size before are
    enlarged by every state (beam search [1]_): exact up to there, and within a few ranks of it beyond. A test compares
    the two where both can be done.

    References
    ----------
    .. [1] B. Lowerre (1976), The Harpy speech recognition system, thesis, Carnegie Mellon University.

    Examples
    --------
    >>> import models
    >>> asia = models.load("asia-pacific")
    >>> found = leading(asia, "AP1", 2020, asia.prior_mean[None], (3, 4), keep=1)
    >>> [asia.states[i] for i in found[4].members[0]]
    ['MYS', 'SGP', 'IDN', 'BRN']
    """
    barred = set(region.indices(without))
    able = np.array([i for i in region.eligible(interest) if i not in barred], dtype=np.int64)
    low, high = checked_sizes(sizes, len(able))
    first = low
    while first > 2 and comb(len(able), first) > LISTED:
        first -= 1
    found = {}
    parents: Ints = np.empty((0, first - 1), dtype=np.int64)
    for size in range(first, high + 1):
        complete = size == first or comb(len(able), size) <= LISTED
        rows = able[subsets(len(able), size)] if complete else grown(parents, able)
        features = region.features(rows, interest, year)
        worths = coefficients @ features.T
        parents = rows[_top(worths, width)]
        if size >= low:
            best = _top(worths, keep)
            found[size] = Leading(rows[best], features[best], complete)
    return found


def grown(parents: Ints, able: Ints) -> Ints:
    """Enlarge groups by every state that is not in them: each larger group once, its members ascending.

    Parameters
    ----------
    parents : ndarray of int, shape (m, k)
        Pool indices.
    able : ndarray of int, shape (n,)
        Pool indices of those that may be added.

    Returns
    -------
    ndarray of int, shape (at most m * n, k + 1)

    Examples
    --------
    >>> grown(np.array([[0, 1], [0, 2]]), np.array([0, 1, 2, 5])).tolist()
    [[0, 1, 2], [0, 1, 5], [0, 2, 5]]
    """
    count, size = parents.shape
    rows = np.column_stack([np.repeat(parents, len(able), axis=0), np.tile(able, count)])
    rows = rows[(rows[:, :size] != rows[:, size:]).all(axis=1)]
    rows.sort(axis=1)
    base = int(able.max()) + 1
    if base ** (size + 1) >= 2**63:
        return np.unique(rows, axis=0)
    keys = rows @ (base ** np.arange(size, -1, -1, dtype=np.int64))
    return np.asarray(rows[np.unique(keys, return_index=True)[1]])


@lru_cache(maxsize=16)
def subsets(n: int, size: int) -> Ints:
    """List the subsets of range(n) of one size, one a row; read-only.

    Parameters
    ----------
    n, size : int

    Returns
    -------
    ndarray of int, shape (n over size, size)

    Examples
    --------
    >>> subsets(3, 2).tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    flat = np.fromiter(chain.from_iterable(combinations(range(n), size)), dtype=np.int64)
    rows = flat.reshape(-1, size)
    rows.flags.writeable = False
    return rows


def _top(worths: Floats, count: int) -> Ints:
    """Give the columns that are among the ``count`` largest of some row, ascending."""
    if count >= worths.shape[1]:
        return np.arange(worths.shape[1])
    cut = worths.shape[1] - count
    return np.unique(np.argpartition(worths, cut, axis=1)[:, cut:])
