"""Rows of an integer program that every stable plan keeps, and one for each candidate that breaks another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks
from coalitions.formation.blocking import Holdings
from coalitions.formation.pool import Pool
from coalitions.formation.rules import UNLIMITED, Rules

_ROUNDING = 1e-9  # of efforts and bandwidths


class Objector(NamedTuple):
    """A candidate all of whose members would rather form it.

    Attributes
    ----------
    key : int
        Of the candidate.
    objective : hashable
    members : tuple of int
        Positions.
    gains : tuple of float
        What each member gains in it.
    improvement : float
        What the member that improves least gains on balance.
    """

    key: int
    objective: Any
    members: tuple[int, ...]
    gains: tuple[float, ...]
    improvement: float


class StabilityRows:
    """Rows of an integer program that no stable plan breaks.

    A candidate T does not break a plan if it is formed, or if a member i has no use for it: all that i can carry is
    taken by groups at least as good for it as T, or i would lose at least as much by the end of its groups that meet
    another member of T.

    Parameters
    ----------
    problem : pulp.LpProblem
    variables : list of pulp.LpVariable
        One a candidate.
    pool : Pool
    keys : ndarray of int64
        The candidates.
    rules : Rules, optional
        With the bandwidth that states have without more of it; those of the pool by default.
    more : mapping from int to list of pulp.LpVariable
        For states that may get more bandwidth, a binary variable for every group more, used in this order.
    tolerant : bool
        Whether rows may be broken at a price: variables in ``slack``, by the candidate's key.
    """

    def __init__(
        self,
        problem: Any,
        variables: list[Any],
        pool: Pool,
        keys: Masks,
        *,
        rules: Rules | None = None,
        more: Mapping[int, list[Any]] | None = None,
        tolerant: bool = False,
    ) -> None:
        self.more = more or {}
        self.tolerant = tolerant
        self.slack: dict[int, Any] = {}
        self.problem = problem
        self.variables = variables
        self.pool = pool
        self.place = {key: at for at, key in enumerate(keys.tolist())}
        self.rules = rules or pool.rules
        self.capacity = capacities(self.rules)
        self.inside = np.zeros((len(keys), pool.n), np.bool_)
        self.aim = np.zeros(len(keys), np.int64)
        self.gains = np.zeros((len(keys), pool.n), np.float64)
        for at, key in enumerate(keys.tolist()):
            objective, members = pool.members_of(key)
            self.inside[at, members] = True
            self.aim[at] = pool.rules.objectives.index(objective)
            self.gains[at, members] = pool.candidates.gains(members[None, :], objective)[0]
        self.columns = [np.flatnonzero(self.inside[:, i]) for i in range(pool.n)]
        self.full: dict[tuple[int, int], Any] = {}
        self.written: set[int] = set()
        self.count = 0
        self.impossible = False

    def add(self, objector: Objector, holdings: Holdings | None = None) -> None:
        """Write the row against a candidate.

        Parameters
        ----------
        objector : Objector
        holdings : Holdings, optional
            Of the plan that it breaks. Where no general row can be written, or the one that is there did not help for
            rounding, the row says that some member has to hold something it does not hold there.
        """
        again = objector.key in self.written
        terms: dict[int, Any] = {}
        others = []
        for i, gain in zip(objector.members, objector.gains, strict=True):
            capacity = self.capacity[i]
            if again or capacity is None:
                if holdings is None:
                    return
                held = {
                    (self.pool.rules.objectives.index(holdings.formed[g].objective), holdings.formed[g].members)
                    for g in holdings.of_state[i]
                }
                for at in self.columns[i].tolist():
                    if (int(self.aim[at]), tuple(np.flatnonzero(self.inside[at]).tolist())) not in held:
                        terms[at] = self.variables[at]
                extra = self.more.get(i, [])
                used = round(holdings.rules.bandwidth[i] - self.rules.bandwidth[i])
                others += [1 - each for each in extra[used - 1 : used] if used]
                continue
            content = self.columns[i][self.gains[self.columns[i], i] >= gain - self.pool.tolerance]
            if capacity == 1 and i not in self.more:
                terms.update((at, self.variables[at]) for at in content.tolist())
                continue
            if len(content) >= capacity:
                others.append(self._full(i, content, capacity))
            if self.pool.rules.pairs_once:
                whole, part = self._clashes(i, gain, objector)
                terms.update((at, self.variables[at]) for at in whole)
                others += part
        if objector.key in self.place:
            at = self.place[objector.key]
            terms[at] = self.variables[at]
        if self.tolerant:
            if objector.key not in self.slack:
                name = f"tolerated_{objector.key}"
                self.slack[objector.key] = self.problem.add_variable(name, 0, 1, cat="Integer")
            others.append(self.slack[objector.key])
        if not terms and not others:
            self.impossible = True
            return
        import pulp

        self.problem += pulp.lpSum([*terms.values(), *others]) >= 1, f"stable_{self.count}"
        self.count += 1
        if not again:
            self.written.add(objector.key)

    def _full(self, i: int, content: NDArray[np.intp], capacity: float) -> Any:
        """The variable that is 1 only if state i can carry no more than it has of these groups."""
        if (i, len(content)) not in self.full:
            import pulp

            name = f"full_{i}_{len(content)}"
            self.full[i, len(content)] = self.problem.add_variable(name, 0, 1, cat="Integer")
            have = pulp.lpSum(self.variables[at] for at in content.tolist())
            extra = self.more.get(i, [])
            short = (capacity + len(extra)) * (1 - self.full[i, len(content)])
            self.problem += have - pulp.lpSum(extra) + short >= capacity, f"is_{name}"
        return self.full[i, len(content)]

    def _clashes(self, i: int, gain: float, objector: Objector) -> tuple[list[int], list[Any]]:
        """The groups one of which is enough for state i to lose by T, and a variable for several together."""
        own = self.columns[i]
        others = [j for j in objector.members if j != i]
        own = own[(self.aim[own] == self.pool.rules.objectives.index(objector.objective))]
        own = own[self.inside[np.ix_(own, others)].any(axis=1)]
        share = np.minimum(self.gains[own, i] / max(gain - self.pool.tolerance, 1e-300), 1.0)
        whole = own[share >= 1].tolist()
        own, share = own[share < 1], share[share < 1]
        if len(others) < 2 or np.sort(share)[-len(others) :].sum() < 1:
            return whole, []
        import pulp

        variable = self.problem.add_variable(f"loss_{i}_{self.count}", 0, 1, cat="Integer")
        lost = pulp.lpSum(part * self.variables[at] for part, at in zip(share.tolist(), own.tolist(), strict=True))
        self.problem += lost - variable >= 0, f"is_loss_{i}_{self.count}"
        return whole, [variable]


def capacities(rules: Rules) -> list[float | None]:
    """Give how many groups each state can carry at most, where that alone decides what fits.

    Parameters
    ----------
    rules : Rules

    Returns
    -------
    list of float or None
        None where it depends on which groups, because they take different efforts; infinite without a limit.
    """
    found: list[float | None] = []
    for i, bandwidth in enumerate(rules.bandwidth.tolist()):
        if bandwidth >= UNLIMITED:
            found.append(np.inf)
            continue
        most = np.floor(bandwidth / rules.effort[:, i].min() + _ROUNDING)
        found.append(most if most == np.floor(bandwidth / rules.effort[:, i].max() + _ROUNDING) else None)
    return found
