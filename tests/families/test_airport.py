from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy
from family_cases import numbers, one_by_one, raw_cases
from hypothesis import given
from hypothesis import strategies as st

from coalitions import CoalitionError, TooLargeError, WorthError, banzhaf_value, core, shapley_value
from coalitions.families.airport import Airport, airport_banzhaf, airport_shapley, airport_shares

costs = st.fractions(0, 20, max_denominator=6)


@pytest.mark.parametrize(("game", "expected"), raw_cases("airport", "nuc"))
def test_airport_of_the_literature(game, expected):
    airport = Airport(numbers(game["costs"]))
    assert airport_shares(airport) == numbers(expected["shapley"])
    assert list(shapley_value(airport.to_cost_game())) == numbers(expected["shapley"])
    assert not core(airport.to_game()).is_empty
    assert core(airport.to_game()).contains([-x for x in numbers(expected["nucleolus"])])


@given(st.lists(costs, min_size=1, max_size=6))
def test_airport_formulas_agree_with_the_table(each):
    airport = Airport(each)
    table = airport.to_game()
    assert table == one_by_one(airport)
    assert table == -airport.to_cost_game()
    assert airport_shapley(airport) == list(shapley_value(table))
    assert airport_banzhaf(airport) == list(banzhaf_value(table))
    assert sum(airport_shares(airport)) == airport.cost(airport.players)


def test_an_airport_of_many_players_needs_no_table():
    shares = airport_shares(Airport(range(1, 501)))
    assert sum(shares) == 500
    assert shares[0] == Fraction(1, 500)
    assert shares == sorted(shares)
    with pytest.raises(TooLargeError, match=r"31 players .* airport_shares needs no table"):
        Airport(range(31)).to_game()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Airport([1, -2], "AB"), WorthError, "cost of 'B' is -2; it must be at least 0"),
        (lambda: Airport([1, math.nan]), WorthError, "cost of 1 is nan"),
        (lambda: Airport([1, "2"]), WorthError, "cost of 1 is '2', not a number"),
        (lambda: Airport([1, sympy.Symbol("c")]), WorthError, "cost of 1 is c, a symbol"),
        (lambda: Airport([0.5, Fraction(1, 3)]), WorthError, "mix the float 0.5 and the exact 1/3"),
        (lambda: Airport([1, 2], "ABC"), CoalitionError, "2 costs for 3 players"),
        (lambda: Airport([]), CoalitionError, "no players"),
        (lambda: Airport([1, 2], "AB")["C"], CoalitionError, "unknown player 'C'"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
