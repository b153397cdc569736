"""models/questions: how large groups should be, and when they beat both acting alone and institutions."""

import dataclasses
import itertools
import math

import matplotlib
import numpy as np
import pytest

import models
from coalitions.errors import CoalitionError, WorthError
from models.closed_form import CHOICES, member_gain, sweet_spot
from models.measures import measure
from models.questions import phase_diagram, size_curves
from models.questions.phases import LARGE, implied_stakes
from models.questions.sizes import like_members
from models.questions.theory import theory, vector

matplotlib.use("Agg")
import matplotlib.pyplot as plt

FITTED = models.calibrate(draws=60)
ASIA, EUROPE = FITTED.regions["asia-pacific"], FITTED.regions["europe"]
FEW = ("USA", "JPN", "IND", "AUS", "PHL", "IDN", "MYS", "SGP")
SMALL = dataclasses.replace(FITTED, regions={"asia-pacific": dataclasses.replace(ASIA, states=FEW)})
PLACE = SMALL.regions["asia-pacific"]
CURVES = size_curves(SMALL, "asia-pacific", sizes=(2, 6), interests=("AP1", "AP7"))
DIAGRAM = phase_diagram(FITTED)
PLACED = DIAGRAM.to_frame().set_index(["interest", "state"])

NOTHING = dict.fromkeys(ASIA.names, 0.0)


def one_type(**settings):
    """The Asia-Pacific with one interest that takes one kind of strength, which adds up, and no institution."""
    interest = dataclasses.replace(ASIA.interest("AP6"), weights={"finance_infrastructure": 1.0})
    return dataclasses.replace(ASIA, interests=(interest,), **settings)


# --- the closed form


@pytest.mark.parametrize("model", [("USA", "JPN", "AUS"), ("JPN", "KOR", "TWN", "DEU"), ("IND", "AUS", "NLD")])
def test_like_members_gain_what_the_closed_form_says(model):
    place = one_type()
    scene = place.theatre("AP6", 2024)
    at = list(place.indices(model))
    theta = vector(place, NOTHING | {"capability": 40.0, "coordination": 0.7})
    sizes = np.arange(2, 10)
    found = like_members(place, "AP6", 2024, at, theta, sizes)
    alike = np.mean([scene.similarity[i, j] for i, j in itertools.combinations(at, 2)])
    usable = [1 / (1 + math.exp(-2.0 * s)) for s in (alike, 1.0)]  # 1.5 mean + 0.5 least
    stake, own = scene.stake[at].mean(), scene.alone[at].mean()
    against = max(scene.threat, place.settings.reference.value)
    group = member_gain(sizes, 40 * stake * usable[0], own, against, 0.35) + 0.35
    alone = 40 * stake * usable[1] * own / (own + against)
    assert found == pytest.approx(group - alone, rel=1e-6)


def test_without_strength_the_best_size_is_the_root_of_founding_over_coordination():
    place = one_type()
    for founding, pair in ((8.0, 0.5), (9.0, 2.0), (5.0, 0.2)):
        theta = vector(place, NOTHING | {"setup": founding, "coordination": pair})
        sizes = np.arange(2, 16)
        found = like_members(place, "AP6", 2024, [0, 3, 4], theta, sizes)
        assert found == pytest.approx(-founding / sizes - pair * (sizes - 1) / 2)
        assert abs(sizes[found.argmax()] - math.sqrt(2 * founding / pair)) < 1


def test_at_its_own_size_the_mean_member_stands_for_the_group():
    theta = vector(PLACE, NOTHING | {"stake": 1.0, "ties": 1.0, "distance": 0.5, "setup": 2.0, "coordination": 0.5})
    model = PLACE.indices(("USA", "JPN", "AUS"))
    rows = np.array([model])
    worth = float((PLACE.features(rows, "AP1", 2024) @ theta)[0])
    assert like_members(PLACE, "AP1", 2024, model, theta, [3])[0] == pytest.approx(worth / 3)


def test_at_its_own_size_every_table_is_what_the_group_has():
    model = EUROPE.indices(("FRA", "DEU", "GBR", "UKR", "USA"))
    row = EUROPE.features(np.array([model]), "EU3", 2024)[0] / 5
    for k, term in enumerate(EUROPE.terms):
        if term.table is not None:
            weights = np.eye(len(EUROPE.names))[k]
            assert like_members(EUROPE, "EU3", 2024, model, weights, [5])[0] == pytest.approx(row[k]), term.name
    assert row[EUROPE.names.index("inclusion")] > 0
    assert row[EUROPE.names.index("entrapment")] < 0


