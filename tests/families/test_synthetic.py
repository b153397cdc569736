from __future__ import annotations

import numpy as np
import pytest

from coalitions import CoalitionError, Game, TooLargeError
from coalitions.coalition import coalition_sizes
from coalitions.families.synthetic import synthetic_game, synthetic_kinds

N = 14
SIZES = coalition_sizes(N).astype(float)
FIRST = np.arange(1 << N) & 1
F_MEAN = (SIZES + 1) / np.maximum(SIZES - 1, 1)  # of F(1, s + 1), where s > 1

# the mean and the variance of the worth of a coalition of size s, from the textbook
MOMENTS = {
    "uniform": (SIZES / 2, SIZES**2 / 12),
    "normal": (10 * SIZES, 0.01 * SIZES**2),
    "modified uniform": (5 * SIZES + 5, (10 * SIZES) ** 2 / 12 + 0.2 * 2500 / 3 - 25),
    "modified normal": (10 * SIZES + 5, 0.01 * SIZES**2 + 0.2 * 2500 / 3 - 25),
    "beta": (SIZES / 2, SIZES**2 / 8),
    "sva beta": (SIZES / 2 + 200 * FIRST, SIZES**2 / 8),
    "exponential": (SIZES, SIZES**2),
    "gamma": (4 * SIZES, 8 * SIZES**2),
    "rayleigh": (10 * SIZES, (4 / np.pi - 1) * 100 * SIZES**2),
    "chi-square": ((SIZES + 1) / 2 + SIZES**2, (SIZES**2 - 1) / 12 + 2 * SIZES**3),
    "laplace": (10 * SIZES, 0.02 + 0 * SIZES),
    "agent-based normal": (10 * SIZES, 0.02 * SIZES**2),
}


@pytest.mark.parametrize("kind", synthetic_kinds())
def test_a_seed_gives_the_same_worths_and_an_empty_coalition_nothing(kind):
    first, again, other = (synthetic_game(kind, "ABCDE", rng=seed) for seed in (0, 0, 1))
    assert first == again != other
    assert first.players == tuple("ABCDE")
    assert isinstance(first, Game)
    assert first[()] == 0


@pytest.mark.parametrize("kind", sorted(MOMENTS))
def test_worths_have_the_moments_of_their_distribution(kind):
    mean, variance = (moment[1:] for moment in MOMENTS[kind])
    worths = synthetic_game(kind, N, rng=7).worths[1:]
    residual = (worths - mean) / np.sqrt(variance)
    assert abs(residual.mean()) < (0.5 if kind.startswith("agent") else 0.05)
    assert kind.startswith("agent") or 0.9 < residual.var() < 1.1


def test_ndcs_is_positive_and_close_to_its_normal():
    worths = synthetic_game("ndcs", N, rng=3).worths
    assert (worths[1:] > 0).all()
    large = SIZES >= 9
    residual = (worths[large] - SIZES[large]) / np.sqrt(SIZES[large])
    assert abs(residual.mean()) < 0.05
    assert 0.9 < residual.var() < 1.1


def test_an_agent_brings_its_power_on_average_and_at_most_twice_it():
    worths = synthetic_game("agent-based uniform", N, rng=5).worths
    members = (np.arange(1 << N)[:, None] >> np.arange(N) & 1).astype(float)
    powers = np.linalg.lstsq(members, worths, rcond=None)[0]
    assert -0.3 < powers.min() < powers.max() < 10.3
    assert np.ptp(powers) > 3
    assert (worths >= 0).all()
    assert (worths <= 2 * (members @ (powers + 0.3))).all()
    spread = (worths - members @ powers)[1:] / np.sqrt(members @ powers**2 / 3)[1:]  # U(0, 2 p) has variance p**2 / 3
    assert 0.9 < spread.var() < 1.1


def test_weibull_and_f():
    weibull = synthetic_game("weibull", N, rng=2).worths
    assert abs(weibull[SIZES >= 6].mean() - 1) < 0.03
    f = synthetic_game("f", N, rng=2).worths
    middle = SIZES >= 6
    assert abs((f[middle] / F_MEAN[middle]).mean() - 1) < 0.1


def test_the_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    synthetic_game("uniform", 4)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_worths_do_not_depend_on_how_names_are_written():
    assert synthetic_game("SVA_Beta", 5, rng=9) == synthetic_game("sva-beta", 5, rng=9)
    assert synthetic_game("Agent-based Uniform", 5, rng=9) == synthetic_game("agent_based_uniform", range(5), rng=9)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: synthetic_game("unifrom", 3), CoalitionError, "unknown kind of synthetic worths .*'uniform'"),
        (lambda: synthetic_game("uniform", 0), CoalitionError, "0 players"),
        (lambda: synthetic_game("uniform", "AA"), CoalitionError, "'A' is there twice"),
        (lambda: synthetic_game("uniform", 31), TooLargeError, "31 players .* use fewer players"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
