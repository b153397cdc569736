"""Where observed groups rank among their one-member swaps, under coefficients or any other score.

A rank among one-member swaps is a score: it orders models and baselines. It is no likelihood, since the swaps
of a swap differ from the swaps of the group; `fit` never uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.fitted import Fit
from coalitions.calibration.observed import (
    FeatureFunction,
    Observed,
    checked_groups,
    completions,
    feature_table,
)
from coalitions.errors import ChoiceError

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
ScoreFunction = Callable[[NDArray[np.intp], Any], ArrayLike]
"""scores(members, context) -> (m,): higher is likelier; members is (m, k), pool indices."""

Eligible = Callable[[Any], ArrayLike]
"""eligible(context) -> pool indices that may take a member's place."""

SHARES = (0.01, 0.05, 0.10)
SHOWN = 3


class Estimate(NamedTuple):
    """Hold a figure with its bootstrap interval; nan bounds where one cluster leaves nothing to resample."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Ranks:
    """Hold the rank of each observed group among its one-member swaps.

    Attributes
    ----------
    names : tuple of str
        The G groups.
    families : tuple of hashable
        Their clusters.
    share : array (G,)
        Share of its swaps a group beats, ties counting half; 0.5 is chance, 1 is best.
    swaps : array (G,)
        Number of swaps, k (pool_size - k).
    position : array (G,)
        1 + number of swaps that score higher.
    better : tuple of tuples
        The up to three highest swaps above each group, best first, as members: whom the scores would have
        invited.
    """

    names: tuple[str, ...]
    families: tuple[Hashable, ...]
    share: Floats
    swaps: NDArray[np.intp]
    position: NDArray[np.intp]
    better: tuple[tuple[tuple[int, ...], ...], ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def mean(self) -> float:
        """Mean share of swaps beaten."""
        return float(self.share.mean())

    @property
    def average_precision(self) -> Floats:
        """Area under each group's precision-recall curve, the group being the one thing to find among its swaps: (G,).

        One over its position, counting everything it ties with as found before it. Chance gives about
        (0.6 + log m) / m among m swaps.
        """
        tied = np.rint(2 * (self.swaps - (self.position - 1) - self.share * self.swaps))
        precision: Floats = 1 / (self.position + tied)
        return precision

    def top(self, share: float) -> float:
        """Give the fraction of groups that rank within this share of their swaps from the top.

        Parameters
        ----------
        share : float
            Between 0 and 1: 0.05 for the top 5 %.

        Returns
        -------
        float
        """
        return float(self._within(share).mean())

    def summary(
        self, level: float = 0.95, resamples: int = 2000, rng: int | np.random.Generator | None = 0
    ) -> dict[str, Estimate]:
        """Give the mean share beaten and the fractions in the top 1, 5 and 10 %, with bootstrap intervals.

        Parameters
        ----------
        level : float, default 0.95
            Of the percentile interval.
        resamples : int, default 2000
            Families are drawn with replacement, so that groups of one family stay together.
        rng : int or numpy.random.Generator, default 0
            Anything `numpy.random.default_rng` takes.

        Returns
        -------
        dict
            "mean", "top 1%", "top 5%", "top 10%", each an Estimate.
        """
        rows = {"mean": self.share} | {f"top {share:.0%}": self._within(share) for share in SHARES}
        values = np.array(list(rows.values()), dtype=np.float64)
        return dict(zip(rows, clustered_means(values, self.families, level, resamples, rng), strict=True))

    def to_frame(self) -> pd.DataFrame:
        """Give one row a group.

        Returns
        -------
        pandas.DataFrame
            Columns family, share, swaps, position, better (members of the highest swap above it, or None).
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "family": list(self.families),
                "share": self.share,
                "swaps": self.swaps,
                "position": self.position,
                "better": [above[0] if above else None for above in self.better],
            },
            index=pd.Index(self.names, name="group"),
        )

    def __repr__(self) -> str:
        lines = [f"Ranks of {len(self)} groups among their one-member swaps (0.5 is chance, 1 is best)"]
        for name, (value, low, high) in self.summary().items():
            lines.append(f"{name:<8} {value:.3f}   95% interval [{low:.3f}, {high:.3f}]")
        return "\n".join(lines)

    def _within(self, share: float) -> NDArray[np.bool_]:
        if not 0 <= share <= 1:
            raise ChoiceError(f"share is {share}; it must lie between 0 and 1")
        return np.asarray(self.share >= 1 - share - 1e-12)


