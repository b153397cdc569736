"""models/questions/shift.py: effort moved from one region to another."""

from dataclasses import replace

import matplotlib
import numpy as np
import pytest

import models
from coalitions import candidates, form
from models.questions.shift import troops_ratio, us_shift

pytestmark = pytest.mark.slow  # fits all regions many times over

matplotlib.use("Agg")
EUROPE = ("USA", "GBR", "FRA", "DEU", "POL", "NOR", "SWE", "FIN", "EST", "LVA", "LTU", "ROU", "RUS", "UKR")
ASIA = ("USA", "JPN", "KOR", "AUS", "IND", "PHL", "VNM", "IDN", "SGP", "CHN", "GBR")


@pytest.fixture(scope="module")
def calibrated():
    """Coefficients of the whole regions, for pools of a dozen states."""
    found = models.calibrate(draws=6)
    pools = {"europe": EUROPE, "asia-pacific": ASIA}
    return replace(found, regions={n: replace(found.regions[n], states=pool) for n, pool in pools.items()})


@pytest.fixture(scope="module")
def shift(calibrated):
    return us_shift(calibrated, (0, 0.4, 1), draws=4)


def best(region, coefficients, factor, max_size=4):
    """The best set of groups of a region, from the payoff itself."""
    moved = region.scenario(effort={"USA": factor})
    listed = {i.id: [s in i.stakeholders for s in region.states] for i in region.interests}
    return form(
        candidates(
            region.states,
            moved.payoff(coefficients, 2024),
            min_size=3,
            max_size=max_size,
            objectives=[i.id for i in region.interests],
            excluded={i.id: [s for s in i.challengers if s in region.states] for i in region.interests},
            admissible=lambda members, aim: np.array(listed[aim])[members].sum(axis=1) >= 2,
        ),
        bandwidth=region.bandwidth(2024),
    )


def test_each_size_is_optimised_by_itself(calibrated, shift):
    for name, factors in (("europe", (1, 0.6, 0)), ("asia-pacific", [1 + shift.ratio * s for s in (0, 0.4, 1)])):
        region, theta = calibrated.regions[name], calibrated.coefficients[name]
        plans = shift.plans(name)
        assert [plan.effort for plan in plans] == pytest.approx(factors)
        for planned, factor in zip(plans, factors, strict=True):
            plan = best(region, theta, factor)
            assert planned.worth == pytest.approx(plan.worth)
            assert set(planned.groups) == {(g.objective, g.members) for g in plan.groups}
            assert planned.gains == pytest.approx(plan.gains)


def test_gains_add_up_and_adapting_never_hurts(shift):
    for plan in (*shift.planned, *shift.in_theory):
        assert sum(plan.gains.values()) == pytest.approx(plan.worth)
        assert plan.unadapted <= plan.worth + 1e-9
    for region in ("europe", "asia-pacific"):
        first = shift.plans(region)[0]
        assert first.unadapted == pytest.approx(first.worth)
        assert first.kept == 1


def test_kept_groups_are_those_in_both_sets(shift):
    for region in ("europe", "asia-pacific"):
        before, after = shift.plans(region)[0].groups, shift.plans(region)[-1].groups
        ended, formed = shift.exchanged(region)
        assert set(before) - set(ended) == set(after) - set(formed)
        assert shift.plans(region)[-1].kept == pytest.approx(1 - len(ended) / len(before))


def test_coverage_falls_in_the_source_and_rises_in_the_target(calibrated, shift):
    frame = shift.coverage_frame()
    assert (frame.loc["europe"].diff(axis=1).iloc[:, 1:] <= 1e-12).all(axis=None)
    assert (frame.loc["asia-pacific"].diff(axis=1).iloc[:, 1:] >= -1e-12).all(axis=None)
    region = calibrated.regions["europe"].scenario(effort={"USA": 0.6})
    for (interest, _), row in frame.loc["europe"].iterrows():
        theatre = region.theatre(interest, 2024)
        threat = max(theatre.threat, region.settings.reference.value)
        listed = [
            s for s in region.interest(interest).stakeholders
            if s in region.states and s not in region.interest(interest).challengers
        ]  # fmt: skip
        own = theatre.coverage[list(region.indices(listed))]
        assert row[0.4] == pytest.approx(np.mean(own / (own + threat)), abs=1e-9)


def test_protection_is_the_sum_over_interests(shift):
    frame = shift.coverage_frame()
    for name in ("europe", "asia-pacific"):
        change = (frame.loc[name][1.0] - frame.loc[name][0.0]).droplevel("title")
        assert np.sign(sum(shift.protection[name].values())) == np.sign(change.sum())
    assert shift.protection["europe"]["RUS"] == 0
    assert min(shift.protection["europe"].values()) < 0


