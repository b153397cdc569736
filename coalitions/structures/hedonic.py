"""Hedonic games: players who care about who is in their coalition, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.coalition import Label, as_players, coalition_sizes, labels_of, mask_of, subset_sums, unknown_label
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.memory import require_memory
from coalitions.tolerance import RELATIVE

_MAX_PLAYERS = 22


@dataclass(frozen=True, eq=False, init=False, repr=False)
class HedonicGame:
    """Players who each rank the coalitions they could be in.

    Only comparisons of one player's utilities count: differences between players mean nothing here.

    Parameters
    ----------
    players : iterable of n labels
        Up to 22.
    utilities : callable, or array_like of shape (n, 2**n)
        ``utilities(player, coalition)`` gives what a coalition (tuple of labels) is to a member; or a table, a row a
        player, in bitmask order, whose entries for coalitions without the player are not read.

    Attributes
    ----------
    players : tuple of labels
    utilities : ndarray of float64, read-only, shape (n, 2**n)
        -inf where the player is no member.
    tolerance : float
        Utilities this close are equal to a player.

    Raises
    ------
    WorthError
        A utility that is not finite; the message names player and coalition.
    CoalitionError
        Players that are there twice, a table of the wrong shape.
    TooLargeError
        More than 22 players, or more than memory holds.

    Notes
    -----
    8 n 2**n bytes: 8 MB for 16 players, 0.7 GB for 22.

    References
    ----------
    .. [1] J. Dreze, J. Greenberg (1980), Hedonic coalitions: optimality and stability, Econometrica 48, 987-1003.
    .. [2] A. Bogomolnaia, M. O. Jackson (2002), The stability of hedonic coalition structures, Games and Economic
           Behavior 38, 201-230.

    Examples
    --------
    >>> club = HedonicGame("ABC", lambda player, coalition: -abs(len(coalition) - 2))
    >>> club.utility("A", ("A", "B"))
    0.0
    """

    players: tuple[Label, ...]
    utilities: NDArray[np.float64]
    tolerance: float

    def __init__(self, players: Iterable[Label], utilities: Callable[..., Any] | ArrayLike) -> None:
        order = _order(players)
        n = len(order)
        require_memory(10 * n << n, f"the preferences of {n} players", "use fewer players")
        masks = np.arange(1 << n)
        if callable(utilities):
            table = np.full((n, 1 << n), -np.inf)
            for i, player in enumerate(order):
                for mask in masks[masks >> i & 1 == 1].tolist():
                    table[i, mask] = utilities(player, labels_of(mask, order))
        else:
            table = np.array(utilities, np.float64)
            if table.shape != (n, 1 << n):
                raise CoalitionError(f"utilities have shape {table.shape}; {n} players need ({n}, {1 << n})")
        largest = 0.0
        for i, player in enumerate(order):
            member = masks >> i & 1 == 1
            table[i, ~member] = -np.inf
            own = table[i, member]
            if not np.isfinite(own).all():
                bad = int(masks[member][np.argmin(np.isfinite(own))])
                raise WorthError(f"utility of {labels_of(bad, order)} to {player!r} is {table[i, bad]}")
            largest = max(largest, float(np.abs(own).max()))
        table.flags.writeable = False
        object.__setattr__(self, "players", order)
        object.__setattr__(self, "utilities", table)
        object.__setattr__(self, "tolerance", RELATIVE * largest)

    @classmethod
    def from_preferences(
        cls, players: Iterable[Label], preferences: Mapping[Label, Sequence[Iterable[Iterable[Label]]]]
    ) -> HedonicGame:
        """Read rankings: for each player tiers of coalitions, the best tier first.

        Parameters
        ----------
        players : iterable of labels
        preferences : mapping from player to sequence of tiers
            A tier is an iterable of coalitions that hold the player and are equal to it. Coalitions that are not
            listed are worse than all that are, and than being alone, and equal to each other.

        Returns
        -------
        HedonicGame
            Utilities are ranks.

        Raises
        ------
        CoalitionError
            A player without preferences, a coalition that is listed twice or does not hold the player.
        TooLargeError
            More than 22 players.

        Examples
        --------
        >>> game = HedonicGame.from_preferences("AB", {"A": [["AB"], ["A"]], "B": [["B"], ["AB"]]})
        >>> game.utility("A", "AB") > game.utility("A", "A")
        True
        """
        order = _order(players)
        _complete(preferences, order, "preferences")
        table = np.zeros((len(order), 1 << len(order)))
        for i, player in enumerate(order):
            rank = len(preferences[player]) + 1.0
            listed: set[int] = set()
            for tier in preferences[player]:
                for coalition in tier:
                    mask = mask_of(tuple(coalition), order)
                    if not mask >> i & 1:
                        raise CoalitionError(f"preferences of {player!r} list {tuple(coalition)!r}, without {player!r}")
                    if mask in listed:
                        raise CoalitionError(f"preferences of {player!r} list {labels_of(mask, order)} twice")
                    listed.add(mask)
                    table[i, mask] = rank
                rank -= 1
            if 1 << i not in listed:
                table[i, 1 << i] = 1.0
        return cls(order, table)

    @classmethod
    def additive(cls, players: Iterable[Label], weights: ArrayLike) -> HedonicGame:
        """Make an additively separable game: a coalition is the sum of what its other members are to a player.

        Parameters
        ----------
        players : iterable of n labels
        weights : array_like, shape (n, n)
            Entry (i, j): what j is to i; the diagonal does not count.

        Returns
        -------
        HedonicGame

        Examples
        --------
        >>> HedonicGame.additive("ABC", [[0, 2, -1], [2, 0, 0], [1, 1, 0]]).utility("A", "ABC")
        1.0
        """
        order, table, _ = _sums(players, weights)
        return cls(order, table)

    @classmethod
    def fractional(cls, players: Iterable[Label], weights: ArrayLike, *, modified: bool = False) -> HedonicGame:
        """Make a fractional game: the average of what the members are to a player.

        Parameters
        ----------
        players : iterable of n labels
        weights : array_like, shape (n, n)
        modified : bool
            Divide by the number of the other members instead of all members [2]_.

        Returns
        -------
        HedonicGame

        References
        ----------
        .. [1] H. Aziz, F. Brandl, F. Brandt, P. Harrenstein, M. Olsen, D. Peters (2019), Fractional hedonic games,
               ACM Transactions on Economics and Computation 7, 6:1-6:29.
        .. [2] M. Olsen (2012), On defining and computing communities, CATS 2012, 97-102.

        Examples
        --------
        >>> HedonicGame.fractional("AB", [[0, 3], [1, 0]]).utility("A", "AB")
        1.5
        """
        order, table, sizes = _sums(players, weights)
        return cls(order, table / np.maximum(sizes - modified, 1))

    @classmethod
    def friends_and_enemies(
        cls, players: Iterable[Label], friends: Mapping[Label, Iterable[Label]], *, first: str = "friends"
    ) -> HedonicGame:
        """Make a game of friends and enemies: everybody is one or the other.

        Parameters
        ----------
        players : iterable of labels
        friends : mapping from player to its friends
        first : {'friends', 'enemies'}
            What counts first: as many friends as possible, then few enemies (appreciation of friends); or as few
            enemies as possible, then many friends (aversion to enemies).

        Returns
        -------
        HedonicGame

        Raises
        ------
        CoalitionError
            A player without a list of friends, an unknown player, another word for ``first``.
        TooLargeError
            More than 22 players.

        References
        ----------
        .. [1] D. Dimitrov, P. Borm, R. Hendrickx, S. C. Sung (2006), Simple priorities and core stability in hedonic
               games, Social Choice and Welfare 26, 421-433.

        Examples
        --------
        >>> HedonicGame.friends_and_enemies("ABC", {"A": "B", "B": "A", "C": "A"}).utility("A", "ABC")
        2.0
        """
        order = _order(players)
        n = len(order)
        _complete(friends, order, "friends")
        if first not in ("friends", "enemies"):
            raise CoalitionError(f"first is {first!r}; it must be 'friends' or 'enemies'")
        friend, enemy = (n, -1) if first == "friends" else (1, -n)
        weights = np.full((n, n), float(enemy))
        for i, player in enumerate(order):
            near = mask_of(tuple(friends[player]), order)
            weights[i, [j for j in range(n) if near >> j & 1]] = friend
        return cls.additive(order, weights)

    @classmethod
    def anonymous(cls, players: Iterable[Label], preferences: Mapping[Label, Sequence[Iterable[int]]]) -> HedonicGame:
        """Make an anonymous game: only the size of a coalition counts.

        Parameters
        ----------
        players : iterable of labels
        preferences : mapping from player to sequence of tiers of sizes
            The best tier first; sizes that are not listed are worst.

        Returns
        -------
        HedonicGame

        Raises
        ------
        CoalitionError
            A player without preferences; a size that is listed twice or is not 1 to n.
        TooLargeError
            More than 22 players.

        Examples
        --------
        >>> game = HedonicGame.anonymous("AB", {"A": [[2], [1]], "B": [[1], [2]]})
        >>> game.utility("A", "AB") > game.utility("A", "A")
        True
        """
        order = _order(players)
        _complete(preferences, order, "preferences")
        sizes = coalition_sizes(len(order))
        table = np.zeros((len(order), 1 << len(order)))
        for i, player in enumerate(order):
            by_size = np.zeros(len(order) + 1)
            for rank, tier in enumerate(preferences[player]):
                for size in tier:
                    if size not in range(1, len(order) + 1):
                        raise CoalitionError(f"preferences of {player!r} list size {size}; sizes are 1 to {len(order)}")
                    if by_size[int(size)]:
                        raise CoalitionError(f"preferences of {player!r} list size {size} twice")
                    by_size[int(size)] = len(preferences[player]) - rank
            table[i] = by_size[sizes]
        return cls(order, table)

    @classmethod
    def from_gains(
        cls,
        players: Iterable[Label],
        payoff: Callable[[NDArray[Any], Any], Any],
        *,
        max_size: int | None = None,
        objective: Any = None,
    ) -> HedonicGame:
        """Take the utilities from what members gain in groups, as ``coalitions.candidates`` asks for it.

        Parameters
        ----------
        players : iterable of n labels
        payoff : callable
            Called as ``payoff(members, objective)`` with members of shape (groups, size), positions among the players;
            gives each member's gain, shape (groups, size). A player alone gains nothing and is not asked about.
        max_size : int, optional
            Larger groups are worse than everything.
        objective : hashable
            Passed on to the payoff.

        Returns
        -------
        HedonicGame

        Raises
        ------
        WorthError
            Gains of another shape, or not finite.
        CoalitionError
            ``max_size`` is not a whole number from 1 to n.
        TooLargeError
            More than 22 players.

        Examples
        --------
        >>> strength = np.array([3.0, 2.0, 1.0])
        >>> pact = HedonicGame.from_gains("ABC", lambda members, _: strength[members] - 1.5, max_size=2)
        >>> pact.utility("A", ("A", "C"))
        1.5
        """
        order = _order(players)
        n = len(order)
        largest = n if max_size is None else max_size
        if largest != int(largest) or not 1 <= largest <= n:
            raise CoalitionError(f"max_size is {max_size!r}; it must be 1 to {n}")
        table = np.full((n, 1 << n), np.nan)
        table[:, 1 << np.arange(n)] = 0.0
        for size in range(2, int(largest) + 1):
            members = np.array(list(combinations(range(n), size)))
            gains = np.asarray(payoff(members, objective), np.float64)
            if gains.shape != members.shape:
                raise WorthError(f"the payoff gives shape {gains.shape}; members' gains need {members.shape}")
            if not np.isfinite(gains).all():
                group = tuple(order[i] for i in members[np.argwhere(~np.isfinite(gains))[0][0]])
                raise WorthError(f"gains of {group} are not finite")
            table[members, (1 << members).sum(axis=1)[:, None]] = gains
        table[np.isnan(table)] = np.nanmin(table) - 1.0
        return cls(order, table)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def utility(self, player: Label, coalition: Any) -> float:
        """Give what a coalition is to one of its members.

        Parameters
        ----------
        player : label
        coalition : iterable of labels, with the player

        Returns
        -------
        float

        Raises
        ------
        CoalitionError
            An unknown player; a coalition without the player.
        """
        if player not in self.players:
            raise unknown_label(player, self.players)
        mask = mask_of(coalition if not isinstance(coalition, str) else tuple(coalition), self.players)
        i = self.players.index(player)
        if not mask >> i & 1:
            raise CoalitionError(f"{player!r} is not in {coalition!r}")
        return float(self.utilities[i, mask])

    def __repr__(self) -> str:
        return f"HedonicGame of {self.n} player{'s' * (self.n > 1)}"


def _order(players: Iterable[Label]) -> tuple[Label, ...]:
    order = as_players(players)
    if len(order) > _MAX_PLAYERS:
        raise TooLargeError(
            f"{len(order)} players; the preferences over all coalitions are listed for up to {_MAX_PLAYERS}"
        )
    return order


def _sums(players: Iterable[Label], weights: ArrayLike) -> tuple[tuple[Label, ...], NDArray[np.float64], Any]:
    order = _order(players)
    n = len(order)
    given = np.array(weights, np.float64)
    if given.shape != (n, n):
        raise CoalitionError(f"weights have shape {given.shape}; {n} players need ({n}, {n})")
    np.fill_diagonal(given, 0.0)
    if not np.isfinite(given).all():
        i, j = np.argwhere(~np.isfinite(given))[0].tolist()
        raise WorthError(f"weight of {order[j]!r} to {order[i]!r} is {given[i, j]}")
    return order, np.array([subset_sums(row) for row in given]), coalition_sizes(n).astype(np.float64)


def _complete(given: Mapping[Label, Any], players: tuple[Label, ...], what: str) -> None:
    for player in given:
        if player not in players:
            raise unknown_label(player, players)
    missing = [player for player in players if player not in given]
    if missing:
        raise CoalitionError(f"no {what} for {', '.join(map(repr, missing))}")
