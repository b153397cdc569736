"""Which coalitions may stand in a structure: sizes, who belongs together or apart, who can talk to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, Masks, Worths, labels_of, mask_of, members_of
from coalitions.errors import CoalitionError
from coalitions.families.communication import as_links
from coalitions.memory import require_memory

BARRED = -1e30
"""What a coalition that may not form is worth, in units of the largest worth."""

_BLOCK = 1 << 18

Test: TypeAlias = Callable[[Masks], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Rule:
    """One constraint on the coalitions of a structure.

    Attributes
    ----------
    name : str
        In words, for the message when it contradicts others.
    allows : callable
        From bitmasks, shape (m,), to whether each may form.
    """

    name: str
    allows: Test


def make_rules(
    players: tuple[Label, ...],
    *,
    sizes: Iterable[int] | None = None,
    allowed: Any = None,
    forbidden: Iterable[Iterable[Label]] = (),
    together: Iterable[Iterable[Label]] = (),
    apart: Iterable[Iterable[Label]] = (),
    positive: Iterable[Iterable[Label]] = (),
    negative: Iterable[Iterable[Label]] = (),
    graph: Any = None,
) -> list[Rule]:
    """Check the constraints on single coalitions and put them in terms of bitmasks.

    Parameters
    ----------
    players : tuple of n labels
    sizes, allowed, forbidden, together, apart, positive, negative, graph
        As for ``optimal_structure``.

    Returns
    -------
    list of Rule

    Raises
    ------
    CoalitionError
        An unknown label, a size no coalition can have, a group of fewer than two players that should be together or
        apart, a table of the wrong shape.

    Examples
    --------
    >>> rules = make_rules(("A", "B", "C"), sizes=[1, 2], apart=[("A", "B")])
    >>> [rule.name for rule in rules]
    ['coalitions have 1 or 2 members', 'A and B are apart']
    """
    rules = []
    n = len(players)
    if sizes is not None:
        rules.append(_size_rule(sizes, n))
    if allowed is not None:
        rules.append(_listed_rule(allowed, players))
    barred = np.unique(np.array([mask_of(coalition, players) for coalition in forbidden], np.int64))
    if len(barred):
        shown = ", ".join(_names(mask, players) for mask in barred[:3].tolist()) + ", ..." * (len(barred) > 3)
        rules.append(Rule(f"forbidden coalitions ({shown}) do not form", lambda masks: ~np.isin(masks, barred)))
    for group in together:
        mask = _group(group, players, "together")
        rules.append(Rule(f"{_names(mask, players, ' and ')} are together", _all_or_none_of(mask)))
    for group in apart:
        members = members_of(_group(group, players, "apart"))
        for at, i in enumerate(members):
            for j in members[at + 1 :]:
                pair = 1 << i | 1 << j
                rules.append(Rule(f"{_names(pair, players, ' and ')} are apart", _not_all_of(pair)))
    wanted = [mask_of(group, players) for group in positive]
    if wanted:
        shown = ", or ".join(_names(mask, players) for mask in wanted)
        rules.append(Rule(f"every coalition holds {shown}", _any_of(wanted)))
    for group in negative:
        mask = mask_of(group, players)
        rules.append(Rule(f"no coalition holds all of {_names(mask, players)}", _not_all_of(mask)))
    if graph is not None:
        near = np.zeros(n, np.int64)
        for i, j in as_links(graph, players):
            near[i] |= 1 << j
            near[j] |= 1 << i
        rules.append(Rule("coalitions are connected in the graph", _connected_in(near)))
    return rules


def make_counts(count: int | Iterable[int] | None, n: int) -> tuple[int, ...] | None:
    """Check how many coalitions there may be.

    Parameters
    ----------
    count : int or iterable of int, optional
    n : int

    Returns
    -------
    tuple of int, or None
        Increasing.

    Raises
    ------
    CoalitionError
        Nothing between 1 and n.

    Examples
    --------
    >>> make_counts(range(2, 4), 5)
    (2, 3)
    """
    if count is None:
        return None
    given = sorted({count} if isinstance(count, int | np.integer) else set(count))
    if not given or any(k != int(k) or not 1 <= k <= n for k in given):
        raise CoalitionError(f"count is {count!r}; {n} players make 1 to {n} coalitions")
    return tuple(int(k) for k in given)


def barred_worths(worths: Worths, rules: Sequence[Rule], scale: float) -> tuple[Worths, int]:
    """Copy a table of worths with those of the coalitions that may not form far below all others.

    Parameters
    ----------
    worths : ndarray of float64, shape (2**n,)
    rules : sequence of Rule
    scale : float
        The largest absolute worth.

    Returns
    -------
    worths : ndarray of float64
    count : int
        How many coalitions may form.
    """
    require_memory(worths.nbytes, "a copy of the table for the constraints", "use fewer players or no constraints")
    table = worths.copy()
    count = 0
    for start in range(0, len(table), _BLOCK):
        masks = np.arange(start, min(start + _BLOCK, len(table)))
        may = np.ones(len(masks), np.bool_)
        for rule in rules:
            may &= rule.allows(masks)
        if start == 0:
            may[0] = True  # nobody: never part of a structure
        table[masks[~may]] = BARRED * scale
        count += int(may.sum())
    return table, count - 1


def _size_rule(sizes: Iterable[int], n: int) -> Rule:
    try:
        given = sorted(set(sizes))
    except TypeError:
        raise CoalitionError(f"sizes is {sizes!r}; give the sizes allowed, such as range(1, {n + 1})") from None
    if not given or any(size != int(size) or not 1 <= size <= n for size in given):
        raise CoalitionError(f"sizes are {given}; coalitions of {n} players have 1 to {n} members")
    has = np.zeros(n + 1, np.bool_)
    has[given] = True

    def allows(masks: Masks) -> NDArray[np.bool_]:
        size = np.zeros(len(masks), np.int64)
        for i in range(n):
            size += masks >> i & 1
        found: NDArray[np.bool_] = has[size]
        return found

    shown = f"{given[0]} to {given[-1]}" if len(given) > 2 and given[-1] - given[0] == len(given) - 1 else None
    return Rule(f"coalitions have {shown or ' or '.join(map(str, given))} members", allows)


def _listed_rule(allowed: Any, players: tuple[Label, ...]) -> Rule:
    if isinstance(allowed, np.ndarray) and allowed.dtype == np.bool_:
        if allowed.shape != (1 << len(players),):
            raise CoalitionError(
                f"allowed has shape {allowed.shape}; {len(players)} players have {1 << len(players)} coalitions"
            )
        return Rule("only the allowed coalitions may form", lambda masks: allowed[masks])
    listed = np.unique(np.array([mask_of(coalition, players) for coalition in allowed], np.int64))
    if not len(listed):
        raise CoalitionError("no coalition is allowed")
    return Rule("only the allowed coalitions may form", lambda masks: np.isin(masks, listed))


def _group(group: Iterable[Label], players: tuple[Label, ...], what: str) -> int:
    members = tuple(group)
    mask = mask_of(members, players)
    if mask.bit_count() < 2:
        raise CoalitionError(f"players who are {what} are two or more; {members!r} is not")
    return mask


def _names(mask: int, players: tuple[Label, ...], between: str = " ") -> str:
    return between.join(map(str, labels_of(mask, players)))


def _not_all_of(mask: int) -> Test:
    return lambda masks: masks & mask != mask


def _all_or_none_of(mask: int) -> Test:
    return lambda masks: (masks & mask == mask) | (masks & mask == 0)


def _any_of(wanted: Sequence[int]) -> Test:
    def allows(masks: Masks) -> NDArray[np.bool_]:
        found = np.zeros(len(masks), np.bool_)
        for mask in wanted:
            found |= masks & mask == mask
        return found

    return allows


def _connected_in(near: NDArray[np.int64]) -> Test:
    def allows(masks: Masks) -> NDArray[np.bool_]:
        from coalitions._kernels import connected

        found = np.empty(len(masks), np.bool_)
        connected(near, masks, found)
        return found

    return allows
