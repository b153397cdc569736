"""Who joins: states of few resources near a challenger, and states under American protection (S8, S9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import ChoiceSets, Fit
from models.groups import Choice
from models.panel import Panel
from models.region import Region
from models.statements.refits import (
    SPREAD,
    combination,
    foretold,
    member_term,
    pooled,
    refit,
    told_better,
    with_groups,
    with_terms,
)
from models.statements.registry import Evidence, Run, evidence_for
from models.theatre import Theatre

__all__ = ["near_and_poor", "useful_to_washington"]

Floats = NDArray[np.float64]
USA = "USA"
LED = 1
"""The kind of groups the pivot is in."""


@evidence_for("S8", fitted=True)
def near_and_poor(run: Run) -> Evidence:
    """Add nearness to a challenger, want of resources and their product to the payoff of groups without the US.

    Nearness is the state's place in the pool by distance to the nearest challenger of the interest, 0 for the farthest
    and 1 for the nearest (0 for all where no challenger is opposed); want of resources its place by economy, 1 for
    the smallest. The main finding is the weight of the product in groups coded as without the US, neither US-led nor
    challenger-led: positive if those near and poor join beyond what either gives. The pool is without the US, the
    interval clustered by founders. Parts: the same with challenger-led groups; what want of resources adds next to a
    challenger, and nearness for the poorest; and the product in another form, pressure times the share of the largest
    economy that a state lacks.

    Limits: stakes, ties and distance between members stay in, and take what near and poor states share of them. Several
    forms and samples were tried in making this test. Four are shown, and those left out decided nothing either: one
    that excludes 0 among as many is a hint and no more.

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
        No region of the fit has a group, or none is without the US.
    """
    assert run.fitted is not None
    regions = with_groups(run, run.fitted.year)
    kinds = {(region.name, group.name): group.orientation for region in regions for group in region.groups}

    def alone(region: Region, choice: Choice) -> bool:
        return USA not in {region.states[i] for i in choice.members}

    def non_us(region: Region, choice: Choice) -> bool:
        return alone(region, choice) and kinds[region.name, choice.name] == "non_us"

    panel = regions[0].panel
    figures = {
        "near": lambda theatre: _near(theatre, panel),
        "poor": _poor,
        "near and poor": lambda theatre: _near(theatre, panel) * _poor(theatre),
    }
    narrow = _refitted(regions, figures, run, non_us)
    wide = _refitted(regions, figures, run, alone)
    other = _refitted(regions, {"pressed and poor": lambda t: t.pressure * (1 - t.resources)}, run, non_us)
    names = tuple(figures)
    return Evidence(
        main=combination("near and poor, groups without the US", narrow, {names[2]: 1.0}, run, side="above"),
        basis=f"{narrow.sets} choice sets of {narrow.clusters} families",
        parts=[
            combination("near and poor, with challenger-led groups", wide, {names[2]: 1.0}, run, side="above"),
            combination("poor next to a challenger", narrow, {"poor": 1.0, names[2]: 1.0}, run, side="above"),
            combination("near for the poorest", narrow, {"near": 1.0, names[2]: 1.0}, run, side="above"),
            combination("pressed and poor, groups without the US", other, {"pressed and poor": 1.0}, run, side="above"),
        ],
        details={
            "weights": {name: round(narrow[name], 3) for name in names},
            "weights with challenger-led groups": {name: round(wide[name], 3) for name in names},
            "families with challenger-led groups": wide.clusters,
        },
    )


@evidence_for("S9", fitted=True)
def useful_to_washington(run: Run) -> Evidence:
    """Ask whether states that depend on the US join it more than states that do not.

    A term that counts the partners of the US, whoever they are, is added to the payoff, so that the weight of
    dependence (American troops in the country, on a log scale from 0 to 1) is what dependence adds to the company of
    the US. It is fitted without any prior of its own, and its interval is clustered by founders. Parts: the same
    without the added term, as the payoff has it; and how much better the payoff foretells families it was not fitted to
    (ten folds) with dependence than without, both with the added term. The details give the likelihood ratio of the
    nested fits, scaled by the magnitude that makes overlapping choice sets count once.

    Limits: without the added term the weight also says that the US is sought at all: with troops dealt to states at
    random it is still positive on average. States host American troops where the US sees its interests, so dependence
    stands for shared aims too, and the payoff cannot tell a wish to be useful from being wanted.

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
    year = run.fitted.year
    regions = with_groups(run, year)
    # no prior speaks for the term that is tested
    free = regions[0].prior_precision.copy()
    free[regions[0].names.index("usefulness")] = 0.0
    plain = refit(pooled(regions, year), regions[0], prior_precision=free)
    added = [with_terms(region, [member_term("company", _company, kinds=(LED,))]) for region in regions]
    sets, wider = pooled(added, year), np.append(free, SPREAD**-2)

    def with_dependence(part: ChoiceSets, **options: Any) -> Fit:
        return refit(part, added[0], prior_precision=wider, **options)

    def without(part: ChoiceSets, **options: Any) -> Fit:
        return refit(part, added[0], {"usefulness": 0.0}, prior_precision=wider, **options)

    full = with_dependence(sets)
    ratio = max(0.0, 2 * (full.objective - without(sets, magnitude=full.magnitude).objective))
    gains, families = told_better((sets, with_dependence), (sets, without), run)
    theory = regions[0].prior["usefulness"].value
    return Evidence(
        main=combination("dependence, beyond the company of the US", full, {"usefulness": 1.0}, run, side="above"),
        basis=f"{full.sets} choice sets of {full.clusters} families",
        parts=[
            combination(
                "dependence, as the payoff has it", plain, {"usefulness": 1.0}, run, side="above", theory=theory
            ),
            foretold("foretold better with dependence than without", gains, run),
        ],
        details={
            "likelihood ratio": round(ratio, 2),
            "p-value": round(_tail(ratio), 4),
            "magnitude": round(full.magnitude, 3),
            "weight of the company of the US for a state that does not depend": round(full["company"], 3),
            "families": len(families),
        },
    )


