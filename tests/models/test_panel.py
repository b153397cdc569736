"""models/panel.py and models/records.py"""

import math
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.panel import DATA, FOUNDERS, TABLES, load_panel, pool, read_panel

PANEL = load_panel()
CODES = st.sampled_from(PANEL.states)
INTERESTS = {row["id"]: row for row in PANEL.interests}
REGIONS = ("asia_pacific", "middle_east", "europe", "global")
CODED = [group for group in PANEL.groups if group.interest]
WITHOUT_DISTANCE = {
    "cyber",
    "defence_industry_rd",
    "diplomatic_weight",
    "finance_infrastructure",
    "intelligence_sigint",
    "space",
}


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
        ("CSTO", 6, "Collective Security Treaty, Tashkent 1992"),
        ("League of Arab States", 7, "Pact of the League, March 1945, and Yemen in May"),
        ("Western European Union", 7, "modified Brussels Treaty 1954"),
        ("INSTEX", 3, "statement of France, Germany and the United Kingdom, January 2019"),
        ("European Air Transport Command", 4, "inauguration at Eindhoven, September 2010"),
        ("European Gendarmerie Force", 5, "declaration of intent, September 2004"),
        ("Eurodrone", 3, "declaration of intent, May 2015"),
        ("PESCO Cyber Rapid Response Teams", 6, "declaration of intent, June 2018"),
        ("Contact Group (Balkans)", 5, "first meeting, April 1994; Italy from 1996"),
    ],
)
def test_founders_are_those_who_signed(group, founders, source):
    assert len(PANEL.founders(group)) == founders, source


def test_a_state_that_left_is_a_founder_and_one_that_came_back_counts_twice():
    assert "UZB" in PANEL.founders("CSTO")
    assert [s[1:] for s in PANEL.spells("CSTO") if s[0] == "UZB"] == [(1992, 1999), (2006, 2012)]
    members_2019 = {s for s, first, last in PANEL.spells("European Union") if first <= 2019 <= last}
    assert len(members_2019) == 28
    assert "GBR" in members_2019


@pytest.mark.parametrize(
    ("institution", "year", "members"),
    [
        *(("NATO", y, n) for y, n in [(1990, 16), (1998, 16), (1999, 19), (2004, 26), (2009, 28), (2017, 29)]),
        *(("NATO", y, n) for y, n in [(2020, 30), (2022, 30), (2023, 31), (2024, 32)]),
        *(("European Union", y, n) for y, n in [(1990, 12), (1995, 15), (2004, 25), (2007, 27), (2013, 28)]),
        *(("European Union", y, n) for y, n in [(2019, 28), (2020, 28), (2021, 27)]),
        *(("ASEAN", y, n) for y, n in [(1990, 6), (1995, 7), (1997, 9), (1999, 10), (2024, 10)]),
        *(("Gulf Cooperation Council", y, 6) for y in (1990, 2024)),
        *(("CSTO", y, n) for y, n in [(1992, 6), (1993, 9), (2000, 6), (2006, 7), (2013, 6)]),
        *(("Shanghai Cooperation Organisation", y, n) for y, n in [(2001, 6), (2017, 8), (2023, 9), (2024, 10)]),
        *(("League of Arab States", y, n) for y, n in [(1992, 21), (1993, 22), (2012, 21), (2023, 22)]),
        *(("ANZUS", y, 2) for y in (1990, 2024)),
        *(("Pacific Islands Forum", y, n) for y, n in [(2008, 16), (2010, 15), (2016, 18)]),
        *(("PESCO", y, n) for y, n in [(2016, 0), (2017, 25), (2023, 26)]),
        *(("OCCAR", y, n) for y, n in [(2002, 4), (2003, 5), (2005, 6)]),
        *(("Eurasian Economic Union", y, n) for y, n in [(2014, 0), (2015, 5)]),
        *(("GUAM", y, n) for y, n in [(1998, 4), (1999, 5), (2006, 4)]),
        *(("BIMSTEC", y, n) for y, n in [(1997, 5), (2004, 7)]),
        *(("Black Sea Economic Cooperation", y, n) for y, n in [(1992, 11), (2004, 12), (2020, 13)]),
        *(("Organization of Turkic States", y, n) for y, n in [(2018, 4), (2019, 5)]),
        *(("UN Security Council permanent five", y, 5) for y in (1990, 2024)),
    ],
)
def test_institutions_have_the_members_of_their_own_lists(institution, year, members):
    assert len(PANEL.members_of(institution, year)) == members


