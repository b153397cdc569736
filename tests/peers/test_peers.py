"""The same numbers from other packages, on random games: two authors seldom make the same mistake."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from coalitions import (
    Game,
    WeightedVotingGame,
    banzhaf_index,
    banzhaf_value,
    coleman_collectivity,
    coleman_initiative_index,
    coleman_preventive_index,
    deegan_packel_index,
    johnston_index,
    normalized_banzhaf_index,
    public_good_index,
    rae_index,
    shapley_interaction,
    shapley_shubik_index,
    shapley_value,
    solidarity_value,
)

pytestmark = pytest.mark.peers

SIZES = (2, 3, 5, 7)


def table(n):
    """Random worths of either sign, the grand coalition's among them."""
    worths = np.random.default_rng(n).normal(0, 100, 1 << n)
    worths[0] = 0
    return worths


def body(n):
    """Random weights with a majority quota that nobody meets alone: there some packages have rules of their own."""
    rng = np.random.default_rng(n)
    weights = rng.integers(1, 30, n).tolist()
    weights[0] = min(weights[0], sum(weights[1:]))
    least = max(sum(weights) // 2, *weights) + 1
    return WeightedVotingGame(weights, int(rng.integers(least, sum(weights) + 1)), players=range(n))


def assert_same(ours, theirs, scale=1.0):
    ours = np.array([float(number) for number in ours])
    assert np.abs(ours - np.array(theirs, float)).max() <= 1e-9 * scale


# --- their games


def of_coopgame(worths):
    return pytest.importorskip("coopgame").Game(worths[1:].tolist())


def of_tucoopy(worths):
    return pytest.importorskip("tucoopy").Game(len(worths).bit_length() - 1, dict(enumerate(worths.tolist())))


def of_shapiq(worths):
    exact = pytest.importorskip("shapiq.game_theory.exact")
    n = len(worths).bit_length() - 1
    return exact.ExactComputer(lambda members: worths[np.asarray(members) @ (1 << np.arange(n))], n)


@cache
def table_of_shapley_numba():
    """Their template keeps the worths in a dictionary; this one is an array, compiled once for all games."""
    theirs = pytest.importorskip("shapley_numba")
    from numba import float64

    @theirs.numba_game([("worths", float64[:])])
    class Table:
        def __init__(self, worths):
            self.worths = worths

        def value(self, subset):
            mask = 0
            for i in range(len(subset)):
                mask |= subset[i] << i
            return self.worths[mask]

    return Table


# --- values


def shapley_of_coopgame(worths, n):
    return pytest.importorskip("coopgame").shapley(of_coopgame(worths))


def shapley_of_tucoopy(worths, n):
    return pytest.importorskip("tucoopy.solutions").shapley_value(of_tucoopy(worths))


def shapley_of_shapiq(worths, n):
    found = of_shapiq(worths)("SV", 1)
    return [found[(i,)] for i in range(n)]


def shapley_of_shapley_numba(worths, n):
    return pytest.importorskip("shapley_numba.shapley").shapley(table_of_shapley_numba()(worths), n)


def shapley_of_coopgt(worths, n):
    members = {tuple(i + 1 for i in range(n) if mask >> i & 1): worth for mask, worth in enumerate(worths.tolist())}
    return pytest.importorskip("coopgt.shapley_value").calculate(members)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(
    "theirs",
    [shapley_of_coopgame, shapley_of_tucoopy, shapley_of_shapiq, shapley_of_shapley_numba, shapley_of_coopgt],
)
def test_shapley(theirs, n):
    worths = table(n)
    assert_same(shapley_value(Game(range(n), worths)), theirs(worths, n), np.abs(worths).max())


def banzhaf_of_coopgame(worths, n):
    return pytest.importorskip("coopgame").banzhaf(of_coopgame(worths))


def banzhaf_of_tucoopy(worths, n):
    return pytest.importorskip("tucoopy.solutions").banzhaf_value(of_tucoopy(worths))


def banzhaf_of_shapiq(worths, n):
    found = of_shapiq(worths)("BV", 1)
    return [found[(i,)] for i in range(n)]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("theirs", [banzhaf_of_coopgame, banzhaf_of_tucoopy, banzhaf_of_shapiq])
def test_banzhaf(theirs, n):
    worths = table(n)
    assert_same(banzhaf_value(Game(range(n), worths)), theirs(worths, n), np.abs(worths).max())


@pytest.mark.parametrize("n", SIZES)
def test_solidarity(n):
    # not tucoopy: what it calls solidarity shares every dividend equally, which is the Shapley value
    worths = table(n)
    theirs = pytest.importorskip("coopgame").solidarity(of_coopgame(worths))
    assert_same(solidarity_value(Game(range(n), worths)), theirs, np.abs(worths).max())


@pytest.mark.parametrize("n", SIZES)
def test_pairwise_interactions(n):
    worths = table(n)
    found = of_shapiq(worths)("SII", 2)
    pairs = [(i, j) for j in range(n) for i in range(j)]
    ours = shapley_interaction(Game(range(n), worths), order=2)
    assert_same([ours[pair] for pair in pairs], [found[pair] for pair in pairs], np.abs(worths).max())


# --- power indices


@pytest.mark.parametrize("n", [3, 5, 8])
def test_power_indices_of_coopgame(n):
    voting = body(n)
    coopgame = pytest.importorskip("coopgame")
    game = of_coopgame(voting.winning_table().astype(float))
    theirs = coopgame.power_indices(game)
    assert_same(shapley_shubik_index(voting), coopgame.shapley(game))
    assert_same([x * 2 ** (n - 1) for x in banzhaf_index(voting)], theirs["swings"])
    assert_same(johnston_index(voting), theirs["johnston"])
    assert_same(deegan_packel_index(voting), theirs["deegan_packel"])
    assert_same(public_good_index(voting), theirs["public_good"])
    assert_same(coleman_preventive_index(voting), theirs["coleman_prevent"])
    assert_same(coleman_initiative_index(voting), theirs["coleman_initiative"])
    assert_same([coleman_collectivity(voting)], [theirs["coleman_collectivity"]])


@pytest.mark.parametrize("n", [3, 5, 8])
def test_power_indices_of_tucoopy(n):
    # not Koenig-Braeuninger: tucoopy shares minimal winning coalitions by 1 / (size - 1), no measure of inclusion
    voting = body(n)
    power = pytest.importorskip("tucoopy.power")
    game = of_tucoopy(voting.winning_table().astype(float))
    assert_same(shapley_shubik_index(voting), power.shapley_shubik_index(game))
    assert_same(banzhaf_index(voting), power.banzhaf_index(game, normalized=False))
    assert_same(normalized_banzhaf_index(voting), power.banzhaf_index(game))
    assert_same(johnston_index(voting), power.johnston_index(game))
    assert_same(deegan_packel_index(voting), power.deegan_packel_index(game))
    assert_same(public_good_index(voting), power.holler_index(game))
    assert_same(rae_index(voting), power.rae_index(game))
    assert_same(coleman_preventive_index(voting), power.coleman_prevent_index(game))
    assert_same(coleman_initiative_index(voting), power.coleman_initiate_index(game))
    assert_same([coleman_collectivity(voting)], [power.coleman_collectivity_power_to_act(game)])


@pytest.mark.parametrize("n", [3, 8, 20, 40])
def test_power_indices_of_powerindex(n):
    voting = body(n)
    theirs = pytest.importorskip("powerindex").Game(voting.quota, list(voting.weights))
    theirs.calc_shapley_shubik()
    theirs.calc_banzhaf()
    assert_same(shapley_shubik_index(voting), theirs.shapley_shubik)
    assert_same(normalized_banzhaf_index(voting), theirs.banzhaf)
