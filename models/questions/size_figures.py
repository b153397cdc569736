"""Figures of group sizes: worth a member against size, over the sizes founded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coalitions.report.style import BLUE, FAINT, ORANGE, QUIET, SKY, VERMILION, clean_axes, new_figure, shortened
from models.questions.figures import own_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from models.questions.sizes import SizeCurve, SizeCurves

__all__ = ["draw_size_curve", "draw_size_curves"]


def draw_size_curve(curve: SizeCurve, ax: Axes | None = None) -> Axes:
    """Draw worth a member against size, with the interval, the closed form, theory alone, and the sizes founded below.

    Parameters
    ----------
    curve : SizeCurve
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = own_axes(ax, 3.4)
    sizes = np.array(curve.sizes)
    axes.fill_between(sizes, curve.low, curve.high, color=SKY, alpha=0.35, linewidth=0)
    axes.plot(sizes, curve.per_member, "-o", color=BLUE, markersize=3.5, linewidth=1.4, label="best group, a member")
    axes.plot(sizes, curve.like, "--", color=QUIET, linewidth=1.1, label="if all were alike")
    axes.plot(sizes, curve.prior, color=VERMILION, linewidth=1.0, linestyle=":", label="theory alone")
    at = curve.sizes.index(curve.whole_peak)
    axes.plot(
        curve.whole_peak, curve.per_member[at], "*", color=ORANGE, markersize=11, label="best as a whole", zorder=5
    )
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    low = min(curve.low.min(), curve.prior.min(), 0.0)
    high = max(curve.high.max(), curve.prior.max(), curve.like.max())
    room = 0.24 * (high - low)
    axes.set_ylim(low - room - 0.06 * (high - low), high + 0.05 * (high - low))
    counts = {size: curve.observed.count(size) for size in set(curve.observed)}
    most = max([*counts.values(), 4])
    for size, count in counts.items():
        base, place = low - room, min(size, sizes[-1] + 0.6)
        axes.bar(place, 0.8 * room * count / most, bottom=base, width=0.5, color=FAINT, zorder=1)
        axes.text(place, base + 0.8 * room * count / most, str(count), fontsize=6, ha="center", color=QUIET)
    axes.set_xticks(sizes)
    axes.set_title(f"{curve.interest} {shortened(curve.title, 80 if ax is None else 29)}", fontsize=7.5, loc="left")
    clean_axes(axes, grid="")
    axes.tick_params(labelsize=7)
    if ax is None:
        axes.legend(fontsize=7.5, frameon=False)
        axes.set_xlabel("members (bars: groups founded; beyond the last size: larger)", fontsize=8)
        axes.set_ylabel("worth a member, log-odds", fontsize=8)
    return axes


def draw_size_curves(found: SizeCurves, figure: Figure | None = None) -> Figure:
    """Draw the curves of all interests of a region side by side.

    Parameters
    ----------
    found : SizeCurves
    figure : matplotlib.figure.Figure, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    columns = min(3, len(found.curves))
    rows = -(-len(found.curves) // columns)
    figure = new_figure(0.75 + 1.95 * rows) if figure is None else figure
    height = figure.get_figheight()
    grid = figure.subplots(rows, columns, squeeze=False)
    figure.subplots_adjust(
        left=0.055, right=0.99, top=1 - 0.52 / height, bottom=0.36 / height, hspace=0.36, wspace=0.17
    )
    for place, axes in enumerate(grid.flat):
        if place < len(found.curves):
            draw_size_curve(found.curves[place], axes)
        else:
            axes.set_axis_off()
    handles, names = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, names, fontsize=7.5, frameon=False, ncols=4, loc="upper left", bbox_to_anchor=(0.03, 1.0))
    words = (
        f"members; bars: groups founded (beyond the last size: larger); bands: {found.level:.0%} of draws; vertical: "
        "worth a member, log-odds"
    )
    figure.text(0.5, 0.07 / height, words, fontsize=7.5, ha="center", color=QUIET)
    return figure
