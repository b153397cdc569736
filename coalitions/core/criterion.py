"""Is a given payoff the nucleolus? Decided in rational numbers, with what would improve on it where it is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from coalitions.allocation import as_payoffs
from coalitions.coalition import Label, labels_of, members_of, subset_sums
from coalitions.core.problem import Problem, Span, problem_of
from coalitions.errors import CoalitionError
from coalitions.exact import fractions_of, maximise


@dataclass(frozen=True, kw_only=True, eq=False)
class Kohlberg:
    """Whether a payoff is the nucleolus asked for; true or false in a condition, with the reason.

    Attributes
    ----------
    holds : bool
    level : number or None
        The excess over weight down to which coalitions were looked at: the level that is not balanced, or the last.
    coalitions : tuple of tuples of labels
        The open coalitions that attain the level and do not balance; empty when the criterion holds.
    direction : dict from player to Fraction
        Moving the payoffs that way lowers the excess of all these coalitions and of none before them raises it.
    """

    holds: bool
    level: Any
    coalitions: tuple[tuple[Label, ...], ...]
    direction: dict[Label, Fraction]

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        if self.holds:
            return "all levels are balanced"
        shown = ", ".join("{" + " ".join(map(str, names)) + "}" for names in self.coalitions[:6])
        more = f" and {len(self.coalitions) - 6} more" if len(self.coalitions) > 6 else ""
        return f"level {self.level} is not balanced: all of {shown}{more} can gain at no cost to those before"


def kohlberg(
    game: Any,
    x: Any,
    *,
    imputations: bool = False,
    structure: Iterable[Iterable[Label]] | None = None,
    coalitions: Iterable[Iterable[Label]] | None = None,
    weights: Any = None,
) -> Kohlberg:
    """Decide in rational numbers whether a payoff is the prenucleolus, or the nucleolus.

    It is when, level after level of the excesses from the top, the coalitions that attain the level have positive
    weights under which they cancel against those above.

    Parameters
    ----------
    game : Game, or a representation of one
        n players; floats count as the binary fractions they are.
    x : Allocation, mapping from player to payoff, or array_like of shape (n,)
        Give Fractions where the nucleolus is not a binary fraction.
    imputations : bool, default False
        Ask for the nucleolus: nobody may get less than alone.
    structure, coalitions, weights
        As for ``prenucleolus``.

    Returns
    -------
    Kohlberg
        True or false in a condition.

    Raises
    ------
    CoalitionError
        Payoffs that do not add up, or that are below what a player is worth alone where that is required.
    WorthError
        Symbolic worths.

    Notes
    -----
    Each level is an exact linear program of at most n rows; meant for tables of up to some 12 players.

    References
    ----------
    .. [1] E. Kohlberg (1971), On the nucleolus of a characteristic function game, SIAM Journal on Applied Mathematics
           20, 62-66.

    Examples
    --------
    >>> from coalitions import Game
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> kohlberg(majority, [Fraction(1, 3)] * 3)
    all levels are balanced
    >>> kohlberg(majority, [1, 0, 0])
    level 1 is not balanced: all of {B C} can gain at no cost to those before
    """
    problem = problem_of(game, floors=imputations, structure=structure, coalitions=coalitions, weights=weights)
    n = problem.n
    own = fractions_of(as_payoffs(x, problem.players).tolist())
    for mask, worth in zip(problem.fixed, problem.worth(np.array(problem.fixed, np.int64)), strict=True):
        paid = sum(own[i] for i in members_of(mask))
        if paid != worth:
            names = "" if mask + 1 == 1 << n else f" to {labels_of(mask, problem.players)}"
            raise CoalitionError(
                f"the payoffs{names} sum to {_shown(paid)}, {_shown(abs(paid - worth))} "
                f"{'more' if paid > worth else 'less'} than the worth {_shown(worth)}"
            )
    at_floor = []
    for i, alone in enumerate(problem.worth(1 << np.arange(n)) if imputations else []):
        if own[i] < alone:
            raise CoalitionError(
                f"{problem.players[i]!r} gets {_shown(own[i])}, less than the {_shown(alone)} it is worth alone"
            )
        if own[i] == alone:
            at_floor.append(i)
    return _levels_balance(problem, own, at_floor)


def _levels_balance(problem: Problem, x: list[Fraction], at_floor: list[int]) -> Kohlberg:
    masks = np.arange(1, 1 << problem.n) if problem.listed is None else problem.listed
    weights = problem.weights.exact(masks)
    excesses = np.array(problem.worth(masks), object) - subset_sums(np.array(x, object))[masks]
    ratios = [excess / weight for excess, weight in zip(excesses.tolist(), weights, strict=True)]
    span = Span(problem.n, problem.fixed)
    level: Fraction | None = None
    for level in sorted(set(ratios), reverse=True):
        here = masks[[ratio == level for ratio in ratios]]
        while span.free:
            here = here[~span.holds(here)]
            if not len(here):
                break
            floors = [1 << i for i in at_floor]
            columns = [[*span.against(mask), 1] for mask in here.tolist()]
            columns += [[*span.against(mask), 0] for mask in floors]
            nobody = [*[0] * span.free, 1]
            found = maximise([0] * len(columns) + [-1], [*columns, nobody], [0] * span.free + [1])
            assert found is not None  # nobody alone is feasible
            value, y, prices = found
            if value:
                direction = [
                    sum((p * z[i] for p, z in zip(prices, span.normals, strict=False)), Fraction(0))
                    for i in range(problem.n)
                ]
                return Kohlberg(
                    holds=False,
                    level=level,
                    coalitions=tuple(labels_of(mask, problem.players) for mask in here.tolist()),
                    direction=dict(zip(problem.players, direction, strict=True)),
                )
            for mask, weight in zip([*here.tolist(), *floors], y, strict=False):
                if weight:
                    span.add(mask)
        if not span.free:
            break
    if span.free:
        raise problem.undetermined(span)
    return Kohlberg(holds=True, level=level, coalitions=(), direction={})


def _shown(number: Any) -> str:
    return str(number) if number.denominator < 1000 else f"{float(number):g}"
