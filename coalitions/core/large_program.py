"""The linear programs of games too large for a table: a row for players who are alike, columns from an oracle."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coalitions.core.membership import BalancedCollection
from coalitions.core.oracles import ExcessOracle, Members, named
from coalitions.program import Columns, LinearSolution, Master, generate

USED: Final = 1e-9
"""Weights up to here are rounding."""

_FLOOR = 1e3  # an epsilon below minus this many times n worths is taken for minus infinity


class Rows:
    """A master program's oracle: prices by group of like players to payoffs, coalitions to columns of counts.

    Parameters
    ----------
    oracle : ExcessOracle
    tolerance : float
        In the unit of the worths.
    surcharge_row : bool
        Whether every coalition also has a 1 in a last row, as in the least core; nobody and everybody then stay out.
    """

    def __init__(self, oracle: ExcessOracle, tolerance: float, *, surcharge_row: bool) -> None:
        self.oracle, self.groups = oracle, oracle.groups
        self.sizes = np.array([len(group) for group in self.groups], np.float64)
        self.total = float(oracle.worth(tuple(range(oracle.n))))
        self._group_of = np.empty(oracle.n, np.int64)
        for g, group in enumerate(self.groups):
            self._group_of[list(group)] = g
        self._surcharge, self._tolerance = surcharge_row, tolerance
        self._mass = 1 if surcharge_row else oracle.n
        self._deep = oracle.precision > 0 or oracle.guess() is not None
        self._inside: NDArray[np.float64] | None = None
        self._cost = np.inf
        self.settled: NDArray[np.float64] | None = None
        self._keys: dict[bytes, int] = {}
        self.counts: list[NDArray[np.int64]] = []
        self.worths: list[float] = []
        guess = oracle.guess()
        if guess is not None and oracle.n > 1:
            prices = np.array([*(guess[group[0]] for group in self.groups), *[0.0] * surcharge_row])
            self._compare(prices, oracle.quick(guess, 4, proper=surcharge_row))

    def payoffs(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pay everybody in a group the same.

        Parameters
        ----------
        prices : ndarray of float64, shape (groups,) or longer
            One a group of like players.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        return np.asarray(prices[self._group_of])

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Find columns worth more than their price; where searches are dear, first where cuts are deeper.

        That is half way to the best payoffs so far (Ben-Ameur, Neto 2007). As soon as these cost no more than the
        program is worth they are proven and end it: its own prices may wander among others as good for long.

        Parameters
        ----------
        prices : ndarray of float64, shape (groups,), or (groups + 1,) with a surcharge row
        count : int
            About how many coalitions to ask the oracle for.

        Returns
        -------
        excess : float
            No column is worth more above its price than this; inf where that was not proven.
        columns : Columns
        """
        x = self.payoffs(prices)
        surcharge = float(prices[len(self.groups)]) if self._surcharge else 0.0
        level = surcharge + self._tolerance / self._mass
        if self._inside is not None:
            middle = (prices + self._inside) / 2
            near = self.oracle.quick(self.payoffs(middle), count, proper=self._surcharge)
            self._compare(middle, near)
            worth = surcharge if self._surcharge else float(x.sum())
            if self._cost <= worth + self._tolerance:
                near += self._prove(worth)
                if self.settled is not None:
                    return (self._cost - worth) / self._mass, self.columns([])
            cuts = [members for members in near if self.oracle.excess(members, x) > level]
            if cuts:
                return np.inf, self.columns(cuts)
        found = self.oracle.search(x, count, proper=self._surcharge, enough=level)
        coalitions = [members for members in found.coalitions if members]
        self._compare(prices, coalitions)
        return float(found.bound) - surcharge, self.columns(coalitions)

    def final(self, solution: LinearSolution) -> NDArray[np.float64]:
        """Give the payoffs the program ended with; in the balanced program, raised until nobody gains.

        Parameters
        ----------
        solution : LinearSolution

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        raised = 0.0 if self._surcharge else max(solution.ceiling - solution.value, 0.0) / self.oracle.n
        if self.settled is None:
            return self.payoffs(solution.prices) + raised
        above = 0.0 if self._surcharge else max(self._cost - float(self.settled.sum()), 0.0) / self.oracle.n
        return self.settled + above

    def _compare(self, prices: NDArray[np.float64], coalitions: list[Members]) -> None:
        """Keep the payoffs that cost least once they are raised until none of these coalitions gains."""
        if coalitions and self._deep:
            x = self.payoffs(prices)
            cost = self._costs(x, max(self.oracle.excess(members, x) for members in coalitions[:4]))
            if cost < self._cost:
                self._inside, self._cost = prices, cost

    def _costs(self, x: NDArray[np.float64], excess: float) -> float:
        return excess if self._surcharge else float(x.sum()) + self.oracle.n * max(excess, 0.0)

    def _prove(self, worth: float) -> list[Members]:
        """Search at the best payoffs: settle them, or give what shows that they cost more."""
        assert self._inside is not None
        x = self.payoffs(self._inside)
        level = worth + self._tolerance
        if not self._surcharge:
            level = (level - float(x.sum())) / self.oracle.n
        found = self.oracle.search(x, 4, proper=self._surcharge, enough=level)
        if found.bound <= level:
            self.settled, self._cost = x, self._costs(x, float(found.bound))
            return []
        self._cost = self._costs(x, max((self.oracle.excess(s, x) for s in found.coalitions), default=np.inf))
        return found.coalitions

    def columns(self, coalitions: list[Members]) -> Columns:
        """Count the members of each group; like coalitions are one column.

        Parameters
        ----------
        coalitions : list of tuple of int

        Returns
        -------
        Columns
            Keys are positions in ``counts``.
        """
        keys = [self._key(members) for members in coalitions]
        keys = list(dict.fromkeys(keys))
        extra = [len(self.groups)] if self._surcharge else []
        rows, counts = [], []
        for key in keys:
            where = np.flatnonzero(self.counts[key])
            rows.append(np.array([*where, *extra], np.int32))
            counts.append(np.array([*self.counts[key][where], *[1] * len(extra)], np.float64))
        return Columns(np.array(keys, np.int64), np.array([self.worths[key] for key in keys]), rows, counts)

    def floor(self) -> Columns:
        """Single players who would object only to next to nothing: they keep a program feasible whatever is listed.

        Returns
        -------
        Columns
            One a group, keys -1, -2, ...
        """
        rows = [np.array([g, len(self.groups)], np.int32) for g in range(len(self.groups))]
        worth = -_FLOOR * self.oracle.scale * self.oracle.n
        return Columns(-1 - np.arange(len(rows)), np.full(len(rows), worth), rows)

    def _key(self, members: Members) -> int:
        count = np.bincount(self._group_of[list(members)], minlength=len(self.groups))
        key = self._keys.setdefault(count.tobytes(), len(self.counts))
        if key == len(self.counts):
            self.counts.append(count)
            self.worths.append(float(self.oracle.worth(members)))
        return key

    def collection(self, solution: LinearSolution, leave_out: int = -1) -> BalancedCollection:
        """Read weighted coalitions off a solution; a column of counts is spread evenly over the players alike.

        Parameters
        ----------
        solution : LinearSolution
        leave_out : int
            The key of a column that does not count; -1 for none.

        Returns
        -------
        BalancedCollection
            Small coalitions first.
        """
        shares: dict[Members, float] = {}
        worth = 0.0
        for key, weight in zip(solution.keys.tolist(), solution.weights.tolist(), strict=True):
            if weight > USED and key >= 0 and key != leave_out:
                worth += weight * self.worths[key]
                for members, share in spread(self.counts[key].tolist(), self.groups):
                    shares[members] = shares.get(members, 0.0) + weight * share
        order = sorted(shares, key=lambda members: (len(members), members))
        return BalancedCollection(
            coalitions=tuple(named(members, self.oracle.players) for members in order),
            weights=tuple(shares[members] for members in order),
            worth=worth,
        )


def spread(counts: list[int], groups: tuple[Members, ...]) -> list[tuple[Members, float]]:
    """Give coalitions with these counts, and shares that sum to one, in which all members of a group appear equally.

    Systematic sampling: the players of a group lie side by side on a line, each of length count / size; whoever has an
    integer mark in its part is in. As the marks move on by one, everybody is in for its length.

    Parameters
    ----------
    counts : list of int
        Members wanted of each group, 0 to its size.
    groups : tuple of tuple of int
        The players of each group, by position.

    Returns
    -------
    list of (tuple of int, float)
    """
    sized = [(k, group, len(group)) for k, group in zip(counts, groups, strict=True)]
    points = sorted({Fraction(-p * k % size, size) for k, _, size in sized for p in range(size)} | {Fraction(1)})
    parts = []
    for begin, end in pairwise(points):
        members = [
            i
            for k, group, size in sized
            for p, i in enumerate(group)
            if ((p + 1) * k + begin * size) // size > (p * k + begin * size) // size
        ]
        parts.append((tuple(sorted(members)), float(end - begin)))
    return parts


def solve_balanced(oracle: ExcessOracle, tolerance: float, stop_above: float) -> tuple[LinearSolution, Rows]:
    """Solve the program of ``coalitions.program.balanced_program`` in counts of like players.

    Parameters
    ----------
    oracle : ExcessOracle
    tolerance : float
        In the unit of the worths.
    stop_above : float
        Stop as soon as weighted coalitions worth more than this are found.

    Returns
    -------
    solution : LinearSolution
    rows : Rows
        With what is needed to read coalitions and payoffs off it.
    """
    rows = Rows(oracle, tolerance, surcharge_row=False)
    master = Master(rows.sizes, rows.sizes, scale=oracle.scale)
    everyone = tuple(range(oracle.n))
    master.add(rows.columns([everyone, *oracle.starters()]))
    solution = generate(
        master, rows, mass=oracle.n, tolerance=tolerance, batch=4 * len(rows.groups), stop_above=stop_above
    )
    return solution, rows
