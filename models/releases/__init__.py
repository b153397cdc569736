"""Readers of original data releases, from the files a user downloaded.

Each reader gives a ``Release``: the figures in one layout and unit, keyed by ISO codes, and an account of every row
that was not used. ``release.into(panel)`` puts figures by state and year into a panel; ``models.similarity`` turns
ties into matrices. Nothing is downloaded, and no state is guessed.
"""

from __future__ import annotations

from models.releases.conflicts import read_mids, read_ucdp, read_wars
from models.releases.figures import read_gmsd, read_nmc, read_sipri, read_vdem, read_world_bank
from models.releases.result import Release
from models.releases.ties import read_atop, read_contiguity, read_cow_alliances, read_dcad, read_exercises
from models.releases.votes import read_un_ideal_points, read_un_votes

__all__ = [
    "Release",
    "read_atop",
    "read_contiguity",
    "read_cow_alliances",
    "read_dcad",
    "read_exercises",
    "read_gmsd",
    "read_mids",
    "read_nmc",
    "read_sipri",
    "read_ucdp",
    "read_un_ideal_points",
    "read_un_votes",
    "read_vdem",
    "read_wars",
    "read_world_bank",
]
