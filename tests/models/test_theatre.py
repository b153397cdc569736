"""models/theatre.py"""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import models
from models.panel import load_panel
from models.theatre import Number, interests_of, shared_groups, theatre

PANEL = load_panel()
REGION = models.load("asia-pacific")
AT = {state: i for i, state in enumerate(REGION.states)}
YEARS = st.sampled_from(REGION.years)
IDS = st.sampled_from([i.id for i in REGION.interests])


# --- published


def test_strength_falls_by_the_rate_over_distance():
    """Boulding's gradient by hand: AP7 gives 0.8 to types that are moved and 0.2 to intelligence."""
    got = REGION.theatre("AP7", 2020)
    share = PANEL.vector("gdp_usd", ["IDN", "USA"], 2020)
    km = PANEL.distance_km(["IDN"], np.array([[5.0, 120.0]]))[0, 0]
    assert got.strength[AT["IDN"]] == pytest.approx(share[0] / share[1] * (0.8 * math.exp(-0.1 * km / 1000) + 0.2))


def test_ties_count_groups_founded_by_the_year_and_no_body():
    both = ("AUS", "JPN")
    named = [
        g.name for g in PANEL.groups if set(both) <= set(PANEL.founders(g)) and g.start <= 2007 and len(g.members) <= 10
    ]
    assert shared_groups(PANEL, both, 2007)[0, 1] == len(named)
    assert "Quad (2007)" in named
    assert shared_groups(PANEL, ("USA", "IND"), 2000)[0, 1] == 1, "Malabar; the G20 is too large to count"


def test_a_late_joiner_has_no_tie_before_it_joins():
    pair = ("JPN", "IND")
    without_malabar = shared_groups(PANEL, pair, 2014)[0, 1]
    with_malabar = shared_groups(PANEL, pair, 2015)[0, 1]
    founded_2015 = sum(set(pair) <= set(PANEL.founders(g)) and g.start == 2015 for g in PANEL.groups)
    assert with_malabar - without_malabar == founded_2015 + 1


# --- laws


@given(IDS, YEARS)
def test_ranges_and_symmetry(interest, year):
    got = REGION.theatre(interest, year)
    for values in (got.strength, got.stake, got.pressure):
        assert np.isfinite(values).all()
        assert values.min() >= 0
        assert values.max() <= 1
    for matrix in (got.affinity, got.nearness, got.ties):
        assert np.isfinite(matrix).all()
        assert np.array_equal(matrix, matrix.T)
        assert (np.diag(matrix) == 0).all()
    for state in got.interest.challengers:
        assert got.strength[AT[state]] == got.stake[AT[state]] == got.pressure[AT[state]] == 0
    assert (got.threat > 0) == bool(got.interest.challengers)


@given(IDS, YEARS, st.randoms())
def test_the_future_changes_nothing(interest, year, random):
    """Figures dated after the year may be anything at all."""
    states = [random.choice(PANEL.states) for _ in range(3)]
    later = [
        {"iso3": s, "year": y, "gdp_usd": 1e15, "ideal_point": 9.0, "nuclear": 1}
        for s in set(states)
        for y in PANEL.years
        if y > year
    ]
    changed = dataclasses.replace(REGION, panel=PANEL.with_columns(later)).theatre(interest, year)
    same = REGION.theatre(interest, year)
    for name in ("strength", "stake", "pressure", "affinity", "nearness", "ties"):
        assert np.array_equal(getattr(changed, name), getattr(same, name))


def test_a_stronger_challenger_presses_more_and_secures_less():
    rows = [{"iso3": "CHN", "year": 2020, "gdp_usd": 2 * PANEL.vector("gdp_usd", ["CHN"], 2020)[0]}]
    more = dataclasses.replace(REGION, panel=PANEL.with_columns(rows)).theatre("AP3", 2020)
    same = REGION.theatre("AP3", 2020)
    assert more.threat > same.threat
    assert more.pressure[AT["JPN"]] > same.pressure[AT["JPN"]]


def test_missing_figures_are_listed_and_neutral():
    got = REGION.theatre("AP1", 1995)
    assert got.assumed == ("AFG: no gdp_usd, counted as none", "TWN: no ideal point, kept neutral")
    assert got.strength[AT["AFG"]] == 0
    assert got.affinity[AT["TWN"]] == pytest.approx(0)


def test_without_lists_stakes_fall_with_distance_alone():
    blind = dataclasses.replace(REGION, settings=dataclasses.replace(REGION.settings, listed=False))
    stake = blind.theatre("AP7", 2020).stake
    assert stake[AT["PHL"]] > stake[AT["IND"]] > stake[AT["USA"]] > 0


# --- agreement


def test_a_capability_of_ones_own_takes_the_place_of_gdp():
    rows = [{"iso3": s, "year": 2020, "cinc": 0.1} for s in REGION.states]
    own = dataclasses.replace(REGION, panel=PANEL.with_columns(rows), capability="cinc").theatre("AP6", 2020)
    assert set(own.strength[[AT["JPN"], AT["FJI"]]]) == {1.0}


# --- refusals


def test_numbers_stay_in_range_and_say_what_they_are():
    with pytest.raises(ValueError, match="number 2 is outside its range 0 to 1"):
        Number(2, low=0, high=1, unit="", source="", status="prior")
    with pytest.raises(ValueError, match="status 'guess' is not one of estimated, literature, prior, scenario"):
        Number(1, low=0, high=1, unit="", source="", status="guess")


def test_unknown_region_gets_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'asia_pacific'"):
        interests_of(PANEL, "asia_pacifc")


def test_interests_without_an_anchor_are_refused():
    with pytest.raises(ValueError, match=r"interests.csv \(GL1\): no anchor"):
        interests_of(PANEL, "global")


def test_a_capability_nobody_has_is_refused():
    empty = PANEL.with_columns([{"iso3": "JPN", "year": 1990, "cinc": 0.1}])
    with pytest.raises(ValueError, match="no state has a figure for 'cinc' in 2020"):
        theatre(empty, REGION.states, REGION.interest("AP1"), 2020, REGION.settings, capability="cinc")
