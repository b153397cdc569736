"""coalitions/calibration: hierarchy.py, hierarchical.py, regions.py, likelihood.py"""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coalitions.calibration import ChoiceSets, Observed, completion_sets, fit, fit_hierarchy, simulator
from coalitions.calibration.likelihood import Likelihood, Problem
from coalitions.errors import ChoiceError


class World:
    """States with traits that add up and ties that add up over pairs."""

    def __init__(self, pool, terms, seed):
        rng = np.random.default_rng(seed)
        self.pool = pool
        self.traits = rng.standard_normal((terms // 2, pool))
        ties = rng.standard_normal((terms - terms // 2, pool, pool))
        self.ties = (ties + ties.transpose(0, 2, 1)) / 2
        for table in self.ties:
            np.fill_diagonal(table, 0)

    def features(self, members, context=None):
        own = self.traits[:, members].sum(axis=2) / 1.5
        shared = self.ties[:, members[:, :, None], members[:, None, :]].sum(axis=(2, 3)) / 2
        return np.concatenate([own, shared]).T


def names_of(terms):
    return tuple(f"t{k}" for k in range(terms))


def sampled(terms, groups, seed, spread=0.5, pool=12, regions=("east", "north", "west")):
    """Choice sets of regions with coefficients of their own, and these."""
    rng = np.random.default_rng(seed)
    mean = rng.normal(0, 0.5, terms)
    sets, truth = {}, {}
    for number, region in enumerate(regions):
        truth[region] = mean + spread * rng.standard_normal(terms)
        design = [(f"{region} {g}", tuple(range((3, 3, 4)[g % 3]))) for g in range(groups)]
        features = World(pool, terms, number).features
        sets[region] = simulator(design, pool, features, names_of(terms), truth[region])(rng)
    return sets, truth


def exact(world, theta, size=3, weight=1.0):
    """Every group with its exact probability as weight: the limit of infinitely many groups."""
    groups = np.array(list(itertools.combinations(range(world.pool), size)))
    worth = world.features(groups) @ theta
    chance = np.exp(worth - worth.max())
    chance *= weight / chance.sum()
    observed = [Observed(str(g), tuple(g), weight=p) for g, p in zip(groups.tolist(), chance, strict=True)]
    return completion_sets(observed, world.pool, world.features, names_of(len(theta)))


SETS, TRUTH = sampled(4, 25, seed=5)


# --- the limit of many groups


def test_one_truth_is_found_whatever_the_spread():
    theta = np.array([0.8, -0.5, 0.6])
    sets = {region: exact(World(9, 3, seed), theta) for seed, region in enumerate("abc")}
    for spread in (0.0, 0.3, 5.0):
        found = fit_hierarchy(sets, prior_precision=0.0, spread=spread, magnitude=1.0)
        for region in sets:
            np.testing.assert_allclose(found[region].coefficients, theta, atol=1e-6)
        np.testing.assert_allclose(found.common.coefficients, theta, atol=1e-6)


def test_many_groups_outweigh_the_common_coefficients():
    truth = {region: np.array([0.8, -0.5, 0.6]) * factor for region, factor in (("a", 1.0), ("b", -0.5), ("c", 2.0))}
    sets = {region: exact(World(9, 3, seed), truth[region], weight=1e9) for seed, region in enumerate(truth)}
    found = fit_hierarchy(sets, spread=0.5, magnitude=1.0)
    for region, theta in truth.items():
        np.testing.assert_allclose(found[region].coefficients, theta, atol=1e-6)
    assert found.shrinkage.max() < 1e-6


# --- limits of the spread


@pytest.mark.parametrize("precision", [0.0, 2.0])
@pytest.mark.parametrize("magnitude", [1.0, 0.6])
def test_no_spread_is_the_pooled_fit(precision, magnitude):
    options = {"prior_precision": precision, "prior_mean": {"t1": 0.4}, "fixed": {"t3": 0.2}, "magnitude": magnitude}
    pooled = fit(ChoiceSets.concat(SETS.values()), **options)
    found = fit_hierarchy(SETS, spread=0.0, **options)
    for part in (found.common, *found.fits.values(), found.unseen):
        np.testing.assert_allclose(part.coefficients, pooled.coefficients, atol=1e-6)
        np.testing.assert_allclose(part.covariance, pooled.covariance, atol=1e-6)
        np.testing.assert_allclose(part.moved, pooled.moved, atol=1e-6)
    np.testing.assert_allclose(found.common.information, pooled.information, rtol=1e-6, atol=1e-6)
    assert (found.shrinkage == 1).all()
    near = fit_hierarchy(SETS, spread=1e-4, **options)
    np.testing.assert_allclose(near["east"].coefficients, pooled.coefficients, atol=1e-5)


@pytest.mark.parametrize("precision", [0.0, 2.0])
def test_a_wide_spread_is_separate_fits(precision):
    found = fit_hierarchy(SETS, prior_precision=precision, spread=1e6, fixed={"t3": 0.2})
    for region, sets in SETS.items():
        alone = fit(sets, prior_precision=0.0, fixed={"t3": 0.2})
        np.testing.assert_allclose(found[region].coefficients, alone.coefficients, atol=1e-6)
        # the factors G / (G - 1) of all clusters and of those of the region
        ratio = (75 / 74) / (25 / 24)
        np.testing.assert_allclose(found[region].covariance, ratio * alone.covariance, atol=1e-6)
        assert found[region].degrees_of_freedom == alone.degrees_of_freedom
    assert found.shrinkage[:, :3].max() < 1e-6


def test_one_term_may_be_common_and_another_free():
    found = fit_hierarchy(SETS, prior_precision=0.0, spread={"t0": 0.0, "t1": 1e6, "t2": 0.3, "t3": 0.0})
    first = [found[region]["t0"] for region in SETS]
    assert first == pytest.approx([first[0]] * 3, abs=1e-12)
    assert np.ptp([found[region]["t1"] for region in SETS]) > 0.1
    np.testing.assert_allclose(found.spread, [0.0, 1e6, 0.3, 0.0])


def test_both_ways_of_writing_a_deviation_agree():
    # the unknowns change where a spread passes what a region can tell; nothing else may
    around = [fit_hierarchy(SETS, spread=s) for s in np.geomspace(0.05, 0.5, 15)]
    marginals = np.array([found.log_marginal for found in around])
    bends = np.diff(marginals, 3)
    assert np.abs(bends).max() < 0.5
    theta = np.array([found["west"].coefficients for found in around])
    assert np.abs(np.diff(theta, 3, axis=0)).max() < 0.02


# --- derivatives and the marginal likelihood


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), firth=st.booleans())
def test_gradient_and_curvature_are_the_derivatives(seed, firth):
    rng = np.random.default_rng(seed)
    parts = tuple(Likelihood(part.select(part.labels[:6])) for part in SETS.values())
    root = rng.standard_normal((7, 7))
    problem = Problem(
        parts=parts,
        free=np.array([0, 1, 3]),
        held=np.array([0.0, 0.0, 0.4, 0.0]),
        map=rng.standard_normal((9, 7)),
        mean=rng.standard_normal(7),
        precision=root @ root.T,
        magnitude=0.7,
        firth=firth,
    )
    weights = [rng.uniform(0, 2, len(part.sets)) for part in parts]
    pull = rng.standard_normal(7)
    x = 0.3 * rng.standard_normal(7)
    at = problem.at(x, weights, pull)
    step = 1e-5
    for k, unit in enumerate(np.eye(7) * step):
        up, down = problem.at(x + unit, weights, pull), problem.at(x - unit, weights, pull)
        assert at.gradient[k] == pytest.approx((up.value - down.value) / (2 * step), rel=1e-5, abs=1e-4)
        if not firth:  # the curvature leaves out that of the penalty
            bend = (up.gradient - down.gradient) / (2 * step)
            np.testing.assert_allclose(-at.curvature[k], bend, rtol=1e-4, atol=1e-4)


def test_the_marginal_likelihood_is_near_the_integral():
    # one term, two regions: integrated on a grid, with the likelihoods of the model itself
    sets = sampled(1, 12, seed=2, regions=("a", "b"))[0]
    grid = np.linspace(-4, 4, 801)
    curves = []
    for part in sets.values():
        work = Likelihood(part)
        values = np.array([part.weight @ work.at(np.array([theta])).log_likelihoods for theta in grid])
        curves.append(0.5 * values)
    step = grid[1] - grid[0]

    def integral(spread):
        apart = -((grid[:, None] - grid[None, :]) ** 2) / (2 * spread**2) - np.log(spread * np.sqrt(2 * np.pi))
        inner = [np.log(np.exp(apart + (c - c.max())[None, :]).sum(axis=1) * step) + c.max() for c in curves]
        outer = sum(inner) - grid**2 / 2
        return np.log(np.exp(outer - outer.max()).sum() * step) + outer.max()

    laplace = [fit_hierarchy(sets, spread=s, magnitude=0.5).log_marginal for s in (0.1, 0.4, 1.2)]
    truth = [integral(s) for s in (0.1, 0.4, 1.2)]
    np.testing.assert_allclose(np.diff(laplace), np.diff(truth), atol=0.03)


# --- the estimated spread


def factors(spread, runs, seed, **options):
    found = [fit_hierarchy(sampled(6, 25, seed + run, spread)[0], scales=np.ones(6), **options) for run in range(runs)]
    return np.array([each.factor for each in found]), found


def test_the_spread_is_neither_collapsed_nor_inflated():
    estimates, found = factors(0.5, 12, seed=100)
    assert 0.4 < estimates.mean() < 0.6  # standard deviation of the mean 0.03
    assert estimates.min() > 0.2
    inside = [low <= 0.5 <= high for low, high in (each.spread_interval for each in found)]
    assert np.mean(inside) > 0.7


def test_overlap_is_not_taken_for_differences_between_regions():
    adjusted, found = factors(0.0, 12, seed=200)
    naive, _ = factors(0.0, 12, seed=200, magnitude=1.0)
    assert np.mean([each.magnitude for each in found]) < 0.8
    assert adjusted.mean() < 0.08
    assert (adjusted < 1e-3).sum() >= 4  # half are 0 in the limit
    assert naive.mean() > 1.5 * adjusted.mean()
    assert (adjusted <= naive + 1e-6).all()
    assert all(each.spread_interval[0] < 0.02 for each in found)


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.25, 0.5, 1.0])
def test_the_spread_is_right_in_the_mean(spread):
    estimates, _ = factors(spread, 60, seed=300)
    assert np.sqrt((estimates**2).mean()) == pytest.approx(spread, rel=0.12)


