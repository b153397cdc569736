"""What each player can hope for and must fear in the core: the ends of its payoff over all of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, unknown_label
from coalitions.core.demands import Demands
from coalitions.core.linear import Fixed, Program, bits
from coalitions.core.membership import Core, core, point_or_refuse
from coalitions.errors import ChoiceError

if TYPE_CHECKING:
    import pandas as pd

_FAR = 10**6


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PayoffBounds:
    """The least and the most every player gets in the core.

    Attributes
    ----------
    players : tuple of labels
    lower, upper : ndarray, shape (n,)
        In the unit of the worths; Fractions where the core was found exactly. Infinite where the core has no end,
        which takes single players that may not object.
    tolerance : float
        The payoffs that attain the bounds meet every demand up to this; 0 when exact.
    """

    players: tuple[Label, ...]
    lower: NDArray[Any]
    upper: NDArray[Any]
    tolerance: float
    _points: tuple[tuple[NDArray[Any] | None, ...], ...] = field(repr=False)

    def point(self, player: Label, end: Literal["lower", "upper"]) -> Allocation:
        """Give a payoff in the core at which a player gets the least, or the most.

        Parameters
        ----------
        player : label
        end : {"lower", "upper"}

        Returns
        -------
        Allocation

        Raises
        ------
        CoalitionError
            Unknown player.
        ChoiceError
            Another end, or one that is infinite.
        """
        if player not in self.players:
            raise unknown_label(player, self.players)
        if end not in ("lower", "upper"):
            raise ChoiceError(f'end is {end!r}; it must be "lower" or "upper"')
        payoffs = self._points[end == "upper"][self.players.index(player)]
        if payoffs is None:
            raise ChoiceError(f"the payoff of {player!r} has no {end} end in this core")
        return Allocation(
            players=self.players,
            payoffs=payoffs,
            solution=f"core payoff, {end} end of {player}",
            method="linear program",
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row a player.

        Returns
        -------
        pandas.DataFrame
            Columns ``lower``, ``upper``; indexed by player.
        """
        import pandas as pd

        return pd.DataFrame({"lower": self.lower, "upper": self.upper}, index=pd.Index(self.players, name="player"))

    def __repr__(self) -> str:
        width = max(len(str(player)) for player in self.players)
        rows = [
            f"{player!s:<{width}}  {_short(low):>10}  {_short(high):>10}"
            for player, low, high in zip(self.players, self.lower.tolist(), self.upper.tolist(), strict=True)
        ]
        return "\n".join([f"payoffs in the core, least and most, of {len(self.players)} players", *rows])


def payoff_bounds(game: Any, *, players: Iterable[Label] | None = None) -> PayoffBounds:
    """Find the least and the most that each player gets in the core.

    Parameters
    ----------
    game : Core, Game, or anything with ``to_game()``
        A ``Core`` of a structure, with restricted coalitions or with an epsilon keeps these.
    players : iterable of labels, optional
        Only these; all by default.

    Returns
    -------
    PayoffBounds

    Raises
    ------
    EmptyCoreError
        The core is empty; the message gives the balanced collection.
    CoalitionError
        Unknown player.
    WorthError
        Symbolic worths.

    Notes
    -----
    Two linear programs a player, each starting from the coalitions that counted in those before. A bound beyond a
    million times the largest worth is given as infinite. Memory: the table.

    Examples
    --------
    >>> from coalitions import Game
    >>> payoff_bounds(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]))
    payoffs in the core, least and most, of 3 players
    A           0           6
    B           0           8
    C           0          10
    """
    found = game if isinstance(game, Core) else core(game)
    point_or_refuse(found)
    demands = found.demands
    order = demands.game.players
    chosen = order if players is None else tuple(players)
    for player in chosen:
        if player not in order:
            raise unknown_label(player, order)
    exact = found.tolerance == 0
    ends = _Ends(demands, exact)
    places = [order.index(player) for player in chosen]
    pairs = [[ends.reach(place, sign) for place in places] for sign in (1, -1)]
    kind = object if exact else np.float64
    return PayoffBounds(
        players=chosen,
        lower=np.array([bound for bound, _ in pairs[0]], kind),
        upper=np.array([-bound for bound, _ in pairs[1]], kind),
        tolerance=found.tolerance,
        _points=tuple(tuple(point for _, point in row) for row in pairs),
    )


class _Ends:
    """The linear programs of one core, which hand on the coalitions that counted."""

    def __init__(self, demands: Demands, exact: bool) -> None:
        self.demands = demands
        self.exact = exact
        n = demands.n
        self.fixed = [Fixed(bits(block, n), demands.worth(block), True) for block in demands.blocks]
        self.far = _FAR * Fraction(demands.scale)
        if not all(demands.may_object(1 << i) or 1 << i in demands.blocks for i in range(n)):
            for i in range(n):  # payoffs that no single player's demand bounds
                self.fixed += [
                    Fixed(tuple(sign * bit for bit in bits(1 << i, n)), -self.far, False) for sign in (1, -1)
                ]
        self.seeds: list[int] = []

    def reach(self, place: int, sign: int) -> tuple[Any, NDArray[Any] | None]:
        """Find the least of sign * x_place, with a payoff that attains it."""
        demands = self.demands
        program = Program(demands, [sign * bit for bit in bits(1 << place, demands.n)], self.fixed, mass=demands.n)
        solved = program.solve(seeds=self.seeds)
        if self.exact:
            solved = program.certify(solved)
        self.seeds = sorted({*self.seeds, *(key for key in solved.keys if key >= 0)})
        if solved.value <= -self.far / 2:
            return -math.inf, None
        if self.exact:
            return solved.value, np.array(solved.prices, object)
        x = demands.level(np.array(solved.prices))
        return float(sign * x[place]), x


def _short(number: Any) -> str:
    return f"{number:.6g}" if isinstance(number, float) else str(number)
