"""models/statements/: tests of a payoff"""

import math
from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from coalitions import Game, coalition_structure_core, optimal_structure, shapley_interaction, shapley_value
from coalitions.calibration import ChoiceSets
from models.calibrated import THEATRES
from models.closed_form import CHOICES, best_choice, best_size
from models.panel import load_panel
from models.statements import CLAIMS, VERDICTS, Run, covered_shares, small_band, statement, statements, verdict_of
from models.statements.coverage import BODIES, at_end
from models.statements.europe import _area
from models.statements.payoffs import (
    Payoff,
    best_structures,
    drawn,
    every_group,
    keenest,
    payoff,
    potential,
    subsets,
)
from models.statements.refits import combination, member_term, pooled, refit, told_better, with_terms
from models.statements.rivals import RAISES, _added, _damaged, _harm, _threats
from models.statements.sizes import AFTER, MIDDLE, RANGES

pytestmark = pytest.mark.slow  # fits all regions many times over

PANEL = load_panel()
ALL = (*THEATRES, "global-order")
WITH_FIT = ("S2", "S3", "S5", "S8", "S9", "S13", "S14", "S15", "S16", "S18", "S19", "S20")


@pytest.fixture(scope="module")
def fitted():
    return models.calibrate(ALL, draws=120)


@pytest.fixture(scope="module")
def found(fitted):
    return statements(fitted=fitted)


@pytest.fixture(scope="module")
def europe(fitted):
    return payoff(run_with(fitted), "europe", 20)


def run_with(fit, seed=0):
    return Run(PANEL, fit, 0.95, np.random.default_rng(seed))


def bundle(given, draws=5, **coefficients):
    """A fit of which every draw has the coefficients given, and 0 for all others."""
    regions = {name: given.regions[name] for name in THEATRES}
    table = {}
    for name, region in regions.items():
        row = np.array([coefficients.get(term, 0.0) for term in region.names])
        table[name] = np.tile(row, (draws, 1))
    return SimpleNamespace(regions=regions, draws=table, year=given.year)


def one_region(given, region):
    return SimpleNamespace(regions={region.name: region}, draws={region.name: given.draws[region.name]}, year=2024)


def part(found, name):
    return next(p for p in (found.main, *found.parts) if p.name.removeprefix("fitted: ") == name)


# --- what every test of a payoff keeps


def test_every_claim_is_tested_with_a_fit(found):
    assert [s.id for s in found] == [claim.id for claim in CLAIMS]
    for s in found:
        assert s.verdict in VERDICTS
        assert s.main is not None
        assert s.verdict == verdict_of([s.main, *s.parts])
        assert (s.reason, "" in (s.basis, s.test, s.finding)) == ("", False)
        for one in (s.main, *s.parts):
            assert one.interval[0] - 1e-12 <= one.effect <= one.interval[1] + 1e-12, (s.id, one.name)
            assert not math.isnan(one.interval[0])


def test_claims_without_a_model_are_what_they_are_without_a_fit(found):
    for claim in CLAIMS:
        if not claim.model:
            assert claim.id not in WITH_FIT
    for identifier in ("S1", "S4", "S12", "S17"):
        assert found[identifier].to_frame().equals(statement(identifier).to_frame())


def test_answers_that_rest_on_coefficients_stand_beside_those_of_theory(found):
    for identifier in ("S2", "S14", "S15", "S16", "S18", "S19"):
        assert not math.isnan(found[identifier].main.theory), identifier
        assert "in theory" in repr(found[identifier])
    table = found.to_frame().set_index("id")
    assert table.loc["S2", "theory"] > table.loc["S2", "effect"]
    assert math.isnan(table.loc["S1", "theory"])


def test_verdicts_of_the_fit_that_do_not_hang_on_how_it_is_drawn(found):
    said = {s.id: s.verdict for s in found}
    assert {name: said[name] for name in ("S3", "S8", "S16", "S19")} == dict.fromkeys(
        ("S3", "S8", "S16", "S19"), "not decided"
    )
    assert {name: said[name] for name in ("S9", "S12", "S13", "S20")} == dict.fromkeys(
        ("S9", "S12", "S13", "S20"), "supported"
    )
    assert (said["S15"], said["S18"]) == ("mixed", "mixed")


def test_the_same_fit_and_seed_give_the_same_statement(fitted, found):
    for identifier in ("S15", "S18", "S19"):
        assert statement(identifier, fitted=fitted).to_frame().equals(found[identifier].to_frame())


def test_a_fit_of_three_theatres_leaves_only_the_global_order_undecided(fitted):
    three = SimpleNamespace(regions={n: fitted.regions[n] for n in THEATRES}, draws=fitted.draws, year=2024)
    tested = statements(["S15", "S19"], fitted=three)
    assert tested["S19"].reason == "the fit has no region 'global-order'"
    assert tested["S15"].reason == ""


