"""Structures: large games, games of ties, the subset dynamic program on the same table, landscapes."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np

from benchmarks.instances import game
from benchmarks.timing import Row, interleaved, once, seconds
from coalitions import Game, Landscape, optimal_structure
from coalitions.coalition import coalition_sizes
from coalitions.structures.search import _best_partition


def large() -> Iterator[Row]:
    for n in (26, 27):
        for kind in ("uniform", "normal", "ndcs"):
            played = game(kind, n)
            took, ratio = interleaved(lambda g=played: optimal_structure(g), lambda g=played: g.worths.sum(), 1)
            assert optimal_structure(played).is_proven
            yield Row(f"optimal structure, {kind}, n = {n}", ratio, "sums", 150, f"{took:.2f} s, proven")
            del played
            gc.collect()


def beside_the_dynamic_program() -> Iterator[Row]:
    n = 20
    sizes = coalition_sizes(n)
    rng = np.random.default_rng(n)
    by_size = np.append(0.0, rng.random(n))
    tables = {kind: game(kind, n).worths for kind in ("uniform", "normal", "ndcs")} | {
        "floor(|S| / 3)": (sizes // 3).astype(float),
        "majority": (2 * sizes.astype(int) > n).astype(float),
        "random worths by size": by_size[sizes],
        "whole numbers, many ties": rng.integers(0, 4, 1 << n) * (sizes > 0),
    }
    _best_partition(game("uniform", 6).worths)  # compiles
    whole = once(lambda: _best_partition(tables["uniform"]))
    for kind, worths in tables.items():
        played = Game(range(n), worths.astype(float))
        took = seconds(lambda g=played: optimal_structure(g), 3)
        assert optimal_structure(played).is_proven
        limit = 1 / 20 if kind in ("uniform", "normal", "ndcs") else 2
        note = f"{took * 1e3:.3g} ms, the dynamic program {whole * 1e3:.3g} ms"
        yield Row(f"structure, {kind}, n = {n}, of the dynamic program", took / whole, "", limit, note)


def landscapes() -> Iterator[Row]:
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(25, 25))
    Landscape("ABC", [1.0, 1.0, 1.0], np.eye(3)).minima()  # compiles
    land = Landscape(range(25), rng.random(25) + 0.1, drawn + drawn.T)
    yield Row("all local minima of 2**24 configurations", once(lambda: land.minima()), "s", 10)


def rows() -> Iterator[Row]:
    yield from beside_the_dynamic_program()
    yield from landscapes()
    yield from large()
