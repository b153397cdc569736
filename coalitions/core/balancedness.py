"""How firm a core is: total balancedness, exactness, largeness, extendability; each "no" with what proves it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.answers import Property, ordered_worths, shown_number, shown_worth
from coalitions.coalition import Label, labels_of, members_of, subset_sums
from coalitions.core.balanced import MAX_PLAYERS, core_margins, minimal_balanced_collections, most_balanced_worth
from coalitions.core.vertices import rational_vertices
from coalitions.errors import TooLargeError
from coalitions.game import Game, as_game, float_worths
from coalitions.polyhedra import vertices
from coalitions.program import Columns, LinearSolution, Master, Table, generate
from coalitions.properties import is_balanced, is_convex
from coalitions.tolerance import RELATIVE, scale_of, tolerance_of
from coalitions.worths import integer_worths

MAX_EXTENDED = MAX_PLAYERS + 1
"""The players outside a coalition, one fewer at most, are compared with all minimal balanced collections."""

MAX_SUBGAMES = 12
"""A linear program for every coalition: 4095 of them for 12 players."""

_ROUNDING = RELATIVE / 1000
_SIMPLE = 10**6
"""Floats whose common denominator is no larger are read as these fractions."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PayoffProperty(Property):
    """A property of the core, with the payoffs that prove a "no".

    Attributes
    ----------
    payoff : Allocation or None
        The payoffs that prove a "no", or come closest to it.
    """

    payoff: Allocation | None


def is_totally_balanced(game: Any) -> Property:
    """Ask whether every subgame has a core.

    Parameters
    ----------
    game : Game or representation
        At most 12 players.

    Returns
    -------
    Property
        Witness: first the players of the subgame that lacks most, or comes closest to it, then the balanced
        collection of their coalitions that is worth more than they are together. The margin is what they are worth
        above the worst such collection, they themselves aside.

    Raises
    ------
    TooLargeError
        More than 12 players.
    WorthError
        Symbolic worths.

    Notes
    -----
    Subgames of up to 6 players are compared with all minimal balanced collections at once, larger ones take a linear
    program each. Exact for exact worths of up to 6 players; otherwise in floats, with a tolerance. 6 players take
    milliseconds after the first call, 10 players a second, 12 some seconds.

    References
    ----------
    .. [1] L. S. Shapley, M. Shubik (1969), On market games, Journal of Economic Theory 1, 9-25.

    Examples
    --------
    >>> is_totally_balanced(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]))
    not totally balanced: coalitions of ('A', 'B', 'C') that cover each of them once are worth 1.5, together they make 1
    """
    game = as_game(game)
    name = "totally balanced"
    _require(game, MAX_SUBGAMES, "total balancedness", "is_balanced answers for the game itself")
    exact, worths, tolerance = _comparable(game)
    if game.n == 1:
        return Property(
            name=name, holds=True, witness=(), margin=None, tolerance=tolerance, reason="there is one player"
        )
    lacking: Any = None
    at, found = 0, None
    for size in range(2, game.n + 1):
        bases = [sum(1 << i for i in chosen) for chosen in combinations(range(game.n), size)]
        tables = worths[np.array([_inside(base) for base in bases])]
        solutions: list[LinearSolution | None] = [None] * len(bases)
        if size > MAX_PLAYERS:
            solutions = [_worst_collection(table) for table in tables]
            above = [s.value - table[-1] for s, table in zip(solutions, tables, strict=True) if s]
        elif exact:
            above = [most_balanced_worth(table)[0] - table[-1] for table in tables]
        else:
            above = core_margins(tables).tolist()
        worst = max(range(len(bases)), key=above.__getitem__)
        if lacking is None or above[worst] > lacking:
            lacking, at, found = above[worst], bases[worst], solutions[worst]
    inside = _inside(at)
    if found is None:
        row = minimal_balanced_collections(len(members_of(at))).masks[most_balanced_worth(worths[inside])[1]]
        chosen = [mask for mask in row.tolist() if mask]
    else:
        chosen = sorted(found.keys[found.weights > 1e-9].tolist())
    names = [labels_of(int(inside[mask]), game.players) for mask in chosen]
    together = worths[at]
    return Property(
        name=name,
        holds=bool(lacking <= tolerance),
        witness=(labels_of(at, game.players), *names),
        margin=-lacking,
        tolerance=tolerance,
        reason=(
            f"coalitions of {labels_of(at, game.players)} that cover each of them once are worth "
            f"{shown_number(together + lacking)}, together they make {shown_number(together)}"
        ),
    )


