"""coalitions/core: geometry.py, inside.py and sampling.py"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial import ConvexHull
from strategies import games

from coalitions import Game, TooLargeError, core
from coalitions.coalition import subset_sums
from coalitions.core.geometry import core_centre, core_volume
from coalitions.core.inside import analytic_centre, chebyshev_centre, rounded_inside
from coalitions.core.sampling import effective_sizes, sample_core
from coalitions.core.vertices import core_vertices
from coalitions.errors import EmptyCoreError

PACT = Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12])
EMPTY = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
PAIRS = Game("ABCDE", [sum(x for s, x in ((3, 4), (12, 6), (16, 2)) if m & s == s) for m in range(32)])
SIZES = np.array([mask.bit_count() for mask in range(512)])


def exactly(game):
    return Game(game.players, np.array([Fraction(x) for x in game.worths], object))


def roomy(game):
    worths = game.worths.copy()
    worths[-1] = abs(worths).max() * game.n + 1
    return Game(game.players, worths)


def ball_by_one_program(game):
    """All coalitions at once, in the plane of the payoffs of v(N), by another solver's interface."""
    n = game.n
    masks = np.arange(1, (1 << n) - 1)
    bits = (masks[:, None] >> np.arange(n) & 1).astype(float)
    size = bits.sum(axis=1)
    found = linprog(
        [0] * n + [-1],
        A_ub=np.hstack((-bits, np.sqrt(size * (n - size) / n)[:, None])),
        b_ub=-game.worths[masks],
        A_eq=[[1] * n + [0]],
        b_eq=[game.worths[-1]],
        bounds=[(None, None)] * (n + 1),
    )
    return found.x[-1]


# --- known bodies
def test_volume_of_a_triangle_and_of_a_hexagon():
    """Everything is in the core: (v(N)**2) / 2. A pair cuts a corner of its worth squared, by half."""
    triangle = core_volume(Game("ABC", [0, 0, 0, 0, 0, 0, 0, 6]))
    assert triangle.volume == pytest.approx(18)
    assert triangle.euclidean == pytest.approx(math.sqrt(3) / 4 * (6 * math.sqrt(2)) ** 2)
    assert triangle.share == pytest.approx(1)
    hexagon = core_volume(exactly(PACT))
    assert hexagon.volume == Fraction(144 - 4 - 16 - 36, 2)
    assert hexagon.share == Fraction(44, 72)
    assert (hexagon.dimension, hexagon.vertices) == (2, 6)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_the_permutohedron_counts_trees(n):
    """Its volume is the number of labelled trees, n**(n-2) (Stanley 1980); its centre pays everybody the same."""
    worths = SIZES[: 1 << n] * (SIZES[: 1 << n] - 1) // 2
    exact = Game(range(n), worths.astype(object))
    assert core_volume(exact).volume == n ** (n - 2)
    assert core_volume(Game(range(n), worths.astype(float))).volume == pytest.approx(n ** (n - 2))
    assert core_centre(exact).payoffs.tolist() == [Fraction(n - 1, 2)] * n


@pytest.mark.slow
def test_the_permutohedron_of_seven():
    assert core_volume(Game(range(7), SIZES[:128] * (SIZES[:128] - 1) / 2)).volume == pytest.approx(7**5)


def test_a_box_whose_centre_is_known():
    """v(S) = max(0, ...) of a big player: the small ones get between 0 and 2, 3, 5; the big one the rest."""
    small = [2, 3, 5]
    worths = [
        max(0, 10 - sum(c for i, c in enumerate(small) if not m >> i & 1)) * (m >> 3) for m in range(16)
    ]  # player 4 and a coalition can keep all but what the others would at most bring
    box = exactly(Game("abcB", worths))
    found = core_volume(box)
    assert found.volume == 30
    assert core_centre(box).payoffs.tolist() == [1, Fraction(3, 2), Fraction(5, 2), 5]
    centre = chebyshev_centre(box)
    assert centre.radius == pytest.approx(ball_by_one_program(Game("abcB", worths)))


