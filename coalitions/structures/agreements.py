"""Agreements one can join or leave: internal and external stability, and how large an agreement enforces itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.coalition import Label, as_players, coalition_sizes, labels_of, mask_of, members_of
from coalitions.errors import CoalitionError, TooLargeError, WorthError
from coalitions.memory import require_memory
from coalitions.result import Result
from coalitions.tolerance import RELATIVE

if TYPE_CHECKING:
    import pandas as pd

_MAX_PLAYERS = 22


@dataclass(frozen=True, eq=False, init=False, repr=False)
class AgreementGame:
    """One agreement, its members, and outsiders who gain or lose by it.

    Parameters
    ----------
    players : iterable of n labels
        Up to 22.
    payoffs : callable, or array_like of shape (n, 2**n)
        ``payoffs(player, members)`` gives what a player gets when the agreement has these members (a tuple of labels,
        with or without the player); or a table, a row a player, in bitmask order of the members.

    Attributes
    ----------
    players : tuple of labels
    payoffs : ndarray of float64, read-only, shape (n, 2**n)
    tolerance : float

    Raises
    ------
    WorthError
        A payoff that is not finite; the message names player and members.
    CoalitionError
        Players that are there twice, a table of the wrong shape.
    TooLargeError
        More than 22 players.

    References
    ----------
    .. [1] C. d'Aspremont, A. Jacquemin, J. J. Gabszewicz, J. A. Weymark (1983), On the stability of collusive price
           leadership, Canadian Journal of Economics 16, 17-25.
    .. [2] S. Barrett (1994), Self-enforcing international environmental agreements, Oxford Economic Papers 46,
           878-894.

    Examples
    --------
    Each member's effort is worth 1 to everybody and costs 2.5 to itself:

    >>> def payoff(player, members):
    ...     return len(members) - 2.5 * (player in members)
    >>> pact = AgreementGame("ABCD", payoff)
    >>> pact.is_stable(("A", "B", "C"))
    not internally stable: A would gain 1.5 by leaving
    """

    players: tuple[Label, ...]
    payoffs: NDArray[np.float64]
    tolerance: float

    def __init__(self, players: Iterable[Label], payoffs: Callable[..., Any] | ArrayLike) -> None:
        order = as_players(players)
        n = len(order)
        if n > _MAX_PLAYERS:
            raise TooLargeError(
                f"{n} players; every agreement is listed for up to {_MAX_PLAYERS}. Use stable_sizes where all are alike"
            )
        require_memory(10 * n << n, f"the payoffs of {n} players", "use fewer players")
        if callable(payoffs):
            table = np.empty((n, 1 << n))
            for mask in range(1 << n):
                members = labels_of(mask, order)
                table[:, mask] = [payoffs(player, members) for player in order]
        else:
            table = np.array(payoffs, np.float64)
            if table.shape != (n, 1 << n):
                raise CoalitionError(f"payoffs have shape {table.shape}; {n} players need ({n}, {1 << n})")
        if not np.isfinite(table).all():
            i, mask = np.argwhere(~np.isfinite(table))[0].tolist()
            raise WorthError(f"payoff of {order[i]!r} under {labels_of(mask, order)} is {table[i, mask]}")
        table.flags.writeable = False
        object.__setattr__(self, "players", order)
        object.__setattr__(self, "payoffs", table)
        object.__setattr__(self, "tolerance", RELATIVE * float(np.abs(table).max()))

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def __repr__(self) -> str:
        return f"AgreementGame of {self.n} player{'s' * (self.n > 1)}"

    def is_stable(self, members: Any, *, exclusive: bool = False) -> AgreementStability:
        """Say whether nobody would leave an agreement and nobody join it.

        Parameters
        ----------
        members : iterable of labels
        exclusive : bool
            Whether an outsider joins only where no member loses by it.

        Returns
        -------
        AgreementStability
            True or false in a condition.
        """
        mask = mask_of(tuple(members) if not isinstance(members, str) else members, self.players)
        leaving = {
            self.players[i]: float(self.payoffs[i, mask ^ (1 << i)] - self.payoffs[i, mask]) for i in members_of(mask)
        }
        joining, welcome = {}, {}
        for j in members_of((1 << self.n) - 1 ^ mask):
            larger = mask | 1 << j
            joining[self.players[j]] = float(self.payoffs[j, larger] - self.payoffs[j, mask])
            welcome[self.players[j]] = all(
                self.payoffs[i, larger] >= self.payoffs[i, mask] - self.tolerance for i in members_of(mask)
            )
        return AgreementStability(
            members=labels_of(mask, self.players),
            leaving=leaving,
            joining=joining,
            welcome=welcome,
            exclusive=exclusive,
            tolerance=self.tolerance,
        )

    def stable_agreements(self, *, exclusive: bool = False, transfers: bool = False) -> StableAgreements:
        """List every agreement that nobody would leave and nobody join.

        Parameters
        ----------
        exclusive : bool
            Whether an outsider joins only where no member loses by it.
        transfers : bool
            Whether members may share what they have: then an agreement is internally stable when its members together
            have at least what each of them would get by leaving alone (potential internal stability [1]_), and an
            outsider joins when the larger agreement is so too.

        Returns
        -------
        StableAgreements
            The largest first.

        Notes
        -----
        O(n 2**n), or O(n**2 2**n) where members have a say.

        References
        ----------
        .. [1] C. Carraro, J. Eyckmans, M. Finus (2006), Optimal transfers and participation decisions in international
               environmental agreements, Review of International Organizations 1, 379-396.

        Examples
        --------
        >>> pact = AgreementGame("ABC", lambda player, members: len(members) - 1.5 * (player in members))
        >>> pact.stable_agreements()
        1 stable agreement among 3 players
        (nobody)
        """
        masks = np.arange(1 << self.n)
        inside = masks >> np.arange(self.n)[:, None] & 1 == 1
        if transfers:
            claims = sum(np.where(inside[i], self.payoffs[i, masks & ~(1 << i)], 0.0) for i in range(self.n))
            together = np.where(inside, self.payoffs, 0.0).sum(axis=0)
            internal = together >= claims - self.tolerance * self.n
            external = np.ones(len(masks), np.bool_)
            for j in range(self.n):
                larger = masks | 1 << j
                external &= inside[j] | ~internal[larger]
        else:
            internal = np.ones(len(masks), np.bool_)
            external = np.ones(len(masks), np.bool_)
            for j in range(self.n):
                gain = self.payoffs[j, masks ^ (1 << j)] - self.payoffs[j]
                wants = gain > self.tolerance
                internal &= ~(inside[j] & wants)
                if exclusive:
                    for i in range(self.n):
                        loses = self.payoffs[i, masks | 1 << j] < self.payoffs[i] - self.tolerance
                        wants &= inside[j] | ~(inside[i] & loses)
                external &= inside[j] | ~wants
        found = masks[internal & external]
        found = found[np.lexsort((found, -coalition_sizes(self.n)[found].astype(np.int64)))]
        return StableAgreements(
            players=self.players,
            agreements=tuple(labels_of(mask, self.players) for mask in found.tolist()),
            worths=tuple(self.payoffs[:, found].sum(axis=0).tolist()),
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AgreementStability:
    """Whether an agreement holds; true or false in a condition, with who would leave and who would join.

    Attributes
    ----------
    members : tuple of labels
    leaving : dict from member to float
        What each would gain by leaving alone.
    joining : dict from outsider to float
        What each would gain by joining alone.
    welcome : dict from outsider to bool
        Whether no member would lose by its joining.
    exclusive : bool
        Whether only those who are welcome may join.
    tolerance : float
        A gain up to this counts as none.
    """

    members: tuple[Label, ...]
    leaving: dict[Label, float]
    joining: dict[Label, float]
    welcome: dict[Label, bool]
    exclusive: bool
    tolerance: float

    @property
    def is_internally_stable(self) -> bool:
        """Whether no member gains by leaving."""
        return all(gain <= self.tolerance for gain in self.leaving.values())

    @property
    def is_externally_stable(self) -> bool:
        """Whether no outsider gains by joining (of those who may)."""
        return all(
            gain <= self.tolerance or (self.exclusive and not self.welcome[player])
            for player, gain in self.joining.items()
        )

    def __bool__(self) -> bool:
        return self.is_internally_stable and self.is_externally_stable

    def __repr__(self) -> str:
        if self:
            return "stable: nobody would leave and nobody join"
        if not self.is_internally_stable:
            player = max(self.leaving, key=lambda each: self.leaving[each])
            return f"not internally stable: {player} would gain {self.leaving[player]:g} by leaving"
        may = [player for player in self.joining if self.welcome[player] or not self.exclusive]
        player = max(may, key=lambda each: self.joining[each])
        return f"not externally stable: {player} would gain {self.joining[player]:g} by joining"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StableAgreements(Result):
    """The agreements that nobody would leave and nobody join.

    Attributes
    ----------
    players : tuple of labels
    agreements : tuple of tuples of labels
        The largest first; the empty one means that nobody would begin alone.
    worths : tuple of float
        The sum of all players' payoffs under each, outsiders included.
    """

    players: tuple[Label, ...]
    agreements: tuple[tuple[Label, ...], ...]
    worths: tuple[float, ...]

    _concept = "agreement game"

    @property
    def largest(self) -> int:
        """The number of members of the largest stable agreement; -1 where there is none."""
        return max(map(len, self.agreements), default=-1)

    def to_frame(self) -> pd.DataFrame:
        """Give one row an agreement.

        Returns
        -------
        pandas.DataFrame
            Columns ``members`` (tuple of labels), ``size``, ``worth`` (to everybody).
        """
        import pandas as pd

        columns = {"members": self.agreements, "size": list(map(len, self.agreements)), "worth": self.worths}
        return pd.DataFrame(columns)

    def _headline(self) -> str:
        count = len(self.agreements)
        return f"{count} stable agreement{'s' * (count != 1)} among {len(self.players)} players"

    def __repr__(self) -> str:
        rows = [" ".join(map(str, members)) or "(nobody)" for members in self.agreements]
        return "\n".join([self._headline(), *rows[:20], *(["..."] if len(rows) > 20 else [])])


def stable_sizes(n: int, member: Callable[[int], Any], outsider: Callable[[int], Any]) -> tuple[int, ...]:
    """Give the sizes of agreement among n like players that nobody would leave and nobody join.

    Parameters
    ----------
    n : int
        How many players there are.
    member, outsider : callable
        What a member and an outsider get under an agreement of k members: ``member(k)`` for 1 <= k <= n, and
        ``outsider(k)`` for 0 <= k < n. Exact numbers are compared exactly.

    Returns
    -------
    tuple of int
        Increasing; the last one is the size of the largest self-enforcing agreement. A player who would gain nothing
        stays where it is.

    Raises
    ------
    CoalitionError
        n below 1.

    References
    ----------
    .. [1] C. d'Aspremont, A. Jacquemin, J. J. Gabszewicz, J. A. Weymark (1983), On the stability of collusive price
           leadership, Canadian Journal of Economics 16, 17-25.
    .. [2] C. Carraro, D. Siniscalco (1993), Strategies for the international protection of the environment, Journal of
           Public Economics 52, 309-328.

    Examples
    --------
    Linear benefits and quadratic costs of effort, in units of b**2 / c: never more than three, whatever n is.

    >>> from fractions import Fraction
    >>> n = 20
    >>> stable_sizes(n, lambda k: Fraction(k * k, 2) + n - k, lambda k: k * k + n - k - Fraction(1, 2))
    (0, 2, 3)
    """
    if n != int(n) or n < 1:
        raise CoalitionError(f"n is {n!r}; there must be at least one player")
    stays = {k: k == 0 or member(k) >= outsider(k - 1) for k in range(n + 1)}
    joins = {k: k < n and member(k + 1) > outsider(k) for k in range(n + 1)}
    return tuple(k for k in range(n + 1) if stays[k] and not joins[k])
