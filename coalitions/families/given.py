"""What a family is given, checked: numbers that are finite, players that are named once, a table that fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, mask_of, members_of
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.memory import require_memory
from coalitions.worths import FLOAT_INTEGERS, MAX_PLAYERS


def as_number(value: Any, what: str, *, ordered: bool = True, least: Any = None) -> Any:
    """Take a finite real number as Python's own int, float or Fraction, or a sympy expression as it is.

    Parameters
    ----------
    value : number
    what : str
        What it is, for the error: ``"cost of 'AUS'"``.
    ordered : bool, default True
        Whether it will be compared, which a symbol cannot be.
    least : number, optional
        The smallest value allowed.

    Returns
    -------
    int, float, Fraction or sympy expression

    Raises
    ------
    WorthError
        Not a number, nan, infinite, a symbol where numbers are compared, or below the least.

    Examples
    --------
    >>> as_number(-1, "claim of 'AUS'", least=0)
    Traceback (most recent call last):
    coalitions.errors.WorthError: claim of 'AUS' is -1; it must be at least 0
    """
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, bool):
        number = int(number)
    if isinstance(number, float):
        if not np.isfinite(number):
            raise WorthError(f"{what} is {number}")
    elif isinstance(number, Rational):
        number = number if isinstance(number, int) else Fraction(int(number.numerator), int(number.denominator))
    elif hasattr(number, "free_symbols") and hasattr(number, "is_real"):
        if number.is_Rational:
            number = int(number) if number.is_Integer else Fraction(int(number.p), int(number.q))
        elif number.is_real is False or number.is_finite is False:
            raise WorthError(f"{what} is {number}, not a finite real number")
        elif ordered and number.free_symbols:
            raise WorthError(f"{what} is {number}, a symbol: this game compares numbers, so give it one")
    else:
        raise WorthError(f"{what} is {number!r}, not a number")
    if least is not None and number < least:
        raise WorthError(f"{what} is {number}; it must be at least {least}")
    return number


def refuse_mixture(numbers: Iterable[Any]) -> None:
    """Refuse floats beside Fractions or symbols: their sums would be exact in some coalitions only.

    Parameters
    ----------
    numbers : iterable of numbers

    Raises
    ------
    WorthError

    Examples
    --------
    >>> refuse_mixture([1, 2.5])
    """
    listed = list(numbers)
    floats = [x for x in listed if isinstance(x, float)]
    exact = [x for x in listed if not isinstance(x, float | int)]
    if floats and exact:
        raise WorthError(f"the data mix the float {floats[0]} and the exact {exact[0]}; make all floats or all exact")


def named(players: Iterable[Label] | None, count: int, what: str) -> tuple[Label, ...]:
    """Take the players' labels, 0, 1, ... where none are given.

    Parameters
    ----------
    players : iterable of labels, optional
    count : int
        How many the data are for.
    what : str
        The data, for the error: ``"costs"``.

    Returns
    -------
    tuple of labels

    Raises
    ------
    CoalitionError
        Labels twice, none, or not as many as the data.

    Examples
    --------
    >>> named(None, 3, "costs")
    (0, 1, 2)
    """
    labels = as_players(range(count) if players is None else players)
    if len(labels) != count:
        raise CoalitionError(f"{count} {what} for {len(labels)} players")
    return labels


def mentioned(coalitions: Iterable[Any]) -> list[Label]:
    """List the labels of several coalitions in the order in which they are first mentioned.

    Parameters
    ----------
    coalitions : iterable of labels or iterables of labels
        A string is one label.

    Returns
    -------
    list of labels

    Examples
    --------
    >>> mentioned(["AUS", ("JPN", "AUS"), ["USA"]])
    ['AUS', 'JPN', 'USA']
    """
    found: dict[Label, None] = {}
    for coalition in coalitions:
        alone = isinstance(coalition, str | bytes) or not isinstance(coalition, Iterable)
        found.update(dict.fromkeys((coalition,) if alone else coalition))
    return list(found)


def members(coalition: Any, players: Sequence[Label]) -> list[int]:
    """Give the positions of a coalition's members.

    Parameters
    ----------
    coalition : label or iterable of labels
    players : sequence of labels

    Returns
    -------
    list of int

    Examples
    --------
    >>> members(["USA", "AUS"], ("AUS", "JPN", "USA"))
    [0, 2]
    """
    return members_of(mask_of(coalition, players))


def require_table(n: int, instead: str, *, bytes_each: int = 8) -> None:
    """Refuse a table of worths that is too long or does not fit into the free memory.

    Parameters
    ----------
    n : int
        Players.
    instead : str
        What serves without a table; ends up in the message.
    bytes_each : int, default 8
        Memory a coalition.

    Raises
    ------
    TooLargeError

    Examples
    --------
    >>> require_table(40, "game[labels] needs no table")
    Traceback (most recent call last):
    coalitions.errors.TooLargeError: 40 players have 2**40 coalitions, a table of 8.8 TB; it may hold at most 30 ...
    """
    if n > MAX_PLAYERS:
        raise TooLargeError(
            f"{n} players have 2**{n} coalitions, a table of {8 * 2.0**n / 1e12:.3g} TB; it may hold at most "
            f"{MAX_PLAYERS} players: {instead}"
        )
    require_memory(bytes_each << n, f"a table of {n} players", instead)


def number_array(numbers: Sequence[Any]) -> NDArray[Any]:
    """Lay numbers out for sums: float64 where nothing is lost, otherwise as objects.

    Parameters
    ----------
    numbers : sequence of int, float, Fraction or sympy expressions

    Returns
    -------
    ndarray, float64 or object
        Integers become floats when no sum of them can leave the range in which floats are exact.

    Examples
    --------
    >>> number_array([1, 2]).dtype, number_array([Fraction(1), 2]).dtype
    (dtype('float64'), dtype('O'))
    """
    if all(isinstance(x, int) for x in numbers):
        fits = sum(abs(x) for x in numbers) <= FLOAT_INTEGERS
    else:
        fits = all(isinstance(x, float | int) for x in numbers)
    if fits:
        return np.array(numbers, np.float64)
    table = np.empty(len(numbers), object)
    table[:] = numbers
    return table


def payoff_array(numbers: Sequence[Any]) -> NDArray[Any]:
    """Lay payoffs out: float64 when one is a float, otherwise exact, integers as Fractions.

    Parameters
    ----------
    numbers : sequence of numbers

    Returns
    -------
    ndarray, float64 or object

    Examples
    --------
    >>> payoff_array([1, Fraction(1, 2)])
    array([Fraction(1, 1), Fraction(1, 2)], dtype=object)
    """
    if any(isinstance(x, float) for x in numbers):
        return np.array([float(x) for x in numbers])
    exact = np.empty(len(numbers), object)
    exact[:] = [Fraction(x) if isinstance(x, int) else x for x in numbers]
    return exact
