"""The Weber set: everything between the marginal vectors, decided without listing them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation, as_payoffs
from coalitions.coalition import Label, coalition_sizes
from coalitions.errors import TooLargeError
from coalitions.exact import fractions_of, maximise
from coalitions.game import Game, as_game
from coalitions.program import Columns, Master, generate
from coalitions.tolerance import scale_of, tolerance_of
from coalitions.values.dividends import comparable_worths

_LISTED_PLAYERS = 8
_PLAYERS = 18


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WeberMembership:
    """Whether a payoff is an average of marginal vectors; true or false in a condition, with the proof.

    Attributes
    ----------
    holds : bool
    orders : tuple of tuples of labels
        Orders of arrival whose marginal vectors average to the payoff, where it is in the set.
    weights : tuple of numbers
        Theirs, with sum 1.
    prices : dict or None
        Where it is not: prices of the players' payoffs, at most 1 in size, at which every marginal vector is worth
        less than the payoff by ``distance`` at least.
    distance : number
        The sum of the absolute differences to the nearest payoff in the set.
    tolerance : float
        A distance up to this counts as none; 0 when worths and payoffs are exact.
    """

    holds: bool
    orders: tuple[tuple[Label, ...], ...]
    weights: tuple[Any, ...]
    prices: dict[Label, Any] | None
    distance: Any
    tolerance: float

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        if not self.holds:
            return f"not in the Weber set: {float(self.distance):g} away from it"
        rows = [
            f"{weight if isinstance(weight, Fraction) else format(weight, '.4g'):>8}  {' '.join(map(str, order))}"
            for weight, order in zip(self.weights, self.orders, strict=True)
        ]
        return "\n".join(["in the Weber set: the average over these orders of arrival", *rows])


@dataclass(frozen=True, kw_only=True, eq=False)
class WeberSet:
    """The averages of marginal vectors: what players can expect to add when they arrive in a random order.

    Attributes
    ----------
    game : Game
    is_empty : bool
        Never.
    """

    game: Game
    is_empty: bool = False
    _worths: NDArray[Any] = field(repr=False)

    def marginal_vectors(self) -> list[Allocation]:
        """List the distinct marginal vectors; the Weber set is their convex hull.

        Returns
        -------
        list of Allocation
            In increasing order of the payoffs; Fractions for rational worths.

        Raises
        ------
        TooLargeError
            More than 8 players, whose orders are more than 40,320.

        Examples
        --------
        >>> [vector.payoffs.tolist() for vector in weber_set(Game("AB", [0, 1, 2, 5])).marginal_vectors()]
        [[1.0, 4.0], [3.0, 2.0]]
        """
        n = self.game.n
        if n > _LISTED_PLAYERS:
            raise TooLargeError(
                f"{n} players arrive in {n}! orders; up to {_LISTED_PLAYERS} players are listed: ask contains(x)"
            )
        vectors = {tuple(_vector(self._worths, order).tolist()) for order in permutations(range(n))}
        return [
            Allocation(
                players=self.game.players,
                payoffs=np.array(vector, self._worths.dtype),
                solution="marginal vector",
                method="exact",
            )
            for vector in sorted(vectors)
        ]

    def contains(self, x: Any) -> WeberMembership:
        """Say whether a payoff is an average of marginal vectors, with the orders or with prices that rule it out.

        Parameters
        ----------
        x : Allocation, mapping from player to payoff, or array_like of shape (n,)

        Returns
        -------
        WeberMembership
            True or false in a condition.

        Raises
        ------
        CoalitionError
            A player without a payoff, an unknown one, a payoff that is not finite.
        TooLargeError
            More than 18 players.

        Notes
        -----
        A linear program whose columns are orders of arrival; the best order at given prices is a longest way from
        nobody to everybody, O(n 2**n). Exact when worths and payoffs are.

        Examples
        --------
        >>> weber_set(Game("AB", [0, 1, 2, 5])).contains([2, 3]).weights
        (0.5, 0.5)
        """
        n = self.game.n
        if n > _PLAYERS:
            raise TooLargeError(f"{n} players; the Weber set decides on payoffs of up to {_PLAYERS}")
        payoffs = as_payoffs(x, self.game.players)
        exact = self._worths.dtype == object and payoffs.dtype == object
        found: tuple[Any, list[tuple[int, ...]], list[Any], list[Any]]
        if exact:
            found = _nearest_exactly(self._worths, fractions_of(payoffs))
            tolerance = 0.0
        else:
            worths, shares = self._worths.astype(np.float64), payoffs.astype(np.float64)
            tolerance = n * max(tolerance_of(worths), tolerance_of(shares))
            found = _nearest(worths, shares, tolerance)
        value, orders, weights, prices = found
        holds = bool(-value <= tolerance)
        named = tuple(tuple(self.game.players[i] for i in order) for order in orders) if holds else ()
        return WeberMembership(
            holds=holds,
            orders=named,
            weights=tuple(weights) if holds else (),
            prices=None if holds else dict(zip(self.game.players, [-price for price in prices], strict=True)),
            distance=max(-value, 0 * value),
            tolerance=tolerance,
        )


def weber_set(game: Any) -> WeberSet:
    """Describe the averages of marginal vectors, which hold the core and, for convex games only, nothing else.

    Parameters
    ----------
    game : Game
        n players, or anything with ``to_game()``.

    Returns
    -------
    WeberSet
        With ``contains(x)`` and, for few players, ``marginal_vectors()``.

    Raises
    ------
    WorthError
        Symbolic worths.

    References
    ----------
    .. [1] R. J. Weber (1988), Probabilistic values for games, in A. E. Roth (ed.), The Shapley Value, 101-119.
    .. [2] J. Derks (1992), A short proof of the inclusion of the core in the Weber set, International Journal of Game
           Theory 21, 149-150.

    Examples
    --------
    >>> weber_set(Game("AB", [0, 1, 2, 5])).contains([0, 5]).distance
    2.0
    """
    given = as_game(game)
    return WeberSet(game=given, _worths=comparable_worths(given))


def _vector(worths: NDArray[Any], order: Any) -> NDArray[Any]:
    """Pay every player what it adds when it arrives."""
    payoffs = np.zeros(len(order), worths.dtype)
    there = 0
    for i in order:
        payoffs[i] = worths[there | 1 << i] - worths[there]
        there |= 1 << i
    return payoffs


class _Orders:
    """The oracle that finds the order of arrival whose marginal vector is worth most at given prices."""

    def __init__(self, worths: NDArray[Any]) -> None:
        self.worths = worths
        self.n = len(worths).bit_length() - 1
        sizes = coalition_sizes(self.n)
        by_size = np.argsort(sizes, kind="stable")
        self.layers = np.split(by_size, np.cumsum(np.bincount(sizes))[:-1])
        self.known: dict[tuple[int, ...], int] = {}

    def best(self, prices: Any) -> tuple[Any, tuple[int, ...]]:
        """Give the largest sum of price times contribution, and the order."""
        best = np.zeros(len(self.worths), self.worths.dtype)
        last = np.full(len(self.worths), -1, np.int8)
        for layer in self.layers[1:]:
            for i, price in enumerate(prices):
                with_i = layer[(layer >> i & 1).astype(bool)]
                without = with_i ^ (1 << i)
                value = best[without] + (self.worths[with_i] - self.worths[without]) * price
                better = (last[with_i] < 0) | (value > best[with_i])
                best[with_i[better]] = value[better]
                last[with_i[better]] = i
        order = []
        mask = len(self.worths) - 1
        while mask:
            order.append(int(last[mask]))
            mask ^= 1 << order[-1]
        return best[-1], tuple(reversed(order))

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Give the order that improves most: its column holds its marginal vector and a 1."""
        value, order = self.best(-prices[: self.n])
        return float(value - prices[self.n]), self.column(order)

    def column(self, order: tuple[int, ...]) -> Columns:
        """Write an order as a column of the master program."""
        key = self.known.setdefault(order, len(self.known))
        vector = _vector(self.worths, order)
        rows = np.arange(self.n + 1, dtype=np.int32)
        return Columns(np.array([key]), np.zeros(1), [rows], [np.append(vector, 1.0)])


