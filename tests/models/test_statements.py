"""models/statements/"""

import math
from collections import Counter
from dataclasses import replace
from itertools import combinations, permutations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from models.panel import load_panel
from models.statements import (
    CLAIMS,
    VERDICTS,
    Evidence,
    Finding,
    Run,
    alliance_gain,
    entrapment_threshold,
    evidence_for,
    registry,
    small_band,
    star_gain,
    statement,
    statements,
    verdict_of,
)
from models.statements.architecture import RANGES
from models.statements.chance import configuration, percentiles, random_sets
from models.statements.intervals import (
    bootstrap_interval,
    median_interval,
    newcombe_interval,
    odds_ratio,
    rate_ratio_interval,
    wilson_interval,
)
from models.statements.observed import members_in, minilaterals

PANEL = load_panel()
OBSERVED = ("S1", "S4", "S5", "S6", "S7", "S10", "S11", "S12", "S13", "S17", "S20")
positive = st.floats(0.01, 20)


@pytest.fixture(scope="module")
def found():
    return statements()


def regrouped(change):
    """The panel with each group as ``change`` gives it, and without those it gives None for."""
    return replace(PANEL, groups=tuple(new for group in PANEL.groups if (new := change(group)) is not None))


def finding(interval, side="above", null=0.0):
    return Finding(name="x", effect=sum(interval) / 2, interval=interval, null=null, side=side, unit="groups")


BUNDLE = SimpleNamespace(regions={}, draws={}, year=2024)


@pytest.fixture
def model_tests(monkeypatch):
    monkeypatch.setattr(registry, "_MODEL", {})
    monkeypatch.setattr(registry, "_REGIONS", {})
    return registry._MODEL


def against(run: Run) -> Evidence:
    return Evidence(main=finding((-2.0, -1.0)), basis="a fit", details={"groups": 3})


# --- published: counts of the listed groups, and printed intervals


def test_groups_by_start_are_those_counted_before(found):
    counted = found["S1"].details["minilaterals by five years"]
    assert len(minilaterals(PANEL)) == 133
    assert counted["2000-2004"] + counted["2005-2009"] == 19
    assert [counted[span] for span in ("2010-2014", "2015-2019", "2020-2024")] == [15, 45, 35]
    medians = found["S1"].details["median listed members"]
    assert medians["2015-2019"] == medians["2020-2024"] == 4


def test_listed_sizes_are_those_counted_before(found):
    details = found["S5"].details
    assert round(details["mean listed members"], 1) == 5.4
    assert details["median listed members"] == 4
    shares = [details[f"share with {w} listed members"] for w in ("three", "three to six", "three to nine")]
    assert [round(share, 2) for share in shares] == [0.35, 0.75, 0.89]  # the last is printed as 90%


def test_groups_without_the_us_are_those_counted_before(found):
    by_orientation = found["S7"].details["without the US by orientation"]
    assert by_orientation == {"Middle East": (22, 30), "Europe": (40, 43), "Asia-Pacific": (19, 37)}
    by_members = found["S7"].details["without the US"]
    assert by_members["Middle East"] == (23, 30)  # the US brokered the Abraham Accords and is no party
    assert by_members["Asia-Pacific"] == (18, 37)  # it sat in the Six-Party Talks that China led


def test_nested_groups_are_those_counted_before(found):
    details = found["S11"].details
    assert details["nested by listed members"] == 87
    assert details["European by listed members"] == {
        "groups": 43,
        "inside NATO": 29,
        "inside the EU": 17,
        "EU and others": 24,
    }
    assert details["nested the year before founding"] < 87


def test_paris_berlin_and_london_meet_as_counted_before(found):
    assert found["S13"].details["together"] == {"FRA-DEU": 14, "DEU-GBR": 10, "FRA-GBR": 8, "FRA-DEU-GBR": 8}


def test_us_led_and_other_groups_lie_where_they_did_before(found):
    medians = found["S6"].details["median percentile"]
    assert medians["US-led, ideal points"] == pytest.approx(80, abs=6)  # that run used membership of today
    assert medians["US-led, kilometres"] == pytest.approx(79, abs=6)
    assert medians["non-US, ideal points"] == pytest.approx(7, abs=5)
    assert medians["non-US, kilometres"] == pytest.approx(0.5, abs=1)
    assert medians["US-led, capability"] > 96
    assert 60 < medians["non-US, capability"] < 85


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_differences_of_shares_have_the_intervals_newcombe_printed(first, second, low, high):
    assert newcombe_interval(first, second) == pytest.approx((low, high), abs=5e-5)


