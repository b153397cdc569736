"""Choice sets: what else could have formed, given the groups that did.

A group g forms with probability proportional to exp(theta . f(g)). A choice set conditions on part of that
event and leaves a plain logit, provided the set would have been the same whichever of its groups had been
observed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.sets import ChoiceSets, checked_names
from coalitions.errors import ChoiceError

FeatureFunction = Callable[[NDArray[np.intp], Any], ArrayLike]
"""features(members, context) -> (m, K): the K terms of m groups of equal size; members is (m, k), pool
indices ascending in each row; context is whatever the observed group carries (its year, its objective, a
table)."""


class Observed(NamedTuple):
    """Record a group that formed.

    Parameters
    ----------
    name : str
        What messages and tables call it.
    members : tuple of int
        Indices into the pool, in any order, none twice.
    context : object, optional
        Passed to ``features`` untouched.
    family : hashable, optional
        Groups of one family (the same core members, a group founded anew) share their errors; the name by
        default.
    weight : float, default 1.0
        How many observations it stands for.

    Examples
    --------
    >>> Observed("Quad", (0, 3, 5, 9), context=2007, family="quad").members
    (0, 3, 5, 9)
    """

    name: str
    members: tuple[int, ...]
    context: Any = None
    family: Hashable | None = None
    weight: float = 1.0

    @property
    def cluster(self) -> Hashable:
        """The family, or the name where no family is given."""
        return self.name if self.family is None else self.family


def completion_sets(
    groups: Iterable[Observed | tuple[Any, ...]],
    pool_size: int,
    features: FeatureFunction,
    names: Sequence[str],
    *,
    size_sets: bool = False,
    max_size: int = 8,
    min_size: int = 2,
) -> ChoiceSets:
    """Delete each member of each observed group in turn and offer every completion from the pool.

    For g and i in g the set is {g - i + o : o in the pool, o not in g - i}, g among them. It is the same set
    whichever of its groups had been observed, so P(g | set) is the softmax of theta . f over it, without
    correction. (The set of g and all its one-member swaps is not: a swap h has swaps that g has not, and a
    softmax over it is inconsistent.)

    Parameters
    ----------
    groups : iterable of Observed
        Or tuples (name, members, context, family, weight), the last three optional.
    pool_size : int
        Members are 0 .. pool_size - 1.
    features : callable
        ``features(members, context) -> (m, K)`` for members of shape (m, k), ascending in each row.
    names : sequence of str
        The K terms.
    size_sets : bool, default False
        Also offer each group against growing by one and shrinking by one: this alone tells the coefficients
        of terms that depend on size only.
    max_size, min_size : int, default 8 and 2
        Sizes that can form. No group may be below ``min_size``; ``max_size`` matters to size sets only.

    Returns
    -------
    ChoiceSets
        k sets of pool_size - k + 1 alternatives for a group of k, the observed one first; clustered by
        family.

    Raises
    ------
    ChoiceError
        No groups; a pool size that is not whole; a member outside the pool or twice; a group that is the whole pool; a
        size outside the limits; a term that is nan or infinite (the message names term, group and members); a wrong
        number of columns.

    Notes
    -----
    *Weights.* Any weight that is a function of size alone keeps the estimate consistent, since all
    alternatives of a set have one size. The best weight is h / Var, 1 / (1 + (k - 1) r), with r the
    correlation between the scores of two sets of a group: r is near 0 for terms that add up over members
    (weight 1) and near 1 / (k - 1) for terms that add up over pairs (weight 1/2 for every k). Both say: equal
    weights, whatever the size. So each set counts 1; 1/k would be right only if the k sets said the same
    thing. The overlap is left to the clustered errors.

    *Size sets.* For R = g, or R = g - i with i uniform, each side with chance 1/2 (1 at a size limit), the
    set is R and all R + o. Instead of drawing, every such set enters with weight pi = the chance of drawing
    it, and each alternative h has the correction log pi(set | h): 1/2 for R, 1 / (2 (size of R + 1)) for the larger
    ones, doubled at a limit. A group's size sets weigh 1 together: its size is one observation.

    Time and memory: k (pool_size - k + 1) rows of features for each group, one call of ``features`` a group
    and size.

    References
    ----------
    .. [1] D. McFadden (1978), Modelling the choice of residential location, in: Spatial Interaction Theory
       and Planning Models, 75-96 (correction for sampled alternatives).
    .. [2] B. G. Lindsay (1988), Composite likelihood methods, Contemporary Mathematics 80, 221-239.

    Examples
    --------
    >>> wealth = np.array([5.0, 3.0, 2.0, 1.0])
    >>> total = lambda members, context: wealth[members].sum(axis=1)[:, None]
    >>> sets = completion_sets([Observed("pact", (0, 1))], 4, total, ["wealth"])
    >>> sets.features[:3, 0]                        # without 0: the pact itself, then 2 or 3 in its place
    array([8., 5., 4.])
    """
    records = checked_groups(groups, pool_size, min_size)
    terms = checked_names(names)
    if size_sets:
        _check_sizes(records, pool_size, min_size, max_size)
    labels = tuple(dict.fromkeys(group.cluster for group in records))
    index = {label: number for number, label in enumerate(labels)}
    tables: list[NDArray[np.float64]] = []
    corrections: list[NDArray[np.float64]] = []
    sizes: list[int] = []
    weights: list[float] = []
    clusters: list[int] = []
    for group in records:
        swapped = completions(group.members, pool_size)
        k, alternatives, _ = swapped.shape
        full = feature_table(features, swapped.reshape(-1, k), group, terms).reshape(k, alternatives, -1)
        blocks = [(table, np.zeros(alternatives), 1.0) for table in full]
        if size_sets:
            blocks += _size_blocks(group, full, pool_size, features, terms, min_size, min(max_size, pool_size))
        for table, correction, weight in blocks:
            tables.append(table)
            corrections.append(correction)
            sizes.append(len(table))
            weights.append(weight * group.weight)
            clusters.append(index[group.cluster])
    stacked = np.concatenate(tables)
    stacked.flags.writeable = False
    return ChoiceSets(
        names=terms,
        features=stacked,
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        chosen=np.zeros(len(sizes), dtype=np.intp),
        correction=np.concatenate(corrections),
        cluster=np.array(clusters, dtype=np.intp),
        labels=labels,
        weight=np.array(weights),
    )


def completions(members: Sequence[int], pool_size: int) -> NDArray[np.intp]:
    """List the completions of a group without each of its members.

    Parameters
    ----------
    members : sequence of k int
        The group, indices below pool_size.
    pool_size : int
        Number of states in the pool.

    Returns
    -------
    array (k, pool_size - k + 1, k)
        Entry [i, 0] is the group itself, entry [i, j] puts the j-th outsider in the place of the i-th member;
        each ascending.

    Examples
    --------
    >>> completions((0, 2), 4)[0].tolist()
    [[0, 2], [1, 2], [2, 3]]
    """
    group = np.sort(np.asarray(members, dtype=np.intp))
    outside = np.setdiff1d(np.arange(pool_size), group)
    table = np.tile(group, (group.size, outside.size + 1, 1))
    for place in range(group.size):
        table[place, 1:, place] = outside
    table.sort(axis=2)
    return table


def feature_table(
    features: FeatureFunction, members: NDArray[np.intp], group: Observed, names: Sequence[str] | None
) -> NDArray[np.float64]:
    """Call ``features`` for one observed group and refuse what is not a finite (m, K) table.

    Parameters
    ----------
    features : callable
        As in `completion_sets`.
    members : array (m, k)
        Groups of one size.
    group : Observed
        Whose neighbours these are; gives the context and is named in messages.
    names : sequence of str, optional
        The K terms; without them any number of columns will do.

    Returns
    -------
    array (m, K)

    Raises
    ------
    ChoiceError
        The shape is wrong or a value is not finite.
    """
    table = np.asarray(features(members, group.context), dtype=np.float64)
    expected = table.shape[1:] if names is None else (len(names),)
    if table.ndim != 2 or table.shape != (len(members), *expected):
        columns = "K" if names is None else str(len(names))
        raise ChoiceError(
            f"features of group {group.name!r} have shape {table.shape}; "
            f"({len(members)}, {columns}) is needed, one row a group and one column a term"
        )
    bad = np.argwhere(~np.isfinite(table))
    if bad.size:
        row, column = bad[0]
        term = f"column {column}" if names is None else repr(names[column])
        raise ChoiceError(
            f"term {term} is {table[row, column]} for members {tuple(members[row].tolist())}, "
            f"a neighbour of group {group.name!r}; every term must be finite for every group that could form"
        )
    return table


def checked_groups(
    groups: Iterable[Observed | tuple[Any, ...]], pool_size: int, min_size: int = 1
) -> tuple[Observed, ...]:
    """Read observed groups, refusing those that do not fit the pool.

    Parameters
    ----------
    groups : iterable of Observed or tuples
        As in `completion_sets`.
    pool_size : int
        Members are 0 .. pool_size - 1.
    min_size : int, default 1
        Fewest members.

    Returns
    -------
    tuple of Observed

    Raises
    ------
    ChoiceError
        Named by group.

    Examples
    --------
    >>> checked_groups([("pact", [2, 0])], 3)[0].members
    (0, 2)
    """
    if not isinstance(pool_size, int | np.integer):
        raise ChoiceError(f"pool_size is {pool_size!r}; it must be a whole number")
    records = tuple(_record(group) for group in groups)
    if not records:
        raise ChoiceError("no groups: at least one observed group is needed")
    for group in records:
        outside = [i for i in group.members if not 0 <= i < pool_size]
        if outside:
            raise ChoiceError(f"group {group.name!r}: member {outside[0]} is outside the pool 0..{pool_size - 1}")
        if len(set(group.members)) < len(group.members):
            twice = next(i for i in group.members if group.members.count(i) > 1)
            raise ChoiceError(f"group {group.name!r}: member {twice} comes twice")
        if len(group.members) < max(min_size, 1):
            raise ChoiceError(
                f"group {group.name!r} has {len(group.members)} members, fewer than "
                f"min_size = {max(min_size, 1)}; leave it out"
            )
        if len(group.members) >= pool_size:
            raise ChoiceError(
                f"group {group.name!r} is the whole pool of {pool_size}: its sets would have one "
                "alternative; widen the pool or leave it out"
            )
        if not (np.isfinite(group.weight) and group.weight > 0):
            raise ChoiceError(f"group {group.name!r} has weight {group.weight}; it must be positive")
    return records


def _record(group: Observed | tuple[Any, ...]) -> Observed:
    record = Observed(*group)
    try:
        members = tuple(sorted(operator.index(i) for i in record.members))
    except TypeError:
        raise ChoiceError(f"group {record.name!r}: members {record.members!r} are not pool indices (ints)") from None
    return record._replace(members=members)


def _size_blocks(
    group: Observed,
    full: NDArray[np.float64],
    pool_size: int,
    features: FeatureFunction,
    names: tuple[str, ...],
    low: int,
    high: int,
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], float]]:
    """Yield the add set and the drop sets of a group: table (observed first), correction, weight."""
    members = np.asarray(group.members, dtype=np.intp)
    k = members.size
    if k < high:
        outside = np.setdiff1d(np.arange(pool_size), members)
        grown = np.sort(np.column_stack([np.tile(members, (outside.size, 1)), outside]), axis=1)
        larger = feature_table(features, grown, group, names)
        smallest, largest = draw_chances(k, low, high)
        correction = np.log(np.r_[smallest, np.full(outside.size, largest)])
        yield np.concatenate([full[0, :1], larger]), correction, smallest
    if k > low:
        rests = np.array([np.delete(members, place) for place in range(k)])
        smaller = feature_table(features, rests, group, names)
        smallest, largest = draw_chances(k - 1, low, high)
        correction = np.log(np.r_[np.full(full.shape[1], largest), smallest])
        for place in range(k):
            yield np.concatenate([full[place], smaller[place : place + 1]]), correction, largest


def draw_chances(rest: int, low: int, high: int) -> tuple[float, float]:
    """Give the chance that the size set around a rest R is drawn, had R, or one R + o, been observed.

    Parameters
    ----------
    rest : int
        Members of R.
    low, high : int
        Sizes that can form.

    Returns
    -------
    tuple of two float

    Examples
    --------
    >>> draw_chances(3, 2, 8)
    (0.5, 0.125)
    """
    return (1.0 if rest == low else 0.5), (1.0 if rest + 1 == high else 0.5) / (rest + 1)


def _check_sizes(records: tuple[Observed, ...], pool_size: int, low: int, high: int) -> None:
    if not 1 <= low < min(high, pool_size):
        raise ChoiceError(f"size sets need 1 <= min_size < max_size <= {pool_size} (the pool); got {low} and {high}")
    for group in records:
        if len(group.members) > high:
            raise ChoiceError(
                f"group {group.name!r} has {len(group.members)} members, more than max_size = {high}: "
                "raise max_size or leave it out"
            )
