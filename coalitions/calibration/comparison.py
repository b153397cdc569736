"""Several ways of foretelling the same groups, side by side: is the first one really better."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.ranks import Estimate, Ranks, clustered_means
from coalitions.errors import ChoiceError
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

FIGURES = ("mean", "top 1%", "top 5%", "swap precision", "log loss", "ahead by")


class Rival(NamedTuple):
    """One way of foretelling groups.

    Parameters
    ----------
    name : str
        What tables call it.
    ranks : Ranks
        Of the G groups among their swaps.
    log_loss : array (G,), optional
        Nats a completion set, where it gives probabilities.
    """

    name: str
    ranks: Ranks
    log_loss: Floats | None = None


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Comparison(Result):
    """Hold rivals on the same groups; the first is the one that claims to be better. Build with `compare`.

    Attributes
    ----------
    subject : str
        What was foretold, for titles.
    rivals : tuple of Rival
    uniform_log_loss : array (G,)
        Of a forecast that makes every completion as likely.
    level : float
        Of the intervals shown.
    resamples, seed : int
        Of the bootstrap, which draws families with replacement, the same ones for every rival.
    """

    subject: str
    rivals: tuple[Rival, ...]
    uniform_log_loss: Floats
    level: float
    resamples: int
    seed: int

    def __len__(self) -> int:
        return len(self.rivals[0].ranks)

    @property
    def families(self) -> tuple[Hashable, ...]:
        """The family of each group."""
        return self.rivals[0].ranks.families

    def estimates(self) -> dict[str, dict[str, Estimate]]:
        """Give every figure of every rival with its interval.

        Returns
        -------
        dict
            From a rival's name to "mean" (share of swaps beaten), "top 1%", "top 5%", "swap precision" (mean of
            `Ranks.average_precision`), "log loss" where it has one, and, but for the first, "ahead by": the mean
            share the first beats less this one's, group by group.
        """
        first = self.rivals[0]
        found = {}
        for rival in self.rivals:
            rows = {
                "mean": rival.ranks.share,
                "top 1%": rival.ranks.share >= 0.99 - 1e-12,
                "top 5%": rival.ranks.share >= 0.95 - 1e-12,
                "swap precision": rival.ranks.average_precision,
            }
            if rival.log_loss is not None:
                rows["log loss"] = rival.log_loss
            if rival is not first:
                rows["ahead by"] = first.ranks.share - rival.ranks.share
            values = np.array(list(rows.values()), dtype=np.float64)
            means = clustered_means(values, self.families, self.level, self.resamples, self.seed)
            found[rival.name] = dict(zip(rows, means, strict=True))
        return found

    @property
    def behind(self) -> tuple[str, ...]:
        """Rivals the first beats by a margin whose interval excludes 0."""
        return tuple(name for name, row in self.estimates().items() if "ahead by" in row and row["ahead by"].low > 0)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a rival.

        Returns
        -------
        pandas.DataFrame
            Columns "mean", "top 1%", "top 5%", "swap precision", "log loss" and "ahead by", each followed by its
            bounds: "mean low", "mean high" and so on; nan where a rival has no such figure.
        """
        import pandas as pd

        nothing = Estimate(float("nan"), float("nan"), float("nan"))
        rows = {}
        for name, row in self.estimates().items():
            cells: dict[str, float] = {}
            for figure in FIGURES:
                value, low, high = row.get(figure, nothing)
                cells |= {figure: value, f"{figure} low": low, f"{figure} high": high}
            rows[name] = cells
        frame = pd.DataFrame.from_dict(rows, orient="index")
        frame.index.name = "rival"
        return frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the mean share of swaps each rival beats, with its interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(6.5, 0.32 * len(self.rivals) + 1.2))[1]
        beaten = set(self.behind)
        for place, (name, row) in enumerate(self.estimates().items()):
            value, low, high = row["mean"]
            colour = "C0" if not place else "0.45"
            reach = [[max(value - low, 0.0)], [max(high - value, 0.0)]] if np.isfinite(low) else None
            filled = colour if not place or name in beaten else "white"
            axes.errorbar(value, place, xerr=reach, fmt="o", color=colour, markerfacecolor=filled, markersize=5, lw=1.2)
            axes.annotate(f"{value:.2f}", (value, place), (0, 5), textcoords="offset points", ha="center", fontsize=7)
        axes.axvline(0.5, color="0.75", linewidth=0.8, linestyle="--")
        axes.set_yticks(range(len(self.rivals)), [rival.name for rival in self.rivals])
        axes.set_ylim(len(self.rivals) - 0.4, -0.6)
        axes.set_xlabel(f"mean share of one-member swaps beaten (0.5 is chance), {self.level:.0%} intervals")
        axes.set_title(self._headline(), fontsize="medium")
        return axes

    def __repr__(self) -> str:
        width = max(len("by chance"), *(len(rival.name) for rival in self.rivals))
        head = (
            f"{'':<{width}} {'mean':>6} {f'{self.level:.0%} interval':<16} {'top 1%':>6} {'top 5%':>6} {'log loss':>8}"
        )
        lines = [self._headline(), f"{head}   first is ahead by"]
        for name, row in self.estimates().items():
            loss = f"{row['log loss'].value:.3f}" if "log loss" in row else ""
            lead = "" if "ahead by" not in row else f"{row['ahead by'].value:+.3f} {_span(row['ahead by'])}"
            cells = f"{row['mean'].value:>6.3f} {_span(row['mean']):<16}"
            tops = f"{row['top 1%'].value:>6.0%} {row['top 5%'].value:>6.0%}"
            lines.append(f"{name:<{width}} {cells} {tops} {loss:>8}   {lead}".rstrip())
        lines.append(f"{'by chance':<{width}} {0.5:>6.3f} {'':<16} {0.01:>6.0%} {0.05:>6.0%} {self._uniform():>8.3f}")
        return "\n".join(lines)

    def _uniform(self) -> float:
        return float(self.uniform_log_loss.mean())

    def _headline(self) -> str:
        rivals, beaten = len(self.rivals) - 1, len(self.behind)
        ahead = f"{self.rivals[0].name} clearly ahead of {beaten} of {rivals} rivals" if rivals else "no rivals"
        return f"{self.subject}, {len(self)} groups: {ahead}"


