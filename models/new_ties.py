"""Which pairs of states that never met in a small group do so next: what a model of groups says of pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.ranks import Estimate
from coalitions.calibration.scores import average_precision, roc_auc
from coalitions.errors import ChoiceError
from coalitions.result import Result
from models.baselines import WINDOW, fit_pairs, pair_covariates, pairs_sharing
from models.fitting import as_regions, fit_regions
from models.holdout import MODEL, SPLIT, UNLISTED
from models.theatre import shared_groups

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from models.region import Region

__all__ = ["NewTies", "new_ties", "pair_rates"]

Floats = NDArray[np.float64]

MEETING = (3, 4)
"""Sizes of the groups in which a pair may meet: most minilaterals have no more members."""

BARE, LOGIT = f"{MODEL}, {UNLISTED}", "logit of pairs"


COLOURS = ("C0", "C9", "0.45")


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class NewTies(Result):
    """Hold the test of which strangers meet.

    Attributes
    ----------
    region : str
    pairs : tuple of (str, str)
        That had shared no small group by the split.
    met : array (pairs,) of bool
        Whether they met in a group founded since.
    scores : dict of name to array (pairs,)
        Of the model, of the model without lists of stakeholders, which were written knowing the groups, and of a logit
        fitted to earlier pairs of strangers.
    split : int
    level : float
        Of the intervals, which resample states: pairs that share a state are not independent.
    seed : int
    """

    region: str
    pairs: tuple[tuple[str, str], ...]
    met: NDArray[np.bool_]
    scores: dict[str, Floats]
    split: int
    level: float
    seed: int

    def auc(self, name: str = MODEL) -> Estimate:
        """Give the chance that a pair that met scores above one that did not.

        Parameters
        ----------
        name : str, default "model"
            One of ``scores``.

        Returns
        -------
        Estimate
            0.5 is chance, 1 is best.

        Raises
        ------
        ChoiceError
            There is no such score.
        """
        return roc_auc(self.met, self._score(name), clusters=self.pairs, pairs=True, level=self.level, rng=self.seed)

    def precision(self, name: str = MODEL) -> Estimate:
        """Give the area under the precision-recall curve; without skill it is the share of pairs that met.

        Parameters
        ----------
        name : str, default "model"
            One of ``scores``.

        Returns
        -------
        Estimate
            From 0 to 1.

        Raises
        ------
        ChoiceError
            There is no such score.
        """
        score = self._score(name)
        return average_precision(self.met, score, clusters=self.pairs, pairs=True, level=self.level, rng=self.seed)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a way of scoring: pairs, met, auc and precision with their bounds."""
        import pandas as pd

        rows = []
        for name in self.scores:
            auc, precision = self.auc(name), self.precision(name)
            rows.append(
                {
                    "region": self.region,
                    "rival": name,
                    "pairs": len(self.pairs),
                    "met": int(self.met.sum()),
                    "auc": auc.value,
                    "auc low": auc.low,
                    "auc high": auc.high,
                    "precision": precision.value,
                    "precision low": precision.low,
                    "precision high": precision.high,
                }
            )
        return pd.DataFrame(rows)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the receiver operating characteristic of every way of scoring.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(4.5, 4))[1]
        axes.plot([0, 1], [0, 1], color="0.75", linewidth=0.8, linestyle="--")
        for place, (name, score) in enumerate(self.scores.items()):
            levels = np.unique(score)[::-1]
            found = [(score[self.met] >= level).mean() for level in levels]
            false = [(score[~self.met] >= level).mean() for level in levels]
            label = f"{name}, area {self.auc(name).value:.2f}"
            axes.plot([0, *false], [0, *found], color=COLOURS[place % len(COLOURS)], linewidth=1.3, label=label)
        axes.set_xlabel("share of pairs that stayed apart, scored as high")
        axes.set_ylabel("share of pairs that met, scored as high")
        axes.legend(frameon=False, fontsize="small")
        axes.set_title(self._headline(), fontsize="medium")
        return axes

    def __repr__(self) -> str:
        lines = [self._headline()]
        for name in self.scores:
            auc, precision = self.auc(name), self.precision(name)
            lines.append(
                f"{name:<15} area under ROC {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}], "
                f"precision {precision.value:.3f} [{precision.low:.3f}, {precision.high:.3f}]"
            )
        lines.append(f"{'by chance':<15} area under ROC 0.500, precision {self.met.mean():.3f}")
        return "\n".join(lines)

    def _score(self, name: str) -> Floats:
        if name not in self.scores:
            raise ChoiceError(f"no score {name!r}; there are {', '.join(self.scores)}")
        return self.scores[name]

    def _headline(self) -> str:
        return (
            f"{self.region}: {int(self.met.sum())} of {len(self.pairs)} pairs of strangers met since {self.split + 1}"
        )