def test_no_shift_is_no_change(calibrated):
    home = us_shift(calibrated, (0, 1), ratio=0, draws=2)
    assert home.change["asia-pacific"] == (0, 0, 0)
    assert home.kept["asia-pacific"] == (1, 1, 1)
    assert all(change == (0, 0, 0) for change in home.welfare["asia-pacific"].values())
    assert home.plans("europe")[1].worth == pytest.approx(
        us_shift(calibrated, (0, 1), draws=1).plans("europe")[1].worth
    )


def test_intervals_are_over_the_draws(calibrated, shift):
    region = calibrated.regions["asia-pacific"]
    changes = []
    for drawn in calibrated.draws["asia-pacific"][:4]:
        theta = dict(zip(region.names, drawn, strict=True))
        changes.append(best(region, theta, 1 + shift.ratio).worth - best(region, theta, 1).worth)
    assert shift.change["asia-pacific"][1:] == pytest.approx(np.quantile(changes, [0.05, 0.95]))
    assert shift.draws == 4


def test_troops_say_what_a_unit_is_worth_elsewhere(calibrated, shift):
    panel = calibrated.regions["europe"].panel
    assert shift.ratio == troops_ratio(calibrated.regions["europe"], calibrated.regions["asia-pacific"], 2024)
    whole = models.load("europe"), models.load("asia-pacific")
    germany, japan, korea = panel.vector("us_troops", ("DEU", "JPN", "KOR"), 2024)
    ratio = troops_ratio(*whole, 2024)
    assert germany / (japan + korea) / 1.2 < ratio < 3 * germany / (japan + korea)
    assert troops_ratio(whole[1], whole[0], 2024) == pytest.approx(1 / ratio)


def test_an_interest_without_stakeholders_in_the_pool_is_not_covered(calibrated):
    europe = replace(calibrated.regions["europe"], states=("USA", "GBR", "FRA", "DEU", "RUS"))
    found = us_shift(replace(calibrated, regions={**calibrated.regions, "europe": europe}), (0, 1), draws=1)
    assert found.coverage_frame().loc["europe"].droplevel("title").loc["EU10"].isna().all()
    assert "nan" not in repr(found)


def test_theory_can_be_left_out(calibrated, shift):
    bare = us_shift(calibrated, (0, 0.4, 1), draws=4, in_theory=False)
    assert bare.in_theory == ()
    assert bare.change == shift.change
    assert bare.welfare_frame()["theory"].isna().all()
    assert "theory" not in repr(bare)
    assert "theory" not in str([text.get_text() for text in bare.plot_worths().get_legend().get_texts()])
    bare.plot_welfare()
    matplotlib.pyplot.close("all")


def test_tables_and_figures(shift):
    assert list(shift.to_frame()["size"]) == [0, 0.4, 1] * 2
    welfare = shift.welfare_frame()
    assert len(welfare) == len(EUROPE) + len(ASIA)
    assert (welfare["low"] <= welfare["high"]).all()
    assert shift.plot().get_ylabel() == "share of the interest secured by institutions"
    assert len(shift.plot_worths().get_lines()) > 4
    assert len(shift.plot_welfare(most=3).get_yticks()) == 6
    assert "groups kept" in repr(shift)
    matplotlib.pyplot.close("all")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sizes": (0.5, 1)}, "they must rise from 0 to at most 1"),
        ({"sizes": (0, 0)}, "they must rise"),
        ({"sizes": (0, 2)}, "they must rise"),
        ({"sizes": (0,)}, "they must rise"),
        ({"source": "europa"}, "did you mean 'europe'"),
        ({"target": "europe"}, "source and target are both 'europe'"),
        ({"state": "POL"}, "'POL' is not in the pool of asia-pacific"),
        ({"ratio": -1}, "ratio is -1"),
        ({"max_size": 2}, "max_size is 2"),
        ({"draws": 7}, "draws is 7; there are 1 to 6"),
        ({"level": 0}, "level is 0"),
        ({"year": 1900}, "1900"),
    ],
)
def test_bad_input_is_refused(calibrated, arguments, words):
    with pytest.raises(ValueError, match=words):
        us_shift(calibrated, **arguments)


def test_no_troops_need_a_ratio(calibrated):
    europe, asia = calibrated.regions["europe"], calibrated.regions["asia-pacific"]
    with pytest.raises(ValueError, match="no troops of USA are known in asia-pacific"):
        troops_ratio(europe, replace(asia, states=("USA", "PRK")), 2024)
