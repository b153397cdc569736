"""What can be asked of single players: who stands for whom, who adds nothing, who adds only what it has alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from coalitions.answers import Coalition, Property, ordered_worths, shown_worth
from coalitions.coalition import Label, labels_of, mask_of
from coalitions.errors import CoalitionError
from coalitions.game import Game, as_game


def is_symmetric(game: Any, one: Label, other: Label) -> Property:
    """Ask whether two players can stand for each other: v(S + i) = v(S + j) for all S without them.

    Parameters
    ----------
    game : Game or representation
    one, other : labels

    Returns
    -------
    Property
        Witness: S + i and S + j that differ most.

    Raises
    ------
    CoalitionError
        An unknown player, or one player twice.
    WorthError
        Symbolic worths.

    Notes
    -----
    2**(n - 2) comparisons.

    Examples
    --------
    >>> is_symmetric(Game("AB", [0, 1, 2, 2]), "A", "B").witness
    (('A',), ('B',))
    """
    game = as_game(game)
    i, j = sorted((_position(game, one), _position(game, other)))
    if i == j:
        raise CoalitionError(f"{one!r} is named twice; two players are compared")
    worths, tolerance = ordered_worths(game)
    quarters = worths.reshape(-1, 2, 1 << (j - i - 1), 2, 1 << i)
    away = np.abs(quarters[:, 0, :, 1] - quarters[:, 1, :, 0])
    at = int(away.argmax())
    high, middle, low = (int(k) for k in np.unravel_index(at, away.shape))
    base = high << (j + 1) | middle << (i + 1) | low
    pair = (base | 1 << _position(game, one), base | 1 << _position(game, other))
    return _equal("symmetric players", game, away.flat[at], tolerance, pair)


def is_null_player(game: Any, player: Label) -> Property:
    """Ask whether a player never changes anything: v(S + i) = v(S).

    Parameters
    ----------
    game : Game or representation
    player : label

    Returns
    -------
    Property
        Witness: S and S + i that differ most.

    Raises
    ------
    CoalitionError
        An unknown player.
    WorthError
        Symbolic worths.

    Notes
    -----
    2**(n - 1) comparisons.

    Examples
    --------
    >>> bool(is_null_player(Game("AB", [0, 1, 0, 1]), "B"))
    True
    """
    return _contribution(as_game(game), player, "null player", own=False)


def is_dummy_player(game: Any, player: Label) -> Property:
    """Ask whether a player always brings what it is worth alone: v(S + i) = v(S) + v({i}).

    Parameters
    ----------
    game : Game or representation
    player : label

    Returns
    -------
    Property
        Witness: S and S + i where it brings something else.

    Raises
    ------
    CoalitionError
        An unknown player.
    WorthError
        Symbolic worths.

    Notes
    -----
    2**(n - 1) comparisons.

    Examples
    --------
    >>> bool(is_dummy_player(Game("AB", [0, 1, 2, 3]), "B"))
    True
    """
    return _contribution(as_game(game), player, "dummy player", own=True)


def symmetric_players(game: Any) -> tuple[Coalition, ...]:
    """Group the players who can stand for each other.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    tuple of tuples of labels
        A partition of the players; someone without a double is alone.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    At most n (n - 1) / 2 * 2**(n - 2) comparisons.

    Examples
    --------
    >>> symmetric_players(Game("ABC", [0, 0, 0, 1, 0, 1, 0, 1]))
    (('A',), ('B', 'C'))
    """
    game = as_game(game)
    groups: list[list[Label]] = []
    for player in game.players:
        for group in groups:
            if is_symmetric(game, group[0], player):
                group.append(player)
                break
        else:
            groups.append([player])
    return tuple(tuple(group) for group in groups)


def null_players(game: Any) -> Coalition:
    """List the players who never change anything.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    tuple of labels

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    n 2**(n - 1) comparisons.

    Examples
    --------
    >>> null_players(Game("AB", [0, 1, 0, 1]))
    ('B',)
    """
    game = as_game(game)
    return tuple(player for player in game.players if is_null_player(game, player))


def dummy_players(game: Any) -> Coalition:
    """List the players who always bring what they are worth alone; null players are among them.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    tuple of labels

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    n 2**(n - 1) comparisons.

    Examples
    --------
    >>> dummy_players(Game("AB", [0, 1, 2, 3]))
    ('A', 'B')
    """
    game = as_game(game)
    return tuple(player for player in game.players if is_dummy_player(game, player))


def _equal(name: str, game: Game, away: Any, tolerance: float, pair: tuple[int, int]) -> Property:
    holds = bool(away <= tolerance)
    return Property(
        name=name,
        holds=holds,
        witness=tuple(labels_of(mask, game.players) for mask in pair),
        margin=-away,
        tolerance=tolerance,
        reason=f"{shown_worth(game, pair[0])} and {shown_worth(game, pair[1])} are the farthest from it",
    )


def _contribution(game: Game, player: Label, name: str, *, own: bool) -> Property:
    i = _position(game, player)
    worths, tolerance = ordered_worths(game)
    halves = worths.reshape(-1, 2, 1 << i)
    away = np.abs(halves[:, 1] - halves[:, 0] - (worths[1 << i] if own else worths[0]))
    high, low = divmod(int(away.argmax()), 1 << i)
    base = high << (i + 1) | low
    return _equal(name, game, away[high, low], tolerance, (base, base | 1 << i))


def _position(game: Game, player: Label) -> int:
    return mask_of((player,), game.players).bit_length() - 1
