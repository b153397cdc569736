"""models/releases: codes, the ledger of rows, units, and what every reader must refuse."""

import csv
import importlib
import math
import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import releases
from models.panel import DATA, load_panel
from models.releases import codes, layouts, units

PANEL = load_panel()
NMC = "stateabb,ccode,year,milex,milper,irst,pec,tpop,upop,cinc,version\n"
READERS = [name for name in releases.__all__ if name.startswith("read_")]
TEXT_READERS = [name for name in READERS if name != "read_sipri"]


def nmc(*rows):
    """A file of National Material Capabilities; spending is two per cent of GDP unless a row says otherwise."""
    lines = []
    for row in rows:
        values = {"ccode": 740, "year": 2001, "milex": -9, "milper": 240, "irst": 1, "pec": 1, "tpop": 127000}
        values |= {"upop": 1, "cinc": 0.05} | row
        lines.append("XXX," + ",".join(str(values[c]) for c in NMC.split(",")[1:-1]) + ",2021\n")
    return StringIO(NMC + "".join(lines))


def spending(factor, states=("JPN", "FRA", "ITA", "GBR"), share=0.02, years=range(2000, 2010)):
    numbers = {"JPN": 740, "FRA": 220, "ITA": 325, "GBR": 200, "KWT": 690}
    gdp = PANEL.columns["gdp_usd"]
    return [
        {"ccode": numbers[s], "year": y, "milex": int(gdp[PANEL.index(s), y - PANEL.first_year] * share / factor)}
        for s in states
        for y in years
    ]


# --- published: numbers that the two systems give


@pytest.mark.parametrize(
    ("number", "year", "system", "state"),
    [
        (255, 1914, "cow", "DEU"),
        (260, 1955, "cow", "DEU"),
        (255, 1991, "cow", "DEU"),
        (260, 1991, "gw", "DEU"),
        (678, 1970, "cow", "YEM"),
        (679, 1991, "cow", "YEM"),
        (678, 1991, "gw", "YEM"),
        (345, 2010, "cow", "SRB"),
        (340, 2010, "gw", "SRB"),
        (345, 1995, "gw", "SRB"),
        (365, 1985, "cow", "RUS"),
        (365, 2010, "gw", "RUS"),
        (816, 1980, "cow", "VNM"),
        (316, 2000, "cow", "CZE"),
        (341, 2010, "gw", "MNE"),
        (347, 2010, "cow", "XKX"),
    ],
)
def test_numbers_mean_what_their_system_says(number, year, system, state):
    found, reason = codes.from_numbers(np.array([number]), np.array([year]), system, PANEL.states, "file")
    assert (found[0], reason[0]) == (state, "")


@pytest.mark.parametrize(
    ("number", "year", "reason"),
    [
        (265, 1980, "outside the 100 states"),  # German Democratic Republic
        (315, 1980, "outside the 100 states"),  # Czechoslovakia is not Czechia
        (680, 1980, "outside the 100 states"),  # South Yemen
        (70, 2000, "outside the 100 states"),  # Mexico
        (300, 1910, "outside the 100 states"),  # Austria-Hungary is not Austria
        (255, 1960, "number of no state in that year"),
        (999, 2000, "unknown number"),
        (0, 2000, "unknown number"),
        (-9, 2000, "unknown number"),
    ],
)
def test_no_state_is_guessed(number, year, reason):
    found, why = codes.from_numbers(np.array([number]), np.array([year]), "cow", PANEL.states, "file")
    assert (found[0], why[0]) == ("", reason)