# --- verdicts of the embedded panel


def test_every_claim_has_a_verdict_and_says_what_it_needs(found):
    assert [s.id for s in found] == [f"S{k}" for k in range(1, 21)]
    for s in found:
        assert s.verdict in VERDICTS
        assert (s.main is not None) == (s.id in OBSERVED)
        if s.main is None:
            assert (s.verdict, s.reason) == ("not decided", "needs a fit")
        else:
            assert s.verdict == verdict_of([s.main, *s.parts])
            assert "" not in (s.basis, s.test, s.finding)
            assert s.details


def test_verdicts_of_the_embedded_panel(found):
    assert {s.id: s.verdict for s in found if s.main is not None} == {
        "S1": "supported",
        "S4": "not decided",
        "S5": "supported",
        "S6": "mixed",
        "S7": "supported",
        "S10": "not decided",
        "S11": "supported",
        "S12": "supported",
        "S13": "supported",
        "S17": "not decided",
        "S20": "supported",
    }


def test_us_led_groups_are_far_apart_in_votes_and_alike_in_regime(found):
    parts = {part.name: part.verdict for part in found["S6"].parts}
    assert parts["US-led, ideal points"] == "supported"
    assert parts["US-led, regime"] == "not supported"


def test_every_effect_lies_in_its_interval(found):
    for s in found:
        for part in (s.main, *s.parts) if s.main else ():
            assert part.interval[0] <= part.effect <= part.interval[1], (s.id, part.name)


def test_without_the_us_itself_its_groups_are_near_and_alike_and_still_rich(found):
    bare = found["S6"].details["median percentile without the US itself"]
    assert bare["US-led, ideal points"] < 50
    assert bare["US-led, kilometres"] < 50
    rich = next(part for part in found["S6"].parts if part.name == "capability without the US itself, same")
    assert rich.effect == bare["US-led, capability"] - bare["non-US, capability"]
    assert rich.verdict == "supported"
    assert rich.effect < next(p for p in found["S6"].parts if p.name == "capability, US-led less non-US").effect


def test_drawing_whole_families_changes_no_verdict_of_a_count(found):
    groups, rng = minilaterals(PANEL), np.random.default_rng(0)
    founders = [frozenset(PANEL.founders(g)) for g in groups]
    small = np.array([3 <= len(f) <= 6 for f in founders])
    alone = np.array(["USA" not in {*g.members, *f} for g, f in zip(groups, founders, strict=True)])
    late, early = (np.array([a <= g.start <= b for g in groups]) for a, b in ((2010, 2024), (1995, 2009)))
    parts = {(s.id, p.name): p for s in found for p in (s.main, *s.parts) if s.main is not None}

    def verdict(statistic, told, region=None):
        kept = np.array([i for i, g in enumerate(groups) if region in (None, g.region)])
        interval = bootstrap_interval(
            lambda at: statistic(kept[at]), [founders[i] for i in kept], 0.95, rng, resamples=1000
        )
        return replace(told, effect=statistic(kept), interval=interval).verdict, told.verdict

    told = [
        verdict(lambda at: late[at].sum() / early[at].sum(), parts["S1", "all regions"]),
        verdict(lambda at: small[at].mean(), parts["S5", "minilaterals"]),
    ]
    for title, region in (("Asia-Pacific", "asia_pacific"), ("Middle East", "middle_east"), ("Europe", "europe")):
        told.append(verdict(lambda at: small[at].mean(), parts["S5", title], region))
        told.append(verdict(lambda at: alone[at].mean(), parts["S7", title], region))
    assert all(whole == single for whole, single in told)


def test_the_least_threat_stands_in_for_most_of_those_named(found):
    details, part = found["S12"].details, found["S12"].parts[0]
    assert part.name == "the same, least threat from weakest to strongest"
    assert len(details["interests that meet the least threat"]) == 8
    weakest, strongest = details["interests mostly uncovered, only the least threat at its weakest and strongest"]
    assert part.interval[0] <= weakest <= found["S12"].effect <= strongest <= part.interval[1]


def test_partial_claims_say_so(found):
    assert {s.id for s in found if s.main is not None and s.reason} == {"S5", "S13", "S20"}
    assert "model part: needs a fit" in found["S13"].reason


