"""The one tolerance of the library: relative to the scale of the worths.

A decision that rests on it (core membership, a tight coalition) also reports how close the call was,
so a reader can see whether another tolerance would have changed the answer.
"""

from __future__ import annotations

from typing import Final

from coalitions.coalition import Worths

RELATIVE: Final = 1e-9
"""Differences below this share of the largest worth count as none."""


def scale_of(worths: Worths) -> float:
    """Give the largest absolute worth, or 1 where every worth is zero.

    Parameters
    ----------
    worths : ndarray of float64

    Returns
    -------
    float
        In the unit of the worths; found without a temporary of the table's size.

    Examples
    --------
    >>> import numpy as np
    >>> scale_of(np.array([0.0, -4.0, 3.0]))
    4.0
    """
    return float(max(worths.max(), -worths.min())) or 1.0


def tolerance_of(worths: Worths) -> float:
    """Give the difference, in the unit of the worths, below which two payoffs count as equal.

    Parameters
    ----------
    worths : ndarray of float64

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> tolerance_of(np.array([0.0, -4.0, 3.0]))
    4e-09
    """
    return RELATIVE * scale_of(worths)
