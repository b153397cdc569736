"""Balanced collections: coalitions that weights make cover every player exactly once; all the minimal ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.coalition import Label, as_players, labels_of, mask_of
from coalitions.core.membership import BalancedCollection
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.exact import maximise, rank
from coalitions.game import as_game, float_worths
from coalitions.tolerance import RELATIVE
from coalitions.worths import integer_worths

COUNTS = (0, 1, 2, 6, 42, 1292, 200_214, 132_422_036)
"""How many minimal balanced collections there are for 0, 1, 2, ... players."""

MAX_PLAYERS = 6

_COMMON = math.lcm(*range(1, 10))
"""Weights are fractions of at most 9 for up to 6 players: a minor of a 0-1 matrix of that size is no larger."""

_ENTRIES = 1 << 23
"""Of the products of draws and collections that are in memory at a time: 64 MB."""

Weights = dict[tuple[Label, ...], Fraction]
"""A balanced collection: the weight of each coalition; those of any one player sum to 1."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MinimalBalancedCollections:
    """All minimal balanced collections, each a dict from coalition to weight when looked at.

    ``len()``, iteration and ``[k]`` work as on a list. The order: by number of coalitions, {N} first.

    Attributes
    ----------
    players : tuple of n labels
    masks : ndarray of uint8, shape (m, n), read-only
        The coalitions of every collection as bitmasks, increasing, filled up with 0.
    numerators : ndarray of uint8, shape (m, n), read-only
    denominators : ndarray of uint8, shape (m,), read-only
        The weight of masks[r, k] is numerators[r, k] / denominators[r].
    """

    players: tuple[Label, ...]
    masks: NDArray[np.uint8]
    numerators: NDArray[np.uint8]
    denominators: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.masks)

    def __getitem__(self, k: int) -> Weights:
        total = int(self.denominators[k])
        pairs = zip(self.masks[k].tolist(), self.numerators[k].tolist(), strict=True)
        return {labels_of(mask, self.players): Fraction(part, total) for mask, part in pairs if mask}

    def __iter__(self) -> Iterator[Weights]:
        return (self[k] for k in range(len(self)))

    def __repr__(self) -> str:
        names = ", ".join(map(str, self.players))
        by_size = ", ".join(f"{count} of {size}" for size, count in self.sizes().items())
        return f"{len(self)} minimal balanced collections of {names}: {by_size} coalitions"

    def sizes(self) -> dict[int, int]:
        """Count the collections by their number of coalitions.

        Returns
        -------
        dict from int to int

        Examples
        --------
        >>> minimal_balanced_collections("ABCD").sizes()
        {1: 1, 2: 7, 3: 12, 4: 22}
        """
        counts = np.bincount((self.masks > 0).sum(axis=1))
        return {size: count for size, count in enumerate(counts.tolist()) if count}

    @cached_property
    def types(self) -> tuple[tuple[Weights, int], ...]:
        """One collection of every type and how many are of that type.

        Two collections are of one type when relabelling the players turns one into the other. Costs n! images for
        each type: some tenths of a second for 6 players.
        """
        n = len(self.players)
        codes = _codes(self.masks)
        order = np.argsort(codes)
        images = np.array([[_image(mask, p) for mask in range(1 << n)] for p in permutations(range(n))], np.uint8)
        seen = np.zeros(len(codes), bool)
        found = []
        for k in range(len(codes)):
            if not seen[k]:
                alike = order[np.searchsorted(codes, np.unique(_codes(images[:, self.masks[k]])), sorter=order)]
                seen[alike] = True
                found.append((self[k], len(alike)))
        return tuple(found)


