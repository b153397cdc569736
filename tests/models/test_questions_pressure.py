"""models/questions/pressure.py: a pair between two deals."""

from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from coalitions import Game, core
from coalitions.errors import CoalitionError
from models.questions.pressure import pair_threshold
from models.questions.theory import theory
from models.questions.thresholds import OUTCOMES

matplotlib.use("Agg")
GRID = tuple(np.geomspace(0.05, 5, 9))


@pytest.fixture(scope="module")
def calibrated():
    return models.calibrate("global-order", draws=80)


@pytest.fixture(scope="module")
def found(calibrated):
    return pair_threshold(calibrated, pressures=GRID)


def opposed(region, against, factor=1.0):
    """The region with one interest, whose challengers are the states given."""
    interest = replace(region.interest("GL1"), challengers=tuple(against))
    return replace(region, interests=(interest,)).scenario(threat=dict.fromkeys(against, factor))


def gains(region, group, against, coefficients, factor=1.0, year=2024):
    one = opposed(region, against, factor)
    return one.gains(np.array([one.indices(group)]), "GL1", year, coefficients)[0]


def test_worths_are_those_of_interests_with_other_challengers(calibrated, found):
    region, theta = calibrated.regions["global-order"], calibrated.coefficients["global-order"]
    for place, factor in enumerate(GRID):
        own = gains(region, ("CHN", "RUS"), found.order, theta, factor)
        assert found.own[place] == pytest.approx(own)
        assert found.worth[place] == pytest.approx(own.sum())
        believed = gains(region, ("CHN", "RUS"), found.order, theory(calibrated, "global-order"), factor)
        assert found.in_theory[place] == pytest.approx(believed.sum())
    for name, against in (("CHN-USA", ["RUS"]), ("RUS-USA", ["CHN"]), ("CHN-RUS-USA", [])):
        deal = found.deals[name]
        own = gains(region, deal.members, against, theta)
        assert list(deal.gains.values()) == pytest.approx(own)
        assert deal.worth.value == pytest.approx(own.sum())


def test_nobody_else_changes_with_the_union_unopposed(calibrated, found):
    region, theta = calibrated.regions["global-order"], calibrated.coefficients["global-order"]
    shared = region.gains(np.array([region.indices(("CHN", "RUS", "USA"))]), "GL1*", 2024, theta)[0]
    assert list(found.deals["CHN-RUS-USA"].gains.values()) == pytest.approx(shared)


def test_draws_hold_where_the_core_of_the_structure_is_not_empty():
    """The structure's core: what the pair divides, and nothing for the pole, is blocked by no coalition."""
    calibrated = models.calibrate("global-order", draws=25)
    region = calibrated.regions["global-order"]
    found = pair_threshold(calibrated, pressures=(0.5, 1.0))
    verdicts = []
    for drawn in calibrated.draws["global-order"]:
        theta = dict(zip(region.names, drawn, strict=True))
        worth = {
            group: float(gains(region, group, against, theta).sum())
            for group, against in (
                (("CHN", "RUS"), found.order),
                (("CHN", "USA"), ["RUS"]),
                (("RUS", "USA"), ["CHN"]),
                (("CHN", "RUS", "USA"), []),
            )
        }
        united = worth["CHN", "RUS"]
        # beside an idle pole the pair divides its worth, and the union must not be worth more
        worth["CHN", "RUS", "USA"] = max(united, worth["CHN", "RUS", "USA"])
        game = Game.from_dict({**worth, "CHN": 0, "RUS": 0, "USA": 0}, players=("CHN", "RUS", "USA"))
        inside = core(game)
        verdicts.append(not inside.is_empty and worth["CHN", "RUS", "USA"] == united)
    assert found.holds[-1] == pytest.approx(np.mean(verdicts))
    assert 0 < np.mean(verdicts) < 1


