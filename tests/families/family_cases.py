"""The known answers as they are written, by type of game, for tests that build the game themselves."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from known import CASES

from coalitions import Game


def raw_cases(kind, *topics):
    """Parameters for pytest: (data of the game, expected answers) of every case of a type, all numbers as strings."""
    found = []
    for topic in topics:
        path = CASES / f"{topic}.json"
        if path.exists():
            for case in json.loads(path.read_text())["cases"]:
                if case["game"]["type"] == kind:
                    found.append(pytest.param(case["game"], case["expected"], id=case["id"]))
    return found or [pytest.param(None, None, marks=pytest.mark.skip(reason="../shared/cases is not there"))]


def numbers(given):
    """Make the numbers of a case exact, lists of them too."""
    return [numbers(entry) for entry in given] if isinstance(given, list) else Fraction(given)


def one_by_one(family, *, exact=True):
    """Tabulate a representation coalition by coalition, the slow way."""
    labels = [tuple(p for i, p in enumerate(family.players) if m >> i & 1) for m in range(1 << family.n)]
    worths = [family[coalition] for coalition in labels]
    return Game(family.players, np.array([Fraction(w) for w in worths], object) if exact else worths)