def swap_ranks(
    groups: Iterable[Observed | tuple[Any, ...]],
    pool_size: int,
    features: FeatureFunction,
    coefficients: Fit | ArrayLike,
    *,
    eligible: Eligible | None = None,
) -> Ranks:
    """Rank each observed group among all groups that differ from it in one member.

    Parameters
    ----------
    groups : iterable of Observed
        Groups that formed.
    pool_size : int
        Members are 0 .. pool_size - 1.
    features : callable
        As in `completion_sets`.
    coefficients : Fit or array (K,)
        In the order of the columns of ``features``.
    eligible : callable, optional
        ``eligible(context)`` names the pool indices that may take a member's place; by default all.

    Returns
    -------
    Ranks

    Raises
    ------
    ChoiceError
        As `completion_sets`, where coefficients and columns differ in number, and where nobody is eligible.

    Notes
    -----
    Time O(k (pool_size - k) K) a group. A score, not a likelihood: see the head of this module.

    Examples
    --------
    >>> wealth = np.array([3.0, 2.0, 1.5, 1.0, 0.5, 0.0])
    >>> total = lambda members, context: wealth[members].sum(axis=1)[:, None]
    >>> ranks = swap_ranks([Observed("pact", (0, 2))], 6, total, [1.0])
    >>> ranks.swaps[0], ranks.position[0], ranks.better[0]           # (0, 1) alone would have been richer
    (np.int64(8), np.int64(2), ((0, 1),))
    """
    theta = coefficients.coefficients if isinstance(coefficients, Fit) else np.array(coefficients, dtype=np.float64)
    if theta.ndim != 1 or not np.isfinite(theta).all():
        raise ChoiceError(f"coefficients must be one finite number a term, not {theta.tolist()}")

    def utilities(members: NDArray[np.intp], group: Observed) -> Floats:
        table = feature_table(features, members, group, None)
        if table.shape[1] != theta.size:
            raise ChoiceError(f"features give {table.shape[1]} terms, and there are {theta.size} coefficients")
        return table @ theta

    return _ranked(groups, pool_size, utilities, eligible)


def baseline_ranks(
    groups: Iterable[Observed | tuple[Any, ...]],
    pool_size: int,
    scores: ScoreFunction,
    *,
    eligible: Eligible | None = None,
) -> Ranks:
    """Rank each observed group among its swaps by any score, for comparison with `swap_ranks`.

    Parameters
    ----------
    groups : iterable of Observed
        Groups that formed.
    pool_size : int
        Members are 0 .. pool_size - 1.
    scores : callable
        ``scores(members, context) -> (m,)``, higher for likelier groups: minus the mean distance, summed
        trade.
    eligible : callable, optional
        As for `swap_ranks`.

    Returns
    -------
    Ranks

    Raises
    ------
    ChoiceError
        As `completion_sets`; a score that is not finite, or not one a group; nobody is eligible.

    Examples
    --------
    >>> baseline_ranks([("pact", (4, 5))], 6, lambda members, context: members.sum(axis=1)).mean
    1.0
    """

    def plain(members: NDArray[np.intp], group: Observed) -> Floats:
        found = np.asarray(scores(members, group.context), dtype=np.float64)
        if found.shape != (len(members),):
            raise ChoiceError(
                f"scores of group {group.name!r} have shape {found.shape}; ({len(members)},) is needed, one a group"
            )
        bad = np.flatnonzero(~np.isfinite(found))
        if bad.size:
            raise ChoiceError(
                f"score is {found[bad[0]]} for members {tuple(members[bad[0]].tolist())}, "
                f"a swap of group {group.name!r}"
            )
        return found

    return _ranked(groups, pool_size, plain, eligible)


