"""Which function tests which claim, and the two calls that run them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.likelihood import one_thread
from models.panel import Panel, load_panel, nearest
from models.region import Region
from models.statements.claims import CLAIMS, Claim
from models.statements.intervals import check_level
from models.statements.verdict import Finding, Statement, Statements, verdict_of

__all__ = ["Evidence", "Fitted", "Run", "statement", "statements", "evidence_for"]

NEEDS_FIT = "needs a fit"


class Fitted(Protocol):
    """What tests of a payoff take: regions, and draws of their coefficients."""

    @property
    def regions(self) -> Mapping[str, Region]:
        """By name."""

    @property
    def draws(self) -> Mapping[str, NDArray[np.float64]]:
        """By region: shape (m, K), a column for each of ``region.names``; row d of all regions is one joint draw."""

    @property
    def year(self) -> int:
        """The last year of founding and of figures."""


@dataclass(frozen=True)
class Run:
    """What a test may use."""

    panel: Panel
    fitted: Fitted | None
    level: float
    rng: np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a test gives: the finding the verdict starts from, further ones, and figures beside them.

    ``prior_range`` marks an interval that is a range over prior choices and has no level of confidence.
    """

    main: Finding
    basis: str
    parts: Sequence[Finding] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    prior_range: bool = False


Test = Callable[[Run], Evidence]

_BY_ID = {claim.id: claim for claim in CLAIMS}
_OBSERVED: dict[str, Test] = {}
_MODEL: dict[str, Test] = {}
_REGIONS: dict[str, tuple[str, ...]] = {}
_AFTER: dict[str, float] = {}


def evidence_for(
    identifier: str, *, fitted: bool = False, regions: Sequence[str] = (), after: int | None = None
) -> Callable[[Test], Test]:
    """Enter a function as the test of a claim.

    Parameters
    ----------
    identifier : str
        Such as ``"S1"``; the claim, its design and its data are in claims.py.
    fitted : bool
        Whether it needs ``run.fitted``. A claim may have one test of each kind: the one without a fit gives the
        main finding, and the other enters as a part.
    regions : sequence of str
        Regions the fit must have; without one of them the claim is not decided.
    after : int, optional
        Year up to which the test fits groups to foretell later ones; a fit that ends by then leaves none to foretell.

    Returns
    -------
    callable
        A decorator that leaves the function as it is.

    Raises
    ------
    ValueError
        There is no such claim, or it has such a test already.
    """
    _claim(identifier)
    tests = _MODEL if fitted else _OBSERVED

    def enter(test: Test) -> Test:
        if identifier in tests:
            raise ValueError(f"{identifier} has a test already: {tests[identifier].__name__}")
        tests[identifier] = test
        if fitted:
            _REGIONS[identifier] = tuple(regions)
            _AFTER[identifier] = -math.inf if after is None else after
        return test

    return enter


def statement(
    identifier: str,
    *,
    panel: Panel | None = None,
    fitted: Fitted | None = None,
    level: float = 0.95,
    rng: int | np.random.Generator | None = 0,
) -> Statement:
    """Test one claim.

    Parameters
    ----------
    identifier : str
        ``"S1"`` to ``"S20"``.
    panel : Panel, optional
        By default the embedded one.
    fitted : Fitted, optional
        Regions with draws of their coefficients. Claims about payoffs are not decided without it.
    level : float
        Of the intervals, between 0 and 1.
    rng : int or numpy.random.Generator
        Anything ``numpy.random.default_rng`` takes. The same seed gives the same statement, alone or among others.

    Returns
    -------
    Statement
        Supported where the interval lies on the claimed side of the null value, not supported where it lies on
        the other, mixed where parts differ in that, else not decided.

    Raises
    ------
    ValueError
        There is no such claim, the level is not between 0 and 1, or the panel or the fit lacks what the test needs.

    Notes
    -----
    The groups are a list of successes: nothing here estimates how often groups form.

    Examples
    --------
    >>> shift = statement("S1")
    >>> shift.verdict, round(shift.effect, 2), shift.details["minilaterals by five years"]["2015-2019"]
    ('supported', 3.65, 45)
    """
    return _statement(_claim(identifier), _checked(panel, level), fitted, level, _seed(rng))


