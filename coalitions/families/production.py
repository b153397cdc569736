"""Games of production and exchange: linear production, market with concave utilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, as_players, unknown_label
from coalitions.errors import CoalitionError, SolverError, WorthError
from coalitions.families.given import as_number, members, named, require_table
from coalitions.game import Game


@dataclass(frozen=True, eq=False, init=False)
class LinearProduction:
    """Owners of resources who produce together what sells best.

    v(S) = max p.x subject to A x <= sum of the resources of S, x >= 0.

    Parameters
    ----------
    technology : array_like, shape (resources, goods)
        Entry k, g: how much of resource k one unit of good g takes, at least 0.
    resources : array_like, shape (resources, n)
        Entry k, i: how much of resource k player i owns, at least 0.
    prices : array_like, shape (goods,)
        Of one unit of each good.
    players : iterable of n labels, optional
        0, 1, ... by default.

    Attributes
    ----------
    technology, resources, prices : ndarray, read-only
    players : tuple of labels

    Raises
    ------
    WorthError
        A number that is negative (prices may be) or not finite; a good with a price that takes no resource.
    CoalitionError
        Shapes that do not fit.

    References
    ----------
    .. [1] G. Owen (1975), On the core of linear production games, Mathematical Programming 9, 358-370.

    Examples
    --------
    >>> works = LinearProduction([[1, 2], [3, 1]], [[4, 0], [0, 6]], [3, 4], players="AB")
    >>> works["A"], round(works["A", "B"], 6)
    (0.0, 9.6)
    """

    technology: NDArray[np.float64]
    resources: NDArray[np.float64]
    prices: NDArray[np.float64]
    players: tuple[Label, ...]

    def __init__(
        self,
        technology: ArrayLike,
        resources: ArrayLike,
        prices: ArrayLike,
        players: Iterable[Label] | None = None,
    ) -> None:
        recipes, owned = _floats(technology, "technology", 2, 0), _floats(resources, "resources", 2, 0)
        paid = _floats(prices, "prices", 1)
        if recipes.shape != (len(owned), len(paid)):
            raise CoalitionError(
                f"technology has shape {recipes.shape}; {len(owned)} resources and {len(paid)} prices want "
                f"{(len(owned), len(paid))}"
            )
        free = np.flatnonzero((paid > 0) & ~recipes.any(axis=0))
        if free.size:
            raise WorthError(f"good {free[0]} takes no resource and sells at {paid[free[0]]}: worths are unbounded")
        object.__setattr__(self, "players", named(players, owned.shape[1], "columns of resources"))
        for name, table in (("technology", recipes), ("resources", owned), ("prices", paid)):
            object.__setattr__(self, name, table)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> float:
        """Give the worth of a coalition, by one linear program."""
        return self._produce(members(coalition, self.players))[0]

    def _produce(self, owners: list[int]) -> tuple[float, NDArray[np.float64]]:
        if not self.prices.max() > 0:
            return 0.0, np.zeros(len(self.resources))
        return _maximum(-self.prices, self.technology, self.resources[:, owners].sum(axis=1))

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game

        Notes
        -----
        A linear program for every coalition.
        """
        require_table(self.n, "game[labels] and owen_point need no table")
        return Game.from_function(self.players, self.__getitem__)


def owen_point(game: LinearProduction) -> Allocation:
    """Pay every owner its resources at the prices they are worth to all together.

    Parameters
    ----------
    game : LinearProduction
        n players, any n.

    Returns
    -------
    Allocation
        In the core: no coalition can produce more than its members are paid. Where several shadow prices are optimal
        it is one of the points of the Owen set.

    Notes
    -----
    One linear program.

    References
    ----------
    .. [1] G. Owen (1975), On the core of linear production games, Mathematical Programming 9, 358-370.

    Examples
    --------
    >>> works = LinearProduction([[1, 2], [3, 1]], [[4, 0], [0, 6]], [3, 4], players="AB")
    >>> [round(x, 6) for x in owen_point(works)]
    [7.2, 2.4]
    """
    shadow = game._produce(list(range(game.n)))[1]
    return Allocation(
        players=game.players, payoffs=shadow @ game.resources, solution="Owen point", method="linear programming"
    )


