"""models/releases: ties, conflicts, votes and SIPRI in the layouts they are downloaded in, and ways to be wrong."""

from io import StringIO

import pandas as pd
import pytest

from models.releases import (
    read_atop,
    read_contiguity,
    read_cow_alliances,
    read_dcad,
    read_exercises,
    read_mids,
    read_sipri,
    read_ucdp,
    read_un_ideal_points,
    read_un_votes,
    read_wars,
)

BY_MEMBER = (
    "version4id,ccode,state_name,all_st_day,all_st_month,all_st_year,all_end_day,all_end_month,all_end_year,ss_type,"
    "mem_st_day,mem_st_month,mem_st_year,mem_end_day,mem_end_month,mem_end_year,left_censor,right_censor,"
    "defense,neutrality,nonaggression,entente,version\n"
)
BY_DYAD = (
    "version4id,ccode1,state_name1,ccode2,state_name2,dyad_st_day,dyad_st_month,dyad_st_year,dyad_end_day,"
    "dyad_end_month,dyad_end_year,left_censor,right_censor,defense,neutrality,nonaggression,entente,asymmetric,version\n"
)
BY_DYAD_YEAR = (
    "version4id,ccode1,state_name1,ccode2,state_name2,dyad_st_year,dyad_end_year,left_censor,right_censor,defense,"
    "neutrality,nonaggression,entente,asymmetric,year,version\n"
)
ATOP = (
    "atopid,member,yrent,moent,dayent,ineffect,estmode,yrexit,moexit,dayexit,bilat,wartime,phase,defense,offense,"
    "neutral,nonagg,consul,active,conditio,milaid,milcon,intcom,base,armred,organ1,cow4id,version\n"
)
ATOP_DYADS = "dirdyad,ddyrid,atopally,defense,offense,neutral,nonagg,consul,stateA,stateB,year,version\n"
MIDB = (
    "dispnum,stabb,ccode,stday,stmon,styear,endday,endmon,endyear,sidea,revstate,revtype1,revtype2,fatality,fatalpre,"
    "hiact,hostlev,orig,version\n"
)
MIDA = (
    "dispnum,stday,stmon,styear,endday,endmon,endyear,outcome,settle,fatality,fatalpre,maxdur,mindur,hiact,hostlev,"
    "recip,numa,numb,ongo2014,version\n"
)
DYADIC = (
    "disno,dyindex,statea,namea,stateb,nameb,strtday,strtmnth,strtyr,endday,endmnth,endyear,year,outcome,fatlev,"
    "highact,hihost\n"
)
WARS = (
    "WarNum,WarName,WarType,ccode,StateName,Side,StartMonth1,StartDay1,StartYear1,EndMonth1,EndDay1,EndYear1,"
    "StartMonth2,StartDay2,StartYear2,EndMonth2,EndDay2,EndYear2,TransFrom,WhereFought,Initiator,Outcome,TransTo,"
    "BatDeath,Version\n"
)
CONTDIRD = "dyad,state1no,state1ab,state2no,state2ab,year,conttype,version\n"
CONTDIR = "dyad,statelno,statelab,statehno,statehab,conttype,begin,end,notes,version\n"
DCAD = "DCAid,ccode1,abbrev1,ccode2,abbrev2,signYear,EIFYear,type,category1,asymmetric,terminated,endYearEstimate\n"
DCAD_DYADS = "ccode1,abbrev1,ccode2,abbrev2,year,dcaGeneralV1,dcaGeneralV2,dcaSectorV1,dcaSectorV2,dcaAnyV1,dcaAnyV2\n"
MME = (
    "MMEID,Ex_Name,Series_Name,Location,lat,lon,StartDate,s.year,s.month,s.day,EndDate,e.year,e.month,e.day,CPX,Air,"
    "Land,Sea,Amphibious,Cyber,Warfighting,Peacekeeping,Humanitarian,FocusDescription,AdditionalParticipantInfo,"
    "StateA,StateB,StateC,StateD,StateZ,StateAA,StateAM\n"
)
UCDP = (
    "conflict_id,location,side_a,side_a_id,side_a_2nd,side_b,side_b_id,side_b_2nd,incompatibility,territory_name,year,"
    "intensity_level,cumulative_intensity,type_of_conflict,start_date,gwno_a,gwno_a_2nd,gwno_b,gwno_b_2nd,gwno_loc,"
    "region,version\n"
)
POINTS = "ccode,iso3c,Countryname,year,NVotesFP,IdealPointFP,Q5%FP,Q10%FP,Q50%FP,Q90%FP,Q95%FP,IdealPointAll\n"
SESSIONS = ",session,ccode,iso3c,IdealPointAll,NVotesAll,Q5%All,Q95%All,USAgree,RUSSIAagree,BrazilAgree,ChinaAgree\n"
VOTES = "rcid,ccode,member,session,date,vote\n"


def rows(frame, *columns):
    return frame[list(columns)].astype(object).where(frame[list(columns)].notna(), None).to_numpy().tolist()


# --- alliances


def cow_member(number, start, end="", pledges="1,0,0,0", alliance=210, version="4.1"):
    treaty = '"Some, State",4,4,1949,,,,"Type I: Defense Pact"'
    return f"{alliance},{number},{treaty},4,4,{start},,,{end},0,1,{pledges},{version}\n"


def test_cow_alliances_by_member():
    text = (
        BY_MEMBER
        + cow_member(200, 1949)
        + cow_member(255, 1990)
        + cow_member(315, 1955, 1991)
        + cow_member(325, 1949, 2000)
    )
    got = read_cow_alliances(StringIO(text))
    assert rows(got.frame, "alliance", "iso3", "start", "end", "defense") == [
        ["210", "GBR", 1949, None, 1],
        ["210", "DEU", 1990, None, 1],
        ["210", "ITA", 1949, 2000, 1],
    ]
    assert got.dropped["state"].tolist() == ["315"]
    assert got.covers == (1949, 2012)


