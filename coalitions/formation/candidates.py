"""Every group of bounded size among many states, with its worth, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, mask_of, members_of, unknown_label
from coalitions.errors import CoalitionError, WorthError
from coalitions.game import Game
from coalitions.memory import require_memory

Members: TypeAlias = NDArray[np.unsignedinteger[Any]]
"""Shape (groups, size): positions of the members among the players, ascending in each row."""

Payoff: TypeAlias = Callable[[NDArray[Any], Any], NDArray[np.float64]]
"""From members (groups, size) and an objective to the members' gains (groups, size) or to worths (groups,)."""

_CHUNK = 1 << 18  # groups evaluated at a time: enough for vectors, small beside the table


class Block(NamedTuple):
    """The candidates of one objective and one size.

    Attributes
    ----------
    objective : hashable
    members : ndarray of unsigned integers, shape (groups, size)
        Positions among the players.
    worths : ndarray of float64, shape (groups,)
    """

    objective: Any
    members: Members
    worths: NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Candidates:
    """Groups that could form, and what each is worth.

    Attributes
    ----------
    players : tuple of labels
    objectives : tuple
    blocks : tuple of Block
        One for every objective and size: ``members`` (groups, size) and ``worths`` (groups,), read-only.
    payoff : callable
        What gave the worths; asked again for the gains of single groups.
    """

    players: tuple[Label, ...]
    objectives: tuple[Any, ...]
    blocks: tuple[Block, ...]
    payoff: Payoff

    def __len__(self) -> int:
        return sum(len(block.worths) for block in self.blocks)

    def __repr__(self) -> str:
        sizes = sorted({block.members.shape[1] for block in self.blocks})
        many = (
            f"{len(self)} candidate groups of {sizes[0]}-{sizes[-1]} among {len(self.players)} states for "
            f"{len(self.objectives)} objective{'s' * (len(self.objectives) > 1)}"
        )
        if not all(isinstance(block.worths, np.ndarray) for block in self.blocks):
            return f"{many}; their worths are computed when they matter"
        positive = sum(int((block.worths > 0).sum()) for block in self.blocks)
        return f"{many}; {positive} are worth more than 0"

    def gains(self, members: NDArray[Any], objective: Any) -> NDArray[np.float64]:
        """Give what each member of each group gains.

        Parameters
        ----------
        members : ndarray of int, shape (groups, size)
        objective : hashable

        Returns
        -------
        ndarray, shape (groups, size)
            An equal split of the worth where the payoff gives worths only.
        """
        value = np.asarray(self.payoff(members, objective), np.float64)
        return value if value.ndim == 2 else np.repeat(value[:, None] / members.shape[1], members.shape[1], axis=1)

    def game(self, coalition: Any, objective: Any) -> Game:
        """Make the game played inside one group: the worth of every part of it for the same objective.

        Parameters
        ----------
        coalition : iterable of labels
        objective : hashable

        Returns
        -------
        Game
            A single state is worth 0: worths are measured from every state acting alone.
        """
        positions = members_of(mask_of(coalition, self.players))
        size = len(positions)
        table = np.zeros(1 << size)
        for k in range(2, size + 1):
            parts = _combinations(size, k)
            inside = np.array(positions)[parts]
            masks = (1 << parts.astype(np.int64)).sum(axis=1)
            table[masks] = worths_of(self.payoff(inside, objective), inside, objective, self.players)
        return Game([self.players[i] for i in positions], table, copy=False)


def candidates(
    players: Iterable[Label],
    payoff: Payoff,
    *,
    max_size: int,
    min_size: int = 2,
    objectives: Iterable[Any] = (None,),
    excluded: Mapping[Any, Iterable[Label]] | None = None,
    admissible: Callable[[NDArray[Any], Any], NDArray[np.bool_]] | None = None,
    individually_rational: bool = False,
) -> Candidates:
    """List all groups of bounded size and evaluate them.

    Parameters
    ----------
    players : iterable of n labels
    payoff : callable
        Called as ``payoff(members, objective)`` with members of shape (groups, size), positions among the players;
        gives each member's gain, shape (groups, size), or each group's worth, shape (groups,).
    max_size, min_size : int
        2 <= min_size <= max_size <= n.
    objectives : iterable of hashable
        What a group can be for; every group is a candidate once for each.
    excluded : mapping from objective to iterable of labels, optional
        Who cannot take part in groups for that objective.
    admissible : callable, optional
        Called as ``admissible(members, objective)`` with members of shape (groups, size); says which groups may form,
        such as those that reach a threshold of capability. The others are not evaluated.
    individually_rational : bool
        Keep only the groups in which every member gains more than nothing (the payoff has to give gains).

    Returns
    -------
    Candidates

    Raises
    ------
    CoalitionError
        Bounds that make no sense, an unknown label or objective, no candidate left.
    WorthError
        A payoff of the wrong shape, or one that is nan or infinite; the message names the group.
    TooLargeError
        More candidates than memory holds; the message counts them.

    Notes
    -----
    sum over k of n! / (k! (n - k)!) groups for each objective, evaluated in vectors of some hundred thousand;
    k + 8 bytes a group (n <= 256).

    Examples
    --------
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> pool = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
    >>> pool
    10 candidate groups of 2-3 among 4 states for 1 objective; 9 are worth more than 0
    """
    order = as_players(players)
    n = len(order)
    goals = as_players(objectives)
    if not 2 <= min_size <= max_size <= n:
        raise CoalitionError(
            f"groups of {min_size} to {max_size} among {n} states: 2 <= min_size <= max_size <= {n} must hold"
        )
    barred = excluded_positions(excluded or {}, order, goals)
    count = len(goals) * sum(comb(n, k) for k in range(min_size, max_size + 1))
    require_memory(
        count * 8 + sum(comb(n, k) * k for k in range(min_size, max_size + 1)) * (1 + any(barred.values())),
        f"{count} candidates (groups of {min_size}-{max_size} among {n} states, {len(goals)} objectives)",
        f"lower max_size: groups of up to {max_size - 1} are "
        f"{len(goals) * sum(comb(n, k) for k in range(min_size, max_size))}",
    )
    blocks = []
    for k in range(min_size, max_size + 1):
        every = _combinations(n, k)
        for goal in goals:
            members = every
            if barred[goal]:
                members = every[~np.isin(every, barred[goal]).any(axis=1)]
            if admissible is not None:
                members = members[admitted(admissible, members, goal)]
            if not len(members):
                continue
            worths, willing = _evaluate(payoff, members, goal, order, individually_rational)
            if willing is not None:
                members, worths = members[willing], worths[willing]
            for array in (members, worths):
                array.flags.writeable = False
            blocks.append(Block(goal, members, worths))
    if not any(len(block.worths) for block in blocks):
        raise CoalitionError("no candidate group is left: exclude fewer states, admit more, or allow larger groups")
    return Candidates(order, goals, tuple(block for block in blocks if len(block.worths)), payoff)


