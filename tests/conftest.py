"""Hypothesis without a clock: compiled functions are slow on their first call and on busy machines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("library", deadline=None, max_examples=60, derandomize=True, database=None)
settings.load_profile("library")

SLOW_PAGES = {
    "affinity-or-capability.md",
    "best-groups.md",
    "china-russia.md",
    "paris-berlin-london.md",
    "rising-threat.md",
    "statements.md",
    "sweet-spot-size.md",
    "us-shift.md",
    "validation.md",
    "what-the-data-tell.md",
    "who-next.md",
}
"""Pages of docs/ that fit all regions and draw from the fit: ten seconds and more each."""


def pytest_collection_modifyitems(items):
    """Mark the slow pages; a page named on the command line alone runs without the mark."""
    for item in items:
        if item.path.name in SLOW_PAGES:
            item.add_marker(pytest.mark.slow)
