"""Weighted voting: a coalition wins when it has the votes, under one rule or several at once.

A body passes a motion when those in favour weigh enough. Weights and quotas stay exact; a worth is 1 for a winning
coalition and 0 for a losing one. How power is counted in such bodies is in
``voting_power``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, mask_of
from coalitions.errors import CoalitionError, WorthError
from coalitions.families.voting_counts import winning_table
from coalitions.game import Game
from coalitions.worths import FLOAT_INTEGERS


@dataclass(frozen=True, eq=False, repr=False, init=False)
class WeightedVotingGame:
    """A body in which a coalition wins when its votes reach a quota.

    v(S) = 1 when w(S) >= quota (with ``strict``, when w(S) > quota), else 0.

    Parameters
    ----------
    weights : sequence of n numbers, or mapping from player to number
        Integers, Fractions or Decimals, not negative; floats only where they are whole, for others are rounded in
        binary and would move the quota.
    quota : number
        Of the same kind. For a share of the votes write ``Fraction(65, 100) * total``.
    players : iterable of n labels, optional
        By default the keys of the mapping, or 0..n-1.
    strict : bool, default False
        True when votes must exceed the quota instead of reaching it.

    Attributes
    ----------
    players : tuple of labels
    weights : tuple of int or Fraction
    quota : int or Fraction
    total : int or Fraction
        The sum of the weights.
    n : int

    Raises
    ------
    WorthError
        A weight is negative or no exact number; a quota that nobody or everybody meets, the empty coalition included.
    CoalitionError
        Weights and players do not match.

    Notes
    -----
    ``shapley_shubik_index`` and ``banzhaf_index`` count exactly for up to 46 players of any weights and for hundreds
    of small ones; see ``voting_power``.

    References
    ----------
    .. [1] J. von Neumann, O. Morgenstern (1944), Theory of Games and Economic Behavior, chapter X.
    .. [2] L. S. Shapley, M. Shubik (1954), A method for evaluating the distribution of power in a committee system,
           American Political Science Review 48, 787-792.

    Examples
    --------
    >>> council = WeightedVotingGame({"DEU": 4, "FRA": 4, "ITA": 4, "BEL": 2, "NLD": 2, "LUX": 1}, 12)
    >>> council["DEU", "FRA", "ITA"], council["DEU", "FRA", "BEL", "LUX"]
    (1, 0)
    >>> council
    Weighted voting of 6 players (DEU, FRA, ITA, BEL, NLD, LUX), quota 12 of 17
    """

    weights: tuple[Any, ...]
    quota: Any
    players: tuple[Label, ...]
    strict: bool
    total: Any
    whole: tuple[tuple[int, ...], int]
    """The same rule in the smallest integers, its quota to be reached."""

    def __init__(
        self,
        weights: Sequence[Any] | Mapping[Any, Any] | NDArray[Any],
        quota: Any,
        players: Iterable[Label] | None = None,
        strict: bool = False,
    ) -> None:
        if isinstance(weights, Mapping):
            if players is not None:
                raise CoalitionError("players are named twice: by the keys of weights and by players=")
            players, weights = tuple(weights), list(weights.values())
        given = weights.tolist() if isinstance(weights, np.ndarray) else list(weights)
        order = as_players(range(len(given)) if players is None else players)
        if len(order) != len(given):
            raise CoalitionError(f"{len(given)} weights for {len(order)} players")
        exact = tuple(_exact(weight, f"weight of {player!r}") for player, weight in zip(order, given, strict=True))
        for player, weight in zip(order, exact, strict=True):
            if weight < 0:
                raise WorthError(f"weight of {player!r} is {weight}; weights are 0 or more")
        total, bar = sum(exact), _exact(quota, "quota")
        if bar < 0 or (bar == 0 and not strict):
            raise WorthError(f"quota {bar} lets the empty coalition win; it must be above 0")
        if bar > total or (bar == total and strict):
            over = "exceed" if strict else "reach"
            raise WorthError(f"no coalition can {over} quota {bar}: the weights sum to {total}")
        scale = math.lcm(*(Fraction(weight).denominator for weight in exact))
        whole = [int(weight * scale) for weight in exact]
        least = math.floor(bar * scale) + 1 if strict else math.ceil(bar * scale)
        divisor = math.gcd(*whole)
        values = {
            "weights": exact,
            "quota": bar,
            "players": order,
            "strict": bool(strict),
            "total": total,
            "whole": (tuple(weight // divisor for weight in whole), -(-least // divisor)),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> int:
        """Give 1 when the coalition wins, 0 when it loses."""
        return int(self._wins(mask_of(coalition, self.players)))

    def _wins(self, mask: int) -> bool:
        weights, quota = self.whole
        return sum(weight for i, weight in enumerate(weights) if mask >> i & 1) >= quota

    def winning_table(self) -> NDArray[np.uint8]:
        """Mark every winning coalition by 1, in bitmask order.

        Returns
        -------
        ndarray of uint8, shape (2**n,)

        Raises
        ------
        TooLargeError
            More than 30 players.
        """
        return winning_table([self.whole], self.n)

    def to_game(self, *, exact: bool = False) -> Game:
        """Tabulate the worths of all coalitions.

        Parameters
        ----------
        exact : bool, default False
            Integers instead of floats, so that solutions come out as Fractions; 8 bytes a coalition either way.

        Returns
        -------
        Game
            Worths 0 and 1.

        Raises
        ------
        TooLargeError
            More than 30 players.
        """
        return Game(self.players, self.winning_table().astype(object if exact else np.float64), copy=False)

    def __repr__(self) -> str:
        over = "more than " if self.strict else ""
        return f"Weighted voting of {_listed(self.players)}, quota {over}{self.quota} of {self.total}"


@dataclass(frozen=True, eq=False, repr=False, init=False)
class MultipleVotingGame:
    """A body in which a coalition must meet several rules at once, unless it is large enough to pass anyway.

    v(S) = 1 when S has at least ``count_quota`` members and meets every rule, or has at least ``or_count`` members.
    With weight vectors, one rule a component, this is every simple game.

    Parameters
    ----------
    rules : sequence of WeightedVotingGame
        Over the same players in the same order.
    count_quota : int, default 0
        The least number of members.
    or_count : int, optional
        So many members win whatever they weigh. A blocking minority of at least k members in a body of n is
        ``or_count=n - k + 1``: a smaller opposition cannot block.

    Attributes
    ----------
    players : tuple of labels
    rules : tuple of WeightedVotingGame
    n : int

    Raises
    ------
    CoalitionError
        No rule, or rules for different players.
    WorthError
        A number of members that no coalition has, or that makes the rules void.

    References
    ----------
    .. [1] A. Taylor, W. Zwicker (1999), Simple Games, Princeton University Press, section 1.7 (dimension).
    .. [2] J. M. Bilbao, J. R. Fernandez, N. Jimenez, J. J. Lopez (2002), Voting power in the European Union
           enlargement, European Journal of Operational Research 143, 181-196.

    Examples
    --------
    >>> people = WeightedVotingGame({"A": 50, "B": 30, "C": 15, "D": 5}, 65)
    >>> council = MultipleVotingGame([people], count_quota=2, or_count=3)
    >>> council["A", "B"], council["A", "D"], council["B", "C", "D"]
    (1, 0, 1)
    """

    rules: tuple[WeightedVotingGame, ...]
    count_quota: int
    or_count: int | None

    def __init__(
        self, rules: Iterable[WeightedVotingGame], *, count_quota: int = 0, or_count: int | None = None
    ) -> None:
        listed = tuple(rules)
        if not listed:
            raise CoalitionError("no rules: give at least one WeightedVotingGame")
        for rule in listed:
            if not isinstance(rule, WeightedVotingGame):
                raise CoalitionError(f"rule {rule!r} is a {type(rule).__name__}, not a WeightedVotingGame")
            if rule.players != listed[0].players:
                raise CoalitionError(f"rules for different players: {listed[0].players} and {rule.players}")
        n = listed[0].n
        if not isinstance(count_quota, Integral) or not 0 <= count_quota <= n:
            raise WorthError(f"count_quota is {count_quota!r}; it must be a number of members from 0 to {n}")
        if or_count is not None and (not isinstance(or_count, Integral) or not 1 <= or_count <= n):
            raise WorthError(f"or_count is {or_count!r}; it must be a number of members from 1 to {n}")
        if or_count is not None and or_count <= count_quota:
            raise WorthError(f"or_count {or_count} makes count_quota {count_quota} and every rule void")
        object.__setattr__(self, "rules", listed)
        object.__setattr__(self, "count_quota", int(count_quota))
        object.__setattr__(self, "or_count", None if or_count is None else int(or_count))

    @property
    def players(self) -> tuple[Label, ...]:
        """The labels, as in every rule."""
        return self.rules[0].players

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> int:
        """Give 1 when the coalition wins, 0 when it loses."""
        mask = mask_of(coalition, self.players)
        size = mask.bit_count()
        if self.or_count is not None and size >= self.or_count:
            return 1
        return int(size >= self.count_quota and all(rule._wins(mask) for rule in self.rules))

    def winning_table(self) -> NDArray[np.uint8]:
        """Mark every winning coalition by 1, in bitmask order.

        Returns
        -------
        ndarray of uint8, shape (2**n,)

        Raises
        ------
        TooLargeError
            More than 30 players.
        """
        rules = [rule.whole for rule in self.rules]
        return winning_table(rules, self.n, fewest=self.count_quota, enough=self.or_count)

    def to_game(self, *, exact: bool = False) -> Game:
        """Tabulate the worths of all coalitions.

        Parameters
        ----------
        exact : bool, default False
            Integers instead of floats, so that solutions come out as Fractions; 8 bytes a coalition either way.

        Returns
        -------
        Game
            Worths 0 and 1.

        Raises
        ------
        TooLargeError
            More than 30 players.
        """
        return Game(self.players, self.winning_table().astype(object if exact else np.float64), copy=False)

    def __repr__(self) -> str:
        parts = [f"{rule.quota} of {rule.total}" for rule in self.rules]
        if self.count_quota:
            parts.append(f"{self.count_quota} members")
        text = f"Voting of {_listed(self.players)}, quotas " + " and ".join(parts)
        return text if self.or_count is None else f"{text}, or {self.or_count} members"


def _exact(number: Any, what: str) -> int | Fraction:
    if isinstance(number, np.generic):
        return _exact(number.item(), what)
    if isinstance(number, Integral):
        return int(number)
    if isinstance(number, Rational):
        whole = Fraction(int(number.numerator), int(number.denominator))
        return whole.numerator if whole.denominator == 1 else whole
    if getattr(number, "is_Rational", False):
        return _exact(Fraction(int(number.p), int(number.q)), what)
    if isinstance(number, Decimal | float) and not math.isfinite(number):
        raise WorthError(f"{what} is {number}")
    if isinstance(number, Decimal):
        return _exact(Fraction(number), what)
    if isinstance(number, float):
        if number.is_integer() and abs(number) <= FLOAT_INTEGERS:
            return int(number)
        raise WorthError(f"{what} is {number!r}, a float rounded in binary; give it exactly, as Fraction('{number!r}')")
    raise WorthError(f"{what} is {number!r}, not a number")


def _listed(players: tuple[Label, ...]) -> str:
    shown = ", ".join(map(str, players[:8])) + (", ..." if len(players) > 8 else "")
    return f"{len(players)} player{'s' * (len(players) > 1)} ({shown})"
