from __future__ import annotations

import math

import numpy as np
import pytest
from family_cases import numbers, one_by_one, raw_cases
from hypothesis import given
from hypothesis import strategies as st

from coalitions import WorthError, core, shapley_value
from coalitions.families.bankruptcy import (
    Bankruptcy,
    constrained_equal_awards,
    constrained_equal_losses,
    proportional_rule,
    talmud_rule,
)

RULES = (talmud_rule, constrained_equal_awards, constrained_equal_losses, proportional_rule)


@st.composite
def estates(draw):
    claims = draw(st.lists(st.fractions(0, 9, max_denominator=4), min_size=1, max_size=5))
    return Bankruptcy(sum(claims) * draw(st.fractions(0, 1, max_denominator=7)), claims)


@pytest.mark.parametrize(("game", "expected"), raw_cases("bankruptcy", "nuc", "ker"))
def test_bankruptcy_of_the_talmud(game, expected):
    estate = Bankruptcy(numbers(game["estate"]), numbers(game["claims"]))
    nucleolus = expected.get("nucleolus") or expected["kernel_elements"][0]
    assert list(talmud_rule(estate)) == numbers(nucleolus)
    if "shapley" in expected:
        assert list(shapley_value(estate.to_game())) == numbers(expected["shapley"])


@pytest.mark.parametrize(
    ("rule", "awards"),
    [
        (constrained_equal_awards, [100, 150, 150]),
        (constrained_equal_losses, ["100/3", "400/3", "700/3"]),
        (proportional_rule, ["200/3", "400/3", "200"]),
        (talmud_rule, [50, 125, 225]),
    ],
)
def test_four_rules_divide_400(rule, awards):
    assert list(rule(Bankruptcy(400, [100, 200, 300]))) == numbers(awards)


@given(estates())
def test_rules_divide_the_estate_within_the_claims(estate):
    assert estate.to_game() == one_by_one(estate)
    for rule in RULES:
        awards = list(rule(estate))
        assert sum(awards) == estate.estate
        assert all(0 <= award <= claim for award, claim in zip(awards, estate.claims, strict=True))
        assert core(estate.to_game()).contains(awards)


@given(estates())
def test_talmud_is_its_own_dual_and_equal_awards_the_dual_of_equal_losses(estate):
    lost = Bankruptcy(sum(estate.claims) - estate.estate, estate.claims)
    for rule, dual in ((talmud_rule, talmud_rule), (constrained_equal_awards, constrained_equal_losses)):
        assert [c - x for c, x in zip(estate.claims, rule(lost), strict=True)] == list(dual(estate))


def test_an_estate_in_floats_is_divided_in_floats():
    assert talmud_rule(Bankruptcy(200.0, [100, 200, 300])).payoffs.dtype == np.float64
    assert talmud_rule(Bankruptcy(200.0, [100, 200, 300]))[0] == 50


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Bankruptcy(-1, [2]), WorthError, "the estate is -1"),
        (lambda: Bankruptcy(7, [2, 3]), WorthError, "the estate is 7 and the claims sum to 5"),
        (lambda: Bankruptcy(1, [2, math.inf]), WorthError, "claim of 1 is inf"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
