"""Intervals of shares, ratios and medians: exact where counts are small, by resampling families elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "bootstrap_interval",
    "check_level",
    "known_median",
    "median_interval",
    "newcombe_interval",
    "odds_ratio",
    "rate_ratio_interval",
    "wilson_interval",
]

Interval = tuple[float, float]
RESAMPLES = 2000


def wilson_interval(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Bound a share by the score interval.

    Parameters
    ----------
    successes, trials : int
        0 <= successes <= trials, trials at least 1.
    level : float
        Of confidence.

    Returns
    -------
    tuple of two floats

    Raises
    ------
    ValueError
        There is no trial, more successes than trials, or a level outside 0 to 1.

    References
    ----------
    .. [1] E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, Journal of the
       American Statistical Association 22, 209-212.

    Examples
    --------
    >>> low, high = wilson_interval(22, 30)
    >>> round(low, 3), round(high, 3)
    (0.556, 0.858)
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(
            f"{successes} of {trials}: a share needs at least one trial, and no more successes than trials"
        )
    check_level(level)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, penalty = successes / trials, z * z / trials
    middle = share + penalty / 2
    half = z * math.sqrt(share * (1 - share) / trials + penalty / (4 * trials))
    return max(0.0, (middle - half) / (1 + penalty)), min(1.0, (middle + half) / (1 + penalty))


def newcombe_interval(first: tuple[int, int], second: tuple[int, int], level: float = 0.95) -> Interval:
    """Bound the difference of two independent shares, first less second, from their Wilson intervals.

    Parameters
    ----------
    first, second : tuple of int
        Successes and trials.
    level : float
        Of confidence.

    Returns
    -------
    tuple of two floats

    Raises
    ------
    ValueError
        As for ``wilson_interval``.

    References
    ----------
    .. [1] R. G. Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics
       in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> low, high = newcombe_interval((56, 70), (48, 80))                # the example of the paper
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    (low_a, high_a), (low_b, high_b) = wilson_interval(*first, level), wilson_interval(*second, level)
    share_a, share_b = first[0] / first[1], second[0] / second[1]
    difference = share_a - share_b
    return (
        difference - math.hypot(share_a - low_a, high_b - share_b),
        difference + math.hypot(high_a - share_a, share_b - low_b),
    )


def rate_ratio_interval(after: int, before: int, exposure: float = 1.0, level: float = 0.95) -> Interval:
    """Bound the ratio of two Poisson rates exactly.

    Given their sum, the later count is binomial with chance r t / (1 + r t), where r is the ratio and t the time
    watched after for each unit of time before; the exact interval of that chance gives the ratio's.

    Parameters
    ----------
    after, before : int
        Counts, not both 0.
    exposure : float
        Time after over time before.
    level : float
        Of confidence: coverage is at least this.

    Returns
    -------
    tuple of two floats
        The upper end is infinite where nothing was counted before.

    Raises
    ------
    ValueError
        Both counts are 0, one is negative, the time is not positive, or the level outside 0 to 1.

    References
    ----------
    .. [1] J. Przyborowski and H. Wilenski (1940), Homogeneity of results in testing samples from Poisson series,
       Biometrika 31, 313-323.

    Examples
    --------
    >>> low, high = rate_ratio_interval(20, 10)
    >>> round(low, 2), round(high, 2)
    (0.89, 4.78)
    """
    if min(after, before) < 0 or after + before == 0:
        raise ValueError(f"counts {after} and {before}: a ratio of rates needs one event at least")
    if not (math.isfinite(exposure) and exposure > 0):
        raise ValueError(f"exposure is {exposure}; time after over time before is finite and above 0")
    check_level(level)
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(after, before + 1, tail)) if after else 0.0
    high = float(betaincinv(after + 1, before, 1 - tail)) if before else 1.0
    return low / (1 - low) / exposure, math.inf if high == 1 else high / (1 - high) / exposure


