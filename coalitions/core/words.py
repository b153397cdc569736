"""Numbers, sums and tables in words: how the results of this room print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coalitions.coalition import Label


def short(number: Any) -> str:
    """Write a number: exact ones in full, floats to six digits.

    Parameters
    ----------
    number : number

    Returns
    -------
    str
    """
    return f"{number:.6g}" if isinstance(number, float) else str(number)


def formula(normal: Mapping[str, Any]) -> str:
    """Write a weighted sum of coefficients.

    Parameters
    ----------
    normal : mapping from term to number

    Returns
    -------
    str

    Examples
    --------
    >>> formula({"gain": 3, "bonus": 0, "cost": -1})
    '3 gain - cost'
    """
    text = ""
    for name, slope in normal.items():
        if slope:
            size = "" if abs(slope) == 1 else f"{short(abs(slope))} "
            sign = (" - " if slope < 0 else " + ") if text else ("-" if slope < 0 else "")
            text += f"{sign}{size}{name}"
    return text or "0"


def collection_in_words(coalitions: tuple[tuple[Label, ...], ...], weights: tuple[Any, ...]) -> str:
    """Write coalitions with their weights.

    Parameters
    ----------
    coalitions : tuple of tuples of labels
    weights : tuple of numbers

    Returns
    -------
    str

    Examples
    --------
    >>> collection_in_words((("A", "B"), ("C",)), (1, 1))
    'A B + C'
    """
    names = [" ".join(map(str, coalition)) for coalition in coalitions]
    if set(weights) == {1}:
        return " + ".join(names)
    if len(set(weights)) == 1:
        return f"{' + '.join(names)}, {weights[0]} each"
    return " + ".join(f"{weight} {name}" for weight, name in zip(weights, names, strict=True))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write rows of cells as lines with straight columns.

    Parameters
    ----------
    rows : sequence of sequences of str

    Returns
    -------
    list of str

    Examples
    --------
    >>> aligned([["tau", "A"], ["1/2", "3"]])
    ['tau  A', '1/2  3']
    """
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
