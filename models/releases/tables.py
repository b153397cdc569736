"""Reading a file once, and keeping account of every row: which were used, which not, and why."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import file_digest, sha256
from io import StringIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.releases.codes import from_codes, from_names, from_numbers, succession
from models.releases.layouts import Layout, layouts_of, wrong_file
from models.releases.result import Release

if TYPE_CHECKING:
    import pandas as pd

Source = str | os.PathLike[str] | IO[str]
"""A file by its path, or an open text file."""

EMPTY = ("", ".", "..", "NA", "N/A", "NaN", "nan", "NULL", "None")
YEARS = (1000, 2200)
LARGEST_NUMBER = 100_000
PREAMBLE = 12
"""Lines a title can take above the header: the World Bank puts the name of its database and a date there."""
MAGIC = (
    (b"PK\x03\x04", "a zip archive: unpack it and give the table inside"),
    (b"\x1f\x8b", "compressed, perhaps an R file: save the table as csv"),
    (b"RDX", "an R file: save the table as csv"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself"),
    (b"<", "a web page, not the table: download the file itself"),
)


class Table:
    """A file as columns of text, with a ledger of the rows that cannot be used.

    ``frame`` has the columns the layout names, in lower case and without the percent sign; ``reason`` says for each
    row why it is not used, or ``''``.
    """

    def __init__(self, frame: pd.DataFrame, layout: Layout, source: str, digest: str) -> None:
        self.frame = frame
        self.layout = layout
        self.source = source
        self.digest = digest
        self.reason: NDArray[np.object_] = np.full(len(frame), "", dtype=object)
        self.label: NDArray[np.object_] = np.full(len(frame), "", dtype=object)
        self.year: NDArray[np.float64] = np.full(len(frame), np.nan)
        self.states: tuple[str, ...] = ()
        self.missing: dict[str, NDArray[np.bool_]] = {}

    @property
    def used(self) -> NDArray[np.bool_]:
        """Which rows nothing speaks against so far."""
        used: NDArray[np.bool_] = self.reason == ""
        return used

    def has(self, column: str) -> bool:
        """Tell whether the file has an optional column.

        Parameters
        ----------
        column : str

        Returns
        -------
        bool
        """
        return column in self.frame

    def drop(self, rows: Any, reason: Any) -> None:
        """Leave rows out; the first reason given for a row stays.

        Parameters
        ----------
        rows : bool array of shape (rows,)
        reason : str or array of str of shape (rows,)
        """
        rows = np.asarray(rows, dtype=bool) & self.used
        self.reason[rows] = reason if isinstance(reason, str) else np.asarray(reason, dtype=object)[rows]

    def numbers(
        self, column: str, *, missing: Iterable[float] = (), signed: bool = False, grouped: bool = False
    ) -> NDArray[np.float64]:
        """Read a column as numbers: empty cells and codes for missing values are nan.

        Parameters
        ----------
        column : str
        missing : iterable of float
            Codes that stand for no figure.
        signed : bool
            Whether other negative figures are allowed.
        grouped : bool
            Whether thousands are set apart by commas.

        Returns
        -------
        float ndarray of shape (rows,)

        Raises
        ------
        ValueError
            A cell is no finite number or is negative; the message names row and column.
        """
        import pandas as pd

        if pd.api.types.is_numeric_dtype(self.frame[column]):
            values = self.frame[column].to_numpy(float, na_value=np.nan)
            empty = np.isnan(values)
        else:
            at, words = self._words(column)
            words = words.str.replace(",", "") if grouped else words
            blank = words.isin(EMPTY)
            read = pd.to_numeric(words.mask(blank), errors="coerce").to_numpy(float, na_value=np.nan)
            values, empty = read[at], blank.to_numpy(bool)[at]
        self.check(column, ~np.isfinite(values) & ~empty, "must be a number")
        coded = np.isin(values, list(missing))
        if not signed:
            hint = f"; a missing one is {', '.join(f'{code:g}' for code in missing)}" if missing else ""
            self.check(column, (values < 0) & ~coded, f"must not be negative{hint}")
        self.missing[column] = coded
        return np.where(coded, np.nan, values)

    def whole(self, column: str, *, missing: Iterable[float] = ()) -> NDArray[np.float64]:
        """Read a column of whole numbers; nan where there is none.

        Parameters
        ----------
        column, missing
            As in ``numbers``.

        Returns
        -------
        float ndarray of shape (rows,)

        Raises
        ------
        ValueError
            A cell is not a whole number.
        """
        values = self.numbers(column, missing=missing, signed=True)
        self.check(column, np.isfinite(values) & (values != np.round(values)), "must be a whole number")
        return values

    def years(self, column: str, *, missing: Iterable[float] = ()) -> NDArray[np.float64]:
        """Read a column of years; nan where there is none.

        Parameters
        ----------
        column, missing
            As in ``numbers``.

        Returns
        -------
        float ndarray of shape (rows,)

        Raises
        ------
        ValueError
            A cell is not a year from 1000 to 2200.
        """
        values = self.whole(column, missing=missing)
        low, high = YEARS
        self.check(column, np.isfinite(values) & ((values < low) | (values > high)), "must be a year")
        return values

    def coded(self, column: str, codes: Iterable[int], words: str) -> NDArray[np.float64]:
        """Read a column of codes of which -9 says unknown; ``words`` say what the others can be.

        Parameters
        ----------
        column : str
        codes : iterable of int
        words : str

        Returns
        -------
        float ndarray of shape (rows,)

        Raises
        ------
        ValueError
            A cell is another number.
        """
        values = self.whole(column, missing=(-9,))
        self.check(column, np.isfinite(values) & ~np.isin(values, list(codes)), f"must be {words}, or -9 if unknown")
        return values

    def spans(self, *years: NDArray[np.float64]) -> tuple[int, int]:
        """Give the first and the last year of a file; ValueError if no row has one.

        Parameters
        ----------
        *years : float ndarray of shape (rows,)

        Returns
        -------
        tuple of int

        Raises
        ------
        ValueError
            No row has a year.
        """
        known = np.concatenate([column[np.isfinite(column)] for column in years])
        if not known.size:
            raise ValueError(f"{self.source}: no row has a year")
        return int(known.min()), int(known.max())

    def text(self, column: str) -> pd.Series[Any]:
        """Read a column as text without the spaces around it.

        Parameters
        ----------
        column : str

        Returns
        -------
        Series of str, shape (rows,)
        """
        import pandas as pd

        at, words = self._words(column)
        return pd.Series(words.to_numpy(object)[at], dtype=object)

    def by_number(
        self, column: str, years: NDArray[np.float64], system: str, keep: Sequence[str]
    ) -> NDArray[np.object_]:
        """Find the states of a column of numbers; rows without one are dropped.

        Parameters
        ----------
        column : str
        years : float ndarray of shape (rows,)
            The year each row speaks about.
        system : {"cow", "gw"}
        keep : sequence of str
            Codes to keep.

        Returns
        -------
        object ndarray of shape (rows,)
            Codes, ``''`` where there is none.

        Raises
        ------
        ValueError
            A cell is no state number, or the numbers are those of the other system.
        """
        numbers = self.whole(column)
        self.check(column, np.abs(numbers) >= LARGEST_NUMBER, "must be a state number")
        known = np.isfinite(numbers) & np.isfinite(years)
        states = np.full(len(numbers), "", dtype=object)
        reasons = np.full(len(numbers), f"no state number in {column}", dtype=object)
        if known.any():
            states[known], reasons[known] = from_numbers(
                numbers[known].astype(np.int64), years[known].astype(np.int64), system, keep, self.source
            )
        where = np.isfinite(numbers)
        names = np.full(len(numbers), "", dtype=object)
        names[where] = [str(int(number)) for number in numbers[where]]
        self._state(names, states, reasons, keep)
        return states

    def by_name(self, column: str, keep: Sequence[str]) -> NDArray[np.object_]:
        """Find the states of a column of names; rows without one are dropped.

        Parameters
        ----------
        column : str
        keep : sequence of str
            Codes to keep.

        Returns
        -------
        object ndarray of shape (rows,)
            Codes, ``''`` where there is none.
        """
        names = self.text(column)
        states, reasons = from_names(names, keep)
        self._state(names.to_numpy(object), states, reasons, keep)
        return states

    def by_code(self, column: str, keep: Sequence[str]) -> NDArray[np.object_]:
        """Find the states of a column of ISO codes; rows without one are dropped.

        Parameters
        ----------
        column : str
        keep : sequence of str
            Codes to keep.

        Returns
        -------
        object ndarray of shape (rows,)
            Codes, ``''`` where there is none.
        """
        codes = self.text(column)
        states, reasons = from_codes(codes, keep)
        self._state(codes.to_numpy(object), states, reasons, keep)
        return states

    def once(self, states: NDArray[np.object_], years: NDArray[np.float64], number: str = "", system: str = "") -> None:
        """Make sure that no state has two rows in a year.

        A state that changed its number in that year keeps the row of the number it ended the year with.

        Parameters
        ----------
        states, years : ndarrays of shape (rows,)
        number, system : str
            The column of state numbers and their system, where there is one.

        Raises
        ------
        ValueError
            Two rows of one number, code or name; the message names them.
        """
        found: dict[tuple[str, int], list[int]] = defaultdict(list)
        for row in np.flatnonzero(self.used).tolist():
            found[states[row], int(years[row])].append(row)
        for (state, year), rows in found.items():
            if len(rows) == 1:
                continue
            numbers = self.whole(number)[rows].astype(int).tolist() if number else [0] * len(rows)
            since = [succession(n, year, system) if number else 0 for n in numbers]
            if len(set(since)) < len(rows):
                raise ValueError(f"{self.source}: rows {rows[0] + 1} and {rows[1] + 1} both give {state} in {year}")
            last = numbers[since.index(max(since))]
            for row, n in zip(rows, numbers, strict=True):
                if n != last:
                    self.drop(np.arange(len(self.frame)) == row, f"the year is also given under {last}, as it ended")

    def by_state(
        self, iso3: NDArray[np.object_], year: NDArray[np.float64], figures: Mapping[str, NDArray[np.float64]]
    ) -> pd.DataFrame:
        """Lay the rows used out by state and year.

        Parameters
        ----------
        iso3, year : ndarrays of shape (rows,)
        figures : mapping of str to float ndarray of shape (rows,)

        Returns
        -------
        DataFrame
        """
        import pandas as pd

        used = self.used
        columns = {name: values[used] for name, values in figures.items()}
        return pd.DataFrame({"iso3": iso3[used], "year": year[used].astype(int), **columns})

    def check(self, column: str, wrong: NDArray[np.bool_], words: str) -> None:
        """Refuse the file if a cell is wrong; the message names row and column.

        Parameters
        ----------
        column : str
        wrong : bool ndarray of shape (rows,)
        words : str
            What the cell must be.

        Raises
        ------
        ValueError
            A cell is wrong.
        """
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            more = f" ({int(wrong.sum()) - 1} more)" if wrong.sum() > 1 else ""
            raise ValueError(
                f"{self.source}, row {row + 1}: {column} is {self.frame[column].iloc[row]!r}; it {words}{more}"
            )

    def release(
        self,
        frame: pd.DataFrame,
        keys: Sequence[str],
        units: Mapping[str, str],
        *,
        figures: Sequence[str] = (),
        blank: Mapping[str, str] | None = None,
        covers: tuple[int, int] | None = None,
        notes: Sequence[str] = (),
    ) -> Release:
        """Close the ledger.

        Parameters
        ----------
        frame : DataFrame
            What the rows used became.
        keys, units, figures, covers, notes
            As in ``Release``.
        blank : mapping of str to str, optional
            Column of the file to column of ``frame``: whose cells with a code for missing values are counted.

        Returns
        -------
        Release
        """
        import pandas as pd

        lost = np.flatnonzero(~self.used)
        dropped = pd.DataFrame(
            {
                "row": lost + 1,
                "state": self.label[lost],
                "year": pd.array(np.where(np.isnan(self.year[lost]), -1, self.year[lost]).astype(int), dtype="Int64"),
                "reason": self.reason[lost],
            }
        )
        dropped["year"] = dropped["year"].mask(dropped["year"] < 0)
        counts = {name: int((self.missing[column] & self.used).sum()) for column, name in (blank or {}).items()}
        return Release(
            title=self.layout.release,
            source=self.source,
            frame=frame.reset_index(drop=True),
            dropped=dropped,
            rows=len(self.frame),
            states=self.states,
            keys=tuple(keys),
            units=dict(units),
            figures=tuple(figures),
            blank={name: count for name, count in counts.items() if count},
            covers=covers,
            notes=tuple(note for note in notes if note),
            digest=self.digest,
            reference=self.layout.reference,
            origin=np.flatnonzero(self.used) + 1 if tuple(keys) == ("iso3", "year") else None,
        )

    def _words(self, column: str) -> tuple[NDArray[np.intp], pd.Series[Any]]:
        """Give the different cells of a column as text, and which one each row has: columns of codes repeat few."""
        import pandas as pd

        at, words = pd.factorize(self.frame[column].to_numpy(object), use_na_sentinel=False)
        return at, pd.Series(words, dtype=object).astype(str).str.strip().astype(object)

    def _state(
        self,
        names: NDArray[np.object_],
        states: NDArray[np.object_],
        reasons: NDArray[np.object_],
        keep: Sequence[str],
    ) -> None:
        """Note what the file calls the states, and drop the rows that have none."""
        self.states = tuple(keep)
        lost = states == ""
        self.label = np.where(self.used & lost, names, self.label)
        self.drop(lost, reasons)


def read_table(path: Source, reader: str, *, extra: Iterable[str] = (), wide: bool = False) -> Table:
    """Read a file with the layout its columns show.

    Parameters
    ----------
    path : path or text file
        Comma or tab separated text in UTF-8 or Latin-1, or Stata (``.dta``).
    reader : str
        The reader that asks; its layouts are tried, the one of most columns first.
    extra : iterable of str
        Further columns to keep, in lower case.
    wide : bool
        Whether lines of a title may stand above the header, and all columns are kept.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        The file is none of the reader's; the message lists the columns expected and the release it may be. Or a row
        has more or fewer cells than the header: its figures would stand under the wrong names.
    """
    import pandas as pd

    source, digest, text = open_source(path)

    def choose(names: list[str]) -> tuple[Layout, list[int]]:
        layout = _layout(names, reader, source)
        wanted = {*layout.columns, *extra}
        return layout, [k for k, name in enumerate(names) if wide or name in wanted]

    if source.casefold().endswith(".dta"):
        try:
            frame = pd.read_stata(path, convert_categoricals=False)  # type: ignore[arg-type]
        except ValueError as error:
            raise ValueError(f"{source} cannot be read as a Stata file: {error}") from None
        frame.columns = [plain(name) for name in frame.columns]
        layout, chosen = choose(list(frame.columns))
        frame = frame.iloc[:, chosen]
    else:
        names, columns = _columns(path, text, source, "country code" if wide else "", lambda names: choose(names)[1])
        layout, chosen = choose(names)
        frame = pd.DataFrame({names[k]: cells for k, cells in zip(chosen, columns, strict=True)}, dtype=object)
    if frame.empty:
        raise ValueError(f"{source} has a header and no rows")
    return Table(frame, layout, source, digest)


def plain(name: str) -> str:
    """Write a column's name the way layouts do: lower case, no percent sign, no spaces around.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> plain(" Q5%FP")
    'q5fp'
    """
    return name.strip().casefold().replace("%", "")


def open_source(path: Source) -> tuple[str, str, str | None]:
    """Give the name of a file, its SHA-256, and its text if it was handed over open.

    Parameters
    ----------
    path : path or text file

    Returns
    -------
    name, digest : str
    text : str or None

    Raises
    ------
    ValueError
        It is a folder, empty, an archive or a web page: what else a download can turn out to be.
    """
    if not isinstance(path, str | os.PathLike):
        text = path.read()
        if not isinstance(text, str):
            raise ValueError("the file is open for bytes; give its path or open it as text")
        return "text", sha256(text.encode()).hexdigest(), text
    place = Path(path)
    if place.is_dir():
        raise ValueError(f"{place} is a folder; give the file inside")
    with place.open("rb") as handle:
        head = handle.read(64).lstrip(b"\xef\xbb\xbf \r\n")
        if not head:
            raise ValueError(f"{place.name} is empty")
        for magic, words in MAGIC:
            if head.startswith(magic) and place.suffix.casefold() not in (".xlsx", ".dta"):
                raise ValueError(f"{place.name} is {words}")
        handle.seek(0)
        return place.name, file_digest(handle, "sha256").hexdigest(), None


def _layout(names: Sequence[str], reader: str, source: str) -> Layout:
    there = set(names)
    fitting = [layout for layout in layouts_of(reader) if set(layout.needs) <= there and not there & set(layout.lacks)]
    if not fitting:
        raise ValueError(wrong_file(source, names, reader))
    if repeated := [name for name in fitting[0].needs if list(names).count(name) > 1]:
        raise ValueError(f"{source} has two columns {repeated[0]!r}")
    return fitting[0]


def _columns(
    path: Source, text: str | None, source: str, mark: str, choose: Callable[[list[str]], list[int]]
) -> tuple[list[str], list[list[str]]]:
    """Read the header and the columns chosen; Latin-1 only where a file is not UTF-8, as older programs save them."""
    if text is not None:
        return _parsed(StringIO(text, newline=""), source, mark, choose)
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            with Path(path).open(encoding=encoding, newline="") as handle:  # type: ignore[arg-type]
                return _parsed(handle, source, mark, choose)
        except UnicodeDecodeError:
            continue
    raise AssertionError("every file can be read as Latin-1")


def _parsed(
    handle: IO[str], source: str, mark: str, choose: Callable[[list[str]], list[int]]
) -> tuple[list[str], list[list[str]]]:
    first = handle.readline()
    handle.seek(0)
    try:
        lines = filter(None, csv.reader(handle, delimiter=max((",", "\t", ";"), key=first.count)))
        header = titles = [plain(name) for name in next(lines, [])]
        for _ in range(PREAMBLE if mark else 0):
            if mark in header:
                break
            header = [plain(name) for name in next(lines, titles)]
        header = header if not mark or mark in header else titles
        chosen = choose(header)
        columns: list[list[str]] = [[] for _ in chosen]
        takers = [(k, cells.append) for k, cells in zip(chosen, columns, strict=True)]
        for number, row in enumerate(lines, start=1):
            if len(row) != len(header):
                if mark and len(row) == 1:
                    continue  # the World Bank's last lines: the database and its date
                raise ValueError(
                    f"{source}, row {number} has {len(row)} cells and the header {len(header)}: is a comma inside "
                    "a name without quotes, or the download incomplete?"
                )
            for k, take in takers:
                take(row[k])
    except csv.Error as error:
        raise ValueError(f"{source} cannot be read as a table: {error}") from None
    return header, columns