def test_cow_alliances_by_dyad_in_alphabetical_order():
    line = "3,365,Russia,200,United Kingdom,1,1,1907,1,1,1917,0,0,0,0,0,1,0,4.1\n"
    got = read_cow_alliances(StringIO(BY_DYAD + line))
    assert rows(got.frame, "iso3_a", "iso3_b", "start", "end", "entente") == [["GBR", "RUS", 1907, 1917, 1]]


def test_cow_alliances_by_dyad_and_year_counts_both_directions_once():
    line = "3,{},a,{},b,1949,,0,1,1,0,0,0,0,1950,4.1\n"
    got = read_cow_alliances(StringIO(BY_DYAD_YEAR + line.format(2, 200) + line.format(200, 2)))
    assert rows(got.frame, "iso3_a", "iso3_b", "year", "defense") == [["GBR", "USA", 1950, 1]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BY_MEMBER + cow_member(200, 1949, 1948), "mem_end_year is '1948'; it must not lie before"),
        (BY_MEMBER + cow_member(200, 1949, pledges="2,0,0,0"), "defense is '2'; it must be 0 or 1"),
        (BY_MEMBER + cow_member(200, 1949, pledges="yes,0,0,0"), "defense is 'yes'; it must be a number"),
        (BY_MEMBER + cow_member("GBR", 1949), "ccode is 'GBR'; it must be a number"),
        (BY_MEMBER + cow_member(200, "4 April 1949"), "mem_st_year is '4 April 1949'"),
        (BY_MEMBER + cow_member(200, 49), "mem_st_year is '49'; it must be a year"),
        (BY_MEMBER + cow_member(260, 1995), "Gleditsch-Ward"),
        (BY_MEMBER + cow_member(679, 1995) + cow_member(340, 2007), "mixes"),
        (BY_MEMBER, "a header and no rows"),
        (BY_MEMBER.replace("entente", "alliance_type") + cow_member(200, 1949), "Not there: entente"),
        (BY_DYAD + "3,2,a,200,b,1,1,1950,1,1,1949,0,0,1,0,0,0,0,4.1\n", "dyad_end_year is '1949'"),
        (BY_MEMBER + cow_member(200, 1949)[:60] + "\n", "cells and the header"),
    ],
)
def test_wrong_files_of_cow_alliances(text, words):
    with pytest.raises(ValueError, match=words):
        read_cow_alliances(StringIO(text))


def atop_member(number, entry, leave=0, pledges="1,0,0,0,1", atopid=3180, version="5.1"):
    return f"{atopid},{number},{entry},4,4,0,1,{leave},0,0,0,0,1,{pledges},1,0,0,0,0,0,0,2,227,{version}\n"


def test_atop_by_member_where_zero_is_in_force(tmp_path):
    text = ATOP + atop_member(200, 1951) + atop_member(260, 1954, 1990) + atop_member(255, 1990) + atop_member(70, 1947)
    (tmp_path / "atop5_1m.csv").write_bytes(
        text.replace("version", "trait\xe9,version").replace(",5.1", ",\xe9,5.1").encode("latin-1")
    )
    got = read_atop(tmp_path / "atop5_1m.csv")
    assert rows(got.frame, "iso3", "start", "end", "defense", "nonagg") == [
        ["GBR", 1951, None, 1, 0],
        ["DEU", 1954, 1990, 1, 0],
        ["DEU", 1990, None, 1, 0],
    ]
    assert got.covers == (1947, 2018)
    assert {"phase", "active", "milcon"} <= set(got.frame.columns)


def test_atop_directed_dyads_keep_their_direction():
    text = ATOP_DYADS + "2740,1,1,1,0,0,0,1,2,740,2018,5.1\n7402,1,1,0,0,0,0,1,740,2,2018,5.1\n"
    got = read_atop(StringIO(text))
    assert rows(got.frame, "iso3_a", "iso3_b", "defense", "consul") == [["JPN", "USA", 0, 1], ["USA", "JPN", 1, 1]]


@pytest.mark.parametrize(
    ("reader", "last", "version"), [(read_cow_alliances, 2012, 4.1), (read_atop, 2018, 5.1), (read_atop, 2016, 5.0)]
)
def test_stata_copies_know_when_their_release_ends(tmp_path, reader, last, version):
    """Stata keeps 4.1 in four bytes, as 4.0999999."""
    if reader is read_atop:
        columns = {"atopid": 3180, "member": 200, "yrent": 1951, "yrexit": 0, "offense": 0, "neutral": 0, "nonagg": 0}
        columns |= {"consul": 1}
    else:
        columns = {"version4id": 210, "ccode": 200, "mem_st_year": 1949, "mem_end_year": 1960, "neutrality": 0}
        columns |= {"nonaggression": 0, "entente": 0}
    frame = pd.DataFrame([columns | {"defense": 1}]).assign(version=pd.Series([version], dtype="float32"))
    frame.to_stata(tmp_path / "alliances.dta", write_index=False)
    assert reader(tmp_path / "alliances.dta").covers[1] == last