@pytest.mark.parametrize("table", [np.zeros((5, 3)), np.zeros((0, 18)), np.zeros(18)])
def test_draws_of_another_payoff_are_refused(fitted, table):
    odd = SimpleNamespace(regions=dict(fitted.regions), draws={"europe": table}, year=2024)
    with pytest.raises(ValueError, match=r"draws of europe have shape .*; \(draws, 18\) is needed"):
        statement("S15", fitted=odd)


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_draws_that_are_not_finite_are_refused(fitted, odd):
    table = fitted.draws["europe"][:3].copy()
    table[1, 2] = odd
    fit = SimpleNamespace(regions=dict(fitted.regions), draws={"europe": table}, year=2024)
    with pytest.raises(ValueError, match=rf"draw 1 of europe has {odd} for 'pressure'; give numbers"):
        statement("S15", fitted=fit)


@pytest.mark.parametrize("identifier", ["S3", "S8", "S9", "S20"])
def test_a_fit_without_groups_is_refused(fitted, identifier):
    world = SimpleNamespace(regions={"global-order": fitted.regions["global-order"]}, draws={}, year=2024)
    with pytest.raises(ValueError, match=r"no region of the fit \(global-order\) has a group founded by"):
        statement(identifier, fitted=world)


def test_a_fit_that_ends_before_the_groups_to_foretell_says_so(fitted):
    early = SimpleNamespace(regions=dict(fitted.regions), draws={}, year=2014)
    told = statement("S20", fitted=early)
    assert told.reason == (
        "observed part only; its model part: the fit ends in 2014; groups founded after 2014 are foretold"
    )
    assert told.verdict == statement("S20").verdict


def test_a_weight_for_no_term_is_refused(fitted):
    region = fitted.regions["middle-east"]
    told = refit(pooled([region], 2024), region)
    with pytest.raises(ValueError, match="no coefficient 'tie' in the fit; known: "):
        combination("x", told, {"tie": 1.0}, run_with(None), side="above")
    with pytest.raises(ValueError, match="no group founded by 2024 is left to fit"):
        pooled([region], 2024, lambda _, choice: False)


# --- worths over draws


def test_worths_are_those_of_the_region(europe):
    groups = subsets(keenest(europe.region, "EU3", 2024, 6), 4)
    worths = europe.worths(groups, "EU3")
    assert worths.shape == (15, 21)
    for d in (0, 7, 20):
        theta = dict(zip(europe.region.names, europe.coefficients[d], strict=True))
        gains = europe.region.gains(groups, "EU3", 2024, theta).sum(axis=1)
        assert worths[:, d] == pytest.approx(gains)


def test_the_last_row_is_that_of_theory(fitted, europe):
    region = fitted.regions["europe"]
    theta = region.anchored(dict(zip(region.names, region.prior_mean, strict=True)), 2024)
    assert europe.coefficients[-1] == pytest.approx(list(theta.values()))
    world = payoff(run_with(fitted), "global-order", 3)
    setups = [
        r.anchored(dict(zip(r.names, r.prior_mean, strict=True)), 2024)["setup"]
        for r in (fitted.regions[name] for name in THEATRES)
    ]
    assert world.coefficients[-1, world.region.names.index("setup")] == pytest.approx(np.mean(setups))


def test_infinite_answers_have_quantiles():
    answers = np.array([1.0, 2.0, np.inf, np.inf, np.inf, 3.0])
    one = drawn("x", answers, run_with(None), null=0, side="above", unit="worth")
    assert (one.effect, one.interval, one.theory) == (math.inf, (1.0, math.inf), 3.0)


@given(st.integers(2, 7), st.integers(1, 4))
def test_subsets_are_all_and_once(n, k):
    if k <= n:
        rows = subsets(range(10, 10 + n), k)
        assert {tuple(row) for row in rows.tolist()} == set(combinations(range(10, 10 + n), k))
        assert rows.shape == (math.comb(n, k), k)


def test_the_keenest_hold_the_largest_stakes(europe):
    region = europe.region
    pool = keenest(region, "EU1", 2024, 8, ("FRA",))
    stake = region.theatre("EU1", 2024).stake
    left = set(region.eligible("EU1")) - set(pool)
    assert region.indices(("FRA",))[0] in pool
    assert len(pool) == 8
    assert min(stake[i] for i in pool if region.states[i] != "FRA") >= max(stake[i] for i in left)
    assert "RUS" not in {region.states[i] for i in keenest(region, "EU1", 2024, 44, ("RUS",))}


