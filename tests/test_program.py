"""coalitions/program.py"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import linprog
from strategies import games

from coalitions.coalition import members_of
from coalitions.program import Table, balanced_program, best_covers
from coalitions.tolerance import scale_of, tolerance_of


@given(games())
def test_value_prices_and_bound_meet(game):
    worths = game.worths
    solution, table = balanced_program(worths, scale=scale_of(worths), tolerance=tolerance_of(worths))
    scale = scale_of(worths)
    masks = np.arange(1, len(worths))
    cover = (masks >> np.arange(game.n)[:, None] & 1).astype(float)
    whole = linprog(-worths[1:] / scale, A_eq=cover, b_eq=np.ones(game.n))
    assert solution.finished
    assert solution.value == pytest.approx(-whole.fun * scale, abs=1e-7 * scale)
    assert solution.bound >= solution.value
    assert solution.bound - solution.value <= 1e-7 * scale
    assert solution.prices.sum() == pytest.approx(solution.value, abs=1e-7 * scale)
    assert table.worst(solution.prices)[1] <= 1e-8 * scale


@given(games())
def test_the_bound_holds_in_every_round(game):
    worths = game.worths
    told = []
    solution, _ = balanced_program(
        worths,
        scale=scale_of(worths),
        tolerance=tolerance_of(worths),
        report=lambda value, bound: told.append((value, bound)),
    )
    assert all(bound >= solution.value - 1e-7 * scale_of(worths) for _, bound in told)
    assert [bound for _, bound in told] == sorted((bound for _, bound in told), reverse=True)


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 11])
@pytest.mark.parametrize("skip", [False, True])
def test_the_scan_finds_what_a_loop_finds(n, skip):
    rng = np.random.default_rng(n)
    worths = rng.normal(size=1 << n)
    worths[0] = 0
    prices = rng.normal(size=n)
    table = Table(worths, skip_everyone=skip)
    last = (1 << n) - 1 if skip else 1 << n
    excess = {m: worths[m] - prices[members_of(m)].sum() for m in range(1, last)}
    mask, largest = table.worst(prices)
    if not excess:
        assert (mask, largest) == (0, -np.inf)
        return
    assert largest == pytest.approx(max(excess.values()))
    assert excess[mask] == pytest.approx(largest)
    if not skip:
        masks, regrets = table.within(prices, 0.5)
        assert dict(zip(masks.tolist(), regrets.tolist(), strict=True)) == pytest.approx(
            {m: max(-e, 0.0) for m, e in excess.items() if e >= -0.5}
        )


def test_the_covers_of_least_regret():
    masks = np.array([0b001, 0b010, 0b100, 0b011, 0b110, 0b111], np.int64)
    regrets = np.array([0.4, 0.4, 0.1, 0.2, 0.3, 0.5])
    found, complete = best_covers(masks, regrets, 3, below=np.inf, step_limit=100)
    assert [(regret, sorted(blocks)) for regret, blocks in found] == [(pytest.approx(0.3), [0b011, 0b100])]
    assert complete
    assert best_covers(masks, regrets, 3, below=0.3, step_limit=100)[0] == []
    assert not best_covers(masks, regrets, 3, below=np.inf, step_limit=1)[1]
    every, _ = best_covers(masks, regrets, 3, below=np.inf, step_limit=100, count=9)
    assert [regret for regret, _ in every] == pytest.approx([0.3, 0.5, 0.7, 0.9])
    two, _ = best_covers(masks, regrets, 3, below=np.inf, step_limit=100, count=2)
    assert [blocks for _, blocks in two] == [blocks for _, blocks in every[:2]]
    slack = np.array([0, np.inf, 0.5, 0.0])
    held, _ = best_covers(masks, regrets, 3, below=np.inf, step_limit=100, count=9, slack=slack)
    assert [regret for regret, _ in held] == pytest.approx([0.8, 0.9, 1.2])
    assert [len(blocks) for _, blocks in held] == [2, 3, 2]
    assert len(best_covers(masks, regrets, 3, below=np.inf, step_limit=100, count=9, slack=slack[:3])[0]) == 2


def test_ctrl_c_ends_the_loop_with_a_bound():
    rng = np.random.default_rng(3)
    worths = rng.random(1 << 12)
    worths[0] = 0

    def interrupt(value, bound):
        raise KeyboardInterrupt

    solution, table = balanced_program(worths, scale=1.0, tolerance=1e-9, report=interrupt)
    assert table.worst(solution.prices)[1] <= 1e-12  # even so: payoffs nobody can improve on
    full, _ = balanced_program(worths, scale=1.0, tolerance=1e-9)
    assert not solution.finished
    assert solution.bound >= full.value
    assert solution.value <= full.value


@pytest.mark.parametrize("rounds", [1, 3])
def test_ctrl_c_during_a_scan_keeps_the_bound_of_the_rounds_before(rounds, monkeypatch):
    worths = np.random.default_rng(3).random(1 << 12)
    worths[0] = 0
    full, _ = balanced_program(worths, scale=1.0, tolerance=1e-9)
    scan, calls = Table.propose, []

    def interrupted(self, prices, count):
        calls.append(prices)
        if len(calls) == rounds:
            raise KeyboardInterrupt
        return scan(self, prices, count)

    monkeypatch.setattr(Table, "propose", interrupted)
    solution, table = balanced_program(worths, scale=1.0, tolerance=1e-9)
    assert not solution.finished
    assert solution.value <= full.value <= solution.bound
    assert solution.ceiling == np.inf
    assert table.worst(solution.prices)[1] <= 1e-12
    assert np.isfinite(solution.bound) == (rounds > 1)


def test_it_stops_at_the_first_proof():
    worths = np.random.default_rng(4).random(1 << 12)
    worths[0] = 0
    solution, _ = balanced_program(worths, scale=1.0, tolerance=1e-9, stop_above=worths[-1])
    full, _ = balanced_program(worths, scale=1.0, tolerance=1e-9)
    assert worths[-1] < solution.value <= full.value <= solution.bound
    assert not solution.finished
    assert solution.rounds < full.rounds
