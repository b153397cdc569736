"""Harsanyi dividends, the numbers they and the interaction indices are kept in, and arithmetic that stays exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, Masks, as_players, labels_of, mask_of
from coalitions.errors import CoalitionError, WorthError
from coalitions.families.dividends import zeta
from coalitions.game import Game, as_game, float_worths
from coalitions.result import MOST_SHOWN, Result
from coalitions.worths import integer_worths

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST_WORDS = 12
"""Coalitions listed in a terminal."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CoalitionValues(Result):
    """A number for each of some coalitions: dividends, or how much the members of a coalition interact.

    Attributes
    ----------
    players : tuple of labels
    masks : ndarray of int64
        The coalitions as bitmasks, ascending.
    values : ndarray, read-only, as long as ``masks``
        In the unit of the worths; float64, or object when the worths are exact.
    name : str
        What the numbers are, such as ``'Harsanyi dividends'``.

    Examples
    --------
    >>> harsanyi_dividends(Game("AB", [0, 1, 2, 5]))
    Harsanyi dividends of 3 coalitions of 2 players
    B     2
    A, B  2
    A     1
    """

    players: tuple[Label, ...]
    masks: Masks
    values: NDArray[Any]
    name: str

    @property
    def _concept(self) -> str:
        return self.name

    def __post_init__(self) -> None:
        for array in (self.masks, self.values):
            array.flags.writeable = False

    def __getitem__(self, coalition: Any) -> Any:
        """Give the number of a coalition: ``found["AUS", "JPN"]``."""
        mask = mask_of(coalition, self.players)
        at = int(np.searchsorted(self.masks, mask))
        if at == len(self.masks) or self.masks[at] != mask:
            sizes = sorted({int(m).bit_count() for m in self.masks})
            raise CoalitionError(f"no number for {labels_of(mask, self.players)}: sizes {sizes} were asked for")
        return self.values[at] if self.values.dtype == object else float(self.values[at])

    def __len__(self) -> int:
        return len(self.masks)

    @property
    def total(self) -> Any:
        """The sum over all coalitions listed."""
        return float(self.values.sum()) if self.values.dtype != object else sum(self.values.tolist())

    def to_dict(self) -> dict[tuple[Label, ...], Any]:
        """Give the numbers by coalition.

        Returns
        -------
        dict
            From tuples of labels in player order, in bitmask order.
        """
        keys = (labels_of(int(mask), self.players) for mask in self.masks)
        return dict(zip(keys, self.values.tolist(), strict=True))

    def to_frame(self) -> pd.DataFrame:
        """Give the numbers as a DataFrame with one row a coalition.

        Returns
        -------
        pandas.DataFrame
            Columns ``coalition`` (a tuple of labels), ``size`` and ``value``.
        """
        import pandas as pd

        found = self.to_dict()
        sizes = [len(coalition) for coalition in found]
        return pd.DataFrame({"coalition": list(found), "size": sizes, "value": self.values})

    def matrix(self) -> NDArray[Any]:
        """Lay the numbers of pairs out as a symmetric matrix, those of single players on its diagonal.

        Returns
        -------
        ndarray, shape (n, n)
            0 where a pair or a player is not listed.
        """
        n = len(self.players)
        table = np.zeros((n, n), self.values.dtype)
        for mask, value in zip(self.masks.tolist(), self.values, strict=True):
            if 1 <= mask.bit_count() <= 2:
                i, j = (mask & -mask).bit_length() - 1, mask.bit_length() - 1
                table[i, j] = table[j, i] = value
        return table

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the numbers of pairs as a coloured matrix.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots()[1]
        shown = self.matrix().astype(float)
        limit = float(np.abs(shown).max()) or 1.0
        image = axes.imshow(shown, cmap="RdBu", vmin=-limit, vmax=limit)
        names = [str(player) for player in self.players]
        axes.set_xticks(range(len(names)), names, rotation=90)
        axes.set_yticks(range(len(names)), names)
        axes.set_title(self.name)
        axes.figure.colorbar(image, ax=axes)
        return axes

    def explain(self) -> str:
        """Say in words whose joining changes most, up to twelve coalitions.

        Returns
        -------
        str
            A sentence a coalition, those of the largest numbers first.

        Examples
        --------
        >>> print(harsanyi_dividends(Game("AB", [0, 1, 2, 2])).explain())
        Harsanyi dividends, the largest first:
        B by itself counts 2.
        A by itself counts 1.
        A, B together count -1: they replace each other.
        """
        lines = [f"{self.name}, the largest first:"]
        for at in self._largest(_MOST_WORDS):
            coalition = labels_of(int(self.masks[at]), self.players)
            value = self.values[at]
            line = ", ".join(map(str, coalition))
            line += f" {'together count' if len(coalition) > 1 else 'by itself counts'} {_number(value)}"
            if len(coalition) > 1 and not getattr(value, "free_symbols", None) and value != 0:
                line += f": they {'complement' if value > 0 else 'replace'} each other"
            lines.append(f"{line}.")
        return "\n".join(lines)

    def _headline(self) -> str:
        return f"{self.name} of {len(self)} coalitions of {len(self.players)} player{'s' * (len(self.players) > 1)}"

    def _largest(self, count: int) -> NDArray[np.int64]:
        """Give where the largest numbers are, largest first; symbols have no order and stay in theirs."""
        if self.values.dtype == object and any(getattr(value, "free_symbols", None) for value in self.values):
            return np.arange(min(len(self), count))
        return np.argsort(-np.abs(self.values), kind="stable")[:count]

    def _shown(self) -> pd.DataFrame:
        """As many coalitions as a page holds, those of the largest numbers first."""
        import pandas as pd

        largest = self._largest(MOST_SHOWN)
        names = [", ".join(map(str, labels_of(int(mask), self.players))) for mask in self.masks[largest]]
        return pd.DataFrame({"coalition": names, "value": self.values[largest]})

    def __repr__(self) -> str:
        first = self._largest(_MOST_WORDS)
        names = [", ".join(map(str, labels_of(int(self.masks[at]), self.players))) for at in first]
        shown = [_number(self.values[at]) for at in first]
        width = max(map(len, names), default=0)
        lines = [f"{name:<{width}}  {value}" for name, value in zip(names, shown, strict=True)]
        more = [f"and {len(self) - _MOST_WORDS} more"] if len(self) > _MOST_WORDS else []
        return "\n".join([self._headline(), *lines, *more])