# --- laws of the verdict


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((1.0, 2.0), "supported"),
        ((-2.0, -1.0), "not supported"),
        ((-1.0, 1.0), "not decided"),
        ((0.0, 1.0), "not decided"),
        ((1.0, math.inf), "supported"),
        ((math.nan, math.nan), "not decided"),
    ],
)
def test_the_rule(interval, verdict):
    assert finding(interval).verdict == verdict
    low, high = interval
    assert finding((-high, -low), side="below").verdict == verdict


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2)), min_size=1, max_size=5))
def test_mixed_means_that_parts_speak_against_each_other(pairs):
    findings = [finding((x, x + w)) for x, w in pairs]
    said = {f.verdict for f in findings}
    assert (verdict_of(findings) == "mixed") == ({"supported", "not supported"} <= said)
    if verdict_of(findings) != "mixed":
        assert verdict_of(findings) == findings[0].verdict


@given(st.floats(-3, 3), st.floats(0.01, 2), st.sampled_from(["above", "below"]))
def test_a_figure_puts_supported_claims_right_of_nothing(low, width, side):
    one = finding((low, low + width), side=side)
    effect, left, right = one.standardised
    assert left <= effect <= right
    assert right - left == pytest.approx(2)
    assert (left > 0) == (one.verdict == "supported")


def test_a_ratio_without_an_upper_end_has_a_place():
    one = Finding(name="x", effect=math.inf, interval=(7.0, math.inf), null=1.0, side="above", unit="ratio")
    assert all(map(math.isfinite, one.standardised))
    assert one.standardised[1] > 0


# --- a doctored panel turns a verdict


def test_groups_founded_the_other_way_round_turn_the_shift():
    def swap(group):
        shift = {True: -15, False: 15}[group.start >= 2010] if group.start >= 1995 else 0
        return replace(group, start=group.start + shift, end=None) if group.kind == "minilateral" else group

    turned = statement("S1", panel=regrouped(swap))
    assert turned.verdict in ("not supported", "mixed")
    assert turned.main.verdict == "not supported"
    assert turned.effect == pytest.approx(26 / 95)


def test_large_groups_turn_the_sweet_spot():
    large = tuple(sorted(PANEL.states))[:9]
    turned = statement(
        "S5",
        panel=replace(
            regrouped(lambda g: replace(g, members=large) if g.kind == "minilateral" and len(g.members) > 3 else g),
            events={},
        ),
    )
    assert turned.main.verdict == "not supported"


def test_orientations_swapped_turn_the_difference():
    other = {"us_led": "non_us", "non_us": "us_led"}
    turned = statement("S6", panel=regrouped(lambda g: replace(g, orientation=other.get(g.orientation, g.orientation))))
    assert turned.main.verdict == "not supported"


def test_the_us_in_every_group_of_the_middle_east_turns_its_share():
    def joined(group):
        inside = group.region == "middle_east" and "USA" not in group.members
        return replace(group, members=(*group.members, "USA")) if inside else group

    turned = statement("S7", panel=regrouped(joined))
    assert turned.effect == 0
    assert turned.verdict == "mixed"  # Europe still meets without the US


@pytest.mark.parametrize(("drift", "verdict"), [(2.0, "supported"), (-0.9, "not supported")])
def test_excluded_states_that_move_are_seen(drift, verdict):
    points = PANEL.columns["ideal_point"].copy()
    for state, year in (("CHN", 2007), ("FRA", 2021), ("IRN", 2022)):
        points[PANEL.index(state), year + 1 - PANEL.first_year :] -= drift
        if state == "CHN":
            points[PANEL.index(state), 2011 - PANEL.first_year :] += drift
    turned = statement("S10", panel=replace(PANEL, columns={**PANEL.columns, "ideal_point": points}))
    assert turned.main.verdict == verdict


def test_without_standing_bodies_nothing_nests():
    alone = statement("S11", panel=regrouped(lambda g: None if g.kind in ("institution", "alliance") else g))
    assert (alone.effect, alone.main.verdict) == (0, "not decided")
    assert alone.details["nested the year before founding"] == 0


def test_a_group_nests_in_bodies_that_stood_the_year_before_and_are_larger():
    europe = [s for s in PANEL.states if "EU" in PANEL.tags[s]["regions"].split(";")]
    pact = replace(PANEL.group("Weimar Triangle"), name="pact", members=tuple(europe[:3]), start=2000, end=None)
    body = replace(PANEL.group("NATO"), name="body", members=tuple(europe[:40]), start=1999, end=None)

    def excess(*groups):
        return statement("S11", panel=replace(PANEL, groups=groups, events={})).effect

    by_chance = math.comb(40, 3) / math.comb(len(europe), 3)
    assert excess(pact, body) == pytest.approx(1 - by_chance, abs=0.04)
    assert excess(pact, replace(body, start=2000)) == 0
    ten = tuple(europe[:10])
    assert excess(replace(pact, members=ten), replace(body, members=ten)) == 0


