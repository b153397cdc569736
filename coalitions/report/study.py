"""From a region to everything a report says: calibrate, test, form, judge."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from coalitions.calibration import Fit
from coalitions.coalition import Label
from coalitions.errors import CoalitionError
from coalitions.formation import Plan, candidates, form
from coalitions.report.findings import Finding, Objections, Size, judge, objections, sweet_spot
from coalitions.report.region import ChoiceDataLike, RegionLike
from coalitions.report.validation import FIT_SIZES, Validation, calibrate, validate

Progress = Callable[[str, float], None]
"""Told what is being done and the share of the work that is behind, 0 to 1."""

MIN_SIZE = FIT_SIZES[0]
"""Two states are a pact: groups begin with three."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Study:
    """A region's report before it is written down.

    Attributes
    ----------
    region : RegionLike
    year : int
        No figure dated later is used, and no group founded later fitted.
    max_size, groups, seed : int
        As given to ``study``.
    fit : Fit
        Coefficients, in log-odds per unit of each term.
    data : ChoiceDataLike
        The observed groups used and left out.
    validation : Validation
    plan : Plan
    findings : tuple of Finding
        One for each group of the plan.
    objections : Objections
    sizes : tuple of Size
        The best group of every size for every interest.
    seconds : dict
        Wall-clock time by step.
    """

    region: RegionLike
    year: int
    max_size: int
    groups: int
    seed: int
    fit: Fit
    data: ChoiceDataLike
    validation: Validation
    plan: Plan
    findings: tuple[Finding, ...]
    objections: Objections
    sizes: tuple[Size, ...]
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def bandwidth(self) -> dict[str, int]:
        """How many groups each state could carry."""
        limits = self.plan.rules.bandwidth
        return {str(state): int(limits[i]) for i, state in enumerate(self.plan.candidates.players)}

    @property
    def best_by_size(self) -> tuple[Size, ...]:
        """The best group of every size over all interests."""
        sizes = sorted({entry.size for entry in self.sizes})
        return tuple(max((e for e in self.sizes if e.size == k), key=lambda e: e.worth) for k in sizes)

    def __repr__(self) -> str:
        return f"{self.region.title} in {self.year}\n{self.plan!r}"


def study(
    region: RegionLike,
    *,
    year: int | None = None,
    max_size: int = 5,
    groups: int = 12,
    seed: int = 0,
    progress: Progress | None = None,
) -> Study:
    """Calibrate a region, test the model on later groups, form the best set of groups and judge it.

    Parameters
    ----------
    region : RegionLike
        For example ``models.load("asia-pacific")``.
    year : int, optional
        The year the plan is for; the last one with figures by default. The test on later groups stays the same
        whatever the year.
    max_size : int, default 5
        Largest group considered; the smallest is 3.
    groups : int, default 12
        At most this many groups in the plan.
    seed : int, default 0
        Of the bootstrap behind the intervals of the test.
    progress : callable, optional
        Called with a description and the share done.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        The year is outside the region's figures, a number does not make sense, or too few groups were observed.
    SolverError
        The formation could not be solved.

    Notes
    -----
    Time goes into evaluating all candidates: some millions a second.

    Examples
    --------
    >>> import models
    >>> found = study(models.load("asia-pacific"), max_size=3, groups=2)
    >>> len(found.plan.groups), found.plan.is_proven
    (2, True)
    """
    year = region.years[-1] if year is None else year
    _check(region, year, max_size, groups, seed)
    clock = _Clock(progress)
    with clock.step("fitting the observed groups", 0.0):
        fitted, data = calibrate(region, year)
    with clock.step("testing on later groups", 0.05):
        validation = validate(region, seed)
    with clock.step("listing candidates", 0.10):
        pool = candidates(
            region.states,
            region.payoff(fitted.as_dict(), year),
            min_size=MIN_SIZE,
            max_size=max_size,
            objectives=[interest.id for interest in region.interests],
            excluded={i.id: [s for s in i.challengers if s in region.states] for i in region.interests},
        )
    with clock.step("choosing the best set of groups", 0.35):
        limits = dict[Label, int](region.bandwidth(year).items())
        plan = form(pool, bandwidth=limits, groups=groups, pairs_once=True)
    with clock.step("checking whether the groups hold", 0.60):
        findings = judge(region, year, fitted, plan)
        objecting = objections(plan)
    with clock.step("measuring what size pays", 0.80):
        sizes = sweet_spot(pool)
    if progress is not None:
        progress("done", 1.0)
    return Study(
        region=region,
        year=year,
        max_size=max_size,
        groups=groups,
        seed=seed,
        fit=fitted,
        data=data,
        validation=validation,
        plan=plan,
        findings=findings,
        objections=objecting,
        sizes=sizes,
        seconds=clock.seconds,
    )


class _Clock:
    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, description: str, done: float) -> Iterator[None]:
        if self.progress is not None:
            self.progress(description, done)
        started = time.monotonic()
        yield
        self.seconds[description] = time.monotonic() - started


def _check(region: RegionLike, year: int, max_size: int, groups: int, seed: int) -> None:
    region.panel.check_year(year)
    n = len(region.states)
    if not MIN_SIZE <= max_size <= n:
        raise CoalitionError(
            f"max_size is {max_size}; it must lie between {MIN_SIZE} and {n}, the states of {region.name}"
        )
    if groups < 1:
        raise CoalitionError(f"groups is {groups}; it must be at least 1")
    try:
        np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise CoalitionError(f"seed is {seed!r}; it must be a whole number of at least 0") from None
