"""Small groups: every candidate of bounded size, and the best set of them that states can carry."""

from coalitions.formation.best_plans import best_plans
from coalitions.formation.candidates import Candidates, candidates
from coalitions.formation.plan import Group, Plan
from coalitions.formation.problem import form
from coalitions.formation.standing import beside
from coalitions.formation.sweet_spot import SweetSpot, WithAndWithout, sweet_spot, with_and_without

__all__ = [
    "Candidates",
    "Group",
    "Plan",
    "SweetSpot",
    "WithAndWithout",
    "beside",
    "best_plans",
    "candidates",
    "form",
    "sweet_spot",
    "with_and_without",
]
