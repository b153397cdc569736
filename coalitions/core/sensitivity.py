"""How far worths and coefficients can move before an answer changes, and what a small move does to it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import as_payoffs
from coalitions.coalition import Label, labels_of, mask_of, subset_sums
from coalitions.core.demands import Demands, demands_of
from coalitions.core.linear import Fixed, Program, bits
from coalitions.core.membership import BalancedCollection, core_of, point_or_refuse
from coalitions.core.pieces import Piece, piece_at, piece_beside
from coalitions.core.words import aligned, collection_in_words, short
from coalitions.errors import CoalitionError, TooLargeError
from coalitions.exact import fractions_of
from coalitions.game import Game, as_game, float_worths
from coalitions.parametric import ParametricGame
from coalitions.result import Result
from coalitions.tolerance import tolerance_of

if TYPE_CHECKING:
    import pandas as pd

_MOST_PLAYERS = 10
_MOST_LISTED = 20


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CoreSensitivity(Result):
    """How far worths can move, one at a time, before the core empties.

    Attributes
    ----------
    players : tuple of labels
    coalitions : tuple of tuples of labels
        Neither nobody nor everybody.
    rises : ndarray, shape (m,)
        How much the worth of each may rise, in the unit of the worths; none empties the core by falling.
    collections : tuple of BalancedCollection
        The coalitions that rule out the core when it rises further, at the worths as they are.
    fall : number
        How much v(N) may fall; inf for a single player.
    fall_collection : BalancedCollection or None
        Those that rule out the core when it falls further.
    """

    players: tuple[Label, ...]
    coalitions: tuple[tuple[Label, ...], ...]
    rises: NDArray[Any]
    collections: tuple[BalancedCollection, ...]
    fall: Any
    fall_collection: BalancedCollection | None

    _concept = "core sensitivity"

    def __getitem__(self, coalition: Any) -> Any:
        """Give the rise of one coalition: a label, or labels."""
        wanted = labels_of(mask_of(coalition, self.players), self.players)
        if wanted not in self.coalitions:
            raise CoalitionError(f"{wanted} is not among the {len(self.coalitions)} coalitions asked for")
        return self.rises.tolist()[self.coalitions.index(wanted)]

    def to_frame(self) -> pd.DataFrame:
        """Give one row a coalition, those that may rise least first.

        Returns
        -------
        pandas.DataFrame
            Columns ``coalition``, ``rise``, ``then blocked by``.
        """
        import pandas as pd

        order = np.argsort(self.rises.astype(np.float64), kind="stable")
        rows = [
            (
                self.coalitions[k],
                self.rises[k],
                collection_in_words(self.collections[k].coalitions, _weights(self.collections[k])),
            )
            for k in order
        ]
        return pd.DataFrame(rows, columns=["coalition", "rise", "then blocked by"])

    def _headline(self) -> str:
        return f"the core stays while v(N) falls by at most {short(self.fall)}, or one worth rises by at most"

    def __repr__(self) -> str:
        order = np.argsort(self.rises.astype(np.float64), kind="stable")[:_MOST_LISTED].tolist()
        rows = [f"{short(self.rises.tolist()[k]):>10}  {' '.join(map(str, self.coalitions[k]))}" for k in order]
        return "\n".join([self._headline(), *rows])


def core_sensitivity(game: Any, *, coalitions: Iterable[Any] | None = None) -> CoreSensitivity:
    """Find how far each worth can rise, and v(N) fall, before the core is empty.

    The worth of S can rise up to the most that S gets in the core: by max x(S) - v(S) over x in the core.

    Parameters
    ----------
    game : Game or representation
    coalitions : iterable of coalitions, optional
        By default all, with up to 10 players.

    Returns
    -------
    CoreSensitivity
        Exact where the worths are.

    Raises
    ------
    EmptyCoreError
        The core is empty already; the message gives the balanced collection.
    CoalitionError
        An unknown player; nobody or everybody among the coalitions.
    TooLargeError
        More than 10 players and no choice of coalitions.
    WorthError
        Symbolic worths.
    SolverError
        A linear program failed.

    Notes
    -----
    One linear program a coalition, each starting from the coalitions that counted in those before.

    References
    ----------
    .. [1] O. Bondareva (1963), Some applications of linear programming methods to the theory of cooperative games,
           Problemy Kibernetiki 10, 119-139.
    .. [2] L. S. Shapley (1967), On balanced sets and cores, Naval Research Logistics Quarterly 14, 453-460.

    Examples
    --------
    >>> core_sensitivity(Game("ABC", [0, 0, 0, 4, 0, 4, 4, 7]))
    the core stays while v(N) falls by at most 1, or one worth rises by at most
             2  A B
             2  A C
             2  B C
             3  A
             3  B
             3  C
    """
    own = as_game(game)
    demands = demands_of(own)
    everyone = len(own.worths) - 1
    if coalitions is not None:
        masks = [mask_of(coalition, own.players) for coalition in coalitions]
    elif own.n <= _MOST_PLAYERS:
        masks = list(range(1, everyone))
    else:
        raise TooLargeError(
            f"{own.n} players have {everyone - 1} coalitions, a linear program each: choose coalitions="
        )
    for mask in masks:
        if mask in (0, everyone):
            who = "everybody" if mask else "nobody"
            raise CoalitionError(f"{who} is among the coalitions: v(N) only matters when it falls, v of nobody is 0")
    point_or_refuse(core_of(demands))
    seeds: set[int] = set()
    fall, fall_collection = _fall(demands, seeds)
    found = [_rise(demands, mask, seeds) for mask in masks]
    return CoreSensitivity(
        players=own.players,
        coalitions=tuple(labels_of(mask, own.players) for mask in masks),
        rises=np.array([rise for rise, _ in found], object if demands.is_exact else np.float64),
        collections=tuple(collection for _, collection in found),
        fall=fall,
        fall_collection=fall_collection,
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PayoffSensitivity(Result):
    """How far worths can move, one at a time, before a payoff leaves the core.

    Attributes
    ----------
    holds : bool
        Whether the payoff is in the core.
    coalitions : tuple of tuples of labels
        Those with the least room, least first.
    rooms : ndarray, shape (m,)
        How much the worth of each may rise, x(S) - v(S). Negative: it had to fall by so much to bring the payoff in.
    tolerance : float
        Rooms down to minus this count as 0.
    """

    holds: bool
    coalitions: tuple[tuple[Label, ...], ...]
    rooms: NDArray[Any]
    tolerance: float

    _concept = "payoff sensitivity"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a coalition, least room first.

        Returns
        -------
        pandas.DataFrame
            Columns ``coalition`` and ``room``.
        """
        import pandas as pd

        return pd.DataFrame({"coalition": list(self.coalitions), "room": self.rooms})

    def _headline(self) -> str:
        word = "stays" if self.holds else "is not"
        return f"the payoff {word} in the core; room of each worth to rise"

    def __repr__(self) -> str:
        pairs = list(zip(self.coalitions, self.rooms.tolist(), strict=True))[:_MOST_LISTED]
        return "\n".join([self._headline(), *(f"{short(room):>10}  {' '.join(map(str, who))}" for who, room in pairs)])


