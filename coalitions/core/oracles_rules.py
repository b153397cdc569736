"""The coalition of largest excess in games that are sums of rules: links, dividends, marginal-contribution nets.

A rule adds its worth to the coalitions that hold some players and not some others. Where every rule of two players and
more only asks for players to be in, and adds, the worst coalition is a minimum cut; otherwise it is a binary program.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, members_of
from coalitions.core.binary import PRECISION, BinaryProgram
from coalitions.core.oracles import ExcessOracle, Found, Members, Verdict
from coalitions.errors import WorthError
from coalitions.families.dividends import Dividends, dividends_shapley
from coalitions.families.graph import InducedSubgraph, subgraph_shapley
from coalitions.families.mc_nets import MCNet, mc_net_shapley
from coalitions.tolerance import RELATIVE
from coalitions.worths import integer_worths

_DENSE = 20_000_000  # rules times players up to which a matrix of both is kept
_STARTS = 24


class RulesOracle(ExcessOracle):
    """What the searches for games of rules have in common: the rules, their worths, and what is known of their cores.

    Parameters
    ----------
    game : InducedSubgraph, Dividends or MCNet

    Raises
    ------
    WorthError
        A worth is symbolic.
    """

    def __init__(self, game: InducedSubgraph | Dividends | MCNet) -> None:
        self.players: tuple[Label, ...] = game.players
        self._game = game
        self._rules = [rule for rule in _rules(game) if rule[2] != 0]
        self._worths = np.array([float(worth) for _, _, worth in self._rules])
        sizes = [len(inside) + len(outside) for inside, outside, _ in self._rules]
        self._who = np.array([i for inside, outside, _ in self._rules for i in inside + outside], np.int64)
        self._wanted = np.array([i in inside for inside, outside, _ in self._rules for i in inside + outside], bool)
        self._starts = np.cumsum([0, *sizes])[:-1]

    @cached_property
    def scale(self) -> float:
        """The largest worth in sight, rules included."""
        return max(float(np.abs(self._worths).max(initial=0.0)), super().scale)

    def applying(self, members: Members) -> NDArray[np.bool_]:
        """Mark the rules that apply to a coalition.

        Parameters
        ----------
        members : tuple of int

        Returns
        -------
        ndarray of bool, shape (rules,)
        """
        inside = np.zeros(self.n, bool)
        inside[list(members)] = True
        broken = inside[self._who] != self._wanted
        return np.add.reduceat(broken, self._starts, dtype=np.int64) == 0 if len(broken) else np.zeros(0, bool)

    def worth(self, members: Members) -> Any:
        """Sum the rules that apply, as exactly as they are."""
        return sum((self._rules[r][2] for r in np.flatnonzero(self.applying(members)).tolist()), 0)

    def excess(self, members: Members, x: NDArray[Any]) -> Any:
        """Give v(S) - x(S); in floats by one sum."""
        if x.dtype == object:
            return super().excess(members, x)
        return float(self._worths[self.applying(members)].sum() - x[list(members)].sum())

    def guess(self) -> NDArray[np.float64]:
        """The Shapley value."""
        return np.array([float(x) for x in _shapley(self._game)])

    def verdict(self) -> Verdict | None:
        """The core of a game of links is empty exactly when a cut is negative, that is, without its Shapley value."""
        if not isinstance(self._game, InducedSubgraph):
            return None
        shapley = _shapley(self._game)
        found = self.search(np.array([float(x) for x in shapley]))
        if found.bound <= max(RELATIVE * self.scale, self.precision):
            return Verdict(shapley, [], [], "the Shapley value, as no cut is negative")
        worst = found.coalitions[0]
        rest = tuple(i for i in range(self.n) if i not in worst)
        return Verdict(None, [worst, rest], [1.0, 1.0], "a negative cut")


class CutOracle(RulesOracle):
    """The oracle of a game whose rules only ask for players to be in, and add where they ask for two or more.

    Parameters
    ----------
    game : InducedSubgraph, Dividends or MCNet

    Notes
    -----
    One minimum cut a search, in a network of the players and of the rules for three and more of them; exact for exact
    worths and payoffs that fit integers of 64 bits.

    References
    ----------
    .. [1] J. C. Picard (1976), Maximal closure of a graph and applications to combinatorial problems, Management
           Science 22, 1268-1272.
    .. [2] X. Deng, C. H. Papadimitriou (1994), On the complexity of cooperative solution concepts, Mathematics of
           Operations Research 19, 257-266.
    """

    def __init__(self, game: InducedSubgraph | Dividends | MCNet) -> None:
        super().__init__(game)
        self.exact = not any(isinstance(worth, float) for _, _, worth in self._rules)
        n = self.n
        self._own: list[Any] = [0] * n  # twice what a player adds: alone, and with half of each of its pairs
        links: dict[Members, Any] = {}
        larger: list[tuple[Members, Any]] = []
        for inside, _, worth in self._rules:
            if len(inside) == 2:
                links[inside] = links.get(inside, 0) + worth
            elif len(inside) > 2:
                larger.append((inside, worth))
            for i in inside if len(inside) <= 2 else ():
                self._own[i] += worth * 2 if len(inside) == 1 else worth
        self._fixed = [*links.values(), *(2 * worth for _, worth in larger)]
        self._float_own = np.array([float(worth) for worth in self._own])
        self._float_fixed = np.array([float(worth) for worth in self._fixed])
        source, sink = n + len(larger), n + len(larger) + 1
        ends = [(source, i) for i in range(n)] + [(i, sink) for i in range(n)] + list(links)
        ends += [(source, n + h) for h in range(len(larger))]
        ends += [(n + h, i) for h, (inside, _) in enumerate(larger) for i in inside]
        both = np.array([pair for a, b in ends for pair in ((a, b), (b, a))], np.int64)
        order = np.argsort(both[:, 0], kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        self._nodes, self._links, self._bonds = sink + 1, len(links), len(ends) - 2 * n - len(self._fixed)
        self._order, self._first = order, np.searchsorted(both[order, 0], np.arange(sink + 2))
        self._head, self._twin = both[order, 1], place[order ^ 1]

    def verdict(self) -> Verdict:
        """The game is convex, so its Shapley value is in the core."""
        return Verdict(_shapley(self._game), [], [], "the Shapley value of a convex game")

    def best(self, x: NDArray[Any], count: int, enough: float) -> Found:
        """Find the worst coalition by a cut, and others by one cut for each player who is not in it."""
        found = [self._cut(x), ()]
        if count > 1 and self.excess(found[0], x) > enough:
            push = 8 * self._reach(x)
            for i in set(range(self.n)).difference(found[0]):
                pinned = x.copy()
                pinned[i] -= push
                found.append(self._cut(pinned))
                if len(found) > count:
                    break
        return self.ranked(found, x, count)

    def _cut(self, x: NDArray[Any]) -> Members:
        """Cut the network of twice the gains."""
        from coalitions._kernels_oracles import minimum_cut

        n = self.n
        if x.dtype == object:
            rooms = self._whole_rooms(x)
        else:
            rooms = np.concatenate((self._float_own - 2 * x, self._float_fixed))
        gains, fixed = rooms[:n], rooms[n:]
        zero = np.zeros_like
        forth = [np.maximum(gains, 0), np.maximum(-gains, 0), fixed, np.full(self._bonds, np.abs(rooms).sum() + 1)]
        back = [zero(gains), zero(gains), fixed[: self._links], zero(fixed[self._links :]), np.zeros(self._bonds)]
        room = np.stack([np.concatenate(forth), np.concatenate(back).astype(rooms.dtype)], axis=1).astype(rooms.dtype)
        room = room.ravel()[self._order]
        level = np.empty(self._nodes, np.int64)
        minimum_cut(self._first, self._head, self._twin, room, self._nodes - 2, self._nodes - 1, level)
        return tuple(np.flatnonzero(level[:n] >= 0).tolist())

    @cached_property
    def _whole_fixed(self) -> tuple[list[int], int]:
        scaled = integer_worths(self._fixed)
        assert scaled is not None  # exact oracles have rational worths only
        return scaled

    def _whole_rooms(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """Bring gains and worths to a common denominator."""
        fixed, below = self._whole_fixed
        scaled = integer_worths([own - 2 * paid for own, paid in zip(self._own, x.tolist(), strict=True)])
        if scaled is not None:
            common = math.lcm(scaled[1], below)
            gains = [gain * (common // scaled[1]) for gain in scaled[0]]
            factor = common // below
            if sum(map(abs, gains)) + factor * sum(fixed) < 1 << 61:
                return np.concatenate((np.array(gains, np.int64), np.array(fixed, np.int64) * factor))
        raise OverflowError("payoffs and worths are too fine for integers of 64 bits")


class ProgramOracle(RulesOracle):
    """The oracle of a game of any rules: local search while it serves, then a binary program.

    Parameters
    ----------
    game : InducedSubgraph, Dividends or MCNet

    Notes
    -----
    A continuous variable a rule, held to its players by one row each. The proof is the solver's, to within
    ``precision``.
    """

    def __init__(self, game: InducedSubgraph | Dividends | MCNet) -> None:
        super().__init__(game)
        self.precision = PRECISION * self.scale
        n = self.n
        self._alone = np.zeros(n)
        rewards: list[float] = []
        rows: list[tuple[float, float, list[int], list[float]]] = []
        for inside, outside, worth in self._rules:
            if len(inside) == 1 and not outside:
                self._alone[inside[0]] += float(worth)
                continue
            y = n + len(rewards)
            rewards.append(float(worth))
            if worth > 0:
                rows += [(-np.inf, 0.0, [y, i], [1.0, -1.0]) for i in inside]
                rows += [(-np.inf, 1.0, [y, i], [1.0, 1.0]) for i in outside]
            else:
                signs = [-1.0] * len(inside) + [1.0] * len(outside)
                rows.append((1.0 - len(inside), np.inf, [y, *inside, *outside], [1.0, *signs]))
        self._program = BinaryProgram(n, rewards, rows, scale=self.scale)
        self._recent: list[Members] = []
        self._wants = self._bars = np.zeros((0, n))
        if len(self._rules) * n <= _DENSE:
            self._wants, self._bars = np.zeros((2, len(self._rules), n))
            for r, (inside, outside, _) in enumerate(self._rules):
                self._wants[r, list(inside)] = 1.0
                self._bars[r, list(outside)] = 1.0

    def best(self, x: NDArray[Any], count: int, enough: float) -> Found:
        """Search all coalitions."""
        return self.search(x, count, enough=enough)

    def search(self, x: NDArray[Any], count: int = 1, *, proper: bool = False, enough: float = -np.inf) -> Found:
        """Find coalitions of large excess, and prove that none is larger; see ``ExcessOracle.search``."""
        near = self.quick(x, count, proper=proper) if enough > -np.inf else []
        if near and self.excess(near[0], x) > enough:
            return Found(np.inf, [members for members in near if self.excess(members, x) > enough])
        members, bound = self._program.solve(self._alone - x, proper=proper, enough=enough + self.precision)
        self._recent.insert(0, members)
        return Found(max(bound, self.excess(members, x)), [members])

    def quick(self, x: NDArray[np.float64], count: int, *, proper: bool) -> list[Members]:
        """Climb from several random coalitions: a player joins or leaves while that raises the excess.

        Where nothing does any more the neighbours are at hand as well, and among them other coalitions of large excess.
        """
        if not len(self._wants):
            return []
        rng = np.random.default_rng(0)
        inside = (rng.random((_STARTS, self.n)) < np.linspace(0.1, 0.9, _STARTS)[:, None]).astype(float)
        for row, members in enumerate(self._recent[: _STARTS // 2]):  # what was bad lately, with a fifth changed
            inside[row] = rng.random(self.n) < 0.1
            inside[row, list(members)] = rng.random(len(members)) < 0.9
        sizes = self._wants.sum(axis=1)
        for _ in range(4 * self.n):
            missing = sizes - inside @ self._wants.T + inside @ self._bars.T
            applies, nearly = (missing == 0) * self._worths, (missing == 1) * self._worths
            joining = nearly @ self._wants - applies @ self._bars - x
            leaving = nearly @ self._bars - applies @ self._wants + x
            gains = np.where(inside > 0, leaving, joining)
            who = gains.argmax(axis=1)
            up = np.flatnonzero(gains[np.arange(_STARTS), who] > RELATIVE * self.scale)
            if not len(up):
                break
            inside[up, who[up]] = 1 - inside[up, who[up]]
        reached = (applies.sum(axis=1) - inside @ x)[:, None] + np.hstack((np.zeros((_STARTS, 1)), gains))
        found: dict[Members, None] = {}
        for at in np.argsort(-reached, axis=None, kind="stable")[: 2 * count].tolist():
            row, flip = divmod(at, self.n + 1)
            chosen = inside[row] > 0
            if flip:
                chosen[flip - 1] ^= True
            found[tuple(np.flatnonzero(chosen).tolist())] = None
        near = [members for members in found if members and (len(members) < self.n or not proper)][:count]
        self._recent = [*near[:2], *self._recent][:_STARTS]
        return near


def rules_oracle(game: InducedSubgraph | Dividends | MCNet) -> RulesOracle:
    """Give the oracle of a game of rules: cuts where they find the worst coalition, otherwise binary programs.

    Parameters
    ----------
    game : InducedSubgraph, Dividends or MCNet

    Returns
    -------
    RulesOracle

    Examples
    --------
    >>> rules_oracle(InducedSubgraph([("A", "B", 3), ("B", "C", 1)])).search(np.array([1.0, 1.0, 2.0])).coalitions
    [(0, 1)]
    """
    adds = all(not outside and (worth >= 0 or len(inside) < 2) for inside, outside, worth in _rules(game))
    return CutOracle(game) if adds else ProgramOracle(game)


def _rules(game: InducedSubgraph | Dividends | MCNet) -> list[tuple[Members, Members, Any]]:
    rules: list[tuple[Members, Members, Any]]
    if isinstance(game, InducedSubgraph):
        rules = [((i, j) if i != j else (i,), (), worth) for i, j, worth in game.edges]
    elif isinstance(game, Dividends):
        rules = [(tuple(members_of(part)), (), worth) for part, worth in game.dividends]
    else:
        rules = [(tuple(members_of(inside)), tuple(members_of(out)), worth) for inside, out, worth in game.rules]
    for _, _, worth in rules:
        if getattr(worth, "free_symbols", None):
            raise WorthError(f"a worth is {worth}, a symbol: a core compares worths, so give it a number first")
    return rules


def _shapley(game: InducedSubgraph | Dividends | MCNet) -> list[Any]:
    if isinstance(game, InducedSubgraph):
        return subgraph_shapley(game)
    return dividends_shapley(game) if isinstance(game, Dividends) else mc_net_shapley(game)
