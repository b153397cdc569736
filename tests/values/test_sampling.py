"""coalitions/values/sampling.py, what it runs on, and the estimates it gives"""

from __future__ import annotations

import io
import math
import multiprocessing
import os
import pickle
import tempfile
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from known import cases, number
from strategies import games

from coalitions import CoalitionError, Game, WorthError, banzhaf_value, shapley_value
from coalitions.coalition import coalition_sizes, subset_sums
from coalitions.function_game import FunctionGame
from coalitions.values.estimates import Estimate, look_after, sequence_reach
from coalitions.values.sampling import estimate
from coalitions.values.sampling_methods import METHODS

EXACT = {"shapley": shapley_value, "banzhaf": banzhaf_value}
SERVED = [(method, value) for method in METHODS for value in EXACT if value == "shapley" or method[0] != "l"]
WEIGHTS = np.random.default_rng(193).lognormal(0, 1.2, 193)
WEIGHTS /= WEIGHTS.sum()


def contest(members):
    """Top of the module, so that a process pool can import it; its rounding depends on the batch's shape."""
    return (members @ WEIGHTS[: members.shape[1]]) ** 1.5 / 7


def counted(coalition):
    return len(coalition) ** 1.5 + ("AUS" in coalition)


def deadly(coalition):
    """Kill the first process that comes here, and none after it."""
    marker = Path(os.environ["DEADLY_MARKER"])
    if not marker.exists():
        marker.touch()
        os._exit(1)
    return len(coalition) ** 1.5


def additive(n, rng):
    return subset_sums(rng.normal(size=n))


def of_pairs(n, rng):
    """Worths whose dividends stop at pairs, and a cost of size that keeps them there."""
    table = additive(n, rng)
    masks = np.arange(1 << n)
    for i, j in combinations(range(n), 2):
        table += rng.normal() * (masks >> i & 1) * (masks >> j & 1)
    return table - 0.1 * coalition_sizes(n).astype(float) ** 2


def uniform(n, rng):
    return np.concatenate(([0.0], rng.random((1 << n) - 1)))


def voting(n, rng):
    weights = subset_sums(rng.lognormal(size=n))
    return (weights >= weights[-1] / 2).astype(float)


def airport(n, rng):
    costs = np.sort(rng.lognormal(size=n))
    table = np.zeros(1 << n)
    for i in range(n):
        table[1 << i : 2 << i] = costs[i]
    return table


def same_bytes(a, b):
    return (
        a.payoffs.tobytes() == b.payoffs.tobytes()
        and a.covariance.tobytes() == b.covariance.tobytes()
        and a.sample.worths.tobytes() == b.sample.worths.tobytes()
        and (a.evaluations, a.stopped, repr(a)) == (b.evaluations, b.stopped, repr(b))
    )


class Flaky(ThreadPoolExecutor):
    """Loses every third piece of work, as a cluster does whose machines go away."""

    count = 0

    def submit(self, fn, /, *args, **kwargs):
        self.count += 1
        if self.count % 3:
            return super().submit(fn, *args, **kwargs)
        lost = Future()
        lost.set_exception(OSError("connection lost"))
        return lost


# --- published: enough budget lists every coalition, and the answer is the printed one


@pytest.mark.parametrize(
    ("game", "expected"), [*cases("val", "shapley"), *cases("nuc", "shapley"), *cases("core", "shapley")]
)
def test_small_published_games_come_out_exact(game, expected):
    if game.n > 9:
        pytest.skip("sampled, not listed, at this size")
    found = estimate(game, budget=4000, rng=0)
    assert found.stopped == "every coalition seen"
    assert np.allclose(found.payoffs, [float(number(x)) for x in expected["shapley"]], rtol=0, atol=found.rounding)


# --- laws


