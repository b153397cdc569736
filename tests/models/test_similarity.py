"""models/similarity.py, models/dyads.py: published values, laws, and the tables made from the same releases."""

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from models.dyads import contiguity, joint_events, portfolios, ties
from models.panel import load_panel
from models.releases import (
    read_atop,
    read_contiguity,
    read_cow_alliances,
    read_dcad,
    read_exercises,
    read_mids,
    read_nmc,
    read_ucdp,
    read_un_ideal_points,
    read_un_votes,
    read_wars,
)
from models.similarity import kendall_tau_b, signorino_ritter, vote_similarity

PANEL = load_panel()
STATES = PANEL.states
SOURCE = Path(__file__).resolve().parents[2].parent / "shared" / "data"
needs_source = pytest.mark.skipif(not SOURCE.is_dir(), reason="the source tables are not beside this checkout")

GERMANY = [3, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 3] + [0] * 8
RUSSIA = [0, 3, 1, 3, 0, 1] + [0] * 14
CAPABILITIES = [0.25, 0.21, 0.2, 0.08, 0.08, 0.05, 0.03, 0.03, 0.02, *[0.01] * 5, *[0.0] * 6]
COW = "version4id,ccode,mem_st_year,mem_end_year,defense,neutrality,nonaggression,entente,version\n"

tables = st.integers(2, 5).flatmap(
    lambda n: st.integers(2, 9).flatmap(
        lambda m: st.lists(st.lists(st.integers(0, 3), min_size=m, max_size=m), min_size=n, max_size=n)
    )
)


def source(name, **options):
    return pd.read_csv(SOURCE / name, **options)


def release(reader, frame):
    return reader(StringIO(frame.to_csv(index=False)))


def roll_calls(table, a="USA", b="GBR"):
    """Votes of two states by a table of how often the one cast the row and the other the column."""
    numbers = {"USA": 2, "GBR": 200}
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(table[i][j])]
    rows = [
        f"{k},{numbers[s]},2001-12-01,{v + 1}"
        for k, pair in enumerate(pairs)
        for s, v in zip((a, b), pair, strict=True)
    ]
    return read_un_votes(StringIO("rcid,ccode,date,vote\n" + "\n".join(rows) + "\n"))


# --- published


def test_germany_and_russia_in_1914():
    """Signorino and Ritter 1999, Table 6: tau-b 0.03, S 0.40, weighted by capabilities -0.46."""
    assert kendall_tau_b([GERMANY, RUSSIA])[0, 1] == pytest.approx(0.0303, abs=5e-5)
    assert signorino_ritter([GERMANY, RUSSIA])[0, 1] == pytest.approx(0.40)
    assert signorino_ritter([GERMANY, RUSSIA], CAPABILITIES)[0, 1] == pytest.approx(-0.46)


def test_the_votes_of_two_who_agree_by_chance_alone():
    """Chance agreement is what two states with these mixes of votes would have: kappa is nought."""
    got = vote_similarity(roll_calls([[4, 2, 2], [2, 1, 1], [2, 1, 1]]), ["USA", "GBR"], 2001)
    assert got.kappa[0, 1] == pytest.approx(0, abs=1e-12)
    assert got.agree[0, 1] == pytest.approx(1 - (0.5 * (2 + 2 + 1 + 1) + 1.0 * (2 + 2)) / 16)


UN_ROWS = [
    (1990, "AFG", "ALB", [[80, 0, 0], [2, 0, 0], [0, 0, 0]]),
    (1992, "BGR", "KGZ", [[0, 0, 0], [2, 4, 0], [0, 2, 7]]),
    (1998, "THA", "TKM", [[0, 0, 0], [3, 0, 0], [0, 1, 34]]),
    (1998, "BHR", "TKM", [[2, 0, 0], [0, 0, 0], [0, 3, 31]]),
    (1992, "ALB", "LTU", [[0, 1, 0], [2, 11, 0], [0, 0, 23]]),
    (1998, "AZE", "TKM", [[2, 0, 0], [0, 3, 0], [0, 3, 29]]),
    (2000, "BRN", "TKM", [[0, 0, 0], [2, 0, 1], [0, 1, 22]]),
]


