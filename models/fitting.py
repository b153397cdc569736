"""From regions to coefficients: their choice sets, each fitted alone or all together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import ChoiceSets, Fit, Observed, completion_sets, fit
from coalitions.calibration.hierarchical import HierarchicalFit
from coalitions.calibration.hierarchy import fit_hierarchy
from coalitions.errors import ChoiceError
from models.panel import FOUNDERS
from models.payoff import features

if TYPE_CHECKING:
    from models.groups import ChoiceData
    from models.region import Region

__all__ = ["Coefficients", "Fitter", "as_regions", "choice_sets", "fit_from", "fit_regions", "hierarchical", "observed"]

Floats = NDArray[np.float64]
Coefficients = dict[str, float]

Fitter = Callable[[Mapping[str, ChoiceSets]], Mapping[str, Any] | HierarchicalFit]
"""From each region's choice sets to its coefficients: a Fit, a mapping of names to values, or an array in order; or a
fit of all regions together."""


def fit_regions(
    regions: Iterable[Region],
    until: int | None = None,
    data_year: int | None = None,
    *,
    fitter: Fitter | None = None,
) -> dict[str, Coefficients]:
    """Fit regions to their observed groups.

    Parameters
    ----------
    regions : iterable of Region
    until : int, optional
        Last year of founding.
    data_year : int, optional
        As for ``Region.choice_data``.
    fitter : callable, optional
        As for `models.holdout.holdout`.

    Returns
    -------
    dict of region name to dict
        Coefficients by term.

    Raises
    ------
    ChoiceError
        Too few groups; or a fitter that gives no coefficients for a region, or not one a term.
    """
    chosen = {region.name: region for region in regions}
    sets = {n: choice_sets(r, observed(r.choice_data(until=until, data_year=data_year))) for n, r in chosen.items()}
    return fit_from(chosen, sets, fitter)


def fit_from(
    regions: Mapping[str, Region], sets: Mapping[str, ChoiceSets], fitter: Fitter | None = None
) -> dict[str, Coefficients]:
    """Fit regions to given choice sets.

    Parameters
    ----------
    regions : mapping of name to Region
    sets : mapping of name to ChoiceSets
        Of every region, over its terms.
    fitter : callable, optional
        As for `models.holdout.holdout`.

    Returns
    -------
    dict of region name to dict
        Coefficients by term.

    Raises
    ------
    ChoiceError
        As `fit_regions`.
    """
    if fitter is None:
        return {name: _fit_alone(region, sets[name]).as_dict() for name, region in regions.items()}
    given = fitter(sets)
    found = given.fits if isinstance(given, HierarchicalFit) else given
    if missing := [name for name in regions if name not in found]:
        raise ChoiceError(f"the fitter gives no coefficients for {missing[0]}; it gives {', '.join(found)}")
    return {name: _as_coefficients(found[name], region.names, name) for name, region in regions.items()}


def hierarchical(regions: Region | str | Iterable[Region | str], **options: Any) -> Fitter:
    """Give a fitter that draws the coefficients of regions towards common ones.

    Parameters
    ----------
    regions : Region or name, or several
        Whose priors, averaged, are that of the common coefficients.
    **options
        Passed to `fit_hierarchy`.

    Returns
    -------
    Fitter

    Raises
    ------
    ChoiceError
        The regions differ in terms.
    """
    chosen = list(as_regions(regions).values())
    for other in chosen[1:]:
        if other.names != chosen[0].names:
            raise ChoiceError(f"terms differ between {chosen[0].name} and {other.name}: no common coefficients")
    mean = np.mean([region.prior_mean for region in chosen], axis=0)
    precision = np.mean([region.prior_precision for region in chosen], axis=0)
    return lambda sets: fit_hierarchy(sets, prior_mean=mean, prior_precision=precision, **options)


def choice_sets(region: Region, groups: Sequence[Observed], terms: Sequence[str] | None = None) -> ChoiceSets:
    """Write down who could have been in each group instead, and how large it could have been.

    Parameters
    ----------
    region : Region
    groups : sequence of Observed
    terms : sequence of str, optional
        Those to describe groups by; by default all.

    Returns
    -------
    ChoiceSets
    """
    names = region.names if terms is None else tuple(terms)
    chosen = [region.terms[region.names.index(name)] for name in names]

    def measured(members: NDArray[np.intp], context: Any) -> Floats:
        return features(chosen, region.theatre(*context), members, region.settings)

    n = len(region.states)
    return completion_sets(groups, n, measured, names, size_sets=True, min_size=FOUNDERS[0], max_size=FOUNDERS[1])


def observed(data: ChoiceData) -> list[Observed]:
    """Turn a region's choices into what calibration reads.

    Parameters
    ----------
    data : ChoiceData

    Returns
    -------
    list of Observed
        In the order of founding; the context is (interest, year of the figures), the family the circle of founders.
    """
    return [Observed(c.name, c.members, c.context, c.family) for c in data.choices]


def as_regions(regions: Region | str | Iterable[Region | str]) -> dict[str, Region]:
    """Read one region or several, given as objects or names, into a mapping by name.

    Parameters
    ----------
    regions : Region or name, or several

    Returns
    -------
    dict of name to Region
        In the order given.

    Raises
    ------
    ChoiceError
        There is none, or one name comes twice.
    ValueError
        No region of that name.
    """
    import models

    given: list[Any] = [regions] if isinstance(regions, str) or hasattr(regions, "states") else list(regions)
    found: dict[str, Region] = {}
    for item in given:
        region = models.load(item) if isinstance(item, str) else item
        if region.name in found:
            raise ChoiceError(f"region {region.name} is given twice")
        found[region.name] = region
    if not found:
        raise ChoiceError("no region: give at least one")
    return found


def _fit_alone(region: Region, sets: ChoiceSets) -> Fit:
    if len(sets.labels) < 2:
        raise ChoiceError(
            f"{region.name}: the groups to fit have {len(sets.labels)} circle of founders; at least two are needed"
        )
    return fit(sets, prior_mean=region.prior_mean, prior_precision=region.prior_precision)


def _as_coefficients(found: Any, names: Sequence[str], region: str) -> Coefficients:
    if isinstance(found, Fit):
        found = found.as_dict()
    if isinstance(found, Mapping):
        if missing := [name for name in names if name not in found]:
            raise ChoiceError(f"the fitter gives no coefficient for the term {missing[0]!r} of {region}")
        return {name: float(found[name]) for name in names}
    values = np.asarray(found, dtype=np.float64)
    if values.shape != (len(names),):
        raise ChoiceError(f"the fitter gives an array of shape {values.shape} for the {len(names)} terms of {region}")
    return dict(zip(names, values.tolist(), strict=True))
