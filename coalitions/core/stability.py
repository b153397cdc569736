"""Stability in the sense of von Neumann and Morgenstern: domination, stable cores, stable sets."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from coalitions.allocation import Allocation, as_payoffs
from coalitions.answers import ordered_worths
from coalitions.coalition import Label, labels_of, members_of, subset_sums
from coalitions.core.balancedness import MAX_EXTENDED, is_extendable, rational_core, rational_worths
from coalitions.core.domination import (
    Point,
    Search,
    dominated_by,
    find_undominated,
    hull_bounds,
    imputation_corners,
    payoffs_of,
)
from coalitions.errors import TooLargeError, WorthError
from coalitions.exact import fractions_of, maximise
from coalitions.game import Game, as_game, float_worths
from coalitions.polyhedra import primitive
from coalitions.properties import is_constant_sum, is_convex
from coalitions.simple_properties import is_simple
from coalitions.tolerance import tolerance_of


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StableSet:
    """Whether a set of imputations is stable; true or false in a condition, with the reason.

    Attributes
    ----------
    holds : bool or None
        None: undecided within the time limit. Asking an undecided answer for true or false is an error.
    kind : str
        What decided: ``'no imputations'``, ``'convex'``, ``'extendable'``, ``'every imputation examined'`` for a
        "yes"; ``'empty core'``, ``'dominated inside'``, ``'undominated outside'``, ``'no imputation'`` for a "no";
        ``'time limit'``.
    reason : str
        The same as a sentence.
    witness : Allocation or None
        The proof of a "no": an imputation outside the set that no member dominates, or a member that another one
        dominates, or one that is no imputation.
    regions : int
        How many polytopes of imputations were looked at.
    seconds : float
    """

    holds: bool | None
    kind: str
    reason: str
    witness: Allocation | None
    regions: int
    seconds: float

    def __bool__(self) -> bool:
        if self.holds is None:
            raise ValueError(f"undecided: {self.reason}; give a longer time_limit, or look at .holds")
        return self.holds

    def __repr__(self) -> str:
        words = {True: "stable", False: "not stable", None: "undecided"}[self.holds]
        shown = "" if self.witness is None else f"\n{self.witness!r}"
        return f"{words}: {self.reason}{shown}"


def core_is_stable(game: Any, *, time_limit: float | None = None) -> StableSet:
    """Ask whether the core is a stable set: every imputation outside is dominated by one inside.

    x dominates y through a coalition S when all of S get more at x and S can have it: x(S) <= v(S).

    Parameters
    ----------
    game : Game or representation
        At most 7 players, any number where the game is convex.
    time_limit : float, optional
        Seconds for the search, looked at between its steps; none by default.

    Returns
    -------
    StableSet
        A "no" comes with an imputation outside the core that no payoff in the core dominates.

    Raises
    ------
    TooLargeError
        More than 7 players, and the game is not convex.
    WorthError
        Symbolic worths.

    Notes
    -----
    In rational arithmetic throughout: neither answer depends on a tolerance. Floats are read as fractions next to
    them (within 1e-12 of the largest worth), and the answer is for these.

    Convex and extendable games have stable cores. Otherwise, for every coalition P that some payoff in the core holds
    to its worth, the payoffs dominated through P form an open polyhedron, {y : a . y < b for its facets (a, b)}, found
    from the vertices of that face of the core. An imputation is undominated when it lies on or beyond a facet
    for every P: a depth-first search cuts the polytope of imputations, whose vertices it keeps, by one facet after
    another of the P that leaves fewest, and gives a region up when it lies in the core or when all facets
    of some P miss it. 4 players take 0.1 s, 5 half a second, 6 some ten seconds where the core is stable and one
    where it is not; 7 players often end in a "no" within seconds, and need a time limit where they do not.

    References
    ----------
    .. [1] J. von Neumann, O. Morgenstern (1944), Theory of Games and Economic Behavior, section 30.
    .. [2] M. Grabisch, P. Sudhoelter (2021), Characterization of TU games with stable cores by nested balancedness,
           Mathematical Programming 194, 243-264.
    .. [3] L. S. Shapley (1971), Cores of convex games, International Journal of Game Theory 1, 11-26.

    Examples
    --------
    >>> core_is_stable(Game("ABC", [0, 0, 0, 0, 0, 1, 1, 1])).holds
    False
    >>> pairs = Game.from_function("ABCD", lambda s: [0, 0, 1, 1, 3][len(s)])
    >>> core_is_stable(pairs)
    stable: the game is extendable
    """
    started = time.monotonic()
    deadline = np.inf if time_limit is None else started + time_limit
    game = as_game(game)
    answer = _Answer(game, started)
    convex = is_convex(game)
    worths, _ = rational_worths(game)
    if worths[-1] < _alone(worths):
        return answer.of(True, "no imputations", "there are no imputations, so nothing is left undominated")
    if convex:
        return answer.of(True, "convex", "the game is convex")
    if game.n > MAX_EXTENDED:
        raise TooLargeError(
            f"stability of the core of {game.n} players: {MAX_EXTENDED} players are the most. "
            "convex games have stable cores, and is_convex answers for any number"
        )
    worths, points, _ = rational_core(game)
    corners = imputation_corners(worths)
    if not points:
        reason = "the core is empty, so nothing dominates this imputation"
        return answer.of(False, "empty core", reason, witness=payoffs_of(corners[0]))
    if is_extendable(game):
        return answer.of(True, "extendable", "the game is extendable")
    bounds = [primitive([*(mask >> i & 1 for i in range(game.n)), -worths[mask]]) for mask in range(1, len(worths) - 1)]
    piece = np.array(bounds, object)
    return answer.of_search(
        find_undominated(corners, dominated_by(worths, points), [piece], deadline=deadline), "the core"
    )


def is_stable_set(game: Any, parts: Iterable[Any], *, time_limit: float | None = None) -> StableSet:
    """Ask whether imputations are a stable set: none dominates another one, and they dominate all others.

    Parameters
    ----------
    game : Game or representation
    parts : iterable
        Each an imputation (an Allocation, a mapping or an array of n payoffs), or several imputations, which stand for
        all points between them: two for a segment, the vertices of a polytope. The set is the union of the parts.
    time_limit : float, optional
        Seconds for the search, looked at between its steps; none by default.

    Returns
    -------
    StableSet
        A "no" comes with a payoff of the set that is no imputation, or that another one of the set dominates, or with
        an imputation outside that none of the set dominates.

    Raises
    ------
    CoalitionError
        Payoffs of other players, or not finite.
    WorthError
        Symbolic worths.

    Notes
    -----
    In rational arithmetic; floats, worths as well as payoffs, are read as fractions next to them. An exact linear
    program for every two parts and every coalition, then the search of ``core_is_stable``. It grows with the
    number of parts times the number of coalitions: meant for 3 to 5 players.

    References
    ----------
    .. [1] J. von Neumann, O. Morgenstern (1944), Theory of Games and Economic Behavior, section 30.

    Examples
    --------
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> is_stable_set(majority, [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
    stable: every imputation outside the set is dominated by one inside
    >>> is_stable_set(majority, [[[0.2, 0.8, 0], [0.2, 0, 0.8]]]).holds
    True
    >>> is_stable_set(majority, [[0.5, 0.5, 0], [0.5, 0, 0.5]])
    not stable: this imputation is not in the set, and nothing in the set dominates it
    imputation of 3 players, exact, sum 1
    A     1  100.0%
    B     0    0.0%
    C     0    0.0%
    """
    started = time.monotonic()
    deadline = np.inf if time_limit is None else started + time_limit
    game = as_game(game)
    answer = _Answer(game, started)
    worths, _ = rational_worths(game)
    hulls = [[_rational_payoffs(x, game, worths) for x in _corners(part)] for part in parts]
    for x in (point for hull in hulls for point in hull):
        if sum(x) != worths[-1] or any(pay < worths[1 << i] for i, pay in enumerate(x)):
            return answer.of(False, "no imputation", "these payoffs of the set are no imputation", witness=x)
    for one in hulls:
        for other in hulls:
            found = _domination_between(worths, one, other)
            if found is not None:
                x, mask = found
                reason = f"another payoff of the set dominates this one through {labels_of(mask, game.players)}"
                return answer.of(False, "dominated inside", reason, witness=x)
    if worths[-1] < _alone(worths):
        return answer.of(True, "no imputations", "there are no imputations, so nothing is left undominated")
    groups = [rows for hull in hulls for rows in dominated_by(worths, hull)]
    pieces = [hull_bounds(hull) for hull in hulls]
    return answer.of_search(find_undominated(imputation_corners(worths), groups, pieces, deadline=deadline), "the set")


def dominates(game: Any, x: Any, y: Any) -> tuple[Label, ...]:
    """Name a coalition through which one payoff dominates another: all its members get more, and can make it.

    Parameters
    ----------
    game : Game or representation
    x, y : Allocation, mapping from player to payoff, or array_like of shape (n,)

    Returns
    -------
    tuple of labels
        The coalition S with x_i > y_i for all of S and x(S) <= v(S) that has most to spare; empty, and so false in a
        condition, when x does not dominate y.

    Raises
    ------
    CoalitionError
        A player without a payoff, an unknown one, a payoff that is not finite.
    WorthError
        Symbolic worths.

    Notes
    -----
    2**n comparisons. Exact for exact worths and payoffs; otherwise differences within the tolerance count as none.

    References
    ----------
    .. [1] J. von Neumann, O. Morgenstern (1944), Theory of Games and Economic Behavior, section 30.

    Examples
    --------
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> dominates(majority, [0.5, 0.5, 0], [0, 0, 1])
    ('A', 'B')
    >>> dominates(majority, [0, 0, 1], [0.5, 0.5, 0])
    ()
    """
    game = as_game(game)
    ordered_worths(game)
    better, worse = as_payoffs(x, game.players), as_payoffs(y, game.players)
    if game.is_exact and better.dtype == worse.dtype == object:
        return labels_of(_through(game.worths, better, worse), game.players)
    worths, better, worse = float_worths(game), better.astype(np.float64), worse.astype(np.float64)
    slack = max(tolerance_of(worths), tolerance_of(better), tolerance_of(worse))
    return labels_of(_through(worths, better, worse, slack), game.players)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MainSimpleSolution:
    """The main simple solution of a simple game: one imputation for every minimal winning coalition.

    Attributes
    ----------
    shares : Allocation
        What a player gets in every coalition it wins with; the shares of a minimal winning coalition sum to 1.
    coalitions : tuple of tuples of labels
        The minimal winning coalitions.
    imputations : tuple of Allocations
        In the same order: members get their shares, the others nothing. Together they are a stable set.
    """

    shares: Allocation
    coalitions: tuple[tuple[Label, ...], ...]
    imputations: tuple[Allocation, ...]

    def __repr__(self) -> str:
        rows = ["  ".join(map(str, coalition)) for coalition in self.coalitions]
        lead = f"main simple solution, {len(rows)} imputations: one of these coalitions shares v(N) = 1 like this"
        return "\n".join([lead, *rows, repr(self.shares)])


def main_simple_solution(game: Any) -> MainSimpleSolution:
    """Find the stable set of a simple game in which minimal winning coalitions share what they win by fixed shares.

    Shares x >= 0 with x(S) = 1 for every minimal winning coalition S; each of these shares by them, alone.

    Parameters
    ----------
    game : Game or representation
        Simple and constant-sum: of a coalition and its complement exactly one wins.

    Returns
    -------
    MainSimpleSolution

    Raises
    ------
    WorthError
        The game is not simple, not constant-sum, or has no such shares, as when it is not homogeneous.

    Notes
    -----
    One exact linear program with a row for every minimal winning coalition. That the imputations are stable follows in
    two lines: those who get less than their share at y either win, and then one of the imputations gives all of a
    winning coalition more; or else the others win, get their shares at least, and y is one of the imputations.

    References
    ----------
    .. [1] J. von Neumann, O. Morgenstern (1944), Theory of Games and Economic Behavior, section 50.

    Examples
    --------
    >>> apex = Game.from_function("ABCD", lambda s: float(2 * ("A" in s) + len(set(s) - {"A"}) >= 3))
    >>> main_simple_solution(apex)
    main simple solution, 4 imputations: one of these coalitions shares v(N) = 1 like this
    A  B
    A  C
    A  D
    B  C  D
    main simple solution of 4 players, exact, sum 5/3
    A   2/3  40.0%
    B   1/3  20.0%
    C   1/3  20.0%
    D   1/3  20.0%
    """
    game = as_game(game)
    simple = is_simple(game)
    if not simple:
        raise WorthError(f"the game is not simple: {simple.reason}")
    opposed = is_constant_sum(game)
    if not opposed:
        one, other = opposed.witness
        words = "both win" if game[one] else "neither wins"
        raise WorthError(f"the game is not constant-sum: of {one} and {other} {words}")
    wins = game.worths != 0
    minimal = [mask for mask in np.flatnonzero(wins).tolist() if not any(wins[mask ^ 1 << i] for i in members_of(mask))]
    coalitions = [labels_of(mask, game.players) for mask in minimal]
    columns = [[int(player in coalition) for coalition in coalitions] for player in game.players]
    found = maximise([0] * game.n, columns, [1] * len(coalitions))
    if found is None:
        raise WorthError(
            f"no shares give each of the {len(coalitions)} minimal winning coalitions exactly 1, "
            "so the game has no main simple solution"
        )
    shares = _allocation(game.players, found[1], "main simple solution", exact=True)
    members = tuple(
        _allocation(
            game.players,
            [share if player in coalition else Fraction(0) for player, share in zip(game.players, shares, strict=True)],
            "imputation",
            exact=True,
        )
        for coalition in coalitions
    )
    return MainSimpleSolution(shares=shares, coalitions=tuple(coalitions), imputations=members)


@dataclass(frozen=True)
class _Answer:
    """Words an answer about a game."""

    game: Game
    started: float

    def of(
        self, holds: bool | None, kind: str, reason: str, *, witness: Sequence[Fraction] | None = None, regions: int = 0
    ) -> StableSet:
        return StableSet(
            holds=holds,
            kind=kind,
            reason=reason,
            witness=None
            if witness is None
            else _allocation(self.game.players, witness, "imputation", exact=self.game.is_exact),
            regions=regions,
            seconds=time.monotonic() - self.started,
        )

    def of_search(self, found: Search, name: str) -> StableSet:
        regions = found.regions
        if found.witness is not None:
            reason = f"this imputation is not in {name}, and nothing in {name} dominates it"
            return self.of(False, "undominated outside", reason, witness=found.witness, regions=regions)
        if not found.finished:
            reason = f"the time was up after {regions} regions of imputations, with {found.left} at hand"
            return self.of(None, "time limit", reason, regions=regions)
        reason = f"every imputation outside {name} is dominated by one inside"
        return self.of(True, "every imputation examined", reason, regions=regions)


def _alone(worths: Sequence[Fraction]) -> Fraction:
    return sum((worths[1 << i] for i in range(len(worths).bit_length() - 1)), Fraction(0))


def _domination_between(
    worths: Sequence[Fraction], one: Sequence[Point], other: Sequence[Point]
) -> tuple[Point, int] | None:
    """Find a payoff between some points that one between others dominates, and the coalition through which it does."""
    for mask in range(1, len(worths) - 1):
        inside = members_of(mask)
        if len(inside) == 1:
            continue
        # rows: shares of either side sum to 1; every member gains t and a rest; what they get, and a rest, is v(S)
        k = len(inside)
        able = [[1, 0, *(z[i] for i in inside), sum(z[i] for i in inside)] for z in one]
        given = [[0, 1, *(-y[i] for i in inside), 0] for y in other]
        gain = [[0, 0, *[sign] * k, 0] for sign in (-1, 1)]
        rests = [[0, 0, *(-(i == j) for j in range(k)), 0] for i in range(k)] + [[0, 0, *[0] * k, 1]]
        columns: list[list[Any]] = [*able, *given, *gain, *rests]
        costs = [0] * (len(one) + len(other)) + [1, -1] + [0] * (k + 1)
        found = maximise(costs, columns, [1, 1, *[0] * k, worths[mask]])
        if found is not None and found[0] > 0:
            shares = found[1][len(one) : len(one) + len(other)]
            paid = (
                sum((a * x for a, x in zip(shares, xs, strict=True)), Fraction(0)) for xs in zip(*other, strict=True)
            )
            return tuple(paid), mask
    return None


def _through(worths: Any, x: Any, y: Any, slack: float = 0.0) -> int:
    """Find the coalition whose members all get more at x and that has most to spare there, as a bitmask; 0 if none."""
    gaining = sum(1 << i for i, (a, b) in enumerate(zip(x, y, strict=True)) if a > b + slack)
    if not gaining:
        return 0
    sums = subset_sums(np.asarray(x, object if not isinstance(x, np.ndarray) else None))
    subsets = [mask for mask in range(1, len(worths)) if mask & gaining == mask]
    best = max(subsets, key=lambda mask: worths[mask] - sums[mask])
    return best if worths[best] - sums[best] >= -slack else 0


def _corners(part: Any) -> list[Any]:
    """List the imputations that a part of a set is the hull of: one, where it is a payoff vector itself."""
    if isinstance(part, Allocation | Mapping):
        return [part]
    listed = list(part)
    several = bool(listed) and isinstance(listed[0], Allocation | Mapping | Sequence | np.ndarray)
    return listed if several else [listed]


def _rational_payoffs(x: Any, game: Game, worths: Sequence[Fraction]) -> Point:
    """Read payoffs exactly; floats as fractions next to them that add up to v(N) where the floats nearly do."""
    given = as_payoffs(x, game.players)
    if given.dtype == object:
        return tuple(fractions_of(given))
    slack = tolerance_of(np.append(given, float(worths[-1])))
    near = [Fraction(float(pay)).limit_denominator(10**6) for pay in given]
    exact = [
        b if abs(Fraction(float(a)) - b) <= slack else Fraction(float(a)) for a, b in zip(given, near, strict=True)
    ]
    surplus = worths[-1] - sum(exact)
    if surplus and abs(surplus) <= slack * len(exact):
        at = max(range(len(exact)), key=lambda i: exact[i] - worths[1 << i])
        exact[at] += surplus
    return tuple(exact)


def _allocation(players: tuple[Label, ...], payoffs: Iterable[Fraction], what: str, *, exact: bool) -> Allocation:
    own = np.array(list(payoffs), object)
    return Allocation(players=players, payoffs=own if exact else own.astype(float), solution=what, method="exact")
