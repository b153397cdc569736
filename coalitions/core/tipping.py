"""Where things tip: the prenucleolus along a line of coefficients, and where the core, its proofs and ranks change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, labels_of, unknown_label
from coalitions.core.cone import CoefficientInterval, core_interval
from coalitions.core.pieces import Piece, piece_at
from coalitions.core.separation import ray_of
from coalitions.core.words import aligned, collection_in_words, short
from coalitions.errors import CoalitionError
from coalitions.exact import fractions_of
from coalitions.game import Game, float_worths
from coalitions.parametric import ParametricGame
from coalitions.result import Result
from coalitions.tolerance import RELATIVE, scale_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST_LISTED = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class PathPiece:
    """A stretch of a line of coefficients on which the prenucleolus is linear and settled by the same coalitions.

    Attributes
    ----------
    start, stop : number
        Where on the line; both ends belong to it.
    payoffs : ndarray, shape (n,)
        What the linear formula gives at 0: payoffs + tau * slopes.
    slopes : ndarray, shape (n,)
        What a step of 1 adds to each payoff.
    stages : tuple of tuples of coalitions
        The coalitions settled together, first those that object most.
    levels, level_slopes : ndarray, shape (stages,)
        Their common excess, in the same form. The first is the least-core value.
    reaching : tuple of coalitions
        Those whose excess reaches the level of settled ones at ``stop``; empty where the line was cut there.
    """

    start: Any
    stop: Any
    payoffs: NDArray[Any]
    slopes: NDArray[Any]
    stages: tuple[tuple[tuple[Label, ...], ...], ...]
    levels: NDArray[Any]
    level_slopes: NDArray[Any]
    reaching: tuple[tuple[Label, ...], ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PrenucleolusPath(Result):
    """The prenucleolus along a line of coefficients: continuous, and linear between its breakpoints.

    Attributes
    ----------
    players : tuple of labels
    name : str
        The coefficient that moves, or ``'tau'`` for a general direction.
    start, stop : number
    pieces : tuple of PathPiece
        From start to stop without a gap.
    is_exact : bool
        Whether breakpoints and payoffs are exact: terms, coefficients and direction are.
    solved : int
        Prenucleoli computed.
    """

    players: tuple[Label, ...]
    name: str
    start: Any
    stop: Any
    pieces: tuple[PathPiece, ...]
    is_exact: bool
    solved: int

    _concept = "prenucleolus path"

    @property
    def breakpoints(self) -> tuple[Any, ...]:
        """Where the coalitions that settle the prenucleolus, or the order of their levels, change."""
        return tuple(piece.stop for piece in self.pieces[:-1])

    @property
    def kinks(self) -> tuple[Any, ...]:
        """Those breakpoints at which the path of some payoff bends."""
        return tuple(
            left.stop for left, right in pairwise(self.pieces) if not self._same(left.slopes, right.slopes, left)
        )

    def _same(self, a: NDArray[Any], b: NDArray[Any], piece: PathPiece) -> bool:
        return _equal(a, b, 0.0 if self.is_exact else 1e3 * RELATIVE * (float(abs(piece.slopes).max()) or 1.0))

    def at(self, tau: Any) -> Allocation:
        """Give the prenucleolus at a point of the line.

        Parameters
        ----------
        tau : number between start and stop

        Returns
        -------
        Allocation

        Raises
        ------
        CoalitionError
            The point is not on the path.

        Examples
        --------
        >>> tables = {"gain": [0, 0, 0, 4, 0, 4, 4, 10], "cost": [0, 1, 1, 3, 1, 3, 3, 7]}
        >>> exact = {name: np.array(table, object) for name, table in tables.items()}
        >>> pact = ParametricGame("ABC", exact, {"gain": 1, "cost": -1})
        >>> prenucleolus_path(pact, "cost", start=-2, stop=0).at(-1)
        prenucleolus of 3 players, path, sum 3
        A     1  33.3%
        B     1  33.3%
        C     1  33.3%
        """
        piece = self._piece_of(tau)
        if self.is_exact and not isinstance(tau, float):
            tau = Fraction(tau)
        payoffs = piece.payoffs + tau * piece.slopes
        return Allocation(
            players=self.players,
            payoffs=payoffs.astype(np.float64) if isinstance(tau, float) else payoffs,
            solution="prenucleolus",
            method="path",
        )

    def slopes_at(self, tau: Any, *, left: bool = False) -> dict[Label, Any]:
        """Give what a small step adds to each payoff, per unit of the step.

        Parameters
        ----------
        tau : number between start and stop
        left : bool
            At a kink: the slopes before it instead of those after it.

        Returns
        -------
        dict from player to number

        Raises
        ------
        CoalitionError
            The point is not on the path.
        """
        piece = self._piece_of(tau, left=left)
        return dict(zip(self.players, piece.slopes.tolist(), strict=True))

    def _piece_of(self, tau: Any, *, left: bool = True) -> PathPiece:
        if not self.start <= tau <= self.stop:
            raise CoalitionError(f"{self.name} = {tau} is not on the path, which goes from {self.start} to {self.stop}")
        if left:
            return next(piece for piece in self.pieces if tau <= piece.stop)
        return next(piece for piece in reversed(self.pieces) if tau >= piece.start)

    def to_frame(self) -> pd.DataFrame:
        """Give the payoffs at the start, at every breakpoint and at the stop: linear interpolation gives all others.

        Returns
        -------
        pandas.DataFrame
            Indexed by the coefficient (or tau), a column a player.
        """
        import pandas as pd

        points = [self.start, *(piece.stop for piece in self.pieces)]
        rows = [self.at(point).payoffs for point in points]
        return pd.DataFrame(rows, columns=list(self.players), index=pd.Index(points, name=self.name, dtype=object))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw every player's payoff along the line, with the kinks as dotted lines.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(5.5, 3.5))[1]
        frame = self.to_frame()
        where = [float(point) for point in frame.index]
        for player in self.players:
            axes.plot(where, frame[player].astype(float), label=str(player))
        for kink in self.kinks:
            axes.axvline(float(kink), color="0.7", linewidth=0.8, linestyle=":")
        axes.set_xlabel(self.name)
        axes.set_ylabel("payoff (unit of the worths)")
        axes.set_title("prenucleolus")
        axes.legend(frameon=False)
        return axes

    def _headline(self) -> str:
        count = len(self.pieces)
        kind = "exact" if self.is_exact else "in floats"
        return (
            f"prenucleolus of {len(self.players)} players for {self.name} from {short(self.start)} to "
            f"{short(self.stop)}, {kind}: {count} piece{'s' * (count > 1)}, payoffs bend at "
            + (", ".join(map(short, self.kinks[:_MOST_LISTED])) or "no point")
        )

    def __repr__(self) -> str:
        frame = self.to_frame()
        rows = [[self.name, *map(str, self.players)]]
        rows += [
            [short(point), *map(short, row)] for point, row in zip(frame.index, frame.to_numpy().tolist(), strict=True)
        ]
        return "\n".join([self._headline(), *aligned(rows[: _MOST_LISTED + 1])])


def prenucleolus_path(
    game: ParametricGame, along: str | Mapping[str, Any], *, start: Any = 0, stop: Any = 1
) -> PrenucleolusPath:
    """Follow the prenucleolus along a line of coefficients: exactly, piece by piece.

    Parameters
    ----------
    game : ParametricGame
        Exact terms and coefficients give exact breakpoints and payoffs.
    along : str or mapping from term to rate
        The name of a coefficient: the path is over its values, the others as the game has them. A direction: the
        path is over tau, for the coefficients + tau * direction.
    start, stop : numbers
        Where on the line the path begins and ends. In exact games a float is the binary fraction it is.

    Returns
    -------
    PrenucleolusPath

    Raises
    ------
    CoalitionError
        An unknown term; start not before stop.
    WorthError
        A direction of zeros only; a coefficient that is a symbol.
    SolverError
        The prenucleolus failed somewhere on the line.

    Notes
    -----
    The coalitions that settle the prenucleolus, and their weights, stay while no other coalition's excess reaches
    their level: a ratio test over all coalitions, for both directions at once, gives the whole stretch of the line on
    which one solution holds. What is left on either side is treated likewise, from a point inside, so a path of m
    breakpoints takes between m and some 2 m prenucleoli; no step size enters. A stretch shorter than 1e-9 of the line
    is passed over when the worths are floats. In the sense of the settled coalitions a breakpoint need not bend any
    payoff; ``kinks`` are those that do.

    References
    ----------
    .. [1] E. Kohlberg (1971), On the nucleolus of a characteristic function game, SIAM Journal on Applied Mathematics
           20, 62-66.
    .. [2] E. Kohlberg (1972), The nucleolus as a solution of a minimization problem, SIAM Journal on Applied
           Mathematics 23, 34-39.

    Examples
    --------
    >>> gain = np.array([0, 0, 0, 8, 0, 4, 0, 12], object)
    >>> pact = ParametricGame("ABC", {"gain": gain, "bonus": np.array([0] * 7 + [1], object)}, {"gain": 1, "bonus": 0})
    >>> prenucleolus_path(pact, "bonus", stop=12)
    prenucleolus of 3 players for bonus from 0 to 12, exact: 2 pieces, payoffs bend at 4
    bonus  A  B  C
    0      6  4  2
    4      6  6  4
    12     8  8  8
    """
    line = _Line(game, along)
    first, last = line.number(start), line.number(stop)
    if not first < last:
        raise CoalitionError(f"the path goes from start={start} to stop={stop}: start must come before stop")
    pieces = _joined(line, _cover(line, first, last))
    return PrenucleolusPath(
        players=game.players,
        name=along if isinstance(along, str) else "tau",
        start=first,
        stop=last,
        pieces=tuple(pieces),
        is_exact=line.exact,
        solved=line.solved,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class TippingPoint:
    """A value of a coefficient at which something changes.

    Attributes
    ----------
    at : number
    kind : str
        ``'core'``, ``'bend'`` (payoffs bend), ``'tight'`` (other coalitions settle them, without a bend) or
        ``'rank'``.
    what : str
        In words, for a coefficient that grows.
    coalitions : tuple of coalitions
        Of the core: the balanced collection that binds; of a bend: those whose excess reaches the settled ones'.
    players : tuple of labels
        Of a rank: the two, first the one that has more from here on.
    """

    at: Any
    kind: str
    what: str
    coalitions: tuple[tuple[Label, ...], ...] = ()
    players: tuple[Label, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TippingPoints(Result):
    """All that changes while one coefficient moves.

    Attributes
    ----------
    coefficient : str
    low, high : number
        The range looked at.
    events : tuple of TippingPoint
        In the order of the coefficient.
    core : CoefficientInterval
        Where the core is not empty, also outside the range.
    path : PrenucleolusPath
    """

    coefficient: str
    low: Any
    high: Any
    events: tuple[TippingPoint, ...]
    core: CoefficientInterval
    path: PrenucleolusPath

    _concept = "tipping points"

    def to_frame(self) -> pd.DataFrame:
        """Give one row an event.

        Returns
        -------
        pandas.DataFrame
            Columns: the coefficient, ``kind``, ``what``.
        """
        import pandas as pd

        rows = [(event.at, event.kind, event.what) for event in self.events]
        return pd.DataFrame(rows, columns=[self.coefficient, "kind", "what"])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the prenucleolus along the coefficient, shaded where the core is not empty.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        axes = self.path.plot(ax)
        if not self.core.is_empty:
            low, high = max(float(self.core.low), float(self.low)), min(float(self.core.high), float(self.high))
            if low <= high:
                axes.axvspan(low, high, color="tab:green", alpha=0.12)
        axes.set_title("prenucleolus; shaded: the core is not empty")
        return axes

    def _headline(self) -> str:
        count = len(self.events)
        return (
            f"{count} tipping point{'s' * (count != 1)} for {self.coefficient} from {short(self.low)} to "
            f"{short(self.high)}"
        )

    def __repr__(self) -> str:
        rows = [[short(event.at), event.what] for event in self.events]
        return "\n".join([self._headline(), *aligned(rows)])


def tipping_points(game: ParametricGame, coefficient: str, low: Any, high: Any) -> TippingPoints:
    """List the values of one coefficient at which the core empties, the payoffs bend, or two players change ranks.

    Parameters
    ----------
    game : ParametricGame
        The other coefficients stay as they are. Exact terms and coefficients give exact points.
    coefficient : str
        The name of a term.
    low, high : numbers
        The range of its values to look at.

    Returns
    -------
    TippingPoints

    Raises
    ------
    CoalitionError
        An unknown term; low not below high.
    WorthError
        A term or coefficient that is a symbol.
    SolverError
        A linear program failed.

    Notes
    -----
    ``core_interval`` and ``prenucleolus_path``; ranks are by the prenucleolus, whose pieces cross where their linear
    formulas do.

    References
    ----------
    .. [1] L. S. Shapley (1967), On balanced sets and cores, Naval Research Logistics Quarterly 14, 453-460.
    .. [2] E. Kohlberg (1972), The nucleolus as a solution of a minimization problem, SIAM Journal on Applied
           Mathematics 23, 34-39.

    Examples
    --------
    >>> tables = {"gain": [0, 0, 0, 4, 0, 4, 4, 10], "cost": [0, 1, 1, 3, 1, 3, 3, 7]}
    >>> exact = {name: np.array(table, object) for name, table in tables.items()}
    >>> pact = ParametricGame("ABC", exact, {"gain": 1, "cost": -1})
    >>> tipping_points(pact, "cost", -3, 0)
    1 tipping point for cost from -3 to 0
    -8/5  the core appears: A B + A C + B C, 1/2 each
    """
    if not isinstance(coefficient, str) or coefficient not in game.terms:
        raise unknown_label(coefficient, tuple(game.terms), "term")
    core = core_interval(game, coefficient)
    path = prenucleolus_path(game, coefficient, start=low, stop=high)
    events = [*_core_events(core, path), *_bends(path), *_rank_events(path)]
    order = {"core": 0, "bend": 1, "tight": 2, "rank": 3}
    events.sort(key=lambda event: (event.at, order[event.kind]))
    return TippingPoints(
        coefficient=coefficient, low=path.start, high=path.stop, events=tuple(events), core=core, path=path
    )


class _Line:
    """A line of games, and the pieces of its prenucleoli."""

    def __init__(self, game: ParametricGame, along: str | Mapping[str, Any]) -> None:
        base, rates = ray_of(game, along)
        self.players = game.players
        ends = [
            ParametricGame(game.players, game.terms, dict(zip(game.terms, end, strict=True))) for end in (base, rates)
        ]
        there, direction = (end.to_game() for end in ends)
        self.exact = there.is_exact and direction.is_exact
        floats = float_worths(there), float_worths(direction)  # refuses symbols
        self.base: NDArray[Any]
        self.direction: NDArray[Any]
        self.base, self.direction = (there.worths, direction.worths) if self.exact else floats
        self.solved = 0

    def number(self, value: Any) -> Any:
        try:
            number = fractions_of([value])[0]
        except (TypeError, ValueError, OverflowError):
            raise CoalitionError(f"{value!r} is not a finite number: a path needs two ends") from None
        return number if self.exact else float(number)

    def piece(self, tau: Any) -> tuple[Piece, Any, Any, list[int]]:
        """The piece at a point of the line, the stretch on which it holds, and what ends it on the right."""
        worths = self.base + tau * self.direction
        piece = piece_at(Game(self.players, worths, copy=False))
        self.solved += 1
        reach = piece.reach(worths, self.direction)
        return piece, tau + reach.low, tau + reach.high, reach.above


class _Stretch:
    """A piece with its formulas along the line, and the part of the line it covers."""

    def __init__(self, line: _Line, piece: Piece, start: Any, stop: Any, above: list[int]) -> None:
        self.piece, self.start, self.stop, self.above = piece, start, stop, above
        self.payoffs, self.levels = piece.solve(line.base)
        self.slopes, self.level_slopes = piece.solve(line.direction)

    def goes_on_in(self, other: _Stretch, tolerance: float) -> bool:
        """Whether the other has the same formulas, level by level, and settles the same payoffs at each."""
        if not (_equal(self.payoffs, other.payoffs, tolerance) and _equal(self.slopes, other.slopes, tolerance)):
            return False
        own, others = self._distinct(tolerance), other._distinct(tolerance)
        return len(own) == len(others) and all(
            _equal(self.levels[[k]], other.levels[[j]], tolerance)
            and _equal(self.level_slopes[[k]], other.level_slopes[[j]], tolerance)
            and self.piece.span_of(k + 1) == other.piece.span_of(j + 1)
            for k, j in zip(own, others, strict=True)
        )

    def _distinct(self, tolerance: float) -> list[int]:
        """The last stage of every level: stages may share one all along."""
        count = len(self.levels)
        return [
            k
            for k in range(count)
            if k == count - 1
            or not _equal(self.levels[[k]], self.levels[[k + 1]], tolerance)
            or not _equal(self.level_slopes[[k]], self.level_slopes[[k + 1]], tolerance)
        ]


def _cover(line: _Line, start: Any, stop: Any) -> list[_Stretch]:
    """Cover a line by the stretches on which one solution holds, each found from a point inside it."""
    least = 0 if line.exact else RELATIVE * max(stop - start, abs(start), abs(stop))
    found = []
    open_ = [(start, stop)]
    while open_:
        a, b = open_.pop()
        if b - a <= least:
            continue
        middle = _between(a, b)
        piece, low, high, above = line.piece(middle)
        low, high, above = max(low, a), min(high, b), above if high <= b else []
        if high - low > least:
            found.append(_Stretch(line, piece, low, high, above))
            open_ += [(a, low), (high, b)]
        else:  # a breakpoint was hit, and its own solution holds nowhere else
            open_ += [(a, middle), (middle, b)]
    found.sort(key=lambda stretch: stretch.start)
    return found


def _joined(line: _Line, stretches: list[_Stretch]) -> list[PathPiece]:
    """Turn stretches into pieces, joining those between which nothing changes, and closing gaps of rounding."""
    scale = 0.0 if line.exact else scale_of(line.base) + scale_of(line.direction)
    joined = [stretches[0]]
    for stretch in stretches[1:]:
        if joined[-1].goes_on_in(stretch, 1e2 * RELATIVE * scale):
            joined[-1].stop, joined[-1].above = stretch.stop, stretch.above
        else:
            joined[-1].stop = stretch.start
            joined.append(stretch)
    return [
        PathPiece(
            start=stretch.start,
            stop=stretch.stop,
            payoffs=stretch.payoffs,
            slopes=stretch.slopes,
            stages=stretch.piece.labels(line.players),
            levels=stretch.levels,
            level_slopes=stretch.level_slopes,
            reaching=tuple(labels_of(mask, line.players) for mask in stretch.above),
        )
        for stretch in joined
    ]


def _between(a: Any, b: Any) -> Any:
    """A point in the middle half of an interval, with a small denominator where it is exact."""
    middle = (a + b) / 2
    if isinstance(middle, float):
        return middle
    quarter, most = (b - a) / 4, 1
    while abs((simple := middle.limit_denominator(most)) - middle) > quarter:
        most *= 4
    return simple


def _equal(a: NDArray[Any], b: NDArray[Any], tolerance: float) -> bool:
    return bool((abs(a - b) <= tolerance).all())


def _core_events(core: CoefficientInterval, path: PrenucleolusPath) -> list[TippingPoint]:
    if core.is_empty:
        return []
    ends = ((core.low, core.low_facet, "the core appears"), (core.high, core.high_facet, "the core empties"))
    return [
        TippingPoint(
            at=end,
            kind="core",
            what=f"{what}: {collection_in_words(facet.coalitions, facet.weights)}",
            coalitions=facet.coalitions,
        )
        for end, facet, what in ends
        if facet is not None and path.start <= end <= path.stop
    ]


def _bends(path: PrenucleolusPath) -> list[TippingPoint]:
    kinks = set(path.kinks)
    events = []
    for piece in path.pieces[:-1]:
        names = "; ".join(" ".join(map(str, coalition)) for coalition in piece.reaching)
        bends = piece.stop in kinks
        what = "payoffs bend" if bends else "the order of objections changes"
        events.append(
            TippingPoint(
                at=piece.stop,
                kind="bend" if bends else "tight",
                what=f"{what}: {names} comes to object as much as others" if names else what,
                coalitions=piece.reaching,
            )
        )
    return events


def _rank_events(path: PrenucleolusPath) -> list[TippingPoint]:
    events = []
    for i, j in combinations(range(len(path.players)), 2):
        signs: list[tuple[Any, int]] = []  # from where on, and which of the two has more
        for piece in path.pieces:
            signs += _signs(piece, i, j, path.is_exact)
        for (_, before), (at, now) in pairwise(signs):
            if before != now:
                events.append(_rank_event(at, now, path.players[i], path.players[j]))
    return events


def _signs(piece: PathPiece, i: int, j: int, exact: bool) -> list[tuple[Any, int]]:
    apart, rate = piece.payoffs[i] - piece.payoffs[j], piece.slopes[i] - piece.slopes[j]
    ends = [apart + tau * rate for tau in (piece.start, piece.stop)]
    if not exact:
        size = float(abs(piece.payoffs).max() + abs(piece.slopes).max() * max(abs(piece.start), abs(piece.stop)))
        ends = [0.0 if abs(end) <= 1e2 * RELATIVE * size else end for end in ends]
    first, last = (int(end > 0) - int(end < 0) for end in ends)
    if first * last < 0:
        return [(piece.start, first), (-apart / rate, last)]
    return [(piece.start, first or last)]


def _rank_event(at: Any, now: int, first: Label, second: Label) -> TippingPoint:
    ahead, behind = (first, second) if now >= 0 else (second, first)
    what = f"{ahead} gets more than {behind}" if now else f"{ahead} gets as much as {behind}"
    return TippingPoint(at=at, kind="rank", what=what, players=(ahead, behind))
