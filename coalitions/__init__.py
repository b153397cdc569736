"""Cooperative games of states: which groups pay, for whom, whether they hold, and which set of them is best."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from coalitions.families import (
        MultipleVotingGame,
        SimpleGame,
        WeightedVotingGame,
    )
    from coalitions.values.power import (
        banzhaf_index,
        coleman_collectivity,
        coleman_initiative_index,
        coleman_preventive_index,
        deegan_packel_index,
        johnston_index,
        koenig_braeuninger_index,
        normalized_banzhaf_index,
        public_good_index,
        rae_index,
        shapley_shubik_index,
    )

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
    "WeightedVotingGame",
    "MultipleVotingGame",
    "SimpleGame",
    "shapley_shubik_index",
    "banzhaf_index",
    "normalized_banzhaf_index",
    "coleman_collectivity",
    "coleman_preventive_index",
    "coleman_initiative_index",
    "johnston_index",
    "deegan_packel_index",
    "public_good_index",
    "rae_index",
    "koenig_braeuninger_index",
    "WorthError",
    "CoalitionError",
    "ChoiceError",
    "InfeasibleFormation",
    "TooLargeError",
    "SolverError",
    "__version__",
]

_LATER = {
    "coalitions.families": ("WeightedVotingGame", "MultipleVotingGame", "SimpleGame"),
    "coalitions.values.power": (
        "shapley_shubik_index",
        "banzhaf_index",
        "normalized_banzhaf_index",
        "coleman_collectivity",
        "coleman_preventive_index",
        "coleman_initiative_index",
        "johnston_index",
        "deegan_packel_index",
        "public_good_index",
        "rae_index",
        "koenig_braeuninger_index",
    ),
}
"""Names imported when a script asks for them, so that an import stays light."""

_HOME = {name: module for module, names in _LATER.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'coalitions' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
