"""models/history.py, models/camps.py, models/camps_compared.py, models/camps_sensitivity.py"""

from __future__ import annotations

import csv
import json
import pickle
from dataclasses import replace
from itertools import combinations, pairwise, permutations, product
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coalitions import core, is_stable
from coalitions.structures.stable_search import growth_strings
from models import history
from models.history import agreement, case, compare, own_case, read_sizes, sensitivity

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
FIXTURES = SHARED / "fixtures"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the source tables are not beside this checkout")
CAPABILITIES = SHARED / "capabilities_1816_1945.csv"


def rows(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def pairs(found, factor):
    """Between whom a factor is not neutral."""
    matrix = found.factors[factor]
    return {
        frozenset((found.states[i], found.states[j]))
        for i, j in combinations(range(len(found.states)), 2)
        if matrix[i, j]
    }


@st.composite
def propensity_tables(draw, *, max_states=5):
    n = draw(st.integers(2, max_states))
    sizes = draw(st.lists(st.integers(1, 5), min_size=n, max_size=n))
    table = np.zeros((n, n), int)
    for i, j in combinations(range(n), 2):
        table[i, j] = table[j, i] = draw(st.integers(-3, 3))
    states = "ABCDE"[:n]
    camps = draw(st.lists(st.sampled_from(["x", "y", None]), min_size=n, max_size=n))
    actual = {state: camp for state, camp in zip(states, camps, strict=True) if camp}
    return own_case("drawn", dict(zip(states, sizes, strict=True)), table, actual=actual)


def partitions(states):
    for labels in growth_strings(len(states)):
        yield tuple(tuple(s for s, at in zip(states, labels, strict=True) if at == k) for k in range(max(labels) + 1))


# --- published: R. Axelrod, A. Furnas, data files of February 2016 on Syria, the authors' own estimates


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="../shared is not there")
@pytest.mark.parametrize(
    ("strengths", "energy", "apart"),
    [("base", -83_200, {"Tur", "ISIS", "Nursa"}), ("weak_syria", -65_600, {"ISIS", "Nursa"})],
)
def test_syria_has_one_minimum_among_1024_configurations(strengths, energy, apart):
    data = json.loads((FIXTURES / "landscape_syria_2016.json").read_text())
    sizes = dict(zip(data["actors"], data["cases"][strengths]["strength"], strict=True))
    syria = own_case("Syria 2016", sizes, data["propensity_1to5"], neutral=3, sources=[data["source"]])
    minima = syria.landscape().minima()
    assert (minima.energies, minima.basins, minima.configurations) == ((energy,), (1.0,), 1024)
    assert apart in map(set, minima.camps[0])
    lowest = np.sort(syria.landscape().energies())[1:5]
    assert lowest.tolist() == data["cases"][strengths]["next_lowest_energies"]
    rivals = compare(syria)
    assert rivals.solutions[0].two_camps
    assert not rivals.solutions[0].nash, "some would rather stand apart from both camps"
    assert rivals.core_found
    assert rivals.best.is_proven
    assert syria.energy(rivals.best.blocks) < energy


# --- published: the line-ups of Axelrod and Bennett 1993, as printed


def test_the_prediction_of_1993_is_wrong_on_poland_and_portugal():
    printed = case("europe 1936").published
    predicted, actual = printed["predicted 1993"], printed["actual 1993"]
    assert {state for state in predicted if predicted[state] != actual[state]} == {"POL", "PRT"}
    camps = [[s for s in predicted if predicted[s] == side] for side in ("Allies", "Axis")]
    found = agreement(camps, actual)
    assert (found.wrong, found.known) == (2, 17)
    assert found.chance == pytest.approx(2 * (1 + 17 + 136) / 2**17)


@needs_shared
def test_the_line_ups_are_those_of_the_fixture():
    sides = {"1": "Allies", "2": "Axis"}
    printed = case("europe 1936").published
    table = rows(FIXTURES / "axelrod_bennett_europe17.csv")
    assert {r["iso3"]: sides[r["predicted_side"]] for r in table} == printed["predicted 1993"]
    assert {r["iso3"]: sides[r["actual_side"]] for r in table} == printed["actual 1993"]


# --- agreement: our coding against tables compiled by others, each difference accounted for