def test_only_releases_of_states_and_years_say_which_row_a_row_is_from():
    """Those laid out by pairs are sorted, so a row of the file has another place there."""
    line = "3,{},a,{},b,1949,,0,1,1,0,0,0,0,1950,4.1\n"
    got = read_cow_alliances(StringIO(BY_DYAD_YEAR + line.format(2, 740) + line.format(2, 200)))
    assert got.frame["iso3_a"].tolist() == ["GBR", "JPN"]
    assert got.origin is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ATOP + atop_member(200, 1951, 1950), "yrexit is '1950'; it must not lie before the year of entry"),
        (ATOP + atop_member(200, 1951, pledges="3,0,0,0,0"), "defense is '3'; it must be 0 or 1"),
        (ATOP + atop_member(200, 1951, pledges="-1,0,0,0,0"), "defense is '-1'; it must not be negative"),
        (ATOP + atop_member(200, 1951, pledges="1,0,0,0,x"), "consul is 'x'"),
        (ATOP + atop_member(200.5, 1951), "member is '200.5'; it must be a whole number"),
        (ATOP + atop_member(200, 51), "yrent is '51'; it must be a year"),
        (ATOP + atop_member(200, 1951.5), "it must be a whole number"),
        (ATOP + atop_member(260, 1999), "Gleditsch-Ward"),
        (ATOP, "no rows"),
        (ATOP_DYADS.replace("stateB", "partner") + "1,1,1,1,0,0,0,1,2,740,2018,5.1\n", "Not there: stateb"),
        (
            "atopid,begyr,endyr,mem1,mem2,defense,offense,neutral,nonagg,consul\n1,1949,0,2,200,1,0,0,0,1\n",
            "ATOP, by alliance .* which no reader takes",
        ),
    ],
)
def test_wrong_files_of_atop(text, words):
    with pytest.raises(ValueError, match=words):
        read_atop(StringIO(text))


def test_a_member_without_a_year_of_entry_or_a_pledge_is_dropped():
    text = ATOP + atop_member(200, 0) + atop_member(220, 1951, pledges="-9,0,0,0,1") + atop_member(325, 1951)
    got = read_atop(StringIO(text))
    assert got.frame["iso3"].tolist() == ["ITA"]
    assert got.dropped["reason"].tolist() == ["no year in yrent", "defense is not known"]


# --- contiguity, agreements, exercises


def test_contiguity_by_year_and_by_spell_agree():
    by_year = "".join(f"2020,2,USA,20,CAN,{y},1,3.2\n20002,20,CAN,2,USA,{y},1,3.2\n" for y in (2014, 2015, 2016))
    one = read_contiguity(StringIO(CONTDIRD + by_year))
    two = read_contiguity(StringIO(CONTDIR + '2020,2,"USA",20,"CAN",1,201401,201612,"",3.2\n'))
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert rows(one.frame, "iso3_a", "iso3_b", "year", "contiguity")[0] == ["CAN", "USA", 2014, 1]
    assert one.covers == two.covers == (2014, 2016)


def test_borders_without_a_year_are_dropped_as_such():
    got = read_contiguity(StringIO(CONTDIRD + "1,2,USA,20,CAN,,1,3.2\n1,2,USA,20,CAN,2016,1,3.2\n"))
    assert got.dropped[["row", "reason"]].to_numpy().tolist() == [[1, "no year"]]
    assert got.frame["year"].tolist() == [2016]


def test_a_spell_that_changes_kind_in_a_year_keeps_the_closer():
    text = CONTDIR + "1,820,MAL,840,PHI,4,196309,196506,,3.2\n1,820,MAL,840,PHI,3,196507,196612,,3.2\n"
    got = read_contiguity(StringIO(text))
    assert rows(got.frame, "year", "contiguity") == [[1963, 4], [1964, 4], [1965, 3], [1966, 3]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CONTDIRD + "1,2,USA,20,CAN,2016,0,3.2\n", "conttype is '0'; it must be 1 to 5"),
        (CONTDIRD + "1,2,USA,20,CAN,2016,6,3.2\n", "conttype is '6'"),
        (CONTDIRD + "1,2,USA,20,CAN,2016,,3.2\n", "conttype is ''; it must be 1 to 5"),
        (CONTDIRD + "1,2,USA,20,CAN,16,1,3.2\n", "year is '16'"),
        (CONTDIRD + "1,USA,USA,20,CAN,2016,1,3.2\n", "state1no is 'USA'"),
        (CONTDIRD + "1,260,GFR,220,FRN,2016,1,3.2\n", "Gleditsch-Ward"),
        (CONTDIR + "1,2,USA,20,CAN,1,201612,201401,,3.2\n", "end is '201401'; it must not lie before"),
        (CONTDIR + "1,2,USA,20,CAN,1,Jan 2014,201612,,3.2\n", "begin is 'Jan 2014'"),
        (CONTDIR + "1,2,USA,20,CAN,1,2014,2016,,3.2\n", "begin is '2014'; it must be a year and month"),
        (CONTDIR + "1,2,USA,20,CAN,1,201401,201613,,3.2\n", "end is '201613'; it must be a year and month"),
        (CONTDIR + "1,2,USA,20,CAN,1,201401,99999999999,,3.2\n", "end is '99999999999'; it must be a year and month"),
        (CONTDIRD + "1,2,USA,20,CAN,,1,3.2\n", "text: no row has a year"),
        (CONTDIR, "no rows"),
        (CONTDIR.replace("statelno", "ccode1") + "1,2,USA,20,CAN,1,201401,201612,,3.2\n", "Not there: statelno"),
    ],
)
def test_wrong_files_of_contiguity(text, words):
    with pytest.raises(ValueError, match=words):
        read_contiguity(StringIO(text))


