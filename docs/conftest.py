"""Pages that fit all regions and draw from the fit take ten seconds and more each: ``pytest -m slow`` runs them."""

import pytest

SLOW = {
    "affinity-or-capability.md",
    "best-groups.md",
    "china-russia.md",
    "paris-berlin-london.md",
    "rising-threat.md",
    "statements.md",
    "sweet-spot-size.md",
    "us-shift.md",
    "validation.md",
    "who-next.md",
}


def pytest_collection_modifyitems(items):
    """Mark them."""
    for item in items:
        if item.path.name in SLOW:
            item.add_marker(pytest.mark.slow)
