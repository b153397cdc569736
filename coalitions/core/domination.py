"""Which imputations a set of payoffs dominates, as open polyhedra, and the search for one that it leaves undominated.

A polytope of imputations is kept by its vertices, homogeneous and in integers: row (y, d) stands for the payoffs y / d.
A bound is a row (a, b): it holds where a . y + b d >= 0.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import members_of, subset_sums
from coalitions.polyhedra import facets, primitive

Point = tuple[Fraction, ...]
Rows = NDArray[Any]

_SAFE = 1 << 62


@dataclass(frozen=True)
class Search:
    """How a search for an undominated imputation ended.

    Attributes
    ----------
    witness : tuple of n Fractions or None
        The imputation, where there is one.
    regions : int
        How many polytopes of imputations were looked at.
    left : int
        How many were waiting when the time was up.
    finished : bool
    """

    witness: Point | None
    regions: int
    left: int
    finished: bool


def imputation_corners(worths: Sequence[Fraction]) -> Rows:
    """Give the vertices of the set of imputations.

    Parameters
    ----------
    worths : sequence of 2**n Fractions
        v(N) not less than the sum of v({i}).

    Returns
    -------
    ndarray of int, shape (n or 1, n + 1)

    Examples
    --------
    >>> imputation_corners([Fraction(k) for k in (0, 1, 2, 5)])
    array([[1, 4, 1], [3, 2, 1]], dtype=object)
    """
    n = len(worths).bit_length() - 1
    alone = [worths[1 << i] for i in range(n)]
    gain = worths[-1] - sum(alone)
    corners = {primitive([*(a + gain * (i == j) for j, a in enumerate(alone)), 1]) for i in range(n)}
    return np.array(sorted(corners), object)


def hull_bounds(points: Sequence[Point]) -> Rows:
    """Give bounds that hold exactly in the convex hull of some points.

    Parameters
    ----------
    points : sequence of tuples of n Fractions

    Returns
    -------
    ndarray of int, shape (m, n + 1)
        An equation is there as two bounds.

    Examples
    --------
    >>> len(hull_bounds([(Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))]))
    4
    """
    found = facets(points)
    rows = [*found.inequalities, *found.equalities, *(tuple(-x for x in row) for row in found.equalities)]
    return np.array([[*row[:-1], -row[-1]] for row in rows], object)


def dominated_by(worths: Sequence[Fraction], points: Sequence[Point]) -> list[Rows]:
    """Describe, coalition by coalition, what the convex hull of some payoffs dominates.

    y is dominated through S when all members of S get more at some z of the hull with z(S) <= v(S). These y form an
    open polyhedron: the hull's part with z(S) <= v(S), seen by S, less all positive payoffs.

    Parameters
    ----------
    worths : sequence of 2**n Fractions
    points : sequence of tuples of n Fractions

    Returns
    -------
    list of ndarray of int, shape (m, n + 1)
        One for each coalition of two and more that can have such a z; N aside. y is dominated through it where all m
        bounds fail. (No imputation is dominated through one player or through N.)

    Examples
    --------
    >>> dominated_by([Fraction(k) for k in (0, 0, 0, 1, 0, 1, 1, 1)], [(Fraction(1), Fraction(0), Fraction(0))])[0]
    array([[1, 0, 0, -1], [0, 1, 0, 0]], dtype=object)
    """
    n = len(worths).bit_length() - 1
    sums = [subset_sums(np.array(point, object)) for point in points]
    groups = []
    for mask in range(1, len(worths) - 1):
        inside = members_of(mask)
        spare = [worths[mask] - of_point[mask] for of_point in sums]
        seen = [tuple(point[i] for i in inside) for point in points]
        able = [k for k, left in enumerate(spare) if left >= 0]
        if len(inside) == 1 or not able:
            continue
        unable = [k for k, left in enumerate(spare) if left < 0]
        part = {seen[k] for k in able}
        for p, q in product((k for k in able if spare[k] > 0), unable):  # where the hull's segments cross z(S) = v(S)
            at = spare[p] / (spare[p] - spare[q])
            part.add(tuple(x + at * (y - x) for x, y in zip(seen[p], seen[q], strict=True)))
        below = [[-(i == j) for j in inside] for i in inside]
        bounds = facets(sorted(part), below).inequalities
        rows = np.zeros((len(bounds), n + 1), object)
        rows[:, [*inside, n]] = np.array([[*(-a for a in bound[:-1]), bound[-1]] for bound in bounds], object)
        groups.append(rows)
    return groups


def find_undominated(
    corners: Rows, groups: Sequence[Rows], pieces: Sequence[Rows], *, deadline: float = np.inf
) -> Search:
    """Look for an imputation outside a union of polytopes that, for every group, satisfies one of its bounds.

    Parameters
    ----------
    corners : ndarray of int, shape (k, n + 1)
        Vertices of the imputations, from ``imputation_corners``.
    groups : sequence of ndarray, shape (m, n + 1)
        From ``dominated_by``: an imputation is dominated where all bounds of some group fail.
    pieces : sequence of ndarray, shape (m, n + 1)
        The polytopes, each by its bounds. None of their points is dominated.
    deadline : float
        A time of ``time.monotonic()`` after which no further region is looked at.

    Returns
    -------
    Search

    Notes
    -----
    Depth first. A region is given up when it lies in one of the pieces, or when no bound of some group holds
    anywhere in it: it is dominated then. It is cut by the bounds of the group that has fewest left; each part
    satisfies one of them and none of those before it, so that no two overlap.
    """
    n = corners.shape[1] - 1
    rows = np.concatenate(groups) if groups else np.zeros((0, n + 1), object)
    firsts = np.cumsum([0, *map(len, groups)], dtype=np.int64)[:-1]
    tight = ~np.eye(len(corners), n, dtype=bool) if len(corners) == n else np.ones((1, n), bool)
    stack = [(corners, tight)]
    regions = 0
    while stack:
        if time.monotonic() > deadline:
            return Search(None, regions, len(stack), False)
        region, tight = stack.pop()
        regions += 1
        inside = np.array([(_product(region, piece) >= 0).all(axis=1) for piece in pieces], bool).reshape(
            -1, len(region)
        )
        if inside.all(axis=1).any():
            continue
        holding = np.asarray(_product(region, rows) >= 0)
        free = _any_of(holding, firsts).all(axis=1) & ~inside.any(axis=0)
        if free.any():
            return Search(payoffs_of(region[int(free.argmax())]), regions, len(stack), True)
        clear = _any_of(np.asarray(holding.all(axis=0))[None, :], firsts)[0]
        if clear.all():
            witness = _uncovered(region, tight, pieces)
            if witness is not None:
                return Search(witness, regions, len(stack), True)
            continue
        usable = np.asarray(holding.any(axis=0))
        counts = np.add.reduceat(usable.astype(np.int64), firsts)
        at = int(np.where(clear, len(rows) + 1, counts).argmin())
        chosen = np.flatnonzero(usable[firsts[at] : firsts[at] + len(groups[at])]) + firsts[at]
        parts = []
        for k in sorted(chosen.tolist(), key=lambda k: -int(holding[:, k].sum())):
            parts.append(_cut(region, tight, rows[k]))
            region, tight = _cut(region, tight, -rows[k])
            if not len(region):
                break
        stack.extend(part for part in reversed(parts) if len(part[0]))
    return Search(None, regions, 0, True)


def payoffs_of(corner: Rows) -> Point:
    """Read the payoffs of a vertex.

    Parameters
    ----------
    corner : ndarray of int, shape (n + 1,)

    Returns
    -------
    tuple of n Fractions

    Examples
    --------
    >>> payoffs_of(np.array([1, 3, 2]))
    (Fraction(1, 2), Fraction(3, 2))
    """
    *payoffs, scale = corner.tolist()
    return tuple(Fraction(x, scale) for x in payoffs)


def _uncovered(
    region: Rows, tight: NDArray[np.bool_], pieces: Sequence[Rows], broken: tuple[Rows, ...] = ()
) -> Point | None:
    """Find a point of a polytope in none of the pieces, that also breaks some bounds.

    The part outside a piece is cut up by the bound that is broken there. A part in which every such bound is broken
    somewhere breaks them all in its middle; a part on the rim of one of them belongs to a neighbour.
    """
    if not all((_product(region, row[None, :]) < 0).any() for row in broken):
        return None
    if not pieces:
        return tuple(sum(xs, Fraction(0)) / len(region) for xs in zip(*map(payoffs_of, region), strict=True))
    for row in pieces[0]:
        witness = _uncovered(*_cut(region, tight, -row), pieces[1:], (*broken, row))
        if witness is not None:
            return witness
        region, tight = _cut(region, tight, row)
        if not len(region):
            break
    return None


def _any_of(table: NDArray[np.bool_], firsts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say for every group of columns whether one of them is true."""
    return np.logical_or.reduceat(table, firsts, axis=1) if len(firsts) else np.ones((len(table), 0), bool)