def test_every_state_of_the_panel_has_both_numbers_and_a_name():
    with (DATA / "state_codes.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for system in ("cow", "gw"):
        assert {row["iso3"] for row in rows if row[system]} >= set(PANEL.states)
    assert set(codes._names().values()) >= set(PANEL.states)


def test_numbers_agree_with_the_table_they_were_checked_against():
    shared = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "cow_system.csv"
    if not shared.is_file():
        pytest.skip("the source tables are not beside this checkout")
    system = pd.read_csv(shared)
    numbers = system["ccode"].to_numpy()
    for column in ("start", "end"):
        year = system[column].str[:4].astype(int).to_numpy()
        found, reasons = codes.from_numbers(numbers, year, "cow", PANEL.states, "file")
        known = system["iso3"].notna()
        assert found[known].tolist() == system["iso3"][known].tolist()
        assert set(found[~known]) == {"", "DEU", "YEM"}  # the Federal Republic and the Yemen Arab Republic
        assert "unknown number" not in set(reasons)


def test_states_to_keep():
    everyone = codes.panel_states("all")
    assert {"MEX", "BRA", "SUN", "DDR", *PANEL.states} <= set(everyone)
    assert codes.panel_states(["FRA", "MEX"]) == ("FRA", "MEX")
    with pytest.raises(ValueError, match="'FRX' is not a code we know; did you mean 'FRA'"):
        codes.panel_states(["FRX"])
    with pytest.raises(ValueError, match="states='FRA'; give a list"):
        codes.panel_states("FRA")


# --- laws


@given(
    st.lists(
        st.tuples(st.sampled_from([2, 200, 255, 345, 999, 70, 679]), st.integers(1816, 2020)),
        min_size=1,
        unique=True,
    )
)
def test_rows_used_and_dropped_are_all_rows(keys):
    got = releases.read_nmc(nmc(*({"ccode": number, "year": year} for number, year in keys)))
    assert got.rows == len(keys) == len(got.frame) + len(got.dropped)
    assert not got.frame.duplicated(["iso3", "year"]).any()
    assert set(got.frame["iso3"]) <= {"USA", "GBR", "DEU", "SRB", "YEM"}
    assert (got.dropped["reason"] != "").all()


@given(st.sampled_from(sorted(units.SPENDING_UNITS)), st.sampled_from(sorted(units.SPENDING_UNITS)))
def test_a_wrong_unit_is_always_found_and_the_right_one_never_refused(given_in, said):
    rows = pd.DataFrame({"iso3": ["JPN", "FRA", "ISL", "PRK", "MMR"], "year": 2005})
    shares = [0.009, 0.02, 0.002, 0.3, 0.17]
    gdp = [PANEL.columns["gdp_usd"][PANEL.index(s), 2005 - PANEL.first_year] for s in rows["iso3"]]
    rows["milex"] = np.array(gdp) * shares / units.SPENDING_UNITS[given_in]
    assert units.fitting_unit(rows, "milex") == given_in
    if given_in == said:
        assert units.check_spending(rows, "milex", said, "file") == ""
    else:
        with pytest.raises(ValueError, match=f"say unit='{given_in}'"):
            units.check_spending(rows, "milex", said, "file")


@pytest.mark.parametrize("reader", TEXT_READERS)
@given(text=st.text(alphabet='ab1,"\n;\t-9é', max_size=60))
def test_no_text_at_all_is_taken_for_a_release(reader, text):
    with pytest.raises(ValueError):
        getattr(releases, reader)(StringIO(text))


# --- the account


def test_the_account_says_how_many_and_why():
    file = nmc({}, {"ccode": 70}, {"ccode": 300, "year": 1910}, {"ccode": 999}, {"ccode": 710, "milper": -9})
    got = releases.read_nmc(file)
    shown = repr(got).splitlines()
    assert shown[0] == "COW National Material Capabilities from text: 5 rows, 2 used, 3 not used"
    assert shown[1].strip() == "2 outside the 100 states (70, 300)"
    assert shown[2].strip() == "1 unknown number (999)"
    assert shown[3] == "blank: milex_kusd 2, milper_k 1"
    assert shown[-1] == "frame: 2 rows, 2 states, 2001"
    assert got.dropped.to_dict("list")["row"] == [2, 3, 4]
    assert got.cite()[0].startswith("Singer")
    assert "<caption>COW National" in got._repr_html_()
    assert len(got.digest) == 64


def test_figures_go_into_a_panel_and_what_stays_out_is_listed():
    got = releases.read_nmc(nmc({}, {"year": 1985}, {"ccode": 710, "cinc": 0.2}))
    within = got.within(PANEL)
    assert within.frame["iso3"].tolist() == ["JPN", "CHN"]
    assert within.dropped["reason"].tolist() == ["outside the panel's years 1990-2024"]
    assert repr(within).startswith("COW National Material Capabilities from text: 3 rows, 2 used, 1 not used")
    later = releases.read_nmc(nmc({"ccode": 999}, {"ccode": 70}, {"year": 1985}, {"ccode": 710})).within(PANEL)
    assert later.dropped["row"].tolist() == [1, 2, 3]
    assert later.origin.tolist() == [4]
    own = got.into(PANEL)
    assert own.vector("cinc", ["CHN", "JPN"], 2001).tolist() == [0.2, 0.05]
    assert "milper_k" in own.columns
    assert "cinc" not in PANEL.columns
    assert list(got.into(PANEL, ["cinc"]).columns) == [*PANEL.columns, "cinc"]
    again = PANEL.with_columns(within.frame[["iso3", "year", "cinc"]])
    assert np.array_equal(again.columns["cinc"], own.columns["cinc"], equal_nan=True)


def test_a_panel_refuses_columns_it_is_not_given():
    got = releases.read_nmc(nmc({"year": 1985}))
    with pytest.raises(ValueError, match="no column 'cinx'; did you mean 'cinc'"):
        got.into(PANEL, ["cinx"])
    with pytest.raises(ValueError, match="no row is of the panel's states in 1990-2024; the release has 1985"):
        got.into(PANEL)


def test_germany_in_1990_keeps_the_number_of_the_end_of_the_year():
    got = releases.read_nmc(nmc({"ccode": 260, "year": 1990, "cinc": 0.02}, {"ccode": 255, "year": 1990, "cinc": 0.03}))
    assert got.frame["cinc"].tolist() == [0.03]
    assert got.dropped["reason"].tolist() == ["the year is also given under 255, as it ended"]


def test_spending_before_1914_is_in_pounds_and_stays_apart():
    got = releases.read_nmc(nmc({"year": 1913, "milex": 100}, {"year": 1914, "milex": 200}))
    assert got.frame["milex_kgbp"].tolist()[0] == 100
    assert got.frame["milex_kusd"].tolist()[1] == 200
    assert got.frame[["milex_kgbp", "milex_kusd"]].isna().to_numpy().sum() == 2
    assert "milex_kgbp" not in releases.read_nmc(nmc({})).frame


# --- units


@pytest.mark.parametrize(("factor", "unit"), [(1, "USD"), (1e3, "thousand USD"), (1e6, "million USD")])
def test_spending_is_converted_from_the_unit_it_is_in(factor, unit):
    got = releases.read_nmc(nmc(*spending(factor)), unit=unit)
    japan = got.frame.query("iso3 == 'JPN' and year == 2005")["milex_kusd"].iloc[0]
    gdp = PANEL.columns["gdp_usd"][PANEL.index("JPN"), 2005 - PANEL.first_year]
    assert japan * 1e3 == pytest.approx(0.02 * gdp, rel=1e-3)


@pytest.mark.parametrize(
    ("factor", "said", "words"), [(1, "thousand USD", "2,000% of GDP"), (1e3, "USD", "0.002% of GDP")]
)
def test_spending_in_another_unit_is_an_error(factor, said, words):
    with pytest.raises(ValueError, match=f"milex as {said} would be {words} .*: say unit="):
        releases.read_nmc(nmc(*spending(factor)), unit=said)


def test_one_state_at_war_does_not_decide_the_unit():
    rows = [*spending(1e3), *spending(1e3, states=("KWT",), share=1.4, years=(1991, 1992))]
    assert not any("unit" in note for note in releases.read_nmc(nmc(*rows)).notes)
    alone = releases.read_nmc(nmc(*spending(1e3, states=("KWT",), share=1.4, years=(1991, 1992))))
    assert "not checked" in alone.notes[0]


def test_an_unknown_unit_gets_the_nearest():
    with pytest.raises(ValueError, match=r"unit 'thousands USD' is not one of .* did you mean 'thousand USD'"):
        releases.read_nmc(nmc({}), unit="thousands USD")


# --- refusals: files


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b"PK\x03\x04rest", "a zip archive: unpack it"),
        ("a.csv", b"\x1f\x8brest", "compressed, perhaps an R file"),
        ("a.csv", b"<!DOCTYPE html><html>", "a web page, not the table"),
        ("a.csv", b"\n <html>", "a web page"),
        ("a.csv", b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
        ("a.csv", NMC.encode(), "a header and no rows"),
        ("a.csv", b"\xff\xfe\x00s\x00t", "not a file read_nmc knows"),
        ("a.csv", (NMC + "USA,2,2001,1,2\n").encode(), "row 1 has 5 cells and the header 11"),
        ("a.csv", (NMC + "USA,2,2001,1,000,1,1,1,1,1,0.1,2021\n").encode(), "row 1 has 12 cells and the header 11"),
        ("a.csv", (NMC + 'USA,"2,2001,1,1,1,1,1,1,0.1,2021\n').encode(), "row 1 has 2 cells"),
        ("a.csv", NMC.replace("milper", "ccode").encode() + b"U,2,1,1,1,1,1,1,1,1,1\n", "not a file read_nmc knows"),
        ("a.csv", NMC.replace("version", "ccode").encode() + b"U,2,1,1,1,1,1,1,1,1,1\n", "two columns 'ccode'"),
        ("a.dta", b"this is no Stata file", "cannot be read as a Stata file"),
    ],
)
def test_files_that_are_no_tables(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=words):
        releases.read_nmc(tmp_path / name)


