"""How often each group is in the best plan when the coefficients, or the worths, are drawn."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, Masks
from coalitions.errors import CoalitionError, SolverError
from coalitions.formation.pool import Pool
from coalitions.formation.repeated import Repeated, Unproven
from coalitions.formation.rules import Rules
from coalitions.formation.scenarios import Scenarios, scenario_problem
from coalitions.formation.solvers import solver_named
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PART = 25  # draws to a task, whoever does it: what is found must not depend on the number of workers
_MOST_LISTED = 12


@dataclass(frozen=True, kw_only=True)
class GroupFrequency:
    """A group that is in the best plan under some of the draws.

    Attributes
    ----------
    members : tuple of labels
    objective : hashable
    count : int
        In the best plan of so many draws.
    frequency : float
    interval : tuple of two floats
        Wilson's confidence interval of the frequency.
    """

    members: tuple[Label, ...]
    objective: Any
    count: int
    frequency: float
    interval: tuple[float, float]

    @property
    def name(self) -> str:
        """The members' labels, joined."""
        return "-".join(map(str, self.members))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GroupFrequencies(Result):
    """Which groups stand on firm ground.

    Attributes
    ----------
    groups : tuple of GroupFrequency
        Most frequent first.
    plans : tuple of (tuple of (members, objective), int)
        The different best plans and of how many draws each is the best, most frequent first.
    worths : ndarray, shape (draws,)
        Of the best plan under each draw, in the order of the draws.
    draws, asked : int
        How many were solved, and how many there were to solve; fewer where the clock, or Ctrl-C, ended the work.
    level : float
        Of the intervals.
    reused : int
        Draws under which a plan known before was still the best: no integer program was needed.
    seconds : float
    """

    groups: tuple[GroupFrequency, ...]
    plans: tuple[tuple[tuple[tuple[tuple[Label, ...], Any], ...], int], ...]
    worths: NDArray[np.float64]
    draws: int
    asked: int
    level: float
    reused: int
    seconds: float

    _concept = "group frequencies"

    def together(self, first: Label, second: Label) -> float:
        """Give the share of draws under which some group of the best plan holds both states.

        Parameters
        ----------
        first, second : label

        Returns
        -------
        float
        """
        count = sum(
            often for plan, often in self.plans if any(first in members and second in members for members, _ in plan)
        )
        return count / self.draws

    def to_frame(self) -> pd.DataFrame:
        """Give one row a group.

        Returns
        -------
        pandas.DataFrame
            Columns ``members``, ``objective``, ``count``, ``frequency``, ``low``, ``high``.
        """
        import pandas as pd

        return pd.DataFrame(
            [(group.members, group.objective, group.count, group.frequency, *group.interval) for group in self.groups],
            columns=["members", "objective", "count", "frequency", "low", "high"],
        )

    def plot(self, ax: Axes | None = None, *, most: int = 20) -> Axes:
        """Draw the frequencies of the most frequent groups with their intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
        most : int

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        shown = self.groups[:most]
        axes = ax if ax is not None else plt.subplots(figsize=(6, 0.28 * len(shown) + 1.2))[1]
        names = [group.name if group.objective is None else f"{group.name}, {group.objective}" for group in shown]
        values = np.array([group.frequency for group in shown])
        ends = np.array([group.interval for group in shown]).reshape(-1, 2)
        axes.barh(range(len(shown)), values, color="tab:blue", alpha=0.6)
        axes.errorbar(
            values,
            range(len(shown)),
            xerr=np.abs(ends.T - values),
            fmt="none",
            ecolor="0.3",
            elinewidth=0.8,
        )
        axes.set_yticks(range(len(shown)), names)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xlabel(f"share of {self.draws} draws with the group in the best plan")
        return axes

    def _headline(self) -> str:
        fewer = f" of {self.asked}" if self.draws < self.asked else ""
        return (
            f"{len(self.groups)} groups in {len(self.plans)} best plans under {self.draws}{fewer} draws; the most "
            f"frequent plan is best under {self.plans[0][1] / self.draws:.0%}"
        )

    def __repr__(self) -> str:
        rows = [
            f"{group.frequency:>5.0%}  {group.name}" + ("" if group.objective is None else f"  {group.objective}")
            for group in self.groups[:_MOST_LISTED]
        ]
        left = len(self.groups) - len(rows)
        return "\n".join([self._headline(), *rows, *([f"... and {left} more"] if left else [])])


def group_frequencies(
    candidates: Any,
    draws: Any = None,
    *,
    level: float = 0.95,
    solver: str = "HiGHS",
    executor: Executor | None = None,
    time_limit: float | None = None,
    **rules: Any,
) -> GroupFrequencies:
    """Find how often each group is in the best plan over draws of the coefficients, or of the worths.

    Parameters
    ----------
    candidates, draws
        As for ``robust_plan``.
    level : float
        Of the confidence intervals.
    solver : str
        As for ``form``.
    executor : concurrent.futures.Executor, optional
        Solves the draws, in tasks of 25: a thread or process pool, or a cluster's. What is found does not depend on
        how many workers there are.
    time_limit : float, optional
        Seconds; the draws solved by then are counted.
    **rules
        The constraints of ``form``, without ``standing``.

    Returns
    -------
    GroupFrequencies

    Raises
    ------
    CoalitionError, WorthError
        As for ``robust_plan``; a level not between 0 and 1.
    InfeasibleFormation
        No plan satisfies the constraints.
    SolverError
        Not one draw could be solved in time.

    Notes
    -----
    A formation for each draw that starts from the columns of the draws before it. One scan of all candidates shows
    whether a plan found before is still the best; an integer program is solved only where it is not and the
    relaxation is fractional. A task for another process carries the candidates and their terms with it.

    References
    ----------
    .. [1] E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, Journal of the
           American Statistical Association 22, 209-212.

    Examples
    --------
    >>> from coalitions import candidates
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> pool = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
    >>> noise = np.random.default_rng(0).normal(scale=0.5, size=(100, len(pool)))
    >>> worths = np.concatenate([block.worths for block in pool.blocks]) + noise
    >>> group_frequencies(pool, worths, groups=1)
    2 groups in 2 best plans under 100 draws; the most frequent plan is best under 94%
      94%  A-B-C
       6%  A-B-D
    """
    started = time.monotonic()
    deadline = np.inf if time_limit is None else started + time_limit
    if not 0 < level < 1:
        raise CoalitionError(f"level is {level}; it must lie between 0 and 1")
    scenarios, checked = scenario_problem(candidates, draws, rules)
    solver_named(solver)
    if not checked.demands:
        scenarios = scenarios.useful()
    try:
        first = Repeated(scenarios.base, checked, solver, deadline)
        known = (first.best(scenarios.worths(0)).keys, first.start)
    except Unproven as error:
        raise SolverError(f"not one draw could be solved in time: {error}") from None
    until = time.time() + deadline - time.monotonic()
    parts = [range(a, min(a + _PART, len(scenarios))) for a in range(0, len(scenarios), _PART)]
    tasks = ((scenarios.part(part), checked, solver, until, known) for part in parts)
    solved: list[_Solved] = []
    try:
        for found in map(_solve, tasks) if executor is None else _submitted(tasks, executor):
            solved += found
    except KeyboardInterrupt:
        if not solved:
            raise
    if not solved:
        raise SolverError("not one draw could be solved in time; raise time_limit")
    plans = Counter(each.keys for each in solved)
    counts = Counter(key for each in solved for key in each.keys)
    place = Pool(scenarios.base, checked)

    def named(key: int) -> tuple[tuple[Label, ...], Any]:
        objective, members = place.members_of(key)
        return tuple(scenarios.base.players[i] for i in members), objective

    return GroupFrequencies(
        groups=tuple(
            GroupFrequency(
                members=named(key)[0],
                objective=named(key)[1],
                count=count,
                frequency=count / len(solved),
                interval=_wilson(count, len(solved), level),
            )
            for key, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
        plans=tuple(
            (tuple(map(named, keys)), count)
            for keys, count in sorted(plans.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
        worths=np.array([each.worth for each in solved]),
        draws=len(solved),
        asked=len(scenarios),
        level=level,
        reused=sum(each.reused for each in solved),
        seconds=time.monotonic() - started,
    )


class _Solved(NamedTuple):
    keys: tuple[int, ...]
    worth: float
    reused: bool


_Task: TypeAlias = tuple[Scenarios, Rules, str, float, tuple[tuple[int, ...], Masks]]


def _solve(task: _Task) -> list[_Solved]:
    """Solve some draws one after the other, as far as time goes."""
    scenarios, rules, solver, until, (keys, start) = task
    repeated = Repeated(scenarios.base, rules, solver, time.monotonic() + until - time.time())
    repeated.known[keys] = None
    repeated.start = start
    solved: list[_Solved] = []
    for number in range(len(scenarios)):
        before = set(repeated.known)
        try:
            found = repeated.best(scenarios.worths(number))
        except Unproven:
            break
        solved.append(_Solved(found.keys, found.worth, found.keys in before))
    return solved


def _submitted(tasks: Iterator[_Task], executor: Executor) -> Iterator[list[_Solved]]:
    waiting = [executor.submit(_solve, task) for task in tasks]
    try:
        for future in waiting:
            yield future.result()
    finally:
        for future in waiting:
            future.cancel()


def _wilson(count: int, draws: int, level: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = count / draws
    centre = (share + z * z / (2 * draws)) / (1 + z * z / draws)
    half = z / (1 + z * z / draws) * sqrt(share * (1 - share) / draws + z * z / (4 * draws * draws))
    return max(0.0, centre - half), min(1.0, centre + half)
