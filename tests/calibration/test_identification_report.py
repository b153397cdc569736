"""coalitions/calibration: identified.py"""

from dataclasses import replace

import numpy as np
import pytest

from coalitions.calibration import fit, fit_hierarchy, identification, simulator

POOL = 11
WEALTH = np.random.default_rng(2).standard_normal(POOL)
TIES = np.random.default_rng(1).standard_normal((2, POOL, POOL))
NAMES = ("capability", "affinity", "ties", "era")


def features(members, context=None):
    affinity, other = TIES[:, members[:, :, None], members[:, None, :]].sum(axis=(2, 3)) / 4
    return np.column_stack([WEALTH[members].sum(axis=1), affinity, affinity + 0.05 * other, np.full(len(members), 2.0)])


def sampled(prefix, seed, groups=40):
    design = [(f"{prefix} {number}", (0, 1, 2)) for number in range(groups)]
    return simulator(design, POOL, features, NAMES, [0.9, 0.4, 0.3, 0.0])(np.random.default_rng(seed))


SETS = {region: sampled(region, seed) for seed, region in enumerate(("east", "west"))}
PRIOR = {"prior_mean": {"era": 0.3, "affinity": 0.2}, "prior_precision": {"capability": 0.0}}


def test_says_where_each_coefficient_comes_from():
    found = identification(fit(SETS["east"], **PRIOR))
    assert found.verdict("capability") == "set by the data"
    assert found.verdict("era") == "stays at its prior"
    rows = {row.term: row for row in found.terms}
    assert rows["capability"].prior_sd == np.inf
    assert rows["capability"].moved == 1
    assert rows["era"].moved == 0
    assert (rows["era"].coefficient, rows["era"].sd, rows["era"].prior_sd) == pytest.approx((0.3, 1, 1))
    assert rows["affinity"].prior_mean == 0.2
    held = identification(fit(SETS["east"], fixed={"era": 1.5}))
    assert held.verdict("era") == "fixed"
    assert "fixed: era." in held.sentences


def test_names_what_is_told_only_in_sum():
    found = identification(fit(SETS["east"], **PRIOR))
    weak = found.directions[0]
    assert set(weak.weights) == {"affinity", "ties"}
    assert weak.weights["affinity"] * weak.weights["ties"] < 0
    assert weak.told < 0.2
    assert "the data tell 'affinity' and 'ties' only in sum" in weak.sentence
    turned = replace(SETS["east"], features=SETS["east"].features * np.array([1, -1, 1, 1]))
    flipped = identification(fit(turned, prior_mean={"era": 0.3}))
    assert "only in their difference" in flipped.directions[0].sentence


def test_the_share_told_is_that_of_the_precision():
    fitted = fit(SETS["east"], fixed={"era": 0.0}, prior_precision=2.0, magnitude="estimate")
    weak = identification(fitted).directions[0]
    way = np.array([weak.weights.get(name, 0.0) for name in NAMES])
    data, prior = way @ fitted.information @ way, way @ fitted.prior_precision @ way
    assert weak.told == pytest.approx(data / (data + prior), abs=0.02)


def test_what_cannot_be_told_is_listed():
    found = identification(fit(SETS["east"], **PRIOR))
    assert any("'era', which varies within no choice set" in what for what in found.not_told)
    assert any("level of worths" in what for what in found.not_told)
    tied = replace(SETS["east"], features=SETS["east"].features[:, [0, 1, 1, 3]])
    weak = identification(fit(tied, fixed={"era": 0.0})).directions[0]
    assert weak.told == pytest.approx(0, abs=1e-9)
    assert "is not told at all" in weak.sentence


def test_overlapping_sets_count_once():
    fitted = fit(SETS["east"], prior_precision=1.0, fixed={"era": 0.0})
    found = {row.term: row.moved for row in identification(fitted).terms}
    assert found["affinity"] < fitted.moved[1]
    adjusted = fit(SETS["east"], prior_precision=1.0, fixed={"era": 0.0}, magnitude="estimate")
    assert found["affinity"] == pytest.approx(adjusted.moved[1], abs=0.02)


def test_a_hierarchy_says_who_shares():
    alone = identification(fit_hierarchy(SETS, spread=100.0, prior_mean={"era": 0.3}))
    pooled = identification(fit_hierarchy(SETS, spread=0.01, prior_mean={"era": 0.3}))
    assert alone.verdict("capability", "east") == "set by the data"
    assert pooled.verdict("capability", "east") == "shared"
    assert pooled.verdict("capability") == pooled.verdict("capability", "common") == "set by the data"
    assert pooled.verdict("era", "west") == "stays at its prior"
    frame = pooled.to_frame()
    assert list(frame["region"].unique()) == ["common", "east", "west"]
    assert frame.loc[frame["region"] == "east", "own"].max() < 0.1


def test_a_region_that_is_silent_is_named():
    flat = SETS["west"].features.copy()
    flat[:, 0] = 1.0
    sets = SETS | {"west": replace(SETS["west"], features=flat)}
    found = identification(fit_hierarchy(sets, spread=0.3, prior_mean={"era": 0.3}))
    assert found.not_told[0] == "'era', which varies within no choice set: its coefficient is its prior"
    assert found.not_told[1].startswith("'capability' in west, where it varies within no choice set")
    assert len(found.not_told) == 4


def test_reads_well():
    found = identification(fit(SETS["east"], **PRIOR))
    text = repr(found)
    assert text.startswith("Identification: ")
    assert "stays at its prior: era." in text
    assert "<table" in found._repr_html_()
    with pytest.raises(KeyError):
        found.verdict("capabilty")