@settings(max_examples=25)
@given(game=games(min_players=1, max_players=8))
def test_with_every_coalition_seen_the_error_is_rounding(game):
    for value, exact in EXACT.items():
        found = estimate(game, value=value, budget=10_000, rng=3)
        assert found.stopped == "every coalition seen"
        assert (np.abs(found.payoffs - exact(game).payoffs) <= found.half_widths()).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_shapley_estimate_pays_out_the_grand_coalition(method):
    game = Game(range(9), uniform(9, np.random.default_rng(2)))
    found = estimate(game, method=method, budget=300, rng=0)
    if method == "multilinear":
        assert abs(found.total - game.worths[-1]) > 1e-6  # the one that pays out on average only
    else:
        assert abs(found.total - game.worths[-1]) < 1e-12


@pytest.mark.parametrize("value", EXACT)
@pytest.mark.parametrize("family", [additive, of_pairs])
def test_odd_pairs_are_exact_up_to_pairs_of_players(family, value):
    game = Game(range(14), family(14, np.random.default_rng(5)))
    found = estimate(game, value=value, budget=400, rng=0)
    assert found.stopped == "budget spent"
    assert np.abs(found.payoffs - EXACT[value](game).payoffs).max() < 1e-12 * np.abs(game.worths).max()
    assert found.half_widths().max() < 1e-11 * np.abs(game.worths).max()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_exact_on_additive_games_or_says_it_is_not(method):
    game = Game(range(10), additive(10, np.random.default_rng(6)))
    found = estimate(game, method=method, budget=1000, rng=0)
    assert (np.abs(found.payoffs - shapley_value(game).payoffs) <= found.half_widths() + 1e-14).all()
    assert found.half_widths().max() < 1e-12


def test_same_seed_same_bytes_and_the_global_generator_is_left_alone():
    game = FunctionGame(range(30), contest, vectorized=True)
    before = pickle.dumps(np.random.get_state())  # noqa: NPY002
    a, b, c = (estimate(game, budget=500, rng=seed) for seed in (0, 0, 1))
    assert same_bytes(a, b)
    assert not np.array_equal(a.payoffs, c.payoffs)
    assert same_bytes(
        estimate(game, budget=500, rng=np.random.default_rng(4)),
        estimate(game, budget=500, rng=np.random.default_rng(4)),
    )
    assert estimate(game, budget=500).seed != estimate(game, budget=500).seed
    assert pickle.dumps(np.random.get_state()) == before  # noqa: NPY002


# --- agreement


@pytest.mark.parametrize(("method", "value"), SERVED)
def test_every_method_is_centred_on_the_value_and_knows_its_error(method, value):
    game = Game(range(8), uniform(8, np.random.default_rng(11)) + 0.2 * coalition_sizes(8))
    runs = [estimate(game, value=value, method=method, budget=250, rng=seed) for seed in range(80)]
    errors = np.array([run.payoffs - EXACT[value](game).payoffs for run in runs])
    spread = errors.std(axis=0, ddof=1)
    assert (np.abs(errors.mean(axis=0)) < 4 * spread / math.sqrt(len(runs)) + 1e-12).all()
    claimed = np.sqrt(np.mean([run.standard_errors**2 for run in runs], axis=0))
    assert 0.8 < np.mean(spread) / np.mean(claimed) < 1.25


@pytest.mark.parametrize("method", ["permutation", "antithetic", "stratified"])
def test_any_semivalue_from_its_sizes(method):
    joins = np.array([0.5, 0.3, 0.1, 0.1, 0, 0])
    game = Game(range(6), uniform(6, np.random.default_rng(12)))
    expected = np.zeros(6)
    for mask in range(64):
        for i in range(6):
            if not mask >> i & 1:
                s = mask.bit_count()
                expected[i] += joins[s] / math.comb(5, s) * (game.worths[mask | 1 << i] - game.worths[mask])
    found = estimate(game, value=joins, method=method, budget=20_000, rng=0)
    assert (np.abs(found.payoffs - expected) < 4 * found.standard_errors).all()
    even = (joins + joins[::-1]) / 2
    listed = estimate(game, value=even, budget=100, rng=0)
    sampled = estimate(game, value=even, method=method, budget=20_000, rng=0)
    assert listed.stopped == "every coalition seen"
    assert (np.abs(listed.payoffs - sampled.payoffs) < 4 * sampled.standard_errors).all()


