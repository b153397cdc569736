"""A shock: some members' effort moves elsewhere, and the groups that rested on it are worth something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, unknown_label
from coalitions.errors import CoalitionError
from coalitions.formation.candidates import Block, Candidates
from coalitions.formation.plan import Group, Plan
from coalitions.formation.problem import form
from coalitions.formation.repeated import require_listed
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd

_CHUNK = 1 << 18

Effort = Mapping[Label, float | Mapping[Any, float]]
"""What is left of each state's contribution: one factor, or one an objective."""


def after_shock(candidates: Candidates, effort: Effort) -> Candidates:
    """Scale what some states contribute to the groups they are in.

    A state that keeps the share f of its effort contributes f (v(S) - v(S without it)) to a group; with f = 0 the
    group is worth what it is without it, with f > 1 it contributes more than before. With several such states in one
    group, each is counted as present with its share, independently of the others: the multilinear extension of v.

    Parameters
    ----------
    candidates : Candidates
    effort : mapping from player to factor, or to mapping from objective to factor
        Factors of at least 0; 1 for whoever, and whatever objective, is not named.

    Returns
    -------
    Candidates
        The same groups with other worths, and a payoff that gives the gains after the shock.

    Raises
    ------
    CoalitionError
        An unknown state or objective; a factor that is negative or not finite.

    Notes
    -----
    The payoff is asked for the parts of every group without its moved members: 2 ** m times for m of them.

    References
    ----------
    .. [1] G. Owen (1972), Multilinear extensions of games, Management Science 18, P64-P79.

    Examples
    --------
    >>> from coalitions import candidates
    >>> strength = np.array([4.0, 3.0, 2.0])
    >>> pool = candidates("ABC", lambda members, objective: strength[members].prod(axis=1), max_size=3)
    >>> [block.worths.tolist() for block in after_shock(pool, {"A": 0.5}).blocks]
    [[6.0, 4.0, 6.0], [15.0]]
    """
    require_listed(candidates)
    factors = _factors(candidates, effort)

    def payoff(members: NDArray[Any], objective: Any) -> NDArray[np.float64]:
        return _scaled(candidates, factors[objective], members, objective)

    blocks = []
    for block in candidates.blocks:
        worths = block.worths.copy()
        moved = np.isin(block.members, np.flatnonzero(factors[block.objective] != 1)).any(axis=1)
        rows = np.flatnonzero(moved)
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            value = payoff(block.members[part], block.objective)
            worths[part] = value if value.ndim == 1 else value.sum(axis=1)
        worths.flags.writeable = False
        blocks.append(Block(block.objective, block.members, worths))
    return Candidates(candidates.players, candidates.objectives, tuple(blocks), payoff)


def _factors(candidates: Candidates, effort: Effort) -> dict[Any, NDArray[np.float64]]:
    players = candidates.players
    factors = {objective: np.ones(len(players)) for objective in candidates.objectives}
    for state, given in effort.items():
        if state not in players:
            raise unknown_label(state, players)
        by_objective = given if isinstance(given, Mapping) else dict.fromkeys(candidates.objectives, given)
        for objective, factor in by_objective.items():
            if objective not in factors:
                raise unknown_label(objective, candidates.objectives, "objective")
            if not 0 <= factor < np.inf:
                aim = "" if objective is None else f" for {objective!r}"
                raise CoalitionError(f"effort of {state!r}{aim} is {factor}; it must be a number of at least 0")
            factors[objective][players.index(state)] = factor
    return factors


