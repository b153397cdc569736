"""The same groups formed again and again: under further limits, or with other worths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks
from coalitions.errors import CoalitionError, SolverError
from coalitions.formation.candidates import Candidates
from coalitions.formation.integer import IntegerSearch
from coalitions.formation.pool import Pool
from coalitions.formation.problem import infeasible
from coalitions.formation.rules import Rules
from coalitions.program import LinearSolution

_WHOLE = 1e-6  # a weight this close to 0 or 1 is one
_MANY = 2000  # candidates that an integer program takes without a better plan to start from
_KEPT = 4000  # columns carried from one linear program to the next


def require_listed(candidates: Candidates) -> None:
    """Refuse candidates that are streamed, where every worth has to be at hand.

    Parameters
    ----------
    candidates : Candidates

    Raises
    ------
    CoalitionError
    """
    if not all(isinstance(array, np.ndarray) for block in candidates.blocks for array in (block.members, block.worths)):
        raise CoalitionError(
            f"these {len(candidates)} candidates are streamed, which serves form and its like; make them with "
            "candidates(), with a smaller max_size if they are too many"
        )


class Unproven(SolverError):
    """A formation was stopped, by the clock or by Ctrl-C, before its plan was proven."""


@dataclass(frozen=True, eq=False)
class Found:
    """A proven plan and where it came from.

    Attributes
    ----------
    keys : tuple of int
        Of its groups, ascending.
    worth : float
    solution : LinearSolution
        Of the relaxation.
    search : IntegerSearch
    """

    keys: tuple[int, ...]
    worth: float
    solution: LinearSolution
    search: IntegerSearch


def best_of(
    pool: Pool,
    solver: str,
    deadline: float,
    *,
    start: Masks | None = None,
    known: Iterable[tuple[int, ...]] = (),
    accepts: Callable[[Sequence[int]], bool] | None = None,
    eligible: Masks | None = None,
    enough: float = np.inf,
) -> Found | None:
    """Find a best plan, starting from what is known.

    Parameters
    ----------
    pool : Pool
    solver : str
    deadline : float
        In ``time.monotonic()``.
    start : ndarray of int64, optional
        Candidates that are likely to matter.
    known : iterable of tuple of int
        Plans that keep the rules and the limits, as keys.
    accepts : callable, optional
        Called with a plan that a solver found; where it says no, for example because the solver's tolerance let
        through what the limits do not, the plan does not count.
    eligible : ndarray of int64, optional
        Ascending; a plan better than all known ones has no groups but these.
    enough : float
        A plan worth more than this will do, whether or not there is a better one.

    Returns
    -------
    Found or None
        None where no plan keeps the rules and the limits.

    Raises
    ------
    Unproven
        Stopped before the plan was proven.

    Notes
    -----
    Where the relaxation is integral, or a known plan attains it, there is no integer program: one scan of all
    candidates proves that a plan known before is still the best.
    """
    solution = pool.relax(start=start, deadline=deadline)
    if not solution.finished:
        raise Unproven("stopped before the linear relaxation was solved; raise time_limit")
    if pool.shortfall(solution) > 0:
        return None
    search = IntegerSearch(pool, solution.bound, solver, deadline)
    search.eligible = eligible
    for keys in [*known, *_whole(solution)]:
        if accepts is None or accepts(keys):
            _keep(search, keys)
    while True:
        if not search.is_proven and _is_far(search, solution):
            search.solve_among(solution.keys)
        if search.best is not None and search.worth > enough:
            return Found(tuple(sorted(search.best)), search.worth, solution, search)
        search.widen(solution.prices, solution.ceiling)
        if search.best is None and search.exhausted:
            return None
        if search.best is None or not search.is_proven:
            raise Unproven(f"a plan could not be proven ({search.status}); raise time_limit")
        if accepts is None or accepts(search.best):
            return Found(tuple(sorted(search.best)), search.worth, solution, search)
        search.excluded.append(frozenset(search.best))
        search.best, search.worth = None, -np.inf


def _is_far(search: IntegerSearch, solution: LinearSolution) -> bool:
    """Whether the best known plan leaves too many candidates that a better one could hold."""
    if search.best is None:
        return True
    room = solution.ceiling - search.worth + search.pool.tolerance
    return len(search.pool.within(solution.prices, room)) > _MANY


def _keep(search: IntegerSearch, keys: Sequence[int]) -> None:
    worth = search.pool.worth_of_plan(keys)
    if worth > search.worth:
        search.best, search.worth, search.status = list(keys), worth, "no integer program was needed"


def _whole(solution: LinearSolution) -> list[tuple[int, ...]]:
    """Give the plan that the relaxation is, where it is one."""
    groups = solution.keys >= 0
    weights = solution.weights[groups]
    if (np.minimum(np.abs(weights), np.abs(weights - 1)) > _WHOLE).any():
        return []
    return [tuple(solution.keys[groups][weights > 0.5].tolist())]


class Repeated:
    """The same groups under the same rules, with one set of worths after the other.

    Parameters
    ----------
    candidates : Candidates
    rules : Rules
    solver : str
    deadline : float
        In ``time.monotonic()``.

    Attributes
    ----------
    known : dict from tuple of int to None
        The plans that were best once, as keys.
    start : ndarray of int64
        Candidates that mattered before.
    """

    def __init__(self, candidates: Candidates, rules: Rules, solver: str, deadline: float) -> None:
        self.pool = Pool(candidates, rules)
        self.solver = solver
        self.deadline = deadline
        self.known: dict[tuple[int, ...], None] = {}
        self.start: Masks = np.empty(0, np.int64)

    def best(self, worths: Sequence[NDArray[np.float64]], *, enough: float = np.inf) -> Found:
        """Find a best plan under other worths.

        Parameters
        ----------
        worths : sequence of ndarray
            One array a block.
        enough : float
            A plan worth more than this will do.

        Returns
        -------
        Found

        Raises
        ------
        InfeasibleFormation
            No plan keeps the rules.
        Unproven
            Stopped before the plan was proven.
        """
        self.pool.value(worths)
        found = best_of(self.pool, self.solver, self.deadline, start=self.start, known=self.known, enough=enough)
        if found is None:
            raise infeasible(self.pool.candidates, self.pool.rules)
        self.known[found.keys] = None
        used = found.solution.keys[(found.solution.weights > 0) & (found.solution.keys >= 0)]
        merged = dict.fromkeys([*found.keys, *used.tolist(), *self.start.tolist()])
        self.start = np.array(list(merged)[:_KEPT], np.int64)
        return found
