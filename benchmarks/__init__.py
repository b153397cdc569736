"""Measurements of the reach table: ``python -m benchmarks`` runs them all and prints each ratio beside its limit."""