def test_dcad_by_agreement_and_by_dyad():
    text = (
        DCAD
        + "DCADv1.0-0001,2,USA,20,CAN,1984,1984,sector,PROCUREMENT,1,0,2010\n"
        + "DCADv1.0-0009,2,USA,70,MEX,1999,-9,general,DCA,0,0,2010\n"
    )
    got = read_dcad(StringIO(text))
    assert rows(got.frame, "agreement", "iso3_a", "iso3_b", "signed", "in_force", "kind") == [
        ["DCADv1.0-0001", "CAN", "USA", 1984, 1984, "sector"]
    ]
    years = read_dcad(StringIO(DCAD_DYADS + "2,USA,20,CAN,1990,1,1,0,0,1,1\n20,CAN,2,USA,1990,1,1,0,0,1,1\n"))
    assert rows(years.frame, "iso3_a", "iso3_b", "year", "dcaanyv1", "dcasectorv1") == [["CAN", "USA", 1990, 1, 0]]
    assert years.covers == (1980, 2010)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (DCAD + "D1,2,USA,20,CAN,84,1984,sector,X,1,0,2010\n", "signyear is '84'"),
        (DCAD + "D1,2,USA,20,CAN,1984,soon,sector,X,1,0,2010\n", "eifyear is 'soon'"),
        (DCAD + "D1,USA,USA,20,CAN,1984,1984,sector,X,1,0,2010\n", "ccode1 is 'USA'"),
        (DCAD + "D1,260,GFR,20,CAN,1999,1999,sector,X,1,0,2010\n", "Gleditsch-Ward"),
        (DCAD_DYADS + "2,USA,20,CAN,1990,2,1,0,0,1,1\n", "dcageneralv1 is '2'; it must be 0 or 1"),
        (DCAD_DYADS + "2,USA,20,CAN,1990,1,1,0,0,x,1\n", "dcaanyv1 is 'x'"),
        (DCAD.replace("signYear", "year_signed") + "D1,2,U,20,C,1984,1984,s,X,1,0,2010\n", "Not there: signyear"),
        (DCAD, "no rows"),
    ],
)
def test_wrong_files_of_dcad(text, words):
    with pytest.raises(ValueError, match=words):
        read_dcad(StringIO(text))


def exercise(number, *states, year=1980, month="2", name="RIMPAC 80"):
    cells = [*states, *[""] * (7 - len(states))]
    about = f'{name},RIMPAC,"Pacific, mid",1,1,2/26/80,{year},{month},26,3/18/80,{year},3,18'
    return f'mme{number},{about},0,1,0,1,0,0,1,0,0,"four, ships",,{",".join(cells)}\n'


def test_exercises_name_their_participants():
    text = (
        MME
        + exercise(89, "Australia", "Federal Republic of Germany", "-9", "United States")
        + exercise(90, "German Democratic Republic", "Russia", "Czechoslovakia", month="xx", name="-9")
        + exercise(91, "Gabon", "France", "Freedonia")
    )
    got = read_exercises(StringIO(text))
    assert rows(got.frame, "exercise", "iso3", "month", "name", "participants") == [
        ["mme89", "AUS", 2, "RIMPAC 80", 3],
        ["mme89", "DEU", 2, "RIMPAC 80", 3],
        ["mme89", "USA", 2, "RIMPAC 80", 3],
        ["mme90", "RUS", None, "", 3],
        ["mme91", "FRA", 2, "RIMPAC 80", 3],
    ]
    assert dict(zip(got.dropped["state"], got.dropped["reason"], strict=True)) == {
        "German Democratic Republic": "outside the 100 states",
        "Czechoslovakia": "outside the 100 states",
        "Gabon": "outside the 100 states",
        "Freedonia": "unknown name",
    }
    assert got.notes[0].startswith("3 exercises")


def test_a_participant_named_twice_counts_once():
    """Version 7 names Russia twice in Blackseafor 2002, which had six participants."""
    text = MME + exercise(2163, "Bulgaria", "Georgia", "Romania", "Russia", "Russia", "Turkey", "Ukraine", year=2002)
    got = read_exercises(StringIO(text))
    assert got.frame["iso3"].tolist() == ["BGR", "GEO", "ROU", "RUS", "TUR", "UKR"]
    assert set(got.frame["participants"]) == {6}


def test_exercises_know_the_names_of_states_that_the_release_writes():
    names = ["Congo - Brazzaville", "Congo - Kinshasa", "São Tomé & Príncipe", "Bosnia & Herzegovina", "Eswatini"]
    got = read_exercises(StringIO(MME + exercise(1, *names)), states="all")
    assert got.frame["iso3"].tolist() == ["COG", "COD", "STP", "BIH", "SWZ"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MME + exercise(1, "Japan") * 2, "row 2: exercise 'mme1' appears twice"),
        (MME + exercise(1, "Japan", year="80"), "s.year is '80'"),
        (MME + exercise(1, "Japan", year="in 1980"), "s.year is 'in 1980'"),
        (MME + exercise(1, "Korea, South", "Japan"), "cells and the header"),
        (MME.replace("s.year", "start_year") + exercise(1, "Japan"), "Not there: s.year"),
        (MME, "no rows"),
    ],
)
def test_wrong_files_of_exercises(text, words):
    with pytest.raises(ValueError, match=words):
        read_exercises(StringIO(text))


# --- conflicts


def party(number, side, start, end, hostility=3, fatality=0, dispute=10):
    (d1, m1, y1), (d2, m2, y2) = start, end
    return f"{dispute},XXX,{number},{d1},{m1},{y1},{d2},{m2},{y2},{side},0,-9,-9,{fatality},-9,7,{hostility},1,5\n"


