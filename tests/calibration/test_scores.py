"""coalitions/calibration: scores.py, curves.py, resampling.py, comparison.py"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coalitions.calibration.comparison import Rival, compare, pooled
from coalitions.calibration.curves import calibration_curve
from coalitions.calibration.ranks import baseline_ranks
from coalitions.calibration.scores import (
    average_precision,
    brier_score,
    log_loss,
    reciprocal_rank,
    roc_auc,
    share_in_top,
)
from coalitions.errors import ChoiceError

OUTCOMES = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40).filter(
    lambda rows: 0 < sum(y for y, _ in rows) < len(rows)
)


# --- published and textbook numbers


def test_auc_of_hanley_and_mcneil_1982():
    """Table I of the paper: 109 readings of CT images on a scale of five; the area is 0.893."""
    normal, abnormal = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)
    scores = np.repeat(np.tile(np.arange(5), 2), normal + abnormal)
    outcomes = np.repeat([0] * 5 + [1] * 5, normal + abnormal)
    found = roc_auc(outcomes, scores)
    assert found.value == pytest.approx(0.893, abs=5e-4)
    # their standard error 0.032 by the exact variance of the Wilcoxon statistic
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(0.032, abs=0.005)


def test_wilson_interval_of_the_textbook():
    """Nobody of 10: [0, 0.278], and 5 of 10: [0.237, 0.763] at 95% (Newcombe 1998, method 3)."""
    none = calibration_curve([0] * 10, [0.1] * 10)
    assert (none.low[0], none.high[0]) == (0.0, pytest.approx(0.2775, abs=1e-4))
    half = calibration_curve([0, 1] * 5, [0.5] * 10)
    assert (half.low[0], half.high[0]) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))


def test_a_coin_is_worth_a_coin():
    assert log_loss([1, 0], [0.5, 0.5]).value == pytest.approx(math.log(2))
    assert brier_score([1, 0], [0.5, 0.5]).value == pytest.approx(0.25)


# --- agreement of two routes


@settings(max_examples=60, deadline=None)
@given(rows=OUTCOMES)
def test_auc_counts_pairs(rows):
    outcomes, scores = np.array(rows).T
    wins = [(a > b) + (a == b) / 2 for a in scores[outcomes == 1] for b in scores[outcomes == 0]]
    assert roc_auc(outcomes, scores, resamples=1).value == pytest.approx(np.mean(wins))


@settings(max_examples=60, deadline=None)
@given(rows=OUTCOMES)
def test_average_precision_walks_the_curve(rows):
    outcomes, scores = np.array(rows).T
    area, before = 0.0, 0.0
    for level in sorted(set(scores.tolist()), reverse=True):
        taken = outcomes[scores >= level]
        recall = taken.sum() / outcomes.sum()
        area, before = area + (recall - before) * taken.mean(), recall
    assert average_precision(outcomes, scores, resamples=1).value == pytest.approx(area)


@settings(max_examples=40, deadline=None)
@given(rows=OUTCOMES, copies=st.lists(st.integers(1, 3), min_size=40, max_size=40))
def test_a_weight_is_a_copy(rows, copies):
    """The bootstrap weighs rows; a row of weight 2 must count as the row twice."""
    from coalitions.calibration import resampling

    outcomes, scores = np.array(rows).T
    weights = np.array(copies[: len(rows)])
    seen = {}
    original = resampling.resampled_estimate

    def spy(statistic, *arguments):
        seen["statistic"] = statistic
        return original(statistic, *arguments)

    for score in (average_precision, roc_auc):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(f"{score.__module__}.resampled_estimate", spy)
            score(outcomes, scores, resamples=1)
        weighted = seen["statistic"](weights[None].astype(float))[0]
        copied = score(np.repeat(outcomes, weights), np.repeat(scores, weights), resamples=1).value
        assert weighted == pytest.approx(copied)


def test_the_precision_of_one_group_among_its_swaps():
    """`Ranks.average_precision` is `average_precision` with the group as the one thing to find."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        wealth = rng.integers(0, 4, 8)
        group = tuple(rng.choice(8, 3, replace=False).tolist())
        ranks = baseline_ranks([("g", group)], 8, lambda m, _, wealth=wealth: wealth[m].sum(axis=1))
        own = wealth[list(group)].sum()
        swaps = [own - wealth[i] + wealth[o] for i in group for o in set(range(8)) - set(group)]
        expected = average_precision([1] + [0] * len(swaps), [own, *swaps], resamples=1).value
        assert ranks.average_precision[0] == pytest.approx(expected)