def test_who_joined_and_left_when():
    assert "FIN" not in PANEL.members_of("NATO", 2022)
    assert "FIN" in PANEL.members_of("NATO", 2023)
    assert "SWE" not in PANEL.members_of("NATO", 2023)
    assert "SWE" in PANEL.members_of("NATO", 2024)
    assert "GBR" not in PANEL.members_of("European Union", 2021)
    assert "NZL" not in PANEL.members_of("ANZUS", 2020)
    assert "SYR" not in PANEL.members_of("League of Arab States", 2015)


@pytest.mark.parametrize(
    ("state", "year", "millions"),
    [("USA", 2010, 309.3), ("DEU", 2011, 80.3), ("TWN", 2010, 23.2), ("PRK", 2008, 24.1), ("FJI", 2007, 0.837)],
)
def test_population_is_near_the_census(state, year, millions):
    assert PANEL.vector("population", [state], year)[0] / 1e6 == pytest.approx(millions, rel=0.03)


@pytest.mark.parametrize(
    ("state", "year", "conflicts"),
    [
        *(("KWT", 1990, 1), ("KWT", 1992, 0), ("USA", 2003, 2), ("GBR", 2003, 1), ("DEU", 2003, 0)),
        *(("RUS", 2021, 0), ("RUS", 2022, 1), ("UKR", 2014, 3), ("ISR", 2024, 2), ("JPN", 2024, 0)),
    ],
)
def test_conflicts_are_those_a_state_was_a_primary_party_to(state, year, conflicts):
    assert PANEL.columns["conflicts"][PANEL.index(state), year - PANEL.first_year] == conflicts


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


@given(st.sampled_from(PANEL.groups), st.sampled_from(PANEL.years))
def test_members_of_a_year_are_the_spells_that_span_it(group, year):
    members = PANEL.members_of(group, year)
    assert len(set(members)) == len(members)
    assert set(members) == {s for s, first, last in PANEL.spells(group) if first <= year <= last}
    if year < group.start or (group.end is not None and year > group.end):
        assert members == ()
    elif year == group.start:
        assert set(PANEL.founders(group)) <= set(members)


@given(CODES, st.sampled_from(("population", "conflicts")), st.sampled_from(PANEL.years), st.data())
def test_a_later_figure_changes_nothing_before_it(state, column, year, data):
    later = data.draw(st.sampled_from(range(year, PANEL.last_year + 1)))
    own = PANEL.with_columns([{"iso3": state, "year": later, column: 12_345}])
    for earlier in range(PANEL.first_year, later):
        assert np.array_equal(
            own.vector(column, PANEL.states, earlier), PANEL.vector(column, PANEL.states, earlier), equal_nan=True
        )


def test_population_moves_slowly_and_a_blank_conflict_means_no_state_yet():
    people, conflicts = PANEL.columns["population"], PANEL.columns["conflicts"]
    steps = people[:, 1:] / people[:, :-1]
    assert np.nanmin(steps) > 0.8  # Kuwait 1991, Syria after 2012
    assert np.nanmax(steps) < 1.3  # Gulf states
    assert np.array_equal(conflicts, np.round(conflicts), equal_nan=True)
    assert np.nanmax(conflicts) == 3
    since = np.argmax(np.isfinite(people), axis=1)
    for row, start in zip(conflicts, since, strict=True):
        assert np.isnan(row[:start]).all()
        assert np.isfinite(row[start:]).all()
    assert np.isnan(people[:, 30:34]).all(), "2020-23: nothing stands in for a figure we have none of"


# --- the coding of groups


@pytest.mark.parametrize("group", CODED, ids=lambda group: group.name)
def test_groups_are_coded_by_the_rule(group):
    row = INTERESTS[group.interest]
    benchmark = group.name in row["benchmark_groups"].split(";")
    assert (group.interest_basis == "benchmark") == benchmark
    if group.interest_basis == "objective":
        challengers = {code for code in row["challenger"].split(";") if code != "none"}
        assert row["objective"] in (group.objective, group.objective2)
        assert set(group.challengers) & challengers or set(group.challengers) == challengers == set()
        assert group.region == row["region"]
    if not benchmark:
        assert group.interest_basis in ("objective", "analyst")
        assert group.kind == "minilateral"


