"""Regions that learn from each other: coefficients of their own, drawn towards common ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.choice import check_tolerance, checked_magnitude
from coalitions.calibration.fitted import Fit
from coalitions.calibration.hierarchical import HierarchicalFit
from coalitions.calibration.likelihood import Maximum, Problem, inverse, one_thread
from coalitions.calibration.prior import Prior, checked_vector, prior_variance
from coalitions.calibration.regions import Regions, checked_regions
from coalitions.calibration.sets import ChoiceSets
from coalitions.errors import ChoiceError

Floats = NDArray[np.float64]

_FACTORS = (0.0, *np.geomspace(0.03, 3.0, 9))
"""Common factors tried before the search narrows down."""

_HIGHEST = 1e3
_CUTOFF = 3.841458820694124
"""Of chi-square with one degree of freedom at 95 %."""


@one_thread()
def fit_hierarchy(
    sets: Mapping[str, ChoiceSets],
    *,
    prior_mean: Mapping[str, float] | ArrayLike | None = None,
    prior_precision: Mapping[str, float] | ArrayLike = 1.0,
    spread: float | Mapping[str, float] | ArrayLike | Literal["estimate"] = "estimate",
    scales: Mapping[str, float] | ArrayLike | None = None,
    fixed: Mapping[str, float] | None = None,
    magnitude: float | Literal["estimate"] = "estimate",
    tolerance: float = 1e-8,
    max_iterations: int = 100,
) -> HierarchicalFit:
    """Fit one conditional logit a region, with coefficients theta_r = mu + delta_r shrunk to common ones.

    mu has the prior of `fit`; delta_r ~ N(0, diag(s^2)). With s = 0 all regions are pooled, with s large each is
    fitted by itself; in between a region that says little about a term takes the common coefficient.

    Parameters
    ----------
    sets : mapping of region to ChoiceSets
        Two regions or more over the same terms. A term may be constant within one region, which then takes the
        common coefficient. Clusters of one label are one cluster, in whichever regions they are.
    prior_mean, prior_precision
        Of mu, as in `fit`.
    spread : "estimate", float, mapping or array (K,), default "estimate"
        s. "estimate" takes a common factor times ``scales``, the factor at the maximum of the marginal
        likelihood; a number is that factor itself; a mapping or array gives s outright, in units of the
        coefficients.
    scales : mapping or array (K,), optional
        How far regions may differ in one term compared with another; by default the standard deviation of the
        prior of mu, 1 where it has none.
    fixed : mapping of names to values, optional
        Coefficients held there in every region.
    magnitude : float or "estimate", default "estimate"
        Factor of the log likelihoods, as in `fit`; "estimate" takes it from the pooled fit.
    tolerance, max_iterations
        As in `fit`.

    Returns
    -------
    HierarchicalFit

    Raises
    ------
    ChoiceError
        Fewer than two regions; terms that differ; what `fit` refuses for all regions together; a negative spread;
        a marginal likelihood that rises for ever in the spread.

    Notes
    -----
    *Why one factor.* R regions give R - 1 deviations of each term to learn its spread from: with three or four
    regions a spread a term is mostly noise, and its estimate is 0 half the time when it is small. One factor
    learns from K (R - 1) deviations. What is lost is that terms may differ in how common they are: say so
    with ``scales``, or give ``spread``.

    *Why the magnitude.* The completion sets of a group overlap, so the composite likelihood claims more
    information than there is; the spread would take the excess for differences between regions. Scaled by
    p / tr(H^-1 J), with J centred within regions at the pooled fit, it claims what the clustered scores bear
    out. The marginal likelihood is Laplace's approximation at the joint maximum.

    *Covariance.* The sandwich of `fit` over mu and all theta_r jointly, with the precision of the prior and of
    the deviations beside J. The spread is taken as known; ``spread_interval`` says how well it is.

    Time: some twenty-five fits of all regions, each O(rows K^2) a step.

    References
    ----------
    .. [1] F. Pauli, W. Racugno, L. Ventura (2011), Bayesian composite marginal likelihoods, Statistica Sinica 21,
       149-164.
    .. [2] R. E. Kass, D. Steffey (1989), Approximate Bayesian inference in conditionally independent hierarchical
       models, Journal of the American Statistical Association 84, 717-726.
    .. [3] A. Gelman, I. Pardoe (2006), Bayesian measures of explained variance and pooling in multilevel models,
       Technometrics 48, 241-251.

    Examples
    --------
    >>> from coalitions.calibration import completion_sets
    >>> wealth = np.array([3.0, 2.0, 1.5, 1.0, 0.5, 0.0])
    >>> total = lambda members, context: wealth[members].sum(axis=1)[:, None]
    >>> east = completion_sets([("a", (0, 1)), ("b", (0, 2)), ("c", (1, 4))], 6, total, ["wealth"])
    >>> west = completion_sets([("d", (0, 3)), ("e", (2, 4)), ("f", (4, 5))], 6, total, ["wealth"])
    >>> found = fit_hierarchy({"east": east, "west": west}, spread=0.5)
    >>> bool(found["west"]["wealth"] < found.common["wealth"] < found["east"]["wealth"])
    True
    """
    check_tolerance(tolerance)
    factor = checked_magnitude(magnitude)
    prior = checked_regions(sets, prior_mean, prior_precision, fixed)
    names = next(iter(sets.values())).names
    sizes = _checked_scales(scales, prior, names)
    given = _checked_spread(spread, sizes, names)
    with np.errstate(over="ignore", invalid="ignore"):
        world = Regions.of(sets, prior, tolerance, max_iterations)
        pooled = world.pooled(factor or 1.0)
        if factor is None:
            factor = world.magnitude(pooled)
        near = world.coefficients(pooled)
        choice = _searched(world, sizes, factor, near) if given is None else _Choice(given, None, None, near)
        problem, found, log_marginal = world.at(choice.spread, factor, choice.near)
    return _result(world, choice, problem, found, log_marginal)


class _Choice(NamedTuple):
    """A spread (K,), how it was come by, and coefficients near those of its fit."""

    spread: Floats
    factor: float | None
    interval: tuple[float, float] | None
    near: Floats


def _searched(world: Regions, scales: Floats, magnitude: float, near: Floats) -> _Choice:
    """Find the common factor of the spread at the maximum of the marginal likelihood, and its interval."""
    from scipy.optimize import brentq, minimize_scalar

    known: dict[float, tuple[float, Floats]] = {}

    def marginal(factor: float) -> float:
        if factor not in known:
            closest = known[min(known, key=lambda other: abs(other - factor))][1] if known else near
            problem, found, value = world.at(factor * scales, magnitude, closest, tolerance=1e-5)
            theta = (problem.map @ found.x).reshape(len(world.parts), -1)
            known[factor] = value, np.vstack([found.x[: theta.shape[1]], theta])
        return known[factor][0]

    tried = list(_FACTORS)
    best = max(tried, key=marginal)
    while best == tried[-1] or marginal(tried[-1]) > marginal(best) - _CUTOFF / 2:
        if tried[-1] > _HIGHEST:
            break
        tried.append(3 * tried[-1])
        best = max(tried, key=marginal)
    if best == tried[-1]:
        raise ChoiceError(
            f"the marginal likelihood rises up to a spread of {best:.3g} times the scales: the regions share nothing "
            "that it could be told from. Give spread= or fit each region by itself"
        )
    place = tried.index(best)
    low, high = tried[max(place - 1, 0)], tried[place + 1]
    inner = minimize_scalar(lambda f: -marginal(float(f)), bounds=(low, high), options={"xatol": 1e-3 * high}).x
    best = max((best, float(inner)), key=marginal)
    if marginal(0.0) > marginal(best) - 1e-6:
        best = 0.0
    edge = marginal(best) - _CUTOFF / 2
    below = [f for f in tried if f < best and marginal(f) < edge]
    above = [f for f in tried if f > best and marginal(f) < edge]
    ends = (
        float(brentq(lambda f: marginal(float(f)) - edge, below[-1], best, rtol=1e-3)) if below else 0.0,
        float(brentq(lambda f: marginal(float(f)) - edge, best, above[0], rtol=1e-3)) if above else float("inf"),
    )
    return _Choice(best * scales, best, ends, known[best][1])


def _result(world: Regions, choice: _Choice, problem: Problem, found: Maximum, log_marginal: float) -> HierarchicalFit:
    free, count, terms = world.free, len(world.parts), len(world.names)
    spread = np.zeros(terms)
    spread[free] = choice.spread[free]
    precision = world.prior.precision[np.ix_(free, free)]
    of_region = np.asarray(np.linalg.solve(np.eye(free.size) + precision * spread[free] ** 2, precision))
    joint = _Joint(world, problem, found)
    theta = np.vstack([problem.held, problem.coefficients(found.x)])
    theta[0, free] = found.x[: free.size]

    def fit_of(number: int, before: Floats, clusters: int, speaking: float, sets: int) -> Fit:
        curvature = joint.block(joint.curvature, number)
        moved = np.zeros(terms)
        moved[free] = 1 - np.diag(curvature) / prior_variance(before)
        members = range(count) if number == 0 else [number - 1]
        nulls = [world.parts[r].at(np.zeros(terms)).log_likelihoods for r in members]
        return Fit(
            names=world.names,
            coefficients=theta[number],
            covariance=widened(joint.block(joint.covariance, number), free, terms),
            moved=np.clip(moved, 0, 1),
            fixed=tuple(name for name in world.names if name in world.prior.fixed),
            log_likelihood=sum(joint.log_likelihoods[r] for r in members),
            null_log_likelihood=sum(float(world.parts[r].sets.weight @ n) for r, n in zip(members, nulls, strict=True)),
            clusters=clusters,
            sets=sets,
            converged=found.converged,
            iterations=found.iterations,
            gradient_norm=found.gradient_norm,
            prior_mean=world.prior.mean,
            prior_precision=widened(before, free, terms),
            information=widened(inverse(curvature) - before, free, terms),
            magnitude=problem.magnitude,
            objective=found.point.value,
            freedom=max(0, int(speaking - joint.fitted[number].sum())),
        )

    clusters = len(world.labels)
    fits = {}
    for r, (region, part) in enumerate(zip(world.regions, world.parts, strict=True)):
        own = np.unique(part.sets.cluster).size
        # other regions lend as many clusters as their weight in the coefficients stands for
        share = joint.fitted[r + 1, r] / max(joint.fitted[r + 1].sum(), 1e-12)
        speaking = min(float(clusters), own / max(share, 1e-12))
        fits[region] = fit_of(r + 1, of_region, own, speaking, len(part.sets))
    return HierarchicalFit(
        names=world.names,
        regions=world.regions,
        common=fit_of(0, precision, clusters, clusters, sum(len(part.sets) for part in world.parts)),
        fits=fits,
        spread=spread,
        factor=choice.factor,
        spread_interval=choice.interval,
        shrinkage=joint.shrinkage(spread),
        magnitude=problem.magnitude,
        covariance=widened(joint.covariance, free, terms),
        log_marginal=log_marginal,
        converged=found.converged,
    )


class _Joint:
    """Second moments of mu and the coefficients of every region, one below the other, over the free terms.

    ``covariance`` is the sandwich, ``curvature`` the inverse curvature, both ((R + 1) F,) * 2; ``fitted`` says how many
    coefficients of mu (row 0) and of each region the data of each region set, (R + 1, R).
    """

    def __init__(self, world: Regions, problem: Problem, found: Maximum) -> None:
        self.world, self.width = world, world.free.size
        evaluations = found.point.evaluations
        self.information = problem.information(evaluations)
        clusters, count = len(world.labels), len(world.parts)
        scores = problem.magnitude * world.cluster_scores(evaluations) @ problem.map
        meat = scores.T @ scores * (clusters / (clusters - 1)) + problem.precision
        bread = inverse(found.point.curvature)
        to_all = np.vstack([np.eye(self.width, len(found.x)), problem.map])
        self.covariance = to_all @ bread @ meat @ bread @ to_all.T
        self.curvature = to_all @ bread @ to_all.T
        answer = to_all @ bread @ problem.map.T @ self.information
        self.fitted = answer.reshape(count + 1, self.width, count, self.width).trace(axis1=1, axis2=3)
        self.log_likelihoods = [
            float(part.sets.weight @ evaluation.log_likelihoods)
            for part, evaluation in zip(world.parts, evaluations, strict=True)
        ]

    def block(self, matrix: Floats, number: int) -> Floats:
        """Cut out mu (0) or a region (from 1)."""
        span = slice(number * self.width, (number + 1) * self.width)
        return np.asarray((matrix[span, span] + matrix[span, span].T) / 2)

    def shrinkage(self, spread: Floats) -> Floats:
        """Weight of mu in each region's coefficients, mu given: the diagonal of (I + D H_r)^-1."""
        s = spread[self.world.free]
        weights = np.ones((len(self.world.parts), spread.size))
        for r in range(len(weights)):
            own = self.block(self.information, r) * np.outer(s, s)
            weights[r, self.world.free] = np.diag(np.linalg.inv(np.eye(self.width) + own))
        return weights