def test_ranks_among_the_eligible_only():
    wealth = np.array([5.0, 4, 3, 2, 1, 0])
    ranks = baseline_ranks([("g", (1, 4))], 6, lambda m, _: wealth[m].sum(axis=1), eligible=lambda context: (2, 3, 5))
    assert ranks.swaps[0] == 6  # each of two members for each of 2, 3, 5, though 0 and 4 are not eligible
    assert ranks.position[0] == 3  # (1, 2) and (1, 3) are richer
    with pytest.raises(ChoiceError, match="group 'g': nobody outside it is eligible"):
        baseline_ranks([("g", (1, 4))], 6, lambda m, _: wealth[m].sum(axis=1), eligible=lambda context: (1, 4))


# --- laws


@settings(max_examples=40, deadline=None)
@given(rows=OUTCOMES)
def test_only_the_order_of_scores_matters(rows):
    outcomes, scores = np.array(rows).T
    for score in (roc_auc, average_precision):
        one, two = score(outcomes, scores, resamples=50), score(outcomes, np.exp(scores / 3.0), resamples=50)
        assert one == pytest.approx(two, nan_ok=True)
    assert roc_auc(outcomes, -scores, resamples=1).value == pytest.approx(1 - roc_auc(outcomes, scores).value)


def test_chance_is_chance():
    rng = np.random.default_rng(2)
    outcomes, scores = rng.random(1500) < 0.1, rng.random(1500)
    area, precision = roc_auc(outcomes, scores, resamples=200), average_precision(outcomes, scores, resamples=200)
    assert area.low < 0.5 < area.high
    assert precision.value == pytest.approx(outcomes.mean(), abs=0.04)


def test_ties_get_no_credit_from_their_order():
    assert average_precision([1, 0, 0, 0], [1, 1, 1, 1]).value == 0.25
    assert average_precision([0, 0, 0, 1], [1, 1, 1, 1]).value == 0.25
    assert roc_auc([1, 0], [1, 1]).value == 0.5


def test_the_interval_covers():
    """95% intervals of an area under the curve hold the truth about 19 times in 20."""
    truth = 0.5 * (1 + math.erf(1 / math.sqrt(2) / math.sqrt(2)))  # normal scores one standard deviation apart
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        outcomes = rng.random(150) < 0.4
        found = roc_auc(outcomes, rng.standard_normal(150) + outcomes, resamples=200, rng=seed)
        held += found.low < truth < found.high
    assert held >= 88


def test_clusters_widen_what_pairs_share():
    rng = np.random.default_rng(3)
    level = np.repeat(rng.standard_normal(30), 10)
    outcomes = (level + 0.2 * rng.standard_normal(300)) > 0
    probabilities = np.full(300, 0.5) + 0.1 * rng.random(300)
    apart = brier_score(outcomes, probabilities)
    together = brier_score(outcomes, probabilities, clusters=np.repeat(np.arange(30), 10).tolist())
    assert together.value == apart.value
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_states_are_resampled_behind_pairs():
    states = [f"s{i}" for i in range(15)]
    pairs = [(a, b) for i, a in enumerate(states) for b in states[:i]]
    strong = np.array([(int(a[1:]) < 5) + (int(b[1:]) < 5) for a, b in pairs])
    outcomes = strong == 2
    plain = brier_score(outcomes, strong / 2)
    found = brier_score(outcomes, strong / 2, clusters=pairs, pairs=True)
    assert found.value == plain.value
    assert found.high - found.low > 1.5 * (plain.high - plain.low)


def test_one_cluster_leaves_no_interval():
    found = roc_auc([1, 0, 1], [3, 2, 1], clusters=["one"] * 3)
    assert found.value == 0.5
    assert math.isnan(found.low)


def test_seed_nought_is_a_seed():
    rows = ([1, 0, 1, 0, 0, 1], [0.9, 0.2, 0.4, 0.5, 0.1, 0.3])
    assert log_loss(*rows, rng=0) == log_loss(*rows, rng=0) == log_loss(*rows)
    assert log_loss(*rows, rng=1) != log_loss(*rows, rng=0)


