"""The figures of a report, as SVG and PDF that are the same bytes on every run."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coalitions.report.figures_validation import draw_holdout, draw_validation
from coalitions.report.map import draw_plan
from coalitions.report.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    QUIET,
    SKY,
    clean_axes,
    new_figure,
    sources_line,
    spread,
    titled,
)
from coalitions.report.table import UNIT
from coalitions.report.validation import FIT_SIZES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from coalitions.report.study import Study


class Drawing(NamedTuple):
    """A figure in both formats, with the sentence that says what it shows.

    Attributes
    ----------
    name : str
        Of its files.
    finding, caption : str
        Its title, and what is drawn.
    svg, pdf : bytes
    """

    name: str
    finding: str
    caption: str
    svg: bytes
    pdf: bytes


def figures(study: Study) -> tuple[Drawing, ...]:
    """Draw all figures of a report.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of Drawing
        Without that of the shares where the plan has no group, and without those of the test where there was none.

    Notes
    -----
    Text becomes outlines, so that a figure looks the same wherever it is opened; ids are salted by the figure's
    name, so that several can stand in one page.
    """
    makers: tuple[tuple[str, Callable[[Study], tuple[Figure, str, str]]], ...] = (
        ("plan", draw_plan),
        ("shares", _shares),
        ("sweet_spot", _sweet_spot),
        ("validation", draw_validation),
        ("holdout", draw_holdout),
    )
    drawn = []
    for name, make in makers:
        if name == "shares" and not study.findings:
            continue
        if name in ("validation", "holdout") and study.validation is None:
            continue
        with _settings(name):
            figure, finding, caption = make(study)
            drawn.append(Drawing(name, finding, caption, _saved(figure, "svg"), _saved(figure, "pdf")))
    return tuple(drawn)


@contextmanager
def _settings(name: str) -> Iterator[None]:
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()  # a style of the user's would change what was laid out here
        mpl.rc("svg", hashsalt=f"minilateral {name}", fonttype="path")
        mpl.rc("pdf", fonttype=42)
        mpl.rc("font", family="DejaVu Sans", size=8.5)  # comes with matplotlib, so every machine has it
        mpl.rc("axes", edgecolor=FAINT, labelcolor=INK)
        mpl.rc("text", color=INK)
        mpl.rc("xtick", color=QUIET)
        mpl.rc("ytick", color=QUIET)
        yield


def _saved(figure: Figure, kind: str) -> bytes:
    out = io.BytesIO()
    dates: dict[str, Any] = {"Date": None} if kind == "svg" else {"CreationDate": None}
    figure.savefig(out, format=kind, metadata=dates)
    return out.getvalue()


def _shares(study: Study) -> tuple[Figure, str, str]:
    findings = study.findings
    across = min(4, len(findings))
    down = -(-len(findings) // across)
    most = max(len(f.group.members) for f in findings)
    height = 1.25 + down * (0.55 + 0.27 * most)
    figure = new_figure(height)
    finding = _main_giver(study)
    top = titled(figure, finding, "Gains as they fall, and shares if the worth were divided by contribution")
    grid = figure.add_gridspec(
        down, across, left=0.065, right=0.985, top=top - 0.22 / height, bottom=0.92 / height, wspace=0.28, hspace=0.42
    )
    reach = max(max(*f.group.gains, *f.group.shares) for f in findings) * 1.08
    floor = min(0.0, min(min(*f.group.gains, *f.group.shares) for f in findings) * 1.08)
    for k, f in enumerate(findings):
        axes = figure.add_subplot(grid[k // across, k % across])
        rows = np.arange(len(f.group.members))
        axes.barh(rows - 0.19, f.group.gains, 0.36, color=BLUE)
        axes.barh(rows + 0.19, f.group.shares, 0.36, color=ORANGE)
        axes.set_yticks(rows, [str(m) for m in f.group.members])
        axes.set_ylim(most - 0.4, -0.6)
        axes.set_xlim(floor, reach)
        axes.set_title(f"{f.number}  {f.group.objective}", fontsize=8.5, fontweight="bold", loc="left", pad=3)
        clean_axes(axes, grid="x")
        axes.tick_params(axis="y", labelcolor=INK)
        if k + across >= len(findings):
            axes.set_xlabel(UNIT)
    figure.legend(
        handles=_patches(("gain as it falls", BLUE), ("share by contribution (Shapley value)", ORANGE)),
        loc="lower left",
        bbox_to_anchor=(0.057, 0.26 / height),
        ncols=2,
        frameon=False,
        borderpad=0,
    )
    sources_line(figure, "Worth in log-odds, from the fitted coefficients; no transfers between members.")
    caption = f"What each member gains in each group of the plan, beside its Shapley share, in {UNIT}."
    return figure, finding, caption


def _main_giver(study: Study) -> str:
    loss: dict[str, float] = defaultdict(float)
    for f in study.findings:
        for member, gain, share in zip(f.group.members, f.group.gains, f.group.shares, strict=True):
            loss[str(member)] += share - gain
    names = dict(zip(study.region.panel.states, study.region.panel.names, strict=True))
    if not loss or max(loss.values()) < 0.05:
        return "Every member gets about what it brings"
    state, most = max(loss.items(), key=lambda pair: (pair[1], pair[0]))
    inside = sum(state in f.group.members for f in study.findings)
    return f"Largest giver: {names[state]}, bringing {most:.1f} {UNIT} more than it gets over its {inside} groups"


def _sweet_spot(study: Study) -> tuple[Figure, str, str]:
    best = study.best_by_size
    peak = max(best, key=lambda e: e.worth)
    each = max(best, key=lambda e: e.each)
    founders = Counter(len(choice.members) for choice in study.data.choices)
    finding = f"The best group is worth most with {peak.size} members, a member gains most with {each.size}"
    if founders:
        finding += f"; most observed groups have {founders.most_common(1)[0][0]}"
    height = 6.6
    figure = new_figure(height)
    top = titled(figure, finding, "Best group of every size: all interests (black), and each interest (grey)")
    grid = figure.add_gridspec(
        3, 1, height_ratios=(1.5, 1.5, 0.9), left=0.09, right=0.90, top=top - 0.15 / height, bottom=0.12, hspace=0.16
    )
    total = figure.add_subplot(grid[0])
    member = figure.add_subplot(grid[1], sharex=total)
    seen = figure.add_subplot(grid[2], sharex=total)
    ends = _size_lines(study, total, lambda e: e.worth, f"worth ({UNIT})")
    _name_lines(total, ends, best[-1].size)
    _size_lines(study, member, lambda e: e.each, f"worth per member\n({UNIT})")
    sizes = [e.size for e in best]
    seen.bar(sizes, [founders[k] for k in sizes], 0.55, color=SKY)
    for k in sizes:
        seen.annotate(
            str(founders[k]), (k, founders[k]), xytext=(0, 2), textcoords="offset points", ha="center", color=INK
        )
    seen.set_ylim(0, max(founders.values(), default=1) * 1.25)
    seen.set_ylabel("observed groups\n(number)")
    seen.set_xlabel("members (states)")
    seen.set_xticks(sizes)
    clean_axes(seen, grid="")
    for axes in (total, member):
        axes.tick_params(labelbottom=False)
    sources_line(
        figure,
        "Filled: all groups of the size compared. Open: pairs, which were not fitted, and larger groups grown from "
        "smaller ones, a lower bound.\n"
        f"Observed: the {len(study.data.choices)} groups of the region the coefficients were fitted to, at founding; "
        "pairs are left out of them by design.",
    )
    return (
        figure,
        finding,
        f"Worth and worth per member of the best group of each size, in {UNIT}, above the number of observed groups "
        "of that size.",
    )


def _size_lines(study: Study, axes: Any, measure: Callable[[Any], float], label: str) -> dict[str, float]:
    ends = {}
    for interest in dict.fromkeys(e.interest for e in study.sizes):
        line = [e for e in study.sizes if e.interest == interest]
        axes.plot([e.size for e in line], [measure(e) for e in line], color="#B8B8B8", linewidth=0.9, zorder=1)
        ends[interest] = measure(line[-1])
    best = study.best_by_size
    axes.plot([e.size for e in best], [measure(e) for e in best], color=INK, linewidth=1.6, zorder=2)
    for filled in (True, False):
        part = [e for e in best if (e.exhaustive and e.size >= FIT_SIZES[0]) == filled]
        axes.plot(
            [e.size for e in part],
            [measure(e) for e in part],
            "o",
            color=INK,
            markerfacecolor=INK if filled else "white",
            markersize=5,
            zorder=3,
        )
    axes.axhline(0, color=QUIET, linewidth=0.7)
    axes.set_ylabel(label)
    axes.set_xlim(1.6, best[-1].size + 0.4)
    clean_axes(axes, grid="y")
    return ends


def _name_lines(axes: Any, ends: dict[str, float], last: int) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    for (interest, end), at in zip(ends.items(), spread(list(ends.values()), 0.075 * (high - low)), strict=True):
        axes.annotate(
            interest,
            (last, end),
            xytext=(last + 0.55, at),
            fontsize=7,
            color=QUIET,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": "#D0D0D0", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 1},
        )


def _patches(*entries: tuple[str, str]) -> list[Any]:
    from matplotlib.patches import Patch

    return [Patch(color=color, label=label) for label, color in entries]
