"""coalitions/structures/hedonic.py, stability.py: published games, and every partition of small ones by definition."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known import CASES
from strategies import LABELS

from coalitions import CoalitionError, TooLargeError, WorthError
from coalitions.structures import (
    NOTIONS,
    HedonicGame,
    find_stable_partition,
    is_stable,
    stable_partitions,
    top_covering,
)

KEYS = {
    "core_stable_partitions": "core",
    "strict_core_partitions": "strict core",
    "nash_stable_partitions": "Nash stability",
    "individual_stable_partitions": "individual stability",
    "contractual_individual_stable_partitions": "contractual individual stability",
    "individually_rational_partitions": "individual rationality",
    "pareto_partitions": "Pareto optimality",
}


def published():
    path = CASES / "hed.json"
    if not path.exists():
        return [pytest.param(None, None, marks=pytest.mark.skip(reason="../shared/cases is not there"))]
    return [
        pytest.param(case["game"], case["expected"], id=case["id"]) for case in json.loads(path.read_text())["cases"]
    ]


def game_of(given):
    kind = given["type"].removeprefix("hedonic_")
    n = given.get("n", len(given.get("weights", given.get("preferences"))))
    if kind == "preferences":
        return HedonicGame.from_preferences(range(n), dict(enumerate(given["preferences"])))
    if kind == "anonymous":
        return HedonicGame.anonymous(range(n), dict(enumerate(given["preferences"])))
    if kind == "additive":
        return HedonicGame.additive(range(n), given["weights"])
    return HedonicGame.fractional(range(n), given["weights"], modified=kind.startswith("modified"))


@pytest.mark.parametrize(("given_game", "expected"), published())
@pytest.mark.parametrize(("key", "notion"), KEYS.items())
def test_known_answers(given_game, expected, key, notion):
    game = game_of(given_game)
    wanted = sorted(expected[key])
    assert sorted(sorted(map(list, partition)) for partition in stable_partitions(game, notion)) == wanted
    found = find_stable_partition(game, notion)
    assert (found is None) == (not wanted)
    if wanted:
        assert sorted(map(list, found)) in wanted


# --- every partition, by definition
def partitions(players):
    if not players:
        yield ()
        return
    first, others = players[0], players[1:]
    for chosen in range(1 << len(others)):
        block = (first, *(p for k, p in enumerate(others) if chosen >> k & 1))
        for rest in partitions([p for p in others if p not in block]):
            yield (block, *rest)


def groups(players):
    for chosen in range(1, 1 << len(players)):
        yield tuple(p for k, p in enumerate(players) if chosen >> k & 1)


def stable_by_definition(game, partition, notion):
    u = game.utility
    home = {player: block for block in partition for player in block}
    if notion == "individual rationality":
        return all(u(p, home[p]) >= u(p, (p,)) for p in game.players)
    if notion in ("core", "strict core"):
        for group in groups(game.players):
            gains = [u(p, group) - u(p, home[p]) for p in group]
            if min(gains) > 0 or (notion == "strict core" and min(gains) >= 0 and max(gains) > 0):
                return False
        return True
    if notion == "Pareto optimality":
        for other in partitions(list(game.players)):
            gains = [u(p, block) - u(p, home[p]) for block in other for p in block]
            if min(gains) >= 0 and max(gains) > 0:
                return False
        return True
    for p in game.players:
        for block in [*partition, ()]:
            if p in block:
                continue
            joined = tuple(q for q in game.players if q in block or q == p)
            left = tuple(q for q in home[p] if q != p)
            welcome = notion == "Nash stability" or all(u(q, joined) >= u(q, block) for q in block)
            released = notion != "contractual individual stability" or all(u(q, left) >= u(q, home[p]) for q in left)
            if u(p, joined) > u(p, home[p]) and welcome and released:
                return False
    return True


@st.composite
def hedonic_games(draw, max_players=4):
    n = draw(st.integers(1, max_players))
    seed = draw(st.integers(0, 2**31))
    levels = draw(st.sampled_from([2, 3, 9]))
    return HedonicGame(LABELS[:n], np.random.default_rng(seed).integers(0, levels, (n, 1 << n)))


@settings(max_examples=60)
@given(hedonic_games(), st.sampled_from(NOTIONS))
def test_all_ways_agree_with_the_definition(game, notion):
    stable = {p for p in partitions(list(game.players)) if stable_by_definition(game, p, notion)}
    assert set(stable_partitions(game, notion)) == stable
    for partition in partitions(list(game.players)):
        answer = is_stable(game, partition, notion)
        assert bool(answer) == (partition in stable)
        if not answer:
            check_the_deviation(game, partition, notion, answer)
    found = find_stable_partition(game, notion)
    assert found in stable if stable else found is None
    if stable:
        total = {p: sum(game.utility(q, block) for block in p for q in block) for p in stable}
        assert total[found] == pytest.approx(max(total.values()))


def check_the_deviation(game, partition, notion, answer):
    home = {player: block for block in partition for player in block}
    assert answer.movers
    assert all(gain > 0 for gain in answer.gains.values())
    assert sorted(p for block in answer.instead for p in block) == sorted(game.players)
    for block in answer.instead:
        for p in set(block) & set(answer.movers):
            assert game.utility(p, block) - game.utility(p, home[p]) == pytest.approx(answer.gains[p])
    if notion in ("core", "strict core"):
        assert answer.coalition in answer.instead
        assert all(game.utility(p, answer.coalition) >= game.utility(p, home[p]) for p in answer.coalition)


@settings(max_examples=15)
@given(st.integers(0, 2**31), st.sampled_from(NOTIONS))
def test_listing_and_integer_programming_agree_on_larger_games(seed, notion):
    rng = np.random.default_rng(seed)
    game = HedonicGame.additive(range(6), rng.integers(-3, 4, (6, 6)))
    listed = stable_partitions(game, notion)
    found = find_stable_partition(game, notion)
    assert (found in listed) if listed else (found is None)


@given(st.integers(1, 5), st.integers(0, 2**31))
def test_with_friends_first_the_top_covering_is_in_the_strict_core(n, seed):
    """Dimitrov, Borm, Hendrickx, Sung (2006), with appreciation of friends."""
    drawn = np.random.default_rng(seed).random((n, n)) < 0.4
    friends = {LABELS[i]: [LABELS[j] for j in range(n) if drawn[i, j] and i != j] for i in range(n)}
    game = HedonicGame.friends_and_enemies(LABELS[:n], friends)
    assert is_stable(game, top_covering(game), "strict core")


@given(st.integers(1, 5), st.integers(0, 2**31))
def test_with_enemies_first_the_core_is_never_empty(n, seed):
    drawn = np.random.default_rng(seed).random((n, n)) < 0.5
    friends = {LABELS[i]: [LABELS[j] for j in range(n) if drawn[i, j] and i != j] for i in range(n)}
    assert stable_partitions(HedonicGame.friends_and_enemies(LABELS[:n], friends, first="enemies"))


def test_symmetric_additive_games_have_a_nash_stable_partition():
    """Bogomolnaia, Jackson (2002): the best structure is one."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        weights = rng.integers(-4, 5, (5, 5))
        assert stable_partitions(HedonicGame.additive(range(5), weights + weights.T), "Nash stability")


