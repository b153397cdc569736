"""coalitions/calibration: profiles.py"""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from coalitions.calibration import (
    ChoiceSets,
    Observed,
    completion_sets,
    fit,
    fit_hierarchy,
    profile,
    profile_all,
    sample_groups,
)
from coalitions.errors import ChoiceError

POOL = 10
DISTANCE = np.abs(np.subtract.outer(*[np.random.default_rng(1).gamma(2, 1, POOL)] * 2))
WEALTH = np.random.default_rng(2).standard_normal(POOL)
NAMES = ("wealth", "near")
THETA = np.array([0.6, 1.5])
DECAY = 0.8


def features_at(decay):
    near = np.exp(-DISTANCE / decay)
    np.fill_diagonal(near, 0)

    def features(members, context=None):
        pairs = near[members[:, :, None], members[:, None, :]].sum(axis=(1, 2)) / 2
        return np.column_stack([WEALTH[members].sum(axis=1), pairs])

    return features


def sampled(seed, count=60):
    drawn = sample_groups(features_at(DECAY), THETA, POOL, 3, count, rng=seed)
    return lambda decay: completion_sets(drawn, POOL, features_at(decay), NAMES)


BUILD = sampled(4)


def exact():
    groups = np.array(list(itertools.combinations(range(POOL), 3)))
    worth = features_at(DECAY)(groups) @ THETA
    chance = np.exp(worth) / np.exp(worth).sum()
    return [Observed(str(g), tuple(g), weight=100 * p) for g, p in zip(groups.tolist(), chance, strict=True)]


def test_the_limit_of_many_groups_is_the_truth():
    groups = exact()
    found = profile(
        lambda decay: completion_sets(groups, POOL, features_at(decay), NAMES),
        [0.4, 0.6, 0.9, 1.3, 2.0],
        prior_precision=0.0,
    )
    assert found.estimate == pytest.approx(DECAY, abs=1e-3)
    np.testing.assert_allclose(found.fit.coefficients, THETA, atol=5e-3)
    low, high = found.interval()
    assert low < DECAY < high


def linear(sets):
    """The coefficient of the first term as a parameter: it enters through the correction."""
    rest = replace(sets, names=sets.names[1:], features=sets.features[:, 1:])
    return lambda value: replace(rest, correction=sets.correction + value * sets.features[:, 0])


@pytest.mark.parametrize("precision", [0.0, 3.0])
def test_a_coefficient_profiled_is_the_coefficient_fitted(precision):
    sets = BUILD(DECAY)
    whole = fit(sets, prior_precision={"wealth": 0.0, "near": precision})
    found = profile(linear(sets), bounds=(-0.5, 2.0), prior_precision=precision)
    assert found.estimate == pytest.approx(whole["wealth"], abs=1e-3)
    assert found.log_likelihoods.max() == pytest.approx(whole.objective, abs=1e-6)
    # Kent's factor is the clustered variance over that by curvature
    curvature = np.linalg.inv(whole.information + whole.prior_precision)
    assert found.adjustment == pytest.approx(whole.covariance[0, 0] / curvature[0, 0], rel=0.02)
    # the likelihood is close to a parabola here, so its interval is near that of the sandwich
    np.testing.assert_allclose(found.interval(0.9), whole.interval(0.9)[0], atol=0.08)
    np.testing.assert_allclose(found.interval(), whole.interval()[0], atol=0.1)


def test_a_prior_of_the_value_is_one_more_observation():
    sets = BUILD(DECAY)
    whole = fit(sets, prior_mean={"wealth": 2.0}, prior_precision={"wealth": 9.0, "near": 0.0})
    found = profile(
        linear(sets), bounds=(-0.5, 2.5), log_prior=lambda v: -((v - 2) ** 2) * 4.5, prior_precision=0.0, refine=True
    )
    assert found.estimate == pytest.approx(whole["wealth"], abs=1e-3)
    curvature = np.linalg.inv(whole.information + whole.prior_precision)
    assert found.adjustment == pytest.approx(whole.covariance[0, 0] / curvature[0, 0], rel=0.02)


def test_copies_inside_clusters_do_not_narrow_the_interval():
    once = profile(BUILD, bounds=(0.2, 4.0), prior_precision=0.0)
    twice = profile(lambda v: ChoiceSets.concat([BUILD(v), BUILD(v)]), bounds=(0.2, 4.0), prior_precision=0.0)
    assert twice.adjustment == pytest.approx(2 * once.adjustment, rel=0.02)
    assert twice.estimate == pytest.approx(once.estimate, abs=5e-3)
    np.testing.assert_allclose(twice.interval(0.8), once.interval(0.8), rtol=0.03)


def test_other_levels_lie_inside_each_other():
    found = profile(BUILD, bounds=(0.2, 4.0))
    spans = [found.interval(level) for level in (0.5, 0.8, 0.9, 0.95)]
    for (a, b), (c, d) in itertools.pairwise(spans):
        assert c < a < found.estimate < b < d


