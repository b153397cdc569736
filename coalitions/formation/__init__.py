"""Small groups: every candidate of bounded size, and the best set of them that states can carry."""

from coalitions.formation.best_plans import best_plans
from coalitions.formation.candidates import Candidates, candidates
from coalitions.formation.draws import GroupFrequencies, GroupFrequency, group_frequencies
from coalitions.formation.frontier import Frontier, FrontierPoint, frontier
from coalitions.formation.parametric import ParametricCandidates, parametric_candidates
from coalitions.formation.plan import Group, Plan
from coalitions.formation.plan_cone import plan_cone
from coalitions.formation.plan_stability import stability
from coalitions.formation.problem import form
from coalitions.formation.robust import RobustGroup, RobustPlan, robust_plan
from coalitions.formation.shocks import Shock, after_shock, shock
from coalitions.formation.spoilers import Spoiled, SpoiledPlan, spoiled
from coalitions.formation.stable import StablePlan, restore_stability, stable_plan
from coalitions.formation.standing import beside
from coalitions.formation.stream import stream
from coalitions.formation.sweet_spot import SweetSpot, WithAndWithout, sweet_spot, with_and_without
from coalitions.formation.verdicts import Change, PlanStability, Verdict

__all__ = [
    "Candidates",
    "Change",
    "Frontier",
    "FrontierPoint",
    "Group",
    "GroupFrequencies",
    "GroupFrequency",
    "ParametricCandidates",
    "Plan",
    "PlanStability",
    "RobustGroup",
    "RobustPlan",
    "Shock",
    "Spoiled",
    "SpoiledPlan",
    "StablePlan",
    "SweetSpot",
    "Verdict",
    "WithAndWithout",
    "after_shock",
    "beside",
    "best_plans",
    "candidates",
    "form",
    "frontier",
    "group_frequencies",
    "parametric_candidates",
    "plan_cone",
    "restore_stability",
    "robust_plan",
    "shock",
    "spoiled",
    "stability",
    "stable_plan",
    "stream",
    "sweet_spot",
    "with_and_without",
]
