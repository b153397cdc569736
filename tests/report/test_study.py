"""coalitions/report/study.py, validation.py and findings.py"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from coalitions import candidates, core
from coalitions.calibration import baseline_ranks, temporal_holdout
from coalitions.errors import ChoiceError, CoalitionError
from coalitions.report import study
from coalitions.report.findings import active_groups
from coalitions.report.study import Study
from coalitions.report.validation import SPLIT, calibrate, observed, validate

# --- laws


def test_worths_are_the_fitted_coefficients_times_the_features(small, region):
    theta = small.fit.coefficients
    for finding in small.findings:
        index = [region.indices(finding.group.members)]
        features = region.features(np.array(index), finding.group.objective, small.year)
        assert finding.group.worth == pytest.approx(float(features[0] @ theta))
        assert sum(finding.group.shares) == pytest.approx(finding.group.worth)


def test_the_plan_is_proven_and_keeps_to_its_rules(small, region):
    assert small.plan.is_proven
    assert len(small.findings) == 4
    used = {s: sum(s in f.group.members for f in small.findings) for s in region.states}
    assert all(used[s] <= small.bandwidth[s] for s in region.states)
    assert small.bandwidth == region.bandwidth(small.year)
    for finding in small.findings:
        assert not set(finding.group.members) & set(region.interest(finding.group.objective).challengers)
        assert len(finding.group.members) == 3
    meetings = [(f.group.objective, pair) for f in small.findings for pair in combinations(sorted(f.group.members), 2)]
    assert len(set(meetings)) == len(meetings)


def test_objections_are_what_they_say(region):
    found = study(region, max_size=4, groups=6)
    payoff = region.payoff(found.fit.as_dict(), found.year)
    for objection in (*found.objections.additions, *found.objections.defections):
        gains = payoff(np.array([region.indices(objection.members)]), objection.objective)[0]
        assert gains == pytest.approx(np.array(objection.gains))
        assert objection.improvement > 0
    assert len(found.objections.additions) == len(found.objections.defections) == 10
    assert not any(loss for o in found.objections.additions for loss in o.losses)
    assert all(any(o.losses) for o in found.objections.defections)


def test_a_group_holds_exactly_when_no_part_of_it_does_better(small):
    for finding in small.findings:
        game = small.plan.candidates.game(finding.group.members, finding.group.objective)
        assert finding.core_is_empty == core(game).is_empty
        assert (finding.subsidy > 0) == finding.core_is_empty
        gains = dict(zip(finding.group.members, finding.group.gains, strict=True))
        best = max(
            game[part] - sum(gains[s] for s in part)
            for size in (1, 2)
            for part in combinations(finding.group.members, size)
        )
        assert finding.leaving_pays == pytest.approx(max(best, 0.0))
        assert (finding.leavers is None) == (best <= 1e-9)


def test_the_test_uses_nothing_later_than_the_split(region):
    rng = np.random.default_rng(5)
    rows = [
        {"iso3": state, "year": year, "gdp_usd": float(rng.uniform(1e9, 1e13)), "ideal_point": float(rng.normal())}
        for state in region.states
        for year in range(SPLIT + 1, region.years[-1] + 1)
    ]
    scrambled = replace(region, panel=region.panel.with_columns(rows))
    ours, theirs = validate(region, 0), validate(scrambled, 0)
    for mine, other in zip(ours.scores, theirs.scores, strict=True):
        assert np.array_equal(mine.ranks.share, other.ranks.share), mine.key
    later = calibrate(scrambled, region.years[-1])[0].coefficients
    assert not np.allclose(later, calibrate(region, region.years[-1])[0].coefficients)  # the scrambling bites


def test_no_group_founded_after_the_year_is_fitted(region):
    _, data = calibrate(region, 2010)
    assert max(choice.start for choice in data.choices) <= 2010
    assert ("AUKUS", "founded in 2021, after 2010") in data.excluded


def test_one_seed_gives_one_study(small, region):
    again = study(region, max_size=3, groups=4, seed=3)
    assert again.plan.worth == small.plan.worth
    assert [f.group for f in again.findings] == [f.group for f in small.findings]
    assert again.validation.scores[0].summary == small.validation.scores[0].summary
    other = validate(region, 4).scores[0].summary["mean"]
    assert other.value == small.validation.scores[0].summary["mean"].value
    assert other.low != small.validation.scores[0].summary["mean"].low


def test_progress_runs_from_nothing_to_all(region):
    told = []
    study(region, max_size=3, groups=1, progress=lambda words, done: told.append((words, done)))
    shares = [done for _, done in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len({words for words, _ in told}) == len(told)


def test_ctrl_c_in_a_step_comes_through(region):
    def interrupt(words, done):
        if done > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study(region, max_size=3, groups=1, progress=interrupt)


# --- agreement


def test_exact_standard_errors_agree_with_draws(small, region):
    draws = small.fit.draws(40_000, rng=1)
    for finding in small.findings:
        features = region.features(np.array([region.indices(finding.group.members)]), finding.group.objective, 2024)
        assert finding.standard_error == pytest.approx(float((draws @ features[0]).std()), rel=0.02)
        assert finding.low < finding.group.worth < finding.high
        assert (finding.high - finding.low) / 2 > 1.6449 * finding.standard_error  # Student's t, not the normal


def test_the_hold_out_agrees_with_calibration_called_by_hand(small, region):
    by_hand = temporal_holdout(
        observed(region.choice_data(until=2014, data_year=2014)),
        observed(region.choice_data(since=2015, data_year=2014)),
        len(region.states),
        lambda members, context: region.features(members, *context),
        region.names,
        size_sets=True,
        min_size=3,
        prior_mean=region.prior_mean,
        prior_precision=region.prior_precision,
    )
    assert np.array_equal(by_hand.ranks.share, small.validation.scores[0].ranks.share)
    ties = region.names.index("ties")
    alone = baseline_ranks(
        observed(region.choice_data(since=2015, data_year=2014)),
        len(region.states),
        lambda members, context: region.features(members, *context)[:, ties],
    )
    assert np.array_equal(alone.share, small.validation.score("ties").ranks.share)


def test_variants_leave_out_what_they_say(small):
    keys = [score.key for score in small.validation.scores]
    assert keys == ["model", "without stake", "without lists", "ties", "distance"]
    means = {score.key: score.ranks.mean for score in small.validation.scores}
    assert means["model"] > means["without stake"] > means["without lists"]  # the lists knew the groups
    assert small.validation.score("hindsight") is None


def test_the_best_group_of_each_size_is_the_best(small, region):
    theta = small.fit.coefficients
    own = {entry.size: entry for entry in small.sizes if entry.interest == "AP4"}
    eligible = region.eligible("AP4")
    for size in (2, 3):
        groups = np.array(list(combinations(eligible, size)))
        worths = region.features(groups, "AP4", small.year) @ theta
        assert own[size].worth == pytest.approx(float(worths.max()))
        assert own[size].exhaustive
        assert own[size].each == pytest.approx(own[size].worth / size)


def test_larger_groups_are_a_bound_from_below_and_say_so(small, region):
    payoff = region.payoff(small.fit.as_dict(), small.year)
    pool = candidates(region.states, payoff, min_size=4, max_size=4, objectives=["AP7"])
    found = next(entry for entry in small.sizes if entry.interest == "AP7" and entry.size == 4)
    best = float(pool.blocks[0].worths.max())
    assert not found.exhaustive
    assert found.worth == pytest.approx(best)
    assert [entry.size for entry in small.best_by_size] == list(range(2, 9))


def test_groups_that_exist_are_found_by_their_members_in_the_year(small, region):
    active = {name: members for name, _, members in active_groups(region, 2024)}
    assert active["Quad (2017)"] == {"USA", "JPN", "AUS", "IND"}
    assert "Quad (2007)" not in active
    assert "AUKUS" not in {name for name, _, _ in active_groups(region, 2020)}
    for finding in small.findings:
        own = set(finding.group.members)
        best = max(len(own & m) / len(own | m) for m in active.values())
        assert finding.overlap == pytest.approx(best)
        assert (finding.exists_as is not None) == (own in active.values())
        name = finding.exists_as or finding.nearest
        assert len(own & active[name]) / len(own | active[name]) == pytest.approx(best)


# --- an early year, when little had been observed


def test_few_observed_groups_give_no_interval_rather_than_a_wrong_one(region):
    found = study(region, year=2003, max_size=3, groups=2)
    assert found.fit.degrees_of_freedom < 1
    assert isinstance(found, Study)
    assert all(np.isnan(finding.low) and np.isnan(finding.high) for finding in found.findings)


# --- refusals


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"year": 2050}, ValueError, "year 2050 is outside the panel, which runs from 1990 to 2024"),
        ({"year": 1993}, ChoiceError, "year 1993: 1 observed groups .* asia-pacific has them from 1995 on"),
        ({"max_size": 2}, CoalitionError, "max_size is 2; it must lie between 3 and 36"),
        ({"max_size": 37}, CoalitionError, "max_size is 37"),
        ({"groups": 0}, CoalitionError, "groups is 0; it must be at least 1"),
        ({"seed": -1}, CoalitionError, "seed is -1"),
    ],
)
def test_refuses(region, arguments, error, words):
    with pytest.raises(error, match=words):
        study(region, **arguments)
