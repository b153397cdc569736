"""Balance of power: which states are essential to some winning coalition, and when none can be eliminated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coalitions.coalition import Label, as_players, labels_of
from coalitions.errors import WorthError
from coalitions.result import Result
from coalitions.worths import integer_worths, require_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BalanceOfPower(Result):
    """Who counts in a system of states whose coalitions win with more than half of all resources.

    Attributes
    ----------
    players : tuple of labels
    resources : tuple of numbers
    essential : tuple of labels
        The states that belong to some minimal winning coalition: the others can be eliminated.
    minimal_winning : tuple of tuples of labels
    """

    players: tuple[Label, ...]
    resources: tuple[Any, ...]
    essential: tuple[Label, ...]
    minimal_winning: tuple[tuple[Label, ...], ...]

    _concept = "balance of power"

    @property
    def is_system_stable(self) -> bool:
        """Whether no state can be eliminated: all are essential."""
        return len(self.essential) == len(self.players)

    @property
    def is_resource_stable(self) -> bool:
        """Whether no resources change hands: two equal states, or one of three and more with exactly half of them."""
        half = sum(self.resources)
        if len(self.players) == 2:
            return bool(self.resources[0] == self.resources[1])
        return any(2 * resource == half for resource in self.resources)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a state.

        Returns
        -------
        pandas.DataFrame
            Index player; columns ``resources``, ``essential``, ``minimal_winning`` (how many such coalitions it is in).
        """
        import pandas as pd

        counts = [sum(player in group for group in self.minimal_winning) for player in self.players]
        columns = {
            "resources": self.resources,
            "essential": [player in self.essential for player in self.players],
            "minimal_winning": counts,
        }
        return pd.DataFrame(columns, index=pd.Index(self.players, name="player"))

    def _headline(self) -> str:
        system = "system stable" if self.is_system_stable else "not system stable"
        resources = "resource stable" if self.is_resource_stable else "not resource stable"
        return f"balance of power of {len(self.players)} states: {system}, {resources}"

    def __repr__(self) -> str:
        lost = [str(player) for player in self.players if player not in self.essential]
        rows = [f"inessential: {' '.join(lost)}"] if lost else []
        rows += [f"wins with no member to spare: {' '.join(map(str, group))}" for group in self.minimal_winning[:20]]
        return "\n".join([self._headline(), *rows])


def balance_of_power(resources: Mapping[Label, Any]) -> BalanceOfPower:
    """Find the states that are essential in a balance of power.

    A coalition wins when it has more than half of all resources; a state is essential when it belongs to a winning
    coalition that would not win without any one of its members.

    Parameters
    ----------
    resources : mapping from player to number
        Not negative; n states, up to 24. Integers and Fractions are compared exactly.

    Returns
    -------
    BalanceOfPower

    Raises
    ------
    WorthError
        Resources that are negative, not finite, or all zero.
    TooLargeError
        More states than a table holds.

    Notes
    -----
    The minimal winning coalitions of a weighted majority game: ``coalitions.families.WeightedVotingGame``.

    References
    ----------
    .. [1] E. M. S. Niou, P. C. Ordeshook (1986), A theory of the balance of power in international systems, Journal of
           Conflict Resolution 30, 685-715.
    .. [2] E. M. S. Niou, P. C. Ordeshook, G. F. Rose (1989), The Balance of Power: Stability in International Systems,
           Cambridge University Press.

    Examples
    --------
    >>> balance_of_power({"A": 50, "B": 30, "C": 20})
    balance of power of 3 states: system stable, resource stable
    wins with no member to spare: A B
    wins with no member to spare: A C
    >>> balance_of_power({"A": 55, "B": 25, "C": 20}).essential
    ('A',)
    """
    players = as_players(resources)
    n = len(players)
    given = [resources[player] for player in players]
    for player, resource in zip(players, given, strict=True):
        if not 0 <= resource < float("inf"):
            raise WorthError(f"resources of {player!r} are {resource}; they must be finite and not negative")
    if not sum(given) > 0:
        raise WorthError("all resources are 0")
    require_table(n)
    scaled = integer_worths(given)
    small = scaled is not None and sum(scaled[0]) < 1 << 61
    numbers = np.array(scaled[0] if scaled else given, np.int64 if small else object if scaled else np.float64)
    held = np.zeros(1, numbers.dtype)
    spare = np.array([numbers.sum()])  # the least of the members' resources
    for i in range(n):
        held = np.concatenate((held, held + numbers[i]))
        spare = np.concatenate((spare, np.minimum(spare, numbers[i])))
    winning = (2 * held > numbers.sum()) & (2 * (held - spare) <= numbers.sum())
    winning[0] = False
    groups = tuple(labels_of(mask, players) for mask in np.flatnonzero(winning).tolist())
    groups = tuple(sorted(groups, key=len))
    return BalanceOfPower(
        players=players,
        resources=tuple(given),
        essential=tuple(player for player in players if any(player in group for group in groups)),
        minimal_winning=groups,
    )