def test_every_benchmark_is_coded_once_and_by_its_objective_where_it_has_a_choice():
    for row in PANEL.interests:
        for name in row["benchmark_groups"].split(";"):
            group = PANEL.group(name)
            assert name in INTERESTS[group.interest]["benchmark_groups"].split(";")
            region = INTERESTS[group.interest]["region"]
            shares = [
                other["id"]
                for other in PANEL.interests
                if name in other["benchmark_groups"].split(";")
                and other["region"] == region
                and other["objective"] in (group.objective, group.objective2)
            ]
            assert not shares or group.interest in shares


@pytest.mark.parametrize(
    ("region", "coded", "fitted", "since_2015"),
    [("asia_pacific", 42, 37, 23), ("middle_east", 39, 33, 28), ("europe", 46, 32, 15), ("global", 10, 4, 0)],
)
def test_how_many_groups_there_are_to_learn_from(region, coded, fitted, since_2015):
    groups = [g for g in CODED if INTERESTS[g.interest]["region"] == region]
    small = [
        g
        for g in groups
        if g.kind == "minilateral" and FOUNDERS[0] <= len(PANEL.founders(g)) <= FOUNDERS[1] and g.start >= 1991
    ]
    assert (len(groups), len(small), sum(g.start >= 2015 for g in small)) == (coded, fitted, since_2015)
    basis = Counter(g.interest_basis for g in groups)
    counts = (coded, basis["benchmark"], basis["objective"], basis["analyst"], fitted, since_2015)
    assert f"| {' | '.join(map(str, counts))} |" in (DATA / "README.md").read_text(encoding="utf-8")


# --- institutions, objectives, capability types


def test_each_institution_is_a_standing_group_that_lived_in_the_panel():
    kinds = {PANEL.group(body.name).kind for body in PANEL.institutions}
    assert kinds == {"alliance", "institution"}
    for body in PANEL.institutions:
        assert set(PANEL.members_of(body.name, 2024)) & set(PANEL.states)
        assert body.source


def test_only_collective_defence_by_nato_is_a_prior_and_the_rest_is_scenario():
    (nato,) = [body for body in PANEL.institutions if (body.name, body.interest) == ("NATO", "EU1")]
    assert (nato.relevance, nato.acting, nato.rule, nato.status) == (1, 0.8, "consensus", "prior")
    assert {body.status for body in PANEL.institutions if body is not nato} == {"scenario"}


def test_every_objective_and_capability_has_its_row():
    assert {o.name for o in PANEL.objectives} == {g.objective for g in PANEL.groups} | {
        g.objective2 for g in PANEL.groups if g.objective2
    }
    used = {weight.split(":")[0] for row in PANEL.interests for weight in row["capability_weights"].split(";")}
    assert used <= {kind.name for kind in PANEL.capability_types}
    assert {kind.name for kind in PANEL.capability_types if not kind.moves} == WITHOUT_DISTANCE
    assert {kind.name: kind.panel_column for kind in PANEL.capability_types if kind.panel_column} == {
        "nuclear_deterrent": "nuclear"
    }


# --- pools


def test_pools_follow_the_rule():
    assert [len(pool(PANEL, region)) for region in REGIONS] == [36, 42, 44, 21]
    for region in REGIONS:
        states = pool(PANEL, region)
        assert len(set(states)) == len(states)
        rows = [row for row in PANEL.interests if row["region"] == region]
        assert {s for row in rows for s in row["stakeholders"].split(";")} & set(PANEL.states) <= set(states)
        for name in {name for row in rows for name in row["benchmark_groups"].split(";")}:
            group = PANEL.group(name)
            if group.kind == "minilateral" and FOUNDERS[0] <= len(PANEL.founders(group)) <= FOUNDERS[1]:
                assert set(PANEL.founders(group)) & set(PANEL.states) <= set(states)


def test_the_pool_of_the_global_order_does_not_look_past_2014():
    grown = PANEL.with_columns([{"iso3": "FJI", "year": 2015, "gdp_usd": 1e15}])
    assert pool(grown, "global") == pool(PANEL, "global")
    before = PANEL.with_columns([{"iso3": "FJI", "year": 2014, "gdp_usd": 1e15}])
    assert "FJI" in pool(before, "global")


