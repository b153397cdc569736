"""A challenger who pays to damage groups, and a planner who sees it coming."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, mask_of
from coalitions.errors import CoalitionError, SolverError, WorthError
from coalitions.formation.candidates import Candidates
from coalitions.formation.plan import Group, group_of
from coalitions.formation.pool import Limit, Pool
from coalitions.formation.problem import infeasible, make_problem
from coalitions.formation.repeated import Unproven, best_of, require_listed
from coalitions.formation.solvers import solver_named
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd

Action: TypeAlias = tuple[Callable[[NDArray[Any], Any], Any], float]
"""How much of each group's worth is destroyed, from members (groups, size) and an objective to (groups,); its cost."""

_CHUNK = 1 << 18
_EQUAL = (
    1e-6  # profits that differ by less, in units of the most that one group can lose, are equal: solvers see no more
)


@dataclass(frozen=True, kw_only=True)
class SpoiledPlan:
    """A plan and what is left of it after the spoiler's best reply.

    Attributes
    ----------
    groups : tuple of Group
        With what they promise, most valuable first.
    worth : float
        What the groups promise together.
    reply : str or None
        The spoiler's best action; None where none pays.
    damage : float
    cost : float
        Of the reply.
    profit : float
        The spoiler's: stake times damage, less cost.
    """

    groups: tuple[Group, ...]
    worth: float
    reply: str | None
    damage: float
    cost: float
    profit: float

    @property
    def left(self) -> float:
        """Worth less damage."""
        return self.worth - self.damage


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Spoiled(Result):
    """What a spoiler can do, and what foresight saves.

    Attributes
    ----------
    unaware : SpoiledPlan
        The plan that promises most.
    aware : SpoiledPlan
        The plan of which most is left after the spoiler's best reply: proven.
    damages : dict from action to float
        What each action would destroy of the plan that promises most.
    own_gain : float
        What the spoiler gains in that plan itself.
    tolerance : float
    seconds : float
    """

    unaware: SpoiledPlan
    aware: SpoiledPlan
    damages: dict[str, float]
    own_gain: float
    tolerance: float
    seconds: float

    _concept = "spoiled"

    @property
    def damage_index(self) -> float:
        """The most that the spoiler can destroy of the best plan, whatever it costs, less what it gains there.

        Positive: it can break more than it makes.
        """
        return max(self.damages.values(), default=0.0) - self.own_gain

    @property
    def foresight(self) -> float:
        """How much more is left of the plan that anticipates the spoiler."""
        return self.aware.left - self.unaware.left

    def to_frame(self) -> pd.DataFrame:
        """Give one row a group of either plan.

        Returns
        -------
        pandas.DataFrame
            Columns ``members``, ``objective``, ``worth``, ``unaware``, ``aware`` (bool: in which plan).
        """
        import pandas as pd

        named = [
            {(group.objective, group.members): group for group in plan.groups} for plan in (self.unaware, self.aware)
        ]
        return pd.DataFrame(
            [
                (members, aim, group.worth, (aim, members) in named[0], (aim, members) in named[1])
                for (aim, members), group in {**named[0], **named[1]}.items()
            ],
            columns=["members", "objective", "worth", "unaware", "aware"],
        )

    def _headline(self) -> str:
        return (
            f"of a plan worth {self.unaware.worth:.6g} the spoiler leaves {self.unaware.left:.6g}; of the plan that "
            f"foresees it {self.aware.left:.6g} is left"
        )

    def __repr__(self) -> str:
        lines = [self._headline()]
        for word, plan in (("unaware", self.unaware), ("aware", self.aware)):
            names = ", ".join(
                group.name + ("" if group.objective is None else f" ({group.objective})") for group in plan.groups
            )
            answer = "no action pays" if plan.reply is None else f"{plan.reply} destroys {plan.damage:.4g}"
            lines.append(f"{word:<8} {names or 'no group'}: {plan.worth:.4g}, {answer}")
        return "\n".join([*lines, f"damage index {self.damage_index:.4g}"])


