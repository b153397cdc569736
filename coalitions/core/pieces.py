"""One linear piece of the prenucleolus: as long as its stages settle the same coalitions, it is linear in the worths.

Stage k minimises the largest excess of the coalitions that are still free, and settles coalitions whose weights
balance out: a weighted sum of their members is a sum of coalitions settled before. These weights do not depend on
the worths. So the payoffs and levels that solve x(S) + t_k = v(S) for the coalitions of every stage, x(N) = v(N), are
the prenucleolus for all worths for which no free coalition exceeds its stage's level: linear inequalities.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks, labels_of, mask_of, subset_sums
from coalitions.core.nucleoli import prenucleolus
from coalitions.core.problem import Span
from coalitions.errors import SolverError
from coalitions.exact import echelon, maximise
from coalitions.game import Game, float_worths
from coalitions.tolerance import RELATIVE, scale_of

_MOST_STEPS = 200


class Reach(NamedTuple):
    """How far a piece reaches along a line of games, worths + tau * direction."""

    low: Any
    """The least tau, at most 0; -inf where nothing stops it."""
    high: Any
    """The largest tau, at least 0; inf where nothing stops it."""
    below: list[int]
    """Bitmasks of the free coalitions that reach their stage's level at ``low``; empty where it is -inf."""
    above: list[int]
    """The same at ``high``."""


