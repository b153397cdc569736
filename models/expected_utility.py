"""Bargaining over one issue by expected utility, after Bueno de Mesquita: who yields to whom, round by round.

The pieces, the published examples and what ``variant`` means are in ``models.bargaining``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from coalitions.coalition import Label
from coalitions.result import Result
from models.bargaining import (
    NEAR,
    NEGLIGIBLE,
    Floats,
    Variant,
    checked_issue,
    expected_utilities,
    mean_position,
    median_position,
    risk_exponents,
    variant_named,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Forecast", "Move", "forecast"]

CHALLENGES = {"confrontation": "loses to", "compromise": "meets", "capitulation": "gives in to"}
"""Kinds of challenge in the order in which they are answered, and how they read."""

KINDS = tuple(CHALLENGES)


class Move(NamedTuple):
    """One actor's change of position.

    Attributes
    ----------
    round : int
    actor, challenger : label
        Who moves, and who made it move.
    kind : str
        ``'confrontation'`` lost, ``'compromise'``, or ``'capitulation'``.
    position : float
        Where the actor stands after the round.
    """

    round: int
    actor: Label
    challenger: Label
    kind: str
    position: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Forecast(Result):
    """How bargaining over an issue goes.

    Attributes
    ----------
    actors : tuple of labels
    weights : ndarray, shape (n,)
        Capability times salience.
    positions : ndarray, shape (rounds + 1, n)
        The first row is as given, the others after each round.
    exponents : ndarray, shape (rounds played, n)
        Each actor's attitude to risk in each round, the last one without moves included: below 1 for those who are
        threatened, above 1 for those who are safe.
    moves : tuple of Move
    ending : str
        ``'settled'``, nobody moves any more; ``'cycle'``, the positions were held before; or ``'unfinished'``.
    variant : str
        A name of ``VARIANTS``.
    """

    actors: tuple[Label, ...]
    weights: Floats
    positions: Floats
    exponents: Floats
    moves: tuple[Move, ...]
    ending: str
    variant: str

    @property
    def rounds(self) -> int:
        """How many rounds were played."""
        return len(self.positions) - 1

    @property
    def means(self) -> tuple[float, ...]:
        """The mean position, weighted by capability times salience, before each round and at the end."""
        return tuple(mean_position(self.weights, row, np.ones_like(row)) for row in self.positions)

    @property
    def medians(self) -> tuple[float, ...]:
        """The position that no other beats in a vote, before each round and at the end."""
        return tuple(median_position(self.weights, row, np.ones_like(row)) for row in self.positions)

    @property
    def outcome(self) -> float:
        """The forecast: the median at the end; read ``medians`` where bargaining does not settle."""
        return self.medians[-1]

    def cite(self) -> tuple[str, ...]:
        """Name the sources of the model.

        Returns
        -------
        tuple of str
        """
        from coalitions.sources import references_of

        return references_of(forecast)

    def to_frame(self) -> pd.DataFrame:
        """Give one row an actor.

        Returns
        -------
        pandas.DataFrame
            Index actor; columns ``weight``, ``start``, ``round 1`` and so on: positions after each round.
        """
        import pandas as pd

        names = ["start", *(f"round {k}" for k in range(1, self.rounds + 1))]
        columns = {"weight": self.weights} | dict(zip(names, self.positions, strict=True))
        return pd.DataFrame(columns, index=pd.Index(self.actors, name="actor"))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw every actor's position by round, thicker for more weight, with mean and median.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        from coalitions.report.style import BLUE, FAINT, QUIET, VERMILION, clean_axes, spread

        axes = ax if ax is not None else plt.subplots(figsize=(7.2, 4.2), layout="constrained")[1]
        heaviest = float(self.weights.max())
        at = range(self.rounds + 1)
        for path, weight in zip(self.positions.T, self.weights, strict=True):
            axes.plot(at, path, color=FAINT, linewidth=0.8 + 3 * weight / heaviest, zorder=1)
        axes.plot(at, self.means, color=BLUE, linestyle="--", label="weighted mean")
        axes.plot(at, self.medians, color=VERMILION, label="median: the forecast")
        low, high = float(self.positions.min()), float(self.positions.max())
        held: dict[float, list[str]] = {}
        for actor, end in zip(self.actors, self.positions[-1], strict=True):
            held.setdefault(round(float(end), 9), []).append(str(actor))
        places = sorted(held)
        for place, height in zip(places, spread(places, 0.055 * (high - low or 1)), strict=True):
            names = held[place]
            text = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            axes.annotate(
                text,
                (self.rounds, height),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=QUIET,
                annotation_clip=False,
            )
        axes.set_xticks(at)
        axes.set_xlabel("round")
        axes.set_ylabel("position")
        axes.set_title(self._headline(), fontsize=9, loc="left")
        clean_axes(axes, grid="y")
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0, -0.12), ncols=2)
        return axes

    def _headline(self) -> str:
        medians = self.medians
        span = "" if self.ending == "settled" else f", medians from {min(medians):.4g} to {max(medians):.4g}"
        rounds = f"{self.ending} after {self.rounds} round{'s' * (self.rounds != 1)}"
        return f"forecast {medians[-1]:.4g}, {rounds}{span} (variant {self.variant!r})"

    def __repr__(self) -> str:
        rows = [
            f"round {move.round}: {move.actor} {CHALLENGES[move.kind]} {move.challenger}, now at {move.position:.4g}"
            for move in self.moves[:20]
        ]
        return "\n".join([self._headline(), *rows, *(["..."] if len(self.moves) > 20 else [])])


def forecast(
    actors: Iterable[Label],
    capability: ArrayLike,
    position: ArrayLike,
    salience: ArrayLike,
    *,
    variant: str = "public code",
    max_rounds: int = 20,
    status_quo: float = 1.0,
) -> Forecast:
    """Forecast where bargaining over one issue ends.

    In every round each actor weighs every other: how likely it would win if the two called for votes, what it would
    gain and lose, and from how threatened it is how much risk it takes. Who expects less from a pair than the other
    does, yields: it goes over if both expect to gain (it loses a confrontation), part of the way if it expects to
    lose less than the other to gain (a compromise), all the way if it expects to lose more (it gives in). Of several
    challengers it answers one, confrontations first. All move at once.

    Parameters
    ----------
    actors : iterable of n labels
    capability : array_like of n numbers
        Not negative, any unit.
    position : array_like of n numbers
        On the scale of the issue.
    salience : array_like of n numbers
        From 0 to 1: how much each cares, and the chance that it resists when challenged.
    variant : str
        A name of ``VARIANTS``; results differ between them.
    max_rounds : int
    status_quo : float
        Q of the papers, from 0 to 1: the chance that nothing changes where nobody is challenged.

    Returns
    -------
    Forecast

    Raises
    ------
    CoalitionError
        No actors, an actor twice, or numbers of another length.
    WorthError
        A number that is not finite, a negative capability or salience, a salience above 1, or nobody with both
        capability and salience.
    ValueError
        An unknown variant, a number of rounds below 0, or a ``status_quo`` outside 0 to 1.

    Notes
    -----
    O(n**3) a round. Positions nearer than a millionth of the width count as one: a compromise that leads so near to
    the challenger's leads there, and those who stand so near do not challenge each other. Without that, an actor who
    nears another by ever smaller steps would be set free by rounding, at a round that says nothing about the model.
    For the same reason positions are held before, or held still, where none differs by more.

    Moving all positions along the line or stretching them, and scaling all capabilities, changes
    nothing else; mirroring the line changes the variant ``'public code'``, which looks for the lowest compromise.

    References
    ----------
    .. [1] B. Bueno de Mesquita (1994), Political forecasting: an expected utility method, in B. Bueno de Mesquita,
           F. Stokman (eds.), European Community Decision Making, Yale University Press, 71-104.
    .. [2] J. B. Scholz, G. J. Calbert, G. A. Smith (2011), Unravelling Bueno De Mesquita's group decision model,
           Journal of Theoretical Politics 23, 510-531.

    Examples
    --------
    >>> forecast(("AUS", "JPN", "KOR"), [1, 2, 1], [0, 6, 10], [0.9, 0.5, 0.8], variant="pair")
    forecast 0, settled after 2 rounds (variant 'pair')
    round 1: JPN meets KOR, now at 6.542
    round 1: KOR loses to AUS, now at 0
    round 2: JPN loses to AUS, now at 0
    """
    found = variant_named(variant)
    order, strength, place, care = checked_issue(actors, capability, position, salience)
    if not max_rounds >= 0 or max_rounds % 1:
        raise ValueError(f"max_rounds is {max_rounds!r}; it must be a whole number, 0 or more")
    width = float(np.ptp(place))  # stays what it was, however close the actors come
    positions, exponents, moves = [place], [], []
    ending = "unfinished"
    for number in range(1, int(max_rounds) + 1):
        risk = risk_exponents(strength, place, care, variant=variant, status_quo=status_quo, width=width)
        own, other = expected_utilities(
            strength, place, care, exponents=risk, variant=variant, status_quo=status_quo, width=width
        )
        place, made = _offers(own, other, place, found, NEAR * width)
        exponents.append(risk)
        if not made:
            ending = "settled"
            break
        moves += [Move(number, order[i], order[j], kind, float(place[i])) for i, j, kind in made]
        before = [np.allclose(place, earlier, rtol=0, atol=NEAR * width) for earlier in positions]
        positions.append(place)
        if any(before):
            ending = "settled" if before[-1] else "cycle"
            break
    return Forecast(
        actors=order,
        weights=strength * care,
        positions=np.array(positions),
        exponents=np.array(exponents).reshape(-1, len(order)),
        moves=tuple(moves),
        ending=ending,
        variant=variant,
    )


def _offers(
    own: Floats, other: Floats, place: Floats, variant: Variant, near: float
) -> tuple[Floats, list[tuple[int, int, str]]]:
    """Let every actor answer one challenge; who moves, because of whom, and how."""
    after, made = place.copy(), []
    for i in range(len(place)):
        best: tuple[tuple[float, ...], int, str, float] | None = None
        for j in range(len(place)):
            if abs(place[i] - place[j]) <= near:
                continue
            kind = _kind(float(own[i, j]), float(other[i, j]), variant)
            if kind is None:
                continue
            lead, cost = float(other[i, j]), abs(float(own[i, j]))
            to = float(place[j])
            if kind == "compromise":
                to = float(place[i] + (place[j] - place[i]) * cost / lead)
                to = float(place[j]) if abs(place[j] - to) <= near else to
            change = abs(place[i] - to)
            if kind == "compromise" and not variant.least_change:
                change = (cost * place[i] + lead * place[j]) / (cost + lead)
            key = (KINDS.index(kind), float(change))
            if best is None or key < best[0]:
                best = key, j, kind, to
        if best is not None:
            after[i] = best[3]
            made.append((i, best[1], best[2]))
    return after, made


def _kind(own: float, other: float, variant: Variant) -> str | None:
    if other <= NEGLIGIBLE:
        return None
    if own > NEGLIGIBLE:
        return "confrontation" if other > own + NEGLIGIBLE else None
    if own < -NEGLIGIBLE:
        if other > -own + NEGLIGIBLE:
            return "compromise"
        return "capitulation" if variant.least_change else None
    return None
