"""What a plan has to respect: bandwidth, the number of groups, who must and who may not, who belongs together."""

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
    objectives : tuple
    bandwidth : ndarray of float64, shape (n,)
        How much each state can carry.
    effort : ndarray of float64, shape (objectives, n)
        How much of its bandwidth a group for each objective takes from each of its members.
    groups : int
        How many groups there may be in all.
    quotas : tuple of (int, int), or empty
        At least and at most so many groups for each objective; empty where no number is limited.
    required, forbidden : tuple of int
        States that have to be in a group, or may be in none.
    together, incompatible : tuple of pairs of int
        States of which a group holds both or neither; states that may not be in one group.
    pairs_once : bool
        Whether two states may meet only once for the same objective.
    """

    players: tuple[Label, ...]
    objectives: tuple[Any, ...]
    bandwidth: NDArray[np.float64]
    effort: NDArray[np.float64]
    groups: int
    quotas: tuple[tuple[int, int], ...]
    required: tuple[int, ...]
    forbidden: tuple[int, ...]
    together: tuple[tuple[int, int], ...]
    incompatible: tuple[tuple[int, int], ...]
    pairs_once: bool

    @property
    def filters(self) -> bool:
        """Whether some rule excludes single groups."""
        return bool(self.forbidden or self.together or self.incompatible)

    @property
    def demands(self) -> bool:
        """Whether some rule asks for groups, so that forming none may not do."""
        return bool(self.required) or any(low > 0 for low, _ in self.quotas)

    def effort_for(self, objective: Any) -> NDArray[np.float64]:
        """Give what a group for an objective takes from each state that is in it.

        Parameters
        ----------
        objective : hashable

        Returns
        -------
        ndarray, shape (n,)
        """
        taken: NDArray[np.float64] = self.effort[self.objectives.index(objective)]
        return taken

    def allowed(self, members: NDArray[Any]) -> NDArray[np.bool_]:
        """Say which groups hold nobody forbidden, no incompatible pair, and nobody without whom it belongs to.

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
        for first, second in self.together:
            allowed &= (members == first).any(axis=1) == (members == second).any(axis=1)
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
        for pair in self.together:
            yield (
                f"{self.players[pair[0]]} and {self.players[pair[1]]} are together",
                replace(self, together=tuple(other for other in self.together if other != pair)),
            )
        for k, (low, high) in enumerate(self.quotas):
            for name, loose in ((f"at least {low}", (0, high)), (f"at most {high}", (low, UNLIMITED))):
                if loose != (low, high):
                    quotas = tuple(loose if j == k else each for j, each in enumerate(self.quotas))
                    yield f"{name} groups for {self.objectives[k]}", replace(self, quotas=quotas)
        if self.groups < UNLIMITED:
            yield f"at most {self.groups} groups", replace(self, groups=UNLIMITED)
        for i in np.flatnonzero(self.bandwidth < UNLIMITED).tolist():
            free = self.bandwidth.copy()
            free[i] = UNLIMITED
            yield f"bandwidth of {self.players[i]} is {self.bandwidth[i]:g}", replace(self, bandwidth=free)
        if self.pairs_once:
            yield "a pair meets once per objective", replace(self, pairs_once=False)