def test_disputes_pair_opposite_sides_on_days_they_share():
    text = (
        MIDB
        + party(2, 1, (1, 3, 1990), (30, 6, 1992), hostility=4, fatality=2)
        + party(200, 1, (1, 3, 1990), (1, 2, 1991))
        + party(365, 0, (-9, 2, 1991), (-9, 12, 1991), fatality=-9)  # first of February to the end of December
        + party(220, 0, (1, 1, 1993), (1, 2, 1993))  # after all others
        + party(70, 0, (1, 3, 1990), (1, 3, 1990))
    )
    got = read_mids(StringIO(text))
    assert rows(got.frame, "dispute", "iso3_a", "iso3_b", "year", "onset", "hostility", "fatality") == [
        ["10", "GBR", "RUS", 1991, 1, 3, 0],
        ["10", "RUS", "USA", 1991, 1, 4, 2],
    ]
    assert got.dropped["state"].tolist() == ["70"]


def test_a_state_that_changes_sides_meets_both():
    text = (
        MIDB
        + party(325, 0, (10, 6, 1940), (8, 9, 1943))
        + party(325, 1, (13, 10, 1943), (7, 5, 1945))
        + party(200, 1, (3, 9, 1939), (7, 5, 1945))
        + party(255, 0, (1, 9, 1939), (7, 5, 1945))
    )
    got = read_mids(StringIO(text)).frame
    pairs = got.groupby(["iso3_a", "iso3_b"])["year"].agg(["min", "max"])
    assert pairs.loc[("GBR", "ITA")].tolist() == [1940, 1943]
    assert pairs.loc[("DEU", "ITA")].tolist() == [1943, 1945]
    assert pairs.loc[("DEU", "GBR")].tolist() == [1939, 1945]
    assert got.query("onset == 1").shape[0] == 3


def test_disputes_by_dyad_and_year():
    line = "7,1,{},a,{},b,1,1,1990,1,1,1991,{},5,1,12,4\n"
    text = DYADIC + line.format(365, 2, 1990) + line.format(2, 365, 1990) + line.format(365, 2, 1991)
    got = read_mids(StringIO(text))
    assert rows(got.frame, "iso3_a", "iso3_b", "year", "onset", "hostility") == [
        ["RUS", "USA", 1990, 1, 4],
        ["RUS", "USA", 1991, 0, 4],
    ]


def test_disputes_by_dispute_name_no_states():
    got = read_mids(StringIO(MIDA + "2,-9,7,1902,24,1,1903,6,1,0,0,208,178,7,3,0,1,1,0,5\n"))
    assert rows(got.frame, "dispute", "start", "end", "hostility", "states_a") == [["2", 1902, 1903, 3, 1]]
    assert got.keys == ("dispute",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MIDB + party(2, 2, (1, 1, 1990), (1, 1, 1991)), "sidea is '2'; it must be 0 or 1"),
        (MIDB + party(2, "", (1, 1, 1990), (1, 1, 1991)), "sidea is ''; it must be 0 or 1"),
        (MIDB + party(2, 1, (31, 2, 1990), (1, 1, 1991)), "stday is '31'; it must be a day of that month"),
        (MIDB + party(2, 1, (1, 13, 1990), (1, 1, 1991)), "stmon is '13'; it must be a month"),
        (MIDB + party(2, 1, (1, 0, 1990), (1, 1, 1991)), "stmon is '0'; it must be a month"),
        (MIDB + party(2, 1, (1, 1, 1992), (1, 1, 1991)), "endyear is '1991'; it must not lie before the start"),
        (MIDB + party(2, 1, (1, 1, -9), (1, 1, 1991)), "styear is '-9'; it must be a year"),
        (MIDB + party(2, 1, (1, 1, ""), (1, 1, 1991)), "styear is ''; it must be a year"),
        (MIDB + party(2, 1, (1, 1, 1990), (1, 1, 1991), hostility="war"), "hostlev is 'war'"),
        (MIDB + party(2, 1, (1, 1, 1990), (1, 1, 1991), hostility=6), "hostlev is '6'; it must be 1 to 5, or -9"),
        (MIDB + party(2, 1, (1, 1, 1990), (1, 1, 1991), fatality=-5), "fatality is '-5'; it must be 0 to 6, or -9"),
        (MIDA + "2,-9,7,1902,24,1,1903,6,1,7,0,208,178,7,3,0,1,1,0,5\n", "fatality is '7'; it must be 0 to 6"),
        (MIDA + "2,-9,7,,24,1,1903,6,1,0,0,208,178,7,3,0,1,1,0,5\n", "styear is ''; it must be a year"),
        (DYADIC + "7,1,2,a,365,b,1,1,1990,1,1,1991,,5,1,12,4\n", "text: no row has a year"),
        (DYADIC + "7,1,2,a,365,b,1,1,1990,1,1,1991,1990,5,1,12,8\n", "hihost is '8'; it must be 1 to 5"),
        (MIDB + party(679, 1, (1, 1, 1999), (1, 1, 1999)) + party(340, 0, (1, 1, 2010), (1, 1, 2010)), "mixes"),
        (MIDA + "2,-9,7,1904,24,1,1903,6,1,0,0,208,178,7,3,0,1,1,0,5\n", "endyear is '1903'"),
        (DYADIC.replace("hihost", "host") + "7,1,2,a,365,b,1,1,1990,1,1,1991,1990,5,1,12,4\n", "Not there: hihost"),
    ],
)
def test_wrong_files_of_disputes(text, words):
    with pytest.raises(ValueError, match=words):
        read_mids(StringIO(text))


def war(number, side, years="1,1,1939,1,1,1945", again="-8,-8,-8,-8,-8,-8", deaths='"383,700"', initiator=2):
    return f"139,World War II,1,{number},X,{side},{years},{again},-8,11,{initiator},1,-8,{deaths},4\n"


