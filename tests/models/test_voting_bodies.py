"""models/voting_bodies.py"""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from coalitions.families.voting_counts import counts_of_table
from coalitions.families.voting_power import winning_counts
from coalitions.values.power import normalized_banzhaf_index, shapley_shubik_index
from models.voting_bodies import POPULATION_2023, eu_council, security_council, weighted_council

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
        (lambda: weighted_council(2005), "its votes changed in 2004"),
        (lambda: eu_council({"DEU": 84, "FRA": 68}), "2 states are too few"),
        (lambda: eu_council(POPULATION_2023 | {"DEU": -1}), "weight of 'DEU' is -1"),
        (lambda: eu_council()["GER"], "unknown player 'GER'; did you mean"),
    ],
)
def test_what_does_not_exist_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
