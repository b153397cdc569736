"""coalitions/calibration: simulate.py, recovered.py"""

import itertools

import numpy as np
import pytest
from scipy.stats import chi2

from coalitions.calibration import Observed, fit, recovery, sample_groups, simulator
from coalitions.errors import ChoiceError

POOL = 9
WEALTH = np.random.default_rng(2).standard_normal(POOL)
TIES = np.random.default_rng(1).standard_normal((POOL, POOL))
NAMES = ("wealth", "ties", "size")


def features(members, context=None):
    ties = TIES[members[:, :, None], members[:, None, :]].sum(axis=(1, 2))
    sign = 1.0 if context is None else context
    size = np.full(len(members), float(members.shape[1]))
    return np.column_stack([sign * WEALTH[members].sum(axis=1), ties / members.shape[1], size])


THETA = np.array([0.8, 0.5, -0.6])


def chi_square(drawn, sizes, theta):
    groups = [g for k in sizes for g in itertools.combinations(range(POOL), k)]
    worth = np.array([float((features(np.array([g])) @ theta)[0]) for g in groups])
    expected = len(drawn) * np.exp(worth) / np.exp(worth).sum()
    index = {g: number for number, g in enumerate(groups)}
    seen = np.bincount([index[group.members] for group in drawn], minlength=len(groups))
    often = expected > 5
    seen = np.r_[seen[often], seen[~often].sum()]
    expected = np.r_[expected[often], expected[~often].sum()]
    return ((seen - expected) ** 2 / np.maximum(expected, 1e-9)).sum(), len(seen) - 1


@pytest.mark.parametrize(("sizes", "listed"), [([3], 10**6), ([2, 3, 4], 10**6), ([3], 0), ([2, 3, 4], 0)])
def test_groups_come_with_their_probabilities(sizes, listed):
    count = 4000
    drawn = sample_groups(features, THETA, POOL, sizes, count, rng=5, listed=listed, sweeps=12)
    statistic, freedom = chi_square(drawn, sizes, THETA)
    assert chi2.sf(statistic, freedom) > 1e-3
    # and the test can fail
    wrong, _ = chi_square(drawn, sizes, np.array([0.5, 0.5, -0.6]))
    assert chi2.sf(wrong, freedom) < 1e-6


def test_the_seed_gives_the_groups():
    for listed in (0, 10**6):
        one, two, other = (
            sample_groups(features, THETA, POOL, 3, 5, rng, context=-1.0, listed=listed, sweeps=3) for rng in (1, 1, 2)
        )
        assert one == two != other
        assert one[0].name == "group 1"
        assert one[0].context == -1.0
    assert sample_groups(features, THETA, POOL, 3, 0, 1) == []


def test_a_pool_too_large_to_list():
    wealth = np.linspace(-1, 1, 120)
    drawn = sample_groups(lambda m, _: wealth[m].sum(axis=1)[:, None], [2.0], 120, [4, 5], 60, rng=0, sweeps=6)
    assert {len(group.members) for group in drawn} == {4, 5}
    mean = np.average(wealth, weights=np.exp(2 * wealth))
    found = np.concatenate([wealth[list(group.members)] for group in drawn]).mean()
    assert found == pytest.approx(mean, abs=0.1)


def test_the_design_is_kept():
    design = [Observed("a", (0, 1), 1.0, "x", 2.0), Observed("b", (0, 1, 2), -1.0), Observed("c", (3, 4), 1.0, "x")]
    simulate = simulator(design, POOL, features, NAMES, THETA)
    sets = simulate(np.random.default_rng(0))
    assert sets.labels == ("x", "b")
    assert sets.sizes.tolist() == [8, 8, 7, 7, 7, 8, 8]
    assert sets.weight.tolist() == [2, 2, 1, 1, 1, 1, 1]
    again = simulate(np.random.default_rng(0))
    assert sets.features.tobytes() == again.features.tobytes()
    assert sets.features.tobytes() != simulate(np.random.default_rng(1)).features.tobytes()


def plain(members, context=None):
    return features(members, context)[:, :2]


def designed(groups):
    return [(f"g{number}", tuple(range((2, 3, 4)[number % 3]))) for number in range(groups)]


def test_recovers_the_truth_with_nominal_coverage():
    truth = {"wealth": 0.6, "ties": -0.4}
    simulate = simulator(designed(60), POOL, plain, NAMES[:2], truth)
    found = recovery(simulate, truth, runs=120, rng=0, prior_precision=0.0)
    assert found.asked == len(found.estimates) == 120
    assert found.as_nominal.all()
    assert (np.abs(found.bias) < 0.1).all()
    np.testing.assert_allclose(found.standard_errors.mean(axis=0), found.rmse, rtol=0.25)
    assert "2 coefficients over 120 simulated samples" in repr(found)
    frame = found.to_frame()
    assert frame.loc["ties", "truth"] == pytest.approx(-0.4)
    assert len(found.plot().get_yticklabels()) == 2


def test_groups_that_formed_by_chance_teach_nothing():
    # placebo: every group as likely as any other
    found = recovery(
        simulator(designed(40), POOL, plain, NAMES[:2], [0, 0]), [0, 0], runs=60, rng=1, prior_precision=0.0
    )
    assert found.as_nominal.all()
    assert (np.abs(found.bias) < 4 * found.rmse / np.sqrt(60)).all()


