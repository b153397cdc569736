"""What is found about a plan: how sure its worths are, whether its groups hold, which exist, what size pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.core import core, cost_of_stability
from coalitions.formation import Candidates, Group, Plan
from coalitions.formation.plan import Objection
from coalitions.game import Game
from coalitions.report.coefficients import Coefficients
from coalitions.report.region import RegionLike
from coalitions.report.validation import FIT_SIZES, LEVEL

_BEAM = 500  # groups kept at each size above the exhaustive ones
_OBJECTIONS = 10  # of each kind
_SEARCHED = (1000, 50_000)  # objections looked through; the second only where a kind is short


@dataclass(frozen=True, kw_only=True, eq=False)
class Finding:
    """One group of the plan, judged.

    Attributes
    ----------
    number : int
        1 for the most valuable group.
    group : Group
    low, high : float
        Interval of the worth; nan where the groups observed are too few for one.
    pays : float
        Share of the draws of the coefficients in which the worth is above 0; nan as before.
    by_theory : float
        The worth under the means of the priors, before any data; nan where they leave worths without a zero.
    all_gain : bool
        Whether every member gains more than nothing.
    core_is_empty : bool
        Of the game inside the group: whether some part of it can object to every division of the worth.
    only_pairs_object : bool
        Whether that is due to pairs: with pairs worth nothing the core would not be empty.
    subsidy : float
        Cost of stability: what would have to be added from outside for a division nobody objects to.
    leavers : tuple of str, or None
        The part of the group that would do best on its own for the same interest, if the gains stay as they
        fall; None if no part would.
    leaving_pays : float
        By how much, 0 if no part would.
    exists_as : str or None
        The observed group of exactly these members that is active in the year.
    nearest : str or None
        Else the active group with the most similar membership.
    overlap : float
        States in both over states in either.
    """

    number: int
    group: Group
    low: float
    high: float
    pays: float
    by_theory: float
    all_gain: bool
    core_is_empty: bool
    only_pairs_object: bool
    subsidy: float
    leavers: tuple[str, ...] | None
    leaving_pays: float
    exists_as: str | None
    nearest: str | None
    overlap: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Objections:
    """Groups outside the plan all of whose members would gain by forming them.

    Attributes
    ----------
    additions : tuple of Objection
        No member gives anything up: only the number of groups in the plan keeps them out.
    defections : tuple of Objection
        At least one member leaves a group of the plan for it.
    """

    additions: tuple[Objection, ...]
    defections: tuple[Objection, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Size:
    """The best group of one size for one interest.

    Attributes
    ----------
    interest : str
    size : int
    members : tuple of str
    worth : float
    exhaustive : bool
        Whether all groups of this size were looked at; otherwise the worth is a lower bound.
    """

    interest: str
    size: int
    members: tuple[str, ...]
    worth: float
    exhaustive: bool

    @property
    def each(self) -> float:
        """Worth per member."""
        return self.worth / self.size


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """What groups below the smallest size are worth: a pair is a pact, a kind of its own.

    Attributes
    ----------
    total, paying : int
        Pairs over all interests, and those worth more than nothing.
    """

    total: int
    paying: int


def judge(region: RegionLike, year: int, coefficients: Coefficients, plan: Plan) -> tuple[Finding, ...]:
    """Judge every group of a plan.

    Parameters
    ----------
    region : RegionLike
    year : int
    coefficients : Coefficients
    plan : Plan

    Returns
    -------
    tuple of Finding
        In the order of ``plan.groups``.

    Notes
    -----
    Intervals are quantiles over the draws of the coefficients. That the group was chosen for its worth is not in them.
    """
    active = active_groups(region, year)
    return tuple(
        _finding(region, year, coefficients, plan, active, number, group) for number, group in enumerate(plan.groups, 1)
    )


def _finding(
    region: RegionLike,
    year: int,
    coefficients: Coefficients,
    plan: Plan,
    active: Sequence[tuple[str, str, frozenset[str]]],
    number: int,
    group: Group,
) -> Finding:
    index = np.array([[region.states.index(str(member)) for member in group.members]])
    features = region.features(index, group.objective, year)[0]
    drawn = coefficients.draws @ features
    nothing = float("nan")
    tails = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    low, high = np.quantile(drawn, tails).tolist() if len(drawn) else (nothing, nothing)
    theory = coefficients.by_theory
    game = plan.candidates.game(group.members, group.objective)
    inside = core(game)
    verdict = inside.contains(group.gains)
    leaves = verdict.excess > verdict.tolerance
    name, overlap = _most_similar(group, active)
    return Finding(
        number=number,
        group=group,
        low=low,
        high=high,
        pays=float((drawn > 0).mean()) if len(drawn) else nothing,
        by_theory=nothing if theory is None else float(features @ [theory[name] for name in region.names]),
        all_gain=min(group.gains) > plan.tolerance,
        core_is_empty=inside.is_empty,
        only_pairs_object=inside.is_empty and not core(without_pairs(game)).is_empty,
        subsidy=float(cost_of_stability(game)),
        leavers=tuple(map(str, verdict.coalition)) if leaves else None,
        leaving_pays=float(verdict.excess) if leaves else 0.0,
        exists_as=name if overlap == 1 else None,
        nearest=None if overlap == 1 else name,
        overlap=overlap,
    )


def without_pairs(game: Game) -> Game:
    """Give the same game where two can do no more together than apart.

    Parameters
    ----------
    game : Game

    Returns
    -------
    Game

    Examples
    --------
    >>> without_pairs(Game("ABC", [0, 0, 0, 5, 0, 4, 3, 6]))["A", "B"]
    0.0
    """
    worths = np.array(game.worths, dtype=np.float64)
    alone = worths[1 << np.arange(game.n)]
    masks = np.arange(worths.size)
    inside = (masks[:, None] >> np.arange(game.n)) & 1
    pairs = inside.sum(axis=1) == 2
    worths[pairs] = inside[pairs] @ alone
    return Game(game.players, worths)


def active_groups(region: RegionLike, year: int) -> list[tuple[str, str, frozenset[str]]]:
    """List the observed groups active in a year: name, interest, members in that year.

    Parameters
    ----------
    region : RegionLike
    year : int

    Returns
    -------
    list of tuples
        Name, interest, and the members in that year.
    """
    found = []
    for group in region.groups:
        if group.start <= year and (group.end is None or group.end >= year):
            spells = region.panel.spells(group.name)
            members = frozenset(state for state, first, last in spells if first <= year <= last)
            found.append((group.name, group.interest, members))
    return found


def _most_similar(group: Group, active: Sequence[tuple[str, str, frozenset[str]]]) -> tuple[str | None, float]:
    own = set(group.members)
    scored = [
        (len(own & members) / len(own | members), interest == group.objective, name)
        for name, interest, members in active
        if own & members
    ]
    if not scored:
        return None, 0.0
    overlap, _, name = max(scored, key=lambda entry: (entry[0], entry[1]))
    return name, overlap


def objections(plan: Plan) -> Objections:
    """Collect the strongest objections to a plan, those that cost no member anything apart from the others.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Objections
        At most ten of each kind.
    """
    free: list[Objection] = []
    costly: list[Objection] = []
    for limit in _SEARCHED:
        found = plan.blocking(limit)
        free = [objection for objection in found if not any(objection.losses)]
        costly = [objection for objection in found if any(objection.losses)]
        if len(found) < limit or min(len(free), len(costly)) >= _OBJECTIONS:
            break
    return Objections(additions=tuple(free[:_OBJECTIONS]), defections=tuple(costly[:_OBJECTIONS]))


def pairs_of(pool: Candidates) -> Pairs:
    """Count the pairs of states, one for each interest both may join, and those worth more than nothing.

    Parameters
    ----------
    pool : Candidates

    Returns
    -------
    Pairs
    """
    total = paying = 0
    for interest in pool.objectives:
        pairs = _pairs(pool, interest)
        total += len(pairs)
        paying += int(np.count_nonzero(pool.gains(pairs, interest).sum(axis=1) > 0))
    return Pairs(total=total, paying=paying)


def _pairs(pool: Candidates, interest: Any) -> NDArray[Any]:
    eligible = np.unique(next(block.members for block in pool.blocks if block.objective == interest))
    return np.asarray(eligible[np.column_stack(np.triu_indices(len(eligible), 1))])


def sweet_spot(pool: Candidates) -> tuple[Size, ...]:
    """Find the best group of every size from two to nine for every interest.

    Parameters
    ----------
    pool : Candidates
        All groups up to some size.

    Returns
    -------
    tuple of Size
        By interest, then size.

    Notes
    -----
    Sizes in the pool, and pairs, are searched in full. Above them the best groups of one size are grown by one
    member each: the worth found is then a lower bound, and says so.
    """
    found = []
    for interest in pool.objectives:
        own = [block for block in pool.blocks if block.objective == interest]
        eligible = np.unique(own[0].members)
        pairs = _pairs(pool, interest)
        blocks: list[tuple[NDArray[Any], NDArray[np.float64]]] = [(pairs, pool.gains(pairs, interest).sum(axis=1))]
        blocks += [(block.members, block.worths) for block in own]
        for members, worths in blocks:
            found.append(_best(pool, interest, members, worths, exhaustive=True))
        members, worths = blocks[-1]
        while members.shape[1] < min(FIT_SIZES[1], len(eligible)):
            members, worths = _grown(pool, interest, members, worths, eligible)
            found.append(_best(pool, interest, members, worths, exhaustive=False))
    return tuple(found)


def _grown(
    pool: Candidates, interest: Any, members: NDArray[Any], worths: NDArray[np.float64], eligible: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    kept = members[np.argsort(-worths, kind="stable")[:_BEAM]].astype(np.intp)
    added = np.hstack((np.repeat(kept, len(eligible), axis=0), np.tile(eligible, len(kept))[:, None]))
    added.sort(axis=1)
    larger = np.unique(added[(np.diff(added, axis=1) > 0).all(axis=1)], axis=0)
    return larger, pool.gains(larger, interest).sum(axis=1)


def _best(
    pool: Candidates, interest: Any, members: NDArray[Any], worths: NDArray[np.float64], *, exhaustive: bool
) -> Size:
    top = int(np.argmax(worths))
    return Size(
        interest=str(interest),
        size=members.shape[1],
        members=tuple(str(pool.players[i]) for i in members[top]),
        worth=float(worths[top]),
        exhaustive=exhaustive,
    )
