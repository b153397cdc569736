"""All partitions of the players and the worths of their coalitions, laid out as arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import CoalitionError, WorthError
from coalitions.families.partition import Partition, PartitionFunctionGame, partitions
from coalitions.memory import require_memory
from coalitions.structures.stable_search import growth_strings
from coalitions.tolerance import tolerance_of
from coalitions.worths import FLOAT_INTEGERS, integer_worths


@dataclass(frozen=True, kw_only=True, eq=False)
class PartitionTable:
    """All partitions, and numbers for their coalitions, as arrays.

    Attributes
    ----------
    strings : ndarray of int8, shape (m, n)
        The partitions as restricted growth strings, in lexicographic order.
    worths : ndarray of float64, shape (m, n)
        Of the coalitions of each, in the order of their first members; 0 beyond them.
    completions : ndarray of int64, shape (n, n + 1)
        In how many ways r more players can be added to k coalitions.
    unit : int
        What the worths have been multiplied by to make them integers; 1 for floats.
    tolerance : float
        In the unit of the table; 0 where its numbers are exact.
    """

    strings: NDArray[np.int8]
    worths: NDArray[np.float64]
    completions: NDArray[np.int64]
    unit: int
    tolerance: float

    @classmethod
    def of(cls, game: PartitionFunctionGame, *, share: bool = False) -> PartitionTable:
        """Lay a partition function out.

        Parameters
        ----------
        game : PartitionFunctionGame
        share : bool
            Whether the worths are to be those of one member, who all get the same.

        Returns
        -------
        PartitionTable
        """
        require_externalities(game)
        n = game.n
        numbers: list[Any] = []
        sizes: list[int] = []
        counts = []
        for partition in partitions(n):
            numbers.extend(game.worths[partition])
            sizes.extend(block.bit_count() for block in partition)
            counts.append(len(partition))
        flat, unit, tolerance = comparable(numbers, math.lcm(*range(1, n + 1)) if share else 1)
        if share:
            flat = flat / np.array(sizes)
        require_memory(18 * n * len(counts), f"the partitions of {n} players", "use fewer players")
        worths = np.zeros((len(counts), n))
        worths[np.arange(n) < np.array(counts)[:, None]] = flat
        return cls(strings=growth_strings(n), worths=worths, completions=completions(n), unit=unit, tolerance=tolerance)

    def blocks(self, at: int) -> Partition:
        """Give a partition by its place.

        Parameters
        ----------
        at : int

        Returns
        -------
        tuple of int
            Bitmasks in the order of first members.
        """
        return blocks_of(self.strings[at].tolist())


def comparable(numbers: Sequence[Any], factor: int = 1) -> tuple[NDArray[np.float64], int, float]:
    """Give numbers as floats that compare as they do: exact ones as integers, multiplied by their denominator.

    Parameters
    ----------
    numbers : sequence of numbers
    factor : int
        Multiplies exact numbers too, so that they can be divided later.

    Returns
    -------
    numbers : ndarray of float64
    unit : int
        What they have been multiplied by; 1 for floats.
    tolerance : float
        Of the numbers given back; 0 where they are exact.

    Raises
    ------
    WorthError
        Symbols and roots, or a common denominator that makes integers beyond 2**53.

    Examples
    --------
    >>> from fractions import Fraction
    >>> comparable([Fraction(1, 2), 2])
    (array([1., 4.]), 2, 0.0)
    """
    if any(isinstance(number, float | np.floating) for number in numbers):
        floats = np.array(numbers, np.float64)
        return floats, 1, tolerance_of(floats)
    scaled = integer_worths(numbers)
    if scaled is None:
        odd = next(number for number in numbers if integer_worths([number]) is None)
        raise WorthError(f"the worth {odd} is no rational number: worths are compared, so give numbers")
    integers, denominator = scaled
    if max(map(abs, integers)) * factor >= FLOAT_INTEGERS:
        raise WorthError(
            f"exact worths of the common denominator {denominator} make integers beyond 2**53: make them floats"
        )
    return np.array(integers, np.float64) * factor, denominator * factor, 0.0


def blocks_of(string: Sequence[int]) -> Partition:
    """Give the coalitions of a restricted growth string.

    Parameters
    ----------
    string : sequence of int

    Returns
    -------
    tuple of int
        Bitmasks in the order of first members.

    Examples
    --------
    >>> blocks_of([0, 1, 0])
    (5, 2)
    """
    blocks = [0] * (max(string) + 1)
    for i, label in enumerate(string):
        blocks[label] |= 1 << i
    return tuple(blocks)


def in_order(blocks: Iterable[int]) -> Partition:
    """Sort the coalitions of a partition by their first members.

    Parameters
    ----------
    blocks : iterable of int
        Bitmasks.

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> in_order([2, 5])
    (5, 2)
    """
    return tuple(sorted(blocks, key=lambda block: block & -block))


def completions(n: int) -> NDArray[np.int64]:
    """Count the ways to add r more players to k coalitions.

    Parameters
    ----------
    n : int

    Returns
    -------
    ndarray of int64, shape (n, n + 1)
        Right where r + k <= n.

    Examples
    --------
    >>> completions(3)[2, 1]
    np.int64(5)
    """
    ways = np.ones((n, n + 1), np.int64)
    for r in range(1, n):
        ways[r, :-1] = np.arange(n) * ways[r - 1, :-1] + ways[r - 1, 1:]
    return ways


def require_externalities(game: Any) -> None:
    """Refuse what is no partition function.

    Parameters
    ----------
    game : PartitionFunctionGame

    Raises
    ------
    CoalitionError
    """
    if not isinstance(game, PartitionFunctionGame):
        raise CoalitionError(
            f"{type(game).__name__} is no PartitionFunctionGame; without externalities use core or optimal_structure"
        )


def short(number: Any) -> str:
    """Write a float in few digits and an exact number as it is.

    Parameters
    ----------
    number : number

    Returns
    -------
    str

    Examples
    --------
    >>> short(0.1 + 0.2)
    '0.3'
    """
    return f"{number:g}" if isinstance(number, float) else str(number)
