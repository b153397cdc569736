"""The reasons to form a group: eighteen payoff terms, and what outsiders gain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.formulas import compile_formulas, contest
from models.measures import Members, measure
from models.payoff import LED, PLAIN, RIVAL, Term, checked_members, chunks
from models.theatre import Settings, Theatre

__all__ = ["TERMS", "externality", "terms_named"]


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
    for rows, columns in chunks(members):
        figures = measure(theatre, columns, settings)
        figures["stake"], figures["coverage"] = theatre.stake[:, None], theatre.coverage[:, None]
        out[rows] = weight * publicness * run(figures)[0].T
    np.put_along_axis(out, members.astype(np.int64), 0.0, axis=1)
    return out


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


def _without_diagonal(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    np.fill_diagonal(matrix, 0.0)
    return matrix


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
            written=r"\frac{s_{ij} V_j}{\sum_{l \neq i} s_{il} V_l}",
        ),
        Term(
            name="entrapment",
            unit="minus the shares of recent years that unlike partners were in armed conflict",
            sign=+1,
            story="A partner in a conflict may draw one in, the more so the less one shares its positions.",
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
