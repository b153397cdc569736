"""Which structures hold where coalitions affect each other: nobody, or no group, gains by leaving or by joining."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_partition, as_players, labels_of, members_of
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.families.partition import PartitionFunctionGame
from coalitions.result import Result
from coalitions.structures.hedonic import HedonicGame
from coalitions.structures.partition_table import PartitionTable, blocks_of, comparable, completions, in_order, short
from coalitions.structures.stable_search import all_partitions, growth_strings

if TYPE_CHECKING:
    import pandas as pd

_SINGLE = {  # whether a player may join and may leave, needs consent, and leaves its partners alone
    "internal stability": (False, True, False, False),
    "external stability": (True, False, False, False),
    "open membership": (True, True, False, False),
    "individual stability": (True, True, True, False),
    "gamma Nash": (False, True, False, True),
}
_GROUP = {"gamma stability": True, "delta stability": False}  # whether those who are left stand alone

EQUILIBRIUM_NOTIONS = (*_SINGLE, *_GROUP)
"""What ``notion`` may be. One player moves: nobody gains by leaving its coalition to stand alone (internal stability),
by joining another one (external stability), by either (open membership: Nash equilibrium), by either where nobody in
the coalition joined loses (individual stability), by leaving when its partners fall apart then (gamma Nash). A group
moves: no players all gain by leaving their coalitions and regrouping among themselves, where those they leave stand
alone (gamma stability) or stay together (delta stability)."""

_MAX_PLAYERS = 11  # 678,570 structures
_MAX_LISTED = 9  # with groups that move: 21,147 structures and 115,974 ways to regroup


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StructureStability:
    """Whether a structure holds; true or false in a condition, with the move that breaks it.

    Attributes
    ----------
    holds : bool
    notion : str
    movers : tuple of labels
        Who would move; empty where nobody would.
    instead : tuple of tuples of labels
        The structure that would follow.
    gains : dict from label to number
        What the movers would gain.
    margin : number
        The largest gain that a single player could have by a move, or that every member of some group could have at
        least; -inf where no move is possible. The structure holds as long as it is not above ``tolerance``.
    tolerance : float
        0 for exact payoffs.
    """

    holds: bool
    notion: str
    movers: tuple[Label, ...]
    instead: tuple[tuple[Label, ...], ...]
    gains: dict[Label, Any]
    margin: Any
    tolerance: float

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        if self.holds:
            return f"{self.notion}: yes"
        who = " and ".join(map(str, self.movers))
        gain = "would gain" if len(self.movers) == 1 else "would each gain at least"
        return f"{self.notion}: no; {who} {gain} {short(self.margin)} in {_drawn(self.instead)}"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EquilibriumStructures(Result):
    """The structures that hold.

    Attributes
    ----------
    players : tuple of labels
    notion : str
    structures : tuple of partitions
        Each a tuple of coalitions in the order of their first members.
    payoffs : ndarray, shape (structures, n)
    margins : tuple of numbers
        For each the largest (least) gain by a move: how far from breaking it is, 0 where a mover would be indifferent.
    outcomes : int
        How many structures there are in all.
    tolerance : float
        0 for exact payoffs.
    """

    players: tuple[Label, ...]
    notion: str
    structures: tuple[tuple[tuple[Label, ...], ...], ...]
    payoffs: NDArray[np.float64]
    margins: tuple[Any, ...]
    outcomes: int
    tolerance: float

    _concept = "equilibrium structures"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a structure.

        Returns
        -------
        pandas.DataFrame
            Column ``structure`` (tuple of coalitions), one column of payoffs a player, and ``margin``.
        """
        import pandas as pd

        frame = pd.DataFrame({"structure": self.structures})
        for i, player in enumerate(self.players):
            frame[player] = self.payoffs[:, i]
        return frame.assign(margin=list(map(float, self.margins)))

    def _headline(self) -> str:
        return f"{self.notion}: {len(self.structures)} of {self.outcomes} structures hold"

    def __repr__(self) -> str:
        rows = list(map(_drawn, self.structures))
        return "\n".join([self._headline(), *rows[:20], *(["..."] if len(rows) > 20 else [])])


