"""One interest in one year as arrays: who can reach it, who cares, who feels pressed, who is close to whom.

Payoff terms (terms.py) read nothing but a theatre and the members of a group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from models.formulas import ROUNDING, joint_strength
from models.measures import alone
from models.panel import CapabilityType, Panel, nearest
from models.records import CODE, STATUSES

__all__ = ["Body", "Interest", "Number", "Settings", "Theatre", "interests_of", "shared_groups", "theatre"]

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
        if not isfinite(self.value):
            raise ValueError(f"number {self.value} is not finite")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"number {self.value} is outside its range {self.low} to {self.high}")
        if self.status not in STATUSES:
            raise ValueError(f"status {self.status!r} is not one of {', '.join(STATUSES)}")


@dataclass(frozen=True)
class Interest:
    """What a group may be for: a row of interests.csv.

    Raises
    ------
    ValueError
        Weights that are not shares summing to one, an anchor that is no place on Earth, a code that is not of three
        capitals or comes twice.
    """

    id: str
    title: str
    objective: str
    challengers: tuple[str, ...]
    stakeholders: tuple[str, ...]
    weights: Mapping[str, float]  # capability type -> share, summing to one
    anchor: tuple[float, float] | None  # latitude, longitude of the theatre, degrees; None for the whole world
    benchmarks: tuple[str, ...]

    def __post_init__(self) -> None:
        where = f"interest {self.id}"
        shares = self.weights.values()
        if not (all(share >= 0 for share in shares) and abs(sum(shares) - 1) < ROUNDING):
            given = ", ".join(f"{kind} {share:g}" for kind, share in self.weights.items())
            raise ValueError(f"{where}: capability weights {given or 'of no type'}; they are at least 0 and sum to 1")
        if self.anchor is not None and not (abs(self.anchor[0]) <= 90 and abs(self.anchor[1]) <= 180):
            raise ValueError(f"{where}: anchor {self.anchor}; give latitude (-90 to 90) and longitude (-180 to 180)")
        for what, codes in (("challengers", self.challengers), ("stakeholders", self.stakeholders)):
            if isinstance(codes, str):
                raise ValueError(f"{where}: {what} {codes!r}; give a tuple of codes, ({codes!r},)")
            for code in codes:
                if not CODE.fullmatch(code) or codes.count(code) > 1:
                    raise ValueError(
                        f"{where}: {what} name {code!r}, which is twice there or no code of three capitals"
                    )

    @property
    def row(self) -> str:
        """The row of interests.csv it stands in, ``"ME4"`` for ``"ME4*"``."""
        return self.id.removesuffix("*")

    def shared(self) -> Interest:
        """Give the same interest with nobody opposed, ``"ME4*"``: its challengers may be members.

        The Astana trio settles Syria as much as the Small Group does, and Russia, Iran and Turkey are its members.

        Returns
        -------
        Interest
        """
        return replace(self, id=f"{self.row}*", title=f"{self.title} (nobody opposed)", challengers=())


@dataclass(frozen=True)
class Settings:
    """The fixed numbers of a region: no term is linear in them, so they are set and varied, or profiled."""

    decay: Number  # loss of strength over distance
    spillover: Number  # stake of a state that is not listed, at the anchor
    reference: Number  # strength a group meets where no challenger, or a weak one, is named
    width: Number  # distance of ideal points that counts as full disagreement
    contest: Number  # m: how decisive superior strength is
    substitution: Number  # sigma: how well one capability type stands in for another
    cohesion: Number  # b0, b1, b2: how much of a joint gain a group can use, by its similarity
    cohesion_mean: Number
    cohesion_least: Number
    crowding: Number  # gamma: how fast the cost of coordination grows with the number of pairs
    saving: Number  # iota: share of that cost an institution's staff and standards save
    reliability: Number  # r: chance that partners honour a commitment
    response: Number  # xi: how much a challenger arms in answer to a group's strength
    institutions: Number  # multiplies the coverage of standing institutions: 0 switches it off
    listed: bool = True  # False: stakes fall with distance alone, without the lists of stakeholders

    def values(self) -> dict[str, float]:
        """Give the numbers that formulas use, by name.

        Returns
        -------
        dict of str to float
        """
        names = ("contest", "response", "cohesion", "cohesion_mean", "cohesion_least", "crowding", "saving")
        return {name: getattr(self, name).value for name in (*names, "reliability")}


@dataclass(frozen=True, eq=False)
class Body:
    """A standing institution as one interest sees it."""

    name: str
    relevance: float  # eta: share of the interest it is for, 0 to 1
    acting: float  # pi: chance that it acts
    size: int  # members of the year, in the pool or not
    inside: NDArray[np.float64] = field(repr=False)  # (n,) 1 for a member


@dataclass(frozen=True, eq=False)
class Theatre:
    """One interest in one year for a pool of n states; strengths are shares of the strongest state's."""

    interest: Interest
    year: int
    states: tuple[str, ...]
    pivot: int  # the state whose presence changes what affinity means, -1 if none
    rivals: tuple[int, ...]  # the challengers of the order that are in the pool
    weights: tuple[float, ...]  # of the Q capability types, summing to one
    aggregators: tuple[str, ...]
    strengths: tuple[NDArray[np.float64], ...] = field(repr=False)  # Q arrays (n,), at the anchor; 0 for a challenger
    alone: NDArray[np.float64] = field(repr=False)  # (n,) output by itself
    threat: float  # output of the challengers at the anchor
    coverage: NDArray[np.float64] = field(repr=False)  # (n,) output of institutions the state is in
    bodies: tuple[Body, ...] = field(repr=False)
    stake: NDArray[np.float64] = field(repr=False)  # (n,) 0 to 1
    pressure: NDArray[np.float64] = field(repr=False)  # (n,) 0 to 1
    resources: NDArray[np.float64] = field(repr=False)  # (n,) economy as a share of the largest
    exposure: NDArray[np.float64] = field(repr=False)  # (n,) challengers' share of its gravity of trade, 0 to 1
    dependence: NDArray[np.float64] = field(repr=False)  # (n,) on the pivot, by its troops, 0 to 1
    conflict: NDArray[np.float64] = field(repr=False)  # (n,) share of the last five years in armed conflict
    affinity: NDArray[np.float64] = field(repr=False)  # (n, n) share of the width, mean of all pairs 0
    similarity: NDArray[np.float64] = field(repr=False)  # (n, n) 1 less the gap as a share of the width, 0 to 1
    nearness: NDArray[np.float64] = field(repr=False)  # (n, n) log distance, mean of all pairs 0, near is high
    ties: NDArray[np.float64] = field(repr=False)  # (n, n) log(1 + small groups shared by the year)
    assumed: tuple[str, ...]  # what stood in for a missing figure


