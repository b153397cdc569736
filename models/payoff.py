"""What groups are worth to their members, term by term: features, gains and their gradients.

The payoff is linear in its coefficients and splits by member,

    u_i(S) = sum_k theta_k f_ik(S),    v(S) = sum of u_i(S) over the members i of S,

so a group's feature is f_k(S) = sum of f_ik(S). Every term is 0 for a state alone: a worth says how much a
group adds to its members acting alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.formulas import Formula, compile_formulas, derivative, latex
from models.measures import Columns, Members, measure, pair_sums, partner_sums
from models.theatre import Settings, Theatre

__all__ = ["Parts", "Term", "features", "gradient", "kinds", "parts", "total_gains"]

Parts = NDArray[np.float64]
"""Shape (m, k): what a term gives each member, in the term's unit."""

CHUNK = 1 << 12  # rows at a time: the temporaries of one chunk stay in the cache

PLAIN, LED, RIVAL = range(3)
"""Kinds of groups: neither pivot nor rival inside, with the pivot, with a rival but not the pivot."""


@dataclass(frozen=True)
class Term:
    """One reason to form a group.

    A term is either a table of what partner j gives member i (``table``: shape (n, n), or (3, n, n) for groups with
    neither, with the pivot, with a rival of the pivot), averaged or summed over partners, or a formula in the symbols
    of ``formulas`` (``formula``). ``properties`` are claims the tests hold it to.
    """

    name: str
    unit: str
    sign: int  # +1: more is expected to help
    story: str
    source: str
    properties: frozenset[str]
    table: Callable[[Theatre], NDArray[np.float64]] | None = field(default=None, repr=False)
    summed: bool = False  # a table is summed over partners in place of averaged
    formula: Formula | None = field(default=None, repr=False)
    written: str = ""  # LaTeX of a table's entry ij

    def __post_init__(self) -> None:
        if (self.table is None) == (self.formula is None):
            raise ValueError(f"term {self.name!r} needs a table or a formula, and not both")

    def __call__(self, theatre: Theatre, members: Members, settings: Settings) -> Parts:
        """Give each member's part, shape (m, k), in the term's unit."""
        return parts((self,), theatre, members, settings)[:, 0]

    @property
    def latex(self) -> str:
        """The term as LaTeX: what member i gains."""
        if self.formula is not None:
            return latex(self.formula)
        over = r"\sum_{j \in S \setminus i}" if self.summed else r"\frac{1}{k-1} \sum_{j \in S \setminus i}"
        return f"{over} {self.written}"


def kinds(theatre: Theatre, columns: Columns) -> NDArray[np.int64]:
    """Tell groups (k, m) with the pivot (1) and with a rival but not the pivot (2) from others (0), shape (m,)."""
    of_state = np.zeros(len(theatre.states), dtype=np.int64)
    of_state[list(theatre.rivals)] = 1
    if theatre.pivot >= 0:
        of_state[theatre.pivot] = 2
    return np.asarray(np.array([PLAIN, RIVAL, LED])[of_state.take(columns).max(axis=0)])


def parts(terms: Iterable[Term], theatre: Theatre, members: Members, settings: Settings) -> NDArray[np.float64]:
    """Split groups by term and member.

    Parameters
    ----------
    terms : iterable of Term
        K of them.
    theatre : Theatre
        An interest in a year, for a pool of n states.
    members : int array of shape (m, k)
        Groups of k distinct pool indices.
    settings : Settings

    Returns
    -------
    ndarray of shape (m, K, k)
        Each term's part of each member, in the unit of the term. Sum over the last axis for a group's
        features.

    Raises
    ------
    ValueError
        An index is outside the pool or a group names a state twice.
    """
    members = checked_members(members, theatre.states)
    terms = tuple(terms)
    formulas = {term.name: term.formula for term in terms if term.formula is not None}
    m, k = members.shape
    out = np.zeros((m, len(terms), k))
    if k == 1:
        return out
    run = compile_formulas(formulas, settings.values())
    tables = [(q, t.summed, _by_kind(t.table(theatre))) for q, t in enumerate(terms) if t.table is not None]
    at = [q for q, term in enumerate(terms) if term.formula is not None]
    for rows, columns in chunks(members):
        kind = kinds(theatre, columns)
        for q, summed, table in tables:
            out[rows, q] = partner_sums(table, columns, kind).T / (1 if summed else k - 1)
        if formulas:
            for q, found in zip(at, run(measure(theatre, columns, settings)), strict=True):
                out[rows, q] = np.transpose(found) if np.ndim(found) > 1 else np.reshape(found, (-1, 1))
    return out


