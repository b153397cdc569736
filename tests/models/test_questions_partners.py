"""models/questions: three states and a fourth, and what a rising threat does."""

import dataclasses
import itertools

import matplotlib
import numpy as np
import pytest

import models
from coalitions import shapley_interaction, shapley_value
from coalitions.errors import CoalitionError
from models.questions import best_groups, formats, threat_sweep
from models.questions.holding import holding
from models.questions.theory import theory

matplotlib.use("Agg")
import matplotlib.pyplot as plt

FITTED = models.calibrate(draws=60)
EUROPE = FITTED.regions["europe"]
THREE = ("FRA", "DEU", "GBR")
THETA = FITTED.coefficients["europe"]
FOUND = formats(FITTED, THREE)
DRAWN = [dict(zip(EUROPE.names, row, strict=True)) for row in FITTED.draws["europe"]]

GULF = ("USA", "ISR", "JOR", "SAU", "ARE", "BHR", "QAT", "KWT", "EGY", "IRN")
PLACE = dataclasses.replace(FITTED.regions["middle-east"], states=GULF)
SMALL = dataclasses.replace(FITTED, regions={"middle-east": PLACE})
LOOKED = (0.0, 0.5, 4.0, 30.0)
SWEEP = threat_sweep(SMALL, "middle-east", "IRN", LOOKED, interests=["ME1", "ME2"], sizes=(3, 4))


def gains(states, interest, coefficients=THETA, place=EUROPE):
    return place.gains(np.array([place.indices(states)]), interest, 2024, coefficients)[0]


# --- three states


@pytest.mark.parametrize("interest", ["EU1", "EU4", "EU10"])
def test_values_and_interactions_are_those_of_the_game_in_every_draw(interest):
    one = FOUND[interest]
    tables = [EUROPE.game(interest, 2024, c, THREE) for c in (THETA, theory(FITTED, "europe"), *DRAWN)]
    assert one.worths[THREE].value == pytest.approx(tables[0][THREE])
    for state in THREE:
        values = [shapley_value(table)[state] for table in tables]
        assert one.values[state].value == pytest.approx(values[0])
        assert one.values[state].prior == pytest.approx(values[1])
        assert (one.values[state].low, one.values[state].high) == pytest.approx(np.quantile(values[2:], [0.05, 0.95]))
    for pair in itertools.combinations(THREE, 2):
        assert one.pairs[pair].value == pytest.approx(shapley_interaction(tables[0])[pair])
    assert one.triple.value == pytest.approx(shapley_interaction(tables[0], order=3)[THREE])
    whole = one.worths[THREE].value
    assert one.triple.value == pytest.approx(whole - sum(one.worths[p].value for p in one.pairs)), "of pairs alone at 0"
    assert sum(v.value for v in one.values.values()) == pytest.approx(whole)


@pytest.mark.parametrize("interest", ["EU1", "EU3", "EU9"])
def test_the_fourth_is_the_best_of_all_others_in_every_draw(interest):
    one = FOUND[interest]
    others = [EUROPE.states[i] for i in EUROPE.eligible(interest) if EUROPE.states[i] not in THREE]
    assert {f.state for f in one.fourths} == set(others)
    before = gains(THREE, interest).sum()
    added = {s: gains((*THREE, s), interest).sum() - before for s in others}
    assert [f.state for f in one.fourths[:5]] == sorted(others, key=lambda s: -added[s])[:5]
    assert one.fourth.added.value == pytest.approx(max(added.values()))
    assert one.fourth.own.value == pytest.approx(gains((*THREE, one.fourth.state), interest)[3])
    firsts, welcomes = [], []
    for coefficients in DRAWN:
        four = {s: gains((*THREE, s), interest, coefficients) for s in others}
        firsts.append(max(others, key=lambda s: four[s].sum()))
        own = four[one.fourth.state]
        welcomes.append(own[3] > 0 and (own[:3] >= gains(THREE, interest, coefficients)).all())
    assert {f.state: f.first for f in one.fourths if f.first} == {s: firsts.count(s) / 60 for s in set(firsts)}
    assert one.fourth.welcome == np.mean(welcomes)
    twos = [gains((*two, one.fourth.state), interest).sum() for two in itertools.combinations(THREE, 2)]
    assert one.third.value == pytest.approx(gains((*THREE, one.fourth.state), interest).sum() - max(twos))


def test_the_order_of_the_three_does_not_matter():
    turned = formats(FITTED, THREE[::-1], interests=["EU1", "EU4"])
    for one in turned.found:
        for state in THREE:
            assert one.values[state].low == pytest.approx(FOUND[one.interest].values[state].low)
        assert [f.state for f in one.fourths] == [f.state for f in FOUND[one.interest].fourths]


