"""models/contests.py"""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalitions import WorthError
from models.contests import alliance_gain, group_contest

sizes = st.lists(st.integers(1, 6), min_size=2, max_size=6)
parts = st.fractions(0, 1, max_denominator=6)


# --- published
@given(sizes)
def test_for_a_public_prize_size_does_not_change_the_chance(members):
    """Katz, Nitzan, Rosenberg (1990): effort v (g - 1) / g**2 and chance 1 / g, whatever the size."""
    g, prize = len(members), Fraction(12)
    found = group_contest(members, prize=prize)
    assert set(found.efforts) == {prize * (g - 1) / g**2}
    assert set(found.chances) == {Fraction(1, g)}
    assert found.payoffs == tuple(prize / g - prize * (g - 1) / (g * g * k) for k in members)


def test_alliances_of_two_among_three():
    """Esteban, Sakovics (2003), Konrad (2009): an alliance gains with a public prize, not with one it must divide."""
    assert alliance_gain(2, 3) == Fraction(3, 8) - Fraction(1, 9)
    assert alliance_gain(2, 3, publicness=0) == 0
    assert alliance_gain(2, 3, publicness=0, contested=True) < 0


# --- laws
@given(st.integers(4, 9), st.data())
def test_the_gain_changes_sign_between_a_private_and_a_public_prize(players, data):
    size = data.draw(st.integers(2, players // 2))
    assert alliance_gain(size, players) > 0
    assert alliance_gain(size, players, publicness=0) < 0


@given(sizes, parts, st.booleans(), st.fractions(Fraction(1, 4), 9, max_denominator=4))
def test_chances_sum_to_one_and_scale_with_nothing(members, public, contested, prize):
    found = group_contest(members, prize=prize, publicness=public, contested=contested)
    unit = group_contest(members, publicness=public, contested=contested)
    assert sum(found.chances) == 1
    assert found.chances == unit.chances
    assert found.payoffs == tuple(prize * payoff for payoff in unit.payoffs)
    assert all(payoff >= 0 for payoff in found.payoffs)


@given(sizes, parts, st.booleans())
def test_nobody_would_rather_make_another_effort(members, public, contested):
    """A member's payoff is concave in its own effort, so a small step either way shows it."""
    found = group_contest(members, publicness=public, contested=contested)
    total = sum(found.efforts)
    for effort, k in zip(found.efforts, members, strict=True):
        stake = public + (1 - public) / Fraction(k * k if contested else k)
        others = total - effort
        here = stake * effort / total - effort / k
        for step in (Fraction(1, 1000), Fraction(-1, 1000)):
            if effort / k + step >= 0:
                moved = effort + step
                assert stake * moved / (others + moved) - (effort / k + step) <= here


@given(sizes, st.floats(0, 1), st.booleans())
def test_floats_agree_with_fractions(members, public, contested):
    rounded = group_contest(members, publicness=public, contested=contested)
    exact = group_contest(members, publicness=Fraction(public), contested=contested)
    assert rounded.payoffs == pytest.approx([float(payoff) for payoff in exact.payoffs], abs=1e-9)


def test_it_reads_as_sentences():
    found = group_contest([3, 1, 1], publicness=0)
    assert repr(found).splitlines()[1] == "size 3: wins with 0.0%, a member gains 0"
    assert found.to_frame()["chance"].tolist() == [0, 0.5, 0.5]
    assert "Katz" in found.cite()[0]


# --- refusals
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: group_contest([3]), "1 groups; a contest needs at least two"),
        (lambda: group_contest([2, 0]), "size 0 is not a number of members"),
        (lambda: group_contest([2, 1.5]), "size 1.5 is not a number of members"),
        (lambda: group_contest([2, float("nan")]), "size nan is not a number of members"),
        (lambda: group_contest([2, float("inf")]), "size inf is not a number of members"),
        (lambda: group_contest([2, 1], prize=0), "prize is 0"),
        (lambda: group_contest([2, 1], prize=float("nan")), "prize is nan"),
        (lambda: group_contest([2, 1], publicness=1.2), "publicness is 1.2"),
        (lambda: alliance_gain(3, 3), "an alliance of 3 among 3 players"),
        (lambda: alliance_gain(2, 3.5), "an alliance of 2 among 3.5 players"),
        (lambda: alliance_gain(1.5, 3), "an alliance of 1.5 among 3 players"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(WorthError, match=re.escape(words)):
        call()
