"""coalitions/core: membership.py and least.py"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from known import cases, number
from scipy.optimize import linprog
from strategies import convex_games, exact_games, fractions, games

from coalitions import CoalitionError, Game, WorthError, core, cost_of_stability, least_core, shapley_value
from coalitions.coalition import members_of
from coalitions.core.blocking import blocking_coalitions
from coalitions.core.membership import point_or_refuse
from coalitions.errors import EmptyCoreError, SolverError
from coalitions.program import Master

MAJORITY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])


def least_core_by_one_program(game):
    """All rows at once, by another solver's interface."""
    n = game.n
    masks = np.arange(1, (1 << n) - 1)
    bits = (masks[:, None] >> np.arange(n) & 1).astype(float)
    found = linprog(
        [0] * n + [1],
        A_ub=np.hstack((-bits, -np.ones((len(masks), 1)))),
        b_ub=-game.worths[masks],
        A_eq=[[1] * n + [0]],
        b_eq=[game.worths[-1]],
        bounds=[(None, None)] * (n + 1),
    )
    return found.fun


def assert_exact_witness(game, found):
    """A proof by adding up: every player covered once, and worth more than there is."""
    covered = dict.fromkeys(game.players, 0)
    worth = 0
    for coalition, weight in zip(found.witness.coalitions, found.witness.weights, strict=True):
        assert isinstance(weight, Fraction)
        assert weight > 0
        worth += weight * Fraction(game[coalition])
        for player in coalition:
            covered[player] += weight
    assert set(covered.values()) == {1}
    assert worth == found.witness.worth > Fraction(game[game.players])


# --- published
@pytest.mark.parametrize(
    ("game", "expected"),
    [
        *cases("core", "core_empty", "balanced", "least_core_epsilon", "core_vertices"),
        *cases("nuc", "core_empty", "balanced", "least_core_epsilon", "core_vertices"),
        *cases("stab", "core_empty", "core_vertices"),
        *cases("val", "core_empty", "core_vertices"),
    ],
)
def test_known_answers(game, expected):
    found = core(game)
    if "core_empty" in expected:
        assert found.is_empty == expected["core_empty"]
    if "balanced" in expected:
        assert found.is_empty != expected["balanced"]
    if expected.get("least_core_epsilon") is not None:
        assert least_core(game).epsilon == number(expected["least_core_epsilon"])
        rounded = least_core(Game(game.players, game.worths.astype(float))).epsilon
        assert rounded == pytest.approx(float(least_core(game).epsilon), abs=1e-9 * float(max(abs(game.worths))))
    assert found.tolerance == 0
    if found.is_empty:
        assert_exact_witness(game, found)
    else:
        assert found.contains(found.point)
        assert all(isinstance(x, Fraction) for x in found.point)
    for vertex in expected.get("core_vertices") or ():
        exact = np.array([number(x) for x in vertex], object)
        assert found.contains(exact)
        pushed = exact.copy()
        pushed[0] += Fraction(1, 10**6)
        assert not found.contains(pushed)


def test_three_player_majority():
    found = core(MAJORITY)
    assert found.is_empty
    assert sorted(found.witness.coalitions) == [("A", "B"), ("A", "C"), ("B", "C")]
    assert found.witness.weights == pytest.approx([0.5] * 3)
    assert least_core(MAJORITY).epsilon == pytest.approx(1 / 3)
    assert float(cost_of_stability(MAJORITY)) == pytest.approx(0.5)


# --- laws: a certificate either way
@given(games())
def test_every_verdict_is_proven(game):
    found = core(game)
    if found.is_empty:
        covered = np.zeros(game.n)
        worth = 0.0
        for coalition, weight in zip(found.witness.coalitions, found.witness.weights, strict=True):
            assert weight > 0
            covered[[game.players.index(player) for player in coalition]] += weight
            worth += weight * game[coalition]
        assert covered == pytest.approx(np.ones(game.n), abs=1e-7)
        assert worth == pytest.approx(found.witness.worth)
        assert worth > game.worths[-1]
    else:
        assert found.contains(found.point)
        assert found.point.total == pytest.approx(game.worths[-1], abs=10 * found.tolerance)


@given(games(min_players=2))
def test_the_least_core_agrees_with_one_program_and_with_its_own_shadow_prices(game):
    found = least_core(game)
    scale = max(1.0, np.abs(game.worths).max())
    assert found.epsilon == pytest.approx(least_core_by_one_program(game), abs=1e-7 * scale)
    assert sum(found.weights) == pytest.approx(1, abs=1e-6)
    assert found.gap <= 1e-7 * scale
    excesses = [game[s] - sum(found.point[i] for i in s) for s in found.coalitions]
    assert excesses == pytest.approx([found.epsilon] * len(excesses), abs=1e-7 * scale)
    assert (found.epsilon > 1e-6 * scale) <= core(game).is_empty <= (found.epsilon > -1e-6 * scale)


