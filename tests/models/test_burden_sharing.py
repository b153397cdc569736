"""models/burden_sharing.py and models/contributions.py"""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import pearsonr, spearmanr, wilcoxon
from strategies import LABELS

from coalitions import CoalitionError, WorthError
from models.burden_sharing import burden_sharing, nato_benefits, nato_burden
from models.contributions import benefit_test, equilibrium_contributions
from models.panel import DATA

SOURCE = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_source = pytest.mark.skipif(not SOURCE.is_dir(), reason="../shared is not there")


def rows(path):
    with path.open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


# --- published


def test_the_small_exploited_the_great_in_1964():
    """Olson and Zeckhauser (1966), table 1: Spearman's rank correlation of size and burden is .490."""
    found = nato_burden(1964)
    assert len(found.states) == 14
    assert found.states[:3] == ("USA", "DEU", "GBR")  # the largest first
    assert round(found.rank_correlation, 3) == 0.490
    assert found.p_value < 0.05  # one-sided, as they tested
    assert found.exploitation["USA"] == pytest.approx(0.106, abs=0.001)


def test_without_those_with_aims_of_their_own_the_pattern_is_nearly_perfect():
    """Oneal (1990): Greece, Portugal and Turkey bought private goods."""
    assert nato_burden(1964).without("GRC", "PRT", "TUR").rank_correlation == pytest.approx(10 / 11)


def test_sixty_years_later_size_says_nothing():
    found = nato_burden(2024)
    assert (len(found.states), found.missing) == (31, ("ISL",))
    assert abs(found.rank_correlation) < 0.1
    low, high = found.interval()
    assert low < 0 < high
    assert found.without("USA").missing == ("ISL",)


@needs_source
def test_the_embedded_tables_are_their_sources():
    original = rows(SOURCE / "fixtures" / "olson_zeckhauser_1964.csv")
    ours = rows(DATA / "nato_1964.csv")
    assert [list(row.values()) for row in ours] == [list(row.values()) for row in original]
    members = {
        r["iso3"] for r in rows(SOURCE / "org_memberships_2025.csv") if (r["org"], r["status"]) == ("NATO", "member")
    }
    spent = {r["iso3"]: r["milex_pct_gdp_cia"] for r in rows(SOURCE / "capabilities.csv") if r["year"] == "2024"}
    profile = {r["iso3"]: r for r in rows(SOURCE / "profile_recent.csv")}
    today = rows(DATA / "nato_2024.csv")
    assert {row["iso3"] for row in today} == members
    for row in today:
        source = profile[row["iso3"]]
        assert source["gdp_official_year"] == "2024"
        assert (row["gdp_usd"], row["population"]) == (source["gdp_official_usd"], source["population"])
        assert row["milex_pct_gdp"] == spent[row["iso3"]]


def test_in_2024_burdens_follow_product_and_people_but_for_one_member():
    found = nato_burden(2024)
    spent = dict(zip(found.states, found.income * found.shares, strict=True))
    gained = nato_benefits()
    assert sum(gained.values()) == pytest.approx(1)
    assert benefit_test(spent, gained).p_value < 0.001
    del spent["USA"], gained["USA"]
    assert benefit_test(spent, gained).p_value > 0.5


# --- agreement and laws of the correlation

tables = st.integers(4, 8).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(1, 30), min_size=n, max_size=n).filter(lambda x: len(set(x)) > 1),
        st.lists(st.integers(0, 9), min_size=n, max_size=n).filter(lambda x: len(set(x)) > 1),
    )
)


@given(tables)
def test_correlations_are_those_of_scipy(table):
    income, shares = table
    found = burden_sharing(dict(zip(LABELS, income, strict=False)), dict(zip(LABELS, shares, strict=False)))
    expected = spearmanr(income, shares, alternative="greater")
    assert found.rank_correlation == pytest.approx(expected.statistic)
    assert found.correlation == pytest.approx(pearsonr(income, shares).statistic)
    if abs(found.rank_correlation) < 1 - 1e-9:
        assert found.p_value == pytest.approx(expected.pvalue)
    low, high = found.interval(0.9)
    assert low <= found.rank_correlation <= high
    assert found.interval(0.99)[0] <= low + 1e-12
    if any(shares):
        assert sum(found.exploitation.values()) == pytest.approx(0)


