"""What standing institutions cover: do groups fill the rest, and how much is left in Europe (S3, S12)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.formulas import contest
from models.payoff import features
from models.region import Region
from models.statements.intervals import bootstrap_interval
from models.statements.refits import (
    Fitter,
    combination,
    foretold,
    member_term,
    pooled,
    refit,
    told_better,
    with_groups,
    with_terms,
)
from models.statements.registry import Evidence, Fitted, Run, evidence_for
from models.statements.verdict import Finding
from models.terms import TERMS
from models.theatre import Theatre

__all__ = ["at_end", "covered", "covered_shares", "deter_too_little", "european_needs"]

Floats = NDArray[np.float64]
BODIES = ("NATO", "European Union", "PESCO")
"""NATO and the Union, whose permanent structured cooperation has a row of its own."""

SEVERAL = 2
"""More than two interests left mostly uncovered are several."""


def covered(theatre: Theatre, least: float) -> Floats:
    """Give the share of an interest that standing bodies secure for each state: F = C / (C + T).

    Parameters
    ----------
    theatre : Theatre
    least : float
        The threat where no challenger, or a weak one, is named.

    Returns
    -------
    ndarray of shape (n,)
    """
    share: Floats = contest(theatre.coverage, max(theatre.threat, least), 1.0)
    return share


def covered_shares(region: Region, year: int) -> list[float]:
    """Give the covered share of each interest of a region: a mean over its stakeholders in the pool.

    Parameters
    ----------
    region : Region
    year : int
        Of the figures.

    Returns
    -------
    list of float
        0 to 1, in the order of ``region.interests``.

    Examples
    --------
    >>> import models
    >>> europe = models.load("europe")
    >>> shares = dict(zip([i.id for i in europe.interests], covered_shares(europe, 2024)))
    >>> round(shares["EU1"], 2), round(shares["EU9"], 2)
    (0.89, 0.03)
    """
    found = []
    for interest in region.interests:
        theatre = region.theatre(interest.id, year)
        holders = set(interest.stakeholders) - set(interest.challengers)
        at = [i for i, state in enumerate(region.states) if state in holders]
        found.append(float(covered(theatre, region.settings.reference.value)[at].mean()))
    return found


def at_end(region: Region, end: str, only: Collection[str] | None = None) -> Region:
    """Put the relevance and the chance of acting of standing bodies at one end of their ranges.

    Parameters
    ----------
    region : Region
    end : str
        ``"value"``, ``"low"`` or ``"high"``.
    only : collection of str, optional
        Keep only these bodies.

    Returns
    -------
    Region
    """
    suffix = "" if end == "value" else f"_{end}"
    bodies = tuple(
        replace(body, relevance=getattr(body, f"relevance{suffix}"), acting=getattr(body, f"acting{suffix}"))
        for body in region.panel.institutions
        if only is None or body.name in only
    )
    return replace(region, panel=replace(region.panel, institutions=bodies))


@evidence_for("S3", fitted=True)
def deter_too_little(run: Run) -> Evidence:
    """Ask whether small groups gather where standing institutions cover little.

    Every minilateral is placed by the covered share of its interest among the interests of its region, in the year
    before it was founded. The main finding is their mean place, 0 for the least covered and 1 for the most, against
    one half; bootstrap over families of the same founders. Parts: each region; the coefficient of a member's own
    covered share, added to the payoff and fitted anew, with its clustered interval; and how much better the payoff
    foretells families it was not fitted to (ten folds) with coverage than with coverage switched off.

    Limits: what a body covers is our scenario, not an estimate, and wherever it stands on nothing but purpose and
    membership it says where institutions are busy rather than where they fail. Interests were listed knowing the
    groups, and groups were coded to interests by us.

    Parameters
    ----------
    run : Run
        With a fit.

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        No region of the fit has a group.
    """
    assert run.fitted is not None
    regions = with_groups(run, run.fitted.year)
    places: dict[str, list[float]] = {}
    circles: dict[str, list[frozenset[str]]] = {}
    for region in regions:
        places[region.title], circles[region.title] = _places(region, run.fitted)
    every = [place for found in places.values() for place in found]
    all_circles = [circle for found in circles.values() for circle in found]
    parts = [_placed(title, places[title], circles[title], run) for title in places]

    added = [with_terms(region, [member_term("covered", _own_share(region))]) for region in regions]
    refitted = refit(pooled(added, run.fitted.year), added[0])
    parts.append(combination("weight of a member's covered share", refitted, {"covered": 1.0}, run, side="below"))

    plain = pooled(regions, run.fitted.year)
    off = pooled([region.scenario(coverage=0.0) for region in regions], run.fitted.year)
    gains, families = told_better((plain, _plain(regions)), (off, _plain(regions)), run)
    parts.append(foretold("foretold better with coverage than without", gains, run))
    return Evidence(
        main=_placed("all regions", every, all_circles, run),
        basis=f"{len(every)} minilaterals coded to an interest; {len(families)} families for the fits",
        parts=parts,
        details={
            "covered shares": {
                region.title: dict(
                    zip(
                        [i.id for i in region.interests],
                        np.round(covered_shares(region, run.fitted.year), 3).tolist(),
                        strict=True,
                    )
                )
                for region in regions
            },
            "share of the gain from pooled strength that coverage takes": {
                region.title: _taken(region, run.fitted.year) for region in regions
            },
        },
    )


@evidence_for("S12")
def european_needs(run: Run) -> Evidence:
    """Count the European interests of which NATO and the EU leave more than half uncovered.

    The covered share of an interest is the contest success C / (C + T) of the body that brings up most, C its
    relevance times its chance of acting times the joint strength of its members, averaged over stakeholders. No
    coefficient enters. The interval is no confidence interval: it runs from all bodies at the high end of their ranges
    to all at the low end. Several is taken as more than two. Part: the same where, besides, the least threat a group
    meets is as weak, or as strong, as the range of that number allows. It stands in where no challenger is named and
    where the one that is named is weaker: by open figures, Russia too in most of the interests that name it.

    Limits: relevance and chance of acting are scenarios of ours. A body's strength is that of all its members,
    wherever else they are bound. Covered more than half is not safe.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Evidence
    """
    from models.europe import region as build

    region, year = build(run.panel), run.panel.last_year
    ends = {end: at_end(region, end, BODIES) for end in ("value", "high", "low")}
    counts = {end: _left(where, year) for end, where in ends.items()}
    reference = region.settings.reference
    stretched = {
        end: _left(_with_reference(ends[end], least), year)
        for end, least in (("value", reference.value), ("high", reference.low), ("low", reference.high))
    }
    shares = covered_shares(ends["value"], year)
    return Evidence(
        main=_count("interests mostly uncovered", counts),
        basis=f"{len(region.interests)} European interests in {year}, ranges of {', '.join(BODIES)}",
        parts=[_count("the same, least threat from weakest to strongest", stretched)],
        details={
            "covered share": dict(zip([i.id for i in region.interests], np.round(shares, 3).tolist(), strict=True)),
            "mean share left": 1 - float(np.mean(shares)),
            "interests that meet the least threat": tuple(
                i.id for i in region.interests if region.theatre(i.id, year).threat < reference.value
            ),
            "interests mostly uncovered, only the least threat at its weakest and strongest": tuple(
                _left(_with_reference(ends["value"], least), year) for least in (reference.low, reference.high)
            ),
        },
        prior_range=True,
    )


def _places(region: Region, fitted: Fitted) -> tuple[list[float], list[frozenset[str]]]:
    ids = [interest.id for interest in region.interests]
    shares: dict[int, Floats] = {}
    places, circles = [], []
    for group in region.groups:
        year = group.start - 1
        if group.kind != "minilateral" or year not in region.years or group.start > fitted.year:
            continue
        if year not in shares:
            shares[year] = np.array(covered_shares(region, year))
        own, others = shares[year][ids.index(group.interest)], np.delete(shares[year], ids.index(group.interest))
        places.append(float((others < own).mean() + (others == own).mean() / 2))
        circles.append(frozenset(group.founders))
    return places, circles


def _placed(name: str, places: Sequence[float], circles: Sequence[frozenset[str]], run: Run) -> Finding:
    values = np.array(places)
    return Finding(
        name=name,
        effect=float(values.mean()),
        interval=bootstrap_interval(lambda at: float(values[at].mean()), circles, run.level, run.rng),
        null=0.5,
        side="below",
        unit="place",
    )


def _own_share(region: Region) -> Callable[[Theatre], Floats]:
    return lambda theatre: covered(theatre, region.settings.reference.value)


def _plain(regions: Sequence[Region]) -> Fitter:
    return lambda sets: refit(sets, regions[0])


def _taken(region: Region, year: int) -> float:
    """Say by how much coverage lowers what the founded groups secure together, at the figures of the year."""
    totals = []
    for where in (region, region.scenario(coverage=0.0)):
        term = [TERMS["capability"]]
        totals.append(
            sum(
                float(features(term, where.theatre(c.context[0], year), np.array([c.members]), where.settings)[0, 0])
                for c in where.choice_data(until=year).choices
            )
        )
    return round(1 - totals[0] / totals[1], 3)


def _with_reference(region: Region, value: float) -> Region:
    return replace(
        region,
        settings=replace(region.settings, reference=replace(region.settings.reference, value=value)),
    )


def _left(region: Region, year: int) -> int:
    return sum(share < 0.5 for share in covered_shares(region, year))


def _count(name: str, counts: dict[str, int]) -> Finding:
    return Finding(
        name=name,
        effect=float(counts["value"]),
        interval=(float(counts["high"]), float(counts["low"])),
        null=float(SEVERAL),
        side="above",
        unit="interests",
    )
