"""How large the core is, and where its centre of gravity lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import members_of, subset_sums
from coalitions.core.inside import Floats
from coalitions.core.sampling import sample_core
from coalitions.core.vertices import CoreVertices, core_vertices
from coalitions.errors import TooLargeError
from coalitions.exact import echelon
from coalitions.game import as_game

_MOST_VERTICES = 6_000
_EXACT_VERTICES = 720
_FEWEST_DRAWS = 16
_THIN = 1e-8  # a face that reaches less far than this share of the core in some direction lacks that direction


@dataclass(frozen=True, kw_only=True, eq=False)
class CoreVolume:
    """How much room the core leaves.

    Attributes
    ----------
    dimension : int
        Of the core: n - 1 at most, 0 when it is one payoff.
    volume : number
        Of dimension n - 1, after dropping the payoff of one player, whichever: it follows from the others. In the unit
        of the worths to the power n - 1; 0 when the dimension is less.
    euclidean : float
        The same measured in the plane of the payoffs of v(N): ``volume`` times sqrt(n).
    share : number or None
        The part of the imputations that is in the core, which has no unit; None where there is only one imputation.
        Volumes and shares are Fractions when the worths are exact and there are at most 720 vertices.
    vertices : int
    """

    dimension: int
    volume: Any
    euclidean: float
    share: Any
    vertices: int

    def __repr__(self) -> str:
        corners = "vertex" if self.vertices == 1 else "vertices"
        part = "" if self.share is None else f", {float(self.share):.4%} of the imputations"
        return f"core of dimension {self.dimension} with {self.vertices} {corners}: volume {float(self.volume):g}{part}"


def core_volume(game: Any) -> CoreVolume:
    """Measure the core, and its share of the imputations.

    Parameters
    ----------
    game : Game or representation
        n players.

    Returns
    -------
    CoreVolume

    Raises
    ------
    EmptyCoreError
        With the balanced collection that rules the core out.
    TooLargeError
        More than 6,000 vertices, or too many to list.
    WorthError
        Symbolic worths.

    Notes
    -----
    Floats: simplices from the middle of the vertices to the facets that qhull finds, 5,040 vertices (n = 7) within
    seconds. Exact worths, up to 720 vertices (n = 6): a face is cut into pyramids from one of its vertices over its
    facets that do not hold it, and these in turn; every face is measured once.

    References
    ----------
    .. [1] C. B. Barber, D. P. Dobkin, H. Huhdanpaa (1996), The quickhull algorithm for convex hulls, ACM Transactions
           on Mathematical Software 22, 469-483.
    .. [2] J. B. Lasserre (1983), An analytical expression and an algorithm for the volume of a convex polyhedron in
           R^n, Journal of Optimization Theory and Applications 39, 363-377.

    Examples
    --------
    >>> from coalitions import Game
    >>> core_volume(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]))
    core of dimension 2 with 6 vertices: volume 44, 61.1111% of the imputations
    """
    game = as_game(game)
    found = core_vertices(game)
    dimension, volume, _ = _measure(found)
    full = dimension == game.n - 1
    size = volume if full else volume * 0
    room = game.worths[-1] - sum(game.worths[1 << np.arange(game.n)].tolist())
    if not isinstance(volume, Fraction):
        room = float(room)
    imputations = room ** (game.n - 1) / math.factorial(game.n - 1) if game.n > 1 else 0
    return CoreVolume(
        dimension=dimension,
        volume=size,
        euclidean=float(size) * math.sqrt(game.n),
        share=size / imputations if imputations and room > found.tolerance else None,
        vertices=len(found),
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CoreCentre(Allocation):
    """The centre of gravity of the core.

    Attributes
    ----------
    standard_errors : ndarray of float64, shape (n,)
        Of the payoffs, where they were estimated by sampling; 0 where they were computed.
    """

    standard_errors: Floats


def core_centre(game: Any, *, samples: int | None = None, rng: Any = None) -> CoreCentre:
    """Pay each player its mean over all payoffs in the core.

    Parameters
    ----------
    game : Game or representation
        n players.
    samples : int, optional
        Estimate from so many draws of ``sample_core``; by default the centre is computed from the vertices.
    rng : anything that ``numpy.random.default_rng`` takes
        Only for samples.

    Returns
    -------
    CoreCentre
        Exact when the worths are and there are at most 720 vertices.

    Raises
    ------
    EmptyCoreError
        With the balanced collection that rules the core out.
    TooLargeError
        Too many vertices to compute it (see ``core_volume``); pass samples.
    ValueError
        Fewer than 16 samples.
    WorthError
        Symbolic worths.

    References
    ----------
    .. [1] J. Gonzalez-Diaz, E. Sanchez-Rodriguez (2007), A natural selection from the core of a TU game: the
           core-center, International Journal of Game Theory 36, 27-46.

    Examples
    --------
    >>> from coalitions import Game
    >>> core_centre(Game("AB", [0, 1, 0, 5]))
    core centre of 2 players, exact, sum 5
    A     3   60.0%
    B     2   40.0%
    """
    game = as_game(game)
    if samples is None:
        _, _, centre = _measure(core_vertices(game))
        errors, method = np.zeros(game.n), "exact"
    else:
        if samples < _FEWEST_DRAWS:
            raise ValueError(
                f"samples is {samples!r}; fewer than {_FEWEST_DRAWS} have no standard error worth the name"
            )
        drawn = sample_core(game, samples, rng=rng)
        centre, method = drawn.payoffs.mean(axis=0), f"mean of {samples} draws"
        errors = drawn.payoffs.std(axis=0) / np.sqrt(drawn.effective_sizes)
    return CoreCentre(
        players=game.players, payoffs=centre, solution="core centre", method=method, standard_errors=errors
    )


def _measure(found: CoreVertices) -> tuple[int, Any, NDArray[Any]]:
    """Dimension, volume and centre of gravity of the hull of the vertices.

    The volume is that of the projection that drops the last player, where the dimension is n - 1; otherwise it has no
    unit that two cores share.
    """
    points, n = found.payoffs, found.game.n
    if len(points) > _MOST_VERTICES:
        raise TooLargeError(
            f"the core has {len(points)} vertices; the most is {_MOST_VERTICES}. core_centre(samples=...) and "
            "sample_core do without them"
        )
    if found.tolerance or len(points) > _EXACT_VERTICES:
        dimension, volume, centre = _by_qhull(points.astype(np.float64))
        return dimension, volume / math.sqrt(n), centre
    volume, centre, basis = _Faces(points, _sides(found)).measure((1 << len(points)) - 1)
    return len(basis), volume, centre


def _by_qhull(points: Floats) -> tuple[int, float, Floats]:
    """Dimension, volume within the affine hull and centre of gravity, by simplices from the middle to the facets."""
    from scipy.spatial import ConvexHull

    middle = points.mean(axis=0)
    _, lengths, directions = np.linalg.svd(points - middle, full_matrices=False)
    directions = directions[lengths > _THIN * max(float(abs(points - middle).max()), 1e-300)]
    d = len(directions)
    if not d:
        return 0, 1.0, middle
    inner = (points - middle) @ directions.T
    if d == 1:  # qhull begins at two dimensions
        low, high = float(inner.min()), float(inner.max())
        return 1, high - low, middle + (low + high) / 2 * directions[0]
    corners = inner[ConvexHull(inner).simplices]
    volumes = abs(np.linalg.det(corners)) / math.factorial(d)
    centre = volumes @ corners.sum(axis=1) / (d + 1) / volumes.sum()
    return d, float(volumes.sum()), middle + centre @ directions


def _sides(found: CoreVertices) -> list[int]:
    """For every coalition that is tight somewhere but not everywhere, the set of vertices where it is."""
    sides = set()
    tight = np.array([subset_sums(x) == found.game.worths for x in found.payoffs], np.bool_)
    for column in np.unique(tight, axis=1).T:
        sides.add(sum(1 << k for k in np.flatnonzero(column).tolist()))
    return sorted(sides - {0, (1 << len(found)) - 1})


class _Faces:
    """Volumes of the faces of a polytope with rational vertices; a face is the set of its vertices, as a bitmask.

    A face's volume is measured in those players' payoffs that determine the others' on it. The pyramid over a facet
    with apex p has the height of p above the facet, as far as the facet's own coordinates leave it undetermined.
    """

    def __init__(self, points: NDArray[Any], sides: list[int]) -> None:
        self._points, self._sides = points, sides
        self._known: dict[int, tuple[Any, NDArray[Any], Any]] = {}

    def measure(self, face: int) -> tuple[Any, NDArray[Any], Any]:
        """Volume, centre of gravity, basis of the directions."""
        if face in self._known:
            return self._known[face]
        corners = members_of(face)
        apex = self._points[corners[0]]
        basis = self._directions(self._points[corners[1:]] - apex)
        d = len(basis)
        volume, centre = Fraction(1), apex
        if d:
            volume, moment = Fraction(0), apex * 0
            for facet in self._facets(face):
                if not facet >> corners[0] & 1:
                    base, middle, below = self.measure(facet)
                    if len(below) == d - 1:
                        piece = self._height(apex - middle, basis, below) * base / d
                        volume += piece
                        moment = moment + piece * (d * middle + apex) / (d + 1)
            centre = moment / volume
        self._known[face] = volume, centre, basis
        return volume, centre, basis

    def _facets(self, face: int) -> list[int]:
        found: list[int] = []
        for part in sorted({face & side for side in self._sides} - {0, face}, key=int.bit_count, reverse=True):
            if all(part & ~larger for larger in found):
                found.append(part)
        return found

    def _directions(self, differences: NDArray[Any]) -> list[tuple[int, list[Fraction]]]:
        if not len(differences):
            return []
        rows, pivots = echelon(differences.tolist())
        return list(zip(pivots, rows, strict=True))

    def _height(self, across: NDArray[Any], basis: Any, below: Any) -> Any:
        kept = {pivot for pivot, _ in below}
        extra = next(pivot for pivot, _ in basis if pivot not in kept)
        return abs(across[extra] - sum((across[pivot] * row[extra] for pivot, row in below), Fraction(0)))