def widened(matrix: Floats, free: NDArray[np.intp], terms: int) -> Floats:
    """Put rows and columns of zeros in for fixed terms.

    Parameters
    ----------
    matrix : array (b F, b F)
        b blocks over the free terms.
    free : array (F,)
        Their places among all terms.
    terms : int
        K.

    Returns
    -------
    array (b K, b K)
        Made symmetric.

    Examples
    --------
    >>> widened(np.array([[2.0]]), np.array([1]), 2)
    array([[0., 0.],
           [0., 2.]])
    """
    blocks = len(matrix) // max(free.size, 1)
    wide = np.zeros((max(blocks, 1) * terms,) * 2)
    places = np.concatenate([free + b * terms for b in range(max(blocks, 1))])
    wide[np.ix_(places, places)] = (matrix + matrix.T) / 2
    return wide


def _checked_scales(given: Mapping[str, float] | ArrayLike | None, prior: Prior, names: tuple[str, ...]) -> Floats:
    if given is None:
        variance = prior_variance(prior.precision)
        return np.where(np.isfinite(variance), np.sqrt(np.where(np.isfinite(variance), variance, 1.0)), 1.0)
    scales = checked_vector(given, names, "scales", default=1.0)
    for name, value in zip(names, scales, strict=True):
        if value < 0:
            raise ChoiceError(f"scales of {name!r} is {value}; it must not be negative")
    return scales


def _checked_spread(
    given: float | Mapping[str, float] | ArrayLike | str, scales: Floats, names: tuple[str, ...]
) -> Floats | None:
    if isinstance(given, str):
        if given != "estimate":
            raise ChoiceError(f"spread is {given!r}; it must be 'estimate', a number, or one number a term")
        return None
    if isinstance(given, Mapping) or np.ndim(given):
        spread = checked_vector(given, names, "spread")
    else:
        spread = scales * checked_vector(given, names, "spread", default=0.0)
    for name, value in zip(names, spread, strict=True):
        if value < 0:
            raise ChoiceError(f"spread of {name!r} is {value}; it must not be negative")
    return spread