def test_open_ends_and_flat_profiles_are_said():
    narrow = profile(BUILD, [0.6, 0.7, 0.8, 0.9])
    assert narrow.flat
    assert narrow.interval() == (-np.inf, np.inf)
    assert "flat, the data do not tell it between 0.6 and 0.9" in repr(narrow)
    constant = profile(lambda value: BUILD(DECAY), [1, 2, 3])
    assert constant.flat
    assert constant.peaks == 1
    above = profile(BUILD, [0.05, 0.1, 0.3, 0.6, 0.9])
    assert above.interval()[1] == np.inf
    assert np.isfinite(above.interval()[0])
    assert "the data do not bound it from above (tried up to 0.9)" in above.sentence
    below = profile(linear(BUILD(DECAY)), [0.7, 1.0, 2.0, 3.0])
    assert below.interval()[0] == -np.inf
    assert below.at_edge == "lowest"
    assert "still rises at the lowest value tried" in below.sentence


def test_several_peaks_are_said():
    sets = BUILD(DECAY)
    found = profile(
        lambda v: linear(sets)(0.6 + 0.8 * np.cos(3 * v)), bounds=(0.0, 4.0), points=17, prior_precision=0.0
    )
    assert found.peaks >= 3
    assert "peaks, the interval spans them" in found.sentence


def test_a_hierarchy_is_profiled_by_its_marginal_likelihood():
    builds = {"east": sampled(5, 30), "west": sampled(6, 30)}
    found = profile(
        lambda v: {region: build(v) for region, build in builds.items()},
        [0.3, 0.6, 1.2, 2.4],
        name="decay",
        spread=0.3,
        refine=False,
    )
    best = fit_hierarchy(
        {region: build(found.estimate) for region, build in builds.items()},
        spread=0.3,
        magnitude=found.fit.magnitude,
    )
    assert found.log_likelihoods.max() == pytest.approx(best.log_marginal, abs=1e-9)
    assert found.fit.regions == ("east", "west")
    assert 0.4 < found.adjustment < 2.5  # the magnitude has done most of it


def test_all_in_turn_reach_the_joint_maximum():
    sets = BUILD(DECAY)
    bare = replace(sets, names=["rest"], features=np.random.default_rng(0).standard_normal((len(sets.features), 1)))

    def build(at):
        return replace(bare, correction=sets.features @ np.array([at["wealth"], at["near"]]))

    found = profile_all(build, {"wealth": (-1.0, 2.0), "near": (-1.0, 4.0)}, start={"wealth": 0.0}, prior_precision=0.0)
    whole = fit(
        replace(sets, names=["wealth", "near", "rest"], features=np.c_[sets.features, bare.features]),
        prior_precision=0.0,
    )
    assert found["wealth"].estimate == pytest.approx(whole["wealth"], abs=0.02)
    assert found["near"].estimate == pytest.approx(whole["near"], abs=0.05)


def test_a_profile_reads_well():
    found = profile(BUILD, bounds=(0.2, 4.0), name="decay")
    assert repr(found).startswith("Profile likelihood: decay")
    frame = found.to_frame()
    assert frame["ratio"].min() == 0
    assert (np.diff(frame["value"]) > 0).all()
    axes = found.plot()
    assert axes.get_xlabel() == "decay"
    with pytest.raises(ChoiceError, match="level is 0"):
        found.interval(0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "either values or bounds"),
        ({"values": [1, 2, 3], "bounds": (1, 2)}, "either values or bounds"),
        ({"values": [1, 1, 2]}, "2 values to try"),
        ({"bounds": (2.0, 1.0)}, "the lower one first"),
        ({"bounds": (1.0, np.inf)}, "two finite numbers"),
        ({"values": [0.5, 1, 2], "firth": True}, "firth=True"),
        ({"values": [0.5, 1, 2], "log_prior": lambda v: np.nan}, "at value = 1: log_prior is nan"),
        ({"values": [0.5, 1, 2], "max_iterations": 0}, "at value = 1: the fit has not converged"),
        ({"values": [0.5, 1, 2], "fixed": {"wealht": 1}}, "at value = 1: fixed names 'wealht'"),
    ],
)
def test_refusals(arguments, words):
    with pytest.raises(ChoiceError, match=words):
        profile(BUILD, **arguments)


def test_refuses_choices_that_change():
    with pytest.raises(ChoiceError, match=r"at value = .*: the choices are not those of other values"):
        profile(lambda v: BUILD(v) if v > 1 else BUILD(v).select(BUILD(v).labels[:20]), [0.5, 1.5, 2.5])
    with pytest.raises(ChoiceError, match="start names 'decya'"):
        profile_all(lambda at: BUILD(at["decay"]), {"decay": (0.2, 3.0)}, start={"decya": 1.0})


@pytest.mark.slow
def test_the_interval_covers():
    inside = []
    for seed in range(100):
        low, high = profile(sampled(1000 + seed, 83), bounds=(0.2, 6.0), prior_precision=0.3).interval()
        inside.append(low <= DECAY <= high)
    assert np.mean(inside) > 0.88