def interests_of(panel: Panel, region: str) -> tuple[Interest, ...]:
    """Read the interests of a region from the panel.

    Parameters
    ----------
    panel : Panel
    region : str
        As in the column ``region`` of interests.csv.

    Returns
    -------
    tuple of Interest
        In the order of the table.

    Raises
    ------
    ValueError
        No interest is listed for the region.

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
    return Interest(
        id=row["id"],
        title=row["interest"],
        objective=row["objective"],
        challengers=tuple(code for code in row["challenger"].split(";") if code != "none"),
        stakeholders=tuple(row["stakeholders"].split(";")),
        weights=weights,
        anchor=(float(row["anchor_lat"]), float(row["anchor_lon"])) if row["anchor_lat"] else None,
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
    rivals: Sequence[str] = ("CHN", "RUS", "IRN"),
    capability: str | Mapping[str, str] | None = None,
    effort: Mapping[str, float] | None = None,
    threat: Mapping[str, float] | None = None,
) -> Theatre:
    """Gather the arrays of one interest in one year, from figures dated in or before it.

    With A_iq the capability of type q as a share of the largest in the panel, w_q the weights of the interest, d in
    1000 km, f effort, h threat and c the challengers:

    - strengths_iq = f_i A_iq exp(-decay d_i,anchor), without loss for types that are not moved
    - alone_i = Y({i}) and threat = sum_c h_c Y({c}), with Y of ``formulas.joint_strength``
    - coverage_i = institutions * the largest relevance * acting * Y(I) of the institutions I that i is in
    - stake_i = 1 if listed, else spillover exp(-decay d_i,anchor), 0 for a challenger
    - pressure_i = Z_i / (Z_i + x_i) ``abs(p_i - p_c)`` / width, Z_i = h_c times c's strength brought to i's capital
    - exposure_i = challengers' share of the sum over j of x_j / (d_ij + 0.1), the gravity of i's trade
    - dependence_i = log(1 + troops of the pivot in i) over the largest
    - conflict_i = share of the last five years, or of those since the panel starts, in which i was in an armed
      conflict with or in another state
    - affinity_ij = mean of ``abs(p - p')`` less ``abs(p_i - p_j)``, over the width
    - similarity_ij = 1 - ``abs(p_i - p_j)`` / width, at least 0
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
    rivals : sequence of str
        The states whose membership, without the pivot, gives affinity another.
    capability : str or mapping of type to str, optional
        Column of the panel to measure all capability types by (but the nuclear one), or one for each of some types; by
        default the open proxies of capability_types.csv.
    effort : mapping of state to number, optional
        Share of its strength a state brings here; 1 where not named.
    threat : mapping of challenger to number, optional
        Multiplies the strength of a challenger; 1 where not named.

    Returns
    -------
    Theatre

    Raises
    ------
    ValueError
        The year is outside the panel or not whole; a state, challenger, stakeholder, objective, type or column is
        unknown; effort or threat is negative or no number; a setting has a value that makes no sense, as a width of 0.

    Notes
    -----
    O(n^2) and one pass over the groups. Strength lost over distance: Boulding 1962. Threat as power,
    proximity and intent: Walt 1987.
    """
    panel.check_year(year)
    states, year = tuple(states), int(year)
    n = len(states)
    _check_interest(panel, interest)
    _check_settings(settings)
    if isinstance(capability, Mapping):
        kinds = [kind.name for kind in panel.capability_types]
        for name in capability:
            if name not in kinds:
                raise ValueError(f"capability is given for {name!r}, which is no capability type{nearest(name, kinds)}")
    challengers = list(interest.challengers)
    involved = list(dict.fromkeys([*states, *challengers]))
    types = [_type(panel, name, interest) for name in interest.weights]
    levels = {kind.name: _level(panel, kind, year, capability) for kind in types}
    bringing, pushing = _factors(effort, panel, "effort"), _factors(threat, panel, "threat")
    decay, anchor = settings.decay.value, interest.anchor
    weights = tuple(interest.weights.values())
    aggregators = tuple(kind.aggregator for kind in types)

    def brought(who: Sequence[str], thousand_km: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Give the strength of each type after a journey: Q arrays (who,)."""
        push = np.array([bringing.get(s, 1.0) for s in who])
        at = [panel.index(s) for s in who]
        lost = np.exp(-decay * thousand_km)
        return [np.nan_to_num(levels[kind.name][1][at]) * push * (lost if kind.moves else 1.0) for kind in types]

    def at_anchor(who: Sequence[str]) -> list[NDArray[np.float64]]:
        return brought(who, travelled(who))

    def travelled(who: Sequence[str]) -> NDArray[np.float64]:
        return np.zeros(len(who)) if anchor is None else panel.distance_km(who, np.array([anchor]))[:, 0] / 1000

    def output(strengths: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        return alone(strengths, weights, aggregators, settings.substitution.value)

    hostile = np.array([s in challengers for s in states])
    strengths = tuple(_frozen(np.where(hostile, 0.0, own)) for own in at_anchor(states))
    intent = np.array([pushing.get(c, 1.0) for c in challengers])
    economy = np.nan_to_num(_shares(panel, "gdp_usd", year))
    size = economy[[panel.index(s) for s in states]]

    far = np.exp(-decay * travelled(states))
    stake = settings.spillover.value * far if settings.listed else far
    if settings.listed:
        stake = np.where([s in interest.stakeholders for s in states], 1.0, stake)

    ideal = panel.vector("ideal_point", involved, year)
    gap = np.abs(ideal[:, None] - ideal[None, :]) / settings.width.value
    mean_gap = _mean_of_pairs(gap[:n, :n])
    gap = np.where(np.isnan(gap), mean_gap, gap)
    km = panel.distance_km(involved, involved) / 1000
    pressure = np.zeros(n)
    for c, push in zip(challengers, intent, strict=True):
        at = involved.index(c)
        reach = brought([c] * n, km[at, :n])
        felt = push * sum(w * own for w, own in zip(weights, reach, strict=True))
        outweighed = np.divide(felt, felt + size, out=np.zeros(n), where=felt > 0)
        pressure = np.maximum(pressure, outweighed * np.minimum(gap[at, :n], 1.0))
    similarity = np.clip(1 - gap[:n, :n], 0.0, 1.0)
    np.fill_diagonal(similarity, 1.0)
    log_km = np.log1p(km[:n, :n])
    return Theatre(
        interest=interest,
        year=year,
        states=states,
        pivot=states.index(pivot) if pivot in states else -1,
        rivals=tuple(states.index(r) for r in rivals if r in states),
        weights=weights,
        aggregators=aggregators,
        strengths=strengths,
        alone=_frozen(np.where(hostile, 0.0, output(strengths))),
        threat=float(intent @ output(at_anchor(challengers))) if challengers else 0.0,
        coverage=_frozen(_coverage(panel, states, interest, year, settings, at_anchor)),
        bodies=_bodies(panel, states, interest, year),
        stake=_frozen(np.where(hostile, 0.0, stake)),
        pressure=_frozen(np.where(hostile, 0.0, pressure)),
        resources=_frozen(size),
        exposure=_frozen(np.where(hostile, 0.0, _exposure(panel, states, challengers, economy))),
        dependence=_frozen(_dependence(panel, states, pivot, year)),
        conflict=_frozen(_conflict(panel, states, year)),
        affinity=_pairs(mean_gap - gap[:n, :n]),
        similarity=_frozen(similarity),
        nearness=_pairs(_mean_of_pairs(log_km) - log_km),
        ties=_pairs(np.log1p(shared_groups(panel, states, year))),
        assumed=_assumed(panel, involved, levels, ideal),
    )


def _type(panel: Panel, name: str, interest: Interest) -> CapabilityType:
    for found in panel.capability_types:
        if found.name == name:
            return found
    known = [found.name for found in panel.capability_types]
    raise ValueError(f"interest {interest.id} weighs {name!r}, which is no capability type{nearest(name, known)}")


def _level(
    panel: Panel, kind: CapabilityType, year: int, capability: str | Mapping[str, str] | None
) -> tuple[str, NDArray[np.float64]]:
    """Say what a type is measured by, and give every state's share of the largest; nan where there is no figure."""
    column = kind.panel_column
    if isinstance(capability, str):
        column = column or capability
    elif capability is not None:
        column = capability.get(kind.name, column)
    if column:
        return column, _shares(panel, column, year)
    level = _shares(panel, "gdp_usd", year) ** kind.gdp_power
    if not kind.population_power:
        return "gdp_usd", level
    level = level * _shares(panel, "population", year) ** kind.population_power
    return "gdp_usd or population", level / np.nanmax(level)


def _shares(panel: Panel, column: str, year: int) -> NDArray[np.float64]:
    figures = panel.vector(column, panel.states, year)
    if not np.nanmax(figures, initial=0.0) > 0:
        raise ValueError(f"no state has a figure for {column!r} in {year} or the five years before")
    return np.asarray(figures / np.nanmax(figures))


def _check_interest(panel: Panel, interest: Interest) -> None:
    """Refuse what the panel does not know; a stakeholder of which it knows no more than its groups has no figures."""
    where = f"interest {interest.id}"
    known = [objective.name for objective in panel.objectives]
    if interest.objective not in known:
        raise ValueError(f"{where}: objective {interest.objective!r} is unknown{nearest(interest.objective, known)}")
    for code in interest.challengers:
        if code not in panel.states:
            hint = nearest(code, panel.states)
            raise ValueError(f"{where}: challenger {code!r} is not in the panel, so its threat is unknown{hint}")
    outside = [code for code in interest.stakeholders if code not in panel.states]
    if outside:
        met = {code for group in panel.groups for code in group.members}
        for code in outside:
            if code not in met:
                hint = nearest(code, panel.states)
                raise ValueError(
                    f"{where}: stakeholder {code!r} is neither in the panel nor in one of its groups{hint}"
                )


def _check_settings(settings: Settings) -> None:
    if not settings.width.value > 0:
        raise ValueError(f"width is {settings.width.value}; it must be above 0")
    if not settings.contest.value > 0:
        raise ValueError(f"contest is {settings.contest.value}; it must be above 0")
    for name in ("decay", "spillover", "reference", "crowding", "response", "institutions"):
        if getattr(settings, name).value < 0:
            raise ValueError(f"{name} is {getattr(settings, name).value}; it must be at least 0")
    for name in ("saving", "reliability"):
        if not 0 <= getattr(settings, name).value <= 1:
            raise ValueError(f"{name} is {getattr(settings, name).value}; it must be from 0 to 1")


def _factors(given: Mapping[str, float] | None, panel: Panel, what: str) -> dict[str, float]:
    for state, factor in (given or {}).items():
        panel.index(state)
        if not (isinstance(factor, Real) and isfinite(factor) and factor >= 0):
            raise ValueError(f"{what} of {state} is {factor}; it must be a number of at least 0")
    return dict(given or {})


def _assumed(
    panel: Panel,
    involved: Sequence[str],
    levels: Mapping[str, tuple[str, NDArray[np.float64]]],
    ideal: NDArray[np.float64],
) -> tuple[str, ...]:
    said = []
    for state in involved:
        lacking = sorted({what for what, values in levels.values() if np.isnan(values[panel.index(state)])})
        if lacking:
            said.append(f"{state}: no {' and no '.join(lacking)}, counted as none")
    said += [f"{s}: no ideal point, kept neutral" for s, p in zip(involved, ideal, strict=True) if np.isnan(p)]
    return tuple(said)


def _bodies(panel: Panel, states: tuple[str, ...], interest: Interest, year: int) -> tuple[Body, ...]:
    found = []
    for body in panel.institutions:
        members = panel.members_of(body.name, year) if body.interest == interest.row else ()
        if members:
            inside = _frozen(np.array([float(s in members) for s in states]))
            found.append(Body(body.name, body.relevance, body.acting, len(members), inside))
    return tuple(found)


def _coverage(
    panel: Panel,
    states: tuple[str, ...],
    interest: Interest,
    year: int,
    settings: Settings,
    at_anchor: Callable[[Sequence[str]], list[NDArray[np.float64]]],
) -> NDArray[np.float64]:
    """Find, for each state, what the institution that secures most of the interest for it brings up."""
    best = np.zeros(len(states))
    weights = tuple(interest.weights.values())
    kinds = tuple(_type(panel, name, interest).aggregator for name in interest.weights)
    together = joint_strength(weights, kinds, settings.substitution.value)
    for body in panel.institutions:
        members = panel.members_of(body.name, year) if body.interest == interest.row else ()
        able = [s for s in members if s in panel.states and s not in interest.challengers]
        if able:
            joint = float(together([own[:, None] for own in at_anchor(able)])[0])
            secured = settings.institutions.value * body.relevance * body.acting * joint
            best = np.maximum(best, np.where([s in able for s in states], secured, 0.0))
    return best


def _exposure(
    panel: Panel, states: tuple[str, ...], challengers: Sequence[str], economy: NDArray[np.float64]
) -> NDArray[np.float64]:
    if not challengers:
        return np.zeros(len(states))
    pull = economy / (panel.distance_km(states, panel.states) / 1000 + 0.1)
    pull[np.arange(len(states)), [panel.index(s) for s in states]] = 0.0
    to_challengers = pull[:, [panel.index(c) for c in challengers]].sum(axis=1)
    return np.asarray(to_challengers / np.maximum(pull.sum(axis=1), 1e-12))


def _dependence(panel: Panel, states: tuple[str, ...], pivot: str, year: int) -> NDArray[np.float64]:
    """Measure what a state owes the protection of the United States by their troops on its soil."""
    if pivot != "USA":
        return np.zeros(len(states))
    everyone = np.log1p(np.nan_to_num(panel.vector("us_troops", panel.states, year)))
    everyone[panel.index(pivot)] = 0.0
    return np.asarray(everyone[[panel.index(s) for s in states]] / max(everyone.max(), 1e-12))


def _conflict(panel: Panel, states: tuple[str, ...], year: int) -> NDArray[np.float64]:
    stop = year - panel.first_year + 1
    window = panel.columns["conflicts"][[panel.index(s) for s in states], max(0, stop - 5) : stop]
    return np.asarray((np.nan_to_num(window) > 0).mean(axis=1))


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
