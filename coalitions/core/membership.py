"""The core: whether it is empty, with the proof, and whether a payoff is in it, with the worst objection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation, as_payoffs
from coalitions.coalition import Label, labels_of, members_of, subset_sums
from coalitions.core.demands import BARRED, Demands, demands_of, named
from coalitions.core.linear import Solved, cheapest, weighted
from coalitions.errors import CoalitionError, EmptyCoreError
from coalitions.game import Game, as_game
from coalitions.result import Result
from coalitions.tolerance import tolerance_of

_TABLE_PLAYERS = 20  # up to here a table answers more questions, and fast

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from coalitions.core.blocking import Blocking
    from coalitions.core.large import LargeCore
    from coalitions.core.vertices import CoreVertices


@dataclass(frozen=True, kw_only=True, eq=False)
class BalancedCollection:
    """Coalitions with weights such that every player's weights sum to one.

    Attributes
    ----------
    coalitions : tuple of tuples of labels
    weights : tuple of numbers
        Positive; Fractions where they were found exactly.
    worth : number
        The weighted sum of what the coalitions ask for: their worths. Above v(N) it proves that the core is empty:
        payoffs that satisfy all these coalitions would sum to at least ``worth``.
    """

    coalitions: tuple[tuple[Label, ...], ...]
    weights: tuple[Any, ...]
    worth: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Membership:
    """Whether a payoff is in the core; true or false in a condition, with the reason.

    Attributes
    ----------
    holds : bool
    coalition : tuple of labels
        The coalition of the largest excess among those that could object (neither nobody nor everybody).
    excess : number
        What it could gain on its own, v(S) - x(S), less what it puts up with; -inf where nobody could object.
    surplus : number
        x(B) - v(B) of the block that is furthest from dividing its worth (the grand coalition, without a structure):
        not 0 means that the payoff gives away more or less than there is.
    tolerance : float
        Excess and surplus up to this size count as 0; 0 when worths and payoffs are exact.
    block : tuple of labels
        That block; empty for the grand coalition.
    """

    holds: bool
    coalition: tuple[Label, ...]
    excess: Any
    surplus: Any
    tolerance: float
    block: tuple[Label, ...] = ()

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        if abs(self.surplus) > self.tolerance:
            way = "more" if self.surplus > 0 else "less"
            whose, worth = (f" of {self.block}", "its worth") if self.block else ("", "v(N)")
            return f"not in the core: the payoffs{whose} sum to {float(abs(self.surplus)):g} {way} than {worth}"
        if not self.coalition:
            return "in the core: nobody could object"
        if self.holds:
            return f"in the core: no coalition gains; the largest excess is {float(self.excess):g}, of {self.coalition}"
        return (
            f"not in the core: {self.coalition} gains {float(self.excess):g} on its own "
            f"(tolerance {self.tolerance:.1e})"
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Core(Result):
    """The payoffs that no coalition can improve on by itself.

    Attributes
    ----------
    game : Game
    is_empty : bool
    point : Allocation or None
        A payoff in the core, where there is one; of Fractions where the worths are rational or it was certified.
    witness : BalancedCollection or None
        The proof that it is empty, where it is.
    margin : number
        How close the call was: what the weighted coalitions found are worth above what is divided, in the unit of the
        worths. More than ``tolerance`` means empty.
    tolerance : float
        0 where the answer was proven in exact arithmetic.
    structure : tuple of tuples of labels
        The coalitions that form, each dividing its own worth; the grand coalition alone by default.
    demands : Demands
        What every coalition asks for.
    """

    game: Game
    is_empty: bool
    point: Allocation | None
    witness: BalancedCollection | None
    margin: Any
    tolerance: float
    structure: tuple[tuple[Label, ...], ...]
    demands: Demands = field(repr=False)

    _concept = "core"

    def contains(self, x: Any) -> Membership:
        """Say whether a payoff is in the core, with the coalition that objects most.

        Parameters
        ----------
        x : Allocation, mapping from player to payoff, or array_like of shape (n,)

        Returns
        -------
        Membership
            True or false in a condition.

        Raises
        ------
        CoalitionError
            A player without a payoff, an unknown one, a payoff that is not finite.

        Notes
        -----
        One scan of the table. Exact when worths and payoffs are: no tolerance then.

        Examples
        --------
        >>> pact = Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12])
        >>> core(pact).contains({"A": 7, "B": 2, "C": 3})
        not in the core: ('B', 'C') gains 1 on its own (tolerance 1.2e-08)
        """
        payoffs = as_payoffs(x, self.game.players)
        exact = self.game.is_exact and payoffs.dtype == object
        if exact:
            tolerance = 0.0
            mask, excess = _worst_exactly(self.demands, payoffs)
        else:
            payoffs = payoffs.astype(np.float64)
            tolerance = max(self.demands.tolerance, tolerance_of(payoffs))
            mask, excess = self.demands.worst(payoffs)
        surpluses = [
            sum(payoffs[members_of(block)].tolist()) - self.game.worths[block] for block in self.demands.blocks
        ]
        at = max(range(len(surpluses)), key=lambda b: abs(surpluses[b]))
        surplus = surpluses[at] if exact else float(surpluses[at])
        return Membership(
            holds=bool(excess <= tolerance and abs(surplus) <= tolerance),
            coalition=labels_of(mask, self.game.players),
            excess=excess,
            surplus=surplus,
            tolerance=tolerance,
            block=self.structure[at] if len(self.structure) > 1 else (),
        )

    def blocking(self, x: Any, *, limit: int | None = None) -> Blocking:
        """List the coalitions that can improve on a payoff, largest excess first.

        Parameters
        ----------
        x : Allocation, mapping from player to payoff, or array_like of shape (n,)
        limit : int, optional
            How many to keep; all are counted.

        Returns
        -------
        Blocking

        Examples
        --------
        >>> core(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12])).blocking([7, 2, 3])
        1 of 6 coalitions gains (16.7%)
        1  B C
        """
        from coalitions.core.blocking import blocking_of

        return blocking_of(self.demands, x, limit=limit)

    def vertices(self) -> CoreVertices:
        """List the vertices of the core; exact where the worths are.

        Returns
        -------
        CoreVertices
            See ``core_vertices`` for what it takes.

        Raises
        ------
        EmptyCoreError
            With the balanced collection that rules the core out.
        TooLargeError
            Too many players or vertices.
        CoalitionError
            A core without bounds, as only some coalitions may object.

        Examples
        --------
        >>> core(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 8]), coalitions=["A", "B", "C"]).vertices().payoffs.tolist()
        [[0.0, 0.0, 8.0], [0.0, 8.0, 0.0], [8.0, 0.0, 0.0]]
        """
        from coalitions.core.vertices import core_vertices, demanded_vertices

        return core_vertices(self.game) if self._is_ordinary else demanded_vertices(self)

    def plot(self, points: Any = None, ax: Axes | None = None) -> Axes:
        """Draw the core of three or four players within the imputations.

        Parameters
        ----------
        points : mapping from name to Allocation, optional
            Payoffs to mark.
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        CoalitionError
            Another number of players, or a core of other demands than those of all coalitions.
        """
        from coalitions.core.picture import plot_core

        if not self._is_ordinary:
            raise CoalitionError("only the core of the grand coalition against all others is drawn")
        return plot_core(self.game, points=points, ax=ax)

    def to_frame(self) -> pd.DataFrame:
        """Give the payoff in the core, or the coalitions that rule one out.

        Returns
        -------
        pandas.DataFrame
            Index player, columns ``payoff`` and ``share``; of an empty core columns ``coalition``, ``weight``,
            ``worth``.
        """
        import pandas as pd

        if self.point is not None:
            return self.point.to_frame()
        witness = self._proof
        worths = [self.game[coalition] for coalition in witness.coalitions]
        return pd.DataFrame({"coalition": witness.coalitions, "weight": witness.weights, "worth": worths})

    @property
    def _is_ordinary(self) -> bool:
        return self.demands.is_plain and self.demands.epsilon == 0 and len(self.structure) == 1

    @property
    def _proof(self) -> BalancedCollection:
        assert self.witness is not None  # one of point and witness is always there
        return self.witness

    def _headline(self) -> str:
        names = f"core of {self.game.n} player{'s' * (self.game.n > 1)}"
        if len(self.structure) > 1:
            names += f" in {len(self.structure)} coalitions"
        if self.point is not None:
            return f"{names}, not empty; it holds"
        whole = "the structure" if len(self.structure) > 1 else "v(N)"
        ask = "worth" if self.demands.epsilon == 0 else "asking for"
        return (
            f"{names}, empty: these coalitions cover every player once and are {ask} {_short(self._proof.worth)}, "
            f"{whole} is {_short(self.demands.to_divide)}"
        )

    def __repr__(self) -> str:
        if self.point is not None:
            return f"{self._headline()}\n{self.point!r}"
        rows = [
            f"{_short(weight):>8}  {' '.join(map(str, coalition))}"
            for weight, coalition in zip(self._proof.weights, self._proof.coalitions, strict=True)
        ]
        return "\n".join([self._headline(), *rows])


@overload
def core(
    game: Game,
    *,
    structure: Iterable[Iterable[Label]] | None = None,
    coalitions: Iterable[Iterable[Label]] | None = None,
    forbidden: Iterable[Iterable[Label]] | None = None,
    certify: bool = False,
) -> Core: ...
@overload
def core(
    game: Any,
    *,
    structure: Iterable[Iterable[Label]] | None = None,
    coalitions: Iterable[Iterable[Label]] | None = None,
    forbidden: Iterable[Iterable[Label]] | None = None,
    certify: bool = False,
    oracle: Any = None,
) -> Core | LargeCore: ...
def core(
    game: Any,
    *,
    structure: Iterable[Iterable[Label]] | None = None,
    coalitions: Iterable[Iterable[Label]] | None = None,
    forbidden: Iterable[Iterable[Label]] | None = None,
    certify: bool = False,
    oracle: Any = None,
) -> Core | LargeCore:
    """Find out whether the core is empty, with a payoff in it or the coalitions that rule it out.

    The core holds the payoffs x with x(N) = v(N) and x(S) >= v(S) for every coalition S. It is empty exactly when
    some balanced collection is worth more than v(N).

    Parameters
    ----------
    game : Game or representation
        n players. Beyond 20 a family whose worst coalition is found without a table is not tabulated:
        see ``coalitions.core.large``.
    structure : iterable of coalitions, optional
        A partition of the players: the core of this coalition structure, x(B) = v(B) for every block B. All
        coalitions may object, the grand coalition too.
    coalitions : iterable of coalitions, optional
        Only these may object.
    forbidden : iterable of coalitions, optional
        These may not object.
    certify : bool
        Prove the answer in exact arithmetic for float worths too, each read as the binary fraction it is. Rational
        worths are always decided so.
    oracle : callable or ExcessOracle, optional
        Finds the coalition that gains most from given payoffs, in a game of any size without a table.

    Returns
    -------
    Core, or LargeCore
        With ``is_empty``, ``point`` or ``witness``, and ``contains(x)``; a LargeCore where no table was made.

    Raises
    ------
    CoalitionError
        A structure that is no partition, an unknown player, both lists at once.
    WorthError
        Symbolic worths.
    SolverError
        The linear program failed, and there are too many players for exact arithmetic.

    Notes
    -----
    A linear program of n rows, its columns generated by scans of the table; it stops at the first balanced
    collection that is worth more than v(N). Exact answers start from the coalitions found in floats, solve their
    program in rational numbers and scan again. Memory: the table, and a copy of it with a structure or a list.

    References
    ----------
    .. [1] O. Bondareva (1963), Some applications of linear programming methods to the theory of cooperative games,
           Problemy Kibernetiki 10, 119-139.
    .. [2] L. S. Shapley (1967), On balanced sets and cores, Naval Research Logistics Quarterly 14, 453-460.
    .. [3] R. J. Aumann, J. H. Dreze (1974), Cooperative games with coalition structures, International Journal of
           Game Theory 3, 217-237.

    Examples
    --------
    >>> core(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]))
    core of 3 players, empty: these coalitions cover every player once and are worth 1.5, v(N) is 1
         0.5  A B
         0.5  A C
         0.5  B C
    >>> core(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]), forbidden=[("A", "B")]).point.to_dict()
    {'A': 0.0, 'B': 0.0, 'C': 1.0}
    """
    if is_searched(game, oracle, structure, coalitions, forbidden, certify):
        from coalitions.core.large import large_core

        return large_core(game, oracle=oracle)
    demands = demands_of(as_game(game), structure=structure, coalitions=coalitions, forbidden=forbidden)
    return core_of(demands, certify=certify)


def is_searched(game: Any, oracle: Any, *options: Any) -> bool:
    """Say whether a game is to be solved by searching its worst coalitions rather than through a table.

    Parameters
    ----------
    game : Game or representation
    oracle : callable, ExcessOracle or None
    *options
        What only a table can answer: anything but None and False.

    Returns
    -------
    bool

    Raises
    ------
    CoalitionError
        An option that the search does not know, where a search was asked for.
    """
    tabled = any(option is not None and option is not False for option in options)
    small = hasattr(game, "to_game") and game.n <= _TABLE_PLAYERS
    if oracle is None and (isinstance(game, Game) or tabled or small):
        return False
    from coalitions.core.large import ORACLES
    from coalitions.core.oracles import ExcessOracle

    if oracle is not None and tabled:
        raise CoalitionError("with an oracle the core of the grand coalition against all others is found, in floats")
    return oracle is not None or isinstance(game, (ExcessOracle, *ORACLES))


def core_of(demands: Demands, *, certify: bool = False) -> Core:
    """Find out whether any division of what there is meets all demands.

    Parameters
    ----------
    demands : Demands
    certify : bool
        As for ``core``.

    Returns
    -------
    Core
    """
    program = cheapest(demands)
    exact = demands.is_exact or certify
    total: Any = demands.to_divide
    solved = program.solve(stop_above=float(total) + demands.tolerance)
    tolerance = demands.tolerance
    if exact:
        solved, tolerance = program.certify(solved, stop_above=total), 0.0
    else:
        total = float(total)
    margin = solved.value - total
    empty = bool(margin > tolerance)
    return Core(
        game=demands.game,
        is_empty=empty,
        point=None if empty else _point(demands, solved.prices, exact),
        witness=balanced_collection(demands, solved) if empty else None,
        margin=margin,
        tolerance=tolerance,
        structure=named(demands.blocks, demands.game),
        demands=demands,
    )


def point_or_refuse(core: Core) -> Allocation:
    """Give a payoff in the core, or say why there is none.

    Parameters
    ----------
    core : Core

    Returns
    -------
    Allocation

    Raises
    ------
    EmptyCoreError
        The message gives the balanced collection.

    Examples
    --------
    >>> point_or_refuse(core(Game("AB", [0, 1, 0, 1]))).to_dict()
    {'A': 1.0, 'B': 0.0}
    """
    if core.point is None:
        raise EmptyCoreError(f"there is no payoff to give: {core!r}")
    return core.point


def balanced_collection(demands: Demands, solved: Solved) -> BalancedCollection:
    """Read the balanced collection off a solved program.

    Parameters
    ----------
    demands : Demands
    solved : Solved
        Of ``cheapest``.

    Returns
    -------
    BalancedCollection
        In the order of the bitmasks.
    """
    masks, weights = weighted(demands, solved)
    return BalancedCollection(coalitions=named(masks, demands.game), weights=tuple(weights), worth=solved.value)


def _point(demands: Demands, prices: list[Any], exact: bool) -> Allocation:
    shares = np.array(prices, object) if exact else demands.level(np.array(prices))
    method = "linear program, exact" if exact else "linear program"
    return Allocation(players=demands.game.players, payoffs=shares, solution="core payoff", method=method)


def _worst_exactly(demands: Demands, payoffs: NDArray[Any]) -> tuple[int, Any]:
    """Find the largest excess in the payoffs' own arithmetic, symbols of sympy's that stand for numbers included."""
    masks = np.flatnonzero(demands.asked != BARRED)
    masks = masks[(masks > 0) & (masks < len(demands.asked) - demands.is_plain)]
    if not len(masks):
        return 0, -np.inf
    excesses = demands.game.worths[masks] - subset_sums(payoffs)[masks]
    if demands.epsilon != 0:
        members = np.array([mask.bit_count() if demands.per_member else 1 for mask in masks.tolist()], object)
        excesses = excesses - members * demands.epsilon
    worst = int(np.argmax(excesses))
    return int(masks[worst]), excesses[worst]


def _short(number: Any) -> str:
    """Write a fraction as it is and a float in few digits."""
    if isinstance(number, float):
        return f"{number:.4g}"
    text = str(number)
    return text if len(text) <= 8 else f"{float(number):g}"