def test_a_wrong_interval_is_found_out():
    # standard errors that ignore the prior's pull: the truth is far from the prior mean
    simulate = simulator(designed(40), POOL, plain, NAMES[:2], [1.0, 0.0])
    found = recovery(simulate, [1.0, 0.0], runs=40, rng=2, prior_mean=-1.0, prior_precision=400.0)
    assert not found.as_nominal[0]
    assert found.coverage[0] < 0.5


def hierarchical(rng):
    mean, truth, sets = rng.normal(0, 0.5, 2), {}, {}
    for region in ("east", "north", "west"):
        truth[region] = mean + 0.3 * rng.standard_normal(2)
        design = [(f"{region} {name}", members) for name, members in designed(24)]
        sets[region] = simulator(design, POOL, plain, NAMES[:2], truth[region])(rng)
    return sets, truth


def test_a_hierarchy_covers_truths_drawn_from_its_prior():
    found = recovery(hierarchical, runs=50, rng=3, prior_precision=4.0, spread=0.3, scales=[1, 1])
    assert found.names[0] == "east wealth"
    assert found.covered.mean() > 0.90
    assert (np.abs(found.bias) < 0.2).all()


@pytest.mark.slow
def test_a_hierarchy_covers_with_an_estimated_spread():
    found = recovery(hierarchical, runs=200, rng=4, prior_precision=4.0, scales=[1, 1])
    assert 0.89 < found.covered.mean() < 0.97


@pytest.mark.slow
def test_coverage_is_nominal_over_many_runs():
    truth = [0.6, -0.4]
    found = recovery(
        simulator(designed(83), POOL, plain, NAMES[:2], truth), truth, runs=1000, rng=5, prior_precision=0.0
    )
    assert ((found.coverage > 0.93) & (found.coverage < 0.97)).all()


def test_refused_fits_are_counted():
    simulate = simulator(designed(4), POOL, plain, NAMES[:2], [3.0, 0.0])
    found = recovery(simulate, [3.0, 0.0], runs=30, rng=0, prior_precision=0.0)
    assert 0 < len(found.failures) < 30
    assert "the data separate" in found.failures[0]
    assert f"{len(found.failures)} of 30 fits were refused" in repr(found)
    with pytest.raises(ChoiceError, match="5 of 5 fits were refused, the last one since fixed names"):
        recovery(simulate, [3.0, 0.0], runs=5, fixed={"x": 1.0})


def test_refusals():
    simulate = simulator(designed(10), POOL, plain, NAMES[:2], [0, 0])
    with pytest.raises(ChoiceError, match="no truth"):
        recovery(simulate)
    with pytest.raises(ChoiceError, match="runs is 1"):
        recovery(simulate, [0, 0], runs=1)
    with pytest.raises(ChoiceError, match=r"coefficients has shape \(3,\)"):
        recovery(simulate, [0, 0, 0], runs=2)
    with pytest.raises(ChoiceError, match="leave out region 'north'"):
        recovery(lambda rng: hierarchical(rng)[0], {"east": [0, 0]}, runs=2)
    with pytest.raises(ChoiceError, match="size 9 does not fit the pool of 9"):
        sample_groups(features, THETA, POOL, [3, 9], 1)
    with pytest.raises(ChoiceError, match="no sizes"):
        sample_groups(features, THETA, POOL, [], 1)
    with pytest.raises(ChoiceError, match="have a gap"):
        sample_groups(features, THETA, POOL, [2, 4], 1, listed=0)
    with pytest.raises(ChoiceError, match="count is -1"):
        sample_groups(features, THETA, POOL, 2, -1)
    with pytest.raises(ChoiceError, match="sweeps is 0; without at least 1 the chains never leave"):
        sample_groups(features, THETA, POOL, 2, 1, listed=0, sweeps=0)
    with pytest.raises(ChoiceError, match="sweeps is -1"):
        simulator(designed(3), POOL, plain, NAMES[:2], [0, 0], sweeps=-1)
    with pytest.raises(ChoiceError, match="3 terms, and there are 2 coefficients"):
        sample_groups(features, [1.0, 2.0], POOL, 2, 1)
    with pytest.raises(ChoiceError, match="coefficients must be one finite number a term"):
        sample_groups(features, [np.nan], POOL, 2, 1)
    with pytest.raises(ChoiceError, match="size_sets"):
        simulator(designed(3), POOL, plain, NAMES[:2], [0, 0], size_sets=True)
    with pytest.raises(ChoiceError, match="coefficients leave out 'ties'"):
        simulator(designed(3), POOL, plain, NAMES[:2], {"wealth": 1.0})


def test_fits_through_the_door_of_the_library():
    drawn = sample_groups(features, THETA, POOL, 3, 80, rng=9)
    from coalitions.calibration import completion_sets

    found = fit(completion_sets(drawn, POOL, plain, NAMES[:2]), prior_precision=0.0)
    low, high = found.interval(0.999).T
    assert (low < THETA[:2]).all()
    assert (THETA[:2] < high).all()