@needs_shared
def test_sizes_are_copied_cell_by_cell():
    source = {(r["cow_abb"], r["year"]): r["rgdp_musd2017ppp"] for r in rows(CAPABILITIES)}
    code = {(r["era"], r["state"]): r["cow"] for r in rows(history.DATA / "history_states.csv")}
    table = rows(history.DATA / "history_sizes.csv")
    assert len(table) == 4 * 17 + 19
    for row in table:
        era = "1914" if row["year"] == "1914" else "1936"
        assert row["rgdp_musd2017ppp"] == source[code[era, row["state"]], row["year"]]


@needs_shared
@pytest.mark.parametrize(("name", "table"), [("europe 1914", "ww1_1914"), ("europe 1939", "ww2_1939")])
def test_sides_are_those_of_the_belligerents(name, table):
    era = {"europe 1914": "1914", "europe 1939": "1936"}[name]
    code = {r["cow"]: r["state"] for r in rows(history.DATA / "history_states.csv") if r["era"] == era}
    first = {"europe 1914": ("Entente", "Central Powers"), "europe 1939": ("Allies", "Axis")}[name]
    ours = case(name).actual
    for row in rows(SHARED / "case_states.csv"):
        state = code.get(row["cow_abb"])
        if row["case"] != table or state is None:
            continue
        if row["first_side"] == "0":
            assert state not in ours or state == "DNK", "Denmark was occupied without a war"
        else:
            assert ours[state] == first[int(row["first_side"]) - 1]


@needs_shared
@pytest.mark.parametrize(
    ("name", "table", "wars", "alliances"),
    [
        ("europe 1914", "ww1_1914", "ROU-TUR", "GBR-RUS"),
        (  # Hungary stands for Austria-Hungary with us; smaller wars of 1918-20 are left out there
            "europe 1936",
            "ww2_1936",
            "DEU-LVA DEU-POL FRA-HUN GBR-HUN GRC-HUN HUN-ITA HUN-PRT HUN-SUN HUN-YUG LTU-SUN",
            "",
        ),
        (
            "europe 1939",
            "ww2_1939",
            "DEU-LVA DEU-POL FRA-HUN GBR-HUN GRC-HUN HUN-ITA HUN-PRT HUN-SUN HUN-YUG LTU-SUN",
            "",
        ),
    ],
)
def test_wars_and_alliances_agree_with_the_published_lists(name, table, wars, alliances):
    era = "1914" if name == "europe 1914" else "1936"
    code = {r["cow"]: r["state"] for r in rows(history.DATA / "history_states.csv") if r["era"] == era}
    found = case(name)
    listed, fought, allied = set(), set(), set()
    for row in rows(SHARED / "case_dyads.csv"):
        if row["case"] == table and row["cow_a"] in code and row["cow_b"] in code:
            pair = frozenset((code[row["cow_a"]], code[row["cow_b"]]))
            listed.add(pair)
            if row["wars_opposed_prev45"] not in ("", "0"):
                fought.add(pair)
            if any(row[c] == "1" for c in ("cow_defense", "cow_entente", "atop_defense", "atop_consul")):
                allied.add(pair)
    assert fought <= pairs(found, "war"), "no war of theirs is missing"
    assert {"-".join(sorted(p)) for p in (pairs(found, "war") & listed) - fought} == set(wars.split())
    assert {"-".join(sorted(p)) for p in (pairs(found, "alliance") & listed) - allied} == set(alliances.split())


@needs_shared
def test_capability_indices_are_read_from_the_users_file():
    for name, year in (("europe 1936", 1936), ("europe 1939", 1939)):
        read = read_sizes(CAPABILITIES, name)
        for row in rows(FIXTURES / "axelrod_bennett_europe17.csv"):
            assert read[row["iso3"]] == pytest.approx(float(row[f"cinc{year}"]), abs=1e-6)


# --- the tables


def test_every_fact_names_states_of_its_time_once():
    table = rows(history.DATA / "history_facts.csv")
    states = {(r["era"], r["state"]) for r in rows(history.DATA / "history_states.csv")}
    seen = set()
    for row in table:
        named = [*row["one"].split(";"), *filter(None, row["other"].split(";"))]
        assert len(set(named)) == len(named) > 1
        assert all((row["era"], state) in states for state in named)
        assert row["remark"]
        assert not row["until"] or row["since"] < row["until"]
        key = tuple(row.values())[:5]
        assert key not in seen
        seen.add(key)


