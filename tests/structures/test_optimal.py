"""coalitions/structures/optimal.py"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from known import cases, number
from strategies import exact_games, games, small_integers

from coalitions import Game, WorthError, core, optimal_structure
from coalitions.coalition import as_partition, coalition_sizes, submasks
from coalitions.tolerance import scale_of


def best_by_hand(worths):
    """Every partition, by the recursion on the block of the lowest player."""
    best = {0: 0}
    for mask in range(1, len(worths)):
        low = mask & -mask
        best[mask] = max(worths[low | sub] + best[mask ^ low ^ sub] for sub in submasks(mask ^ low))
    return best[len(worths) - 1]


# --- published
@pytest.mark.parametrize(
    ("game", "expected"),
    [
        *cases("csg", "csg_value", "csg_partitions"),
        *cases("val", "csg_value", "csg_partitions"),
        *cases("nuc", "csg_value"),
    ],
)
def test_known_answers(game, expected):
    found = optimal_structure(game)
    assert found.worth == number(expected["csg_value"])
    assert found.gap == 0
    if "csg_partitions" in expected:
        blocks = sorted(sorted(block) for block in found.blocks)
        assert blocks in [sorted(map(sorted, partition)) for partition in expected["csg_partitions"]]


# --- laws
@given(games(max_players=6) | games(small_integers.map(float), max_players=6))
def test_no_partition_is_worth_more(game):
    found = optimal_structure(game)
    as_partition(found.blocks, game.players)
    assert found.worth == pytest.approx(best_by_hand(game.worths.tolist()), abs=1e-9)
    assert found.is_proven
    assert found.worth == pytest.approx(sum(game[block] for block in found.blocks))


@given(exact_games(max_players=6))
def test_exact_worths_give_the_exact_optimum(game):
    found = optimal_structure(game)
    assert found.worth == best_by_hand(game.worths.tolist())
    assert found.gap == 0
    assert found.tolerance == 0


@given(games(min_players=2, max_players=6))
def test_the_supporting_payoffs_leave_nothing_to_gain(game):
    found = optimal_structure(game)
    scale = max(1.0, np.abs(game.worths).max())
    for coalition, worth in game.to_dict().items():
        assert sum(found.payoffs[i] for i in coalition) >= worth - 1e-9 * scale
    if len(found.blocks) == 1 and found.payoffs.total <= found.worth + 1e-9 * scale:
        assert not core(game).is_empty


@given(st.integers(0, 10**6), st.integers(9, 11))
def test_worths_with_many_ties(seed, n):
    rng = np.random.default_rng(seed)
    by_size = rng.integers(0, 5, n + 1)
    by_size[0] = 0
    game = Game(range(n), by_size[coalition_sizes(n)])
    best = [0] * (n + 1)
    for size in range(1, n + 1):
        best[size] = max(by_size[k] + best[size - k] for k in range(1, size + 1))
    assert optimal_structure(game).worth == best[n]


@given(games(small_integers.map(float), max_players=6) | games(max_players=6), st.sampled_from([1.0, 0.7, 3.0]))
def test_a_poor_start_is_no_excuse(game, unit):
    """Start from singletons: rounding the bound, or the windows, must still close the gap rightly."""
    from coalitions.structures.search import Search

    search = Search(game.worths * unit, scale=scale_of(game.worths * unit))
    singles = [1 << i for i in range(game.n)]
    search._among_generated = lambda masks: (singles, search.prices.sum() - search.worths[singles].sum())
    blocks = search.best()
    assert search.proven
    assert search.worths[blocks].sum() == pytest.approx(best_by_hand(search.worths.tolist()), abs=1e-6)


@pytest.mark.parametrize(
    ("worths", "unit"), [([0, 2, 4, 7], 1.0), ([0, 0.3, 0.6, 0.9], 0.3), ([0, 0.3, 0.7, 1], 0.0), ([0, 0, 0, 0], 1.0)]
)
def test_the_unit_all_worths_are_multiples_of(worths, unit):
    from coalitions.structures.search import _common_unit

    assert _common_unit(np.array(worths, float)) == unit


# --- agreement of the three ways
@pytest.mark.parametrize("n", [10, 13])
@pytest.mark.parametrize("kind", ["uniform", "normal", "fractional ties"])
def test_linear_program_and_dynamic_program_agree(n, kind):
    from coalitions.structures.search import _best_partition

    rng = np.random.default_rng(n)
    sizes = coalition_sizes(n)
    worths = {
        "uniform": lambda: rng.random(1 << n) * sizes,
        "normal": lambda: rng.normal(10, 0.1, 1 << n) * sizes,
        "fractional ties": lambda: np.floor(sizes / 3) * 0.1 + 1e-3 * (rng.random(1 << n) < 0.01),
    }[kind]()
    worths[0] = 0
    found = optimal_structure(Game(range(n), worths))
    assert found.worth == pytest.approx(worths[_best_partition(worths)].sum(), abs=1e-12)
    assert found.is_proven


def test_a_search_that_drowns_in_ties_gives_way_to_the_dynamic_program(monkeypatch):
    from coalitions.structures import search

    monkeypatch.setattr(search, "_SEARCH_STEPS", 10)
    monkeypatch.setattr(search, "_STEPS_PER_SPLIT", 0.0)
    monkeypatch.setattr(search, "_STATES", 0)
    sizes = coalition_sizes(11)
    worths = np.floor(sizes / 3) * 0.7 + (sizes == 11) * 0.1  # no common unit, so the bound cannot be rounded
    found = optimal_structure(Game(range(11), worths))
    assert found.method == "dynamic program"
    assert found.worth == pytest.approx(2.2)
    assert found.is_proven


def test_out_of_time_it_still_tells_the_bound():
    rng = np.random.default_rng(5)
    worths = rng.normal(coalition_sizes(14), 1)
    worths[0] = 0
    game = Game(range(14), worths)
    hurried = optimal_structure(game, time_limit=0.0)
    best = optimal_structure(game)
    as_partition(hurried.blocks, game.players)
    assert hurried.worth <= best.worth + 1e-9
    assert hurried.bound >= best.worth - 1e-9
    assert hurried.gap == pytest.approx(hurried.bound - hurried.worth)


def test_progress_is_told():
    told = []
    worths = np.random.default_rng(1).random(1 << 10)
    worths[0] = 0
    optimal_structure(Game(range(10), worths), report=lambda value, bound: told.append((value, bound)))
    assert told
    assert all(bound >= value - 1e-9 for value, bound in told)


# --- words
def test_it_reads_as_a_sentence_and_a_table():
    found = optimal_structure(Game("ABC", [0, 1, 1, 5, 1, 2, 3, 5]))
    assert repr(found).splitlines()[0] == "2 coalitions of 3 players, worth 6, proven optimal"
    assert found.blocks == (("A", "B"), ("C",))
    assert found.to_frame()["worth"].tolist() == [5.0, 1.0]
    assert "A, B" in found._repr_html_()
    exact = optimal_structure(Game("AB", [0, Fraction(1, 3), 0, Fraction(1, 4)]))
    assert exact.worth == Fraction(1, 3)
    assert "1/3" in repr(exact)


def test_refusals():
    with pytest.raises(WorthError, match="a symbol"):
        optimal_structure(Game("AB", [0, sympy.Symbol("a"), 0, 0]))
    with pytest.raises(WorthError, match="must be rational"):
        optimal_structure(Game("AB", [0, sympy.sqrt(2), 0, 0]))