def _nearest(
    worths: NDArray[np.float64], x: NDArray[np.float64], tolerance: float
) -> tuple[float, list[tuple[int, ...]], list[float], list[float]]:
    """Find the payoff in the set nearest to x, in the sum of absolute differences; the value is less the distance."""
    n = len(x)
    unit = 2.0 ** math.ceil(math.log2(max(scale_of(worths), scale_of(x))))  # a power of two divides without rounding
    oracle = _Orders(worths / unit)
    right = np.append(x / unit, 1.0)
    master = Master(right, right, scale=1.0)
    for i in range(n):
        for sign in (1.0, -1.0):
            key = np.array([-1 - 2 * i - (sign < 0)])
            master.add(Columns(key, np.array([-1.0]), [np.array([i], np.int32)], [np.array([sign])]))
    master.add(oracle.column(tuple(range(n))))
    found = generate(master, oracle, mass=1.0, tolerance=tolerance / unit / 2, batch=1)
    orders = list(oracle.known)
    used = (found.keys >= 0) & (found.weights > 1e-12)
    weights: list[float] = found.weights[used].tolist()
    return (
        found.value * unit,
        [orders[key] for key in found.keys[used].tolist()],
        weights,
        found.prices[:n].tolist(),
    )


def _nearest_exactly(
    worths: NDArray[Any], x: list[Fraction]
) -> tuple[Fraction, list[tuple[int, ...]], list[Fraction], list[Fraction]]:
    """Find it in rational numbers, order by order."""
    n = len(x)
    oracle = _Orders(worths)
    orders = [tuple(range(n))]
    slacks = [[sign * Fraction(int(i == j)) for j in range(n)] + [Fraction(0)] for i in range(n) for sign in (1, -1)]
    while True:
        columns = slacks + [[*_vector(worths, order).tolist(), Fraction(1)] for order in orders]
        found = maximise([-1] * (2 * n) + [0] * len(orders), columns, [*x, 1])
        assert found is not None  # the differences may be as large as they need be
        value, weights, prices = found
        gain, order = oracle.best([-price for price in prices[:n]])
        if gain <= prices[n]:
            used = [(order, weight) for order, weight in zip(orders, weights[2 * n :], strict=True) if weight]
            return value, [order for order, _ in used], [weight for _, weight in used], prices[:n]
        orders.append(order)
