"""models: fitting.py, holdout.py, entrants.py, new_ties.py, placebos.py, backtest.py"""

from dataclasses import replace

import numpy as np
import pytest

import models
from coalitions.calibration import swap_ranks
from coalitions.errors import ChoiceError
from models.backtest import holdout, leave_one_region_out, new_ties, next_member, placebos, validate
from models.baselines import BASELINES
from models.fitting import as_regions, choice_sets, fit_from, fit_regions, hierarchical, observed
from models.holdout import MODEL
from models.new_ties import pair_rates
from models.theatre import shared_groups

FEW = {name: BASELINES[name] for name in ("random", "past ties")}


@pytest.fixture(scope="module")
def asia():
    return models.load("asia-pacific")


@pytest.fixture(scope="module")
def tested(asia):
    return holdout(asia, level=0.9)


@pytest.fixture(scope="module")
def halves(asia):
    """Two regions of one pool: the groups of every other interest."""
    ids = [interest.id for interest in asia.interests]
    return [
        replace(asia, name=name, groups=tuple(g for g in asia.groups if ids.index(g.interest) % 2 == odd))
        for odd, name in enumerate(("even", "odd"))
    ]


# --- no leakage


def tampered(region, rng):
    """Figures after 2014 times random numbers; random groups founded after 2014; members that left in 2016."""
    panel = region.panel
    later = np.array(panel.years) > 2014
    columns = {c: np.where(later, v * rng.uniform(0.2, 5.0, v.shape), v) for c, v in panel.columns.items()}
    rows, groups = [], []
    for number in range(20):
        founders = tuple(rng.choice(region.states, 4, replace=False).tolist())
        start = int(rng.integers(2015, 2025))
        pattern = region.groups[number % len(region.groups)]
        groups.append(
            replace(pattern, name=f"fake {number}", founders=founders, start=start, end=None, kind="minilateral")
        )
        rows.append(replace(panel.group(pattern.name), name=f"fake {number}", members=founders, start=start, end=None))
    leaving = {g.name: ((2016, g.members[0], "leave"),) for g in panel.groups[::7] if g.name not in panel.events}
    events = {**panel.events, **leaving}
    other = replace(panel, columns=columns, groups=(*panel.groups, *rows), events=events)
    return replace(region, panel=other, groups=(*region.groups, *groups))


@pytest.mark.parametrize("unlisted", [False, True])
def test_nothing_dated_after_the_split_moves_the_hold_out(asia, unlisted):
    region = asia.unlisted() if unlisted else asia
    other = tampered(region, np.random.default_rng(5))
    one, two = (holdout(r, variants=False) for r in (region, other))
    assert one.coefficients == two.coefficients
    for first, second in zip(*(b.comparisons["asia-pacific"].rivals for b in (one, two)), strict=True):
        known = dict(zip(second.ranks.names, range(len(second.ranks)), strict=True))
        places = [known[name] for name in first.ranks.names]
        assert len(second.ranks) == len(first.ranks) + 20
        np.testing.assert_array_equal(first.ranks.share, second.ranks.share[places], err_msg=first.name)
        np.testing.assert_array_equal(first.log_loss, second.log_loss[places], err_msg=first.name)
    # the same changes are seen by who may see them
    groups = observed(region.choice_data(since=2018))
    late, changed = (r.features(np.array([groups[0].members]), *groups[0].context) for r in (region, other))
    assert not np.allclose(late, changed)


def test_features_of_later_groups_are_dated_by_the_split(asia):
    for group in observed(asia.choice_data(since=2015, data_year=2014)):
        assert group.context[1] == 2014


def test_scores_of_strangers_do_not_move_either(asia):
    other = tampered(asia, np.random.default_rng(6))
    one, two = (new_ties(region) for region in (asia, other))
    assert one.pairs == two.pairs
    for name in one.scores:
        np.testing.assert_array_equal(one.scores[name], two.scores[name])
    assert (one.met != two.met).any()


# --- the hold-out


