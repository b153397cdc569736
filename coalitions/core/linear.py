"""Linear programs over the demands of coalitions, in floats and in rational numbers.

The least of a linear function of payoffs under which every demand is met, found through the dual: a column is a
coalition, a row a player, and the prices of the rows are the payoffs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from coalitions.core.demands import Demands
from coalitions.errors import SolverError
from coalitions.exact import maximise, solve
from coalitions.program import Columns, Master, Table, generate

_RESCUE_PLAYERS = 16  # up to here rational arithmetic can take over when floats fail
_RESIDUAL = 1e-6


class Fixed(NamedTuple):
    """A column that is in the program from the start."""

    coefficients: tuple[Any, ...]
    """One rational number a row."""
    worth: Fraction
    """What it adds to the value per unit of its weight."""
    is_free: bool
    """Whether its weight may be negative, which makes it an equation of the payoffs."""


class Solved(NamedTuple):
    """A solved program; numbers are floats, or Fractions where it was solved exactly."""

    value: Any
    """Of the columns found."""
    prices: list[Any]
    """One a row; the first n are payoffs that meet all demands (floats: those found raised evenly until they do)."""
    keys: list[int]
    """Bitmasks of the coalitions with positive weight; -1 - j stands for fixed column j."""
    weights: list[Any]
    """Theirs, in the same order."""
    lift: float
    """By how much the floats were raised; 0 when exact."""


class Program:
    """A linear program over demands: the least right . prices under which all of them are met.

    Parameters
    ----------
    demands : Demands
    right : sequence of n or n + 1 integers
        The objective; with n + 1 the last price is no payoff.
    fixed : sequence of Fixed
        With them alone some solution exists.
    mass : float
        No solution gives the coalitions that object more weight than this in all.
    surcharge : bool
        Whether the last price is added to the payoffs of every coalition that objects.
    """

    def __init__(
        self,
        demands: Demands,
        right: Sequence[int],
        fixed: Sequence[Fixed],
        *,
        mass: float,
        surcharge: bool = False,
    ) -> None:
        self.demands = demands
        self.right = list(right)
        self.fixed = list(fixed)
        self.mass = mass
        self.surcharge = surcharge

    def solve(self, *, stop_above: float = np.inf, seeds: Iterable[int] = ()) -> Solved:
        """Solve the program in floats, and in rational numbers where floats fail.

        Parameters
        ----------
        stop_above : float
            Stop as soon as the value exceeds this.
        seeds : iterable of int
            Bitmasks of coalitions that are likely to count.

        Returns
        -------
        Solved

        Raises
        ------
        SolverError
            The linear program failed, or left a residual, with more than 16 players.
        """
        seeds = list(seeds)
        try:
            solved, residual = self._in_floats(stop_above, seeds)
            if residual <= _RESIDUAL:
                return solved
            trouble = f"the weights miss the right-hand side by {residual:.1e}"
        except SolverError as failure:
            trouble = str(failure)
        if self.demands.n > _RESCUE_PLAYERS:
            raise SolverError(
                f"{trouble}; rational arithmetic takes over up to {_RESCUE_PLAYERS} players, "
                f"this game has {self.demands.n}: use a coarser unit, or worths that differ by less than 1e12"
            )
        limit = Fraction(stop_above) if stop_above < np.inf else None
        exact = self.solve_exactly(seeds, stop_above=limit)
        return Solved(
            float(exact.value), list(map(float, exact.prices)), exact.keys, list(map(float, exact.weights)), 0.0
        )

    def _in_floats(self, stop_above: float, seeds: list[int]) -> tuple[Solved, float]:
        demands, n = self.demands, self.demands.n
        table = Table(demands.asked, surcharge_row=self.surcharge, skip_everyone=demands.is_plain)
        right = np.array(self.right, float)
        master = Master(right, right, scale=demands.scale)
        for j, column in enumerate(self.fixed):
            rows = [r for r, number in enumerate(column.coefficients) if number]
            coefficients = np.array([float(column.coefficients[r]) for r in rows])
            columns = Columns(
                np.array([-1 - j]), np.array([float(column.worth)]), [np.array(rows, np.int32)], [coefficients]
            )
            master.add(columns, lower=-np.inf if column.is_free else 0.0)
        master.add(table.columns(np.array(self._first(seeds), np.int64)))
        found = generate(master, table, mass=self.mass, tolerance=demands.tolerance, batch=4 * n, stop_above=stop_above)
        lift = max((found.ceiling - found.value) / self.mass, 0.0) if found.ceiling < np.inf else 0.0
        prices = found.prices.copy()
        prices[:n] += lift
        used = np.abs(found.weights) > 1e-9
        keys, weights = found.keys[used].tolist(), found.weights[used].tolist()
        return Solved(found.value, prices.tolist(), keys, weights, lift), self._residual(keys, weights)

    def solve_exactly(self, seeds: Iterable[int] = (), *, stop_above: Fraction | None = None) -> Solved:
        """Solve the program in rational numbers, coalition by coalition from those likely to count.

        Parameters
        ----------
        seeds : iterable of int
            As a solution in floats left them.
        stop_above : Fraction, optional
            Stop as soon as the value exceeds this.

        Returns
        -------
        Solved
            Every demand is met without a tolerance, unless ``stop_above`` ended it.
        """
        demands, n = self.demands, self.demands.n
        columns, worths, names = [], [], []
        for j, column in enumerate(self.fixed):
            for sign in (1, -1) if column.is_free else (1,):
                columns.append([sign * Fraction(number) for number in column.coefficients])
                worths.append(sign * column.worth)
                names.append((-1 - j, sign))
        coming = self._first(seed for seed in seeds if seed >= 0)
        known: set[int] = set()
        while True:
            for mask in coming:
                known.add(mask)
                columns.append(list(map(Fraction, self._column(mask))))
                worths.append(demands.demand(mask))
                names.append((mask, 1))
            found = maximise(worths, columns, self.right)
            assert found is not None  # the fixed columns alone are feasible
            value, weights, prices = found
            if stop_above is not None and value > stop_above:
                break
            broken = demands.broken(prices[:n], prices[n] if self.surcharge else Fraction(0), few=True)
            coming = [mask for _, mask in broken[: 2 * n] if mask not in known]
            if not coming:
                break
        total: dict[int, Fraction] = {}
        for (key, sign), weight in zip(names, weights, strict=True):
            total[key] = total.get(key, Fraction(0)) + sign * weight
        used = {key: weight for key, weight in total.items() if weight}
        return Solved(value, prices, list(used), list(used.values()), 0.0)

    def certify(self, solved: Solved, *, stop_above: Fraction | None = None) -> Solved:
        """Turn a solution in floats into one in rational numbers that is proven to the last digit.

        Parameters
        ----------
        solved : Solved
        stop_above : Fraction, optional
            As for ``solve_exactly``.

        Returns
        -------
        Solved

        Notes
        -----
        The equations of the columns with positive weight are solved exactly, near the prices found, and one scan
        decides whether that is a proof. Where it is not, ``solve_exactly`` starts from these columns.
        """
        proven = self._polished(solved, stop_above)
        return self.solve_exactly(solved.keys, stop_above=stop_above) if proven is None else proven

    def _polished(self, solved: Solved, stop_above: Fraction | None) -> Solved | None:
        free = [-1 - j for j, column in enumerate(self.fixed) if column.is_free]
        keys = [*free, *(key for key in solved.keys if key not in free)]
        found = [self.fixed[-1 - key].coefficients if key < 0 else self._column(key) for key in keys]
        columns = [list(map(Fraction, column)) for column in found]
        worths = [self.fixed[-1 - key].worth if key < 0 else self.demands.demand(key) for key in keys]
        weights = solve(list(zip(*columns, strict=True)), self.right)
        if weights is None or any(weight < 0 for weight in weights[len(free) :]):
            return None
        value = sum((weight * worth for weight, worth in zip(weights, worths, strict=True)), Fraction(0))
        used = [(key, weight) for key, weight in zip(keys, weights, strict=True) if weight]
        answer = Solved(value, [], [key for key, _ in used], [weight for _, weight in used], 0.0)
        if stop_above is not None and value > stop_above:
            return answer  # such weights are a proof by themselves
        n = self.demands.n
        near = [_plain_fraction(price, self.demands.tolerance / 1000) for price in solved.prices]
        for _ in range(n):
            off = [worth - _product(column, near) for column, worth in zip(columns, worths, strict=True)]
            moved = solve(columns, off)
            if moved is None:
                return None
            prices = [price + move for price, move in zip(near, moved, strict=True)]
            if any(_product(column.coefficients, prices) < column.worth for column in self.fixed):
                return None
            broken = self.demands.broken(prices[:n], prices[n] if self.surcharge else Fraction(0), few=True)
            if not broken:
                return answer._replace(prices=prices)
            tight = [mask for _, mask in broken[:n]]  # short by a rounding error: they hold with equality too
            columns += [list(map(Fraction, self._column(mask))) for mask in tight]
            worths += [self.demands.demand(mask) for mask in tight]
        return None

    def _first(self, seeds: Iterable[int]) -> list[int]:
        n, everyone = self.demands.n, (1 << self.demands.n) - 1
        ends = [1 << i for i in range(n)] + [everyone ^ 1 << i for i in range(n)]
        return [mask for mask in sorted({*ends, *(s for s in seeds if s >= 0)}) if self.demands.may_object(mask)]

    def _column(self, mask: int) -> list[int]:
        bits = [mask >> i & 1 for i in range(self.demands.n)]
        return bits + [int(self.surcharge)] * (len(self.right) - self.demands.n)

    def _residual(self, keys: list[int], weights: list[float]) -> float:
        total = np.zeros(len(self.right))
        for key, weight in zip(keys, weights, strict=True):
            column = self.fixed[-1 - key].coefficients if key < 0 else self._column(key)
            total += weight * np.array([float(number) for number in column])
        return float(np.abs(total - self.right).max())


def _plain_fraction(price: float, tolerance: float) -> Fraction:
    """Read a float as a fraction of small denominator where it is near one."""
    exact = Fraction(price)
    plain = exact.limit_denominator(1000)
    return plain if abs(plain - exact) <= tolerance else exact


def _product(column: Sequence[Any], prices: Sequence[Fraction]) -> Fraction:
    return sum((a * p for a, p in zip(column, prices, strict=True) if a), Fraction(0))


def cheapest(demands: Demands) -> Program:
    """Write down the program of the least payoffs, in all, that meet every demand and give each block its worth.

    Parameters
    ----------
    demands : Demands

    Returns
    -------
    Program
        Its value exceeds what the blocks are worth exactly when no division of their worths meets all demands.
    """
    n = demands.n
    fixed = [Fixed(bits(block, n), demands.worth(block), False) for block in demands.blocks]
    return Program(demands, [1] * n, fixed, mass=n)


def bits(mask: int, n: int) -> tuple[int, ...]:
    """Write a bitmask as n zeros and ones, player by player.

    Parameters
    ----------
    mask, n : int

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> bits(5, 3)
    (1, 0, 1)
    """
    return tuple(mask >> i & 1 for i in range(n))


def weighted(demands: Demands, solved: Solved) -> tuple[list[int], list[Any]]:
    """Read the coalitions with positive weight off a solved program, blocks among them, in bitmask order.

    Parameters
    ----------
    demands : Demands
    solved : Solved
        Of ``cheapest``.

    Returns
    -------
    masks : list of int
    weights : list of numbers
    """
    pairs = zip(solved.keys, solved.weights, strict=True)
    named = sorted((demands.blocks[-1 - key] if key < 0 else key, weight) for key, weight in pairs)
    return [mask for mask, _ in named], [weight for _, weight in named]
