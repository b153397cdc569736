"""The regions: worths of a million groups, the fit of all regions together, their validation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

import models
from benchmarks.timing import Row, once, seconds
from models.backtest import validate


def worths() -> Iterator[Row]:
    region = models.load("asia-pacific")
    theta = dict(zip(region.names, region.prior_mean, strict=True))
    for size, first in ((4, len(region.states)), (5, 30)):
        members = np.array(list(combinations(range(first), size)), dtype=np.int16)
        members = np.concatenate([members] * (1_000_000 // len(members) + 1))[:1_000_000]
        region.gains(members[:1000], "AP1", 2024, theta)
        took = seconds(lambda members=members: region.gains(members, "AP1", 2024, theta), 3)
        yield Row(f"worths of a million groups of {size}, {len(region.names)} terms", took, "s", 1.0)
        took = seconds(lambda members=members: region.features(members, "AP1", 2024), 3)
        yield Row(f"features of a million groups of {size}", took, "s", 2.0)


def fits() -> Iterator[Row]:
    models.calibrate(draws=1)
    found = models.calibrate()
    yield Row("three regions fitted together", once(models.calibrate), "s", 30, f"{found.fit.common.clusters} families")
    yield Row("500 draws of all coefficients", once(lambda: found.draws), "s", 10)


def validations() -> Iterator[Row]:
    yield Row("validation of three regions", once(validate), "s", 180)


def rows() -> Iterator[Row]:
    yield from worths()
    yield from fits()
    yield from validations()
