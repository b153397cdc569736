"""models/calibrated.py: all regions fitted together, anchored, and drawn."""

import numpy as np
import pytest

import models
from coalitions.errors import ChoiceError
from models.calibrated import profile_setting

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


@pytest.mark.parametrize(("change", "words"), [({"paying": 1.5}, "paying is 1.5"), ({"draws": -1}, "draws is -1")])
def test_numbers_are_checked_before_any_work(change, words):
    with pytest.raises(ValueError, match=words):
        models.calibrate(**change)