def clustered_means(
    values: Floats,
    clusters: Sequence[Hashable],
    level: float = 0.95,
    resamples: int = 2000,
    rng: int | np.random.Generator | None = 0,
) -> list[Estimate]:
    """Give the mean of each row, with a percentile bootstrap interval that resamples whole clusters.

    Parameters
    ----------
    values : array (rows, G)
        Figures of G groups.
    clusters : sequence of hashable
        Cluster of each group.
    level : float, default 0.95
        Of the interval.
    resamples : int, default 2000
        Bootstrap samples.
    rng : int or numpy.random.Generator, default 0
        Anything `numpy.random.default_rng` takes.

    Returns
    -------
    list of Estimate
        One a row.

    Raises
    ------
    ChoiceError
        The level is not between 0 and 1, or there is no sample.

    Examples
    --------
    >>> clustered_means(np.array([[1.0, 2.0, 3.0]]), ["a", "a", "b"], resamples=100)[0].value
    2.0
    """
    if not 0 < level < 1:
        raise ChoiceError(f"level is {level}; it must lie between 0 and 1")
    if resamples < 1:
        raise ChoiceError(f"resamples is {resamples}; at least 1 is needed")
    labels = list(dict.fromkeys(clusters))
    member = np.array([[cluster == label for label in labels] for cluster in clusters], dtype=np.float64)
    means = values.mean(axis=1)
    if len(labels) < 2:
        return [Estimate(float(mean), float("nan"), float("nan")) for mean in means]
    equal = np.full(len(labels), 1 / len(labels))
    drawn = np.random.default_rng(rng).multinomial(len(labels), equal, size=resamples)
    samples = (drawn @ (values @ member).T) / (drawn @ member.sum(axis=0))[:, None]
    low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [Estimate(float(m), float(a), float(b)) for m, a, b in zip(means, low, high, strict=True)]


def _ranked(
    groups: Iterable[Observed | tuple[Any, ...]],
    pool_size: int,
    utilities: Callable[[NDArray[np.intp], Observed], Floats],
    eligible: Eligible | None,
) -> Ranks:
    records = checked_groups(groups, pool_size)
    share, swaps, position = [], [], []
    better: list[tuple[tuple[int, ...], ...]] = []
    for group in records:
        table = completions(group.members, pool_size)
        swapped = table[:, 1:]
        if eligible is not None:
            newcomers = np.setdiff1d(np.arange(pool_size), group.members)
            allowed = np.isin(newcomers, np.asarray(eligible(group.context)))
            if not allowed.any():
                raise ChoiceError(f"group {group.name!r}: nobody outside it is eligible, so it has no swaps")
            swapped = swapped[:, allowed]
        members = np.concatenate([table[0, :1], swapped.reshape(-1, table.shape[2])])
        value = utilities(members, group)
        # equal sums may differ in their last digits
        slack = 1e-12 * np.abs(value).max()
        lead = value[1:] - value[0]
        above = np.flatnonzero(lead > slack)
        below = np.count_nonzero(lead < -slack)
        ties = lead.size - above.size - below
        share.append((below + ties / 2) / lead.size)
        swaps.append(lead.size)
        position.append(1 + above.size)
        first = above[np.argsort(-lead[above], kind="stable")][:SHOWN]
        better.append(tuple(tuple(members[1 + row].tolist()) for row in first))
    return Ranks(
        names=tuple(group.name for group in records),
        families=tuple(group.cluster for group in records),
        share=_read_only(np.array(share)),
        swaps=np.array(swaps, dtype=np.intp),
        position=np.array(position, dtype=np.intp),
        better=tuple(better),
    )


def _read_only(values: Floats) -> Floats:
    values.flags.writeable = False
    return values
