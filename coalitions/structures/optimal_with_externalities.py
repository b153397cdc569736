"""The coalition structures of the largest total worth where coalitions affect each other."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, labels_of, members_of
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.families.given import as_number
from coalitions.families.partition import Partition, PartitionFunctionGame, partitions
from coalitions.result import Result
from coalitions.structures.partition_table import in_order, short
from coalitions.tolerance import RELATIVE, tolerance_of

if TYPE_CHECKING:
    import pandas as pd

SIGNS = ("positive", "negative")
"""What mergers may do to the worths of the coalitions outside them."""

_MAX_WALKED = 12
_MAX_SEARCHED = 20

Worth = Callable[[tuple[Label, ...], tuple[tuple[Label, ...], ...]], Any]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StructureWithExternalities(Result):
    """A partition of players whose coalitions affect each other, and what is known about how good it is.

    Attributes
    ----------
    players : tuple of labels
    blocks : tuple of tuples of labels
        The coalitions, largest first, then in player order.
    worths : tuple of numbers
        The worth of each in this structure.
    worth : number
        Their sum.
    bound : number
        No structure is worth more; inf where nothing is proven.
    gap : number
        bound - worth; 0 means proven optimal, up to ``tolerance``.
    tolerance : float
        Differences below this count as none; 0 for exact worths that were all looked at.
    looked_at : int
        Structures, or beginnings of structures, whose worths were looked at.
    method : str
    seconds : float
    """

    players: tuple[Label, ...]
    blocks: tuple[tuple[Label, ...], ...]
    worths: tuple[Any, ...]
    worth: Any
    bound: Any
    gap: Any
    tolerance: float
    looked_at: int
    method: str
    seconds: float

    _concept = "optimal structure with externalities"

    @property
    def is_proven(self) -> bool:
        """Whether no other structure can be worth more."""
        return bool(self.gap <= self.tolerance)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a coalition.

        Returns
        -------
        pandas.DataFrame
            Columns ``coalition`` (tuple of labels), ``size``, ``worth``.
        """
        import pandas as pd

        return pd.DataFrame({"coalition": self.blocks, "size": list(map(len, self.blocks)), "worth": self.worths})

    def _headline(self) -> str:
        quality = "proven optimal" if self.is_proven else f"bound {short(self.bound)}, gap {short(self.gap)}"
        many = "s" * (len(self.blocks) > 1)
        return (
            f"{len(self.blocks)} coalition{many} of {len(self.players)} players, worth {short(self.worth)}, {quality}"
        )

    def __repr__(self) -> str:
        names = [" ".join(map(str, block)) for block in self.blocks]
        width = max(map(len, names))
        rows = [f"{name:<{width}}  {short(worth)}" for name, worth in zip(names, self.worths, strict=True)]
        return "\n".join([self._headline(), *rows])


