"""Ordered pairs of coalitions: the oracle that finds those whose excesses differ the most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Worths, subset_sums
from coalitions.exact import PRIME
from coalitions.program import Columns

Pair: TypeAlias = tuple[int, int]
"""Two coalitions as bitmasks: the one whose excess counts positively first."""


def vectors(pairs: Iterable[Pair], n: int) -> list[list[int]]:
    """Write pairs (S, T) as 1_S - 1_T.

    Parameters
    ----------
    pairs : iterable of Pair
    n : int

    Returns
    -------
    list of lists of n integers

    Examples
    --------
    >>> vectors([(0b011, 0b110)], 3)
    [[1, 0, -1]]
    """
    return [[(s >> i & 1) - (t >> i & 1) for i in range(n)] for s, t in pairs]


class PairTable:
    """The oracle that knows all ordered pairs of coalitions.

    A pair is open when 1_S - 1_T is outside the span that ``outside`` was told of last.

    Parameters
    ----------
    worths : ndarray of float64, shape (2**n,)
        Only read; no copy is made.
    start : ndarray, shape (n,)
        Payoffs that prices are counted from: near the solution they keep the numbers small.
    """

    def __init__(self, worths: Worths, start: NDArray[np.float64]) -> None:
        self.worths = worths
        self.n = n = len(worths).bit_length() - 1
        self._low = (n + 1) // 2
        self._matrix = worths.reshape(1 << (n - self._low), 1 << self._low)
        self._start = start
        self._most, self._least = np.empty(len(self._matrix)), np.empty(len(self._matrix))

    def outside(self, null: NDArray[np.int64]) -> None:
        """Leave out the span orthogonal to ``null``: open are the pairs whose coalitions differ in their product.

        Parameters
        ----------
        null : ndarray of int64, shape (n,)
            A random vector orthogonal to the span, modulo ``PRIME``.
        """
        self._low_hash, self._high_hash = hashes(null[: self._low]), hashes(null[self._low :])

    def key(self, pair: Pair) -> int:
        """Number a pair.

        Parameters
        ----------
        pair : Pair

        Returns
        -------
        int
        """
        return pair[0] << self.n | pair[1]

    def pair(self, key: int) -> Pair:
        """Give the pair of a number.

        Parameters
        ----------
        key : int

        Returns
        -------
        Pair
        """
        return key >> self.n, key & ((1 << self.n) - 1)

    def is_open(self, pair: Pair) -> bool:
        """Say whether a pair is outside the span.

        Parameters
        ----------
        pair : Pair

        Returns
        -------
        bool
        """
        return self._hash(pair[0]) != self._hash(pair[1])

    def columns(self, pairs: list[Pair]) -> Columns:
        """Make columns of pairs: 1 for who is in the first coalition only, -1 in the second only, 1 in row n.

        Parameters
        ----------
        pairs : list of Pair

        Returns
        -------
        Columns
            Worth v(S) - v(T), counted from ``start``.
        """
        n = self.n
        worths = np.array([self._shifted(s) - self._shifted(t) for s, t in pairs])
        entries = np.array([[*vector, 1] for vector in vectors(pairs, n)], np.float64)
        rows = [np.flatnonzero(own).astype(np.int32) for own in entries]
        return Columns(
            np.array([self.key(pair) for pair in pairs], np.int64),
            worths,
            rows,
            [own[row] for own, row in zip(entries, rows, strict=True)],
        )

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Scan all coalitions: those at the top of the order of excesses with those at its bottom.

        Parameters
        ----------
        prices : ndarray of float64, shape (n + 1,)
            Payoffs above ``start``, then the level.
        count : int
            How many pairs to give at most.

        Returns
        -------
        excess : float
            The largest difference of excesses of an open pair, less the level.
        columns : Columns
        """
        level = prices[self.n]
        found = self.extremes(prices[: self.n], count)
        return found[0][0] - level, self.columns([pair for gap, pair in found[:count] if gap > level])

    def extremes(self, x: NDArray[np.float64], count: int = 1) -> list[tuple[float, Pair]]:
        """List open pairs of large difference of excesses, the largest of all first.

        Parameters
        ----------
        x : ndarray of float64, shape (n,)
            Payoffs above ``start``.
        count : int
            How many coalitions to take from either end of the order of excesses.

        Returns
        -------
        list of (float, Pair)
            Differences of excesses, falling.
        """
        tops, bottoms = self._ends(x, count)
        star = [(top, bottoms[0]) for top in tops] + [(tops[0], bottom) for bottom in bottoms[1:]]
        pairs = {(s, t): a - b for (a, s), (b, t) in [*star, *zip(tops[1:], bottoms[1:], strict=False)]}
        return sorted(((gap, pair) for pair, gap in pairs.items() if self.is_open(pair)), reverse=True)

    def _ends(self, x: NDArray[np.float64], count: int) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
        """List top and bottom of the order of excesses.

        Where the two ends have one hash, an open pair has at most one coalition of that hash, so one end of the largest
        is the end of all and the other the end of those of another hash: only these are listed beside the two.
        """
        from coalitions._kernels_kernel import row_extremes, row_extremes_outside

        payoffs = self._start + x
        low, high = subset_sums(payoffs[: self._low]), subset_sums(payoffs[self._low :])
        most, least, matrix = self._most, self._least, self._matrix
        row_extremes(matrix, high, low, most, least)
        h, k = int(np.argmax(most)), int(np.argmin(least))
        top = (float(most[h]), h << self._low | int(np.argmax(matrix[h] - low)))
        bottom = (float(least[k]), k << self._low | int(np.argmin(matrix[k] - low)))
        hash_ = self._hash(top[1])
        targets = (hash_ - self._high_hash) % PRIME
        common = hash_ == self._hash(bottom[1])
        if common:
            row_extremes_outside(matrix, high, low, targets, self._low_hash, most, least)
        tops, bottoms = [top], [bottom]
        for ends, values, sign in ((tops, most, 1.0), (bottoms, least, -1.0)):
            rows = np.flatnonzero(np.isfinite(values))
            if len(rows) > count:
                rows = rows[np.argpartition(-sign * values[rows], count)[:count]]
            for h in rows[np.argsort(-sign * values[rows])].tolist():
                excesses = sign * (matrix[h] - low)
                if common:
                    excesses[self._low_hash == targets[h]] = -np.inf
                ends.append((float(values[h]), h << self._low | int(np.argmax(excesses))))
        return tops, bottoms

    def _hash(self, mask: int) -> int:
        low = len(self._low_hash) - 1
        return (int(self._high_hash[mask >> self._low]) + int(self._low_hash[mask & low])) % PRIME

    def _shifted(self, mask: int) -> float:
        return float(self.worths[mask] - sum(self._start[i] for i in range(self.n) if mask >> i & 1))


def hashes(null: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum residues over every coalition, modulo the prime.

    Parameters
    ----------
    null : ndarray of int64, shape (n,)

    Returns
    -------
    ndarray of int64, shape (2**n,)

    Examples
    --------
    >>> hashes(np.array([PRIME - 1, 2])).tolist()[2:]
    [2, 1]
    """
    sums = np.zeros(1, np.int64)
    for residue in null:
        sums = np.concatenate((sums, (sums + residue) % PRIME))
    return sums
