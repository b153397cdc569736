"""Groups that form by the model itself, to see whether a fit finds the coefficients they were made with."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.observed import (
    FeatureFunction,
    Observed,
    checked_groups,
    completion_sets,
    draw_chances,
    feature_table,
)
from coalitions.calibration.prior import checked_vector
from coalitions.calibration.sets import ChoiceSets, checked_names
from coalitions.errors import ChoiceError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LISTED = 200_000
"""Groups that are listed one by one; beyond, chains of completions draw them."""

_ROWS = 1 << 17


def sample_groups(
    features: FeatureFunction,
    coefficients: ArrayLike,
    pool_size: int,
    sizes: int | Iterable[int],
    count: int,
    rng: int | np.random.Generator | None = None,
    *,
    context: Any = None,
    listed: int = LISTED,
    sweeps: int = 30,
) -> list[Observed]:
    """Draw groups with probabilities proportional to exp(theta . f), over all groups of the given sizes.

    Parameters
    ----------
    features : callable
        As in `completion_sets`.
    coefficients : array (K,)
        theta, in the order of the columns of ``features``.
    pool_size : int
        Members are 0 .. pool_size - 1.
    sizes : int or iterable of int
        Sizes that can form. Without a term for size most draws have the largest, since most groups do.
    count : int
        How many, independent of each other.
    rng : int or numpy.random.Generator, optional
        Anything `numpy.random.default_rng` takes; one seed, the same groups.
    context : object, optional
        Passed to ``features``, and carried by the groups.
    listed : int, default 200 000
        Up to so many possible groups every one is listed, and the draw is exact.
    sweeps : int, default 30
        Beyond, each group ends a Markov chain of its own that begins with a uniform group: in a sweep each member
        is redrawn from its completions and, where sizes differ, the size from its size sets. The chain has the
        right distribution in the limit; more sweeps where coefficients are large.

    Returns
    -------
    list of Observed
        Named "group 1" and so on.

    Raises
    ------
    ChoiceError
        A size outside the pool, a count that is negative, fewer than one sweep, features that are not finite; sizes
        with a gap, where chains are needed.

    Notes
    -----
    Time one row of features for each possible group, or sweeps k (pool_size - k + 1) rows for each group drawn.

    References
    ----------
    .. [1] S. Geman, D. Geman (1984), Stochastic relaxation, Gibbs distributions, and the Bayesian restoration of
       images, IEEE Transactions on Pattern Analysis and Machine Intelligence 6, 721-741.

    Examples
    --------
    >>> wealth = np.array([3.0, 2.0, 1.5, 1.0, 0.5, 0.0])
    >>> total = lambda members, context: wealth[members].sum(axis=1)[:, None]
    >>> [group.members for group in sample_groups(total, [1.0], 6, 2, 3, rng=1)]
    [(0, 2), (2, 3), (0, 1)]
    """
    theta = _checked_theta(coefficients)
    allowed = _checked_sizes(sizes, pool_size)
    if count < 0:
        raise ChoiceError(f"count is {count}; it must not be negative")
    if sweeps < 1:
        raise ChoiceError(f"sweeps is {sweeps}; without at least 1 the chains never leave their uniform start")
    generator = np.random.default_rng(rng)
    probe = Observed("a simulated one", (), context)
    if sum(math.comb(pool_size, k) for k in allowed) <= listed:
        members, chances = _chances(features, theta, pool_size, allowed, probe)
        drawn = [members[i] for i in generator.choice(len(members), size=count, p=chances)]
    else:
        if allowed != tuple(range(allowed[0], allowed[-1] + 1)):
            raise ChoiceError(f"sizes {allowed} have a gap that chains cannot cross; draw each size by itself")
        drawn = _chains(features, theta, pool_size, allowed, count, generator, probe, sweeps)
    return [Observed(f"group {number}", tuple(int(i) for i in group), context) for number, group in enumerate(drawn, 1)]


def simulator(
    groups: Iterable[Observed | tuple[Any, ...]],
    pool_size: int,
    features: FeatureFunction,
    names: Sequence[str],
    coefficients: Mapping[str, float] | ArrayLike,
    *,
    listed: int = LISTED,
    sweeps: int = 30,
    **set_options: Any,
) -> Callable[[np.random.Generator], ChoiceSets]:
    """Prepare draws that look like the observed groups: each redrawn in its own size and context.

    Parameters
    ----------
    groups : iterable of Observed
        The design: sizes, contexts, families and weights are kept, members are drawn.
    pool_size, features, names
        As in `completion_sets`.
    coefficients : array (K,) or mapping
        The truth.
    listed, sweeps
        As in `sample_groups`.
    **set_options
        Passed to `completion_sets`, which builds the sets of the drawn groups.

    Returns
    -------
    callable
        ``simulate(rng) -> ChoiceSets``, for `recovery`.

    Raises
    ------
    ChoiceError
        As `completion_sets`; a name without coefficient. Size sets are refused: sizes are not drawn.

    Examples
    --------
    >>> wealth = np.array([3.0, 2.0, 1.5, 1.0, 0.5, 0.0])
    >>> total = lambda members, context: wealth[members].sum(axis=1)[:, None]
    >>> simulate = simulator([("north", (0, 1)), ("south", (0, 1, 2))], 6, total, ["wealth"], [1.0])
    >>> simulate(np.random.default_rng(0))
    5 choice sets of 2 clusters, 4 to 5 alternatives each; 1 term: wealth
    """
    records = checked_groups(groups, pool_size)
    terms = checked_names(names)
    theta = checked_vector(coefficients, terms, "coefficients")
    if sweeps < 1:
        raise ChoiceError(f"sweeps is {sweeps}; without at least 1 the chains never leave their uniform start")
    if set_options.get("size_sets"):
        raise ChoiceError("size_sets: the groups are redrawn in their own sizes, so their sizes say nothing")
    alike: dict[tuple[int, Any], list[int]] = {}
    for number, group in enumerate(records):
        alike.setdefault((len(group.members), _key(group.context)), []).append(number)
    known: dict[tuple[int, Any], tuple[list[Ints], Floats]] = {}
    for key, numbers in alike.items():
        if math.comb(pool_size, key[0]) <= listed:
            known[key] = _chances(features, theta, pool_size, (key[0],), records[numbers[0]])

    def simulate(rng: np.random.Generator) -> ChoiceSets:
        redrawn = list(records)
        for key, numbers in alike.items():
            first = records[numbers[0]]
            if key in known:
                members, chances = known[key]
                found = [members[i] for i in rng.choice(len(members), size=len(numbers), p=chances)]
            else:
                found = _chains(features, theta, pool_size, (key[0],), len(numbers), rng, first, sweeps)
            for number, group in zip(numbers, found, strict=True):
                redrawn[number] = records[number]._replace(members=tuple(int(i) for i in group))
        return completion_sets(redrawn, pool_size, features, terms, **set_options)

    return simulate


def _key(context: Any) -> Any:
    try:
        hash(context)
    except TypeError:
        return id(context)
    return context


def _checked_theta(coefficients: ArrayLike) -> Floats:
    theta = np.array(coefficients, dtype=np.float64)
    if theta.ndim != 1 or not np.isfinite(theta).all():
        raise ChoiceError(f"coefficients must be one finite number a term, not {theta.tolist()}")
    return theta


def _checked_sizes(sizes: int | Iterable[int], pool_size: int) -> tuple[int, ...]:
    allowed = tuple(sorted({sizes} if isinstance(sizes, int) else set(sizes)))
    if not allowed:
        raise ChoiceError("no sizes: give at least one")
    for size in allowed:
        if not 1 <= size < pool_size:
            raise ChoiceError(f"size {size} does not fit the pool of {pool_size}; sizes run from 1 to {pool_size - 1}")
    return allowed


def _utilities(features: FeatureFunction, theta: Floats, members: Ints, group: Observed) -> Floats:
    table = feature_table(features, members, group, None)
    if table.shape[1] != theta.size:
        raise ChoiceError(f"features give {table.shape[1]} terms, and there are {theta.size} coefficients")
    return np.asarray(table @ theta)


def _chances(
    features: FeatureFunction, theta: Floats, pool_size: int, sizes: tuple[int, ...], group: Observed
) -> tuple[list[Ints], Floats]:
    """List all groups with their probabilities."""
    members: list[Ints] = []
    utilities: list[Floats] = []
    for size in sizes:
        for block in _blocks(itertools.combinations(range(pool_size), size)):
            members.extend(block)
            utilities.append(_utilities(features, theta, block, group))
    utility = np.concatenate(utilities)
    chance = np.exp(utility - utility.max())
    return members, chance / chance.sum()


def _blocks(groups: Iterator[tuple[int, ...]]) -> Iterator[Ints]:
    while block := list(itertools.islice(groups, _ROWS)):
        yield np.array(block, dtype=np.intp)


def _chains(
    features: FeatureFunction,
    theta: Floats,
    pool_size: int,
    sizes: tuple[int, ...],
    count: int,
    rng: np.random.Generator,
    group: Observed,
    sweeps: int,
) -> list[Ints]:
    """Run one chain a group, all at once; chains of one size share each call of the features."""

    def drawn(tables: Ints) -> Ints:
        chains, alternatives, size = tables.shape
        utility = _utilities(features, theta, np.sort(tables.reshape(-1, size), axis=1), group)
        noisy = utility.reshape(chains, alternatives) + rng.gumbel(size=(chains, alternatives))
        return np.asarray(noisy.argmax(axis=1))

    start = rng.integers(sizes[0], sizes[-1] + 1, size=count)
    groups = [np.asarray(rng.permutation(pool_size)[:size], dtype=np.intp) for size in start]
    batch = max(1, _ROWS // pool_size)
    for _ in range(sweeps):
        for first in range(0, count, batch):
            span = range(first, min(first + batch, count))
            for size in sorted({groups[i].size for i in span}):
                mine = [i for i in span if groups[i].size == size]
                state = np.array([groups[i] for i in mine])
                for place in range(size):
                    tables = _replaced(state, place, pool_size)
                    state = tables[np.arange(len(mine)), drawn(tables)]
                for i, row in zip(mine, state, strict=True):
                    groups[i] = row
            if len(sizes) > 1:
                _resize(groups, span, pool_size, sizes, features, theta, group, rng)
    return [np.sort(row) for row in groups]


def _outsiders(state: Ints, pool_size: int) -> Ints:
    """Who is in no group's row, (chains, pool_size - k)."""
    outside = np.ones((len(state), pool_size), dtype=bool)
    np.put_along_axis(outside, state, False, axis=1)
    return np.nonzero(outside)[1].reshape(len(state), -1)


