"""What a plan is worth against what else it is: every plan that is best in one without being worse in the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import unknown_label
from coalitions.errors import CoalitionError, SolverError, WorthError
from coalitions.formation.candidates import Candidates
from coalitions.formation.frontier_search import FrontierSearch
from coalitions.formation.plan import Plan
from coalitions.formation.problem import infeasible, make_problem
from coalitions.formation.repeated import require_listed
from coalitions.formation.rules import Rules
from coalitions.formation.solvers import solver_named
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Measure: TypeAlias = str | Callable[[NDArray[Any], Any], Any]
"""``'groups'``, ``'members'``, ``'effort'``, or from members (groups, size) and an objective to numbers (groups,)."""

_NAMED = ("groups", "members", "effort")
_WHOLE = 1e15  # whole numbers up to here are exact
_HULL = 1e-9
_SIGN = {"least": 1.0, "most": -1.0}
_CHUNK = 1 << 18


@dataclass(frozen=True, kw_only=True)
class FrontierPoint:
    """One plan that no other plan beats in everything.

    Attributes
    ----------
    plan : Plan
        Proven: no plan within the rules that is better in the measures is worth as much.
    worth : float
    measures : dict from name to float
        What the plan counts in all its groups together.
    """

    plan: Plan
    worth: float
    measures: dict[str, float]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Frontier(Result):
    """The plans between which only taste decides.

    Attributes
    ----------
    points : tuple of FrontierPoint
        Most valuable first; each proven efficient, and no two with the same worth and measures.
    senses : dict from name to str
        ``'least'`` or ``'most'``: what is better in each measure.
    complete : bool
        Whether these are all efficient points; else ``points`` or the clock ended the search.
    programs : int
        Formations solved.
    seconds : float
    """

    points: tuple[FrontierPoint, ...]
    senses: dict[str, str]
    complete: bool
    programs: int
    seconds: float

    _concept = "frontier"

    def __len__(self) -> int:
        return len(self.points)

    @property
    def supported(self) -> tuple[bool, ...]:
        """For each point, whether it is best for some fixed prices of the measures.

        The others are found by no weighted sum of worth and measures.
        """
        values = np.array([[point.worth, *self._costs(point)] for point in self.points])
        values[:, 1:] *= -1
        scale = np.abs(values).max(axis=0)
        values = values / np.where(scale > 0, scale, 1.0)
        return tuple(_is_supported(values, row) for row in range(len(values)))

    def to_frame(self) -> pd.DataFrame:
        """Give one row a point.

        Returns
        -------
        pandas.DataFrame
            Columns ``worth``, one for each measure, ``groups`` (names of the members, with the objective), and
            ``supported``; with one measure also ``rate``: how much worth the step from the row above costs for each
            unit of the measure.
        """
        import pandas as pd

        columns: dict[str, Any] = {"worth": [point.worth for point in self.points]}
        for name in self.senses:
            columns[name if name != "groups" else "number"] = [point.measures[name] for point in self.points]
        columns["groups"] = [
            tuple(
                group.name if group.objective is None else f"{group.objective}: {group.name}"
                for group in point.plan.groups
            )
            for point in self.points
        ]
        columns["supported"] = self.supported
        if len(self.senses) == 1 and len(self.points):
            costs = [self._costs(point)[0] for point in self.points]
            steps = [
                (a.worth - b.worth) / (x - y)
                for a, b, x, y in zip(self.points, self.points[1:], costs, costs[1:], strict=False)
            ]
            columns["rate"] = [np.nan, *steps]
        return pd.DataFrame(columns)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw worth against the first measure; with more measures, the second one as colour.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(6, 3.5))[1]
        names = list(self.senses)
        across = np.array([point.measures[names[0]] for point in self.points])
        worths = np.array([point.worth for point in self.points])
        if len(names) == 1:
            kept = np.array(self.supported)
            order = np.argsort(across)  # between two points the better one is out of reach
            held: Literal["pre", "post"] = "post" if self.senses[names[0]] == "least" else "pre"
            axes.step(across[order], worths[order], where=held, color="0.7", zorder=1)
            axes.scatter(across[kept], worths[kept], color="tab:blue", zorder=2, label="best for some price")
            if not kept.all():
                axes.scatter(
                    across[~kept],
                    worths[~kept],
                    facecolor="white",
                    edgecolor="tab:blue",
                    zorder=2,
                    label="for no price",
                )
                axes.legend(frameon=False)
        else:
            colours = [point.measures[names[1]] for point in self.points]
            shown = axes.scatter(across, worths, c=colours, cmap="viridis")
            axes.figure.colorbar(shown, ax=axes, label=f"{names[1]} ({self.senses[names[1]]} is better)")
        axes.set_xlabel(f"{names[0]} ({self.senses[names[0]]} is better)")
        axes.set_ylabel("worth of the plan (unit of the payoff)")
        axes.set_title(self._headline(), fontsize="small")
        return axes

    def _costs(self, point: FrontierPoint) -> list[float]:
        return [point.measures[name] * _SIGN[sense] for name, sense in self.senses.items()]

    def _headline(self) -> str:
        count = f"{len(self.points)} efficient plan{'s' * (len(self.points) != 1)}"
        against = " and ".join(f"{sense} {name}" for name, sense in self.senses.items())
        return f"{count} between worth and {against}{'' if self.complete else ', of more'}"

    def __repr__(self) -> str:
        rows = [("worth", *self.senses, "plan")]
        for point in self.points:
            names = ", ".join(group.name for group in point.plan.groups) or "no group"
            rows.append((f"{point.worth:.4g}", *(f"{point.measures[name]:.4g}" for name in self.senses), names))
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.senses) + 1)]
        lines = [
            "  ".join([*(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]])
            for row in rows
        ]
        return "\n".join([self._headline(), *lines])


def frontier(
    candidates: Candidates,
    measure: Measure | Mapping[str, Measure] = "groups",
    *,
    sense: str | Mapping[str, str] = "least",
    points: int | None = None,
    solver: str = "HiGHS",
    time_limit: float | None = None,
    **rules: Any,
) -> Frontier:
    """Find every plan between worth and other measures of it that no plan beats in all of them.

    Parameters
    ----------
    candidates : Candidates
    measure : str, callable, or mapping from name to either
        What else counts about a plan, added up over its groups: ``'groups'`` (their number), ``'members'`` (seats in
        all), ``'effort'`` (bandwidth taken), or ``measure(members, objective)`` giving one number a group, shape
        (groups,), such as its cost or its cohesion. Several by name.
    sense : {'least', 'most'}, or mapping from name to either
        What is better.
    points : int, optional
        Only about so many, spread evenly over the range of one measure; by default all.
    solver : str
        As for ``form``.
    time_limit : float, optional
        Seconds; the points found by then are returned.
    **rules
        The constraints of ``form``.

    Returns
    -------
    Frontier

    Raises
    ------
    CoalitionError
        An unknown measure or sense; ``points`` below 2, or with several measures; as for ``form``.
    WorthError
        A measure of the wrong shape, or one that is not finite; the message names the group.
    InfeasibleFormation
        No plan satisfies the constraints.
    SolverError
        Not even one point could be proven in time.

    Notes
    -----
    The epsilon-constraint method: the plan of largest worth among those better in the measures than a limit, then, at
    that worth, the one that is best in the measures, a second integer program over the candidates whose regret allows
    it; then a limit beyond this plan, until there is none. So no plan is given to which another is equal in one thing
    and better in the other. With several measures each plan splits the zone it is best in into one zone a measure.
    Every point is proven over all candidates, and starts from the columns of the one before. Two integer programs a
    point, and one for each zone that turns out to be empty. Measures that are whole numbers step by their greatest
    common divisor; others are held apart to a millionth of the most that one group counts, the tolerance of integer
    solvers. Memory: 8 bytes a candidate and measure.

    References
    ----------
    .. [1] Y. Y. Haimes, L. S. Lasdon, D. A. Wismer (1971), On a bicriterion formulation of the problems of integrated
           system identification and system optimization, IEEE Transactions on Systems, Man, and Cybernetics 1,
           296-297.
    .. [2] G. Mavrotas, K. Florios (2013), An improved version of the augmented epsilon-constraint method (AUGMECON2)
           for finding the exact Pareto set in multi-objective integer programming problems, Applied Mathematics and
           Computation 219, 9652-9669.

    Examples
    --------
    >>> from coalitions import candidates
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> pool = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
    >>> frontier(pool, "members")
    3 efficient plans between worth and least members
    worth  members  plan
        6        3  A-B-C
        4        2  A-B
        0        0  no group
    """
    started = time.monotonic()
    deadline = np.inf if time_limit is None else started + time_limit
    named = dict(measure) if isinstance(measure, Mapping) else {_name_of(measure): measure}
    senses = _senses(sense, named)
    if points is not None and (points != int(points) or points < 2 or len(named) > 1):
        raise CoalitionError(f"points is {points!r}; it must be a whole number of at least 2, with one measure")
    solver_named(solver)
    require_listed(candidates)
    candidates, checked = make_problem(candidates, rules.pop("standing", ()), **{"bandwidth": 1, **rules})
    counts = [
        [_SIGN[senses[name]] * each for each in _counts(how, name, candidates, checked)] for name, how in named.items()
    ]
    search = FrontierSearch(candidates, checked, counts, solver, deadline)
    complete = search.run(started, None if points is None else int(points))
    if not search.found:
        if complete:
            raise infeasible(candidates, checked)
        raise SolverError(
            "not one point of the frontier could be proven in time; raise time_limit or drop a constraint"
        )
    found = sorted(search.found.items(), key=lambda pair: (-pair[1].worth, *pair[0]))
    return Frontier(
        points=tuple(
            FrontierPoint(
                plan=plan,
                worth=plan.worth,
                measures={name: _SIGN[senses[name]] * cost + 0.0 for name, cost in zip(named, costs, strict=True)},
            )
            for costs, plan in found
        ),
        senses=senses,
        complete=complete and points is None,
        programs=search.programs,
        seconds=time.monotonic() - started,
    )


def _is_supported(values: NDArray[np.float64], row: int) -> bool:
    """Whether some weights, none negative, make a point the best one."""
    from scipy.optimize import linprog

    others = np.delete(values, row, axis=0)
    if not len(others):
        return True
    answer = linprog(
        np.append(np.zeros(values.shape[1]), -1.0),
        A_ub=np.column_stack((others - values[row], np.ones(len(others)))),
        b_ub=np.zeros(len(others)),
        A_eq=[[*np.ones(values.shape[1]), 0.0]],
        b_eq=[1.0],
        bounds=[(0, None)] * values.shape[1] + [(-1, None)],
    )
    return bool(answer.status == 0 and -answer.fun >= -_HULL)


def _name_of(measure: Any) -> str:
    return measure if isinstance(measure, str) else getattr(measure, "__name__", "measure").strip("<>")


def _senses(given: str | Mapping[str, str], named: Mapping[str, Any]) -> dict[str, str]:
    if not named:
        raise CoalitionError("there is no measure: give at least one beside the worth")
    if isinstance(given, Mapping):
        for name in given:
            if name not in named:
                raise unknown_label(name, tuple(named), "measure")
    senses = {name: given.get(name, "least") if isinstance(given, Mapping) else given for name in named}
    for name, sense in senses.items():
        if sense not in _SIGN:
            raise CoalitionError(f"sense of {name!r} is {sense!r}; it must be 'least' or 'most'")
    return senses


def _counts(measure: Any, name: str, candidates: Candidates, rules: Rules) -> list[NDArray[np.float64]]:
    if isinstance(measure, str) and measure not in _NAMED:
        raise unknown_label(measure, _NAMED, "measure")
    found = []
    for block in candidates.blocks:
        groups, size = block.members.shape
        if measure == "groups":
            counts = np.ones(groups)
        elif measure == "members":
            counts = np.full(groups, float(size))
        elif measure == "effort":
            counts = rules.effort_for(block.objective)[block.members].sum(axis=1)
        else:
            counts = np.empty(groups)
            for start in range(0, groups, _CHUNK):
                part = block.members[start : start + _CHUNK]
                answer = np.asarray(measure(part, block.objective), np.float64)
                if answer.shape != (len(part),):
                    raise WorthError(
                        f"measure {name!r} has shape {answer.shape} for {len(part)} groups; it must give one number "
                        "each"
                    )
                counts[start : start + _CHUNK] = answer
        if not np.isfinite(counts).all():
            bad = int(np.argmin(np.isfinite(counts)))
            group = tuple(candidates.players[i] for i in block.members[bad])
            raise WorthError(f"measure {name!r} of {group} is {counts[bad]}")
        found.append(counts)
    return found
