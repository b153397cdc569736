"""Groups that formed for a region's interests, and what calibration needs of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from models.panel import Group, Panel, nearest
from models.theatre import Interest

__all__ = ["Choice", "ChoiceData", "ObservedGroup", "observed_groups"]


@dataclass(frozen=True)
class ObservedGroup:
    """A group that formed for one of the region's interests, with the states that founded it."""

    name: str
    founders: tuple[str, ...]
    start: int
    end: int | None
    interest: str
    objective: str
    challengers: tuple[str, ...]
    orientation: str
    kind: str
    basis: str  # how its interest was coded: benchmark, objective or analyst


@dataclass(frozen=True)
class Choice:
    """What calibration needs of one observed group."""

    name: str
    members: tuple[int, ...]  # indices into the pool
    context: tuple[str, int]  # interest, and the year its figures may be dated by
    family: str  # groups of the same founders share one: they are not independent
    start: int


@dataclass(frozen=True)
class ChoiceData:
    """Observed groups to fit, and those left out with the reason."""

    choices: tuple[Choice, ...]
    excluded: tuple[tuple[str, str], ...]


def observed_groups(
    panel: Panel, interests: Iterable[Interest], coded: Mapping[str, str] | None = None
) -> tuple[ObservedGroup, ...]:
    """Collect the groups coded for any of these interests.

    Parameters
    ----------
    panel : Panel
    interests : iterable of Interest
    coded : mapping of group to interest, optional
        Codes of your own, which go before those of the panel.

    Returns
    -------
    tuple of ObservedGroup
        In the order of the panel.

    Raises
    ------
    ValueError
        A code names a group or interest that is not there.

    Examples
    --------
    >>> from models.panel import load_panel
    >>> from models.theatre import interests_of
    >>> len(observed_groups(load_panel(), interests_of(load_panel(), "asia_pacific")))
    42
    """
    known = {interest.id for interest in interests}
    own = dict(coded or {})
    for name, interest in own.items():
        panel.group(name)
        if interest not in known:
            raise ValueError(
                f"group {name!r} is coded for {interest!r}, which is no interest here{nearest(interest, known)}"
            )
    found = (replace(g, interest=own[g.name], interest_basis="analyst") if g.name in own else g for g in panel.groups)
    return tuple(_observed(panel, group) for group in found if group.interest in known)


def _observed(panel: Panel, group: Group) -> ObservedGroup:
    return ObservedGroup(
        name=group.name,
        founders=panel.founders(group),
        start=group.start,
        end=group.end,
        interest=group.interest,
        objective=group.objective,
        challengers=group.challengers,
        orientation=group.orientation,
        kind=group.kind,
        basis=group.interest_basis,
    )