@needs_source
@pytest.mark.parametrize(("year", "a", "b", "table"), UN_ROWS)
def test_votes_give_the_four_numbers_of_the_table_of_agreement(year, a, b, table):
    """Roll calls that four printed numbers of a pair pin down, up to a renaming of votes that changes none of them."""
    row = source("un_agreement.csv").query("year == @year and iso3_a == @a and iso3_b == @b").iloc[0]
    got = vote_similarity(roll_calls(table), ["USA", "GBR"], 2001)
    assert got.n[0, 1] == row["n"]
    for name in ("agree", "same", "kappa", "pi"):
        assert getattr(got, name)[0, 1] == pytest.approx(row[name], abs=6e-4), name


# --- the tables made from the same releases


@needs_source
@pytest.mark.parametrize("pledge", ["defense", "nonagg", "neutral", "consul"])
def test_atop_pledges_of_2018(pledge):
    rows = source("alliances_kadic.csv", dtype=str, keep_default_na=False)
    file = pd.DataFrame(
        {"atopid": rows["atopid"], "member": rows["ccode"], "phase": rows["phase"], "yrent": rows["entry"].str[:4]}
        | {"yrexit": rows["exit"].str[:4].replace("", "0"), "version": "5.1"}
        | {name: rows[name] for name in ("defense", "offense", "neutral", "nonagg", "consul")}
    )
    got = ties(release(read_atop, file), STATES, 2018, pledge)
    dyads = source("dyads.csv")
    a, b = (dyads[name].map(STATES.index) for name in ("iso3_a", "iso3_b"))
    assert ((got | got.T)[a, b] == dyads[f"atop_{pledge}_2018"].astype(bool)).all()
    one_sided = {frozenset((STATES[i], STATES[j])) for i, j in np.argwhere(got & ~got.T)}
    expected = [{"JPN", "USA"}, {"PAK", "USA"}] if pledge == "defense" else []
    assert one_sided == {frozenset(pair) for pair in expected}


@needs_source
def test_disputes_since_1990():
    rows = source("mids_dyad_year.csv")
    file = rows.rename(columns={"dispnum": "disno", "ccode1": "statea", "ccode2": "stateb", "fatality": "fatlev"})
    got = release(
        read_mids, file.rename(columns={"hostlev": "hihost"})[["disno", "statea", "stateb", "year", "fatlev", "hihost"]]
    )
    dyads = source("dyads.csv")
    a, b = (dyads[name].map(STATES.index).to_numpy() for name in ("iso3_a", "iso3_b"))
    assert (joint_events(got, STATES, 1990, 2014)[a, b] == dyads["mids_1990_2014"]).all()
    assert (joint_events(got, STATES, 1990, 2014, fatal=True)[a, b] == dyads["mids_fatal_1990_2014"]).all()
    successor = dyads["iso3_a"].isin(["DEU", "YEM"]) | dyads["iso3_b"].isin(["DEU", "YEM"])  # there without a past
    since_1946 = joint_events(got, STATES, 1946, 2014)[a, b]
    assert (since_1946 == dyads["mids_1946_2014"])[~successor].all()
    assert (since_1946 >= dyads["mids_1946_2014"]).all()
    hostile = joint_events(got, STATES, 1990, 2014, hostility=5)[a, b] > 0
    assert (hostile == (dyads["mid_max_hostlev_1990_2014"] == 5)).all()


