"""Fits made for a test: with a further term, without some states, or left out fold by fold."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import ChoiceSets, Fit, completion_sets, evaluate, fit
from models.groups import Choice
from models.panel import FOUNDERS
from models.payoff import Term
from models.region import Region
from models.statements.intervals import bootstrap_interval
from models.statements.registry import Run
from models.statements.verdict import Finding
from models.theatre import Number, Theatre

__all__ = [
    "Fitter",
    "combination",
    "foretold",
    "member_term",
    "pooled",
    "refit",
    "told_better",
    "with_groups",
    "with_terms",
]

Floats = NDArray[np.float64]
Fitter = Callable[[ChoiceSets], Fit]

FOLDS = 10
SPREAD = 2.0
"""Prior standard deviation of a term added for a test, mean 0: a coefficient of 4 over its range would surprise."""


def member_term(name: str, figure: Callable[[Theatre], Floats], *, kinds: Sequence[int] = (0, 1, 2)) -> Term:
    """Make a term of what a member is, whoever its partners are.

    Parameters
    ----------
    name : str
    figure : callable
        From a theatre of n states to their figures, shape (n,).
    kinds : sequence of int
        In which groups it counts: 0 with neither pivot nor rival, 1 with the pivot, 2 with a rival alone.

    Returns
    -------
    Term
        Summed over members, the sum of their figures.
    """

    def table(theatre: Theatre) -> Floats:
        own = figure(theatre)
        found = np.zeros((3, len(own), len(own)))
        # averaged over partners, a row of one figure gives that figure
        found[list(kinds)] = np.where(np.eye(len(own), dtype=bool), 0.0, own[:, None])
        return found

    story = "Added for a test."
    return Term(name=name, unit="the figure", sign=0, story=story, source="ours", properties=frozenset(), table=table)


def with_groups(run: Run, until: int) -> list[Region]:
    """List the regions of a fit that have groups founded by a year.

    Parameters
    ----------
    run : Run
        With a fit.
    until : int
        Last year of founding.

    Returns
    -------
    list of Region

    Raises
    ------
    ValueError
        There is none.
    """
    assert run.fitted is not None
    found = [region for region in run.fitted.regions.values() if region.choice_data(until=until).choices]
    if not found:
        names = ", ".join(run.fitted.regions) or "none"
        raise ValueError(f"no region of the fit ({names}) has a group founded by {until} that could be fitted")
    return found


def with_terms(region: Region, terms: Iterable[Term]) -> Region:
    """Add terms to a payoff, with a weak prior around 0.

    Parameters
    ----------
    region : Region
    terms : iterable of Term
        Of other names than the region's.

    Returns
    -------
    Region
        Its ``names`` end with theirs; each has prior mean 0 and standard deviation ``SPREAD``.
    """
    added = tuple(terms)
    reach = 1.96 * SPREAD
    number = Number(0.0, low=-reach, high=reach, unit="worth per unit of the figure", source="ours", status="prior")
    return replace(
        region, terms=(*region.terms, *added), prior={**region.prior, **{term.name: number for term in added}}
    )


def pooled(
    regions: Iterable[Region],
    until: int,
    keep: Callable[[Region, Choice], bool] = lambda region, choice: True,
    without: str = "",
) -> ChoiceSets:
    """Write the choice sets of several regions down as one.

    Parameters
    ----------
    regions : iterable of Region
        With the same terms.
    until : int
        Last year of founding.
    keep : callable
        Which groups to use.
    without : str, optional
        A state that is taken out of every pool; groups that hold it must not be kept.

    Returns
    -------
    ChoiceSets

    Raises
    ------
    ValueError
        No group is kept.
    """
    parts = []
    for region in regions:
        pool = np.array([i for i, state in enumerate(region.states) if state != without])
        place = {int(i): k for k, i in enumerate(pool)}
        groups = [
            (c.name, tuple(place[i] for i in c.members), c.context, c.family)
            for c in region.choice_data(until=until).choices
            if keep(region, c)
        ]
        if groups:
            parts.append(_sets(region, groups, pool))
    if not parts:
        raise ValueError(f"no group founded by {until} is left to fit")
    return ChoiceSets.concat(parts)


def _sets(region: Region, groups: Sequence[tuple[Any, ...]], pool: NDArray[np.intp]) -> ChoiceSets:
    low, high = FOUNDERS
    return completion_sets(
        groups,
        len(pool),
        lambda members, context: region.features(pool[members], *context),
        region.names,
        size_sets=True,
        min_size=low,
        max_size=high,
    )


def refit(sets: ChoiceSets, region: Region, fixed: Mapping[str, float] | None = None, **options: Any) -> Fit:
    """Fit one set of coefficients under the priors of a region, what founding costs held at its prior.

    Parameters
    ----------
    sets : ChoiceSets
        Of groups of several regions, as from ``pooled``.
    region : Region
        Gives the K terms, prior means and precisions.
    fixed : mapping of str to float, optional
        Coefficients that are held besides.
    **options
        For ``coalitions.calibration.fit``, such as ``prior_precision`` of shape (K,) or ``magnitude``.

    Returns
    -------
    Fit
        Standard errors are clustered by families of the same founders.
    """
    settings = {"prior_precision": region.prior_precision, "magnitude": "estimate", **options}
    held = {"setup": region.prior["setup"].value, **(fixed or {})}
    return fit(sets, prior_mean=region.prior_mean, fixed=held, **settings)


def combination(
    name: str, fitted: Fit, weights: Mapping[str, float], run: Run, *, side: str, theory: float = math.nan
) -> Finding:
    """Make a finding of a coefficient, or a weighted sum of some, with its clustered interval.

    Parameters
    ----------
    name : str
    fitted : Fit
    weights : mapping of str to float
        By term; 0 where not named.
    run : Run
        Its level is that of the interval, of Student's t with one degree of freedom less than families.
    side : str
        ``"above"`` or ``"below"`` 0: where the claim puts it.
    theory : float
        What the priors of theory say.

    Returns
    -------
    Finding
        In log-odds.

    Raises
    ------
    ValueError
        A weight is for no term of the fit.
    """
    if unknown := [term for term in weights if term not in fitted.names]:
        raise ValueError(f"no coefficient {unknown[0]!r} in the fit; known: {', '.join(fitted.names)}")
    row = np.array([weights.get(term, 0.0) for term in fitted.names])
    effect, error = float(row @ fitted.coefficients), float(np.sqrt(row @ fitted.covariance @ row))
    from scipy.special import stdtrit

    reach = float(stdtrit(fitted.degrees_of_freedom, (1 + run.level) / 2)) * error
    return Finding(
        name=name,
        effect=effect,
        interval=(effect - reach, effect + reach),
        null=0.0,
        side=side,
        unit="log-odds",
        theory=theory,
    )


def told_better(
    first: tuple[ChoiceSets, Fitter], second: tuple[ChoiceSets, Fitter], run: Run
) -> tuple[Floats, tuple[Any, ...]]:
    """Say how much better one model foretells families that neither was fitted to, nats a family.

    Parameters
    ----------
    first, second : tuple of ChoiceSets and callable
        The same choices as each model describes them, and how it is fitted.
    run : Run

    Returns
    -------
    gains : array (families,)
        Log likelihood of the first less that of the second.
    families : tuple
    """
    labels = first[0].labels
    fold = run.rng.permutation(len(labels)) % FOLDS
    gains = np.zeros(len(labels))
    for sets, fitter, sign in ((*first, 1.0), (*second, -1.0)):
        for part in range(FOLDS):
            train = sets.select([label for label, k in zip(labels, fold, strict=True) if k != part])
            theta = fitter(train).coefficients
            told = sets.weight * evaluate(sets, theta).log_likelihoods
            sums = np.bincount(sets.cluster, told, len(labels))
            gains[fold == part] += sign * sums[fold == part]
    return gains, labels


def foretold(name: str, gains: Floats, run: Run) -> Finding:
    """Make a finding of how much better one model foretells than another, with its interval over families.

    Parameters
    ----------
    name : str
    gains : array (families,)
        From ``told_better``, nats.
    run : Run

    Returns
    -------
    Finding
        Above 0 is claimed.
    """
    return Finding(
        name=name,
        effect=float(gains.mean()),
        interval=bootstrap_interval(lambda at: float(gains[at].mean()), range(len(gains)), run.level, run.rng),
        null=0.0,
        side="above",
        unit="nats a family",
    )
