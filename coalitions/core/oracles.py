"""Who objects most: the contract of a search for the coalition of largest excess, in games of any size.

An oracle is asked for payoffs x and gives coalitions S with v(S) - x(S) as large as it gets. Here are the contract and
the two oracles that know no structure: a list, and whatever the caller knows. ``oracles_closed`` has those that need
no more than sorting or matching, ``oracles_voting`` those of voting games, ``oracles_rules`` those of sums of rules.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, mask_of, members_of
from coalitions.errors import CoalitionError, WorthError
from coalitions.families.given import as_number

Members = tuple[int, ...]
"""A coalition as the positions of its members, increasing: bitmasks of so many players fit no array."""


class Found(NamedTuple):
    """What a search gave."""

    bound: Any
    """No coalition that takes part has a larger excess."""
    coalitions: list[Members]
    """Best first; the first attains the bound to within the oracle's precision, unless less was enough."""


class Verdict(NamedTuple):
    """A core decided by a theorem: a payoff in it, or a balanced collection that is worth more than v(N).

    Attributes
    ----------
    point : list of n numbers, or None
        A payoff in the core; None where it is empty.
    coalitions : list of tuple of int
    weights : list of float
        With the coalitions a balanced collection worth more than v(N); both empty where there is a point.
    method : str
        The theorem's reason, in words.
    """

    point: list[Any] | None
    coalitions: list[Members]
    weights: list[float]
    method: str


class ExcessOracle(ABC):
    """Whoever can find, for any payoffs, the coalition that gains most on its own.

    Attributes
    ----------
    players : tuple of n labels
    exact : bool
        Whether payoffs that are exact numbers get exact answers.
    precision : float
        In the unit of the worths: some coalition may have an excess above the bound by this much. 0 where the search
        is combinatorial, the tolerance of the solver where it is an integer program.
    """

    players: tuple[Label, ...]
    exact: bool = False
    precision: float = 0.0

    @abstractmethod
    def worth(self, members: Members) -> Any:
        """Give the worth of a coalition.

        Parameters
        ----------
        members : tuple of int
            Positions, increasing; ``()`` for nobody.

        Returns
        -------
        number
        """

    @abstractmethod
    def best(self, x: NDArray[Any], count: int, enough: float) -> Found:
        """Search all coalitions, nobody and everybody among them, for the largest excess; see ``search``.

        Parameters
        ----------
        x : ndarray, shape (n,)
            Payoffs: float64, or exact numbers where the oracle is exact.
        count : int
            About how many coalitions to give.
        enough : float
            As for ``search``.

        Returns
        -------
        Found
        """

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    @cached_property
    def groups(self) -> tuple[Members, ...]:
        """Players who are alike, so that exchanging two changes no worth; each alone where nothing is known."""
        return tuple((i,) for i in range(self.n))

    @cached_property
    def scale(self) -> float:
        """The largest worth in sight: of everybody, of a single player, of all but one."""
        everyone = tuple(range(self.n))
        seen = [everyone, *((i,) for i in everyone), *(everyone[:i] + everyone[i + 1 :] for i in everyone)]
        return max(abs(float(self.worth(members))) for members in seen if members) or 1.0

    def starters(self) -> list[Members]:
        """Coalitions to begin with: one player of each group, and everybody else.

        Returns
        -------
        list of tuple of int
        """
        everyone = tuple(range(self.n))
        each = [group[0] for group in self.groups]
        return [*((i,) for i in each), *(everyone[:i] + everyone[i + 1 :] for i in each)]

    def verdict(self) -> Verdict | None:
        """Decide by a theorem whether the core is empty, where there is one.

        Returns
        -------
        Verdict or None
            None where no theorem applies.
        """
        return None

    def excess(self, members: Members, x: NDArray[Any]) -> Any:
        """Give v(S) - x(S).

        Parameters
        ----------
        members : tuple of int
        x : ndarray, shape (n,)

        Returns
        -------
        number
            A float, unless x is of dtype object.
        """
        if x.dtype == object:
            return self.worth(members) - sum(x[list(members)].tolist())
        return float(self.worth(members)) - float(x[list(members)].sum())

    def ranked(self, candidates: Iterable[Members], x: NDArray[Any], count: int) -> Found:
        """Sort coalitions by their excess; the first of them is the bound.

        Parameters
        ----------
        candidates : iterable of tuple of int
        x : ndarray, shape (n,)
        count : int
            How many to give at most.

        Returns
        -------
        Found
            With bound -inf where there are no candidates.
        """
        excesses = {members: self.excess(members, x) for members in candidates}
        order = sorted(excesses, key=lambda members: -excesses[members])
        return Found(excesses[order[0]] if order else -np.inf, order[:count])

    def search(self, x: NDArray[Any], count: int = 1, *, proper: bool = False, enough: float = -np.inf) -> Found:
        """Find coalitions of large excess, the largest first.

        Parameters
        ----------
        x : ndarray, shape (n,)
            Payoffs: float64, or exact numbers where the oracle is exact.
        count : int
            About how many coalitions to give.
        proper : bool
            Leave out the coalitions of nobody and of everybody.
        enough : float
            Whether any coalition has an excess above this is all the caller wants to know: the search may stop at the
            first that do, or at the proof that none does. The bound holds, but nothing given need attain it then.

        Returns
        -------
        Found

        Notes
        -----
        Nobody and everybody are kept out by paying one player so little that it is in and another so much that it is
        not: 2 n - 2 searches, made only where one of these two has the largest excess of all.
        """
        found = self.best(x, count, enough)
        if not proper or found.bound <= enough:
            return found
        inner = [members for members in found.coalitions if 0 < len(members) < self.n]
        if inner and (inner[0] == found.coalitions[0] or self.excess(inner[0], x) > enough > -np.inf):
            return Found(found.bound, inner)
        push = 8 * self._reach(x)
        seen: dict[Members, Any] = {}
        for inside, outside in (pair for i in range(1, self.n) for pair in ((0, i), (i, 0))):
            pinned = x.copy()
            pinned[inside] -= push
            pinned[outside] += push
            for members in self.best(pinned, 1, -np.inf).coalitions[:1]:
                if inside in members and outside not in members:
                    seen[members] = self.excess(members, x)
            if len(seen) >= count and max(seen.values()) > enough > -np.inf:
                return Found(found.bound, sorted(seen, key=lambda members: -seen[members]))
        return self.ranked(seen, x, count)

    def quick(self, x: NDArray[np.float64], count: int, *, proper: bool) -> list[Members]:
        """Find coalitions of large excess without the proof that none is larger; the largest first.

        Parameters
        ----------
        x : ndarray of float64, shape (n,)
        count : int
            About how many to give.
        proper : bool
            Leave everybody out. Nobody always is.

        Returns
        -------
        list of tuple of int
        """
        found = self.best(x, count, -np.inf)
        return [members for members in found.coalitions if len(members) > 0 and (len(members) < self.n or not proper)]

    def guess(self) -> NDArray[np.float64] | None:
        """Give payoffs of v(N) that are likely to be stable, where some are known and searches are dear.

        Returns
        -------
        ndarray of float64, shape (n,), or None
        """
        return None

    def _reach(self, x: NDArray[Any]) -> Any:
        """More than any coalition's worth and payoffs together."""
        reach = self.scale * self.n + float(np.abs(x.astype(np.float64)).sum())
        return int(reach) + 1 if x.dtype == object else reach


