"""The names of coalitions.core, for type checkers; see __init__.py."""

from coalitions.core.balanced import (
    Balance as Balance,
    MinimalBalancedCollections as MinimalBalancedCollections,
    balancing_weights as balancing_weights,
    core_margins as core_margins,
    empty_core_share as empty_core_share,
    is_balanced_collection as is_balanced_collection,
    minimal_balanced_collections as minimal_balanced_collections,
    worst_balanced_collection as worst_balanced_collection,
)
from coalitions.core.balancedness import (
    PayoffProperty as PayoffProperty,
    has_large_core as has_large_core,
    is_exact as is_exact,
    is_extendable as is_extendable,
    is_totally_balanced as is_totally_balanced,
)
from coalitions.core.bargaining import (
    BargainingMembership as BargainingMembership,
    bargaining_set_contains as bargaining_set_contains,
    mas_colell_contains as mas_colell_contains,
)
from coalitions.core.blocking import (
    Blocking as Blocking,
    blocking_coalitions as blocking_coalitions,
)
from coalitions.core.bounds import (
    PayoffBounds as PayoffBounds,
    payoff_bounds as payoff_bounds,
)
from coalitions.core.certificate import (
    Certificate as Certificate,
    CertificateError as CertificateError,
    Stage as Stage,
)
from coalitions.core.cone import (
    CoefficientCone as CoefficientCone,
    CoefficientInterval as CoefficientInterval,
    ConeMembership as ConeMembership,
    ConeProbability as ConeProbability,
    core_cone as core_cone,
    core_interval as core_interval,
    payoff_cone as payoff_cone,
)
from coalitions.core.criterion import (
    Kohlberg as Kohlberg,
    kohlberg as kohlberg,
)
from coalitions.core.geometry import (
    CoreCentre as CoreCentre,
    CoreVolume as CoreVolume,
    core_centre as core_centre,
    core_volume as core_volume,
)
from coalitions.core.inside import (
    ChebyshevCentre as ChebyshevCentre,
    analytic_centre as analytic_centre,
    chebyshev_centre as chebyshev_centre,
)
from coalitions.core.kernel import (
    KernelMembership as KernelMembership,
    kernel_contains as kernel_contains,
    prekernel_contains as prekernel_contains,
)
from coalitions.core.kernel_points import (
    kernel_point as kernel_point,
    prekernel_point as prekernel_point,
)
from coalitions.core.large import (
    LargeCore as LargeCore,
    large_core as large_core,
    large_cost_of_stability as large_cost_of_stability,
    large_least_core as large_least_core,
)
from coalitions.core.least import (
    CostOfStability as CostOfStability,
    LeastCore as LeastCore,
    cost_of_stability as cost_of_stability,
    least_core as least_core,
)
from coalitions.core.lexicographic import Nucleolus as Nucleolus
from coalitions.core.membership import (
    BalancedCollection as BalancedCollection,
    Core as Core,
    Membership as Membership,
    core as core,
    point_or_refuse as point_or_refuse,
)
from coalitions.core.modified import (
    Modiclus as Modiclus,
    PairStage as PairStage,
    modiclus as modiclus,
)
from coalitions.core.nucleoli import (
    anti_nucleolus as anti_nucleolus,
    anti_prenucleolus as anti_prenucleolus,
    disruption_nucleolus as disruption_nucleolus,
    nucleolus as nucleolus,
    per_capita_nucleolus as per_capita_nucleolus,
    per_capita_prenucleolus as per_capita_prenucleolus,
    prenucleolus as prenucleolus,
    proportional_nucleolus as proportional_nucleolus,
)
from coalitions.core.oracles import (
    ExcessOracle as ExcessOracle,
    ListedOracle as ListedOracle,
)
from coalitions.core.picture import plot_core as plot_core
from coalitions.core.prekernels import (
    Prekernel as Prekernel,
    prekernel as prekernel,
)
from coalitions.core.restricted import (
    coalition_structure_core as coalition_structure_core,
    strong_epsilon_core as strong_epsilon_core,
    weak_epsilon_core as weak_epsilon_core,
)
from coalitions.core.sampling import (
    CoreSample as CoreSample,
    sample_core as sample_core,
)
from coalitions.core.sensitivity import (
    CoefficientSensitivity as CoefficientSensitivity,
    CoreSensitivity as CoreSensitivity,
    PayoffSensitivity as PayoffSensitivity,
    PrenucleolusSensitivity as PrenucleolusSensitivity,
    coefficient_sensitivity as coefficient_sensitivity,
    core_sensitivity as core_sensitivity,
    payoff_sensitivity as payoff_sensitivity,
    prenucleolus_sensitivity as prenucleolus_sensitivity,
)
from coalitions.core.sets import (
    PayoffBox as PayoffBox,
    Within as Within,
    core_cover as core_cover,
    dual_core as dual_core,
    imputation_set as imputation_set,
    reasonable_set as reasonable_set,
)
from coalitions.core.stability import (
    MainSimpleSolution as MainSimpleSolution,
    StableSet as StableSet,
    core_is_stable as core_is_stable,
    dominates as dominates,
    is_stable_set as is_stable_set,
    main_simple_solution as main_simple_solution,
)
from coalitions.core.surplus import (
    Surpluses as Surpluses,
    maximum_surplus as maximum_surplus,
)
from coalitions.core.tipping import (
    PrenucleolusPath as PrenucleolusPath,
    TippingPoints as TippingPoints,
    prenucleolus_path as prenucleolus_path,
    tipping_points as tipping_points,
)
from coalitions.core.vertices import (
    CoreVertices as CoreVertices,
    core_vertices as core_vertices,
)
from coalitions.core.weber import (
    WeberMembership as WeberMembership,
    WeberSet as WeberSet,
    weber_set as weber_set,
)

__all__: list[str]