def test_intervals_cover_as_they_say():
    """Of pairs of normal variables with a known rank correlation, about nine in ten intervals hold it."""
    rng = np.random.default_rng(4)
    rho, hits, trials = 0.5, 0, 400
    truth = 6 / np.pi * np.arcsin(rho / 2)
    for _ in range(trials):
        x = rng.standard_normal(20)
        y = rho * x + np.sqrt(1 - rho**2) * rng.standard_normal(20)
        ranks = np.argsort(np.argsort(y)) + 1.0
        found = burden_sharing(dict(enumerate(np.exp(x))), dict(enumerate(ranks)))
        low, high = found.interval(0.9)
        hits += low <= truth <= high
    assert 0.86 <= hits / trials <= 0.94


# --- the model: what each gives

fractions = st.fractions(Fraction(1, 6), 9, max_denominator=6)
shares = st.fractions(0, 1, max_denominator=8)


@st.composite
def alliances(draw, *, max_states=5):
    n = draw(st.integers(1, max_states))
    income = draw(st.lists(fractions, min_size=n, max_size=n))
    weights = draw(st.lists(shares, min_size=n, max_size=n).filter(any))
    return dict(zip(LABELS, income, strict=False)), dict(zip(LABELS, weights, strict=False))


@given(alliances(), fractions, shares)
def test_each_gives_its_best_answer_to_the_others(alliance, price, public):
    """The reaction function, exactly; for a public good it is that of Olson and Zeckhauser."""
    income, weights = alliance
    found = equilibrium_contributions(income, weights, price=price, publicness=public)
    for state, given_units in zip(found.states, found.given, strict=True):
        others = found.total - given_units
        a = weights[state]
        assert given_units == max(0, a * income[state] / price - (1 - a) * public * others)
    assert 0 <= found.total <= found.efficient_total
    assert 0 <= found.gap <= 1


@given(alliances(max_states=4), shares)
def test_there_is_one_equilibrium(alliance, public):
    """Every set of givers, each solved by linear equations: those that are best answers all give the same."""
    income, weights = alliance
    states, n = list(income), len(income)
    expected = equilibrium_contributions(income, weights, publicness=public).given
    equilibria = set()
    for count in range(n + 1):
        for givers in combinations(range(n), count):
            matrix, right = np.eye(n), np.zeros(n)
            for i in givers:
                a = float(weights[states[i]])
                matrix[i] = (1 - a) * float(public)
                matrix[i, i] = 1
                right[i] = a * float(income[states[i]])
            if abs(np.linalg.det(matrix)) < 1e-12:
                continue
            units = np.linalg.solve(matrix, right)
            best = [
                max(0.0, float(weights[s] * income[s]) - float((1 - weights[s]) * public) * (units.sum() - units[i]))
                for i, s in enumerate(states)
            ]
            if np.allclose(units, best, atol=1e-9):
                equilibria.add(tuple(units.round(7)))
    assert equilibria
    for units in equilibria:
        assert units == pytest.approx([float(each) for each in expected], abs=1e-6)


@given(alliances(), shares)
def test_floats_agree_with_fractions(alliance, public):
    income, weights = alliance
    exact = equilibrium_contributions(income, weights, publicness=public)
    rounded = equilibrium_contributions(
        {s: float(i) for s, i in income.items()}, {s: float(a) for s, a in weights.items()}, publicness=float(public)
    )
    assert rounded.given == pytest.approx([float(each) for each in exact.given], abs=1e-9)


@given(
    st.lists(fractions, min_size=2, max_size=6), st.fractions(Fraction(1, 8), Fraction(7, 8), max_denominator=8), shares
)
def test_the_great_give_a_larger_part_of_their_income(income, weight, public):
    found = equilibrium_contributions(dict(enumerate(income)), weight, publicness=public)
    given_share = [units / each for units, each in zip(found.given, found.income, strict=True)]
    order = sorted(range(len(income)), key=lambda i: income[i])
    assert all(given_share[i] <= given_share[j] for i, j in pairwise(order))


