"""coalitions/families/voting.py, voting_counts.py, voting_large.py and voting_power.py"""

import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalitions import shapley_shubik_index, shapley_value
from coalitions.coalition import labels_of
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame
from coalitions.families.voting_counts import (
    counts_by_halves,
    counts_by_weight,
    counts_of_table,
    dual_quotas,
    winning_table,
)
from coalitions.families.voting_large import banzhaf_swings, shapley_quadrature
from coalitions.families.voting_power import size_rule, voting_shapley, voting_swings, winning_counts

votes = st.integers(0, 12)


@st.composite
def weighted_games(draw, weights=votes, *, min_players=1, max_players=8):
    """Weighted voting games that somebody can win."""
    n = draw(st.integers(min_players, max_players))
    own = draw(st.lists(weights, min_size=n, max_size=n).filter(any))
    return WeightedVotingGame(own, Fraction(draw(st.integers(1, 24)), 24) * sum(own))


@st.composite
def council_games(draw, *, rules=1):
    """Several rules over the same players, counts of members, and a size that is enough by itself."""
    n = draw(st.integers(3, 8))
    listed = []
    for _ in range(rules):
        own = draw(st.lists(votes, min_size=n, max_size=n).filter(any))
        listed.append(WeightedVotingGame(own, draw(st.integers(1, sum(own)))))
    count = draw(st.integers(0, n - 1))
    enough = draw(st.none() | st.integers(count + 1, n))
    return MultipleVotingGame(listed, count_quota=count, or_count=enough)


def counted_one_by_one(game):
    """The counts by asking every coalition."""
    n = game.n
    winning, holding = [0] * (n + 1), [[0] * (n + 1) for _ in range(n)]
    for mask in range(1 << n):
        if game[labels_of(mask, game.players)]:
            size = mask.bit_count()
            winning[size] += 1
            for i in range(n):
                holding[i][size] += mask >> i & 1
    return winning, holding


# --- published


def test_luxembourg_decided_nothing_in_the_council_of_six():
    council = WeightedVotingGame([4, 4, 4, 2, 2, 1], 12)  # Treaty of Rome; Felsenthal and Machover 1998
    assert voting_shapley(council) == ([Fraction(7, 30)] * 3 + [Fraction(3, 20)] * 2 + [0], "exact")
    assert voting_swings(council) == (14, [10, 10, 10, 6, 6, 0])


def test_a_small_congress_in_three_rules():
    # a president, four senators, four representatives: after Taylor and Zwicker 1999
    house = WeightedVotingGame([0] * 5 + [1] * 4, 3)
    senate = WeightedVotingGame([0, 1, 1, 1, 1] + [0] * 4, 3)
    president = WeightedVotingGame([1] + [0] * 8, 1)
    game = MultipleVotingGame([house, senate, president])
    assert game[0, 1, 2, 3, 5, 6, 7] == 1
    assert game[1, 2, 3, 4, 5, 6, 7, 8] == 0
    values = voting_shapley(game)[0]
    assert sum(values) == 1
    assert len(set(values[1:])) == 1
    assert values[0] == max(values)


# --- laws


@given(game=weighted_games())
def test_the_counts_are_those_of_asking_every_coalition(game):
    assert winning_counts(game) == counted_one_by_one(game)


@given(game=council_games())
def test_a_council_of_one_rule_is_counted_by_size(game):
    assert size_rule(game) is not None
    assert winning_counts(game) == counted_one_by_one(game)


@given(game=council_games(rules=2))
def test_a_council_of_two_rules_is_counted_too(game):
    assert winning_counts(game) == counted_one_by_one(game)


@given(game=weighted_games())
def test_indices_pay_everyone_and_nothing_to_nobody(game):
    values, how = voting_shapley(game)
    assert sum(values) == 1
    assert how == "exact"
    assert all(value == 0 for value, weight in zip(values, game.weights, strict=True) if not weight)
    ranked = [value for _, value in sorted(zip(game.weights, values, strict=True))]
    assert ranked == sorted(ranked)


@given(game=weighted_games())
def test_the_dual_game_has_the_same_indices(game):
    weights, quota = game.whole
    dual = WeightedVotingGame(weights, sum(weights) - quota + 1)
    assert voting_shapley(dual) == voting_shapley(game)
    assert voting_swings(dual)[1] == voting_swings(game)[1]
    assert dual_quotas(*size_rule(WeightedVotingGame([2, 1, 1], 3))) == [2] * 4


@given(game=weighted_games(st.fractions(0, 5, max_denominator=9)), factor=st.fractions(1, 9))
def test_the_unit_of_the_votes_does_not_matter(game, factor):
    scaled = WeightedVotingGame([weight * factor for weight in game.weights], game.quota * factor)
    assert scaled.whole == game.whole
    assert np.array_equal(scaled.to_game().worths, game.to_game().worths)


# --- agreement


