"""Readers of conflict: militarized disputes, wars, armed conflicts."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.releases.codes import panel_states
from models.releases.result import Release
from models.releases.tables import Source, Table, read_table

if TYPE_CHECKING:
    import pandas as pd

DISPUTE_UNITS = {
    "hostility": "highest level of hostility, 1 none to 5 war",
    "fatality": "level of deaths, 0 none to 6 more than 999",
    "action": "COW code of the most hostile action",
}
HOSTILITY = (range(6), "1 to 5")
FATALITY = (range(7), "0 to 6")
"""The codes of COW and how to say them; a file that writes 0 for no hostility is understood."""

KINDS = {1: "extrasystemic", 2: "interstate", 3: "intrastate", 4: "internationalized intrastate"}
ROLES = {
    "gwno_a": ("a", "party"),
    "gwno_a_2nd": ("a", "supporter"),
    "gwno_b": ("b", "party"),
    "gwno_b_2nd": ("b", "supporter"),
}


def read_mids(path: Source, *, codes: str = "cow", states: str | Iterable[str] | None = None) -> Release:
    """Read COW militarized interstate disputes: who stood against whom, by dispute and year.

    Parameters
    ----------
    path : path or text file
        ``MIDB 5.0.csv`` (by participant), ``dyadic_mid_4.03.csv`` (by dyad and year), or ``MIDA 5.0.csv`` (by
        dispute; it names no states).
    codes, states
        As in ``read_nmc``.

    Returns
    -------
    Release
        From participants or dyads: ``dispute``, ``iso3_a`` < ``iso3_b``, ``year``, ``onset`` (1 in the first year the
        two stand against each other), ``hostility`` and ``fatality``, the higher of both sides, and ``action``.
        From disputes: ``dispute``, ``start``, ``end``, ``outcome``, ``hostility``, ``fatality``, ``action``,
        ``states_a``, ``states_b``. A year has a row if both were in the dispute on some day of it and on opposite
        sides.

    Raises
    ------
    ValueError
        Wrong file, a side that is neither 0 nor 1, an impossible date, numbers of the other system.

    Notes
    -----
    An unknown day (-9) is the first of the month at the start and the last at the end, so dyads can only be missed,
    never made, where a day is known.

    References
    ----------
    .. [1] G. Palmer et al. (2022), The MID5 dataset, 2011-2014, Conflict Management and Peace Science 39, 470-482.
    .. [2] Z. Maoz et al. (2019), The dyadic militarized interstate disputes (MIDs) dataset version 3.0, Journal of
       Conflict Resolution 63, 811-835.

    Examples
    --------
    >>> from io import StringIO
    >>> head = "dispnum,ccode,stday,stmon,styear,endday,endmon,endyear,sidea,fatality,hiact,hostlev,orig\\n"
    >>> rows = "10,740,1,3,2001,-9,2,2002,1,0,7,3,1\\n10,710,5,3,2001,4,1,2002,0,0,0,1,1\\n"
    >>> read_mids(StringIO(head + rows)).frame[["dispute", "iso3_a", "iso3_b", "year", "onset", "hostility"]]
      dispute iso3_a iso3_b  year  onset  hostility
    0      10    CHN    JPN  2001      1        3.0
    1      10    CHN    JPN  2002      0        3.0
    """
    table, keep = read_table(path, "read_mids"), panel_states(states)
    if table.has("numa"):
        return _disputes(table)
    frame = _dyadic_disputes(table, codes, keep) if table.has("disno") else _opposed(table, codes, keep)
    pairs = ["dispute", "iso3_a", "iso3_b"]
    frame = frame.groupby([*pairs, "year"], as_index=False)[["hostility", "fatality", "action"]].max()
    frame.insert(4, "onset", (~frame.duplicated(pairs)).astype(int))
    return table.release(frame, (*pairs, "year"), DISPUTE_UNITS, covers=table.spans(table.year))


def read_wars(path: Source, *, codes: str = "cow", states: str | Iterable[str] | None = None) -> Release:
    """Read COW inter-state wars, version 4: who fought on which side.

    Parameters
    ----------
    path : path or text file
        ``Inter-StateWarData_v4.0.csv``. Its lines end in carriage returns and its thousands are set apart by commas;
        both are understood.
    codes, states
        As in ``read_nmc``.

    Returns
    -------
    Release
        ``war``, ``name``, ``iso3``, ``side`` (1 or 2), ``start``, ``end`` and, for a state that came back, ``start2``
        and ``end2``; ``initiator`` (1 or 0), ``outcome`` (COW code), ``battle_deaths`` (nan if unknown). A state that
        changed sides has a row for each side.

    Raises
    ------
    ValueError
        As ``read_mids``.

    References
    ----------
    .. [1] M. R. Sarkees and F. W. Wayman (2010), Resort to War: 1816-2007.

    Examples
    --------
    >>> from io import StringIO
    >>> head = "WarNum,WarName,ccode,Side,StartYear1,EndYear1,Initiator,Outcome,BatDeath\\n"
    >>> read_wars(StringIO(head + '139,World War II,740,2,1941,1945,1,2,"1,740,000"\\n')).frame.T
                          0
    war                 139
    name       World War II
    iso3                JPN
    side                  2
    start              1941
    end                1945
    initiator             1
    outcome               2
    battle_deaths 1740000.0
    """
    import pandas as pd

    table, keep = read_table(path, "read_wars"), panel_states(states)
    none = (-7, -8, -9)  # going on, not applicable, unknown
    table.year = start = table.years("startyear1", missing=none)
    table.drop(np.isnan(start), "no year of entry")
    side = table.whole("side", missing=none)
    table.check("side", ~np.isin(side, (1, 2)), "must be 1 or 2")
    iso3 = table.by_number("ccode", start, codes, keep)
    columns: dict[str, Any] = {"war": table.text("warnum"), "name": table.text("warname"), "iso3": iso3, "side": side}
    spells = {"start": "startyear1", "end": "endyear1", "start2": "startyear2", "end2": "endyear2"}
    for name, column in spells.items():
        if table.has(column):
            columns[name] = pd.Series(table.years(column, missing=none)).astype("Int64")
    for begin, stop in (("start", "end"), ("start2", "end2")):
        if stop in columns and begin in columns:
            early = (columns[stop] < columns[begin]).fillna(False).to_numpy(bool)
            table.check(spells[stop], early, "must not lie before the year of entry")
    for name in ("initiator", "outcome"):
        columns[name] = pd.Series(table.whole(name, missing=none)).astype("Int64")
    columns["initiator"] = (columns["initiator"] == 1).astype("Int64")  # the file writes 2 for no
    columns["battle_deaths"] = table.numbers("batdeath", missing=none, grouped=True)
    frame = pd.DataFrame(columns)[table.used].astype({"side": int})
    units = {"battle_deaths": "persons", "side": "1 or 2", "initiator": "0 or 1", "outcome": "COW code"}
    return table.release(
        frame, ("war", "iso3", "side", "start"), units, blank={"batdeath": "battle_deaths"}, covers=(1816, 2007)
    )


def read_ucdp(path: Source, *, codes: str = "gw", states: str | Iterable[str] | None = None) -> Release:
    """Read the UCDP/PRIO armed conflicts: which states took part in which conflict, on which side, year by year.

    Parameters
    ----------
    path : path or text file
        ``UcdpPrioConflict_v25_1.csv`` or another version.
    codes : {"gw", "cow"}
        System of the state numbers; UCDP uses those of Gleditsch and Ward.
    states : iterable of str, "all" or None
        As in ``read_nmc``.

    Returns
    -------
    Release
        A row a conflict, year and state: ``conflict``, ``iso3``, ``year``, ``side`` (a or b), ``role`` (party or
        supporter with troops), ``kind``, ``intensity`` (1 from 25 deaths, 2 from 1,000 a year). ``dropped`` counts
        participants; rebels have no number and no row.

    Raises
    ------
    ValueError
        As ``read_mids``.

    References
    ----------
    .. [1] N. P. Gleditsch et al. (2002), Armed conflict 1946-2001: a new dataset, Journal of Peace Research 39,
       615-637.

    Examples
    --------
    >>> from io import StringIO
    >>> head = "conflict_id,year,gwno_a,gwno_a_2nd,gwno_b,gwno_b_2nd,type_of_conflict,intensity_level\\n"
    >>> read_ucdp(StringIO(head + '13243,2024,365,731,369,,2,2\\n')).frame[["iso3", "side", "role", "kind"]]
      iso3 side       role        kind
    0  RUS    a      party  interstate
    1  PRK    a  supporter  interstate
    2  UKR    b      party  interstate
    """
    import pandas as pd

    table, keep = read_table(path, "read_ucdp"), panel_states(states)
    year, kind = table.years("year"), table.whole("type_of_conflict")
    table.check("type_of_conflict", ~np.isin(kind, list(KINDS)), "must be 1 to 4")
    intensity = table.whole("intensity_level")
    table.check("intensity_level", ~np.isin(intensity, (1, 2)), "must be 1 or 2")
    rows = []
    for column, (side, role) in ROLES.items():
        for row, cell in enumerate(table.text(column)):
            numbers = [part.strip() for part in cell.split(",")]
            rows += [(row, side, role, number) for number in numbers if number not in ("", "-99", "nan", "NA")]
    if not rows:
        raise ValueError(f"{table.source}: no row names a state")
    long = pd.DataFrame(rows, columns=["row", "side", "role", "number"]).sort_values("row", kind="stable")
    at = long["row"].to_numpy()
    ledger = Table(long.reset_index(drop=True), table.layout, table.source, table.digest)
    ledger.year = year[at]
    ledger.drop(np.isnan(ledger.year), "no year")
    iso3 = ledger.by_number("number", ledger.year, codes, keep)
    frame = pd.DataFrame(
        {
            "conflict": table.text("conflict_id").to_numpy(object)[at],
            "iso3": iso3,
            "year": ledger.year,
            "side": long["side"].to_numpy(object),
            "role": long["role"].to_numpy(object),
            "kind": pd.Series(kind[at]).map(KINDS).to_numpy(object),
            "intensity": intensity[at],
        }
    )[ledger.used].astype({"year": int, "intensity": int})
    notes = (f"{len(year):,} conflict-years; a row counted above is one state in one of them",)
    covers = table.spans(year)
    keys = ("conflict", "year", "iso3", "side", "role")
    frame = frame.drop_duplicates(list(keys))
    return ledger.release(frame, keys, {"intensity": "1 minor, 2 war"}, covers=covers, notes=notes)


def _disputes(table: Table) -> Release:
    import pandas as pd

    start, end = table.years("styear"), table.years("endyear")
    table.year = start
    for column, years in (("styear", start), ("endyear", end)):
        table.check(column, np.isnan(years), "must be a year")
    table.check("endyear", end < start, "must not lie before the start")
    table.coded("hostlev", *HOSTILITY)
    table.coded("fatality", *FATALITY)
    names = {"hostlev": "hostility", "fatality": "fatality", "hiact": "action", "numa": "states_a", "numb": "states_b"}
    frame = pd.DataFrame({"dispute": table.text("dispnum"), "start": start.astype(int), "end": end.astype(int)})
    frame["outcome"] = table.whole("outcome", missing=(-9,))
    for column, name in names.items():
        frame[name] = table.whole(column, missing=(-9,))
    return table.release(
        frame,
        ("dispute",),
        DISPUTE_UNITS,
        covers=table.spans(start, end),
        notes=("the file names no states",),
    )


def _dyadic_disputes(table: Table, codes: str, keep: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    table.year = year = table.years("year")
    table.drop(np.isnan(year), "no year")
    a, b = (table.by_number(column, year, codes, keep) for column in ("statea", "stateb"))
    table.drop((a == b) & (a != ""), "both sides are the same state")
    turned = a > b
    action = table.whole("highact", missing=(-9,)) if table.has("highact") else np.full(len(year), np.nan)
    frame = pd.DataFrame(
        {
            "dispute": table.text("disno"),
            "iso3_a": np.where(turned, b, a),
            "iso3_b": np.where(turned, a, b),
            "year": year,
            "hostility": table.coded("hihost", *HOSTILITY),
            "fatality": table.coded("fatlev", *FATALITY),
            "action": action,
        }
    )
    return frame[table.used].astype({"year": int})


def _opposed(table: Table, codes: str, keep: tuple[str, ...]) -> pd.DataFrame:
    """Pair participants on opposite sides whose days in a dispute overlap, and list the years of the overlap."""
    import pandas as pd

    side = table.whole("sidea")
    table.check("sidea", ~np.isin(side, (0, 1)), "must be 0 or 1")
    first = _days(table, "styear", "stmon", "stday", last=False)
    last = _days(table, "endyear", "endmon", "endday", last=True)
    table.check("endyear", last < first, "must not lie before the start")
    table.year = table.years("styear")
    iso3 = table.by_number("ccode", table.year, codes, keep)
    figures = [table.coded("hostlev", *HOSTILITY), table.coded("fatality", *FATALITY)]
    figures.append(table.whole("hiact", missing=(-9,)))
    dispute = table.text("dispnum").to_numpy(object)
    rows = []
    for group in pd.Series(np.flatnonzero(table.used)).groupby(dispute[table.used]):
        members = group[1].to_numpy()
        for i, j in product(members[side[members] == 1], members[side[members] == 0]):
            begin, stop = max(first[i], first[j]), min(last[i], last[j])
            if begin <= stop and iso3[i] != iso3[j]:
                pair = sorted((iso3[i], iso3[j]))
                worst = [np.fmax(values[i], values[j]) for values in figures]
                rows += [(group[0], *pair, year, *worst) for year in range(begin // 10_000, stop // 10_000 + 1)]
    names = ["dispute", "iso3_a", "iso3_b", "year", "hostility", "fatality", "action"]
    return pd.DataFrame(rows, columns=names).astype(
        {"year": int, "hostility": float, "fatality": float, "action": float}
    )


def _days(table: Table, year: str, month: str, day: str, *, last: bool) -> NDArray[np.int64]:
    """Write dates as yyyymmdd; of an unknown month or day the first or the last."""
    years = table.years(year)
    table.check(year, np.isnan(years), "must be a year")
    months, days = (
        table.whole(column, missing=(-9,)) if table.has(column) else np.full(len(years), np.nan)
        for column in (month, day)
    )
    months = np.where(np.isnan(months), 12 if last else 1, months)
    if table.has(month):
        table.check(month, (months < 1) | (months > 12), "must be a month")
    longest = np.array([monthrange(int(y), int(m))[1] for y, m in zip(years, months, strict=True)], dtype=float)
    days = np.where(np.isnan(days), longest if last else 1, days)
    if table.has(day):
        table.check(day, (days < 1) | (days > longest), "must be a day of that month")
    return (years * 10_000 + months * 100 + days).astype(np.int64)
