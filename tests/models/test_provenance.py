"""models/data: the embedded tables against those they were made from, where a checkout has them beside it."""

import csv
import math
import statistics
from pathlib import Path

import numpy as np
import pytest

from models.panel import DATA, load_panel

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
        ("membership_events.csv", "membership_events.csv"),
        ("interests.csv", "regional_interests.csv"),
    ],
)
def test_compiled_tables_are_their_source_less_some_columns(embedded, source):
    ours, theirs = rows(DATA, embedded), rows(SOURCE, source)
    added = {"interest", "interest_basis"} if embedded == "groups.csv" else set()
    kept = [c for c in ours[0] if c not in added]
    assert [[r[c] for c in kept] for r in ours] == [[r[c] for c in kept] for r in theirs]


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