def test_a_group_the_us_founded_and_left_is_not_without_it():
    pact = next(g for g in PANEL.groups if g.region == "middle_east" and g.kind == "minilateral" and g.end is None)
    pact = replace(pact, members=("EGY", "ISR", "JOR"))
    left = {pact.name: ((pact.start + 1, "USA", "leave"),)}
    assert statement("S7", panel=replace(PANEL, groups=(pact,), events={})).effect == 1
    assert statement("S7", panel=replace(PANEL, groups=(pact,), events=left)).effect == 0


def test_three_states_that_take_turns_do_not_meet_beyond_chance():
    turns = iter(("FRA", "DEU", "GBR") * 50)

    def apart(group):
        if (
            group.region == "europe"
            and group.kind == "minilateral"
            and len({"FRA", "DEU", "GBR"} & set(group.members)) > 1
        ):
            stays = next(turns)
            return replace(group, members=tuple(s for s in group.members if s not in {"FRA", "DEU", "GBR"} - {stays}))
        return group

    turned = statement("S13", panel=replace(regrouped(apart), events={}))
    assert set(turned.details["together"].values()) == {0}
    assert turned.verdict == "not decided"
    assert turned.effect < 0


def test_challengers_that_never_meet_turn_their_claim():
    named = {"CHN", "IRN", "PRK", "RUS", "TUR"}
    turned = statement(
        "S20", panel=regrouped(lambda g: None if g.kind == "minilateral" and len(named & set(g.members)) > 1 else g)
    )
    assert turned.details["together"] == 0
    assert turned.main.verdict != "supported"


# --- chance


def test_the_same_seed_gives_the_same_statement_alone_or_among_others(found):
    for identifier in ("S6", "S10", "S13", "S17"):
        alone = statement(identifier, rng=0)
        assert alone.to_frame().equals(found[identifier].to_frame())
    assert statement("S10", rng=np.random.default_rng(3)).interval == statement("S10", rng=3).interval
    assert statement("S10", rng=3).interval != statement("S10", rng=4).interval


def test_a_higher_level_gives_a_wider_interval():
    for identifier in ("S1", "S5", "S7", "S11", "S13"):
        narrow, wide = (statement(identifier, level=level).interval for level in (0.5, 0.99))
        assert wide[0] < narrow[0] < narrow[1] < wide[1]


# --- agreement: two routes, one number


@given(st.integers(1, 60), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_is_scipys(trials, data, level):
    successes = data.draw(st.integers(0, trials))
    theirs = binomtest(successes, trials).proportion_ci(level, method="wilson")
    assert wilson_interval(successes, trials, level) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.5, 1.0, 3.0]))
def test_a_ratio_of_rates_is_the_exact_interval_of_a_share(after, before, exposure):
    if after + before == 0:
        return
    theirs = binomtest(after, after + before).proportion_ci(0.95, method="exact")
    low, high = rate_ratio_interval(after, before, exposure)
    assert low == pytest.approx(theirs.low / (1 - theirs.low) / exposure, rel=1e-6, abs=1e-12)
    assert high == (math.inf if before == 0 else pytest.approx(theirs.high / (1 - theirs.high) / exposure, rel=1e-6))


