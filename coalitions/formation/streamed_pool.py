"""Streamed candidates as the engine sees them: scanned without a list, asked for their worth when they can matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks
from coalitions.formation.candidates import Block, Candidates
from coalitions.formation.pool import Crowd, Meeting, Pool, Repeat
from coalitions.formation.rules import Rules
from coalitions.formation.subsets import CHUNK, BoundedWorths, Subsets
from coalitions.program import Columns
from coalitions.tolerance import RELATIVE

_SPECIAL = 1 << 22  # groups that have a price of their own
_VIOLATION = 1e-3  # a crowd is told off when it exceeds 1 by more than this
_LEAST = 1e-7
_LISTED = 1 << 26  # no more than so many groups of a block are listed: any integer program gives up long before
_BATCH = 1 << 20  # groups whose worth is asked for at a time where their bounds say little
_NONE = np.empty(0, np.int64)
_NO_ROWS, _NO_RANKS = np.empty((0, 0)), np.empty((0, 0), np.int64)
_MANY = 1 << 16  # so many candidates are worth a look whether they need a list
_PAIRS = 64  # states that belong together are told apart by the bits of one word


class _Terms(NamedTuple):
    """What the groups of a block sum up to, in the terms of ``scan_subsets``."""

    members: Subsets
    asked: BoundedWorths | None
    worths: NDArray[np.float64]
    gain: NDArray[np.float64]
    pair: NDArray[np.float64]
    marks: NDArray[np.uint64]
    constant: float
    special: NDArray[np.int64]
    """Ascending ranks of groups with a price of their own, repeated where they have several."""
    change: NDArray[np.float64]


class StreamedPool(Pool):
    """All candidates within the rules, none of them listed: a ``Pool`` over blocks of ``Subsets``.

    Parameters
    ----------
    candidates : Candidates
    rules : Rules
        With at most 64 pairs that belong together.
    worthless : bool
        Take every worth as 0.

    Notes
    -----
    One scan of all candidates a round, O(1) each with running sums over their members' and pairs' prices. Under bounds
    a beginning of a group is left when its best completion has a bound below its price, and only worths of groups
    whose bound exceeds their price are computed; 24 bytes each to remember them.

    When pairs meet once, the relaxation still forms halves and thirds of groups that share three of four states; rows
    for such crowds, cliques of the groups that exclude each other, cut them off (clique inequalities: Padberg 1973).
    Their prices are charged to their few groups one by one.

    References
    ----------
    .. [1] M. W. Padberg (1973), On the facial structure of set packing polyhedra, Mathematical Programming 5, 199-215.
    """

    def __init__(self, candidates: Candidates, rules: Rules, *, worthless: bool = False) -> None:
        self.candidates = candidates
        self.rules = rules
        self.n = len(candidates.players)
        self.blocks: Any = candidates.blocks
        self._first = np.cumsum([0, *(len(block.worths) for block in self.blocks)])
        self.worths = [block.worths for block in self.blocks]
        self.extra = []
        self.level = False
        self.limits = ()
        self.units = ()
        self._worthless = worthless
        self._marks = np.zeros(self.n, np.uint64)
        for p, pair in enumerate(rules.together):
            self._marks[list(pair)] ^= np.uint64(1 << p)
        self._count: int | None = None
        self._crowds: dict[tuple[Any, frozenset[int]], list[Crowd]] = {}  # by objective and three of the states
        self._crowded: dict[Crowd, dict[int, NDArray[np.int64]]] = {}  # the ranks of their groups, by block
        self._room = _SPECIAL
        self.scale = 1.0
        self.scale = self._scale()
        self.tolerance = RELATIVE * self.scale

    def __len__(self) -> int:
        if self._count is None:
            if self.rules.filters:
                self._count = sum(_scan(terms, 0.0, _NONE) for terms in self._terms(None))
            else:
                self._count = int(self._first[-1])
        return self._count

    def worth_of(self, key: int) -> float:
        """Give the worth of a candidate."""
        return 0.0 if self._worthless else super().worth_of(key)

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        """Scan all candidates: a bound on the largest worth above price, and the best by their first two members.

        Parameters
        ----------
        prices : ndarray of float64, shape (rows,)
        count : int
            About how many candidates to give, 10 a block at least.

        Returns
        -------
        excess : float
            No candidate is worth more above its price.
        columns : Columns
        """
        share = max(10, 2 * count // len(self.blocks))
        largest = -np.inf
        keys: list[NDArray[np.int64]] = []
        for b, terms in enumerate(self._terms(prices)):
            above, ranks = _best(terms, share, self.tolerance)
            largest = max(largest, above)
            keys.append(ranks + self._first[b])
        return largest, self.columns(np.concatenate(keys))

    def within(self, prices: NDArray[np.float64], regret: float) -> Masks:
        """List the candidates whose price exceeds their worth by at most ``regret``, of each block the first 2**26."""
        found = [_at_least(terms, -regret) + self._first[b] for b, terms in enumerate(self._terms(prices))]
        return np.concatenate(found)

    def rows_of(self, key: int) -> list[Meeting | Crowd | Repeat]:
        """List the rows beyond bandwidth and number that a candidate takes part in."""
        rows = super().rows_of(key)
        if self._crowds:
            objective, members = self.members_of(key)
            triples = (frozenset(triple) for triple in combinations(members.tolist(), 3))
            rows += dict.fromkeys(row for triple in triples for row in self._crowds.get((objective, triple), ()))
        return rows

    def separate(self, keys: Masks, weights: NDArray[np.float64]) -> list[NDArray[np.int64]]:
        """Find pairs that meet, or groups that are formed, more than once; then crowds of which more than one is."""
        broken = super().separate(keys, weights)
        if broken or not self.rules.pairs_once:
            return broken
        formed = [(position, *self.members_of(key)) for position, key in enumerate(keys.tolist()) if key >= 0]
        inside = [(position, objective, frozenset(members.tolist())) for position, objective, members in formed]
        split = [each for each in inside if _LEAST < weights[each[0]] < 1 - _LEAST and len(each[2]) >= 3]
        crowds: list[tuple[float, Crowd]] = []
        for goal in self.candidates.objectives:
            parts = [(members, float(weights[position])) for position, objective, members in split if objective == goal]
            for four in _fours([members for members, _ in parts]):
                total = sum(weight for members, weight in parts if len(members & four) >= 3)
                if total > 1 + _VIOLATION:
                    crowds.append((total, Crowd(goal, four)))
        crowds.sort(key=lambda pair: (-pair[0], sorted(pair[1].states)))
        rows = [row for _, row in crowds[: self.n] if self._admit(row)]
        return [
            np.array([position for position, goal, members in inside if row.holds(goal, members)], np.int64)
            for row in rows
        ]

    def _admit(self, row: Crowd) -> bool:
        """Take a row up, if there is room for a price of each of its groups."""
        listed = {
            b: _crowded(self.blocks[b].members, row.states)
            for b in range(len(self.blocks))
            if self.blocks[b].objective == row.objective
        }
        size = sum(map(len, listed.values()))
        if size > self._room:
            return False
        self._room -= size
        self.extra.append(row)
        self._crowded[row] = listed
        for triple in combinations(row.states, 3):
            self._crowds.setdefault((row.objective, frozenset(triple)), []).append(row)
        return True

    def _terms(self, prices: NDArray[np.float64] | None) -> Iterator[_Terms]:
        """Give the terms of every block at some prices; None for the rules alone, without prices and worths."""
        asking = np.zeros(self.fixed + len(self.extra)) if prices is None else prices
        priced = list(zip(self.extra, asking[self.fixed :].tolist(), strict=True))
        for b, (own, pairs, each, single) in enumerate(self._charges(asking)):
            block, members = self.blocks[b], self.blocks[b].members
            worths, asked = np.empty(0), None
            gain = -own
            pair = -pairs if len(pairs) else np.zeros((self.n, self.n))
            if prices is not None and not self._worthless:
                if isinstance(block.worths, BoundedWorths):
                    asked = block.worths
                    gain += asked.bound.diagonal()
                    pair += asked.bound
                else:
                    worths = block.worths
            gain[list(self.rules.forbidden)] = -np.inf
            for first, second in self.rules.incompatible:
                pair[first, second] = -np.inf
            special = [(np.array([rank]), price) for rank, price in single]
            special += [
                (self._crowded[row][b], price)
                for row, price in priced
                if price and isinstance(row, Crowd) and row.objective == block.objective
            ]
            ranks = np.concatenate([_NONE, *(own for own, _ in special)])
            change = np.concatenate([np.empty(0), *(np.full(len(own), -price) for own, price in special)])
            order = np.argsort(ranks, kind="stable")
            at = members.states
            yield _Terms(
                members,
                asked,
                worths,
                gain[at],
                pair[np.ix_(at, at)],
                self._marks[at],
                -each,
                ranks[order],
                change[order],
            )

    def _scale(self) -> float:
        """The largest worth, or one near it where not all are computed; without any above 0, that of the lowest."""
        if self._worthless:
            return 1.0
        largest = lowest = 0.0
        for terms in self._terms(np.zeros(self.fixed)):
            above, ranks = _best(terms, self.n, 0.0)
            if terms.asked is not None and len(ranks):
                above = float(terms.asked.ask(ranks).max())
            largest = max(largest, above)
            lowest = min(lowest, float(terms.worths.min() if terms.asked is None else -np.abs(terms.asked.bound).max()))
        return largest or -lowest or 1.0


def make_pool(candidates: Candidates, rules: Rules, *, worthless: bool = False) -> Pool:
    """Make the pool that suits the candidates: what is streamed is not listed, and many that are listed are streamed.

    Parameters
    ----------
    candidates : Candidates
    rules : Rules
    worthless : bool
        As for ``Pool``.

    Returns
    -------
    Pool
    """
    if len(rules.together) <= _PAIRS:
        blocks = [_streamed(block, len(candidates.players), len(candidates)) for block in candidates.blocks]
        if all(isinstance(block.members, Subsets) for block in blocks):
            return StreamedPool(replace(candidates, blocks=tuple(blocks)), rules, worthless=worthless)
    return Pool(candidates, rules, worthless=worthless)


def _streamed(block: Block, n: int, count: int) -> Block:
    """Drop the list of members of a large block that lists every group of some states in order."""
    listed = block.members
    if isinstance(listed, Subsets) or count < _MANY:
        return block
    seen = np.zeros(n, np.bool_)
    seen[listed] = True
    every: Any = Subsets(np.flatnonzero(seen).tolist(), listed.shape[1], n)
    if len(every) != len(listed):
        return block
    parts = (slice(start, start + CHUNK) for start in range(0, len(listed), CHUNK))
    return block._replace(members=every) if all(np.array_equal(listed[part], every[part]) for part in parts) else block


def _fours(groups: Sequence[frozenset[int]]) -> set[frozenset[int]]:
    """The sets of four states of which two of the groups hold three."""
    return {
        frozenset(four)
        for one, other in combinations(groups, 2)
        if len(one & other) >= 2
        for four in combinations(sorted(one | other), 4)
        if len(one.intersection(four)) >= 3 and len(other.intersection(four)) >= 3
    }


def _crowded(members: Subsets, four: frozenset[int]) -> NDArray[np.int64]:
    """Give the ranks of the groups that hold at least three of four states."""
    inside = sorted(four.intersection(members.states.tolist()))
    others = [i for i in members.states.tolist() if i not in four]
    found = [_NONE]
    for k in (3, 4):
        if k > members.size or members.size - k > len(others):
            continue
        rest = Subsets(others, members.size - k, 1 << 31)[:].astype(np.int64)
        for some in combinations(inside, k):
            groups = np.hstack((np.tile(some, (len(rest), 1)), rest))
            found.append(members.rank(np.sort(groups, axis=1)))
    return np.concatenate(found)


def _best(terms: _Terms, share: int, floor: float) -> tuple[float, NDArray[np.int64]]:
    """Give a bound on the largest sum of a block, not below 0 under bounds, and groups whose sum exceeds ``floor``."""
    n = len(terms.gain)
    while True:
        best, at = np.full((n, n), -np.inf), np.zeros((n, n), np.int64)
        _scan(terms, -np.inf if terms.asked is None else 0.0, _NONE, best, at)
        above = float(best.max())
        rows = np.flatnonzero(best > floor)
        if len(rows) > share:
            rows = rows[np.argpartition(-best.ravel()[rows], share)[:share]]
        ranks, sums = at.ravel()[rows], best.ravel()[rows]
        if terms.asked is None:
            return above, ranks
        above = max(above, 0.0)
        if not len(rows):
            return above, ranks
        new = ~np.isin(ranks, terms.asked.known[0])
        terms.asked.ask(ranks)
        known, change = terms.asked.known
        sums[new] += change[np.searchsorted(known, ranks[new])]
        good = sums > floor
        if good.any():
            return above, ranks[good]
        near = np.empty(_BATCH, np.int64)  # the bounds promise too much: many at once
        found = _scan(terms, max(floor, above / 2), near)
        terms.asked.ask(near[:found])


def _at_least(terms: _Terms, floor: float) -> NDArray[np.int64]:
    """List the groups of a block whose sum reaches ``floor``."""
    ranks = np.empty(min(_BATCH, len(terms.members)), np.int64)
    while True:
        found = _scan(terms, floor, ranks)
        if len(ranks) < min(found, _LISTED):
            ranks = np.empty(min(found, _LISTED), np.int64)
            continue
        listed = ranks[:found]
        if terms.asked is None or found > _LISTED or np.isin(listed, terms.asked.known[0]).all():
            return listed
        terms.asked.ask(listed)


def _scan(
    terms: _Terms,
    floor: float,
    out: NDArray[np.int64],
    best: NDArray[np.float64] = _NO_ROWS,
    at: NDArray[np.int64] = _NO_RANKS,
) -> int:
    """Call the compiled scan, with what is known to differ from the sum over members and pairs."""
    from coalitions._kernels_stream import scan_subsets

    known, change = (_NONE, np.empty(0)) if terms.asked is None else terms.asked.known
    if len(terms.special):
        known = np.append(known, terms.special)
        change = np.append(change, terms.change)
        order = np.argsort(known, kind="stable")
        known, change = known[order], change[order]
    members = terms.members
    found: int = scan_subsets(
        terms.worths,
        terms.gain,
        terms.pair,
        terms.marks,
        terms.constant,
        members.choose,
        members.size,
        floor,
        known,
        change,
        best,
        at,
        out,
    )
    return found
