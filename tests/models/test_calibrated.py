"""models/calibrated.py: all regions fitted together, anchored, and drawn."""

import numpy as np
import pytest

import models
from coalitions.errors import ChoiceError
from models.calibrated import profile_setting
from models.panel import FOUNDERS

FOUND = models.calibrate(draws=200)
WORLD = models.calibrate("global-order", draws=20)


def test_the_same_seed_gives_the_same_draws():
    again = models.calibrate(draws=200)
    for name in FOUND.regions:
        assert np.array_equal(FOUND.draws[name], again.draws[name])


def test_draws_scatter_around_the_coefficients():
    for name, region in FOUND.regions.items():
        fitted = np.array([FOUND.coefficients[name][term] for term in region.names])
        error = np.array([FOUND.of(name).standard_errors[k] for k in range(len(region.names))])
        off = (FOUND.draws[name].mean(axis=0) - fitted) / np.maximum(error, 1e-12)
        assert np.abs(off[:-1]).max() < 4 / np.sqrt(200) + 1e-9


def test_three_quarters_of_the_founded_groups_pay_in_every_draw():
    for name, region in FOUND.regions.items():
        choices = region.choice_data(until=2024).choices
        rows = np.array([region.features(np.array([c.members]), *c.context)[0] for c in choices])
        paying = (rows @ FOUND.draws[name].T > 0).mean(axis=0)
        assert np.abs(paying - 0.75).max() < 0.5 / len(choices) + 0.02


def test_a_region_without_groups_takes_what_is_expected_of_any():
    assert set(WORLD.regions) == {"global-order"}
    assert set(WORLD.fitted) == {"asia-pacific", "europe", "middle-east"}
    found = WORLD.coefficients["global-order"]
    assert np.isfinite(list(found.values())).all()
    assert found["ties"] == pytest.approx(WORLD.fit.common["ties"])
    assert WORLD.of("global-order").standard_errors[7] > WORLD.fit.common.standard_errors[7]


def test_groups_founded_later_change_nothing():
    early = models.calibrate(year=2014, draws=2)
    assert early.fit.common.clusters < FOUND.fit.common.clusters
    assert early.coefficients["europe"]["ties"] != FOUND.coefficients["europe"]["ties"]


def test_the_coefficients_are_the_maximum_written_down():
    """The hierarchy's objective anew, from sets built in a loop, climbed by a general optimiser; then its sandwich."""
    from scipy.optimize import minimize

    fit = FOUND.fit
    names, regions = fit.names, {name: FOUND.fitted[name] for name in fit.regions}
    free = np.array([k for k, name in enumerate(names) if name != "setup"])
    priors = [(region.prior_mean[free], region.prior_precision[free]) for region in regions.values()]
    mean, precision = np.mean(priors, axis=0)
    spread, count, width = fit.spread[free], len(regions), free.size
    tables = {name: _tables(region) for name, region in regions.items()}

    def told(name, theta):
        """Minus the log likelihood of a region, its slope, the score of every set, and shares by row."""
        features, offset, starts, chosen, weight, _ = tables[name]
        sizes = np.diff(np.append(starts, len(features)))
        utility = features @ np.insert(theta, names.index("setup"), fit.common["setup"]) + offset
        utility -= np.repeat(np.maximum.reduceat(utility, starts), sizes)
        total = np.add.reduceat(np.exp(utility), starts)
        share = np.exp(utility) / np.repeat(total, sizes)
        own = features[:, free]
        scores = own[chosen] - np.add.reduceat(share[:, None] * own, starts)
        return weight @ (np.log(total) - utility[chosen]), -weight @ scores, scores * weight[:, None], share

    def bend(name, share):
        features, _, starts, _, weight, _ = tables[name]
        own, ends = features[:, free], np.append(starts, len(features))
        found = np.zeros((width, width))
        for first, last, counted in zip(ends[:-1], ends[1:], weight, strict=True):
            found += counted * np.cov(own[first:last].T, aweights=share[first:last], ddof=0)
        return found

    def objective(x):
        mu, thetas = x[:width], x[width:].reshape(count, width)
        value, slope = precision @ (mu - mean) ** 2 / 2, np.zeros((count + 1, width))
        slope[0] = precision * (mu - mean)
        for r, name in enumerate(regions):
            loss, by_theta, *_ = told(name, thetas[r])
            off = (thetas[r] - mu) / spread
            value += fit.magnitude * loss + off @ off / 2
            slope[r + 1] = fit.magnitude * by_theta + off / spread
            slope[0] -= off / spread
        return value, slope.ravel()

    at = np.concatenate([fit.common.coefficients[free], *(fit[name].coefficients[free] for name in regions)])
    scale = np.tile(spread, count + 1)
    start = at + 0.5 * scale * np.random.default_rng(0).standard_normal(at.size)
    climb = minimize(
        lambda z: (objective(z * scale)[0], objective(z * scale)[1] * scale),
        start / scale,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-7},
    )
    np.testing.assert_allclose(climb.x * scale, at, atol=2e-5)
    assert np.abs(objective(at)[1] * scale).max() < 1e-6

    curvature, labels = np.zeros((at.size,) * 2), {}
    curvature[:width, :width] = np.diag(precision + count / spread**2)
    prior = curvature.copy()
    for r, name in enumerate(regions):
        own = slice((r + 1) * width, (r + 2) * width)
        *_, scores, share = told(name, at[own])
        for matrix, more in ((curvature, fit.magnitude * bend(name, share)), (prior, 0.0)):
            matrix[own, own] = np.diag(1 / spread**2) + more
            matrix[:width, own] = matrix[own, :width] = -np.diag(1 / spread**2)
        for family, score in zip(tables[name][-1], scores, strict=True):
            labels.setdefault(family, np.zeros(at.size))[own] += fit.magnitude * score
    sums = np.array(list(labels.values()))
    meat = sums.T @ sums * len(sums) / (len(sums) - 1) + prior
    inverse = np.linalg.inv(curvature)
    errors = np.sqrt(np.diag(inverse @ meat @ inverse))
    np.testing.assert_allclose(errors[:width], fit.common.standard_errors[free], rtol=1e-8)
    assert len(sums) == fit.common.clusters == 83


