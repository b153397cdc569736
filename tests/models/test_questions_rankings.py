"""models/questions: the search for groups, whether they hold, and the ranking of them."""

import dataclasses
import itertools

import matplotlib
import numpy as np
import pytest

import models
import models.questions
from coalitions import Game, HedonicGame, is_stable, least_core
from coalitions.errors import CoalitionError
from models.questions import best_groups, search
from models.questions.holding import Inside, holding
from models.questions.rankings import known_groups
from models.questions.search import grown, leading, scouts, subsets
from models.questions.theory import theory, vector

matplotlib.use("Agg")
import matplotlib.pyplot as plt

FITTED = models.calibrate(draws=60)
ASIA = FITTED.regions["asia-pacific"]
FEW = ("USA", "JPN", "IND", "AUS", "PHL", "IDN", "MYS", "SGP", "CHN")


def small(states=FEW):
    """The same fit on a pool that can be listed by hand."""
    return dataclasses.replace(FITTED, regions={"asia-pacific": dataclasses.replace(ASIA, states=states)})


SMALL = small()
PLACE = SMALL.regions["asia-pacific"]
THETA = SMALL.coefficients["asia-pacific"]
LOOSE = THETA | {"coordination": 0.0, "autonomy": 0.0, "inclusion": 6.0}  # company costs nothing: larger groups hold
FOUND = best_groups(SMALL, "asia-pacific", "AP1", sizes=(3, 5), top=8)


def worth(states, coefficients=THETA, place=PLACE):
    return float(place.gains(np.array([place.indices(states)]), "AP1", 2024, coefficients).sum())


def every(low, high, without=("CHN",)):
    able = [s for s in FEW if s not in without]
    return [c for k in range(low, high + 1) for c in itertools.combinations(able, k)]


# --- the search


@pytest.mark.parametrize("size", [3, 4, 5])
def test_enlarging_the_best_finds_what_listing_all_finds(size, monkeypatch):
    vectors = scouts(SMALL, "asia-pacific", 10)
    listed = leading(PLACE, "AP1", 2024, vectors, (size, size), keep=3)[size]
    monkeypatch.setattr(search, "LISTED", 30)
    beamed = leading(PLACE, "AP1", 2024, vectors, (size, size), keep=3, width=8)[size]
    assert listed.complete
    assert not beamed.complete
    assert listed.members.tolist() == beamed.members.tolist()


def test_the_search_finds_the_best_of_a_third_of_a_million_groups():
    vectors = scouts(FITTED, "asia-pacific")
    fit = vectors[0]
    able = np.array(ASIA.eligible("AP1"))
    rows = able[subsets(len(able), 5)]
    worths = ASIA.gains(rows, "AP1", 2024, FITTED.coefficients["asia-pacific"]).sum(axis=1)
    best = {tuple(rows[k]) for k in np.argsort(-worths)[:20]}
    found = leading(ASIA, "AP1", 2024, vectors, (5, 5))[5]
    order = np.argsort(-(found.features @ fit))[:20]
    assert best == {tuple(found.members[k]) for k in order}


def test_groups_grow_by_one_state_each_once_whatever_the_size_of_the_pool():
    near, far = (grown(np.array([[0, 1], [0, 2]]), np.array([0, 1, 2, top])) for top in (3, 3_000_000))
    assert near.tolist() == [[0, 1, 2], [0, 1, 3], [0, 2, 3]]
    assert far.tolist() == [[0, 1, 2], [0, 1, 3_000_000], [0, 2, 3_000_000]]


def test_features_go_with_their_groups_and_challengers_take_no_part():
    found = leading(PLACE, "AP1", 2024, scouts(SMALL, "asia-pacific", 2), (3, 4), without=("USA",), keep=5)
    for some in found.values():
        assert len(some.members) <= 5 * 4, "five for each of four coefficient vectors"
        assert np.array_equal(some.features, PLACE.features(some.members, "AP1", 2024))
        assert not {FEW.index("USA"), FEW.index("CHN")} & set(some.members.ravel().tolist())


# --- holding


