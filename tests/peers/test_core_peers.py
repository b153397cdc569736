"""The core's family from other packages, on 500 random games, and where they go wrong by our certificates."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from coalitions import (
    Game,
    core,
    disruption_nucleolus,
    kernel_contains,
    kohlberg,
    least_core,
    modiclus,
    nucleolus,
    per_capita_nucleolus,
    prenucleolus,
    proportional_nucleolus,
)

pytestmark = pytest.mark.peers

GAMES = 250


def games(least=2, most=7):
    """Whole worths, nobody worth anything alone, about half of them with a core."""
    for seed in range(GAMES):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(least, most))
        sizes = np.array([mask.bit_count() for mask in range(1 << n)])
        worths = np.floor(rng.random(1 << n) * 100 * sizes) * (sizes > 1)
        worths[-1] = rng.integers(100 * (n - 2) + 1, 140 * n)
        yield Game(range(n), worths)


def same(ours, theirs, scale):
    assert np.abs(np.array([float(x) for x in ours]) - np.array(theirs, float)).max() <= 1e-9 * scale


def test_coopgame_gives_the_same():
    peer = pytest.importorskip("coopgame")
    cores = 0
    for game in games():
        theirs = peer.Game(game.worths[1:].tolist())
        scale = float(np.abs(game.worths).max())
        same(prenucleolus(game), peer.prenucleolus(theirs)["allocation"], scale)
        same(nucleolus(game), peer.nucleolus(theirs)["allocation"], scale)
        same(per_capita_nucleolus(game), peer.per_capita_nucleolus(theirs)["allocation"], scale)
        point = peer.kernel_point(theirs)
        if point["converged"]:  # to a millionth
            assert kernel_contains(game, point["allocation"]).margin <= 1e-6 * scale
        assert (not core(game).is_empty) == theirs.has_nonempty_core()
        if core(game).is_empty:
            continue
        cores += 1
        assert least_core(game).epsilon == pytest.approx(peer.least_core(theirs)["epsilon"], abs=1e-9 * scale)
        same(disruption_nucleolus(game), peer.disruption_nucleolus(theirs)["allocation"], scale)
        assert kernel_contains(game, nucleolus(game))
    assert 25 < cores < GAMES - 25


def test_coopgame_gives_the_same_proportional_nucleolus():
    peer = pytest.importorskip("coopgame")
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 6))
        worths = np.append(0, rng.integers(1, 50, (1 << n) - 1)).astype(float)
        worths[-1] = worths[1 << np.arange(n)].sum() + rng.integers(0, 100)
        theirs = peer.proportional_nucleolus(peer.Game(worths[1:].tolist()))["allocation"]
        same(proportional_nucleolus(Game(range(n), worths)), theirs, worths.max())


def test_tucoopy_agrees_on_the_least_core_and_errs_on_the_nucleolus():
    """It settles the coalitions tight at one optimal vertex instead of those tight at all."""
    peer = pytest.importorskip("tucoopy")
    solutions = pytest.importorskip("tucoopy.solutions")
    wrong = 0
    for game in games():
        theirs = peer.Game(game.n, dict(enumerate(game.worths.tolist())))
        scale = float(np.abs(game.worths).max())
        if game.n > 1:
            assert least_core(game).epsilon == pytest.approx(
                solutions.least_core_epsilon_star(theirs), abs=1e-7 * scale
            )
        answer = np.array(solutions.prenucleolus(theirs).x)
        ours = prenucleolus(game)
        if np.abs(answer - np.array(list(ours))).max() > 1e-6 * scale:
            wrong += 1
            assert kohlberg(game, prenucleolus(game, certify=True))
            near = [Fraction(x).limit_denominator(10**4) for x in answer.tolist()]
            near[-1] += int(game.worths[-1]) - sum(near)
            assert not kohlberg(game, near)
    assert wrong > 0


def test_a_modiclus_without_the_empty_coalition_and_everybody_is_another_point():
    """coopgame-py leaves both out of the pairs; Sudhoelter's definition has them in, and our certificate proves it."""
    peer = pytest.importorskip("coopgame")
    differing = 0
    for game in games(3, 6):
        ours = modiclus(game, certify=True)
        assert ours.certified
        theirs = peer.modiclus(peer.Game(game.worths[1:].tolist()))["allocation"]
        scale = float(np.abs(game.worths).max())
        differing += np.abs(np.array([float(x) for x in ours]) - theirs).max() > 1e-6 * scale
    assert differing > 0
