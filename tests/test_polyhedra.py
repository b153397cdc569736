"""coalitions/polyhedra.py"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalitions.exact import rank, solve
from coalitions.polyhedra import facets, primitive, vertices

small = st.integers(-3, 3)


def rows(dimension, most):
    return st.lists(st.lists(small, min_size=dimension + 1, max_size=dimension + 1), min_size=1, max_size=most)


@st.composite
def polyhedra(draw):
    dimension = draw(st.integers(1, 3))
    return dimension, draw(rows(dimension, 7)), draw(st.one_of(st.just([]), rows(dimension, 1)))


def value(row, point):
    return sum((Fraction(a) * x for a, x in zip(row[:-1], point, strict=True)), Fraction(0))


def holds(inequalities, equalities, point):
    return all(value(row, point) >= row[-1] for row in inequalities) and all(
        value(row, point) == row[-1] for row in equalities
    )


def basic_points(dimension, inequalities, equalities):
    """Vertices by solving every choice of inequalities that, with the equations, leaves one solution."""
    found = set()
    missing = dimension - rank(row[:-1] for row in equalities)
    for chosen in combinations(inequalities, missing):
        system = [*chosen, *equalities]
        if rank(row[:-1] for row in system) == dimension:
            point = solve([row[:-1] for row in system], [row[-1] for row in system])
            if point is not None and holds(inequalities, equalities, point):
                found.add(tuple(point))
    return found


# --- known polyhedra
@pytest.mark.parametrize("d", [1, 2, 3, 4, 6])
def test_the_cube_and_the_cross_polytope(d):
    unit = [[int(i == j) for j in range(d)] for i in range(d)]
    box = [[*row, 0] for row in unit] + [[*(-x for x in row), -1] for row in unit]
    cube = vertices(box)
    assert sorted(cube.points) == sorted(product((Fraction(0), Fraction(1)), repeat=d))
    assert all(len(tight) == d for tight in cube.tight)
    assert (cube.rays, cube.lines) == ([], [])
    cross = facets([[s * x for x in row] for row in unit for s in (1, -1)])
    assert len(cross.inequalities) == (2**d)
    assert set(cross.inequalities) == {(*signs, -1) for signs in product((1, -1), repeat=d)}


def test_permutations_span_the_permutohedron():
    """n! vertices, 2**n - 2 facets, in a hyperplane."""
    masks = range(1, 31)
    size = [mask.bit_count() for mask in range(32)]
    rows = [[*(mask >> i & 1 for i in range(5)), size[mask] * (size[mask] + 1) // 2] for mask in masks]
    body = vertices(rows, [[1, 1, 1, 1, 1, 15]])
    assert len(body.points) == 120
    assert all(sorted(point) == [1, 2, 3, 4, 5] for point in body.points)
    assert all(len(tight) == 4 for tight in body.tight)
    back = facets(body.points)
    assert len(back.inequalities) == 30
    assert [primitive(row) for row in back.equalities] == [(1, 1, 1, 1, 1, 15)]


def test_rays_and_lines():
    orthant = vertices([[1, 0, 2], [0, 1, Fraction(1, 2)]])
    assert orthant.points == [(Fraction(2), Fraction(1, 2))]
    assert orthant.rays == [(0, 1), (1, 0)]
    slab = vertices([[1, 0, 0], [-1, 0, -1]])
    assert slab.lines == [(0, 1)]
    assert [point[0] for point in slab.points] == [0, 1]
    everywhere = vertices([[0, 0, -1]])
    assert len(everywhere.points) == 1
    assert len(everywhere.lines) == 2
    assert facets([[0, 0]], lines=[[1, 0], [0, 1]]) == ([], [])


@pytest.mark.parametrize(
    ("inequalities", "equalities"),
    [
        ([[1, 1], [-1, 0]], []),
        ([[0, 1]], []),
        ([[1, 0]], [[1, -1]]),
        ([[1, 0, 0], [0, 1, 0]], [[1, 1, -1]]),
        ([[1, 0, 0]], [[1, 1, 1], [2, 2, 3]]),
        ([], [[0, 1]]),
    ],
)
def test_nothing_satisfies_contradictions(inequalities, equalities):
    assert vertices(inequalities, equalities) == ([], [], [], [])


def test_large_numbers_stay_exact():
    big = 10**40
    square = vertices([[1, 0, Fraction(1, big)], [0, 1, 0], [-1, 0, -big], [0, -big, -1]])
    assert square.points == [
        (Fraction(1, big), Fraction(0)),
        (Fraction(1, big), Fraction(1, big)),
        (Fraction(big), Fraction(0)),
        (Fraction(big), Fraction(1, big)),
    ]


# --- laws
@given(polyhedra())
def test_vertices_are_the_feasible_basic_points(given_rows):
    dimension, inequalities, equalities = given_rows
    body = vertices(inequalities, equalities)
    if not body.lines:
        assert set(body.points) == basic_points(dimension, inequalities, equalities)
    for point, tight in zip(body.points, body.tight, strict=True):
        assert holds(inequalities, equalities, point)
        assert tight == tuple(k for k, row in enumerate(inequalities) if value(row, point) == row[-1])
    for ray in [*body.rays, *body.lines, *([-x for x in line] for line in body.lines)]:
        assert all(value(row, ray) >= 0 for row in inequalities)
        assert all(value(row, ray) == 0 for row in equalities)


@given(polyhedra())
def test_facets_bound_what_the_vertices_span(given_rows):
    _, inequalities, equalities = given_rows
    body = vertices(inequalities, equalities)
    if not body.points:
        return
    bounds = facets(body.points, body.rays, body.lines)
    again = vertices(bounds.inequalities, bounds.equalities) if any(bounds) else body
    assert len(again.lines) == len(body.lines)
    if body.lines:  # the same points up to the lines
        assert all(holds(*bounds, point) for point in again.points)
        assert all(holds(inequalities, equalities, point) for point in again.points)
    else:
        assert (again.points, again.rays) == (body.points, body.rays)
    for left_out in range(len(bounds.inequalities)):
        fewer = [row for k, row in enumerate(bounds.inequalities) if k != left_out]
        if fewer or bounds.equalities:
            wider = vertices(fewer, bounds.equalities)
            assert (wider.points, wider.rays, len(wider.lines)) != (body.points, body.rays, len(body.lines))


@given(st.lists(st.tuples(small, small, small), min_size=1, max_size=8))
def test_a_hull_holds_its_points_and_its_vertices_are_among_them(points):
    bounds = facets(points)
    assert all(holds(*bounds, point) for point in points)
    assert set(vertices(*bounds).points) <= {tuple(map(Fraction, point)) for point in points}


# --- words
def test_refusals():
    with pytest.raises(ValueError, match="no points: a hull needs at least one"):
        facets([])
    with pytest.raises(ValueError, match=r"rows of lengths \[2, 3\]; all need the same"):
        vertices([[1, 2], [1, 2, 3]])
    with pytest.raises(ValueError, match="no rows at all"):
        vertices([])
    for odd in (float("nan"), float("inf"), "x", None):
        with pytest.raises(ValueError, match="holds what is no rational number"):
            vertices([[odd, 1]])
