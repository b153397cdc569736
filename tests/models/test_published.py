"""Every published number of the field that this library repeats, with its source.

Figures that are facts stand here. Those computed from tables that may not be shipped are read from ../shared, and
their tests are skipped where it is missing.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from coalitions import Landscape, stable_sizes
from coalitions.structures import balance_of_power, symmetric_structure
from coalitions.values.power import normalized_banzhaf_index, shapley_shubik_index
from models.bargaining import bargaining_data, mean_position, median_position, risk_exponents
from models.burden_sharing import nato_burden
from models.closed_form import sweet_spot
from models.priors import SETTINGS
from models.voting_bodies import security_council, weighted_council

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_tables = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")


def rows(name):
    with (SHARED / name).open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


def alive():
    """The states of each year, by their Correlates of War number."""
    years = defaultdict(set)
    for row in rows("cow_system.csv"):
        for year in range(int(row["start"][:4]), int(row["end"][:4]) + 1):
            years[year].add(row["ccode"])
    return years


# --- voting bodies


@pytest.mark.parametrize(
    ("year", "shapley", "banzhaf"),
    [
        (2024, ("421/2145", "4/2145"), ("848/5080", "84/5080")),
        (1950, ("76/385", "1/462"), ("57/315", "5/315")),
    ],
)
def test_security_council(year, shapley, banzhaf):
    """P. Straffin (1993), Game Theory and Strategy; D. Felsenthal, M. Machover (1998), The Measurement of Voting Power.

    Permanent and elected members, fifteen since 1966 and eleven before.
    """
    council = security_council(year)
    for index, expected in ((shapley_shubik_index, shapley), (normalized_banzhaf_index, banzhaf)):
        power = index(council)
        assert (power["FRA"], power["elected 1"]) == tuple(map(Fraction, expected))
        assert set(power) == set(map(Fraction, expected))


COUNCILS = {  # year: weight -> how many states, Shapley-Shubik and normalised Banzhaf index of each
    1958: {4: (3, "7/30", "10/42"), 2: (2, "3/20", "6/42"), 1: (1, "0", "0")},
    1973: {
        10: (4, "5/28", "53/317"),
        5: (2, "17/210", "29/317"),
        3: (2, "2/35", "21/317"),
        2: (1, "1/105", "5/317"),
    },
    1981: {
        10: (4, "73/420", "100/634"),
        5: (3, "1/14", "52/634"),
        3: (2, "19/630", "26/634"),
        2: (1, "19/630", "26/634"),
    },
    1986: {
        10: (4, "31/231", "286/2222"),
        8: (1, "257/2310", "242/2222"),
        5: (4, "589/9240", "148/2222"),
        3: (2, "59/1386", "102/2222"),
        2: (1, "41/3465", "40/2222"),
    },
    1995: {
        10: (4, "7/60", "1849/16565"),
        8: (1, "860/9009", "1531/16565"),
        5: (4, "19883/360360", "973/16565"),
        4: (2, "743/16380", "793/16565"),
        3: (3, "1588/45045", "595/16565"),
        2: (1, "932/45045", "375/16565"),
    },
}


@pytest.mark.parametrize("year", COUNCILS)
def test_council_of_ministers(year):
    """D. Felsenthal, M. Machover (1998), The Measurement of Voting Power, chapter 5: five rules from 1958 to 2004."""
    council = weighted_council(year)
    shapley, banzhaf = shapley_shubik_index(council), normalized_banzhaf_index(council)
    weight = dict(zip(council.players, council.weights, strict=True))
    assert Counter(weight.values()) == {votes: count for votes, (count, _, _) in COUNCILS[year].items()}
    for state, votes in weight.items():
        _, expected, swings = COUNCILS[year][votes]
        assert (shapley[state], banzhaf[state]) == (Fraction(expected), Fraction(swings))


def test_luxembourg_had_a_vote_and_no_power():
    """D. Felsenthal, M. Machover (1998), chapter 5: with quota 12 of 17 its one vote never mattered, 1958 to 1972."""
    assert shapley_shubik_index(weighted_council(1972))["LUX"] == 0


# --- landscapes


@needs_tables
@pytest.mark.parametrize(
    ("case", "energy", "camp"),
    [("base", -83200, {"Tur", "ISIS", "Nursa"}), ("weak_syria", -65600, {"ISIS", "Nursa"})],
)
def test_syria_2016(case, energy, camp):
    """R. Axelrod, A. Furnas, data files on landscape theory of February 2016: one local minimum of 1,024."""
    data = json.loads((SHARED / "fixtures" / "landscape_syria_2016.json").read_text())
    drawn = [[0 if p is None else p - 3 for p in row] for row in data["propensity_1to5"]]
    found = Landscape(data["actors"], data["cases"][case]["strength"], drawn).minima()
    assert (found.configurations, found.energies) == (1024, (energy,))
    assert camp in map(set, found.camps[0])


@needs_tables
@pytest.mark.parametrize(
    ("year", "sums"), [(1936, (30.07, 19.25)), (1937, (29.73, 19.51)), (1938, (31.28, 22.61)), (1939, (30.02, 24.13))]
)
def test_sizes_and_sides_of_europe_before_the_second_world_war(year, sums):
    """R. Axelrod, D. S. Bennett (1993): Poland and Portugal are the two on the wrong side of configuration 1.

    Sizes of the two camps, percent of the world: Correlates of War, National Material Capabilities v6.
    """
    table = rows("fixtures/axelrod_bennett_europe17.csv")
    assert len(table) == 17
    camps = {side: {r["iso3"] for r in table if r["predicted_side"] == side} for side in "12"}
    assert camps["1"] == {"GBR", "CSK", "DNK", "FRA", "GRC", "SUN", "YUG"}
    assert {r["iso3"] for r in table if r["predicted_side"] != r["actual_side"]} == {"POL", "PRT"}
    index = {(r["ccode"], r["year"]): float(r["cinc"]) for r in rows("capabilities_1816_1945.csv")}
    sizes = {r["iso3"]: index[r["ccode"], str(year)] for r in table}
    assert [sizes[r["iso3"]] for r in table] == pytest.approx([float(r[f"cinc{year}"]) for r in table], abs=1e-6)
    assert tuple(100 * sum(sizes[s] for s in camps[side]) for side in "12") == pytest.approx(sums, abs=6e-3)


# --- bargaining


def test_emissions_of_cars():
    """J. B. Scholz, G. J. Calbert, G. A. Smith (2011) and its public code, on B. Bueno de Mesquita (1994), page 78.

    Weighted mean, median and the exponents of risk of the first round.
    """
    issue = bargaining_data("emissions")
    assert mean_position(*issue[1:]) == pytest.approx(7.390, abs=5e-4)
    assert median_position(*issue[1:]) == 7
    exponents = dict(zip(issue.actors, risk_exponents(*issue[1:]), strict=True))
    published = {"NLD": 1.406, "BEL": 0.754, "LUX": 0.509, "DEU": 1.406, "FRA": 1.047}
    published |= {"ITA": 1.047, "GBR": 1.965, "IRL": 0.5, "DNK": 2.0, "GRC": 1.112}
    assert exponents == pytest.approx(published, abs=5e-4)


def test_sultan():
    """The second example of the same public code, seventeen actors."""
    issue = bargaining_data("sultan")
    assert len(issue.actors) == 17
    assert mean_position(*issue[1:]) == pytest.approx(13.620, abs=5e-4)
    assert median_position(*issue[1:]) == 13.9


# --- formation and agreements


def test_ray_example():
    """D. Ray (2007), A Game-Theoretic Perspective on Coalition Formation, example 5.2."""
    worths = {(3, (3, 1)): 22, (1, (3, 1)): 0, (2, (2, 1, 1)): 16, (1, (2, 1, 1)): 1}
    assert symmetric_structure(4, lambda size, sizes: worths.get((size, sizes), 0)) == (2, 1, 1)


@pytest.mark.parametrize("n", [3, 5, 12, 100])
def test_no_more_than_three_sign(n):
    """C. Carraro, D. Siniscalco (1993); S. Barrett (1994): linear benefits, quadratic costs, in units of b**2 / c.

    k**2 - 4 k + 3 <= 0: two and three stay, three with equality.
    """

    def member(k):
        return Fraction(k * k, 2) + n - k

    def outsider(k):
        return k * k + n - k - Fraction(1, 2)

    for k in range(1, n + 1):
        assert member(k) - outsider(k - 1) == -Fraction(k * k - 4 * k + 3, 2)
    assert member(3) == outsider(2)
    assert stable_sizes(n, member, outsider)[-2:] == (2, 3)


@pytest.mark.parametrize(("benefit", "cost", "size"), [(2, 5, 3), (1, 4, 4), (3, 4, 2)])
def test_the_fewest_who_would_contribute(benefit, cost, size):
    """S. Barrett (1994): the smallest whole k of at least cost over benefit."""

    def member(k):
        return max(0, benefit * k - cost)

    def outsider(k):
        return benefit * k if benefit * k >= cost else 0

    assert max(stable_sizes(8, member, outsider)) == size == -(-cost // benefit)


@pytest.mark.parametrize(
    ("resources", "minimal", "essential", "resource_stable"),
    [
        ((40, 30, 20, 10), {("A", "B"), ("A", "C"), ("B", "C", "D")}, "ABCD", False),
        ((50, 30, 20), {("A", "B"), ("A", "C")}, "ABC", True),
        ((55, 25, 20), {("A",)}, "A", False),
    ],
)
def test_balance_of_power(resources, minimal, essential, resource_stable):
    """E. Niou, P. Ordeshook, G. Rose (1989), The Balance of Power: essential states, and one with half of all."""
    found = balance_of_power(dict(zip("ABCD", resources, strict=False)))
    assert set(found.minimal_winning) == minimal
    assert found.essential == tuple(essential)
    assert found.is_resource_stable == resource_stable


# --- burdens


def test_nato_1964():
    """M. Olson, R. Zeckhauser (1966), table 1: Spearman's correlation of gross national product and defence share."""
    assert round(nato_burden(1964).rank_correlation, 3) == 0.490


