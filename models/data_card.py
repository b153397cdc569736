"""The data card: what the embedded tables hold, where it comes from, how much is missing. Made from the tables.

What can be counted is counted from the files; meaning, source and limits are those of data/README.md, the one place
where they are written. ``python -m models.data_card`` prints the card.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.panel import DATA, MAX_AGE, Panel, load_panel

__all__ = ["data_card"]

TERMS = {
    "bargaining_emissions.csv": "facts, quoted",
    "bargaining_sultan.csv": "facts, quoted",
    "capability_types.csv": "ours, CC BY 4.0",
    "groups.csv": "ours, CC BY 4.0",
    "history_facts.csv": "ours, CC BY 4.0",
    "history_sizes.csv": "CC0",
    "history_states.csv": "ours, CC BY 4.0; line-ups quoted",
    "imf_votes.csv": "facts",
    "institutions.csv": "ours, CC BY 4.0",
    "interests.csv": "ours, CC BY 4.0",
    "membership_events.csv": "ours, CC BY 4.0",
    "nato_1964.csv": "facts, quoted",
    "nato_2024.csv": "public domain",
    "objectives.csv": "ours, CC BY 4.0",
    "panel.csv": "by column",
    "state_codes.csv": "facts, compiled by us",
    "state_names.csv": "facts, compiled by us",
    "states.csv": "facts; capitals CC BY 4.0; tags ours, CC BY 4.0",
}
"""Licence of each table; data/README.md has it by column where columns differ."""

DATED = ("year", "start_year", "end_year", "since", "until", "joined")
YEAR = re.compile(r"(\d{4})(-\d\d-\d\d)?")
NAME = re.compile(r"\w+\.csv")
LONGEST = 90
"""States named in one line before the rest is counted."""


def data_card(panel: Panel | None = None) -> str:
    """Describe the tables and the figures of a panel as a page of Markdown.

    For each table its rows, columns with unit, source and licence, years, empty cells, known limits and the SHA-256
    of the file; for the figures by state and year the share missing by column and by state.

    Parameters
    ----------
    panel : Panel, optional
        Whose figures to describe: the embedded ones by default. Own figures appear with their own digest.

    Returns
    -------
    str
        The same for the same tables: no date, no machine.

    Raises
    ------
    ValueError
        A table has no section in data/README.md or no licence here.

    Examples
    --------
    >>> print(data_card()[:52])
    # Data card
    <BLANKLINE>
    Counted from the tables in `models/data
    >>> own = load_panel().with_columns([{"iso3": "JPN", "year": 2020, "cinc": 0.033}])
    >>> "| cinc | 2020 | 2020 | 1 | 100.0% | 99.9% |" in data_card(own)
    True
    """
    panel = load_panel() if panel is None else panel
    sections = _sections(DATA / "README.md")
    tables = [_read(path, sections) for path in sorted(DATA.glob("*.csv"))]
    parts = [
        "# Data card",
        "Counted from the tables in `models/data`; meaning, source and limits are those of its README. Every report "
        "can name the figures it stands on by the SHA-256 of their files.",
        _overview(tables),
        *_figures(panel),
    ]
    done: set[str] = set()
    for table in tables:
        parts += [f"## {table.name}", _facts(table), _columns(table)]
        if table.section.heading not in done:
            parts += [table.section.notes] if table.section.notes else []
            done.add(table.section.heading)
        else:
            parts.append(f"See the notes above on {table.section.heading.split(':')[0]}.")
    return "\n\n".join(parts) + "\n"


@dataclass(frozen=True)
class Section:
    """What the README says of one or more tables: a description a column, and the rest of the text."""

    heading: str
    columns: Mapping[str, tuple[str, str, str]]  # meaning or unit, source, licence
    notes: str


@dataclass(frozen=True)
class File:
    """A table as it is on disk."""

    name: str
    digest: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    section: Section
    terms: str


def _read(path: Path, sections: Mapping[str, Section]) -> File:
    if path.name not in sections:
        raise ValueError(f"data/README.md has no section that names {path.name} in its heading")
    if path.name not in TERMS:
        raise ValueError(f"{path.name} has no licence in models.data_card.TERMS")
    with path.open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    return File(
        path.name,
        sha256(path.read_bytes()).hexdigest(),
        tuple(header),
        tuple(tuple(row) for row in rows),
        sections[path.name],
        TERMS[path.name],
    )


def _sections(readme: Path) -> dict[str, Section]:
    found: dict[str, Section] = {}
    for part in readme.read_text(encoding="utf-8").split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        columns: dict[str, tuple[str, str, str]] = {}
        kept = []
        for block in body.strip().split("\n\n"):
            if block.startswith("| column"):
                columns |= _described(block)
            else:
                kept.append(block)
        section = Section(heading, columns, "\n\n".join(kept))
        found |= dict.fromkeys(NAME.findall(heading.split(":")[0]), section)
    return found


def _described(block: str) -> dict[str, tuple[str, str, str]]:
    """Read a table of the README: column, meaning or unit and, where it has them, source and licence."""
    header, _, *rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in block.splitlines()]
    titles = [re.split(r"[ ,]", cell)[0] for cell in header]
    described = {}
    for row in rows:
        cells = dict(zip(titles, [cell.strip("| ") for cell in row], strict=False))
        names = [name.strip() for name in row[0].strip("| ").split(",")]
        for name in names:
            full = names[0] + name if name.startswith("_") else name
            meaning = cells.get("meaning") or cells.get("unit", "")
            described[full] = (meaning, cells.get("source", ""), cells.get("licence", ""))
    return described


def _overview(tables: Sequence[File]) -> str:
    lines = ["| table | rows | columns | years | empty cells | licence |", "| --- | --- | --- | --- | --- | --- |"]
    for table in tables:
        cells = sum(len(row) for row in table.rows)
        empty = sum(cell == "" for row in table.rows for cell in row)
        lines.append(
            f"| {table.name} | {len(table.rows):,} | {len(table.columns)} | {_years(table)} | "
            f"{_percent(empty / max(cells, 1))} | {table.terms} |"
        )
    return "\n".join(lines)


def _facts(table: File) -> str:
    years = _years(table)
    about = f"{len(table.rows):,} rows, {len(table.columns)} columns" + (f", {years}" if years else "")
    return f"{about}. Licence: {table.terms}. SHA-256 `{table.digest}`."


def _columns(table: File) -> str:
    described = table.section.columns
    sourced = any(any(described.get(name, ("", "", ""))[1:]) for name in table.columns)
    titles = ["column", "values", "empty", "meaning or unit", *(["source", "licence"] if sourced else [])]
    lines = [f"| {' | '.join(titles)} |", f"| {' | '.join('---' for _ in titles)} |"]
    for k, name in enumerate(table.columns):
        cells = [row[k] for row in table.rows]
        meaning, source, licence = described.get(name, ("", "", ""))
        empty = sum(cell == "" for cell in cells) / max(len(cells), 1)
        row = [name, _values(cells), _percent(empty), meaning, *([source, licence] if sourced else [])]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def _figures(panel: Panel) -> list[str]:
    """Say what is missing by column and by state."""
    states, years = len(panel.states), list(panel.years)
    lines = [
        "| column | first year | last year | states with a figure | missing | unanswered | states without any |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    known = {name: np.isfinite(values) for name, values in panel.columns.items()}
    for name, there in known.items():
        dated = np.flatnonzero(there.any(axis=0))
        first, last = (years[dated[0]], years[dated[-1]]) if dated.size else ("", "")
        without = [state for k, state in enumerate(panel.states) if not there[k].any()]
        missing, unanswered = _percent(1 - there.mean()), _percent(1 - _answered(there).mean())
        spread = f"{first} | {last} | {states - len(without)}"
        lines.append(f"| {name} | {spread} | {missing} | {unanswered} | {_named(without)} |")
    heads = [
        "| state | all | " + " | ".join(known) + " |",
        "| --- | --- | " + " | ".join("---" for _ in known) + " |",
    ]
    for k, state in enumerate(panel.states):
        shares = [1 - there[k].mean() for there in known.values()]
        cells = [_percent(float(share)) if share else "" for share in (float(np.mean(shares)), *shares)]
        heads.append(f"| {state} | {' | '.join(cells)} |")
    sources = [f"- {name}: `{digest}`" for name, digest in panel.sources.items() if name.startswith("own figures")]
    parts = [
        "## Figures by state and year",
        f"{states} states, {years[0]}-{years[-1]}. Missing is the share of states and years without a figure; "
        f"unanswered the share without one in the {MAX_AGE} years before either, which stands in for it.",
        "\n".join(lines),
        "Share missing by state; blank where nothing is.",
        "\n".join(heads),
    ]
    return [*parts, "Own figures:\n\n" + "\n".join(sources)] if sources else parts


def _answered(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell where the panel has a figure for a year: its own or one that is not too old."""
    padded = np.pad(there, ((0, 0), (MAX_AGE, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, MAX_AGE + 1, axis=1)
    return np.asarray(windows.any(axis=2))


def _years(table: File) -> str:
    found = [
        int(match[1])
        for k, name in enumerate(table.columns)
        if name in DATED
        for row in table.rows
        if (match := YEAR.fullmatch(row[k]))
    ]
    return f"{min(found)}-{max(found)}" if found else ""


def _values(cells: Sequence[str]) -> str:
    filled = [cell for cell in cells if cell]
    try:
        numbers = [float(cell) for cell in filled]
    except ValueError:
        different = len(set(filled))
        return f"{different:,} different"
    return f"{min(numbers):.6g} to {max(numbers):.6g}" if numbers else "none"


def _named(states: Sequence[str]) -> str:
    text = ", ".join(states)
    return text if len(text) <= LONGEST else f"{len(states)} states"


def _percent(share: float) -> str:
    return "0" if share == 0 else f"{share:.1%}"


if __name__ == "__main__":
    print(data_card(), end="")
