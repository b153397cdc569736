"""Voting bodies of states: the United Nations Security Council, the Council of the European Union, and the IMF.

Rules as in the treaties, votes and populations with their year and source; no other facts. States are ISO 3166
alpha-3 codes.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from fractions import Fraction
from math import ceil
from numbers import Integral
from pathlib import Path

from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame

# --- Security Council: UN Charter, articles 23 and 27(3), before and after the amendment in force on 31 August 1965

COUNCILS = {(1946, 1): (6, 7), (1966, 1): (10, 9)}  # first month: elected members, votes needed

# --- Council of the EEC, the EC and the EU: Treaty of Rome, article 148(2), and the Acts of Accession of 1972, 1979,
#     1985, 1994 and 2003 (for the six months before the Nice rules); from the first of the month named

VOTES = {
    (1958, 1): (12, {"DEU": 4, "FRA": 4, "ITA": 4, "BEL": 2, "NLD": 2, "LUX": 1}),
    (1973, 1): (
        41,
        {"DEU": 10, "FRA": 10, "GBR": 10, "ITA": 10, "BEL": 5, "NLD": 5, "DNK": 3, "IRL": 3, "LUX": 2},
    ),
    (1981, 1): (
        45,
        {"DEU": 10, "FRA": 10, "GBR": 10, "ITA": 10, "BEL": 5, "GRC": 5, "NLD": 5, "DNK": 3, "IRL": 3, "LUX": 2},
    ),
    (1986, 1): (
        54,
        {"DEU": 10, "FRA": 10, "GBR": 10, "ITA": 10, "ESP": 8, "BEL": 5, "GRC": 5, "NLD": 5, "PRT": 5}
        | {"DNK": 3, "IRL": 3, "LUX": 2},
    ),
    (1995, 1): (
        62,
        {"DEU": 10, "FRA": 10, "GBR": 10, "ITA": 10, "ESP": 8, "BEL": 5, "GRC": 5, "NLD": 5, "PRT": 5}
        | {"AUT": 4, "SWE": 4, "DNK": 3, "FIN": 3, "IRL": 3, "LUX": 2},
    ),
    (2004, 5): (
        88,
        {"DEU": 10, "FRA": 10, "GBR": 10, "ITA": 10, "ESP": 8, "POL": 8, "BEL": 5, "CZE": 5, "GRC": 5, "HUN": 5}
        | {"NLD": 5, "PRT": 5, "AUT": 4, "SWE": 4, "DNK": 3, "EST": 3, "FIN": 3, "IRL": 3, "LTU": 3, "LVA": 3}
        | {"SVK": 3, "SVN": 3, "CYP": 2, "LUX": 2, "MLT": 2},
    ),
}

# --- the same under the Treaty of Nice, until 31 October 2014: Acts of Accession of 2003 (article 12), 2005 and 2011
#     (article 20); from the first of the month named

NICE_VOTES = (
    {"DEU": 29, "FRA": 29, "GBR": 29, "ITA": 29, "ESP": 27, "POL": 27, "ROU": 14, "NLD": 13, "BEL": 12, "CZE": 12}
    | {"GRC": 12, "HUN": 12, "PRT": 12, "AUT": 10, "BGR": 10, "SWE": 10, "DNK": 7, "FIN": 7, "HRV": 7, "IRL": 7}
    | {"LTU": 7, "SVK": 7, "CYP": 4, "EST": 4, "LUX": 4, "LVA": 4, "SVN": 4, "MLT": 3}
)
NICE_QUOTAS = {  # first month: quota, who was not yet there
    (2004, 11): (232, ("BGR", "ROU", "HRV")),
    (2007, 1): (255, ("HRV",)),
    (2013, 7): (260, ()),
}

# --- population on 1 January 2023, persons: Eurostat, table demo_pjan, as released in July 2023. The Council's own
#     figures (Annex III to its rules of procedure, renewed every year) can differ by corrections of a few thousand.

POPULATION_2023 = {
    "DEU": 84358845,
    "FRA": 68070697,
    "ITA": 58850717,
    "ESP": 48059777,
    "POL": 36753736,
    "ROU": 19051562,
    "NLD": 17811291,
    "BEL": 11754004,
    "CZE": 10827529,
    "SWE": 10521556,
    "PRT": 10467366,
    "GRC": 10394055,
    "HUN": 9597085,
    "AUT": 9104772,
    "BGR": 6447710,
    "DNK": 5932654,
    "FIN": 5563970,
    "SVK": 5428792,
    "IRL": 5194336,
    "HRV": 3850894,
    "LTU": 2857279,
    "SVN": 2116792,
    "LVA": 1883008,
    "EST": 1365884,
    "CYP": 920701,
    "LUX": 660809,
    "MLT": 542051,
}


def security_council(year: int = 2024) -> WeightedVotingGame:
    """Build the Security Council: every permanent member agrees, and enough members in all.

    Nine of fifteen since 1966, seven of eleven from 1946 to 1965, on all but procedural matters. As a weighted game:
    7 votes for a permanent member, 1 for an elected one, quota 39 (5, 1 and 27 before).

    Parameters
    ----------
    year : int, default 2024
        1946 or later. Elected members have no names, for they change every year: ``'elected 1'`` and so on.

    Returns
    -------
    WeightedVotingGame

    Raises
    ------
    ValueError
        Before 1946, or a year that is not whole.

    Notes
    -----
    A veto is a negative vote: an abstaining permanent member does not stop a resolution. Here everyone is for or
    against. SUN stands for RUS until 1991.

    References
    ----------
    .. [1] Charter of the United Nations, articles 23 and 27(3); amendment adopted by General Assembly resolution
           1991 (XVIII) of 17 December 1963, in force on 31 August 1965.

    Examples
    --------
    >>> security_council()
    Weighted voting of 15 players (CHN, FRA, GBR, RUS, USA, elected 1, elected 2, elected 3, ...), quota 39 of 45
    """
    _check_month(year, 1)
    seats, needed = COUNCILS[_last_before((year, 1), tuple(COUNCILS), "Security Council")]
    permanent = ("CHN", "FRA", "GBR", "SUN" if year <= 1991 else "RUS", "USA")
    # a missing permanent member must outweigh all elected ones that are not needed
    votes = seats + 5 - needed + 1
    weights = dict.fromkeys(permanent, votes) | {f"elected {k + 1}": 1 for k in range(seats)}
    return WeightedVotingGame(weights, len(permanent) * votes + needed - len(permanent))


def weighted_council(year: int, month: int = 1) -> WeightedVotingGame:
    """Build the Council of Ministers under weighted votes alone, January 1958 to October 2004.

    Parameters
    ----------
    year : int
        From 1958 to 2004.
    month : int, default 1
        Matters in 2004: ten states joined in May, with votes of the old kind until October.

    Returns
    -------
    WeightedVotingGame
        Qualified majority on a proposal of the Commission.

    Raises
    ------
    ValueError
        Another date, or no month of a year; from November 2004 to October 2014 see ``nice_council``, since then
        ``eu_council``.

    References
    ----------
    .. [1] Treaty establishing the European Economic Community (1957), article 148(2), and the Acts of Accession.
    .. [2] D. S. Felsenthal, M. Machover (1998), The Measurement of Voting Power, Edward Elgar, chapter 5.

    Examples
    --------
    >>> weighted_council(1972)
    Weighted voting of 6 players (DEU, FRA, ITA, BEL, NLD, LUX), quota 12 of 17
    """
    _check_month(year, month)
    if (year, month) >= min(NICE_QUOTAS):
        raise ValueError(f"no Council of weighted votes alone in {year}-{month:02}: nice_council has the rules of then")
    quota, votes = VOTES[_last_before((year, month), tuple(VOTES), "Council of weighted votes")]
    return WeightedVotingGame(votes, quota)


def nice_council(
    year: int, month: int = 1, *, populations: Mapping[str, int] | None = None, proposed: bool = True
) -> MultipleVotingGame:
    """Build the Council of the European Union under the Treaty of Nice, November 2004 to October 2014.

    A motion passes with a quota of weighted votes (232 of 321, from 2007 255 of 345, from July 2013 260 of 352) cast
    by a majority of the members. Any member could ask for a check that they hold 62% of the population.

    Parameters
    ----------
    year : int
    month : int, default 1
        Matters in 2004, 2013 and 2014.
    populations : mapping from state to persons, optional
        Of all members at the time, for the check; without it the check is not made.
    proposed : bool, default True
        Whether the Commission proposed the motion; others need two thirds of the members.

    Returns
    -------
    MultipleVotingGame

    Raises
    ------
    ValueError
        Another date, no month of a year, or populations of other states than the members.

    References
    ----------
    .. [1] Treaty of Nice (2001), protocol on the enlargement of the European Union; Acts of Accession of 2003
           (article 12), 2005 and 2011 (article 20).
    .. [2] D. S. Felsenthal, M. Machover (2001), The Treaty of Nice and qualified majority voting, Social Choice and
           Welfare 18, 431-464.

    Examples
    --------
    >>> nice_council(2013, 7)
    Voting of 28 players (DEU, FRA, GBR, ITA, ESP, POL, ROU, NLD, ...), quotas 260 of 352 and 15 members
    """
    _check_month(year, month)
    if (year, month) > (2014, 10):
        raise ValueError(f"no Council under the Treaty of Nice in {year}-{month:02}; eu_council has the rule of then")
    quota, absent = NICE_QUOTAS[_last_before((year, month), tuple(NICE_QUOTAS), "Council under the Treaty of Nice")]
    votes = {state: held for state, held in NICE_VOTES.items() if state not in absent}
    rules = [WeightedVotingGame(votes, quota)]
    if populations is not None:
        if set(populations) != set(votes):
            odd = sorted(set(populations) ^ set(votes))
            raise ValueError(f"populations must be those of the {len(votes)} members; look at {', '.join(odd)}")
        people = {state: populations[state] for state in votes}
        rules.append(WeightedVotingGame(people, Fraction(62, 100) * sum(people.values())))
    needed = len(votes) // 2 + 1 if proposed else ceil(Fraction(2, 3) * len(votes))
    return MultipleVotingGame(rules, count_quota=needed)


def eu_council(populations: Mapping[str, int] | None = None) -> MultipleVotingGame:
    """Build the Council of the European Union under the double majority in force since November 2014.

    A motion passes with 55% of the member states that hold 65% of the population; a blocking minority needs at
    least four members, so that it also passes when no more than three are against.

    Parameters
    ----------
    populations : mapping from state to persons, optional
        By default the 27 members, Eurostat, 1 January 2023. Give another year's to compare: with 28 states the rule
        asks for 16 of them.

    Returns
    -------
    MultipleVotingGame

    Raises
    ------
    ValueError
        A population that is no count, or fewer than nine states, where the clauses contradict each other.

    Notes
    -----
    On a proposal of the Commission or the High Representative; on others 72% of the states are needed. Until March
    2017 any member could ask for the rule before, ``nice_council(2014)``. The treaty asks for at least fifteen
    states, which 55% of 27 are; of other numbers of states only the 55% are asked here.

    References
    ----------
    .. [1] Treaty on European Union, article 16(4); Treaty on the Functioning of the European Union, article 238.
    .. [2] Eurostat, Population on 1 January (demo_pjan), release of July 2023.

    Examples
    --------
    >>> council = eu_council()
    >>> council["DEU", "FRA", "ITA"]
    0
    >>> council[[state for state in council.players if state not in ("DEU", "FRA", "ITA")]]
    1
    """
    people = dict(POPULATION_2023 if populations is None else populations)
    states = len(people)
    if states < 9:
        raise ValueError(f"{states} states are too few: a minority of four could stop what 55% of the states pass")
    rule = WeightedVotingGame(people, Fraction(65, 100) * sum(people.values()))
    return MultipleVotingGame([rule], count_quota=ceil(Fraction(55, 100) * states), or_count=states - 3)


def monetary_fund(share: Fraction | float | None = None) -> WeightedVotingGame:
    """Build the International Monetary Fund: 190 members with their votes of October 2022.

    Parameters
    ----------
    share : Fraction or float, optional
        Of all votes that a decision needs, such as 85/100 for a change of quotas or 70/100 for charges; a float is
        taken as it is written. By default more than half.

    Returns
    -------
    WeightedVotingGame
        Players are states, in the order of the Fund's list.

    Raises
    ------
    ValueError
        A share that is not above one half and at most 1.

    Notes
    -----
    Of the Board of Governors, where each member casts its own votes. In the Executive Board directors cast them in
    blocks. Here nobody abstains.

    References
    ----------
    .. [1] Articles of Agreement of the International Monetary Fund, article XII, section 5, and article III, section 2.
    .. [2] International Monetary Fund, Members' Quotas and Voting Power, as shown on 2 October 2022.
    .. [3] D. Leech (2002), Voting power in the governance of the International Monetary Fund, Annals of Operations
           Research 109, 375-397.

    Examples
    --------
    >>> fund = monetary_fund(Fraction(85, 100))
    >>> fund.total, fund[[state for state in fund.players if state != "USA"]]
    (5039930, 0)
    """
    with (Path(__file__).parent / "data" / "imf_votes.csv").open(encoding="utf-8", newline="") as table:
        votes = {row["iso3"]: int(row["votes"]) for row in csv.DictReader(table)}
    total = sum(votes.values())
    if share is None:
        return WeightedVotingGame(votes, Fraction(total, 2), strict=True)
    if not Fraction(1, 2) < share <= 1:
        raise ValueError(f"share is {share}; give a Fraction above 1/2 and at most 1, such as Fraction(85, 100)")
    return WeightedVotingGame(votes, Fraction(str(share)) * total)


def _last_before(month: tuple[int, int], firsts: tuple[tuple[int, int], ...], body: str) -> tuple[int, int]:
    held = [first for first in firsts if first <= month]
    if not held:
        raise ValueError(f"no {body} in {month[0]}: it first met under the rules of {firsts[0][0]}")
    return held[-1]


def _check_month(year: int, month: int) -> None:
    if not isinstance(year, Integral):
        raise ValueError(f"year is {year!r}; it must be a whole number")
    if not isinstance(month, Integral) or not 1 <= month <= 12:
        raise ValueError(f"month is {month!r}; it must be a whole number from 1 to 12")