def spoiled(
    candidates: Candidates,
    actions: Mapping[str, Action],
    *,
    spoiler: Label | None = None,
    stake: float = 1.0,
    solver: str = "HiGHS",
    time_limit: float | None = None,
    **rules: Any,
) -> Spoiled:
    """Find the plan of which most is left when a spoiler answers it, and compare it with the plan that promises most.

    Action z takes the share phi_z(S) off the worth of a group: v(S) (1 - phi_z(S)). The spoiler sees the plan and takes
    the action of the largest profit, stake * damage - cost, or none where none pays; where it is indifferent it does
    the greater damage. What is worth less than nothing cannot be damaged.

    Parameters
    ----------
    candidates : Candidates
    actions : mapping from name to (damage, cost)
        ``damage(members, objective)`` with members of shape (groups, size) gives the shares, shape (groups,), each
        between 0 and 1; ``cost`` is what the action costs, in the unit of the payoff.
    spoiler : label, optional
        The state it is, where it is one of the players: what it gains in the plan counts against its damage index.
    stake : float
        What a unit of damage is worth to the spoiler.
    solver : str
        As for ``form``.
    time_limit : float, optional
        Seconds.
    **rules
        The constraints of ``form``.

    Returns
    -------
    Spoiled

    Raises
    ------
    WorthError
        A share outside 0 to 1, or of the wrong shape; the message names action and group.
    CoalitionError
        No action, a cost or stake that is negative or not finite, an unknown spoiler; as for ``form``.
    InfeasibleFormation
        No plan satisfies the constraints.
    SolverError
        The plan could not be proven in time.

    Notes
    -----
    The bilevel program is solved by enumeration: for every action, the best plan among those to which it is the best
    reply, which takes one row for each other action; one formation an action. Profits that differ by less than a
    millionth of the most that one group can lose count as equal.

    References
    ----------
    .. [1] H. von Stackelberg (1934), Marktform und Gleichgewicht, Springer.
    .. [2] S. Dempe (2002), Foundations of bilevel programming, Kluwer.

    Examples
    --------
    >>> from coalitions import candidates
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> pool = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
    >>> def pressure_on_a(members, objective):
    ...     return np.where((members == 0).any(axis=1), 0.8, 0.0)
    >>> spoiled(pool, {"pressure on A": (pressure_on_a, 1.0)})
    of a plan worth 6 the spoiler leaves 1.2; of the plan that foresees it 3 is left
    unaware  A-B-C: 6, pressure on A destroys 4.8
    aware    B-C-D: 3, no action pays
    damage index 4.8
    """
    started = time.monotonic()
    deadline = np.inf if time_limit is None else started + time_limit
    if not 0 <= stake < np.inf:
        raise CoalitionError(f"stake is {stake}; it must be a number of at least 0")
    if spoiler is not None:
        mask_of((spoiler,), candidates.players)
    solver_named(solver)
    require_listed(candidates)
    candidates, checked = make_problem(candidates, rules.pop("standing", ()), **{"bandwidth": 1, **rules})
    moves = _Moves(candidates, actions, stake)
    pool = Pool(candidates, checked)
    try:
        plain = best_of(pool, solver, deadline)
        if plain is None:
            raise infeasible(candidates, checked)
        best: tuple[int, ...] | None = None
        for number in range(len(moves.names)):
            limits = moves.limits(number)
            if limits is None:
                continue
            pool.limit(limits)
            pool.value(moves.left(number))
            found = best_of(
                pool,
                solver,
                deadline,
                start=plain.solution.keys,
                accepts=partial(moves.same, pool, number),
            )
            if found is not None and (best is None or moves.value(pool, found.keys) > moves.value(pool, best)):
                best = found.keys
    except Unproven as error:
        raise SolverError(f"the plan that foresees the spoiler could not be proven in time: {error}") from None
    if best is None:
        raise SolverError(
            "no plan has a best reply within the tolerance of the solver; give costs and stake more digits"
        )
    pool.limit(())
    unaware = moves.plan(pool, plain.keys)
    aware = moves.plan(pool, best)
    if unaware.left >= aware.left:  # as good: nothing to foresee
        aware = unaware
    own = 0.0
    for group in unaware.groups:
        own += sum(gain for member, gain in zip(group.members, group.gains, strict=True) if member == spoiler)
    return Spoiled(
        unaware=unaware,
        aware=aware,
        damages={
            name: float(total) for name, total in zip(moves.names[1:], moves.damages(pool, plain.keys)[1:], strict=True)
        },
        own_gain=own,
        tolerance=pool.tolerance,
        seconds=time.monotonic() - started,
    )


