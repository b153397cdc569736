"""Who pays for an alliance: the burden by size, and NATO in 1964 and today.

What states would pay by the model behind the table, and whether burdens follow benefits, is in
``models.contributions``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import atanh, isfinite, sqrt, tanh
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, unknown_label
from coalitions.errors import CoalitionError, WorthError
from coalitions.result import Result
from models.panel import DATA

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = [
    "BurdenSharing",
    "burden_sharing",
    "nato_benefits",
    "nato_burden",
]

TABLES = {1964: ("gnp_bn_usd", "defence_pct_gnp"), 2024: ("gdp_usd", "milex_pct_gdp")}
"""Columns of income and of the share spent, by year."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BurdenSharing(Result):
    """Whether the larger members of an alliance give more of their income to it.

    Attributes
    ----------
    states : tuple of labels
        The largest income first.
    income : ndarray, shape (n,)
    shares : ndarray, shape (n,)
        Percent of income that each spends.
    missing : tuple of labels
        Members without a figure, left out.
    """

    states: tuple[Label, ...]
    income: NDArray[np.float64]
    shares: NDArray[np.float64]
    missing: tuple[Label, ...] = ()

    @property
    def rank_correlation(self) -> float:
        """Spearman's correlation of income and share, ties at their mean rank: above zero, the great pay more."""
        return _pearson(_ranks(self.income), _ranks(self.shares))

    @property
    def correlation(self) -> float:
        """Pearson's correlation of income and share."""
        return _pearson(self.income, self.shares)

    @property
    def p_value(self) -> float:
        """The chance of a rank correlation at least as high if the two had nothing to do with each other.

        From the t distribution with n - 2 degrees of freedom, one-sided as in the original.
        """
        from scipy.stats import t

        rho, n = self.rank_correlation, len(self.states)
        return float(t.sf(rho * sqrt((n - 2) / max(1 - rho**2, 1e-300)), n - 2))

    @property
    def exploitation(self) -> dict[Label, float]:
        """What part of all spending each bears beyond its part of all income; these sum to zero.

        Above zero for the exploited: in the words of Olson and Zeckhauser the great, when the small exploit them.
        """
        spent = self.income * self.shares
        beyond = spent / spent.sum() - self.income / self.income.sum()
        return dict(zip(self.states, beyond.tolist(), strict=True))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Give an interval for the rank correlation.

        Parameters
        ----------
        level : float

        Returns
        -------
        low, high : float

        Raises
        ------
        ValueError
            A level outside 0 to 1, or fewer than four states.

        Notes
        -----
        Fisher's transformation with the standard error sqrt((1 + rho**2 / 2) / (n - 3)) [1]_.

        References
        ----------
        .. [1] D. G. Bonett, T. A. Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman
               correlations, Psychometrika 65, 23-28.

        Examples
        --------
        >>> low, high = nato_burden(1964).interval()
        >>> round(low, 2), round(high, 2)
        (-0.09, 0.82)
        """
        from statistics import NormalDist

        if not 0 < level < 1:
            raise ValueError(f"level is {level}; it must lie between 0 and 1, such as 0.95")
        if len(self.states) < 4:
            raise ValueError(f"{len(self.states)} states are too few for an interval; four are needed")
        rho = self.rank_correlation
        if abs(rho) > 1 - 1e-12:
            return rho, rho
        width = NormalDist().inv_cdf((1 + level) / 2) * sqrt((1 + rho**2 / 2) / (len(self.states) - 3))
        return tanh(atanh(rho) - width), tanh(atanh(rho) + width)

    def without(self, *states: Label) -> BurdenSharing:
        """Leave some states out.

        Parameters
        ----------
        *states : labels

        Returns
        -------
        BurdenSharing

        Raises
        ------
        CoalitionError
            A state that is not in the table.

        Examples
        --------
        Greece, Portugal and Turkey had aims of their own (Oneal 1990):

        >>> round(nato_burden(1964).without("GRC", "PRT", "TUR").rank_correlation, 3)
        0.909
        """
        for state in states:
            if state not in self.states:
                raise unknown_label(state, self.states, "state")
        kept = [i for i, state in enumerate(self.states) if state not in states]
        return burden_sharing(
            {self.states[i]: float(self.income[i]) for i in kept},
            {self.states[i]: float(self.shares[i]) for i in kept},
            missing=self.missing,
        )

    def cite(self) -> tuple[str, ...]:
        """Name the sources.

        Returns
        -------
        tuple of str
        """
        from coalitions.sources import references_of

        return references_of(burden_sharing)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a state.

        Returns
        -------
        pandas.DataFrame
            Index state; columns ``income``, ``share`` (percent of income), ``income_share``, ``burden_share`` (of the
            alliance's), ``exploitation`` (their difference).
        """
        import pandas as pd

        spent = self.income * self.shares
        columns = {
            "income": self.income,
            "share": self.shares,
            "income_share": self.income / self.income.sum(),
            "burden_share": spent / spent.sum(),
            "exploitation": list(self.exploitation.values()),
        }
        return pd.DataFrame(columns, index=pd.Index(self.states, name="state"))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share each spends against its income.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        from coalitions.report.style import BLUE, clean_axes

        axes = ax if ax is not None else plt.subplots(figsize=(7.2, 4.2), layout="constrained")[1]
        axes.scatter(self.income, self.shares, color=BLUE, s=18, zorder=3)
        axes.set_xscale("log")
        axes.set_ylim(0, 1.08 * float(self.shares.max()))
        name_points(axes, self.income, self.shares, self.states)
        axes.set_xlabel("income (log scale)")
        axes.set_ylabel("spent on defence (% of income)")
        axes.set_title(self._headline(), fontsize=9, loc="left")
        clean_axes(axes, grid="y")
        return axes

    def _headline(self) -> str:
        low, high = self.interval() if len(self.states) > 3 else (-1.0, 1.0)
        return (
            f"burden sharing of {len(self.states)} states: rank correlation {self.rank_correlation:.3f} "
            f"(95% interval {low:.2f} to {high:.2f})"
        )

    def __repr__(self) -> str:
        frame = self.to_frame()
        rows = [
            f"{state!s:<4} {row.share:>5.1f}% of income  {row.burden_share:>6.1%} of all spending, "
            f"{row.income_share:>6.1%} of all income"
            for state, row in zip(self.states[:20], frame.itertuples(), strict=False)
        ]
        rows += ["..."] if len(self.states) > 20 else []
        rows += [f"no figure: {' '.join(map(str, self.missing))}"] if self.missing else []
        return "\n".join([self._headline(), *rows])


