"""Do the excluded turn away: three events, before and after, beside states nobody excluded (S10)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.panel import Panel
from models.statements.registry import Evidence, Run, evidence_for
from models.statements.verdict import Finding

__all__ = ["EVENTS", "Event", "excluded_react"]

WINDOW = 3
"""Years before and after; the year of the event itself counts to neither."""

DRAWS = 20_000


@dataclass(frozen=True)
class Event:
    """A group whose founding shut a state out."""

    group: str
    excluded: str
    why: str


EVENTS = (
    Event("Quad (2007)", "CHN", "read as answering to China, which protested by diplomatic notes"),
    Event("AUKUS", "FRA", "ended Australia's order of French submarines; Paris recalled two ambassadors"),
    Event("Negev Forum", "IRN", "read as answering to Iran"),
)


@evidence_for("S10")
def excluded_react(run: Run) -> Evidence:
    """Ask whether the excluded state moved away from the founders in the General Assembly.

    For each event: the excluded state's mean distance from the founders in UN ideal points, averaged over the three
    years after the founding year, less the same over the three years before (fewer where the panel ends). From that
    is taken the mean of the same change over all other outsiders with figures, which share what moved everybody.
    The main finding averages the events; its interval draws one such outsider an event 20,000 times and says how
    far their average strays from its mean. Parts: each event.

    Limits: three events, chosen by us. UN votes are about the world's questions, not about the founders: recalled
    ambassadors, cancelled meetings and sanctions leave no trace in them. After 2022 everybody's points moved with
    the votes on Ukraine. So the test is weak: it can hardly support the claim, and says little if it does not.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        No event is in the panel, or ideal points are missing around one.
    """
    panel = run.panel
    known = {group.name for group in panel.groups}
    events = [event for event in EVENTS if event.group in known]
    if not events:
        raise ValueError(f"S10: none of the groups {', '.join(event.group for event in EVENTS)} is in the panel")
    changes = [_changes(panel, event) for event in events]
    effects = [own - others.mean() for own, others in changes]
    strays = [others - others.mean() for _, others in changes]
    drawn = np.mean([stray[run.rng.integers(len(stray), size=DRAWS)] for stray in strays], axis=0)
    parts = [
        _finding(f"{event.excluded} and {event.group}", effect, stray, run.level)
        for event, effect, stray in zip(events, effects, strays, strict=True)
    ]
    return Evidence(
        main=_finding("all events", float(np.mean(effects)), drawn, run.level),
        basis=f"{len(events)} events, {min(len(s) for s in strays)} or more other outsiders each",
        parts=parts,
        details={
            "change of the excluded": {e.group: float(own) for e, (own, _) in zip(events, changes, strict=True)},
            "mean change of others": {
                e.group: float(others.mean()) for e, (_, others) in zip(events, changes, strict=True)
            },
            "share of others that moved less": {
                e.group: float((others < own).mean()) for e, (own, others) in zip(events, changes, strict=True)
            },
        },
    )


def _finding(name: str, effect: float, strays: NDArray[np.float64], level: float) -> Finding:
    low, high = np.quantile(strays, [(1 - level) / 2, (1 + level) / 2])
    return Finding(
        name=name,
        effect=effect,
        interval=(float(effect - high), float(effect - low)),
        null=0.0,
        side="above",
        unit="ideal points",
    )


def _changes(panel: Panel, event: Event) -> tuple[float, NDArray[np.float64]]:
    group = panel.group(event.group)
    founders = [panel.index(state) for state in panel.founders(group) if state in panel.states]
    points = panel.columns["ideal_point"]

    def distance(years: range) -> NDArray[np.float64]:
        kept = [year - panel.first_year for year in years if year in panel.years]
        apart = np.abs(points[:, None, kept] - points[None, founders][:, :, kept])
        mean: NDArray[np.float64] = apart.mean(axis=(1, 2)) if kept else np.full(len(points), np.nan)
        return mean

    change = distance(range(group.start + 1, group.start + 1 + WINDOW)) - distance(
        range(group.start - WINDOW, group.start)
    )
    at = panel.index(event.excluded)
    others = np.isfinite(change)
    others[[at, *founders]] = False
    if not np.isfinite(change[at]) or not others.any():
        raise ValueError(f"S10: no ideal points of {event.excluded} or of others around {event.group} ({group.start})")
    return float(change[at]), change[others]
