"""models/closed_form.py"""

from __future__ import annotations

import re

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from coalitions import WorthError
from models.closed_form import (
    CHOICES,
    best_choice,
    best_size,
    choice_band,
    institution_gain,
    member_gain,
    sweet_spot,
    sweet_spot_gain,
    turning_threat,
)

positive = st.floats(0.05, 50)
models = st.tuples(positive, positive, positive, positive)

# --- derived


def test_the_closed_forms_follow_from_the_gain():
    k, v, a, t, g = sympy.symbols("k V a T g", positive=True)
    gain = v * k * a / (k * a + t) - g * k
    spot = (sympy.sqrt(v * a * t / g) - t) / a
    assert sympy.simplify(sympy.diff(gain, k).subs(k, spot)) == 0
    assert sympy.simplify(sympy.diff(gain, k, 2) + 2 * v * a**2 * t / (k * a + t) ** 3) == 0  # so it is concave
    assert sympy.simplify(gain.subs(k, spot) - (sympy.sqrt(v) - sympy.sqrt(g * t / a)) ** 2) == 0
    turn = v * a / (4 * g)
    assert sympy.simplify(sympy.diff(spot, t).subs(t, turn)) == 0
    assert sympy.simplify(sympy.diff(spot, t, 2) + sympy.sqrt(v / (a * g)) * t ** sympy.Rational(-3, 2) / 4) == 0
    assert sympy.simplify(spot.subs(t, turn) - v / (4 * g)) == 0
    assert sympy.simplify(spot.subs(t, v * a / g)) == 0
    pair = g * (a + t) * (2 * a + t) / (a * t)
    assert sympy.simplify((gain.subs(k, 2) - gain.subs(k, 1)).subs(v, pair)) == 0
    functions = [sympy.lambdify((v, a, t, g), each) for each in (spot, gain.subs(k, spot))]
    at = (10.0, 2.0, 3.0, 0.5)
    assert sweet_spot(*at) == pytest.approx(functions[0](*at))
    assert sweet_spot_gain(*at) == pytest.approx(functions[1](*at))
    assert member_gain(4, *at) == pytest.approx(float(gain.subs({k: 4, v: 10, a: 2, t: 3, g: 0.5})))


# --- laws


@given(models)
def test_no_whole_size_does_better(model):
    found = int(best_size(*model))
    gains = member_gain(np.arange(1, max(60, 3 * found)), *model)
    assert gains[found - 1] == pytest.approx(gains.max(), rel=1e-12, abs=1e-12)
    spot = float(sweet_spot(*model))
    assert found in (max(1, int(np.floor(spot))), max(1, int(np.ceil(spot))))
    assert sweet_spot_gain(*model) >= gains.max() - 1e-9


@given(models, st.floats(0.1, 10))
def test_units_do_not_matter(model, factor):
    v, a, t, g = model
    assert sweet_spot(factor * v, a, t, factor * g) == pytest.approx(sweet_spot(*model), abs=1e-9)
    assert sweet_spot(v, factor * a, factor * t, g) == pytest.approx(sweet_spot(*model), rel=1e-9, abs=1e-9)


@given(models)
def test_dearer_partners_never_make_groups_larger(model):
    v, a, t, g = model
    assert sweet_spot(v, a, t, 2 * g) <= sweet_spot(*model)
    assert best_size(v, a, t, 2 * g) <= best_size(*model)


@given(models)
def test_threat_enlarges_groups_up_to_a_point(model):
    v, a, _, g = model
    turn, largest = turning_threat(v, a, g)
    threats = turn * np.linspace(0, 4, 41)
    sizes = sweet_spot(v, a, threats, g)
    assert np.argmax(sizes) == 10
    assert sizes[10] == pytest.approx(largest)
    assert sizes[-1] == pytest.approx(0, abs=1e-6)
    assert (np.diff(sizes[:11]) > 0).all()


def test_without_stake_or_threat_nobody_balances():
    assert sweet_spot([0, 10], 1, [5, 0], 0.5).tolist() == [0, 0]
    assert best_choice([0, 10], 1, [5, 0], 0.5, members=30, reliability=0.5, fixed_cost=2).tolist() == [0, 1]


institutions = st.tuples(st.integers(2, 40), st.just(0.0) | st.floats(0.01, 1), st.just(0.0) | st.floats(0.01, 20))


@given(models, institutions)
def test_the_best_choice_is_the_best(model, institution):
    n = institution[0]
    gains = [0.0, float(member_gain(1, *model))]
    gains.append(max((float(member_gain(k, *model)) for k in range(2, n)), default=-np.inf))
    gains.append(float(institution_gain(*model[:3], *institution)))
    assert gains[int(best_choice(*model, *institution))] == pytest.approx(max(gains), rel=1e-12, abs=1e-12)


@given(models, institutions, st.lists(st.floats(0.01, 500), min_size=20, max_size=20))
def test_the_thresholds_say_what_is_best_at_every_stake(model, institution, stakes):
    _, a, t, g = model
    found = choice_band(a, t, g, *institution)
    low, high = found.band
    assert found.institution < found.larger or found.institution == found.larger == np.inf
    for stake in stakes:
        near = [abs(stake - float(edge)) <= 1e-6 * stake for edge in found if np.isfinite(edge)]
        if any(near):
            continue
        choice = CHOICES[int(best_choice(stake, a, t, g, *institution))]
        inside = found.institution < stake < found.larger
        expected = (
            "institution"
            if inside
            else "minilateral"
            if stake > found.minilateral
            else "alone"
            if stake > found.alone
            else "nothing"
        )
        assert choice == expected
        if low < stake < high:
            assert choice == "minilateral"


