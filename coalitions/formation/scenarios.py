"""Groups whose worths are not known for sure: linear in uncertain coefficients, or drawn one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.errors import CoalitionError, WorthError
from coalitions.formation.candidates import Block, Candidates
from coalitions.formation.parametric import ParametricCandidates, Worths, with_worths
from coalitions.formation.pool import Pool
from coalitions.formation.problem import make_problem
from coalitions.formation.repeated import require_listed
from coalitions.formation.rules import Rules
from coalitions.memory import require_memory

_ROWS = 1 << 14


class Scenarios:
    """Several sets of worths for the same groups.

    Parameters
    ----------
    base : Candidates
        The groups.
    draws : sequence
        What each scenario is made of.
    worths_of : callable
        From one draw to the worths.
    """

    def __init__(self, base: Candidates, draws: Sequence[Any], worths_of: Callable[[Any], Worths]) -> None:
        self.base = base
        self.draws = draws
        self.worths_of = worths_of

    def __len__(self) -> int:
        return len(self.draws)

    def worths(self, number: int) -> Worths:
        """Give the worths in one scenario.

        Parameters
        ----------
        number : int

        Returns
        -------
        list of ndarray
            One a block.

        Raises
        ------
        WorthError
            One of them is not finite.
        """
        found = self.worths_of(self.draws[number])
        for block, worths in zip(self.base.blocks, found, strict=True):
            if not np.isfinite(worths).all():
                bad = int(np.argmin(np.isfinite(worths)))
                group = tuple(self.base.players[i] for i in block.members[bad])
                raise WorthError(f"worth of {group} is {worths[bad]} in scenario {number}")
        return found

    def mean(self, odds: NDArray[np.float64]) -> Worths:
        """Give the mean worths.

        Parameters
        ----------
        odds : ndarray, shape (scenarios,)
            Summing to 1.

        Returns
        -------
        list of ndarray
            One a block.
        """
        if isinstance(self.worths_of, _Linear):
            return self.worths_of(odds @ np.array(self.draws))
        total = [np.zeros(len(block.worths)) for block in self.base.blocks]
        for number, share in enumerate(odds.tolist()):
            for sums, worths in zip(total, self.worths(number), strict=True):
                sums += share * worths
        return total

    def held(self) -> Scenarios:
        """Give the same scenarios with all worths at hand.

        Returns
        -------
        Scenarios

        Raises
        ------
        TooLargeError
            They need 8 bytes a scenario and candidate.
        """
        if isinstance(self.worths_of, _Linear | _Listed):
            return self
        edges = tuple(np.cumsum([0, *(len(block.worths) for block in self.base.blocks)]).tolist())
        require_memory(
            8 * edges[-1] * len(self),
            f"the worths of {edges[-1]} candidates in {len(self)} scenarios",
            "use parametric_candidates, or fewer scenarios",
        )
        return Scenarios(self.base, [np.concatenate(self.worths(k)) for k in range(len(self))], _Listed(edges))

    def of(self, pool: Pool, keys: Iterable[int]) -> NDArray[np.float64]:
        """Give what some candidates are worth in all scenarios.

        Parameters
        ----------
        pool : Pool
            Of these candidates.
        keys : iterable of int

        Returns
        -------
        ndarray, shape (keys, scenarios)
        """
        places = [pool.place_of(key) for key in keys]
        if isinstance(self.worths_of, _Linear):
            thetas = np.array(self.draws)
            terms = np.array([self.worths_of.features[b][at] for b, at in places])
            return np.asarray(terms.reshape(-1, thetas.shape[1]) @ thetas.T)
        scenarios = [self.worths(number) for number in range(len(self))]
        return np.array([[each[b][at] for each in scenarios] for b, at in places]).reshape(-1, len(self))

    def useful(self) -> Scenarios:
        """Leave out the groups that are worth nothing in every scenario: no plan needs them if none are demanded.

        Returns
        -------
        Scenarios
            One group of each block stays, so that none is empty.
        """
        if not isinstance(self.worths_of, _Linear | _Listed):
            return self
        kept = [self._ever_positive(b) for b in range(len(self.base.blocks))]
        blocks = tuple(
            Block(block.objective, block.members[keep], block.worths[keep])
            for block, keep in zip(self.base.blocks, kept, strict=True)
        )
        base = replace(self.base, blocks=blocks)
        if isinstance(self.worths_of, _Linear):
            features = [each[keep] for each, keep in zip(self.worths_of.features, kept, strict=True)]
            return Scenarios(base, self.draws, _Linear(tuple(map(np.asfortranarray, features))))
        columns = np.concatenate(kept)
        edges = np.cumsum([0, *(len(block.worths) for block in blocks)])
        return Scenarios(base, [draw[columns] for draw in self.draws], _Listed(tuple(edges.tolist())))

    def _ever_positive(self, b: int) -> NDArray[np.bool_]:
        ever = np.zeros(len(self.base.blocks[b].worths), np.bool_)
        if isinstance(self.worths_of, _Linear):
            features, thetas = self.worths_of.features[b], np.array(self.draws).T
            for start in range(0, len(ever), _ROWS):
                part = slice(start, start + _ROWS)
                ever[part] = (features[part] @ thetas).max(axis=1) > 0
        else:
            first = sum(len(block.worths) for block in self.base.blocks[:b])
            for draw in self.draws:
                ever |= draw[first : first + len(ever)] > 0
        ever[0] = True
        return ever

    def part(self, numbers: range) -> Scenarios:
        """Give some of the scenarios, with nothing beside them that another process would not need.

        Parameters
        ----------
        numbers : range

        Returns
        -------
        Scenarios
        """
        bare = with_worths(self.base, [block.worths for block in self.base.blocks])
        worths_of = self.worths_of
        if isinstance(worths_of, _Linear):
            worths_of = _Linear(worths_of.features)
        elif isinstance(worths_of, _Made):
            worths_of = replace(worths_of, base=bare)
        return Scenarios(bare, self.draws[numbers.start : numbers.stop], worths_of)


@dataclass(frozen=True, eq=False)
class _Linear:
    features: tuple[NDArray[np.float64], ...]

    def __call__(self, theta: NDArray[np.float64]) -> Worths:
        return [features @ theta for features in self.features]


@dataclass(frozen=True, eq=False)
class _Listed:
    edges: tuple[int, ...]

    def __call__(self, row: NDArray[np.float64]) -> Worths:
        return [row[a:b] for a, b in zip(self.edges, self.edges[1:], strict=False)]


@dataclass(frozen=True, eq=False)
class _Made:
    base: Candidates
    make: Callable[[Any], Candidates] | None

    def __call__(self, draw: Any) -> Worths:
        other = draw if self.make is None else self.make(draw)
        same = (
            isinstance(other, Candidates)
            and other.players == self.base.players
            and len(other.blocks) == len(self.base.blocks)
            and all(
                mine.objective == its.objective
                and (mine.members is its.members or np.array_equal(mine.members, its.members))
                for mine, its in zip(self.base.blocks, other.blocks, strict=True)
            )
        )
        if not same:
            raise CoalitionError(
                f"scenarios must be Candidates with the same groups in the same order; found {other!r} beside "
                f"{self.base!r}"
            )
        return [block.worths for block in other.blocks]


def scenarios_of(candidates: Any, draws: Any = None) -> Scenarios:
    """Read scenarios in any of their forms.

    Parameters
    ----------
    candidates, draws
        As for ``robust_plan``.

    Returns
    -------
    Scenarios

    Raises
    ------
    CoalitionError
        No scenario; candidates whose groups differ.
    WorthError
        Draws of the wrong shape or not finite.
    """
    if isinstance(candidates, ParametricCandidates):
        if isinstance(draws, Sequence) and len(draws) and isinstance(draws[0], Mapping):
            draws = [candidates.theta_of(draw) for draw in draws]
        table = _table(draws, len(candidates.terms), "terms: " + ", ".join(candidates.terms))
        return Scenarios(candidates.candidates, list(table), _Linear(candidates.features))
    if isinstance(candidates, Candidates):
        edges = tuple(np.cumsum([0, *(len(block.worths) for block in candidates.blocks)]).tolist())
        rows = _table(draws, edges[-1], "candidates, in the order of their blocks")
        return Scenarios(candidates, list(rows), _Listed(edges))
    if callable(candidates):
        listed = list(draws if draws is not None else ())
        if not listed:
            raise CoalitionError("there are no draws: give at least one scenario")
        base = candidates(listed[0])
        return Scenarios(base, listed, _Made(base, candidates))
    listed = list(candidates)
    if not listed:
        raise CoalitionError("there are no scenarios: give at least one")
    if draws is not None:
        raise CoalitionError("draws go with Candidates, ParametricCandidates or a function, not with a list of them")
    if not isinstance(listed[0], Candidates):
        raise CoalitionError(f"a scenario is {type(listed[0]).__name__}; it must be Candidates")
    return Scenarios(listed[0], listed, _Made(listed[0], None))


def scenario_problem(candidates: Any, draws: Any, rules: Mapping[str, Any]) -> tuple[Scenarios, Rules]:
    """Read scenarios and check the constraints of their formation.

    Parameters
    ----------
    candidates, draws
        As for ``robust_plan``.
    rules : mapping
        The constraints of ``form``.

    Returns
    -------
    scenarios : Scenarios
    rules : Rules

    Raises
    ------
    CoalitionError
        Standing groups, which take something else off the worths in every scenario.
    """
    if rules.get("standing"):
        raise CoalitionError("standing groups do not go with scenarios: make each one of beside(candidates, standing)")
    scenarios = scenarios_of(candidates, draws)
    require_listed(scenarios.base)
    plain = {name: value for name, value in rules.items() if name != "standing"}
    return scenarios, make_problem(scenarios.base, (), **{"bandwidth": 1, **plain})[1]


def _table(draws: ArrayLike | None, width: int, what: str) -> NDArray[np.float64]:
    table = np.asarray([] if draws is None else draws, np.float64)
    if table.ndim != 2 or table.shape[1] != width or not len(table):
        raise WorthError(
            f"draws have shape {table.shape}; they must have (draws, {width}), one column for each of the {what}"
        )
    if not np.isfinite(table).all():
        row = int(np.argmin(np.isfinite(table).all(axis=1)))
        raise WorthError(f"draw {row} holds {table[row][~np.isfinite(table[row])][0]}; all must be finite")
    return table
