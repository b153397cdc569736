"""The log likelihood of choice sets, its derivatives, and the maximum of one or several under a normal prior."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.prior import checked_vector
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
    return Likelihood(sets).at(checked_vector(coefficients, sets.names, "coefficients"))


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep matrix products on one thread: with a few dozen columns several only wait for each other."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


class Likelihood:
    """Choice sets with every alternative measured from the chosen one: its utility is then 0 in each set.

    Parameters
    ----------
    sets : ChoiceSets
        Weights given to the methods stand in for theirs, and may be 0.
    """

    def __init__(self, sets: ChoiceSets) -> None:
        chosen = sets.offsets[:-1] + sets.chosen
        self.sets = sets
        self.contrasts = sets.features - np.repeat(sets.features[chosen], sets.sizes, axis=0)
        self.correction = sets.correction - np.repeat(sets.correction[chosen], sets.sizes)
        # blocks of sets whose temporaries stay in the cache
        limits = np.searchsorted(sets.offsets, np.arange(0, sets.offsets[-1], 1 << 14))
        self.limits = np.unique(np.append(limits, len(sets)))

    def at(self, theta: Floats, weight: Floats | None = None) -> Evaluation:
        """Evaluate at coefficients (K,); time O(rows K^2)."""
        sets, terms = self.sets, len(theta)
        weight = sets.weight if weight is None else weight
        values = np.empty(len(sets))
        scores = np.empty((len(sets), terms))
        information = np.zeros((terms, terms))
        for first, last in zip(self.limits[:-1], self.limits[1:], strict=True):
            size = sets.sizes[first:last]
            value, share, contrast, starts = self._shares(theta, first, last)
            values[first:last] = value
            shared = contrast * share[:, None]
            mean = np.add.reduceat(shared, starts, axis=0)
            scores[first:last] = -mean
            shared *= np.repeat(weight[first:last], size)[:, None]
            information += contrast.T @ shared - mean.T @ (mean * weight[first:last, None])
        return Evaluation(values, scores, (information + information.T) / 2)

    def information_slope(self, theta: Floats, metric: Floats, weight: Floats | None = None) -> Floats:
        """Give tr(metric dI / dtheta_k) for every k, (K,): I the information, metric symmetric (K, K).

        It is a sum of third cumulants: sum_s w_s sum_j p_j (f_j - mean)' metric (f_j - mean) (f_j - mean)_k.
        """
        sets = self.sets
        weight = sets.weight if weight is None else weight
        slope = np.zeros(len(theta))
        for first, last in zip(self.limits[:-1], self.limits[1:], strict=True):
            size = sets.sizes[first:last]
            _, share, contrast, starts = self._shares(theta, first, last)
            mean = np.add.reduceat(contrast * share[:, None], starts, axis=0)
            off = contrast - np.repeat(mean, size, axis=0)
            length = np.einsum("ij,ij->i", off @ metric, off)
            slope += (share * length * np.repeat(weight[first:last], size)) @ off
        return slope

    def _shares(self, theta: Floats, first: int, last: int) -> tuple[Floats, Floats, Floats, NDArray[np.intp]]:
        """Log probability of the chosen one (sets), probabilities and contrasts (rows), and where sets start."""
        sets = self.sets
        rows = slice(sets.offsets[first], sets.offsets[last])
        starts = sets.offsets[first:last] - sets.offsets[first]
        size = sets.sizes[first:last]
        contrast = self.contrasts[rows]
        utility = contrast @ theta + self.correction[rows]
        top = np.maximum.reduceat(utility, starts)
        share = np.exp(utility - np.repeat(top, size))
        total = np.add.reduceat(share, starts)
        share /= np.repeat(total, size)
        return -top - np.log(total), share, contrast, starts


def cluster_sums(sets: ChoiceSets, values: Floats, weight: Floats | None = None) -> Floats:
    """Add a figure of each set, times its weight, over the sets of each cluster.

    Parameters
    ----------
    sets : ChoiceSets
        S sets of G labels.
    values : array (S, ...)
        One figure or row a set.
    weight : array (S,), optional
        In place of the weights of the sets.

    Returns
    -------
    array (G, ...)

    Examples
    --------
    >>> from coalitions.calibration import completion_sets
    >>> sets = completion_sets([("a", (0, 1)), ("b", (1, 2))], 4, lambda m, _: m.sum(axis=1)[:, None], ["sum"])
    >>> cluster_sums(sets, np.ones(4))
    array([2., 2.])
    """
    sums = np.zeros((len(sets.labels), *values.shape[1:]))
    weight = sets.weight if weight is None else weight
    np.add.at(sums, sets.cluster, weight.reshape(-1, *(1,) * (values.ndim - 1)) * values)
    return sums


class Point(NamedTuple):
    """Hold an objective at one point: its value, gradient (X,), minus its Hessian (X, X), and the evaluations of
    the likelihoods it is made of."""

    value: float
    gradient: Floats
    curvature: Floats
    evaluations: tuple[Evaluation, ...]


class Maximum(NamedTuple):
    """Hold where `maximise` ended."""

    x: Floats
    point: Point
    converged: bool
    iterations: int
    gradient_norm: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Hold log likelihoods of R parts whose coefficients are linear in X unknowns with a normal prior.

    Attributes
    ----------
    parts : tuple of R Likelihood
        Over the same K terms.
    free : array (F,)
        Terms that are fitted.
    held : array (K,)
        Values of the others.
    map : array (R F, X)
        From the unknowns to the free coefficients of all parts, one part below the other.
    mean : array (X,)
        Of the prior.
    precision : array (X, X)
        Of the prior; may be singular.
    magnitude : float
        Factor of the log likelihoods.
    firth : bool
        Whether half the log determinant of the curvature is added.
    """

    parts: tuple[Likelihood, ...]
    free: NDArray[np.intp]
    held: Floats
    map: Floats
    mean: Floats
    precision: Floats
    magnitude: float = 1.0
    firth: bool = False

    def coefficients(self, x: Floats) -> Floats:
        """Give the coefficients of every part, (R, K)."""
        theta = np.tile(self.held, (len(self.parts), 1))
        theta[:, self.free] = (self.map @ x).reshape(len(self.parts), -1)
        return theta

    def at(self, x: Floats, weights: Sequence[Floats | None] | None = None, pull: Floats | None = None) -> Point:
        """Evaluate the objective.

        Parameters
        ----------
        x : array (X,)
            The unknowns.
        weights : sequence of R arrays, optional
            In place of the weights of the sets.
        pull : array (X,), optional
            Added to the gradient of the log prior: precision times a shift of its mean.

        Returns
        -------
        Point
        """
        theta = self.coefficients(x)
        weights = [None] * len(self.parts) if weights is None else weights
        found = tuple(part.at(row, weight) for part, row, weight in zip(self.parts, theta, weights, strict=True))
        each = [part.sets.weight if w is None else w for part, w in zip(self.parts, weights, strict=True)]
        off = x - self.mean
        push = -self.precision @ off if pull is None else pull - self.precision @ off
        scores = np.concatenate([(w @ e.scores)[self.free] for w, e in zip(each, found, strict=True)])
        value = self.magnitude * float(sum(w @ e.log_likelihoods for w, e in zip(each, found, strict=True)))
        value -= float(off @ self.precision @ off) / 2
        if pull is not None:
            value += float(pull @ off)
        gradient = self.magnitude * (self.map.T @ scores) + push
        curvature = self.map.T @ self.information(found) @ self.map + self.precision
        if self.firth:
            sign, log_determinant = np.linalg.slogdet(curvature)
            if not (sign > 0 and np.isfinite(log_determinant)):
                return Point(-np.inf, gradient, curvature, found)
            value += log_determinant / 2
            metric = self.map @ np.linalg.inv(curvature) @ self.map.T
            gradient = gradient + self.magnitude / 2 * (self.map.T @ self._slopes(theta, metric, weights))
        return Point(value, gradient, (curvature + curvature.T) / 2, found)

    def information(self, evaluations: Sequence[Evaluation]) -> Floats:
        """Give the information on the free coefficients of all parts, in blocks, (R F, R F), times the magnitude."""
        width = len(self.free)
        blocks = np.zeros((width * len(self.parts),) * 2)
        for r, evaluation in enumerate(evaluations):
            span = slice(r * width, (r + 1) * width)
            blocks[span, span] = self.magnitude * evaluation.information[np.ix_(self.free, self.free)]
        return blocks

    def _slopes(self, theta: Floats, metric: Floats, weights: Sequence[Floats | None]) -> Floats:
        terms, width = len(self.held), len(self.free)
        slopes = []
        for r, (part, row, weight) in enumerate(zip(self.parts, theta, weights, strict=True)):
            span = slice(r * width, (r + 1) * width)
            full = np.zeros((terms, terms))
            full[np.ix_(self.free, self.free)] = metric[span, span]
            slopes.append(part.information_slope(row, full, weight)[self.free])
        return np.concatenate(slopes)


