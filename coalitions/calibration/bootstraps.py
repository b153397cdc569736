"""Refits to resampled clusters: errors that lean on no formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.choice import fit, single_problem
from coalitions.calibration.fitted import Fit
from coalitions.calibration.hierarchical import HierarchicalFit
from coalitions.calibration.hierarchy import fit_hierarchy
from coalitions.calibration.identification import looks_separated
from coalitions.calibration.likelihood import Likelihood, Problem, maximise, one_thread
from coalitions.calibration.prior import checked_prior
from coalitions.calibration.regions import Regions
from coalitions.calibration.sets import ChoiceSets, nearest
from coalitions.errors import ChoiceError
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

_PART = 25
"""Refits in one task."""

_TOLERANCE = 1e-4
"""Of a standard error: a refit need not be closer."""

_ITERATIONS = 40


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Bootstrap(Result):
    """Hold coefficients refitted to resampled clusters.

    Attributes
    ----------
    fit : Fit or HierarchicalFit
        To the groups as observed.
    estimates : array (B, K), or (B, R + 1, K)
        One row a refit that worked; in a hierarchy mu and then each region.
    asked : int
        Resamples drawn.
    failed : int
        Resamples without finite coefficients: the data separated, or a term lost its variation. The estimates leave
        out what would have been the largest ones, so with many failures they look too sure.
    """

    fit: Fit | HierarchicalFit
    estimates: Floats
    asked: int
    failed: int

    def __post_init__(self) -> None:
        self.estimates.flags.writeable = False

    def __getitem__(self, name: str) -> Floats:
        """Give all refits of a term, (B,), or in a hierarchy those of a region or ``"common"``, (B, K)."""
        if isinstance(self.fit, Fit):
            if name not in self.fit.names:
                raise ChoiceError(f"no term {name!r}{nearest(name, self.fit.names)}")
            return np.asarray(self.estimates[:, self.fit.names.index(name)])
        rows = ("common", *self.fit.regions)
        if name not in rows:
            raise ChoiceError(f"no region {name!r}{nearest(name, rows)}")
        return np.asarray(self.estimates[:, rows.index(name)])

    @property
    def standard_errors(self) -> Floats:
        """Standard deviations of the refits, (K,) or (R + 1, K)."""
        return np.asarray(self.estimates.std(axis=0, ddof=1))

    def interval(self, level: float = 0.95) -> Floats:
        """Give the percentile interval.

        Parameters
        ----------
        level : float, default 0.95
            Between 0 and 1.

        Returns
        -------
        array (K, 2) or (R + 1, K, 2)

        Raises
        ------
        ChoiceError
            The level is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise ChoiceError(f"level is {level}; it must lie between 0 and 1")
        ends = np.quantile(self.estimates, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return np.asarray(np.moveaxis(ends, 0, -1))

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Give the bootstrap beside the sandwich.

        Parameters
        ----------
        level : float, default 0.95
            Of the percentile interval.

        Returns
        -------
        pandas.DataFrame
            One row a term (in a hierarchy a term and region): coefficient, standard_error (bootstrap), sandwich, low,
            high.
        """
        import pandas as pd

        if isinstance(self.fit, Fit):
            rows: list[tuple[str, Fit]] = [("", self.fit)]
        else:
            rows = [("common", self.fit.common), *self.fit.fits.items()]
        terms = len(self.fit.names)
        errors, span = self.standard_errors.reshape(-1, terms), self.interval(level).reshape(-1, terms, 2)
        tables = [
            pd.DataFrame(
                {
                    "term": self.fit.names,
                    "region": label,
                    "coefficient": fitted.coefficients,
                    "standard_error": errors[r],
                    "sandwich": fitted.standard_errors,
                    "low": span[r, :, 0],
                    "high": span[r, :, 1],
                }
            )
            for r, (label, fitted) in enumerate(rows)
        ]
        table = pd.concat(tables, ignore_index=True)
        return table.drop(columns="region") if isinstance(self.fit, Fit) else table

    def _headline(self) -> str:
        text = f"Bootstrap of {self.asked} resamples of clusters"
        if self.failed:
            share = self.failed / self.asked
            text += f"; {self.failed} ({share:.0%}) had no finite coefficients and are left out: errors are too small"
        return text

    def __repr__(self) -> str:
        table = self.to_frame()
        shown = table[table["sandwich"] > 0]
        return f"{self._headline()}\n{shown.to_string(index=False, float_format='{:.3f}'.format)}"


@one_thread()
def bootstrap(
    sets: ChoiceSets | Mapping[str, ChoiceSets],
    size: int = 200,
    rng: int | np.random.Generator | None = None,
    *,
    executor: Executor | None = None,
    **fit_options: Any,
) -> Bootstrap:
    """Refit to clusters drawn with replacement.

    Parameters
    ----------
    sets : ChoiceSets, or mapping of region to ChoiceSets
        As `fit` or `fit_hierarchy` takes them.
    size : int, default 200
        Resamples.
    rng : int or numpy.random.Generator, optional
        Anything `numpy.random.default_rng` takes; one seed, the same bytes, with or without an executor.
    executor : concurrent.futures.Executor, optional
        Refits in tasks of 25.
    **fit_options
        Passed to `fit` or `fit_hierarchy`.

    Returns
    -------
    Bootstrap

    Raises
    ------
    ChoiceError
        As `fit`; fewer than 2 resamples; less than 2 refits that work.

    Notes
    -----
    A resample changes weights, so nothing is copied, and each refit starts from the fit: some three steps of
    O(rows K^2). In a hierarchy clusters are drawn within the region where they first appear; spread and magnitude
    stay those of the fit. With a prior each refit also draws the prior mean from the prior, as a random
    weighting of the prior: otherwise a coefficient on which the data are silent would seem exactly known, and the
    result could not be compared with the sandwich of `fit`, which counts the prior's uncertainty in.

    References
    ----------
    .. [1] A. C. Cameron, J. B. Gelbach, D. L. Miller (2008), Bootstrap-based improvements for inference with clustered
       errors, Review of Economics and Statistics 90, 414-427.
    .. [2] M. A. Newton, N. G. Polson, J. Xu (2021), Weighted Bayesian bootstrap for scalable posterior distributions,
       Canadian Journal of Statistics 49, 421-437.

    Examples
    --------
    >>> from coalitions.calibration import completion_sets
    >>> wealth = np.array([3.0, 2.0, 1.5, 1.0, 0.5, 0.0])
    >>> pacts = [("north", (0, 1)), ("south", (0, 2)), ("east", (1, 4)), ("west", (3, 5))]
    >>> sets = completion_sets(pacts, 6, lambda members, _: wealth[members].sum(axis=1)[:, None], ["wealth"])
    >>> found = bootstrap(sets, 100, rng=0)
    >>> found.failed, found.estimates.shape
    (0, (100, 1))
    """
    if size < 2:
        raise ChoiceError(f"size is {size}; a bootstrap needs at least 2 resamples, and better 200")
    fitted, problem, start, labels = _prepared(sets, fit_options)
    generator = np.random.default_rng(rng)
    tables = [sets] if isinstance(sets, ChoiceSets) else list(sets.values())
    index = {label: number for number, label in enumerate(labels)}
    strata = np.full(len(labels), -1)
    for r, table in enumerate(tables):
        for c in np.unique(table.cluster):
            place = index[table.labels[c]]
            strata[place] = r if strata[place] < 0 else strata[place]
    counts = np.zeros((size, len(labels)))
    for r in range(len(tables)):
        mine = np.flatnonzero(strata == r)
        if mine.size:
            counts[:, mine] = generator.multinomial(mine.size, np.full(mine.size, 1 / mine.size), size=size)
    values, vectors = np.linalg.eigh(problem.precision)
    pulls = generator.standard_normal((size, len(values))) * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    # clusters of each part by their place among all labels
    places = tuple(np.array([index.get(label, -1) for label in table.labels])[table.cluster] for table in tables)
    tasks = [_Task(problem, places, counts[a : a + _PART], pulls[a : a + _PART], start) for a in range(0, size, _PART)]
    found = list(map(_refitted, tasks) if executor is None else _submitted(tasks, executor))
    estimates = np.concatenate([part for part in found if len(part)]) if any(map(len, found)) else np.zeros((0, 0))
    if len(estimates) < 2:
        raise ChoiceError(
            f"{size - len(estimates)} of {size} resamples have no finite coefficients: the groups separate without any "
            "one cluster. Give a prior_precision above 0, or firth=True"
        )
    if isinstance(fitted, Fit):
        estimates = estimates[:, 1]
    return Bootstrap(fit=fitted, estimates=estimates, asked=size, failed=size - len(estimates))


class _Task(NamedTuple):
    problem: Problem
    places: tuple[NDArray[np.intp], ...]
    counts: Floats
    pulls: Floats
    start: Floats


def _prepared(
    sets: ChoiceSets | Mapping[str, ChoiceSets], options: dict[str, Any]
) -> tuple[Fit | HierarchicalFit, Problem, Floats, tuple[Any, ...]]:
    """Fit once; give the fit, its problem with all that was estimated beside coefficients held, where it ended in the
    unknowns, and the labels that are drawn."""
    given = [options.get(key) for key in ("prior_mean", "fixed")]
    precision = options.get("prior_precision", 1.0)
    if isinstance(sets, ChoiceSets):
        fitted = fit(sets, **options)
        prior = checked_prior(sets.names, given[0], precision, given[1])
        problem = single_problem(Likelihood(sets), prior, fitted.magnitude, bool(options.get("firth", False)))
        labels = tuple(sets.labels[c] for c in np.unique(sets.cluster))
        return fitted, problem, fitted.coefficients[problem.free], labels
    whole = fit_hierarchy(sets, **options)
    world = Regions.of(sets, checked_prior(whole.names, given[0], precision, given[1]), 1e-8, 100)
    near = np.array([whole.common.coefficients, *(each.coefficients for each in whole.fits.values())])
    problem, found, _ = world.at(whole.spread, whole.magnitude, near[:, world.free])
    return whole, problem, found.x, world.labels


def _refitted(task: _Task) -> Floats:
    """Refit to some resamples: the first unknowns and the coefficients of every part, (those that worked, 1 + R, K)."""
    problem = task.problem
    width = problem.free.size
    at_null = problem.at(np.zeros_like(task.start)).curvature
    estimates = []
    for counts, pull in zip(task.counts, task.pulls, strict=True):
        weights = [part.sets.weight * counts[place] for part, place in zip(problem.parts, task.places, strict=True)]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = maximise(partial(problem.at, weights=weights, pull=pull), task.start, _TOLERANCE, _ITERATIONS)
        if not found.converged or (width and looks_separated(found.point.curvature, at_null)):
            continue
        common = problem.held.copy()
        common[problem.free] = found.x[:width]
        estimates.append(np.vstack([common, problem.coefficients(found.x)]))
    return np.array(estimates)


def _submitted(tasks: list[_Task], executor: Executor) -> Iterator[Floats]:
    waiting = [executor.submit(_refitted, task) for task in tasks]
    try:
        for future in waiting:
            yield future.result()
    finally:
        for future in waiting:
            future.cancel()
