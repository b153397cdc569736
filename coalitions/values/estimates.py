"""An estimated value: payoffs with the errors they carry, and the sample they rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike

from coalitions.allocation import Allocation, as_payoffs
from coalitions.coalition import Label, unknown_label
from coalitions.errors import CoalitionError
from coalitions.sources import function_named, references_of
from coalitions.values.sampling_draws import Floats

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TUNED_FOR: Final = 2_000
"""The number of draws at which the any-time interval is narrowest relative to the ordinary one."""

FIRST_LOOK: Final = 16
"""Draws before a strict interval can be given."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """The worths an estimate rests on: enough to go on from, small enough to pickle.

    Attributes
    ----------
    players : tuple of labels
    method : str
    joins : ndarray, shape (n,)
        The chance to join a coalition of 0, ..., n - 1 others.
    seed : int
    grand : float
        v(N).
    worths : ndarray of float64, shape (evaluations - 1,)
        In the order of the draws, which the seed gives again.
    """

    players: tuple[Label, ...]
    method: str
    joins: Floats
    seed: int
    grand: float
    worths: Floats


@dataclass(frozen=True, kw_only=True)
class Bernstein:
    """What an interval for bounded draws rests on: empirical Bernstein bounds, at looks fixed beforehand.

    At the j-th look, after m draws of standard error e and range R, the half-width at level 1 - a is
    e sqrt(2 L) + 7 R L / 3(m - 1), L = log(4 j (j + 1) / a): all looks hold together, whatever the worths.

    Attributes
    ----------
    spread : float
        R, the largest less the smallest number that one draw can give a player, in the unit of the worths.
    look : int
        j, from 1.
    draws : int
        m, as ``look_after`` gives it.
    """

    spread: float
    look: int
    draws: int

    def half_widths(self, standard_errors: Floats, alpha: float) -> Floats:
        """Give the half-widths at one less ``alpha``, in the unit of the worths.

        Parameters
        ----------
        standard_errors : ndarray
        alpha : float

        Returns
        -------
        ndarray, shaped as the errors

        References
        ----------
        .. [1] A. Maurer, M. Pontil (2009), Empirical Bernstein bounds and sample variance penalization, Proceedings of
               the 22nd Annual Conference on Learning Theory, theorem 4.
        """
        chance = math.log(4 * self.look * (self.look + 1) / alpha)
        return standard_errors * math.sqrt(2 * chance) + 7 * self.spread * chance / (3 * (self.draws - 1))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Estimate(Allocation):
    """A payoff for every player, estimated from a sample of coalitions.

    Attributes
    ----------
    players, payoffs, solution, method
        As for ``Allocation``.
    covariance : ndarray, shape (n, n)
        Of the errors of the payoffs, in the square of their unit.
    degrees : float
        Degrees of freedom of the covariance; infinite where every coalition that matters was evaluated.
    rounding : float
        Added to every half-width: 32 rounding units of the largest worth met.
    level : float
        Of the intervals shown.
    anytime : bool
        Whether the intervals shown hold at all stopping times together, as they must after a target.
    strict : Bernstein or None
        Where it is there, the intervals shown hold at all stopping times for any game within the bounds given, not
        only in the limit of many draws.
    evaluations : int
        Worths evaluated, v(N) included.
    recomputed : int
        Units of work computed again here because a worker was lost.
    stopped : str
        'budget spent', 'target met', 'interrupted', or 'every coalition seen'.
    seed : int
    sample : Sample
        For ``estimate(..., resume=...)``.
    """

    covariance: Floats = field()
    degrees: float
    rounding: float
    level: float
    anytime: bool
    evaluations: int
    recomputed: int
    stopped: str
    seed: int
    sample: Sample
    strict: Bernstein | None = None

    @property
    def standard_errors(self) -> Floats:
        """The standard errors of the payoffs, in their unit, shape (n,)."""
        return np.sqrt(np.diag(self.covariance))

    def half_widths(
        self, level: float | None = None, *, anytime: bool | None = None, simultaneous: bool = False
    ) -> Floats:
        """Give half the width of every player's interval.

        Parameters
        ----------
        level : float, optional
            Between 0 and 1; the estimate's own by default.
        anytime : bool, optional
            Whether an asymptotic interval holds at all stopping times together. By default the estimate's own kind of
            interval: strict where it was asked for, otherwise any-time where a target stopped the sampling.
        simultaneous : bool, default False
            Whether all players' intervals hold together (Bonferroni) or each by itself.

        Returns
        -------
        ndarray, shape (n,)
            In the unit of the worths.
        """
        level = as_level(self.level if level is None else level)
        alpha = (1 - level) / (len(self) if simultaneous else 1)
        return self._half_widths(self.standard_errors, alpha, anytime) + self.rounding

    def interval(
        self, level: float | None = None, *, anytime: bool | None = None, simultaneous: bool = False
    ) -> Floats:
        """Give every player's confidence interval.

        Parameters
        ----------
        level, anytime, simultaneous
            As for ``half_widths``.

        Returns
        -------
        ndarray, shape (n, 2)
            Lower and upper ends, in the unit of the worths.

        Examples
        --------
        >>> from coalitions import FunctionGame, estimate
        >>> game = FunctionGame(range(20), lambda coalition: len(coalition) ** 0.5)
        >>> low, high = estimate(game, budget=2000, rng=1).interval(0.95)[0]
        >>> bool(low < 20 ** 0.5 / 20 < high)
        True
        """
        half = self.half_widths(level, anytime=anytime, simultaneous=simultaneous)
        return np.column_stack((self.payoffs - half, self.payoffs + half))

    def combination(
        self, weights: Mapping[Label, float] | ArrayLike, level: float | None = None, *, anytime: bool | None = None
    ) -> tuple[float, float, float]:
        """Estimate a weighted sum of payoffs: a group's total, or the difference between two players.

        Parameters
        ----------
        weights : mapping from player to number (0 where left out), or array_like of shape (n,)
        level, anytime
            As for ``half_widths``.

        Returns
        -------
        tuple of float
            The sum, and the lower and the upper end of its interval.

        Raises
        ------
        CoalitionError
            An unknown player, weights that do not match the players, a level not between 0 and 1.

        Examples
        --------
        >>> from coalitions import FunctionGame, estimate
        >>> game = FunctionGame("ABC", lambda coalition: 2 * len(coalition) + ("A" in coalition))
        >>> round(estimate(game, budget=50, rng=1).combination({"A": 1, "B": -1})[0], 9)
        1.0
        """
        if isinstance(weights, Mapping):
            for player in weights:
                if player not in self.players:
                    raise unknown_label(player, self.players)
            weights = [weights.get(player, 0) for player in self.players]
        share = np.asarray(as_payoffs(weights, self.players), float)
        alpha = 1 - as_level(self.level if level is None else level)
        error = np.sqrt(np.maximum(0.0, share @ self.covariance @ share))
        size = float(np.abs(share).sum())
        half = float(self._half_widths(error, alpha, anytime, size)) + self.rounding * size
        middle = float(share @ self.payoffs)
        return middle, middle - half, middle + half

    def to_frame(self) -> pd.DataFrame:
        """Give payoffs, standard errors, intervals and shares as a DataFrame indexed by player.

        Returns
        -------
        pandas.DataFrame
            Columns ``payoff``, ``standard_error``, ``low``, ``high`` and, where the sum is not 0, ``share``.
        """
        frame = super().to_frame()
        ends = self.interval()
        for place, (name, column) in enumerate(
            (("standard_error", self.standard_errors), ("low", ends[:, 0]), ("high", ends[:, 1])), start=1
        ):
            frame.insert(place, name, column)
        return frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the payoffs as bars with their intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        axes = super().plot(ax)
        axes.errorbar(
            range(len(self)), self.payoffs, yerr=self.half_widths(), fmt="none", color="0.2", capsize=3, linewidth=1
        )
        axes.set_title(f"{self.solution}, {self.level:.0%} intervals")
        return axes

    def explain(self, game: Any = None) -> str:
        """Say in words what each player gets and how sure that is, beside what it is worth alone and adds.

        Parameters
        ----------
        game : Game, FunctionGame or representation, optional
            The game that was estimated; two worths a player are evaluated. Without it only the payoffs are told.

        Returns
        -------
        str
        """
        kind = "strict " if self.strict is not None else "any-time " if self.anytime else ""
        sure = f"The {self.level:.0%} {kind}intervals rest on {self.evaluations:,} worths."
        if game is None:
            lines = [f"The {self.solution} gives {name} {payoff}." for name, payoff, _ in self._rows()]
            return "\n".join([*lines, sure])
        return f"{super().explain(game)}\n{sure}"

    def cite(self) -> tuple[str, ...]:
        """Name the sources of the value, of the method that ran and of the intervals shown.

        Returns
        -------
        tuple of str
        """
        ran = {self.sample.method} | ({"strict"} if self.strict is not None else {"target"} if self.anytime else set())
        function = function_named("estimate")
        assert function is not None  # it is public
        own = [
            entry for entry in references_of(function) if ran & set(entry.rpartition("(")[2].rstrip(").").split(", "))
        ]
        return (*super().cite(), *own)

    def _half_widths(self, errors: Floats, alpha: float, anytime: bool | None, size: float = 1.0) -> Floats:
        """Give half-widths for standard errors of payoffs, or of a sum of them with weights of this size."""
        if not math.isfinite(self.degrees):
            return 0.0 * errors
        if self.strict is not None and anytime is None:
            return replace(self.strict, spread=self.strict.spread * size).half_widths(errors, alpha)
        if self.anytime if anytime is None else anytime:
            return sequence_reach(self.degrees + 1, alpha) * errors
        from scipy.special import stdtrit

        return np.asarray(stdtrit(self.degrees, 1 - alpha / 2) * errors)

    def _rows(self) -> list[tuple[str, str, str]]:
        rows = super()._rows()
        half = self.half_widths()
        return [(name, f"{payoff} ± {h:.2g}", share) for (name, payoff, share), h in zip(rows, half, strict=True)]

    def _headline(self) -> str:
        lost = f", {self.recomputed} computed again for lost workers" if self.recomputed else ""
        kind = " strict" if self.strict is not None else " any-time" if self.anytime else ""
        return f"{super()._headline()}, {self.level:.0%}{kind} intervals, {self.stopped}{lost}"


def sequence_reach(draws: float, alpha: float) -> float:
    """Give the half-width, in standard errors, of an asymptotic confidence sequence.

    Parameters
    ----------
    draws : float
    alpha : float
        One less the level.

    Returns
    -------
    float
        For independent draws of finite variance; narrowest relative to the ordinary interval near 2,000 draws.

    References
    ----------
    .. [1] I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas (2024), Annals of Statistics 52, 2613-2640.

    Examples
    --------
    >>> round(sequence_reach(2000, 0.05), 2)
    3.04
    """
    doubled = -2 * math.log(alpha)
    mixing = (doubled + math.log(doubled) + 1) / TUNED_FOR
    grown = draws * mixing + 1
    return math.sqrt(2 * grown / (draws * mixing) * math.log(math.sqrt(grown) / alpha))


def look_after(draws: int) -> tuple[int, int]:
    """Give the number of the last look at so many draws or fewer, and its draws: 16, 20, 25, 32, ... a quarter more.

    Parameters
    ----------
    draws : int

    Returns
    -------
    tuple of int
        0 and 0 before the first look.

    Examples
    --------
    >>> look_after(1000)
    (19, 929)
    """
    look, at = 0, FIRST_LOOK
    if draws < at:
        return 0, 0
    while at <= draws:
        look, last, at = look + 1, at, math.ceil(at * 1.25)
    return look, last


def as_level(level: float) -> float:
    """Check a level of confidence.

    Parameters
    ----------
    level : float

    Returns
    -------
    float

    Raises
    ------
    CoalitionError
        Not between 0 and 1.

    Examples
    --------
    >>> as_level(0.95)
    0.95
    """
    if not 0 < level < 1:
        raise CoalitionError(f"level is {level}; give a number between 0 and 1, such as 0.95")
    return level
