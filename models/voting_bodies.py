"""Voting bodies of states: the United Nations Security Council and the Council of the European Union.

Rules as in the treaties, votes and populations with their year and source; no other facts. States are ISO 3166
alpha-3 codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from coalitions.families.voting import MultipleVotingGame, WeightedVotingGame

# --- Security Council: UN Charter, articles 23 and 27(3), before and after the amendment in force on 31 August 1965

COUNCILS = {1946: (6, 7), 1966: (10, 9)}  # first year: elected members, votes needed

# --- Council of the EEC, the EC and the EU: Treaty of Rome, article 148(2), and the Acts of Accession of 1972, 1979,
#     1985 and 1994; the votes held from 1 January of the year named, the last until 30 April 2004

VOTES = {
    1958: (12, {"DEU": 4, "FRA": 4, "ITA": 4, "BEL": 2, "NLD": 2, "LUX": 1}),
    1973: (
        41,
        {"DEU": 10, "FRA": 10, "GBR": 10, "ITA": 10, "BEL": 5, "NLD": 5, "DNK": 3, "IRL": 3, "LUX": 2},
    ),
    1981: (
        45,
        {"DEU": 10, "FRA": 10, "GBR": 10, "ITA": 10, "BEL": 5, "GRC": 5, "NLD": 5, "DNK": 3, "IRL": 3, "LUX": 2},
    ),
    1986: (
        54,
        {"DEU": 10, "FRA": 10, "GBR": 10, "ITA": 10, "ESP": 8, "BEL": 5, "GRC": 5, "NLD": 5, "PRT": 5}
        | {"DNK": 3, "IRL": 3, "LUX": 2},
    ),
    1995: (
        62,
        {"DEU": 10, "FRA": 10, "GBR": 10, "ITA": 10, "ESP": 8, "BEL": 5, "GRC": 5, "NLD": 5, "PRT": 5}
        | {"AUT": 4, "SWE": 4, "DNK": 3, "FIN": 3, "IRL": 3, "LUX": 2},
    ),
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
        Before 1946.

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
    seats, needed = COUNCILS[_last_before(year, tuple(COUNCILS), "Security Council")]
    permanent = ("CHN", "FRA", "GBR", "SUN" if year <= 1991 else "RUS", "USA")
    # a missing permanent member must outweigh all elected ones that are not needed
    votes = seats + 5 - needed + 1
    weights = dict.fromkeys(permanent, votes) | {f"elected {k + 1}": 1 for k in range(seats)}
    return WeightedVotingGame(weights, len(permanent) * votes + needed - len(permanent))


def weighted_council(year: int) -> WeightedVotingGame:
    """Build the Council of Ministers under weighted votes, 1958 to April 2004.

    Parameters
    ----------
    year : int
        From 1958 to 2004.

    Returns
    -------
    WeightedVotingGame
        Qualified majority on a proposal of the Commission.

    Raises
    ------
    ValueError
        Another year; from May 2004 to October 2014 the Nice rules held, since November 2014 ``eu_council``.

    References
    ----------
    .. [1] Treaty establishing the European Economic Community (1957), article 148(2), and the Acts of Accession.
    .. [2] D. S. Felsenthal, M. Machover (1998), The Measurement of Voting Power, Edward Elgar, chapter 5.

    Examples
    --------
    >>> weighted_council(1972)
    Weighted voting of 6 players (DEU, FRA, ITA, BEL, NLD, LUX), quota 12 of 17
    """
    first = _last_before(year, tuple(VOTES), "Council of weighted votes")
    if year > 2004:
        raise ValueError(f"no weighted Council for {year}: its votes changed in 2004; eu_council() has today's rule")
    quota, votes = VOTES[first]
    return WeightedVotingGame(votes, quota)


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
    On a proposal of the Commission or the High Representative; on others 72% of the states are needed.

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


def _last_before(year: int, first_years: tuple[int, ...], body: str) -> int:
    held = [first for first in first_years if first <= year]
    if not held:
        raise ValueError(f"no {body} in {year}: it first met under the rules of {first_years[0]}")
    return held[-1]