@given(st.integers(1, 80), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_median_is_bounded_by_the_ranks_binomial_chance_gives(n, level):
    low, high = (int(x) for x in median_interval(range(1, n + 1), level))
    assert low + high == n + 1
    covered = 1 - 2 * binom.cdf(low - 1, n, 0.5)
    if low > 1:
        assert covered >= level - 1e-12
    if low + 1 <= (n + 1) // 2:
        assert 1 - 2 * binom.cdf(low, n, 0.5) < level


@pytest.mark.parametrize("ratio", [1.0, 3.0])
def test_a_ratio_of_rates_covers_the_true_one(ratio):
    rng = np.random.default_rng(1)
    before, after = rng.poisson(12, 400), rng.poisson(12 * ratio, 400)
    bounds = [rate_ratio_interval(int(a), int(b)) for a, b in zip(after, before, strict=True)]
    assert np.mean([low <= ratio <= high for low, high in bounds]) >= 0.94


def test_the_odds_ratio_is_where_the_hypergeometric_likelihood_is_greatest():
    from scipy.stats import nchypergeom_fisher

    table = [[95, 26], [14, 12]]
    estimate, (low, high) = odds_ratio(table)
    chance = [nchypergeom_fisher(147, 121, 109, odds).pmf(95) for odds in estimate * np.array([0.99, 1.0, 1.01])]
    assert max(chance) == chance[1]
    assert nchypergeom_fisher(147, 121, 109, low).sf(94) == pytest.approx(0.025, rel=1e-3)
    assert nchypergeom_fisher(147, 121, 109, high).cdf(95) == pytest.approx(0.025, rel=1e-3)


def test_the_bootstrap_draws_whole_families():
    values = np.array([0.0, 0.0, 0.0, 9.0])
    apart = bootstrap_interval(lambda at: values[at].mean(), "abcd", 0.95, np.random.default_rng(0))
    together = bootstrap_interval(lambda at: values[at].mean(), "aaab", 0.95, np.random.default_rng(0))
    assert together == (0.0, 9.0)
    assert apart[1] < 9
    assert all(map(math.isnan, bootstrap_interval(lambda at: 1.0, "aaaa", 0.95, np.random.default_rng(0))))


def test_random_sets_are_equally_likely():
    sets = random_sets(5, 2, 20_000, np.random.default_rng(0))
    counts = Counter(map(tuple, np.sort(sets, axis=1).tolist()))
    assert set(counts) == set(combinations(range(5), 2))
    assert max(abs(n / 20_000 - 0.1) for n in counts.values()) < 0.01


def test_random_tables_with_the_same_margins_are_equally_likely():
    table = np.eye(3, dtype=bool)
    drawn = configuration(table, 6000, np.random.default_rng(0))
    counts = Counter(tuple(one.argmax(axis=1).tolist()) for one in drawn)
    assert set(counts) == set(permutations(range(3)))
    assert max(abs(n / 6000 - 1 / 6) for n in counts.values()) < 0.02


def test_random_tables_of_uneven_margins_are_equally_likely():
    table = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1]], dtype=bool)
    rows = [list(combinations(range(4), k)) for k in (3, 2, 2)]
    margins = Counter(j for row in np.argwhere(table)[:, 1:] for j in row)
    every = [
        t for t in ((a, b, c) for a in rows[0] for b in rows[1] for c in rows[2]) if Counter(sum(t, ())) == margins
    ]
    drawn = configuration(table, 8000, np.random.default_rng(0), swaps=20)
    counts = Counter(tuple(tuple(np.flatnonzero(row).tolist()) for row in one) for one in drawn)
    assert set(counts) == set(every)
    assert max(abs(n / 8000 - 1 / len(every)) for n in counts.values()) < 0.02


def test_percentiles_are_shares_of_all_sets():
    pool = ("AUS", "CHN", "DEU", "FRA", "GBR", "IND", "JPN", "USA")
    pact = PANEL.group("AUKUS")
    points = dict(zip(pool, PANEL.vector("ideal_point", pool, 2020), strict=True))

    def spread(members):
        return np.mean([abs(points[a] - points[b]) for a, b in combinations(members, 2)])

    every = np.array([spread(members) for members in combinations(pool, 3)])
    own = spread(("AUS", "GBR", "USA"))
    exact = 100 * ((every < own - 1e-9).mean() + (abs(every - own) <= 1e-9).mean() / 2)
    placed = percentiles(PANEL, [pact], "ideal_point", np.random.default_rng(0), pool=pool, draws=20_000)
    assert placed[0] == pytest.approx(exact, abs=1.5)
    gdp = dict(zip(pool, PANEL.vector("gdp_usd", pool, 2020), strict=True))
    sums = np.array([gdp[a] + gdp[b] for a, b in combinations(pool, 2) if "USA" not in (a, b)])
    partners = gdp["AUS"] + gdp["GBR"]
    exact = 100 * ((sums < partners - 1).mean() + (abs(sums - partners) <= 1).mean() / 2)
    rich = percentiles(PANEL, [pact], "gdp_usd", np.random.default_rng(0), pool=pool, without=("USA",), draws=20_000)
    assert rich[0] == pytest.approx(exact, abs=1.5)


def test_a_group_as_large_as_the_pool_is_in_the_middle():
    placed = percentiles(
        PANEL, [PANEL.group("AUKUS")], "kilometres", np.random.default_rng(0), pool=("AUS", "GBR", "USA")
    )
    assert placed[0] == 50


