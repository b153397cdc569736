"""Linear algebra and linear programs in rational numbers: small, slow beside floats, and never wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import SolverError

PRIME = (1 << 61) - 1
"""A Mersenne prime: sums of two residues fit 64 bits."""


def fractions_of(numbers: Iterable[Any]) -> list[Fraction]:
    """Read numbers as the rationals they are: a float is its own binary fraction, 0.1 is not 1/10.

    Parameters
    ----------
    numbers : iterable of int, Fraction, float, or rational sympy numbers

    Returns
    -------
    list of Fraction

    Raises
    ------
    ValueError
        A number that is not rational, such as nan or a symbol.

    Examples
    --------
    >>> fractions_of([0.5, 2])
    [Fraction(1, 2), Fraction(2, 1)]
    """
    return [Fraction(int(x.p), int(x.q)) if getattr(x, "is_Rational", False) else Fraction(x) for x in numbers]


def echelon(rows: Iterable[Sequence[Any]]) -> tuple[list[list[Fraction]], list[int]]:
    """Bring rows to reduced row echelon form.

    Parameters
    ----------
    rows : iterable of sequences of m rational numbers

    Returns
    -------
    rows : list of list of Fraction
        A basis of the row space; each has a 1 at its pivot, where all others have 0.
    pivots : list of int
        Increasing.

    Notes
    -----
    O(rows * rank * m) operations, on rows of integers without common divisor.

    Examples
    --------
    >>> echelon([[1, 1], [1, 3], [2, 4]])[1]
    [0, 1]
    """
    reduced: list[tuple[int, list[int]]] = []
    for given in rows:
        row = _integers(fractions_of(given))
        for pivot, other in reduced:
            row = _eliminate(row, other, pivot)
        lead = next((i for i, x in enumerate(row) if x), None)
        if lead is not None:
            reduced = [(pivot, _eliminate(other, row, lead)) for pivot, other in reduced]
            reduced.append((lead, row))
    reduced.sort(key=lambda pair: pair[0])
    return [[Fraction(x, row[pivot]) for x in row] for pivot, row in reduced], [pivot for pivot, _ in reduced]


def rank(rows: Iterable[Sequence[Any]]) -> int:
    """Count the independent ones among rows of rational numbers.

    Parameters
    ----------
    rows : iterable of sequences of numbers

    Returns
    -------
    int

    Examples
    --------
    >>> rank([[1, 0], [0, 1], [1, 1]])
    2
    """
    return len(echelon(rows)[1])


def solve(rows: Sequence[Sequence[Any]], right: Sequence[Any]) -> list[Fraction] | None:
    """Solve a system of linear equations exactly.

    Parameters
    ----------
    rows : sequence of k sequences of m rational numbers
    right : sequence of k rational numbers

    Returns
    -------
    list of m Fractions, or None
        The solution whose free unknowns are 0; None when there is none.

    Examples
    --------
    >>> solve([[1, 1], [1, -1]], [3, 0])
    [Fraction(3, 2), Fraction(3, 2)]
    """
    width = len(rows[0])
    reduced, pivots = echelon([*row, b] for row, b in zip(rows, right, strict=True))
    if pivots and pivots[-1] == width:
        return None
    solution = [Fraction(0)] * width
    for row, pivot in zip(reduced, pivots, strict=True):
        solution[pivot] = row[-1]
    return solution


def null_vector(rows: Iterable[Sequence[Any]], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a random vector modulo a prime that is orthogonal to all rows.

    A vector outside the span of the rows is orthogonal to it with probability 1 / PRIME, about 4e-19.

    Parameters
    ----------
    rows : iterable of sequences of n rational numbers
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int64, shape (n,)
        Residues modulo ``PRIME``.

    Examples
    --------
    >>> z = null_vector([[1, 1, 0]], 3, np.random.default_rng(0))
    >>> int(z[0] + z[1]) % PRIME
    0
    """
    reduced, pivots = echelon(rows)
    z = [0 if i in pivots else int(rng.integers(1, PRIME)) for i in range(n)]
    for row, pivot in zip(reduced, pivots, strict=True):
        z[pivot] = -sum(
            x.numerator * pow(x.denominator, -1, PRIME) * z[i] for i, x in enumerate(row) if x and i != pivot
        )
    return np.array([x % PRIME for x in z], np.int64)