def test_among_equal_stakes_the_stronger_are_keener(europe):
    region = europe.region
    theatre = region.theatre("EU7", 2024)
    listed = [i for i in region.eligible("EU7") if theatre.stake[i] == 1]
    pool = keenest(region, "EU7", 2024, 10)
    assert len(listed) > 10
    left = set(listed) - set(pool)
    assert set(pool) < set(listed)
    assert min(theatre.alone[i] for i in pool) > max(theatre.alone[i] for i in left)


def test_a_set_can_reach_its_best_group(europe):
    pool = keenest(europe.region, "EU4", 2024, 6)
    table = potential(europe, "EU4", pool, (3, 4))
    for d in (0, 20):
        for mask in (0b000111, 0b101101, 0b111111, 0b000011):
            inside = [state for bit, state in enumerate(pool) if mask >> bit & 1]
            worths = [
                europe.worths(np.array([group]), "EU4")[0, d] for k in (3, 4) for group in combinations(inside, k)
            ]
            assert table[mask, d] == pytest.approx(max([0.0, *worths]))


@pytest.mark.parametrize("first", range(7))
def test_the_best_groups_of_all_draws_are_the_optimal_structures(europe, first):
    keen = list(keenest(europe.region, "EU5", 2024, 7))
    pool, sizes = [*keen[first:], *keen[:first]], (3,)  # one of seven stays alone, whoever comes first
    best = best_structures(europe, "EU5", pool, sizes)
    table = np.zeros((1 << 7, 21))
    groups = subsets(pool, 3)
    for group, worths in zip(groups.tolist(), europe.worths(groups, "EU5"), strict=True):
        table[sum(1 << pool.index(i) for i in group)] = np.maximum(worths, 0)
    for d in range(0, 21, 5):
        assert best[d] == pytest.approx(optimal_structure(Game("ABCDEFG", table[:, d])).worth)


# --- fits made for a test


def test_a_state_taken_out_of_the_pools_is_in_no_alternative(fitted):
    region = fitted.regions["europe"]
    usa = region.indices(("USA",))[0]
    choices = [c for c in region.choice_data(until=2024).choices if usa not in c.members]
    sets = pooled([region], 2024, lambda _, c: usa not in c.members, without="USA")
    assert len(sets.labels) == len({c.family for c in choices})
    # completions of a group of k in a pool of n - 1: n - k; the whole pool would offer one more
    first = choices[0]
    own = sets.select([first.family])
    assert own.sizes[0] == len(region.states) - len(first.members)
    chosen = own.features[own.offsets[0] + own.chosen[0]]
    assert chosen == pytest.approx(region.features(np.array([first.members]), *first.context)[0])


def test_a_term_of_a_member_sums_to_its_members(fitted):
    region = with_terms(fitted.regions["europe"], [member_term("wealth", lambda t: t.resources)])
    led = with_terms(fitted.regions["europe"], [member_term("wealth", lambda t: t.resources, kinds=(1,))])
    members = np.array([region.indices(states) for states in (("FRA", "DEU", "POL"), ("FRA", "DEU", "USA"))])
    wealth = region.theatre("EU3", 2020).resources[members].sum(axis=1)
    assert region.features(members, "EU3", 2020)[:, -1] == pytest.approx(wealth)
    assert led.features(members, "EU3", 2020)[:, -1] == pytest.approx([0.0, wealth[1]])


def test_a_weighted_sum_of_one_coefficient_has_its_interval(fitted):
    region = fitted.regions["middle-east"]
    told = refit(pooled([region], 2024), region)
    one = combination("ties", told, {"ties": 1.0}, run_with(None), side="above")
    assert one.interval == pytest.approx(tuple(told.interval(0.95)[told.names.index("ties")]))
    both = combination("x", told, {"ties": 1.0, "stake": -1.0}, run_with(None), side="above")
    assert both.effect == pytest.approx(told["ties"] - told["stake"])


def test_a_model_foretells_better_than_none_and_no_better_than_itself(fitted):
    region = fitted.regions["asia-pacific"]
    sets = pooled([region], 2024)

    def fitter(part: ChoiceSets):
        return refit(part, region)

    def nothing(part: ChoiceSets):
        return refit(part, region, dict.fromkeys(region.names[1:], 0.0))

    same, labels = told_better((sets, fitter), (sets, fitter), run_with(None))
    assert same == pytest.approx(np.zeros(len(labels)))
    gains, _ = told_better((sets, fitter), (sets, nothing), run_with(None))
    assert gains.mean() > 1


# --- S2, S16: other circumstances


