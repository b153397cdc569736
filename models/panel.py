"""The embedded open panel: states, their figures by year, groups, dated memberships, interests, institutions.

Tables and their sources are described in data/README.md. Nothing here computes a payoff.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.records import (
    CODE,
    CapabilityType,
    Group,
    Institution,
    Objective,
    capability_type_of,
    check_names,
    group_of,
    institution_of,
    is_signed,
    nearest,
    number_of,
    objective_of,
    year_of,
)

if TYPE_CHECKING:
    import pandas as pd

    from models.releases.result import Release

__all__ = [
    "CapabilityType",
    "Group",
    "Institution",
    "Objective",
    "Panel",
    "load_panel",
    "nearest",
    "pool",
    "read_panel",
]

DATA = Path(__file__).parent / "data"
TABLES = {
    "capability_types.csv": "capability definition aggregator gdp_power population_power panel_column moves source "
    "status",
    "groups.csv": "group kind region members start_year end_year objective objective2 challenger orientation interest "
    "interest_basis",
    "institutions.csv": "institution interest relevance relevance_low relevance_high rule acting acting_low "
    "acting_high source status",
    "interests.csv": "region id interest objective challenger stakeholders capability_weights anchor_lat anchor_lon "
    "benchmark_groups",
    "membership_events.csv": "group iso3 event year",
    "objectives.csv": "objective definition aggregator publicness publicness_low publicness_high source status",
    "panel.csv": "iso3 year gdp_usd gdp_source",
    "states.csv": "iso3 name home_region regions core capital cap_lat cap_lon",
}
"""Tables of a panel and the columns each must have; it may have more."""

LIMITS = (90.0, 360.0)  # of latitude and longitude, degrees either way
EARTH_RADIUS_KM = 6371.0088  # mean radius of the IUGG
MAX_AGE = 5
"""A figure older than this many years no longer stands in for a later year."""

OTHER_UNIT = 30.0
"""Own figures that are typically this many times the panel's, or a fraction as small, are in another unit."""
ENOUGH = 10  # figures of both before units are compared

REGIONS = {"asia_pacific": "AP", "middle_east": "ME", "europe": "EU"}  # region of interests.csv -> tag of states.csv
FOUNDERS = (3, 9)
"""Founders of a minilateral: below three it is a pact, above nine a body."""
LARGEST = 20  # economies in the pool of the global order
LARGEST_IN = 2014  # the year before the groups kept for testing, so that the pool knows nothing of their time


