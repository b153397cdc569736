"""One interest in one year as arrays: who can reach it, who cares, who feels pressed, who is close to whom.

Payoff terms (terms.py) read nothing but a theatre and the members of a group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.panel import Panel, nearest

__all__ = ["Interest", "Number", "Settings", "Theatre", "interests_of", "shared_groups", "theatre"]

WITHOUT_DISTANCE = frozenset(
    {
        "cyber",
        "defence_industry_rd",
        "diplomatic_weight",
        "finance_infrastructure",
        "intelligence_sigint",
        "space",
    }
)
"""Capability types that lose nothing over distance; all others are moved, so they do."""

STATUSES = ("estimated", "literature", "prior", "scenario")
SMALL_GROUP = 10
"""Groups above this size are bodies rather than company: sharing one is no tie."""


@dataclass(frozen=True)
class Number:
    """A number of a model with its range, unit and where it comes from; reports print it.

    Examples
    --------
    >>> Number(0.10, low=0.03, high=0.25, unit="per 1000 km", source="Boulding 1962", status="prior").value
    0.1
    """

    value: float
    low: float
    high: float
    unit: str
    source: str
    status: str

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"number {self.value} is outside its range {self.low} to {self.high}")
        if self.status not in STATUSES:
            raise ValueError(f"status {self.status!r} is not one of {', '.join(STATUSES)}")


@dataclass(frozen=True)
class Interest:
    """What a group may be for: a row of interests.csv."""

    id: str
    title: str
    objective: str
    challengers: tuple[str, ...]
    stakeholders: tuple[str, ...]
    weights: Mapping[str, float]  # capability type -> share, summing to one
    anchor: tuple[float, float]  # latitude, longitude of the theatre, degrees
    benchmarks: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """The fixed numbers of a region: no term is linear in them, so they are set and varied, not fitted."""

    decay: Number  # loss of strength over distance
    spillover: Number  # stake of a state that is not listed, at the anchor
    reference: Number  # strength a group meets where no challenger, or a weak one, is named
    width: Number  # distance of ideal points that counts as full disagreement
    listed: bool = True  # False: stakes fall with distance alone, without the lists of stakeholders


@dataclass(frozen=True, eq=False)
class Theatre:
    """One interest in one year for a pool of n states; strengths are shares of the largest economy."""

    interest: Interest
    year: int
    states: tuple[str, ...]
    pivot: int  # the state whose presence changes what affinity means, -1 if none
    strength: NDArray[np.float64] = field(repr=False)  # (n,) brought to the anchor; 0 for a challenger
    threat: float  # strength of the challengers at the anchor
    stake: NDArray[np.float64] = field(repr=False)  # (n,) 0 to 1
    pressure: NDArray[np.float64] = field(repr=False)  # (n,) 0 to 1
    affinity: NDArray[np.float64] = field(repr=False)  # (n, n) share of the width, mean of all pairs 0
    nearness: NDArray[np.float64] = field(repr=False)  # (n, n) log distance, mean of all pairs 0, near is high
    ties: NDArray[np.float64] = field(repr=False)  # (n, n) log(1 + small groups shared by the year)
    assumed: tuple[str, ...]  # what stood in for a missing figure


def interests_of(panel: Panel, region: str) -> tuple[Interest, ...]:
    """Read the interests of a region from the panel.

    Examples
    --------
    >>> from models.panel import load_panel
    >>> interests_of(load_panel(), "asia_pacific")[3].challengers
    ('PRK',)
    """
    rows = [row for row in panel.interests if row["region"] == region]
    if not rows:
        raise ValueError(f"no interests for region {region!r}{nearest(region, {r['region'] for r in panel.interests})}")
    return tuple(_interest(row) for row in rows)


def _interest(row: Mapping[str, str]) -> Interest:
    weights = {kind: float(share) for kind, share in (w.split(":") for w in row["capability_weights"].split(";"))}
    if abs(sum(weights.values()) - 1) > 1e-9:
        raise ValueError(f"interests.csv ({row['id']}): capability weights sum to {sum(weights.values()):g}, not 1")
    if not row["anchor_lat"]:
        raise ValueError(f"interests.csv ({row['id']}): no anchor, so strength cannot be brought to the theatre")
    return Interest(
        id=row["id"],
        title=row["interest"],
        objective=row["objective"],
        challengers=tuple(code for code in row["challenger"].split(";") if code != "none"),
        stakeholders=tuple(row["stakeholders"].split(";")),
        weights=weights,
        anchor=(float(row["anchor_lat"]), float(row["anchor_lon"])),
        benchmarks=tuple(row["benchmark_groups"].split(";")),
    )


def theatre(
    panel: Panel,
    states: Sequence[str],
    interest: Interest,
    year: int,
    settings: Settings,
    *,
    pivot: str = "USA",
    capability: str = "gdp_usd",
) -> Theatre:
    """Gather the arrays of one interest in one year, from figures dated in or before it.

    With a_i the capability as a share of the largest in the panel, w_q the weights of the interest, d in
    1000 km and c its challengers:

    - strength_i = sum_q w_q a_iq exp(-decay_q d_i,anchor), where a_iq is 0 or 1 for the nuclear deterrent
    - threat = the same sum over the challengers
    - stake_i = 1 if listed, else spillover exp(-decay d_i,anchor), 0 for a challenger
    - pressure_i = Z_i / (Z_i + a_i) ``abs(p_i - p_c)`` / width, Z_i the challengers' strength brought to i's capital
    - affinity_ij = mean of ``abs(p - p')`` less ``abs(p_i - p_j)``, over the width
    - nearness_ij = mean of log(1 + d) less log(1 + d_ij)
    - ties_ij = log(1 + small groups i and j were both in, founded in or before the year)

    Parameters
    ----------
    panel : Panel
    states : sequence of str
        The pool: n codes.
    interest : Interest
    year : int
        No later figure is used. A missing capability counts as none; a missing ideal point leaves the pair at
        the pool's mean. ``assumed`` lists both.
    settings : Settings
    pivot : str
        The state whose membership gives affinity its own coefficient.
    capability : str
        Column of the panel, summed over members.

    Returns
    -------
    Theatre

    Raises
    ------
    ValueError
        The year is outside the panel, or a state or the column is unknown.

    Notes
    -----
    O(n^2) and one pass over the groups. Strength lost over distance: Boulding 1962. Threat as power,
    proximity and intent: Walt 1987.
    """
    decay = settings.decay.value
    everyone = panel.vector(capability, panel.states, year)
    if not np.nanmax(everyone, initial=0.0) > 0:
        raise ValueError(f"no state has a figure for {capability!r} in {year} or the five years before")
    largest = np.nanmax(everyone)
    share = dict(zip(panel.states, everyone / largest, strict=True))
    challengers = [c for c in interest.challengers if c in panel.states]
    involved = list(dict.fromkeys([*states, *challengers]))
    size = np.array([share[s] for s in involved])
    armed = np.nan_to_num(panel.vector("nuclear", involved, year))
    ideal = panel.vector("ideal_point", involved, year)
    assumed = [f"{s}: no {capability}, counted as none" for s, a in zip(involved, size, strict=True) if np.isnan(a)]
    assumed += [f"{s}: no ideal point, kept neutral" for s, p in zip(involved, ideal, strict=True) if np.isnan(p)]
    size = np.nan_to_num(size)

    def brought(distance: NDArray[np.float64]) -> NDArray[np.float64]:
        reach = np.exp(-decay * distance / 1000)
        total = np.zeros_like(distance)
        for kind, weight in interest.weights.items():
            owned = armed if kind == "nuclear_deterrent" else size
            total += weight * owned[:, None] * (1.0 if kind in WITHOUT_DISTANCE else reach)
        return total

    anchor = np.array([interest.anchor])
    direct = panel.distance_km(involved, anchor)
    at_anchor = brought(direct)[:, 0]
    hostile = np.array([s in challengers for s in involved])
    n = len(states)
    far = np.exp(-decay * direct[:n, 0] / 1000)
    stake = settings.spillover.value * far if settings.listed else far
    if settings.listed:
        stake = np.where([s in interest.stakeholders for s in states], 1.0, stake)
    km = panel.distance_km(involved, involved)
    gap = np.abs(ideal[:, None] - ideal[None, :]) / settings.width.value
    mean_gap = _mean_of_pairs(gap[:n, :n])
    gap = np.where(np.isnan(gap), mean_gap, gap)
    pressure = np.zeros(n)
    if challengers:
        felt = brought(km)[hostile][:, :n]
        intent = np.minimum(gap[hostile][:, :n], 1.0)
        pressure = np.max(felt / (felt + size[:n] + 1e-12) * intent, axis=0)
    log_km = np.log1p(km[:n, :n] / 1000)
    return Theatre(
        interest=interest,
        year=year,
        states=tuple(states),
        pivot=list(states).index(pivot) if pivot in states else -1,
        strength=_frozen(np.where(hostile, 0.0, at_anchor)[:n]),
        threat=float(at_anchor[hostile].sum()),
        stake=_frozen(np.where(hostile[:n], 0.0, stake)),
        pressure=_frozen(np.where(hostile[:n], 0.0, pressure)),
        affinity=_pairs(mean_gap - gap[:n, :n]),
        nearness=_pairs(_mean_of_pairs(log_km) - log_km),
        ties=_pairs(np.log1p(shared_groups(panel, states, year))),
        assumed=tuple(assumed),
    )


def shared_groups(panel: Panel, states: Sequence[str], year: int) -> NDArray[np.float64]:
    """Count, for each pair, the small groups both were in together by a year.

    Parameters
    ----------
    panel : Panel
    states : sequence of str
        n codes.
    year : int
        Groups founded and members who joined later do not count. Groups that have ended do: habit stays.

    Returns
    -------
    ndarray of shape (n, n)
        Groups of at most ten members, of any kind (pacts, exercises, minilaterals) and region; symmetric, 0
        on the diagonal.

    Examples
    --------
    >>> from models.panel import load_panel
    >>> shared_groups(load_panel(), ("AUS", "IND"), 2006)
    array([[0., 1.],
           [1., 0.]])
    """
    at = {state: i for i, state in enumerate(states)}
    counts = np.zeros((len(states), len(states)))
    for group in panel.groups:
        spells = [s for s in panel.spells(group) if s[1] <= year]
        if group.start > year or len({state for state, _, _ in spells}) > SMALL_GROUP:
            continue
        inside = [(at[state], first, last) for state, first, last in spells if state in at]
        met = {
            (min(a, b), max(a, b))
            for q, (a, first, last) in enumerate(inside)
            for b, other_first, other_last in inside[:q]
            if a != b and first <= other_last and other_first <= last
        }
        for a, b in met:
            counts[a, b] += 1
            counts[b, a] += 1
    return counts


def _mean_of_pairs(matrix: NDArray[np.float64]) -> float:
    pairs = matrix[np.triu_indices(len(matrix), 1)]
    pairs = pairs[np.isfinite(pairs)]
    return float(pairs.mean()) if pairs.size else 0.0


def _pairs(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    np.fill_diagonal(matrix, 0.0)
    return _frozen(matrix)


def _frozen(values: NDArray[np.float64]) -> NDArray[np.float64]:
    values.flags.writeable = False
    return values