def test_challengers_drive_where_pressure_weighs_and_not_where_it_repels(fitted):
    drives = statement("S2", fitted=bundle(fitted, pressure=4.0))
    repels = statement("S2", fitted=bundle(fitted, pressure=-4.0))
    nothing = statement("S2", fitted=bundle(fitted, stake=2.0))
    assert (drives.main.verdict, repels.main.verdict) == ("supported", "not supported")
    assert drives.details["share of draws with more groups by challengers"] == 1
    assert (nothing.effect, nothing.interval, nothing.main.verdict) == (1.0, (1.0, 1.0), "not decided")
    assert part(drives, "founded groups, worth gained from challengers").verdict == "supported"
    assert part(drives, "weight of pressure").effect == 4


def test_the_expected_number_without_a_threat_is_that_sum(fitted):
    fit = bundle(fitted, pressure=3.0, distance=0.5)
    region = fitted.regions["asia-pacific"]
    opposed = [interest for interest in region.interests if interest.challengers]
    theta = np.array([{"pressure": 3.0, "distance": 0.5}.get(name, 0.0) for name in region.names])
    gone = region.scenario(threat={"CHN": 0.0, "PRK": 0.0})

    def number(where):
        groups = {i.id: every_group(where, i.id, 3) for i in opposed}
        return sum(np.exp(where.features(g, name, 2024) @ theta).sum() for name, g in groups.items())

    told = part(statement("S2", fitted=fit), "Asia-Pacific, same")
    assert told.effect == pytest.approx(number(region) / number(gone))


def test_groups_without_the_us_gain_as_it_leaves_where_strength_weighs(fitted):
    gain = statement("S16", fitted=bundle(fitted, capability=5.0))
    lose = statement("S16", fitted=bundle(fitted, capability=-5.0))
    assert (gain.main.verdict, lose.main.verdict) == ("supported", "not supported")
    half = part(gain, "groups without the US, it at half")
    assert 0 < half.effect < gain.effect
    gap = "covered share lost, it gone"
    assert part(gain, gap).effect == part(lose, gap).effect > 0
    covers = gain.details["covered share"]
    assert covers["the US gone"]["EU1"] < covers["the US there"]["EU1"]
    assert covers["the US gone"]["EU6"] == covers["the US there"]["EU6"]  # the Union's own


# --- S3, S12: coverage


def test_covered_shares_are_contest_successes_of_stakeholders(fitted):
    region = fitted.regions["europe"]
    theatre, interest = region.theatre("EU3", 2020), region.interest("EU3")
    threat = max(theatre.threat, region.settings.reference.value)
    shares = [
        c / (c + threat) for c, s in zip(theatre.coverage, region.states, strict=True) if s in interest.stakeholders
    ]
    told = dict(zip([i.id for i in region.interests], covered_shares(region, 2020), strict=True))
    assert told["EU3"] == pytest.approx(np.mean(shares))
    assert covered_shares(region.scenario(coverage=0.0), 2020) == [0.0] * 10


def test_groups_coded_to_the_least_and_most_covered_interest_turn_the_claim(fitted):
    region = fitted.regions["middle-east"]
    shares = covered_shares(region, 2024)
    ids = [interest.id for interest in region.interests]
    least, most = (ids[f(range(len(ids)), key=shares.__getitem__)] for f in (min, max))

    def coded(interest):
        groups = tuple(replace(g, interest=interest, challengers=()) for g in region.groups)
        return statement("S3", fitted=one_region(fitted, replace(region, groups=groups)))

    assert coded(least).main.verdict == "supported"
    assert coded(most).main.verdict == "not supported"


def test_european_needs_follow_what_bodies_cover():
    found = statement("S12")
    low, high = found.interval
    assert 0 <= low <= found.effect <= high <= 10
    assert found.level is None

    def with_bodies(**values):
        return replace(PANEL, institutions=tuple(replace(b, **values) for b in PANEL.institutions))

    full = dict.fromkeys(("relevance", "relevance_low", "relevance_high", "acting", "acting_low", "acting_high"), 1.0)
    assert statement("S12", panel=with_bodies(**full)).effect < found.effect
    none = replace(PANEL, institutions=tuple(b for b in PANEL.institutions if b.name not in BODIES))
    assert statement("S12", panel=none).interval == (10, 10)
    region = models.load("europe")
    counts = [
        sum(s < 0.5 for s in covered_shares(at_end(region, end, BODIES), 2024)) for end in ("high", "value", "low")
    ]
    assert [low, found.effect, high] == counts


# --- S4, S5: sizes


@given(st.floats(0.2, 30), st.floats(0.005, 1.0), st.floats(0.2, 5.0), st.floats(0.01, 0.99))
def test_the_band_of_small_groups_is_where_they_are_best(threat, cost, capability, inside):
    low, high = small_band(capability, threat, cost)
    within = float(low + inside * (high - low))
    assert 3 <= best_size(within, capability, threat, cost) <= 9
    assert best_size(float(low) * 0.999, capability, threat, cost) <= 2
    assert best_size(float(high) * 1.001, capability, threat, cost) >= 10


