"""What the nucleolus family asks: whose excesses count, over which weights, and which payoffs are already fixed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, Masks, Worths, as_partition, coalition_sizes, labels_of, mask_of, members_of
from coalitions.errors import CoalitionError, WorthError
from coalitions.exact import PRIME, fractions_of
from coalitions.game import Game, as_game, float_worths
from coalitions.worths import integer_worths


class Span:
    """The coalitions whose payoff is fixed because it follows from settled ones, in exact arithmetic.

    Kept as integer vectors orthogonal to all of them: a coalition is in the span when it is orthogonal to each.

    Parameters
    ----------
    n : int
        Number of players.
    masks : iterable of int
        Coalitions in it from the start.
    """

    def __init__(self, n: int, masks: Iterable[int] = ()) -> None:
        self.n = n
        self.normals = [[int(i == j) for j in range(n)] for i in range(n)]
        for mask in masks:
            self.add(mask)

    @property
    def free(self) -> int:
        """In how many directions payoffs may still move."""
        return len(self.normals)

    def add(self, mask: int) -> bool:
        """Take a coalition in and say whether it was new.

        Parameters
        ----------
        mask : int

        Returns
        -------
        bool
        """
        dots = self.against(mask)
        lead = min((k for k, dot in enumerate(dots) if dot), key=lambda k: abs(dots[k]), default=None)
        if lead is None:
            return False
        own, dot = self.normals[lead], dots[lead]
        rest: list[list[int]] = []
        for k, z in enumerate(self.normals):
            if k != lead:
                rest.append(_coprime([dot * a - dots[k] * b for a, b in zip(z, own, strict=True)]) if dots[k] else z)
        self.normals = rest
        return True

    def against(self, mask: int) -> list[int]:
        """Multiply a coalition with every normal: all 0 when it is in the span.

        Parameters
        ----------
        mask : int

        Returns
        -------
        list of int
        """
        members = members_of(mask)
        return [sum([z[i] for i in members]) for z in self.normals]

    def copy(self) -> Span:
        """Give a span that grows on its own.

        Returns
        -------
        Span
        """
        own = Span(0)
        own.n, own.normals = self.n, list(self.normals)
        return own

    def holds(self, masks: Masks) -> NDArray[np.bool_]:
        """Say which coalitions lie in it; exact.

        Parameters
        ----------
        masks : ndarray of int64

        Returns
        -------
        ndarray of bool
        """
        if not self.normals:
            return np.ones(len(masks), np.bool_)
        bits = masks[:, None] >> np.arange(self.n) & 1
        large = max(sum(map(abs, z)) for z in self.normals) >> 62
        normals = np.array(self.normals, object if large else np.int64).T
        return np.asarray(~(bits.astype(normals.dtype) @ normals).astype(np.bool_).any(axis=1))

    def residues(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw a random combination of the normals modulo a prime of 61 bits.

        The residues of a coalition in the span sum to 0; those of another do so with probability 4e-19.

        Parameters
        ----------
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of int64, shape (n,)
        """
        factors = rng.integers(1, PRIME, len(self.normals)).tolist()
        sums = [sum(f * z[i] for f, z in zip(factors, self.normals, strict=True)) % PRIME for i in range(self.n)]
        return np.array(sums, np.int64)


