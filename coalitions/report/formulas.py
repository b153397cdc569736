"""Formulas as pictures inside a page: LaTeX set by matplotlib, so that a page needs neither script nor network."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import Any

SIZE = 11
"""Points of the letters; the page scales them to its own."""

_FRACTION, _DISPLAYED = re.compile(r"(?<!\^\{)\\frac"), r"\\dfrac"  # full size, but in an exponent
_EM = 10.5  # points of these letters that make one em of the page's text


@cache
def formula_svg(latex: str) -> str:
    """Set a formula as an svg element that stands in a line of text.

    Parameters
    ----------
    latex : str
        In math mode, without dollar signs.

    Returns
    -------
    str
        The formula as outlines, with the LaTeX as its label; where matplotlib cannot set it, the LaTeX as code.

    Examples
    --------
    >>> formula_svg("V_i V_j")[:31]
    '<svg class="formula" role="img"'
    >>> formula_svg(r"\\\\nosuch{x}")
    '<code>\\\\\\\\nosuch{x}</code>'
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(family="DejaVu Sans", math_fontfamily="cm")
    try:
        outline = TextPath((0, 0), f"${_FRACTION.sub(_DISPLAYED, latex)}$", size=SIZE, prop=font)
    except ValueError:
        return f"<code>{escape(latex)}</code>"
    box = outline.get_extents()
    if not box.width > 0:
        return f"<code>{escape(latex)}</code>"
    x, y, wide, tall = box.x0 - 0.5, -box.y1 - 0.5, box.width + 1, box.height + 1
    depth = max(0.0, -box.y0 + 0.5)
    style = f"width:{wide / _EM:.2f}em;vertical-align:-{depth / _EM:.2f}em"
    return (
        f'<svg class="formula" role="img" aria-label="{escape(latex)}" style="{style}" '
        f'viewBox="{x:.2f} {y:.2f} {wide:.2f} {tall:.2f}"><path fill="currentColor" d="{_drawn(outline)}"/></svg>'
    )


def _drawn(outline: Any) -> str:
    """Write a path as SVG does, whose axis points down."""
    letters = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
    parts = []
    for points, code in outline.iter_segments(simplify=False, curves=True):
        spots = [f"{x:.2f} {-y:.2f}" for x, y in points.reshape(-1, 2)] if code != 79 else []
        parts.append(letters[int(code)] + " ".join(spots))
    return "".join(parts)