def test_facts_hold_between_their_dates():
    before, after = case("europe 1936"), case("europe 1939")
    at = before.states.index
    border = [case(f"europe {y}").factors["border"] for y in (1936, 1939)]
    assert [m[at("DEU"), at("POL")] for m in border] == [0, -1], "shelved in 1934, reopened in 1938"
    assert [m[at("ITA"), at("YUG")] for m in border] == [-1, 0], "settled in 1937"
    assert [m[at("ITA"), at("FRA")] for m in border] == [0, -1], "claims of November 1938"
    kinds = [m.factors["government"][at("GBR"), at("ROU")] for m in (before, after)]
    assert kinds == [1, -1], "royal dictatorship from February 1938"
    assert before.propensity("GBR", "DEU") == 1 - 1 - 1  # religion, government, World War I
    assert before.weights["alliance"] == 0
    assert case("europe 1914").weights["alliance"] == 1


def test_wars_are_forgotten():
    remembered = [pairs(case("europe 1914", memory=years), "war") for years in (0, 2, 42, 43)]
    assert remembered[0] == set()
    assert all(less < more for less, more in pairwise(remembered))
    assert frozenset(("DEU", "FRA")) in remembered[3] - remembered[2], "it ended in 1871"


# --- our own results, as the how-to gives them: they change only when the coding does


@pytest.mark.parametrize(
    ("year", "wrong", "printed_actual", "printed_predicted"),
    [(1936, 5, 6, 6), (1937, 5, 6, 6), (1938, 4, 5, 5), (1939, 3, 4, 2)],
)
def test_the_deepest_minima_of_our_coding(year, wrong, printed_actual, printed_predicted):
    found = case(f"europe {year}")
    camps = found.landscape().minima().camps[0]
    assert agreement(camps, found.actual).wrong == wrong
    assert agreement(camps, found.published["actual 1993"]).wrong == printed_actual
    assert agreement(camps, found.published["predicted 1993"]).wrong == printed_predicted


@needs_shared
@pytest.mark.parametrize(
    ("year", "alliance", "wrong", "apart"),
    [
        (1936, 0, (5, 7, 5), {"ITA"}),
        (1937, 0, (5, 6, 6), {"PRT", "ITA"}),
        (1938, 0, (4, 5, 5), {"PRT", "ITA"}),
        (1939, 0, (4, 4, 6), {"POL", "PRT", "ITA"}),
        (1936, 1, (5, 7, 5), {"ITA"}),
        (1937, 1, (4, 5, 3), set()),
        (1938, 1, (3, 4, 2), set()),
        (1939, 1, (2, 3, 1), {"GBR"}),
    ],
)
def test_the_deepest_minima_by_capability(year, alliance, wrong, apart):
    """The rows of the page that need the figures of Correlates of War, and what alliances change in them."""
    name = f"europe {year}"
    found = case(name, sizes=read_sizes(CAPABILITIES, name), weights={"alliance": alliance})
    camps = found.landscape().minima().camps[0]
    sides = (found.actual, found.published["actual 1993"], found.published["predicted 1993"])
    assert tuple(agreement(camps, side).wrong for side in sides) == wrong
    beside = next(camp for camp in camps if "DEU" in camp)
    assert {"GBR", "POL", "PRT", "ITA"} - set(beside) == apart


def test_italy_changes_camp_where_treaties_weigh_enough():
    def company(weight, state):
        first, second = case("europe 1914", weights={"alliance": weight}).landscape().minima().camps[0]
        return "DEU" in (first if state in first else second)

    assert [company(weight, "ITA") for weight in (1, 5)] == [False, True]
    assert [company(weight, "RUS") for weight in (1, 3)] == [True, False]


def test_rivals_do_not_need_two_camps():
    found = compare(case("europe 1936"))
    by_concept = {s.concept: s for s in found.solutions}
    minimum, free = by_concept["local minimum 1"], by_concept["lowest energy"]
    assert minimum.two_camps
    assert not minimum.nash
    assert len(minimum.unwilling) == 13
    assert (free.nash, free.individual, free.core) == (True, True, True)
    assert ("SUN",) in free.structure
    assert free.energy < minimum.energy
    assert (found.core_found, found.united, found.cost_of_stability) == (True, False, 0.0)
    assert not by_concept["as it was"].nash


# --- laws


