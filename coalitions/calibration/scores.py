"""How good forecasts are: scores of probabilities and of rankings, with their doubt.

Outcomes are 1 where the thing happened and 0 where it did not. Every score comes with a percentile interval from a
bootstrap that resamples whole clusters, because the alternatives of one group are not independent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.ranks import Estimate
from coalitions.calibration.resampling import Clusters, checked_outcomes, resampled_estimate
from coalitions.errors import ChoiceError

Floats = NDArray[np.float64]


def log_loss(
    outcomes: ArrayLike,
    probabilities: ArrayLike,
    *,
    clusters: Clusters = None,
    pairs: bool = False,
    level: float = 0.95,
    resamples: int = 1000,
    rng: int | np.random.Generator | None = 0,
) -> Estimate:
    """Give the mean surprise of what happened: minus the log of the probability it had been given.

    Parameters
    ----------
    outcomes : array (m,) of 0 and 1
    probabilities : array (m,)
        That the outcome is 1.
    clusters : sequence of m labels, optional
        Rows of one label are resampled together; by default each row stands alone.
    pairs : bool, default False
        Whether ``clusters`` holds a pair of labels a row, such as the two states of a tie: states are then resampled
        and a row weighs the product of their counts.
    level : float, default 0.95
        Of the interval.
    resamples : int, default 1000
    rng : int or numpy.random.Generator, default 0
        Anything `numpy.random.default_rng` takes.

    Returns
    -------
    Estimate
        Nats a row; 0 is certainty, log 2 = 0.693 is a coin.

    Raises
    ------
    ChoiceError
        An outcome is not 0 or 1, a probability outside 0 to 1, lengths differ; or a probability of 0 for what
        happened, where the loss is infinite.

    References
    ----------
    .. [1] I. J. Good (1952), Rational decisions, Journal of the Royal Statistical Society B 14, 107-114.

    Examples
    --------
    >>> round(log_loss([1, 0, 0], [0.5, 0.5, 0.5]).value, 3)
    0.693
    """
    happened, given = checked_outcomes(outcomes, probabilities, bounded=True)
    told = np.where(happened, given, 1 - given)
    if (told == 0).any():
        row = int(np.argmin(told))
        raise ChoiceError(f"row {row} had probability {given[row]:g} and its outcome is {int(happened[row])}: infinite")
    return _mean(-np.log(told), clusters, pairs, level, resamples, rng)


def brier_score(
    outcomes: ArrayLike,
    probabilities: ArrayLike,
    *,
    clusters: Clusters = None,
    pairs: bool = False,
    level: float = 0.95,
    resamples: int = 1000,
    rng: int | np.random.Generator | None = 0,
) -> Estimate:
    """Give the mean squared distance between probabilities and outcomes.

    Parameters
    ----------
    outcomes, probabilities, clusters, pairs, level, resamples, rng
        As for `log_loss`.

    Returns
    -------
    Estimate
        0 is certainty, 1/4 is a coin.

    Raises
    ------
    ChoiceError
        As `log_loss`, except that a probability of 0 may be wrong here.

    References
    ----------
    .. [1] G. W. Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78,
           1-3.

    Examples
    --------
    >>> brier_score([1, 0], [0.8, 0.4]).value.__round__(3)
    0.1
    """
    happened, given = checked_outcomes(outcomes, probabilities, bounded=True)
    return _mean((given - happened) ** 2, clusters, pairs, level, resamples, rng)


def average_precision(
    outcomes: ArrayLike,
    scores: ArrayLike,
    *,
    clusters: Clusters = None,
    pairs: bool = False,
    level: float = 0.95,
    resamples: int = 1000,
    rng: int | np.random.Generator | None = 0,
) -> Estimate:
    """Give the area under the precision-recall curve: the score for rare events, where ROC alone flatters.

    sum over distinct scores, from the highest, of (gain in recall) x (precision there). Rows of one score enter
    together, so ties get no credit for the order they happen to stand in.

    Parameters
    ----------
    outcomes : array (m,) of 0 and 1
        At least one 1.
    scores : array (m,)
        Higher for likelier rows; probabilities or any other figure.
    clusters, pairs, level, resamples, rng
        As for `log_loss`.

    Returns
    -------
    Estimate
        1 is best; without any skill it is the share of 1 among the outcomes.

    Raises
    ------
    ChoiceError
        An outcome is not 0 or 1, a score not finite, lengths differ, or nothing happened.

    Notes
    -----
    O(m log m), and O(m) a resample. Resamples in which nothing happened are left out of the interval.

    References
    ----------
    .. [1] J. Davis, M. Goadrich (2006), The relationship between precision-recall and ROC curves, ICML, 233-240.

    Examples
    --------
    >>> round(average_precision([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]).value, 3)        # (1 + 2/3) / 2
    0.833
    """
    happened, given = checked_outcomes(outcomes, scores)
    if not happened.any():
        raise ChoiceError("no outcome is 1: average precision needs something that happened")
    order, ends = _by_score(given)
    positive = happened[order]

    def statistic(weights: Floats) -> Floats:
        ordered = weights[:, order]
        found = np.cumsum(ordered * positive, axis=1)[:, ends]
        taken = np.cumsum(ordered, axis=1)[:, ends]
        gained = np.diff(found, axis=1, prepend=0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            precise = np.where(taken > 0, found / taken, 0.0)
            areas: Floats = (gained * precise).sum(axis=1) / found[:, -1]
        return areas

    return resampled_estimate(statistic, given.size, clusters, pairs, level, resamples, rng)


def roc_auc(
    outcomes: ArrayLike,
    scores: ArrayLike,
    *,
    clusters: Clusters = None,
    pairs: bool = False,
    level: float = 0.95,
    resamples: int = 1000,
    rng: int | np.random.Generator | None = 0,
) -> Estimate:
    """Give the chance that a row that happened scores above one that did not, ties counting half.

    Parameters
    ----------
    outcomes : array (m,) of 0 and 1
        Both must occur.
    scores : array (m,)
        Higher for likelier rows.
    clusters, pairs, level, resamples, rng
        As for `log_loss`.

    Returns
    -------
    Estimate
        0.5 is chance, 1 is best: the Mann-Whitney statistic over the number of comparisons.

    Raises
    ------
    ChoiceError
        As `average_precision`, or everything happened.

    Notes
    -----
    O(m log m), and O(m) a resample. Resamples with one kind of outcome only are left out of the interval.

    References
    ----------
    .. [1] J. A. Hanley, B. J. McNeil (1982), The meaning and use of the area under a receiver operating characteristic
           (ROC) curve, Radiology 143, 29-36.

    Examples
    --------
    >>> roc_auc([1, 0, 1, 0], [3, 2, 2, 1]).value
    0.875
    """
    happened, given = checked_outcomes(outcomes, scores)
    if happened.all() or not happened.any():
        raise ChoiceError(f"every outcome is {int(happened[0])}: the area under the ROC curve compares 1 with 0")
    order, ends = _by_score(given)
    positive = happened[order]

    def statistic(weights: Floats) -> Floats:
        ordered = weights[:, order]
        found = np.cumsum(ordered * positive, axis=1)[:, ends]
        passed = np.cumsum(ordered * (1 - positive), axis=1)[:, ends]
        # a row that did not happen is beaten by all found before its score, and by half of those at it
        before = np.concatenate([np.zeros((len(found), 1)), found[:, :-1]], axis=1)
        beaten = np.diff(passed, axis=1, prepend=0.0) * (before + found) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            areas: Floats = beaten.sum(axis=1) / (found[:, -1] * passed[:, -1])
        return areas

    return resampled_estimate(statistic, given.size, clusters, pairs, level, resamples, rng)


def reciprocal_rank(scores: ArrayLike, true: int) -> float:
    """Give one over the place of the true alternative, averaged over the order of its ties.

    Parameters
    ----------
    scores : array (m,)
        One for each alternative, higher for likelier ones.
    true : int
        Index of the one that came true.

    Returns
    -------
    float
        1 where it scores highest. The mean over many choices is the mean reciprocal rank.

    Raises
    ------
    ChoiceError
        A score is not finite, or there is no such alternative.

    References
    ----------
    .. [1] E. M. Voorhees (1999), The TREC-8 question answering track report, NIST Special Publication 500-246, 77-82.

    Examples
    --------
    >>> reciprocal_rank([0.2, 0.9, 0.5], true=2)
    0.5
    >>> reciprocal_rank([1.0, 1.0], true=0)               # first or second: (1 + 1/2) / 2
    0.75
    """
    above, level = _places(scores, true)
    return float(np.mean(1 / np.arange(above + 1, above + level + 1)))


def share_in_top(scores: ArrayLike, true: int, places: int) -> float:
    """Give the chance that the true alternative is among the first places, ties in random order.

    Parameters
    ----------
    scores : array (m,)
    true : int
        As for `reciprocal_rank`.
    places : int
        At least 1.

    Returns
    -------
    float
        0 or 1 unless tied.

    Raises
    ------
    ChoiceError
        As `reciprocal_rank`; fewer than one place.

    Examples
    --------
    >>> share_in_top([0.2, 0.9, 0.5], true=2, places=1), share_in_top([1.0, 1.0], true=0, places=1)
    (0.0, 0.5)
    """
    if not places >= 1:
        raise ChoiceError(f"places is {places}; at least 1 is needed")
    above, level = _places(scores, true)
    return float(np.clip((places - above) / level, 0, 1))


def _by_score(scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Order rows from the highest score and say where each distinct score ends."""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    return order, ends


def _places(scores: ArrayLike, true: int) -> tuple[int, int]:
    """Count the alternatives above the true one, and those level with it, itself among them."""
    given = np.asarray(scores, dtype=np.float64)
    if given.ndim != 1 or not np.isfinite(given).all():
        raise ChoiceError(f"scores {given.tolist()}: a list of finite numbers is needed, one an alternative")
    if not 0 <= true < given.size:
        raise ChoiceError(f"alternative {true} is not there: {given.size} are scored")
    # equal sums may differ in their last digits
    slack = 1e-12 * float(np.abs(given).max())
    lead = given - given[true]
    above = int(np.count_nonzero(lead > slack))
    return above, given.size - above - int(np.count_nonzero(lead < -slack))


def _mean(
    values: Floats,
    clusters: Clusters,
    pairs: bool,
    level: float,
    resamples: int,
    rng: int | np.random.Generator | None,
) -> Estimate:
    def statistic(weights: Floats) -> Floats:
        means: Floats = weights @ values / weights.sum(axis=1)
        return means

    return resampled_estimate(statistic, values.size, clusters, pairs, level, resamples, rng)
