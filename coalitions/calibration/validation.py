"""How well coefficients foretell groups they have not seen."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.choice import evaluate, fit
from coalitions.calibration.curves import CalibrationCurve, calibration_curve
from coalitions.calibration.fitted import Fit
from coalitions.calibration.observed import FeatureFunction, Observed, checked_groups, completion_sets
from coalitions.calibration.ranks import Eligible, Estimate, Ranks, clustered_means, swap_ranks
from coalitions.calibration.scores import average_precision, brier_score
from coalitions.calibration.sets import ChoiceSets
from coalitions.errors import ChoiceError

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Forecast:
    """Hold what coefficients say of groups they were not fitted to.

    Attributes
    ----------
    ranks : Ranks
        Of the G groups among their one-member swaps.
    log_loss : array (G,)
        Minus the mean log probability of a group in its completion sets, nats a set.
    uniform_log_loss : array (G,)
        The same when every completion is as likely: log of their number.
    sets : ChoiceSets
        The completion sets, one cluster a group, over the one term "utility" (theta . f).
    probabilities : array (rows,)
        Of every completion in its set.
    """

    ranks: Ranks
    log_loss: Floats
    uniform_log_loss: Floats
    sets: ChoiceSets
    probabilities: Floats

    def __post_init__(self) -> None:
        for name in ("log_loss", "uniform_log_loss", "probabilities"):
            getattr(self, name).flags.writeable = False

    @property
    def outcomes(self) -> NDArray[np.intp]:
        """1 for the completion that formed, 0 for the others, (rows,)."""
        happened = np.zeros(self.probabilities.size, dtype=np.intp)
        happened[self.sets.offsets[:-1] + self.sets.chosen] = 1
        return happened

    @property
    def row_families(self) -> list[Hashable]:
        """The family of the group each row belongs to."""
        families = [self.ranks.families[group] for group in self.sets.cluster]
        return [families[number] for number in np.repeat(np.arange(len(self.sets)), self.sets.sizes)]

    def calibration(
        self, bins: int = 10, level: float = 0.95, resamples: int = 1000, rng: int | np.random.Generator | None = 0
    ) -> CalibrationCurve:
        """Compare the probabilities of completions with the share of them that formed.

        Parameters
        ----------
        bins, level, resamples, rng
            As for `calibration_curve`; families are resampled.

        Returns
        -------
        CalibrationCurve
        """
        options: dict[str, Any] = {"clusters": self.row_families, "level": level, "resamples": resamples, "rng": rng}
        return calibration_curve(self.outcomes, self.probabilities, bins, **options)

    def slope(self, level: float = 0.95) -> Estimate:
        """Say by how much utilities should be stretched to fit the groups best.

        Parameters
        ----------
        level : float, default 0.95
            Of the interval, by families.

        Returns
        -------
        Estimate
            1 where probabilities are right; below 1 they are too extreme, above 1 too timid. nan bounds where
            there is one family only.

        References
        ----------
        .. [1] D. R. Cox (1958), Two further applications of a model for binary regression, Biometrika 45, 562-565.
        """
        labels = tuple(dict.fromkeys(self.ranks.families))
        family = np.array([labels.index(label) for label in self.ranks.families], dtype=np.intp)
        spread = float(np.ptp(self.sets.features))
        if len(labels) < 2 or not spread:
            return Estimate(float("nan"), float("nan"), float("nan"))
        by_family = replace(self.sets, cluster=family[self.sets.cluster], labels=labels)
        # a prior of no weight beside the data: it bounds the slope where every group is the best completion
        found = fit(by_family, prior_mean=1.0, prior_precision=1e-4)
        low, high = found.interval(level)[0]
        return Estimate(float(found.coefficients[0]), float(low), float(high))

    def summary(
        self, level: float = 0.95, resamples: int = 2000, rng: int | np.random.Generator | None = 0
    ) -> dict[str, Estimate]:
        """Give the figures a table of a test needs, each with its interval.

        Parameters
        ----------
        level, resamples, rng
            As in `Ranks.summary`.

        Returns
        -------
        dict
            Keys of `Ranks.summary`, then "log loss", "uniform log loss" and "gain" (nats a set; below 0 the
            coefficients do worse than no model), each a mean over groups; "swap precision", the mean over groups of
            `Ranks.average_precision`; and over all completions "precision" (area under the precision-recall curve)
            and "Brier score".
        """
        gain = self.uniform_log_loss - self.log_loss
        rows = np.array([self.log_loss, self.uniform_log_loss, gain, self.ranks.average_precision])
        keys = ("log loss", "uniform log loss", "gain", "swap precision")
        found = clustered_means(rows, self.ranks.families, level, resamples, rng)
        options: dict[str, Any] = {"clusters": self.row_families, "level": level, "resamples": resamples, "rng": rng}
        return {
            **self.ranks.summary(level, resamples, rng),
            **dict(zip(keys, found, strict=True)),
            "precision": average_precision(self.outcomes, self.probabilities, **options),
            "Brier score": brier_score(self.outcomes, self.probabilities, **options),
        }

    def to_frame(self) -> pd.DataFrame:
        """Give one row a group: the columns of `Ranks.to_frame` and both log losses.

        Returns
        -------
        pandas.DataFrame
        """
        return self.ranks.to_frame().assign(log_loss=self.log_loss, uniform_log_loss=self.uniform_log_loss)

    def __repr__(self) -> str:
        loss, uniform = self.log_loss.mean(), self.uniform_log_loss.mean()
        return f"{len(self.ranks)} groups foretold: log loss {loss:.3f} against {uniform:.3f} by chance\n{self.ranks!r}"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Holdout:
    """Hold a fit to earlier groups and how it does on later ones.

    Attributes
    ----------
    fit : Fit
        To the training groups.
    forecast : Forecast
        Of the test groups.
    """

    fit: Fit
    forecast: Forecast

    @property
    def ranks(self) -> Ranks:
        """The ranks of the test groups among their swaps."""
        return self.forecast.ranks

    @property
    def log_loss(self) -> Floats:
        """The log loss of each test group, nats a set."""
        return self.forecast.log_loss

    @property
    def uniform_log_loss(self) -> Floats:
        """The same when every completion is as likely."""
        return self.forecast.uniform_log_loss

    def summary(
        self, level: float = 0.95, resamples: int = 2000, rng: int | np.random.Generator | None = 0
    ) -> dict[str, Estimate]:
        """Give the figures of `Forecast.summary`.

        Parameters
        ----------
        level, resamples, rng
            As in `Ranks.summary`.

        Returns
        -------
        dict
            From a figure to its Estimate.
        """
        return self.forecast.summary(level, resamples, rng)

    def to_frame(self) -> pd.DataFrame:
        """Give the table of `Forecast.to_frame`."""
        return self.forecast.to_frame()

    def __repr__(self) -> str:
        loss, uniform = self.log_loss.mean(), self.uniform_log_loss.mean()
        return (
            f"Fitted to {self.fit.clusters} clusters, tested on {len(self.ranks)} later groups: "
            f"log loss {loss:.3f} against {uniform:.3f} by chance\n{self.ranks!r}"
        )


def forecast(
    groups: Iterable[Observed | tuple[Any, ...]],
    pool_size: int,
    features: FeatureFunction,
    coefficients: Fit | ArrayLike,
    *,
    eligible: Eligible | None = None,
) -> Forecast:
    """Test given coefficients on groups: their ranks among swaps and their probabilities among completions.

    Parameters
    ----------
    groups : iterable of Observed
        Groups the coefficients were not fitted to.
    pool_size : int
        Members are 0 .. pool_size - 1.
    features : callable
        As in `completion_sets`. It must use no figure of a later date than the coefficients do.
    coefficients : Fit or array (K,)
        In the order of the columns of ``features``.
    eligible : callable, optional
        ``eligible(context)`` names the pool indices that may take a member's place in the ranks; by default all.
        Probabilities always range over the whole pool, as in fitting.

    Returns
    -------
    Forecast

    Raises
    ------
    ChoiceError
        As `completion_sets` and `swap_ranks`.

    Examples
    --------
    >>> wealth = np.array([3.0, 2.0, 1.5, 1.0, 0.5, 0.0])
    >>> total = lambda members, context: wealth[members].sum(axis=1)[:, None]
    >>> told = forecast([("east", (0, 2)), ("west", (1, 3))], 6, total, [1.0])
    >>> told.ranks.share.tolist(), bool(told.log_loss.mean() < told.uniform_log_loss.mean())
    ([0.875, 0.625], True)
    """
    test = checked_groups(groups, pool_size)
    theta = coefficients.coefficients if isinstance(coefficients, Fit) else np.array(coefficients, dtype=np.float64)
    ranks = swap_ranks(test, pool_size, features, theta, eligible=eligible)

    def utility(members: NDArray[np.intp], context: Any) -> Floats:
        return (np.asarray(features(members, context), dtype=np.float64) @ theta)[:, None]

    # one cluster a group, so that two groups of one family keep figures of their own
    apart = [group._replace(family=number, weight=1.0) for number, group in enumerate(test)]
    sets = completion_sets(apart, pool_size, utility, ["utility"], min_size=1)
    starts, utilities = sets.offsets[:-1], sets.features[:, 0]
    share = np.exp(utilities - np.repeat(np.maximum.reduceat(utilities, starts), sets.sizes))
    losses = -evaluate(sets, [1.0]).log_likelihoods
    count = np.bincount(sets.cluster)
    return Forecast(
        ranks=ranks,
        log_loss=np.bincount(sets.cluster, losses) / count,
        uniform_log_loss=np.bincount(sets.cluster, np.log(sets.sizes)) / count,
        sets=sets,
        probabilities=share / np.repeat(np.add.reduceat(share, starts), sets.sizes),
    )


def temporal_holdout(
    train_groups: Iterable[Observed | tuple[Any, ...]],
    test_groups: Iterable[Observed | tuple[Any, ...]],
    pool_size: int,
    features: FeatureFunction,
    names: Sequence[str],
    *,
    size_sets: bool = False,
    max_size: int = 8,
    min_size: int = 2,
    **fit_options: Any,
) -> Holdout:
    """Fit to earlier groups and test on later ones.

    Parameters
    ----------
    train_groups, test_groups : iterable of Observed
        No name in both. Date the data by context: ``features`` must use none that is later than the training
        groups, for the test groups either.
    pool_size : int
        Members are 0 .. pool_size - 1.
    features : callable
        As in `completion_sets`.
    names : sequence of str
        The K terms.
    size_sets, max_size, min_size
        Of the training sets, as in `completion_sets`. The test always uses completion sets.
    **fit_options
        Passed to `fit`.

    Returns
    -------
    Holdout

    Raises
    ------
    ChoiceError
        As `completion_sets` and `fit`; a name in both halves.

    Examples
    --------
    >>> wealth = np.array([3.0, 2.0, 1.5, 1.0, 0.5, 0.0])
    >>> total = lambda members, context: wealth[members].sum(axis=1)[:, None]
    >>> early, late = [("north", (0, 1)), ("south", (0, 4)), ("west", (1, 3))], [("east", (0, 2))]
    >>> found = temporal_holdout(early, late, 6, total, ["wealth"])
    >>> found.ranks.mean, bool(found.log_loss[0] < found.uniform_log_loss[0])
    (0.875, True)
    """
    train = checked_groups(train_groups, pool_size, min_size)
    test = checked_groups(test_groups, pool_size, min_size)
    both = sorted({group.name for group in train} & {group.name for group in test})
    if both:
        raise ChoiceError(f"group {both[0]!r} is among both training and test groups; a hold-out must not see it")
    sets = completion_sets(train, pool_size, features, names, size_sets=size_sets, max_size=max_size, min_size=min_size)
    fitted = fit(sets, **fit_options)
    return Holdout(fit=fitted, forecast=forecast(test, pool_size, features, fitted))
