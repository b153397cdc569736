"""The Shapley and the Banzhaf value of a dense game, all players in one pass over the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, singledispatch
from importlib import import_module
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Worths, coalition_sizes
from coalitions.errors import WorthError
from coalitions.game import Game, as_game
from coalitions.tolerance import tolerance_of
from coalitions.worths import integer_worths

_LOW_BITS = 7  # 2**7 columns: the sums and weights of one size class stay in the first-level cache


@singledispatch
def shapley_value(game: Any) -> Allocation:
    """Pay each player its mean marginal contribution over all orders of arrival.

    phi_i = sum over S without i of  s! (n - s - 1)! / n! * (v(S + i) - v(S)),  s the size of S.

    Parameters
    ----------
    game : Game, or a representation of one
        n players, float, exact or symbolic worths. A representation with an algorithm of its own is solved by it,
        at any size; another is tabulated first.

    Returns
    -------
    Allocation
        In the unit of the worths; sums to v(N). Exact worths give exact payoffs, symbols give formulas.

    Notes
    -----
    Time O(2**n) for all players together, memory O(2**(n - 7)) beside the table. The error of float worths is a
    few rounding units of the largest absolute worth.

    References
    ----------
    .. [1] L. S. Shapley (1953), A value for n-person games, Contributions to the Theory of Games II, 307-317.

    Examples
    --------
    >>> pact = Game.from_dict({("AUS", "JPN"): 2, ("AUS", "USA"): 4, ("JPN", "USA"): 6,
    ...                        ("AUS", "JPN", "USA"): 12}, missing=0)
    >>> shapley_value(pact)
    Shapley value of 3 players, exact, sum 12
    AUS     3   25.0%
    JPN     4   33.3%
    USA     5   41.7%
    """
    return _by_family(shapley_value, game)


@shapley_value.register
def _(game: Game) -> Allocation:
    n = game.n
    orders = [factorial(s) * factorial(n - 1 - s) for s in range(n)]
    return _semivalue(game, orders, factorial(n), "Shapley value")


@singledispatch
def banzhaf_value(game: Any) -> Allocation:
    """Pay each player its mean marginal contribution over all coalitions of the others.

    beta_i = 2**(1 - n) * sum over S without i of (v(S + i) - v(S)). Not normalised: it need not sum to v(N).

    Parameters
    ----------
    game : Game, or a representation of one
        n players, float, exact or symbolic worths.

    Returns
    -------
    Allocation
        In the unit of the worths.

    Notes
    -----
    Time and memory as for the Shapley value.

    References
    ----------
    .. [1] J. F. Banzhaf (1965), Weighted voting doesn't work, Rutgers Law Review 19, 317-343.
    .. [2] P. Dubey, L. S. Shapley (1979), Mathematical properties of the Banzhaf power index, Mathematics of
           Operations Research 4, 99-131.

    Examples
    --------
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> banzhaf_value(majority)["A"]
    0.5
    """
    return _by_family(banzhaf_value, game)


@banzhaf_value.register
def _(game: Game) -> Allocation:
    return _semivalue(game, [1] * game.n, 2 ** (game.n - 1), "Banzhaf value")


def normalized_banzhaf_value(game: Any) -> Allocation:
    """Rescale the Banzhaf value so that it shares out v(N).

    beta_i v(N) / sum of beta.

    Parameters
    ----------
    game : Game or representation
        Tabulated; for voting bodies of any size see ``normalized_banzhaf_index``.

    Returns
    -------
    Allocation
        Sums to v(N); exact or symbolic where the worths are.

    Raises
    ------
    WorthError
        The Banzhaf values sum to 0.

    Notes
    -----
    Time and memory as for the Banzhaf value. Not linear in the worths.

    References
    ----------
    .. [1] J. F. Banzhaf (1965), Weighted voting doesn't work, Rutgers Law Review 19, 317-343.
    .. [2] R. van den Brink, G. van der Laan (1998), Axiomatizations of the normalized Banzhaf value and the Shapley
           value, Social Choice and Welfare 15, 567-582.

    Examples
    --------
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> banzhaf_value(majority)["A"], round(normalized_banzhaf_value(majority)["A"], 12)
    (0.5, 0.333333333333)
    """
    game = as_game(game)
    found = banzhaf_value(game)
    total = found.total
    none = abs(total) <= tolerance_of(game.worths) if not game.is_exact else total == 0
    if none:
        raise WorthError(
            f"the Banzhaf values sum to {total}, so they cannot be rescaled to v(N) = {game.worths[-1]}; "
            "banzhaf_value gives them as they are"
        )
    return replace(found, payoffs=found.payoffs * (game.worths[-1] / total), solution="normalized Banzhaf value")


def _by_family(value: Callable[[Any], Allocation], game: Any) -> Allocation:
    """Solve a game that is no table: by the algorithm of its family, or else as the table it becomes.

    The families are imported on the first such call: a script that uses tables only does not pay for them.
    """
    import_module("coalitions.values.by_family")
    dispatch = value.dispatch  # type: ignore[attr-defined]
    solve = dispatch(type(game))
    if solve is dispatch(object):
        return value(as_game(game))
    found: Allocation = solve(game)
    return found


def _semivalue(game: Game, weights: list[int], total: int, solution: str) -> Allocation:
    """Weigh the marginal contribution to each coalition of size s by weights[s] / total.

    A player's value is the weighted sum of the worths of all coalitions that hold it, with weights[s - 1] +
    weights[s], less one sum over all coalitions that is the same for every player.
    """
    fold = _fold_exact if game.is_exact else _fold
    return Allocation(
        players=game.players, payoffs=fold(game.worths, weights, total), solution=solution, method="exact"
    )


def _fold(worths: Worths, weights: list[int], total: int) -> NDArray[np.float64]:
    from coalitions._kernels import class_sums

    n = len(weights)
    low = min(n, _LOW_BITS)
    row_sizes, joined, without = _weight_tables(n, tuple(weights), total)
    sums = np.zeros(joined.shape)
    dots = np.empty(1 << (n - low))
    class_sums(worths.reshape(len(dots), 1 << low), row_sizes, joined, sums, dots)
    common = (without * sums).sum()
    low_and_high = (_member_sums((joined * sums).sum(axis=0)), _member_sums(dots))
    return np.asarray(np.concatenate(low_and_high) - common)


@lru_cache(maxsize=8)
def _weight_tables(
    n: int, weights: tuple[int, ...], total: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]:
    """Lay out the weights by the size of the high half and the members of the low half."""
    low = min(n, _LOW_BITS)
    inside = [0, *weights]
    outside = [*weights, 0]
    by_size = np.array([[(a + b) / total, b / total] for a, b in zip(inside, outside, strict=True)])
    size = np.arange(n - low + 1)[:, None] + coalition_sizes(low)[None, :]
    return coalition_sizes(n - low), np.ascontiguousarray(by_size[size, 0]), by_size[size, 1]


def _member_sums(table: NDArray[Any]) -> NDArray[Any]:
    """Sum, for every player, the entries of the coalitions that hold it; uses the table up."""
    n = len(table).bit_length() - 1
    sums = np.empty(n, table.dtype)
    for i in reversed(range(n)):
        upper = table[1 << i : 2 << i]
        sums[i] = upper.sum()
        table[: 1 << i] += upper
    return sums


def _fold_exact(worths: NDArray[Any], weights: list[int], total: int) -> NDArray[Any]:
    n = len(weights)
    scaled = integer_worths(worths)
    numerators, denominator = scaled if scaled else (list(worths), 1)
    sizes = coalition_sizes(n)
    joined = np.array([a + b for a, b in zip([0, *weights], [*weights, 0], strict=True)], object)
    table = np.array(numerators, object)
    common = (table * np.array([*weights, 0], object)[sizes]).sum()
    table *= joined[sizes]
    values = _member_sums(table) - common
    if scaled:
        return np.array([Fraction(int(value), total * denominator) for value in values], object)
    import sympy

    return np.array([sympy.expand(value / sympy.Integer(total)) for value in values], object)
