"""Values of games too large to tabulate, from a sample of coalitions, with intervals that say how sure they are."""

from __future__ import annotations

import math
import pickle
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.allocation import Allocation, as_payoffs
from coalitions.coalition import Label, unknown_label
from coalitions.errors import CoalitionError, WorthError
from coalitions.function_game import FunctionGame
from coalitions.game import Game, float_worths
from coalitions.tolerance import RELATIVE
from coalitions.values.sampling_methods import METHODS, Floats, Membership, Method, Summary, Unit, make_method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Report = Callable[[str, float], None]
"""Told what has been done and the share of the budget that is behind, 0 to 1."""

DEFAULT_BUDGET: Final = 10_000
"""Worths evaluated where neither a budget nor a target is given."""

MOST_EVALUATIONS: Final = 10_000_000
"""Worths evaluated at most where only a target is given."""

TUNED_FOR: Final = 2_000
"""The number of draws at which the any-time interval is narrowest relative to the ordinary one."""

_ROUNDING = 32 * np.finfo(np.float64).eps
_FIRST_LOOK = 64
_SMALLEST_STEP, _LARGEST_STEP = 1.1, 4.0
_IN_FLIGHT = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """The worths an estimate rests on: enough to go on from, small enough to pickle.

    Attributes
    ----------
    players : tuple of labels
    method : str
    joins : ndarray, shape (n,)
        The chance to join a coalition of 0, ..., n - 1 others.
    seed : int
    grand : float
        v(N).
    worths : ndarray of float64, shape (evaluations - 1,)
        In the order of the draws, which the seed gives again.
    """

    players: tuple[Label, ...]
    method: str
    joins: Floats
    seed: int
    grand: float
    worths: Floats


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Estimate(Allocation):
    """A payoff for every player, estimated from a sample of coalitions.

    Attributes
    ----------
    players, payoffs, solution, method
        As for ``Allocation``.
    covariance : ndarray, shape (n, n)
        Of the errors of the payoffs, in the square of their unit.
    degrees : float
        Degrees of freedom of the covariance; infinite where every coalition that matters was evaluated.
    rounding : float
        Added to every half-width: 32 rounding units of the largest worth met.
    level : float
        Of the intervals shown.
    anytime : bool
        Whether the intervals shown hold at all stopping times together, as they must after a target.
    evaluations : int
        Worths evaluated, v(N) included.
    recomputed : int
        Units of work computed again here because a worker was lost.
    stopped : str
        'budget spent', 'target met', 'interrupted', or 'every coalition seen'.
    seed : int
    sample : Sample
        For ``estimate(..., resume=...)``.
    """

    covariance: Floats = field()
    degrees: float
    rounding: float
    level: float
    anytime: bool
    evaluations: int
    recomputed: int
    stopped: str
    seed: int
    sample: Sample

    @property
    def standard_errors(self) -> Floats:
        """The standard errors of the payoffs, in their unit, shape (n,)."""
        return np.sqrt(np.diag(self.covariance))

    def half_widths(
        self, level: float | None = None, *, anytime: bool | None = None, simultaneous: bool = False
    ) -> Floats:
        """Give half the width of every player's interval.

        Parameters
        ----------
        level : float, optional
            Between 0 and 1; the estimate's own by default.
        anytime : bool, optional
            Whether the interval holds at all stopping times together; by default where a target stopped the sampling.
        simultaneous : bool, default False
            Whether all players' intervals hold together (Bonferroni) or each by itself.

        Returns
        -------
        ndarray, shape (n,)
            In the unit of the worths.
        """
        level = _as_level(self.level if level is None else level)
        alpha = (1 - level) / (len(self) if simultaneous else 1)
        return self._reach(alpha, anytime) * self.standard_errors + self.rounding

    def interval(
        self, level: float | None = None, *, anytime: bool | None = None, simultaneous: bool = False
    ) -> Floats:
        """Give every player's confidence interval.

        Parameters
        ----------
        level, anytime, simultaneous
            As for ``half_widths``.

        Returns
        -------
        ndarray, shape (n, 2)
            Lower and upper ends, in the unit of the worths.

        Examples
        --------
        >>> game = FunctionGame(range(20), lambda coalition: len(coalition) ** 0.5)
        >>> low, high = estimate(game, budget=2000, rng=1).interval(0.95)[0]
        >>> bool(low < 20 ** 0.5 / 20 < high)
        True
        """
        half = self.half_widths(level, anytime=anytime, simultaneous=simultaneous)
        return np.column_stack((self.payoffs - half, self.payoffs + half))

    def combination(
        self, weights: Mapping[Label, float] | ArrayLike, level: float | None = None, *, anytime: bool | None = None
    ) -> tuple[float, float, float]:
        """Estimate a weighted sum of payoffs: a group's total, or the difference between two players.

        Parameters
        ----------
        weights : mapping from player to number (0 where left out), or array_like of shape (n,)
        level, anytime
            As for ``half_widths``.

        Returns
        -------
        tuple of float
            The sum, and the lower and the upper end of its interval.

        Examples
        --------
        >>> game = FunctionGame("ABC", lambda coalition: 2 * len(coalition) + ("A" in coalition))
        >>> round(estimate(game, budget=50, rng=1).combination({"A": 1, "B": -1})[0], 9)
        1.0
        """
        if isinstance(weights, Mapping):
            for player in weights:
                if player not in self.players:
                    raise unknown_label(player, self.players)
            weights = [weights.get(player, 0) for player in self.players]
        share = np.asarray(as_payoffs(weights, self.players), float)
        alpha = 1 - _as_level(self.level if level is None else level)
        error = math.sqrt(max(0.0, float(share @ self.covariance @ share)))
        half = self._reach(alpha, anytime) * error + self.rounding * float(np.abs(share).sum())
        middle = float(share @ self.payoffs)
        return middle, middle - half, middle + half

    def to_frame(self) -> pd.DataFrame:
        """Give payoffs, standard errors, intervals and shares as a DataFrame indexed by player.

        Returns
        -------
        pandas.DataFrame
            Columns ``payoff``, ``standard_error``, ``low``, ``high`` and, where the sum is not 0, ``share``.
        """
        frame = super().to_frame()
        ends = self.interval()
        for place, (name, column) in enumerate(
            (("standard_error", self.standard_errors), ("low", ends[:, 0]), ("high", ends[:, 1])), start=1
        ):
            frame.insert(place, name, column)
        return frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the payoffs as bars with their intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        axes = super().plot(ax)
        axes.errorbar(
            range(len(self)), self.payoffs, yerr=self.half_widths(), fmt="none", color="0.2", capsize=3, linewidth=1
        )
        axes.set_title(f"{self.solution}, {self.level:.0%} intervals")
        return axes

    def _reach(self, alpha: float, anytime: bool | None) -> float:
        """Give the half-width of an interval in standard errors."""
        if not math.isfinite(self.degrees):
            return 0.0
        if self.anytime if anytime is None else anytime:
            return sequence_reach(self.degrees + 1, alpha)
        from scipy.special import stdtrit

        return float(stdtrit(self.degrees, 1 - alpha / 2))

    def _rows(self) -> list[tuple[str, str, str]]:
        rows = super()._rows()
        half = self.half_widths()
        return [(name, f"{payoff} ± {h:.2g}", share) for (name, payoff, share), h in zip(rows, half, strict=True)]

    def _headline(self) -> str:
        lost = f", {self.recomputed} computed again for lost workers" if self.recomputed else ""
        kind = " any-time" if self.anytime else ""
        return f"{super()._headline()}, {self.level:.0%}{kind} intervals, {self.stopped}{lost}"


