"""coalitions/core/balanced.py"""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from known import CASES
from strategies import exact_games, games

from coalitions import CoalitionError, Game, TooLargeError, WorthError, core
from coalitions.coalition import labels_of
from coalitions.core.balanced import (
    balancing_weights,
    core_margins,
    empty_core_share,
    is_balanced_collection,
    minimal_balanced_collections,
    worst_balanced_collection,
)
from coalitions.exact import rank, solve

COUNTS = {1: 1, 2: 2, 3: 6, 4: 42, 5: 1292, 6: 200214}
MAJORITY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])


def by_bases(n):
    """The vertices of {w >= 0 : every player covered once}, from every set of independent coalitions."""
    found = {}
    for size in range(1, n + 1):
        for chosen in combinations(range(1, 1 << n), size):
            columns = [[mask >> i & 1 for i in range(n)] for mask in chosen]
            if rank(columns) < size:
                continue
            weights = solve([list(row) for row in zip(*columns, strict=True)], [1] * n)
            if weights is not None and all(weight > 0 for weight in weights):
                found[chosen] = tuple(weights)
    return found


# --- published
@pytest.mark.skipif(not CASES.exists(), reason="../shared/cases is not there")
def test_the_published_counts():
    expected = json.loads((CASES / "mbc.json").read_text())["cases"][0]["expected"]["mbc_counts"]
    assert {n: len(minimal_balanced_collections(int(n))) for n in expected} == expected


@pytest.mark.parametrize(("n", "count"), COUNTS.items())
def test_counts(n, count):
    found = minimal_balanced_collections(n)
    assert len(found) == count
    assert len(np.unique(found.masks, axis=0)) == count


@pytest.mark.parametrize(
    ("n", "sizes", "denominator", "types"),
    [
        (4, {1: 1, 2: 7, 3: 12, 4: 22}, 3, 10),
        (5, {1: 1, 2: 15, 3: 50, 4: 250, 5: 976}, 5, 45),
        (6, {1: 1, 2: 31, 3: 180, 4: 1910, 5: 18780, 6: 179312}, 9, 583),
    ],
)
def test_sizes_denominators_and_types(n, sizes, denominator, types):
    found = minimal_balanced_collections(n)
    assert found.sizes() == sizes
    assert found.denominators.max() == denominator
    assert len(found.types) == types
    assert sum(count for _, count in found.types) == len(found)


def test_the_six_of_three_players():
    half = Fraction(1, 2)
    assert list(minimal_balanced_collections("ABC")) == [
        {("A", "B", "C"): 1},
        {("A",): 1, ("B", "C"): 1},
        {("B",): 1, ("A", "C"): 1},
        {("A", "B"): 1, ("C",): 1},
        {("A",): 1, ("B",): 1, ("C",): 1},
        {("A", "B"): half, ("A", "C"): half, ("B", "C"): half},
    ]


# --- agreement with brute force, and of every collection with its definition
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_list_is_that_of_all_bases(n):
    expected = by_bases(n)
    found = minimal_balanced_collections(n)
    masks = [tuple(mask for mask in row if mask) for row in found.masks.tolist()]
    assert {row: tuple(found[k].values()) for k, row in enumerate(masks)} == expected


@pytest.mark.parametrize("n", [5, 6])
def test_every_collection_covers_every_player_once(n):
    found = minimal_balanced_collections(n)
    members = found.masks[:, :, None] >> np.arange(n) & 1
    covered = (members * found.numerators[:, :, None].astype(np.int64)).sum(axis=1)
    assert (covered == found.denominators[:, None]).all()
    assert ((found.numerators > 0) == (found.masks > 0)).all()


@settings(max_examples=30)
@given(st.integers(0, 200213))
def test_collections_drawn_at_random_are_minimal(k):
    collection = minimal_balanced_collections("ABCDEF")[k]
    answer = is_balanced_collection(collection, "ABCDEF")
    assert answer.is_minimal
    assert answer.weights == collection
    if len(collection) > 1:
        assert not is_balanced_collection(list(collection)[1:], "ABCDEF")


# --- is it balanced?
@given(st.integers(2, 5).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(1, 2**n - 1), min_size=1))))
def test_either_answer_is_proven(drawn):
    n, masks = drawn
    players = "ABCDE"[:n]
    collection = [labels_of(mask, players) for mask in sorted(masks)]
    found = is_balanced_collection(collection, players)
    if found:
        assert list(found.weights) == collection
        assert min(found.weights.values()) > 0
        for player in players:
            assert sum(weight for coalition, weight in found.weights.items() if player in coalition) == 1
        assert balancing_weights(collection, players) == found.weights
    else:
        gains = [sum(found.transfer[player] for player in coalition) for coalition in collection]
        assert sum(found.transfer.values()) == 0
        assert min(gains) >= 0
        assert max(gains) > 0


