"""Figures of the best groups: worths with their intervals, and a map of who is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from coalitions.report.style import FAINT, GREEN, INK, ORANGE, QUIET, SKY, clean_axes, new_figure, shortened
from models.questions.figures import THEORY, own_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from models.questions.ranking_results import BestGroups

__all__ = ["draw_map", "draw_ranking"]

LAND = "#F7F8FA"


def draw_ranking(found: BestGroups, ax: Axes | None = None) -> Axes:
    """Draw the worth of every ranked group with its interval; the second ranking stands below the first.

    Parameters
    ----------
    found : BestGroups
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    rows = [(pool, group) for pool, groups in found._pools() for group in groups]
    gap = 0.9
    axes = own_axes(ax, 1.3 + 0.21 * len(rows))
    places, names, place, before = [], [], 0.0, rows[0][0]
    for pool, group in rows:
        place += gap if pool != before else 0.0
        if pool != before:
            axes.text(0.0, place - 0.75, pool, transform=axes.get_yaxis_transform(), fontsize=8, color=QUIET)
        before = pool
        colour = GREEN if group.holds else SKY if group.divisible else FAINT
        axes.plot(group.interval, [place, place], color=colour, linewidth=2.6, solid_capstyle="butt", zorder=2)
        axes.plot(group.worth, place, "o", color=INK, markersize=4, zorder=4)
        axes.plot(group.prior_worth, place, **THEORY, zorder=3)
        axes.text(
            1.01,
            place,
            f"{group.among_top:.0%}" + (f"  {shortened(group.known_as, 26)}" if group.known_as else ""),
            transform=axes.get_yaxis_transform(),
            fontsize=7,
            color=QUIET,
            va="center",
        )
        places.append(place)
        names.append(group.name)
        place += 1.0
    top = len(found.groups)
    axes.text(
        1.01, -0.95, f"in the best {top} of a draw", transform=axes.get_yaxis_transform(), fontsize=7, color=QUIET
    )
    axes.set_yticks(places, names, fontsize=7.5)
    axes.set_ylim(place - 0.4, -1.3)
    axes.axvline(0, color=QUIET, linewidth=0.8)
    axes.set_xlabel(f"worth, log-odds ({found.level:.0%} interval over draws)", fontsize=8)
    clean_axes(axes, grid="x")
    _legend(
        axes,
        [
            ("holds by itself", {"color": GREEN, "linewidth": 2.6}),
            ("holds with payments", {"color": SKY, "linewidth": 2.6}),
            ("does not hold", {"color": FAINT, "linewidth": 2.6}),
            ("theory alone", THEORY),
        ],
        (0.0, 1.0),
        4,
    )
    _titled(axes, f"{found.interest}: {found.title}", 18)
    return axes


def draw_map(found: BestGroups, figure: Figure | None = None) -> Figure:
    """Draw who is in the best groups at the capitals: dots for states, lines for pairs, by how often over all draws.

    Parameters
    ----------
    found : BestGroups
    figure : matplotlib.figure.Figure, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    shares = [("all states", found.presence, found.groups[0].members)]
    if found.lacking:
        shares.append((f"without {', '.join(found.without)}", found.presence_lacking, found.lacking[0].members))
    often = {who for _, presence, _ in shares for who, share in presence.items() if len(who) == 1 and share > 0.01}
    spots = np.array([found.places[state] for (state,) in often])
    margin = np.array([9.0, 6.0])  # degrees: room for names
    low, high = spots.min(axis=0) - margin, spots.max(axis=0) + margin
    figure = new_figure(0.45 + len(shares) * 3.1) if figure is None else figure
    grid = figure.subplots(len(shares), 1, squeeze=False)[:, 0]
    figure.subplots_adjust(left=0.01, right=0.99, top=0.95, bottom=0.05, hspace=0.13)
    for axes, (words, presence, best) in zip(grid, shares, strict=True):
        _draw_presence(axes, found, presence, best, low, high)
        axes.set_title(f"{words}: {'-'.join(best)} is best by the fit", fontsize=9, loc="left", color=INK)
    words = (
        f"{found.interest}, {found.title}. Dots: share of the {len(found.groups)} best groups that hold the state, "
        "over all draws; lines: the same for pairs, from a tenth on, in orange inside the best group."
    )
    figure.text(0.01, 0.01, "\n".join(wrap(words, 135)), fontsize=6.5, color=QUIET)
    return figure


def _draw_presence(
    axes: Axes,
    found: BestGroups,
    presence: Mapping[tuple[str, ...], float],
    best: tuple[str, ...],
    low: Any,
    high: Any,
) -> None:
    from matplotlib.patheffects import withStroke

    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_facecolor(LAND)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    for who, share in presence.items():
        if len(who) == 2 and share >= 0.1:
            ends = np.array([found.places[s] for s in who])
            inside = set(who) <= set(best)
            colour = ORANGE if inside else SKY
            axes.plot(*ends.T, color=colour, linewidth=6 * share, alpha=0.75, zorder=2, solid_capstyle="round")
    states = {who[0]: share for who, share in presence.items() if len(who) == 1}
    for state, (x, y) in found.places.items():
        share = states.get(state, 0.0)
        axes.scatter(x, y, s=8 + 170 * share, color=INK if share > 0.01 else FAINT, zorder=4, linewidths=0)
    halo = [withStroke(linewidth=2.0, foreground=LAND)]
    taken: list[Any] = []
    scale = np.array([7.0, 3.0]) / (high - low)
    for state, share in sorted(states.items(), key=lambda item: -item[1]):
        if share <= 0.01:
            continue
        spot = _free(np.array(found.places[state]), taken, scale, [np.array(found.places[s]) for s in states])
        taken.append(spot)
        text = f"{state} {share:.0%}"
        axes.text(
            float(spot[0]),
            float(spot[1]),
            text,
            fontsize=7,
            ha="center",
            va="center",
            path_effects=halo,
            zorder=6,
            color=INK,
        )


def _free(spot: Any, taken: Sequence[Any], scale: Any, dots: Sequence[Any]) -> Any:
    """Find a place near a dot where neither another name nor another dot is."""
    best, least = spot, np.inf
    for ring in (0.17, 0.27, 0.4):
        for angle in np.radians((90, 270, 20, 160, 340, 200, 55, 125, 235, 305)):
            step = np.array([np.cos(angle) * (ring + 0.16), np.sin(angle) * ring])
            here = spot + step / scale
            names = sum(bool((np.abs((here - other) * scale) < (0.52, 0.15)).all()) for other in taken)
            crowd = sum(bool((np.abs((here - dot) * scale) < (0.27, 0.12)).all()) for dot in dots)
            cost = 10 * names + 4 * crowd + ring
            if cost < least:
                best, least = here, cost
    return best


def _titled(axes: Axes, title: str, pad: float) -> None:
    axes.set_title("\n".join(wrap(title, 90)), fontsize=9.5, loc="left", pad=pad)


def _legend(axes: Axes, entries: list[tuple[str, dict[str, Any]]], where: tuple[float, float], columns: int) -> None:
    from matplotlib.lines import Line2D

    keys = [Line2D([], [], label=words, **looks) for words, looks in entries]
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": where}
    axes.legend(handles=keys, fontsize=7, frameon=False, ncols=columns, columnspacing=1.0, **place)
