"""Readers of figures by state and year: capabilities, spending, product, democracy, ideal points."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.panel import nearest
from models.releases.codes import panel_states
from models.releases.layouts import LAYOUTS
from models.releases.result import Release
from models.releases.tables import Source, Table, open_source, plain, read_table
from models.releases.units import SPENDING_UNITS, check_gdp, check_spending, fitting_unit

if TYPE_CHECKING:
    import pandas as pd

NMC_COLUMNS = {
    "milper": ("milper_k", "thousand persons"),
    "irst": ("irst_kt", "thousand tonnes of iron and steel"),
    "pec": ("pec_ktce", "thousand tonnes of coal equivalent"),
    "tpop": ("tpop_k", "thousand persons"),
    "upop": ("upop_k", "thousand persons in cities of 100,000 and more; the definition changes in 2017"),
    "cinc": ("cinc", "share of the system's capabilities, 0-1"),
}
STERLING_ENDS = 1913
"""The last year whose spending NMC gives in pounds."""

WORLD_BANK = {
    "ny.gdp.mktp.cd": ("gdp_usd", "current US dollars"),
    "sp.pop.totl": ("population", "persons"),
    "ms.mil.xpnd.cd": ("milex_usd", "current US dollars"),
    "ms.mil.xpnd.gd.zs": ("milex_pct_gdp", "% of GDP"),
    "ms.mil.totl.p1": ("armed_forces", "persons"),
}
OTHER_SCALES = re.compile(r"v2x_(regime|accountability|veracc|horacc|diagacc|divparctrl)(?!.*_osp)")
"""Columns of V-Dem that are called indices and are not shares: regime types, and estimates on a unit-normal scale."""

YEAR_COLUMN = re.compile(r"(\d{4})( \[yr\d{4}\])?")


def read_nmc(
    path: Source, *, unit: str = "thousand USD", codes: str = "cow", states: str | Iterable[str] | None = None
) -> Release:
    """Read COW National Material Capabilities, versions 5 to 7.

    Parameters
    ----------
    path : path or text file
        ``NMC-60-abridged.csv``, ``NMC-70-abridged.csv``, ``NMC_5_0.csv``, or a Stata copy.
    unit : str
        What military spending is given in: ``"thousand USD"`` as released, or ``"USD"``, ``"million USD"``. It is
        checked against the panel's GDP.
    codes : {"cow", "gw"}
        System of the state numbers.
    states : iterable of str, "all" or None
        States to keep; the panel's by default.

    Returns
    -------
    Release
        By ``iso3`` and ``year``: ``milex_kusd`` (thousand current dollars), ``milper_k``, ``irst_kt``, ``pec_ktce``,
        ``tpop_k``, ``upop_k``, ``cinc``. Spending to 1913 is in pounds and stands in ``milex_kgbp``.

    Raises
    ------
    ValueError
        Wrong file, repeated keys, negative figures, spending in another unit, numbers of the other system.

    References
    ----------
    .. [1] J. D. Singer, S. Bremer and J. Stuckey (1972), Capability distribution, uncertainty, and major power war,
       1820-1965, in B. Russett (ed.), Peace, War, and Numbers, 19-48.

    Examples
    --------
    >>> from io import StringIO
    >>> text = "ccode,year,milex,milper,irst,pec,tpop,upop,cinc\\n740,2001,40800000,-9,102866,1,127000,1,0.05\\n"
    >>> read_nmc(StringIO(text)).frame[["iso3", "year", "milex_kusd", "milper_k"]]
      iso3  year  milex_kusd  milper_k
    0  JPN  2001  40800000.0       NaN
    """
    table = read_table(path, "read_nmc")
    iso3, year = _by_number(table, "ccode", codes, panel_states(states))
    spent = table.numbers("milex", missing=(-9,))
    note = check_spending(table.by_state(iso3, year, {"milex": spent}), "milex", unit, table.source)
    spent = spent * SPENDING_UNITS[unit] / SPENDING_UNITS["thousand USD"]
    figures = {"milex_kusd": np.where(year > STERLING_ENDS, spent, np.nan)}
    if (year[table.used] <= STERLING_ENDS).any():
        figures["milex_kgbp"] = np.where(year <= STERLING_ENDS, spent, np.nan)
    figures |= {name: table.numbers(column, missing=(-9,)) for column, (name, _) in NMC_COLUMNS.items()}
    table.check("cinc", figures["cinc"] > 1, "must be a share between 0 and 1")
    return table.release(
        table.by_state(iso3, year, figures),
        ("iso3", "year"),
        {
            "milex_kusd": "thousand current US dollars",
            "milex_kgbp": "thousand current pounds sterling",
            **dict(NMC_COLUMNS.values()),
        },
        figures=("milex_kusd", *(name for name, _ in NMC_COLUMNS.values())),
        blank={"milex": "milex_kusd"} | {column: name for column, (name, _) in NMC_COLUMNS.items()},
        notes=(note,),
    )


def read_gmsd(
    path: Source,
    *,
    indicator: str | None = None,
    unit: str | None = None,
    codes: str = "gw",
    states: str | Iterable[str] | None = None,
) -> Release:
    """Read estimates of the Global Military Spending Dataset, saved as csv.

    Parameters
    ----------
    path : path or text file
        ``estimates_milex_con_*`` with the columns gwno, year, mean and, where given, sd and indicator.
    indicator : str, optional
        Which indicator, where the file holds several, such as ``milex_con_2022_sipri``.
    unit : str, optional
        ``"USD"``, ``"thousand USD"``, ``"million USD"`` or ``"billion USD"``. By default the one unit in which the
        median state spends a credible share of the panel's GDP; the account says which.
    codes, states
        As in ``read_nmc``; the numbers are Gleditsch-Ward's.

    Returns
    -------
    Release
        By ``iso3`` and ``year``: ``milex_musd``, million constant dollars of the indicator's year, and
        ``milex_musd_sd`` where the file has it.

    Raises
    ------
    ValueError
        As ``read_nmc``; several indicators and none chosen; no unit fits or there is too little to tell.

    References
    ----------
    .. [1] M. Barnum, C. J. Fariss, J. N. Markowitz and G. Morales (2024), Measuring arms: introducing the Global
       Military Spending Dataset, Journal of Conflict Resolution.

    Examples
    --------
    >>> from io import StringIO
    >>> text = "gwno,year,mean,sd\\n740,2001,44000,100\\n"
    >>> read_gmsd(StringIO(text), unit="million USD").frame
      iso3  year  milex_musd  milex_musd_sd
    0  JPN  2001     44000.0          100.0
    """
    table = read_table(path, "read_gmsd")
    if table.has("indicator"):
        there = tuple(dict.fromkeys(table.text("indicator")))
        if indicator is None and len(there) > 1:
            raise ValueError(f"{table.source} has several indicators; choose indicator= one of {', '.join(there)}")
        if indicator is not None and indicator not in there:
            raise ValueError(f"{table.source} has no indicator {indicator!r}{nearest(indicator, there)}")
        table.drop(table.text("indicator") != (indicator or there[0]), "another indicator")
    elif indicator is not None:
        raise ValueError(f"{table.source} has no column indicator to choose {indicator!r} from")
    iso3, year = _by_number(table, "gwno", codes, panel_states(states))
    figures = {"milex_musd": table.numbers("mean")}
    if table.has("sd"):
        figures["milex_musd_sd"] = table.numbers("sd")
    frame = table.by_state(iso3, year, figures)
    given = unit or fitting_unit(frame, "milex_musd")
    if given is None:
        raise ValueError(f"{table.source}: no unit of mean is a credible share of GDP, or too few rows tell; say unit=")
    note = check_spending(frame, "milex_musd", given, table.source)
    columns = list(figures)
    frame[columns] = frame[columns] * SPENDING_UNITS[given] / SPENDING_UNITS["million USD"]
    return table.release(
        frame,
        ("iso3", "year"),
        dict.fromkeys(columns, "million constant US dollars"),
        figures=("milex_musd",),
        notes=(
            note,
            "" if unit else f"unit of mean taken to be {given}: the one in which it is a credible share of GDP",
        ),
    )


def read_sipri(
    path: str | os.PathLike[str], sheet: str = "constant", *, states: str | Iterable[str] | None = None
) -> Release:
    """Read a sheet of the SIPRI Military Expenditure Database.

    SIPRI does not allow its tables to be passed on; read the workbook you downloaded.

    Parameters
    ----------
    path : path
        ``SIPRI-Milex-data-1949-2025.xlsx`` or another year's. Needs the package openpyxl.
    sheet : {"constant", "current", "share"}
        Constant dollars, current dollars, or share of gross domestic product.
    states : iterable of str, "all" or None
        As in ``read_nmc``.

    Returns
    -------
    Release
        By ``iso3`` and ``year``: ``milex_musd_constant`` (million dollars of the year ``units`` names),
        ``milex_musd`` (million current dollars) or ``milex_share_gdp`` (0-1). A row is one cell of the sheet.

    Raises
    ------
    ValueError
        The workbook has no such sheet, or a cell is neither a figure nor one of SIPRI's signs for none.
    ImportError
        openpyxl is missing.

    References
    ----------
    .. [1] Stockholm International Peace Research Institute, SIPRI Military Expenditure Database, sources and methods.
    """
    kinds = {"constant": "milex_musd_constant", "current": "milex_musd", "share": "milex_share_gdp"}
    if sheet not in kinds:
        raise ValueError(f"sheet {sheet!r} is not one of {', '.join(kinds)}{nearest(str(sheet), kinds)}")
    source, digest, _ = open_source(path)
    title, header, rows = _worksheet(path, source, sheet)
    frame = _cells(header, rows, source, title)
    table = Table(frame, LAYOUTS["SIPRI-Milex-data-1949-2025.xlsx"], f"{source}, sheet {title}", digest)
    table.year = frame["year"].to_numpy(float)
    iso3 = table.by_name("name", panel_states(states))
    signs = table.text("figure").str.replace(" ", "")
    table.drop(signs == "xxx", "the state did not exist (xxx)")
    table.drop(signs.isin(["...", "..", ""]), "no figure (...)")
    table.frame["figure"] = signs.mask(signs.isin(["xxx", "..."]), "")
    name = kinds[sheet]
    figures = {name: table.numbers("figure")}
    table.once(iso3, table.year)
    kept = table.by_state(iso3, table.year, figures)
    if sheet == "share":
        table.check("figure", figures[name] > 2, "must be a share of GDP: 0.02 is 2%")
        unit, note = "share of GDP, 0-1", ""
        if len(kept) and kept[name].median() > 0.25:
            raise ValueError(
                f"{table.source}: the median share of GDP is {kept[name].median():.3g}; is it in per cent?"
            )
    else:
        base = re.search(r"\d{4}", title)
        unit = f"million US dollars of {base[0]}" if base else "million current US dollars"
        note = check_spending(kept, name, "million USD", table.source)
    return table.release(kept, ("iso3", "year"), {name: unit}, figures=(name,), notes=(note,))


def read_world_bank(path: Source, column: str | None = None, *, states: str | Iterable[str] | None = None) -> Release:
    """Read an indicator of the World Bank, wide or long.

    Parameters
    ----------
    path : path or text file
        Wide, a column a year, as ``API_NY.GDP.MKTP.CD_DS2_en_csv_v2.csv`` (four lines above the header) or an
        export of the DataBank; or long, with the columns Country Code, Year and Value.
    column : str, optional
        Name for the figures. The wide form says what it holds; the long form does not, so there it is needed.
        ``"gdp_usd"`` replaces the panel's gross domestic product.
    states : iterable of str, "all" or None
        As in ``read_nmc``.

    Returns
    -------
    Release
        By ``iso3`` and ``year``: one column. A row is one cell of the wide form.

    Raises
    ------
    ValueError
        As ``read_nmc``; a file of several indicators; no name for those of a long file; gross domestic product in
        another unit than dollars.

    References
    ----------
    .. [1] World Bank, World Development Indicators.

    Examples
    --------
    >>> from io import StringIO
    >>> text = '"Country Name","Country Code","Indicator Code","2001"\\n"Japan","JPN","SP.POP.TOTL","127149000"\\n'
    >>> read_world_bank(StringIO(text)).frame
      iso3  year   population
    0  JPN  2001  127149000.0
    """
    if column in ("iso3", "year"):
        raise ValueError(f"column={column!r} is what rows are told apart by; give the figures another name")
    keep = panel_states(states)
    table = read_table(path, "read_world_bank", wide=True)
    if "value" not in table.layout.needs:
        table, code = _melted(table)
        column, unit = (
            (column or WORLD_BANK.get(code, (code.replace(".", "_"), ""))[0]),
            WORLD_BANK.get(code, ("", ""))[1],
        )
    elif column is None:
        raise ValueError(
            f"{table.source} is in the long form, which does not say what it holds; say column='gdp_usd' or another"
        )
    else:
        unit = dict(WORLD_BANK.values()).get(column, "")
    table.year = year = table.years("year")
    iso3 = table.by_code("country code", keep)
    values = table.numbers("value", signed=column not in dict(WORLD_BANK.values()))
    table.drop(np.isnan(values), "no figure")
    table.once(iso3, year)
    frame = table.by_state(iso3, year, {column: values})
    note = check_gdp(frame, column, table.source) if column == "gdp_usd" else ""
    return table.release(frame, ("iso3", "year"), {column: unit}, figures=(column,), notes=(note,))


def read_vdem(
    path: Source, columns: Iterable[str] = ("v2x_polyarchy",), *, states: str | Iterable[str] | None = None
) -> Release:
    """Read columns of the V-Dem country-year file.

    Parameters
    ----------
    path : path or text file
        ``V-Dem-CY-Core-v*.csv`` or ``V-Dem-CY-Full+Others-v*.csv``.
    columns : iterable of str
        Columns of the file, in its spelling. ``v2x_polyarchy`` becomes the panel's ``polyarchy``.
    states : iterable of str, "all" or None
        As in ``read_nmc``. States are found by ``country_text_id``: V-Dem's COW numbers reach beyond the years COW
        gives them.

    Returns
    -------
    Release
        By ``iso3`` and ``year``, on the scales of V-Dem; indices (``v2x_``) are checked to lie between 0 and 1, but for
        regime types and the estimates of accountability and of party control, which do not.

    Raises
    ------
    ValueError
        No column is asked for or one is missing, an index is outside 0-1, or a key is repeated.

    Notes
    -----
    V-Dem follows a country through changes of its state: its Czechia before 1993 is Czechoslovakia, its Serbia before
    2006 Yugoslavia, its Russia before 1992 the Soviet Union.

    References
    ----------
    .. [1] M. Coppedge et al., V-Dem Country-Year Dataset and Codebook.

    Examples
    --------
    >>> from io import StringIO
    >>> read_vdem(StringIO("country_text_id,year,v2x_polyarchy\\nJPN,2001,0.841\\n")).frame
      iso3  year  polyarchy
    0  JPN  2001      0.841
    """
    wanted = (columns,) if isinstance(columns, str) else tuple(columns)
    if not wanted:
        raise ValueError("columns is empty; name the columns of V-Dem to read, such as 'v2x_polyarchy'")
    table = read_table(path, "read_vdem", extra=[plain(name) for name in wanted])
    if missing := [name for name in wanted if not table.has(plain(name))]:
        raise ValueError(f"{table.source} has no column {missing[0]!r}; V-Dem's codebook lists them")
    table.year = year = table.years("year")
    iso3 = table.by_code("country_text_id", panel_states(states))
    figures = {
        "polyarchy" if name == "v2x_polyarchy" else name: table.numbers(plain(name), signed=True) for name in wanted
    }
    shares = [name for name in wanted if plain(name).startswith("v2x_") and not OTHER_SCALES.match(plain(name))]
    for name in shares:
        values = table.numbers(plain(name), signed=True)
        table.check(plain(name), (values < 0) | (values > 1), "must lie between 0 and 1")
    table.drop(np.all([np.isnan(values) for values in figures.values()], axis=0), "no figure")
    table.once(iso3, year)
    units = {name: "index, 0-1" if name == "polyarchy" or name in shares else "" for name in figures}
    return table.release(table.by_state(iso3, year, figures), ("iso3", "year"), units, figures=tuple(figures))


def _by_number(
    table: Table, column: str, codes: str, keep: tuple[str, ...]
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Find state and year of every row, each pair once."""
    table.year = year = table.years("year")
    table.drop(np.isnan(year), "no year")
    iso3 = table.by_number(column, year, codes, keep)
    table.once(iso3, year, column, codes)
    return iso3, year


