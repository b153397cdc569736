"""What coalitions ask for.

A set of payoffs x is given by equations x(B) = v(B), one for every block B of a structure (the grand coalition alone,
if nothing else is said), and by demands x(S) >= v(S) - allowance of the coalitions that may object.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, Masks, Worths, as_partition, coalition_sizes, labels_of, mask_of, members_of
from coalitions.errors import CoalitionError, WorthError
from coalitions.exact import fractions_of
from coalitions.game import Game, float_worths
from coalitions.memory import require_memory
from coalitions.program import Table
from coalitions.tolerance import scale_of, tolerance_of
from coalitions.worths import integer_worths

BARRED = -1e300
"""Stands for the demand of a coalition that may not object; the compiled loops know no infinity."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Demands:
    """Who may object to a payoff, what each asks for, and what is divided.

    Attributes
    ----------
    game : Game
    blocks : tuple of int
        Bitmasks of the coalitions that form; each divides its worth among its members.
    asked : ndarray of float64, shape (2**n,)
        What a coalition asks for: its worth less its allowance; ``BARRED`` where it may not object. The game's own
        table where nothing is barred or allowed.
    is_plain : bool
        Whether ``asked`` is the game's own table: then only nobody and everybody do not object.
    epsilon : number
        What every coalition puts up with, or every member where ``per_member``.
    per_member : bool
    is_exact : bool
        Whether worths and epsilon are rational numbers.
    """

    game: Game
    blocks: tuple[int, ...]
    asked: Worths
    is_plain: bool
    epsilon: Any
    per_member: bool
    is_exact: bool

    @property
    def n(self) -> int:
        """The number of players."""
        return self.game.n

    @cached_property
    def scale(self) -> float:
        """The largest absolute worth."""
        return scale_of(float_worths(self.game))

    @cached_property
    def tolerance(self) -> float:
        """The difference below which payoffs count as equal."""
        return tolerance_of(float_worths(self.game)) if self.epsilon == 0 else 1e-9 * self._magnitude

    @cached_property
    def _magnitude(self) -> float:
        return self.scale + abs(float(self.epsilon)) * (self.n if self.per_member else 1)

    @cached_property
    def table(self) -> Table:
        """The oracle that scans the demands of all coalitions that may object."""
        return Table(self.asked, skip_everyone=self.is_plain)

    def may_object(self, mask: int) -> bool:
        """Say whether a coalition may object.

        Parameters
        ----------
        mask : int
            A bitmask.

        Returns
        -------
        bool
        """
        if self.is_plain:
            return 0 < mask < len(self.asked) - 1
        return mask > 0 and bool(self.asked[mask] != BARRED)

    def worth(self, mask: int) -> Fraction:
        """Give the worth of a coalition as the rational number it is (a root of sympy's: as its float).

        Parameters
        ----------
        mask : int
            A bitmask.

        Returns
        -------
        Fraction
        """
        worth = self.game.worths[mask]
        return Fraction(float(worth)) if not self.is_exact and self.game.is_exact else fractions_of([worth])[0]

    def demand(self, mask: int) -> Fraction:
        """Give what a coalition that may object asks for, exactly.

        Parameters
        ----------
        mask : int
            A bitmask.

        Returns
        -------
        Fraction
            Its worth less epsilon, or less epsilon a member where ``per_member``.
        """
        return self.worth(mask) - Fraction(self.epsilon) * (mask.bit_count() if self.per_member else 1)

    @property
    def to_divide(self) -> Fraction:
        """What the blocks are worth together."""
        return sum((self.worth(block) for block in self.blocks), Fraction(0))

    def level(self, payoffs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add the same to every member of a block, so that the block divides exactly its worth.

        Parameters
        ----------
        payoffs : ndarray of float64, shape (n,)
            Not changed.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        x = np.array(payoffs)
        for block in self.blocks:
            members = members_of(block)
            x[members] -= (x[members].sum() - float(self.game.worths[block])) / len(members)
        return x

    def worst(self, payoffs: NDArray[np.float64]) -> tuple[int, float]:
        """Find the coalition that lacks most; 0 and -inf where nobody may object.

        Parameters
        ----------
        payoffs : ndarray of float64, shape (n,)

        Returns
        -------
        mask : int
        excess : float
            What it asks for less its members' payoffs.
        """
        mask, excess = self.table.worst(payoffs)
        return (0, -np.inf) if excess < BARRED / 2 else (mask, excess)

    def broken(
        self, payoffs: Sequence[Fraction], surcharge: Fraction = Fraction(0), *, few: bool = False
    ) -> list[tuple[Fraction, int]]:
        """List the coalitions that ask for more than their members' payoffs and the surcharge, exactly.

        The scan in floats lists all coalitions that come within its own rounding error; only they are looked at in
        rational numbers.

        Parameters
        ----------
        payoffs : sequence of n Fractions
        surcharge : Fraction
        few : bool
            Where there are any, a few of the worst will do.

        Returns
        -------
        list of (Fraction, int)
            What is lacking and the bitmask, largest first.
        """
        x = np.array([float(p) for p in payoffs])
        paid = float(surcharge)
        rounding = 2.0**-52 * (self.n + 6) * (self._magnitude + float(np.abs(x).sum()) + abs(paid))
        if few and self.worst(x)[1] - paid > 4 * rounding:
            masks = self.table.propose(x, 4 * self.n)[1].keys
        else:
            masks, _ = self.table.within(x, rounding - paid)
        lacking, common = self._lacking(masks, payoffs, surcharge)
        found = [(Fraction(int(lacking[at]), common), int(masks[at])) for at in np.flatnonzero(lacking > 0).tolist()]
        return sorted(((gap, mask) for gap, mask in found if self.may_object(mask)), key=lambda p: (-p[0], p[1]))

    def _lacking(self, masks: Masks, payoffs: Sequence[Fraction], surcharge: Fraction) -> tuple[NDArray[Any], int]:
        """Give what coalitions lack, over one denominator: in 64-bit integers where they fit, else in Python's own."""
        sizes = coalition_sizes(self.n)[masks].tolist() if self.per_member else [1] * len(masks)
        kinds = list(zip(self.game.worths[masks].tolist(), sizes, masks.tolist(), strict=True))
        demands = {kind[:2]: self.demand(kind[2]) for kind in {kind[:2]: kind for kind in kinds}.values()}
        numbers = [*demands.values(), *payoffs, surcharge]
        common = math.lcm(*{number.denominator for number in numbers})
        asked = {kind: number.numerator * (common // number.denominator) for kind, number in demands.items()}
        shares = [number.numerator * (common // number.denominator) for number in (*payoffs, surcharge)]
        small = max(map(abs, asked.values()), default=0) + sum(map(abs, shares)) < 1 << 62
        lacking = np.array([asked[kind[:2]] for kind in kinds], np.int64 if small else object)
        lacking -= shares[-1]
        for i, share in enumerate(shares[:-1]):
            lacking[(masks >> i & 1).astype(bool)] -= share
        return lacking, common


def demands_of(
    game: Game,
    *,
    structure: Iterable[Iterable[Label]] | None = None,
    coalitions: Iterable[Iterable[Label]] | None = None,
    forbidden: Iterable[Iterable[Label]] | None = None,
    epsilon: Any = 0,
    per_member: bool = False,
) -> Demands:
    """Say who may object and what is divided.

    Parameters
    ----------
    game : Game
    structure : iterable of coalitions, optional
        A partition: every block divides its own worth. The grand coalition alone by default.
    coalitions : iterable of coalitions, optional
        Only these may object.
    forbidden : iterable of coalitions, optional
        These may not.
    epsilon : number
        What every coalition puts up with; negative: what it asks for on top.
    per_member : bool
        Whether every member puts up with epsilon.

    Returns
    -------
    Demands

    Raises
    ------
    CoalitionError
        No partition, an unknown player, the empty coalition among those listed, both lists at once.
    WorthError
        Symbolic worths; an epsilon that is no finite number.

    Examples
    --------
    >>> demands_of(Game("AB", [0, 1, 2, 5]), forbidden=["A"]).may_object(1)
    False
    """
    worths = float_worths(game)
    _check_epsilon(epsilon)
    if coalitions is not None and forbidden is not None:
        raise CoalitionError("give the coalitions that may object or those that are forbidden, not both")
    everyone = len(worths) - 1
    blocks = (everyone,) if structure is None else tuple(as_partition(structure, game.players))
    is_plain = coalitions is None and forbidden is None and epsilon == 0 and blocks == (everyone,)
    asked = worths
    if not is_plain:
        require_memory(8 << game.n, f"what {game.n} players ask for", "forbid nothing and allow nothing")
        asked = _asked(game, worths, coalitions, forbidden, float(epsilon), per_member)
        asked[list(blocks)] = BARRED
    return Demands(
        game=game,
        blocks=blocks,
        asked=asked,
        is_plain=is_plain,
        epsilon=epsilon,
        per_member=per_member,
        is_exact=game.is_exact and isinstance(epsilon, int | Fraction) and integer_worths(game.worths) is not None,
    )


def _asked(
    game: Game, worths: Worths, coalitions: Any, forbidden: Any, epsilon: float, per_member: bool
) -> NDArray[np.float64]:
    asked = worths.copy() if coalitions is None else np.full(len(worths), BARRED)
    if coalitions is not None:
        listed = _listed(coalitions, game, "objects")
        asked[listed] = worths[listed]
    if epsilon:
        allowance = epsilon * (coalition_sizes(game.n) if per_member else np.ones(1))
        np.subtract(asked, allowance, out=asked, where=asked != BARRED)
    if forbidden is not None:
        asked[_listed(forbidden, game, "can be forbidden")] = BARRED
    asked[0] = BARRED
    return asked


def _listed(coalitions: Iterable[Any], game: Game, what: str) -> list[int]:
    masks = [mask_of(coalition, game.players) for coalition in coalitions]
    if 0 in masks:
        raise CoalitionError(f"the empty coalition is listed, but only a coalition with members {what}")
    return masks


def _check_epsilon(epsilon: Any) -> None:
    try:
        finite = math.isfinite(epsilon)
    except TypeError:
        finite = False
    if not finite:
        raise WorthError(f"epsilon is {epsilon!r}; it must be a finite number, in the unit of the worths")


def named(masks: Iterable[int], game: Game) -> tuple[tuple[Label, ...], ...]:
    """Give the labels of coalitions.

    Parameters
    ----------
    masks : iterable of int
    game : Game

    Returns
    -------
    tuple of tuples of labels

    Examples
    --------
    >>> named([1, 3], Game("AB", [0, 1, 2, 5]))
    (('A',), ('A', 'B'))
    """
    return tuple(labels_of(mask, game.players) for mask in masks)
