"""Every known answer of the values, indices, interactions, networks, trees and games with externalities.

One test an answer, through the public functions, exact where the case is. A key that no entry of ``ANSWERS`` computes
fails, so that nothing is passed over in silence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from known import CASES, number, representation

from coalitions import (
    WorthError,
    aumann_dreze_value,
    banzhaf_index,
    banzhaf_interaction,
    banzhaf_owen_value,
    banzhaf_value,
    chaining_interaction,
    coleman_collectivity,
    coleman_initiative_index,
    coleman_preventive_index,
    core,
    deegan_packel_index,
    externality_free_value,
    gately_point,
    harsanyi_dividends,
    johnston_index,
    myerson_partition_value,
    myerson_value,
    normalized_banzhaf_index,
    optimal_structure,
    owen_value,
    position_value,
    public_good_index,
    shapley_interaction,
    shapley_shubik_index,
    shapley_taylor,
    shapley_value,
    tau_value,
)
from coalitions.families import (
    CommunicationGraph,
    MultipleVotingGame,
    PartitionFunctionGame,
    SimpleGame,
    WeightedVotingGame,
    bird_rule,
    folk_rule,
)
from coalitions.game import as_game
from coalitions.player_properties import null_players
from coalitions.properties import is_additive, is_convex, is_superadditive
from coalitions.values import mcquillin_value, minimal_rights, normalized_banzhaf_value, utopia_payoffs

TOPICS = ("val", "power", "inter", "coal", "net", "mcst", "pfg")
COST_GAMES = ("tu_cost", "airport", "mcst")


@dataclass(frozen=True)
class Case:
    """A game of the cases, what comes with it, and the sign that turns its payoffs into what the case speaks of."""

    game: Any
    params: dict
    sign: int

    @property
    def table(self):
        """The exact dense game of the worths, or of the costs."""
        voting = isinstance(self.game, WeightedVotingGame | MultipleVotingGame | SimpleGame)
        profit = self.game.to_game(exact=True) if voting else as_game(self.game)
        return profit if self.sign > 0 else -profit


def payoffs(solve):
    """One number a player."""
    return lambda case: [case.sign * x for x in solve(case.game)]


def with_params(solve, name):
    """The same for solutions that want unions or a graph."""
    return lambda case: list(solve(case.table, **{name: case.params[name]}))


def normalized_banzhaf(case):
    simple = isinstance(case.game, WeightedVotingGame | MultipleVotingGame | SimpleGame)
    return list((normalized_banzhaf_index if simple else normalized_banzhaf_value)(case.game))


def interaction(solve, order):
    def found(case):
        numbers_of = solve(case.game, order=order).to_dict()
        return {",".join(map(str, coalition)): value for coalition, value in numbers_of.items()}

    return found


def tau(case):
    try:
        return payoffs(tau_value)(case)
    except WorthError as error:
        if "not quasi-balanced" not in str(error):
            raise
        return None


def partitions_of_most_worth(case):
    """Every optimal structure: those of the game with externalities that has none."""
    table = as_game(case.game)
    return best_partitions(PartitionFunctionGame.from_function(table.players, lambda block, blocks: table[block]))


def best_partitions(game):
    return sorted(sorted(map(list, blocks)) for blocks in game.best_partitions()[1])


def sets(coalitions):
    return sorted(sorted(coalition) for coalition in coalitions)


ANSWERS = {
    "shapley": payoffs(shapley_value),
    "kar": payoffs(shapley_value),
    "banzhaf": payoffs(banzhaf_value),
    "banzhaf_raw": lambda case: [x * 2 ** (case.game.n - 1) for x in banzhaf_value(case.game)],
    "tau": tau,
    "gately": payoffs(gately_point),
    "utopia": payoffs(utopia_payoffs),
    "minimal_rights": payoffs(minimal_rights),
    "owen": with_params(owen_value, "unions"),
    "banzhaf_owen": with_params(banzhaf_owen_value, "unions"),
    "aumann_dreze": with_params(aumann_dreze_value, "unions"),
    "myerson": with_params(myerson_value, "graph"),
    "position": with_params(position_value, "graph"),
    "graph_restricted_worths": lambda case: (
        CommunicationGraph(case.table, case.params["graph"]).to_game().worths.tolist()
    ),
    "harsanyi_dividends": lambda case: [0, *harsanyi_dividends(case.game).values],
    "shapley_interaction_2": interaction(shapley_interaction, 2),
    "shapley_interaction_3": interaction(shapley_interaction, 3),
    "banzhaf_interaction_2": interaction(banzhaf_interaction, 2),
    "banzhaf_interaction_3": interaction(banzhaf_interaction, 3),
    "chaining_interaction_2": interaction(chaining_interaction, 2),
    "shapley_taylor_2": interaction(shapley_taylor, 2),
    "shapley_shubik": payoffs(shapley_shubik_index),
    "banzhaf_abs": payoffs(banzhaf_index),
    "banzhaf_normalized": normalized_banzhaf,
    "banzhaf_swings": lambda case: [x * 2 ** (case.game.n - 1) for x in banzhaf_index(case.game)],
    "coleman_collectivity": lambda case: coleman_collectivity(case.game),
    "coleman_preventive": payoffs(coleman_preventive_index),
    "coleman_initiative": payoffs(coleman_initiative_index),
    "johnston": payoffs(johnston_index),
    "deegan_packel": payoffs(deegan_packel_index),
    "holler_pgi": payoffs(public_good_index),
    "n_winning": lambda case: coleman_collectivity(case.game) * 2**case.game.n,
    "minimal_winning": lambda case: sets(SimpleGame.from_game(case.game).minimal_winning),
    "n_minimal_winning": lambda case: len(SimpleGame.from_game(case.game).minimal_winning),
    "veto_players": lambda case: list(SimpleGame.from_game(case.game).veto_players),
    "null_players": lambda case: list(null_players(case.game)),
    "worths": lambda case: case.table.worths.tolist(),
    "additive": lambda case: bool(is_additive(case.game)),
    "convex": lambda case: bool(is_convex(case.game)),
    "superadditive": lambda case: bool(is_superadditive(case.game)),
    "subadditive": lambda case: bool(is_superadditive(case.game)),
    "imputation_set_empty": lambda case: sum(case.game[(p,)] for p in case.game.players) > case.game[case.game.players],
    "core_empty": lambda case: core(as_game(case.game)).is_empty,
    "csg_value": lambda case: optimal_structure(as_game(case.game)).worth,
    "csg_partitions": partitions_of_most_worth,
    "mcst_cost": lambda case: case.game.cost(case.game.players),
    "bird": lambda case: list(bird_rule(case.game)),
    "folk": lambda case: list(folk_rule(case.game)),
    "irreducible_matrix": lambda case: [list(row) for row in case.game.irreducible().matrix],
    "externality_free_value": payoffs(externality_free_value),
    "mcquillin_value": payoffs(mcquillin_value),
    "myerson_pfg_value": payoffs(myerson_partition_value),
    "externality_free_game": lambda case: case.game.externality_free().worths.tolist(),
    "mcquillin_game": lambda case: case.game.mcquillin().worths.tolist(),
    "gamma_core_empty": lambda case: core(case.game.externality_free()).is_empty,
    "delta_core_empty": lambda case: core(case.game.mcquillin()).is_empty,
    "optimal_partition_value": lambda case: case.game.best_partitions()[0],
    "optimal_partitions": lambda case: best_partitions(case.game),
}
"""From a key of the cases to the function of a case that computes it."""


def from_core(name):
    """A function of ``coalitions.core``; the answer is skipped as long as there is none of that name."""
    room = import_module("coalitions.core")
    if not hasattr(room, name):
        pytest.skip(f"coalitions.core has no {name} yet")
    return getattr(room, name)


def vertices(case):
    found = core(as_game(case.game))
    if not hasattr(found, "vertices"):
        pytest.skip("cores have no vertices yet")
    return sorted([case.sign * x for x in vertex] for vertex in found.vertices())


OF_TABLES = (
    *("shapley", "banzhaf", "tau", "gately", "utopia", "minimal_rights", "owen", "banzhaf_owen", "aumann_dreze"),
    *("myerson", "position", "harsanyi_dividends", "shapley_taylor_2", "chaining_interaction_2"),
    *("shapley_interaction_2", "shapley_interaction_3", "banzhaf_interaction_2", "banzhaf_interaction_3"),
)
"""Keys whose functions take any table of worths, floats too."""


CORE_ANSWERS = {
    "nucleolus": lambda case: payoffs(from_core("nucleolus"))(case),
    "prenucleolus": lambda case: payoffs(from_core("prenucleolus"))(case),
    "percapita_nucleolus": lambda case: payoffs(from_core("per_capita_nucleolus"))(case),
    "percapita_prenucleolus": lambda case: payoffs(from_core("per_capita_prenucleolus"))(case),
    "modiclus": lambda case: payoffs(from_core("modiclus"))(case),
    "least_core_epsilon": lambda case: from_core("least_core")(as_game(case.game)).epsilon,
    "core_vertices": vertices,
    "core_vertex_count": lambda case: len(vertices(case)),
    "balanced": lambda case: bool(from_core("is_balanced")(case.game)),
    "totally_balanced": lambda case: bool(from_core("is_totally_balanced")(case.game)),
}
"""The same for the answers that come from linear programs: exact or within rounding of it."""


def answers():
    """Parameters for pytest: (game as written, what comes with it, key, expected answer), one a key of every case."""
    found = []
    for topic in TOPICS:
        path = CASES / f"{topic}.json"
        for case in json.loads(path.read_text())["cases"] if path.exists() else []:
            for key, wanted in case["expected"].items():
                found.append(pytest.param(case["game"], case.get("params", {}), key, wanted, id=f"{case['id']}:{key}"))
    missing = pytest.param(None, None, None, None, marks=pytest.mark.skip(reason="../shared/cases is not there"))
    return found or [missing]


def exact(wanted):
    """The expected answer with its numbers made exact; words, truth values and nulls as they are."""
    if isinstance(wanted, dict):
        return {key: exact(entry) for key, entry in wanted.items()}
    if isinstance(wanted, list):
        return [exact(entry) for entry in wanted]
    return wanted if wanted is None or isinstance(wanted, bool) else number(wanted)


def agree(found, wanted):
    """Whether an answer is the expected one: exactly, or within rounding where it is a float."""
    if isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(agree(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(agree, found, wanted))
    return abs(found - wanted) <= 1e-9 * max(1, abs(wanted)) if isinstance(found, float) else found == wanted


EVERY = answers()
DENSE = [answer for answer in EVERY if answer.values[2] in OF_TABLES]


@pytest.mark.parametrize(("game", "params", "key", "wanted"), EVERY)
def test_known_answer(game, params, key, wanted):
    assert key in ANSWERS or key in CORE_ANSWERS, f"nothing computes {key!r}"
    case = Case(representation(game), params, -1 if game["type"] in COST_GAMES else 1)
    expected = exact(wanted)
    if key in CORE_ANSWERS:
        found = CORE_ANSWERS[key](case)
        assert agree(found, sorted(expected) if key == "core_vertices" else expected), found
    else:
        assert ANSWERS[key](case) == expected


@pytest.mark.parametrize(("game", "params", "key", "wanted"), DENSE)
def test_known_answer_of_a_table_of_floats(game, params, key, wanted):
    table = as_game(representation(game))
    case = Case(table / 1.0, params, -1 if game["type"] in COST_GAMES else 1)
    assert not case.game.is_exact
    assert agree(ANSWERS[key](case), exact(wanted))
