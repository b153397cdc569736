"""Europe's small groups: the three capitals together, Germany in front, and what the best groups reach (S13 to S15)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.calibrated import calibrate
from models.payoff import parts as split_by_member
from models.region import Region
from models.statements.payoffs import (
    Payoff,
    best_structures,
    drawn,
    every_group,
    keenest,
    over_draws,
    payoff,
    potential,
    subsets,
)
from models.statements.registry import Evidence, Run, evidence_for
from models.statements.verdict import Finding

__all__ = ["germany_in_front", "small_groups_and_the_union", "three_capitals_gain"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
THREE = ("FRA", "DEU", "GBR")
LEADER, SHIELD, SHIELD_FOR = "DEU", "European Sky Shield Initiative", "EU2"
ABOVE = ("FRA", "USA")
"""Without them Germany is the largest economy of any European group."""

PLAYERS, PARTNERS = 10, 14
SIZES = (3, 4, 5, 6)
DRAWS, FEWER = 200, 60
COSTS = ("coordination", "setup", "autonomy")


@evidence_for("S13", fitted=True, regions=("europe",))
def three_capitals_gain(run: Run) -> Evidence:
    """Compare the best groups with Paris, Berlin and London against the best with two of them.

    For each European interest, groups of three to six are formed among the three and the seven other states of the
    largest stake. The main finding is the worth of the best group with all three less that of the best with exactly
    two, a mean over the ten interests. Parts: the same over the interests in which all three hold a listed stake; and
    the Shapley interaction index of each pair and of the three, in the game in which a set of states is worth the best
    group it can form, less the mean over all pairs or trios of the ten: groups start at three, which makes any trio
    look complementary.

    Limits: the three are tied by the groups they shared before, so the payoff values them for having met. Interactions
    use fewer draws.

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
    three = region.indices(THREE)
    gains: dict[str, Floats] = {}
    for interest in region.interests:
        pool = keenest(region, interest.id, year, PLAYERS, THREE)
        held = {n: np.full(len(given.coefficients), -np.inf) for n in (2, 3)}
        for size in SIZES:
            groups = subsets(pool, size)
            worths, inside = given.worths(groups, interest.id), np.isin(groups, three).sum(axis=1)
            held = {n: np.maximum(best, worths[inside == n].max(axis=0)) for n, best in held.items()}
        gains[interest.id] = held[3] - held[2]
    shared = [i.id for i in region.interests if set(THREE) <= set(i.stakeholders)]
    findings = [_worth("all three less two of them", [gains[i.id] for i in region.interests], run)]
    if shared:
        findings.append(_worth("the same where all three hold a stake", [gains[name] for name in shared], run))
    sets, values = _interactions(payoff(run, "europe", FEWER))
    findings += [
        _worth(f"interaction of {'-'.join(which)}, over a typical one", [found], run)
        for which, found in zip(sets, values, strict=True)
    ]
    return Evidence(
        main=findings[0],
        basis=f"payoff of Europe, {DRAWS} draws ({FEWER} for interactions), {len(gains)} interests",
        parts=findings[1:],
        details={
            "all three less two, by interest": {n: round(float(np.median(g[:-1])), 2) for n, g in gains.items()},
            "interests with a stake of all three": tuple(shared),
        },
    )


