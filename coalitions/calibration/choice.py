"""Conditional logit: the coefficients under which the observed groups were the likely ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.fitted import Fit
from coalitions.calibration.identification import (
    check_constant,
    check_enough,
    check_separated,
    check_tied,
    looks_separated,
)
from coalitions.calibration.likelihood import (
    Evaluation,
    Likelihood,
    Problem,
    cluster_sums,
    evaluate,
    inverse,
    magnitude_of,
    maximise,
    one_thread,
)
from coalitions.calibration.prior import Prior, checked_prior, prior_variance
from coalitions.calibration.sets import ChoiceSets
from coalitions.errors import ChoiceError

__all__ = ["Evaluation", "evaluate", "fit"]

Floats = NDArray[np.float64]


@one_thread()
def fit(
    sets: ChoiceSets,
    *,
    prior_mean: Mapping[str, float] | ArrayLike | None = None,
    prior_precision: Mapping[str, float] | ArrayLike = 1.0,
    fixed: Mapping[str, float] | None = None,
    magnitude: float | Literal["estimate"] = 1.0,
    firth: bool = False,
    tolerance: float = 1e-8,
    max_iterations: int = 100,
) -> Fit:
    """Fit the coefficients of a conditional logit under a normal prior.

    Maximises c sum_s w_s log softmax_s(theta . f + correction)[chosen] - (theta - m)' L (theta - m) / 2, which
    is concave, by Newton steps with a line search.

    Parameters
    ----------
    sets : ChoiceSets
        For example of `completion_sets`.
    prior_mean : mapping, array (K,) or number, optional
        m; 0 for terms a mapping leaves out.
    prior_precision : number, mapping, array (K,) or (K, K), default 1.0
        L, in 1 / coefficient squared; 1 for terms a mapping leaves out, 0 for no prior. A precision of 1 says
        that a coefficient of 2 would surprise, so put terms on scales where that is so.
    fixed : mapping of names to values, optional
        Coefficients held there: those the sets cannot tell.
    magnitude : float or "estimate", default 1.0
        c. With 1 overlapping sets count as if apart, so data weigh too much against the prior; "estimate" takes
        p / tr(H^-1 J), which makes the curvature agree in sum with the clustered errors (Pauli, Racugno, Ventura
        2011). Without prior it changes nothing but ``magnitude``.
    firth : bool, default False
        Add half the log determinant of the information (Firth 1993): removes the bias of first order away from
        0, and keeps the estimate finite where the data separate.
    tolerance : float, default 1e-8
        Stop this many (naive) standard errors from the maximum.
    max_iterations : int, default 100
        Newton steps; a fit that needed more says that it has not converged.

    Returns
    -------
    Fit

    Raises
    ------
    ChoiceError
        No sets; one cluster only, or no more clusters than coefficients without prior; an unknown name; a term
        that is constant within every set and neither fixed nor given a prior mean; terms that move together, or
        data that separate, where no prior settles them.

    Notes
    -----
    The covariance is H^-1 (J + L) H^-1: H the information with the prior's, J = G / (G - 1) sum_g s_g s_g'
    from the score sums of the G clusters, since the sets of one group overlap. L stands beside J because the
    prior mean is as uncertain as the prior says: a coefficient on which the data are silent keeps the prior's
    standard error instead of getting none. Without prior this is the usual clustered sandwich. Coefficients
    are relative to the noise of the choice, whose scale is one; only ratios and the ranking of groups are
    free of it.

    Time O(rows K^2) a step, some ten steps; memory one copy of the features.

    References
    ----------
    .. [1] D. McFadden (1974), Conditional logit analysis of qualitative choice behavior, Frontiers in
       Econometrics.
    .. [2] K.-Y. Liang, S. L. Zeger (1986), Longitudinal data analysis using generalized linear models,
       Biometrika 73.
    .. [3] D. Firth (1993), Bias reduction of maximum likelihood estimates, Biometrika 80, 27-38.
    .. [4] F. Pauli, W. Racugno, L. Ventura (2011), Bayesian composite marginal likelihoods, Statistica Sinica
       21, 149-164.

    Examples
    --------
    >>> from coalitions.calibration import Observed, completion_sets
    >>> wealth = np.array([3.0, 2.0, 1.5, 1.0, 0.5, 0.0])
    >>> pacts = [Observed("north", (0, 1)), Observed("south", (0, 2)), Observed("east", (1, 4))]
    >>> sets = completion_sets(pacts, 6, lambda members, _: wealth[members].sum(axis=1)[:, None], ["wealth"])
    >>> fitted = fit(sets, prior_precision=0.5)
    >>> round(fitted["wealth"], 3), fitted.clusters, fitted.converged
    (0.819, 3, True)
    """
    if not len(sets):
        raise ChoiceError("no choice sets: nothing to fit")
    check_tolerance(tolerance)
    factor = checked_magnitude(magnitude)
    clusters = np.unique(sets.cluster).size
    if clusters < 2:
        raise ChoiceError(
            f"all sets belong to one cluster, {sets.labels[sets.cluster[0]]!r}: "
            "standard errors need at least 2, and better 30"
        )
    prior = checked_prior(sets.names, prior_mean, prior_precision, fixed)
    work = Likelihood(sets)
    check_constant(sets.names, sets.features, work.contrasts, prior)
    problem = single_problem(work, prior, factor or 1.0, firth)
    free_names = [sets.names[k] for k in problem.free]
    check_enough(clusters, free_names, problem.precision)
    null = work.at(np.zeros(len(sets.names)))
    at_null = problem.information([null]) + problem.precision
    check_tied(free_names, at_null)

    with np.errstate(over="ignore", invalid="ignore"):
        found = maximise(problem.at, problem.mean, tolerance, max_iterations)
        if factor is None and found.converged:
            problem = replace(problem, magnitude=_magnitude(problem, found.point.evaluations[0], clusters))
            found = maximise(problem.at, found.x, tolerance, max_iterations)
    suspect = free_names and (not found.converged or looks_separated(found.point.curvature, at_null))
    if suspect and not firth:
        check_separated(free_names, work.contrasts[:, problem.free], problem.precision)
    bread = inverse(found.point.curvature)

    point = found.point.evaluations[0]
    spread = problem.magnitude**2 * _spread(problem, point, clusters)
    block = np.ix_(problem.free, problem.free)
    covariance, information, precision = np.zeros((3, len(sets.names), len(sets.names)))
    covariance[block] = bread @ (spread + problem.precision) @ bread
    information[block] = problem.information([point])
    precision[block] = problem.precision
    moved = np.zeros(len(sets.names))
    moved[problem.free] = 1 - np.diag(bread) / prior_variance(problem.precision)
    return Fit(
        names=sets.names,
        coefficients=problem.coefficients(found.x)[0],
        covariance=(covariance + covariance.T) / 2,
        moved=np.clip(moved, 0, 1),
        fixed=tuple(name for name in sets.names if name in prior.fixed),
        log_likelihood=float(sets.weight @ point.log_likelihoods),
        null_log_likelihood=float(sets.weight @ null.log_likelihoods),
        clusters=clusters,
        sets=len(sets),
        converged=found.converged,
        iterations=found.iterations,
        gradient_norm=found.gradient_norm,
        prior_mean=prior.mean,
        prior_precision=precision,
        information=information,
        magnitude=problem.magnitude,
        objective=found.point.value,
    )


def single_problem(work: Likelihood, prior: Prior, magnitude: float, firth: bool) -> Problem:
    """Write one conditional logit down: the unknowns are the free coefficients themselves.

    Parameters
    ----------
    work : Likelihood
    prior : Prior
    magnitude : float
    firth : bool

    Returns
    -------
    Problem
    """
    names = work.sets.names
    free = np.array([k for k, name in enumerate(names) if name not in prior.fixed], dtype=np.intp)
    return Problem(
        parts=(work,),
        free=free,
        held=np.array([prior.fixed.get(name, 0.0) for name in names]),
        map=np.eye(free.size),
        mean=prior.mean[free],
        precision=prior.precision[np.ix_(free, free)],
        magnitude=magnitude,
        firth=firth,
    )


def checked_magnitude(magnitude: float | str) -> float | None:
    """Read a magnitude: None asks for an estimate.

    Parameters
    ----------
    magnitude : float or "estimate"

    Returns
    -------
    float or None

    Raises
    ------
    ChoiceError
        Another word, or no positive number.

    Examples
    --------
    >>> checked_magnitude("estimate") is None
    True
    """
    if isinstance(magnitude, str):
        if magnitude != "estimate":
            raise ChoiceError(f"magnitude is {magnitude!r}; it must be 'estimate' or a positive number")
        return None
    if not (np.isfinite(magnitude) and magnitude > 0):
        raise ChoiceError(f"magnitude is {magnitude}; it must be 'estimate' or a positive number")
    return float(magnitude)


def check_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that no fit could meet.

    Parameters
    ----------
    tolerance : float

    Raises
    ------
    ChoiceError
        It is not positive.
    """
    if not tolerance > 0:
        raise ChoiceError(f"tolerance is {tolerance}; it must be positive")


def _spread(problem: Problem, point: Evaluation, clusters: int) -> Floats:
    """J over the free terms, for log likelihoods of magnitude one."""
    sums = cluster_sums(problem.parts[0].sets, point.scores)[:, problem.free]
    return np.asarray(sums.T @ sums * (clusters / (clusters - 1)))


def _magnitude(problem: Problem, point: Evaluation, clusters: int) -> float:
    information = problem.information([point])
    return magnitude_of(information + problem.precision, information, _spread(problem, point, clusters))