def burden_sharing(
    income: Mapping[Label, float], shares: Mapping[Label, float], *, missing: Iterable[Label] = ()
) -> BurdenSharing:
    """Compare what states spend on an alliance with how large they are.

    If security is shared by all, the larger states value a unit of it more and pay for a larger part of it than their
    income alone would say: the small exploit the great.

    Parameters
    ----------
    income : mapping from state to number
        Positive, one unit for all.
    shares : mapping from state to number
        Percent of income spent; not negative, for the same states.
    missing : iterable of labels
        Members without a figure, to be named in the result.

    Returns
    -------
    BurdenSharing

    Raises
    ------
    CoalitionError
        Fewer than three states, or shares of other states.
    WorthError
        An income that is not positive, a share that is not from 0 to 100, or the same for all states.

    References
    ----------
    .. [1] M. Olson, R. Zeckhauser (1966), An economic theory of alliances, Review of Economics and Statistics 48,
           266-279.
    .. [2] J. R. Oneal (1990), The theory of collective action and burden sharing in NATO, International Organization
           44, 379-402.

    Examples
    --------
    >>> burden_sharing({"A": 100, "B": 50, "C": 20, "D": 10}, {"A": 5, "B": 3, "C": 4, "D": 2}).rank_correlation
    0.8
    """
    states = as_players(income)
    if len(states) < 3:
        raise CoalitionError(f"{len(states)} states; a correlation needs at least three")
    if set(shares) != set(states):
        odd = sorted(map(str, set(shares) ^ set(states)))
        raise CoalitionError(f"income and shares must be of the same states; look at {', '.join(odd)}")
    states = tuple(sorted(states, key=lambda state: -float(income[state])))
    for state in states:
        if not (float(income[state]) > 0 and isfinite(income[state])):
            raise WorthError(f"income of {state!r} is {income[state]}; it must be positive")
        if not 0 <= float(shares[state]) <= 100:
            raise WorthError(f"share of {state!r} is {shares[state]}; it must be percent of income, from 0 to 100")
    columns = [np.array([float(given[state]) for state in states]) for given in (income, shares)]
    for name, column in zip(("income", "share"), columns, strict=True):
        if np.ptp(column) == 0:
            raise WorthError(f"{name} is {column[0]} for all states, so nothing correlates with it")
    return BurdenSharing(states=states, income=columns[0], shares=columns[1], missing=tuple(missing))


