"""Payoff terms: what a member gains from a group, one named reason each.

The payoff is linear in its coefficients and splits by member,

    u_i(S) = sum_k theta_k f_ik(S),    v(S) = sum of u_i(S) over the members i of S,

so a group's feature is f_k(S) = sum of f_ik(S). Every term is 0 for a state alone: a worth says how much a
group adds to its members acting alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from models.theatre import Settings, Theatre

__all__ = ["TERMS", "Term", "parts", "terms_named", "total_gains"]

Members = NDArray[np.integer]
"""Shape (m, k): one group a row, k distinct indices into the pool."""

Parts = NDArray[np.float64]
"""Shape (m, k): what a term gives each member, in the term's unit."""

CHUNK = 1 << 15  # rows at a time: the temporaries of one chunk stay in the cache


@dataclass(frozen=True)
class Term:
    """One reason to form a group.

    A term is either a mean over partners of a symmetric table (``table``: shape (2, n, n), the second used
    when the pivot is a member), or a formula of its own (``formula``). ``properties`` are claims the tests
    hold it to.
    """

    name: str
    unit: str
    sign: int  # +1: more is expected to help
    story: str
    source: str
    properties: frozenset[str]
    table: Callable[[Theatre], NDArray[np.float64]] | None = field(default=None, repr=False)
    formula: Callable[[Theatre, Members, Settings], Parts] | None = field(default=None, repr=False)

    def __call__(self, theatre: Theatre, members: Members, settings: Settings) -> Parts:
        """Give each member's part, shape (m, k), in the term's unit."""
        if self.table is not None:
            return _partner_means(self.table(theatre), members, theatre.pivot)
        assert self.formula is not None
        return self.formula(theatre, members, settings)


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
    return np.stack([term(theatre, members, settings) for term in terms], axis=1)


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
    All tables are added up first, so time is one gather a pair of members whatever the number of terms:
    some 3.5 million groups of four a second on one core.
    """
    members = checked_members(members, theatre.states)
    terms = tuple(terms)
    n = len(theatre.states)
    table = np.zeros((2, n, n))
    for term in terms:
        if term.table is not None:
            table += coefficients[term.name] * term.table(theatre)
    formulas = [(coefficients[term.name], term.formula) for term in terms if term.formula is not None]
    gains = np.empty(members.shape)
    for start in range(0, len(members), CHUNK):
        chunk = members[start : start + CHUNK]
        out = _partner_means(table, chunk, theatre.pivot)
        for coefficient, formula in formulas:
            out += coefficient * formula(theatre, chunk, settings)
        gains[start : start + CHUNK] = out
    return gains


def terms_named(names: Iterable[str]) -> tuple[Term, ...]:
    """Look terms up by name; ValueError naming the nearest one if there is none."""
    found = []
    for name in names:
        if name not in TERMS:
            close = get_close_matches(name, TERMS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(TERMS)}"
            raise ValueError(f"no payoff term {name!r}; {hint}")
        found.append(TERMS[name])
    return tuple(found)


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
    twice = np.zeros(len(members), dtype=bool)
    for a in range(members.shape[1]):
        for b in range(a):
            twice |= members[:, a] == members[:, b]
    if twice.any():
        row = members[int(np.argmax(twice))]
        raise ValueError(f"group {tuple(states[i] for i in row)} names a state twice")
    return members


def _partner_means(table: NDArray[np.float64], members: Members, pivot: int) -> Parts:
    """Average table[flag, i, j] over the partners j of member i; flag is 1 where the pivot is a member."""
    m, k = members.shape
    if k == 1:
        return np.zeros((m, 1))
    n = table.shape[-1]
    columns = np.ascontiguousarray(members.T, dtype=np.int64)
    led = (columns == pivot).any(axis=0) if pivot >= 0 else np.zeros(m, dtype=bool)
    offset = led * (n * n)
    flat = np.ascontiguousarray(table).ravel()
    sums = np.zeros((k, m))
    for a in range(1, k):
        row = offset + columns[a] * n
        for b in range(a):
            pair = flat.take(row + columns[b])
            sums[a] += pair
            sums[b] += pair
    means: Parts = sums.T / (k - 1)
    return means


def _both(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.broadcast_to(matrix, (2, *matrix.shape))


def _capability(theatre: Theatre, members: Members, settings: Settings) -> Parts:
    against = max(theatre.threat, settings.reference.value)
    own = theatre.strength.take(members)
    pooled = own.sum(axis=1, keepdims=True)
    alone = theatre.strength / (theatre.strength + against)
    gains: Parts = theatre.stake.take(members) * (pooled / (pooled + against) - alone.take(members))
    return gains


def _stake(theatre: Theatre) -> NDArray[np.float64]:
    return _both(_without_diagonal(np.outer(theatre.stake, theatre.stake)))


def _pressure(theatre: Theatre) -> NDArray[np.float64]:
    return _both(_without_diagonal(np.sqrt(np.outer(theatre.pressure, theatre.pressure))))


def _affinity(theatre: Theatre) -> NDArray[np.float64]:
    return np.stack([theatre.affinity, np.zeros_like(theatre.affinity)])


def _affinity_us(theatre: Theatre) -> NDArray[np.float64]:
    return np.stack([np.zeros_like(theatre.affinity), theatre.affinity])


def _distance(theatre: Theatre) -> NDArray[np.float64]:
    return _both(theatre.nearness)


def _ties(theatre: Theatre) -> NDArray[np.float64]:
    return _both(theatre.ties)


def _coordination(theatre: Theatre, members: Members, settings: Settings) -> Parts:
    return np.full(members.shape, -(members.shape[1] - 1) / 2)


def _without_diagonal(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    np.fill_diagonal(matrix, 0.0)
    return matrix


_EVERY = frozenset({"zero for one state", "symmetric in identical states", "ignores the order of members"})

TERMS: Mapping[str, Term] = {
    term.name: term
    for term in (
        Term(
            name="capability",
            unit="share of the interest secured, times stake",
            sign=+1,
            story="Pooled strength, brought to the theatre, secures more of the interest than a member "
            "secures alone: stake times K/(K+T), less the same for the member by itself.",
            source="contest success: Tullock 1980; loss of strength over distance: Boulding 1962",
            properties=_EVERY | {"never negative", "zero for a challenger"},
            formula=_capability,
        ),
        Term(
            name="stake",
            unit="product of two stakes, 0 to 1",
            sign=+1,
            story="Partners who hold a stake in the same interest have something to do together.",
            source="our reading of regional interests; who is listed was written knowing the groups",
            properties=_EVERY | {"never negative", "zero for a challenger"},
            table=_stake,
        ),
        Term(
            name="pressure",
            unit="geometric mean of two pressures, 0 to 1",
            sign=+1,
            story="States pressed by the same challenger balance together: its power felt at home, set "
            "against one's own, times how far apart the two stand.",
            source="balance of threat: Walt 1987",
            properties=_EVERY | {"never negative", "zero for a challenger", "zero without a challenger"},
            table=_pressure,
        ),
        Term(
            name="affinity",
            unit="share of the width of UN ideal points, less the pool's mean",
            sign=+1,
            story="Without the United States, states that vote alike work together more cheaply.",
            source="ideal points: Bailey, Strezhnev and Voeten 2017",
            properties=_EVERY | {"mean zero over pairs"},
            table=_affinity,
        ),
        Term(
            name="affinity_us",
            unit="share of the width of UN ideal points, less the pool's mean",
            sign=0,
            story="The same for groups with the United States, whose votes stand far from everyone's: one "
            "weight for both kinds of group would be wrong, and no sign is expected here.",
            source="ideal points: Bailey, Strezhnev and Voeten 2017",
            properties=_EVERY,
            table=_affinity_us,
        ),
        Term(
            name="distance",
            unit="log distance, less the pool's mean; near counts positive",
            sign=+1,
            story="Neighbours meet, move and share problems more cheaply.",
            source="loss of strength over distance: Boulding 1962",
            properties=_EVERY | {"mean zero over pairs"},
            table=_distance,
        ),
        Term(
            name="ties",
            unit="log of one plus small groups shared before",
            sign=+1,
            story="Habit, procedures and trust from earlier small groups carry over.",
            source="networks of defence agreements: Kinne 2018",
            properties=_EVERY | {"never negative"},
            table=_ties,
        ),
        Term(
            name="coordination",
            unit="pairs of members",
            sign=+1,
            story="Each pair of members has to be kept in step; half of a pair's cost falls on each. The "
            "feature is minus the number of pairs, so a positive coefficient is a cost.",
            source="transaction costs of size: Buchanan and Tullock 1962",
            properties=_EVERY | {"convex cost in size"},
            formula=_coordination,
        ),
    )
}
