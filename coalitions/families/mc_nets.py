"""Marginal-contribution nets: games written as rules, their values, and their text files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, labels_of, mask_of, members_of
from coalitions.errors import CoalitionError, WorthError
from coalitions.families.given import as_number, mentioned, number_array, refuse_mixture, require_table
from coalitions.game import Game

_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[&!,]|[^\s&!,"]+)')
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")')
_PLAIN = re.compile(r"\w+")
_WHOLE = re.compile(r"-?[0-9]+")


class Rule(NamedTuple):
    """One rule of a net: what is added when all of some players are in and none of some others.

    Attributes
    ----------
    inside, outside : label or iterable of labels
    worth : number or sympy expression

    Examples
    --------
    >>> Rule(("AUS", "JPN"), ("CHN",), 5).worth
    5
    """

    inside: Any
    outside: Any
    worth: Any


@dataclass(frozen=True, init=False)
class MCNet:
    """A marginal-contribution net: every rule adds its worth to the coalitions it applies to.

    v(S) = sum of the worths of the rules whose ``inside`` is within S and whose ``outside`` has nobody in S.

    Parameters
    ----------
    rules : iterable of (inside, outside, worth)
        ``inside`` (not empty) and ``outside`` are labels or iterables of labels without a common player; worths may be
        sympy expressions.
    players : iterable of labels, optional
        In the order of first mention by default.

    Attributes
    ----------
    rules : tuple of (int, int, number)
        Bitmasks of the players in and out, and the worth.
    players : tuple of labels

    Raises
    ------
    CoalitionError
        An unknown player, one both in and out, a rule without a player that must be in.
    WorthError
        A worth that is not finite.

    References
    ----------
    .. [1] S. Ieong, Y. Shoham (2005), Marginal contribution nets: a compact representation scheme for coalitional
           games, ACM Conference on Electronic Commerce, 193-202.

    Examples
    --------
    >>> net = MCNet([Rule(["AUS", "JPN"], [], 5), Rule(["JPN"], ["AUS"], 2)])
    >>> net["JPN"], net["AUS", "JPN"]
    (2, 5)
    >>> mc_net_shapley(net)
    [Fraction(3, 2), Fraction(7, 2)]
    """

    rules: tuple[tuple[int, int, Any], ...]
    players: tuple[Label, ...]

    def __init__(self, rules: Iterable[Sequence[Any]], players: Iterable[Label] | None = None) -> None:
        listed = [Rule(*rule) for rule in rules]
        if players is None:
            players = mentioned([side for rule in listed for side in (rule.inside, rule.outside)])
        order = as_players(players)
        own = []
        for number, rule in enumerate(listed):
            inside, outside = mask_of(rule.inside, order), mask_of(rule.outside, order)
            if not inside:
                raise CoalitionError(f"rule {number} names no player that must be in: the empty coalition is worth 0")
            if inside & outside:
                raise CoalitionError(f"rule {number} wants {labels_of(inside & outside, order)} both in and out")
            own.append((inside, outside, as_number(rule.worth, f"worth of rule {number}", ordered=False)))
        refuse_mixture(worth for _, _, worth in own)
        object.__setattr__(self, "rules", tuple(own))
        object.__setattr__(self, "players", order)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition."""
        mask = mask_of(coalition, self.players)
        return sum(worth for inside, outside, worth in self.rules if inside & mask == inside and not outside & mask)

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game

        Notes
        -----
        One addition for every coalition a rule applies to: 2**(n - k) for a rule that names k players.
        """
        require_table(self.n, "mc_net_shapley and mc_net_banzhaf need no table")
        worths = number_array([worth for _, _, worth in self.rules])
        table = np.zeros(1 << self.n, worths.dtype)
        for (inside, outside, _), worth in zip(self.rules, worths, strict=True):
            table[_applies(inside, ((1 << self.n) - 1) & ~(inside | outside))] += worth
        return Game(self.players, table, copy=False)


def _applies(inside: int, free: int) -> NDArray[np.int64]:
    masks = np.array([inside], np.int64)
    for i in members_of(free):
        masks = np.concatenate((masks, masks | 1 << i))
    return masks


def mc_net_shapley(game: MCNet) -> list[Any]:
    """Give the Shapley value of a marginal-contribution net, rule by rule.

    Of a rule of worth w with p players in and q out, each player in receives w / (p C(p + q, q)) and each player out
    -w / (q C(p + q, p)).

    Parameters
    ----------
    game : MCNet
        Any n.

    Returns
    -------
    list of n numbers
        Exact or symbolic unless a worth is a float.

    Notes
    -----
    Time: the sum of the players the rules name.

    References
    ----------
    .. [1] S. Ieong, Y. Shoham (2005), Marginal contribution nets: a compact representation scheme for coalitional
           games, ACM Conference on Electronic Commerce, 193-202.

    Examples
    --------
    >>> mc_net_shapley(MCNet([("A", "B", 2)]))
    [Fraction(1, 1), Fraction(-1, 1)]
    """
    return _by_rule(game, lambda own, other: Fraction(1, own * comb(own + other, other)))


def mc_net_banzhaf(game: MCNet) -> list[Any]:
    """Give the Banzhaf value of a marginal-contribution net: 2**(1 - k) of a rule's worth, k the players it names.

    Parameters
    ----------
    game : MCNet
        Any n.

    Returns
    -------
    list of n numbers
        Exact or symbolic unless a worth is a float; players a rule wants out receive minus as much.

    Notes
    -----
    Time: the sum of the players the rules name.

    Examples
    --------
    >>> mc_net_banzhaf(MCNet([("A", "B", 2)]))
    [Fraction(1, 1), Fraction(-1, 1)]
    """
    return _by_rule(game, lambda own, other: Fraction(1, 1 << (own + other - 1)))


def _by_rule(game: MCNet, weight: Any) -> list[Any]:
    payoffs: list[Any] = [Fraction(0)] * game.n
    for inside, outside, worth in game.rules:
        sizes = inside.bit_count(), outside.bit_count()
        for i in members_of(inside):
            payoffs[i] += weight(*sizes) * worth
        for i in members_of(outside):
            payoffs[i] -= weight(*sizes[::-1]) * worth
    return payoffs


def write_mc_net(game: MCNet, path: str | Path) -> None:
    """Write a net as text, one rule a line.

    Parameters
    ----------
    game : MCNet
        Its players are strings or integers, its worths int, float or Fraction.
    path : str or path
        Overwritten.

    Raises
    ------
    CoalitionError
        A label that is neither a string nor an integer.
    WorthError
        A symbolic worth.

    Notes
    -----
    ``players: AUS, JPN, CHN`` comes first, then lines such as ``AUS & JPN & !CHN -> 7/2``. Labels that are not plain
    words are in double quotes, with JSON escapes; a bare run of digits is an integer. ``#`` begins a comment.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "net.txt")
    >>> write_mc_net(MCNet([("A", "B", Fraction(1, 2))]), path)
    >>> print(path.read_text(), end="")
    players: A, B
    A & !B -> 1/2
    """
    words = [_word(player) for player in game.players]
    lines = ["players: " + ", ".join(words)]
    for number, (inside, outside, worth) in enumerate(game.rules):
        if not isinstance(worth, int | float | Fraction):
            raise WorthError(f"worth of rule {number} is {worth}, which a file of numbers cannot hold")
        shown = f"{worth.numerator}/{worth.denominator}" if isinstance(worth, Fraction) else repr(worth)
        terms = [words[i] for i in members_of(inside)] + [f"!{words[i]}" for i in members_of(outside)]
        lines.append(f"{' & '.join(terms)} -> {shown}")
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _word(label: Label) -> str:
    if isinstance(label, int) and not isinstance(label, bool):
        return str(label)
    if not isinstance(label, str):
        raise CoalitionError(f"player {label!r} is neither a string nor an integer, so a file cannot name it")
    plain = _PLAIN.fullmatch(label) and not _WHOLE.fullmatch(label)
    return label if plain else json.dumps(label)


def read_mc_net(path: str | Path) -> MCNet:
    """Read a net from text, one rule a line.

    Parameters
    ----------
    path : str or path
        As ``write_mc_net`` writes it. The line of players may be missing; ``∧``, ``¬``, ``→`` are read too.

    Returns
    -------
    MCNet
        Worths written ``3`` are int, ``7/2`` Fractions, ``0.5`` floats.

    Raises
    ------
    WorthError, CoalitionError
        A line that is no rule; the message has its number.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "net.txt")
    >>> _ = path.write_text("AUS & JPN -> 5   # the pact\\nJPN & !AUS -> 2\\n")
    >>> read_mc_net(path)["JPN"]
    2
    """
    players = None
    rules: list[Rule] = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").split("\n"), start=1):
        text = _bare(line)
        if not text:
            continue
        where = f"line {number} ({line.strip()!r})"
        if text.startswith("players:"):
            if players is not None or rules:
                raise CoalitionError(f"{where}: the players are named once, before the rules")
            tokens = _tokens(text.removeprefix("players:"), where)
            if any(token != "," for token in tokens[1::2]) or len(tokens) % 2 == 0:
                raise CoalitionError(f"{where}: the players are labels with commas between them")
            players = [_label(token, where) for token in tokens[::2]]
            continue
        pattern, arrow, worth = text.rpartition("->")
        if not arrow:
            raise WorthError(f"{where} is no rule: write it like A & !B -> 2")
        rules.append(Rule(*_sides(_tokens(pattern, where), where), _number(worth.strip(), where)))
    return MCNet(rules, players)


def _bare(line: str) -> str:
    """Take the comment off a line and read its symbols, both outside quotation marks only."""
    kept = []
    for i, piece in enumerate(_QUOTED.split(line)):
        if i % 2:
            kept.append(piece)
            continue
        code, hash_sign, _ = piece.partition("#")
        kept.append(code.replace("∧", "&").replace("¬", "!").replace("→", "->"))
        if hash_sign:
            break
    return "".join(kept).strip()


def _tokens(text: str, where: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if not found:
            raise CoalitionError(f"{where}: cannot read {text[at:].strip()!r}; a quotation mark may be missing")
        tokens.append(found.group(1))
        at = found.end()
    return tokens


def _sides(tokens: list[str], where: str) -> tuple[list[Label], list[Label]]:
    sides: tuple[list[Label], list[Label]] = ([], [])
    expected, negated = "player", False
    for token in tokens:
        if expected == "player" and token == "!" and not negated:
            negated = True
        elif expected == "player" and token not in ("&", "!", ","):
            sides[negated].append(_label(token, where))
            expected, negated = "and", False
        elif expected == "and" and token == "&":
            expected = "player"
        else:
            raise CoalitionError(f"{where}: {token!r} is out of place; write A & B & !C -> 2")
    if expected == "player":
        raise CoalitionError(f"{where} ends without a player")
    return sides


def _label(token: str, where: str) -> Label:
    if token.startswith('"'):
        try:
            return str(json.loads(token))
        except json.JSONDecodeError as error:
            raise CoalitionError(f"{where}: {token} is no label in JSON's quotes: {error}") from None
    if token in (",", "&", "!"):
        raise CoalitionError(f"{where}: a label is missing before {token!r}")
    return int(token) if _WHOLE.fullmatch(token) else token


def _number(text: str, where: str) -> Any:
    for kind in (int, Fraction if "/" in text else float):
        try:
            return as_number(kind(text), f"worth in {where}")
        except WorthError:
            raise
        except (ValueError, ZeroDivisionError):
            continue
    raise WorthError(f"{where}: {text!r} is not a number; write 2, 7/2 or 0.5")