@given(game=weighted_games())
def test_all_routes_agree(game):
    weights, quota = game.whole
    known = counted_one_by_one(game)
    quotas = [quota] * (game.n + 1)
    assert counts_by_halves(weights, quotas) == known
    assert counts_by_weight(weights, quotas) == known
    assert counts_of_table(winning_table([(weights, quota)], game.n)) == known
    assert banzhaf_swings(weights, quota) == voting_swings(game)
    indices, nodes = shapley_quadrature(weights, quota)
    assert nodes == (game.n + 1) // 2
    assert indices == pytest.approx([float(x) for x in voting_shapley(game, "exact")[0]], abs=1e-14)


@given(game=council_games())
def test_halves_and_weights_agree_under_rules_on_size(game):
    assert counts_by_halves(*size_rule(game)) == counts_by_weight(*size_rule(game))


@given(game=weighted_games())
def test_weights_beyond_64_bits_count_the_same(game):
    huge = WeightedVotingGame([weight * (10**30 + 57) for weight in game.weights], game.quota * (10**30 + 57))
    odd = WeightedVotingGame([w * 10**30 + (i == 0) for i, w in enumerate(game.weights)], game.quota * 10**30)
    assert huge.whole == game.whole
    assert counts_by_halves(*size_rule(odd)) == winning_counts(game)
    assert counts_of_table(odd.winning_table())[0] == winning_counts(game)[0]


def test_many_players_by_weight_and_by_quadrature():
    rng = np.random.default_rng(7)
    weights = rng.integers(1, 101, 100).tolist()
    game = WeightedVotingGame(weights, sum(weights) // 2 + 1)
    exact, how = voting_shapley(game)
    near, told = voting_shapley(game, "quadrature")
    assert (how, sum(exact)) == ("exact", 1)
    assert told.startswith("50 Gauss-Legendre nodes, sum within ")
    assert near == pytest.approx([float(x) for x in exact], abs=1e-13)
    winning, holding = winning_counts(game)
    assert voting_swings(game) == (sum(winning), [2 * sum(row) - sum(winning) for row in holding])


def test_more_than_512_players_do_not_overflow():
    weights = [3] * 700 + [40] * 20
    assert sum(shapley_quadrature(weights, 1451)[0]) == pytest.approx(1, abs=1e-11)


def test_forty_states_of_millions_meet_in_the_middle():
    rng = np.random.default_rng(1)
    weights = rng.integers(1, 10**8, 34).tolist()
    exact, how = voting_shapley(WeightedVotingGame(weights, Fraction(2, 3) * sum(weights)))
    assert (how, sum(exact)) == ("exact", 1)


@given(game=council_games(rules=2))
def test_the_table_is_the_game(game):
    dense = game.to_game()
    assert dense.players == game.players
    assert [game[labels_of(mask, game.players)] for mask in range(1 << game.n)] == dense.worths.tolist()


def test_quotas_are_strict_or_not_as_told():
    assert WeightedVotingGame([1, 1], 1, players="AB")["A"] == 1
    assert WeightedVotingGame([1, 1], 1, players="AB", strict=True)["A"] == 0
    assert WeightedVotingGame([1, 1], 0, strict=True).whole[1] == 1
    assert WeightedVotingGame([1, 1, 1], Fraction(3, 2), strict=True).whole == WeightedVotingGame([1] * 3, 2).whole


def test_numbers_of_every_exact_kind_are_the_same_votes():
    plain = WeightedVotingGame([3, 1, 2], 4)
    sympy = pytest.importorskip("sympy")
    for kind in (float, Fraction, Decimal, np.int64, np.float64, sympy.Integer):
        assert WeightedVotingGame([kind(3), kind(1), kind(2)], kind(4)).whole == plain.whole
    assert WeightedVotingGame(np.array([3, 1, 2]), 4).whole == plain.whole
    assert WeightedVotingGame([Decimal("0.3"), Decimal("0.1"), Decimal("0.2")], Decimal("0.4")).whole == plain.whole


def test_a_rule_of_equal_weights_counts_members():
    rules = [WeightedVotingGame([5] * 4, 11), WeightedVotingGame([4, 3, 2, 1], 5)]
    assert size_rule(MultipleVotingGame(rules)) == size_rule(MultipleVotingGame(rules[1:], count_quota=3))
    members = [WeightedVotingGame([1] * 4, 3), WeightedVotingGame([1] * 4, 2)]
    assert size_rule(MultipleVotingGame(members)) == size_rule(MultipleVotingGame(members[::-1], count_quota=1))
    assert size_rule(MultipleVotingGame(members)) == ([1] * 4, [5, 5, 5, 0, 0])
    assert size_rule(MultipleVotingGame(rules[:1])) == ([1] * 4, [5, 5, 5, 0, 0])
    assert size_rule(MultipleVotingGame([rules[1], WeightedVotingGame([8, 6, 4, 2], 14)])) == ([4, 3, 2, 1], [7] * 5)


def test_games_print_and_travel():
    people = WeightedVotingGame({"A": 50, "B": 30, "C": 15, "D": 5}, 65)
    council = MultipleVotingGame([people], count_quota=2, or_count=3)
    assert repr(council) == "Voting of 4 players (A, B, C, D), quotas 65 of 100 and 2 members, or 3 members"
    assert repr(WeightedVotingGame([1], 0, strict=True)) == "Weighted voting of 1 player (0), quota more than 0 of 1"
    assert pickle.loads(pickle.dumps(council)).rules[0].whole == people.whole
    with pytest.raises(AttributeError):
        people.quota = 3


# --- refusals


@pytest.mark.parametrize(
    ("weights", "quota", "words"),
    [
        ([1, -1], 1, "weight of 1 is -1; weights are 0 or more"),
        ([1, float("nan")], 1, "weight of 1 is nan"),
        ([1, Decimal("inf")], 1, "weight of 1 is Infinity"),
        ([1, "two"], 1, "weight of 1 is 'two', not a number"),
        ([1, 0.5], 1, r"weight of 1 is 0.5, a float rounded in binary; give it exactly, as Fraction\('0.5'\)"),
        ([60, 40], 0.65 * 100 + 0.1, "quota is 65.1, a float rounded"),
        ([1, 1], 0, "quota 0 lets the empty coalition win"),
        ([1, 1], -1, "quota -1 lets the empty coalition win"),
        ([1, 1], 3, "no coalition can reach quota 3: the weights sum to 2"),
        ([0, 0], 1, "no coalition can reach quota 1: the weights sum to 0"),
    ],
)
def test_votes_that_make_no_sense_are_named(weights, quota, words):
    with pytest.raises(WorthError, match=words):
        WeightedVotingGame(weights, quota)


def test_a_strict_quota_must_be_exceeded_by_somebody():
    with pytest.raises(WorthError, match="no coalition can exceed quota 2"):
        WeightedVotingGame([1, 1], 2, strict=True)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: WeightedVotingGame([1, 2], 2, players="ABC"), "2 weights for 3 players"),
        (lambda: WeightedVotingGame([1, 2], 2, players="AA"), "'A' is there twice"),
        (lambda: WeightedVotingGame([], 2), "no players"),
        (lambda: WeightedVotingGame({"A": 1}, 1, players="A"), "players are named twice"),
        (lambda: WeightedVotingGame([1, 2], 2, players=["AUS", "JPN"])["JPM"], "did you mean 'JPN'"),
        (lambda: MultipleVotingGame([]), "no rules"),
        (lambda: MultipleVotingGame([3]), "rule 3 is a int"),
        (
            lambda: MultipleVotingGame([WeightedVotingGame([1], 1), WeightedVotingGame({"A": 1}, 1)]),
            "rules for different players",
        ),
    ],
)
def test_players_that_do_not_fit_are_named(call, words):
    with pytest.raises(CoalitionError, match=words):
        call()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"count_quota": 4}, "count_quota is 4; it must be a number of members from 0 to 3"),
        ({"count_quota": 1.5}, "count_quota is 1.5"),
        ({"or_count": 0}, "or_count is 0"),
        ({"or_count": 4}, "or_count is 4"),
        ({"count_quota": 2, "or_count": 2}, "or_count 2 makes count_quota 2 and every rule void"),
    ],
)
def test_numbers_of_members_that_make_no_sense_are_named(options, words):
    with pytest.raises(WorthError, match=words):
        MultipleVotingGame([WeightedVotingGame([1, 2, 3], 4)], **options)


