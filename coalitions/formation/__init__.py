"""Small groups: every candidate of bounded size, and the best set of them that states can carry."""

from coalitions.formation.best_plans import best_plans
from coalitions.formation.candidates import Candidates, candidates
from coalitions.formation.plan import Group, Plan
from coalitions.formation.plan_stability import stability
from coalitions.formation.problem import form
from coalitions.formation.stable import StablePlan, restore_stability, stable_plan
from coalitions.formation.standing import beside
from coalitions.formation.stream import stream
from coalitions.formation.sweet_spot import SweetSpot, WithAndWithout, sweet_spot, with_and_without
from coalitions.formation.verdicts import Change, PlanStability, Verdict

__all__ = [
    "Candidates",
    "Change",
    "Group",
    "Plan",
    "PlanStability",
    "StablePlan",
    "SweetSpot",
    "Verdict",
    "WithAndWithout",
    "beside",
    "best_plans",
    "candidates",
    "form",
    "restore_stability",
    "stability",
    "stable_plan",
    "stream",
    "sweet_spot",
    "with_and_without",
]
