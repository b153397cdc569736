"""Conditional logit: the coefficients under which the observed groups were the likely ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.fitted import Fit
from coalitions.calibration.identification import check_constant, check_separated, check_tied, looks_separated
from coalitions.calibration.prior import Prior, checked_prior, checked_vector, prior_variance
from coalitions.calibration.sets import ChoiceSets
from coalitions.errors import ChoiceError

Floats = NDArray[np.float64]


class Evaluation(NamedTuple):
    """Hold the log likelihood of choice sets at one point, with its derivatives.

    Attributes
    ----------
    log_likelihoods : array (sets,)
        Log probability of the observed alternative of each set, in nats.
    scores : array (sets, K)
        Gradient of each.
    information : array (K, K)
        Minus the Hessian of their weighted sum.
    """

    log_likelihoods: Floats
    scores: Floats
    information: Floats


def fit(
    sets: ChoiceSets,
    *,
    prior_mean: Mapping[str, float] | ArrayLike | None = None,
    prior_precision: Mapping[str, float] | ArrayLike = 1.0,
    fixed: Mapping[str, float] | None = None,
    tolerance: float = 1e-8,
    max_iterations: int = 100,
) -> Fit:
    """Fit the coefficients of a conditional logit under a normal prior.

    Maximises sum_s w_s log softmax_s(theta . f + correction)[chosen] - (theta - m)' L (theta - m) / 2, which
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
        No sets; one cluster only; an unknown name; a term that is constant within every set and neither fixed
        nor given a prior mean; terms that move together, or data that separate, where no prior settles them.

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
    if not tolerance > 0:
        raise ChoiceError(f"tolerance is {tolerance}; it must be positive")
    clusters = np.unique(sets.cluster).size
    if clusters < 2:
        raise ChoiceError(
            f"all sets belong to one cluster, {sets.labels[sets.cluster[0]]!r}: "
            "standard errors need at least 2, and better 30"
        )
    prior = checked_prior(sets.names, prior_mean, prior_precision, fixed)
    free = np.array([k for k, name in enumerate(sets.names) if name not in prior.fixed], dtype=np.intp)
    block = np.ix_(free, free)
    free_names = [sets.names[k] for k in free]
    work = _Work(sets)
    check_constant(sets.names, sets.features, work.contrasts, prior)
    null = work.evaluate(np.zeros(len(sets.names)))
    at_null = null.information[block] + prior.precision[block]
    check_tied(free_names, at_null)

    with np.errstate(over="ignore", invalid="ignore"):
        found = _newton(work, prior, free, tolerance, max_iterations)
    information = found.point.information[block] + prior.precision[block]
    if free.size and (not found.converged or looks_separated(information, at_null)):
        check_separated(free_names, work.contrasts[:, free], prior.precision[block])
    inverse = _inverse(information)

    sums = np.zeros((len(sets.labels), len(sets.names)))
    np.add.at(sums, sets.cluster, sets.weight[:, None] * found.point.scores)
    spread = sums[:, free].T @ sums[:, free] * (clusters / (clusters - 1))
    covariance = np.zeros((len(sets.names),) * 2)
    covariance[block] = inverse @ (spread + prior.precision[block]) @ inverse
    moved = np.zeros(len(sets.names))
    moved[free] = 1 - np.diag(inverse) / prior_variance(prior.precision[block])
    return Fit(
        names=sets.names,
        coefficients=found.theta,
        covariance=(covariance + covariance.T) / 2,
        moved=np.clip(moved, 0, 1),
        fixed=tuple(name for name in sets.names if name in prior.fixed),
        log_likelihood=float(sets.weight @ found.point.log_likelihoods),
        null_log_likelihood=float(sets.weight @ null.log_likelihoods),
        clusters=clusters,
        sets=len(sets),
        converged=found.converged,
        iterations=found.iterations,
        gradient_norm=found.gradient_norm,
    )


def evaluate(sets: ChoiceSets, coefficients: Mapping[str, float] | ArrayLike) -> Evaluation:
    """Evaluate the log likelihood of every set, its gradient and the information at given coefficients.

    Parameters
    ----------
    sets : ChoiceSets
        S sets over K terms.
    coefficients : array (K,) or mapping
        In the order of ``sets.names``, or by name.

    Returns
    -------
    Evaluation
        Log likelihoods (S,), scores (S, K), information (K, K); weights enter the information only.

    Raises
    ------
    ChoiceError
        Not K finite coefficients.

    Examples
    --------
    >>> from coalitions.calibration import completion_sets
    >>> sets = completion_sets([("pact", (0, 1))], 4, lambda m, _: m.sum(axis=1)[:, None], ["sum"])
    >>> np.exp(evaluate(sets, [0.0]).log_likelihoods).round(3)        # three completions, all alike
    array([0.333, 0.333])
    """
    return _Work(sets).evaluate(checked_vector(coefficients, sets.names, "coefficients"))


