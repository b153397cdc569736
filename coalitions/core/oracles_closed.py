"""The coalition of largest excess where sorting or matching finds it: types, gloves, assignments, airports, estates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label
from coalitions.core.oracles import ExcessOracle, Found, Members, Verdict
from coalitions.errors import WorthError
from coalitions.families.airport import Airport
from coalitions.families.assignment import Assignment, Glove
from coalitions.families.bankruptcy import Bankruptcy
from coalitions.families.typed import TypedGame


class TypedOracle(ExcessOracle):
    """The oracle of players in types: with as many of each type, those who are paid least object most.

    Parameters
    ----------
    players : tuple of labels
    groups : sequence of sequences of int
        The players of each type, by position; together all players.
    worths : ndarray, shape (n_1 + 1, ..., n_m + 1)
        By how many of each type there are.

    Raises
    ------
    WorthError
        A worth is symbolic.

    Notes
    -----
    The product of the (n_t + 1) additions a search, exact for exact worths and payoffs.
    """

    def __init__(self, players: tuple[Label, ...], groups: Sequence[Sequence[int]], worths: NDArray[Any]) -> None:
        for worth in worths.flat:
            if getattr(worth, "free_symbols", None):
                raise WorthError(f"a worth is {worth}, a symbol: a core compares worths, so give it a number first")
        self.players = players
        self._groups = tuple(tuple(group) for group in groups)
        self._worths = worths
        self._floats = worths.astype(np.float64)
        self.exact = not any(isinstance(worth, float) for worth in worths.flat)
        self._kind = {i: t for t, group in enumerate(self._groups) for i in group}

    @classmethod
    def of_types(cls, game: TypedGame) -> TypedOracle:
        """Read a game of types.

        Parameters
        ----------
        game : TypedGame

        Returns
        -------
        TypedOracle
        """
        ends = np.cumsum([0, *game.counts]).tolist()
        return cls(game.players, [range(a, b) for a, b in pairwise(ends)], game.worths)

    @classmethod
    def of_gloves(cls, game: Glove) -> TypedOracle:
        """Read a glove game: owners of left gloves, of right ones, of none.

        Parameters
        ----------
        game : Glove

        Returns
        -------
        TypedOracle
        """
        left = [i for i in range(game.n) if game.left >> i & 1]
        right = [i for i in range(game.n) if game.right >> i & 1]
        null = [i for i in range(game.n) if not (game.left | game.right) >> i & 1]
        shape = (len(left) + 1, len(right) + 1, len(null) + 1)
        pairs = np.minimum(np.arange(shape[0])[:, None, None], np.arange(shape[1])[None, :, None])
        return cls(game.players, [left, right, null], np.broadcast_to(pairs, shape).astype(object))

    @cached_property
    def groups(self) -> tuple[Members, ...]:
        """The types."""
        return tuple(group for group in self._groups if group)

    @cached_property
    def scale(self) -> float:
        """The largest worth."""
        return float(np.abs(self._floats).max()) or 1.0

    def worth(self, members: Members) -> Any:
        """Count the types."""
        state = [0] * len(self._groups)
        for i in members:
            state[self._kind[i]] += 1
        return self._worths[tuple(state)]

    def best(self, x: NDArray[Any], count: int, enough: float) -> Found:
        """Compare all counts."""
        return self._compared(x, count, proper=False)

    def search(self, x: NDArray[Any], count: int = 1, *, proper: bool = False, enough: float = -np.inf) -> Found:
        """Find the coalitions of largest excess by comparing all counts."""
        return self._compared(x, count, proper=proper)

    def _compared(self, x: NDArray[Any], count: int, *, proper: bool) -> Found:
        order = [sorted(group, key=lambda i: x[i]) for group in self._groups]
        excesses: Any = (self._worths if x.dtype == object else self._floats).copy()
        for t, group in enumerate(order):
            paid = np.zeros(len(group) + 1, x.dtype)
            paid[1:] = np.cumsum(x[group])
            excesses -= paid.reshape([-1 if u == t else 1 for u in range(len(order))])
        flat = excesses.ravel()
        if proper:
            flat = flat[1:-1]
        if not len(flat):
            return Found(-np.inf, [])
        if x.dtype == object:
            top = np.array(sorted(range(len(flat)), key=lambda s: -flat[s])[:count])
        else:
            top = np.argpartition(-flat, count)[:count] if count < len(flat) else np.arange(len(flat))
            top = top[np.argsort(-flat[top], kind="stable")]
        states = np.unravel_index(top + int(proper), excesses.shape)
        coalitions = [
            tuple(sorted(i for group, k in zip(order, state, strict=True) for i in group[:k]))
            for state in zip(*(part.tolist() for part in states), strict=True)
        ]
        bound = flat[top[0]]
        return Found(bound if x.dtype == object else float(bound), coalitions)


class AssignmentOracle(ExcessOracle):
    """The oracle of an assignment game: the best matching of pairs that are worth more than they are paid.

    Parameters
    ----------
    game : Assignment

    Notes
    -----
    The Hungarian method on what each pair gains, O(n**3) a search. Only pairs and single players matter for the core
    (Shapley, Shubik 1971), so they are given along with the best coalition.
    """

    def __init__(self, game: Assignment) -> None:
        self.players = game.players
        self._game = game
        self._rows = len(game.matrix)
        self._worths = np.array([[float(a) for a in row] for row in game.matrix])

    @cached_property
    def scale(self) -> float:
        """The worth of everybody, or of the best pair."""
        return max(float(self.worth(tuple(range(self.n)))), float(self._worths.max())) or 1.0

    def worth(self, members: Members) -> float:
        """Match the members."""
        from scipy.optimize import linear_sum_assignment

        rows = [i for i in members if i < self._rows]
        columns = [i - self._rows for i in members if i >= self._rows]
        part = self._worths[np.ix_(rows, columns)]
        return float(part[linear_sum_assignment(part, maximize=True)].sum()) if part.size else 0.0

    def best(self, x: NDArray[Any], count: int, enough: float) -> Found:
        """Match the pairs that gain; who is paid less than nothing gains alone."""
        from scipy.optimize import linear_sum_assignment

        alone = np.maximum(-x, 0.0)
        apart = alone[: self._rows, None] + alone[None, self._rows :]
        gains = self._worths - x[: self._rows, None] - x[None, self._rows :]
        matched = linear_sum_assignment(np.maximum(gains - apart, 0.0), maximize=True)
        together = [(int(i), int(j) + self._rows) for i, j in zip(*matched, strict=True) if gains[i, j] > apart[i, j]]
        taken = {i for pair in together for i in pair}
        all_in = tuple(sorted(taken | {i for i in np.flatnonzero(x < 0).tolist() if i not in taken}))
        pairs = np.argsort(-gains, axis=None, kind="stable")[: max(count, 1)]
        parts = [(int(p) // gains.shape[1], int(p) % gains.shape[1] + self._rows) for p in pairs]
        singles = [(int(i),) for i in np.argsort(x, kind="stable")[: max(count // 4, 1)]]
        found = self.ranked([*parts, *singles, ()], x, count)
        bound = max(self.excess(all_in, x), found.bound)
        rest = [members for members in found.coalitions if members != all_in]
        return Found(bound, [all_in, *rest] if self.excess(all_in, x) >= found.bound else found.coalitions)


class AirportOracle(ExcessOracle):
    """The oracle of an airport game: for every length of runway, whoever needs no more and pays for it.

    Parameters
    ----------
    game : Airport

    Notes
    -----
    O(n log n) a search, exact for exact costs and payoffs. The core is never empty: the neediest player may pay all.
    """

    def __init__(self, game: Airport) -> None:
        self.players = game.players
        self._costs = game.costs
        self.exact = not any(isinstance(cost, float) for cost in game.costs)
        self._order = sorted(range(game.n), key=lambda i: game.costs[i])

    def worth(self, members: Members) -> Any:
        """Minus the cost of the neediest."""
        return -max((self._costs[i] for i in members), default=0)

    def verdict(self) -> Verdict:
        """The neediest player pays all."""
        point = [0] * self.n
        point[self._order[-1]] = -self._costs[self._order[-1]]
        return Verdict(point, [], [], "the neediest player pays all")

    def best(self, x: NDArray[Any], count: int, enough: float) -> Found:
        """Try every length."""
        chosen: list[int] = []
        candidates: list[Members] = [()]
        for i in self._order:
            if x[i] < 0:
                chosen.append(i)
                candidates.append(tuple(sorted(chosen)))
        return self.ranked(candidates, x, count)


class BankruptcyOracle(ExcessOracle):
    """The oracle of a bankruptcy game: whoever gets less than its claim, or less than nothing.

    Parameters
    ----------
    game : Bankruptcy

    Notes
    -----
    O(n) a search, exact for exact claims and payoffs. The game is convex, so its core is never empty.
    """

    def __init__(self, game: Bankruptcy) -> None:
        self.players = game.players
        self._game = game
        self._all = sum(game.claims)
        self.exact = not any(isinstance(number, float) for number in (game.estate, *game.claims))

    def worth(self, members: Members) -> Any:
        """What the others leave."""
        inside = sum(self._game.claims[i] for i in members)
        return max(0, self._game.estate - (self._all - inside)) if members else 0

    def verdict(self) -> Verdict:
        """Losses from the last claimant to the first: a marginal vector."""
        left, point = self._game.estate, []
        for claim in self._game.claims:
            point.append(min(claim, left))
            left -= point[-1]
        return Verdict(point, [], [], "claims paid in turn")

    def best(self, x: NDArray[Any], count: int, enough: float) -> Found:
        """Compare those below their claims with those below nothing."""
        short = tuple(i for i, claim in enumerate(self._game.claims) if x[i] < claim)
        unpaid = tuple(i for i in range(self.n) if x[i] < 0)
        return self.ranked([short, unpaid, ()], x, count)