def test_reciprocal_ranks_average_over_ties():
    assert reciprocal_rank([3, 2, 1], 2) == pytest.approx(1 / 3)
    assert reciprocal_rank([1, 1, 1], 0) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert share_in_top([3, 2, 2, 2], 1, 2) == pytest.approx(1 / 3)
    assert share_in_top([3, 2, 1], 0, 3) == 1.0


def test_a_calibrated_forecast_lies_on_the_diagonal():
    rng = np.random.default_rng(4)
    probabilities = rng.random(20000) ** 2
    curve = calibration_curve(rng.random(20000) < probabilities, probabilities, 8, level=0.999, resamples=20)
    assert curve.rows.sum() == 20000
    assert len(curve.rows) == 8
    assert ((curve.low <= curve.forecast) & (curve.forecast <= curve.high)).all()
    timid = calibration_curve(rng.random(20000) < probabilities, 0.25 + probabilities / 2, 8, resamples=20)
    assert timid.error.low > 3 * curve.error.high
    assert (np.diff(curve.forecast) > 0).all()
    assert list(curve.to_frame().columns) == ["rows", "forecast", "observed", "low", "high"]
    assert "20,000 forecasts in 8 bins" in repr(curve)


def test_equal_forecasts_share_a_bin():
    curve = calibration_curve([0, 1, 0, 1, 1], [0.2, 0.2, 0.2, 0.2, 0.9], 5)
    assert curve.rows.tolist() == [4, 1]
    assert curve.observed.tolist() == [0.5, 1.0]


def test_figures_can_be_drawn():
    import matplotlib

    matplotlib.use("Agg")
    axes = calibration_curve([0, 1, 0, 1, 1], [0.2, 0.3, 0.2, 0.6, 0.9], 3).plot()
    assert axes.get_xlabel() == "forecast probability"
    pacts = [("a", (4, 5)), ("b", (3, 5)), ("c", (2, 5))]
    large = Rival("large", baseline_ranks(pacts, 6, lambda m, _: m.sum(axis=1)))
    axes = compare([large], np.zeros(3)).plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["large"]
    matplotlib.pyplot.close("all")


# --- rivals side by side


def ranked(score, groups):
    return baseline_ranks(groups, 9, score)


def rivals(groups):
    wealth = np.arange(9.0)
    return [
        Rival("rich", ranked(lambda m, _: wealth[m].sum(axis=1), groups), np.full(len(groups), 1.0)),
        Rival("flat", ranked(lambda m, _: np.zeros(len(m)), groups)),
    ]


def sample(count, seed):
    rng = np.random.default_rng(seed)
    odds = np.exp(np.arange(9.0) / 2)
    return [(f"g{i}", tuple(rng.choice(9, 3, replace=False, p=odds / odds.sum()).tolist())) for i in range(count)]


def test_differences_are_paired():
    found = compare(rivals(sample(40, 5)), np.log(np.full(40, 7.0)))
    row = found.estimates()
    assert row["flat"]["ahead by"].value == pytest.approx(row["rich"]["mean"].value - row["flat"]["mean"].value)
    assert found.behind == ("flat",)
    assert row["flat"]["mean"] == pytest.approx((0.5, 0.5, 0.5))
    frame = found.to_frame()
    assert frame.loc["rich", "log loss"] == 1.0
    assert math.isnan(frame.loc["flat", "log loss"])
    assert math.isnan(frame.loc["rich", "ahead by"])
    assert "clearly ahead of 1 of 1 rivals" in repr(found)


def test_a_rival_is_never_ahead_of_itself():
    groups = sample(30, 6)
    one, _ = rivals(groups)
    found = compare([one, one._replace(name="copy")], np.zeros(30))
    assert found.behind == ()
    assert found.estimates()["copy"]["ahead by"] == (0.0, 0.0, 0.0)


def test_joined_comparisons_hold_all_groups():
    parts = {name: compare(rivals(sample(count, count)), np.zeros(count)) for name, count in (("a", 10), ("b", 20))}
    both = pooled(parts)
    assert len(both) == 30
    means = [part.estimates()["rich"]["mean"].value for part in parts.values()]
    assert both.estimates()["rich"]["mean"].value == pytest.approx((means[0] * 10 + means[1] * 20) / 30)
    assert both.rivals[0].ranks.names[0] == "a: g0"
    assert len(set(both.families)) == 30  # g0 of one region is not g0 of the other


