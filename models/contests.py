"""Groups that fight over a prize: what members gain, and when it pays to fight together.

The lottery contest of Tullock between groups: a group wins with its part of all effort, effort costs what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING, Any

from coalitions.errors import WorthError
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Contest", "alliance_gain", "group_contest"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Contest(Result):
    """The equilibrium of a contest between groups.

    Attributes
    ----------
    sizes : tuple of int
    prize : number
    publicness : number
    contested : bool
        Whether members of the group that wins fight over what is not shared.
    efforts : tuple of numbers
        Of each group as a whole.
    chances : tuple of numbers
        Of each group to win; they sum to 1.
    payoffs : tuple of numbers
        Of each member of each group, its effort subtracted, members sharing the effort equally.
    """

    sizes: tuple[int, ...]
    prize: Any
    publicness: Any
    contested: bool
    efforts: tuple[Any, ...]
    chances: tuple[Any, ...]
    payoffs: tuple[Any, ...]

    def to_frame(self) -> pd.DataFrame:
        """Give one row a group.

        Returns
        -------
        pandas.DataFrame
            Columns ``size``, ``effort``, ``chance``, ``payoff`` (of a member).
        """
        import pandas as pd

        columns = {
            "size": self.sizes,
            "effort": list(map(float, self.efforts)),
            "chance": list(map(float, self.chances)),
            "payoff": list(map(float, self.payoffs)),
        }
        return pd.DataFrame(columns)

    def cite(self) -> tuple[str, ...]:
        """Name the sources.

        Returns
        -------
        tuple of str
        """
        from coalitions.sources import references_of

        return references_of(group_contest)

    def _headline(self) -> str:
        spent = float(sum(self.efforts) / self.prize)
        return f"contest of {len(self.sizes)} groups over {float(self.prize):g}: {spent:.0%} of the prize spent on it"

    def __repr__(self) -> str:
        rows = [
            f"size {size}: wins with {float(chance):.1%}, a member gains {float(payoff):.4g}"
            for size, chance, payoff in zip(self.sizes, self.chances, self.payoffs, strict=True)
        ]
        return "\n".join([self._headline(), *rows])


def group_contest(sizes: Sequence[int], *, prize: Any = 1, publicness: Any = 1, contested: bool = False) -> Contest:
    """Find efforts, chances and gains where groups of given sizes fight over a prize.

    Group G wins with chance X_G / sum_H X_H. Of the prize v the part p (publicness) serves each member of the winner
    whole, the rest is divided among its k members, so each fights for w = v (p + (1 - p) / k). If the rest is fought
    over among the winners, each of them expects v / k**2 of it, not v / k.

    Parameters
    ----------
    sizes : sequence of int
        Members of each group; two groups or more.
    prize : number
        v > 0.
    publicness : number
        p from 0 to 1.
    contested : bool
        Whether the winners fight over what is divided.

    Returns
    -------
    Contest
        Exact where prize and publicness are integers and Fractions.

    Raises
    ------
    WorthError
        Fewer than two groups, a size below 1, a prize that is not positive, a publicness outside 0 to 1.

    Notes
    -----
    Every group with effort meets ``X_-G w_G = X**2``, so that with g of them X = (g - 1) / sum_G (1 / w_G) and
    X_G = X (1 - X / w_G); groups that want the prize least stay out. For p = 1 every group's effort is
    v (g - 1) / g**2 whatever its size, and a member gains v / g - v (g - 1) / (g**2 k).

    References
    ----------
    .. [1] E. Katz, S. Nitzan, J. Rosenberg (1990), Rent-seeking for pure public goods, Public Choice 65, 49-60.
    .. [2] S. Nitzan (1991), Collective rent dissipation, Economic Journal 101, 1522-1534.
    .. [3] K. A. Konrad (2009), Strategy and Dynamics in Contests, Oxford University Press.

    Examples
    --------
    >>> group_contest([2, 1])
    contest of 2 groups over 1: 50% of the prize spent on it
    size 2: wins with 50.0%, a member gains 0.375
    size 1: wins with 50.0%, a member gains 0.25
    >>> group_contest([2, 1], publicness=0).chances
    (Fraction(1, 3), Fraction(2, 3))
    """
    members = tuple(sizes)
    if len(members) < 2:
        raise WorthError(f"{len(members)} groups; a contest needs at least two")
    for size in members:
        if not size >= 1 or size % 1:
            raise WorthError(f"size {size!r} is not a number of members; it must be a whole number, 1 or more")
    if not 0 < prize < float("inf"):
        raise WorthError(f"prize is {prize}; it must be positive")
    if not 0 <= publicness <= 1:
        raise WorthError(f"publicness is {publicness}; it must lie between 0 and 1")
    exact = isinstance(prize, Rational) and isinstance(publicness, Rational)
    kind: Any = Fraction if exact else float
    worth, public = kind(prize), kind(publicness)
    stakes = [worth * (public + (1 - public) / (kind(k) ** 2 if contested else kind(k))) for k in members]
    chances = _chances(stakes)
    total = _total(stakes)
    efforts = tuple(chance * total for chance in chances)
    return Contest(
        sizes=members,
        prize=worth,
        publicness=public,
        contested=contested,
        efforts=efforts,
        chances=chances,
        payoffs=tuple(
            chance * stake - effort / k
            for chance, stake, effort, k in zip(chances, stakes, efforts, members, strict=True)
        ),
    )


def alliance_gain(size: int, players: int, *, prize: Any = 1, publicness: Any = 1, contested: bool = False) -> Any:
    """Say what a player gains by joining forces with others, when all who remain fight alone.

    Parameters
    ----------
    size : int
        Members of the alliance; at least 1, fewer than the players.
    players : int
    prize, publicness, contested
        As for ``group_contest``.

    Returns
    -------
    number
        A member's payoff less what it would gain if everybody fought alone, v / n**2. Below zero, alliances do not pay.

    Raises
    ------
    WorthError
        As for ``group_contest``; a number that is not whole; an alliance of everybody, who would have nobody to fight.

    References
    ----------
    .. [1] J. Esteban, J. Sakovics (2003), Olson vs. Coase: coalitional worth in conflict, Theory and Decision 55,
           339-357.
    .. [2] K. A. Konrad (2009), Strategy and Dynamics in Contests, Oxford University Press.

    Examples
    --------
    Two of three gain by an alliance if the prize serves both, not if they divide it, and lose if they fight over it:

    >>> [str(alliance_gain(2, 3, publicness=p)) for p in (1, 0)], str(alliance_gain(2, 3, publicness=0, contested=True))
    (['19/72', '0'], '-73/900')
    """
    if not 1 <= size < players or size % 1 or players % 1:
        raise WorthError(
            f"an alliance of {size} among {players} players; whole numbers, at least one member and somebody to fight"
        )
    together = group_contest([size] + [1] * (players - size), prize=prize, publicness=publicness, contested=contested)
    return together.payoffs[0] - together.prize / players**2


def _active(stakes: list[Any]) -> list[Any]:
    """The stakes of the groups that make an effort: with the largest, while the next one gains by joining."""
    kept: list[Any] = []
    for stake in sorted(stakes, reverse=True):
        if len(kept) >= 2 and stake * sum(1 / each for each in kept) <= len(kept) - 1:
            break
        kept.append(stake)
    return kept


def _total(stakes: list[Any]) -> Any:
    kept = _active(stakes)
    return (len(kept) - 1) / sum(1 / stake for stake in kept)


def _chances(stakes: list[Any]) -> tuple[Any, ...]:
    total = _total(stakes)
    return tuple(max(0 * total, 1 - total / stake) for stake in stakes)
