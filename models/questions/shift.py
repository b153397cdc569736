"""The United States turn from one region to another: what institutions still cover, which groups pay, who gains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions import candidates, form
from coalitions.formation.plan import Plan
from models.formulas import contest
from models.questions.asked import checked_level, estimate
from models.questions.shifted import Covered, Groups, Planned, Shift
from models.questions.theory import region_named, theory

if TYPE_CHECKING:
    from models.calibrated import Calibrated
    from models.region import Region

__all__ = ["SIZES", "troops_ratio", "us_shift"]

Floats = NDArray[np.float64]
SIZES = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST_STAKEHOLDERS = 2
"""Listed stakeholders a candidate group needs: others hardly ever pay, and there are five times as many."""


def troops_ratio(source: Region, target: Region, year: int) -> float:
    """Say how much of the United States' effort in one region a unit of it in another is, by troops stationed.

    Parameters
    ----------
    source, target : Region
    year : int

    Returns
    -------
    float
        Troops in states at home in the source, over those in states at home in the target; a region is home to the part
        of the world most of its pool is from.

    Raises
    ------
    ValueError
        No troops in the target, or a year outside the panel.

    Examples
    --------
    >>> import models
    >>> europe, asia = models.load("europe"), models.load("asia-pacific")
    >>> 0.5 < troops_ratio(europe, asia, 2024) < 1.2
    True
    """
    counts = []
    for region in (source, target):
        homes = {state: region.panel.tags[state]["home_region"] for state in region.states}
        home, _ = Counter(homes.values()).most_common(1)[0]
        states = [state for state in region.states if homes[state] == home and state != region.pivot]
        counts.append(float(np.nansum(region.panel.vector("us_troops", states, year))))
    if not counts[1] > 0:
        raise ValueError(f"no troops of {source.pivot} are known in {target.name} in {year}; give the ratio")
    return counts[0] / counts[1]


def us_shift(
    calibrated: Calibrated,
    sizes: Iterable[float] = SIZES,
    *,
    source: str = "europe",
    target: str = "asia-pacific",
    state: str | None = None,
    ratio: float | None = None,
    year: int | None = None,
    max_size: int = 4,
    draws: int = 5,
    in_theory: bool = True,
    level: float = 0.9,
) -> Shift:
    """Move effort of the United States from Europe to Asia and re-optimise both regions.

    At a shift of s the state brings 1 - s of its strength to the source and 1 + ratio s to the target, where 1 is what
    it brings to each today: effort is counted in units of today's contribution, so that more than all is no
    contradiction. Strength enters institutions (NATO covers less), groups with the state, and what others gain beside
    it. At each size the best set of groups of three to ``max_size`` within the states' bandwidth is found again
    (``coalitions.form``).

    Parameters
    ----------
    calibrated : Calibrated
        With both regions.
    sizes : iterable of float
        Shares from 0 to 1, rising, the first of them 0.
    source, target : str
        Regions.
    state : str, optional
        Who shifts; by default the pivot of the source, the United States.
    ratio : float, optional
        What a unit that leaves the source adds to the target; 0 where effort goes home. By default that of troops
        stationed (``troops_ratio``).
    year : int, optional
        Of all figures; by default the last one calibrated.
    max_size : int, default 4
        From 3 on.
    draws : int, default 5
        The first so many of the calibrated ones, under each of which both ends are optimised again.
    in_theory : bool, default True
        Whether both ends are optimised at the priors' means as well: half of the time for Europe.
    level : float, default 0.9
        Of the intervals over draws.

    Returns
    -------
    Shift

    Raises
    ------
    ValueError
        Sizes that are not rising from 0 to at most 1, an unknown region or state, a negative ratio, a group size below
        3, draws that are none or more than there are, a level not between 0 and 1.

    Notes
    -----
    Candidates hold two listed stakeholders of their interest at least. Strengths that are not rival (intelligence,
    nuclear deterrence) move with the rest, which overstates the loss; that allies come to doubt the United States is
    left out, which understates it. One formation of some 260,000 candidates for Europe takes a second or two (at the
    priors' means, where many sets are nearly as good, five), and there are two for each draw: more of them than the
    default make the intervals trustworthy and take minutes.

    Examples
    --------
    A dozen states of each region, to be quick.

    >>> import models
    >>> from dataclasses import replace
    >>> found = models.calibrate(draws=1)
    >>> few = {name: replace(region, states=region.states[:12]) for name, region in found.regions.items()}
    >>> [plan.effort for plan in us_shift(replace(found, regions=few), (0, 1), draws=1).plans("europe")]
    [1.0, 0.0]
    """
    grid = _sizes(sizes)
    year = calibrated.year if year is None else year
    regions = {name: region_named(calibrated, name) for name in (source, target)}
    if source == target:
        raise ValueError(f"source and target are both {source!r}; effort has to move")
    for region in regions.values():
        region.panel.check_year(year)
    state = regions[source].pivot if state is None else state
    for region in regions.values():
        region.indices((state,))
    if ratio is None:
        ratio = troops_ratio(regions[source], regions[target], year)
    if not (np.isfinite(ratio) and ratio >= 0):
        raise ValueError(f"ratio is {ratio}; it must be a number of at least 0")
    if max_size < 3:
        raise ValueError(f"max_size is {max_size}; groups have three members or more")
    if not 1 <= draws <= calibrated.size:
        raise ValueError(f"draws is {draws}; there are 1 to {calibrated.size}")
    checked_level(level)

    covered, planned, believed = [], [], []
    change, kept, welfare, protection = {}, {}, {}, {}
    for name, region in regions.items():
        factors = [1 - size if name == source else 1 + ratio * size for size in grid]
        shifted = [_moved(region, state, factor) for factor in factors]
        secured = [_secured(one, year) for one in shifted]
        covered += [row for size, one in zip(grid, secured, strict=True) for row in _covered(region, one, size)]
        protection[name] = {
            s: sum(secured[-1][i][s] - own[s] for i, own in secured[0].items() if s in own) for s in region.states
        }
        problem = _Problem(region, shifted, grid, factors, year, max_size)
        planned += problem.plans(calibrated.coefficients[name], range(len(grid)))
        ends = (0, len(grid) - 1)
        if in_theory:
            believed += problem.plans(theory(calibrated, name), ends)
        pairs = [
            problem.plans(dict(zip(region.names, drawn.tolist(), strict=True)), ends)
            for drawn in calibrated.draws[name][:draws]
        ]
        own = [plan for plan in planned if plan.region == name]
        first, last = own[0], own[-1]
        change[name] = estimate(last.worth - first.worth, [b.worth - a.worth for a, b in pairs], level)
        kept[name] = estimate(last.kept, [b.kept for _, b in pairs], level)
        welfare[name] = {
            s: estimate(last.gains[s] - first.gains[s], [b.gains[s] - a.gains[s] for a, b in pairs], level)
            for s in region.states
        }
    return Shift(
        state=state,
        source=source,
        target=target,
        ratio=ratio,
        sizes=grid,
        covered=tuple(sorted(covered, key=lambda row: (row.region != source, _order(row.interest), row.size))),
        planned=tuple(planned),
        in_theory=tuple(believed),
        change=change,
        kept=kept,
        welfare=welfare,
        protection=protection,
        year=year,
        draws=draws,
        level=level,
    )


def _sizes(sizes: Iterable[float]) -> tuple[float, ...]:
    grid = tuple(float(size) for size in sizes)
    rising = all(a < b for a, b in pairwise(grid))
    if len(grid) < 2 or grid[0] != 0 or not rising or not grid[-1] <= 1:
        raise ValueError(f"sizes are {grid}; they must rise from 0 to at most 1")
    return grid


def _order(interest: str) -> tuple[str, int]:
    letters = interest.rstrip("0123456789")
    return letters, int(interest[len(letters) :] or 0)


def _moved(region: Region, state: str, factor: float) -> Region:
    return region.scenario(effort={state: region.effort.get(state, 1.0) * factor})


def _secured(region: Region, year: int) -> dict[str, dict[str, float]]:
    """By interest and stakeholder: the share of the interest that the state's best institution secures."""
    found = {}
    for interest in region.interests:
        theatre = region.theatre(interest.id, year)
        threat = max(theatre.threat, region.settings.reference.value)
        listed = [i for i in region.eligible(interest.id) if region.states[i] in interest.stakeholders]
        shares = contest(np.maximum(theatre.coverage[listed], 1e-12), threat, region.settings.contest.value)
        found[interest.id] = dict(zip([region.states[i] for i in listed], shares.tolist(), strict=True))
    return found


def _covered(region: Region, secured: dict[str, dict[str, float]], size: float) -> list[Covered]:
    rows = []
    for interest in region.interests:
        shares = list(secured[interest.id].values())
        share = float(np.mean(shares)) if shares else float("nan")
        rows.append(Covered(region.name, interest.id, interest.title, size, share))
    return rows


class _Problem:
    """The candidates of a region under every size of the shift."""

    def __init__(
        self,
        region: Region,
        shifted: Sequence[Region],
        sizes: Sequence[float],
        factors: Sequence[float],
        year: int,
        max_size: int,
    ) -> None:
        self.region, self.shifted, self.sizes, self.factors, self.year = region, shifted, sizes, factors, year
        self.max_size = max_size
        self.bandwidth: dict[Hashable, float] = {s: float(most) for s, most in region.bandwidth(year).items()}
        self.listed = {i.id: np.array([s in i.stakeholders for s in region.states]) for i in region.interests}
        self.excluded = {i.id: [s for s in i.challengers if s in region.states] for i in region.interests}

    def plans(self, coefficients: dict[str, float], places: Iterable[int]) -> list[Planned]:
        """Find the best sets at some sizes of the shift, the first without it."""
        found: list[Planned] = []
        base: Plan | None = None
        for place in places:
            payoff = self.shifted[place].payoff(coefficients, self.year)
            plan = form(self._pool(payoff), bandwidth=self.bandwidth)
            base = plan if base is None else base
            groups = _groups(plan)
            old = _groups(base)
            found.append(
                Planned(
                    region=self.region.name,
                    size=self.sizes[place],
                    effort=self.factors[place],
                    groups=groups,
                    worth=plan.worth,
                    unadapted=sum(
                        float(payoff(np.array([self.region.indices(members)]), interest).sum())
                        for interest, members in old
                    ),
                    gains={str(member): gain for member, gain in plan.gains.items()},
                    kept=sum(group in groups for group in old) / max(len(old), 1),
                )
            )
        return found

    def _pool(self, payoff: Callable[..., Floats]) -> Any:
        return candidates(
            self.region.states,
            payoff,
            min_size=3,
            max_size=self.max_size,
            objectives=[interest.id for interest in self.region.interests],
            excluded=self.excluded,
            admissible=lambda members, aim: self.listed[aim][members].sum(axis=1) >= LEAST_STAKEHOLDERS,
        )


def _groups(plan: Plan) -> Groups:
    return tuple((str(group.objective), tuple(map(str, group.members))) for group in plan.groups)
