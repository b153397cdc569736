"""From a region to everything a report says: calibrate, test, form, judge."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np

from coalitions.calibration import Fit, HierarchicalFit
from coalitions.coalition import Label
from coalitions.errors import ChoiceError, CoalitionError
from coalitions.formation import Plan, candidates, form
from coalitions.report.coefficients import Coefficients, coefficients_of
from coalitions.report.findings import Finding, Objections, Pairs, Size, judge, objections, pairs_of, sweet_spot
from coalitions.report.region import BacktestLike, ChoiceDataLike, InterestLike, RegionLike
from coalitions.report.validation import FIT_SIZES, Validation, calibrate, validate, validation_of

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
    interests : tuple of InterestLike
        What groups may be for.
    coefficients : Coefficients
        What worths are computed with, in log-odds per unit of each term.
    data : ChoiceDataLike
        The observed groups used and left out.
    validation : Validation or None
    untested : str
        Why there is no validation; empty where there is one.
    plan : Plan
    findings : tuple of Finding
        One for each group of the plan.
    objections : Objections
    pairs : Pairs
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
    interests: tuple[InterestLike, ...]
    coefficients: Coefficients
    data: ChoiceDataLike
    validation: Validation | None
    untested: str
    plan: Plan
    findings: tuple[Finding, ...]
    objections: Objections
    pairs: Pairs
    sizes: tuple[Size, ...]
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def fit(self) -> Fit:
        """The fit behind the coefficients."""
        return self.coefficients.fit

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
    interests: Iterable[str] | None = None,
    fit: Fit | HierarchicalFit | None = None,
    coefficients: Mapping[str, float] | None = None,
    validation: BacktestLike | None = None,
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
    interests : iterable of str, optional
        What groups may be for, by id; by default all of the region's. ``"ME4*"`` is ``"ME4"`` with nobody opposed, in
        regions that offer it.
    fit : Fit or HierarchicalFit, optional
        Coefficients of the region, or of several together, ``models.calibrate().fit``; by default the region is fitted
        alone, with its prior.
    coefficients : mapping of str to float, optional
        What worths are computed with, ``models.calibrate().coefficients["europe"]``; by default those of the fit, the
        cost of founding a group anchored where the region offers ``anchored(coefficients, year)``.
    validation : BacktestLike, optional
        A test of several regions, such as ``models.holdout.holdout`` makes; by default the region alone is tested.
    seed : int, default 0
        Of the draws behind the intervals of worths, and of the bootstrap behind those of the region's own test.
    progress : callable, optional
        Called with a description and the share done.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        The year is outside the region's figures, an interest or a term unknown, a number does not make sense, or too
        few groups were observed to fit the region alone.
    SolverError
        The formation could not be solved.

    Notes
    -----
    Time goes into evaluating all candidates: one to three millions a second.

    Examples
    --------
    >>> import models
    >>> found = study(models.load("asia-pacific"), max_size=3, groups=2)
    >>> len(found.plan.groups), found.plan.is_proven
    (2, True)
    """
    year = region.years[-1] if year is None else year
    chosen = check_arguments(region, year=year, max_size=max_size, groups=groups, interests=interests, seed=seed)
    clock = _Clock(progress)
    with clock.step("fitting the observed groups", 0.0):
        data = region.choice_data(until=year)
        fitted = calibrate(region, year) if fit is None else fit
        used = coefficients_of(region, year, fitted, coefficients, data, seed)
    with clock.step("testing on later groups", 0.05):
        tested, untested = _tested(region, validation, seed)
    with clock.step("listing candidates", 0.10):
        pool = candidates(
            region.states,
            region.payoff(used.values, year),
            min_size=MIN_SIZE,
            max_size=max_size,
            objectives=[interest.id for interest in chosen],
            excluded={i.id: [s for s in i.challengers if s in region.states] for i in chosen},
        )
    with clock.step("choosing the best set of groups", 0.35):
        limits = dict[Label, int](region.bandwidth(year).items())
        plan = form(pool, bandwidth=limits, groups=groups, pairs_once=True)
    with clock.step("checking whether the groups hold", 0.60):
        findings = judge(region, year, used, plan)
        objecting = objections(plan)
    with clock.step("measuring what size pays", 0.80):
        pairs, sizes = pairs_of(pool), sweet_spot(pool)
    if progress is not None:
        progress("done", 1.0)
    return Study(
        region=region,
        year=year,
        max_size=max_size,
        groups=groups,
        seed=seed,
        interests=chosen,
        coefficients=used,
        data=data,
        validation=tested,
        untested=untested,
        plan=plan,
        findings=findings,
        objections=objecting,
        pairs=pairs,
        sizes=sizes,
        seconds=clock.seconds,
    )


def check_arguments(
    region: RegionLike,
    *,
    year: int | None,
    max_size: int,
    groups: int,
    interests: Iterable[str] | None,
    seed: int,
) -> tuple[InterestLike, ...]:
    """Refuse what a study cannot answer, before any work.

    Parameters
    ----------
    region, year, max_size, groups, interests, seed
        As for ``study``.

    Returns
    -------
    tuple of InterestLike
        What groups may be for.

    Raises
    ------
    ValueError
        Names the argument, its value and what would do.
    """
    if year is not None:
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
    return _interests(region, interests)


def _interests(region: RegionLike, wanted: Iterable[str] | None) -> tuple[InterestLike, ...]:
    if wanted is None:
        return tuple(region.interests)
    if isinstance(wanted, str):
        raise CoalitionError(f"interests is {wanted!r}; give a list of ids, such as [{wanted!r}]")
    known = {interest.id: interest for interest in region.interests}
    find = getattr(region, "interest", None)
    found: dict[str, InterestLike] = {}
    for name in wanted:
        if name in found:
            raise CoalitionError(f"interest {name!r} is given twice")
        if name in known:
            found[name] = known[name]
        elif name.removesuffix("*") in known and find is not None:
            if not known[name.removesuffix("*")].challengers:
                raise CoalitionError(
                    f"interest {name!r} of {region.name} would be {name[:-1]!r} with nobody opposed, and nobody is; "
                    f"give {name[:-1]!r}"
                )
            found[name] = find(name)
        else:
            raise CoalitionError(f"{region.name} has no interest {name!r}{_nearest(name, list(known))}")
    if not found:
        raise CoalitionError(f"no interest is given; {region.name} has {', '.join(known)}")
    return tuple(found.values())


def _nearest(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(known)}"


def _tested(region: RegionLike, backtest: BacktestLike | None, seed: int) -> tuple[Validation | None, str]:
    """Test the model on later groups, or say why it cannot be: a plan can be made without."""
    if backtest is not None:
        return validation_of(region, backtest), ""
    try:
        return validate(region, seed), ""
    except ChoiceError as error:
        return None, str(error)


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
