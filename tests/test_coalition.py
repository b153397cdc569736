"""coalitions/coalition.py"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalitions.coalition import (
    as_partition,
    as_players,
    coalition_sizes,
    labels_of,
    mask_of,
    members_of,
    submasks,
    subset_sums,
)
from coalitions.errors import CoalitionError

ABC = ("A", "B", "C")


@given(st.integers(0, 255))
def test_masks_and_labels_are_inverse(mask):
    players = tuple("ABCDEFGH")
    assert mask_of(labels_of(mask, players), players) == mask
    assert labels_of(mask, players) == tuple(players[i] for i in members_of(mask))


@given(st.lists(st.integers(-99, 99), min_size=1, max_size=9))
def test_subset_sums_are_sums_over_members(payoffs):
    sums = subset_sums(payoffs)
    exact = subset_sums(np.array([Fraction(x, 7) for x in payoffs], object))
    for mask in range(1 << len(payoffs)):
        assert sums[mask] == sum(payoffs[i] for i in members_of(mask))
        assert exact[mask] == Fraction(sum(payoffs[i] for i in members_of(mask)), 7)


@given(st.integers(0, 1023))
def test_submasks_are_all_subsets_once(mask):
    found = list(submasks(mask))
    assert len(found) == len(set(found)) == 1 << mask.bit_count()
    assert all(sub & mask == sub for sub in found)


def test_sizes_count_bits():
    assert coalition_sizes(10).tolist() == [mask.bit_count() for mask in range(1024)]
    assert coalition_sizes(0).tolist() == [0]


def test_a_label_that_is_iterable_stands_for_itself():
    players = (("EU", 27), "USA")
    assert mask_of(("EU", 27), players) == 1
    assert mask_of([("EU", 27), "USA"], players) == 3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: as_players([]), "no players"),
        (lambda: as_players(["A", "B", "A"]), "player 'A' is there twice"),
        (lambda: as_players([["A"]]), r"player \['A'\] is not hashable"),
        (lambda: mask_of("D", ABC), "unknown player 'D'; there are 'A', 'B', 'C'"),
        (lambda: mask_of(["AUZ"], ("AUS", "JPN")), "did you mean 'AUS'"),
        (lambda: mask_of(["A", "A"], ABC), "player 'A' is named twice"),
        (lambda: mask_of(7, ABC), "unknown player 7"),
        (lambda: mask_of([["A"]], ABC), r"unknown player \['A'\]"),
        (lambda: as_partition([["A"], ["A", "B", "C"]], ABC), r"\('A',\) are in two blocks"),
        (lambda: as_partition([["A"]], ABC), r"\('B', 'C'\) are in no block"),
        (lambda: as_partition([[], ["A", "B", "C"]], ABC), "a block is empty"),
    ],
)
def test_refusals_name_the_offender(call, words):
    with pytest.raises(CoalitionError, match=words):
        call()
