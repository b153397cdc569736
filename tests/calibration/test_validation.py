"""coalitions/calibration: ranks.py, validation.py"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coalitions.calibration import (
    Observed,
    baseline_ranks,
    completion_sets,
    evaluate,
    fit,
    swap_ranks,
    temporal_holdout,
)
from coalitions.calibration.ranks import clustered_means
from coalitions.calibration.validation import forecast
from coalitions.errors import ChoiceError

POOL = 9
RNG = np.random.default_rng(31)
WEALTH = RNG.standard_normal(POOL)
TIES = RNG.standard_normal((POOL, POOL))


def features(members, context=None):
    ties = TIES[members[:, :, None], members[:, None, :]].sum(axis=(1, 2))
    return np.column_stack([WEALTH[members].sum(axis=1), ties / members.shape[1]])


NAMES = ("wealth", "ties")


def sample(count, prefix, rng, theta=(1.0, 0.6)):
    """Groups of two to four that formed by the model itself."""
    groups = []
    for number in range(count):
        size = int(rng.integers(2, 5))
        every = np.array([rng.choice(POOL, size, replace=False) for _ in range(200)])
        noisy = features(np.sort(every)) @ np.array(theta) + rng.gumbel(size=200)
        groups.append(Observed(f"{prefix}{number}", tuple(every[noisy.argmax()].tolist())))
    return groups


# --- laws


@settings(max_examples=30, deadline=None)
@given(members=st.sets(st.integers(0, POOL - 1), min_size=2, max_size=5), seed=st.integers(0, 999))
def test_ranks_count_what_a_loop_counts(members, seed):
    theta = np.random.default_rng(seed).standard_normal(2)
    own = features(np.array([sorted(members)]))[0] @ theta
    others = []
    for i in members:
        for o in set(range(POOL)) - members:
            swap = sorted(members - {i} | {o})
            others.append((float(features(np.array([swap]))[0] @ theta), tuple(swap)))
    ranks = swap_ranks([("g", tuple(members))], POOL, features, theta)
    assert ranks.swaps[0] == len(others) == len(members) * (POOL - len(members))
    assert ranks.share[0] == pytest.approx(sum(u < own for u, _ in others) / len(others))
    assert ranks.position[0] == 1 + sum(u > own for u, _ in others)
    above = sorted((pair for pair in others if pair[0] > own), reverse=True)
    assert ranks.better[0] == tuple(group for _, group in above[:3])


def test_ties_count_half():
    flat = baseline_ranks([("g", (0, 1, 2))], POOL, lambda members, context: np.zeros(len(members)))
    assert flat.share[0] == 0.5
    assert flat.position[0] == 1
    assert flat.better == ((),)


def test_only_ratios_of_coefficients_matter():
    groups = sample(20, "g", np.random.default_rng(1))
    one, two = (swap_ranks(groups, POOL, features, scale * np.array([1.0, 0.5])) for scale in (1, 7))
    np.testing.assert_array_equal(one.share, two.share)


def test_chance_ranks_around_a_half():
    rng = np.random.default_rng(2)
    groups = [Observed(str(i), tuple(rng.choice(POOL, 3, replace=False).tolist())) for i in range(400)]
    ranks = swap_ranks(groups, POOL, features, [1.0, 1.0])
    value, low, high = ranks.summary(level=0.999)["mean"]
    assert low < 0.5 < high
    assert value == ranks.mean


# --- agreement


def test_a_fit_an_array_and_a_score_rank_alike():
    groups = sample(30, "g", np.random.default_rng(3))
    found = fit(completion_sets(groups, POOL, features, NAMES))
    by_fit = swap_ranks(groups, POOL, features, found)
    by_array = swap_ranks(groups, POOL, features, found.coefficients)
    by_score = baseline_ranks(groups, POOL, lambda m, context: features(m) @ found.coefficients)
    np.testing.assert_array_equal(by_fit.share, by_array.share)
    np.testing.assert_array_equal(by_fit.share, by_score.share)
    assert by_fit.better == by_score.better


def test_top_shares_follow_from_the_shares():
    ranks = swap_ranks(sample(50, "g", np.random.default_rng(4)), POOL, features, [1.0, 0.6])
    summary = ranks.summary()
    assert list(summary) == ["mean", "top 1%", "top 5%", "top 10%"]
    assert summary["top 5%"].value == ranks.top(0.05) == np.mean(ranks.share >= 0.95)
    assert ranks.top(1.0) == 1.0
    assert all(low <= value <= high for value, low, high in summary.values())
    frame = ranks.to_frame()
    assert list(frame.columns) == ["family", "share", "swaps", "position", "better"]
    assert frame["share"].mean() == pytest.approx(ranks.mean)
    assert "Ranks of 50 groups" in repr(ranks)


def test_the_bootstrap_keeps_families_together():
    values = np.random.default_rng(5).standard_normal((1, 30)).repeat(4, axis=1)
    apart = clustered_means(values, range(120))[0]
    together = clustered_means(values, np.arange(120) // 4)[0]
    assert together.high - together.low == pytest.approx(2 * (apart.high - apart.low), rel=0.2)
    error = values[0, ::4].std() / math.sqrt(30)
    assert together.high - together.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_seed_nought_is_a_seed():
    ranks = swap_ranks(sample(20, "g", np.random.default_rng(6)), POOL, features, [1.0, 0.6])
    assert ranks.summary(rng=0) == ranks.summary(rng=0) == ranks.summary()
    assert ranks.summary(rng=0)["mean"] != ranks.summary(rng=1)["mean"]


def test_a_holdout_beats_chance_where_there_is_something_to_learn():
    rng = np.random.default_rng(7)
    train, test = sample(60, "early", rng), sample(30, "late", rng)
    held = temporal_holdout(train, test, POOL, features, NAMES, prior_precision=0.1)
    summary = held.summary()
    assert summary["mean"].low > 0.5
    assert summary["gain"].low > 0
    assert summary["gain"].value == pytest.approx(summary["uniform log loss"].value - summary["log loss"].value)
    assert held.fit.clusters == 60
    assert "tested on 30 later groups" in repr(held)
    assert list(held.to_frame().columns)[-2:] == ["log_loss", "uniform_log_loss"]


def test_the_parts_of_a_holdout_are_the_parts_by_hand():
    rng = np.random.default_rng(8)
    train, test = sample(40, "early", rng), sample(5, "late", rng)
    test = [group._replace(family="one") for group in test]
    held = temporal_holdout(train, test, POOL, features, NAMES, fixed={"ties": 0.5})
    found = fit(completion_sets(train, POOL, features, NAMES), fixed={"ties": 0.5})
    np.testing.assert_array_equal(held.fit.coefficients, found.coefficients)
    for number, group in enumerate(test):
        sets = completion_sets([group], POOL, features, NAMES)
        expected = -evaluate(sets, found.coefficients).log_likelihoods.mean()
        assert held.log_loss[number] == pytest.approx(expected)
        assert held.uniform_log_loss[number] == pytest.approx(math.log(POOL - len(group.members) + 1))
    assert math.isnan(held.summary()["mean"].low)  # one family: nothing to resample


def test_a_placebo_gains_nothing():
    rng = np.random.default_rng(9)
    train = sample(60, "early", rng, theta=(0.0, 0.0))
    test = sample(40, "late", rng, theta=(0.0, 0.0))
    summary = temporal_holdout(train, test, POOL, features, NAMES).summary(level=0.99)
    assert summary["gain"].low < 0.02
    assert summary["mean"].low < 0.5 < summary["mean"].high


def test_a_forecast_is_what_a_loop_says():
    theta, group = np.array([1.0, 0.5]), (1, 4, 6)
    told = forecast([("g", group)], POOL, features, theta)
    expected = []
    for i in group:
        rest = set(group) - {i}
        ways = [tuple(group), *(tuple(sorted(rest | {o})) for o in range(POOL) if o not in group)]
        utility = features(np.array(ways)) @ theta
        expected.append(np.exp(utility) / np.exp(utility).sum())
    np.testing.assert_allclose(told.probabilities, np.concatenate(expected))
    assert told.outcomes.sum() == 3
    assert told.log_loss[0] == pytest.approx(-np.mean([np.log(p[0]) for p in expected]))
    assert told.row_families == ["g"] * told.probabilities.size
    assert told.summary()["Brier score"].value == pytest.approx(np.mean((told.probabilities - told.outcomes) ** 2))


def test_the_slope_says_how_far_utilities_are_too_extreme():
    rng = np.random.default_rng(10)
    groups = sample(300, "g", rng)
    right = forecast(groups, POOL, features, [1.0, 0.6])
    loud = forecast(groups, POOL, features, [3.0, 1.8])
    assert right.slope(0.99).low < 1 < right.slope(0.99).high
    assert loud.slope().value == pytest.approx(right.slope().value / 3, rel=1e-3)
    assert loud.calibration().error.value > 2 * right.calibration().error.value
    silent = forecast(groups, POOL, features, [0.0, 0.0])
    assert math.isnan(silent.slope().value)
    np.testing.assert_allclose(silent.log_loss, silent.uniform_log_loss)


def test_the_eligible_limit_ranks_and_leave_probabilities():
    groups = sample(10, "g", np.random.default_rng(11))
    every, some = (
        forecast(groups, POOL, features, [1.0, 0.6], eligible=limit) for limit in (None, lambda context: range(POOL))
    )
    np.testing.assert_array_equal(every.ranks.share, some.ranks.share)
    few = forecast(groups, POOL, features, [1.0, 0.6], eligible=lambda context: (0, 1, 2, 3, 5))
    assert (few.ranks.swaps <= every.ranks.swaps).all()
    np.testing.assert_array_equal(few.probabilities, every.probabilities)


# --- refusals


def test_refuses_what_cannot_be_ranked():
    pact = [("pact", (0, 1))]
    with pytest.raises(ChoiceError, match="features give 2 terms, and there are 3 coefficients"):
        swap_ranks(pact, POOL, features, [1.0, 2.0, 3.0])
    with pytest.raises(ChoiceError, match="coefficients must be one finite number"):
        swap_ranks(pact, POOL, features, [1.0, math.nan])
    with pytest.raises(ChoiceError, match=r"score is nan for members \(0, 1\), a swap of group 'pact'"):
        baseline_ranks(pact, POOL, lambda members, context: np.full(len(members), math.nan))
    with pytest.raises(ChoiceError, match=r"scores of group 'pact' have shape \(1,\)"):
        baseline_ranks(pact, POOL, lambda members, context: np.zeros(1))
    with pytest.raises(ChoiceError, match="no groups"):
        swap_ranks([], POOL, features, [1.0, 1.0])
    with pytest.raises(ChoiceError, match="member 9 is outside"):
        swap_ranks([("pact", (0, 9))], POOL, features, [1.0, 1.0])


def test_refuses_a_leak_and_bad_levels():
    with pytest.raises(ChoiceError, match="group 'b' is among both training and test groups"):
        temporal_holdout([("a", (0, 1)), ("b", (1, 2))], [("b", (1, 2, 3))], POOL, features, NAMES)
    ranks = swap_ranks([("a", (0, 1)), ("b", (1, 2))], POOL, features, [1.0, 1.0])
    with pytest.raises(ChoiceError, match="level is 1"):
        ranks.summary(level=1)
    with pytest.raises(ChoiceError, match="resamples is 0"):
        ranks.summary(resamples=0)
    with pytest.raises(ChoiceError, match="share is 5"):
        ranks.top(5)
