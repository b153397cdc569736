"""Who is like whom: groups against random sets, by orientation and over standing bodies (S6, S11)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.panel import Group, Panel
from models.statements.chance import percentiles, random_sets
from models.statements.intervals import bootstrap_interval, known_median, wilson_interval
from models.statements.observed import REGIONS, by_region, families, members_in, minilaterals
from models.statements.registry import Evidence, Run, evidence_for
from models.statements.verdict import Finding

__all__ = ["nested_in_bodies", "us_led_and_others"]

MEASURED = {
    "ideal_point": "ideal points",
    "kilometres": "kilometres",
    "gdp_usd": "capability",
    "polyarchy": "regime",
}
LEVELS = (
    ("us_led", "ideal_point", "above"),
    ("us_led", "kilometres", "above"),
    ("us_led", "gdp_usd", "above"),
    ("us_led", "polyarchy", "above"),
    ("non_us", "ideal_point", "below"),
    ("non_us", "kilometres", "below"),
    ("non_us", "polyarchy", "below"),
)
"""What the claim says of each kind of group, against the fiftieth percentile."""

ORIENTATIONS = {"us_led": "US-led", "non_us": "non-US"}
BODY = 10
"""Members of a standing body."""

BARE = "{} without the US itself, same"

SETS = 2000
TAGS = {"asia_pacific": "AP", "middle_east": "ME", "europe": "EU"}


@evidence_for("S6")
def us_led_and_others(run: Run) -> Evidence:
    """Compare US-led with non-US minilaterals, each placed among random sets of its size.

    A group's founders are placed among 999 sets of their number drawn from the states of the panel, on figures of
    the year before founding: mean distance of pairs in UN ideal points, in kilometres and in electoral democracy,
    and summed GDP. The main finding is the median percentile of US-led less that of non-US groups on ideal points,
    bootstrapped over families of the same founders. Parts: the same for kilometres, capability and, as another
    measure of likeness, regime; for ideal points, kilometres and capability with the US itself left out of groups and
    random sets; and each kind's own median against the fiftieth percentile, on the side the claim names.

    Limits: the US sits at one end of the ideal points, an ocean away and with the largest economy, so a group with it
    is far apart and rich by construction: the medians without it are in the details. Founders outside the panel are
    not measured. Groups with the US as a plain member, and challenger-led ones, are left out. The list holds groups
    that formed.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        A kind of group is missing.
    """
    panel = run.panel
    every = [g for g in minilaterals(panel) if g.start - 1 in panel.years]
    groups = [g for g in every if g.orientation in ORIENTATIONS]
    kinds = np.array([g.orientation for g in groups])
    for kind in ORIENTATIONS:
        if not (kinds == kind).any():
            raise ValueError(f"S6: no minilateral of orientation {kind!r} founded after {panel.first_year}")
    circles = families(panel, groups)
    placed = {measure: percentiles(panel, groups, measure, run.rng) for measure in MEASURED}
    bare = {
        measure: percentiles(panel, groups, measure, run.rng, without=("USA",))
        for measure in ("ideal_point", "kilometres")
    }
    gaps = [_gap(f"{MEASURED[m]}, US-led less non-US", placed[m], kinds, circles, run) for m in MEASURED]
    gaps += [_gap(BARE.format(MEASURED[m]), bare[m], kinds, circles, run) for m in bare]
    levels = [
        _level(f"{ORIENTATIONS[kind]}, {MEASURED[measure]}", placed[measure], kinds == kind, side, circles, run)
        for kind, measure, side in LEVELS
    ]
    core = [state for state in panel.states if panel.tags[state]["core"] == "1"]
    among_core = {m: percentiles(panel, groups, m, run.rng, pool=core) for m in ("ideal_point", "kilometres")}
    bare["gdp_usd"] = percentiles(panel, groups, "gdp_usd", run.rng, without=("USA",))
    gaps.append(_gap(BARE.format(MEASURED["gdp_usd"]), bare["gdp_usd"], kinds, circles, run))
    rest = [g for g in every if g.orientation == "challenger_led"]
    return Evidence(
        main=gaps[0],
        basis=", ".join(f"{(kinds == kind).sum()} {name} groups" for kind, name in ORIENTATIONS.items()),
        parts=[*gaps[1:], *levels],
        details={
            "median percentile": {
                f"{ORIENTATIONS[kind]}, {MEASURED[m]}": float(np.nanmedian(placed[m][kinds == kind]))
                for kind in ORIENTATIONS
                for m in MEASURED
            },
            "median percentile without the US itself": {
                f"{ORIENTATIONS[kind]}, {MEASURED[m]}": float(np.nanmedian(placed_bare[kinds == kind]))
                for kind in ORIENTATIONS
                for m, placed_bare in bare.items()
            },
            "median percentile among core states": {
                f"{ORIENTATIONS[kind]}, {MEASURED[m]}": float(np.nanmedian(among[kinds == kind]))
                for m, among in among_core.items()
                for kind in ORIENTATIONS
            },
            "challenger-led groups": len(rest),
        },
    )


@evidence_for("S11")
def nested_in_bodies(run: Run) -> Evidence:
    """Measure how many minilaterals lie inside one standing body, beyond what their region gives by chance.

    A minilateral is nested if, in the year before it was founded, its founders were a strict subset of the members of
    a listed institution or alliance of ten or more. For each group the same share is taken over 2,000 sets of
    its size from the panel's states of its region (all states for groups across regions). The effect is the
    mean of nested less that share, bootstrapped over families of the same founders. Parts: the same by region, and
    the plain share of nested groups against one half, with Wilson's interval.

    Limits: nested is not the same as using a body's infrastructure. Regions are our tags. Listed membership of
    bodies without dated rows is taken to hold from their start; bodies missing from the list cannot be found.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence
    """
    panel = run.panel
    groups = minilaterals(panel)
    bodies = [g for g in panel.groups if g.kind in ("institution", "alliance") and len(g.members) >= BODY]
    nested, expected = np.zeros(len(groups)), np.zeros(len(groups))
    for position, group in enumerate(groups):
        standing = [m for body in bodies if len(m := members_in(panel, body, group.start - 1)) >= BODY]
        founders = frozenset(panel.founders(group))
        nested[position] = any(founders < members for members in standing)
        expected[position] = _chance_nested(panel, group, len(founders), standing, run.rng)
    excess, circles = nested - expected, families(panel, groups)
    main = _mean("all regions", excess, circles, run)
    at = {group.name: position for position, group in enumerate(groups)}
    parts = []
    for name, found in by_region(groups).items():
        here = np.array([at[group.name] for group in found])
        parts.append(_mean(name, excess[here], [circles[i] for i in here], run))
    inside = int(nested.sum())
    parts.append(
        Finding(
            name="plain share",
            effect=inside / len(groups),
            interval=wilson_interval(inside, len(groups), run.level),
            null=0.5,
            side="above",
            unit="share",
        )
    )
    return Evidence(
        main=main,
        basis=f"{len(groups)} minilaterals, {len(bodies)} standing bodies of {BODY} or more",
        parts=parts,
        details={
            "nested the year before founding": inside,
            "expected by chance": float(expected.sum()),
            "nested by listed members": sum(any(set(g.members) < set(b.members) for b in bodies) for g in groups),
            "European by listed members": _european(panel, groups),
        },
    )


def _gap(
    name: str, placed: NDArray[np.float64], kinds: NDArray[np.str_], circles: Sequence[frozenset[str]], run: Run
) -> Finding:
    def gap(at: NDArray[np.intp]) -> float:
        return known_median(placed[at][kinds[at] == "us_led"]) - known_median(placed[at][kinds[at] == "non_us"])

    return Finding(
        name=name,
        effect=gap(np.arange(len(placed))),
        interval=bootstrap_interval(gap, circles, run.level, run.rng),
        null=0.0,
        side="above",
        unit="percentile points",
    )


def _level(
    name: str,
    placed: NDArray[np.float64],
    kept: NDArray[np.bool_],
    side: str,
    circles: Sequence[frozenset[str]],
    run: Run,
) -> Finding:
    values = placed[kept]
    own = [circle for circle, keep in zip(circles, kept, strict=True) if keep]
    return Finding(
        name=name,
        effect=known_median(values),
        interval=bootstrap_interval(lambda at: known_median(values[at]), own, run.level, run.rng),
        null=50.0,
        side=side,
        unit="percentile",
    )


def _mean(name: str, values: NDArray[np.float64], circles: Sequence[frozenset[str]], run: Run) -> Finding:
    return Finding(
        name=name,
        effect=float(values.mean()),
        interval=bootstrap_interval(lambda at: float(values[at].mean()), circles, run.level, run.rng),
        null=0.0,
        side="above",
        unit="share",
    )


def _chance_nested(
    panel: Panel, group: Group, size: int, standing: Sequence[frozenset[str]], rng: np.random.Generator
) -> float:
    tag = TAGS.get(group.region)
    pool = [s for s in panel.states if tag is None or tag in panel.tags[s]["regions"].split(";")]
    if not standing:
        return 0.0
    inside = np.array([[state in members for state in pool] for members in standing])
    sets = random_sets(len(pool), size, SETS, rng)
    larger = np.array([len(members) > size for members in standing])
    return float((inside[:, sets].all(axis=2) & larger[:, None]).any(axis=0).mean())


def _european(panel: Panel, groups: Sequence[Group]) -> dict[str, int]:
    europe = [set(group.members) for group in groups if REGIONS.get(group.region) == "Europe"]
    names = {group.name for group in panel.groups}
    if not {"NATO", "European Union"} <= names:
        return {}
    nato, union = set(panel.group("NATO").members), set(panel.group("European Union").members)
    return {
        "groups": len(europe),
        "inside NATO": sum(members < nato for members in europe),
        "inside the EU": sum(members < union for members in europe),
        "EU and others": sum(bool(members & union) and bool(members - union) for members in europe),
    }
