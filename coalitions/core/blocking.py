"""Everybody who objects: the coalitions that can improve on a payoff, largest gain first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import as_payoffs
from coalitions.coalition import Label, Masks, Worths, labels_of, members_of, subset_sums
from coalitions.core.demands import BARRED, Demands, demands_of
from coalitions.errors import CoalitionError
from coalitions.exact import fractions_of
from coalitions.game import as_game
from coalitions.memory import require_memory
from coalitions.tolerance import tolerance_of

if TYPE_CHECKING:
    import pandas as pd

_LOW_BITS = 8
_SHOWN = 10


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Blocking:
    """The coalitions that can improve on a payoff, largest excess first; labelled only when they are looked at.

    ``len`` and iteration cover those kept, ``blocking[i]`` gives one as (tuple of labels, excess).

    Attributes
    ----------
    players : tuple of labels
    count : int
        How many can improve on the payoff, those beyond the limit included.
    out_of : int
        How many may object at all.
    tolerance : float
        An excess up to this size counts as none; 0 when worths and payoffs are exact.

    Notes
    -----
    Two excesses that differ by less than 1e-9 of the largest may be in the order of their bitmasks.
    """

    players: tuple[Label, ...]
    count: int
    out_of: int
    tolerance: float
    _masks: Masks
    _asked: Worths
    _payoffs: NDArray[Any]
    _exact: NDArray[Any] | None

    @property
    def share(self) -> float:
        """The share of the coalitions that block; 0 where nobody may object."""
        return self.count / self.out_of if self.out_of else 0.0

    @cached_property
    def excesses(self) -> NDArray[Any]:
        """What each of those kept could gain, in the unit of the worths; shape (len,)."""
        if self._exact is not None:
            return self._exact[: len(self)]
        cut = min(len(self.players), _LOW_BITS)
        low, high = subset_sums(self._payoffs[:cut]), subset_sums(self._payoffs[cut:])
        gains: NDArray[Any] = self._asked[self._masks] - low[self._masks & (1 << cut) - 1] - high[self._masks >> cut]
        return gains

    def __len__(self) -> int:
        return len(self._masks)

    def __getitem__(self, position: int) -> tuple[tuple[Label, ...], Any]:
        mask = int(self._masks[position])
        coalition = labels_of(mask, self.players)
        if self._exact is not None:
            return coalition, self._exact[position]
        return coalition, float(self._asked[mask] - self._payoffs[members_of(mask)].sum())

    def __iter__(self) -> Iterator[tuple[tuple[Label, ...], Any]]:
        return (self[position] for position in range(len(self)))

    def to_frame(self, limit: int = 1000) -> pd.DataFrame:
        """Give one row a coalition.

        Parameters
        ----------
        limit : int
            At most so many rows.

        Returns
        -------
        pandas.DataFrame
            Columns ``coalition`` (tuple of labels), ``size``, ``excess``.
        """
        import pandas as pd

        rows = [self[position] for position in range(min(limit, len(self)))]
        names = [coalition for coalition, _ in rows]
        return pd.DataFrame({"coalition": names, "size": list(map(len, names)), "excess": [gain for _, gain in rows]})

    def __repr__(self) -> str:
        gain = "gains" if self.count == 1 else "gain"
        head = f"{self.count} of {self.out_of} coalitions {gain} ({self.share:.1%})"
        shown = [self[position] for position in range(min(_SHOWN, len(self)))]
        gains = [f"{gain:.6g}" if isinstance(gain, float) else str(gain) for _, gain in shown]
        width = max(map(len, gains), default=0)
        rows = [f"{gain:>{width}}  {' '.join(map(str, names))}" for gain, (names, _) in zip(gains, shown, strict=True)]
        if self.count > len(shown):
            rows.append(f"{'':>{width}}  ... and {self.count - len(shown)} more")
        return "\n".join([head, *rows])


def blocking_coalitions(game: Any, x: Any, *, limit: int | None = None) -> Blocking:
    """List the coalitions that can improve on a payoff, largest excess first.

    S blocks x when v(S) > x(S); neither nobody nor everybody is asked.

    Parameters
    ----------
    game : Game
        n players, or anything with ``to_game()``.
    x : Allocation, mapping from player to payoff, or array_like of shape (n,)
        It need not sum to v(N).
    limit : int, optional
        How many to keep; all are counted.

    Returns
    -------
    Blocking
        With ``count`` and ``share``, the part of all coalitions that block.

    Raises
    ------
    CoalitionError
        A player without a payoff, an unknown one, a payoff that is not finite; a limit that is negative.
    WorthError
        Symbolic worths.

    Notes
    -----
    Two scans of the table, then a sort of 8 bytes a coalition. For the
    objections that count in the core of a structure or with forbidden coalitions, see ``Core.blocking``.

    Examples
    --------
    >>> from coalitions import Game
    >>> found = blocking_coalitions(Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1]), [0.5, 0.25, 0.25])
    >>> found
    3 of 6 coalitions gain (50.0%)
     0.5  B C
    0.25  A B
    0.25  A C
    >>> found[0]
    (('B', 'C'), 0.5)
    """
    return blocking_of(demands_of(as_game(game)), x, limit=limit)


def blocking_of(demands: Demands, x: Any, *, limit: int | None = None) -> Blocking:
    """List the coalitions whose demands a payoff does not meet.

    Parameters
    ----------
    demands : Demands
    x, limit
        As for ``blocking_coalitions``.

    Returns
    -------
    Blocking

    Raises
    ------
    CoalitionError
        A negative limit; payoffs that do not match the players.
    TooLargeError
        More gaining coalitions than memory holds.
    """
    if limit is not None and limit < 0:
        raise CoalitionError(f"limit is {limit}; it must not be negative")
    payoffs = as_payoffs(x, demands.game.players)
    if demands.is_plain:
        out_of = len(demands.asked) - 2
    else:
        out_of = int(np.count_nonzero(demands.asked != BARRED))
    excesses = None
    tolerance = 0.0
    if demands.is_exact and payoffs.dtype == object:
        masks, excesses = _exactly(demands, payoffs)
        count, masks = len(masks), masks[:limit]
    else:
        payoffs = payoffs.astype(np.float64)
        tolerance = max(demands.tolerance, tolerance_of(payoffs))
        count, masks = _above(demands, payoffs, tolerance, limit)
    return Blocking(
        players=demands.game.players,
        count=count,
        out_of=max(out_of, 0),
        tolerance=tolerance,
        _masks=masks,
        _asked=demands.asked,
        _payoffs=payoffs,
        _exact=excesses,
    )


def _exactly(demands: Demands, payoffs: NDArray[Any]) -> tuple[Masks, NDArray[Any]]:
    found = demands.broken(fractions_of(payoffs))
    excesses = np.empty(len(found), object)
    excesses[:] = [gap for gap, _ in found]
    return np.array([mask for _, mask in found], np.int64), excesses


def _above(demands: Demands, payoffs: NDArray[np.float64], bar: float, limit: int | None) -> tuple[int, Masks]:
    """Count the coalitions that lack more than ``bar``, and sort them by one integer each, excess above bitmask."""
    from coalitions._kernels_objections import collect_keys, count_above

    n, last = demands.n, len(demands.asked) - 1
    cut = min(n, _LOW_BITS)
    low, high = subset_sums(payoffs[:cut]), subset_sums(payoffs[cut:])
    table = demands.asked.reshape(len(high), len(low))
    counts = np.empty(len(high), np.int64)
    largest = float(count_above(table, high, low, bar, counts))
    everybody = float(demands.asked[last] - payoffs.sum()) if not demands.is_plain else -np.inf
    largest = max(largest, everybody)  # with a structure the grand coalition may object too
    count = int(counts.sum())
    require_memory(9 * count, f"a list of {count} coalitions", "ask for the worst alone: core(game).contains(x)")
    keys = np.empty(count, np.int64)
    steps = (1 << (62 - n)) - 1
    factor = steps / largest if largest > 0 else 0.0
    collect_keys(table, high, low, bar, counts, n, factor, steps, keys)
    if everybody > bar:
        keys = np.append(keys, (steps - min(int(everybody * factor), steps)) << n | last)
    count = len(keys)
    if limit is not None and limit < count:
        keys = np.partition(keys, limit)[:limit].copy()
    keys.sort()
    keys &= last
    return count, keys