def test_the_hold_out_is_the_one_by_hand(asia, tested):
    from coalitions.calibration import fit

    sets = choice_sets(asia, observed(asia.choice_data(until=2014, data_year=2014)))
    found = fit(sets, prior_mean=asia.prior_mean, prior_precision=asia.prior_precision)
    assert tested.coefficients["asia-pacific"] == found.as_dict()
    later = observed(asia.choice_data(since=2015, data_year=2014))
    ranks = swap_ranks(later, len(asia.states), lambda m, context: asia.features(m, *context), found)
    np.testing.assert_array_equal(tested.comparisons["asia-pacific"].rivals[0].ranks.share, ranks.share)


def test_the_model_is_not_told_who_is_at_the_table(asia, tested):
    """The variant "opposed": a star says that a group answers to no challenger, as its aim was coded later."""
    from coalitions.calibration import fit

    def plain(groups):
        return [g._replace(context=(g.context[0].rstrip("*"), g.context[1])) for g in groups]

    earlier, later = (
        plain(observed(asia.choice_data(**kw, data_year=2014))) for kw in ({"until": 2014}, {"since": 2015})
    )
    sets = choice_sets(asia, earlier)
    found = fit(sets, prior_mean=asia.prior_mean, prior_precision=asia.prior_precision)
    ranks = swap_ranks(later, len(asia.states), lambda m, context: asia.features(m, *context), found)
    opposed = tested.variants["opposed"]["asia-pacific"].rivals[0].ranks
    np.testing.assert_array_equal(opposed.share, ranks.share)


def test_the_model_is_better_than_chance_and_random_is_not(tested):
    found = tested.comparisons["asia-pacific"].estimates()
    assert found[MODEL]["mean"].low > 0.75
    assert found["random"]["mean"].low < 0.5 < found["random"]["mean"].high
    assert found[MODEL]["log loss"].high < tested.comparisons["asia-pacific"].uniform_log_loss.mean()
    assert {"random", "distance"} <= set(tested.comparisons["asia-pacific"].behind)


def test_the_table_has_a_row_a_rival_and_a_figure_a_region(tested):
    import matplotlib

    matplotlib.use("Agg")
    frame = tested.to_frame()
    assert frame["rival"].tolist()[0] == MODEL
    assert {*BASELINES, MODEL, "model, unlisted"} <= set(frame["rival"])
    assert frame["groups"].nunique() == 1
    row = frame.set_index("rival").loc["past ties"]
    assert row["ahead by"] == pytest.approx(frame["mean"][0] - row["mean"])
    bare = frame.set_index("rival").loc["model, unlisted", "mean"]
    assert row["unlisted ahead by"] == pytest.approx(bare - row["mean"])
    assert "model, unlisted" in repr(tested)
    assert len(tested.plot().get_yticks()) == len(BASELINES) + 1
    matplotlib.pyplot.close("all")
    with pytest.raises(ChoiceError, match="no region 'europe' was tested; there are asia-pacific"):
        tested.plot("europe")


def test_challengers_may_be_kept_from_the_swaps(asia, tested):
    some = holdout(asia, eligible_only=True, variants=False, baselines=FEW)
    every = tested.comparisons["asia-pacific"].rivals[0].ranks
    limited = some.comparisons["asia-pacific"].rivals[0].ranks
    assert (limited.swaps <= every.swaps).all()
    assert limited.swaps.sum() < every.swaps.sum()


# --- ways of fitting


def test_a_fitter_gets_the_sets_and_gives_coefficients(asia):
    seen = {}

    def fitter(sets):
        seen.update(sets)
        return {name: dict.fromkeys(one.names, 0.0) for name, one in sets.items()}

    told = holdout(asia, fitter=fitter, variants=False, baselines={})
    assert list(seen) == ["asia-pacific"]
    flat = told.comparisons["asia-pacific"].rivals[0]
    assert set(flat.ranks.share) == {0.5}
    np.testing.assert_allclose(flat.log_loss, told.comparisons["asia-pacific"].uniform_log_loss)
    array = fit_from({asia.name: asia}, seen, lambda sets: {asia.name: np.arange(len(asia.names))})
    assert list(array[asia.name].values()) == list(range(len(asia.names)))


@pytest.mark.parametrize(
    ("fitter", "words"),
    [
        (lambda sets: {}, "the fitter gives no coefficients for asia-pacific"),
        (lambda sets: {"asia-pacific": {}}, "the fitter gives no coefficient for the term"),
        (lambda sets: {"asia-pacific": [1.0]}, r"the fitter gives an array of shape \(1,\) for the"),
    ],
)
def test_refuses_a_fitter_that_forgets(asia, fitter, words):
    with pytest.raises(ChoiceError, match=words):
        fit_regions([asia], 2014, 2014, fitter=fitter)


