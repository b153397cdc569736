"""Games in files: CSV and JSON, read with errors that name the line or the coalition."""

from __future__ import annotations

import csv
import io
import json
import math
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from coalitions.coalition import as_players
from coalitions.errors import CoalitionError, WorthError
from coalitions.game import Game

_EXACT_DIGITS = 400  # of a decimal among fractions; 1e999999 would fill the memory


def read_game(path: str | PathLike[str], *, missing: str | float | None = None) -> Game:
    """Read a game from a file.

    Parameters
    ----------
    path : path
        ``.json``, or anything else for CSV, UTF-8. CSV in one of two shapes, told by the header: a column of 0 and 1
        for every player and a column ``worth`` (what ``Game.to_frame`` writes), or two columns ``coalition`` and
        ``worth``. JSON: ``{"players": [...], "worths": [...]}`` with all worths in bitmask order, or
        ``{"worths": {"AUS JPN": 2, ...}}`` with optional ``"players"``. Labels of a coalition are joined by
        semicolons, commas or spaces; where a file uses semicolons, or else commas, labels may hold spaces.
    missing : number, optional
        The worth of every coalition that is not listed; without it one left out is an error. ``"1/3"`` is exact.

    Returns
    -------
    Game
        Exact where any worth is a fraction such as ``1/3``: decimals are then read exactly too.

    Raises
    ------
    WorthError
        A worth that is no finite number, coalitions left out or there twice, a file that is none of the above.
    CoalitionError
        Unknown or repeated players.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pact.csv"
    ...     _ = path.write_text("coalition,worth\\nAUS JPN,1/3\\nAUS JPN USA,1\\n")
    ...     read_game(path, missing=0)["AUS", "JPN"]
    Fraction(1, 3)
    """
    source = Path(path)
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WorthError(f"{source.name}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    read = _read_json if source.suffix.lower() == ".json" else _read_csv
    try:
        return read(text, None if missing is None else str(missing))
    except WorthError as error:
        raise WorthError(f"{source.name}: {error}") from None
    except CoalitionError as error:
        raise CoalitionError(f"{source.name}: {error}") from None


def _read_csv(text: str, missing: str | None) -> Game:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise WorthError(f"line {reader.line_num}: {error}") from None
    lines = [(number, row) for number, row in lines if any(row)]
    if not lines:
        raise WorthError("the file is empty")
    (_, header), *rows = lines
    if "worth" not in header:
        raise WorthError(
            f"line 1: no column 'worth' in {', '.join(map(repr, header))}; give one column a player and a column "
            "worth, or the columns coalition and worth"
        )
    for number, row in rows:
        if len(row) != len(header):
            raise WorthError(f"line {number}: {len(row)} cells under {len(header)} columns")
    at = header.index("worth")
    worths = [(f"line {number}", row[at]) for number, row in rows]
    if sorted(header) == ["coalition", "worth"]:
        keys = _split([row[1 - at] for _, row in rows])
        players = tuple(dict.fromkeys(label for key in keys for label in key))
    else:
        players = tuple(map(str, as_players(header[:at] + header[at + 1 :])))
        keys = [_marked(number, row[:at] + row[at + 1 :], players) for number, row in rows]
    return _game(players, keys, worths, missing)


def _marked(number: int, cells: list[str], players: tuple[str, ...]) -> tuple[str, ...]:
    for player, cell in zip(players, cells, strict=True):
        if cell not in ("0", "1"):
            raise WorthError(f"line {number}: column {player!r} is {cell!r}, not 0 or 1")
    return tuple(player for player, cell in zip(players, cells, strict=True) if cell == "1")


def _read_json(text: str, missing: str | None) -> Game:
    def refuse_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise WorthError(f"the key {key!r} is there twice")
            seen[key] = value
        return seen

    try:  # numbers stay text, so that 0.1 among fractions is a tenth
        data = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=refuse_doubles)
    except json.JSONDecodeError as error:
        raise WorthError(f"line {error.lineno}: {error.msg}") from None
    except RecursionError:
        raise WorthError("nested too deeply to be a game") from None
    worths = data.get("worths") if isinstance(data, dict) else None
    players = data.get("players") if isinstance(data, dict) else None
    if players is not None and not (isinstance(players, list) and all(isinstance(p, str) for p in players)):
        raise WorthError(f"players is {players!r}; give a list of names")
    if isinstance(worths, dict):
        keys = _split(list(worths))
        named = players or list(dict.fromkeys(label for key in keys for label in key))
        return _game(
            tuple(map(str, as_players(named))), keys, [(repr(key), value) for key, value in worths.items()], missing
        )
    if isinstance(worths, list) and players is not None:
        order = as_players(players)
        exact = _is_exact(worths)
        where = [f"worth {k}" for k in range(len(worths))]
        numbers = [_number(at, worth, exact=exact) for at, worth in zip(where, worths, strict=True)]
        return Game(order, np.array(numbers, object if exact else np.float64))
    raise WorthError(
        'give {"players": [...], "worths": [...]} with all worths in bitmask order, or {"worths": {"AUS JPN": 2, ...}}'
    )


def _split(names: list[str]) -> list[tuple[str, ...]]:
    """Cut coalitions into labels: by the first of semicolon, comma and space that the file uses."""
    for separator in (";", ","):
        if any(separator in name for name in names):
            return [tuple(part.strip() for part in name.split(separator) if part.strip()) for name in names]
    return [tuple(name.split()) for name in names]


def _game(
    players: tuple[str, ...], keys: list[tuple[str, ...]], worths: list[tuple[str, Any]], missing: str | None
) -> Game:
    if not players:
        raise WorthError("no coalition has a member")
    given = [worth for _, worth in worths]
    exact = _is_exact([*given, missing])
    listed: dict[tuple[str, ...], Any] = {}
    seen: dict[frozenset[str], str] = {}
    for key, (where, worth) in zip(keys, worths, strict=True):
        if frozenset(key) in seen and len(set(key)) == len(key):
            raise WorthError(f"{where}: the coalition {key} was there before, at {seen[frozenset(key)]}")
        seen[frozenset(key)] = where
        listed[key] = _number(where, worth, exact=exact)
    other = None if missing is None else _number("the worth of missing coalitions", missing, exact=exact)
    return Game.from_dict(listed, players=players, missing=other)


def _is_exact(worths: list[Any]) -> bool:
    return any(isinstance(worth, str) and "/" in worth for worth in worths)


def _number(where: str, worth: Any, *, exact: bool) -> Any:
    if not isinstance(worth, str):
        raise WorthError(f"{where}: {json.dumps(worth)} is not a number")
    try:
        if exact:
            too_long = len(worth) > _EXACT_DIGITS or abs(int(worth.lower().partition("e")[2] or 0)) > _EXACT_DIGITS
            if too_long:
                raise WorthError(f"{where}: {worth[:40]} has too many digits to be read exactly")
            return Fraction(worth.replace(" ", ""))
        value = float(worth)
    except ZeroDivisionError:
        raise WorthError(f"{where}: {worth} divides by 0") from None
    except WorthError:
        raise
    except ValueError:
        raise WorthError(f"{where}: {worth!r} is not a number") from None
    if not math.isfinite(value):
        raise WorthError(f"{where}: the worth is {worth}; it must be finite")
    return value
