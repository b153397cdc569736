from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import sympy
from family_cases import numbers, one_by_one, raw_cases
from hypothesis import given
from hypothesis import strategies as st

from coalitions import CoalitionError, TooLargeError, WorthError, banzhaf_value, core, shapley_value
from coalitions.families.market import (
    Assignment,
    Glove,
    LinearProduction,
    Market,
    glove_banzhaf,
    glove_shapley,
    owen_point,
)


@st.composite
def matrices(draw, entries):
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return [[draw(entries) for _ in range(columns)] for _ in range(rows)]


@st.composite
def factories(draw):
    resources, goods, n = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    return LinearProduction(
        rng.uniform(0.1, 3, (resources, goods)), rng.uniform(0, 5, (resources, n)), rng.uniform(-1, 5, goods)
    )


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


@given(factories())
def test_the_owen_point_is_in_the_core(factory):
    table = factory.to_game()
    point = owen_point(factory)
    assert point.total == pytest.approx(factory[factory.players], abs=1e-6)
    assert (np.array([sum(point[p] for p in s) - w for s, w in table.to_dict().items()]) > -1e-6).all()


def test_a_production_worth_by_hand():
    works = LinearProduction([[2, 1], [1, 3]], [[4, 4], [3, 9]], [5, 4])
    assert works[0, 1] == pytest.approx(5 * 12 / 5 + 4 * 16 / 5)
    assert works[()] == 0
    assert LinearProduction([[1]], [[4, 4]], [-1])[0, 1] == 0


@given(matrices(st.integers(0, 9)))
def test_a_market_where_one_good_is_enough_gives_it_to_who_likes_it_best(matrix):
    rows = [[float(a) for a in row] for row in matrix]
    market = Market({i: [1] * len(rows[0]) for i in range(len(rows))}, {i: [(row, 0)] for i, row in enumerate(rows)})
    for mask in range(1, 1 << len(rows)):
        inside = [i for i in range(len(rows)) if mask >> i & 1]
        best = sum(len(inside) * max(rows[i][good] for i in inside) for good in range(len(rows[0])))
        assert market[inside] == pytest.approx(best)


def test_a_glove_market_is_a_glove_game():
    pairs = [([1, 0], 0), ([0, 1], 0)]
    goods = {0: [1, 0], 1: [1, 0], 2: [0, 1], 3: [0, 1], 4: [0, 1]}
    market = Market(goods, dict.fromkeys(goods, pairs))
    assert np.allclose(market.to_game().worths, Glove([0, 1], [2, 3, 4]).to_game().worths, atol=1e-7)


def test_diminishing_tastes_spread_the_goods():
    taste = [([3], 0), ([1], 4)]  # 3 a unit up to two units, 1 a unit beyond
    market = Market({"rich": [6], "poor": [0]}, {"rich": taste, "poor": taste})
    assert market["rich"] == pytest.approx(10)
    assert market["poor"] == pytest.approx(0)
    assert market["rich", "poor"] == pytest.approx(14)


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
        (lambda: LinearProduction([[1]], [[1]], [1, 2]), CoalitionError, r"technology has shape \(1, 1\)"),
        (lambda: LinearProduction([[1, 0]], [[1]], [1, 2]), WorthError, "good 1 takes no resource and sells at 2.0"),
        (lambda: LinearProduction([[-1]], [[1]], [1]), WorthError, r"entry \(0, 0\) of technology is -1.0; it must"),
        (lambda: LinearProduction([[1]], [[math.nan]], [1]), WorthError, r"entry \(0, 0\) of resources is nan"),
        (lambda: LinearProduction([[1], [2, 3]], [[1]], [1]), CoalitionError, "technology is no table of numbers"),
        (lambda: Market({"A": [1]}, {}), CoalitionError, "player 'A' has no utility"),
        (lambda: Market({"A": [1]}, {"A": [([1], 0)], "B": []}), CoalitionError, "unknown player 'B'"),
        (lambda: Market({"A": [1], "B": [1, 2]}, {}), CoalitionError, r"different numbers of goods: \[1, 2\]"),
        (lambda: Market({"A": [1]}, {"A": [([1, 2], 0)]}), CoalitionError, "a piece of the utility of 'A'"),
        (lambda: Market({"A": [-1]}, {"A": [([1], 0)]}), WorthError, r"entry \(0, 0\) of endowments is -1.0"),
        (lambda: Market({"A": [1]}, {"A": [([math.inf], 0)]}), WorthError, "a slope in the utility of 'A' is inf"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
