"""Players who are alike: structures by counting how many of each kind a coalition holds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 16


def interchangeable_players(worths: NDArray[Any]) -> list[list[int]]:
    """Sort the players into classes whose members can be exchanged without changing any worth.

    Parameters
    ----------
    worths : ndarray, shape (2**n,)
        In bitmask order.

    Returns
    -------
    list of list of int
        Positions, by class; players without a like are alone.

    Notes
    -----
    Being interchangeable is transitive, so each player is compared with one of each class. A comparison ends at the
    first block of worths that differ; where all players are alike it reads n quarters of the table.

    Examples
    --------
    >>> interchangeable_players(np.array([0, 0, 0, 1, 0, 0, 0, 1]))
    [[0, 1], [2]]
    """
    n = len(worths).bit_length() - 1
    classes: list[list[int]] = []
    for player in range(n):
        for alike in classes:
            if _exchangeable(worths, alike[0], player):
                alike.append(player)
                break
        else:
            classes.append([player])
    return classes


def _exchangeable(worths: NDArray[Any], low: int, high: int) -> bool:
    if worths[1 << low] != worths[1 << high]:
        return False
    table = worths.reshape(-1, 2, 1 << (high - low - 1), 2, 1 << low)
    ours, theirs = table[:, 1, :, 0, :], table[:, 0, :, 1, :]
    rows = max(1, _BLOCK // (ours.shape[1] * ours.shape[2]))
    return all(
        np.array_equal(ours[start : start + rows], theirs[start : start + rows]) for start in range(0, len(ours), rows)
    )


def worths_by_count(worths: NDArray[Any], classes: Sequence[Sequence[int]]) -> NDArray[Any]:
    """Read the worth of every combination of counts off the table.

    Parameters
    ----------
    worths : ndarray, shape (2**n,)
    classes : sequence of sequences of int
        Of interchangeable players.

    Returns
    -------
    ndarray, shape (len(class) + 1, ...)
        One axis a class.
    """
    masks = np.zeros((), np.int64)
    for alike in classes:
        first = np.cumsum([0, *(1 << player for player in alike)])
        masks = np.add.outer(masks, first)
    counted: NDArray[Any] = worths[masks]
    return counted


def best_by_count(
    counted: NDArray[Any], classes: Sequence[Sequence[int]], counts: Sequence[int] | None = None
) -> list[int] | None:
    """Find an optimal structure by dynamic programming over how many of each class are left.

    Parameters
    ----------
    counted : ndarray of numbers
        The worth for each combination of counts; floats, or exact numbers in an object array.
    classes : sequence of sequences of int
    counts : sequence of int, optional
        How many coalitions there may be; any number by default.

    Returns
    -------
    list of int, or None
        The coalitions as bitmasks (Python integers, any number of players); None where none of the counts is
        possible.

    Notes
    -----
    With s = product of (class size + 1) states: s**2 / 2**(number of classes) steps for each count up to the largest,
    vectorised; 14,641 states (four classes of ten) take seconds.

    Examples
    --------
    >>> best_by_count(np.array([0, 1, 5, 5]), [[0, 1, 2]])
    [4, 3]
    """
    shape = counted.shape
    states = list(product(*map(range, shape)))[1:]
    layers = [None] if counts is None else list(range(1, max(counts) + 1))
    impossible = -np.inf
    start = np.full(shape, impossible, object if counted.dtype == object else np.float64)
    start[(0,) * len(shape)] = 0
    before, picks = start, []
    for layer in layers:
        best = start.copy() if layer is None else np.full_like(start, impossible)
        source = best if layer is None else before
        pick = np.full(shape, -1, np.int64)
        for state in states:
            block = counted[tuple(slice(0, k + 1) for k in state)]
            rest = source[tuple(slice(k, None, -1) for k in state)]
            values = (block + rest).ravel()
            values[0] = impossible
            pick[state] = at = int(np.argmax(values))
            best[state] = values[at]
        picks.append((best, pick))
        before = best
    full = tuple(size - 1 for size in shape)
    if counts is None:
        return _blocks(classes, full, [picks[0][1]] * (prod(shape) + 1))
    reached = {count: picks[count - 1][0][full] for count in counts}
    chosen = max(reached, key=lambda count: reached[count])
    if reached[chosen] == impossible:
        return None
    return _blocks(classes, full, [picks[layer][1] for layer in range(chosen)])


def _blocks(classes: Sequence[Sequence[int]], state: tuple[int, ...], picks: list[NDArray[np.int64]]) -> list[int]:
    """Walk back through the choices and hand out the players of each class, highest position last."""
    blocks = []
    while any(state):
        within = tuple(k + 1 for k in state)
        taken = np.unravel_index(int(picks.pop()[state]), within)
        mask = 0
        for alike, left, number in zip(classes, state, taken, strict=True):
            for player in alike[left - int(number) : left]:
                mask |= 1 << player
        blocks.append(mask)
        state = tuple(left - int(number) for left, number in zip(state, taken, strict=True))
    return blocks