def test_wars_with_commas_codes_and_carriage_returns(tmp_path):
    text = (
        WARS
        + war(200, 1)
        + war(220, 1, again="10,23,1944,5,7,1945", deaths="-9")
        + war(300, 1)
        + war(255, 2, initiator=1)
    )
    (tmp_path / "Inter-StateWarData_v4.0.csv").write_bytes(text.replace("\n", "\r").encode())
    got = read_wars(tmp_path / "Inter-StateWarData_v4.0.csv")
    assert rows(got.frame, "iso3", "side", "start", "end", "start2", "initiator", "battle_deaths") == [
        ["GBR", 1, 1939, 1945, None, 0, 383700],
        ["FRA", 1, 1939, 1945, 1944, 0, None],
        ["DEU", 2, 1939, 1945, None, 1, 383700],
    ]
    assert got.blank == {"battle_deaths": 1}
    assert got.dropped["reason"].tolist() == ["outside the 100 states"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (WARS + war(200, 3), "side is '3'; it must be 1 or 2"),
        (WARS + war(200, ""), "side is ''"),
        (WARS + war(200, 1, deaths="-5"), "batdeath is '-5'; it must not be negative"),
        (WARS + war(200, 1, deaths="many"), "batdeath is 'many'"),
        (WARS + war(200, 1, deaths="1,500"), "cells and the header"),
        (WARS + war(200, 1, years="1,1,39,1,1,45"), "startyear1 is '39'"),
        (WARS + war(340, 1, years="1,1,2010,1,1,2011"), "Gleditsch-Ward"),
        (WARS + war(200, 1, years="1,1,1941,1,1,1940"), "endyear1 is '1940'; it must not lie before the year of entry"),
        (WARS + war(220, 1, again="10,23,1944,5,7,1943"), "endyear2 is '1943'; it must not lie before"),
        (WARS.replace("Side", "Party") + war(200, 1), "Not there: side"),
        (WARS, "no rows"),
    ],
)
def test_wrong_files_of_wars(text, words):
    with pytest.raises(ValueError, match=words):
        read_wars(StringIO(text))


def conflict(a, a2, b, b2, year=2024, kind=2, level=2, number=13243):
    quoted = ",".join(f'"{cell}"' for cell in (a, a2, b, b2))
    return f"{number},Place,A,1,,B,2,,1,Donbas,{year},{level},1,{kind},2014-04-13,{quoted},369,1,25.1\n"


def test_ucdp_names_parties_and_supporters_by_gleditsch_ward_numbers():
    text = (
        UCDP
        + conflict("365", "731", "369", "")
        + conflict("678", "670, 696", "", "", year=2015, kind=4)
        + conflict("70", "", "", "")
    )
    got = read_ucdp(StringIO(text))
    assert rows(got.frame, "iso3", "side", "role", "kind") == [
        ["RUS", "a", "party", "interstate"],
        ["PRK", "a", "supporter", "interstate"],
        ["UKR", "b", "party", "interstate"],
        ["YEM", "a", "party", "internationalized intrastate"],
        ["SAU", "a", "supporter", "internationalized intrastate"],
        ["ARE", "a", "supporter", "internationalized intrastate"],
    ]
    assert got.rows == 7
    assert got.dropped["reason"].tolist() == ["outside the 100 states"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (UCDP + conflict("365", "", "369", "", kind=5), "type_of_conflict is '5'; it must be 1 to 4"),
        (UCDP + conflict("365", "", "369", "", kind=""), "type_of_conflict is ''"),
        (UCDP + conflict("RUS", "", "369", ""), "number is 'RUS'"),
        (UCDP + conflict("365; 369", "", "", ""), "number is '365; 369'"),
        (UCDP + conflict("365", "", "369", "", year=24), "year is '24'"),
        (UCDP + conflict("365", "", "369", "", level="war"), "intensity_level is 'war'"),
        (UCDP + conflict("365", "", "369", "", level=3), "intensity_level is '3'; it must be 1 or 2"),
        (UCDP + conflict("365", "", "369", "", level=""), "intensity_level is ''; it must be 1 or 2"),
        (UCDP + conflict("255", "", "369", ""), "Correlates of War numbers"),
        (UCDP + conflict("", "", "", ""), "no row names a state"),
        (UCDP.replace("gwno_b_2nd", "gwno_b2") + conflict("365", "", "369", ""), "Not there: gwno_b_2nd"),
        (UCDP, "no rows"),
    ],
)
def test_wrong_files_of_ucdp(text, words):
    with pytest.raises(ValueError, match=words):
        read_ucdp(StringIO(text))


# --- votes


def test_ideal_points_of_2025(tmp_path):
    text = (
        POINTS
        + '740,JPN,"Japan",2023,80,0.9,0.8,0.82,0.9,0.98,1.0,0.7\n345,YUG,Yugoslavia,1985,90,-0.5,-0.6,,,,-0.4,\n'
        + "70,MEX,Mexico,2023,80,0,0,0,0,0,0,0\n"
    )
    got = read_un_ideal_points(StringIO(text))
    assert rows(got.frame, "iso3", "year", "ideal_point", "ideal_point_low", "votes", "ideal_point_all") == [
        ["JPN", 2023, 0.9, 0.8, 80, 0.7],
        ["SRB", 1985, -0.5, -0.6, 90, None],
    ]
    (tmp_path / "Idealpoints.tab").write_text(text.replace(",", "\t"), encoding="utf-8")
    pd.testing.assert_frame_equal(read_un_ideal_points(tmp_path / "Idealpoints.tab").frame, got.frame)
    frame = pd.read_csv(StringIO(text)).rename(columns=lambda name: name.lower().replace("%", ""))
    frame.to_stata(tmp_path / "IdealpointsJuly2025.dta", write_index=False)
    pd.testing.assert_frame_equal(read_un_ideal_points(tmp_path / "IdealpointsJuly2025.dta").frame, got.frame)


