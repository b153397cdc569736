"""Small groups: every candidate of bounded size, and the best set of them that states can carry."""

from coalitions.formation.candidates import Candidates, candidates
from coalitions.formation.plan import Group, Plan
from coalitions.formation.problem import form
from coalitions.formation.standing import beside

__all__ = ["Candidates", "Group", "Plan", "beside", "candidates", "form"]
