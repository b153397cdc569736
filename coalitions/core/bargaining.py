"""Bargaining sets: payoffs at which every objection has a counter-objection, or the objection that has none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from coalitions.coalition import Label, members_of
from coalitions.core.kernel import partners
from coalitions.core.objections import Case, Objection, best_objection, unanswered
from coalitions.core.surplus import surplus_matrix


@dataclass(frozen=True, kw_only=True, eq=False)
class BargainingMembership:
    """Whether a payoff is in a bargaining set; true or false in a condition, with the objection that stands.

    Attributes
    ----------
    holds : bool
    concept : {'bargaining set', 'Mas-Colell bargaining set'}
    objector, against : label or None
        Who objects against whom; None where there is no objection that stands, and for Mas-Colell, where the coalition
        objects as a whole.
    coalition : tuple of labels
        The coalition of the objection; empty where none stands.
    offer : dict
        From its members to what they would get, v(coalition) in all: no counter-objection matches it.
    margin : number
        In the unit of the worths. Of the objection that stands: each member of the coalition gains at least so much
        and every counter-objection lacks at least so much (Mas-Colell: what the coalition gains in all). Where none
        stands: no objection has more; at most ``tolerance``.
    surplus : number
        x(N) - v(N), or x(B) - v(B) of the block B that misses its worth the most.
    poorest, shortfall : label, number
        The player paid the least compared to its worth alone, and how much it lacks (negative: it has more).
    tolerance : float
        0 when worths and payoffs are exact.
    """

    holds: bool
    concept: str
    objector: Label | None
    against: Label | None
    coalition: tuple[Label, ...]
    offer: dict[Label, Any]
    margin: Any
    surplus: Any
    poorest: Label
    shortfall: Any
    tolerance: float

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        if abs(self.surplus) > self.tolerance:
            way = "more" if self.surplus > 0 else "less"
            return f"not in the {self.concept}: the payoffs sum to {abs(float(self.surplus)):g} {way} than there is"
        if self.shortfall > self.tolerance:
            lack = f"{float(self.shortfall):g}"
            return f"not in the {self.concept}: {self.poorest!r} is paid {lack} less than it is worth alone"
        if self.holds:
            return f"in the {self.concept}: every objection has a counter-objection"
        offer = ", ".join(f"{player}: {float(payoff):g}" for player, payoff in self.offer.items())
        who = f"{self.objector!r} against {self.against!r}" if self.objector is not None else "the coalition"
        return (
            f"not in the {self.concept}: no counter-objection to {who} through {self.coalition} with {offer} "
            f"(margin {float(self.margin):g}, tolerance {self.tolerance:.1e})"
        )


def bargaining_set_contains(
    game: Any, x: Any, *, structure: Iterable[Iterable[Label]] | None = None
) -> BargainingMembership:
    """Say whether every objection of a player against another has a counter-objection: the set M_1^(i).

    An objection of i against j is a coalition S with i and without j and payoffs y of its worth that give all of its
    members more than x. A counter-objection of j is a coalition Q with j and without i and payoffs of its worth that
    give those in S at least y and the others at least x. The bargaining set holds the imputations at which every
    objection has a counter-objection.

    Parameters
    ----------
    game : Game or any representation with ``to_game()``
        n players; meant for n up to 12 or so, more where x is in the core or the kernel.
    x : Allocation, mapping from player to payoff, or array_like of shape (n,)
    structure : iterable of coalitions, optional
        A partition of the players: each block shares its own worth, and players object against those of their block.

    Returns
    -------
    BargainingMembership
        True or false in a condition, with an objection that stands. Exact when worths and payoffs are.

    Raises
    ------
    CoalitionError
        Payoffs or a structure that do not fit the players.
    WorthError
        Symbolic worths.
    SolverError
        A linear program failed.

    Notes
    -----
    i has an objection against j through S that stands exactly when the largest t is positive with z >= t on S,
    z(S) = e(S, x) and z(R) >= g(R) + t for all R in S without i, where g(R) is the largest excess of a coalition with j
    and without i that meets S in R: a linear program on 2**(|S| - 1) rows instead of 2**(n - 2), of which few are
    generated. Only S of an excess above s_ji(x) can do, and only against j that have more than their own worth; so a
    payoff in the kernel needs no program at all.

    References
    ----------
    .. [1] R. J. Aumann, M. Maschler (1964), The bargaining set for cooperative games, Advances in Game Theory, Annals
           of Mathematics Studies 52, 443-476.
    .. [2] M. Davis, M. Maschler (1967), Existence of stable payoff configurations for cooperative games, Essays in
           Mathematical Economics in Honor of Oskar Morgenstern, 39-52.

    Examples
    --------
    >>> from coalitions import Game
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> bargaining_set_contains(majority, [1 / 3, 1 / 3, 1 / 3])
    in the bargaining set: every objection has a counter-objection
    >>> bargaining_set_contains(majority, [1 / 2, 1 / 2, 0]).margin
    0.25
    """
    case = Case.of(game, x, structure)
    concept = "bargaining set"
    if not case.is_imputation:
        return _verdict(case, concept, None, 0)
    n, excesses = case.n, case.excesses
    surpluses, lacking = surplus_matrix(excesses), excesses[1 << np.arange(n)]
    rooms = [
        (min(surpluses[i, j] - surpluses[j, i], surpluses[i, j], -lacking[j]), i, j)
        for i, j in np.argwhere(partners(case.blocks, n)).tolist()
    ]
    margins = [case.number(room) / (n + 1 if room < 0 else 1) for room, _, _ in rooms if room <= case.close]
    masks = np.arange(len(excesses))
    for _, i, j in sorted((pair for pair in rooms if pair[0] > case.close), reverse=True):
        floor = max(surpluses[j, i], 0)
        wanted = (masks >> i & 1 == 1) & (masks >> j & 1 == 0) & (excesses > floor + case.close)
        for mask in sorted(masks[wanted].tolist(), key=lambda mask: -excesses[mask]):
            found = best_objection(case, mask, i, j)
            if found.margin > case.close:
                return _verdict(case, concept, found, found.margin)
            margins.append(max(found.margin, 0))  # the coalitions not wanted have no more than 0
    return _verdict(case, concept, None, max(margins, default=0))


def mas_colell_contains(game: Any, x: Any) -> BargainingMembership:
    """Say whether every objection has a counter-objection in the sense of Mas-Colell.

    An objection is a coalition S and payoffs y of its worth that give none of its members less than x and somebody
    more. A counter-objection is a coalition Q and payoffs of its worth that give those in S at least y, the others at
    least x, and somebody more. The set holds the imputations at which every objection has a counter-objection.

    Parameters
    ----------
    game : Game or any representation with ``to_game()``
        n players.
    x : Allocation, mapping from player to payoff, or array_like of shape (n,)

    Returns
    -------
    BargainingMembership
        True or false in a condition, with an objection that stands. Exact when worths and payoffs are.

    Raises
    ------
    CoalitionError
        Payoffs that do not fit the players.
    WorthError
        Symbolic worths.
    SolverError
        A linear program failed.

    Notes
    -----
    An objection (S, x + z) stands exactly when z >= 0, z(S) = e(S, x) > 0 and z(Q & S) >= e(Q, x) for all Q. So S has
    the largest excess of all coalitions, and there is such z exactly when a balanced collection of the subsets of S is
    worth at most e(S, x), where R is worth the largest excess of a coalition that meets S in R: one linear program of
    |S| rows for every coalition of the largest excess, mostly one.

    References
    ----------
    .. [1] A. Mas-Colell (1989), An equivalence theorem for a bargaining set, Journal of Mathematical Economics 18,
           129-139.

    Examples
    --------
    >>> from coalitions import Game
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> bool(mas_colell_contains(majority, [1 / 3, 1 / 3, 1 / 3]))
    True
    """
    case = Case.of(game, x, None)
    concept = "Mas-Colell bargaining set"
    excesses = case.excesses
    most = case.number(excesses[1:].max())
    if not case.is_imputation or most <= case.close:
        return _verdict(case, concept, None, min(most, 0))
    margin: Any = None
    for mask in np.flatnonzero(excesses >= excesses.max() - case.close).tolist():
        found = unanswered(case, mask)
        if found.margin > 0:
            return _verdict(case, concept, found, found.margin)
        margin = found.margin if margin is None else max(margin, found.margin)
    return _verdict(case, concept, None, margin)


def _verdict(case: Case, concept: str, found: Objection | None, margin: Any) -> BargainingMembership:
    poorest = int(np.argmax(case.shortfalls))
    members = members_of(found.coalition) if found else []
    pair = found.pair if found else None
    return BargainingMembership(
        holds=found is None and case.is_imputation,
        concept=concept,
        objector=None if pair is None else case.players[pair[0]],
        against=None if pair is None else case.players[pair[1]],
        coalition=tuple(case.players[k] for k in members),
        offer={
            case.players[k]: case.payoffs[k] + gain
            for k, gain in zip(members, found.gains if found else [], strict=True)
        },
        margin=margin,
        surplus=case.surplus,
        poorest=case.players[poorest],
        shortfall=case.number(case.shortfalls[poorest]),
        tolerance=case.close,
    )