@given(propensity_tables())
def test_the_games_of_a_case_are_one_another(drawn):
    land, hedonic = drawn.landscape(), drawn.hedonic()
    for structure in partitions(drawn.states):
        if len(structure) == 2:
            assert drawn.energy(structure) == land.energy(structure[0])
    game = drawn.game()
    assert float(game[drawn.states]) * 2 - drawn.energy([(s,) for s in drawn.states]) == 0
    assert hedonic.utility(drawn.states[0], drawn.states) == drawn.pulls(drawn.states[0])["pull"].sum()


@given(propensity_tables())
@settings(max_examples=40)
def test_solutions_are_what_they_are_called(drawn):
    found = compare(drawn)
    hedonic = drawn.hedonic()
    energies = {structure: drawn.energy(structure) for structure in partitions(drawn.states)}
    assert drawn.energy(found.best.blocks) == pytest.approx(min(energies.values()))
    assert found.united == (not core(drawn.game()).is_empty), "two routes to whether all may stay together"
    assert found.cost_of_stability >= 0
    for solution in found.solutions:
        assert solution.energy == energies[tuple(sorted(solution.structure))]
        assert solution.nash == bool(is_stable(hedonic, solution.structure, "Nash stability"))
        assert solution.core == bool(is_stable(hedonic, solution.structure))
        assert solution.two_camps == calm(drawn, solution.structure)
        assert not solution.nash or (solution.individual and not solution.unwilling)
        rational = is_stable(hedonic, solution.structure, "individual rationality")
        assert bool(rational) == (not solution.unwilling)
    assert next(s for s in found.solutions if s.concept == "lowest energy").nash
    assert found.core_found is not None, "decided for few states"
    assert found.core_found == any(is_stable(hedonic, structure) for structure in energies)


def calm(drawn, structure):
    """Two camps, one of them perhaps empty, neither of which any state would leave for the other."""
    if len(structure) > 2:
        return False
    camps = [set(block) for block in structure] + [set()] * (2 - len(structure))
    drawn_to = drawn.propensities.astype(float) * [drawn.sizes[s] for s in drawn.states]
    at = drawn.states.index
    return all(
        sum(drawn_to[at(i), at(j)] for j in home - {i}) >= sum(drawn_to[at(i), at(j)] for j in away)
        for home, away in (camps, camps[::-1])
        for i in home
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=9))
def test_agreement_counts_pairs(labels):
    states = [f"S{k}" for k in range(len(labels))]
    structure = [[s for s, (at, _) in zip(states, labels, strict=True) if at == k] for k in range(4)]
    actual = {s: str(camp) for s, (_, camp) in zip(states, labels, strict=True)}
    found = agreement(structure, actual)
    together = [(a == b, c == d) for (a, c), (b, d) in combinations(labels, 2)]
    both, first, second = (sum(map(f, together)) for f in (all, lambda p: p[0], lambda p: p[1]))
    if first:
        assert found.wallace_found == both / first
    else:
        assert isnan(found.wallace_found)
    expected = first * second / len(together)
    if (first + second) / 2 == expected:
        assert found.adjusted_rand == 1
    else:
        assert found.adjusted_rand == pytest.approx((both - expected) / ((first + second) / 2 - expected))
    if found.wrong is None:
        assert len(set(actual.values())) > 2 or len({a for a, _ in labels}) > 2
    else:
        blocks, sides = (sorted({label[k] for label in labels}) for k in (0, 1))
        names = [dict(zip(blocks, order, strict=False)) for order in permutations([*sides, None][:2])]
        assert found.wrong == min(sum(named[a] != c for a, c in labels) for named in names)
        as_good = [
            truth
            for truth in product((0, 1), repeat=len(labels))
            if min(moved := sum(truth), len(labels) - moved) <= found.wrong
        ]
        assert found.chance == pytest.approx(len(as_good) / 2 ** len(labels))


def test_agreement_of_a_published_table():
    # L. Hubert, P. Arabie 1985, table 2: rows 1 1 0 | 1 2 1 | 0 0 4
    cells = [[1, 1, 0], [1, 2, 1], [0, 0, 4]]
    labels = [(r, c) for r in range(3) for c in range(3) for _ in range(cells[r][c])]
    structure = [[k for k, (r, _) in enumerate(labels) if r == row] for row in range(3)]
    found = agreement(structure, {k: str(c) for k, (_, c) in enumerate(labels)})
    assert found.adjusted_rand == pytest.approx(0.3126, abs=5e-5)