def test_no_later_figure_places_a_group():
    later = {
        name: np.where(np.arange(len(PANEL.years)) >= 2021 - PANEL.first_year, 0.5, values)
        for name, values in PANEL.columns.items()
    }
    pact = [PANEL.group("AUKUS")]
    for measure in ("ideal_point", "gdp_usd", "polyarchy"):
        now = percentiles(PANEL, pact, measure, np.random.default_rng(0))
        then = percentiles(replace(PANEL, columns=later), pact, measure, np.random.default_rng(0))
        assert now[0] == then[0]


def test_the_change_of_an_excluded_state_is_set_against_all_other_outsiders(found):
    points, first = PANEL.columns["ideal_point"], PANEL.first_year
    inside = [PANEL.index(state) for state in ("AUS", "GBR", "USA")]

    def change(state):
        row = points[PANEL.index(state)]
        spans = (range(2022, 2025), range(2018, 2021))
        after, before = (
            np.mean([abs(row[year - first] - points[i, year - first]) for year in span for i in inside])
            for span in spans
        )
        return after - before

    others = [change(state) for state in PANEL.states if state not in ("FRA", "AUS", "GBR", "USA")]
    part = next(part for part in found["S10"].parts if part.name == "FRA and AUKUS")
    assert part.effect == pytest.approx(change("FRA") - np.nanmean(others))
    stray = np.nanquantile(others, [0.025, 0.975]) - np.nanmean(others)
    assert part.interval == pytest.approx((part.effect - stray[1], part.effect - stray[0]))


def test_claims_draw_numbers_of_their_own(model_tests):
    drawn = {}

    def draw(run):
        drawn[len(drawn)] = run.rng.random()
        return against(run)

    for identifier in ("S2", "S3"):
        evidence_for(identifier, fitted=True)(draw)
    statements(["S2", "S3"], fitted=BUNDLE)
    assert drawn[0] != drawn[1]


def test_members_are_dated_also_before_the_panel():
    assert len(members_in(PANEL, PANEL.group("NATO"), 1970)) == 15
    assert members_in(PANEL, PANEL.group("NATO"), 1948) == frozenset()


# --- the closed form of a star and an alliance


@given(positive, st.floats(0.0, 1.0), st.integers(0, 60), st.floats(0.0, 0.3), st.floats(0.0, 0.1), st.floats(0.0, 0.1))
def test_the_star_is_better_exactly_above_the_threshold(threat, partner, partners, entrapment, promise, link):
    alliance = alliance_gain(threat, partner, partners, entrapment, association=0.2, link=link)
    star = star_gain(partners, association=0.2 - promise, link=link)
    margin = entrapment - entrapment_threshold(threat, partner, partners, association=promise)
    assert float(star - alliance) == pytest.approx(float(partners * margin), abs=1e-12)


@given(positive, st.floats(0.001, 1.0), st.integers(1, 60), positive)
def test_the_threshold_falls_with_partners_and_rises_with_their_strength(threat, partner, partners, stake):
    def bound(a, n):
        return float(entrapment_threshold(threat, a, n, stake=stake))

    assert bound(partner, partners + 1) < bound(partner, partners) < bound(2 * partner, partners)
    assert bound(partner, partners) == pytest.approx(stake * float(entrapment_threshold(threat, partner, partners)))


def test_the_threshold_is_the_root_sympy_finds():
    import sympy

    v, t, a, n, e, d = sympy.symbols("v t a n e d", positive=True)
    alliance = v * ((1 + n * a) / (1 + n * a + t) - 1 / (1 + t)) - n * e
    (root,) = sympy.solve(sympy.Eq(alliance, -n * d), e)
    at = {v: 2, t: sympy.Rational(3, 2), a: sympy.Rational(1, 20), n: 7, d: sympy.Rational(1, 100)}
    assert float(root.subs(at)) == pytest.approx(float(entrapment_threshold(1.5, 0.05, 7, association=0.01, stake=2)))


def test_strength_of_partners_is_that_of_the_panel():
    gdp = PANEL.vector("gdp_usd", PANEL.states, 2023)
    quantiles = np.nanquantile(gdp / gdp[PANEL.index("CHN")], [0.25, 0.5, 0.9])
    assert quantiles == pytest.approx(
        [RANGES["partner"].low, RANGES["partner"].value, RANGES["partner"].high], rel=0.15
    )