def _melted(table: Table) -> tuple[Table, str]:
    """Turn a column a year into a row a year, and name the indicator."""
    years = {name: match[1] for name in table.frame.columns if (match := YEAR_COLUMN.fullmatch(str(name)))}
    if not years:
        raise ValueError(f"{table.source} has no column that is a year")
    label = next((name for name in ("indicator code", "series code") if table.has(name)), None)
    if label is None:
        raise ValueError(f"{table.source} has no column Indicator Code or Series Code to say what it holds")
    there = sorted(set(table.text(label)) - {""})
    if len(there) != 1:
        raise ValueError(f"{table.source} holds {len(there)} indicators ({', '.join(there[:4])}); export one at a time")
    long = table.frame.melt(id_vars=["country code"], value_vars=list(years), var_name="year", value_name="value")
    long["year"] = long["year"].map(years)
    return Table(long, table.layout, table.source, table.digest), there[0].casefold()


def _worksheet(path: str | os.PathLike[str], source: str, sheet: str) -> tuple[str, list[Any], list[list[Any]]]:
    """Find the sheet of a kind: its title, the header row and what is below."""
    try:
        load_workbook = import_module("openpyxl").load_workbook
    except ImportError:
        raise ImportError("SIPRI's workbook needs the package openpyxl: pip install openpyxl") from None

    if not source.casefold().endswith(".xlsx"):
        raise ValueError(f"{source} is not a workbook; give the SIPRI-Milex-data xlsx itself")
    words = {"constant": r"constant \(\d{4}\) us(\$|d)", "current": r"current us(\$|d)", "share": "share of gdp"}[sheet]
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets zipfile's and its own errors through
        raise ValueError(f"{source} cannot be opened as a workbook: {error}") from None
    try:
        title = next((name for name in book.sheetnames if re.fullmatch(words, name.strip().casefold())), None)
        if title is None:
            raise ValueError(f"{source} has no sheet for {sheet!r}; its sheets are {', '.join(book.sheetnames)}")
        lines = [list(row) for row in book[title].iter_rows(values_only=True)]
    finally:
        book.close()
    for number, line in enumerate(lines):
        if line and str(line[0]).strip() == "Country":
            return title, line, lines[number + 1 :]
    raise ValueError(f"{source}, sheet {title}: no row begins with Country")


def _cells(header: list[Any], rows: list[list[Any]], source: str, title: str) -> pd.DataFrame:
    """Make a row of every state and year; the headings of regions have no cells and are no states."""
    import pandas as pd

    titles = [str(cell).strip().removesuffix(".0") for cell in header]
    years = {k: int(cell) for k, cell in enumerate(titles) if re.fullmatch(r"(19|20)\d{2}", cell)}
    if not years:
        raise ValueError(f"{source}, sheet {title}: no column is a year")
    cells = [
        (str(row[0]).strip(), year, "" if row[k] is None else row[k])
        for row in rows
        if row and row[0] is not None and any(row[k] is not None for k in years if k < len(row))
        for k, year in years.items()
        if k < len(row)
    ]
    return pd.DataFrame(cells, columns=["name", "year", "figure"], dtype=object)