def make_rules(
    players: tuple[Label, ...],
    objectives: tuple[Any, ...],
    *,
    bandwidth: float | Mapping[Label, float] | None = None,
    effort: Mapping[Any, float | Mapping[Label, float]] | None = None,
    groups: int | None = None,
    per_objective: Mapping[Any, int | tuple[int, int]] | None = None,
    required: Iterable[Label] = (),
    forbidden: Iterable[Label] = (),
    together: Iterable[Iterable[Label]] = (),
    incompatible: Iterable[Iterable[Label]] = (),
    pairs_once: bool = True,
) -> Rules:
    """Check the constraints of a formation and put them in terms of positions.

    Parameters
    ----------
    players : tuple of labels
    objectives : tuple
    bandwidth, effort, groups, per_objective, required, forbidden, together, incompatible, pairs_once
        As for ``form``.

    Returns
    -------
    Rules

    Raises
    ------
    CoalitionError
        An unknown label or objective, a pair that is none, a negative or fractional number.
    InfeasibleFormation
        A state both required and forbidden.

    Examples
    --------
    >>> make_rules(("A", "B"), ("sea",), bandwidth=1, required=["A"], forbidden=["A"])
    Traceback (most recent call last):
    coalitions.errors.InfeasibleFormation: no plan: 'A' is both required and forbidden
    """
    needed = tuple(members_of(mask_of(tuple(dict.fromkeys(required)), players)))
    barred = tuple(members_of(mask_of(tuple(dict.fromkeys(forbidden)), players)))
    for i in set(needed) & set(barred):
        names = (f"{players[i]} is required", f"{players[i]} is forbidden")
        raise InfeasibleFormation(f"no plan: {players[i]!r} is both required and forbidden", names)
    if groups is not None and (groups != int(groups) or groups < 1):
        raise CoalitionError(f"groups is {groups}; it must be a whole number of at least 1")
    return Rules(
        players=players,
        objectives=objectives,
        bandwidth=_bandwidths(bandwidth, players, whole=effort is None),
        effort=_efforts(effort, players, objectives),
        groups=UNLIMITED if groups is None else int(groups),
        quotas=_quotas(per_objective, objectives),
        required=needed,
        forbidden=barred,
        together=_pairs(together, players, "together"),
        incompatible=_pairs(incompatible, players, "incompatible"),
        pairs_once=pairs_once,
    )


def _pairs(given: Iterable[Iterable[Label]], players: tuple[Label, ...], what: str) -> tuple[tuple[int, int], ...]:
    pairs = []
    for each in given:
        pair = members_of(mask_of(tuple(each), players))
        if len(pair) != 2:
            raise CoalitionError(f"{what} states come in pairs; {tuple(each)!r} is none")
        pairs.append((pair[0], pair[1]))
    return tuple(dict.fromkeys(pairs))


def _quotas(
    given: Mapping[Any, int | tuple[int, int]] | None, objectives: tuple[Any, ...]
) -> tuple[tuple[int, int], ...]:
    if not given:
        return ()
    _known_objectives(given, objectives)
    quotas = []
    for objective in objectives:
        limits = given.get(objective, UNLIMITED)
        low, high = limits if isinstance(limits, tuple) else (0, limits)
        if low != int(low) or high != int(high) or not 0 <= low <= high:
            raise CoalitionError(
                f"groups for {objective!r} are {limits!r}; give the most, or a pair of the least and the most"
            )
        quotas.append((int(low), min(int(high), UNLIMITED)))
    return tuple(quotas)


def _known_objectives(given: Iterable[Any], objectives: tuple[Any, ...]) -> None:
    for objective in given:
        if objective not in objectives:
            raise unknown_label(objective, objectives, "objective")


def _efforts(
    given: Mapping[Any, float | Mapping[Label, float]] | None,
    players: tuple[Label, ...],
    objectives: tuple[Any, ...],
) -> NDArray[np.float64]:
    effort = np.ones((len(objectives), len(players)))
    if given is None:
        return effort
    _known_objectives(given, objectives)
    for k, objective in enumerate(objectives):
        if objective not in given:
            raise CoalitionError(f"no effort for {objective!r}")
        each = given[objective]
        listed = each if isinstance(each, Mapping) else dict.fromkeys(players, each)
        for player in listed:
            if player not in players:
                raise unknown_label(player, players)
        for i, player in enumerate(players):
            if player in listed:
                effort[k, i] = listed[player]
            if not 0 < effort[k, i] < np.inf:
                raise CoalitionError(f"effort of {player!r} for {objective!r} is {effort[k, i]}; it must be positive")
    return effort


def _bandwidths(
    bandwidth: float | Mapping[Label, float] | None, players: tuple[Label, ...], *, whole: bool
) -> NDArray[np.float64]:
    if bandwidth is None:
        return np.full(len(players), float(UNLIMITED))
    given = bandwidth if isinstance(bandwidth, Mapping) else dict.fromkeys(players, bandwidth)
    for player in given:
        if player not in players:
            raise unknown_label(player, players)
    missing = [player for player in players if player not in given]
    if missing:
        raise CoalitionError(f"no bandwidth for {', '.join(map(repr, missing))}")
    for player in players:
        if not given[player] >= 0 or (whole and given[player] != np.floor(given[player])):
            kind = "a whole number of at least 0" if whole else "at least 0"
            raise CoalitionError(f"bandwidth of {player!r} is {given[player]}; it must be {kind}")
    return np.array([min(float(given[player]), float(UNLIMITED)) for player in players])
