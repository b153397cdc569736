"""models/region.py, models/asia_pacific.py and the list of models."""

import dataclasses
import itertools
import math
import subprocess
import sys

import numpy as np
import pytest

import models
from coalitions.errors import TooLargeError
from models.panel import load_panel
from models.region import build
from models.theatre import Interest, Number

REGION = models.load("asia-pacific")
PANEL = load_panel()
THETA = dict(zip(REGION.names, REGION.prior_mean, strict=True))
CHOICES = REGION.choice_data()


def _number(value, low, high):
    return Number(value, low=low, high=high, unit="worth", source="ours", status="prior")


def number(low, value, high):
    return Number(value, low=low, high=high, unit="", source="ours", status="prior")


def indices(*states):
    return np.array([REGION.indices(states)])


# --- the pool and what was observed


def test_the_pool_is_what_its_rule_says():
    core = {s for s in PANEL.states if PANEL.tags[s]["core"] == "1" and "AP" in PANEL.tags[s]["regions"].split(";")}
    stakeholders = {s for i in REGION.interests for s in i.stakeholders}
    benchmarks = [
        g for g in REGION.groups if g.basis == "benchmark" and g.kind == "minilateral" and 3 <= len(g.founders) <= 9
    ]
    founders = {s for g in benchmarks for s in g.founders}
    assert set(REGION.states) == core | ((stakeholders | founders) & set(PANEL.states))


def test_benchmarks_are_named_in_the_interest_they_are_coded_for():
    for group in REGION.groups:
        interest = REGION.interest(group.interest)
        assert (group.basis == "benchmark") == (group.name in interest.benchmarks)
        if group.basis == "objective":
            row = PANEL.group(group.name)
            assert interest.objective in (row.objective, row.objective2)
            assert set(interest.challengers) == set(row.challengers)


def test_every_observed_group_is_a_choice_or_says_why_not():
    assert {c.name for c in CHOICES.choices} | {n for n, _ in CHOICES.excluded} == {g.name for g in REGION.groups}
    assert len(CHOICES.choices) == 33
    reasons = dict(CHOICES.excluded)
    assert reasons["Colombo Security Conclave"] == "founder MDV is not in the pool"
    assert reasons["Malabar"] == "is of kind exercise"


def test_choices_use_the_founders_and_the_year_before():
    by_name = {c.name: c for c in CHOICES.choices}
    malacca = by_name["Malacca Straits Patrol"]
    assert tuple(REGION.states[i] for i in malacca.members) == ("IDN", "MYS", "SGP")
    assert malacca.context == ("AP7", 2003)
    assert by_name["KEDO"].family == by_name["TISA (US-Japan-ROK)"].family == "JPN-KOR-USA"


def test_a_hold_out_splits_by_founding_and_caps_the_data():
    train = REGION.choice_data(until=2014, data_year=2014)
    test = REGION.choice_data(since=2015, data_year=2014)
    assert (len(train.choices), len(test.choices)) == (11, 22)
    assert all(c.context[1] <= 2014 for c in (*train.choices, *test.choices))
    assert all(c.context[1] < c.start for c in (*train.choices, *test.choices))


def test_history_counts_only_groups_founded_before():
    """The Quad of 2017 must not see itself, nor the groups that followed it."""
    quad = next(c for c in CHOICES.choices if c.name == "Quad (2017)")
    later = [g for g in PANEL.groups if g.start >= 2017]
    past = dataclasses.replace(REGION, panel=dataclasses.replace(PANEL, groups=tuple(set(PANEL.groups) - set(later))))
    members = np.array([quad.members])
    assert np.array_equal(past.features(members, *quad.context), REGION.features(members, *quad.context))
    assert not np.array_equal(REGION.features(members, "AP1", 2017), REGION.features(members, "AP1", 2016))


def test_bandwidth_is_at_least_one_and_at_most_the_limit():
    bandwidth = REGION.bandwidth(2024)
    assert set(bandwidth) == set(REGION.states)
    assert (min(bandwidth.values()), max(bandwidth.values())) == (1, REGION.most.value)
    in_groups = [
        g.name
        for g in REGION.groups
        if g.kind == "minilateral" and any(s == "KOR" and a <= 2024 <= b for s, a, b in PANEL.spells(g.name))
    ]
    assert bandwidth["KOR"] == math.ceil(len(in_groups) / REGION.slots.value)


def test_challengers_may_not_join_a_new_group():
    assert REGION.states.index("CHN") not in REGION.eligible("AP1")
    assert len(REGION.eligible("AP9")) == len(REGION.states)


def test_every_number_has_a_unit_and_a_source():
    numbers = [*REGION.prior.values(), REGION.slots, REGION.most]
    numbers += [v for v in vars(REGION.settings).values() if isinstance(v, Number)]
    assert all(n.unit and n.source for n in numbers)
    assert all(t.sign * REGION.prior[t.name].value >= 0 for t in REGION.terms)