def equilibrium_structures(
    game: PartitionFunctionGame | HedonicGame | Iterable[Label],
    notion: str = "open membership",
    *,
    payoffs: Callable[..., Any] | None = None,
) -> EquilibriumStructures:
    """List the coalition structures that nobody, or no group, would leave.

    Parameters
    ----------
    game : PartitionFunctionGame, HedonicGame, or iterable of n labels
        Up to 11 players, and up to 9 where groups move.
    notion : str
        One of ``EQUILIBRIUM_NOTIONS``.
    payoffs : callable, optional
        ``payoffs(structure)`` gives one number a player, in order, for a tuple of coalitions. Without it the members
        of each coalition of a partition function share its worth equally. Not with a HedonicGame, whose utilities
        serve.

    Returns
    -------
    EquilibriumStructures

    Raises
    ------
    TooLargeError
        Too many players.
    CoalitionError
        An unknown notion, payoffs missing, or the wrong number of them.
    WorthError
        A payoff that is no finite number, or exact ones whose common denominator is beyond 2**53.

    Notes
    -----
    The Hart and Kurz games [1]_: everybody announces a coalition; in the game gamma a coalition forms when all its
    members have announced it, and all others stand alone; in delta those who announced the same one form a coalition.
    A structure is gamma- or delta-stable when announcing one's own coalition is a strong equilibrium. (Nash
    equilibria of the two are 'gamma Nash' and 'internal stability'.) Their payoffs are Owen values. In the open
    membership game of [2]_ everybody may join. Single moves take O(n**3) steps a structure. Groups have
    Bell(n + 1) - 1 ways to regroup: seconds for 8 players, at most minutes for 9.

    References
    ----------
    .. [1] S. Hart, M. Kurz (1983), Endogenous formation of coalitions, Econometrica 51, 1047-1064.
    .. [2] S.-S. Yi (1997), Stable coalition structures with externalities, Games and Economic Behavior 20, 201-237.
    .. [3] C. d'Aspremont, A. Jacquemin, J. J. Gabszewicz, J. A. Weymark (1983), On the stability of collusive price
           leadership, Canadian Journal of Economics 16, 17-25.

    Examples
    --------
    Three firms whose coalitions make 1 / (number of coalitions + 1)**2 would rather stay outside a cartel, unless it
    breaks down then:

    >>> from fractions import Fraction
    >>> cartel = PartitionFunctionGame.from_function("ABC", lambda block, blocks: Fraction(1, (1 + len(blocks)) ** 2))
    >>> equilibrium_structures(cartel)
    open membership: 1 of 5 structures hold
    A | B | C
    >>> equilibrium_structures(cartel, "gamma stability")
    gamma stability: 1 of 5 structures hold
    A B C

    Hart and Kurz: two of three form a majority.

    >>> from coalitions import Game, owen_value
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> owen = lambda structure: list(owen_value(majority, unions=structure))
    >>> equilibrium_structures("ABC", "delta stability", payoffs=owen)
    delta stability: 3 of 5 structures hold
    A B | C
    A C | B
    A | B C
    """
    _check_notion(notion)
    from coalitions._kernels_externalities import group_gains, single_gains

    given = _Valued.of(game, payoffs, _MAX_LISTED if notion in _GROUP else _MAX_PLAYERS, notion)
    strings, own, ways = given.strings, given.own, given.completions
    gains = np.empty(len(strings))
    if notion in _GROUP:
        group_gains(strings, own, ways, *_regroupings(given), _GROUP[notion], given.tolerance, gains)
    else:
        single_gains(strings, own, ways, *_SINGLE[notion], given.tolerance, gains)
    holding = np.flatnonzero(gains <= given.tolerance).tolist()
    return EquilibriumStructures(
        players=given.players,
        notion=notion,
        structures=tuple(map(given.named, holding)),
        payoffs=own[holding] / given.unit,
        margins=tuple(given.number(gain) for gain in gains[holding].tolist()),
        outcomes=len(strings),
        tolerance=given.tolerance,
    )


