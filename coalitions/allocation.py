"""What every single-valued solution returns: one payoff a player, and how it was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, labels_of, subset_sums, unknown_label
from coalitions.errors import CoalitionError
from coalitions.game import Game, as_game, float_worths
from coalitions.result import Result
from coalitions.tolerance import tolerance_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_TABULATED_TO_EXPLAIN = 16


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Allocation(Result):
    """A payoff for every player.

    Attributes
    ----------
    players : tuple of labels
    payoffs : ndarray, read-only, shape (n,)
        In player order and in the unit of the worths; float64, or object when the worths are exact.
    solution : str
        The name of the solution, such as ``'Shapley value'``.
    method : str
        How it was found: ``'exact'`` for a closed computation, otherwise the algorithm.

    Raises
    ------
    CoalitionError
        Not one payoff a player.

    Examples
    --------
    >>> Allocation(players=("AUS", "JPN"), payoffs=np.array([1.0, 3.0]), solution="equal split", method="exact")
    equal split of 2 players, exact, sum 4
    AUS     1   25.0%
    JPN     3   75.0%
    >>> from coalitions import Game, shapley_value
    >>> shapley_value(Game("AB", [0, 1, 0, 5])).cite()[0][:22]
    'L. S. Shapley (1953), '
    """

    players: tuple[Label, ...]
    payoffs: NDArray[Any] = field()
    solution: str
    method: str

    def __post_init__(self) -> None:
        own = np.array(self.payoffs)
        if own.shape != (len(self.players),):
            raise CoalitionError(f"{own.size} payoffs for {len(self.players)} players")
        own.flags.writeable = False
        object.__setattr__(self, "payoffs", own)

    def __getitem__(self, player: Label) -> Any:
        """Give the payoff of one player."""
        try:
            return (
                self.payoffs[self.players.index(player)].item()
                if self._is_float
                else self.payoffs[self.players.index(player)]
            )
        except ValueError:
            raise unknown_label(player, self.players) from None

    def __len__(self) -> int:
        return len(self.players)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.payoffs.tolist())

    @property
    def _concept(self) -> str:
        return self.solution

    @property
    def _is_float(self) -> bool:
        return self.payoffs.dtype != object

    @property
    def total(self) -> Any:
        """The sum of the payoffs."""
        return float(self.payoffs.sum()) if self._is_float else sum(self.payoffs.tolist())

    def to_dict(self) -> dict[Label, Any]:
        """Give the payoffs by player.

        Returns
        -------
        dict
        """
        return dict(zip(self.players, self.payoffs.tolist(), strict=True))

    def to_frame(self) -> pd.DataFrame:
        """Give the payoffs as a DataFrame indexed by player, with each player's share of the sum.

        Returns
        -------
        pandas.DataFrame
            Columns ``payoff`` and ``share`` (of the sum; absent when the sum is 0 or symbolic).
        """
        import pandas as pd

        columns: dict[str, Any] = {"payoff": self.payoffs}
        shares = self._shares()
        if shares is not None:
            columns["share"] = shares
        return pd.DataFrame(columns, index=pd.Index(self.players, name="player"))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the payoffs as bars.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(0.6 * len(self) + 2, 3))[1]
        axes.bar([str(player) for player in self.players], self.payoffs.astype(float))
        axes.axhline(0, color="0.3", linewidth=0.8)
        axes.set_ylabel("payoff (unit of the worths)")
        axes.set_title(self.solution)
        return axes

    def explain(self, game: Any) -> str:
        """Say in words what each player gets, beside what it is worth alone and what it adds to the others.

        Parameters
        ----------
        game : Game or representation
            The game that was solved.

        Returns
        -------
        str
            A sentence a player, and whether some coalition would do better by itself, where that can be told from a
            table of at most 16 players (or a Game of any size).

        Raises
        ------
        CoalitionError
            The game has other players.

        Examples
        --------
        >>> from coalitions import Game, shapley_value
        >>> pact = Game("AB", [0, 1, 0, 5])
        >>> print(shapley_value(pact).explain(pact))
        The Shapley value gives A 3 (60.0% of 5): alone A is worth 1, and it adds 5 to the others.
        The Shapley value gives B 2 (40.0% of 5): alone B is worth 0, and it adds 4 to the others.
        No coalition would do better by itself.
        """
        if game.players != self.players:
            raise CoalitionError(f"the allocation is for {self.players}, the game for {game.players}")
        lines = []
        total = game[self.players]
        for i, (name, payoff, share) in enumerate(self._rows()):
            part = f" ({share} of {_number(self.total)})" if share else ""
            alone, added = game[(self.players[i],)], total - game[self.players[:i] + self.players[i + 1 :]]
            lines.append(
                f"The {self.solution} gives {name} {payoff}{part}: alone {name} is worth {_number(alone)}, "
                f"and it adds {_number(added)} to the others."
            )
        tabulated = isinstance(game, Game) or (hasattr(game, "to_game") and len(self) <= _TABULATED_TO_EXPLAIN)
        if tabulated and self._shares() is not None:
            lines.append(self._best_objection(as_game(game)))
        return "\n".join(lines)

    def _best_objection(self, game: Game) -> str:
        excesses = game.worths - subset_sums(self.payoffs)
        worst = int(np.argmax(excesses))  # the empty coalition is among them, with 0
        gain = excesses[worst]
        exact = game.is_exact and not self._is_float
        if gain <= (0 if exact else tolerance_of(float_worths(game))):
            return "No coalition would do better by itself."
        who = ", ".join(map(str, labels_of(worst, game.players)))
        return f"{who} would do better by {_number(gain)} without the others."

    def _shares(self) -> NDArray[np.float64] | None:
        try:
            x = self.payoffs.astype(float)
        except TypeError:
            return None
        return x / x.sum() if x.sum() else None

    def _rows(self) -> list[tuple[str, str, str]]:
        shares = self._shares()
        payoffs = [f"{x:.6g}" if self._is_float else str(x) for x in self.payoffs]
        percent = [""] * len(self) if shares is None else [f"{share:.1%}" for share in shares]
        return list(zip(map(str, self.players), payoffs, percent, strict=True))

    def _headline(self) -> str:
        total = f"{self.total:g}" if self._is_float else self.total
        return f"{self.solution} of {len(self)} player{'s' * (len(self) > 1)}, {self.method}, sum {total}"

    def __repr__(self) -> str:
        rows = self._rows()
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [
            f"{name:<{widths[0]}}  {payoff:>{max(widths[1], 4)}}  {share:>{widths[2]}}".rstrip()
            for name, payoff, share in rows
        ]
        return "\n".join([self._headline(), *lines])


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def as_payoffs(x: Any, players: tuple[Label, ...]) -> NDArray[Any]:
    """Read a payoff vector given as an Allocation, a mapping or a sequence in player order.

    Parameters
    ----------
    x : Allocation, mapping from player to number, or array_like of shape (n,)
    players : tuple of n labels

    Returns
    -------
    ndarray, shape (n,)
        float64, or object when the payoffs are exact.

    Raises
    ------
    CoalitionError
        A player is missing, unknown or twice; a payoff is not finite; the wrong number of payoffs.

    Examples
    --------
    >>> as_payoffs({"JPN": 2, "AUS": 1}, ("AUS", "JPN"))
    array([1., 2.])
    """
    if isinstance(x, Allocation):
        x = x.to_dict()
    if isinstance(x, Mapping):
        for player in x:
            if player not in players:
                raise unknown_label(player, players)
        lacking = [player for player in players if player not in x]
        if lacking:
            raise CoalitionError(f"no payoff for {', '.join(map(repr, lacking))}")
        x = [x[player] for player in players]
    payoffs = np.asarray(x)
    if payoffs.shape != (len(players),):
        raise CoalitionError(f"{payoffs.size} payoffs for {len(players)} players")
    if payoffs.dtype != object:
        payoffs = payoffs.astype(np.float64)
        if not np.isfinite(payoffs).all():
            bad = int(np.argmin(np.isfinite(payoffs)))
            raise CoalitionError(f"payoff of {players[bad]!r} is {payoffs[bad]}")
    return payoffs
