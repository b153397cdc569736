from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalitions import CoalitionError, WorthError
from coalitions.families.assignment import Glove
from coalitions.families.production import LinearProduction, Market, owen_point


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
