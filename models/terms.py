"""Payoff terms: what a member gains from a group, one named reason each.

The payoff is linear in its coefficients and splits by member,

    u_i(S) = sum_k theta_k f_ik(S),    v(S) = sum of u_i(S) over the members i of S,

so a group's feature is f_k(S) = sum of f_ik(S). Every term is 0 for a state alone: a worth says how much a
group adds to its members acting alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.formulas import Formula, compile_formulas, contest, derivative, latex
from models.measures import Columns, Members, measure, pair_sums, partner_sums
from models.theatre import Settings, Theatre

__all__ = ["TERMS", "Term", "externality", "features", "gradient", "parts", "terms_named", "total_gains"]

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
    for rows, columns in _chunks(members):
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
    for rows, columns in _chunks(members):
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
    for rows, columns in _chunks(members):
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
    for rows, columns in _chunks(members):
        slopes[rows] = np.broadcast_to(run(measure(theatre, columns, settings))[0], columns.shape).T
    return slopes


def externality(
    weight: float, publicness: float, theatre: Theatre, members: Members, settings: Settings
) -> NDArray[np.float64]:
    """Say what each state outside a group gains from it: publicness * V_j * c(S) (F(Y + C_j) - F(C_j)).

    Parameters
    ----------
    weight : float
        Coefficient of the term ``capability``, in worth per share secured.
    publicness : float
        Share of the benefit that reaches outsiders: 0 can be kept from them, 1 is a pure public good.
    theatre, members, settings
        As for ``parts``.

    Returns
    -------
    ndarray of shape (m, n)
        In worth, 0 for members and challengers; its sign is that of ``weight``.
    """
    members = checked_members(members, theatre.states)
    run = compile_formulas({"spilled": _spilled}, settings.values())
    out = np.zeros((len(members), len(theatre.states)))
    if members.shape[1] == 1:
        return out
    for rows, columns in _chunks(members):
        figures = measure(theatre, columns, settings)
        figures["stake"], figures["coverage"] = theatre.stake[:, None], theatre.coverage[:, None]
        out[rows] = weight * publicness * run(figures)[0].T
    np.put_along_axis(out, members.astype(np.int64), 0.0, axis=1)
    return out


def _chunks(members: Members) -> Iterator[tuple[slice, Columns]]:
    for start in range(0, len(members), CHUNK):
        rows = slice(start, start + CHUNK)
        yield rows, np.ascontiguousarray(members[rows].T, dtype=np.int64)


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


def _without_diagonal(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    np.fill_diagonal(matrix, 0.0)
    return matrix


# --- formulas


def _cohesion(s: Any, mean: Any = None, least: Any = None) -> Any:
    """Give the share of a joint gain a group can use: logistic in the mean and least similarity of its pairs."""
    import sympy

    mean, least = (s.closeness if mean is None else mean), (s.farthest if least is None else least)
    return 1 / (1 + sympy.exp(-(s.cohesion + s.cohesion_mean * mean + s.cohesion_least * least)))


def _secured(s: Any, output: Any) -> Any:
    """Give the share secured beyond what institutions cover, against a threat that arms in answer."""
    against = s.threat + s.response * output
    return contest(output + s.coverage, against, s.contest) - contest(s.coverage, s.threat, s.contest)


def _capability(s: Any) -> Any:
    return s.stake * (_cohesion(s) * _secured(s, s.joint) - _cohesion(s, 1, 1) * _secured(s, s.strength))


def _spilled(s: Any) -> Any:
    return s.stake * _cohesion(s) * _secured(s, s.joint)


def _autonomy(s: Any) -> Any:
    return -(1 - s.resources / s.pooled)


def _abandonment(s: Any) -> Any:
    return -(1 - s.reliability) * s.stake * (1 - s.share)


def _retaliation(s: Any) -> Any:
    return -s.exposure * (1 - s.shield)


def _usefulness(s: Any) -> Any:
    return s.dependence * s.pivot


def _nesting(s: Any) -> Any:
    return s.nested / s.size


def _duplication(s: Any) -> Any:
    return -s.doubled / s.size


def _coordination(s: Any) -> Any:
    pairs = s.size * (s.size - 1) / 2
    return -(pairs**s.crowding) * (1 - s.saving * s.nested) / s.size


def _setup(s: Any) -> Any:
    return -1 / s.size


# --- tables


def _stake(theatre: Theatre) -> NDArray[np.float64]:
    return _without_diagonal(np.outer(theatre.stake, theatre.stake))


def _pressure(theatre: Theatre) -> NDArray[np.float64]:
    return _without_diagonal(np.sqrt(np.outer(theatre.pressure, theatre.pressure)))


def _affinity_in(kind: int) -> Callable[[Theatre], NDArray[np.float64]]:
    def table(theatre: Theatre) -> NDArray[np.float64]:
        found = np.zeros((3, *theatre.affinity.shape))
        found[kind] = theatre.affinity
        return found

    return table


def _distance(theatre: Theatre) -> NDArray[np.float64]:
    return theatre.nearness


def _ties(theatre: Theatre) -> NDArray[np.float64]:
    return theatre.ties


def _entrapment(theatre: Theatre) -> NDArray[np.float64]:
    return _without_diagonal(-(1 - theatre.similarity) * theatre.conflict[None, :])


def _inclusion(theatre: Theatre) -> NDArray[np.float64]:
    felt = _without_diagonal(theatre.similarity * theatre.stake[None, :])
    return np.asarray(felt / np.maximum(felt.sum(axis=1, keepdims=True), 1e-12))


_EVERY = frozenset({"zero for one state", "symmetric in identical states", "ignores the order of members"})

TERMS: dict[str, Term] = {
    term.name: term
    for term in (
        Term(
            name="capability",
            unit="share of the interest secured, 0 to 1, times stake",
            sign=+1,
            story="Pooled strength secures a larger share of the interest against the challenger, beyond what standing "
            "institutions cover and the member would secure alone; a group of like-minded states can use more of it.",
            source="contest success: Tullock 1980; loss of strength over distance: Boulding 1962; aggregation: "
            "Hirshleifer 1983",
            properties=_EVERY | {"zero for a challenger"},
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
            written="V_i V_j",
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
            written=r"\sqrt{z_i z_j}",
        ),
        Term(
            name="affinity",
            unit="share of the width of UN ideal points, less the pool's mean",
            sign=+1,
            story="States that vote alike work together more cheaply; here in groups without the United States and "
            "without a challenger of the order.",
            source="ideal points: Bailey, Strezhnev and Voeten 2017",
            properties=_EVERY | {"mean zero over pairs"},
            table=_affinity_in(PLAIN),
            written=r"\alpha_{ij} [S \text{ with neither}]",
        ),
        Term(
            name="affinity_us",
            unit="share of the width of UN ideal points, less the pool's mean",
            sign=0,
            story="The same for groups with the United States, whose votes stand far from everyone's: one "
            "weight for both kinds of group would be wrong, and no sign is expected here.",
            source="ideal points: Bailey, Strezhnev and Voeten 2017",
            properties=_EVERY,
            table=_affinity_in(LED),
            written=r"\alpha_{ij} [S \text{ with the pivot}]",
        ),
        Term(
            name="affinity_rival",
            unit="share of the width of UN ideal points, less the pool's mean",
            sign=0,
            story="The same for groups with China, Russia or Iran and without the United States.",
            source="ideal points: Bailey, Strezhnev and Voeten 2017",
            properties=_EVERY,
            table=_affinity_in(RIVAL),
            written=r"\alpha_{ij} [S \text{ with a rival}]",
        ),
        Term(
            name="distance",
            unit="log distance, less the pool's mean; near counts positive",
            sign=+1,
            story="Neighbours meet, move and share problems more cheaply.",
            source="loss of strength over distance: Boulding 1962",
            properties=_EVERY | {"mean zero over pairs"},
            table=_distance,
            written=r"\lambda_{ij}",
        ),
        Term(
            name="ties",
            unit="log of one plus small groups shared before",
            sign=+1,
            story="Habit, procedures and trust from earlier small groups carry over.",
            source="networks of defence agreements: Kinne 2018",
            properties=_EVERY | {"never negative"},
            table=_ties,
            written="t_{ij}",
        ),
        Term(
            name="usefulness",
            unit="dependence on the pivot, 0 to 1",
            sign=+1,
            story="A state under American protection shows its use by joining a group with the United States.",
            source="IISS 2021; dependence by US troops: Allen, Flynn and Martinez Machain 2022",
            properties=_EVERY | {"never negative"},
            formula=_usefulness,
        ),
        Term(
            name="nesting",
            unit="share of the group inside the most relevant institution, a group",
            sign=+1,
            story="A group inside a standing institution uses its staff, standards and bases.",
            source="most minilaterals nest in larger bodies: IISS 2021",
            properties=_EVERY | {"never negative"},
            formula=_nesting,
        ),
        Term(
            name="duplication",
            unit="minus the overlap with a working institution, a group",
            sign=+1,
            story="A group that is nearly the institution does again what the institution does.",
            source="clubs: Buchanan 1965",
            properties=_EVERY | {"never positive"},
            formula=_duplication,
        ),
        Term(
            name="inclusion",
            unit="share of the like-minded stakeholders inside",
            sign=+1,
            story="Partners left outside take offence; each one inside is one fewer.",
            source="costs of exclusion: IISS 2021 on the reactions to AUKUS",
            properties=_EVERY | {"never negative"},
            table=_inclusion,
            summed=True,
            written=r"\frac{s_{ij} V_j}{\sum_l s_{il} V_l}",
        ),
        Term(
            name="entrapment",
            unit="minus the shares of recent years that unlike partners were at war",
            sign=+1,
            story="A partner at war may draw one in, the more so the less one shares its positions.",
            source="entrapment: Snyder 1984; conflicts: UCDP/PRIO 25.1",
            properties=_EVERY | {"never positive"},
            table=_entrapment,
            summed=True,
            written=r"-(1 - s_{ij}) w_j",
        ),
        Term(
            name="retaliation",
            unit="minus exposure to the challengers where no great power shields",
            sign=+1,
            story="A challenger punishes members who trade with it, less so under the shield of a large member.",
            source="exposure by gravity of trade, our proxy",
            properties=_EVERY | {"never positive", "zero for a challenger", "zero without a challenger"},
            formula=_retaliation,
        ),
        Term(
            name="autonomy",
            unit="minus the share of the group's resources held by others",
            sign=+1,
            story="Who is small in a group follows the large ones. Summed over members it is minus (size less one), so "
            "groups tell it from the cost of coordination by their sizes alone: it stays near its prior.",
            source="security against autonomy: Altfeld 1984, Morrow 1991",
            properties=_EVERY | {"never positive"},
            formula=_autonomy,
        ),
        Term(
            name="abandonment",
            unit="minus stake left to partners who may not come",
            sign=+1,
            story="What partners contribute is worth their reliability.",
            source="abandonment: Snyder 1984; reliability: Leeds, Long and Mitchell 2000, Berkemeier and Fuhrmann 2018",
            properties=_EVERY | {"never positive", "zero for a challenger"},
            formula=_abandonment,
        ),
        Term(
            name="coordination",
            unit="pairs of members",
            sign=+1,
            story="Each pair of members has to be kept in step, more cheaply inside an institution; the cost is shared "
            "equally. The feature is minus the number of pairs, so a positive coefficient is a cost.",
            source="transaction costs of size: Buchanan and Tullock 1962",
            properties=_EVERY | {"convex cost in size"},
            formula=_coordination,
        ),
        Term(
            name="setup",
            unit="minus one a group",
            sign=+1,
            story="A group has to be founded. The groups that formed say nothing about this cost, which all of them "
            "paid; an anchor from outside sets it (``Region.anchored``).",
            source="revealed preference: Samuelson 1938; base rates: King and Zeng 2001",
            properties=_EVERY | {"never positive"},
            formula=_setup,
        ),
    )
}