def test_the_share_with_a_middle_is_that_of_a_search_over_stakes():
    rng = np.random.default_rng(3)
    held = []
    for _ in range(400):
        x = {name: number.low * (number.high / number.low) ** rng.random() for name, number in RANGES.items()}
        n = round(x["members"])
        low, high = small_band(1.0, x["threat"], x["cost"])
        stakes = np.linspace(float(low), float(high), 80)[1:-1]
        chosen = best_choice(stakes, 1.0, x["threat"], x["cost"], n, x["reliability"], x["fee"])
        held.append((chosen == CHOICES.index("minilateral")).any())
    told = statement("S4")
    assert told.finding == MIDDLE
    assert np.mean(held) == pytest.approx(told.effect, abs=0.05)


def test_the_institution_hardly_ever_follows_small_groups():
    rng, follows = np.random.default_rng(9), []
    for _ in range(600):
        x = {name: number.low * (number.high / number.low) ** rng.random() for name, number in RANGES.items()}
        n, threat = round(x["members"]), x["threat"]
        stakes, sizes = np.geomspace(1e-3, 1e6, 3000), np.arange(1, n)
        groups = stakes[:, None] * sizes / (sizes + threat) - x["cost"] * sizes
        body = x["reliability"] * stakes * n / (n + threat) - x["fee"]
        best = np.maximum(groups.max(axis=1), 0.0)
        small = np.isin(groups.argmax(axis=1) + 1, range(3, 10)) & (best > np.maximum(body, 0.0))
        follows.append(small.any() and (body[small.argmax() :] > best[small.argmax() :]).any())
    told = part(statement("S4"), AFTER)
    assert told.effect == pytest.approx(np.mean(follows), abs=0.02)
    assert told.verdict == "not supported"


def test_an_institution_that_always_acts_leaves_less_room():
    told = statement("S4")
    assert part(told, "the same, an institution that always acts").effect < told.effect
    assert told.level is None


def test_the_peak_lies_where_founding_and_coordination_put_it(fitted):
    middle = statement("S5", fitted=bundle(fitted, setup=10.0, coordination=1.0))
    inside = part(middle, "most worth a member at three to six")
    assert inside.effect > 0.9  # sqrt(2 * 10) members, a few more inside institutions
    assert part(middle, "one peak").effect == 1
    alone = statement("S5", fitted=bundle(fitted, coordination=1.0))
    assert part(alone, "most worth a member at three to six").effect == 0
    assert alone.verdict == "mixed"


# --- S8, S9: who joins


@pytest.fixture(scope="module")
def strangers(fitted):
    """Regions whose panel deals American troops and economies to states at random."""
    rng = np.random.default_rng(8)
    order = rng.permutation(len(PANEL.states))
    columns = {n: t[order] if n == "us_troops" else t for n, t in PANEL.columns.items()}
    panel = replace(PANEL, columns=columns)
    regions = {name: replace(fitted.regions[name], panel=panel) for name in THEATRES}
    return SimpleNamespace(regions=regions, draws=fitted.draws, year=2024)


def test_troops_dealt_at_random_draw_nobody(strangers, found):
    dealt = statement("S9", fitted=strangers)
    assert dealt.main.verdict == "not decided"
    assert dealt.details["likelihood ratio"] < found["S9"].details["likelihood ratio"]


@pytest.mark.slow
def test_dependence_as_the_payoff_has_it_also_stands_for_the_us_itself(fitted):
    rng, plain, beyond = np.random.default_rng(1), [], []
    for _ in range(20):
        order = rng.permutation(len(PANEL.states))
        columns = {name: t[order] if name == "us_troops" else t for name, t in PANEL.columns.items()}
        regions = {n: replace(fitted.regions[n], panel=replace(PANEL, columns=columns)) for n in THEATRES}
        dealt = statement("S9", fitted=SimpleNamespace(regions=regions, draws={}, year=2024))
        beyond.append(dealt.main)
        plain.append(part(dealt, "dependence, as the payoff has it"))
    assert np.mean([one.effect for one in plain]) > 0.2
    assert np.mean([one.effect for one in beyond]) < 0.2
    assert sum(one.verdict == "supported" for one in beyond) <= 3


def test_the_likelihood_ratio_of_dependence_has_its_tail(found):
    from scipy.stats import chi2

    details = found["S9"].details
    assert details["p-value"] == pytest.approx(chi2.sf(details["likelihood ratio"], 1), abs=2e-4)
    assert 0 < details["magnitude"] < 1


