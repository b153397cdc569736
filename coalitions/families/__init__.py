"""Games with a story: each knows its own worths, and becomes a dense game on demand."""

from coalitions.families.cost import (
    Airport,
    Bankruptcy,
    MinimumCostSpanningTree,
    airport_shares,
    bird_rule,
    constrained_equal_awards,
    constrained_equal_losses,
    folk_rule,
    proportional_rule,
    talmud_rule,
)
from coalitions.families.dividends import Dividends, MCNet, Rule, read_mc_net, unanimity, write_mc_net
from coalitions.families.graph import CommunicationGraph, Flow, InducedSubgraph, additively_separable
from coalitions.families.market import Assignment, Glove, LinearProduction, Market, owen_point
from coalitions.families.partition import PartitionFunctionGame, myerson_partition_value
from coalitions.families.simple import SimpleGame
from coalitions.families.synthetic import synthetic_game, synthetic_kinds
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
    "PartitionFunctionGame",
    "myerson_partition_value",
    "synthetic_game",
    "synthetic_kinds",
]
