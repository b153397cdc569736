"""Values of games too large to tabulate, from a sample of coalitions, with intervals that say how sure they are."""

from __future__ import annotations

import math
import pickle
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any, Final

import numpy as np

from coalitions.coalition import Label, unknown_label
from coalitions.errors import CoalitionError, WorthError
from coalitions.tolerance import RELATIVE
from coalitions.values.estimates import FIRST_LOOK, Bernstein, Estimate, Sample, as_level, look_after
from coalitions.values.sampling_draws import Floats, Method, Summary, Unit, first_units
from coalitions.values.sampling_methods import METHODS, make_method
from coalitions.values.sampling_run import Report, WorthsOf, reporting, sampled

DEFAULT_BUDGET: Final = 10_000
"""Worths evaluated where neither a budget nor a target is given."""

MOST_EVALUATIONS: Final = 10_000_000
"""Worths evaluated at most where only a target is given."""

_ROUNDING = 32 * np.finfo(np.float64).eps


def estimate(
    game: Any,
    *,
    value: str | Sequence[float] = "shapley",
    method: str | None = None,
    budget: int | None = None,
    target: float | None = None,
    relative: bool = True,
    level: float = 0.95,
    confidence: str = "asymptotic",
    bounds: tuple[float, float] | None = None,
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
    method : str, optional
        By default 'odd pairs', or 'antithetic' where the confidence is strict.

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
    confidence : {'asymptotic', 'strict'}
        Strict intervals hold for every game within the bounds, at every number of draws and wherever the sampling
        stops. They are three to twelve times as wide, and want a method of independent draws: orders or 'multilinear'.
    bounds : tuple of two numbers, optional
        For strict intervals: a range that holds all worths, 0 and v(N) among them.
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
        Unknown method or value, a method that does not serve the value or the confidence, a budget too small to say
        anything, a level or target out of range, a ``resume`` of another game, value, method or seed.
    WorthError
        A worth is nan, infinite or outside the bounds, or its function raised or changed its answer; the message
        names the coalition.

    Notes
    -----
    Intervals are asymptotic: Student's t on independent draws (given the folds of the control), plus 32 rounding
    units of the largest worth met. A target is a stopping rule, so it uses an asymptotic confidence sequence, valid at
    all sample sizes together: with m draws of standard deviation s, half-width s sqrt(2 (m r^2 + 1) log(sqrt(m r^2 +
    1) / (1 - level))) / (m r), narrowest near m = 2,000.
    Strict intervals are empirical Bernstein bounds that hold together at looks after 16, 20, 25, 32, ... draws, a
    quarter more each time; the payoffs are those of the last look (see ``Bernstein``).
    Worths are evaluated in units fixed by the seed alone and merged in order. A unit whose worker is lost is
    computed in this process. Time O(n**2) a pair beside the worths themselves, memory n / 8 + 16 bytes a pair; for
    orders 16 bytes a worth.

    References
    ----------
    .. [1] J. Castro, D. Gomez, J. Tejada (2009), Polynomial calculation of the Shapley value based on sampling,
           Computers & Operations Research 36, 1726-1730 (permutation, antithetic, stratified).
    .. [2] G. Owen (1972), Multilinear extensions of games, Management Science 18, P64-P79 (multilinear).
    .. [3] S. Lundberg, S.-I. Lee (2017), A unified approach to interpreting model predictions, Advances in Neural
           Information Processing Systems 30 (least squares, leverage).
    .. [4] I. Covert, S.-I. Lee (2021), Improving KernelSHAP: practical Shapley value estimation using linear
           regression, International Conference on Artificial Intelligence and Statistics (least squares, odd pairs).
    .. [5] C. Musco, R. T. Witter (2025), Provably accurate Shapley value estimation via leverage score sampling,
           International Conference on Learning Representations (leverage).
    .. [6] R. T. Witter, Y. Liu, C. Musco (2025), Regression-adjusted Monte Carlo estimators for Shapley values and
           probabilistic values, Advances in Neural Information Processing Systems 38 (odd pairs).
    .. [7] I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas (2024), Time-uniform central limit theory and
           asymptotic confidence sequences, Annals of Statistics 52, 2613-2640 (target).
    .. [8] A. Maurer, M. Pontil (2009), Empirical Bernstein bounds and sample variance penalization, Proceedings of the
           22nd Annual Conference on Learning Theory (strict).

    Examples
    --------
    >>> from coalitions import FunctionGame
    >>> def pact(coalition):
    ...     return len(coalition) ** 2 + 3 * ("AUS" in coalition)
    >>> print(estimate(FunctionGame(["AUS", "JPN", "KOR", "USA"], pact), budget=100, rng=7))
    Shapley value of 4 players, odd pairs, 15 worths, seed 7, sum 19, 95% intervals, every coalition seen
    AUS  7 ± 1.4e-13  36.8%
    JPN  4 ± 1.4e-13  21.1%
    KOR  4 ± 1.4e-13  21.1%
    USA  4 ± 1.4e-13  21.1%
    """
    within = _as_bounds(confidence, bounds)
    worths_of = WorthsOf(game, within)
    players = worths_of.players
    kind, joins, solution = _as_value(value, len(players))
    method = ("odd pairs" if within is None else "antithetic") if method is None else method
    if method not in METHODS:
        raise unknown_label(method, METHODS, kind="method")
    as_level(level)
    most = _as_budget(budget, target)
    if resume is not None:
        _check_resume(resume.sample, players, method, joins, rng)
        _check_within(resume.sample.worths, within)
    seed = resume.sample.seed if resume is not None else _as_seed(rng)
    way: Method | None = make_method(method, kind, joins) if len(players) > 1 else None
    least = 0 if way is None else way.least
    if way is not None and within is not None:
        least = FIRST_LOOK * way.cost
        most = max(1 + look_after((most - 1) // way.cost)[1] * way.cost, min(most, least))
    if way is not None and most < 1 + least:
        raise CoalitionError(
            f"budget {most} is too small: {method!r} needs at least {1 + least} worths for {len(players)} players"
        )
    spread = None if within is None else _as_spread(way, within, method)
    if executor is not None:
        _check_portable(worths_of, executor)
    grand = float(worths_of(np.ones((1, len(players)), bool))[0])
    if resume is not None and abs(grand - resume.sample.grand) > RELATIVE * max(abs(grand), abs(resume.sample.grand)):
        raise CoalitionError(f"resume is of another game: there v(N) is {resume.sample.grand}, here {grand}")
    half_width = _as_half_width(target, relative, grand)

    def result(units: Sequence[Unit], worths: Sequence[Floats], recomputed: int, stopped: str) -> Estimate | None:
        flat = np.concatenate([part.ravel() for part in worths]) if worths else np.empty(0)
        strict = None
        if way is None:
            summary: Summary | None = Summary(payoffs=np.array([grand]), covariance=np.zeros((1, 1)), degrees=math.inf)
        else:
            draws = flat.reshape(-1, way.cost)
            if spread is not None:
                look, count = look_after(len(draws))
                units, draws = first_units(units, count), draws[:count]
                strict = Bernstein(spread=spread, look=look, draws=count)
            summary = way.summarise(units, draws, grand) if units else None
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
            strict=strict,
        )

    with reporting(report) as tell:
        known = resume.sample.worths if resume is not None else np.empty(0)
        found = sampled(way, seed, worths_of, executor, known, most, half_width, result, tell)
    if found is None:
        raise CoalitionError(
            f"budget {most} is too small: {method!r} could not say anything yet; allow a few hundred more worths"
        )
    return found


def _as_bounds(confidence: str, bounds: tuple[float, float] | None) -> tuple[float, float] | None:
    if confidence not in ("asymptotic", "strict"):
        raise unknown_label(confidence, ("asymptotic", "strict"), kind="confidence")
    if confidence == "asymptotic":
        if bounds is not None:
            raise CoalitionError("bounds are for strict intervals; pass confidence='strict' with them")
        return None
    if bounds is None:
        raise CoalitionError("strict intervals need bounds=(low, high), a range that holds every worth")
    low, high = (float(end) for end in bounds)
    if not (math.isfinite(low) and math.isfinite(high) and low <= 0 <= high and low < high):
        raise CoalitionError(f"bounds are {low:g} to {high:g}; they must be finite and hold 0, the empty worth")
    return low, high


def _as_spread(way: Method | None, within: tuple[float, float], method: str) -> float | None:
    if way is None:
        return None
    if way.spread is None:
        raise CoalitionError(
            f"method {method!r} has no strict intervals; 'permutation', 'antithetic', 'stratified' and 'multilinear' do"
        )
    return way.spread * (within[1] - within[0])


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


def _check_within(worths: Floats, within: tuple[float, float] | None) -> None:
    if within is None or not len(worths):
        return
    for end in (float(worths.min()), float(worths.max())):
        if not within[0] <= end <= within[1]:
            raise WorthError(f"a worth of resume is {end:g}, outside the bounds {within[0]:g} to {within[1]:g}")


def _check_portable(worths_of: WorthsOf, executor: Executor) -> None:
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
