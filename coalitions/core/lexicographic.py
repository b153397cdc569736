"""How the nucleolus family is solved: by a closed form, in floats with a last check, or in rational numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation
from coalitions.coalition import Label, labels_of
from coalitions.core.certificate import Certificate, CertificateError, Proven, Stage, describe, prove
from coalitions.core.closed_forms import closed_form
from coalitions.core.problem import Problem, problem_of
from coalitions.core.stages import Found, solve_stages, solve_stages_exactly
from coalitions.errors import CoalitionError, SolverError
from coalitions.families.given import payoff_array
from coalitions.game import Game, as_game
from coalitions.tolerance import RELATIVE, tolerance_of
from coalitions.values.shapley import shapley_value

EXACT_PLAYERS = 14
"""Up to here the programs are solved in rational numbers where floats cannot tell the worths apart."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Nucleolus(Allocation):
    """A payoff of the nucleolus family, and the coalitions that determine it.

    Attributes
    ----------
    stages : tuple of Stage
        In the order in which they were settled, highest level first; empty for a closed form and for one player.
    tolerance : float
        Payoffs count as right to this, relative to the largest worth; 0 when certified.
    certificate : Certificate or None
        The proof in rational numbers, where it was asked for or the worths are exact.
    """

    stages: tuple[Stage, ...] = ()
    tolerance: float = 0.0
    certificate: Certificate | None = None

    @property
    def certified(self) -> bool:
        """Whether the payoffs were proven in rational numbers."""
        return self.certificate is not None


def solve_family(
    game: Any,
    solution: str,
    floors: bool,
    structure: Iterable[Iterable[Label]] | None,
    coalitions: Iterable[Iterable[Label]] | None,
    weights: Any,
    certify: bool,
    paid: Sequence[int] = (),
) -> Nucleolus:
    """Solve one of the family, by the quickest way that is sure.

    Parameters
    ----------
    game : Game or representation
    solution : str
        Its name in words.
    floors : bool
        Whether nobody may get less than it is worth alone.
    structure, coalitions, weights, certify
        As for ``prenucleolus``.
    paid : sequence of int
        Bitmasks of coalitions that get exactly their worth.

    Returns
    -------
    Nucleolus
    """
    if structure is None and coalitions is None and weights is None and not certify:
        known = closed_form(game, floors)
        if known is not None:
            return Nucleolus(
                players=game.players,
                payoffs=payoff_array(known),
                solution=solution,
                method=f"exact, by the structure of {type(game).__name__}",
            )
    own = as_game(game)
    problem = problem_of(own, floors=floors, structure=structure, coalitions=coalitions, weights=weights)
    problem = replace(problem, fixed=(*problem.fixed, *paid))
    _require_imputations(problem)
    exact = certify or problem.exact is not None
    found = _in_floats(problem)
    if not exact and found is not None and found.breach <= found.tolerance and not _has_hidden_worths(problem):
        return Nucleolus(
            players=own.players,
            payoffs=found.payoffs,
            solution=solution,
            method="linear programs",
            stages=describe(problem, found.stages, found.levels.tolist(), found.weights),
            tolerance=tolerance_of(problem.worths),
        )
    proven = _in_rationals(problem, found)
    return Nucleolus(
        players=own.players,
        payoffs=np.array(proven.payoffs, object if exact else np.float64),
        solution=solution,
        method="linear programs, certified in rational numbers",
        stages=proven.certificate.stages,
        certificate=proven.certificate,
    )


def _in_floats(problem: Problem) -> Found | None:
    """Solve around the Shapley value, an additive game that is near; None where the solver gave up."""
    centre = shapley_value(Game(problem.players, problem.worths, copy=False)).payoffs
    try:
        return solve_stages(problem, centre)
    except SolverError:
        if problem.n > EXACT_PLAYERS:
            raise
        return None


def _in_rationals(problem: Problem, found: Found | None) -> Proven:
    """Prove what floats found, or solve again in rationals where that is no proof."""
    stages = [] if found is None else found.stages
    if found is not None:
        try:
            return prove(problem, stages)
        except CertificateError as error:
            if problem.n > EXACT_PLAYERS:
                raise SolverError(
                    f"the answer in floats, off by {found.breach:g}, could not be proven: {error}; up to "
                    f"{EXACT_PLAYERS} players the programs would be solved in rational numbers. Scale worths of very "
                    "different size, or round them"
                ) from error
    return prove(problem, solve_stages_exactly(problem, stages))


def _has_hidden_worths(problem: Problem) -> bool:
    """Say whether some worths are too small beside others to count in floats, and few enough to do without floats."""
    if problem.n > EXACT_PLAYERS:
        return False
    sizes = abs(problem.worths)
    return bool((sizes[sizes > 0] < RELATIVE * sizes.max()).any())


def _require_imputations(problem: Problem) -> None:
    if not problem.floors:
        return
    tolerance = 0 if problem.exact is not None else tolerance_of(problem.worths)
    table: NDArray[Any] = problem.worths if problem.exact is None else problem.exact
    for mask in problem.fixed:
        alone = sum(table[1 << i] for i in range(problem.n) if mask >> i & 1)
        if alone - table[mask] > tolerance:
            names = labels_of(mask, problem.players)
            raise CoalitionError(
                f"no payoff gives every player what it is worth alone: {names} together are worth {table[mask]}, "
                f"alone {alone - table[mask]} more; use prenucleolus, which does not ask for that"
            )