def test_what_likes_gain_does_not_hang_on_the_sizes_asked_for():
    model = EUROPE.indices(("FRA", "DEU", "GBR"))
    theta = vector(EUROPE, FITTED.coefficients["europe"])
    alone = like_members(EUROPE, "EU1", 2024, model, theta, [4])
    assert like_members(EUROPE, "EU1", 2024, model, theta, range(1, 10))[3] == pytest.approx(alone[0])
    assert like_members(EUROPE, "EU1", 2024, model, theta, [1])[0] == 0


@pytest.mark.parametrize(("model", "sizes", "words"), [([0], [3], "has 1 member"), ([0, 1], [0, 3], "size 0")])
def test_likes_that_cannot_be_copied_are_refused(model, sizes, words):
    with pytest.raises(CoalitionError, match=words):
        like_members(EUROPE, "EU1", 2024, model, np.zeros(len(EUROPE.names)), sizes)


@pytest.mark.parametrize(
    ("term", "model"),
    [
        ("affinity", ("JPN", "IND", "AUS")),
        ("affinity_us", ("USA", "JPN", "IND")),
        ("affinity_rival", ("CHN", "KAZ", "UZB")),
        ("usefulness", ("USA", "JPN", "KOR")),
    ],
)
def test_copies_make_a_group_of_the_kind_they_are_copied_from(term, model):
    theta = vector(ASIA, NOTHING | {term: 1.0})
    at = ASIA.indices(model)
    worth = float((ASIA.features(np.array([at]), "AP9", 2024) @ theta)[0])
    assert worth != 0
    assert like_members(ASIA, "AP9", 2024, at, theta, [3])[0] == pytest.approx(worth / 3)


# --- curves


@pytest.mark.parametrize("interest", ["AP1", "AP7"])
def test_every_point_is_the_best_of_all_groups_of_its_size(interest):
    curve = CURVES[interest]
    fit, prior = SMALL.coefficients["asia-pacific"], theory(SMALL, "asia-pacific")
    able = PLACE.eligible(interest)
    drawn = []
    for k, size in enumerate(curve.sizes):
        rows = np.array(list(itertools.combinations(able, size)))
        worths = PLACE.gains(rows, interest, 2024, fit).sum(axis=1)
        assert curve.per_member[k] == pytest.approx(worths.max() / size)
        assert curve.best[k] == tuple(PLACE.states[i] for i in rows[worths.argmax()])
        assert curve.prior[k] == pytest.approx(PLACE.gains(rows, interest, 2024, prior).sum(axis=1).max() / size)
        features = PLACE.features(rows, interest, 2024)
        drawn.append((SMALL.draws["asia-pacific"] @ features.T).max(axis=1) / size)
    drawn = np.array(drawn).T
    assert np.array([curve.low, curve.high]) == pytest.approx(np.quantile(drawn, [0.05, 0.95], axis=0))
    sizes = np.array(curve.sizes)
    assert [curve.peaks[s] for s in curve.sizes] == [(sizes[drawn.argmax(axis=1)] == s).mean() for s in curve.sizes]
    whole = sizes[(drawn * sizes).argmax(axis=1)]
    assert [curve.whole_peaks[s] for s in curve.sizes] == [(whole == s).mean() for s in curve.sizes]
    low, high = curve.interval(0.9, whole=True)
    assert (whole < low).mean() <= 0.05
    assert (whole > high).mean() <= 0.05
    assert ((whole >= low) & (whole <= high)).mean() >= 0.9


def test_the_cost_of_founding_moves_the_best_size_a_member_and_no_other():
    cheap, dear = (
        size_curves(dataclasses.replace(SMALL, paying=paying), "asia-pacific", sizes=(2, 6), interests=["AP1", "AP7"])
        for paying in (1.0, 0.25)
    )
    for before, after in zip(cheap.curves, dear.curves, strict=True):
        assert before.whole_peaks == after.whole_peaks
        assert before.peak < after.peak
        sizes = np.array(before.sizes)
        cost = (before.per_member - after.per_member) * sizes
        assert cost == pytest.approx(np.full(len(sizes), cost[0]))


