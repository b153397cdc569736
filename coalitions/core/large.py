"""Cores of games too large for a table: the same programs, their rows found by whoever knows the worst coalition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation, as_payoffs
from coalitions.core.large_program import USED, Rows, solve_balanced
from coalitions.core.least import CostOfStability, LeastCore
from coalitions.core.membership import BalancedCollection, Membership
from coalitions.core.oracles import CalledOracle, ExcessOracle, ListedOracle, Members, Verdict, named
from coalitions.core.oracles_closed import AirportOracle, AssignmentOracle, BankruptcyOracle, TypedOracle
from coalitions.core.oracles_rules import rules_oracle
from coalitions.core.oracles_voting import VotingOracle
from coalitions.errors import CoalitionError, SolverError, TooLargeError
from coalitions.families.airport import Airport
from coalitions.families.assignment import Assignment, Glove
from coalitions.families.bankruptcy import Bankruptcy
from coalitions.families.dividends import Dividends
from coalitions.families.given import payoff_array
from coalitions.families.graph import InducedSubgraph
from coalitions.families.mc_nets import MCNet
from coalitions.families.simple import SimpleGame
from coalitions.families.typed import TypedGame
from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame
from coalitions.program import Columns, Master, generate
from coalitions.tolerance import RELATIVE, tolerance_of

ORACLES: Final[dict[type, Callable[[Any], ExcessOracle]]] = {
    WeightedVotingGame: VotingOracle,
    MultipleVotingGame: VotingOracle,
    SimpleGame: VotingOracle,
    InducedSubgraph: rules_oracle,
    Dividends: rules_oracle,
    MCNet: rules_oracle,
    TypedGame: TypedOracle.of_types,
    Glove: TypedOracle.of_gloves,
    Assignment: AssignmentOracle,
    Airport: AirportOracle,
    Bankruptcy: BankruptcyOracle,
}
"""The families whose worst coalition can be found without a table."""


def oracle_of(game: Any, oracle: Any = None) -> ExcessOracle:
    """Give the oracle that finds the coalition of largest excess in a game.

    Parameters
    ----------
    game : an object of one of the families in ``ORACLES``, or any with ``players`` and ``game[coalition]``
    oracle : ExcessOracle or callable, optional
        Instead of the family's own. A callable takes a dict from player to payoff and gives the coalition that gains
        most on its own, or a list of several with that one among them; see ``CalledOracle``.

    Returns
    -------
    ExcessOracle

    Raises
    ------
    TooLargeError
        None is known for games of this kind.
    CoalitionError
        The oracle is for other players.

    Examples
    --------
    >>> oracle_of(Airport([1, 3, 6])).search(np.array([-1.0, -2.0, -3.0]), proper=True)
    Found(bound=0.0, coalitions=[(0,)])
    """
    if isinstance(oracle, ExcessOracle):
        if oracle.players != game.players:
            raise CoalitionError(f"the oracle is for {oracle.players}, the game for {game.players}")
        return oracle
    if oracle is not None:
        return CalledOracle(game, oracle)
    if isinstance(game, ExcessOracle):
        return game
    for kind, make in ORACLES.items():
        if isinstance(game, kind):
            return make(game)
    raise TooLargeError(
        f"no search for the worst coalition of a {type(game).__name__} is known, and a sample of coalitions proves "
        "nothing. Pass oracle=, a function that takes a dict of payoffs and gives the coalition that gains most"
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LargeCore:
    """The payoffs of v(N) that no coalition can improve on by itself, of a game without a table.

    Attributes
    ----------
    game : the representation it was given by
    is_empty : bool
    point : Allocation or None
        A payoff in the core, where there is one.
    witness : BalancedCollection or None
        The proof that it is empty, where it is.
    margin : float
        How close the call was: what the weighted coalitions found are worth above v(N), in the unit of the worths.
        More than ``tolerance`` means empty.
    tolerance : float
    method : str
        The program, or the theorem that decided.
    oracle : ExcessOracle
        Finds the coalition that objects most.
    """

    game: Any
    is_empty: bool
    point: Allocation | None
    witness: BalancedCollection | None
    margin: float
    tolerance: float
    method: str
    oracle: ExcessOracle

    def contains(self, x: Any) -> Membership:
        """Say whether a payoff is in the core, with the coalition that objects most.

        Parameters
        ----------
        x : Allocation, mapping from player to payoff, or array_like of shape (n,)

        Returns
        -------
        Membership
            True or false in a condition. Exact where worths and payoffs are and the oracle is combinatorial.

        Raises
        ------
        CoalitionError
            A player without a payoff, an unknown one, a payoff that is not finite.

        Notes
        -----
        One search; up to 2 n more where no coalition gains, for the one that is nearest to gaining.

        Examples
        --------
        >>> large_core(WeightedVotingGame([3, 2, 1], 4)).contains([0.5, 0.5, 0])
        not in the core: (0, 2) gains 0.5 on its own (tolerance 1.0e-09)
        """
        oracle, payoffs = self.oracle, as_payoffs(x, self.oracle.players)
        total = oracle.worth(tuple(range(oracle.n)))
        if payoffs.dtype == object and oracle.exact:
            try:
                return self._judged(payoffs, sum(payoffs.tolist()) - total, 0.0)
            except OverflowError:
                pass  # too fine for the exact search; its floats carry a tolerance
        shares = payoffs.astype(np.float64)
        tolerance = max(self.tolerance, tolerance_of(shares), oracle.precision)
        return self._judged(shares, float(shares.sum()) - float(total), tolerance)

    def _judged(self, payoffs: NDArray[Any], surplus: Any, tolerance: float) -> Membership:
        coalition: Members = ()
        excess: Any = -np.inf
        if self.oracle.n > 1:
            found = self.oracle.search(payoffs, proper=True)
            if found.coalitions:
                coalition = found.coalitions[0]
                excess = self.oracle.excess(coalition, payoffs)
        return Membership(
            holds=bool(excess <= tolerance and abs(surplus) <= tolerance),
            coalition=named(coalition, self.oracle.players),
            excess=excess,
            surplus=surplus,
            tolerance=tolerance,
        )

    def __repr__(self) -> str:
        who = f"core of {self.oracle.n} player{'s' * (self.oracle.n > 1)}"
        if self.point is not None:
            return f"{who}, not empty ({self.method}); it holds\n{self.point!r}"
        witness = self.witness
        assert witness is not None  # one of the two is always there
        shown = [
            f"{weight:8.4g}  {' '.join(map(str, coalition))}"
            for weight, coalition in zip(witness.weights[:12], witness.coalitions[:12], strict=True)
        ]
        more = [f"and {len(witness.weights) - 12} more"] if len(witness.weights) > 12 else []
        total = float(self.oracle.worth(tuple(range(self.oracle.n))))
        lead = (
            f"{who}, empty ({self.method}): these coalitions cover every player once and are worth "
            f"{witness.worth:g}, v(N) is {total:g}"
        )
        return "\n".join([lead, *shown, *more])


def large_core(game: Any, *, oracle: Any = None) -> LargeCore:
    """Find out whether the core is empty, with the proof either way, without a table of worths.

    Parameters
    ----------
    game : a representation of a game
        Any n. Weighted voting under one rule or several, simple games, induced subgraphs, dividends, MC-nets, players
        in types, gloves, assignments, airports, bankruptcies; any other with ``oracle``.
    oracle : ExcessOracle or callable, optional
        Finds the coalition that gains most from given payoffs; see ``CalledOracle``.

    Returns
    -------
    LargeCore
        With ``is_empty``, ``point`` or ``witness``, and ``contains(x)``.

    Raises
    ------
    TooLargeError
        No oracle is known for games of this kind, and none is given.
    WorthError
        Symbolic worths.
    SolverError
        A program failed, or left open on which side of the tolerance the answer lies.

    Notes
    -----
    Where a theorem decides, it does: a veto player in voting, a negative cut among links, convexity. Otherwise the
    linear program of ``core`` with a row for every group of like players, its columns generated by the oracle.

    References
    ----------
    .. [1] X. Deng, C. H. Papadimitriou (1994), On the complexity of cooperative solution concepts, Mathematics of
           Operations Research 19, 257-266.
    .. [2] J. Drechsel, A. Kimms (2010), Computing core allocations in cooperative games with an application to
           cooperative procurement, International Journal of Production Economics 128, 310-321.

    Examples
    --------
    >>> parliament = WeightedVotingGame({"A": 40, "B": 35, "C": 25}, 51)
    >>> large_core(parliament)
    core of 3 players, empty (nobody has a veto): these coalitions cover every player once and are worth 1.5, v(N) is 1
         0.5  B C
         0.5  A C
         0.5  A B
    """
    own = oracle_of(game, oracle)
    tolerance = max(RELATIVE * own.scale, own.precision)
    decided = own.verdict()
    if decided is not None:
        return _by_theorem(game, own, decided, tolerance)
    total = float(own.worth(tuple(range(own.n))))
    solution, rows = solve_balanced(own, tolerance, total + tolerance)
    margin = solution.value - total
    empty = margin > tolerance
    point = None
    if not empty:
        if solution.bound > total + own.n * (tolerance + own.precision):
            raise SolverError(
                f"the core is open: balanced collections are worth {margin:.3g} above v(N) to "
                f"{solution.bound - total:.3g}, and {tolerance:.1e} counts as none"
            )
        x = rows.final(solution)
        x = x - (x.sum() - total) / own.n
        point = _allocation(own, x, "core payoff", "row generation")
    return LargeCore(
        game=game,
        is_empty=empty,
        point=point,
        witness=rows.collection(solution) if empty else None,
        margin=margin,
        tolerance=tolerance,
        oracle=own,
        method="row generation",
    )


def _by_theorem(game: Any, oracle: ExcessOracle, decided: Verdict, tolerance: float) -> LargeCore:
    witness, margin = None, 0.0
    if decided.point is None:
        worth = sum(w * float(oracle.worth(s)) for s, w in zip(decided.coalitions, decided.weights, strict=True))
        witness = BalancedCollection(
            coalitions=tuple(named(members, oracle.players) for members in decided.coalitions),
            weights=tuple(decided.weights),
            worth=worth,
        )
        margin = worth - float(oracle.worth(tuple(range(oracle.n))))
    point = None
    if decided.point is not None:
        point = _allocation(oracle, payoff_array(decided.point), "core payoff", decided.method)
    return LargeCore(
        game=game,
        is_empty=point is None,
        point=point,
        witness=witness,
        margin=margin,
        tolerance=tolerance,
        oracle=oracle,
        method=decided.method,
    )


def large_least_core(game: Any, *, oracle: Any = None) -> LeastCore:
    """Find the payoff whose worst-off coalition has the least to object, without a table of worths.

    Parameters
    ----------
    game : a representation of a game
        As for ``large_core``.
    oracle : ExcessOracle or callable, optional

    Returns
    -------
    LeastCore
        The same payoff for players who are alike; where the oracle is a binary program, ``tolerance`` is at least its
        precision.

    Raises
    ------
    TooLargeError
        No oracle is known for games of this kind, and none is given.
    WorthError
        Symbolic worths.
    SolverError
        A program failed.

    Notes
    -----
    The program of ``least_core`` with a row for every group of like players, its columns generated by the oracle; for
    weighted voting with whole weights pseudo-polynomial time.

    References
    ----------
    .. [1] E. Elkind, L. A. Goldberg, P. W. Goldberg, M. Wooldridge (2009), On the computational complexity of weighted
           voting games, Annals of Mathematics and Artificial Intelligence 56, 109-131.

    Examples
    --------
    >>> round(large_least_core(WeightedVotingGame([7] * 5 + [1] * 10, 39)).epsilon, 9)
    0.0
    """
    own = oracle_of(game, oracle)
    n, everyone = own.n, tuple(range(own.n))
    tolerance = max(RELATIVE * own.scale, own.precision)
    rows = Rows(own, tolerance, surcharge_row=True)
    if n == 1:
        x, bound, epsilon = np.array([rows.total]), -np.inf, -np.inf
        setters = BalancedCollection(coalitions=(), weights=(), worth=0.0)
    else:
        right = np.zeros(len(rows.groups) + 1)
        right[-1] = 1.0
        master = Master(right, right, scale=own.scale)
        grand = rows.columns([everyone])
        key = int(grand.keys[0])
        share = rows.sizes.copy()
        master.add(Columns(grand.keys, grand.worths, [np.arange(len(share), dtype=np.int32)], [share]), lower=-np.inf)
        master.add(rows.columns(own.starters()))
        if isinstance(own, ListedOracle):
            master.add(rows.floor())
        solution = generate(master, rows, mass=1.0, tolerance=tolerance, batch=2 * len(rows.groups))
        x = rows.final(solution)
        x = x + (rows.total - x.sum()) / n
        worst = own.search(x, proper=True)
        epsilon = max((own.excess(members, x) for members in worst.coalitions[:1]), default=-np.inf)
        bound = min(solution.value, float(worst.bound))
        setters = rows.collection(solution, leave_out=key)
        if (solution.weights[solution.keys < 0] > USED).any():  # no balanced collection can object
            epsilon = bound = -np.inf
            setters = BalancedCollection(coalitions=(), weights=(), worth=0.0)
    return LeastCore(
        epsilon=epsilon,
        point=_allocation(own, x, "least core payoff", "row generation"),
        coalitions=setters.coalitions,
        weights=setters.weights,
        bound=bound,
        gap=max(epsilon - bound, 0.0) if bound > -np.inf else 0.0,
        tolerance=tolerance,
    )


def large_cost_of_stability(game: Any, *, oracle: Any = None) -> CostOfStability:
    """Find the least payment from outside that would let the grand coalition hold, without a table of worths.

    Parameters
    ----------
    game : a representation of a game
        As for ``large_core``.
    oracle : ExcessOracle or callable, optional

    Returns
    -------
    CostOfStability

    Raises
    ------
    TooLargeError
        No oracle is known for games of this kind, and none is given.
    WorthError
        Symbolic worths.
    SolverError
        A program failed.

    Notes
    -----
    The program of ``large_core``, carried to its end.

    References
    ----------
    .. [1] Y. Bachrach, E. Elkind, R. Meir, D. Pasechnik, M. Zuckerman, J. Rothe, J. S. Rosenschein (2009), The cost
           of stability in coalitional games, SAGT 2009, 122-134.

    Examples
    --------
    >>> round(large_cost_of_stability(WeightedVotingGame([1] * 51, 26)).subsidy, 9)  # 51 / 26 - 1
    0.961538462
    """
    own = oracle_of(game, oracle)
    tolerance = max(RELATIVE * own.scale, own.precision)
    solution, rows = solve_balanced(own, tolerance, np.inf)
    x = rows.final(solution)
    above_total = solution.value - rows.total
    subsidy = above_total if above_total > tolerance else 0.0
    return CostOfStability(
        subsidy=subsidy,
        ratio=(rows.total + subsidy) / rows.total if rows.total > 0 else np.nan,
        point=_allocation(own, x, "stable payoffs", "row generation"),
        witness=rows.collection(solution),
        gap=max(float(x.sum()) - solution.value, 0.0),
        tolerance=tolerance,
    )


def _allocation(oracle: ExcessOracle, x: NDArray[Any], solution: str, method: str) -> Allocation:
    return Allocation(players=oracle.players, payoffs=x, solution=solution, method=method)
