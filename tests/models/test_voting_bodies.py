"""models/voting_bodies.py"""

import csv
import json
from fractions import Fraction
from pathlib import Path

import pytest

import models.voting_bodies
from coalitions.families.voting_counts import counts_of_table
from coalitions.families.voting_power import winning_counts
from coalitions.values.power import normalized_banzhaf_index, shapley_shubik_index
from models.voting_bodies import (
    POPULATION_2023,
    eu_council,
    monetary_fund,
    nice_council,
    security_council,
    weighted_council,
)

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "data" / "fixtures" / "power_indices.csv"
BODIES = {
    "UNSC 15 (1966-)": lambda: security_council(),
    "UNSC 11 (1946-1965)": lambda: security_council(1965),
    "EEC 6 (1958-1972)": lambda: weighted_council(1972),
    "EC 9 (1973-1980)": lambda: weighted_council(1973),
    "EC 10 (1981-1985)": lambda: weighted_council(1985),
    "EC 12 (1986-1994)": lambda: weighted_council(1986),
    "EU 15 (1995-2004)": lambda: weighted_council(2003),
}

# --- published


def test_five_permanent_members_hold_nearly_all_of_the_security_council():
    # Straffin 1993; Felsenthal and Machover 1998
    now, then = shapley_shubik_index(security_council()), shapley_shubik_index(security_council(1950))
    assert (now["CHN"], now["elected 10"]) == (Fraction(421, 2145), Fraction(4, 2145))
    assert (then["SUN"], then["elected 6"]) == (Fraction(76, 385), Fraction(1, 462))


@pytest.mark.skipif(not FIXTURES.exists(), reason="../shared is not there")
@pytest.mark.parametrize("name", BODIES)
def test_power_in_bodies_of_the_past(name):
    body = BODIES[name]()
    with FIXTURES.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["body"] == name]
    for index, column in ((shapley_shubik_index, "shapley_shubik"), (normalized_banzhaf_index, "banzhaf_normalised")):
        printed = [Fraction(row[column]) for row in rows for _ in range(int(row["count"]))]
        assert sorted(index(body)) == sorted(printed)
    if rows[0]["quota"]:
        assert body.quota == int(rows[0]["quota"])
        assert sorted(body.weights) == sorted(int(row["weight"]) for row in rows for _ in range(int(row["count"])))


def test_the_union_has_the_population_that_eurostat_printed():
    assert len(POPULATION_2023) == 27
    assert sum(POPULATION_2023.values()) == 448_387_872  # the total of the 27 in the same table


NICE_POPULATION = (  # thousands, in the order of the rule's states: the published case of the Council of 27
    *(82038, 58966, 59247, 57612, 39394, 38667, 22489, 15760, 10213, 10290, 10533, 10092, 9980, 8082, 8230, 8854),
    *(5313, 5160, 3744, 3701, 5393, 752, 1446, 429, 2439, 1978, 379),
)
"""Of nice_council(2007)."""


@pytest.mark.parametrize(
    ("date", "quota", "total", "members", "of"),
    [
        ((2004, 11), 232, 321, 13, 25),
        ((2006, 12), 232, 321, 13, 25),
        ((2007, 1), 255, 345, 14, 27),
        ((2013, 6), 255, 345, 14, 27),
        ((2013, 7), 260, 352, 15, 28),
        ((2014, 10), 260, 352, 15, 28),
    ],
)
def test_the_nice_rules_are_those_of_the_acts_of_accession(date, quota, total, members, of):
    council = nice_council(*date)
    (votes,) = council.rules
    assert (votes.quota, votes.total, council.count_quota, council.n) == (quota, total, members, of)
    assert nice_council(*date, proposed=False).count_quota == {25: 17, 27: 18, 28: 19}[of]


@pytest.mark.parametrize(
    ("first", "members"), [((1973, 1), 9), ((1981, 1), 10), ((1986, 1), 12), ((1995, 1), 15), ((2004, 5), 25)]
)
def test_accessions_count_from_their_month(first, members):
    year, month = first
    before = (year, month - 1) if month > 1 else (year - 1, 12)
    assert weighted_council(*first).n == members
    assert weighted_council(*before).n < members


def test_the_security_council_changed_in_1966_and_a_seat_its_name_after_1991():
    assert [security_council(year).n for year in (1946, 1965, 1966)] == [11, 11, 15]
    assert "SUN" in security_council(1991).players
    assert "RUS" in security_council(1992).players


def test_the_six_months_before_nice_had_124_votes():
    before = weighted_council(2004, 5)
    assert (before.quota, before.total, before.n) == (88, 124, 25)
    assert weighted_council(2004, 4).n == 15
    assert set(before.players) == set(nice_council(2004, 11).players)


