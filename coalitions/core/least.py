"""How far from stable: the least core, and the subsidy that would stabilise the grand coalition."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from coalitions.allocation import Allocation
from coalitions.coalition import Label, labels_of, members_of
from coalitions.core.demands import BARRED, Demands, demands_of, named
from coalitions.core.linear import Fixed, Program, Solved, bits, cheapest
from coalitions.core.membership import BalancedCollection, balanced_collection, core_of, is_searched
from coalitions.errors import ChoiceError, WorthError
from coalitions.game import as_game
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd

Measure = Literal["size", "worth"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LeastCore(Result):
    """The smallest excess that some payoff leaves to the coalition that objects most.

    Attributes
    ----------
    epsilon : number
        min over x of max over S of v(S) - x(S), S neither empty nor N (nor a block of a structure); of the excess a
        member, or as a share of v(S), where it was measured so. Positive: the core is empty, and every coalition
        would have to pay this much to leave. Negative: the core has room. -inf where nobody can be made to object,
        as with a single player. A Fraction where worths are rational or it was certified.
    point : Allocation
        A payoff that attains it.
    coalitions : tuple of tuples of labels
        The coalitions that set it: those with a positive shadow price.
    weights : tuple of numbers
        Their shadow prices: how much epsilon rises for one unit more of their worth. They sum to 1; times the sizes
        where the excess a member is measured; times the worths to 1 - epsilon where it is a share of them.
    bound : number
        Proven lower bound on epsilon.
    gap : number
        epsilon - bound.
    tolerance : float
        0 where it was proven in exact arithmetic.
    measure : str
        ``'excess'``, ``'excess per member'`` or ``'excess per worth'``.
    """

    epsilon: Any
    point: Allocation
    coalitions: tuple[tuple[Label, ...], ...]
    weights: tuple[Any, ...]
    bound: Any
    gap: Any
    tolerance: float
    measure: str = "excess"

    _concept = "least core"

    def to_frame(self) -> pd.DataFrame:
        """Give the coalitions that set epsilon.

        Returns
        -------
        pandas.DataFrame
            Columns ``coalition`` and ``weight``, its shadow price.
        """
        import pandas as pd

        return pd.DataFrame({"coalition": self.coalitions, "weight": self.weights})

    def _headline(self) -> str:
        unit = "" if self.measure == "excess" else f" ({self.measure})"
        lead = f"least core, epsilon {_short(self.epsilon)}{unit}, "
        return lead + ("set by" if self.coalitions else "as low as one likes: nobody objects, for instance, to")

    def __repr__(self) -> str:
        rows = [
            f"{_short(weight):>8}  {' '.join(map(str, coalition))}"
            for weight, coalition in zip(self.weights, self.coalitions, strict=True)
        ]
        return "\n".join([self._headline(), *rows, repr(self.point)])


def least_core(
    game: Any,
    *,
    structure: Iterable[Iterable[Label]] | None = None,
    coalitions: Iterable[Iterable[Label]] | None = None,
    forbidden: Iterable[Iterable[Label]] | None = None,
    weights: Measure | None = None,
    certify: bool = False,
    oracle: Any = None,
) -> LeastCore:
    """Find the payoff whose worst-off coalition has the least to object.

    minimise epsilon subject to x(N) = v(N) and x(S) >= v(S) - epsilon for every S other than the empty set and N.

    Parameters
    ----------
    game : Game or representation
        n players. Beyond 20 a family whose worst coalition is found without a table is not tabulated:
        see ``coalitions.core.large``.
    structure : iterable of coalitions, optional
        A partition: x(B) = v(B) for every block B, and its blocks do not object.
    coalitions, forbidden : iterable of coalitions, optional
        Only these may object; these may not.
    weights : {"size", "worth"}, optional
        Measure an excess by the member, v(S) - |S| epsilon (the weak least core), or by the worth, v(S) (1 - epsilon)
        (the relative least core; worths must not be negative).
    certify : bool
        Prove the answer in exact arithmetic for float worths too, each read as the binary fraction it is. Rational
        worths are always solved so.
    oracle : callable or ExcessOracle, optional
        Finds the coalition that gains most from given payoffs, in a game of any size without a table.

    Returns
    -------
    LeastCore

    Raises
    ------
    WorthError
        Symbolic worths; with ``weights="worth"`` a negative worth, or a block worth nothing.
    CoalitionError
        A structure that is no partition, an unknown player, both lists at once.
    ChoiceError
        Other ``weights``.
    SolverError
        The linear program failed, and there are too many players for exact arithmetic.

    Notes
    -----
    The dual is solved: n + 1 rows, coalitions as columns, generated by scans of the table. With y = x + epsilon, or
    y = x / (1 - epsilon), the demands become y(S) >= v(S), so only the rows of the blocks differ. Memory: the table,
    and a copy of it with a structure or a list.

    References
    ----------
    .. [1] M. Maschler, B. Peleg, L. S. Shapley (1979), Geometric properties of the kernel, nucleolus, and related
           solution concepts, Mathematics of Operations Research 4, 303-338.
    .. [2] L. S. Shapley, M. Shubik (1966), Quasi-cores in a monetary economy with nonconvex preferences,
           Econometrica 34, 805-827.
    .. [3] U. Faigle, W. Kern (1993), On some approximately balanced combinatorial cooperative games, Methods and
           Models of Operations Research 38, 141-152.

    Examples
    --------
    >>> from coalitions import Game
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> least_core(majority).epsilon
    0.333...
    >>> least_core(majority, weights="size", certify=True).epsilon
    Fraction(1, 6)
    """
    if weights not in (None, "size", "worth"):
        raise ChoiceError(f'weights is {weights!r}; it must be None, "size" or "worth"')
    if is_searched(game, oracle, structure, coalitions, forbidden, weights, certify):
        from coalitions.core.large import large_least_core

        return large_least_core(game, oracle=oracle)
    demands = demands_of(as_game(game), structure=structure, coalitions=coalitions, forbidden=forbidden)
    exact = demands.is_exact or certify
    form = _Form(demands, weights)
    solved = form.program.solve()
    if exact:
        solved = form.program.certify(solved)
    measure = {None: "excess", "size": "excess per member", "worth": "excess per worth"}[weights]
    if form.is_endless(solved):
        anything = core_of(demands, certify=certify).point
        assert anything is not None  # a core with endless room is not empty
        return LeastCore(
            epsilon=-math.inf,
            point=_named_point(demands, anything.payoffs, exact),
            coalitions=(),
            weights=(),
            bound=-math.inf,
            gap=0.0,
            tolerance=0.0 if exact else demands.tolerance,
            measure=measure,
        )
    epsilon, payoffs = form.read(solved, exact)
    pairs = sorted((key, weight) for key, weight in zip(solved.keys, solved.weights, strict=True) if key >= 0)
    bound = form.bound(solved)
    return LeastCore(
        epsilon=epsilon,
        point=_named_point(demands, payoffs, exact),
        coalitions=named([mask for mask, _ in pairs], demands.game),
        weights=tuple(weight * form.price(solved) for _, weight in pairs),
        bound=min(bound, epsilon),
        gap=max(epsilon - bound, 0 * epsilon),
        tolerance=0.0 if exact else demands.tolerance,
        measure=measure,
    )


class _Form:
    """The linear program of one measure, and how its prices are read.

    Prices are (y, t). By excess x = y; by the member x = y - t and y(B) = v(B) + |B| t; by the worth x = y / s and
    y(B) = s v(B) with s = t / scale, epsilon = 1 - 1 / s. A floor under t keeps the program bounded.
    """

    def __init__(self, demands: Demands, weights: Measure | None) -> None:
        self.demands = demands
        self.weights = weights
        self.scale = Fraction(demands.scale)
        n = demands.n
        tail: dict[int, Fraction]
        if weights == "worth":
            _check_shares(demands)
            tail = {block: -demands.worth(block) / self.scale for block in demands.blocks}
        else:
            tail = {block: Fraction(-block.bit_count() if weights else 0) for block in demands.blocks}
        fixed = [
            Fixed((*bits(block, n), tail[block]), Fraction(0) if weights == "worth" else demands.worth(block), True)
            for block in demands.blocks
        ]
        # finite optima are not below -(n + 1) times the largest worth: the weights of coalitions sum to 1 at most
        floor = Fraction(0) if weights == "worth" else -4 * (n + 1) * self.scale
        fixed.append(Fixed((0,) * n + (1,), floor, False))
        mass = n / float(-max(tail.values())) if weights == "worth" else 1.0
        self.program = Program(demands, [0] * n + [1], fixed, mass=mass, surcharge=weights is None)

    def is_endless(self, solved: Solved) -> bool:
        if self.weights == "worth":
            return bool(solved.value <= 1e-9)
        return bool(solved.value < -2 * (self.demands.n + 1) * self.scale)

    def bound(self, solved: Solved) -> Any:
        return 1 - self._scale_like(solved.value) / solved.value if self.weights == "worth" else solved.value

    def price(self, solved: Solved) -> Any:
        """Give the factor from weights in the program to shadow prices of epsilon."""
        return self._scale_like(solved.value) / solved.value**2 if self.weights == "worth" else 1

    def read(self, solved: Solved, exact: bool) -> tuple[Any, np.ndarray[Any, np.dtype[Any]]]:
        """Turn prices into a payoff of exactly what there is, and the epsilon that it attains."""
        demands, game = self.demands, self.demands.game
        y = np.array(solved.prices[: demands.n], object if exact else np.float64)
        if self.weights is None:
            if exact:
                return solved.value, y
            x = demands.level(y)
            return demands.worst(x)[1], x
        stretched = []
        x = y.copy()
        for block in demands.blocks:
            members = members_of(block)
            worth: Any = demands.worth(block) if exact else float(game.worths[block])
            total = sum(y[members].tolist())
            if self.weights == "size":
                stretched.append((total - worth) / len(members))
                x[members] -= stretched[-1]
            else:
                stretched.append(1 - worth / total)
                x[members] *= worth / total
        return max(stretched), x

    def _scale_like(self, value: Any) -> Any:
        return self.scale if isinstance(value, Fraction) else self.demands.scale


def _check_shares(demands: Demands) -> None:
    game = demands.game
    for block in demands.blocks:
        if game.worths[block] <= 0:
            raise WorthError(
                f"{labels_of(block, game.players)} is worth {game.worths[block]} and divides it, which leaves no "
                'shares to compare; use weights=None or "size"'
            )
    lowest = demands.asked if demands.is_plain else np.where(demands.asked == BARRED, 0.0, demands.asked)
    worst = int(np.argmin(lowest))
    if lowest[worst] < 0:
        raise WorthError(
            f"worth of {labels_of(worst, game.players)} is {game.worths[worst]}, of which there is no share; "
            'use weights=None or "size"'
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CostOfStability(Result):
    """The least outside payment with which the grand coalition has a core.

    Attributes
    ----------
    subsidy : number
        In the unit of the worths; 0 when the core is not empty. ``float(result)`` gives it too.
    ratio : number
        The relative cost of stability: what has to be paid in all, v(N) + subsidy, as a multiple of v(N); nan where
        v(N) is not positive.
    point : Allocation
        Payoffs of v(N) + subsidy on which no coalition can improve.
    witness : BalancedCollection
        Coalitions worth v(N) + subsidy together: the proof that less would not do.
    gap : number
        Proven distance to the least subsidy.
    tolerance : float
        0 where it was proven in exact arithmetic.
    """

    subsidy: Any
    ratio: Any
    point: Allocation
    witness: BalancedCollection
    gap: Any
    tolerance: float

    def __float__(self) -> float:
        return float(self.subsidy)

    _concept = "cost of stability"

    def to_frame(self) -> pd.DataFrame:
        """Give the payoffs that hold with the subsidy.

        Returns
        -------
        pandas.DataFrame
            Index player; columns ``payoff`` and ``share``.
        """
        return self.point.to_frame()

    def _headline(self) -> str:
        more = f" ({float(self.ratio) - 1:.1%} on top)" if self.subsidy and self.ratio == self.ratio else ""
        return f"cost of stability {_short(self.subsidy)}{more}; with it"

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self.point!r}"


def cost_of_stability(
    game: Any,
    *,
    structure: Iterable[Iterable[Label]] | None = None,
    coalitions: Iterable[Iterable[Label]] | None = None,
    forbidden: Iterable[Iterable[Label]] | None = None,
    certify: bool = False,
    oracle: Any = None,
) -> CostOfStability:
    """Find the least payment from outside that would let the grand coalition hold.

    minimise x(N) - v(N) subject to x(S) >= v(S) for every coalition S.

    Parameters
    ----------
    game : Game or representation
        n players. Beyond 20 a family whose worst coalition is found without a table is not tabulated:
        see ``coalitions.core.large``.
    structure : iterable of coalitions, optional
        A partition to hold in place of the grand coalition: what its blocks are worth is there to start with, no
        block passes on any of it, and v(N) above is their sum.
    coalitions, forbidden : iterable of coalitions, optional
        Only these may object; these may not.
    certify : bool
        Prove the answer in exact arithmetic for float worths too, each read as the binary fraction it is. Rational
        worths are always solved so.
    oracle : callable or ExcessOracle, optional
        Finds the coalition that gains most from given payoffs, in a game of any size without a table.

    Returns
    -------
    CostOfStability

    Raises
    ------
    WorthError
        Symbolic worths.
    CoalitionError
        A structure that is no partition, an unknown player, both lists at once.
    SolverError
        The linear program failed, and there are too many players for exact arithmetic.

    Notes
    -----
    The program of ``core``, carried to its end. Memory: the table. A payment spread evenly that frees every coalition
    from the same amount a member is the weak least core: its epsilon is subsidy / n where the core is empty.

    References
    ----------
    .. [1] Y. Bachrach, E. Elkind, R. Meir, D. Pasechnik, M. Zuckerman, J. Rothe, J. S. Rosenschein (2009), The cost
           of stability in coalitional games, SAGT 2009, 122-134.
    .. [2] R. Meir, J. S. Rosenschein, E. Malizia (2011), Subsidies, stability, and restricted cooperation in
           coalitional games, IJCAI 2011, 301-306.

    Examples
    --------
    >>> from coalitions import Game
    >>> found = cost_of_stability(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]))
    >>> found.subsidy, found.ratio
    (0.5, 1.5)
    """
    if is_searched(game, oracle, structure, coalitions, forbidden, certify):
        from coalitions.core.large import large_cost_of_stability

        return large_cost_of_stability(game, oracle=oracle)
    demands = demands_of(as_game(game), structure=structure, coalitions=coalitions, forbidden=forbidden)
    program = cheapest(demands)
    solved = program.solve()
    total: Any = demands.to_divide
    exact = demands.is_exact or certify
    if exact:
        solved = program.certify(solved)
    else:
        total = float(total)
    tolerance = 0.0 if exact else demands.tolerance
    missing = solved.value - total
    subsidy = missing if missing > tolerance else 0 * missing
    return CostOfStability(
        subsidy=subsidy,
        ratio=(total + subsidy) / total if total > 0 else math.nan,
        point=Allocation(
            players=demands.game.players,
            payoffs=np.array(solved.prices, object if exact else np.float64),
            solution="stable payoffs",
            method="linear program, exact" if exact else "linear program",
        ),
        witness=balanced_collection(demands, solved),
        gap=max(sum(solved.prices) - solved.value, 0 * missing),
        tolerance=tolerance,
    )


def _named_point(demands: Demands, payoffs: np.ndarray[Any, np.dtype[Any]], exact: bool) -> Allocation:
    return Allocation(
        players=demands.game.players,
        payoffs=payoffs,
        solution="least core payoff",
        method="linear program, exact" if exact else "linear program",
    )


def _short(number: Any) -> str:
    """Write a fraction as it is and a float in few digits."""
    return f"{number:.6g}" if isinstance(number, float) else str(number)
