"""models/theatre.py"""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import models
from models.panel import load_panel
from models.theatre import Interest, Number, interests_of, shared_groups, theatre

PANEL = load_panel()
REGION = models.load("asia-pacific")
AT = {state: i for i, state in enumerate(REGION.states)}
YEARS = st.sampled_from(REGION.years)
IDS = st.sampled_from([i.id for i in REGION.interests])


# --- published


def test_strength_falls_by_the_rate_over_distance():
    """Boulding's gradient by hand: what is moved loses a tenth of a log every 1000 km, intelligence nothing."""
    got = REGION.theatre("AP7", 2020)
    kinds = dict(zip(got.interest.weights, got.strengths, strict=True))
    km = PANEL.distance_km(["IDN"], np.array([[5.0, 120.0]]))[0, 0]
    gdp, people = (PANEL.vector(c, PANEL.states, 2020) for c in ("gdp_usd", "population"))
    idn = PANEL.index("IDN")
    moved = gdp[idn] / np.nanmax(gdp) * math.exp(-0.1 * km / 1000)
    assert kinds["maritime_patrol_isr"][AT["IDN"]] == pytest.approx(moved)
    skilled = (gdp / np.nanmax(gdp)) ** 1.5 * (people / np.nanmax(people)) ** -0.5
    assert kinds["intelligence_sigint"][AT["IDN"]] == pytest.approx(skilled[idn] / np.nanmax(skilled))


def test_ties_count_groups_founded_by_the_year_and_no_body():
    both = ("AUS", "JPN")
    named = [
        g.name for g in PANEL.groups if set(both) <= set(PANEL.founders(g)) and g.start <= 2007 and len(g.members) <= 10
    ]
    assert shared_groups(PANEL, both, 2007)[0, 1] == len(named)
    assert "Quad (2007)" in named
    assert shared_groups(PANEL, ("USA", "IND"), 2000)[0, 1] == 1, "Malabar; the G20 is too large to count"


def test_a_late_joiner_has_no_tie_before_it_joins():
    pair = ("JPN", "IND")
    without_malabar = shared_groups(PANEL, pair, 2014)[0, 1]
    with_malabar = shared_groups(PANEL, pair, 2015)[0, 1]
    founded_2015 = sum(set(pair) <= set(PANEL.founders(g)) and g.start == 2015 for g in PANEL.groups)
    assert with_malabar - without_malabar == founded_2015 + 1


# --- laws


@given(IDS, YEARS)
def test_ranges_and_symmetry(interest, year):
    got = REGION.theatre(interest, year)
    vectors = (got.alone, got.stake, got.pressure, got.resources, got.exposure, got.dependence, got.conflict)
    for values in (*vectors, *got.strengths):
        assert np.isfinite(values).all()
        assert values.min() >= 0
        assert values.max() <= 1 + 1e-12
    for matrix in (got.affinity, got.nearness, got.ties):
        assert np.isfinite(matrix).all()
        assert np.array_equal(matrix, matrix.T)
        assert (np.diag(matrix) == 0).all()
    for state in got.interest.challengers:
        assert got.alone[AT[state]] == got.stake[AT[state]] == got.pressure[AT[state]] == got.exposure[AT[state]] == 0
    assert (got.threat > 0) == bool(got.interest.challengers)


@given(IDS, YEARS, st.integers(0, 2**32 - 1))
def test_the_future_changes_nothing(interest, year, seed):
    """Figures dated after the year may be anything at all."""
    later = np.arange(PANEL.first_year, PANEL.last_year + 1) > year
    rng = np.random.default_rng(seed)
    other = {name: np.where(later, rng.random(v.shape) * 10, v) for name, v in PANEL.columns.items()}
    changed = dataclasses.replace(REGION, panel=dataclasses.replace(PANEL, columns=other)).theatre(interest, year)
    same = REGION.theatre(interest, year)
    for each in dataclasses.fields(same):
        if isinstance(getattr(same, each.name), np.ndarray):
            assert np.array_equal(getattr(changed, each.name), getattr(same, each.name)), each.name
    assert all(np.array_equal(a, b) for a, b in zip(changed.strengths, same.strengths, strict=True))
    assert [b.name for b in changed.bodies] == [b.name for b in same.bodies]


def test_a_stronger_challenger_presses_more_and_secures_less():
    rows = [{"iso3": "CHN", "year": 2020, "gdp_usd": 2 * PANEL.vector("gdp_usd", ["CHN"], 2020)[0]}]
    more = dataclasses.replace(REGION, panel=PANEL.with_columns(rows)).theatre("AP3", 2020)
    same = REGION.theatre("AP3", 2020)
    assert more.threat > same.threat
    assert more.pressure[AT["JPN"]] > same.pressure[AT["JPN"]]


