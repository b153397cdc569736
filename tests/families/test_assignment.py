from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import sympy
from family_cases import numbers, one_by_one, raw_cases
from hypothesis import given
from hypothesis import strategies as st

from coalitions import CoalitionError, TooLargeError, WorthError, banzhaf_value, core, shapley_value
from coalitions.families.assignment import Assignment, Glove, glove_banzhaf, glove_shapley


@st.composite
def matrices(draw, entries):
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return [[draw(entries) for _ in range(columns)] for _ in range(rows)]


@pytest.mark.parametrize(("game", "expected"), raw_cases("glove", "val", "core", "coal", "stab"))
def test_gloves_of_the_literature(game, expected):
    gloves = Glove(game["left"], game["right"], range(game["n"]))
    for key, fast in (("shapley", glove_shapley), ("banzhaf", glove_banzhaf)):
        if key in expected:
            assert fast(gloves) == numbers(expected[key])
    for vertex in expected.get("core_vertices", []):
        assert core(gloves.to_game()).contains(numbers(vertex))


@given(st.lists(st.sampled_from(("left", "right", "none")), min_size=1, max_size=6))
def test_glove_counts_agree_with_the_table(roles):
    sides = [[i for i, role in enumerate(roles) if role == side] for side in ("left", "right")]
    gloves = Glove(*sides, range(len(roles)))
    exact = one_by_one(gloves)
    assert np.array_equal(gloves.to_game().worths, exact.worths.astype(float))
    assert glove_shapley(gloves) == list(shapley_value(exact))
    assert glove_banzhaf(gloves) == list(banzhaf_value(exact))


def test_gloves_of_two_hundred_players():
    gloves = Glove(range(100), range(100, 200))
    assert glove_shapley(gloves) == [Fraction(1, 2)] * 200
    with pytest.raises(TooLargeError, match="glove_shapley and glove_banzhaf need no table"):
        gloves.to_game()


@pytest.mark.parametrize(("game", "expected"), raw_cases("assignment", "nuc", "coal"))
def test_assignments_of_the_literature(game, expected):
    market = Assignment(numbers(game["matrix"]))
    table = market.to_game()
    if "worths" in expected:
        assert table.worths.tolist() == numbers(expected["worths"])
    if "shapley" in expected:
        assert list(shapley_value(table)) == numbers(expected["shapley"])
    if "csg_value" in expected:
        assert market[market.players] == Fraction(expected["csg_value"])
    for vertex in expected.get("core_vertices", []):
        assert core(table).contains(numbers(vertex))


@given(matrices(st.fractions(0, 9, max_denominator=7)))
def test_three_ways_to_match(matrix):
    market = Assignment(matrix)
    assert market.to_game() == one_by_one(market)
    short, long = sorted((len(matrix), len(matrix[0])))
    tall = matrix if len(matrix) == short else [list(column) for column in zip(*matrix, strict=True)]
    best = max(sum(tall[i][j] for i, j in enumerate(order)) for order in permutations(range(long), short))
    assert market[market.players] == best
    assert not core(market.to_game()).is_empty


@given(matrices(st.floats(0, 9, width=16)))
def test_matching_in_floats(matrix):
    market = Assignment(matrix)
    assert np.allclose(market.to_game().worths, one_by_one(market, exact=False).worths, rtol=1e-12)


def test_worths_too_fine_for_floats_are_still_tabulated_exactly():
    market = Assignment([[Fraction(1, 3**40), Fraction(1, 2**70)]])
    assert market.to_game()[0, 1, 2] == Fraction(1, 3**40)
    with pytest.raises(WorthError, match="too fine to match in floats"):
        market.matching()


def test_a_matching_names_the_pairs():
    market = Assignment([[0, 3], [2, 0]], ["ana", "bo", "red", "blue"])
    assert market.matching() == [("ana", "blue", 3), ("bo", "red", 2)]
    assert market.matching(["ana", "red"]) == []


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Glove("AB", "B"), CoalitionError, "player 'B' owns a left and a right glove"),
        (lambda: Glove("A", "B", players="AC"), CoalitionError, "unknown player 'B'"),
        (lambda: Assignment([]), CoalitionError, "at least one row"),
        (lambda: Assignment([[1, 2], [3]]), CoalitionError, "row 1 has 1 entries, row 0 has 2"),
        (lambda: Assignment([[1, -2]], "ABC"), WorthError, "worth of the pair 'A', 'C' is -2"),
        (lambda: Assignment([[sympy.Symbol("a")]]), WorthError, "is a, a symbol"),
        (lambda: Assignment([[1, 2]], "AB"), CoalitionError, "3 rows and columns for 2 players"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
