"""Who would rather form another group: what every state would give up for it, and a scan of all candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label
from coalitions.formation.candidates import Block
from coalitions.formation.plan import Group
from coalitions.formation.rules import UNLIMITED, Rules

_ROUNDING = 1e-9  # of efforts and bandwidths
_CHUNK = 1 << 18


class Formed(NamedTuple):
    """A group that is formed, in terms of positions.

    Attributes
    ----------
    objective : hashable
    members : tuple of int
        Positions, in the order of the plan's group.
    gains : tuple of float
        One a member.
    """

    objective: Any
    members: tuple[int, ...]
    gains: tuple[float, ...]


def formed_of(groups: Sequence[Group], players: tuple[Label, ...]) -> list[Formed]:
    """Put the groups of a plan in terms of positions.

    Parameters
    ----------
    groups : sequence of Group
    players : tuple of labels

    Returns
    -------
    list of Formed
    """
    place = {player: i for i, player in enumerate(players)}
    return [Formed(group.objective, tuple(place[m] for m in group.members), group.gains) for group in groups]


class Holdings:
    """What every state has in the groups that are formed, and what it would give up for one more.

    A state gives up its groups that meet another member of the new one for the same objective (with
    ``rules.pairs_once``; what it had for them no longer takes its bandwidth). Else it gives up nothing if the new
    group fits within its bandwidth, and otherwise those of its groups that make room at the least loss, none of them
    superfluous: its least rewarding group where all take the same effort.

    Parameters
    ----------
    rules : Rules
    formed : sequence of Formed
    """

    def __init__(self, rules: Rules, formed: Sequence[Formed]) -> None:
        n = len(rules.players)
        self.rules = rules
        self.formed = formed
        self.own = np.zeros((max(len(formed), 1), n))
        self.of_state: list[list[int]] = [[] for _ in range(n)]
        load = np.zeros(n)
        for g, (objective, members, gains) in enumerate(formed):
            self.own[g, list(members)] = gains
            load[list(members)] += rules.effort_for(objective)[list(members)]
            for i in members:
                self.of_state[i].append(g)
        self.free = np.where(rules.bandwidth >= UNLIMITED, np.inf, rules.bandwidth - load)
        self.meets = {objective: self._meetings(objective) for objective in rules.objectives}
        self.room = {objective: self._room(objective) for objective in rules.objectives}

    def ways(self, i: int, objective: Any, *, every: bool = False) -> list[tuple[int, ...]] | None:
        """List the sets of its groups by whose end a state makes room for another one, none with a superfluous group.

        Parameters
        ----------
        i : int
        objective : hashable
        every : bool
            Without it only the least rewarding ones of groups that take the same effort.

        Returns
        -------
        list of tuple of int, or None
            None where it has room already; empty where the group exceeds all its bandwidth.
        """
        effort = self.rules.effort_for(objective)[i]
        missing = effort - self.free[i]
        if missing <= _ROUNDING:
            return None
        if self.rules.bandwidth[i] < effort - _ROUNDING:
            return []
        kinds: dict[float, list[int]] = {}
        for g in sorted(self.of_state[i], key=lambda g: self.own[g, i]):
            kinds.setdefault(float(self.rules.effort_for(self.formed[g].objective)[i]), []).append(g)
        ways: list[tuple[int, ...]] = []
        for counts in product(*(range(len(groups) + 1) for groups in kinds.values())):
            makes = sum(count * each for count, each in zip(counts, kinds, strict=True))
            spare = makes - missing
            if spare >= -_ROUNDING and all(
                spare - each < -_ROUNDING for count, each in zip(counts, kinds, strict=True) if count
            ):
                parts = [
                    list(combinations(groups, count)) if every else [tuple(groups[:count])]
                    for count, groups in zip(counts, kinds.values(), strict=True)
                ]
                ways += [tuple(chain.from_iterable(way)) for way in product(*parts)]
        return ways

    def clashes(self, i: int, objective: Any, members: Sequence[int]) -> tuple[int, ...]:
        """List the groups of a state that meet another member for the same objective.

        Parameters
        ----------
        i : int
        objective : hashable
        members : sequence of int

        Returns
        -------
        tuple of int
        """
        meets = self.meets[objective]
        if not len(meets):
            return ()
        return tuple(sorted({int(meets[i, j]) for j in members if j != i} - {-1}))

    def dropped(self, i: int, objective: Any, members: Sequence[int]) -> tuple[int, ...]:
        """List the groups that a state would leave for another one.

        Parameters
        ----------
        i : int
        objective : hashable
        members : sequence of int
            Of the other group.

        Returns
        -------
        tuple of int
        """
        clashing = self.clashes(i, objective, members)
        if clashing:
            return clashing
        return min(self.ways(i, objective) or [()], key=lambda way: self.own[list(way), i].sum())

    def losses(self, members: NDArray[Any], objective: Any) -> NDArray[np.float64]:
        """Give what each member of each group would give up for it.

        Parameters
        ----------
        members : ndarray of int, shape (groups, size)
        objective : hashable

        Returns
        -------
        ndarray, shape (groups, size)
            Infinite for a state that cannot carry the group whatever it leaves.
        """
        from coalitions._kernels_formation import group_losses

        losses = np.empty(members.shape)
        group_losses(members, self.room[objective], self.meets[objective], self.own, losses)
        return losses

    def improvements(self, members: NDArray[Any], gains: NDArray[np.float64], objective: Any) -> NDArray[np.float64]:
        """Give what the member that improves least gains on balance by each group.

        Parameters
        ----------
        members : ndarray of int, shape (groups, size)
        gains : ndarray, shape (groups, size)
        objective : hashable

        Returns
        -------
        ndarray, shape (groups,)
            Minus infinity for the groups that are formed.
        """
        from coalitions._kernels_formation import least_improvements

        least = np.empty(len(members))
        least_improvements(members, gains, self.room[objective], self.meets[objective], self.own, least)
        for rows in self.places(members, objective):
            least[rows] = -np.inf
        return least

    def places(self, members: NDArray[Any], objective: Any) -> Iterator[NDArray[np.intp]]:
        """Find the groups that are formed among candidates of one size.

        Parameters
        ----------
        members : ndarray of int, shape (groups, size)
        objective : hashable

        Yields
        ------
        ndarray of int
            Rows: one or none.
        """
        for group in self.formed:
            if group.objective == objective and len(group.members) == members.shape[1]:
                rows = np.flatnonzero(members[:, 0] == group.members[0])
                yield rows[(members[rows] == group.members).all(axis=1)]

    def _meetings(self, objective: Any) -> NDArray[np.int64]:
        if not self.rules.pairs_once:
            return np.empty((0, 0), np.int64)
        n = len(self.rules.players)
        meets = np.full((n, n), -1, np.int64)
        for g, group in enumerate(self.formed):
            if group.objective == objective:
                meets[np.ix_(group.members, group.members)] = g
        return meets

    def _room(self, objective: Any) -> NDArray[np.float64]:
        room = np.zeros(len(self.rules.players))
        for i in range(len(room)):
            ways = self.ways(i, objective)
            if ways is not None:
                room[i] = min((float(self.own[list(way), i].sum()) for way in ways), default=np.inf)
        return room


def chunks_of(block: Block) -> Iterator[tuple[int, NDArray[Any]]]:
    """Give the members of the candidates of a block, some hundred thousand at a time.

    Parameters
    ----------
    block : Block

    Yields
    ------
    start : int
    members : ndarray of int, shape (groups, size)
    """
    for start in range(0, len(block.members), _CHUNK):
        yield start, block.members[start : start + _CHUNK]
