"""A plan: the groups formed, what each member gets, how good it is, and who would rather do otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label
from coalitions.errors import CoalitionError
from coalitions.formation.candidates import Candidates
from coalitions.formation.rules import Rules
from coalitions.result import Result
from coalitions.values import shapley_value

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class Group:
    """One group of a plan.

    Attributes
    ----------
    members : tuple of labels
    objective : hashable
        None where the plan has only one.
    worth : float
    gains : tuple of float
        What the payoff gives each member, without transfers; they sum to the worth.
    shares : tuple of float
        The Shapley value of each member in the game inside the group: its share if the worth were divided by
        contribution; they sum to the worth too.
    """

    members: tuple[Label, ...]
    objective: Any
    worth: float
    gains: tuple[float, ...]
    shares: tuple[float, ...]

    @property
    def name(self) -> str:
        """The members' labels, joined."""
        return "-".join(map(str, self.members))


@dataclass(frozen=True, kw_only=True)
class Objection:
    """A group that is not in the plan and all of whose members would rather form it.

    Attributes
    ----------
    members : tuple of labels
    objective : hashable
    worth : float
    gains : tuple of float
        What each member gains in it.
    losses : tuple of float
        What each would give up for it: its groups that meet another member for the same objective, or else, where
        its bandwidth is used up, its least rewarding group.
    """

    members: tuple[Label, ...]
    objective: Any
    worth: float
    gains: tuple[float, ...]
    losses: tuple[float, ...]

    @property
    def improvement(self) -> float:
        """What the member that improves least gains on balance."""
        return min(gain - loss for gain, loss in zip(self.gains, self.losses, strict=True))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Plan(Result):
    """The best set of groups found, and what was proven about it.

    Attributes
    ----------
    groups : tuple of Group
        Most valuable first.
    worth : float
        Of all groups together, in the unit of the payoff.
    bound : float
        No plan within the rules is worth more: proven.
    gap : float
        bound - worth; at most ``tolerance`` means proven optimal.
    tolerance : float
    prices : dict
        Shadow price of each state's bandwidth: how much the linear relaxation would gain if the state could carry
        one more group.
    group_price : float
        The same for one more group in all; 0 where their number is not limited.
    relaxation : float
        Optimum of the linear relaxation over all candidates.
    candidates : Candidates
    rules : Rules
    columns, survivors : int
        Candidates ever held by the linear program, and those left to the integer program.
    solver, status : str
        Who solved the integer program, and how the solver says it ended, or that none was run.
    seconds : float
    problem : pulp.LpProblem or None
        The integer program solved last; None where none was run.
    """

    groups: tuple[Group, ...]
    worth: float
    bound: float
    gap: float
    tolerance: float
    prices: dict[Label, float]
    group_price: float
    relaxation: float
    candidates: Candidates
    rules: Rules
    columns: int
    survivors: int
    solver: str
    status: str
    seconds: float
    problem: Any = field(default=None)

    _concept = "form"

    @property
    def is_proven(self) -> bool:
        """Whether no other plan can be worth more."""
        return self.gap <= self.tolerance

    @property
    def gains(self) -> dict[Label, float]:
        """What each state gains in all its groups together."""
        total = dict.fromkeys(self.candidates.players, 0.0)
        for group in self.groups:
            for member, gain in zip(group.members, group.gains, strict=True):
                total[member] += gain
        return total

    def blocking(self, limit: int = 20) -> tuple[Objection, ...]:
        """List the groups all of whose members would gain by leaving the plan for them.

        Parameters
        ----------
        limit : int
            How many to give, those whose least improved member improves most first.

        Returns
        -------
        tuple of Objection
            Empty: the plan holds, without transfers, against every candidate.

        Raises
        ------
        CoalitionError
            A limit below 1.

        Notes
        -----
        One evaluation of all candidates. A state with bandwidth left gives up nothing for another group.
        """
        from coalitions.formation.blocking import Holdings, chunks_of, formed_of

        if limit < 1:
            raise CoalitionError(
                f"limit is {limit}; it must be at least 1, as nothing listed means that the plan holds"
            )
        players = self.candidates.players
        holdings = Holdings(self.rules, formed_of(self.groups, players))
        found: list[tuple[float, Objection]] = []
        for block in self.candidates.blocks:
            for _, members in chunks_of(block):
                gains = self.candidates.gains(members, block.objective)
                least = holdings.improvements(members, gains, block.objective)
                least[~self.rules.allowed(members)] = -np.inf
                best = np.flatnonzero(least > self.tolerance)
                best = best[np.argsort(-least[best], kind="stable")[:limit]]
                losses = holdings.losses(members[best], block.objective)
                for row, lost in zip(best.tolist(), losses.tolist(), strict=True):
                    objection = Objection(
                        members=tuple(players[i] for i in members[row]),
                        objective=block.objective,
                        worth=float(gains[row].sum()),
                        gains=tuple(gains[row].tolist()),
                        losses=tuple(lost),
                    )
                    found.append((float(least[row]), objection))
        found.sort(key=lambda pair: -pair[0])
        return tuple(objection for _, objection in found[:limit])

    def to_frame(self) -> pd.DataFrame:
        """Give one row a member of a group.

        Returns
        -------
        pandas.DataFrame
            Columns ``group`` (number), ``objective``, ``member``, ``gain``, ``share``, ``group_worth``.
        """
        import pandas as pd

        return pd.DataFrame(
            [
                (number, group.objective, member, gain, share, group.worth)
                for number, group in enumerate(self.groups, 1)
                for member, gain, share in zip(group.members, group.gains, group.shares, strict=True)
            ],
            columns=["group", "objective", "member", "gain", "share", "group_worth"],
        )

    def export(self, path: str | PathLike[str]) -> Path:
        """Write the integer program that was solved last as an LP file, which any solver reads.

        Parameters
        ----------
        path : path
            Ending in ``.lp``.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        ValueError
            Another ending; a plan that was proven without an integer program, as ``stable_plan`` and ``frontier`` may.
        """
        target = Path(path)
        if target.suffix != ".lp":
            raise ValueError(f"{target.name}: the program is written in LP format; end the name in .lp")
        if self.problem is None:
            raise ValueError(
                f"no integer program was solved for this plan ({self.status}), so there is none to write; form, with "
                "the same candidates and rules, solves one"
            )
        self.problem.writeLP(str(target))
        return target

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what each state gains, a bar a state and a colour a group.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        held = {member for group in self.groups for member in group.members}
        states = [player for player in self.candidates.players if player in held]
        axes = ax if ax is not None else plt.subplots(figsize=(0.6 * len(states) + 2, 3))[1]
        above, below = dict.fromkeys(states, 0.0), dict.fromkeys(states, 0.0)
        for group in self.groups:
            for number, (member, gain) in enumerate(zip(group.members, group.gains, strict=True)):
                stack = above if gain >= 0 else below
                colour = axes.containers[-1][0].get_facecolor() if number else None
                aim = "" if group.objective is None else f", {group.objective}"
                name = None if number else f"{group.name}{aim}"
                axes.bar([str(member)], [gain], bottom=stack[member], color=colour, label=name)
                stack[member] += gain
        axes.axhline(0, color="0.3", linewidth=0.8)
        axes.set_ylabel("gain (unit of the payoff)")
        axes.set_title(self._headline(), fontsize="medium")
        if self.groups:
            axes.legend(fontsize="small")
        return axes

    def explain(self) -> str:
        """Say in words what each group makes and for whom, what is proven, and where a state could carry more.

        Returns
        -------
        str

        Examples
        --------
        >>> from coalitions import candidates, form
        >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
        >>> pool = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
        >>> print(form(pool).explain())
        A-B-C makes 6: A gains 2, B gains 2, C gains 2.
        No plan within the rules makes more than 6.
        The relaxation would gain 3 if A could be in one more group.
        The relaxation would gain 2 if B could be in one more group.
        The relaxation would gain 1 if C could be in one more group.
        """
        lines = []
        for group in self.groups:
            aim = "" if group.objective is None else f" for {group.objective}"
            shares = (f"{member} gains {gain:.4g}" for member, gain in zip(group.members, group.gains, strict=True))
            lines.append(f"{group.name} makes {group.worth:.4g}{aim}: {', '.join(shares)}.")
        found = "" if self.is_proven else f"Together they make {self.worth:.6g}; no"
        lines.append(f"{found or 'No'} plan within the rules makes more than {self.bound:.6g}.")
        lines += [
            f"The relaxation would gain {price:.4g} if {player} could be in one more group."
            for player, price in sorted(self.prices.items(), key=lambda pair: -pair[1])
            if price > self.tolerance
        ]
        if self.group_price > self.tolerance:
            lines.append(f"It would gain {self.group_price:.4g} if there could be one more group.")
        return "\n".join(lines)

    def _headline(self) -> str:
        quality = "proven optimal" if self.is_proven else f"bound {self.bound:.6g}, gap {self.gap:.3g}"
        return (
            f"{len(self.groups)} group{'s' * (len(self.groups) != 1)} from {len(self.candidates)} candidates, "
            f"worth {self.worth:.6g}, {quality}"
        )

    def _rows(self) -> list[tuple[str, str, str]]:
        return [
            ("" if group.objective is None else str(group.objective), group.name, f"{group.worth:.4g}")
            for group in self.groups
        ]

    def __repr__(self) -> str:
        rows = self._rows()
        widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
        lines = [f"{aim:<{widths[0]}}  {name:<{widths[1]}}  {worth:>{widths[2]}}".strip() for aim, name, worth in rows]
        return "\n".join([self._headline(), *lines])

    def _shown(self) -> pd.DataFrame:
        """One row a group: what its members get is for ``to_frame``."""
        import pandas as pd

        return pd.DataFrame(self._rows(), columns=["objective", "group", "worth"])


def group_of(candidates: Candidates, objective: Any, members: NDArray[Any]) -> Group:
    """Look one candidate up: its worth, its members' gains, and their shares by contribution.

    Parameters
    ----------
    candidates : Candidates
    objective : hashable
    members : ndarray of int, shape (size,)

    Returns
    -------
    Group
    """
    labels = tuple(candidates.players[i] for i in members)
    gains = candidates.gains(members[None, :], objective)[0]
    return Group(
        members=labels,
        objective=objective,
        worth=float(gains.sum()),
        gains=tuple(gains.tolist()),
        shares=tuple(shapley_value(candidates.game(labels, objective)).payoffs.tolist()),
    )
