"""Points of the kernel and the prekernel, near a payoff to start from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.allocation import Allocation, as_payoffs
from coalitions.coalition import Label, Worths, labels_of, members_of, subset_sums
from coalitions.core.kernel import KernelMembership, blocks_of, kernel_contains, partners, prekernel_contains
from coalitions.core.surplus import excesses_of, most_effective, surplus_matrix
from coalitions.errors import CoalitionError, SolverError, WorthError
from coalitions.exact import fractions_of, solve
from coalitions.game import Game, as_game, float_worths
from coalitions.tolerance import tolerance_of

_ROUNDS = 300
_SPLITS = (1, 10**3, 10**6, 10**12)  # denominators tried for a payoff that floats found
_EXACT_STEPS = 20
_MOST_TIED = 1000
_CLOSE = 1e4  # tolerances within which excesses may turn out to be tied


def prekernel_point(game: Any, *, start: Any = None, structure: Iterable[Iterable[Label]] | None = None) -> Allocation:
    """Move a payoff until every two players could gain equally without each other.

    Parameters
    ----------
    game : Game or any representation with ``to_game()``
        n players.
    start : Allocation, mapping from player to payoff, or array_like of shape (n,), optional
        A payoff of v(N) where the search begins; by default everybody's own worth and an equal share of the rest.
        The prekernel may hold many payoffs: the start decides which is found.
    structure : iterable of coalitions, optional
        A partition of the players: each block shares its own worth, and only players of one block are compared.

    Returns
    -------
    Allocation
        Of Fractions when the worths are exact. Always checked: ``prekernel_contains`` holds.

    Raises
    ------
    CoalitionError
        A start or a structure that does not fit.
    WorthError
        Symbolic worths.
    SolverError
        The search did not settle; the message gives what is left. ``prenucleolus`` is a point of the prekernel too.

    Notes
    -----
    A round picks one most effective coalition for every pair of players and makes the differences of their excesses
    as small as possible in the sense of least squares (Meinhardt); where that does not help, players who outweigh
    others take half the difference from them, the largest first (Stearns; Maschler and Peleg), which converges, but
    slowly. O(n**2 2**n) a round for the first, O(2**n) a transfer; a few rounds as a rule.

    References
    ----------
    .. [1] R. E. Stearns (1968), Convergent transfer schemes for n-person games, Transactions of the American
           Mathematical Society 134, 449-459.
    .. [2] M. Maschler, B. Peleg (1976), Stable sets and stable points of set-valued dynamic systems with applications
           to game theory, SIAM Journal on Control and Optimization 14, 985-995.
    .. [3] H. I. Meinhardt (2014), The Pre-Kernel as a Tractable Solution for Cooperative Games, Springer.

    Examples
    --------
    >>> prekernel_point(Game("ABC", [0, 0, 0, 10, 0, 0, 0, 2])).payoffs.round(9).tolist()
    [3.0, 3.0, -4.0]
    """
    return _point(as_game(game), start, structure, "prekernel")


def kernel_point(game: Any, *, start: Any = None, structure: Iterable[Iterable[Label]] | None = None) -> Allocation:
    """Move an imputation until no player outweighs another one that has more than its own worth.

    Parameters
    ----------
    game : Game or any representation with ``to_game()``
        n players.
    start : Allocation, mapping from player to payoff, or array_like of shape (n,), optional
        An imputation where the search begins; by default everybody's own worth and an equal share of the rest.
    structure : iterable of coalitions, optional
        A partition of the players: each block shares its own worth, and only players of one block are compared.

    Returns
    -------
    Allocation
        Of Fractions when the worths are exact. Always checked: ``kernel_contains`` holds.

    Raises
    ------
    CoalitionError
        A start or a structure that does not fit.
    WorthError
        Symbolic worths, or players who are worth more alone than together, so that there is no imputation.
    SolverError
        The search did not settle; the message gives what is left. ``nucleolus`` is a point of the kernel too.

    Notes
    -----
    As ``prekernel_point``, except that nobody is brought below its own worth.

    References
    ----------
    .. [1] R. E. Stearns (1968), Convergent transfer schemes for n-person games, Transactions of the American
           Mathematical Society 134, 449-459.
    .. [2] M. Davis, M. Maschler (1965), The kernel of a cooperative game, Naval Research Logistics Quarterly 12,
           223-259.

    Examples
    --------
    >>> kernel_point(Game("ABC", [0, 0, 0, 10, 0, 0, 0, 2])).payoffs.round(9).tolist()
    [1.0, 1.0, 0.0]
    """
    return _point(as_game(game), start, structure, "kernel")


def _point(game: Game, start: Any, structure: Iterable[Iterable[Label]] | None, concept: str) -> Allocation:
    worths = float_worths(game)
    blocks = blocks_of(game, structure)
    named = [labels_of(block, game.players) for block in blocks]
    alone = worths[1 << np.arange(game.n)]
    x = _checked_start(game, start, blocks, alone if concept == "kernel" else None)
    scheme = _Scheme(worths, partners(blocks, game.n), alone if concept == "kernel" else None)
    x = scheme.settled(x)
    contains = kernel_contains if concept == "kernel" else prekernel_contains
    verdict = contains(game, x, structure=named)
    if game.is_exact:
        for guess in _exact_guesses(game, scheme, x, blocks):
            verdict = contains(game, guess, structure=named)
            if verdict:
                x = guess
                break
    if not verdict or (game.is_exact and x.dtype != object):
        raise SolverError(
            f"the search for a point of the {concept} ended at {dict(zip(game.players, x.tolist(), strict=True))}, "
            f"{'' if verdict else _left(verdict)}not exact; try another start, or the "
            f"{'nucleolus' if concept == 'kernel' else 'prenucleolus'}, which is a point of it"
        )
    return Allocation(
        players=game.players, payoffs=x, solution=f"{concept} point", method="least squares and transfers, checked"
    )


def _left(verdict: KernelMembership) -> str:
    return f"where one player still outweighs another by {float(verdict.margin):.3g}, "


def _checked_start(game: Game, start: Any, blocks: list[int], alone: NDArray[np.float64] | None) -> NDArray[np.float64]:
    worths = float_worths(game)
    own = worths[1 << np.arange(game.n)]
    tolerance = tolerance_of(worths)
    x = own.copy() if start is None else as_payoffs(start, game.players).astype(np.float64)
    for block in blocks:
        members = members_of(block)
        lacking = worths[block] - x[members].sum()
        names = labels_of(block, game.players)
        if alone is not None and worths[block] < alone[members].sum() - tolerance:
            raise WorthError(
                f"there is no imputation, so the kernel is empty: {names} are worth {alone[members].sum():g} one by "
                f"one and {worths[block]:g} together; the prekernel always holds a payoff"
            )
        if start is None:
            x[members] += lacking / len(members)
        elif abs(lacking) > max(tolerance, tolerance_of(x)):
            way = "less" if lacking > 0 else "more"
            raise CoalitionError(f"the start gives {names} {abs(lacking):g} {way} than their worth {worths[block]:g}")
    if alone is not None and (short := alone - x).max() > max(tolerance, tolerance_of(x)):
        poorest = int(np.argmax(short))
        raise CoalitionError(
            f"the start gives {game.players[poorest]!r} {short[poorest]:g} less than it is worth alone; "
            "give an imputation"
        )
    return x


class _Scheme:
    """The search in floats: nobody falls below ``floor``, where there is one."""

    def __init__(self, worths: Worths, together: NDArray[np.bool_], floor: NDArray[np.float64] | None) -> None:
        self._worths = worths
        self._together = together
        self._floor = floor
        self.tolerance = tolerance_of(worths)

    def settled(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Go on until nobody outweighs another, or for so many rounds."""
        n = len(x)
        if not self._together.any():
            return x
        aim = self.tolerance * 1e-5  # as near as floats come: the exact answer is read off
        best, least = x, np.inf
        for _ in range(_ROUNDS):
            excesses, weight = self._outweighed(x)
            if weight.max() < least:
                best, least = x, float(weight.max())
            if weight.max() <= aim:
                break
            widths = [0.0, 4 * float(weight.max())][: 1 + (weight.max() <= _CLOSE * self.tolerance)]
            steps = (self._step(x, excesses, width) for width in widths)
            better = next((y for y in steps if (self._outweighed(y)[1] ** 2).sum() < 0.5 * (weight**2).sum()), None)
            if better is not None:
                x = better
                continue
            if weight.max() <= self.tolerance * 1e-2:
                break
            for _ in range(n):
                x = self._transfer(x)
        return best

    def excesses(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Subtract from every worth what the members are paid."""
        table: NDArray[np.float64] = subset_sums(x)
        np.subtract(self._worths, table, out=table)
        return table

    def _outweighed(self, x: NDArray[np.float64], share: float = 1.0) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Give the excesses, and (a share of) how far i outweighs j, which is 0 where it does not."""
        excesses = self.excesses(x)
        surpluses = surplus_matrix(excesses)
        weight = np.where(self._together, surpluses - surpluses.T, 0.0) * share
        if self._floor is not None:
            weight = np.minimum(weight, (x - self._floor)[None, :])
        return excesses, np.maximum(weight, 0.0)

    def _transfer(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        _, amounts = self._outweighed(x, 0.5)
        i, j = np.unravel_index(int(np.argmax(amounts)), amounts.shape)
        moved = x.copy()
        moved[i] += amounts[i, j]
        moved[j] -= amounts[i, j]
        return moved

    def free(self, x: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Mark the players that have more than their floor."""
        return np.ones(len(x), np.bool_) if self._floor is None else x > self._floor + self.tolerance

    def differences(self, x: NDArray[np.float64], excesses: NDArray[np.float64], width: float) -> list[tuple[int, int]]:
        """List pairs of coalitions whose excesses are to be equal: for every two free players, the most effective.

        With a width, all coalitions whose excess is within it of the largest are to be equal to the first.
        """
        free = self.free(x)
        masks = np.arange(len(excesses))
        found: dict[tuple[int, int], None] = {}
        for i, j in np.argwhere(np.triu(self._together & free[:, None] & free[None, :])).tolist():
            one, other = most_effective(excesses, i, j), most_effective(excesses, j, i)
            found[one, other] = None
            if width:
                for first, (a, b) in ((one, (i, j)), (other, (j, i))):
                    near = masks[excesses >= excesses[first] - width]
                    near = near[(near >> a & 1 == 1) & (near >> b & 1 == 0) & (near != first)]
                    found |= dict.fromkeys((first, mask) for mask in near[:_MOST_TIED].tolist())
        return list(found)

    def _step(self, x: NDArray[np.float64], excesses: NDArray[np.float64], width: float) -> NDArray[np.float64]:
        """Make the differences of the chosen excesses as small as least squares can, moving as little as possible."""
        pairs = np.array(self.differences(x, excesses, width), np.int64).reshape(-1, 2)
        bits = np.arange(len(x))
        rows = ((pairs[:, :1] >> bits & 1) - (pairs[:, 1:] >> bits & 1)).astype(np.float64)
        free = self.free(x)
        kept = np.where(self._together & free[:, None] & free[None, :], 1.0, 0.0) + np.diag(free * 1.0)
        keep = np.diag(free * 1.0) - kept / np.maximum(kept.sum(axis=1, keepdims=True), 1.0)  # sums of blocks stay
        right = excesses[pairs[:, 0]] - excesses[pairs[:, 1]]
        moved: NDArray[np.float64] = x + keep @ np.linalg.lstsq(rows @ keep, right, rcond=1e-10)[0]
        return moved if self._floor is None else self._inside(x, moved)

    def _inside(self, x: NDArray[np.float64], moved: NDArray[np.float64]) -> NDArray[np.float64]:
        """Go towards a payoff only as far as nobody falls below the floor."""
        floor, step = self._floor, moved - x
        assert floor is not None
        down = step < 0
        share = min(1.0, float(((floor - x)[down] / step[down]).min(initial=1.0)))
        return np.maximum(x + max(share, 0.0) * step, floor) if share < 1 else moved


def _exact_guesses(game: Game, scheme: _Scheme, x: NDArray[np.float64], blocks: list[int]) -> Iterator[NDArray[Any]]:
    """Propose rational payoffs near one that floats found.

    First its own digits as fractions of small denominators; then the solution of the equations between all excesses
    that look tied; then Meinhardt's steps in rational numbers.
    """
    n = game.n
    free = scheme.free(x)
    own = fractions_of(game.worths[1 << np.arange(n)].tolist())
    worth = {block: fractions_of([game.worths[block]])[0] for block in blocks}
    for most in _SPLITS:
        guess = [Fraction(payoff).limit_denominator(most) if free[i] else own[i] for i, payoff in enumerate(x.tolist())]
        for block in blocks:
            members = members_of(block)
            last = next((i for i in reversed(members) if free[i]), members[-1])
            guess[last] += worth[block] - sum(guess[i] for i in members)
        yield np.array(guess, object)
    still = [[int(i == k) for i in range(n)] for k in range(n) if not free[k]]
    sums = [[(block >> i & 1) * int(free[i]) for i in range(n)] for block in blocks]
    fixed = still + sums
    excesses = scheme.excesses(x)
    pairs = scheme.differences(x, excesses, 10 * scheme.tolerance)
    table, unit = excesses_of(game, np.array(guess, object))
    rows, right = _equations(pairs, table, unit, n)
    step = solve([*rows, *fixed], [*right, *[0] * len(fixed)])
    if step is not None:
        yield np.array([payoff + move for payoff, move in zip(guess, step, strict=True)], object)
    for _ in range(_EXACT_STEPS):
        table, unit = excesses_of(game, np.array(guess, object))
        rows, right = _equations(scheme.differences(x, table, 0), table, unit, n)
        normal = [
            [sum(row[i] * row[k] for row in rows) for k in range(n)] + [row[i] for row in fixed] for i in range(n)
        ]
        border = [row + [0] * len(fixed) for row in fixed]
        answer = [sum((row[i] * b for row, b in zip(rows, right, strict=True)), Fraction(0)) for i in range(n)]
        step = solve([*normal, *border], [*answer, *[0] * len(fixed)])
        if step is None or not any(step[:n]):
            return
        guess = [payoff + move for payoff, move in zip(guess, step[:n], strict=True)]
        yield np.array(guess, object)


def _equations(
    pairs: list[tuple[int, int]], table: NDArray[Any], unit: int, n: int
) -> tuple[list[list[int]], list[Fraction]]:
    rows = [[(s >> i & 1) - (t >> i & 1) for i in range(n)] for s, t in pairs]
    return rows, [Fraction(int(table[s]) - int(table[t]), unit) for s, t in pairs]