def test_the_threshold_of_theory_is_where_the_pair_reaches_the_bar(calibrated, found):
    region, believed = calibrated.regions["global-order"], theory(calibrated, "global-order")
    assert GRID[0] < found.threshold_in_theory < GRID[-1]
    worth = gains(region, ("CHN", "RUS"), found.order, believed, found.threshold_in_theory).sum()
    assert worth == pytest.approx(found.bar_in_theory, abs=1e-7)
    finer = pair_threshold(calibrated, pressures=np.geomspace(0.05, 5, 40))
    assert finer.threshold_in_theory == pytest.approx(found.threshold_in_theory, abs=1e-7)


def test_pressure_helps_the_pair_in_theory(found):
    assert (np.diff(found.in_theory) > 0).all()


@pytest.mark.parametrize("term", ["setup", "pressure", "ties", "capability"])
def test_tipping_values_are_where_the_core_empties(found, term):
    span = found.tipping(term)
    for end, inwards in ((span.low, 1e-6), (span.high, -1e-6)):
        if np.isfinite(end):
            assert not core(found.game.at(**{term: end + inwards}).to_game()).is_empty
            assert core(found.game.at(**{term: end - inwards}).to_game()).is_empty


def test_today_agrees_with_the_tipping_value_of_the_cost_of_founding(calibrated, found):
    """Two deals pay the cost twice and the pair pays it once: what is lacking to the bar is what the cost lacks."""
    setup = calibrated.coefficients["global-order"]["setup"]
    worth = found.game["CHN", "RUS"]
    both = sum(max(found.deals[name].worth.value, 0) for name in ("CHN-USA", "RUS-USA"))
    assert found.bar.value == pytest.approx(max(both, found.deals["CHN-RUS-USA"].worth.value))
    assert found.tipping("setup").low == pytest.approx(setup + both - worth)


def test_the_order_of_the_pair_is_of_no_matter(calibrated, found):
    other = pair_threshold(calibrated, pair=("RUS", "CHN"), pressures=GRID)
    assert other.worth == pytest.approx(found.worth)
    assert other.own[:, ::-1] == pytest.approx(found.own)
    assert other.threshold_in_theory == pytest.approx(found.threshold_in_theory)
    assert other.outcomes == pytest.approx(found.outcomes)
    assert other.thresholds == pytest.approx(found.thresholds)


def test_asymmetry_scales_the_larger_of_the_two(calibrated, found):
    even = pair_threshold(calibrated, asymmetry=1 / found.ratio, pressures=GRID)
    assert even.ratio == pytest.approx(1)
    assert even.own[4, 1] > found.own[4, 1]  # Russia is less of a junior partner
    assert pair_threshold(calibrated, asymmetry=2.0, pressures=GRID).ratio == pytest.approx(2 * found.ratio)


@pytest.mark.parametrize("factor", [0.3, 0.7])
@pytest.mark.parametrize("group", [("CHN", "RUS"), ("RUS", "USA"), ("CHN", "USA"), ("CHN", "RUS", "USA")])
def test_asymmetry_is_another_economy_and_as_much_more_strength(factor, group):
    """Where strength is measured by people, an economy in another panel changes nothing but what an economy is for."""
    region = replace(WORLD.regions["global-order"], capability="population")
    found = pair_threshold(
        replace(WORLD, regions={"global-order": region}), asymmetry=factor, pressures=(0.5, 1.0, 2.0)
    )
    panel = region.panel
    economies = panel.columns["gdp_usd"].copy()
    economies[panel.index("CHN")] *= factor
    poorer = replace(panel, columns={**panel.columns, "gdp_usd": economies})
    other = replace(region, panel=poorer, effort={"CHN": factor})
    theta = WORLD.coefficients["global-order"]
    outside = found.order if group == ("CHN", "RUS") else [s for s in ("CHN", "RUS") if s not in group]
    if group == ("CHN", "RUS"):
        for place, pressed in enumerate((0.5, 1.0, 2.0)):
            assert found.own[place] == pytest.approx(gains(other, group, outside, theta, pressed))
    else:
        assert found.deals["-".join(group)].gains == pytest.approx(
            dict(zip(group, gains(other, group, outside, theta), strict=True))
        )


