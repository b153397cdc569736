"""coalitions/calibration: choice.py with magnitude= and firth=, and too few groups"""

import math
from dataclasses import replace

import numpy as np
import pytest

from coalitions.calibration import ChoiceSets, fit
from coalitions.calibration.identification import overstatement
from coalitions.errors import ChoiceError


def binary(rows, names):
    """Pairs of a thing with features and a thing without; the second entry says how often it was taken of how many."""
    features, chosen = [], []
    for traits, taken, asked in rows:
        for number in range(asked):
            features += [traits, [0.0] * len(traits)]
            chosen.append(0 if number < taken else 1)
    count = len(chosen)
    return ChoiceSets(
        names=names,
        features=np.array(features),
        offsets=np.arange(0, 2 * count + 1, 2),
        chosen=np.array(chosen),
        correction=np.zeros(2 * count),
        cluster=np.arange(count),
        labels=range(count),
        weight=np.ones(count),
    )


def random_sets(seed, sets=60, terms=3, clusters=20):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 7, sets)
    return ChoiceSets(
        names=[f"t{k}" for k in range(terms)],
        features=rng.standard_normal((int(sizes.sum()), terms)),
        offsets=np.r_[0, np.cumsum(sizes)],
        chosen=rng.integers(0, sizes),
        correction=np.zeros(int(sizes.sum())),
        cluster=np.arange(sets) % clusters,
        labels=[f"c{k}" for k in range(clusters)],
        weight=np.ones(sets),
    )


# --- Firth: published closed forms


@pytest.mark.parametrize(("taken", "asked"), [(30, 40), (40, 40), (1, 7), (0, 5)])
def test_firth_adds_half_to_the_counts(taken, asked):
    # Firth (1993, section 3.3): for one proportion the penalty is half a success and half a failure more
    found = fit(binary([([1.0], taken, asked)], ["has it"]), prior_precision=0.0, firth=True)
    assert found["has it"] == pytest.approx(math.log((taken + 0.5) / (asked - taken + 0.5)), abs=1e-7)


def test_firth_adds_half_to_each_cell_of_a_saturated_table():
    # 9 of 10 with, 3 of 12 without: the log odds ratio of Haldane (1956) and Anscombe (1956)
    found = fit(binary([([1.0, 0.0], 3, 12), ([1.0, 1.0], 10, 10)], ["base", "more"]), prior_precision=0.0, firth=True)
    assert found["base"] == pytest.approx(math.log(3.5 / 9.5), abs=1e-7)
    assert found["more"] == pytest.approx(math.log(10.5 / 0.5) - math.log(3.5 / 9.5), abs=1e-7)
    assert found.converged


def test_firth_is_less_biased():
    # ten groups of three alternatives: the plain estimate is away from 0 by a tenth and more
    rng = np.random.default_rng(3)
    plain, firth = [], []
    for _ in range(120):
        features = rng.standard_normal((30, 3, 1))
        noisy = features[:, :, 0] + rng.gumbel(size=(30, 3))
        sets = ChoiceSets(
            names=["x"],
            features=features.reshape(-1, 1),
            offsets=np.arange(0, 91, 3),
            chosen=noisy.argmax(axis=1),
            correction=np.zeros(90),
            cluster=np.arange(30),
            labels=range(30),
            weight=np.ones(30),
        )
        plain.append(fit(sets, prior_precision=0.0)["x"])
        firth.append(fit(sets, prior_precision=0.0, firth=True)["x"])
    assert np.mean(plain) > 1.03
    assert abs(np.mean(firth) - 1) < abs(np.mean(plain) - 1) / 2


def test_firth_and_a_prior_go_together():
    sets = random_sets(1)
    found = fit(sets, prior_mean={"t1": 3.0}, prior_precision={"t0": 0.0, "t1": 1e9, "t2": 0.0}, firth=True)
    assert found["t1"] == pytest.approx(3.0, abs=1e-5)
    held = fit(sets, fixed={"t1": 3.0}, prior_precision=0.0, firth=True)
    np.testing.assert_allclose(found.coefficients, held.coefficients, atol=1e-4)


# --- magnitude


def test_choices_seen_twice_count_half():
    once = random_sets(2)
    twice = ChoiceSets.concat([once, once])
    one, two = (fit(sets, prior_precision=0.5, magnitude="estimate") for sets in (once, twice))
    assert two.magnitude == pytest.approx(one.magnitude / 2, rel=0.01)
    np.testing.assert_allclose(two.coefficients, one.coefficients, atol=0.01)
    np.testing.assert_allclose(two.moved, one.moved, atol=0.01)
    np.testing.assert_allclose(two.covariance, one.covariance, rtol=0.05)


def test_the_magnitude_is_the_ratio_of_traces():
    sets = random_sets(3)
    plain = fit(sets, prior_precision=0.0)
    bread = np.linalg.inv(plain.information)
    spread = plain.information @ plain.covariance @ plain.information
    expected = 3 / np.trace(bread @ spread)
    found = fit(sets, prior_precision=0.0, magnitude="estimate")
    assert found.magnitude == pytest.approx(expected, rel=1e-8)
    assert overstatement(plain) == pytest.approx(1 / expected, rel=1e-8)
    assert overstatement(found) == pytest.approx(1.0, rel=1e-8)
    # without a prior nothing else changes
    np.testing.assert_allclose(found.coefficients, plain.coefficients, atol=1e-8)
    np.testing.assert_allclose(found.covariance, plain.covariance, rtol=1e-6)


def test_a_magnitude_is_a_weight():
    sets = random_sets(4)
    one, two = fit(sets, magnitude=0.4), fit(replace(sets, weight=0.4 * sets.weight))
    np.testing.assert_allclose(one.coefficients, two.coefficients, atol=1e-9)
    np.testing.assert_allclose(one.covariance, two.covariance, atol=1e-12)
    np.testing.assert_allclose(one.moved, two.moved)
    assert one.objective == pytest.approx(two.objective)
    assert one.log_likelihood == pytest.approx(two.log_likelihood / 0.4)


def test_the_objective_is_what_is_maximised():
    sets = random_sets(5)
    found = fit(sets, prior_mean=0.3, prior_precision=2.0)
    off = found.coefficients - 0.3
    assert found.objective == pytest.approx(found.log_likelihood - off @ off)


# --- refusals


def test_refuses_fewer_groups_than_coefficients():
    few = random_sets(6).select(["c0", "c1", "c2"])
    with pytest.raises(
        ChoiceError, match=r"3 clusters are too few groups for 3 coefficients without a prior \(t0, t1, t2\)"
    ):
        fit(few, prior_precision=0.0)
    assert fit(few, prior_precision=0.0, fixed={"t1": 0.0}).clusters == 3
    assert fit(few, prior_precision={"t0": 0.0}).clusters == 3


@pytest.mark.parametrize("magnitude", ["guess", 0.0, -1.0, math.nan, math.inf])
def test_refuses_a_bad_magnitude(magnitude):
    with pytest.raises(ChoiceError, match=f"magnitude is {magnitude!r}"):
        fit(random_sets(7), magnitude=magnitude)