@dataclass(frozen=True, eq=False)
class Panel:
    """States and their figures by year, with the groups they formed. Build one with ``load_panel``.

    ``columns`` maps a name to a float array of shape (states, years), nan where there is no figure;
    ``events`` maps a group to its (year, state, event) rows in order of year; ``sources`` maps each table read
    to the SHA-256 of its bytes, so that a report can say which figures it stands on.
    """

    states: tuple[str, ...]
    names: tuple[str, ...]
    places: NDArray[np.float64] = field(repr=False)  # (states, 2): latitude, longitude of the capital, degrees
    tags: Mapping[str, Mapping[str, str]] = field(repr=False)
    first_year: int
    last_year: int
    columns: Mapping[str, NDArray[np.float64]] = field(repr=False)
    gdp_source: Mapping[tuple[str, int], str] = field(repr=False)
    groups: tuple[Group, ...] = field(repr=False)
    events: Mapping[str, tuple[tuple[int, str, str], ...]] = field(repr=False)
    interests: tuple[Mapping[str, str], ...] = field(repr=False)
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    institutions: tuple[Institution, ...] = field(default=(), repr=False)
    objectives: tuple[Objective, ...] = field(default=(), repr=False)
    capability_types: tuple[CapabilityType, ...] = field(default=(), repr=False)

    @property
    def years(self) -> range:
        """The years the panel covers."""
        return range(self.first_year, self.last_year + 1)

    def vector(self, column: str, states: Iterable[str], year: int) -> NDArray[np.float64]:
        """Give each state's latest figure dated in or before a year.

        Parameters
        ----------
        column : str
            A column of panel.csv, such as ``gdp_usd`` (current US dollars) or ``ideal_point``.
        states : iterable of str
            ISO 3166 alpha-3 codes, m of them.
        year : int
            The year a decision is taken in: no later figure is used.

        Returns
        -------
        ndarray of shape (m,)
            In the unit of the column; nan where the latest figure is more than five years old or missing.

        Raises
        ------
        ValueError
            The year is outside the panel, or a state or the column is unknown.

        Examples
        --------
        >>> load_panel().vector("nuclear", ("IND", "JPN"), 1999)
        array([1., 0.])
        """
        rows = [self.index(state) for state in states]
        self.check_year(year)
        if column not in self.columns:
            raise ValueError(f"column {column!r} is not in the panel{nearest(column, self.columns)}")
        stop = int(year) - self.first_year + 1
        window = self.columns[column][rows, max(0, stop - 1 - MAX_AGE) : stop]
        known = np.isfinite(window)
        age = np.argmax(known[:, ::-1], axis=1)
        latest = window[np.arange(len(rows)), window.shape[1] - 1 - age]
        return np.where(known.any(axis=1), latest, np.nan)

    def index(self, state: str) -> int:
        """Find a state's row; ValueError naming the nearest code if it is not in the panel.

        Parameters
        ----------
        state : str
            ISO 3166 alpha-3 code.

        Returns
        -------
        int

        Raises
        ------
        ValueError
            It is not in the panel; the message has the nearest code.
        """
        try:
            return self.states.index(state)
        except ValueError:
            codes = dict(zip((*self.names, *self.states), (*self.states, *self.states), strict=True))
            hint = nearest(str(state), codes, meaning=codes)
            raise ValueError(f"state {state!r} is not in the panel{hint}") from None

    def check_year(self, year: int) -> None:
        """Refuse a year the panel does not cover.

        Parameters
        ----------
        year : int

        Raises
        ------
        ValueError
            It is outside the panel; the message has the range.
        """
        if year not in self.years:
            raise ValueError(f"year {year} is outside the panel, which runs from {self.first_year} to {self.last_year}")

    def distance_km(
        self, a: Sequence[str] | NDArray[np.float64], b: Sequence[str] | NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Measure great circles between all of ``a`` and all of ``b``.

        d = 2 R asin sqrt(sin^2(dlat/2) + cos lat_a cos lat_b sin^2(dlon/2)), R = 6371.0088 km.

        Parameters
        ----------
        a, b : sequence of str, or array of shape (m, 2)
            State codes (their capitals), or points as latitude and longitude in degrees.

        Returns
        -------
        ndarray of shape (len(a), len(b))
            Kilometres.

        Raises
        ------
        ValueError
            A state is unknown, or points are not of shape (m, 2) and finite.

        References
        ----------
        .. [1] R. W. Sinnott (1984), Virtues of the haversine, Sky and Telescope 68, 158.

        Examples
        --------
        >>> load_panel().distance_km(["JPN"], ["KOR", "AUS"]).round(-1)
        array([[1150., 7950.]])
        """
        left, right = np.radians(self._points(a)), np.radians(self._points(b))
        half = (left[:, None, :] - right[None, :, :]) / 2
        chord = np.sin(half[..., 0]) ** 2
        chord += np.cos(left[:, None, 0]) * np.cos(right[None, :, 0]) * np.sin(half[..., 1]) ** 2
        distance: NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
        return distance

    def group(self, name: str) -> Group:
        """Find a group by its name; ValueError naming the nearest one if there is none.

        Parameters
        ----------
        name : str
            As in groups.csv.

        Returns
        -------
        Group

        Raises
        ------
        ValueError
            There is none of that name; the message has the nearest.
        """
        for group in self.groups:
            if group.name == name:
                return group
        raise ValueError(f"group {name!r} is not in groups.csv{nearest(name, [g.name for g in self.groups])}")

    def founders(self, group: str | Group) -> tuple[str, ...]:
        """Name the states that founded a group.

        Listed members without those who joined later, and with those who left later: fitting with
        today's members at the year of founding would use facts nobody had then.

        Parameters
        ----------
        group : str or Group
            A group of groups.csv, by name or as a record.

        Returns
        -------
        tuple of str
            Codes, members still listed first, in their order.

        Examples
        --------
        >>> load_panel().founders("Malacca Straits Patrol")
        ('IDN', 'MYS', 'SGP')
        """
        group = self.group(group) if isinstance(group, str) else group
        first: dict[str, str] = {}
        for _, state, event in self.events.get(group.name, ()):
            first.setdefault(state, event)
        listed = [*group.members, *(state for state in first if state not in group.members)]
        return tuple(state for state in listed if first.get(state) != "join")

    def spells(self, group: str | Group) -> tuple[tuple[str, int, int], ...]:
        """List who was a member when: (state, first year, last year), a state once for each spell.

        A spell that goes on ends in the panel's last year; the year of leaving still counts.

        Parameters
        ----------
        group : str or Group
            A group of groups.csv, by name or as a record.

        Returns
        -------
        tuple of (str, int, int)

        Raises
        ------
        ValueError
            There is no such group.
        """
        group = self.group(group) if isinstance(group, str) else group
        last = self.last_year if group.end is None else group.end
        since = dict.fromkeys(self.founders(group), group.start)
        done = []
        for year, state, event in self.events.get(group.name, ()):
            if event == "join":
                since.setdefault(state, year)
            elif state in since:
                done.append((state, since.pop(state), year))
        return (*done, *((state, start, last) for state, start in since.items() if start <= last))

    def members_of(self, group: str | Group, year: int) -> tuple[str, ...]:
        """Name the states that were members of a group in a year.

        Parameters
        ----------
        group : str or Group
            A group of groups.csv, by name or as a record: a minilateral, an alliance or an institution.
        year : int
            The year of joining and that of leaving or suspension count as years of membership.

        Returns
        -------
        tuple of str
            Codes, founders first, then in order of joining; empty before the group started and after it ended. States
            outside the panel are named too.

        Raises
        ------
        ValueError
            There is no such group, or the year is outside the panel.

        Examples
        --------
        >>> members = load_panel().members_of("NATO", 2023)
        >>> len(members), members[-1]
        (31, 'FIN')
        """
        self.check_year(year)
        spells = sorted(self.spells(group), key=lambda spell: spell[1])
        return tuple(dict.fromkeys(state for state, first, last in spells if first <= year <= last))

    def with_columns(self, rows: Release | pd.DataFrame | Iterable[Mapping[str, Any]]) -> Panel:
        """Replace or add figures of your own, such as military capability read from a release you hold.

        Parameters
        ----------
        rows : Release, DataFrame or iterable of mappings
            A release read by ``read_nmc`` and the like gives what it has of the panel's states and years.
            Each row has ``iso3``, ``year`` and one number a column; None and nan say that there is no figure. A column
            the panel has is replaced where a row gives a figure; other columns are added, nan where no row speaks.

        Returns
        -------
        Panel
            A new one; this one stays as it is.

        Raises
        ------
        ValueError
            A code is unknown, a year missing, not whole or outside the panel, a key repeated, a figure negative,
            infinite or not a number; a column has no figure at all, or its figures are in another unit than the
            panel's.

        Examples
        --------
        >>> own = load_panel().with_columns([{"iso3": "JPN", "year": 2020, "cinc": 0.033}])
        >>> own.vector("cinc", ("JPN", "KOR"), 2021)
        array([0.033,   nan])
        """
        from models.releases.result import Release

        if isinstance(rows, Release):
            return rows.into(self)
        records = _records(rows)
        columns = {name: values.copy() for name, values in self.columns.items()}
        given: dict[str, int] = {}
        seen = set()
        for number, record in enumerate(records, start=1):
            where = f"row {number}"
            if missing := {"iso3", "year"} - set(record):
                raise ValueError(f"{where} has no {sorted(missing)[0]!r}; each row needs iso3 and year")
            state, year = str(record["iso3"]), year_of(record["year"], where)
            at = (self.index(state), year - self.first_year)
            self.check_year(year)
            if (state, year) in seen:
                raise ValueError(f"{where} repeats {state} {year}")
            seen.add((state, year))
            for name, value in record.items():
                if name not in ("iso3", "year"):
                    figures = columns.setdefault(str(name), np.full(self._shape, np.nan))
                    figure = number_of("" if value is None else str(value), f"{where} ({state} {year})", str(name))
                    known = bool(np.isfinite(figure))
                    given[str(name)] = given.get(str(name), 0) + known
                    if known:
                        figures[at] = figure
        if not given:
            raise ValueError(f"the {len(records)} rows give no figure; each needs iso3, year and a column of figures")
        for name, count in given.items():
            if not count:
                raise ValueError(f"column {name!r} has no figure in any of the {len(records)} rows")
            self._check_unit(name, columns[name])
        own = sha256(repr([sorted(record.items(), key=str) for record in records]).encode()).hexdigest()
        earlier = sum(name.startswith("own figures") for name in self.sources)
        return replace(
            self,
            columns={name: _frozen(values) for name, values in columns.items()},
            sources={**self.sources, f"own figures {earlier + 1}": own},
        )

    def _check_unit(self, name: str, figures: NDArray[np.float64]) -> None:
        """Refuse figures of a known column that are typically far larger or smaller than those they replace."""
        if name not in self.columns or is_signed(name):
            return
        before = self.columns[name]
        changed = np.isfinite(before) & (before > 0) & (figures > 0) & (before != figures)
        if np.count_nonzero(changed) < ENOUGH:
            return
        ratio = float(np.median(figures[changed] / before[changed]))
        if not 1 / OTHER_UNIT < ratio < OTHER_UNIT:
            raise ValueError(
                f"column {name!r}: the figures given are typically {ratio:.2g} times the panel's; they seem to be in "
                "another unit, so convert them (data/README.md has the units) or give the column another name"
            )

    def to_frame(self) -> pd.DataFrame:
        """Show the figures as a table, one row a state and year.

        Returns
        -------
        DataFrame
            ``iso3``, ``year`` and the columns, in the units of data/README.md.
        """
        import pandas as pd

        keys = pd.MultiIndex.from_product([self.states, self.years], names=["iso3", "year"])
        frame = pd.DataFrame({name: values.ravel() for name, values in self.columns.items()}, index=keys)
        return frame.reset_index()

    @property
    def _shape(self) -> tuple[int, int]:
        return len(self.states), len(self.years)

    def _points(self, places: Sequence[str] | NDArray[np.float64]) -> NDArray[np.float64]:
        if isinstance(places, np.ndarray):
            if places.ndim != 2 or places.shape[1] != 2 or not np.isfinite(places).all():
                raise ValueError(f"points have shape {places.shape}; give finite (latitude, longitude) rows")
            if (wrong := (np.abs(places) > LIMITS).any(axis=1)).any():
                raise ValueError(f"point {places[wrong][0].tolist()} is not a latitude (-90 to 90) and a longitude")
            return places
        return self.places[[self.index(state) for state in places]]


@cache
def load_panel() -> Panel:
    """Read the embedded panel and check it.

    Returns
    -------
    Panel
        The same object at every call; its arrays are read-only.

    Raises
    ------
    ValueError
        A table has a repeated key, an unknown code or a negative figure; the message names the row.

    Examples
    --------
    >>> panel = load_panel()
    >>> len(panel.states), panel.years
    (100, range(1990, 2025))
    """
    return read_panel(DATA)


def read_panel(folder: Path) -> Panel:
    """Read a panel from a folder that holds the eight tables of data/README.md; see ``load_panel``.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Panel

    Raises
    ------
    ValueError
        A table or column is missing, a key is repeated, a code unknown, a year missing or a figure negative.
    """
    for table in TABLES:
        if not (folder / table).is_file():
            raise ValueError(f"{folder} has no {table}; a panel needs {', '.join(TABLES)}")
    state_rows = _read(folder / "states.csv", key=("iso3",))
    codes = tuple(row["iso3"] for row in state_rows)
    if bad := [code for code in codes if not CODE.fullmatch(code)]:
        raise ValueError(f"states.csv: {bad[0]!r} is not an ISO 3166 alpha-3 code")
    places = [
        [number_of(row[c], f"states.csv ({row['iso3']})", c, signed=True) for c in ("cap_lat", "cap_lon")]
        for row in state_rows
    ]
    for row, place in zip(state_rows, places, strict=True):
        if not (np.abs(place) <= LIMITS).all():
            raise ValueError(f"states.csv ({row['iso3']}): {place} is not a latitude and a longitude in degrees")
    figures = _read(folder / "panel.csv", key=("iso3", "year"))
    years = [year_of(row["year"], f"panel.csv ({row['iso3']})") for row in figures]
    first, last = min(years), max(years)
    names = [c for c in figures[0] if c not in ("iso3", "year", "gdp_source")]
    columns = {name: np.full((len(codes), last - first + 1), np.nan) for name in names}
    sources = {}
    for row, year in zip(figures, years, strict=True):
        where = f"panel.csv ({row['iso3']} {year})"
        if row["iso3"] not in codes:
            raise ValueError(f"{where}: state {row['iso3']!r} is not in states.csv{nearest(row['iso3'], codes)}")
        for name in names:
            columns[name][codes.index(row["iso3"]), year - first] = number_of(row[name], where, name)
        if row["gdp_source"]:
            sources[row["iso3"], year] = row["gdp_source"]
    have = {(row["iso3"], year) for row, year in zip(figures, years, strict=True)}
    for code in codes:
        if gaps := [year for year in range(first, last + 1) if (code, year) not in have]:
            raise ValueError(
                f"panel.csv: {code} has no row for {gaps[0]}; give each state a row for every year from {first} to "
                f"{last}, with blank cells where there is no figure"
            )
    groups = tuple(group_of(row) for row in _read(folder / "groups.csv", key=("group",)))
    interests = tuple(_read(folder / "interests.csv", key=("id",)))
    objectives = tuple(objective_of(row) for row in _read(folder / "objectives.csv", key=("objective",)))
    types = tuple(capability_type_of(row, names) for row in _read(folder / "capability_types.csv", key=("capability",)))
    institutions = tuple(
        institution_of(row) for row in _read(folder / "institutions.csv", key=("institution", "interest"))
    )
    check_names(groups, interests, institutions, objectives, types)
    return Panel(
        states=codes,
        names=tuple(row["name"] for row in state_rows),
        places=_frozen(np.array(places)),
        tags={row["iso3"]: {c: row[c] for c in ("home_region", "regions", "core", "capital")} for row in state_rows},
        first_year=first,
        last_year=last,
        columns={name: _frozen(values) for name, values in columns.items()},
        gdp_source=sources,
        groups=groups,
        events=_events(folder, {group.name for group in groups}),
        interests=interests,
        sources={name: sha256((folder / name).read_bytes()).hexdigest() for name in TABLES},
        institutions=institutions,
        objectives=objectives,
        capability_types=types,
    )


def pool(panel: Panel, region: str) -> tuple[str, ...]:
    """Choose the states of a region by rule, so that no pool is picked by hand.

    The core states tagged with the region, then every state listed as a stakeholder of one of its interests, then
    every founder of a minilateral of three to nine founders named as a benchmark of one. The global order has no
    core: there the stakeholders come first, then the founders, then the twenty largest economies of 2014.

    Parameters
    ----------
    panel : Panel
    region : str
        ``"asia_pacific"``, ``"middle_east"``, ``"europe"`` or ``"global"``, as in interests.csv.

    Returns
    -------
    tuple of str
        Codes of states of the panel, each part in the order of the panel.

    Raises
    ------
    ValueError
        No interest is listed for the region.

    Examples
    --------
    >>> states = pool(load_panel(), "asia_pacific")
    >>> len(states), states[-1]
    (36, 'ITA')
    """
    rows = [row for row in panel.interests if row["region"] == region]
    if not rows:
        raise ValueError(f"no interests for region {region!r}{nearest(region, {r['region'] for r in panel.interests})}")
    tag = REGIONS.get(region)
    core = {s for s in panel.states if panel.tags[s]["core"] == "1" and tag in panel.tags[s]["regions"].split(";")}
    stakeholders = {state for row in rows for state in row["stakeholders"].split(";")}
    benchmarks = [panel.group(name) for row in rows for name in row["benchmark_groups"].split(";")]
    small = [g for g in benchmarks if g.kind == "minilateral" and FOUNDERS[0] <= len(panel.founders(g)) <= FOUNDERS[1]]
    founders = {state for group in small for state in panel.founders(group)}
    largest: set[str] = set()
    if region == "global":
        size = np.nan_to_num(panel.vector("gdp_usd", panel.states, LARGEST_IN))
        largest = {panel.states[i] for i in np.argsort(-size, kind="stable")[:LARGEST]}
    parts = (core, stakeholders, founders, largest)
    return tuple(dict.fromkeys(state for part in parts for state in panel.states if state in part))


def _read(path: Path, key: tuple[str, ...]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle, restval="")
        rows = list(reader)
        columns = reader.fieldnames or ()
    if missing := [column for column in TABLES[path.name].split() if column not in columns]:
        raise ValueError(f"{path.name} has no column {missing[0]!r}{nearest(missing[0], columns)}")
    if not rows:
        raise ValueError(f"{path.name} has no rows")
    seen = set()
    for row in rows:
        value = tuple(row[c] for c in key)
        if value in seen:
            raise ValueError(f"{path.name}: the key {' '.join(value)!r} appears twice")
        seen.add(value)
    return rows


def _events(folder: Path, groups: set[str]) -> dict[str, tuple[tuple[int, str, str], ...]]:
    events: dict[str, list[tuple[int, str, str]]] = {}
    for row in _read(folder / "membership_events.csv", key=("group", "iso3", "event", "year")):
        where = f"membership_events.csv ({row['group']}, {row['iso3']} {row['year']})"
        if row["group"] not in groups:
            raise ValueError(f"{where}: no such group in groups.csv{nearest(row['group'], groups)}")
        if row["event"] not in ("join", "leave", "suspend"):
            raise ValueError(f"{where}: event {row['event']!r} is not join, leave or suspend")
        events.setdefault(row["group"], []).append((year_of(row["year"], where), row["iso3"], row["event"]))
    return {group: tuple(sorted(found)) for group, found in events.items()}


def _records(rows: pd.DataFrame | Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write own figures as one mapping a row."""
    if hasattr(rows, "to_dict"):
        names = list(getattr(rows, "columns", ()))
        if repeated := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"the table has two columns {repeated[0]!r}")
        return list(rows.to_dict("records"))
    given = list(rows)
    for number, row in enumerate(given, start=1):
        if not isinstance(row, Mapping):
            raise ValueError(f"row {number} is {row!r}; give a mapping with iso3, year and figures")
    return [dict(row) for row in given]


def _frozen(values: NDArray[np.float64]) -> NDArray[np.float64]:
    values.flags.writeable = False
    return values


def __getattr__(name: str) -> Any:
    """Give the readers of original releases under the panel's name too: ``panel.read_nmc`` and so on."""
    from models import releases

    if name in releases.__all__:
        return getattr(releases, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