def test_weights_of_near_and_poor_are_those_of_a_fit_by_hand(fitted, found):
    regions = [fitted.regions[name] for name in THEATRES]
    kinds = {(r.name, g.name): g.orientation for r in regions for g in r.groups}

    def place(values):
        return np.array([((v > values).sum() + ((v == values).sum() - 1) / 2) / (len(values) - 1) for v in values])

    def near(theatre):
        challengers = [c for c in theatre.interest.challengers if c in PANEL.states]
        if not challengers:
            return np.zeros(len(theatre.states))
        km = PANEL.distance_km(theatre.states, challengers)
        for j, code in enumerate(challengers):
            if code in theatre.states:
                km[theatre.states.index(code), j] = np.inf
        return place(-km.min(axis=1))

    def poor(theatre):
        return 1 - place(theatre.resources)

    terms = [
        member_term("near", near),
        member_term("poor", poor),
        member_term("both", lambda theatre: near(theatre) * poor(theatre)),
    ]
    added = [with_terms(region, terms) for region in regions]

    def keep(region, choice):
        return kinds[region.name, choice.name] == "non_us" and "USA" not in {region.states[i] for i in choice.members}

    told = refit(pooled(added, 2024, keep, without="USA"), added[0])
    assert found["S8"].effect == pytest.approx(told["both"])


# --- S13, S14, S15: Europe


def test_three_capitals_by_hand(fitted):
    fit = SimpleNamespace(regions=fitted.regions, draws={"europe": fitted.draws["europe"][:1]}, year=fitted.year)
    told = statement("S13", fitted=fit)
    region, theta = fitted.regions["europe"], fitted.draws["europe"][0]
    pool = keenest(region, "EU9", 2024, 10, ("FRA", "DEU", "GBR"))
    three = set(region.indices(("FRA", "DEU", "GBR")))
    best = {2: -np.inf, 3: -np.inf}
    for size in (3, 4, 5, 6):
        for group in combinations(pool, size):
            held = len(three & set(group))
            if held > 1:
                worth = float(region.features(np.array([group]), "EU9", 2024)[0] @ theta)
                best[held] = max(best[held], worth)
    by_interest = told.details["fitted: all three less two, by interest"]
    assert by_interest["EU9"] == pytest.approx(best[3] - best[2], abs=0.01)
    mean = part(told, "all three less two of them").effect
    assert mean == pytest.approx(np.mean(list(by_interest.values())), abs=0.01)
    interactions = []
    for interest in region.interests:
        pool = keenest(region, interest.id, 2024, 10, ("FRA", "DEU", "GBR"))
        table = potential(Payoff(region, 2024, theta[None]), interest.id, pool, (3, 4, 5, 6))[:, 0]
        pairs = shapley_interaction(Game([region.states[i] for i in pool], table))
        interactions.append(pairs["FRA", "DEU"] - np.mean(list(pairs.to_dict().values())))
    assert part(told, "interaction of FRA-DEU, over a typical one").effect == pytest.approx(np.mean(interactions))


def test_areas_count_pairs_in_order():
    assert _area(np.array([3.0, 1.0]), np.array([2.0, 1.0])) == 0.625
    assert _area(np.array([5.0]), np.array([1.0, 2.0])) == 1.0


def test_nothing_later_foretells_the_sky_shield(fitted, found):
    year = 2022
    groups = tuple(g for g in PANEL.groups if g.start < year or g.name == "European Sky Shield Initiative")
    columns = {name: table.copy() for name, table in PANEL.columns.items()}
    for table in columns.values():
        table[:, year - PANEL.first_year :] = 0.5
    panel = replace(PANEL, groups=groups, columns=columns)
    regions = {}
    for name in ALL:
        region = fitted.regions[name]
        kept = tuple(g for g in region.groups if g.start < year or g.name == "European Sky Shield Initiative")
        regions[name] = replace(region, panel=panel, groups=kept)
    blind = statement("S14", fitted=SimpleNamespace(regions=regions, draws=fitted.draws, year=2024))
    for name in ("founders of the Sky Shield", "founders of the Sky Shield, without lists"):
        assert part(blind, name).effect == pytest.approx(part(found["S14"], name).effect)
    assert blind.effect != found["S14"].effect or blind.details != found["S14"].details


def test_groups_that_cost_more_than_they_bring_cannot_be_led(fitted):
    assert statement("S14", fitted=bundle(fitted, stake=1.0, setup=50.0)).effect == 0
    assert statement("S14", fitted=bundle(fitted, stake=1.0)).effect == 1


