"""Whom a group should invite and who would leave it: what each would change, member by member."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from coalitions.calibration.ranks import Estimate
from coalitions.errors import CoalitionError
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Invitation", "Joined", "Leaver", "Left", "WhoNext"]


class Invitation(NamedTuple):
    """What inviting one state would do.

    Attributes
    ----------
    state : str
    marginal : Estimate
        v(S + i) - v(S), with its interval over the draws.
    theory : float
        The same at the priors' means.
    first : float
        Share of draws in which nobody adds more.
    pays : float
        Share of draws in which it adds something: the group is worth more with it.
    own : float
        What the state itself would gain, u_i(S + i).
    changes : dict of member to float
        What each present member would gain by it.
    losing : dict of member to float
        Share of draws in which the member would lose.
    """

    state: str
    marginal: Estimate
    theory: float
    first: float
    pays: float
    own: float
    changes: dict[str, float]
    losing: dict[str, float]

    @property
    def objectors(self) -> tuple[str, ...]:
        """Members that would lose, who loses most first."""
        return tuple(s for s, change in sorted(self.changes.items(), key=lambda item: item[1]) if change < 0)


class Leaver(NamedTuple):
    """What membership is worth to one member, and what all would miss without it.

    Attributes
    ----------
    state : str
    surplus : Estimate
        u_i(S), against acting alone, with its interval over the draws.
    missed : Estimate
        v(S) - v(S - i): by how much less the group would be worth, the member's own surplus included.
    first : float
        Share of draws in which nobody has less to lose.
    theory : float
        The surplus at the priors' means.
    """

    state: str
    surplus: Estimate
    missed: Estimate
    first: float
    theory: float


class Joined(NamedTuple):
    """A state that joined later, and its place among those that could have been invited; 0 if it was not among them."""

    state: str
    year: int
    place: int
    theory_place: int


class Left(NamedTuple):
    """A member that left or was suspended later, and its place among those with least to lose; 0 if it came later."""

    state: str
    year: int
    event: str
    place: int


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class WhoNext(Result):
    """Hold who should be invited next to a group and who would leave it first.

    Attributes
    ----------
    group, region, interest : str
    year : int
        Of membership and of all figures.
    members : tuple of str
        In the region's pool.
    unmeasured : tuple of str
        Members outside the pool: nothing is known of them.
    worth : Estimate
        v(S).
    invitations : tuple of Invitation
        Who adds most first.
    leavers : tuple of Leaver
        Who has least to lose first.
    joined : tuple of Joined
    left : tuple of Left
        What happened after the year.
    fitted_until : int
        Last year of founding of the groups fitted: where later than ``year``, the coefficients know the future.
    draws : int
    level : float
        Of the intervals.
    """

    group: str
    region: str
    interest: str
    year: int
    members: tuple[str, ...]
    unmeasured: tuple[str, ...]
    worth: Estimate
    invitations: tuple[Invitation, ...]
    leavers: tuple[Leaver, ...]
    joined: tuple[Joined, ...]
    left: tuple[Left, ...]
    fitted_until: int
    draws: int
    level: float

    def __getitem__(self, state: str) -> Invitation:
        for found in self.invitations:
            if found.state == state:
                return found
        close = get_close_matches(str(state), [found.state for found in self.invitations], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise CoalitionError(f"{state!r} cannot be invited to {self.group}{hint}")

    def to_frame(self) -> pd.DataFrame:
        """Give one row a state that could be invited.

        Returns
        -------
        pandas.DataFrame
            Columns state, marginal, low, high, theory, first, pays, own, objectors (tuple of states), joined (year of
            joining later; missing for those who did not).
        """
        import pandas as pd

        later = {found.state: found.year for found in self.joined}
        rows = [
            (i.state, *i.marginal, i.theory, i.first, i.pays, i.own, i.objectors, later.get(i.state))
            for i in self.invitations
        ]
        names = ["state", "marginal", "low", "high", "theory", "first", "pays", "own", "objectors", "joined"]
        return pd.DataFrame(rows, columns=names).astype({"joined": "Int64"})

    def objections_frame(self) -> pd.DataFrame:
        """Give one row a state that could be invited and one column a member: what the member would gain by it."""
        import pandas as pd

        return pd.DataFrame(
            [[i.changes[member] for member in self.members] for i in self.invitations],
            index=pd.Index([i.state for i in self.invitations], name="invited"),
            columns=list(self.members),
        )

    def leavers_frame(self) -> pd.DataFrame:
        """Give one row a member, who has least to lose first.

        Returns
        -------
        pandas.DataFrame
            Columns state, surplus, "surplus low", "surplus high", missed, "missed low", "missed high", first, theory.
        """
        import pandas as pd

        rows = [(found.state, *found.surplus, *found.missed, found.first, found.theory) for found in self.leavers]
        bounded = [f"{what}{bound}" for what in ("surplus", "missed") for bound in ("", " low", " high")]
        return pd.DataFrame(rows, columns=["state", *bounded, "first", "theory"])

    def plot(self, ax: Axes | None = None, *, most: int = 12) -> Axes:
        """Draw what the best candidates would add, with intervals; those who joined later in another colour.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.
        most : int, default 12
            Candidates shown; those who joined later are always shown.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        from coalitions.report.style import BLUE, ORANGE, QUIET, clean_axes

        later = {found.state: found.year for found in self.joined}
        shown = [i for place, i in enumerate(self.invitations) if place < most or i.state in later]
        axes = ax if ax is not None else plt.subplots(figsize=(6.5, 0.27 * len(shown) + 1.3), layout="constrained")[1]
        for row, found in enumerate(shown):
            value, low, high = found.marginal
            colour = ORANGE if found.state in later else BLUE
            axes.plot([low, high], [row, row], color=colour, linewidth=1.6)
            axes.plot(value, row, "o", color=colour, markersize=5)
            axes.plot(found.theory, row, "D", color=QUIET, markersize=4, markerfacecolor="none")
        names = [f"{i.state} (joined {later[i.state]})" if i.state in later else i.state for i in shown]
        axes.axvline(0, color="0.3", linewidth=0.8)
        axes.set_yticks(range(len(shown)), names)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlabel(f"added worth, log-odds: fitted (dot, {self.level:.0%} interval), theory (diamond)")
        axes.set_title(f"{self.group}, {self.year}: who should be invited next", fontsize="medium", loc="left")
        clean_axes(axes, grid="x")
        return axes

    def plot_leavers(self, ax: Axes | None = None) -> Axes:
        """Draw what membership is worth to every member, and by how much less the group would be worth without it.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        from coalitions.report.style import BLUE, GREEN, clean_axes

        height = 0.4 * len(self.leavers) + 1.4
        axes = ax if ax is not None else plt.subplots(figsize=(6.5, height), layout="constrained")[1]
        for row, found in enumerate(self.leavers):
            pairs = ((found.surplus, BLUE, -0.14, "its own gain"), (found.missed, GREEN, 0.14, "what all would miss"))
            for estimate, colour, shift, label in pairs:
                axes.plot([estimate.low, estimate.high], [row + shift] * 2, color=colour, linewidth=1.6)
                axes.plot(estimate.value, row + shift, "o", color=colour, markersize=5, label=None if row else label)
        axes.axvline(0, color="0.3", linewidth=0.8)
        axes.set_yticks(range(len(self.leavers)), [found.state for found in self.leavers])
        axes.set_ylim(len(self.leavers) - 0.5, -0.5)
        axes.set_xlabel(f"worth, log-odds, {self.level:.0%} intervals")
        axes.set_title(f"{self.group}, {self.year}: who has least to lose", fontsize="medium", loc="left")
        clean_axes(axes, grid="x")
        axes.legend(frameon=False, fontsize=8)
        return axes

    def _headline(self) -> str:
        return (
            f"{self.group} in {self.year} ({', '.join(self.members)}; {self.interest}): "
            f"{len(self.invitations)} could be invited, {self.draws} draws"
        )

    def __repr__(self) -> str:
        lines = [self._headline(), f"invite   adds  {self.level:.0%} interval    first  theory  would lose by it"]
        for found in self.invitations[:_LISTED]:
            value, low, high = found.marginal
            against = " ".join(found.objectors) or "nobody"
            span = f"[{low:+.2f}, {high:+.2f}]"
            lines.append(
                f"{found.state:<6} {value:>+6.2f}  {span:<15} {found.first:>5.0%}  {found.theory:>+6.2f}  {against}"
            )
        lines.append(f"leaves   gains {self.level:.0%} interval    first  theory  the group would miss")
        for leaver in self.leavers:
            value, low, high = leaver.surplus
            span = f"[{low:+.2f}, {high:+.2f}]"
            lines.append(
                f"{leaver.state:<6} {value:>+6.2f}  {span:<15} {leaver.first:>5.0%}  {leaver.theory:>+6.2f}  "
                f"{leaver.missed.value:+.2f}"
            )
        for joined in self.joined:
            where = f"place {joined.place} of {len(self.invitations)}" if joined.place else "could not be measured"
            lines.append(f"{joined.state} joined in {joined.year}: {where}")
        for left in self.left:
            where = f"place {left.place} of {len(self.members)}" if left.place else "was no member yet"
            lines.append(f"{left.state}: {left.event} in {left.year}: {where}")
        return "\n".join(lines)


_LISTED = 5
