"""Solutions that start from what single players can claim: equal and proportional parts, tau, Gately, Dutta-Ray."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import labels_of, members_of, subset_sums
from coalitions.errors import WorthError
from coalitions.game import Game, as_game
from coalitions.tolerance import tolerance_of
from coalitions.values.dividends import allocate, comparable_worths, ratio


def equal_division(game: Any) -> Allocation:
    """Give everybody the same part of v(N).

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Allocation
        v(N) / n each; exact or symbolic where the worths are.

    Notes
    -----
    One worth is read.

    References
    ----------
    .. [1] R. van den Brink (2007), Null or nullifying players: the difference between the Shapley value and equal
           division solutions, Journal of Economic Theory 136, 767-775.

    Examples
    --------
    >>> equal_division(Game("AB", [0, 1, 2, 5])).payoffs
    array([2.5, 2.5])
    """
    game = as_game(game)
    return allocate(game, [_part(game.worths[-1], game.n)] * game.n, "equal division")


def equal_surplus_division(game: Any) -> Allocation:
    """Give everybody what it is worth alone and the same part of what is left.

    x_i = v({i}) + (v(N) - sum of v({j})) / n.  Also known as CIS, the centre of the imputation set.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Allocation
        Sums to v(N); exact or symbolic where the worths are.

    Notes
    -----
    n + 1 worths are read.

    References
    ----------
    .. [1] T. S. H. Driessen, Y. Funaki (1991), Coincidence of and collinearity between game theoretic solutions, OR
           Spektrum 13, 15-30.

    Examples
    --------
    >>> equal_surplus_division(Game("AB", [0, 1, 2, 5])).payoffs
    array([2., 3.])
    """
    game = as_game(game)
    return allocate(game, _spread(game, _alone(game.worths)), "equal surplus division")


def ensc_value(game: Any) -> Allocation:
    """Give everybody what it adds to the others and the same part of what is then left or lacking.

    x_i = M_i + (v(N) - sum of M_j) / n,  M_i = v(N) - v(N - i): the egalitarian non-separable contribution, the
    equal surplus division of the dual game.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Allocation
        Sums to v(N); exact or symbolic where the worths are.

    Notes
    -----
    n + 1 worths are read.

    References
    ----------
    .. [1] H. Moulin (1985), The separability axiom and equal-sharing methods, Journal of Economic Theory 36, 120-148.

    Examples
    --------
    >>> ensc_value(Game("AB", [0, 1, 2, 5])).payoffs
    array([2., 3.])
    """
    game = as_game(game)
    return allocate(game, _spread(game, _utopia(game.worths)), "ENSC value")


def proportional_division(game: Any) -> Allocation:
    """Share v(N) in proportion to what the players are worth alone.

    x_i = v(N) v({i}) / sum of v({j}).

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Allocation
        Sums to v(N).

    Raises
    ------
    WorthError
        Single players' worths of both signs, or all 0: there are no proportions.  Or a worth is symbolic.

    Notes
    -----
    n + 1 worths are read.

    References
    ----------
    .. [1] Z. Zou, R. van den Brink, Y. Chun, Y. Funaki (2021), Axiomatizations of the proportional division value,
           Social Choice and Welfare 57, 35-62.

    Examples
    --------
    >>> proportional_division(Game("AB", [0, 1, 3, 8])).payoffs
    array([2., 6.])
    """
    game = as_game(game)
    worths = comparable_worths(game)
    alone = _alone(worths)
    if (alone < 0).any() and (alone > 0).any():
        low, high = int(np.argmin(alone)), int(np.argmax(alone))
        raise WorthError(
            f"{game.players[low]!r} is worth {alone[low]} alone and {game.players[high]!r} is worth {alone[high]}: "
            "shares in proportion need worths of one sign; use equal_surplus_division"
        )
    if not alone.any():
        raise WorthError("every single player is worth 0, so there are no proportions; use equal_division")
    own = Game(game.players, worths)
    return allocate(own, alone / alone.sum() * worths[-1], "proportional division")


def utopia_payoffs(game: Any) -> Allocation:
    """Give each player's contribution to the grand coalition, the most the others could grant it.

    M_i = v(N) - v(N - i).

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Allocation
        In general they sum to more than v(N).

    Notes
    -----
    n + 1 worths are read.

    References
    ----------
    .. [1] S. H. Tijs (1981), Bounds for the core and the tau-value, in O. Moeschlin, D. Pallaschke (eds.), Game Theory
           and Mathematical Economics, 123-132.

    Examples
    --------
    >>> utopia_payoffs(Game("AB", [0, 1, 2, 5])).payoffs
    array([3., 4.])
    """
    game = as_game(game)
    return allocate(game, _utopia(game.worths), "utopia payoffs")


def minimal_rights(game: Any) -> Allocation:
    """Give what each player can make sure of by granting every partner its utopia payoff.

    m_i = max over S with i of v(S) - sum over j in S - i of M_j.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Allocation

    Raises
    ------
    WorthError
        A worth is symbolic.

    Notes
    -----
    Time O(2**n): one table of v(S) - M(S), and its maxima folded player by player.

    References
    ----------
    .. [1] S. H. Tijs (1981), Bounds for the core and the tau-value, in O. Moeschlin, D. Pallaschke (eds.), Game Theory
           and Mathematical Economics, 123-132.

    Examples
    --------
    >>> minimal_rights(Game("AB", [0, 1, 2, 5])).payoffs
    array([1., 2.])
    """
    game = as_game(game)
    worths = comparable_worths(game)
    return allocate(Game(game.players, worths), _rights(worths), "minimal rights")


def tau_value(game: Any) -> Allocation:
    """Settle between minimal rights and utopia payoffs: the efficient point on the line from one to the other.

    Also known as the compromise value or the Tijs value.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Allocation
        Sums to v(N).

    Raises
    ------
    WorthError
        The game is not quasi-balanced: a minimal right above its utopia payoff, or v(N) not between their sums.  Or
        a worth is symbolic.

    Notes
    -----
    Time O(2**n).

    References
    ----------
    .. [1] S. H. Tijs (1981), Bounds for the core and the tau-value, in O. Moeschlin, D. Pallaschke (eds.), Game Theory
           and Mathematical Economics, 123-132.

    Examples
    --------
    >>> tau_value(Game("ABC", [0, 0, 0, 2, 0, 2, 3, 5])).payoffs
    array([1.25 , 1.875, 1.875])
    """
    game = as_game(game)
    worths = comparable_worths(game)
    low, high = _rights(worths), _utopia(worths)
    slack = _slack(worths) * game.n
    for player, right, most in zip(game.players, low, high, strict=True):
        if right > most + slack:
            raise WorthError(
                f"the game is not quasi-balanced: the minimal right of {player!r} is {right}, "
                f"above its utopia payoff {most}; try gately_point or the nucleolus"
            )
    if not low.sum() - slack <= worths[-1] <= high.sum() + slack:
        raise WorthError(
            f"the game is not quasi-balanced: v(N) = {worths[-1]} is not between the sums of the minimal rights, "
            f"{low.sum()}, and of the utopia payoffs, {high.sum()}; try gately_point or the nucleolus"
        )
    return allocate(Game(game.players, worths), _between(low, high, worths[-1], slack), "tau value")


def gately_point(game: Any) -> Allocation:
    """Make everybody equally ready to break the grand coalition up.

    The ratio of what the others would lose to what the player itself would lose is the same for all:
    x_i = v({i}) + (M_i - v({i})) (v(N) - sum of v({j})) / (sum of M_j - sum of v({j})).

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    Allocation
        Sums to v(N).

    Raises
    ------
    WorthError
        The utopia payoffs sum to the same as the single players' worths while v(N) does not: there is no such
        point.  Or a worth is symbolic.

    Notes
    -----
    2 n + 1 worths are read.

    References
    ----------
    .. [1] D. Gately (1974), Sharing the gains from regional cooperation: a game theoretic application to planning
           investment in electric power, International Economic Review 15, 195-208.
    .. [2] J. Staudacher, J. Anwander (2019), Conditions for the uniqueness of the Gately point for cooperative games,
           arXiv 1901.01485.

    Examples
    --------
    >>> gately_point(Game("ABC", [0, 0, 0, 2, 0, 2, 3, 5])).payoffs
    array([1.25 , 1.875, 1.875])
    """
    game = as_game(game)
    worths = comparable_worths(game)
    low, high = _alone(worths), _utopia(worths)
    slack = _slack(worths) * game.n
    if abs(high.sum() - low.sum()) <= slack < abs(worths[-1] - low.sum()):
        raise WorthError(
            f"no Gately point: contributions to the grand coalition and single players' worths both sum to "
            f"{low.sum()}, but v(N) = {worths[-1]}; use equal_surplus_division"
        )
    return allocate(Game(game.players, worths), _between(low, high, worths[-1], slack), "Gately point")


def dutta_ray(game: Any) -> Allocation:
    """Choose the most equal payoff in the core of a convex game.

    The largest coalition of highest worth a head shares equally; then the same among the rest, in the game of what
    they add.  It Lorenz-dominates every other payoff in the core.

    Parameters
    ----------
    game : Game or representation
        Convex.

    Returns
    -------
    Allocation
        Sums to v(N) and is in the core.

    Raises
    ------
    WorthError
        The game is not convex: the message names two coalitions that show it.  Or a worth is symbolic.

    Notes
    -----
    Time O(n**2 2**n) for the test of convexity, O(2**n) for each of at most n rounds.

    References
    ----------
    .. [1] B. Dutta, D. Ray (1989), A concept of egalitarianism under participation constraints, Econometrica 57,
           615-635.

    Examples
    --------
    >>> dutta_ray(Game("ABC", [0, 4, 0, 4, 0, 4, 2, 7])).payoffs
    array([4. , 1.5, 1.5])
    """
    from coalitions.properties import is_convex

    game = as_game(game)
    worths = comparable_worths(game)
    own = Game(game.players, worths)
    convex = is_convex(own)
    if not convex:
        raise WorthError(f"the Dutta-Ray solution is for convex games; {convex.reason}")
    payoffs = np.zeros(game.n, worths.dtype)
    rest, settled = list(range(game.n)), 0
    while rest:
        inside = np.zeros(1, np.int64)
        for player in rest:
            inside = np.concatenate((inside, inside | (1 << player)))
        inside = inside[1:]
        heads = np.array([int(mask).bit_count() for mask in inside])
        a_head = (worths[inside | settled] - worths[settled]) / heads
        best = a_head.max()
        # in a convex game the union of two coalitions of highest worth a head is one too
        group = int(np.bitwise_or.reduce(inside[a_head >= best - _slack(worths)]))
        for player in members_of(group):
            payoffs[player] = (worths[group | settled] - worths[settled]) / group.bit_count()
        settled |= group
        rest = [player for player in rest if not group >> player & 1]
    return allocate(own, payoffs, "Dutta-Ray solution", f"groups of equal payoffs: {_steps(payoffs, own)}")


def _steps(payoffs: NDArray[Any], game: Game) -> str:
    levels: dict[Any, int] = {}
    for player, payoff in enumerate(payoffs):
        levels[payoff] = levels.get(payoff, 0) | 1 << player
    return " > ".join(
        "{" + ", ".join(map(str, labels_of(mask, game.players))) + "}"
        for _, mask in sorted(levels.items(), key=lambda level: -level[0])
    )


def _alone(worths: NDArray[Any]) -> NDArray[Any]:
    n = len(worths).bit_length() - 1
    return np.asarray(worths[1 << np.arange(n)])


def _utopia(worths: NDArray[Any]) -> NDArray[Any]:
    n = len(worths).bit_length() - 1
    return np.asarray(worths[-1] - worths[len(worths) - 1 - (1 << np.arange(n))])


def _rights(worths: NDArray[Any]) -> NDArray[Any]:
    high = _utopia(worths)
    table = worths - subset_sums(high)
    most = np.empty(len(high), worths.dtype)
    for i in reversed(range(len(high))):
        upper, lower = table[1 << i : 2 << i], table[: 1 << i]
        most[i] = upper.max()
        np.maximum(lower, upper, out=lower)
    return np.asarray(most + high)


def _spread(game: Game, claims: NDArray[Any]) -> list[Any]:
    rest = _part(game.worths[-1] - claims.sum(), game.n)
    return [_part(claim + rest, 1) for claim in claims]


def _part(worth: Any, parts: int) -> Any:
    return worth / parts if isinstance(worth, float) else ratio(worth, parts)


def _between(low: NDArray[Any], high: NDArray[Any], total: Any, slack: Any) -> NDArray[Any]:
    """Give the point with the given sum on the line through two points."""
    length = high.sum() - low.sum()
    if abs(length) <= slack:
        return low
    return np.asarray(low + (high - low) * ((total - low.sum()) / length))


def _slack(worths: NDArray[Any]) -> Any:
    return 0 if worths.dtype == object else tolerance_of(worths)