@given(alliances(), shares, shares)
def test_less_is_given_the_more_it_serves_others(alliance, one, another):
    low, high = sorted((one, another))
    totals = [equilibrium_contributions(*alliance, publicness=public).total for public in (low, high)]
    assert totals[0] >= totals[1]


@given(alliances())
def test_private_goods_are_paid_by_benefit(alliance):
    found = equilibrium_contributions(*alliance, publicness=0)
    assert found.given == found.efficient
    assert found.gap == 0


def test_the_efficient_total_satisfies_samuelson():
    """sum_i MRS_i = c, with MRS_i = a_i y_i / ((1 - a_i) T) at Lindahl's shares."""
    income, weights, price = {"A": 9, "B": 5, "C": 2}, {"A": 0.3, "B": 0.1, "C": 0.25}, 2.0
    found = equilibrium_contributions(income, weights, price=price)
    total = float(found.efficient_total)
    rates = [weights[s] * (1 - weights[s]) * income[s] / ((1 - weights[s]) * total) for s in income]
    assert sum(rates) == pytest.approx(price)


@pytest.mark.parametrize("public", [0.3, 0.8, 1.0])
def test_a_planner_buys_the_efficient_total_whatever_the_publicness(public):
    income, taste, price = np.array([9.0, 5, 1]), np.array([0.3, 0.1, 0.2]), 2.0

    def loss(x):
        y, t = np.exp(x[:3]), x[3:] ** 2
        served = t + public * (t.sum() - t)
        return -(income * ((1 - taste) * np.log(y) + taste * np.log(served))).sum()

    spent = {"type": "eq", "fun": lambda x: np.exp(x[:3]).sum() + price * (x[3:] ** 2).sum() - income.sum()}
    start = np.concatenate((np.log(income / 2), np.full(3, 0.7)))
    best = minimize(loss, start, method="SLSQP", constraints=[spent], options={"maxiter": 500, "ftol": 1e-12})
    found = equilibrium_contributions(dict(enumerate(income)), dict(enumerate(taste)), price=price, publicness=public)
    assert (best.x[3:] ** 2).sum() == pytest.approx(found.efficient_total, rel=1e-3)


def test_in_nato_of_1964_only_the_united_states_would_have_given():
    """With one taste for all and a purely public good, theory asks more of the great than they gave."""
    nato = nato_burden(1964)
    income = dict(zip(nato.states, nato.income, strict=True))
    public = equilibrium_contributions(income, 0.07)
    assert set(nato.states) - set(public.riders) == {"USA"}
    mixed = equilibrium_contributions(income, 0.07, publicness=0.05)
    assert public.gap > mixed.gap > 0
    assert len(mixed.riders) < len(public.riders)


# --- burden against benefit


def test_the_signed_rank_test_is_that_of_scipy():
    burden, benefit = [60, 25, 10, 5], [40, 30, 16, 14]
    found = benefit_test(dict(zip("ABCD", burden, strict=True)), dict(zip("ABCD", benefit, strict=True)))
    expected = wilcoxon(np.array(burden) / 100, np.array(benefit) / 100)
    assert (found.statistic, found.p_value) == (expected.statistic, expected.pvalue)
    assert found.to_frame()["difference"].sum() == pytest.approx(0)
    assert "Sandler" in found.cite()[0]


def test_differences_that_rounding_alone_sets_apart_share_a_rank():
    """0.5 - 0.4 and 0.4 - 0.3 are the same tenth, and as floats they are not."""
    burden = {"A": 5, "B": 3, "C": 1, "D": 0.4, "E": 0.6}
    benefit = {"A": 4, "B": 4, "C": 1.5, "D": 0.2, "E": 0.3}
    found = benefit_test(burden, benefit)  # differences 10, -10, -5, 2 and 3 in a hundred: ranks 4.5, 4.5, 3, 1, 2
    assert found.statistic == 7.5


