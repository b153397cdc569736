"""Camps of history: Europe before 1914 and before 1939, by landscape theory and by its rivals.

Data: data/history_states.csv (religion, government, side taken), data/history_facts.csv (minorities, claims, wars and
alliances, each with its dates) and data/history_sizes.csv (real product). All but the sizes are our own reading of the
general historical record, written down before any model was run on it. The propensities of Axelrod and Bennett (1993)
are not public, so these are not theirs, and neither are the results.

A case holds states, sizes and signed factors; a propensity is the weighted sum of the factors. ``compare`` puts the
local minima of the landscape beside partitions that are stable without the two camps, and beside what happened.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations, product
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.camps import Case, Fact, own_case
from models.camps_compared import Agreement, Comparison, Solution, agreement, compare
from models.camps_sensitivity import Sensitivity, Variant, sensitivity
from models.panel import nearest

__all__ = [
    "Agreement",
    "Case",
    "Comparison",
    "Fact",
    "Sensitivity",
    "Solution",
    "Variant",
    "agreement",
    "case",
    "cases",
    "compare",
    "own_case",
    "read_sizes",
    "sensitivity",
]

DATA = Path(__file__).parent / "data"
ATTRIBUTES = ("religion", "government")  # +1 where two states have the same, -1 where not
DISPUTES = ("ethnic conflict", "border", "war")  # -1 where there is one
ALLIANCE = "alliance"  # +1 where there is one
MEMORY = 45
"""Years after its end in which a war still counts: about the working life of those who fought it."""

YEARS = {1914: "1914", 1936: "1936", 1937: "1936", 1938: "1936", 1939: "1936"}
"""The years of the cases, and whose states and facts each takes."""

SOURCES = (
    "R. Axelrod, D. S. Bennett (1993), A landscape theory of aggregation, British Journal of Political Science 23, "
    "211-233: the five factors, the 17 states, the line-ups printed there",
    "C. J. Fariss, T. Anders, J. N. Markowitz, M. Barnum (2022), New estimates of over 500 years of historic GDP and "
    "population data, Journal of Conflict Resolution 66, 553-591: real product",
    "this package, from the general historical record: religion, government, minorities, claims, wars, alliances, "
    "sides",
)


def cases() -> tuple[str, ...]:
    """List the cases that are built in.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> cases()
    ('europe 1914', 'europe 1936', 'europe 1937', 'europe 1938', 'europe 1939')
    """
    return tuple(f"europe {year}" for year in YEARS)


def case(
    name: str,
    *,
    sizes: Mapping[str, Any] | None = None,
    weights: Mapping[str, Any] | None = None,
    memory: int = MEMORY,
) -> Case:
    """Build a case of history from what held on 30 June of its year.

    Factors are signed: a disputed minority, a claim to territory and a war that ended at most ``memory`` years before
    count -1; the same majority religion counts +1 and another -1; so with the kind of government; an alliance or
    entente counts +1. All weigh 1, but alliances weigh 0 in 1936-39, where Axelrod and Bennett had none [1]_.

    Parameters
    ----------
    name : str
        One of ``cases()``.
    sizes : mapping from state to number, optional
        By default real product in millions of 2017 dollars. For another measure see ``read_sizes``.
    weights : mapping from factor to number, optional
        Instead of those above; factors that are not named keep theirs.
    memory : int
        Years.

    Returns
    -------
    Case

    Raises
    ------
    ValueError
        An unknown case or factor, with the nearest name; a size or weight that is no such number; states that lack a
        size.

    Notes
    -----
    Pledges of neutrality and non-aggression are no alliances. States are ISO 3166 codes (CSK, SUN, YUG in the past);
    Austria-Hungary, which has none, is AUH. Montenegro, Luxembourg and Albania are missing: there is no figure of
    their product.

    References
    ----------
    .. [1] R. Axelrod, D. S. Bennett (1993), A landscape theory of aggregation, British Journal of Political Science
           23, 211-233.
    .. [2] S. Galam (1996), Fragmentation versus stability in bimodal coalitions, Physica A 230, 174-188.

    Examples
    --------
    >>> case("europe 1914").landscape().minima().basins[0] > 0.9
    True
    """
    if name not in cases():
        hint = nearest(str(name), cases()) or f"; known: {', '.join(cases())}"
        raise ValueError(f"no case {name!r}{hint}")
    if not isinstance(memory, Integral) or memory < 0:
        raise ValueError(f"memory is {memory!r}; it must be a whole number of years, 0 or more")
    year = int(name.split()[-1])
    era, day = YEARS[year], f"{year}-06-30"
    rows = [row for row in _table("history_states.csv") if row["era"] == era]
    states = tuple(row["state"] for row in rows)
    facts = tuple(fact for fact in _facts(era) if _holds(fact, day, year - memory))
    factors = {factor: _matrix(facts, factor, states) for factor in (*DISPUTES, ALLIANCE)}
    kinds = {"religion": [row["religion"] for row in rows], "government": [_kind(row, day) for row in rows]}
    factors |= {attribute: _alike(kinds[attribute]) for attribute in ATTRIBUTES}
    product_of = {row["state"]: int(row["rgdp_musd2017ppp"]) for row in _table("history_sizes.csv") if _of(row, year)}
    printed = {
        title: {row["state"]: row[column] for row in rows if row[column]}
        for title, column in (("predicted 1993", "predicted_1993"), ("actual 1993", "actual_1993"))
    }
    usual = dict.fromkeys(factors, 1) | {ALLIANCE: int(era == "1914")}
    return Case(
        name=name,
        title=f"Europe, 30 June {year}",
        states=states,
        sizes={state: product_of[state] for state in states} if sizes is None else sizes,
        unit="million 2017 dollars" if sizes is None else "as given",
        factors=factors,
        weights=usual | dict(weights or {}),
        actual={row["state"]: row["side"] for row in rows if row["side"]},
        published={title: camps for title, camps in printed.items() if camps},
        facts=facts,
        sources=SOURCES,
    )


def read_sizes(path: str | Path, name: str, column: str = "cinc") -> dict[str, float]:
    """Read the sizes of a case from a file of state, year and figures, such as Correlates of War NMC.

    Parameters
    ----------
    path : str or Path
        CSV with ``year`` and the abbreviations of Correlates of War as ``stateabb`` or ``cow_abb``, as in
        NMC-60-abridged.csv.
    name : str
        One of ``cases()``.
    column : str
        What to read; the capability index by default.

    Returns
    -------
    dict from state to float
        For ``sizes=`` of ``case``.

    Raises
    ------
    ValueError
        A column that is not there; a state without a figure, which blanks and -9 stand for; two rows for a state.
    """
    known = case(name)
    year = int(name.split()[-1])
    codes = {row["cow"]: row["state"] for row in _table("history_states.csv") if row["era"] == YEARS[year]}
    found: dict[str, float] = {}
    with Path(path).open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        titles = reader.fieldnames or []
        code = next((title for title in ("stateabb", "cow_abb") if title in titles), None)
        for title in ("stateabb" if code is None else code, "year", column):
            if title not in titles:
                raise ValueError(f"{path} has no column {title!r}{nearest(title, titles)}")
        for row in reader:
            state = codes.get(row[str(code)])
            if state is None or row["year"] != str(year):
                continue
            if state in found:
                raise ValueError(f"{path} has two rows for {state} in {year}")
            if row[column].strip() and float(row[column]) != -9:
                found[state] = float(row[column])
    if missing := [state for state in known.states if state not in found]:
        raise ValueError(f"{path} has no {column} of {', '.join(missing)} in {year}")
    return {state: found[state] for state in known.states}


@cache
def _table(name: str) -> tuple[dict[str, str], ...]:
    with (DATA / name).open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


def _facts(era: str) -> Iterator[Fact]:
    for row in _table("history_facts.csv"):
        if row["era"] == era:
            one = row["one"].split(";")
            pairs = tuple(product(one, row["other"].split(";")) if row["other"] else combinations(one, 2))
            yield Fact(row["factor"], pairs, row["since"], row["until"], row["remark"])


def _holds(fact: Fact, day: str, remembered: int) -> bool:
    """Whether a fact counts on a day: it has begun and not ended, or is a war that ended in or after a year."""
    if fact.factor == "war":
        return fact.since <= day and int(fact.until[:4]) >= remembered
    return fact.since <= day and (not fact.until or fact.until > day)


def _kind(row: Mapping[str, str], day: str) -> str:
    """The government on a day, from ``first;date next``."""
    kind, *changes = row["government"].split(";")
    for change in changes:
        date, later = change.split(" ", 1)
        kind = later if date <= day else kind
    return kind


def _of(row: Mapping[str, str], year: int) -> bool:
    return row["year"] == str(year)


def _matrix(facts: Iterable[Fact], factor: str, states: tuple[str, ...]) -> NDArray[Any]:
    matrix = np.zeros((len(states), len(states)), np.int64)
    for fact in facts:
        for one, other in fact.pairs if fact.factor == factor else ():
            i, j = states.index(one), states.index(other)
            matrix[i, j] = matrix[j, i] = 1 if factor == ALLIANCE else -1
    return matrix


def _alike(kinds: list[str]) -> NDArray[Any]:
    named = np.array(kinds)
    matrix = np.where(named[:, None] == named[None, :], 1, -1)
    np.fill_diagonal(matrix, 0)
    return matrix
