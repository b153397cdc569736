"""Which properties a game has, each answer with the coalitions that prove a "no" and how close the call was."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.answers import Coalition, Property, ordered_worths, shown_coalition, shown_number, shown_worth
from coalitions.coalition import labels_of, subset_sums
from coalitions.errors import TooLargeError
from coalitions.game import Game, as_game, float_worths
from coalitions.worths import FLOAT_INTEGERS, MAX_PLAYERS, integer_worths

__all__ = [
    "is_superadditive",
    "is_convex",
    "is_monotone",
    "is_zero_monotone",
    "is_essential",
    "is_additive",
    "is_constant_sum",
    "is_balanced",
    "Coalition",
    "Property",
    "ordered_worths",
    "shown_coalition",
    "shown_number",
    "shown_worth",
]

MAX_UNION_PLAYERS = 20
"""Superadditivity compares 3**n / 2 pairs of coalitions: at 20 players that is some seconds."""


def is_superadditive(game: Any) -> Property:
    """Ask whether two coalitions without a common player never lose by joining: v(S + T) >= v(S) + v(T).

    Parameters
    ----------
    game : Game or representation
        At most 20 players.

    Returns
    -------
    Property
        Witness: the two coalitions that lose most, or gain least.

    Raises
    ------
    TooLargeError
        More than 20 players.
    WorthError
        Symbolic worths.

    Notes
    -----
    3**n / 2 comparisons.

    References
    ----------
    .. [1] J. von Neumann, O. Morgenstern (1944), Theory of Games and Economic Behavior, section 25.

    Examples
    --------
    >>> is_superadditive(Game("AB", [0, 1, 2, 2])).witness
    (('A',), ('B',))
    """
    game = as_game(game)
    if game.n > MAX_UNION_PLAYERS:
        raise TooLargeError(
            f"superadditivity of {game.n} players compares {3**game.n:.0e} pairs of coalitions; "
            f"{MAX_UNION_PLAYERS} players are the most. is_convex answers for more, and convex games are superadditive"
        )
    if game.n == 1:
        return _vacuous("superadditive", game, "there are no two coalitions")
    table = _integers(game)
    from coalitions._kernels_values import least_surplus_of_unions

    run = least_surplus_of_unions.py_func if table.dtype == object else least_surplus_of_unions
    _, one, other = (int(found) for found in run(table))
    return _compare("superadditive", game, (one | other,), (one, other), witness=(one, other))


def is_convex(game: Any) -> Property:
    """Ask whether contributions grow with the coalition joined: v(S + T) + v(S and T) >= v(S) + v(T) for all S, T.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Property
        Witness: the two coalitions S + i and S + j that fail most, or come closest.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    n (n - 1) / 2 * 2**(n - 2) comparisons: it is enough to look at coalitions that differ in two players.

    References
    ----------
    .. [1] L. S. Shapley (1971), Cores of convex games, International Journal of Game Theory 1, 11-26.

    Examples
    --------
    >>> bool(is_convex(Game("AB", [0, 1, 2, 5])))
    True
    """
    game = as_game(game)
    if game.n == 1:
        return _vacuous("convex", game, "there are no two players")
    table = _integers(game)
    least: Any = None
    at = (0, 0, 0)
    for j in range(1, game.n):
        for i in range(j):
            quarters = table.reshape(-1, 2, 1 << (j - i - 1), 2, 1 << i)
            gain = quarters[:, 1, :, 1] - quarters[:, 1, :, 0]
            gain -= quarters[:, 0, :, 1]
            gain += quarters[:, 0, :, 0]
            where = int(gain.argmin())
            if least is None or gain.flat[where] < least:
                high, middle, low = (int(k) for k in np.unravel_index(where, gain.shape))
                least, at = gain.flat[where], (high << (j + 1) | middle << (i + 1) | low, i, j)
    base, i, j = at
    one, other = base | 1 << i, base | 1 << j
    return _compare("convex", game, (one | other, base), (one, other), witness=(one, other))


def is_monotone(game: Any) -> Property:
    """Ask whether a coalition never loses by taking a player in: v(S + i) >= v(S).

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Property
        Witness: S and S + i where the loss is largest, or the gain least.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    n 2**(n - 1) comparisons.

    Examples
    --------
    >>> is_monotone(Game("AB", [0, 1, 2, 1]))
    not monotone: v('A', 'B') = 1 is less than v('B') = 2
    """
    game = as_game(game)
    small, i = _least_gain(_integers(game), game.n)
    return _compare("monotone", game, (small | 1 << i,), (small,), witness=(small, small | 1 << i))


def is_zero_monotone(game: Any) -> Property:
    """Ask whether a player never brings less than it is worth alone: v(S + i) >= v(S) + v({i}).

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Property
        Witness: S and {i} where the loss is largest, or the gain least.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    n 2**(n - 1) comparisons.

    Examples
    --------
    >>> bool(is_zero_monotone(Game("AB", [0, 1, 2, 2])))
    False
    """
    game = as_game(game)
    table = _integers(game)
    small, i = _least_gain(table - subset_sums(table[1 << np.arange(game.n)]).astype(table.dtype), game.n)
    return _compare("zero-monotone", game, (small | 1 << i,), (small, 1 << i), witness=(small, 1 << i))


def is_essential(game: Any) -> Property:
    """Ask whether there is something to share: v(N) > sum of v({i}).

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Property
        Witness: the grand coalition.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    n + 1 worths are read.

    References
    ----------
    .. [1] J. von Neumann, O. Morgenstern (1944), Theory of Games and Economic Behavior, section 27.

    Examples
    --------
    >>> is_essential(Game("AB", [0, 1, 2, 3]))
    not essential: v(N) = 3, the players alone make 3
    """
    game = as_game(game)
    worths, tolerance = ordered_worths(game)
    alone = worths[1 << np.arange(game.n)].sum()
    margin = worths[-1] - alone
    return Property(
        name="essential",
        holds=bool(margin > tolerance),
        witness=(game.players,),
        margin=margin,
        tolerance=tolerance,
        reason=f"v(N) = {shown_number(worths[-1])}, the players alone make {shown_number(alone)}",
    )


def is_additive(game: Any) -> Property:
    """Ask whether cooperation changes nothing: v(S) = sum of v({i}) over i in S.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Property
        Witness: the coalition that is farthest from it.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    2**n comparisons.

    Examples
    --------
    >>> bool(is_additive(Game.additive("ABC", [1, 2, 3])))
    True
    """
    game = as_game(game)
    worths, tolerance = ordered_worths(game)
    away = np.abs(worths - subset_sums(worths[1 << np.arange(game.n)]))
    at = int(away.argmax())
    return Property(
        name="additive",
        holds=bool(away[at] <= tolerance),
        witness=(labels_of(at, game.players),),
        margin=-away[at],
        tolerance=tolerance,
        reason=f"{shown_worth(game, at)} differs from the sum of its members' worths by {shown_number(away[at])}",
    )


def is_constant_sum(game: Any) -> Property:
    """Ask whether a coalition and the others always make v(N) together: v(S) + v(N - S) = v(N).

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Property
        Witness: the coalition and its complement that are farthest from it.

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    2**(n - 1) comparisons.

    Examples
    --------
    >>> bool(is_constant_sum(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])))
    True
    """
    game = as_game(game)
    worths, tolerance = ordered_worths(game)
    half = len(worths) // 2
    away = np.abs(worths[:half] + worths[::-1][:half] - worths[-1])
    at = int(away.argmax())
    rest = len(worths) - 1 - at
    return Property(
        name="constant-sum",
        holds=bool(away[at] <= tolerance),
        witness=(labels_of(at, game.players), labels_of(rest, game.players)),
        margin=-away[at],
        tolerance=tolerance,
        reason=(
            f"{shown_worth(game, at)} and {shown_worth(game, rest)} "
            f"make v(N) = {shown_number(worths[-1])} up to {shown_number(away[at])}"
        ),
    )


def is_balanced(game: Any) -> Property:
    """Ask whether the game has a core: no balanced collection of coalitions is worth more than v(N).

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Property
        Witness: the coalitions of a balanced collection worth more than v(N).

    Raises
    ------
    WorthError
        Symbolic worths.

    Notes
    -----
    One call of ``core``, which also gives the weights, or a payoff where there is one.

    References
    ----------
    .. [1] O. Bondareva (1963), Some applications of linear programming methods to the theory of cooperative games,
           Problemy Kibernetiki 10, 119-139.

    Examples
    --------
    >>> is_balanced(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]))
    not balanced: a collection of 3 coalitions that covers every player once is worth 1.5, v(N) is 1
    """
    from coalitions.core import core  # which asks some of these questions itself

    game = as_game(game)
    found = core(game)
    witness: tuple[Coalition, ...] = ()
    reason = "no balanced collection is worth more than v(N)"
    if found.witness is not None:
        witness = found.witness.coalitions
        reason = (
            f"a collection of {len(witness)} coalitions that covers every player once is worth "
            f"{shown_number(found.witness.worth)}, v(N) is {shown_number(game.worths[-1])}"
        )
    return Property(
        name="balanced",
        holds=not found.is_empty,
        witness=witness,
        margin=-found.margin,
        tolerance=found.tolerance,
        reason=reason,
    )


def _integers(game: Game) -> NDArray[Any]:
    """Give worths for comparing sums: floats, or exact integers, as machine integers where all sums are exact."""
    scaled = integer_worths(game.worths) if game.is_exact else None
    if scaled is None:
        return float_worths(game)
    small = max(map(abs, scaled[0])) < FLOAT_INTEGERS >> MAX_PLAYERS.bit_length()
    return np.array(scaled[0], np.int64 if small else object)


def _least_gain(table: NDArray[Any], n: int) -> tuple[int, int]:
    """Find the coalition and the player whose joining brings least."""
    least: Any = None
    at = (0, 0)
    for i in range(n):
        halves = table.reshape(-1, 2, 1 << i)
        gain = halves[:, 1] - halves[:, 0]
        where = int(gain.argmin())
        if least is None or gain.flat[where] < least:
            high, low = divmod(where, 1 << i)
            least, at = gain.flat[where], (high << (i + 1) | low, i)
    return at


def _compare(
    name: str, game: Game, more: tuple[int, ...], less: tuple[int, ...], *, witness: tuple[int, ...]
) -> Property:
    """Answer from the worst case found: the worths of some coalitions against those of others."""
    worths, tolerance = ordered_worths(game)
    above, below = sum(worths[mask] for mask in more), sum(worths[mask] for mask in less)
    margin = above - below
    holds = bool(margin >= -tolerance)
    left = " + ".join(f"v{shown_coalition(game, mask)}" for mask in more)
    right = " + ".join(f"v{shown_coalition(game, mask)}" for mask in less)
    words = "is closest to" if holds else "is less than"
    return Property(
        name=name,
        holds=holds,
        witness=tuple(labels_of(mask, game.players) for mask in witness),
        margin=margin,
        tolerance=tolerance,
        reason=f"{left} = {shown_number(above)} {words} {right} = {shown_number(below)}",
    )


def _vacuous(name: str, game: Game, reason: str) -> Property:
    ordered_worths(game)
    return Property(name=name, holds=True, witness=(), margin=None, tolerance=0.0, reason=reason)