def test_prior_precision_reads_the_range_as_95_percent():
    coordination = REGION.prior_precision[REGION.names.index("coordination")]
    assert coordination == pytest.approx(4), "a standard deviation of one half"


# --- agreement


def test_payoff_gains_and_features_agree():
    members = np.array(list(itertools.combinations(range(10), 4)))
    worths = REGION.features(members, "AP1", 2020) @ REGION.prior_mean
    assert REGION.gains(members, "AP1", 2020, THETA).sum(axis=1) == pytest.approx(worths)
    assert np.array_equal(REGION.payoff(THETA, 2020)(members, "AP1"), REGION.gains(members, "AP1", 2020, THETA))


def test_the_game_holds_the_worth_of_every_group():
    game = REGION.game("AP4", 2020, THETA, ("USA", "KOR", "JPN", "AUS"))
    assert tuple(game.players) == ("USA", "KOR", "JPN", "AUS")
    for k in range(1, 5):
        for group in itertools.combinations(range(4), k):
            mask = sum(1 << i for i in group)
            states = [game.players[i] for i in group]
            expected = REGION.gains(indices(*states), "AP4", 2020, THETA).sum()
            assert game.worths[mask] == pytest.approx(expected, abs=1e-12)


def test_the_game_is_of_the_stakeholders_unless_told():
    assert set(REGION.game("AP7", 2020, THETA).players) == {"IDN", "MYS", "PHL", "SGP", "THA", "BRN"}


def test_no_challenger_plays_against_itself():
    syria = models.load("middle-east")
    listed = set(syria.interest("ME4").stakeholders) & set(syria.states)
    assert listed & {"RUS", "TUR", "IRN"}
    assert set(syria.game("ME4", 2020, THETA).players) == listed - {"RUS", "TUR", "IRN"}


def test_the_cost_of_founding_is_anchored_outside_the_fit():
    worths = []
    anchored = REGION.anchored(THETA, 2024, paying=0.5)
    for choice in CHOICES.choices:
        worths.append(REGION.gains(np.array([choice.members]), *choice.context, anchored).sum())
    assert np.median(worths) == pytest.approx(0, abs=1e-9)
    by_rate = REGION.anchored(THETA, 2024, paying=None)
    total = 0.0
    for interest, k in itertools.product(REGION.interests, (3, 4)):
        members = np.array(list(itertools.combinations(REGION.eligible(interest.id), k)))
        total += np.exp(REGION.gains(members, interest.id, 2024, by_rate).sum(axis=1)).sum()
    recent = [c for c in CHOICES.choices if 2015 <= c.start <= 2024 and len(c.members) in (3, 4)]
    assert total == pytest.approx(len(recent))


@pytest.mark.parametrize("paying", [-0.1, 1.5])
def test_a_share_is_a_share(paying):
    with pytest.raises(ValueError, match="paying is"):
        REGION.anchored(THETA, 2024, paying=paying)


# --- the list of models


def test_models_are_listed_and_loaded():
    assert "asia-pacific" in models.names()
    assert models.load("asia-pacific").name == "asia-pacific"
    assert {"asia-pacific", "europe", "global-order", "middle-east"} <= set(models.names())


@pytest.mark.parametrize("name", ["asia-pacific", "europe", "global-order", "middle-east"])
def test_every_region_measures_its_groups(name):
    region = models.load(name)
    for choice in region.choice_data().choices:
        measured = region.features(np.array([choice.members]), *choice.context)
        assert measured.shape == (1, len(region.names))
        assert np.isfinite(measured).all()


def test_importing_models_loads_nothing_heavy():
    code = "import sys, models; models.load('asia-pacific'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert not {"pandas", "matplotlib", "sympy", "numba", "scipy", "highspy", "pulp"} & set(loaded.split())


def test_another_package_can_register_a_region(monkeypatch):
    from importlib import metadata

    entry = metadata.EntryPoint(name="far-north", value="models.europe:region", group="coalitions.models")
    monkeypatch.setattr(metadata, "entry_points", lambda group: [entry] if group == "coalitions.models" else [])
    assert "far-north" in models.names()
    assert models.load("far-north").title == "Europe"


HIGH_NORTH = Interest(
    id="NO1",
    title="Watching the High North",
    objective="maritime_security",
    challengers=("RUS",),
    stakeholders=("NOR", "DNK", "USA"),
    weights={"maritime_patrol_isr": 1.0},
    anchor=(72.0, 20.0),
    benchmarks=(),
)


def test_a_region_of_ones_own_fits_the_groups_coded_for_it():
    north = build("high-north", "High North", [HIGH_NORTH], coded={"NORDEFCO": "NO1"})
    assert [c.context for c in north.choice_data().choices] == [("NO1", 2008)]
    assert set(north.states) == {"NOR", "DNK", "USA", "FIN", "ISL", "SWE"}
    assert np.isfinite(north.features(np.array([[0, 1, 2]]), "NO1", 2020)).all()


