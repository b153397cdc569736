"""Claims that counting decides: how many groups, how large, with whom (S1, S5, S7)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from models.panel import Group, Panel
from models.statements.intervals import (
    median_interval,
    newcombe_interval,
    odds_ratio,
    rate_ratio_interval,
    wilson_interval,
)
from models.statements.observed import by_region, founded, minilaterals
from models.statements.registry import Evidence, Run, evidence_for
from models.statements.verdict import Finding

__all__ = ["shift_to_small_groups", "sweet_spot_of_sizes", "without_the_us"]

BEFORE, AFTER = (1995, 2009), (2010, 2024)
SMALL = 7
"""A median below this is small: three to six is the range the literature agrees on."""

SPOT, WIDEST = (3, 6), (3, 9)
"""Sizes of the sweet spot, and of a minilateral in the widest definition of the literature."""

GROWTH = (1990, 2014, 2015, 2024)


@evidence_for("S1")
def shift_to_small_groups(run: Run) -> Evidence:
    """Compare the number of minilaterals founded in 2010-24 with 1995-2009, two spans of fifteen years.

    The effect is the ratio of the two rates with the exact interval for Poisson counts; the same by region. Two
    more parts: the odds of being a minilateral rather than a larger body or programme (institution, alliance,
    partnership, exercise) after against before, with Fisher's exact interval, since a list may simply hold more of
    what is recent; and the median number of founders in 2010-24, by order statistics, against seven.

    Limits: a purposive list of groups that formed. Later groups are better remembered than earlier ones, which
    raises the ratio; the comparison with larger bodies takes out only what both kinds share. The count by five years,
    in the details, says when: the rise is one from 2015 on.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        No minilateral was founded in either span.
    """
    groups = minilaterals(run.panel)
    bodies = [g for g in run.panel.groups if g.kind not in ("minilateral", "bilateral")]
    late, early = founded(groups, *AFTER), founded(groups, *BEFORE)
    if not late and not early:
        raise ValueError(f"S1: no minilateral was founded from {BEFORE[0]} to {AFTER[1]}")
    parts = [_rates(name, found, run.level) for name, found in by_region([*early, *late]).items()]
    late_bodies, early_bodies = founded(bodies, *AFTER), founded(bodies, *BEFORE)
    if late_bodies and early_bodies and early:
        ratio, interval = odds_ratio([[len(late), len(early)], [len(late_bodies), len(early_bodies)]], run.level)
        parts.append(_finding("against larger bodies", ratio, interval, 1.0, "above", "ratio"))
    sizes = [len(run.panel.founders(group)) for group in late]
    if sizes:
        interval = median_interval(sizes, run.level)
        parts.append(_finding("median founders", float(np.median(sizes)), interval, SMALL, "below", "members"))
    return Evidence(
        main=_rates("all regions", [*early, *late], run.level),
        basis=f"{len(early)} minilaterals founded in {BEFORE[0]}-{BEFORE[1]}, {len(late)} in {AFTER[0]}-{AFTER[1]}",
        parts=parts,
        details={
            "minilaterals by five years": {
                f"{y}-{y + 4}": len(founded(groups, y, y + 4)) for y in range(1995, 2025, 5)
            },
            "median listed members": {
                f"{y}-{y + 4}": _median([len(g.members) for g in founded(groups, y, y + 4)])
                for y in range(1995, 2025, 5)
            },
            "larger bodies before and after": (len(early_bodies), len(late_bodies)),
        },
    )


@evidence_for("S5")
def sweet_spot_of_sizes(run: Run) -> Evidence:
    """Measure the share of minilaterals with three to six founders.

    The null value is four sevenths: the share if the seven sizes from three to nine were equally common. Parts:
    the same by region, and for all groups of three or more founders whatever their kind, since a group is called
    minilateral partly for being small.

    Limits: sizes of groups that formed show where groups are, not what each size is worth; that needs the payoff.
    The commonest size is three, the lower edge, and what lies below cannot be seen: pacts of two are hardly
    listed. Eleven of the groups repeat the founders of another; drawing whole families moves no end of an interval by
    more than 0.04.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence
    """
    groups = minilaterals(run.panel)
    sizes = [len(run.panel.founders(group)) for group in groups]
    everyone = [n for g in run.panel.groups if (n := len(run.panel.founders(g))) >= SPOT[0]]
    parts = [
        _in_spot(name, [len(run.panel.founders(g)) for g in found], run.level)
        for name, found in by_region(groups).items()
    ]
    parts.append(_in_spot("groups of every kind", everyone, run.level))
    listed = [len(group.members) for group in groups]
    return Evidence(
        main=_in_spot("minilaterals", sizes, run.level),
        basis=f"founders of {len(groups)} minilaterals",
        parts=parts,
        details={
            "founders": dict(sorted(Counter(sizes).items())),
            "mean listed members": float(np.mean(listed)),
            "median listed members": _median(listed),
            "share with three listed members": _share(listed, 3, 3),
            "share with three to six listed members": _share(listed, *SPOT),
            "share with three to nine listed members": _share(listed, *WIDEST),
        },
    )


@evidence_for("S7")
def without_the_us(run: Run) -> Evidence:
    """Measure the share of minilaterals without the US in each region, against one half.

    A group is without the US if it is neither a founder nor a listed member. The main finding is the Middle East, which
    the claim names; parts are the other regions, and the change of the share in groups founded from 2015 against
    1990-2014. Differences between regions are in the details.

    Limits: a share of the list. Eight of the Asian groups repeat the founders of another: drawing whole families, the
    interval of that share is wider by a third; no verdict changes. Groups the US convened without joining count as
    without it here; by the coding of orientation (led neither by the US nor including it) the counts are in the
    details.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        No minilateral is of the Middle East.
    """
    groups = minilaterals(run.panel)
    regions = by_region(groups)
    if "Middle East" not in regions:
        raise ValueError("S7: no minilateral of region 'middle_east' in the panel")
    counts = {name: (sum(not _has_us(run.panel, g) for g in found), len(found)) for name, found in regions.items()}
    shares = {name: _share_finding(name, *count, run.level) for name, count in counts.items()}
    parts = [finding for name, finding in shares.items() if name != "Middle East"]
    changes = {}
    for name, found in regions.items():
        early, late = founded(found, *GROWTH[:2]), founded(found, *GROWTH[2:])
        if early and late:
            then = (sum(not _has_us(run.panel, g) for g in early), len(early))
            now = (sum(not _has_us(run.panel, g) for g in late), len(late))
            changes[name] = (then, now)
            parts.append(
                _finding(
                    f"{name}, change from 2015",
                    now[0] / now[1] - then[0] / then[1],
                    newcombe_interval(now, then, run.level),
                    0.0,
                    "above",
                    "share",
                )
            )
    pairs = [(a, b) for i, a in enumerate(counts) for b in list(counts)[i + 1 :]]
    return Evidence(
        main=shares["Middle East"],
        basis=f"{counts['Middle East'][1]} minilaterals of the Middle East",
        parts=parts,
        details={
            "without the US": counts,
            "without the US by orientation": {
                name: (sum(g.orientation in ("non_us", "challenger_led") for g in found), len(found))
                for name, found in regions.items()
            },
            "difference": {f"{a} less {b}": newcombe_interval(counts[a], counts[b], run.level) for a, b in pairs},
            "before and from 2015": changes,
        },
    )


def _finding(name: str, effect: float, interval: tuple[float, float], null: float, side: str, unit: str) -> Finding:
    return Finding(name=name, effect=effect, interval=interval, null=null, side=side, unit=unit)


def _rates(name: str, groups: Sequence[Group], level: float) -> Finding:
    after, before = len(founded(groups, *AFTER)), len(founded(groups, *BEFORE))
    exposure = (AFTER[1] - AFTER[0] + 1) / (BEFORE[1] - BEFORE[0] + 1)
    ratio = math.inf if before == 0 else after / before / exposure
    return _finding(name, ratio, rate_ratio_interval(after, before, exposure, level), 1.0, "above", "ratio")


def _in_spot(name: str, sizes: Sequence[int], level: float) -> Finding:
    inside = sum(SPOT[0] <= n <= SPOT[1] for n in sizes)
    even = (SPOT[1] - SPOT[0] + 1) / (WIDEST[1] - WIDEST[0] + 1)
    interval = wilson_interval(inside, len(sizes), level)
    return _finding(name, inside / len(sizes), interval, even, "above", "share")


def _share_finding(name: str, successes: int, trials: int, level: float) -> Finding:
    return _finding(name, successes / trials, wilson_interval(successes, trials, level), 0.5, "above", "share")


def _has_us(panel: Panel, group: Group) -> bool:
    return "USA" in group.members or "USA" in panel.founders(group)


def _share(values: Sequence[int], first: int, last: int) -> float:
    return sum(first <= value <= last for value in values) / len(values)


def _median(values: Sequence[int]) -> float:
    return float(np.median(values)) if values else math.nan