def statements(
    identifiers: Iterable[str] | None = None,
    *,
    panel: Panel | None = None,
    fitted: Fitted | None = None,
    level: float = 0.95,
    rng: int | np.random.Generator | None = 0,
) -> Statements:
    """Test several claims, all twenty by default.

    Parameters
    ----------
    identifiers : iterable of str, optional
        Such as ``("S1", "S6")``.
    panel, fitted, level, rng
        As for ``statement``.

    Returns
    -------
    Statements
        In the order given.

    Raises
    ------
    ValueError
        As for ``statement``; or a claim is named twice, or one name is given where a list is asked for.

    Notes
    -----
    Some five seconds, and about half a minute with a fit. With many claims at once some intervals miss by chance: at
    0.95 and twenty claims, one.

    Examples
    --------
    >>> statements(["S1", "S2"])
    2 claims: 1 supported, 1 not decided
    S1   supported      3.65 [2.35, 5.88] ratio, above 1 is claimed
    S2   not decided    needs a fit
    """
    if isinstance(identifiers, str):
        raise ValueError(f"identifiers is the one name {identifiers!r}; give a list of them, such as [{identifiers!r}]")
    asked = [claim.id for claim in CLAIMS] if identifiers is None else list(identifiers)
    claims = [_claim(identifier) for identifier in asked]
    if twice := [identifier for identifier in asked if asked.count(identifier) > 1]:
        raise ValueError(f"statement {twice[0]} is named twice")
    panel, seed = _checked(panel, level), _seed(rng)
    return Statements(tuple(_statement(claim, panel, fitted, level, seed) for claim in claims))


def _statement(claim: Claim, panel: Panel, fitted: Fitted | None, level: float, seed: int) -> Statement:
    run = Run(panel, fitted, level, np.random.default_rng([seed, int(claim.id[1:])]))
    missing = _missing(claim, fitted)
    with one_thread():
        found = [_OBSERVED[claim.id](run)] if claim.id in _OBSERVED else []
        if fitted is not None and claim.id in _MODEL and not missing:
            found.append(_MODEL[claim.id](run))
    if not found:
        return Statement(
            id=claim.id,
            claim=claim.claim,
            test=claim.model,
            finding="",
            verdict="not decided",
            effect=math.nan,
            interval=(math.nan, math.nan),
            level=level,
            unit="",
            null=math.nan,
            side="above",
            basis="",
            reason=missing,
        )
    first, *others = found
    parts = list(first.parts)
    details = dict(first.details)
    for other in others:
        parts += [replace(finding, name=f"fitted: {finding.name}") for finding in (other.main, *other.parts)]
        details |= {f"fitted: {name}": value for name, value in other.details.items()}
    return Statement(
        id=claim.id,
        claim=claim.claim,
        test="; ".join(filter(None, (claim.design, claim.model if fitted is not None else ""))),
        verdict=verdict_of([first.main, *parts]),
        finding=first.main.name,
        effect=first.main.effect,
        interval=first.main.interval,
        level=None if first.prior_range else level,
        unit=first.main.unit,
        null=first.main.null,
        side=first.main.side,
        basis="; ".join(evidence.basis for evidence in found),
        theory=first.main.theory,
        parts=tuple(parts),
        details=details,
        reason=f"observed part only; its model part: {missing}" if missing else "",
    )


def _missing(claim: Claim, fitted: Fitted | None) -> str:
    """Say what the model part of a claim lacks, or nothing."""
    if not claim.model:
        return ""
    if fitted is None:
        return NEEDS_FIT
    if claim.id not in _MODEL:
        return "no test of it with a fit"
    absent = [name for name in _REGIONS.get(claim.id, ()) if name not in fitted.regions]
    if absent:
        return f"the fit has no region {absent[0]!r}"
    if fitted.year <= (split := _AFTER.get(claim.id, -math.inf)):
        return f"the fit ends in {fitted.year}; groups founded after {split} are foretold"
    return ""


def _claim(identifier: str) -> Claim:
    if not isinstance(identifier, str) or identifier not in _BY_ID:
        hint = nearest(str(identifier), _BY_ID) or f"; known: {', '.join(_BY_ID)}"
        raise ValueError(f"no statement {identifier!r}{hint}")
    return _BY_ID[identifier]


def _checked(panel: Panel | None, level: float) -> Panel:
    check_level(level)
    return load_panel() if panel is None else panel


def _seed(rng: int | np.random.Generator | None) -> int:
    return int(np.random.default_rng(rng).integers(2**63))
