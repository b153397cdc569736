"""Readers of ties: alliances, defence cooperation, common borders, joint exercises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.releases.codes import from_names, panel_states
from models.releases.result import Release
from models.releases.tables import YEARS, Source, Table, read_table

if TYPE_CHECKING:
    import pandas as pd

COW_PLEDGES = ("defense", "neutrality", "nonaggression", "entente")
ATOP_PLEDGES = ("defense", "offense", "neutral", "nonagg", "consul")
LAST_YEAR = {"COW formal alliances": {"4.1": 2012}, "ATOP": {"5.0": 2016, "5.1": 2018}}
"""Where an open end of a tie lies, by version: nothing is known about later years."""

CONTIGUITY = {1: "land or river border", 2: "12 miles of water", 3: "24 miles", 4: "150 miles", 5: "400 miles"}
FIRST_DCA, LAST_DCA = 1980, 2010
PARTICIPANT = re.compile(r"state[a-z]{1,2}")
NOBODY = ("", "-9", "NA")


def read_cow_alliances(path: Source, *, codes: str = "cow", states: str | Iterable[str] | None = None) -> Release:
    """Read the COW formal alliances, version 4.1, from your own copy.

    Parameters
    ----------
    path : path or text file
        ``alliance_v4.1_by_member.csv``, ``alliance_v4.1_by_dyad.csv`` or ``alliance_v4.1_by_dyad_yearly.csv``.
    codes, states
        As in ``read_nmc``.

    Returns
    -------
    Release
        By member: ``alliance``, ``iso3``, ``start``, ``end``. By dyad: ``alliance``, ``iso3_a`` < ``iso3_b``,
        ``start``, ``end``. By dyad and year: ``year`` in place of the spell. Then ``defense``, ``neutrality``,
        ``nonaggression`` and ``entente``, 0 or 1. An empty ``end`` is an alliance in force when the release ends.

    Raises
    ------
    ValueError
        Wrong file, a spell that ends before it starts, a pledge that is neither 0 nor 1, numbers of the other system.

    References
    ----------
    .. [1] D. M. Gibler (2009), International Military Alliances, 1648-2008.

    Examples
    --------
    >>> from io import StringIO
    >>> head = "version4id,ccode,mem_st_year,mem_end_year,defense,neutrality,nonaggression,entente\\n"
    >>> read_cow_alliances(StringIO(head + "210,200,1949,,1,0,1,1\\n")).frame[["iso3", "start", "end"]]
      iso3  start   end
    0  GBR   1949  <NA>
    """
    table, keep = read_table(path, "read_cow_alliances"), panel_states(states)
    if table.has("ccode"):
        return _members(table, "version4id", "ccode", ("mem_st_year", "mem_end_year"), COW_PLEDGES, (), codes, keep)
    if table.has("year"):
        return _dyad_years(table, ("ccode1", "ccode2"), COW_PLEDGES, codes, keep, alliance="version4id")
    start, end = _spell(table, "dyad_st_year", "dyad_end_year")
    a, b = _dyad(table, ("ccode1", "ccode2"), start, codes, keep)
    columns = {"alliance": table.text("version4id").to_numpy(object), "iso3_a": a, "iso3_b": b}
    frame = _framed(table, columns | _years(start=start, end=end) | _pledges(table, COW_PLEDGES))
    keys = ("alliance", "iso3_a", "iso3_b", "start")
    return table.release(frame, keys, dict.fromkeys(COW_PLEDGES, "0 or 1"), covers=_covers(table, start, end))


def read_atop(path: Source, *, codes: str = "cow", states: str | Iterable[str] | None = None) -> Release:
    """Read the Alliance Treaty Obligations and Provisions data, version 5.

    Parameters
    ----------
    path : path or text file
        ``atop5_1m.csv`` (by member; Latin-1), or ``atop5_1ddyr.csv`` (by directed dyad and year).
    codes, states
        As in ``read_nmc``.

    Returns
    -------
    Release
        By member: ``alliance``, ``phase``, ``iso3``, ``start``, ``end``, and the pledges of that member ``defense``,
        ``offense``, ``neutral``, ``nonagg`` and ``consul``, 0 or 1, with ``active``, ``conditio`` and others where
        the file has them. The release writes 0 for a member still in at its end: here ``end`` is empty. By directed
        dyad: ``iso3_a`` pledges to ``iso3_b`` in ``year``.

    Raises
    ------
    ValueError
        As ``read_cow_alliances``. The file by alliance, ``atop5_1a.csv``, lists members without the years each was
        in, and is refused.

    Notes
    -----
    ATOP dates a member's entry by signature: Poland is in the North Atlantic treaty from 1997, not 1999. Some
    treaties bind one side, such as that of the United States and Japan.

    References
    ----------
    .. [1] B. A. Leeds, J. M. Ritter, S. M. Mitchell and A. G. Long (2002), Alliance treaty obligations and
       provisions, 1815-1944, International Interactions 28, 237-260.

    Examples
    --------
    >>> from io import StringIO
    >>> head = "atopid,member,yrent,yrexit,defense,offense,neutral,nonagg,consul\\n"
    >>> read_atop(StringIO(head + "3180,200,1951,0,1,0,0,1,1\\n")).frame[["iso3", "start", "end", "defense"]]
      iso3  start   end  defense
    0  GBR   1951  <NA>        1
    """
    table, keep = read_table(path, "read_atop"), panel_states(states)
    if not table.has("member"):
        return _dyad_years(table, ("statea", "stateb"), ATOP_PLEDGES, codes, keep, directed=True)
    details = [name for name in table.layout.takes if name not in ("version", "phase") and table.has(name)]
    return _members(table, "atopid", "member", ("yrent", "yrexit"), ATOP_PLEDGES, details, codes, keep)


def read_dcad(path: Source, *, codes: str = "cow", states: str | Iterable[str] | None = None) -> Release:
    """Read the Defense Cooperation Agreement Dataset, version 1.0, 1980-2010.

    Parameters
    ----------
    path : path or text file
        ``DCAD-v1.0-main.csv`` (by agreement) or ``DCAD-v1.0-dyadic.csv`` (by dyad and year).
    codes, states
        As in ``read_nmc``.

    Returns
    -------
    Release
        By agreement: ``agreement``, ``iso3_a`` < ``iso3_b``, ``signed``, ``in_force``, ``kind`` (general or sector),
        ``category``. By dyad and year: ``iso3_a``, ``iso3_b``, ``year`` and the columns ``dca...``, 0 or 1. Outside
        1980-2010 nothing is known; a missing row there is not the absence of an agreement.

    Raises
    ------
    ValueError
        As ``read_cow_alliances``.

    References
    ----------
    .. [1] B. J. Kinne (2020), The Defense Cooperation Agreement Dataset (DCAD), Journal of Conflict Resolution 64,
       729-755.

    Examples
    --------
    >>> from io import StringIO
    >>> text = "DCAid,ccode1,ccode2,signYear,EIFYear,type\\nDCADv1.0-0002,2,20,1994,1994,general\\n"
    >>> read_dcad(StringIO(text)).frame[["iso3_a", "iso3_b", "signed", "kind"]]
      iso3_a iso3_b  signed     kind
    0    CAN    USA    1994  general
    """
    table, keep = read_table(path, "read_dcad"), panel_states(states)
    if table.has("year"):
        flags = tuple(name for name in table.layout.columns if name.startswith("dca") and table.has(name))
        return _dyad_years(table, ("ccode1", "ccode2"), flags, codes, keep, covers=(FIRST_DCA, LAST_DCA))
    table.year = signed = table.years("signyear", missing=(-9, -99))
    table.drop(np.isnan(signed), "no year of signature")
    a, b = _dyad(table, ("ccode1", "ccode2"), signed, codes, keep)
    columns = {"agreement": table.text("dcaid").to_numpy(object), "iso3_a": a, "iso3_b": b, **_years(signed=signed)}
    if table.has("eifyear"):
        columns |= _years(in_force=table.years("eifyear", missing=(-9, -99)))
    columns["kind"] = table.text("type").str.casefold().to_numpy(object)
    if table.has("category1"):
        columns["category"] = table.text("category1").to_numpy(object)
    frame = _framed(table, columns)
    return table.release(frame, ("agreement", "iso3_a", "iso3_b"), {}, covers=(FIRST_DCA, LAST_DCA))


def read_contiguity(path: Source, *, codes: str = "cow", states: str | Iterable[str] | None = None) -> Release:
    """Read COW direct contiguity, version 3.2.

    Parameters
    ----------
    path : path or text file
        ``contdird.csv`` (by dyad and year) or ``contdir.csv`` (by spell, dates as yyyymm).
    codes, states
        As in ``read_nmc``.

    Returns
    -------
    Release
        ``iso3_a`` < ``iso3_b``, ``year``, ``contiguity``: 1 a border on land or a river, 2 to 5 at most 12, 24, 150
        or 400 miles of water. Kinds, not degrees; pairs that are not there have none of the five. A spell counts in
        every year it touches, the closer kind where two do.

    Raises
    ------
    ValueError
        As ``read_cow_alliances``; a kind that is not 1 to 5.

    References
    ----------
    .. [1] D. M. Stinnett, J. Tir, P. Schafer, P. F. Diehl and C. Gochman (2002), The Correlates of War project direct
       contiguity data, version 3, Conflict Management and Peace Science 19, 59-67.

    Examples
    --------
    >>> from io import StringIO
    >>> read_contiguity(StringIO("state1no,state2no,year,conttype\\n2,20,2016,1\\n20,2,2016,1\\n")).frame
      iso3_a iso3_b  year  contiguity
    0    CAN    USA  2016           1
    """
    table, keep = read_table(path, "read_contiguity"), panel_states(states)
    kind = table.whole("conttype")
    table.check("conttype", ~np.isin(kind, list(CONTIGUITY)), "must be 1 to 5")
    if table.has("year"):
        first = last = table.years("year")
        pair = ("state1no", "state2no")
    else:
        first, last = (_month(table, column) for column in ("begin", "end"))
        table.check("end", last < first, "must not lie before the beginning")
        pair = ("statelno", "statehno")
    table.year = first
    table.drop(np.isnan(first) | np.isnan(last), "no year")
    a, b = _dyad(table, pair, first, codes, keep)
    frame = _framed(table, {"iso3_a": a, "iso3_b": b, "first": first, "last": last, "contiguity": kind.astype(int)})
    frame = frame.loc[frame.index.repeat((frame["last"] - frame["first"] + 1).astype(int))]
    frame["year"] = (frame["first"] + frame.groupby(level=0).cumcount()).astype(int)
    keys = ["iso3_a", "iso3_b", "year"]
    frame = frame.groupby(keys, as_index=False)[["contiguity"]].min()
    covers = table.spans(first, last)
    return table.release(frame, keys, {"contiguity": "kind, 1-5"}, covers=covers)


def read_exercises(path: Source, *, states: str | Iterable[str] | None = None) -> Release:
    """Read the Multinational Military Exercises, version 7, 1980-2010.

    Parameters
    ----------
    path : path or text file
        ``mme_v7.csv``: a row an exercise, participants by name in the columns StateA to StateAM.
    states : iterable of str, "all" or None
        As in ``read_nmc``.

    Returns
    -------
    Release
        A row an exercise and participant: ``exercise``, ``iso3``, ``year`` (of its start), ``month``, ``name``,
        ``series``, ``participants`` (different ones in the file, of whatever state). ``dropped`` has a row for each
        participant that is no state we keep; the file writes -9 for one it does not know, which is left out.

    Raises
    ------
    ValueError
        As ``read_cow_alliances``; an exercise that appears twice.

    References
    ----------
    .. [1] V. D'Orazio and K. Galambos (2021), Multinational Military Exercises, 1980-2010.

    Examples
    --------
    >>> from io import StringIO
    >>> head = "MMEID,Ex_Name,Series_Name,s.year,s.month,StateA,StateB,StateC\\n"
    >>> rows = "mme89,RIMPAC 80,RIMPAC,1980,2,Australia,-9,United States\\n"
    >>> read_exercises(StringIO(head + rows)).frame[["exercise", "iso3", "year", "participants"]]
      exercise iso3  year  participants
    0    mme89  AUS  1980             2
    1    mme89  USA  1980             2
    """
    import pandas as pd

    keep = panel_states(states)
    letters = [chr(97 + k) for k in range(26)]
    slots = [f"state{first}{second}" for first in ["", *letters] for second in letters]
    table = read_table(path, "read_exercises", extra=slots)
    there = [name for name in table.frame.columns if PARTICIPANT.fullmatch(str(name))]
    year, month = table.years("s.year", missing=(-9,)), table.text("s.month")
    about = pd.DataFrame(
        {
            "exercise": table.text("mmeid"),
            "year": year,
            "month": pd.to_numeric(month, errors="coerce").where(lambda m: m.between(1, 12)),
            "name": table.text("ex_name").mask(lambda text: text.isin(NOBODY), ""),
            "series": table.text("series_name").mask(lambda text: text.isin(NOBODY), ""),
        }
    )
    if about["exercise"].duplicated().any():
        row = int(np.flatnonzero(about["exercise"].duplicated())[0])
        raise ValueError(f"{table.source}, row {row + 1}: exercise {about['exercise'][row]!r} appears twice")
    cells = table.frame[there].melt(ignore_index=False)["value"].str.strip().sort_index(kind="stable")
    cells = cells[~cells.isin(NOBODY)]
    long = about.loc[cells.index].reset_index(drop=True)
    long["participants"] = cells.groupby(level=0).nunique().reindex(cells.index).to_numpy()
    names = cells.reset_index(drop=True)
    states_of, reasons = from_names(names, keep)
    unknown_year = np.isnan(long["year"].to_numpy(float))
    reasons = np.where((reasons == "") & unknown_year, "no year", reasons)
    ledger = Table(pd.DataFrame({"state": names}), table.layout, table.source, table.digest)
    ledger.label, ledger.year = names.to_numpy(object), long["year"].to_numpy(float)
    ledger.states = keep
    ledger.drop(reasons != "", reasons)
    frame = long.assign(iso3=states_of)[reasons == ""].astype({"year": int, "month": "Int64"})
    frame = frame[["exercise", "iso3", "year", "month", "name", "series", "participants"]].drop_duplicates()
    notes = (f"{len(about):,} exercises; a row counted above is one participant",)
    return ledger.release(frame, ("exercise", "iso3"), {}, covers=(1980, 2010), notes=notes)


def _members(
    table: Table,
    alliance: str,
    member: str,
    spell: tuple[str, str],
    pledges: Sequence[str],
    details: Sequence[str],
    codes: str,
    keep: tuple[str, ...],
) -> Release:
    start, end = _spell(table, *spell)
    iso3 = table.by_number(member, start, codes, keep)
    columns: dict[str, Any] = {"alliance": table.text(alliance).to_numpy(object)}
    if table.has("phase"):
        columns["phase"] = table.text("phase").to_numpy(object)
    columns |= {"iso3": iso3, **_years(start=start, end=end), **_pledges(table, pledges)}
    columns |= {name: table.numbers(name, signed=True) for name in details}
    units = dict.fromkeys(pledges, "0 or 1") | dict.fromkeys(details, "ATOP code")
    keys = ("alliance", "phase", "iso3", "start") if "phase" in columns else ("alliance", "iso3", "start")
    return table.release(_framed(table, columns), keys, units, covers=_covers(table, start, end))


def _dyad_years(
    table: Table,
    pair: tuple[str, str],
    flags: Sequence[str],
    codes: str,
    keep: tuple[str, ...],
    *,
    directed: bool = False,
    alliance: str = "",
    covers: tuple[int, int] | None = None,
) -> Release:
    table.year = year = table.years("year")
    table.drop(np.isnan(year), "no year")
    a, b = _dyad(table, pair, year, codes, keep, directed=directed)
    columns: dict[str, Any] = {"alliance": table.text(alliance).to_numpy(object)} if alliance else {}
    columns |= {"iso3_a": a, "iso3_b": b, **_years(year=year), **_pledges(table, flags)}
    frame = _framed(table, columns)
    keys = [*(["alliance"] if alliance else []), "iso3_a", "iso3_b", "year"]
    frame = frame.groupby(keys, as_index=False)[list(flags)].max()
    known = covers or table.spans(year)
    return table.release(frame, keys, dict.fromkeys(flags, "0 or 1"), covers=known)


def _dyad(
    table: Table,
    pair: tuple[str, str],
    year: NDArray[np.float64],
    codes: str,
    keep: tuple[str, ...],
    *,
    directed: bool = False,
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Find both states of every row, in alphabetical order unless the pair has a direction."""
    a, b = (table.by_number(column, year, codes, keep) for column in pair)
    same = (a == b) & (a != "")
    table.label = np.where(table.used & same, a, table.label)
    table.drop(same, "both sides are the same state")
    if directed:
        return a, b
    turned = a > b
    return np.where(turned, b, a), np.where(turned, a, b)


