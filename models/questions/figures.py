"""What the figures of answers share: the mark of what theory alone would say, and room to draw in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coalitions.report.style import VERMILION, WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["THEORY", "own_axes"]

THEORY: dict[str, Any] = {
    "marker": "D",
    "markerfacecolor": "white",
    "markeredgecolor": VERMILION,
    "markersize": 4.5,
    "linestyle": "",
}
"""Looks of a value by theory alone, beside that of the fit."""


def own_axes(ax: Axes | None, height: float) -> Axes:
    """Take the axes given, or make a figure of the report's width.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional
    height : float
        Inches.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(WIDTH, height), layout="constrained")[1]
