"""One payoff vector: solutions that give every player one number."""

from coalitions.values.coalitional import (
    aumann_dreze_value,
    banzhaf_owen_value,
    levels_value,
    owen_value,
    symmetric_coalitional_banzhaf_value,
)
from coalitions.values.dividends import CoalitionValues, from_dividends, harsanyi_dividends
from coalitions.values.division import (
    dutta_ray,
    ensc_value,
    equal_division,
    equal_surplus_division,
    gately_point,
    minimal_rights,
    proportional_division,
    tau_value,
    utopia_payoffs,
)
from coalitions.values.estimates import Estimate
from coalitions.values.externalities import (
    average_value,
    externality_free_value,
    mcquillin_value,
    myerson_partition_value,
)
from coalitions.values.interaction import (
    banzhaf_interaction,
    chaining_interaction,
    k_shapley_interaction,
    shapley_interaction,
    shapley_taylor,
)
from coalitions.values.least_squares import least_square_nucleolus, least_square_value
from coalitions.values.network import myerson_value, position_value
from coalitions.values.power import (
    banzhaf_index,
    coleman_collectivity,
    coleman_initiative_index,
    coleman_preventive_index,
    deegan_packel_index,
    johnston_index,
    koenig_braeuninger_index,
    normalized_banzhaf_index,
    public_good_index,
    rae_index,
    shapley_shubik_index,
)
from coalitions.values.sampling import estimate
from coalitions.values.semivalues import (
    binomial_semivalue,
    egalitarian_shapley_value,
    semivalue,
    solidarity_value,
)
from coalitions.values.shapley import banzhaf_value, normalized_banzhaf_value, shapley_value
from coalitions.values.weighted import probabilistic_value, weighted_shapley_value

__all__ = [
    "shapley_value",
    "banzhaf_value",
    "normalized_banzhaf_value",
    "weighted_shapley_value",
    "probabilistic_value",
    "semivalue",
    "binomial_semivalue",
    "egalitarian_shapley_value",
    "solidarity_value",
    "least_square_value",
    "least_square_nucleolus",
    "owen_value",
    "banzhaf_owen_value",
    "symmetric_coalitional_banzhaf_value",
    "levels_value",
    "aumann_dreze_value",
    "myerson_value",
    "position_value",
    "externality_free_value",
    "mcquillin_value",
    "average_value",
    "myerson_partition_value",
    "equal_division",
    "equal_surplus_division",
    "ensc_value",
    "proportional_division",
    "tau_value",
    "gately_point",
    "utopia_payoffs",
    "minimal_rights",
    "dutta_ray",
    "harsanyi_dividends",
    "from_dividends",
    "CoalitionValues",
    "shapley_interaction",
    "banzhaf_interaction",
    "chaining_interaction",
    "k_shapley_interaction",
    "shapley_taylor",
    "estimate",
    "Estimate",
    "shapley_shubik_index",
    "banzhaf_index",
    "normalized_banzhaf_index",
    "coleman_collectivity",
    "coleman_preventive_index",
    "coleman_initiative_index",
    "johnston_index",
    "deegan_packel_index",
    "public_good_index",
    "rae_index",
    "koenig_braeuninger_index",
]
