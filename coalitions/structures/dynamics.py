"""Step by step: what becomes of a structure when groups merge and split, or single players move, as long as it pays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coalitions.coalition import Label, as_partition, labels_of, members_of
from coalitions.errors import CoalitionError
from coalitions.game import as_game, float_worths
from coalitions.result import Result
from coalitions.structures.deviations import FINDERS, Partition
from coalitions.structures.hedonic import HedonicGame
from coalitions.tolerance import tolerance_of

if TYPE_CHECKING:
    import pandas as pd

_MOVES = ("contractual individual stability", "individual stability", "Nash stability", "core", "strict core")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Path(Result):
    """A sequence of structures, each reached from the one before by a step that paid.

    Attributes
    ----------
    structures : tuple of partitions
        The first is where it began.
    steps : tuple of str
        What led from each to the next, in words.
    ends : {'stable', 'cycle', 'limit'}
        No step pays any more; the last structure was there before; or the number of steps was limited.
    """

    structures: tuple[tuple[tuple[Label, ...], ...], ...]
    steps: tuple[str, ...]
    ends: str

    _concept = "improvement path"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a structure.

        Returns
        -------
        pandas.DataFrame
            Columns ``structure`` (tuple of coalitions) and ``step`` (what led to it).
        """
        import pandas as pd

        return pd.DataFrame({"structure": self.structures, "step": ["start", *self.steps]})

    def _headline(self) -> str:
        ending = {"stable": "no further step pays", "cycle": "and round again", "limit": "not at rest yet"}[self.ends]
        return f"{len(self.steps)} step{'s' * (len(self.steps) != 1)}, {ending}"

    def __repr__(self) -> str:
        names = [" | ".join(" ".join(map(str, block)) for block in blocks) for blocks in self.structures]
        rows = [names[0], *(f"{name}   {step}" for name, step in zip(names[1:], self.steps, strict=True))]
        return "\n".join([self._headline(), *rows])


def merge_and_split(game: Any, start: Iterable[Iterable[Label]] | None = None) -> Path:
    """Merge and split coalitions as long as that makes those concerned worth more together.

    Parameters
    ----------
    game : Game or representation
        n players.
    start : iterable of coalitions, optional
        Everybody alone by default.

    Returns
    -------
    Path
        Ends in a structure that no merger of some of its coalitions, and no splitting of one into two, improves: the
        total worth rises with every step, so there is no cycle. It need not be the best structure.

    Raises
    ------
    CoalitionError
        Not a partition.
    WorthError
        Symbolic worths.

    Notes
    -----
    At each step the merger or split that gains most is made; mergers of any number of coalitions are tried
    (2**blocks), splits into two (2**members).

    References
    ----------
    .. [1] K. R. Apt, A. Witzel (2009), A generic approach to coalition formation, International Game Theory Review 11,
           347-367.

    Examples
    --------
    >>> from coalitions import Game
    >>> merge_and_split(Game("ABC", [0, 1, 1, 5, 1, 2, 3, 5]))
    1 step, no further step pays
    A | B | C
    A B | C   A, B merge and gain 3
    """
    dense = as_game(game)
    players = dense.players
    worths = float_worths(dense)
    tolerance = tolerance_of(worths)
    blocks = [1 << i for i in range(dense.n)] if start is None else as_partition(start, players)
    structures = [_named(blocks, players)]
    steps: list[str] = []
    while True:
        gain, taken, formed = _best_merger(worths, blocks)
        other, cut, parts = _best_split(worths, blocks)
        if other > gain:
            gain, taken, formed = other, [cut], parts
        if gain <= tolerance:
            return Path(structures=tuple(structures), steps=tuple(steps), ends="stable")
        blocks = [block for block in blocks if block not in taken] + formed
        structures.append(_named(blocks, players))
        verb = "merge" if len(formed) == 1 else "splits"
        who = ", ".join(" ".join(map(str, labels_of(block, players))) for block in taken)
        steps.append(f"{who} {verb} and gain{'' if len(formed) == 1 else 's'} {gain:g}")