@needs_source
def test_exercises_and_agreements():
    rows = source("exercises_kadic.csv", keep_default_na=False)
    names = dict(zip(STATES, PANEL.names, strict=True))
    slots = [f"State{first}{chr(65 + k)}" for first in ("", "A") for k in range(26)][: int(rows["n"].max())]
    cells = [[names.get(p, p) for p in parts.split(";")] for parts in rows["participants"]]
    file = pd.DataFrame([[*row, *[""] * (len(slots) - len(row))] for row in cells], columns=slots)
    head = {"mme_id": "MMEID", "name": "Ex_Name", "series": "Series_Name", "year": "s.year", "month": "s.month"}
    got = release(read_exercises, pd.concat([rows[list(head)].rename(columns=head), file], axis=1))
    assert not got.frame["iso3"].eq("").any()
    dyads = source("dyads.csv")
    a, b = (dyads[name].map(STATES.index).to_numpy() for name in ("iso3_a", "iso3_b"))
    assert (joint_events(got, STATES, 1990, 2010)[a, b] == dyads["exercises_1990_2010"]).all()
    assert (joint_events(got, STATES, 1990, 2010, largest=5)[a, b] == dyads["exercises_small_1990_2010"]).all()

    rows = source("dca_agreements.csv")
    head = {"dca_id": "DCAid", "sign_year": "signYear", "in_force_year": "EIFYear", "category": "category1"}
    agreements = release(read_dcad, rows.rename(columns=head))
    differ = joint_events(agreements, STATES, 1980, 2010)[a, b] != dyads["dca_1980_2010"]
    west_germany = {("DEU", "ESP"), ("DEU", "FRA")}  # ours to 1990; the table counts unified Germany only
    assert set(dyads.loc[differ, ["iso3_a", "iso3_b"]].itertuples(index=False, name=None)) == west_germany


@needs_source
def test_borders_of_2016():
    dyads = source("dyads.csv")
    numbers = source("states.csv").set_index("iso3")["cow_ccode"]
    near = dyads[dyads["contig"] > 0]
    file = pd.DataFrame(
        {
            "state1no": near["iso3_b"].map(numbers),
            "state2no": near["iso3_a"].map(numbers),
            "year": 2016,
            "conttype": near["contig"],
        }
    )
    got = contiguity(release(read_contiguity, file), STATES, 2016)
    a, b = (dyads[name].map(STATES.index).to_numpy() for name in ("iso3_a", "iso3_b"))
    assert (got[a, b] == dyads["contig"]).all()
    assert (got == got.T).all()


@needs_source
def test_figures_of_the_same_releases_come_back_cell_by_cell():
    rows = source("capabilities.csv")
    rows = rows[rows["cinc"].notna()].reset_index(drop=True)
    head = {"cow_ccode": "ccode", "milex_kusd": "milex", "milper_k": "milper", "irst_kt": "irst", "pec_ktce": "pec"}
    head |= {"tpop_k": "tpop", "upop_k": "upop"}
    got = release(read_nmc, rows.rename(columns=head)[[*head.values(), "year", "cinc"]].fillna(-9)).frame
    for name in ("milex_kusd", "milper_k", "irst_kt", "pec_ktce", "tpop_k", "upop_k", "cinc"):
        assert np.array_equal(got[name], rows[name], equal_nan=True), name

    rows = source("un_idealpoints.csv").query("ip_fp.notna()").reset_index(drop=True)
    numbers = source("states.csv").set_index("iso3")["cow_ccode"]
    file = pd.DataFrame({"ccode": rows["iso3"].map(numbers), "iso3c": rows["iso3"], "year": rows["year"]})
    file["IdealPointFP"], file["Q5%FP"] = rows["ip_fp"], rows["ip_fp_q5"]
    got = release(read_un_ideal_points, file)
    assert got.frame["ideal_point"].tolist() == rows["ip_fp"].tolist()
    own = got.into(PANEL)
    kept = np.isfinite(PANEL.columns["ideal_point"])
    assert np.array_equal(own.columns["ideal_point"][kept], PANEL.columns["ideal_point"][kept])


