"""What chance alone would give: random sets of a group's size, and random groups with the same margins."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from models.panel import Group, Panel

__all__ = ["MEASURES", "configuration", "percentiles", "random_sets"]

MEASURES = ("ideal_point", "kilometres", "gdp_usd", "polyarchy")
"""Mean distance of pairs in UN ideal points, kilometres between capitals, or electoral democracy; summed GDP."""

DRAWS = 999
SWAPS = 10
"""Swaps tried for each membership: after some five the chain has forgotten where it began."""


def random_sets(pool: int, size: int, draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw sets of distinct members, all equally likely.

    Parameters
    ----------
    pool, size, draws : int
        Members to draw from, members of a set, sets.
    rng : numpy.random.Generator

    Returns
    -------
    int array of shape (draws, size)

    Raises
    ------
    ValueError
        The pool is smaller than a set, or a number negative.

    Examples
    --------
    >>> random_sets(4, 4, 1, np.random.default_rng(0)).sum()
    np.int64(6)
    """
    if min(size, draws) < 0:
        raise ValueError(f"{draws} sets of {size}: neither can be negative")
    if size > pool:
        raise ValueError(f"sets of {size} cannot be drawn from {pool} states")
    return np.argsort(rng.random((draws, pool)), axis=1)[:, :size]


def percentiles(
    panel: Panel,
    groups: Sequence[Group],
    measure: str,
    rng: np.random.Generator,
    *,
    pool: Sequence[str] | None = None,
    without: Collection[str] = (),
    draws: int = DRAWS,
) -> NDArray[np.float64]:
    """Place each group's founders among random sets of their number, on figures of the year before founding.

    Parameters
    ----------
    panel : Panel
    groups : sequence of Group
        G groups, founded after the panel's first year.
    measure : str
        One of ``MEASURES``.
    rng : numpy.random.Generator
    pool : sequence of str, optional
        States random sets are drawn from, and founders measured; all of the panel by default.
    without : collection of str
        States left out of groups and random sets alike.
    draws : int
        Random sets for each size and year.

    Returns
    -------
    ndarray of shape (G,)
        0 to 100: percent of random sets that score lower, ties counting half; nan where fewer than two founders
        have a figure.

    Raises
    ------
    ValueError
        The measure is unknown, or a group was founded too early for figures of the year before.

    Notes
    -----
    Time O(G draws k^2) at worst; groups of the same size and year share their random sets.

    Examples
    --------
    >>> from models.panel import load_panel
    >>> panel = load_panel()
    >>> near = percentiles(panel, [panel.group("AUKUS")], "kilometres", np.random.default_rng(0))
    >>> bool(near[0] > 90)
    True
    """
    if measure not in MEASURES:
        from models.panel import nearest

        hint = nearest(str(measure), MEASURES) or f"; known: {', '.join(MEASURES)}"
        raise ValueError(f"no measure {measure!r}{hint}")
    states = [state for state in (panel.states if pool is None else pool) if state not in without]
    kilometres = panel.distance_km(states, states) if measure == "kilometres" else None
    figures: dict[int, NDArray[np.float64]] = {}
    chance: dict[tuple[int, int], NDArray[np.float64]] = {}
    found = np.full(len(groups), np.nan)
    for position, group in enumerate(groups):
        year = group.start - 1
        panel.check_year(year)
        if year not in figures:
            figures[year] = np.zeros(len(states)) if kilometres is not None else panel.vector(measure, states, year)
        have = np.flatnonzero(np.isfinite(figures[year]))
        founders = set(panel.founders(group))
        own = np.array([i for i in have if states[i] in founders], dtype=np.intp)
        if len(own) < 2:
            continue
        key = (year, len(own))
        if key not in chance:
            sets = have[random_sets(len(have), len(own), draws, rng)]
            chance[key] = _scores(sets, figures[year], kilometres, measure)
        score = _scores(own[None], figures[year], kilometres, measure)[0]
        # sums of the same figures in another order differ by rounding, and are ties
        slack = 1e-9 * max(abs(score), 1.0)
        lower, higher = (chance[key] < score - slack).mean(), (chance[key] > score + slack).mean()
        found[position] = 50 * (1 + lower - higher)
    return found


def configuration(
    table: NDArray[np.bool_], chains: int, rng: np.random.Generator, *, swaps: int = SWAPS
) -> NDArray[np.bool_]:
    """Draw membership tables at random that keep every state's number of groups and every group's size.

    Two memberships (group a, state i) and (group b, state j) become (a, j) and (b, i) where neither exists yet;
    otherwise nothing moves. Tried often enough, all tables with these margins are equally likely.

    Parameters
    ----------
    table : bool array of shape (groups, states)
    chains : int
        Tables to draw, each from a chain of its own that starts at ``table``.
    rng : numpy.random.Generator
    swaps : int
        Tried for each membership.

    Returns
    -------
    bool array of shape (chains, groups, states)

    Notes
    -----
    Time O(chains swaps memberships), memory O(chains groups states).

    References
    ----------
    .. [1] E. F. Connor and D. Simberloff (1979), The assembly of species communities: chance or competition?, Ecology
       60, 1132-1140.
    .. [2] A. R. Rao, R. Jana and S. Bandyopadhyay (1996), A Markov chain Monte Carlo method for generating random
       (0,1)-matrices with given marginals, Sankhya A 58, 225-242.

    Examples
    --------
    >>> table = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=bool)
    >>> drawn = configuration(table, 5, np.random.default_rng(0))
    >>> bool((drawn.sum(axis=1) == table.sum(axis=0)).all() and (drawn.sum(axis=2) == table.sum(axis=1)).all())
    True
    """
    of_group, of_state = np.nonzero(table)
    drawn = np.repeat(table[None], chains, axis=0)
    state = np.repeat(of_state[None], chains, axis=0)
    each, memberships = np.arange(chains), len(of_group)
    if memberships < 2:
        return drawn
    for _ in range(swaps * memberships):
        first, second = rng.integers(memberships, size=(2, chains))
        a, b, i, j = of_group[first], of_group[second], state[each, first], state[each, second]
        free = ~drawn[each, a, j] & ~drawn[each, b, i]
        at, a, b, i, j = each[free], a[free], b[free], i[free], j[free]
        drawn[at, a, i] = drawn[at, b, j] = False
        drawn[at, a, j] = drawn[at, b, i] = True
        state[at, first[free]], state[at, second[free]] = j, i
    return drawn


def _scores(
    sets: NDArray[np.intp], figures: NDArray[np.float64], kilometres: NDArray[np.float64] | None, measure: str
) -> NDArray[np.float64]:
    if measure == "gdp_usd":
        total: NDArray[np.float64] = figures[sets].sum(axis=1)
        return total
    if kilometres is None:
        values = figures[sets]
        apart = np.abs(values[:, :, None] - values[:, None, :])
    else:
        apart = kilometres[sets[:, :, None], sets[:, None, :]]
    size = sets.shape[1]
    mean: NDArray[np.float64] = apart.sum(axis=(1, 2)) / (size * (size - 1))
    return mean
