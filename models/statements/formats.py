"""Who meets whom more than their activity explains: three European states, and the challengers (S13, S20)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from models.panel import Group
from models.statements.chance import configuration, percentiles
from models.statements.intervals import bootstrap_interval, known_median
from models.statements.observed import REGIONS, families, founded, membership_table, minilaterals
from models.statements.registry import Evidence, Run, evidence_for
from models.statements.verdict import Finding

__all__ = ["challengers_together", "paris_berlin_london"]

THREE = ("FRA", "DEU", "GBR")
CHAINS = 1000
SINCE = 1996


@evidence_for("S13")
def paris_berlin_london(run: Run) -> Evidence:
    """Count European minilaterals that hold France, Germany and the UK, beyond what their activity gives.

    Whoever was ever a member counts. The null distribution keeps how many European minilaterals each state is in
    and how large each is, and draws who meets whom at random 1,000 times. The effect is the count less the mean of
    the draws; its interval, the count less the draws' own range, excludes 0 where so many are rare by chance. Parts:
    each pair of the three.

    Limits: meeting often is not gaining much; what the three gain needs the payoff. The three are close in space
    and in bodies, which random draws over all European states do not hold fixed.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        No minilateral is European, or one of the three is in none.
    """
    groups = [g for g in minilaterals(run.panel) if REGIONS.get(g.region) == "Europe"]
    if not groups:
        raise ValueError("S13: no minilateral of region 'europe' in the panel")
    table, states = membership_table(run.panel, groups)
    if absent := [state for state in THREE if state not in states]:
        raise ValueError(f"S13: {absent[0]} is in no European minilateral of the panel")
    drawn = configuration(table, CHAINS, run.rng)
    sets = [THREE, *combinations(THREE, 2)]
    findings = [_together("-".join(which), which, table, drawn, states, run.level) for which in sets]
    counts = {f.name: int(_holding(table, states, which).sum()) for f, which in zip(findings, sets, strict=True)}
    every = minilaterals(run.panel)
    return Evidence(
        main=findings[0],
        basis=f"{len(groups)} European minilaterals, {CHAINS:,} random tables with the same margins",
        parts=findings[1:],
        details={
            "together": counts,
            "expected": {f.name: counts[f.name] - f.effect for f in findings},
            "groups of each": {state: int(table[:, states.index(state)].sum()) for state in THREE},
            "founded together": {
                f.name: sum(set(which) <= set(run.panel.founders(g)) for g in groups)
                for f, which in zip(findings, sets, strict=True)
            },
            "together in any region": {
                f.name: sum(set(which) <= set(g.members) for g in every)
                for f, which in zip(findings, sets, strict=True)
            },
        },
    )


@evidence_for("S20")
def challengers_together(run: Run) -> Evidence:
    """Count minilaterals without the US that hold two or more challengers, beyond what their activity gives.

    Challengers are all states some listed group is read as answering to. The null distribution is that of S13, over
    minilaterals the US is not in. Parts: the same without Turkey, a NATO ally our coding calls a challenger; and the
    median percentile of challenger-led groups among random sets of their size (as in S6) on ideal points,
    regime and kilometres, which lies below fifty if they gather the like-minded and near.

    Limits: the coding of challengers is ours and interpretive. Neighbours meet more often than strangers, and random
    draws over all states do not hold that fixed. Whether the payoff that fits the other groups ranks these high needs
    a fit.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        There are no such groups, or fewer than two challengers.
    """
    panel = run.panel
    groups = [g for g in minilaterals(panel) if "USA" not in {*g.members, *panel.founders(g)}]
    named = sorted({state for group in panel.groups for state in group.challengers})
    if not groups or len(named) < 2:
        raise ValueError(f"S20: {len(groups)} minilaterals without the US and {len(named)} challengers; two are needed")
    table, states = membership_table(panel, groups)
    drawn = configuration(table, CHAINS, run.rng)
    main = _several("two or more challengers", named, table, drawn, states, run.level)
    rest = [state for state in named if state != "TUR"]
    parts = [_several("the same without Turkey", rest, table, drawn, states, run.level)]
    led = [g for g in minilaterals(panel) if g.orientation == "challenger_led"]
    measured = [g for g in led if g.start - 1 in panel.years]
    circles = families(panel, measured)
    for measure, words in (("ideal_point", "ideal points"), ("polyarchy", "regime"), ("kilometres", "kilometres")):
        if measured:
            parts.append(_likeness(f"challenger-led, {words}", measure, measured, circles, run))
    return Evidence(
        main=main,
        basis=f"{len(groups)} minilaterals without the US, {CHAINS:,} random tables with the same margins",
        parts=parts,
        details={
            "challengers": tuple(named),
            "together": int((table[:, _columns(states, named)].sum(axis=1) >= 2).sum()),
            f"challenger-led since {SINCE}": len(founded(led, SINCE, panel.last_year)),
            "pairs": {
                f"{a}-{b}": count
                for a, b in combinations(named, 2)
                if (count := sum({a, b} <= {*g.members, *panel.founders(g)} for g in minilaterals(panel)))
            },
        },
    )


def _columns(states: Sequence[str], which: Collection[str]) -> list[int]:
    return [states.index(state) for state in which if state in states]


def _holding(table: NDArray[np.bool_], states: Sequence[str], which: Collection[str]) -> NDArray[np.bool_]:
    return np.asarray(table[..., _columns(states, which)].all(axis=-1))


def _together(
    name: str,
    which: Collection[str],
    table: NDArray[np.bool_],
    drawn: NDArray[np.bool_],
    states: Sequence[str],
    level: float,
) -> Finding:
    observed = int(_holding(table, states, which).sum())
    return _beyond_chance(name, observed, _holding(drawn, states, which).sum(axis=1), level)


def _several(
    name: str,
    which: Collection[str],
    table: NDArray[np.bool_],
    drawn: NDArray[np.bool_],
    states: Sequence[str],
    level: float,
) -> Finding:
    columns = _columns(states, which)
    observed = int((table[:, columns].sum(axis=1) >= 2).sum())
    return _beyond_chance(name, observed, (drawn[:, :, columns].sum(axis=2) >= 2).sum(axis=1), level)


def _beyond_chance(name: str, observed: int, chance: NDArray[np.int_], level: float) -> Finding:
    low, high = np.quantile(chance, [(1 - level) / 2, (1 + level) / 2])
    return Finding(
        name=name,
        effect=observed - float(chance.mean()),
        interval=(float(observed - high), float(observed - low)),
        null=0.0,
        side="above",
        unit="groups",
    )


def _likeness(name: str, measure: str, groups: Sequence[Group], circles: Sequence[frozenset[str]], run: Run) -> Finding:
    placed = percentiles(run.panel, groups, measure, run.rng)
    return Finding(
        name=name,
        effect=known_median(placed),
        interval=bootstrap_interval(lambda at: known_median(placed[at]), circles, run.level, run.rng),
        null=50.0,
        side="below",
        unit="percentile",
    )
