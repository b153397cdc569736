"""How far to believe a region's model: fitted to earlier groups, tested on later ones, against plain rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import (
    ChoiceSets,
    Fit,
    Holdout,
    Observed,
    baseline_ranks,
    completion_sets,
    fit,
    temporal_holdout,
)
from coalitions.calibration.comparison import Comparison, Rival, compare
from coalitions.calibration.ranks import Estimate
from coalitions.calibration.validation import Forecast
from coalitions.errors import ChoiceError
from coalitions.report.region import BacktestLike, ChoiceDataLike, RegionLike

FIT_SIZES = (3, 9)
"""Fewest and most founders of the groups a region offers for fitting."""

SPLIT = 2014
"""The model is tested on groups founded after this year, with figures dated in or before it."""

LEVEL = 0.90
"""Of every interval in a report."""

MODEL, UNLISTED, NO_STAKE = "model", "unlisted", "without stake"
TIES, THREE = "past ties", "three terms"

WORDS = {
    MODEL: "the model",
    UNLISTED: "the model without lists of stakeholders",
    NO_STAKE: "the model without its stake term",
    "opposed": "the model, not told if nobody is opposed",
    "random": "at random",
    "distance": "nearness alone",
    "gravity": "size over distance",
    TIES: "small groups shared before, alone",
    "UN votes": "likeness of votes in the UN, alone",
    "alliances": "standing alliances shared, alone",
    "minimum winning": "smallest winning strength (Riker 1962)",
    "sum of pairs": "a logit of pairs, summed over the group",
    THREE: "stake, nearness and past ties alone",
}
"""What rankings are called for a reader; others keep their names."""

_LISTS = "stake"
_RULES = {TIES: "ties", "distance": "distance"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Validation:
    """How a region's later groups were foretold.

    Attributes
    ----------
    design : str
        What was fitted, and what foretold.
    comparison : Comparison
        The model first, then plain rules.
    variants : mapping of str to Comparison
        Changed models against the same rules, "unlisted" and others.
    forecast : Forecast
        Of the model.
    starts : tuple of int
        Year in which each later group was founded.
    interests : tuple of str
        What each was founded for.
    trained : int
        Groups of the region the model was fitted to.
    """

    design: str
    comparison: Comparison
    variants: Mapping[str, Comparison]
    forecast: Forecast
    starts: tuple[int, ...]
    interests: tuple[str, ...]
    trained: int

    @cached_property
    def estimates(self) -> dict[str, dict[str, dict[str, Estimate]]]:
        """What ``Comparison.estimates`` gives, for the model and each variant; computed once."""
        comparisons = {MODEL: self.comparison, **self.variants}
        return {name: found.estimates() for name, found in comparisons.items()}

    def ahead_of(self, name: str = MODEL) -> tuple[str, ...]:
        """Name the rules that the model, or a variant of it, is clearly ahead of.

        Parameters
        ----------
        name : str
            A key of ``estimates``: the model by default.

        Returns
        -------
        tuple of str
            The interval of "ahead by" lies above 0.
        """
        rows = self.estimates[name].items()
        return tuple(rule for rule, row in rows if "ahead by" in row and row["ahead by"].low > 0)

    def behind(self, name: str = MODEL) -> tuple[str, ...]:
        """Name the rules that it is clearly behind.

        Parameters
        ----------
        name : str
            As for ``ahead_of``.

        Returns
        -------
        tuple of str
            The interval of "ahead by" lies below 0.
        """
        rows = self.estimates[name].items()
        return tuple(rule for rule, row in rows if "ahead by" in row and row["ahead by"].high < 0)

    @property
    def rivals(self) -> dict[str, Rival]:
        """Every way of ranking by name: the model, its variants, then the rules."""
        first, *rules = self.comparison.rivals
        varied = {name: Rival(name, *found.rivals[0][1:]) for name, found in self.variants.items()}
        return {MODEL: first, **varied, **{rule.name: rule for rule in rules}}


def observed(data: ChoiceDataLike) -> list[Observed]:
    """Turn a region's choices into what calibration reads.

    Parameters
    ----------
    data : ChoiceDataLike

    Returns
    -------
    list of Observed
    """
    return [Observed(c.name, c.members, c.context, c.family) for c in data.choices]


def calibrate(region: RegionLike, year: int) -> Fit:
    """Fit a region's coefficients to its own groups founded in or before a year.

    Parameters
    ----------
    region : RegionLike
    year : int

    Returns
    -------
    Fit

    Raises
    ------
    ChoiceError
        Fewer than two families of founders by then: no error could be estimated.

    Notes
    -----
    Completion sets tell who joins, size sets how many; the region's prior fills in where groups are few. Errors
    are clustered by family, since groups of the same founders are not independent.
    """
    data = region.choice_data(until=year)
    families = {choice.family for choice in data.choices}
    if len(families) < 2:
        first = _second_family_year(region)
        raise ChoiceError(
            f"year {year}: {len(data.choices)} observed groups can be fitted by then, and groups of at least two "
            f"different circles of founders are needed; {region.name} has them from {first} on"
        )
    sets = _sets(region, observed(data), list(range(len(region.names))))
    return fit(sets, prior_mean=region.prior_mean, prior_precision=region.prior_precision)


def validate(region: RegionLike, seed: int) -> Validation:
    """Fit to a region's own groups founded by 2014 and rank those founded later among their one-member swaps.

    Parameters
    ----------
    region : RegionLike
    seed : int
        Of the bootstrap.

    Returns
    -------
    Validation
        Of the model; of the model without its stake term and without the lists of stakeholders altogether, since
        whoever wrote the lists knew the groups; and of ranking by earlier ties, or by nearness, alone.

    Raises
    ------
    ChoiceError
        Too few groups on either side of the split.

    Notes
    -----
    Nothing dated after the split is used for either half: an out-of-time test, whatever year a report is for.
    """
    everything = list(range(len(region.names)))
    train = observed(region.choice_data(until=SPLIT, data_year=SPLIT))
    test = region.choice_data(since=SPLIT + 1, data_year=SPLIT)
    later = observed(test)
    circles = len({group.cluster for group in train})
    if circles < 2 or not later:
        raise ChoiceError(
            f"{region.name} has groups of {circles} circles of founders by {SPLIT} and {len(later)} groups since: "
            "two and one are the least to fit one half and foretell the other"
        )
    full = _holdout(region, everything, later)
    rules = [
        Rival(name, baseline_ranks(later, len(region.states), _Single(region, region.names.index(term))))
        for name, term in _RULES.items()
        if term in region.names
    ]

    def against_rules(found: Holdout) -> Comparison:
        rivals = [Rival(MODEL, found.ranks, found.log_loss), *rules]
        return compare(rivals, found.uniform_log_loss, subject=region.title, level=LEVEL, seed=seed)

    variants = {}
    if _LISTS in region.names:
        fewer = [k for k in everything if region.names[k] != _LISTS]
        variants[NO_STAKE] = against_rules(_holdout(region, fewer, later))
        variants[UNLISTED] = against_rules(_holdout(region.unlisted(), fewer, later))
    return Validation(
        design=f"Fitted to the region's groups founded by {SPLIT}, tested on those since {SPLIT + 1}, figures dated by "
        f"{SPLIT}",
        comparison=against_rules(full),
        variants=variants,
        forecast=full.forecast,
        starts=tuple(choice.start for choice in test.choices),
        interests=tuple(choice.context[0] for choice in test.choices),
        trained=len(train),
    )


def validation_of(region: RegionLike, backtest: BacktestLike) -> Validation:
    """Take a region's part of a test of several.

    Parameters
    ----------
    region : RegionLike
    backtest : BacktestLike

    Returns
    -------
    Validation

    Raises
    ------
    ChoiceError
        The region was not tested, or on other groups than it has.
    """
    if region.name not in backtest.forecasts:
        raise ChoiceError(f"{region.name} was not tested; the validation is of {', '.join(backtest.forecasts)}")
    comparison, told = backtest.comparisons[region.name], backtest.forecasts[region.name]
    later = {choice.name: choice for choice in region.choice_data(since=SPLIT + 1, data_year=SPLIT).choices}
    if strange := [name for name in told.ranks.names if name not in later]:
        raise ChoiceError(
            f"the validation is about {strange[0]!r}, which {region.name} did not found since {SPLIT + 1}"
        )
    tested = [later[name] for name in told.ranks.names]
    return Validation(
        design=backtest.design,
        comparison=comparison,
        variants={name: found[region.name] for name, found in backtest.variants.items() if region.name in found},
        forecast=told,
        starts=tuple(choice.start for choice in tested),
        interests=tuple(choice.context[0] for choice in tested),
        trained=len(region.choice_data(until=SPLIT, data_year=SPLIT).choices),
    )


class _Columns:
    """Some of a region's terms, called as calibration calls features."""

    def __init__(self, region: RegionLike, terms: list[int]) -> None:
        self.region = region
        self.terms = terms

    def __call__(self, members: NDArray[np.intp], context: Any) -> NDArray[np.float64]:
        return self.region.features(members, *context)[:, self.terms]


