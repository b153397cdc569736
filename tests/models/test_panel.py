"""models/panel.py"""

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.panel import DATA, load_panel, read_panel

PANEL = load_panel()
CODES = st.sampled_from(PANEL.states)


# --- published


@pytest.mark.parametrize(
    ("group", "founders", "source"),
    [
        ("NATO", 12, "North Atlantic Treaty 1949, signatories"),
        ("European Union", 6, "Treaty of Rome 1957"),
        ("Three Seas Initiative", 12, "Dubrovnik summit 2016"),
        ("MED9", 7, "Athens declaration 2016"),
        ("European Intervention Initiative", 9, "letter of intent, June 2018"),
        ("Partners in the Blue Pacific", 5, "founding statement, June 2022"),
        ("ASEAN", 5, "Bangkok Declaration 1967"),
        ("Joint Expeditionary Force", 7, "letter of intent, September 2014"),
    ],
)
def test_founders_are_those_who_signed(group, founders, source):
    assert len(PANEL.founders(group)) == founders, source


def test_a_state_that_left_is_a_founder_and_one_that_came_back_counts_twice():
    assert {"UZB", "GEO", "AZE"} <= set(PANEL.founders("CSTO"))
    assert [s[1:] for s in PANEL.spells("CSTO") if s[0] == "UZB"] == [(1992, 1999), (2006, 2012)]
    members_2019 = {s for s, first, last in PANEL.spells("European Union") if first <= 2019 <= last}
    assert len(members_2019) == 28
    assert "GBR" in members_2019


@pytest.mark.parametrize(("state", "year", "billions"), [("JPN", 1995, 5546), ("USA", 2000, 10251), ("TWN", 2023, 611)])
def test_gdp_is_what_the_source_prints(state, year, billions):
    assert PANEL.vector("gdp_usd", [state], year)[0] / 1e9 == pytest.approx(billions, rel=0.002)


@pytest.mark.parametrize(
    ("state", "year", "has"), [("PRK", 2005, 0), ("PRK", 2006, 1), ("IND", 1999, 1), ("JPN", 2024, 0)]
)
def test_nuclear_weapons_are_dated(state, year, has):
    assert PANEL.vector("nuclear", [state], year)[0] == has


def test_distance_of_capitals():
    assert PANEL.distance_km(["GBR"], ["FRA"])[0, 0] == pytest.approx(344, abs=3)


# --- laws


@given(CODES, CODES, CODES)
def test_distance_is_a_metric(a, b, c):
    km = PANEL.distance_km([a, b, c], [a, b, c])
    assert np.allclose(km, km.T)
    assert np.allclose(np.diag(km), 0)
    assert km[0, 1] <= km[0, 2] + km[2, 1] + 1e-6
    assert km.max() <= math.pi * 6371.0088 + 1e-6


@given(CODES, st.sampled_from(PANEL.years), st.sampled_from(sorted(PANEL.columns)))
def test_no_figure_is_younger_than_the_year_or_older_than_five(state, year, column):
    got = PANEL.vector(column, [state], year)[0]
    series = PANEL.columns[column][PANEL.index(state)]
    at = year - PANEL.first_year
    window = [x for x in series[max(0, at - 5) : at + 1] if not math.isnan(x)]
    assert got == window[-1] if window else math.isnan(got)


@given(st.sampled_from(PANEL.groups))
def test_founders_and_spells_agree(group):
    founding = {s for s, first, _ in PANEL.spells(group) if first == group.start}
    assert set(PANEL.founders(group)) <= founding or group.end is not None
    assert all(first <= last for _, first, last in PANEL.spells(group))


def test_arrays_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        PANEL.columns["gdp_usd"][0, 0] = 1


# --- own figures


def test_own_figures_replace_and_add_and_leave_the_panel_alone():
    before = PANEL.vector("gdp_usd", ["JPN"], 2020)[0]
    own = PANEL.with_columns([{"iso3": "JPN", "year": 2020, "gdp_usd": 1.0, "cinc": 0.03}])
    assert own.vector("gdp_usd", ["JPN"], 2020)[0] == 1
    assert own.vector("gdp_usd", ["JPN"], 2019)[0] == PANEL.vector("gdp_usd", ["JPN"], 2019)[0]
    assert own.vector("cinc", ["JPN"], 2021)[0] == 0.03
    assert PANEL.vector("gdp_usd", ["JPN"], 2020)[0] == before
    assert "cinc" not in PANEL.columns


