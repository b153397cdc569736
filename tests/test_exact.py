"""Exact linear algebra: against its own definitions, and against a solver in floats."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from coalitions.errors import SolverError
from coalitions.exact import PRIME, echelon, fractions_of, maximise, null_vector, rank, solve

entries = st.fractions(-5, 5, max_denominator=4)


@st.composite
def matrices(draw, max_rows=5, max_columns=5):
    rows, columns = draw(st.integers(1, max_rows)), draw(st.integers(1, max_columns))
    return [[draw(entries) for _ in range(columns)] for _ in range(rows)]


def dot(row, x):
    return sum((a * b for a, b in zip(row, x, strict=True)), Fraction(0))


def test_a_float_is_read_as_the_binary_fraction_it_is():
    assert fractions_of([0.5, sympy.Rational(1, 3), 2]) == [Fraction(1, 2), Fraction(1, 3), 2]
    assert fractions_of([0.1]) != [Fraction(1, 10)]
    with pytest.raises(ValueError, match="NaN"):
        fractions_of([float("nan")])


@given(matrices())
def test_echelon_and_rank_are_those_of_sympy(rows):
    reduced, pivots = sympy.Matrix(rows).rref()
    own, own_pivots = echelon(rows)
    assert list(pivots) == own_pivots
    assert [list(map(sympy.Rational, row)) for row in own] == reduced[: len(own), :].tolist()
    assert rank(rows) == len(own_pivots)


@given(matrices(), st.data())
def test_solve_solves_or_there_is_no_solution(rows, data):
    right = [data.draw(entries) for _ in rows]
    x = solve(rows, right)
    if x is None:
        assert rank([*row, b] for row, b in zip(rows, right, strict=True)) > rank(rows)
    else:
        assert [dot(row, x) for row in rows] == right


@given(matrices(), st.integers(0, 2**32))
def test_a_null_vector_is_orthogonal_to_the_rows_and_to_what_they_span(rows, seed):
    z = null_vector(rows, len(rows[0]), np.random.default_rng(seed)).tolist()
    assert all(0 <= x < PRIME for x in z)
    for row in rows:
        scaled = [x * 12 for x in row]
        assert sum(int(x) * r for x, r in zip(scaled, z, strict=True)) % PRIME == 0
    for i in range(len(z)):
        unit = [int(i == j) for j in range(len(z))]
        assert (z[i] == 0) == (rank([*rows, unit]) == rank(rows))


@given(matrices(3, 6), st.data())
def test_the_exact_optimum_proves_itself(columns, data):
    """Feasible, priced out, and worth what the prices say: weak duality leaves no doubt."""
    worths = [data.draw(entries) for _ in columns]
    mix = [data.draw(st.integers(0, 3)) for _ in columns]
    right = [sum(m * column[r] for m, column in zip(mix, columns, strict=True)) for r in range(len(columns[0]))]
    try:
        found = maximise(worths, columns, right)
    except SolverError:
        from scipy.optimize import linprog

        floats = np.array(columns, float).T
        assert linprog(-np.array(worths, float), A_eq=floats, b_eq=np.array(right, float)).status in (3, 4)
        return
    assert found is not None, "the mix is feasible"
    value, y, prices = found
    assert all(weight >= 0 for weight in y)
    assert [sum(w * c[r] for w, c in zip(y, columns, strict=True)) for r in range(len(right))] == right
    assert all(dot(prices, column) >= worth for column, worth in zip(columns, worths, strict=True))
    assert dot(prices, right) == dot(worths, y) == value


def test_an_infeasible_program_gives_none_and_an_unbounded_one_is_refused():
    assert maximise([1], [[1, 1]], [1, 2]) is None
    with pytest.raises(SolverError, match="unbounded"):
        maximise([1, 0], [[1], [-1]], [0])


def test_redundant_rows_do_not_confuse_it():
    value, _, prices = maximise([3, 1], [[1, 2], [1, 2]], [1, 2])
    assert value == 3
    assert dot(prices, [1, 2]) == 3
