"""Games of trade in pairs: gloves and assignments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import comb, factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, mask_of, subset_sums
from coalitions.errors import CoalitionError, WorthError
from coalitions.families.given import as_number, members, named, number_array, refuse_mixture, require_table
from coalitions.game import Game
from coalitions.worths import FLOAT_INTEGERS, integer_worths


@dataclass(frozen=True, init=False)
class Glove:
    """Owners of left gloves and owners of right gloves: a coalition is worth its pairs.

    v(S) = min(left gloves in S, right gloves in S).

    Parameters
    ----------
    left, right : iterables of labels
        Nobody may own both.
    players : iterable of labels, optional
        The left then the right owners by default; players in neither are null.

    Attributes
    ----------
    left, right : int
        Bitmasks of the owners.
    players : tuple of labels

    Raises
    ------
    CoalitionError
        An unknown owner, or one on both sides.

    References
    ----------
    .. [1] L. S. Shapley, M. Shubik (1969), On market games, Journal of Economic Theory 1, 9-25.

    Examples
    --------
    >>> gloves = Glove(["A", "B"], ["C"])
    >>> gloves["A", "B", "C"], gloves["A", "B"]
    (1, 0)
    >>> glove_shapley(gloves)
    [Fraction(1, 6), Fraction(1, 6), Fraction(2, 3)]
    """

    left: int
    right: int
    players: tuple[Label, ...]

    def __init__(self, left: Iterable[Label], right: Iterable[Label], players: Iterable[Label] | None = None) -> None:
        sides = tuple(left), tuple(right)
        for label in sides[0]:
            if label in sides[1]:
                raise CoalitionError(f"player {label!r} owns a left and a right glove; each owns one")
        order = as_players((*sides[0], *sides[1]) if players is None else players)
        object.__setattr__(self, "left", mask_of(sides[0], order))
        object.__setattr__(self, "right", mask_of(sides[1], order))
        object.__setattr__(self, "players", order)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> int:
        """Give the worth of a coalition."""
        mask = mask_of(coalition, self.players)
        return min((mask & self.left).bit_count(), (mask & self.right).bit_count())

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game
        """
        require_table(self.n, "glove_shapley and glove_banzhaf need no table", bytes_each=16)
        left, right = (subset_sums([float(side >> i & 1) for i in range(self.n)]) for side in (self.left, self.right))
        return Game(self.players, np.minimum(left, right, out=left), copy=False)


def glove_shapley(game: Glove) -> list[Fraction]:
    """Give the Shapley value of a glove game by counting the coalitions that lack the player's glove.

    Parameters
    ----------
    game : Glove
        Any n.

    Returns
    -------
    list of n Fractions

    Notes
    -----
    O(l r) steps for l left and r right gloves: a player adds a pair where its side is the shorter one.

    Examples
    --------
    >>> glove_shapley(Glove([0, 1], [2, 3, 4]))[0]
    Fraction(13, 20)
    """
    return _glove_semivalue(game, lambda size, n: Fraction(factorial(size) * factorial(n - 1 - size), factorial(n)))


def glove_banzhaf(game: Glove) -> list[Fraction]:
    """Give the Banzhaf value of a glove game by counting the coalitions that lack the player's glove.

    Parameters
    ----------
    game : Glove
        Any n.

    Returns
    -------
    list of n Fractions

    Notes
    -----
    O(l r) steps for l left and r right gloves.

    Examples
    --------
    >>> glove_banzhaf(Glove([0, 1], [2]))[2]
    Fraction(3, 4)
    """
    return _glove_semivalue(game, lambda size, n: Fraction(1, 1 << (n - 1)))


def _glove_semivalue(game: Glove, weight: Any) -> list[Fraction]:
    sides = game.left.bit_count(), game.right.bit_count()
    weights = [weight(size, sum(sides)) for size in range(sum(sides))]

    def worth(own: int, other: int) -> Fraction:
        ways: dict[int, int] = {}
        for a in range(own):
            for b in range(a + 1, other + 1):
                ways[a + b] = ways.get(a + b, 0) + comb(own - 1, a) * comb(other, b)
        return sum((count * weights[size] for size, count in ways.items()), Fraction(0))

    each = worth(*sides), worth(*sides[::-1])
    return [each[0] if game.left >> i & 1 else each[1] if game.right >> i & 1 else Fraction(0) for i in range(game.n)]


