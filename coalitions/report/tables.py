"""The tables of a plan: what stands in each, with the unit and the meaning of every column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coalitions.formation.plan import Objection
from coalitions.report.study import Study
from coalitions.report.table import UNIT, Column, Table
from coalitions.report.tables_appendix import INTEREST, appendix, interval


def tables(study: Study) -> tuple[Table, ...]:
    """Make all tables of a report.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of Table
    """
    makers: tuple[Callable[[Study], Table], ...] = (
        _groups,
        _members,
        _stability,
        _objections,
        _sweet_spot,
        _states,
    )
    return (*(make(study) for make in makers), *appendix(study))


_GROUP = Column("group", "", "number of the group in the plan, most valuable first")
_MEMBERS = Column("members", "", "states, ISO 3166 alpha-3")


def _groups(study: Study) -> Table:
    titles = {interest.id: interest.title for interest in study.interests}
    columns = (
        _GROUP,
        INTEREST,
        Column("title", "", "the interest in words"),
        _MEMBERS,
        Column("size", "states", "number of members"),
        Column("worth", UNIT, "what the group adds to its members acting alone"),
        *interval("the worth"),
        Column("pays", "share", "of the draws of the coefficients in which the worth is above 0"),
        Column(
            "by_theory", UNIT, "the worth if the data had taught nothing: coefficients at the means of their priors"
        ),
        Column("exists_as", "", "observed group of exactly these members, active in the year"),
        Column("nearest", "", "otherwise the active group with the most similar membership"),
        Column("overlap", "share", "states in both groups over states in either"),
    )
    rows = tuple(
        (
            f.number,
            f.group.objective,
            titles[f.group.objective],
            f.group.name,
            len(f.group.members),
            f.group.worth,
            f.low,
            f.high,
            f.pays,
            f.by_theory,
            f.exists_as,
            f.nearest,
            f.overlap,
        )
        for f in study.findings
    )
    return Table("groups", "The plan: its groups", columns, rows)


def _members(study: Study) -> Table:
    columns = (
        _GROUP,
        INTEREST,
        Column("member", "", "state, ISO 3166 alpha-3"),
        Column("gain", UNIT, "what the member gets out of the group as it stands"),
        Column("shapley_share", UNIT, "its share if the worth were divided by contribution (Shapley value)"),
        Column("difference", UNIT, "gain less share: positive means it gets more than it brings"),
    )
    rows = tuple(
        (f.number, f.group.objective, member, gain, share, gain - share)
        for f in study.findings
        for member, gain, share in zip(f.group.members, f.group.gains, f.group.shares, strict=True)
    )
    return Table("members", "What each member gains, and its share by contribution", columns, rows)


def _stability(study: Study) -> Table:
    columns = (
        _GROUP,
        INTEREST,
        _MEMBERS,
        Column("all_gain", "", "every member gains more than nothing"),
        Column("core_empty", "", "no division of the worth satisfies every part of the group"),
        Column(
            "only_pairs", "", "only pairs keep it empty: with pairs worth nothing some division satisfies all parts"
        ),
        Column("cost_of_stability", UNIT, "outside support with which one would"),
        Column("leavers", "", "the part that would do best on its own, gains as they fall"),
        Column("leaving_pays", UNIT, "by how much, together"),
    )
    rows = tuple(
        (
            f.number,
            f.group.objective,
            f.group.name,
            f.all_gain,
            f.core_is_empty,
            f.only_pairs_object if f.core_is_empty else None,
            f.subsidy,
            "-".join(f.leavers) if f.leavers else None,
            f.leaving_pays,
        )
        for f in study.findings
    )
    return Table("stability", "Whether each group would hold against its own parts", columns, rows)


def _objections(study: Study) -> Table:
    columns = (
        Column("kind", "", "addition: costs no member anything; defection: some member leaves a group for it"),
        INTEREST,
        _MEMBERS,
        Column("worth", UNIT, "of the objecting group"),
        Column("least_improvement", UNIT, "what the member that improves least would gain on balance"),
        Column("given_up", UNIT, "what its members leave behind in the plan, together"),
    )

    def row(kind: str, o: Objection) -> tuple[Any, ...]:
        name = "-".join(map(str, o.members))
        return (kind, o.objective, name, o.worth, o.improvement, float(sum(o.losses)))

    rows = [row("addition", o) for o in study.objections.additions]
    rows += [row("defection", o) for o in study.objections.defections]
    return Table("objections", "Groups outside the plan that all their members would prefer", columns, tuple(rows))


def _sweet_spot(study: Study) -> Table:
    founders = [len(choice.members) for choice in study.data.choices]
    columns = (
        Column("interest", "", "what the group is for; 'any' is the best over all interests"),
        Column("size", "states", "number of members"),
        _MEMBERS,
        Column("worth", UNIT, "of the best group of this size"),
        Column("worth_per_member", UNIT, "the same, over its size"),
        Column("exhaustive", "", "all groups of the size were compared; if not, the worth is at least this"),
        Column("observed", "groups", "observed groups of this size for this interest, as founded"),
    )
    rows = [
        ("any", e.size, "-".join(e.members), e.worth, e.each, e.exhaustive, founders.count(e.size))
        for e in study.best_by_size
    ]
    for e in study.sizes:
        own = sum(
            len(c.members) == e.size and c.context[0].rstrip("*") == e.interest.rstrip("*") for c in study.data.choices
        )
        rows.append((e.interest, e.size, "-".join(e.members), e.worth, e.each, e.exhaustive, own))
    return Table("sweet_spot", "The best group of every size", columns, tuple(rows))


def _states(study: Study) -> Table:
    names = dict(zip(study.region.panel.states, study.region.panel.names, strict=True))
    used = {s: sum(s in f.group.members for f in study.findings) for s in study.region.states}
    gains = study.plan.gains
    columns = (
        Column("state", "", "ISO 3166 alpha-3"),
        Column("name", "", "short English name"),
        Column("bandwidth", "groups", "how many groups the state can carry: a scenario"),
        Column("used", "groups", "how many the plan gives it"),
        Column("shadow_price", UNIT, "what the relaxed plan would gain if the state could carry one more"),
        Column("gain", UNIT, "of the state in all its groups together"),
    )
    rows = [
        (s, names[s], study.bandwidth[s], used[s], float(study.plan.prices[s]), float(gains[s]))
        for s in study.region.states
    ]
    rows.sort(key=lambda row: (-row[3], -row[5], row[0]))
    return Table("states", "What each state can carry, carries and gains", columns, tuple(rows))