# --- reliability of allies


def test_the_reliability_of_partners_lies_within_what_was_found():
    """B. A. Leeds, A. G. Long, S. M. Mitchell (2000): 74.5% honoured; M. Berkemeier, M. Fuhrmann (2018): 50%.

    The latter have 66% before 1945 and 22% after it; our number and its range follow them, and say so.
    """
    found = SETTINGS.reliability
    assert 0.22 < found.low < 0.50 < found.value < 0.66 < 0.745 < found.high
    assert all(figure in found.source for figure in ("2000 (0.745)", "2018 (0.50)"))


# --- wars, alliances and exercises in the tables


@needs_tables
def test_wars_between_pairs_fell_to_a_tenth():
    """M. O. Jackson, S. Nei (2015): after 1950 a pair of states fought about a tenth as often.

    Pairs on opposite sides of a Correlates of War inter-state war (v4), in the first year both were in it, over pairs
    of states in the system.
    """
    wars = defaultdict(list)
    for row in rows("wars_interstate_participants.csv"):
        wars[row["war_num"]].append(row)
    onsets: Counter[int] = Counter()
    for sides in wars.values():
        first: dict[tuple[str, ...], int] = {}
        for one in (row for row in sides if row["side"] == "1"):
            for other in (row for row in sides if row["side"] == "2" and row["ccode"] != one["ccode"]):
                pair = tuple(sorted((one["ccode"], other["ccode"])))
                for a in ("1", "2"):
                    for b in ("1", "2"):
                        start = max(one["start" + a], other["start" + b])
                        end = min(one["end" + a], other["end" + b])
                        if one["start" + a] and other["start" + b] and start <= end:
                            first[pair] = min(first.get(pair, 9999), int(start[:4]))
        onsets.update(first.values())
    states = alive()

    def rate(begin, end):
        pairs = sum(len(states[year]) * (len(states[year]) - 1) // 2 for year in range(begin, end + 1))
        return sum(onsets[year] for year in range(begin, end + 1)) / pairs

    before, after = rate(1820, 1949), rate(1950, 2000)
    assert (before, after) == pytest.approx((2.05e-3, 1.97e-4), rel=2.5e-3)
    assert after / before == pytest.approx(0.096, abs=5e-4)


@needs_tables
def test_allies_became_four_times_as_many():
    """M. O. Jackson, S. Nei (2015) print 2.5 and 10.5 allies a state; defence pacts of ATOP v5 give 2.31 and 9.61."""
    states = alive()
    pacts = defaultdict(set)
    for row in rows("alliances_atop_dyad_spells.csv"):
        if row["defense"] == "1":
            for year in range(int(row["start_year"]), int(row["end_year"]) + 1):
                pacts[year].add((row["ccode1"], row["ccode2"]))

    def allies(begin, end):
        return np.mean([2 * len(pacts[year]) / len(states[year]) for year in range(begin, end + 1)])

    assert allies(1816, 1949) == pytest.approx(2.31, abs=5e-3)
    assert allies(1950, 2003) == pytest.approx(9.61, abs=5e-3)


@needs_tables
def test_multinational_exercises():
    """V. D'Orazio, K. Galambos (2021), Multinational Military Exercises 1980-2010: 3,615 with coded participants."""
    total: Counter[str] = Counter()
    with_usa: Counter[str] = Counter()
    by_size: Counter[int] = Counter()
    for row in rows("fixtures/mme_exercise_sizes.csv"):
        total[row["decade"]] += int(row["exercises"])
        with_usa[row["decade"]] += int(row["with_usa"])
        by_size[int(row["k"])] += int(row["exercises"])
    assert total == {"1980": 759, "1990": 1052, "2000": 1660, "2010": 144}
    assert total.total() == 3615
    assert [round(100 * by_size[k] / 3615) for k in (2, 3)] == [60, 10]
    assert [round(100 * with_usa[decade] / total[decade]) for decade in ("1980", "2000")] == [63, 47]
    sets = Counter(int(row["n"]) for row in rows("exercises_kadic.csv"))
    assert sum(count for size, count in sets.items() if size >= 3) == 1379
    assert sets.total() <= 3615


# --- the sweet spot


def test_sweet_spot():
    """Closed form k* = (sqrt(V a T / g) - T) / a at V = 10, a = 1, g = 1/2 and threats of 1, 5, 15 and 20."""
    assert sweet_spot(10, 1, [1, 5, 15, 20], 0.5).tolist() == pytest.approx([3.47, 5.0, 2.32, 0], abs=5e-3)
