"""What a shift of effort between two regions changes: coverage, the best groups, and gains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coalitions.calibration.ranks import Estimate
from coalitions.result import Result
from models.questions.figures import own_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Covered", "Groups", "Planned", "Shift"]

Groups = tuple[tuple[str, tuple[str, ...]], ...]
"""Interest and members of each group."""


class Covered(NamedTuple):
    """The share of one interest that institutions secure for its stakeholders, on average, at one size of the shift;
    nan where none of them is in the pool."""

    region: str
    interest: str
    title: str
    size: float
    share: float


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The best set of groups of a region at one size of the shift.

    Attributes
    ----------
    region : str
    size : float
        Of the shift.
    effort : float
        Of the state that shifts, in this region.
    groups : tuple of (interest, members)
    worth : float
        Of all groups together.
    unadapted : float
        What the groups that were best without the shift are worth now.
    gains : dict of state to float
        In all its groups together.
    kept : float
        Share of the groups that were best without the shift and still are.
    """

    region: str
    size: float
    effort: float
    groups: Groups
    worth: float
    unadapted: float
    gains: dict[str, float]
    kept: float


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Shift(Result):
    """Hold what a shift of one state's effort changes in two regions.

    Attributes
    ----------
    state, source, target : str
        Who shifts, from which region, to which.
    ratio : float
        What one unit of today's effort in the source adds to the target, in units of today's effort there.
    sizes : tuple of float
        Share of today's effort in the source that leaves.
    covered : tuple of Covered
        No coefficient enters.
    planned : tuple of Planned
        By region and size, under the fitted coefficients.
    in_theory : tuple of Planned
        Without the shift and at its largest, at the priors' means; empty where that was not asked for.
    change : dict of region to Estimate
        Worth of the best set at the largest shift less that without, with its interval over the draws.
    kept : dict of region to Estimate
        Share of groups kept at the largest shift, likewise.
    welfare : dict of region to dict of state to Estimate
        Change of what each state gains in its groups, likewise.
    protection : dict of region to dict of state to float
        Change of the shares that institutions secure for the state at the largest shift, summed over the interests it
        is listed for: minus 0.5 is half an interest lost. No coefficient enters.
    year : int
    draws : int
        Re-optimised twice each.
    level : float
    """

    state: str
    source: str
    target: str
    ratio: float
    sizes: tuple[float, ...]
    covered: tuple[Covered, ...]
    planned: tuple[Planned, ...]
    in_theory: tuple[Planned, ...]
    change: dict[str, Estimate]
    kept: dict[str, Estimate]
    welfare: dict[str, dict[str, Estimate]]
    protection: dict[str, dict[str, float]]
    year: int
    draws: int
    level: float

    def plans(self, region: str, *, in_theory: bool = False) -> tuple[Planned, ...]:
        """Give the best sets of a region by size of the shift."""
        return tuple(plan for plan in (self.in_theory if in_theory else self.planned) if plan.region == region)

    def exchanged(self, region: str, *, in_theory: bool = False) -> tuple[Groups, Groups]:
        """Give the groups that end and those that form between no shift and the largest."""
        plans = self.plans(region, in_theory=in_theory)
        before, after = plans[0].groups, plans[-1].groups
        return tuple(g for g in before if g not in after), tuple(g for g in after if g not in before)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a region and size.

        Returns
        -------
        pandas.DataFrame
            Columns region, size, effort, groups, worth, unadapted, kept.
        """
        import pandas as pd

        rows = [(p.region, p.size, p.effort, len(p.groups), p.worth, p.unadapted, p.kept) for p in self.planned]
        return pd.DataFrame(rows, columns=["region", "size", "effort", "groups", "worth", "unadapted", "kept"])

    def coverage_frame(self) -> pd.DataFrame:
        """Give one row an interest and one column a size: the share that institutions secure."""
        import pandas as pd

        rows: dict[tuple[str, str, str], dict[float, float]] = {}
        for found in self.covered:
            rows.setdefault((found.region, found.interest, found.title), {})[found.size] = found.share
        index = pd.MultiIndex.from_tuples(list(rows), names=["region", "interest", "title"])
        return pd.DataFrame(list(rows.values()), index=index).rename_axis(columns="size")

    def welfare_frame(self) -> pd.DataFrame:
        """Give one row a region and state, who loses most first.

        Returns
        -------
        pandas.DataFrame
            Columns region, state, change, low, high, theory: what it gains in its groups at the largest shift less what
            it gains without; and protection, the change of what institutions secure for it, in interests.
        """
        import pandas as pd

        rows = []
        for region, states in self.welfare.items():
            plans = self.plans(region, in_theory=True)
            believed = {s: plans[-1].gains[s] - plans[0].gains[s] if plans else float("nan") for s in states}
            lost = self.protection[region]
            rows += [(region, s, *e, believed[s], lost[s]) for s, e in states.items()]
        frame = pd.DataFrame(rows, columns=["region", "state", "change", "low", "high", "theory", "protection"])
        return frame.sort_values(["region", "change", "state"], ignore_index=True)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share of each interest that institutions secure against the size of the shift.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from coalitions.report.style import PALETTE, QUIET, clean_axes, spread

        axes = own_axes(ax, 4.2)
        lines: dict[str, list[Covered]] = {}
        for found in self.covered:
            lines.setdefault(found.interest, []).append(found)
        moved = [rows for rows in lines.values() if abs(rows[-1].share - rows[0].share) > 0.005]
        heights = spread([rows[-1].share for rows in moved], 0.032)
        for rank, (rows, height) in enumerate(zip(moved, heights, strict=True)):
            colour = PALETTE[rank % len(PALETTE)]
            style = "-" if rows[0].region == self.source else "--"
            axes.plot([row.size for row in rows], [row.share for row in rows], style, color=colour)
            axes.text(1.015 * max(self.sizes), height, rows[0].interest, color=colour, fontsize=8, va="center")
        still = len(lines) - len(moved)
        axes.text(
            0.0, 1.01, f"the other {still} interests move by less than half a point",
            transform=axes.transAxes, fontsize=8, color=QUIET, va="bottom",
        )  # fmt: skip
        axes.set_xlim(min(self.sizes), 1.1 * max(self.sizes))
        axes.set_xlabel(f"share of the effort of {self.state} in {self.source} that moves to {self.target}")
        axes.set_ylabel("share of the interest secured by institutions")
        axes.set_title(
            f"{self.state} turns away, {self.year}: what is still covered", fontsize="medium", loc="left", pad=18
        )
        clean_axes(axes, grid="y")
        return axes

    def plot_worths(self, ax: Axes | None = None) -> Axes:
        """Draw the change of the best set's worth against the size of the shift, fitted and in theory.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from coalitions.report.style import BLUE, ORANGE, clean_axes

        axes = own_axes(ax, 3.6)
        for region, colour, step in ((self.source, BLUE, -0.008), (self.target, ORANGE, 0.008)):
            plans = self.plans(region)
            base = plans[0]
            axes.plot([p.size for p in plans], [p.worth - base.worth for p in plans], "o-", color=colour, label=region)
            axes.plot([p.size for p in plans], [p.unadapted - base.worth for p in plans], ":", color=colour)
            theory_plans = self.plans(region, in_theory=True)
            axes.plot(
                [p.size for p in theory_plans],
                [p.worth - theory_plans[0].worth for p in theory_plans],
                "D--",
                color=colour,
                markerfacecolor="none",
                label=f"{region}, theory alone" if theory_plans else None,
            )
            found, at = self.change[region], max(self.sizes) + step
            axes.plot([at, at], [found.low, found.high], color=colour, linewidth=1.6)
        axes.axhline(0, color="0.3", linewidth=0.8)
        axes.set_xlabel(f"share of the effort of {self.state} in {self.source} that moves to {self.target}")
        axes.set_ylabel("change of worth, log-odds")
        axes.set_title(
            f"{self.state} turns away, {self.year}: worth of the best set of groups (dotted: of the old set)",
            fontsize="medium",
            loc="left",
        )
        clean_axes(axes, grid="y")
        axes.legend(frameon=False, fontsize=8)
        return axes

    def plot_welfare(self, ax: Axes | None = None, *, most: int = 8) -> Axes:
        """Draw the states of both regions whose gains change most, with intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.
        most : int, default 8
            States of each region shown.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from coalitions.report.style import BLUE, ORANGE, QUIET, clean_axes

        frame = self.welfare_frame()
        picked = []
        for region in (self.source, self.target):
            own = frame[frame["region"] == region]
            largest = own["change"].abs().sort_values(ascending=False, kind="stable").index[:most]
            picked.append(own.loc[largest].sort_values("change").to_dict("records"))
        names = [f"{row['state']}  {row['region']}" for part in picked for row in part]
        axes = own_axes(ax, 0.25 * len(names) + 1.3)
        height = 0
        for part, colour in zip(picked, (BLUE, ORANGE), strict=True):
            for row in part:
                axes.plot([row["low"], row["high"]], [height, height], color=colour, linewidth=1.6)
                axes.plot(row["change"], height, "o", color=colour, markersize=5)
                axes.plot(row["theory"], height, "D", color=QUIET, markersize=4, markerfacecolor="none")
                height += 1
        axes.axvline(0, color="0.3", linewidth=0.8)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlabel(f"change of gains, log-odds: fitted (dot, {self.level:.0%} interval), theory (diamond)")
        axes.set_title(
            f"{self.state} turns away, {self.year}: change of gains in groups", fontsize="medium", loc="left"
        )
        clean_axes(axes, grid="x")
        return axes

    def _headline(self) -> str:
        return (
            f"{self.state} moves effort from {self.source} to {self.target} in {self.year}, where a unit "
            f"of it adds {self.ratio:.2f}; {self.draws} draws"
        )

    def __repr__(self) -> str:
        lines = [self._headline()]
        for region in (self.source, self.target):
            plans = self.plans(region)
            first, last = plans[0], plans[-1]
            found, kept = self.change[region], self.kept[region]
            believed = self.plans(region, in_theory=True)
            theory = f"; theory {believed[-1].worth - believed[0].worth:+.1f}" if believed else ""
            rows = [row for row in self.covered if row.region == region and not np.isnan(row.share)]
            before = [row.share for row in rows if row.size == first.size]
            after = [row.share for row in rows if row.size == last.size]
            lines.append(
                f"{region}: institutions secure {np.mean(before):.3f} of an interest, {np.mean(after):.3f} at a "
                f"shift of {last.size:g}"
            )
            lines.append(
                f"  best set {first.worth:.1f}, then {last.worth:.1f} ({found.value:+.1f} [{found.low:+.1f}, "
                f"{found.high:+.1f}]{theory}); the old set "
                f"{last.unadapted:.1f}"
            )
            lines.append(f"  groups kept {kept.value:.0%} [{kept.low:.0%}, {kept.high:.0%}]")
            for fate, groups in zip(("ended", "formed"), self.exchanged(region), strict=True):
                lines += [f"  {fate:<7} {'-'.join(members)}  {interest}" for interest, members in groups]
        return "\n".join(lines)
