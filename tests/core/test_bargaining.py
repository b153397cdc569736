"""coalitions/core/bargaining.py"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from known import cases, number
from scipy.optimize import linprog
from strategies import convex_games

from coalitions import CoalitionError, Game, WorthError, core, cost_of_stability, shapley_value
from coalitions.coalition import members_of, subset_sums
from coalitions.core.bargaining import bargaining_set_contains, mas_colell_contains
from coalitions.core.kernel_points import kernel_point
from coalitions.core.nucleoli import nucleolus

MAJORITY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
THIRD, HALF = Fraction(1, 3), Fraction(1, 2)


def exact(game):
    return Game(game.players, np.array([Fraction(w) for w in game.worths.tolist()], object))


@st.composite
def games_with_imputations(draw, *, max_players=4):
    """Games of small integers and a payoff of v(N) that gives nobody less than its own worth."""
    n = draw(st.integers(2, max_players))
    table = [0, *draw(st.lists(st.integers(0, 8), min_size=2**n - 1, max_size=2**n - 1))]
    for i in range(n):
        table[1 << i] = min(table[1 << i], 2)
    parts = draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))
    alone = sum(table[1 << i] for i in range(n))
    table[-1] = max(table[-1], alone)
    whole = sum(parts) or 1
    rest = table[-1] - alone
    x = [table[1 << i] + Fraction(rest * part, whole) for i, part in enumerate(parts)]
    x[0] += table[-1] - sum(x)
    return Game("ABCD"[:n], np.array([Fraction(w) for w in table], object)), np.array(x, object)


def margin_by_all_rows(game, x):
    """The largest t over all objections, every counter-coalition a row of its own."""
    n, v, x = game.n, game.worths.astype(float), x.astype(float)
    best = -np.inf
    for i in range(n):
        for j in set(range(n)) - {i}:
            for s in (m for m in range(1 << n) if m >> i & 1 and not m >> j & 1):
                members = members_of(s)
                rows = [[-float(k == m) for k in members] + [1] for m in members]
                right = [-x[m] for m in members]
                for q in (m for m in range(1 << n) if m >> j & 1 and not m >> i & 1):
                    rows.append([-float(q >> k & 1) for k in members] + [1])
                    right.append(x[members_of(q & ~s)].sum() - v[q])
                found = linprog(
                    [0] * len(members) + [-1],
                    A_ub=rows,
                    b_ub=right,
                    A_eq=[[1] * len(members) + [0]],
                    b_eq=[v[s]],
                    bounds=[(None, None)] * (len(members) + 1),
                )
                best = max(best, -found.fun)
    return best


def stands_by_all_rows(game, x):
    """Whether some objection in the sense of Mas-Colell stands, every coalition a row, every objector tried."""
    n, v, x = game.n, game.worths.astype(float), x.astype(float)
    for s in range(1, 1 << n):
        members = members_of(s)
        if v[s] - x[members].sum() <= 1e-9:
            continue
        rows = [[-float(q >> k & 1) for k in members] for q in range(1, 1 << n)]
        right = [x[members_of(q & ~s)].sum() - v[q] + 1e-9 for q in range(1, 1 << n)]
        found = linprog(
            [0] * len(members),
            A_ub=rows,
            b_ub=right,
            A_eq=[[1] * len(members)],
            b_eq=[v[s]],
            bounds=[(x[k], None) for k in members],
        )
        if found.status == 0:
            return True
    return False


def lacks(game, x, verdict, counters):
    """By how much the worth of each counter-coalition falls short of what it would have to pay, at least."""
    offered = dict(zip(game.players, x, strict=True)) | verdict.offer
    due = subset_sums(np.array([offered[player] for player in game.players], object))
    return min(due[q] - game.worths[q] for q in counters)


# --- published
@pytest.mark.parametrize("kind", [exact, lambda game: game])
def test_three_player_majority(kind):
    game = kind(MAJORITY)
    third = [THIRD] * 3 if game.is_exact else [1 / 3] * 3
    half = [HALF, HALF, Fraction(0)] if game.is_exact else [0.5, 0.5, 0]
    assert bargaining_set_contains(game, third)
    assert bargaining_set_contains(game, third).margin == pytest.approx(0, abs=1e-12)
    outside = bargaining_set_contains(game, half)
    assert not outside
    assert outside.margin == 0.25
    assert outside.objector == "C"
    assert outside.offer["C"] == 0.25
    assert mas_colell_contains(game, third)
    assert not mas_colell_contains(game, half)


def test_two_partners_of_the_majority_share_evenly():
    """Aumann, Maschler 1964: in the structure {AB}, {C} only (1/2, 1/2, 0) has all its objections answered."""
    pair = [["A", "B"], ["C"]]
    assert bargaining_set_contains(MAJORITY, [0.5, 0.5, 0], structure=pair)
    assert not bargaining_set_contains(MAJORITY, [0.6, 0.4, 0], structure=pair)


@pytest.mark.parametrize(
    ("game", "expected"),
    [*cases("ker", "kernel_elements"), *cases("core", "kernel_elements"), *cases("nuc", "nucleolus")],
)
def test_the_kernel_and_the_nucleolus_are_inside(game, expected):
    for x in expected.get("kernel_elements") or [expected["nucleolus"]]:
        if x is not None:  # None: there is no imputation
            assert bargaining_set_contains(game, np.array([number(y) for y in x], object))


# --- agreement
@given(games_with_imputations())
@settings(max_examples=25)
def test_agrees_with_linear_programs_of_all_rows(drawn):
    game, x = drawn
    verdict = bargaining_set_contains(game, x)
    largest = margin_by_all_rows(game, x)
    assert verdict.holds == (largest <= 1e-9)
    rounded = bargaining_set_contains(Game(game.players, game.worths.astype(float)), x.astype(float))
    assert rounded.holds == verdict.holds
    for found in (verdict, rounded):
        if found:
            assert float(found.margin) >= largest - 1e-7
            assert float(found.margin) <= 1e-7
        else:
            i, j = (1 << game.players.index(player) for player in (found.objector, found.against))
            members = [game.players.index(player) for player in found.coalition]
            assert found.objector in found.coalition
            assert found.against not in found.coalition
            assert float(found.margin) <= largest + 1e-7
            assert float(sum(found.offer.values())) == pytest.approx(float(game[found.coalition]), abs=1e-7)
            gains = [found.offer[game.players[k]] - x[k] for k in members]
            assert float(min(gains)) >= float(found.margin) - 1e-7
            counters = [q for q in range(len(game)) if q & j and not q & i]
            assert float(lacks(game, x, found, counters)) >= float(found.margin) - 1e-7


@given(games_with_imputations())
@settings(max_examples=40)
def test_mas_colell_agrees_with_linear_programs_of_all_rows(drawn):
    game, x = drawn
    verdict = mas_colell_contains(game, x)
    assert verdict.holds != stands_by_all_rows(game, x)
    rounded = mas_colell_contains(Game(game.players, game.worths.astype(float)), x.astype(float))
    assert rounded.holds == verdict.holds
    if not verdict:
        assert sum(verdict.offer.values()) == game[verdict.coalition]
        assert min(verdict.offer[p] - x[game.players.index(p)] for p in verdict.coalition) >= 0
        assert verdict.margin > 0
        assert lacks(game, x, verdict, range(1, len(game))) >= 0


# --- laws
@given(convex_games())
def test_in_a_convex_game_both_sets_are_the_core(game):
    """Maschler, Peleg, Shapley 1972; Dutta, Ray, Sengupta, Vohra 1989."""
    assert bargaining_set_contains(game, shapley_value(game))
    assert mas_colell_contains(game, shapley_value(game))
    x = game.worths[1 << np.arange(game.n)].copy()
    x[0] += game.worths[-1] - x.sum()
    inside = bool(core(game).contains(x))
    assert bool(bargaining_set_contains(game, x)) == inside
    assert bool(mas_colell_contains(game, x)) == inside


@given(games_with_imputations())
@settings(max_examples=40)
def test_with_four_players_and_a_core_the_bargaining_set_is_the_core(drawn):
    """Solymosi 2002."""
    game, x = drawn
    worths = game.worths.copy()
    worths[-1] += Fraction(cost_of_stability(game).subsidy).limit_denominator(100) + Fraction(1, 8)
    x = x + (worths[-1] - game.worths[-1]) / game.n
    game = Game(game.players, worths)
    assert not core(game).is_empty
    assert bargaining_set_contains(game, x).holds == core(game).contains(x).holds


@given(games_with_imputations())
@settings(max_examples=20)
def test_kernel_points_are_in_the_bargaining_set(drawn):
    game, x = drawn
    assert bargaining_set_contains(game, kernel_point(game, start=x))


@given(games_with_imputations())
@settings(max_examples=20)
def test_the_nucleolus_is_in_the_bargaining_set(drawn):
    assert bargaining_set_contains(drawn[0], nucleolus(drawn[0]))


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_changes_nothing(unit):
    rng = np.random.default_rng(3)
    for _ in range(5):
        worths = rng.random(16) * np.array([m.bit_count() for m in range(16)])
        x = worths[-1] * rng.dirichlet(np.ones(4))
        worths[1 << np.arange(4)] = 0
        game, other = Game("ABCD", worths), Game("ABCD", worths * unit)
        for contains in (bargaining_set_contains, mas_colell_contains):
            assert contains(game, x).holds == contains(other, x * unit).holds
            assert contains(other, x * unit).margin / unit == pytest.approx(contains(game, x).margin, abs=1e-6)


# --- edges and words
def test_one_player():
    assert bargaining_set_contains(Game("A", [0, 3]), [3])
    assert mas_colell_contains(Game("A", [0, 3]), [3])
    assert not bargaining_set_contains(Game("A", [0, 3]), [2])


def test_a_verdict_reads_as_a_sentence():
    assert repr(bargaining_set_contains(MAJORITY, [0.5, 0.5, 0])) == (
        "not in the bargaining set: no counter-objection to 'C' against 'B' through ('A', 'C') with A: 0.75, C: 0.25 "
        "(margin 0.25, tolerance 1.0e-09)"
    )
    assert "no counter-objection to the coalition" in repr(mas_colell_contains(MAJORITY, [0.5, 0.5, 0]))
    assert repr(bargaining_set_contains(MAJORITY, [0.5, 0.5, 0.5])).endswith("sum to 0.5 more than there is")
    assert repr(mas_colell_contains(MAJORITY, [2, -1, 0])).endswith("'B' is paid 1 less than it is worth alone")


def test_refusals():
    with pytest.raises(CoalitionError, match="no payoff for 'C'"):
        bargaining_set_contains(MAJORITY, {"A": 1, "B": 0})
    with pytest.raises(CoalitionError, match="in no block"):
        bargaining_set_contains(MAJORITY, [1, 0, 0], structure=[["A", "B"]])
    with pytest.raises(WorthError, match="a symbol"):
        mas_colell_contains(Game("AB", [0, sympy.Symbol("a"), 0, 0]), [0, 0])