def is_equilibrium_structure(
    game: PartitionFunctionGame | HedonicGame | Iterable[Label],
    structure: Iterable[Iterable[Label]],
    notion: str = "open membership",
    *,
    payoffs: Callable[..., Any] | None = None,
) -> StructureStability:
    """Say whether a coalition structure holds, and if not who would do what.

    Parameters
    ----------
    game : PartitionFunctionGame, HedonicGame, or iterable of n labels
        Up to 11 players.
    structure : iterable of coalitions
    notion, payoffs
        As for ``equilibrium_structures``.

    Returns
    -------
    StructureStability
        With the move of the largest gain (of a group: of the largest least gain).

    Raises
    ------
    TooLargeError
        More than 11 players.
    CoalitionError
        Not a partition, an unknown notion, payoffs missing, or the wrong number of them.
    WorthError
        A payoff that is no finite number, or exact ones whose common denominator is beyond 2**53.

    Notes
    -----
    The payoffs of all structures are taken, then one scan of the moves: Bell(n + 1) - 1 of them for groups.

    References
    ----------
    .. [1] S. Hart, M. Kurz (1983), Endogenous formation of coalitions, Econometrica 51, 1047-1064.

    Examples
    --------
    >>> from fractions import Fraction
    >>> cartel = PartitionFunctionGame.from_function("ABC", lambda block, blocks: Fraction(1, (1 + len(blocks)) ** 2))
    >>> is_equilibrium_structure(cartel, [("A", "B", "C")])
    open membership: no; A would gain 1/36 in A | B C
    >>> is_equilibrium_structure(cartel, ["A", "B", "C"], "gamma stability")
    gamma stability: no; A and B and C would each gain at least 1/48 in A B C
    """
    _check_notion(notion)
    from coalitions._kernels_externalities import group_move, place, single_move

    given = _Valued.of(game, payoffs, _MAX_PLAYERS, notion)
    n, own = given.n, given.own
    labels = np.empty(n, np.int64)
    for label, block in enumerate(in_order(as_partition(structure, given.players))):
        labels[members_of(block)] = label
    here = place(labels, given.completions, np.empty(2 * n, np.int64))
    if notion in _GROUP:
        regroupings, parts, most = _regroupings(given)
        gain, chosen, after = group_move(
            here, given.strings, own, given.completions, regroupings, parts, most, _GROUP[notion], np.inf
        )
        movers = np.flatnonzero(regroupings[chosen, 1:]).tolist()
    else:
        gain, mover, after = single_move(here, given.strings, own, given.completions, *_SINGLE[notion], given.tolerance)
        movers = [mover]
    holds = bool(gain <= given.tolerance)
    return StructureStability(
        holds=holds,
        notion=notion,
        movers=() if holds else tuple(given.players[i] for i in movers),
        instead=() if holds else given.named(after),
        gains={} if holds else {given.players[i]: given.number(own[after, i] - own[here, i]) for i in movers},
        margin=given.number(gain),
        tolerance=given.tolerance / given.unit,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Valued:
    """All structures and what every player gets in each; exact payoffs as integers."""

    players: tuple[Label, ...]
    strings: NDArray[np.int8]
    own: NDArray[np.float64]
    completions: NDArray[np.int64]
    unit: int
    tolerance: float

    @classmethod
    def of(
        cls,
        game: PartitionFunctionGame | HedonicGame | Iterable[Label],
        payoffs: Callable[..., Any] | None,
        most: int,
        notion: str,
    ) -> _Valued:
        players = game.players if isinstance(game, PartitionFunctionGame | HedonicGame) else as_players(game)
        n = len(players)
        if n > most:
            raise TooLargeError(f"{n} players have too many structures for {notion}; it takes at most {most} players")
        unit, tolerance = 1, 0.0
        if payoffs is None and isinstance(game, PartitionFunctionGame):
            table = PartitionTable.of(game, share=True)
            own = np.take_along_axis(table.worths, table.strings.astype(np.int64), axis=1)
            return cls(
                players=players,
                strings=table.strings,
                own=own,
                completions=table.completions,
                unit=table.unit,
                tolerance=table.tolerance,
            )
        strings = growth_strings(n)
        if isinstance(game, HedonicGame):
            if payoffs is not None:
                raise CoalitionError("a HedonicGame has utilities; give the players' labels with other payoffs")
            own, tolerance = game.utilities[np.arange(n), all_partitions(n)], game.tolerance
        elif payoffs is None:
            raise CoalitionError("payoffs are missing: a function from a structure to one number a player")
        else:
            flat, unit, tolerance = comparable(_asked(strings, players, payoffs))
            own = flat.reshape(len(strings), n)
        return cls(
            players=players, strings=strings, own=own, completions=completions(n), unit=unit, tolerance=tolerance
        )

    @property
    def n(self) -> int:
        return len(self.players)

    def named(self, at: int) -> tuple[tuple[Label, ...], ...]:
        """Give a structure by its place."""
        return tuple(labels_of(block, self.players) for block in blocks_of(self.strings[at].tolist()))

    def number(self, value: float) -> Any:
        """Give a difference of payoffs in their own unit and kind."""
        if self.tolerance or not np.isfinite(value):
            return float(value)
        return Fraction(int(value), self.unit)


def _regroupings(given: _Valued) -> tuple[NDArray[np.int8], NDArray[np.int16], NDArray[np.float64]]:
    """Give all ways to leave and regroup, as partitions with one player more (whose coalition stays) and as bitmasks,
    and what everybody gets at most in each coalition.
    """
    from coalitions._kernels_externalities import block_extremes

    n = given.n
    strings = growth_strings(n + 1)
    parts = np.zeros((len(strings), n), np.int16)
    for i in range(n):
        moving = np.flatnonzero(strings[:, i + 1])
        parts[moving, strings[moving, i + 1] - 1] |= 1 << i
    most = np.full((n, 1 << n), -np.inf)
    block_extremes(given.strings, given.own, most)
    return strings, parts, most


def _asked(strings: NDArray[np.int8], players: tuple[Label, ...], payoffs: Callable[..., Any]) -> list[Any]:
    """Ask for the payoffs of all structures."""
    found: list[Any] = []
    for string in strings.tolist():
        structure = tuple(labels_of(block, players) for block in blocks_of(string))
        each = list(payoffs(structure))
        if len(each) != len(players):
            raise CoalitionError(f"payoffs of {structure} are {len(each)} numbers for {len(players)} players")
        for player, number in zip(players, each, strict=True):
            if isinstance(number, float | np.floating) and not np.isfinite(number):
                raise WorthError(f"payoff of {player!r} in {structure} is {number}")
        found.extend(each)
    return found


def _check_notion(notion: str) -> None:
    if notion not in EQUILIBRIUM_NOTIONS:
        near = difflib.get_close_matches(str(notion), EQUILIBRIUM_NOTIONS, n=1, cutoff=0.0)[0]
        raise CoalitionError(f"unknown notion {notion!r}; did you mean {near!r}? See EQUILIBRIUM_NOTIONS")


def _drawn(structure: Sequence[Sequence[Label]]) -> str:
    return " | ".join(" ".join(map(str, block)) for block in structure)
