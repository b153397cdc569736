"""Linear values that weigh coalitions by their sizes alone, beside Shapley and Banzhaf."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import coalition_sizes
from coalitions.errors import WorthError
from coalitions.game import Game, as_game
from coalitions.values.dividends import allocate, divided, numerators, rational

Number: TypeAlias = int | float | Fraction


"""What weights and probabilities may be given as."""


_LOW_BITS = 7  # as in the Shapley value: one size class of this many columns stays in the first-level cache


def symmetric_linear_value(
    game: Any, inside: Sequence[Number], outside: Sequence[Number], *, solution: str = "symmetric linear value"
) -> Allocation:
    """Weigh the worths of the coalitions with and without a player by their sizes alone.

    x_i = sum over S with i of inside[|S|] v(S) + sum over S without i of outside[|S|] v(S).  Every linear value
    that treats equal players equally is of this form: Shapley, Banzhaf, solidarity, least-square, equal division.

    Parameters
    ----------
    game : Game or representation
        n players.
    inside, outside : sequence of n + 1 numbers
        By size 0, ..., n.  ``inside[0]``, ``outside[0]`` and ``outside[n]`` have nothing to weigh.
    solution : str
        The name the result carries.

    Returns
    -------
    Allocation
        In the unit of the worths; exact or symbolic where these are.

    Raises
    ------
    WorthError
        Not n + 1 weights, a weight that is not a finite number, or a float for exact worths.

    Notes
    -----
    Time O(2**n) for all players together; float worths need 2**(n - 7) numbers beside the table.

    References
    ----------
    .. [1] L. M. Ruiz, F. Valenciano, J. M. Zarzuelo (1998), The family of least square values for transferable
           utility games, Games and Economic Behavior 24, 109-130.

    Examples
    --------
    >>> symmetric_linear_value(Game("AB", [0, 1, 2, 5]), [0, 0, 0.5], [0, 0, 0]).payoffs
    array([2.5, 2.5])
    """
    game = as_game(game)
    weights = [[rational(w, f"weight {k} of size", game) for k, w in enumerate(part)] for part in (inside, outside)]
    if any(len(part) != game.n + 1 for part in weights):
        raise WorthError(
            f"{len(inside)} and {len(outside)} weights for {game.n} players: give {game.n + 1} of each, by size from 0"
        )
    return allocate(game, _by_size(game, *weights), solution)


def semivalue(game: Any, *, weights: Sequence[Number]) -> Allocation:
    """Pay each player its expected marginal contribution to a coalition whose probability depends on its size.

    x_i = sum over S without i of weights[|S|] (v(S + i) - v(S)).

    Parameters
    ----------
    game : Game or representation
        n players.
    weights : sequence of n numbers
        ``weights[s]`` is the probability of each single coalition of s others, so that
        sum over s of C(n - 1, s) weights[s] = 1.  s! (n - 1 - s)! / n! gives the Shapley value, 2**(1 - n) Banzhaf.

    Returns
    -------
    Allocation
        In the unit of the worths.  It sums to v(N) for the Shapley weights only.

    Raises
    ------
    WorthError
        Not n weights, a negative one, weights that are not probabilities, or a float for exact worths.

    Notes
    -----
    Time O(2**n).

    References
    ----------
    .. [1] P. Dubey, A. Neyman, R. J. Weber (1981), Value theory without efficiency, Mathematics of Operations
           Research 6, 122-128.

    Examples
    --------
    >>> semivalue(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]), weights=[1, 0, 0]).payoffs
    array([0., 0., 0.])
    """
    game = as_game(game)
    n = game.n
    p = [rational(weight, f"the weight of size {s}", game) for s, weight in enumerate(weights)]
    if len(p) != n:
        raise WorthError(f"{len(p)} weights for {n} players: give {n}, for coalitions of 0 to {n - 1} others")
    for s, weight in enumerate(p):
        if weight < 0:
            raise WorthError(f"the weight of size {s} is {weights[s]}; a probability is not negative")
    total = sum((math.comb(n - 1, s) * weight for s, weight in enumerate(p)), Fraction(0))
    if abs(total - 1) > (0 if game.is_exact else 1e-9):
        hint = "; divide weights[s] by C(n - 1, s) if they are probabilities of sizes" if n > 1 and sum(p) == 1 else ""
        raise WorthError(f"weights[s] times C(n - 1, s) sum to {float(total):g} over all sizes, not to 1{hint}")
    return allocate(game, _by_size(game, [Fraction(0), *p], [*(-w for w in p), Fraction(0)]), "semivalue")


def binomial_semivalue(game: Any, *, probability: Number) -> Allocation:
    """Pay each player its expected marginal contribution when every other takes part with one probability.

    The gradient of the multilinear extension at (probability, ..., probability).

    Parameters
    ----------
    game : Game or representation
    probability : number from 0 to 1
        1/2 gives the Banzhaf value, 0 the worths of single players, 1 the contributions to the grand coalition.

    Returns
    -------
    Allocation
        In the unit of the worths; it need not sum to v(N).

    Raises
    ------
    WorthError
        The probability is outside [0, 1], or a float for exact worths.

    Notes
    -----
    Time O(2**n).

    References
    ----------
    .. [1] G. Owen (1972), Multilinear extensions of games, Management Science 18, P64-P79.
    .. [2] J. Freixas, M. A. Puente (2002), Reliability importance measures of the components in a system based on
           semivalues and probabilistic values, Annals of Operations Research 109, 331-342.

    Examples
    --------
    >>> binomial_semivalue(Game("AB", [0, 1, 2, 5]), probability=1).payoffs
    array([3., 4.])
    """
    game = as_game(game)
    q = _share(probability, "probability", game)
    weights = [q**s * (1 - q) ** (game.n - 1 - s) for s in range(game.n)]
    payoffs = _by_size(game, [Fraction(0), *weights], [*(-w for w in weights), Fraction(0)])
    return allocate(game, payoffs, f"binomial semivalue at {probability}")


def egalitarian_shapley_value(game: Any, *, share: Number) -> Allocation:
    """Pay out a share of v(N) by the Shapley value and the rest in equal parts.

    x = share * Shapley value + (1 - share) * v(N) / n.

    Parameters
    ----------
    game : Game or representation
    share : number from 0 to 1

    Returns
    -------
    Allocation
        Sums to v(N).

    Raises
    ------
    WorthError
        The share is outside [0, 1], or a float for exact worths.

    Notes
    -----
    Time O(2**n).

    References
    ----------
    .. [1] M. Joosten (1996), Dynamics, equilibria and values, dissertation, Maastricht University.
    .. [2] R. van den Brink, Y. Funaki, Y. Ju (2013), Reconciling marginalism with egalitarianism, Social Choice and
           Welfare 40, 693-714.

    Examples
    --------
    >>> egalitarian_shapley_value(Game("AB", [0, 0, 2, 4]), share=0.5).payoffs
    array([1.5, 2.5])
    """
    game = as_game(game)
    n, alpha = game.n, _share(share, "share", game)
    orders = math.factorial(n)
    shapley = [Fraction(math.factorial(s) * math.factorial(n - 1 - s), orders) * alpha for s in range(n)]
    inside = [Fraction(0), *shapley]
    inside[n] += (1 - alpha) / n
    return allocate(game, _by_size(game, inside, [*(-w for w in shapley), Fraction(0)]), "egalitarian Shapley value")


def solidarity_value(game: Any) -> Allocation:
    """Pay each player the mean contribution of the members of the coalition it completes, over all orders.

    x_i = sum over S with i of (s - 1)! (n - s)! / n! * (mean over k in S of v(S) - v(S - k)): a player who adds
    little is carried by the others.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Allocation
        Sums to v(N).

    Notes
    -----
    Time O(2**n): the means have been collected into one weight a size.

    References
    ----------
    .. [1] A. S. Nowak, T. Radzik (1994), A solidarity value for n-person transferable utility games, International
           Journal of Game Theory 23, 43-48.

    Examples
    --------
    >>> solidarity_value(Game("AB", [0, 0, 2, 4])).payoffs
    array([1.5, 2.5])
    """
    game = as_game(game)
    n = game.n
    orders = [
        Fraction(math.factorial(s - 1) * math.factorial(n - s), math.factorial(n)) if s else Fraction(0)
        for s in range(n + 1)
    ]
    lost = [orders[s + 1] / (s + 1) if s < n else Fraction(0) for s in range(n + 1)]
    inside = [orders[s] - (n - s) * lost[s] for s in range(n + 1)]
    return allocate(game, _by_size(game, inside, [-w for w in lost]), "solidarity value")


def member_sums(table: NDArray[Any]) -> NDArray[Any]:
    """Sum, for every player, the entries of the coalitions that hold it; uses the table up.

    Parameters
    ----------
    table : ndarray, shape (2**n,)

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    2**n additions: what is above a player is folded onto what is below before the next one.

    Examples
    --------
    >>> member_sums(np.array([0.0, 1.0, 2.0, 5.0]))
    array([6., 7.])
    """
    n = len(table).bit_length() - 1
    sums = np.zeros(n, table.dtype)
    for i in reversed(range(n)):
        upper = table[1 << i : 2 << i]
        sums[i] = upper.sum()
        table[: 1 << i] += upper
    return sums


def _by_size(game: Game, inside: Sequence[Fraction], outside: Sequence[Fraction]) -> NDArray[Any]:
    """Sum inside[|S|] v(S) over S with i and outside[|S|] v(S) over the rest, for every player i."""
    difference = [a - b for a, b in zip(inside, outside, strict=True)]
    if game.is_exact:
        denominator = math.lcm(*(w.denominator for w in (*difference, *outside)))
        table, divisor = numerators(game)
        sizes = coalition_sizes(game.n)
        common = (table * np.array([int(w * denominator) for w in outside], object)[sizes]).sum()
        table *= np.array([int(w * denominator) for w in difference], object)[sizes]
        return divided(member_sums(table) + common, divisor * denominator, game)
    from coalitions._kernels import class_sums

    low = min(game.n, _LOW_BITS)
    rows = 1 << (game.n - low)
    size = np.arange(game.n - low + 1)[:, None] + coalition_sizes(low)[None, :]
    weights = np.array([float(w) for w in difference])[size]
    sums = np.zeros(weights.shape)
    dots = np.empty(rows)
    class_sums(game.worths.reshape(rows, 1 << low), coalition_sizes(game.n - low), weights, sums, dots)
    common = (np.array([float(w) for w in outside])[size] * sums).sum()
    halves = (member_sums((weights * sums).sum(axis=0)), member_sums(dots))
    return np.asarray(np.concatenate(halves) + common)


def _share(number: Number, what: str, game: Game) -> Fraction:
    share = rational(number, what, game)
    if not 0 <= share <= 1:
        raise WorthError(f"{what} is {number}; it must be from 0 to 1")
    return share