class Piece:
    """The stages of a prenucleolus, and the payoffs and levels as linear functions of the worths.

    Parameters
    ----------
    n : int
    stages : sequence of sequences of int
        Bitmasks settled in each stage; the worths play no part.

    Attributes
    ----------
    n : int
    stages : list of list of int
        Each with weights that balance modulo the stages before, and independent.
    masks : ndarray of int64, shape (m,)
        Everybody, then the coalitions of all stages: what the payoffs depend on.
    exact : ndarray of Fraction, shape (n + stages, m)
        Payoffs, then levels, per unit of these worths.
    floats : ndarray of float64
        The same, rounded.
    last : ndarray of int16, shape (2**n,)
        The last stage at which each coalition is free; -1 for nobody and everybody.

    Raises
    ------
    SolverError
        The stages do not settle a payoff, or a stage's coalitions do not balance: they are of no prenucleolus.

    Notes
    -----
    Rational arithmetic on matrices of n + stages rows, and a scan of the table a stage.
    """

    def __init__(self, n: int, stages: Sequence[Sequence[int]]) -> None:
        self.n = n
        everyone = (1 << n) - 1
        self.stages = [list(stage) for stage in stages]
        matrix = _solution(n, self.stages)
        if matrix is None:
            self.stages = _balanced_stages(n, stages)
            matrix = _solution(n, self.stages)
        if matrix is None:
            raise SolverError(f"the {len(self.stages)} stages leave payoffs open; make the worths exact")
        self.masks: Masks = np.array([everyone, *(mask for stage in self.stages for mask in stage)], np.int64)
        self.exact = matrix
        self.floats = self.exact.astype(np.float64)
        self.last = self._last_stages(everyone)

    def _last_stages(self, everyone: int) -> NDArray[np.int16]:
        last = np.full(1 << self.n, len(self.stages) - 1, np.int16)
        span = Span(self.n, [everyone])
        rng = np.random.default_rng(0)
        spans = []
        for stage in self.stages[:-1]:
            for mask in stage:
                span.add(mask)
            spans.append(span.copy())
        for k in reversed(range(len(spans))):  # spans grow, so the first that holds a coalition is written last
            np.putmask(last, _hashes(spans[k], rng) == 0, k)
        last[[0, everyone]] = -1
        return last

    def solve(self, worths: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Give the payoffs and levels for worths, or, since both are linear, their rates for a direction.

        Parameters
        ----------
        worths : ndarray, shape (2**n,)

        Returns
        -------
        payoffs : ndarray, shape (n,)
        levels : ndarray, shape (stages,)
        """
        matrix = self.exact if worths.dtype == object else self.floats
        both = matrix @ worths[self.masks]
        return both[: self.n], both[self.n :]

    def slacks(self, worths: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Give what may not become negative: level less excess of every free coalition, and level less next level.

        Parameters
        ----------
        worths : ndarray, shape (2**n,)
            Or a direction: the slacks are linear.

        Returns
        -------
        rooms : ndarray, shape (2**n,)
            0 for nobody, everybody and the coalitions of the stages, whatever the worths.
        drops : ndarray, shape (stages - 1,)
        """
        payoffs, levels = self.solve(worths)
        rooms = subset_sums(payoffs)
        np.subtract(rooms, worths, out=rooms)
        np.add(rooms, np.append(levels, 0 * worths[:1])[self.last], out=rooms)
        rooms[self.masks] = rooms[0] = 0
        return rooms, levels[:-1] - levels[1:]

    def reach(self, worths: NDArray[Any], direction: NDArray[Any]) -> Reach:
        """Find the part of a line of games on which these stages are the prenucleolus'.

        Parameters
        ----------
        worths : ndarray, shape (2**n,)
            Where they are, up to the tolerance.
        direction : ndarray, shape (2**n,)
            What a step of 1 adds to the worths.

        Returns
        -------
        Reach
            low <= 0 <= high.

        Raises
        ------
        SolverError
            They are not the prenucleolus' at ``worths``.
        """
        room, rates = (np.concatenate(self.slacks(table)) for table in (worths, direction))
        exact = room.dtype == object and rates.dtype == object
        if not exact:
            room, rates = room.astype(np.float64, copy=False), rates.astype(np.float64, copy=False)
        scale = 0.0 if exact else scale_of(worths.astype(np.float64, copy=False))
        worst = int(np.argmin(room))
        if room[worst] < -1e3 * RELATIVE * scale:
            raise SolverError(f"stages of another game: coalition {self._mask(worst):b} exceeds by {-room[worst]}")
        steep = 0 if exact else RELATIVE * float(abs(direction).max())
        ends = []
        for sign in (-1, 1):
            falling = np.flatnonzero(rates < -steep if sign > 0 else rates > steep)
            steps = (room[falling] if exact else np.maximum(room[falling], 0.0)) / (-sign * rates[falling])
            first = min(steps, default=math.inf)
            near = 0 if exact else RELATIVE * max(1.0, abs(first))
            at = sorted({self._mask(k) for k in falling[steps <= first + near].tolist()})
            ends.append((sign * first, at))
        (low, below), (high, above) = ends
        return Reach(low, high, below, above)

    def _mask(self, k: int) -> int:
        """The coalition of an entry of rooms and drops; of a drop, one of the later stage."""
        return k if k < len(self.last) else self.stages[k - len(self.last) + 1][0]

    def span_of(self, stages: int) -> list[tuple[Fraction, ...]]:
        """Give the reduced basis of everybody and the coalitions of the first stages.

        Parameters
        ----------
        stages : int

        Returns
        -------
        list of tuple of Fraction
            The same for two pieces that settle the same payoffs.
        """
        chosen = [mask for stage in self.stages[:stages] for mask in stage]
        return [tuple(row) for row in echelon([[1] * self.n, *(_bits(mask, self.n) for mask in chosen)])[0]]

    def labels(self, players: Sequence[Any]) -> tuple[tuple[tuple[Any, ...], ...], ...]:
        """Name the coalitions of every stage.

        Parameters
        ----------
        players : sequence of labels

        Returns
        -------
        tuple of tuples of tuples of labels
        """
        return tuple(tuple(labels_of(mask, players) for mask in sorted(stage)) for stage in self.stages)


def piece_at(game: Game) -> Piece:
    """Solve the prenucleolus and keep its stages.

    Parameters
    ----------
    game : Game

    Returns
    -------
    Piece
    """
    found = prenucleolus(game)
    stages = [[mask_of(coalition, game.players) for coalition in stage.coalitions] for stage in found.stages]
    return Piece(game.n, stages)


def piece_beside(game: Game, direction: NDArray[Any], *, known: Piece | None = None) -> Piece:
    """Find stages that stay those of the prenucleolus for a first stretch along a direction.

    Parameters
    ----------
    game : Game
    direction : ndarray, shape (2**n,)
        What a step of 1 adds to the worths.
    known : Piece, optional
        Of the game itself; tried first.

    Returns
    -------
    Piece
        Valid from the game on over a stretch of positive length.

    Raises
    ------
    SolverError
        No such stretch longer than the tolerance was found.

    Notes
    -----
    One prenucleolus where the stages of the game itself last, otherwise one for every tipping point that has to be
    stepped over on the way back to the game: few.
    """
    worths = game.worths
    exact = game.is_exact and direction.dtype == object
    if not exact:
        worths, direction = float_worths(game), direction.astype(np.float64)
    piece = known or piece_at(game)
    size = _scale_or_zero(direction) / (1.0 if exact else scale_of(worths)) if not exact else 1
    if not size:
        return piece
    least = 0 if exact else 1e2 * RELATIVE / size
    if piece.reach(worths, direction).high > least:
        return piece
    tau: Any = Fraction(1) if exact else 0.1 / size
    for _ in range(_MOST_STEPS):
        there = worths + tau * direction
        piece = piece_at(Game(game.players, there, copy=False))
        low = tau + piece.reach(there, direction).low
        if low <= least:
            return piece
        if low < tau:
            tau = low / 2
        else:
            tau = tau / 3
        if tau <= 10 * least:
            break
    raise SolverError(f"no stretch without a tipping point found next to the game, down to a step of {float(tau):.2g}")


def _solution(n: int, stages: list[list[int]]) -> NDArray[Any] | None:
    """Payoffs and levels per unit of the worths, or None where the stages are not minimal or do not balance.

    What a coalition's worth adds to the level of its own stage is its balancing weight.
    """
    count = len(stages)
    rows = [[1] * n + [0] * count]
    rows += [
        [*_bits(mask, n), *(int(j == k) for j in range(count))] for k, stage in enumerate(stages) for mask in stage
    ]
    size = n + count
    if len(rows) != size:
        return None
    reduced, pivots = echelon([*row, *(int(i == j) for j in range(size))] for i, row in enumerate(rows))
    if pivots != list(range(size)):
        return None
    matrix = np.array([row[size:] for row in reduced], object)
    start = 1
    for k, stage in enumerate(stages):
        end = start + len(stage)
        if not (matrix[n + k, start:end] > 0).all() or any(matrix[n + k, end:]):
            return None
        start = end
    return matrix


def _balanced_stages(n: int, stages: Sequence[Sequence[int]]) -> list[list[int]]:
    """Split stages until each is a smallest set whose weights balance modulo those before."""
    span, pivots = echelon([[1] * n])
    found: list[list[int]] = []
    for given in stages:
        left = list(given)
        while left := [mask for mask in left if any(_residue(_bits(mask, n), span, pivots))]:
            columns = [[*_residue(_bits(mask, n), span, pivots), 1] for mask in left]
            solved = maximise([0] * len(left), columns, [0] * n + [1])
            if solved is None:
                raise SolverError(f"the coalitions of stage {len(found)} do not balance; make the worths exact")
            stage = [mask for mask, weight in zip(left, solved[1], strict=True) if weight]
            found.append(stage)
            span, pivots = echelon([*span, *(_bits(mask, n) for mask in stage)])
    return found


def _residue(row: list[int], span: list[list[Fraction]], pivots: list[int]) -> list[Fraction]:
    left = [Fraction(x) for x in row]
    for other, pivot in zip(span, pivots, strict=True):
        if left[pivot]:
            factor = left[pivot]
            left = [x - factor * y for x, y in zip(left, other, strict=True)]
    return left


def _bits(mask: int, n: int) -> list[int]:
    return [mask >> i & 1 for i in range(n)]


def _hashes(span: Span, rng: np.random.Generator) -> NDArray[np.uint64]:
    """A number for every coalition: 0 for those in the span, for others but with a chance of about 2**-64."""
    factors = [int(factor) for factor in rng.integers(0, 1 << 64, len(span.normals), np.uint64)]
    sums = np.zeros(1 << span.n, np.uint64)
    for i in range(span.n):
        own = sum(factor * normal[i] for factor, normal in zip(factors, span.normals, strict=True)) % (1 << 64)
        np.add(sums[: 1 << i], np.uint64(own), out=sums[1 << i : 2 << i])
    return sums


def _scale_or_zero(direction: NDArray[Any]) -> float:
    return float(abs(direction).max())
