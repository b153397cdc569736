"""coalitions/core/oracles*.py, binary.py and _kernels_oracles.py: the worst coalition, against all of them"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from coalitions import CoalitionError, FunctionGame, WorthError
from coalitions.coalition import subset_sums
from coalitions.core.large import oracle_of
from coalitions.core.oracles import CalledOracle, ListedOracle
from coalitions.core.oracles_rules import CutOracle, ProgramOracle
from coalitions.core.oracles_voting import VotingOracle, _Binary, _Halves, _Knapsack
from coalitions.families import (
    Airport,
    Assignment,
    Bankruptcy,
    Dividends,
    Glove,
    InducedSubgraph,
    MCNet,
    MultipleVotingGame,
    SimpleGame,
    TypedGame,
    WeightedVotingGame,
)

small = st.integers(0, 9)
signed = st.integers(-6, 9)


@st.composite
def voting(draw, *, least=2, most=6):
    weights = draw(st.lists(small, min_size=least, max_size=most).filter(any))
    return WeightedVotingGame(weights, draw(st.integers(1, sum(weights))))


@st.composite
def several_rules(draw):
    n = draw(st.integers(2, 6))
    rules = []
    for _ in range(draw(st.integers(1, 2))):
        weights = draw(st.lists(small, min_size=n, max_size=n).filter(any))
        rules.append(WeightedVotingGame(weights, draw(st.integers(1, sum(weights)))))
    fewest = draw(st.integers(0, n))
    enough = draw(st.none() | st.integers(1, n).filter(lambda k: k > fewest))
    return MultipleVotingGame(rules, count_quota=fewest, or_count=enough)


@st.composite
def graphs(draw, weights=signed):
    n = draw(st.integers(2, 6))
    pairs = [(i, j) for i in range(n) for j in range(i + 1)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True))
    return InducedSubgraph([(i, j, draw(weights)) for i, j in chosen], range(n))


@st.composite
def nets(draw, *, adding=False):
    n = draw(st.integers(2, 5))
    rules = []
    for _ in range(draw(st.integers(1, 6))):
        kinds = draw(st.lists(st.sampled_from("io-" if not adding else "i-"), min_size=n, max_size=n))
        inside = [i for i in range(n) if kinds[i] == "i"]
        if inside:
            rules.append((inside, [i for i in range(n) if kinds[i] == "o"], draw(small if adding else signed)))
    return MCNet(rules, range(n))


@st.composite
def typed(draw):
    counts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda counts: sum(counts) > 1))
    shape = tuple(k + 1 for k in counts)
    worths = draw(st.lists(signed, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    table = np.array([0, *worths[1:]], object).reshape(shape)
    return TypedGame({f"t{t}": k for t, k in enumerate(counts)}, table)


families = st.one_of(
    voting(),
    several_rules(),
    graphs(),
    graphs(small),
    nets(),
    nets(adding=True),
    typed(),
    st.builds(
        lambda n, parts: Dividends({tuple({i % n for i in s}): 2 for s in parts}, range(n)),
        st.integers(2, 5),
        st.lists(st.lists(small, min_size=1, max_size=4), min_size=1, max_size=1),
    ),
    st.builds(lambda a, b, c: Glove(range(a), range(a, a + b), range(a + b + c)), *[st.integers(1, 2)] * 3),
    st.builds(Assignment, st.lists(st.tuples(small, small), min_size=1, max_size=3)),
    st.builds(Airport, st.lists(small, min_size=2, max_size=6)),
    st.lists(small, min_size=2, max_size=6).flatmap(
        lambda claims: st.builds(lambda estate: Bankruptcy(estate, claims), st.integers(0, sum(claims)))
    ),
    st.just(SimpleGame([("A", "B"), ("B", "C"), ("A", "C", "D")])),
)


def largest_excess(game, x, *, proper):
    """Over the whole table."""
    excesses = game.to_game().worths - subset_sums(x)
    return (excesses[1:-1] if proper else excesses).max()


# --- one search, against a scan of all coalitions
@settings(deadline=None, max_examples=150)
@given(families, st.data())
def test_a_search_finds_what_a_scan_of_the_table_finds(game, data):
    x = np.array(data.draw(st.lists(st.floats(-5, 9, width=32), min_size=game.n, max_size=game.n)))
    oracle = oracle_of(game)
    for proper in (False, True):
        truth = largest_excess(game, x, proper=proper)
        found = oracle.search(x, 5, proper=proper)
        tolerance = max(oracle.precision, 1e-9 * oracle.scale)
        assert found.bound == pytest.approx(truth, abs=tolerance)
        assert oracle.excess(found.coalitions[0], x) == pytest.approx(truth, abs=tolerance)
        assert all(0 < len(s) < game.n for s in found.coalitions) or not proper
        for members in found.coalitions:
            labels = tuple(game.players[i] for i in members)
            assert float(oracle.worth(members)) == pytest.approx(float(game[labels]))
        # a search that may stop early still says truly whether any coalition is above the mark
        mark = truth - 0.5
        early = oracle.search(x, 5, proper=proper, enough=mark)
        assert early.bound >= truth - tolerance
        assert max(oracle.excess(s, x) for s in early.coalitions) > mark
        assert oracle.search(x, 5, proper=proper, enough=truth + 1).bound <= truth + 1


@settings(deadline=None)
@given(families.filter(lambda game: oracle_of(game).exact), st.data())
def test_exact_payoffs_get_exact_answers(game, data):
    x = np.array(data.draw(st.lists(st.fractions(-5, 9, max_denominator=9), min_size=game.n, max_size=game.n)), object)
    worths = [Fraction(worth) for worth in game.to_game().worths.tolist()]
    truth = max((w - s for w, s in zip(worths, subset_sums(x), strict=True)))
    found = oracle_of(game).search(x)
    assert found.bound == truth
    assert not isinstance(found.bound, float)


# --- the routes of voting agree
@settings(deadline=None)
@given(voting(least=3, most=9), st.data())
def test_three_ways_to_the_cheapest_winning_coalition(game, data):
    prices = np.array(data.draw(st.lists(st.floats(0, 9, width=32), min_size=game.n, max_size=game.n)))
    weights, quota = game.whole
    truth = min(s for s, wins in zip(subset_sums(prices), game.winning_table(), strict=True) if wins)
    wins = VotingOracle(game)._wins_by_rules
    for cover in (
        _Knapsack(weights, quota),
        _Halves(weights, quota, 0),
        _Binary([(weights, quota)], 0, wins, game.n),
    ):
        cost, coalitions = cover.cheapest(prices, 6, np.inf)
        assert cost == pytest.approx(truth, abs=1e-6)
        assert all(wins(members) for members in coalitions)
        assert prices[list(coalitions[0])].sum() == pytest.approx(truth, abs=1e-6)


def test_weights_beyond_the_precision_of_the_solver_are_checked_exactly():
    """Two coalitions of three that differ by one vote in 10**9: only one of them wins."""
    game = WeightedVotingGame([10**9, 10**9 + 1, 10**9, 1, 1], 2 * 10**9 + 1)
    binary = _Binary([game.whole], 0, VotingOracle(game)._wins_by_rules, 5)
    cost, coalitions = binary.cheapest(np.array([1.0, 5.0, 1.0, 9.0, 9.0]), 1, np.inf)
    assert coalitions == [(0, 1)] or coalitions == [(1, 2)]
    assert cost == pytest.approx(6)


def test_the_route_fits_the_data():
    assert isinstance(VotingOracle(WeightedVotingGame([100] * 100, 6000))._cover, _Knapsack)
    assert isinstance(VotingOracle(WeightedVotingGame([10**9 + i for i in range(27)], 10**10))._cover, _Halves)
    assert isinstance(VotingOracle(WeightedVotingGame([10**9 + i for i in range(60)], 10**10))._cover, _Binary)
    assert isinstance(oracle_of(InducedSubgraph([(0, 1, 2), (1, 1, -3)])), CutOracle)
    assert isinstance(oracle_of(InducedSubgraph([(0, 1, -2)])), ProgramOracle)
    assert isinstance(oracle_of(MCNet([((0, 1), (2,), 1)])), ProgramOracle)
    assert isinstance(oracle_of(Dividends({(0, 1, 2): 1})), CutOracle)


# --- cuts
def test_capacities_beyond_32_bits():
    """SciPy's maximum_flow holds 32 bits; these would overflow it."""
    big = 2**40
    game = InducedSubgraph([("A", "B", big), ("B", "C", big + 1), ("A", "C", 1)])
    x = np.array([Fraction(big, 2), Fraction(big), Fraction(big, 2)], object)
    found = oracle_of(game).search(x)
    assert found.bound == 2
    assert found.coalitions[0] == (0, 1, 2)
    assert oracle_of(game).search(x.astype(float)).bound == 2.0


