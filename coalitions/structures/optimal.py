"""The coalition structure of the largest total worth, proven."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from coalitions.allocation import Allocation
from coalitions.coalition import Label, Worths, labels_of, submasks
from coalitions.errors import WorthError
from coalitions.game import Game, float_worths
from coalitions.memory import require_memory
from coalitions.program import Table, balanced_program, best_cover
from coalitions.tolerance import RELATIVE, scale_of, tolerance_of
from coalitions.worths import FLOAT_INTEGERS, integer_worths

if TYPE_CHECKING:
    import pandas as pd

_SPLITS_PER_SECOND = 7e8  # of the dynamic program; only decides when it is worth a start
_SEARCH_STEPS = 20_000_000  # a fraction of a second
_STEPS_PER_SPLIT = 0.1  # so that a longer search, given up, has cost less than the dynamic program
_EXACT_PLAYERS = 14  # a dynamic program on Python's own integers takes about a second there


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Structure:
    """A partition of the players and what is known about how good it is.

    Attributes
    ----------
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
        the core of this structure.
    tolerance : float
        Differences below this count as none; 0 for exact worths.
    method : str
    seconds : float
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

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(' '.join(map(str, block)))}</td><td>{worth}</td></tr>"
            for block, worth in zip(self.blocks, self.worths, strict=True)
        )
        head = "<tr><th>coalition</th><th>worth</th></tr>"
        return f"<table><caption>{escape(self._headline())}</caption>{head}{rows}</table>"


def optimal_structure(
    game: Game,
    *,
    time_limit: float = np.inf,
    report: Callable[[float, float], None] | None = None,
) -> Structure:
    """Split the players into the coalitions of the largest total worth.

    Parameters
    ----------
    game : Game
        n players; any worths, superadditive or not.
    time_limit : float, optional
        Seconds after which the best structure so far is returned with its bound and gap.
    report : callable, optional
        Told the value and the bound of the linear program after every round.

    Returns
    -------
    Structure
        ``gap`` is 0 unless the time limit or Ctrl-C came first.

    Raises
    ------
    WorthError
        Symbolic worths, or exact ones whose common denominator is beyond 2**53 for more than 14 players.

    Notes
    -----
    The linear relaxation (``coalitions.program.balanced_program``) gives prices at which no coalition is worth more
    than its members' prices. A structure falls short of the bound by exactly the regrets (price less worth) of its
    blocks, so an optimal one uses no coalition of larger regret than the gap: these few are collected in one scan
    and covered exactly by depth-first search, in windows that widen. Where all worths are multiples of a unit the
    bound is rounded down to it. Where ties leave too many coalitions, dynamic programming over subsets (3**n / 6
    splits) takes over. Memory: the table, and for the dynamic program another half.

    References
    ----------
    .. [1] T. Rahwan, T. Michalak, M. Wooldridge, N. Jennings (2015), Coalition structure generation: a survey,
           Artificial Intelligence 229, 139-174.
    .. [2] D. Y. Yeh (1986), A dynamic programming approach to the complete set partitioning problem, BIT 26,
           467-474.

    Examples
    --------
    >>> optimal_structure(Game("ABC", [0, 1, 1, 5, 1, 2, 3, 5]))
    2 coalitions of 3 players, worth 6, proven optimal
    A B  5
    C    1
    """
    started = time.monotonic()
    if not game.is_exact:
        search = _Search(game.worths, started + time_limit, report)
        return _structure(game, search, search.run(), started, tolerance=search.tolerance)
    scaled = integer_worths(game.worths)
    if scaled is None:
        float_worths(game)  # names the symbol
        raise WorthError("exact worths must be rational here; make irrational ones floats")
    numerators, denominator = scaled
    table = np.array(numerators, object)
    if max(map(abs, numerators)) * game.n < FLOAT_INTEGERS:
        search = _Search(table.astype(np.float64), started + time_limit, report)
        blocks = search.run()
        return _structure(game, search, blocks, started, denominator=denominator)
    if game.n > _EXACT_PLAYERS:
        raise WorthError(
            f"the common denominator {denominator} makes integers beyond 2**53, which stay exact up to "
            f"{_EXACT_PLAYERS} players; this game has {game.n}: make its worths floats"
        )
    search = _Search(float_worths(game), started + time_limit, report)
    search.run()
    blocks = _exact_partition(numerators)
    search.proven = True
    search.method = "dynamic program"
    return _structure(game, search, blocks, started)


