"""Games with a story: each knows its own worths, and becomes a dense game on demand."""

from coalitions.families.airport import Airport, airport_shares
from coalitions.families.assignment import Assignment, Glove
from coalitions.families.bankruptcy import (
    Bankruptcy,
    constrained_equal_awards,
    constrained_equal_losses,
    proportional_rule,
    talmud_rule,
)
from coalitions.families.communication import CommunicationGraph
from coalitions.families.dividends import Dividends, unanimity
from coalitions.families.graph import Flow, InducedSubgraph, additively_separable
from coalitions.families.mc_nets import MCNet, Rule, read_mc_net, write_mc_net
from coalitions.families.partial import superadditive_bounds
from coalitions.families.partition import PartitionFunctionGame, myerson_partition_value
from coalitions.families.production import LinearProduction, Market, owen_point
from coalitions.families.simple import SimpleGame
from coalitions.families.synthetic import synthetic_game, synthetic_kinds
from coalitions.families.trees import MinimumCostSpanningTree, bird_rule, folk_rule
from coalitions.families.typed import TypedGame
from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame

__all__ = [
    "WeightedVotingGame",
    "MultipleVotingGame",
    "SimpleGame",
    "Airport",
    "Bankruptcy",
    "MinimumCostSpanningTree",
    "airport_shares",
    "bird_rule",
    "constrained_equal_awards",
    "constrained_equal_losses",
    "folk_rule",
    "proportional_rule",
    "talmud_rule",
    "Assignment",
    "Glove",
    "LinearProduction",
    "Market",
    "owen_point",
    "CommunicationGraph",
    "Flow",
    "InducedSubgraph",
    "additively_separable",
    "Dividends",
    "MCNet",
    "Rule",
    "read_mc_net",
    "unanimity",
    "write_mc_net",
    "TypedGame",
    "superadditive_bounds",
    "PartitionFunctionGame",
    "myerson_partition_value",
    "synthetic_game",
    "synthetic_kinds",
]
