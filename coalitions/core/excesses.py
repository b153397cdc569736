"""Which coalitions stand out: their excesses over a payoff, weighted, without those whose payoff is settled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks, members_of, subset_sums
from coalitions.core.problem import Problem, Span
from coalitions.exact import PRIME
from coalitions.program import Columns

_LOW_BITS = 8


class Levels(ABC):
    """An oracle of levels: excesses over weights, the weights scaled so that the least is 1.

    Parameters
    ----------
    problem : Problem
    centre : ndarray of float64, shape (n,)
        The additive game that worths count from.

    Attributes
    ----------
    unit : float
        The least weight: level / unit is in the unit of excess over weight.
    scale : float
        The largest absolute level at the centre.
    """

    unit: float
    scale: float

    def __init__(self, problem: Problem, centre: NDArray[np.float64]) -> None:
        self.n = problem.n
        self._worths = problem.worths
        self._centre = centre

    def gains(self, masks: Masks) -> NDArray[np.float64]:
        """Give what coalitions are worth above their members' share of the centre.

        Parameters
        ----------
        masks : ndarray of int64, shape (m,)

        Returns
        -------
        ndarray of float64, shape (m,)
        """
        bits = (masks[:, None] >> np.arange(self.n) & 1).astype(np.float64)
        return np.asarray(self._worths[masks] - bits @ self._centre)

    def columns(self, masks: Masks) -> Columns:
        """Make columns of coalitions: 1 / w(S) in the rows of the members, 1 in the last.

        Parameters
        ----------
        masks : ndarray of int64

        Returns
        -------
        Columns
        """
        rows = [np.array([*members_of(mask), self.n], np.int32) for mask in masks.tolist()]
        factors = self.factors(masks)
        counts = [np.append(np.full(len(own) - 1, f), 1.0) for own, f in zip(rows, factors.tolist(), strict=True)]
        return Columns(masks, self.gains(masks) * factors, rows, counts)

    @abstractmethod
    def factors(self, masks: Masks) -> NDArray[np.float64]:
        """Give 1 / w(S), the largest of all being 1.

        Parameters
        ----------
        masks : ndarray of int64, shape (m,)

        Returns
        -------
        ndarray of float64, shape (m,)
        """

    @abstractmethod
    def exclude(self, span: Span) -> None:
        """Leave out the coalitions in a span.

        Parameters
        ----------
        span : Span
            Replaces the one before.
        """

    @abstractmethod
    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Give the largest level above the price of the last row, and columns that come near it.

        Parameters
        ----------
        prices : ndarray of float64, shape (n + 1,)
            Payoffs above the centre, then the level.
        count : int
            How many columns to give at most.

        Returns
        -------
        excess : float
            The largest level less the price of the last row; not above 0 where there is none to add.
        columns : Columns
        """

    @abstractmethod
    def breach(self, x: NDArray[np.float64], levels: NDArray[np.float64], spans: Sequence[Span]) -> float:
        """Find by how much a coalition exceeds the level of a stage that it takes part in.

        Parameters
        ----------
        x : ndarray of float64, shape (n,)
        levels : ndarray of float64, shape (stages,)
        spans : sequence of Span
            Before each stage.

        Returns
        -------
        float
        """


