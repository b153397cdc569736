"""coalitions/values/power.py"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalitions import Game
from coalitions.coalition import labels_of
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.families.simple import SimpleGame
from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame
from coalitions.families.voting_power import voting_swings
from coalitions.values.power import (
    banzhaf_index,
    coleman_collectivity,
    coleman_initiative_index,
    coleman_preventive_index,
    deegan_packel_index,
    johnston_index,
    koenig_braeuninger_index,
    normalized_banzhaf_index,
    public_good_index,
    rae_index,
    shapley_shubik_index,
)

INDICES = {
    "shapley_shubik": shapley_shubik_index,
    "banzhaf_abs": banzhaf_index,
    "banzhaf_normalized": normalized_banzhaf_index,
    "coleman_preventive": coleman_preventive_index,
    "coleman_initiative": coleman_initiative_index,
    "johnston": johnston_index,
    "deegan_packel": deegan_packel_index,
    "holler_pgi": public_good_index,
    "rae": rae_index,
}
ALL = (*INDICES.values(), koenig_braeuninger_index)


@st.composite
def voting_games(draw):
    """Small voting games, of one rule or two."""
    n = draw(st.integers(1, 7))
    rules = []
    for _ in range(draw(st.integers(1, 2))):
        weights = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n).filter(any))
        rules.append(WeightedVotingGame(weights, draw(st.integers(1, sum(weights)))))
    return MultipleVotingGame(rules) if len(rules) > 1 else rules[0]


# --- published


def test_koenig_and_braeuninger_count_inclusion():
    # [51; 50, 49, 1]: AB, AC and ABC win
    body = WeightedVotingGame([50, 49, 1], 51)
    assert list(koenig_braeuninger_index(body)) == [1, Fraction(2, 3), Fraction(2, 3)]


# --- laws


@given(game=voting_games())
def test_shares_sum_to_one_and_chances_stay_between_zero_and_one(game):
    for index in (
        shapley_shubik_index,
        normalized_banzhaf_index,
        johnston_index,
        deegan_packel_index,
        public_good_index,
    ):
        assert index(game).total == 1
    for index in ALL:
        assert all(0 <= x <= 1 for x in index(game))


@given(game=voting_games())
def test_a_null_player_has_no_power_and_even_odds(game):
    nobody = SimpleGame.from_game(game).null_players
    for player in nobody:
        assert all(index(game)[player] == 0 for index in ALL if index not in (rae_index, koenig_braeuninger_index))
        assert rae_index(game)[player] == koenig_braeuninger_index(game)[player] == Fraction(1, 2)


@given(game=voting_games())
def test_a_veto_is_full_power_to_prevent(game):
    veto = SimpleGame.from_game(game).veto_players
    for player in game.players:
        assert (coleman_preventive_index(game)[player] == 1) == (player in veto)
        assert (koenig_braeuninger_index(game)[player] == 1) == (player in veto)


@given(game=voting_games())
def test_coleman_and_banzhaf_are_one_number_three_ways(game):
    chance = coleman_collectivity(game)
    for player in game.players:
        banzhaf = banzhaf_index(game)[player]
        assert coleman_preventive_index(game)[player] == banzhaf / (2 * chance)
        assert coleman_initiative_index(game)[player] == banzhaf / (2 * (1 - chance))
        assert rae_index(game)[player] == (1 + banzhaf) / 2


# --- agreement


@given(game=voting_games())
def test_voting_simple_and_dense_games_agree(game):
    simple, dense = SimpleGame.from_game(game), game.to_game()
    exact = Game(dense.players, np.array([Fraction(x) for x in dense.worths], object))
    for index in ALL:
        assert list(index(simple)) == list(index(exact)) == list(index(game))
        assert list(index(dense)) == pytest.approx([float(x) for x in index(game)], rel=1e-15)
        assert index(dense).payoffs.dtype == np.float64
    assert coleman_collectivity(dense) == float(coleman_collectivity(simple))


@given(game=voting_games())
def test_critical_members_one_by_one(game):
    n, worths = game.n, game.to_game().worths
    johnston, deegan, holler = [[Fraction(0)] * n for _ in range(3)]
    for mask in range(1, 1 << n):
        critical = [i for i in range(n) if mask >> i & 1 and worths[mask] > worths[mask ^ 1 << i]]
        for i in critical:
            johnston[i] += Fraction(1, len(critical))
            if len(critical) == mask.bit_count():
                deegan[i] += Fraction(1, len(critical))
                holler[i] += 1
    for index, sums in ((johnston_index, johnston), (deegan_packel_index, deegan), (public_good_index, holler)):
        assert list(index(game)) == [x / sum(sums) for x in sums]


def test_a_long_quadrature_says_how_sure_it_is():
    rng = np.random.default_rng(3)
    weights = np.sort(rng.integers(1, 9000, 150)).tolist()
    found = shapley_shubik_index(WeightedVotingGame(weights, sum(weights) // 2 + 1))
    assert found.method.startswith("75 Gauss-Legendre nodes, sum within ")
    assert found.total == pytest.approx(1, abs=1e-11)
    assert np.all(np.diff(found.payoffs) >= 0)


@pytest.mark.slow
def test_a_fund_of_190_members_and_five_million_votes():
    raw = [int(831401 / (k + 1) ** 1.05) + 1500 for k in range(190)]
    weights = [w * 5_000_000 // sum(raw) for w in raw]
    fund = WeightedVotingGame(weights, Fraction(85, 100) * sum(weights))
    winning, swings = voting_swings(fund)
    assert 2 * winning < 2**190
    assert coleman_preventive_index(fund)[0] == Fraction(swings[0], winning) == 1
    found = shapley_shubik_index(fund)
    assert found.total == pytest.approx(1, abs=1e-10)


# --- refusals


@pytest.mark.parametrize("index", [*ALL, coleman_collectivity], ids=lambda f: f.__name__)
def test_a_game_that_is_not_simple_names_the_coalition(index):
    with pytest.raises(WorthError, match=r"worth of \('A', 'B'\) is 2.0; in a simple game it is 0 or 1"):
        index(Game("AB", [0, 1, 1, 2]))
    with pytest.raises(WorthError, match=r"\('A',\) wins but loses when 'B' joins"):
        index(Game("ABC", [0, 1, 0, 0, 0, 1, 1, 1]))
    with pytest.raises(CoalitionError, match="list is no game"):
        index([1, 2])


@pytest.mark.parametrize("index", [johnston_index, deegan_packel_index, public_good_index], ids=lambda f: f.__name__)
def test_indices_of_coalitions_need_a_table(index):
    with pytest.raises(TooLargeError, match="at most 30 players"):
        index(WeightedVotingGame(range(1, 41), 400))


def test_a_long_list_of_minimal_coalitions_is_enough_for_two_indices():
    game = SimpleGame([labels_of(7 << k, range(40)) for k in range(38)], players=range(40))
    assert deegan_packel_index(game)[0] == Fraction(1, 114)
    assert public_good_index(game)[5] == Fraction(3, 114)


def test_a_method_that_does_not_exist():
    with pytest.raises(ValueError, match="did you mean 'quadrature'"):
        shapley_shubik_index(WeightedVotingGame([1, 1], 2), method="quadratur")
