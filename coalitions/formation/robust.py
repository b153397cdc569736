"""Plans for worths that are not known for sure: best on average, at worst, or with least to regret."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label
from coalitions.errors import CoalitionError, SolverError, WorthError
from coalitions.formation.level_search import LevelSearch
from coalitions.formation.pool import Pool
from coalitions.formation.repeated import Repeated, Unproven
from coalitions.formation.rules import Rules
from coalitions.formation.scenarios import Scenarios, scenario_problem
from coalitions.formation.solvers import solver_named
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_CRITERIA = ("expected", "worst", "regret")


@dataclass(frozen=True, kw_only=True)
class RobustGroup:
    """One group of a robust plan.

    Attributes
    ----------
    members : tuple of labels
    objective : hashable
    worths : ndarray, shape (scenarios,)
    """

    members: tuple[Label, ...]
    objective: Any
    worths: NDArray[np.float64]

    @property
    def name(self) -> str:
        """The members' labels, joined."""
        return "-".join(map(str, self.members))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RobustPlan(Result):
    """The plan that is best by its criterion, and what it is worth in every scenario.

    Attributes
    ----------
    criterion : str
        ``'expected'``, ``'worst'`` or ``'regret'``.
    groups : tuple of RobustGroup
        Most valuable on average first.
    value : float
        The mean worth, the least worth, or the largest regret, in the unit of the payoff.
    bound : float
        Proven: no plan within the rules has a larger mean or least worth, or a smaller largest regret.
    tolerance : float
    worths : ndarray, shape (scenarios,)
        Of the plan.
    best : ndarray, shape (scenarios,), or None
        Worth of the best plan for each scenario by itself; known where the criterion is regret.
    binding : tuple of int
        The scenarios that were needed for the proof: no plan is better in all of these.
    weights : ndarray, shape (scenarios,)
        What was averaged; or, at worst and for regret, how much each scenario counts in the relaxation: the odds
        under which chance itself would be hardest on the planner.
    seconds : float
    """

    criterion: str
    groups: tuple[RobustGroup, ...]
    value: float
    bound: float
    tolerance: float
    worths: NDArray[np.float64]
    best: NDArray[np.float64] | None
    binding: tuple[int, ...]
    weights: NDArray[np.float64]
    seconds: float

    _concept = "robust plan"

    @property
    def gap(self) -> float:
        """How far the value may be from the bound."""
        return abs(self.bound - self.value)

    @property
    def is_proven(self) -> bool:
        """Whether no plan is better by the criterion."""
        return self.gap <= self.tolerance

    @property
    def regrets(self) -> NDArray[np.float64] | None:
        """How much less the plan is worth than the best one for each scenario; None where that is not known."""
        return None if self.best is None else np.maximum(self.best - self.worths, 0.0)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a group.

        Returns
        -------
        pandas.DataFrame
            Columns ``members``, ``objective``, ``mean``, ``least``, ``most`` (worth over the scenarios).
        """
        import pandas as pd

        return pd.DataFrame(
            [
                (group.members, group.objective, group.worths.mean(), group.worths.min(), group.worths.max())
                for group in self.groups
            ],
            columns=["members", "objective", "mean", "least", "most"],
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the worth of the plan in every scenario, in order, beside the best plan's where it is known.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(6, 3.5))[1]
        order = np.argsort(self.worths if self.best is None else self.best, kind="stable")
        ticks = np.arange(1, len(order) + 1)
        if self.best is not None:
            axes.plot(ticks, self.best[order], color="0.5", linewidth=0.8, label="best plan for the scenario")
            axes.vlines(ticks, self.worths[order], self.best[order], color="0.8", linewidth=0.8)
        axes.plot(ticks, self.worths[order], ".", color="tab:blue", label="this plan")
        axes.set_xlabel("scenarios, from the worst")
        axes.set_ylabel("worth (unit of the payoff)")
        axes.set_title(self._headline(), fontsize="medium")
        axes.legend(frameon=False)
        return axes

    def _headline(self) -> str:
        what = {"expected": "mean worth", "worst": "least worth", "regret": "largest regret"}[self.criterion]
        quality = "proven optimal" if self.is_proven else f"bound {self.bound:.6g}"
        count = f"{len(self.groups)} group{'s' * (len(self.groups) != 1)}"
        return f"{count}, {what} {self.value:.6g} over {len(self.worths)} scenarios, {quality}"

    def __repr__(self) -> str:
        rows = [
            f"{group.name}{'' if group.objective is None else f'  {group.objective}'}  "
            f"{group.worths.min():.4g} to {group.worths.max():.4g}"
            for group in self.groups
        ]
        return "\n".join([self._headline(), *rows])


def robust_plan(
    candidates: Any,
    draws: Any = None,
    *,
    criterion: str = "expected",
    weights: Sequence[float] | None = None,
    solver: str = "HiGHS",
    time_limit: float | None = None,
    **rules: Any,
) -> RobustPlan:
    """Find the plan that is best by its mean worth, by its worth at worst, or by its largest regret.

    Parameters
    ----------
    candidates : ParametricCandidates, Candidates, sequence of Candidates, or callable
        What the scenarios are about. A sequence of Candidates with the same groups is the scenarios themselves; a
        callable makes them, called with one draw at a time.
    draws : array_like or sequence, optional
        Of ParametricCandidates: coefficients, shape (scenarios, terms) or mappings. Of Candidates: worths, shape
        (scenarios, candidates), in the order of the blocks. Of a callable: what it is called with.
    criterion : {'expected', 'worst', 'regret'}
        Maximise the mean worth; maximise the worth in the worst scenario; minimise the largest regret, by how much
        the best plan for a scenario, known in advance, would have been worth more.
    weights : sequence of float, optional
        Of the scenarios in the mean; equal by default.
    solver : str
        As for ``form``.
    time_limit : float, optional
        Seconds; where they run out a plan is returned with its proven bound, if one was found.
    **rules
        The constraints of ``form``, without ``standing`` (make each scenario ``beside`` the standing groups).

    Returns
    -------
    RobustPlan

    Raises
    ------
    CoalitionError
        No scenario, an unknown criterion, candidates whose groups differ; as for ``form``.
    WorthError
        Draws of the wrong shape or not finite; weights that are negative or sum to 0.
    InfeasibleFormation
        No plan satisfies the constraints.
    SolverError
        Stopped before there was a plan to return.

    Notes
    -----
    The mean is one formation. At worst, and for regret, one more row a scenario bounds a level from above, and the
    level is maximised; the rows are added as the plan found so far falls below its level in a scenario, first on the
    relaxation, then on plans. Regret needs the best plan of every scenario first: a formation each, started from the
    columns of those before. A plan of largest regret U holds only groups whose regret in each scenario's relaxation is
    at most its value less its best plan plus U, so those outside any of these windows drop out of the integer program.

    References
    ----------
    .. [1] L. J. Savage (1951), The theory of statistical decision, Journal of the American Statistical Association
           46, 55-67.
    .. [2] P. Kouvelis, G. Yu (1997), Robust discrete optimization and its applications, Kluwer.
    .. [3] H. Aissi, C. Bazgan, D. Vanderpooten (2009), Min-max and min-max regret versions of combinatorial
           optimization problems: a survey, European Journal of Operational Research 197, 427-438.

    Examples
    --------
    >>> from coalitions import candidates
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> calm = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
    >>> tense = candidates("ABCD", lambda members, objective: 6.0 - 2 * members[:, 0] - members[:, -1], max_size=3)
    >>> robust_plan([calm, tense], criterion="regret")
    1 group, largest regret 1 over 2 scenarios, proven optimal
    A-B-C  4 to 6
    """
    started = time.monotonic()
    deadline = np.inf if time_limit is None else started + time_limit
    if criterion not in _CRITERIA:
        raise CoalitionError(f"criterion is {criterion!r}; it must be one of {', '.join(map(repr, _CRITERIA))}")
    scenarios, checked = scenario_problem(candidates, draws, rules)
    odds = _odds(weights, len(scenarios), criterion)
    solver_named(solver)
    if criterion != "expected":
        scenarios = scenarios.held()
    if not checked.demands:
        scenarios = scenarios.useful()
    best = None
    pool = Pool(scenarios.base, checked)
    if criterion == "expected":
        keys, bound, tolerance = _best_on_average(scenarios, odds, checked, solver, deadline)
        binding: tuple[int, ...] = tuple(range(len(scenarios)))
        values = scenarios.of(pool, keys)
        value = float(odds @ values.sum(axis=0))
    else:
        search = LevelSearch(scenarios, checked, solver, deadline, aims=criterion == "regret")
        keys, level, bound = search.run()
        sign = -1.0 if criterion == "regret" else 1.0
        value, bound, tolerance = sign * level + 0.0, sign * bound + 0.0, search.pool.tolerance
        values, binding, odds = scenarios.of(pool, keys), tuple(sorted(search.active)), search.odds
        best = search.targets if criterion == "regret" else None
    groups = []
    for key, own in zip(keys, values, strict=True):
        objective, members = pool.members_of(key)
        groups.append(
            RobustGroup(members=tuple(scenarios.base.players[i] for i in members), objective=objective, worths=own)
        )
    groups.sort(key=lambda group: (-group.worths.mean(), str(group.objective), group.name))
    return RobustPlan(
        criterion=criterion,
        groups=tuple(groups),
        value=value,
        bound=bound,
        tolerance=tolerance,
        worths=values.sum(axis=0),
        best=best,
        binding=binding,
        weights=odds,
        seconds=time.monotonic() - started,
    )


def _odds(weights: Sequence[float] | None, count: int, criterion: str) -> NDArray[np.float64]:
    if weights is None:
        return np.full(count, 1 / count)
    if criterion != "expected":
        raise CoalitionError(f"weights are for the criterion 'expected'; {criterion!r} has no use for them")
    odds = np.asarray(weights, np.float64)
    if odds.shape != (count,) or not np.isfinite(odds).all() or (odds < 0).any() or not odds.sum() > 0:
        raise WorthError(f"weights are {odds.tolist()}; they must be {count} numbers of at least 0, not all 0")
    return np.asarray(odds / odds.sum())


def _best_on_average(
    scenarios: Scenarios, odds: NDArray[np.float64], rules: Rules, solver: str, deadline: float
) -> tuple[tuple[int, ...], float, float]:
    try:
        repeated = Repeated(scenarios.base, rules, solver, deadline)
        found = repeated.best(scenarios.mean(odds))
    except Unproven as error:
        raise SolverError(f"no robust plan could be proven in time: {error}") from None
    return found.keys, found.worth, repeated.pool.tolerance
