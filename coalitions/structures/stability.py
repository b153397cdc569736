"""Is a partition stable in a hedonic game, which partitions are, and who would break one that is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from coalitions.coalition import Label, as_partition, labels_of, members_of
from coalitions.errors import CoalitionError, TooLargeError
from coalitions.structures.deviations import FINDERS, Deviation, Partition
from coalitions.structures.hedonic import HedonicGame
from coalitions.structures.stable_search import StableProgram, all_partitions, no_move, undominated

NOTIONS = (
    "individual rationality",
    "contractual individual stability",
    "individual stability",
    "Nash stability",
    "core",
    "strict core",
    "Pareto optimality",
)
"""What ``notion`` may be: nobody would rather be alone; nobody would move to a coalition (or alone) with consent of
those left and those joined, with consent of those joined, without anybody's consent; no coalition whose members all
gain; none whose members do not lose and of whom one gains; no partition in which nobody loses and somebody gains."""

_MAX_LISTED = 10  # 115,975 partitions
_MAX_SOUGHT = 16


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HedonicStability:
    """Whether a partition is stable; true or false in a condition, with the deviation that breaks it.

    Attributes
    ----------
    holds : bool
    notion : str
    movers : tuple of labels
        Who would deviate, for the strict core and Pareto optimality those who gain by it; empty where nobody would.
    coalition : tuple of labels
        The coalition that they would form or join. For Pareto optimality that of the player who gains most.
    instead : tuple of tuples of labels
        The partition that would follow; for the core and the strict core, what is left of a block stays together.
    gains : dict from label to float
        The movers' gains in utility. A gain up to the game's tolerance counts as none.
    """

    holds: bool
    notion: str
    movers: tuple[Label, ...]
    coalition: tuple[Label, ...]
    instead: tuple[tuple[Label, ...], ...]
    gains: dict[Label, float]

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        if self.holds:
            return f"{self.notion}: yes"
        if self.notion == "Pareto optimality":
            return f"{self.notion}: no; nobody loses and {_listed(self.movers)} gains in {self.instead}"
        verb = "would" if len(self.movers) == 1 else "would together"
        return f"{self.notion}: no; {_listed(self.movers)} {verb} rather be in {self.coalition}"


def is_stable(game: HedonicGame, partition: Iterable[Iterable[Label]], notion: str = "core") -> HedonicStability:
    """Say whether a partition is stable, and if not who would do what.

    Parameters
    ----------
    game : HedonicGame
        n players.
    partition : iterable of coalitions
    notion : str
        One of ``NOTIONS``; 'core' by default.

    Returns
    -------
    HedonicStability
        With the deviation of the largest gain: for the core that of the member who gains least, for the strict core
        that of the member who gains most, for Pareto optimality that of all together.

    Raises
    ------
    CoalitionError
        Not a partition; an unknown notion.

    Notes
    -----
    O(n 2**n) for the cores, O(n**2) for single moves, an optimal structure for Pareto optimality.

    References
    ----------
    .. [1] A. Bogomolnaia, M. O. Jackson (2002), The stability of hedonic coalition structures, Games and Economic
           Behavior 38, 201-230.
    .. [2] H. Aziz, R. Savani (2016), Hedonic games, in: Handbook of Computational Social Choice, Cambridge
           University Press, 356-376.

    Examples
    --------
    >>> guest = HedonicGame.additive("ABC", [[0, 2, -1], [2, 0, -1], [1, 1, 0]])
    >>> is_stable(guest, [("A", "B"), ("C",)], "Nash stability")
    Nash stability: no; C would rather be in ('A', 'B', 'C')
    >>> is_stable(guest, [("A", "B"), ("C",)])
    core: yes
    """
    blocks = as_partition(partition, game.players)
    test = Partition(game, blocks)
    found = _finder(notion)(test)
    if found is None:
        return HedonicStability(holds=True, notion=notion, movers=(), coalition=(), instead=(), gains={})
    movers, coalition, instead = found
    gains = test.gains(instead)
    return HedonicStability(
        holds=False,
        notion=notion,
        movers=labels_of(movers, game.players),
        coalition=labels_of(coalition, game.players),
        instead=tuple(labels_of(mask, game.players) for mask in instead),
        gains={game.players[i]: float(gains[i]) for i in members_of(movers)},
    )


def stable_partitions(game: HedonicGame, notion: str = "core") -> tuple[tuple[tuple[Label, ...], ...], ...]:
    """List every stable partition of a small game.

    Parameters
    ----------
    game : HedonicGame
        Up to 10 players.
    notion : str
        One of ``NOTIONS``.

    Returns
    -------
    tuple of partitions
        Each a tuple of coalitions in the order of their first members; empty where none is stable.

    Raises
    ------
    TooLargeError
        More than 10 players; ``find_stable_partition`` serves.
    CoalitionError
        An unknown notion.

    Notes
    -----
    Tests all partitions (115,975 of 10 players) in vectors: up to 2**n times as many comparisons for the cores, and
    a comparison with every undominated partition for Pareto optimality.

    Examples
    --------
    >>> guest = HedonicGame.additive("ABC", [[0, 2, -1], [2, 0, -1], [1, 1, 0]])
    >>> stable_partitions(guest)
    ((('A', 'B'), ('C',)),)
    """
    _finder(notion)
    if game.n > _MAX_LISTED:
        raise TooLargeError(
            f"{game.n} players have too many partitions to list (at most {_MAX_LISTED} players); "
            "find_stable_partition finds one or proves that there is none"
        )
    homes = all_partitions(game.n)
    own = game.utilities[np.arange(game.n), homes]
    keep = np.ones(len(homes), np.bool_)
    if notion == "Pareto optimality":
        keep = undominated(own, game.tolerance)
    elif notion in ("core", "strict core"):
        for mask in range(1, 1 << game.n):
            members = members_of(mask)
            gains = game.utilities[members, mask] - own[:, members]
            willing = (gains > game.tolerance) if notion == "core" else (gains >= -game.tolerance)
            blocked = willing.all(axis=1)
            if notion == "strict core":
                blocked &= (gains > game.tolerance).any(axis=1)
            keep &= ~blocked
    else:
        keep = no_move(game, homes, own, notion)
    return tuple(tuple(labels_of(mask, game.players) for mask in dict.fromkeys(row)) for row in homes[keep].tolist())


def find_stable_partition(
    game: HedonicGame, notion: str = "core", *, time_limit: float = np.inf
) -> tuple[tuple[Label, ...], ...] | None:
    """Find a stable partition, of the largest total utility among the stable ones, or prove that there is none.

    Parameters
    ----------
    game : HedonicGame
        Up to 16 players.
    notion : str
        One of ``NOTIONS``.
    time_limit : float
        Seconds.

    Returns
    -------
    tuple of coalitions, or None
        None is a proof that no partition is stable.

    Raises
    ------
    TooLargeError
        More than 16 players.
    CoalitionError
        An unknown notion.
    SolverError
        No answer within the time limit.

    Notes
    -----
    An integer program with one variable for each coalition that all its members prefer to being alone (for Pareto
    optimality and contractual individual stability: for each coalition). Stability is a set of rows, each of them a
    deviation that must not pay; they are added where the solution at hand breaks them, until none is broken. Total
    utilities that differ by less than 1e-6 of what a coalition of such a program has at most, each member's counted
    from its worst, count as equal.

    Examples
    --------
    >>> guest = HedonicGame.additive("ABC", [[0, 2, -1], [2, 0, -1], [1, 1, 0]])
    >>> find_stable_partition(guest, "individual stability")
    (('A', 'B'), ('C',))
    >>> stalker = HedonicGame.additive("AB", [[0, 1], [-1, 0]])
    >>> print(find_stable_partition(stalker, "Nash stability"))
    None
    """
    finder = _finder(notion)
    if game.n > _MAX_SOUGHT:
        raise TooLargeError(f"{game.n} players; stable partitions are sought for up to {_MAX_SOUGHT}")
    deadline = time.monotonic() + time_limit
    program = StableProgram(game, notion)
    while True:
        blocks = program.solve(deadline)
        if blocks is None:
            return None
        if finder(Partition(game, blocks)) is None:
            return tuple(labels_of(mask, game.players) for mask in sorted(blocks, key=lambda m: m & -m))
        program.forbid_what_breaks(blocks)


def top_covering(game: HedonicGame) -> tuple[tuple[Label, ...], ...]:
    """Form coalitions by the top covering algorithm: the smallest set that holds its members' favourites leaves first.

    Parameters
    ----------
    game : HedonicGame
        n players.

    Returns
    -------
    tuple of coalitions
        In the order in which they form. In the core where preferences are top responsive [1]_; check others with
        ``is_stable``.

    Notes
    -----
    O(n 2**n). A player with several favourites among those who are left takes what they have in common.

    References
    ----------
    .. [1] J. Alcalde, P. Revilla (2004), Researching with whom? Stability and manipulation, Journal of Mathematical
           Economics 40, 869-887.
    .. [2] D. Dimitrov, S. C. Sung (2007), On top responsiveness and strict core stability, Journal of Mathematical
           Economics 43, 130-134.

    Examples
    --------
    >>> top_covering(HedonicGame.friends_and_enemies("ABC", {"A": "B", "B": "A", "C": "A"}))
    (('A', 'B'), ('C',))
    """
    masks = np.arange(1 << game.n)
    left = (1 << game.n) - 1
    formed = []
    while left:
        inside = masks & ~left == 0
        favourite = {}
        for i in members_of(left):
            own = np.where(inside, game.utilities[i], -np.inf)
            best = masks[own >= own.max() - game.tolerance]
            favourite[i] = int(np.bitwise_and.reduce(best))
        closures = [_closure(1 << i, favourite) for i in members_of(left)]
        chosen = min(closures, key=lambda mask: (mask.bit_count(), mask))
        formed.append(chosen)
        left &= ~chosen
    return tuple(labels_of(mask, game.players) for mask in formed)


def _closure(mask: int, favourite: dict[int, int]) -> int:
    while True:
        grown = mask
        for i in members_of(mask):
            grown |= favourite[i]
        if grown == mask:
            return mask
        mask = grown


def _finder(notion: str) -> Callable[[Partition], Deviation | None]:
    import difflib

    if notion not in FINDERS:
        near = difflib.get_close_matches(str(notion), NOTIONS, n=1, cutoff=0.3)
        raise CoalitionError(f"unknown notion {notion!r}; did you mean {(near or NOTIONS)[0]!r}? See NOTIONS")
    return FINDERS[notion]


def _listed(players: Iterable[Label]) -> str:
    return " and ".join(map(str, players))
