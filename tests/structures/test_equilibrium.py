"""coalitions/structures/equilibrium.py: every notion by its words, cartels, and the valuation of Hart and Kurz."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import LABELS

from coalitions import CoalitionError, Game, TooLargeError, WorthError, owen_value
from coalitions.families import PartitionFunctionGame, WeightedVotingGame
from coalitions.structures import HedonicGame, stable_partitions
from coalitions.structures.equilibrium import (
    EQUILIBRIUM_NOTIONS,
    equilibrium_structures,
    is_equilibrium_structure,
)

INTERNAL, EXTERNAL, OPEN, INDIVIDUAL, GAMMA_NASH, GAMMA, DELTA = EQUILIBRIUM_NOTIONS


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


def cournot(players):
    return PartitionFunctionGame.from_function(players, lambda block, blocks: Fraction(1, (1 + len(blocks)) ** 2))


def sizes(found):
    return {tuple(sorted(map(len, structure), reverse=True)) for structure in found.structures}


# --- by definition
def moves(structure, notion, own, place):
    """Every move a notion knows, with sets: who moves, and the structure that follows."""
    players = sorted(p for block in structure for p in block)
    sets = [frozenset(block) for block in structure]
    if notion in (GAMMA, DELTA):
        for chosen in range(1, 1 << len(players)):
            group = frozenset(p for k, p in enumerate(players) if chosen >> k & 1)
            left = []
            for block in sets:
                stays = block - group
                if notion == GAMMA and stays != block:
                    left += [frozenset([p]) for p in stays]
                elif stays:
                    left.append(stays)
            for parts in all_structures(sorted(group)):
                yield group, frozenset([*left, *map(frozenset, parts)])
        return
    for p in players:
        home = next(block for block in sets if p in block)
        stays = home - {p}
        behind = [frozenset([q]) for q in stays] if notion == GAMMA_NASH else [stays] * bool(stays)
        elsewhere = [block for block in sets if block != home]
        if notion != EXTERNAL:
            yield {p}, frozenset([*elsewhere, *behind, frozenset([p])])
        if notion in (EXTERNAL, OPEN, INDIVIDUAL):
            for block in elsewhere:
                after = frozenset([*(b for b in elsewhere if b != block), *behind, block | {p}])
                here, there = own[place[frozenset(sets)]], own[place[after]]
                if notion == INDIVIDUAL and any(there[q] < here[q] for q in block):
                    continue
                yield {p}, after


def margins_by_definition(players, own, notion):
    structures = list(all_structures(players))
    place = {frozenset(map(frozenset, structure)): at for at, structure in enumerate(structures)}
    found = {}
    for at, structure in enumerate(structures):
        gains = [
            min(own[place[after]][p] - own[at][p] for p in group)
            for group, after in moves(structure, notion, own, place)
            if place[after] != at
        ]
        found[structure] = max(gains, default=-np.inf)
    return found


@pytest.mark.parametrize("notion", EQUILIBRIUM_NOTIONS)
@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(0, 2**31), st.booleans())
def test_by_definition(notion, n, seed, exact):
    rng = np.random.default_rng(seed)
    players = LABELS[:n]
    structures = list(all_structures(players))
    drawn = rng.integers(0, 6, (len(structures), n)).tolist()
    if exact:
        drawn = [[Fraction(x, 3) for x in row] for row in drawn]
    else:
        drawn = [[float(x) for x in row] for row in drawn]
    own = [dict(zip(players, row, strict=True)) for row in drawn]
    table = dict(zip(structures, drawn, strict=True))
    margins = margins_by_definition(players, own, notion)
    found = equilibrium_structures(players, notion, payoffs=lambda s: table[s])
    assert set(found.structures) == {s for s, margin in margins.items() if margin <= 0}
    assert [margins[s] for s in found.structures] == list(found.margins)
    assert found.outcomes == len(structures)
    for structure, row in zip(found.structures, found.payoffs, strict=True):
        assert row.tolist() == pytest.approx([float(x) for x in table[structure]])
    picked = structures[int(rng.integers(len(structures)))]
    said = is_equilibrium_structure(players, picked, notion, payoffs=lambda s: table[s])
    assert bool(said) == (margins[picked] <= 0)
    assert said.margin == margins[picked]
    if not said:
        assert min(said.gains.values()) == said.margin
        at, to = structures.index(picked), structures.index(said.instead)
        assert {p: own[to][p] - own[at][p] for p in said.movers} == said.gains
        assert exact == isinstance(said.margin, Fraction)


@given(st.integers(1, 4), st.integers(0, 2**31))
def test_members_share_equally(n, seed):
    rng = np.random.default_rng(seed)
    game = PartitionFunctionGame.from_function(LABELS[:n], lambda s, p: Fraction(int(rng.integers(-9, 9)), 7))

    def equally(structure):
        return [
            next(game.worth(block, structure) / Fraction(len(block)) for block in structure if p in block)
            for p in game.players
        ]

    for notion in EQUILIBRIUM_NOTIONS:
        found, again = equilibrium_structures(game, notion), equilibrium_structures(game, notion, payoffs=equally)
        assert found.structures == again.structures
        assert found.margins == again.margins
        assert np.allclose(found.payoffs, again.payoffs)


@settings(max_examples=30)
@given(st.integers(1, 5), st.integers(0, 2**31))
def test_without_externalities_the_notions_are_those_of_hedonic_games(n, seed):
    game = HedonicGame(LABELS[:n], np.random.default_rng(seed).integers(0, 5, (n, 1 << n)))
    for notion, hedonic in (
        (INTERNAL, "individual rationality"),
        (OPEN, "Nash stability"),
        (INDIVIDUAL, "individual stability"),
        (GAMMA, "core"),
        (DELTA, "core"),
    ):
        assert set(equilibrium_structures(game, notion).structures) == set(stable_partitions(game, hedonic))


@settings(max_examples=30)
@given(st.integers(2, 5), st.integers(0, 2**31))
def test_notions_imply_each_other(n, seed):
    rng = np.random.default_rng(seed)
    game = PartitionFunctionGame.from_function(LABELS[:n], lambda s, p: float(rng.integers(0, 9) * len(s)))
    hold = {notion: set(equilibrium_structures(game, notion).structures) for notion in EQUILIBRIUM_NOTIONS}
    assert hold[OPEN] == hold[INTERNAL] & hold[EXTERNAL]
    assert hold[OPEN] <= hold[INDIVIDUAL] <= hold[INTERNAL]
    assert hold[GAMMA] <= hold[GAMMA_NASH]
    assert hold[DELTA] <= hold[INTERNAL]


# --- oligopolies
@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_a_monopoly_holds_only_when_a_breach_ends_it(n):
    """Equal shares of 1 / (k + 1)**2: the monopoly is gamma-stable, and an outsider of a cartel that stays gains."""
    game = cournot(LABELS[:n])
    assert (n,) in sizes(equilibrium_structures(game, GAMMA))
    everybody = [LABELS[:n]]
    assert is_equilibrium_structure(game, everybody, GAMMA).margin < 0
    breach = is_equilibrium_structure(game, everybody, INTERNAL)
    assert not breach
    assert breach.margin == Fraction(1, 9) - Fraction(1, 4 * n)
    assert sizes(equilibrium_structures(game, OPEN)) == {(1,) * n}


def test_small_mergers_do_not_pay():
    """S. Salant, S. Switzer, R. Reynolds (1983): of five firms at least four must merge; with four they are even."""
    game = cournot("ABCDE")
    alone = game.worth("A", "ABCDE")
    shares = {k: game.worth(tuple("ABCDE"[:k]), [tuple("ABCDE"[:k]), *"ABCDE"[k:]]) / k - alone for k in range(2, 6)}
    assert [k for k, gain in shares.items() if gain > 0] == [5]
    assert shares[4] == 0
    found = is_equilibrium_structure(game, "ABCDE", DELTA)
    assert (found.movers, found.instead) == (tuple("ABCDE"), (tuple("ABCDE"),))
    assert found.margin == Fraction(1, 20) - Fraction(1, 36)
    assert repr(found) == ("delta stability: no; A and B and C and D and E would each gain at least 1/45 in A B C D E")


# --- Hart and Kurz
def owen(game):
    return lambda structure: list(owen_value(game, unions=structure))


@pytest.mark.parametrize("notion", [GAMMA, DELTA])
def test_two_of_three_make_a_majority(notion):
    """S. Hart, M. Kurz (1983): in the majority game of three the pairs are stable, everybody and nobody is not."""
    majority = WeightedVotingGame([1, 1, 1], 2).to_game()
    found = equilibrium_structures(range(3), notion, payoffs=owen(Game(range(3), majority.worths)))
    assert sizes(found) == {(2, 1)}
    assert len(found.structures) == 3
    assert found.payoffs.max(axis=1).tolist() == [0.5] * 3


def test_where_all_are_needed_a_union_is_one_voice():
    """By hand: each union gets the same, so a pair gets 1/4 each beside a third with 1/2, and 1/3 each otherwise.

    Leaving everybody pays where the other two stay together, and not where they stand alone.
    """
    everybody = Game("ABC", np.array([0] * 7 + [Fraction(1)], object))
    gamma = equilibrium_structures("ABC", GAMMA, payoffs=owen(everybody))
    delta = equilibrium_structures("ABC", DELTA, payoffs=owen(everybody))
    assert gamma.structures == ((tuple("ABC"),), (("A",), ("B",), ("C",)))
    assert delta.structures == ((("A",), ("B",), ("C",)),)
    assert gamma.margins == (0, 0)
    breach = is_equilibrium_structure("ABC", [tuple("ABC")], DELTA, payoffs=owen(everybody))
    assert breach.margin == Fraction(1, 2) - Fraction(1, 3)


def test_results_are_tables():
    found = equilibrium_structures(cournot("ABC"), INTERNAL)
    frame = found.to_frame()
    assert list(frame.columns) == ["structure", "A", "B", "C", "margin"]
    assert frame["A"].tolist() == [1 / 16]
    assert repr(found) == "internal stability: 1 of 5 structures hold\nA | B | C"
    assert "A, B" not in found.to_latex()
    assert repr(is_equilibrium_structure(cournot("ABC"), "ABC", INTERNAL)) == "internal stability: yes"
    assert equilibrium_structures("A", OPEN, payoffs=lambda s: [1]).margins == (-np.inf,)


@pytest.mark.slow
def test_nine_players_in_groups():
    found = equilibrium_structures(cournot(range(9)), GAMMA)
    assert (9,) in sizes(found)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: equilibrium_structures("AB", "gama stability"), CoalitionError, "did you mean 'gamma stability'?"),
        (lambda: equilibrium_structures("AB"), CoalitionError, "payoffs are missing"),
        (lambda: equilibrium_structures("AA", payoffs=max), CoalitionError, "'A'"),
        (lambda: equilibrium_structures("AB", payoffs=lambda s: [1]), CoalitionError, "1 numbers for 2 players"),
        (
            lambda: equilibrium_structures("AB", payoffs=lambda s: [1.0, np.nan]),
            WorthError,
            "payoff of 'B' in (('A', 'B'),) is nan",
        ),
        (lambda: equilibrium_structures("AB", payoffs=lambda s: ["x", 1]), WorthError, "x"),
        (
            lambda: equilibrium_structures(HedonicGame("AB", lambda p, s: 1), payoffs=max),
            CoalitionError,
            "a HedonicGame has utilities",
        ),
        (lambda: equilibrium_structures(range(10), GAMMA, payoffs=max), TooLargeError, "at most 9 players"),
        (lambda: equilibrium_structures(range(12), OPEN, payoffs=max), TooLargeError, "at most 11 players"),
        (lambda: is_equilibrium_structure(cournot("ABC"), ["A", "B"]), CoalitionError, "('C',) are in no block"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=re.escape(words)):
        make()
