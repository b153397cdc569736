"""The coefficients under which a pact holds: a convex cone, with the coalitions that make each of its facets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from coalitions.coalition import mask_of, unknown_label
from coalitions.core.separation import (
    CoreSeparator,
    Facet,
    Separator,
    is_exact,
    numbers_of,
    payoff_separator,
    ray_of,
    scales_of,
    size_of,
)
from coalitions.core.words import collection_in_words, short
from coalitions.errors import CoalitionError, WorthError
from coalitions.exact import fractions_of, maximise
from coalitions.parametric import ParametricGame
from coalitions.polyhedra import facets, primitive, vertices
from coalitions.result import Result
from coalitions.tolerance import RELATIVE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_STEPS = 1 << 40  # what is left of a float normal, in the unit of its term: far finer than the tolerance
_MOST_LISTED = 12


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ConeMembership:
    """Whether coefficients are in a cone; true or false in a condition, with the facet that decides.

    Attributes
    ----------
    holds : bool
    facet : Facet or None
        The facet that excludes the coefficients, or the one that comes nearest to it. None where nothing is known
        to bound the cone.
    margin : number
        Of that facet, in the unit of the worths; inf without one.
    tolerance : float
        Margins down to minus this count as 0; 0 where terms and coefficients are exact.
    """

    holds: bool
    facet: Facet | None
    margin: Any
    tolerance: float

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        word = "inside" if self.holds else "outside"
        if self.facet is None:
            return f"{word}: no facet bounds the cone"
        room = "with room" if self.holds else "short by"
        return f"{word}, {room} {short(abs(self.margin))} at {self.facet!r}"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CoefficientInterval:
    """The part of a line through the space of coefficients on which a pact holds.

    Attributes
    ----------
    coefficient : str or None
        The coefficient whose values are meant; None for a general direction.
    low, high : number or None
        Its ends, both inside; -inf or inf where it does not end; None where it is empty. Exact where the terms and
        coefficients are.
    low_facet, high_facet : Facet or None
        What excludes the values below ``low`` and above ``high``. Where the interval is empty: conditions that
        no value meets, or no value meets both of (one of the two may be None).
    programs : int
        How many times the separation ran.
    """

    coefficient: str | None
    low: Any
    high: Any
    low_facet: Facet | None
    high_facet: Facet | None
    programs: int

    @property
    def is_empty(self) -> bool:
        """Whether no value will do."""
        return self.low is None

    def __contains__(self, value: Any) -> bool:
        return not self.is_empty and bool(self.low <= value <= self.high)

    def __repr__(self) -> str:
        name = self.coefficient or "tau"
        if self.is_empty:
            lines = [f"no value of {name} will do"]
        else:
            lines = [f"{short(self.low)} <= {name} <= {short(self.high)}"]
        sides = (("below", self.low_facet), ("above", self.high_facet))
        lines += [f"{side}: {collection_in_words(facet.coalitions, facet.weights)}" for side, facet in sides if facet]
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ConeProbability:
    """How likely coefficients are to be in a cone, by draws.

    Attributes
    ----------
    probability : float
        The share of draws inside.
    interval : tuple of two floats
        Wilson's confidence interval.
    level : float
    draws, inside : int
    settled : int
        Draws that known facets decided, without a linear program.
    programs : int
        Linear programs solved for the others.
    """

    probability: float
    interval: tuple[float, float]
    level: float
    draws: int
    inside: int
    settled: int
    programs: int

    def __float__(self) -> float:
        return self.probability

    def __repr__(self) -> str:
        low, high = self.interval
        return (
            f"probability {self.probability:.3g} ({self.level:.0%} interval {low:.3g} to {high:.3g}), {self.draws} "
            f"draws, {self.settled} settled by facets, {self.programs} linear programs"
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CoefficientCone(Result):
    """The coefficients under which a pact holds: a convex cone, by its facets and by its extreme rays.

    Attributes
    ----------
    game : ParametricGame
    holds : str
        What holds inside, in words.
    facets : tuple of Facet
        Where the cone is complete none can be left out.
    rays : tuple of dict from term to number
        Every coefficient vector of the cone is a sum of non-negative multiples of these and of multiples of the lines.
    lines : tuple of dict from term to number
        Directions in which nothing changes, either way.
    complete : bool
        False where ``limit`` stopped the search: the facets are then valid conditions, but there are more. Every
        method still gives the right answer, by linear programs where the facets do not decide.
    is_exact : bool
        Whether facets and rays are exact: all terms are.
    programs : int
        How many times the separation ran.
    separator : callable
        From coefficients to a facet that they break, or None: what ``contains`` asks where the facets do not decide.
    """

    game: ParametricGame
    holds: str
    facets: tuple[Facet, ...]
    rays: tuple[dict[str, Any], ...]
    lines: tuple[dict[str, Any], ...]
    complete: bool
    is_exact: bool
    programs: int
    separator: Separator = field(repr=False)

    @property
    def _concept(self) -> str:
        return {_CORE: "core cone", BEST_PLAN: "plan cone"}.get(self.holds, "payoff cone")

    def contains(self, coefficients: Mapping[str, Any] | None = None) -> ConeMembership:
        """Say whether coefficients are in the cone, with the facet that excludes them.

        Parameters
        ----------
        coefficients : mapping from term to number, optional
            Those left out are the game's.

        Returns
        -------
        ConeMembership

        Raises
        ------
        CoalitionError
            An unknown term.
        WorthError
            A coefficient that is not a finite number.

        Examples
        --------
        >>> tables = {"gain": [0, 0, 0, 4, 0, 4, 4, 10], "cost": [0, 1, 1, 3, 1, 3, 3, 7]}
        >>> exact = {name: np.array(table, object) for name, table in tables.items()}
        >>> pact = ParametricGame("ABC", exact, {"gain": 1, "cost": -1})
        >>> core_cone(pact).contains({"cost": -2})
        outside, short by 1 at 4 gain + 5/2 cost >= 0: A B + A C + B C, 1/2 each
        """
        theta = numbers_of(self.game.at(**(coefficients or {})))
        exact = self.is_exact and all(isinstance(value, Fraction) for value in theta)
        tolerance = 0.0 if exact else RELATIVE * size_of(self.game, theta)
        known = dict(zip(self.game.terms, theta, strict=True))
        margins = [facet.margin(known) for facet in self.facets]
        near = min(range(len(margins)), key=lambda k: margins[k], default=None)
        if near is None or (margins[near] >= -tolerance and not self.complete):
            broken = None if self.complete else self.separator(theta)
            if broken is not None:
                return ConeMembership(holds=False, facet=broken, margin=broken.margin(known), tolerance=tolerance)
        if near is None:
            return ConeMembership(holds=True, facet=None, margin=math.inf, tolerance=tolerance)
        return ConeMembership(
            holds=bool(margins[near] >= -tolerance),
            facet=self.facets[near],
            margin=margins[near],
            tolerance=tolerance,
        )

    def interval(self, along: str | Mapping[str, Any]) -> CoefficientInterval:
        """Find the part of a line that lies in the cone.

        Parameters
        ----------
        along : str or mapping from term to rate
            The name of a coefficient: the interval of its values, the others as the game has them. A direction:
            the interval of tau for which the game's coefficients + tau * direction are in the cone.

        Returns
        -------
        CoefficientInterval

        Raises
        ------
        CoalitionError
            An unknown term.
        WorthError
            A direction of zeros only; a coefficient or rate that is not a finite number.

        Examples
        --------
        >>> tables = {"gain": [0, 0, 0, 4, 0, 4, 4, 10], "cost": [0, 1, 1, 3, 1, 3, 3, 7]}
        >>> exact = {name: np.array(table, object) for name, table in tables.items()}
        >>> pact = ParametricGame("ABC", exact, {"gain": 1, "cost": -1})
        >>> core_cone(pact).interval("cost")
        -8/5 <= cost <= inf
        below: A B + A C + B C, 1/2 each
        """
        return _newton(self.game, along, self._separate if self.facets else self.separator)

    def _separate(self, theta: Sequence[Any]) -> Facet | None:
        known = dict(zip(self.game.terms, theta, strict=True))
        worst = min(self.facets, key=lambda facet: facet.margin(known))
        exact = self.is_exact and all(isinstance(value, Fraction) for value in theta)
        if worst.margin(known) < (0 if exact else -RELATIVE * size_of(self.game, theta)):
            return worst
        return None if self.complete else self.separator(theta)

    def probability(
        self,
        *,
        covariance: ArrayLike | None = None,
        draws: int = 10_000,
        level: float = 0.95,
        rng: Any = None,
    ) -> ConeProbability:
        """Estimate how likely normally distributed coefficients are to be in the cone.

        Parameters
        ----------
        covariance : array_like, shape (k, k), optional
            Of the coefficients, in the order of the terms; by default the game's own.
        draws : int
        level : float between 0 and 1
            Of the confidence interval.
        rng : anything ``numpy.random.default_rng`` takes

        Returns
        -------
        ConeProbability

        Raises
        ------
        WorthError
            No covariance, or coefficients that are symbols.
        CoalitionError
            No draws, or a level outside 0 to 1.

        Notes
        -----
        Draws are tested against all facets at once. Where the cone is not complete, a draw that no facet excludes
        takes a linear program, and a condition that it breaks excludes later draws too.

        Examples
        --------
        >>> tables = {"gain": [0, 0, 0, 4, 0, 4, 4, 10], "cost": [0, 1, 1, 3, 1, 3, 3, 7]}
        >>> exact = {name: np.array(table, object) for name, table in tables.items()}
        >>> pact = ParametricGame("ABC", exact, {"gain": 1, "cost": -1})
        >>> core_cone(pact).probability(covariance=[[1, 0], [0, 1]], draws=1000, rng=1)
        probability 0.61 (95% interval 0.579 to 0.64), 1000 draws, 1000 settled by facets, 0 linear programs
        """
        if not draws > 0:
            raise CoalitionError(f"draws is {draws!r}; it must be at least 1")
        if not 0 < level < 1:
            raise CoalitionError(f"level is {level!r}; it must be between 0 and 1, such as 0.95")
        game = self.game
        if covariance is not None:
            game = ParametricGame(game.players, game.terms, game.coefficients, covariance)
        if game.covariance is None:
            raise WorthError("the coefficients have no covariance: pass covariance=, or give ParametricGame one")
        centre = [float(value) for value in numbers_of(game)]
        drawn = np.random.default_rng(rng).multivariate_normal(centre, game.covariance, draws)
        slack = RELATIVE * (np.abs(drawn) @ np.array(scales_of(game)))
        inside = np.ones(draws, np.bool_)
        for facet in self.facets:
            inside &= drawn @ np.array([float(facet.normal[name]) for name in game.terms]) >= -slack
        settled, programs = draws, 0
        if not self.complete:
            open_ = np.flatnonzero(inside)
            settled = draws - len(open_)
            while len(open_):
                first, open_ = open_[0], open_[1:]
                programs += 1
                broken = self.separator(drawn[first].tolist())
                if broken is not None:
                    normal = np.array([float(broken.normal[name]) for name in game.terms])
                    excluded = drawn[open_] @ normal < -slack[open_]
                    inside[first], inside[open_[excluded]] = False, False
                    settled += int(excluded.sum())
                    open_ = open_[~excluded]
        count = int(inside.sum())
        return ConeProbability(
            probability=count / draws,
            interval=_wilson(count, draws, level),
            level=level,
            draws=draws,
            inside=count,
            settled=settled,
            programs=programs,
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row a facet: its coalitions, their weights, and what each coefficient adds to the margin.

        Returns
        -------
        pandas.DataFrame
            Columns ``coalitions``, ``weights`` and the terms.
        """
        import pandas as pd

        rows = [
            {
                "coalitions": "; ".join(" ".join(map(str, coalition)) for coalition in facet.coalitions),
                "weights": tuple(map(str, facet.weights)),
                **facet.normal,
            }
            for facet in self.facets
        ]
        return pd.DataFrame(rows, columns=["coalitions", "weights", *self.game.terms])

    def plot(self, across: str, up: str, *, span: float | None = None, ax: Axes | None = None) -> Axes:
        """Draw the cone in the plane of two coefficients, the others as the game has them.

        Parameters
        ----------
        across, up : str
            Names of two terms.
        span : float, optional
            How far from 0 the picture goes; by default twice the larger of the two coefficients.
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        CoalitionError
            An unknown term, or the same one twice.
        WorthError
            The cone is not complete, so the picture would show too much.
        """
        import matplotlib.pyplot as plt

        for name in (across, up):
            if name not in self.game.terms:
                raise unknown_label(name, tuple(self.game.terms), "term")
        if across == up:
            raise CoalitionError(f"{across!r} is there twice; give two different terms")
        if not self.complete:
            raise WorthError("the cone is not complete: raise limit= before drawing it")
        axes = ax if ax is not None else plt.subplots(figsize=(4.5, 4))[1]
        theta = dict(zip(self.game.terms, map(float, numbers_of(self.game)), strict=True))
        reach = span if span is not None else 2 * max(abs(theta[across]), abs(theta[up])) or 1.0
        ticks = np.linspace(-reach, reach, 301)
        x, y = np.meshgrid(ticks, ticks)
        least = np.full(x.shape, np.inf)
        for facet in self.facets:
            slopes = {name: float(slope) for name, slope in facet.normal.items()}
            others = sum(slopes[name] * value for name, value in theta.items() if name not in (across, up))
            margin = slopes[across] * x + slopes[up] * y + others
            least = np.minimum(least, margin)
            if margin.min() < 0 < margin.max():
                axes.contour(x, y, margin, levels=[0.0], colors="0.6", linewidths=0.8)
        axes.contourf(x, y, (least >= 0).astype(float), levels=[0.5, 1.5], colors=["tab:blue"], alpha=0.35)
        axes.plot(theta[across], theta[up], "k+")
        axes.set_xlabel(across)
        axes.set_ylabel(up)
        axes.set_title(f"where {self.holds}")
        return axes

    def _headline(self) -> str:
        count = f"{len(self.facets)} facet{'s' * (len(self.facets) != 1)}"
        more = "" if self.complete else ", and there are more"
        return f"{self.holds} in a cone of coefficients with {count}{more}"

    def __repr__(self) -> str:
        shown = [repr(facet) for facet in self.facets[:_MOST_LISTED]]
        left = len(self.facets) - len(shown)
        return "\n".join([self._headline(), *shown, *([f"... and {left} more"] if left else [])])


