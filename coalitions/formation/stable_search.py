"""The best stable plan: an integer program whose rows are the groups that would break the plans found so far."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks
from coalitions.formation.blocking import Formed, Holdings, chunks_of
from coalitions.formation.candidates import Block, Candidates
from coalitions.formation.integer import IntegerSearch, binary_program
from coalitions.formation.pool import Pool
from coalitions.formation.solvers import Answer, solve_binary, solver_named
from coalitions.formation.stable_rows import Objector, StabilityRows
from coalitions.memory import require_memory

ROWS_A_ROUND = 60
"""Against so many candidates rows are added in a round."""

_STEPS = 200  # of a path of objections that are given in to


class Objectors:
    """The candidates in which every member gains something, with the gains: all that could ever break a plan.

    Parameters
    ----------
    pool : Pool
        The worths of groups in which a member loses become minus infinity: no stable plan has them.
    largest : int, optional
        Only groups of up to so many members break a plan.
    """

    def __init__(self, pool: Pool, largest: int | None = None) -> None:
        self.pool = pool
        self.parts: list[tuple[Any, Masks, NDArray[Any], NDArray[np.float64]]] = []
        first = 0
        for b, block in enumerate(pool.blocks):
            size = block.members.shape[1]
            found = []
            worths = np.full(len(block.worths), -np.inf)
            for start, members in chunks_of(block):
                gains = pool.candidates.gains(members, block.objective)
                least = gains.min(axis=1)
                rows = slice(start, start + len(members))
                worths[rows] = np.where(least >= 0, pool.worths[b][rows], -np.inf)
                if largest is None or size <= largest:
                    willing = np.flatnonzero((least > pool.tolerance) & np.isfinite(worths[rows]))
                    found.append((willing + start, gains[willing]))
            pool.worths[b] = worths
            if found:
                at = np.concatenate([rows for rows, _ in found])
                require_memory(
                    len(at) * size * 9, f"the gains in {len(at)} groups of {size}", "lower max_size, or blockers_up_to"
                )
                gains = np.concatenate([each for _, each in found])
                self.parts.append((block.objective, at + first, block.members[at], gains))
            first += len(block.worths)

    def __len__(self) -> int:
        return sum(len(keys) for _, keys, _, _ in self.parts)

    def columns(self) -> Masks:
        """List the candidates in which nobody loses, by key.

        Returns
        -------
        ndarray of int64
        """
        return np.flatnonzero(np.isfinite(np.concatenate(self.pool.worths)))

    def rational(self) -> Candidates:
        """Make candidates of the groups in which nobody loses.

        Returns
        -------
        Candidates
        """
        given = self.pool.candidates
        blocks = [
            Block(block.objective, block.members[np.isfinite(worths)], worths[np.isfinite(worths)])
            for block, worths in zip(given.blocks, self.pool.worths, strict=True)
        ]
        kept = tuple(block for block in blocks if len(block.worths))
        return Candidates(given.players, given.objectives, kept, given.payoff)

    def against(self, holdings: Holdings, most: int, *, without: Collection[int] = ()) -> list[Objector]:
        """Find groups that would break a plan, those whose least improved member improves most first.

        Parameters
        ----------
        holdings : Holdings
            Of the plan.
        most : int
            At most this many; beyond a third of it a state is not in more than two.
        without : collection of int
            Keys of candidates that do not count.

        Returns
        -------
        list of Objector
            Empty only if there is none.
        """
        found: list[Objector] = []
        for objective, keys, members, gains in self.parts:
            least = holdings.improvements(members, gains, objective)
            if without:
                least[np.isin(keys, list(without))] = -np.inf
            rows = np.flatnonzero(least > self.pool.tolerance)
            if len(rows) > 20 * most:
                rows = rows[np.argpartition(-least[rows], 20 * most)[: 20 * most]]
            found += [
                Objector(key, objective, tuple(own), tuple(each), improvement)
                for key, own, each, improvement in zip(
                    keys[rows].tolist(),
                    members[rows].tolist(),
                    gains[rows].tolist(),
                    least[rows].tolist(),
                    strict=True,
                )
            ]
        found.sort(key=lambda objector: (-objector.improvement, objector.key))
        chosen: list[Objector] = []
        seen = np.zeros(self.pool.n, np.int64)
        for objector in found:
            inside = list(objector.members)
            if 3 * len(chosen) < most or (seen[inside] < 2).all():
                chosen.append(objector)
                seen[inside] += 1
            if len(chosen) == most:
                break
        return chosen


class StableSearch(IntegerSearch):
    """The best plan that no candidate breaks.

    Parameters
    ----------
    pool : Pool
    objectors : Objectors
    bound : float
        Of the linear relaxation.
    solver : str
    deadline : float
        In ``time.monotonic()``.

    Attributes
    ----------
    rounds : int
        Integer programs solved.
    rows : dict from int to Objector
        The candidates against which rows were written, by key.
    """

    def __init__(self, pool: Pool, objectors: Objectors, bound: float, solver: str, deadline: float) -> None:
        super().__init__(pool, bound, solver, deadline)
        self.objectors = objectors
        self.rounds = 0
        self.rows: dict[int, Objector] = {}

    def formed(self, keys: Sequence[int]) -> list[Formed]:
        """Look up the groups of a plan.

        Parameters
        ----------
        keys : sequence of int

        Returns
        -------
        list of Formed
        """
        found = []
        for key in keys:
            objective, members = self.pool.members_of(key)
            gains = self.pool.candidates.gains(members[None, :], objective)[0]
            found.append(Formed(objective, tuple(members.tolist()), tuple(gains.tolist())))
        return found

    def solve_among(self, keys: Masks) -> Answer:
        """Find the best stable plan made of some candidates, against all, and keep it if it is better.

        Parameters
        ----------
        keys : ndarray of int64

        Returns
        -------
        Answer
        """
        chosen = keys[keys >= 0]
        self.survivors = len(chosen)
        self.problem, variables, unit = binary_program(self.pool, chosen)
        rows = StabilityRows(self.problem, variables, self.pool, chosen)
        for objector in self.rows.values():
            rows.add(objector)
        bound = None
        while not rows.impossible:
            left = None if self.deadline == np.inf else max(self.deadline - time.monotonic(), 1.0)
            answer = solve_binary(self.problem, variables, solver_named(self.solver, time_limit=left))
            self.rounds += 1
            self.status = answer.status
            if answer.bound is not None:
                bound = answer.bound / unit if bound is None else min(bound, answer.bound / unit)
            if answer.chosen is None:
                return Answer(None, bound, answer.complete, answer.status)
            plan = [int(chosen[i]) for i in answer.chosen]
            holdings = Holdings(self.pool.rules, self.formed(plan))
            new = self.objectors.against(holdings, ROWS_A_ROUND)
            if not new:
                self.keep(plan)
                return Answer(answer.chosen, bound, answer.complete, answer.status)
            if self.rounds & (self.rounds - 1) == 0:
                self.give_in(plan, new[0])
            if self.best is not None and bound is not None and bound <= self.worth + self.pool.tolerance:
                return Answer(None, bound, True, "no better stable plan")
            if time.monotonic() > self.deadline:
                self.status = "time limit"
                return Answer(None, bound, False, self.status)
            for objector in new:
                rows.add(objector, holdings)
                self.rows.setdefault(objector.key, objector)
        return Answer(None, bound, True, "no stable plan of these")

    def keep(self, plan: list[int]) -> None:
        """Keep a stable plan if it is the best so far.

        Parameters
        ----------
        plan : list of int
        """
        worth = sum(self.pool.worth_of(key) for key in plan)
        if worth > self.worth or self.best is None:
            self.best, self.worth = plan, worth

    def give_in(self, plan: list[int], first: Objector | None = None) -> None:
        """Let the strongest objection have its way, again and again; keep the plan if that ends at a stable one.

        Parameters
        ----------
        plan : list of int
        first : Objector, optional
            The strongest objection to the plan.
        """
        current, seen = list(plan), set()
        for _ in range(_STEPS):
            formed = self.formed(current)
            holdings = Holdings(self.pool.rules, formed)
            strongest = [first] if first else self.objectors.against(holdings, 1)
            first = None
            if not strongest:
                if self._within_rules(formed):
                    self.keep(current)
                return
            t = strongest[0]
            left = {g for i in t.members for g in holdings.dropped(i, t.objective, t.members)}
            current = [key for g, key in enumerate(current) if g not in left] + [t.key]
            if frozenset(current) in seen or time.monotonic() > self.deadline:
                return
            seen.add(frozenset(current))

    def _within_rules(self, formed: list[Formed]) -> bool:
        rules = self.pool.rules
        held = {i for group in formed for i in group.members}
        counts = [sum(group.objective == objective for group in formed) for objective in rules.objectives]
        return (
            len(formed) <= rules.groups
            and held.issuperset(rules.required)
            and all(low <= count <= high for count, (low, high) in zip(counts, rules.quotas, strict=False))
        )
