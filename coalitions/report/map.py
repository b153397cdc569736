"""The plan as a map: states at their capitals, every group a numbered hub with a line to each member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.report.region import RegionLike
from coalitions.report.style import (
    FAINT,
    INK,
    PALETTE,
    QUIET,
    WIDTH,
    new_figure,
    shortened,
    sources_line,
    titled,
)
from coalitions.report.table import UNIT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from coalitions.report.study import Study

Floats = NDArray[np.float64]

_MARGIN = np.array([10.0, 6.0])  # degrees around the outermost capitals, room for their names
_GROUND = "#F7F8FA"
_RINGS = (0.05, 0.10, 0.17, 0.26, 0.38)  # inches between a dot and its name
_TURNS = np.radians((0, 180, 90, 270, 45, 135, 315, 225, 22, 158, 202, 338))


def draw_plan(study: Study) -> tuple[Figure, str, str]:
    """Draw the plan on a map of capitals.

    Parameters
    ----------
    study : Study

    Returns
    -------
    figure : Figure
    finding, caption : str
    """
    from matplotlib.patheffects import withStroke

    region = study.region
    interests = list(dict.fromkeys(str(f.group.objective) for f in study.findings))
    order = [i.id for i in study.interests if i.id in interests]
    colors = {interest: PALETTE[k % len(PALETTE)] for k, interest in enumerate(order)}
    places = squeezed(positions(region))
    low, high = places.min(axis=0) - _MARGIN, places.max(axis=0) + _MARGIN
    span = high - low
    wide = WIDTH * 0.97
    tall = max(2.6, wide * span[1] / span[0] * 1.3)
    rows = len(study.findings)
    below = 0.42 + 0.185 * rows
    height = tall + below + 0.62
    figure = new_figure(height)
    finding = _finding(study)
    titled(figure, finding, f"{region.title}, {study.year}: the best set of groups within each state's bandwidth")
    axes = figure.add_axes((0.015, below / height, 0.97, tall / height))
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_facecolor(_GROUND)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    # work in inches from here: distances on paper decide what can be read
    scale = np.array([wide, tall]) / span
    inches = (places - low) * scale
    used = np.array([any(s in f.group.members for f in study.findings) for s in region.states])
    inside = [[region.states.index(str(m)) for m in f.group.members] for f in study.findings]
    size = np.array([wide, tall])
    hubs = _hubs(inches, inside, size)
    back = low + hubs / scale
    for f, members, hub in zip(study.findings, inside, back, strict=True):
        color = colors[str(f.group.objective)]
        for member in members:
            axes.plot(*zip(hub, places[member], strict=True), color=color, linewidth=1.5, alpha=0.8, zorder=2)
    load = Counter(member for members in inside for member in members)
    axes.scatter(places[~used, 0], places[~used, 1], s=9, color=FAINT, zorder=3, linewidths=0)
    sizes = [16 + 11 * load[int(k)] for k in np.flatnonzero(used)]
    axes.scatter(places[used, 0], places[used, 1], s=sizes, color=INK, zorder=4, linewidths=0)
    for f, hub in zip(study.findings, back, strict=True):
        color = colors[str(f.group.objective)]
        axes.plot(*hub, "o", markersize=11, color=color, markeredgecolor="white", markeredgewidth=0.8, zorder=5)
        axes.text(
            hub[0],
            hub[1],
            str(f.number),
            color="white",
            fontsize=7,
            fontweight="bold",
            ha="center",
            va="center",
            zorder=6,
        )
    halo = [withStroke(linewidth=1.8, foreground=_GROUND)]
    for k, (spot, state) in enumerate(zip(_labels(inches, used, hubs, size), region.states, strict=True)):
        name = low + spot / scale
        if np.hypot(*(spot - inches[k])) > 0.30:
            axes.plot(*zip(places[k], name, strict=True), color=QUIET, linewidth=0.5, zorder=3)
        axes.text(
            name[0],
            name[1],
            state,
            path_effects=halo,
            fontsize=8 if used[k] else 6,
            fontweight="bold" if used[k] else "normal",
            color=INK if used[k] else QUIET,
            ha="center",
            va="center",
            zorder=7,
        )
    _legend(study, figure, colors, below)
    sources_line(
        figure,
        "States at their capitals, those far from the middle drawn nearer; larger dots are in more groups, grey ones "
        "in none. No borders implied.",
    )
    caption = "Each numbered disc is a group; its lines lead to its members, its colour is its interest."
    return figure, finding, caption


def positions(region: RegionLike) -> Floats:
    """Place the states of a region, so that none of it is cut at the date line.

    Parameters
    ----------
    region : RegionLike

    Returns
    -------
    ndarray, shape (states, 2)
        Longitude, shifted to within 180 degrees of the mean longitude of the interests' anchors, and latitude. Where no
        interest has an anchor the map is cut at the widest gap between capitals.
    """
    rows = [region.panel.states.index(state) for state in region.states]
    latitude, longitude = region.panel.places[rows].T
    anchors = np.radians([interest.anchor[1] for interest in region.interests if interest.anchor is not None])
    if len(anchors):
        middle = float(np.degrees(np.arctan2(np.sin(anchors).sum(), np.cos(anchors).sum())))
    else:
        middle = _far_from_gap(longitude)
    shifted = (longitude - middle + 180) % 360 - 180 + middle
    return np.column_stack([shifted, latitude])


def squeezed(places: Floats) -> Floats:
    """Draw far places nearer, so that a few of them do not press the others together.

    Parameters
    ----------
    places : ndarray, shape (states, 2)

    Returns
    -------
    ndarray, shape (states, 2)
        The same order from west to east and from south to north; distances from the median beyond the typical one
        grow like their logarithm.
    """
    middle = np.median(places, axis=0)
    away = places - middle
    typical = np.maximum(np.median(np.abs(away), axis=0), 1.0)
    return np.asarray(middle + typical * np.arcsinh(away / typical))


def _far_from_gap(longitude: Floats) -> float:
    """Find the longitude opposite the middle of the widest stretch without a capital."""
    places = np.unique(longitude % 360)
    gaps = np.diff(np.append(places, places[0] + 360))
    widest = int(np.argmax(gaps))
    return float((places[widest] + gaps[widest] / 2) % 360 - 180)


def _finding(study: Study) -> str:
    names = dict(zip(study.region.panel.states, study.region.panel.names, strict=True))
    load = Counter(str(m) for f in study.findings for m in f.group.members)
    if not load:
        return "No group is worth more than its members acting alone"
    most = max(load.values())
    busiest = [names[s] for s in study.region.states if load[s] == most]
    groups = len(study.findings)
    quality = "" if study.plan.is_proven else f" (within {study.plan.gap:.2g} of the best)"
    if most == 1:
        return f"{groups} groups of {len(load)} states, each state in one{quality}"
    who = busiest[0] if len(busiest) == 1 else f"{', '.join(busiest[:-1])} and {busiest[-1]}"
    verb = "is" if len(busiest) == 1 else "are each"
    extra = f"{who} {verb}" if len(busiest) <= 4 else f"{len(busiest)} states are each"
    return f"Of {groups} groups, {extra} in {most}{quality}"


def _legend(study: Study, figure: Figure, colors: dict[str, str], below: float) -> None:
    titles = {interest.id: interest.title for interest in study.interests}
    height = figure.get_figheight()
    for k, f in enumerate(study.findings):
        y = (below - 0.14 - 0.185 * k) / height
        color = colors[str(f.group.objective)]
        figure.text(
            0.03,
            y,
            str(f.number),
            fontsize=7,
            fontweight="bold",
            color="white",
            ha="center",
            va="center",
            bbox={"boxstyle": f"circle,pad={0.22 if f.number < 10 else 0.10}", "color": color, "linewidth": 0},
        )
        figure.text(0.052, y, f"{f.group.objective}  {f.group.name}", fontsize=8, fontweight="bold", va="center")
        figure.text(0.40, y, shortened(titles[str(f.group.objective)], 58), fontsize=8, va="center")
        figure.text(0.985, y, f"{f.group.worth:.1f} {UNIT}", fontsize=8, color=QUIET, va="center", ha="right")


def _hubs(inches: Floats, groups: Sequence[list[int]], size: Floats) -> Floats:
    """Start every hub in the middle of its members, then push hubs off each other and off capitals."""
    hubs = np.array([inches[members].mean(axis=0) for members in groups]).reshape(-1, 2)
    home = hubs.copy()
    for step in range(400):
        push = np.zeros_like(hubs)
        for a in range(len(hubs)):
            others = np.vstack([np.delete(hubs, a, axis=0), inches])
            reach = np.r_[np.full(len(hubs) - 1, 0.34), np.full(len(inches), 0.22)]
            away = hubs[a] - others
            distance = np.hypot(*away.T)
            # hubs at one spot part along fixed, different directions
            angle = 2.4 * a + 0.7
            away[distance < 1e-6] = (np.cos(angle), np.sin(angle))
            near = np.maximum(reach - distance, 0.0) / np.maximum(distance, 1e-3)
            push[a] = (away * np.minimum(near, 1.0)[:, None]).sum(axis=0)
        hubs += 0.5 * push + 0.01 * (home - hubs) * (step < 300)
        hubs = np.clip(hubs, 0.15, size - 0.15)
    return hubs


def _labels(inches: Floats, used: NDArray[np.bool_], hubs: Floats, size: Floats) -> Floats:
    """Put each name beside its dot where nothing else is: states of the plan choose first."""
    taken: list[tuple[float, float, float, float]] = [(*hub, 0.10, 0.10) for hub in hubs]
    for spot, busy in zip(inches, used, strict=True):
        radius = 0.045 if busy else 0.025
        taken.append((*spot, radius, radius))
    placed = np.zeros_like(inches)
    for k in np.argsort(~used, kind="stable"):
        half = np.array([0.145, 0.06]) if used[k] else np.array([0.10, 0.045])
        best, least = inches[k], np.inf
        for ring, reach in enumerate(_RINGS):
            for turn, angle in enumerate(_TURNS):
                spot = inches[k] + np.array([np.cos(angle), np.sin(angle)]) * (half + reach)
                outside = ((spot - half < 0) | (spot + half > size)).any()
                cost = ring + 0.05 * turn + 20 * (outside + sum(_overlap(spot, half, box) for box in taken))
                if cost < least:
                    best, least = spot, cost
        placed[k] = best
        taken.append((*best, *half))
    return placed


def _overlap(spot: Floats, half: Floats, box: tuple[Any, ...]) -> float:
    x = half[0] + box[2] - abs(spot[0] - box[0])
    y = half[1] + box[3] - abs(spot[1] - box[1])
    return float(x > 0 and y > 0)