@dataclass(frozen=True, eq=False, init=False)
class Market:
    """Traders with goods and concave tastes: a coalition shares out its goods as its members like them best.

    v(S) = max sum over i in S of u_i(x_i), where the x_i are at least 0 and sum to the goods of S, and
    u_i(x) = min over pieces k of a_ik.x + b_ik. Every totally balanced game is such a market.

    Parameters
    ----------
    endowments : mapping from label to sequence of numbers
        What each player owns of every good, at least 0.
    utilities : mapping from label to list of (slopes, constant)
        The pieces of each player's utility: a slope a good, and a number.

    Attributes
    ----------
    endowments : ndarray, read-only, shape (n, goods)
    utilities : tuple of n tuples of (tuple of float, float)
    players : tuple of labels
        In the order of the endowments.

    Raises
    ------
    WorthError
        A number that is not finite, an endowment that is negative.
    CoalitionError
        Goods or players that do not fit; a player without a piece.

    References
    ----------
    .. [1] L. S. Shapley, M. Shubik (1969), On market games, Journal of Economic Theory 1, 9-25.

    Examples
    --------
    >>> pairs = [([1, 0], 0), ([0, 1], 0)]                                     # u(x) = min(x_0, x_1)
    >>> gloves = Market({"A": [1, 0], "B": [1, 0], "C": [0, 1]}, dict.fromkeys("ABC", pairs))
    >>> gloves["A", "B"], round(gloves["A", "C"], 9)
    (0.0, 1.0)
    """

    endowments: NDArray[np.float64]
    utilities: tuple[tuple[tuple[tuple[float, ...], float], ...], ...]
    players: tuple[Label, ...]

    def __init__(self, endowments: Any, utilities: Any) -> None:
        labels = as_players(endowments)
        for label in utilities:
            if label not in labels:
                raise unknown_label(label, labels)
        lengths = {len(goods) for goods in endowments.values()}
        if len(lengths) > 1:
            raise CoalitionError(f"endowments of different numbers of goods: {sorted(lengths)}")
        owned = _floats([list(endowments[label]) for label in labels], "endowments", 2, 0)
        tastes = []
        for label in labels:
            pieces = list(utilities.get(label, ()))
            if not pieces:
                raise CoalitionError(f"player {label!r} has no utility; give at least one piece (slopes, constant)")
            tastes.append(tuple(_piece(piece, owned.shape[1], label) for piece in pieces))
        object.__setattr__(self, "endowments", owned)
        object.__setattr__(self, "utilities", tuple(tastes))
        object.__setattr__(self, "players", labels)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> float:
        """Give the worth of a coalition, by one linear program."""
        inside = members(coalition, self.players)
        goods = self.endowments.shape[1]
        width = len(inside) * (goods + 1)
        if not inside:
            return 0.0
        rows, limits = [], []
        objective = np.zeros(width)
        for place, i in enumerate(inside):
            start = place * (goods + 1)
            objective[start + goods] = -1
            for slopes, constant in self.utilities[i]:
                row = np.zeros(width)
                row[start : start + goods] = np.negative(slopes)
                row[start + goods] = 1
                rows.append(row)
                limits.append(constant)
        shared = np.zeros((goods, width))
        for good in range(goods):
            shared[good, good :: goods + 1] = 1
        bounds = ([(0, None)] * goods + [(None, None)]) * len(inside)
        total = self.endowments[inside].sum(axis=0)
        return _maximum(objective, np.array(rows), np.array(limits), shared, total, bounds)[0]

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game

        Notes
        -----
        A linear program for every coalition.
        """
        require_table(self.n, "game[labels] needs no table")
        return Game.from_function(self.players, self.__getitem__)


def _piece(piece: Sequence[Any], goods: int, label: Label) -> tuple[tuple[float, ...], float]:
    if len(piece) != 2 or len(piece[0]) != goods:
        raise CoalitionError(f"a piece of the utility of {label!r} is {piece!r}; give ({goods} slopes, constant)")
    slopes, constant = piece
    what = f"utility of {label!r}"
    return tuple(float(as_number(a, f"a slope in the {what}")) for a in slopes), float(as_number(constant, what))


def _floats(given: ArrayLike, what: str, dimensions: int, least: float | None = None) -> NDArray[np.float64]:
    """Copy numbers into a read-only float64 array after a look at each."""
    try:
        table = np.array(given, np.float64)
    except (TypeError, ValueError):
        raise CoalitionError(f"{what} is no table of numbers with rows of one length") from None
    if table.ndim != dimensions or not table.size:
        raise CoalitionError(f"{what} has shape {table.shape}; it needs {dimensions} dimensions, none of them empty")
    bad = ~np.isfinite(table) if least is None else ~(np.isfinite(table) & (table >= least))
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        rule = "" if least is None or not np.isfinite(table[where]) else f"; it must be at least {least}"
        raise WorthError(f"entry {where} of {what} is {table[where]}{rule}")
    table.flags.writeable = False
    return table


def _maximum(
    objective: NDArray[np.float64],
    upper: NDArray[np.float64],
    limits: NDArray[np.float64],
    equal: NDArray[np.float64] | None = None,
    totals: NDArray[np.float64] | None = None,
    bounds: Any = (0, None),
) -> tuple[float, NDArray[np.float64]]:
    """Give minus the least objective, and the shadow prices of the limits."""
    from scipy.optimize import linprog

    found = linprog(objective, A_ub=upper, b_ub=limits, A_eq=equal, b_eq=totals, bounds=bounds, method="highs")
    if found.status != 0:
        raise SolverError(f"the linear program of a coalition ended with status {found.status}: {found.message}")
    return float(-found.fun) + 0.0, np.asarray(-found.ineqlin.marginals)