def test_today_needs_no_place_on_the_grid(calibrated, found):
    far = pair_threshold(calibrated, pressures=(3.0, 10.0))
    near = pair_threshold(calibrated, pressures=(0.5, 1.0, 2.0))
    assert far.today == pytest.approx(near.today)
    assert far.now == pytest.approx(dict(zip(("CHN", "RUS"), near.own[1].tolist(), strict=True)))
    assert repr(far).splitlines()[1:6] == repr(near).splitlines()[1:6]
    assert far.now_in_theory == pytest.approx(near.in_theory[1])


@settings(max_examples=15)
@given(st.floats(0.2, 5))
def test_what_a_pair_loses_by_autonomy_does_not_depend_on_asymmetry(factor):
    region = WORLD.regions["global-order"]
    found = pair_threshold(WORLD, asymmetry=factor, pressures=(1.0, 2.0))
    assert found.game.terms["autonomy"]["CHN", "RUS"] == pytest.approx(-1)
    assert region.effort == {}


WORLD = models.calibrate("global-order", draws=2)


def test_shares_are_shares(found):
    assert tuple(found.outcomes) == OUTCOMES
    assert sum(found.outcomes.values()) == pytest.approx(1)
    for held in (found.holds, found.holds_for_both):
        assert ((held >= 0) & (held <= 1)).all()
    assert found.outcomes[OUTCOMES[0]] <= found.holds.min()
    assert found.holds.max() <= 1 - found.outcomes[OUTCOMES[3]]
    assert (found.low <= found.high).all()


def test_another_pair_and_pole(calibrated):
    found = pair_threshold(calibrated, pair=("IND", "JPN"), pole="CHN", order=("CHN",), year=2020, pressures=GRID)
    assert set(found.deals) == {"IND-CHN", "JPN-CHN", "IND-JPN-CHN"}


def test_tables_and_figures(found):
    frame = found.to_frame()
    assert list(frame["pressure"]) == list(GRID)
    assert {"CHN", "RUS"} <= set(frame.columns)
    assert found.plot().get_xscale() == "log"
    assert found.plot_holding().get_ylim() == (0, 1)
    assert "share of draws" in repr(found)
    assert "CHN-RUS" in found.to_latex()
    matplotlib.pyplot.close("all")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"pair": ("CHN", "CHN")}, "it must name two states"),
        ({"pair": "CHN"}, "it must name two states"),
        ({"pole": "RUS"}, "the pole RUS is one of the pair"),
        ({"order": ("USA", "CHN")}, "CHN is one of the pair and of the order"),
        ({"order": ("GBR",)}, "does not hold its pole USA"),
    ],
)
def test_players_that_do_not_fit_are_refused(calibrated, arguments, words):
    with pytest.raises(CoalitionError, match=words):
        pair_threshold(calibrated, **arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"pair": ("CHN", "RUZ")}, "'RUZ' is not in the pool"),
        ({"region": "global-ordre"}, "did you mean 'global-order'"),
        ({"interest": "GL9"}, "no interest 'GL9'"),
        ({"year": 1900}, "1900"),
        ({"asymmetry": 0}, "asymmetry is 0; it must be a positive number"),
        ({"pressures": (1.0,)}, "rise from above 0"),
        ({"pressures": (0.0, 1.0)}, "rise from above 0"),
        ({"pressures": (2.0, 1.0)}, "rise from above 0"),
        ({"pressures": (1.0, np.nan)}, "rise from above 0"),
        ({"level": 0}, "level is 0"),
    ],
)
def test_bad_input_is_refused(calibrated, arguments, words):
    with pytest.raises(ValueError, match=words):
        pair_threshold(calibrated, **arguments)