@pytest.mark.parametrize(
    ("region", "outside"),
    [
        (
            "asia_pacific",
            {
                "South Pacific Defence Ministers Meeting",
                "Colombo Security Conclave",
                "China-Mongolia-Russia trilateral",
                "France-India-UAE trilateral",
            },
        ),
        (
            "middle_east",
            {"East Mediterranean Gas Forum", "Red Sea and Gulf of Aden Council", "Chabahar agreement"},
        ),
        ("europe", {"Associated Trio", "G5 Sahel"}),
        ("global", {"BRICS", "IBSA", "MIKTA", "G4 (UNSC reform)"}),
    ],
)
def test_few_groups_have_a_founder_outside_the_pool(region, outside):
    states = set(pool(PANEL, region))
    small = [
        g
        for g in CODED
        if INTERESTS[g.interest]["region"] == region
        and g.kind == "minilateral"
        and FOUNDERS[0] <= len(PANEL.founders(g)) <= FOUNDERS[1]
    ]
    assert {g.name for g in small if not set(PANEL.founders(g)) <= states} == outside


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


def test_figures_in_another_currency_are_welcome_and_in_another_unit_are_not():
    frame = PANEL.to_frame()[["iso3", "year", "gdp_usd"]].dropna()
    dearer = PANEL.with_columns(frame.assign(gdp_usd=frame["gdp_usd"] * 7))
    assert dearer.vector("gdp_usd", ["JPN"], 2020)[0] == 7 * PANEL.vector("gdp_usd", ["JPN"], 2020)[0]
    with pytest.raises(ValueError, match=r"column 'gdp_usd'.* typically 0.001 times the panel's.*another unit"):
        PANEL.with_columns(frame.assign(gdp_usd=frame["gdp_usd"] / 1000))
    people = PANEL.to_frame()[["iso3", "year", "population"]].dropna()
    with pytest.raises(ValueError, match=r"column 'population'.* typically 1e-06 times"):
        PANEL.with_columns(people.assign(population=people["population"] / 1e6))


def test_own_figures_are_numbered_in_order():
    once = PANEL.with_columns([{"iso3": "JPN", "year": 2020, "cinc": 0.03}])
    twice = once.with_columns([{"iso3": "JPN", "year": 2021, "cinc": 0.03}])
    assert list(twice.sources)[-2:] == ["own figures 1", "own figures 2"]
    assert twice.institutions == PANEL.institutions
    assert twice.objectives == PANEL.objectives
    assert twice.capability_types == PANEL.capability_types


# --- refusals


def test_a_year_outside_names_no_members():
    with pytest.raises(ValueError, match="year 2025 is outside the panel"):
        PANEL.members_of("NATO", 2025)
    with pytest.raises(ValueError, match="did you mean 'NATO'"):
        PANEL.members_of("NATOO", 2020)


def test_a_region_without_interests_gets_the_nearest():
    with pytest.raises(ValueError, match="no interests for region 'middle east'; did you mean 'middle_east'"):
        pool(PANEL, "middle east")


def test_a_misspelt_state_gets_the_nearest():
    with pytest.raises(ValueError, match="state 'JPM' is not in the panel; did you mean 'JPN'"):
        PANEL.vector("gdp_usd", ["JPM"], 2020)
    with pytest.raises(ValueError, match="did you mean 'JPN'"):
        PANEL.index("Japan")


