"""The tables of a report: what stands in each, with the unit and the meaning of every column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from coalitions.formation.plan import Objection
from coalitions.report.region import NumberLike
from coalitions.report.study import Study
from coalitions.report.table import UNIT, Column, Table
from coalitions.report.validation import LEVEL


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
        _holdout,
        _validation,
        _coefficients,
        _states,
        _observed,
        _assumptions,
    )
    return tuple(make(study) for make in makers)


def _interval(what: str) -> tuple[Column, Column]:
    share = f"{LEVEL:.0%}"
    return (
        Column("low", UNIT, f"lower end of the {share} interval of {what}"),
        Column("high", UNIT, f"upper end of the {share} interval of {what}"),
    )


_GROUP = Column("group", "", "number of the group in the plan, most valuable first")
_INTEREST = Column("interest", "", "what the group is for")
_MEMBERS = Column("members", "", "states, ISO 3166 alpha-3")


def _groups(study: Study) -> Table:
    titles = {interest.id: interest.title for interest in study.region.interests}
    columns = (
        _GROUP,
        _INTEREST,
        Column("title", "", "the interest in words"),
        _MEMBERS,
        Column("size", "states", "number of members"),
        Column("worth", UNIT, "what the group adds to its members acting alone"),
        Column("standard_error", UNIT, "of the worth, from the covariance of the coefficients"),
        *_interval("the worth"),
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
            f.standard_error,
            f.low,
            f.high,
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
        _INTEREST,
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
        _INTEREST,
        _MEMBERS,
        Column("all_gain", "", "every member gains more than nothing"),
        Column("core_empty", "", "no division of the worth satisfies every part of the group"),
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
        _INTEREST,
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
        own = sum(len(c.members) == e.size and c.context[0] == e.interest for c in study.data.choices)
        rows.append((e.interest, e.size, "-".join(e.members), e.worth, e.each, e.exhaustive, own))
    return Table("sweet_spot", "The best group of every size", columns, tuple(rows))


def _holdout(study: Study) -> Table:
    validation = study.validation
    states = study.region.states
    model = validation.scores[0].ranks
    variants = validation.scores[1:]
    columns = (
        Column("group", "", "observed group founded after the fit ends"),
        Column("founded", "year", "first meeting or instrument"),
        _INTEREST,
        Column("rank_share", "share", "of its one-member swaps that the model ranks below it; 0.5 is chance"),
        Column("swaps", "groups", "one-member swaps"),
        Column("position", "rank", "1 is best"),
        Column("better_swaps", "", "up to three swaps the model prefers, best first"),
        *(Column(f"{s.key.replace(' ', '_')}_rank_share", "share", f"rank share {s.label}") for s in variants),
    )
    rows = tuple(
        (
            name,
            validation.starts[k],
            validation.interests[k],
            float(model.share[k]),
            int(model.swaps[k]),
            int(model.position[k]),
            "; ".join("-".join(states[i] for i in swap) for swap in model.better[k]) or None,
            *(float(score.ranks.share[k]) for score in variants),
        )
        for k, name in enumerate(model.names)
    )
    return Table("holdout", "Groups founded after the fit ends, ranked among their one-member swaps", columns, rows)


def _validation(study: Study) -> Table:
    share = f"{LEVEL:.0%}"
    columns = (
        Column("ranking", "", "by what the later groups are ranked"),
        Column("mean_rank_share", "share", "of swaps ranked below the group, mean over groups; 0.5 is chance"),
        Column("low", "share", f"lower end of its {share} bootstrap interval"),
        Column("high", "share", f"upper end of its {share} bootstrap interval"),
        Column("top_5_percent", "share", "of groups ranked in the top 5% of their swaps"),
        Column("top_10_percent", "share", "of groups ranked in the top 10% of their swaps"),
        Column("log_loss", "nats a choice", "minus the log probability of who joined, mean"),
        Column("log_loss_by_chance", "nats a choice", "the same if every state were as likely"),
        Column("groups", "groups", "tested"),
    )
    rows = tuple(
        (
            score.label,
            *score.summary["mean"],
            score.summary["top 5%"].value,
            score.summary["top 10%"].value,
            score.summary["log loss"].value if "log loss" in score.summary else None,
            score.summary["uniform log loss"].value if "log loss" in score.summary else None,
            len(score.ranks),
        )
        for score in study.validation.scores
    )
    return Table("validation", "How well the model foretells later groups, and how well plain rules do", columns, rows)


def _coefficients(study: Study) -> Table:
    fitted = study.fit
    nothing = [(float("nan"), float("nan"))] * len(fitted.names)
    span = fitted.interval(LEVEL).tolist() if fitted.degrees_of_freedom > 0 else nothing
    columns = (
        Column("term", "", "reason to form a group"),
        Column("unit", "", f"what the coefficient is {UNIT} per"),
        Column("coefficient", UNIT, "per unit of the term"),
        Column("standard_error", UNIT, "clustered by circle of founders"),
        *_interval("the coefficient"),
        Column("prior_mean", UNIT, "what was believed before the data"),
        Column(
            "moved",
            "share",
            "how far the data narrowed the prior, 0 to 1; an upper figure",
        ),
        Column("status", "", "estimated, or prior where the data say less than the prior"),
    )
    rows = tuple(
        (
            term.name,
            term.unit,
            float(fitted.coefficients[k]),
            float(fitted.standard_errors[k]),
            *span[k],
            float(study.region.prior[term.name].value),
            float(fitted.moved[k]),
            "estimated" if fitted.moved[k] >= 0.5 else "prior",
        )
        for k, term in enumerate(study.region.terms)
    )
    return Table("coefficients", "The coefficients of the worth", columns, rows)


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


def _observed(study: Study) -> Table:
    by_name = {group.name: group for group in study.region.groups}
    columns = (
        Column("group", "", "observed group coded for one of the region's interests"),
        Column("founded", "year", "first meeting or instrument"),
        _INTEREST,
        Column("founders", "", "states, ISO 3166 alpha-3"),
        Column("used", "", "whether the coefficients were fitted to it"),
        Column("reason", "", "why not"),
    )

    def row(name: str, reason: str | None) -> tuple[Any, ...]:
        group = by_name[name]
        return (name, group.start, group.interest, "-".join(group.founders), reason is None, reason)

    rows = [row(choice.name, None) for choice in study.data.choices]
    rows += [row(name, reason) for name, reason in study.data.excluded]
    return Table("observed", "The observed groups", columns, tuple(rows))


def _assumptions(study: Study) -> Table:
    region = study.region
    numbers: list[tuple[str, NumberLike]] = [
        (each.name, getattr(region.settings, each.name))
        for each in fields(region.settings)
        if hasattr(getattr(region.settings, each.name), "status")
    ]
    numbers += [("slots", region.slots), ("most", region.most)]
    numbers += [(f"prior of {term.name}", region.prior[term.name]) for term in region.terms]
    columns = (
        Column("number", "", "name in the model"),
        Column("value", "its own", "as used"),
        Column("low", "its own", "lower end of the plausible range; of a prior, of its 95% range"),
        Column("high", "its own", "upper end"),
        Column("unit", "", "of the three numbers"),
        Column("source", "", "where it comes from"),
        Column("status", "", "estimated, literature, prior or scenario"),
    )
    rows = tuple(
        (name, float(n.value), float(n.low), float(n.high), n.unit.replace("worth", UNIT), n.source, n.status)
        for name, n in numbers
    )
    return Table("assumptions", "Numbers that were set, not fitted", columns, rows)