def test_a_folder_a_missing_file_and_bytes(tmp_path):
    with pytest.raises(ValueError, match="is a folder; give the file inside"):
        releases.read_nmc(tmp_path)
    with pytest.raises(FileNotFoundError):
        releases.read_nmc(tmp_path / "gone.csv")
    with pytest.raises(ValueError, match="open for bytes"):
        releases.read_nmc(BytesIO(b"a,b"))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_endings_encodings_and_separators_do_not_matter(tmp_path, ending, encoding, mark):
    text = (NMC + "CÔTE,740,2001,-9,240,1,1,1,1,0.05,2021\n").replace("\n", ending).replace(",", mark)
    (tmp_path / "NMC.csv").write_bytes(text.encode(encoding))
    got = releases.read_nmc(tmp_path / "NMC.csv")
    assert got.frame["milper_k"].tolist() == [240]
    assert got.source == "NMC.csv"


def test_stata_files_are_read(tmp_path):
    columns = NMC.strip().split(",")
    frame = pd.DataFrame([["JPN", 740, 2001, -9, 240, 1, 1, 1, 1, 0.05, 2021]], columns=columns)
    frame.to_stata(tmp_path / "NMC.dta", write_index=False)
    got = releases.read_nmc(tmp_path / "NMC.dta")
    assert got.frame["cinc"].tolist() == [0.05]
    assert math.isnan(got.frame["milex_kusd"][0])


