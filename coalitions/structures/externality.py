"""Games with externalities: their sign, what a coalition may expect of the others, and the cores that follow."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coalitions.coalition import Label, as_partition, labels_of, mask_of, members_of
from coalitions.core.membership import Core, core
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.families.given import number_array
from coalitions.families.partition import Partition, PartitionFunctionGame
from coalitions.game import Game
from coalitions.result import Result
from coalitions.structures.partition_table import PartitionTable, in_order, require_externalities, short

if TYPE_CHECKING:
    import pandas as pd

EXPECTATIONS = ("alpha", "beta", "gamma", "delta", "optimistic")
"""What a coalition may expect of the others: to be grouped as is worst for it, before it acts (alpha) or after (beta);
to stand alone (gamma); to stand together (delta); to be grouped as is best for it (optimistic)."""

_MAX_SPLIT = 9  # 610,182 coalitions that act in several blocks


@dataclass(frozen=True, kw_only=True, eq=False)
class Externality:
    """What one merger does to a coalition that takes no part in it.

    Attributes
    ----------
    coalition : tuple of labels
    merged : tuple of two coalitions
    before : tuple of coalitions
        The structure in which they merge.
    change : number
        What the coalition is worth more when they have merged, in the unit of the worths.
    """

    coalition: tuple[Label, ...]
    merged: tuple[tuple[Label, ...], tuple[Label, ...]]
    before: tuple[tuple[Label, ...], ...]
    change: Any

    def __repr__(self) -> str:
        words = " ".join(map(str, self.coalition))
        first, second = (" ".join(map(str, block)) for block in self.merged)
        verb = "gains" if self.change > 0 else "loses"
        return f"{words} {verb} {short(abs(self.change))} when {first} and {second} merge"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Externalities(Result):
    """The sign of the externalities of a partition function.

    Attributes
    ----------
    rise, fall : Externality or None
        The merger that raises the worth of a third coalition most, and the one that lowers it most.
    tolerance : float
        Changes up to this count as none; 0 for exact worths.
    """

    rise: Externality | None
    fall: Externality | None
    tolerance: float

    _concept = "externalities"

    @property
    def sign(self) -> str:
        """One of 'positive', 'negative', 'mixed', 'none'."""
        if self.rise and self.fall:
            return "mixed"
        return "positive" if self.rise else "negative" if self.fall else "none"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a witness.

        Returns
        -------
        pandas.DataFrame
            Columns ``coalition``, ``merged``, ``before``, ``change``.
        """
        import pandas as pd

        found = [each for each in (self.rise, self.fall) if each]
        names = ("coalition", "merged", "before", "change")
        return pd.DataFrame({name: [getattr(each, name) for each in found] for name in names})

    def _headline(self) -> str:
        return "no externalities" if self.sign == "none" else f"{self.sign} externalities"

    def __repr__(self) -> str:
        return "\n".join([self._headline(), *(repr(each) for each in (self.rise, self.fall) if each)])


def externalities(game: PartitionFunctionGame) -> Externalities:
    """Say whether a merger raises or lowers what the coalitions outside it are worth.

    Parameters
    ----------
    game : PartitionFunctionGame
        n players.

    Returns
    -------
    Externalities
        ``sign`` is positive where some merger raises the worth of a third coalition and none lowers one.

    Raises
    ------
    CoalitionError
        The game is no PartitionFunctionGame.
    WorthError
        Symbolic worths, or exact ones whose common denominator is beyond 2**53.

    Notes
    -----
    Every merger of two coalitions in every structure is looked at: 0.6 million for 10 players, 50 million for 12.

    References
    ----------
    .. [1] S.-S. Yi (1997), Stable coalition structures with externalities, Games and Economic Behavior 20, 201-237.

    Examples
    --------
    >>> from fractions import Fraction
    >>> def profit(firm, firms):
    ...     return Fraction(1, (1 + len(firms)) ** 2)
    >>> externalities(PartitionFunctionGame.from_function("ABC", profit))
    positive externalities
    C gains 7/144 when A and B merge
    """
    from coalitions._kernels_externalities import merger_extremes

    table = PartitionTable.of(game)
    found, changes = np.zeros((2, 5), np.int64), np.zeros(2)
    merger_extremes(table.strings, table.worths, table.completions, found, changes)
    witnesses: list[Externality | None] = []
    for (before, after, a, b, c), change in zip(found.tolist(), changes.tolist(), strict=True):
        if abs(change) <= table.tolerance:
            witnesses.append(None)
            continue
        blocks, merged = table.blocks(before), table.blocks(after)
        exact = game.worths[merged][merged.index(blocks[c])] - game.worths[blocks][c]
        names = tuple(labels_of(block, game.players) for block in blocks)
        witnesses.append(Externality(coalition=names[c], merged=(names[a], names[b]), before=names, change=exact))
    return Externalities(rise=witnesses[0], fall=witnesses[1], tolerance=table.tolerance / table.unit)


