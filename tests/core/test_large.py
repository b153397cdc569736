"""coalitions/core/large.py: cores of games without a table, against tables where there is one and closed forms"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_oracles import families, graphs, signed, small

from coalitions import CoalitionError, FunctionGame, Game, TooLargeError, core, cost_of_stability, least_core
from coalitions.core.large import (
    large_core,
    large_cost_of_stability,
    large_least_core,
    oracle_of,
)
from coalitions.core.large_program import spread
from coalitions.core.oracles import ListedOracle
from coalitions.families import Dividends, InducedSubgraph, MCNet, MultipleVotingGame, TypedGame, WeightedVotingGame


def proves_emptiness(found, game):
    """Every player is covered exactly once, by coalitions worth more than v(N)."""
    covered = dict.fromkeys(game.players, 0.0)
    worth = 0.0
    for coalition, weight in zip(found.witness.coalitions, found.witness.weights, strict=True):
        assert weight > 0
        worth += weight * float(game[coalition])
        for player in coalition:
            covered[player] += weight
    assert list(covered.values()) == pytest.approx([1.0] * game.n, abs=1e-7)
    assert worth == pytest.approx(found.witness.worth)
    return worth > float(game[game.players])


# --- the same answers as with a table
@settings(deadline=None, max_examples=100)
@given(families)
def test_the_table_agrees(game):
    table = game.to_game()
    with_table = Game(table.players, table.worths.astype(float))
    scale = oracle_of(game).scale
    close = {"abs": 2e-6 * scale}
    found = large_core(game)
    assert found.is_empty == core(with_table).is_empty
    if found.is_empty:
        assert proves_emptiness(found, game)
    else:
        assert core(with_table).contains(np.array([float(x) for x in found.point])).excess <= 1e-6 * scale
        assert found.contains(found.point)
    least, dense = large_least_core(game), least_core(with_table)
    assert least.epsilon == pytest.approx(float(dense.epsilon), **close)
    assert sum(least.weights) == pytest.approx(1, abs=1e-6)
    excesses = [float(game[s]) - sum(least.point[i] for i in s) for s in least.coalitions]
    assert excesses == pytest.approx([least.epsilon] * len(excesses), **close)
    assert least.gap <= 1e-6 * scale
    cost, dense_cost = large_cost_of_stability(game), cost_of_stability(with_table)
    assert cost.subsidy == pytest.approx(float(dense_cost.subsidy), **close)
    assert cost.point.total == pytest.approx(float(table.worths[-1]) + cost.subsidy, abs=1e-5 * scale)


@settings(deadline=None, max_examples=60)
@given(families, st.data())
def test_membership_agrees_with_the_table(game, data):
    x = np.array(data.draw(st.lists(st.floats(-3, 6, width=32), min_size=game.n, max_size=game.n)))
    x[0] += float(game[game.players]) - x.sum()
    table = game.to_game()
    verdict = large_core(game).contains(x)
    dense = core(Game(table.players, table.worths.astype(float))).contains(x)
    assert verdict.excess == pytest.approx(dense.excess, abs=1e-6 * oracle_of(game).scale)
    assert verdict.surplus == pytest.approx(dense.surplus, abs=1e-9)
    assert bool(verdict) == bool(dense) or abs(dense.excess) < 1e-6


# --- what is known
@settings(deadline=None, max_examples=80)
@given(graphs())
def test_links_have_a_core_exactly_when_no_cut_is_negative(game):
    """Deng, Papadimitriou (1994), theorem 1; cuts counted one by one."""

    def cut(side):
        return sum(w for i, j, w in game.edges if (i in side) != (j in side))

    cuts = [cut(set(side)) for k in range(1, game.n) for side in combinations(range(game.n), k)]
    assert large_core(game).is_empty == (min(cuts) < 0)


@pytest.mark.parametrize(("n", "quota"), [(9, 5), (51, 26), (101, 68), (193, 129)])
def test_equal_votes(n, quota):
    """Coalitions of q among n: epsilon is 1 - q / n, and the subsidy n / q - 1 (Bachrach et al. 2009)."""
    game = WeightedVotingGame([1] * n, quota)
    assert large_least_core(game).epsilon == pytest.approx(1 - quota / n, abs=1e-8)
    assert large_cost_of_stability(game).subsidy == pytest.approx(n / quota - 1, abs=1e-8)
    found = large_core(game)
    assert found.is_empty
    assert proves_emptiness(found, game)


def test_the_security_council_has_the_permanent_five_in_its_core():
    council = WeightedVotingGame([7] * 5 + [1] * 10, 39)
    found = large_core(council)
    assert found.point.to_dict() == dict(enumerate([0.2] * 5 + [0.0] * 10))
    assert found.contains([Fraction(1, 5)] * 5 + [0] * 10).tolerance == 0
    assert found.contains([Fraction(1, 5)] * 5 + [0] * 10)
    verdict = found.contains([Fraction(199, 1000)] * 5 + [Fraction(1, 2000)] * 10)
    assert verdict.excess == Fraction(3, 1000)  # the five and the four of the others who are needed
    assert len(verdict.coalition) == 9
    assert large_least_core(council).epsilon == pytest.approx(0, abs=1e-9)


def test_the_proof_counts_players_one_by_one():
    """A hundred players of 60 kinds: the weights of epsilon belong to real coalitions, all at that excess."""
    rng = np.random.default_rng(1)
    weights = rng.integers(1, 101, 100).tolist()
    game = WeightedVotingGame(weights, sum(weights) * 6 // 10)
    found = large_least_core(game)
    assert found.gap <= 1e-9
    assert found.point.total == pytest.approx(1)
    assert sum(found.weights) == pytest.approx(1)
    for coalition in found.coalitions:
        assert game[coalition] - sum(found.point[i] for i in coalition) == pytest.approx(found.epsilon, abs=1e-8)
    held = np.zeros(100)
    for coalition, weight in zip(found.coalitions, found.weights, strict=True):
        held[list(coalition)] += weight
    assert held == pytest.approx([held[0]] * 100)  # prices of v(N): every player is in as often as any other
    assert large_core(game).contains(found.point).excess == pytest.approx(found.epsilon, abs=1e-9)


def test_a_number_of_states_and_a_number_of_people():
    """14 of 24 states and so many people: as two rules by binary programs, as one rule and a count by halves."""
    rng = np.random.default_rng(4)
    people = WeightedVotingGame(rng.integers(10**5, 10**8, 24).tolist(), 6 * 10**8)
    game = MultipleVotingGame([people, WeightedVotingGame([1] * 24, 14)])
    halves = MultipleVotingGame([people], count_quota=14)
    by_program, by_halves = large_least_core(game), large_least_core(halves)
    assert by_program.tolerance > by_halves.tolerance
    assert by_program.epsilon == pytest.approx(by_halves.epsilon, abs=1e-6)


def test_two_hundred_players_joined_by_links():
    """Non-negative links: the Shapley value is in the core; leave a player less than nothing and it is not."""
    rng = np.random.default_rng(2)
    edges = [(i, j, int(rng.integers(1, 9))) for i in range(200) for j in range(i) if rng.random() < 0.1]
    game = InducedSubgraph(edges, range(200))
    found = large_core(game)
    assert not found.is_empty
    x = np.array([float(p) for p in found.point])
    assert found.contains(x).excess <= 1e-9
    x[0] -= x[0] + 3
    x[1] += x[1] + 3 + (sum(w for _, _, w in edges) - x.sum() - x[1] - 3)
    verdict = found.contains(x)
    assert not verdict
    assert 0 in verdict.coalition
    assert verdict.excess >= 3


def test_forty_players_in_five_types_against_all_counts_in_one_program():
    from scipy.optimize import linprog

    rng = np.random.default_rng(5)
    worths = np.cumsum(rng.integers(0, 9, (9, 9, 9, 9, 9)), axis=0) * 1.0
    worths[0, 0, 0, 0, 0] = 0
    states = np.indices(worths.shape).reshape(5, -1).T[1:-1]
    program = linprog(
        [0] * 5 + [1],
        A_ub=np.hstack((-states, -np.ones((len(states), 1)))),
        b_ub=-worths.ravel()[1:-1],
        A_eq=[[8] * 5 + [0]],
        b_eq=[worths.flat[-1]],
        bounds=[(None, None)] * 6,
    )
    game = TypedGame(dict.fromkeys("abcde", 8), worths)
    assert large_least_core(game).epsilon == pytest.approx(program.fun, abs=1e-6)
    assert large_core(game).is_empty == (program.fun > 0)


def test_nets_of_a_hundred():
    """A sum of unanimity games is convex; one rule against the grand coalition empties its core."""
    rng = np.random.default_rng(6)
    parts = {tuple(sorted(rng.choice(100, 3, replace=False).tolist())): int(rng.integers(1, 9)) for _ in range(60)}
    game = Dividends(parts, range(100))
    found = large_core(game)
    assert not found.is_empty
    assert found.contains(found.point)
    net = MCNet([*((inside, (), w) for inside, w in parts.items()), (range(50), range(50, 100), 1000)], range(100))
    emptied = large_core(net)
    assert emptied.is_empty == (large_slack(parts) < 1000)
    assert proves_emptiness(emptied, net)


def large_slack(parts):
    """What the first fifty can at most be paid: everything but what the others make among themselves."""
    return sum(parts.values()) - sum(w for inside, w in parts.items() if min(inside) >= 50)


# --- an oracle of the caller's
def squares(n, least=0):
    """A coalition is worth the square of its size, if it has more than ``least`` members."""
    game = FunctionGame(range(n), lambda coalition: len(coalition) ** 2 if len(coalition) > least else 0)

    def answer(x):
        order = sorted(x, key=x.get)
        sizes = [0, *range(least + 1, n + 1)]
        return max((tuple(order[:k]) for k in sizes), key=lambda s: game[s] - sum(x[i] for i in s))

    return game, answer


def test_a_function_with_an_oracle():
    game, answer = squares(60)
    found = large_core(game, oracle=answer)
    assert not found.is_empty
    assert found.contains([60.0] * 60)
    assert found.contains([59.0] * 59 + [119.0]).excess == pytest.approx(0)
    with pytest.raises(TooLargeError, match=r"FunctionGame is known, and a sample .* Pass oracle="):
        large_core(game)


def test_only_listed_coalitions_object():
    pairs = ListedOracle(range(100), [(i, (i + 1) % 100) for i in range(100)], [2.0] * 100, total=90.0)
    found = large_core(pairs)
    assert found.is_empty
    assert found.witness.worth == pytest.approx(100)
    assert large_cost_of_stability(pairs).subsidy == pytest.approx(10)
    assert large_least_core(pairs).epsilon == pytest.approx(0.2)
    assert large_core(pairs).contains([0.9] * 100).excess == pytest.approx(0.2)
    one_pair = ListedOracle("ABC", [("A", "B")], [4.0], total=5.0)
    assert large_least_core(one_pair).epsilon == -np.inf
    assert large_core(one_pair).contains(large_core(one_pair).point)
    nobody = ListedOracle("ABC", [], [], total=5.0)
    assert large_least_core(nobody).epsilon == -np.inf
    assert large_core(nobody).contains([5, 0, 0])
    with pytest.raises(CoalitionError, match="the oracle is for"):
        large_core(WeightedVotingGame([1, 1, 1], 2), oracle=pairs)


# --- words and edges
def test_one_player():
    alone = WeightedVotingGame({"A": 3}, 2)
    assert large_core(alone).point["A"] == 1
    assert large_core(alone).contains([1])
    assert not large_core(alone).contains([2])
    assert large_least_core(alone).epsilon == -np.inf
    assert large_cost_of_stability(alone).subsidy == 0


def test_a_core_says_what_it_found():
    game = WeightedVotingGame({"A": 40, "B": 35, "C": 25}, 51)
    assert repr(large_core(game)).startswith("core of 3 players, empty (nobody has a veto): these coalitions cover")
    many = repr(large_core(WeightedVotingGame([1] * 30, 16)))
    assert many.endswith("and 18 more")
    veto = large_core(WeightedVotingGame({"A": 3, "B": 2, "C": 1}, 4))
    assert repr(veto).startswith("core of 3 players, not empty (the players with a veto); it holds")
    assert repr(veto.contains([0, 1, 0])) == "not in the core: ('A', 'C') gains 1 on its own (tolerance 1.0e-09)"
    with pytest.raises(CoalitionError, match="no payoff for 'C'"):
        veto.contains({"A": 1, "B": 0})


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.data())
def test_counts_spread_evenly(sizes, data):
    counts = [data.draw(st.integers(0, size)) for size in sizes]
    ends = np.cumsum([0, *sizes])
    groups = tuple(tuple(range(a, b)) for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    held = np.zeros(sum(sizes))
    for members, share in spread(counts, groups):
        assert [len(set(members) & set(group)) for group in groups] == counts
        held[list(members)] += share
    for count, size, group in zip(counts, sizes, groups, strict=True):
        assert held[list(group)] == pytest.approx(count / size)


@given(graphs(small), signed)
def test_a_player_alone_shifts_the_game(game, shift):
    """Adding a worth to one player alone adds it to that player's payoff and changes no excess."""
    edges = [(i, j, w) for i, j, w in game.edges if not i == j == 0]
    own = sum(w for i, j, w in game.edges if i == j == 0)
    moved = InducedSubgraph([*edges, (0, 0, own + shift)], range(game.n))
    assert large_least_core(moved).epsilon == pytest.approx(large_least_core(game).epsilon, abs=1e-7)