@evidence_for("S14", fitted=True, regions=("europe",))
def germany_in_front(run: Run) -> Evidence:
    """Count the European interests for which Germany could lead a small group that pays, and foretell its sky shield.

    A group with Germany and without France and the United States has Germany as its largest economy. The main finding
    is the share of European interests with such a group of three to six, among the fourteen states of the largest
    stake, in which every member gains, against one half. Parts are a hold-out: regions are fitted to groups founded by
    2021, every state is scored by the mean worth of the groups of three it forms with Germany for the missile shield,
    at the figures of 2021, and the chance is given that a founder of the Sky Shield of 2022 scores above another state;
    with and without the lists of stakeholders, which were written knowing the Sky Shield. The interval covers draws
    and, by resampling, states. The details have the same chance by nearness to Germany alone, and what Germany itself
    gains in the best group it leads less what it gains in the best group with France or the United States: that it can
    lead does not say that it should.

    Limits: worth 0 is set so that three quarters of the founded groups pay, and the best of many groups is
    worth more than a typical one, so that some group pays says little. The Sky Shield has 15 founders, more than any
    group that is fitted.

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
    leader, above = region.indices((LEADER,))[0], region.indices(ABOVE)
    pays, own, partners = [], [], {}
    for interest in region.interests:
        pool = keenest(region, interest.id, year, PARTNERS, (LEADER, *ABOVE))
        led = _best_with(given, interest.id, [i for i in pool if i not in above], leader)
        beside = _best_with(given, interest.id, pool, leader, above)
        pays.append(led.willing)
        own.append(led.own - beside.own)
        partners[interest.id] = "-".join(region.states[i] for i in led.members)
    findings = [
        drawn(
            "interests with a group it can lead",
            np.mean(pays, axis=0),
            run,
            null=0.5,
            side="above",
            unit="share",
        ),
        *_shield(run),
    ]
    return Evidence(
        main=findings[0],
        basis=f"payoff of Europe, {DRAWS} draws, {len(pays)} interests; Sky Shield foretold from groups by 2021",
        parts=findings[1:],
        details={
            "best group it leads": partners,
            "founders of the Sky Shield by nearness alone": _by_nearness(run, region),
            "its own gain, in front less beside France or the US": tuple(
                round(x, 2) for x in over_draws(np.mean(own, axis=0)[:-1], run.level)
            ),
            "share of draws in which every member gains": {
                i.id: round(float(willing[:-1].mean()), 3) for i, willing in zip(region.interests, pays, strict=True)
            },
        },
    )


@evidence_for("S15", fitted=True, regions=("europe",))
def small_groups_and_the_union(run: Run) -> Evidence:
    """Set what the best small groups reach beside what all keen states together would.

    For each European interest the ten states of the largest stake are split into groups of three to six, or
    left alone, so that the worths add up to most. Set against it is the worth of all ten in one group, as it would be
    with no cost of founding, coordinating and following. The main finding is the efficiency ratio of the two sums,
    below 1 if small groups are no cure-all. Parts: the ratio again, above 0 if they raise anything; and the best groups
    less the ten in one group with what that costs, below 0 if a union that has to be run would still do better.

    Limits: groups are disjoint for an interest and free of the limits of desks and staff across interests, and what
    outsiders gain is left out. That the ratio is above 0 follows from choosing the best groups; how far is the news.
    In a draw in which the union without costs is worth nothing, there is no ratio to take and it counts as infinite.

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
    given = payoff(run, "europe")
    region, year = given.region, given.year
    free = given.coefficients.copy()
    free[:, [region.names.index(name) for name in COSTS if name in region.names]] = 0.0
    groups, union, costly, alone = [], [], [], {}
    for interest in region.interests:
        pool = keenest(region, interest.id, year, PLAYERS)
        groups.append(best_structures(given, interest.id, pool, SIZES))
        measured = region.features(np.array([pool]), interest.id, year)[0]
        union.append(free @ measured)
        costly.append(given.coefficients @ measured)
        alone[interest.id] = round(over_draws(_ratio(groups[-1], union[-1])[:-1], run.level)[0], 3)
    ratio = _ratio(np.sum(groups, axis=0), np.sum(union, axis=0))
    less = np.sum(groups, axis=0) - np.sum(costly, axis=0)
    return Evidence(
        main=drawn("best groups, of a union without costs", ratio, run, null=1.0, side="below", unit="share"),
        basis=f"payoff of Europe, {len(ratio) - 1} draws, {len(groups)} interests of {PLAYERS} states",
        parts=[
            drawn("the same, over no group at all", ratio, run, null=0.0, side="above", unit="share"),
            drawn("best groups less the union with its costs", less, run, null=0.0, side="below", unit="worth"),
        ],
        details={
            "efficiency by interest": alone,
            "worth of best groups, union without and with costs": tuple(
                round(over_draws(np.sum(found, axis=0)[:-1], run.level)[0], 1) for found in (groups, union, costly)
            ),
        },
    )


def _ratio(reached: Floats, whole: Floats) -> Floats:
    return np.divide(reached, whole, out=np.full_like(whole, np.inf), where=whole > 0)


def _worth(name: str, answers: Sequence[Floats], run: Run) -> Finding:
    return drawn(name, np.mean(answers, axis=0), run, null=0.0, side="above", unit="worth")


def _interactions(given: Payoff) -> tuple[list[tuple[str, ...]], Floats]:
    """Give the interaction of each pair of the three and of all, a mean over interests: (sets, D + 1)."""
    from coalitions import Game, shapley_interaction

    region, sets = given.region, [*combinations(THREE, 2), THREE]
    total = np.zeros((len(sets), len(given.coefficients)))
    for interest in region.interests:
        pool = keenest(region, interest.id, given.year, PLAYERS, THREE)
        names = [region.states[i] for i in pool]
        for d, worths in enumerate(potential(given, interest.id, pool, SIZES).T):
            game = Game(names, worths)
            found = {order: shapley_interaction(game, order=order) for order in (2, 3)}
            usual = {order: values.total / len(values) for order, values in found.items()}
            total[:, d] += [found[len(which)][which] - usual[len(which)] for which in sets]
    return sets, total / len(region.interests)