def test_a_cut_of_a_ladder_against_all_coalitions():
    rng = np.random.default_rng(3)
    edges = [(i, i + 1, rng.random()) for i in range(11)] + [(i, i + 6, rng.random()) for i in range(6)]
    game = InducedSubgraph(edges, range(12))
    oracle = oracle_of(game)
    for _ in range(20):
        x = rng.random(12) * 1.5
        assert oracle.search(x).bound == pytest.approx(largest_excess(game, x, proper=False), abs=1e-12)


def test_a_player_left_without_a_partner_still_gains_alone():
    """One seller, two buyers: the pair (0, 1) and the buyer 2, who is paid less than nothing, all gain."""
    found = oracle_of(Assignment([(1, 0)])).search(np.array([0.0, 0.0, -2.0]), proper=True)
    assert found.bound == 2
    assert oracle_of(Assignment([(1, 0)])).search(np.array([0.0, 0.0, -2.0])).coalitions[0] == (0, 1, 2)


# --- lists and callers
def test_a_list_given_as_arrays_or_as_labels():
    members = np.array([[0, 1, -1], [1, 2, -1], [0, 1, 2]])
    by_array = ListedOracle("ABCD", members, [4.0, 6.0, 7.5], total=9)
    by_label = ListedOracle("ABCD", [("A", "B"), ("B", "C"), ("A", "B", "C")], [4, 6, 7.5], total=9)
    x = np.array([1.0, 2.0, 3.0, 3.0])
    assert by_array.search(x, 2) == by_label.search(x, 2)
    assert by_array.search(x, 2).coalitions == [(0, 1, 2), (0, 1)]
    assert by_array.search(x).bound == 1.5
    assert by_array.worth((0, 1, 2, 3)) == 9