def test_the_star_does_best_where_the_claim_says(found):
    star = found["S17"]
    shares = {part.name: part.effect for part in star.parts}
    assert star.effect > shares["all draws"] > shares["cheap entrapment, few strong partners"]
    assert shares["the same if a promise buys nothing"] > star.effect
    assert star.level is None


def test_the_share_of_the_box_is_that_of_other_draws(found):
    rng = np.random.default_rng(99)
    x = {name: number.low * (number.high / number.low) ** rng.random(200_000) for name, number in RANGES.items()}
    cost = x["conflict"] * x["dissimilarity"] * x["loss"]
    more = 1 + x["partners"] * x["partner"]
    security = more / (more + x["threat"]) - 1 / (1 + x["threat"])
    better = x["partners"] * (cost - x["association"]) > security
    corner = (cost > np.median(cost)) & (x["partners"] > math.sqrt(3 * 40)) & (x["partner"] < math.sqrt(0.002 * 0.1))
    assert found["S17"].effect == pytest.approx(better[corner].mean(), abs=0.02)
    assert found["S17"].parts[1].effect == pytest.approx(better.mean(), abs=0.02)


# --- a fit


def test_a_test_of_a_payoff_runs_with_a_fit_only(model_tests):
    evidence_for("S2", fitted=True)(against)
    assert statement("S2").reason == "needs a fit"
    tested = statement("S2", fitted=BUNDLE)
    assert (tested.verdict, tested.basis, tested.reason) == ("not supported", "a fit", "")


def test_a_fit_that_disagrees_with_what_is_observed_makes_it_mixed(model_tests):
    evidence_for("S5", fitted=True)(against)
    tested = statement("S5", fitted=BUNDLE)
    assert tested.verdict == "mixed"
    assert tested.parts[-1].name == "fitted: x"
    assert tested.details["fitted: groups"] == 3
    assert tested.reason == ""


def test_a_fit_without_a_test_says_so(model_tests):
    assert statement("S3", fitted=BUNDLE).reason == "no test of it with a fit"


def test_a_fit_without_the_region_a_claim_is_about_says_so(model_tests):
    evidence_for("S2", fitted=True, regions=["europe"])(against)
    assert statement("S2", fitted=BUNDLE).reason == "the fit has no region 'europe'"
    evidence_for("S5", fitted=True, regions=["europe"])(against)
    partly = statement("S5", fitted=BUNDLE)
    assert partly.reason == "observed part only; its model part: the fit has no region 'europe'"
    assert partly.verdict == "supported"


def test_what_theory_says_stands_beside_an_effect_and_decides_nothing():
    bare = finding((1.0, 2.0))
    told = replace(bare, theory=-7.0)
    assert (bare.verdict, told.verdict) == ("supported", "supported")
    assert told.place(-7.0) < -8
    assert told.standardised == bare.standardised


# --- tables and figures


def test_a_table_has_a_row_for_each_claim_and_finding(found):
    table = found.to_frame()
    assert table["id"].tolist() == [claim.id for claim in CLAIMS]
    assert table.set_index("id").loc["S6", "parts"] == "12/1/1"
    rows = found["S7"].to_frame()
    assert rows["part"].tolist()[0] == "Middle East"
    assert len(rows) == 1 + len(found["S7"].parts)


def test_what_prints_names_claim_verdict_and_interval(found):
    assert repr(found).splitlines()[0].startswith("20 claims: 7 supported, 1 mixed")
    assert "S2   not decided    needs a fit" in repr(found)
    assert repr(found["S1"]).startswith("S1 supported: A shift to small groups")
    assert "95% interval" in repr(found["S1"])
    assert "95% interval" not in repr(found["S17"])
    assert r"\toprule" in found.to_latex()
    assert "<caption>" in found._repr_html_()


def test_figures_draw_every_finding(found):
    import matplotlib.pyplot as plt

    axes = found.plot()
    assert [label.get_text().split()[0] for label in axes.get_yticklabels()] == list(OBSERVED)
    other = plt.subplots()[1]
    assert found["S6"].plot(other) is other
    assert len(other.get_yticklabels()) == 14
    left, right = other.get_xlim()
    assert -10 < left < right < 10
    plt.close("all")