def test_challengers_are_no_fourth_and_other_regions_have_formats_too():
    assert "RUS" not in {f.state for f in FOUND["EU1"].fourths}
    found = formats(FITTED, ("USA", "JPN", "AUS"), region="asia-pacific", interests="AP1")
    assert found["AP1"].fourth.state == "IND"


def test_formats_come_as_tables_and_figures():
    table = FOUND.to_frame()
    assert len(table) == 10 * (4 + 3 + 4)
    assert (table["low"] <= table["high"]).all()
    assert len(FOUND.fourths(2)) == 20
    assert len(repr(FOUND).splitlines()) == 12
    assert len(FOUND.plot_all().axes) == 2
    assert [t.get_text() for t in FOUND.plot_fourths().get_yticklabels()] == [one.interest for one in FOUND.found]
    FOUND.plot()
    plt.close("all")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"states": ("FRA", "DEU")}, CoalitionError, "2 states"),
        ({"states": ("FRA", "DEU", "DEU")}, ValueError, "DEU is named twice"),
        ({"states": ("FRA", "DEU", "UKK")}, ValueError, "'UKK' is not in the pool"),
        ({"states": ("FRA", "DEU", "RUS")}, ValueError, "RUS is a challenger in EU1"),
        ({"region": "europ"}, ValueError, "europe"),
        ({"interests": ["EU11"]}, ValueError, "EU1"),
        ({"interests": []}, ValueError, "no interest of europe"),
        ({"level": 1}, ValueError, "level is 1"),
    ],
)
def test_formats_that_make_no_sense_are_refused(change, error, words):
    with pytest.raises(error, match=words):
        formats(FITTED, **change)
    with pytest.raises(ValueError, match="EU1"):
        FOUND["EU11"]


# --- a rising threat


def every(interest, sizes=(3, 4)):
    able = PLACE.eligible(interest)
    return {k: np.array(list(itertools.combinations(able, k))) for k in sizes}


def worths(interest, factor, coefficients):
    scene = PLACE.scenario(threat={"IRN": factor})
    return {
        tuple(PLACE.states[i] for i in row): float(worth)
        for rows in every(interest).values()
        for row, worth in zip(rows, scene.gains(rows, interest, 2024, coefficients).sum(axis=1), strict=True)
    }


@pytest.mark.parametrize("interest", ["ME1", "ME2"])
@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 30.0])
def test_best_and_stable_groups_are_those_of_all(interest, factor):
    one, k = SWEEP[interest], SWEEP.at(factor)
    fit = SMALL.coefficients["middle-east"]
    found = worths(interest, factor, fit)
    order = sorted(found, key=lambda group: -found[group])
    assert one.best[k] == order[0]
    assert one.worth[k] == pytest.approx(found[order[0]])
    scene = PLACE.scenario(threat={"IRN": factor})
    holds = [
        group
        for group in order
        if found[group] > 0 and holding(scene, interest, 2024, np.array([PLACE.indices(group)]), fit)[0]
    ]
    assert one.stable[k] == holds[0]
    for group, held in zip(one.shown, one.holds[:, k], strict=True):
        assert held == holding(scene, interest, 2024, np.array([PLACE.indices(group)]), fit)[0]
    prior = worths(interest, factor, theory(SMALL, "middle-east"))
    assert one.prior_best[k] == max(prior, key=prior.get)


def test_shares_and_intervals_are_those_of_all_groups_in_every_draw():
    one, today, last = SWEEP["ME1"], SWEEP.at(1.0), SWEEP.at(30.0)
    best = {k: [] for k in (today, last)}
    for k in best:
        for row in SMALL.draws["middle-east"]:
            found = worths("ME1", SWEEP.factors[k], dict(zip(PLACE.names, row, strict=True)))
            best[k].append(max(found.items(), key=lambda item: item[1]))
    for g, group in enumerate(one.shown):
        assert one.shares[g, last] == pytest.approx(np.mean([name == group for name, _ in best[last]]))
    assert (one.low[last], one.high[last]) == pytest.approx(np.quantile([w for _, w in best[last]], [0.05, 0.95]))
    moved = np.mean([a[0] != b[0] for a, b in zip(best[today], best[last], strict=True)])
    assert one.moved[last] == pytest.approx(moved)
    assert one.moved[today] == 0


@pytest.mark.parametrize("interest", ["ME1", "ME2"])
def test_the_expected_number_is_the_sum_of_the_odds(interest):
    for coefficients, number in (
        (SMALL.coefficients["middle-east"], SWEEP[interest].number),
        (theory(SMALL, "middle-east"), SWEEP[interest].number_prior),
    ):
        total = [sum(np.exp(list(worths(interest, f, coefficients).values()))) for f in SWEEP.factors]
        assert number == pytest.approx(np.array(total) / total[SWEEP.at(1.0)], rel=0.02)
    assert SWEEP.number[SWEEP.at(1.0)] == 1


