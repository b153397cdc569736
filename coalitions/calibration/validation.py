"""How well coefficients of earlier groups foretell later ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.choice import evaluate, fit
from coalitions.calibration.fitted import Fit
from coalitions.calibration.observed import FeatureFunction, Observed, checked_groups, completion_sets
from coalitions.calibration.ranks import Estimate, Ranks, clustered_means, swap_ranks
from coalitions.errors import ChoiceError

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Holdout:
    """Hold a fit to earlier groups and how it does on later ones.

    Attributes
    ----------
    fit : Fit
        To the training groups.
    ranks : Ranks
        Of the test groups among their swaps.
    log_loss : array (G,)
        Minus the mean log probability of a test group in its completion sets, nats a set.
    uniform_log_loss : array (G,)
        The same when every completion is as likely: log of their number.
    """

    fit: Fit
    ranks: Ranks
    log_loss: Floats
    uniform_log_loss: Floats

    def __post_init__(self) -> None:
        self.log_loss.flags.writeable = False
        self.uniform_log_loss.flags.writeable = False

    def summary(
        self, level: float = 0.95, resamples: int = 2000, rng: int | np.random.Generator | None = 0
    ) -> dict[str, Estimate]:
        """Give the summary of the ranks, the two mean log losses, and the gain between them.

        Parameters
        ----------
        level, resamples, rng
            As in `Ranks.summary`.

        Returns
        -------
        dict
            Keys of `Ranks.summary`, then "log loss", "uniform log loss" and "gain" (nats a set; below 0 the
            coefficients do worse than no model), each a mean over groups.
        """
        losses = np.array([self.log_loss, self.uniform_log_loss, self.uniform_log_loss - self.log_loss])
        keys = ("log loss", "uniform log loss", "gain")
        found = clustered_means(losses, self.ranks.families, level, resamples, rng)
        return self.ranks.summary(level, resamples, rng) | dict(zip(keys, found, strict=True))

    def to_frame(self) -> pd.DataFrame:
        """Give one row a test group: the columns of `Ranks.to_frame` and both log losses.

        Returns
        -------
        pandas.DataFrame
        """
        return self.ranks.to_frame().assign(log_loss=self.log_loss, uniform_log_loss=self.uniform_log_loss)

    def __repr__(self) -> str:
        loss, uniform = self.log_loss.mean(), self.uniform_log_loss.mean()
        return (
            f"Fitted to {self.fit.clusters} clusters, tested on {len(self.ranks)} later groups: "
            f"log loss {loss:.3f} against {uniform:.3f} by chance\n{self.ranks!r}"
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
    # one cluster a group, so that two groups of one family keep figures of their own
    apart = [group._replace(family=number, weight=1.0) for number, group in enumerate(test)]
    later = completion_sets(apart, pool_size, features, names, min_size=min_size)
    losses = -evaluate(later, fitted.coefficients).log_likelihoods
    count = np.bincount(later.cluster)
    return Holdout(
        fit=fitted,
        ranks=swap_ranks(test, pool_size, features, fitted),
        log_loss=np.bincount(later.cluster, losses) / count,
        uniform_log_loss=np.bincount(later.cluster, np.log(later.sizes)) / count,
    )
