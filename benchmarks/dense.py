"""Dense games: core, least core and the optimal structure beside one sum of the table."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator

from benchmarks.instances import game, worths
from benchmarks.timing import Row, interleaved
from coalitions import core, cost_of_stability, least_core, optimal_structure, shapley_value


def structures() -> Iterator[Row]:
    for n in (20, 22, 24, 25):
        for kind in ("uniform", "normal", "ndcs"):
            played = game(kind, n)
            took, ratio = interleaved(lambda g=played: optimal_structure(g), lambda g=played: g.worths.sum(), 3)
            found = optimal_structure(played)
            assert found.gap == 0
            assert found.worth >= played.worths[-1]
            yield Row(f"optimal structure, {kind}, n = {n}", ratio, "sums", 300, f"{took:.3f} s, proven")
            del played
            gc.collect()


def cores() -> Iterator[Row]:
    for n in (20, 22, 24):
        for kind in ("uniform", "superadditive"):
            played = game(kind, n)
            for solve in (core, least_core):
                took, ratio = interleaved(lambda s=solve, g=played: s(g), lambda g=played: g.worths.sum(), 3)
                yield Row(f"{solve.__name__}, {kind}, n = {n}", ratio, "sums", 300, f"{took * 1e3:.1f} ms")


def memory() -> Iterator[Row]:
    """Peak of all arrays alive during one solution, in copies of the table, which is one of them itself."""
    n = 24
    for solve in (shapley_value, core, least_core, cost_of_stability, optimal_structure):
        played = game("uniform", n)
        solve(game("uniform", 4))
        tracemalloc.start()
        solve(played)
        grown = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        note = f"{grown / 1e6:.1f} MB beside the table of {played.worths.nbytes / 1e6:.0f} MB"
        yield Row(f"memory of {solve.__name__}, n = {n}", 1 + grown / played.worths.nbytes, "tables", 4, note)


def rows() -> Iterator[Row]:
    assert worths("uniform", 4)[0] == 0
    yield from cores()
    yield from structures()
    yield from memory()