def is_exact(game: Any) -> PayoffProperty:
    """Ask whether every coalition is held to its worth somewhere in the core: min x(S) over the core = v(S).

    Parameters
    ----------
    game : Game or representation
        At most 12 players.

    Returns
    -------
    PayoffProperty
        Witness: the coalition whose least payoff in the core exceeds its worth the most; the payoff is where it gets
        least. Where the core is empty, the balanced collection that rules it out. The margin is v(S) less the least
        payoff.

    Raises
    ------
    TooLargeError
        More than 12 players.
    WorthError
        Symbolic worths.

    Notes
    -----
    Exact worths of up to 6 players: from the vertices of the core, in rationals. Otherwise a linear program for every
    coalition that no payoff found so far holds to its worth, in floats and with a tolerance.

    References
    ----------
    .. [1] D. Schmeidler (1972), Cores of exact games, I, Journal of Mathematical Analysis and Applications 40,
           214-225.

    Examples
    --------
    >>> is_exact(Game("ABC", [0, 0, 0, 1, 0, 1, 0, 4]))
    exact: the core gives every coalition its worth and no more somewhere
    """
    game = as_game(game)
    name = "exact"
    _require(game, MAX_SUBGAMES, "exactness", "convex games are exact, and is_convex answers for any number")
    exact, worths, tolerance = _comparable(game)
    lowest: Sequence[Any]
    if exact:
        points = rational_vertices(worths.tolist())
        if not points:
            return _without_core(name, game)
        sums = np.array([subset_sums(np.array(point, object)) for point in points], object)
        gaps = (sums - worths).min(axis=0)
        gaps[0] = 0
        at = int(gaps.argmax())
        lowest = points[int(sums[:, at].argmin())]
    else:
        floats = _least_payoffs(worths, tolerance)
        if floats is None:
            return _without_core(name, game)
        gaps, lowest = floats
        at = int(gaps.argmax())
    gap = gaps[at]
    holds = bool(gap <= tolerance)
    reason = "the core gives every coalition its worth and no more somewhere"
    if not holds:
        least = shown_number(worths[at] + gap)
        reason = f"the core gives {labels_of(at, game.players)} at least {least}, {shown_worth(game, at)}"
    return PayoffProperty(
        name=name,
        holds=holds,
        witness=() if holds else (labels_of(at, game.players),),
        margin=-gap,
        tolerance=tolerance,
        reason=reason,
        payoff=None if holds else _allocation(game, at, lowest, everyone=True),
    )


