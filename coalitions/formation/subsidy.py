"""Shares that hold a plan together when members can pay one another, and the least subsidy where none do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.formation.blocking import Formed, Holdings, chunks_of, formed_of
from coalitions.formation.plan import Plan
from coalitions.tolerance import RELATIVE

_ROWS_A_ROUND = 200
_PRECISION = 1e-9  # feasibility tolerances of the simplex method, on worths scaled to 1


@dataclass(frozen=True)
class Support:
    """Shares in the groups of a plan, and what has to be added to them from outside.

    Attributes
    ----------
    shares : tuple of tuple of float
        What each member of each group gets: the prices of bandwidth that the relaxation gives, where they suffice.
    nearest : tuple of tuple of float
        The same with as few transfers as possible from the members' own gains.
    subsidies : tuple of float
        What each group gets beside its worth.
    retainers : dict from int to float
        What states get for staying out of further groups that they have room for.
    costs : dict from int to float
        The least subsidy that holds the plan against groups of up to so many members.
    by_prices : bool
        Whether the shares are those prices.
    tolerance : float
        Excesses up to it count as none.
    """

    shares: tuple[tuple[float, ...], ...]
    nearest: tuple[tuple[float, ...], ...]
    subsidies: tuple[float, ...]
    retainers: dict[int, float]
    costs: dict[int, float]
    by_prices: bool
    tolerance: float


def support_of(plan: Plan) -> Support:
    """Find shares against which no candidate can offer all its members more, with the least subsidy.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Support

    Notes
    -----
    Prices first: where the linear relaxation has no gap they are such shares. Linear programs over the shares,
    whose rows are the candidates worth more than their members would give up, found by a scan of all, give the least
    subsidy, and then the least transfers with it.
    """
    program = _Program(plan)
    sizes = sorted({block.members.shape[1] for block in plan.candidates.blocks})
    priced = _by_prices(plan)
    if priced is not None and program.broken(priced, program.nothing, sizes[-1]):
        priced = None
    costs = dict.fromkeys(sizes, 0.0)
    least = 0.0
    for size in sizes if priced is None else ():
        least = program.solve(size)
        costs[size] = least if least > program.tolerance else 0.0
    program.solve(sizes[-1], least=least)
    nearest, subsidies, retainers = program.read()
    return Support(priced or nearest, nearest, subsidies, retainers, costs, priced is not None, program.tolerance)


def _by_prices(plan: Plan) -> tuple[tuple[float, ...], ...] | None:
    """Each member's price of the bandwidth that the group takes, and an equal part of what is left."""
    place = {player: i for i, player in enumerate(plan.candidates.players)}
    shares = []
    for group in plan.groups:
        effort = plan.rules.effort_for(group.objective)
        prices = np.array([plan.prices[member] * effort[place[member]] for member in group.members])
        rest = (group.worth - prices.sum()) / len(prices)
        if rest < -plan.tolerance:
            return None
        shares.append(tuple((prices + rest).tolist()))
    return tuple(shares)


