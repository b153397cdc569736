"""Cooperative games of states: which groups pay, for whom, whether they hold, and which set of them is best."""

from coalitions.allocation import Allocation
from coalitions.core import core, cost_of_stability, least_core
from coalitions.errors import (
    ChoiceError,
    CoalitionError,
    InfeasibleFormation,
    SolverError,
    TooLargeError,
    WorthError,
)
from coalitions.formation import Candidates, Plan, candidates, form
from coalitions.game import Game
from coalitions.structures import Structure, optimal_structure
from coalitions.values import banzhaf_value, shapley_value

__version__ = "0.1.0"

__all__ = [
    "Game",
    "Allocation",
    "shapley_value",
    "banzhaf_value",
    "core",
    "least_core",
    "cost_of_stability",
    "optimal_structure",
    "Structure",
    "candidates",
    "Candidates",
    "form",
    "Plan",
    "WorthError",
    "CoalitionError",
    "ChoiceError",
    "InfeasibleFormation",
    "TooLargeError",
    "SolverError",
    "__version__",
]