def _replaced(state: Ints, place: int, pool_size: int) -> Ints:
    """Completions without the member at a place, the group itself first: (chains, pool_size - k + 1, k)."""
    outside = _outsiders(state, pool_size)
    tables = np.repeat(state[:, None, :], outside.shape[1] + 1, axis=1)
    tables[:, 1:, place] = outside
    return tables


def _resize(
    groups: list[Ints],
    span: range,
    pool_size: int,
    sizes: tuple[int, ...],
    features: FeatureFunction,
    theta: Floats,
    group: Observed,
    rng: np.random.Generator,
) -> None:
    """Redraw each group from a size set around it: the rest R alone, or R with one more, as `completion_sets`."""
    low, high = sizes[0], sizes[-1]
    rests: dict[int, list[tuple[int, Ints]]] = {}
    for i in span:
        size = groups[i].size
        drop = size == high or (size > low and rng.random() < 0.5)
        rest = np.delete(groups[i], rng.integers(size)) if drop else groups[i]
        rests.setdefault(rest.size, []).append((i, rest))
    for size, found in sorted(rests.items()):
        rest = np.array([row for _, row in found])
        outside = _outsiders(rest, pool_size)
        grown = np.concatenate([np.repeat(rest[:, None, :], outside.shape[1], axis=1), outside[:, :, None]], axis=2)
        alone, larger = np.log(draw_chances(size, low, high))
        flat = np.sort(grown.reshape(-1, size + 1), axis=1)
        utility = np.column_stack(
            [
                alone + _utilities(features, theta, np.sort(rest, axis=1), group),
                larger + _utilities(features, theta, flat, group).reshape(len(rest), -1),
            ]
        )
        pick = (utility + rng.gumbel(size=utility.shape)).argmax(axis=1)
        for (i, row), table, choice in zip(found, grown, pick, strict=True):
            groups[i] = row if choice == 0 else table[choice - 1]
