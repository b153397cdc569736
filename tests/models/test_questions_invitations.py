"""models/questions/invitations.py: whom to invite next, and who would leave first."""

from dataclasses import replace

import matplotlib
import numpy as np
import pytest

import models
from coalitions.errors import CoalitionError
from models.questions.invitations import who_next
from models.questions.theory import theory

matplotlib.use("Agg")


@pytest.fixture(scope="module")
def calibrated():
    return models.calibrate(draws=60)


@pytest.fixture(scope="module")
def accords(calibrated):
    return who_next(calibrated, "Abraham Accords", 2022)


@pytest.fixture(scope="module")
def seven():
    return who_next(models.calibrate(year=2016, draws=20), "MED9", 2016)


def gains(region, states, purpose, year, coefficients):
    """What each member gains, by name, from the payoff itself."""
    found = region.gains(np.array([region.indices(states)]), purpose, year, coefficients)[0]
    return dict(zip(states, found.tolist(), strict=True))


def test_marginal_worth_and_its_division_are_differences_of_gains(calibrated, accords):
    region, theta = calibrated.regions["middle-east"], calibrated.coefficients["middle-east"]
    now = gains(region, accords.members, "ME8", 2022, theta)
    believed = theory(calibrated, "middle-east")
    for invited in accords.invitations[::5]:
        grown = gains(region, (*accords.members, invited.state), "ME8", 2022, theta)
        assert invited.marginal.value == pytest.approx(sum(grown.values()) - sum(now.values()))
        assert invited.own == pytest.approx(grown[invited.state])
        assert invited.changes == pytest.approx({member: grown[member] - now[member] for member in now})
        assert set(invited.objectors) == {member for member in now if grown[member] < now[member]}
        expected = sum(gains(region, (*accords.members, invited.state), "ME8", 2022, believed).values())
        assert invited.theory == pytest.approx(
            expected - sum(gains(region, accords.members, "ME8", 2022, believed).values())
        )


def test_exits_are_worth_what_the_gains_say(calibrated, accords):
    region, theta = calibrated.regions["middle-east"], calibrated.coefficients["middle-east"]
    now = gains(region, accords.members, "ME8", 2022, theta)
    assert [leaver.state for leaver in accords.leavers] == sorted(now, key=now.__getitem__)
    for leaver in accords.leavers:
        rest = [state for state in accords.members if state != leaver.state]
        assert leaver.surplus.value == pytest.approx(now[leaver.state])
        left = sum(gains(region, rest, "ME8", 2022, theta).values())
        assert leaver.missed.value == pytest.approx(sum(now.values()) - left)
    assert accords.worth.value == pytest.approx(sum(now.values()))


def test_intervals_and_shares_are_over_the_draws(calibrated, accords):
    region = calibrated.regions["middle-east"]
    drawn = [dict(zip(region.names, row, strict=True)) for row in calibrated.draws["middle-east"]]
    names = [accords.invitations[0].state, accords.invitations[4].state]
    marginals = {name: [] for name in names}
    losses, firsts = [], []
    for theta in drawn:
        now = gains(region, accords.members, "ME8", 2022, theta)
        firsts.append(min(now, key=now.__getitem__))
        for name in names:
            grown = gains(region, (*accords.members, name), "ME8", 2022, theta)
            marginals[name].append(sum(grown.values()) - sum(now.values()))
            if name == names[0]:
                losses.append(grown["ISR"] < now["ISR"])
    for name in names:
        invited = accords[name]
        assert invited.marginal[1:] == pytest.approx(np.quantile(marginals[name], [0.05, 0.95]))
        assert invited.pays == pytest.approx(np.mean(np.array(marginals[name]) > 0))
    assert accords[names[0]].losing["ISR"] == pytest.approx(np.mean(losses))
    for leaver in accords.leavers:
        assert leaver.first == pytest.approx(firsts.count(leaver.state) / len(firsts))


def test_somebody_is_first_in_every_draw(accords):
    assert sum(invited.first for invited in accords.invitations) == pytest.approx(1)
    assert sum(leaver.first for leaver in accords.leavers) == pytest.approx(1)
    values = [invited.marginal.value for invited in accords.invitations]
    assert values == sorted(values, reverse=True)


def test_who_may_be_invited(calibrated):
    quad = who_next(calibrated, "Quad (2017)", 2024)
    region = calibrated.regions["asia-pacific"]
    assert set(quad.members) == {"AUS", "IND", "JPN", "USA"}
    assert {invited.state for invited in quad.invitations} == set(region.states) - set(quad.members) - {"CHN"}


def test_fewer_candidates_change_nothing_but_who_is_first(calibrated, accords):
    few = who_next(calibrated, "Abraham Accords", 2022, candidates=["JOR", "SAU"])
    for invited in few.invitations:
        assert invited.marginal == pytest.approx(accords[invited.state].marginal)
    assert sum(invited.first for invited in few.invitations) == pytest.approx(1)
    assert few.leavers == accords.leavers


