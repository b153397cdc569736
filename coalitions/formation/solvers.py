"""The last step of a formation: a binary program in PuLP, whatever its version and solver.

PuLP 3 and PuLP 4 read results differently, and both call a run optimal that stopped at its time limit. What was
proven is therefore read here, in one place, from the solver itself.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

from coalitions.errors import SolverError
from coalitions.program import quiet_highspy

_CBC = ("COIN_CMD", "PULP_CBC_CMD")  # a CBC on the machine, then the one that comes with PuLP 3


@dataclass(frozen=True)
class Answer:
    """What a solver proved.

    Attributes
    ----------
    chosen : tuple of int, or None
        Positions of the variables at one; None when it found no solution.
    bound : float or None
        Proven bound on the objective; None when the solver does not tell.
    complete : bool
        Whether the search ended by itself, so that the solution is optimal, or that there is none.
    status : str
        In the solver's words.
    """

    chosen: tuple[int, ...] | None
    bound: float | None
    complete: bool
    status: str


def solver_named(name: str, *, time_limit: float | None = None) -> Any:
    """Make the PuLP solver of that name.

    Parameters
    ----------
    name : str
        Any name ``pulp.listSolvers()`` knows, in any case; ``'CBC'`` takes whichever CBC there is.
    time_limit : float, optional
        Seconds.

    Returns
    -------
    pulp.LpSolver

    Raises
    ------
    SolverError
        No such solver, or it is not installed; the message lists those that are.
    """
    import pulp

    quiet_highspy()
    known = {solver.upper(): solver for solver in pulp.listSolvers()}
    names = [known[n] for n in _CBC if n in known] if name.upper() == "CBC" else [known.get(name.upper(), name)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP 3 announces the end of its bundled CBC
        for each in names:
            if each not in known.values():
                continue
            options: dict[str, Any] = {"msg": False, "timeLimit": time_limit}
            if each in ("HiGHS", "HiGHS_CMD", *_CBC):
                options["gapRel"] = 0.0
            if each == "HiGHS":
                options |= {"gapAbs": 0.0, "threads": 1}
            solver = pulp.getSolver(each, **options)
            if solver.available():
                return solver
        ready = ", ".join(pulp.listSolvers(onlyAvailable=True))
    raise SolverError(f"PuLP has no solver {name!r} ready to run; those that are: {ready}")


def solve_binary(problem: Any, variables: list[Any], solver: Any) -> Answer:
    """Run a solver on a binary program and read what it proved.

    Parameters
    ----------
    problem : pulp.LpProblem
        To be maximised.
    variables : list of pulp.LpVariable
    solver : pulp.LpSolver

    Returns
    -------
    Answer

    Raises
    ------
    SolverError
        The solver failed, rather than stopped.
    """
    import pulp

    started = time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            stats = problem.solve(solver)
    except pulp.PulpSolverError as error:
        raise SolverError(f"{solver.name} failed: {error}") from error
    if solver.name == "HiGHS":
        return _answer_of_highs(problem.solverModel, variables)
    if hasattr(stats, "has_solution"):  # PuLP 4
        complete = stats.status in (1, -1)
        return _answer(variables, stats.has_solution, stats.best_bound, complete, stats.status_str)
    early = solver.timeLimit is not None and time.monotonic() - started >= solver.timeLimit
    complete = not early and (problem.sol_status == 1 or problem.status == -1)
    found = problem.sol_status in (1, 2)
    return _answer(variables, found, None, complete, pulp.LpSolution.get(problem.sol_status, "unknown"))


def _answer_of_highs(highs: Any, variables: list[Any]) -> Answer:
    highspy = quiet_highspy()
    status = highs.getModelStatus()
    words = highs.modelStatusToString(status)
    if status == highspy.HighsModelStatus.kInfeasible:
        return Answer(None, None, True, words)
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    sense = -1.0 if highs.getLp().sense_ == highspy.ObjSense.kMinimize else 1.0  # PuLP 3 negates
    bound = sense * info.mip_dual_bound
    return _answer(
        variables,
        found,
        bound if abs(bound) < 1e300 else None,
        status == highspy.HighsModelStatus.kOptimal,
        words,
    )


def _answer(variables: list[Any], found: bool, bound: float | None, complete: bool, status: str) -> Answer:
    if not found:
        return Answer(None, bound, complete, status)
    chosen = tuple(i for i, variable in enumerate(variables) if (variable.varValue or 0.0) > 0.5)
    return Answer(chosen, bound, complete, status)