def test_shrinking_beats_both_pooled_and_separate_fits():
    errors = []
    for run in range(8):
        sets, truth = sampled(6, 15, 400 + run, spread=0.3)
        whole = fit_hierarchy(sets, prior_precision=4.0)
        pooled = fit(ChoiceSets.concat(sets.values()), prior_precision=4.0).coefficients
        alone = {region: fit(part, prior_precision=4.0).coefficients for region, part in sets.items()}
        errors.append(
            [
                np.mean([(whole[r].coefficients - truth[r]) ** 2 for r in sets]),
                np.mean([(pooled - truth[r]) ** 2 for r in sets]),
                np.mean([(alone[r] - truth[r]) ** 2 for r in sets]),
            ]
        )
    shrunk, one, each = np.mean(errors, axis=0)
    assert shrunk < one
    assert shrunk < each


# --- clusters and silence


def test_one_label_in_two_regions_is_one_cluster():
    part = SETS["east"]
    alone = fit(part, prior_precision=0.0)
    same = fit_hierarchy({"a": part, "b": part}, prior_precision=0.0, spread=0.0)
    apart = fit_hierarchy(
        {"a": part, "b": replace(part, labels=[f"other {c}" for c in part.labels])}, prior_precision=0.0, spread=0.0
    )
    assert same.common.clusters == 25
    assert apart.common.clusters == 50
    np.testing.assert_allclose(same.common.covariance, alone.covariance, atol=1e-8)
    np.testing.assert_allclose(apart.common.covariance, alone.covariance / 2 * (50 / 49) / (25 / 24), atol=1e-8)