def characteristic_game(
    game: PartitionFunctionGame, expectation: str | Callable[..., Any], *, split: bool = False
) -> Game:
    """Turn a partition function into a game by saying what a coalition expects of the others.

    Parameters
    ----------
    game : PartitionFunctionGame
        n players.
    expectation : str or callable
        One of ``EXPECTATIONS``; or ``expectation(coalition, others)``, which gives the others' structure (their
        coalitions) for two tuples of labels.
    split : bool
        Whether a coalition may act in several blocks and pool what they are worth. Then alpha is what it can make sure
        of before it knows how the others are grouped (the best of its structures, each at its worst), beta what it
        makes of the worst structure of the others once it knows it, and everybody together are worth the best
        structure of all. As one block, alpha and beta are the same.

    Returns
    -------
    Game

    Raises
    ------
    CoalitionError
        An unknown expectation, or one that gives no partition of the others.
    WorthError
        Symbolic worths that would have to be compared.
    TooLargeError
        ``split`` with more than 9 players.

    Notes
    -----
    Always alpha <= beta <= gamma, delta <= optimistic. Time by the coalitions in their structures, Bell(n + 1) of
    them; with ``split`` by the parts of structures, 610,182 for 9 players.

    References
    ----------
    .. [1] R. J. Aumann (1961), The core of a cooperative game without side payments, Transactions of the American
           Mathematical Society 98, 539-552.
    .. [2] P. Chander, H. Tulkens (1997), The core of an economy with multilateral environmental externalities,
           International Journal of Game Theory 26, 379-401.
    .. [3] S. Hart, M. Kurz (1983), Endogenous formation of coalitions, Econometrica 51, 1047-1064.

    Examples
    --------
    >>> from fractions import Fraction
    >>> cartel = PartitionFunctionGame.from_function("ABC", lambda block, blocks: Fraction(1, (1 + len(blocks)) ** 2))
    >>> characteristic_game(cartel, "gamma")["A"], characteristic_game(cartel, "delta")["A"]
    (Fraction(1, 16), Fraction(1, 9))
    """
    require_externalities(game)
    if not callable(expectation) and expectation not in EXPECTATIONS:
        near = difflib.get_close_matches(str(expectation), EXPECTATIONS, n=1, cutoff=0.0)
        raise CoalitionError(
            f"unknown expectation {expectation!r}; did you mean {near[0]!r}? There are {', '.join(EXPECTATIONS)}"
        )
    if split:
        return _in_several_blocks(game, expectation)
    if callable(expectation):
        return _as_expected(game, expectation)
    ways: dict[str, Callable[[], Game]] = {
        "alpha": game.pessimistic,
        "beta": game.pessimistic,
        "gamma": game.externality_free,
        "delta": game.mcquillin,
        "optimistic": game.optimistic,
    }
    return ways[expectation]()


