"""What states give to a good that all of them share: the alliance of Olson and Zeckhauser, and joint products.

Each state chooses for itself; a part of what it buys, the publicness of the good, serves the others too. So too little
is bought, the small lean on the great, and the less public the good the more burdens follow benefits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players
from coalitions.errors import CoalitionError, WorthError
from coalitions.result import Result
from models.burden_sharing import name_points

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["BenefitTest", "Contributions", "benefit_test", "equilibrium_contributions"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Contributions(Result):
    """What states give to a common good when each chooses for itself, and what would serve them all.

    Attributes
    ----------
    states : tuple of labels
    income, weights : tuple of numbers
    price : number
    publicness : number
    given : tuple of numbers
        Units of the good each buys in equilibrium.
    efficient : tuple of numbers
        Units each would buy at shares of the price that all agree to (Lindahl): a_i I_i / c.
    """

    states: tuple[Label, ...]
    income: tuple[Any, ...]
    weights: tuple[Any, ...]
    price: Any
    publicness: Any
    given: tuple[Any, ...]
    efficient: tuple[Any, ...]

    @property
    def total(self) -> Any:
        """Units of the good that all buy in equilibrium."""
        return sum(self.given)

    @property
    def efficient_total(self) -> Any:
        """Units that would serve all: where the states' rates of substitution add up to the price (Samuelson)."""
        return sum(self.efficient)

    @property
    def gap(self) -> float:
        """What part of the efficient total is missing: from 0 to 1."""
        return 1 - float(self.total / self.efficient_total)

    @property
    def riders(self) -> tuple[Label, ...]:
        """The states that give nothing."""
        return tuple(state for state, units in zip(self.states, self.given, strict=True) if units == 0)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a state.

        Returns
        -------
        pandas.DataFrame
            Index state; columns ``income``, ``given``, ``efficient`` (units), ``share`` (percent of income spent),
            ``burden_share`` (of all spending), ``benefit_share`` (of all that would be spent efficiently).
        """
        import pandas as pd

        columns = {
            "income": [float(entry) for entry in self.income],
            "given": [float(entry) for entry in self.given],
            "efficient": [float(entry) for entry in self.efficient],
        }
        frame = pd.DataFrame(columns, index=pd.Index(self.states, name="state"))
        frame["share"] = 100 * float(self.price) * frame["given"] / frame["income"]
        frame["burden_share"] = frame["given"] / frame["given"].sum()
        frame["benefit_share"] = frame["efficient"] / frame["efficient"].sum()
        return frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what each gives of its income against the income, and what it would give efficiently.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        from coalitions.report.style import BLUE, ORANGE, clean_axes

        axes = ax if ax is not None else plt.subplots(figsize=(7.2, 4.2), layout="constrained")[1]
        frame = self.to_frame()
        wanted = 100 * float(self.price) * frame["efficient"] / frame["income"]
        axes.scatter(frame["income"], wanted, color=ORANGE, marker="_", s=60, label="what would serve all")
        axes.scatter(frame["income"], frame["share"], color=BLUE, s=18, label="each for itself", zorder=3)
        axes.set_xscale("log")
        axes.set_ylim(-0.05 * float(wanted.max()), 1.08 * float(wanted.max()))
        name_points(axes, frame["income"].to_numpy(), frame["share"].to_numpy(), self.states)
        axes.set_xlabel("income (log scale)")
        axes.set_ylabel("given (% of income)")
        axes.set_title(self._headline(), fontsize=9, loc="left")
        clean_axes(axes, grid="y")
        axes.legend(frameon=False, fontsize=8)
        return axes

    def cite(self) -> tuple[str, ...]:
        """Name the sources.

        Returns
        -------
        tuple of str
        """
        from coalitions.sources import references_of

        return references_of(equilibrium_contributions)

    def _headline(self) -> str:
        return (
            f"contributions of {len(self.states)} states: {float(self.total):.4g} of an efficient "
            f"{float(self.efficient_total):.4g} ({self.gap:.0%} missing)"
        )

    def __repr__(self) -> str:
        rows = [
            f"{state!s:<4} {float(units):>10.4g}  {100 * float(self.price * units / income):>5.1f}% of income"
            for state, units, income in zip(self.states, self.given, self.income, strict=True)
        ]
        return "\n".join([self._headline(), *rows[:20], *(["..."] if len(rows) > 20 else [])])


def equilibrium_contributions(
    income: Mapping[Label, Any], weights: Mapping[Label, Any] | Any, *, price: Any = 1, publicness: Any = 1
) -> Contributions:
    """Find what each state gives to a common good when all choose for themselves.

    State i spends its income on itself, y_i, and on t_i units of the good at price c; it values
    y_i^(1 - a_i) s_i^a_i, where ``s_i = t_i + p T_-i``: of what others buy, the part p (publicness) serves it too. With
    p = 1 the good is purely public,

        ``t_i = max(0, a_i I_i / c - (1 - a_i) T_-i)``,

    the alliance of Olson and Zeckhauser; with p < 1 each unit has the two products of Sandler and Forbes, a private one
    of 1 - p and a public one of p.

    Parameters
    ----------
    income : mapping from state to number
        Positive.
    weights : mapping from state to number, or number
        a_i from 0 to 1: the part of its income that a state alone would spend. One number for all alike.
    price : number
        c > 0.
    publicness : number
        p from 0 to 1.

    Returns
    -------
    Contributions
        Exact where income, weights, price and publicness are integers and Fractions.

    Raises
    ------
    CoalitionError
        No states, or weights of other states.
    WorthError
        A number out of its range, or all weights zero.

    Notes
    -----
    With the total T, t_i = max(0, A_i - B_i T) for A_i = a_i I_i / (c d_i), B_i = (1 - a_i) p / d_i and
    d_i = 1 - (1 - a_i) p. The sum of these falls in T, so exactly one T is its own sum; who gives are the states with
    the largest A_i / B_i, and the first that would give nothing ends the search: O(n log n).

    The efficient total is that of a planner who weighs states by their incomes, and of Lindahl's prices:
    sum_i a_i I_i / c, whatever the publicness. At p = 0 the equilibrium attains it.

    References
    ----------
    .. [1] M. Olson, R. Zeckhauser (1966), An economic theory of alliances, Review of Economics and Statistics 48,
           266-279.
    .. [2] T. Bergstrom, L. Blume, H. Varian (1986), On the private provision of public goods, Journal of Public
           Economics 29, 25-49.
    .. [3] T. Sandler, K. Hartley (2001), Economics of alliances: the lessons for collective action, Journal of
           Economic Literature 39, 869-896.

    Examples
    --------
    Three states that would each spend a fifth of their income alone; the smallest gives nothing:

    >>> from fractions import Fraction
    >>> equilibrium_contributions({"A": 100, "B": 90, "C": 20}, Fraction(1, 5))
    contributions of 3 states: 21.11 of an efficient 42 (50% missing)
    A         15.56   15.6% of income
    B         5.556    6.2% of income
    C             0    0.0% of income
    """
    states = as_players(income)
    tastes = weights if isinstance(weights, Mapping) else dict.fromkeys(states, weights)
    if set(tastes) != set(states):
        odd = sorted(map(str, set(tastes) ^ set(states)))
        raise CoalitionError(f"income and weights must be of the same states; look at {', '.join(odd)}")
    for state in states:
        if not 0 < income[state] < float("inf"):
            raise WorthError(f"income of {state!r} is {income[state]}; it must be positive")
        if not 0 <= tastes[state] <= 1:
            raise WorthError(f"weight of {state!r} is {tastes[state]}; it must lie between 0 and 1")
    if not 0 < price < float("inf"):
        raise WorthError(f"price is {price}; it must be positive")
    if not 0 <= publicness <= 1:
        raise WorthError(f"publicness is {publicness}; it must lie between 0 and 1")
    if not any(tastes[state] > 0 for state in states):
        raise WorthError("all weights are 0, so nobody wants the good")
    numbers = [*income.values(), *tastes.values(), price, publicness]
    exact = all(isinstance(entry, Rational) for entry in numbers)
    kind: Any = Fraction if exact else float
    earned = [kind(income[state]) for state in states]
    taste = [kind(tastes[state]) for state in states]
    cost, public = kind(price), kind(publicness)
    alone = [a * i / cost for a, i in zip(taste, earned, strict=True)]
    return Contributions(
        states=states,
        income=tuple(earned),
        weights=tuple(taste),
        price=cost,
        publicness=public,
        given=_equilibrium(alone, taste, public),
        efficient=tuple(alone),
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BenefitTest(Result):
    """Whether states pay in proportion to what they get.

    Attributes
    ----------
    states : tuple of labels
    burden, benefit : ndarray, shape (n,)
        Each state's part of all, summing to 1.
    statistic : float
        Wilcoxon's: the smaller sum of signed ranks of the differences.
    p_value : float
        Two-sided: small where the two differ more than chance would have it.
    """

    states: tuple[Label, ...]
    burden: NDArray[np.float64]
    benefit: NDArray[np.float64]
    statistic: float
    p_value: float

    def to_frame(self) -> pd.DataFrame:
        """Give one row a state.

        Returns
        -------
        pandas.DataFrame
            Index state; columns ``burden``, ``benefit``, ``difference``.
        """
        import pandas as pd

        columns = {"burden": self.burden, "benefit": self.benefit, "difference": self.burden - self.benefit}
        return pd.DataFrame(columns, index=pd.Index(self.states, name="state"))

    def cite(self) -> tuple[str, ...]:
        """Name the sources.

        Returns
        -------
        tuple of str
        """
        from coalitions.sources import references_of

        return references_of(benefit_test)

    def _headline(self) -> str:
        n = len(self.states)
        return f"burden against benefit of {n} states: Wilcoxon statistic {self.statistic:g}, p = {self.p_value:.3f}"

    def __repr__(self) -> str:
        return self._headline()


def benefit_test(burden: Mapping[Label, float], benefit: Mapping[Label, float]) -> BenefitTest:
    """Test whether burdens match benefits, as they should where most of what a state buys serves itself.

    Parameters
    ----------
    burden : mapping from state to number
        What each spends, in any unit.
    benefit : mapping from state to number
        What each gets, in any unit: often the mean of its parts of income, of population and of borders.

    Returns
    -------
    BenefitTest

    Raises
    ------
    CoalitionError
        Other states in the one than in the other, or fewer than three.
    WorthError
        A negative number, one that is not finite, all of them zero, or no difference anywhere.

    Notes
    -----
    Wilcoxon's signed-rank test of the two vectors of parts, exact where no two differences are equal.

    References
    ----------
    .. [1] T. Sandler, J. F. Forbes (1980), Burden sharing, strategy, and the design of NATO, Economic Inquiry 18,
           425-444.
    .. [2] T. Sandler, K. Hartley (2001), Economics of alliances: the lessons for collective action, Journal of
           Economic Literature 39, 869-896.

    Examples
    --------
    >>> benefit_test({"A": 60, "B": 25, "C": 10, "D": 5}, {"A": 40, "B": 30, "C": 16, "D": 14})
    burden against benefit of 4 states: Wilcoxon statistic 4, p = 0.875
    """
    from scipy.stats import wilcoxon

    states = as_players(burden)
    if len(states) < 3:
        raise CoalitionError(f"{len(states)} states; the test needs at least three")
    if set(benefit) != set(states):
        odd = sorted(map(str, set(benefit) ^ set(states)))
        raise CoalitionError(f"burden and benefit must be of the same states; look at {', '.join(odd)}")
    parts = []
    for name, given in (("burden", burden), ("benefit", benefit)):
        for state in states:
            if not 0 <= float(given[state]) < float("inf"):
                raise WorthError(f"{name} of {state!r} is {given[state]}; it must be finite and not negative")
        column = np.array([float(given[state]) for state in states])
        if not column.any():
            raise WorthError(f"{name} is 0 for all states")
        parts.append(column / column.sum())
    gaps = np.round(parts[0] - parts[1], 12)  # what rounding alone tells apart shares a rank
    if not gaps.any():
        raise WorthError("burden and benefit are the same for all states, so there is nothing to test")
    kept = gaps[gaps != 0]  # the test ranks differences, of which zeros have none
    exact = len(np.unique(np.abs(kept))) == len(kept)
    found = wilcoxon(kept, method="exact" if exact else "approx")
    return BenefitTest(
        states=states,
        burden=parts[0],
        benefit=parts[1],
        statistic=float(found.statistic),
        p_value=float(found.pvalue),
    )


def _equilibrium(alone: list[Any], taste: list[Any], public: Any) -> tuple[Any, ...]:
    willing = [i for i, units in enumerate(alone) if units > 0]  # then d_i is not 0
    own = {i: 1 - (1 - taste[i]) * public for i in willing}
    start = {i: alone[i] / own[i] for i in willing}
    slope = {i: (1 - taste[i]) * public / own[i] for i in willing}
    last = {i: start[i] / slope[i] if slope[i] > 0 else float("inf") for i in willing}  # gives nothing from there on
    zero = 0 * public
    above, below, total = zero, 1 + zero, zero
    for i in sorted(willing, key=lambda i: last[i], reverse=True):
        if last[i] <= total:
            break
        above, below = above + start[i], below + slope[i]
        total = above / below
    return tuple(max(zero, start[i] - slope[i] * total) if i in own else zero for i in range(len(alone)))
