"""Groups that are not listed, and worths that are not computed before they matter: what streaming is made of."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label
from coalitions.errors import WorthError
from coalitions.formation.candidates import Members, Payoff, worths_of
from coalitions.memory import require_memory
from coalitions.tolerance import RELATIVE

CHUNK = 1 << 18
"""Groups evaluated at a time: enough for vectors, small beside the worths."""


class Subsets:
    """Every group of one size among some states, in lexicographic order: an array of members that is never there.

    ``subsets[k]`` is one group, ``subsets[a:b]`` and ``subsets[ranks]`` are arrays of groups; ``numpy.asarray``
    lists all.

    Parameters
    ----------
    states : sequence of int
        Positions of those who take part, ascending.
    size : int
    n : int
        Number of all players.

    Notes
    -----
    Combinatorial number system: O(n) for a group on its own, O(size) for one that follows another.

    References
    ----------
    .. [1] D. E. Knuth (2011), The Art of Computer Programming, volume 4A, section 7.2.1.3.

    Examples
    --------
    >>> Subsets(range(193), 4, 193)[28_000_000]
    array([ 30,  59, 137, 144], dtype=uint8)
    """

    ndim = 2

    def __init__(self, states: Sequence[int], size: int, n: int) -> None:
        self.dtype = np.dtype(np.uint8 if n <= 256 else np.uint16 if n <= 65536 else np.uint32)
        self.states: NDArray[Any] = np.array(states, self.dtype)
        self.size = size
        m = len(self.states)
        self.shape = (comb(m, size), size)
        self.choose = np.array([[comb(a, b) for b in range(size + 1)] for a in range(m + 1)], np.int64)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, item: Any) -> Members:
        if isinstance(item, slice):
            return self._at(np.arange(*item.indices(len(self)), dtype=np.int64))
        if isinstance(item, np.ndarray) and item.ndim:
            return self._at(ranks_of(item, len(self)))
        one = operator.index(item)
        if not -len(self) <= one < len(self):
            raise IndexError(f"group {one} of {len(self)}")
        row: Members = self._at(np.array([one % len(self)], np.int64))[0]
        return row

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        self._require(len(self))
        listed = self[:]
        return listed if dtype is None else listed.astype(dtype)

    def rank(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the ranks of groups.

        Parameters
        ----------
        members : ndarray of int, shape (groups, size)
            Positions of players who take part, ascending in each row.

        Returns
        -------
        ndarray of int64, shape (groups,)
        """
        at = np.searchsorted(self.states, members)
        m = len(self.states)
        ranks = np.zeros(len(members), np.int64)
        before = np.full(len(members), -1)
        for a in range(self.size):  # all that begin alike and go on with an earlier state
            ranks += self.choose[m - 1 - before, self.size - a] - self.choose[m - at[:, a], self.size - a]
            before = at[:, a]
        return ranks

    def _at(self, ranks: NDArray[np.int64]) -> Members:
        from coalitions._kernels_stream import subsets_at

        out = np.empty((len(ranks), self.size), self.dtype)
        subsets_at(ranks, self.choose, self.states, out)
        return out

    def _require(self, count: int) -> None:
        require_memory(
            count * (self.size * self.dtype.itemsize + 8),
            f"a list of {count} groups of {self.size}",
            "keep them streamed, or lower max_size",
        )