class ListedOracle(ExcessOracle):
    """The oracle of a game in which only listed coalitions can object: gather their members' payoffs and sum.

    Parameters
    ----------
    players : iterable of n labels
    coalitions : iterable of coalitions, or integer array of shape (m, k)
        As labels, or as positions of k members each (-1 fills up smaller ones), like the blocks of
        ``formation.Candidates``.
    worths : array_like, shape (m,)
    total : number
        v(N). A listing of the coalition of everybody is not needed and must agree.

    Raises
    ------
    CoalitionError
        An unknown player, a coalition that is empty, or there twice.
    WorthError
        A worth that is not finite; not as many worths as coalitions; two worths of everybody.

    Notes
    -----
    Time and memory: the members listed. Floats.

    Examples
    --------
    >>> pairs = ListedOracle("ABC", [("A", "B"), ("B", "C")], [4, 6], total=7)
    >>> pairs.search(np.array([1.0, 2.0, 4.0]))
    Found(bound=1.0, coalitions=[(0, 1)])
    """

    def __init__(self, players: Iterable[Label], coalitions: Any, worths: Any, *, total: Any) -> None:
        self.players = as_players(players)
        if isinstance(coalitions, np.ndarray) and coalitions.ndim == 2:
            listed = [tuple(sorted(int(i) for i in row if i >= 0)) for row in coalitions]
            if coalitions.size and int(coalitions.max()) >= self.n:
                raise CoalitionError(f"member {int(coalitions.max())} of a coalition; there are {self.n} players")
        else:
            listed = [tuple(members_of(mask_of(coalition, self.players))) for coalition in coalitions]
        own = np.asarray(worths, np.float64)
        if own.shape != (len(listed),):
            raise WorthError(f"worths have shape {own.shape}; there are {len(listed)} coalitions")
        self.total = float(as_number(total, "the worth of everybody"))
        known: dict[Members, float] = {}
        for members, worth in zip(listed, own.tolist(), strict=True):
            labels = named(members, self.players)
            if not members or len(set(members)) < len(members):
                raise CoalitionError(f"coalition {labels} is empty or names a player twice")
            if members in known:
                raise CoalitionError(f"coalition {labels} is there twice")
            if not np.isfinite(worth):
                raise WorthError(f"worth of {labels} is {worth}")
            known[members] = worth
        everyone = tuple(range(self.n))
        if known.pop(everyone, self.total) != self.total:
            raise WorthError(f"everybody is listed with another worth than total={self.total:g}")
        self._known = known
        self._listed = list(known)
        self._worths = np.array(list(known.values()))
        self._flat = np.array([i for members in self._listed for i in members], np.int64)
        self._starts = np.cumsum([0, *map(len, self._listed)])[:-1]

    @cached_property
    def scale(self) -> float:
        """The largest worth listed."""
        return float(np.abs([*self._worths, self.total]).max()) or 1.0

    def starters(self) -> list[Members]:
        """The first of the list."""
        return self._listed[: 2 * self.n]

    def worth(self, members: Members) -> float:
        """Give the worth of a coalition that is listed.

        Parameters
        ----------
        members : tuple of int

        Returns
        -------
        float

        Raises
        ------
        WorthError
            The coalition is not listed.
        """
        if len(members) == self.n:
            return self.total
        if members and members not in self._known:
            raise WorthError(f"no worth is listed for {named(members, self.players)}")
        return self._known[members] if members else 0.0

    def best(self, x: NDArray[Any], count: int, enough: float) -> Found:
        """Compare all listed coalitions."""
        if not self._listed:
            return Found(-np.inf, [])
        excesses = self._worths - np.add.reduceat(x[self._flat], self._starts)
        if count < len(excesses):
            top = np.argpartition(-excesses, count)[:count]
        else:
            top = np.arange(len(excesses))
        top = top[np.argsort(-excesses[top], kind="stable")]
        return Found(float(excesses[top[0]]), [self._listed[i] for i in top.tolist()])

    def search(self, x: NDArray[Any], count: int = 1, *, proper: bool = False, enough: float = -np.inf) -> Found:
        """Find the listed coalitions of largest excess; nobody and everybody are never among them."""
        return self.best(x, count, enough)