def minimal_balanced_collections(players: int | Iterable[Label]) -> MinimalBalancedCollections:
    """List the minimal balanced collections of up to six players, with exact weights.

    A collection of coalitions is balanced when positive weights cover every player exactly once, and minimal when no
    coalition can be left out; its weights are then unique. A game has a core exactly when none of these collections
    is worth more than v(N).

    Parameters
    ----------
    players : iterable of n labels, or int
        A number n stands for the players 0, ..., n - 1. At most 6 players.

    Returns
    -------
    MinimalBalancedCollections
        1, 2, 6, 42, 1292 or 200214 of them for 1, ..., 6 players.

    Raises
    ------
    TooLargeError
        More than 6 players.

    Notes
    -----
    The collections are the vertices of the polytope of weights. They are found player by player: the newcomer joins
    some coalitions of an old collection, and where the weights of these do not sum to 1, is made up for by going alone,
    by splitting a coalition in two, or by mixing two old collections on a common edge: one step of the double
    description method, each edge once, so that nothing is found twice. 6 players take half a second and 3 MB;
    the list is kept for the next call.

    References
    ----------
    .. [1] B. Peleg (1965), An inductive method for constructing minimal balanced collections of finite sets, Naval
           Research Logistics Quarterly 12, 155-162.
    .. [2] D. Laplace Mermoud, M. Grabisch, P. Sudhoelter (2023), Minimal balanced collections and their application
           to core stability and other topics of game theory, Discrete Applied Mathematics 341, 60-81.

    Examples
    --------
    >>> minimal_balanced_collections("ABC")
    6 minimal balanced collections of A, B, C: 1 of 1, 3 of 2, 2 of 3 coalitions
    >>> minimal_balanced_collections("ABC")[5]
    {('A', 'B'): Fraction(1, 2), ('A', 'C'): Fraction(1, 2), ('B', 'C'): Fraction(1, 2)}
    """
    order = _players(players)
    n = len(order)
    if n > MAX_PLAYERS:
        many = f"{COUNTS[n]:,}" if n < len(COUNTS) else f"more than {COUNTS[-1]:,}"
        raise TooLargeError(
            f"{n} players have {many} minimal balanced collections; {MAX_PLAYERS} players are the most. "
            "core(game) finds the one collection that matters for a game of any size"
        )
    masks, numerators, denominators = _listed(n)
    return MinimalBalancedCollections(players=order, masks=masks, numerators=numerators, denominators=denominators)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Balance:
    """Whether a collection of coalitions is balanced; true or false in a condition, with the proof either way.

    Attributes
    ----------
    holds : bool
    weights : dict from coalition to Fraction
        Positive, and those of any one player sum to 1; empty where there are none.
    is_minimal : bool
        Balanced, and no longer so without any one of the coalitions: the weights are the only ones.
    transfer : dict from player to int
        The proof of a "no": payments that sum to 0, of which no coalition loses and at least one gains. Weights that
        cover every player once would make the coalitions gain 0 in all. Empty for a balanced collection.
    """

    holds: bool
    weights: Weights
    is_minimal: bool
    transfer: dict[Label, int]

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        if not self.holds:
            moved = ", ".join(f"{player} {amount}" for player, amount in self.transfer.items())
            return f"not balanced: no coalition loses and one gains when the players receive {moved}"
        rows = [f"{weight!s:>8}  {' '.join(map(str, coalition))}" for coalition, weight in self.weights.items()]
        return "\n".join(["minimal balanced collection" if self.is_minimal else "balanced collection", *rows])