@pytest.mark.parametrize(
    ("coded", "words"),
    [({"NORDEFKO": "NO1"}, "did you mean 'NORDEFCO'"), ({"NORDEFCO": "NO2"}, "'NO2', which is no interest here")],
)
def test_codes_of_ones_own_are_checked(coded, words):
    with pytest.raises(ValueError, match=words):
        build("high-north", "High North", [HIGH_NORTH], coded=coded)


# --- refusals


def test_an_unknown_model_gets_the_nearest():
    with pytest.raises(ValueError, match="no model 'asia_pacific'; did you mean 'asia-pacific'"):
        models.load("asia_pacific")


def test_unknown_interest_state_and_year():
    with pytest.raises(ValueError, match="has no interest 'AP10'; did you mean 'AP1'"):
        REGION.features(indices("USA", "JPN"), "AP10", 2020)
    with pytest.raises(ValueError, match="'GRB' is not in the pool of asia-pacific; did you mean 'GBR'"):
        REGION.indices(["GRB"])
    with pytest.raises(ValueError, match="runs from 1990 to 2024"):
        REGION.features(indices("USA", "JPN"), "AP1", 2030)
    with pytest.raises(ValueError, match="runs from 1990 to 2024"):
        REGION.choice_data(data_year=1950)
    with pytest.raises(ValueError, match="runs from 1990 to 2024"):
        REGION.bandwidth(1950)
    with pytest.raises(ValueError, match="runs from 1990 to 2024"):
        REGION.anchored(THETA, 2050)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stakes": 1.0}, "has no term 'stakes'; did you mean 'stake'"),
        ({"stake": math.nan}, "coefficient of stake is nan"),
        ({"stake": math.inf}, "coefficient of stake is inf"),
        ({"stake": None}, "coefficient of stake is None; it must be a finite number"),
        ({"stake": "1"}, "coefficient of stake is 1; it must be a finite number"),
    ],
)
def test_coefficients_are_checked(change, words):
    with pytest.raises(ValueError, match=words):
        REGION.gains(indices("USA", "JPN"), "AP1", 2020, THETA | change)


def test_a_missing_coefficient_is_named():
    with pytest.raises(ValueError, match="no coefficient for the term 'ties'"):
        REGION.payoff({k: v for k, v in THETA.items() if k != "ties"}, 2020)


def test_a_game_too_large_says_what_serves():
    with pytest.raises(TooLargeError, match=r"21 states has 2.1e\+06 coalitions; name at most 20"):
        REGION.game("AP1", 2020, THETA, REGION.states[:21])


def test_a_pool_with_a_state_twice_is_refused():
    with pytest.raises(ValueError, match="state USA is in the pool twice"):
        dataclasses.replace(REGION, states=("USA", "JPN", "USA"))


def test_a_term_without_a_prior_is_refused():
    with pytest.raises(ValueError, match="no prior for the coefficient of 'capability'"):
        dataclasses.replace(REGION, prior={})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pivot": "UAS"}, "'UAS'"),
        ({"rivals": ("CHX",)}, "'CHX'"),
        ({"terms": (*REGION.terms, REGION.terms[1])}, "term 'stake' is given twice"),
        ({"interests": (*REGION.interests, REGION.interests[0])}, "interest 'AP1' is given twice"),
        ({"interests": (REGION.interests[0].shared(),)}, r"interest 'AP1\*': a star at the end"),
        ({"prior": {**REGION.prior, "ties": _number(1.0, 1.0, 1.0)}}, "prior of 'ties' has no width"),
    ],
)
def test_a_region_that_would_mislead_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        dataclasses.replace(REGION, **change)


def test_a_prior_for_no_term_is_refused():
    with pytest.raises(ValueError, match="prior for 'capabilty', which is no term; did you mean 'capability'"):
        build("asia-pacific", "Asia-Pacific", "asia_pacific", prior={"capabilty": _number(1.0, 0.0, 2.0)})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"threat": {"JPN": 2.0}}, "threat of JPN: it challenges no interest of asia-pacific; challengers: CHN"),
        ({"threat": {"CHN": -1.0}}, "threat of CHN is -1.0"),
        ({"threat": {"CHN": None}}, "threat of CHN is None; it must be a number"),
        ({"effort": {"USA": "half"}}, "effort of USA is half; it must be a number"),
        ({"effort": {"UAS": 0.5}}, "'UAS'"),
        ({"coverage": "0"}, "coverage is 0; it must be a number"),
        ({"coverage": math.nan}, "coverage is nan"),
    ],
)
def test_circumstances_that_mean_nothing_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        REGION.scenario(**change)
