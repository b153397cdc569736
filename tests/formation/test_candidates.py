"""coalitions/formation/candidates.py"""

from __future__ import annotations

import sys
from itertools import combinations
from math import comb

import numpy as np
import pytest

from coalitions import CoalitionError, TooLargeError, WorthError, candidates
from coalitions.formation.candidates import _combinations


@pytest.mark.parametrize(("n", "k"), [(2, 2), (5, 2), (6, 3), (9, 5), (7, 7), (300, 2)])
def test_every_group_is_there_once_in_order(n, k):
    rows = _combinations(n, k)
    assert rows.tolist() == [list(group) for group in combinations(range(n), k)]
    assert rows.dtype == (np.uint8 if n <= 256 else np.uint16)


def test_worths_belong_to_their_groups_across_chunks(monkeypatch):
    monkeypatch.setattr(sys.modules["coalitions.formation.candidates"], "_CHUNK", 7)
    value = 2.0 ** np.arange(9)
    pool = candidates(range(9), lambda m, o: value[m].sum(axis=1) * o, max_size=4, objectives=(1, 3))
    assert len(pool) == 2 * sum(comb(9, k) for k in (2, 3, 4))
    for block in pool.blocks:
        assert block.worths.tolist() == [value[list(g)].sum() * block.objective for g in block.members]


def test_excluded_states_and_unwilling_members_are_left_out():
    def payoff(members, objective):
        return np.where(members == 3, -1.0, 1.0)

    pool = candidates("ABCD", payoff, max_size=3, objectives=("sea", "air"), excluded={"sea": ["A"]})
    sea = [block for block in pool.blocks if block.objective == "sea"]
    assert sum(len(block.worths) for block in sea) == 4
    willing = candidates("ABCD", payoff, max_size=3, individually_rational=True)
    assert sum(len(block.worths) for block in willing.blocks) == 4
    assert all((block.members != 3).all() for block in willing.blocks)


def test_gains_and_worths_agree_and_the_arrays_are_read_only():
    pool = candidates("ABC", lambda m, o: m * 1.0, max_size=3)
    assert pool.gains(np.array([[1, 2]]), None).tolist() == [[1.0, 2.0]]
    equal = candidates("ABC", lambda m, o: np.full(len(m), 6.0), max_size=3)
    assert equal.gains(np.array([[0, 1, 2]]), None).tolist() == [[2.0, 2.0, 2.0]]
    with pytest.raises(ValueError, match="read-only"):
        pool.blocks[0].worths[0] = 1


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"max_size": 1}, CoalitionError, "groups of 2 to 1 among 4 states"),
        ({"max_size": 5}, CoalitionError, "groups of 2 to 5 among 4 states"),
        ({"max_size": 3, "excluded": {"sea": "A"}}, CoalitionError, "unknown objective 'sea'"),
        ({"max_size": 3, "excluded": {None: ["Z"]}}, CoalitionError, "unknown player 'Z'"),
        ({"max_size": 2, "excluded": {None: "ABC"}}, CoalitionError, "no candidate group is left"),
        ({"max_size": 3, "individually_rational": True}, WorthError, "needs a payoff that gives each member"),
    ],
)
def test_refusals(options, error, words):
    with pytest.raises(error, match=words):
        candidates("ABCD", lambda m, o: np.ones(len(m)), **options)


def test_bad_payoffs_are_named():
    with pytest.raises(WorthError, match=r"worth of \('A', 'B'\) for 'sea' is nan"):
        candidates("ABC", lambda m, o: np.full(len(m), np.nan), max_size=2, objectives=["sea"])
    with pytest.raises(WorthError, match=r"gives shape \(3, 7\) for 3 groups of 2"):
        candidates("ABC", lambda m, o: np.zeros((len(m), 7)), max_size=2)


def test_too_many_candidates_are_counted():
    with pytest.raises(TooLargeError, match=r"\d+ candidates \(groups of 2-12 among 300 states.*lower max_size"):
        candidates(range(300), lambda m, o: np.zeros(len(m)), max_size=12)