def hedonic(states, coefficients=THETA):
    """The group as a hedonic game in which alone is worth 0 and pairs are out of the question."""

    def utility(state, coalition):
        if len(coalition) == 1:
            return 0.0
        if len(coalition) == 2:
            return -99.0
        gains = PLACE.gains(np.array([PLACE.indices(coalition)]), "AP1", 2024, coefficients)[0]
        return float(gains[coalition.index(state)])

    return HedonicGame(states, utility)


@pytest.mark.parametrize("coefficients", [THETA, LOOSE], ids=["fitted", "loose"])
@pytest.mark.parametrize("states", every(3, 5)[::7], ids="-".join)
def test_a_group_holds_where_the_hedonic_core_says_so(states, coefficients):
    inside = Inside(PLACE, "AP1", 2024, PLACE.indices(states))
    theta = vector(PLACE, coefficients)[None]
    verdict = is_stable(hedonic(states, coefficients), [states])
    assert bool(inside.holds(theta)[0]) == bool(verdict)
    if not verdict and not inside.leaves(theta)[0]:
        assert tuple(states[i] for i in inside.parts[inside.objections(theta)[0]]) == verdict.coalition


@pytest.mark.parametrize("coefficients", [THETA, LOOSE], ids=["fitted", "loose"])
@pytest.mark.parametrize("size", [3, 4, 5])
def test_many_groups_are_judged_as_one_by_one(size, coefficients):
    theta = vector(PLACE, coefficients)[None]
    rows = np.array([PLACE.indices(c) for c in every(size, size)])
    one_by_one = [bool(Inside(PLACE, "AP1", 2024, row).holds(theta)[0]) for row in rows.tolist()]
    assert holding(PLACE, "AP1", 2024, rows, coefficients).tolist() == one_by_one
    assert coefficients is THETA or any(one_by_one)


# --- the ranking


def test_the_ranking_is_that_of_all_groups():
    order = sorted(every(3, 5), key=worth, reverse=True)[:8]
    assert [g.members for g in FOUND.groups] == order
    assert [g.worth for g in FOUND.groups] == pytest.approx([worth(c) for c in order])
    without = sorted(every(3, 5, ("CHN", "USA")), key=worth, reverse=True)[:8]
    assert [g.members for g in FOUND.lacking] == without
    assert FOUND.difference == pytest.approx(worth(order[0]) - worth(without[0]))


def test_intervals_and_shares_are_those_of_all_groups_in_every_draw():
    groups = every(3, 5)
    rows = [PLACE.features(np.array([PLACE.indices(c)]), "AP1", 2024)[0] for c in groups]
    drawn = SMALL.draws["asia-pacific"] @ np.array(rows).T
    ranks = (-drawn).argsort(axis=1).argsort(axis=1)
    for g in FOUND.groups:
        at = groups.index(g.members)
        assert g.interval == pytest.approx(np.quantile(drawn[:, at], [0.05, 0.95]))
        assert g.first == pytest.approx((ranks[:, at] == 0).mean())
        assert g.among_top == pytest.approx((ranks[:, at] < 8).mean())
    lacking = [k for k, c in enumerate(groups) if "USA" not in c]
    lost = drawn.max(axis=1) - drawn[:, lacking].max(axis=1)
    assert FOUND.difference_interval == pytest.approx(np.quantile(lost, [0.05, 0.95]))
    by_hand = sum(("JPN" in groups[k]) for row in ranks for k in np.flatnonzero(row < 8)) / ranks.shape[0] / 8
    assert FOUND.presence[("JPN",)] == pytest.approx(by_hand)


def test_theory_ranks_by_the_prior_means():
    prior = theory(SMALL, "asia-pacific")
    order = sorted(every(3, 5), key=lambda c: worth(c, prior), reverse=True)
    assert FOUND.prior_best == order[0]
    for g in FOUND.groups:
        assert g.prior_worth == pytest.approx(worth(g.members, prior))
        assert g.prior_rank == order.index(g.members) + 1