def externality_core(
    game: PartitionFunctionGame,
    expectation: str | Callable[..., Any] = "gamma",
    *,
    split: bool = False,
    certify: bool = False,
) -> Core:
    """Find out whether everybody together can content every coalition, which expects the others to react somehow.

    Parameters
    ----------
    game : PartitionFunctionGame
    expectation, split
        As for ``characteristic_game``: 'alpha', 'beta', 'gamma', 'delta', 'optimistic' or a rule of one's own.
    certify : bool
        As for ``core``.

    Returns
    -------
    Core
        With ``is_empty``, ``point`` or ``witness``, ``contains(x)``: of ``characteristic_game``, the grand coalition
        dividing its worth.

    Raises
    ------
    CoalitionError
        An unknown expectation.
    WorthError
        Symbolic worths.

    Notes
    -----
    The more a coalition hopes for, the smaller the core: alpha holds beta holds gamma and delta, and each of these
    holds the optimistic core.

    References
    ----------
    .. [1] R. J. Aumann (1961), The core of a cooperative game without side payments, Transactions of the American
           Mathematical Society 98, 539-552.
    .. [2] P. Chander, H. Tulkens (1997), The core of an economy with multilateral environmental externalities,
           International Journal of Game Theory 26, 379-401.
    .. [3] S. Hart, M. Kurz (1983), Endogenous formation of coalitions, Econometrica 51, 1047-1064.

    Examples
    --------
    >>> from fractions import Fraction
    >>> cartel = PartitionFunctionGame.from_function("ABC", lambda block, blocks: Fraction(1, (1 + len(blocks)) ** 2))
    >>> externality_core(cartel, "gamma").is_empty, externality_core(cartel, "delta").is_empty
    (False, True)
    """
    return core(characteristic_game(game, expectation, split=split), certify=certify)


def _as_expected(game: PartitionFunctionGame, expectation: Callable[..., Any]) -> Game:
    table: list[Any] = [0]
    for mask in range(1, 1 << game.n):
        blocks = in_order([mask, *_reaction(game, expectation, mask)])
        table.append(game.worths[blocks][blocks.index(mask)])
    return Game(game.players, number_array(table), copy=False)


def _reaction(game: PartitionFunctionGame, expectation: Callable[..., Any], mask: int) -> list[int]:
    rest = labels_of((1 << game.n) - 1 ^ mask, game.players)
    if not rest:
        return []
    coalition = labels_of(mask, game.players)
    given = expectation(coalition, rest)
    try:
        blocks = as_partition(given, rest)
    except (CoalitionError, TypeError) as error:
        raise CoalitionError(f"expectation of {coalition} is {given!r}, no structure of {rest}: {error}") from None
    return [mask_of(labels_of(block, rest), game.players) for block in blocks]


def _in_several_blocks(game: PartitionFunctionGame, expectation: str | Callable[..., Any]) -> Game:
    """Let every coalition group itself too: its own structures against those of the others."""
    n, everyone = game.n, (1 << game.n) - 1
    if n > _MAX_SPLIT:
        raise TooLargeError(f"{n} players; coalitions act in several blocks for up to {_MAX_SPLIT}")
    best: dict[Partition, Any] = {}  # by the structure of the others, the most that the rest makes of it
    surest: dict[Partition, Any] = {}  # by its own structure, the least that a coalition makes of it
    for partition, worths in game.worths.items():
        if any(getattr(worth, "free_symbols", None) for worth in worths):
            raise WorthError(f"a worth in {partition} has a symbol, which has no order: give it a number")
        k = len(partition)
        for chosen in range(1, 1 << k):
            inside = members_of(chosen)
            total = sum(worths[b] for b in inside)
            own = tuple(partition[b] for b in inside)
            others = tuple(partition[b] for b in range(k) if not chosen >> b & 1)
            best[others] = max(best.get(others, total), total)
            surest[own] = min(surest.get(own, total), total)
    table: list[Any] = [0] * (everyone + 1)
    if expectation == "alpha":
        _fold(table, ((sum(own), worth) for own, worth in surest.items()), max)
    elif callable(expectation):
        for mask in range(1, everyone + 1):
            table[mask] = best[in_order(_reaction(game, expectation, mask))]
    elif expectation == "gamma":
        for mask in range(1, everyone + 1):
            table[mask] = best[tuple(1 << i for i in members_of(everyone ^ mask))]
    elif expectation == "delta":
        for mask in range(1, everyone + 1):
            table[mask] = best[(everyone ^ mask,) if mask != everyone else ()]
    else:
        _fold(
            table,
            ((everyone ^ sum(others), worth) for others, worth in best.items()),
            min if expectation == "beta" else max,
        )
    return Game(game.players, number_array(table), copy=False)


def _fold(table: list[Any], found: Iterable[tuple[int, Any]], choose: Callable[[Any, Any], Any]) -> None:
    seen = set()
    for mask, worth in found:
        table[mask] = choose(table[mask], worth) if mask in seen else worth
        seen.add(mask)
