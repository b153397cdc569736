"""A partition of the players, and what is known about how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from coalitions.allocation import Allocation
from coalitions.coalition import Label
from coalitions.result import Result
from coalitions.tolerance import tolerance_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Structure(Result):
    """A partition of the players and what is known about how good it is.

    Attributes
    ----------
    players : tuple of labels
    blocks : tuple of tuples of labels
        The coalitions, largest first, then in player order.
    worths : tuple of numbers
        The worth of each block.
    worth : number
        Their sum, in the unit of the worths.
    bound : number
        No partition is worth more: proven.
    gap : number
        bound - worth; 0 means proven optimal, up to ``tolerance``.
    payoffs : Allocation
        The cheapest payoffs no coalition can improve on (the dual prices); where they sum to ``worth`` they lie in
        the core of this structure. Under constraints: no coalition that may form. Where the number of coalitions is
        limited, a coalition has a price of its own beside its members', which is not shown.
    tolerance : float
        Differences below this count as none; 0 for exact worths.
    method : str
    seconds : float
    constraints : tuple of str
        On the coalitions, in words; none by default.
    counts : tuple of int, or None
        How many coalitions there may be, where that is limited.
    """

    players: tuple[Label, ...]
    blocks: tuple[tuple[Label, ...], ...]
    worths: tuple[Any, ...]
    worth: Any
    bound: Any
    gap: Any
    payoffs: Allocation
    tolerance: float
    method: str
    seconds: float
    constraints: tuple[str, ...] = ()
    counts: tuple[int, ...] | None = None

    _concept = "optimal structure"

    @property
    def is_proven(self) -> bool:
        """Whether no other structure can be worth more."""
        return bool(self.gap <= self.tolerance)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a block.

        Returns
        -------
        pandas.DataFrame
            Columns ``coalition`` (tuple of labels), ``size``, ``worth``.
        """
        import pandas as pd

        return pd.DataFrame({"coalition": self.blocks, "size": list(map(len, self.blocks)), "worth": self.worths})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the worths of the coalitions as bars.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(5, 0.4 * len(self.blocks) + 1))[1]
        axes.barh([" ".join(map(str, block)) for block in self.blocks], [float(worth) for worth in self.worths])
        axes.invert_yaxis()
        axes.axvline(0, color="0.3", linewidth=0.8)
        axes.set_xlabel("worth")
        axes.set_title(self._headline(), fontsize="medium")
        return axes

    def _may(self) -> str:
        return " that may form" if self.constraints else ""

    def explain(self) -> str:
        """Say in words what each coalition makes, what is proven, and whether payoffs could hold them together.

        Returns
        -------
        str

        Examples
        --------
        >>> from coalitions import Game, optimal_structure
        >>> print(optimal_structure(Game("ABC", [0, 1, 1, 5, 1, 2, 3, 5])).explain())
        A, B together make 5.
        C alone makes 1.
        No structure of the 3 players makes more than 6.
        Shared as A ..., no coalition would do better by itself.
        """
        lines = []
        for block, worth in zip(self.blocks, self.worths, strict=True):
            verb = "together make" if len(block) > 1 else "alone makes"
            lines.append(f"{', '.join(map(str, block))} {verb} {_number(worth)}.")
        found = "No" if self.is_proven else f"Together they make {_number(self.worth)}; no"
        which = " that satisfies the constraints" if self.constraints or self.counts else ""
        lines.append(
            f"{found} structure of the {len(self.players)} players{which} makes more than {_number(self.bound)}."
        )
        if self.counts:
            return "\n".join(lines)
        missing = float(self.payoffs.total) - float(self.worth)
        if missing <= max(self.tolerance, tolerance_of(self.payoffs.payoffs)):
            shares = ", ".join(f"{player} {_number(share)}" for player, share in self.payoffs.to_dict().items())
            lines.append(f"Shared as {shares}, no coalition{self._may()} would do better by itself.")
        else:
            lines.append(
                f"However they share it, some coalition{self._may()} would do better by itself: to content all takes "
                f"{_number(missing)} more."
            )
        return "\n".join(lines)

    def _headline(self) -> str:
        quality = "proven optimal" if self.is_proven else f"bound {self.bound:g}, gap {self.gap:g}"
        worth = self.worth if isinstance(self.worth, Fraction | int) else f"{self.worth:g}"
        many = "s" * (len(self.blocks) > 1)
        return f"{len(self.blocks)} coalition{many} of {len(self.players)} players, worth {worth}, {quality}"

    def __repr__(self) -> str:
        names = [" ".join(map(str, block)) for block in self.blocks]
        width = max(map(len, names))
        rows = [
            f"{name:<{width}}  {worth if isinstance(worth, Fraction) else format(worth, 'g')}"
            for name, worth in zip(names, self.worths, strict=True)
        ]
        return "\n".join([self._headline(), *rows])


def _number(number: Any) -> str:
    return str(number) if isinstance(number, Fraction | int) else f"{number:.6g}"