def payoff_sensitivity(game: Any, x: Any, *, limit: int | None = _MOST_LISTED) -> PayoffSensitivity:
    """Find how far each worth can rise before its coalition objects to a payoff.

    Parameters
    ----------
    game : Game or representation
    x : Allocation, mapping from player to payoff, or array_like of shape (n,)
        Sums to v(N).
    limit : int, optional
        How many coalitions to list, those with the least room; None for all.

    Returns
    -------
    PayoffSensitivity
        Exact where worths and payoffs are.

    Raises
    ------
    CoalitionError
        Payoffs that do not fit the players, or do not sum to v(N): the message says by how much. A negative limit.
    WorthError
        Symbolic worths.

    Notes
    -----
    One scan of the table. A fall of any worth but v(N) leaves the payoff in; v(N) cannot move at all.

    References
    ----------
    .. [1] D. B. Gillies (1959), Solutions to general non-zero-sum games, Contributions to the Theory of Games IV,
           47-85.

    Examples
    --------
    >>> payoff_sensitivity(Game("ABC", [0, 0, 0, 4, 0, 4, 4, 7]), [2, 2, 3], limit=3)
    the payoff stays in the core; room of each worth to rise
             0  A B
             1  A C
             1  B C
    """
    if limit is not None and limit < 0:
        raise CoalitionError(f"limit is {limit}; it must not be negative")
    own = as_game(game)
    payoffs = as_payoffs(x, own.players)
    worths: NDArray[Any] = own.worths
    floats = float_worths(own)
    exact = own.is_exact and payoffs.dtype == object
    tolerance = 0.0 if exact else max(tolerance_of(floats), tolerance_of(payoffs.astype(np.float64)))
    if not exact:
        worths, payoffs = floats, payoffs.astype(np.float64)
    surplus = sum(payoffs.tolist()) - worths[-1]
    if abs(surplus) > tolerance:
        way = "more" if surplus > 0 else "less"
        raise CoalitionError(f"the payoffs sum to {float(abs(surplus)):g} {way} than v(N) = {float(worths[-1]):g}")
    rooms = (subset_sums(payoffs) - worths)[1:-1]
    order = np.argsort(rooms, kind="stable")[:limit]
    return PayoffSensitivity(
        holds=bool(len(rooms) == 0 or min(rooms) >= -tolerance),
        coalitions=tuple(labels_of(k + 1, own.players) for k in order.tolist()),
        rooms=rooms[order],
        tolerance=tolerance,
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PrenucleolusSensitivity(Result):
    """What each worth does to the prenucleolus, and how far it can move before other coalitions settle it.

    Attributes
    ----------
    game : Game
    payoffs : ndarray, shape (n,)
        The prenucleolus.
    stages : tuple of tuples of coalitions
        The coalitions that settle it, first those that object most.
    coalitions : tuple of tuples of labels
        Everybody, then those of all stages: the others' worths do nothing to the payoffs.
    gradient : ndarray, shape (n, m)
        What a unit of each of their worths adds to each payoff. Exact fractions in an exact game.
    least_core_gradient : ndarray, shape (m,)
        What it adds to the least-core value; zeros for a single player.
    ranges : tuple of (number, number)
        How far each of their worths may fall (<= 0) and rise with the same coalitions settling the same stages.
    nearest : tuple of labels
        The other coalition that comes nearest to taking part; empty where there is none.
    room : number
        How much its worth may rise; inf where there is none.
    piece : Piece
        The stages as linear functions of the worths.
    """

    game: Game
    payoffs: NDArray[Any]
    stages: tuple[tuple[tuple[Label, ...], ...], ...]
    coalitions: tuple[tuple[Label, ...], ...]
    gradient: NDArray[Any]
    least_core_gradient: NDArray[Any]
    ranges: tuple[tuple[Any, Any], ...]
    nearest: tuple[Label, ...]
    room: Any
    piece: Piece = field(repr=False)

    _concept = "prenucleolus sensitivity"

    @property
    def condition(self) -> float:
        """The largest derivative of a payoff in a worth, in absolute terms: how much an error may grow."""
        return float(abs(self.gradient).max())

    @property
    def is_smooth(self) -> bool:
        """Whether any small change of the worths keeps the stages; otherwise derivatives may differ by side."""
        least = 0.0 if self.game.is_exact else 10 * tolerance_of(float_worths(self.game))
        return all(low < -least and high > least for low, high in self.ranges) and self.room > least

    def range_of(self, coalition: Any) -> tuple[Any, Any]:
        """Find how far the worth of any coalition may fall and rise while the same coalitions settle the same stages.

        Parameters
        ----------
        coalition : label or iterable of labels
            Not nobody.

        Returns
        -------
        low, high : numbers
            low <= 0 <= high, in the unit of the worths; -inf or inf where there is no end.

        Raises
        ------
        CoalitionError
            An unknown player, or nobody.
        """
        return _range(self.piece, self.game, self._mask(coalition))

    def derivatives(self, coalition: Any) -> tuple[dict[Label, Any], dict[Label, Any]]:
        """Give what the payoffs lose when a worth falls, and gain when it rises, per unit: equal but at a kink.

        Parameters
        ----------
        coalition : label or iterable of labels
            Not nobody.

        Returns
        -------
        left, right : dict from player to number
            The derivative from below and from above.

        Raises
        ------
        CoalitionError
            An unknown player, or nobody.
        SolverError
            No stretch without a tipping point was found next to the game.
        """
        direction = _unit(self.game, self._mask(coalition))
        left = piece_beside(self.game, -direction, known=self.piece).solve(direction)[0]
        right = piece_beside(self.game, direction, known=self.piece).solve(direction)[0]
        names = self.game.players
        return dict(zip(names, left.tolist(), strict=True)), dict(zip(names, right.tolist(), strict=True))

    def _mask(self, coalition: Any) -> int:
        mask = mask_of(coalition, self.game.players)
        if not mask:
            raise CoalitionError("nobody is worth 0 whatever happens; name a coalition with members")
        return mask

    def to_frame(self) -> pd.DataFrame:
        """Give one row a coalition that settles the payoffs.

        Returns
        -------
        pandas.DataFrame
            Columns ``coalition``, ``stage`` (from 1; 0 is everybody), ``fall``, ``rise``, and a derivative a player.
        """
        import pandas as pd

        numbers = [0, *(k + 1 for k, stage in enumerate(self.stages) for _ in stage)]
        rows = [
            (who, number, low, high, *column)
            for who, number, (low, high), column in zip(
                self.coalitions, numbers, self.ranges, self.gradient.T.tolist(), strict=True
            )
        ]
        names = [f"d {player}" for player in self.game.players]
        return pd.DataFrame(rows, columns=["coalition", "stage", "fall", "rise", *names])

    def _headline(self) -> str:
        count = len(self.stages)
        kind = "" if self.is_smooth else "; at a tipping point"
        return f"prenucleolus settled in {count} stage{'s' * (count != 1)}, condition {self.condition:.3g}{kind}"

    def __repr__(self) -> str:
        rows = [["coalition", "fall", "rise", *map(str, self.game.players)]]
        rows += [
            [" ".join(map(str, who)), *map(short, (low, high, *column))]
            for who, (low, high), column in zip(self.coalitions, self.ranges, self.gradient.T.tolist(), strict=True)
        ]
        lines = [self._headline(), *aligned(rows)]
        if self.nearest:
            lines.append(f"next to take part: {' '.join(map(str, self.nearest))}, at {short(self.room)} more")
        return "\n".join(lines)


def prenucleolus_sensitivity(game: Any) -> PrenucleolusSensitivity:
    """Find what each worth does to the prenucleolus, and how far it can move before other coalitions settle it.

    Parameters
    ----------
    game : Game or representation

    Returns
    -------
    PrenucleolusSensitivity
        Exact where the worths are.

    Raises
    ------
    WorthError
        Symbolic worths.
    SolverError
        The prenucleolus failed.

    Notes
    -----
    The payoffs x and the levels t_k solve x(S) + t_k = v(S) for the coalitions settled in stage k: one rational inverse
    gives all derivatives. They hold while no free coalition's excess reaches the level of its stage: a ratio test over
    all coalitions, one scan of the table for each of the at most 2 n - 1 coalitions that count.

    References
    ----------
    .. [1] E. Kohlberg (1972), The nucleolus as a solution of a minimization problem, SIAM Journal on Applied
           Mathematics 23, 34-39.
    .. [2] H. Reijnierse, J. Potters (1998), The B-nucleolus of TU-games, Games and Economic Behavior 24, 77-96.

    Examples
    --------
    >>> prenucleolus_sensitivity(Game("AB", np.array([0, 1, 0, 5], object)))
    prenucleolus settled in 1 stage, condition 0.5
    coalition  fall  rise  A     B
    A B        -inf  inf   1/2   1/2
    A          -inf  inf   1/2   -1/2
    B          -inf  inf   -1/2  1/2
    """
    own = as_game(game)
    float_worths(own)
    piece = piece_at(own)
    worths = own.worths
    rooms, _ = piece.slacks(worths)
    others = np.ones(len(rooms), np.bool_)
    others[piece.masks] = others[0] = False
    masks = np.flatnonzero(others)
    at = int(masks[np.argmin(rooms[masks])]) if len(masks) else None
    matrix = piece.exact if own.is_exact else piece.floats
    payoffs, _ = piece.solve(worths)
    return PrenucleolusSensitivity(
        game=own,
        payoffs=payoffs,
        stages=piece.labels(own.players),
        coalitions=tuple(labels_of(mask, own.players) for mask in piece.masks.tolist()),
        gradient=matrix[: own.n],
        least_core_gradient=matrix[own.n] if piece.stages else 0 * matrix[0],
        ranges=tuple(_range(piece, own, mask) for mask in piece.masks.tolist()),
        nearest=() if at is None else labels_of(at, own.players),
        room=math.inf if at is None else max(rooms[at : at + 1].tolist()[0], 0),
        piece=piece,
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CoefficientSensitivity(Result):
    """What each coefficient does to the prenucleolus and to the least-core value, from either side.

    Attributes
    ----------
    players : tuple of labels
    terms : tuple of str
    left, right : ndarray, shape (n, k)
        The derivative of each payoff of the prenucleolus in each coefficient, from below and from above.
    least_core_left, least_core_right : ndarray, shape (k,)
        Those of the least-core value, which is convex: left <= right. Zeros for a single player.
    kinks : tuple of str
        The coefficients whose derivatives differ by side.
    """

    players: tuple[Label, ...]
    terms: tuple[str, ...]
    left: NDArray[Any]
    right: NDArray[Any]
    least_core_left: NDArray[Any]
    least_core_right: NDArray[Any]
    kinks: tuple[str, ...]

    _concept = "coefficient sensitivity"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a coefficient and side.

        Returns
        -------
        pandas.DataFrame
            Columns ``coefficient``, ``side`` (``'both'`` where there is no kink), the players, ``least core``.
        """
        import pandas as pd

        rows = []
        for k, name in enumerate(self.terms):
            sides = (("left", self.left, self.least_core_left), ("right", self.right, self.least_core_right))
            for side, slopes, level in sides if name in self.kinks else [("both", *sides[1][1:])]:
                rows.append((name, side, *slopes[:, k].tolist(), level.tolist()[k]))
        return pd.DataFrame(rows, columns=["coefficient", "side", *map(str, self.players), "least core"])

    def _headline(self) -> str:
        where = f"; kinks in {', '.join(self.kinks)}" if self.kinks else ""
        return f"derivatives of the prenucleolus and the least-core value in {len(self.terms)} coefficients{where}"

    def __repr__(self) -> str:
        rows = [
            f"{name} ({side}): " + ", ".join(f"{who} {short(slope)}" for who, slope in zip(names, slopes, strict=True))
            for name, side, *slopes in self.to_frame().itertuples(index=False, name=None)
            for names in [[*self.players, "least core"]]
        ]
        return "\n".join([self._headline(), *rows])


def coefficient_sensitivity(game: ParametricGame) -> CoefficientSensitivity:
    """Find the derivatives of the prenucleolus and of the least-core value in each coefficient, from either side.

    Parameters
    ----------
    game : ParametricGame

    Returns
    -------
    CoefficientSensitivity
        Exact where terms and coefficients are.

    Raises
    ------
    WorthError
        A coefficient or term that is a symbol.
    SolverError
        The prenucleolus failed, or a tipping point is too near in floats to tell the sides apart.

    Notes
    -----
    The stages of the prenucleolus give all derivatives in one rational inverse where they hold on both sides; at a kink
    the stages that hold beside it are found, one prenucleolus for each tipping point stepped over. The level of the
    first stage is the least-core value.

    References
    ----------
    .. [1] E. Kohlberg (1972), The nucleolus as a solution of a minimization problem, SIAM Journal on Applied
           Mathematics 23, 34-39.
    .. [2] M. Maschler, B. Peleg, L. S. Shapley (1979), Geometric properties of the kernel, nucleolus, and related
           solution concepts, Mathematics of Operations Research 4, 303-338.

    Examples
    --------
    >>> gain, bonus = np.array([0, 0, 0, 8, 0, 4, 0, 12], object), np.array([0, 0, 0, 0, 0, 0, 0, 1], object)
    >>> coefficient_sensitivity(ParametricGame("ABC", {"gain": gain, "bonus": bonus}, {"gain": 1, "bonus": 4}))
    derivatives of the prenucleolus and the least-core value in 2 coefficients; kinks in gain, bonus
    gain (left): A 5, B 5, C 2, least core -2
    gain (right): A 6, B 4, C 2, least core -2
    bonus (left): A 0, B 1/2, C 1/2, least core -1/2
    bonus (right): A 1/4, B 1/4, C 1/2, least core -1/2
    """
    base = game.to_game()
    float_worths(base)
    known = piece_at(base)
    tables = [term.worths for term in game.terms.values()]
    exact = base.is_exact and all(table.dtype == object for table in tables)
    kind: Any = object if exact else np.float64
    left, right = (np.zeros((game.n, len(tables)), kind) for _ in range(2))
    low, high = (np.zeros(len(tables), kind) for _ in range(2))
    kinks = []
    for k, (name, table) in enumerate(zip(game.terms, tables, strict=True)):
        direction = table if exact else table.astype(np.float64)
        for sign, slopes, levels in ((-1, left, low), (1, right, high)):
            x, t = piece_beside(base, sign * direction, known=known).solve(direction)
            slopes[:, k] = x
            levels[k] = t[0] if len(t) else 0
        least = 0.0 if exact else 10 * tolerance_of(direction.astype(np.float64))
        if max(*abs(left[:, k] - right[:, k]), abs(low[k] - high[k])) > least:
            kinks.append(name)
    return CoefficientSensitivity(
        players=game.players,
        terms=tuple(game.terms),
        left=left,
        right=right,
        least_core_left=low,
        least_core_right=high,
        kinks=tuple(kinks),
    )


def _fall(demands: Demands, seeds: set[int]) -> tuple[Any, BalancedCollection | None]:
    n = demands.n
    if n == 1:
        return math.inf, None
    worth, weights = _solved(Program(demands, [1] * n, [], mass=n), demands, seeds)
    total = demands.to_divide if demands.is_exact else float(demands.to_divide)
    return max(total - worth, 0 * total), _collection(demands, weights)


def _rise(demands: Demands, mask: int, seeds: set[int]) -> tuple[Any, BalancedCollection]:
    """The most that a coalition gets in the core, less its worth, and the collection that bounds it."""
    n = demands.n
    everyone = demands.blocks[0]
    fixed = [Fixed(bits(everyone, n), demands.worth(everyone), True)]
    value, weights = _solved(Program(demands, [-bit for bit in bits(mask, n)], fixed, mass=n), demands, seeds)
    whole = -weights.pop(everyone)  # so often the coalitions cover everybody, this one taken once more
    weights[mask] = weights.get(mask, 0) + 1
    own = demands.worth(mask) if demands.is_exact else float(demands.game.worths[mask])
    return max(-value - own, 0 * own), _collection(demands, {s: weight / whole for s, weight in weights.items()})


def _solved(program: Program, demands: Demands, seeds: set[int]) -> tuple[Any, dict[int, Any]]:
    solved = program.solve(seeds=sorted(seeds))
    if demands.is_exact:
        solved = program.solve_exactly([*sorted(seeds), *solved.keys])
    seeds.update(key for key in solved.keys if key >= 0)
    everyone = demands.blocks[0]
    weights = {(everyone if key < 0 else key): weight for key, weight in zip(solved.keys, solved.weights, strict=True)}
    return solved.value, weights


def _collection(demands: Demands, weights: dict[int, Any]) -> BalancedCollection:
    masks = sorted(weights)
    worths = (
        fractions_of(demands.game.worths[masks]) if demands.is_exact else float_worths(demands.game)[masks].tolist()
    )
    return BalancedCollection(
        coalitions=tuple(labels_of(mask, demands.game.players) for mask in masks),
        weights=tuple(weights[mask] for mask in masks),
        worth=sum(weights[mask] * worth for mask, worth in zip(masks, worths, strict=True)),
    )


def _weights(collection: BalancedCollection) -> tuple[Any, ...]:
    """Weights as the fractions they are, for reading: their denominators are small."""
    return tuple(Fraction(weight).limit_denominator(10_000) for weight in collection.weights)


def _range(piece: Piece, game: Game, mask: int) -> tuple[Any, Any]:
    reach = piece.reach(game.worths, _unit(game, mask))
    return reach.low, reach.high


def _unit(game: Game, mask: int) -> NDArray[Any]:
    unit = np.zeros(len(game.worths), object if game.is_exact else np.float64)
    unit[mask] = 1
    return unit
