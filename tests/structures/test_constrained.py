"""optimal_structure and best_structures under constraints, against every partition of small games."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known import cases, number
from strategies import exact_games, games, small_integers

from coalitions import CoalitionError, Game, InfeasibleFormation, best_structures, optimal_structure
from coalitions.coalition import coalition_sizes, labels_of
from coalitions.structures import search
from coalitions.structures.interchangeable import best_by_count, interchangeable_players, worths_by_count
from coalitions.structures.rules import make_rules


def partitions(mask):
    """Every partition of the set bits of a mask."""
    if not mask:
        yield ()
        return
    low = mask & -mask
    others = sub = mask ^ low
    while True:
        for rest in partitions(others ^ sub):
            yield (low | sub, *rest)
        if not sub:
            return
        sub = (sub - 1) & others


@st.composite
def constraints(draw, players):
    """Some constraints, and the test that a partition of tuples of labels has to pass."""
    n = len(players)
    groups = st.sets(st.sampled_from(players), min_size=1, max_size=n).map(tuple)
    pairs = st.sets(st.sampled_from(players), min_size=2, max_size=2).map(tuple) if n > 1 else st.nothing()
    options, tests = {}, []
    if draw(st.booleans()):
        sizes = sorted(draw(st.sets(st.integers(1, n), min_size=1)))
        options["sizes"] = sizes
        tests.append(lambda blocks: all(len(block) in sizes for block in blocks))
    if draw(st.booleans()):
        counts = sorted(draw(st.sets(st.integers(1, n), min_size=1, max_size=2)))
        options["count"] = counts
        tests.append(lambda blocks: len(blocks) in counts)
    if draw(st.booleans()):
        barred = draw(st.lists(groups, max_size=3))
        options["forbidden"] = barred
        tests.append(lambda blocks: not {frozenset(b) for b in blocks} & {frozenset(b) for b in barred})
    if n > 1 and draw(st.booleans()):
        near = draw(st.lists(pairs, max_size=2))
        options["together"] = near
        tests.append(lambda blocks: all(any(set(pair) <= set(b) for b in blocks) for pair in near))
    if n > 1 and draw(st.booleans()):
        far = draw(st.lists(pairs, max_size=2))
        options["apart"] = far
        tests.append(lambda blocks: not any(set(pair) <= set(b) for b in blocks for pair in far))
    if draw(st.booleans()):
        wanted = draw(st.lists(groups, min_size=1, max_size=3))
        options["positive"] = wanted
        tests.append(lambda blocks: all(any(set(group) <= set(b) for group in wanted) for b in blocks))
    if draw(st.booleans()):
        unwanted = draw(st.lists(groups.filter(lambda g: len(g) > 1), max_size=2)) if n > 1 else []
        options["negative"] = unwanted
        tests.append(lambda blocks: not any(set(group) <= set(b) for b in blocks for group in unwanted))
    if n > 1 and draw(st.booleans()):
        links = draw(st.lists(pairs, max_size=6))
        options["graph"] = links
        tests.append(lambda blocks: all(joined(b, links) for b in blocks))
    return options, lambda blocks: all(test(blocks) for test in tests)


def joined(block, links):
    reached, members = {block[0]}, set(block)
    while True:
        more = {b for link in links for a, b in (link, link[::-1]) if a in reached and b in members} - reached
        if not more:
            return reached == members
        reached |= more


def ranked(game, fits):
    """The worths of all structures that fit, best first."""
    every = ([labels_of(mask, game.players) for mask in blocks] for blocks in partitions(len(game.worths) - 1))
    return sorted((sum(game[block] for block in blocks) for blocks in every if fits(blocks)), reverse=True)


@settings(max_examples=150)
@given(st.data(), games(max_players=6) | games(small_integers.map(float), max_players=6) | exact_games(max_players=5))
def test_the_best_among_all_structures_that_satisfy_the_constraints(data, game):
    options, fits = data.draw(constraints(game.players))
    worths = ranked(game, fits)
    if not worths:
        with pytest.raises(InfeasibleFormation, match="contradict each other") as caught:
            optimal_structure(game, **options)
        assert caught.value.conflict
        with pytest.raises(InfeasibleFormation):
            best_structures(game, **options)
        return
    found = optimal_structure(game, **options)
    assert fits(found.blocks)
    assert found.worth == pytest.approx(worths[0], abs=1e-6)
    assert found.is_proven
    listed = best_structures(game, 5, **options)
    assert len({structure.blocks for structure in listed}) == len(listed) == min(5, len(worths))
    assert all(fits(structure.blocks) for structure in listed)
    assert [structure.worth for structure in listed] == pytest.approx(worths[:5], abs=1e-6)
    assert listed[0].is_proven
    for structure in listed:
        assert structure.gap == pytest.approx(listed[0].worth - structure.worth, abs=1e-6)


@settings(max_examples=50)
@given(st.data(), games(small_integers.map(float), min_players=2, max_players=6))
def test_the_dynamic_programs_know_the_constraints_too(data, game):
    options, fits = data.draw(constraints(game.players))
    worths = ranked(game, fits)
    for states in (0, 3000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search, "_SEARCH_STEPS", 1)
            patch.setattr(search, "_STEPS_PER_SPLIT", 0.0)
            patch.setattr(search, "_STATES", states)
            if worths:
                assert optimal_structure(game, **options).worth == pytest.approx(worths[0], abs=1e-6)
            else:
                with pytest.raises(InfeasibleFormation):
                    optimal_structure(game, **options)


@pytest.mark.parametrize(("game", "expected"), cases("csg", "csg_value", "csg_partitions"))
def test_all_optimal_structures_of_the_known_cases(game, expected):
    found = best_structures(game, 1000, within=0)
    assert {structure.worth for structure in found} == {number(expected["csg_value"])}
    blocks = sorted(sorted(map(sorted, structure.blocks)) for structure in found)
    assert blocks == sorted(sorted(map(sorted, partition)) for partition in expected["csg_partitions"])


@pytest.mark.parametrize("n", range(1, 9))
def test_every_structure_once(n):
    bell = [1, 2, 5, 15, 52, 203, 877, 4140]
    assert len(best_structures(Game(range(n), np.zeros(1 << n)), 5000)) == bell[n - 1]


# --- players who are alike
@given(st.lists(st.integers(1, 3), min_size=1, max_size=2), st.integers(0, 2**31))
def test_interchangeable_players_are_counted_not_listed(groups, seed):
    rng = np.random.default_rng(seed)
    n = sum(groups)
    kinds = rng.permutation(np.repeat(np.arange(len(groups)), groups))
    table = rng.integers(-9, 10, tuple(g + 1 for g in groups)) + rng.random(tuple(g + 1 for g in groups))
    table[(0,) * len(groups)] = 0
    masks = np.arange(1 << n)
    numbers = [sum(masks >> i & 1 for i in range(n) if kinds[i] == k) for k in range(len(groups))]
    worths = table[tuple(numbers)]
    classes = interchangeable_players(worths)
    assert sorted(map(sorted, classes)) == sorted([i for i in range(n) if kinds[i] == k] for k in range(len(groups)))
    blocks = best_by_count(worths_by_count(worths, classes), classes)
    assert sum(blocks) == (1 << n) - 1
    assert worths[blocks].sum() == pytest.approx(ranked(Game(range(n), worths), lambda _: True)[0])
    for count in range(1, n + 1):
        blocks = best_by_count(worths_by_count(worths, classes), classes, [count])
        assert len(blocks) == count
        best = ranked(Game(range(n), worths), lambda blocks, count=count: len(blocks) == count)[0]
        assert worths[blocks].sum() == pytest.approx(best)


def test_identical_players_of_any_worths_are_quick():
    rng = np.random.default_rng(0)
    by_size = np.append(0.0, rng.random(18))
    found = optimal_structure(Game(range(18), by_size[coalition_sizes(18)]))
    assert found.is_proven
    best = [0.0] * 19
    for size in range(1, 19):
        best[size] = max(by_size[k] + best[size - k] for k in range(1, size + 1))
    assert found.worth == pytest.approx(best[18])


def test_what_is_said_holds_under_the_constraints_only():
    pact = Game("ABC", [0, 1, 1, 5, 1, 2, 3, 9])
    small = optimal_structure(pact, sizes=[1, 2])
    assert small.constraints == ("coalitions have 1 or 2 members",)
    words = small.explain().splitlines()
    assert words[-2:] == [
        "No structure of the 3 players that satisfies the constraints makes more than 6.",
        "Shared as A 3, B 2, C 1, no coalition that may form would do better by itself.",
    ]
    counted = optimal_structure(pact, count=2)
    assert counted.counts == (2,)
    assert counted.explain().splitlines()[-1].endswith("that satisfies the constraints makes more than 6.")
    free = optimal_structure(pact)
    assert free.explain().splitlines()[-1].endswith("no coalition would do better by itself.")


@given(st.data(), games(small_integers.map(float), max_players=5))
def test_no_coalition_that_may_form_improves_on_the_payoffs(data, game):
    options, _ = data.draw(constraints(game.players))
    options.pop("count", None)
    try:
        found = optimal_structure(game, **options)
    except InfeasibleFormation:
        return
    rules = make_rules(game.players, **options)
    for mask in range(1, len(game.worths)):
        if all(rule.allows(np.array([mask]))[0] for rule in rules):
            group = labels_of(mask, game.players)
            assert sum(found.payoffs[p] for p in group) >= game[group] - 1e-6 * max(1.0, np.abs(game.worths).max())


# --- words
def test_a_start_is_kept_when_there_is_no_time_to_do_better():
    rng = np.random.default_rng(3)
    worths = rng.normal(coalition_sizes(12), 1)
    worths[0] = 0
    game = Game(range(12), worths)
    best = optimal_structure(game)
    assert optimal_structure(game, start=best.blocks, time_limit=0).worth == pytest.approx(best.worth)


PACT = Game("ABCD", np.arange(16.0))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sizes": [0]}, "coalitions of 4 players have 1 to 4 members"),
        ({"sizes": [5]}, "1 to 4"),
        ({"sizes": 2}, "give the sizes allowed"),
        ({"count": 5}, "4 players make 1 to 4 coalitions"),
        ({"count": 0}, "1 to 4"),
        ({"allowed": []}, "no coalition is allowed"),
        ({"allowed": np.ones(3, bool)}, "has shape (3,)"),
        ({"together": [("A",)]}, "two or more"),
        ({"apart": [("A", "X")]}, "unknown player 'X'"),
        ({"graph": [("A", "A")]}, "A"),
        ({"start": [("A", "B")]}, "in no block"),
        ({"start": [("A", "B"), ("C", "D")], "apart": [("A", "B")]}, "A and B are apart"),
        ({"start": [("A", "B"), ("C", "D")], "count": 3}, "start has 2 coalitions"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(CoalitionError, match=re.escape(words)):
        optimal_structure(PACT, **options)


def test_a_contradiction_is_named_and_nothing_else():
    with pytest.raises(InfeasibleFormation) as caught:
        optimal_structure(PACT, together=[("A", "B")], apart=[("A", "B"), ("C", "D")], sizes=range(1, 4))
    assert caught.value.conflict == ("A and B are together", "A and B are apart")
    with pytest.raises(InfeasibleFormation) as caught:
        optimal_structure(PACT, count=4, sizes=[2, 3], forbidden=[("A", "B")])
    assert set(caught.value.conflict) == {"coalitions have 2 or 3 members", "there are 4 coalitions"}


def test_refusals_of_the_list():
    with pytest.raises(CoalitionError, match="most is 0"):
        best_structures(PACT, 0)
    with pytest.raises(CoalitionError, match="within is -1"):
        best_structures(PACT, within=-1)
    third = Game("AB", [0, Fraction(1, 3), Fraction(1, 3), Fraction(2, 3)])
    assert [structure.worth for structure in best_structures(third, within=0)] == [Fraction(2, 3)] * 2