def odds_ratio(table: Sequence[Sequence[int]], level: float = 0.95) -> tuple[float, Interval]:
    """Estimate the odds ratio of a two by two table given its margins, with Fisher's exact interval.

    Parameters
    ----------
    table : two rows of two counts
    level : float
        Of confidence.

    Returns
    -------
    estimate : float
    interval : tuple of two floats
        Its ends may be 0 and infinite.

    Raises
    ------
    ValueError
        The table is not two by two, a count is negative, a row or column holds nothing, or the level is outside 0 to 1.

    References
    ----------
    .. [1] R. A. Fisher (1935), The logic of inductive inference, Journal of the Royal Statistical Society 98, 39-82.

    Examples
    --------
    >>> estimate, (low, high) = odds_ratio([[3, 1], [1, 3]])
    >>> round(estimate, 2), round(low, 2), round(high, 1)
    (6.41, 0.21, 626.2)
    """
    from scipy.stats.contingency import odds_ratio as conditional

    check_level(level)
    counts = np.asarray(table)
    if counts.shape == (2, 2) and not (counts.any(axis=0).all() and counts.any(axis=1).all()):
        raise ValueError(f"table {counts.tolist()}: a row or column without a count leaves no odds to compare")
    found = conditional(counts)
    low, high = found.confidence_interval(level)
    return float(found.statistic), (float(low), float(high))


def known_median(values: NDArray[np.float64]) -> float:
    """Give the median of the figures that are known; nan where none is.

    Parameters
    ----------
    values : array (n,)
        nan where a figure is not known.

    Returns
    -------
    float

    Examples
    --------
    >>> known_median(np.array([1.0, np.nan, 3.0]))
    2.0
    """
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else math.nan


def median_interval(values: Sequence[float] | NDArray[np.float64], level: float = 0.95) -> Interval:
    """Bound a median by order statistics, whatever the distribution.

    Parameters
    ----------
    values : sequence of float
        At least one.
    level : float
        Of confidence: coverage is at least this, unless there are too few values for any such interval; then it
        runs from the least to the greatest.

    Returns
    -------
    tuple of two floats

    Raises
    ------
    ValueError
        There is no value, one is not a number, or the level is outside 0 to 1.

    References
    ----------
    .. [1] W. R. Thompson (1936), On confidence ranges for the median, Annals of Mathematical Statistics 7, 122-128.

    Examples
    --------
    >>> median_interval([3, 3, 3, 4, 4, 5, 6, 7, 9, 10])
    (3.0, 9.0)
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    if n == 0:
        raise ValueError("the median of no values is not defined; give one at least")
    if np.isnan(ordered).any():
        raise ValueError("a value is nan; leave out what is not known")
    check_level(level)
    below, rank = 0.0, 0
    while rank < n // 2 and below + math.comb(n, rank) / 2**n <= (1 - level) / 2:
        below += math.comb(n, rank) / 2**n
        rank += 1
    rank = max(rank - 1, 0)
    return float(ordered[rank]), float(ordered[n - 1 - rank])


def bootstrap_interval(
    statistic: Callable[[NDArray[np.intp]], float],
    families: Sequence[Hashable],
    level: float,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Interval:
    """Bound a statistic of groups by drawing whole families with replacement.

    Parameters
    ----------
    statistic : callable
        Takes positions of groups (some repeated) and gives a number, nan where the draw does not define it.
    families : sequence of hashable
        The family of each group: groups of the same founders are not independent.
    level : float
        Of the percentile interval.
    rng : numpy.random.Generator
    resamples : int
        Draws.

    Returns
    -------
    tuple of two floats
        nan where one family leaves nothing to resample, or no draw defines the statistic.

    Raises
    ------
    ValueError
        The level is outside 0 to 1.

    References
    ----------
    .. [1] B. Efron and R. J. Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Examples
    --------
    >>> values = np.array([1.0, 2.0, 3.0, 4.0])
    >>> low, high = bootstrap_interval(lambda at: values[at].mean(), "abcd", 0.9, np.random.default_rng(0))
    >>> low < 2.5 < high
    True
    """
    check_level(level)
    of_family: dict[Hashable, list[int]] = {}
    for position, family in enumerate(families):
        of_family.setdefault(family, []).append(position)
    if len(of_family) < 2:
        return math.nan, math.nan
    blocks = [np.array(block, dtype=np.intp) for block in of_family.values()]
    drawn = rng.integers(len(blocks), size=(resamples, len(blocks)))
    samples = [statistic(np.concatenate([blocks[k] for k in row])) for row in drawn]
    if np.isnan(samples).all():
        return math.nan, math.nan
    low, high = np.nanquantile(samples, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def check_level(level: float) -> None:
    """Refuse a level of confidence that is not between 0 and 1.

    Parameters
    ----------
    level : float

    Raises
    ------
    ValueError
        It is not.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must lie between 0 and 1")
