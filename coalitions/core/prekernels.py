"""The whole prekernel of a few players: a finite union of polytopes, each given by its vertices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from coalitions.coalition import Label
from coalitions.core.kernel import KernelMembership, prekernel_contains
from coalitions.errors import TooLargeError
from coalitions.exact import fractions_of
from coalitions.game import Game, as_game, float_worths
from coalitions.polyhedra import vertices
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd

_MOST_PLAYERS = 6

Row = tuple[Fraction, ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Prekernel(Result):
    """All payoffs at which every two players could gain equally without each other.

    Attributes
    ----------
    game : Game
    polytopes : tuple of tuples of payoffs
        The prekernel is the union of the convex hulls of these vertices; each vertex is a tuple of Fractions in player
        order. A single vertex is an isolated point. None of the polytopes is contained in another.
    """

    game: Game
    polytopes: tuple[tuple[Row, ...], ...]
    _concept = "prekernel"

    def contains(self, x: Any) -> KernelMembership:
        """Say whether a payoff is in the prekernel, with the player that outweighs another.

        Parameters
        ----------
        x : Allocation, mapping from player to payoff, or array_like of shape (n,)

        Returns
        -------
        KernelMembership
        """
        return prekernel_contains(self.game, x)

    def to_frame(self) -> pd.DataFrame:
        """Give the vertices as a DataFrame: a row a vertex, with the number of its polytope.

        Returns
        -------
        pandas.DataFrame
            Columns ``polytope`` (counted from 0), then a column a player.
        """
        import pandas as pd

        rows = [(k, *vertex) for k, polytope in enumerate(self.polytopes) for vertex in polytope]
        return pd.DataFrame(rows, columns=["polytope", *self.game.players])

    @property
    def players(self) -> tuple[Label, ...]:
        """The players' labels."""
        return self.game.players

    def _headline(self) -> str:
        count = len(self.polytopes)
        return f"prekernel of {self.game.n} players, {count} polytope{'s' * (count > 1)}"

    def __repr__(self) -> str:
        lines = [" -- ".join(f"({', '.join(map(str, vertex))})" for vertex in polytope) for polytope in self.polytopes]
        return "\n".join([self._headline(), *lines])


def prekernel(game: Any) -> Prekernel:
    """List the polytopes that make up the prekernel.

    Parameters
    ----------
    game : Game or any representation with ``to_game()``
        At most 6 players. Float worths count as the binary fractions they are.

    Returns
    -------
    Prekernel
        Exact.

    Raises
    ------
    TooLargeError
        More than 6 players.
    WorthError
        Symbolic worths.

    Notes
    -----
    Every payoff of the prekernel pays each player between its smallest and its largest marginal contribution, so the
    search starts with that polytope. Pair after pair, every polytope is cut into those on which one coalition is most
    effective for each of the two players, and their excesses are equal; polytopes contained in others are left out.
    About 0.1 s for 4 players, 1 s for 5, 20 s for 6.

    References
    ----------
    .. [1] M. Maschler, B. Peleg, L. S. Shapley (1979), Geometric properties of the kernel, nucleolus, and related
           solution concepts, Mathematics of Operations Research 4, 303-338.
    .. [2] B. Peleg, P. Sudhoelter (2007), Introduction to the Theory of Cooperative Games, second edition, Springer,
           chapter 5.

    Examples
    --------
    >>> prekernel(Game("ABC", [0, 0, 0, 10, 0, 0, 0, 2]))
    prekernel of 3 players, 1 polytope
    (3, 3, -4)
    """
    game = as_game(game)
    if game.n > _MOST_PLAYERS:
        raise TooLargeError(
            f"the whole prekernel of {game.n} players has too many cases; it is given for at most {_MOST_PLAYERS}: "
            "use prekernel_point for one payoff of it, prekernel_contains for a given payoff"
        )
    float_worths(game)  # refuses symbols
    worths = fractions_of(game.worths.tolist())
    pieces = [_reasonable(worths, game.n)]
    for i, j in combinations(range(game.n), 2):
        pieces = _largest(piece for old in pieces for piece in _balanced(old, worths, i, j, game.n))
    return Prekernel(game=game, polytopes=tuple(sorted(piece.points for piece in pieces)))


