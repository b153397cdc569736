"""coalitions/core/tipping.py and coalitions/core/pieces.py"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from known import cases, number
from nucleolus_by_definition import prenucleolus_by_definition
from strategies import LABELS, exact_games, fractions

from coalitions import CoalitionError, Game, SolverError, WorthError, least_core
from coalitions.core.nucleoli import prenucleolus
from coalitions.core.pieces import Piece, piece_at, piece_beside
from coalitions.core.tipping import prenucleolus_path, tipping_points
from coalitions.parametric import ParametricGame


def between(first, second):
    """The line from one game, at 0, to another, at 1."""
    tables = {"first": first.worths, "second": second.worths}
    return ParametricGame(first.players, tables, {"first": Fraction(1), "second": Fraction(0)}), {
        "first": -1,
        "second": 1,
    }


def pact(**coefficients):
    gain = np.array([0, 0, 0, 8, 0, 4, 0, 12], object)
    bonus = np.array([0, 0, 0, 0, 0, 0, 0, 1], object)
    return ParametricGame("ABC", {"gain": gain, "bonus": bonus}, {"gain": 1, "bonus": 0, **coefficients})


small_worths = st.integers(-3, 6)


@st.composite
def lines(draw, *, min_players=2, max_players=4, worths=small_worths):
    """A line between two exact games with many ties."""
    n = draw(st.integers(min_players, max_players))
    ends = [[0, *draw(st.lists(worths, min_size=2**n - 1, max_size=2**n - 1))] for _ in range(2)]
    return between(*(Game(LABELS[:n], np.array(end, object)) for end in ends))


# --- published: a line between two games passes from one known answer to the other
@pytest.mark.parametrize(("game", "expected"), cases("nuc", "prenucleolus"))
def test_known_games_are_the_ends_of_a_line(game, expected):
    if game.n > 6 or game.n == 1:
        pytest.skip("one player has nothing to divide; more take long")
    zero = Game(game.players, np.zeros(len(game.worths), object))
    line, direction = between(zero, game)
    path = prenucleolus_path(line, direction)
    assert list(path.at(1)) == [number(x) for x in expected["prenucleolus"]]
    assert list(path.at(0)) == [0] * game.n
    assert path.kinks == ()  # the prenucleolus of a multiple is the multiple
    assert path.is_exact


def test_what_a_bonus_for_all_does():
    path = prenucleolus_path(pact(), "bonus", start=0, stop=24)
    assert path.breakpoints == path.kinks == (4, 12)
    assert path.to_frame().loc[4].tolist() == [6, 6, 4]
    assert path.slopes_at(4) == {"A": Fraction(1, 4), "B": Fraction(1, 4), "C": Fraction(1, 2)}
    assert path.slopes_at(4, left=True) == {"A": 0, "B": Fraction(1, 2), "C": Fraction(1, 2)}
    assert path.pieces[0].stages[0] == (("A", "B"), ("C",))
    assert set(path.slopes_at(20).values()) == {Fraction(1, 3)}


# --- laws
@given(lines(), st.data())
@settings(max_examples=25)
def test_a_path_is_the_prenucleolus_everywhere(line, data):
    game, direction = line
    path = prenucleolus_path(game, direction)
    assert path.is_exact
    assert (path.pieces[0].start, path.pieces[-1].stop) == (0, 1)
    for left, right in pairwise(path.pieces):
        assert left.stop == right.start
        assert (left.payoffs + left.stop * left.slopes == right.payoffs + left.stop * right.slopes).all()
        assert left.reaching
    points = [0, *path.breakpoints, 1, data.draw(st.fractions(0, 1, max_denominator=60))]
    points += [(piece.start + piece.stop) / 2 for piece in path.pieces]
    for tau in points:
        worths = (1 - tau) * game.terms["first"].worths + tau * game.terms["second"].worths
        payoffs, levels = prenucleolus_by_definition(worths)
        assert list(path.at(tau)) == payoffs
        piece = next(piece for piece in path.pieces if tau <= piece.stop)
        if levels:
            assert piece.levels[0] + tau * piece.level_slopes[0] == levels[0]


@given(lines(min_players=3))
@settings(max_examples=25)
def test_between_breakpoints_nothing_changes_and_at_each_something_does(line):
    game, direction = line
    path = prenucleolus_path(game, direction)

    def settled(tau):
        """The coalitions that can be told apart by their excess, level by level, at most that of the last stage."""
        worths = (1 - tau) * game.terms["first"].worths + tau * game.terms["second"].worths
        piece = piece_at(Game(game.players, worths))
        _, levels = piece.solve(worths)
        last = [k for k in range(len(levels)) if k + 1 == len(levels) or levels[k] != levels[k + 1]]
        return [piece.span_of(k + 1) for k in last]

    for piece in path.pieces:
        a, b = piece.start, piece.stop
        assert settled(a + (b - a) / 3) == settled(b - (b - a) / 7)
    for left, right in pairwise(path.pieces):
        same = (left.slopes == right.slopes).all() and list(left.level_slopes) == list(right.level_slopes)
        assert not same or settled((left.start + left.stop) / 2) != settled((right.start + right.stop) / 2)


@given(lines())
@settings(max_examples=25)
def test_the_least_core_value_is_convex_along_a_line(line):
    path = prenucleolus_path(*line)
    slopes = [piece.level_slopes[0] for piece in path.pieces]
    assert slopes == sorted(slopes)


@given(lines(), st.integers(0, 8))
@settings(max_examples=25)
def test_floats_follow_the_exact_path(line, at):
    game, direction = line
    rounded = ParametricGame(
        game.players,
        {name: term.worths.astype(float) / 7 for name, term in game.terms.items()},
        {name: float(value) for name, value in game.coefficients.items()},
    )
    exact, floats = prenucleolus_path(game, direction), prenucleolus_path(rounded, direction)
    assert not floats.is_exact
    for tau in (0.0, at / 8, 1.0, *map(float, exact.breakpoints)):
        assert np.allclose(floats.at(tau).payoffs * 7, exact.at(tau).payoffs.astype(float), atol=1e-7)
    assert len(floats.kinks) == len(exact.kinks)
    assert np.allclose(floats.kinks, [float(kink) for kink in exact.kinks], atol=1e-7)


@given(exact_games(min_players=2, max_players=4), st.data())
@settings(max_examples=30)
def test_a_piece_beside_a_tie_holds_for_a_stretch(game, data):
    table = [0, *data.draw(st.lists(fractions, min_size=2**game.n - 1, max_size=2**game.n - 1))]
    direction = np.array(table, object)
    level = Game(game.players, np.array([Fraction(round(worth)) for worth in game.worths], object))  # many ties
    piece = piece_beside(level, direction)
    step = piece.reach(level.worths, direction).high
    if any(direction):
        assert step > 0
    for tau in (0, min(step, Fraction(1)) / 2):
        payoffs, _ = prenucleolus_by_definition(level.worths + tau * direction)
        assert list(piece.solve(level.worths + tau * direction)[0]) == payoffs


@pytest.mark.parametrize(
    ("worths", "direction"),
    [
        ([0, 1, 0, 1, 2, 2, 2, 2], [0, -6, -1, -6, -6, -3, 1, -1]),
        ([0, 1, 2, 1, 0, 1, 2, 1], [0, -3, -6, -4, 6, 4, -6, 6]),
        ([0, 2, 1, 1, 1, 0, 1, 1], [0, 40, -60, -100, -120, 80, 60, -100]),
        ([0, 2, 0, 1, 0, 2, 2, 2], [0, -40, 0, 80, -80, -40, -20, 100]),
    ],
)
@pytest.mark.parametrize("kind", [object, float])
def test_tipping_points_between_a_tie_and_the_first_trial_are_stepped_over(worths, direction, kind):
    worths, direction = np.array(worths, object), np.array(direction, object)
    piece = piece_beside(Game("ABC", worths.astype(kind)), direction.astype(kind))
    assert piece.reach(worths, direction).high > 0
    for tau in (Fraction(1, 10**9), Fraction(1, 10**4)):
        assert list(piece.solve(worths + tau * direction)[0]) == prenucleolus_by_definition(worths + tau * direction)[0]


# --- events
@given(lines(min_players=2, max_players=3))
@settings(max_examples=30)
def test_tipping_points_are_where_signs_change(line):
    game, _ = line
    game = game.at(first=1)
    found = tipping_points(game, "second", -2, 2)
    names = game.players

    def order(tau):
        x = found.path.at(tau).payoffs
        return [int(a > b) - int(a < b) for i, a in enumerate(x) for b in x[i + 1 :]]

    marks = sorted({Fraction(-2), Fraction(2), *(event.at for event in found.events)})
    for a, b in pairwise(marks):
        assert order(a + (b - a) / 3) == order(a + 2 * (b - a) / 3)
        inside = [tau in found.core for tau in (a + (b - a) / 3, a + 2 * (b - a) / 3)]
        assert inside[0] == inside[1]
    for event in found.events:
        if event.kind == "rank":
            first, second = event.players
            x, y = (found.path.at(event.at)[player] for player in (first, second))
            assert x == y
        elif event.kind == "core":
            assert event.at in found.core
            assert event.coalitions
    assert [event.at for event in found.events if event.kind == "bend"] == list(found.path.kinks)
    assert names == found.path.players


def test_ranks_meet_stay_and_part():
    found = tipping_points(pact(), "bonus", 0, 24)
    told = [(event.at, event.what) for event in found.events if event.kind == "rank"]
    assert told == [
        (4, "A gets as much as B"),
        (12, "A gets as much as C"),
        (12, "B gets as much as C"),
    ]
    crossing = ParametricGame(
        "AB",
        {"base": np.array([0, 3, 0, 6], object), "other": np.array([0, 0, 2, 2], object)},
        {"base": 1, "other": 0},
    )
    (event,) = tipping_points(crossing, "other", 0, 4).events[-1:]
    assert (event.at, event.what, event.players) == (Fraction(3, 2), "B gets more than A", ("B", "A"))


def test_degenerate_starts():
    n = 4
    size = np.array([mask.bit_count() for mask in range(1 << n)])
    majority = np.array([int(s > n / 2) for s in size], object)  # everything tied with everything of its size
    pairs = np.array([int(mask == 3) for mask in range(1 << n)], object)
    game = ParametricGame("ABCD", {"rule": majority, "pair": pairs}, {"rule": 1, "pair": 0})
    path = prenucleolus_path(game, "pair", start=-1, stop=1)
    for tau in (Fraction(-1), Fraction(-1, 9), Fraction(0), Fraction(1, 9), Fraction(2, 3), Fraction(1)):
        assert list(path.at(tau)) == prenucleolus_by_definition(majority + tau * pairs)[0]
    assert list(path.at(0)) == [Fraction(1, 4)] * 4
    flat = ParametricGame("ABC", {"none": np.zeros(8, object)}, {"none": 0})
    assert prenucleolus_path(flat, "none").breakpoints == ()
    alone = ParametricGame("A", {"gain": np.array([0, 2], object)}, {"gain": 1})
    assert list(prenucleolus_path(alone, "gain", stop=3).at(2)) == [4]


# --- agreement with the float solvers where no list reaches
@pytest.mark.parametrize("n", [7, 10])
def test_more_players(n):
    rng = np.random.default_rng(n)
    size = np.array([mask.bit_count() for mask in range(1 << n)])
    tables = {"gain": size**1.6 + rng.random(1 << n) * (size > 0), "pressure": rng.random(1 << n) * (size > 0)}
    game = ParametricGame(range(n), tables, {"gain": 1.0, "pressure": 0.0})
    path = prenucleolus_path(game, "pressure", start=-3, stop=3)
    assert len(path.kinks) > 1
    for piece in path.pieces:
        middle = (piece.start + piece.stop) / 2
        whole = game.at(pressure=middle).to_game()
        assert np.allclose(path.at(middle).payoffs, prenucleolus(whole).payoffs, atol=1e-8)
        assert piece.levels[0] + middle * piece.level_slopes[0] == pytest.approx(least_core(whole).epsilon, abs=1e-7)


def test_tables_and_pictures():
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    found = tipping_points(pact(), "bonus", 0, 24)
    assert list(found.to_frame().columns) == ["bonus", "kind", "what"]
    assert len(found.to_frame()) == len(found.events)
    assert found.plot().get_xlabel() == "bonus"
    assert len(found.path.plot().get_lines()) == 3 + len(found.path.kinks)
    plt.close("all")
    assert "payoffs bend at 4, 12" in repr(found.path)
    assert repr(found).startswith("5 tipping points for bonus from 0 to 24")
    assert prenucleolus_path(pact(), {"bonus": 1}).name == "tau"
    assert isinstance(found.path.at(1.5)["A"], float)


# --- refusals
def test_what_is_refused():
    game = pact()
    with pytest.raises(CoalitionError, match="did you mean 'bonus'"):
        prenucleolus_path(game, "bonsu")
    with pytest.raises(CoalitionError, match="unknown term 'bonsu'"):
        tipping_points(game, "bonsu", 0, 1)
    with pytest.raises(CoalitionError, match="start must come before stop"):
        prenucleolus_path(game, "bonus", start=2, stop=2)
    with pytest.raises(CoalitionError, match="start must come before stop"):
        tipping_points(game, "bonus", 3, 2)
    with pytest.raises(CoalitionError, match="not a finite number"):
        prenucleolus_path(game, "bonus", stop=math.inf)
    with pytest.raises(CoalitionError, match="'far' is not a finite number"):
        prenucleolus_path(game, "bonus", stop="far")
    with pytest.raises(WorthError, match="leads nowhere"):
        prenucleolus_path(game, {"bonus": 0})
    with pytest.raises(WorthError, match="'gain' is g, a symbol"):
        prenucleolus_path(game.at(gain=sympy.Symbol("g")), "bonus")
    with pytest.raises(CoalitionError, match="bonus = 3 is not on the path, which goes from 0 to 2"):
        prenucleolus_path(game, "bonus", stop=2).at(3)


@pytest.mark.parametrize(
    ("n", "stages", "counts"),
    [
        (4, [[3, 5, 6, 9, 10, 12]], [2, 2, 2]),  # all pairs of four
        (3, [[1, 2, 3, 4, 5, 6]], None),  # everything but everybody
        (3, [[1, 6, 2, 5]], [2, 2]),
        (4, [[1, 2, 4, 8, 7]], None),
    ],
)
def test_stages_that_hold_more_than_needed_are_split(n, stages, counts):
    piece = Piece(n, stages)
    if counts:
        assert [len(stage) for stage in piece.stages] == counts
    assert sum(map(len, piece.stages)) == n - 1 + len(piece.stages)
    size = np.array([mask.bit_count() for mask in range(1 << n)], object)
    flat = piece.solve(size**2)
    assert list(flat[0]) == [n] * n
    for k, stage in enumerate(piece.stages):  # a level rises with its own coalitions, and with none that come later
        for mask in piece.masks[1:].tolist():
            unit = np.array([int(other == mask) for other in range(1 << n)], object)
            rate = piece.solve(unit)[1][k]
            assert mask not in stage or rate > 0
            assert not any(mask in later for later in piece.stages[k + 1 :]) or rate == 0


def test_stages_of_no_prenucleolus_are_refused():
    with pytest.raises(SolverError, match="do not balance"):
        Piece(3, [[1, 2]])
    with pytest.raises(SolverError, match="leave payoffs open"):
        Piece(3, [[1, 6]])
    wrong = Piece(2, [[1, 2]])
    assert wrong.solve(np.array([0, 1, 0, 5], object))[0].tolist() == [3, 2]
    three = Piece(3, [[1, 2, 4]])
    pairs = np.array([0, 0, 0, 1, 0, 1, 1, 1], object)
    with pytest.raises(SolverError, match="stages of another game"):
        three.reach(pairs, pairs)