# --- refusals


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: statement("s6"), "no statement 's6'; did you mean 'S6'"),
        (lambda: statement("S21"), "no statement 'S21'; did you mean"),
        (lambda: statement("first"), "no statement 'first'; known: S1, S2"),
        (lambda: statements(["S1", "S5", "S1"]), "statement S1 is named twice"),
        (lambda: statement("S1", level=95), "level is 95; it must lie between 0 and 1"),
        (lambda: statement("S1", level=math.nan), "level is nan"),
        (lambda: statements(["S1"])["S2"], "no statement 'S2'; did you mean 'S1'"),
        (lambda: evidence_for("S99"), "no statement 'S99'"),
        (lambda: evidence_for("S1")(against), "S1 has a test already: shift_to_small_groups"),
        (lambda: statements(["S2"]).plot(), "no statement of 1 has an effect to draw"),
        (lambda: finding((2.0, 1.0)), "interval from 2.0 to 1.0 is upside down"),
        (lambda: finding((1.0, 2.0), side="over"), "side 'over' is not one of above, below"),
        (lambda: finding((1.0, 2.0), null=math.nan), "null value nan must be finite"),
        (lambda: wilson_interval(3, 2), "3 of 2: a share needs"),
        (lambda: wilson_interval(0, 0), "0 of 0: a share needs"),
        (lambda: wilson_interval(1, 5, math.nan), "level is nan; it must lie between 0 and 1"),
        (lambda: rate_ratio_interval(1, 5, level=2.0), "level is 2.0"),
        (lambda: rate_ratio_interval(1, 5, -1.0), "exposure is -1.0; time after over time before"),
        (lambda: median_interval([1, 2, 3], 1.5), "level is 1.5"),
        (lambda: median_interval([1.0, math.nan, 3.0]), "a value is nan"),
        (lambda: odds_ratio([[0, 0], [2, 3]]), "a row or column without a count"),
        (lambda: odds_ratio([[1, 2], [2, 3]], 0.0), "level is 0.0"),
        (lambda: bootstrap_interval(lambda at: 1.0, "ab", 1.5, np.random.default_rng(0)), "level is 1.5"),
        (lambda: random_sets(3, -1, 1, np.random.default_rng(0)), "1 sets of -1: neither can be negative"),
        (lambda: small_band(-1.0, 5.0, 0.5), "capability is -1.0; it must be finite and above 0"),
        (lambda: small_band(1.0, [5.0, 0.0], 0.5), "threat is 0.0"),
        (lambda: small_band(1.0, 5.0, 0.5, (9, 3)), "sizes from 9 to 3 leave nothing"),
        (lambda: verdict_of([]), "no findings"),
        (lambda: statements("S1"), r"the one name 'S1'; give a list of them, such as \['S1'\]"),
        (lambda: statement(["S1"]), "no statement"),
        (lambda: rate_ratio_interval(0, 0), "counts 0 and 0"),
        (lambda: median_interval([]), "median of no values"),
        (lambda: random_sets(3, 4, 1, np.random.default_rng(0)), "sets of 4 cannot be drawn from 3"),
        (
            lambda: percentiles(PANEL, [], "ideal_points", np.random.default_rng(0)),
            "no measure 'ideal_points'; did you mean 'ideal_point'",
        ),
        (
            lambda: percentiles(PANEL, [PANEL.group("Five Eyes")], "gdp_usd", np.random.default_rng(0)),
            "year 1945 is outside the panel",
        ),
        (lambda: entrapment_threshold(-1.0, 0.1, 3), "threat is -1.0; it must be finite and not negative"),
        (lambda: alliance_gain(1.0, 0.1, [3, math.inf], 0.1), "partners is inf"),
        (lambda: star_gain(3, association=math.nan), "association is nan"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    ("identifier", "kept", "words"),
    [
        ("S1", lambda g: g.kind != "minilateral", "no group of kind 'minilateral'"),
        ("S1", lambda g: not (g.kind == "minilateral" and g.start >= 1995), "no minilateral was founded from 1995"),
        ("S6", lambda g: g.orientation != "us_led", "no minilateral of orientation 'us_led' founded after 1990"),
        ("S7", lambda g: g.region != "middle_east", "no minilateral of region 'middle_east'"),
        ("S10", lambda g: g.name not in ("Quad (2007)", "AUKUS", "Negev Forum"), "none of the groups Quad"),
        ("S13", lambda g: g.region != "europe", "no minilateral of region 'europe'"),
        ("S13", lambda g: "GBR" not in g.members, "GBR is in no European minilateral"),
        ("S20", lambda g: not g.challengers, "0 challengers; two are needed"),
    ],
)
def test_a_panel_without_what_is_needed_is_named(identifier, kept, words):
    with pytest.raises(ValueError, match=words):
        statement(identifier, panel=regrouped(lambda g: g if kept(g) else None))
