"""models/baselines.py"""

from dataclasses import replace

import numpy as np
import pytest

import models
from coalitions.errors import ChoiceError
from models.baselines import BASELINES as PLAIN
from models.baselines import PAIR_TERMS, THREE_TERMS, allied_pairs, fit_pairs, pair_covariates, pairs_sharing
from models.panel import load_panel
from models.theatre import shared_groups

YEAR = 2014
CONTEXT = ("AP1", YEAR)
BASELINES = {**PLAIN, "three terms": THREE_TERMS}


@pytest.fixture(scope="module")
def asia():
    return models.load("asia-pacific")


def scores(region, name, *groups, context=CONTEXT, until=YEAR):
    members = np.array([sorted(region.indices(group)) for group in groups])
    return BASELINES[name].build(region, until)(members, context)


def swaps(region, group):
    inside = region.indices(group)
    outside = [i for i in range(len(region.states)) if i not in inside]
    return np.sort([[*(i for i in inside if i != gone), new] for gone in inside for new in outside], axis=1)


# --- by hand


def test_distance_is_the_mean_over_pairs(asia):
    km = asia.panel.distance_km(("AUS", "JPN", "USA"), ("AUS", "JPN", "USA"))
    assert scores(asia, "distance", ("AUS", "JPN", "USA"))[0] == pytest.approx(-np.mean([km[0, 1], km[0, 2], km[1, 2]]))


def test_gravity_is_the_mean_of_products_over_distance(asia):
    gdp = asia.panel.vector("gdp_usd", ("IND", "JPN"), YEAR) / 1e12
    km = asia.panel.distance_km(("IND",), ("JPN",))[0, 0]
    assert scores(asia, "gravity", ("IND", "JPN"))[0] == pytest.approx(gdp[0] * gdp[1] / km)


def test_past_ties_and_votes_read_the_panel(asia):
    ties = shared_groups(asia.panel, ("AUS", "JPN"), YEAR)[0, 1]
    assert scores(asia, "past ties", ("AUS", "JPN"))[0] == pytest.approx(np.log1p(ties))
    ideal = asia.panel.vector("ideal_point", ("AUS", "JPN"), YEAR)
    assert scores(asia, "UN votes", ("AUS", "JPN"))[0] == pytest.approx(-abs(ideal[0] - ideal[1]))


def test_allies_are_in_one_pact(asia):
    assert scores(asia, "alliances", ("JPN", "USA"), ("IND", "USA")).tolist() == [1, 0]
    assert scores(asia, "alliances", ("JPN", "KOR", "USA"))[0] == pytest.approx(2 / 3)
    # Finland joined NATO in 2023
    assert [bool(allied_pairs(load_panel(), ("FIN", "USA"), year)[0, 1]) for year in (2022, 2023)] == [False, True]


def test_minimum_winning_prefers_the_least_surplus(asia):
    gdp = dict(zip(asia.states, asia.panel.vector("gdp_usd", asia.states, YEAR), strict=True))
    interest = asia.interest("AP1")
    quota = sum(gdp[c] for c in interest.challengers)
    pairs = [("JPN", "USA"), ("AUS", "USA"), ("AUS", "JPN"), ("AUS", "IND"), ("BRN", "FJI")]
    pooled = [gdp[a] + gdp[b] for a, b in pairs]
    assert [p >= quota for p in pooled] == [True, True, False, False, False]
    found = scores(asia, "minimum winning", *pairs)
    order = np.argsort(-found).tolist()
    winners = sorted((p, k) for k, p in enumerate(pooled) if p >= quota)
    losers = sorted(((p, k) for k, p in enumerate(pooled) if p < quota), reverse=True)
    assert order == [k for _, k in winners] + [k for _, k in losers]


def test_without_a_challenger_half_the_pool_wins(asia):
    calm = next(interest.id for interest in asia.interests if not interest.challengers)
    gdp = dict(zip(asia.states, np.nan_to_num(asia.panel.vector("gdp_usd", asia.states, YEAR)), strict=True))
    half = sum(gdp.values()) / 2
    groups = [("CHN", "JPN", "USA"), ("CHN", "DEU", "USA"), ("AUS", "IND", "NZL")]
    assert [sum(gdp[s] for s in group) >= half for group in groups] == [True, True, False]
    found = scores(asia, "minimum winning", *groups, context=(calm, YEAR))
    assert found[1] > found[0] > found[2]


def test_the_sum_of_pairs_is_a_sum_of_log_odds(asia):
    fitted = fit_pairs(asia.panel, asia.states, YEAR)
    group = ("AUS", "IND", "JPN")
    rows = pair_covariates(asia.panel, asia.states, YEAR)
    at = asia.indices(group)
    odds = sum(rows[a, b] @ fitted.coefficients for a, b in ((at[0], at[1]), (at[0], at[2]), (at[1], at[2])))
    assert scores(asia, "sum of pairs", group)[0] == pytest.approx(odds)


# --- agreement: the binary logit written as choices against a direct maximum


def test_the_logit_of_pairs_is_a_logit(asia):
    from scipy.optimize import minimize

    fitted = fit_pairs(asia.panel, asia.states, YEAR)
    left, right = np.triu_indices(len(asia.states), 1)
    rows, met = [], []
    for start in (2004, 1994):
        rows.append(pair_covariates(asia.panel, asia.states, start)[left, right])
        met.append(pairs_sharing(asia.panel, asia.states, start + 1, start + 10)[left, right])
    x, y = np.concatenate(rows), np.concatenate(met)

    def loss(theta):
        odds = x @ theta
        return np.logaddexp(0, odds).sum() - odds[y].sum() + 0.01 * theta @ theta / 2

    found = minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-4})
    assert fitted.names == PAIR_TERMS
    np.testing.assert_allclose(fitted.coefficients, found.x, rtol=1e-3, atol=1e-3)
    assert fitted.sets == 2 * left.size


