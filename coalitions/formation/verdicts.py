"""What is said about a plan's stability: a verdict for each notion and group, and the change that would mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coalitions.coalition import Label
from coalitions.formation.plan import Group, Objection, Plan
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd

NOTIONS = (
    "individually rational",
    "internally stable",
    "externally stable",
    "open to nobody",
    "unblocked",
    "unblocked with transfers",
)
"""Nobody loses; nobody gains by leaving while the rest stays together; nobody would join whom no member minds; nobody
would join, minded or not; no other candidate makes all its members better off; none is worth more than its members
would give up, whatever they pay one another."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """The cheapest change that makes a notion hold.

    Attributes
    ----------
    kind : {'transfer', 'subsidy', 'payment', 'admission', 'closure'}
        Payments among members; money from outside, where the worth does not suffice; payments to states that stay;
        another member; leave to refuse members.
    cost : float
        What has to come from outside; 0 for transfers, admissions and closures.
    payments : dict from label to float
        What each state is paid, or, below 0, pays.
    joins : label or None
        Who is admitted.
    words : str
    """

    kind: str
    cost: float
    payments: dict[Label, float]
    joins: Label | None
    words: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a group, or the plan, is stable in one sense; true or false in a condition.

    Attributes
    ----------
    group : Group or None
        None for the plan as a whole.
    notion : str
        One of ``NOTIONS``.
    holds : bool
    margin : float or None
        By how much it holds, or, below 0, fails; None where nothing comes into question.
    who : tuple of labels
        Who would break it.
    change : Change or None
        None where it holds.
    """

    group: Group | None
    notion: str
    holds: bool
    margin: float | None
    who: tuple[Label, ...]
    change: Change | None

    def __bool__(self) -> bool:
        return self.holds


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PlanStability(Result):
    """How stable a plan is, group by group and as a whole.

    Attributes
    ----------
    plan : Plan
    verdicts : tuple of Verdict
        Every notion for every group, then for the plan.
    blocking : tuple of Objection
        Up to 20 groups that would rather form without transfers, the strongest first.
    breaks_at : int or None
        The size of the smallest group that breaks the plan without transfers; None: none does.
    breaks_at_with_transfers : int or None
        The same if members can pay one another.
    costs : dict from int to float
        The least subsidy that holds the plan with transfers against groups of up to so many members.
    shares : tuple of dict from label to float
        What each member of each group gets with that subsidy: the prices of bandwidth where they suffice, else as
        near to the members' own gains as possible.
    by_prices : bool
        Whether they are those prices.
    tolerance : float
        Differences up to it count as none.
    """

    plan: Plan
    verdicts: tuple[Verdict, ...]
    blocking: tuple[Objection, ...]
    breaks_at: int | None
    breaks_at_with_transfers: int | None
    costs: dict[int, float]
    shares: tuple[dict[Label, float], ...]
    by_prices: bool
    tolerance: float

    _concept = "stability"

    @property
    def cost(self) -> float:
        """The least subsidy that holds the plan with transfers against all candidates."""
        return max(self.costs.values(), default=0.0)

    def of(self, group: Group | None = None) -> dict[str, Verdict]:
        """Give the verdicts on one group, or on the plan, by notion.

        Parameters
        ----------
        group : Group, optional

        Returns
        -------
        dict from str to Verdict
        """
        return {verdict.notion: verdict for verdict in self.verdicts if verdict.group is group}

    def to_frame(self) -> pd.DataFrame:
        """Give one row a group, and a last one for the plan.

        Returns
        -------
        pandas.DataFrame
            Columns ``group`` (members; None for the plan), ``objective``, ``worth``, one of bools for each of
            ``NOTIONS``, and ``change``: what would make those hold that fail, in words.
        """
        import pandas as pd

        rows = []
        for group in (*self.plan.groups, None):
            own = self.of(group)
            rows.append(
                {
                    "group": group.members if group else None,
                    "objective": group.objective if group else None,
                    "worth": group.worth if group else self.plan.worth,
                    **{notion: own[notion].holds for notion in NOTIONS},
                    "change": "; ".join(
                        dict.fromkeys(verdict.change.words for verdict in own.values() if verdict.change)
                    ),
                }
            )
        return pd.DataFrame(rows)

    def explain(self) -> str:
        """Say for each group, and for the plan, what fails, by whom, and what would mend it.

        Returns
        -------
        str
        """
        lines = []
        for group in (*self.plan.groups, None):
            own = self.of(group)
            name = "The plan" if group is None else group.name
            good = [notion for notion in NOTIONS if own[notion]]
            lines.append(f"{name} is {', '.join(good) if good else 'stable in no sense'}.")
            lines += [
                f"  Not {notion}{_by(own[notion].who)}. Remedy: {change.words}."
                for notion in NOTIONS
                if (change := own[notion].change) is not None
            ]
        for size, words in ((self.breaks_at, "without"), (self.breaks_at_with_transfers, "with")):
            against = "any group" if size is None else f"groups of fewer than {size}"
            lines.append(f"It holds against {against} {words} transfers.")
        return "\n".join(lines)

    def _headline(self) -> str:
        own = self.of(None)
        good = [notion for notion in NOTIONS if own[notion]]
        return f"plan of {len(self.plan.groups)}: {', '.join(good) if good else 'stable in no sense'}"

    def __repr__(self) -> str:
        marks = "".join(f"{notion:>{len(notion) + 2}}" for notion in NOTIONS)
        width = max([4, *(len(group.name) for group in self.plan.groups)])
        lines = [self._headline(), " " * width + marks]
        for group in (*self.plan.groups, None):
            own = self.of(group)
            cells = "".join(f"{'yes' if own[notion] else 'no':>{len(notion) + 2}}" for notion in NOTIONS)
            lines.append(f"{group.name if group else 'plan':<{width}}{cells}")
        return "\n".join(lines)


def _by(who: tuple[Label, ...]) -> str:
    return f" ({', '.join(map(str, who))})" if who else ""
