"""Placebos: what the model gains once the thing it should live on is taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import Observed, completion_sets
from coalitions.calibration.choice import evaluate
from coalitions.errors import ChoiceError
from coalitions.result import Result
from models.fitting import as_regions, choice_sets, fit_from, observed
from models.holdout import SPLIT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from models.region import Region

__all__ = ["PLACEBOS", "Placebos", "placebos"]

Floats = NDArray[np.float64]
Groups = list[Observed]
Alter = Callable[["Region", Groups, Groups, np.random.Generator], tuple["Region", Groups, Groups]]

KEPT = frozenset({"ideal_point", "polyarchy", "us_troops", "conflicts"})
"""Columns of the panel that say what a state wants, on whom it depends and where it fights, not what it can do."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Placebos(Result):
    """Hold what the model gains over chance with true data and with data that were spoilt.

    Attributes
    ----------
    region : str
    actual : float
        Gain over uniform completions of later groups, nats a set.
    gains : dict of name to array (draws,)
        The same with each placebo.
    whole : tuple of str
        Placebos that leave nothing to learn, so that the gain must vanish; the others spoil one part, so that it
        should fall.
    """

    region: str
    actual: float
    gains: dict[str, Floats]
    whole: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Give one row a placebo.

        Returns
        -------
        pandas.DataFrame
            Columns region, placebo, draws, gain (mean), low and high (5th and 95th percentile of the draws), lost (the
            share of the actual gain that is lost), as good (the share of draws that gain as much as true data, the
            data themselves counted: a permutation p-value).
        """
        import pandas as pd

        rows = []
        for name, values in self.gains.items():
            low, high = np.quantile(values, [0.05, 0.95])
            rows.append(
                {
                    "region": self.region,
                    "placebo": name,
                    "draws": values.size,
                    "gain": values.mean(),
                    "low": low,
                    "high": high,
                    "lost": 1 - values.mean() / self.actual,
                    "as good": (1 + np.count_nonzero(values >= self.actual)) / (1 + values.size),
                }
            )
        return pd.DataFrame(rows)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the gain of every draw beside the actual one.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(6.5, 0.32 * len(self.gains) + 1.2))[1]
        for place, values in enumerate(self.gains.values()):
            axes.plot(values, np.full(values.size, place), "o", color="0.45", markersize=3.5, alpha=0.6)
        axes.axvline(self.actual, color="C0", linewidth=1.3)
        axes.axvline(0, color="0.75", linewidth=0.8, linestyle="--")
        axes.set_yticks(range(len(self.gains)), list(self.gains))
        axes.set_ylim(len(self.gains) - 0.4, -0.6)
        axes.set_xlabel("gain over chance, nats a completion (line: true data)")
        axes.set_title(self._headline(), fontsize="medium")
        return axes

    def __repr__(self) -> str:
        lines = [self._headline()]
        for row in self.to_frame().to_dict("records"):
            must = "must vanish" if row["placebo"] in self.whole else "should fall"
            lines.append(
                f"{row['placebo']:<22} gain {row['gain']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]   "
                f"{row['lost']:>4.0%} lost, {must}"
            )
        return "\n".join(lines)

    def _headline(self) -> str:
        return f"{self.region}: the model gains {self.actual:+.3f} nats a completion; with placebos"


def placebos(
    region: Region | str,
    draws: int = 20,
    split: int = SPLIT,
    *,
    seed: int = 0,
) -> Placebos:
    """Repeat the hold-out with data that were spoilt, the region fitted alone with its prior.

    Parameters
    ----------
    region : Region or name
    draws : int, default 20
        Of each placebo.
    split : int, default 2014
        As for `models.holdout.holdout`.
    seed : int, default 0

    Returns
    -------
    Placebos

    Raises
    ------
    ChoiceError
        Fewer than one draw, or too few groups.

    Notes
    -----
    In "random groups" earlier and later groups are replaced by chance groups of the same sizes, and in "renamed states"
    the members of all groups by others, one for one, so that groups overlap as before: nothing is left to learn. The
    prior leans towards theory, so it may cost a little, but it may not gain. "permuted interests" gives each group the
    interest of another, "permuted challengers" each interest the challengers of another, and "shuffled capability" each
    state the capabilities of another: what does not depend on them stays, so the gain should fall and not vanish.

    Examples
    --------
    >>> found = placebos("asia-pacific", draws=2)
    >>> bool(found.gains["random groups"].mean() < found.actual / 2)
    True
    """
    if draws < 1:
        raise ChoiceError(f"draws is {draws}; at least 1 is needed")
    ((_, chosen),) = as_regions(region).items()
    earlier = observed(chosen.choice_data(until=split, data_year=split))
    later = observed(chosen.choice_data(since=split + 1, data_year=split))
    generator = np.random.default_rng(seed)
    gains = {
        name: np.array([_gain(*alter(chosen, earlier, later, generator)) for _ in range(draws)])
        for name, (alter, _) in PLACEBOS.items()
    }
    for values in gains.values():
        values.flags.writeable = False
    return Placebos(
        region=chosen.title,
        actual=_gain(chosen, earlier, later),
        gains=gains,
        whole=tuple(name for name, (_, whole) in PLACEBOS.items() if whole),
    )


def _gain(region: Region, earlier: Groups, later: Groups) -> float:
    """Fit to earlier groups; what is gained on the completions of later ones, a mean over groups."""
    theta = fit_from({region.name: region}, {region.name: choice_sets(region, earlier)})[region.name]
    apart = [group._replace(family=number, weight=1.0) for number, group in enumerate(later)]
    sets = completion_sets(apart, len(region.states), lambda m, context: region.features(m, *context), region.names)
    told = evaluate(sets, [theta[name] for name in region.names]).log_likelihoods + np.log(sets.sizes)
    return float((np.bincount(sets.cluster, told) / np.bincount(sets.cluster)).mean())


def _random_groups(
    region: Region, earlier: Groups, later: Groups, rng: np.random.Generator
) -> tuple[Region, Groups, Groups]:
    n = len(region.states)

    def drawn(groups: Groups) -> Groups:
        # groups of one family stay one: the same founders, drawn once
        founders: dict[object, tuple[int, ...]] = {}
        for group in groups:
            if group.cluster not in founders:
                founders[group.cluster] = tuple(rng.choice(n, len(group.members), replace=False).tolist())
        return [group._replace(members=founders[group.cluster]) for group in groups]

    return region, drawn(earlier), drawn(later)


def _renamed_states(
    region: Region, earlier: Groups, later: Groups, rng: np.random.Generator
) -> tuple[Region, Groups, Groups]:
    name = rng.permutation(len(region.states)).tolist()

    def renamed(groups: Groups) -> Groups:
        return [group._replace(members=tuple(name[i] for i in group.members)) for group in groups]

    return region, renamed(earlier), renamed(later)


def _permuted_interests(
    region: Region, earlier: Groups, later: Groups, rng: np.random.Generator
) -> tuple[Region, Groups, Groups]:
    def permuted(groups: Groups) -> Groups:
        given = rng.permutation(len(groups))
        return [
            group._replace(context=(groups[other].context[0], group.context[1]))
            for group, other in zip(groups, given, strict=True)
        ]

    return region, permuted(earlier), permuted(later)


def _permuted_challengers(
    region: Region, earlier: Groups, later: Groups, rng: np.random.Generator
) -> tuple[Region, Groups, Groups]:
    given = rng.permutation(len(region.interests))
    interests = tuple(
        replace(interest, challengers=region.interests[other].challengers)
        for interest, other in zip(region.interests, given, strict=True)
    )
    return replace(region, interests=interests), earlier, later


def _shuffled_capability(
    region: Region, earlier: Groups, later: Groups, rng: np.random.Generator
) -> tuple[Region, Groups, Groups]:
    panel = region.panel
    rows = np.array([panel.index(state) for state in region.states])
    source = np.arange(len(panel.states))
    source[rows] = rng.permutation(rows)
    columns = {name: table if name in KEPT else table[source] for name, table in panel.columns.items()}
    return replace(region, panel=replace(panel, columns=columns)), earlier, later


PLACEBOS: Mapping[str, tuple[Alter, bool]] = {
    "random groups": (_random_groups, True),
    "renamed states": (_renamed_states, True),
    "permuted interests": (_permuted_interests, False),
    "permuted challengers": (_permuted_challengers, False),
    "shuffled capability": (_shuffled_capability, False),
}
"""What spoils region, earlier and later groups, and whether nothing is left to learn."""