class Everyone(Levels):
    """The oracle of a table: all coalitions, scanned.

    Parameters
    ----------
    problem : Problem
    centre : ndarray of float64, shape (n,)
        The additive game that worths count from.
    """

    def __init__(self, problem: Problem, centre: NDArray[np.float64]) -> None:
        from coalitions._kernels_core import largest_level

        super().__init__(problem, centre)
        self._low = min(self.n, _LOW_BITS)
        self._table = problem.worths.reshape(-1, 1 << self._low)
        self._inverse, self._kind, self.unit = problem.weights.inverse(self.n, self._low)
        self._equal = bool(problem.weights.by_size and self._inverse.min() == 1)
        self._best = np.full(len(self._table), np.inf)
        self._at = centre
        self._rng = np.random.default_rng(0)
        low, high = self._halves(centre)
        self.scale = float(largest_level(self._table, high, low, self._inverse, self._kind))

    def factors(self, masks: Masks) -> NDArray[np.float64]:
        """Give 1 / w(S), the largest of all being 1."""
        return np.asarray(self._inverse[self._kind[masks >> self._low], masks & ((1 << self._low) - 1)])

    def exclude(self, span: Span) -> None:
        """Leave out the coalitions in a span.

        Parameters
        ----------
        span : Span
        """
        self._low_residue, self._need = self._residues(span, self._rng)
        ordered = np.sort(self._low_residue)
        at = np.minimum(np.searchsorted(ordered, self._need), len(ordered) - 1)
        self._mixed = ordered[at] == self._need

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Scan the rows that may hold a level above the price of the last row, and take the best of each.

        The largest level of a row is remembered with the prices of then: prices move little, and most rows need not
        be read again to see that they hold nothing.
        """
        from coalitions._kernels_core import pick, raise_levels

        x, floor = self._centre + prices[: self.n], float(prices[self.n])
        low, high = self._halves(x)
        fall = self._at - x
        self._best += np.maximum(fall[: self._low], 0.0).sum() + subset_sums(fall[self._low :])
        self._at = x
        if not self._equal:
            self._best[:] = np.inf
        raise_levels(
            self._table, high, low, self._inverse, self._kind, self._low_residue, self._need, self._mixed, floor,
            self._best,
        )  # fmt: skip
        rows = np.flatnonzero(self._best > floor)
        if len(rows) > count:
            rows = rows[np.argpartition(-self._best[rows], count)[:count]]
        chosen = np.zeros(len(rows), np.int64)
        pick(self._table, high, low, self._inverse, self._kind, self._low_residue, self._need, rows, chosen)
        return float(self._best.max()) - floor, self.columns(rows << self._low | chosen)

    def breach(self, x: NDArray[np.float64], levels: NDArray[np.float64], spans: Sequence[Span]) -> float:
        """Find by how much a coalition exceeds the level of a stage that it takes part in, in one scan.

        The spans are hashed anew, so that a collision in the search cannot hide here as well.
        """
        from coalitions._kernels_core import largest_breach

        rng = np.random.default_rng(1)
        residues = [self._residues(span, rng) for span in spans]
        low, high = self._halves(x)
        descending = np.minimum.accumulate(levels)
        return float(
            largest_breach(
                self._table, high, low, self._inverse, self._kind, descending,
                np.array([r for r, _ in residues]), np.array([need for _, need in residues]),
            )
        )  # fmt: skip

    def _halves(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return subset_sums(x[: self._low]), subset_sums(x[self._low :])

    def _residues(self, span: Span, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        each = span.residues(rng)
        low, high = _residue_sums(each[: self._low]), _residue_sums(each[self._low :])
        return low, (PRIME - high) % PRIME


class Listed(Levels):
    """The oracle of the coalitions listed: the program holds them all, so it has nothing to propose.

    Parameters
    ----------
    problem : Problem
    centre : ndarray of float64, shape (n,)
    """

    def __init__(self, problem: Problem, centre: NDArray[np.float64]) -> None:
        super().__init__(problem, centre)
        assert problem.listed is not None
        self._masks = problem.listed
        weights = np.array([float(w) for w in problem.weights.exact(self._masks)])
        self.unit = float(weights.min(initial=np.inf))
        self._inverse = self.unit / weights
        self.scale = float(abs(self.gains(self._masks) * self._inverse).max(initial=0.0))

    def factors(self, masks: Masks) -> NDArray[np.float64]:
        """Give 1 / w(S), the largest of all being 1."""
        return np.asarray(self._inverse[np.searchsorted(self._masks, masks)])

    def exclude(self, span: Span) -> None:
        """Leave out the coalitions in a span: the program retires them itself."""

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Propose nothing."""
        return 0.0, Columns(np.zeros(0, np.int64), np.zeros(0), [])

    def breach(self, x: NDArray[np.float64], levels: NDArray[np.float64], spans: Sequence[Span]) -> float:
        """Find by how much a coalition exceeds the level of a stage that it takes part in."""
        bits = (self._masks[:, None] >> np.arange(self.n) & 1).astype(np.float64)
        own = (self._worths[self._masks] - bits @ x) * self._inverse
        return max(
            float((own[~span.holds(self._masks)] - level).max(initial=0.0))
            for level, span in zip(levels, spans, strict=True)
        )


def _residue_sums(each: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.zeros(1, np.int64)
    for residue in each:
        more = sums + residue
        more[more >= PRIME] -= PRIME
        sums = np.concatenate((sums, more))
    return sums