def _number(value: Any) -> str:
    return format(value, ".6g") if isinstance(value, float) else str(value)


def harsanyi_dividends(game: Any) -> CoalitionValues:
    """Find what every coalition adds to what its parts already make: the Harsanyi dividends.

    m(S) = sum over T in S of (-1)**(|S| - |T|) v(T), so that v(S) = sum over T in S of m(T). Also known as
    unanimity coefficients and as the Moebius transform.

    Parameters
    ----------
    game : Game or representation
        n players.

    Returns
    -------
    CoalitionValues
        One number for each coalition that is not empty, in the unit of the worths; they sum to v(N).

    Notes
    -----
    n 2**(n - 1) subtractions, in place on one copy of the table.  Float dividends of large coalitions are sums of
    2**s worths of either sign and carry that rounding; exact worths give exact dividends.

    References
    ----------
    .. [1] J. C. Harsanyi (1959), A bargaining model for the cooperative n-person game, Contributions to the Theory of
           Games IV, 325-355.

    Examples
    --------
    >>> harsanyi_dividends(Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12]))["A", "B", "C"]
    0.0
    """
    game = as_game(game)
    table, denominator = numerators(game)
    moebius(table)
    return CoalitionValues(
        players=game.players,
        masks=np.arange(1, len(table)),
        values=divided(table[1:], denominator, game),
        name="Harsanyi dividends",
    )


def from_dividends(players: Iterable[Label], dividends: Mapping[Any, Any] | ArrayLike) -> Game:
    """Make the game of given dividends: a coalition is worth the sum of the dividends inside it.

    Parameters
    ----------
    players : iterable of n labels
    dividends : mapping from coalition to number, or array_like of shape (2**n,)
        An array is in bitmask order with 0 for the empty coalition; coalitions a mapping leaves out have none.

    Returns
    -------
    Game

    Raises
    ------
    WorthError
        A dividend that is not a finite number, one of the empty coalition, or two for the same coalition.

    Notes
    -----
    n 2**(n - 1) additions.

    References
    ----------
    .. [1] J. C. Harsanyi (1959), A bargaining model for the cooperative n-person game, Contributions to the Theory of
           Games IV, 325-355.

    Examples
    --------
    >>> from_dividends("ABC", {"A": 1, ("A", "C"): 2})["A", "B", "C"]
    3.0
    """
    order = as_players(players)
    if isinstance(dividends, Mapping):
        checked = Game.from_dict(dividends, players=order, missing=0)
    else:
        checked = Game(order, dividends)
    table = np.array(checked.worths)
    zeta(table)
    return Game(order, table, copy=False)


def moebius(table: NDArray[Any]) -> None:
    """Turn worths into dividends; in place.

    Parameters
    ----------
    table : ndarray, shape (2**n,), contiguous

    Examples
    --------
    >>> table = np.array([0.0, 1.0, 2.0, 5.0])
    >>> moebius(table)
    >>> table
    array([0., 1., 2., 2.])
    """
    for i in range(len(table).bit_length() - 1):
        halves = table.reshape(-1, 2, 1 << i)
        halves[:, 1] -= halves[:, 0]


