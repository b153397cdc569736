"""Linear values beside Shapley and Banzhaf: weighing by coalition size, by players' weights, by beliefs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, coalition_sizes, labels_of, subset_sums, unknown_label
from coalitions.errors import CoalitionError, WorthError
from coalitions.game import Game, as_game
from coalitions.memory import require_memory
from coalitions.tolerance import tolerance_of
from coalitions.values.dividends import allocate, comparable_worths, divided, moebius, numerators, ratio, rational

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
        Not n weights, a negative one, or weights that are not probabilities.

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
        The probability is outside [0, 1].

    Notes
    -----
    Time O(2**n).

    References
    ----------
    .. [1] G. Owen (1972), Multilinear extensions of games, Management Science 18, 64-79.
    .. [2] A. Puente, J. Freixas (2002), Reliability importance measures of the components in a system based on
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
        The share is outside [0, 1].

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
        Not n - 1 weights, a negative one, or none above 0.

    Notes
    -----
    Closed form, time O(2**n):  x_i = v(N)/n + (sum over S with i of (n - s) w_s v(S) - sum over S without i of
    s w_s v(S)) / (n a),  a = sum over s of w_s C(n - 2, s - 1).

    References
    ----------
    .. [1] L. M. Ruiz, F. Valenciano, J. M. Zarzuelo (1996), The least square prenucleolus and the least square
           nucleolus, International Journal of Game Theory 25, 113-134.
    .. [2] The same (1998), The family of least square values for transferable utility games, Games and Economic
           Behavior 24, 109-130.

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
    return allocate(game, _by_size(game, inside, [-s * weight for s, weight in enumerate(by_size)]), name)


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
    .. [1] L. M. Ruiz, F. Valenciano, J. M. Zarzuelo (1996), as for ``least_square_value``.

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


def weighted_shapley_value(game: Any, *, weights: Any) -> Allocation:
    """Share every dividend among its coalition's members in proportion to their weights.

    x_i = sum over S with i of w_i / w(S) * m(S), m the Harsanyi dividends: equal weights give the Shapley value.

    Parameters
    ----------
    game : Game or representation
        n players.
    weights : mapping from player to number, or sequence of n numbers
        All above 0, any unit.

    Returns
    -------
    Allocation
        Sums to v(N).

    Raises
    ------
    WorthError
        A weight that is not above 0, or a float for exact worths.
    CoalitionError
        A player without a weight, or an unknown one.

    Notes
    -----
    Time O(n 2**n), one copy of the table.  Float dividends carry the rounding of 2**s terms.

    References
    ----------
    .. [1] L. S. Shapley (1953), Additive and non-additive set functions, dissertation, Princeton University.
    .. [2] E. Kalai, D. Samet (1987), On weighted Shapley values, International Journal of Game Theory 16, 205-222.

    Examples
    --------
    >>> weighted_shapley_value(Game("AB", [0, 1, 1, 8]), weights={"A": 2, "B": 1}).payoffs
    array([5., 3.])
    """
    game = as_game(game)
    listed = _by_player(weights, game.players, "weight")
    own = [rational(w, f"the weight of {player!r}", game) for w, player in zip(listed, game.players, strict=True)]
    for player, weight in zip(game.players, own, strict=True):
        if weight <= 0:
            raise WorthError(f"the weight of {player!r} is {float(weight):g}; it must be above 0")
    table, denominator = numerators(game)
    moebius(table)
    if game.is_exact:
        sums = subset_sums(np.array(own, object))
        for mask in range(1, len(table)):
            table[mask] = ratio(table[mask], sums[mask])
    else:
        own = [float(weight) for weight in own]  # type: ignore[misc]
        sums = subset_sums(own)
        sums[0] = 1.0
        table /= sums
    shares = member_sums(table)
    paid = np.array([_times(share, weight) for share, weight in zip(shares, own, strict=True)], table.dtype)
    return allocate(game, divided(paid, denominator, game), "weighted Shapley value")


def probabilistic_value(
    game: Any, *, probabilities: Callable[[Label, tuple[Label, ...]], Number] | Mapping[Label, Sequence[Number]]
) -> Allocation:
    """Pay each player its expected marginal contribution under its own beliefs about whom it joins.

    x_i = sum over S without i of p_i(S) (v(S + i) - v(S)).

    Parameters
    ----------
    game : Game or representation
        n players.
    probabilities : callable or mapping
        A callable takes a player and a tuple of other players and gives p_i(S).  A mapping gives each player a
        sequence of 2**n numbers by bitmask, 0 where the coalition holds the player.

    Returns
    -------
    Allocation
        In the unit of the worths; it need not sum to v(N).

    Raises
    ------
    WorthError
        A negative probability, one for a coalition that holds the player, or a player's do not sum to 1.
    CoalitionError
        A player without probabilities, or an unknown one.

    Notes
    -----
    n 2**(n - 1) probabilities are read.

    References
    ----------
    .. [1] R. J. Weber (1988), Probabilistic values for games, in A. E. Roth (ed.), The Shapley Value, 101-119.

    Examples
    --------
    >>> first_come = {"A": [1, 0, 0, 0], "B": [0, 1, 0, 0]}
    >>> probabilistic_value(Game("AB", [0, 1, 2, 5]), probabilities=first_come).payoffs
    array([1., 4.])
    """
    game = as_game(game)
    if isinstance(probabilities, Mapping):
        _by_player(probabilities, game.players, "list of probabilities")
    require_memory(16 << game.n, f"the probabilities of one of {game.n} players", "use a semivalue")
    paid = []
    for i in range(game.n):
        p = _beliefs(game, i, probabilities)
        with_i = np.flatnonzero(p != 0) | (1 << i)
        gains = game.worths[with_i] - game.worths[with_i ^ (1 << i)]
        chosen = p[with_i ^ (1 << i)]
        if game.is_exact:
            paid.append(sum((_times(gain, w) for gain, w in zip(gains, chosen, strict=True)), Fraction(0)))
        else:
            paid.append(float(gains @ chosen))
        if hasattr(paid[-1], "free_symbols"):
            paid[-1] = ratio(paid[-1], 1)
    return allocate(game, paid, "probabilistic value")


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


def _by_player(given: Any, players: tuple[Label, ...], what: str) -> list[Any]:
    """Read one entry a player, from a mapping or in player order."""
    if isinstance(given, Mapping):
        for player in given:
            if player not in players:
                raise unknown_label(player, players)
        lacking = [player for player in players if player not in given]
        if lacking:
            raise CoalitionError(f"no {what} for {', '.join(map(repr, lacking))}")
        return [given[player] for player in players]
    listed = list(given)
    if len(listed) != len(players):
        raise CoalitionError(f"{len(listed)} {what}s for {len(players)} players")
    return listed


def _times(value: Any, weight: Any) -> Any:
    if hasattr(value, "free_symbols"):
        return ratio(value, 1 / weight) if weight else value * 0
    return value * weight


def _beliefs(game: Game, i: int, probabilities: Any) -> NDArray[Any]:
    """Read one player's probabilities as an array by bitmask and check that they are some."""
    player = game.players[i]
    if isinstance(probabilities, Mapping):
        listed = list(probabilities[player])
        if len(listed) != 1 << game.n:
            raise WorthError(f"{len(listed)} probabilities for {player!r}: give {1 << game.n}, by bitmask")
    else:
        listed = [
            0 if mask >> i & 1 else probabilities(player, labels_of(mask, game.players)) for mask in range(1 << game.n)
        ]
    what = f"a probability of {player!r}"
    own = [rational(w, what, game) for w in listed]
    for mask, w in enumerate(own):
        if w < 0:
            raise WorthError(f"{what} is {float(w):g}, for joining {labels_of(mask, game.players)}")
        if w and mask >> i & 1:
            raise WorthError(f"{what} is {float(w):g} for {labels_of(mask, game.players)}, which holds it")
    total = sum(own, Fraction(0))
    if abs(total - 1) > (0 if game.is_exact else 1e-9):
        raise WorthError(f"the probabilities of {player!r} sum to {float(total):g}, not to 1")
    return np.array(own, object) if game.is_exact else np.array([float(w) for w in own])
