"""A pair under pressure: what it is worth, what it must be worth to hold, and where it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.ranks import Estimate
from coalitions.core import core_interval
from coalitions.core.cone import CoefficientInterval
from coalitions.parametric import ParametricGame
from coalitions.result import Result
from models.questions.figures import own_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["OUTCOMES", "Deal", "PairThreshold"]

Floats = NDArray[np.float64]

OUTCOMES = ("at every pressure", "from some pressure on", "up to some pressure", "at no pressure")


class Deal(NamedTuple):
    """What a group of pair and pole would be worth, its opponent being whoever is left outside.

    Attributes
    ----------
    members : tuple of str
    worth : Estimate
    gains : dict of member to float
    theory : float
        The worth at the priors' means.
    """

    members: tuple[str, ...]
    worth: Estimate
    gains: dict[str, float]
    theory: float


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PairThreshold(Result):
    """Hold what a pair is worth under rising pressure, and where it outweighs separate deals.

    Attributes
    ----------
    pair : tuple of two str
    pole : str
        The leader of the opposing order: who offers the deals.
    order : tuple of str
        The pole and its allies, whose strength presses the pair.
    year : int
    pressures : array (P,)
        Factors on the order's strength.
    worth, low, high, in_theory : array (P,)
        Of the pair: fitted, its interval over the draws, and at the priors' means.
    own : array (P, 2)
        What each of the pair gains.
    now : dict of member to float
        What each gains at a pressure of 1, on the grid or not.
    now_in_theory : float
        The worth of the pair at a pressure of 1, at the priors' means.
    deals : dict of str to Deal
        "CHN-USA" and the like: each one's deal with the pole, and that of all three.
    bar : Estimate
        What the pair must be worth to hold with transfers: no less than nothing, than each deal, than both deals
        together, and than all three united.
    bar_in_theory : float
    threshold, threshold_in_theory : float
        The least pressure from which the pair is worth the bar on; 0 where it is so from the start, inf where it is
        not at the highest pressure.
    thresholds : dict of member to float
        The same without transfers: from where on the member gains more in the pair than in its own deal.
    holds, holds_for_both : array (P,)
        Share of draws in which the pair holds with transfers, and in which both prefer it without.
    outcomes : dict of str to float
        Share of draws by ``OUTCOMES``, with transfers.
    ratio : float
        Economy of the larger of the pair over that of the smaller.
    game : ParametricGame
        Of pair and pole at today's pressure, by terms; all together are worth what the pair is.
    level : float
    draws : int
    """

    pair: tuple[str, str]
    pole: str
    order: tuple[str, ...]
    year: int
    pressures: Floats
    worth: Floats
    low: Floats
    high: Floats
    in_theory: Floats
    own: Floats
    now: dict[str, float]
    now_in_theory: float
    deals: dict[str, Deal]
    bar: Estimate
    bar_in_theory: float
    threshold: float
    threshold_in_theory: float
    thresholds: dict[str, float]
    holds: Floats
    holds_for_both: Floats
    outcomes: dict[str, float]
    ratio: float
    game: ParametricGame = field(repr=False)
    level: float
    draws: int

    def tipping(self, term: str) -> CoefficientInterval:
        """Find the values of one coefficient at which the pair holds today against deals of two, exactly.

        Parameters
        ----------
        term : str
            A term of the region: ``"pressure"``, ``"capability"``, ``"setup"``.

        Returns
        -------
        coalitions.core.cone.CoefficientInterval
            With the collection of deals that binds at each end. The union of all three is not among them.
        """
        return core_interval(self.game, term)

    @cached_property
    def today(self) -> tuple[float, float]:
        """What the pair is worth at a pressure of 1, and by how much that exceeds the bar."""
        worth = sum(self.now.values())
        return worth, worth - self.bar.value

    def to_frame(self) -> pd.DataFrame:
        """Give one row a pressure.

        Returns
        -------
        pandas.DataFrame
            Columns pressure, worth, low, high, theory, one for what each of the pair gains, holds, holds_for_both.
        """
        import pandas as pd

        columns = {"pressure": self.pressures, "worth": self.worth, "low": self.low, "high": self.high}
        gains = {state: self.own[:, place] for place, state in enumerate(self.pair)}
        held = {"holds": self.holds, "holds_for_both": self.holds_for_both}
        return pd.DataFrame({**columns, "theory": self.in_theory, **gains, **held})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the pair's worth against the pressure, with the bar it has to reach.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from coalitions.report.style import BLUE, ORANGE, clean_axes

        axes = own_axes(ax, 3.8)
        axes.fill_between(self.pressures, self.low, self.high, color=BLUE, alpha=0.15, linewidth=0)
        axes.plot(self.pressures, self.worth, color=BLUE, label="pair, fitted")
        axes.plot(self.pressures, self.in_theory, color=ORANGE, label="pair, theory alone")
        ends = self.pressures[[0, -1]]
        axes.fill_between(ends, self.bar.low, self.bar.high, color="0.5", alpha=0.12, linewidth=0)
        axes.plot(ends, [self.bar.value] * 2, color=BLUE, linestyle="--", label="bar, fitted")
        axes.plot(ends, [self.bar_in_theory] * 2, color=ORANGE, linestyle="--", label="bar, theory alone")
        for threshold, colour in ((self.threshold, BLUE), (self.threshold_in_theory, ORANGE)):
            if 0 < threshold < np.inf:
                axes.axvline(threshold, color=colour, linewidth=0.9, linestyle=":")
        self._finish(axes)
        axes.set_ylabel("worth, log-odds")
        axes.set_title(
            f"{'-'.join(self.pair)}, {self.year}: worth of the pair and of deals with {self.pole}",
            fontsize="medium",
            loc="left",
        )
        clean_axes(axes, grid="y")
        axes.legend(frameon=False, fontsize=8, loc="lower left", ncols=2)
        return axes

    def plot_holding(self, ax: Axes | None = None) -> Axes:
        """Draw the share of draws in which the pair holds against the pressure.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from coalitions.report.style import BLUE, GREEN, clean_axes

        axes = own_axes(ax, 2.8)
        axes.plot(self.pressures, self.holds, color=BLUE, label="with transfers: no deal blocks it")
        axes.plot(
            self.pressures, self.holds_for_both, color=GREEN, label="without: both gain more than in their own deal"
        )
        axes.set_ylim(0, 1)
        self._finish(axes)
        axes.set_ylabel("share of draws")
        clean_axes(axes, grid="y")
        axes.legend(frameon=False, fontsize=8)
        return axes

    def _finish(self, axes: Axes) -> None:
        axes.set_xscale("log")
        axes.set_xlim(self.pressures[0], self.pressures[-1])
        ticks = [t for t in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10) if self.pressures[0] <= t <= self.pressures[-1]]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        if self.pressures[0] < 1 < self.pressures[-1]:
            axes.axvline(1, color="0.3", linewidth=0.8)
        axes.set_xlabel(f"what {self.pole} and allies bring against the pair, 1 as in {self.year}")

    def _headline(self) -> str:
        return (
            f"{'-'.join(self.pair)} against deals with {self.pole} in {self.year}, pressed by {len(self.order)} "
            f"states; {self.draws} draws"
        )

    def __repr__(self) -> str:
        worth, margin = self.today
        lines = [
            self._headline(),
            f"the pair is worth {worth:.2f} today, {abs(margin):.2f} {'above' if margin >= 0 else 'below'} the bar of "
            f"{self.bar.value:.2f} [{self.bar.low:.2f}, {self.bar.high:.2f}]; in theory "
            f"{self.now_in_theory:.2f}, bar {self.bar_in_theory:.2f}",
        ]
        for name, deal in self.deals.items():
            shares = ", ".join(f"{state} {gain:+.2f}" for state, gain in deal.gains.items())
            lines.append(
                f"{name:<12} {deal.worth.value:+.2f} [{deal.worth.low:+.2f}, {deal.worth.high:+.2f}], "
                f"theory {deal.theory:+.2f}: {shares}"
            )
        own = ", ".join(f"{state} {gain:+.2f}" for state, gain in self.now.items())
        lines.append(f"in the pair: {own}; economies {self.ratio:.1f} to 1")
        lines.append(
            f"holds with transfers from a pressure of {_words(self.threshold)} on, fitted; "
            f"{_words(self.threshold_in_theory)} in theory"
        )
        lines += [f"{state} prefers the pair from {_words(at)} on" for state, at in self.thresholds.items()]
        lines.append("share of draws: " + ", ".join(f"{share:.0%} {name}" for name, share in self.outcomes.items()))
        return "\n".join(lines)


def _words(threshold: float) -> str:
    if threshold == 0:
        return "any"
    return "no" if np.isinf(threshold) else f"{threshold:.2f}"
