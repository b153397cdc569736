"""Figures of a rising threat: groups as bands, and how many to expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coalitions.report.style import BLUE, FAINT, GREEN, INK, QUIET, SKY, VERMILION, clean_axes, new_figure
from models.questions.figures import own_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from models.questions.threat_results import InterestSweep, ThreatSweep

__all__ = ["draw_bands", "draw_number", "draw_sweep"]


def draw_bands(found: ThreatSweep, one: InterestSweep, ax: Axes | None = None) -> Axes:
    """Draw groups as bands over the threat: thick where best, outlined where they hold, with the share of draws.

    Parameters
    ----------
    found : ThreatSweep
    one : InterestSweep
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = own_axes(ax, 1.2 + 0.3 * len(one.shown))
    last = len(found.factors) - 1
    for row, group in enumerate(one.shown):
        for k in range(len(found.factors)):
            share = float(one.shares[row, k])
            axes.barh(row, 1, left=k - 0.5, height=0.72, color=BLUE, alpha=0.04 + 0.8 * share, linewidth=0)
            if one.holds[row, k]:
                axes.plot((k - 0.5, k + 0.5), (row + 0.36, row + 0.36), color=GREEN, linewidth=2.2, zorder=3)
            if one.best[k] == group:
                axes.plot((k - 0.5, k + 0.5), (row - 0.36, row - 0.36), color=INK, linewidth=2.2, zorder=3)
    for tip in one.tips:
        axes.axvline(_position(found, tip.factor), color=VERMILION, linewidth=1.0, linestyle="--")
    for tip in one.prior_tips:
        axes.axvline(_position(found, tip.factor), color=VERMILION, linewidth=1.2, linestyle=":")
    if np.isfinite(one.floor) and found.factors[0] < one.floor < found.factors[-1]:
        axes.axvline(_position(found, one.floor), color=QUIET, linewidth=0.9, linestyle=":")
    axes.set_yticks(range(len(one.shown)), ["-".join(group) for group in one.shown], fontsize=6.5)
    axes.set_ylim(len(one.shown) - 0.5, -0.6)
    axes.set_xlim(-0.5, last + 0.5)
    _threat_axis(axes, found)
    axes.set_title(f"{one.interest} {one.title}", fontsize=8, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=2)
    return axes


def draw_number(found: ThreatSweep, ax: Axes | None = None) -> Axes:
    """Draw the expected number of groups over today's.

    Parameters
    ----------
    found : ThreatSweep
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = own_axes(ax, 3.0)
    at = np.arange(len(found.factors))
    axes.fill_between(at, found.number_low, found.number_high, color=SKY, alpha=0.35, linewidth=0)
    axes.plot(at, found.number, "-o", color=BLUE, markersize=3.5, label=f"fit, {found.level:.0%} of draws")
    axes.plot(at, found.number_prior, color=VERMILION, linestyle=":", label="theory alone")
    axes.axhline(1, color=FAINT, linewidth=0.8, zorder=0)
    axes.set_yscale("log")
    low, high = float(found.number_low.min()), float(max(found.number_high.max(), found.number_prior.max()))
    ticks = [t for t in (0.1, 0.25, 0.5, 1, 2, 4, 8) if low / 1.2 <= t <= high * 1.2]
    axes.set_yticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_yticks([], minor=True)
    axes.set_xlim(-0.5, len(found.factors) - 0.5)
    _threat_axis(axes, found)
    axes.set_title(f"expected number of groups of 3 and 4 over that of {found.year}", fontsize=8, loc="left")
    clean_axes(axes, grid="")
    axes.tick_params(labelsize=7)
    axes.legend(fontsize=7, frameon=False, loc="upper left")
    return axes


def draw_sweep(found: ThreatSweep, figure: Figure | None = None) -> Figure:
    """Draw the bands of every interest, and the expected number of groups.

    Parameters
    ----------
    found : ThreatSweep
    figure : matplotlib.figure.Figure, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = [len(one.shown) for one in found.interests]
    heights = [0.17 * count for count in rows]
    total = sum(heights) + 1.5 + 0.42 * (len(rows) + 1) + 0.7
    figure = new_figure(total) if figure is None else figure
    height = figure.get_figheight()
    grid = figure.subplots(len(rows) + 1, 1, height_ratios=[*heights, 1.5])
    mean = (sum(heights) + 1.5) / (len(rows) + 1)
    figure.subplots_adjust(left=0.275, right=0.985, top=1 - 0.5 / height, bottom=0.4 / height, hspace=0.42 / mean)
    for axes, one in zip(grid[:-1], found.interests, strict=True):
        draw_bands(found, one, axes)
        axes.set_xlabel("")
        axes.set_xticks([])
    draw_number(found, grid[-1])
    from matplotlib.lines import Line2D

    keys = [
        Line2D([], [], color=BLUE, linewidth=6, alpha=0.6, label="share of draws best"),
        Line2D([], [], color=INK, linewidth=2.2, label="best by the fit"),
        Line2D([], [], color=GREEN, linewidth=2.2, label="holds by itself"),
        Line2D([], [], color=VERMILION, linestyle="--", label="tipping value"),
        Line2D([], [], color=VERMILION, linestyle=":", label="by theory alone"),
        Line2D([], [], color=QUIET, linestyle=":", label="above reference strength"),
    ]
    figure.legend(handles=keys, fontsize=6.5, frameon=False, ncols=6, loc="upper left", columnspacing=1.0)
    return figure


def _threat_axis(axes: Axes, found: ThreatSweep) -> None:
    axes.set_xticks(range(len(found.factors)), [f"{factor:.3g}" for factor in found.factors], fontsize=7)
    axes.set_xlabel(f"threat of {found.challenger}, times that of {found.year}", fontsize=8)


def _position(found: ThreatSweep, factor: float) -> float:
    return float(np.interp(factor, found.factors, range(len(found.factors))))
