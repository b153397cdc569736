"""Pairs of states as matrices, from the ties that ``models.releases`` reads: pledges, disputes, exercises, borders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.panel import nearest

if TYPE_CHECKING:
    import pandas as pd

    from models.releases import Release

__all__ = ["check_covered", "contiguity", "joint_events", "pair_of", "portfolios", "ties"]

RANKS = {
    3: ("defense", "offense"),
    2: ("neutrality", "nonaggression", "neutral", "nonagg"),
    1: ("entente", "consul"),
}
"""Commitments in order: help in war, staying out or not attacking, talking (COW and ATOP names)."""

HIGHEST = max(RANKS)
FLAG = "0 or 1"
"""The unit that the readers give pledges."""

EVENTS = ("dispute", "agreement", "exercise", "war", "conflict")


def ties(release: Release, states: Iterable[str], year: int, pledge: str = "defense") -> NDArray[np.bool_]:
    """Tell who had pledged what to whom in a year.

    Parameters
    ----------
    release : Release
        Alliances by member, by dyad, or by dyad and year (``read_atop``, ``read_cow_alliances``, ``read_dcad``).
    states : iterable of str
        ISO codes, n of them.
    year : int
        An alliance counts if it was in force on some day of the year.
    pledge : str
        A column of the release: ``defense``, ``offense``, ``neutral``, ``nonagg``, ``consul`` of ATOP;
        ``defense``, ``neutrality``, ``nonaggression``, ``entente`` of COW.

    Returns
    -------
    bool ndarray of shape (n, n)
        Entry i, j: state i had pledged it to state j. Symmetric but where a treaty binds one side: ATOP has the
        United States bound to defend Japan and not the reverse. The diagonal is False.

    Raises
    ------
    ValueError
        The release holds no alliances or no such pledge, ends before the year, or a state is not among those read.

    Examples
    --------
    >>> from io import StringIO
    >>> from models.releases import read_atop
    >>> text = (
    ...     "atopid,member,yrent,yrexit,defense,offense,neutral,nonagg,consul\\n"
    ...     "3375,2,1951,0,1,0,0,0,1\\n3375,740,1951,0,0,0,0,0,1\\n"
    ... )
    >>> ties(read_atop(StringIO(text)), ["JPN", "USA"], 1951)
    array([[False, False],
           [ True, False]])
    """
    codes = pair_of(release, states)
    frame = _in_force(release, year)
    pledges = [name for name, unit in release.units.items() if unit == FLAG and name in frame]
    if pledge not in pledges:
        raise ValueError(f"{release.title} has no pledge {pledge!r}{nearest(pledge, pledges)}")
    tied = np.zeros((len(codes), len(codes)), dtype=bool)
    bound = frame[frame[pledge] == 1]
    if "iso3" in frame:
        bound = bound.merge(frame[["alliance", "iso3"]], on="alliance", suffixes=("_a", "_b"))
    a, b = _places(_among(bound, codes), codes)
    tied[a, b] = True
    if "iso3_a" in frame and "directed" not in release.title:
        tied[b, a] = True
    np.fill_diagonal(tied, False)
    return tied


def portfolios(
    release: Release, states: Iterable[str], year: int, others: Iterable[str] | None = None
) -> NDArray[np.int64]:
    """List every state's strongest commitment to every other: its alliance portfolio.

    Parameters
    ----------
    release : Release
        Alliances, as in ``ties``.
    states : iterable of str
        ISO codes, n of them.
    year : int
    others : iterable of str, optional
        The states commitments are towards, m of them: the system or region compared over. By default ``states``.
        Measures of similarity depend on it; read the release with ``states="all"`` for the whole system.

    Returns
    -------
    int ndarray of shape (n, m)
        3 defence or offence, 2 neutrality or non-aggression, 1 consultation or entente, 0 none. A state is bound to
        itself with 3, as Bueno de Mesquita counts it.

    Raises
    ------
    ValueError
        As ``ties``; none of the pledges of COW or ATOP is in the release.

    References
    ----------
    .. [1] B. Bueno de Mesquita (1975), Measuring systemic polarity, Journal of Conflict Resolution 19, 187-216.

    Examples
    --------
    >>> from io import StringIO
    >>> from models.releases import read_cow_alliances
    >>> head = "version4id,ccode,mem_st_year,mem_end_year,defense,neutrality,nonaggression,entente\\n"
    >>> rows = "210,2,1949,,1,0,0,0\\n210,200,1949,,1,0,0,0\\n99,200,2000,,0,0,0,1\\n99,740,2000,,0,0,0,1\\n"
    >>> portfolios(read_cow_alliances(StringIO(head + rows)), ["GBR", "JPN", "USA"], 2000)
    array([[3, 1, 3],
           [1, 3, 0],
           [3, 0, 3]])
    """
    rows, columns = pair_of(release, states), pair_of(release, states if others is None else others)
    all_states = list(dict.fromkeys([*rows, *columns]))
    if not any(pledge in release.units for pledges in RANKS.values() for pledge in pledges):
        raise ValueError(f"{release.title} holds no pledges to rank; read_atop and read_cow_alliances read them")
    commitment = np.zeros((len(all_states), len(all_states)), dtype=np.int64)
    for rank, pledges in RANKS.items():
        for pledge in pledges:
            if pledge in release.units:
                commitment = np.maximum(commitment, rank * ties(release, all_states, year, pledge))
    np.fill_diagonal(commitment, HIGHEST)
    return commitment[np.ix_([all_states.index(c) for c in rows], [all_states.index(c) for c in columns])]


def joint_events(
    release: Release,
    states: Iterable[str],
    since: int,
    until: int,
    *,
    hostility: int = 1,
    fatal: bool = False,
    largest: int | None = None,
) -> NDArray[np.int64]:
    """Count what pairs of states had with each other in a span of years: disputes, agreements, joint exercises.

    Parameters
    ----------
    release : Release
        Of ``read_mids``, ``read_dcad`` (by agreement), ``read_exercises``, ``read_wars`` or ``read_ucdp``.
    states : iterable of str
        ISO codes, n of them.
    since, until : int
        First and last year; an event counts once however long it lasts. Both lie within what the release covers.
    hostility : int
        Of disputes, those of at least this level: 2 threat, 3 display, 4 use of force, 5 war.
    fatal : bool
        Of disputes, only those with deaths.
    largest : int, optional
        Of exercises, only those of at most so many participants.

    Returns
    -------
    int ndarray of shape (n, n)
        Symmetric. Disputes, wars and conflicts count pairs on opposite sides, of a war also those who were in it at
        different times; agreements and exercises count pairs in the same one. The diagonal is 0.

    Raises
    ------
    ValueError
        The release holds no events, or does not cover the years, or a state is not among those read.

    Examples
    --------
    >>> from io import StringIO
    >>> from models.releases import read_exercises
    >>> head = "MMEID,Ex_Name,Series_Name,s.year,s.month,StateA,StateB,StateC\\n"
    >>> rows = "mme1,One,,2001,2,Australia,Japan,\\nmme2,Two,,2002,2,Australia,Japan,United States\\n"
    >>> joint_events(read_exercises(StringIO(head + rows)), ["AUS", "JPN", "USA"], 2001, 2002)
    array([[0, 2, 1],
           [2, 0, 1],
           [1, 1, 0]])
    """
    codes = pair_of(release, states)
    frame = release.frame
    event = next((name for name in EVENTS if name in frame), None)
    time = next((name for name in ("year", "signed", "start") if name in frame), None)
    if event is None or time is None or not {"iso3", "iso3_a"} & set(frame.columns):
        raise ValueError(f"{release.title} holds no events that pairs of states share; {', '.join(EVENTS)} do")
    for year in (since, until):
        check_covered(release, year)
    if since > until:
        raise ValueError(f"since {since} lies after until {until}")
    frame = frame[_touches(frame, time, since, until)]
    if event == "dispute":
        frame = frame[frame["hostility"].fillna(0) >= hostility]
        frame = frame[frame["fatality"] > 0] if fatal else frame
    if largest is not None and "participants" in frame:
        frame = frame[frame["participants"] <= largest]
    if "iso3_a" in frame:
        pairs = frame[[event, "iso3_a", "iso3_b"]]
    else:
        sides = ["side"] if "side" in frame else []
        together = [event, "year"] if "year" in frame else [event]
        members = frame[[*together, "iso3", *sides]].drop_duplicates()
        pairs = members.merge(members, on=together, suffixes=("_a", "_b"))
        pairs = pairs[(pairs["iso3_a"] < pairs["iso3_b"]) & (not sides or pairs["side_a"] != pairs["side_b"])]
    counts = np.zeros((len(codes), len(codes)), dtype=np.int64)
    pairs = _among(pairs, codes).drop_duplicates([event, "iso3_a", "iso3_b"])
    np.add.at(counts, _places(pairs, codes), 1)
    return counts + counts.T


def contiguity(release: Release, states: Iterable[str], year: int) -> NDArray[np.int64]:
    """Tell how states border on each other: 1 by land or river, 2 to 5 by water, 0 not.

    Parameters
    ----------
    release : Release
        Of ``read_contiguity``.
    states : iterable of str
        ISO codes, n of them.
    year : int

    Returns
    -------
    int ndarray of shape (n, n)
        Symmetric. Kinds, not degrees: compare with ``== 1`` or ``> 0``.

    Raises
    ------
    ValueError
        The release holds no contiguity or does not cover the year, or a state is not among those read.

    Examples
    --------
    >>> from io import StringIO
    >>> from models.releases import read_contiguity
    >>> borders = read_contiguity(StringIO("state1no,state2no,year,conttype\\n2,20,2016,1\\n"))
    >>> contiguity(borders, ["CAN", "USA"], 2016)
    array([[0, 1],
           [1, 0]])
    """
    codes = pair_of(release, states)
    if "contiguity" not in release.frame:
        raise ValueError(f"{release.title} holds no contiguity; give what read_contiguity read")
    check_covered(release, year)
    pairs = release.frame[release.frame["year"] == year]
    pairs = _among(pairs, codes)
    kinds = np.zeros((len(codes), len(codes)), dtype=np.int64)
    a, b = _places(pairs, codes)
    kinds[a, b] = kinds[b, a] = pairs["contiguity"].to_numpy(np.int64)
    return kinds


def pair_of(release: Release, states: Iterable[str]) -> tuple[str, ...]:
    """Check a list of states against those a release was read for; a state that was not read has no zeros either.

    Parameters
    ----------
    release : Release
    states : iterable of str
        ISO codes.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        The list is empty, or a state is twice in it or was not read.
    """
    if isinstance(states, str):
        raise ValueError(f"states is the text {states!r}; give a list of codes")
    codes = tuple(states)
    if not codes:
        raise ValueError("no states to compare")
    if len(set(codes)) < len(codes):
        raise ValueError(f"state {next(code for code in codes if codes.count(code) > 1)!r} is listed twice")
    if unread := [code for code in codes if code not in release.states]:
        raise ValueError(
            f"state {unread[0]!r} is not among the {len(release.states)} states {release.source} was read for"
            f"{nearest(str(unread[0]), release.states)}; read it with states='all' or a list of your own"
        )
    return codes


def check_covered(release: Release, year: int) -> None:
    """Refuse a year a release does not speak about: no tie there is no tie known, not none.

    Parameters
    ----------
    release : Release
    year : int

    Raises
    ------
    ValueError
        The year is outside ``release.covers``.
    """
    if release.covers is None or not release.covers[0] <= year <= release.covers[1]:
        span = "no years" if release.covers is None else f"{release.covers[0]}-{release.covers[1]}"
        raise ValueError(f"{release.title} from {release.source} speaks about {span}, not about {year}")


def _in_force(release: Release, year: int) -> pd.DataFrame:
    frame = release.frame
    if "year" in frame and "iso3_a" in frame:
        check_covered(release, year)
        return frame[frame["year"] == year]
    if not {"start", "end", "alliance"} <= set(frame.columns):
        raise ValueError(f"{release.title} holds no alliances; read_atop, read_cow_alliances and read_dcad read them")
    check_covered(release, year)
    return frame[(frame["start"] <= year) & (frame["end"].fillna(year) >= year)]


def _touches(frame: pd.DataFrame, time: str, since: int, until: int) -> pd.Series:
    """Tell which events lie in a span of years; a war lasts, and a state may have come back to it."""
    inside = (frame[time] <= until) & (frame["end" if "war" in frame else time].fillna(frame[time]) >= since)
    if "start2" in frame:
        inside |= ((frame["start2"] <= until) & (frame["end2"].fillna(frame["start2"]) >= since)).fillna(False)
    return inside


def _among(pairs: pd.DataFrame, codes: tuple[str, ...]) -> pd.DataFrame:
    return pairs[pairs["iso3_a"].isin(codes) & pairs["iso3_b"].isin(codes)]


def _places(pairs: pd.DataFrame, codes: tuple[str, ...]) -> tuple[list[int], list[int]]:
    at = {code: k for k, code in enumerate(codes)}
    return [at[code] for code in pairs["iso3_a"]], [at[code] for code in pairs["iso3_b"]]
