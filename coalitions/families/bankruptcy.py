"""Bankruptcy games: an estate too small for the claims on it, and the rules that divide it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from coalitions.allocation import Allocation
from coalitions.coalition import Label, subset_sums
from coalitions.errors import WorthError
from coalitions.families.given import (
    as_number,
    members,
    named,
    number_array,
    payoff_array,
    refuse_mixture,
    require_table,
)
from coalitions.game import Game


@dataclass(frozen=True, init=False)
class Bankruptcy:
    """An estate too small for the claims on it: a coalition can count on what the others leave when paid in full.

    v(S) = max(0, estate - sum of the claims outside S).

    Parameters
    ----------
    estate : number
        At least 0 and at most the sum of the claims.
    claims : iterable of n numbers
        At least 0.
    players : iterable of n labels, optional
        0, 1, ... by default.

    Attributes
    ----------
    estate : number
    claims : tuple of numbers
    players : tuple of labels

    Raises
    ------
    WorthError
        A claim or the estate is negative or no finite number; the estate covers more than all claims.

    References
    ----------
    .. [1] B. O'Neill (1982), A problem of rights arbitration from the Talmud, Mathematical Social Sciences 2, 345-371.

    Examples
    --------
    >>> estate = Bankruptcy(200, [100, 200, 300])
    >>> estate[1, 2], estate[0, 1]
    (100, 0)
    >>> talmud_rule(estate)
    Talmud rule of 3 players, exact, sum 200
    0    50   25.0%
    1    75   37.5%
    2    75   37.5%
    """

    estate: Any
    claims: tuple[Any, ...]
    players: tuple[Label, ...]

    def __init__(self, estate: Any, claims: Iterable[Any], players: Iterable[Label] | None = None) -> None:
        given = list(claims)
        labels = named(players, len(given), "claims")
        own = tuple(as_number(c, f"claim of {p!r}", least=0) for p, c in zip(labels, given, strict=True))
        whole = as_number(estate, "the estate", least=0)
        refuse_mixture((whole, *own))
        if whole > sum(own):
            raise WorthError(f"the estate is {whole} and the claims sum to {sum(own)}: nobody is bankrupt")
        object.__setattr__(self, "estate", whole)
        object.__setattr__(self, "claims", own)
        object.__setattr__(self, "players", labels)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition."""
        inside = set(members(coalition, self.players))
        return max(0, self.estate - sum(c for i, c in enumerate(self.claims) if i not in inside))

    def to_game(self) -> Game:
        """Tabulate the worths.

        Returns
        -------
        Game
        """
        require_table(self.n, "the rules (talmud_rule and others) need no table")
        each = number_array((*self.claims, self.estate))
        outside = subset_sums(each[:-1])[::-1]
        table = np.maximum(each[-1] - outside, 0)
        table[0] = 0  # estate and claims may differ by a rounding when they sum to the same
        return Game(self.players, table, copy=False)


def proportional_rule(game: Bankruptcy) -> Allocation:
    """Pay every claimant the same part of its claim.

    Parameters
    ----------
    game : Bankruptcy
        n claimants, any n.

    Returns
    -------
    Allocation
        Sums to the estate; exact unless a number is a float. Nothing where nothing is claimed.

    Examples
    --------
    >>> proportional_rule(Bankruptcy(200, [100, 300]))[1]
    Fraction(150, 1)
    """
    total = sum(game.claims)
    return _paid(game, [game.estate * _exact(c) / total if total else 0 for c in game.claims], "proportional rule")


def constrained_equal_awards(game: Bankruptcy) -> Allocation:
    """Pay all claimants the same, but nobody more than its claim.

    Parameters
    ----------
    game : Bankruptcy
        n claimants, any n.

    Returns
    -------
    Allocation
        Sums to the estate; exact unless a number is a float.

    Notes
    -----
    Time O(n log n).

    References
    ----------
    .. [1] W. Thomson (2003), Axiomatic and game-theoretic analysis of bankruptcy and taxation problems: a survey,
           Mathematical Social Sciences 45, 249-297.

    Examples
    --------
    >>> [str(award) for award in constrained_equal_awards(Bankruptcy(200, [50, 100, 300]))]
    ['50', '75', '75']
    """
    return _paid(game, _equal_awards(game.estate, game.claims), "constrained equal awards")


def constrained_equal_losses(game: Bankruptcy) -> Allocation:
    """Let all claimants lose the same, but nobody more than its claim.

    Parameters
    ----------
    game : Bankruptcy
        n claimants, any n.

    Returns
    -------
    Allocation
        Sums to the estate; exact unless a number is a float.

    Notes
    -----
    Time O(n log n).

    References
    ----------
    .. [1] W. Thomson (2003), Axiomatic and game-theoretic analysis of bankruptcy and taxation problems: a survey,
           Mathematical Social Sciences 45, 249-297.

    Examples
    --------
    >>> [str(award) for award in constrained_equal_losses(Bankruptcy(200, [50, 100, 300]))]
    ['0', '0', '200']
    """
    losses = _equal_awards(sum(game.claims) - game.estate, game.claims)
    return _paid(game, [c - loss for c, loss in zip(game.claims, losses, strict=True)], "constrained equal losses")


def talmud_rule(game: Bankruptcy) -> Allocation:
    """Divide as the Talmud does, which is the nucleolus: equal awards up to half the claims, then equal losses.

    Parameters
    ----------
    game : Bankruptcy
        n claimants, any n.

    Returns
    -------
    Allocation
        Sums to the estate; exact unless a number is a float.

    Notes
    -----
    Time O(n log n).

    References
    ----------
    .. [1] R. J. Aumann, M. Maschler (1985), Game theoretic analysis of a bankruptcy problem from the Talmud, Journal
           of Economic Theory 36, 195-213.

    Examples
    --------
    >>> [str(award) for award in talmud_rule(Bankruptcy(400, [100, 200, 300]))]
    ['50', '125', '225']
    """
    halves = [Fraction(1, 2) * c for c in game.claims]
    lost = sum(game.claims) - game.estate
    if game.estate <= lost:
        awards: Sequence[Any] = _equal_awards(game.estate, halves)
    else:
        awards = [c - x for c, x in zip(game.claims, _equal_awards(lost, halves), strict=True)]
    return _paid(game, awards, "Talmud rule")


def _equal_awards(estate: Any, claims: Sequence[Any]) -> list[Any]:
    awards: list[Any] = [0] * len(claims)
    left = _exact(estate)
    for rank, i in enumerate(sorted(range(len(claims)), key=lambda i: claims[i])):
        awards[i] = min(claims[i], left / (len(claims) - rank))
        left -= awards[i]
    return awards


def _exact(number: Any) -> Any:
    return Fraction(number) if isinstance(number, int) else number


def _paid(game: Bankruptcy, awards: Sequence[Any], solution: str) -> Allocation:
    return Allocation(players=game.players, payoffs=payoff_array(awards), solution=solution, method="exact")