@needs_source
def test_wars_and_conflicts_keep_their_participants():
    rows = source("wars_interstate_participants.csv", dtype=str, keep_default_na=False)
    years = {
        f"{which}Year{k}": rows[f"{which.lower()}{k}"].str[:4].replace("", "-8")
        for which in ("Start", "End")
        for k in (1, 2)
    }
    file = pd.DataFrame({"WarNum": rows["war_num"], "WarName": rows["war_name"], "ccode": rows["ccode"]} | years)
    file["Side"], file["Initiator"], file["Outcome"] = rows["side"], rows["initiator"], rows["outcome"]
    file["BatDeath"] = [f"{int(deaths):,}" for deaths in rows["battle_deaths"]]
    got = release(read_wars, file)
    world_war = got.frame.query("war == '139'")
    assert set(world_war.query("iso3 == 'FRA'")["side"]) == {1, 2}
    # The table has no code for the Yemen Arab Republic, which fought in 1934; we take it to be Yemen.
    assert len(got.frame) == ((rows["iso3"] != "") | (rows["ccode"] == "678")).sum()
    assert joint_events(got, ["DEU", "FRA", "GBR"], 1939, 1945).tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]

    rows = source("ucdp_coalitions.csv", dtype=str, keep_default_na=False)
    other = {"DEU": 260, "YEM": 678, "SRB": 340}
    numbers = source("states.csv").set_index("iso3")["cow_ccode"].to_dict() | other

    def gleditsch_ward(cells, years):
        for cell, year in zip(cells, years, strict=True):
            codes = [c for c in cell.split(";") if c]
            yield ", ".join(
                str(345 if c == "SRB" and int(year) < 2006 else numbers.get(c, c.removeprefix("COW"))) for c in codes
            )

    roles = {"gwno_a": "side_a", "gwno_a_2nd": "side_a_support", "gwno_b": "side_b", "gwno_b_2nd": "side_b_support"}
    file = pd.DataFrame({name: list(gleditsch_ward(rows[column], rows["year"])) for name, column in roles.items()})
    file["conflict_id"], file["year"], file["intensity_level"] = rows["conflict_id"], rows["year"], rows["intensity"]
    file["type_of_conflict"] = (
        rows["type"].map({"extrasystemic": 1, "interstate": 2, "intrastate": 3}).fillna(4).astype(int)
    )
    got = release(read_ucdp, file).frame
    ukraine = got.query("conflict == '13243' and year == 2024").set_index("iso3")
    assert ukraine["side"].to_dict() == {"RUS": "a", "PRK": "a", "UKR": "b"}
    assert ukraine["role"]["PRK"] == "supporter"


# --- laws


@given(tables)
def test_s_is_symmetric_one_for_the_same_and_minus_one_for_opposites(table):
    similarity = signorino_ritter(table)
    assert np.allclose(similarity, similarity.T)
    assert np.allclose(np.diag(similarity), 1)
    assert (similarity >= -1 - 1e-12).all()
    opposite = signorino_ritter([[0] * 4, [3] * 4])
    assert opposite[0, 1] == -1


@given(tables)
def test_tau_b_is_that_of_scipy(table):
    ours = kendall_tau_b(table)
    for i, x in enumerate(table):
        for j, y in enumerate(table):
            if len(set(x)) > 1 and len(set(y)) > 1:
                assert ours[i, j] == pytest.approx(kendalltau(x, y).statistic, abs=1e-12)
            else:
                assert np.isnan(ours[i, j])


@given(st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=3, max_size=3))
def test_kappa_and_pi_of_votes_by_their_definition(table):
    counts = np.array(table, dtype=float)
    if counts.sum() < 4:
        return
    got = vote_similarity(roll_calls(table), ["USA", "GBR"], 2001, fewest=4)
    share, away = counts / counts.sum(), np.abs(np.subtract.outer(range(3), range(3)))
    mine, theirs = share.sum(axis=1), share.sum(axis=0)
    distance = (share * away).sum()
    own, common = (away * np.outer(mine, theirs)).sum(), (away * np.outer(mine + theirs, mine + theirs)).sum() / 4
    assert got.agree[0, 1] == pytest.approx(1 - distance / 2)
    assert got.same[0, 1] == pytest.approx(np.trace(share))
    assert got.s[0, 1] == pytest.approx(2 * got.agree[0, 1] - 1)
    for value, expected in ((got.kappa[0, 1], own), (got.pi[0, 1], common)):
        if expected > 0:
            assert value == pytest.approx(1 - distance / expected)
        else:
            assert np.isnan(value)
    assert got.pi[0, 1] <= got.kappa[0, 1] + 1e-9 or np.isnan(got.kappa[0, 1])  # their common mix leaves more to chance


# --- ties


def pact(number, start=1949, end="", pledges="1,0,0,0", alliance=1):
    return f"{alliance},{number},{start},{end},{pledges},4.1\n"