def test_a_balanced_collection_that_is_not_minimal():
    found = is_balanced_collection([("A", "B"), ("A", "C"), ("B", "C"), ("A", "B", "C")], "ABC")
    assert found
    assert not found.is_minimal
    assert repr(found).startswith("balanced collection")


# --- games
@given(games(min_players=2))
def test_collections_and_the_linear_program_agree_on_the_core(game):
    found, by_program = worst_balanced_collection(game), core(game)
    margin = found.worth - game.worths[-1]
    if abs(margin) > 1e-6 * max(1, np.abs(game.worths).max()):
        assert (margin > 0) == by_program.is_empty
    assert found.worth == pytest.approx(
        sum(w * game[s] for s, w in zip(found.coalitions, found.weights, strict=True)), abs=1e-9
    )
    assert core_margins(game.worths[None, :])[0] == pytest.approx(margin, abs=1e-7)


@settings(max_examples=30)
@given(exact_games(min_players=2, max_players=4))
def test_exact_worths_give_exact_collections(game):
    found = worst_balanced_collection(game)
    assert isinstance(found.worth, Fraction)
    assert found.worth == sum(w * game[s] for s, w in zip(found.coalitions, found.weights, strict=True))
    everyone = (game.players,)
    others = [c for c in minimal_balanced_collections(game.players) if tuple(c) != everyone]
    assert found.worth == max(sum(w * game[s] for s, w in c.items()) for c in others)


def test_worths_beyond_machine_numbers():
    huge = Game("ABC", np.array([0, 0, 0, 10**30, 0, 10**30, 10**30, 1], object))
    assert worst_balanced_collection(huge).worth == Fraction(3 * 10**30, 2)
    assert worst_balanced_collection(Game("A", [0, 3])).worth == 3


def test_the_share_of_draws_without_a_core():
    rng = np.random.default_rng(4)
    draws = np.column_stack((np.zeros(300), rng.random((300, 15))))
    draws[:, -1] += 1.4
    margins = core_margins(draws)
    alone = [core(Game("ABCD", draw)).is_empty for draw in draws]
    assert (margins > 0).tolist() == alone
    assert empty_core_share(draws) == pytest.approx(np.mean(alone))
    assert 0.1 < empty_core_share(draws) < 0.9


def test_draws_of_six_players_are_taken_in_blocks():
    rng = np.random.default_rng(5)
    draws = np.column_stack((np.zeros(60), rng.random((60, 63))))
    for k in (0, 45, 59):
        expected = worst_balanced_collection(Game(range(6), draws[k])).worth - draws[k, -1]
        assert core_margins(draws)[k] == pytest.approx(expected, abs=1e-12)


# --- refusals
def test_more_than_six_players_are_told_how_many_collections_there_are():
    with pytest.raises(TooLargeError, match="7 players have 132,422,036 minimal balanced collections"):
        minimal_balanced_collections(7)
    with pytest.raises(TooLargeError, match="9 players have more than 132,422,036"):
        minimal_balanced_collections("ABCDEFGHI")
    with pytest.raises(TooLargeError, match="6 players are the most"):
        worst_balanced_collection(Game(range(7), np.zeros(128)))
    with pytest.raises(TooLargeError, match="6 players are the most"):
        core_margins(np.zeros((2, 128)))


def test_what_is_no_collection():
    with pytest.raises(CoalitionError, match="at least one"):
        is_balanced_collection([], "ABC")
    with pytest.raises(CoalitionError, match="empty"):
        is_balanced_collection([()], "ABC")
    with pytest.raises(CoalitionError, match=r"\('A', 'B'\) is listed twice"):
        is_balanced_collection([("A", "B"), ("B", "A")], "ABC")
    with pytest.raises(CoalitionError, match="unknown player 'Z'"):
        is_balanced_collection([("A", "Z")], "ABC")
    with pytest.raises(CoalitionError, match=r"no balancing weights; not balanced: .* receive A 1, B -1, C 0"):
        balancing_weights([("A", "B"), ("A", "C")], "ABC")
    with pytest.raises(CoalitionError, match="no players"):
        minimal_balanced_collections(0)


def test_worths_that_are_none():
    with pytest.raises(WorthError, match="symbol"):
        worst_balanced_collection(Game("AB", np.array([0, 0, 0, sympy.Symbol("t")], object)))
    with pytest.raises(WorthError, match=r"worths has shape \(2, 5\)"):
        core_margins(np.zeros((2, 5)))
    with pytest.raises(WorthError, match="worth of coalition 2 in draw 1 is nan"):
        core_margins([[0, 0, 0, 0], [0, 0, np.nan, 0]])
    with pytest.raises(WorthError, match=r"empty coalition is worth 1\.0 in draw 0"):
        core_margins([[1, 0, 0, 0]])
    with pytest.raises(WorthError, match="no draw"):
        empty_core_share(np.zeros((0, 8)))