def test_strangers_have_no_ties_to_count(asia):
    fitted = fit_pairs(asia.panel, asia.states, YEAR, strangers=True)
    assert fitted.names == PAIR_TERMS[:-1]
    assert fitted.sets < fit_pairs(asia.panel, asia.states, YEAR).sets


def test_three_terms_are_those_of_the_model(asia):
    """The rule against a fit of the whole model with all other coefficients held at nought."""
    from coalitions.calibration import fit
    from models.fitting import choice_sets, observed

    groups = observed(asia.choice_data(until=YEAR, data_year=YEAR))
    kept = ("stake", "distance", "ties", "coordination")
    held = {name: 0.0 for name in asia.names if name not in kept}
    prior = {"prior_mean": asia.prior_mean, "prior_precision": asia.prior_precision}
    fitted = fit(choice_sets(asia, groups), fixed=held, **prior)
    members = swaps(asia, ("AUS", "JPN", "USA"))
    np.testing.assert_allclose(
        BASELINES["three terms"].build(asia, YEAR)(members, CONTEXT),
        asia.features(members, *CONTEXT) @ fitted.coefficients,
    )


# --- laws


@pytest.mark.parametrize("name", BASELINES)
def test_every_rule_scores_groups_of_any_size(asia, name):
    score = BASELINES[name].build(asia, YEAR)
    for size in (2, 3, 6):
        members = np.array([range(size), range(3, 3 + size)])
        found = score(members, CONTEXT)
        assert found.shape == (2,)
        assert np.isfinite(found).all()
        np.testing.assert_allclose(score(members[:, ::-1], CONTEXT), found)
    assert BASELINES[name].story.endswith(".")
    assert BASELINES[name].source


@pytest.mark.parametrize("name", BASELINES)
def test_no_rule_reads_what_came_later(asia, name):
    """Figures after the context's year are made up, and groups founded after it thrown away."""
    rng = np.random.default_rng(1)
    panel = asia.panel
    later = np.array(panel.years) > YEAR
    columns = {c: np.where(later, v * rng.uniform(0.1, 9.0, v.shape), v) for c, v in panel.columns.items()}
    bodies = {body.name for body in panel.institutions}  # looked up by name, whenever they were founded
    kept = tuple(g for g in panel.groups if g.start <= YEAR or g.name in bodies)
    other = replace(panel, columns=columns, groups=kept)
    group = ("AUS", "JPN", "USA")
    one, two = (
        BASELINES[name].build(region, YEAR)(swaps(region, group), CONTEXT)
        for region in (asia, replace(asia, panel=other))
    )
    np.testing.assert_array_equal(one, two)


def test_random_is_uniform_and_the_same_at_every_run(asia):
    score = BASELINES["random"].build(asia, YEAR)
    n = len(asia.states)
    members = np.array([(a, b, c) for a in range(n) for b in range(a) for c in range(b)])
    found = score(members, CONTEXT)
    assert found[:2].round(6).tolist() == score(members[:2, ::-1], CONTEXT).round(6).tolist()
    assert len(set(found.tolist())) == len(found)
    assert abs(found.mean() - 0.5) < 0.02
    assert np.histogram(found, 10, (0, 1))[0].std() < 4 * np.sqrt(len(found) / 10)
    # members leave no trace: the mean over groups with a state is the mean over groups without
    assert all(abs(found[(members == i).any(axis=1)].mean() - 0.5) < 0.06 for i in range(n))
    assert abs(np.corrcoef(found, score(members, ("AP2", YEAR)))[0, 1]) < 0.05


def test_random_is_splitmix(asia):
    """The same mixing in whole numbers, as Steele, Lea and Flood 2014 give it."""
    word = (1 << 64) - 1

    def mixed(state):
        state = (state + 0x9E3779B97F4A7C15) & word
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & word
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & word
        return state ^ (state >> 31)

    state = int.from_bytes(b"AP1", "big")
    for member in (0, 1, 2):
        state = mixed(state ^ (member + 1))
    found = BASELINES["random"].build(asia, YEAR)(np.array([[2, 0, 1]]), CONTEXT)
    assert found[0] == pytest.approx(state / 2**64, abs=1e-12)


def test_missing_figures_leave_a_state_at_the_mean(asia):
    panel = asia.panel
    gone = panel.index("JPN")
    columns = {**panel.columns}
    for name in ("gdp_usd", "ideal_point"):
        values = columns[name].copy()
        values[gone] = np.nan
        columns[name] = values
    rows = pair_covariates(replace(panel, columns=columns), asia.states, YEAR)
    assert np.isfinite(rows).all()
    jpn, (aus, usa) = asia.indices(("JPN",))[0], asia.indices(("AUS", "USA"))
    assert rows[jpn, aus, PAIR_TERMS.index("votes")] == rows[jpn, usa, PAIR_TERMS.index("votes")]


# --- refusals


def test_refuses_a_logit_without_variation(asia):
    empty = replace(asia.panel, groups=())
    with pytest.raises(ChoiceError, match=r"0 of \d+ pairs met in new small groups up to 2014"):
        fit_pairs(empty, asia.states, YEAR)
    with pytest.raises(ChoiceError, match="until is 1995, and must be 2000 or later"):
        fit_pairs(asia.panel, asia.states, 1995)
