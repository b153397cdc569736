"""What drives groups of each kind: effects, differences between kinds, and how later groups are foretold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coalitions.calibration import Fit
from coalitions.calibration.comparison import Comparison
from coalitions.calibration.ranks import Estimate
from coalitions.result import Result
from models.panel import nearest
from models.questions.figures import own_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["AFFINITY", "CAPABILITY", "DRIVERS", "EVERYONE", "KINDS", "Contrast", "Driver", "Drivers"]

KINDS = ("with neither", "with the United States", "with a challenger")
"""Kinds of groups by who is in them, in the order of ``models.payoff.kinds``; a challenger is China, Russia or Iran, in
a group without the United States."""

DRIVERS = ("affinity", "capability", "distance", "ties")

AFFINITY = {
    "votes": "likeness of UN ideal points",
    "regime": "likeness of electoral democracy",
}
CAPABILITY = {
    "contest": "share of the interest secured by pooled strength",
    "product": "log of pooled gross domestic product",
}
"""Ways to measure the two."""

EVERYONE = "all later groups"


class Driver(NamedTuple):
    """What one driver does in one kind of group.

    Attributes
    ----------
    kind, driver : str
    coefficient, standard_error : float
        Log-odds a unit of the term.
    deviation : float
        Of the term between alternatives of that kind in one choice set.
    effect : float
        Log-odds a deviation: what makes drivers comparable.
    low, high : float
        Interval of the effect.
    """

    kind: str
    driver: str
    coefficient: float
    standard_error: float
    deviation: float
    effect: float
    low: float
    high: float


class Contrast(NamedTuple):
    """How far a driver's coefficient differs between one kind of group and those with neither."""

    kind: str
    driver: str
    difference: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Drivers(Result):
    """Hold what drives groups with the United States, with a challenger and with neither.

    Attributes
    ----------
    drivers : tuple of Driver
        One a kind and driver.
    contrasts : tuple of Contrast
    fit : Fit
        All terms, those of ``DRIVERS`` one a kind.
    founded : dict of kind to (int, int)
        Groups fitted, and of these founded after the split.
    comparisons : dict of kind to Comparison
        Later groups foretold: by all terms, without one, by some alone, and by plain rules; and for
        "all later groups".
    lead : dict of kind to (Estimate, Estimate)
        Affinity alone less capability alone: share of swaps beaten, and nats a completion saved.
    affinity, capability : str
        How the two are measured.
    split : int
    level : float
        Of all intervals.
    """

    drivers: tuple[Driver, ...]
    contrasts: tuple[Contrast, ...]
    fit: Fit
    founded: dict[str, tuple[int, int]]
    comparisons: dict[str, Comparison]
    lead: dict[str, tuple[Estimate, Estimate]]
    affinity: str
    capability: str
    split: int
    level: float

    def driver(self, kind: str, driver: str) -> Driver:
        """Find one driver of one kind of group; ValueError naming the nearest if there is none."""
        for found in self.drivers:
            if found.kind == kind and found.driver == driver:
                return found
        known = KINDS if kind not in KINDS else DRIVERS
        wrong = kind if kind not in KINDS else driver
        hint = nearest(str(wrong), known) or f"; known: {', '.join(known)}"
        raise ValueError(f"nothing is known of {wrong!r}{hint}")

    def to_frame(self) -> pd.DataFrame:
        """Give one row a kind and driver.

        Returns
        -------
        pandas.DataFrame
            The fields of `Driver`, and the difference from groups with neither, with its bounds.
        """
        import pandas as pd

        frame = pd.DataFrame(list(self.drivers), columns=Driver._fields)
        apart = pd.DataFrame(list(self.contrasts), columns=Contrast._fields)
        apart = apart.rename(columns={"low": "difference low", "high": "difference high"})
        return frame.merge(apart, on=["kind", "driver"], how="left")

    def scores_frame(self) -> pd.DataFrame:
        """Give one row a kind of later groups and way of foretelling: the figures of `Comparison.to_frame`."""
        import pandas as pd

        parts = []
        for kind, comparison in self.comparisons.items():
            part = comparison.to_frame()
            part.index.name = "rival"
            part.insert(0, "groups", len(comparison))
            parts.append(part.reset_index().assign(kind=kind).set_index("kind").reset_index())
        return pd.concat(parts, ignore_index=True)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the effects of every driver by kind of group, with intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from coalitions.report.style import clean_axes

        axes = own_axes(ax, 3.4)
        for row, driver in enumerate(DRIVERS):
            for step, kind in enumerate(KINDS):
                found = self.driver(kind, driver)
                height = row + (step - 1) * 0.22
                reach = [[found.effect - found.low], [found.high - found.effect]]
                label = kind if row == 0 else None
                axes.errorbar(
                    found.effect, height, xerr=reach, fmt=_MARKS[kind], color=_colour(kind), label=label, markersize=5
                )
        axes.axvline(0, color="0.3", linewidth=0.8)
        axes.set_yticks(range(len(DRIVERS)), list(DRIVERS))
        axes.set_ylim(len(DRIVERS) - 0.45, -0.55)
        axes.set_xlabel(f"log-odds a standard deviation between alternatives, {self.level:.0%} intervals")
        axes.set_title("What drives groups, by who is in them", fontsize="medium", loc="left")
        clean_axes(axes, grid="x")
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0), title="groups")
        return axes

    def plot_scores(self, ax: Axes | None = None) -> Axes:
        """Draw the mean share of swaps beaten by every way of foretelling, by kind of later group.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from coalitions.report.style import clean_axes

        names = [rival.name for rival in self.comparisons[EVERYONE].rivals]
        height = 0.42 * len(names) + 1.2
        axes = own_axes(ax, height)
        shown = [kind for kind in KINDS if kind in self.comparisons]
        for step, kind in enumerate(shown):
            found = self.comparisons[kind].estimates()
            for row, name in enumerate(names):
                value, low, high = found[name]["mean"]
                axes.errorbar(
                    value,
                    row + (step - (len(shown) - 1) / 2) * 0.24,
                    xerr=[[max(value - low, 0.0)], [max(high - value, 0.0)]] if np.isfinite(low) else None,
                    fmt=_MARKS[kind],
                    color=_colour(kind),
                    markersize=4,
                    label=f"{kind} ({len(self.comparisons[kind])})" if row == 0 else None,
                )
        axes.axvline(0.5, color="0.3", linewidth=0.8, linestyle=":")
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlabel(f"mean share of one-member swaps beaten, {self.level:.0%} intervals; 0.5 is chance")
        axes.set_title(
            f"Groups founded since {self.split + 1}, foretold from those before", fontsize="medium", loc="left"
        )
        clean_axes(axes, grid="x")
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0), title="groups")
        return axes

    def _headline(self) -> str:
        return (
            f"Affinity ({AFFINITY[self.affinity]}) or capability ({CAPABILITY[self.capability]}) in "
            f"{self.fit.clusters} circles of founders"
        )

    def __repr__(self) -> str:
        width = max(len(kind) for kind in (*KINDS, EVERYONE))
        head = f"{'effect, log-odds a deviation':<{width + 8}}"
        lines = [self._headline(), head + "".join(f"{driver:>22}" for driver in DRIVERS)]
        for kind in KINDS:
            cells = [self.driver(kind, driver) for driver in DRIVERS]
            shown = "".join(f"{c.effect:+.2f} [{c.low:+.2f}, {c.high:+.2f}]".rjust(22) for c in cells)
            lines.append(f"{kind:<{width}}  {self.founded[kind][0]:>4}  {shown}")
        lines.append(
            f"founded since {self.split + 1}: share of swaps beaten by {', '.join(_SHOWN)}; affinity less capability"
        )
        for kind, comparison in self.comparisons.items():
            means = {name: row["mean"].value for name, row in comparison.estimates().items()}
            picked = " ".join(f"{means[name]:.2f}" for name in _SHOWN)
            first = self.lead[kind][0]
            lines.append(
                f"{kind:<{width}}  {len(comparison):>4}   {picked}  {first.value:+.2f} "
                f"[{first.low:+.2f}, {first.high:+.2f}]"
            )
        return "\n".join(lines)


_MARKS = {KINDS[0]: "o", KINDS[1]: "s", KINDS[2]: "D"}
_SHOWN = ("all terms", "affinity and capability", "affinity", "capability")


def _colour(kind: str) -> str:
    from coalitions.report.style import BLUE, GREEN, VERMILION

    return {KINDS[0]: GREEN, KINDS[1]: BLUE, KINDS[2]: VERMILION}[kind]
