"""One small study of the Asia-Pacific, made once for all tests of the report."""

from __future__ import annotations

import pytest

import models
from coalitions.report import study
from models.evidence import evidence


@pytest.fixture(scope="session")
def region():
    return models.load("asia-pacific")


@pytest.fixture(scope="session")
def small(region):
    return study(region, max_size=3, groups=4, seed=3)


@pytest.fixture(scope="session")
def given(region):
    """What the command line hands a study of a region that comes with others."""
    return evidence(region)


@pytest.fixture(scope="session")
def together(region, given):
    return study(region, max_size=3, groups=4, seed=3, **given)


@pytest.fixture(scope="session")
def world():
    """A region without places and without groups of its own."""
    order = models.load("global-order")
    return study(order, max_size=3, groups=4, **evidence(order))