def test_ideal_points_by_session():
    got = read_un_ideal_points(StringIO(SESSIONS + "1,78,740,JPN,0.7,90,0.6,0.8,0.65,0.2,0.5,0.4\n"))
    assert rows(got.frame, "iso3", "year", "ideal_point_all", "agree_usa", "agree_bra") == [
        ["JPN", 2023, 0.7, 0.65, 0.5]
    ]
    assert got.figures == ("ideal_point_all",)


def test_codes_that_disagree_are_dropped():
    got = read_un_ideal_points(StringIO("ccode,iso3c,year,IdealPointFP\n740,KOR,2023,0.9\n740,,2022,0.8\n"))
    assert rows(got.frame, "iso3", "year") == [["JPN", 2022]]
    assert got.dropped["reason"].tolist() == ["ISO code and number mean different states"]


@pytest.mark.parametrize(("number", "code"), [(315, "CZE"), (680, "YEM"), (817, "VNM"), (265, "DEU"), (300, "AUT")])
def test_a_state_that_is_gone_is_not_its_neighbour(number, code):
    """The number says which state it was, whether or not that state is one of those to keep."""
    got = read_un_ideal_points(StringIO(f"ccode,iso3c,year,IdealPointFP\n{number},{code},1975,0.9\n740,JPN,1975,0\n"))
    assert got.frame["iso3"].tolist() == ["JPN"]
    assert got.dropped["reason"].tolist() == ["ISO code and number mean different states"]


@pytest.mark.parametrize("states", [None, "all"])
def test_a_state_whose_number_its_successor_kept_is_that_successor(states):
    text = "ccode,iso3c,year,IdealPointFP\n365,SUN,1975,-2\n345,YUG,1975,-1\n345,SCG,2004,0.5\n"
    got = read_un_ideal_points(StringIO(text), states=states)
    assert rows(got.frame, "iso3", "year") == [["RUS", 1975], ["SRB", 1975], ["SRB", 2004]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ccode,year,IdealPointFP\n740,2023,50\n", "idealpointfp is '50'; it must lie within 10 of zero"),
        ("ccode,session,IdealPointAll\n740,2023,0.1\n", "session is '2023'; it must be the number of a session"),
        ("ccode,session,IdealPointAll\n740,0,0.1\n", "session is '0'; it must be the number of a session"),
        ("ccode,year,IdealPointFP\n740,2023,x\n", "idealpointfp is 'x'"),
        ("ccode,year,IdealPointFP\n740,23,0.1\n", "year is '23'"),
        ("ccode,year,IdealPointFP\n740,2023,0.1\n740,2023,0.2\n", "both give JPN in 2023"),
        ("ccode,year,IdealPointFP\n260,2023,0.1\n", "Gleditsch-Ward"),
        ("ccode,year,IdealPointFP\n260,2023,0.1\n679,2023,0.1\n", "mixes"),
        ("ccode,year,ideal\n740,2023,0.1\n", "Not there: idealpointfp"),
        ("ccode,session,IdealPointAll,USAgree\n740,78,0.1,65\n", "usagree is '65'; it must be a share"),
        ("ccode,session,IdealPointAll\n740,78.5,0.1\n", "session is '78.5'"),
        ("ccode,year,IdealPointFP\nJPN,2023,0.1\n", "ccode is 'JPN'"),
        ("ccode,year,IdealPointFP\n", "no rows"),
    ],
)
def test_wrong_files_of_ideal_points(text, words):
    with pytest.raises(ValueError, match=words):
        read_un_ideal_points(StringIO(text))


def test_votes_of_those_who_voted():
    text = (
        VOTES
        + "9001,740,1,56,2002-01-24,1\n9001,2,1,56,2002-01-24,3\n9001,710,1,56,2002-01-24,8\n"
        + "9001,225,0,56,2002-01-24,9\n9001,200,1,56,2002-01-24,\n9001,70,1,56,2002-01-24,1\n"
    )
    got = read_un_votes(StringIO(text))
    assert rows(got.frame, "rollcall", "iso3", "year", "vote") == [["9001", "JPN", 2002, 1], ["9001", "USA", 2002, 3]]
    assert got.dropped["reason"].tolist() == ["absent (8)", "not a member (9)", "no vote", "outside the 100 states"]
    other = read_un_votes(StringIO("rcid,ccode,session,vote\n9001,740,56,1\n"))
    assert other.frame["year"].tolist() == [2001]
    slashed = read_un_votes(StringIO("rcid,ccode,date,vote\n9001,740,1/24/2002,1\n"))
    assert slashed.frame["year"].tolist() == [2002]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (VOTES + "9001,740,1,56,2002-01-24,4\n", "vote is '4'; it must be 1 yes"),
        (VOTES + "9001,740,1,56,2002-01-24,yes\n", "vote is 'yes'"),
        (VOTES + "9001,740,1,56,24 January 2002,1\n", "date is '24 January 2002'; it must be a date"),
        (VOTES + "9001,740,1,56,20020124,1\n", "date is '20020124'"),
        (VOTES + "9001,740,1,56,2002-13-24,1\n", "date is '2002-13-24'; it must be a date"),
        (VOTES + "9001,740,1,56,9999-01-01,1\n", "date is '9999-01-01'; it must be a date"),
        ("rcid,ccode,session,vote\n9001,740,99999,1\n", "session is '99999'; it must be the number of a session"),
        (VOTES + "9001,740,1,56,2002-01-24,1\n9001,740,1,56,2002-01-24,3\n", "JPN votes twice in roll call 9001"),
        (VOTES + "9001,JPN,1,56,2002-01-24,1\n", "ccode is 'JPN'"),
        (VOTES + "9001,678,1,56,2002-01-24,1\n", "Gleditsch-Ward"),
        ("rcid,ccode,vote\n9001,740,1\n", "has neither date nor session"),
        ("rcid,country,vote\n9001,Japan,1\n", "Not there: ccode"),
        (VOTES, "no rows"),
    ],
)
def test_wrong_files_of_votes(text, words):
    with pytest.raises(ValueError, match=words):
        read_un_votes(StringIO(text))


