"""Would a group hold? What its members gain in it, in every part of it, and alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions import Game
from coalitions.tolerance import RELATIVE
from models.payoff import parts

if TYPE_CHECKING:
    from models.region import Region

__all__ = ["Inside", "holding"]

Floats = NDArray[np.float64]

LEAST_PART = 3
"""Members of the smallest part that can object: worths of pairs were not fitted."""


class Inside:
    """A group and its parts of three or more, each measured by every term.

    Parameters
    ----------
    region : Region
    interest : str
    year : int
    members : sequence of int
        Pool indices, at least two.

    Attributes
    ----------
    parts : list of tuple of int
        Positions among the members.

    Notes
    -----
    2**k parts of k members.

    Examples
    --------
    The Quad for the South China Sea, by priors alone: nobody would leave, but three would rather go on by themselves.

    >>> import models
    >>> asia = models.load("asia-pacific")
    >>> theta = asia.anchored(dict(zip(asia.names, asia.prior_mean)), 2020)
    >>> quad = Inside(asia, "AP1", 2020, asia.indices(["AUS", "IND", "JPN", "USA"]))
    >>> vectors = np.array([list(theta.values())])
    >>> bool(quad.leaves(vectors)[0]), quad.parts[quad.objections(vectors)[0]]
    (False, (0, 2, 3))
    """

    def __init__(self, region: Region, interest: str, year: int, members: Sequence[int]) -> None:
        size = len(members)
        scene = region.theatre(interest, year)
        whole = np.array(members, dtype=np.int64)
        self.parts = [part for k in range(LEAST_PART, size) for part in combinations(range(size), k)]
        self._own = parts(region.terms, scene, whole[None], region.settings)[0]  # (K, size)
        self._of_parts: list[Floats] = []
        for k in range(LEAST_PART, size):
            rows = whole[np.array(list(combinations(range(size), k)))]
            self._of_parts += list(parts(region.terms, scene, rows, region.settings))

    def gains(self, coefficients: Floats) -> Floats:
        """Give what each member gains under each of V coefficient vectors: (V, K) to (V, size)."""
        return np.asarray(coefficients @ self._own)

    def leaves(self, coefficients: Floats) -> NDArray[np.bool_]:
        """Say, for each of the vectors, whether some member would rather be alone, where it has 0."""
        return np.asarray((self.gains(coefficients) < 0).any(axis=1))

    def objections(self, coefficients: Floats) -> NDArray[np.int64]:
        """Give, for each of the vectors, the part whose least gain by going on alone is largest; -1 if none gains."""
        gains = self.gains(coefficients)
        found = np.full(len(gains), -1, dtype=np.int64)
        most = RELATIVE * np.abs(gains).max(axis=1)
        for number, (part, features) in enumerate(zip(self.parts, self._of_parts, strict=True)):
            least = (coefficients @ features - gains[:, part]).min(axis=1)
            better = least > most
            found[better], most[better] = number, least[better]
        return found

    def holds(self, coefficients: Floats) -> NDArray[np.bool_]:
        """Say, for each of the vectors, whether no member would leave and no part object."""
        return np.asarray(~self.leaves(coefficients) & (self.objections(coefficients) < 0))

    def game(self, coefficients: Floats, states: Sequence[str]) -> Game:
        """Make the game inside the group under one vector; a pair is worth no more than two states alone."""
        table = np.zeros(1 << len(states))
        for part, features in zip(self.parts, self._of_parts, strict=True):
            table[sum(1 << i for i in part)] = float((coefficients @ features).sum())
        table[-1] = float(self.gains(coefficients[None]).sum())
        return Game(states, table)


def holding(
    region: Region, interest: str, year: int, members: NDArray[np.integer], coefficients: Mapping[str, float]
) -> NDArray[np.bool_]:
    """Say which groups of one size hold: no member would leave, no part of three or more object.

    Parameters
    ----------
    region : Region
    interest : str
    year : int
    members : ndarray of int, shape (m, k)
        Pool indices.
    coefficients : mapping of str to float

    Returns
    -------
    ndarray of bool, shape (m,)

    Notes
    -----
    What ``Inside.holds`` says of each, for many groups under one vector of coefficients.
    """
    gains = region.gains(members, interest, year, coefficients)
    holds = np.asarray((gains >= 0).all(axis=1))
    margin = RELATIVE * np.abs(gains).max(axis=1)
    for size in range(LEAST_PART, members.shape[1]):
        for part in combinations(range(members.shape[1]), size):
            rows = np.flatnonzero(holds)
            if not len(rows):
                return holds
            columns = list(part)
            alone = region.gains(members[rows][:, columns], interest, year, coefficients)
            holds[rows] = np.min(alone - gains[rows][:, columns], axis=1) <= margin[rows]
    return holds
