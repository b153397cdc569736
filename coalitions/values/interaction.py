"""Interaction indices: what the members of a coalition make together beyond what its parts make."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Masks, coalition_sizes
from coalitions.errors import CoalitionError
from coalitions.families.dividends import zeta
from coalitions.game import Game, as_game
from coalitions.memory import require_memory
from coalitions.values.dividends import CoalitionValues, divided, moebius, numerators

_Probability = Callable[[int, int, int], Fraction]
"""From (players n, coalition size k, size t of a set of others) to the weight of each such set."""


def shapley_interaction(game: Any, *, order: int | None = 2) -> CoalitionValues:
    """Find the Shapley interaction index of all coalitions of one size, or of all at once.

    I(S) = sum over T outside S of t! (n - t - k)! / (n - k + 1)! * (sum over L in S of (-1)**(k - |L|) v(T + L)),
    k = |S|.  Positive: the members complement each other; negative: they replace each other.

    Parameters
    ----------
    game : Game or representation
        n players.
    order : int from 1 to n, or None
        The size k; 1 gives the Shapley value.  None gives every coalition that is not empty.

    Returns
    -------
    CoalitionValues
        In the unit of the worths.

    Raises
    ------
    CoalitionError
        The order is not from 1 to n.

    Notes
    -----
    All pairs in O(2**n): three weighted copies of the table, folded player by player.  Order k costs O(n**(k - 2))
    as much at most.  All coalitions at once: O(n**2 2**n), as the integral of the derivatives of the multilinear
    extension along the diagonal, by quadrature that is exact for their degree.

    References
    ----------
    .. [1] G. Owen (1972), Multilinear extensions of games, Management Science 18, P64-P79 (pairs).
    .. [2] M. Grabisch, M. Roubens (1999), An axiomatic approach to the concept of interaction among players in
           cooperative games, International Journal of Game Theory 28, 547-565.

    Examples
    --------
    >>> shapley_interaction(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]))
    Shapley interaction of 3 coalitions of 3 players
    B, C  6
    A, C  4
    A, B  2
    """
    game = as_game(game)
    name = "Shapley interaction"
    if order is None:
        return _everywhere(game, _shapley_everywhere(game), name)
    return _of_size(game, order, _shapley, name)


def banzhaf_interaction(game: Any, *, order: int | None = 2) -> CoalitionValues:
    """Find the Banzhaf interaction index of all coalitions of one size, or of all at once.

    I(S) = 2**(k - n) * sum over T outside S of (sum over L in S of (-1)**(k - |L|) v(T + L)), k = |S|.

    Parameters
    ----------
    game : Game or representation
        n players.
    order : int from 1 to n, or None
        The size k; 1 gives the Banzhaf value.  None gives every coalition that is not empty.

    Returns
    -------
    CoalitionValues
        In the unit of the worths.

    Raises
    ------
    CoalitionError
        The order is not from 1 to n.

    Notes
    -----
    Cost as for the Shapley interaction; all coalitions at once O(n 2**n).

    References
    ----------
    .. [1] M. Roubens (1996), Interaction between criteria and definition of weights in MCDA problems, 44th meeting
           of the European working group on multicriteria aid for decisions, Brussels.
    .. [2] M. Grabisch, M. Roubens (1999), An axiomatic approach to the concept of interaction among players in
           cooperative games, International Journal of Game Theory 28, 547-565.

    Examples
    --------
    >>> banzhaf_interaction(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]))["B", "C"]
    6.0
    """
    game = as_game(game)
    name = "Banzhaf interaction"
    if order is None:
        table, denominator = numerators(game)
        for i in range(game.n):
            halves = table.reshape(-1, 2, 1 << i)
            low = halves[:, 0].copy()
            halves[:, 0] += halves[:, 1]
            halves[:, 1] -= low
        left = (1 << (game.n - coalition_sizes(game.n).astype(np.int64)))[1:]
        values = _each_divided(table[1:], left, game)
        return _everywhere(game, divided(values, denominator, game), name)
    return _of_size(game, order, _banzhaf, name)


def chaining_interaction(game: Any, *, order: int | None = 2) -> CoalitionValues:
    """Find the chaining interaction index of all coalitions of one size, or of all at once.

    I(S) = sum over T holding S of |S| / |T| * m(T), m the Harsanyi dividends: the mean over all orders of
    arrival of the members' joint contribution to those who are there when the last of them comes.

    Parameters
    ----------
    game : Game or representation
        n players.
    order : int from 1 to n, or None
        The size k; 1 gives the Shapley value.  None gives every coalition that is not empty.

    Returns
    -------
    CoalitionValues
        In the unit of the worths.

    Raises
    ------
    CoalitionError
        The order is not from 1 to n.

    Notes
    -----
    Cost as for the Shapley interaction; all coalitions at once O(n 2**n).

    References
    ----------
    .. [1] J.-L. Marichal, M. Roubens (1999), The chaining interaction index among players in cooperative games, in
           N. Meskens, M. Roubens (eds.), Advances in Decision Analysis, 69-85.

    Examples
    --------
    >>> chaining_interaction(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]))["B", "C"]
    6.0
    """
    game = as_game(game)
    name = "chaining interaction"
    if order is None:
        table, denominator = numerators(game)
        moebius(table)
        sizes = coalition_sizes(game.n).astype(np.int64)
        common = math.lcm(*range(1, game.n + 1)) if game.is_exact else 1
        shares = [0, *(common // t if game.is_exact else 1 / t for t in range(1, game.n + 1))]
        table *= np.array(shares, table.dtype)[sizes]
        _sum_supersets(table)
        table *= sizes
        return _everywhere(game, divided(table[1:], denominator * common, game), name)
    return _of_size(game, order, _chaining, name)


def shapley_taylor(game: Any, *, order: int = 2) -> CoalitionValues:
    """Find the Shapley-Taylor index: dividends of small coalitions, shared interactions of the largest size.

    Coalitions of fewer than k players get their dividend; those of k players get
    k/n * sum over T outside S of (sum over L in S of (-1)**(k - |L|) v(T + L)) / C(n - 1, t).

    Parameters
    ----------
    game : Game or representation
        n players.
    order : int from 1 to n
        The largest size k; 1 gives the Shapley value.

    Returns
    -------
    CoalitionValues
        All coalitions of 1 to k players; they sum to v(N).

    Raises
    ------
    CoalitionError
        The order is not from 1 to n.

    Notes
    -----
    Cost as for the Shapley interaction.

    References
    ----------
    .. [1] M. Sundararajan, K. Dhamdhere, A. Agarwal (2020), The Shapley Taylor interaction index, Proceedings of the
           37th International Conference on Machine Learning, 9259-9268.

    Examples
    --------
    >>> shapley_taylor(Game("ABC", [0, 1, 1, 4, 1, 6, 8, 15])).total
    15.0
    """
    game = as_game(game)
    top = _of_size(game, order, _taylor, "")
    parts = [_of_size(game, size, _dividend, "") for size in range(1, order)]
    return _joined(game, [*parts, top], f"Shapley-Taylor index of order {order}")


def k_shapley_interaction(game: Any, *, order: int = 2) -> CoalitionValues:
    """Aggregate the Shapley interaction indices up to one size so that they sum to v(N): k-SII.

    P(S) = sum over r = 0, ..., k - |S| of B_r * (sum of I(T) over T holding S with |T| = |S| + r), B the Bernoulli
    numbers 1, -1/2, 1/6, 0, -1/30, ...

    Parameters
    ----------
    game : Game or representation
        n players.
    order : int from 1 to n
        The largest size k; 1 gives the Shapley value.

    Returns
    -------
    CoalitionValues
        All coalitions of 1 to k players; they sum to v(N).

    Raises
    ------
    CoalitionError
        The order is not from 1 to n.

    Notes
    -----
    The Shapley interactions of every size up to k, then C(n, k) 2**k additions.

    References
    ----------
    .. [1] S. Bordt, U. von Luxburg (2023), From Shapley values to generalized additive models and back, Proceedings
           of the 26th International Conference on Artificial Intelligence and Statistics, 709-745.

    Examples
    --------
    >>> k_shapley_interaction(Game("ABC", [0, 1, 1, 4, 1, 6, 8, 15])).total
    15.0
    """
    game = as_game(game)
    _check_order(game, order)
    sizes = {size: _of_size(game, size, _shapley, "") for size in range(1, order + 1)}
    bernoulli = _bernoulli(order)
    parts = []
    for size, found in sizes.items():
        total = found.values.copy()
        for larger in range(size + 1, order + 1):
            factor = bernoulli[larger - size]
            if factor:
                members = _members(game.n, larger)
                added = np.zeros(len(total), total.dtype)
                for chosen in combinations(range(larger), size):
                    np.add.at(added, _rank(members[:, list(chosen)]), sizes[larger].values)
                total = total + _scaled(added, factor, game)
        parts.append(CoalitionValues(players=game.players, masks=found.masks.copy(), values=total, name=""))
    return _joined(game, parts, f"k-Shapley interaction of order {order}")


def _shapley(n: int, k: int, t: int) -> Fraction:
    return Fraction(math.factorial(t) * math.factorial(n - t - k), math.factorial(n - k + 1))


def _banzhaf(n: int, k: int, t: int) -> Fraction:
    return Fraction(1, 1 << (n - k))


def _chaining(n: int, k: int, t: int) -> Fraction:
    return Fraction(k * math.factorial(n - k - t) * math.factorial(k + t - 1), math.factorial(n))


def _taylor(n: int, k: int, t: int) -> Fraction:
    return Fraction(k, n * math.comb(n - 1, t))


def _dividend(n: int, k: int, t: int) -> Fraction:
    return Fraction(t == 0)


def _of_size(game: Game, order: int, probability: _Probability, name: str) -> CoalitionValues:
    """Weigh the joint contributions of all coalitions of one size, by size sums over their supersets.

    The worth of T counts for S with a weight c(|T|, |T and S|).  Written in the number of subsets L of S that T
    holds, that is sum over L in S of A(L), A(L) = sum over T holding L of g(|T|) v(T), with one g for each |L|.
    """
    _check_order(game, order)
    n, k = game.n, order
    masks = _masks_of(n, k)
    table, denominator = numerators(game)
    sizes = coalition_sizes(n)
    weights = [[Fraction(0)] * (n + 1) for _ in range(k + 1)]
    for t in range(n + 1):
        inside = [
            (-1) ** (k - m) * probability(n, k, t - m) if 0 <= t - m <= n - k else Fraction(0) for m in range(k + 1)
        ]
        for j in range(k + 1):
            weights[j][t] = sum(((-1) ** (j - m) * math.comb(j, m) * inside[m] for m in range(j + 1)), Fraction(0))
    common = math.lcm(*(w.denominator for by_size in weights for w in by_size)) if game.is_exact else 1
    values = np.zeros(len(masks), table.dtype)
    members = _members(n, k)
    for j in range(k + 1):
        factors = np.array([int(w * common) if game.is_exact else float(w) for w in weights[j]], table.dtype)
        sums = _superset_sums(table * factors[sizes], j)
        for chosen in combinations(range(k), j):
            values += sums[_rank(members[:, list(chosen)])]
    found = divided(values, denominator * common, game)
    return CoalitionValues(players=game.players, masks=masks, values=found, name=name)


def _superset_sums(table: NDArray[Any], size: int) -> NDArray[Any]:
    """Sum the entries of all supersets of every coalition of one size, in bitmask order; uses the table up."""
    if size == 0:
        total = np.empty(1, table.dtype)
        total[0] = table.sum()
        return total
    parts = []
    for i in reversed(range(len(table).bit_length() - 1)):
        upper = table[1 << i : 2 << i]
        if i >= size - 1:
            parts.append(_superset_sums(upper if size == 1 else upper.copy(), size - 1))
        table[: 1 << i] += upper
    return np.concatenate(parts[::-1])


def _shapley_everywhere(game: Game) -> NDArray[Any]:
    """Integrate all derivatives of the multilinear extension from 0 to 1 along the diagonal."""
    n = game.n
    if game.is_exact:
        nodes, shares = _newton_cotes(n)
    else:
        at, by = np.polynomial.legendre.leggauss(n // 2 + 1)
        nodes, shares = list((at + 1) / 2), list(by / 2)
    start, denominator = numerators(game)
    total = np.zeros(len(start), start.dtype)
    common = math.lcm(*(share.denominator for share in shares)) if game.is_exact else 1
    for x, share in zip(nodes, shares, strict=True):
        table = start.copy()
        # exact nodes are x / n: everything is kept n times as large for each player outside the coalition
        here, whole = (int(x * n), n) if game.is_exact else (x, 1)
        for i in range(n):
            halves = table.reshape(-1, 2, 1 << i)
            low = halves[:, 0].copy()
            halves[:, 0] *= whole - here
            halves[:, 0] += halves[:, 1] * here
            halves[:, 1] -= low
        total += table * (int(share * common) if game.is_exact else share)
    if game.is_exact:
        outside = n - coalition_sizes(n).astype(np.int64)
        scale = np.array([n**t * common for t in range(n + 1)], object)
        return divided(_each_divided(total[1:], scale[outside][1:], game), denominator, game)
    return total[1:]


def _newton_cotes(n: int) -> tuple[list[Fraction], list[Fraction]]:
    """Give nodes k/n and weights that integrate every polynomial of degree n over [0, 1] exactly."""
    shares = []
    for k in range(n + 1):
        others = [j for j in range(n + 1) if j != k]
        polynomial = [Fraction(1)]
        for j in others:
            shifted = [Fraction(0), *polynomial]
            polynomial = [a - j * b for a, b in zip(shifted, [*polynomial, Fraction(0)], strict=True)]
        area = sum(c * Fraction(n) ** power / (power + 1) for power, c in enumerate(polynomial))
        shares.append(Fraction(area) / math.prod(k - j for j in others))
    return [Fraction(k, n) for k in range(n + 1)], shares


def _bernoulli(count: int) -> list[Fraction]:
    numbers = [Fraction(1)]
    for m in range(1, count + 1):
        total = sum((math.comb(m + 1, j) * b for j, b in enumerate(numbers)), Fraction(0))
        numbers.append(-total / (m + 1))
    return numbers


def _sum_supersets(table: NDArray[Any]) -> None:
    """Add to every coalition the entries of all its supersets; in place."""
    zeta(table[::-1])


def _each_divided(values: NDArray[Any], divisors: NDArray[Any], game: Game) -> NDArray[Any]:
    if not game.is_exact:
        return np.asarray(values / divisors)
    found = np.empty(len(values), object)
    for i, (value, divisor) in enumerate(zip(values, divisors, strict=True)):
        found[i] = divided(np.array([value], object), int(divisor), game)[0]
    return found


def _scaled(values: NDArray[Any], factor: Fraction, game: Game) -> NDArray[Any]:
    return divided(values * factor.numerator, factor.denominator, game)


def _members(n: int, size: int) -> NDArray[np.int64]:
    """List the members of all coalitions of one size, in bitmask order."""
    rows = [row[::-1] for row in combinations(range(n - 1, -1, -1), size)][::-1]
    return np.array(rows, np.int64).reshape(len(rows), size)


def _rank(members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the place of each coalition among those of its size, in bitmask order."""
    rank = np.zeros(len(members), np.int64)
    for k in range(members.shape[1]):
        choose = np.array([math.comb(i, k + 1) for i in range(64)], dtype=object)
        rank += choose[: 1 + int(members[:, k].max(initial=0))].astype(np.int64)[members[:, k]]
    return rank


def _masks_of(n: int, size: int) -> Masks:
    require_memory(8 * (size + 2) * math.comb(n, size), f"{math.comb(n, size)} coalitions of {size}", "ask for fewer")
    return np.asarray((1 << _members(n, size)).sum(axis=1), np.int64)


def _check_order(game: Game, order: int) -> None:
    if isinstance(order, bool) or not isinstance(order, int | np.integer) or not 1 <= order <= game.n:
        raise CoalitionError(f"order is {order!r}; it must be an integer from 1 to {game.n}, the number of players")


def _everywhere(game: Game, values: NDArray[Any], name: str) -> CoalitionValues:
    return CoalitionValues(players=game.players, masks=np.arange(1, len(values) + 1), values=values, name=name)


def _joined(game: Game, parts: list[CoalitionValues], name: str) -> CoalitionValues:
    masks = np.concatenate([part.masks for part in parts])
    values = np.concatenate([part.values for part in parts])
    ascending = np.argsort(masks)
    return CoalitionValues(players=game.players, masks=masks[ascending], values=values[ascending], name=name)
