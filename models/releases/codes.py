"""Which state a number, a name or a code means. Nothing here guesses.

Correlates of War and Gleditsch-Ward give most states the same number and differ where it hurts: Germany since 1990 is
255 in the one and 260 in the other, Yemen 679 and 678, Serbia since 2006 345 and 340. data/state_codes.csv lists both
systems, with years where a number changed its meaning, and data/state_names.csv the names that SIPRI, the exercises
and the World Bank use.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.panel import DATA, load_panel, nearest

if TYPE_CHECKING:
    import pandas as pd

CODE = re.compile(r"[A-Z]{3}")
SYSTEMS = {"cow": "Correlates of War", "gw": "Gleditsch-Ward"}
OTHER = {"cow": "gw", "gw": "cow"}

YEAR_PLACES = 10_000

UNKNOWN_NUMBER, UNKNOWN_NAME, UNKNOWN_CODE = "unknown number", "unknown name", "unknown code"
WRONG_YEAR = "number of no state in that year"


def panel_states(states: str | Iterable[str] | None) -> tuple[str, ...]:
    """Resolve which states a reader keeps.

    Parameters
    ----------
    states : iterable of str, "all" or None
        Codes; ``"all"`` for every state with an ISO code, of today and the past; None for those of the panel.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        A code is unknown; the message has the nearest.

    Examples
    --------
    >>> len(panel_states(None)), "MEX" in panel_states("all")
    (100, True)
    """
    if states is None:
        return load_panel().states
    known = {iso3 for spells in _numbers("cow").values() for *_, iso3 in spells if iso3} | set(_names().values())
    known |= set(load_panel().states)
    if isinstance(states, str):
        if states != "all":
            raise ValueError(f"states={states!r}; give a list of codes, 'all', or None for the panel's states")
        return tuple(sorted(known))
    chosen = tuple(states)
    if unknown := [code for code in chosen if code not in known]:
        raise ValueError(f"states: {unknown[0]!r} is not a code we know{nearest(str(unknown[0]), sorted(known))}")
    return chosen


def from_numbers(
    numbers: NDArray[np.int64], years: NDArray[np.int64], system: str, keep: Sequence[str], source: str
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Map state numbers to ISO codes.

    Parameters
    ----------
    numbers, years : integer ndarrays of shape (rows,)
        State numbers, and the year each speaks about.
    system : {"cow", "gw"}
        Correlates of War or Gleditsch-Ward.
    keep : sequence of str
        Codes to keep.
    source : str
        The file, for the message.

    Returns
    -------
    states, reasons : object ndarrays of shape (rows,)
        The code or ``''``, and then why there is none.

    Raises
    ------
    ValueError
        The numbers are those of the other system, or of both.

    Examples
    --------
    >>> import numpy as np
    >>> from_numbers(np.array([260, 255]), np.array([1980, 1995]), "cow", ("DEU",), "text")[0].tolist()
    ['DEU', 'DEU']
    """
    if system not in SYSTEMS:
        raise ValueError(f"codes={system!r}; give 'cow' (Correlates of War) or 'gw' (Gleditsch-Ward)")
    keys, at = np.unique(numbers * YEAR_PLACES + years, return_inverse=True)
    pairs = [divmod(key, YEAR_PLACES) for key in keys.tolist()]
    found = [_meaning(number, year, system) for number, year in pairs]
    _one_system(pairs, found, system, source)
    outside = outside_reason(keep)
    kept = set(keep)
    states = np.array([iso3 if iso3 in kept else "" for iso3, _ in found], dtype=object)
    reasons = np.array([reason if reason else "" if iso3 in kept else outside for iso3, reason in found], dtype=object)
    return states[at], reasons[at]