@pytest.mark.skipif(not FIXTURES.exists(), reason="../shared is not there")
def test_power_under_nice_is_that_of_the_published_case():
    cases = json.loads((FIXTURES.parents[2] / "cases" / "power.json").read_text())["cases"]
    case = next(case for case in cases if case["id"] == "power-eu27-nice-triple")
    states = nice_council(2007).players
    council = nice_council(2007, populations=dict(zip(states, NICE_POPULATION, strict=True)))
    people = council.rules[1]
    assert people.quota <= int(case["game"]["criteria"][1]["quota"]) < people.quota + 1
    assert sorted(map(Fraction, case["expected"]["shapley_shubik"])) == sorted(shapley_shubik_index(council))
    assert sorted(map(Fraction, case["expected"]["banzhaf_normalized"])) == sorted(normalized_banzhaf_index(council))


def test_the_fund_has_the_votes_it_printed():
    with (Path(models.voting_bodies.__file__).parent / "data" / "imf_votes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["iso3"] for row in rows}) == len(rows) == 190
    assert sum(Fraction(row["quota_msdr"]) for row in rows) == 476_272
    assert sum(int(row["votes"]) for row in rows) == 5_039_930
    basic = {int(row["votes"]) - 10 * Fraction(row["quota_msdr"]) for row in rows}
    assert basic == {1459}  # the same for all; each SDR 100,000 of quota adds a vote


def test_the_united_states_alone_can_stop_what_85_percent_must_pass():
    fund = monetary_fund(Fraction(85, 100))
    assert [state for state in fund.players if not fund[[other for other in fund.players if other != state]]] == ["USA"]
    half = monetary_fund()
    assert half.strict
    assert half.n == 190
    assert monetary_fund(Fraction(70, 100))[[state for state in fund.players if state != "USA"]] == 1
    assert fund.weights[fund.players.index("USA")] / fund.total == pytest.approx(0.165, abs=5e-4)


def test_a_share_in_decimals_is_what_it_says():
    """Nine tenths of the votes are a whole number of them; a float is a trifle more, which would ask for one more."""
    for percent in (55, 70, 85, 90):
        fund = monetary_fund(percent / 100)
        assert fund.quota == Fraction(percent, 100) * fund.total


# --- laws


def test_the_double_majority_reads_as_the_treaty():
    council = eu_council()
    assert (council.count_quota, council.or_count) == (15, 24)
    states = council.players  # largest first
    assert council[states[:14]] == 0
    assert council[states[:15]] == 1
    assert council[states[-23:]] == 0
    assert council[states[3:]] == 1  # three against cannot block, however large
    assert council[states[4:]] == 0
    assert council[states[-15:]] == 0


def test_power_in_the_council_follows_population():
    for index in (shapley_shubik_index, normalized_banzhaf_index):
        power = index(eu_council())
        assert power.total == 1
        assert list(power) == sorted(power, reverse=True)
        assert power["MLT"] > 0


def test_another_population_is_another_council():
    with_britain = eu_council(POPULATION_2023 | {"GBR": 67_000_000})
    assert (with_britain.count_quota, with_britain.or_count) == (16, 25)


# --- agreement


def test_meeting_in_the_middle_counts_as_the_table_of_all_coalitions():
    council = eu_council(dict(list(POPULATION_2023.items())[::2]))
    assert winning_counts(council) == counts_of_table(council.winning_table())


@pytest.mark.slow
def test_all_134_million_coalitions_of_the_council():
    council = eu_council()
    assert winning_counts(council) == counts_of_table(council.winning_table())


# --- refusals


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: security_council(1945), "no Security Council in 1945"),
        (lambda: weighted_council(1957), "no Council of weighted votes in 1957"),
        (lambda: weighted_council(2005), "nice_council has the rules of then"),
        (lambda: weighted_council(2004, 11), "alone in 2004-11"),
        (lambda: nice_council(2004), "no Council under the Treaty of Nice in 2004"),
        (lambda: nice_council(2014, 11), "in 2014-11; eu_council has the rule of then"),
        (lambda: nice_council(2007, populations=POPULATION_2023), "those of the 27 members; look at GBR, HRV"),
        (lambda: weighted_council(1972, 13), "month is 13; it must be a whole number from 1 to 12"),
        (lambda: weighted_council(1958, 0), "month is 0"),
        (lambda: nice_council(2004, 13), "month is 13"),
        (lambda: nice_council(2008, 1.5), "month is 1.5"),
        (lambda: security_council(1965.5), "year is 1965.5; it must be a whole number"),
        (lambda: security_council(float("nan")), "year is nan"),
        (lambda: monetary_fund(Fraction(1, 2)), "share is 1/2; give a Fraction above 1/2"),
        (lambda: monetary_fund(float("nan")), "share is nan"),
        (lambda: eu_council({"DEU": 84, "FRA": 68}), "2 states are too few"),
        (lambda: eu_council(POPULATION_2023 | {"DEU": -1}), "weight of 'DEU' is -1"),
        (lambda: eu_council()["GER"], "unknown player 'GER'; did you mean"),
    ],
)
def test_what_does_not_exist_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
