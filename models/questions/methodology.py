"""Does affinity or capability drive groups: one fit with terms split by kind of group, and tests on later groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import ChoiceSets, Fit, Observed, baseline_ranks, completion_sets, fit
from coalitions.calibration.comparison import Comparison, Rival, compare, pooled
from coalitions.calibration.ranks import Estimate, clustered_means
from coalitions.calibration.validation import forecast
from coalitions.errors import ChoiceError
from models.baselines import BASELINES, Baseline
from models.fitting import observed
from models.holdout import SPLIT
from models.measures import pair_sums
from models.panel import FOUNDERS
from models.payoff import kinds
from models.questions.asked import checked_level
from models.questions.drivers import AFFINITY, CAPABILITY, DRIVERS, EVERYONE, KINDS, Contrast, Driver, Drivers

if TYPE_CHECKING:
    from models.calibrated import Calibrated
    from models.groups import ChoiceData
    from models.region import Region

__all__ = ["affinity_or_capability"]

Floats = NDArray[np.float64]

SPLIT_BY_KIND = ("affinity", "affinity_us", "affinity_rival", "capability", "distance", "ties")
LARGEST = 2.0
"""Standard deviation of the prior of a split term: log-odds a standard deviation of the term between alternatives."""


def affinity_or_capability(
    calibrated: Calibrated | None = None,
    *,
    split: int = SPLIT,
    affinity: str = "votes",
    capability: str = "contest",
    baselines: Mapping[str, Baseline] = BASELINES,
    level: float = 0.95,
    seed: int = 0,
) -> Drivers:
    """Test whether affinity or capability drives groups, by who is in them.

    Affinity, capability, distance and ties each get a coefficient for groups with the United States, for groups with
    China, Russia or Iran and without the United States, and for groups with neither; the two former kinds also get a
    constant, so that a coefficient does not stand in for how sought-after these states are. The kind is that of each
    alternative, not of the group observed: a choice set offers all kinds.

    Parameters
    ----------
    calibrated : Calibrated, optional
        Its fitted regions, and its last year; ``models.calibrate()`` by default.
    split : int, default 2014
        For the test, fitted are groups founded by this year with figures dated by it; those founded later are
        foretold.
    affinity : str
        ``"votes"`` or ``"regime"``: the United States vote far from everyone, so another measure is a check.
    capability : str
        ``"contest"``, the term of the model, or ``"product"``.
    baselines : mapping of name to Baseline, optional
        Rules to compare with; ``{}`` for none.
    level : float, default 0.95
    seed : int, default 0
        Of the bootstrap of families.

    Returns
    -------
    Drivers

    Raises
    ------
    ChoiceError
        Fewer circles of founders than coefficients; regions that differ in terms; a kind of group that could not form.
    ValueError
        An unknown measure; a split outside the panel; a level not between 0 and 1.

    Notes
    -----
    Priors of the split terms and of the constants are centred on zero with a standard deviation of two log-odds a
    deviation of the term, the same for every kind, so a difference between kinds is the data's. The other terms stay
    in the fit with the priors of theory. Errors are clustered by circle of founders.

    References
    ----------
    .. [1] B. Fordham, P. Poast (2016), All alliances are multilateral, Journal of Conflict Resolution 60, 840-865.

    Examples
    --------
    >>> import models
    >>> found = affinity_or_capability(models.calibrate("asia-pacific", draws=1), baselines={})
    >>> found.driver("with the United States", "ties").low > 0
    True
    """
    if calibrated is None:
        import models

        calibrated = models.calibrate()
    for what, given, known in (("affinity", affinity, AFFINITY), ("capability", capability, CAPABILITY)):
        if given not in known:
            raise ValueError(f"no measure {given!r} of {what}; known: {', '.join(known)}")
    checked_level(level)
    regions = dict(calibrated.fitted)
    measured = {name: _measures(region, affinity, capability) for name, region in regions.items()}
    first = next(iter(regions.values()))
    for other in regions.values():
        if other.names != first.names:
            raise ChoiceError(f"terms differ between {first.name} and {other.name}: no common coefficients")

    everything = {name: region.choice_data(until=calibrated.year) for name, region in regions.items()}
    sets = _sets(regions, measured, everything)
    deviations = _deviations(sets)
    fitted = _fitted(sets, deviations, first)
    drivers, contrasts = _effects(fitted, deviations, level)
    kind_of = {name: _kind_of(region) for name, region in regions.items()}
    founded = {kind: [0, 0] for kind in KINDS}
    for name, data in everything.items():
        for choice in data.choices:
            count = founded[kind_of[name](choice.members)]
            count[0] += 1
            count[1] += choice.start > split
    comparisons, lead = _foretold(regions, measured, kind_of, calibrated.year, split, baselines, level, seed)
    return Drivers(
        drivers=drivers,
        contrasts=contrasts,
        fit=fitted,
        founded={kind: (count[0], count[1]) for kind, count in founded.items()},
        comparisons=comparisons,
        lead=lead,
        affinity=affinity,
        capability=capability,
        split=split,
        level=level,
    )


def _names(region: Region) -> tuple[str, ...]:
    """Name the columns: drivers by kind, a constant for two kinds, and the other terms."""
    split = [f"{driver} {kind}" for driver in DRIVERS for kind in KINDS]
    return (*split, *KINDS[1:], *(name for name in region.names if name not in (*SPLIT_BY_KIND, "setup")))


def _measures(region: Region, affinity: str, capability: str) -> Callable[[NDArray[np.intp], Any], Floats]:
    """Give the function that measures groups by the columns of ``_names``."""
    at = {name: k for k, name in enumerate(region.names)}
    others = [at[name] for name in region.names if name not in (*SPLIT_BY_KIND, "setup")]

    @cache
    def likeness(year: int) -> Floats:
        level = region.panel.vector("polyarchy", region.states, year)
        gap = np.abs(level[:, None] - level[None, :])
        pairs = gap[np.triu_indices(len(gap), 1)]
        mean = float(pairs[np.isfinite(pairs)].mean())
        found = mean - np.where(np.isnan(gap), mean, gap)
        np.fill_diagonal(found, 0.0)
        return np.asarray(found)

    def measure(members: NDArray[np.intp], context: Any) -> Floats:
        plain = region.features(members, *context)
        theatre = region.theatre(*context)
        columns = np.ascontiguousarray(members.T, dtype=np.int64)
        kind = kinds(theatre, columns)
        if affinity == "votes":
            alike = plain[:, [at["affinity"], at["affinity_us"], at["affinity_rival"]]].sum(axis=1)
        else:
            alike = 2 * pair_sums(likeness(context[1])[None], columns, np.zeros_like(kind)) / (len(columns) - 1)
        strong = plain[:, at["capability"]]
        if capability == "product":
            strong = np.log(np.maximum(theatre.resources[members].sum(axis=1), 1e-9))
        values = (alike, strong, plain[:, at["distance"]], plain[:, at["ties"]])
        inside = (kind[:, None] == np.arange(len(KINDS))).astype(np.float64)
        return np.column_stack([*(inside * value[:, None] for value in values), inside[:, 1:], plain[:, others]])

    return measure


def _sets(
    regions: Mapping[str, Region],
    measured: Mapping[str, Callable[[NDArray[np.intp], Any], Floats]],
    data: Mapping[str, ChoiceData],
) -> ChoiceSets:
    parts = []
    for name, region in regions.items():
        groups = observed(data[name])
        if groups:
            n, columns = len(region.states), _names(region)
            parts.append(
                completion_sets(
                    groups, n, measured[name], columns, size_sets=True, min_size=FOUNDERS[0], max_size=FOUNDERS[1]
                )
            )
    if not parts:
        raise ChoiceError(f"no group was founded in {', '.join(regions)} by then: nothing to fit")
    return ChoiceSets.concat(parts)


def _deviations(sets: ChoiceSets) -> Floats:
    """Give the standard deviation of each split column between alternatives of its kind within one set."""
    split = len(DRIVERS) * len(KINDS)
    number = np.repeat(np.arange(len(sets)), sets.sizes)
    constants = sets.features[:, split : split + len(KINDS) - 1]
    kind = constants @ np.arange(1, len(KINDS))
    found = np.zeros(split)
    for column in range(split):
        rows = kind == column % len(KINDS)
        values, of = sets.features[rows, column], number[rows]
        count = np.bincount(of, minlength=len(sets))
        mean = np.bincount(of, values, minlength=len(sets)) / np.maximum(count, 1)
        found[column] = np.sqrt(np.mean((values - mean[of]) ** 2)) if rows.any() else 0.0
        if not found[column] > 0:
            driver, among = DRIVERS[column // len(KINDS)], KINDS[column % len(KINDS)]
            raise ChoiceError(f"{driver} does not vary among possible groups {among}: it has no coefficient there")
    return found


def _fitted(sets: ChoiceSets, deviations: Floats, region: Region) -> Fit:
    mean = dict(zip(region.names, region.prior_mean.tolist(), strict=True))
    precision = dict(zip(region.names, region.prior_precision.tolist(), strict=True))
    own = dict(zip(sets.names, deviations.tolist(), strict=False))
    return fit(
        sets,
        prior_mean={name: mean.get(name, 0.0) for name in sets.names},
        prior_precision={
            name: precision[name] if name in precision else (own.get(name, 1.0) / LARGEST) ** 2 for name in sets.names
        },
        magnitude="estimate",
    )


def _effects(fitted: Fit, deviations: Floats, level: float) -> tuple[tuple[Driver, ...], tuple[Contrast, ...]]:
    from scipy.special import stdtrit

    span = fitted.interval(level)
    reach = float(stdtrit(fitted.degrees_of_freedom, (1 + level) / 2))
    drivers, contrasts = [], []
    for column, deviation in enumerate(deviations.tolist()):
        driver, place = DRIVERS[column // len(KINDS)], column % len(KINDS)
        drivers.append(
            Driver(
                kind=KINDS[place],
                driver=driver,
                coefficient=float(fitted.coefficients[column]),
                standard_error=float(fitted.standard_errors[column]),
                deviation=deviation,
                effect=float(fitted.coefficients[column]) * deviation,
                low=float(span[column, 0]) * deviation,
                high=float(span[column, 1]) * deviation,
            )
        )
        if place:
            base = column - place
            difference = float(fitted.coefficients[column] - fitted.coefficients[base])
            weights = np.zeros(len(fitted.names))
            weights[column], weights[base] = 1.0, -1.0
            error = float(np.sqrt(weights @ fitted.covariance @ weights))
            contrasts.append(
                Contrast(KINDS[place], driver, difference, difference - reach * error, difference + reach * error)
            )
    return tuple(drivers), tuple(contrasts)


def _kind_of(region: Region) -> Callable[[Sequence[int]], str]:
    def kind(members: Sequence[int]) -> str:
        inside = {region.states[i] for i in members}
        if region.pivot in inside:
            return KINDS[1]
        return KINDS[2] if inside & set(region.rivals) else KINDS[0]

    return kind


def _variants(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Say which columns each way of foretelling may use; all know the kind and the cost of size."""
    size = (*KINDS[1:], *(name for name in names if name == "coordination"))

    def of(*drivers: str) -> tuple[str, ...]:
        return tuple(f"{driver} {kind}" for driver in drivers for kind in KINDS)

    return {
        "all terms": tuple(names),
        "all but affinity": tuple(n for n in names if n not in of("affinity")),
        "all but capability": tuple(n for n in names if n not in of("capability")),
        "all but ties": tuple(n for n in names if n not in of("ties")),
        "affinity and capability": (*of("affinity", "capability"), *size),
        "affinity": (*of("affinity"), *size),
        "capability": (*of("capability"), *size),
        "kind alone": size,
    }


