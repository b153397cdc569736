"""How far to believe a region's model: fitted to earlier groups, tested on later ones, against plain rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import (
    ChoiceSets,
    Fit,
    Holdout,
    Observed,
    Ranks,
    baseline_ranks,
    completion_sets,
    fit,
    temporal_holdout,
)
from coalitions.calibration.ranks import Estimate
from coalitions.errors import ChoiceError
from coalitions.report.region import ChoiceDataLike, RegionLike

FIT_SIZES = (3, 8)
"""Fewest and most founders of the groups a region offers for fitting."""

SPLIT = 2014
"""The model is tested on groups founded after this year, with figures dated in or before it."""

LEVEL = 0.90
"""Of every interval in a report."""

_LISTS = "stake"
_RULES = {"ties": "earlier small groups shared, nothing else", "distance": "nearness, nothing else"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Score:
    """How one way of ranking does on the later groups.

    Attributes
    ----------
    key : str
        ``"model"``, ``"without stake"``, ``"without lists"``, ``"ties"`` or ``"distance"``.
    label : str
        The same in words.
    ranks : Ranks
    summary : dict
        Estimates with intervals of LEVEL: "mean", "top 1%", "top 5%", "top 10%", and "log loss" and "uniform log
        loss" (nats a choice) where a model gives probabilities.
    """

    key: str
    label: str
    ranks: Ranks
    summary: dict[str, Estimate]


@dataclass(frozen=True, kw_only=True, eq=False)
class Validation:
    """The hold-out of a region: the model first, then its variants, then plain rules.

    Attributes
    ----------
    scores : tuple of Score
    holdout : Holdout
        Of the full model.
    starts : tuple of int
        Year in which each test group was founded.
    interests : tuple of str
        What each was founded for.
    """

    scores: tuple[Score, ...]
    holdout: Holdout
    starts: tuple[int, ...]
    interests: tuple[str, ...]

    def score(self, key: str) -> Score | None:
        """Find a score by its key; None where the region has no such variant."""
        return next((score for score in self.scores if score.key == key), None)


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


def calibrate(region: RegionLike, year: int) -> tuple[Fit, ChoiceDataLike]:
    """Fit a region's coefficients to the groups founded in or before a year.

    Parameters
    ----------
    region : RegionLike
    year : int

    Returns
    -------
    fit : Fit
    data : ChoiceDataLike
        The groups used, and those left out with the reason.

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
    return fit(sets, prior_mean=region.prior_mean, prior_precision=region.prior_precision), data


def validate(region: RegionLike, seed: int) -> Validation:
    """Fit to groups founded by 2014 and rank those founded later among their one-member swaps.

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
    test = region.choice_data(since=SPLIT + 1, data_year=SPLIT)
    later = observed(test)
    full = _holdout(region, everything, later)
    scores = [_of_model("model", "the model", full, seed)]
    if _LISTS in region.names:
        fewer = [k for k in everything if region.names[k] != _LISTS]
        scores.append(_of_model("without stake", "without the stake term", _holdout(region, fewer, later), seed))
        bare = _holdout(region.unlisted(), fewer, later)
        scores.append(_of_model("without lists", "without any list of stakeholders", bare, seed))
    for term, label in _RULES.items():
        if term in region.names:
            ranks = baseline_ranks(later, len(region.states), _Single(region, region.names.index(term)))
            scores.append(Score(key=term, label=label, ranks=ranks, summary=ranks.summary(level=LEVEL, rng=seed)))
    return Validation(
        scores=tuple(scores),
        holdout=full,
        starts=tuple(choice.start for choice in test.choices),
        interests=tuple(choice.context[0] for choice in test.choices),
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


def _of_model(key: str, label: str, holdout: Holdout, seed: int) -> Score:
    return Score(key=key, label=label, ranks=holdout.ranks, summary=holdout.summary(level=LEVEL, rng=seed))


def _second_family_year(region: RegionLike) -> int:
    seen: set[str] = set()
    for choice in sorted(region.choice_data().choices, key=lambda choice: choice.start):
        seen.add(choice.family)
        if len(seen) == 2:
            return choice.start
    raise ChoiceError(f"{region.name} has groups of {len(seen)} circle(s) of founders in all; at least two are needed")
