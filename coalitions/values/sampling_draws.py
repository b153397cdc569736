"""What all ways to draw coalitions share: units of draws, what is read from them, and how subsets are drawn.

A method hands out its draws unit by unit in a fixed order, each from a generator keyed by the seed and the number of
the unit, so that who evaluates a unit, and when, cannot matter. It reads the worths back as one array.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Membership = NDArray[np.bool_]
"""Shape (m, n): a row a coalition, True for its members."""

_BLOCK = 8192
SMALLEST_UNIT = 32
LARGEST_UNIT = 1024


class Unit(NamedTuple):
    """Draws that are evaluated together.

    Attributes
    ----------
    draws : ndarray of unsigned integers, shape (m, ...)
        A row a draw, in the method's own coding.
    exhausts : int
        The size whose coalitions they list, or 0 where they were drawn at random.
    """

    draws: NDArray[np.unsignedinteger]
    exhausts: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Summary:
    """What the worths seen so far say: payoffs, the covariance of their errors, and its degrees of freedom.

    Attributes
    ----------
    payoffs : ndarray of float64, shape (n,)
    covariance : ndarray of float64, shape (n, n)
        Of the errors of the payoffs.
    degrees : float
        Degrees of freedom of that covariance; inf where nothing was drawn at random.
    """

    payoffs: Floats
    covariance: Floats
    degrees: float


class Method(Protocol):
    """A way to draw coalitions: ``cost`` worths a draw, ``least`` worths before anything can be said.

    Where the payoffs are means of independent votes, one a draw, ``spread`` is the largest less the smallest vote that
    worths from 0 to 1 can give; otherwise it is None.
    """

    cost: int
    least: int
    spread: float | None

    def units(self, seed: int) -> Iterator[Unit]:
        """Give the draws in order; ends where every coalition that matters has been listed.

        Parameters
        ----------
        seed : int

        Yields
        ------
        Unit
        """

    def rows(self, draws: NDArray[np.unsignedinteger]) -> Membership:
        """Give the coalitions to evaluate, ``cost`` for every draw, draw by draw.

        Parameters
        ----------
        draws : ndarray of unsigned integers, shape (m, ...)
            A unit's.

        Returns
        -------
        ndarray of bool, shape (m * cost, n)
        """

    def summarise(self, units: Sequence[Unit], worths: Floats, grand: float) -> Summary | None:
        """Read payoffs from worths of shape (draws, cost); None where they are too few.

        Parameters
        ----------
        units : sequence of Unit
        worths : ndarray of float64, shape (draws, cost)
            Of the rows of all units, in order.
        grand : float
            v(N).

        Returns
        -------
        Summary or None
        """


def keyed_generator(seed: int, number: int) -> np.random.Generator:
    """Give the generator of one unit: a counter-based stream that depends on the seed and the number alone.

    Parameters
    ----------
    seed, number : int

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(number,))))


def unit_size(number: int, cost: int) -> int:
    """Give the number of draws in a unit: small at first, so that small budgets split well over workers.

    Parameters
    ----------
    number : int
        Of the unit.
    cost : int
        Worths asked for by one draw.

    Returns
    -------
    int
        At least 1.
    """
    return max(1, min(LARGEST_UNIT, SMALLEST_UNIT * (1 + number // 16)) // cost)


def subsets_of_size(generator: np.random.Generator, n: int, sizes: NDArray[np.int64]) -> Membership:
    """Draw one subset of n players uniformly for every size given.

    Parameters
    ----------
    generator : numpy.random.Generator
    n : int
    sizes : ndarray of int64, shape (m,)

    Returns
    -------
    ndarray of bool, shape (m, n)
    """
    order = generator.permuted(np.tile(np.arange(n), (len(sizes), 1)), axis=1)
    return np.asarray(order < sizes[:, None])


def paired(members: Membership) -> Membership:
    """Put every coalition before its complement, shape (2 m, n).

    Parameters
    ----------
    members : ndarray of bool, shape (m, n)

    Returns
    -------
    ndarray of bool
    """
    return np.stack((members, ~members), axis=1).reshape(-1, members.shape[1])


def unpacked(packed: NDArray[np.unsignedinteger], n: int) -> Membership:
    """Undo ``np.packbits``.

    Parameters
    ----------
    packed : ndarray of unsigned integers, one row a coalition
    n : int

    Returns
    -------
    ndarray of bool, shape (m, n)
    """
    return np.unpackbits(packed.view(np.uint8), axis=1, count=n).astype(bool)


def numbered_blocks(packed: NDArray[np.unsignedinteger], n: int) -> Iterator[tuple[int, Membership]]:
    """Unpack coalitions some thousands at a time.

    Parameters
    ----------
    packed : ndarray of unsigned integers, one row a coalition
    n : int

    Yields
    ------
    tuple of int and ndarray of bool
        The number of the first row, and the rows.
    """
    for start in range(0, len(packed), _BLOCK):
        yield start, unpacked(packed[start : start + _BLOCK], n)


def first_units(units: Sequence[Unit], count: int) -> list[Unit]:
    """Keep the first draws only.

    Parameters
    ----------
    units : sequence of Unit
    count : int
        Draws to keep.

    Returns
    -------
    list of Unit
    """
    kept = []
    for unit in units:
        if count <= 0:
            break
        kept.append(Unit(unit.draws[:count], unit.exhausts))
        count -= len(unit.draws)
    return kept
