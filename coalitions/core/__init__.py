"""Sets of payoffs: the core and all around it, how far a game is from having one, and what would hold."""

from importlib import import_module
from typing import Any

from coalitions.core.least import CostOfStability, LeastCore, cost_of_stability, least_core
from coalitions.core.membership import BalancedCollection, Core, Membership, core, point_or_refuse

_LATER = {
    "balanced": (
        "Balance",
        "MinimalBalancedCollections",
        "balancing_weights",
        "core_margins",
        "empty_core_share",
        "is_balanced_collection",
        "minimal_balanced_collections",
        "worst_balanced_collection",
    ),
    "balancedness": (
        "PayoffProperty",
        "has_large_core",
        "is_exact",
        "is_extendable",
        "is_totally_balanced",
    ),
    "blocking": ("Blocking", "blocking_coalitions"),
    "bounds": ("PayoffBounds", "payoff_bounds"),
    "restricted": ("coalition_structure_core", "strong_epsilon_core", "weak_epsilon_core"),
    "sensitivity": (
        "CoefficientSensitivity",
        "CoreSensitivity",
        "PayoffSensitivity",
        "PrenucleolusSensitivity",
        "coefficient_sensitivity",
        "core_sensitivity",
        "payoff_sensitivity",
        "prenucleolus_sensitivity",
    ),
    "sets": ("PayoffBox", "Within", "core_cover", "dual_core", "imputation_set", "reasonable_set"),
    "weber": ("WeberMembership", "WeberSet", "weber_set"),
    "bargaining": ("BargainingMembership", "bargaining_set_contains", "mas_colell_contains"),
    "certificate": ("Certificate", "CertificateError", "Stage"),
    "geometry": ("CoreCentre", "CoreVolume", "core_centre", "core_volume"),
    "inside": ("ChebyshevCentre", "analytic_centre", "chebyshev_centre"),
    "kernel": ("KernelMembership", "kernel_contains", "prekernel_contains"),
    "kernel_points": ("kernel_point", "prekernel_point"),
    "cone": (
        "CoefficientCone",
        "CoefficientInterval",
        "ConeMembership",
        "ConeProbability",
        "core_cone",
        "core_interval",
        "payoff_cone",
    ),
    "criterion": ("Kohlberg", "kohlberg"),
    "large": ("LargeCore", "large_core", "large_cost_of_stability", "large_least_core"),
    "lexicographic": ("Nucleolus",),
    "modified": ("Modiclus", "PairStage", "modiclus"),
    "nucleoli": (
        "anti_nucleolus",
        "anti_prenucleolus",
        "disruption_nucleolus",
        "nucleolus",
        "per_capita_nucleolus",
        "per_capita_prenucleolus",
        "prenucleolus",
        "proportional_nucleolus",
    ),
    "oracles": ("ExcessOracle", "ListedOracle"),
    "picture": ("plot_core",),
    "prekernels": ("Prekernel", "prekernel"),
    "sampling": ("CoreSample", "sample_core"),
    "stability": (
        "MainSimpleSolution",
        "StableSet",
        "core_is_stable",
        "dominates",
        "is_stable_set",
        "main_simple_solution",
    ),
    "surplus": ("Surpluses", "maximum_surplus"),
    "tipping": ("PrenucleolusPath", "TippingPoints", "prenucleolus_path", "tipping_points"),
    "vertices": ("CoreVertices", "core_vertices"),
}
"""By module: names imported when a script asks for them, so that an import stays light."""

_HOME = {name: module for module, names in _LATER.items() for name in names}

__all__ = [
    "BalancedCollection",
    "Core",
    "CostOfStability",
    "LeastCore",
    "Membership",
    "core",
    "cost_of_stability",
    "least_core",
    "point_or_refuse",
    *_HOME,
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'coalitions.core' has no attribute {name!r}")
    return getattr(import_module(f"coalitions.core.{_HOME[name]}"), name)
