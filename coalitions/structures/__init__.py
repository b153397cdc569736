"""Partitions of the players: which coalition structure is worth most."""

from coalitions.structures.optimal import Structure, optimal_structure

__all__ = ["Structure", "optimal_structure"]