@pytest.mark.parametrize("n", [2, 3, 4, 9])
@pytest.mark.parametrize("reliability", [0, 0.3, 0.8, 0.95, 1])
@pytest.mark.parametrize("fixed_cost", [0, 0.4, 1.3, 6])
def test_every_size_is_considered_and_none_above(n, reliability, fixed_cost):
    stakes = np.geomspace(0.3, 3000, 400)
    institution = n, reliability, fixed_cost
    lines = [np.zeros_like(stakes), *(member_gain(k, stakes, 1, 5, 0.5) for k in range(1, n))]
    lines.append(institution_gain(stakes, 1, 5, *institution))
    names = ["nothing", "alone", *["minilateral"] * (n - 2), "institution"]
    best = np.array([CHOICES.index(name) for name in names])[np.argmax(lines, axis=0)]
    assert best_choice(stakes, 1, 5, 0.5, *institution).tolist() == best.tolist()
    found = choice_band(1, 5, 0.5, *institution)
    assert ((found.institution < stakes) & (stakes < found.larger)).tolist() == (best == 3).tolist()
    assert found.institution < found.larger or found.institution == found.larger == np.inf
    low, high = found.band
    if np.isnan(low):
        assert 2 not in best
    else:
        assert (best[(low < stakes) & (stakes < high)] == 2).all()


def test_a_minilateral_fills_the_middle():
    """Alone below, an institution above: the band of S4, which closes as partners cost more."""
    found = choice_band(1, 5, [0.5, 2.0], members=30, reliability=0.9, fixed_cost=[5.0, 1.0])
    low, high = found.band
    assert (low[0], high[0]) == (found.minilateral[0], found.institution[0])
    assert low[0] < high[0] < found.larger[0]
    assert found.institution[1] < found.alone[1]
    assert low[1] == found.larger[1]  # only the largest stakes
    nowhere = choice_band(1, 5, 2.0, members=30, reliability=1, fixed_cost=0)
    assert np.isnan(nowhere.band).all()
    assert choice_band(1, 5, 0.5, members=2, reliability=0.5, fixed_cost=1).minilateral == np.inf


def test_arrays_broadcast():
    row, column = np.linspace(0.2, 3, 7), np.linspace(0, 1, 5)[:, None]
    chosen = best_choice(8, row, 5, 0.5, members=30, reliability=column, fixed_cost=2)
    assert chosen.shape == (5, 7)
    for i in range(5):
        for j in range(7):
            alone = best_choice(8, row[j], 5, 0.5, members=30, reliability=column[i, 0], fixed_cost=2)
            assert chosen[i, j] == alone
    assert choice_band(row, 5, 0.5, 30, column, 2).institution.shape == (5, 7)
    assert best_size(8, row, 5, 0.5, at_least=2, at_most=3).max() <= 3


# --- refusals


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sweet_spot(-1, 1, 1, 1), "stake is -1.0; it must be finite and at least 0"),
        (lambda: sweet_spot(1, [1, 0], 1, 1), "capability is 0.0; it must be finite and above 0"),
        (lambda: sweet_spot(1, 1, np.nan, 1), "threat is nan"),
        (lambda: sweet_spot(1, 1, 1, 0), "unit_cost is 0.0"),
        (lambda: member_gain(-2, 1, 1, 1, 1), "size is -2.0"),
        (lambda: best_size(1, 1, 1, 1, at_least=0), "sizes from 0 to None leave nothing"),
        (lambda: best_size(1, 1, 1, 1, at_least=4, at_most=3), "sizes from 4 to 3 leave nothing"),
        (lambda: best_size(10, 1, 1, 1, at_least=2.5), "sizes from 2.5 to None leave nothing"),
        (lambda: best_size(10, 1, 1, 0.1, at_least=2, at_most=2.5), "sizes from 2 to 2.5 leave nothing"),
        (lambda: best_size(10, 1, 1, 1, at_least=np.nan), "sizes from nan to None leave nothing"),
        (lambda: best_size(10, 1, 1, [1, 1e-40]), "the best size, 3e+20 or so, is beyond all counting"),
        (lambda: institution_gain(1, 1, 1, 1, 0.5, 0), "members is 1; an institution has two or more"),
        (lambda: institution_gain(1, 1, 1, np.nan, 0.5, 0), "members is nan; an institution has two or more"),
        (lambda: institution_gain(1, 1, 1, np.inf, 0.5, 0), "members is inf; an institution has two or more"),
        (lambda: institution_gain(1, 1, 1, 2.5, 0.5, 0), "members is 2.5; an institution has two or more"),
        (lambda: institution_gain(1, 1, 1, 5, [0.5, 1.5], 0), "reliability is 1.5"),
        (lambda: choice_band(1, 1, 1, 5, 0.5, -1), "fixed_cost is -1.0"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(WorthError, match=re.escape(words)):
        call()