def test_ten_players_are_listed():
    game = HedonicGame.anonymous(range(10), {i: [[2], [1]] for i in range(10)})
    found = stable_partitions(game, "core")
    assert len(found) == 945  # perfect matchings


def test_gains_in_groups_are_utilities():
    rng = np.random.default_rng(2)
    gains = {}

    def payoff(members, objective):
        assert objective == "sea"
        return np.array([gains.setdefault(tuple(row), rng.normal(size=len(row)).tolist()) for row in members.tolist()])

    game = HedonicGame.from_gains("ABCD", payoff, max_size=3, objective="sea")
    for members, each in gains.items():
        group = tuple("ABCD"[i] for i in members)
        assert [game.utility(player, group) for player in group] == each
    assert all(game.utility(player, player) == 0 for player in "ABCD")
    assert all(game.utility(player, "ABCD") < game.utilities[np.isfinite(game.utilities)].max() for player in "ABCD")
    found = stable_partitions(game)
    assert all(len(block) <= 3 for partition in found for block in partition)
    with pytest.raises(WorthError, match="members' gains need"):
        HedonicGame.from_gains("AB", lambda members, _: np.ones(len(members)))
    with pytest.raises(WorthError, match=r"gains of \('A', 'B'\) are not finite"):
        HedonicGame.from_gains("AB", lambda members, _: np.full(members.shape, np.nan))
    with pytest.raises(CoalitionError, match="max_size is 3"):
        HedonicGame.from_gains("AB", lambda members, _: members, max_size=3)


