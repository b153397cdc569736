"""A table: rows with a unit for every column, written as CSV, as LaTeX, and for a reader."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

UNIT = "log-odds"
"""The unit of every worth, gain and coefficient: one more makes a group e = 2.7 times as likely to be chosen."""

LATEX = "LaTeX"
"""The unit of a column of formulas: its cells stand in math mode."""

_NOISE = 1e-9  # below this a float of a report is rounding, and differs from machine to machine
_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


class Column(NamedTuple):
    """A column: its name, the unit of its entries, and what they mean.

    Attributes
    ----------
    name, unit, meaning : str
        The unit is empty where entries have none.
    """

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table of a report.

    Parameters
    ----------
    name : str
        Of its files.
    title : str
    columns : tuple of Column
    rows : tuple of tuples
        Text, whole numbers, floats, booleans, or None where there is nothing to say.

    Examples
    --------
    >>> table = Table("pay", "Pay", (Column("who", "", "a state"), Column("gain", "log-odds", "its gain")),
    ...               (("AUS", 0.1 + 0.2), ("R&D", None)))
    >>> print(table.csv(), end="")
    who,gain
    AUS,0.3
    R&D,
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]

    def only(self, *names: str) -> Table:
        """Keep some columns.

        Parameters
        ----------
        *names : str
            In the order wanted.

        Returns
        -------
        Table
        """
        at = [[column.name for column in self.columns].index(name) for name in names]
        rows = tuple(tuple(row[k] for k in at) for row in self.rows)
        return Table(self.name, self.title, tuple(self.columns[k] for k in at), rows)

    def to_frame(self) -> pd.DataFrame:
        """Give the table as a DataFrame.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=[column.name for column in self.columns])

    def csv(self) -> str:
        """Write the table as CSV: a header, plain numbers of six digits, lines that end in a line feed.

        Returns
        -------
        str
        """
        return _csv([[column.name for column in self.columns], *([_plain(c) for c in row] for row in self.rows)])

    def latex(self) -> str:
        """Write the table as a LaTeX tabular with the rules of booktabs; a second head line gives the units.

        Returns
        -------
        str
        """
        numbers = [_is_numeric(row[k] for row in self.rows) for k in range(len(self.columns))]
        heads = [column.name.replace("_", " ").translate(_TEX) for column in self.columns]
        units = [column.unit.translate(_TEX) for column in self.columns]
        lines = [
            f"% {self.title}. Needs \\usepackage{{booktabs}}",
            f"\\begin{{tabular}}{{{''.join('r' if number else 'l' for number in numbers)}}}",
            "\\toprule",
            " & ".join(heads) + r" \\",
        ]
        if any(units):
            lines.append(" & ".join(units) + r" \\")
        lines.append("\\midrule")
        formulas = [column.unit == LATEX for column in self.columns]
        for row in self.rows:
            cells = [f"${cell}$" if m and cell else _tex(cell) for cell, m in zip(row, formulas, strict=True)]
            lines.append(" & ".join(cells) + r" \\")
        return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", ""])


def columns_csv(made: Iterable[Table]) -> str:
    """Write the codebook: table, column, unit and meaning of every column.

    Parameters
    ----------
    made : iterable of Table

    Returns
    -------
    str
        CSV.
    """
    rows = [[table.name, *column] for table in made for column in table.columns]
    return _csv([["table", "column", "unit", "meaning"], *rows])


def display(cell: Any) -> str:
    """Write a cell for a reader: two decimals, yes and no, nothing for what is missing.

    Parameters
    ----------
    cell : object

    Returns
    -------
    str

    Examples
    --------
    >>> display(1.005), display(True), display(None), display(1234.5), display(-1e-12)
    ('1.00', 'yes', '', '1234', '0.00')
    """
    if isinstance(cell, float) and math.isfinite(cell):
        cell = 0.0 if abs(cell) < _NOISE else cell
        return f"{cell:.0f}" if abs(cell) >= 1000 else f"{cell:.2f}"
    return _plain(cell)


def _plain(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{0.0 if abs(cell) < _NOISE else cell:.6g}"
    return str(cell)


def _tex(cell: Any) -> str:
    if isinstance(cell, float) and math.isfinite(cell):
        text = display(cell)
        return f"$-${text[1:]}" if text.startswith("-") else text
    return _plain(cell).translate(_TEX)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _is_numeric(cells: Iterable[Any]) -> bool:
    given = [cell for cell in cells if cell is not None]
    return bool(given) and all(isinstance(c, int | float) and not isinstance(c, bool) for c in given)