def test_the_best_group_changes_at_a_tipping_value_and_nowhere_else():
    found = threat_sweep(FITTED, "europe", "RUS", (0.25, 0.5, 2), interests=["EU3"])["EU3"]
    assert [round(tip.factor, 2) for tip in found.tips] == [0.48]

    def best(factor):
        scene = EUROPE.scenario(threat={"RUS": factor})
        named = {g: gains(g, "EU3", THETA, scene).sum() for tip in found.tips for g in (tip.before, tip.after)}
        return max(named, key=named.get)

    for tip in found.tips:
        assert best(tip.factor * 0.995) == tip.before
        assert best(tip.factor * 1.005) == tip.after


def test_several_tips_between_two_factors_are_all_found():
    wide = threat_sweep(FITTED, "europe", "RUS", (0.1, 2.0), interests=["EU3"])["EU3"].prior_tips
    narrow = threat_sweep(FITTED, "europe", "RUS", np.linspace(0.1, 2.0, 39), interests=["EU3"])["EU3"].prior_tips
    assert [(tip.before, tip.after) for tip in wide] == [(tip.before, tip.after) for tip in narrow]
    assert len(wide) >= 2
    assert [tip.factor for tip in wide] == pytest.approx([tip.factor for tip in narrow], rel=0.01)


def test_today_is_what_the_ranking_of_groups_says():
    found = threat_sweep(FITTED, "middle-east", "IRN", (1,), interests=["ME2"])
    ranked = best_groups(FITTED, "middle-east", "ME2", top=1)
    assert found["ME2"].best == (ranked.groups[0].members,)
    assert found["ME2"].tips == ()


def test_the_floor_is_where_strength_reaches_the_reference():
    reference = PLACE.settings.reference.value
    for one in SWEEP.interests:
        for factor, side in ((0.99, -1), (1.01, 1)):
            scene = PLACE.scenario(threat={"IRN": one.floor * factor}).theatre(one.interest, 2024)
            assert np.sign(scene.threat - reference) == side
    found = threat_sweep(FITTED, "middle-east", "IRN", (1,), interests=["ME4"])["ME4"]
    assert found.floor == 0, "Russia and Turkey alone exceed it"


def test_factors_are_sorted_and_hold_today():
    again = threat_sweep(SMALL, "middle-east", "IRN", [30, 4, 0.5, 0, 4], interests=["ME1"], sizes=(3, 4))
    assert again.factors == SWEEP.factors == (0.0, 0.5, 1.0, 4.0, 30.0)
    assert np.array_equal(again["ME1"].number, SWEEP["ME1"].number)


def test_a_sweep_starts_from_the_threat_of_its_region():
    doubled = dataclasses.replace(SMALL, regions={"middle-east": PLACE.scenario(threat={"IRN": 2.0})})
    found = threat_sweep(doubled, "middle-east", "IRN", (0.5, 2), interests=["ME1"], sizes=(3, 4))["ME1"]
    straight = threat_sweep(SMALL, "middle-east", "IRN", (1, 4), interests=["ME1"], sizes=(3, 4))["ME1"]
    assert found.floor == pytest.approx(straight.floor / 2)
    assert found.worth[[0, 2]] == pytest.approx(straight.worth)
    assert found.worth[0] != found.worth[2]


def test_sweeps_come_as_tables_and_figures():
    assert len(SWEEP.to_frame()) == 2 * 5
    assert len(SWEEP.plot_all().axes) == 3
    assert [t.get_text() for t in SWEEP.plot(interest="ME2").get_yticklabels()] == [
        "-".join(g) for g in SWEEP["ME2"].shown
    ]
    SWEEP.plot_number()
    plt.close("all")
    with pytest.raises(ValueError, match="the nearest is 4"):
        SWEEP.at(5)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"region": "middle east"}, ValueError, "middle-east"),
        ({"challenger": "IRX"}, ValueError, "IRX"),
        ({"challenger": "EGY"}, ValueError, "EGY challenges no interest of middle-east; those who do are IRN"),
        ({"factors": (1, -1)}, ValueError, "factor -1"),
        ({"factors": (1, np.inf)}, ValueError, "factor inf"),
        ({"factors": ()}, ValueError, "no factor"),
        ({"interests": ["ME3"]}, ValueError, "IRN is no challenger in ME3"),
        ({"interests": []}, ValueError, "no interest of middle-east is asked for"),
        ({"interests": ["ME22"]}, ValueError, "ME2"),
        ({"sizes": (5, 2)}, CoalitionError, "sizes from 5 to 2"),
        ({"level": -1}, ValueError, "level is -1"),
    ],
)
def test_sweeps_that_make_no_sense_are_refused(change, error, words):
    asked = {"region": "middle-east", "challenger": "IRN", "factors": (1,), **change}
    with pytest.raises(error, match=words):
        threat_sweep(SMALL, **asked)