def test_the_efficiency_ratio_by_hand(fitted):
    row = fitted.draws["europe"][:1]
    told = statement("S15", fitted=SimpleNamespace(regions=fitted.regions, draws={"europe": row}, year=2024))
    region, names = fitted.regions["europe"], fitted.regions["europe"].names
    free = np.array(
        [0.0 if n in ("coordination", "setup", "autonomy") else c for n, c in zip(names, row[0], strict=True)]
    )
    one = Payoff(region, 2024, row)
    groups = union = 0.0
    for interest in region.interests:
        pool = keenest(region, interest.id, 2024, 10)
        groups += best_structures(one, interest.id, pool, (3, 4, 5, 6))[0]
        union += float(region.features(np.array([pool]), interest.id, 2024)[0] @ free)
    assert told.effect == pytest.approx(groups / union)


def test_a_union_that_is_worth_nothing_leaves_no_ratio(fitted):
    told = statement("S15", fitted=bundle(fitted, stake=-1.0, setup=-5.0))
    assert told.main.verdict == "not supported"
    assert told.effect == math.inf
    assert statement("S15", fitted=bundle(fitted)).effect == math.inf


def test_small_groups_are_no_cure_where_size_costs_nothing(fitted):
    # what all share grows with size, and nothing speaks against one union
    told = statement("S15", fitted=bundle(fitted, inclusion=1.0))
    assert told.verdict == "supported"
    assert part(told, "best groups less the union with its costs").verdict == "supported"


# --- S18, S19, S20: rivals


def test_damage_grows_with_effort_and_stays_below_the_part_it_can_reach(europe):
    harm = _harm(europe, ["EU1", "EU3"])
    assert harm.shape == (len(RAISES), 21)
    assert (np.diff(harm, axis=0) > 0).all()
    assert (harm > 0).all()
    assert (harm < 0.5).all()
    calm = Payoff(europe.region.scenario(threat={"RUS": 1.0}), 2024, europe.coefficients)
    assert _harm(calm, ["EU1"]) == pytest.approx(_harm(europe, ["EU1"]))


def test_damage_of_one_group_by_hand(europe):
    from models.measures import measure

    region = europe.region
    one = Payoff(region, 2024, europe.coefficients[:1])
    best, lost = _damaged(one, "EU1")
    pool = keenest(region, "EU1", 2024, 10)
    groups = [g for k in (3, 4, 5, 6) for g in combinations(pool, k)]
    worths = [float(one.worths(np.array([g]), "EU1")[0, 0]) for g in groups]
    top = np.array([groups[int(np.argmax(worths))]])
    figures = measure(region.theatre("EU1", 2024), np.ascontiguousarray(top.T), region.settings)
    force, least = float(figures["joint"][0] + figures["coverage"].mean()), region.settings.reference.value
    russia = region.theatre("EU1", 2024).threat
    assert russia < least < 2 * russia
    success = [force / (force + max(raise_by * russia, least)) for raise_by in (1, 2)]
    assert best[0] == pytest.approx(max(worths))
    assert lost[RAISES.index(1.0), 0] == pytest.approx(max(worths) * (1 - success[1] / success[0]))


def test_only_what_russia_itself_does_is_raised(europe):
    # another challenger beside it does no more than now, and below the least threat a raise changes nothing
    region, doubled = europe.region, RAISES.index(1.0)
    china = region.scenario(threat={"RUS": 0.0}).theatre("EU8", 2024).threat
    both = region.theatre("EU8", 2024).threat
    own, now, raised = _threats(europe, "EU8")
    assert (own, now, raised[doubled]) == pytest.approx((both - china, both, 2 * both - china))
    assert 0 < own < china
    twice = region.scenario(threat={"RUS": 2.0}).theatre("EU8", 2024).threat
    assert raised[doubled] == pytest.approx(twice)
    assert _damaged(europe, "EU2")[1][doubled] == pytest.approx(0.0)
    assert (_damaged(europe, "EU2")[1][-1] > 0).all()


def test_doubling_its_effort_russia_destroys_less_than_it_adds_whatever_the_least_threat(found):
    told = found["S18"]
    adds = part(told, "share it adds at its own tables").effect
    assert max(told.details["share it destroys, effort doubled, least threat from strongest to weakest"]) < adds
    least = told.details["least raise at which it destroys as much as it adds"]
    assert 1.0 < least <= 3.0
    assert told.details["share it destroys, by raise"][least] >= adds


def test_what_russia_adds_is_its_shapley_value(fitted):
    given_payoff = payoff(run_with(fitted), "middle-east", 2)
    value, whole = _added(given_payoff, "ME7*")
    region = given_payoff.region
    pool = keenest(region, "ME7*", 2024, 10, ("RUS",))
    names = [region.states[i] for i in pool]
    table = potential(given_payoff, "ME7*", pool, (3, 4, 5, 6))
    allocation = shapley_value(Game(names, table[:, 0]))
    assert value[0] == pytest.approx(allocation.payoffs[names.index("RUS")])
    assert whole[0] == pytest.approx(allocation.payoffs.sum())