@pytest.mark.parametrize("reader", TEXT_READERS)
@pytest.mark.parametrize(
    "layout", [form for form in layouts.LAYOUTS.values() if form.needs], ids=lambda form: form.file
)
def test_a_file_of_another_release_is_recognised(reader, layout):
    columns = [*layout.needs, "note"]
    file = StringIO(",".join(columns) + "\n" + ",".join("1" for _ in columns) + "\n")
    known = layouts.layouts_of(reader)
    if any(set(form.needs) <= set(columns) for form in known):
        assert layout.reader in (reader, "read_world_bank", "read_gmsd", "read_vdem", "")
        return
    with pytest.raises(ValueError, match="is not a file") as caught:
        getattr(releases, reader)(file)
    message = str(caught.value)
    assert all(", ".join(form.needs) in message for form in known)
    if len(layout.needs) > 3:
        assert (layout.reader or "which no reader takes") in message


def test_a_renamed_column_gets_the_nearest():
    with pytest.raises(ValueError, match="Not there: ccode\n  'ccode'; did you mean 'cow_ccode'"):
        releases.read_nmc(StringIO(NMC.replace(",ccode", ",cow_ccode") + "U,2,1,1,1,1,1,1,1,1,1\n"))


# --- refusals: the two systems of numbers


def test_gleditsch_ward_numbers_are_recognised_and_read_on_request():
    rows = [{"ccode": 260, "year": 1995}, {"ccode": 678, "year": 1995}, {"ccode": 340, "year": 2010}]
    with pytest.raises(ValueError, match=r"has Gleditsch-Ward numbers: 260 in 1995, .*codes='gw'"):
        releases.read_nmc(nmc(*rows))
    assert releases.read_nmc(nmc(*rows), codes="gw").frame["iso3"].tolist() == ["DEU", "YEM", "SRB"]


def test_cow_numbers_are_recognised_where_gleditsch_ward_is_expected():
    rows = [{"ccode": 255, "year": 1995}, {"ccode": 679, "year": 1995}]
    with pytest.raises(ValueError, match=r"has Correlates of War numbers: 255 in 1995, .*codes='cow'"):
        releases.read_nmc(nmc(*rows), codes="gw")


@pytest.mark.parametrize("system", ["cow", "gw"])
def test_both_systems_in_one_file_are_refused_either_way(system):
    rows = [{"ccode": 260, "year": 1995}, {"ccode": 679, "year": 1995}]
    with pytest.raises(ValueError, match=r"mixes .* recode it to one system first"):
        releases.read_nmc(nmc(*rows), codes=system)


