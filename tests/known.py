"""The known answers of ../shared/cases, where they are there: games from papers, textbooks and other packages."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from coalitions import Game
from coalitions.families import (
    Airport,
    Assignment,
    Bankruptcy,
    Dividends,
    Flow,
    Glove,
    InducedSubgraph,
    LinearProduction,
    MCNet,
    MinimumCostSpanningTree,
    MultipleVotingGame,
    PartitionFunctionGame,
    SimpleGame,
    WeightedVotingGame,
    unanimity,
)

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"


number = Fraction
"""An exact number as the cases write it: "7/2", "0.25" or an integer."""


def players_in(game):
    """How many players a case has, 99 where its type is not tabulated here."""
    listed = game.get("weights") or game.get("claims")
    return game.get("n", len(listed) if listed else 99)


def dense(game):
    """The worths of a case in bitmask order, or None where its type is not tabulated here."""
    kind = game["type"]
    if kind == "tu":
        return [number(worth) for worth in game["worths"]]
    n = game.get("n")
    if kind == "weighted_voting":
        weights, quota = [number(w) for w in game["weights"]], number(game["quota"])
        n = len(weights)
        return [Fraction(sum(w for i, w in enumerate(weights) if mask >> i & 1) >= quota) for mask in range(1 << n)]
    if kind == "bankruptcy":
        estate, claims = number(game["estate"]), [number(c) for c in game["claims"]]
        full = (1 << len(claims)) - 1
        return [
            max(Fraction(0), estate - sum(c for i, c in enumerate(claims) if (full ^ mask) >> i & 1))
            for mask in range(full + 1)
        ]
    if kind == "glove":
        left, right = set(game["left"]), set(game["right"])
        return [
            Fraction(
                min(
                    sum(1 for i in left if mask >> i & 1),
                    sum(1 for i in right if mask >> i & 1),
                )
            )
            for mask in range(1 << n)
        ]
    if kind == "unanimity":
        carrier = sum(1 << i for i in game["carrier"])
        return [Fraction(mask & carrier == carrier) for mask in range(1 << n)]
    if kind == "apex":
        apex, others = 1 << game["apex"], ((1 << n) - 1) ^ (1 << game["apex"])
        return [Fraction(bool(mask & apex and mask & others) or mask & others == others) for mask in range(1 << n)]
    if kind == "induced_subgraph":
        return [
            sum((number(w) for i, j, w in game["edges"] if mask >> i & 1 and mask >> j & 1), Fraction(0))
            for mask in range(1 << n)
        ]
    if kind == "dividends":
        parts = [(sum(1 << i for i in s), number(w)) for s, w in game["dividends"]]
        return [sum((w for s, w in parts if s & mask == s), Fraction(0)) for mask in range(1 << n)]
    return None


def numbers(given):
    """Make the numbers of a case exact, lists of them too; null stays None."""
    return [numbers(entry) for entry in given] if isinstance(given, list) else None if given is None else number(given)


def representation(game):
    """The game of a case as the family it is written in, numbers exact; cost games are worth minus their cost."""
    kind, n = game["type"], game.get("n")
    if kind in ("tu", "tu_cost"):
        table = np.array(numbers(game["worths" if kind == "tu" else "costs"]), object)
        return Game(range(n), table if kind == "tu" else -table)
    return BUILD[kind](game)


def _voting(rule):
    return WeightedVotingGame(numbers(rule["weights"]), number(rule["quota"]))


def _unsc(game):
    veto, others = game["permanent"], game["nonpermanent"]
    everyone = WeightedVotingGame([1] * (veto + others), game["quota"])
    return MultipleVotingGame([everyone, WeightedVotingGame([1] * veto + [0] * others, veto)])


def _apex(game):
    others = [i for i in range(game["n"]) if i != game["apex"]]
    return SimpleGame([*((game["apex"], i) for i in others), others], players=range(game["n"]))


def _partition_function(game):
    worths = {tuple(map(tuple, entry["partition"])): numbers(entry["worths"]) for entry in game["partitions"]}
    return PartitionFunctionGame(worths, range(game["n"]))


BUILD = {
    "weighted_voting": _voting,
    "multi_weighted_voting": lambda game: MultipleVotingGame(map(_voting, game["systems"])),
    "council": lambda game: MultipleVotingGame(
        map(_voting, game["criteria"]), count_quota=game["count_quota"], or_count=game.get("or_count")
    ),
    "unsc": _unsc,
    "simple": lambda game: SimpleGame(game["minimal_winning"], players=range(game["n"])),
    "apex": _apex,
    "unanimity": lambda game: unanimity(game["carrier"], range(game["n"]), Fraction(1)),
    "dividends": lambda game: Dividends({tuple(s): number(w) for s, w in game["dividends"]}, range(game["n"])),
    "mc_nets": lambda game: MCNet(
        [(rule["pos"], rule["neg"], number(rule["value"])) for rule in game["rules"]], range(game["n"])
    ),
    "induced_subgraph": lambda game: InducedSubgraph(
        [(i, j, number(w)) for i, j, w in game["edges"]], range(game["n"])
    ),
    "bankruptcy": lambda game: Bankruptcy(number(game["estate"]), numbers(game["claims"])),
    "airport": lambda game: Airport(numbers(game["costs"])),
    "glove": lambda game: Glove(game["left"], game["right"], players=range(game["n"])),
    "assignment": lambda game: Assignment(numbers(game["matrix"])),
    "mcst": lambda game: MinimumCostSpanningTree(numbers(game["matrix"])),
    "flow": lambda game: Flow(
        [(tail, head, number(capacity), owner) for tail, head, capacity, owner in game["arcs"]],
        source=game["source"],
        sink=game["sink"],
        players=range(game["n"]),
    ),
    "linear_production": lambda game: LinearProduction(
        *([[float(number(x)) for x in row] for row in game[key]] for key in ("technology", "resources")),
        [float(number(x)) for x in game["prices"]],
    ),
    "partition_function": _partition_function,
}
"""From a type of game as the cases name it to the representation."""


def cases(topic, *keys):
    """Parameters for pytest: (exact game, expected answers) of every case that can be tabulated and has a key."""
    path = CASES / f"{topic}.json"
    if not path.exists():
        return [pytest.param(None, None, marks=pytest.mark.skip(reason="../shared/cases is not there"))]
    found = []
    for case in json.loads(path.read_text())["cases"]:
        wanted = {key: case["expected"][key] for key in keys if key in case["expected"]}
        worths = dense(case["game"]) if wanted and players_in(case["game"]) <= 13 else None
        if worths is not None:
            n = len(worths).bit_length() - 1
            found.append(pytest.param(Game(range(n), np.array(worths, object)), wanted, id=case["id"]))
    return found
