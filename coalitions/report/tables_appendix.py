"""The tables of a report's appendix: how it was tested, what was fitted, set and observed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from coalitions.calibration.prior import prior_variance
from coalitions.calibration.ranks import Estimate
from coalitions.report.coefficients import FOUNDING
from coalitions.report.region import NumberLike
from coalitions.report.study import Study
from coalitions.report.table import LATEX, UNIT, Column, Table
from coalitions.report.validation import LEVEL, MODEL, UNLISTED, WORDS

INTEREST = Column("interest", "", "what the group is for")
"""Of every table that has one."""


def appendix(study: Study) -> tuple[Table, ...]:
    """Make the tables of the appendix.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of Table
    """
    makers: tuple[Callable[[Study], Table], ...] = (
        _validation,
        _holdout,
        _calibration,
        _coefficients,
        _terms,
        _definitions,
        _observed,
        _institutions,
        _assumptions,
    )
    return tuple(make(study) for make in makers)


def interval(what: str) -> tuple[Column, Column]:
    """Give the columns of both ends of an interval.

    Parameters
    ----------
    what : str
        Whose.

    Returns
    -------
    tuple of two Column
    """
    share = f"{LEVEL:.0%}"
    return (
        Column("low", UNIT, f"lower end of the {share} interval of {what}"),
        Column("high", UNIT, f"upper end of the {share} interval of {what}"),
    )


def _validation(study: Study) -> Table:
    share = f"{LEVEL:.0%}"
    columns = (
        Column("ranking", "", "by what the later groups are ranked"),
        Column("mean_rank_share", "share", "of swaps ranked below the group, mean over groups; 0.5 is chance"),
        Column("low", "share", f"lower end of its {share} bootstrap interval"),
        Column("high", "share", f"upper end of its {share} bootstrap interval"),
        Column("top_1_percent", "share", "of groups ranked in the top 1% of their swaps"),
        Column("top_5_percent", "share", "of groups ranked in the top 5% of their swaps"),
        Column("log_loss", "nats a choice", "minus the log probability of who joined, mean"),
        Column("model_ahead_by", "share", "the model's mean rank share less this one's, group by group"),
        Column("ahead_low", "share", f"lower end of its {share} interval: above 0, the model is clearly ahead"),
        Column("ahead_high", "share", f"upper end of its {share} interval"),
        Column("unlisted_ahead_by", "share", "the same for the model without any list of stakeholders"),
        Column("unlisted_low", "share", f"lower end of its {share} interval"),
        Column("unlisted_high", "share", f"upper end of its {share} interval"),
        Column("groups", "groups", "tested"),
    )
    tested = study.validation
    rows: list[tuple[Any, ...]] = []
    if tested is not None:
        first = tested.estimates[MODEL]
        varied = {name: tested.estimates[name] for name in tested.variants}
        nothing = Estimate(float("nan"), float("nan"), float("nan"))
        bare = varied.get(UNLISTED, {})
        count = len(tested.comparison)
        for name in tested.rivals:
            row = varied[name][MODEL] if name in varied else first[name]
            losses = row["log loss"].value if "log loss" in row else None
            rows.append(
                (
                    WORDS.get(name, name),
                    *row["mean"],
                    row["top 1%"].value,
                    row["top 5%"].value,
                    losses,
                    *row.get("ahead by", nothing),
                    *bare.get(name, {}).get("ahead by", nothing),
                    count,
                )
            )
        uniform = float(tested.comparison.uniform_log_loss.mean())
        blank = (None,) * 6
        rows.append(("by chance", 0.5, None, None, 0.01, 0.05, uniform, *blank, count))
    return Table(
        "validation", "How well the model foretells later groups, and how well simpler rules do", columns, tuple(rows)
    )


def _holdout(study: Study) -> Table:
    validation = study.validation
    states = study.region.states
    others = {} if validation is None else {n: r for n, r in validation.rivals.items() if n != MODEL}
    columns = (
        Column("group", "", "observed group founded after the fit ends"),
        Column("founded", "year", "first meeting or instrument"),
        Column("interest", "", "what the group is for; with a star, against none of the interest's challengers"),
        Column("rank_share", "share", "of its one-member swaps that the model ranks below it; 0.5 is chance"),
        Column("swaps", "groups", "one-member swaps"),
        Column("position", "rank", "1 is best"),
        Column("better_swaps", "", "up to three swaps the model prefers, best first"),
        *(Column(f"{n.replace(' ', '_')}_rank_share", "share", f"rank share by {WORDS.get(n, n)}") for n in others),
    )
    rows: tuple[tuple[Any, ...], ...] = ()
    if validation is not None:
        model = validation.forecast.ranks
        rows = tuple(
            (
                name,
                validation.starts[k],
                validation.interests[k],
                float(model.share[k]),
                int(model.swaps[k]),
                int(model.position[k]),
                "; ".join("-".join(states[i] for i in swap) for swap in model.better[k]) or None,
                *(float(rival.ranks.share[k]) for rival in others.values()),
            )
            for k, name in enumerate(model.names)
        )
    return Table("holdout", "Groups founded after the fit ends, ranked among their one-member swaps", columns, rows)


def _calibration(study: Study) -> Table:
    share = f"{LEVEL:.0%}"
    columns = (
        Column("forecast", "%", "probability that a state completes a group, mean over the bin"),
        Column("happened", "%", "of the bin's forecasts that came true"),
        Column("low", "%", f"lower end of its {share} interval, as if forecasts were independent"),
        Column("high", "%", f"upper end of its {share} interval"),
        Column("forecasts", "number", "in the bin"),
    )
    rows: tuple[tuple[Any, ...], ...] = ()
    if study.validation is not None:
        curve = study.validation.forecast.calibration(level=LEVEL, resamples=1)
        rows = tuple(
            zip(
                *((100 * values).tolist() for values in (curve.forecast, curve.observed, curve.low, curve.high)),
                curve.rows.tolist(),
                strict=True,
            )
        )
    return Table("calibration", "Whether the probabilities of later completions mean what they say", columns, rows)


def _coefficients(study: Study) -> Table:
    used = study.coefficients
    fitted, joint = used.fit, used.joint
    nan = float("nan")
    drawn = used.draws
    spans = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0).T if len(drawn) else None
    errors = drawn.std(axis=0) if len(drawn) else None
    before = prior_variance(fitted.prior_precision)
    pull = None if joint is None or not used.own else joint.shrinkage[joint.regions.index(study.region.name)]
    columns = (
        Column("term", "", "reason to form a group"),
        Column("unit", "", f"what the coefficient is {UNIT} per"),
        Column("coefficient", UNIT, "per unit of the term, as worths are computed with"),
        Column("standard_error", UNIT, "over the draws; clustered by circle of founders"),
        *interval("the coefficient"),
        Column("prior_mean", UNIT, "what was believed before the data"),
        Column("prior_sd", UNIT, "standard deviation of that belief"),
        Column("moved", "share", "how far the data narrowed the prior, 0 to 1; an upper figure"),
        Column("common", UNIT, "of the regions fitted together, what any of them is expected to have"),
        Column(
            "shrinkage", "share", "drawn to the common one: 0 if the region's own groups settle it, 1 if they are mute"
        ),
        Column("status", "", "estimated; prior, where the data say less than the prior; anchored; or set"),
    )

    def status(k: int, name: str) -> str:
        if name == FOUNDING and used.zero:
            return "anchored" if used.zero == "anchored" else "set"
        if name in fitted.fixed:
            return "set"
        return "estimated" if fitted.moved[k] >= 0.5 else "prior"

    rows = []
    for k, term in enumerate(study.region.terms):
        held = term.name in fitted.fixed or (term.name == FOUNDING and bool(used.zero))
        free = status(k, term.name) != "set"
        rows.append(
            (
                term.name,
                term.unit,
                used.values[term.name],
                float(errors[k]) if errors is not None and free else nan,
                *(spans[k].tolist() if spans is not None and free else (nan, nan)),
                float(study.region.prior[term.name].value) if held else float(fitted.prior_mean[k]),
                nan if held else float(np.sqrt(before[k])),
                nan if held else float(fitted.moved[k]),
                nan if joint is None or held else float(joint.common.coefficients[k]),
                nan if pull is None or held else float(pull[k]),
                status(k, term.name),
            )
        )
    return Table("coefficients", "The coefficients of the worth", columns, tuple(rows))


def _terms(study: Study) -> Table:
    columns = (
        Column("term", "", "reason to form a group"),
        Column("unit", "", "of the term"),
        Column("formula", LATEX, "what member i gains from group S, before the coefficient"),
        Column("story", "", "why it is there"),
        Column("source", "", "who said so"),
    )
    rows = tuple((t.name, t.unit, getattr(t, "latex", None) or None, t.story, t.source) for t in study.region.terms)
    return Table("terms", "What each term says", columns, rows)


def _definitions(study: Study) -> Table:
    columns = (
        Column("symbol", LATEX, "as in the formulas of the terms"),
        Column("definition", LATEX, "how it is computed from the figures of the members; blank where it is a figure"),
        Column("words", "", "what it is"),
    )
    define = getattr(study.region, "definitions", None)
    rows = tuple((symbol, written or None, words) for symbol, written, words in (define() if define else ()))
    return Table("definitions", "What the symbols stand for", columns, rows)


def _observed(study: Study) -> Table:
    by_name = {group.name: group for group in study.region.groups}
    columns = (
        Column("group", "", "observed group coded for one of the region's interests"),
        Column("founded", "year", "first meeting or instrument"),
        INTEREST,
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


def _institutions(study: Study) -> Table:
    columns = (
        Column("institution", "", "a standing body"),
        INTEREST,
        Column("relevance", "share", "of the interest its purpose covers"),
        Column("relevance_low", "share", "lower end of the plausible range"),
        Column("relevance_high", "share", "upper end"),
        Column("acting", "probability", "that it acts when called on"),
        Column("acting_low", "probability", "lower end of the plausible range"),
        Column("acting_high", "probability", "upper end"),
        Column("rule", "", "how it decides"),
        Column("source", "", "where the two come from"),
        Column("status", "", "estimated, literature, prior or scenario"),
    )
    asked = {interest.id.rstrip("*") for interest in study.interests}
    rows = tuple(
        (
            body.name,
            body.interest,
            float(body.relevance),
            float(body.relevance_low),
            float(body.relevance_high),
            float(body.acting),
            float(body.acting_low),
            float(body.acting_high),
            body.rule.replace("_", " "),
            body.source,
            body.status,
        )
        for body in getattr(study.region.panel, "institutions", ())
        if body.interest in asked
    )
    return Table("institutions", "Standing institutions, and what they are taken to cover", columns, rows)


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
