"""The known answers of ../shared/cases, where they are there: games from papers, textbooks and other packages."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from coalitions import Game

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