def test_flat_cores():
    """A and B share 4, C and D share 6, E has 2: a rectangle in five dimensions."""
    for game in (PAIRS, exactly(PAIRS)):
        found = core_volume(game)
        assert (found.dimension, found.volume, found.vertices) == (2, 0, 4)
        assert found.share == 0
        assert core_centre(game).payoffs.astype(float) == pytest.approx([2, 2, 3, 3, 2])
    ball = chebyshev_centre(PAIRS)
    assert ball.dimension == 2
    assert ball.radius == pytest.approx(4 / math.sqrt(2))  # half of the rectangle's shorter side, 4 sqrt(2)
    assert ball.payoffs[[0, 1, 4]] == pytest.approx([2, 2, 2])
    assert analytic_centre(PAIRS).payoffs == pytest.approx([2, 2, 3, 3, 2])
    drawn = sample_core(PAIRS, 4000, rng=3)
    assert drawn.payoffs[:, :2].sum(axis=1) == pytest.approx(np.full(4000, 4))
    assert drawn.payoffs[:, 4] == pytest.approx(np.full(4000, 2))
    assert drawn.payoffs.std(axis=0) == pytest.approx(np.array([4, 4, 6, 6, 0]) / math.sqrt(12), rel=0.1)


def test_a_core_of_one_payoff():
    glove = Game("ABC", [0, 0, 0, 0, 0, 1, 1, 1])
    assert core_volume(glove).dimension == 0
    assert core_centre(glove).payoffs.tolist() == [0, 0, 1]
    for found in (chebyshev_centre(glove), analytic_centre(glove)):
        assert found.payoffs == pytest.approx([0, 0, 1], abs=1e-12)
    assert chebyshev_centre(glove).radius == 0
    drawn = sample_core(glove, 5, rng=0)
    assert drawn.payoffs == pytest.approx(np.array([[0, 0, 1]] * 5), abs=1e-12)
    assert drawn.effective_size == 5
    alone = Game("A", [0, 3])
    assert core_volume(alone).share is None
    assert core_centre(alone).payoffs.tolist() == [3]
    assert chebyshev_centre(alone).payoffs.tolist() == [3]


# --- agreement and laws
@settings(max_examples=15)
@given(games(min_players=2, max_players=5))
def test_the_ball_agrees_with_one_program(game):
    game = roomy(game)
    scale = abs(game.worths).max()
    found = chebyshev_centre(game)
    assert found.radius == pytest.approx(ball_by_one_program(game), abs=1e-7 * scale)
    room = (subset_sums(found.payoffs) - game.worths)[1:-1]
    size = SIZES[1 : len(game) - 1]
    assert (room / np.sqrt(size * (game.n - size) / game.n)).min() == pytest.approx(found.radius, abs=1e-7 * scale)


@settings(max_examples=15)
@given(games(min_players=2, max_players=5))
def test_the_analytic_centre_has_no_direction_to_gain_in(game):
    game = roomy(game)
    centre = analytic_centre(game).payoffs
    slack = (subset_sums(centre) - game.worths)[1:-1]
    assert slack.min() > 0
    pull = np.array([(1 / slack)[np.arange(1, len(game) - 1) >> i & 1 == 1].sum() for i in range(game.n)])
    assert pull == pytest.approx(np.full(game.n, pull.mean()), rel=1e-5)


