"""Hypothesis without a clock: compiled functions are slow on their first call and on busy machines."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("library", deadline=None, max_examples=60, derandomize=True, database=None)
settings.load_profile("library")