@settings(max_examples=40)
@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 10))
def test_the_pair_holds_exactly_where_the_core_of_its_structure_is_not_empty(pair, first, second):
    if abs(pair - first - second) < 1e-6:
        return
    # worths of {C}, {R}, {C, R}, {W}, {C, W}, {R, W} and, not formed, all three
    game = Game(["CHN", "RUS", "USA"], [0, 0, 0, pair, 0, first, second, 0])
    core = coalition_structure_core(game)
    together = not core.is_empty and ("CHN", "RUS") in core.structure
    assert together == (pair > first + second)


def test_pressure_makes_the_pair_where_it_weighs(fitted):
    world = fitted.regions["global-order"]

    def told(**coefficients):
        row = np.array([[coefficients.get(name, 0.0) for name in world.names]] * 4)
        return statement(
            "S19", fitted=SimpleNamespace(regions={"global-order": world}, draws={"global-order": row}, year=2024)
        )

    pressed = told(pressure=5.0)
    assert pressed.verdict == "supported"
    shares = pressed.details["share of draws in which the pair holds, by pressure"]
    assert list(shares.values()) == [1.0] * len(shares)  # at no pressure the pair and both deals are worth nothing
    assert part(pressed, "what the pair gains from none to double pressure").effect > 0
    assert told(pressure=-5.0).main.verdict == "not supported"
    unpressed = told(stake=1.0)
    assert part(unpressed, "what the pair gains from none to double pressure").effect == 0
    assert unpressed.main.verdict == "not supported"  # one pair against two deals of the same stake


def test_what_a_standing_body_does_counts_for_the_pair_as_for_the_deals(fitted):
    world = fitted.regions["global-order"]
    nato = next(body for body in PANEL.institutions if (body.name, body.interest) == ("NATO", "GL1"))
    panel = replace(PANEL, institutions=(*PANEL.institutions, replace(nato, name="BRICS")))

    def told(with_panel):
        region = replace(world, panel=with_panel)
        row = np.array([[float(name == "nesting") for name in world.names]] * 3)
        fit = SimpleNamespace(regions={"global-order": region}, draws={"global-order": row}, year=2024)
        return statement("S19", fitted=fit).details["worth of the pair and of the deals with the US"]

    assert told(PANEL)["pair"] == 0.0
    assert told(panel)["pair"] == pytest.approx(nato.relevance)


def test_no_later_figure_ranks_later_groups(fitted, found):
    columns = {name: table.copy() for name, table in PANEL.columns.items()}
    for table in columns.values():
        table[:, 2015 - PANEL.first_year :] = 0.5
    panel = replace(PANEL, columns=columns)
    regions = {name: replace(fitted.regions[name], panel=panel) for name in THEATRES}
    blind = statement("S20", fitted=SimpleNamespace(regions=regions, draws={}, year=2024))
    name = "later challenger-led groups"
    assert part(blind, name).effect == part(found["S20"], name).effect
    ever = "challenger-led groups of all years"
    assert part(blind, ever).effect != part(found["S20"], ever).effect


def test_challenger_led_groups_are_not_fitted(fitted, found):
    led = {g.name for g in PANEL.groups if g.orientation == "challenger_led" and g.start <= 2014}
    regions = {
        name: replace(r, groups=tuple(g for g in r.groups if g.name not in led))
        for name, r in ((n, fitted.regions[n]) for n in THEATRES)
    }
    fewer = statement("S20", fitted=SimpleNamespace(regions=regions, draws={}, year=2024))
    name = "later challenger-led groups"
    assert part(fewer, name).effect == pytest.approx(part(found["S20"], name).effect)


@pytest.mark.parametrize(
    ("identifier", "change", "words"),
    [
        ("S18", lambda r: replace(r, interests=tuple(replace(i, challengers=()) for i in r.interests)), "names RUS"),
        ("S20", lambda r: replace(r, groups=tuple(g for g in r.groups if g.start < 2015)), "no challenger-led group"),
    ],
)
def test_a_region_without_what_is_needed_is_named(fitted, identifier, change, words):
    regions = {name: change(fitted.regions[name]) for name in THEATRES}
    with pytest.raises(ValueError, match=words):
        statement(identifier, fitted=SimpleNamespace(regions=regions, draws=fitted.draws, year=2024))


# --- figures


def test_a_figure_marks_what_theory_says(found):
    import matplotlib.pyplot as plt

    axes = found.plot()
    assert "open circles: under the priors of theory" in axes.get_xlabel()
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
    assert len(hollow) == sum(not math.isnan(s.main.theory) for s in found)
    plain = found["S1"].plot()
    assert "theory" not in plain.get_xlabel()
    plt.close("all")
