"""The report as one HTML page that needs nothing else: figures inside, no scripts, no network."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from coalitions.formation.plan import Objection
from coalitions.report.coefficients import FOUNDING
from coalitions.report.figures import Drawing
from coalitions.report.formulas import formula_svg
from coalitions.report.study import MIN_SIZE, Study
from coalitions.report.table import UNIT, Table, display
from coalitions.report.validation import FIT_SIZES, LEVEL, MODEL, NO_STAKE, SPLIT, THREE, TIES, UNLISTED, WORDS

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
    environment.filters["thousands"] = "{:,}".format
    environment.filters["percent"] = "{:.0%}".format
    drawn = {
        each.name: {
            "label": f"{each.finding}. {each.caption}",
            "caption": each.caption,
            "inline": Markup(_inline(each.svg)),
        }
        for each in figures
    }
    environment.filters["formula"] = lambda latex: Markup(formula_svg(latex))
    template = environment.get_template("report.html.j2")
    made = {table.name: table for table in tables}
    return template.render(
        **_words(study),
        tables=made,
        terms=made["terms"].rows,
        definitions=made["definitions"].rows,
        later=_narrowed(made["holdout"]),
        figures=drawn,
        versions=versions,
    )


def _words(study: Study) -> dict[str, Any]:
    region, findings, plan = study.region, study.findings, study.plan
    names = dict(zip(region.panel.states, region.panel.names, strict=True))
    best = study.best_by_size
    peak, each = max(best, key=lambda e: e.worth), max(best, key=lambda e: e.each)
    founders = [len(choice.members) for choice in study.data.choices]
    used = study.coefficients
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
        "interests": study.interests,
        "command": _command(study),
        "paying": f"{sum(int((block.worths > 0).sum()) for block in plan.candidates.blocks):,}",
        "zero": used.zero,
        "cost": used.cost,
        "founded_paying": used.paying,
        "founded": used.founded,
        "own": used.own,
        "together": "" if used.joint is None else _listed([r for r in used.joint.regions if r != region.name]),
        "theory": sum(f.by_theory > 0 for f in findings) if used.by_theory is not None else None,
        "only_pairs": sum(f.only_pairs_object for f in findings),
        "pairs": study.pairs,
        "plan": plan,
        "findings": findings,
        "existing": [f"{f.group.name} as {f.exists_as}" for f in findings if f.exists_as],
        "stretched": [(names[state], price) for price, state in prices[:4] if price > plan.tolerance],
        "slots": region.slots.value,
        "most": region.most.value,
        "gainers": sum(f.all_gain for f in findings),
        "empty": sum(f.core_is_empty for f in findings),
        "additions": _told(study.objections.additions),
        "defections": _told(study.objections.defections),
        "peak": peak,
        "each": each,
        "fitted": len(founders),
        "near_peak": sum(abs(size - peak.size) <= 1 for size in founders),
        **_tested(study),
        "circles": (study.fit if used.joint is None else used.joint.common).clusters,
        "count": len(study.fit.names),
        "weak": _unsettled(study),
        "assumed": _assumed(study),
        "degrees": study.fit.degrees_of_freedom,
        "sources": dict(region.panel.sources),
    }


def _listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "") if part)


def _narrowed(holdout: Table) -> Table:
    """Leave out how the many rules rank each group; the file has it."""
    kept = [MODEL, UNLISTED, NO_STAKE, TIES]
    wide = {f"{name.replace(' ', '_')}_rank_share" for name in kept} | {"rank_share"}
    return holdout.only(*(c.name for c in holdout.columns if not c.name.endswith("rank_share") or c.name in wide))


def _tested(study: Study) -> dict[str, Any]:
    """Say what the test on later groups found; only why there was none, where there was none."""
    told: dict[str, Any] = {"split": SPLIT, "untested": study.untested}
    if study.validation is None:
        return told
    validation = study.validation
    figures = validation.estimates[MODEL]
    changed = {name: validation.estimates[name][MODEL]["mean"] for name in validation.variants}
    bare = UNLISTED in validation.variants
    return told | {
        "trained": validation.trained,
        "tested": len(validation.starts),
        "model": figures[MODEL]["mean"],
        "few": bool(np.isnan(figures[MODEL]["mean"].low)),
        "fewer": changed.get(NO_STAKE),
        "bare": changed.get(UNLISTED),
        "ties": figures.get(TIES),
        "three": figures.get(THREE),
        "rules": len(figures) - 1,
        "behind": len(validation.ahead_of()),
        "worse": [WORDS.get(rule, rule) for rule in validation.behind()],
        "bare_behind": validation.ahead_of(UNLISTED) if bare else (),
        "bare_worse": [WORDS.get(rule, rule) for rule in validation.behind(UNLISTED)] if bare else [],
        "slope": validation.forecast.slope(LEVEL),
    }


def _command(study: Study) -> str:
    parts = [f"coalitions report {study.region.name} --year {study.year}"]
    if study.interests != tuple(study.region.interests):
        parts += [f"--interest '{interest.id}'" for interest in study.interests]
    parts.append(f"--max-size {study.max_size} --groups {study.groups} --seed {study.seed}")
    return " ".join(parts if study.coefficients.joint is not None else [*parts, "--alone"])


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
    said = (study.region.theatre(interest.id, study.year).assumed for interest in study.interests)
    return list(dict.fromkeys(line for lines in said for line in lines))


def _unsettled(study: Study) -> list[str]:
    drawn = study.coefficients.draws
    names = [name for name in study.fit.names if name not in study.fit.fixed and name != FOUNDING]
    if not len(drawn):
        return names
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    at = study.fit.names.index
    return [name for name in names if low[at(name)] < 0 < high[at(name)]]


def _inline(svg: bytes) -> str:
    """Cut a figure down to its svg element, without the size that would keep it from fitting a phone."""
    text = svg.decode()
    start = text.index("<svg")
    head, rest = text[start:].split(">", 1)
    return re.sub(r' (width|height)="[^"]*"', "", head) + ">" + rest
