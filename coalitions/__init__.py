"""Cooperative games of states: which groups pay, for whom, whether they hold, and which set of them is best.

The stub beside this file repeats the names for type checkers; a test keeps the two alike.
"""

from importlib import import_module
from typing import Any

from coalitions.allocation import Allocation
from coalitions.core import core, cost_of_stability, least_core
from coalitions.errors import (
    ChoiceError,
    CoalitionError,
    EmptyCoreError,
    InfeasibleFormation,
    SolverError,
    TooLargeError,
    WorthError,
)
from coalitions.game import Game

__version__ = "0.1.0"

_LATER = {
    "families": (
        "WeightedVotingGame",
        "MultipleVotingGame",
        "SimpleGame",
        "superadditive_bounds",
    ),
    "function_game": ("FunctionGame",),
    "parametric": ("ParametricGame",),
    "values": (
        "shapley_value",
        "banzhaf_value",
        "normalized_banzhaf_value",
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
    "core": (
        "blocking_coalitions",
        "payoff_bounds",
        "core_vertices",
        "core_volume",
        "core_centre",
        "chebyshev_centre",
        "analytic_centre",
        "sample_core",
        "plot_core",
        "strong_epsilon_core",
        "weak_epsilon_core",
        "coalition_structure_core",
        "dual_core",
        "imputation_set",
        "core_cover",
        "reasonable_set",
        "weber_set",
        "nucleolus",
        "prenucleolus",
        "per_capita_nucleolus",
        "per_capita_prenucleolus",
        "proportional_nucleolus",
        "disruption_nucleolus",
        "anti_nucleolus",
        "anti_prenucleolus",
        "kohlberg",
        "modiclus",
        "maximum_surplus",
        "kernel_contains",
        "prekernel_contains",
        "kernel_point",
        "prekernel_point",
        "prekernel",
        "bargaining_set_contains",
        "mas_colell_contains",
        "minimal_balanced_collections",
        "is_balanced_collection",
        "balancing_weights",
        "worst_balanced_collection",
        "empty_core_share",
        "is_totally_balanced",
        "is_exact",
        "has_large_core",
        "is_extendable",
        "core_is_stable",
        "is_stable_set",
        "dominates",
        "main_simple_solution",
        "core_cone",
        "core_interval",
        "payoff_cone",
        "prenucleolus_path",
        "tipping_points",
        "core_sensitivity",
        "payoff_sensitivity",
        "prenucleolus_sensitivity",
        "coefficient_sensitivity",
    ),
    "structures": (
        "optimal_structure",
        "best_structures",
        "Structure",
        "HedonicGame",
        "is_stable",
        "stable_partitions",
        "find_stable_partition",
        "top_covering",
        "Landscape",
        "AgreementGame",
        "stable_sizes",
        "balance_of_power",
        "merge_and_split",
        "improvement_path",
        "farsighted_structures",
        "largest_consistent_set",
        "symmetric_structure",
        "externalities",
        "characteristic_game",
        "externality_core",
        "optimal_structure_with_externalities",
        "equilibrium_structures",
        "is_equilibrium_structure",
    ),
    "formation": (
        "candidates",
        "Candidates",
        "form",
        "Plan",
        "beside",
        "best_plans",
        "sweet_spot",
        "with_and_without",
    ),
}
"""By room: names imported when a script asks for them, so that an import stays light."""

_HOME = {name: room for room, names in _LATER.items() for name in names}

__all__ = [
    "Game",
    "Allocation",
    "core",
    "least_core",
    "cost_of_stability",
    *_HOME,
    "WorthError",
    "CoalitionError",
    "ChoiceError",
    "EmptyCoreError",
    "InfeasibleFormation",
    "TooLargeError",
    "SolverError",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'coalitions' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"coalitions.{_HOME[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
