"""models/questions/spoilers.py: what a state adds, keeps from others and can destroy."""

from dataclasses import replace
from fractions import Fraction

import matplotlib
import numpy as np
import pytest

import models
from coalitions import Game, optimal_structure, shapley_value
from coalitions.errors import TooLargeError
from models.questions.spoilers import spoiling

matplotlib.use("Agg")
REGIONS = ("asia-pacific", "europe", "global-order")


@pytest.fixture(scope="module")
def calibrated():
    return models.calibrate(REGIONS, draws=12)


@pytest.fixture(scope="module")
def russia(calibrated):
    return spoiling(calibrated, draws=12)


def divided(game):
    """The worth of the best division of every coalition, one coalition at a time."""
    worths = np.zeros(1 << game.n)
    for mask in range(1, 1 << game.n):
        players = [p for i, p in enumerate(game.players) if mask >> i & 1]
        worths[mask] = optimal_structure(game.subgame(players)).worth
    return Game(game.players, worths)


def stakeholders(region, name):
    listed = region.interest(name).stakeholders
    return [region.states[i] for i in region.eligible(name) if region.states[i] in listed]


def test_what_it_adds_is_its_shapley_value_where_all_divide_at_best(calibrated, russia):
    region, theta = calibrated.regions["global-order"], calibrated.coefficients["global-order"]
    cover = divided(region.game("GL2", 2024, theta, stakeholders(region, "GL2")))
    value = shapley_value(cover)
    row = russia["GL2"]
    assert row.role == "stakeholder"
    assert row.players == cover.n
    assert row.positive.value == pytest.approx(value["RUS"])
    assert row.share.value == pytest.approx(value["RUS"] / cover[cover.players])
    assert row.place == 1 + sum(value[p] > value["RUS"] for p in cover.players)
    assert row.blocking.value == pytest.approx(cover.dual()["RUS",])
    assert row.damage.value == 0


def test_damage_is_the_pressed_share_of_the_best_plan(calibrated, russia):
    region, theta = calibrated.regions["europe"], calibrated.coefficients["europe"]
    for name in ("EU3", "EU8"):
        game = region.game(name, 2024, theta, stakeholders(region, name))
        plan = optimal_structure(game)
        alone = replace(region, interests=(replace(region.interest(name), challengers=("RUS",)),))
        pressure = dict(zip(region.states, alone.theatre(name, 2024).pressure, strict=True))
        damage = sum(game[block] * np.mean([pressure[s] for s in block]) for block in plan.blocks)
        row = russia[name]
        assert row.role == "challenger"
        assert row.positive.value == 0
        assert row.place == 0
        assert row.damage.value == pytest.approx(damage)
        assert row.destroyed.value == pytest.approx(damage / plan.worth)
        assert row.foresight >= 0


def test_roles_are_those_of_the_table_of_interests(calibrated, russia):
    for row in russia.rows:
        interest = calibrated.regions[row.region].interest(row.interest)
        assert (row.role in ("stakeholder", "both")) == ("RUS" in interest.stakeholders)
        assert (row.role in ("challenger", "both")) == ("RUS" in interest.challengers)


def test_totals_are_sums_over_interests(russia):
    for name in ("positive", "blocking", "damage"):
        assert getattr(russia, name).value == pytest.approx(sum(getattr(row, name).value for row in russia.rows))
    assert russia.index.value == pytest.approx(russia.damage.value - russia.positive.value)
    in_theory = sum(row.damage_in_theory - row.positive_in_theory for row in russia.rows)
    assert russia.index_in_theory == pytest.approx(in_theory)


def test_a_state_without_strength_destroys_nothing(calibrated):
    weak = {
        name: region.scenario(threat={"RUS": 0.0}) if any("RUS" in i.challengers for i in region.interests) else region
        for name, region in calibrated.regions.items()
    }
    found = spoiling(replace(calibrated, regions=weak), draws=3)
    assert found.damage.value == 0
    assert found["EU1"].destroyed.value == 0


def test_who_challenges_nothing_destroys_nothing(calibrated):
    found = spoiling(calibrated, "JPN", draws=3)
    assert found.damage == (0, 0, 0)
    assert found.index.value == -found.positive.value
    assert found.council is None


def test_intervals_are_over_the_draws_asked_for(calibrated, russia):
    few = spoiling(calibrated, draws=4)
    assert few["EU3"].damage.value == russia["EU3"].damage.value
    assert few["EU3"].damage.low >= russia["EU3"].damage.low - 5
    region = calibrated.regions["europe"]
    alone = replace(region, interests=(replace(region.interest("EU3"), challengers=("RUS",)),))
    pressure = dict(zip(region.states, alone.theatre("EU3", 2024).pressure, strict=True))
    damages = []
    for drawn in calibrated.draws["europe"][:4]:
        theta = dict(zip(region.names, drawn, strict=True))
        game = region.game("EU3", 2024, theta, stakeholders(region, "EU3"))
        blocks = optimal_structure(game).blocks
        damages.append(sum(game[block] * np.mean([pressure[s] for s in block]) for block in blocks))
    assert few["EU3"].damage[1:] == pytest.approx(np.quantile(damages, [0.05, 0.95]))


def test_the_council_gives_the_published_index(russia):
    assert russia.council == (Fraction(421, 2145), Fraction(1))


def test_tables_and_figures(russia):
    frame = russia.to_frame()
    assert list(frame["interest"]) == [row.interest for row in russia.rows]
    assert {"positive low", "damage high", "destroyed"} <= set(frame.columns)
    assert len(russia.plot().get_yticks()) == len(russia.rows)
    assert "UN Security Council: 19.6%" in repr(russia)
    matplotlib.pyplot.close("all")


@pytest.mark.parametrize(
    ("state", "arguments", "words"),
    [
        ("GBRR", {}, "did you mean 'GBR'"),
        ("MMR", {}, "MMR has no part in any interest"),
        ("RUS", {"draws": 13}, "draws is 13; there are 1 to 12"),
        ("RUS", {"draws": 0}, "draws is 0"),
        ("RUS", {"level": 2}, "level is 2"),
        ("RUS", {"year": 1901}, "1901"),
    ],
)
def test_bad_input_is_refused(calibrated, state, arguments, words):
    with pytest.raises(ValueError, match=words):
        spoiling(calibrated, state, **{"draws": 2, **arguments})


def test_an_interest_it_has_no_part_in_is_refused(russia):
    with pytest.raises(ValueError, match="no part in 'EU4'"):
        russia["EU4"]


def test_too_many_stakeholders_are_refused(calibrated):
    region = calibrated.regions["europe"]
    crowded = replace(region.interest("EU1"), stakeholders=region.states[:20])
    interests = tuple(crowded if interest.id == "EU1" else interest for interest in region.interests)
    with pytest.raises(TooLargeError, match=r"EU1\* has 20 stakeholders"):
        spoiling(replace(calibrated, regions={"europe": replace(region, interests=interests)}), draws=1)