def test_an_unknown_system_of_numbers():
    with pytest.raises(ValueError, match="codes='iso'; give 'cow'"):
        releases.read_nmc(nmc({}), codes="iso")


# --- refusals: cells of figures


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"milex": "many"}, "row 2: milex is 'many'; it must be a number"),
        ({"milex": -5}, "row 2: milex is '-5'; it must not be negative; a missing one is -9"),
        ({"milper": -1}, "milper is '-1'; it must not be negative"),
        ({"cinc": 1.5}, "row 2: cinc is '1.5'; it must be a share between 0 and 1"),
        ({"cinc": "inf"}, "cinc is 'inf'; it must be a number"),
        ({"cinc": "0,05"}, "cells and the header"),
        ({"year": 2001.5}, "year is '2001.5'; it must be a whole number"),
        ({"year": 20010}, "year is '20010'; it must be a year"),
        ({"year": "MMI"}, "year is 'MMI'; it must be a number"),
        ({"ccode": "JPN"}, "ccode is 'JPN'; it must be a number"),
        ({"ccode": 1e300}, "ccode is '1e[+]300'; it must be a state number"),
        ({"year": 1e300}, "year is '1e[+]300'; it must be a year"),
        ({"ccode": 740.5}, "ccode is '740.5'; it must be a whole number"),
        ({"ccode": 740}, "rows 1 and 2 both give JPN in 2001"),
    ],
)
def test_wrong_cells_of_nmc_are_named(row, words):
    with pytest.raises(ValueError, match=words):
        releases.read_nmc(nmc({}, {"ccode": 710, **row}))


def test_rows_without_state_or_year_are_dropped_and_said():
    got = releases.read_nmc(nmc({}, {"ccode": ""}, {"ccode": 710, "year": ""}, {"ccode": "."}))
    assert got.frame["iso3"].tolist() == ["JPN"]
    assert sorted(got.dropped["reason"]) == ["no state number in ccode", "no state number in ccode", "no year"]


# --- other readers of figures


def test_vdem_reads_the_columns_asked_for_by_its_codes():
    text = "country_name,country_text_id,year,COWcode,v2x_polyarchy,v2x_libdem,v2xregs,e_gdp\n"
    rows = "Japan,JPN,2001,740,0.84,0.75,1,7\nMexico,MEX,2001,70,0.6,0.5,2,8\n"
    rows += "GDR,DDR,1980,265,0.1,0.1,1,9\nBrunei,BRN,2001,835,,,1,1\n"
    got = releases.read_vdem(StringIO(text + rows), ["v2x_polyarchy", "v2x_libdem"])
    assert got.frame.to_dict("records") == [{"iso3": "JPN", "year": 2001, "polyarchy": 0.84, "v2x_libdem": 0.75}]
    assert got.dropped["reason"].tolist() == ["outside the 100 states", "outside the 100 states", "no figure"]
    assert got.into(PANEL).vector("polyarchy", ["JPN"], 2001)[0] == 0.84


@pytest.mark.parametrize(
    ("rows", "columns", "words"),
    [
        ("JPN,2001,1.2\n", ("v2x_polyarchy",), "must lie between 0 and 1"),
        ("JPN,2001,-0.1\n", ("v2x_polyarchy",), "must lie between 0 and 1"),
        ("JPN,2001,high\n", ("v2x_polyarchy",), "must be a number"),
        ("JPN,2001,0.8\nJPN,2001,0.9\n", ("v2x_polyarchy",), "rows 1 and 2 both give JPN in 2001"),
        ("JPN,2001,0.8\n", ("v2x_libdem",), "no column 'v2x_libdem'"),
        ("JPN,2001,0.8\n", "v2x_libdem", "no column 'v2x_libdem'"),
        ("JPN,1,0.8\n", ("v2x_polyarchy",), "must be a year"),
        ("JPN,2001\n", ("v2x_polyarchy",), "row 1 has 2 cells"),
    ],
)
def test_wrong_cells_of_vdem(rows, columns, words):
    with pytest.raises(ValueError, match=words):
        releases.read_vdem(StringIO("country_text_id,year,v2x_polyarchy\n" + rows), columns)