def coverage(repeats, n, budget):
    """How often the intervals of the default method hold the value, by family of games."""
    held = {}
    for family in (uniform, voting, airport, of_pairs):
        inside = []
        for number_of_game in range(repeats):
            rng = np.random.default_rng([number_of_game, n])
            game = Game(range(n), family(n, rng))
            low, high = estimate(game, budget=budget, rng=number_of_game).interval().T
            exact = shapley_value(game).payoffs
            inside.append((low <= exact) & (exact <= high))
        held[family.__name__] = float(np.mean(inside))
    return held


def test_intervals_cover_at_their_level():
    held = coverage(50, 10, 400)
    assert held.pop("of_pairs") == 1
    assert all(0.91 <= share <= 0.985 for share in held.values()), held


@pytest.mark.slow
@pytest.mark.parametrize(("n", "budget"), [(10, 600), (14, 1500), (16, 2000)])
def test_intervals_cover_at_their_level_over_two_hundred_games(n, budget):
    held = coverage(200, n, budget)
    assert held.pop("of_pairs") == 1
    assert all(0.93 <= share <= 0.97 for share in held.values()), held


def test_a_target_is_met_and_its_intervals_hold():
    inside = []
    for seed in range(30):
        game = Game(range(11), voting(11, np.random.default_rng(seed)))
        found = estimate(game, target=0.03, rng=seed)
        assert found.anytime
        assert found.stopped == "every coalition seen" or found.half_widths().max() <= 0.03 * game.worths[-1]
        inside.append(np.abs(found.payoffs - shapley_value(game).payoffs) <= found.half_widths())
    assert np.mean(inside) > 0.97
    absolute = estimate(Game(range(11), 50 * uniform(11, np.random.default_rng(1))), target=2, relative=False, rng=0)
    assert absolute.stopped == "target met"
    assert absolute.half_widths().max() <= 2


def test_an_any_time_interval_is_seldom_left():
    rng = np.random.default_rng(8)
    m = np.arange(64, 4000)
    reach = np.array([sequence_reach(k, 0.05) for k in m])
    walks = np.abs(np.cumsum(rng.normal(size=(300, 4000)), axis=1)[:, 63:-1]) / np.sqrt(m)
    left = (walks > reach).any(axis=1).mean()
    assert left < 0.06
    assert (walks > 1.96).any(axis=1).mean() > 0.25  # what the ordinary interval would have done


def rare(coalition):
    """Worth something only when six of twelve players are in: most samples never see it."""
    return float(coalition[:6] == (0, 1, 2, 3, 4, 5))


@pytest.mark.parametrize("method", ["permutation", "antithetic", "stratified", "multilinear"])
def test_strict_intervals_hold_at_every_look_where_asymptotic_ones_do_not(method):
    game = FunctionGame(range(12), rare)
    exact = np.repeat([1 / 6, 0], 6)
    missed = {"strict": 0, "asymptotic": 0}
    for seed in range(5 if method == "stratified" else 20):
        for draws in (16, 40, 100):
            budget = 1 + draws * {"permutation": 11, "antithetic": 22, "stratified": 132, "multilinear": 13}[method]
            found = estimate(game, method=method, budget=budget, rng=seed, confidence="strict", bounds=(0, 1))
            for kind, anytime in (("strict", None), ("asymptotic", False)):
                low, high = found.interval(anytime=anytime).T
                missed[kind] += not ((low <= exact) & (exact <= high)).all()
    assert missed["strict"] == 0
    if method in ("permutation", "multilinear"):
        assert missed["asymptotic"] > 5


