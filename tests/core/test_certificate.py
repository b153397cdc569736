"""coalitions/core: certificate.py and kohlberg.py"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from known import cases, number
from strategies import exact_games

from coalitions import CoalitionError, Game
from coalitions.coalition import members_of, subset_sums
from coalitions.core.certificate import Certificate, CertificateError, prove
from coalitions.core.criterion import kohlberg
from coalitions.core.nucleoli import nucleolus, per_capita_prenucleolus, prenucleolus
from coalitions.core.problem import problem_of
from coalitions.core.stages import Tight, solve_stages

MAJORITY = Game("ABC", np.array([0, 0, 0, 1, 0, 1, 1, 1], object))


def mask_of_names(game, names):
    return sum(1 << game.players.index(player) for player in names)


def ordered_excesses(game, x, weight=lambda s: 1):
    """All excesses over weight, largest first: what the nucleolus makes lexicographically least."""
    excesses = (game.worths - subset_sums(np.array(x, object)))[1:-1].tolist()
    return sorted((e / Fraction(weight(s)) for s, e in enumerate(excesses, 1)), reverse=True)


# --- published
@pytest.mark.parametrize(
    ("game", "expected"), [*cases("nuc", "prenucleolus", "nucleolus"), *cases("val", "prenucleolus", "nucleolus")]
)
def test_kohlberg_agrees_with_the_published(game, expected):
    for key, imputations in (("prenucleolus", False), ("nucleolus", True)):
        if expected.get(key) is None or game.n > 7:
            continue
        x = [number(payoff) for payoff in expected[key]]
        assert kohlberg(game, x, imputations=imputations)
        if game.n > 1 and not imputations:
            moved = [x[0] + Fraction(1, 1000), x[1] - Fraction(1, 1000), *x[2:]]
            assert not kohlberg(game, moved)


# --- laws
@settings(max_examples=20, deadline=None)
@given(exact_games(min_players=1, max_players=5), st.booleans(), st.booleans())
def test_certified_payoffs_pass_kohlbergs_criterion(game, bounded, per_head):
    if bounded:
        assume(sum(game.worths[1 << np.arange(game.n)].tolist()) <= game.worths[-1])
    weights = (lambda size: size) if per_head else None
    solve = nucleolus if bounded else prenucleolus
    assert kohlberg(game, solve(game, weights=weights), imputations=bounded, weights=weights)


@settings(max_examples=20, deadline=None)
@given(exact_games(min_players=2, max_players=5), st.data())
def test_another_payoff_is_refused_with_a_way_to_improve(game, data):
    shift = data.draw(st.lists(st.integers(-3, 3), min_size=game.n - 1, max_size=game.n - 1))
    x = [a + d for a, d in zip(prenucleolus(game), [*shift, -sum(shift)], strict=True)]
    found = kohlberg(game, x)
    assert bool(found) == (not any(shift))
    if not found:
        assert sum(found.direction.values()) == 0
        for names in found.coalitions:
            mask = mask_of_names(game, names)
            assert game.worths[mask] - sum(x[i] for i in members_of(mask)) == found.level
            assert sum(found.direction[player] for player in names) > 0
        largest = max(map(abs, found.direction.values()))
        step = [a + found.direction[p] / largest / 10**6 for a, p in zip(x, game.players, strict=True)]
        assert ordered_excesses(game, step) < ordered_excesses(game, x)


@settings(max_examples=20, deadline=None)
@given(exact_games(min_players=2, max_players=5))
def test_the_weights_of_every_stage_cancel(game):
    from coalitions.exact import rank

    found = (
        nucleolus(game) if sum(game.worths[1 << np.arange(game.n)].tolist()) <= game.worths[-1] else prenucleolus(game)
    )
    before = [[1] * game.n]
    for stage in found.certificate.stages:
        assert sum(stage.weights) == 1
        assert min(stage.weights + stage.floor_weights) > 0
        total = [Fraction(0)] * game.n
        every = [*zip(stage.coalitions, stage.weights, strict=True)]
        every += [((player,), weight) for player, weight in zip(stage.floors, stage.floor_weights, strict=True)]
        rows = [[int(player in names) for player in game.players] for names, _ in every]
        for row, (_, weight) in zip(rows, every, strict=True):
            total = [t + weight * bit for t, bit in zip(total, row, strict=True)]
        assert rank([*before, total]) == rank(before)
        before += rows
        for player in stage.floors:
            assert found[player] == game[(player,)]
    assert rank(before) == game.n


@settings(max_examples=12, deadline=None)
@given(exact_games(min_players=3, max_players=4), st.data())
def test_no_sampled_payoff_is_better(game, data):
    best = prenucleolus(game).payoffs.tolist()
    shift = data.draw(st.lists(st.fractions(-2, 2, max_denominator=8), min_size=game.n - 1, max_size=game.n - 1))
    other = [a + d for a, d in zip(best, [*shift, -sum(shift)], strict=True)]
    assert ordered_excesses(game, best) <= ordered_excesses(game, other)


# --- a proof that is none is refused
def test_tight_at_one_vertex_is_no_proof():
    """x_C = 0 is forced by stage 1 of this game; freezing another coalition tight at one vertex too is caught."""
    game = Game("ABC", np.array([0, 0, 0, 1, 0, 0, 0, 1], object))
    problem = problem_of(game)
    with pytest.raises(CertificateError, match="coalitions of stage 1 are not balanced"):
        prove(problem, [[Tight(3, False), Tight(4, False), Tight(5, False)], [Tight(2, False)]])
    with pytest.raises(CertificateError, match="at one level"):
        prove(problem, [[Tight(3, False), Tight(4, False), Tight(1, False), Tight(2, False), Tight(6, False)]])
    with pytest.raises(CertificateError, match="open in 1 direction"):
        prove(problem, [[Tight(3, False), Tight(4, False)]])
    assert prove(problem, [[Tight(3, False), Tight(4, False)], [Tight(1, False), Tight(2, False)]]).payoffs[2] == 0


def test_a_coalition_left_out_is_found():
    """Equal shares balance the single players, but A and B could make more than that."""
    game = Game("ABC", np.array([0, 0, 0, 8, 0, 0, 0, 9], object))
    with pytest.raises(CertificateError, match=r"\('A', 'B'\) exceeds the level -3 of stage 1"):
        prove(problem_of(game), [[Tight(1, False), Tight(2, False), Tight(4, False)]])
    for tiny, fits in ((Fraction(1, 10**30), False), (Fraction(0), True), (Fraction(-1, 10**30), True)):
        near = Game("ABC", np.array([0, 0, 0, 3 + tiny, 0, 0, 0, 9], object))
        assert bool(kohlberg(near, [3, 3, 3])) == fits
        if not fits:
            with pytest.raises(CertificateError, match="exceeds the level -3"):
                prove(problem_of(near), [[Tight(1, False), Tight(2, False), Tight(4, False)]])


def test_a_floor_that_is_not_respected_is_found():
    game = Game("AB", np.array([0, 4, 0, 4], object))
    problem = problem_of(Game("AB", np.array([0, 4, 0, 3], object)), floors=True)
    with pytest.raises(CertificateError, match="'A' would get 7/2, less than the 4"):
        prove(problem, [[Tight(1, False), Tight(2, False)]])
    assert kohlberg(game, [4, 0], imputations=True)


@settings(max_examples=12, deadline=None)
@given(exact_games(min_players=3, max_players=4), st.data())
def test_a_proof_with_a_stage_moved_is_refused_or_the_same(game, data):
    problem = problem_of(game)
    found = solve_stages(problem, np.zeros(game.n))
    stages = [list(stage) for stage in found.stages]
    right = prove(problem, stages).payoffs
    mask = data.draw(st.integers(1, len(game) - 2))
    at = data.draw(st.integers(0, len(stages) - 1))
    stages[at] = [*stages[at][1:], Tight(mask, False)]
    with suppress(CertificateError):
        assert prove(problem, stages).payoffs == right


def test_floats_do_not_decide_the_proof():
    """The difference of 1e-30 that decides is far below what floats see at this size."""
    tiny = Fraction(1, 10**30)
    table = np.array([0, 0, 0, 10**6 + tiny, 0, 10**6, 10**6, Fraction(3, 2) * 10**6], object)
    game = Game("ABC", table)
    found = prenucleolus(game)
    assert kohlberg(game, found)
    assert found["A"] - found["C"] == tiny * Fraction(1, 1)
    assert not kohlberg(game, [Fraction(10**6, 2)] * 3)


# --- how it reads
def test_the_certificate_of_a_majority():
    certificate = prenucleolus(MAJORITY).certificate
    assert isinstance(certificate, Certificate)
    assert certificate.levels == (Fraction(1, 3),)
    assert sorted(certificate.coalitions[0]) == [("A", "B"), ("A", "C"), ("B", "C")]
    assert certificate.weights == ((Fraction(1, 3),) * 3,)
    assert certificate.margin == pytest.approx(2 / 3)
    assert "certificate of 1 stage, margin 0.666667\nlevel 1/3\n       1/3  " in repr(certificate)


def test_margin_counts_in_excess_over_weight():
    certificate = per_capita_prenucleolus(Game("AB", np.array([0, 0, 0, 2], object))).certificate
    assert certificate.levels == (-1,)
    assert certificate.margin == np.inf


def test_floors_have_weights_of_their_own():
    game = Game("ABC", np.array([0, 0, 0, 0, 0, 0, 6, 4], object))
    assert list(prenucleolus(game)) != list(nucleolus(game))
    found = nucleolus(game)
    held = [stage for stage in found.stages if stage.floors]
    assert held
    assert found[held[0].floors[0]] == 0
    assert "who gets what it is worth alone" in repr(found.certificate)


# --- what comes in
def test_payoffs_that_do_not_fit():
    with pytest.raises(CoalitionError, match="the payoffs sum to 2, 1 more than the worth 1"):
        kohlberg(MAJORITY, [1, 1, 0])
    with pytest.raises(CoalitionError, match=r"payoffs to \('A', 'B'\) sum to 0, 1 less than the worth 1"):
        kohlberg(MAJORITY, [0, 0, 1], structure=[["A", "B"], ["C"]])
    with pytest.raises(CoalitionError, match="'A' gets -1, less than the 0"):
        kohlberg(MAJORITY, [-1, 1, 1], imputations=True)
    with pytest.raises(CoalitionError, match="do not determine the payoffs of 'A', 'B'"):
        kohlberg(MAJORITY, [1, 0, 0], coalitions=[["C"], ["A", "B"]])


def test_a_refusal_names_level_and_coalitions():
    found = kohlberg(MAJORITY, {"A": 1, "B": 0, "C": 0})
    assert not found
    assert (found.level, found.coalitions) == (1, (("B", "C"),))
    assert repr(kohlberg(MAJORITY, [Fraction(1, 3)] * 3)) == "all levels are balanced"