def test_missing_figures_are_listed_and_neutral():
    got = REGION.theatre("AP1", 1995)
    assert got.assumed == (
        "AFG: no gdp_usd and no gdp_usd or population, counted as none",
        "TWN: no ideal point, kept neutral",
    )
    assert got.alone[AT["AFG"]] == 0
    assert got.affinity[AT["TWN"]] == pytest.approx(0)


def test_without_lists_stakes_fall_with_distance_alone():
    blind = dataclasses.replace(REGION, settings=dataclasses.replace(REGION.settings, listed=False))
    stake = blind.theatre("AP7", 2020).stake
    assert stake[AT["PHL"]] > stake[AT["IND"]] > stake[AT["USA"]] > 0


# --- agreement


def test_a_capability_of_ones_own_takes_the_place_of_gdp():
    rows = [{"iso3": s, "year": 2020, "cinc": 0.1} for s in REGION.states]
    own = dataclasses.replace(REGION, panel=PANEL.with_columns(rows), capability="cinc").theatre("AP6", 2020)
    assert {float(kind[AT[s]]) for kind in own.strengths for s in ("JPN", "FJI")} == {1.0}


REACH = {
    "effort of a member": ({"effort": {"USA": 0.5}}, {"strengths", "alone", "coverage"}),
    "effort of a challenger": ({"effort": {"RUS": 0.5}}, {"threat", "pressure"}),
    "threat": ({"threat": {"RUS": 2.0}}, {"threat", "pressure"}),
    "threat of another": ({"threat": {"CHN": 2.0}}, set()),
    "coverage": ({"coverage": 0.5}, {"coverage"}),
}


@pytest.mark.parametrize("case", REACH)
def test_a_scenario_moves_these_arrays_and_no_others(case):
    change, expected = REACH[case]
    europe = models.load("europe")
    before, after = (region.theatre("EU1", 2020) for region in (europe, europe.scenario(**change)))
    assert {f.name for f in dataclasses.fields(before) if not _same(before, after, f.name)} == expected


def _same(before, after, name):
    one, other = getattr(before, name), getattr(after, name)
    if name == "bodies":
        return [(b.name, b.relevance, b.acting, b.size) for b in one] == [
            (b.name, b.relevance, b.acting, b.size) for b in other
        ]
    return np.array_equal(one, other) if isinstance(one, np.ndarray | tuple) else one == other


def test_a_whole_year_is_one_however_it_is_written():
    assert np.array_equal(theatre_of(AT_SEA, year=2020.0).alone, theatre_of(AT_SEA).alone)


# --- refusals


AT_SEA = Interest(
    id="NO1",
    title="Watching the High North",
    objective="maritime_security",
    challengers=("RUS",),
    stakeholders=("NOR", "DNK", "USA"),
    weights={"maritime_patrol_isr": 0.6, "submarine": 0.4},
    anchor=(72.0, 20.0),
    benchmarks=(),
)


def theatre_of(interest, *, year=2020, settings=REGION.settings, **options):
    return theatre(PANEL, ("NOR", "DNK", "USA"), interest, year, settings, **options)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": {"submarine": 2.0}}, "capability weights submarine 2; they are at least 0 and sum to 1"),
        ({"weights": {"submarine": 1.5, "cyber": -0.5}}, "at least 0 and sum to 1"),
        ({"weights": {"submarine": math.nan}}, "at least 0 and sum to 1"),
        ({"weights": {}}, "capability weights of no type"),
        ({"anchor": (172.0, 20.0)}, r"anchor \(172.0, 20.0\); give latitude"),
        ({"anchor": (math.nan, 20.0)}, "give latitude"),
        ({"challengers": "RUS"}, r"challengers 'RUS'; give a tuple of codes, \('RUS',\)"),
        ({"challengers": ("RUS", "RUS")}, "challengers name 'RUS', which is twice there"),
        ({"stakeholders": ("NOR", "Denmark")}, "stakeholders name 'Denmark'"),
        ({"challengers": ("RSU",)}, "challenger 'RSU' is not in the panel, so its threat is unknown"),
        ({"stakeholders": ("NRO", "DNK")}, "'NRO' is neither in the panel nor in one of its groups"),
        ({"objective": "maritime"}, "objective 'maritime' is unknown; did you mean 'maritime_security'"),
        ({"weights": {"sub": 1.0}}, "weighs 'sub', which is no capability type; did you mean 'submarine'"),
    ],
)
def test_an_interest_of_ones_own_is_checked(change, words):
    with pytest.raises(ValueError, match=words):
        theatre_of(dataclasses.replace(AT_SEA, **change))


