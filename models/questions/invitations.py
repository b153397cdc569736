"""Who should be invited next, who would object, and who would leave first: a standing group from the inside."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import CoalitionError
from models.payoff import parts
from models.questions.asked import checked_level, estimate
from models.questions.membership import Invitation, Joined, Leaver, Left, WhoNext
from models.questions.theory import theory, vector

if TYPE_CHECKING:
    from models.calibrated import Calibrated
    from models.groups import ObservedGroup
    from models.region import Region

__all__ = ["who_next"]

Floats = NDArray[np.float64]


def who_next(
    calibrated: Calibrated,
    group: str,
    year: int | None = None,
    *,
    candidates: Iterable[str] | None = None,
    level: float = 0.9,
) -> WhoNext:
    """Rank whom a standing group should invite, say which members would lose by it, and who would leave first.

    Inviting i adds v(S + i) - v(S). Each member's part of it is u_j(S + i) - u_j(S): where that is negative, the member
    has a reason to object that a transfer from the others could settle if the whole is positive. Who leaves gives up
    u_i(S), what it gains over acting alone; the group would miss v(S) - v(S - i).

    Parameters
    ----------
    calibrated : Calibrated
        With the draws the intervals come from.
    group : str
        A group coded for an interest of one of its regions, of any kind.
    year : int, optional
        Of membership and figures; by default the last one calibrated, or the last one of the group.
    candidates : iterable of str, optional
        States of the region's pool; by default all but members and challengers of the interest.
    level : float, default 0.9
        Of the intervals over draws.

    Returns
    -------
    WhoNext

    Raises
    ------
    ValueError
        No such group; the year is outside the panel or the group's life; a state is not in the pool; a level not
        between 0 and 1.
    CoalitionError
        Fewer than two members in the pool; a candidate that is a member or a challenger; nobody to invite.

    Notes
    -----
    O(n (k + 1)^2) for n candidates and k members, times the draws for one matrix product. Coefficients are fitted to
    groups of three to nine members. The cost of founding a group cancels in who adds most; it stays in what a member
    would give up, and in each one's part of a change, for more members share it.

    Examples
    --------
    >>> import models
    >>> found = who_next(models.calibrate("asia-pacific", draws=20), "AUKUS", 2024)
    >>> found.members, len(found.leavers)
    (('AUS', 'GBR', 'USA'), 3)
    """
    region, record = _find(calibrated, group)
    checked_level(level)
    if year is None:
        year = min(calibrated.year, record.end or calibrated.year)
    region.panel.check_year(year)
    if not record.start <= year <= (record.end or year):
        until = "on" if record.end is None else f"to {record.end}"
        raise ValueError(f"{group} existed from {record.start} {until}, not in {year}")
    purpose = region.purpose(record)
    everyone = region.panel.members_of(group, year)
    members = tuple(state for state in everyone if state in region.states)
    if len(members) < 2:
        raise CoalitionError(
            f"{group} has {len(members)} member(s) in the pool of {region.name} in {year}; two are needed"
        )
    outside = _candidates(region, purpose, group, everyone, candidates)

    theatre, k = region.theatre(purpose, year), len(members)
    inside = np.array(region.indices(members))
    newcomers = np.array(region.indices(outside))
    with_one = np.column_stack([np.tile(inside, (len(newcomers), 1)), newcomers])
    without = np.array([np.delete(inside, place) for place in range(k)])
    now = parts(region.terms, theatre, inside[None], region.settings)[0]
    grown = parts(region.terms, theatre, with_one, region.settings)
    shrunk = region.features(without, purpose, year)

    fitted = vector(region, calibrated.coefficients[region.name])
    believed = vector(region, theory(calibrated, region.name))
    drawn = calibrated.draws[region.name]
    change = grown[:, :, :k] - now  # (candidates, K, k)
    added = grown.sum(axis=2) - now.sum(axis=1)  # (candidates, K)
    marginals, in_theory = added @ fitted, added @ believed
    over_draws = added @ drawn.T  # (candidates, draws)
    best = over_draws.argmax(axis=0)
    changes = np.einsum("cqk,q->ck", change, fitted)
    losing = np.stack([(np.einsum("qk,dq->dk", one, drawn) < 0).mean(axis=0) for one in change])
    own = grown[:, :, k] @ fitted
    invitations = [
        Invitation(
            state=state,
            marginal=estimate(float(marginals[row]), over_draws[row], level),
            theory=float(in_theory[row]),
            first=float((best == row).mean()),
            pays=float((over_draws[row] > 0).mean()),
            own=float(own[row]),
            changes=dict(zip(members, changes[row].tolist(), strict=True)),
            losing=dict(zip(members, losing[row].tolist(), strict=True)),
        )
        for row, state in enumerate(outside)
    ]
    invitations.sort(key=lambda found: -found.marginal.value)

    surplus, lost = fitted @ now, (now.sum(axis=1) - shrunk) @ fitted
    surplus_draws, lost_draws = drawn @ now, drawn @ (now.sum(axis=1) - shrunk).T
    least = surplus_draws.argmin(axis=1)
    leavers = [
        Leaver(
            state=state,
            surplus=estimate(float(surplus[place]), surplus_draws[:, place], level),
            missed=estimate(float(lost[place]), lost_draws[:, place], level),
            first=float((least == place).mean()),
            theory=float(believed @ now[:, place]),
        )
        for place, state in enumerate(members)
    ]
    leavers.sort(key=lambda found: found.surplus.value)
    worth = estimate(float(surplus.sum()), surplus_draws.sum(axis=1), level)
    joined, left = _afterwards(region, group, year, invitations, leavers)
    return WhoNext(
        group=group,
        region=region.name,
        interest=purpose,
        year=year,
        members=members,
        unmeasured=tuple(state for state in everyone if state not in members),
        worth=worth,
        invitations=tuple(invitations),
        leavers=tuple(leavers),
        joined=joined,
        left=left,
        fitted_until=calibrated.year,
        draws=len(drawn),
        level=level,
    )


def _find(calibrated: Calibrated, group: str) -> tuple[Region, ObservedGroup]:
    for region in calibrated.regions.values():
        for record in region.groups:
            if record.name == group:
                return region, record
    known = [record.name for region in calibrated.regions.values() for record in region.groups]
    close = get_close_matches(str(group), known, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"no group {group!r} is coded for an interest of {', '.join(calibrated.regions)}{hint}")


def _candidates(
    region: Region, purpose: str, group: str, members: Iterable[str], asked: Iterable[str] | None
) -> tuple[str, ...]:
    eligible = [region.states[i] for i in region.eligible(purpose)]
    inside = set(members)
    if asked is None:
        found = tuple(state for state in eligible if state not in inside)
    else:
        found = tuple(dict.fromkeys(asked))
        region.indices(found)
        for state in found:
            if state in inside:
                raise CoalitionError(f"{state} is a member of {group} already; name states outside it")
            if state not in eligible:
                raise CoalitionError(f"{state} is a challenger of {purpose}; it cannot be invited")
    if not found:
        raise CoalitionError(f"nobody is left to invite to {group} for {purpose}")
    return found


def _afterwards(
    region: Region, group: str, year: int, invitations: list[Invitation], leavers: list[Leaver]
) -> tuple[tuple[Joined, ...], tuple[Left, ...]]:
    places = {found.state: place for place, found in enumerate(invitations, 1)}
    by_theory = sorted(invitations, key=lambda found: -found.theory)
    theory_places = {found.state: place for place, found in enumerate(by_theory, 1)}
    leaving = {found.state: place for place, found in enumerate(leavers, 1)}
    joined, left = [], []
    for when, state, event in region.panel.events.get(group, ()):
        if when > year:
            if event == "join":
                joined.append(Joined(state, when, places.get(state, 0), theory_places.get(state, 0)))
            else:
                left.append(Left(state, when, event, leaving.get(state, 0)))
    return tuple(joined), tuple(left)
