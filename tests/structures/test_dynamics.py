"""coalitions/structures/dynamics.py"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import LABELS, games

from coalitions import CoalitionError, Game, optimal_structure
from coalitions.structures import HedonicGame, improvement_path, is_stable, merge_and_split


@given(games(max_players=6))
def test_merging_and_splitting_gains_until_it_rests(game):
    path = merge_and_split(game)
    totals = [sum(game[block] for block in structure) for structure in path.structures]
    assert all(later > earlier for earlier, later in pairwise(totals))
    assert path.ends == "stable"
    last = path.structures[-1]
    slack = 1e-8 * max(1.0, np.abs(game.worths).max())
    for chosen in range(1 << len(last)):
        merged = [block for k, block in enumerate(last) if chosen >> k & 1]
        if len(merged) > 1:
            union = tuple(p for p in game.players if any(p in block for block in merged))
            assert game[union] <= sum(game[block] for block in merged) + slack
    for block in last:
        for chosen in range(1, (1 << len(block)) - 1):
            part = tuple(p for k, p in enumerate(block) if chosen >> k & 1)
            rest = tuple(p for p in block if p not in part)
            assert game[part] + game[rest] <= game[block] + slack
    assert totals[-1] <= optimal_structure(game).worth + slack


def test_a_superadditive_game_ends_in_the_grand_coalition():
    sizes = np.array([mask.bit_count() for mask in range(16)], float)
    path = merge_and_split(Game("ABCD", sizes**2))
    assert path.structures[-1] == (("A", "B", "C", "D"),)
    apart = merge_and_split(Game("ABCD", -(sizes**2)), start=[("A", "B", "C", "D")])
    assert len(apart.structures[-1]) == 4


@given(st.integers(1, 5), st.integers(0, 2**31), st.sampled_from(["Nash stability", "individual stability", "core"]))
def test_every_step_pays_its_movers_and_the_end_is_what_it_says(n, seed, notion):
    game = HedonicGame(LABELS[:n], np.random.default_rng(seed).integers(0, 5, (n, 1 << n)))
    path = improvement_path(game, notion=notion, most=50)
    for before, after in pairwise(path.structures):
        gains = {
            p: game.utility(p, next(b for b in after if p in b)) - game.utility(p, next(b for b in before if p in b))
            for p in game.players
        }
        assert max(gains.values()) > 0
    assert len(path.steps) == len(path.structures) - 1
    if path.ends == "stable":
        assert is_stable(game, path.structures[-1], notion)
    else:
        assert not is_stable(game, path.structures[-1], notion)
        assert path.ends == "limit" or path.structures[-1] in path.structures[:-1]


def test_symmetric_additive_games_come_to_rest():
    rng = np.random.default_rng(1)
    for _ in range(10):
        weights = rng.normal(size=(6, 6))
        assert improvement_path(HedonicGame.additive(range(6), weights + weights.T)).ends == "stable"


def test_it_reads_as_lines():
    path = improvement_path(HedonicGame.additive("ABC", [[0, 2, -1], [2, 0, -1], [1, 1, 0]]), notion="core")
    assert repr(path).splitlines()[1:] == ["A | B | C", "A B | C   A B get together"]
    assert path.to_frame()["step"].tolist() == ["start", "A B get together"]
    assert "Bogomolnaia" in path.cite()[0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: merge_and_split(Game("AB", [0, 1, 1, 1]), [("A",)]), "in no block"),
        (lambda: improvement_path(HedonicGame.additive("A", [[0]]), notion="Nash"), "no steps are known for 'Nash'"),
        (lambda: improvement_path(HedonicGame.additive("A", [[0]]), [("B",)]), "unknown player 'B'"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(CoalitionError, match=re.escape(words)):
        make()
