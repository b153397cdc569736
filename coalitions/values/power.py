"""Power indices: how much say each player has in a body where coalitions win or lose.

Every index takes a voting game, a game of minimal winning coalitions or a dense game of worths 0 and 1. Voting games
and minimal winning coalitions give Fractions; a dense game gives numbers of the kind of its worths.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label
from coalitions.families.simple import critical_counts, minimal_counts, winning_table
from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame
from coalitions.families.voting_counts import counts_of_table
from coalitions.families.voting_power import shapley_from_counts, voting_shapley, voting_swings
from coalitions.game import Game, as_game


def shapley_shubik_index(game: Any, *, method: str = "auto") -> Allocation:
    """Give each player its share of the orders in which it turns a losing coalition into a winning one.

    phi_i = sum over S without i, losing, with S + i winning, of  s! (n - s - 1)! / n!.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game
    method : {"auto", "exact", "quadrature"}
        For voting games: count exactly, integrate in floating point, or choose by the time it takes.

    Returns
    -------
    Allocation
        Sums to 1. After a quadrature ``method`` states by how much the sum misses 1.

    Raises
    ------
    WorthError
        The game is not simple; the message names the coalition.
    TooLargeError
        More than 30 players where a table is needed; see ``winning_counts``.

    Notes
    -----
    Voting games as ``voting_shapley``: 27 states with millions of inhabitants take milliseconds. Others O(2**n).

    References
    ----------
    .. [1] L. S. Shapley, M. Shubik (1954), A method for evaluating the distribution of power in a committee system,
           American Political Science Review 48, 787-792.

    Examples
    --------
    >>> shapley_shubik_index(WeightedVotingGame([50, 49, 1], 51, players="ABC"))
    Shapley-Shubik index of 3 players, exact, sum 1
    A   2/3  66.7%
    B   1/6  16.7%
    C   1/6  16.7%
    """
    if isinstance(game, WeightedVotingGame | MultipleVotingGame):
        values, how = voting_shapley(game, method)
        return _allocation(game.players, values, "Shapley-Shubik index", True, how)
    wins, players, exact = _simple(game)
    values = shapley_from_counts(*counts_of_table(wins))
    return _allocation(players, values, "Shapley-Shubik index", exact)


def banzhaf_index(game: Any) -> Allocation:
    """Give each player the share of coalitions of the others that it turns into winning ones.

    beta_i = swings_i / 2**(n - 1): the chance that i decides when all others toss coins. It need not sum to 1; see
    ``normalized_banzhaf_index`` for shares.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game

    Returns
    -------
    Allocation

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        See ``voting_swings``.

    References
    ----------
    .. [1] L. S. Penrose (1946), The elementary statistics of majority voting, Journal of the Royal Statistical
           Society 109, 53-57.
    .. [2] J. F. Banzhaf (1965), Weighted voting doesn't work, Rutgers Law Review 19, 317-343.

    Examples
    --------
    >>> banzhaf_index(WeightedVotingGame([50, 49, 1], 51, players="ABC"))["A"]
    Fraction(3, 4)
    """
    players, _, swings, exact = _swings(game)
    half = 1 << (len(players) - 1)
    return _allocation(players, [Fraction(swing, half) for swing in swings], "Banzhaf index", exact)


def normalized_banzhaf_index(game: Any) -> Allocation:
    """Give each player its share of all swings.

    swings_i / sum of swings: sums to 1.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game

    Returns
    -------
    Allocation

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        See ``voting_swings``.

    References
    ----------
    .. [1] J. F. Banzhaf (1965), Weighted voting doesn't work, Rutgers Law Review 19, 317-343.

    Examples
    --------
    >>> normalized_banzhaf_index(WeightedVotingGame([50, 49, 1], 51, players="ABC"))["A"]
    Fraction(3, 5)
    """
    players, _, swings, exact = _swings(game)
    return _allocation(players, _shares(swings), "normalised Banzhaf index", exact)


def coleman_collectivity(game: Any) -> Fraction | float:
    """Give the chance that a body acts when all its members toss coins.

    The number of winning coalitions divided by 2**n.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game

    Returns
    -------
    Fraction, or float for a game of float worths

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        See ``voting_swings``.

    References
    ----------
    .. [1] J. S. Coleman (1971), Control of collectivities and the power of a collectivity to act, in B. Lieberman
           (ed.), Social Choice, Gordon and Breach, 269-300.

    Examples
    --------
    >>> coleman_collectivity(WeightedVotingGame([50, 49, 1], 51))
    Fraction(3, 8)
    """
    players, winning, _, exact = _swings(game)
    chance = Fraction(winning, 1 << len(players))
    return chance if exact else float(chance)


def coleman_preventive_index(game: Any) -> Allocation:
    """Give each player the share of winning coalitions that its leaving stops.

    swings_i / number of winning coalitions: 1 for a player with a veto.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game

    Returns
    -------
    Allocation

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        See ``voting_swings``.

    References
    ----------
    .. [1] J. S. Coleman (1971), Control of collectivities and the power of a collectivity to act, in B. Lieberman
           (ed.), Social Choice, Gordon and Breach, 269-300.

    Examples
    --------
    >>> coleman_preventive_index(WeightedVotingGame([50, 49, 1], 51, players="ABC")).to_dict()
    {'A': Fraction(1, 1), 'B': Fraction(1, 3), 'C': Fraction(1, 3)}
    """
    players, winning, swings, exact = _swings(game)
    return _allocation(players, [Fraction(swing, winning) for swing in swings], "Coleman preventive index", exact)


def coleman_initiative_index(game: Any) -> Allocation:
    """Give each player the share of losing coalitions that its joining makes win.

    swings_i / number of losing coalitions, the empty one among them.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game

    Returns
    -------
    Allocation

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        See ``voting_swings``.

    References
    ----------
    .. [1] J. S. Coleman (1971), Control of collectivities and the power of a collectivity to act, in B. Lieberman
           (ed.), Social Choice, Gordon and Breach, 269-300.

    Examples
    --------
    >>> coleman_initiative_index(WeightedVotingGame([50, 49, 1], 51, players="ABC"))["A"]
    Fraction(3, 5)
    """
    players, winning, swings, exact = _swings(game)
    losing = (1 << len(players)) - winning
    return _allocation(players, [Fraction(swing, losing) for swing in swings], "Coleman initiative index", exact)


def rae_index(game: Any) -> Allocation:
    """Give each player the chance that the outcome is the one it votes for, when all toss coins.

    1/2 + beta_i / 2, beta the Banzhaf index.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game

    Returns
    -------
    Allocation

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        See ``voting_swings``.

    References
    ----------
    .. [1] D. W. Rae (1969), Decision-rules and individual values in constitutional choice, American Political
           Science Review 63, 40-56.

    Examples
    --------
    >>> rae_index(WeightedVotingGame([50, 49, 1], 51, players="ABC"))["B"]
    Fraction(5, 8)
    """
    players, _, swings, exact = _swings(game)
    whole = 1 << len(players)
    return _allocation(players, [Fraction(1, 2) + Fraction(swing, whole) for swing in swings], "Rae index", exact)


def koenig_braeuninger_index(game: Any) -> Allocation:
    """Give each player the share of winning coalitions that hold it.

    A measure of inclusion: a null player has 1/2 of them, a player with a veto all.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game

    Returns
    -------
    Allocation

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        See ``voting_swings``.

    References
    ----------
    .. [1] T. Koenig, T. Braeuninger (1998), The inclusiveness of European decision rules, Journal of Theoretical
           Politics 10, 125-142.

    Examples
    --------
    >>> koenig_braeuninger_index(WeightedVotingGame([50, 49, 1], 51, players="ABC"))["B"]
    Fraction(2, 3)
    """
    players, winning, swings, exact = _swings(game)
    values = [Fraction(winning + swing, 2 * winning) for swing in swings]
    return _allocation(players, values, "Koenig-Braeuninger index", exact)


def johnston_index(game: Any) -> Allocation:
    """Share every vulnerable winning coalition equally among the members it cannot do without.

    The sum over winning coalitions in which i is one of c critical members of 1/c, rescaled to sum to 1.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game
        At most 30 players.

    Returns
    -------
    Allocation
        Sums to 1.

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        More than 30 players.

    Notes
    -----
    Time O(n 2**n), one byte a coalition.

    References
    ----------
    .. [1] R. J. Johnston (1978), On the measurement of power: some reactions to Laver, Environment and Planning A 10,
           907-914.

    Examples
    --------
    >>> johnston_index(WeightedVotingGame([3, 2, 1], 4, players="ABC"))["A"]
    Fraction(2, 3)
    """
    game = _tabulated(game)
    counts = critical_counts(game)[0].tolist()
    return _allocation(game.players, _shares(_per_member(counts)), "Johnston index", _is_exact(game))


def deegan_packel_index(game: Any) -> Allocation:
    """Share every minimal winning coalition equally among its members.

    The mean over minimal winning coalitions of 1/s for the members, s the size.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game
        At most 30 players, except for a SimpleGame.

    Returns
    -------
    Allocation
        Sums to 1.

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        More than 30 players.

    Notes
    -----
    Time O(n 2**n), one byte a coalition; for a SimpleGame the number of minimal winning coalitions.

    References
    ----------
    .. [1] J. Deegan, E. W. Packel (1978), A new index of power for simple n-person games, International Journal of
           Game Theory 7, 113-123.

    Examples
    --------
    >>> deegan_packel_index(WeightedVotingGame([3, 2, 1], 4, players="ABC"))["A"]
    Fraction(1, 2)
    """
    game = _tabulated(game)
    values = _shares(_per_member(minimal_counts(game)))
    return _allocation(game.players, values, "Deegan-Packel index", _is_exact(game))


def public_good_index(game: Any) -> Allocation:
    """Give each player its share of memberships in minimal winning coalitions (Holler index).

    Every member enjoys the coalition's prize in full, so that sizes do not count.

    Parameters
    ----------
    game : WeightedVotingGame, MultipleVotingGame, SimpleGame, or a simple Game
        At most 30 players, except for a SimpleGame.

    Returns
    -------
    Allocation
        Sums to 1.

    Raises
    ------
    WorthError
        The game is not simple.
    TooLargeError
        More than 30 players.

    Notes
    -----
    Time O(n 2**n), one byte a coalition; for a SimpleGame the number of minimal winning coalitions.

    References
    ----------
    .. [1] M. J. Holler (1982), Forming coalitions and measuring voting power, Political Studies 30, 262-271.
    .. [2] M. J. Holler, E. W. Packel (1983), Power, luck and the right index, Journal of Economics 43, 21-29.

    Examples
    --------
    >>> public_good_index(WeightedVotingGame([3, 2, 1], 4, players="ABC"))["A"]
    Fraction(1, 2)
    """
    game = _tabulated(game)
    values = _shares([sum(row) for row in minimal_counts(game)])
    return _allocation(game.players, values, "public good index", _is_exact(game))


def _swings(game: Any) -> tuple[tuple[Label, ...], int, list[int], bool]:
    if isinstance(game, WeightedVotingGame | MultipleVotingGame):
        return game.players, *voting_swings(game), True
    wins, players, exact = _simple(game)
    winning, holding = counts_of_table(wins)
    everything = sum(winning)
    return players, everything, [2 * sum(row) - everything for row in holding], exact


def _simple(game: Any) -> tuple[NDArray[np.uint8], tuple[Label, ...], bool]:
    game = _tabulated(game)
    return winning_table(game), tuple(game.players), _is_exact(game)


def _tabulated(game: Any) -> Any:
    return game if hasattr(game, "winning_table") else as_game(game)


def _is_exact(game: Any) -> bool:
    return not isinstance(game, Game) or game.is_exact


def _per_member(counts: Sequence[Sequence[int]]) -> list[Fraction]:
    """Add up 1/c for the coalitions counted in column c."""
    return [sum((Fraction(count, c) for c, count in enumerate(row) if count), Fraction(0)) for row in counts]


def _shares(amounts: Sequence[Any]) -> list[Fraction]:
    total = sum(amounts)
    return [Fraction(amount) / total for amount in amounts]


def _allocation(
    players: tuple[Label, ...], values: Sequence[Any], solution: str, exact: bool, method: str = "exact"
) -> Allocation:
    kind = object if exact and method == "exact" else np.float64
    payoffs = np.array([value if kind is object else float(value) for value in values], kind)
    return Allocation(players=tuple(players), payoffs=payoffs, solution=solution, method=method)
