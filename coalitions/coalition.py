"""Players and bitmasks: the vocabulary of every other module.

Inside the library a coalition is an ``int`` whose bit i is set when ``players[i]`` is a member, and a table of
worths is in the order of these integers. At every public boundary it is a tuple of labels in player order.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import CoalitionError

Label: TypeAlias = Hashable
"""A player's name: any hashable, in practice a string such as ``'AUS'``."""

Worths: TypeAlias = NDArray[np.float64]
"""Shape (2**n,): ``worths[mask]`` is the worth of the players whose bits are set; ``worths[0] == 0``."""

Masks: TypeAlias = NDArray[np.int64]
"""Coalitions as bitmasks, one an entry."""


def as_players(labels: Iterable[Label]) -> tuple[Label, ...]:
    """Make a tuple of distinct player labels.

    Parameters
    ----------
    labels : iterable of hashable
        A string gives its letters: ``"ABC"`` is three players.

    Returns
    -------
    tuple

    Raises
    ------
    CoalitionError
        No label, an unhashable one, or one that is there twice.

    Examples
    --------
    >>> as_players(["AUS", "JPN"])
    ('AUS', 'JPN')
    """
    players = tuple(labels)
    if not players:
        raise CoalitionError("no players: a game needs at least one")
    seen: set[Label] = set()
    for player in players:
        try:
            double = player in seen
        except TypeError:
            raise CoalitionError(f"player {player!r} is not hashable; use a string or a number") from None
        if double:
            raise CoalitionError(f"player {player!r} is there twice")
        seen.add(player)
    return players


def unknown_label(label: object, players: Sequence[Label], kind: str = "player") -> CoalitionError:
    """Word the error for a label that is not a player, with the nearest one that is.

    Parameters
    ----------
    label : object
    players : sequence of labels
    kind : str
        What the label should have been.

    Returns
    -------
    CoalitionError
        To be raised by the caller.

    Examples
    --------
    >>> str(unknown_label("AUZ", ("AUS", "JPN")))
    "unknown player 'AUZ'; did you mean 'AUS'?"
    """
    import difflib

    names = {str(player): player for player in players}
    near = difflib.get_close_matches(str(label), names, n=1, cutoff=0.5)
    if near:
        return CoalitionError(f"unknown {kind} {label!r}; did you mean {names[near[0]]!r}?")
    shown = ", ".join(repr(player) for player in players[:12]) + (", ..." if len(players) > 12 else "")
    return CoalitionError(f"unknown {kind} {label!r}; there are {shown}")


def mask_of(coalition: Any, players: Sequence[Label]) -> int:
    """Turn labels into a bitmask.

    Parameters
    ----------
    coalition : label or iterable of labels
        A label that is itself a player stands for that player alone; ``()`` is the empty coalition.
    players : sequence of labels

    Returns
    -------
    int

    Raises
    ------
    CoalitionError
        A label is unknown or is named twice.

    Examples
    --------
    >>> mask_of(("JPN", "AUS"), ("AUS", "JPN", "USA"))
    3
    """
    index = {player: i for i, player in enumerate(players)}
    try:
        if coalition in index:
            return 1 << index[coalition]
    except TypeError:
        pass  # a list or a set of labels is not hashable, and not a label
    if isinstance(coalition, str | bytes) or not isinstance(coalition, Iterable):
        raise unknown_label(coalition, players)
    mask = 0
    for label in coalition:
        try:
            bit = 1 << index[label]
        except (KeyError, TypeError):
            raise unknown_label(label, players) from None
        if mask & bit:
            raise CoalitionError(f"player {label!r} is named twice in {tuple(coalition)!r}")
        mask |= bit
    return mask


def labels_of(mask: int, players: Sequence[Label]) -> tuple[Label, ...]:
    """Turn a bitmask into labels in player order.

    Parameters
    ----------
    mask : int
    players : sequence of labels

    Returns
    -------
    tuple of labels

    Examples
    --------
    >>> labels_of(5, ("AUS", "JPN", "USA"))
    ('AUS', 'USA')
    """
    return tuple(player for i, player in enumerate(players) if mask >> i & 1)