@pytest.mark.parametrize("year", [1989, 2025, 2014.5, True, "2020"])
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
        ([{"iso3": "JPN", "year": None, "x": 1}], "row 1: year is None, not a year"),
        ([{"iso3": "JPN", "year": math.nan, "x": 1}], "row 1: year is nan; it must be a whole number"),
        ([{"iso3": "JPN", "year": math.inf, "x": 1}], "row 1: year is inf; it must be a whole number"),
        ([{"iso3": "JPN", "year": 2020.5, "x": 1}], "year is 2020.5; it must be a whole number"),
        ([{"iso3": "JPN", "year": "soon", "x": 1}], "year is 'soon', not a year"),
        ([{"iso3": "JPN", "year": 2020, "x": math.nan}], "column 'x' has no figure in any of the 1 rows"),
        ([{"iso3": math.nan, "year": 2020, "x": 1}], "state 'nan' is not in the panel"),
        ([{"iso3": "JPN", "year": 2020, "polyarchy": 82}], r"row 1 \(JPN 2020\): polyarchy is 82; it runs from 0 to 1"),
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
        ("membership_events.csv", "BRN,join,1984", "BRN,join,198x", "year is '198x', not a year"),
        ("panel.csv", "JPN,1991,", "JPN,1991.5,", "year is '1991.5'; it must be a whole number"),
        ("panel.csv", "iso3,year,gdp_usd", "iso3,year,gdp", "panel.csv has no column 'gdp_usd'; did you mean 'gdp'"),
        ("groups.csv", ",maritime_security,", ",maritime_security_,", "objective 'maritime_security_' is not in obj"),
        ("interests.csv", "AP1,Freedom", "AP10,Freedom", "interest 'AP1' is not in interests.csv"),
        ("interests.csv", "naval_surface:0.3;", "naval_surfaces:0.3;", "did you mean 'naval_surface'"),
        ("interests.csv", "naval_surface:0.3;", "naval_surface:0.4;", "weights sum to 1.1, not 1"),
        ("interests.csv", "naval_surface:0.3;", "naval_surface;", "weights sum to nan, not 1"),
        ("interests.csv", "PHL;VNM;MYS", "PHL;Vietnam;MYS", "'Vietnam' is not an ISO 3166"),
        ("interests.csv", "Quad (2017);", "Quad (2018);", "benchmark 'Quad .2018.' is not in groups.csv"),
        ("institutions.csv", "NATO,EU1,1,", "NATTO,EU1,1,", "institution 'NATTO' is not in groups.csv; did you mean"),
        ("institutions.csv", "NATO,EU1,1,", "NATO,EU0,1,", "interest 'EU0' is not in interests.csv"),
        ("institutions.csv", "NATO,EU1,1,", "NATO,EU1,2,", r"NATO, EU1\): relevance 2 with range 0.9 to 1"),
        ("institutions.csv", "NATO,EU1,1,", "NATO,EU1,,", "relevance nan with range"),
        ("institutions.csv", ",1,consensus,", ",1,concensus,", "rule 'concensus' is not one of.*'consensus'"),
        ("institutions.csv", "NATO,EU2,", "NATO,EU1,", "the key 'NATO EU1' appears twice"),
        ("objectives.csv", "\nenergy,", "\nenergies,", "objective 'energy' is not in objectives.csv"),
        ("objectives.csv", ",best_shot,0.1,", ",best_shot,-0.1,", "publicness is -0.1; it must be finite and not neg"),
        ("objectives.csv", ",best_shot,0.1,", ",bestshot,0.1,", "aggregator 'bestshot'.*did you mean 'best_shot'"),
        ("objectives.csv", ",prior", ",guess", "status 'guess' is not one of estimated, literature, prior, scenario"),
        ("capability_types.csv", ",1.5,-0.5,,1", ",1.5,0.5,,1", "powers of GDP and population sum to 2, not 1"),
        ("capability_types.csv", ",0,0,nuclear,", ",0,0,nuklear,", "column 'nuklear' is not in panel.csv; did you"),
        ("capability_types.csv", ",0,0,nuclear,", ",1,0,nuclear,", "sum to 1, not 0, since a column of the panel"),
        ("capability_types.csv", ",1,0,,1,", ",1,0,,yes,", "moves 'yes' is not one of 0, 1"),
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


def test_a_missing_year_or_table_is_named(tmp_path: Path):
    for source in DATA.glob("*.csv"):
        shutil.copy(source, tmp_path)
    lines = (tmp_path / "panel.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "panel.csv").write_text("\n".join(line for line in lines if not line.startswith("JPN,1995,")))
    with pytest.raises(ValueError, match="JPN has no row for 1995; give each state a row for every year from 1990"):
        read_panel(tmp_path)
    (tmp_path / "panel.csv").write_text(lines[0])
    with pytest.raises(ValueError, match=r"panel\.csv has no rows"):
        read_panel(tmp_path)
    for table in TABLES:
        (tmp_path / table).unlink()
        with pytest.raises(ValueError, match=f"has no {table}"):
            read_panel(tmp_path)
        shutil.copy(DATA / table, tmp_path)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "the 0 rows give no figure"),
        ([{"iso3": "JPN", "year": 2020}], "the 1 rows give no figure"),
        (["JPN"], "row 1 is 'JPN'; give a mapping with iso3, year and figures"),
        (pd.DataFrame([["JPN", 2020, 1, 2]], columns=["iso3", "year", "x", "x"]), "the table has two columns 'x'"),
    ],
)
def test_rows_that_give_no_figures(rows, words):
    with pytest.raises(ValueError, match=words):
        PANEL.with_columns(rows)


@pytest.mark.parametrize("point", [[91.0, 0.0], [-200.0, 10.0], [0.0, 361.0]])
def test_points_off_the_globe(point):
    with pytest.raises(ValueError, match="is not a latitude"):
        PANEL.distance_km(np.array([point]), ["JPN"])


def test_a_whole_year_is_that_year_however_it_is_written():
    assert PANEL.vector("gdp_usd", ["JPN"], 2020.0) == PANEL.vector("gdp_usd", ["JPN"], 2020)