def _spell(table: Table, first: str, last: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read first and last year; ATOP writes 0 and COW nothing for a spell without an end."""
    table.year = start = table.years(first, missing=(0, -9))
    table.drop(np.isnan(start), f"no year in {first}")
    end = table.years(last, missing=(0, -9))
    table.check(last, end < start, "must not lie before the year of entry")
    return start, end


def _month(table: Table, column: str) -> NDArray[np.float64]:
    """Take the year from a date such as 201612."""
    months = table.whole(column)
    years, month = np.divmod(months, 100)
    low, high = YEARS
    wrong = (years < low) | (years > high) | (month < 1) | (month > 12)
    table.check(column, np.isfinite(months) & wrong, "must be a year and month such as 201612")
    return np.asarray(years, dtype=float)


def _covers(table: Table, start: NDArray[np.float64], end: NDArray[np.float64]) -> tuple[int, int]:
    """Give the years a release of spells speaks about: by its version, or else by the last year it mentions."""
    first, latest = table.spans(start, end)
    title = table.layout.release.split(",")[0]
    version = table.text("version").iloc[0] if table.has("version") else ""
    if re.fullmatch(r"\d+\.\d+", version):
        version = f"{float(version):.1f}"  # Stata has 4.1 as 4.099999
    return first, max(latest, LAST_YEAR[title].get(version, latest))


def _pledges(table: Table, columns: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    flags = {}
    for column in columns:
        values = table.numbers(column, missing=(-9,))
        table.check(column, np.isfinite(values) & ~np.isin(values, (0, 1)), "must be 0 or 1")
        table.drop(np.isnan(values), f"{column} is not known")
        flags[column] = np.nan_to_num(values).astype(np.int64)
    return flags


def _years(**columns: NDArray[np.float64]) -> dict[str, Any]:
    """Write years as whole numbers that may be missing."""
    import pandas as pd

    return {name: pd.Series(values).astype("Int64") for name, values in columns.items()}


def _framed(table: Table, columns: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns)[table.used].reset_index(drop=True)
