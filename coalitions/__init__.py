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
from coalitions.game import Game

if TYPE_CHECKING:
    from coalitions.families import MultipleVotingGame, SimpleGame, WeightedVotingGame
    from coalitions.formation import Candidates, Plan, candidates, form
    from coalitions.function_game import FunctionGame
    from coalitions.parametric import ParametricGame
    from coalitions.structures import Structure, best_structures, optimal_structure
    from coalitions.values import (
        Estimate,
        aumann_dreze_value,
        average_value,
        banzhaf_index,
        banzhaf_interaction,
        banzhaf_owen_value,
        banzhaf_value,
        chaining_interaction,
        coleman_collectivity,
        coleman_initiative_index,
        coleman_preventive_index,
        deegan_packel_index,
        dutta_ray,
        egalitarian_shapley_value,
        ensc_value,
        equal_division,
        equal_surplus_division,
        estimate,
        externality_free_value,
        from_dividends,
        gately_point,
        harsanyi_dividends,
        johnston_index,
        koenig_braeuninger_index,
        least_square_value,
        myerson_partition_value,
        myerson_value,
        normalized_banzhaf_index,
        owen_value,
        position_value,
        probabilistic_value,
        proportional_division,
        public_good_index,
        rae_index,
        semivalue,
        shapley_interaction,
        shapley_shubik_index,
        shapley_taylor,
        shapley_value,
        solidarity_value,
        tau_value,
        weighted_shapley_value,
    )

__version__ = "0.1.0"

__all__ = [
    "Game",
    "WeightedVotingGame",
    "MultipleVotingGame",
    "SimpleGame",
    "FunctionGame",
    "ParametricGame",
    "Allocation",
    "shapley_value",
    "banzhaf_value",
    "weighted_shapley_value",
    "semivalue",
    "probabilistic_value",
    "egalitarian_shapley_value",
    "solidarity_value",
    "least_square_value",
    "owen_value",
    "banzhaf_owen_value",
    "aumann_dreze_value",
    "myerson_value",
    "position_value",
    "externality_free_value",
    "average_value",
    "myerson_partition_value",
    "equal_division",
    "equal_surplus_division",
    "ensc_value",
    "proportional_division",
    "tau_value",
    "gately_point",
    "dutta_ray",
    "harsanyi_dividends",
    "from_dividends",
    "shapley_interaction",
    "banzhaf_interaction",
    "chaining_interaction",
    "shapley_taylor",
    "estimate",
    "Estimate",
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
    "core",
    "least_core",
    "cost_of_stability",
    "optimal_structure",
    "best_structures",
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

_LATER = {
    "coalitions.families": (
        "WeightedVotingGame",
        "MultipleVotingGame",
        "SimpleGame",
    ),
    "coalitions.function_game": ("FunctionGame",),
    "coalitions.parametric": ("ParametricGame",),
    "coalitions.values": (
        "shapley_value",
        "banzhaf_value",
        "weighted_shapley_value",
        "semivalue",
        "probabilistic_value",
        "egalitarian_shapley_value",
        "solidarity_value",
        "least_square_value",
        "owen_value",
        "banzhaf_owen_value",
        "aumann_dreze_value",
        "myerson_value",
        "position_value",
        "externality_free_value",
        "average_value",
        "myerson_partition_value",
        "equal_division",
        "equal_surplus_division",
        "ensc_value",
        "proportional_division",
        "tau_value",
        "gately_point",
        "dutta_ray",
        "harsanyi_dividends",
        "from_dividends",
        "shapley_interaction",
        "banzhaf_interaction",
        "chaining_interaction",
        "shapley_taylor",
        "estimate",
        "Estimate",
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
    "coalitions.structures": (
        "optimal_structure",
        "best_structures",
        "Structure",
    ),
    "coalitions.formation": (
        "candidates",
        "Candidates",
        "form",
        "Plan",
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
