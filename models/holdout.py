"""Fit regions to some of their groups and foretell the others: later ones, or those of another region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import ChoiceSets, Observed, baseline_ranks, completion_sets, fit
from coalitions.calibration.comparison import Comparison, Rival, compare, pooled
from coalitions.calibration.hierarchical import HierarchicalFit
from coalitions.calibration.validation import Forecast, forecast
from coalitions.errors import ChoiceError
from coalitions.result import Result
from models.baselines import BASELINES, Baseline
from models.fitting import Coefficients, Fitter, as_regions, choice_sets, fit_from, observed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from models.region import Region

__all__ = ["Backtest", "holdout", "leave_one_region_out"]

Floats = NDArray[np.float64]
SPLIT = 2014
"""Last year of what is fitted: groups founded later are foretold, with figures dated by it."""

MODEL = "model"
TOGETHER = "all regions"
UNLISTED, OPPOSED = "unlisted", "opposed"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Backtest(Result):
    """Hold how the model and plain rules foretell groups that were not fitted, region by region.

    Attributes
    ----------
    design : str
        What was fitted and what foretold.
    comparisons : dict of region name to Comparison
        The model first, then the rules; with several regions also "all regions".
    variants : dict of variant to dict of region name to Comparison
        The same for harder tests of the model: "unlisted", without the lists of stakeholders, which were written
        knowing the groups; and, where a group is coded against none of the challengers of its interest, "opposed": the
        model is not told so.
    forecasts : dict of region name to Forecast
        Of the model.
    coefficients, unlisted_coefficients : dict of region name to dict
        Of the model with and without lists.
    excluded : dict of region name to tuples
        Groups left out, with the reason.
    """

    design: str
    comparisons: dict[str, Comparison]
    variants: dict[str, dict[str, Comparison]]
    forecasts: dict[str, Forecast]
    coefficients: dict[str, Coefficients]
    unlisted_coefficients: dict[str, Coefficients]
    excluded: dict[str, tuple[tuple[str, str], ...]]

    def to_frame(self) -> pd.DataFrame:
        """Give one row a region and rival.

        Returns
        -------
        pandas.DataFrame
            Columns region, rival, groups, those of `Comparison.to_frame`, and for each variant such as "unlisted" its
            own margin over the rules, "unlisted ahead by", with bounds. Rows "model, unlisted" hold its own figures.
        """
        import pandas as pd

        parts = []
        for name, comparison in self.comparisons.items():
            part = comparison.to_frame()
            part.insert(0, "groups", len(comparison))
            for variant, found in self.variants.items():
                if name in found:
                    other = found[name].to_frame()
                    own = other.iloc[[0]].set_axis([f"{MODEL}, {variant}"]).assign(groups=len(comparison))
                    part = pd.concat([part, own])
                    for column in ("ahead by", "ahead by low", "ahead by high"):
                        part[f"{variant} {column}"] = other[column].reindex(part.index)
            part.index.name = "rival"
            parts.append(part.reset_index().assign(region=name).set_index("region").reset_index())
        return pd.concat(parts, ignore_index=True)

    def plot(self, region: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw the mean share of swaps beaten by the model and by every rule in one region.

        Parameters
        ----------
        region : str, optional
            By default all regions together, or the only one.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        name = next(reversed(self.comparisons)) if region is None else region
        if name not in self.comparisons:
            raise ChoiceError(f"no region {name!r} was tested; there are {', '.join(self.comparisons)}")
        return self.comparisons[name].plot(ax)

    def __repr__(self) -> str:
        parts = [self._headline()]
        for name, comparison in self.comparisons.items():
            parts.append(repr(comparison))
            for variant, found in self.variants.items():
                if name in found:
                    other = found[name]
                    mean = other.estimates()[MODEL]["mean"]
                    parts[-1] += (
                        f"\n{MODEL}, {variant}: {mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}], clearly ahead of "
                        f"{len(other.behind)} of {len(other.rivals) - 1}"
                    )
        return "\n\n".join(parts)

    def _headline(self) -> str:
        return self.design


def holdout(
    regions: Region | str | Iterable[Region | str],
    split: int = SPLIT,
    *,
    fitter: Fitter | None = None,
    baselines: Mapping[str, Baseline] = BASELINES,
    eligible_only: bool = False,
    variants: bool = True,
    level: float = 0.95,
    seed: int = 0,
) -> Backtest:
    """Fit to groups founded by a year and rank those founded later among their one-member swaps.

    Parameters
    ----------
    regions : Region or name, or several
        Such as ``("asia-pacific", "europe")``.
    split : int, default 2014
        No figure dated later and no group founded later is used, for the later groups either.
    fitter : callable, optional
        From choice sets by region to coefficients by region; by default every region is fitted alone, with its prior.
    baselines : mapping of name to Baseline, optional
    eligible_only : bool, default False
        Whether a swap may bring in only states that are no challengers of the interest. By default the whole pool
        competes.
    variants : bool, default True
        Whether the model is also put to the harder tests of ``Backtest.variants``.
    level : float, default 0.95
        Of the intervals, from a bootstrap of families of founders.
    seed : int, default 0

    Returns
    -------
    Backtest

    Raises
    ------
    ChoiceError
        Too few groups on one side of the split.
    ValueError
        An unknown region, or a split outside the panel.

    Notes
    -----
    A rule gets a log loss from one coefficient, fitted to the same groups as the model: what its scores are worth as
    utilities.

    Examples
    --------
    >>> tested = holdout("asia-pacific", variants=False)
    >>> bool(tested.comparisons["asia-pacific"].rivals[0].ranks.mean > 0.85)
    True
    """
    tested = as_regions(regions)

    def run(variant: dict[str, Region], *, told: bool = True) -> _Run:
        earlier = {n: _told(observed(r.choice_data(until=split, data_year=split)), told) for n, r in variant.items()}
        later = {n: _told(observed(r.choice_data(since=split + 1, data_year=split)), told) for n, r in variant.items()}
        found = fit_from(variant, {n: choice_sets(r, earlier[n]) for n, r in variant.items()}, fitter)
        comparisons, forecasts = {}, {}
        for name, region in variant.items():
            forecasts[name] = _forecast(region, later[name], found[name], eligible_only)
            rivals = [_model_rival(forecasts[name])]
            for key, rule in baselines.items():
                scores = rule.build(region, split)
                train = [_Task(region, earlier[name], scores)]
                rivals.append(_rule_rival(key, train, _Task(region, later[name], scores), eligible_only))
            comparisons[name] = _compared(region, f"founded since {split + 1}", rivals, forecasts[name], level, seed)
        return _Run(found, _with_all(comparisons, f"All regions, founded since {split + 1}"), forecasts)

    plain = run(tested)
    harder, bare = {}, {}
    if variants:
        found = run({name: region.unlisted() for name, region in tested.items()})
        harder[UNLISTED], bare = found.comparisons, found.coefficients
        if any(c.context[0].endswith("*") for r in tested.values() for c in r.choice_data().choices):
            harder[OPPOSED] = run(tested, told=False).comparisons
    return Backtest(
        design=f"Fitted to groups founded by {split}, tested on those since {split + 1}, figures dated by {split}",
        comparisons=plain.comparisons,
        variants=harder,
        forecasts=plain.forecasts,
        coefficients=plain.coefficients,
        unlisted_coefficients=bare,
        excluded={name: region.choice_data(since=split + 1).excluded for name, region in tested.items()},
    )


def leave_one_region_out(
    regions: Iterable[Region | str],
    *,
    fitter: Fitter | None = None,
    baselines: Mapping[str, Baseline] = BASELINES,
    eligible_only: bool = False,
    level: float = 0.95,
    seed: int = 0,
) -> Backtest:
    """Fit to all regions but one and foretell the groups of that one: does what is learnt elsewhere help.

    Parameters
    ----------
    regions : iterable of Region or names
        At least two.
    fitter, baselines, eligible_only, level, seed
        As for `holdout`. Rules that are fitted themselves are left out.

    Returns
    -------
    Backtest
        Without variants.

    Raises
    ------
    ChoiceError
        Fewer than two regions.

    Notes
    -----
    Without a fitter the other regions are fitted as one, with the prior of the region foretold. A hierarchical fit
    gives its coefficients for an unseen region; any other fitter the mean over the others. A term that some region
    lacks keeps the prior mean. Groups are described by figures of the year before their founding; the test is out of
    place and not out of time.
    """
    tested = as_regions(regions)
    if len(tested) < 2:
        raise ChoiceError(f"{len(tested)} region to leave out of {len(tested)}: at least two are needed")
    coefficients, comparisons, forecasts = {}, {}, {}
    for name, region in tested.items():
        others = {key: other for key, other in tested.items() if key != name}
        coefficients[name] = _transferred(region, others, fitter)
        groups = observed(region.choice_data())
        forecasts[name] = _forecast(region, groups, coefficients[name], eligible_only)
        rivals = [_model_rival(forecasts[name])]
        for key, rule in baselines.items():
            if not rule.fitted:
                train = [_Task(o, observed(o.choice_data()), rule.build(o, o.years[-1])) for o in others.values()]
                test = _Task(region, groups, rule.build(region, region.years[-1]))
                rivals.append(_rule_rival(key, train, test, eligible_only))
        comparisons[name] = _compared(region, "foretold from other regions", rivals, forecasts[name], level, seed)
    return Backtest(
        design=f"Each of {len(tested)} regions foretold from the others",
        comparisons=_with_all(comparisons, "All regions, each foretold from the others"),
        variants={},
        forecasts=forecasts,
        coefficients=coefficients,
        unlisted_coefficients={},
        excluded={name: region.choice_data().excluded for name, region in tested.items()},
    )


class _Run(NamedTuple):
    coefficients: dict[str, Coefficients]
    comparisons: dict[str, Comparison]
    forecasts: dict[str, Forecast]


class _Task(NamedTuple):
    region: Region
    groups: list[Observed]
    scores: Callable[..., Floats]


def _told(groups: list[Observed], told: bool) -> list[Observed]:
    """Take the star from purposes that say nobody is opposed, unless the model may be told."""
    if told:
        return groups
    return [group._replace(context=(group.context[0].rstrip("*"), group.context[1])) for group in groups]


def _transferred(region: Region, others: Mapping[str, Region], fitter: Fitter | None) -> Coefficients:
    shared = [name for name in region.names if all(name in other.names for other in others.values())]
    coefficients = dict(zip(region.names, region.prior_mean.tolist(), strict=True))
    if not shared:
        raise ChoiceError(f"{region.name} shares no term with {', '.join(others)}: nothing to foretell it by")
    if fitter is not None:
        elsewhere_sets = {key: choice_sets(other, observed(other.choice_data())) for key, other in others.items()}
        given = fitter(elsewhere_sets)
        if isinstance(given, HierarchicalFit):
            unseen = given.unseen.as_dict()
            return coefficients | {name: unseen[name] for name in shared}
        elsewhere = fit_from(others, elsewhere_sets, lambda _: given)
        return coefficients | {n: float(np.mean([found[n] for found in elsewhere.values()])) for n in shared}
    places = [region.names.index(name) for name in shared]
    sets = [choice_sets(other, observed(other.choice_data()), shared) for other in others.values()]
    found = fit(
        ChoiceSets.concat(sets),
        prior_mean=region.prior_mean[places],
        prior_precision=region.prior_precision[places],
    )
    return coefficients | found.as_dict()


def _forecast(region: Region, groups: list[Observed], coefficients: Coefficients, eligible_only: bool) -> Forecast:
    theta = np.array([coefficients[name] for name in region.names])

    def features(members: NDArray[np.intp], context: Any) -> Floats:
        return region.features(members, *context)

    return forecast(groups, len(region.states), features, theta, eligible=_eligible(region, eligible_only))


def _eligible(region: Region, eligible_only: bool) -> Callable[[Any], Sequence[int]] | None:
    return (lambda context: region.eligible(context[0])) if eligible_only else None


def _model_rival(told: Forecast) -> Rival:
    return Rival(MODEL, told.ranks, told.log_loss)


def _rule_rival(name: str, train: Sequence[_Task], test: _Task, eligible_only: bool) -> Rival:
    region, groups, scores = test
    n = len(region.states)
    ranks = baseline_ranks(groups, n, scores, eligible=_eligible(region, eligible_only))
    slope = _slope(train)
    return Rival(name, ranks, forecast(groups, n, _single(scores), [slope]).log_loss)


def _slope(train: Sequence[_Task]) -> float:
    """Say what one unit of a rule's score is worth in utility, by the groups fitted."""
    sets = ChoiceSets.concat(
        completion_sets(groups, len(region.states), _single(scores), ["score"]) for region, groups, scores in train
    )
    chosen = np.repeat(sets.features[sets.offsets[:-1] + sets.chosen], sets.sizes, axis=0)
    spread = float(np.sqrt(np.mean((sets.features - chosen) ** 2)))
    if not spread or len(sets.labels) < 2:
        return 0.0
    # on the scale of the spread, and with a weak prior, so that a rule that is always right keeps a finite slope
    return fit(sets, prior_precision=0.01 * spread**2)["score"]


def _single(scores: Callable[..., Floats]) -> Callable[[NDArray[np.intp], Any], Floats]:
    return lambda members, context: scores(members, context)[:, None]


def _compared(
    region: Region, what: str, rivals: Sequence[Rival], told: Forecast, level: float, seed: int
) -> Comparison:
    return compare(rivals, told.uniform_log_loss, subject=f"{region.title}, {what}", level=level, seed=seed)


def _with_all(comparisons: dict[str, Comparison], subject: str) -> dict[str, Comparison]:
    if len(comparisons) < 2:
        return comparisons
    return comparisons | {TOGETHER: pooled(comparisons, subject=subject)}
