"""The minilaterals the tests count: who founded them, who was in when, which are of the same circle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.panel import Group, Panel

__all__ = ["REGIONS", "by_region", "families", "founded", "members_in", "membership_table", "minilaterals"]

REGIONS = {"asia_pacific": "Asia-Pacific", "middle_east": "Middle East", "europe": "Europe"}


def minilaterals(panel: Panel) -> tuple[Group, ...]:
    """List the groups of kind minilateral.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    tuple of Group
        In the order of the panel.

    Raises
    ------
    ValueError
        There is none.

    Examples
    --------
    >>> from models.panel import load_panel
    >>> len(minilaterals(load_panel()))
    133
    """
    found = tuple(group for group in panel.groups if group.kind == "minilateral")
    if not found:
        raise ValueError("the panel has no group of kind 'minilateral'; groups.csv gives each group's kind")
    return found


def founded(groups: Iterable[Group], first: int, last: int) -> list[Group]:
    """Keep the groups founded from one year to another, both counted.

    Parameters
    ----------
    groups : iterable of Group
    first, last : int
        Years.

    Returns
    -------
    list of Group
    """
    return [group for group in groups if first <= group.start <= last]


def by_region(groups: Sequence[Group]) -> dict[str, list[Group]]:
    """Sort groups into the three regions.

    Parameters
    ----------
    groups : sequence of Group
        Those across regions are left out.

    Returns
    -------
    dict of str to list of Group
        By the title of the region; without regions that have none.
    """
    sorted_groups = {title: [g for g in groups if g.region == region] for region, title in REGIONS.items()}
    return {title: found for title, found in sorted_groups.items() if found}


def families(panel: Panel, groups: Iterable[Group]) -> list[frozenset[str]]:
    """Give each group's founders as a set: groups of the same founders are not independent.

    Parameters
    ----------
    panel : Panel
    groups : iterable of Group

    Returns
    -------
    list of frozenset of str
        Codes, one set a group, in their order.
    """
    return [frozenset(panel.founders(group)) for group in groups]


def members_in(panel: Panel, group: Group, year: int) -> frozenset[str]:
    """Name the members of a group in a year, also one before the panel's first.

    Parameters
    ----------
    panel : Panel
    group : Group
    year : int
        The years of joining and of leaving count.

    Returns
    -------
    frozenset of str

    Examples
    --------
    >>> from models.panel import load_panel
    >>> panel = load_panel()
    >>> len(members_in(panel, panel.group("NATO"), 2003)), len(members_in(panel, panel.group("NATO"), 2004))
    (19, 26)
    """
    return frozenset(state for state, first, last in panel.spells(group) if first <= year <= last)


def membership_table(panel: Panel, groups: Sequence[Group]) -> tuple[NDArray[np.bool_], list[str]]:
    """Write who was ever a member as a table, groups by states.

    Parameters
    ----------
    panel : Panel
    groups : sequence of Group
        At least one.

    Returns
    -------
    table : bool array (groups, states)
    states : list of str
        Codes of all who were ever in one, in order.
    """
    ever = [{*group.members, *panel.founders(group)} for group in groups]
    states = sorted(set().union(*ever))
    return np.array([[state in members for state in states] for members in ever], dtype=bool), states
