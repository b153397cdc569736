"""Groups by the ten million: candidates of which nothing is held but their worths, or not even those."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players
from coalitions.errors import ChoiceError, CoalitionError, TooLargeError, WorthError
from coalitions.formation.candidates import (
    Block,
    Candidates,
    Payoff,
    admitted,
    excluded_positions,
    worths_of,
)
from coalitions.formation.subsets import CHUNK, BoundedWorths, Subsets
from coalitions.memory import require_memory

_MOST = 10**11  # a scan of more takes minutes
_AHEAD = 32  # chunks given to an executor before the first has come back


def stream(
    players: Iterable[Label],
    payoff: Payoff,
    *,
    max_size: int,
    min_size: int = 2,
    objectives: Iterable[Any] = (None,),
    excluded: Mapping[Any, Iterable[Label]] | None = None,
    admissible: Callable[[NDArray[Any], Any], NDArray[np.bool_]] | None = None,
    individually_rational: bool = False,
    bound: Callable[[Any, int], NDArray[np.float64]] | None = None,
    executor: Executor | None = None,
    report: Callable[[int, int], None] | None = None,
) -> Candidates:
    """Make candidates of all groups of bounded size without listing them, for as many as there are in the world.

    The result is used like that of ``coalitions.candidates``, by ``form`` above all.

    Parameters
    ----------
    players, payoff, max_size, min_size, objectives, excluded, admissible, individually_rational
        As for ``coalitions.candidates``.
    bound : callable, optional
        Called as ``bound(objective, size)``; gives an array of shape (n, n) in the unit of the payoff. No group of that
        size is worth more than the diagonal entries of its members and the entries above the diagonal of its pairs
        sum up to. With it no worth is computed or held before it matters. It serves where it is near the worths:
        exact for sums over pairs less a cost of size.
    executor : concurrent.futures.Executor, optional
        Who evaluates the groups, in chunks; the payoff has to travel there. The worths are the same for any.
    report : callable, optional
        Told how many groups are evaluated and how many there are, after every chunk.

    Returns
    -------
    Candidates
        Of every block, ``members`` gives the groups that it is indexed with. Groups that may not form by
        ``admissible`` or ``individually_rational`` are dropped, and the others then listed.

    Raises
    ------
    CoalitionError
        Bounds on sizes that make no sense, an unknown label or objective, no candidate left.
    ChoiceError
        ``bound`` together with something that needs every group evaluated.
    WorthError
        A payoff or a bound of the wrong shape, or one that is nan or infinite; later, in ``form``, a worth above its
        bound.
    TooLargeError
        More candidates than memory holds, or, with a bound, than a scan gets through; the message counts them.

    Notes
    -----
    8 bytes a group, the worth; with ``bound`` 24 bytes for each group looked at. One scan of all groups is some 0.1 s
    for 10^8.

    References
    ----------
    .. [1] C. Barnhart, E. L. Johnson, G. L. Nemhauser, M. W. P. Savelsbergh, P. H. Vance (1998), Branch-and-price,
           Operations Research 46, 316-329.

    Examples
    --------
    All 57 million groups of up to 4 among 193 states, worth the nearness of their pairs less a cost of size:

    >>> near = np.fromfunction(lambda i, j: 0.5 ** abs(i - j), (193, 193))
    >>> def payoff(members, objective):
    ...     k = members.shape[1]
    ...     pairs = sum(near[members[:, a], members[:, b]] for b in range(k) for a in range(b))
    ...     return pairs - 0.1 * k**2
    >>> def bound(objective, size):
    ...     return near - np.eye(193) - 0.1 * size * np.eye(193)
    >>> pool = stream(range(193), payoff, max_size=4, bound=bound)
    >>> pool
    57229904 candidate groups of 2-4 among 193 states for 1 objective; their worths are computed when they matter
    """
    order = as_players(players)
    n = len(order)
    goals = as_players(objectives)
    if not 2 <= min_size <= max_size <= n:
        raise CoalitionError(
            f"groups of {min_size} to {max_size} among {n} states: 2 <= min_size <= max_size <= {n} must hold"
        )
    barred = excluded_positions(excluded or {}, order, goals)
    selective = admissible is not None or individually_rational
    for given, name in ((selective, "admissible or individually_rational"), (executor, "executor"), (report, "report")):
        if bound is not None and given:
            raise ChoiceError(f"{name} is for evaluating every group, and bound for not doing so; give one of them")
    count = sum(comb(n - len(barred[goal]), k) for goal in goals for k in range(min_size, max_size + 1))
    if not count:
        raise CoalitionError("no candidate group is left: exclude fewer states, or allow smaller groups")
    aims = f"{len(goals)} objective{'s' * (len(goals) > 1)}"
    what = f"{count} candidates (groups of {min_size}-{max_size} among {n} states, {aims})"
    fewer = sum(comb(n - len(barred[goal]), k) for goal in goals for k in range(min_size, max_size))
    lower = f"lower max_size: groups of up to {max_size - 1} are {fewer}" if fewer else "exclude states"
    if count > _MOST:
        raise TooLargeError(f"{what} are more than the {_MOST} that can be scanned; {lower}")
    if bound is None and not selective:
        require_memory(8 * count, what, f"{lower}; or give a bound, with which worths are not held")
    every = [
        (goal, Subsets([i for i in range(n) if i not in barred[goal]], k, n))
        for k in range(min_size, max_size + 1)
        for goal in goals
        if k <= n - len(barred[goal])
    ]
    if bound is not None:
        return Candidates(order, goals, tuple(_bounded(bound, *each, payoff, order) for each in every), payoff)
    blocks = []
    done = 0
    for goal, members in every:
        evaluate = _Evaluation(members, goal, payoff, order, admissible, individually_rational)
        parts: list[tuple[Any, NDArray[np.float64]]] = []
        worths = np.empty(0 if selective else len(members))
        for start, part in zip(range(0, len(members), CHUNK), _in_order(evaluate, len(members), executor), strict=True):
            if selective:
                parts.append(part)
                held = sum(len(own) for _, own in parts)
                require_memory(held * (members.size * members.dtype.itemsize + 8), f"{held} of {what}", lower)
            else:
                worths[start : start + CHUNK] = part[1]
            done += min(CHUNK, len(members) - start)
            if report is not None:
                report(done, count)
        listed: Any = members
        if selective:
            listed, worths = (np.concatenate(each) for each in zip(*parts, strict=True))
            listed.flags.writeable = False
        worths.flags.writeable = False
        if len(worths):
            blocks.append(Block(goal, listed, worths))
    if not blocks:
        raise CoalitionError("no candidate group is left: exclude fewer states, admit more, or allow larger groups")
    return Candidates(order, goals, tuple(blocks), payoff)


@dataclass(frozen=True)
class _Evaluation:
    """What an executor is sent: everything it takes to evaluate a chunk of groups."""

    members: Subsets
    objective: Any
    payoff: Payoff
    players: tuple[Label, ...]
    admissible: Callable[[NDArray[Any], Any], NDArray[np.bool_]] | None
    rational: bool

    def __call__(self, start: int) -> tuple[NDArray[Any] | None, NDArray[np.float64]]:
        """Give the worths of the chunk that begins there, and the groups where not all of them are kept."""
        part = self.members[start : start + CHUNK]
        if self.admissible is not None:
            part = part[admitted(self.admissible, part, self.objective)]
        value = self.payoff(part, self.objective)
        worths = worths_of(value, part, self.objective, self.players)
        if self.rational:
            if np.ndim(value) != 2:
                raise WorthError("individually_rational needs a payoff that gives each member's gain")
            willing = (np.asarray(value) > 0).all(axis=1)
            part, worths = part[willing], worths[willing]
        return (part if self.rational or self.admissible is not None else None), worths


def _in_order(
    evaluate: _Evaluation, count: int, executor: Executor | None
) -> Iterator[tuple[NDArray[Any] | None, NDArray[np.float64]]]:
    """Evaluate chunk after chunk; an executor is kept a little ahead, and left alone when something goes wrong."""
    starts = iter(range(0, count, CHUNK))
    if executor is None:
        yield from map(evaluate, starts)
        return
    waiting: deque[Future[Any]] = deque()
    try:
        for start in starts:
            waiting.append(executor.submit(evaluate, start))
            if len(waiting) == _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _bounded(
    bound: Callable[[Any, int], Any], objective: Any, members: Any, payoff: Payoff, players: tuple[Label, ...]
) -> Block:
    n, size = len(players), members.size
    given = np.array(bound(objective, size), np.float64)
    if given.shape != (n, n):
        raise WorthError(
            f"bound gives shape {given.shape} for groups of {size} among {n} states; it must be ({n}, {n})"
        )
    if not np.isfinite(given).all():
        i, j = np.argwhere(~np.isfinite(given))[0].tolist()
        raise WorthError(f"bound gives {given[i, j]} for states {i} and {j} in groups of {size}; it must be finite")
    given.flags.writeable = False
    worths: Any = BoundedWorths(members, given, payoff, objective, players)
    return Block(objective, members, worths)
