"""coalitions/structures/{externalities,optimal_with_externalities}.py: by definition, and published oligopolies."""

from __future__ import annotations

import json
import re
import time
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from known import CASES, representation
from strategies import LABELS, floats, fractions

from coalitions import CoalitionError, Game, TooLargeError, WorthError, core
from coalitions.families import PartitionFunctionGame
from coalitions.structures.externality import (
    EXPECTATIONS,
    characteristic_game,
    externalities,
    externality_core,
)
from coalitions.structures.optimal_with_externalities import optimal_structure_with_externalities
from coalitions.structures.partition_table import PartitionTable


def all_structures(players):
    players = list(players)
    if not players:
        yield ()
        return
    first, others = players[0], players[1:]
    for chosen in range(1 << len(others)):
        block = (first, *(p for k, p in enumerate(others) if chosen >> k & 1))
        for rest in all_structures([p for p in others if p not in block]):
            yield (block, *rest)


@st.composite
def partition_functions(draw, worths=fractions, max_players=4):
    n = draw(st.integers(1, max_players))
    return PartitionFunctionGame.from_function(LABELS[:n], lambda block, blocks: draw(worths))


def cournot(players):
    """Each of k coalitions of firms makes 1 / (k + 1)**2 with linear demand and no fixed cost."""
    return PartitionFunctionGame.from_function(players, lambda block, blocks: Fraction(1, (1 + len(blocks)) ** 2))


def ray(players="ABCD"):
    """D. Ray (2007), A Game-Theoretic Perspective on Coalition Formation, example 5.2."""
    table = {(3, (1, 3)): 22, (2, (1, 1, 2)): 16, (1, (1, 1, 2)): 1}
    return PartitionFunctionGame.from_function(
        players, lambda block, blocks: table.get((len(block), tuple(sorted(map(len, blocks)))), 0)
    )


# --- the known cases
def pfg_cases():
    path = CASES / "pfg.json"
    if not path.exists():
        return [pytest.param(None, None, marks=pytest.mark.skip(reason="../shared/cases is not there"))]
    listed = json.loads(path.read_text())["cases"]
    return [pytest.param(representation(case["game"]), case["expected"], id=case["id"]) for case in listed]


@pytest.mark.parametrize(("game", "expected"), pfg_cases())
def test_known_cases(game, expected):
    for name in ("gamma", "delta"):
        if f"{name}_core_empty" in expected:
            assert externality_core(game, name).is_empty == expected[f"{name}_core_empty"]
    best = optimal_structure_with_externalities(game)
    assert best.worth == best.bound == Fraction(expected["optimal_partition_value"])
    assert not isinstance(best.worth, float)
    assert best.is_proven
    assert sorted(map(list, best.blocks)) in [sorted(blocks) for blocks in expected["optimal_partitions"]]


# --- signs
def changes_by_definition(game):
    for blocks in all_structures(game.players):
        for first, second in combinations(blocks, 2):
            merged = [b for b in blocks if b not in (first, second)] + [first + second]
            for block in blocks:
                if block not in (first, second):
                    change = game.worth(block, merged) - game.worth(block, blocks)
                    yield change, block, {first, second}, blocks


@given(partition_functions())
def test_signs_by_definition(game):
    changes = list(changes_by_definition(game))
    found = externalities(game)
    for witness, best in (
        (found.rise, max((c[0] for c in changes), default=0)),
        (found.fall, min((c[0] for c in changes), default=0)),
    ):
        if (best > 0) if witness is found.rise else (best < 0):
            assert witness.change == best
            assert (witness.change, witness.coalition, set(witness.merged), witness.before) in changes
    rises, falls = any(c[0] > 0 for c in changes), any(c[0] < 0 for c in changes)
    assert (found.rise is not None, found.fall is not None) == (rises, falls)
    assert found.sign == {(1, 1): "mixed", (1, 0): "positive", (0, 1): "negative", (0, 0): "none"}[rises, falls]
    assert found.tolerance == 0


@given(partition_functions(floats, 4))
def test_signs_of_floats(game):
    found = externalities(game)
    changes = [c[0] for c in changes_by_definition(game)]
    assert (found.rise is not None) == (max(changes, default=0) > found.tolerance)
    assert (found.fall is not None) == (min(changes, default=0) < -found.tolerance)


