"""What are three states worth to each other, interest by interest, and who should be the fourth?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions import Game, shapley_interaction, shapley_value
from coalitions.errors import CoalitionError
from coalitions.result import Result
from models.panel import nearest
from models.payoff import parts
from models.questions.asked import checked_level, checked_states, chosen_interests
from models.questions.theory import region_named, theory, vector

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from models.calibrated import Calibrated
    from models.region import Region

__all__ = ["Format", "Formats", "Fourth", "Ranged", "formats"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Ranged:
    """A number by the fit, with its interval over the draws, and by theory alone.

    Attributes
    ----------
    value, low, high, prior : float
    """

    value: float
    low: float
    high: float
    prior: float

    def __str__(self) -> str:
        return f"{self.value:.1f} [{self.low:.1f}, {self.high:.1f}]"


@dataclass(frozen=True, kw_only=True)
class Fourth:
    """A state that could join the three.

    Attributes
    ----------
    state : str
    added : Ranged
        Worth of the four less worth of the three.
    own : Ranged
        What the state itself gains in the four.
    first : float
        Share of the draws in which no other fourth adds more.
    welcome : float
        Share of the draws in which it gains by joining and none of the three loses.
    """

    state: str
    added: Ranged
    own: Ranged
    first: float
    welcome: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Format:
    """Three states in one interest.

    Attributes
    ----------
    interest, title : str
    worths : mapping of tuple of str to Ranged
        Of the pairs and of all three. Worths of pairs are read off beyond the sizes fitted.
    values : mapping of str to Ranged
        The Shapley value of each: its share by contribution.
    pairs : mapping of tuple of str to Ranged
        The Shapley interaction index: what two make together beyond what each makes, with and without the third.
    triple : Ranged
        The same for all three: what they make beyond their pairs.
    fourths : tuple of Fourth
        Every possible one, the best by the fit first.
    third : Ranged
        What the best fourth and all three are worth beyond the best two of the three with it.
    prior_fourth : str
        The best one by theory alone.
    """

    interest: str
    title: str
    worths: Mapping[tuple[str, ...], Ranged]
    values: Mapping[str, Ranged]
    pairs: Mapping[tuple[str, ...], Ranged]
    triple: Ranged
    fourths: tuple[Fourth, ...] = field(repr=False)
    third: Ranged
    prior_fourth: str

    @property
    def fourth(self) -> Fourth:
        """The best one by the fit."""
        return self.fourths[0]

    @property
    def likeliest(self) -> Fourth:
        """The one that is best in most draws."""
        return max(self.fourths, key=lambda found: found.first)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Formats(Result):
    """Three states in every interest of a region.

    Attributes
    ----------
    states : tuple of three str
    region : str
    year : int
    level : float
        Of the intervals.
    found : tuple of Format
    """

    states: tuple[str, ...]
    region: str
    year: int
    level: float
    found: tuple[Format, ...]

    _concept = "Shapley interaction"

    def __getitem__(self, interest: str) -> Format:
        for one in self.found:
            if one.interest == interest:
                return one
        known = [one.interest for one in self.found]
        hint = nearest(str(interest), known) or f"; there are {', '.join(known)}"
        raise ValueError(f"no format for interest {interest!r}{hint}")

    def to_frame(self) -> pd.DataFrame:
        """Give one row a number.

        Returns
        -------
        pandas.DataFrame
            Columns ``interest``, ``what`` ("worth", "Shapley value", "interaction"), ``states``, ``value``, ``low``,
            ``high``, ``prior``.
        """
        import pandas as pd

        rows = []
        for one in self.found:
            groups: dict[str, dict[tuple[str, ...], Ranged]] = {
                "worth": dict(one.worths),
                "Shapley value": {(s,): r for s, r in one.values.items()},
                "interaction": {**one.pairs, self.states: one.triple},
            }
            for what, numbers in groups.items():
                rows += [(one.interest, what, who, *vars(ranged).values()) for who, ranged in numbers.items()]
        return pd.DataFrame(rows, columns=["interest", "what", "states", "value", "low", "high", "prior"])

    def fourths(self, top: int = 3) -> pd.DataFrame:
        """Give the best fourth members of each interest.

        Parameters
        ----------
        top : int
            How many of each.

        Returns
        -------
        pandas.DataFrame
            Columns ``interest``, ``state``, ``added``, ``low``, ``high``, ``own``, ``first``, ``welcome``, ``prior``.
        """
        import pandas as pd

        rows = [
            (
                one.interest,
                f.state,
                f.added.value,
                f.added.low,
                f.added.high,
                f.own.value,
                f.first,
                f.welcome,
                f.added.prior,
            )
            for one in self.found
            for f in one.fourths[:top]
        ]
        names = ["interest", "state", "added", "low", "high", "own", "first", "welcome", "prior"]
        return pd.DataFrame(rows, columns=names)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the Shapley values by interest, with their intervals and what theory alone gives.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from models.questions.partner_figures import draw_values

        return draw_values(self, ax)

    def plot_fourths(self, ax: Axes | None = None) -> Axes:
        """Draw, for each interest, the shares of the draws in which each fourth member is best.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from models.questions.partner_figures import draw_fourths

        return draw_fourths(self, ax)

    def plot_all(self, figure: Figure | None = None) -> Figure:
        """Draw both side by side.

        Parameters
        ----------
        figure : matplotlib.figure.Figure, optional

        Returns
        -------
        matplotlib.figure.Figure
        """
        from models.questions.partner_figures import draw_formats

        return draw_formats(self, figure)

    def _headline(self) -> str:
        sure = sum(one.likeliest.first >= self.level for one in self.found)
        return (
            f"{'-'.join(self.states)} in {self.year}, {len(self.found)} interests of {self.region}; the best fourth is "
            f"the same in {self.level:.0%} of draws for {sure}"
        )

    def __repr__(self) -> str:
        lines = [self._headline(), f"{'':<6}{'all three':<19}{'all beyond pairs':<21}fourth (of draws)  theory"]
        for one in self.found:
            words = f"{one.fourth.state} ({one.fourth.first:.0%})"
            whole = str(one.worths[self.states])
            lines.append(f"{one.interest:<6}{whole:<19}{one.triple!s:<21}{words:<19}{one.prior_fourth}")
        return "\n".join(lines)