def test_a_frame_goes_in_and_out():
    frame = PANEL.to_frame()
    assert frame.shape[0] == len(PANEL.states) * len(PANEL.years)
    again = PANEL.with_columns(frame[["iso3", "year", "gdp_usd"]].dropna())
    assert np.array_equal(again.columns["gdp_usd"], PANEL.columns["gdp_usd"], equal_nan=True)


# --- refusals


def test_a_misspelt_state_gets_the_nearest():
    with pytest.raises(ValueError, match="state 'JPM' is not in the panel; did you mean 'JPN'"):
        PANEL.vector("gdp_usd", ["JPM"], 2020)
    with pytest.raises(ValueError, match="did you mean 'JPN'"):
        PANEL.index("Japan")


@pytest.mark.parametrize("year", [1989, 2025, 2014.5])
def test_a_year_outside_says_the_range(year):
    with pytest.raises(ValueError, match=r"outside the panel, which runs from 1990 to 2024"):
        PANEL.vector("gdp_usd", ["JPN"], year)


def test_unknown_column_and_group_get_the_nearest():
    with pytest.raises(ValueError, match="'gdp' is not in the panel; did you mean 'gdp_usd'"):
        PANEL.vector("gdp", ["JPN"], 2020)
    with pytest.raises(ValueError, match="did you mean 'AUKUS'"):
        PANEL.founders("AUKSU")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"iso3": "JPN", "year": 2020, "x": -1}], r"row 1 \(JPN 2020\): x is -1"),
        ([{"iso3": "JPN", "year": 2020, "x": "many"}], "x is 'many', not a number"),
        ([{"iso3": "JPN", "year": 2020, "x": math.inf}], "x is inf"),
        ([{"iso3": "JPN", "year": 2020}] * 2, "row 2 repeats JPN 2020"),
        ([{"iso3": "JPN", "year": 1914, "x": 1}], "year 1914 is outside"),
        ([{"iso3": "XXX", "year": 2020, "x": 1}], "state 'XXX'"),
        ([{"iso3": "JPN", "x": 1}], "row 1 has no 'year'"),
    ],
)
def test_own_figures_are_checked(rows, words):
    with pytest.raises(ValueError, match=words):
        PANEL.with_columns(rows)


@pytest.mark.parametrize("points", [np.zeros(2), np.full((1, 2), math.nan)])
def test_points_must_be_places(points):
    with pytest.raises(ValueError, match="points have shape"):
        PANEL.distance_km(["JPN"], points)


@pytest.mark.parametrize(
    ("table", "old", "new", "words"),
    [
        ("panel.csv", "JPN,1991,", "JPN,1990,", "panel.csv: the key 'JPN 1990' appears twice"),
        ("panel.csv", "JPN,1991,", "JPX,1991,", r"panel.csv \(JPX 1991\): state 'JPX'.*did you mean 'JPN'"),
        ("panel.csv", "USA,1990,5963", "USA,1990,-5963", r"panel.csv \(USA 1990\): gdp_usd is -5963"),
        ("states.csv", "\nJPN,", "\nJpn,", "'Jpn' is not an ISO 3166"),
        ("groups.csv", "AUS;GBR;USA,", "AUS;GBR;AUS,", "member 'AUS' is repeated"),
        ("groups.csv", "2004,2005,", "2004,2003,", "ends in 2003, before it starts in 2004"),
        ("groups.csv", ",AP3,benchmark", ",AQ3,benchmark", "interest 'AQ3' is not in interests.csv"),
        ("membership_events.csv", "ASEAN,BRN,join", "ASEAN,BRN,enter", "event 'enter'"),
        ("membership_events.csv", "ASEAN,BRN", "ASIAN,BRN", "did you mean 'ASEAN'"),
    ],
)
def test_a_broken_table_names_its_row(tmp_path: Path, table, old, new, words):
    for source in DATA.glob("*.csv"):
        shutil.copy(source, tmp_path)
    text = (tmp_path / table).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / table).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        read_panel(tmp_path)