def has_large_core(game: Any) -> PayoffProperty:
    """Ask whether payoffs that no coalition can improve on can always be cut down to a payoff in the core.

    The core is large when for every y with y(S) >= v(S) for all S there is an x in the core with x <= y.

    Parameters
    ----------
    game : Game or representation
        At most 6 players, any number where the game is convex.

    Returns
    -------
    PayoffProperty
        The payoff is a vertex y of {y : y(S) >= v(S) for all S} that pays most in all: no part of it can be cut.
        Witness: the coalitions that hold it there. The margin is v(N) - y(N).

    Raises
    ------
    TooLargeError
        More than 6 players, and the game is not convex.
    WorthError
        Symbolic worths.

    Notes
    -----
    All vertices y are found, in rationals; the core is large exactly when y(N) <= v(N) for each of them. Floats are
    read as fractions next to them (within 1e-12 of the largest worth).

    References
    ----------
    .. [1] W. W. Sharkey (1982), Cooperative games with large cores, International Journal of Game Theory 11, 175-182.
    .. [2] J. R. G. van Gellekom, J. A. M. Potters, J. H. Reijnierse (1999), Prosperity properties of TU-games,
           International Journal of Game Theory 28, 211-227.

    Examples
    --------
    >>> has_large_core(Game.from_function("ABCD", lambda s: [0, 0, 1, 1, 3][len(s)]))
    large core: payoffs that no coalition can improve on sum to 3 at most where none can be cut; v(N) = 3
    """
    game = as_game(game)
    name = "large core"
    if is_convex(game):
        return _of_convex(name, game)
    _require(game, MAX_PLAYERS, "largeness", "convex games have large cores, and is_convex answers for any number")
    worths, tolerance = rational_worths(game)
    full = len(worths) - 1
    bounds = [[*(mask >> i & 1 for i in range(game.n)), worths[mask]] for mask in range(1, full)]
    found = vertices([*bounds, [*[1] * game.n, worths[full]]])
    k = max(range(len(found.points)), key=lambda k: sum(found.points[k]))
    margin = worths[full] - sum(found.points[k])
    return PayoffProperty(
        name=name,
        holds=bool(margin >= -tolerance),
        witness=tuple(labels_of(tight + 1, game.players) for tight in found.tight[k]),
        margin=_as_given(margin, game),
        tolerance=tolerance,
        reason=(
            "payoffs that no coalition can improve on sum to "
            f"{shown_number(_as_given(sum(found.points[k], Fraction(0)), game))} at most where none can be cut; "
            f"v(N) = {shown_number(game.worths[-1])}"
        ),
        payoff=_allocation(game, full, found.points[k], everyone=True),
    )


def is_extendable(game: Any) -> PayoffProperty:
    """Ask whether every payoff in the core of every subgame is part of a payoff in the core.

    Parameters
    ----------
    game : Game or representation
        At most 7 players, any number where the game is convex.

    Returns
    -------
    PayoffProperty
        The payoff is a vertex of the core of a subgame that cannot be extended, or lacks least; witness: the players
        of that subgame. The margin is what the others have left above what they need.

    Raises
    ------
    TooLargeError
        More than 7 players, and the game is not convex.
    WorthError
        Symbolic worths.

    Notes
    -----
    A payoff y of the players in S extends exactly when the reduced game of the others, R -> max over Q in S of
    v(R + Q) - y(Q), has a core within v(N) - y(S): one product with the minimal balanced collections of the others.
    In rationals; floats are read as fractions next to them (within 1e-12 of the largest worth).

    References
    ----------
    .. [1] K. Kikuta, L. S. Shapley (1986), Core stability in n-person games, manuscript.
    .. [2] J. R. G. van Gellekom, J. A. M. Potters, J. H. Reijnierse (1999), Prosperity properties of TU-games,
           International Journal of Game Theory 28, 211-227.

    Examples
    --------
    >>> is_extendable(Game("ABC", [0, 0, 0, 0, 0, 1, 1, 1]))
    not extendable: the core of ('C',) holds C 0, which leaves the others 1 less than they need
    """
    game = as_game(game)
    name = "extendable"
    if is_convex(game):
        return _of_convex(name, game)
    _require(game, MAX_EXTENDED, "extendability", "convex games are extendable, and is_convex answers for any number")
    exact, points, tolerance = rational_core(game)
    if not points:
        return _without_core(name, game)
    worths = np.array(exact, object)
    everyone = len(worths) - 1
    least: Any = None
    at = 0
    where: Sequence[Fraction] = ()
    for mask in range(1, everyone):
        inside, others = _inside(mask), _inside(everyone ^ mask)
        for point in rational_vertices(worths[inside].tolist()):
            reduced = (worths[others[:, None] | inside] - subset_sums(np.array(point, object))).max(axis=1)
            reduced[0] = Fraction(0)
            need = max(reduced[-1], most_balanced_worth(reduced)[0])
            left = worths[everyone] - sum(point) - need
            if least is None or left < least:
                least, at, where = left, mask, point
    payoff = _allocation(game, at, where, everyone=False)
    shown = ", ".join(f"{player} {shown_number(x)}" for player, x in payoff.to_dict().items())
    holds = bool(least >= -tolerance)
    lead = f"the core of {labels_of(at, game.players)} holds {shown}, which leaves the others "
    change = "just enough"
    if abs(least) > tolerance:
        change = f"{shown_number(_as_given(abs(least), game))} {'more' if least > 0 else 'less'} than they need"
    return PayoffProperty(
        name=name,
        holds=holds,
        witness=(labels_of(at, game.players),),
        margin=_as_given(least, game),
        tolerance=tolerance,
        reason=lead + change,
        payoff=payoff,
    )