class _Program:
    """Variables: shares, subsidies of groups, retainers, then what states lose by making room, then deviations."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rules = plan.rules
        self.n = len(plan.candidates.players)
        self.formed = formed_of(plan.groups, plan.candidates.players)
        self.scale = plan.tolerance / RELATIVE
        self.holdings = Holdings(self.rules, self.formed)
        sizes = [block.members.shape[1] for block in plan.candidates.blocks]
        self.tolerance = 10 * max(sizes) * plan.tolerance  # a row has so many terms, each as exact as the simplex is
        self.nothing = np.zeros(self.n)
        seats = [(g, i) for g, group in enumerate(self.formed) for i in group.members]
        self.share = {seat: at for at, seat in enumerate(seats)}
        self.subsidy = len(seats)
        self.retainer = self.subsidy + len(self.formed)
        self.count = self.retainer + self.n
        self.room: dict[tuple[int, Any], int] = {}
        self.rows: list[dict[int, float]] = []
        self.low: list[float] = []
        self.known: set[tuple[Any, tuple[int, ...]]] = set()
        self.x = np.zeros(self.count)

    def solve(self, size: int, *, least: float | None = None) -> float:
        """Give the least subsidy against groups of up to so many members, or move shares least with that subsidy."""
        while True:
            value = self._run(least)
            shares, _, retainers = self.read()
            idle = np.zeros(self.n)
            idle[list(retainers)] = list(retainers.values())
            fresh = [each for each in self.broken(shares, idle, size) if each[:2] not in self.known]
            if not fresh:
                return value
            for objective, members, worth in fresh:
                self._add(objective, members, worth)

    def read(self) -> tuple[tuple[tuple[float, ...], ...], tuple[float, ...], dict[int, float]]:
        """Give shares, subsidies and retainers."""
        shares = tuple(
            tuple(float(self.x[self.share[g, i]]) for i in group.members) for g, group in enumerate(self.formed)
        )
        subsidies = tuple(self.x[self.subsidy : self.retainer].tolist())
        idle = self.x[self.retainer : self.retainer + self.n].tolist()
        return shares, subsidies, {i: paid for i, paid in enumerate(idle) if paid > 0}

    def broken(
        self, shares: tuple[tuple[float, ...], ...], idle: NDArray[np.float64], size: int
    ) -> list[tuple[Any, tuple[int, ...], float]]:
        """Scan for candidates worth more than their members would give up."""
        formed = [Formed(group.objective, group.members, own) for group, own in zip(self.formed, shares, strict=True)]
        holdings = Holdings(self.rules, formed)
        for objective in self.rules.objectives:
            free = [i for i in range(self.n) if self.holdings.ways(i, objective) is None]
            holdings.room[objective][free] = idle[free]
        found: list[tuple[float, Any, tuple[int, ...], float]] = []
        for block in self.plan.candidates.blocks:
            if block.members.shape[1] > size:
                continue
            for start, members in chunks_of(block):
                worths = block.worths[start : start + len(members)]
                excess = worths - holdings.losses(members, block.objective).sum(axis=1)
                if self.rules.filters:
                    excess[~self.rules.allowed(members)] = -np.inf
                for rows in holdings.places(members, block.objective):
                    excess[rows] = -np.inf
                at = np.flatnonzero(excess > self.tolerance)
                at = at[np.argsort(-excess[at], kind="stable")[:_ROWS_A_ROUND]]
                found += [
                    (float(excess[row]), block.objective, tuple(members[row].tolist()), float(worths[row]))
                    for row in at.tolist()
                ]
        found.sort(key=lambda each: -each[0])
        return [each[1:] for each in found[:_ROWS_A_ROUND]]

    def _add(self, objective: Any, members: tuple[int, ...], worth: float) -> None:
        self.known.add((objective, members))
        row: dict[int, float] = {}
        for i in members:
            clash = self.holdings.clashes(i, objective, members)
            if clash:
                row.update({self.share[g, i]: 1.0 for g in clash})
            elif self.holdings.ways(i, objective) is None:
                row[self.retainer + i] = 1.0
            else:
                row[self._room(i, objective)] = 1.0
        self.rows.append(row)
        self.low.append(worth)

    def _room(self, i: int, objective: Any) -> int:
        """The variable that is at most what state i has in any set of its groups that would make room."""
        if (i, objective) not in self.room:
            at = self.room[i, objective] = self.count
            self.count += 1
            for way in self.holdings.ways(i, objective, every=True) or ():
                self.rows.append({at: -1.0, **{self.share[g, i]: 1.0 for g in way}})
                self.low.append(0.0)
        return self.room[i, objective]

    def _run(self, least: float | None) -> float:
        from scipy.optimize import linprog
        from scipy.sparse import csr_array, lil_array

        seats = len(self.share)
        moves = seats if least is not None else 0
        width = self.count + moves
        cost = np.zeros(width)
        cost[self.subsidy : self.retainer + self.n] = 1.0
        equal = lil_array((max(len(self.formed), 1), width))
        worth = np.zeros(equal.shape[0])
        for (g, _), at in self.share.items():
            equal[g, at] = 1.0
        for g, group in enumerate(self.plan.groups):
            equal[g, self.subsidy + g] = -1.0
            worth[g] = group.worth / self.scale
        rows, low = list(self.rows), [each / self.scale for each in self.low]
        if least is not None:
            rows.append(dict.fromkeys(range(self.subsidy, self.retainer + self.n), -1.0))
            low.append(-least / self.scale - _PRECISION)
            cost = np.zeros(width)
            cost[self.count :] = 1.0
            own = [gain for group in self.formed for gain in group.gains]
            for at, gain in enumerate(own):  # the deviation is at least the share less the gain, and the reverse
                rows += [{self.count + at: 1.0, at: -1.0}, {self.count + at: 1.0, at: 1.0}]
                low += [-gain / self.scale, gain / self.scale]
        columns = [at for row in rows for at in row]
        values = [-value for row in rows for value in row.values()]
        starts = np.cumsum([0, *(len(row) for row in rows)])
        above = csr_array((values, columns, starts), shape=(len(rows), width)) if rows else None
        answer = linprog(
            cost,
            A_ub=above,
            b_ub=-np.array(low) if rows else None,
            A_eq=equal.tocsr(),
            b_eq=worth,
            bounds=(0, None),
            method="highs",
            options={"primal_feasibility_tolerance": _PRECISION, "dual_feasibility_tolerance": _PRECISION},
        )
        if answer.status != 0:
            from coalitions.errors import SolverError

            raise SolverError(f"the program of the least subsidy ended with {answer.message!r}")
        self.x = answer.x[: self.count] * self.scale
        return float(self.x[self.subsidy : self.retainer + self.n].sum())
