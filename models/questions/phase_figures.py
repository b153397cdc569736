"""Figures of the phase diagram: what is best where, and the states on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from coalitions.report.style import BLUE, GREEN, PALETTE, new_figure
from models.closed_form import CHOICES
from models.questions.figures import own_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from models.questions.phases import PhaseDiagram

__all__ = ["draw_phase_regions", "draw_phases"]

PHASES = ("#F2F2F2", "#CFE6F5", "#FCE3B0", "#CDEBDD")
"""Ground of each of ``CHOICES``: nothing, alone, minilateral, institution."""
WORDS = ("#8A8A8A", BLUE, "#B97A00", GREEN)


def draw_phases(found: PhaseDiagram, ax: Axes | None = None, region: str | None = None) -> Axes:
    """Draw what is best by capability and reliability, and the states: each at the mean of its stakes in a region.

    Parameters
    ----------
    found : PhaseDiagram
    ax : matplotlib.axes.Axes, optional
    region : str, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.colors import ListedColormap
    from matplotlib.patheffects import withStroke

    axes = own_axes(ax, 5.2)
    colours = ListedColormap(PHASES)
    axes.pcolormesh(
        found.capability, found.reliability, found.choice, cmap=colours, vmin=-0.5, vmax=3.5, rasterized=True
    )
    axes.set_xscale("log")
    axes.set_xlim(found.capability[0], found.capability[-1])
    frame = found.to_frame()
    regions = list(dict.fromkeys(frame["region"]))
    if region is not None and region not in regions:
        raise ValueError(f"no states of region {region!r} are placed; there are {', '.join(regions)}")
    halo = [withStroke(linewidth=1.6, foreground="white")]
    for name in regions if region is None else [region]:
        own = frame[frame["region"] == name]
        mean = own.assign(log=np.log(own["capability"])).groupby("state")[["log", "reliability"]].mean()
        x = np.clip(np.exp(mean["log"].to_numpy()), found.capability[0] * 1.1, found.capability[-1])
        y = mean["reliability"].to_numpy()
        colour = PALETTE[(0, 3, 4)[regions.index(name) % 3]]
        axes.scatter(x, y, s=12, color=colour, zorder=3, linewidths=0, label=name, clip_on=False)
        if region is None and len(regions) > 1:
            continue  # names of three regions would cover one another
        taken: list[Any] = []
        size = np.array([np.log(found.capability[-1] / found.capability[0]), 1.0])
        dots = list(np.column_stack([np.log(x) / size[0], y]))
        for state, dot in zip(mean.index, dots, strict=True):
            spot = _beside(dot, taken, dots, np.log(np.array(axes.get_xlim())) / size[0])
            taken.append(spot)
            axes.text(
                np.exp(spot[0] * size[0]),
                spot[1],
                str(state),
                fontsize=5.5,
                ha="center",
                va="center",
                path_effects=halo,
                color=colour,
                zorder=4,
            )
    for choice, words in enumerate(CHOICES):
        row, column, depth = _inner(found.choice == choice)
        if depth > 10:
            spot = found.capability[column], found.reliability[row]
            axes.text(*spot, words, fontsize=8.5, color=WORDS[choice], ha="center", va="center", fontweight="bold")
    axes.set_ylim(-0.02, 1)
    axes.set_xlabel("own strength over what it is up against", fontsize=8)
    axes.set_ylabel("share of the interest its institution secures", fontsize=8)
    axes.tick_params(labelsize=7.5)
    axes.spines[["top", "right"]].set_visible(False)
    if region is None and len(regions) > 1:
        axes.add_artist(axes.legend(fontsize=7.5, frameon=False, loc="upper left", labelcolor="linecolor"))
    else:
        axes.set_title(region or regions[0], fontsize=9, loc="left")
    if ax is None:
        _phase_key(axes, (1.0, 1.0))
    return axes


def draw_phase_regions(found: PhaseDiagram, figure: Figure | None = None) -> Figure:
    """Draw the diagram once for each region.

    Parameters
    ----------
    found : PhaseDiagram
    figure : matplotlib.figure.Figure, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    regions = list(dict.fromkeys(placed.region for placed in found.states))
    figure = new_figure(0.5 + 3.0 * len(regions)) if figure is None else figure
    grid = figure.subplots(len(regions), 1, squeeze=False)[:, 0]
    figure.subplots_adjust(left=0.08, right=0.985, top=0.965, bottom=0.06, hspace=0.3)
    for axes, region in zip(grid, regions, strict=True):
        draw_phases(found, axes, region)
        axes.set_ylabel("secured by its institution", fontsize=8)
        if axes is not grid[-1]:
            axes.set_xlabel("")
    _phase_key(grid[0], (1.0, 1.0))
    return figure


def _phase_key(axes: Axes, where: tuple[float, float]) -> None:
    from matplotlib.patches import Patch

    keys = [Patch(facecolor=ground, label=words) for ground, words in zip(PHASES, CHOICES, strict=True)]
    axes.legend(
        handles=keys, fontsize=7.5, frameon=False, ncols=4, loc="lower right", bbox_to_anchor=where, borderaxespad=0.2
    )


def _beside(dot: Any, taken: Sequence[Any], dots: Sequence[Any], ends: Any) -> Any:
    """Find a place for a name near a dot, inside the picture and off other names and dots."""
    best, least = dot, np.inf
    for ring in (0.022, 0.04, 0.065, 0.09):
        for angle in np.radians((90, 270, 0, 180, 45, 135, 225, 315)):
            here = dot + np.array([np.cos(angle) * (0.5 * ring + 0.012), np.sin(angle) * 1.6 * ring])
            names = sum(bool((np.abs(here - other) < (0.034, 0.045)).all()) for other in taken)
            crowd = sum(bool((np.abs(here - other) < (0.018, 0.028)).all()) for other in dots)
            outside = here[1] < 0 or not ends[0] + 0.017 < here[0] < ends[1] - 0.017
            cost = 10 * names + 5 * crowd + 10 * ring + 20 * outside
            if cost < least:
                best, least = here, cost
    return best


def _inner(where: Any) -> tuple[int, int, float]:
    """Find the cell of an area that is farthest from its edge, the edges of the picture counted, and how far it is."""
    from scipy.ndimage import distance_transform_edt

    depth = distance_transform_edt(np.pad(where, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(row), int(column), float(depth.max())
