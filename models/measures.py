"""The figures formulas are made of, for many groups at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.formulas import joint_strength

if TYPE_CHECKING:
    from models.theatre import Settings, Theatre

__all__ = ["alone", "measure", "pair_means", "pair_sums", "partner_sums"]

Members = NDArray[np.integer]
"""Shape (m, k): one group a row, k distinct indices into the pool."""

Columns = NDArray[np.int64]
"""The same on its side, shape (k, m): sums over members then run over whole columns."""

Floats = NDArray[np.float64]

TINY = 1e-100
"""Stands in for 0 where a formula takes a logarithm: its root and its square still are numbers that do not count."""


def measure(theatre: Theatre, columns: Columns, settings: Settings) -> dict[str, Floats]:
    """Measure groups: every figure ``formulas.Symbols`` names, but the settings.

    Parameters
    ----------
    theatre : Theatre
    columns : int array (k, m)
        One group a column.
    settings : Settings

    Returns
    -------
    dict of str to array
        Of members (k, m); of groups (m,); the size and the threat are numbers. Computed when asked for, and once.
    """
    return _Measured(theatre, columns, settings)


class _Measured(dict[str, Any]):
    def __init__(self, theatre: Theatre, columns: Columns, settings: Settings) -> None:
        super().__init__(size=float(len(columns)), threat=max(theatre.threat, settings.reference.value))
        self.theatre, self.columns, self.settings = theatre, columns, settings

    def __missing__(self, name: str) -> Any:
        getattr(self, f"_{name}")()
        return self[name]

    def _stake(self) -> None:
        self["stake"] = self.theatre.stake.take(self.columns)

    def _strength(self) -> None:
        self["strength"] = np.maximum(self.theatre.alone, TINY).take(self.columns)

    def _coverage(self) -> None:
        self["coverage"] = np.maximum(self.theatre.coverage, TINY).take(self.columns)

    def _resources(self) -> None:
        self["resources"] = np.maximum(self.theatre.resources, TINY).take(self.columns)

    def _exposure(self) -> None:
        self["exposure"] = self.theatre.exposure.take(self.columns)

    def _dependence(self) -> None:
        self["dependence"] = self.theatre.dependence.take(self.columns)

    def _share(self) -> None:
        self["share"] = np.minimum(self["strength"] / self["joint"], 1.0)

    def _joint(self) -> None:
        theatre = self.theatre
        together = joint_strength(theatre.weights, theatre.aggregators, self.settings.substitution.value)
        self["joint"] = np.maximum(together([own.take(self.columns) for own in theatre.strengths]), TINY)

    def _closeness(self) -> None:
        self["closeness"], self["farthest"] = pair_means(self.theatre.similarity, self.columns)

    _farthest = _closeness

    def _pivot(self) -> None:
        self["pivot"] = (self.columns == self.theatre.pivot).any(axis=0).astype(float)

    def _pooled(self) -> None:
        self["pooled"] = self["resources"].sum(axis=0)

    def _shield(self) -> None:
        self["shield"] = np.minimum(self["resources"].max(axis=0), 1.0)

    def _nested(self) -> None:
        k, m = self.columns.shape
        self["nested"], self["doubled"] = np.zeros(m), np.zeros(m)
        for body in self.theatre.bodies:
            inside = body.inside.take(self.columns).sum(axis=0)
            overlap = body.relevance * body.acting * inside / (k + body.size - inside)
            np.maximum(self["nested"], body.relevance / k * inside, out=self["nested"])
            np.maximum(self["doubled"], overlap, out=self["doubled"])

    _doubled = _nested


def alone(
    strengths: Iterable[Floats], weights: tuple[float, ...], aggregators: tuple[str, ...], substitution: float
) -> Floats:
    """Give every state's output by itself.

    Parameters
    ----------
    strengths : iterable of array (n,)
        One a capability type, shares of the strongest state's.
    weights, aggregators, substitution
        As for ``formulas.joint_strength``.

    Returns
    -------
    ndarray of shape (n,)
    """
    return joint_strength(weights, aggregators, substitution)([own[None, :] for own in strengths])


def pair_means(table: Floats, columns: Columns) -> tuple[Floats, Floats]:
    """Give the mean and the least entry of a table over the pairs of each group; 1 for a state alone.

    Parameters
    ----------
    table : array (n, n)
        Symmetric.
    columns : int array (k, m)

    Returns
    -------
    mean, least : ndarray of shape (m,)
        In the unit of the table.
    """
    k, m = columns.shape
    if k == 1:
        return np.ones(m), np.ones(m)
    n = len(table)
    flat = np.ascontiguousarray(table).ravel()
    total, least = np.zeros(m), np.full(m, np.inf)
    for a in range(1, k):
        row = columns[a] * n
        for b in range(a):
            pair = flat.take(row + columns[b])
            total += pair
            np.minimum(least, pair, out=least)
    return total / (k * (k - 1) / 2), least


def partner_sums(table: Floats, columns: Columns, kinds: NDArray[np.int64]) -> Floats:
    """Sum table[kind of the group, i, j] over the partners j of each member i.

    Parameters
    ----------
    table : array (kinds, n, n)
    columns : int array (k, m)
    kinds : int array (m,)

    Returns
    -------
    ndarray of shape (k, m)
        In the unit of the table.
    """
    k, m = columns.shape
    n = table.shape[-1]
    # i gets from j what the one table says and j from i what the other says: one look-up of both where they are alike
    given = np.ascontiguousarray(table).ravel()
    even = np.array_equal(table, np.swapaxes(table, 1, 2))
    back = given if even else np.ascontiguousarray(np.swapaxes(table, 1, 2)).ravel()
    start = kinds * (n * n)
    sums = np.zeros((k, m))
    for a in range(1, k):
        row = start + columns[a] * n
        for b in range(a):
            at = row + columns[b]
            pair = given.take(at)
            sums[a] += pair
            sums[b] += pair if even else back.take(at)
    return sums


def pair_sums(table: Floats, columns: Columns, kinds: NDArray[np.int64]) -> Floats:
    """Sum table[kind of the group, i, j] over the pairs of each group, each pair once.

    Parameters
    ----------
    table : array (kinds, n, n)
        Symmetric: of entries ij and ji one is read.
    columns : int array (k, m)
    kinds : int array (m,)

    Returns
    -------
    ndarray of shape (m,)
        In the unit of the table.
    """
    k, m = columns.shape
    n = table.shape[-1]
    flat = np.ascontiguousarray(table).ravel()
    start = kinds * (n * n)
    total = np.zeros(m)
    for a in range(1, k):
        row = start + columns[a] * n
        for b in range(a):
            total += flat.take(row + columns[b])
    return total