def optimal_structure_with_externalities(
    game: PartitionFunctionGame | Iterable[Label],
    worth: Worth | None = None,
    *,
    sign: str | None = None,
    bound: Callable[[tuple[Label, ...]], Any] | None = None,
    time_limit: float = np.inf,
) -> StructureWithExternalities:
    """Split the players into the coalitions of the largest total worth, which depends on the whole structure.

    Parameters
    ----------
    game : PartitionFunctionGame, or iterable of n labels
    worth : callable, optional
        ``worth(coalition, structure)`` for players given by their labels: the worth of a coalition (tuple of labels)
        in a structure (tuple of coalitions in player order).
    sign : {'positive', 'negative'}, optional
        What mergers do to the coalitions outside them, where it is known; see ``externalities``.
    bound : callable, optional
        ``bound(coalition)``: what a coalition is worth at most, whatever the others do. In place of ``sign``.
    time_limit : float
        Seconds after which the best structure so far is returned with its bound.

    Returns
    -------
    StructureWithExternalities
        ``gap`` is 0 unless the time limit or Ctrl-C came first.

    Raises
    ------
    CoalitionError
        A worth function missing or beside a game, an unknown sign, both sign and bound.
    WorthError
        A worth that is not a finite number, or that contradicts the sign or the bound given.
    TooLargeError
        More than 12 players without a sign or a bound, more than 20 with one.

    Notes
    -----
    Without a sign or a bound every structure is looked at: Bell(n), 4.2 million for 12 players. A sign bounds what a
    coalition is worth by the coarsest (positive) or the finest (negative) structure of the others [1]_ [2]_. The
    search settles the coalition of the last player left, the most promising first, and gives up a beginning whose
    coalitions, at their bounds given each other, and the best structure of the rest, at its bounds, do not exceed the
    best structure found. The bounds of coalitions and their best structures take 2**n calls and 3**n / 6 steps. A
    contradiction to the sign or the bound is named where it is met, and not looked for.

    References
    ----------
    .. [1] T. Rahwan, T. Michalak, N. R. Jennings, M. Wooldridge, P. McBurney (2009), Coalition structure generation in
           multi-agent systems with positive and negative externalities, IJCAI 2009, 257-263.
    .. [2] T. Rahwan, T. Michalak, M. Wooldridge, N. R. Jennings (2012), Anytime coalition structure generation in
           multi-agent systems with positive or negative externalities, Artificial Intelligence 186, 95-122.

    Examples
    --------
    >>> def profit(firm, firms):
    ...     return len(firm) ** 0.5 / len(firms)
    >>> optimal_structure_with_externalities("ABCD", profit, sign="positive")
    1 coalition of 4 players, worth 2, proven optimal
    A B C D  2
    """
    started = time.monotonic()
    deadline = started + time_limit
    if sign is not None and sign not in SIGNS:
        near = difflib.get_close_matches(str(sign), SIGNS, n=1, cutoff=0.0)[0]
        raise CoalitionError(f"unknown sign {sign!r}; did you mean {near!r}? There are {' and '.join(SIGNS)}")
    if sign is not None and bound is not None:
        raise CoalitionError("both a sign and a bound are given; one of the two is enough")
    if isinstance(game, PartitionFunctionGame):
        if worth is not None or sign is not None or bound is not None:
            raise CoalitionError("a PartitionFunctionGame holds all worths: give no worth function, sign or bound")
        search = _Walk(game.players, None)
        search.through_stored(game)
    else:
        if worth is None:
            raise CoalitionError("worth is missing: a function of a coalition and the structure it is in")
        players = as_players(game)
        search = _Walk(players, worth) if sign is None and bound is None else _Search(players, worth, sign, bound)
        try:
            search.run(deadline)
        except KeyboardInterrupt:
            if not search.blocks:
                raise
    return search.structure(started)


class _Walk:
    """All structures, one after the other."""

    def __init__(self, players: tuple[Label, ...], worth: Worth | None) -> None:
        if len(players) > (limit := self._limit()):
            raise TooLargeError(self._too_many(len(players), limit))
        self.players = players
        self.function = worth
        self.blocks: Partition = ()
        self.worths: tuple[Any, ...] = ()
        self.best: Any = -np.inf
        self.bound: Any = np.inf
        self.tolerance = 0.0
        self.looked_at = 0
        self.method = "every structure"

    def _limit(self) -> int:
        return _MAX_WALKED

    def _too_many(self, n: int, limit: int) -> str:
        return f"{n} players have too many structures to look at each (at most {limit} players); give a sign or a bound"

    def through_stored(self, game: PartitionFunctionGame) -> None:
        """Compare the sums of stored worths."""
        for partition, worths in game.worths.items():
            symbol = next((worth for worth in worths if getattr(worth, "free_symbols", None)), None)
            if symbol is not None:
                raise WorthError(f"the worth {symbol} has a symbol, which has no order: give it a number")
            self._take(partition, worths)
        self.bound = self.best

    def run(self, deadline: float) -> None:
        """Ask for all worths."""
        for partition in partitions(len(self.players)):
            if time.monotonic() > deadline and self.blocks:
                return
            self._take(partition, self._worths(partition, partition))
        self.bound = self.best

    def _take(self, blocks: Partition, worths: tuple[Any, ...]) -> None:
        self.looked_at += 1
        total = sum(worths)
        if total > self.best:
            self.blocks, self.worths, self.best = blocks, worths, total

    def _worths(self, coalitions: Iterable[int], blocks: Partition) -> tuple[Any, ...]:
        """Ask for the worths of some coalitions of a structure."""
        assert self.function is not None
        names = tuple(labels_of(block, self.players) for block in blocks)
        found = []
        for coalition in coalitions:
            own = labels_of(coalition, self.players)
            found.append(as_number(self.function(own, names), f"worth of {own} in {names}"))
        return tuple(found)

    def structure(self, started: float) -> StructureWithExternalities:
        """Put what was found in the players' names."""
        order = sorted(
            zip(self.blocks, self.worths, strict=True), key=lambda pair: (-pair[0].bit_count(), members_of(pair[0]))
        )
        bound = max(self.bound, self.best)
        if isinstance(self.best, float):
            self.tolerance = max(self.tolerance, RELATIVE * max(map(abs, self.worths)))
        return StructureWithExternalities(
            players=self.players,
            blocks=tuple(labels_of(block, self.players) for block, _ in order),
            worths=tuple(worth for _, worth in order),
            worth=self.best,
            bound=bound,
            gap=bound - self.best,
            tolerance=self.tolerance,
            looked_at=self.looked_at,
            method=self.method,
            seconds=time.monotonic() - started,
        )