# --- SIPRI


@pytest.fixture
def workbook(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")

    def write(sheets, name="SIPRI-Milex-data-1949-2025_v1.2.xlsx"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, lines in sheets.items():
            sheet = book.create_sheet(title)
            for line in lines:
                sheet.append(line)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


TITLE = [["Military expenditure by country, in millions of US$"], ["Figures are in US $m."], [], ['"..." no data'], []]
REGION = ["Africa", None, None, None]


def sheet(*lines, header=("Country", "Notes", 2022, 2023)):
    return [*TITLE, list(header), [], REGION, *(list(line) for line in lines)]


CONSTANT = sheet(
    ("USA", None, 860_000.0, 880_000.0),
    ("United Kingdom", "2", 66_000, 69_000),
    ("France", None, 55_000, 59_000),
    ("Korea, South", None, 47_000, "..."),
    ("Viet Nam", None, ". .", None),
    ("Türkiye", None, 11_000, 15_000),
    ("USSR", None, "xxx", "xxx"),
    ("Montenegro", None, "xxx", 100),
    ("Mexico", None, 9_000, 9_000),
    ("Freedonia", None, 1, 1),
)


def test_sipri_constant_dollars(workbook):
    path = workbook({"Front page": [["SIPRI"]], "Regional totals": [["World"]], "Constant (2023) US$": CONSTANT})
    got = read_sipri(path)
    table = got.frame.set_index(["iso3", "year"])["milex_musd_constant"]
    assert table["USA", 2023] == 880_000
    assert table["TUR", 2022] == 11_000
    assert got.units == {"milex_musd_constant": "million US dollars of 2023"}
    assert got.rows == 20
    assert len(got.frame) == 10
    assert got.dropped["reason"].value_counts().to_dict() == {
        "outside the 100 states": 4,
        "no figure (...)": 3,
        "unknown name": 2,
        "the state did not exist (xxx)": 1,
    }
    assert "Constant (2023)" in got.source


def test_sipri_shares_and_current_dollars_and_older_titles(workbook):
    shares = sheet(("France", None, 0.019, 0.021), ("Israel", None, 0.045, 0.053))
    path = workbook({"Share of GDP": shares, "Current USD": CONSTANT[:11]})
    assert read_sipri(path, "share").frame["milex_share_gdp"].tolist() == [0.019, 0.021, 0.045, 0.053]
    current = read_sipri(path, "current")
    assert current.units == {"milex_musd": "million current US dollars"}


@pytest.mark.parametrize(
    ("title", "lines", "which", "words"),
    [
        (
            "Constant (2023) US$",
            sheet(("France", None, "n.a.", 1)),
            "constant",
            "figure is 'n.a.'; it must be a number",
        ),
        ("Constant (2023) US$", sheet(("France", None, -5, 1)), "constant", "must not be negative"),
        (
            "Constant (2023) US$",
            sheet(("France", None, 1, 1), ("France", None, 1, 1)),
            "constant",
            "both give FRA in 2022",
        ),
        ("Constant (2023) US$", sheet(header=("State", "Notes", 2022)), "constant", "no row begins with Country"),
        ("Constant (2023) US$", sheet(header=("Country", "Notes", "last")), "constant", "no column is a year"),
        ("Per capita", CONSTANT, "constant", "no sheet for 'constant'; its sheets are Per capita"),
        ("Share of GDP", sheet(("France", None, 1.9, 1.9)), "share", "is it in per cent"),
        ("Share of GDP", sheet(("France", None, 5.9, 1.9)), "share", "figure is '5.9'; it must be a share of GDP"),
        (
            "Current US$",
            [
                *sheet(),
                *[[n, None, v * 1e6, v * 1e6] for n, v in (("USA", 860_000), ("France", 55_000), ("Japan", 46_000))],
            ],
            "current",
            "say unit='USD'|as USD it would be",
        ),
        ("Current US$", CONSTANT, "constat", "sheet 'constat' is not one of .* did you mean 'constant'"),
    ],
)
def test_wrong_workbooks_of_sipri(workbook, title, lines, which, words):
    with pytest.raises(ValueError, match=words):
        read_sipri(workbook({title: lines}), which)


def test_sipri_needs_the_workbook_itself(tmp_path, monkeypatch):
    pytest.importorskip("openpyxl")
    (tmp_path / "milex.csv").write_text("Country,2022\nFrance,1\n")
    with pytest.raises(ValueError, match=r"milex[.]csv is not a workbook"):
        read_sipri(tmp_path / "milex.csv")
    (tmp_path / "milex.xlsx").write_text("this is no workbook")
    with pytest.raises(ValueError, match="cannot be opened as a workbook"):
        read_sipri(tmp_path / "milex.xlsx")


def test_sipri_says_which_package_is_missing(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (tmp_path / "milex.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(ImportError, match="needs the package openpyxl"):
        read_sipri(tmp_path / "milex.xlsx")


def test_votes_without_a_roll_call_are_dropped():
    got = read_un_votes(StringIO(VOTES + ",740,1,56,2002-01-24,1\n9001,740,1,56,2002-01-24,1\n"))
    assert got.frame["rollcall"].tolist() == ["9001"]
    assert got.dropped["reason"].tolist() == ["no roll call"]