def test_mergers_in_an_oligopoly_help_the_others():
    found = externalities(cournot("ABCD"))
    assert found.sign == "positive"
    assert found.rise.change == Fraction(1, 9) - Fraction(1, 16)
    assert repr(found).splitlines()[1].endswith("merge")
    assert externalities(ray()).sign == "mixed"
    assert len(found.to_frame()) == 1


def test_no_externalities():
    same = PartitionFunctionGame.from_function("ABCD", lambda block, blocks: 0.1 * len(block) + 0.2)
    assert externalities(same).sign == "none"


# --- expectations
def by_definition(game, expectation, split):
    """The characteristic function from its words: structures of a coalition against structures of the others."""
    table = [0]
    for mask in range(1, 1 << game.n):
        own = [p for i, p in enumerate(game.players) if mask >> i & 1]
        others = [p for p in game.players if p not in own]
        ours = list(all_structures(own)) if split else [(tuple(own),)]
        theirs = list(all_structures(others))

        def made(mine, yours):
            return sum(game.worth(block, [*mine, *yours]) for block in mine)

        if expectation == "alpha":
            table.append(max(min(made(q, p) for p in theirs) for q in ours))
        elif expectation == "beta":
            table.append(min(max(made(q, p) for q in ours) for p in theirs))
        elif expectation == "optimistic":
            table.append(max(made(q, p) for q in ours for p in theirs))
        else:
            alone = tuple((p,) for p in others)
            expected = alone if expectation == "gamma" else ((tuple(others),) if others else ())
            table.append(max(made(q, expected) for q in ours))
    return Game(game.players, np.array(table, object))


@settings(max_examples=40)
@given(partition_functions(), st.booleans())
def test_expectations_by_definition(game, split):
    tables = {name: characteristic_game(game, name, split=split) for name in EXPECTATIONS}
    for name, table in tables.items():
        assert table == by_definition(game, name, split), name
    for low, high in (("alpha", "beta"), ("beta", "gamma"), ("beta", "delta"), ("gamma", "optimistic")):
        assert (tables[low].worths <= tables[high].worths).all()
    if not split:
        assert tables["alpha"] == tables["beta"]
    else:
        assert tables["alpha"][game.players] == game.best_partitions()[0]


def test_a_coalition_that_acts_in_several_blocks_can_tell_alpha_from_beta():
    """Matching pennies: A and B win 1 when they are grouped as C and D are, as one block or as two."""
    game = PartitionFunctionGame.from_function(
        "ABCD", lambda block, blocks: int("A" in block and tuple(map(len, blocks)) in ((2, 2), (1, 1, 1, 1)))
    )
    assert characteristic_game(game, "alpha", split=True)["A", "B"] == 0
    assert characteristic_game(game, "beta", split=True)["A", "B"] == 1
    assert characteristic_game(game, "beta")["A", "B"] == 0


@given(partition_functions(max_players=4))
def test_a_rule_of_ones_own(game):
    alone = characteristic_game(game, lambda coalition, others: [(p,) for p in others])
    together = characteristic_game(game, lambda coalition, others: [others])
    assert alone == characteristic_game(game, "gamma")
    assert together == characteristic_game(game, "delta")
    several = characteristic_game(game, lambda coalition, others: [(p,) for p in others], split=True)
    assert several == characteristic_game(game, "gamma", split=True)


@settings(max_examples=30)
@given(partition_functions(max_players=4))
def test_cores_shrink_as_coalitions_hope_for_more(game):
    empty = {name: externality_core(game, name).is_empty for name in EXPECTATIONS}
    assert empty["alpha"] == empty["beta"] <= min(empty["gamma"], empty["delta"])
    assert max(empty["gamma"], empty["delta"]) <= empty["optimistic"]
    found = externality_core(game, "optimistic")
    if not found.is_empty:
        for name in EXPECTATIONS:
            assert core(characteristic_game(game, name)).contains(found.point)


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_oligopolies_hold_together_when_rivals_would_stand_alone(n):
    """Equal shares of a monopoly are in the gamma core; whoever trusts the others to stay a cartel leaves it."""
    game = cournot(LABELS[:n])
    gamma = externality_core(game)
    assert gamma.contains([Fraction(1, 4 * n)] * n)
    assert not externality_core(game, "alpha").is_empty
    delta = externality_core(game, "delta")
    assert delta.is_empty
    assert delta.witness.worth > Fraction(1, 4)