_CORE = "the core is not empty"
BEST_PLAN = "this plan is the best one"
"""What holds in the cone of ``coalitions.formation.plan_cone``."""


def core_cone(game: ParametricGame, *, limit: int = 300) -> CoefficientCone:
    """Find all coefficients for which the core is not empty, facet by facet.

    The core of v = sum over k of theta_k f_k is not empty exactly when no balanced collection is worth more than
    v(N): sum_k theta_k (f_k(N) - sum_S w_S f_k(S)) >= 0 for all of them, a convex cone of theta.

    Parameters
    ----------
    game : ParametricGame
        Exact terms give exact facets and rays. Its coefficients play no part.
    limit : int
        Stop after this many linear programs, with a cone that says it is not complete; 0 leaves all to the methods.

    Returns
    -------
    CoefficientCone
        Each facet with the balanced collection that makes it.

    Raises
    ------
    WorthError
        A term is symbolic.
    CoalitionError
        A negative limit.
    SolverError
        A linear program failed.

    Notes
    -----
    The extreme rays of the conditions found so far are tested by one linear program each; its dual weights are a
    condition that a ray outside breaks. When all rays pass, so does, by convexity, the whole cone: nothing is missing,
    at any number of players. The rays come from the double description method, whose cost grows quickly with the
    number of terms, not of players; beyond eight terms use a small limit. Terms that are floats are compared with the
    library's tolerance.

    References
    ----------
    .. [1] O. Bondareva (1963), Some applications of linear programming methods to the theory of cooperative games,
           Problemy Kibernetiki 10, 119-139.
    .. [2] L. S. Shapley (1967), On balanced sets and cores, Naval Research Logistics Quarterly 14, 453-460.
    .. [3] T. S. Motzkin, H. Raiffa, G. L. Thompson, R. M. Thrall (1953), The double description method, Contributions
           to the Theory of Games II, 51-73.

    Examples
    --------
    >>> gain, cost = [0, 0, 0, 4, 0, 4, 4, 10], [0, 1, 1, 3, 1, 3, 3, 7]
    >>> pact = ParametricGame("ABC", {"gain": gain, "cost": cost}, {"gain": 1, "cost": -1})
    >>> core_cone(pact)
    the core is not empty in a cone of coefficients with 2 facets
    10 gain + 4 cost >= 0: A + B + C
    4 gain + 2.5 cost >= 0: A B + A C + B C, 1/2 each
    """
    return cone_of(game, _CORE, CoreSeparator(game), limit)


