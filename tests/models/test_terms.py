"""models/payoff.py and models/terms.py: each term keeps the word its properties give."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from models import formulas, measures
from models.payoff import Term, features, gradient, kinds, parts, total_gains
from models.priors import SETTINGS as SHARED
from models.terms import TERMS, externality, terms_named
from models.theatre import Number

REGION = models.load("asia-pacific")
SETTINGS = REGION.settings
N = len(REGION.states)
INTERESTS = [i.id for i in REGION.interests]
THEATRES = {i: REGION.theatre(i, 2020) for i in INTERESTS}
EUROPE = models.load("europe").theatre("EU1", 2020)


def put(name, value, base=SETTINGS):
    number = Number(value, low=value, high=value, unit="", source="", status="scenario")
    return dataclasses.replace(base, **{name: number})


@st.composite
def groups(draw, *, min_size=2, max_size=6):
    return np.array([draw(st.lists(st.integers(0, N - 1), min_size=min_size, max_size=max_size, unique=True))])


# --- published


def _two(theatre=None, **arrays):
    """A theatre with figures of our own for the first two states, nothing for the others."""
    filled = {name: np.array([*values, *[0.0] * (N - 2)]) for name, values in arrays.items()}
    return dataclasses.replace(THEATRES["AP1"] if theatre is None else theatre, **filled)


def test_capability_is_the_share_secured_together_less_alone():
    """The contest success function F(Y) = Y / (Y + T) of Tullock 1980 with cohesion 1 / (1 + exp(-b)), by hand."""
    theatre = _two(
        dataclasses.replace(
            THEATRES["AP1"],
            weights=(1.0,),
            aggregators=("sum",),
            strengths=(np.array([0.3, 0.1] + [0.0] * (N - 2)),),
            similarity=np.full((N, N), 0.6),
            threat=0.4,
        ),
        alone=[0.3, 0.1],
        stake=[1.0, 0.5],
        coverage=[0.0, 0.2],
    )
    together = 1 / (1 + math.exp(-(1.5 * 0.6 + 0.5 * 0.6)))
    one = 1 / (1 + math.exp(-2.0))
    first = together * 0.4 / 0.8 - one * 0.3 / 0.7
    second = together * (0.6 / 1.0 - 0.2 / 0.6) - one * (0.3 / 0.7 - 0.2 / 0.6)
    got = TERMS["capability"](theatre, np.array([[0, 1]]), SETTINGS)
    assert got == pytest.approx(np.array([[first, 0.5 * second]]), abs=1e-9)


def test_coordination_counts_pairs():
    for k in range(2, 7):
        members = np.arange(k)[None, :]
        bare = dataclasses.replace(THEATRES["AP1"], bodies=())
        assert TERMS["coordination"](bare, members, SETTINGS).sum() == pytest.approx(-math.comb(k, 2))


def test_an_institution_makes_coordination_cheaper():
    baltic = models.load("europe").indices(("EST", "LVA", "LTU"))
    members = np.array([baltic])
    inside = TERMS["coordination"](EUROPE, members, SETTINGS).sum()
    assert inside == pytest.approx(-3 * (1 - 0.25)), "all three are in NATO, whose relevance to EU1 is one"


def test_autonomy_sums_to_the_size_less_one():
    for k in (2, 3, 7):
        assert TERMS["autonomy"](THEATRES["AP2"], np.arange(k)[None, :], SETTINGS).sum() == pytest.approx(1 - k)


@pytest.mark.parametrize(
    ("aggregators", "expected"),
    [
        (["sum"], 0.6),
        (["best_shot"], (0.1**8 + 0.2**8 + 0.3**8) ** (1 / 8)),
        (["weakest_link"], ((100 + 25 + 100 / 9) / 3) ** -0.5),
    ],
)
def test_types_add_up_as_their_aggregator_says(aggregators, expected):
    """Hirshleifer 1983: sum, best shot and weakest link as one family."""
    together = formulas.joint_strength([1.0], aggregators, 0.5)
    assert together([np.array([[0.1], [0.2], [0.3]])]) == pytest.approx([expected])


def test_complements_need_every_type():
    substitutes, complements = (formulas.joint_strength([0.5, 0.5], ["sum", "sum"], s) for s in (1.0, -1.0))
    lopsided = [np.array([[0.8]]), np.array([[1e-9]])]
    assert substitutes(lopsided)[0] == pytest.approx(0.4)
    assert complements(lopsided)[0] < 1e-8


def test_between_complements_and_substitutes_lies_the_geometric_mean():
    strengths = [np.array([[0.8, 0.1, 0.0]]), np.array([[0.2, 0.4, 0.5]])]
    mean = formulas.joint_strength([0.5, 0.5], ["sum", "sum"], 0.0)(strengths)
    assert mean == pytest.approx([0.4, 0.2, 0.0], abs=1e-9)
    near = formulas.joint_strength([0.5, 0.5], ["sum", "sum"], 1e-6)(strengths)
    assert near[:2] == pytest.approx(mean[:2], rel=1e-4)


@pytest.mark.parametrize("aggregator", ["sum", "best_shot", "weakest_link"])
@pytest.mark.parametrize("substitution", [0.0, -0.5, -1.0])
def test_where_types_do_not_stand_in_a_lacking_one_leaves_nothing(substitution, aggregator):
    """A type nobody has counts as 0 whatever its aggregator, and however little it weighs."""
    together = formulas.joint_strength([0.9, 0.1], ["sum", aggregator], substitution)
    lacking = [np.array([[0.5], [0.5]]), np.zeros((2, 1))]
    assert together(lacking)[0] == 0
    assert formulas.joint_strength([1.0, 0.0], ["sum", aggregator], substitution)(lacking)[0] == pytest.approx(1.0)


def test_the_weakest_link_is_nothing_where_one_has_nothing():
    together = formulas.joint_strength([0.5, 0.5], ["sum", "weakest_link"], 0.5)
    strengths = [np.array([[0.5], [0.3]]), np.array([[0.4], [0.0]])]
    assert together(strengths)[0] == pytest.approx(0.25 * 0.8, abs=1e-15), "Y = (0.5 sqrt(0.8) + 0)^2"


@pytest.mark.parametrize("substitution", [-2.2e-16, 1e-300, 5e-12])
def test_a_substitution_next_to_none_is_none(substitution):
    """What a grid of floats gives for 0: one over it must not blow rounding up."""
    strengths = [np.array([[0.8, 0.1]]), np.array([[0.2, 0.4]])]
    got = formulas.joint_strength([0.7, 0.3], ["sum", "best_shot"], substitution)(strengths)
    assert got == pytest.approx([0.8**0.7 * 0.2**0.3, 0.1**0.7 * 0.4**0.3], rel=1e-9)


# --- laws: the declared properties


def _zero_for_one_state(term):
    for theatre in THEATRES.values():
        assert (term(theatre, np.arange(N)[:, None], SETTINGS) == 0).all()


def _symmetric_in_identical_states(term):
    twin = _with_twin(THEATRES["AP1"], REGION.states.index("JPN"), REGION.states.index("MYS"))
    rest = [REGION.states.index(s) for s in ("AUS", "PHL")]
    japan, malaysia = REGION.states.index("JPN"), REGION.states.index("MYS")
    one = term(twin, np.array([[japan, *rest]]), SETTINGS)[:, 1:]
    other = term(twin, np.array([[malaysia, *rest]]), SETTINGS)[:, 1:]
    both = term(twin, np.array([[japan, malaysia, *rest]]), SETTINGS)
    assert one == pytest.approx(other)
    assert both[0, 0] == pytest.approx(both[0, 1])


VECTORS = ("alone", "coverage", "stake", "pressure", "resources", "exposure", "dependence", "conflict")


def _with_twin(theatre, of, twin):
    changed = {}
    for name in VECTORS:
        values = getattr(theatre, name).copy()
        values[twin] = values[of]
        changed[name] = values
    strengths = [own.copy() for own in theatre.strengths]
    for own in strengths:
        own[twin] = own[of]
    bodies = []
    for body in theatre.bodies:
        inside = body.inside.copy()
        inside[twin] = inside[of]
        bodies.append(dataclasses.replace(body, inside=inside))
    for name in ("affinity", "nearness", "ties", "similarity"):
        values = getattr(theatre, name).copy()
        values[twin, :], values[:, twin] = values[of, :], values[:, of]
        values[twin, twin] = values[of, of]
        values[of, twin] = values[twin, of] = 0
        changed[name] = values
    return dataclasses.replace(theatre, strengths=tuple(strengths), bodies=tuple(bodies), **changed)


def _ignores_the_order_of_members(term):
    rng = np.random.default_rng(3)
    for theatre in THEATRES.values():
        members = np.array([rng.permutation(N)[:5] for _ in range(50)])
        order = rng.permutation(5)
        assert term(theatre, members[:, order], SETTINGS) == pytest.approx(
            term(theatre, members, SETTINGS)[:, order], abs=1e-12
        )


def _never_negative(term):
    rng = np.random.default_rng(4)
    for theatre, k in itertools.product(THEATRES.values(), (2, 3, 6)):
        members = np.array([rng.permutation(N)[:k] for _ in range(200)])
        assert term(theatre, members, SETTINGS).min() >= 0


def _never_positive(term):
    rng = np.random.default_rng(5)
    for theatre, k in itertools.product(THEATRES.values(), (2, 3, 6)):
        members = np.array([rng.permutation(N)[:k] for _ in range(200)])
        assert term(theatre, members, SETTINGS).max() <= 0


def _zero_for_a_challenger(term):
    for theatre in THEATRES.values():
        for state in theatre.interest.challengers:
            c = REGION.states.index(state)
            members = np.array([[c, *rest] for rest in itertools.combinations(set(range(N)) - {c}, 2)])
            assert (term(theatre, members, SETTINGS)[:, 0] == 0).all()


def _zero_without_a_challenger(term):
    members = np.array(list(itertools.combinations(range(N), 3)))
    assert (term(THEATRES["AP7"], members, SETTINGS) == 0).all()
    assert np.abs(term(THEATRES["AP1"], members, SETTINGS)).max() > 0


def _mean_zero_over_pairs(term):
    members = np.array(list(itertools.combinations(range(N), 2)))
    for theatre in THEATRES.values():
        without_pivot = dataclasses.replace(theatre, pivot=-1, rivals=())
        assert term(without_pivot, members, SETTINGS).mean() == pytest.approx(0, abs=1e-12)


def _convex_cost_in_size(term):
    bare = dataclasses.replace(THEATRES["AP1"], bodies=())
    totals = [term(bare, np.arange(k)[None, :], SETTINGS).sum() for k in range(1, 9)]
    assert (np.diff(totals) < 0).all()
    assert (np.diff(totals, 2) < 0).all()


CHECKS = {
    "zero for one state": _zero_for_one_state,
    "symmetric in identical states": _symmetric_in_identical_states,
    "ignores the order of members": _ignores_the_order_of_members,
    "never negative": _never_negative,
    "never positive": _never_positive,
    "zero for a challenger": _zero_for_a_challenger,
    "zero without a challenger": _zero_without_a_challenger,
    "mean zero over pairs": _mean_zero_over_pairs,
    "convex cost in size": _convex_cost_in_size,
}


@pytest.mark.parametrize(("name", "claim"), [(t.name, c) for t in TERMS.values() for c in sorted(t.properties)])
def test_term_keeps_its_word(name, claim):
    CHECKS[claim](TERMS[name])


@given(groups(min_size=3))
def test_one_affinity_speaks_for_each_kind_of_group(members):
    usa = REGION.states.index("USA")
    rivals = {REGION.states.index(s) for s in ("CHN", "RUS")}
    speaks = "affinity_us" if usa in members else "affinity_rival" if rivals & set(members[0]) else "affinity"
    for name in ("affinity", "affinity_us", "affinity_rival"):
        if name != speaks:
            assert (TERMS[name](THEATRES["AP1"], members, SETTINGS) == 0).all()
    assert kinds(THEATRES["AP1"], members.T)[0] == ["affinity", "affinity_us", "affinity_rival"].index(speaks)


# --- laws of the payoff as a whole


@given(groups(), st.sampled_from(INTERESTS), st.sampled_from((0.25, 3.0)))
def test_worth_scales_with_its_unit(members, interest, factor):
    theta = dict(zip(REGION.names, REGION.prior_mean, strict=True))
    scaled = {name: factor * value for name, value in theta.items()}
    got = total_gains(TERMS.values(), scaled, THEATRES[interest], members, SETTINGS)
    assert got == pytest.approx(factor * total_gains(TERMS.values(), theta, THEATRES[interest], members, SETTINGS))


@settings(max_examples=50)
@given(groups(min_size=3), st.sampled_from(INTERESTS), st.integers(0, 5), st.floats(1.5, 4.0))
def test_more_capability_brings_up_more(members, interest, which, factor):
    """Monotone in A, all else equal; strictly where strengths add up."""
    theatre = THEATRES[interest]
    state = members[0, which % members.shape[1]]
    stronger = [own.copy() for own in theatre.strengths]
    for own in stronger:
        own[state] *= factor
    grown = dataclasses.replace(theatre, strengths=tuple(stronger))
    before, after = (measures.measure(t, members.T, SETTINGS)["joint"][0] for t in (theatre, grown))
    assert after >= before * (1 - 1e-15)
    if "sum" in theatre.aggregators and REGION.states[state] not in theatre.interest.challengers:
        assert after > before


def test_no_stake_and_no_threat_leave_nothing_to_balance():
    members = np.array(list(itertools.combinations(range(12), 3)))
    careless = dataclasses.replace(THEATRES["AP1"], stake=np.zeros(N))
    assert (TERMS["capability"](careless, members, SETTINGS) == 0).all()
    quiet = dataclasses.replace(THEATRES["AP1"], threat=0.0)
    like_minded = dataclasses.replace(quiet, similarity=np.ones((N, N)))
    assert np.abs(TERMS["capability"](like_minded, members, put("reference", 1e-9))).max() < 1e-4


def test_the_externality_has_the_sign_of_publicness_and_skips_members():
    members = np.array([REGION.indices(("USA", "JPN", "AUS"))])
    spilled = externality(2.0, 0.5, THEATRES["AP1"], members, SETTINGS)
    assert (spilled >= 0).all()
    assert spilled.max() > 0
    assert (spilled[0, members[0]] == 0).all()
    assert (externality(2.0, 0.0, THEATRES["AP1"], members, SETTINGS) == 0).all()
    assert externality(4.0, 0.5, THEATRES["AP1"], members, SETTINGS) == pytest.approx(2 * spilled)


def test_dearer_coordination_never_means_a_larger_best_group():
    """For every interest the best size falls, or stays, as the cost of a pair doubles."""
    theta = dict(zip(REGION.names, REGION.prior_mean, strict=True)) | {"coordination": 0.25}
    tables = {k: np.array(list(itertools.combinations(range(16), k))) for k in range(2, 7)}
    for theatre in THEATRES.values():
        best = []
        for cost in (0.25, 0.5, 1.0, 2.0):
            worth = {
                k: total_gains(TERMS.values(), theta | {"coordination": cost}, theatre, m, SETTINGS).sum(axis=1).max()
                for k, m in tables.items()
            }
            best.append(max(worth, key=worth.get))
        assert best == sorted(best, reverse=True)


def _likes(size, *, stake, threat, cost):
    """Worth of groups of 0 to ``size`` states alike, of capability 1, where a partner costs each ``cost``."""
    one = np.ones(N)
    theatre = dataclasses.replace(
        THEATRES["AP1"],
        weights=(1.0,),
        aggregators=("sum",),
        strengths=(one,),
        alone=one,
        stake=one,
        coverage=0 * one,
        similarity=np.ones((N, N)),
        threat=threat,
        bodies=(),
    )
    theta = dict.fromkeys(TERMS, 0.0) | {"capability": stake, "coordination": 2 * cost}
    united = put("cohesion", 60.0)  # all of a joint gain is used
    sizes = range(1, size + 1)
    return [0.0, *(total_gains(TERMS.values(), theta, theatre, np.arange(k)[None], united).sum() for k in sizes)]


@pytest.mark.parametrize(("threat", "peak"), [(1.0, 3.47), (5.0, 5.0), (15.0, 2.32)])
def test_pooling_pays_up_to_a_size_and_not_beyond(threat, peak):
    """Essential, superadditive up to k* = (sqrt(V a T / g) - T) / a, not beyond, not convex: V = 10, a = 1, g = 1/2."""
    worth = _likes(12, stake=10.0, threat=threat, cost=0.5)
    members = [10 * k / (k + threat) - 0.5 * k for k in range(1, 13)]
    assert worth[1:] == pytest.approx([k * (each - members[0]) for k, each in enumerate(members, start=1)])
    each = [worth[k] / k for k in range(1, 13)]
    assert 1 + int(np.argmax(each)) in (math.floor(peak), math.ceil(peak))
    assert worth[2] > 2 * worth[1], "essential"

    def pays(a, b):
        return worth[a + b] >= worth[a] + worth[b] - 1e-9

    splits = [(a, k - a) for k in range(2, 13) for a in range(1, k // 2 + 1)]
    assert all(pays(a, b) for a, b in splits if a + b <= peak)
    assert not all(pays(a, b) for a, b in splits)
    assert np.diff(worth, 2).min() < 0, "not convex"


def test_against_too_strong_a_threat_no_group_pays():
    """k* is 0 at T = V a / g."""
    assert max(_likes(12, stake=10.0, threat=20.0, cost=0.5)) == pytest.approx(0, abs=1e-12)


# --- agreement


@settings(max_examples=50)
@given(groups(), st.sampled_from(INTERESTS))
def test_tables_are_gathered_as_a_plain_loop_would(members, interest):
    theatre = THEATRES[interest]
    kind = kinds(theatre, members.T)[0]
    row = members[0]
    for term in TERMS.values():
        if term.table is not None:
            table = np.broadcast_to(term.table(theatre), (3, N, N))[kind]
            over = sum if term.summed else np.mean
            slow = [over([table[i, j] for j in row if j != i]) for i in row]
            assert term(theatre, members, SETTINGS)[0] == pytest.approx(slow, abs=1e-12)


@settings(max_examples=50)
@given(groups(), st.sampled_from(INTERESTS))
def test_measures_are_what_the_definitions_say(members, interest):
    """The printed sums, expanded by sympy for this group, against the arrays."""
    import sympy

    theatre, k = THEATRES[interest], members.shape[1]
    got = measures.measure(theatre, members.T, SETTINGS)
    written = {symbol: formula for symbol, formula, _ in formulas.written_out()}
    size = sympy.Symbol("k", integer=True, positive=True)
    plain = {symbol: written[symbol].subs(size, k).doit() for symbol in (r"\bar{s}_S", "X_S")}
    values = {
        sympy.IndexedBase("s")[a + 1, b + 1]: theatre.similarity[members[0, a], members[0, b]]
        for a in range(k)
        for b in range(k)
    } | {sympy.IndexedBase("x")[a + 1]: theatre.resources[members[0, a]] for a in range(k)}
    assert float(plain[r"\bar{s}_S"].xreplace(values)) == pytest.approx(got["closeness"][0], abs=1e-12)
    assert float(plain["X_S"].xreplace(values)) == pytest.approx(got["pooled"][0], abs=1e-9)
    outputs = []
    for own, name in zip(theatre.strengths, theatre.aggregators, strict=True):
        rho, each = formulas.AGGREGATES[name], [float(own[i]) for i in members[0]]
        weakest = rho < 0
        lost = weakest and min(each) == 0
        outputs.append(0.0 if lost else (sum(a**rho for a in each) / (k if weakest else 1)) ** (1 / rho))
    sigma = SETTINGS.substitution.value
    joint = sum(w * each**sigma for w, each in zip(theatre.weights, outputs, strict=True)) ** (1 / sigma)
    assert got["joint"][0] == pytest.approx(joint, rel=1e-12, abs=1e-99)


@settings(max_examples=25, deadline=None)
@given(groups(), st.sampled_from(INTERESTS))
@pytest.mark.parametrize("setting", sorted(set(formulas.SETTING) - {"threat"}))
def test_gradients_are_the_differences(setting, members, interest):
    theta = dict(zip(REGION.names, REGION.prior_mean, strict=True))
    at, step = {"crowding": 1.2, "response": 0.2}.get(setting, getattr(SETTINGS, setting).value), 1e-5
    base = put(setting, at)
    slope = gradient(TERMS.values(), theta, THEATRES[interest], members, base, setting)
    ends = [
        total_gains(TERMS.values(), theta, THEATRES[interest], members, put(setting, at + d)) for d in (-step, step)
    ]
    assert slope == pytest.approx((ends[1] - ends[0]) / (2 * step), abs=1e-7)


@settings(max_examples=25)
@given(groups(), st.sampled_from(INTERESTS))
def test_the_gradient_in_the_threat_is_the_difference(members, interest):
    theta = dict(zip(REGION.names, REGION.prior_mean, strict=True))
    theatre, step = dataclasses.replace(THEATRES[interest], threat=0.4), 1e-5
    slope = gradient(TERMS.values(), theta, theatre, members, SETTINGS, "threat")
    ends = [
        total_gains(TERMS.values(), theta, dataclasses.replace(theatre, threat=0.4 + d), members, SETTINGS)
        for d in (-step, step)
    ]
    assert slope == pytest.approx((ends[1] - ends[0]) / (2 * step), abs=1e-7)


@given(groups(min_size=1), st.sampled_from(INTERESTS))
def test_features_are_the_sums_of_the_parts(members, interest):
    slow = parts(TERMS.values(), THEATRES[interest], members, SETTINGS).sum(axis=2)
    assert features(TERMS.values(), THEATRES[interest], members, SETTINGS) == pytest.approx(slow, abs=1e-9)


@settings(max_examples=50)
@given(groups(min_size=1), st.sampled_from(INTERESTS), st.integers(0, 2**32 - 1))
def test_gains_are_the_weighted_sum_of_the_parts(members, interest, seed):
    weights = np.random.default_rng(seed).normal(size=len(TERMS))
    coefficients = dict(zip(TERMS, weights, strict=True))
    slow = np.einsum("mtk,t->mk", parts(TERMS.values(), THEATRES[interest], members, SETTINGS), weights)
    fast = total_gains(TERMS.values(), coefficients, THEATRES[interest], members, SETTINGS)
    assert fast == pytest.approx(slow, abs=1e-9)


def test_chunks_join_without_a_seam():
    members = np.array(list(itertools.combinations(range(N), 4)), dtype=np.int16)
    ones = dict.fromkeys(TERMS, 1.0)
    whole = total_gains(TERMS.values(), ones, THEATRES["AP2"], members, SETTINGS)
    pick = np.random.default_rng(0).choice(len(members), 500)
    few = total_gains(TERMS.values(), ones, THEATRES["AP2"], members[pick], SETTINGS)
    assert np.allclose(whole[pick], few)


def test_every_term_prints():
    for term in TERMS.values():
        assert term.latex
    assert "V_{i}" in TERMS["capability"].latex
    assert formulas.definitions()[0][0] == "K_q"


def test_the_shared_settings_are_the_regions():
    assert SETTINGS == SHARED


# --- refusals


def test_a_term_is_a_table_or_a_formula():
    with pytest.raises(ValueError, match="term 'odd' needs a table or a formula"):
        Term(name="odd", unit="", sign=0, story="", source="", properties=frozenset())


def test_unknown_settings_and_aggregators_are_refused():
    with pytest.raises(ValueError, match="no formula has a setting 'contst'"):
        formulas.derivative(TERMS["setup"].formula, "contst")
    with pytest.raises(ValueError, match="aggregator 'best' is not one of"):
        formulas.joint_strength([1.0], ["best"], 0.5)
    for sigma in (1.5, math.nan, -math.inf):
        with pytest.raises(ValueError, match=f"substitution is {sigma}"):
            formulas.joint_strength([1.0], ["sum"], sigma)
    with pytest.raises(ValueError, match="2 weights for 1 aggregators"):
        formulas.joint_strength([0.5, 0.5], ["sum"], 0.5)
    for weights in ([0.5, 0.4], [1.5, -0.5], [math.nan, 1.0]):
        with pytest.raises(ValueError, match="they must be at least 0 and sum to 1"):
            formulas.joint_strength(weights, ["sum", "sum"], 0.5)


def test_a_misspelt_term_gets_the_nearest():
    with pytest.raises(ValueError, match="no payoff term 'capabilty'; did you mean 'capability'"):
        terms_named(["capabilty"])


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (np.array([0, 1]), r"shape \(2,\)"),
        (np.array([[0.0, 1.0]]), "float64"),
        (np.array([[0, N]]), f"member {N} is outside the pool of {N} states"),
        (np.array([[-1, 3]]), "member -1 is outside"),
        (np.array([[3, 4], [5, 5]]), "names a state twice"),
    ],
)
def test_members_are_checked(members, words):
    with pytest.raises(ValueError, match=words):
        parts(TERMS.values(), THEATRES["AP1"], members, SETTINGS)
