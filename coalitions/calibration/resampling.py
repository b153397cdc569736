"""Doubt about a score: resample whole clusters, or the states behind pairs, and score again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.ranks import Estimate
from coalitions.errors import ChoiceError

Floats = NDArray[np.float64]
Clusters = Sequence[Hashable] | Sequence[tuple[Hashable, Hashable]] | None
"""One label a row; or two, for pairs of states: then a resample weighs a row by the product of its labels' counts."""

CELLS = 1 << 20  # of one block of resamples: what stays in the cache


def resampled_estimate(
    statistic: Callable[[Floats], Floats],
    rows: int,
    clusters: Clusters,
    pairs: bool,
    level: float,
    resamples: int,
    rng: int | np.random.Generator | None,
) -> Estimate:
    """Evaluate a statistic of row weights, at weights of 1 and over resampled clusters.

    Parameters
    ----------
    statistic : callable
        From weights (b, rows) to b figures; one that is not finite leaves its resample out.
    rows : int
    clusters : sequence of labels, optional
        Rows of one label are resampled together; by default each row stands alone.
    pairs : bool
        Whether ``clusters`` holds two labels a row: labels are resampled, and a row weighs the product of their counts.
    level : float
        Of the percentile interval.
    resamples : int
    rng : int or numpy.random.Generator, optional
        Anything `numpy.random.default_rng` takes.

    Returns
    -------
    Estimate
        With bounds of nan where there is one label only.

    Raises
    ------
    ChoiceError
        The level is not between 0 and 1, there is no resample, labels and rows differ in number, or pairs have none.

    References
    ----------
    .. [1] T. A. B. Snijders, S. P. Borgatti (1999), Non-parametric standard errors and tests for network statistics,
           Connections 22, 161-170 (resampling the vertices behind pairs).

    Examples
    --------
    >>> values = np.array([1.0, 2.0, 3.0])
    >>> mean = lambda weights: weights @ values / weights.sum(axis=1)
    >>> resampled_estimate(mean, 3, ["a", "a", "b"], False, 0.9, 100, 0)
    Estimate(value=2.0, low=1.5, high=3.0)
    """
    if not 0 < level < 1:
        raise ChoiceError(f"level is {level}; it must lie between 0 and 1")
    if resamples < 1:
        raise ChoiceError(f"resamples is {resamples}; at least 1 is needed")
    if pairs and not (clusters and all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in clusters)):
        raise ChoiceError("pairs=True: clusters must hold two labels for each row, such as the two states of a tie")
    if clusters is not None and len(clusters) != rows:
        raise ChoiceError(f"{len(clusters)} cluster labels for {rows} rows; one each is needed")
    value = float(statistic(np.ones((1, rows)))[0])
    labels: list[Any] = list(range(rows)) if clusters is None else list(clusters)
    samples = np.concatenate(
        [np.empty(0), *(statistic(weights) for weights in _resampled(labels, pairs, resamples, rng))]
    )
    samples = samples[np.isfinite(samples)]
    if not samples.size:
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high))


def checked_outcomes(outcomes: ArrayLike, forecasts: ArrayLike, *, bounded: bool = False) -> tuple[Floats, Floats]:
    """Read outcomes and their forecasts, one each a row.

    Parameters
    ----------
    outcomes : array (m,) of 0 and 1
    forecasts : array (m,)
        Scores, or probabilities where ``bounded``.
    bounded : bool, default False

    Returns
    -------
    outcomes, forecasts : array (m,)

    Raises
    ------
    ChoiceError
        Named by row.

    Examples
    --------
    >>> checked_outcomes([True, False], [2, 1])
    (array([1., 0.]), array([2., 1.]))
    """
    what = "probability" if bounded else "score"
    happened, given = np.asarray(outcomes), np.asarray(forecasts)
    for name, array in (("outcome", happened), (what, given)):
        if array.ndim != 1 or not array.size or array.dtype.kind not in "buif":
            raise ChoiceError(
                f"{name}: shape {array.shape} and type {array.dtype}; a list of numbers is needed, one a row"
            )
    if happened.size != given.size:
        raise ChoiceError(f"{happened.size} outcomes for {given.size} forecasts; one each is needed")
    odd = np.flatnonzero((happened != 0) & (happened != 1))
    if odd.size:
        raise ChoiceError(f"outcome of row {odd[0]} is {happened[odd[0]]}; it must be 0 or 1")
    given = given.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(given) | (bounded & ((given < 0) | (given > 1))))
    if bad.size:
        need = "between 0 and 1" if bounded else "finite"
        raise ChoiceError(f"{what} of row {bad[0]} is {given[bad[0]]}; it must be {need}")
    return happened.astype(np.float64), given


def _resampled(
    labels: list[Any], pairs: bool, resamples: int, rng: int | np.random.Generator | None
) -> Iterator[Floats]:
    """Yield blocks of resampled row weights (b, rows); none where one cluster leaves nothing to resample."""
    sides = list(zip(*labels, strict=True)) if pairs else [labels]
    known = list(dict.fromkeys(label for side in sides for label in side))
    if len(known) < 2:
        return
    index = {label: number for number, label in enumerate(known)}
    places = [np.array([index[label] for label in side]) for side in sides]
    generator = np.random.default_rng(rng)
    block = max(1, CELLS // len(labels))
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        drawn = generator.multinomial(len(known), np.full(len(known), 1 / len(known)), size=count).astype(np.float64)
        weights = drawn[:, places[0]]
        for place in places[1:]:
            weights = weights * drawn[:, place]
        # a resample that drew no row at all says nothing
        yield weights[weights.any(axis=1)]