def core_interval(game: ParametricGame, along: str | Mapping[str, Any]) -> CoefficientInterval:
    """Find the values of one coefficient, or the part of a line, for which the core is not empty.

    Parameters
    ----------
    game : ParametricGame
    along : str or mapping from term to rate
        The name of a coefficient: the interval of its values, the others as the game has them. A direction: the
        interval of tau for which the core of coefficients + tau * direction is not empty.

    Returns
    -------
    CoefficientInterval
        With the balanced collection that binds at each end. Exact where terms and coefficients are.

    Raises
    ------
    CoalitionError
        An unknown term.
    WorthError
        A direction of zeros only; a term or coefficient that is a symbol.
    SolverError
        A linear program failed.

    Notes
    -----
    Newton's method on the convex piecewise linear gap max_w sum_S w_S v(S) - v(N), from either end: each step is one
    linear program, and there are few. An end at infinity is decided by the direction alone.

    References
    ----------
    .. [1] O. Bondareva (1963), Some applications of linear programming methods to the theory of cooperative games,
           Problemy Kibernetiki 10, 119-139.
    .. [2] L. S. Shapley (1967), On balanced sets and cores, Naval Research Logistics Quarterly 14, 453-460.

    Examples
    --------
    >>> gain, cost = [0, 0, 0, 4, 0, 4, 4, 10], [0, 1, 1, 3, 1, 3, 3, 7]
    >>> pact = ParametricGame("ABC", {"gain": gain, "cost": cost}, {"gain": 1, "cost": -1})
    >>> core_interval(pact, "cost")
    -1.6 <= cost <= inf
    below: A B + A C + B C, 1/2 each
    """
    return _newton(game, along, CoreSeparator(game))