def test_burdens_that_follow_benefits_pass_and_those_of_a_public_good_do_not():
    income = {k: 3.0**-k for k in range(14)}
    public = equilibrium_contributions(income, 0.2)
    mixed = equilibrium_contributions(income, 0.2, publicness=0.02)
    p = [
        benefit_test(dict(zip(f.states, f.given, strict=True)), dict(zip(f.states, f.efficient, strict=True))).p_value
        for f in (public, mixed)
    ]
    assert p[0] < 0.05
    assert p[0] <= p[1]


# --- results


def test_results_read_as_sentences_and_are_drawn():
    found = nato_burden(1964)
    assert repr(found).startswith("burden sharing of 14 states: rank correlation 0.490 (95% interval -0.09 to 0.82)")
    assert "USA    9.0% of income   70.6% of all spending,  60.0% of all income" in repr(found)
    assert "no figure: ISL" in repr(nato_burden(2024))
    assert "Olson" in found.cite()[0]
    assert found.to_frame().loc["USA", "burden_share"] == pytest.approx(0.706, abs=0.001)
    axes = found.plot()
    assert len(axes.texts) == 14
    pact = equilibrium_contributions({"A": 100, "B": 90, "C": 20}, Fraction(1, 5))
    assert pact.riders == ("C",)
    assert pact.given[:2] == (Fraction(140, 9), Fraction(50, 9))
    assert pact.to_frame()["benefit_share"].sum() == pytest.approx(1)
    assert "Bergstrom" in pact.cite()[1]
    assert len(pact.plot().collections) == 2
    plt.close("all")


# --- refusals


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: burden_sharing({"A": 1, "B": 2}, {"A": 1, "B": 2}), CoalitionError, "2 states; a correlation needs"),
        (lambda: burden_sharing({"A": 1, "B": 2, "C": 3}, {"A": 1, "B": 2}), CoalitionError, "look at C"),
        (lambda: burden_sharing({"A": 0, "B": 2, "C": 3}, dict.fromkeys("ABC", 1)), WorthError, "income of 'A' is 0"),
        (
            lambda: burden_sharing(dict(zip("ABC", (1, 2, 3), strict=True)), {"A": 1, "B": 101, "C": 0}),
            WorthError,
            "share of 'B' is 101; it must be percent",
        ),
        (
            lambda: burden_sharing(dict.fromkeys("ABC", 5), {"A": 1, "B": 2, "C": 3}),
            WorthError,
            "income is 5.0 for all",
        ),
        (lambda: nato_burden(1964).without("UKR"), CoalitionError, "unknown state 'UKR'"),
        (lambda: nato_burden(1964).interval(95), ValueError, "level is 95"),
        (lambda: nato_burden(2000), ValueError, "there are 1964 and 2024"),
        (lambda: equilibrium_contributions({"A": -1}, 0.5), WorthError, "income of 'A' is -1"),
        (lambda: equilibrium_contributions({"A": 1}, 1.5), WorthError, "weight of 'A' is 1.5"),
        (lambda: equilibrium_contributions({"A": 1}, 0), WorthError, "all weights are 0"),
        (lambda: equilibrium_contributions({"A": 1}, {"B": 1}), CoalitionError, "look at A, B"),
        (lambda: equilibrium_contributions({"A": 1}, 0.5, price=0), WorthError, "price is 0"),
        (lambda: equilibrium_contributions({"A": 1}, 0.5, publicness=2), WorthError, "publicness is 2"),
        (lambda: equilibrium_contributions({"A": float("nan")}, 0.5), WorthError, "income of 'A' is nan"),
        (lambda: benefit_test({"A": 1, "B": 2}, {"A": 1, "B": 2}), CoalitionError, "2 states; the test needs"),
        (lambda: benefit_test(dict.fromkeys("ABC", 1), dict.fromkeys("ABC", 2)), WorthError, "the same for all states"),
        (lambda: benefit_test(dict.fromkeys("ABC", 0), dict.fromkeys("ABC", 2)), WorthError, "burden is 0 for all"),
        (lambda: benefit_test({"A": 1, "B": 2, "C": -3}, dict.fromkeys("ABC", 2)), WorthError, "burden of 'C' is -3"),
        (lambda: benefit_test(dict.fromkeys("ABC", 1), dict.fromkeys("ABD", 2)), CoalitionError, "look at C, D"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()
