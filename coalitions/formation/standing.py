"""Groups that exist already: what they cover is taken off what new groups are worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import mask_of, members_of, unknown_label
from coalitions.errors import CoalitionError
from coalitions.formation.candidates import Block, Candidates
from coalitions.formation.plan import Group
from coalitions.formation.rules import UNLIMITED, Rules
from coalitions.formation.subsets import BoundedWorths

_CHUNK = 1 << 18


def standing_groups(candidates: Candidates, standing: Iterable[Any]) -> tuple[tuple[tuple[int, ...], Any], ...]:
    """Check groups that exist and put their members in terms of positions.

    Parameters
    ----------
    candidates : Candidates
    standing : iterable of Group, or of pairs of members and objective

    Returns
    -------
    tuple of (tuple of int, objective)

    Raises
    ------
    CoalitionError
        An unknown state or objective, or something that is no group of at least two states.
    """
    found = []
    for given in standing:
        try:
            members, objective = (given.members, given.objective) if isinstance(given, Group) else given
        except (TypeError, ValueError):
            raise CoalitionError(f"standing group {given!r} is not a pair of members and objective") from None
        if objective not in candidates.objectives:
            raise unknown_label(objective, candidates.objectives, "objective")
        positions = tuple(members_of(mask_of(tuple(members), candidates.players)))
        if len(positions) < 2:
            raise CoalitionError(f"standing group {tuple(members)!r} has fewer than two members")
        found.append((positions, objective))
    return tuple(found)


def beside(candidates: Candidates, standing: Iterable[Any]) -> Candidates:
    """Take off every candidate's worth what its members already have in a standing group for the same objective.

    A candidate S beside standing groups F is worth v(S) less the largest of 0 and the v(S and F) with at least two
    states in common: what is new about it. Its members gain so much less as they gain in that part.

    Parameters
    ----------
    candidates : Candidates
    standing : iterable of Group, or of pairs of members and objective

    Returns
    -------
    Candidates
        With the same groups and a payoff of its own.

    Raises
    ------
    CoalitionError
        An unknown state or objective, or a group of fewer than two states.

    Notes
    -----
    One pass over the candidates of each objective and standing group; the payoff of every part of a standing group is
    asked once a chunk.

    Examples
    --------
    >>> from coalitions import candidates
    >>> pool = candidates("ABC", lambda members, objective: np.full(len(members), float(members.shape[1])), max_size=3)
    >>> [block.worths.tolist() for block in beside(pool, [(("A", "B"), None)]).blocks]
    [[0.0, 2.0, 2.0], [1.0]]
    """
    return net_of(candidates, standing_groups(candidates, standing))


def net_of(candidates: Candidates, existing: tuple[tuple[tuple[int, ...], Any], ...]) -> Candidates:
    """Do what ``beside`` does with groups that are checked already.

    Parameters
    ----------
    candidates : Candidates
    existing : tuple of (tuple of int, objective)

    Returns
    -------
    Candidates
    """

    def payoff(members: NDArray[Any], objective: Any) -> NDArray[np.float64]:
        gains = candidates.gains(members, objective)
        return gains - _already_had(candidates, existing, members, objective)

    blocks = []
    for block in candidates.blocks:
        if isinstance(block.worths, BoundedWorths):
            blocks.append(Block(block.objective, block.members, block.worths.beside(payoff)))
            continue
        worths = block.worths.copy()
        for start in range(0, len(worths), _CHUNK):
            part = slice(start, start + _CHUNK)
            worths[part] -= _already_had(candidates, existing, block.members[part], block.objective).sum(axis=1)
        worths.flags.writeable = False
        blocks.append(Block(block.objective, block.members, worths))
    return Candidates(candidates.players, candidates.objectives, tuple(blocks), payoff)


def after_standing(rules: Rules, existing: Iterable[tuple[tuple[int, ...], Any]]) -> Rules:
    """Take off the bandwidth what standing groups use of it.

    Parameters
    ----------
    rules : Rules
    existing : iterable of (tuple of int, objective)

    Returns
    -------
    Rules

    Raises
    ------
    CoalitionError
        A state whose standing groups need more than it can carry.
    """
    left = rules.bandwidth.copy()
    limited = left < UNLIMITED
    for members, objective in existing:
        taken = rules.effort_for(objective)
        left[list(members)] -= taken[list(members)]
    short = np.flatnonzero(limited & (left < -1e-9))
    if len(short):
        i = int(short[0])
        used = rules.bandwidth[i] - left[i]
        raise CoalitionError(
            f"the standing groups of {rules.players[i]!r} take {used:g} of a bandwidth of {rules.bandwidth[i]:g}"
        )
    return replace(rules, bandwidth=np.where(limited, np.maximum(left, 0.0), rules.bandwidth))


def _already_had(
    candidates: Candidates, existing: Iterable[tuple[tuple[int, ...], Any]], members: NDArray[Any], objective: Any
) -> NDArray[np.float64]:
    """What each member of each group gains in the best part that the group shares with a standing one."""
    had = np.zeros(members.shape)
    best = np.zeros(len(members))
    for group, aim in existing:
        if aim != objective:
            continue
        place = np.zeros(len(candidates.players), np.int64)
        place[list(group)] = 1 << np.arange(len(group))
        shared = place[members]
        codes, rows = np.unique(shared.sum(axis=1), return_inverse=True)
        for at, code in enumerate(codes.tolist()):
            part = [member for k, member in enumerate(group) if code >> k & 1]
            if len(part) < 2:
                continue
            gains = candidates.gains(np.array([part], members.dtype), objective)[0]
            worth = float(gains.sum())
            better = (rows.ravel() == at) & (worth > best)
            if worth > 0 and better.any():
                best[better] = worth
                own = np.zeros(len(candidates.players))
                own[part] = gains
                had[better] = own[members[better]]
    return had
