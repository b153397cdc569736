"""Airport games: a facility whose cost is that of its neediest user, divided section by section.

The worth is v(S) = -c(S) for a cost c(S) of S by itself, so that every solution means the same here as anywhere else:
a payoff is what a player receives, minus its payoff is its cost share, and the excess v(S) - x(S) is what S pays too
much. ``cost`` and ``to_cost_game`` give c itself; the shares divide c(N), and what they give is positive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label
from coalitions.families.given import (
    as_number,
    members,
    named,
    number_array,
    refuse_mixture,
    require_table,
)
from coalitions.game import Game


@dataclass(frozen=True, init=False)
class Airport:
    """Users of one facility, each in need of a certain length of it: a coalition costs what its neediest member does.

    c(S) = max over i in S of c_i, and the worth is v(S) = -c(S).

    Parameters
    ----------
    costs : iterable of n numbers
        What each player would pay alone, at least 0, in any unit.
    players : iterable of n labels, optional
        0, 1, ... by default.

    Attributes
    ----------
    costs : tuple of numbers
    players : tuple of labels

    Raises
    ------
    WorthError
        A cost that is negative or no finite number.
    CoalitionError
        Labels that are not distinct or not as many as the costs.

    References
    ----------
    .. [1] S. C. Littlechild, G. Owen (1973), A simple expression for the Shapley value in a special case,
           Management Science 20, 370-372.

    Examples
    --------
    >>> runway = Airport([1, 3, 3, 6, 10])
    >>> runway.cost([0, 3]), runway[0, 3]
    (6, -6)
    >>> airport_shares(runway)
    [Fraction(1, 5), Fraction(7, 10), Fraction(7, 10), Fraction(11, 5), Fraction(31, 5)]
    """

    costs: tuple[Any, ...]
    players: tuple[Label, ...]

    def __init__(self, costs: Iterable[Any], players: Iterable[Label] | None = None) -> None:
        given = list(costs)
        labels = named(players, len(given), "costs")
        own = tuple(as_number(c, f"cost of {p!r}", least=0) for p, c in zip(labels, given, strict=True))
        refuse_mixture(own)
        object.__setattr__(self, "costs", own)
        object.__setattr__(self, "players", labels)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def cost(self, coalition: Any) -> Any:
        """Give what a coalition pays by itself.

        Parameters
        ----------
        coalition : label or iterable of labels

        Returns
        -------
        number
        """
        return max((self.costs[i] for i in members(coalition, self.players)), default=0)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition, minus its cost."""
        return -self.cost(coalition)

    def to_cost_game(self) -> Game:
        """Tabulate c(S).

        Returns
        -------
        Game
            Its linear solutions are cost shares; those that compare worths want ``to_game``.
        """
        return Game(self.players, self._table(), copy=False)

    def to_game(self) -> Game:
        """Tabulate the worths -c(S).

        Returns
        -------
        Game
        """
        return Game(self.players, 0 - self._table(), copy=False)

    def _table(self) -> NDArray[Any]:
        require_table(self.n, "airport_shares needs no table")
        each = number_array(self.costs)
        table = np.zeros(1 << self.n, each.dtype)
        for i in range(self.n):
            np.maximum(table[: 1 << i], each[i], out=table[1 << i : 2 << i])
        return table


def airport_shares(game: Airport) -> list[Any]:
    """Divide every section of the facility equally among those who need it: the Shapley value of the costs.

    Parameters
    ----------
    game : Airport
        n players, any n.

    Returns
    -------
    list of n numbers
        Cost shares, at least 0, summing to c(N); exact unless a cost is a float.

    Notes
    -----
    Time O(n log n).

    References
    ----------
    .. [1] S. C. Littlechild, G. Owen (1973), A simple expression for the Shapley value in a special case,
           Management Science 20, 370-372.

    Examples
    --------
    >>> [str(share) for share in airport_shares(Airport([0, 4, 4, 12]))]
    ['0', '4/3', '4/3', '28/3']
    """
    return _by_section(game, lambda users: Fraction(1, users))


def airport_shapley(game: Airport) -> list[Any]:
    """Give the Shapley value of an airport game: minus the shares of ``airport_shares``.

    Parameters
    ----------
    game : Airport
        n players, any n.

    Returns
    -------
    list of n numbers

    Examples
    --------
    >>> airport_shapley(Airport([2, 2]))
    [Fraction(-1, 1), Fraction(-1, 1)]
    """
    return [-share for share in airport_shares(game)]


def airport_banzhaf(game: Airport) -> list[Any]:
    """Give the Banzhaf value of an airport game.

    A player pays for a section only when no other of its m users is there: once in 2**(m - 1) coalitions.

    Parameters
    ----------
    game : Airport
        n players, any n.

    Returns
    -------
    list of n numbers

    Notes
    -----
    Time O(n log n).

    Examples
    --------
    >>> [str(payoff) for payoff in airport_banzhaf(Airport([2, 4]))]
    ['-1', '-3']
    """
    return [-share for share in _by_section(game, lambda users: Fraction(1, 2 ** (users - 1)))]


def _by_section(game: Airport, weight: Any) -> list[Any]:
    """Charge each user of a section, cheapest player first, its cost times a weight by the number of users."""
    shares: list[Any] = [0] * game.n
    paid: Any = Fraction(0)
    reached: Any = 0
    for rank, i in enumerate(sorted(range(game.n), key=lambda i: game.costs[i])):
        paid += weight(game.n - rank) * (game.costs[i] - reached)
        reached = game.costs[i]
        shares[i] = paid
    return shares
