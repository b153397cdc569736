"""Figures of three states: what each is worth, and who should be the fourth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coalitions.report.style import BLUE, FAINT, GREEN, ORANGE, PALETTE, QUIET, VERMILION, clean_axes, new_figure
from models.questions.figures import THEORY, own_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from models.questions.partners import Formats

__all__ = ["draw_formats", "draw_fourths", "draw_values"]


def draw_values(found: Formats, ax: Axes | None = None) -> Axes:
    """Draw the Shapley values of three states by interest, with intervals and what theory alone gives.

    Parameters
    ----------
    found : Formats
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = own_axes(ax, 1.0 + 0.42 * len(found.found))
    for row, one in enumerate(found.found):
        for k, state in enumerate(found.states):
            number, place = one.values[state], row + 0.24 * (k - 1)
            colour = (BLUE, ORANGE, GREEN)[k]
            axes.plot((number.low, number.high), (place, place), color=colour, linewidth=1.8, solid_capstyle="butt")
            axes.plot(number.value, place, "o", color=colour, markersize=4, label=state if row == 0 else None)
            theory = axes.plot(number.prior, place, **THEORY)
    theory[0].set_label("theory alone")
    axes.axvline(0, color=QUIET, linewidth=0.8)
    axes.set_yticks(range(len(found.found)), [one.interest for one in found.found], fontsize=8)
    axes.set_ylim(len(found.found) - 0.5, -0.6)
    axes.set_xlabel("Shapley value, log-odds", fontsize=8)
    clean_axes(axes, grid="x")
    where: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1.0)}
    axes.legend(fontsize=7, frameon=False, ncols=4, columnspacing=0.9, handletextpad=0.3, **where)
    return axes


def draw_fourths(found: Formats, ax: Axes | None = None) -> Axes:
    """Draw the shares of the draws in which each fourth member is best.

    Parameters
    ----------
    found : Formats
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = own_axes(ax, 1.0 + 0.42 * len(found.found))
    often: dict[str, float] = {}
    for one in found.found:
        for fourth in one.fourths:
            often[fourth.state] = often.get(fourth.state, 0.0) + fourth.first
    named = sorted((s for s, share in often.items() if share > 0.05), key=lambda s: -often[s])
    colours = {state: PALETTE[k % len(PALETTE)] for k, state in enumerate(named)}
    for row, one in enumerate(found.found):
        left = 0.0
        for fourth in sorted(one.fourths, key=lambda f: -f.first):
            if fourth.first < 0.005:
                continue
            colour = colours.get(fourth.state, FAINT)
            axes.barh(row, fourth.first, left=left, height=0.62, color=colour, edgecolor="white", linewidth=0.6)
            if fourth.first > 0.09:
                middle = left + fourth.first / 2
                axes.text(middle, row, fourth.state, color="white", fontsize=7, ha="center", va="center")
            left += fourth.first
        axes.text(1.02, row, one.prior_fourth, fontsize=7, va="center", color=VERMILION)
    axes.text(1.02, -0.75, "theory", fontsize=7, color=VERMILION)
    axes.set_yticks(range(len(found.found)), [one.interest for one in found.found], fontsize=8)
    axes.set_ylim(len(found.found) - 0.5, -0.6)
    axes.set_xlim(0, 1)
    axes.set_xticks((0, 0.5, 1), ("0", "50%", "100%"))
    axes.set_xlabel("share of draws in which it is the best fourth", fontsize=8)
    clean_axes(axes, grid="")
    return axes


def draw_formats(found: Formats, figure: Figure | None = None) -> Figure:
    """Draw values and fourth members side by side.

    Parameters
    ----------
    found : Formats
    figure : matplotlib.figure.Figure, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(1.0 + 0.42 * len(found.found)) if figure is None else figure
    height = figure.get_figheight()
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    figure.subplots_adjust(left=0.075, right=0.93, top=1 - 0.36 / height, bottom=0.45 / height, wspace=0.2)
    draw_values(found, left)
    draw_fourths(found, right)
    return figure
