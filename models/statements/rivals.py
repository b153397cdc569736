"""China and Russia: what Russia builds and breaks, when the pair holds, and if the payoff knows them (S18 to S20)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import Observed, swap_ranks
from coalitions.calibration.ranks import clustered_means
from models.fitting import observed
from models.formulas import contest
from models.groups import Choice
from models.measures import measure
from models.region import Region
from models.statements.payoffs import Payoff, drawn, keenest, payoff, potential, subsets
from models.statements.refits import pooled, refit, with_groups
from models.statements.registry import Evidence, Run, evidence_for
from models.statements.threats import THEATRES
from models.statements.verdict import Finding

__all__ = ["challengers_foretold", "pair_under_pressure", "russia_spoils"]

Floats = NDArray[np.float64]
DRAWS = 200
RUSSIA, CHINA, USA = "RUS", "CHN", "USA"
ORDER = "GL1"
"""The order of the world, among the interests of the global order."""

PLAYERS = 10
SIZES = (3, 4, 5, 6)
TABLES = (("middle-east", "ME4*"), ("middle-east", "ME7*"), ("asia-pacific", "AP9"))
"""Interests that groups with Russia were founded for, nobody opposed."""

WEST = ("USA", "DEU", "JPN", "FRA", "GBR")
RAISES = (0.5, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
"""By which Russia may raise its effort, in parts of what it makes now."""

PRESSURES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Factors on the strength of the United States."""

SPLIT = 2014


@evidence_for("S18", fitted=True, regions=THEATRES)
def russia_spoils(run: Run) -> Evidence:
    """Set what Russia can destroy of the best European groups against what it adds at the tables it sits at.

    What it destroys: for each European interest that names it as challenger, the best group of three to six among the
    ten states of the largest stake loses the share of its success F = X / (X + T) that is gone when Russia raises its
    own effort R to (1 + z) R. T holds all challengers, of whom the others do no more than now, and is never below the
    least threat a group meets: where Russia alone is weaker than that, a raise bites only beyond it. What Russia adds:
    its Shapley value in the game of Russia and the nine keenest in Syria, the South Caucasus and on the Eurasian rim,
    where it did found groups and nobody is opposed, and a set is worth the best group it can form. Both are shares of
    the total. The main finding is their difference where it doubles its effort, z = 1. Parts: the same with a half
    more, at three times and at four times the effort; what it destroys and what it adds, each against an equal share of
    ten.

    Limits: that worth is lost in proportion to success is an assumption and z a choice; the least z tried at which it
    destroys as much as it adds is in the details. No coefficient weighs the two against each other. At European tables
    Russia would add next to nothing, but there it holds no stake by our coding, so that says nothing. What it can do
    outside the contest (energy, votes, sabotage) is not counted.

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
        No European interest names Russia as challenger; or draws do not fit the terms of a region, or are not finite.
    """
    given = payoff(run, "europe", DRAWS)
    named = [interest.id for interest in given.region.interests if RUSSIA in interest.challengers]
    if not named:
        raise ValueError(f"S18: no interest of {given.region.name} names {RUSSIA} as a challenger")
    harm = dict(zip(RAISES, _harm(given, named), strict=True))
    reference = given.region.settings.reference
    own = [_added(payoff(run, name, DRAWS), interest) for name, interest in TABLES]
    adds = np.sum([pair[0] for pair in own], axis=0) / np.sum([pair[1] for pair in own], axis=0)

    def finding(name: str, answers: Floats, null: float = 0.0, side: str = "above") -> Finding:
        return drawn(name, answers, run, null=null, side=side, unit="share")

    even = [z for z in RAISES if np.median(harm[z][:-1]) >= np.median(adds[:-1])]
    return Evidence(
        main=finding("it destroys less it adds, effort doubled", harm[1.0] - adds),
        basis=f"payoff of three regions, {len(adds) - 1} draws, {len(named)} interests that name Russia",
        parts=[
            finding("the same, effort raised by half", harm[0.5] - adds),
            finding("the same, effort trebled", harm[2.0] - adds),
            finding("the same, effort fourfold", harm[3.0] - adds),
            finding("share it destroys, effort doubled", harm[1.0], 1 / PLAYERS),
            finding("share it adds at its own tables", adds, 1 / PLAYERS, "below"),
        ],
        details={
            "interests": tuple(named),
            "strength of Russia and all there is to meet, by interest": {
                name: tuple(round(x, 3) for x in _threats(given, name)[:2]) for name in named
            },
            "least raise at which it destroys as much as it adds": min(even, default=float("inf")),
            "share it destroys, by raise": {z: round(float(np.median(harm[z][:-1])), 3) for z in RAISES},
            "share it destroys, effort doubled, least threat from strongest to weakest": tuple(
                round(float(np.median(_harm(given, named, least)[RAISES.index(1.0)][:-1])), 3)
                for least in (reference.high, reference.low)
            ),
            "a permanent member of the UN Security Council": _council(),
        },
    )