def test_only_members_at_the_same_time_are_tied():
    text = COW + pact(2) + pact(200) + pact(220, end=1966) + pact(640, start=1952)
    got = read_cow_alliances(StringIO(text))
    tied = {year: ties(got, ["FRA", "GBR", "TUR", "USA"], year) for year in (1949, 1960, 1966, 1967)}
    assert tied[1949].sum() == 6  # three members; Turkey is not yet in
    assert tied[1960].sum() == 12
    assert tied[1966].sum() == 12  # the year of leaving counts
    assert not tied[1967][0].any()
    assert not np.diag(tied[1960]).any()


def test_portfolios_take_the_strongest_pledge():
    text = COW + pact(2) + pact(200) + pact(2, pledges="0,0,0,1", alliance=2) + pact(740, pledges="0,0,0,1", alliance=2)
    text += pact(365, pledges="0,0,1,0", alliance=3) + pact(740, pledges="0,0,1,0", alliance=3)
    got = read_cow_alliances(StringIO(text))
    assert portfolios(got, ["USA", "JPN"], 1950, others=["GBR", "JPN", "RUS", "USA"]).tolist() == [
        [3, 1, 0, 3],
        [0, 3, 2, 1],
    ]


def test_exercises_count_together_and_wars_apart():
    head = "conflict_id,year,gwno_a,gwno_a_2nd,gwno_b,gwno_b_2nd,type_of_conflict,intensity_level\n"
    got = read_ucdp(StringIO(head + '1,2001,2,"200, 220",700,,2,2\n1,2002,2,,700,,2,2\n2,2001,750,,770,,2,1\n'))
    counts = joint_events(got, ["AFG", "GBR", "IND", "PAK", "USA"], 2001, 2002)
    assert counts.tolist() == [[0, 1, 0, 0, 1], [1, 0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [1, 0, 0, 0, 0]]


def test_a_state_that_came_back_to_a_war_is_in_it_again():
    """France left the Second World War in 1940 and came back in 1944."""
    head = "WarNum,WarName,ccode,Side,StartYear1,EndYear1,StartYear2,EndYear2,Initiator,Outcome,BatDeath\n"
    rows = "139,W,220,1,1939,1940,1944,1945,2,1,1\n139,W,255,2,1939,1945,-8,-8,1,2,1\n"
    got = read_wars(StringIO(head + rows))
    fought = {
        span: joint_events(got, ["DEU", "FRA"], *span)[0, 1] for span in ((1939, 1940), (1941, 1943), (1944, 1945))
    }
    assert fought == {(1939, 1940): 1, (1941, 1943): 0, (1944, 1945): 1}


def test_pairs_with_few_common_votes_are_not_compared():
    votes = roll_calls([[5, 0, 0], [0, 0, 0], [0, 0, 4]])
    assert np.isnan(vote_similarity(votes, ["USA", "GBR"], 2001).agree[0, 1])
    got = vote_similarity(votes, ["USA", "GBR", "FRA"], 2001, fewest=9)
    assert got.agree[0, 1] == 1
    assert np.isnan(got.agree[0, 2])
    assert got.n[0, 2] == 0
    assert repr(got).startswith("votes of 3 states in the UN General Assembly in 2001: 1 pairs compared")
    assert got.to_frame().shape == (3, 8)
    assert "Häge" in got.cite()[0]


# --- refusals


@pytest.mark.parametrize(
    ("states", "year", "pledge", "words"),
    [
        (["USA", "GBR"], 2013, "defense", "speaks about 1949-2012, not about 2013"),
        (["USA", "GBR"], 1948, "defense", "not about 1948"),
        (["USA", "GBR"], 2000, "defence", "no pledge 'defence'; did you mean 'defense'"),
        (["USA", "MEX"], 2000, "defense", "state 'MEX' is not among the 100 states .* read it with states='all'"),
        (["USA", "USA"], 2000, "defense", "state 'USA' is listed twice"),
        ([], 2000, "defense", "no states to compare"),
        ("USA", 2000, "defense", "states is the text 'USA'"),
    ],
)
def test_ties_that_are_not_known(states, year, pledge, words):
    got = read_cow_alliances(StringIO(COW + pact(2) + pact(200)))
    with pytest.raises(ValueError, match=words):
        ties(got, states, year, pledge)


def test_releases_of_another_kind():
    votes = roll_calls([[5, 0, 0], [0, 0, 0], [0, 0, 5]])
    pacts = read_cow_alliances(StringIO(COW + pact(2) + pact(200)))
    with pytest.raises(ValueError, match="holds no alliances"):
        ties(votes, ["USA"], 2001)
    with pytest.raises(ValueError, match="holds no contiguity"):
        contiguity(pacts, ["USA"], 1949)
    with pytest.raises(ValueError, match="holds no events"):
        joint_events(pacts, ["USA"], 1949, 1949)
    with pytest.raises(ValueError, match="holds no roll calls"):
        vote_similarity(pacts, ["USA"], 1949)
    with pytest.raises(ValueError, match="no vote of these states in 1999"):
        vote_similarity(votes, ["USA"], 1999)
    with pytest.raises(ValueError, match="a panel cannot hold it"):
        pacts.into(PANEL)


def test_pledges_are_read_from_alliances_only():
    """Hostility 1 is no promise, and a release without promises has no portfolios: not even of states with none."""
    head = "disno,statea,stateb,year,fatlev,hihost\n"
    votes = roll_calls([[5, 0, 0], [0, 0, 0], [0, 0, 5]])
    disputes = read_mids(StringIO(head + "1,2,200,2001,0,1\n"))
    borders = read_contiguity(StringIO("state1no,state2no,year,conttype\n2,200,2001,1\n"))
    agreements = read_dcad(StringIO("ccode1,ccode2,year,dcaAnyV1\n2,200,2001,1\n"))
    for other in (votes, disputes, borders, agreements):
        with pytest.raises(ValueError, match="holds no pledges to rank"):
            portfolios(other, ["USA", "GBR"], 2001)
    for other, column in ((disputes, "hostility"), (borders, "contiguity")):
        with pytest.raises(ValueError, match=f"has no pledge '{column}'"):
            ties(other, ["USA", "GBR"], 2001, column)
    assert ties(agreements, ["USA", "GBR"], 2001, "dcaanyv1")[0, 1]


@pytest.mark.parametrize("fewest", [0, -3])
def test_two_states_without_a_common_vote_are_not_compared(fewest):
    with pytest.raises(ValueError, match=f"fewest is {fewest}; two states without a common roll call"):
        vote_similarity(roll_calls([[5, 0, 0], [0, 0, 0], [0, 0, 5]]), ["USA", "GBR"], 2001, fewest=fewest)


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        ([[0, 4], [0, 0]], {}, r"portfolio 0 has 4 towards 1; give 0 to 3"),
        ([[0, -1], [0, 0]], {}, "portfolio 0 has -1"),
        ([[0, np.nan], [0, 0]], {}, "must be a finite table"),
        ([0, 1], {}, "must be a finite table"),
        ([[0, 1], [0, 0]], {"weights": [1]}, r"weights have shape \(1,\); give one for each of the 2 columns"),
        ([[0, 1], [0, 0]], {"weights": [0, 0]}, "weights must be finite"),
        ([[0, 1], [0, 0]], {"weights": [1, -1]}, "weights must be finite"),
        ([[0, 1], [0, 0]], {"highest": 0}, "highest is 0"),
    ],
)
def test_portfolios_that_are_none(table, options, words):
    with pytest.raises(ValueError, match=words):
        signorino_ritter(table, **options)


def test_an_order_needs_two_columns():
    with pytest.raises(ValueError, match="one column; an order needs two"):
        kendall_tau_b([[1], [2]])


def test_years_of_events_are_checked():
    got = read_exercises(
        StringIO("MMEID,Ex_Name,Series_Name,s.year,s.month,StateA,StateB\nm1,A,B,1990,1,Japan,Australia\n")
    )
    with pytest.raises(ValueError, match="speaks about 1980-2010, not about 2014"):
        joint_events(got, ["JPN", "AUS"], 1990, 2014)
    with pytest.raises(ValueError, match="since 2000 lies after until 1990"):
        joint_events(got, ["JPN", "AUS"], 2000, 1990)
