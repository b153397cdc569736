"""One small study of the Asia-Pacific, made once for all tests of the report."""

from __future__ import annotations

import pytest

import models
from coalitions.report import study


@pytest.fixture(scope="session")
def region():
    return models.load("asia-pacific")


@pytest.fixture(scope="session")
def small(region):
    return study(region, max_size=3, groups=4, seed=3)