def estimate(
    game: Any,
    *,
    value: str | Sequence[float] = "shapley",
    method: str = "odd pairs",
    budget: int | None = None,
    target: float | None = None,
    relative: bool = True,
    level: float = 0.95,
    rng: Any = None,
    executor: Executor | None = None,
    resume: Estimate | None = None,
    report: Report | bool | None = None,
) -> Estimate:
    """Estimate a value from a sample of coalitions, with a confidence interval for every player.

    Parameters
    ----------
    game : FunctionGame, Game, or a representation with ``players`` and ``game[labels]``
        Any number of players n.
    value : {'shapley', 'banzhaf'} or sequence of n numbers
        A sequence gives a semivalue: the chance to join a coalition of 0, ..., n - 1 others, summing to 1.
    method : str
        - 'odd pairs': a coalition and the others, with a linear control. Exact for games with interactions up to
          pairs, and the narrowest in general. Needs a value that weighs sizes s and n - 1 - s alike.
        - 'permutation', 'antithetic' (with the reverse), 'stratified' (with all rotations): orders of arrival.
        - 'multilinear': each player present with the same random chance. Shapley and Banzhaf.
        - 'least squares' (paired KernelSHAP), 'leverage': weighted fits of an additive game. Shapley only.
    budget : int, optional
        The most worths to evaluate, v(N) and those of ``resume`` included. By default 10,000, or 10,000,000 with a
        target.
    target : float, optional
        Stop when every player's any-time interval is at most this half-width.
    relative : bool, default True
        Whether the target is a share of abs(v(N)) or in the unit of the worths.
    level : float
        Of the intervals shown and of the target.
    rng : None, int or anything ``numpy.random.default_rng`` takes
        The same seed gives the same bytes, whatever the number of workers.
    executor : concurrent.futures.Executor, optional
        Evaluates the worths: a thread or process pool, or a cluster's (``dask.distributed.Client.get_executor()``).
    resume : Estimate, optional
        Go on from where it stopped, with its seed: the result is that of one longer run.
    report : callable or bool, optional
        Called with a message and the share of the budget spent. By default a progress bar where the error stream is a
        terminal; False for none.

    Returns
    -------
    Estimate
        In the unit of the worths. A Shapley estimate sums to v(N) up to rounding. Ctrl-C gives what is found so far.

    Raises
    ------
    CoalitionError
        Unknown method or value, a method that does not serve the value, a budget too small to say anything, a level
        or target out of range, a ``resume`` of another game, value, method or seed.
    WorthError
        A worth is nan or infinite, or its function raised or changed its answer; the message names the coalition.

    Notes
    -----
    Intervals are asymptotic: Student's t on independent draws (given the folds of the control), plus 32 rounding
    units of the largest worth met. A target is a stopping rule, so it uses an asymptotic confidence sequence, valid at
    all sample sizes together: with m draws of standard deviation s, half-width s sqrt(2 (m r^2 + 1) log(sqrt(m r^2 +
    1) / (1 - level))) / (m r), narrowest near m = 2,000.
    Worths are evaluated in units fixed by the seed alone and merged in order. A unit whose worker is lost is
    computed in this process. Time O(n**2) a pair beside the worths themselves, memory n / 8 + 16 bytes a pair; for
    orders 16 bytes a worth.

    References
    ----------
    .. [1] J. Castro, D. Gomez, J. Tejada (2009), Polynomial calculation of the Shapley value based on sampling,
           Computers & Operations Research 36, 1726-1730 (permutations).
    .. [2] G. Owen (1972), Multilinear extensions of games, Management Science 18, P64-P79 (multilinear).
    .. [3] S. Lundberg, S.-I. Lee (2017), A unified approach to interpreting model predictions, NeurIPS 30; I. Covert,
           S.-I. Lee (2021), Improving KernelSHAP, AISTATS (least squares, pairs).
    .. [4] C. Musco, R. T. Witter (2025), Provably accurate Shapley value estimation via leverage score sampling, ICLR
           (leverage).
    .. [5] R. T. Witter, Y. Liu, C. Musco (2025), Regression-adjusted Monte Carlo estimators for Shapley values and
           probabilistic values, NeurIPS (controls fitted on other folds).
    .. [6] I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas (2024), Time-uniform central limit theory and
           asymptotic confidence sequences, Annals of Statistics 52, 2613-2640 (the stopping rule).

    Examples
    --------
    >>> def pact(coalition):
    ...     return len(coalition) ** 2 + 3 * ("AUS" in coalition)
    >>> print(estimate(FunctionGame(["AUS", "JPN", "KOR", "USA"], pact), budget=100, rng=7))
    Shapley value of 4 players, odd pairs, 15 worths, seed 7, sum 19, 95% intervals, every coalition seen
    AUS  7 ± 1.4e-13  36.8%
    JPN  4 ± 1.4e-13  21.1%
    KOR  4 ± 1.4e-13  21.1%
    USA  4 ± 1.4e-13  21.1%
    """
    worths_of = _Worths(game)
    players = worths_of.players
    kind, joins, solution = _as_value(value, len(players))
    if method not in METHODS:
        raise unknown_label(method, METHODS, kind="method")
    _as_level(level)
    most = _as_budget(budget, target)
    if resume is not None:
        _check_resume(resume.sample, players, method, joins, rng)
    seed = resume.sample.seed if resume is not None else _as_seed(rng)
    way: Method | None = make_method(method, kind, joins) if len(players) > 1 else None
    if way is not None and most < 1 + way.least:
        raise CoalitionError(
            f"budget {most} is too small: {method!r} needs at least {1 + way.least} worths for {len(players)} players"
        )
    if executor is not None:
        _check_portable(worths_of, executor)
    grand = float(worths_of(np.ones((1, len(players)), bool))[0])
    if resume is not None and abs(grand - resume.sample.grand) > RELATIVE * max(abs(grand), abs(resume.sample.grand)):
        raise CoalitionError(f"resume is of another game: there v(N) is {resume.sample.grand}, here {grand}")
    half_width = _as_half_width(target, relative, grand)

    def result(units: Sequence[Unit], worths: Sequence[Floats], recomputed: int, stopped: str) -> Estimate | None:
        flat = np.concatenate([part.ravel() for part in worths]) if worths else np.empty(0)
        if way is None:
            summary: Summary | None = Summary(payoffs=np.array([grand]), covariance=np.zeros((1, 1)), degrees=math.inf)
        else:
            summary = way.summarise(units, flat.reshape(-1, way.cost), grand) if units else None
        if summary is None:
            return None
        sample = Sample(players=players, method=method, joins=joins, seed=seed, grand=grand, worths=flat)
        return Estimate(
            players=players,
            payoffs=summary.payoffs,
            solution=solution,
            method=f"{method}, {len(flat) + 1:,} worths, seed {seed}",
            covariance=summary.covariance,
            degrees=summary.degrees,
            rounding=float(_ROUNDING * max(abs(grand), np.abs(flat).max(initial=0.0))),
            level=level,
            anytime=half_width is not None,
            evaluations=len(flat) + 1,
            recomputed=recomputed,
            stopped=stopped,
            seed=seed,
            sample=sample,
        )

    with _reporting(report) as tell:
        known = resume.sample.worths if resume is not None else np.empty(0)
        found = _sampled(way, seed, worths_of, executor, known, most, half_width, result, tell)
    if found is None:
        raise CoalitionError(
            f"budget {most} is too small: {method!r} could not say anything yet; allow a few hundred more worths"
        )
    return found