@dataclass(frozen=True, init=False)
class Assignment:
    """Sellers and buyers who trade in pairs: a coalition is worth the best matching among its members.

    v(S) = greatest sum of a_ij over pairs of a row player i and a column player j, nobody in two pairs.

    Parameters
    ----------
    matrix : array_like, shape (rows, columns)
        Worth of each pair, at least 0, in any unit.
    players : iterable of rows + columns labels, optional
        The row players first; 0, 1, ... by default.

    Attributes
    ----------
    matrix : tuple of tuples of numbers
    players : tuple of labels

    Raises
    ------
    WorthError
        A worth that is negative or no finite number.
    CoalitionError
        Rows of different lengths, none at all, or the wrong number of labels.

    References
    ----------
    .. [1] L. S. Shapley, M. Shubik (1971), The assignment game I: the core, International Journal of Game Theory 1,
           111-130.

    Examples
    --------
    >>> houses = Assignment([[5, 8, 2], [7, 9, 6], [2, 3, 0]])
    >>> houses[houses.players], houses[0, 1, 4]
    (16, 9)
    """

    matrix: tuple[tuple[Any, ...], ...]
    players: tuple[Label, ...]

    def __init__(self, matrix: Iterable[Iterable[Any]], players: Iterable[Label] | None = None) -> None:
        rows = [list(row) for row in matrix]
        if not rows or not rows[0]:
            raise CoalitionError("an assignment needs at least one row and one column")
        for i, row in enumerate(rows):
            if len(row) != len(rows[0]):
                raise CoalitionError(f"row {i} has {len(row)} entries, row 0 has {len(rows[0])}")
        labels = named(players, len(rows) + len(rows[0]), "rows and columns")
        own = tuple(
            tuple(
                as_number(a, f"worth of the pair {labels[i]!r}, {labels[len(rows) + j]!r}", least=0)
                for j, a in enumerate(row)
            )
            for i, row in enumerate(rows)
        )
        refuse_mixture(a for row in own for a in row)
        object.__setattr__(self, "matrix", own)
        object.__setattr__(self, "players", labels)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def matching(self, coalition: Any = None) -> list[tuple[Label, Label, Any]]:
        """Find a best matching.

        Parameters
        ----------
        coalition : label or iterable of labels, optional
            All players by default.

        Returns
        -------
        list of (row player, column player, worth)
            Pairs worth nothing are left out.

        Raises
        ------
        WorthError
            The worths are exact but too fine for floats to compare.

        Notes
        -----
        The Hungarian method, time O(s**3). Exact worths are scaled to integers first, so the matching is the best one
        and its worth exact.
        """
        from scipy.optimize import linear_sum_assignment

        inside = list(range(self.n)) if coalition is None else members(coalition, self.players)
        rows = [i for i in inside if i < len(self.matrix)]
        columns = [j - len(self.matrix) for j in inside if j >= len(self.matrix)]
        if not rows or not columns:
            return []
        chosen = linear_sum_assignment(self._scaled()[np.ix_(rows, columns)], maximize=True)
        pairs = [(rows[i], columns[j]) for i, j in zip(*chosen, strict=True)]
        return [
            (self.players[i], self.players[len(self.matrix) + j], self.matrix[i][j])
            for i, j in pairs
            if self.matrix[i][j] != 0
        ]

    def _scaled(self) -> NDArray[np.float64]:
        shape = len(self.matrix), len(self.matrix[0])
        flat = [a for row in self.matrix for a in row]
        if any(isinstance(a, float) for a in flat):
            return np.array(flat, float).reshape(shape)
        scaled = integer_worths(flat)
        if scaled is None or max(scaled[0]) * min(shape) > FLOAT_INTEGERS:
            raise WorthError("the worths are too fine to match in floats; use to_game(), which is exact")
        return np.array(scaled[0], float).reshape(shape)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition."""
        return sum(worth for _, _, worth in self.matching(coalition))

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game

        Notes
        -----
        A coalition's last column player stays single or takes one of the row players: rows * 2**n steps, exact for
        exact worths.
        """
        rows, columns = len(self.matrix), len(self.matrix[0])
        require_table(self.n, "game[labels] and matching need no table", bytes_each=16)
        worths = number_array([a for row in self.matrix for a in row])
        table = np.zeros((1 << columns, 1 << rows), worths.dtype)
        sellers = np.arange(1 << rows)
        for j in range(columns):
            before, after = table[: 1 << j], table[1 << j : 2 << j]
            after[:] = before
            for i in range(rows):
                with_i = np.flatnonzero(sellers >> i & 1)
                after[:, with_i] = np.maximum(after[:, with_i], before[:, with_i ^ 1 << i] + worths[i * columns + j])
        return Game(self.players, table.ravel(), copy=False)