def is_balanced_collection(coalitions: Iterable[Any], players: Iterable[Label]) -> Balance:
    """Ask whether positive weights on all of these coalitions cover every player exactly once.

    Parameters
    ----------
    coalitions : iterable of coalitions
        Each a label or an iterable of labels; distinct, not empty.
    players : iterable of n labels

    Returns
    -------
    Balance
        With the weights, exact, or with a transfer that proves there are none.

    Raises
    ------
    CoalitionError
        No coalition, an empty one, one that is listed twice, an unknown player.

    Notes
    -----
    One exact linear program of n rows and a column a coalition.

    References
    ----------
    .. [1] L. S. Shapley (1967), On balanced sets and cores, Naval Research Logistics Quarterly 14, 453-460.

    Examples
    --------
    >>> is_balanced_collection([("A", "B"), ("A", "C"), ("B", "C")], "ABC")
    minimal balanced collection
         1/2  A B
         1/2  A C
         1/2  B C
    >>> is_balanced_collection([("A", "B"), ("A", "C")], "ABC")
    not balanced: no coalition loses and one gains when the players receive A 1, B -1, C 0
    """
    order = _players(players)
    n = len(order)
    masks = _collection(coalitions, order)
    columns = [[mask >> i & 1 for i in range(n)] for mask in masks]
    cover = [sum(column[i] for column in columns) for i in range(n)]
    # weights 1 + y and their total t, up to the scale; what the rows lack or have too much costs
    slack = [[sign * (i == k) for i in range(n)] for k in range(n) for sign in (1, -1)]
    found = maximise([0] * (len(masks) + 1) + [-1] * (2 * n), [*columns, [-1] * n, *slack], [-times for times in cover])
    assert found is not None  # the slack makes it feasible
    value, y, prices = found
    if value < 0:
        share = sum(prices, Fraction(0)) / n
        paid = [price - share for price in prices]
        common = math.lcm(*(x.denominator for x in paid))
        whole = [int(x * common) for x in paid]
        transfer = {player: x // math.gcd(*whole) for player, x in zip(order, whole, strict=True)}
        return Balance(holds=False, weights={}, is_minimal=False, transfer=transfer)
    total = y[len(masks)]
    weights = {labels_of(mask, order): (1 + extra) / total for mask, extra in zip(masks, y, strict=False)}
    return Balance(holds=True, weights=weights, is_minimal=rank(columns) == len(masks), transfer={})


def balancing_weights(coalitions: Iterable[Any], players: Iterable[Label]) -> Weights:
    """Give positive weights on all of these coalitions that cover every player exactly once.

    Parameters
    ----------
    coalitions : iterable of coalitions
    players : iterable of n labels

    Returns
    -------
    dict from coalition to Fraction
        In the order given. The only ones where the collection is minimal.

    Raises
    ------
    CoalitionError
        The collection is not balanced (the message has the transfer that proves it), or is no collection.

    Notes
    -----
    One exact linear program of n rows and a column a coalition.

    References
    ----------
    .. [1] L. S. Shapley (1967), On balanced sets and cores, Naval Research Logistics Quarterly 14, 453-460.

    Examples
    --------
    >>> balancing_weights([("A", "B"), "C"], "ABC")
    {('A', 'B'): Fraction(1, 1), ('C',): Fraction(1, 1)}
    """
    found = is_balanced_collection(coalitions, players)
    if not found:
        raise CoalitionError(f"there are no balancing weights; {found!r}")
    return found.weights


def worst_balanced_collection(game: Any) -> BalancedCollection:
    """Find the minimal balanced collection worth most, {N} itself aside.

    The core is empty exactly when it is worth more than v(N); what it lacks is how far the game is from that.

    Parameters
    ----------
    game : Game or representation
        At most 6 players. (For 1 player there is only {N}, and that is the answer.)

    Returns
    -------
    BalancedCollection
        Weights and worth are Fractions where the worths are exact.

    Raises
    ------
    TooLargeError
        More than 6 players.
    WorthError
        Symbolic worths.

    Notes
    -----
    One product of all collections with the worths: some milliseconds for 6 players.

    References
    ----------
    .. [1] O. Bondareva (1963), Some applications of linear programming methods to the theory of cooperative games,
           Problemy Kibernetiki 10, 119-139.

    Examples
    --------
    >>> from coalitions import Game
    >>> worst_balanced_collection(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])).worth
    1.5
    """
    game = as_game(game)
    collections = minimal_balanced_collections(game.players)
    scaled = integer_worths(game.worths) if game.is_exact else None
    exact = scaled is not None
    worth, k = most_balanced_worth(game.worths if exact else float_worths(game))
    weights = tuple(collections[k].values())
    return BalancedCollection(
        coalitions=tuple(collections[k]),
        weights=weights if exact else tuple(map(float, weights)),
        worth=worth,
    )


def most_balanced_worth(worths: NDArray[Any]) -> tuple[Any, int]:
    """Find the largest worth of a minimal balanced collection other than {N}.

    Parameters
    ----------
    worths : ndarray, shape (2**n,), n at most 6
        Floats, or exact rationals of dtype object.

    Returns
    -------
    worth : float or Fraction
    k : int
        Its place in ``minimal_balanced_collections``; 0, which is {N}, for n = 1.

    Raises
    ------
    WorthError
        Symbolic worths.

    Examples
    --------
    >>> most_balanced_worth(np.array([0.0, 1.0, 2.0, 4.0]))
    (3.0, 1)
    """
    masks, numerators, denominators = _listed(len(worths).bit_length() - 1)
    first = min(1, len(masks) - 1)
    if worths.dtype != object:
        products = (worths[masks[first:]] * numerators[first:]).sum(axis=1) / denominators[first:]
        k = int(products.argmax())
        return float(products[k]), first + k
    scaled = integer_worths(worths)
    if scaled is None:
        raise WorthError("worths with symbols cannot be compared: give the symbols numbers first")
    small = max(map(abs, scaled[0])) < (1 << 62) // (_COMMON * MAX_PLAYERS)
    table = np.array(scaled[0], np.int64 if small else object)
    factors = numerators[first:].astype(table.dtype) * (_COMMON // denominators[first:].astype(np.int64))[:, None]
    sums = (table[masks[first:]] * factors).sum(axis=1)
    k = int(sums.argmax())
    return Fraction(int(sums[k]), _COMMON * scaled[1]), first + k


def core_margins(worths: ArrayLike) -> NDArray[np.float64]:
    """Measure, for many games at once, what the worst balanced collection is worth above v(N).

    Parameters
    ----------
    worths : array_like, shape (draws, 2**n)
        A game a row, in bitmask order. 2 to 6 players.

    Returns
    -------
    ndarray of float64, shape (draws,)
        Positive: the core is empty, and v(N) lacks this much.

    Raises
    ------
    WorthError
        No table of 2**n columns, a worth that is not finite, an empty coalition that is worth something.
    TooLargeError
        More than 6 players.

    Notes
    -----
    One matrix product, (collections x coalitions) times (coalitions x draws), in blocks of 64 MB: for 6 players one
    or two milliseconds a draw.

    Examples
    --------
    >>> core_margins([[0, 0, 0, 1, 0, 1, 1, 1], [0, 0, 0, 1, 0, 1, 1, 2]])
    array([ 0.5, -0.5])
    """
    table = np.asarray(worths, np.float64)
    n = (table.shape[-1] if table.ndim == 2 else 0).bit_length() - 1
    if n < 2 or table.shape[1] != 1 << n:
        raise WorthError(
            f"a row for every draw and 2**n columns, n at least 2, are needed; worths has shape {table.shape}"
        )
    minimal_balanced_collections(n)
    if not np.isfinite(table).all():
        draw, mask = np.argwhere(~np.isfinite(table))[0]
        raise WorthError(f"worth of coalition {mask} in draw {draw} is {table[draw, mask]}")
    if table[:, 0].any():
        draw = int(np.flatnonzero(table[:, 0])[0])
        raise WorthError(f"the empty coalition is worth {table[draw, 0]} in draw {draw}; it must be 0")
    from scipy.sparse import csr_array

    masks, numerators, denominators = (array[1:] for array in _listed(n))
    shares = numerators / denominators[:, None]
    used = masks > 0
    starts = np.concatenate(([0], np.cumsum(used.sum(axis=1))))
    matrix = csr_array((shares[used], masks[used].astype(np.int32), starts), shape=(len(masks), 1 << n))
    step = max(1, _ENTRIES // len(masks))
    margins = np.empty(len(table))
    for start in range(0, len(table), step):
        block = table[start : start + step]
        margins[start : start + step] = (matrix @ block.T).max(axis=0) - block[:, -1]
    return margins


def empty_core_share(worths: ArrayLike) -> float:
    """Give the share of games, such as draws of uncertain coefficients, whose core is empty.

    Parameters
    ----------
    worths : array_like, shape (draws, 2**n)
        A game a row, in bitmask order. 2 to 6 players.

    Returns
    -------
    float
        Between 0 and 1. A margin within the tolerance, relative to the worths of the draw, counts as a core.

    Raises
    ------
    WorthError, TooLargeError
        As for ``core_margins``; or no draw at all.

    Notes
    -----
    One matrix product, see ``core_margins``.

    Examples
    --------
    >>> empty_core_share([[0, 0, 0, 1, 0, 1, 1, 1], [0, 0, 0, 1, 0, 1, 1, 2]])
    0.5
    """
    table = np.asarray(worths, np.float64)
    if not table.size:
        raise WorthError(f"there is no draw: worths has shape {table.shape}")
    margins = core_margins(table)
    return float((margins > RELATIVE * np.abs(table).max(axis=1)).mean())


@cache
def _listed(n: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Give bitmasks, numerators and denominators, sorted by number of coalitions and then by the bitmasks."""
    from coalitions._kernels_balanced import add_player

    masks, weights, totals = np.ones((1, 1), np.int64), np.ones((1, 1), np.int64), np.ones(1, np.int64)
    for k in range(1, n):
        old = masks, weights, totals
        shape = (COUNTS[k + 1], k + 1)
        masks, weights, totals = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape[0], np.int64)
        spare = np.zeros((2, 2 * k + 2), np.int64)
        found = add_player(*old, k, masks, weights, totals, spare[0], spare[1], np.zeros((2 * k + 2, k), np.int64))
        assert found == len(masks)
    order = np.lexsort((*masks.T[::-1], (masks > 0).sum(axis=1)))
    listed = tuple(array[order].astype(np.uint8) for array in (masks, weights, totals))
    for array in listed:
        array.flags.writeable = False
    return listed[0], listed[1], listed[2]


def _players(given: int | Iterable[Label]) -> tuple[Label, ...]:
    return as_players(range(given) if isinstance(given, int | np.integer) else given)


def _collection(coalitions: Iterable[Any], players: tuple[Label, ...]) -> list[int]:
    masks: list[int] = []
    for coalition in coalitions:
        mask = mask_of(coalition, players)
        if not mask:
            raise CoalitionError("a coalition of the collection is empty")
        if mask in masks:
            raise CoalitionError(f"coalition {labels_of(mask, players)!r} is listed twice")
        masks.append(mask)
    if not masks:
        raise CoalitionError("no coalition: a collection needs at least one")
    return masks


def _codes(masks: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Write each collection, a row, as one number: bit S is set when coalition S is in it."""
    bits = np.left_shift(np.uint64(1), masks.astype(np.uint64))
    return np.asarray(np.bitwise_or.reduce(np.where(masks > 0, bits, np.uint64(0)), axis=1))


def _image(mask: int, permutation: tuple[int, ...]) -> int:
    return sum(1 << j for i, j in enumerate(permutation) if mask >> i & 1)