def payoff_cone(game: ParametricGame, payoff: Any, *, limit: int = 10_000) -> CoefficientCone:
    """Find all coefficients for which a payoff that is linear in them stays in the core.

    Parameters
    ----------
    game : ParametricGame
    payoff : callable, ParametricAllocation, or mapping from player to share (or array_like of n shares)
        A linear value such as ``shapley_value``, what ``game.value(...)`` gave, or fixed shares of v(N), which sum
        to 1.
    limit : int
        Stop after this many scans of the table, with a cone that says it is not complete.

    Returns
    -------
    CoefficientCone
        Each facet with the one coalition that objects beyond it: sum_k theta_k (x_k(S) - f_k(S)) >= 0.

    Raises
    ------
    WorthError
        The payoffs do not sum to v(N) for every coefficient vector, the value is not linear, a term is symbolic.
    CoalitionError
        Shares that do not fit the players.

    Notes
    -----
    As ``core_cone``, with a scan of all coalitions in the place of the linear program. Memory: one table a term.

    References
    ----------
    .. [1] L. S. Shapley (1971), Cores of convex games, International Journal of Game Theory 1, 11-26.

    Examples
    --------
    >>> from coalitions import shapley_value
    >>> gain, cost = [0, 0, 0, 4, 0, 4, 4, 10], [0, 1, 1, 3, 1, 3, 3, 7]
    >>> pact = ParametricGame("ABC", {"gain": gain, "cost": cost}, {"gain": 1, "cost": -1})
    >>> payoff_cone(pact, shapley_value)
    the Shapley value is in the core in a cone of coefficients with 2 facets
    3.33333 gain + 1.33333 cost >= 0: A
    2.66667 gain + 1.66667 cost >= 0: A B
    """
    holds, separator = payoff_separator(game, payoff)
    return cone_of(game, holds, separator, limit)