def from_names(names: pd.Series[Any], keep: Sequence[str]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Map the names of states to ISO codes, as ``from_numbers`` does; capitals and spaces around do not matter.

    Parameters
    ----------
    names : Series of str
        One a row.
    keep : sequence of str
        Codes to keep.

    Returns
    -------
    states, reasons : object ndarrays of shape (rows,)
        The code or ``''``, and then why there is none.
    """
    known, kept, outside = _names(), set(keep), outside_reason(keep)
    codes = {name: known.get(str(name).strip().casefold(), "") for name in names.unique()}
    reasons = {name: "" if code in kept else outside if code else UNKNOWN_NAME for name, code in codes.items()}
    states = {name: code if code in kept else "" for name, code in codes.items()}
    return names.map(states).to_numpy(object), names.map(reasons).to_numpy(object)


def from_codes(codes: pd.Series[Any], keep: Sequence[str]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Check ISO alpha-3 codes, as ``from_numbers`` does; World Bank aggregates count as outside.

    Parameters
    ----------
    codes : Series of str
        One a row.
    keep : sequence of str
        Codes to keep.

    Returns
    -------
    states, reasons : object ndarrays of shape (rows,)
        The code or ``''``, and then why there is none.
    """
    kept, outside = set(keep), outside_reason(keep)
    reasons = {
        code: "" if code in kept else outside if CODE.fullmatch(str(code)) else UNKNOWN_CODE for code in codes.unique()
    }
    states = {code: code if code in kept else "" for code in reasons}
    return codes.map(states).to_numpy(object), codes.map(reasons).to_numpy(object)


def outside_reason(keep: Sequence[str]) -> str:
    """Say why a state that is known but not asked for is dropped.

    Parameters
    ----------
    keep : sequence of str

    Returns
    -------
    str
    """
    return f"outside the {len(keep)} states"


def succession(number: int, year: int, system: str) -> int:
    """Give the first year of what a number means in a year; of two numbers for one state the later is that at its end.

    Parameters
    ----------
    number, year : int
    system : {"cow", "gw"}

    Returns
    -------
    int
        0 where the number has no bounds, or no meaning in the year.

    Examples
    --------
    >>> succession(255, 1990, "cow") > succession(260, 1990, "cow")
    True
    """
    return max((first for first, last, _ in _numbers(system).get(number, ()) if first <= year <= last), default=0)


def _meaning(number: int, year: int, system: str) -> tuple[str, str]:
    spells = _numbers(system).get(number)
    if spells is None:
        return "", UNKNOWN_NUMBER
    for first, last, iso3 in reversed(spells):
        if first <= year <= last:
            return iso3, ""
    return "", WRONG_YEAR


def _one_system(pairs: Sequence[tuple[int, int]], found: Sequence[tuple[str, str]], system: str, source: str) -> None:
    """Refuse numbers that only the other system has; both in one file is an error whatever was asked for."""
    theirs: dict[int, list[int]] = defaultdict(list)
    ours: dict[int, list[int]] = defaultdict(list)
    for (number, year), (_, reason) in zip(pairs, found, strict=True):
        other = _meaning(number, year, OTHER[system])[1]
        if reason and not other:
            theirs[number].append(year)
        elif other and not reason:
            ours[number].append(year)
    if not theirs:
        return
    if ours:
        raise ValueError(
            f"{source} mixes {SYSTEMS[system]} numbers ({_spans(ours)}) with {SYSTEMS[OTHER[system]]} numbers "
            f"({_spans(theirs)}); recode it to one system first"
        )
    raise ValueError(
        f"{source} has {SYSTEMS[OTHER[system]]} numbers: {_spans(theirs)} mean nothing in the "
        f"{SYSTEMS[system]} system. Read it with codes={OTHER[system]!r}"
    )


def _spans(numbers: dict[int, list[int]]) -> str:
    spans = [f"{n} in {min(ys)}" + (f"-{max(ys)}" if max(ys) > min(ys) else "") for n, ys in sorted(numbers.items())]
    return ", ".join(spans[:3]) + (", ..." if len(spans) > 3 else "")


@cache
def _numbers(system: str) -> dict[int, tuple[tuple[int, int, str], ...]]:
    """Number to (first year, last year, ISO code or '') in order of years."""
    spells: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    with (DATA / "state_codes.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row[system]:
                spells[int(row[system])].append(
                    (int(row["first_year"] or 0), int(row["last_year"] or 9999), row["iso3"])
                )
    return {number: tuple(sorted(found)) for number, found in spells.items()}


@cache
def _names() -> dict[str, str]:
    with (DATA / "state_names.csv").open(encoding="utf-8", newline="") as handle:
        names = {row["name"].casefold(): row["iso3"] for row in csv.DictReader(handle)}
    panel = load_panel()
    return names | {name.casefold(): code for name, code in zip(panel.names, panel.states, strict=True)}
