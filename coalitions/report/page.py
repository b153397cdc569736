"""The report as one HTML page that needs nothing else: figures inside, no scripts, no network."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from coalitions.formation.plan import Objection
from coalitions.report.figures import Drawing
from coalitions.report.study import MIN_SIZE, Study
from coalitions.report.table import UNIT, Table, display
from coalitions.report.validation import FIT_SIZES, LEVEL, SPLIT

_NAMED = 3  # objections told in words


def page(study: Study, tables: Iterable[Table], figures: Iterable[Drawing], versions: dict[str, str]) -> str:
    """Write the HTML page of a study.

    Parameters
    ----------
    study : Study
    tables : iterable of Table
    figures : iterable of Drawing
    versions : dict
        Package to version.

    Returns
    -------
    str
        The same for the same study: it holds neither date nor times.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("coalitions.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["display"] = display
    environment.filters["percent"] = "{:.0%}".format
    drawn = {
        each.name: {
            "label": f"{each.finding}. {each.caption}",
            "caption": each.caption,
            "inline": Markup(_inline(each.svg)),
        }
        for each in figures
    }
    template = environment.get_template("report.html.j2")
    return template.render(
        **_words(study),
        tables={table.name: table for table in tables},
        figures=drawn,
        versions=versions,
    )


def _words(study: Study) -> dict[str, Any]:
    region, findings, plan = study.region, study.findings, study.plan
    names = dict(zip(region.panel.states, region.panel.names, strict=True))
    best = study.best_by_size
    peak, each = max(best, key=lambda e: e.worth), max(best, key=lambda e: e.each)
    founders = [len(choice.members) for choice in study.data.choices]
    validation = study.validation
    variants = {key: validation.score(key) for key in ("model", "without stake", "without lists", "ties")}
    summaries = {key: score.summary if score else None for key, score in variants.items()}
    prices = sorted(((float(price), str(state)) for state, price in plan.prices.items()), reverse=True)
    return {
        "name": region.name,
        "title": region.title,
        "year": study.year,
        "seed": study.seed,
        "unit": UNIT,
        "level": f"{LEVEL:.0%}",
        "min_size": MIN_SIZE,
        "max_size": study.max_size,
        "fit_max": FIT_SIZES[1],
        "limit": study.groups,
        "candidates": f"{len(plan.candidates):,}",
        "states": region.states,
        "interests": region.interests,
        "plan": plan,
        "findings": findings,
        "existing": [f"{f.group.name} as {f.exists_as}" for f in findings if f.exists_as],
        "stretched": [(names[state], price) for price, state in prices[:4] if price > plan.tolerance],
        "slots": region.slots.value,
        "most": region.most.value,
        "gainers": sum(f.all_gain for f in findings),
        "empty": sum(f.core_is_empty for f in findings),
        "pairs_best": each.size == 2,
        "additions": _told(study.objections.additions),
        "defections": _told(study.objections.defections),
        "peak": peak,
        "each": each,
        "fitted": len(founders),
        "near_peak": sum(abs(size - peak.size) <= 1 for size in founders),
        "trained": len(region.choice_data(until=SPLIT, data_year=SPLIT).choices),
        "tested": len(validation.starts),
        "split": SPLIT,
        "model": summaries["model"],
        "fewer": summaries["without stake"],
        "bare": summaries["without lists"],
        "ties": summaries["ties"],
        "circles": study.fit.clusters,
        "terms": len(study.fit.names),
        "weak": _unsettled(study),
        "term_stories": region.terms,
        "assumed": _assumed(study),
        "degrees": study.fit.degrees_of_freedom,
        "sources": dict(region.panel.sources),
    }


def _told(objections: Iterable[Objection]) -> list[str]:
    """Tell the strongest objection of each interest, so that one interest does not fill the sentence."""
    first: dict[str, Objection] = {}
    for objection in objections:
        first.setdefault(str(objection.objective), objection)
    return [
        f"{'-'.join(map(str, o.members))} for {interest} (each gains at least {o.improvement:.2f} {UNIT})"
        for interest, o in list(first.items())[:_NAMED]
    ]


def _assumed(study: Study) -> list[str]:
    said = (study.region.theatre(interest.id, study.year).assumed for interest in study.region.interests)
    return list(dict.fromkeys(line for lines in said for line in lines))


def _unsettled(study: Study) -> list[str]:
    if study.fit.degrees_of_freedom < 1:
        return list(study.fit.names)
    span = study.fit.interval(LEVEL)
    return [name for name, (low, high) in zip(study.fit.names, span, strict=True) if low < 0 < high]


def _inline(svg: bytes) -> str:
    """Cut a figure down to its svg element, without the size that would keep it from fitting a phone."""
    text = svg.decode()
    start = text.index("<svg")
    head, rest = text[start:].split(">", 1)
    return re.sub(r' (width|height)="[^"]*"', "", head) + ">" + rest