def sequence_reach(draws: float, alpha: float) -> float:
    """Give the half-width, in standard errors, of an asymptotic confidence sequence.

    Parameters
    ----------
    draws : float
    alpha : float
        One less the level.

    Returns
    -------
    float
        For independent draws of finite variance; narrowest relative to the ordinary interval near 2,000 draws.

    References
    ----------
    .. [1] I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas (2024), Annals of Statistics 52, 2613-2640.

    Examples
    --------
    >>> round(sequence_reach(2000, 0.05), 2)
    3.04
    """
    doubled = -2 * math.log(alpha)
    mixing = (doubled + math.log(doubled) + 1) / TUNED_FOR
    grown = draws * mixing + 1
    return math.sqrt(2 * grown / (draws * mixing) * math.log(math.sqrt(grown) / alpha))


def _sampled(
    way: Method | None,
    seed: int,
    worths_of: _Worths,
    executor: Executor | None,
    known: Floats,
    most: int,
    half_width: float | None,
    result: Callable[[Sequence[Unit], Sequence[Floats], int, str], Estimate | None],
    tell: Report,
) -> Estimate | None:
    """Evaluate unit after unit until the budget, the target, the coalitions or the user's patience end."""
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
    units: Iterator[Unit], way: Method, worths_of: _Worths, executor: Executor | None, known: Floats
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


