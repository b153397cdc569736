"""Is spending given in thousands of dollars, or in dollars, or in millions? The panel's GDP tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.panel import load_panel, nearest

if TYPE_CHECKING:
    import pandas as pd

SPENDING_UNITS = {"USD": 1.0, "thousand USD": 1e3, "million USD": 1e6, "billion USD": 1e9}

BAND = (5e-4, 0.5)
"""Between these lies any state's median share of GDP spent on arms since 1990: Iceland 0.2%, North Korea 30%."""

FEWEST_STATES = 3


def check_spending(frame: pd.DataFrame, column: str, unit: str, source: str) -> str:
    """Compare spending with the gross domestic product of the same states and years.

    The median over states of each state's median share: one odd year, such as Kuwait in 1991 (above its GDP), or one
    odd state does not decide it. The shares known since 1990 span a factor of 200 and units lie 1,000 apart, so a
    wrong one falls outside the band.

    Parameters
    ----------
    frame : DataFrame
        Columns ``iso3``, ``year`` and ``column``.
    column : str
        Military spending, in ``unit``.
    unit : str
        One of ``SPENDING_UNITS``.
    source : str
        The file, for the message.

    Returns
    -------
    str
        A note if there was too little to compare with, else ``''``.

    Raises
    ------
    ValueError
        The figures are in another unit; the message says which would fit. Or the unit is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"iso3": ["JPN", "FRA", "ITA"], "year": 2010, "milex": [54e9, 62e9, 36e9]})
    >>> check_spending(rows, "milex", "USD", "mine.csv")
    ''
    >>> check_spending(rows, "milex", "thousand USD", "mine.csv")
    Traceback (most recent call last):
        ...
    ValueError: mine.csv: milex as thousand USD would be 1,685% of GDP in the median state; as USD it would be 1.7%...
    """
    if unit not in SPENDING_UNITS:
        raise ValueError(f"unit {unit!r} is not one of {', '.join(SPENDING_UNITS)}{nearest(unit, SPENDING_UNITS)}")
    share = _median_share(frame, column)
    if share is None:
        return f"unit of {column} not checked: fewer than {FEWEST_STATES} states have a GDP to compare with"
    if BAND[0] <= share * SPENDING_UNITS[unit] <= BAND[1]:
        return ""
    fits = fitting_unit(frame, column)
    better = (
        f"as {fits} it would be {_percent(share * SPENDING_UNITS[fits])}: say unit={fits!r}" if fits else "no unit fits"
    )
    raise ValueError(
        f"{source}: {column} as {unit} would be {_percent(share * SPENDING_UNITS[unit])} of GDP in the median state; "
        f"{better}"
    )


def fitting_unit(frame: pd.DataFrame, column: str) -> str | None:
    """Name the one unit in which spending is a credible share of GDP, or None if none is or too little is known.

    Parameters
    ----------
    frame : DataFrame
        Columns ``iso3``, ``year`` and ``column``.
    column : str

    Returns
    -------
    str or None
        One of ``SPENDING_UNITS``.
    """
    share = _median_share(frame, column)
    if share is None:
        return None
    return next((unit for unit, size in SPENDING_UNITS.items() if BAND[0] <= share * size <= BAND[1]), None)


def check_gdp(frame: pd.DataFrame, column: str, source: str) -> str:
    """Compare gross domestic product in dollars with the panel's; as ``check_spending``.

    Parameters
    ----------
    frame, column, source
        As in ``check_spending``.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        The median state's figure is more than five times the panel's, or less than a fifth.
    """
    ratio = _median_share(frame, column)
    if ratio is None:
        return f"unit of {column} not checked: fewer than {FEWEST_STATES} states have a GDP to compare with"
    if not 0.2 <= ratio <= 5:
        raise ValueError(
            f"{source}: {column} is {ratio:.3g} times the panel's GDP in the median state; give current US dollars"
        )
    return ""


def _median_share(frame: pd.DataFrame, column: str) -> float | None:
    panel = load_panel()
    rows = frame[frame["iso3"].isin(panel.states) & frame["year"].isin(list(panel.years)) & (frame[column] > 0)]
    if rows.empty:
        return None
    at = [panel.index(state) for state in rows["iso3"]], (rows["year"] - panel.first_year).to_numpy(int)
    shares = rows[column].to_numpy(float) / panel.columns["gdp_usd"][at]
    medians = [float(np.nanmedian(group)) for group in _grouped(shares, rows["iso3"].to_numpy(object)) if group.size]
    return float(np.median(medians)) if len(medians) >= FEWEST_STATES else None


def _grouped(values: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    known = np.isfinite(values)
    return [values[known & (labels == label)] for label in dict.fromkeys(labels)]


def _percent(share: float) -> str:
    return f"{share:,.0%}" if share >= 1 else f"{share:.2g}%" if share == 0 else f"{100 * share:.2g}%"
