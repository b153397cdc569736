"""The core of three or four players as a picture on the simplex of imputations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation, as_payoffs
from coalitions.coalition import Label, labels_of, subset_sums
from coalitions.core.least import least_core
from coalitions.core.vertices import CoreVertices, core_vertices
from coalitions.errors import CoalitionError, EmptyCoreError
from coalitions.game import Game, as_game, float_worths
from coalitions.tolerance import tolerance_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

_TRIANGLE = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(3) / 2]])
_TETRAHEDRON = np.array(
    [
        [0.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [0.5, math.sqrt(3) / 2, 0.0],
        [0.5, math.sqrt(3) / 6, math.sqrt(2 / 3)],
    ]
)
_AT_A_SIDE = 0.1
_CORE, _EDGE, _QUIET = "#56B4E9", "#0072B2", "#5F5F5F"
_SPOTS = (("o", "#D55E00"), ("s", "#009E73"), ("D", "#CC79A7"), ("^", "#E69F00"), ("v", "#000000"), ("P", "#8C6D31"))


def plot_core(game: Any, *, points: Any = None, ax: Axes | None = None) -> Axes:
    """Draw the core of three or four players among the imputations.

    A corner stands for the imputation that gives its player everything above what the others are worth alone. For three
    players a line shows where a pair gets exactly its worth; the core lies between the lines.

    Parameters
    ----------
    game : Game or representation
        Of 3 or 4 players.
    points : Allocation, iterable of Allocations, or mapping from name to payoffs, optional
        Solutions to mark, such as the Shapley value. An empty core is marked by a payoff of the least core anyway.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default. For 4 players axes with ``projection="3d"``.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    CoalitionError
        Neither 3 nor 4 players; points of other players; axes that are not 3d for 4 players.
    EmptyCoreError
        There are no imputations: the players alone are worth more than v(N).
    WorthError
        Symbolic worths.

    Examples
    --------
    >>> from coalitions import Game, shapley_value
    >>> pact = Game(["AUS", "JPN", "USA"], [0, 0, 0, 2, 0, 4, 6, 12])
    >>> plot_core(pact, points=shapley_value(pact)).get_title()
    'Core within the imputations'
    """
    game = as_game(game)
    if game.n not in (3, 4):
        raise CoalitionError(f"the game has {game.n} players; plot_core draws 3 or 4")
    if game.n == 4 and ax is not None and getattr(ax, "name", "") != "3d":
        raise CoalitionError('four players need axes in space: plt.subplots(subplot_kw={"projection": "3d"})')
    marked = _named(points, game.players)
    plane = _Imputations(game)
    try:
        corners: CoreVertices | None = core_vertices(game)
    except EmptyCoreError:
        corners = None
        marked["least core"] = least_core(game).point.payoffs.astype(np.float64)
    axes = ax if ax is not None else _new_axes(game.n)
    (_draw_triangle if game.n == 3 else _draw_tetrahedron)(axes, game, plane, corners)
    nothing = tolerance_of(float_worths(game))
    for k, (name, x) in enumerate(marked.items()):
        marker, color = _SPOTS[k % len(_SPOTS)]
        axes.plot(
            *([coordinate] for coordinate in plane.place(x)),
            linestyle="none",
            marker=marker,
            markersize=max(13 - 4 * k, 5),  # points in one place stay visible, one within the other
            color=color,
            markeredgecolor="white",
            zorder=9,
            label=f"{name} ({', '.join(f'{payoff:.6g}' for payoff in np.where(abs(x) > nothing, x, 0))})",
        )
    if marked:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), frameon=False, fontsize=8)
    whole = "The only imputation is the core" if plane.single else "Core within the imputations"
    axes.set_title("The core is empty" if corners is None else whole, fontsize=11)
    return axes


class _Imputations:
    """Where payoffs lie on the simplex."""

    def __init__(self, game: Game) -> None:
        worths = float_worths(game)
        self.alone = worths[1 << np.arange(game.n)]
        self.room = float(worths[-1] - self.alone.sum())
        if self.room < -tolerance_of(worths):
            raise EmptyCoreError(
                f"there are no imputations to draw: the players alone are worth {self.alone.sum():g}, "
                f"v(N) is {worths[-1]:g}"
            )
        self.single = self.room <= tolerance_of(worths)
        self._simplex = _TRIANGLE if game.n == 3 else _TETRAHEDRON

    def shares(self, payoffs: Any) -> Floats:
        """Parts of what is above the worths of single players; barycentric coordinates."""
        above = np.asarray(payoffs, np.float64) - self.alone
        size = 1.0 if self.single else self.room
        return np.asarray(above / size + (1 - above.sum(axis=-1, keepdims=True) / size) / len(self.alone))

    def place(self, payoffs: Any) -> Floats:
        """Coordinates on paper of payoffs, shape (..., n)."""
        return np.asarray(self.shares(payoffs) @ self._simplex)

    @property
    def corners(self) -> Floats:
        """On paper, one row a player."""
        return self._simplex

    def label(self, player: Label, i: int) -> str:
        """What stands at a corner."""
        return str(player) if self.single else f"{player}\n{self.alone[i] + self.room:.6g}"


def _named(points: Any, players: tuple[Label, ...]) -> dict[str, Floats]:
    if points is None:
        return {}
    if isinstance(points, Allocation):
        points = [points]
    if not isinstance(points, Mapping):
        listed = list(points) if isinstance(points, Iterable) else [points]
        if not all(isinstance(x, Allocation) for x in listed):
            raise CoalitionError("points are Allocations, or a mapping from names to payoffs")
        points = {x.solution: x for x in listed}
    return {str(name): as_payoffs(x, players).astype(np.float64) for name, x in points.items()}


def _new_axes(n: int) -> Any:
    import matplotlib.pyplot as plt

    if n == 3:
        return plt.subplots(figsize=(5.6, 5.4), layout="constrained")[1]
    return plt.subplots(figsize=(6, 5.6), layout="constrained", subplot_kw={"projection": "3d"})[1]


def _draw_triangle(axes: Any, game: Game, plane: _Imputations, found: CoreVertices | None) -> None:
    from matplotlib.patheffects import withStroke

    outline = np.vstack([plane.corners, plane.corners[:1]])
    axes.plot(*outline.T, color=_QUIET, linewidth=1)
    middle = plane.corners.mean(axis=0)
    for i, (player, corner) in enumerate(zip(game.players, plane.corners, strict=True)):
        x, y = corner + 0.045 * (corner - middle) / np.linalg.norm(corner - middle)
        side = ("right", "left", "center")[i]
        axes.text(x, y, plane.label(player, i), ha=side, va="bottom" if i == 2 else "top", fontweight="bold")
    worths = float_worths(game)
    for k in range(3):
        pair = 7 ^ 1 << k
        level = 0.0 if plane.single else (worths[7] - worths[pair] - plane.alone[k]) / plane.room
        if plane.single or not -1e-9 <= level <= 1 + 1e-9:
            continue
        ends = np.zeros((2, 3))
        ends[:, k] = level
        ends[0, (k + 1) % 3] = ends[1, (k + 2) % 3] = 1 - level
        start, far = ends @ plane.corners
        away = _unit(plane.corners[(k + 1) % 3] - plane.corners[(k + 2) % 3])
        out = start + 0.06 * away
        spot = out + 0.015 * away
        if level < _AT_A_SIDE:  # the end of the line is the name of a corner: write at the middle of the side instead
            out, away = start, _unit(middle - plane.corners[k])
            spot = (start + far) / 2 + 0.03 * away
        axes.plot(*np.array([out, far]).T, color=_EDGE, linewidth=0.9, linestyle=(0, (5, 3)))
        axes.text(
            *spot,
            f"{', '.join(map(str, labels_of(pair, game.players)))}: {worths[pair]:.6g}",
            color=_EDGE,
            fontsize=8.5,
            ha="center" if abs(away[0]) < 0.1 else ("left" if away[0] > 0 else "right"),
            va="center" if abs(away[1]) < 0.1 else ("bottom" if away[1] > 0 else "top"),
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )
    if found is not None:
        at = plane.place(found.payoffs)
        if len(at) > 2:
            axes.fill(*_around(at).T, facecolor=_CORE, alpha=0.45, edgecolor="none")
        axes.plot(*np.vstack([ring := _around(at), ring[:1]]).T, color=_EDGE, linewidth=2, solid_capstyle="round")
        axes.plot(*at.T, linestyle="none", marker="o", markersize=4, color=_EDGE)
    axes.set_aspect("equal")
    axes.set_xlim(-0.3, 1.3)
    axes.set_ylim(-0.16, 1.06)
    axes.set_axis_off()


def _draw_tetrahedron(axes: Any, game: Game, plane: _Imputations, found: CoreVertices | None) -> None:
    from matplotlib.colors import to_rgba
    from matplotlib.patheffects import withStroke
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped]

    axes.computed_zorder = False  # what is drawn last is on top, so that marks inside the core are seen
    axes.set_proj_type("ortho")
    for i in range(4):
        for j in range(i):
            behind = (i, j) == (2, 0)  # as seen from where view_init looks
            axes.plot(*plane.corners[[i, j]].T, color=_QUIET, linewidth=0.9, linestyle=":" if behind else "-")
    middle = plane.corners.mean(axis=0)
    halo = [withStroke(linewidth=2.5, foreground="white")]
    for i, (player, corner) in enumerate(zip(game.players, plane.corners, strict=True)):
        spot = corner + 0.08 * _unit(corner - middle)
        side = ("right", "center", "left", "center")[i]
        axes.text(*spot, plane.label(player, i), ha=side, va="center", fontweight="bold", path_effects=halo)
    if found is not None:
        at = plane.place(found.payoffs)
        for face in _polygons(found):
            ring = _around(at[face])
            axes.add_collection3d(
                Poly3DCollection([ring], facecolor=to_rgba(_CORE, 0.3), edgecolor=_EDGE, linewidth=1.2)
            )
        if len(at) == 2:
            axes.plot(*at.T, color=_EDGE, linewidth=2.5)
        axes.scatter(*at.T, s=10, color=_EDGE, depthshade=False)
    axes.set_box_aspect((1, math.sqrt(3) / 2, math.sqrt(2 / 3)), zoom=0.98)
    axes.view_init(elev=20, azim=-42)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, math.sqrt(3) / 2)
    axes.set_zlim(0, math.sqrt(2 / 3))
    axes.set_axis_off()


def _polygons(found: CoreVertices) -> list[list[int]]:
    """The vertices of every two-dimensional face of the core of four players."""
    room = found.game.n * found.tolerance
    tight = np.array([abs(subset_sums(x) - found.game.worths) <= room for x in found.payoffs], np.bool_)
    sets = {tuple(np.flatnonzero(column).tolist()) for column in tight.T}
    return [list(face) for face in sorted(sets) if len(face) > 2 and _flat(found.payoffs[list(face)])]


def _flat(points: NDArray[Any]) -> bool:
    lengths = np.linalg.svd(points.astype(np.float64) - points[0].astype(np.float64), compute_uv=False)
    return int((lengths > 1e-8 * lengths.max(initial=1e-300)).sum()) == 2


def _around(points: Floats) -> Floats:
    """Points of a convex polygon, in the plane or in space, in the order of its boundary."""
    if len(points) < 3:
        return points
    centred = points - points.mean(axis=0)
    plane = np.linalg.svd(centred, full_matrices=False)[2][:2]
    x, y = plane @ centred.T
    return points[np.argsort(np.arctan2(y, x))]


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / np.linalg.norm(vector))