@given(games())
def test_the_cost_of_stability_is_enough_and_no_more(game):
    found = cost_of_stability(game)
    scale = max(1.0, np.abs(game.worths).max())
    with_subsidy = game.worths.copy()
    with_subsidy[-1] += found.subsidy
    assert core(Game(game.players, with_subsidy)).is_empty is False or found.gap > 0
    assert (found.subsidy > 0) == core(game).is_empty
    assert found.witness.worth == pytest.approx(max(found.point.total, game.worths[-1]), abs=1e-7 * scale)


@given(convex_games())
def test_the_shapley_value_of_a_convex_game_is_in_its_core(game):
    found = core(game)
    assert not found.is_empty
    assert found.contains(shapley_value(game))
    assert least_core(game).epsilon <= 1e-9 * max(1, game.worths[-1])


@given(games(min_players=2))
def test_membership_names_the_coalition_of_the_largest_excess(game):
    x = np.full(game.n, game.worths[-1] / game.n)
    verdict = core(game).contains(x)
    worst = max(game.worths[m] - x[members_of(m)].sum() for m in range(1, (1 << game.n) - 1))
    assert verdict.excess == pytest.approx(worst, abs=1e-9)
    assert game[verdict.coalition] - verdict.excess == pytest.approx(
        sum(x[game.players.index(player)] for player in verdict.coalition), abs=1e-9
    )


@given(exact_games(min_players=2))
def test_exact_payoffs_are_judged_without_a_tolerance(game):
    found = core(game)
    x = shapley_value(game)
    verdict = found.contains(x)
    assert verdict.tolerance == 0
    inside = all(sum((x[i] for i in s), Fraction(0)) >= worth for s, worth in game.to_dict().items() if len(s) < game.n)
    assert verdict.holds == inside


@given(exact_games())
def test_exact_worths_are_decided_without_a_tolerance(game):
    found = core(game)
    assert found.tolerance == 0
    if found.is_empty:
        assert_exact_witness(game, found)
    else:
        verdict = found.contains(found.point)
        assert verdict
        assert verdict.tolerance == 0


@given(games(max_players=4))
def test_a_certified_answer_reads_floats_as_they_are(game):
    """The same game in Fractions has the same answer to the last digit."""
    found = core(game, certify=True)
    exact = Game(game.players, np.array([Fraction(worth) for worth in game.worths], object))
    assert found.is_empty == core(exact).is_empty
    assert found.tolerance == 0
    if found.is_empty:
        assert_exact_witness(game, found)
    else:
        assert core(exact).contains(found.point)


def test_what_floats_cannot_tell_apart_is_certified():
    """0.1 + 0.2 in floats is more than 0.3 by 5e-17: too little to count, enough to prove."""
    close = Game("AB", [0, 0.1, 0.2, 0.3])
    assert not core(close).is_empty
    assert core(close, certify=True).is_empty
    below = Game("AB", [0, 0.1, 0.2, 0.1 + 0.2])
    assert not core(below, certify=True).is_empty


def test_many_players_are_certified_by_a_scan_of_rounding_errors():
    rng = np.random.default_rng(3)
    worths = rng.random(1 << 15)
    worths[0], worths[-1] = 0, 14
    found = core(Game(range(15), worths), certify=True)
    assert sum(found.point) == 14
    rounded = found.point.payoffs.astype(float)
    assert core(Game(range(15), worths)).contains(rounded)
    for i, share in enumerate(found.point):
        assert share >= Fraction(worths[1 << i])


@given(games(min_players=2), games(fractions, min_players=2))
def test_all_blocking_coalitions_largest_first(game, exact):
    for one, zero in ((game, 0.0), (exact, Fraction(0))):
        x = np.array([one.worths[-1] / one.n + zero] * one.n, object if zero == 0 and one.is_exact else float)
        found = blocking_coalitions(one, x)
        gains = {s: worth - sum(x[one.players.index(i)] for i in s) for s, worth in one.to_dict().items()}
        del gains[one.players]
        expected = {s: gain for s, gain in gains.items() if gain > found.tolerance}
        assert found.count == len(found) == len(expected)
        assert found.out_of == 2**one.n - 2
        assert dict(found) == pytest.approx(expected)
        assert list(found.excesses) == pytest.approx(sorted(expected.values(), reverse=True), abs=1e-9 * 1e3)
        assert found.share == len(expected) / found.out_of
        if len(found):
            assert found[0][1] == pytest.approx(core(one).contains(x).excess)


@pytest.mark.parametrize("n", [7, 8, 9, 13])
def test_blocking_coalitions_are_those_a_plain_scan_finds(n):
    rng = np.random.default_rng(n)
    worths = rng.normal(size=1 << n)
    worths[0] = 0
    x = rng.normal(size=n)
    sums = ((np.arange(1 << n)[:, None] >> np.arange(n) & 1) * x).sum(axis=1)
    excesses = (worths - sums)[1:-1]
    found = blocking_coalitions(Game(range(n), worths), x)
    assert found.count == (excesses > 0).sum()
    assert found.excesses == pytest.approx(np.sort(excesses[excesses > 0])[::-1], abs=1e-8)
    few = blocking_coalitions(Game(range(n), worths), x, limit=5)
    assert list(few) == list(found)[:5]
    assert few.count == found.count


