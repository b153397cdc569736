"""The default way to draw: pairs of complements, with a linear control fitted on other folds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coalitions.values.sampling_draws import (
    LARGEST_UNIT,
    SMALLEST_UNIT,
    Floats,
    Membership,
    Summary,
    Unit,
    keyed_generator,
    numbered_blocks,
    paired,
    subsets_of_size,
    unit_size,
    unpacked,
)

FOLDS: Final = 5
_COUNTABLE = 1 << 60
_NEVER = 1e-290  # sizes of less weight are not drawn: their inverse would be no float


class OddPairs:
    """Pairs of a coalition and the others, with a linear control fitted on other folds.

    A value that weighs a size and its mirror alike depends on d(S) = v(S) - v(N \\ S) only:

        phi_i = sum over sizes s of the mean over |S| = s of d(S) (inside_s [i in S] - outside_s [i not in S]),

    inside_s = n P_{s-1} / 2s and outside_s = n P_s / 2(n - s), P_s the chance to join a coalition of s others. The
    linear part of d is fitted by least squares on four fifths of the pairs and taken out of the rest, so that only
    what is left is estimated: games with interactions up to pairs come out exact. Small and large coalitions are
    listed one by one as soon as sampling would have met as many.

    Parameters
    ----------
    n : int
    joins : ndarray of float64, shape (n,)
        P_0, ..., P_{n - 1}; the same read backwards.
    """

    cost = 2
    spread: float | None = None  # the control is fitted on other draws

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
        listed = sum(self._pairs(k) for due, k in self._due if due <= SMALLEST_UNIT)
        all_listed = all(due <= SMALLEST_UNIT for due, _ in self._due)
        self.least = 2 * (listed + (0 if all_listed else max(2 * FOLDS, self._fit)))

    def _pairs(self, k: int) -> int:
        return math.comb(self._n, k) // (1 + (2 * k == self._n))

    def _when_due(self) -> list[tuple[float, int]]:
        """For every size, after how many sampled pairs listing all of it costs no more than sampling did.

        Where all pairs together fit the first unit, they are listed at once.
        """
        if 2 ** (self._n - 1) - 1 <= SMALLEST_UNIT:
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
        while chunk := list(itertools.islice(chosen, LARGEST_UNIT)):
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
        for start, members in numbered_blocks(packed, self._n):
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
        for start, members in numbered_blocks(packed, n):
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
        for start, members in numbered_blocks(packed, n):
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


def _blocks(packed: NDArray[np.unsignedinteger], n: int) -> Iterator[Membership]:
    for _, members in numbered_blocks(packed, n):
        yield members


def _solved(gram: Floats, moment: Floats) -> Floats:
    """Solve normal equations that may be singular: a ridge, and one step of refinement that takes its bias away."""
    inverse = np.linalg.inv(gram + 1e-10 * np.trace(gram) / len(gram) * np.eye(len(gram)))
    solution = inverse @ moment
    return np.asarray(solution + inverse @ (moment - gram @ solution))
