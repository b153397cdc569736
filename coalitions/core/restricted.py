"""Cores that ask for less, or of fewer: epsilon-cores, and the best structure that could hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coalitions.coalition import Label
from coalitions.core.demands import demands_of
from coalitions.core.membership import Core, core, core_of
from coalitions.errors import SolverError
from coalitions.game import as_game


def strong_epsilon_core(
    game: Any,
    epsilon: Any,
    *,
    structure: Iterable[Iterable[Label]] | None = None,
    coalitions: Iterable[Iterable[Label]] | None = None,
    forbidden: Iterable[Iterable[Label]] | None = None,
    certify: bool = False,
) -> Core:
    """Find the payoffs that every coalition puts up with when leaving costs it epsilon.

    x(N) = v(N) and x(S) >= v(S) - epsilon for every S other than the empty set and N. It is not empty exactly when
    epsilon is at least that of the least core. With ``coalitions`` only those listed count (the S-epsilon-core).

    Parameters
    ----------
    game : Game
        n players, or anything with ``to_game()``.
    epsilon : number
        In the unit of the worths; negative: every coalition wants so much on top of its worth.
    structure, coalitions, forbidden, certify
        As for ``core``.

    Returns
    -------
    Core
        Its excesses are those beyond epsilon.

    Raises
    ------
    WorthError
        Symbolic worths; an epsilon that is no finite number.
    CoalitionError
        As for ``core``.

    Notes
    -----
    As ``core``, with a copy of the table. Exact when the worths are and epsilon is an integer or a Fraction.

    References
    ----------
    .. [1] L. S. Shapley, M. Shubik (1966), Quasi-cores in a monetary economy with nonconvex preferences,
           Econometrica 34, 805-827.

    Examples
    --------
    >>> from coalitions import Game
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> strong_epsilon_core(majority, 0.3).is_empty, strong_epsilon_core(majority, 0.4).is_empty
    (True, False)
    """
    return core_of(
        demands_of(as_game(game), structure=structure, coalitions=coalitions, forbidden=forbidden, epsilon=epsilon),
        certify=certify,
    )


def weak_epsilon_core(
    game: Any,
    epsilon: Any,
    *,
    structure: Iterable[Iterable[Label]] | None = None,
    coalitions: Iterable[Iterable[Label]] | None = None,
    forbidden: Iterable[Iterable[Label]] | None = None,
    certify: bool = False,
) -> Core:
    """Find the payoffs that every coalition puts up with when leaving costs each of its members epsilon.

    x(N) = v(N) and x(S) >= v(S) - |S| epsilon for every S other than the empty set and N.

    Parameters
    ----------
    game : Game
        n players, or anything with ``to_game()``.
    epsilon : number
        In the unit of the worths, a member.
    structure, coalitions, forbidden, certify
        As for ``core``.

    Returns
    -------
    Core
        Its excesses are those beyond |S| epsilon.

    Raises
    ------
    WorthError
        Symbolic worths; an epsilon that is no finite number.
    CoalitionError
        As for ``core``.

    Notes
    -----
    As ``core``, with a copy of the table. Exact when the worths are and epsilon is an integer or a Fraction.

    References
    ----------
    .. [1] L. S. Shapley, M. Shubik (1966), Quasi-cores in a monetary economy with nonconvex preferences,
           Econometrica 34, 805-827.

    Examples
    --------
    >>> from coalitions import Game
    >>> majority = Game("ABC", [0, 0, 0, 1, 0, 1, 1, 1])
    >>> weak_epsilon_core(majority, 0.16).is_empty, weak_epsilon_core(majority, 0.17).is_empty
    (True, False)
    """
    return core_of(
        demands_of(
            as_game(game),
            structure=structure,
            coalitions=coalitions,
            forbidden=forbidden,
            epsilon=epsilon,
            per_member=True,
        ),
        certify=certify,
    )


def coalition_structure_core(game: Any, *, certify: bool = False) -> Core:
    """Find a coalition structure and payoffs of its blocks' worths on which no coalition can improve.

    Such payoffs exist exactly when no balanced collection is worth more than the best partition. They then exist for
    every partition of the largest worth, and for no other.

    Parameters
    ----------
    game : Game
        n players, or anything with ``to_game()``.
    certify : bool
        As for ``core``.

    Returns
    -------
    Core
        Of a partition of the largest worth: ``structure`` with ``point``, or ``witness``, a balanced collection worth
        more than every partition.

    Raises
    ------
    WorthError
        Symbolic worths.
    SolverError
        The best partition could not be proven to be one.

    Notes
    -----
    ``optimal_structure``, then ``core`` of what it finds.

    References
    ----------
    .. [1] R. J. Aumann, J. H. Dreze (1974), Cooperative games with coalition structures, International Journal of
           Game Theory 3, 217-237.

    Examples
    --------
    >>> from coalitions import Game
    >>> found = coalition_structure_core(Game("ABC", [0, 1, 1, 5, 1, 2, 3, 5]))
    >>> found.structure, found.is_empty
    ((('A', 'B'), ('C',)), False)
    """
    from coalitions.structures.optimal import optimal_structure

    given = as_game(game)
    best = optimal_structure(given)
    if not best.is_proven:
        raise SolverError(f"the best partition found is worth {best.worth}, but {best.bound} is not ruled out")
    return core(given, structure=best.blocks, certify=certify)
