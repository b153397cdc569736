"""models/data: the embedded tables against those they were made from, where a checkout has them beside it."""

import csv
import math
import statistics
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from models.panel import DATA, load_panel

# Facts of membership that the source table lacks or dates otherwise; models/data/README.md says why.
ADDED_EVENTS_OF = {
    "BIMSTEC": 3,
    "Black Sea Economic Cooperation": 2,
    "CSTO": 3,
    "Contact Group (Balkans)": 1,
    "Economic Cooperation Organization": 7,
    "Eurasian Economic Union": 2,
    "Eurodrone": 1,
    "European Air Transport Command": 3,
    "European Gendarmerie Force": 1,
    "INSTEX": 7,
    "League of Arab States": 19,
    "Multinational MRTT Fleet": 1,
    "OCCAR": 2,
    "PESCO Cyber Rapid Response Teams": 2,
    "PESCO European Patrol Corvette": 2,
    "Pacific Islands Forum": 4,
    "SAARC": 1,
    "Western European Union": 3,
}
LATVIA = ("International Maritime Security Construct (Sentinel)", "LVA", "join")  # December 2022, not 2023

# More than a tenth from the CIA figure, after growth: refugees, foreign workers, or land a state does not control.
UNLIKE_CIA = {
    *("AFG", "ALB", "BHR", "BIH", "BRN", "CYP", "GEO", "KGZ", "KWT"),
    *("LBN", "MDA", "OMN", "PNG", "QAT", "SYR", "UKR", "XKX"),
}

SOURCE = Path(__file__).resolve().parents[2].parent / "shared" / "data"
needs_source = pytest.mark.skipif(not SOURCE.is_dir(), reason="the source tables are not beside this checkout")