def new_ties(
    region: Region | str,
    split: int = SPLIT,
    *,
    coefficients: Mapping[str, float] | None = None,
    unlisted: Mapping[str, float] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> NewTies:
    """Score pairs of states that shared no small group by how likely they are to meet in one.

    Parameters
    ----------
    region : Region or name
    split : int, default 2014
        No figure dated later and no group founded later enters a score.
    coefficients : mapping of term to value, optional
        Of the model; by default the region is fitted alone, with its prior, to groups founded by the split.
    unlisted : mapping of term to value, optional
        The same for the model without lists of stakeholders.
    level : float, default 0.95
    seed : int, default 0

    Returns
    -------
    NewTies

    Raises
    ------
    ChoiceError
        No pair of strangers met since the split, or all did.

    Notes
    -----
    A pair counts as met if both were in one group of at most ten members, coded for an interest of any region and
    founded within ten years of the split. The model's score is `pair_rates`, in logs. The peer is a logit of pairs
    (`fit_pairs`) on distance, GDP and votes, fitted to strangers of earlier decades.

    Examples
    --------
    >>> tested = new_ties("asia-pacific")
    >>> bool(tested.auc().value > 0.5)
    True
    """
    ((name, chosen),) = as_regions(region).items()
    variants = {MODEL: (chosen, coefficients), BARE: (chosen.unlisted(), unlisted)}
    left, right = np.triu_indices(len(chosen.states), 1)
    strangers = shared_groups(chosen.panel, chosen.states, split)[left, right] == 0
    left, right = left[strangers], right[strangers]
    until = min(split + WINDOW, chosen.years[-1])
    met = pairs_sharing(chosen.panel, chosen.states, split + 1, until)[left, right]
    if met.all() or not met.any():
        raise ChoiceError(
            f"{name}: {int(met.sum())} of {met.size} pairs of strangers met from {split + 1} to {until}; "
            "some that did and some that did not are needed"
        )
    logit = fit_pairs(chosen.panel, chosen.states, split, strangers=True)
    described = pair_covariates(chosen.panel, chosen.states, split)[left, right, : len(logit.names)]
    return NewTies(
        region=chosen.title,
        pairs=tuple((chosen.states[i], chosen.states[j]) for i, j in zip(left, right, strict=True)),
        met=met,
        scores={
            **{key: _log_rates(*variant, split)[left, right] for key, variant in variants.items()},
            LOGIT: described @ logit.coefficients,
        },
        split=split,
        level=level,
        seed=seed,
    )


def pair_rates(region: Region, coefficients: Mapping[str, float], year: int, *, until: int | None = None) -> Floats:
    """Say how often each pair would meet in the next group that forms.

    A group S for interest o forms with probability exp(v_o(S)) / Z_o. So the pair meets at the rate

    sum over o of r_o sum over S with both of exp(v_o(S)) / Z_o

    where r_o is the share of the region's minilaterals founded for o, one added for each interest: the choice of
    members says nothing of how often an interest gives rise to a group.

    Parameters
    ----------
    region : Region
    coefficients : mapping of term to value
    year : int
        No figure dated later is used, and no group founded later counted.

    Returns
    -------
    ndarray of shape (n, n)
        Chance that the next group, of three or four members, holds both; symmetric, 0 on the diagonal.

    Notes
    -----
    O(n^4) groups an interest: half a million for nine interests of 36 states, a second.

    Examples
    --------
    >>> import models
    >>> asia = models.load("asia-pacific")
    >>> rates = pair_rates(asia, dict.fromkeys(asia.names, 0.0), 2014)
    >>> bool(np.isclose(rates[0, 1], rates[2, 3]))                   # without a payoff every pair is like another
    True
    """
    n = len(region.states)
    founded = Counter(interest.id for interest in region.interests)
    founded.update(choice.context[0] for choice in region.choice_data(until=year).choices)
    worth = region.payoff(coefficients, year)
    every = [np.array(list(combinations(range(n), size)), dtype=np.intp) for size in MEETING if size <= n]
    rates = np.zeros((n, n))
    for interest, count in founded.items():
        worths = [worth(members, interest).sum(axis=1) for members in every]
        top = max(float(values.max()) for values in worths)
        weights = [np.exp(values - top) for values in worths]
        scale = count / founded.total() / sum(float(weight.sum()) for weight in weights)
        for members, weight in zip(every, weights, strict=True):
            for a, b in combinations(range(members.shape[1]), 2):
                flat = np.bincount(members[:, a] * n + members[:, b], weight * scale, minlength=n * n)
                rates += flat.reshape(n, n)
    # a pair whose every group is out of the question still needs a logarithm
    rates = np.maximum(rates + rates.T, np.finfo(np.float64).tiny)
    np.fill_diagonal(rates, 0.0)
    return rates


def _log_rates(region: Region, coefficients: Mapping[str, float] | None, split: int) -> Floats:
    if coefficients is None:
        coefficients = fit_regions([region], split, split)[region.name]
    with np.errstate(divide="ignore"):  # of the diagonal
        return np.log(pair_rates(region, coefficients, split))
