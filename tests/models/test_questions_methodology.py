"""models/questions/methodology.py: affinity or capability, by kind of group."""

from dataclasses import replace
from itertools import combinations

import matplotlib
import numpy as np
import pytest

import models
from coalitions.calibration import ChoiceSets, completion_sets, fit
from coalitions.errors import ChoiceError
from models.fitting import observed
from models.holdout import holdout
from models.questions.drivers import DRIVERS, EVERYONE, KINDS
from models.questions.methodology import affinity_or_capability

pytestmark = pytest.mark.slow  # fits all regions many times over

matplotlib.use("Agg")
RIVALS = {"CHN", "RUS", "IRN"}


@pytest.fixture(scope="module")
def calibrated():
    return models.calibrate(draws=1)


@pytest.fixture(scope="module")
def found(calibrated):
    return affinity_or_capability(calibrated)


def kind_of(region, members):
    inside = {region.states[i] for i in members}
    if "USA" in inside:
        return 1
    return 2 if inside & RIVALS else 0


GROUPS = 14


def slow_sets(region, year, affinity, capability):
    """Measure every alternative by itself: the drivers of its own kind, and nothing of the others."""
    at = {name: k for k, name in enumerate(region.names)}
    kept = [n for n in region.names if not n.startswith("affinity") and n not in ("capability", "distance", "ties")]
    kept.remove("setup")

    def unlike(group, when):
        level = region.panel.vector("polyarchy", region.states, when)
        gaps = [abs(level[i] - level[j]) for i, j in combinations(group, 2)]
        everyone = [abs(a - b) for a, b in combinations(level, 2)]
        mean = np.nanmean(everyone)
        return sum(mean - gap for gap in np.where(np.isnan(gaps), mean, gaps)) * 2 / (len(group) - 1)

    def features(members, context):
        rows = []
        for group, plain in zip(members, region.features(members, *context), strict=True):
            kind = kind_of(region, group)
            own = {
                "affinity": plain[[at["affinity"], at["affinity_us"], at["affinity_rival"]]].sum(),
                **{driver: plain[at[driver]] for driver in DRIVERS[1:]},
            }
            if affinity == "regime":
                own["affinity"] = unlike(group, context[1])
            if capability == "product":
                own["capability"] = np.log(region.theatre(*context).resources[group].sum())
            row = [own[driver] if kind == k else 0.0 for driver in DRIVERS for k in range(3)]
            rows.append([*row, float(kind == 1), float(kind == 2), *(plain[at[name]] for name in kept)])
        return np.array(rows)

    names = [f"{driver} {k}" for driver in DRIVERS for k in range(3)] + ["led", "rival", *kept]
    groups = observed(region.choice_data(until=year))[:GROUPS]
    return completion_sets(groups, len(region.states), features, names, size_sets=True, min_size=3, max_size=9)


@pytest.mark.parametrize(("affinity", "capability"), [("votes", "contest"), ("regime", "product")])
def test_the_fit_is_that_of_terms_measured_one_group_at_a_time(calibrated, affinity, capability):
    few = {}
    for name, region in calibrated.fitted.items():
        names = {choice.name for choice in region.choice_data(until=calibrated.year).choices[:GROUPS]}
        few[name] = replace(region, groups=tuple(g for g in region.groups if g.name in names))
    drivers = affinity_or_capability(
        replace(calibrated, fitted=few), split=2008, affinity=affinity, capability=capability, baselines={}
    )
    sets = ChoiceSets.concat([slow_sets(region, 2024, affinity, capability) for region in few.values()])
    prior = {n: (r.prior[n].value, p) for r in few.values() for n, p in zip(r.names, r.prior_precision, strict=True)}
    deviation = {f"{d.driver} {KINDS.index(d.kind)}": d.deviation for d in drivers.drivers}
    terms = sets.names[14:]
    again = fit(
        sets,
        prior_mean={n: prior[n][0] if n in terms else 0.0 for n in sets.names},
        prior_precision={n: prior[n][1] if n in terms else (deviation.get(n, 1) / 2) ** 2 for n in sets.names},
        magnitude="estimate",
    )
    assert drivers.fit.coefficients == pytest.approx(again.coefficients, abs=1e-6)
    assert drivers.fit.standard_errors == pytest.approx(again.standard_errors, abs=1e-6)


def test_effects_are_coefficients_in_deviations(found):
    assert [(d.kind, d.driver) for d in found.drivers] == [(kind, driver) for driver in DRIVERS for kind in KINDS]
    for d in found.drivers:
        assert d.effect == pytest.approx(d.coefficient * d.deviation)
        assert d.low < d.effect < d.high
        assert d.effect - d.low == pytest.approx(d.high - d.effect)
        assert found.fit[f"{d.driver} {d.kind}"] == d.coefficient