def test_vdem_columns_that_are_no_shares_are_read_on_their_scale():
    """Regimes of the world run from 0 to 3, accountability is an estimate on a unit-normal scale, its osp a share."""
    head = "country_text_id,year,v2x_regime,v2x_accountability,v2x_veracc_codelow,v2x_accountability_osp\n"
    names = head.strip().split(",")[2:]
    got = releases.read_vdem(StringIO(head + "JPN,2001,3,1.5,-0.2,0.93\n"), names)
    assert got.frame.loc[0, names].tolist() == [3, 1.5, -0.2, 0.93]
    assert got.units == {name: "index, 0-1" if name.endswith("_osp") else "" for name in names}
    with pytest.raises(ValueError, match=r"v2x_accountability_osp is '1\.5'; it must lie between 0 and 1"):
        releases.read_vdem(StringIO(head + "JPN,2001,3,1.5,-0.2,1.5\n"), names)
    with pytest.raises(ValueError, match="columns is empty"):
        releases.read_vdem(StringIO(head + "JPN,2001,3,1.5,-0.2,0.93\n"), [])


@pytest.mark.parametrize("name", ["iso3", "year"])
def test_figures_of_the_world_bank_cannot_take_the_name_of_a_key(name):
    text = "Country Name,Country Code,Year,Value\nJapan,JPN,2001,4e12\n"
    with pytest.raises(ValueError, match=f"column='{name}' is what rows are told apart by"):
        releases.read_world_bank(StringIO(text), name)


WIDE = (
    '"Data Source","World Development Indicators",\n\n"Last Updated Date","2024-06-28",\n\n'
    '"Country Name","Country Code","Indicator Name","Indicator Code","2000","2001",\n'
)


def test_the_world_bank_is_read_wide_with_its_title_lines():
    rows = '"Japan","JPN","Population, total","SP.POP.TOTL","126843000","127149000",\n'
    more = '"World","WLD","Population, total","SP.POP.TOTL","6","6.1",\n'
    more += '"Kosovo","XKX","Population, total","SP.POP.TOTL","","1.7e6",\n'
    got = releases.read_world_bank(StringIO(WIDE + rows + more))
    assert got.frame.to_dict("list") == {
        "iso3": ["JPN", "JPN", "XKX"],
        "year": [2000, 2001, 2001],
        "population": [126843000.0, 127149000.0, 1.7e6],
    }
    assert got.units == {"population": "persons"}
    assert sorted(got.dropped["reason"]) == ["no figure", "outside the 100 states", "outside the 100 states"]


def test_the_databank_export_is_read():
    head = "Country Name,Country Code,Series Name,Series Code,2000 [YR2000],2001 [YR2001]\n"
    rows = "Japan,JPN,Population,SP.POP.TOTL,126843000,..\n\nData from database: World Development Indicators\n"
    got = releases.read_world_bank(StringIO(head + rows))
    assert got.frame["population"].tolist() == [126843000.0]


def gdp_rows(factor):
    years = range(2000, 2003)
    cells = [
        (s, y, PANEL.columns["gdp_usd"][PANEL.index(s), y - PANEL.first_year] / factor)
        for s in ("JPN", "FRA", "ITA")
        for y in years
    ]
    return "".join(f"x,{s},{y},{v:.6g}\n" for s, y, v in cells)


def test_the_world_bank_is_read_long_and_its_gdp_replaces_the_panels():
    head = "Country Name,Country Code,Year,Value\n"
    got = releases.read_world_bank(StringIO(head + gdp_rows(1.1)), "gdp_usd")
    own = got.into(PANEL)
    ratio = own.vector("gdp_usd", ["FRA"], 2001) / PANEL.vector("gdp_usd", ["FRA"], 2001)
    assert ratio[0] == pytest.approx(1 / 1.1, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("Country Name,Country Code,Year,Value\nJapan,JPN,2001,1\n", None, "does not say what it holds"),
        ("Country Name,Country Code,Year,Value\nJapan,JPN,2001,x\n", "gdp_usd", "must be a number"),
        ("Country Name,Country Code,Year,Value\nJapan,JPN,2001,-4\n", "gdp_usd", "must not be negative"),
        ("Country Name,Country Code,Year,Value\nJapan,JPN,2001,1\nJapan,JPN,2001,2\n", "gdp_usd", "both give JPN"),
        ("Country Name,Country Code,Year,Value\n" + gdp_rows(1e6), "gdp_usd", "1e-06 times the panel's GDP"),
        ("Country Name,Country Code,Year,Value\n" + gdp_rows(1e-3), "gdp_usd", "1e[+]03 times the panel's GDP"),
        (
            WIDE.replace('"2000","2001"', '"first","second"') + '"J","JPN","a","b","1","2",\n',
            None,
            "no column that is a year",
        ),
        (WIDE + '"J","JPN","a","NY.A","1","2",\n"J","JPN","a","NY.B","1","2",\n', None, "holds 2 indicators"),
        (
            WIDE.replace('"Indicator Code"', '"Code"') + '"J","JPN","a","NY.A","1","2",\n',
            None,
            "no column Indicator Code",
        ),
        (WIDE + '"J","JPN","a","NY.A","1"\n', None, "row 1 has 5 cells and the header 7"),
        (WIDE, None, "a header and no rows"),
    ],
)
def test_wrong_files_of_the_world_bank(text, column, words):
    with pytest.raises(ValueError, match=words):
        releases.read_world_bank(StringIO(text), column)


