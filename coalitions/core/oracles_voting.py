"""The coalition of largest excess in voting games: the cheapest coalition that wins.

Where nobody is paid less than nothing, it is the winning coalition that is paid least. Others join every coalition: if
they win by themselves nothing beats them, and if they do not, they are the best that lose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import coalition_sizes, members_of, subset_sums
from coalitions.core.binary import PRECISION, BinaryProgram
from coalitions.core.oracles import ExcessOracle, Found, Members, Verdict
from coalitions.families.simple import SimpleGame
from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame
from coalitions.worths import FLOAT_INTEGERS, integer_worths

MOST_STATES = 50_000_000
"""Players times weights up to which the cheapest coalition is found by dynamic programming; a byte each."""

MOST_HALVED = 36
"""Players up to whom it is found by meeting in the middle."""

_DRAWS = 24


class Cover(Protocol):
    """Whoever finds the winning coalitions paid least when nobody is paid less than nothing."""

    exact: bool
    precision: float

    def cheapest(self, prices: NDArray[Any], count: int, enough: float) -> tuple[Any, list[Members]]:
        """Give the least sum of prices and coalitions that come near it.

        Coalitions cheaper than ``enough`` are proof enough that there are some; the sum is 0 where they are given.

        Parameters
        ----------
        prices : ndarray, shape (n,)
            Not negative; float64, or exact numbers where the cover is exact.
        count : int
            How many coalitions to give at most.
        enough : float

        Returns
        -------
        least : number
        coalitions : list of tuple of int
            Cheapest first.
        """
        ...


class VotingOracle(ExcessOracle):
    """The oracle of weighted voting under one rule or several, and of any simple game.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame or SimpleGame

    Notes
    -----
    One rule with small weights: dynamic programming over the weights, O(n q) (Elkind, Goldberg, Goldberg, Wooldridge
    2009). One rule of any weights for up to 36 players, 28 with a least number of members: all halves of coalitions,
    O(2**(n/2)). Both are exact for exact payoffs. Otherwise a binary program, its coalitions checked in exact numbers.
    A simple game given by its minimal winning coalitions compares them all.

    References
    ----------
    .. [1] E. Elkind, L. A. Goldberg, P. W. Goldberg, M. Wooldridge (2009), On the computational complexity of weighted
           voting games, Annals of Mathematics and Artificial Intelligence 56, 109-131.
    """

    def __init__(self, game: WeightedVotingGame | MultipleVotingGame | SimpleGame) -> None:
        self.players = game.players
        self._masks = game.masks if isinstance(game, SimpleGame) else ()
        rules: tuple[WeightedVotingGame, ...] = ()
        if isinstance(game, MultipleVotingGame):
            rules = game.rules
        elif isinstance(game, WeightedVotingGame):
            rules = (game,)
        self._rules = [rule.whole for rule in rules]
        small = all(sum(weights) < FLOAT_INTEGERS for weights, _ in self._rules)
        self._weights = [np.array(weights, np.int64 if small else object) for weights, _ in self._rules]
        self._fewest: int = getattr(game, "count_quota", 0)
        self._enough: int | None = getattr(game, "or_count", None)
        self._cover = self._make_cover()
        self.exact, self.precision = self._cover.exact, self._cover.precision

    def _make_cover(self) -> Cover:
        if self._masks:
            return _Listed(self._masks)
        if len(self._rules) == 1:
            weights, quota = self._rules[0]
            fewest = self._fewest if self._fewest > 1 else 0
            if not fewest and self.n * (quota + max(weights)) <= MOST_STATES:
                return _Knapsack(weights, quota)
            if self.n <= MOST_HALVED - (8 if fewest else 0) and sum(weights) < FLOAT_INTEGERS:
                return _Halves(weights, quota, fewest)
        return _Binary(self._rules, self._fewest, self._wins_by_rules, self.n)

    @cached_property
    def scale(self) -> float:
        """What winning is worth."""
        return 1.0

    @cached_property
    def groups(self) -> tuple[Members, ...]:
        """Players of the same weight under every rule."""
        alike: dict[Any, list[int]] = defaultdict(list)
        for i in range(self.n):
            alike[i if self._masks else tuple(weights[i] for weights, _ in self._rules)].append(i)
        return tuple(tuple(group) for group in alike.values())

    def _wins_by_rules(self, members: Iterable[int]) -> bool:
        inside = list(members)
        return len(inside) >= self._fewest and all(
            weights[inside].sum() >= quota for weights, (_, quota) in zip(self._weights, self._rules, strict=True)
        )

    def worth(self, members: Members) -> int:
        """1 if they win."""
        if self._masks:
            mask = sum(1 << i for i in members)
            return int(any(least & mask == least for least in self._masks))
        return int(self._wins_by_rules(members) or (self._enough is not None and len(members) >= self._enough))

    def verdict(self) -> Verdict:
        """The core of a simple game is empty exactly when nobody has a veto."""
        everyone = tuple(range(self.n))
        rest = [everyone[:i] + everyone[i + 1 :] for i in everyone]
        veto = [i for i in everyone if not self.worth(rest[i])]
        if not veto:
            return Verdict(None, rest, [1 / (self.n - 1)] * self.n, "nobody has a veto")
        return Verdict([1 / len(veto) if i in veto else 0.0 for i in everyone], [], [], "the players with a veto")

    def quick(self, x: NDArray[np.float64], count: int, *, proper: bool) -> list[Members]:
        """Find coalitions of large excess; where the proof is a binary program, by greed."""
        found = self.best(x, count, -self.n if self._cover.precision else -np.inf)
        return [members for members in found.coalitions if members and (len(members) < self.n or not proper)]

    def best(self, x: NDArray[Any], count: int, enough: float) -> Found:
        """Find the cheapest winning coalition, with everybody who is paid less than nothing."""
        free = {i for i in range(self.n) if x[i] < 0}
        joined = tuple(sorted(free))
        alone = self.excess(joined, x)
        if self.worth(joined):
            return Found(alone, [joined])
        prices = np.where(x < 0, x * 0, x)
        gain = sum(-x[i] for i in joined)
        least, covers = self._cover.cheapest(prices, count, 1 + float(gain) - enough)
        if self._enough is not None:
            cheap = sorted(range(self.n), key=lambda i: prices[i])[: self._enough]
            covers.append(tuple(sorted(cheap)))
            least = min(least, sum(prices[list(cheap)].tolist()))
        found = self.ranked([joined, *(tuple(sorted(free.union(cover))) for cover in covers)], x, count)
        return Found(max(1 + gain - least, alone), found.coalitions)


class _Knapsack:
    """One rule with small whole weights: the cheapest coalition of every weight."""

    exact = True
    precision = 0.0

    def __init__(self, weights: Sequence[int], quota: int) -> None:
        self._heavy = [i for i, weight in enumerate(weights) if weight]
        self._weights = np.array([weights[i] for i in self._heavy], np.int64)
        self._quota = quota
        self._states = min(
            quota + int(self._weights.max()), int(self._weights.sum()) + 1
        )  # no more, without idle members
        self._taken = np.zeros((len(self._heavy), self._states), np.uint8)

    def cheapest(self, prices: NDArray[Any], count: int, enough: float) -> tuple[Any, list[Members]]:
        from coalitions._kernels_oracles import cheapest_of_weight, trace_weights

        own = prices[self._heavy]
        if prices.dtype == object:
            scaled = integer_worths(own)
            if scaled is None or sum(scaled[0]) >= 1 << 62:
                raise OverflowError("the payoffs are too fine for integers of 64 bits")
            own = np.array(scaled[0], np.int64)
        nobody = own.dtype.type(2 * own.sum() + 1)
        cost = np.empty(self._states, own.dtype)
        self._taken[:] = 0
        cheapest_of_weight(self._weights, own, nobody, cost, self._taken)
        order = np.argsort(cost[self._quota :], kind="stable")[:count] + self._quota
        order = order[cost[order] < nobody]
        members = np.zeros((len(order), len(self._heavy)), np.uint8)
        trace_weights(self._weights, self._taken, order, members)
        heavy = np.array(self._heavy)
        least = prices[heavy[members[0] > 0]].sum() if len(order) else 0
        return least, [tuple(heavy[row > 0].tolist()) for row in members]


class _Halves:
    """One rule of any weights, and a least number of members: each half of a coalition with its cheapest other half."""

    exact = True
    precision = 0.0

    def __init__(self, weights: Sequence[int], quota: int, fewest: int) -> None:
        half = len(weights) // 2
        self._half = half
        left, right = subset_sums(weights[:half]), subset_sums(weights[half:])
        sizes = coalition_sizes(half).astype(np.int64)
        missing = np.maximum(fewest - sizes, 0)
        other = coalition_sizes(len(weights) - half)
        self._parts = []
        for least in np.unique(missing).tolist():
            order = np.flatnonzero(other >= least)
            order = order[np.argsort(right[order], kind="stable")]
            lefts = np.flatnonzero(missing == least)
            first = np.searchsorted(right[order], quota - left[lefts])
            able = first < len(order)
            if able.any():
                self._parts.append((order, lefts[able], first[able]))

    def cheapest(self, prices: NDArray[Any], count: int, enough: float) -> tuple[Any, list[Members]]:
        left, right = subset_sums(prices[: self._half]), subset_sums(prices[self._half :])
        pairs: list[tuple[Any, int, int]] = []
        for order, lefts, first in self._parts:
            sums = right[order]
            suffix = np.minimum.accumulate(sums[::-1])[::-1]
            costs = left[lefts] + suffix[first]
            top = np.argsort(costs, kind="stable")[:count]
            for at in top.tolist():
                begin = int(first[at])
                pairs.append((costs[at], int(lefts[at]), int(order[begin + int(np.argmin(sums[begin:]))])))
        pairs.sort(key=lambda pair: pair[0])
        masks = [low | high << self._half for _, low, high in pairs[:count]]
        return pairs[0][0], [tuple(members_of(mask)) for mask in masks]


class _Listed:
    """A simple game by its minimal winning coalitions."""

    exact = True
    precision = 0.0

    def __init__(self, masks: Sequence[int]) -> None:
        self._coalitions = [tuple(members_of(mask)) for mask in masks]

    def cheapest(self, prices: NDArray[Any], count: int, enough: float) -> tuple[Any, list[Members]]:
        costs = [sum(prices[list(members)].tolist()) for members in self._coalitions]
        order = sorted(range(len(costs)), key=costs.__getitem__)[:count]
        return costs[order[0]], [self._coalitions[i] for i in order]


class _Binary:
    """Any rules: greedy coalitions while they serve, then a binary program to prove that none is cheaper."""

    exact = False
    precision = PRECISION

    def __init__(self, rules: Sequence[tuple[Sequence[int], int]], fewest: int, wins: Any, n: int) -> None:
        self._wins, self._n = wins, n
        own = [(weights, quota) for weights, quota in rules]
        if fewest > 1:
            own.append(((1,) * n, fewest))
        self._needs = [np.array([weight / quota for weight in weights]) for weights, quota in own]
        rows = [(1.0, np.inf, range(n), need.tolist()) for need in self._needs]
        self._program = BinaryProgram(n, (), rows, scale=1.0)

    def cheapest(self, prices: NDArray[Any], count: int, enough: float) -> tuple[Any, list[Members]]:
        if enough < np.inf:
            cheap = [members for members in self._greedy(prices, count) if prices[list(members)].sum() < enough]
            if cheap:
                return 0.0, cheap
        while True:
            members, bound = self._program.solve(-prices, proper=False)
            if self._wins(members):
                return min(-bound, float(prices[list(members)].sum())), [members]
            outside = [i for i in range(self._n) if i not in members]  # won by rounding only: it takes one more
            self._program.add_row(1.0, np.inf, outside, [1.0] * len(outside))

    def _greedy(self, prices: NDArray[np.float64], count: int) -> list[Members]:
        rng = np.random.default_rng(0)
        found: dict[Members, None] = {}
        for draw in range(min(count, _DRAWS)):
            mix = rng.dirichlet(np.ones(len(self._needs))) if draw else np.full(len(self._needs), 1 / len(self._needs))
            use = sum(share * need for share, need in zip(mix, self._needs, strict=True))
            noise = rng.uniform(0.7, 1.3, self._n) if draw else 1.0
            order = np.argsort(prices * noise / np.maximum(use, 1e-12), kind="stable").tolist()
            chosen: list[int] = []
            for i in order:
                chosen.append(i)
                if self._wins(chosen):
                    break
            for i in sorted(chosen, key=lambda i: -prices[i]):
                if self._wins([j for j in chosen if j != i]):
                    chosen.remove(i)
            found[tuple(sorted(chosen))] = None
        return list(found)