def numerators(game: Game) -> tuple[NDArray[Any], int]:
    """Copy the worths for a linear computation: floats, integers over one denominator, or symbols.

    Parameters
    ----------
    game : Game

    Returns
    -------
    tuple of ndarray and int
        A table of float64 or of objects that may be written to, and what to divide results by.

    Examples
    --------
    >>> numerators(Game("A", [0, Fraction(1, 3)]))
    (array([0, 1], dtype=object), 3)
    """
    if not game.is_exact:
        return np.array(game.worths), 1
    scaled = integer_worths(game.worths)
    return (np.array(scaled[0], object), scaled[1]) if scaled else (np.array(game.worths), 1)


def divided(values: NDArray[Any], divisor: int, game: Game) -> NDArray[Any]:
    """Divide the results of a linear computation on ``numerators``, without leaving its arithmetic.

    Parameters
    ----------
    values : ndarray
    divisor : int
    game : Game
        Says which arithmetic: floats, Fractions or sympy expressions.

    Returns
    -------
    ndarray
        float64, or objects: Fractions for integers, expanded expressions for symbols.

    Examples
    --------
    >>> divided(np.array([1, 2], object), 4, Game("A", np.array([0, 1], object)))
    array([Fraction(1, 4), Fraction(1, 2)], dtype=object)
    """
    if not game.is_exact:
        return np.asarray(values, np.float64) / divisor
    found = np.empty(len(values), object)
    for i, value in enumerate(values):
        found[i] = ratio(value, divisor)
    return found


def ratio(value: Any, divisor: Any) -> Any:
    """Divide an exact number: integers and Fractions give a Fraction, symbols an expanded expression.

    Parameters
    ----------
    value : int, Fraction or sympy expression
    divisor : int or Fraction

    Returns
    -------
    Fraction or sympy expression

    Examples
    --------
    >>> ratio(3, 6)
    Fraction(1, 2)
    """
    if hasattr(value, "free_symbols"):
        import sympy

        share = Fraction(divisor)
        return sympy.expand(value * sympy.Rational(share.denominator, share.numerator))
    return Fraction(value) / Fraction(divisor)


def comparable_worths(game: Game) -> NDArray[Any]:
    """Give worths that have an order, for solutions that compare them.

    Parameters
    ----------
    game : Game

    Returns
    -------
    ndarray, shape (2**n,)
        The float64 table itself, Fractions for exact rationals, floats for other exact numbers.

    Raises
    ------
    WorthError
        A worth is symbolic.

    Examples
    --------
    >>> comparable_worths(Game("A", [0, Fraction(1, 2)]))
    array([Fraction(0, 1), Fraction(1, 2)], dtype=object)
    """
    scaled = integer_worths(game.worths) if game.is_exact else None
    if scaled is None:
        return float_worths(game)
    return divided(np.array(scaled[0], object), scaled[1], game)


def rational(number: Any, what: str, game: Game) -> Fraction:
    """Read a weight or a probability as a Fraction, exactly; floats only where the worths are floats too.

    Parameters
    ----------
    number : int, float or Fraction
    what : str
        Its name in the message.
    game : Game

    Returns
    -------
    Fraction

    Raises
    ------
    WorthError
        Not a finite number, or a float for exact worths.

    Examples
    --------
    >>> rational(0.25, "share", Game("A", [0, 1.0]))
    Fraction(1, 4)
    """
    if isinstance(number, np.generic):
        number = number.item()
    if isinstance(number, float) and game.is_exact:
        raise WorthError(f"{what} is the float {number} but the worths are exact: give an integer or a Fraction")
    try:
        return Fraction(int(number.p), int(number.q)) if hasattr(number, "q") else Fraction(number)
    except (TypeError, ValueError, OverflowError):
        raise WorthError(f"{what} is {number!r}, not a finite number") from None


def allocate(game: Game, payoffs: Any, solution: str, method: str = "exact") -> Allocation:
    """Wrap payoffs in player order into an Allocation of the game's arithmetic.

    Parameters
    ----------
    game : Game
    payoffs : sequence of n numbers
    solution, method : str

    Returns
    -------
    Allocation

    Examples
    --------
    >>> allocate(Game("A", [0, 1.0]), [1.0], "all")["A"]
    1.0
    """
    own = np.empty(game.n, object if game.is_exact else np.float64)
    own[:] = payoffs
    return Allocation(players=game.players, payoffs=own, solution=solution, method=method)