def _refitted(
    regions: Sequence[Region],
    figures: dict[str, Callable[[Theatre], Floats]],
    run: Run,
    keep: Callable[[Region, Choice], bool],
) -> Fit:
    assert run.fitted is not None
    terms = [member_term(name, figure) for name, figure in figures.items()]
    added = [with_terms(region, terms) for region in regions]
    return refit(pooled(added, run.fitted.year, keep, without=USA), added[0])


def _near(theatre: Theatre, panel: Panel) -> Floats:
    challengers = [code for code in theatre.interest.challengers if code in panel.states]
    if not challengers:
        return np.zeros(len(theatre.states))
    kilometres = panel.distance_km(theatre.states, challengers)
    own = np.array([[state == code for code in challengers] for state in theatre.states])
    return _places(-np.where(own, np.inf, kilometres).min(axis=1))


def _poor(theatre: Theatre) -> Floats:
    return 1 - _places(theatre.resources)


def _company(theatre: Theatre) -> Floats:
    others = np.ones(len(theatre.states))
    if theatre.pivot >= 0:
        others[theatre.pivot] = 0.0
    return others


def _places(values: Floats) -> Floats:
    """Give each value's place among the others, 0 for the least and 1 for the largest, ties counting half."""
    lower = (values[:, None] > values[None, :]).sum(axis=1)
    level = (values[:, None] == values[None, :]).sum(axis=1) - 1
    return np.asarray((lower + level / 2) / (len(values) - 1))


def _tail(ratio: float) -> float:
    """Give the chance that a chi-square with one degree of freedom exceeds a value."""
    from math import erfc, sqrt

    return erfc(sqrt(ratio / 2))
