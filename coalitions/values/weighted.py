"""Values that weigh players: by given weights, or by what each believes about whom it joins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, labels_of, subset_sums, unknown_label
from coalitions.errors import CoalitionError, WorthError
from coalitions.game import Game, as_game
from coalitions.memory import require_memory
from coalitions.values.dividends import allocate, divided, moebius, numerators, ratio, rational
from coalitions.values.semivalues import Number, member_sums


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
        A negative probability, one for a coalition that holds the player, a list of other than 2**n, a player's that do
        not sum to 1, or a float for exact worths.
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
