"""models/terms.py: each term keeps the word its properties give."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from models.terms import TERMS, parts, terms_named, total_gains

REGION = models.load("asia-pacific")
SETTINGS = REGION.settings
N = len(REGION.states)
INTERESTS = [i.id for i in REGION.interests]
THEATRES = {i: REGION.theatre(i, 2020) for i in INTERESTS}


@st.composite
def groups(draw, *, min_size=2, max_size=6):
    return np.array([draw(st.lists(st.integers(0, N - 1), min_size=min_size, max_size=max_size, unique=True))])


# --- published


def test_capability_is_the_share_secured_together_less_alone():
    """The contest success function F(K) = K / (K + T) of Tullock 1980, by hand."""
    theatre = dataclasses.replace(
        THEATRES["AP1"],
        strength=np.array([0.3, 0.1] + [0.0] * (N - 2)),
        stake=np.array([1.0, 0.5] + [0.0] * (N - 2)),
        threat=0.4,
    )
    got = TERMS["capability"](theatre, np.array([[0, 1]]), SETTINGS)
    assert got == pytest.approx(np.array([[0.5 - 3 / 7, 0.5 * (0.5 - 0.2)]]))


def test_coordination_counts_pairs():
    for k in range(1, 7):
        members = np.arange(k)[None, :]
        assert TERMS["coordination"](THEATRES["AP1"], members, SETTINGS).sum() == -math.comb(k, 2)


# --- laws: the declared properties


def _zero_for_one_state(term):
    for theatre in THEATRES.values():
        assert (term(theatre, np.arange(N)[:, None], SETTINGS) == 0).all()


def _symmetric_in_identical_states(term):
    twin = _with_twin(THEATRES["AP1"], REGION.states.index("JPN"), REGION.states.index("MYS"))
    rest = [REGION.states.index(s) for s in ("AUS", "PHL")]
    japan, malaysia = REGION.states.index("JPN"), REGION.states.index("MYS")
    one = term(twin, np.array([[japan, *rest]]), SETTINGS)
    other = term(twin, np.array([[malaysia, *rest]]), SETTINGS)
    both = term(twin, np.array([[japan, malaysia, *rest]]), SETTINGS)
    assert one == pytest.approx(other)
    assert both[0, 0] == pytest.approx(both[0, 1])


def _with_twin(theatre, of, twin):
    changed = {}
    for name in ("strength", "stake", "pressure"):
        values = getattr(theatre, name).copy()
        values[twin] = values[of]
        changed[name] = values
    for name in ("affinity", "nearness", "ties"):
        values = getattr(theatre, name).copy()
        values[twin, :], values[:, twin] = values[of, :], values[:, of]
        values[twin, twin] = values[of, twin] = values[twin, of] = 0
        changed[name] = values
    return dataclasses.replace(theatre, **changed)


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


def _zero_for_a_challenger(term):
    for theatre in THEATRES.values():
        for state in theatre.interest.challengers:
            c = REGION.states.index(state)
            members = np.array([[c, *rest] for rest in itertools.combinations(set(range(N)) - {c}, 2)])
            assert (term(theatre, members, SETTINGS)[:, 0] == 0).all()


def _zero_without_a_challenger(term):
    members = np.array(list(itertools.combinations(range(N), 3)))
    assert (term(THEATRES["AP7"], members, SETTINGS) == 0).all()
    assert term(THEATRES["AP1"], members, SETTINGS).max() > 0


def _mean_zero_over_pairs(term):
    members = np.array(list(itertools.combinations(range(N), 2)))
    for theatre in THEATRES.values():
        without_pivot = dataclasses.replace(theatre, pivot=-1)
        assert term(without_pivot, members, SETTINGS).mean() == pytest.approx(0, abs=1e-12)


def _convex_cost_in_size(term):
    totals = [term(THEATRES["AP1"], np.arange(k)[None, :], SETTINGS).sum() for k in range(1, 9)]
    assert (np.diff(totals) < 0).all()
    assert (np.diff(totals, 2) < 0).all()


CHECKS = {
    "zero for one state": _zero_for_one_state,
    "symmetric in identical states": _symmetric_in_identical_states,
    "ignores the order of members": _ignores_the_order_of_members,
    "never negative": _never_negative,
    "zero for a challenger": _zero_for_a_challenger,
    "zero without a challenger": _zero_without_a_challenger,
    "mean zero over pairs": _mean_zero_over_pairs,
    "convex cost in size": _convex_cost_in_size,
}


@pytest.mark.parametrize(("name", "claim"), [(t.name, c) for t in TERMS.values() for c in sorted(t.properties)])
def test_term_keeps_its_word(name, claim):
    CHECKS[claim](TERMS[name])


@given(groups(min_size=3))
def test_one_affinity_speaks_with_the_united_states_and_the_other_without(members):
    usa = REGION.states.index("USA")
    with_it, without = (TERMS[name](THEATRES["AP1"], members, SETTINGS) for name in ("affinity_us", "affinity"))
    silent = without if usa in members else with_it
    assert (silent == 0).all()


# --- agreement


@settings(max_examples=50)
@given(groups(), st.sampled_from(INTERESTS))
def test_tables_are_gathered_as_a_plain_loop_would(members, interest):
    theatre = THEATRES[interest]
    led = int(theatre.pivot in members)
    row = members[0]
    for term in TERMS.values():
        if term.table is not None:
            table = term.table(theatre)[led]
            slow = [np.mean([table[i, j] for j in row if j != i]) for i in row]
            assert term(theatre, members, SETTINGS)[0] == pytest.approx(slow, abs=1e-12)


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


# --- refusals


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