def formats(
    calibrated: Calibrated,
    states: Iterable[str] = ("FRA", "DEU", "GBR"),
    *,
    region: str = "europe",
    interests: Iterable[str] | None = None,
    level: float = 0.9,
) -> Formats:
    """Value the formats of three states in every interest of a region, and rank who should join them.

    Parameters
    ----------
    calibrated : Calibrated
    states : iterable of three str
    region : str
        One of those calibrated.
    interests : iterable of str, optional
        All of the region's by default.
    level : float
        Of the intervals, which run over the draws of the fit.

    Returns
    -------
    Formats

    Raises
    ------
    ValueError
        A region, state or interest is unknown, or one of the states is a challenger in an interest.
    CoalitionError
        Not three states.

    Notes
    -----
    Shapley values and interactions are linear in the worths, so each is a row of numbers times the seven worths of the
    game, and those are linear in the coefficients: intervals are quantiles of exact values in every draw.

    References
    ----------
    .. [1] L. S. Shapley (1953), A value for n-person games, Contributions to the Theory of Games II, 307-317.
    .. [2] M. Grabisch, M. Roubens (1999), An axiomatic approach to the concept of interaction among players in
           cooperative games, International Journal of Game Theory 28, 547-565.

    Examples
    --------
    >>> import models
    >>> found = formats(models.calibrate(draws=100), interests=["EU3"])
    >>> found["EU3"].fourth.state
    'POL'
    """
    place = region_named(calibrated, region)
    three = checked_states(place, states)
    if len(three) != 3:
        raise CoalitionError(f"{len(three)} states ({', '.join(three)}); name the three whose formats to value")
    checked_level(level)
    chosen = chosen_interests(place, interests)
    for interest in chosen:
        if opposed := [s for s in three if s in interest.challengers]:
            raise ValueError(f"{opposed[0]} is a challenger in {interest.id}; leave that out of interests")
    known = [vector(place, found) for found in (calibrated.coefficients[region], theory(calibrated, region))]
    coefficients = np.vstack([*known, calibrated.draws[region]])
    maps = _linear_maps(three)
    found = tuple(_format(place, calibrated.year, three, i.id, i.title, coefficients, maps, level) for i in chosen)
    return Formats(states=three, region=region, year=calibrated.year, level=level, found=found)


