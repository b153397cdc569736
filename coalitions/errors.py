"""What can be wrong with what comes in, each error naming its offender; and a solver that fails."""

from __future__ import annotations

from collections.abc import Sequence


class WorthError(ValueError):
    """A worth is not a finite number, is missing, or the table has the wrong length."""


class CoalitionError(ValueError):
    """A coalition, a player or a partition does not fit the players at hand."""


class ChoiceError(ValueError):
    """Observed groups or their features cannot be fitted: nan, no variation, no alternatives."""


class TooLargeError(ValueError):
    """The request needs more memory than there is; the message says how much and what serves instead."""


class InfeasibleFormation(ValueError):
    """No plan satisfies the constraints.

    Attributes
    ----------
    conflict : tuple of str
        The constraints in conflict: drop any one of them and the rest can be met.
    """

    def __init__(self, message: str, conflict: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.conflict = tuple(conflict)


class EmptyCoreError(ValueError):
    """A point of an empty core was asked for; the message gives the balanced collection that rules it out."""


class SolverError(RuntimeError):
    """A solver stopped without an answer; the message says with which status and what to try."""
