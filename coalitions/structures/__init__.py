"""Partitions of the players: which coalition structure is worth most, and which are stable."""

from coalitions.structures.agreements import AgreementGame, AgreementStability, StableAgreements, stable_sizes
from coalitions.structures.dynamics import Path, improvement_path, merge_and_split
from coalitions.structures.equilibrium import (
    EQUILIBRIUM_NOTIONS,
    EquilibriumStructures,
    StructureStability,
    equilibrium_structures,
    is_equilibrium_structure,
)
from coalitions.structures.externality import (
    EXPECTATIONS,
    Externalities,
    Externality,
    characteristic_game,
    externalities,
    externality_core,
)
from coalitions.structures.farsighted import (
    FarsightedStructures,
    farsighted_structures,
    largest_consistent_set,
    symmetric_structure,
)
from coalitions.structures.hedonic import HedonicGame
from coalitions.structures.landscape import Landscape, Minima
from coalitions.structures.optimal import best_structures, optimal_structure
from coalitions.structures.optimal_with_externalities import (
    SIGNS,
    StructureWithExternalities,
    optimal_structure_with_externalities,
)
from coalitions.structures.power_balance import BalanceOfPower, balance_of_power
from coalitions.structures.stability import (
    NOTIONS,
    HedonicStability,
    find_stable_partition,
    is_stable,
    stable_partitions,
    top_covering,
)
from coalitions.structures.structure import Structure

__all__ = [
    "AgreementGame",
    "AgreementStability",
    "BalanceOfPower",
    "EQUILIBRIUM_NOTIONS",
    "EXPECTATIONS",
    "EquilibriumStructures",
    "Externalities",
    "Externality",
    "FarsightedStructures",
    "HedonicGame",
    "HedonicStability",
    "Landscape",
    "Minima",
    "NOTIONS",
    "Path",
    "SIGNS",
    "StableAgreements",
    "Structure",
    "StructureStability",
    "StructureWithExternalities",
    "balance_of_power",
    "best_structures",
    "characteristic_game",
    "equilibrium_structures",
    "externalities",
    "externality_core",
    "farsighted_structures",
    "find_stable_partition",
    "improvement_path",
    "is_equilibrium_structure",
    "is_stable",
    "largest_consistent_set",
    "merge_and_split",
    "optimal_structure",
    "optimal_structure_with_externalities",
    "stable_partitions",
    "stable_sizes",
    "symmetric_structure",
    "top_covering",
]
