"""Regions side by side: their likelihoods, and the one problem they make under a spread that is known."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.choice import single_problem
from coalitions.calibration.identification import check_constant, check_separated, check_tied, looks_separated
from coalitions.calibration.likelihood import (
    Evaluation,
    Likelihood,
    Maximum,
    Problem,
    cluster_sums,
    magnitude_of,
    maximise,
)
from coalitions.calibration.prior import Prior, checked_prior
from coalitions.calibration.sets import ChoiceSets
from coalitions.errors import ChoiceError

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Regions:
    """What all fits of one hierarchy share, whatever the spread.

    Attributes
    ----------
    regions : tuple of R str
    parts : tuple of R Likelihood
    labels : tuple of hashable
        Clusters that have sets, over all regions, each once.
    prior : Prior
        Of mu.
    free : array (F,)
        Terms that are fitted.
    typical : array (F,)
        Information of a region on each of them with all coefficients 0, in the mean.
    tolerance, max_iterations
        As in `fit_hierarchy`.
    """

    regions: tuple[str, ...]
    parts: tuple[Likelihood, ...]
    labels: tuple[Hashable, ...]
    prior: Prior
    free: NDArray[np.intp]
    typical: Floats
    tolerance: float
    max_iterations: int

    @staticmethod
    def of(sets: Mapping[str, ChoiceSets], prior: Prior, tolerance: float, max_iterations: int) -> Regions:
        """Prepare regions, refusing terms that none of them can tell."""
        parts = tuple(Likelihood(part) for part in sets.values())
        names = parts[0].sets.names
        contrasts = np.concatenate([part.contrasts for part in parts])
        check_constant(names, np.concatenate([part.sets.features for part in parts]), contrasts, prior)
        base = single_problem(parts[0], prior, 1.0, firth=False)
        block = np.ix_(base.free, base.free)
        null = sum((part.at(np.zeros(len(names))).information for part in parts), np.zeros((len(names),) * 2))[block]
        check_tied([names[k] for k in base.free], null + base.precision)
        return Regions(
            regions=tuple(sets),
            parts=parts,
            labels=present_labels(sets),
            prior=prior,
            free=base.free,
            typical=np.diag(null) / len(parts),
            tolerance=tolerance,
            max_iterations=max_iterations,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The K terms."""
        return self.parts[0].sets.names

    def problem(self, spread: Floats, magnitude: float) -> tuple[Problem, NDArray[np.bool_]]:
        """Write the hierarchy with a known spread (K,) down as one problem.

        The unknowns are mu over the free terms, then for each region theta_rk where s_k is large against what a
        region can tell, and (theta_rk - mu_k) / s_k where it is small: neither limit divides by nothing. The
        second answer says where it is large, (F,).
        """
        base = single_problem(self.parts[0], self.prior, magnitude, firth=False)
        count, width = len(self.parts), base.free.size
        s = spread[base.free]
        own = s**2 * magnitude * self.typical > 1
        tie = np.where(own, 1 / np.where(own, s, 1.0) ** 2, 0.0)
        to_free = np.zeros((count * width, (count + 1) * width))
        precision = np.zeros(((count + 1) * width,) * 2)
        common = slice(0, width)
        precision[common, common] = base.precision + np.diag(count * tie)
        for r in range(count):
            rows, columns = slice(r * width, (r + 1) * width), slice((r + 1) * width, (r + 2) * width)
            to_free[rows, common] = np.diag(np.where(own, 0.0, 1.0))
            to_free[rows, columns] = np.diag(np.where(own, 1.0, s))
            precision[columns, columns] = np.diag(np.where(own, tie, 1.0))
            precision[common, columns] = precision[columns, common] = np.diag(-tie)
        problem = replace(
            base,
            parts=self.parts,
            map=to_free,
            mean=np.concatenate([base.mean, *[np.where(own, base.mean, 0.0)] * count]),
            precision=precision,
        )
        return problem, own

    def pooled(self, magnitude: float) -> Maximum:
        """Fit one set of coefficients to all regions, refusing data that separate them all."""
        base = single_problem(self.parts[0], self.prior, magnitude, firth=False)
        stacked = replace(base, parts=self.parts, map=np.tile(base.map, (len(self.parts), 1)))
        found = maximise(stacked.at, stacked.mean, self.tolerance, self.max_iterations)
        names = [self.names[k] for k in self.free]
        at_null = np.diag(self.typical * len(self.parts)) * magnitude + stacked.precision
        if names and (not found.converged or looks_separated(found.point.curvature, at_null)):
            contrasts = np.concatenate([part.contrasts for part in self.parts])
            check_separated(names, contrasts[:, self.free], base.precision)
        return found

    def coefficients(self, pooled: Maximum) -> Floats:
        """Give mu and the coefficients of every region over the free terms, (R + 1, F), of a pooled fit."""
        return np.tile(pooled.x, (len(self.parts) + 1, 1))

    def magnitude(self, pooled: Maximum) -> float:
        """Estimate the magnitude at a pooled fit.

        Scores are centred within regions: what makes regions differ would otherwise count as noise.
        """
        block = np.ix_(self.free, self.free)
        information, spread = np.zeros((2, self.free.size, self.free.size))
        for part, evaluation in zip(self.parts, pooled.point.evaluations, strict=True):
            present = np.unique(part.sets.cluster)
            sums = cluster_sums(part.sets, evaluation.scores)[np.ix_(present, self.free)]
            off = sums - sums.mean(axis=0)
            if present.size > 1:
                information += evaluation.information[block]
                spread += off.T @ off * (present.size / (present.size - 1))
        precision = self.prior.precision[block]
        return magnitude_of(information + precision, information, spread)

    def at(
        self, spread: Floats, magnitude: float, near: Floats, tolerance: float | None = None
    ) -> tuple[Problem, Maximum, float]:
        """Fit under a known spread, starting near some coefficients (R + 1, F).

        Also approximates the log marginal likelihood by Laplace's method, up to a constant of the prior of mu.
        """
        problem, own = self.problem(spread, magnitude)
        s = spread[self.free]
        deviations = (near[1:] - near[0]) / np.where(s > 0, s, np.inf)
        start = np.concatenate([near[0], np.where(own, near[1:], deviations).ravel()])
        found = maximise(problem.at, start, tolerance or self.tolerance, self.max_iterations)
        # deviations in units of their spread have the density of a standard normal
        density = -len(self.parts) * float(np.log(s[own]).sum())
        sign, determinant = np.linalg.slogdet(found.point.curvature)
        marginal = found.point.value + density - determinant / 2 if sign > 0 else -np.inf
        return problem, found, float(marginal)

    def cluster_scores(self, evaluations: Sequence[Evaluation]) -> Floats:
        """Give the score of each cluster over the free coefficients of all regions, (labels, R F)."""
        index = {label: number for number, label in enumerate(self.labels)}
        width = self.free.size
        scores = np.zeros((len(self.labels), width * len(self.parts)))
        for r, (part, evaluation) in enumerate(zip(self.parts, evaluations, strict=True)):
            rows = [index[label] for label in part.sets.labels]
            scores[rows, r * width : (r + 1) * width] = cluster_sums(part.sets, evaluation.scores)[:, self.free]
        return scores