def _scaled(
    candidates: Candidates, factors: NDArray[np.float64], members: NDArray[Any], objective: Any
) -> NDArray[np.float64]:
    value = np.array(candidates.payoff(members, objective), np.float64)
    states = np.flatnonzero(factors != 1)
    code = np.zeros(len(factors), np.int64)
    code[states] = 1 << np.arange(len(states))
    patterns = code[members].sum(axis=1)
    for pattern in np.unique(patterns[patterns > 0]).tolist():
        present = [int(state) for k, state in enumerate(states) if pattern >> k & 1]
        rows = np.flatnonzero(patterns == pattern)
        own = members[rows]
        total = np.zeros_like(value[rows])
        for gone in chain.from_iterable(combinations(present, k) for k in range(len(present) + 1)):
            weight = float(np.prod([1 - factors[i] if i in gone else factors[i] for i in present]))
            stays = ~np.isin(own, gone)
            size = own.shape[1] - len(gone)
            if weight == 0 or size < 2:
                continue
            part = np.asarray(candidates.payoff(own[stays].reshape(-1, size), objective), np.float64)
            if value.ndim == 1:
                total += weight * part
            else:
                total[stays] += weight * part.ravel()
        value[rows] = total
    return value


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Shock(Result):
    """The best plans before and after a shock.

    Attributes
    ----------
    before, after : Plan
    ended, formed, kept : tuple of Group
        Groups of the first plan alone, of the second alone (with their worth in that plan), and of both (with their
        worth after).
    unadapted : float
        What the groups of the first plan are worth after the shock, if nobody reacts.
    """

    before: Plan
    after: Plan
    ended: tuple[Group, ...]
    formed: tuple[Group, ...]
    kept: tuple[Group, ...]
    unadapted: float

    _concept = "shock"

    @property
    def loss(self) -> float:
        """How much less the best plan is worth after the shock."""
        return self.before.worth - self.after.worth

    @property
    def adaptation(self) -> float:
        """How much of the loss forming other groups makes good."""
        return self.after.worth - self.unadapted

    @property
    def gains(self) -> dict[Label, float]:
        """What each state gains by the shock: its gains in the second plan less those in the first."""
        first = self.before.gains
        return {player: gain - first[player] for player, gain in self.after.gains.items()}

    def to_frame(self) -> pd.DataFrame:
        """Give one row a group of either plan.

        Returns
        -------
        pandas.DataFrame
            Columns ``members``, ``objective``, ``fate`` (ended, formed or kept), ``before``, ``after`` (its worth).
        """
        import pandas as pd

        rows = []
        for fate, groups in (("kept", self.kept), ("ended", self.ended), ("formed", self.formed)):
            for group in groups:
                worths = [_worth_in(plan.candidates, group) for plan in (self.before, self.after)]
                rows.append((group.members, group.objective, fate, *worths))
        return pd.DataFrame(rows, columns=["members", "objective", "fate", "before", "after"])

    def _headline(self) -> str:
        return (
            f"the best plan is worth {self.before.worth:.6g} before and {self.after.worth:.6g} after the shock "
            f"({self.unadapted:.6g} if nobody reacts); groups ended: {len(self.ended)}, formed: {len(self.formed)}"
        )

    def __repr__(self) -> str:
        rows = [
            f"{fate:<7} {group.name}" + ("" if group.objective is None else f"  {group.objective}")
            for fate, groups in (("kept", self.kept), ("ended", self.ended), ("formed", self.formed))
            for group in groups
        ]
        return "\n".join([self._headline(), *rows])


def shock(
    candidates: Candidates, effort: Effort, *, afterwards: Mapping[str, Any] | None = None, **rules: Any
) -> Shock:
    """Compare the best plans before and after some states' effort moves elsewhere.

    Parameters
    ----------
    candidates : Candidates
    effort : mapping from player to factor, or to mapping from objective to factor
        As for ``after_shock``: below 1 where effort is taken away, above 1 where it goes.
    afterwards : mapping, optional
        Rules that differ after the shock, such as ``{"bandwidth": ...}``.
    **rules
        The constraints of ``form``, and its ``solver`` and ``time_limit``.

    Returns
    -------
    Shock

    Raises
    ------
    CoalitionError
        As for ``after_shock`` and ``form``.
    InfeasibleFormation
        One of the two plans is impossible.

    Examples
    --------
    >>> from coalitions import candidates
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> pool = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
    >>> shock(pool, {"A": 0}, groups=1)
    the best plan is worth 6 before and 3 after the shock (2 if nobody reacts); groups ended: 1, formed: 1
    ended   A-B-C
    formed  B-C-D
    """
    shaken = after_shock(candidates, effort)
    first = form(candidates, **rules)
    second = form(shaken, **{**rules, **(afterwards or {})})
    return Shock(
        before=first,
        after=second,
        ended=_without(first.groups, second.groups),
        formed=_without(second.groups, first.groups),
        kept=_without(second.groups, _without(second.groups, first.groups)),
        unadapted=sum(_worth_in(second.candidates, group) for group in first.groups),
    )


def _without(groups: Iterable[Group], others: Iterable[Group]) -> tuple[Group, ...]:
    known = {(group.objective, group.members) for group in others}
    return tuple(group for group in groups if (group.objective, group.members) not in known)


def _worth_in(candidates: Candidates, group: Group) -> float:
    members = np.array([[candidates.players.index(member) for member in group.members]])
    return float(candidates.gains(members, group.objective).sum())