def improvement_path(
    game: HedonicGame,
    start: Iterable[Iterable[Label]] | None = None,
    notion: str = "Nash stability",
    *,
    most: int = 1000,
) -> Path:
    """Follow deviations from a partition: at each step the one that gains its movers most.

    Parameters
    ----------
    game : HedonicGame
    start : iterable of coalitions, optional
        Everybody alone by default.
    notion : str
        Which deviations are made: of single players for 'Nash stability' (best replies), 'individual stability' and
        'contractual individual stability', of groups for 'core' and 'strict core'.
    most : int
        Steps at most.

    Returns
    -------
    Path
        Ends at rest, or where it comes back to a partition it has been in.

    Raises
    ------
    CoalitionError
        Not a partition; another notion.

    References
    ----------
    .. [1] A. Bogomolnaia, M. O. Jackson (2002), The stability of hedonic coalition structures, Games and Economic
           Behavior 38, 201-230.

    Examples
    --------
    >>> stalker = HedonicGame.additive("AB", [[0, 1], [-1, 0]])
    >>> improvement_path(stalker)
    2 steps, and round again
    A | B
    A B   A joins B
    A | B   B leaves A
    """
    if notion not in _MOVES:
        raise CoalitionError(f"no steps are known for {notion!r}; there are {', '.join(_MOVES)}")
    players = game.players
    blocks = [1 << i for i in range(game.n)] if start is None else as_partition(start, players)
    structures = [_named(blocks, players)]
    steps: list[str] = []
    seen = {structures[0]}
    while len(steps) < most:
        found = FINDERS[notion](Partition(game, blocks))
        if found is None:
            return Path(structures=tuple(structures), steps=tuple(steps), ends="stable")
        movers, coalition, after = found
        steps.append(_step(movers, coalition, blocks, players))
        blocks = after
        structures.append(_named(blocks, players))
        if structures[-1] in seen:
            return Path(structures=tuple(structures), steps=tuple(steps), ends="cycle")
        seen.add(structures[-1])
    return Path(structures=tuple(structures), steps=tuple(steps), ends="limit")


def _step(movers: int, coalition: int, blocks: list[int], players: tuple[Label, ...]) -> str:
    def words(mask: int) -> str:
        return " ".join(map(str, labels_of(mask, players)))

    if coalition.bit_count() > 1 and coalition & ~movers in blocks:
        return f"{words(movers)} joins {words(coalition & ~movers)}"
    if coalition == movers and movers.bit_count() == 1:
        home = next(block for block in blocks if block & movers)
        return f"{words(movers)} leaves {words(home & ~movers)}"
    return f"{words(coalition)} get together"


def _best_merger(worths: Any, blocks: list[int]) -> tuple[float, list[int], list[int]]:
    best: tuple[float, list[int], list[int]] = (-np.inf, [], [])
    unions, sums = np.zeros(1, np.int64), np.zeros(1)
    for block in blocks:
        unions = np.concatenate((unions, unions | block))
        sums = np.concatenate((sums, sums + worths[block]))
    chosen = np.arange(len(unions))
    gains = np.where(chosen & (chosen - 1) != 0, worths[unions] - sums, -np.inf)
    at = int(np.argmax(gains))
    if gains[at] > -np.inf:
        best = float(gains[at]), [blocks[k] for k in members_of(at)], [int(unions[at])]
    return best


def _best_split(worths: Any, blocks: list[int]) -> tuple[float, int, list[int]]:
    best: tuple[float, int, list[int]] = (-np.inf, 0, [])
    for block in blocks:
        parts = np.zeros(1, np.int64)
        for i in members_of(block)[:-1]:  # the part without the last member
            parts = np.concatenate((parts, parts | 1 << i))
        parts = parts[1:]
        if len(parts):
            gains = worths[parts] + worths[block & ~parts] - worths[block]
            at = int(np.argmax(gains))
            if gains[at] > best[0]:
                best = float(gains[at]), block, [int(parts[at]), block & ~int(parts[at])]
    return best


def _named(blocks: list[int], players: tuple[Label, ...]) -> tuple[tuple[Label, ...], ...]:
    return tuple(labels_of(mask, players) for mask in sorted(blocks, key=lambda mask: mask & -mask))