def test_founded_sizes_are_those_of_the_minilaterals():
    found = size_curves(FITTED, "asia-pacific", interests="AP4")["AP4"]
    sizes = [len(g.founders) for g in ASIA.groups if g.interest == "AP4" and g.kind == "minilateral"]
    assert sorted(found.observed) == sorted(size for size in sizes if size >= 3)
    assert found.peak == 3
    assert found.whole_peak == 3


def test_sizes_founded_later_are_not_counted():
    then = size_curves(dataclasses.replace(SMALL, year=2014), "asia-pacific", interests="AP1", sizes=(3, 4))["AP1"]
    sizes = [len(g.founders) for g in ASIA.groups if g.interest == "AP1" and g.kind == "minilateral" and g.start < 2015]
    assert sorted(then.observed) == sorted(size for size in sizes if size >= 3)
    assert len(then.observed) < len(CURVES["AP1"].observed)


def test_an_interest_is_drawn_once_and_a_starred_one_with_the_groups_of_its_row():
    found = size_curves(SMALL, "asia-pacific", interests=["AP4*", "AP4*"], sizes=(3, 4))
    assert [curve.interest for curve in found.curves] == ["AP4*"]
    assert len(found["AP4*"].observed) == 5


def test_curves_come_as_tables_and_figures():
    assert len(CURVES.to_frame()) == 10
    assert CURVES.peaks().loc["AP7", "whole"] == CURVES["AP7"].whole_peak
    assert repr(CURVES).count("\n") == 3
    assert CURVES.plot(interest="AP7").get_title(loc="left").startswith("AP7")
    assert len(CURVES.plot_all().axes) == 2
    plt.close("all")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"region": "asia"}, ValueError, "asia-pacific"),
        ({"interests": ["AP99"]}, ValueError, "AP9"),
        ({"interests": []}, ValueError, "no interest of asia-pacific"),
        ({"sizes": (4, 3)}, CoalitionError, "sizes from 4 to 3"),
        ({"sizes": (3, 9)}, CoalitionError, "largest <= 8"),
        ({"sizes": (3.7, 5)}, CoalitionError, "the smallest and the largest"),
        ({"sizes": "36"}, CoalitionError, "the smallest and the largest"),
        ({"level": 0}, ValueError, "level is 0"),
    ],
)
def test_curves_that_cannot_be_drawn_are_refused(change, error, words):
    asked = {"region": "asia-pacific", **change}
    with pytest.raises(error, match=words):
        size_curves(SMALL, asked.pop("region"), **asked)
    with pytest.raises(ValueError, match="there are AP1, AP7"):
        CURVES["AP2"]


# --- the phase diagram


def test_implied_stakes_make_the_founded_size_the_sweet_spot():
    stakes = implied_stakes(EUROPE, 2024)
    for stake, group in zip(stakes, EUROPE.choice_data(until=2024).choices, strict=True):
        scene = EUROPE.theatre(*group.context)
        own = max(scene.alone[list(group.members)].mean() / max(scene.threat, 0.1), 1e-4)
        assert sweet_spot(stake, own, 1.0, 1.0) == pytest.approx(len(group.members), rel=1e-6)
    assert DIAGRAM.stake == pytest.approx(
        np.median(np.concatenate([implied_stakes(region, 2024) for region in FITTED.regions.values()]))
    )


def test_a_state_is_placed_by_its_strength_and_its_institution():
    scene = EUROPE.theatre("EU1", 2024)
    estonia = PLACED.loc["EU1", "EST"]
    at = EUROPE.indices(["EST"])[0]
    assert estonia.capability == pytest.approx(scene.alone[at] / max(scene.threat, 0.1))
    # relevance 1, acting 0.8; what it brings up is what the payoff counts as coverage
    brought = scene.coverage[at] / 0.8
    assert estonia.reliability == pytest.approx(0.8 * brought / (brought + max(scene.threat, 0.1)))
    assert estonia.institution == "NATO"
    assert PLACED.loc["EU3", "UKR"].institution == ""
    assert PLACED.loc["EU3", "UKR"].reliability == 0


def test_the_choice_is_the_best_of_what_the_closed_form_offers():
    sizes = np.arange(2, 60)
    for row in PLACED.sample(60, random_state=0).itertuples():
        gains = [
            0.0,
            member_gain(1, DIAGRAM.stake, row.capability, 1.0, 1.0),
            member_gain(sizes, DIAGRAM.stake, row.capability, 1.0, 1.0).max(),
            row.reliability * DIAGRAM.stake - DIAGRAM.fixed_cost,
        ]
        assert gains[CHOICES.index(row.choice)] == pytest.approx(max(gains), abs=1e-3)
    assert LARGE > 1000


