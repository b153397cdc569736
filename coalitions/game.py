"""A game: players and a worth for every coalition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.coalition import Label, Worths, as_players, labels_of, lexicographic_masks, mask_of, subset_sums
from coalitions.errors import CoalitionError, WorthError
from coalitions.worths import as_table, check_worths, float_or_exact, plain_numbers, require_table

if TYPE_CHECKING:
    import pandas as pd


class Game:
    """A transferable-utility game given by the worth of every coalition.

    Parameters
    ----------
    players : iterable of n hashable labels
    worths : array_like, shape (2**n,)
        In bitmask order: entry m is the worth of the players whose bits are set in m, entry 0 is 0. Any unit.
        Integers and floats become float64. ``Fraction`` and sympy entries, or ``dtype=object`` with integers,
        stay exact: every linear solution is then exact or symbolic too.
    copy : bool, default True
        False takes a float64 or object array as it is, without a second table; do not write to it afterwards.

    Attributes
    ----------
    players : tuple of labels
    worths : ndarray, read-only, shape (2**n,), float64 or object
    n : int

    Raises
    ------
    WorthError
        Wrong length, a worth that is nan, infinite or no number, a worth of the empty coalition other than 0.
    CoalitionError
        A label that is there twice or is not hashable.
    TooLargeError
        More than 30 players, or a table larger than the free memory.

    Notes
    -----
    Memory 8 * 2**n bytes for float64. Games are immutable; arithmetic gives new ones.

    References
    ----------
    .. [1] J. von Neumann, O. Morgenstern (1944), Theory of Games and Economic Behavior, chapter VI.

    Examples
    --------
    >>> pact = Game(["AUS", "JPN", "USA"], [0, 0, 0, 2, 0, 4, 6, 12])
    >>> pact["AUS", "JPN"]
    2.0
    >>> pact
    Game of 3 players (AUS, JPN, USA), grand coalition worth 12
    """

    __slots__ = ("_players", "_worths")
    __array_ufunc__ = None  # so that numpy scalars leave scalar * game to __rmul__

    def __init__(self, players: Iterable[Label], worths: ArrayLike, *, copy: bool = True) -> None:
        self._players = as_players(players)
        table = as_table(worths, len(self._players), copy=copy)
        check_worths(table, self._players)
        table.flags.writeable = False
        self._worths = table

    @classmethod
    def from_dict(
        cls, worths: Mapping[Any, Any], *, players: Iterable[Label] | None = None, missing: Any = None
    ) -> Game:
        """Make a game from coalitions and their worths.

        Parameters
        ----------
        worths : mapping
            From a label or an iterable of labels to a number. The empty coalition may be left out.
        players : iterable of labels, optional
            Their order; by default the order in which the mapping names them first.
        missing : number or callable, optional
            The worth of every coalition that is not listed, or a function that gives it from a tuple of labels.
            Without it a coalition left out is an error; ``superadditive_bounds`` says what it may be worth.

        Returns
        -------
        Game

        Raises
        ------
        WorthError
            Coalitions without a worth (the message counts and names them), or one listed twice.

        Examples
        --------
        >>> Game.from_dict({"AUS": 1, ("AUS", "JPN"): 3}, missing=0).worths
        array([0., 1., 0., 3.])
        """
        if players is None:
            players = dict.fromkeys(label for key in worths for label in _labels_in(key))
        order = as_players(players)
        require_table(len(order))
        table = np.full(1 << len(order), None, object)
        for key, worth in worths.items():
            mask = mask_of(key, order)
            if table[mask] is not None:
                raise WorthError(f"two worths for {labels_of(mask, order)}: {table[mask]} and {worth}")
            table[mask] = worth
        if table[0] is None:
            table[0] = 0
        unset = np.flatnonzero([worth is None for worth in table])
        if unset.size and missing is None:
            raise WorthError(
                f"no worth for {labels_of(int(unset[0]), order)}"
                + (f" and {unset.size - 1} more coalitions" if unset.size > 1 else "")
                + "; pass missing=0 (or another number) if they have one in common"
            )
        for mask in unset.tolist() if callable(missing) else ():
            table[mask] = missing(labels_of(mask, order))
        if not callable(missing):
            table[unset] = missing
        return cls(order, plain_numbers(table), copy=False)

    @classmethod
    def from_function(cls, players: Iterable[Label], function: Callable[[tuple[Label, ...]], Any]) -> Game:
        """Make a game by calling a function on every coalition.

        Parameters
        ----------
        players : iterable of labels
        function : callable
            Takes a tuple of labels in player order, gives the worth. Not called on the empty coalition.

        Returns
        -------
        Game

        Notes
        -----
        2**n - 1 calls.

        Examples
        --------
        >>> Game.from_function("ABC", lambda coalition: len(coalition) ** 2)["A", "C"]
        4.0
        """
        order = as_players(players)
        require_table(len(order))
        table = np.zeros(1 << len(order), object)
        for mask in range(1, len(table)):
            table[mask] = function(labels_of(mask, order))
        return cls(order, plain_numbers(table), copy=False)

    @classmethod
    def from_lexicographic(cls, players: Iterable[Label], worths: ArrayLike) -> Game:
        """Make a game from worths by size, and within a size lexicographically, as R's CoopGame and TUGlab write them.

        Parameters
        ----------
        players : iterable of n labels
        worths : array_like, shape (2**n - 1,)
            Of {1}, {2}, ..., {1, 2}, {1, 3}, ..., N; the empty coalition is left out.

        Returns
        -------
        Game

        Raises
        ------
        WorthError
            As for ``Game``.

        Examples
        --------
        >>> Game.from_lexicographic("ABC", [1, 2, 3, 12, 13, 23, 123])["A", "C"]
        13.0
        """
        order = as_players(players)
        require_table(len(order))
        given = np.asarray(worths)
        if given.shape != ((1 << len(order)) - 1,):
            raise WorthError(
                f"{len(order)} players have {(1 << len(order)) - 1} coalitions besides the empty one, "
                f"but worths has shape {given.shape}"
            )
        table = np.zeros(1 << len(order), given.dtype)
        table[lexicographic_masks(len(order))] = given
        return cls(order, table)

    @classmethod
    def additive(cls, players: Iterable[Label], payoffs: ArrayLike) -> Game:
        """Make the game in which a coalition is worth the sum of what its members are worth alone.

        Parameters
        ----------
        players : iterable of n labels
        payoffs : array_like, shape (n,)

        Returns
        -------
        Game

        Raises
        ------
        WorthError
            Not one payoff a player, or one that is not finite.
        CoalitionError
            No players, or one twice.
        TooLargeError
            More than 30 players, or more than memory holds.

        Examples
        --------
        >>> Game.additive("AB", [1, 2])["A", "B"]
        3.0
        """
        order = as_players(players)
        x = np.asarray(payoffs)
        if x.shape != (len(order),):
            raise WorthError(f"{x.size} payoffs for {len(order)} players")
        require_table(len(order))
        return cls(order, subset_sums(x), copy=False)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, worth: str = "worth", missing: Any = None) -> Game:
        """Make a game from a DataFrame with one row a coalition.

        Parameters
        ----------
        frame : pandas.DataFrame
            A column a player holding 0 or 1 (or booleans), and a column of worths: what ``to_frame`` writes.
        worth : str
            The name of the column of worths.
        missing : number, optional
            As in ``from_dict``.

        Returns
        -------
        Game

        Raises
        ------
        WorthError
            No such column, an entry that is neither 0 nor 1, a coalition there twice or left out.
        """
        if worth not in frame.columns:
            raise WorthError(f"no column {worth!r}; there are {', '.join(map(repr, frame.columns))}")
        members = frame.drop(columns=worth)
        order = as_players(members.columns)
        bits = members.to_numpy()
        bad = ~np.isin(bits, (0, 1))
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise WorthError(f"row {row} of column {order[column]!r} is {bits[row, column]}, not 0 or 1")
        listed: dict[tuple[Label, ...], Any] = {}
        for chosen, value in zip(bits.astype(bool), frame[worth], strict=True):
            key = tuple(player for player, is_in in zip(order, chosen, strict=True) if is_in)
            if key in listed:
                raise WorthError(f"two worths for {key}: {listed[key]} and {value}")
            listed[key] = value
        return cls.from_dict(listed, players=order, missing=missing)

    @property
    def players(self) -> tuple[Label, ...]:
        """The players' labels, in the order of the bits."""
        return self._players

    @property
    def worths(self) -> NDArray[Any]:
        """The worths in bitmask order, read-only."""
        return self._worths

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self._players)

    @property
    def is_exact(self) -> bool:
        """Whether the worths are exact (or symbolic) rather than floats."""
        return bool(self._worths.dtype == object)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition: ``game["AUS"]``, ``game["AUS", "JPN"]``, ``game[()]``."""
        worth = self._worths[mask_of(coalition, self._players)]
        return worth if self.is_exact else float(worth)

    def __len__(self) -> int:
        return len(self._worths)

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self._players[:8])) + (", ..." if self.n > 8 else "")
        total = self._worths[-1] if self.is_exact else f"{self._worths[-1]:g}"
        return f"Game of {self.n} player{'s' * (self.n > 1)} ({shown}), grand coalition worth {total}" + (
            ", exact" if self.is_exact else ""
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Game):
            return NotImplemented
        return self._players == other._players and bool(np.array_equal(self._worths, other._worths))

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Game) -> Game:
        return self._combined(other, np.add)

    def __sub__(self, other: Game) -> Game:
        return self._combined(other, np.subtract)

    def __neg__(self) -> Game:
        return Game(self._players, -self._worths, copy=False)

    def __mul__(self, factor: Any) -> Game:
        if isinstance(factor, Game):
            return NotImplemented
        return Game(self._players, float_or_exact(self._worths * factor), copy=False)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Game:
        if isinstance(divisor, Game):
            return NotImplemented
        if divisor == 0:
            raise WorthError("a game cannot be divided by 0")
        exact = self.is_exact and isinstance(divisor, Integral)
        return self * Fraction(1, int(divisor)) if exact else self * (1 / divisor)

    def _combined(self, other: Game, operation: np.ufunc) -> Game:
        if not isinstance(other, Game):
            return NotImplemented
        if self._players != other._players:
            raise CoalitionError(f"games of different players: {self._players} and {other._players}")
        return Game(self._players, float_or_exact(operation(self._worths, other._worths)), copy=False)

    def subgame(self, coalition: Any) -> Game:
        """Restrict the game to the subsets of a coalition.

        Parameters
        ----------
        coalition : label or iterable of labels
            Not empty.

        Returns
        -------
        Game
            Its players keep their order.

        Raises
        ------
        CoalitionError
            The empty coalition, or an unknown player.

        Examples
        --------
        >>> Game("ABC", [0, 1, 2, 3, 4, 5, 6, 7]).subgame(["A", "C"]).worths
        array([0., 1., 4., 5.])
        """
        kept = mask_of(coalition, self._players)
        if not kept:
            raise CoalitionError("the empty coalition has no subgame")
        bits = [1 << i for i in range(self.n) if kept >> i & 1]
        inside = np.zeros(1, np.int64)
        for bit in bits:
            inside = np.concatenate((inside, inside | bit))
        return Game(labels_of(kept, self._players), self._worths[inside], copy=False)

    def dual(self) -> Game:
        """Give the dual game, in which a coalition is worth what the others cannot keep from it.

        v*(S) = v(N) - v(N \\ S).

        Returns
        -------
        Game

        Examples
        --------
        >>> Game("AB", [0, 1, 2, 5]).dual().worths
        array([0., 3., 4., 5.])
        """
        return Game(self._players, self._worths[-1] - self._worths[::-1], copy=False)

    def zero_normalized(self) -> Game:
        """Subtract from every coalition what its members are worth alone.

        v0(S) = v(S) - sum over i in S of v({i}); every single player is then worth 0.

        Returns
        -------
        Game

        Examples
        --------
        >>> Game("AB", [0, 1, 2, 5]).zero_normalized().worths
        array([0., 0., 0., 2.])
        """
        alone = self._worths[1 << np.arange(self.n)]
        table = subset_sums(alone)
        np.subtract(self._worths, table, out=table)
        return Game(self._players, table, copy=False)

    def to_lexicographic(self) -> NDArray[Any]:
        """List the worths by size, and within a size lexicographically: what ``from_lexicographic`` reads.

        Returns
        -------
        ndarray, shape (2**n - 1,)
            Without the empty coalition.
        """
        return np.asarray(self._worths[lexicographic_masks(self.n)])

    def to_dict(self) -> dict[tuple[Label, ...], Any]:
        """List the worth of every coalition but the empty one.

        Returns
        -------
        dict
            From tuples of labels to worths, in bitmask order.
        """
        return {labels_of(mask, self._players): worth for mask, worth in enumerate(self._worths.tolist()) if mask}

    def to_frame(self) -> pd.DataFrame:
        """Lay the game out as a DataFrame: a column of 0 and 1 for every player, a column of worths.

        Returns
        -------
        pandas.DataFrame
            One row a coalition, in bitmask order, the empty one first; ``Game.from_frame`` reads it back.
        """
        import pandas as pd

        masks = np.arange(len(self._worths))
        columns: dict[Any, Any] = {player: (masks >> i & 1).astype(np.int8) for i, player in enumerate(self._players)}
        return pd.DataFrame({**columns, "worth": self._worths})


def as_game(given: Any) -> Game:
    """Take a game, or tabulate anything that can become one.

    Parameters
    ----------
    given : Game, or an object with a method ``to_game()``

    Returns
    -------
    Game

    Raises
    ------
    CoalitionError
        Neither.

    Examples
    --------
    >>> as_game(Game("AB", [0, 1, 2, 4])).n
    2
    """
    if isinstance(given, Game):
        return given
    if not hasattr(given, "to_game"):
        raise CoalitionError(f"{type(given).__name__} is no game: give a Game, or something with a method to_game()")
    game = given.to_game()
    if not isinstance(game, Game):
        raise CoalitionError(f"{type(given).__name__}.to_game() gives a {type(game).__name__}, not a Game")
    return game


def float_worths(game: Game) -> Worths:
    """Give a game's worths as float64: the table itself, or a rounded copy of exact worths.

    Parameters
    ----------
    game : Game

    Returns
    -------
    ndarray of float64, shape (2**n,)

    Raises
    ------
    WorthError
        A worth is symbolic, so it has no order and linear programs cannot be solved.

    Examples
    --------
    >>> float_worths(Game("AB", [0, 0, 0, Fraction(1, 2)]))
    array([0. , 0. , 0. , 0.5])
    """
    if not game.is_exact:
        return game.worths
    try:
        return game.worths.astype(np.float64)
    except TypeError:
        where = next(m for m, w in enumerate(game.worths) if getattr(w, "free_symbols", None))
        raise WorthError(
            f"worth of {labels_of(where, game.players)} is {game.worths[where]}, a symbol: "
            "this solution compares worths, so give its symbols numbers first"
        ) from None


def _labels_in(key: Any) -> tuple[Label, ...]:
    return (key,) if isinstance(key, str | bytes) or not isinstance(key, Iterable) else tuple(key)