def test_it_reads_as_a_sentence():
    game = HedonicGame.additive("ABC", [[0, 2, -1], [2, 0, -1], [1, 1, 0]])
    assert repr(is_stable(game, [("A",), ("B", "C")])) == "core: no; A and B would together rather be in ('A', 'B')"
    assert repr(is_stable(game, ["A", "B", "C"], "Pareto optimality")).startswith("Pareto optimality: no; nobody loses")
    assert repr(game) == "HedonicGame of 3 players"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: HedonicGame("AB", lambda p, s: np.nan), WorthError, "utility of ('A',) to 'A' is nan"),
        (lambda: HedonicGame("AB", np.zeros((2, 3))), CoalitionError, "utilities have shape (2, 3)"),
        (lambda: HedonicGame(range(30), lambda p, s: 0), TooLargeError, "30 players"),
        (lambda: HedonicGame.from_preferences("AB", {"A": [["A"]]}), CoalitionError, "no preferences for 'B'"),
        (lambda: HedonicGame.from_preferences("AB", {"A": [["B"]], "B": []}), CoalitionError, "without 'A'"),
        (lambda: HedonicGame.from_preferences("AB", {"A": [["A"], ["A"]], "B": []}), CoalitionError, "twice"),
        (lambda: HedonicGame.additive("AB", [[0, np.inf], [0, 0]]), WorthError, "weight of 'B' to 'A' is inf"),
        (lambda: HedonicGame.anonymous("AB", {"A": [[3]], "B": []}), CoalitionError, "list size 3"),
        (lambda: HedonicGame.anonymous("AB", {"A": [["2"]], "B": []}), CoalitionError, "sizes are 1 to 2"),
        (lambda: HedonicGame.anonymous("AB", {"A": [[2], [1, 2]], "B": []}), CoalitionError, "size 2 twice"),
        (lambda: HedonicGame.anonymous(range(40), dict.fromkeys(range(40), ())), TooLargeError, "40 players"),
        (lambda: HedonicGame.from_preferences(range(40), dict.fromkeys(range(40), ())), TooLargeError, "40 players"),
        (lambda: HedonicGame.friends_and_enemies("A", {"A": []}, first="foes"), CoalitionError, "'friends' or"),
        (lambda: is_stable(HedonicGame.additive("A", [[0]]), ["A"], "nash"), CoalitionError, "did you mean 'Nash"),
        (lambda: is_stable(HedonicGame.additive("AB", np.eye(2)), ["A"]), CoalitionError, "in no block"),
        (lambda: stable_partitions(HedonicGame.additive(range(11), np.eye(11))), TooLargeError, "find_stable"),
        (lambda: find_stable_partition(HedonicGame.additive(range(17), np.eye(17))), TooLargeError, "17 players"),
        (lambda: HedonicGame.additive("AB", np.eye(2)).utility("A", ("B",)), CoalitionError, "'A' is not in"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=re.escape(words)):
        make()


@pytest.mark.parametrize("notion", ["individual rationality", "Pareto optimality", "Nash stability"])
def test_the_largest_total_utility_is_found_however_high_all_utilities_are(notion):
    for seed in (40, 53, 59):
        game = HedonicGame(range(7), 1e5 + np.random.default_rng(seed).uniform(0, 5, (7, 1 << 7)))
        found = find_stable_partition(game, notion)
        listed = stable_partitions(game, notion)
        totals = [sum(game.utility(i, block) for block in blocks for i in block) for blocks in listed]
        assert (found is None) == (not listed)
        if found is not None:
            best = sum(game.utility(i, block) for block in found for i in block)
            assert best == pytest.approx(max(totals), abs=1e-4)
