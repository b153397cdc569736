"""What hypothesis may draw: each function gives valid objects of the kind it is named after."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from coalitions import Game, candidates

LABELS = ("AUS", "BRN", "CAN", "DEU", "ESP", "FRA", "GBR", "HRV")

small_integers = st.integers(-9, 9)
fractions = st.fractions(-9, 9, max_denominator=12)
floats = st.floats(-1e3, 1e3, allow_nan=False, width=32)


@st.composite
def games(draw, worths=floats, *, min_players=1, max_players=5):
    """Games of float worths (or of what ``worths`` draws)."""
    n = draw(st.integers(min_players, max_players))
    table = draw(st.lists(worths, min_size=2**n - 1, max_size=2**n - 1))
    if all(isinstance(worth, Fraction | int) for worth in table):
        return Game(LABELS[:n], np.array([0, *table], object))
    return Game(LABELS[:n], [0, *table])


def exact_games(**bounds):
    """Games of Fractions."""
    return games(fractions, **bounds)


@st.composite
def convex_games(draw, *, min_players=2, max_players=5):
    """Games whose Harsanyi dividends of two and more players are not negative."""
    n = draw(st.integers(min_players, max_players))
    dividends = draw(st.lists(st.integers(0, 9), min_size=2**n, max_size=2**n))
    table = [sum(d for s, d in enumerate(dividends) if s and s & mask == s) for mask in range(2**n)]
    return Game(LABELS[:n], table)


@st.composite
def pools(draw, *, max_players=5, max_size=3):
    """Candidates among few states, for one or two objectives, worths drawn one by one."""
    n = draw(st.integers(2, max_players))
    size = draw(st.integers(2, min(max_size, n)))
    objectives = ("sea", "air")[: draw(st.integers(1, 2 if n < 5 else 1))]
    seed = draw(st.integers(0, 2**31))
    shift = draw(st.floats(-1, 1))

    def payoff(members, objective):
        code = (1 << members.astype(np.int64)).sum(axis=1) + 64 * objectives.index(objective)
        return np.array([np.random.default_rng([seed, int(c)]).normal(shift) for c in code])

    return candidates(LABELS[:n], payoff, max_size=size, objectives=objectives)
