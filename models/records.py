"""Rows of the embedded tables as records, read strictly: a wrong cell is an error that names its row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

__all__ = [
    "CapabilityType",
    "Group",
    "Institution",
    "Objective",
    "capability_type_of",
    "check_names",
    "group_of",
    "institution_of",
    "nearest",
    "number_of",
    "objective_of",
    "year_of",
]

CODE = re.compile(r"[A-Z]{3}")
SHARES = frozenset({"nuclear", "polyarchy"})  # from 0 to 1
AGGREGATORS = ("sum", "weighted_sum", "best_shot", "weakest_link")
RULES = ("unanimity", "consensus", "qualified_majority", "lead")
ROUNDING = 1e-9  # of sums of decimal fractions
STATUSES = ("estimated", "literature", "prior", "scenario")


@dataclass(frozen=True)
class Group:
    """One row of groups.csv: who met, since when, for what, and how we read it."""

    name: str
    kind: str
    region: str
    members: tuple[str, ...]
    start: int
    end: int | None
    objective: str
    objective2: str
    challengers: tuple[str, ...]
    orientation: str
    interest: str
    interest_basis: str


@dataclass(frozen=True)
class Institution:
    """One row of institutions.csv: what a standing body would do for one interest.

    ``relevance`` is the share of the interest its purpose covers (eta), ``acting`` the probability that it acts when
    called on (pi), each from 0 to 1 with a range. Who its members are is dated: ``Panel.members_of``.
    """

    name: str
    interest: str
    relevance: float
    relevance_low: float
    relevance_high: float
    rule: str  # unanimity, consensus, qualified_majority or lead
    acting: float
    acting_low: float
    acting_high: float
    source: str
    status: str


@dataclass(frozen=True)
class Objective:
    """One row of objectives.csv: what a group may be for, and the share of its benefit that reaches outsiders."""

    name: str
    definition: str
    aggregator: str  # sum, weighted_sum, best_shot or weakest_link
    publicness: float  # 0: outsiders get nothing, 1: as much as members
    publicness_low: float
    publicness_high: float
    source: str
    status: str


@dataclass(frozen=True)
class CapabilityType:
    """One row of capability_types.csv: how members' means of one kind add up, and what stands in for them.

    The open stand-in for a state's strength is A = gdp ** gdp_power * population ** population_power, as a share of
    the largest, or the column named in ``panel_column``.
    """

    name: str
    definition: str
    aggregator: str  # sum, weighted_sum, best_shot or weakest_link
    gdp_power: float
    population_power: float
    panel_column: str  # blank: the powers above
    moves: bool  # loses strength over distance
    source: str
    status: str


def is_signed(column: str) -> bool:
    """Say whether a column may be negative: ideal points may, all others count something.

    Parameters
    ----------
    column : str

    Returns
    -------
    bool
    """
    return column.startswith("ideal_point")


def check_names(
    groups: Iterable[Group],
    interests: Iterable[Mapping[str, str]],
    institutions: Iterable[Institution],
    objectives: Iterable[Objective],
    types: Iterable[CapabilityType],
) -> None:
    """Refuse a row of one table that names what another table does not have.

    Parameters
    ----------
    groups, interests, institutions, objectives, types
        The rows of the tables of those names, ``types`` of capability_types.csv.

    Raises
    ------
    ValueError
        A name is unknown, or the capability weights of an interest do not sum to one.
    """
    ids = {row["id"] for row in interests}
    aims = {objective.name for objective in objectives}
    kinds = {kind.name for kind in types}
    names = {group.name for group in groups}
    for group in groups:
        where = f"groups.csv ({group.name})"
        if group.interest:
            _known(group.interest, ids, f"{where}: interest", "interests.csv")
        for aim in filter(None, (group.objective, group.objective2)):
            _known(aim, aims, f"{where}: objective", "objectives.csv")
    for row in interests:
        where = f"interests.csv ({row['id']})"
        _known(row["objective"], aims, f"{where}: objective", "objectives.csv")
        total = 0.0
        for weight in row["capability_weights"].split(";"):
            kind, _, share = weight.partition(":")
            _known(kind, kinds, f"{where}: capability", "capability_types.csv")
            total += number_of(share, where, f"weight of {kind}")
        if not abs(total - 1) < ROUNDING:
            raise ValueError(f"{where}: capability weights sum to {total:g}, not 1")
        for code in (*row["stakeholders"].split(";"), *row["challenger"].split(";")):
            if code != "none" and not CODE.fullmatch(code):
                raise ValueError(f"{where}: {code!r} is not an ISO 3166 alpha-3 code")
        for benchmark in row["benchmark_groups"].split(";"):
            _known(benchmark, names, f"{where}: benchmark", "groups.csv")
    for institution in institutions:
        where = f"institutions.csv ({institution.name}, {institution.interest})"
        _known(institution.name, names, f"{where}: institution", "groups.csv")
        _known(institution.interest, ids, f"{where}: interest", "interests.csv")


def _known(name: str, known: Iterable[str], what: str, table: str) -> None:
    if name not in set(known):
        raise ValueError(f"{what} {name!r} is not in {table}{nearest(name, known)}")


def institution_of(row: Mapping[str, str]) -> Institution:
    """Read a row of institutions.csv.

    Parameters
    ----------
    row : mapping of str to str

    Returns
    -------
    Institution

    Raises
    ------
    ValueError
        A number is outside its range or a word is not one of those known.
    """
    where = f"institutions.csv ({row['institution']}, {row['interest']})"
    relevance, acting = (_within_one(row, name, where) for name in ("relevance", "acting"))
    return Institution(
        row["institution"],
        row["interest"],
        *relevance,
        _one_of(row["rule"], RULES, f"{where}: rule"),
        *acting,
        row["source"],
        _one_of(row["status"], STATUSES, f"{where}: status"),
    )


def objective_of(row: Mapping[str, str]) -> Objective:
    """Read a row of objectives.csv.

    Parameters
    ----------
    row : mapping of str to str

    Returns
    -------
    Objective

    Raises
    ------
    ValueError
        A number is outside its range or a word is not one of those known.
    """
    where = f"objectives.csv ({row['objective']})"
    return Objective(
        row["objective"],
        row["definition"],
        _one_of(row["aggregator"], AGGREGATORS, f"{where}: aggregator"),
        *_within_one(row, "publicness", where),
        row["source"],
        _one_of(row["status"], STATUSES, f"{where}: status"),
    )


def capability_type_of(row: Mapping[str, str], columns: Sequence[str]) -> CapabilityType:
    """Read a row of capability_types.csv.

    Parameters
    ----------
    row : mapping of str to str
    columns : sequence of str
        Columns of panel.csv it may name.

    Returns
    -------
    CapabilityType

    Raises
    ------
    ValueError
        The column is unknown, a word is not one of those known, or the powers have the wrong sum.
    """
    where = f"capability_types.csv ({row['capability']})"
    gdp, people = (number_of(row[name], where, name, signed=True) for name in ("gdp_power", "population_power"))
    column = row["panel_column"]
    if column:
        _known(column, columns, f"{where}: column", "panel.csv")
    # Powers that sum to one make two equal states twice as strong as one of them, in every type.
    if not abs(gdp + people - (0 if column else 1)) < ROUNDING:
        expected = "0, since a column of the panel stands in" if column else "1"
        raise ValueError(f"{where}: the powers of GDP and population sum to {gdp + people:g}, not {expected}")
    return CapabilityType(
        row["capability"],
        row["definition"],
        _one_of(row["aggregator"], AGGREGATORS, f"{where}: aggregator"),
        gdp,
        people,
        column,
        _one_of(row["moves"], ("0", "1"), f"{where}: moves") == "1",
        row["source"],
        _one_of(row["status"], STATUSES, f"{where}: status"),
    )


def _within_one(row: Mapping[str, str], name: str, where: str) -> tuple[float, float, float]:
    """Read a value with its range, all from 0 to 1: value, low, high."""
    value, low, high = (number_of(row[c], where, c) for c in (name, f"{name}_low", f"{name}_high"))
    if not 0 <= low <= value <= high <= 1:
        raise ValueError(
            f"{where}: {name} {value:g} with range {low:g} to {high:g}; give 0 <= low <= value <= high <= 1"
        )
    return value, low, high


def _one_of(word: str, known: Sequence[str], what: str) -> str:
    if word not in known:
        raise ValueError(f"{what} {word!r} is not one of {', '.join(known)}{nearest(word, known)}")
    return word


def group_of(row: Mapping[str, str]) -> Group:
    """Read a row of groups.csv.

    Parameters
    ----------
    row : mapping of str to str

    Returns
    -------
    Group

    Raises
    ------
    ValueError
        A member is repeated or is no code, a year is not whole, or the group ends before it starts.
    """
    where = f"groups.csv ({row['group']})"
    members = tuple(row["members"].split(";"))
    bad = [code for code in members if not CODE.fullmatch(code) or members.count(code) > 1]
    if bad:
        raise ValueError(f"{where}: member {bad[0]!r} is repeated or is not an alpha-3 code")
    start = year_of(row["start_year"], where)
    end = year_of(row["end_year"], where) if row["end_year"] else None
    if end is not None and end < start:
        raise ValueError(f"{where}: ends in {end}, before it starts in {start}")
    return Group(
        name=row["group"],
        kind=row["kind"],
        region=row["region"],
        members=members,
        start=start,
        end=end,
        objective=row["objective"],
        objective2=row["objective2"],
        challengers=tuple(code for code in row["challenger"].split(";") if code not in ("", "none")),
        orientation=row["orientation"],
        interest=row["interest"],
        interest_basis=row["interest_basis"],
    )


def year_of(value: Any, where: str) -> int:
    """Read a year; ValueError if it is missing or not whole.

    Parameters
    ----------
    value : str, int or float
    where : str
        The row, for the message.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        It is missing or not whole.
    """
    try:
        year = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{where}: year is {value!r}, not a year") from None
    if not year.is_integer():
        raise ValueError(f"{where}: year is {value!r}; it must be a whole number")
    return int(year)


def number_of(text: str, where: str, column: str, *, signed: bool = False) -> float:
    """Read a figure, nan where the cell is blank; ValueError if it is infinite, or negative where it must not be.

    Parameters
    ----------
    text : str
    where : str
        The row, for the message.
    column : str
        Its name decides whether it may be negative or must not exceed one.
    signed : bool
        Allow negative figures whatever the column.

    Returns
    -------
    float
        nan where the cell is blank.

    Raises
    ------
    ValueError
        It is no number, infinite, or negative or above one where it must not be.
    """
    if text in ("", "nan"):
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{where}: {column} is {text!r}, not a number") from None
    if not np.isfinite(value) or (value < 0 and not signed and not is_signed(column)):
        raise ValueError(f"{where}: {column} is {text}; it must be finite and not negative")
    if column in SHARES and value > 1:
        raise ValueError(f"{where}: {column} is {text}; it runs from 0 to 1")
    return value


def nearest(word: str, known: Iterable[str], meaning: Mapping[str, str] | None = None) -> str:
    """Say which known word, or what it means, a misspelt one may have meant: '; did you mean ...?' or ''.

    Parameters
    ----------
    word : str
    known : iterable of str
    meaning : mapping of str to str, optional
        What to print in place of a known word.

    Returns
    -------
    str
    """
    spelt = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), spelt, n=1, cutoff=0.5)
    if not close:
        return ""
    found = spelt[close[0]]
    return f"; did you mean {found if meaning is None else meaning[found]!r}?"