class BoundedWorths:
    """The worths of ``Subsets``, each computed when it is first asked for, and bounded above before.

    Parameters
    ----------
    members : Subsets
    bound : ndarray of float64, shape (n, n)
        No group is worth more than the diagonal entries of its members and the entries above the diagonal of its
        pairs sum up to.
    payoff : callable
    objective : hashable
    players : sequence of labels
    """

    ndim = 1
    dtype = np.dtype(np.float64)

    def __init__(
        self, members: Subsets, bound: NDArray[np.float64], payoff: Payoff, objective: Any, players: Sequence[Label]
    ) -> None:
        self.members = members
        self.bound = bound
        self.payoff = payoff
        self.objective = objective
        self.players = players
        self.shape = (len(members),)
        none = np.empty(0)
        self._known: tuple[Any, Any, Any] = (none.astype(np.int64), none, none)

    @property
    def known(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The groups whose worth was computed, ascending, and how far each falls short of its bound, negative."""
        return self._known[0], self._known[2]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, slice):
            return self.ask(np.arange(*item.indices(len(self)), dtype=np.int64), keep=False)
        if isinstance(item, np.ndarray) and item.ndim:
            return self.ask(ranks_of(item, len(self)))
        return self.ask(np.array([operator.index(item)], np.int64))[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        require_memory(8 * len(self), f"the worths of {len(self)} groups", "lower max_size")
        worths = np.empty(len(self))
        for start in range(0, len(self), CHUNK):
            worths[start : start + CHUNK] = self[start : start + CHUNK]
        return worths if dtype is None else worths.astype(dtype)

    def ask(self, ranks: NDArray[np.int64], *, keep: bool = True) -> NDArray[np.float64]:
        """Give the worths of some groups, computing those that are not known.

        Parameters
        ----------
        ranks : ndarray of int64
        keep : bool
            Whether to remember them.

        Returns
        -------
        ndarray of float64

        Raises
        ------
        WorthError
            A worth that is no number, or above its bound.
        """
        known, worths, _ = self._known
        place = np.minimum(np.searchsorted(known, ranks), max(len(known) - 1, 0))
        new = known[place] != ranks if len(known) else np.ones(len(ranks), np.bool_)
        answer = np.empty(len(ranks))
        answer[~new] = worths[place[~new]]
        if new.any():
            require_memory(
                64 * (int(new.sum()) + keep * len(known)),
                f"the worths of {len(ranks)} groups that may matter",
                "give a bound nearer to the worths, or lower max_size",
            )
            fresh, back = np.unique(ranks[new], return_inverse=True)
            found, short = np.empty(len(fresh)), np.empty(len(fresh))
            for start in range(0, len(fresh), CHUNK):
                part = slice(start, start + CHUNK)
                found[part], short[part] = self._evaluate(fresh[part])
            answer[new] = found[back]
            if keep:
                order = np.argsort(np.concatenate((known, fresh)), kind="stable")
                pairs = zip(self._known, (fresh, found, short), strict=True)
                self._known = tuple(np.concatenate(pair)[order] for pair in pairs)  # type: ignore[assignment]
        return answer

    def beside(self, payoff: Payoff) -> BoundedWorths:
        """Give the worths by a payoff that is nowhere larger, under the same bound.

        Parameters
        ----------
        payoff : callable

        Returns
        -------
        BoundedWorths
        """
        return BoundedWorths(self.members, self.bound, payoff, self.objective, self.players)

    def _evaluate(self, ranks: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        members = self.members[ranks]
        worths = worths_of(self.payoff(members, self.objective), members, self.objective, self.players)
        ceiling = np.zeros(len(members))
        for a in range(members.shape[1]):
            ceiling += self.bound[members[:, a], members[:, a]]
            for b in range(a + 1, members.shape[1]):
                ceiling += self.bound[members[:, a], members[:, b]]
        over = worths - ceiling
        bad = int(np.argmax(over))
        if over[bad] > RELATIVE * max(abs(float(worths[bad])), float(np.abs(self.bound).max())):
            group = tuple(self.players[i] for i in members[bad])
            aim = "" if self.objective is None else f" for {self.objective!r}"
            raise WorthError(
                f"worth of {group}{aim} is {worths[bad]}, above its bound {ceiling[bad]}; raise what bound gives"
            )
        return worths, np.minimum(over, 0.0)


def ranks_of(item: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Turn an array index, of whole numbers or bools, into ranks.

    Parameters
    ----------
    item : ndarray of int or bool
    count : int
        Of all groups.

    Returns
    -------
    ndarray of int64

    Raises
    ------
    IndexError
        Outside 0 to count - 1, or not as long as the groups.
    """
    if item.dtype == np.bool_:
        if len(item) != count:
            raise IndexError(f"{len(item)} bools for {count} groups")
        return np.flatnonzero(item)
    ranks = item.astype(np.int64)
    if len(ranks) and not 0 <= ranks.min() <= ranks.max() < count:
        raise IndexError(f"groups {ranks.min()} to {ranks.max()} of {count}")
    return ranks