def gmsd(factor=1e6, extra=""):
    head = "gwno,year,mean,sd" + (",indicator" if extra else "") + "\n"
    rows = [
        (n, r["year"], r["milex"]) for n, r in zip([740] * 10 + [220] * 10 + [325] * 10, spending(factor), strict=False)
    ]
    lines = [f"{n},{y},{m},1{extra}\n" for n, y, m in rows]
    return StringIO(head + "".join(lines) + f"260,2001,30000,1{extra}\n")


def test_gmsd_tells_its_unit_by_gdp_and_reads_gleditsch_ward_numbers():
    for factor in (1e3, 1e6, 1e9):
        got = releases.read_gmsd(gmsd(factor / 1e0))
        japan = got.frame.query("iso3 == 'JPN' and year == 2005")["milex_musd"].iloc[0]
        gdp = PANEL.columns["gdp_usd"][PANEL.index("JPN"), 2005 - PANEL.first_year]
        assert japan * 1e6 == pytest.approx(0.02 * gdp, rel=0.02)
        assert "taken to be" in got.notes[0]
    assert "DEU" in set(got.frame["iso3"])


def test_gmsd_with_several_indicators_wants_one_chosen():
    one, two = gmsd(extra=",milex_con_2022_sipri"), gmsd(extra=",milex_con_2017_nmc").getvalue().split("\n", 1)[1]
    text = one.getvalue() + two
    with pytest.raises(ValueError, match="has several indicators; choose indicator="):
        releases.read_gmsd(StringIO(text))
    with pytest.raises(ValueError, match="no indicator 'milex_con_2022'; did you mean 'milex_con_2022_sipri'"):
        releases.read_gmsd(StringIO(text), indicator="milex_con_2022")
    got = releases.read_gmsd(StringIO(text), indicator="milex_con_2022_sipri")
    assert set(got.dropped["reason"]) == {"another indicator"}


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("gwno,year,mean\n740,2001,44000\n", {}, "too few rows tell; say unit="),
        ("gwno,year,mean\n740,2001,44000\n", {"unit": "yen"}, "unit 'yen' is not one of"),
        ("gwno,year,mean\n740,2001,44000\n", {"indicator": "x"}, "no column indicator"),
        ("gwno,year,mean\n255,2001,44000\n", {}, "Correlates of War numbers"),
        ("gwno,year,mean\n740,2001,-1\n", {"unit": "USD"}, "must not be negative"),
        ("gwno,year,mean\n740,2001,1\n740,2001,1\n", {"unit": "USD"}, "both give JPN"),
        ("gwno,year\n740,2001\n", {}, "is not a file read_gmsd knows"),
    ],
)
def test_wrong_files_of_gmsd(text, options, words):
    with pytest.raises(ValueError, match=words):
        releases.read_gmsd(StringIO(text), **options)


# --- the package


def test_every_reader_is_listed_has_layouts_and_imports_nothing_heavy():
    assert {layout.reader for layout in layouts.LAYOUTS.values()} - {""} == set(READERS)
    assert all(layout.reference for layout in layouts.LAYOUTS.values())
    code = "import sys, models.releases; print([m for m in ('pandas', 'openpyxl', 'scipy') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
    for module in ("figures", "ties", "conflicts", "votes"):
        public = [n for n in vars(importlib.import_module(f"models.releases.{module}")) if n.startswith("read_")]
        assert set(public) - {"read_table"} <= set(releases.__all__)