# --- optimal structures
@given(partition_functions())
def test_optimal_structures_by_listing(game):
    worth, blocks = game.best_partitions()
    best = optimal_structure_with_externalities(game)
    assert best.worth == worth == best.bound == sum(best.worths)
    assert tuple(sorted(best.blocks, key=lambda b: game.players.index(b[0]))) in blocks
    walked = optimal_structure_with_externalities(game.players, game.worth)
    assert walked.blocks == best.blocks
    assert walked.worth == worth
    ceiling = optimal_structure_with_externalities(
        game.players, game.worth, bound=lambda coalition: characteristic_game(game, "optimistic")[coalition]
    )
    assert ceiling.is_proven
    assert abs(float(ceiling.worth - worth)) <= 1e-7


def one_signed(seed, n, sign):
    """A worth function whose externalities have one sign: others matter by the sum of their squared sizes."""
    rng = np.random.default_rng(seed)
    base = rng.integers(-20, 40, 1 << n)
    touched = rng.integers(0, 3, 1 << n) * (1 if sign == "positive" else -1)

    def worth(coalition, structure):
        mask = sum(1 << LABELS.index(p) for p in coalition)
        around = sum(len(block) ** 2 for block in structure if block != coalition)
        return int(base[mask]) + int(touched[mask]) * around

    return worth


@settings(max_examples=40)
@given(st.integers(1, 6), st.integers(0, 2**31), st.sampled_from(["positive", "negative"]))
def test_searches_with_a_sign_agree_with_listing(n, seed, sign):
    worth = one_signed(seed, n, sign)
    walked = optimal_structure_with_externalities(LABELS[:n], worth)
    assert walked.worth == max(sum(worth(b, s) for b in s) for s in all_structures(LABELS[:n]))
    found = optimal_structure_with_externalities(LABELS[:n], worth, sign=sign)
    assert found.worth == walked.worth
    assert found.is_proven
    assert sum(worth(b, found.blocks) for b in found.blocks) == found.worth
    assert found.worths == tuple(worth(b, found.blocks) for b in found.blocks)


def test_a_search_looks_at_few_structures():
    worth = one_signed(1, 8, "positive")
    walked = optimal_structure_with_externalities(LABELS, worth)
    found = optimal_structure_with_externalities(LABELS, worth, sign="positive")
    assert found.worth == walked.worth
    assert walked.looked_at == 4140
    assert found.looked_at < 4140 / 3


@pytest.mark.parametrize("sign", ["positive", None])
def test_a_time_limit_gives_the_best_so_far_and_its_bound(sign):
    worth = one_signed(3, 7, "positive")
    best = optimal_structure_with_externalities(LABELS[:7], worth).worth
    found = optimal_structure_with_externalities(LABELS[:7], worth, sign=sign, time_limit=0)
    assert sum(worth(b, found.blocks) for b in found.blocks) == found.worth
    assert found.worth <= best <= found.bound
    assert found.gap == found.bound - found.worth
    assert "gap" in repr(found) or found.worth == best


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.integers(140, 400))
def test_interrupted_searches_keep_what_they_have(seed, calls):
    worth = one_signed(seed, 7, "negative")
    left = [calls]

    def interrupted(coalition, structure):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return worth(coalition, structure)

    best = optimal_structure_with_externalities(LABELS[:7], worth, sign="negative").worth
    try:
        found = optimal_structure_with_externalities(LABELS[:7], interrupted, sign="negative")
    except KeyboardInterrupt:
        assert left[0] <= 0, "nothing had been found"
        return
    assert found.worth <= best + 1e-9
    assert best <= found.bound + found.tolerance


def test_exact_worths_stay_exact():
    best = optimal_structure_with_externalities(
        "ABCDE", lambda firm, firms: Fraction(1, (1 + len(firms)) ** 2), sign="positive"
    )
    assert best.worth == Fraction(1, 4)
    assert best.blocks == (tuple("ABCDE"),)
    assert repr(best) == "1 coalition of 5 players, worth 1/4, proven optimal\nA B C D E  1/4"
    assert best.to_frame()["size"].tolist() == [5]


