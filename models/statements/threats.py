"""What groups are worth as a challenger grows, or as the United States turns away (S2, S16)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from models.groups import Choice
from models.region import Region
from models.statements.coverage import at_end, covered_shares
from models.statements.payoffs import Payoff, drawn, every_group, payoff
from models.statements.registry import Evidence, Run, evidence_for
from models.statements.verdict import Finding

__all__ = ["THEATRES", "challengers_drive", "us_turns_away"]

Floats = NDArray[np.float64]
THEATRES = ("asia-pacific", "middle-east", "europe")
DRAWS = 200
MEMBERS = 3
"""Of the groups that are counted: the commonest size."""


@evidence_for("S2", fitted=True, regions=THEATRES)
def challengers_drive(run: Run) -> Evidence:
    """Take the challengers' strength away, or double it, and see how many groups the payoff expects.

    The expected number is the sum of exp(v(S)) over all groups of three that may form for an interest with a
    challenger; only its ratio between two circumstances means something, since the cost of founding cancels. The main
    finding is how many there are with the challengers as they are for each one without, the geometric mean of three
    regions. Parts: each region; each challenger twice as strong against as strong as it is; what the groups founded
    against a challenger gain in worth from its being there; and the weight of pressure in the payoff.

    Limits: in the payoff a challenger acts through two terms, the pressure it puts on members and what their pooled
    strength secures against it. The choice of members tells the weight of neither well, and that of pressure is what
    says whether challengers drive anything. One that is weaker than the least threat a group meets anyhow, as Iran and
    North Korea are, acts by pressure alone. Founded groups are valued at the figures of the last year. Which interests
    have challengers is our coding.

    Parameters
    ----------
    run : Run
        With a fit that has the regions asked for.

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        Draws do not fit the terms of a region, or are not finite.
    """
    payoffs = [payoff(run, name, DRAWS) for name in THEATRES]
    ratios: dict[str, Floats] = {}
    doubled: dict[str, list[Floats]] = {}
    gained: list[Floats] = []
    for given in payoffs:
        region = given.region
        challengers = sorted({c for interest in region.interests for c in interest.challengers})
        opposed = {i.id: i.challengers for i in region.interests if i.challengers}
        gone = region.scenario(threat=dict.fromkeys(challengers, 0.0))
        now = {name: _expected(given, name) for name in opposed}
        ratios[region.title] = _total(now.values()) / _total(_expected(given, name, gone) for name in opposed)
        for code in challengers:
            named = [name for name, against in opposed.items() if code in against]
            twice = region.scenario(threat={code: 2.0})
            more = _total(_expected(given, name, twice) for name in named)
            doubled.setdefault(code, []).append(more / _total(now[name] for name in named))
        founded = [c for c in region.choice_data(until=given.year).choices if c.context[0] in opposed]
        gained += _changes(given, founded, gone)
    every = _middle(ratios.values())
    weight = np.mean([p.coefficients[:, p.region.names.index("pressure")] for p in payoffs], axis=0)
    return Evidence(
        main=_ratio("groups with challengers for one without", every, run),
        basis=f"payoff of three regions, {len(every) - 1} draws, {len(gained)} groups founded against a challenger",
        parts=[
            *(_ratio(f"{title}, same", ratio, run) for title, ratio in ratios.items()),
            *(_ratio(f"{code} twice as strong", _middle(found), run) for code, found in sorted(doubled.items())),
            drawn(
                "founded groups, worth gained from challengers",
                -np.mean(gained, axis=0),
                run,
                null=0.0,
                side="above",
                unit="worth",
            ),
            drawn("weight of pressure", weight, run, null=0.0, side="above", unit="worth"),
        ],
        details={
            "share of draws with more groups by challengers": float((every[:-1] > 1).mean()),
            "share of draws in which most groups vanish without": float((every[:-1] > 2).mean()),
        },
    )


@evidence_for("S16", fitted=True, regions=("europe",))
def us_turns_away(run: Run) -> Evidence:
    """Halve the effort of the United States in Europe, then end it, and value the groups that do without.

    The main finding is how much European minilaterals without the US among their founders gain in worth, at the figures
    of the last year, as the US leaves altogether. Parts: the same at half its effort; the expected number of such
    groups of three, as a ratio (see S2); what groups with the US lose; and, without any coefficient, the gap itself:
    by how much the share that standing bodies cover falls, a mean over the region's interests. The interval of the gap
    runs over the ends of the ranges of relevance and chance of acting.

    Limits: US effort reaches groups without it only through what NATO covers, so the answer turns on the weight of
    pooled strength, which the choice of members hardly tells. A floor of capability below which groups fail is not
    tested: the payoff has none.

    Parameters
    ----------
    run : Run
        With a fit that has the regions asked for.

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        Draws do not fit the terms of a region, or are not finite.
    """
    given = payoff(run, "europe", DRAWS)
    region, year = given.region, given.year
    half, gone = (region.scenario(effort={"USA": left}) for left in (0.5, 0.0))
    choices = region.choice_data(until=year).choices
    usa = region.indices(("USA",))[0]
    without = [c for c in choices if usa not in c.members]
    with_us = [c for c in choices if usa in c.members]
    parts = [_worth("groups without the US, it at half", _changes(given, without, half), run, "above")]
    names = [interest.id for interest in region.interests]
    now, then = (_total(_expected(given, name, where, (usa,)) for name in names) for where in (region, gone))
    parts.append(_ratio("groups without the US, for one while it stays", then / now, run))
    if with_us:
        parts.append(_worth("groups with the US, it gone", _changes(given, with_us, gone), run, "below"))
    lost = {
        end: np.mean(covered_shares(at_end(region, end), year)) - np.mean(covered_shares(at_end(gone, end), year))
        for end in ("value", "low", "high")
    }
    parts.append(
        Finding(
            name="covered share lost, it gone",
            effect=float(lost["value"]),
            interval=(float(min(lost.values())), float(max(lost.values()))),
            null=0.0,
            side="above",
            unit="share",
        )
    )
    change = _changes(given, without, gone)
    return Evidence(
        main=_worth("groups without the US, it gone", change, run, "above"),
        basis=f"payoff of Europe, {len(change[0]) - 1} draws, {len(without)} groups without the US",
        parts=parts,
        details={
            "covered share": {
                "the US there": _by_interest(names, covered_shares(region, year)),
                "the US gone": _by_interest(names, covered_shares(gone, year)),
            },
            "groups with the US": len(with_us),
            "share of draws in which groups without it gain": float((np.mean(change, axis=0)[:-1] > 0).mean()),
        },
    )


def _expected(given: Payoff, interest: str, region: Region | None = None, without: Collection[int] = ()) -> Floats:
    """Sum exp(worth) over all groups of three, (D + 1,)."""
    groups = every_group(given.region, interest, MEMBERS)
    if without:
        groups = groups[~np.isin(groups, list(without)).any(axis=1)]
    total: Floats = np.exp(given.worths(groups, interest, region)).sum(axis=0)
    return total


def _total(numbers: Iterable[Floats]) -> Floats:
    total: Floats = np.sum(list(numbers), axis=0)
    return total


def _middle(ratios: Iterable[Floats]) -> Floats:
    """Give the geometric mean."""
    middle: Floats = np.exp(np.mean([np.log(ratio) for ratio in ratios], axis=0))
    return middle


def _changes(given: Payoff, groups: Iterable[Choice], region: Region) -> list[Floats]:
    """Say how much more each group is worth under other circumstances, each (D + 1,)."""
    changes = []
    for choice in groups:
        members, interest = np.array([choice.members]), choice.context[0]
        changes.append(given.worths(members, interest, region)[0] - given.worths(members, interest)[0])
    return changes


def _worth(name: str, changes: list[Floats], run: Run, side: str) -> Finding:
    return drawn(name, np.mean(changes, axis=0), run, null=0.0, side=side, unit="worth")


def _ratio(name: str, ratio: Floats, run: Run) -> Finding:
    return drawn(name, ratio, run, null=1.0, side="above", unit="ratio")


def _by_interest(names: Iterable[str], shares: Iterable[float]) -> Mapping[str, float]:
    return {name: round(share, 3) for name, share in zip(names, shares, strict=True)}
