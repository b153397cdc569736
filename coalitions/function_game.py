"""A game given by a function instead of a table: any number of players, worths on demand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from numbers import Real
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, labels_of, mask_of, members_of
from coalitions.errors import TooLargeError, WorthError
from coalitions.game import Game
from coalitions.memory import require_memory
from coalitions.tolerance import RELATIVE

MOST_TABULATED: Final = 25
"""``to_game`` refuses more players: 2**25 calls of a function are minutes even where one takes a microsecond."""

REMEMBERED: Final = 1 << 18
"""How many worths ``memo=True`` keeps."""

_BLOCK = 1 << 12
_RECHECK_EVERY = 256


class FunctionGame:
    """A transferable-utility game whose worths are computed when they are asked for.

    Parameters
    ----------
    players : iterable of n hashable labels
        As many as there are: no table is made.
    function : callable
        Takes a tuple of labels in player order and gives a finite number, or with ``vectorized`` takes a boolean
        array of shape (m, n), a row a coalition, and gives m numbers. Never asked for the empty coalition, whose
        worth is 0. The same coalition must always get the same worth.
    vectorized : bool, default False
    memo : bool or int, default True
        Remember the last 262,144 worths (or as many as the integer says). A vectorised function is always asked
        anew: it is fast, and its last digits may depend on which coalitions it is given together.
    check : bool, default True
        Ask again for one coalition in 256, at least one a batch, and refuse a function that changes its answer by
        more than 1e-9 of it.

    Attributes
    ----------
    players : tuple of labels
    n : int

    Raises
    ------
    CoalitionError
        A label that is there twice or is not hashable.
    WorthError
        When a worth is asked for: the function raised, gave nan, infinity or no number, or gave another answer than
        before. The message names the coalition.

    Notes
    -----
    To run on a process pool the function must be importable: defined at the top of a module, no lambda.

    References
    ----------
    .. [1] J. von Neumann, O. Morgenstern (1944), Theory of Games and Economic Behavior, chapter VI.

    Examples
    --------
    >>> ports = FunctionGame(["AUS", "JPN", "USA"], lambda coalition: len(coalition) ** 2)
    >>> ports["AUS", "USA"]
    4
    >>> ports.worths([[True, True, True], [False, True, False]])
    array([9., 1.])
    >>> fleets = FunctionGame("ABC", lambda members: members @ [1.0, 2.0, 4.0], vectorized=True)
    >>> fleets["A", "C"]
    5.0
    """

    def __init__(
        self,
        players: Iterable[Label],
        function: Callable[[Any], Any],
        *,
        vectorized: bool = False,
        memo: bool | int = True,
        check: bool = True,
    ) -> None:
        self.players = as_players(players)
        if not callable(function):
            raise WorthError(f"the function of worths is {function!r}, which cannot be called")
        if memo is not True and memo < 0:
            raise WorthError(f"memo is {memo}; give True, False or how many worths to remember")
        self._function = function
        self._vectorized = vectorized
        self._memo = memo
        self._check = check
        self._remember()

    def _remember(self) -> None:
        kept = REMEMBERED if self._memo is True else int(self._memo)
        self._known = lru_cache(maxsize=kept)(self._ask) if kept else self._ask

    def __getstate__(self) -> dict[str, Any]:
        """Leave the remembered worths at home: they may be many, and another process finds its own."""
        return {name: value for name, value in self.__dict__.items() if name != "_known"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._remember()

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition as the function gives it: ``game["AUS", "JPN"]``."""
        mask = mask_of(coalition, self.players)
        if not self._vectorized:
            return self._known(mask)
        row = np.zeros((1, self.n), bool)
        row[0, members_of(mask)] = True
        return float(self.worths(row)[0])

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self.players[:8])) + (", ..." if self.n > 8 else "")
        return f"FunctionGame of {self.n} player{'s' * (self.n > 1)} ({shown})"

    def worths(self, membership: Any) -> NDArray[np.float64]:
        """Give the worths of many coalitions.

        Parameters
        ----------
        membership : array_like of bool, shape (m, n)
            A row a coalition: True for its members.

        Returns
        -------
        ndarray of float64, shape (m,)
            In the unit of the function.

        Raises
        ------
        WorthError
            As described for the class; the message names the coalition.

        Notes
        -----
        m calls of a plain function less those remembered, one of a vectorised one, and m / 256 + 1 calls (one) more
        to check it.
        """
        rows = np.asarray(membership, bool)
        if rows.ndim != 2 or rows.shape[1] != self.n:
            raise WorthError(f"membership has shape {rows.shape}; {self.n} players need (m, {self.n})")
        worths = np.zeros(len(rows))
        asked = np.flatnonzero(rows.any(axis=1))
        if not asked.size:
            return worths
        again = asked[::_RECHECK_EVERY] if self._check else asked[:0]
        if self._vectorized:
            worths[asked] = self._batch(rows if asked.size == len(rows) else rows[asked])
            second = self._batch(rows[again]) if again.size else worths[again]
        else:
            worths[asked] = [self._float(self._known, mask) for mask in _masks(rows[asked])]
            second = np.array([self._float(self._ask, mask) for mask in _masks(rows[again])])
        self._compare(rows[again], worths[again], second)
        return worths

    def to_game(self) -> Game:
        """Tabulate the worth of every coalition.

        Returns
        -------
        Game
            Exact where the function gives ``Fraction`` or sympy numbers.

        Raises
        ------
        TooLargeError
            More than 25 players, or a table larger than the free memory.

        Notes
        -----
        2**n - 1 calls, or 2**(n - 12) of a vectorised function.

        Examples
        --------
        >>> FunctionGame("AB", lambda coalition: 3 * len(coalition)).to_game().worths
        array([0., 3., 3., 6.])
        """
        if self.n > MOST_TABULATED:
            raise TooLargeError(
                f"{self.n} players need 2**{self.n} calls of the function; at most {MOST_TABULATED} players are "
                "tabulated. Use coalitions.estimate, which samples coalitions"
            )
        if not self._vectorized:
            game = Game.from_function(self.players, self._labelled)
            if self._check:
                self._compare_again(game)
            return game
        require_memory(8 << self.n, f"a table of {self.n} players", "use coalitions.estimate")
        table = np.empty(1 << self.n)
        for start in range(0, len(table), _BLOCK):
            masks = np.arange(start, min(start + _BLOCK, len(table)))
            table[start : start + _BLOCK] = self.worths(masks[:, None] >> np.arange(self.n) & 1)
        return Game(self.players, table, copy=False)

    def _labelled(self, coalition: tuple[Label, ...]) -> Any:
        return self._known(mask_of(coalition, self.players))

    def _compare_again(self, game: Game) -> None:
        masks = range(1, len(game), max(1, len(game) // _RECHECK_EVERY))
        for mask in masks:
            again = self._ask(mask)
            first = game.worths[mask]
            if again != first and abs(again - first) > RELATIVE * abs(first):
                raise self._fickle(mask, first, again)

    def _ask(self, mask: int) -> Any:
        """Call a plain function for one coalition and check its answer."""
        if not mask:
            return 0
        labels = labels_of(mask, self.players)
        try:
            worth = self._function(labels)
        except Exception as error:
            raise WorthError(f"worth of {_shown(labels)}: the function raised {_worded(error)}") from error
        if isinstance(worth, np.ndarray) and worth.ndim == 0:
            worth = worth.item()
        if not isinstance(worth, Real) and not hasattr(worth, "free_symbols"):
            raise WorthError(f"worth of {_shown(labels)} is {worth!r}, not a number")
        if isinstance(worth, float | np.floating) and not math.isfinite(worth):
            raise WorthError(f"worth of {_shown(labels)} is {worth}")
        return worth

    def _float(self, ask: Callable[[int], Any], mask: int) -> float:
        worth = ask(mask)
        try:
            return float(worth)
        except (TypeError, OverflowError):
            labels = labels_of(mask, self.players)
            raise WorthError(f"worth of {_shown(labels)} is {worth}, which is no float: give it a number") from None

    def _batch(self, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Call a vectorised function and check its answer."""
        given = rows.copy()  # a function that writes into its argument must not change the coalitions asked for
        try:
            answer = self._function(given)
        except Exception as error:
            raise WorthError(f"worth of {self._culprit(rows)}: the function raised {_worded(error)}") from error
        worths = np.asarray(answer)
        if worths.shape != (len(rows),):
            raise WorthError(f"the vectorised function gave shape {worths.shape} for {len(rows)} coalitions")
        if worths.dtype.kind not in "fiubO":
            raise WorthError(f"the vectorised function gave worths of type {worths.dtype}, not numbers")
        try:
            worths = worths.astype(np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise WorthError(f"the vectorised function gave worths that are no floats: {error}") from None
        bad = np.flatnonzero(~np.isfinite(worths))
        if bad.size:
            rest = f"; {bad.size - 1} more of {len(rows)} are not finite" if bad.size > 1 else ""
            raise WorthError(f"worth of {self._named(rows[bad[0]])} is {worths[bad[0]]}{rest}")
        return worths

    def _culprit(self, rows: NDArray[np.bool_]) -> str:
        """Find the coalition a vectorised function cannot take, by halving."""
        while len(rows) > 1:
            half = rows[: len(rows) // 2]
            rows = half if self._raises(half) else rows[len(rows) // 2 :]
        return self._named(rows[0])

    def _raises(self, rows: NDArray[np.bool_]) -> bool:
        try:
            self._function(rows.copy())
        except Exception:
            return True
        return False

    def _compare(self, rows: NDArray[np.bool_], first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
        changed = np.flatnonzero(np.abs(first - second) > RELATIVE * np.maximum(np.abs(first), np.abs(second)))
        if changed.size:
            where = changed[0]
            raise self._fickle(next(_masks(rows[where : where + 1])), first[where], second[where])

    def _fickle(self, mask: int, first: Any, second: Any) -> WorthError:
        return WorthError(
            f"worth of {_shown(labels_of(mask, self.players))} was {first} and is {second} when asked again: the "
            "function must give a coalition one worth; seed what it draws, and average before it returns"
        )

    def _named(self, row: NDArray[np.bool_]) -> str:
        return _shown(labels_of(next(_masks(row[None, :])), self.players))


def _masks(rows: NDArray[np.bool_]) -> Iterator[int]:
    packed = np.packbits(rows, axis=1, bitorder="little")
    return iter([int.from_bytes(row.tobytes(), "little") for row in packed])


def _shown(labels: tuple[Label, ...]) -> str:
    return str(labels) if len(labels) <= 12 else f"{str(labels[:12])[:-1]}, ... {len(labels) - 12} more)"


def _worded(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