def test_a_hierarchy_fits_regions_together(halves):
    alone = fit_regions(halves)
    together = fit_regions(halves, fitter=hierarchical(halves, spread=0.1))
    names = halves[0].names

    def gap(found):
        return sum(abs(found["even"][name] - found["odd"][name]) for name in names)

    assert gap(together) < gap(alone) / 2


# --- other regions


def test_a_region_is_foretold_from_the_others(halves):
    found = leave_one_region_out(halves, baselines=FEW)
    assert list(found.comparisons) == ["even", "odd", "all regions"]
    assert found.comparisons["even"].estimates()[MODEL]["mean"].low > 0.5
    assert len(found.comparisons["all regions"]) == sum(len(found.comparisons[name]) for name in ("even", "odd"))
    # fitted to the other half only
    one = replace(halves[0], groups=halves[0].groups[:-8])
    again = leave_one_region_out([one, halves[1]], baselines={})
    assert again.coefficients["even"] == found.coefficients["even"]
    assert again.coefficients["odd"] != found.coefficients["odd"]


def test_a_fitter_gives_its_mean_to_the_region_left_out(asia, halves):
    third = replace(asia, name="third", groups=halves[0].groups)
    values = {"even": 1.0, "odd": 3.0, "third": 7.0}

    def fitter(sets):
        return {name: dict.fromkeys(one.names, values[name]) for name, one in sets.items()}

    found = leave_one_region_out([*halves, third], fitter=fitter, baselines={})
    assert set(found.coefficients["third"].values()) == {2.0}
    assert set(found.coefficients["even"].values()) == {5.0}
    common = leave_one_region_out([*halves, third], fitter=hierarchical([*halves, third], spread=0.5), baselines={})
    assert common.comparisons["third"].estimates()[MODEL]["mean"].value > 0.5


def test_rules_that_are_fitted_stay_at_home(halves):
    found = leave_one_region_out(halves)
    assert [rival.name for rival in found.comparisons["even"].rivals] == [
        MODEL,
        *(name for name, rule in BASELINES.items() if not rule.fitted),
    ]


def test_refuses_one_region_twice_or_none(asia):
    with pytest.raises(ChoiceError, match="1 region to leave out of 1: at least two are needed"):
        leave_one_region_out([asia])
    with pytest.raises(ChoiceError, match="region asia-pacific is given twice"):
        as_regions([asia, "asia-pacific"])
    with pytest.raises(ChoiceError, match="no region: give at least one"):
        as_regions([])
    with pytest.raises(ValueError, match="no model 'atlantis'"):
        holdout("atlantis")
    with pytest.raises(ChoiceError, match="asia-pacific: the groups to fit have 1 circle of founders"):
        holdout(replace(asia, groups=asia.groups[:1] + tuple(g for g in asia.groups[1:] if g.start > 2014)))


# --- who joins and who leaves


@pytest.fixture(scope="module")
def joined(asia):
    return next_member(asia, baselines=FEW)


def test_joins_are_ranked_by_what_the_entrant_adds(asia, joined):
    join = next(j for j in joined.joinings if (j.group, j.entrant) == ("Malabar", "AUS"))
    assert join.members == ("USA", "JPN", "IND")
    theta = fit_regions([asia], 2014, 2014)["asia-pacific"]
    weights = np.array([theta[name] for name in asia.names])
    inside = asia.indices(join.members)
    interest = next(g.interest for g in asia.groups if g.name == "Malabar")
    outside = [o for o in asia.eligible(interest) if o not in inside]
    worths = [float(asia.features(np.array([[*inside, o]]), interest, 2019)[0] @ weights) for o in outside]
    entrant = outside.index(asia.indices(("AUS",))[0])
    place = 1 + sum(worth > worths[entrant] + 1e-9 for worth in worths)
    assert join.reciprocal[MODEL] == pytest.approx(1 / place)
    assert join.outsiders == len(outside)
    before = float(asia.features(np.array([inside]), interest, 2019)[0] @ weights)
    assert join.marginal == pytest.approx(worths[entrant] - before)