def rows(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def by_year(name):
    return {(r["iso3"], r["year"]): r for r in rows(SOURCE, name)}


@needs_source
@pytest.mark.parametrize(
    ("embedded", "source"),
    [
        ("states.csv", "states.csv"),
        ("groups.csv", "minilaterals.csv"),
        ("interests.csv", "regional_interests.csv"),
    ],
)
def test_compiled_tables_are_their_source_less_some_columns(embedded, source):
    ours, theirs = rows(DATA, embedded), rows(SOURCE, source)
    added = {"interest", "interest_basis"} if embedded == "groups.csv" else set()
    kept = [c for c in ours[0] if c not in added]
    assert [[r[c] for c in kept] for r in ours] == [[r[c] for c in kept] for r in theirs]


@needs_source
def test_membership_is_its_source_with_the_corrections_we_list():
    fields = ("group", "iso3", "event", "year", "confidence")
    ours, theirs = ({tuple(r[f] for f in fields) for r in rows(d, "membership_events.csv")} for d in (DATA, SOURCE))
    assert theirs - ours == {(*LATVIA, "2023", "medium")}
    added = Counter(group for group, *_ in ours - theirs - {(*LATVIA, "2022", "high")})
    assert added == ADDED_EVENTS_OF


@needs_source
def test_figures_are_copied_cell_by_cell():
    capabilities, ideal, troops = (
        by_year("capabilities.csv"),
        by_year("un_idealpoints.csv"),
        by_year("us_troops.csv"),
    )
    for row in rows(DATA, "panel.csv"):
        key = row["iso3"], row["year"]
        source = capabilities.get(key, {})
        assert row["polyarchy"] == source.get("polyarchy", "")
        assert row["nuclear"] == source.get("nuclear", "")
        assert row["ideal_point"] == ideal.get(key, {}).get("ip_fp", "")
        assert row["us_troops"] == troops.get(key, {}).get("us_troops_active", "")
        if row["gdp_source"] in ("", "WB"):
            assert row["gdp_usd"] == source.get("gdp_usd", "")


@needs_source
def test_population_is_copied_and_dated():
    capabilities = by_year("capabilities.csv")
    cia = {(r["iso3"], r["population_year"]): r["population"] for r in rows(SOURCE, "profile_recent.csv")}
    ours = {(r["iso3"], r["year"]): r["population"] for r in rows(DATA, "panel.csv")}
    for key, figure in ours.items():
        millions = capabilities.get(key, {}).get("pop_m", "")
        if millions:
            assert int(figure) == pytest.approx(float(millions) * 1e6, abs=0.5)
        else:
            assert figure == cia.get(key, "")
    assert sum(bool(ours[key]) for key in ours if key[1] > "2019") == sum(year == "2024" for _, year in cia) == 31


@needs_source
def test_population_is_within_a_tenth_of_other_counts():
    panel = load_panel()
    recent = {r["iso3"]: r for r in rows(SOURCE, "profile_recent.csv")}
    capabilities = by_year("capabilities.csv")
    unlike_cia, unlike_other = set(), set()
    for state in panel.states:
        then, last = (panel.vector("population", [state], year)[0] for year in (2014, 2019))
        grown = last * (last / then) ** ((int(recent[state]["population_year"]) - 2019) / 5)
        if abs(float(recent[state]["population"]) / grown - 1) > 0.1:
            unlike_cia.add(state)
        if abs(float(capabilities[state, "2019"]["tpop_k"]) * 1e3 / last - 1) > 0.1:
            unlike_other.add(state)
    assert unlike_cia == UNLIKE_CIA
    assert not {"TWN", "PRK", "CHN", "IND", "USA", "RUS"} & unlike_cia
    assert len(unlike_other) <= 10


@needs_source
def test_conflicts_count_primary_parties_of_wars_between_states_or_joined_by_one():
    fought = Counter()
    for year, _, parties in {
        (r["year"], r["conflict_id"], f"{r['side_a']};{r['side_b']}") for r in rows(SOURCE, "ucdp_coalitions.csv")
    }:
        fought.update((state, year) for state in parties.split(";") if state)
    for row in rows(DATA, "panel.csv"):
        count = fought[row["iso3"], row["year"]]
        assert row["conflicts"] == str(count) or (row["conflicts"] == "" and count == 0)


@needs_source
def test_vocabularies_keep_the_numbers_of_their_source_in_our_own_words():
    for table, key in (("objectives.csv", "objective"), ("capability_types.csv", "capability")):
        ours, theirs = ({r[key]: r for r in rows(folder, table)} for folder in (DATA, SOURCE))
        assert set(ours) == set(theirs)
        for name, row in ours.items():
            source = theirs[name]
            assert row["aggregator"] == source.get("default_aggregator", source.get("aggregator"))
            assert row["definition"] != source["definition"]
            if "publicness" in row:
                assert float(row["publicness"]) == float(source["publicness"])


@needs_source
def test_bridged_gdp_is_what_the_readme_says():
    capabilities = by_year("capabilities.csv")
    cia = {r["iso3"]: float(r["gdp_official_usd"]) for r in rows(SOURCE, "profile_recent.csv") if r["gdp_official_usd"]}
    ours = {
        (r["iso3"], int(r["year"])): float(r["gdp_usd"])
        for r in rows(DATA, "panel.csv")
        if r["gdp_source"] not in ("", "WB")
    }
    assert {state for state, _ in ours} == {"TWN", "PRK"}
    for state in ("TWN", "PRK"):
        for year in range(1990, 2020):
            same_year = [r for (_, y), r in capabilities.items() if y == str(year)]
            ratio = statistics.median(
                float(r["gdp_usd"]) / float(r["rgdp_musd2017ppp"])
                for r in same_year
                if r["gdp_usd"] and r["rgdp_musd2017ppp"]
            )
            bridged = ratio * float(capabilities[state, str(year)]["rgdp_musd2017ppp"])
            assert ours[state, year] == pytest.approx(bridged, abs=1e5)
        assert ours[state, 2023] == cia[state]
        for year in (2020, 2021, 2022):
            line = math.log(ours[state, 2019]) * (2023 - year) / 4 + math.log(ours[state, 2023]) * (year - 2019) / 4
            assert ours[state, year] == pytest.approx(math.exp(line), rel=1e-4)


@needs_source
def test_distances_agree_with_the_dyad_table():
    panel = load_panel()
    km = panel.distance_km(panel.states, panel.states)
    for row in rows(SOURCE, "dyads.csv")[::7]:
        ours = km[panel.index(row["iso3_a"]), panel.index(row["iso3_b"])]
        assert ours == pytest.approx(float(row["cap_dist_km"]), rel=1e-3, abs=1)


def test_nothing_closed_is_embedded():
    closed = {
        "ccode",
        "cow_ccode",
        "cinc",
        "milex_kusd",
        "milper_k",
        "irst_kt",
        "pec_ktce",
        "tpop_k",
        "upop_k",
        "polity2",
    }
    for table in DATA.glob("*.csv"):
        assert not closed & set(rows(DATA, table.name)[0])


def test_every_table_and_column_of_figures_is_described():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for table in DATA.glob("*.csv"):
        assert table.name in text
    assert all(column in text for column in load_panel().columns)
    assert np.isfinite(load_panel().places).all()
