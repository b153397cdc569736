"""The claims S1 to S20 as tests with a verdict, an effect and an interval.

``statement("S6")`` runs one, ``statements()`` all of them; ``statements(fitted=models.calibrate())`` those too that
need a payoff. What is claimed and how it is tested is in claims.py. Tests without a fit are in counts.py, likeness.py,
formats.py, reactions.py, architecture.py and, in closed form or on coverage alone, sizes.py and coverage.py; tests of a
payoff in threats.py, coverage.py, joining.py, europe.py, rivals.py and sizes.py.
"""

from models.statements import (
    architecture,
    counts,
    coverage,
    europe,
    formats,
    joining,
    likeness,
    reactions,
    rivals,
    sizes,
    threats,
)
from models.statements.architecture import alliance_gain, entrapment_threshold, star_gain
from models.statements.claims import CLAIMS, Claim
from models.statements.coverage import covered_shares
from models.statements.registry import Evidence, Fitted, Run, evidence_for, statement, statements
from models.statements.sizes import small_band
from models.statements.verdict import VERDICTS, Finding, Statement, Statements, verdict_of

__all__ = [
    "CLAIMS",
    "VERDICTS",
    "Claim",
    "Evidence",
    "Finding",
    "Fitted",
    "Run",
    "Statement",
    "Statements",
    "alliance_gain",
    "architecture",
    "counts",
    "coverage",
    "covered_shares",
    "entrapment_threshold",
    "europe",
    "evidence_for",
    "formats",
    "joining",
    "likeness",
    "reactions",
    "rivals",
    "sizes",
    "small_band",
    "star_gain",
    "statement",
    "statements",
    "threats",
    "verdict_of",
]
