"""How figures look: colours that colour-blind readers tell apart, titles that state a finding, quiet axes."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#C9B800", "#000000"
PALETTE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK, YELLOW, "#8C6D31", "#7F7F7F")
"""Okabe and Ito (2008), the yellow darkened to be seen on white; two more for regions of many interests."""

INK, QUIET, FAINT = "#1A1A1A", "#5F5F5F", "#BBBBBB"
WIDTH = 7.2
"""Inches: a page with margins."""


def new_figure(height: float) -> Figure:
    """Make a figure of the report's width that belongs to no window and no global state.

    Parameters
    ----------
    height : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    return figure


def titled(figure: Figure, finding: str, subject: str) -> float:
    """Put the finding, and below it what is shown, at the top.

    Parameters
    ----------
    figure : Figure
    finding, subject : str

    Returns
    -------
    float
        Where the space below begins, as a share of the height.
    """
    height = figure.get_figheight()
    lines = wrap(finding, 82)
    figure.text(0.015, 1 - 0.10 / height, "\n".join(lines), fontsize=10.5, fontweight="bold", va="top", linespacing=1.2)
    below = 0.16 + 0.18 * len(lines)
    figure.text(0.015, 1 - below / height, subject, fontsize=8.5, color=QUIET, va="top")
    return 1 - (below + 0.20) / height


def sources_line(figure: Figure, text: str) -> None:
    """Put a small line on sources and method at the bottom.

    Parameters
    ----------
    figure : Figure
    text : str
    """
    figure.text(0.015, 0.06 / figure.get_figheight(), text, fontsize=6.5, color=QUIET, va="bottom")


def clean_axes(axes: Any, *, grid: str) -> None:
    """Leave of the axes what is read: two spines, short ticks, a grid along ``'x'``, ``'y'`` or ``''``.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    grid : str
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=2, labelsize=8)
    if grid:
        axes.grid(axis=grid, color="#ECECEC", linewidth=0.7)
        axes.set_axisbelow(True)


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Move labels apart, as little as a sweep up and down takes.

    Parameters
    ----------
    positions : sequence of float
    gap : float
        The least distance between two.

    Returns
    -------
    list of float
        In the order given.

    Examples
    --------
    >>> spread([0.0, 0.0, 5.0], 1.0)
    [-0.5, 0.5, 5.0]
    """
    order = sorted(range(len(positions)), key=lambda k: positions[k])
    clusters: list[list[int]] = []
    for k in order:
        clusters.append([k])
        while len(clusters) > 1 and _start(clusters[-1], positions, gap) < _end(clusters[-2], positions, gap):
            clusters[-2:] = [clusters[-2] + clusters[-1]]
    placed = [0.0] * len(positions)
    for cluster in clusters:
        first = _start(cluster, positions, gap) + gap / 2
        for step, k in enumerate(cluster):
            placed[k] = first + step * gap
    return placed


def _start(cluster: list[int], positions: Sequence[float], gap: float) -> float:
    return sum(positions[k] for k in cluster) / len(cluster) - gap * len(cluster) / 2


def _end(cluster: list[int], positions: Sequence[float], gap: float) -> float:
    return _start(cluster, positions, gap) + gap * len(cluster)


def shortened(text: str, most: int) -> str:
    """Cut a long name at a word.

    Parameters
    ----------
    text : str
    most : int
        Characters, the ellipsis included.

    Returns
    -------
    str

    Examples
    --------
    >>> shortened("Quadrilateral Cooperation and Coordination Mechanism", 30)
    'Quadrilateral Cooperation ...'
    """
    if len(text) <= most:
        return text
    kept = text[: most - 3]
    return (kept[: kept.rindex(" ")] if " " in kept else kept) + " ..."