class _Moves:
    """The actions with nothing as the first one, and what each destroys of every candidate."""

    def __init__(self, candidates: Candidates, actions: Mapping[str, Action], stake: float) -> None:
        if not actions:
            raise CoalitionError("there are no actions: give the spoiler at least one")
        self.candidates = candidates
        self.names = ("nothing", *actions)
        self.stake = stake
        self.costs = np.zeros(len(self.names))
        self.harm: list[list[NDArray[np.float64]]] = [[np.zeros(len(block.worths)) for block in candidates.blocks]]
        for number, (name, (share, cost)) in enumerate(actions.items(), start=1):
            if not 0 <= cost < np.inf:
                raise CoalitionError(f"the cost of {name!r} is {cost}; it must be a number of at least 0")
            self.costs[number] = cost
            self.harm.append(_harm(candidates, name, share))
        most = max(float(each.max(initial=0.0)) for own in self.harm for each in own)
        self.equal = _EQUAL * (stake * most or 1.0)

    def left(self, number: int) -> list[NDArray[np.float64]]:
        """What an action leaves of every candidate."""
        return [block.worths - own for block, own in zip(self.candidates.blocks, self.harm[number], strict=True)]

    def limits(self, number: int) -> list[Limit] | None:
        """The rows: no other action is better for the spoiler, and none that costs more is as good; None for never."""
        rows = []
        for other in range(len(self.names)):
            if other == number:
                continue
            ahead = self.costs[number] - self.costs[other]
            counts = [self.stake * (a - b) for a, b in zip(self.harm[number], self.harm[other], strict=True)]
            row = Limit(counts, ahead + (self.equal if ahead < -self.equal else -self.equal), np.inf)
            most = max(float(np.abs(each).max(initial=0.0)) for each in counts)
            if most > _EQUAL * abs(ahead):
                rows.append(row)
            elif ahead > self.equal:  # the damage is too small to matter beside the costs
                return None
        return rows

    def damages(self, pool: Pool, keys: Sequence[int]) -> NDArray[np.float64]:
        """What each action destroys of a plan."""
        places = [pool.place_of(key) for key in keys]
        return np.array([sum(float(own[b][at]) for b, at in places) for own in self.harm])

    def reply(self, pool: Pool, keys: Sequence[int]) -> int:
        """The best action against a plan."""
        damages = self.damages(pool, keys)
        profits = self.stake * damages - self.costs
        good = np.flatnonzero(profits >= profits.max() - self.equal)
        return int(good[np.argmax(damages[good])])

    def value(self, pool: Pool, keys: Sequence[int]) -> float:
        """What is left of a plan."""
        places = [pool.place_of(key) for key in keys]
        promised = sum(float(self.candidates.blocks[b].worths[at]) for b, at in places)
        return promised - float(self.damages(pool, keys)[self.reply(pool, keys)])

    def same(self, pool: Pool, number: int, keys: Sequence[int]) -> bool:
        """Whether an action does as much damage as the best reply."""
        damages = self.damages(pool, keys)
        return bool(abs(damages[number] - damages[self.reply(pool, keys)]) <= pool.tolerance + self.equal)

    def plan(self, pool: Pool, keys: Sequence[int]) -> SpoiledPlan:
        """Put a plan in words."""
        groups = [group_of(self.candidates, *pool.members_of(key)) for key in keys]
        number = self.reply(pool, keys)
        damage = float(self.damages(pool, keys)[number])
        return SpoiledPlan(
            groups=tuple(sorted(groups, key=lambda group: (-group.worth, str(group.objective), group.name))),
            worth=sum(group.worth for group in groups),
            reply=self.names[number] if number else None,
            damage=damage,
            cost=float(self.costs[number]),
            profit=self.stake * damage - float(self.costs[number]),
        )


def _harm(candidates: Candidates, name: str, share: Callable[[NDArray[Any], Any], Any]) -> list[NDArray[np.float64]]:
    found = []
    for block in candidates.blocks:
        shares = np.empty(len(block.worths))
        for start in range(0, len(shares), _CHUNK):
            part = block.members[start : start + _CHUNK]
            answer = np.asarray(share(part, block.objective), np.float64)
            if answer.shape != (len(part),):
                raise WorthError(
                    f"the damage of {name!r} has shape {answer.shape} for {len(part)} groups; it must give one share "
                    "each"
                )
            shares[start : start + _CHUNK] = answer
        wrong = ~((shares >= 0) & (shares <= 1))
        if wrong.any():
            bad = int(np.argmax(wrong))
            group = tuple(candidates.players[i] for i in block.members[bad])
            raise WorthError(f"the damage of {name!r} to {group} is {shares[bad]}; it must be between 0 and 1")
        found.append(shares * np.maximum(block.worths, 0.0))
    return found
