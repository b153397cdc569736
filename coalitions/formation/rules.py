"""What a plan has to respect: bandwidth, the number of groups, who must and who may not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, mask_of, members_of, unknown_label
from coalitions.errors import CoalitionError, InfeasibleFormation

UNLIMITED = 1 << 30
"""A bandwidth, or a number of groups, that limits nothing."""


@dataclass(frozen=True, eq=False)
class Rules:
    """The constraints of a formation, by position of the players.

    Attributes
    ----------
    players : tuple of labels
    bandwidth : ndarray of int, shape (n,)
        How many groups each state can carry.
    groups : int
        How many groups there may be in all.
    required, forbidden : tuple of int
        States that have to be in a group, or may be in none.
    incompatible : tuple of pairs of int
        States that may not be in one group.
    pairs_once : bool
        Whether two states may meet only once for the same objective.
    """

    players: tuple[Label, ...]
    bandwidth: NDArray[np.int64]
    groups: int
    required: tuple[int, ...]
    forbidden: tuple[int, ...]
    incompatible: tuple[tuple[int, int], ...]
    pairs_once: bool

    def allowed(self, members: NDArray[Any]) -> NDArray[np.bool_]:
        """Say which groups hold nobody forbidden and no incompatible pair.

        Parameters
        ----------
        members : ndarray of int, shape (groups, size)

        Returns
        -------
        ndarray of bool, shape (groups,)
        """
        allowed = np.ones(len(members), np.bool_)
        if self.forbidden:
            allowed &= ~np.isin(members, self.forbidden).any(axis=1)
        for first, second in self.incompatible:
            allowed &= ~((members == first).any(axis=1) & (members == second).any(axis=1))
        return allowed

    def relaxations(self) -> Iterator[tuple[str, Rules]]:
        """Name every constraint, with the rules that are left without it.

        Yields
        ------
        name : str
        rules : Rules
        """
        for i in self.required:
            yield (
                f"{self.players[i]} is required",
                replace(self, required=tuple(j for j in self.required if j != i)),
            )
        for i in self.forbidden:
            yield (
                f"{self.players[i]} is forbidden",
                replace(self, forbidden=tuple(j for j in self.forbidden if j != i)),
            )
        for pair in self.incompatible:
            yield (
                f"{self.players[pair[0]]} and {self.players[pair[1]]} are incompatible",
                replace(self, incompatible=tuple(other for other in self.incompatible if other != pair)),
            )
        if self.groups < UNLIMITED:
            yield f"at most {self.groups} groups", replace(self, groups=UNLIMITED)
        for i in np.flatnonzero(self.bandwidth < UNLIMITED).tolist():
            free = self.bandwidth.copy()
            free[i] = UNLIMITED
            yield f"bandwidth of {self.players[i]} is {self.bandwidth[i]}", replace(self, bandwidth=free)
        if self.pairs_once:
            yield "a pair meets once per objective", replace(self, pairs_once=False)


def make_rules(
    players: tuple[Label, ...],
    *,
    bandwidth: int | Mapping[Label, int] | None,
    groups: int | None,
    required: Iterable[Label],
    forbidden: Iterable[Label],
    incompatible: Iterable[Iterable[Label]],
    pairs_once: bool,
) -> Rules:
    """Check the constraints of a formation and put them in terms of positions.

    Parameters
    ----------
    players : tuple of labels
    bandwidth, groups, required, forbidden, incompatible, pairs_once
        As for ``form``.

    Returns
    -------
    Rules

    Raises
    ------
    CoalitionError
        An unknown label, a pair that is none, a negative or fractional number.
    InfeasibleFormation
        A state both required and forbidden.

    Examples
    --------
    >>> make_rules(("A", "B"), bandwidth=1, groups=None, required=["A"], forbidden=["A"], incompatible=(),
    ...            pairs_once=True)
    Traceback (most recent call last):
    coalitions.errors.InfeasibleFormation: no plan: 'A' is both required and forbidden
    """
    needed = tuple(members_of(mask_of(tuple(dict.fromkeys(required)), players)))
    barred = tuple(members_of(mask_of(tuple(dict.fromkeys(forbidden)), players)))
    for i in set(needed) & set(barred):
        names = (f"{players[i]} is required", f"{players[i]} is forbidden")
        raise InfeasibleFormation(f"no plan: {players[i]!r} is both required and forbidden", names)
    pairs = []
    for given in incompatible:
        pair = members_of(mask_of(tuple(given), players))
        if len(pair) != 2:
            raise CoalitionError(f"incompatible states come in pairs; {tuple(given)!r} is none")
        pairs.append((pair[0], pair[1]))
    if groups is not None and (groups != int(groups) or groups < 1):
        raise CoalitionError(f"groups is {groups}; it must be a whole number of at least 1")
    return Rules(
        players=players,
        bandwidth=_bandwidths(bandwidth, players),
        groups=UNLIMITED if groups is None else int(groups),
        required=needed,
        forbidden=barred,
        incompatible=tuple(dict.fromkeys(pairs)),
        pairs_once=pairs_once,
    )


def _bandwidths(bandwidth: int | Mapping[Label, int] | None, players: tuple[Label, ...]) -> NDArray[np.int64]:
    if bandwidth is None:
        return np.full(len(players), UNLIMITED, np.int64)
    given = bandwidth if isinstance(bandwidth, Mapping) else dict.fromkeys(players, bandwidth)
    for player in given:
        if player not in players:
            raise unknown_label(player, players)
    missing = [player for player in players if player not in given]
    if missing:
        raise CoalitionError(f"no bandwidth for {', '.join(map(repr, missing))}")
    for player in players:
        if given[player] < 0 or given[player] != int(given[player]):
            raise CoalitionError(f"bandwidth of {player!r} is {given[player]}; it must be a whole number of at least 0")
    return np.array([min(int(given[player]), UNLIMITED) for player in players], np.int64)
