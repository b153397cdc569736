"""Ways to draw coalitions and turn their worths into values: what ``estimate`` chooses from.

A method hands out its draws unit by unit in a fixed order, each from a generator keyed by the seed and the number of
the unit, so that who evaluates a unit, and when, cannot matter. It reads the worths back as one array.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import CoalitionError

Floats = NDArray[np.float64]
Membership = NDArray[np.bool_]
"""Shape (m, n): a row a coalition, True for its members."""

FOLDS: Final = 5
_BLOCK = 8192
_SMALLEST_UNIT = 32
_LARGEST_UNIT = 1024
_COUNTABLE = 1 << 60
_NEVER = 1e-290  # sizes of less weight are not drawn: their inverse would be no float


class Unit(NamedTuple):
    """Draws that are evaluated together.

    ``draws`` has one row a draw, in the method's own coding; ``exhausts`` is the size whose coalitions they list, or 0
    where they were drawn at random.
    """

    draws: NDArray[np.unsignedinteger]
    exhausts: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Summary:
    """What the worths seen so far say: payoffs, the covariance of their errors, and its degrees of freedom."""

    payoffs: Floats
    covariance: Floats
    degrees: float


class Method(Protocol):
    """A way to draw coalitions: ``cost`` worths a draw, ``least`` worths before anything can be said."""

    cost: int
    least: int

    def units(self, seed: int) -> Iterator[Unit]:
        """Give the draws in order; ends where every coalition that matters has been listed."""

    def rows(self, draws: NDArray[np.unsignedinteger]) -> Membership:
        """Give the coalitions to evaluate, ``cost`` for every draw, draw by draw."""

    def summarise(self, units: Sequence[Unit], worths: Floats, grand: float) -> Summary | None:
        """Read payoffs from worths of shape (draws, cost); None where they are too few."""


class OddPairs:
    """Pairs of a coalition and the others, with a linear control fitted on other folds.

    A value that weighs a size and its mirror alike depends on d(S) = v(S) - v(N \\ S) only:

        phi_i = sum over sizes s of the mean over |S| = s of d(S) (inside_s [i in S] - outside_s [i not in S]),

    inside_s = n P_{s-1} / 2s and outside_s = n P_s / 2(n - s), P_s the chance to join a coalition of s others. The
    linear part of d is fitted by least squares on four fifths of the pairs and taken out of the rest, so that only
    what is left is estimated: games with interactions up to pairs come out exact. Small and large coalitions are
    listed one by one as soon as sampling would have met as many.
    """

    cost = 2

    def __init__(self, n: int, joins: Floats) -> None:
        sizes = np.arange(1, n)
        self._n = n
        self._joins = joins
        self._inside = n / (2 * sizes) * joins[:-1]
        self._outside = n / (2 * (n - sizes)) * joins[1:]
        self._length = np.hypot(self._inside * np.sqrt(sizes), self._outside * np.sqrt(n - sizes))
        spread = self._length * np.sqrt(sizes * (n - sizes))
        self._chance = np.where(spread > _NEVER, spread, 0) / spread.sum()
        self._fit = -(-2 * n * FOLDS // (FOLDS - 1))  # pairs for which every fit has twice as many as players
        self._due = self._when_due()
        listed = sum(self._pairs(k) for due, k in self._due if due <= _SMALLEST_UNIT)
        all_listed = all(due <= _SMALLEST_UNIT for due, _ in self._due)
        self.least = 2 * (listed + (0 if all_listed else max(2 * FOLDS, self._fit)))

    def _pairs(self, k: int) -> int:
        return math.comb(self._n, k) // (1 + (2 * k == self._n))

    def _when_due(self) -> list[tuple[float, int]]:
        """For every size, after how many sampled pairs listing all of it costs no more than sampling did.

        Where all pairs together fit the first unit, they are listed at once.
        """
        if 2 ** (self._n - 1) - 1 <= _SMALLEST_UNIT:
            return [(0.0, k) for k in range(1, self._n // 2 + 1)]
        due = []
        for k in range(1, self._n // 2 + 1):
            chance = self._chance[k - 1] + (self._chance[self._n - k - 1] if 2 * k < self._n else 0)
            pairs = self._pairs(k)
            if chance > 0:
                due.append((pairs / chance if pairs < _COUNTABLE else math.inf, k))
        return sorted(due)

    def units(self, seed: int) -> Iterator[Unit]:
        """Give sampled pairs, and lists of whole sizes as they fall due."""
        n, left, drawn, due = self._n, self._chance.copy(), 0, list(self._due)
        for batch in itertools.count():
            size = unit_size(batch, 1)
            while due and due[0][0] <= drawn + size:
                k = due.pop(0)[1]
                left[[k - 1, n - k - 1]] = 0
                yield from self._listed(k)
            if not due:
                return
            generator = keyed_generator(seed, batch)
            sizes = 1 + generator.choice(n - 1, size, p=left / left.sum())
            yield Unit(np.packbits(subsets_of_size(generator, n, sizes), axis=1))
            drawn += size

    def _listed(self, k: int) -> Iterator[Unit]:
        chosen = itertools.islice(itertools.combinations(range(self._n), k), self._pairs(k))
        while chunk := list(itertools.islice(chosen, _LARGEST_UNIT)):
            members = np.zeros((len(chunk), self._n), bool)
            np.put_along_axis(members, np.array(chunk), True, axis=1)
            yield Unit(np.packbits(members, axis=1), k)

    def rows(self, draws: NDArray[np.unsignedinteger]) -> Membership:
        """Give S and N \\ S for every draw."""
        return paired(unpacked(draws, self._n))

    def summarise(self, units: Sequence[Unit], worths: Floats, grand: float) -> Summary | None:
        """Add up the sizes that are listed and estimate the rest."""
        packed = np.concatenate([unit.draws for unit in units])
        exhausts = np.repeat([unit.exhausts for unit in units], [len(unit.draws) for unit in units])
        d = worths[:, 0] - worths[:, 1]
        known = np.full(self._n, grand * self._joins[0])  # the empty and the grand coalition
        left = self._chance.copy()
        for _, k in self._due:
            listed = np.flatnonzero(exhausts == k)
            if len(listed) == self._pairs(k):
                known += self._size_mean(k, packed[listed], d[listed]) * (1 + (2 * k < self._n))
                left[[k - 1, self._n - k - 1]] = 0
        if not left.any():
            return Summary(payoffs=known, covariance=np.zeros((self._n, self._n)), degrees=math.inf)
        left /= left.sum()
        sampled = np.flatnonzero(exhausts == 0)
        sizes = np.concatenate([block.sum(axis=1) for block in _blocks(packed[sampled], self._n)])
        kept = left[sizes - 1] > 0
        if kept.sum() < 2 * FOLDS:
            return None
        return self._estimated(packed[sampled[kept]], d[sampled[kept]], sizes[kept] - 1, left, known)

    def _size_mean(self, k: int, packed: NDArray[np.unsignedinteger], d: Floats) -> Floats:
        held = np.zeros(self._n)
        for start, members in _numbered_blocks(packed, self._n):
            held += d[start : start + len(members)] @ members
        return np.asarray((self._inside[k - 1] * held - self._outside[k - 1] * (d.sum() - held)) / len(d))

    def _estimated(
        self, packed: NDArray[np.unsignedinteger], d: Floats, size: NDArray[np.int64], left: Floats, known: Floats
    ) -> Summary:
        n, m = self._n, len(d)
        used = left > 0
        own, others, length = (
            np.divide(part, left, out=np.zeros(n - 1), where=used)
            for part in (self._inside, self._outside, self._length)
        )
        controls = self._controls(packed, d, length[size] ** 2)
        bases = known + np.array([self._linear_part(control, used) for control in controls])
        votes, squares = np.zeros(n), np.zeros((n, n))
        for start, members in _numbered_blocks(packed, n):
            at = slice(start, start + len(members))
            fold = np.arange(start, start + len(members)) % FOLDS
            spins = 2.0 * members - 1
            residual = d[at] - np.einsum("ij,ij->i", spins, controls[fold])
            vote = np.where(members, own[size[at], None], -others[size[at], None])
            vote *= residual[:, None]
            vote += (bases - bases[0])[fold]
            votes += vote.sum(axis=0)
            squares += vote.T @ vote
        mean = votes / m
        covariance = (squares - m * np.outer(mean, mean)) / (m * (m - 1))
        return Summary(payoffs=bases[0] + mean, covariance=covariance, degrees=m - 1)

    def _controls(self, packed: NDArray[np.unsignedinteger], d: Floats, weight: Floats) -> Floats:
        """Fit d by a signed sum over the players, for every fold on the pairs of the other folds."""
        n, m = self._n, len(d)
        gram, moment = np.zeros((FOLDS, n, n)), np.zeros((FOLDS, n))
        if m < self._fit:  # a fit to so few pairs adds more noise than it takes out
            return moment
        for start, members in _numbered_blocks(packed, n):
            spins = 2.0 * members - 1
            for fold in range(FOLDS):
                first = (fold - start) % FOLDS
                at = slice(start + first, start + len(members), FOLDS)
                weighted = spins[first::FOLDS] * weight[at, None]
                gram[fold] += weighted.T @ spins[first::FOLDS]
                moment[fold] += d[at] @ weighted
        return np.array(
            [_solved(gram.sum(axis=0) - own, moment.sum(axis=0) - ours) for own, ours in zip(gram, moment, strict=True)]
        )

    def _linear_part(self, control: Floats, used: NDArray[np.bool_]) -> Floats:
        """Give what the sizes still sampled contribute in the game whose d is the control's signed sum."""
        n, s = self._n, np.arange(1, self._n)
        own = self._inside * s / n + self._outside * (n - s) / n
        other = self._inside * s / n * (2 * (s - 1) / (n - 1) - 1)
        other -= self._outside * (n - s) / n * (2 * s / (n - 1) - 1)
        direct, cross = own[used].sum(), other[used].sum()
        return np.asarray((direct - cross) * control + cross * control.sum())