def test_ray():
    best = optimal_structure_with_externalities(ray())
    assert (best.worth, sorted(map(len, best.blocks))) == (22, [1, 3])


def test_fourteen_players_with_a_sign():
    rng = np.random.default_rng(0)
    skill = rng.random(14)

    def worth(coalition, structure):
        rivals = sum(len(block) ** 2 for block in structure) - len(coalition) ** 2
        return float(sum(skill[i] for i in coalition) ** 1.5 - 0.3 * len(coalition) ** 2 - 0.01 * rivals)

    started = time.monotonic()
    best = optimal_structure_with_externalities(range(14), worth, sign="negative")
    assert best.is_proven
    assert time.monotonic() - started < 30
    assert abs(sum(worth(b, best.blocks) for b in best.blocks) - best.worth) < 1e-9


def test_tables_hold_partitions_in_order():
    game = cournot("ABC")
    table = PartitionTable.of(game)
    assert [table.blocks(at) for at in range(5)] == list(game.worths)
    assert (table.worths / table.unit)[0].tolist() == [0.25, 0, 0]
    assert table.completions[2, 1] == 5


X = sympy.Symbol("x")
SYMBOLIC = PartitionFunctionGame({(("A",), ("B",)): (1, X), (("A", "B"),): (4,)})


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: characteristic_game(ray(), "gama"), CoalitionError, "did you mean 'gamma'?"),
        (lambda: characteristic_game(Game("AB", [0, 1, 1, 2]), "gamma"), CoalitionError, "Game is no PartitionFunct"),
        (lambda: externalities("AB"), CoalitionError, "str is no PartitionFunctionGame"),
        (lambda: externalities(SYMBOLIC), WorthError, "the worth x is no rational number"),
        (lambda: characteristic_game(SYMBOLIC, "alpha", split=True), WorthError, "symbol"),
        (lambda: externality_core(SYMBOLIC, "gamma"), WorthError, "symbol"),
        (lambda: characteristic_game(ray(), lambda s, r: [s]), CoalitionError, "expectation of ('A',) is [('A',)]"),
        (lambda: characteristic_game(ray(), lambda s, r: 3), CoalitionError, "no structure of ('B', 'C', 'D')"),
        (lambda: optimal_structure_with_externalities("AB"), CoalitionError, "worth is missing"),
        (lambda: optimal_structure_with_externalities(ray(), max), CoalitionError, "holds all worths"),
        (lambda: optimal_structure_with_externalities("AB", max, sign="postive"), CoalitionError, "mean 'positive'?"),
        (
            lambda: optimal_structure_with_externalities("AB", max, sign="positive", bound=len),
            CoalitionError,
            "both a sign and a bound",
        ),
        (lambda: optimal_structure_with_externalities(range(13), max), TooLargeError, "give a sign or a bound"),
        (lambda: optimal_structure_with_externalities(range(21), max, bound=len), TooLargeError, "at most 20"),
        (
            lambda: optimal_structure_with_externalities("AB", lambda s, p: float("nan")),
            WorthError,
            "worth of ('A', 'B') in (('A', 'B'),) is nan",
        ),
        (
            lambda: optimal_structure_with_externalities("ABC", lambda s, p: len(p), sign="positive"),
            WorthError,
            "externalities are not positive",
        ),
        (
            lambda: optimal_structure_with_externalities("ABC", lambda s, p: 2, bound=lambda s: 1),
            WorthError,
            "the bound is too low",
        ),
        (lambda: optimal_structure_with_externalities(SYMBOLIC), WorthError, "has a symbol"),
        (
            lambda: externalities(
                PartitionFunctionGame.from_function("ABC", lambda s, p: Fraction(1, 2 + (1 << 60) + len(p)))
            ),
            WorthError,
            "beyond 2**53",
        ),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=re.escape(words)):
        make()


def test_coalitions_of_many_players_act_as_one_block(monkeypatch):
    monkeypatch.setattr("coalitions.structures.externality._MAX_SPLIT", 3)
    with pytest.raises(TooLargeError, match="4 players; coalitions act in several blocks for up to 3"):
        characteristic_game(ray(), "beta", split=True)