def maximise(at: Callable[[Floats], Point], start: Floats, tolerance: float, max_iterations: int) -> Maximum:
    """Climb a concave objective by Newton steps with a line search.

    Parameters
    ----------
    at : callable
        ``at(x) -> Point``.
    start : array (X,)
        Where to begin.
    tolerance : float
        Stop this many standard errors (by curvature) from the maximum.
    max_iterations : int
        Newton steps.

    Returns
    -------
    Maximum

    Examples
    --------
    >>> bowl = lambda x: Point(float(-x @ x), -2 * x, 2 * np.eye(2), ())
    >>> found = maximise(bowl, np.array([3.0, -1.0]), 1e-8, 10)
    >>> found.x, found.iterations
    (array([0., 0.]), 1)
    """
    x, point, iterations = start, at(start), 0
    while True:
        norm = float(np.linalg.norm(point.gradient))
        try:
            step = np.linalg.solve(point.curvature, point.gradient)
        except np.linalg.LinAlgError:  # the information has run out: separation, told by the caller
            return Maximum(x, point, False, iterations, norm)
        gain = float(point.gradient @ step)
        converged = 0 <= gain <= tolerance**2
        if converged or iterations >= max_iterations:
            return Maximum(x, point, converged, iterations, norm)
        iterations += 1
        length = 1.0
        # rounding in the value must not reject the last, tiny steps
        slack = 1e-13 * (1 + abs(point.value))
        while length > 1e-12:
            there = at(x + length * step)
            if there.value >= point.value + 1e-4 * length * gain - slack:
                break
            length /= 2
        else:
            return Maximum(x, point, False, iterations, norm)
        x, point = x + length * step, there


