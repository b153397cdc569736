"""Coefficients from the groups that formed: choice sets, the choice model, and how well it foretells."""

from coalitions.calibration.choice import Evaluation, evaluate, fit
from coalitions.calibration.fitted import Fit
from coalitions.calibration.observed import Observed, completion_sets, completions
from coalitions.calibration.ranks import Ranks, baseline_ranks, swap_ranks
from coalitions.calibration.sets import ChoiceSets
from coalitions.calibration.validation import Holdout, temporal_holdout

__all__ = [
    "Observed",
    "ChoiceSets",
    "completion_sets",
    "completions",
    "fit",
    "Fit",
    "evaluate",
    "Evaluation",
    "swap_ranks",
    "baseline_ranks",
    "Ranks",
    "temporal_holdout",
    "Holdout",
]