def _cut(region: Rows, tight: NDArray[np.bool_], row: Rows) -> tuple[Rows, NDArray[np.bool_]]:
    """Keep the part of a polytope where a bound holds: its vertices, and the bounds that are tight at each.

    One step of the double description method: new vertices lie on the edges between a vertex kept and one cut off, and
    two vertices share an edge when no third lies on all the bounds that are tight at both.
    """
    slack = _product(region, row[None, :])[:, 0]
    level, stay = np.asarray(slack == 0), np.asarray(slack >= 0)
    below, above = np.flatnonzero(~stay), np.flatnonzero(slack > 0)
    kept = np.column_stack((tight[stay], level[stay]))
    if not len(below) or not len(above):
        return region[stay], kept
    seen = tight.astype(np.float32)  # counts of bounds: far below 2**24, so products of float32 are exact
    i, j = np.nonzero(seen[above] @ seen[below].T >= region.shape[1] - 3)
    p, q = above[i], below[j]
    both = seen[p] * seen[q]
    edge = (both @ seen.T >= both.sum(axis=1)[:, None] - 0.5).sum(axis=1) == 2
    p, q = p[edge], q[edge]
    kind = np.int64 if 2 * _largest(region) * _largest(slack) < _SAFE else object
    region, slack = region.astype(kind), slack.astype(kind)
    fresh = slack[p, None] * region[q] - slack[q, None] * region[p]
    fresh //= np.gcd.reduce(fresh, axis=1)[:, None]
    new = np.column_stack((tight[p] & tight[q], np.ones(len(p), bool)))
    return np.concatenate((region[stay], fresh)), np.concatenate((kept, new))


def _product(region: Rows, rows: Rows) -> Rows:
    """Multiply integers, as machine numbers where nothing can overflow: these are faster."""
    if not len(rows) or not len(region):
        return np.zeros((len(region), len(rows)), np.int64)
    kind = np.int64 if region.shape[1] * _largest(region) * _largest(rows) < _SAFE else object
    return np.asarray(region.astype(kind) @ rows.astype(kind).T)


def _largest(numbers: Rows) -> int:
    return max(int(numbers.max()), -int(numbers.min()))
