"""What a question about a game is answered with: yes or no, the coalitions that prove it, and how close it was."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, labels_of
from coalitions.game import Game, float_worths
from coalitions.tolerance import tolerance_of
from coalitions.worths import integer_worths

Coalition: TypeAlias = tuple[Label, ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Property:
    """Whether a game has a property; true or false in a condition, with the reason.

    Attributes
    ----------
    name : str
        The property, such as ``'convex'``.
    holds : bool
    witness : tuple of tuples of labels
        The coalitions that prove a "no", or those closest to one; empty where no coalition is at stake.
    margin : number or None
        The least slack among all comparisons, in the unit of the worths; negative where one fails.
    tolerance : float
        Slack down to minus this counts as none lacking; 0 when the worths are exact.
    reason : str
        A sentence with the witness and its worths.

    Examples
    --------
    >>> from coalitions.properties import is_convex
    >>> is_convex(Game("AB", [0, 1, 2, 2]))
    not convex: v('A', 'B') + v() = 2 is less than v('A') + v('B') = 3
    """

    name: str
    holds: bool
    witness: tuple[Coalition, ...]
    margin: Any
    tolerance: float
    reason: str

    def __bool__(self) -> bool:
        return self.holds

    def cite(self) -> tuple[str, ...]:
        """Name the sources of the property.

        Returns
        -------
        tuple of str
            Empty where it needs none.
        """
        from coalitions.sources import function_named, references_of

        function = function_named(f"is {self.name}")
        return () if function is None else references_of(function)

    def __repr__(self) -> str:
        return f"{self.name}: {self.reason}" if self.holds else f"not {self.name}: {self.reason}"


def ordered_worths(game: Game) -> tuple[NDArray[Any], float]:
    """Give worths that have an order, and what counts as equal among them.

    Parameters
    ----------
    game : Game

    Returns
    -------
    tuple of ndarray and float
        Fractions and 0 for exact rationals; floats and a tolerance, in the unit of the worths, otherwise.

    Raises
    ------
    WorthError
        A worth is symbolic.

    Examples
    --------
    >>> ordered_worths(Game("A", np.array([0, 1], object)))
    (array([Fraction(0, 1), Fraction(1, 1)], dtype=object), 0.0)
    """
    scaled = integer_worths(game.worths) if game.is_exact else None
    if scaled is not None:
        return np.array([Fraction(p, scaled[1]) for p in scaled[0]], object), 0.0
    worths = float_worths(game)
    return worths, tolerance_of(worths)


def shown_coalition(game: Game, mask: int) -> str:
    """Write a coalition as its labels in brackets.

    Parameters
    ----------
    game : Game
    mask : int

    Returns
    -------
    str

    Examples
    --------
    >>> shown_coalition(Game("AB", [0, 1, 2, 5]), 2)
    "('B')"
    """
    return "(" + ", ".join(map(repr, labels_of(mask, game.players))) + ")"


def shown_worth(game: Game, mask: int) -> str:
    """Write a coalition with its worth.

    Parameters
    ----------
    game : Game
    mask : int

    Returns
    -------
    str

    Examples
    --------
    >>> shown_worth(Game("AB", [0, 1, 2, 5]), 3)
    "v('A', 'B') = 5"
    """
    return f"v{shown_coalition(game, mask)} = {shown_number(game.worths[mask])}"


def shown_number(number: Any) -> str:
    """Write a number for a sentence.

    Parameters
    ----------
    number : number

    Returns
    -------
    str

    Examples
    --------
    >>> shown_number(0.1 + 0.2)
    '0.3'
    """
    return f"{number:g}" if isinstance(number, float) else str(number)