def rational_worths(game: Game) -> tuple[list[Fraction], float]:
    """Read worths as exact rationals, and say what counts as equal among results.

    Parameters
    ----------
    game : Game

    Returns
    -------
    worths : list of 2**n Fractions
        Exact worths as they are. Floats as fractions of a common denominator up to a million where these are within
        1e-12 of the largest worth, and rounded to that precision otherwise: 0.1 + 0.2 is 3/10 and so no tie is broken
        by binary rounding.
    tolerance : float
        0 for exact worths.

    Raises
    ------
    WorthError
        Symbolic worths.

    Examples
    --------
    >>> rational_worths(Game("A", [0, 0.1 + 0.2]))[0]
    [Fraction(0, 1), Fraction(3, 10)]
    """
    scaled = integer_worths(game.worths) if game.is_exact else None
    if scaled is not None:
        return [Fraction(p, scaled[1]) for p in scaled[0]], 0.0
    worths = float_worths(game)
    step = Fraction(scale_of(worths) * _ROUNDING).limit_denominator(10**30)
    given = [Fraction(worth) for worth in worths.tolist()]
    near = [worth.limit_denominator(_SIMPLE) for worth in given]
    simple = math.lcm(*(worth.denominator for worth in near)) <= _SIMPLE
    if not simple or any(abs(a - b) > step for a, b in zip(given, near, strict=True)):
        places = Fraction(10) ** math.floor(math.log10(step))
        near = [round(worth / places) * places for worth in given]
    return near, tolerance_of(worths)


def rational_core(game: Game) -> tuple[list[Fraction], list[tuple[Fraction, ...]], float]:
    """Read worths as exact rationals, and list the vertices of the core.

    Parameters
    ----------
    game : Game

    Returns
    -------
    worths : list of 2**n Fractions
        Those of ``rational_worths``. Where rounding costs a game of floats its core, which it has within the tolerance,
        v(N) is larger by twice that.
    points : list of tuple of n Fractions
        Empty where the core is.
    tolerance : float
        0 for exact worths.

    Raises
    ------
    WorthError
        Symbolic worths.

    Examples
    --------
    >>> len(rational_core(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 2]))[1])
    3
    """
    worths, tolerance = rational_worths(game)
    points = rational_vertices(worths)
    if tolerance and not points and is_balanced(game):
        worths[-1] += 2 * Fraction(tolerance)
        points = rational_vertices(worths)
    return worths, points, tolerance


def _comparable(game: Game) -> tuple[bool, NDArray[Any], float]:
    """Give Fractions for exact worths of few players and floats otherwise, and what counts as equal."""
    worths, tolerance = ordered_worths(game)
    if worths.dtype == object and game.n > MAX_PLAYERS:
        floats = float_worths(game)
        return False, floats, tolerance_of(floats)
    return worths.dtype == object, worths, tolerance


