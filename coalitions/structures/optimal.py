"""The coalition structures of the largest total worth, proven."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from coalitions.allocation import Allocation
from coalitions.coalition import Label, as_partition, labels_of
from coalitions.errors import CoalitionError, InfeasibleFormation, WorthError
from coalitions.game import Game, as_game, float_worths
from coalitions.structures.rules import Rule, barred_worths, make_counts, make_rules
from coalitions.structures.search import Search, exact_partition
from coalitions.structures.structure import Structure
from coalitions.tolerance import scale_of
from coalitions.worths import FLOAT_INTEGERS, integer_worths

_EXACT_PLAYERS = 14  # a dynamic program on Python's own integers takes about a second there


def optimal_structure(
    game: Any,
    *,
    sizes: Iterable[int] | None = None,
    count: int | Iterable[int] | None = None,
    allowed: Any = None,
    forbidden: Iterable[Iterable[Label]] = (),
    together: Iterable[Iterable[Label]] = (),
    apart: Iterable[Iterable[Label]] = (),
    positive: Iterable[Iterable[Label]] = (),
    negative: Iterable[Iterable[Label]] = (),
    graph: Any = None,
    start: Iterable[Iterable[Label]] | None = None,
    time_limit: float = np.inf,
    report: Callable[[float, float], None] | None = None,
) -> Structure:
    """Split the players into the coalitions of the largest total worth.

    Parameters
    ----------
    game : Game or representation
        n players; any worths, superadditive or not.
    sizes : iterable of int, optional
        How many members a coalition may have, such as ``range(1, 5)``.
    count : int or iterable of int, optional
        How many coalitions there may be.
    allowed : iterable of coalitions, or ndarray of bool, shape (2**n,), optional
        The coalitions that may form; an array in bitmask order.
    forbidden : iterable of coalitions
        Coalitions that may not form.
    together, apart : iterable of groups of players
        Players who are in one coalition; players of whom no two are in one.
    positive, negative : iterable of groups of players
        Every coalition holds at least one of the groups in ``positive``, and none of those in ``negative`` [3]_.
    graph : iterable of pairs of labels, or networkx.Graph, optional
        Every coalition is connected in it.
    start : iterable of coalitions, optional
        A structure to begin from.
    time_limit : float, optional
        Seconds after which the best structure so far is returned with its bound and gap.
    report : callable, optional
        Told the value and the bound of the linear program after every round.

    Returns
    -------
    Structure
        ``gap`` is 0 unless the time limit or Ctrl-C came first.

    Raises
    ------
    InfeasibleFormation
        No structure satisfies the constraints; ``conflict`` names some that contradict each other.
    CoalitionError
        An unknown player, a size or a count that cannot be, a start that breaks a constraint.
    WorthError
        Symbolic worths, or exact ones whose common denominator is beyond 2**53 for more than 14 players.

    Notes
    -----
    The linear relaxation (``coalitions.program``) gives prices at which no coalition is worth more than its members'
    prices. A structure falls short of the bound by exactly the regrets (price less worth) of its blocks, so an
    optimal one uses no coalition of larger regret than the gap: these few are collected in one scan and covered
    exactly by depth-first search, in windows that widen. Where all worths are multiples of a unit the bound is
    rounded down to it. Ties that would drown the search are met by counting, where players are interchangeable,
    and else by dynamic programming over subsets (3**n / 6 splits, times the number of coalitions where ``count``
    limits it). Memory: the table; another one with constraints; half of one for the dynamic program.

    References
    ----------
    .. [1] T. Rahwan, T. Michalak, M. Wooldridge, N. Jennings (2015), Coalition structure generation: a survey,
           Artificial Intelligence 229, 139-174.
    .. [2] D. Y. Yeh (1986), A dynamic programming approach to the complete set partitioning problem, BIT 26,
           467-474.
    .. [3] T. Rahwan, T. Michalak, E. Elkind, P. Faliszewski, J. Sroka, M. Wooldridge, N. R. Jennings (2011),
           Constrained coalition formation, AAAI 2011, 719-725.

    Examples
    --------
    >>> pact = Game("ABC", [0, 1, 1, 5, 1, 2, 3, 5])
    >>> optimal_structure(pact)
    2 coalitions of 3 players, worth 6, proven optimal
    A B  5
    C    1
    >>> optimal_structure(pact, apart=[("A", "B")]).blocks
    (('B', 'C'), ('A',))
    """
    started = time.monotonic()
    problem = _Problem(as_game(game), sizes, count, allowed, forbidden, together, apart, positive, negative, graph)
    search = problem.search(deadline=started + time_limit, report=report, start=start)
    blocks = search.best()
    if problem.beyond_floats and blocks is not None:
        blocks = exact_partition(problem.numerators)
        search.proven = True
        search.method = "dynamic program"
    if blocks is None:
        if search.proven:
            raise problem.infeasible()
        raise CoalitionError("no structure that satisfies the constraints was found in time; raise time_limit")
    return problem.structure(search, blocks, started)


def best_structures(
    game: Any,
    most: int = 10,
    *,
    within: float = np.inf,
    sizes: Iterable[int] | None = None,
    count: int | Iterable[int] | None = None,
    allowed: Any = None,
    forbidden: Iterable[Iterable[Label]] = (),
    together: Iterable[Iterable[Label]] = (),
    apart: Iterable[Iterable[Label]] = (),
    positive: Iterable[Iterable[Label]] = (),
    negative: Iterable[Iterable[Label]] = (),
    graph: Any = None,
    time_limit: float = np.inf,
) -> tuple[Structure, ...]:
    """List the best coalition structures, the best first; ``within=0`` gives all optimal ones.

    Parameters
    ----------
    game : Game or representation
    most : int
        How many at most.
    within : float
        Only structures worth at most this much less than the best; in the unit of the worths.
    sizes, count, allowed, forbidden, together, apart, positive, negative, graph
        As for ``optimal_structure``.
    time_limit : float, optional
        Seconds.

    Returns
    -------
    tuple of Structure
        Each with the proven bound on the best; those behind the first have a gap therefore. Fewer than ``most`` mean
        that there are no more.

    Raises
    ------
    InfeasibleFormation
        No structure satisfies the constraints.
    CoalitionError
        As for ``optimal_structure``; or the list could not be proven complete in time.
    WorthError
        As for ``optimal_structure``; exact worths need a common denominator below 2**53 here.

    Notes
    -----
    The windows of ``optimal_structure``, widened until they hold as many structures as asked for.

    References
    ----------
    .. [1] T. Rahwan, T. Michalak, M. Wooldridge, N. Jennings (2015), Coalition structure generation: a survey,
           Artificial Intelligence 229, 139-174.

    Examples
    --------
    >>> pact = Game("ABC", [0, 1, 1, 5, 1, 5, 3, 5])
    >>> [structure.blocks for structure in best_structures(pact, within=0)]
    [(('A', 'B'), ('C',)), (('A', 'C'), ('B',))]
    """
    started = time.monotonic()
    if most != int(most) or most < 1:
        raise CoalitionError(f"most is {most!r}; it must be a whole number of at least 1")
    if not within >= 0:
        raise CoalitionError(f"within is {within!r}; it must be at least 0")
    problem = _Problem(as_game(game), sizes, count, allowed, forbidden, together, apart, positive, negative, graph)
    if problem.beyond_floats:
        raise WorthError("exact worths need a common denominator below 2**53 here; make them floats")
    search = problem.search(deadline=started + time_limit)
    found, complete = search.several(int(most), float(within) * problem.denominator)
    if not found and complete:
        raise problem.infeasible()
    if not complete:
        raise CoalitionError(
            f"the list of the best structures could not be completed ({len(found)} found); ask for fewer, narrow "
            "within, or raise time_limit"
        )
    search.method = "linear program, then exact cover"
    search.bound = max(sum(search.worths[list(blocks)]) for blocks in found)
    structures = [problem.structure(search, blocks, started) for blocks in found]
    return tuple(sorted(structures, key=lambda structure: (-structure.worth, structure.blocks)))


class _Problem:
    """A game and the constraints on its structures, in the numbers that the search works with."""

    def __init__(
        self,
        game: Game,
        sizes: Iterable[int] | None,
        count: int | Iterable[int] | None,
        allowed: Any,
        forbidden: Iterable[Iterable[Label]],
        together: Iterable[Iterable[Label]],
        apart: Iterable[Iterable[Label]],
        positive: Iterable[Iterable[Label]],
        negative: Iterable[Iterable[Label]],
        graph: Any,
    ) -> None:
        self.game = game
        self.rules = make_rules(
            game.players,
            sizes=sizes,
            allowed=allowed,
            forbidden=forbidden,
            together=together,
            apart=apart,
            positive=positive,
            negative=negative,
            graph=graph,
        )
        self.counts = make_counts(count, game.n)
        self.denominator = 1
        self.numerators: list[int] = []
        self.beyond_floats = False
        if not game.is_exact:
            self.worths = game.worths
        else:
            self._scale_to_integers()
        self.scale = scale_of(self.worths)

    def _scale_to_integers(self) -> None:
        game = self.game
        scaled = integer_worths(game.worths)
        if scaled is None:
            float_worths(game)  # names the symbol
            raise WorthError("exact worths must be rational here; make irrational ones floats")
        self.numerators, self.denominator = scaled
        if max(map(abs, self.numerators)) * game.n < FLOAT_INTEGERS:
            self.worths = np.array(self.numerators, object).astype(np.float64)
            return
        if game.n > _EXACT_PLAYERS or self.rules or self.counts:
            raise WorthError(
                f"the common denominator {self.denominator} makes integers beyond 2**53, which stay exact up to "
                f"{_EXACT_PLAYERS} players and without constraints; this game has {game.n}: make its worths floats"
            )
        self.worths, self.denominator, self.beyond_floats = float_worths(game), 1, True

    def search(
        self,
        *,
        deadline: float,
        report: Callable[[float, float], None] | None = None,
        start: Iterable[Iterable[Label]] | None = None,
    ) -> Search:
        """Set the search up."""
        table, feasible = self.worths, None
        if self.rules:
            table, feasible = barred_worths(self.worths, self.rules, self.scale)
        return Search(
            table,
            scale=self.scale,
            feasible=feasible,
            counts=self.counts,
            deadline=deadline,
            report=report,
            start=self._checked(start),
        )

    def _checked(self, start: Iterable[Iterable[Label]] | None) -> list[int]:
        if start is None:
            return []
        blocks = as_partition(start, self.game.players)
        for rule in self.rules:
            fits = rule.allows(np.array(blocks, np.int64))
            if not fits.all():
                broken = labels_of(blocks[int(np.argmin(fits))], self.game.players)
                raise CoalitionError(f"start has {broken}, but {rule.name}")
        if self.counts and len(blocks) not in self.counts:
            raise CoalitionError(f"start has {len(blocks)} coalitions, but count is {self.counts}")
        return blocks

    def infeasible(self) -> InfeasibleFormation:
        """Name constraints that contradict each other, none of which is superfluous (a deletion filter)."""
        named: list[Rule | None] = [*self.rules, None] if self.counts else list(self.rules)
        kept = list(named)
        for rule in named:
            rest = [other for other in kept if other is not rule]
            if not self._possible(rest):
                kept = rest
        shown = " or ".join(map(str, self.counts or ()))
        words = tuple(rule.name if rule else f"there are {shown} coalitions" for rule in kept)
        return InfeasibleFormation(
            f"no structure satisfies all constraints; these contradict each other: {'; '.join(words)}. "
            "Drop or loosen one of them",
            words,
        )

    def _possible(self, rules: Sequence[Rule | None]) -> bool:
        nothing = np.zeros(len(self.worths))
        table, feasible = barred_worths(nothing, [rule for rule in rules if rule], 1.0)
        counts = self.counts if None in rules else None
        return Search(table, scale=1.0, feasible=feasible, counts=counts).best() is not None

    def structure(self, search: Search, blocks: Sequence[int], started: float) -> Structure:
        """Put what was found in the players' names and in the unit of their worths."""
        game = self.game
        blocks = sorted(blocks, key=lambda mask: (-mask.bit_count(), [i for i in range(game.n) if mask >> i & 1]))
        exact = game.is_exact
        worths = tuple(game.worths[mask] if exact else float(game.worths[mask]) for mask in blocks)
        worth = sum(worths, Fraction(0)) if exact else float(sum(worths))
        bound = worth if search.proven else search.bound
        if exact and not search.proven:
            bound = Fraction(int(search.bound), self.denominator)
        return Structure(
            players=game.players,
            blocks=tuple(labels_of(mask, game.players) for mask in blocks),
            worths=worths,
            worth=worth,
            bound=bound,
            gap=bound - worth,
            payoffs=Allocation(
                players=game.players,
                payoffs=search.prices / self.denominator,
                solution="supporting payoffs",
                method="dual prices of the linear relaxation",
            ),
            tolerance=0.0 if exact else search.tolerance,
            method=search.method,
            seconds=time.monotonic() - started,
            constraints=tuple(rule.name for rule in self.rules),
            counts=self.counts,
        )
