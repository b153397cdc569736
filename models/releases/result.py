"""What a reader gives back: the figures in one layout, and an account of every row that was not used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.result import Result
from models.panel import nearest

if TYPE_CHECKING:
    import pandas as pd

    from models.panel import Panel

MOST_STATES = 4
"""States named as examples after a reason in the printed account."""


@dataclass(frozen=True, eq=False, repr=False)
class Release(Result):
    """A data release as it was read from a user's file.

    Attributes
    ----------
    title : str
        The release, such as ``COW National Material Capabilities``.
    source : str
        Name of the file.
    frame : DataFrame
        One row for each of ``keys``, in the units of ``units``; states are ISO 3166-1 alpha-3 codes.
    dropped : DataFrame
        The rows of the file that were not used: ``row`` (1 is the first below the header), ``state`` and ``year`` as
        the file has them, ``reason``.
    rows : int
        Rows of the file; those not in ``dropped`` were used.
    states : tuple of str
        The states the reader was told to keep, whether the file has them or not.
    keys : tuple of str
        The columns that tell rows apart.
    units : mapping of str to str
        Column to unit.
    figures : tuple of str
        The columns ``into`` hands to a panel.
    blank : mapping of str to int
        Cells of used rows that carried a code for missing values and are now nan.
    covers : tuple of int
        First and last year the release speaks about; a tie without an end goes on to the last.
    notes : tuple of str
        What else the reader did or found.
    digest : str
        SHA-256 of the file.
    reference : str
        What to cite.
    origin : int ndarray or None
        The row of the file each row of ``frame`` comes from, of a release of states and years; else None.

    Examples
    --------
    >>> from io import StringIO
    >>> from models.releases import read_nmc
    >>> text = "ccode,year,milex,milper,irst,pec,tpop,upop,cinc\\n740,2001,40800000,240,102866,1,127000,1,0.05\\n"
    >>> print(read_nmc(StringIO(text + "999,2001,1,1,1,1,1,1,0.01\\n")))
    COW National Material Capabilities from text: 2 rows, 1 used, 1 not used
          1 unknown number (999)
    unit of milex not checked: fewer than 3 states have a GDP to compare with
    frame: 1 row, 1 state, 2001
    """

    title: str
    source: str
    frame: pd.DataFrame
    dropped: pd.DataFrame
    rows: int
    states: tuple[str, ...]
    keys: tuple[str, ...]
    units: Mapping[str, str]
    figures: tuple[str, ...] = ()
    blank: Mapping[str, int] = field(default_factory=dict)
    covers: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    digest: str = ""
    reference: str = ""
    origin: NDArray[np.int64] | None = None

    def to_frame(self) -> pd.DataFrame:
        """Give the rows that were used."""
        return self.frame

    def cite(self) -> tuple[str, ...]:
        """Name what to cite when the figures are used."""
        return (self.reference,) if self.reference else ()

    def within(self, panel: Panel) -> Release:
        """Keep the rows a panel can hold; the others move to ``dropped`` with the reason.

        Parameters
        ----------
        panel : Panel

        Returns
        -------
        Release
            Rows of states and years of the panel. Its printed account says what the panel leaves out.

        Raises
        ------
        ValueError
            The release is not of states and years: ties go through ``models.similarity``.

        Examples
        --------
        >>> from io import StringIO
        >>> from models.panel import load_panel
        >>> from models.releases import read_vdem
        >>> text = "country_text_id,year,v2x_polyarchy\\nJPN,1988,0.83\\nJPN,2001,0.84\\n"
        >>> read_vdem(StringIO(text)).within(load_panel()).dropped["reason"].tolist()
        ["outside the panel's years 1990-2024"]
        """
        import pandas as pd

        if self.keys != ("iso3", "year"):
            raise ValueError(
                f"{self.title} has a row for each {', '.join(self.keys)}, not for each state and year; "
                "a panel cannot hold it. models.similarity turns ties into matrices of states"
            )
        origin = np.arange(1, len(self.frame) + 1) if self.origin is None else self.origin
        late = ~self.frame["year"].isin(list(panel.years))
        strange = ~self.frame["iso3"].isin(panel.states) & ~late
        reasons = (
            (late, f"outside the panel's years {panel.first_year}-{panel.last_year}"),
            (strange, f"outside the panel's {len(panel.states)} states"),
        )
        left = [
            pd.DataFrame(
                {
                    "row": origin[mask.to_numpy()],
                    "state": self.frame.loc[mask, "iso3"].to_numpy(),
                    "year": self.frame.loc[mask, "year"].to_numpy(),
                    "reason": reason,
                }
            )
            for mask, reason in reasons
            if mask.any()
        ]
        dropped = pd.concat([part for part in (self.dropped, *left) if len(part)]) if left else self.dropped
        fits = ~(late | strange)
        return replace(
            self,
            frame=self.frame[fits].reset_index(drop=True),
            dropped=dropped.reset_index(drop=True),
            origin=origin[fits.to_numpy()],
        )

    def into(self, panel: Panel, columns: Iterable[str] | None = None) -> Panel:
        """Put the figures into a panel, in place of its own or beside them.

        Parameters
        ----------
        panel : Panel
        columns : iterable of str, optional
            Columns of ``frame``; by default those of ``figures`` that have one in the panel's years.

        Returns
        -------
        Panel
            A new one. ``within(panel)`` says which rows it left out.

        Raises
        ------
        ValueError
            A column is not in the release, or no row fits the panel.

        Examples
        --------
        >>> from io import StringIO
        >>> from models.panel import load_panel
        >>> from models.releases import read_vdem
        >>> text = "country_text_id,year,v2x_polyarchy\\nJPN,2001,0.5\\n"
        >>> read_vdem(StringIO(text)).into(load_panel()).vector("polyarchy", ["JPN"], 2001)
        array([0.5])
        """
        fitting = self.within(panel).frame
        filled = [name for name in self.figures if fitting[name].notna().any()]
        wanted = tuple(filled if columns is None else columns)
        for column in wanted:
            if column not in self.units:
                raise ValueError(f"{self.title} has no column {column!r}{nearest(column, self.units)}")
        if fitting.empty:
            raise ValueError(
                f"{self.source}: no row is of the panel's states in {panel.first_year}-{panel.last_year}; "
                f"the release has {_years(self.frame)}"
            )
        return panel.with_columns(fitting[["iso3", "year", *wanted]])

    def __repr__(self) -> str:
        lines = [self._headline()]
        for reason, group in self.dropped.groupby("reason", sort=False):
            named = [str(state) for state in group["state"].unique() if str(state)]
            shown = ", ".join(named[:MOST_STATES]) + (", ..." if len(named) > MOST_STATES else "")
            lines.append(f"{len(group):>7,} {reason}" + (f" ({shown})" if shown else ""))
        if self.blank:
            lines.append("blank: " + ", ".join(f"{column} {count:,}" for column, count in self.blank.items()))
        states = {state for key in self.frame.columns if key.startswith("iso3") for state in self.frame[key]}
        parts = [_count(len(self.frame), "row"), _count(len(states), "state"), _years(self.frame)]
        return "\n".join([*lines, *self.notes, "frame: " + ", ".join(part for part in parts if part)])

    def _headline(self) -> str:
        used = self.rows - self.dropped["row"].nunique()
        return (
            f"{self.title} from {self.source}: {_count(self.rows, 'row')}, {used:,} used, {self.rows - used:,} not used"
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _years(frame: pd.DataFrame) -> str:
    column = next((name for name in ("year", "start", "signed") if name in frame), None)
    if column is None or not frame[column].notna().any():
        return ""
    first, last = int(frame[column].min()), int(frame[column].max())
    return str(first) if first == last else f"{first}-{last}"
