"""Evaluating the worths an estimate asks for: here or on an executor, in order, until it is enough."""

from __future__ import annotations

import math
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import CoalitionError, WorthError
from coalitions.function_game import FunctionGame
from coalitions.game import Game, float_worths
from coalitions.values.estimates import Estimate
from coalitions.values.sampling_draws import Floats, Membership, Method, Unit

Report = Callable[[str, float], None]
"""Told what has been done and the share of the budget that is behind, 0 to 1."""

_FIRST_LOOK = 64
_SMALLEST_STEP, _LARGEST_STEP = 1.1, 4.0
_IN_FLIGHT = 32


def sampled(
    way: Method | None,
    seed: int,
    worths_of: WorthsOf,
    executor: Executor | None,
    known: Floats,
    most: int,
    half_width: float | None,
    result: Callable[[Sequence[Unit], Sequence[Floats], int, str], Estimate | None],
    tell: Report,
) -> Estimate | None:
    """Evaluate unit after unit until the budget, the target, the coalitions or the user's patience end.

    Parameters
    ----------
    way : Method or None
        None where no coalition but the grand one matters.
    seed : int
    worths_of : WorthsOf
    executor : concurrent.futures.Executor, optional
        Evaluates up to 32 units at a time; units lost with it are done here.
    known : ndarray of float64, shape (m,)
        Worths of the first rows asked for, from an earlier run of the same seed.
    most : int
        Worths to be evaluated at most, v(N) included.
    half_width : float, optional
        Stop as soon as no player's interval is wider than twice this.
    result : callable
        From units, their worths, how many were computed again, and what ended the work, to an Estimate, or None where
        they are too few.
    tell : callable
        Told what has been done and the share of ``most`` that is spent.

    Returns
    -------
    Estimate or None
        What ``result`` made of all units evaluated.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C before there is anything to give.
    """
    if way is None:
        return result([], [], 0, "every coalition seen")
    units: list[Unit] = []
    worths: list[Floats] = []
    state = _Spent(most - 1)
    draws = recomputed = 0
    look: float = _FIRST_LOOK
    stopped = "budget spent"
    work = _evaluated(_affordable(way, seed, state), way, worths_of, executor, known)
    try:
        for unit, found, again in work:
            units.append(unit)
            worths.append(found)
            recomputed += again
            draws += len(unit.draws)
            spent = 1 + draws * way.cost
            tell(f"{spent:,} worths", spent / most)
            if half_width is not None and draws >= look:
                so_far = result(units, worths, recomputed, "target met")
                ratio = math.inf if so_far is None else float(so_far.half_widths().max()) / half_width
                if so_far is not None and ratio <= 1:
                    return so_far
                look = _next_look(draws, ratio)
        if state.all_seen:
            stopped = "every coalition seen"
    except KeyboardInterrupt:
        stopped = "interrupted"
        so_far = result(units, worths, recomputed, stopped)
        if so_far is None:
            raise
        return so_far
    finally:
        work.close()
    return result(units, worths, recomputed, stopped)


@dataclass
class _Spent:
    """What the budget still allows, and whether the method ran out of coalitions before it."""

    left: int
    all_seen: bool = False