@evidence_for("S19", fitted=True, regions=("global-order",))
def pair_under_pressure(run: Run) -> Evidence:
    """Raise the pressure of the United States on China and Russia, and set their pair against a deal of each with it.

    The pair is for the order of the world (GL1) with the United States as the challenger, whose strength is multiplied;
    the deals are for the same with nobody opposed. With the West left alone, a division of the pair's worth exists that
    neither deal upsets exactly if v(CR) is at least the sum of both deals' worths, where they are positive: the core
    of the structure is then not empty. The main finding is v(CR) less that sum at the pressure of today. Parts: the
    same at twice the pressure; how much the pair gains as pressure rises from nothing to twice; and the main finding
    with each one's best partner of five Western states.

    Limits: no small group of the global order is fitted, so coefficients are those any region is expected to have, and
    the cost of founding is the mean elsewhere. A group of two is smaller than any that was fitted. Pressure is the
    wealth and reach of the United States at 1, not its policy.

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
    given = payoff(run, "global-order")
    region = given.region
    pair = np.array([sorted(region.indices((CHINA, RUSSIA)))])
    # the same row of the tables, so that what standing bodies do for the order counts for pair and deals alike
    against = replace(
        region,
        interests=tuple(replace(i, challengers=(USA,)) if i.id == ORDER else i for i in region.interests),
    )
    held = {h: given.worths(pair, ORDER, against.scenario(threat={USA: h}))[0] for h in PRESSURES}
    deals = {(who, other): _deal(given, who, other) for who in (CHINA, RUSSIA) for other in WEST}
    price = deals[CHINA, USA] + deals[RUSSIA, USA]
    best = sum(np.max([deals[who, other] for other in WEST], axis=0) for who in (CHINA, RUSSIA))
    margin = {h: worth - price for h, worth in held.items()}
    tipping = np.full(len(price), np.inf)
    for h in reversed(PRESSURES):
        tipping[margin[h] >= 0] = h

    def finding(name: str, answers: Floats) -> Finding:
        return drawn(name, answers, run, null=0.0, side="above", unit="worth")

    return Evidence(
        main=finding("the pair less both deals, pressure of today", margin[1.0]),
        basis=f"payoff of the global order, {len(price) - 1} draws",
        parts=[
            finding("the same, pressure doubled", margin[2.0]),
            finding("what the pair gains from none to double pressure", held[2.0] - held[0.0]),
            finding("the pair less each one's best Western deal", held[1.0] - best),
        ],
        details={
            "share of draws in which the pair holds, by pressure": {
                h: round(float((margin[h][:-1] >= 0).mean()), 3) for h in PRESSURES
            },
            "least pressure at which it holds, theory": float(tipping[-1]),
            "worth of the pair and of the deals with the US": {
                "pair": round(float(np.median(held[1.0][:-1])), 2),
                "China": round(float(np.median(deals[CHINA, USA][:-1])), 2),
                "Russia": round(float(np.median(deals[RUSSIA, USA][:-1])), 2),
            },
        },
    )


@evidence_for("S20", fitted=True, after=SPLIT)
def challengers_foretold(run: Run) -> Evidence:
    """Fit the payoff to groups that no challenger leads, and rank those challengers lead among their swaps.

    Fitted to groups founded by 2014 that are not challenger-led, all regions as one; tested on challenger-led groups
    founded since, with figures dated by 2014. The main finding is the mean share of one-member swaps they beat,
    bootstrapped over families. Part: challenger-led groups of all years, each with the figures of the year before. The
    details have the same for other later groups.

    Limits: the interests these groups are coded to, and their stakeholders, were written knowing the groups. A payoff
    that ranks them high shows that nearness, ties and stakes work for challengers as for others, not why they meet.

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
        No group is left to fit, or none led by a challenger came later.
    """
    assert run.fitted is not None
    regions = with_groups(run, SPLIT)
    kinds = {(region.name, group.name): group.orientation for region in regions for group in region.groups}

    def led(region: Region, name: str) -> bool:
        return kinds[region.name, name] == "challenger_led"

    def other(region: Region, choice: Choice) -> bool:
        return not led(region, choice.name)

    theta = refit(pooled(regions, SPLIT, other), regions[0]).coefficients
    until = run.fitted.year
    later = [(r, observed(r.choice_data(since=SPLIT + 1, until=until, data_year=SPLIT))) for r in regions]
    ever = [(r, observed(r.choice_data(until=until))) for r in regions]
    tested = _ranked([(r, [g for g in groups if led(r, g.name)]) for r, groups in later], theta)
    all_years = _ranked([(r, [g for g in groups if led(r, g.name)]) for r, groups in ever], theta)
    others = _ranked([(r, [g for g in groups if not led(r, g.name)]) for r, groups in later], theta)
    if not tested:
        raise ValueError(f"S20: no challenger-led group founded after {SPLIT} can be ranked")
    return Evidence(
        main=_share("later challenger-led groups", tested, run),
        basis=f"fitted to groups by {SPLIT} that no challenger leads, tested on {len(tested)} led by one since",
        parts=[_share("challenger-led groups of all years", all_years, run)],
        details={
            "mean share of other later groups": round(float(np.mean([share for share, _ in others])), 3),
            "other later groups": len(others),
            "later challenger-led groups in the top tenth": round(float(np.mean([s >= 0.9 for s, _ in tested])), 3),
        },
    )


def _harm(given: Payoff, interests: Sequence[str], least: float | None = None) -> Floats:
    """Give the share of the best groups' worth that is lost, for each raise of effort: (raises, D + 1)."""
    total, lost = np.zeros(len(given.coefficients)), np.zeros((len(RAISES), len(given.coefficients)))
    for interest in interests:
        best, loss = _damaged(given, interest, least)
        total += best
        lost += loss
    harm: Floats = lost / total
    return harm


