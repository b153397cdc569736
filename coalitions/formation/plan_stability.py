"""Which notion of stability a plan and each of its groups satisfy, and the cheapest change that would make it hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label
from coalitions.errors import WorthError
from coalitions.formation.blocking import Formed, Holdings, formed_of
from coalitions.formation.objections import Objections, least_payments, objections_to
from coalitions.formation.plan import Group, Plan
from coalitions.formation.subsidy import Support, support_of
from coalitions.formation.verdicts import NOTIONS, Change, PlanStability, Verdict

Outside = Callable[[NDArray[Any], Any], NDArray[np.float64]]


def stability(plan: Plan, *, outside: Outside | None = None, time_limit: float = 10.0) -> PlanStability:
    """Say in which senses a plan and each of its groups are stable, and what would make the others hold.

    The change named is the cheapest in money from outside: shares within the groups where they suffice, and payments
    for staying only where those are less than the subsidy that sharing needs.

    Without transfers a member compares what it gains in a group with what it would give up for it: see
    ``stable_plan``. With transfers a candidate breaks the plan if it is worth more than its members' shares in what
    they would give up.

    Parameters
    ----------
    plan : Plan
    outside : callable, optional
        Called as ``outside(members, objective)`` with members of shape (groups, size); gives what every state gains,
        shape (groups, n), from a group that it is no member of. Nothing by default.
    time_limit : float
        Seconds in all to look for the least payments for staying; where they are not found by then, sharing within the
        groups is named, with the subsidy that it needs.

    Returns
    -------
    PlanStability

    Raises
    ------
    WorthError
        ``outside`` gives another shape, or numbers that are not finite.
    TooLargeError
        The groups that break the plan do not fit into memory.

    Notes
    -----
    One scan of all candidates without transfers, some dozens with. Joining is judged for groups that are candidates.
    The payments that keep states from breaking the plan without transfers are a weighted covering problem, solved as
    a binary program.

    References
    ----------
    .. [1] C. d'Aspremont, A. Jacquemin, J. J. Gabszewicz, J. A. Weymark (1983), On the stability of collusive price
           leadership, Canadian Journal of Economics 16, 17-25.
    .. [2] Y. Bachrach, E. Elkind, R. Meir, D. Pasechnik, M. Zuckerman, J. Rothe, J. S. Rosenschein (2009), The cost of
           stability in coalitional games, SAGT 2009, LNCS 5814, 122-134.

    Examples
    --------
    A and D make most together, but A would rather be with B, and B with A.

    >>> from coalitions import candidates, form
    >>> gains = {(0, 1): (5, 5), (2, 3): (1, 1), (0, 3): (4, 6), (1, 2): (4, 4)}
    >>> def payoff(members, objective):
    ...     return np.array([gains.get(tuple(pair), (-1, -1)) for pair in members.tolist()], float)
    >>> found = stability(form(candidates("ABCD", payoff, max_size=2)))
    >>> [(group.name, found.of(group)["unblocked"].holds) for group in found.plan.groups]
    [('A-D', False), ('B-C', False)]
    >>> change = found.of()["unblocked"].change
    >>> change.kind, change.cost, round(sum(paid for paid in change.payments.values() if paid > 0), 6)
    ('transfer', 0.0, 2.0)
    """
    deadline = time.monotonic() + time_limit
    formed = formed_of(plan.groups, plan.candidates.players)
    objections = objections_to(plan, formed)
    support = support_of(plan)
    verdicts: list[Verdict] = []
    for g in range(len(formed)):
        verdicts += _membership(plan, formed, g, outside)
        verdicts += _blocked(plan, g, objections, support, deadline)
    for notion in NOTIONS[:4]:
        verdicts.append(_together(notion, [each for each in verdicts if each.notion == notion]))
    verdicts += _blocked(plan, None, objections, support, deadline)
    costly = [size for size, cost in support.costs.items() if cost > 0]
    return PlanStability(
        plan=plan,
        verdicts=tuple(verdicts),
        blocking=objections.strongest(20),
        breaks_at=objections.smallest,
        breaks_at_with_transfers=min(costly, default=None),
        costs=support.costs,
        shares=tuple(
            dict(zip(group.members, own, strict=True)) for group, own in zip(plan.groups, support.shares, strict=True)
        ),
        by_prices=support.by_prices,
        tolerance=plan.tolerance,
    )


def _membership(plan: Plan, formed: list[Formed], g: int, outside: Outside | None) -> Iterator[Verdict]:
    """Judge who would leave a group, and who would join it."""
    group, tolerance = plan.groups[g], plan.tolerance
    gains = np.array(group.gains)
    yield _stays(group, NOTIONS[0], gains, tolerance)
    elsewhere = np.zeros(len(gains))
    if outside is not None and len(gains) > 2:
        members = np.array(formed[g].members)
        for a, i in enumerate(members.tolist()):
            rest = np.delete(members, a)[None, :]
            elsewhere[a] = _outside(outside, rest, group.objective, plan)[0, i]
    yield _stays(group, NOTIONS[1], gains - elsewhere, tolerance)
    joiners, nets, worst = _joiners(plan, formed, g, outside)
    for notion, minded in zip(NOTIONS[2:4], (False, True), strict=True):
        eager = [k for k in range(len(joiners)) if minded or worst[k] >= -tolerance]
        best = max(eager, key=lambda k: nets[k], default=None)
        margin = None if best is None else -nets[best]
        holds = margin is None or margin >= -tolerance
        change = None
        if best is not None and not holds:
            joins = plan.candidates.players[joiners[best]]
            if worst[best] >= -tolerance:
                change = Change(kind="admission", cost=0.0, payments={}, joins=joins, words=f"admit {joins}")
            else:
                change = Change(
                    kind="closure", cost=0.0, payments={}, joins=None, words="let members refuse whom they lose by"
                )
        who = tuple(plan.candidates.players[joiners[k]] for k in eager if nets[k] > tolerance)
        yield Verdict(group=group, notion=notion, holds=holds, margin=margin, who=who, change=change)


def _stays(group: Group, notion: str, surplus: NDArray[np.float64], tolerance: float) -> Verdict:
    """Judge whether every member has a surplus, and find the transfers that give each one, or the subsidy."""
    holds = bool(surplus.min() >= -tolerance)
    who = tuple(member for member, own in zip(group.members, surplus.tolist(), strict=True) if own < -tolerance)
    change = None
    if not holds:
        short, spare = np.maximum(-surplus, 0.0), np.maximum(surplus, 0.0)
        missing = max(float(short.sum() - spare.sum()), 0.0)
        missing = missing if missing > tolerance else 0.0
        pays = spare * (min(short.sum() / spare.sum(), 1.0) if spare.sum() > 0 else 0.0)
        payments = {
            member: float(got - paid)
            for member, got, paid in zip(group.members, short, pays, strict=True)
            if max(got, paid) > tolerance
        }
        words = _payments_in_words(payments)
        if missing:
            words += f" with {missing:.4g} from outside"
        change = Change(
            kind="subsidy" if missing else "transfer", cost=missing, payments=payments, joins=None, words=words
        )
    return Verdict(group=group, notion=notion, holds=holds, margin=float(surplus.min()), who=who, change=change)


def _payments_in_words(payments: dict[Label, float]) -> str:
    gets = ", ".join(f"{member} {paid:.4g}" for member, paid in payments.items() if paid > 0)
    gives = ", ".join(f"{member} {-paid:.4g}" for member, paid in payments.items() if paid < 0)
    return f"pay {gets}" + (f" ({gives} paying)" if gives else "")


def _outside(outside: Outside, members: NDArray[Any], objective: Any, plan: Plan) -> NDArray[np.float64]:
    shape = (len(members), len(plan.candidates.players))
    found = np.asarray(outside(members, objective), np.float64)
    if found.shape != shape or not np.isfinite(found).all():
        raise WorthError(
            f"outside gives {'shape ' + str(found.shape) if found.shape != shape else 'numbers that are not finite'} "
            f"for {len(members)} groups; it must give {shape}, finite: what every state gains from each of them"
        )
    return found


def _joiners(
    plan: Plan, formed: list[Formed], g: int, outside: Outside | None
) -> tuple[list[int], list[float], list[float]]:
    """Who could join a group, what each would gain by it on balance, and what the member gains that gains least."""
    own = formed[g]
    rest = Holdings(plan.rules, [group for k, group in enumerate(formed) if k != g])
    inside = np.zeros(len(plan.candidates.players), np.bool_)
    inside[list(own.members)] = True
    before = np.zeros(len(inside))
    before[list(own.members)] = own.gains
    if outside is not None:
        free = _outside(outside, np.array([own.members]), own.objective, plan)[0]
        before = np.where(inside, before, free)
    joiners: list[int] = []
    nets: list[float] = []
    worst: list[float] = []
    for block in plan.candidates.blocks:
        if block.objective != own.objective or block.members.shape[1] != len(own.members) + 1:
            continue
        rows = np.flatnonzero(inside[block.members].sum(axis=1) == len(own.members))
        members = block.members[rows]
        members = members[plan.rules.allowed(members)]
        if not len(members):
            continue
        net = plan.candidates.gains(members, own.objective) - rest.losses(members, own.objective) - before[members]
        old = inside[members]
        joiners += members[~old].tolist()
        nets += net[~old].tolist()
        worst += np.where(old, net, np.inf).min(axis=1).tolist()
    return joiners, nets, worst


def _blocked(plan: Plan, g: int | None, objections: Objections, support: Support, deadline: float) -> Iterator[Verdict]:
    """Judge whether other candidates break a group, or the plan, without transfers and with them."""
    shared = _sharing(plan, g, support)
    group, own, margin = None, objections, objections.margin
    if g is not None:
        group, own = plan.groups[g], objections.ending(g)
        margin = -float(own.least.max()) if len(own) else None
    change = None
    if len(own):
        change = shared
        if shared.cost > 0:
            payments = least_payments(own, plan, deadline=deadline)
            cost = np.inf if payments is None else sum(payments.values())
            if payments is not None and cost < shared.cost:
                words = f"{_payments_in_words(payments)} for staying"
                change = Change(kind="payment", cost=cost, payments=payments, joins=None, words=words)
    who = own.strongest(1)[0].members if len(own) else ()
    yield Verdict(group=group, notion=NOTIONS[4], holds=not len(own), margin=margin, who=who, change=change)
    holds = shared.cost <= 0
    yield Verdict(
        group=group,
        notion=NOTIONS[5],
        holds=holds,
        margin=-shared.cost,
        who=(),
        change=None if holds else shared,
    )


def _sharing(plan: Plan, g: int | None, support: Support) -> Change:
    """The payments that turn gains into shares against which nobody can offer more, and what they need from outside.

    Against such shares no candidate makes all its members better off without transfers either.
    """
    players = plan.candidates.players
    payments: dict[Label, float] = {}
    for k, group in enumerate(plan.groups):
        if g in (None, k):
            for member, share, gain in zip(group.members, support.nearest[k], group.gains, strict=True):
                payments[member] = payments.get(member, 0.0) + share - gain
    if g is None:
        cost = max(support.costs.values(), default=0.0)
        for i, paid in support.retainers.items():
            payments[players[i]] = payments.get(players[i], 0.0) + paid
    else:
        cost = support.subsidies[g]
    cost = cost if cost > support.tolerance else 0.0
    payments = {member: paid for member, paid in payments.items() if abs(paid) > support.tolerance}
    words = _payments_in_words(payments) if payments else "share otherwise"
    if cost:
        words = f"add {cost:.4g} from outside and {words}"
    return Change(kind="subsidy" if cost else "transfer", cost=cost, payments=payments, joins=None, words=words)


def _together(notion: str, each: list[Verdict]) -> Verdict:
    """The plan is stable in a sense that concerns groups if all its groups are."""
    failing = [verdict for verdict in each if not verdict]
    changes = [verdict.change for verdict in failing if verdict.change is not None]
    payments: dict[Label, float] = {}
    for change in changes:
        for member, paid in change.payments.items():
            payments[member] = payments.get(member, 0.0) + paid
    margins = [verdict.margin for verdict in each if verdict.margin is not None]
    together = None
    if changes:
        kinds = {change.kind for change in changes}
        words = "; ".join(
            f"{verdict.group.name}: {verdict.change.words}" for verdict in failing if verdict.group and verdict.change
        )
        together = Change(
            kind="subsidy" if "subsidy" in kinds else changes[0].kind,
            cost=sum(change.cost for change in changes),
            payments=payments,
            joins=None,
            words=words,
        )
    who = tuple(dict.fromkeys(member for verdict in failing for member in verdict.who))
    return Verdict(
        group=None, notion=notion, holds=not failing, margin=min(margins, default=None), who=who, change=together
    )