def features(terms: Iterable[Term], theatre: Theatre, members: Members, settings: Settings) -> NDArray[np.float64]:
    """Measure groups by every term: what ``parts`` gives, summed over members, shape (m, K)."""
    members = checked_members(members, theatre.states)
    terms = tuple(terms)
    formulas = {term.name: term.formula for term in terms if term.formula is not None}
    m, k = members.shape
    out = np.zeros((len(terms), m))
    if k == 1:
        return out.T
    run = compile_formulas(formulas, settings.values())
    tables = [(q, 1 if t.summed else k - 1, _both_ways(t, theatre)) for q, t in enumerate(terms) if t.table is not None]
    at = [q for q, term in enumerate(terms) if term.formula is not None]
    for rows, columns in chunks(members):
        kind = kinds(theatre, columns)
        for q, over, table in tables:
            out[q, rows] = pair_sums(table, columns, kind) / over
        if formulas:
            for q, found in zip(at, run(measure(theatre, columns, settings)), strict=True):
                out[q, rows] = found.sum(axis=0) if np.ndim(found) > 1 else k * found
    return np.ascontiguousarray(out.T)


def _both_ways(term: Term, theatre: Theatre) -> NDArray[np.float64]:
    assert term.table is not None
    table = _by_kind(term.table(theatre))
    return table + np.swapaxes(table, 1, 2)


def total_gains(
    terms: Iterable[Term],
    coefficients: Mapping[str, float],
    theatre: Theatre,
    members: Members,
    settings: Settings,
) -> Parts:
    """Add up what each member gains: u_i = sum_k theta_k f_ik.

    Parameters
    ----------
    terms, theatre, members, settings
        As for ``parts``.
    coefficients : mapping of str to float
        One for each term by name.

    Returns
    -------
    ndarray of shape (m, k)
        In the unit of the coefficients (worth); the sum of a row is the worth of the group.

    Notes
    -----
    All tables are added up first and all formulas run as one, so that time is little more than a gather a pair of
    members whatever the number of terms.
    """
    members = checked_members(members, theatre.states)
    m, k = members.shape
    gains = np.zeros((m, k))
    if k == 1:
        return gains
    terms = tuple(terms)
    n = len(theatre.states)
    table = np.zeros((3, n, n))
    for term in terms:
        if term.table is not None:
            table += coefficients[term.name] / (1 if term.summed else k - 1) * _by_kind(term.table(theatre))
    used = {t.name: t.formula for t in terms if t.formula is not None and coefficients[t.name] != 0}
    run = compile_formulas(used, settings.values(), coefficients) if used else None
    for rows, columns in chunks(members):
        out = partner_sums(table, columns, kinds(theatre, columns))
        if run is not None:
            out += run(measure(theatre, columns, settings))[0]
        gains[rows] = out.T
    return gains


def gradient(
    terms: Iterable[Term],
    coefficients: Mapping[str, float],
    theatre: Theatre,
    members: Members,
    settings: Settings,
    setting: str,
) -> Parts:
    """Differentiate what each member gains in a setting of the formulas, by sympy.

    Parameters
    ----------
    terms, coefficients, theatre, members, settings
        As for ``total_gains``.
    setting : str
        ``"contest"``, ``"cohesion"``, ``"cohesion_mean"``, ``"cohesion_least"``, ``"crowding"``, ``"saving"``,
        ``"reliability"``, ``"response"`` or ``"threat"``.

    Returns
    -------
    ndarray of shape (m, k)
        Worth per unit of the setting.
    """
    members = checked_members(members, theatre.states)
    if members.shape[1] == 1:
        return np.zeros(members.shape)
    used = {t.name: derivative(t.formula, setting) for t in terms if t.formula is not None}
    run = compile_formulas(used, settings.values(), coefficients)
    slopes = np.zeros(members.shape)
    for rows, columns in chunks(members):
        slopes[rows] = np.broadcast_to(run(measure(theatre, columns, settings))[0], columns.shape).T
    return slopes


def chunks(members: Members) -> Iterator[tuple[slice, Columns]]:
    for start in range(0, len(members), CHUNK):
        rows = slice(start, start + CHUNK)
        yield rows, np.ascontiguousarray(members[rows].T, dtype=np.int64)


def checked_members(members: Members, states: tuple[str, ...]) -> Members:
    """Check that every row names distinct states of the pool."""
    members = np.asarray(members)
    if members.ndim != 2 or members.shape[1] < 1 or members.dtype.kind not in "iu":
        raise ValueError(
            f"members have shape {members.shape} and type {members.dtype}; "
            "give an integer array of shape (groups, size)"
        )
    if members.size and (members.min() < 0 or members.max() >= len(states)):
        worst = int(members.max() if members.max() >= len(states) else members.min())
        raise ValueError(f"member {worst} is outside the pool of {len(states)} states")
    columns = np.ascontiguousarray(members.T)
    twice = np.zeros(len(members), dtype=bool)
    for a in range(len(columns)):
        for b in range(a):
            twice |= columns[a] == columns[b]
    if twice.any():
        row = members[int(np.argmax(twice))]
        raise ValueError(f"group {tuple(states[i] for i in row)} names a state twice")
    return members


def _by_kind(table: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.broadcast_to(table, (3, *table.shape[-2:]))