@settings(max_examples=15)
@given(games(min_players=3, max_players=5), st.integers(-5, 5))
def test_volume_and_centre_agree_with_qhull_and_move_with_payments(game, paid):
    game = roomy(game)
    body = ConvexHull(core_vertices(game).payoffs[:, :-1])
    found = core_volume(game)
    assert found.volume == pytest.approx(body.volume, rel=1e-6)
    exact = core_volume(exactly(game))
    assert isinstance(exact.volume, Fraction)
    assert float(exact.volume) == pytest.approx(found.volume, rel=1e-6)
    assert 0 < found.share <= 1 + 1e-9
    centre = core_centre(game)
    assert core(game).contains(centre)
    pay = np.arange(game.n) + paid
    moved = core_centre(Game(game.players, 2 * game.worths + subset_sums(pay)))
    assert moved.payoffs == pytest.approx(2 * centre.payoffs + pay, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("n", [3, 5])
def test_draws_have_the_mean_of_the_core(n):
    rng = np.random.default_rng(n)
    worths = rng.random(1 << n) * SIZES[: 1 << n]
    worths[0], worths[-1] = 0, 1.4 * n
    game = Game(range(n), worths)
    exact, estimated = core_centre(game), core_centre(game, samples=4000, rng=1)
    assert (exact.standard_errors == 0).all()
    assert (estimated.standard_errors > 0).all()
    assert (abs(estimated.payoffs - exact.payoffs) < 4 * estimated.standard_errors).all()
    assert (estimated.standard_errors < 0.05).all()
    assert estimated.method == "mean of 4000 draws"


def test_draws_are_uniform():
    """Of a segment: uniform on [1, 3]; of a triangle, cut at half its height: a quarter of the draws."""
    segment = sample_core(Game("AB", [0, 1, 2, 5]), 4000, rng=0).payoffs[:, 0]
    assert np.sort(segment) == pytest.approx(np.linspace(1, 3, 4000), abs=0.08)
    triangle = sample_core(Game("ABC", [0, 0, 0, 0, 0, 0, 0, 1]), 8000, rng=0)
    assert (triangle.payoffs > 0.5).mean(axis=0) == pytest.approx([0.25] * 3, abs=0.03)


def test_a_thin_core_is_walked_through_as_fast_as_a_round_one():
    thin = Game("ABCD", [0, 0, 0, 9.999, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20])
    drawn = sample_core(thin, 2000, rng=0)
    thinner = Game("ABCD", [0, 0, 0, 19.9999, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20])
    other = sample_core(thinner, 2000, rng=0)
    assert other.payoffs[:, 2].max() < 1e-4
    assert other.effective_size > 0.4 * drawn.effective_size > 200


def test_same_seed_same_bytes_and_all_draws_in_the_core():
    first, again, other = (sample_core(PACT, 100, rng=seed) for seed in (7, 7, 8))
    assert first.payoffs.tobytes() == again.payoffs.tobytes() != other.payoffs.tobytes()
    whole = core(PACT)
    assert all(whole.contains(x) for x in first.payoffs)
    assert len(sample_core(PACT, 3, rng=7, burn_in=0, thin=1)) == 3


def test_effective_sizes_where_they_are_known():
    """Independent draws, draws repeated ten times, and an autoregression of 0.5, worth a third of its length."""
    rng = np.random.default_rng(0)
    apart = rng.normal(size=(4, 4000, 3))
    assert effective_sizes(apart) == pytest.approx([16000] * 3, rel=0.2)
    assert effective_sizes(np.repeat(apart[:, :400], 10, axis=1)) == pytest.approx([1600] * 3, rel=0.2)
    walk = apart.copy()
    for k in range(1, 4000):
        walk[:, k] = 0.5 * walk[:, k - 1] + apart[:, k]
    assert effective_sizes(walk) == pytest.approx([16000 / 3] * 3, rel=0.2)


def test_the_ellipsoid_lies_in_the_core():
    centre, directions, _ = rounded_inside(PACT)
    circle = np.array([[math.cos(a), math.sin(a)] for a in np.linspace(0, 7, 50)])
    assert all(core(PACT).contains(centre + directions @ u) for u in circle)


def test_ten_players():
    rng = np.random.default_rng(1)
    worths = rng.random(1 << 10) * np.array([m.bit_count() for m in range(1 << 10)])
    worths[0], worths[-1] = 0, 14
    game = Game(range(10), worths)
    assert chebyshev_centre(game).radius == pytest.approx(ball_by_one_program(game), abs=1e-8)
    estimated = core_centre(game, samples=500, rng=0)
    assert core(game).contains(estimated)
    assert estimated.payoffs.sum() == pytest.approx(14)


# --- words
@pytest.mark.parametrize(
    "question", [core_volume, core_centre, chebyshev_centre, analytic_centre, lambda game: sample_core(game, 3)]
)
def test_an_empty_core_has_no_geometry(question):
    with pytest.raises(EmptyCoreError, match="cover every player once"):
        question(EMPTY)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 0}, "size is 0; give a whole number from 1 on"),
        ({"size": 1.5}, r"size is 1\.5; give a whole number"),
        ({"size": 5, "thin": 0}, "thin is 0; give a whole number from 1 on"),
        ({"size": 5, "burn_in": -1}, "burn_in is -1; give a whole number from 0 on"),
    ],
)
def test_steps_that_make_no_sense(options, words):
    with pytest.raises(ValueError, match=words):
        sample_core(PACT, **options)


def test_too_many_players_or_vertices():
    with pytest.raises(TooLargeError, match="19 players by all its coalitions; the most is 18"):
        analytic_centre(Game(range(19), np.zeros(1 << 19)))
    with pytest.raises(TooLargeError, match=r"40320 vertices; the most is 6000. core_centre\(samples"):
        core_centre(Game(range(8), SIZES[:256] ** 2.0))


def test_too_few_draws_for_an_error():
    with pytest.raises(ValueError, match="samples is 10; fewer than 16"):
        core_centre(PACT, samples=10)


def test_results_read_well():
    assert repr(core_volume(PACT)) == "core of dimension 2 with 6 vertices: volume 44, 61.1111% of the imputations"
    drawn = sample_core(PACT, 50, rng=0)
    assert repr(drawn).startswith("50 payoffs from the core of 3 players in 8 chains, worth ")
    assert drawn.to_frame().shape == (50, 3)
    assert drawn._headline() in drawn._repr_html_()