def _foretold(
    regions: Mapping[str, Region],
    measured: Mapping[str, Callable[[NDArray[np.intp], Any], Floats]],
    kind_of: Mapping[str, Callable[[Sequence[int]], str]],
    until: int,
    split: int,
    baselines: Mapping[str, Baseline],
    level: float,
    seed: int,
) -> tuple[dict[str, Comparison], dict[str, tuple[Estimate, Estimate]]]:
    first = next(iter(regions.values()))
    names = _names(first)
    earlier = {n: r.choice_data(until=split, data_year=split) for n, r in regions.items()}
    train = _sets(regions, measured, earlier)
    deviations = _deviations(train)
    fits = {}
    for variant, kept in _variants(names).items():
        columns = [names.index(name) for name in kept]
        part = replace(train, names=kept, features=train.features[:, columns])
        split_columns = [c for c in columns if c < len(deviations)]
        in_order = [*split_columns, *(c for c in columns if c >= len(deviations))]
        assert in_order == columns
        fits[variant] = (columns, _fitted(part, deviations[split_columns], first))
    parts: dict[str, dict[str, Comparison]] = {kind: {} for kind in KINDS}
    for name, region in regions.items():
        later = observed(region.choice_data(since=split + 1, until=until, data_year=split))
        scores = {key: rule.build(region, split) for key, rule in baselines.items()}
        for kind in KINDS:
            groups = [group for group in later if kind_of[name](group.members) == kind]
            if groups:
                parts[kind][name] = _compared(region, groups, measured[name], fits, scores, level, seed)
    found = {kind: pooled(own, subject=kind) for kind, own in parts.items() if own}
    if not found:
        raise ChoiceError(f"no group was founded from {split + 1} to {until}: nothing to foretell")
    every = {f"{kind}, {name}": part for kind, own in parts.items() for name, part in own.items()}
    found[EVERYONE] = pooled(every, subject=EVERYONE)
    return found, {kind: _lead(comparison, level, seed) for kind, comparison in found.items()}