def test_members_are_those_of_the_time(joined):
    join = next(j for j in joined.joinings if (j.group, j.entrant) == ("Malabar", "JPN"))
    assert (join.members, join.year) == (("USA", "IND"), 2015)
    # India and Pakistan joined together: neither competes with the other
    both = [j for j in joined.joinings if j.group == "Shanghai Cooperation Organisation" and j.year == 2017]
    assert {j.entrant for j in both} == {"IND", "PAK"}
    assert all("IND" not in j.members and "PAK" not in j.members for j in both)


def test_what_cannot_be_ranked_says_why(joined):
    reasons = dict(joined.excluded)
    assert reasons["Colombo Security Conclave: MUS join 2022"] == "MUS is not in the pool"


def test_bodies_take_members_by_treaty(asia):
    asean = asia.panel.group("ASEAN")
    interest = asia.interests[0].id
    region = replace(
        asia,
        groups=(
            replace(
                asia.groups[0],
                name="ASEAN",
                kind="institution",
                interest=interest,
                founders=asia.panel.founders(asean),
                start=asean.start,
            ),
        ),
    )
    found = next_member(region, coefficients={"asia-pacific": dict.fromkeys(asia.names, 0.0)}, baselines={})
    assert {j.entrant for j in found.joinings} == {"VNM", "MMR"}  # 1995 and 1997; seven members are no body
    assert all(reason.endswith("not in the pool") for _, reason in found.excluded)


def test_exits_are_scored_by_the_leavers_own_gain(asia):
    panel = asia.panel
    squad = next(g for g in asia.groups if g.name == "Quad (2017)")
    events = {**panel.events, squad.name: ((2020, "IND", "leave"),)}
    region = replace(asia, panel=replace(panel, events=events), groups=(squad,))
    theta = fit_regions([asia], 2014, 2014)
    found = next_member(region, coefficients=theta, baselines={})
    gains = asia.gains(np.array([sorted(asia.indices(squad.founders))]), squad.interest, 2019, theta["asia-pacific"])[0]
    states = [asia.states[i] for i in sorted(asia.indices(squad.founders))]
    own = gains[states.index("IND")]
    (exit_,) = found.exits
    assert exit_.surplus == pytest.approx(own)
    assert exit_.below == pytest.approx(np.mean([g > own for s, g in zip(states, gains, strict=True) if s != "IND"]))
    assert found.joinings == ()
    assert found.estimates() == {}
    assert exit_.others_negative == np.mean([g < 0 for s, g in zip(states, gains, strict=True) if s != "IND"])
    assert "left or suspended: 1" in repr(found)


def test_the_table_of_joins(joined):
    frame = joined.to_frame()
    assert set(frame["rival"]) == {MODEL, "random", "past ties", "by chance"}
    chance = frame[frame["rival"] == "by chance"].iloc[0]
    assert chance["mean reciprocal rank"] == pytest.approx(
        np.mean([np.mean(1 / np.arange(1, j.outsiders + 1)) for j in joined.joinings])
    )
    assert len(joined.joinings_frame()) == len(joined.joinings)
    assert joined.exits_frame().columns[0] == "region"
    assert "Who joins next" in repr(joined)


def test_refuses_joins_without_coefficients_or_year(asia):
    with pytest.raises(ChoiceError, match="no coefficients for asia-pacific; there are those of no region"):
        next_member(asia, coefficients={}, baselines={})
    with pytest.raises(ValueError, match="year 3000 is outside the panel"):
        next_member(asia, 3000, coefficients={}, baselines={})
    with pytest.raises(ChoiceError, match="level is 3"):
        next_member(asia, coefficients={"asia-pacific": dict.fromkeys(asia.names, 0.0)}, baselines={}, level=3)


# --- strangers


def test_rates_of_pairs_are_those_of_all_groups(asia):
    """A pool of six, summed in a loop over triples and quadruples."""
    from itertools import combinations

    states = ("USA", "JPN", "AUS", "IND", "KOR", "PHL")
    region = replace(asia, states=states, groups=())
    theta = dict(zip(asia.names, asia.prior_mean, strict=True))
    worth = region.payoff(theta, 2014)
    expected = np.zeros((6, 6))
    for interest in region.interests:
        groups = [g for size in (3, 4) for g in combinations(range(6), size)]
        odds = np.exp([float(worth(np.array([g]), interest.id).sum()) for g in groups])
        for group, share in zip(groups, odds / odds.sum() / len(region.interests), strict=True):
            for a in group:
                for b in group:
                    expected[a, b] += share * (a != b)
    np.testing.assert_allclose(pair_rates(region, theta, 2014), expected, rtol=1e-9)


