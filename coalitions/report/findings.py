"""What is found about a plan: how sure its worths are, whether its groups hold, which exist, what size pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import Fit
from coalitions.core import core, cost_of_stability
from coalitions.formation import Candidates, Group, Plan
from coalitions.formation.plan import Objection
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
    standard_error, low, high : float
        Of the worth, and its interval; nan where the groups observed are too few for one.
    all_gain : bool
        Whether every member gains more than nothing.
    core_is_empty : bool
        Of the game inside the group: whether some part of it can object to every division of the worth.
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
    standard_error: float
    low: float
    high: float
    all_gain: bool
    core_is_empty: bool
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


def judge(region: RegionLike, year: int, fitted: Fit, plan: Plan) -> tuple[Finding, ...]:
    """Judge every group of a plan.

    Parameters
    ----------
    region : RegionLike
    year : int
    fitted : Fit
    plan : Plan

    Returns
    -------
    tuple of Finding
        In the order of ``plan.groups``.

    Notes
    -----
    A worth is linear in the coefficients, v = f . theta, so its standard error is sqrt(f' V f) exactly, V their
    covariance, and its interval takes Student's t with the degrees of freedom of the fit. That the group was
    chosen for its worth is not in the interval.
    """
    active = active_groups(region, year)
    return tuple(
        _finding(region, year, fitted, plan, active, number, group) for number, group in enumerate(plan.groups, 1)
    )


def _finding(
    region: RegionLike,
    year: int,
    fitted: Fit,
    plan: Plan,
    active: Sequence[tuple[str, str, frozenset[str]]],
    number: int,
    group: Group,
) -> Finding:
    index = np.array([[region.states.index(str(member)) for member in group.members]])
    features = region.features(index, group.objective, year)[0]
    error = float(np.sqrt(max(features @ fitted.covariance @ features, 0.0)))
    reach = _quantile(fitted.degrees_of_freedom) * error
    game = plan.candidates.game(group.members, group.objective)
    inside = core(game)
    verdict = inside.contains(group.gains)
    leaves = verdict.excess > verdict.tolerance
    name, overlap = _most_similar(group, active)
    return Finding(
        number=number,
        group=group,
        standard_error=error,
        low=group.worth - reach,
        high=group.worth + reach,
        all_gain=min(group.gains) > plan.tolerance,
        core_is_empty=inside.is_empty,
        subsidy=float(cost_of_stability(game)),
        leavers=tuple(map(str, verdict.coalition)) if leaves else None,
        leaving_pays=float(verdict.excess) if leaves else 0.0,
        exists_as=name if overlap == 1 else None,
        nearest=None if overlap == 1 else name,
        overlap=overlap,
    )


def _quantile(degrees: int) -> float:
    if degrees < 1:
        return float("nan")
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + LEVEL) / 2))


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


def sweet_spot(pool: Candidates) -> tuple[Size, ...]:
    """Find the best group of every size from two to eight for every interest.

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
        pairs = eligible[np.column_stack(np.triu_indices(len(eligible), 1))]
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