def _compared(
    region: Region,
    groups: list[Observed],
    measure: Callable[[NDArray[np.intp], Any], Floats],
    fits: Mapping[str, tuple[list[int], Fit]],
    rules: Mapping[str, Callable[..., Floats]],
    level: float,
    seed: int,
) -> Comparison:
    n = len(region.states)
    rivals, uniform = [], np.zeros(len(groups))
    for variant, (columns, fitted) in fits.items():
        theta = np.zeros(len(_names(region)))
        theta[columns] = fitted.coefficients
        told = forecast(groups, n, measure, theta)
        uniform = told.uniform_log_loss
        rivals.append(Rival(variant, told.ranks, told.log_loss))
    rivals += [Rival(key, baseline_ranks(groups, n, scores)) for key, scores in rules.items()]
    return compare(rivals, uniform, subject=region.title, level=level, seed=seed)


def _lead(comparison: Comparison, level: float, seed: int) -> tuple[Estimate, Estimate]:
    by_name = {rival.name: rival for rival in comparison.rivals}
    one, other = by_name["affinity"], by_name["capability"]
    assert one.log_loss is not None
    assert other.log_loss is not None
    rows = np.array([one.ranks.share - other.ranks.share, other.log_loss - one.log_loss])
    ranks, nats = clustered_means(rows, comparison.families, level, rng=seed)
    return ranks, nats
