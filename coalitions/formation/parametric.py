"""Candidates whose worths are sums of coefficients times terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import unknown_label
from coalitions.errors import WorthError
from coalitions.formation.candidates import Block, Candidates
from coalitions.formation.repeated import require_listed
from coalitions.memory import require_memory

_CHUNK = 1 << 18
_AGREEMENT = 1e-6  # relative: two ways to add up the same terms

Features: TypeAlias = Callable[[NDArray[Any], Any], NDArray[np.float64]]
"""From members (groups, size) and an objective to terms (groups, terms), or by member (groups, terms, size)."""

Worths: TypeAlias = list[NDArray[np.float64]]
"""One array a block of the candidates."""


@dataclass(frozen=True, eq=False, repr=False)
class ParametricCandidates:
    """Candidates whose worths are linear in named coefficients: v(g) = sum over k of theta_k f_k(g).

    Attributes
    ----------
    candidates : Candidates
        With the worths under ``coefficients``.
    coefficients : dict from term to float
    features : tuple of ndarray, shape (groups, terms)
        One a block, read-only.
    measure : callable
        What gave the features; asked again for the gains of single groups.
    """

    candidates: Candidates
    coefficients: dict[str, float]
    features: tuple[NDArray[np.float64], ...]
    measure: Features

    @property
    def terms(self) -> tuple[str, ...]:
        """The names of the terms."""
        return tuple(self.coefficients)

    def __len__(self) -> int:
        return len(self.candidates)

    def __repr__(self) -> str:
        values = " + ".join(f"{value:.6g} {name}" for name, value in self.coefficients.items())
        return f"{self.candidates!r}, under {values}"

    def theta_of(self, coefficients: Mapping[str, float]) -> NDArray[np.float64]:
        """Put coefficients in the order of the terms.

        Parameters
        ----------
        coefficients : mapping from term to number
            Those left out are as they are here.

        Returns
        -------
        ndarray, shape (terms,)

        Raises
        ------
        CoalitionError
            An unknown term.
        WorthError
            A coefficient that is not a finite number.
        """
        for name, value in coefficients.items():
            if name not in self.coefficients:
                raise unknown_label(name, self.terms, "term")
            if not np.isfinite(value):
                raise WorthError(f"the coefficient of {name!r} is {value}; it must be a finite number")
        return np.array([float(coefficients.get(name, value)) for name, value in self.coefficients.items()])

    def worths(self, theta: NDArray[np.float64]) -> Worths:
        """Give all worths under other coefficients.

        Parameters
        ----------
        theta : ndarray, shape (terms,)

        Returns
        -------
        list of ndarray
            One a block.
        """
        return [features @ theta for features in self.features]

    def at(self, **coefficients: float) -> Candidates:
        """Give the candidates under other coefficients.

        Parameters
        ----------
        **coefficients : float
            Those left out stay as they are.

        Returns
        -------
        Candidates

        Raises
        ------
        CoalitionError
            An unknown term.
        WorthError
            A coefficient that is not a finite number.
        """
        return self.under(self.theta_of(coefficients))

    def under(self, theta: NDArray[np.float64]) -> Candidates:
        """Give the candidates under coefficients in the order of the terms.

        Parameters
        ----------
        theta : ndarray, shape (terms,)

        Returns
        -------
        Candidates
        """
        measure = self.measure

        def payoff(members: NDArray[Any], objective: Any) -> NDArray[np.float64]:
            gains: NDArray[np.float64] = np.tensordot(np.asarray(measure(members, objective)), theta, axes=(1, 0))
            return gains

        return with_worths(self.candidates, self.worths(theta), payoff)


def parametric_candidates(
    candidates: Candidates, features: Features, coefficients: Mapping[str, float]
) -> ParametricCandidates:
    """Split what candidates are worth into terms, so that they can be had under any coefficients.

    Parameters
    ----------
    candidates : Candidates
        Evaluated under ``coefficients``.
    features : callable
        Called as ``features(members, objective)`` with members of shape (groups, size); gives the terms of each
        group, shape (groups, terms), or of each member, shape (groups, terms, size), before coefficients.
    coefficients : mapping from term to number
        In the order of the terms.

    Returns
    -------
    ParametricCandidates

    Raises
    ------
    WorthError
        Features of the wrong shape, or that do not add up to the candidates' worths under the coefficients; the
        message names the group.
    TooLargeError
        8 bytes a candidate and term are more than memory holds.

    Notes
    -----
    Every candidate is measured once; worths under other coefficients are then one matrix product.

    Examples
    --------
    >>> from coalitions import candidates
    >>> strength = np.array([4.0, 3.0, 2.0, 1.0])
    >>> def features(members, objective):
    ...     return np.stack([strength[members].sum(axis=1), np.full(len(members), -1.0)], axis=1)
    >>> pool = candidates("ABCD", lambda members, objective: strength[members].sum(axis=1) - 3, max_size=3)
    >>> terms = parametric_candidates(pool, features, {"strength": 1, "cost": 3})
    >>> terms.at(cost=6)
    10 candidate groups of 2-3 among 4 states for 1 objective; 4 are worth more than 0
    """
    require_listed(candidates)
    values = {name: float(value) for name, value in coefficients.items()}
    theta = np.array(list(values.values()))
    if not np.isfinite(theta).all() or not len(theta):
        raise WorthError(f"coefficients are {dict(coefficients)}; they must be finite numbers, one for each term")
    require_memory(
        8 * len(candidates) * len(theta),
        f"{len(theta)} terms of {len(candidates)} candidates",
        "lower max_size, or give a function from coefficients to Candidates instead of terms",
    )
    blocks = []
    for block in candidates.blocks:
        table = np.empty((len(block.worths), len(theta)), order="F")
        for start in range(0, len(table), _CHUNK):
            part = slice(start, start + _CHUNK)
            table[part] = _terms_of(features(block.members[part], block.objective), block.members[part], len(theta))
        away = np.abs(table @ theta - block.worths)
        worst = int(np.argmax(away)) if np.isfinite(away).all() else int(np.argmin(np.isfinite(away)))
        if not away[worst] <= _AGREEMENT * max(np.abs(block.worths).max(), np.abs(table).max() * np.abs(theta).max()):
            group = tuple(candidates.players[i] for i in block.members[worst])
            raise WorthError(
                f"the terms of {group} add up to {float(table[worst] @ theta):.6g} under these coefficients, but its "
                f"worth is {block.worths[worst]:.6g}"
            )
        table.flags.writeable = False
        blocks.append(table)
    return ParametricCandidates(candidates, values, tuple(blocks), features)


def _terms_of(given: Any, members: NDArray[Any], count: int) -> NDArray[np.float64]:
    terms = np.asarray(given, np.float64)
    if terms.shape not in ((len(members), count), (len(members), count, members.shape[1])):
        raise WorthError(
            f"the features have shape {terms.shape} for {len(members)} groups of {members.shape[1]} and {count} "
            f"coefficients; they must have {(len(members), count)} or {(len(members), count, members.shape[1])}"
        )
    return terms if terms.ndim == 2 else terms.sum(axis=2)


def with_worths(candidates: Candidates, worths: Sequence[NDArray[np.float64]], payoff: Any = None) -> Candidates:
    """Give the same groups other worths.

    Parameters
    ----------
    candidates : Candidates
    worths : sequence of ndarray
        One array a block.
    payoff : callable, optional
        What gives them; without one, nobody can be told what each member gains.

    Returns
    -------
    Candidates
    """
    blocks = tuple(
        Block(block.objective, block.members, each) for block, each in zip(candidates.blocks, worths, strict=True)
    )
    return Candidates(candidates.players, candidates.objectives, blocks, _unknown if payoff is None else payoff)


def _unknown(members: NDArray[Any], objective: Any) -> NDArray[np.float64]:
    raise WorthError("the gains in this scenario are not known: only the worths of groups were given")
