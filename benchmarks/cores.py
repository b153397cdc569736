"""The nucleolus and its kin beside one sum of the table, and beside coopgame-py where it is installed."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator

import numpy as np

from benchmarks.instances import game
from benchmarks.timing import Row, interleaved, once, seconds
from coalitions import (
    Game,
    WeightedVotingGame,
    blocking_coalitions,
    core,
    core_is_stable,
    equal_division,
    is_balanced_collection,
    least_core,
    minimal_balanced_collections,
    modiclus,
    prenucleolus,
)
from coalitions.coalition import coalition_sizes
from coalitions.core import large_least_core
from coalitions.families import Assignment


def random_game(n: int) -> Game:
    """Nobody worth anything alone, v(S) whole up to 100 |S|, v(N) from 100 (n - 2) to 100 n."""
    rng = np.random.default_rng(n)
    sizes = coalition_sizes(n)
    worths = np.floor(rng.random(1 << n) * 100 * sizes) * (sizes > 1)
    worths[-1] = rng.integers(100 * (n - 2), 100 * n)
    return Game(range(n), worths, copy=False)


def voting(n: int) -> Game:
    weights = np.random.default_rng(n).integers(1, 101, n).tolist()
    return WeightedVotingGame(weights, sum(weights) // 2 + 1).to_game()


def superadditive(n: int) -> Game:
    return game("superadditive", n)


KINDS = {"random": random_game, "superadditive": superadditive, "voting": voting}


def nucleoli() -> Iterator[Row]:
    for n in (20, 22, 24, 25):
        for kind, make in KINDS.items():
            played = make(n)
            took, ratio = interleaved(lambda g=played: prenucleolus(g), lambda g=played: g.worths.sum(), 3)
            limit = 5 / took * ratio if n == 25 else 1000
            yield Row(f"prenucleolus, {kind}, n = {n}", ratio, "sums", limit, f"{took:.3f} s")
            del played
            gc.collect()
    played = random_game(25)
    tracemalloc.start()
    prenucleolus(played)
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    yield Row("memory of prenucleolus, n = 25", 1 + grown / played.worths.nbytes, "tables", 5)


def others() -> Iterator[Row]:
    took = seconds(lambda: prenucleolus(random_game(12), certify=True), 3)
    yield Row("prenucleolus certified in rationals, n = 12", took, "s", 10)
    for n in (16, 18):
        played = random_game(n)
        yield Row(f"modiclus, n = {n}", seconds(lambda g=played: modiclus(g), 3), "s", 2)
    played = random_game(24)
    yield Row("core emptiness, n = 24", seconds(lambda g=played: core(g), 3), "s", 1)
    x = equal_division(played)
    took = seconds(lambda g=played: blocking_coalitions(g, x), 3)
    yield Row("all blocking coalitions, n = 24", took, "s", 1, f"{blocking_coalitions(played, x).count} of them")
    del played
    yield Row("minimal balanced collections, n = 6", once(lambda: minimal_balanced_collections(6)), "s", 5)
    assert is_balanced_collection([(0, 1), (1, 2), (0, 2)], range(3))
    market = Assignment([[8, 4, 4], [4, 8, 4], [4, 4, 8]]).to_game()  # stable, and not by a sufficient condition
    yield Row("stability of the core, a market of 3 by 3", once(lambda: core_is_stable(market)), "s", 60)
    chamber = WeightedVotingGame(np.random.default_rng(0).integers(1, 101, 100).tolist(), 3000)
    yield Row("least core of 100 players voting", once(lambda: large_least_core(chamber)), "s", 60)


def peers() -> Iterator[Row]:
    try:
        import coopgame
    except ImportError:
        return
    for n in (20, 22):
        for kind, make in KINDS.items():
            played = make(n)
            theirs = coopgame.Game(played.worths[1:].tolist())
            for what, ours, other in (
                ("prenucleolus", prenucleolus, coopgame.prenucleolus),
                ("least core", least_core, coopgame.least_core),
            ):
                took = seconds(lambda g=played, solve=ours: solve(g), 3)
                peer = once(lambda g=theirs, solve=other: solve(g))
                note = f"{took * 1e3:.3g} ms, coopgame-py {peer * 1e3:.3g} ms, {peer / took:.0f} times ours"
                limit = 0.1 if what == "prenucleolus" or n == 22 else 1.0
                yield Row(f"{what}, {kind}, n = {n}, of the time of coopgame-py", took / peer, "", limit, note)
            assert np.abs(np.array(list(prenucleolus(played))) - coopgame.prenucleolus(theirs)["allocation"]).max() <= (
                1e-9 * np.abs(played.worths).max()
            )


def rows() -> Iterator[Row]:
    yield from nucleoli()
    yield from others()
    yield from peers()