def _coprime(row: list[int]) -> list[int]:
    divisor = math.gcd(*row)
    return [x // divisor for x in row] if divisor > 1 else row


@dataclass(frozen=True, eq=False)
class Weights:
    """What the excess of a coalition is divided by: a number by its size, or one of its own.

    Attributes
    ----------
    numbers : sequence of positive numbers
        By size from 0 to n, or by bitmask; exact ones stay so. The first, of the empty coalition, is never read.
    by_size : bool
    """

    numbers: Sequence[Any] | NDArray[Any]
    by_size: bool

    def exact(self, masks: Masks) -> list[Fraction]:
        """Give the weights of coalitions as rationals.

        Parameters
        ----------
        masks : ndarray of int64

        Returns
        -------
        list of Fraction
        """
        at = [mask.bit_count() for mask in masks.tolist()] if self.by_size else masks.tolist()
        known = fractions_of(self.numbers) if self.by_size else None
        return [known[k] for k in at] if known else fractions_of(self.numbers[k] for k in at)

    def inverse(self, n: int, low: int) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:
        """Lay out 1 / w(S), the largest scaled to 1, as the kernels read it.

        Parameters
        ----------
        n, low : int
            Players, and those of them that number the columns.

        Returns
        -------
        inverse : ndarray of float64, shape (kinds, 2**low)
        kind : ndarray of int64, shape (2**(n - low),)
            Which row of inverse belongs to a row of the table.
        unit : float
            What they were multiplied by: the least weight.
        """
        numbers = np.array(self.numbers, np.float64)
        unit = float(numbers[1:].min())
        numbers[0] = unit
        if self.by_size:
            sizes = np.arange(n - low + 1)[:, None] + coalition_sizes(low)
            return unit / numbers[sizes], coalition_sizes(n - low).astype(np.int64), unit
        np.divide(unit, numbers, out=numbers)
        return numbers.reshape(-1, 1 << low), np.arange(1 << (n - low)), unit


@dataclass(frozen=True, eq=False)
class Problem:
    """Which excesses are to be minimised lexicographically, and among which payoffs.

    Attributes
    ----------
    players : tuple of n labels
    worths : ndarray of float64, shape (2**n,)
    exact : ndarray of object, shape (2**n,), or None
        The worths where they are exact; None reads the floats as the binary fractions they are.
    weights : Weights
    fixed : tuple of int
        Coalitions paid their worth: N, or the blocks of a structure. Independent of each other.
    floors : bool
        Whether nobody gets less than alone.
    listed : ndarray of int64 or None
        The only coalitions that count; None for all.
    """

    players: tuple[Label, ...]
    worths: Worths
    exact: NDArray[Any] | None
    weights: Weights
    fixed: tuple[int, ...]
    floors: bool
    listed: Masks | None

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def worth(self, masks: Masks) -> list[Fraction]:
        """Give the worths of coalitions as rationals.

        Parameters
        ----------
        masks : ndarray of int64

        Returns
        -------
        list of Fraction
        """
        table = self.worths if self.exact is None else self.exact
        return fractions_of(table[masks].tolist())

    def undetermined(self, span: Span) -> CoalitionError:
        """Word the error that the coalitions listed leave payoffs open.

        Parameters
        ----------
        span : Span
            Of what is settled.

        Returns
        -------
        CoalitionError
            To be raised by the caller.
        """
        open_to = [player for i, player in enumerate(self.players) if any(z[i] for z in span.normals)]
        return CoalitionError(
            f"the coalitions listed do not determine the payoffs of {', '.join(map(repr, open_to))}: they can move in "
            f"{span.free} direction{'s' * (span.free > 1)} that no listed coalition holds back; list more of them, "
            "such as the single players and their complements"
        )


def problem_of(
    game: Any,
    *,
    floors: bool = False,
    structure: Iterable[Iterable[Label]] | None = None,
    coalitions: Iterable[Iterable[Label]] | None = None,
    weights: Any = None,
) -> Problem:
    """Check and translate what a public function was asked.

    Parameters
    ----------
    game : Game, or a representation of one
    floors : bool
        Whether nobody may get less than alone.
    structure : iterable of blocks, optional
        A partition of the players; N by default.
    coalitions : iterable of coalitions, optional
        Those that count; all by default.
    weights : callable of a size, or array_like of shape (2**n,), optional
        Positive; 1 by default.

    Returns
    -------
    Problem

    Raises
    ------
    CoalitionError
        Players, blocks or coalitions that do not fit.
    WorthError
        Symbolic worths, or weights that are not positive.
    """
    own = as_game(game)
    try:
        worths = float_worths(own)
    except OverflowError:
        raise WorthError("a worth is beyond 1e308; divide the game by a number that brings it below") from None
    exact = own.worths if own.is_exact and integer_worths(own.worths) is not None else None
    listed = None
    if coalitions is not None:
        given = [mask_of(coalition, own.players) for coalition in coalitions]
        listed = np.array(sorted({*given} - {0}), np.int64)
    return Problem(
        players=own.players,
        worths=worths,
        exact=exact,
        weights=_weights_of(weights, own),
        fixed=tuple(as_partition(structure, own.players)) if structure is not None else (len(worths) - 1,),
        floors=floors,
        listed=listed,
    )


def _weights_of(given: Any, game: Game) -> Weights:
    n = game.n
    if given is None:
        return Weights([1] * (n + 1), True)
    if callable(given):
        numbers: Any = [1, *(given(size) for size in range(1, n + 1))]
    else:
        numbers = np.asarray(given)
        if numbers.shape != (1 << n,):
            raise WorthError(
                f"{n} players have {1 << n} coalitions (the empty one first), but weights has shape {numbers.shape}"
            )
    for at, number in enumerate(numbers[1:], 1):
        if not 0 < number < np.inf:
            whose = f"size {at}" if callable(given) else f"{labels_of(at, game.players)}"
            raise WorthError(f"weight of {whose} is {number}; excesses are divided by it, so it must be positive")
    return Weights(numbers, callable(given))