def test_surplus_sums_to_worth_and_leavers_are_those_below_nothing():
    for g in (*FOUND.groups, *FOUND.lacking):
        assert sum(g.gains.values()) == pytest.approx(g.worth)
        assert g.leavers == tuple(s for s in g.members if g.gains[s] < 0)
        assert g.holds == bool(is_stable(hedonic(g.members), [g.members]))


def test_payments_hold_a_group_where_its_least_core_is_not_positive():
    for g in FOUND.groups:
        parts = [c for k in range(3, len(g.members)) for c in itertools.combinations(g.members, k)]
        game = Game.from_dict({**{c: worth(c) for c in parts}, g.members: g.worth}, missing=0.0, players=g.members)
        assert g.divisible == (least_core(game).epsilon <= 1e-9)


def test_the_order_of_the_pool_does_not_matter():
    turned = best_groups(small(FEW[::-1]), "asia-pacific", "AP1", sizes=(3, 5), top=8)
    assert [set(g.members) for g in turned.groups] == [set(g.members) for g in FOUND.groups]
    assert [g.interval for g in turned.groups] == [pytest.approx(g.interval) for g in FOUND.groups]


def test_without_nobody_there_is_one_ranking():
    found = best_groups(SMALL, "asia-pacific", "AP1", sizes=(3, 3), without=(), top=3)
    assert found.lacking == ()
    assert np.isnan(found.difference)
    assert set(found.to_frame()["pool"]) == {"all"}


def test_standing_groups_are_named_while_they_stand():
    named = known_groups(ASIA, 2024)
    assert named[frozenset({"USA", "JPN", "PHL", "AUS"})] == "Squad (AUS-JPN-PHL-USA)"
    assert frozenset({"USA", "JPN", "PHL", "AUS"}) not in known_groups(ASIA, 2014)
    assert "stands as Quad (2017)" in repr(FOUND)


def test_tables_and_figures_show_every_group():
    table, surplus = FOUND.to_frame(), FOUND.surplus()
    assert len(table) == 16
    assert surplus.groupby(["pool", "group"])["gain"].sum().round(9).tolist() == pytest.approx(
        table.set_index(["pool", table["members"].map("-".join)])["worth"].sort_index().tolist()
    )
    axes = FOUND.plot()
    assert [t.get_text() for t in axes.get_yticklabels()] == [g.name for g in (*FOUND.groups, *FOUND.lacking)]
    assert len(FOUND.plot_map().axes) == 2
    plt.close("all")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"region": "asia-pasific"}, ValueError, "asia-pacific"),
        ({"interest": "AP11"}, ValueError, "AP1"),
        ({"without": ("USB",)}, ValueError, "'USB' is not in the pool"),
        ({"without": ("USA", "USA")}, ValueError, "USA is named twice"),
        ({"sizes": (5, 3)}, CoalitionError, "sizes from 5 to 3"),
        ({"sizes": (1, 3)}, CoalitionError, "sizes from 1 to 3"),
        ({"sizes": (3, 8)}, CoalitionError, "largest <= 7"),
        ({"sizes": 3}, CoalitionError, r"such as \(3, 6\)"),
        ({"top": 0}, CoalitionError, "top is 0"),
        ({"level": 1.5}, ValueError, "level is 1.5"),
    ],
)
def test_what_cannot_be_asked_is_refused(change, error, words):
    asked = {"region": "asia-pacific", "interest": "AP1", "sizes": (3, 4), **change}
    with pytest.raises(error, match=words):
        best_groups(SMALL, asked.pop("region"), asked.pop("interest"), **asked)


def test_the_package_lists_its_questions():
    assert callable(models.questions.best_groups)
    assert set(models.questions.__all__) <= set(dir(models.questions))
    with pytest.raises(AttributeError, match="best_group"):
        _ = models.questions.best_group


def test_without_draws_nothing_is_answered():
    bare = models.calibrate(draws=0)
    for ask in (
        lambda: best_groups(bare, "asia-pacific", "AP1", sizes=(3, 3)),
        lambda: models.questions.formats(bare, interests="EU1"),
        lambda: models.questions.phase_diagram(bare),
        lambda: models.questions.who_next(bare, "AUKUS"),
    ):
        with pytest.raises(ValueError, match="without draws"):
            ask()