class _Work:
    """Choice sets with every alternative measured from the chosen one: its utility is then 0 in each set."""

    def __init__(self, sets: ChoiceSets) -> None:
        chosen = sets.offsets[:-1] + sets.chosen
        self.sets = sets
        self.contrasts = sets.features - np.repeat(sets.features[chosen], sets.sizes, axis=0)
        self.correction = sets.correction - np.repeat(sets.correction[chosen], sets.sizes)
        # blocks of sets whose temporaries stay in the cache
        limits = np.searchsorted(sets.offsets, np.arange(0, sets.offsets[-1], 1 << 14))
        self.limits = np.unique(np.append(limits, len(sets)))

    def evaluate(self, theta: Floats) -> Evaluation:
        sets, terms = self.sets, len(theta)
        values = np.empty(len(sets))
        scores = np.empty((len(sets), terms))
        information = np.zeros((terms, terms))
        for first, last in zip(self.limits[:-1], self.limits[1:], strict=True):
            rows = slice(sets.offsets[first], sets.offsets[last])
            starts = sets.offsets[first:last] - sets.offsets[first]
            size = sets.sizes[first:last]
            weight = sets.weight[first:last]
            contrast = self.contrasts[rows]
            utility = contrast @ theta + self.correction[rows]
            top = np.maximum.reduceat(utility, starts)
            share = np.exp(utility - np.repeat(top, size))
            total = np.add.reduceat(share, starts)
            share /= np.repeat(total, size)
            values[first:last] = -top - np.log(total)
            shared = contrast * share[:, None]
            mean = np.add.reduceat(shared, starts, axis=0)
            scores[first:last] = -mean
            shared *= np.repeat(weight, size)[:, None]
            information += contrast.T @ shared - mean.T @ (mean * weight[:, None])
        return Evaluation(values, scores, (information + information.T) / 2)


class _Found(NamedTuple):
    theta: Floats
    point: Evaluation
    converged: bool
    iterations: int
    gradient_norm: float


def _newton(work: _Work, prior: Prior, free: NDArray[np.intp], tolerance: float, max_iterations: int) -> _Found:
    names, weight, precision = work.sets.names, work.sets.weight, prior.precision

    def objective(theta: Floats, point: Evaluation) -> float:
        off = theta - prior.mean
        return float(weight @ point.log_likelihoods - off @ precision @ off / 2)

    theta = np.array([prior.fixed.get(name, mean) for name, mean in zip(names, prior.mean, strict=True)])
    point = work.evaluate(theta)
    value = objective(theta, point)
    block = np.ix_(free, free)
    iterations = 0
    while True:
        gradient = (weight @ point.scores - precision @ (theta - prior.mean))[free]
        norm = float(np.linalg.norm(gradient))
        try:
            step = np.linalg.solve(point.information[block] + precision[block], gradient)
        except np.linalg.LinAlgError:  # the information has run out: separation, told by the caller
            return _Found(theta, point, False, iterations, norm)
        gain = float(gradient @ step)
        converged = 0 <= gain <= tolerance**2
        if converged or iterations >= max_iterations:
            return _Found(theta, point, converged, iterations, norm)
        iterations += 1
        length = 1.0
        # rounding in the value must not reject the last, tiny steps
        slack = 1e-13 * (1 + abs(value))
        while length > 1e-12:
            trial = theta.copy()
            trial[free] += length * step
            there = work.evaluate(trial)
            if objective(trial, there) >= value + 1e-4 * length * gain - slack:
                break
            length /= 2
        else:
            return _Found(theta, point, False, iterations, norm)
        theta, point = trial, there
        value = objective(theta, point)


def _inverse(information: Floats) -> Floats:
    try:
        if np.isfinite(information).all():
            return np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError:
        pass
    raise ChoiceError(
        "the utilities overflow or the information vanishes on the way to the maximum: bring the terms to "
        "scales where a coefficient near 1 is plausible, or give a prior_precision above 0"
    )
