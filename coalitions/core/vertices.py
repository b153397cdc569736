"""The vertices of the core: exact for few players, by their marginal vectors where the game is convex."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, Worths, labels_of, members_of, subset_sums
from coalitions.core.inside import Floats, rounded_inside
from coalitions.core.membership import Core, core, point_or_refuse
from coalitions.errors import CoalitionError, EmptyCoreError, SolverError, TooLargeError
from coalitions.exact import fractions_of, maximise
from coalitions.game import Game, as_game, float_worths
from coalitions.polyhedra import vertices
from coalitions.properties import is_convex
from coalitions.result import Result
from coalitions.tolerance import tolerance_of
from coalitions.worths import integer_worths

if TYPE_CHECKING:
    import pandas as pd

_ROUNDED_PLAYERS = 7  # up to here float worths are solved as the binary fractions they are
_EXACT_PLAYERS = 12
_QHULL_PLAYERS = 9
_ORDER_PLAYERS = 9
_MOST_VERTICES = 60_000


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CoreVertices(Result):
    """The extreme payoffs of the core: it is all their mixtures.

    Attributes
    ----------
    game : Game
    payoffs : ndarray, read-only, shape (k, n)
        One vertex a row, in lexicographic order, in the unit of the worths; object (Fractions) when the worths are
        exact.
    method : str
        ``'double description'``, ``'marginal vectors'`` or ``'qhull'``.
    tolerance : float
        Vertices closer than this counted as one; 0 for exact worths.
    """

    game: Game
    payoffs: NDArray[Any]
    method: str
    tolerance: float

    _concept = "core vertices"

    def __post_init__(self) -> None:
        self.payoffs.flags.writeable = False

    def __len__(self) -> int:
        return len(self.payoffs)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return iter(self.payoffs)

    def tight(self, k: int) -> tuple[tuple[Label, ...], ...]:
        """List the coalitions that get exactly their worth at a vertex; they determine it.

        Parameters
        ----------
        k : int
            The number of the vertex.

        Returns
        -------
        tuple of tuples of labels
            In bitmask order, the grand coalition last.
        """
        excess = self.game.worths - subset_sums(self.payoffs[k])
        room = self.game.n * self.tolerance
        return tuple(labels_of(m, self.game.players) for m in np.flatnonzero(abs(excess) <= room).tolist() if m)

    def to_frame(self) -> pd.DataFrame:
        """Give the vertices as a DataFrame.

        Returns
        -------
        pandas.DataFrame
            One row a vertex, one column a player.
        """
        import pandas as pd

        return pd.DataFrame(
            self.payoffs, columns=list(self.game.players), index=pd.RangeIndex(len(self), name="vertex")
        )

    def _headline(self) -> str:
        count = f"{len(self)} {'vertex' if len(self) == 1 else 'vertices'}"
        return f"core of {self.game.n} player{'s' * (self.game.n > 1)}, {count}, by {self.method}"

    def __repr__(self) -> str:
        shown = [", ".join(f"{x:.6g}" if isinstance(x, float) else str(x) for x in row) for row in self.payoffs[:12]]
        names = ", ".join(map(str, self.game.players))
        more = [f"and {len(self) - 12} more"] * (len(self) > 12)
        return "\n".join([f"{self._headline()} ({names})", *shown, *more])


def core_vertices(game: Any) -> CoreVertices:
    """List the vertices of the core.

    A payoff in the core is a vertex when the coalitions that get exactly their worth determine it. There are at most
    n! of them, and exactly the marginal vectors when the game is convex.

    Parameters
    ----------
    game : Game or representation
        n players. With exact worths the vertices are exact.

    Returns
    -------
    CoreVertices

    Raises
    ------
    EmptyCoreError
        With the balanced collection that rules the core out.
    TooLargeError
        Too many players or vertices: see Notes.
    WorthError
        Symbolic worths.
    SolverError
        A linear program failed.

    Notes
    -----
    Up to 7 players, and for exact worths, the double description method in integers; 720 vertices (n = 6) take 0.1 s,
    5,040 (n = 7) a second, 40,320 (n = 8) half a minute or more; it stops beyond 60,000. Float worths are taken as the
    binary fractions they are and rounded at the end, so that each payoff is correct to its last digit; where rounding
    of the worths themselves has emptied the core or split a vertex, v(N) is raised by the shortfall (below the
    tolerance) and vertices closer than the tolerance are merged. Float worths of 8 and 9 players go through qhull,
    within the affine hull of the core: 40,000 vertices a second. Convex games up to 9 players: O(n!).

    References
    ----------
    .. [1] L. S. Shapley (1971), Cores of convex games, International Journal of Game Theory 1, 11-26.
    .. [2] J. Derks, J. Kuipers (2002), On the number of extreme points of the core of a transferable utility game,
           Chapters in Game Theory: In Honor of Stef Tijs, 83-97.
    .. [3] K. Fukuda, A. Prodon (1996), Double description method revisited, Combinatorics and Computer Science,
           Lecture Notes in Computer Science 1120, 91-111.
    .. [4] C. B. Barber, D. P. Dobkin, H. Huhdanpaa (1996), The quickhull algorithm for convex hulls, ACM Transactions
           on Mathematical Software 22, 469-483.

    Examples
    --------
    >>> core_vertices(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]))
    core of 3 players, 6 vertices, by marginal vectors (A, B, C)
    0, 2, 10
    0, 8, 4
    2, 0, 10
    4, 8, 0
    6, 0, 6
    6, 6, 0
    """
    game = as_game(game)
    worths = float_worths(game)
    rational = game.is_exact and integer_worths(game.worths) is not None
    tolerance = 0.0 if rational else tolerance_of(worths)
    if 2 < game.n <= _ORDER_PLAYERS and is_convex(game):
        found, method = _marginal_vectors(game), "marginal vectors"
    elif rational:
        found, method = _exactly(game), "double description"
    else:
        point_or_refuse(core(game))
        if game.n <= _ROUNDED_PLAYERS:
            found, method = _rounded(worths, game.n), "double description"
        else:
            found, method = _by_qhull(game, worths), "qhull"
    if tolerance:
        found = _merged(found.astype(np.float64), tolerance)
    return CoreVertices(game=game, payoffs=_sorted(found), method=method, tolerance=tolerance)


def demanded_vertices(found: Core) -> CoreVertices:
    """List the vertices of a core in which only some coalitions object, put up with something, or share by blocks.

    Parameters
    ----------
    found : Core

    Returns
    -------
    CoreVertices

    Raises
    ------
    EmptyCoreError
        With the balanced collection that rules the core out.
    TooLargeError
        More than 7 players, or 12 with exact worths; too many vertices.
    CoalitionError
        A core without bounds.
    """
    game, demands = found.game, found.demands
    point_or_refuse(found)
    most = _EXACT_PLAYERS if demands.is_exact else _ROUNDED_PLAYERS
    if game.n > most:
        raise TooLargeError(f"the vertices of a core of {game.n} players; the most is {most} players here")

    def row(mask: int, least: Fraction) -> list[Any]:
        return [*(mask >> i & 1 for i in range(game.n)), least]

    objections = [mask for mask in range(1, len(game.worths)) if demands.may_object(mask)]
    solved = vertices(
        [row(mask, demands.demand(mask)) for mask in objections],
        [row(block, demands.worth(block)) for block in demands.blocks],
        most=_MOST_VERTICES,
    )
    if solved.rays or solved.lines:
        raise CoalitionError("this core has no bounds: too few coalitions may object for it to have vertices only")
    points = np.array(solved.points, object).reshape(-1, game.n)
    if not demands.is_exact:
        points = _merged(points.astype(np.float64), demands.tolerance)
    tolerance = 0.0 if demands.is_exact else demands.tolerance
    return CoreVertices(game=game, payoffs=_sorted(points), method="double description", tolerance=tolerance)


def _marginal_vectors(game: Game) -> NDArray[Any]:
    """What players add when they arrive one by one, over all orders; equal ones once."""
    worths = game.worths.tolist()
    known: dict[int, set[tuple[Any, ...]]] = {0: {(worths[0],) * game.n}}
    for mask in range(1, len(worths)):
        reached = known.setdefault(mask, set())
        for i in members_of(mask):
            gain = worths[mask] - worths[mask ^ 1 << i]
            reached.update((*x[:i], gain, *x[i + 1 :]) for x in known[mask ^ 1 << i])
    return np.array(list(known[len(worths) - 1]), game.worths.dtype)


def _exactly(game: Game) -> NDArray[Any]:
    if game.n > _EXACT_PLAYERS:
        raise TooLargeError(
            f"the vertices of the core of {game.n} players with exact worths; the most is {_EXACT_PLAYERS} players, "
            "and fewer where there are many vertices"
        )
    worths = fractions_of(game.worths)
    points = rational_vertices(worths, most=_MOST_VERTICES)
    if not points:
        shortfall, weights = _shortfall(worths, game.n)
        used = [f"{weight} of {labels_of(mask, game.players)}" for mask, weight in enumerate(weights, 1) if weight]
        raise EmptyCoreError(
            f"there is no vertex to give: the core is empty, for {', '.join(used)} cover every player once and are "
            f"worth {worths[-1] + shortfall}, v(N) is {worths[-1]}"
        )
    return np.array(points, object)


def _rounded(worths: Worths, n: int) -> NDArray[Any]:
    """Vertices of the game whose worths are these binary fractions, or of the next one that has a core."""
    fractions = fractions_of(worths.tolist())
    points = rational_vertices(fractions, most=_MOST_VERTICES)
    if not points:
        points = rational_vertices([*fractions[:-1], fractions[-1] + _shortfall(fractions, n)[0]], most=_MOST_VERTICES)
    return np.array(points, object)


def rational_vertices(worths: Sequence[Fraction], *, most: int | None = None) -> list[tuple[Fraction, ...]]:
    """List the vertices of the core of a table of rational worths.

    Parameters
    ----------
    worths : sequence of 2**n Fractions
    most : int, optional
        Give up beyond so many vertices or rays on the way.

    Returns
    -------
    list of tuple of n Fractions
        Empty where the core is.

    Raises
    ------
    TooLargeError
        More than ``most``.

    Examples
    --------
    >>> [tuple(map(str, point)) for point in rational_vertices([Fraction(k) for k in (0, 1, 2, 5)])]
    [('1', '4'), ('3', '2')]
    """
    n = len(worths).bit_length() - 1
    rows = [[*(mask >> i & 1 for i in range(n)), worths[mask]] for mask in range(1, len(worths) - 1)]
    return vertices(rows, [[*[1] * n, worths[-1]]], most=most).points


def _shortfall(worths: list[Fraction], n: int) -> tuple[Fraction, list[Fraction]]:
    """What the best balanced coalitions are worth above v(N), and their weights from mask 1 on."""
    columns = [[mask >> i & 1 for i in range(n)] for mask in range(1, len(worths))]
    solved = maximise(worths[1:], columns, [1] * n)
    assert solved is not None  # the grand coalition alone is balanced
    return solved[0] - worths[-1], solved[1]


def _by_qhull(game: Game, worths: Worths) -> Floats:
    from scipy.spatial import HalfspaceIntersection, QhullError

    if game.n > _QHULL_PLAYERS:
        raise TooLargeError(
            f"the core of {game.n} players may have up to {game.n}! vertices; with float worths the most is "
            f"{_QHULL_PLAYERS} players, with exact ones (Fractions) {_EXACT_PLAYERS} where the vertices are few"
        )
    centre, directions, hull = rounded_inside(game)
    d = directions.shape[1]
    if not d:
        return centre[None]
    free = hull.norms > 0
    normals = np.column_stack([subset_sums(direction) for direction in directions.T])[free]
    slack = (subset_sums(centre) - worths)[free]
    if d == 1:  # qhull begins at two dimensions
        steps = -slack / normals[:, 0]
        ends = np.array([[steps[normals[:, 0] > 0].max()], [steps[normals[:, 0] < 0].min()]])
    else:
        try:
            ends = HalfspaceIntersection(np.column_stack((-normals, -slack)), np.zeros(d)).intersections
        except QhullError as failure:
            raise SolverError(
                f"qhull gave up on the core of {game.n} players: {str(failure).splitlines()[0]}; "
                "exact worths (Fractions) do without it"
            ) from None
    return np.asarray(centre + ends @ directions.T)


def _merged(points: Floats, tolerance: float) -> Floats:
    """One point, the mean, for every cluster of points closer than the tolerance."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(points).query_pairs(points.shape[1] * tolerance, output_type="ndarray")
    if not len(pairs):
        return points
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    count, cluster = connected_components(links, directed=False)
    means = np.zeros((count, points.shape[1]))
    np.add.at(means, cluster, points)
    return means / np.bincount(cluster)[:, None]


def _sorted(points: NDArray[Any]) -> NDArray[Any]:
    return points[sorted(range(len(points)), key=lambda k: points[k].tolist())]
