"""Players who come in types: a worth depends on how many of each type are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import comb, factorial, fsum, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, as_players, subset_sums
from coalitions.errors import CoalitionError, WorthError
from coalitions.families.given import as_number, members, number_array, refuse_mixture, require_table
from coalitions.game import Game
from coalitions.memory import require_memory
from coalitions.worths import integer_worths

_BYTES_EACH = 100  # of a count vector: its worth as a Python number, its place in the table, its weight


@dataclass(frozen=True, eq=False, init=False)
class TypedGame:
    """Players of a few types: coalitions with as many of every type are worth the same.

    v(S) = w(k_1, ..., k_m), k_t the members of S of type t. A symmetric game has one type.

    Parameters
    ----------
    types : mapping from type to its number of players, or to their labels
        In this order. Players of a type given by a number are labelled ``(type, 1)``, ``(type, 2)``, ...
    worth : callable, or array_like of shape (n_1 + 1, ..., n_m + 1)
        Takes one count a type, in the order of the types, and gives the worth; 0 where all counts are 0. Worths may be
        sympy expressions.

    Attributes
    ----------
    types : tuple of labels
    counts : tuple of int
        How many players of each type there are.
    worths : ndarray of objects, read-only, shape (n_1 + 1, ..., n_m + 1)
    players : tuple of labels
        Type after type.

    Raises
    ------
    CoalitionError
        A type with fewer than one player, or labels that are there twice.
    WorthError
        A worth that is not finite, a table of the wrong shape, a worth of nobody other than 0.

    Notes
    -----
    Memory and calls: the product of the (n_t + 1), for example 59,049 for five types of eight players.

    Examples
    --------
    >>> pact = TypedGame({"great": 2, "small": 3}, lambda great, small: great * small)
    >>> pact[("great", 1), ("small", 1), ("small", 3)]
    2
    >>> [str(x) for x in typed_shapley(pact)]
    ['3/2', '3/2', '1', '1', '1']
    """

    types: tuple[Label, ...]
    counts: tuple[int, ...]
    worths: NDArray[Any] = field(repr=False)
    players: tuple[Label, ...] = field(repr=False)

    def __init__(self, types: Mapping[Label, int | Iterable[Label]], worth: Any) -> None:
        kinds = as_players(types)
        groups = [_group(kind, types[kind]) for kind in kinds]
        counts = tuple(len(group) for group in groups)
        states = prod(count + 1 for count in counts)
        require_memory(_BYTES_EACH * states, f"a table of {states} counts", "join types or give fewer players")
        object.__setattr__(self, "types", kinds)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "worths", self._tabulated(worth))
        object.__setattr__(self, "players", as_players(player for group in groups for player in group))

    def _tabulated(self, worth: Callable[..., Any] | Sequence[Any]) -> NDArray[Any]:
        shape = tuple(count + 1 for count in self.counts)
        table = np.empty(shape, object)
        if callable(worth):
            for state in product(*map(range, shape)):
                table[state] = worth(*state)
        else:
            given = np.asarray(worth)
            if given.shape != shape:
                raise WorthError(f"worths have shape {given.shape}; {self._counted(self.counts)} need {shape}")
            table[...] = given
        for state in product(*map(range, shape)):
            table[state] = as_number(table[state], f"worth of {self._counted(state)}", ordered=False)
        nobody = table[(0,) * len(shape)]
        if nobody != 0:
            raise WorthError(f"worth of nobody is {nobody}, not 0")
        refuse_mixture(table.flat)
        table.flags.writeable = False
        return table

    def _counted(self, state: Sequence[int]) -> str:
        return " and ".join(f"{count} {kind!r}" for kind, count in zip(self.types, state, strict=True))

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.players)

    def _type_of_player(self) -> list[int]:
        return [t for t, count in enumerate(self.counts) for _ in range(count)]

    def __getitem__(self, coalition: Any) -> Any:
        """Give the worth of a coalition."""
        kinds = self._type_of_player()
        state = [0] * len(self.counts)
        for i in members(coalition, self.players):
            state[kinds[i]] += 1
        return self.worths[tuple(state)]

    def to_game(self) -> Game:
        """Tabulate the worths of all coalitions.

        Returns
        -------
        Game
        """
        require_table(self.n, "typed_shapley and typed_banzhaf need only counts", bytes_each=24)
        steps = np.cumprod([1, *(count + 1 for count in self.counts[:0:-1])])[::-1]
        place = subset_sums([float(steps[kind]) for kind in self._type_of_player()]).astype(np.int64)
        return Game(self.players, number_array(self.worths.ravel().tolist())[place], copy=False)


def _group(kind: Label, given: Any) -> tuple[Label, ...]:
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        group: tuple[Label, ...] = tuple((kind, k + 1) for k in range(int(given)))
    elif isinstance(given, Iterable):
        group = tuple(given)
    else:
        raise CoalitionError(f"type {kind!r} has {given!r} players; give a number or labels")
    if not group:
        raise CoalitionError(f"type {kind!r} has {given!r} players; it needs at least one")
    return group


def typed_shapley(game: TypedGame) -> list[Any]:
    """Give the Shapley value of a game of types by summing over counts.

    Parameters
    ----------
    game : TypedGame
        m types, any n.

    Returns
    -------
    list of n numbers
        Exact or symbolic unless a worth is a float; equal within a type.

    Notes
    -----
    Time O(m * product of the (n_t + 1)). Integer weights over one denominator, so a million counts are seconds.

    Examples
    --------
    >>> majority = TypedGame({"any": 5}, lambda k: int(k >= 3))
    >>> typed_shapley(majority)[0]
    Fraction(1, 5)
    """
    n = game.n
    return _by_counts(game, [factorial(s) * factorial(n - 1 - s) for s in range(n)], factorial(n))


def typed_banzhaf(game: TypedGame) -> list[Any]:
    """Give the Banzhaf value of a game of types by summing over counts.

    Parameters
    ----------
    game : TypedGame
        m types, any n.

    Returns
    -------
    list of n numbers
        Exact or symbolic unless a worth is a float; equal within a type.

    Notes
    -----
    Time O(m * product of the (n_t + 1)).

    Examples
    --------
    >>> typed_banzhaf(TypedGame({"any": 5}, lambda k: int(k >= 3)))[0]
    Fraction(3, 8)
    """
    return _by_counts(game, [1] * game.n, 2 ** (game.n - 1))


def _by_counts(game: TypedGame, weights: list[int], total: int) -> list[Any]:
    """Weigh the marginal contribution of one player of each type to every count vector of the others."""
    flat = game.worths.ravel().tolist()
    scaled = integer_worths(flat) if not any(isinstance(worth, float) for worth in flat) else None
    numerators = np.array(scaled[0] if scaled else flat, object).reshape(game.worths.shape)
    each = []
    for t, count in enumerate(game.counts):
        others = [c - (u == t) for u, c in enumerate(game.counts)]
        gains = np.diff(numerators, axis=t)
        ways: Any = np.array(1, object)
        sizes: Any = np.array(0)
        for c in others:
            ways = np.multiply.outer(ways, np.array([comb(c, k) for k in range(c + 1)], object))
            sizes = np.add.outer(sizes, np.arange(c + 1))
        ways = ways * np.array(weights, object)[sizes]
        if scaled:
            value: Any = Fraction(int((ways * gains).sum()), total * scaled[1])
        elif any(isinstance(worth, float) for worth in flat):
            value = fsum(way / total * gain for way, gain in zip(ways.flat, gains.flat, strict=True))
        else:
            value = sum(Fraction(way, total) * gain for way, gain in zip(ways.flat, gains.flat, strict=True))
        each += [value] * count
    return each
