"""Simple games: every coalition either wins or loses, and more members never hurt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, labels_of, mask_of, members_of
from coalitions.errors import CoalitionError, WorthError
from coalitions.families.voting_counts import require_table
from coalitions.game import Game, as_game


@dataclass(frozen=True, eq=False, repr=False, init=False)
class SimpleGame:
    """A game given by its minimal winning coalitions.

    v(S) = 1 when S holds one of them, else 0.

    Parameters
    ----------
    minimal_winning : iterable of coalitions
        Each an iterable of labels, or one label; none may contain another.
    players : iterable of labels, optional
        Their order; by default the order in which the coalitions name them. Name those in no minimal winning
        coalition here: they are null players.

    Attributes
    ----------
    players : tuple of labels
    minimal_winning : tuple of tuples of labels
        Smallest coalitions first, then in bitmask order.
    n : int
    masks : tuple of int
        The same coalitions as bitmasks.

    Raises
    ------
    CoalitionError
        No coalition, an empty one, an unknown player, a coalition that is there twice or contains another.

    References
    ----------
    .. [1] L. S. Shapley (1962), Simple games: an outline of the descriptive theory, Behavioral Science 7, 59-66.

    Examples
    --------
    >>> game = SimpleGame([("A", "B"), ("A", "C")])
    >>> game["A", "B"], game["B", "C"]
    (1, 0)
    >>> game.veto_players
    ('A',)
    """

    players: tuple[Label, ...]
    masks: tuple[int, ...]

    def __init__(self, minimal_winning: Iterable[Any], players: Iterable[Label] | None = None) -> None:
        listed = list(minimal_winning)
        if players is None:
            players = dict.fromkeys(label for coalition in listed for label in _members(coalition))
        if not listed:
            raise CoalitionError("no minimal winning coalition: somebody must be able to win")
        order = as_players(players)
        masks = [mask_of(_members(coalition), order) for coalition in listed]
        for mask in masks:
            if not mask:
                raise CoalitionError("the empty coalition is named as winning; it must lose")
        ranked = sorted(masks, key=lambda mask: (mask.bit_count(), mask))
        for i, larger in enumerate(ranked):
            for smaller in ranked[:i]:
                if smaller == larger:
                    raise CoalitionError(f"minimal winning coalition {labels_of(larger, order)} is there twice")
                if smaller & larger == smaller:
                    raise CoalitionError(
                        f"{labels_of(larger, order)} is not minimal: {labels_of(smaller, order)} wins already"
                    )
        object.__setattr__(self, "players", order)
        object.__setattr__(self, "masks", tuple(ranked))

    @classmethod
    def from_game(cls, game: Any) -> SimpleGame:
        """Find the minimal winning coalitions of any simple game.

        Parameters
        ----------
        game : Game, or a representation such as WeightedVotingGame
            Worths 0 and 1, monotone.

        Returns
        -------
        SimpleGame

        Raises
        ------
        WorthError
            The game is not simple; the message names the coalition.
        TooLargeError
            More than 30 players.

        Notes
        -----
        Time O(n 2**n) at most, one byte a coalition.

        Examples
        --------
        >>> SimpleGame.from_game(Game("ABC", [0, 0, 0, 1, 0, 1, 0, 1])).minimal_winning
        (('A', 'B'), ('A', 'C'))
        """
        from coalitions._kernels_voting import mark_minimal

        wins = winning_table(game)
        minimal = np.empty_like(wins)
        mark_minimal(wins, game.n, minimal)
        masks = np.flatnonzero(minimal).tolist()
        found = object.__new__(cls)
        object.__setattr__(found, "players", tuple(game.players))
        object.__setattr__(found, "masks", tuple(sorted(masks, key=lambda mask: (mask.bit_count(), mask))))
        return found

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    @property
    def minimal_winning(self) -> tuple[tuple[Label, ...], ...]:
        """The winning coalitions that lose without any one of their members."""
        return tuple(labels_of(mask, self.players) for mask in self.masks)

    @property
    def veto_players(self) -> tuple[Label, ...]:
        """The players without whom nobody wins."""
        everywhere = self.masks[0]
        for mask in self.masks:
            everywhere &= mask
        return labels_of(everywhere, self.players)

    @property
    def null_players(self) -> tuple[Label, ...]:
        """The players whom no coalition needs."""
        somewhere = 0
        for mask in self.masks:
            somewhere |= mask
        return labels_of(((1 << self.n) - 1) ^ somewhere, self.players)

    def __getitem__(self, coalition: Any) -> int:
        """Give 1 when the coalition wins, 0 when it loses."""
        mask = mask_of(coalition, self.players)
        return int(any(minimal & mask == minimal for minimal in self.masks))

    def winning_table(self) -> NDArray[np.uint8]:
        """Mark every winning coalition by 1, in bitmask order.

        Returns
        -------
        ndarray of uint8, shape (2**n,)

        Raises
        ------
        TooLargeError
            More than 30 players.

        Notes
        -----
        Time O(n 2**n): what wins is passed on, player by player, to all that hold it.
        """
        require_table(self.n)
        wins = np.zeros(1 << self.n, np.uint8)
        wins[list(self.masks)] = 1
        for i in range(self.n):
            pairs = wins.reshape(-1, 2, 1 << i)
            pairs[:, 1] |= pairs[:, 0]
        return wins

    def to_game(self, *, exact: bool = False) -> Game:
        """Tabulate the worths of all coalitions.

        Parameters
        ----------
        exact : bool, default False
            Integers instead of floats, so that solutions come out as Fractions; 8 bytes a coalition either way.

        Returns
        -------
        Game
            Worths 0 and 1.

        Raises
        ------
        TooLargeError
            More than 30 players.
        """
        return Game(self.players, self.winning_table().astype(object if exact else np.float64), copy=False)

    def __repr__(self) -> str:
        many = len(self.masks) > 1
        shown = ", ".join(map(str, self.minimal_winning[:4])) + (", ..." if len(self.masks) > 4 else "")
        return f"Simple game of {self.n} players, {len(self.masks)} minimal winning coalition{'s' * many}: {shown}"


def winning_table(game: Any) -> NDArray[np.uint8]:
    """Mark the winning coalitions of any simple game, after checking that it is one.

    Parameters
    ----------
    game : Game, or anything that becomes one

    Returns
    -------
    ndarray of uint8, shape (2**n,)
        In bitmask order.

    Raises
    ------
    WorthError
        A worth other than 0 and 1, a grand coalition that loses, a winning coalition that loses with one more member.
    TooLargeError
        More than 30 players.

    Examples
    --------
    >>> winning_table(Game("AB", [0, 1, 0, 1]))
    array([0, 1, 0, 1], dtype=uint8)
    """
    if hasattr(game, "winning_table"):
        table: NDArray[np.uint8] = game.winning_table()
        return table
    from coalitions._kernels_voting import find_losing_superset

    dense = as_game(game)
    worths = dense.worths
    if dense.is_exact:
        wins = np.array([worth == 1 for worth in worths], bool)
        odd = np.flatnonzero([not won and worth != 0 for won, worth in zip(wins, worths, strict=True)])
    else:
        wins = worths == 1
        odd = np.flatnonzero(~wins & (worths != 0))
    if odd.size:
        where = int(odd[0])
        raise WorthError(
            f"worth of {labels_of(where, dense.players)} is {worths[where]}; in a simple game it is 0 or 1"
        )
    if not wins[-1]:
        raise WorthError("the grand coalition loses; in a simple game it wins")
    marked = wins.astype(np.uint8)
    mask, player = find_losing_superset(marked, dense.n)
    if mask >= 0:
        raise WorthError(
            f"{labels_of(mask, dense.players)} wins but loses when {dense.players[player]!r} joins; "
            "in a simple game more members never hurt"
        )
    return marked


def critical_counts(game: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count, player by player, the winning coalitions that need it, by how many members they need.

    Parameters
    ----------
    game : Game, or anything that becomes one
        Simple.

    Returns
    -------
    tuple of two ndarrays of int64, shape (n, n + 1)
        In column c of the first, the winning coalitions in which the player is one of c whose leaving makes it
        lose; in column s of the second, the minimal winning coalitions of s members with the player.

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        More than 30 players.

    Notes
    -----
    Time O(n 2**n).

    Examples
    --------
    >>> critical_counts(Game("ABC", [0, 0, 0, 1, 0, 1, 0, 1]))[0]
    array([[0, 1, 2, 0],
           [0, 0, 1, 0],
           [0, 0, 1, 0]])
    """
    from coalitions._kernels_voting import count_critical

    wins = winning_table(game)
    n = len(wins).bit_length() - 1
    critical = np.zeros((n, n + 1), np.int64)
    minimal = np.zeros((n, n + 1), np.int64)
    count_critical(wins, n, critical, minimal)
    return critical, minimal


def minimal_counts(game: Any) -> list[list[int]]:
    """Count the minimal winning coalitions of each size that hold each player.

    Parameters
    ----------
    game : Game, or anything that becomes one
        Simple.

    Returns
    -------
    list of n lists of n + 1 int

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        More than 30 players, unless it is a SimpleGame: that lists them already.

    Examples
    --------
    >>> minimal_counts(SimpleGame([("A", "B"), ("A", "C")]))
    [[0, 0, 2, 0], [0, 0, 1, 0], [0, 0, 1, 0]]
    """
    if not isinstance(game, SimpleGame):
        counts: list[list[int]] = critical_counts(game)[1].tolist()
        return counts
    listed = [[0] * (game.n + 1) for _ in game.players]
    for mask in game.masks:
        for i in members_of(mask):
            listed[i][mask.bit_count()] += 1
    return listed


def _members(coalition: Any) -> tuple[Label, ...]:
    lone = isinstance(coalition, str | bytes) or not isinstance(coalition, Iterable)
    return (coalition,) if lone else tuple(coalition)