def test_the_cost_of_founding_is_of_no_matter_to_invitations(calibrated, accords):
    cheaper = who_next(replace(calibrated, paying=0.5), "Abraham Accords", 2022)
    assert cheaper["JOR"].marginal.value == pytest.approx(accords["JOR"].marginal.value)
    assert cheaper["JOR"].changes != pytest.approx(accords["JOR"].changes)  # its shares change with the size
    assert cheaper.worth.value != pytest.approx(accords.worth.value)


def test_later_joins_are_found_with_their_places(seven):
    order = [invited.state for invited in seven.invitations]
    assert {(j.state, j.year, j.place) for j in seven.joined} == {
        (state, 2021, order.index(state) + 1) for state in ("HRV", "SVN")
    }
    assert max(j.place for j in seven.joined) <= 5
    assert seven.fitted_until == 2016
    assert not {"HRV", "SVN"} & set(seven.members)


def test_later_exits_are_found(calibrated):
    yemen = who_next(calibrated, "Saudi-led coalition in Yemen", 2016)
    left = {found.state: found for found in yemen.left}
    assert left["QAT"].year == 2017
    states = [leaver.state for leaver in yemen.leavers]
    assert all(found.place == states.index(state) + 1 for state, found in left.items() if found.place)
    assert "QAT: leave in 2017" in repr(yemen)


def test_figures_of_later_years_change_nothing(seven):
    early = models.calibrate(year=2016, draws=20)
    region = early.regions["europe"]
    rows = [{"iso3": "DEU", "year": year, "gdp_usd": 9e12} for year in range(2017, 2025)]
    changed = {**early.regions, "europe": replace(region, panel=region.panel.with_columns(rows))}
    assert who_next(replace(early, regions=changed), "MED9", 2016).to_frame().equals(seven.to_frame())


def test_members_outside_the_pool_are_named(calibrated):
    region = calibrated.regions["middle-east"]
    smaller = replace(region, states=tuple(state for state in region.states if state != "MAR"))
    found = who_next(replace(calibrated, regions={"middle-east": smaller}), "Abraham Accords", 2022)
    assert found.unmeasured == ("MAR",)
    assert "MAR" not in found.members


def test_tables_and_figures(accords, seven):
    frame = accords.to_frame()
    assert list(frame["state"]) == [invited.state for invited in accords.invitations]
    assert (frame["low"] <= frame["high"]).all()
    assert frame["joined"].isna().all()
    assert set(seven.to_frame().dropna(subset="joined")["state"]) == {"HRV", "SVN"}
    objections = accords.objections_frame()
    assert objections.loc["JOR", "ISR"] == accords["JOR"].changes["ISR"]
    assert list(accords.leavers_frame()["state"]) == [leaver.state for leaver in accords.leavers]
    shown = [label.get_text() for label in seven.plot(most=1).get_yticklabels()]
    assert len(shown) == 2
    assert any("joined 2021" in label for label in shown)
    assert len(accords.plot_leavers().get_yticks()) == len(accords.members)
    assert "would lose by it" in repr(accords)
    matplotlib.pyplot.close("all")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Abraham Acords",), "did you mean 'Abraham Accords'"),
        (("Abraham Accords", 2015), "existed from 2020 on, not in 2015"),
        (("Small Group on Syria", 2031), "2031"),
    ],
)
def test_groups_and_years_that_are_none_are_refused(calibrated, arguments, words):
    with pytest.raises(ValueError, match=words):
        who_next(calibrated, *arguments)


@pytest.mark.parametrize(
    ("states", "error", "words"),
    [
        (["ISR"], CoalitionError, "ISR is a member of Abraham Accords already"),
        (["ATLANTIS"], ValueError, "'ATLANTIS' is not in the pool"),
        ([], CoalitionError, "nobody is left to invite"),
    ],
)
def test_candidates_that_cannot_be_invited_are_refused(calibrated, states, error, words):
    with pytest.raises(error, match=words):
        who_next(calibrated, "Abraham Accords", 2022, candidates=states)


def test_a_challenger_cannot_be_invited(calibrated):
    with pytest.raises(CoalitionError, match="CHN is a challenger of AP1"):
        who_next(calibrated, "Quad (2017)", candidates=["CHN"])


def test_a_level_that_is_none_is_refused(calibrated):
    with pytest.raises(ValueError, match="level is 90"):
        who_next(calibrated, "AUKUS", level=90)


def test_one_member_is_not_enough(calibrated):
    region = calibrated.regions["asia-pacific"]
    alone = replace(region, states=tuple(state for state in region.states if state not in ("AUS", "GBR")))
    with pytest.raises(CoalitionError, match=r"AUKUS has 1 member\(s\)"):
        who_next(replace(calibrated, regions={"asia-pacific": alone}), "AUKUS", 2024)


def test_a_state_that_could_not_be_invited_is_no_answer(accords):
    with pytest.raises(CoalitionError, match="'ISR' cannot be invited"):
        accords["ISR"]