# --- refusals


def test_refuses_what_cannot_be_scored():
    with pytest.raises(ChoiceError, match="outcome of row 1 is 2; it must be 0 or 1"):
        log_loss([1, 2], [0.5, 0.5])
    with pytest.raises(ChoiceError, match=r"probability of row 0 is 1\.5; it must be between 0 and 1"):
        brier_score([1, 0], [1.5, 0.5])
    with pytest.raises(ChoiceError, match="score of row 1 is nan; it must be finite"):
        roc_auc([1, 0], [1.0, math.nan])
    with pytest.raises(ChoiceError, match="row 1 had probability 1 and its outcome is 0: infinite"):
        log_loss([1, 0], [0.5, 1.0])
    with pytest.raises(ChoiceError, match="3 outcomes for 2 forecasts"):
        log_loss([1, 0, 1], [0.5, 0.5])
    with pytest.raises(ChoiceError, match="every outcome is 1"):
        roc_auc([1, 1], [0.5, 0.6])
    with pytest.raises(ChoiceError, match="no outcome is 1"):
        average_precision([0, 0], [0.5, 0.6])
    with pytest.raises(ChoiceError, match="a list of numbers is needed"):
        log_loss([], [])
    with pytest.raises(ChoiceError, match="level is 1"):
        log_loss([1, 0], [0.5, 0.5], level=1)
    with pytest.raises(ChoiceError, match="resamples is 0"):
        log_loss([1, 0], [0.5, 0.5], resamples=0)
    with pytest.raises(ChoiceError, match="1 cluster labels for 2 rows"):
        log_loss([1, 0], [0.5, 0.5], clusters=["a"])
    for bins in (0, 2.5):
        with pytest.raises(ChoiceError, match=f"bins is {bins}"):
            calibration_curve([1, 0], [0.5, 0.5], bins)
    for clusters in (None, ["FR", "DE"], [("FRA",), ("DEU",)]):  # a code of two letters is no pair
        with pytest.raises(ChoiceError, match="pairs=True: clusters must hold two labels for each row"):
            roc_auc([1, 0], [0.5, 0.6], clusters=clusters, pairs=True)
    with pytest.raises(ChoiceError, match="places is nan"):
        share_in_top([0.5, 0.6], 0, math.nan)
    with pytest.raises(ChoiceError, match="level is 2"):
        calibration_curve([1, 0], [0.5, 0.5], level=2)
    with pytest.raises(ChoiceError, match="alternative 3 is not there: 2 are scored"):
        reciprocal_rank([1, 2], 3)
    with pytest.raises(ChoiceError, match="places is 0"):
        share_in_top([1, 2], 0, 0)


def test_refuses_what_cannot_be_compared():
    ours, flat = rivals(sample(5, 7))
    others = rivals([("h0", (0, 1))])
    with pytest.raises(ChoiceError, match="nothing to compare"):
        compare([], np.zeros(0))
    with pytest.raises(ChoiceError, match="rival 'rich' comes twice"):
        compare([ours, ours], np.zeros(5))
    with pytest.raises(ChoiceError, match="rival 'flat' is about other groups than 'rich'"):
        compare([ours, others[1]], np.zeros(5))
    with pytest.raises(ChoiceError, match=r"uniform_log_loss has shape \(4,\) for 5 groups"):
        compare([ours, flat], np.zeros(4))
    with pytest.raises(ChoiceError, match=r"rival 'rich' has log losses of shape \(2,\) for 5 groups"):
        compare([ours._replace(log_loss=np.zeros(2))], np.zeros(5))
    with pytest.raises(ChoiceError, match="log losses of 'rich' are not all finite"):
        compare([ours._replace(log_loss=np.full(5, math.nan))], np.zeros(5))
    with pytest.raises(ChoiceError, match="log losses of 'uniform_log_loss' are not all finite"):
        compare([ours], np.full(5, math.inf))
    with pytest.raises(ChoiceError, match="level is 2"):
        compare([ours], np.zeros(5), level=2.0)
    with pytest.raises(ChoiceError, match="b compares"):
        pooled({"a": compare([ours, flat], np.zeros(5)), "b": compare([ours], np.zeros(5))})