def test_blocking_reads_as_a_list():
    found = core(MAJORITY).blocking([0.5, 0.25, 0.25])
    assert repr(found).splitlines()[:2] == ["3 of 6 coalitions gain (50.0%)", " 0.5  B C"]
    assert found.to_frame()["coalition"].tolist()[0] == ("B", "C")
    assert core(MAJORITY).blocking([0.5, 0.5, 0.5]).count == 0
    assert len(core(MAJORITY).blocking([0.5, 0.25, 0.25], limit=0)) == 0
    assert blocking_coalitions(Game("A", [0, 3]), [1]).share == 0
    with pytest.raises(CoalitionError, match="limit is -1"):
        core(MAJORITY).blocking([0, 0, 0], limit=-1)


def test_an_empty_core_refuses_a_point_with_the_proof():
    with pytest.raises(EmptyCoreError, match=r"(?s)worth 1.5, v\(N\) is 1.*A B"):
        point_or_refuse(core(MAJORITY))
    assert issubclass(EmptyCoreError, ValueError)


def test_where_floats_fail_rational_arithmetic_takes_over(monkeypatch):
    def fails(self):
        raise SolverError("HiGHS ended with status 'x'")

    monkeypatch.setattr(Master, "solve", fails)
    found = core(MAJORITY)
    assert found.is_empty
    assert found.witness.weights == (0.5, 0.5, 0.5)
    assert least_core(MAJORITY).epsilon == pytest.approx(1 / 3)
    with pytest.raises(SolverError, match="up to 16 players, this game has 17"):
        core(Game(range(17), np.zeros(1 << 17)))


def test_weights_that_miss_the_right_hand_side_are_not_believed(monkeypatch):
    solve = Master.solve

    def loses(self):
        value, prices, weights = solve(self)
        return value, prices, weights / 2

    monkeypatch.setattr(Master, "solve", loses)
    assert core(MAJORITY).witness.weights == (0.5, 0.5, 0.5)
    with pytest.raises(SolverError, match="miss the right-hand side by 5"):
        core(Game(range(17), np.zeros(1 << 17)))


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("n", [8, 9, 12])
def test_the_unit_of_the_worths_changes_nothing(n, unit):
    rng = np.random.default_rng(n)
    worths = rng.random(1 << n) * unit
    worths[0], worths[-1] = 0, n / 2 * unit
    game = Game(range(n), worths)
    assert least_core(game).epsilon / unit == pytest.approx(least_core_by_one_program(Game(range(n), worths / unit)))
    assert core(game).is_empty == core(Game(range(n), worths / unit)).is_empty


# --- edges and words
def test_one_player():
    alone = Game("A", [0, 3])
    assert core(alone).point["A"] == 3
    assert core(alone).contains([3])
    assert not core(alone).contains([2])
    assert least_core(alone).epsilon == -math.inf
    assert cost_of_stability(alone).subsidy == 0


def test_the_empty_and_the_grand_coalition_raise_no_objection():
    """With room to spare epsilon is negative: the excess of N is 0 and must not count."""
    roomy = Game("ABC", [0, 0, 0, 0, 0, 0, 0, 9])
    assert least_core(roomy).epsilon == pytest.approx(-3)
    assert core(roomy).contains([3, 3, 3]).excess == pytest.approx(-3)


def test_a_verdict_reads_as_a_sentence():
    found = core(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]))
    assert repr(found.contains([7, 2, 3])).startswith("not in the core: ('B', 'C') gains 1 on its own")
    assert repr(found.contains([7, 2, 4])) == "not in the core: the payoffs sum to 1 more than v(N)"
    assert repr(found.contains([4, 4, 4])).startswith("in the core")
    assert repr(core(MAJORITY)).startswith("core of 3 players, empty: these coalitions")
    assert "least core, epsilon 0.333333" in repr(least_core(MAJORITY))
    assert repr(cost_of_stability(MAJORITY)).startswith("cost of stability 0.5")


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([1, 2], "2 payoffs for 3 players"),
        ({"A": 1, "B": 2}, "no payoff for 'C'"),
        ({"A": 1, "B": 2, "D": 3}, "unknown player 'D'"),
        ([1, math.nan, 2], "payoff of 'B' is nan"),
    ],
)
def test_refusals(x, words):
    with pytest.raises(CoalitionError, match=words):
        core(MAJORITY).contains(x)


def test_symbols_have_no_core():
    with pytest.raises(WorthError, match="a symbol"):
        core(Game("AB", [0, sympy.Symbol("a"), 0, 0]))