def maximise(
    worths: Sequence[Any], columns: Sequence[Sequence[Any]], right: Sequence[Any]
) -> tuple[Fraction, list[Fraction], list[Fraction]] | None:
    """Solve a small linear program exactly: maximise worths . y subject to sum_j y_j columns_j = right, y >= 0.

    Parameters
    ----------
    worths : sequence of m rational numbers
    columns : sequence of m sequences of k rational numbers
    right : sequence of k rational numbers

    Returns
    -------
    value : Fraction
    y : list of m Fractions
        A vertex: its positive entries belong to independent columns.
    prices : list of k Fractions
        prices . columns_j >= worths_j for every j, and prices . right = value.
    None
        Instead of the three, when no y is feasible.

    Raises
    ------
    SolverError
        The program is unbounded.

    Notes
    -----
    The simplex method on a tableau of k rows with the rule of the lowest index, which cannot cycle (Bland 1977).
    Meant for a few thousand columns.

    References
    ----------
    .. [1] R. G. Bland (1977), New finite pivoting rules for the simplex method, Mathematics of Operations Research 2,
           103-107.

    Examples
    --------
    >>> maximise([1, 1, 1], [[1, 1, 0], [1, 0, 1], [0, 1, 1]], [1, 1, 1])[0]
    Fraction(3, 2)
    """
    k, m = len(right), len(worths)
    signs = [-1 if b < 0 else 1 for b in fractions_of(right)]
    tableau = [
        fractions_of([*(sign * columns[j][r] for j in range(m)), *(int(s == r) for s in range(k)), sign * right[r]])
        for r, sign in enumerate(signs)
    ]
    basis = list(range(m, m + k))
    phase = [Fraction(0)] * m + [Fraction(-1)] * k
    if _simplex(tableau, basis, phase, m + k) < 0:
        return None
    costs = fractions_of(worths) + [Fraction(0)] * k
    for r in range(k):  # an artificial column that stayed, at 0, makes way for a real one or for nothing
        if basis[r] >= m:
            real = next((j for j in range(m) if tableau[r][j]), None)
            if real is not None:
                _pivot(tableau, basis, r, real)
    value = _simplex(tableau, basis, costs, m)
    y = [Fraction(0)] * m
    for r, j in enumerate(basis):
        if j < m:
            y[j] = tableau[r][-1]
    prices = [
        signs[s] * sum((costs[j] * tableau[r][m + s] for r, j in enumerate(basis)), Fraction(0)) for s in range(k)
    ]
    return value, y, prices


def _simplex(tableau: list[list[Fraction]], basis: list[int], costs: list[Fraction], allowed: int) -> Fraction:
    while True:
        carried = [(costs[j], row) for j, row in zip(basis, tableau, strict=True) if costs[j]]
        inside = set(basis)
        entering = None
        for j in range(allowed):
            if j not in inside and costs[j] > sum((c * row[j] for c, row in carried if row[j]), Fraction(0)):
                entering = j
                break
        if entering is None:
            return sum((c * row[-1] for c, row in carried), Fraction(0))
        ratios = [(row[-1] / row[entering], basis[r], r) for r, row in enumerate(tableau) if row[entering] > 0]
        if not ratios:
            raise SolverError("the linear program is unbounded")
        _pivot(tableau, basis, min(ratios)[2], entering)


def _pivot(tableau: list[list[Fraction]], basis: list[int], r: int, entering: int) -> None:
    lead = tableau[r][entering]
    tableau[r] = [x / lead if x else x for x in tableau[r]]
    own = tableau[r]
    for s, row in enumerate(tableau):
        if s != r and row[entering]:
            factor = row[entering]
            tableau[s] = [x - factor * y if y else x for x, y in zip(row, own, strict=True)]
    basis[r] = entering


def _integers(row: list[Fraction]) -> list[int]:
    common = math.lcm(*(x.denominator for x in row)) if row else 1
    return [x.numerator * (common // x.denominator) for x in row]


def _eliminate(row: list[int], other: list[int], pivot: int) -> list[int]:
    if not row[pivot]:
        return row
    a, b = row[pivot], other[pivot]
    row = [b * x - a * y for x, y in zip(row, other, strict=True)]
    divisor = math.gcd(*row)
    return [x // divisor for x in row] if divisor > 1 else row