def _affordable(way: Method, seed: int, state: _Spent) -> Iterator[Unit]:
    """Hand out units until the budget is spent, the last one cut to what is left."""
    for unit in way.units(seed):
        count = min(len(unit.draws), state.left // way.cost)
        if count:
            state.left -= count * way.cost
            yield Unit(unit.draws[:count], unit.exhausts)
        if count < len(unit.draws):
            return
    state.all_seen = True


def _evaluated(
    units: Iterator[Unit], way: Method, worths_of: WorthsOf, executor: Executor | None, known: Floats
) -> Generator[tuple[Unit, Floats, int], None, None]:
    """Pair units with their worths, in order: known ones first, then evaluated here or by the executor."""
    start = 0
    waiting: deque[tuple[Unit, NDArray[np.uint8], Future[Floats] | None]] = deque()
    try:
        for unit in units:
            before, start = start, start + len(unit.draws) * way.cost
            if start <= len(known):
                yield unit, known[before:start], 0
                continue
            rows = way.rows(unit.draws)
            if executor is None:
                yield unit, worths_of(rows), 0
                continue
            packed = np.packbits(rows, axis=1)
            waiting.append((unit, packed, _submitted(executor, worths_of, packed)))
            if len(waiting) >= _IN_FLIGHT:
                yield _collected(*waiting.popleft(), worths_of)
        while waiting:
            yield _collected(*waiting.popleft(), worths_of)
    finally:
        for _, _, future in waiting:
            if future is not None:
                future.cancel()


def _submitted(executor: Executor, worths_of: WorthsOf, packed: NDArray[np.uint8]) -> Future[Floats] | None:
    try:
        return executor.submit(worths_of.of_packed, packed)
    except BrokenExecutor:
        return None


def _collected(
    unit: Unit, packed: NDArray[np.uint8], future: Future[Floats] | None, worths_of: WorthsOf
) -> tuple[Unit, Floats, int]:
    """Wait for a unit; what a lost worker or a failing cluster leaves undone is done here."""
    if future is not None:
        try:
            return unit, future.result(), 0
        except WorthError:
            raise
        except Exception:
            pass
    return unit, worths_of.of_packed(packed), 1


def _next_look(draws: int, ratio: float) -> float:
    """Give the number of draws at which to look again, from how far the half-width is above the target.

    Errors shrink as the root of the draws; looking is as dear as a final summary, so it waits until it may succeed.
    """
    return draws * min(_LARGEST_STEP, max(_SMALLEST_STEP, 0.9 * ratio**2))


class _Lookup(Protocol):
    def worths(self, membership: Membership) -> Floats: ...


@dataclass(frozen=True, eq=False)
class _Table:
    """The worths of a dense game by membership."""

    table: Floats

    def worths(self, membership: Membership) -> Floats:
        return self.table[membership @ (1 << np.arange(membership.shape[1]))]


class WorthsOf:
    """What a worker needs to know of a game, and between which bounds its worths were said to be.

    Parameters
    ----------
    game : FunctionGame, Game, or object with ``players`` and ``game[coalition]``
    bounds : (float, float), optional
        The least and the largest worth.

    Raises
    ------
    CoalitionError
        Not such an object.
    """

    def __init__(self, game: Any, bounds: tuple[float, float] | None = None) -> None:
        self._bounds = bounds
        self._lookup: _Lookup
        if isinstance(game, FunctionGame):
            self.players, self._lookup = game.players, game
        elif isinstance(game, Game):
            self.players, self._lookup = game.players, _Table(float_worths(game))
        elif hasattr(game, "players") and hasattr(game, "__getitem__"):
            own = FunctionGame(game.players, game.__getitem__, check=False)
            self.players, self._lookup = own.players, own
        else:
            raise CoalitionError(
                f"{type(game).__name__} is no game: give a FunctionGame, a Game, or something with players and worths"
            )

    def __call__(self, membership: Membership) -> Floats:
        """Give the worths of coalitions, a row each; refuse one outside the bounds."""
        found = self._lookup.worths(membership)
        if self._bounds is not None:
            low, high = self._bounds
            outside = np.flatnonzero((found < low) | (found > high))
            if outside.size:
                row = outside[0]
                labels = tuple(player for player, here in zip(self.players, membership[row], strict=True) if here)
                raise WorthError(f"worth of {labels} is {found[row]}, outside the bounds {low:g} to {high:g}")
        return found

    def of_packed(self, packed: NDArray[np.uint8]) -> Floats:
        """Give the worths of coalitions sent as bits.

        Parameters
        ----------
        packed : ndarray of uint8, shape (m, ceil(n / 8))
            As ``np.packbits`` gives it.

        Returns
        -------
        ndarray of float64, shape (m,)

        Raises
        ------
        WorthError
            A worth is outside the bounds, or not finite.
        """
        return self(np.unpackbits(packed, axis=1, count=len(self.players)).astype(bool))


@contextmanager
def reporting(report: Report | bool | None) -> Iterator[Report]:
    """Pass progress on to the caller, or show a bar where somebody watches.

    Parameters
    ----------
    report : callable, bool or None
        A callable is told; False shows nothing; True shows a bar; None shows one where stderr is a terminal.

    Yields
    ------
    callable
        Takes what has been done, in words, and the share behind, 0 to 1.
    """
    if callable(report):
        yield report
    elif report is False or (report is None and not sys.stderr.isatty()):
        yield lambda message, share: None
    else:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns: Iterable[Any] = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True, highlight=False), transient=True) as bar:
            task = bar.add_task("sampling", total=1.0)
            yield lambda message, share: bar.update(task, description=message, completed=share)