def excluded_positions(
    excluded: Mapping[Any, Iterable[Label]], players: Sequence[Label], objectives: tuple[Any, ...]
) -> dict[Any, list[int]]:
    """Check who is excluded and put them in terms of positions.

    Parameters
    ----------
    excluded : mapping from objective to iterable of labels
    players : sequence of labels
    objectives : tuple

    Returns
    -------
    dict from objective to list of int

    Raises
    ------
    CoalitionError
        An objective that is not listed, an unknown player.
    """
    for objective in excluded:
        if objective not in objectives:
            raise unknown_label(objective, objectives, "objective")
    return {goal: members_of(mask_of(tuple(excluded.get(goal, ())), players)) for goal in objectives}


def _combinations(n: int, k: int) -> Members:
    """List the k-subsets of range(n), one a row, in lexicographic order."""
    dtype = np.uint8 if n <= 256 else np.uint16 if n <= 65536 else np.uint32
    rows: NDArray[Any] = np.arange(n).astype(dtype)[:, None]
    for _ in range(k - 1):
        last = rows[:, -1].astype(np.int64)
        followers = n - 1 - last
        first = np.cumsum(followers) - followers
        following = np.arange(followers.sum()) - np.repeat(first - last - 1, followers)
        rows = np.hstack((np.repeat(rows, followers, axis=0), following.astype(dtype)[:, None]))
    return rows


def admitted(admissible: Callable[..., Any], members: Members, objective: Any) -> NDArray[np.bool_]:
    """Ask which groups may form.

    Parameters
    ----------
    admissible : callable
    members : ndarray of int, shape (groups, size)
    objective : hashable

    Returns
    -------
    ndarray of bool, shape (groups,)

    Raises
    ------
    CoalitionError
        Another answer than one bool a group.
    """
    may_form = np.empty(len(members), np.bool_)
    for start in range(0, len(members), _CHUNK):
        part = members[start : start + _CHUNK]
        answer = np.asarray(admissible(part, objective))
        if answer.shape != (len(part),) or answer.dtype != np.bool_:
            raise CoalitionError(
                f"admissible gives {answer.dtype} of shape {answer.shape} for {len(part)} groups; it must give bools"
            )
        may_form[start : start + _CHUNK] = answer
    return may_form


def _evaluate(
    payoff: Payoff, members: Members, objective: Any, players: Sequence[Label], rational: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    worths = np.empty(len(members))
    willing = np.empty(len(members), np.bool_) if rational else None
    for start in range(0, len(members), _CHUNK):
        part = slice(start, start + _CHUNK)
        value = payoff(members[part], objective)
        worths[part] = worths_of(value, members[part], objective, players)
        if willing is not None:
            if np.ndim(value) != 2:
                raise WorthError("individually_rational needs a payoff that gives each member's gain")
            willing[part] = (np.asarray(value) > 0).all(axis=1)
    return worths, willing


def worths_of(value: Any, members: NDArray[Any], objective: Any, players: Sequence[Label]) -> NDArray[np.float64]:
    """Check what a payoff gives and sum it up to worths.

    Parameters
    ----------
    value : array_like, shape (groups,) or (groups, size)
    members : ndarray of int, shape (groups, size)
    objective : hashable
    players : sequence of labels

    Returns
    -------
    ndarray of float64, shape (groups,)

    Raises
    ------
    WorthError
        Another shape, or a worth that is nan or infinite.
    """
    array = np.asarray(value, np.float64)
    if array.shape not in ((len(members),), members.shape):
        raise WorthError(
            f"the payoff gives shape {array.shape} for {len(members)} groups of {members.shape[1]}; "
            f"it must give ({len(members)},) worths or {members.shape} gains"
        )
    worths = array if array.ndim == 1 else array.sum(axis=1)
    if not np.isfinite(worths).all():
        bad = int(np.argmin(np.isfinite(worths)))
        group = tuple(players[i] for i in members[bad])
        aim = "" if objective is None else f" for {objective!r}"
        raise WorthError(f"worth of {group}{aim} is {worths[bad]}")
    return worths