def cone_of(game: ParametricGame, holds: str, separator: Separator, limit: int) -> CoefficientCone:
    """Find a cone of coefficients facet by facet, whatever it is that holds in it.

    Parameters
    ----------
    game : ParametricGame
        Its terms name the coefficients, and their largest worths are the scale on which margins are judged.
    holds : str
        What holds inside, in words.
    separator : Separator
    limit : int
        How often the separator may be called.

    Returns
    -------
    CoefficientCone

    Raises
    ------
    CoalitionError
        A negative limit.
    """
    if limit < 0:
        raise CoalitionError(f"limit is {limit}; it must be 0 or more")
    names = tuple(game.terms)
    exact = is_exact(game)
    units = [Fraction(1)] * len(names) if exact else [Fraction(scale) for scale in scales_of(game)]
    found: dict[tuple[int, ...], Facet] = {}
    passed: set[tuple[int, ...]] = set()
    programs, complete = 0, True
    while True:
        spanned = vertices([[0] * (len(names) + 1), *([*normal, 0] for normal in found)])
        sides = [*spanned.rays, *spanned.lines, *(tuple(-x for x in line) for line in spanned.lines)]
        before = len(found)
        for side in sides:
            if side in passed:
                continue
            if programs >= limit:
                complete = False
                break
            programs += 1
            theta: list[Any] = [Fraction(x) / unit for x, unit in zip(side, units, strict=True)]
            largest = max(map(abs, theta))
            facet = separator(theta if exact else [float(value / largest) for value in theta])
            normal = None if facet is None else _rounded(facet, units, exact)
            if facet is None or normal is None or sum(a * b for a, b in zip(normal, side, strict=True)) >= 0:
                passed.add(side)
            else:
                found.setdefault(normal, facet)
        if len(found) == before or not complete:
            break
    bounds = facets([[0] * len(names)], spanned.rays, spanned.lines) if complete else None
    if bounds is None or bounds.equalities:
        kept = _irredundant(list(found)) if complete else list(found)
    else:
        bounding = set(bounds.inequalities)
        kept = [normal for normal in found if (*normal, 0) in bounding]
    kept.sort(key=lambda normal: (len(found[normal].coalitions), _order(found[normal], game)))

    def named(side: tuple[int, ...]) -> dict[str, Any]:
        values = [Fraction(x) / unit for x, unit in zip(side, units, strict=True)]
        largest = max(map(abs, values))
        return {name: (value if exact else float(value / largest)) for name, value in zip(names, values, strict=True)}

    return CoefficientCone(
        game=game,
        holds=holds,
        facets=tuple(found[normal] for normal in kept),
        rays=tuple(map(named, spanned.rays)) if complete else (),
        lines=tuple(map(named, spanned.lines)) if complete else (),
        complete=complete,
        is_exact=exact,
        programs=programs,
        separator=separator,
    )


