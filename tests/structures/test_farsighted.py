"""coalitions/structures/farsighted.py: by definition, on small sets of outcomes."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import LABELS

from coalitions import CoalitionError, TooLargeError, WorthError
from coalitions.structures import (
    HedonicGame,
    farsighted_structures,
    is_stable,
    largest_consistent_set,
    symmetric_structure,
)


def consistent_by_definition(payoffs, moves):
    """Chwe's definitions, with sets."""
    m = len(payoffs)

    def please(group, a, z):
        return all(payoffs[z][i] > payoffs[a][i] for i in group)

    dominates = {z: set() for z in range(m)}
    for z in range(m):
        while True:
            more = {
                a for a, b, group in moves if a != z and (b == z or b in dominates[z]) and please(group, a, z)
            } - dominates[z]
            if not more:
                break
            dominates[z] |= more
    kept = set(range(m))
    while True:
        out = {
            a
            for a, b, group in moves
            if a in kept and not any((z == b or b in dominates[z]) and not please(group, a, z) for z in kept)
        }
        if not out:
            return tuple(sorted(kept))
        kept -= out


@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 2**31))
def test_the_largest_consistent_set_by_definition(m, n, seed):
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 4, (m, n)).tolist()
    moves = []
    for _ in range(rng.integers(0, 12)):
        a, b = rng.integers(m, size=2).tolist()
        group = np.flatnonzero(rng.random(n) < 0.5).tolist() or [0]
        if a != b:
            moves.append((a, b, group))
    found = largest_consistent_set(payoffs, moves)
    assert found == consistent_by_definition(payoffs, moves)
    assert found, "never empty"


def all_structures(players):
    if not players:
        yield ()
        return
    first, others = players[0], players[1:]
    for chosen in range(1 << len(others)):
        block = (first, *(p for k, p in enumerate(others) if chosen >> k & 1))
        for rest in all_structures([p for p in others if p not in block]):
            yield (block, *rest)


@settings(max_examples=25)
@given(st.integers(1, 4), st.integers(0, 2**31))
def test_regroupings_by_every_group_give_the_same_set(n, seed):
    """Larger groups than needed change nothing: all groups and all their regroupings, listed one by one."""
    players = LABELS[:n]
    game = HedonicGame(players, np.random.default_rng(seed).integers(0, 4, (n, 1 << n)))
    structures = list(all_structures(list(players)))
    place = {frozenset(structure): a for a, structure in enumerate(structures)}
    moves = []
    for a, structure in enumerate(structures):
        for mask in range(1, 1 << n):
            group = [p for i, p in enumerate(players) if mask >> i & 1]
            left = [tuple(p for p in block if p not in group) for block in structure]
            for parts in all_structures(group):
                b = place[frozenset([*(block for block in left if block), *parts])]
                if a != b:
                    moves.append((a, b, [players.index(p) for p in group]))
    payoffs = [[game.utility(p, next(b for b in s if p in b)) for p in players] for s in structures]
    expected = {structures[a] for a in consistent_by_definition(payoffs, moves)}
    found = farsighted_structures(game)
    assert set(found.structures) == expected
    assert found.outcomes == len(structures)
    by_function = farsighted_structures(
        players, lambda s: [game.utility(p, next(b for b in s if p in b)) for p in players]
    )
    assert by_function.structures == found.structures


def test_majority_of_three_any_pair_is_farsighted():
    club = HedonicGame("ABC", lambda player, coalition: -abs(len(coalition) - 2))
    found = farsighted_structures(club)
    assert all(is_stable(club, structure) for structure in found.structures)
    assert found.to_frame()["A"].tolist() == [0.0, 0.0, -1.0]
    assert "Chwe" in found.cite()[0]


# --- like players
def symmetric_by_hand(n, worth, formed=()):
    left = n - sum(formed)
    if not left:
        return tuple(sorted(formed, reverse=True))
    finals = [symmetric_by_hand(n, worth, (*formed, size)) for size in range(left, 0, -1)]
    averages = [Fraction(worth(size, final)) / size for size, final in zip(range(left, 0, -1), finals, strict=True)]
    return finals[averages.index(max(averages))]


@given(st.integers(1, 7), st.integers(0, 2**31))
def test_symmetric_structures_by_plain_recursion(n, seed):
    def worth(size, sizes):
        return int(np.random.default_rng([seed, size, *sizes]).integers(0, 30))

    assert symmetric_structure(n, lambda s, f: Fraction(worth(s, f))) == symmetric_by_hand(n, worth)


def test_example_of_ray():
    """D. Ray (2007), A Game-Theoretic Perspective on Coalition Formation, example 5.2."""
    worths = {(3, (3, 1)): 22, (1, (3, 1)): 0, (2, (2, 1, 1)): 16, (1, (2, 1, 1)): 1}
    assert symmetric_structure(4, lambda size, sizes: worths.get((size, sizes), 0)) == (2, 1, 1)


def test_cournot_cartels():
    """Bloch (1996), Ray, Vohra (1999): with linear demand a cartel of ten forms only where it holds at least 8 in 10.

    A coalition's profit is 1 / (number of coalitions + 1)**2 whatever its size.
    """
    sizes = symmetric_structure(10, lambda size, sizes: Fraction(1, (len(sizes) + 1) ** 2))
    together = Fraction(1, 4) / 10
    outsiders = 10 - sizes[0]
    assert sizes == (sizes[0], *[1] * outsiders)
    assert Fraction(1, (len(sizes) + 1) ** 2) > together, "the first to stay outside gain by it"


def test_forty_like_players():
    assert symmetric_structure(40, lambda size, sizes: size * size) == (40,)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: largest_consistent_set([1, 2], []), CoalitionError, "payoffs have shape (2,)"),
        (lambda: largest_consistent_set([[np.nan]], []), WorthError, "payoff of player 0 in outcome 0 is nan"),
        (lambda: largest_consistent_set([[1]], [(0, 1, [0])]), CoalitionError, "names an outcome beyond 0"),
        (lambda: largest_consistent_set([[1]], [], tolerance=np.nan), WorthError, "tolerance is nan"),
        (lambda: largest_consistent_set([[1]], [], tolerance=-0.1), WorthError, "it must be a number of at least 0"),
        (lambda: largest_consistent_set([[1], [2]], [(0, 1, [])]), CoalitionError, "nobody makes the move"),
        (lambda: farsighted_structures(range(8), lambda s: [0] * 8), TooLargeError, "at most 7 players"),
        (lambda: farsighted_structures("AB"), CoalitionError, "payoffs are missing"),
        (lambda: farsighted_structures("AB", lambda s: [1]), CoalitionError, "1 numbers for 2 players"),
        (lambda: symmetric_structure(0, max), CoalitionError, "n is 0"),
        (lambda: symmetric_structure(61, max), TooLargeError, "61 players"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=re.escape(words)):
        make()