def members_of(mask: int) -> list[int]:
    """List the positions of the set bits, lowest first.

    Parameters
    ----------
    mask : int

    Returns
    -------
    list of int

    Examples
    --------
    >>> members_of(5)
    [0, 2]
    """
    return [i for i in range(int(mask).bit_length()) if mask >> i & 1]


def coalition_sizes(n: int) -> NDArray[np.uint8]:
    """Count the members of every coalition of n players, in bitmask order.

    Parameters
    ----------
    n : int

    Returns
    -------
    ndarray of uint8, shape (2**n,)

    Examples
    --------
    >>> coalition_sizes(2)
    array([0, 1, 1, 2], dtype=uint8)
    """
    sizes = np.zeros(1 << n, np.uint8)
    for i in range(n):
        np.add(sizes[: 1 << i], 1, out=sizes[1 << i : 2 << i])
    return sizes


def subset_sums(payoffs: Sequence[Any] | NDArray[Any]) -> NDArray[Any]:
    """Sum the payoffs of the members of every coalition, in bitmask order.

    Parameters
    ----------
    payoffs : sequence of n numbers
        Floats, or exact numbers in an object array: the sums are of the same kind.

    Returns
    -------
    ndarray, shape (2**n,)

    Notes
    -----
    One addition a coalition, by doubling.

    Examples
    --------
    >>> subset_sums([1.0, 2.0])
    array([0., 1., 2., 3.])
    """
    x = np.asarray(payoffs)
    n = len(x)
    sums = np.zeros(1 << n, x.dtype if x.dtype == object else np.float64)
    for i in range(n):
        np.add(sums[: 1 << i], x[i], out=sums[1 << i : 2 << i])
    return sums


def submasks(mask: int) -> Iterator[int]:
    """Walk through all subsets of a coalition, largest integer first, the empty one last.

    Parameters
    ----------
    mask : int

    Yields
    ------
    int

    Examples
    --------
    >>> list(submasks(0b101))
    [5, 4, 1, 0]
    """
    sub = mask
    while True:
        yield sub
        if not sub:
            return
        sub = (sub - 1) & mask


def lexicographic_masks(n: int) -> Masks:
    """List the coalitions by size, and within a size lexicographically by their members; without the empty one.

    The order of worths in R's CoopGame and in TUGlab: {1}, {2}, ..., {1, 2}, {1, 3}, ..., N.

    Parameters
    ----------
    n : int

    Returns
    -------
    ndarray of int64, shape (2**n - 1,)
        Bitmasks.

    Examples
    --------
    >>> lexicographic_masks(3).tolist()
    [1, 2, 4, 3, 5, 6, 7]
    """
    masks = np.arange(1, 1 << n)
    mirrored = np.zeros(len(masks), np.int64)  # the first member in the highest bit
    for i in range(n):
        mirrored |= (masks >> i & 1) << (n - 1 - i)
    return masks[np.lexsort((-mirrored, coalition_sizes(n)[1:]))]


def as_partition(blocks: Iterable[Iterable[Label]], players: Sequence[Label]) -> list[int]:
    """Check that blocks are a partition of the players and give their bitmasks.

    Parameters
    ----------
    blocks : iterable of iterables of labels
    players : sequence of labels

    Returns
    -------
    list of int
        In the order given.

    Raises
    ------
    CoalitionError
        A block is empty, a player is in two blocks or in none.

    Examples
    --------
    >>> as_partition([["JPN"], ["AUS", "USA"]], ("AUS", "JPN", "USA"))
    [2, 5]
    """
    masks = [mask_of(block, players) for block in blocks]
    seen = 0
    for mask in masks:
        if not mask:
            raise CoalitionError("a block is empty")
        if mask & seen:
            raise CoalitionError(f"{labels_of(mask & seen, players)!r} are in two blocks")
        seen |= mask
    missing = ((1 << len(players)) - 1) ^ seen
    if missing:
        raise CoalitionError(f"{labels_of(missing, players)!r} are in no block")
    return masks