@pytest.mark.parametrize(("interest", "state"), [("EU1", "EST"), ("EU3", "USA"), ("EU4", "POL"), ("EU9", "NLD")])
def test_mixed_groups_take_the_strongest_stakeholders(interest, state):
    scene = EUROPE.theatre(interest, 2024)
    others = [s for s in EUROPE.states if scene.stake[EUROPE.states.index(s)] == 1 and s != state]
    others.sort(key=lambda s: -scene.alone[EUROPE.states.index(s)])
    against = max(scene.threat, 0.1)
    groups = []
    for count in range(1, min(8, len(others)) + 1):
        columns = np.array([EUROPE.indices((state, *others[:count]))]).T
        joint = float(measure(scene, columns, EUROPE.settings)["joint"][0])
        groups.append(DIAGRAM.stake * joint / (joint + against) - (count + 1))
    row = PLACED.loc[interest, state]
    alone = DIAGRAM.stake * row.capability / (row.capability + 1) - 1
    gains = [0.0, alone, max(groups), row.reliability * DIAGRAM.stake - DIAGRAM.fixed_cost]
    assert row.mixed == CHOICES[int(np.argmax(gains))]


def test_every_stake_is_placed_once():
    for region in FITTED.regions.values():
        for interest in region.interests:
            listed = set(interest.stakeholders) & set(region.states) - set(interest.challengers)
            assert set(PLACED.loc[interest.id].index) == listed


def test_the_diagram_is_in_order():
    choice = DIAGRAM.choice
    institution = CHOICES.index("institution")
    assert (np.diff((choice == institution).astype(int), axis=0) >= 0).all(), "once reliable enough, it stays best"
    bottom = [CHOICES[k] for k, _ in itertools.groupby(choice[0])]
    assert bottom == ["nothing", "alone", "minilateral", "alone"], "a group of one comes before one of two"
    assert set(np.unique(choice)) == {0, 1, 2, 3}
    for column in ("choice", "mixed"):
        assert DIAGRAM.shares(column).sum(axis=1).to_numpy() == pytest.approx(1)


def test_institutions_that_never_act_are_nobodys_choice():
    regions = {name: region.scenario(coverage=0.0) for name, region in FITTED.regions.items()}
    alone = phase_diagram(dataclasses.replace(FITTED, regions=regions))
    assert alone.to_frame()["reliability"].max() == 0
    assert alone.shares()["institution"].max() == 0
    assert alone.shares("mixed")["institution"].max() == 0


def test_a_small_stake_pays_for_no_group():
    assert DIAGRAM.prior_stake == pytest.approx(4.0)
    assert phase_diagram(FITTED, stake=DIAGRAM.prior_stake).shares()["minilateral"].max() == 0


def test_one_region_can_be_placed():
    one = phase_diagram(FITTED, stake=DIAGRAM.stake, regions="europe").to_frame()
    whole = DIAGRAM.to_frame()
    same = ["interest", "state", "capability", "reliability", "institution", "choice", "mixed"]
    assert one[same].equals(whole.loc[whole["region"] == "europe", same].reset_index(drop=True))


def test_the_diagram_is_drawn():
    assert len(DIAGRAM.plot_regions().axes) == 3
    assert DIAGRAM.plot(region="europe").get_title(loc="left") == "europe"
    with pytest.raises(ValueError, match="there are asia-pacific"):
        DIAGRAM.plot(region="atlantis")
    plt.close("all")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"stake": 0.0}, WorthError, "stake is 0"),
        ({"stake": math.nan}, WorthError, "stake is nan"),
        ({"fixed_cost": -1.0}, WorthError, "fixed_cost is -1"),
        ({"regions": ["europa"]}, ValueError, "europe"),
        ({"regions": []}, ValueError, "no region"),
    ],
)
def test_diagrams_that_cannot_be_drawn_are_refused(change, error, words):
    with pytest.raises(error, match=words):
        phase_diagram(FITTED, **change)
    with pytest.raises(ValueError, match="'choice' or 'mixed'"):
        DIAGRAM.shares("best")
