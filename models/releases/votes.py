"""Readers of votes in the UN General Assembly: ideal points and roll calls."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from models.releases.codes import from_codes, outside_reason, panel_states
from models.releases.result import Release
from models.releases.tables import EMPTY, Source, Table, read_table

FIRST_SESSION = 1946
"""The first session met in January and autumn of 1946: the year of a session is 1945 plus its number."""

SCALE = "unit-normal scale, high is close to the US-led order"
POINTS = {
    "idealpointfp": "ideal_point",
    "q5fp": "ideal_point_low",
    "q95fp": "ideal_point_high",
    "nvotesfp": "votes",
    "idealpointall": "ideal_point_all",
}
POINTS_BY_SESSION = {
    "idealpointall": "ideal_point_all",
    "q5all": "ideal_point_low",
    "q95all": "ideal_point_high",
    "nvotesall": "votes",
    "usagree": "agree_usa",
    "russiaagree": "agree_rus",
    "chinaagree": "agree_chn",
    "indiaagree": "agree_ind",
    "israelagree": "agree_isr",
    "brazilagree": "agree_bra",
}
PREDECESSORS = {"SUN": "RUS", "YUG": "SRB", "SCG": "SRB"}
"""Codes of states whose number their successor kept."""

LIMIT = 10
"""Ideal points have a standard deviation of one across states and years: none is this far from zero."""

LAST_SESSION = 255
VOTES = {1: "yes", 2: "abstain", 3: "no"}
NO_VOTE = {8: "absent (8)", 9: "not a member (9)"}
DAY = re.compile(
    r"((?:19|20)\d\d)-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])(?:[ t].*)?|\d{1,2}/\d{1,2}/((?:19|20)\d\d)"
)


def read_un_ideal_points(path: Source, *, codes: str = "cow", states: str | Iterable[str] | None = None) -> Release:
    """Read ideal points of states in the UN General Assembly.

    Parameters
    ----------
    path : path or text file
        ``IdealpointsJuly2025`` as Stata, csv or tab, with the points of final passage votes by year; or the older
        ``IdealpointestimatesAll_Jun2024.csv`` with the points of all votes by session.
    codes : {"cow", "gw"}
        System of the state numbers, used where the file has no ISO code for a state we know.
    states : iterable of str, "all" or None
        As in ``read_nmc``.

    Returns
    -------
    Release
        By ``iso3`` and ``year``: ``ideal_point`` (final passage), ``ideal_point_low`` and ``ideal_point_high`` (5% and
        95% of the posterior), ``votes``, ``ideal_point_all``. By session: ``ideal_point_all`` and the share of votes
        like those of six states, ``agree_usa`` and so on; a session's year is 1945 plus its number.

    Raises
    ------
    ValueError
        As ``read_nmc``.

    References
    ----------
    .. [1] M. A. Bailey, A. Strezhnev and E. Voeten (2017), Estimating dynamic state preferences from United Nations
       voting data, Journal of Conflict Resolution 61, 430-456.

    Examples
    --------
    >>> from io import StringIO
    >>> read_un_ideal_points(StringIO("ccode,iso3c,year,IdealPointFP,Q5%FP\\n740,JPN,2001,0.9,0.8\\n")).frame
      iso3  year  ideal_point  ideal_point_low
    0  JPN  2001          0.9              0.8
    """
    table, keep = read_table(path, "read_un_ideal_points"), panel_states(states)
    by_session = "session" in table.layout.needs
    year = _of_session(table) if by_session else table.years("year")
    table.year = year
    table.drop(np.isnan(year), "no year")
    iso3 = _states(table, year, codes, keep)
    names = POINTS_BY_SESSION if by_session else POINTS
    figures = {name: table.numbers(column, signed=True) for column, name in names.items() if table.has(column)}
    main = "ideal_point_all" if by_session else "ideal_point"
    table.drop(np.isnan(figures[main]), "no ideal point")
    table.once(iso3, year, "ccode", codes)
    for column, name in names.items():
        if name.startswith("agree_") and name in figures:
            table.check(column, (figures[name] < 0) | (figures[name] > 1), "must be a share between 0 and 1")
        if name.startswith("ideal_point") and name in figures:
            table.check(column, np.abs(figures[name]) > LIMIT, f"must lie within {LIMIT} of zero, an ideal point does")
    units = {name: "share of votes, 0-1" if name.startswith("agree_") else SCALE for name in figures}
    return table.release(
        table.by_state(iso3, year, figures), ("iso3", "year"), units | {"votes": "votes"}, figures=(main,)
    )


def read_un_votes(path: Source, *, codes: str = "cow", states: str | Iterable[str] | None = None) -> Release:
    """Read roll calls of the UN General Assembly.

    Parameters
    ----------
    path : path or text file
        ``UNVotes`` saved as csv from the R file: a row a roll call and state.
    codes, states
        As in ``read_nmc``.

    Returns
    -------
    Release
        ``rollcall``, ``iso3``, ``year``, ``vote``: 1 yes, 2 abstain, 3 no. Absent states and those that are not
        members are in ``dropped``. The year is that of the date where the file has one, else of the session.

    Raises
    ------
    ValueError
        As ``read_nmc``; a vote that is no code, or a date that cannot be read.

    References
    ----------
    .. [1] E. Voeten (2013), Data and analyses of voting in the UN General Assembly, in B. Reinalda (ed.), Routledge
       Handbook of International Organization.

    Examples
    --------
    >>> from io import StringIO
    >>> text = "rcid,ccode,session,date,vote\\n9001,740,56,2001-11-29,1\\n9001,710,56,2001-11-29,8\\n"
    >>> read_un_votes(StringIO(text)).frame
      rollcall iso3  year  vote
    0     9001  JPN  2001     1
    """
    import pandas as pd

    table, keep = read_table(path, "read_un_votes"), panel_states(states)
    if table.has("date"):
        year = _years_of(table)
    elif table.has("session"):
        year = _of_session(table)
    else:
        raise ValueError(f"{table.source} has neither date nor session: nothing says when a vote was")
    table.year = year
    table.drop(np.isnan(year), "no year")
    iso3 = table.by_number("ccode", year, codes, keep)
    vote = table.whole("vote")
    known = [*VOTES, *NO_VOTE]
    table.check("vote", np.isfinite(vote) & ~np.isin(vote, known), "must be 1 yes, 2 abstain, 3 no, 8 absent or 9")
    for code, reason in NO_VOTE.items():
        table.drop(vote == code, reason)
    table.drop(np.isnan(vote), "no vote")
    calls = table.text("rcid").to_numpy(object)
    table.drop(np.isin(calls, EMPTY), "no roll call")
    used = table.used
    frame = pd.DataFrame({"rollcall": calls, "iso3": iso3, "year": year, "vote": vote})[used]
    frame = frame.astype({"year": int, "vote": int})
    if (double := frame.duplicated(["rollcall", "iso3"])).any():
        again = frame[double].iloc[0]
        raise ValueError(f"{table.source}: {again['iso3']} votes twice in roll call {again['rollcall']}")
    return table.release(frame, ("rollcall", "iso3"), {"vote": "1 yes, 2 abstain, 3 no"})


def _states(table: Table, year: NDArray[np.float64], codes: str, keep: tuple[str, ...]) -> NDArray[np.object_]:
    """Find states by ISO code, and by number where that says nothing; a row whose two codes disagree is dropped.

    The numbers are read for all states, kept or not: where a file calls Czechoslovakia CZE, number 315 tells it apart.
    """
    if not table.has("iso3c"):
        return table.by_number("ccode", year, codes, keep)
    named, _ = from_codes(table.text("iso3c").replace(PREDECESSORS), keep)
    everyone = Table(table.frame, table.layout, table.source, table.digest)
    everywhere = panel_states("all")
    meant = everyone.by_number("ccode", year, codes, everywhere)
    without_code = everyone.reason == outside_reason(everywhere)  # a state of its own, such as Austria-Hungary
    numbered = Table(table.frame, table.layout, table.source, table.digest)
    by_number = numbered.by_number("ccode", year, codes, keep)
    table.label = np.where(table.used, table.text("iso3c").to_numpy(object), table.label)
    other = ((meant != "") & (named != meant)) | without_code
    table.drop((named != "") & other, "ISO code and number mean different states")
    states = np.where(named != "", named, by_number)
    table.states = keep
    table.drop(states == "", numbered.reason)
    return states


def _years_of(table: Table) -> NDArray[np.float64]:
    """Take the year from dates such as 2001-11-29 or 11/29/2001."""
    dates = table.text("date").str.casefold()
    matches = {date: DAY.fullmatch(date) for date in dates.unique()}
    wrong = dates.map(lambda date: matches[date] is None and date not in ("", "na", "nan", "nat")).to_numpy(bool)
    table.check("date", wrong, "must be a date such as 2001-11-29")
    years = {date: float(match[1] or match[2]) if match else np.nan for date, match in matches.items()}
    return dates.map(years).to_numpy(float)


def _of_session(table: Table) -> NDArray[np.float64]:
    """Take the year from the session: 1945 plus its number."""
    session = table.whole("session")
    wrong = np.isfinite(session) & ((session < 1) | (session > LAST_SESSION))
    table.check("session", wrong, "must be the number of a session, such as 78 for 2023")
    return FIRST_SESSION - 1 + session