@pytest.mark.parametrize(
    ("coalitions", "worths", "total", "error", "words"),
    [
        ([("A", "X")], [1], 1, CoalitionError, "unknown player 'X'"),
        ([()], [1], 1, CoalitionError, "is empty"),
        ([("A",), ("A",)], [1, 2], 1, CoalitionError, "is there twice"),
        ([("A",)], [np.nan], 1, WorthError, "worth of .* is nan"),
        ([("A",)], [1, 2], 1, WorthError, "there are 1 coalitions"),
        ([("A", "B", "C")], [2], 1, WorthError, "another worth than total=1"),
        (np.array([[0, 7]]), [2], 1, CoalitionError, "member 7"),
        ([("A",)], [1], np.inf, WorthError, "worth of everybody is inf"),
    ],
)
def test_lists_refused(coalitions, worths, total, error, words):
    with pytest.raises(error, match=words):
        ListedOracle("ABC", coalitions, worths, total=total)


def test_a_list_knows_no_other_worths():
    with pytest.raises(WorthError, match="no worth is listed for"):
        ListedOracle("ABC", [("A",)], [1], total=2).worth((1,))


def test_a_caller_may_give_one_coalition_or_several():
    game = FunctionGame("ABC", lambda coalition: len(coalition) ** 2)
    x = np.array([1.0, 1.0, 9.0])
    assert CalledOracle(game, lambda paid: ("A", "B")).search(x).coalitions == [(0, 1)]
    assert CalledOracle(game, lambda paid: [("A",), {"A", "B"}]).search(x, 3).coalitions[0] == (0, 1)
    assert CalledOracle(game, lambda paid: ()).search(x).bound == 0
    with pytest.raises(CoalitionError, match="a list with the player 'A'"):
        CalledOracle(game, lambda paid: ["A", "B"]).search(x)
    with pytest.raises(CoalitionError, match="cannot be called"):
        CalledOracle(game, 3)


@pytest.mark.parametrize(
    "game",
    [
        InducedSubgraph([("A", "B", sympy.Symbol("w"))]),
        Dividends({("A", "B"): sympy.Symbol("w")}),
        TypedGame({"a": 2}, [0, 1, sympy.Symbol("w")]),
    ],
)
def test_symbols_are_refused(game):
    with pytest.raises(WorthError, match="a symbol"):
        oracle_of(game)


def test_payoffs_too_fine_for_64_bits_are_said_to_be():
    oracle = oracle_of(WeightedVotingGame([3, 2, 1], 4))
    with pytest.raises(OverflowError, match="too fine"):
        oracle.search(np.array([Fraction(1, 3**30), Fraction(1, 2**40), Fraction(1, 7**9)], object))
