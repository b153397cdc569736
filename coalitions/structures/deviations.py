"""Who would break a partition of a hedonic game: groups that leave, single moves, partitions that please more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import members_of
from coalitions.structures.hedonic import HedonicGame

Deviation: TypeAlias = tuple[int, int, list[int]]
"""Who gains, the coalition that they form or join, and the partition that follows, in bitmasks."""


class Partition:
    """A partition and what its members get in it.

    Parameters
    ----------
    game : HedonicGame
    blocks : sequence of int
        Bitmasks; a partition of the players.
    """

    def __init__(self, game: HedonicGame, blocks: Sequence[int]) -> None:
        self.game = game
        self.blocks = list(blocks)
        self.home = [next(block for block in blocks if block >> i & 1) for i in range(game.n)]
        self.own = game.utilities[np.arange(game.n), self.home]

    def gains(self, blocks: Sequence[int]) -> NDArray[np.float64]:
        """What everybody would gain in another partition.

        Parameters
        ----------
        blocks : sequence of int
            The other partition.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        other = Partition(self.game, blocks)
        change: NDArray[np.float64] = other.own - self.own
        return change

    def after(self, coalition: int) -> list[int]:
        """The partition once a coalition has formed and those left behind stay together.

        Parameters
        ----------
        coalition : int
            A bitmask.

        Returns
        -------
        list of int
            The coalition, then what is left of the blocks.
        """
        rest = [block & ~coalition for block in self.blocks]
        return [coalition, *(block for block in rest if block)]

    def extreme_gains(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The least and the largest gain of a member in every coalition; -inf for nobody.

        Returns
        -------
        least, most : ndarray of float64, shape (2**n,)
        """
        least = np.full(1 << self.game.n, np.inf)
        most = np.full(1 << self.game.n, -np.inf)
        for i in range(self.game.n):
            gain = self.game.utilities[i] - self.own[i]
            member = gain > -np.inf
            np.minimum(least, gain, out=least, where=member)
            np.maximum(most, gain, out=most, where=member)
        least[0] = -np.inf
        return least, most

    def blocking(self, *, strict: bool) -> Deviation | None:
        """Find the coalition whose least gain is largest (strict), or that loses nobody and gains somebody most.

        Parameters
        ----------
        strict : bool
            Whether every member has to gain (core); otherwise nobody may lose and somebody has to gain (strict core).

        Returns
        -------
        Deviation or None
            None where no coalition blocks.
        """
        game = self.game
        least, most = self.extreme_gains()
        if not strict:
            most[least < -game.tolerance] = -np.inf
        score = least if strict else most
        coalition = int(np.argmax(score))
        if not score[coalition] > game.tolerance:
            return None
        gains = game.utilities[:, coalition] - self.own
        movers = [i for i in members_of(coalition) if strict or gains[i] > game.tolerance]
        return sum(1 << i for i in movers), coalition, self.after(coalition)

    def moving(self, *, welcome: bool, released: bool) -> Deviation | None:
        """Find the single move of the largest gain, with the consent of those joined, and of those left.

        Parameters
        ----------
        welcome : bool
            Whether nobody in the block joined may lose.
        released : bool
            Whether nobody in the block left may lose.

        Returns
        -------
        Deviation or None
        """
        game, best, found = self.game, self.game.tolerance, None
        for i in range(game.n):
            left = self.home[i] ^ (1 << i)
            if released and any(game.utilities[k, left] < self.own[k] - game.tolerance for k in members_of(left)):
                continue
            for block in [*self.blocks, 0]:
                target = block | 1 << i
                gain = game.utilities[i, target] - self.own[i]
                if block == self.home[i] or gain <= best:
                    continue
                if welcome and any(game.utilities[k, target] < self.own[k] - game.tolerance for k in members_of(block)):
                    continue
                best, found = gain, (1 << i, target, self._moved(i, block))
        return found

    def fleeing(self) -> Deviation | None:
        """Find the player who would gain most by being alone.

        Returns
        -------
        Deviation or None
            None where nobody gains by it.
        """
        alone = np.array([self.game.utilities[i, 1 << i] for i in range(self.game.n)])
        i = int(np.argmax(alone - self.own))
        if alone[i] - self.own[i] <= self.game.tolerance:
            return None
        return 1 << i, 1 << i, self._moved(i, 0)

    def improving(self) -> Deviation | None:
        """Find a partition in which nobody loses and the gains are largest in sum.

        Returns
        -------
        Deviation or None
            None where nobody can gain without another's loss.
        """
        from coalitions.game import Game
        from coalitions.structures.optimal import optimal_structure

        game = self.game
        allowed = np.ones(1 << game.n, np.bool_)
        total = np.zeros(1 << game.n)
        for i in range(game.n):
            gain = game.utilities[i] - self.own[i]
            member = gain > -np.inf
            allowed &= ~member | (gain >= -game.tolerance)
            total[member] += np.maximum(gain[member], 0.0)
        best = optimal_structure(Game(range(game.n), np.where(allowed, total, 0.0), copy=False), allowed=allowed)
        blocks = [sum(1 << int(str(i)) for i in block) for block in best.blocks]
        gains = self.gains(blocks)
        if not gains.max() > game.tolerance:
            return None
        gaining = int(np.argmax(gains))
        movers = sum(1 << i for i in np.flatnonzero(gains > game.tolerance).tolist())
        return movers, next(block for block in blocks if block >> gaining & 1), blocks

    def _moved(self, i: int, block: int) -> list[int]:
        rest = [other & ~(1 << i) for other in self.blocks if other != block]
        return [block | 1 << i, *(other for other in rest if other)]


FINDERS: dict[str, Callable[[Partition], Deviation | None]] = {
    "individual rationality": Partition.fleeing,
    "contractual individual stability": lambda p: p.moving(welcome=True, released=True),
    "individual stability": lambda p: p.moving(welcome=True, released=False),
    "Nash stability": lambda p: p.moving(welcome=False, released=False),
    "core": lambda p: p.blocking(strict=True),
    "strict core": lambda p: p.blocking(strict=False),
    "Pareto optimality": Partition.improving,
}
"""By notion: what finds the deviation of the largest gain, None where there is none."""