def _submitted(executor: Executor, worths_of: _Worths, packed: NDArray[np.uint8]) -> Future[Floats] | None:
    try:
        return executor.submit(worths_of.of_packed, packed)
    except BrokenExecutor:
        return None


def _collected(
    unit: Unit, packed: NDArray[np.uint8], future: Future[Floats] | None, worths_of: _Worths
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


class _Worths:
    """What a worker needs to know of a game."""

    def __init__(self, game: Any) -> None:
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
        return self._lookup.worths(membership)

    def of_packed(self, packed: NDArray[np.uint8]) -> Floats:
        """Give the worths of coalitions sent as bits."""
        return self(np.unpackbits(packed, axis=1, count=len(self.players)).astype(bool))


def _as_value(value: str | Sequence[float], n: int) -> tuple[str, Floats, str]:
    """Give the kind of value, the chance to join s others for s = 0, ..., n - 1, and the solution's name."""
    if isinstance(value, str):
        if value == "shapley":
            return value, np.full(n, 1 / n), "Shapley value"
        if value == "banzhaf":
            return value, np.array([math.comb(n - 1, s) / 2 ** (n - 1) for s in range(n)]), "Banzhaf value"
        raise unknown_label(value, ("shapley", "banzhaf"), kind="value")
    joins = np.array(value, float)
    if joins.shape != (n,):
        raise CoalitionError(f"value has {joins.size} numbers; a semivalue of {n} players needs {n}, one a size")
    if not np.isfinite(joins).all() or (joins < 0).any():
        bad = int(np.argmin(np.isfinite(joins) & (joins >= 0)))
        raise CoalitionError(f"value[{bad}] is {joins[bad]}; the chance to join {bad} others is at least 0")
    if abs(joins.sum() - 1) > RELATIVE:
        raise CoalitionError(f"value sums to {joins.sum()}; the chances to join 0, ..., {n - 1} others sum to 1")
    return "semivalue", joins, "semivalue"


def _as_level(level: float) -> float:
    if not 0 < level < 1:
        raise CoalitionError(f"level is {level}; give a number between 0 and 1, such as 0.95")
    return level


def _as_budget(budget: int | None, target: float | None) -> int:
    if target is not None and not (target > 0 and math.isfinite(target)):
        raise CoalitionError(f"target is {target}; give a half-width above 0, such as 0.01 for 1 % of v(N)")
    if budget is None:
        return DEFAULT_BUDGET if target is None else MOST_EVALUATIONS
    if isinstance(budget, bool) or int(budget) != budget or budget < 1:
        raise CoalitionError(f"budget is {budget}; give the most worths to evaluate, a whole number above 0")
    return int(budget)


def _as_half_width(target: float | None, relative: bool, grand: float) -> float | None:
    if target is None or not relative:
        return target
    if grand == 0:
        raise CoalitionError("the target is a share of v(N), which is 0; pass relative=False and a half-width")
    return target * abs(grand)


def _as_seed(rng: Any) -> int:
    if rng is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool):
        if rng < 0:
            raise CoalitionError(f"rng is {rng}; a seed is at least 0")
        return int(rng)
    return int(np.random.default_rng(rng).integers(1 << 62))


def _check_resume(sample: Sample, players: tuple[Label, ...], method: str, joins: Floats, rng: Any) -> None:
    if sample.players != players:
        raise CoalitionError(f"resume is of {len(sample.players)} other players, such as {sample.players[0]!r}")
    if sample.method != method:
        raise CoalitionError(f"resume was made by method {sample.method!r}; pass method={sample.method!r}")
    if not np.array_equal(sample.joins, joins):
        raise CoalitionError("resume is of another value; pass the value it was made for")
    if rng is not None and _as_seed(rng) != sample.seed:
        raise CoalitionError(f"resume has seed {sample.seed}; leave rng out, or give that seed")


def _check_portable(worths_of: _Worths, executor: Executor) -> None:
    """Say what cannot be sent to another process before anything is computed."""
    if not isinstance(executor, ProcessPoolExecutor):
        return
    try:
        pickle.dumps(worths_of)
    except Exception as error:
        raise WorthError(
            f"the function of worths cannot be sent to another process ({error}); define it at the top of a module, "
            "or use a ThreadPoolExecutor"
        ) from error


@contextmanager
def _reporting(report: Report | bool | None) -> Iterator[Report]:
    """Pass progress on to the caller, or show a bar where somebody watches."""
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