def test_contrasts_are_differences_from_groups_with_neither(found):
    assert len(found.contrasts) == len(DRIVERS) * 2
    for c in found.contrasts:
        base = found.driver(KINDS[0], c.driver)
        own = found.driver(c.kind, c.driver)
        assert c.difference == pytest.approx(own.coefficient - base.coefficient)
        widest = (own.high - own.low) / own.deviation + (base.high - base.low) / base.deviation
        assert 0 < c.high - c.low <= widest + 1e-9


def test_groups_are_counted_once_by_who_is_in_them(calibrated, found):
    counts = np.zeros((3, 2), dtype=int)
    for region in calibrated.fitted.values():
        for choice in region.choice_data(until=calibrated.year).choices:
            counts[kind_of(region, choice.members)] += (1, choice.start > 2014)
    assert [found.founded[kind] for kind in KINDS] == [tuple(row) for row in counts.tolist()]
    assert [len(found.comparisons[kind]) for kind in KINDS] == counts[:, 1].tolist()
    assert len(found.comparisons[EVERYONE]) == counts[:, 1].sum()


def test_plain_rules_score_as_in_the_hold_out(calibrated, found):
    other = holdout(calibrated.fitted.values(), variants=False).comparisons["all regions"].estimates()
    mine = found.comparisons[EVERYONE].estimates()
    for rule in ("distance", "past ties", "sum of pairs", "minimum winning"):
        assert mine[rule]["mean"].value == pytest.approx(other[rule]["mean"].value)


def test_lead_is_affinity_less_capability(found):
    for kind, (ranks, nats) in found.lead.items():
        rows = found.comparisons[kind].estimates()
        assert ranks.value == pytest.approx(rows["affinity"]["mean"].value - rows["capability"]["mean"].value)
        losses = {
            rival.name: rival.log_loss.mean() for rival in found.comparisons[kind].rivals if rival.log_loss is not None
        }
        assert nats.value == pytest.approx(losses["capability"] - losses["affinity"])
        assert ranks.low <= ranks.value <= ranks.high


def test_figures_of_later_years_do_not_enter_the_test(calibrated, found):
    changed = {}
    for name, region in calibrated.fitted.items():
        gdp = region.panel.vector("gdp_usd", ("DEU", "JPN", "SAU"), 2019)
        rows = [
            {"iso3": state, "year": year, "gdp_usd": 1.7 * value, "ideal_point": -1.0}
            for state, value in zip(("DEU", "JPN", "SAU"), gdp, strict=True)
            for year in range(2015, 2025)
        ]
        changed[name] = replace(region, panel=region.panel.with_columns(rows))
    other = affinity_or_capability(replace(calibrated, fitted=changed), baselines={})
    ours, theirs = found.comparisons[EVERYONE].estimates(), other.comparisons[EVERYONE].estimates()
    for variant in ("all terms", "affinity", "capability", "kind alone"):
        assert ours[variant]["mean"] == theirs[variant]["mean"]
    assert other.fit["affinity with neither"] != found.fit["affinity with neither"]


def test_other_measures_change_the_drivers_they_measure_and_are_named(calibrated, found):
    other = affinity_or_capability(calibrated, affinity="regime", capability="product", baselines={})
    for driver in ("affinity", "capability"):
        assert other.driver(KINDS[0], driver).deviation != found.driver(KINDS[0], driver).deviation
    assert other.driver(KINDS[0], "ties").deviation == found.driver(KINDS[0], "ties").deviation
    assert "electoral democracy" in repr(other)
    assert "pooled gross domestic product" in repr(other)


def test_tables_and_figures(found):
    frame = found.to_frame()
    assert len(frame) == 12
    assert frame["difference"].isna().sum() == 4
    scores = found.scores_frame()
    assert set(scores["kind"]) == {*KINDS, EVERYONE}
    assert scores["mean"].between(0, 1).all()
    assert len(found.plot().containers) == 12
    assert len(found.plot_scores().get_yticks()) == scores["rival"].nunique()
    assert "51" in repr(found)
    matplotlib.pyplot.close("all")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"affinity": "friendship"}, r"no measure 'friendship' of affinity; known: votes, regime"),
        ({"capability": "cinc"}, r"no measure 'cinc' of capability"),
        ({"level": 1.0}, r"level is 1.0; it must lie between 0 and 1"),
        ({"split": 1980}, r"1980"),
    ],
)
def test_bad_input_is_refused(calibrated, arguments, words):
    with pytest.raises(ValueError, match=words):
        affinity_or_capability(calibrated, **arguments)


def test_a_driver_that_is_none_is_refused(found):
    with pytest.raises(ValueError, match="did you mean 'affinity'"):
        found.driver(KINDS[0], "afinity")
    with pytest.raises(ValueError, match="with the United States"):
        found.driver("with the United State", "ties")


def test_nothing_to_foretell_is_refused(calibrated):
    with pytest.raises(ChoiceError, match="no group was founded from 2025"):
        affinity_or_capability(calibrated, split=2024)