def _order(facet: Facet, game: ParametricGame) -> Any:
    if any(player not in game.players for coalition in facet.coalitions for player in coalition):
        return [tuple(map(str, coalition)) for coalition in facet.coalitions]
    return [mask_of(coalition, game.players) for coalition in facet.coalitions]


def _rounded(facet: Facet, units: list[Fraction], exact: bool) -> tuple[int, ...] | None:
    """The normal in integers, in the units of the terms; None where nothing is left of it."""
    slopes = fractions_of(facet.normal.values())
    if not exact:
        slopes = [Fraction(round(slope / unit * _STEPS), _STEPS) for slope, unit in zip(slopes, units, strict=True)]
    return primitive(slopes) if any(slopes) else None


def _irredundant(normals: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Leave out, one after the other, what the rest implies; for cones without an interior."""
    kept = list(normals)
    for normal in normals:
        others = [other for other in kept if other != normal]
        if others and maximise([0] * len(others), others, normal) is not None:
            kept = others
    return kept


def _newton(game: ParametricGame, along: str | Mapping[str, Any], separator: Separator) -> CoefficientInterval:
    base, rates = ray_of(game, along)
    programs = 0

    def cut(theta: Sequence[Any]) -> tuple[Any, Any, Facet] | None:
        """A broken condition as constant and slope along the line."""
        nonlocal programs
        programs += 1
        facet = separator(theta)
        if facet is None:
            return None
        slopes = facet.normal.values()
        constant = sum(a * b for a, b in zip(slopes, base, strict=True))
        slope = sum(a * b for a, b in zip(slopes, rates, strict=True))
        return constant, slope, facet

    def inwards(sign: int) -> tuple[Any, Facet | None, Facet | None]:
        """The end of the interval on one side, its condition, and a condition that no value further in meets."""
        broken = cut([sign * rate for rate in rates])
        if broken is None:
            return sign * math.inf, None, None
        end, facet = -broken[0] / broken[1], broken[2]
        while (broken := cut([a + end * b for a, b in zip(base, rates, strict=True)])) is not None:
            constant, slope, at = broken
            if slope * sign >= 0:  # broken here, and no less further in
                return end, facet, at
            step = -constant / slope
            if (step - end) * sign >= 0:  # rounding: there is no further to go
                break
            end, facet = step, at
        return end, facet, None

    def found(low: Any, high: Any, low_facet: Facet | None, high_facet: Facet | None) -> CoefficientInterval:
        name = along if isinstance(along, str) else None
        return CoefficientInterval(
            coefficient=name, low=low, high=high, low_facet=low_facet, high_facet=high_facet, programs=programs
        )

    high, high_facet, never = inwards(1)
    if never is not None:
        return found(None, None, never, high_facet)
    if high == math.inf:
        low, low_facet, never = inwards(-1)
        if never is not None:
            return found(None, None, low_facet, never)
        if low == -math.inf and (broken := cut(base)) is not None:
            return found(None, None, broken[2], None)
        return found(low, high, low_facet, None)
    low, low_facet, never = inwards(-1)
    if low > high:  # rounding: one point
        low = high
    return found(low, high, low_facet, high_facet)


def _wilson(count: int, draws: int, level: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = count / draws
    centre = (share + z * z / (2 * draws)) / (1 + z * z / draws)
    half = z / (1 + z * z / draws) * math.sqrt(share * (1 - share) / draws + z * z / (4 * draws * draws))
    return (max(0.0, centre - half) if count else 0.0), (min(1.0, centre + half) if count < draws else 1.0)
