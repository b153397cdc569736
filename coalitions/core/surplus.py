"""The maximum surplus: what every player could gain at most without every other."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import as_payoffs
from coalitions.coalition import Label, labels_of, subset_sums, unknown_label
from coalitions.errors import CoalitionError
from coalitions.game import Game, as_game, float_worths
from coalitions.result import Result
from coalitions.worths import integer_worths

if TYPE_CHECKING:
    import pandas as pd

_WORD = 1 << 62  # sums of numbers of this size in all fit 64 bits


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Surpluses(Result):
    """The maximum surplus of every player over every other: ``surpluses[i, j]`` by their labels.

    Attributes
    ----------
    players : tuple of n labels
    matrix : ndarray, read-only, shape (n, n)
        Entry (i, j) is s_ij(x), in the unit of the worths; float64 with nan on the diagonal, or Fractions with None
        there when worths and payoffs are exact.
    """

    players: tuple[Label, ...]
    matrix: NDArray[Any]
    _excesses: NDArray[Any] = field()
    _concept = "maximum surplus"

    def __post_init__(self) -> None:
        self.matrix.flags.writeable = False

    def __getitem__(self, pair: tuple[Label, Label]) -> Any:
        """Give s_ij of two labels."""
        found = self.matrix[self._positions(*pair)]
        return found if self.matrix.dtype == object else float(found)

    def coalition(self, i: Label, j: Label) -> tuple[Label, ...]:
        """Name a coalition with i and without j that attains s_ij: the first in bitmask order.

        Parameters
        ----------
        i, j : labels

        Returns
        -------
        tuple of labels
        """
        return labels_of(most_effective(self._excesses, *self._positions(i, j)), self.players)

    def _positions(self, i: Label, j: Label) -> tuple[int, int]:
        for player in (i, j):
            if player not in self.players:
                raise unknown_label(player, self.players)
        if i == j:
            raise CoalitionError(f"{i!r} has no surplus over itself: name two players")
        return self.players.index(i), self.players.index(j)

    def to_frame(self) -> pd.DataFrame:
        """Give the matrix as a DataFrame: who could gain in the rows, without whom in the columns.

        Returns
        -------
        pandas.DataFrame
            Shape (n, n), in the unit of the worths.
        """
        import pandas as pd

        return pd.DataFrame(self.matrix, pd.Index(self.players, name="player"), list(self.players))

    def _headline(self) -> str:
        return f"maximum surplus of each of {len(self.players)} players over each other"

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self.to_frame().to_string(float_format='{:.6g}'.format)}"


def maximum_surplus(game: Any, x: Any) -> Surpluses:
    """Find what every player could gain at most without every other, paying its partners as before.

    s_ij(x) = max of v(S) - x(S) over all coalitions S with i and without j.

    Parameters
    ----------
    game : Game or any representation with ``to_game()``
        n players.
    x : Allocation, mapping from player to payoff, or array_like of shape (n,)

    Returns
    -------
    Surpluses
        Exact when worths and payoffs are.

    Raises
    ------
    CoalitionError
        A player without a payoff, an unknown one, a payoff that is not finite.
    WorthError
        Symbolic worths.

    Notes
    -----
    O(2**n) for all pairs together: the table is folded with max one player after the other, and what a fold gives with
    or without one player is kept for all pairs to come. Memory: the excesses and about as much again.

    References
    ----------
    .. [1] M. Davis, M. Maschler (1965), The kernel of a cooperative game, Naval Research Logistics Quarterly 12,
           223-259.

    Examples
    --------
    >>> s = maximum_surplus(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]), [0.5, 0.5, 0])
    >>> s["C", "A"], s.coalition("C", "A"), s["A", "C"]
    (0.5, ('B', 'C'), 0.0)
    """
    game = as_game(game)
    excesses, unit = excesses_of(game, as_payoffs(x, game.players))
    matrix = surplus_matrix(excesses)
    if unit:
        matrix = np.array([[None if s is None else Fraction(int(s), unit) for s in row] for row in matrix], object)
    return Surpluses(players=game.players, matrix=matrix, _excesses=excesses)


def excesses_of(game: Game, payoffs: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Subtract from every worth what the members are paid.

    Parameters
    ----------
    game : Game
    payoffs : ndarray, shape (n,)

    Returns
    -------
    excesses : ndarray, shape (2**n,)
        float64; or integers, where worths and payoffs are exact.
    unit : int
        The common denominator of the integers; 0 for floats.
    """
    worths = float_worths(game)
    if game.is_exact and payoffs.dtype == object:
        return integer_excesses(game.worths.tolist(), payoffs.tolist())
    excesses = subset_sums(payoffs.astype(np.float64))
    return np.subtract(worths, excesses, out=excesses), 0


