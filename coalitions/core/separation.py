"""Conditions that coefficients may break: one balanced collection, or one coalition, each; and lines through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from coalitions.allocation import Allocation, as_payoffs
from coalitions.coalition import Label, labels_of, subset_sums, unknown_label
from coalitions.core.demands import demands_of
from coalitions.core.linear import cheapest, weighted
from coalitions.core.words import collection_in_words, formula, short
from coalitions.errors import CoalitionError, SolverError, WorthError
from coalitions.exact import fractions_of, solve
from coalitions.game import Game, float_worths
from coalitions.parametric import ParametricAllocation, ParametricGame
from coalitions.tolerance import RELATIVE, scale_of


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Facet:
    """One condition on the coefficients: a weighted sum of them may not be negative.

    Attributes
    ----------
    normal : dict from term to number
        What a unit of each coefficient adds to the margin.
    coalitions : tuple of tuples of labels
        The coalitions that object when the margin is negative.
    weights : tuple of Fraction
        Theirs. Of the core's cone they balance: every player's weights sum to 1.
    """

    normal: Mapping[str, Any]
    coalitions: tuple[tuple[Label, ...], ...]
    weights: tuple[Fraction, ...]

    def margin(self, coefficients: Mapping[str, Any]) -> Any:
        """Give the room that is left before the coalitions object, in the unit of the worths.

        Parameters
        ----------
        coefficients : mapping from term to number
            One for every term.

        Returns
        -------
        number
            Negative: they object.
        """
        parts = [slope * coefficients[name] for name, slope in self.normal.items()]
        return sum(parts[1:], parts[0])

    def __repr__(self) -> str:
        return f"{formula(self.normal)} >= 0: {collection_in_words(self.coalitions, self.weights)}"


Separator: TypeAlias = Callable[[Sequence[Any]], Facet | None]
"""From one coefficient a term to a condition that they break, or None where they break none."""


class CoreSeparator:
    """Finds a balanced collection that is worth more than v(N) under given coefficients.

    Parameters
    ----------
    game : ParametricGame
        Only its players and terms count.
    """

    def __init__(self, game: ParametricGame) -> None:
        self.game = game
        self.exact = is_exact(game)
        self.scales = scales_of(game)

    def __call__(self, theta: Sequence[Any]) -> Facet | None:
        """Give a facet-valid condition that the coefficients break, or None."""
        exact = self.exact and all(isinstance(value, Fraction) for value in theta)
        size = max(map(abs, theta)) or 1  # the direction alone matters
        theta = [value / size if exact else float(value / size) for value in theta]
        tables = [term.worths if exact else float_worths(term) for term in self.game.terms.values()]
        worths = sum((value * table for value, table in zip(theta[1:], tables[1:], strict=True)), theta[0] * tables[0])
        tolerance = RELATIVE * sum(abs(float(value)) * unit for value, unit in zip(theta, self.scales, strict=True))
        demands = demands_of(Game(self.game.players, worths, copy=False))
        program = cheapest(demands)
        solved = program.solve()
        if solved.value - float(worths[-1]) > tolerance:
            facet = self._facet(weighted(demands, solved)[0])
            if not exact or facet.margin(dict(zip(self.game.terms, theta, strict=True))) < 0:
                return facet
        if not exact:
            return None
        proven = program.solve_exactly(solved.keys)
        return self._facet(weighted(demands, proven)[0]) if proven.value > worths[-1] else None

    def _facet(self, masks: list[int]) -> Facet:
        weights = solve([[mask >> i & 1 for mask in masks] for i in range(self.game.n)], [1] * self.game.n)
        if weights is None or min(weights) < 0:
            raise SolverError(f"the weights of {len(masks)} coalitions do not balance; make the terms exact")
        kept = [(mask, weight) for mask, weight in zip(masks, weights, strict=True) if weight]
        normal = {}
        for (name, term), scale in zip(self.game.terms.items(), self.scales, strict=True):
            parts = [(weight if term.is_exact else float(weight)) * term.worths[mask] for mask, weight in kept]
            normal[name] = _plain(term.worths[-1] - sum(parts[1:], parts[0]), term.is_exact, scale)
        return Facet(
            normal=normal,
            coalitions=tuple(labels_of(mask, self.game.players) for mask, _ in kept),
            weights=tuple(weight for _, weight in kept),
        )


def payoff_separator(game: ParametricGame, payoff: Any) -> tuple[str, Separator]:
    """Read a payoff that is linear in the coefficients, and make the separator of the cone where it is in the core.

    Parameters
    ----------
    game : ParametricGame
    payoff : callable, ParametricAllocation, mapping from player to share, or array_like
        As for ``payoff_cone``.

    Returns
    -------
    holds : str
        What holds inside the cone, in words.
    separator : Separator
        Finds the coalition that gains most by itself.

    Raises
    ------
    WorthError
        The payoffs do not sum to v(N), or are not linear.
    CoalitionError
        Shares that do not fit the players; an allocation of another game.
    """
    exact = is_exact(game)
    totals = [term.worths[-1] for term in game.terms.values()]
    if callable(payoff):
        columns = [payoff(term) for term in game.terms.values()]
        name = columns[0].solution
        if not all(isinstance(column, Allocation) for column in columns):
            raise WorthError(f"{getattr(payoff, '__name__', payoff)} gives no Allocation")
        if not any(getattr(value, "free_symbols", None) for value in game.coefficients.values()):
            game.value(payoff)  # refuses what is not linear
        parts = [column.payoffs for column in columns]
    elif isinstance(payoff, ParametricAllocation):
        if payoff.players != game.players or payoff.terms != tuple(game.terms):
            raise CoalitionError("the payoff is of another game: its players or terms differ")
        name, parts = payoff.solution, [payoff.gradient[:, k] for k in range(len(payoff.terms))]
    else:
        shares = as_payoffs(payoff, game.players)
        name = "division by these shares"
        parts = [shares * total for total in totals]
        exact = exact and shares.dtype == object
    if not all(part.dtype == object for part in parts):
        exact = False
    for term, part, total in zip(game.terms, parts, totals, strict=True):
        away = sum(part.tolist()) - total
        if abs(away) > (0 if exact else RELATIVE * scale_of(float_worths(game.terms[term]))):
            way = "more" if away > 0 else "less"
            raise WorthError(
                f"the {name} of the term {term!r} sums to {short(abs(away))} {way} than all are worth: "
                "only payoffs that share out v(N) can be in the core"
            )
    kind: Any = object if exact else np.float64
    tables = [
        subset_sums(part.astype(kind)) - term.worths.astype(kind)
        for part, term in zip(parts, game.terms.values(), strict=True)
    ]

    def separate(theta: Sequence[Any]) -> Facet | None:
        if len(tables[0]) == 2:
            return None
        inside = [value if exact else float(value) for value in theta]
        room = sum((value * table for value, table in zip(inside[1:], tables[1:], strict=True)), inside[0] * tables[0])
        mask = 1 + int(np.argmin(room[1:-1]))
        precise = exact and all(isinstance(value, Fraction) for value in theta)
        if room[mask] >= (0 if precise else -RELATIVE * size_of(game, inside)):
            return None
        normal = {
            term: _plain(table[mask], exact, scale_of(float_worths(game.terms[term])))
            for term, table in zip(game.terms, tables, strict=True)
        }
        return Facet(normal=normal, coalitions=(labels_of(mask, game.players),), weights=(Fraction(1),))

    return f"the {name} is in the core", separate


def ray_of(game: ParametricGame, along: str | Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """Read a line through the space of coefficients: where it is at 0, and what it does in one step.

    Parameters
    ----------
    game : ParametricGame
    along : str or mapping from term to rate
        A coefficient by name (the line is then at 0 where the coefficient is) or a direction.

    Returns
    -------
    base, rates : lists of k Fractions or floats
        In the order of the terms.

    Raises
    ------
    CoalitionError
        An unknown term.
    WorthError
        A direction of zeros only; a coefficient or rate that is not a finite number.

    Examples
    --------
    >>> ray_of(ParametricGame("A", {"gain": [0, 1], "cost": [0, 1]}, {"gain": 2, "cost": -1}), "cost")
    ([Fraction(2, 1), Fraction(0, 1)], [Fraction(0, 1), Fraction(1, 1)])
    """
    names = tuple(game.terms)
    if isinstance(along, str):
        if along not in names:
            raise unknown_label(along, names, "term")
        return numbers_of(game.at(**{along: 0})), [Fraction(int(name == along)) for name in names]
    rates = numbers_of(game.at(**{**dict.fromkeys(names, 0), **along}))
    if not any(rates):
        raise WorthError("the direction is 0 in every coefficient: it leads nowhere")
    return numbers_of(game), rates


def numbers_of(game: ParametricGame) -> list[Any]:
    """Give the coefficients, as Fractions where they are exact.

    Parameters
    ----------
    game : ParametricGame

    Returns
    -------
    list of Fractions and floats

    Raises
    ------
    WorthError
        A coefficient is a symbol.

    Examples
    --------
    >>> numbers_of(ParametricGame("A", {"gain": [0, 1], "cost": [0, 1]}, {"gain": 2, "cost": -0.5}))
    [Fraction(2, 1), -0.5]
    """
    numbers: list[Any] = []
    for name, value in game.coefficients.items():
        if isinstance(value, float):
            numbers.append(value)
        elif getattr(value, "free_symbols", None):
            raise WorthError(f"the coefficient of {name!r} is {value}, a symbol: give it a number first, with at()")
        else:
            numbers.append(Fraction(value) if isinstance(value, int | Fraction) else _of_sympy(value))
    return numbers


def _of_sympy(value: Any) -> Any:
    return fractions_of([value])[0] if getattr(value, "is_Rational", False) else float(value)


def is_exact(game: ParametricGame) -> bool:
    """Say whether all terms are exact.

    Parameters
    ----------
    game : ParametricGame

    Returns
    -------
    bool
    """
    return all(term.is_exact for term in game.terms.values())


def scales_of(game: ParametricGame) -> list[float]:
    """Give the largest absolute worth of every term.

    Parameters
    ----------
    game : ParametricGame

    Returns
    -------
    list of float
    """
    return [scale_of(float_worths(term)) for term in game.terms.values()]


def size_of(game: ParametricGame, theta: Sequence[Any]) -> float:
    """Give what the terms may add up to at most: the scale on which differences are judged.

    Parameters
    ----------
    game : ParametricGame
    theta : sequence of numbers
        One a term.

    Returns
    -------
    float
    """
    return sum(abs(float(value)) * scale for value, scale in zip(theta, scales_of(game), strict=True)) or 1.0


def _plain(number: Any, exact: bool, scale: float) -> Any:
    if exact:
        return fractions_of([number])[0]
    return 0.0 if abs(number) <= RELATIVE * scale else float(number)
