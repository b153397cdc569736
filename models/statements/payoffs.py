"""Worths over draws of the coefficients, with those of theory as one more row.

Every test of a payoff asks its question once for each draw and once under the priors of theory; ``drawn`` then turns
the answers into a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from models.region import Region
from models.statements.registry import Fitted, Run
from models.statements.verdict import Finding

__all__ = [
    "Payoff",
    "best_structures",
    "drawn",
    "every_group",
    "keenest",
    "over_draws",
    "payoff",
    "potential",
    "subsets",
]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Payoff:
    """A region with its coefficients.

    Attributes
    ----------
    region : Region
    year : int
        Of the figures.
    coefficients : array (D + 1, K)
        D draws, then the coefficients of theory.
    """

    region: Region
    year: int
    coefficients: Floats

    def worths(self, members: Indices, interest: str, region: Region | None = None) -> Floats:
        """Give the worths of groups, under other circumstances where a region is given.

        Parameters
        ----------
        members : int array (m, k)
            Pool indices, one group a row.
        interest : str
        region : Region, optional
            With the same pool and terms.

        Returns
        -------
        array (m, D + 1)
            In log-odds, a column a draw and the last for theory.
        """
        where = self.region if region is None else region
        worths: Floats = where.features(members, interest, self.year) @ self.coefficients.T
        return worths


def payoff(run: Run, name: str, draws: int | None = None) -> Payoff:
    """Take a region and its draws from the fit of a run.

    Parameters
    ----------
    run : Run
        With a fit.
    name : str
        Of the region.
    draws : int, optional
        Only the first so many.

    Returns
    -------
    Payoff

    Raises
    ------
    ValueError
        There are no draws of the region, not a column for each of its terms, or a draw is not finite.
    """
    assert run.fitted is not None
    region, table = run.fitted.regions[name], np.asarray(run.fitted.draws.get(name, ()), dtype=np.float64)
    if table.ndim != 2 or not len(table) or table.shape[1] != len(region.names):
        raise ValueError(
            f"the draws of {name} have shape {table.shape}; (draws, {len(region.names)}) is needed, a column a term"
        )
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0].tolist()
        raise ValueError(f"draw {row} of {name} has {table[row, column]} for {region.names[column]!r}; give numbers")
    return Payoff(region, run.fitted.year, np.vstack([table[:draws], _theory(run.fitted, region)]))


def _theory(fitted: Fitted, region: Region) -> list[float]:
    """Give the prior means, with the cost of founding anchored; where nobody founded a group, at its mean elsewhere."""

    def anchored(one: Region) -> dict[str, float]:
        return one.anchored(dict(zip(one.names, one.prior_mean.tolist(), strict=True)), fitted.year)

    if region.choice_data(until=fitted.year).choices:
        return list(anchored(region).values())
    others = [r for r in fitted.regions.values() if "setup" in r.names and r.choice_data(until=fitted.year).choices]
    values = dict(zip(region.names, region.prior_mean.tolist(), strict=True))
    if others:
        values["setup"] = float(np.mean([anchored(other)["setup"] for other in others]))
    return list(values.values())


def drawn(name: str, answers: Floats, run: Run, *, null: float, side: str, unit: str) -> Finding:
    """Make a finding of one answer a draw and, last, that of theory: the median of the draws and their quantiles.

    Parameters
    ----------
    name : str
    answers : array (D + 1,)
        In the unit; infinite ones are allowed.
    run : Run
        Its level is the share of draws the interval holds.
    null : float
        The answer if the claim were empty.
    side : str
        ``"above"`` or ``"below"`` it: where the claim puts the answer.
    unit : str

    Returns
    -------
    Finding

    Examples
    --------
    >>> run = Run(None, None, 0.5, None)
    >>> found = drawn("x", np.array([1.0, 2.0, 3.0, 4.0, 5.0, 9.0]), run, null=0, side="above", unit="worth")
    >>> found.effect, found.interval, found.theory
    (3.0, (2.0, 4.0), 9.0)
    """
    effect, low, high = over_draws(answers[:-1], run.level)
    return Finding(
        name=name, effect=effect, interval=(low, high), null=null, side=side, unit=unit, theory=float(answers[-1])
    )


def over_draws(answers: Floats, level: float) -> tuple[float, float, float]:
    """Give the median and the quantiles that hold a share of the draws.

    Parameters
    ----------
    answers : array (D,)
        One a draw; infinite ones are allowed.
    level : float
        The share, between 0 and 1.

    Returns
    -------
    median, low, high : float
        Each the answer of some draw.
    """
    # halves of neighbours would make nan of infinities
    found = np.quantile(answers, [0.5, (1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return float(found[0]), float(found[1]), float(found[2])


def every_group(region: Region, interest: str, size: int) -> Indices:
    """List all groups of a size that may form for an interest.

    Parameters
    ----------
    region : Region
    interest : str
    size : int

    Returns
    -------
    int array (m, size)
        Pool indices, one group a row.
    """
    return subsets(region.eligible(interest), size)


def subsets(of: Sequence[int], size: int) -> Indices:
    """List the subsets of a size.

    Parameters
    ----------
    of : sequence of int
        n distinct numbers.
    size : int

    Returns
    -------
    int array (m, size)
        One subset a row, m the n over size.

    Examples
    --------
    >>> subsets([4, 7, 9], 2).tolist()
    [[4, 7], [4, 9], [7, 9]]
    """
    return np.fromiter(chain.from_iterable(combinations(of, size)), dtype=np.intp).reshape(-1, size)


def keenest(region: Region, interest: str, year: int, count: int, include: Sequence[str] = ()) -> tuple[int, ...]:
    """Name those with the largest stakes in an interest, after the states that are to be among them anyhow.

    All listed stakeholders hold the same stake; among equal stakes those come first that bring up most alone.

    Parameters
    ----------
    region : Region
    interest : str
    year : int
    count : int
        At most so many.
    include : sequence of str
        Codes that come first.

    Returns
    -------
    tuple of int
        Pool indices, ascending.
    """
    first = [i for i in region.indices(include) if i in region.eligible(interest)]
    theatre = region.theatre(interest, year)
    rest = sorted(
        (i for i in region.eligible(interest) if i not in first), key=lambda i: (-theatre.stake[i], -theatre.alone[i])
    )
    return tuple(sorted([*first, *rest][:count]))


def potential(given: Payoff, interest: str, pool: Sequence[int], sizes: Sequence[int]) -> Floats:
    """Give what each set of states can reach with the best one group among them: (2**n, D + 1).

    Parameters
    ----------
    given : Payoff
    interest : str
    pool : sequence of int
        n pool indices; bit i of a set stands for the ith.
    sizes : sequence of int
        Of the groups that may form.

    Returns
    -------
    ndarray
        At least 0, what no group is worth, and never less for more states.
    """
    worths = _table(given, interest, pool, sizes)
    masks = np.arange(len(worths))
    for bit in range(len(pool)):
        held = masks[masks >> bit & 1 == 1]
        worths[held] = np.maximum(worths[held], worths[held ^ (1 << bit)])
    return worths


def best_structures(given: Payoff, interest: str, pool: Sequence[int], sizes: Sequence[int]) -> Floats:
    """Give the largest total worth of disjoint groups among some states, under each draw: (D + 1,).

    Parameters
    ----------
    given, interest, pool, sizes
        As for ``potential``.

    Returns
    -------
    ndarray
        What ``coalitions.optimal_structure`` finds for each draw, all draws at once.

    Notes
    -----
    Dynamic programming over subsets: every set is split into the group of its lowest state and the rest, O(3**n) for
    n states and each draw.

    References
    ----------
    .. [1] D. Y. Yeh (1986), A dynamic programming approach to the complete set partitioning problem, BIT 26, 467-474.
    """
    worths = _table(given, interest, pool, sizes)
    allowed = np.array([mask for mask in range(len(worths)) if mask.bit_count() in sizes])
    best = np.zeros_like(worths)
    for mask in range(1, len(worths)):
        lowest = mask & -mask
        groups = allowed[(allowed & ~mask == 0) & (allowed & lowest != 0)]
        best[mask] = best[mask ^ lowest]
        if len(groups):
            best[mask] = np.maximum(best[mask], (worths[groups] + best[mask ^ groups]).max(axis=0))
    total: Floats = best[-1]
    return total


def _table(given: Payoff, interest: str, pool: Sequence[int], sizes: Sequence[int]) -> Floats:
    """Give the worth of each set as one group where its size may form, and at least 0: (2**n, D + 1)."""
    bit = np.zeros(len(given.region.states), dtype=np.intp)
    bit[list(pool)] = 1 << np.arange(len(pool))
    worths = np.zeros((1 << len(pool), len(given.coefficients)))
    for size in sizes:
        groups = subsets(pool, size)
        worths[bit[groups].sum(axis=1)] = np.maximum(given.worths(groups, interest), 0.0)
    return worths
