"""Ways to draw coalitions and turn their worths into values: what ``estimate`` chooses from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import CoalitionError
from coalitions.values.sampling_draws import (
    Floats,
    Membership,
    Method,
    Summary,
    Unit,
    keyed_generator,
    numbered_blocks,
    paired,
    subsets_of_size,
    unit_size,
    unpacked,
)
from coalitions.values.sampling_pairs import OddPairs


class PairedLeastSquares:
    """The Shapley value as the weighted least squares fit of an additive game to pairs of complements.

    ``leverage`` draws sizes uniformly and weighs the pairs; otherwise sizes are drawn in proportion to the weights
    of the fit (KernelSHAP). Errors by the sandwich formula.

    Parameters
    ----------
    n : int
        At least 2.
    leverage : bool
    """

    cost = 2
    spread: float | None = None

    def __init__(self, n: int, *, leverage: bool) -> None:
        sizes = np.arange(1, n)
        kernel = 1 / (sizes * (n - sizes))
        chance = np.ones(n - 1) if leverage else kernel
        self._n = n
        self._chance = chance / chance.sum()
        self._weight = kernel / kernel.sum() / self._chance
        self.least = 4 * n

    def units(self, seed: int) -> Iterator[Unit]:
        """Give pairs of complements without end."""
        for batch in itertools.count():
            generator = keyed_generator(seed, batch)
            sizes = 1 + generator.choice(self._n - 1, unit_size(batch, 1), p=self._chance)
            yield Unit(np.packbits(subsets_of_size(generator, self._n, sizes), axis=1))

    def rows(self, draws: NDArray[np.unsignedinteger]) -> Membership:
        """Give S and N \\ S for every draw."""
        return paired(unpacked(draws, self._n))

    def summarise(self, units: Sequence[Unit], worths: Floats, grand: float) -> Summary | None:
        """Solve the normal equations on payoffs that sum to v(N)."""
        n, m = self._n, len(worths)
        if m < 2 * n:
            return None
        packed = np.concatenate([unit.draws for unit in units])
        d = worths[:, 0] - worths[:, 1]
        gram, moment, meat = np.zeros((n, n)), np.zeros(n), np.zeros((n, n))
        for start, spins, weight, mean in self._spins(packed):
            gram += (spins * weight[:, None]).T @ spins
            moment += ((d[start : start + len(spins)] - grand * mean) * weight) @ spins
        inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
        payoffs = inverse @ moment
        payoffs += (grand - payoffs.sum()) / n
        for start, spins, weight, mean in self._spins(packed):
            residual = d[start : start + len(spins)] - spins @ payoffs - grand * mean
            scores = spins * (weight * residual)[:, None]
            meat += scores.T @ scores
        covariance = inverse @ meat @ inverse * (m / (m - n + 1))
        return Summary(payoffs=payoffs, covariance=covariance, degrees=m - n + 1)

    def _spins(self, packed: NDArray[np.unsignedinteger]) -> Iterator[tuple[int, Floats, Floats, Floats]]:
        """Give membership as +1 and -1 less its mean in each row, with the row's weight and that mean."""
        for start, members in numbered_blocks(packed, self._n):
            spins = 2.0 * members - 1
            mean = spins.mean(axis=1)
            yield start, spins - mean[:, None], self._weight[members.sum(axis=1) - 1], mean