class _Single:
    """One term as a score."""

    def __init__(self, region: RegionLike, term: int) -> None:
        self.columns = _Columns(region, [term])

    def __call__(self, members: NDArray[np.intp], context: Any) -> NDArray[np.float64]:
        return self.columns(members, context)[:, 0]


def _sets(region: RegionLike, groups: list[Observed], terms: list[int]) -> ChoiceSets:
    low, high = FIT_SIZES
    return completion_sets(
        groups,
        len(region.states),
        _Columns(region, terms),
        [region.names[k] for k in terms],
        size_sets=True,
        min_size=low,
        max_size=high,
    )


def _holdout(region: RegionLike, terms: list[int], later: list[Observed]) -> Holdout:
    low, high = FIT_SIZES
    return temporal_holdout(
        observed(region.choice_data(until=SPLIT, data_year=SPLIT)),
        later,
        len(region.states),
        _Columns(region, terms),
        [region.names[k] for k in terms],
        size_sets=True,
        min_size=low,
        max_size=high,
        prior_mean=region.prior_mean[terms],
        prior_precision=region.prior_precision[terms],
    )


def _second_family_year(region: RegionLike) -> int:
    seen: set[str] = set()
    for choice in sorted(region.choice_data().choices, key=lambda choice: choice.start):
        seen.add(choice.family)
        if len(seen) == 2:
            return choice.start
    raise ChoiceError(
        f"{region.name} has groups of {len(seen)} circle(s) of founders in all and cannot be fitted by itself, which "
        "takes two; pass a fit of several regions as fit="
    )
