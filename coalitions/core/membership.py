"""The core: whether it is empty, with the proof, and whether a payoff is in it, with the worst objection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation, as_payoffs
from coalitions.coalition import Label, labels_of, subset_sums
from coalitions.game import Game, float_worths
from coalitions.program import LinearSolution, Table, balanced_program
from coalitions.tolerance import scale_of, tolerance_of


@dataclass(frozen=True, kw_only=True, eq=False)
class BalancedCollection:
    """Coalitions with weights such that every player's weights sum to one.

    Attributes
    ----------
    coalitions : tuple of tuples of labels
    weights : tuple of float
        Positive.
    worth : float
        The weighted sum of the coalitions' worths. Above v(N) it proves that the core is empty: payoffs that
        satisfy all these coalitions would sum to at least ``worth``.
    """

    coalitions: tuple[tuple[Label, ...], ...]
    weights: tuple[float, ...]
    worth: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Membership:
    """Whether a payoff is in the core; true or false in a condition, with the reason.

    Attributes
    ----------
    holds : bool
    coalition : tuple of labels
        The coalition of the largest excess among those that could object (neither nobody nor everybody).
    excess : number
        v(S) - x(S) of that coalition: what it could gain on its own; -inf for a single player.
    surplus : number
        x(N) - v(N): not 0 means that the payoff gives away more or less than there is.
    tolerance : float
        Excess and surplus up to this size count as 0; 0 when worths and payoffs are exact.
    """

    holds: bool
    coalition: tuple[Label, ...]
    excess: Any
    surplus: Any
    tolerance: float

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        if abs(self.surplus) > self.tolerance:
            way = "more" if self.surplus > 0 else "less"
            return f"not in the core: the payoffs sum to {abs(self.surplus):g} {way} than v(N)"
        if self.holds:
            return f"in the core: no coalition gains; the largest excess is {float(self.excess):g}, of {self.coalition}"
        return (
            f"not in the core: {self.coalition} gains {float(self.excess):g} on its own "
            f"(tolerance {self.tolerance:.1e})"
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Core:
    """The payoffs of v(N) that no coalition can improve on by itself.

    Attributes
    ----------
    game : Game
    is_empty : bool
    point : Allocation or None
        A payoff in the core, where there is one.
    witness : BalancedCollection or None
        The proof that it is empty, where it is.
    margin : float
        How close the call was: what the weighted coalitions found are worth above v(N), in the unit of the worths.
        More than ``tolerance`` means empty.
    tolerance : float
    """

    game: Game
    is_empty: bool
    point: Allocation | None
    witness: BalancedCollection | None
    margin: float
    tolerance: float

    def contains(self, x: Any) -> Membership:
        """Say whether a payoff is in the core, with the coalition that objects most.

        Parameters
        ----------
        x : Allocation, mapping from player to payoff, or array_like of shape (n,)

        Returns
        -------
        Membership
            True or false in a condition.

        Raises
        ------
        CoalitionError
            A player without a payoff, an unknown one, a payoff that is not finite.

        Notes
        -----
        One scan of the table. Exact when worths and payoffs are: no tolerance then.

        Examples
        --------
        >>> pact = Game("ABC", [0, 0, 0, 2, 0, 4, 6, 12])
        >>> core(pact).contains({"A": 7, "B": 2, "C": 3})
        not in the core: ('B', 'C') gains 1 on its own (tolerance 1.2e-08)
        """
        payoffs = as_payoffs(x, self.game.players)
        if self.game.is_exact and payoffs.dtype == object:
            return self._contains_exactly(payoffs)
        worths = float_worths(self.game)
        shares = payoffs.astype(np.float64)
        tolerance = max(tolerance_of(worths), tolerance_of(shares))
        coalition, excess = Table(worths, skip_everyone=True).worst(shares)
        surplus = float(shares.sum() - worths[-1])
        return Membership(
            holds=bool(excess <= tolerance and abs(surplus) <= tolerance),
            coalition=labels_of(coalition, self.game.players),
            excess=excess,
            surplus=surplus,
            tolerance=tolerance,
        )

    def _contains_exactly(self, payoffs: NDArray[Any]) -> Membership:
        excesses = (self.game.worths - subset_sums(payoffs))[1:-1]
        worst = int(np.argmax(excesses)) if len(excesses) else -1
        excess = excesses[worst] if len(excesses) else -np.inf
        surplus = sum(payoffs.tolist()) - self.game.worths[-1]
        return Membership(
            holds=bool(excess <= 0 and surplus == 0),
            coalition=labels_of(worst + 1, self.game.players),
            excess=excess,
            surplus=surplus,
            tolerance=0.0,
        )

    def __repr__(self) -> str:
        names = f"of {self.game.n} player{'s' * (self.game.n > 1)}"
        if self.point is not None:
            return f"core {names}, not empty; it holds\n{self.point!r}"
        witness = self.witness
        assert witness is not None  # one of the two is always there
        rows = [
            f"{weight:8.4g}  {' '.join(map(str, coalition))}"
            for weight, coalition in zip(witness.weights, witness.coalitions, strict=True)
        ]
        lead = (
            f"core {names}, empty: these coalitions cover every player once and are worth {witness.worth:g}, "
            f"v(N) is {float(self.game.worths[-1]):g}"
        )
        return "\n".join([lead, *rows])


def core(game: Game) -> Core:
    """Find out whether the core is empty, with a payoff in it or the coalitions that rule it out.

    The core holds the payoffs x with x(N) = v(N) and x(S) >= v(S) for every coalition S. It is empty exactly when
    some balanced collection is worth more than v(N).

    Parameters
    ----------
    game : Game
        n players. Exact worths are rounded to float64 for the linear program.

    Returns
    -------
    Core
        With ``is_empty``, ``point`` or ``witness``, and ``contains(x)``.

    Raises
    ------
    WorthError
        Symbolic worths.
    SolverError
        The linear program failed.

    Notes
    -----
    A linear program of n rows, its columns generated by scans of the table; it stops at the first balanced
    collection that is worth more than v(N). Memory: the table.

    References
    ----------
    .. [1] O. Bondareva (1963), Some applications of linear programming methods to the theory of cooperative games,
           Problemy Kibernetiki 10, 119-139.
    .. [2] L. S. Shapley (1967), On balanced sets and cores, Naval Research Logistics Quarterly 14, 453-460.

    Examples
    --------
    >>> core(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]))
    core of 3 players, empty: these coalitions cover every player once and are worth 1.5, v(N) is 1
         0.5  A B
         0.5  A C
         0.5  B C
    """
    worths = float_worths(game)
    tolerance = tolerance_of(worths)
    total = float(worths[-1])
    solution, _ = balanced_program(worths, scale=scale_of(worths), tolerance=tolerance, stop_above=total + tolerance)
    margin = solution.value - total
    empty = margin > tolerance
    point = None
    if not empty:
        shares = solution.prices - (solution.prices.sum() - total) / game.n
        point = Allocation(players=game.players, payoffs=shares, solution="payoff in the core", method="linear program")
    return Core(
        game=game,
        is_empty=empty,
        point=point,
        witness=balanced_collection(game, solution) if empty else None,
        margin=margin,
        tolerance=tolerance,
    )


def balanced_collection(game: Game, solution: LinearSolution) -> BalancedCollection:
    """Read the balanced collection off a solved program.

    Parameters
    ----------
    game : Game
    solution : LinearSolution
        Of ``balanced_program``.

    Returns
    -------
    BalancedCollection
        In the order of the bitmasks.
    """
    used = solution.weights > 1e-9
    masks, weights = solution.keys[used], solution.weights[used]
    order = np.argsort(masks)
    return BalancedCollection(
        coalitions=tuple(labels_of(mask, game.players) for mask in masks[order].tolist()),
        weights=tuple(weights[order].tolist()),
        worth=float(sum(game.worths[masks[order]] * weights[order])),
    )
