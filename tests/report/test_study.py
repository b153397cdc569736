"""coalitions/report/study.py, validation.py and findings.py"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

import models
from coalitions import candidates, core
from coalitions.calibration import baseline_ranks, temporal_holdout
from coalitions.errors import ChoiceError, CoalitionError
from coalitions.report import study
from coalitions.report.findings import active_groups, without_pairs
from coalitions.report.study import Study
from coalitions.report.validation import SPLIT, calibrate, observed, validate
from models.evidence import evidence

# --- laws


def test_worths_are_the_fitted_coefficients_times_the_features(small, region):
    theta = [small.coefficients.values[name] for name in region.names]
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
    payoff = region.payoff(found.coefficients.values, found.year)
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
    for name, mine in ours.rivals.items():
        assert np.array_equal(mine.ranks.share, theirs.rivals[name].ranks.share), name
    later = calibrate(scrambled, region.years[-1]).coefficients
    assert not np.allclose(later, calibrate(region, region.years[-1]).coefficients)  # the scrambling bites


def test_no_group_founded_after_the_year_is_fitted(region):
    found = study(region, year=2010, max_size=3, groups=1)
    assert max(choice.start for choice in found.data.choices) <= 2010
    assert ("AUKUS", "founded in 2021, after 2010") in found.data.excluded
    assert found.fit.clusters == len({choice.family for choice in found.data.choices})


def test_one_seed_gives_one_study(small, region):
    again = study(region, max_size=3, groups=4, seed=3)
    assert again.plan.worth == small.plan.worth
    assert [f.group for f in again.findings] == [f.group for f in small.findings]
    ours, theirs = (s.validation.comparison.estimates()["model"]["mean"] for s in (small, again))
    assert ours == theirs
    assert np.array_equal(again.coefficients.draws, small.coefficients.draws)
    other = validate(region, 4).comparison.estimates()["model"]["mean"]
    assert other.value == ours.value
    assert other.low != ours.low


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


def test_intervals_are_quantiles_over_draws_each_with_its_own_zero(small, region):
    used = small.coefficients
    at = region.names.index("setup")
    for row in used.draws[:5]:
        anchored = region.anchored(dict(zip(region.names, row.tolist(), strict=True)), small.year)
        assert anchored["setup"] == pytest.approx(row[at])
    for finding in small.findings:
        features = region.features(np.array([region.indices(finding.group.members)]), finding.group.objective, 2024)
        worths = used.draws @ features[0]
        assert (finding.low, finding.high) == pytest.approx(tuple(np.quantile(worths, [0.05, 0.95])))
        assert finding.pays == (worths > 0).mean()
        assert finding.low < finding.group.worth < finding.high


def test_draws_spread_as_the_fit_says(small):
    used = small.coefficients
    degrees = used.fit.degrees_of_freedom
    free = [k for k, name in enumerate(used.fit.names) if name != "setup"]
    wide = np.sqrt(degrees / (degrees - 2)) if degrees > 2 else 1.0  # Student's t is wider than the normal
    spread = (used.draws[:, free] - used.fit.coefficients[free]) / used.fit.standard_errors[free]
    assert np.sqrt((spread**2).mean()) == pytest.approx(wide, rel=0.1)


def test_a_fit_of_several_regions_gives_the_intervals_its_draws_give(together, region):
    found = models.calibrate(seed=5)
    drawn = found.draws[region.name]
    for finding in together.findings:
        features = region.features(np.array([region.indices(finding.group.members)]), finding.group.objective, 2024)
        low, high = np.quantile(drawn @ features[0], [0.05, 0.95])
        width = high - low
        assert finding.low == pytest.approx(low, abs=0.15 * width)
        assert finding.high == pytest.approx(high, abs=0.15 * width)


def test_the_zero_is_where_a_quarter_of_the_founded_groups_fall_short(together, region):
    used = together.coefficients
    assert used.zero == "anchored"
    assert used.cost == region.anchored(used.fit.as_dict(), together.year)["setup"]
    worths = [
        float(region.gains(np.array([c.members]), *c.context, used.values).sum())
        for c in region.choice_data(until=together.year).choices
    ]
    assert used.founded == len(worths)
    assert used.paying == sum(worth > 1e-9 for worth in worths)
    assert used.paying / used.founded == pytest.approx(0.75, abs=1 / used.founded)
    theory = dict(zip(region.names, region.prior_mean, strict=True))
    assert used.by_theory == region.anchored(theory, together.year)


def test_only_groups_that_pay_are_formed(region):
    found = study(region, max_size=3, groups=60)
    assert len(found.findings) < 60
    assert all(f.group.worth > 0 for f in found.findings)
    assert not found.objections.additions


def test_a_region_without_groups_takes_what_any_region_is_expected_to_have(world):
    used = world.coefficients
    assert (used.own, used.zero, used.founded) == (False, "given", 0)
    assert used.fit.names == used.joint.names
    assert np.array_equal(used.fit.coefficients, used.joint.common.coefficients)
    assert world.validation is None
    assert "global-order has groups of 0 circles of founders by 2014" in world.untested
    assert all(np.isnan(f.by_theory) for f in world.findings)
    assert all(f.low < f.group.worth < f.high for f in world.findings)


def test_pairs_pay_for_their_founding_too(small, region):
    theta = small.coefficients.values
    worths = [
        region.gains(np.array(list(combinations(region.eligible(i.id), 2))), i.id, 2024, theta).sum(axis=1)
        for i in region.interests
    ]
    assert small.pairs.total == sum(map(len, worths))
    assert small.pairs.paying == sum(int((worth > 0).sum()) for worth in worths)
    free = theta | {"setup": 0.0}
    pair = np.array([region.indices(("AUS", "JPN"))])
    gap = region.gains(pair, "AP1", 2024, free).sum() - region.gains(pair, "AP1", 2024, theta).sum()
    assert gap == pytest.approx(theta["setup"])


def test_without_pairs_only_pairs_change(small):
    for finding in small.findings:
        game = small.plan.candidates.game(finding.group.members, finding.group.objective)
        bare = without_pairs(game)
        for k in (1, 2, 3):
            for part in combinations(finding.group.members, k):
                assert bare[part] == (sum(game[(s,)] for s in part) if k == 2 else game[part])
        assert finding.only_pairs_object == (core(game).is_empty and not core(bare).is_empty)


def test_interests_can_be_chosen_and_starred():
    levant = models.load("middle-east")
    found = study(levant, max_size=3, groups=3, interests=["ME4*", "ME1"])
    assert [interest.id for interest in found.interests] == ["ME4*", "ME1"]
    assert {str(f.group.objective) for f in found.findings} <= {"ME4*", "ME1"}
    assert {e.interest for e in found.sizes} == {"ME4*", "ME1"}
    starred = next(block for block in found.plan.candidates.blocks if block.objective == "ME4*")
    plain = next(block for block in found.plan.candidates.blocks if block.objective == "ME1")
    inside = {levant.states[i] for i in np.unique(starred.members)}
    assert {"RUS", "TUR", "IRN"} <= inside  # the challengers of ME4 may join
    assert "IRN" not in {levant.states[i] for i in np.unique(plain.members)}


def test_the_hold_out_agrees_with_calibration_called_by_hand(small, region):
    by_hand = temporal_holdout(
        observed(region.choice_data(until=2014, data_year=2014)),
        observed(region.choice_data(since=2015, data_year=2014)),
        len(region.states),
        lambda members, context: region.features(members, *context),
        region.names,
        size_sets=True,
        min_size=3,
        max_size=9,
        prior_mean=region.prior_mean,
        prior_precision=region.prior_precision,
    )
    assert np.array_equal(by_hand.ranks.share, small.validation.forecast.ranks.share)
    assert small.validation.comparison.rivals[0].log_loss == pytest.approx(by_hand.log_loss)
    ties = region.names.index("ties")
    alone = baseline_ranks(
        observed(region.choice_data(since=2015, data_year=2014)),
        len(region.states),
        lambda members, context: region.features(members, *context)[:, ties],
    )
    assert np.array_equal(alone.share, small.validation.rivals["past ties"].ranks.share)


def test_variants_leave_out_what_they_say(small):
    assert list(small.validation.rivals) == ["model", "without stake", "unlisted", "past ties", "distance"]
    means = {name: rival.ranks.mean for name, rival in small.validation.rivals.items()}
    assert means["model"] > means["without stake"] > means["unlisted"]  # the lists knew the groups


def test_a_test_of_several_regions_is_taken_as_it_is(together, given, region):
    backtest, validation = given["validation"], together.validation
    assert validation.comparison is backtest.comparisons[region.name]
    assert validation.forecast is backtest.forecasts[region.name]
    assert [r.name for r in validation.comparison.rivals][-1] == "three terms"
    assert len(validation.comparison.rivals) == 10  # the model, eight plain rules, three of its terms
    founded = {group.name: group.start for group in region.groups}
    assert validation.starts == tuple(founded[name] for name in validation.forecast.ranks.names)
    assert min(validation.starts) > SPLIT
    assert validation.trained == len(region.choice_data(until=SPLIT).choices)


def test_the_best_group_of_each_size_is_the_best(small, region):
    theta = [small.coefficients.values[name] for name in region.names]
    own = {entry.size: entry for entry in small.sizes if entry.interest == "AP4"}
    eligible = region.eligible("AP4")
    for size in (2, 3):
        groups = np.array(list(combinations(eligible, size)))
        worths = region.features(groups, "AP4", small.year) @ theta
        assert own[size].worth == pytest.approx(float(worths.max()))
        assert own[size].exhaustive
        assert own[size].each == pytest.approx(own[size].worth / size)


def test_larger_groups_are_a_bound_from_below_and_say_so(small, region):
    payoff = region.payoff(small.coefficients.values, small.year)
    pool = candidates(region.states, payoff, min_size=4, max_size=4, objectives=["AP7"])
    found = next(entry for entry in small.sizes if entry.interest == "AP7" and entry.size == 4)
    best = float(pool.blocks[0].worths.max())
    assert not found.exhaustive
    assert found.worth == pytest.approx(best)
    assert [entry.size for entry in small.best_by_size] == list(range(2, 10))


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
        ({"interests": []}, CoalitionError, "no interest is given; asia-pacific has AP1, AP2"),
        ({"interests": "AP1"}, CoalitionError, "interests is 'AP1'; give a list of ids"),
        ({"interests": ["AP1", "AP1"]}, CoalitionError, "interest 'AP1' is given twice"),
        ({"interests": ["APP1"]}, CoalitionError, "asia-pacific has no interest 'APP1'; did you mean 'AP1'?"),
        ({"interests": ["EU1"]}, CoalitionError, "asia-pacific has no interest 'EU1'; it has AP1, AP2"),
        ({"interests": ["AP7*"]}, CoalitionError, r"'AP7\*' of asia-pacific would be 'AP7' with nobody opposed"),
        ({"coefficients": {"stake": 1.0}}, ChoiceError, "each term of asia-pacific once; they differ in 'abandonment'"),
    ],
)
def test_refuses(region, arguments, error, words):
    with pytest.raises(error, match=words):
        study(region, **arguments)


def test_refuses_a_fit_over_other_terms(region, small):
    sets_names = small.fit.names[:-1]
    keep = [small.fit.names.index(name) for name in sets_names]
    other = replace(
        small.fit,
        names=sets_names,
        coefficients=small.fit.coefficients[keep],
        covariance=small.fit.covariance[np.ix_(keep, keep)],
    )
    with pytest.raises(ChoiceError, match="other terms than asia-pacific has: they differ in 'setup'"):
        study(region, fit=other)


def test_refuses_a_validation_of_others(world, given):
    with pytest.raises(ChoiceError, match="global-order was not tested; the validation is of asia-pacific"):
        study(world.region, fit=given["fit"], coefficients=world.coefficients.values, validation=given["validation"])


def test_a_region_that_cannot_be_fitted_alone_says_what_to_pass(world):
    with pytest.raises(ChoiceError, match="cannot be fitted by itself, which takes two; pass a fit of several"):
        study(world.region)


def test_evidence_says_from_which_year_there_is_any(region):
    with pytest.raises(ChoiceError, match=r"year 1992: too few groups .* together; they can be from 1995 on"):
        evidence(region, year=1992)
    with pytest.raises(ValueError, match="year 2050 is outside the panel"):
        evidence("europe", year=2050)