def test_weights_scale_and_variants_leave_the_case_alone():
    before = case("europe 1936")
    doubled = replace(before, weights={name: 2 * w for name, w in before.weights.items()})
    assert (doubled.propensities == 2 * before.propensities).all()
    assert doubled.landscape().minima().camps == before.landscape().minima().camps
    mine = dict(before.sizes)
    copied = replace(before, sizes=mine)
    mine["DEU"] = 1
    assert copied.sizes["DEU"] == before.sizes["DEU"]
    assert pickle.loads(pickle.dumps(copied)).landscape().minima().camps == before.landscape().minima().camps
    with pytest.raises(ValueError, match="read-only"):
        before.factors["war"][0, 1] = 5


def test_weighing_anew_repeats_itself_and_counts():
    before = case("europe 1936")
    found = sensitivity(before, draws=20, rng=3)
    assert found.wrong == sensitivity(before, draws=20, rng=3).wrong != sensitivity(before, draws=20, rng=4).wrong
    assert sum(found.wrong) == pytest.approx(20 * sum(1 - share for share in found.right.values()))
    assert max(found.wrong) <= 13 // 2, "the sides are named so that few are wrong"
    codings = {v.coding: v for v in found.variants}
    assert codings["as coded"].agreement.wrong == 5
    assert codings["without religion"].agreement.wrong == 3
    assert codings["only border"].deepest > 1
    assert codings["with alliance"].minima == len(case("europe 1936", weights={"alliance": 1}).landscape().minima())
    assert all(v.fewest_wrong <= v.agreement.wrong for v in found.variants)


def test_one_given_table_has_few_variants():
    found = sensitivity(own_case("two", {"A": 1, "B": 2}, [[0, -1], [-1, 0]]), draws=3)
    assert [v.coding for v in found.variants] == ["as coded", "equal sizes"]
    assert found.counts == (1, 1, 1)
    assert (found.wrong, found.right) == ((), {})
    assert "two: 2 codings" in repr(found)


def test_with_three_sides_nobody_is_on_the_wrong_one():
    """As in ``agreement``: where more than two camps were, two camps found have no right names."""
    sides = dict(zip("ABC", "xyz", strict=True))
    three = own_case("three", dict.fromkeys("ABC", 1), np.ones((3, 3)) - 2, actual=sides)
    found = sensitivity(three, draws=3)
    assert found.variants[0].agreement.wrong is None
    assert (found.wrong, found.right, len(found.counts)) == ((), {}, 3)
    assert "three: 2 codings" in repr(found)


def test_an_empty_camp_has_no_energy():
    friends = own_case("friends", {"A": 1, "B": 2}, [[0, 1], [1, 0]])
    assert friends.energy([("A", "B"), ()]) == friends.energy([("A", "B")]) == 0
    assert friends.energy([["A"], ["B"]]) == 4


# --- what is shown


def test_results_read_as_lines_tables_and_pictures():
    import matplotlib.pyplot as plt

    before = case("europe 1936")
    frame = before.to_frame()
    assert len(frame) == 17 * 16 // 2
    assert "Sudeten" in frame.set_index(["one", "other"]).loc[("CSK", "DEU"), "remarks"]
    found = compare(before)
    assert repr(found).splitlines()[1].startswith("local minimum 1          basin 95%, 5 of 13 wrong")
    table = found.to_frame()
    assert table["structure"][0] == found.solutions[0].structure
    assert table["wrong"].isna().sum() == 3
    assert "Axelrod" in found.cite()[0]
    axes = found.plot()
    assert len(axes.patches) == len(found.solutions)
    matrix = found.plot_propensities()
    assert [t.get_text() for t in matrix.get_xticklabels()] == [
        s for block in found.solutions[0].structure for s in block
    ]
    assert before.plot().get_title(loc="left") == "Europe, 30 June 1936"
    loose = sensitivity(before, draws=5)
    assert loose.to_frame()["coding"].tolist()[:2] == ["as coded", "without ethnic conflict"]
    assert len(loose.plot().patches) == 13
    plt.close("all")


# --- refusals