def test_a_strict_interval_is_the_bound_of_maurer_and_pontil_with_a_share_of_the_chance_for_every_look():
    game = FunctionGame(range(8), contest, vectorized=True)
    found = estimate(game, method="permutation", budget=7002, rng=2, confidence="strict", bounds=(-0.5, 1.5))
    look, draws = look_after(1000)
    assert (found.strict.look, found.strict.draws, found.evaluations) == (look, draws, 1 + 7 * draws)
    chance = math.log(4 * look * (look + 1) / 0.05)
    bound = found.standard_errors * math.sqrt(2 * chance) + 7 * 4 * chance / (3 * (draws - 1))
    assert found.half_widths() == pytest.approx(bound + found.rounding)
    assert sum(1 / (j * (j + 1)) for j in range(1, 10_000)) < 1  # the shares of all looks
    total, low, high = found.combination([1] * 8)
    assert high - total == pytest.approx(total - low)
    assert high - total > found.half_widths().max()  # the range of the sum is eight times as wide
    assert "95% strict intervals" in repr(found)


def test_strict_intervals_narrow_as_the_others_do():
    game = FunctionGame(range(10), lambda coalition: len(coalition) ** 2 / 100 * (3 in coalition))
    options = {"method": "antithetic", "rng": 1, "confidence": "strict", "bounds": (0, 1)}
    few, many = (estimate(game, budget=budget, **options) for budget in (2_000, 40_000))
    ordinary = many.half_widths(anytime=False)
    assert (many.half_widths() < few.half_widths() / 4).all()
    assert (ordinary < many.half_widths()).all()
    assert many.half_widths().max() < 12 * ordinary.max()
    met = estimate(game, target=0.06, relative=False, **options)
    assert met.stopped == "target met"
    assert met.half_widths().max() <= 0.06
    assert estimate(game, confidence="strict", bounds=(0, 1), budget=500, rng=1).sample.method == "antithetic"


def test_a_strict_run_is_the_same_on_threads_and_resumed():
    game = FunctionGame(range(12), contest, vectorized=True)
    options = {"method": "permutation", "confidence": "strict", "bounds": (0, 1)}
    alone = estimate(game, budget=2500, rng=4, **options)
    with ThreadPoolExecutor(2) as pool:
        assert same_bytes(alone, estimate(game, budget=2500, rng=4, executor=pool, **options))
    first = estimate(game, budget=700, rng=4, **options)
    assert same_bytes(alone, estimate(game, budget=2500, resume=first, **options))
    with pytest.raises(WorthError, match=r"a worth of resume is 0\.\d+, outside the bounds 0 to 0\.001"):
        estimate(game, budget=2500, resume=first, **options | {"bounds": (0, 0.001)})


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"confidence": "strikt"}, CoalitionError, "unknown confidence 'strikt'; did you mean 'strict'"),
        ({"confidence": "strict"}, CoalitionError, r"strict intervals need bounds=\(low, high\)"),
        ({"bounds": (0, 1)}, CoalitionError, "bounds are for strict intervals"),
        (
            {"confidence": "strict", "bounds": (1, 2)},
            CoalitionError,
            "bounds are 1 to 2; they must be finite and hold 0",
        ),
        ({"confidence": "strict", "bounds": (0, math.inf)}, CoalitionError, "bounds are 0 to inf"),
        (
            {"confidence": "strict", "bounds": (0, 1), "method": "odd pairs"},
            CoalitionError,
            "method 'odd pairs' has no strict intervals; 'permutation'",
        ),
        ({"confidence": "strict", "bounds": (0, 1), "budget": 100}, CoalitionError, "needs at least 353 worths"),
        (
            {"confidence": "strict", "bounds": (0, 10)},
            WorthError,
            r"worth of \(0, .*\) is [\d.]+, outside the bounds 0 to 10",
        ),
    ],
)
def test_strict_intervals_are_refused_where_they_would_not_be_strict(options, error, words):
    with pytest.raises(error, match=words):
        estimate(FunctionGame(range(12), counted), **options)


def test_an_estimate_cites_what_ran():
    game = FunctionGame(range(12), contest, vectorized=True)
    plain = estimate(game, budget=500, rng=1).cite()
    assert plain[0].startswith("L. S. Shapley (1953)")
    assert any("Witter" in entry for entry in plain)
    assert not any("Castro" in entry or "Maurer" in entry for entry in plain)
    strict = estimate(game, budget=1000, rng=1, confidence="strict", bounds=(0, 1)).cite()
    assert any("Castro" in entry for entry in strict)
    assert any("Maurer" in entry for entry in strict)