class Orders:
    """Marginal contributions along random orders of arrival.

    ``"permutation"`` takes each order as it is, ``"antithetic"`` with its reverse, ``"stratified"`` with all its
    rotations, so that one draw puts every player in every place once.

    Parameters
    ----------
    n : int
    joins : ndarray of float64, shape (n,)
        The chance to join a coalition of 0, ..., n - 1 others.
    kind : {'permutation', 'antithetic', 'stratified'}
    """

    def __init__(self, n: int, joins: Floats, kind: str) -> None:
        self._n = n
        self._factors = n * joins
        self._kind = kind
        self._copies = {"permutation": 1, "antithetic": 2, "stratified": n}[kind]
        self.cost = self._copies * (n - 1)
        self.least = 2 * self.cost
        weights = {"permutation": joins, "antithetic": (joins + joins[::-1]) / 2, "stratified": np.array([1 / n])}[kind]
        self.spread: float | None = 2 * n * float(weights.max())  # a contribution is anything from -1 to 1

    def units(self, seed: int) -> Iterator[Unit]:
        """Give random orders without end."""
        for batch in itertools.count():
            orders = np.tile(np.arange(self._n, dtype=np.uint32), (unit_size(batch, self.cost), 1))
            yield Unit(keyed_generator(seed, batch).permuted(orders, axis=1))

    def _places(self, draws: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
        """Give the place of every player in every order and its copies, shape (draws, copies, n)."""
        place = np.argsort(draws, axis=1)[:, None, :]
        if self._kind == "antithetic":
            return np.concatenate((place, self._n - 1 - place), axis=1)
        return (place + np.arange(self._copies)[:, None]) % self._n

    def rows(self, draws: NDArray[np.unsignedinteger]) -> Membership:
        """Give the coalitions of the first 1, ..., n - 1 to arrive."""
        arrived = self._places(draws)[:, :, None, :] < np.arange(1, self._n)[:, None]
        return np.asarray(arrived.reshape(-1, self._n))

    def summarise(self, units: Sequence[Unit], worths: Floats, grand: float) -> Summary | None:
        """Average the marginal contributions, one vote a draw."""
        votes = []
        start = 0
        for unit in units:
            mine = worths[start : start + len(unit.draws)].reshape(len(unit.draws), self._copies, self._n - 1)
            start += len(unit.draws)
            steps = np.diff(mine, axis=2, prepend=0.0, append=grand) * self._factors
            votes.append(np.take_along_axis(steps, self._places(unit.draws), axis=2).mean(axis=1))
        return _mean_of_votes(np.concatenate(votes))


class Multilinear:
    """Marginal contributions to coalitions in which every player is present with the same chance.

    The chance is drawn uniformly for the Shapley value, and is one half for the Banzhaf value: the derivative of the
    multilinear extension along the diagonal, or at its middle.

    Parameters
    ----------
    n : int
    half : bool
        Whether the chance is one half.
    """

    def __init__(self, n: int, *, half: bool) -> None:
        self._n = n
        self._half = half
        self.cost = n + 1
        self.least = 2 * self.cost
        self.spread: float | None = 2.0

    def units(self, seed: int) -> Iterator[Unit]:
        """Give random coalitions without end."""
        for batch in itertools.count():
            generator = keyed_generator(seed, batch)
            count = unit_size(batch, self.cost)
            chance = np.full(count, 0.5) if self._half else generator.random(count)
            yield Unit(np.packbits(generator.random((count, self._n)) < chance[:, None], axis=1))

    def rows(self, draws: NDArray[np.unsignedinteger]) -> Membership:
        """Give each coalition, and it with one player added or taken away, for every player."""
        members = unpacked(draws, self._n)
        flipped = members[:, None, :] ^ np.eye(self._n, dtype=bool)
        return np.concatenate((members[:, None, :], flipped), axis=1).reshape(-1, self._n)

    def summarise(self, units: Sequence[Unit], worths: Floats, grand: float) -> Summary | None:
        """Average the marginal contributions, one vote a draw."""
        members = unpacked(np.concatenate([unit.draws for unit in units]), self._n)
        return _mean_of_votes((worths[:, 1:] - worths[:, :1]) * np.where(members, -1, 1))


METHODS: Final[tuple[str, ...]] = (
    "odd pairs",
    "permutation",
    "antithetic",
    "stratified",
    "multilinear",
    "least squares",
    "leverage",
)
"""What ``estimate(method=...)`` takes."""


def make_method(name: str, value: str, joins: Floats) -> Method:
    """Set a method up for a value.

    Parameters
    ----------
    name : str
        One of ``METHODS``.
    value : str
        'shapley', 'banzhaf', or anything else for a semivalue known by ``joins`` alone.
    joins : ndarray, shape (n,)
        The chance to join a coalition of 0, ..., n - 1 others.

    Returns
    -------
    Method

    Raises
    ------
    CoalitionError
        The method does not serve the value; the message names those that do.
    """
    n = len(joins)
    serves: dict[str, tuple[bool, Callable[[], Method]]] = {
        "odd pairs": (bool(np.allclose(joins, joins[::-1], rtol=1e-12, atol=0)), lambda: OddPairs(n, joins)),
        "multilinear": (value in ("shapley", "banzhaf"), lambda: Multilinear(n, half=value == "banzhaf")),
        "least squares": (value == "shapley", lambda: PairedLeastSquares(n, leverage=False)),
        "leverage": (value == "shapley", lambda: PairedLeastSquares(n, leverage=True)),
    }
    fits, make = serves.get(name, (True, lambda: Orders(n, joins, name)))
    if not fits:
        others = [other for other in METHODS if serves.get(other, (True,))[0]]
        raise CoalitionError(f"method {name!r} does not serve value {value!r}; {', '.join(map(repr, others))} do")
    return make()


def _mean_of_votes(votes: Floats) -> Summary | None:
    m = len(votes)
    if m < 2:
        return None
    mean = votes.mean(axis=0)
    off = votes - mean
    return Summary(payoffs=mean, covariance=off.T @ off / (m * (m - 1)), degrees=m - 1)