class _Search:
    """The linear program, then the cover, then what is needed to close the gap."""

    def __init__(self, worths: Worths, deadline: float, report: Callable[[float, float], None] | None) -> None:
        self.worths = worths
        self.n = len(worths).bit_length() - 1
        self.deadline = deadline
        self.report = report
        self.tolerance = tolerance_of(worths)
        self.bound = np.inf
        self.proven = False
        self.prices = np.zeros(self.n)
        self.method = "linear program"

    def run(self) -> list[int]:
        solution, table = balanced_program(
            self.worths,
            scale=scale_of(self.worths),
            tolerance=self.tolerance,
            deadline=self.deadline,
            report=self.report,
        )
        self.prices = solution.prices
        self.bound = float(self.prices.sum())
        blocks, regret = self._among_generated(solution.keys)
        if regret <= self.tolerance:
            self.proven = True
            return blocks
        unit = _common_unit(self.worths)
        if unit:
            self.bound = float(np.floor((self.bound + self.tolerance) / unit) * unit)
            if sum(self.worths[blocks]) >= self.bound - self.tolerance:
                self.proven = True
                return blocks
        return self._close(table, blocks, regret)

    def _among_generated(self, masks: np.ndarray[Any, np.dtype[np.int64]]) -> tuple[list[int], float]:
        prices = [sum(self.prices[i] for i in range(self.n) if mask >> i & 1) for mask in masks.tolist()]
        regrets = np.maximum(np.array(prices) - self.worths[masks], 0.0)
        regret, blocks, _ = best_cover(masks, regrets, self.n, below=np.inf, step_limit=_SEARCH_STEPS)
        if not blocks:
            blocks = [1 << i for i in range(self.n)]
            regret = float(self.prices.sum() - self.worths[blocks].sum())
        return blocks, regret

    def _close(self, table: Table, blocks: list[int], regret: float) -> list[int]:
        """Widen the window of regrets until it holds the best structure, or give way to dynamic programming."""
        splits = 3.0 ** (self.n - 1) / 2
        step_limit = int(max(_SEARCH_STEPS, min(_STEPS_PER_SPLIT * splits, 1e10)))
        window = regret / 4
        self.method = "linear program, then exact cover"
        try:
            while time.monotonic() < self.deadline:
                window = min(window, regret)
                masks, regrets = table.within(self.prices, window + self.tolerance)
                found, cover, complete = best_cover(masks, regrets, self.n, below=regret, step_limit=step_limit)
                if cover:
                    blocks, regret = cover, found
                if not complete:
                    break
                if regret <= window + self.tolerance:
                    self.proven = True
                    return blocks
                window *= 4
            if time.monotonic() + splits / _SPLITS_PER_SECOND < self.deadline:
                self.method = "dynamic program"
                blocks = _best_partition(self.worths)
                self.proven = True
        except KeyboardInterrupt:
            pass  # the best structure so far, with the bound of the linear program
        return blocks


def _structure(
    game: Game,
    search: _Search,
    blocks: list[int],
    started: float,
    *,
    tolerance: float = 0.0,
    denominator: int = 1,
) -> Structure:
    blocks = sorted(blocks, key=lambda mask: (-mask.bit_count(), [i for i in range(game.n) if mask >> i & 1]))
    exact = game.is_exact
    worths = tuple(game.worths[mask] if exact else float(game.worths[mask]) for mask in blocks)
    worth = sum(worths, Fraction(0)) if exact else float(sum(worths))
    bound = worth
    if not search.proven:
        bound = Fraction(int(search.bound), denominator) if exact else search.bound
    return Structure(
        players=game.players,
        blocks=tuple(labels_of(mask, game.players) for mask in blocks),
        worths=worths,
        worth=worth,
        bound=bound,
        gap=bound - worth,
        payoffs=Allocation(
            players=game.players,
            payoffs=search.prices / denominator,
            solution="supporting payoffs",
            method="dual prices of the linear relaxation",
        ),
        tolerance=tolerance,
        method=search.method,
        seconds=time.monotonic() - started,
    )


def _common_unit(worths: Worths) -> float:
    """Give the smallest worth if all others are multiples of it (up to rounding), else 0."""
    block = 1 << 16
    for unit in dict.fromkeys((1.0, _smallest(worths))):
        if unit and all(
            (np.abs(part - np.rint(part)) <= RELATIVE).all()
            for part in (worths[start : start + block] / unit for start in range(0, len(worths), block))
        ):
            return unit
    return 0.0


def _smallest(worths: Worths) -> float:
    """Give the smallest absolute worth that is not zero."""
    block = 1 << 16
    parts = (np.abs(worths[start : start + block]) for start in range(0, len(worths), block))
    return min((float(part[part > 0].min(initial=np.inf)) for part in parts), default=0.0)


def _best_partition(worths: Worths) -> list[int]:
    """Find an optimal partition by dynamic programming over the coalitions without the last player."""
    from coalitions._kernels import best_block, best_partitions

    n = len(worths).bit_length() - 1
    require_memory(8 << (n - 1), f"dynamic programming over {n} players", "set a time limit")
    best = np.empty(1 << (n - 1))
    best_partitions(worths, best)
    blocks = []
    rest = (1 << n) - 1
    while rest:
        top = 1 << (rest.bit_length() - 1)
        block = top | int(best_block(worths, best, top, rest ^ top))
        blocks.append(block)
        rest ^= block
    return blocks


def _exact_partition(worths: list[int]) -> list[int]:
    """Find an optimal partition of exact worths by the same recursion on Python's own integers."""
    best = [0] * len(worths)
    block = [0] * len(worths)
    for mask in range(1, len(worths)):
        top = 1 << (mask.bit_length() - 1)
        others = mask ^ top
        best[mask], block[mask] = max((worths[top | sub] + best[others ^ sub], top | sub) for sub in submasks(others))
    blocks = []
    rest = len(worths) - 1
    while rest:
        blocks.append(block[rest])
        rest ^= block[rest]
    return blocks
