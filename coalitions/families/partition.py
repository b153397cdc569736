"""Partition functions: what a coalition is worth depends on how the others are grouped.

A coalition together with a partition it is a block of is an embedded coalition. There is no one characteristic
function behind a partition function, so none is taken silently: each method here that makes a ``Game`` says what it
assumes of the others, and a value with externalities is the Shapley value of that game.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import factorial, prod
from typing import Any

from coalitions.allocation import Allocation
from coalitions.coalition import Label, as_partition, as_players, labels_of, mask_of, members_of
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.families.given import as_number, mentioned, number_array, payoff_array, refuse_mixture
from coalitions.game import Game
from coalitions.memory import require_memory

MAX_PARTITIONED = 12
"""A partition function of more players is refused: 13 players have 27,644,437 partitions."""

_BYTES_EACH = 400  # of a partition: its blocks and their worths as Python objects

Partition = tuple[int, ...]
"""The blocks of a partition as bitmasks, in the order of their first players."""


@dataclass(frozen=True, eq=False, init=False)
class PartitionFunctionGame:
    """A game with externalities: a worth for every block of every partition.

    Parameters
    ----------
    worths : mapping from partition to the worths of its blocks
        A partition is an iterable of blocks, a block an iterable of labels; worths in the order of the blocks. Every
        partition is listed once. Worths may be sympy expressions.
    players : iterable of labels, optional
        In the order of first mention by default.

    Attributes
    ----------
    worths : dict from partition (tuple of bitmasks, in the order of their first players) to tuple of numbers
    players : tuple of labels

    Raises
    ------
    CoalitionError
        Blocks that are no partition, or the wrong number of worths for them.
    WorthError
        A worth that is not finite; a partition listed twice or left out.
    TooLargeError
        More than 12 players.

    Notes
    -----
    Bell(n) partitions: 115,975 for 10 players, 4,213,597 for 12.

    References
    ----------
    .. [1] R. M. Thrall, W. F. Lucas (1963), N-person games in partition function form, Naval Research Logistics
           Quarterly 10, 281-298.

    Examples
    --------
    >>> cartel = PartitionFunctionGame.from_function("ABC", lambda block, blocks: Fraction(1, (1 + len(blocks)) ** 2))
    >>> cartel.worth("A", ["A", ("B", "C")]), cartel.worth("A", ["A", "B", "C"])
    (Fraction(1, 9), Fraction(1, 16))
    >>> cartel.externality_free()["B", "C"]
    Fraction(1, 9)
    """

    worths: Mapping[Partition, tuple[Any, ...]] = field(repr=False)
    players: tuple[Label, ...]

    def __init__(self, worths: Mapping[Any, Sequence[Any]], players: Iterable[Label] | None = None) -> None:
        if players is None:
            players = mentioned(block for blocks in worths for block in blocks)
        order = as_players(players)
        _require_partitions(len(order))
        table: dict[Partition, tuple[Any, ...]] = {}
        for blocks, given in worths.items():
            masks = as_partition(blocks, order)
            if len(given) != len(masks):
                raise CoalitionError(f"{len(given)} worths for the {len(masks)} blocks of {_shown(masks, order)}")
            pairs = sorted(zip(masks, given, strict=True), key=lambda pair: pair[0] & -pair[0])
            partition = tuple(mask for mask, _ in pairs)
            if partition in table:
                raise WorthError(f"the partition {_shown(partition, order)} is listed twice")
            table[partition] = _checked(partition, [worth for _, worth in pairs], order)
        for partition in partitions(len(order)):
            if partition not in table:
                raise WorthError(f"no worths for the partition {_shown(partition, order)}")
        self._fill(table, order)

    def _fill(self, table: dict[Partition, tuple[Any, ...]], players: tuple[Label, ...]) -> None:
        refuse_mixture(worth for worths in table.values() for worth in worths)
        object.__setattr__(self, "worths", table)
        object.__setattr__(self, "players", players)

    @classmethod
    def from_function(
        cls,
        players: Iterable[Label],
        function: Callable[[tuple[Label, ...], tuple[tuple[Label, ...], ...]], Any],
    ) -> PartitionFunctionGame:
        """Make a game by calling a function on every embedded coalition.

        Parameters
        ----------
        players : iterable of labels
        function : callable
            Takes a block and the partition it is in, both as tuples of labels in player order, and gives the worth.

        Returns
        -------
        PartitionFunctionGame

        Notes
        -----
        Bell(n + 1) - Bell(n) calls: 562,595 for 10 players.
        """
        order = as_players(players)
        _require_partitions(len(order))
        table = {}
        for partition in partitions(len(order)):
            blocks = tuple(labels_of(mask, order) for mask in partition)
            table[partition] = _checked(partition, [function(block, blocks) for block in blocks], order)
        made = cls.__new__(cls)
        made._fill(table, order)
        return made

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def worth(self, coalition: Any, blocks: Iterable[Iterable[Label]]) -> Any:
        """Give the worth of a coalition when all players are grouped in a certain way.

        Parameters
        ----------
        coalition : label or iterable of labels
        blocks : iterable of iterables of labels
            A partition the coalition is a block of.

        Returns
        -------
        number

        Raises
        ------
        CoalitionError
            No partition, or the coalition is not one of its blocks.
        """
        mask = mask_of(coalition, self.players)
        partition = tuple(sorted(as_partition(blocks, self.players), key=lambda block: block & -block))
        if mask not in partition:
            raise CoalitionError(f"{labels_of(mask, self.players)} is no block of {_shown(partition, self.players)}")
        return self.worths[partition][partition.index(mask)]

    def externality_free(self) -> Game:
        """Let every coalition expect all others to stand alone.

        Returns
        -------
        Game
            Its Shapley value is the externality-free value, its core the gamma-core.

        References
        ----------
        .. [1] G. de Clippel, R. Serrano (2008), Marginal contributions and externalities in the value, Econometrica
               76, 1413-1436.
        """
        return self._where(
            lambda block, partition: all(other.bit_count() == 1 for other in partition if other != block)
        )

    def mcquillin(self) -> Game:
        """Let every coalition expect all others to stand together.

        Returns
        -------
        Game
            Its Shapley value is the McQuillin value, its core the delta-core.

        References
        ----------
        .. [1] B. McQuillin (2009), The extended and generalized Shapley value, Journal of Economic Theory 144,
               696-721.
        """
        return self._where(lambda block, partition: len(partition) <= 2)

    def _where(self, expected: Callable[[int, Partition], bool]) -> Game:
        table: list[Any] = [0] * (1 << self.n)
        for partition, worths in self.worths.items():
            for block, worth in zip(partition, worths, strict=True):
                if expected(block, partition):
                    table[block] = worth
        return Game(self.players, number_array(table), copy=False)

    def average(self) -> Game:
        """Let every coalition expect the others to be grouped at random, as the cycles of a random permutation are.

        The others are in the blocks T with probability prod of (|T| - 1)! / (n - |S|)!.

        Returns
        -------
        Game
            Its Shapley value is the average value, which gives null players nothing.

        References
        ----------
        .. [1] I. Macho-Stadler, D. Perez-Castrillo, D. Wettstein (2007), Sharing the surplus: an extension of the
               Shapley value for environments with externalities, Journal of Economic Theory 135, 339-356.
        """
        table: list[Any] = [0] * (1 << self.n)
        for partition, worths in self.worths.items():
            cycles = [factorial(block.bit_count() - 1) for block in partition]
            ways = prod(cycles)
            for block, own, worth in zip(partition, cycles, worths, strict=True):
                table[block] += Fraction(ways // own, factorial(self.n - block.bit_count())) * worth
        return Game(self.players, number_array(table), copy=False)

    def pessimistic(self) -> Game:
        """Let every coalition expect the others to be grouped as is worst for it.

        Returns
        -------
        Game
            Worths are compared, so they may not be symbols.
        """
        return self._extreme(min)

    def optimistic(self) -> Game:
        """Let every coalition expect the others to be grouped as is best for it.

        Returns
        -------
        Game
            Worths are compared, so they may not be symbols.
        """
        return self._extreme(max)

    def _extreme(self, choose: Callable[[Any, Any], Any]) -> Game:
        table: list[Any] = [0] + [None] * ((1 << self.n) - 1)
        for partition, worths in self.worths.items():
            for block, worth in zip(partition, worths, strict=True):
                if getattr(worth, "free_symbols", None):
                    raise WorthError(f"worth of {labels_of(block, self.players)} is {worth}, a symbol without an order")
                table[block] = worth if table[block] is None else choose(table[block], worth)
        return Game(self.players, number_array(table), copy=False)

    def best_partitions(self) -> tuple[Any, list[tuple[tuple[Label, ...], ...]]]:
        """Find the partitions whose blocks are worth most together.

        Returns
        -------
        tuple of number and list of partitions
            The greatest sum, and every partition that reaches it exactly.

        Notes
        -----
        All partitions are summed.
        """
        sums = {partition: sum(worths) for partition, worths in self.worths.items()}
        best = max(sums.values())
        found = [partition for partition, total in sums.items() if total == best]
        return best, [tuple(labels_of(block, self.players) for block in partition) for partition in found]


def myerson_partition_value(game: PartitionFunctionGame) -> Allocation:
    """Pay the players of a partition function as Myerson's three axioms ask.

    phi_i = sum over embedded coalitions (S, P), b the number of blocks of P, of
    (-1)**(b - 1) (b - 1)! (1 / n - sum over T in P without S and without i of 1 / ((b - 1) (n - |T|))) w(S; P).

    Parameters
    ----------
    game : PartitionFunctionGame
        n players, float, exact or symbolic worths.

    Returns
    -------
    Allocation
        Sums to the worth of all players together; the Shapley value where there are no externalities.

    Notes
    -----
    Time O(n) a partition: the inner sum misses what the blocks that hold i would take, one term for each block.

    References
    ----------
    .. [1] R. B. Myerson (1977), Values of games in partition function form, International Journal of Game Theory 6,
           23-31.

    Examples
    --------
    >>> cartel = PartitionFunctionGame.from_function("ABC", lambda block, blocks: Fraction(1, (1 + len(blocks)) ** 2))
    >>> myerson_partition_value(cartel)["A"]
    Fraction(1, 12)
    """
    n = game.n
    payoffs: list[Any] = [Fraction(0)] * n
    for partition, worths in game.worths.items():
        rest = len(partition) - 1
        sign = (-1) ** rest * factorial(rest)
        missed = [Fraction(1, rest * (n - block.bit_count())) if rest else Fraction(0) for block in partition]
        total = sum(worths)
        whole = (Fraction(1, n) - sum(missed)) * total + sum(m * w for m, w in zip(missed, worths, strict=True))
        for block, own, worth in zip(partition, missed, worths, strict=True):
            share = sign * (whole + own * (total - worth))
            for i in members_of(block):
                payoffs[i] += share
    return Allocation(
        players=game.players, payoffs=payoff_array(payoffs), solution="Myerson value with externalities", method="exact"
    )


def partitions(n: int) -> Iterator[Partition]:
    """Walk through all partitions of n players.

    Parameters
    ----------
    n : int

    Yields
    ------
    tuple of int
        Blocks as bitmasks, in the order of their first players.

    Examples
    --------
    >>> list(partitions(2))
    [(3,), (1, 2)]
    """
    if n == 0:
        yield ()
        return
    last = 1 << (n - 1)
    for smaller in partitions(n - 1):
        for k, block in enumerate(smaller):
            yield (*smaller[:k], block | last, *smaller[k + 1 :])
        yield (*smaller, last)


def _require_partitions(n: int) -> None:
    if n > MAX_PARTITIONED:
        raise TooLargeError(
            f"a partition function of {n} players; it may have at most {MAX_PARTITIONED}. Without externalities a Game "
            "holds 30"
        )
    bell = [1]
    for _ in range(n):
        row = [bell[-1]]
        for entry in bell:
            row.append(row[-1] + entry)
        bell = row
    require_memory(_BYTES_EACH * bell[0], f"a partition function of {n} players", "use fewer players")


def _checked(partition: Partition, worths: Sequence[Any], players: tuple[Label, ...]) -> tuple[Any, ...]:
    return tuple(
        as_number(worth, f"worth of {labels_of(block, players)} in {_shown(partition, players)}", ordered=False)
        for block, worth in zip(partition, worths, strict=True)
    )


def _shown(partition: Iterable[int], players: tuple[Label, ...]) -> tuple[tuple[Label, ...], ...]:
    return tuple(labels_of(block, players) for block in partition)