def test_a_region_that_is_silent_takes_the_common_coefficient():
    flat = SETS["west"].features.copy()
    flat[:, 2] = 3.0
    found = fit_hierarchy(SETS | {"west": replace(SETS["west"], features=flat)}, spread=0.4)
    assert found["west"]["t2"] == pytest.approx(found.common["t2"], abs=1e-8)
    assert found.shrinkage[2, 2] == pytest.approx(1.0)
    assert found["west"].standard_errors[2] > found.common.standard_errors[2]


# --- results


def test_draws_are_joint():
    found = fit_hierarchy(SETS, spread=0.3, fixed={"t3": 0.1})
    draws = found.draws(20_000, rng=3)
    again = found.draws(20_000, rng=np.random.default_rng(3))
    assert list(draws) == list(SETS)
    for region in SETS:
        assert draws[region].shape == (20_000, 4)
        assert draws[region].tobytes() == again[region].tobytes()
        assert (draws[region][:, 3] == 0.1).all()
        np.testing.assert_allclose(draws[region].mean(axis=0), found[region].coefficients, atol=0.02)
        np.testing.assert_allclose(np.cov(draws[region].T), found[region].covariance, atol=0.005)
    # what regions share is in the draws: they move together
    together = np.corrcoef(draws["east"][:, 0], draws["west"][:, 0])[0, 1]
    expected = found.covariance[4, 12] / np.sqrt(found.covariance[4, 4] * found.covariance[12, 12])
    assert together == pytest.approx(expected, abs=0.03)
    assert expected > 0.02
    pooled = fit_hierarchy(SETS, spread=0.0).draws(5, rng=1)
    np.testing.assert_allclose(pooled["east"], pooled["west"], atol=1e-6)