def checked_regions(
    sets: Mapping[str, ChoiceSets],
    prior_mean: Mapping[str, float] | ArrayLike | None,
    prior_precision: Mapping[str, float] | ArrayLike,
    fixed: Mapping[str, float] | None,
) -> Prior:
    """Check regions against each other and read the prior of their common coefficients.

    Parameters
    ----------
    sets : mapping of region to ChoiceSets
    prior_mean, prior_precision, fixed
        As in `fit_hierarchy`.

    Returns
    -------
    Prior

    Raises
    ------
    ChoiceError
        As `fit_hierarchy`.
    """
    if len(sets) < 2:
        raise ChoiceError(f"{len(sets)} region(s): a hierarchy needs at least 2; use fit for one")
    regions = list(sets)
    for region in regions:
        if not len(sets[region]):
            raise ChoiceError(f"region {region!r} has no choice sets; leave it out")
        if sets[region].names != sets[regions[0]].names:
            raise ChoiceError(
                f"terms differ: {regions[0]!r} has {sets[regions[0]].names}, {region!r} has {sets[region].names}"
            )
    labels = present_labels(sets)
    if len(labels) < 2:
        raise ChoiceError(f"all sets belong to one cluster, {labels[0]!r}: standard errors need at least 2")
    return checked_prior(sets[regions[0]].names, prior_mean, prior_precision, fixed)


def present_labels(sets: Mapping[str, ChoiceSets]) -> tuple[Hashable, ...]:
    """List the clusters that have sets, each once.

    Parameters
    ----------
    sets : mapping of region to ChoiceSets

    Returns
    -------
    tuple of hashable
    """
    return tuple(dict.fromkeys(part.labels[c] for part in sets.values() for c in np.unique(part.cluster)))
