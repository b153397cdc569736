"""Values at their reach: large tables, voting bodies of states, sampled games, and other packages at the same task."""

from __future__ import annotations

import gc
import math
import tracemalloc
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from math import factorial

import numpy as np
import psutil

from benchmarks.instances import game
from benchmarks.timing import Row, interleaved, once, seconds
from coalitions import (
    FunctionGame,
    Game,
    WeightedVotingGame,
    banzhaf_index,
    banzhaf_value,
    estimate,
    shapley_interaction,
    shapley_shubik_index,
    shapley_value,
)
from coalitions.coalition import coalition_sizes
from models.voting_bodies import eu_council

EPS = np.finfo(float).eps
STEPS = 2.0**40  # worths that are multiples of 1 / STEPS are integers of at most 53 bits up to a worth of 8192


def large_table(n: int) -> Game:
    """A uniform table made in place: at n = 28 every copy is 2 GB."""
    table = np.random.default_rng(n).random(1 << n)
    table[0] = 0
    return Game(range(n), table, copy=False)


def voting(n: int, total: int, spread: float) -> WeightedVotingGame:
    """A body of lognormal weights that passes what more than half of the votes want."""
    drawn = np.random.default_rng(n).lognormal(0, spread, n)
    weights = np.maximum(1, np.rint(drawn * total / drawn.sum())).astype(int).tolist()
    return WeightedVotingGame(weights, sum(weights) // 2 + 1)


# --- tables


def tables() -> Iterator[Row]:
    for n, repeat in ((24, 15), (26, 9), (28, 5)):
        if psutil.virtual_memory().available < 3 * (8 << n):
            continue
        played = large_table(n)
        for solve, name in ((shapley_value, "Shapley"), (banzhaf_value, "Banzhaf")):
            took, ratio = interleaved(lambda s=solve, g=played: s(g), lambda g=played: g.worths.sum(), repeat)
            yield Row(f"{name}, n = {n}", ratio, "sums", 2, f"{took * 1e3:.1f} ms")
        assert abs(shapley_value(played).total - played.worths[-1]) < 1e-9
        tracemalloc.start()
        shapley_value(played)
        grown = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        note = f"{grown / 1e6:.1f} MB beside the table of {played.worths.nbytes / 1e6:.0f} MB"
        yield Row(f"temporaries of Shapley, n = {n}", grown / played.worths.nbytes, "tables", 0.05, note)
        del played
        gc.collect()


def small() -> Iterator[Row]:
    for n in (3, 10):
        played = game("uniform", n)
        for solve, name in ((shapley_value, "Shapley"), (banzhaf_value, "Banzhaf")):
            took = seconds(lambda s=solve, g=played: [s(g) for _ in range(500)]) / 500
            yield Row(f"{name}, one call, n = {n}", took * 1e6, "us", 100)


def interactions() -> Iterator[Row]:
    played = game("uniform", 20)
    took = seconds(lambda: shapley_interaction(played, order=2))
    yield Row("all pairwise Shapley interactions, n = 20", took, "s", 0.1)


# --- arithmetic


def exact_shapley(numerators: np.ndarray, n: int) -> list[Fraction]:
    """The Shapley value of integer worths below 2**53 by sums per size, in two halves that floats add exactly."""

    def by_size(part: np.ndarray, sizes: np.ndarray) -> list[int]:
        high, low = (np.bincount(sizes, half, n + 1) for half in (part >> 26, part & (1 << 26) - 1))
        return [(int(h) << 26) + int(x) for h, x in zip(high, low, strict=True)]

    orders = [factorial(s) * factorial(n - 1 - s) for s in range(n)]
    inside, outside = [0, *orders], [*orders, 0]
    sizes = coalition_sizes(n)
    everything = by_size(numerators, sizes)
    values = []
    for i in range(n):
        held, held_sizes = (whole.reshape(-1, 2, 1 << i)[:, 1].ravel() for whole in (numerators, sizes))
        with_i = by_size(held, held_sizes)
        gained = sum(a * x for a, x in zip(inside, with_i, strict=True))
        missed = sum(b * (t - x) for b, t, x in zip(outside, everything, with_i, strict=True))
        values.append(Fraction(gained - missed, factorial(n)))
    return values


def rounding() -> Iterator[Row]:
    for n, additive in ((20, 0), (20, 300), (24, 0), (24, 300)):
        worths = np.random.default_rng(n).random(1 << n) + additive * coalition_sizes(n).astype(float)
        numerators = np.rint(worths * STEPS).astype(np.int64)
        numerators[0] = 0
        table = numerators / STEPS
        exact = exact_shapley(numerators, n)
        assert sum(exact) == int(numerators[-1])
        found = shapley_value(Game(range(n), table, copy=False)).payoffs.tolist()
        error = max(abs(float(Fraction(x) - y / int(STEPS))) for x, y in zip(found, exact, strict=True))
        kind = f"{additive} a member + uniform" if additive else "uniform"
        yield Row(f"error of Shapley, {kind}, n = {n}", error / (EPS * table.max()), "eps max|v|", 16, f"{error:.1e}")


def rationals() -> Iterator[Row]:
    n = 16
    rng = np.random.default_rng(n)
    drawn = zip(rng.integers(-999, 1000, 1 << n).tolist(), rng.integers(1, 100, 1 << n).tolist(), strict=True)
    table = np.array([Fraction(a, b) for a, b in drawn], object)
    table[0] = Fraction(0)
    played = Game(range(n), table)
    took = once(lambda: shapley_value(played))
    assert sum(shapley_value(played)) == table[-1]
    yield Row(f"Shapley of Fractions, n = {n}", took, "s", 30)


# --- voting bodies


def councils() -> Iterator[Row]:
    council = eu_council()
    for index in (shapley_shubik_index, banzhaf_index):
        took = seconds(lambda i=index: i(council))
        assert all(isinstance(power, Fraction) for power in index(council))
        yield Row(f"{index.__name__}, EU Council in persons, exact", took, "s", 1)
    assert sum(shapley_shubik_index(council)) == 1


def millions_of_votes() -> Iterator[Row]:
    """A body like the IMF's Board of Governors: 190 members and five million votes."""
    body = voting(190, 5_000_000, 1.6)
    compiled = voting(50, 20_000, 1.6)
    banzhaf_index(compiled)
    shapley_shubik_index(compiled, method="quadrature")
    note = f"largest {max(body.weights)} of {body.total} votes"
    tracemalloc.start()
    took = once(lambda: banzhaf_index(body))
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    yield Row("Banzhaf, 190 members, 5M votes, exact", took, "s", 10, note)
    yield Row("memory of Banzhaf, 190 members, 5M votes", grown / 1e9, "GB", 1)
    found = []
    took = once(lambda: found.append(shapley_shubik_index(body)))
    yield Row("Shapley-Shubik, 190 members, 5M votes", took, "s", 15, found[0].method)
    yield Row("its sum, away from 1", abs(math.fsum(found[0]) - 1), "", 1e-10)


# --- estimates


def estimates() -> Iterator[Row]:
    """Every player's 95% interval at most 1% of v(N) to either side, whenever the sampling stops."""
    n = 193
    body = voting(n, 100_000, 1.2)
    weights = np.array(body.weights)
    capability = np.random.default_rng(n).lognormal(0, 1, n)
    truth = np.array([float(power) for power in shapley_shubik_index(body)])
    games = {
        "voting": lambda members: (members @ weights >= body.quota).astype(float),
        "pooled capability": lambda members: np.sqrt(members @ capability),
    }
    for name, worths in games.items():
        played = FunctionGame(body.players, worths, vectorized=True)
        found = []
        took = once(lambda g=played, f=found: f.append(estimate(g, target=0.01, rng=1, report=False)))
        assert found[0].stopped == "target met"
        note = f"{found[0].evaluations:,} worths"
        if name == "voting":
            note += f", largest error {np.abs(found[0].payoffs - truth).max():.2%} of v(N)"
        yield Row(f"estimate within 1% of v(N), {name}, {n} players", took, "s", 30, note)


# --- other packages


def coopgame(played: Game) -> dict[str, Callable[[], object]]:
    import coopgame

    theirs = coopgame.Game(played.worths[1:].tolist())
    return {"Shapley": lambda: coopgame.shapley(theirs), "Banzhaf": lambda: coopgame.banzhaf(theirs)}


def shapley_numba(played: Game) -> dict[str, Callable[[], object]]:
    from numba import float64
    from shapley_numba import numba_game
    from shapley_numba.shapley import shapley

    @numba_game([("table", float64[:])])
    class Table:
        def __init__(self, table):
            self.table = table

        def value(self, subset):
            mask = 0
            for i in range(len(subset)):
                mask |= subset[i] << i
            return self.table[mask]

    theirs = Table(played.worths)
    return {"Shapley": lambda: shapley(theirs, played.n)}


def tucoopy(played: Game) -> dict[str, Callable[[], object]]:
    from tucoopy import Game as Theirs
    from tucoopy.solutions.shapley import shapley_value_fast

    theirs = Theirs(played.n, dict(enumerate(played.worths.tolist())))
    return {"Shapley": lambda: shapley_value_fast(theirs)}


def shapiq(played: Game) -> dict[str, Callable[[], object]]:
    from shapiq.game_theory.exact import ExactComputer

    bits = 1 << np.arange(played.n)

    def solve(index: str) -> object:
        return ExactComputer(lambda members: played.worths[np.asarray(members) @ bits], played.n)(index, 1)

    return {"Shapley": lambda: solve("SV"), "Banzhaf": lambda: solve("BV")}


def coopgt(played: Game) -> dict[str, Callable[[], object]]:
    from coopgt.shapley_value import calculate

    members = [tuple(i + 1 for i in range(played.n) if mask >> i & 1) for mask in range(1 << played.n)]
    theirs = dict(zip(members, played.worths.tolist(), strict=True))
    return {"Shapley": lambda: calculate(theirs)}


PEERS: tuple[tuple[str, Callable[[Game], dict[str, Callable[[], object]]], tuple[int, ...]], ...] = (
    ("coopgame-py", coopgame, (20, 24)),
    ("shapley-numba", shapley_numba, (20, 24)),
    ("tucoopy", tucoopy, (20,)),
    ("shapiq", shapiq, (14,)),
    ("coopgt", coopgt, (8,)),
)
"""Distribution, its routes to the values of a table, and the numbers of players it answers for within seconds."""


def peers() -> Iterator[Row]:
    """Our time over theirs for the same table, theirs built and compiled before the clock starts.

    Each is called several times in a row, so that both find their table where their own last call left it.
    """
    ours = {"Shapley": shapley_value, "Banzhaf": banzhaf_value}
    for name, routes, counts in PEERS:
        release = release_of(name)
        if release is None:
            continue
        for n in counts:
            played = game("uniform", n)
            for value, theirs in routes(played).items():
                took = seconds(lambda s=ours[value], g=played: s(g), 15)
                yield against(f"{value}, n = {n}, beside {name}", took, seconds(theirs, 3), 80, f"{name} {release}")
            gc.collect()


def peers_in_voting() -> Iterator[Row]:
    release = release_of("powerindex")
    if release is None:
        return
    import powerindex

    weights = np.random.default_rng(100).integers(1, 101, 100).tolist()
    body = WeightedVotingGame(weights, sum(weights) // 2 + 1)
    theirs = powerindex.Game(body.quota, weights)
    took = seconds(lambda: shapley_shubik_index(body))
    other = once(theirs.calc_shapley_shubik)
    found = shapley_shubik_index(body)
    assert found.method == "exact"
    assert np.abs(np.array([*found], float) - theirs.shapley_shubik).max() < 1e-12
    yield against("Shapley-Shubik, 100 weights to 100, exact", took, other, 20, f"powerindex {release}")


def release_of(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def against(what: str, took: float, other: float, times: int, peer: str) -> Row:
    note = f"{took * 1e3:.3g} ms, {peer} {other * 1e3:.3g} ms, {other / took:.0f} times ours"
    return Row(what, took / other, "of theirs", 1 / times, note)


def rows() -> Iterator[Row]:
    yield from tables()
    yield from small()
    yield from interactions()
    yield from rounding()
    yield from rationals()
    yield from councils()
    yield from millions_of_votes()
    yield from estimates()
    yield from peers()
    yield from peers_in_voting()
