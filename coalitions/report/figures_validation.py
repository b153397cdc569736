"""The figures that say how far to believe a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coalitions.report.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    QUIET,
    VERMILION,
    clean_axes,
    new_figure,
    shortened,
    sources_line,
    titled,
)
from coalitions.report.validation import LEVEL, MODEL, SPLIT, TIES, UNLISTED, WORDS, Validation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from coalitions.report.study import Study


def draw_validation(study: Study) -> tuple[Figure, str, str]:
    """Draw the model, its variants and simpler rules on later groups, and the calibration of its probabilities.

    Parameters
    ----------
    study : Study
        With a validation.

    Returns
    -------
    figure : Figure
    finding, caption : str
    """
    tested = _tested(study)
    first = tested.estimates[MODEL]
    rows = [(name, tested.estimates[name][MODEL]["mean"]) for name in tested.variants]
    rows = [(MODEL, first[MODEL]["mean"]), *rows, *((name, row["mean"]) for name, row in list(first.items())[1:])]
    behind = set(tested.ahead_of())
    rules = len(first) - 1
    finding = f"The model ranks later groups above {first[MODEL]['mean'].value:.0%} of their one-member swaps"
    if rules and np.isfinite(first[MODEL]["mean"].low):
        finding += f", clearly better than {len(behind)} of {rules} simpler rules"
        ahead = " and ".join(WORDS.get(name, name) for name in tested.behind())
        finding += f" and clearly worse than {ahead}" if ahead else ""
    if UNLISTED in tested.variants and np.isfinite(first[MODEL]["mean"].low):
        mean, better, worse = (
            tested.estimates[UNLISTED][MODEL]["mean"].value,
            len(tested.ahead_of(UNLISTED)),
            len(tested.behind(UNLISTED)),
        )
        finding += f"; without lists of stakeholders {mean:.0%}, better than {better}"
        finding += f" and worse than {worse}" if worse else ""
    height = 1.75 + 0.24 * max(len(rows), 9)
    figure = new_figure(height)
    top = titled(
        figure, finding, f"{len(tested.comparison)} groups founded after {SPLIT}, with figures no later than that"
    )
    low, tall = 0.72 / height, top - 0.95 / height
    axes = figure.add_axes((0.325, low, 0.33, tall))
    for place, (name, (value, start, end)) in enumerate(rows):
        color = BLUE if name == MODEL else GREEN if name in tested.variants else QUIET
        filled = color if name in behind or color != QUIET else "white"
        if np.isfinite(start):
            axes.plot((start, end), (place, place), color=color, linewidth=1.3, zorder=2)
        axes.plot(value, place, "o", color=color, markerfacecolor=filled, markersize=5, zorder=3)
        axes.annotate(
            f"{value:.2f}", (value, place), xytext=(0, 3.5), textcoords="offset points", ha="center", fontsize=6.5
        )
    axes.axvline(0.5, color=INK, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(rows)), [shortened(WORDS.get(name, name), 44) for name, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.7)
    axes.set_xlabel(f"share of swaps ranked below\n(mean, {LEVEL:.0%} interval; 0.5 is chance)")
    clean_axes(axes, grid="x")
    axes.tick_params(axis="y", labelcolor=INK, labelsize=7)
    curve = tested.forecast.calibration(level=LEVEL, resamples=1)
    right = figure.add_axes((0.745, low, 0.235, tall))
    reach = 1.08 * max(float(curve.forecast.max()), float(curve.high.max()))
    right.plot([0, reach], [0, reach], color=QUIET, linewidth=0.8, linestyle=(0, (4, 2)))
    right.vlines(curve.forecast, curve.low, curve.high, color=BLUE, linewidth=1.1)
    right.plot(curve.forecast, curve.observed, "o", color=BLUE, markersize=4)
    for scale, ticks, limit in (
        (right.set_xscale, right.set_xticks, right.set_xlim),
        (right.set_yscale, right.set_yticks, right.set_ylim),
    ):
        scale("function", functions=(_root, np.square))  # most forecasts are small
        ticks([mark for mark in (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0) if mark < reach])
        limit(0, reach)
    right.set_xlabel("probability that a state\ncompletes a group: forecast")
    right.set_ylabel("share that happened")
    clean_axes(right, grid="")
    sources_line(
        figure,
        f"Filled: the model is clearly ahead, the {LEVEL:.0%} interval of the difference excludes 0. Right: tenths of "
        "all forecasts; on the dashed line they mean what they say.",
    )
    caption = (
        "Left, mean share of one-member swaps that rank below the group that formed, by the model, by harder variants "
        "of it and by simpler rules. Right, the calibration of its probabilities."
    )
    return figure, finding, caption


def _root(values: Any) -> Any:
    return np.sqrt(np.maximum(values, 0))


def _tested(study: Study) -> Validation:
    assert study.validation is not None
    return study.validation


def draw_holdout(study: Study) -> tuple[Figure, str, str]:
    """Draw how each later group ranks among its one-member swaps.

    Parameters
    ----------
    study : Study
        With a validation.

    Returns
    -------
    figure : Figure
    finding, caption : str
    """
    validation = _tested(study)
    rivals = validation.rivals
    ranks = rivals[MODEL].ranks
    order = np.argsort(ranks.share, kind="stable")
    count = len(order)
    median = float(np.median(ranks.share))
    finding = f"Half of the {count} groups founded after {SPLIT} outrank {median:.0%} of their one-member swaps"
    if TIES in rivals:
        finding += f"; ranked by earlier ties alone, {float(np.median(rivals[TIES].ranks.share)):.0%}"
    height = 2.0 + 0.205 * count
    figure = new_figure(height)
    top = titled(figure, finding, f"Coefficients fitted to groups founded by {SPLIT}, with figures no later than that")
    axes = figure.add_axes((0.395, 0.98 / height, 0.565, top - 1.10 / height))
    rows = np.arange(count)
    axes.hlines(rows, 0, ranks.share[order], color="#E3E3E3", linewidth=1.0, zorder=1)
    looks = {
        "distance": ("x", VERMILION, VERMILION, 4.0),
        TIES: ("D", ORANGE, "white", 3.8),
        UNLISTED: ("s", GREEN, "white", 3.8),
        MODEL: ("o", BLUE, BLUE, 6.0),
    }
    for key, (marker, color, face, size) in looks.items():
        rival = rivals.get(key)
        if rival is None:
            continue
        middle = float(np.median(rival.ranks.share))
        axes.axvline(middle, color=color, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
        axes.plot(
            rival.ranks.share[order],
            rows,
            marker,
            color=color,
            markerfacecolor=face,
            markersize=size,
            linestyle="none",
            label=f"{WORDS[key]} (median {middle:.2f})",
            zorder=3 if key == MODEL else 2,
            clip_on=False,
        )
    axes.axvline(0.5, color=INK, linewidth=0.8, zorder=0)
    axes.annotate(
        "chance",
        (0.5, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="center",
        fontsize=7,
    )
    axes.set_yticks(rows, [_test_label(study, int(k)) for k in order])
    axes.tick_params(axis="y", labelcolor=INK, labelsize=7.5)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.7, count - 0.3)
    axes.set_xlabel("share of its one-member swaps that rank below the group (1 is best)")
    clean_axes(axes, grid="")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles[::-1],
        labels[::-1],
        loc="lower left",
        bbox_to_anchor=(0.015, 0.22 / height),
        ncols=2,
        frameon=False,
        fontsize=7.5,
        borderpad=0,
        handletextpad=0.3,
        columnspacing=1.5,
    )
    sources_line(figure, f"Dashed: medians. {LEVEL:.0%} intervals of the means are in validation.csv.")
    return (
        figure,
        finding,
        "Rank share of each later group under the model, under the model without any list of stakeholders, and by "
        "earlier ties or nearness alone.",
    )


def _test_label(study: Study, k: int) -> str:
    validation = _tested(study)
    name = shortened(validation.forecast.ranks.names[k], 42)
    return f"{name}  {validation.starts[k]}"