def test_an_unseen_region_is_less_sure_than_any():
    found = fit_hierarchy(SETS, spread=0.4)
    np.testing.assert_allclose(np.diag(found.unseen.covariance - found.common.covariance), 0.16)
    assert (found.unseen.standard_errors > found["east"].standard_errors).all()
    assert (found.unseen.moved < found.common.moved).all()


def test_a_hierarchy_reads_well():
    found = fit_hierarchy(SETS, fixed={"t3": 0.2})
    text = repr(found)
    assert "of 3 regions" in text
    assert "75 clusters" in text
    assert "0.200 fixed" in text
    assert "drawn to the common coefficients: east" in text
    frame = found.to_frame()
    assert list(frame["region"][:4]) == ["common", "east", "north", "west"]
    assert frame["shrinkage"].between(0, 1).sum() == 12
    assert "<table" in found._repr_html_()
    assert "standard\\_error" in found.to_latex()
    axes = found.plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["t0", "t1", "t2"]
    with pytest.raises(ChoiceError, match="no region 'weast'; did you mean 'west'"):
        found["weast"]
    with pytest.raises(TypeError):
        found.fits["east"] = found.common


def test_the_same_input_gives_the_same_bytes():
    one, two = fit_hierarchy(SETS), fit_hierarchy(SETS)
    assert one.covariance.tobytes() == two.covariance.tobytes()
    assert one.factor == two.factor


# --- refusals


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"spread": -1.0}, "spread of 't0' is -1.0; it must not be negative"),
        ({"spread": "guess"}, "spread is 'guess'"),
        ({"spread": {"t0": 0.1}}, "spread leave out 't1'"),
        ({"spread": [0.1, np.inf, 0.1, 0.1]}, "spread of 't1' is inf"),
        ({"scales": {"t9": 1.0}}, "scales names 't9'"),
        ({"scales": {"t1": -1.0}}, "scales of 't1' is -1.0"),
        ({"magnitude": 0.0}, "magnitude is 0.0"),
        ({"magnitude": "guess"}, "magnitude is 'guess'"),
        ({"tolerance": -1.0}, "tolerance is -1.0"),
        ({"fixed": {"u": 1.0}}, "fixed names 'u'"),
    ],
)
def test_refuses_bad_options(options, words):
    with pytest.raises(ChoiceError, match=words):
        fit_hierarchy(SETS, **options)


def test_refuses_what_is_no_hierarchy():
    with pytest.raises(ChoiceError, match=r"1 region.*use fit"):
        fit_hierarchy({"east": SETS["east"]})
    other = replace(SETS["west"], names=["a", "b", "c", "d"])
    with pytest.raises(ChoiceError, match="terms differ: 'east' has"):
        fit_hierarchy(SETS | {"west": other})
    one = {region: replace(part.select([part.labels[0]]), labels=["same"]) for region, part in SETS.items()}
    with pytest.raises(ChoiceError, match="all sets belong to one cluster, 'same'"):
        fit_hierarchy(one)
    flat = {}
    for region, part in SETS.items():
        features = part.features.copy()
        features[:, 1] = 2.0
        flat[region] = replace(part, features=features)
    with pytest.raises(ChoiceError, match="term 't1' is not identified"):
        fit_hierarchy(flat)


def test_refuses_regions_that_all_separate():
    apart = {}
    for region, part in SETS.items():
        features = part.features.copy()
        features[:, 0] = 0.0
        features[part.offsets[:-1] + part.chosen, 0] = 1.0
        apart[region] = replace(part, features=features)
    with pytest.raises(ChoiceError, match=r"the data separate: along \+1 't0'"):
        fit_hierarchy(apart, prior_precision={"t0": 0.0})
    assert fit_hierarchy(apart, spread=0.5).converged
    # one region that separates is held by the others
    assert fit_hierarchy(SETS | {"east": apart["east"]}, prior_precision=0.0, spread=0.5).converged
