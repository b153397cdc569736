"""Kernel and prekernel: whether what any two players could gain without each other balances."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import as_payoffs
from coalitions.coalition import Label, as_partition, labels_of, members_of
from coalitions.core.surplus import excesses_of, most_effective, surplus_matrix
from coalitions.game import Game, as_game, float_worths
from coalitions.tolerance import tolerance_of


@dataclass(frozen=True, kw_only=True, eq=False)
class KernelMembership:
    """Whether a payoff is in the kernel or the prekernel; true or false in a condition, with the reason.

    Attributes
    ----------
    holds : bool
    concept : {'kernel', 'prekernel'}
    pair : (i, j) or None
        The player i that outweighs j the most, or comes nearest to it; None where no two players share a block.
    surpluses : (number, number)
        s_ij and s_ji.
    coalitions : (coalition, coalition)
        One that attains each.
    margin : number
        How far i outweighs j, in the unit of the worths: s_ij - s_ji, and for the kernel not more than what j has above
        its own worth. At most ``tolerance`` where the payoff belongs.
    block, surplus : coalition, number
        The block of the structure (everybody, without one) whose payoffs miss its worth the most, and by how much they
        exceed it.
    poorest, shortfall : label, number
        The player paid the least compared to its worth alone, and how much it lacks (negative: it has more). Only the
        kernel asks.
    tolerance : float
        Differences up to this size count as 0; 0 when worths and payoffs are exact.
    """

    holds: bool
    concept: str
    pair: tuple[Label, Label] | None
    surpluses: tuple[Any, Any]
    coalitions: tuple[tuple[Label, ...], tuple[Label, ...]]
    margin: Any
    block: tuple[Label, ...]
    surplus: Any
    poorest: Label
    shortfall: Any
    tolerance: float

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        if abs(self.surplus) > self.tolerance:
            way = "more" if self.surplus > 0 else "less"
            amount = f"{abs(float(self.surplus)):g}"
            return f"not in the {self.concept}: the payoffs of {self.block} sum to {amount} {way} than its worth"
        if self.concept == "kernel" and self.shortfall > self.tolerance:
            lack = f"{float(self.shortfall):g}"
            return f"not in the kernel: {self.poorest!r} is paid {lack} less than it is worth alone"
        if self.pair is None:
            return f"in the {self.concept}: no two players share a block"
        (i, j), (gain, answer) = self.pair, map(float, self.surpluses)
        if self.holds:
            return f"in the {self.concept}: nobody outweighs another by more than {float(self.margin):g}"
        return (
            f"not in the {self.concept}: {i!r} outweighs {j!r}, it could gain {gain:g} in {self.coalitions[0]} without "
            f"{j!r}, {j!r} only {answer:g} in {self.coalitions[1]} without {i!r} (tolerance {self.tolerance:.1e})"
        )


def prekernel_contains(game: Any, x: Any, *, structure: Iterable[Iterable[Label]] | None = None) -> KernelMembership:
    """Say whether every two players could gain equally without each other.

    The prekernel holds the payoffs of v(N) with s_ij(x) = s_ji(x) for all i and j.

    Parameters
    ----------
    game : Game or any representation with ``to_game()``
        n players.
    x : Allocation, mapping from player to payoff, or array_like of shape (n,)
    structure : iterable of coalitions, optional
        A partition of the players: each block shares its own worth, and only players of one block are compared.

    Returns
    -------
    KernelMembership
        True or false in a condition. Exact when worths and payoffs are.

    Raises
    ------
    CoalitionError
        Payoffs or a structure that do not fit the players.
    WorthError
        Symbolic worths.

    Notes
    -----
    O(2**n).

    References
    ----------
    .. [1] M. Maschler, B. Peleg, L. S. Shapley (1972), The kernel and bargaining set for convex games, International
           Journal of Game Theory 1, 73-93.
    .. [2] M. Maschler, B. Peleg, L. S. Shapley (1979), Geometric properties of the kernel, nucleolus, and related
           solution concepts, Mathematics of Operations Research 4, 303-338.

    Examples
    --------
    >>> game = Game("ABC", [0, 0, 0, 10, 0, 0, 0, 2])
    >>> bool(prekernel_contains(game, [3, 3, -4]))
    True
    """
    return _membership(as_game(game), x, structure, "prekernel")


def kernel_contains(game: Any, x: Any, *, structure: Iterable[Iterable[Label]] | None = None) -> KernelMembership:
    """Say whether no player outweighs another one that has more than its own worth.

    The kernel holds the imputations x with (s_ij(x) - s_ji(x)) (x_j - v({j})) <= 0 for all i and j.

    Parameters
    ----------
    game : Game or any representation with ``to_game()``
        n players.
    x : Allocation, mapping from player to payoff, or array_like of shape (n,)
    structure : iterable of coalitions, optional
        A partition of the players: each block shares its own worth, and only players of one block are compared.

    Returns
    -------
    KernelMembership
        True or false in a condition. Exact when worths and payoffs are.

    Raises
    ------
    CoalitionError
        Payoffs or a structure that do not fit the players.
    WorthError
        Symbolic worths.

    Notes
    -----
    O(2**n).

    References
    ----------
    .. [1] M. Davis, M. Maschler (1965), The kernel of a cooperative game, Naval Research Logistics Quarterly 12,
           223-259.

    Examples
    --------
    >>> kernel_contains(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]), {"A": 0.5, "B": 0.5, "C": 0})
    not in the kernel: 'C' outweighs 'A', it could gain 0.5 in ('B', 'C') without 'A', 'A' only 0 in ('A', 'B') ...
    """
    return _membership(as_game(game), x, structure, "kernel")


def blocks_of(game: Game, structure: Iterable[Iterable[Label]] | None) -> list[int]:
    """Give the blocks of a coalition structure as bitmasks; everybody together, where there is none.

    Parameters
    ----------
    game : Game
    structure : iterable of coalitions, or None

    Returns
    -------
    list of int

    Raises
    ------
    CoalitionError
        No partition of the players.
    """
    return [len(game) - 1] if structure is None else as_partition(structure, game.players)


def partners(blocks: Iterable[int], n: int) -> NDArray[np.bool_]:
    """Mark the ordered pairs of different players that share a block.

    Parameters
    ----------
    blocks : iterable of int
        Bitmasks.
    n : int

    Returns
    -------
    ndarray of bool, shape (n, n)
    """
    together = np.zeros((n, n), np.bool_)
    for block in blocks:
        members = members_of(block)
        together[np.ix_(members, members)] = True
    np.fill_diagonal(together, False)
    return together


def _membership(game: Game, x: Any, structure: Iterable[Iterable[Label]] | None, concept: str) -> KernelMembership:
    payoffs = as_payoffs(x, game.players)
    blocks = blocks_of(game, structure)
    excesses, unit = excesses_of(game, payoffs)
    tolerance = 0.0 if unit else max(tolerance_of(float_worths(game)), tolerance_of(payoffs.astype(np.float64)))
    surpluses, lacking = surplus_matrix(excesses), excesses[1 << np.arange(game.n)]

    def number(value: Any) -> Any:
        return Fraction(int(value), unit) if unit else float(value)

    missed = max(blocks, key=lambda block: abs(excesses[block]))
    poorest = int(np.argmax(lacking))
    pair, sides, margin = None, (number(0), number(0)), number(0)
    named: list[tuple[Label, ...]] = [(), ()]
    pairs = np.argwhere(partners(blocks, game.n))
    if len(pairs):
        weights = [surpluses[i, j] - surpluses[j, i] for i, j in pairs]
        if concept == "kernel":
            weights = [min(weight, -lacking[j]) for weight, (_, j) in zip(weights, pairs, strict=True)]
        first = max(range(len(pairs)), key=lambda k: weights[k])
        i, j = pairs[first].tolist()
        pair, margin = (game.players[i], game.players[j]), number(weights[first])
        sides = number(surpluses[i, j]), number(surpluses[j, i])
        named = [labels_of(most_effective(excesses, *ends), game.players) for ends in ((i, j), (j, i))]
    fair = margin <= tolerance and abs(number(excesses[missed])) <= tolerance
    return KernelMembership(
        holds=bool(fair and (concept == "prekernel" or number(lacking[poorest]) <= tolerance)),
        concept=concept,
        pair=pair,
        surpluses=sides,
        coalitions=(named[0], named[1]),
        margin=margin,
        block=labels_of(missed, game.players),
        surplus=-number(excesses[missed]),
        poorest=game.players[poorest],
        shortfall=number(lacking[poorest]),
        tolerance=tolerance,
    )
