"""A game: players and a worth for every coalition."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from numbers import Integral, Rational
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.coalition import Label, Worths, as_players, labels_of, mask_of, subset_sums
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.memory import require_memory

if TYPE_CHECKING:
    import pandas as pd

MAX_PLAYERS = 30
"""A table of worths for more players is refused: 2**30 float64 are 8.6 GB."""

FLOAT_INTEGERS = 1 << 53
"""Integers up to here are floats without loss."""

_BLOCK = 1 << 20


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
        table = _as_table(worths, len(self._players), copy=copy)
        _check_worths(table, self._players)
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
        missing : number, optional
            The worth of every coalition that is not listed. Without it a coalition left out is an error.

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
        _require_table(len(order))
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
        table[unset] = missing
        return cls(order, _plain(table), copy=False)

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
        _require_table(len(order))
        table = np.zeros(1 << len(order), object)
        for mask in range(1, len(table)):
            table[mask] = function(labels_of(mask, order))
        return cls(order, _plain(table), copy=False)

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

        Examples
        --------
        >>> Game.additive("AB", [1, 2])["A", "B"]
        3.0
        """
        order = as_players(players)
        x = np.asarray(payoffs)
        if x.shape != (len(order),):
            raise WorthError(f"{x.size} payoffs for {len(order)} players")
        _require_table(len(order))
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
        return Game(self._players, _float_or_exact(self._worths * factor), copy=False)

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
        return Game(self._players, _float_or_exact(operation(self._worths, other._worths)), copy=False)

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


def integer_worths(worths: Sequence[Any] | NDArray[Any]) -> tuple[list[int], int] | None:
    """Bring exact rational worths to a common denominator.

    Parameters
    ----------
    worths : sequence of int, Fraction or sympy numbers

    Returns
    -------
    tuple of list of int and int, or None
        Numerators and their denominator; None when a worth is not rational (a symbol, a root).

    Examples
    --------
    >>> integer_worths([0, Fraction(1, 2), Fraction(2, 3)])
    ([0, 3, 4], 6)
    """
    ratios = []
    for worth in worths:
        if isinstance(worth, Rational):
            ratios.append((int(worth.numerator), int(worth.denominator)))
        elif getattr(worth, "is_Rational", False):
            ratios.append((int(worth.p), int(worth.q)))
        else:
            return None
    denominator = math.lcm(*{d for _, d in ratios})
    return [p * (denominator // d) for p, d in ratios], denominator


def _labels_in(key: Any) -> tuple[Label, ...]:
    return (key,) if isinstance(key, str | bytes) or not isinstance(key, Iterable) else tuple(key)


def _require_table(n: int) -> None:
    if n > MAX_PLAYERS:
        raise TooLargeError(
            f"{n} players have 2**{n} coalitions; a table holds at most {MAX_PLAYERS} players. "
            "For small groups among many players use coalitions.candidates"
        )
    require_memory(8 << n, f"a table of {n} players", "use fewer players")


def _as_table(worths: ArrayLike, n: int, *, copy: bool) -> NDArray[Any]:
    given = worths if isinstance(worths, np.ndarray) else np.asarray(worths)
    if given.ndim != 1 or given.size != 1 << n:
        raise WorthError(
            f"{n} players have 2**{n} = {1 << n} coalitions (the empty one first), but worths has shape {given.shape}"
        )
    if n > MAX_PLAYERS:
        _require_table(n)
    if given.dtype == object:
        plain = _float_or_exact(given)
        return plain.copy() if plain is given and copy else plain[:]
    if given.dtype.kind in "iub":
        if given.dtype.itemsize == 8 and (np.abs(given) > FLOAT_INTEGERS).any():
            where = int(np.argmax(np.abs(given) > FLOAT_INTEGERS))
            raise WorthError(f"worth {given[where]} is beyond 2**53 and would be rounded; use dtype=object")
    elif given.dtype.kind != "f":
        raise WorthError(f"worths of type {given.dtype} are not numbers")
    elif given.dtype.itemsize > 8:
        raise WorthError(f"worths of type {given.dtype} would be rounded to float64; convert them yourself")
    if copy or given.dtype != np.float64:
        require_memory(8 << n, f"a copy of the table of {n} players", "pass copy=False")
        return np.array(given, dtype=np.float64)
    return np.ascontiguousarray(given)[:]


def _plain(table: NDArray[Any]) -> NDArray[Any]:
    """Turn an object table of small integers, which nobody asked to keep exact, into float64."""
    table = _python_numbers(table)
    if all(type(worth) is int and abs(worth) <= FLOAT_INTEGERS for worth in table):
        return table.astype(np.float64)
    return table


def _python_numbers(table: NDArray[Any]) -> NDArray[Any]:
    """Replace numpy scalars, whose integers overflow, and booleans by Python's own numbers."""
    if not any(issubclass(kind, np.generic | bool) for kind in set(map(type, table.tolist()))):
        return table
    own = [worth.item() if isinstance(worth, np.generic) else worth for worth in table]
    return np.array([int(worth) if isinstance(worth, bool) else worth for worth in own], object)


def _float_or_exact(table: NDArray[Any]) -> NDArray[Any]:
    """Turn an object table of floats into float64, and refuse a mixture of floats and exact numbers."""
    if table.dtype != object:
        return table
    table = _python_numbers(table)
    kinds = set(map(type, table.tolist()))
    if any(issubclass(kind, float | np.floating) for kind in kinds):
        if all(issubclass(kind, float | int | np.number) for kind in kinds):
            return table.astype(np.float64)
        exact = next(k for k in kinds if not issubclass(k, float | int | np.number))
        raise WorthError(f"worths mix floats and {exact.__name__}; make all of them floats or all exact")
    return table


def _check_worths(table: NDArray[Any], players: tuple[Label, ...]) -> None:
    if table.dtype == object:
        for mask, worth in enumerate(table):
            if not (isinstance(worth, Rational) or _is_symbolic(worth)):
                raise WorthError(f"worth of {labels_of(mask, players)} is {worth!r}, not a number")
            if getattr(worth, "is_finite", True) is False or getattr(worth, "is_real", True) is False:
                raise WorthError(f"worth of {labels_of(mask, players)} is {worth}")
    else:
        for start in range(0, len(table), _BLOCK):
            block = table[start : start + _BLOCK]
            if not np.isfinite(block.sum()) and not np.isfinite(block).all():
                bad = start + int(np.argmin(np.isfinite(block)))
                more = int((~np.isfinite(table)).sum()) - 1
                raise WorthError(
                    f"worth of {labels_of(bad, players)} is {table[bad]}"
                    + (f"; {more} more are not finite" if more else "")
                )
    if table[0] != 0:
        raise WorthError(f"the empty coalition is worth {table[0]}; it must be 0")


def _is_symbolic(worth: Any) -> bool:
    return hasattr(worth, "free_symbols") and hasattr(worth, "is_number")
