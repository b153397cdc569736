"""coalitions/core/cone.py and coalitions/core/separation.py"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import LABELS, exact_games, fractions

from coalitions import CoalitionError, Game, WorthError, banzhaf_value, core, equal_division, shapley_value
from coalitions.core.balanced import minimal_balanced_collections
from coalitions.core.cone import core_cone, core_interval, payoff_cone
from coalitions.exact import maximise
from coalitions.parametric import ParametricGame

GAIN, COST = [0, 0, 0, 4, 0, 4, 4, 10], [0, 1, 1, 3, 1, 3, 3, 7]


def pact(*, exact=True, **changes):
    kind = object if exact else float
    tables = {"gain": np.array(GAIN, kind), "cost": np.array(COST, kind)}
    return ParametricGame("ABC", tables, **{"coefficients": {"gain": 1, "cost": -1}, **changes})


small_worths = st.integers(-4, 9)


@st.composite
def parametric_games(draw, *, min_players=2, max_players=4, max_terms=3, worths=small_worths):
    """Exact games of one to three terms, the coefficients small fractions."""
    n = draw(st.integers(min_players, max_players))
    names = ("gain", "cost", "pressure")[: draw(st.integers(1, max_terms))]
    tables = {
        name: np.array([0, *draw(st.lists(worths, min_size=2**n - 1, max_size=2**n - 1))], object) for name in names
    }
    return ParametricGame(LABELS[:n], tables, {name: draw(fractions) for name in names})


def gaps(game, collections):
    """What every minimal balanced collection is worth below v(N), one row a collection and one column a term."""
    found = []
    for coalitions, weights in collections:
        found.append(
            [
                term[term.players] - sum(w * term[s] for s, w in zip(coalitions, weights, strict=True))
                for term in game.terms.values()
            ]
        )
    return found


def all_collections(players):
    return [(tuple(found), tuple(found.values())) for found in minimal_balanced_collections(players)]


# --- published: the share of the corners of a three-player majority, whose core is empty below 3/2
def test_three_players_hold_from_three_halves_on():
    majority = np.array([0, 0, 0, 1, 0, 1, 1, 0], object)
    everyone = np.array([0] * 7 + [1], object)
    game = ParametricGame("ABC", {"pairs": majority, "all": everyone}, {"pairs": 1, "all": 1})
    found = core_interval(game, "all")
    assert (found.low, found.high) == (Fraction(3, 2), math.inf)
    assert found.low_facet.coalitions == (("A", "B"), ("A", "C"), ("B", "C"))
    assert found.low_facet.weights == (Fraction(1, 2),) * 3
    assert Fraction(3, 2) in found
    assert Fraction(149, 100) not in found
    cone = core_cone(game)
    assert [dict(facet.normal) for facet in cone.facets] == [
        {"pairs": Fraction(0), "all": Fraction(1)},
        {"pairs": Fraction(-3, 2), "all": Fraction(1)},
    ]


# --- laws
@given(parametric_games(), st.data())
@settings(max_examples=25)
def test_the_cone_is_that_of_all_minimal_balanced_collections(game, data):
    normals = gaps(game, all_collections(game.players))
    cone = core_cone(game)
    assert cone.complete
    assert cone.is_exact
    for facet in cone.facets:
        assert [facet.normal[name] for name in game.terms] in normals
    for ray in (*cone.rays, *cone.lines):
        assert all(sum(a * b for a, b in zip(row, ray.values(), strict=True)) >= 0 for row in normals)
    for line in cone.lines:
        assert all(sum(a * b for a, b in zip(row, line.values(), strict=True)) == 0 for row in normals)
    weights = data.draw(st.lists(st.integers(-1, 3), min_size=len(cone.rays), max_size=len(cone.rays)))
    mixture = {
        name: sum((w * ray[name] for w, ray in zip(weights, cone.rays, strict=True)), Fraction(0))
        for name in game.terms
    }
    inside = all(sum(a * b for a, b in zip(row, mixture.values(), strict=True)) >= 0 for row in normals)
    verdict = cone.contains(mixture)
    assert verdict.holds == inside
    assert verdict.tolerance == 0
    assert inside or verdict.margin < 0
    assert inside == (not core(game.at(**mixture).to_game()).is_empty)


@given(parametric_games())
@settings(max_examples=25)
def test_no_facet_can_be_left_out(game):
    normals = [tuple(facet.normal.values()) for facet in core_cone(game).facets]
    for normal in normals:
        others = [other for other in normals if other != normal]
        assert not others or maximise([0] * len(others), others, normal) is None


@given(parametric_games())
@settings(max_examples=25)
def test_facets_carry_balanced_collections(game):
    for facet in core_cone(game).facets:
        for player in game.players:
            assert sum(w for s, w in zip(facet.coalitions, facet.weights, strict=True) if player in s) == 1
        assert all(weight > 0 for weight in facet.weights)
        worth = sum(w * game[s] for s, w in zip(facet.coalitions, facet.weights, strict=True))
        assert facet.margin(game.coefficients) == game[game.players] - worth


@given(parametric_games(), st.data())
@settings(max_examples=25)
def test_an_interval_ends_where_the_collections_say(game, data):
    along = data.draw(
        st.one_of(
            st.sampled_from(tuple(game.terms)),
            st.fixed_dictionaries({name: st.integers(-2, 2) for name in game.terms}).filter(lambda d: any(d.values())),
        )
    )
    theta = dict(game.coefficients)
    rates = dict.fromkeys(theta, 0) | ({along: 1} if isinstance(along, str) else along)
    if isinstance(along, str):
        theta[along] = 0
    low, high, never = -math.inf, math.inf, False
    for row in gaps(game, all_collections(game.players)):
        constant = sum(a * b for a, b in zip(row, theta.values(), strict=True))
        slope = sum(a * b for a, b in zip(row, rates.values(), strict=True))
        if slope > 0:
            low = max(low, -constant / slope)
        elif slope < 0:
            high = min(high, -constant / slope)
        else:
            never = never or constant < 0
    for found in (
        core_interval(game, along),
        core_cone(game).interval(along),
        core_cone(game, limit=0).interval(along),
    ):
        assert found.is_empty == (never or low > high)
        if not found.is_empty:
            assert (found.low, found.high) == (low, high)
            assert (found.low_facet is None) == (low == -math.inf)
            assert (found.high_facet is None) == (high == math.inf)
        for facet, end in ((found.low_facet, found.low), (found.high_facet, found.high)):
            if facet is not None and end is not None:
                at = {name: theta[name] + end * rates[name] for name in theta}
                assert facet.margin(at) == 0


@given(parametric_games(max_terms=2), parametric_games(max_terms=2))
@settings(max_examples=25)
def test_floats_agree_with_exact_terms(game, other):
    rounded = ParametricGame(
        game.players,
        {name: Game(game.players, term.worths.astype(float)) for name, term in game.terms.items()},
        {name: float(value) for name, value in game.coefficients.items()},
    )
    exact, floats = core_cone(game), core_cone(rounded)
    assert not floats.is_exact
    assert len(exact.facets) == len(floats.facets)
    assert len(exact.rays) == len(floats.rays)
    for theta in ({}, dict(zip(game.terms, other.coefficients.values(), strict=False))):
        precise = exact.contains(theta)
        if abs(float(precise.margin)) > 1e-6:
            assert floats.contains({name: float(value) for name, value in theta.items()}).holds == precise.holds
    a, b = (found.interval(next(iter(game.terms))) for found in (exact, floats))
    assert a.is_empty == b.is_empty
    assert a.is_empty or (float(a.low), float(a.high)) == pytest.approx((b.low, b.high), abs=1e-9)


@given(parametric_games())
@settings(max_examples=25)
def test_a_payoff_cone_is_where_the_payoff_is_in_the_core(game):
    cone = payoff_cone(game, shapley_value)
    assert cone.complete
    points = [dict(game.coefficients), *cone.rays]
    points += [{name: a[name] - b[name] for name in a} for a, b in pairwise(points)]
    for theta in points:
        whole = game.at(**theta).to_game()
        verdict = cone.contains(theta)
        assert verdict.holds == core(whole).contains(shapley_value(whole)).holds
        if not verdict:
            (coalition,) = verdict.facet.coalitions
            paid = sum(shapley_value(whole)[player] for player in coalition)
            assert verdict.margin == paid - whole[coalition] < 0
    assert all(core_cone(game).contains(ray) for ray in cone.rays)


@given(exact_games(min_players=2, max_players=4), st.data())
@settings(max_examples=25)
def test_fixed_shares_are_a_payoff_too(game, data):
    parts = data.draw(st.lists(st.integers(1, 5), min_size=game.n, max_size=game.n))
    shares = np.array([Fraction(part, sum(parts)) for part in parts], object)
    pact = ParametricGame(game.players, {"all": game}, {"all": Fraction(1)})
    for sign in (1, -1):
        verdict = payoff_cone(pact, shares).contains({"all": sign})
        assert verdict.holds == core(game * sign).contains(shares * sign * game.worths[-1]).holds


# --- agreement
def test_a_search_cut_short_still_answers_right():
    rng = np.random.default_rng(3)
    tables = {name: np.append([0.0], rng.random(31)) for name in ("gain", "cost", "pressure")}
    tables["gain"] += np.array([mask.bit_count() ** 1.5 for mask in range(32)])
    game = ParametricGame("ABCDE", tables, {"gain": 1.0, "cost": -0.4, "pressure": 0.2}, covariance=np.eye(3) / 4)
    whole, none, some = core_cone(game), core_cone(game, limit=0), core_cone(game, limit=8)
    assert whole.complete
    assert not none.complete
    assert not some.complete
    assert none.facets == ()
    drawn = np.random.default_rng(5).multivariate_normal(list(game.coefficients.values()), game.covariance, 150)
    direct = sum(not core(game.at(**dict(zip(tables, theta, strict=True))).to_game()).is_empty for theta in drawn)
    found = [cone.probability(draws=150, rng=5) for cone in (whole, none, some)]
    assert [each.inside for each in found] == [direct] * 3
    assert found[0].settled == 150
    assert found[0].programs == 0
    for each in found[1:]:
        assert each.settled + each.programs == 150
        assert each.settled > 0
    assert found[2].programs <= found[1].programs
    low, high = found[0].interval
    assert low < float(found[0]) < high
    for theta in drawn[:20].tolist():
        named = dict(zip(tables, theta, strict=True))
        assert whole.contains(named).holds == none.contains(named).holds == some.contains(named).holds


def test_draws_are_the_same_for_the_same_seed_and_certain_for_certain_coefficients():
    cone = core_cone(pact(covariance=[[1, 0], [0, 1]]))
    assert repr(cone.probability(draws=500, rng=7)) == repr(cone.probability(draws=500, rng=7))
    sure = cone.probability(covariance=np.zeros((2, 2)), draws=100, rng=1)
    assert sure.probability == 1.0
    assert sure.interval[1] == 1.0
    assert cone.probability(covariance=np.zeros((2, 2)), draws=100, rng=1, level=0.5).interval[0] > sure.interval[0]


def test_cones_without_an_interior_lines_and_whole_spaces():
    cost = np.array([0, 1, 1, 3], object)
    wedge = core_cone(ParametricGame("AB", {"cost": cost, "debt": -cost}, {"cost": 1, "debt": 1}))
    assert len(wedge.facets) == 1
    assert len(wedge.lines) == 1
    assert wedge.contains({"cost": 5, "debt": 5}).margin == 0
    zero = np.zeros(4, object)
    everything = core_cone(ParametricGame("AB", {"none": zero}, {"none": 1}))
    assert everything.facets == ()
    assert everything.contains().facet is None
    assert (everything.interval("none").low, everything.interval("none").high) == (-math.inf, math.inf)
    odd = np.array([0, 0, 0, 1, 0, -1, -1, 0], object)  # A B and C lose by the one sign, A C and B by the other
    pinned = core_cone(ParametricGame("ABC", {"odd": odd, "gain": np.array(GAIN, object)}, {"odd": 0, "gain": 1}))
    assert pinned.contains({"odd": 0})
    nowhere = core_cone(ParametricGame("ABC", {"odd": odd}, {"odd": 1}))
    assert nowhere.rays == ()
    assert nowhere.lines == ()
    assert len(nowhere.facets) == 2
    assert not nowhere.contains({"odd": 1})
    assert not nowhere.contains({"odd": -1})
    assert nowhere.contains({"odd": 0})


def test_a_condition_that_the_line_does_not_touch_empties_the_interval():
    alone = np.array([0, 1, 0, 0, 0, 0, 0, 0], object)  # A and B C break up above 0
    rest = np.array([0, 0, 1, 0, 0, 1, 0, 0], object)  # B and A C break up whatever A is offered
    game = ParametricGame("ABC", {"alone": alone, "rest": rest}, {"alone": 0, "rest": 1})
    found = core_interval(game, "alone")
    assert found.is_empty
    assert 0 not in found
    assert found.low_facet.normal["alone"] == 0
    assert found.low_facet.coalitions == (("B",), ("A", "C"))
    assert core_interval(game.at(rest=0), "alone").high == 0


def test_a_single_player_always_holds():
    game = ParametricGame("A", {"gain": np.array([0, 3], object)}, {"gain": -2})
    assert core_cone(game).contains()
    assert payoff_cone(game, shapley_value).contains()
    assert core_interval(game, "gain").low == -math.inf


@pytest.mark.parametrize("n", [7, 9])
def test_more_players_than_lists_reach(n):
    rng = np.random.default_rng(n)
    size = np.array([mask.bit_count() for mask in range(1 << n)])
    gain = np.array([int(x) for x in size**2 + rng.integers(0, 4, 1 << n) * (size > 1)], object)
    cost = np.array([int(x) for x in size], object)
    cost[-1] = 2 * n
    game = ParametricGame(range(n), {"gain": gain, "cost": cost}, {"gain": 1, "cost": 0})
    found = core_interval(game, "cost")
    assert isinstance(found.low, Fraction)
    assert core(game.at(cost=found.low).to_game()).is_empty is False
    assert core(game.at(cost=found.low - Fraction(1, 10**12)).to_game()).is_empty
    assert core_cone(game).interval("cost").low == found.low
    rounded = ParametricGame(range(n), {"gain": gain.astype(float), "cost": cost.astype(float)}, {"gain": 1, "cost": 0})
    assert core_interval(rounded, "cost").low == pytest.approx(float(found.low), rel=1e-9)


def test_tables_and_pictures():
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    cone = core_cone(pact())
    frame = cone.to_frame()
    assert list(frame.columns) == ["coalitions", "weights", "gain", "cost"]
    assert len(frame) == 2
    assert "A B; A C; B C" in set(frame["coalitions"])
    axes = cone.plot("gain", "cost")
    assert axes.get_xlabel() == "gain"
    plt.close("all")
    assert "2 facets" in repr(cone)
    assert repr(core_cone(pact(), limit=0)).endswith("and there are more")
    assert repr(cone.contains()).startswith("inside, with room 3")
    assert "no value of tau" in repr(core_interval(_never(), {"a": 1}))


def _never():
    tables = {"a": np.array([0, 0, 0, 0], object), "b": np.array([0, 1, 1, 1], object)}
    return ParametricGame("AB", tables, {"a": 0, "b": 1})


# --- refusals
def test_what_is_refused():
    game = pact()
    with pytest.raises(CoalitionError, match="unknown term 'gian'; did you mean 'gain'"):
        core_interval(game, "gian")
    with pytest.raises(CoalitionError, match="did you mean 'cost'"):
        core_cone(game).contains({"costs": 1})
    with pytest.raises(WorthError, match="leads nowhere"):
        core_interval(game, {"gain": 0})
    with pytest.raises(WorthError, match="'cost' is nan"):
        core_cone(game).contains({"cost": math.nan})
    with pytest.raises(WorthError, match="'cost' is c, a symbol"):
        core_interval(pact(coefficients={"gain": 1, "cost": sympy.Symbol("c")}), "gain")
    with pytest.raises(WorthError, match="a symbol"):
        core_cone(ParametricGame("AB", {"gain": np.array([0, 0, 0, sympy.Symbol("g")], object)}, {"gain": 1}))
    with pytest.raises(CoalitionError, match="limit is -1"):
        core_cone(game, limit=-1)
    with pytest.raises(WorthError, match="no covariance"):
        core_cone(game).probability()
    with pytest.raises(CoalitionError, match="draws is 0"):
        core_cone(pact(covariance=np.eye(2))).probability(draws=0)
    with pytest.raises(CoalitionError, match="level is 95"):
        core_cone(pact(covariance=np.eye(2))).probability(level=95)
    with pytest.raises(WorthError, match="Banzhaf value of the term 'gain' sums to 1/2 more than"):
        payoff_cone(game, banzhaf_value)
    with pytest.raises(CoalitionError, match="2 payoffs for 3 players"):
        payoff_cone(game, [0.5, 0.5])
    with pytest.raises(WorthError, match=r"sums to .* more than all are worth"):
        payoff_cone(game, [0.5, 0.3, 0.3])
    with pytest.raises(CoalitionError, match="of another game"):
        payoff_cone(game, ParametricGame("AB", {"gain": [0, 0, 0, 1]}, {"gain": 1}).value())
    with pytest.raises(CoalitionError, match="two different terms"):
        core_cone(game).plot("gain", "gain")
    with pytest.raises(WorthError, match="not complete"):
        core_cone(game, limit=0).plot("gain", "cost")


def test_symbols_as_coefficients_do_not_matter_to_a_cone():
    symbolic = pact(coefficients={"gain": sympy.Symbol("g"), "cost": sympy.Symbol("c")})
    assert len(core_cone(symbolic).facets) == 2
    assert len(payoff_cone(symbolic, equal_division).facets) == len(payoff_cone(pact(), equal_division).facets)