class _Best(NamedTuple):
    willing: Floats  # (D + 1,) 1 where some group has every member gain
    own: Floats  # (D + 1,) what the leader gains in the group of the largest worth
    members: tuple[int, ...]  # of the group of the largest median worth


def _best_with(
    given: Payoff, interest: str, pool: Sequence[int], leader: int, partners: Sequence[int] | None = None
) -> _Best:
    """Find the best groups with the leader, and with one of some partners where they are given."""
    draws = np.arange(len(given.coefficients))
    willing, best, own = np.zeros(len(draws)), np.full(len(draws), -np.inf), np.zeros(len(draws))
    most, chosen = -np.inf, ()
    for size in SIZES:
        groups = subsets(pool, size)
        groups = groups[(groups == leader).any(axis=1)]
        if partners is not None:
            groups = groups[np.isin(groups, partners).any(axis=1)]
        gains = _gains(given, interest, groups)
        worths = gains.sum(axis=1)
        willing = np.maximum(willing, (gains > 0).all(axis=1).any(axis=0))
        mine = gains[np.arange(len(groups)), (groups == leader).argmax(axis=1)]
        own = np.where(worths.max(axis=0) > best, mine[worths.argmax(axis=0), draws], own)
        best = np.maximum(best, worths.max(axis=0))
        middle = np.median(worths[:, :-1], axis=1)
        if middle.max() > most:
            most, chosen = float(middle.max()), tuple(groups[middle.argmax()].tolist())
    return _Best(willing, own, chosen)


def _gains(given: Payoff, interest: str, groups: Indices) -> Floats:
    """Give what each member gains: (m, k, D + 1)."""
    region = given.region
    table = split_by_member(region.terms, region.theatre(interest, given.year), groups, region.settings)
    gains: Floats = np.swapaxes(table, 1, 2) @ given.coefficients.T
    return gains


def _shield(run: Run) -> list[Finding]:
    """Foretell the founders of the Sky Shield, with and without the lists of stakeholders."""
    assert run.fitted is not None
    regions = run.fitted.regions
    group = next((g for g in regions["europe"].groups if g.name == SHIELD), None)
    if group is None:
        return []
    year, findings = group.start - 1, []
    for words, listed in (("", True), (", without lists", False)):
        told = calibrate([r if listed else r.unlisted() for r in regions.values()], year=year, draws=DRAWS)
        region = told.regions["europe"]
        given = Payoff(region, year, np.vstack([told.draws["europe"], region.prior_mean]))
        findings.append(_told(f"founders of the Sky Shield{words}", given, group.founders, run))
    return findings


def _told(name: str, given: Payoff, founders: Sequence[str], run: Run) -> Finding:
    """Say how likely a founder scores above another state, over draws and resampled states."""
    region = given.region
    leader = region.indices((LEADER,))[0]
    groups = every_group(region, SHIELD_FOR, 3)
    groups = groups[(groups == leader).any(axis=1)]
    worths = given.worths(groups, SHIELD_FOR)
    states = [i for i in region.eligible(SHIELD_FOR) if i != leader]
    scores = np.array([worths[(groups == i).any(axis=1)].mean(axis=0) for i in states])
    inside = np.array([region.states[i] in founders for i in states])
    yes, no = scores[inside], scores[~inside]
    areas = np.array([_area(a, b) for a, b in zip(yes.T, no.T, strict=True)])
    drawn_again = [
        _area(run.rng.choice(a, len(a)), run.rng.choice(b, len(b))) for a, b in zip(yes.T[:-1], no.T[:-1], strict=True)
    ]
    _, low, high = over_draws(np.array(drawn_again), run.level)
    return Finding(
        name=name,
        effect=over_draws(areas[:-1], run.level)[0],
        interval=(low, high),
        null=0.5,
        side="above",
        unit="chance",
        theory=float(areas[-1]),
    )


def _by_nearness(run: Run, region: Region) -> float:
    group = next((g for g in region.groups if g.name == SHIELD), None)
    if group is None:
        return float("nan")
    others = [s for i, s in enumerate(region.states) if i in region.eligible(SHIELD_FOR) and s != LEADER]
    near = -run.panel.distance_km(others, (LEADER,))[:, 0]
    inside = np.isin(others, group.founders)
    return round(_area(near[inside], near[~inside]), 3)


def _area(yes: Floats, no: Floats) -> float:
    return float((np.sign(yes[:, None] - no[None, :]).mean() + 1) / 2)