def _tables(region):
    """All choice sets of a region: features, log chance of the set, its first row, row observed, weight, family."""
    everyone = range(len(region.states))
    low, high = FOUNDERS
    found = []

    def chance(rest, group):
        """Of drawing the set around a rest: first whether to add or to drop, then whom to drop."""
        adding = {low: 1.0, high: 0.0}.get(len(group), 0.5)
        return adding if rest == group else (1 - adding) / len(group)

    for choice in region.choice_data(until=FOUND.year).choices:
        group = frozenset(choice.members)

        def put(alternatives, offset, weight, choice=choice, group=group):
            rows = np.zeros((len(alternatives), len(region.names)))
            for size in {len(a) for a in alternatives}:
                at = [i for i, a in enumerate(alternatives) if len(a) == size]
                rows[at] = region.features(np.array([sorted(alternatives[i]) for i in at]), *choice.context)
            found.append((rows, offset, alternatives.index(group), weight, choice.family))

        for gone in group:
            rest = group - {gone}
            full = [rest | {state} for state in everyone if state not in rest]
            put(full, np.zeros(len(full)), 1.0)
            if len(rest) >= low:
                put([rest, *full], np.log([chance(rest, h) for h in (rest, *full)]), chance(rest, group))
        if len(group) < high:
            larger = [group | {state} for state in everyone if state not in group]
            put([group, *larger], np.log([chance(group, h) for h in (group, *larger)]), chance(group, group))
    features, offset, place, weight, family = zip(*found, strict=True)
    starts = np.cumsum([0, *map(len, features[:-1])])
    return np.concatenate(features), np.concatenate(offset), starts, starts + place, np.array(weight), family


def test_too_few_groups_are_refused():
    with pytest.raises(ChoiceError, match="by 1991 fewer than two regions"):
        models.calibrate(year=1991)


def test_a_setting_is_profiled_over_its_range():
    found = profile_setting("crowding", ("asia-pacific", "europe"), points=3)
    assert list(found.values) == [1.0, 1.25, 1.5]
    assert found.estimate == 1.0, "dearer crowding than by pairs fits worse"
    assert found.log_likelihoods[0] > found.log_likelihoods[2] + 2


def test_settings_and_bounds_are_checked():
    with pytest.raises(ValueError, match=r"no setting 'decy'.*'decay'"):
        profile_setting("decy")
    with pytest.raises(ValueError, match="the first must be the lower"):
        profile_setting("decay", bounds=(0.2, 0.1))
    with pytest.raises(ValueError, match="year 2050 is outside the panel"):
        profile_setting("decay", year=2050)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"paying": 1.5}, "paying is 1.5"),
        ({"draws": -1}, "draws is -1"),
        ({"draws": 2.5}, "draws is 2.5; it must be a whole number"),
        ({"seed": -1}, "seed is -1"),
        ({"year": 2050}, "year 2050 is outside the panel"),
        ({"year": 2014.5}, r"year (is )?2014\.5"),
    ],
)
def test_numbers_are_checked_before_any_work(change, words):
    with pytest.raises(ValueError, match=words):
        models.calibrate(**change)