def nato_burden(year: int = 1964) -> BurdenSharing:
    """Compare what the members of NATO spent on defence with how large they were.

    Parameters
    ----------
    year : int
        1964 (gross national product in billions of dollars, fourteen members with armed forces) or 2024 (gross
        domestic product in dollars at official rates and military expenditure, 31 of 32 members).

    Returns
    -------
    BurdenSharing

    Raises
    ------
    ValueError
        Another year.

    References
    ----------
    .. [1] M. Olson, R. Zeckhauser (1966), An economic theory of alliances, Review of Economics and Statistics 48,
           266-279, table 1.
    .. [2] Central Intelligence Agency, The World Factbook, edition of 2025.

    Examples
    --------
    The small exploited the great in 1964; sixty years later size says nothing.

    >>> round(nato_burden(1964).rank_correlation, 3), round(nato_burden(2024).rank_correlation, 3)
    (0.49, 0.037)
    """
    if year not in TABLES:
        raise ValueError(f"no NATO table for {year}; there are 1964 and 2024")
    rows = _table(year)
    income, share = TABLES[year]
    known = [row for row in rows if row[income] and row[share]]
    return burden_sharing(
        {row["iso3"]: float(row[income]) for row in known},
        {row["iso3"]: float(row[share]) for row in known},
        missing=[row["iso3"] for row in rows if row not in known],
    )


def nato_benefits() -> dict[str, float]:
    """Give a stand-in for what each member of NATO had from the alliance in 2024: its size in product and in people.

    Returns
    -------
    dict from state to float
        The mean of its parts of the gross domestic product and of the population of the 31 members with a figure for
        defence; these sum to 1. The original measure counts exposed borders too, which are not embedded.

    References
    ----------
    .. [1] T. Sandler, J. F. Forbes (1980), Burden sharing, strategy, and the design of NATO, Economic Inquiry 18,
           425-444.
    .. [2] Central Intelligence Agency, The World Factbook, edition of 2025.

    Examples
    --------
    >>> round(nato_benefits()["USA"], 3)
    0.437
    """
    known = [row for row in _table(2024) if row["milex_pct_gdp"]]
    parts = []
    for column in ("gdp_usd", "population"):
        figures = np.array([float(row[column]) for row in known])
        parts.append(figures / figures.sum())
    return dict(zip((row["iso3"] for row in known), ((parts[0] + parts[1]) / 2).tolist(), strict=True))


def _table(year: int) -> list[dict[str, str]]:
    with (DATA / f"nato_{year}.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def name_points(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], names: Sequence[Label]) -> None:
    """Write names beside points, each where it covers the fewest points and names before it.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With its limits set.
    x, y : ndarray, shape (n,)
        In the units of the axes.
    names : sequence of n labels
    """
    from coalitions.report.style import FAINT, QUIET

    at = axes.transData.transform(np.column_stack((x, y))) * 72 / axes.figure.dpi  # typographic points
    taken = [(px - 3.0, py - 3.0, px + 3.0, py + 3.0) for px, py in at.tolist()]
    for (px, py), place, name in zip(at.tolist(), zip(x, y, strict=True), names, strict=True):
        wide, high = 4.6 * len(str(name)), 7.0
        offsets = [
            (dx, dy)
            for gap in (3.0, 10.0, 17.0, 24.0)
            for dx in (4.0, -wide - 4.0, -wide / 2)
            for dy in (gap, -gap - high)
        ]
        boxes = [(px + dx, py + dy, px + dx + wide, py + dy + high) for dx, dy in offsets]
        covered = [sum(_overlap(box, other) for other in taken) for box in boxes]
        best = covered.index(min(covered))
        taken.append(boxes[best])
        line = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2}
        axes.annotate(
            str(name),
            place,
            xytext=offsets[best],
            textcoords="offset points",
            fontsize=7,
            color=QUIET,
            arrowprops=line if abs(offsets[best][1]) >= 17 else None,
        )


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    below = (values[:, None] > values).sum(axis=1)
    equal = (values[:, None] == values).sum(axis=1)
    ranks: NDArray[np.float64] = below + (equal + 1) / 2
    return ranks


def _pearson(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    dx, dy = x - x.mean(), y - y.mean()
    return float(dx @ dy / sqrt((dx @ dx) * (dy @ dy)))