def test_what_is_too_large_says_what_serves():
    many = WeightedVotingGame([10**12 + k for k in range(60)], 31 * 10**12)
    with pytest.raises(TooLargeError, match="too large a table; round them"):
        voting_shapley(many)
    with pytest.raises(TooLargeError, match="round the weights"):
        voting_swings(many)
    with pytest.raises(TooLargeError, match="round the weights"):
        winning_counts(many)
    with pytest.raises(TooLargeError, match="at most 30 players"):
        many.to_game()
    with pytest.raises(TooLargeError, match="at most 46"):
        counts_by_halves([1] * 47, [24] * 48)


def test_methods_are_checked():
    game = WeightedVotingGame([2, 1, 1], 3)
    with pytest.raises(ValueError, match="no method 'exakt'; did you mean 'exact'"):
        voting_shapley(game, "exakt")
    with pytest.raises(ValueError, match="needs a single rule"):
        voting_shapley(MultipleVotingGame([game], count_quota=3), "quadrature")


def test_a_table_can_be_exact():
    body = WeightedVotingGame([3, 2, 1, 1], 4)
    both = MultipleVotingGame([body, WeightedVotingGame([1, 1, 1, 1], 2)])
    for game in (body, both):
        exact = game.to_game(exact=True)
        assert exact.is_exact
        assert exact.worths.tolist() == game.to_game().worths.tolist()
        assert list(shapley_value(exact)) == list(shapley_shubik_index(game))