# --- the same bytes, whoever works


@pytest.mark.parametrize("method", ["odd pairs", "leverage", "antithetic", "multilinear"])
def test_one_two_and_seven_workers_give_the_same_bytes(method):
    game = FunctionGame(range(30), contest, vectorized=True)
    alone = estimate(game, method=method, budget=2500, rng=9)
    for workers in (1, 2, 7):
        with ThreadPoolExecutor(workers) as executor:
            assert same_bytes(alone, estimate(game, method=method, budget=2500, rng=9, executor=executor))


def test_processes_give_the_same_bytes_and_stop_at_the_same_place():
    game = FunctionGame(range(30), contest, vectorized=True)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        for kw in ({"budget": 2500}, {"target": 0.002, "budget": 20_000}):
            assert same_bytes(estimate(game, rng=9, **kw), estimate(game, rng=9, executor=executor, **kw))


def test_dask_gives_the_same_bytes():
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    game = FunctionGame(range(30), contest, vectorized=True)
    with (
        distributed.LocalCluster(n_workers=2, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = estimate(game, budget=1500, rng=9, executor=client.get_executor())
    assert same_bytes(found, estimate(game, budget=1500, rng=9))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("halfway", [430, 1003])
def test_a_resumed_run_is_one_longer_run(method, halfway):
    game = FunctionGame(range(12), contest, vectorized=True)
    whole = estimate(game, method=method, budget=2000, rng=2)
    part = estimate(game, method=method, budget=halfway, rng=2)
    assert part.evaluations <= halfway
    part = pickle.loads(pickle.dumps(part))
    assert same_bytes(whole, estimate(game, method=method, budget=2000, resume=part))
    assert same_bytes(whole, estimate(game, method=method, budget=2000, resume=whole, rng=2))


def test_a_lost_worker_costs_time_and_nothing_else():
    game = FunctionGame(range(30), contest, vectorized=True)
    alone = estimate(game, budget=2500, rng=9)
    with Flaky(2) as executor:
        found = estimate(game, budget=2500, rng=9, executor=executor)
    assert found.recomputed > 5
    assert found.evaluations == alone.evaluations
    assert found.sample.worths.tobytes() == alone.sample.worths.tobytes()
    assert found.payoffs.tobytes() == alone.payoffs.tobytes()
    assert f"{found.recomputed} computed again for lost workers" in repr(found)


def test_a_process_that_dies_is_replaced_by_this_one(monkeypatch):
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("DEADLY_MARKER", str(Path(folder) / "dead"))
        game = FunctionGame(range(12), deadly)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
            executor.submit(len, ()).result()
            (Path(folder) / "dead").touch()  # v(N) is evaluated here
            unhurt = estimate(game, budget=600, rng=9)
            (Path(folder) / "dead").unlink()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("coalitions.values.sampling_run.WorthsOf.__call__", _spare_this_process(os.getpid()))
                found = estimate(game, budget=600, rng=9, executor=executor)
    assert found.recomputed > 0
    assert found.payoffs.tobytes() == unhurt.payoffs.tobytes()
    assert found.evaluations == unhurt.evaluations


def _spare_this_process(here):
    """Let only the other process meet the deadly function before it has killed."""

    def call(self, membership):
        if os.getpid() == here:
            return membership.sum(axis=1) ** 1.5
        return self._lookup.worths(membership)

    return call


@pytest.mark.parametrize("executor", [None, "threads"])
def test_ctrl_c_gives_what_is_found_and_can_be_gone_on_from(executor):
    calls = []

    def tiring(coalition):
        calls.append(1)
        if len(calls) == 700:
            raise KeyboardInterrupt
        return len(coalition) ** 1.5

    game = FunctionGame(range(12), tiring, memo=False)
    pool = ThreadPoolExecutor(1) if executor else None
    found = estimate(game, budget=3000, rng=1, executor=pool)
    assert found.stopped == "interrupted"
    assert 300 < found.evaluations < 700
    whole = estimate(game, budget=3000, rng=1)
    assert same_bytes(whole, estimate(game, budget=3000, resume=found))
    calls[:] = [1] * 698
    with pytest.raises(KeyboardInterrupt):  # nothing found yet, so nothing to give
        estimate(game, budget=3000, rng=1)


def test_progress_is_told():
    told = []
    game = FunctionGame(range(12), counted)
    estimate(game, budget=1000, rng=1, report=lambda message, share: told.append((message, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1
    assert told[0][0].endswith("worths")


def test_a_bar_is_drawn_where_somebody_watches(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    game = FunctionGame(range(12), counted)
    for watched, drawn in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr("sys.stderr", watched)
        estimate(game, budget=1000, rng=1)
        assert ("worths" in watched.getvalue()) is drawn
        estimate(game, budget=1000, rng=1, report=False)
        assert watched.getvalue().count("worths") == 0 or drawn


# --- what comes out


def test_it_prints_tabulates_and_draws():
    game = FunctionGame(["AUS", "JPN", *range(10)], counted)
    found = estimate(game, budget=200, rng=7)
    first, second = repr(found).splitlines()[:2]
    assert first.startswith("Shapley value of 12 players, odd pairs, 199 worths, seed 7, sum 42.5692, 95% intervals, ")
    assert second.startswith("AUS  4.4")
    assert " ± " in second
    frame = found.to_frame()
    assert list(frame.columns) == ["payoff", "standard_error", "low", "high", "share"]
    assert ((frame.low < frame.payoff) & (frame.payoff < frame.high)).all()
    assert isinstance(found, Estimate)
    axes = found.plot()
    assert "95% intervals" in axes.get_title()
    plt.close(axes.figure)


def test_intervals_widen_with_what_is_asked_of_them():
    found = estimate(Game(range(10), uniform(10, np.random.default_rng(3))), budget=300, rng=0)
    widths = [
        found.half_widths(0.8),
        found.half_widths(),
        found.half_widths(anytime=True),
        found.half_widths(simultaneous=True, anytime=True),
    ]
    assert all((a < b).all() for a, b in pairwise(widths))
    assert np.allclose(found.interval(0.9).mean(axis=1), found.payoffs)


def test_a_combination_uses_the_covariance():
    found = estimate(Game("ABCDEFGHIJ", uniform(10, np.random.default_rng(3))), budget=300, rng=0)
    total, low, high = found.combination(np.ones(10))
    assert total == pytest.approx(found.total)
    assert high - low < 1e-6 < found.half_widths().min()  # the sum is known: errors cancel
    difference, low, high = found.combination({"A": 1, "B": -1}, 0.9)
    assert difference == pytest.approx(found["A"] - found["B"])
    assert low < difference < high
    with pytest.raises(CoalitionError, match="unknown player 'Z'"):
        found.combination({"Z": 1})


@pytest.mark.parametrize("value", EXACT)
def test_hundreds_of_players(value):
    shares = np.arange(400) / (400 * 399 / 2)
    game = FunctionGame(range(400), lambda members: (members @ shares) ** 2, vectorized=True)
    found = estimate(game, value=value, budget=2100, rng=0)
    assert found.stopped == "budget spent"
    assert np.abs(found.payoffs - shares).max() < 1e-13


@pytest.mark.slow
def test_a_game_of_193_players_within_one_percent():
    quota = FunctionGame(range(193), lambda members: (members @ WEIGHTS >= 0.5) + 0.0, vectorized=True)
    found = estimate(quota, target=0.01, rng=0)
    assert found.stopped == "target met"
    assert found.half_widths().max() <= 0.01


# --- refusals


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"budget": 0}, "budget is 0; give the most worths to evaluate"),
        ({"budget": -5}, "budget is -5"),
        ({"budget": 2.5}, "budget is 2.5"),
        ({"budget": 10}, "budget 10 is too small: 'odd pairs' needs at least 61 worths for 12 players"),
        ({"budget": 100, "method": "stratified"}, "needs at least 265 worths for 12 players"),
        ({"method": "permutations"}, "unknown method 'permutations'; did you mean 'permutation'"),
        ({"value": "shaply"}, "unknown value 'shaply'; did you mean 'shapley'"),
        ({"value": "banzhaf", "method": "leverage"}, "'leverage' does not serve value 'banzhaf'; 'odd pairs'"),
        ({"value": [1] + [0] * 11}, "'odd pairs' does not serve value 'semivalue'; 'permutation', 'antithetic'"),
        ({"value": [0.5, 0.5]}, "value has 2 numbers; a semivalue of 12 players needs 12"),
        ({"value": [2, -1] + [0] * 10}, r"value\[1\] is -1.0"),
        ({"value": [0.1] * 12}, "value sums to 1.2"),
        ({"level": 95}, "level is 95; give a number between 0 and 1"),
        ({"target": 0}, "target is 0; give a half-width above 0"),
        ({"target": math.nan}, "target is nan"),
        ({"rng": -1}, "rng is -1; a seed is at least 0"),
    ],
)
def test_bad_options_are_refused_by_name(options, words):
    calls = []
    game = FunctionGame(range(12), lambda coalition: calls.append(1) or 1.0)
    with pytest.raises(CoalitionError, match=words):
        estimate(game, **options)
    assert not calls


def test_a_share_of_nothing_is_no_target():
    game = FunctionGame(range(12), lambda coalition: len(coalition) % 12)
    with pytest.raises(CoalitionError, match=r"share of v\(N\), which is 0; pass relative=False"):
        estimate(game, target=0.01)


@pytest.mark.parametrize("threads", [0, 2])
def test_a_bad_worth_is_named_wherever_it_is_found(threads):
    pool = ThreadPoolExecutor(threads) if threads else None
    game = FunctionGame(range(40), lambda coalition: math.nan if len(coalition) == 3 else 1.0)
    with pytest.raises(WorthError, match=r"worth of \(\d+, \d+, \d+\) is nan"):
        estimate(game, rng=0, executor=pool)
    game = FunctionGame(range(40), lambda coalition: 1 / (len(coalition) - 3))
    with pytest.raises(WorthError, match=r"worth of \(\d+, \d+, \d+\): the function raised ZeroDivisionError"):
        estimate(game, rng=0, executor=pool)
    rng = np.random.default_rng(0)
    game = FunctionGame(range(40), lambda coalition: rng.random() if len(coalition) < 40 else 1.0)
    with pytest.raises(WorthError, match=r"worth of .* more\) was .* and is .* when asked again"):
        estimate(game, rng=0, executor=pool)


def test_a_function_that_cannot_travel_is_refused_at_once():
    game = FunctionGame(range(12), lambda coalition: 1.0)
    with (
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor,
        pytest.raises(WorthError, match=r"cannot be sent to another process .* top of a module"),
    ):
        estimate(game, executor=executor)


def test_a_resume_of_something_else_is_refused():
    game = FunctionGame(range(12), counted)
    found = estimate(game, budget=300, rng=5)
    with pytest.raises(CoalitionError, match="made by method 'odd pairs'"):
        estimate(game, method="permutation", resume=found)
    with pytest.raises(CoalitionError, match="another value"):
        estimate(game, value="banzhaf", resume=found)
    with pytest.raises(CoalitionError, match="resume has seed 5"):
        estimate(game, rng=6, resume=found)
    with pytest.raises(CoalitionError, match=r"resume is of another game: there v\(N\) is"):
        estimate(FunctionGame(range(12), len), resume=found)
    with pytest.raises(CoalitionError, match="resume is of 12 other players, such as 0"):
        estimate(FunctionGame(range(13), counted), resume=found)


def test_only_games_are_estimated():
    with pytest.raises(CoalitionError, match="list is no game"):
        estimate([1, 2, 3])


def test_anything_with_players_and_worths_will_do():
    class Ports:
        players = ("AUS", "JPN", "KOR")

        def __getitem__(self, coalition):
            return len(coalition) ** 2

    assert estimate(Ports(), budget=50, rng=0).to_dict() == pytest.approx({"AUS": 3, "JPN": 3, "KOR": 3})
