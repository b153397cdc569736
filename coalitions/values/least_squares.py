"""Payoffs that make the excesses of all coalitions as even as they can be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from coalitions.allocation import Allocation
from coalitions.errors import WorthError
from coalitions.game import Game, as_game
from coalitions.tolerance import tolerance_of
from coalitions.values.dividends import allocate, comparable_worths, rational
from coalitions.values.semivalues import Number, symmetric_linear_value


def least_square_value(game: Any, *, weights: Sequence[Number] | None = None) -> Allocation:
    """Make the excesses of all coalitions as even as an efficient payoff can.

    Minimises the sum over S of weights[|S|] (v(S) - x(S) - mean)**2 among x with x(N) = v(N).

    Parameters
    ----------
    game : Game or representation
        n players.
    weights : sequence of n - 1 numbers, optional
        For coalitions of 1, ..., n - 1 players, not negative and not all 0.  All 1 by default: the least square
        prenucleolus.  1 / C(n - 2, s - 1) gives the Shapley value.

    Returns
    -------
    Allocation
        Sums to v(N); linear in the worths.

    Raises
    ------
    WorthError
        Not n - 1 weights, a negative one, none above 0, or a float for exact worths.

    Notes
    -----
    Closed form, time O(2**n):  x_i = v(N)/n + (sum over S with i of (n - s) w_s v(S) - sum over S without i of
    s w_s v(S)) / (n a),  a = sum over s of w_s C(n - 2, s - 1).

    References
    ----------
    .. [1] L. M. Ruiz, F. Valenciano, J. M. Zarzuelo (1996), The least square prenucleolus and the least square
           nucleolus, International Journal of Game Theory 25, 113-134.
    .. [2] L. M. Ruiz, F. Valenciano, J. M. Zarzuelo (1998), The family of least square values for transferable
           utility games, Games and Economic Behavior 24, 109-130.

    Examples
    --------
    >>> least_square_value(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12])).payoffs
    array([3., 4., 5.])
    """
    game = as_game(game)
    n = game.n
    w = [rational(x, f"the weight of size {s}", game) for s, x in enumerate(weights if weights is not None else [], 1)]
    if weights is None:
        w = [Fraction(1)] * (n - 1)
    if len(w) != n - 1:
        raise WorthError(f"{len(w)} weights for {n} players: give {n - 1}, for coalitions of 1 to {n - 1}")
    for s, weight in enumerate(w, 1):
        if weight < 0:
            raise WorthError(f"the weight of size {s} is {float(weight):g}; it must not be negative")
    scale = sum((weight * math.comb(n - 2, s - 1) for s, weight in enumerate(w, 1)), Fraction(0))
    if n > 1 and not scale:
        raise WorthError("all weights are 0: no coalition's excess would count")
    by_size = [Fraction(0), *(weight / (n * scale) for weight in w), Fraction(0)]
    inside = [(n - s) * weight for s, weight in enumerate(by_size)]
    inside[n] = Fraction(1, n)
    name = "least square value" if weights is not None else "least square prenucleolus"
    return symmetric_linear_value(game, inside, [-s * weight for s, weight in enumerate(by_size)], solution=name)


def least_square_nucleolus(game: Any) -> Allocation:
    """Make the excesses of all coalitions as even as an imputation can.

    As the least square prenucleolus, but nobody gets less than alone.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Allocation
        Sums to v(N), at least v({i}) for every player.

    Raises
    ------
    WorthError
        The single players' worths sum to more than v(N): there is no imputation.  Or a worth is symbolic.

    Notes
    -----
    The excesses' variance is, up to a constant, the squared distance to the least square prenucleolus, so this is
    its projection on the imputations: sort and cut, O(2**n) in all.

    References
    ----------
    .. [1] L. M. Ruiz, F. Valenciano, J. M. Zarzuelo (1996), The least square prenucleolus and the least square
           nucleolus, International Journal of Game Theory 25, 113-134.

    Examples
    --------
    >>> least_square_nucleolus(Game("ABC", [0, 0, 0, 9, 0, 0, 0, 9])).payoffs
    array([4.5, 4.5, 0. ])
    """
    game = as_game(game)
    worths = comparable_worths(game)
    alone = worths[1 << np.arange(game.n)]
    room = worths[-1] - alone.sum()
    if room < (0 if worths.dtype == object else -tolerance_of(worths)):
        raise WorthError(
            f"the players are worth {alone.sum()} alone and {worths[-1]} together: no payoff gives everybody v({{i}})"
        )
    gains = least_square_value(Game(game.players, worths)).payoffs - alone
    falling = sorted(gains, reverse=True)
    sums = np.cumsum(np.array(falling, gains.dtype))
    kept = max(k for k in range(1, game.n + 1) if k == 1 or falling[k - 1] * k > sums[k - 1] - room)
    cut = (sums[kept - 1] - room) / kept
    own = Game(game.players, worths)
    return allocate(
        own, [a + max(gain - cut, gain * 0) for a, gain in zip(alone, gains, strict=True)], "least square nucleolus"
    )
