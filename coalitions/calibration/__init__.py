"""Coefficients from the groups that formed: choice sets, choice models, what they tell, and how well they foretell."""

from coalitions.calibration.bootstraps import Bootstrap, bootstrap
from coalitions.calibration.choice import Evaluation, evaluate, fit
from coalitions.calibration.comparison import Comparison, Rival, compare, pooled
from coalitions.calibration.curves import CalibrationCurve, calibration_curve
from coalitions.calibration.fitted import Fit
from coalitions.calibration.hierarchical import HierarchicalFit
from coalitions.calibration.hierarchy import fit_hierarchy
from coalitions.calibration.identified import Identification, identification
from coalitions.calibration.observed import Observed, completion_sets, completions
from coalitions.calibration.profiles import Profile, profile, profile_all
from coalitions.calibration.ranks import Ranks, baseline_ranks, swap_ranks
from coalitions.calibration.recovered import Recovery, recovery
from coalitions.calibration.scores import (
    average_precision,
    brier_score,
    log_loss,
    reciprocal_rank,
    roc_auc,
    share_in_top,
)
from coalitions.calibration.sets import ChoiceSets
from coalitions.calibration.simulate import sample_groups, simulator
from coalitions.calibration.validation import Forecast, Holdout, forecast, temporal_holdout

__all__ = [
    "Observed",
    "ChoiceSets",
    "completion_sets",
    "completions",
    "fit",
    "Fit",
    "fit_hierarchy",
    "HierarchicalFit",
    "evaluate",
    "Evaluation",
    "identification",
    "Identification",
    "profile",
    "profile_all",
    "Profile",
    "bootstrap",
    "Bootstrap",
    "sample_groups",
    "simulator",
    "recovery",
    "Recovery",
    "swap_ranks",
    "baseline_ranks",
    "Ranks",
    "temporal_holdout",
    "Holdout",
    "forecast",
    "Forecast",
    "compare",
    "pooled",
    "Comparison",
    "Rival",
    "calibration_curve",
    "CalibrationCurve",
    "log_loss",
    "brier_score",
    "average_precision",
    "roc_auc",
    "reciprocal_rank",
    "share_in_top",
]