def drawn_sizes(**changes):
    return dict(case("europe 1936").sizes) | changes


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: case("europe 1935"), "no case 'europe 1935'; did you mean 'europe 193"),
        (lambda: case("Sarajevo"), "no case 'Sarajevo'.*europe 1914"),
        (lambda: case("europe 1936", memory=-1), "memory is -1"),
        (lambda: case("europe 1936", weights={"religon": 1}), "no factor 'religon' to weigh; did you mean 'religion'"),
        (lambda: case("europe 1936", weights={"war": -1}), "weight of 'war' is -1"),
        (lambda: case("europe 1936", weights={"war": float("nan")}), "weight of 'war' is nan"),
        (lambda: case("europe 1936", sizes={"DEU": 1}), "no size for GBR, CSK"),
        (lambda: case("europe 1936", sizes=drawn_sizes(DEU=-2)), "size of 'DEU' is -2"),
        (lambda: case("europe 1936", sizes=drawn_sizes(DEU=float("inf"))), "size of 'DEU' is inf"),
        (lambda: case("europe 1936", sizes=drawn_sizes(DEU="large")), "size of 'DEU' is 'large'"),
        (lambda: case("europe 1936", sizes=drawn_sizes(GER=1)), "unknown player 'GER'"),
        (lambda: case("europe 1936").propensity("DEU", "USA"), "unknown player 'USA'"),
        (lambda: case("europe 1936").pulls("POR"), "unknown player 'POR'"),
        (lambda: replace(case("europe 1936"), weights={"war": 1}), "factor 'ethnic conflict' has no weight"),
        (lambda: replace(case("europe 1936"), actual={"USA": "Allies"}), "unknown player 'USA'"),
        (lambda: replace(case("europe 1936"), factors={"war": [[0]]}), r"factor 'war' has shape \(1, 1\)"),
        (lambda: own_case("x", {"A": 1, "B": 1}, [[0, 1]]), r"shape \(1, 2\); 2 states need \(2, 2\)"),
        (lambda: own_case("x", {"A": 1, "B": 1}, [[0, None], [1, 0]]), "propensity of 'A' to 'B' is None"),
        (lambda: own_case("x", {"A": 1, "B": 1}, [[0, 2], [1, 0]]), "propensity of 'A' to 'B' is 2 and the other"),
        (lambda: own_case("x", {"A": 0, "B": 1}, [[0, 1], [1, 0]]), "size of 'A' is 0"),
        (lambda: case("europe 1936").energy([("DEU", "FRA")]), "'GBR'.* are in no block"),
        (lambda: case("europe 1936").energy([case("europe 1936").states, ("DEU",)]), "'DEU'.* are in two blocks"),
        (lambda: case("europe 1936").plot([("DEU", "FRA")]), "'GBR'.* are in no block"),
        (lambda: agreement([("A",)], {"A": "x", "B": "y"}), "no coalition holds B"),
        (lambda: agreement([("A",), ("A", "B")], {"A": "x"}), "'A' is in two coalitions"),
        (lambda: sensitivity(case("europe 1936"), draws=-1), "draws is -1"),
        (lambda: sensitivity(case("europe 1936"), draws=float("nan")), "draws is nan; it must be a whole number"),
        (lambda: sensitivity(case("europe 1936"), draws=float("inf")), "draws is inf; it must be a whole number"),
    ],
)
def test_refuses_what_makes_no_case(ask, words):
    with pytest.raises(ValueError, match=words):
        ask()


def test_refuses_files_that_lack_a_figure(tmp_path):
    path = tmp_path / "nmc.csv"
    codes = [r["cow"] for r in rows(history.DATA / "history_states.csv") if r["era"] == "1936"]
    full = [f"{code},1936,0.1" for code in codes]

    def write(lines, header="stateabb,year,cinc"):
        path.write_text("\n".join([header, *lines]))

    write(full)
    assert set(read_sizes(path, "europe 1936").values()) == {0.1}
    write([line.replace("GMY,1936,0.1", "GMY,1936,-9") for line in full])
    with pytest.raises(ValueError, match="no cinc of DEU in 1936"):
        read_sizes(path, "europe 1936")
    write([*full, full[0]])
    with pytest.raises(ValueError, match="two rows for GBR in 1936"):
        read_sizes(path, "europe 1936")
    write(full)
    with pytest.raises(ValueError, match="no cinc of GBR, CSK"):
        read_sizes(path, "europe 1937")
    write(full, header="state,year,cinc")
    with pytest.raises(ValueError, match="no column 'stateabb'; did you mean 'state'"):
        read_sizes(path, "europe 1936")
    write(full, header="stateabb,year,milex")
    with pytest.raises(ValueError, match="no column 'cinc'"):
        read_sizes(path, "europe 1936")