def integer_excesses(worths: list[Any], payoffs: list[Any]) -> tuple[NDArray[Any], int]:
    """Bring all excesses to a common denominator.

    Parameters
    ----------
    worths : list of 2**n rational numbers
    payoffs : list of n rational numbers

    Returns
    -------
    excesses : ndarray, shape (2**n,)
        Numerators: int64 where they fit, otherwise Python integers.
    unit : int

    Raises
    ------
    CoalitionError
        A worth or a payoff that is not rational.

    Examples
    --------
    >>> integer_excesses([0, 1, 0, 2], [Fraction(1, 2), Fraction(3, 2)])
    (array([ 0,  1, -3,  0]), 2)
    """
    found = integer_worths([*worths, *payoffs])
    if found is None:
        raise CoalitionError(f"the payoffs {payoffs} are not all rational; give ints or Fractions")
    numerators, unit = found
    table, paid = numerators[: len(worths)], numerators[len(worths) :]
    kind = np.int64 if sum(map(abs, paid)) + max(map(abs, table)) < _WORD else object
    excesses = np.array(table, kind)
    for i, payoff in enumerate(paid):
        excesses.reshape(-1, 2, 1 << i)[:, 1] -= payoff
    return excesses, unit


def surplus_matrix(excesses: NDArray[Any]) -> NDArray[Any]:
    """Find the largest excess over the coalitions with i and without j, for all i and j at once.

    Parameters
    ----------
    excesses : ndarray, shape (2**n,)

    Returns
    -------
    ndarray, shape (n, n)
        float64 with nan on the diagonal for floats, otherwise objects with None there.
    """
    n = len(excesses).bit_length() - 1
    is_float = excesses.dtype.kind == "f"
    matrix = np.full((n, n), np.nan if is_float else None, np.float64 if is_float else object)
    nobody = excesses[None, :]  # no condition on the players folded so far
    holding = without = both = nobody[:0]  # a row a player, a player, a pair of them
    pairs: list[tuple[int, int]] = []
    for b in reversed(range(n)):
        half = 1 << b
        done = range(n - 1, b, -1)
        both = np.concatenate((_folded(both, half), holding[:, :half], without[:, half:]))
        pairs += [(i, b) for i in done] + [(b, j) for j in done]
        holding = np.concatenate((_folded(holding, half), nobody[:, half:]))
        without = np.concatenate((_folded(without, half), nobody[:, :half]))
        nobody = _folded(nobody, half)
    if pairs:
        matrix[tuple(np.array(pairs).T)] = both[:, 0]
    return matrix


def _folded(tables: NDArray[Any], half: int) -> NDArray[Any]:
    return np.asarray(np.maximum(tables[:, :half], tables[:, half:]))


def most_effective(excesses: NDArray[Any], i: int, j: int) -> int:
    """Find a coalition of the largest excess among those with i and without j: the first in bitmask order.

    Parameters
    ----------
    excesses : ndarray, shape (2**n,)
    i, j : int
        Positions of two players.

    Returns
    -------
    int
        Its bitmask.
    """
    low, high = min(i, j), max(i, j)
    cube = excesses.reshape(-1, 2, 1 << (high - low - 1), 2, 1 << low)
    part = cube[:, int(i == high), :, int(i == low), :]
    above, between, below = np.unravel_index(int(np.argmax(part)), part.shape)
    return int(above) << (high + 1) | int(between) << (low + 1) | int(below) | 1 << i