def test_a_stakeholder_the_panel_has_no_figures_of_may_be_listed():
    assert theatre_of(dataclasses.replace(AT_SEA, stakeholders=("NOR", "MDV"))).stake[0] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("width", 0.0),
        ("contest", -1.0),
        ("contest", 0.0),
        ("decay", -0.1),
        ("reference", -0.1),
        ("institutions", -1.0),
        ("saving", 1.5),
        ("reliability", 3.0),
        ("substitution", 1.5),
    ],
)
def test_settings_without_sense_are_refused(name, value):
    number = Number(value, low=value, high=value, unit="", source="", status="scenario")
    with pytest.raises(ValueError, match=f"{name} is {value}; it must be"):
        theatre_of(AT_SEA, settings=dataclasses.replace(REGION.settings, **{name: number}))


@pytest.mark.parametrize("year", ["2020", None, 2020.5, True, 1989, 2025])
def test_a_year_is_one_of_the_panel(year):
    with pytest.raises(ValueError, match="runs from 1990 to 2024"):
        theatre_of(AT_SEA, year=year)


def test_a_capability_is_given_for_a_type_there_is():
    with pytest.raises(ValueError, match="for 'submarin', which is no capability type; did you mean 'submarine'"):
        theatre_of(AT_SEA, capability={"submarin": "gdp_usd"})


@pytest.mark.parametrize("factor", ["half", None, math.inf])
def test_an_effort_is_a_number(factor):
    with pytest.raises(ValueError, match=f"effort of USA is {factor}; it must be a number of at least 0"):
        theatre_of(AT_SEA, effort={"USA": factor})


def test_numbers_stay_in_range_and_say_what_they_are():
    with pytest.raises(ValueError, match="number 2 is outside its range 0 to 1"):
        Number(2, low=0, high=1, unit="", source="", status="prior")
    with pytest.raises(ValueError, match="number inf is not finite"):
        Number(math.inf, low=0, high=math.inf, unit="", source="", status="prior")
    with pytest.raises(ValueError, match="status 'guess' is not one of estimated, literature, prior, scenario"):
        Number(1, low=0, high=1, unit="", source="", status="guess")


def test_unknown_region_gets_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'asia_pacific'"):
        interests_of(PANEL, "asia_pacifc")


def test_interests_without_an_anchor_lose_nothing_over_distance():
    world = models.load("global-order").theatre("GL1", 2020)
    gdp = PANEL.vector("gdp_usd", ["IND", "USA"], 2020)
    money = dict(zip(world.interest.weights, world.strengths, strict=True))["finance_infrastructure"]
    assert money[world.states.index("IND")] == pytest.approx(gdp[0] / gdp[1])


def test_a_challenger_at_the_table_is_one_of_the_group():
    gulf = models.load("middle-east")
    apart, together = gulf.theatre("ME4", 2016), gulf.theatre("ME4*", 2016)
    russia = gulf.states.index("RUS")
    assert apart.stake[russia] == apart.alone[russia] == 0 < apart.threat
    assert together.stake[russia] == 1
    assert together.alone[russia] > 0 == together.threat
    assert [b.name for b in together.bodies] == [b.name for b in apart.bodies]


def test_institutions_cover_their_members_and_nobody_else():
    europe = models.load("europe")
    got = europe.theatre("EU1", 2020)
    covered = {s for s, c in zip(got.states, got.coverage, strict=True) if c > 0}
    assert {"EST", "USA", "DEU"} <= covered
    assert not {"UKR", "JPN"} & covered
    assert (europe.scenario(coverage=0).theatre("EU1", 2020).coverage == 0).all()


def test_scenarios_move_what_they_name():
    turned = REGION.scenario(effort={"USA": 0.5}).theatre("AP1", 2020)
    same = REGION.theatre("AP1", 2020)
    assert turned.strengths[0][AT["USA"]] == pytest.approx(same.strengths[0][AT["USA"]] / 2)
    assert turned.strengths[0][AT["JPN"]] == same.strengths[0][AT["JPN"]]
    assert REGION.scenario(threat={"CHN": 0.0}).theatre("AP1", 2020).pressure.max() == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"effort": {"USA": -1.0}}, "effort of USA is -1.0"),
        ({"threat": {"CHN": math.nan}}, "threat of CHN is nan"),
        ({"effort": {"UAS": 1.0}}, "'UAS' is not in the panel"),
        ({"coverage": -0.5}, "coverage is -0.5"),
    ],
)
def test_scenarios_are_checked(change, words):
    with pytest.raises(ValueError, match=words):
        REGION.scenario(**change)


def test_a_capability_nobody_has_is_refused():
    empty = PANEL.with_columns([{"iso3": "JPN", "year": 1990, "cinc": 0.1}])
    with pytest.raises(ValueError, match="no state has a figure for 'cinc' in 2020"):
        theatre(empty, REGION.states, REGION.interest("AP1"), 2020, REGION.settings, capability="cinc")