def _damaged(given: Payoff, interest: str, least: float | None = None) -> tuple[Floats, Floats]:
    """Give the worth of the best group, (D + 1,), and what of it is lost for each raise of effort."""
    region = given.region
    theatre = region.theatre(interest, given.year)
    _, now, raised = _threats(given, interest, least)
    decisive = region.settings.contest.value
    pool = keenest(region, interest, given.year, PLAYERS)
    best, lost = np.zeros(len(given.coefficients)), np.zeros((len(RAISES), len(given.coefficients)))
    for size in SIZES:
        groups = subsets(pool, size)
        worths = given.worths(groups, interest)
        found = measure(theatre, np.ascontiguousarray(groups.T), region.settings)
        force = found["joint"] + found["coverage"].mean(axis=0)
        share = 1 - contest(force, raised[:, None], decisive) / contest(force, now, decisive)
        top = worths.max(axis=0)
        lost = np.where(top > best, share[:, worths.argmax(axis=0)] * top, lost)
        best = np.maximum(best, top)
    return best, lost


def _threats(given: Payoff, interest: str, least: float | None = None) -> tuple[float, float, Floats]:
    """Give Russia's own strength, what a group meets now, and what it meets for each raise of Russia's effort."""
    region = given.region
    least = region.settings.reference.value if least is None else least
    every = region.theatre(interest, given.year).threat
    own = every - region.scenario(threat={RUSSIA: 0.0}).theatre(interest, given.year).threat
    return own, max(every, least), np.maximum(every + np.array(RAISES) * own, least)


def _added(given: Payoff, interest: str) -> tuple[Floats, Floats]:
    """Give Russia's Shapley value among the keenest, and the worth of the best group, under each draw."""
    from coalitions import Game, shapley_value

    pool = keenest(given.region, interest, given.year, PLAYERS, (RUSSIA,))
    table = potential(given, interest, pool, SIZES)
    names = [given.region.states[i] for i in pool]
    at = names.index(RUSSIA)
    values: Floats = np.array([shapley_value(Game(names, worths)).payoffs[at] for worths in table.T])
    return values, table[-1]


def _deal(given: Payoff, who: str, other: str) -> Floats:
    if other not in given.region.states:
        return np.zeros(len(given.coefficients))
    pair = np.array([sorted(given.region.indices((who, other)))])
    worth: Floats = np.maximum(given.worths(pair, f"{ORDER}*")[0], 0.0)
    return worth


def _council() -> dict[str, float]:
    """Say what a permanent member of the Security Council can do: the same for all five."""
    from coalitions import coleman_initiative_index, coleman_preventive_index, shapley_shubik_index
    from models.voting_bodies import security_council

    game = security_council()
    indices = {
        "share of power": shapley_shubik_index(game),
        "power to prevent": coleman_preventive_index(game),
        "power to initiate": coleman_initiative_index(game),
    }
    at = game.players.index(RUSSIA)
    return {name: round(float(index.payoffs[at]), 3) for name, index in indices.items()}


def _ranked(groups: list[tuple[Region, list[Observed]]], theta: Floats) -> list[tuple[float, Hashable]]:
    """Give each group's share of swaps beaten, with its family."""
    found: list[tuple[float, Hashable]] = []
    for region, tested in groups:
        if tested:
            ranks = swap_ranks(tested, len(region.states), _features(region), theta)
            found += zip(ranks.share.tolist(), ranks.families, strict=True)
    return found


def _features(region: Region) -> Callable[[NDArray[np.intp], Any], Floats]:
    return lambda members, context: region.features(members, *context)


def _share(name: str, ranked: list[tuple[float, Hashable]], run: Run) -> Finding:
    shares = np.array([[share for share, _ in ranked]])
    (mean,) = clustered_means(shares, [family for _, family in ranked], run.level, rng=run.rng)
    return Finding(
        name=name, effect=mean.value, interval=(mean.low, mean.high), null=0.5, side="above", unit="share of swaps"
    )
