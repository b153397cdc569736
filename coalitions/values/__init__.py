"""One payoff vector: solutions that give every player one number."""

from coalitions.values.shapley import banzhaf_value, shapley_value

__all__ = ["banzhaf_value", "shapley_value"]