def test_strangers_met_in_groups_founded_since(asia):
    found = new_ties(asia)
    ties = {pair: shared_groups(asia.panel, pair, 2014)[0, 1] for pair in found.pairs}
    assert set(ties.values()) == {0}
    met = {frozenset(pair) for pair, yes in zip(found.pairs, found.met, strict=True) if yes}
    assert frozenset(("GBR", "JPN")) not in {frozenset(p) for p in found.pairs} or frozenset(("GBR", "JPN")) in met
    assert found.auc().low <= found.auc().value <= found.auc().high
    assert list(found.scores) == [MODEL, "model, unlisted", "logit of pairs"]
    assert found.to_frame()["met"].tolist() == [len(met)] * 3
    with pytest.raises(ChoiceError, match="no score 'gravity'"):
        found.auc("gravity")


def test_refuses_where_no_strangers_met(asia):
    alone = replace(asia, panel=replace(asia.panel, groups=tuple(g for g in asia.panel.groups if g.start <= 2014)))
    with pytest.raises(ChoiceError, match=r"asia-pacific: 0 of \d+ pairs of strangers met from 2015 to 2024"):
        new_ties(alone, coefficients=dict.fromkeys(asia.names, 0.0))


# --- placebos


def test_with_nothing_to_learn_nothing_is_gained(asia):
    found = placebos(asia, draws=4, seed=1)
    assert found.actual > 0.8
    for name in found.whole:
        assert found.gains[name].mean() < 0.15 * found.actual
    assert found.gains["permuted interests"].mean() < found.actual
    frame = found.to_frame().set_index("placebo")
    assert frame.loc["random groups", "lost"] > 0.85
    assert frame.loc["random groups", "as good"] == pytest.approx(1 / 5)
    assert "must vanish" in repr(found)
    with pytest.raises(ChoiceError, match="draws is 0"):
        placebos(asia, draws=0)


def test_capability_is_shuffled_and_nothing_else(asia):
    from models.placebos import PLACEBOS

    alter, _ = PLACEBOS["shuffled capability"]
    other, *_ = alter(asia, [], [], np.random.default_rng(0))
    changed = {name for name, v in asia.panel.columns.items() if not np.array_equal(v, other.panel.columns[name], True)}
    assert changed == {"gdp_usd", "population", "nuclear"}
    # each state has the figures of one other, in all columns and years
    rows = [asia.panel.index(state) for state in asia.states]
    before, after = (region.panel.columns["population"][rows] for region in (asia, other))
    source = [rows[next(j for j, own in enumerate(before) if np.array_equal(own, row, True))] for row in after]
    assert sorted(source) == sorted(rows) != source
    np.testing.assert_array_equal(other.panel.columns["gdp_usd"][rows], asia.panel.columns["gdp_usd"][source])


def test_placebos_of_one_seed_are_the_same(asia):
    one, two = (placebos(asia, draws=1, seed=0) for _ in range(2))
    assert all((one.gains[name] == two.gains[name]).all() for name in one.gains)


# --- all together


@pytest.mark.slow
def test_everything_in_one_call(halves):
    import matplotlib

    matplotlib.use("Agg")
    found = validate(halves, baselines=FEW, draws=1)
    assert set(found.seconds) == {"later groups", "other regions", "next member", "new ties", "placebos"}
    frame = found.to_frame()
    assert list(frame.columns) == ["region", "figure", "value", "low", "high", "chance"]
    assert {"even", "odd", "all regions"} == set(frame["region"])
    mean = frame[(frame["region"] == "even") & (frame["figure"] == "later groups: share of swaps beaten")]
    assert mean["value"].item() == pytest.approx(found.holdout.comparisons["even"].rivals[0].ranks.mean)
    assert len(found.plot("odd").axes) == 2
    matplotlib.pyplot.close("all")
    assert "Validation of even, odd" in repr(found)
    with pytest.raises(ChoiceError, match="no region 'third' was tested"):
        found.plot("third")
