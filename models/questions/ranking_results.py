"""What a ranking of groups gives: worths with intervals, members' surplus, and whether each group would hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["BestGroups", "RankedGroup"]

Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class RankedGroup:
    """A group, what it is worth, and whether it would hold.

    Attributes
    ----------
    rank : int
        1 for the best by the fitted coefficients.
    members : tuple of str
    known_as : str
        Name of a standing group of exactly these states; "" if there is none.
    worth : float
        To all members together, beyond what they have alone, in log-odds of forming.
    interval : tuple of two floats
        Of the worth, over the draws.
    first, among_top : float
        Shares of the draws in which no group is worth more, and in which it is among those shown.
    gains : mapping of str to float
        The surplus of each member.
    gain_intervals : mapping of str to tuple of two floats
    leavers : tuple of str
        Members who would rather be alone.
    objectors : tuple of str
        The part of three or more that would gain most by going on without the rest, each member gaining; () if none
        would.
    divisible : bool
        Whether payments among members could satisfy everyone and every part: the core is not empty.
    leaving, objecting : float
        Shares of the draws in which some member would leave, and in which some part would object.
    prior_worth : float
        By the coefficients of theory alone.
    prior_rank : int
        Among all groups looked at.
    """

    rank: int
    members: tuple[str, ...]
    known_as: str
    worth: float
    interval: Interval
    first: float
    among_top: float
    gains: Mapping[str, float]
    gain_intervals: Mapping[str, Interval]
    leavers: tuple[str, ...]
    objectors: tuple[str, ...]
    divisible: bool
    leaving: float
    objecting: float
    prior_worth: float
    prior_rank: int

    @property
    def name(self) -> str:
        """The members' codes, joined."""
        return "-".join(self.members)

    @property
    def per_member(self) -> float:
        """The mean surplus of a member."""
        return self.worth / len(self.members)

    @property
    def holds(self) -> bool:
        """Whether no member would leave and no part object, without any payments."""
        return not self.leavers and not self.objectors


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BestGroups(Result):
    """The groups an interest calls for, ranked, with and without some states.

    Attributes
    ----------
    region, interest, title : str
    year : int
    sizes : tuple of two int
    without : tuple of str
    level : float
        Of the intervals.
    groups : tuple of RankedGroup
        The best of all.
    lacking : tuple of RankedGroup
        The best of those without the states named; () where none are.
    difference : float
        What the best group loses in worth without these states; nan where none are named.
    difference_interval : tuple of two floats
        Over the draws, the best group of each draw taken anew.
    prior_best, prior_lacking : tuple of str
        The best group by the coefficients of theory alone, and without the states named.
    presence, presence_lacking : mapping of tuple of str to float
        By state and by pair: its share of the places among the groups shown, over all draws.
    places : mapping of str to tuple of two floats
        Longitude and latitude of the capitals.
    """

    region: str
    interest: str
    title: str
    year: int
    sizes: tuple[int, int]
    without: tuple[str, ...]
    level: float
    groups: tuple[RankedGroup, ...]
    lacking: tuple[RankedGroup, ...]
    difference: float
    difference_interval: Interval
    prior_best: tuple[str, ...]
    prior_lacking: tuple[str, ...]
    presence: Mapping[tuple[str, ...], float]
    presence_lacking: Mapping[tuple[str, ...], float]
    places: Mapping[str, tuple[float, float]]

    def to_frame(self) -> pd.DataFrame:
        """Give one row a group, those without the states named below the others.

        Returns
        -------
        pandas.DataFrame
            Columns ``pool`` ("all" or "without ..."), ``rank``, ``members``, ``known_as``, ``worth``, ``low``,
            ``high``, ``per_member``, ``least`` (the smallest surplus of a member), ``leavers``, ``objectors``,
            ``divisible``, ``first``, ``among_top``, ``leaving``, ``objecting``, ``prior_worth``, ``prior_rank``.
        """
        import pandas as pd

        rows = [
            {
                "pool": pool,
                "rank": g.rank,
                "members": g.members,
                "known_as": g.known_as,
                "worth": g.worth,
                "low": g.interval[0],
                "high": g.interval[1],
                "per_member": g.per_member,
                "least": min(g.gains.values()),
                "leavers": g.leavers,
                "objectors": g.objectors,
                "divisible": g.divisible,
                "first": g.first,
                "among_top": g.among_top,
                "leaving": g.leaving,
                "objecting": g.objecting,
                "prior_worth": g.prior_worth,
                "prior_rank": g.prior_rank,
            }
            for pool, groups in self._pools()
            for g in groups
        ]
        return pd.DataFrame(rows)

    def surplus(self) -> pd.DataFrame:
        """Give one row a member of a group: what it gains there.

        Returns
        -------
        pandas.DataFrame
            Columns ``pool``, ``group``, ``member``, ``gain``, ``low``, ``high``.
        """
        import pandas as pd

        rows = [
            (pool, g.name, member, gain, *g.gain_intervals[member])
            for pool, groups in self._pools()
            for g in groups
            for member, gain in g.gains.items()
        ]
        return pd.DataFrame(rows, columns=["pool", "group", "member", "gain", "low", "high"])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the worth of each group with its interval, and what theory alone would give.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from models.questions.ranking_figures import draw_ranking

        return draw_ranking(self, ax)

    def plot_map(self, figure: Figure | None = None) -> Figure:
        """Draw who is in the best groups, at the capitals: one map of all states, one without those named.

        Parameters
        ----------
        figure : matplotlib.figure.Figure, optional

        Returns
        -------
        matplotlib.figure.Figure
        """
        from models.questions.ranking_figures import draw_map

        return draw_map(self, figure)

    def _pools(self) -> list[tuple[str, tuple[RankedGroup, ...]]]:
        rest = [(f"without {', '.join(self.without)}", self.lacking)] if self.lacking else []
        return [("all", self.groups), *rest]

    def _headline(self) -> str:
        best = self.groups[0]
        return (
            f"{self.interest} in {self.year}, groups of {self.sizes[0]} to {self.sizes[1]}: {best.name} is best, worth "
            f"{best.worth:.1f} [{best.interval[0]:.1f}, {best.interval[1]:.1f}], first in {best.first:.0%} of draws"
        )

    def __repr__(self) -> str:
        lines = [self._headline()]
        for pool, groups in self._pools():
            if pool != "all":
                low, high = self.difference_interval
                lines.append(f"{pool}: the best is worth {self.difference:.1f} [{low:.1f}, {high:.1f}] less")
            width = max(len(g.name) for g in groups)
            lines += [f"{g.rank:>2}  {g.name:<{width}}  {_row(g)}" for g in groups]
        return "\n".join(lines)


def _row(group: RankedGroup) -> str:
    low, high = group.interval
    said = []
    if group.leavers:
        said.append(f"{', '.join(group.leavers)} would leave")
    if group.objectors:
        said.append(f"{'-'.join(group.objectors)} would go on alone")
    if said and group.divisible:
        said.append("payments would hold it")
    if group.known_as:
        said.append(f"stands as {group.known_as}")
    return f"{group.worth:5.1f} [{low:5.1f}, {high:5.1f}]  theory {group.prior_worth:5.1f}  {'; '.join(said)}".rstrip()
