"""Tables of worths: what may stand in one, and in which kind of number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.coalition import Label, labels_of
from coalitions.errors import TooLargeError, WorthError
from coalitions.memory import require_memory

MAX_PLAYERS = 30
"""A table of worths for more players is refused: 2**30 float64 are 8.6 GB."""

FLOAT_INTEGERS = 1 << 53
"""Integers up to here are floats without loss."""

_BLOCK = 1 << 20


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
    >>> from fractions import Fraction
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


def require_table(n: int) -> None:
    """Refuse a table for more players than one holds, or than memory does.

    Parameters
    ----------
    n : int

    Raises
    ------
    TooLargeError
    """
    if n > MAX_PLAYERS:
        raise TooLargeError(
            f"{n} players have 2**{n} coalitions; a table holds at most {MAX_PLAYERS} players. "
            "For small groups among many players use coalitions.candidates"
        )
    require_memory(8 << n, f"a table of {n} players", "use fewer players")


def as_table(worths: ArrayLike, n: int, *, copy: bool) -> NDArray[Any]:
    """Make a table of float64 or of exact numbers.

    Parameters
    ----------
    worths : array_like, shape (2**n,)
    n : int
    copy : bool

    Returns
    -------
    ndarray, shape (2**n,)
        float64 or object.

    Raises
    ------
    WorthError
        Wrong length, no numbers, or numbers that would be rounded.
    """
    given = worths if isinstance(worths, np.ndarray) else np.asarray(worths)
    if given.ndim != 1 or given.size != 1 << n:
        raise WorthError(
            f"{n} players have 2**{n} = {1 << n} coalitions (the empty one first), but worths has shape {given.shape}"
        )
    if n > MAX_PLAYERS:
        require_table(n)
    if given.dtype == object:
        plain = float_or_exact(given)
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


def plain_numbers(table: NDArray[Any]) -> NDArray[Any]:
    """Turn an object table of small integers, which nobody asked to keep exact, into float64.

    Parameters
    ----------
    table : ndarray of object

    Returns
    -------
    ndarray
    """
    table = _python_numbers(table)
    if all(type(worth) is int and abs(worth) <= FLOAT_INTEGERS for worth in table):
        return table.astype(np.float64)
    return table


def float_or_exact(table: NDArray[Any]) -> NDArray[Any]:
    """Turn an object table of floats into float64, and refuse a mixture of floats and exact numbers.

    Parameters
    ----------
    table : ndarray

    Returns
    -------
    ndarray

    Raises
    ------
    WorthError
        Floats beside exact numbers.
    """
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


def check_worths(table: NDArray[Any], players: tuple[Label, ...]) -> None:
    """Refuse a worth that is no finite number, and an empty coalition that is worth something.

    Parameters
    ----------
    table : ndarray, shape (2**n,)
    players : tuple of n labels

    Raises
    ------
    WorthError
        The message names the coalition.
    """
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


def _python_numbers(table: NDArray[Any]) -> NDArray[Any]:
    """Replace numpy scalars, whose integers overflow, and booleans by Python's own numbers."""
    if not any(issubclass(kind, np.generic | bool) for kind in set(map(type, table.tolist()))):
        return table
    own = [worth.item() if isinstance(worth, np.generic) else worth for worth in table]
    return np.array([int(worth) if isinstance(worth, bool) else worth for worth in own], object)


def _is_symbolic(worth: Any) -> bool:
    return hasattr(worth, "free_symbols") and hasattr(worth, "is_number")