class CalledOracle(ExcessOracle):
    """The oracle of a game whose caller knows how to find the worst coalition.

    Parameters
    ----------
    game : object with ``players`` and ``game[coalition]``
        Such as a FunctionGame.
    answer : callable
        Takes a dict from player to payoff, gives the coalition of largest v(S) - x(S) as a tuple or set of labels, or
        a list of several, that one among them; ``()`` where no other coalition has an excess above 0.

    Raises
    ------
    CoalitionError
        ``answer`` cannot be called.

    Notes
    -----
    What it is used for proves as much as ``answer`` does: a coalition it misses is missed. It is also asked about
    payoffs far from 0, to keep nobody and everybody out.

    Examples
    --------
    >>> from coalitions import FunctionGame
    >>> game = FunctionGame(range(50), lambda coalition: len(coalition) ** 2)
    >>> def answer(x):
    ...     order = sorted(x, key=x.get)
    ...     return max((tuple(order[:k]) for k in range(51)), key=lambda s: len(s) ** 2 - sum(x[i] for i in s))
    >>> CalledOracle(game, answer).search(np.full(50, 50.0)).bound
    0.0
    """

    def __init__(self, game: Any, answer: Callable[[Mapping[Label, float]], Any]) -> None:
        if not callable(answer):
            raise CoalitionError(f"oracle is {answer!r}, which cannot be called")
        self.players = as_players(game.players)
        self._game, self._answer = game, answer

    def worth(self, members: Members) -> Any:
        """Ask the game."""
        return self._game[named(members, self.players)] if members else 0

    def best(self, x: NDArray[Any], count: int, enough: float) -> Found:
        """Ask the caller.

        Parameters
        ----------
        x : ndarray, shape (n,)
        count : int
            How many of the answer's coalitions to keep.
        enough : float
            Not used: the caller is asked for the worst coalition in any case.

        Returns
        -------
        Found

        Raises
        ------
        CoalitionError
            The answer names an unknown player, or is a list of players instead of coalitions.
        """
        given = self._answer(dict(zip(self.players, x.tolist(), strict=True)))
        coalitions = given if isinstance(given, list) else [given]
        for part in coalitions if isinstance(given, list) else ():
            if isinstance(part, Hashable) and part in self.players:
                raise CoalitionError(f"the oracle gave a list with the player {part!r}; list coalitions, as tuples")
        masks = [mask_of(coalition, self.players) for coalition in coalitions]
        return self.ranked([tuple(members_of(mask)) for mask in masks] + [()], x, count)


def named(members: Members, players: tuple[Label, ...]) -> tuple[Label, ...]:
    """Give the labels of a coalition.

    Parameters
    ----------
    members : tuple of int
        Positions.
    players : tuple of labels

    Returns
    -------
    tuple of labels

    Examples
    --------
    >>> named((0, 2), ("AUS", "JPN", "USA"))
    ('AUS', 'USA')
    """
    return tuple(players[i] for i in members)