# --- one call for games with and without a table
def test_the_callers_line_is_the_same():
    small, large = WeightedVotingGame([3, 2, 2, 1], 5), WeightedVotingGame([1] * 41, 21)
    assert type(core(small)).__name__ == "Core"
    found = core(large)
    assert type(found).__name__ == "LargeCore"
    assert found.is_empty
    assert least_core(large).epsilon == pytest.approx(1 - 21 / 41)
    assert cost_of_stability(large).subsidy == pytest.approx(41 / 21 - 1)
    square = FunctionGame(range(40), lambda coalition: len(coalition) ** 2)

    def worst(x):
        cheapest = sorted(x, key=x.get)
        return max((tuple(cheapest[:k]) for k in range(41)), key=lambda s: len(s) ** 2 - sum(x[i] for i in s))

    assert core(square, oracle=worst).contains([40] * 40)
    assert core(oracle_of(small)).is_empty == core(small).is_empty


def test_what_only_a_table_answers_is_refused_with_an_oracle():
    small = WeightedVotingGame([3, 2, 2, 1], 5)
    with pytest.raises(CoalitionError, match="against all others"):
        core(small, oracle=lambda x: (), certify=True)
    with pytest.raises(TooLargeError):
        core(WeightedVotingGame([1] * 41, 21), structure=[range(41)])
