"""Sets of payoffs: the core, how far a game is from having one, and what it would cost to give it one."""

from coalitions.core.least import CostOfStability, LeastCore, cost_of_stability, least_core
from coalitions.core.membership import BalancedCollection, Core, Membership, core

__all__ = [
    "BalancedCollection",
    "Core",
    "CostOfStability",
    "LeastCore",
    "Membership",
    "core",
    "cost_of_stability",
    "least_core",
]