class _Search(_Walk):
    """Structures begun with the coalition of the last player left, where a bound leaves hope."""

    def __init__(
        self,
        players: tuple[Label, ...],
        worth: Worth,
        sign: str | None,
        bound: Callable[[tuple[Label, ...]], Any] | None,
    ) -> None:
        super().__init__(players, worth)
        self.sign = sign
        self.given = bound
        self.method = "branch and bound"

    def _limit(self) -> int:
        return _MAX_SEARCHED

    def _too_many(self, n: int, limit: int) -> str:
        return f"{n} players; the search bounds every coalition and takes at most {limit}"

    def run(self, deadline: float) -> None:
        """Search depth first, the most promising coalition first."""
        from coalitions._kernels import best_partitions

        n = len(self.players)
        everyone = (1 << n) - 1
        self.most = np.zeros(1 << n)
        for mask in range(1, 1 << n):
            self.most[mask] = self._most(mask)
        self.rest = np.empty(1 << (n - 1))
        best_partitions(self.most, self.rest)
        self.tolerance = tolerance_of(self.most)
        stack: list[tuple[Partition, float, NDArray[np.int64], NDArray[np.float64]]]
        stack = [((), 0.0, *self._children((), everyone, 0.0))]
        try:
            while stack:
                settled, left, masks, bounds = stack[-1]
                if not len(masks) or bounds[-1] <= self._hurdle():
                    stack.pop()
                    continue
                if time.monotonic() > deadline and self.blocks:
                    break
                blocks, uncovered = (*settled, int(masks[-1])), self._left(settled) ^ int(masks[-1])
                total = self._settle(blocks, uncovered, float(left + self.most[masks[-1]]))
                stack[-1] = settled, left, masks[:-1], bounds[:-1]
                if uncovered and total + self._rest(uncovered) > self._hurdle():
                    stack.append((blocks, total, *self._children(blocks, uncovered, total)))
        finally:
            open_bounds = [float(bounds[-1]) for _, _, _, bounds in stack if len(bounds)]
            self.bound = max([self.best, *open_bounds])

    def _hurdle(self) -> float:
        return float(self.best) + self.tolerance

    def _left(self, settled: Partition) -> int:
        return (1 << len(self.players)) - 1 ^ sum(settled)

    def _rest(self, uncovered: int) -> float:
        n = len(self.players)
        return float(self.rest[uncovered] if uncovered < 1 << (n - 1) else self.most[uncovered])

    def _most(self, mask: int) -> float:
        others = (1 << len(self.players)) - 1 ^ mask
        if self.sign is not None:
            return float(self._worths([mask], in_order([mask, *self._completion(others)]))[0])
        assert self.given is not None
        own = labels_of(mask, self.players)
        return float(as_number(self.given(own), f"bound of {own}"))

    def _completion(self, uncovered: int) -> list[int]:
        """The structure of those left that is best for all others, as the sign has it."""
        if self.sign == "positive":
            return [uncovered] if uncovered else []
        return [1 << i for i in members_of(uncovered)]

    def _settle(self, blocks: Partition, uncovered: int, hoped: float) -> float:
        """Bound what these coalitions are worth together, whatever those left do; take them where nobody is left."""
        if self.sign is None and uncovered:
            self.looked_at += 1
            return hoped
        structure = in_order([*blocks, *self._completion(uncovered)])
        worths = self._worths(structure if not uncovered else blocks, structure)
        total = float(sum(worths))
        if total > hoped + self.tolerance * len(blocks):
            named = tuple(labels_of(block, self.players) for block in structure)
            claim = f"externalities are not {self.sign}" if self.sign else "the bound is too low"
            raise WorthError(f"coalitions of {named} are worth {total:g}, above {hoped:g}: {claim}")
        if uncovered:
            self.looked_at += 1
        else:
            self._take(structure, worths)
        return total

    def _children(
        self, blocks: Partition, uncovered: int, total: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The coalitions of the last player left and their bounds, the most promising last."""
        top = 1 << (uncovered.bit_length() - 1)
        subs = np.zeros(1, np.int64)
        for i in members_of(uncovered ^ top):
            subs = np.concatenate((subs, subs | 1 << i))
        bounds = total + self.most[top | subs] + self.rest[uncovered ^ top ^ subs]
        order = np.argsort(bounds, kind="stable")
        order = order[bounds[order] > self._hurdle()]
        return top | subs[order], bounds[order]
