"""coalitions/calibration: bootstraps.py"""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from coalitions.calibration import ChoiceSets, bootstrap, fit, fit_hierarchy, simulator
from coalitions.errors import ChoiceError

POOL = 11
TIES = np.random.default_rng(1).standard_normal((POOL, POOL))
WEALTH = np.random.default_rng(2).standard_normal(POOL)
NAMES = ("wealth", "ties")


def features(members, context=None):
    ties = TIES[members[:, :, None], members[:, None, :]].sum(axis=(1, 2))
    return np.column_stack([WEALTH[members].sum(axis=1), ties / 3])


def sampled(groups, seed, prefix="g"):
    design = [(f"{prefix}{number}", (0, 1, 2)) for number in range(groups)]
    return simulator(design, POOL, features, NAMES, [0.7, 0.5])(np.random.default_rng(seed))


SETS = sampled(60, 3)


def test_agrees_with_the_sandwich():
    found = bootstrap(SETS, 400, rng=0, prior_precision=0.0)
    assert found.failed == 0
    np.testing.assert_allclose(found.standard_errors, found.fit.standard_errors, rtol=0.2)
    np.testing.assert_allclose(found.estimates.mean(axis=0), found.fit.coefficients, atol=0.05)
    percentile, student = found.interval(0.9), found.fit.interval(0.9)
    np.testing.assert_allclose(percentile, student, atol=0.12)


def test_a_refit_is_the_fit_to_repeated_clusters():
    found = bootstrap(SETS, 3, rng=5, prior_precision=0.0)
    drawn = np.random.default_rng(5).multinomial(60, np.full(60, 1 / 60), size=3)
    for estimate, counts in zip(found.estimates, drawn, strict=True):
        kept = SETS.select([SETS.labels[c] for c in np.flatnonzero(counts)])
        weight = counts[[SETS.labels.index(kept.labels[c]) for c in kept.cluster]]
        again = fit(replace(kept, weight=weight.astype(float)), prior_precision=0.0)
        np.testing.assert_allclose(estimate, again.coefficients, atol=1e-4)


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_the_bytes_do_not_depend_on_who_works(pool):
    alone = bootstrap(SETS, 60, rng=7)
    with pool(2) as executor:
        shared = bootstrap(SETS, 60, rng=7, executor=executor)
    assert alone.estimates.tobytes() == shared.estimates.tobytes()
    assert alone.estimates.tobytes() != bootstrap(SETS, 60, rng=8).estimates.tobytes()


def test_where_the_data_are_silent_the_prior_is_drawn():
    silent = replace(SETS, names=(*NAMES, "era"), features=np.c_[SETS.features, np.full(len(SETS.features), 7.0)])
    found = bootstrap(silent, 400, rng=1, prior_mean={"era": -0.4}, prior_precision={"era": 4.0, "wealth": 25.0})
    assert found["era"].mean() == pytest.approx(-0.4, abs=0.08)
    np.testing.assert_allclose(found.standard_errors, found.fit.standard_errors, rtol=0.2)


def test_fixed_terms_stay():
    found = bootstrap(SETS, 10, rng=1, fixed={"ties": 0.5})
    assert (found["ties"] == 0.5).all()
    assert found["wealth"].std() > 0


def test_failures_are_counted_and_said():
    # eight groups, seven of which take the rarer alternative: without the eighth a resample separates
    rows = np.tile([[1.0], [0.0]], (8, 1))
    pairs = ChoiceSets(
        names=["rare"],
        features=rows,
        offsets=np.arange(0, 17, 2),
        chosen=[0] * 7 + [1],
        correction=np.zeros(16),
        cluster=np.arange(8),
        labels=range(8),
        weight=np.ones(8),
    )
    found = bootstrap(pairs, 200, rng=2, prior_precision=0.0)
    assert found.failed / 200 == pytest.approx((7 / 8) ** 8, abs=0.1)
    assert len(found.estimates) == 200 - found.failed
    assert f"{found.failed} (" in repr(found)
    assert "no finite coefficients" in repr(found)
    assert bootstrap(pairs, 50, rng=2, prior_precision=0.1).failed == 0
    assert bootstrap(pairs, 50, rng=2, prior_precision=0.0, firth=True).failed == 0


def test_a_hierarchy_is_resampled_within_regions():
    sets = {"east": sampled(30, 4, "e"), "west": sampled(40, 5, "w")}
    found = bootstrap(sets, 200, rng=0, spread=0.3)
    whole = fit_hierarchy(sets, spread=0.3)
    assert found.estimates.shape == (200, 3, 2)
    np.testing.assert_allclose(found.standard_errors[1], whole["east"].standard_errors, rtol=0.3)
    np.testing.assert_allclose(found.standard_errors[0], whole.common.standard_errors, rtol=0.3)
    np.testing.assert_allclose(found["west"].mean(axis=0), whole["west"].coefficients, atol=0.1)
    frame = found.to_frame()
    assert list(frame["region"]) == ["common"] * 2 + ["east"] * 2 + ["west"] * 2
    with pytest.raises(ChoiceError, match="no region 'weast'; did you mean 'west'"):
        found["weast"]


def test_a_bootstrap_reads_well():
    found = bootstrap(SETS, 50, rng=0)
    assert "Bootstrap of 50 resamples of clusters" in repr(found)
    assert list(found.to_frame()["term"]) == list(NAMES)
    assert "<table" in found._repr_html_()
    with pytest.raises(ValueError, match="read-only"):
        found.estimates[0] = 1.0


def test_refusals():
    with pytest.raises(ChoiceError, match="size is 1"):
        bootstrap(SETS, 1)
    found = bootstrap(SETS, 5, rng=0)
    with pytest.raises(ChoiceError, match="no term 'tie'; did you mean 'ties'"):
        found["tie"]
    with pytest.raises(ChoiceError, match="level is 95"):
        found.interval(95)
    with pytest.raises(TypeError):
        bootstrap(SETS, 5, prior=1.0)