class PairedLeastSquares:
    """The Shapley value as the weighted least squares fit of an additive game to pairs of complements.

    ``leverage`` draws sizes uniformly and weighs the pairs; otherwise sizes are drawn in proportion to the weights
    of the fit (KernelSHAP). Errors by the sandwich formula.
    """

    cost = 2

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
        for start, members in _numbered_blocks(packed, self._n):
            spins = 2.0 * members - 1
            mean = spins.mean(axis=1)
            yield start, spins - mean[:, None], self._weight[members.sum(axis=1) - 1], mean


class Orders:
    """Marginal contributions along random orders of arrival.

    ``"permutation"`` takes each order as it is, ``"antithetic"`` with its reverse, ``"stratified"`` with all its
    rotations, so that one draw puts every player in every place once.
    """

    def __init__(self, n: int, joins: Floats, kind: str) -> None:
        self._n = n
        self._factors = n * joins
        self._kind = kind
        self._copies = {"permutation": 1, "antithetic": 2, "stratified": n}[kind]
        self.cost = self._copies * (n - 1)
        self.least = 2 * self.cost

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
    """

    def __init__(self, n: int, *, half: bool) -> None:
        self._n = n
        self._half = half
        self.cost = n + 1
        self.least = 2 * self.cost

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


def keyed_generator(seed: int, number: int) -> np.random.Generator:
    """Give the generator of one unit: a counter-based stream that depends on the seed and the number alone.

    Parameters
    ----------
    seed, number : int

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(number,))))


