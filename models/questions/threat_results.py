"""What a sweep over a challenger's threat gives: bands of groups, tipping values, and how many groups to expect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.result import Result
from models.panel import nearest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["InterestSweep", "ThreatSweep", "Tip"]

Floats = NDArray[np.float64]
Group = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Tip:
    """The factor at which another group becomes best.

    Attributes
    ----------
    factor : float
    before, after : tuple of str
        The best group below and above it.
    """

    factor: float
    before: Group
    after: Group


@dataclass(frozen=True, kw_only=True, eq=False)
class InterestSweep:
    """One interest over a range of threats.

    Attributes
    ----------
    interest, title : str
    floor : float
        The factor from which on the challengers' strength counts against groups: below it every group meets the
        reference strength of the settings, and the threat is felt through the term ``pressure`` alone.
    best, prior_best : tuple of tuple of str
        At every factor, by the fit and by theory alone.
    stable : tuple of tuple of str
        The best group that holds by itself, no member leaving and no part of three or more objecting; () if none does.
    tips, prior_tips : tuple of Tip
        Where the best group changes.
    worth, low, high : ndarray, shape (factors,)
        Of the best group, with the interval over the draws, the best one of each draw taken anew.
    shown : tuple of tuple of str
        Every group that is best, stable or, in a share of the draws of at least a tenth, best in that draw.
    holds : ndarray of bool, shape (shown, factors)
        Whether each holds by itself.
    shares : ndarray, shape (shown, factors)
        Share of the draws in which each is best.
    moved : ndarray, shape (factors,)
        Share of the draws in which another group is best than at today's threat.
    number, number_low, number_high, number_prior : ndarray, shape (factors,)
        Expected number of groups over that at today's threat.
    """

    interest: str
    title: str
    floor: float
    best: tuple[Group, ...] = field(repr=False)
    prior_best: tuple[Group, ...] = field(repr=False)
    stable: tuple[Group, ...] = field(repr=False)
    tips: tuple[Tip, ...]
    prior_tips: tuple[Tip, ...]
    worth: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    shown: tuple[Group, ...] = field(repr=False)
    holds: NDArray[np.bool_] = field(repr=False)
    shares: Floats = field(repr=False)
    moved: Floats = field(repr=False)
    number: Floats = field(repr=False)
    number_low: Floats = field(repr=False)
    number_high: Floats = field(repr=False)
    number_prior: Floats = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ThreatSweep(Result):
    """The interests a challenger threatens, over a range of its threat.

    Attributes
    ----------
    region, challenger : str
    year : int
    factors : tuple of float
        On the challenger's strength; 1 is today's.
    level : float
        Of the intervals.
    interests : tuple of InterestSweep
    number, number_low, number_high, number_prior : ndarray, shape (factors,)
        Expected number of groups for all these interests over that at today's threat.
    founded : int
        Groups of three and four founded for them within the last ten years: what 1 stands for.
    """

    region: str
    challenger: str
    year: int
    factors: tuple[float, ...]
    level: float
    interests: tuple[InterestSweep, ...]
    number: Floats
    number_low: Floats
    number_high: Floats
    number_prior: Floats
    founded: int

    def __getitem__(self, interest: str) -> InterestSweep:
        for one in self.interests:
            if one.interest == interest:
                return one
        known = [one.interest for one in self.interests]
        hint = nearest(str(interest), known) or f"; there are {', '.join(known)}"
        raise ValueError(f"no sweep of interest {interest!r}{hint}")

    def at(self, factor: float) -> int:
        """Give the position of a factor among those tried; ValueError naming the nearest."""
        for k, tried in enumerate(self.factors):
            if abs(tried - factor) <= 1e-12 * max(1.0, abs(tried)):
                return k
        close = min(self.factors, key=lambda tried: abs(tried - factor))
        raise ValueError(f"factor {factor} was not tried; the nearest is {close:g}")

    def to_frame(self) -> pd.DataFrame:
        """Give one row an interest and factor.

        Returns
        -------
        pandas.DataFrame
            Columns ``interest``, ``factor``, ``best``, ``worth``, ``low``, ``high``, ``stable``, ``moved``, ``number``,
            ``number_low``, ``number_high``, ``prior_best``, ``number_prior``.
        """
        import pandas as pd

        names = ["best", "worth", "low", "high", "stable", "moved"]
        names += ["number", "number_low", "number_high", "prior_best", "number_prior"]
        rows = [
            {"interest": one.interest, "factor": factor, **{name: getattr(one, name)[k] for name in names}}
            for one in self.interests
            for k, factor in enumerate(self.factors)
        ]
        return pd.DataFrame(rows)

    def plot(self, ax: Axes | None = None, interest: str | None = None) -> Axes:
        """Draw the groups of one interest, by default the first, as bands: where each is best and where it holds.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
        interest : str, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from models.questions.threat_figures import draw_bands

        return draw_bands(self, self.interests[0] if interest is None else self[interest], ax)

    def plot_number(self, ax: Axes | None = None) -> Axes:
        """Draw the expected number of groups with its interval, and what theory alone gives.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from models.questions.threat_figures import draw_number

        return draw_number(self, ax)

    def plot_all(self, figure: Figure | None = None) -> Figure:
        """Draw the bands of every interest above one another, and the expected number below them.

        Parameters
        ----------
        figure : matplotlib.figure.Figure, optional

        Returns
        -------
        matplotlib.figure.Figure
        """
        from models.questions.threat_figures import draw_sweep

        return draw_sweep(self, figure)

    def _headline(self) -> str:
        low, high = self.number_low[-1], self.number_high[-1]
        return (
            f"threat of {self.challenger} from {self.factors[0]:g} to {self.factors[-1]:g} times that of {self.year}: "
            f"{self.number[-1]:.2f} [{low:.2f}, {high:.2f}] times as many groups at the end"
        )

    def __repr__(self) -> str:
        lines = [self._headline()]
        for one in self.interests:
            steps = "".join(f" ({tip.factor:.3g}) {'-'.join(tip.after)}" for tip in one.tips)
            moved = f"moved in {one.moved[-1]:.0%} of draws at the end"
            lines.append(f"{one.interest:<5}{'-'.join(one.best[0])}{steps}; {moved}")
        return "\n".join(lines)