def inverse(curvature: Floats) -> Floats:
    """Invert minus the Hessian at a maximum.

    Parameters
    ----------
    curvature : array (X, X)

    Returns
    -------
    array (X, X)

    Raises
    ------
    ChoiceError
        It has no inverse.
    """
    try:
        if np.isfinite(curvature).all():
            return np.asarray(np.linalg.inv(curvature), dtype=np.float64)
    except np.linalg.LinAlgError:
        pass
    raise ChoiceError(
        "the utilities overflow or the information vanishes on the way to the maximum: bring the terms to "
        "scales where a coefficient near 1 is plausible, or give a prior_precision above 0"
    )


def magnitude_of(curvature: Floats, information: Floats, spread: Floats) -> float:
    """Say by what factor overlapping sets overstate what they know.

    Parameters
    ----------
    curvature : array (X, X)
        Information plus the precision of the prior.
    information : array (X, X)
        H, of the data.
    spread : array (X, X)
        J, the clustered variance of the score.

    Returns
    -------
    float
        tr(curvature^-1 H) / tr(curvature^-1 J); without prior p / tr(H^-1 J).

    References
    ----------
    .. [1] F. Pauli, W. Racugno, L. Ventura (2011), Bayesian composite marginal likelihoods, Statistica Sinica 21,
       149-164.

    Examples
    --------
    >>> magnitude_of(np.eye(2), np.eye(2), 4 * np.eye(2))              # each choice was seen four times
    0.25
    """
    solved = np.linalg.solve(curvature, np.hstack([information, spread]))
    count = len(curvature)
    known, noise = float(np.trace(solved[:, :count])), float(np.trace(solved[:, count:]))
    return known / noise if known > 0 and noise > 0 else 1.0
