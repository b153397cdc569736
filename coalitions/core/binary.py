"""Binary programs for the searches that no faster algorithm does: HiGHS in process, its proof read from itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import SolverError
from coalitions.program import quiet_highspy

PRECISION = 1e-7
"""How far off a proven bound may be, on objectives scaled to 1."""


class BinaryProgram:
    """A live program: maximise gains . z + rewards . y over binary z, continuous y in [0, 1], and rows.

    Parameters
    ----------
    players : int
        How many binary variables; their gains change from search to search.
    rewards : array_like
        Of the continuous variables, which follow those in number.
    rows : sequence of (lower, upper, positions, coefficients)
        Bounds on sums over both kinds of variables.
    scale : float
        Gains and rewards are divided by it.
    """

    def __init__(
        self,
        players: int,
        rewards: Sequence[float],
        rows: Sequence[tuple[float, float, Sequence[int], Sequence[float]]],
        *,
        scale: float,
    ) -> None:
        highspy = quiet_highspy()
        self._highs = highspy.Highs()
        for option, value in {
            "output_flag": False,
            "threads": 1,
            "mip_rel_gap": 0.0,
            "mip_abs_gap": PRECISION / 10,
            "mip_feasibility_tolerance": 1e-9,
            "primal_feasibility_tolerance": 1e-9,
            "dual_feasibility_tolerance": 1e-9,
        }.items():
            self._highs.setOptionValue(option, value)
        self._players, self._scale = players, scale
        everyone = np.arange(players, dtype=np.int32)
        for _ in range(players):
            self._highs.addCol(0.0, 0.0, 1.0, 0, [], [])
        for reward in rewards:
            self._highs.addCol(reward / scale, 0.0, 1.0, 0, [], [])
        self._highs.changeColsIntegrality(players, everyone, np.full(players, highspy.HighsVarType.kInteger))
        self._highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._highs.addRow(0.0, float(players), players, everyone, np.ones(players))
        for lower, upper, positions, coefficients in rows:
            self.add_row(lower, upper, positions, coefficients)

    def add_row(self, lower: float, upper: float, positions: Sequence[int], coefficients: Sequence[float]) -> None:
        """Add a row for good.

        Parameters
        ----------
        lower, upper : float
        positions : sequence of int
        coefficients : sequence of float
        """
        self._highs.addRow(
            lower, upper, len(positions), np.array(positions, np.int32), np.array(coefficients, np.float64)
        )

    def solve(
        self, gains: NDArray[np.float64], *, proper: bool, enough: float = -np.inf
    ) -> tuple[tuple[int, ...], float]:
        """Find the best players and prove it.

        Parameters
        ----------
        gains : ndarray, shape (players,)
        proper : bool
            At least one and not all of them.
        enough : float
            Players worth more than this end the search; finite only where the caller can go on without the best.

        Returns
        -------
        members : tuple of int
        bound : float
            Nothing is worth more, to within PRECISION * scale.

        Raises
        ------
        SolverError
            HiGHS stopped without a proof.
        """
        highspy = quiet_highspy()
        n = self._players
        self._highs.changeColsCost(n, np.arange(n, dtype=np.int32), gains / self._scale)
        self._highs.changeRowBounds(0, float(proper), float(n - proper))
        self._highs.setOptionValue("objective_target", enough / self._scale if enough > -np.inf else np.inf)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kObjectiveTarget):
            raise SolverError(
                f"HiGHS ended a search among the coalitions of {n} players with status "
                f"{self._highs.modelStatusToString(status)!r}; check that the worths differ by less than 1e9"
            )
        chosen = np.array(self._highs.getSolution().col_value[:n]) > 0.5
        bound = float(self._highs.getInfo().mip_dual_bound)
        return tuple(np.flatnonzero(chosen).tolist()), bound * self._scale
