"""Objections that no counter-objection answers: one linear program for a coalition, and for a pair of players."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import as_payoffs
from coalitions.coalition import Label, members_of, subset_sums
from coalitions.core.kernel import blocks_of
from coalitions.core.surplus import excesses_of
from coalitions.exact import maximise
from coalitions.game import as_game, float_worths
from coalitions.program import Columns, Master, balanced_program, generate
from coalitions.tolerance import RELATIVE, tolerance_of


class Objection(NamedTuple):
    """The best a coalition can do."""

    coalition: int
    """A bitmask."""
    pair: tuple[int, int] | None
    """The positions of who objects and against whom; None where the coalition objects as a whole."""
    gains: list[Any]
    """What each member gets above x, lowest position first; empty where the objection does not stand."""
    margin: Any
    """What it can do at least where it stands, at most where it does not."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A payoff under examination: excesses are floats, with unit 0, or integers to be divided by the unit.

    Attributes
    ----------
    players : tuple of n labels
    payoffs : ndarray, shape (n,)
    blocks : list of int
        Bitmasks of the structure's blocks.
    excesses : ndarray, shape (2**n,)
        v(S) - x(S), times the unit where there is one.
    unit : int
        The common denominator of integer excesses; 0 for floats.
    close : float
        Differences up to this are rounding; 0 for integers.
    """

    players: tuple[Label, ...]
    payoffs: NDArray[Any]
    blocks: list[int]
    excesses: NDArray[Any]
    unit: int
    close: float

    @classmethod
    def of(cls, given: Any, x: Any, structure: Iterable[Iterable[Label]] | None) -> Case:
        """Read game, payoffs and structure as the caller gave them.

        Parameters
        ----------
        given : Game, or a representation of one
        x : Allocation, mapping from player to payoff, or array_like of shape (n,)
        structure : iterable of coalitions, optional
            A partition; everybody together by default.

        Returns
        -------
        Case

        Raises
        ------
        CoalitionError
            Payoffs that do not match the players; no partition.
        """
        game = as_game(given)
        payoffs = as_payoffs(x, game.players)
        excesses, unit = excesses_of(game, payoffs)
        return cls(
            players=game.players,
            payoffs=payoffs,
            blocks=blocks_of(game, structure),
            excesses=excesses,
            unit=unit,
            close=0.0 if unit else max(tolerance_of(float_worths(game)), tolerance_of(payoffs.astype(np.float64))),
        )

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def number(self, value: Any) -> Any:
        """Bring an excess to the unit of the worths.

        Parameters
        ----------
        value : number
            An entry of ``excesses``, or a sum of some.

        Returns
        -------
        Fraction or float
        """
        return Fraction(int(value), self.unit) if self.unit else float(value)

    @property
    def surplus(self) -> Any:
        """What the block that misses its worth the most gets above it."""
        return -self.number(max((self.excesses[block] for block in self.blocks), key=abs))

    @property
    def shortfalls(self) -> NDArray[Any]:
        """What every player lacks to its own worth, as an excess."""
        return np.asarray(self.excesses[1 << np.arange(self.n)])

    @property
    def is_imputation(self) -> bool:
        """Whether blocks share their worth and nobody gets less than its own."""
        return bool(abs(self.surplus) <= self.close and self.shortfalls.max() <= self.close)


def _asked(excesses: NDArray[Any], coalition: int, without: int = -1, with_: int = -1) -> NDArray[Any]:
    """For every subset R of a coalition, the largest excess of a coalition that meets it in R.

    Given players, only coalitions without the first and with the second count, and R goes without the first.
    """
    table = excesses
    for b in reversed(range(len(excesses).bit_length() - 1)):
        halves = table.reshape(-1, 2, 1 << b)
        if b == without:
            table = halves[:, 0]
        elif b == with_:
            table = halves[:, 1]
        elif not coalition >> b & 1:
            table = np.maximum(halves[:, 0], halves[:, 1])
    return np.array(table).ravel()


def best_objection(case: Case, coalition: int, i: int, j: int) -> Objection:
    """Find the objection of i against j through a coalition that leaves the largest margin.

    Parameters
    ----------
    case : Case
    coalition : int
        Bitmask, with i and without j.
    i, j : int

    Returns
    -------
    Objection
    """
    others = [k for k in members_of(coalition) if k != i]
    m = len(others)  # player i has local position m
    asked = _asked(case.excesses, coalition, i, j)
    singles = 1 << np.arange(m)
    asked[singles] = np.maximum(asked[singles], 0)
    outside, gain = asked[0], case.excesses[coalition]
    nothing = Objection(coalition, (i, j), [], -case.number(outside))
    if case.number(-outside) <= case.close:
        return nothing
    scale = case.unit or 1
    oracle = _Demands(asked.astype(np.float64) / scale, m)
    size = max(float(np.abs(oracle.asked).max()), float(gain) / scale)
    master = Master(np.array([*[0.0] * (m + 1), 1.0]), np.array([*[0.0] * (m + 1), 1.0]), scale=size)
    everybody = np.arange(m + 1, dtype=np.int32)
    master.add(Columns(np.array([-1]), np.array([float(gain) / scale]), [everybody]), lower=-np.inf)
    master.add(Columns(np.array([1 << m]), np.zeros(1), [np.array([m, m + 1], np.int32)]))
    master.add(oracle.columns(singles))
    solution = generate(
        master,
        oracle,
        mass=1.0,
        tolerance=RELATIVE * size,
        batch=2 * m,
        stop_above=np.inf if case.unit else -case.close,
    )
    if case.unit:
        keys = {*singles.tolist(), *(k for k, w in zip(solution.keys.tolist(), solution.weights, strict=True) if w)}
        unit = [0] * m + [1, 1]
        value, prices = _exact_prices(
            [int(a) for a in asked],
            sorted(keys - {-1, 1 << m}),
            m + 1,
            extra=[(0, unit), (int(gain), [1] * (m + 1) + [0]), (-int(gain), [-1] * (m + 1) + [0])],
            right=[0] * (m + 1) + [1],
            enough=Fraction(0),
        )
        if value >= 0:
            return nothing._replace(margin=min(-value / scale, nothing.margin))
        gains = [price / scale for price in prices[: m + 1]]
        margin = min(-value / scale, nothing.margin)
    else:
        gains = (solution.prices[: m + 1] + (gain - solution.prices[: m + 1].sum()) / (m + 1)).tolist()
        margin = min(min(gains), -float((asked[1:] - subset_sums(gains[:m])[1:]).max(initial=-np.inf)), nothing.margin)
        if margin <= case.close:
            return nothing._replace(margin=min(max(-solution.value, margin), nothing.margin, case.close))
    ordered = dict(zip([*others, i], gains, strict=True))
    return Objection(coalition, (i, j), [ordered[k] for k in sorted(ordered)], margin)


class _Demands:
    """The oracle that knows what the coalitions of the other side ask from every subset R of the objectors."""

    def __init__(self, asked: NDArray[np.float64], m: int) -> None:
        self.asked = asked
        self._m = m

    def columns(self, masks: NDArray[np.int64]) -> Columns:
        rows = [np.array([*members_of(mask), self._m + 1], np.int32) for mask in masks.tolist()]
        return Columns(masks, self.asked[masks], rows)

    def propose(self, prices: NDArray[np.float64], count: int) -> tuple[float, Columns]:
        over = self.asked - subset_sums(prices[: self._m])
        over[0] = -np.inf
        level = prices[self._m + 1]
        best = np.argsort(-over)[:count]
        return float(over.max() - level), self.columns(best[over[best] > level].astype(np.int64))


def unanswered(case: Case, coalition: int) -> Objection:
    """Find payoffs for a coalition of the largest excess that no other coalition can answer.

    Parameters
    ----------
    case : Case
    coalition : int
        Bitmask.

    Returns
    -------
    Objection
    """
    members = members_of(coalition)
    asked = _asked(case.excesses, coalition)
    gain, scale = case.excesses[coalition], case.unit or 1
    nothing = Objection(coalition, None, [], -case.number(asked[0]))
    if case.number(asked[0]) > case.close:  # those outside have something to gain among themselves
        return nothing
    asked[0] = 0
    singles = 1 << np.arange(len(members))
    asked[singles] = np.maximum(asked[singles], 0)
    table = asked.astype(np.float64) / scale
    top = float(gain) / scale
    solution, _ = balanced_program(
        table, scale=top, tolerance=RELATIVE * top, stop_above=np.inf if case.unit else top + case.close
    )
    if case.unit:
        keys = {*singles.tolist(), *(k for k, w in zip(solution.keys.tolist(), solution.weights, strict=True) if w)}
        value, prices = _exact_prices(
            [int(a) for a in asked], sorted(keys), len(members), extra=[], right=[1] * len(members), enough=gain
        )
        if value > gain:
            return nothing._replace(margin=(int(gain) - value) / scale)
        return nothing._replace(gains=[price / scale for price in prices], margin=case.number(gain))
    if solution.value > top + case.close:
        return nothing._replace(margin=top - solution.value)
    gains = solution.prices + (top - solution.prices.sum()) / len(members)
    return nothing._replace(gains=gains.tolist(), margin=top)


def _exact_prices(
    asked: list[int], keys: list[int], size: int, *, extra: list[tuple[int, list[int]]], right: list[int], enough: Any
) -> tuple[Fraction, list[Fraction]]:
    """Solve the program of the subsets R exactly, adding those it breaks, until its value exceeds ``enough``."""
    surcharge = [1] * (len(right) - size)
    while True:
        columns = [[mask >> k & 1 for k in range(size)] + surcharge for mask in keys]
        found = maximise(
            [*(asked[mask] for mask in keys), *(worth for worth, _ in extra)],
            [*columns, *(column for _, column in extra)],
            right,
        )
        assert found is not None  # the singles and the whole coalition make it feasible
        value, _, prices = found
        paid = subset_sums(np.array(prices[: len(asked).bit_length() - 1], object)).tolist()
        level = prices[size] if surcharge else 0
        broken = sorted((paid[mask] + level - asked[mask], mask) for mask in range(1, len(asked)))
        new = [mask for gap, mask in broken[: 2 * size] if gap < 0]
        if value > enough or not new:
            return value, prices
        keys = keys + new