def unit_size(number: int, cost: int) -> int:
    """Give the number of draws in a unit: small at first, so that small budgets split well over workers.

    Parameters
    ----------
    number : int
        Of the unit.
    cost : int
        Worths asked for by one draw.

    Returns
    -------
    int
        At least 1.
    """
    return max(1, min(_LARGEST_UNIT, _SMALLEST_UNIT * (1 + number // 16)) // cost)


def subsets_of_size(generator: np.random.Generator, n: int, sizes: NDArray[np.int64]) -> Membership:
    """Draw one subset of n players uniformly for every size given.

    Parameters
    ----------
    generator : numpy.random.Generator
    n : int
    sizes : ndarray of int64, shape (m,)

    Returns
    -------
    ndarray of bool, shape (m, n)
    """
    order = generator.permuted(np.tile(np.arange(n), (len(sizes), 1)), axis=1)
    return np.asarray(order < sizes[:, None])


def paired(members: Membership) -> Membership:
    """Put every coalition before its complement, shape (2 m, n).

    Parameters
    ----------
    members : ndarray of bool, shape (m, n)

    Returns
    -------
    ndarray of bool
    """
    return np.stack((members, ~members), axis=1).reshape(-1, members.shape[1])


def unpacked(packed: NDArray[np.unsignedinteger], n: int) -> Membership:
    """Undo ``np.packbits``.

    Parameters
    ----------
    packed : ndarray of unsigned integers, one row a coalition
    n : int

    Returns
    -------
    ndarray of bool, shape (m, n)
    """
    return np.unpackbits(packed.view(np.uint8), axis=1, count=n).astype(bool)


def _numbered_blocks(packed: NDArray[np.unsignedinteger], n: int) -> Iterator[tuple[int, Membership]]:
    for start in range(0, len(packed), _BLOCK):
        yield start, unpacked(packed[start : start + _BLOCK], n)


def _blocks(packed: NDArray[np.unsignedinteger], n: int) -> Iterator[Membership]:
    for _, members in _numbered_blocks(packed, n):
        yield members


def _solved(gram: Floats, moment: Floats) -> Floats:
    """Solve normal equations that may be singular: a ridge, and one step of refinement that takes its bias away."""
    inverse = np.linalg.inv(gram + 1e-10 * np.trace(gram) / len(gram) * np.eye(len(gram)))
    solution = inverse @ moment
    return np.asarray(solution + inverse @ (moment - gram @ solution))


def _mean_of_votes(votes: Floats) -> Summary | None:
    m = len(votes)
    if m < 2:
        return None
    mean = votes.mean(axis=0)
    off = votes - mean
    return Summary(payoffs=mean, covariance=off.T @ off / (m * (m - 1)), degrees=m - 1)
