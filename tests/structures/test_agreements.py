"""coalitions/structures/agreements.py and power_balance.py"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import LABELS

from coalitions import CoalitionError, TooLargeError, WorthError
from coalitions.structures import AgreementGame, balance_of_power, stable_sizes


# --- published
@pytest.mark.parametrize("n", [3, 4, 10, 150])
def test_linear_benefits_and_quadratic_costs_give_three(n):
    """Carraro, Siniscalco (1993), Barrett (1994): k**2 - 4 k + 3 <= 0 for internal stability."""
    half = Fraction(1, 2)
    found = stable_sizes(n, lambda k: k * k * half + n - k, lambda k: k * k + n - k - half)
    assert max(found) == 3


@pytest.mark.parametrize(("cost", "size"), [(Fraction(5, 2), 3), (3, 3), (Fraction(1, 2), 7)])
def test_binary_contributions_need_cost_over_benefit(cost, size):
    """Members contribute where it pays the group, k >= cost over benefit; smaller agreements do nothing."""
    n = 7

    def members_contribute(k):
        return k >= cost

    def member(k):
        return k - cost if members_contribute(k) else 0

    def outsider(k):
        return k if members_contribute(k) else 0

    stable = stable_sizes(n, member, outsider)
    assert max(stable) == size


@pytest.mark.parametrize(
    ("resources", "essential", "system", "resource"),
    [
        ((40, 30, 20, 10), 4, True, False),
        ((50, 30, 20), 3, True, True),
        ((55, 25, 20), 1, False, False),
        ((50, 50), 2, True, True),
        ((60, 40), 1, False, False),
        ((Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)), 3, True, False),
    ],
)
def test_niou_ordeshook_rose(resources, essential, system, resource):
    found = balance_of_power(dict(zip("ABCD", resources, strict=False)))
    assert len(found.essential) == essential
    assert found.is_system_stable == system
    assert found.is_resource_stable == resource


def test_the_minimal_winning_coalitions_of_four_states():
    found = balance_of_power({"A": 40, "B": 30, "C": 20, "D": 10})
    assert set(found.minimal_winning) == {("A", "B"), ("A", "C"), ("B", "C", "D")}
    assert "Niou" in found.cite()[0]
    assert found.to_frame()["minimal_winning"].tolist() == [2, 2, 2, 1]


# --- by definition
@given(st.lists(st.integers(0, 9) | st.fractions(0, 5, max_denominator=4), min_size=1, max_size=6).filter(sum))
def test_essential_by_definition(resources):
    players = LABELS[: len(resources)]
    held = dict(zip(players, resources, strict=True))
    found = balance_of_power(held)
    total = sum(resources)
    groups = {g for k in range(1, len(players) + 1) for g in combinations(players, k)}
    wins = {g for g in groups if 2 * sum(held[p] for p in g) > total}
    minimal = {g for g in wins if not any(tuple(q for q in g if q != p) in wins for p in g)}
    assert set(found.minimal_winning) == minimal
    assert set(found.essential) == {p for g in minimal for p in g}
    assert balance_of_power({p: float(r) for p, r in held.items()}).players == found.players


@st.composite
def agreement_games(draw):
    n = draw(st.integers(1, 4))
    table = np.random.default_rng(draw(st.integers(0, 2**31))).integers(0, draw(st.sampled_from([3, 9])), (n, 1 << n))
    return AgreementGame(LABELS[:n], table)


def payoff(game, player, members):
    mask = sum(1 << game.players.index(p) for p in members)
    return game.payoffs[game.players.index(player), mask]


@given(agreement_games(), st.booleans())
def test_stable_agreements_by_definition(game, exclusive):
    stable = set()
    for k in range(game.n + 1):
        for members in combinations(game.players, k):
            internal = all(payoff(game, p, [q for q in members if q != p]) <= payoff(game, p, members) for p in members)
            external = True
            for p in set(game.players) - set(members):
                wants = payoff(game, p, [*members, p]) > payoff(game, p, members)
                hurt = any(payoff(game, q, [*members, p]) < payoff(game, q, members) for q in members)
                external &= not wants or (exclusive and hurt)
            answer = game.is_stable(members, exclusive=exclusive)
            assert answer.is_internally_stable == internal
            assert answer.is_externally_stable == external
            if internal and external:
                stable.add(members)
    assert set(game.stable_agreements(exclusive=exclusive).agreements) == stable


@given(agreement_games())
def test_transfers_by_definition(game):
    def holds(members):
        together = sum(payoff(game, p, members) for p in members)
        return together >= sum(payoff(game, p, [q for q in members if q != p]) for p in members)

    def joined(members, player):
        return tuple(q for q in game.players if q in members or q == player)

    stable = set()
    for members in (m for k in range(game.n + 1) for m in combinations(game.players, k)):
        outsiders = set(game.players) - set(members)
        if holds(members) and not any(holds(joined(members, player)) for player in outsiders):
            stable.add(members)
    assert set(game.stable_agreements(transfers=True).agreements) == stable


@given(st.integers(1, 6), st.integers(0, 2**31))
def test_like_players_are_counted(n, seed):
    rng = np.random.default_rng(seed)
    member, outsider = rng.integers(0, 4, n + 1), rng.integers(0, 4, n + 1)
    game = AgreementGame(range(n), lambda p, members: member[len(members)] if p in members else outsider[len(members)])
    found = game.stable_agreements()
    assert {len(m) for m in found.agreements} == set(stable_sizes(n, lambda k: member[k], lambda k: outsider[k]))


def test_it_reads_as_sentences():
    pact = AgreementGame("ABC", lambda p, members: len(members) - 0.5 * (p in members))
    assert repr(pact.is_stable("A")) == "not externally stable: B would gain 0.5 by joining"
    found = pact.stable_agreements()
    assert found.largest == 3
    assert repr(found) == "1 stable agreement among 3 players\nA B C"
    assert found.to_frame()["worth"].tolist() == [7.5]
    assert repr(pact.is_stable(("A", "B", "C"))) == "stable: nobody would leave and nobody join"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: AgreementGame("AB", lambda p, m: np.inf), WorthError, "payoff of 'A' under () is inf"),
        (lambda: AgreementGame("AB", np.zeros(4)), CoalitionError, "need (2, 4)"),
        (lambda: AgreementGame(range(23), lambda p, m: 0), TooLargeError, "stable_sizes"),
        (lambda: stable_sizes(0, abs, abs), CoalitionError, "n is 0"),
        (lambda: balance_of_power({"A": -1}), WorthError, "resources of 'A' are -1"),
        (lambda: balance_of_power({"A": float("nan")}), WorthError, "resources of 'A' are nan"),
        (lambda: balance_of_power({"A": 0}), WorthError, "all resources are 0"),
        (lambda: balance_of_power({}), CoalitionError, "no players"),
        (lambda: balance_of_power(dict.fromkeys(range(40), 1)), TooLargeError, "40 players"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=re.escape(words)):
        make()