def _inside(base: int) -> NDArray[np.int64]:
    """List the subsets of a coalition, in the order of the bitmasks of its subgame."""
    subsets = np.zeros(1, np.int64)
    for i in members_of(base):
        subsets = np.concatenate((subsets, subsets | 1 << i))
    return subsets


def _worst_collection(worths: NDArray[np.float64]) -> LinearSolution:
    """Find the balanced collection worth most, everybody together aside, by column generation."""
    table = Table(worths, skip_everyone=True)
    n = table.n
    master = Master(np.ones(n), np.ones(n), scale=scale_of(worths))
    alone = 1 << np.arange(n)
    master.add(table.columns(np.unique([*alone, *(len(worths) - 1 - alone)]).astype(np.int64)))
    return generate(master, table, mass=n, tolerance=tolerance_of(worths), batch=4 * n)


def _least_payoffs(worths: NDArray[np.float64], tolerance: float) -> tuple[NDArray[np.float64], list[float]] | None:
    """Find how much above its worth every coalition is in the core at least, and the point of the core at the worst."""
    table = Table(worths, skip_everyone=True)
    n, everyone = table.n, len(worths) - 1
    whole = Columns(np.array([everyone], np.int64), worths[[everyone]], [np.arange(n, dtype=np.int32)])
    if n > 1:
        worst = _worst_collection(worths)
        if worst.value > worths[-1] + tolerance:
            return None
    gaps = np.full(len(worths), np.inf)
    gaps[[0, everyone]] = 0.0
    point = [float(worths[-1])] * n
    deepest = -np.inf
    useful = 1 << np.arange(n)
    for mask in range(1, everyone):
        if gaps[mask] <= tolerance:
            continue
        members = (mask >> np.arange(n) & 1).astype(np.float64)
        master = Master(members, members, scale=scale_of(worths))
        master.add(whole, lower=-np.inf)
        master.add(table.columns(np.unique([*useful, mask, everyone ^ mask]).astype(np.int64)))
        solution = generate(master, table, mass=1.0, tolerance=tolerance, batch=2 * n)
        np.minimum(gaps, np.maximum(subset_sums(solution.prices) - worths, 0.0), out=gaps)
        useful = solution.keys[(solution.weights > 1e-9) & (solution.keys != everyone)]
        useful = np.concatenate((useful, 1 << np.arange(n)))
        gaps[mask] = max(solution.value - worths[mask], 0.0)
        if gaps[mask] > deepest:
            deepest, point = gaps[mask], solution.prices.tolist()
    return gaps, point


def _without_core(name: str, game: Game) -> PayoffProperty:
    found = is_balanced(game)
    return PayoffProperty(
        name=name,
        holds=False,
        witness=found.witness,
        margin=found.margin,
        tolerance=found.tolerance,
        reason=f"the core is empty: {found.reason}",
        payoff=None,
    )


def _of_convex(name: str, game: Game) -> PayoffProperty:
    return PayoffProperty(
        name=name, holds=True, witness=(), margin=None, tolerance=0.0, reason="the game is convex", payoff=None
    )


def _allocation(game: Game, mask: int, point: Sequence[Any], *, everyone: bool) -> Allocation:
    players: tuple[Label, ...] = game.players if everyone else labels_of(mask, game.players)
    payoffs = np.array(point, object) if game.is_exact else np.array([float(x) for x in point])
    return Allocation(players=players, payoffs=payoffs, solution="payoff at stake", method="vertex of a polyhedron")


def _as_given(number: Fraction, game: Game) -> Any:
    return number if game.is_exact else float(number)


def _require(game: Game, most: int, what: str, instead: str) -> None:
    if game.n > most:
        raise TooLargeError(f"{what} of {game.n} players: {most} players are the most. {instead}")
