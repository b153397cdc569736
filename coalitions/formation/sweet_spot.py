"""How large is right: the best group of every size, and what larger groups would add to the best plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coalitions.coalition import Label, mask_of
from coalitions.errors import CoalitionError, InfeasibleFormation
from coalitions.formation.candidates import Candidates
from coalitions.formation.plan import Group, Plan, group_of
from coalitions.formation.problem import form
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SweetSpot(Result):
    """The best group of each size, and the best plan with groups up to it.

    Attributes
    ----------
    objective : hashable
        What the groups are for; None for all objectives together.
    sizes : tuple of int
    best : tuple of Group
        The candidate of each size that is worth most.
    plans : tuple of Plan, or empty
        The best plan with groups up to each size.
    """

    objective: Any
    sizes: tuple[int, ...]
    best: tuple[Group, ...]
    plans: tuple[Plan, ...]

    _concept = "sweet spot"

    @property
    def size(self) -> int:
        """The size whose best group is worth most; the smaller one of a tie."""
        return max(zip(self.sizes, self.best, strict=True), key=lambda pair: (pair[1].worth, -pair[0]))[0]

    @property
    def size_per_member(self) -> int:
        """The size whose best group is worth most to a member on average; the smaller one of a tie."""
        return max(zip(self.sizes, self.best, strict=True), key=lambda pair: (pair[1].worth / pair[0], -pair[0]))[0]

    def to_frame(self) -> pd.DataFrame:
        """Give one row a size.

        Returns
        -------
        pandas.DataFrame
            Columns ``size``, ``group`` (members of the best one), ``objective``, ``worth``, ``per_member`` and, with
            plans, ``plan_worth`` and ``plan_groups``.
        """
        import pandas as pd

        columns: dict[str, Any] = {
            "size": self.sizes,
            "group": [group.members for group in self.best],
            "objective": [group.objective for group in self.best],
            "worth": [group.worth for group in self.best],
            "per_member": [group.worth / size for size, group in zip(self.sizes, self.best, strict=True)],
        }
        if self.plans:
            columns["plan_worth"] = [plan.worth for plan in self.plans]
            columns["plan_groups"] = [len(plan.groups) for plan in self.plans]
        return pd.DataFrame(columns)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the worth of the best group of each size, in total and per member.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(6, 3.5))[1]
        worths = np.array([group.worth for group in self.best])
        axes.plot(self.sizes, worths, marker="o", label=f"total, best at {self.size}")
        each = worths / np.array(self.sizes)
        axes.plot(self.sizes, each, marker="s", label=f"per member, best at {self.size_per_member}")
        axes.axhline(0, color="0.3", linewidth=0.8)
        axes.set_xticks(self.sizes)
        axes.set_xlabel("members")
        axes.set_ylabel("worth of the best group (unit of the payoff)")
        axes.set_title("sweet spot" + (f": {self.objective}" if self.objective is not None else ""))
        axes.legend(frameon=False)
        return axes

    def _headline(self) -> str:
        return f"sweet spot: groups of {self.size} are worth most, of {self.size_per_member} most per member"

    def __repr__(self) -> str:
        rows = [
            f"{size:>3}  {group.worth:>9.4g}  {group.worth / size:>9.4g}  {group.name}"
            for size, group in zip(self.sizes, self.best, strict=True)
        ]
        return "\n".join([self._headline(), *rows])


def sweet_spot(
    candidates: Candidates, *, objective: Any = None, plans: bool = True, solver: str = "HiGHS", **rules: Any
) -> SweetSpot:
    """Find how large groups should be: the best one of every size, and the best plan with groups up to it.

    Parameters
    ----------
    candidates : Candidates
    objective : hashable, optional
        Only groups for this one.
    plans : bool
        Whether to find the best plans too.
    solver : str
        As for ``form``.
    **rules
        The constraints of ``form``.

    Returns
    -------
    SweetSpot

    Raises
    ------
    CoalitionError
        No candidate for the objective; as for ``form``.
    InfeasibleFormation
        The constraints cannot be met even with groups of every size. Sizes too small for them are left out.

    Notes
    -----
    One pass over the candidates, and a formation for each size.

    References
    ----------
    .. [1] J. M. Buchanan (1965), An economic theory of clubs, Economica 32, 1-14.

    Examples
    --------
    Like members: together they secure 10 k / (k + 5) each, and every partner costs 0.5 to each.

    >>> from coalitions import candidates
    >>> def payoff(members, objective):
    ...     k = members.shape[1]
    ...     return np.full(members.shape, 10 * k / (k + 5) - 0.5 * k)
    >>> sweet_spot(candidates("ABCDEFGH", payoff, max_size=8), plans=False).size_per_member
    5
    """
    if objective is not None and objective not in candidates.objectives:
        raise CoalitionError(f"no candidates for {objective!r}; there are {candidates.objectives}")
    blocks = [block for block in candidates.blocks if objective is None or block.objective == objective]
    best: dict[int, tuple[float, Any, Any]] = {}
    for block in blocks:
        size, at = block.members.shape[1], int(np.argmax(block.worths))
        if size not in best or block.worths[at] > best[size][0]:
            best[size] = (float(block.worths[at]), block.objective, block.members[at])
    sizes = sorted(best)
    found = []
    for largest in sizes if plans else ():
        kept = tuple(block for block in blocks if block.members.shape[1] <= largest)
        part = Candidates(candidates.players, candidates.objectives, kept, candidates.payoff)
        try:
            found.append(form(part, solver=solver, **rules))
        except InfeasibleFormation:
            if largest == sizes[-1]:
                raise
    sizes = sizes[len(sizes) - len(found) :] if plans else sizes
    return SweetSpot(
        objective=objective,
        sizes=tuple(sizes),
        best=tuple(group_of(candidates, best[size][1], best[size][2]) for size in sizes),
        plans=tuple(found),
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WithAndWithout(Result):
    """What a state adds: the best plan with it and the best plan without.

    Attributes
    ----------
    state : label
    having, lacking : Plan
        The best plan with and without the state.
    """

    state: Label
    having: Plan
    lacking: Plan

    _concept = "with and without"

    @property
    def difference(self) -> float:
        """How much less the best plan without the state is worth."""
        return self.having.worth - self.lacking.worth

    @property
    def gains(self) -> dict[Label, float]:
        """What each other state gains by its taking part: its gains in one plan less those in the other."""
        without = self.lacking.gains
        return {player: gain - without[player] for player, gain in self.having.gains.items() if player != self.state}

    def to_frame(self) -> pd.DataFrame:
        """Give one row a group of either plan.

        Returns
        -------
        pandas.DataFrame
            Columns ``members``, ``objective``, ``worth``, ``with_state``, ``without_state`` (bool).
        """
        import pandas as pd

        named = [
            {(group.objective, group.members): group for group in plan.groups} for plan in (self.having, self.lacking)
        ]
        every = {**named[0], **named[1]}
        return pd.DataFrame(
            [
                (members, aim, group.worth, (aim, members) in named[0], (aim, members) in named[1])
                for (aim, members), group in every.items()
            ],
            columns=["members", "objective", "worth", "with_state", "without_state"],
        )

    def _headline(self) -> str:
        share = f" ({self.difference / self.having.worth:.0%})" if self.having.worth > 0 else ""
        return (
            f"with {self.state} the best plan is worth {self.having.worth:.6g}, without it "
            f"{self.lacking.worth:.6g}: {self.difference:.6g} less{share}"
        )

    def __repr__(self) -> str:
        frame = self.to_frame()
        marks = {(True, True): "both", (True, False): "with", (False, True): "without"}
        rows = [
            f"{marks[having, lacking]:<8} {'-'.join(map(str, members))}" + (f" {aim}" if aim is not None else "")
            for members, aim, having, lacking in zip(
                frame["members"], frame["objective"], frame["with_state"], frame["without_state"], strict=True
            )
        ]
        return "\n".join([self._headline(), *rows])


def with_and_without(candidates: Candidates, state: Label, **rules: Any) -> WithAndWithout:
    """Compare the best plan with a state and the best plan without it.

    Parameters
    ----------
    candidates : Candidates
    state : label
    **rules
        The constraints of ``form``, and its ``solver`` and ``time_limit``.

    Returns
    -------
    WithAndWithout

    Raises
    ------
    CoalitionError
        An unknown state; as for ``form``.
    InfeasibleFormation
        One of the two is impossible.

    Examples
    --------
    >>> from coalitions import candidates
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> pool = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
    >>> with_and_without(pool, "A", bandwidth=1)
    with A the best plan is worth 6, without it 3: 3 less (50%)
    with     A-B-C
    without  B-C-D
    """
    mask_of((state,), candidates.players)
    others = tuple(rules.pop("forbidden", ()))
    return WithAndWithout(
        state=state,
        having=form(candidates, forbidden=others, **rules),
        lacking=form(candidates, forbidden=(*others, state), **rules),
    )