def compare(
    rivals: Iterable[Rival],
    uniform_log_loss: Floats,
    *,
    subject: str = "Groups foretold",
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Comparison:
    """Put several ways of foretelling the same groups side by side.

    Parameters
    ----------
    rivals : iterable of Rival
        The first is the one that claims to be better.
    uniform_log_loss : array (G,)
        As `Forecast.uniform_log_loss`.
    subject : str, optional
        For titles.
    level : float, default 0.95
        Of the intervals.
    resamples : int, default 2000
    seed : int, default 0

    Returns
    -------
    Comparison

    Raises
    ------
    ChoiceError
        There is no rival, one name comes twice, they are about different groups, a log loss is not finite, or the level
        is not between 0 and 1.

    Notes
    -----
    Differences are paired: both rivals face the same groups, so a hard group does not count against either, and the
    interval of a difference is narrower than the two intervals suggest.

    Examples
    --------
    >>> from coalitions.calibration.ranks import baseline_ranks
    >>> pacts = [("a", (4, 5)), ("b", (3, 5)), ("c", (2, 5))]
    >>> rules = {"large": lambda m, _: m.sum(axis=1), "small": lambda m, _: -m.sum(axis=1)}
    >>> rivals = [Rival(name, baseline_ranks(pacts, 6, rule)) for name, rule in rules.items()]
    >>> compare(rivals, np.log([5.0, 5.0, 5.0])).behind
    ('small',)
    """
    entries = tuple(rivals)
    if not entries:
        raise ChoiceError("nothing to compare: give at least one rival")
    names = [rival.name for rival in entries]
    if len(set(names)) < len(names):
        raise ChoiceError(f"rival {next(n for n in names if names.count(n) > 1)!r} comes twice")
    for rival in entries:
        if rival.ranks.names != entries[0].ranks.names or rival.ranks.families != entries[0].ranks.families:
            raise ChoiceError(f"rival {rival.name!r} is about other groups than {entries[0].name!r}")
        if rival.log_loss is not None and np.shape(rival.log_loss) != (len(rival.ranks),):
            raise ChoiceError(
                f"rival {rival.name!r} has log losses of shape {np.shape(rival.log_loss)} for {len(rival.ranks)} groups"
            )
    uniform = np.array(uniform_log_loss, dtype=np.float64)
    if uniform.shape != (len(entries[0].ranks),):
        raise ChoiceError(f"uniform_log_loss has shape {uniform.shape} for {len(entries[0].ranks)} groups")
    for name, losses in {"uniform_log_loss": uniform, **{r.name: r.log_loss for r in entries}}.items():
        if losses is not None and not np.isfinite(losses).all():
            raise ChoiceError(f"log losses of {name!r} are not all finite")
    if not 0 < level < 1:
        raise ChoiceError(f"level is {level}; it must lie between 0 and 1")
    uniform.flags.writeable = False
    return Comparison(
        subject=subject, rivals=entries, uniform_log_loss=uniform, level=level, resamples=resamples, seed=seed
    )


def pooled(comparisons: Mapping[str, Comparison], *, subject: str = "All together") -> Comparison:
    """Join comparisons of the same rivals over different groups, such as one a region.

    Parameters
    ----------
    comparisons : mapping of name to Comparison
        With rivals of the same names; the names of the comparisons keep their families apart.
    subject : str, optional

    Returns
    -------
    Comparison
        Level, resamples and seed are those of the first.

    Raises
    ------
    ChoiceError
        There is none, or their rivals differ.
    """
    parts = dict(comparisons)
    if not parts:
        raise ChoiceError("nothing to join: give at least one comparison")
    first = next(iter(parts.values()))
    names = [rival.name for rival in first.rivals]
    for key, part in parts.items():
        if [rival.name for rival in part.rivals] != names:
            raise ChoiceError(f"{key} compares {[r.name for r in part.rivals]}, not {names}")
    rivals = []
    for place, name in enumerate(names):
        own = {key: part.rivals[place] for key, part in parts.items()}
        losses = [rival.log_loss for rival in own.values()]
        known = [loss for loss in losses if loss is not None]
        ranks = Ranks(
            names=tuple(f"{key}: {group}" for key, rival in own.items() for group in rival.ranks.names),
            families=tuple((key, family) for key, rival in own.items() for family in rival.ranks.families),
            share=np.concatenate([rival.ranks.share for rival in own.values()]),
            swaps=np.concatenate([rival.ranks.swaps for rival in own.values()]),
            position=np.concatenate([rival.ranks.position for rival in own.values()]),
            better=tuple(above for rival in own.values() for above in rival.ranks.better),
        )
        rivals.append(Rival(name, ranks, np.concatenate(known) if len(known) == len(losses) else None))
    return compare(
        rivals,
        np.concatenate([part.uniform_log_loss for part in parts.values()]),
        subject=subject,
        level=first.level,
        resamples=first.resamples,
        seed=first.seed,
    )


def _span(estimate: Estimate) -> str:
    return "" if np.isnan(estimate.low) else f"[{estimate.low:.3f}, {estimate.high:.3f}]"
