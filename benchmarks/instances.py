"""The same games on every machine: seeded worths of the coalition-structure literature, and states on a plane."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from coalitions import Game
from coalitions.coalition import coalition_sizes


def worths(kind: str, n: int) -> np.ndarray:
    """Worths of n players: uniform, normal, ndcs (Rahwan et al. 2009, Artificial Intelligence 173) or superadditive."""
    rng = np.random.default_rng(n)
    sizes = coalition_sizes(n).astype(float)
    table = {
        "uniform": lambda: rng.random(1 << n) * sizes,
        "normal": lambda: rng.normal(10, 0.1, 1 << n) * sizes,
        "ndcs": lambda: rng.normal(sizes, np.sqrt(sizes)),
        "superadditive": lambda: sizes**1.5 + rng.random(1 << n),
    }[kind]()
    table[0] = 0
    return table


def game(kind: str, n: int) -> Game:
    return Game(range(n), worths(kind, n), copy=False)


def pair_synergies(n: int):
    """A payoff for n states on a plane: synergy of near pairs, pooled capability, a cost growing with size."""
    rng = np.random.default_rng(0)
    where = rng.normal(size=(n, 2))
    capability = rng.lognormal(0, 1, n)
    distance = np.linalg.norm(where[:, None] - where[None], axis=-1)
    synergy = np.sqrt(np.outer(capability, capability)) * np.exp(-distance) - 0.25 * distance

    def payoff(members, objective):
        size = members.shape[1]
        total = np.zeros(len(members))
        for a, b in combinations(range(size), 2):
            total += synergy[members[:, a], members[:, b]]
        return total / (size - 1) + np.log1p(capability[members].sum(axis=1)) - 0.15 * size**1.5

    return payoff


def pair_sums(n: int):
    """A payoff for n states that is a sum over pairs less a cost of size, and a bound on it: the same in a matrix."""
    rng = np.random.default_rng(n)
    where = rng.normal(size=(n, 2))
    power = rng.lognormal(0, 0.8, n)
    near = np.exp(-np.linalg.norm(where[:, None] - where, axis=2)) * np.sqrt(np.outer(power, power))
    pairs = np.triu(near * rng.lognormal(0, 0.3, (n, n)), 1)

    def payoff(members, objective):
        size = members.shape[1]
        return sum(pairs[members[:, a], members[:, b]] for b in range(size) for a in range(b)) - 0.35 * size**1.5

    def bound(objective, size):
        return pairs - 0.35 * size**0.5 * np.eye(n)

    return payoff, bound