def _linear_maps(states: tuple[str, ...]) -> dict[tuple[str, ...], Floats]:
    """Give values and interactions as weights of the eight worths: those of the games in which one is 1."""
    who = [c for size in (1, 2, 3) for c in combinations(states, size)]
    maps = {c: np.zeros(8) for c in who}
    for mask in range(1, 8):
        unit = Game(states, np.eye(8)[mask])
        value = shapley_value(unit)
        for state in states:
            maps[(state,)][mask] = value[state]
        for order in (2, 3):
            indices = shapley_interaction(unit, order=order)
            for c in combinations(states, order):
                maps[c][mask] = indices[c]
    return maps


def _format(
    region: Region,
    year: int,
    three: tuple[str, ...],
    interest: str,
    title: str,
    coefficients: Floats,
    maps: Mapping[tuple[str, ...], Floats],
    level: float,
) -> Format:
    def ranged(values: Floats) -> Ranged:
        low, high = np.quantile(values[2:], [(1 - level) / 2, (1 + level) / 2])
        return Ranged(value=float(values[0]), low=float(low), high=float(high), prior=float(values[1]))

    worths = np.zeros((8, len(coefficients)))
    groups = [c for size in (2, 3) for c in combinations(three, size)]
    masks = [sum(1 << three.index(s) for s in c) for c in groups]
    for group, mask in zip(groups, masks, strict=True):
        worths[mask] = coefficients @ region.features(np.array([region.indices(group)]), interest, year)[0]
    numbers = {who: ranged(weights @ worths) for who, weights in maps.items()}
    at = list(region.indices(three))
    others = [i for i in region.eligible(interest) if i not in at]
    four = _gains(region, interest, year, [[*at, j] for j in others], coefficients)  # (others, V, 4)
    trio = _gains(region, interest, year, [at], coefficients)[0]  # (V, 3)
    added = four.sum(axis=2) - trio.sum(axis=1)  # (others, V)
    first = np.bincount(added[:, 2:].argmax(axis=0), minlength=len(others)) / (len(coefficients) - 2)
    welcome = (four[..., 3] > 0) & (four[..., :3] >= trio - 1e-12).all(axis=2)
    fourths = tuple(
        Fourth(
            state=region.states[others[k]],
            added=ranged(added[k]),
            own=ranged(four[k, :, 3]),
            first=float(first[k]),
            welcome=float(welcome[k, 2:].mean()),
        )
        for k in np.argsort(-added[:, 0], kind="stable").tolist()
    )
    best = region.indices((fourths[0].state,))[0]
    pairs = [[*two, best] for two in combinations(at, 2)]
    with_two = _gains(region, interest, year, pairs, coefficients).sum(axis=2).max(axis=0)
    whole = four[others.index(best)].sum(axis=1)
    return Format(
        interest=interest,
        title=title,
        worths={group: ranged(worths[mask]) for group, mask in zip(groups, masks, strict=True)},
        values={s: numbers[(s,)] for s in three},
        pairs={(a, b): numbers[a, b] for a, b in combinations(three, 2)},
        triple=numbers[three],
        fourths=fourths,
        third=ranged(whole - with_two),
        prior_fourth=region.states[others[int(np.argmax(added[:, 1]))]],
    )


def _gains(region: Region, interest: str, year: int, groups: list[list[int]], coefficients: Floats) -> Floats:
    """Give what each member of each group gains under each of V coefficient vectors: (groups, V, size)."""
    found = parts(region.terms, region.theatre(interest, year), np.array(groups), region.settings)
    return np.asarray(np.einsum("vq,gqs->gvs", coefficients, found))