class _Piece(NamedTuple):
    """A polytope; rows are ``(*a, b)`` for a . x >= b, or = b."""

    inequalities: tuple[Row, ...]
    equalities: tuple[Row, ...]
    points: tuple[Row, ...]


def _reasonable(worths: list[Fraction], n: int) -> _Piece:
    rows = []
    for i in range(n):
        marginal = [worths[mask | 1 << i] - worths[mask] for mask in range(1 << n) if not mask >> i & 1]
        unit = [Fraction(int(k == i)) for k in range(n)]
        rows += [(*unit, min(marginal)), (*(-u for u in unit), -max(marginal))]
    found = _cut(rows, [(*[Fraction(1)] * n, worths[-1])])
    assert found is not None  # the Shapley value is in it
    return found


def _cut(inequalities: Sequence[Row], equalities: Sequence[Row]) -> _Piece | None:
    """Find the vertices, and drop the inequalities that hold strictly at all of them."""
    found = vertices(inequalities, equalities)
    if not found.points:
        return None
    tight = sorted({k for numbers in found.tight for k in numbers})
    return _Piece(tuple(inequalities[k] for k in tight), tuple(equalities), tuple(found.points))


def _balanced(piece: _Piece, worths: list[Fraction], i: int, j: int, n: int) -> Iterable[_Piece]:
    """Cut a polytope into those on which one coalition each is most effective for i and j, with equal excesses."""
    sides = []
    for a, b in ((i, j), (j, i)):
        masks = [mask for mask in range(1 << n) if mask >> a & 1 and not mask >> b & 1]
        excesses = {mask: [worths[mask] - _paid(mask, x) for x in piece.points] for mask in masks}
        sides.append(_candidates(excesses))
    for (one, first), (other, second) in ((p, q) for p in sides[0].items() for q in sides[1].items()):
        gaps = [a - b for a, b in zip(first, second, strict=True)]
        if min(gaps) > 0 or max(gaps) < 0:
            continue
        rows = [_row(worths, one, mask, n) for mask in sides[0] if mask != one]
        rows += [_row(worths, other, mask, n) for mask in sides[1] if mask != other]
        found = _cut([*piece.inequalities, *rows], [*piece.equalities, _row(worths, one, other, n)])
        if found is not None:
            yield found


def _candidates(excesses: dict[int, list[Fraction]]) -> dict[int, list[Fraction]]:
    """Keep the coalitions that are most effective somewhere: not below another at every vertex."""
    kept: dict[int, list[Fraction]] = {}
    for mask, own in sorted(excesses.items(), key=lambda item: (-sum(item[1]), item[0])):
        if not any(all(a <= b for a, b in zip(own, other, strict=True)) for other in kept.values()):
            kept[mask] = own
    return kept


def _paid(mask: int, x: Row) -> Fraction:
    return sum((payoff for k, payoff in enumerate(x) if mask >> k & 1), Fraction(0))


def _row(worths: list[Fraction], one: int, other: int, n: int) -> Row:
    """Write e(one, x) >= e(other, x) as a row."""
    return (*(Fraction((other >> k & 1) - (one >> k & 1)) for k in range(n)), worths[other] - worths[one])


def _largest(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Drop polytopes that are contained in others."""
    kept: list[_Piece] = []
    for piece in sorted(pieces, key=lambda piece: -len(piece.points)):
        if not any(all(_holds(other, x) for x in piece.points) for other in kept):
            kept = [other for other in kept if not all(_holds(piece, x) for x in other.points)]
            kept.append(piece)
    return kept


def _holds(piece: _Piece, x: Row) -> bool:
    def gap(row: Row) -> Fraction:
        return sum((a * y for a, y in zip(row, x, strict=False)), -row[-1])

    return all(not gap(row) for row in piece.equalities) and all(gap(row) >= 0 for row in piece.inequalities)
