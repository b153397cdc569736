"""Can a state build, or only spoil: what it adds to groups, what it can keep from others, what it can destroy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions import shapley_value, spoiled
from coalitions.calibration.ranks import Estimate
from coalitions.errors import TooLargeError
from coalitions.formation.candidates import candidates
from coalitions.game import Game
from coalitions.result import Result
from models.panel import nearest
from models.questions.asked import checked_level, estimate
from models.questions.figures import own_axes
from models.questions.theory import theory, vector

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from models.calibrated import Calibrated
    from models.region import Region

__all__ = ["SpoilerRow", "Spoiling", "spoiling"]

Floats = NDArray[np.float64]

LARGEST = 13
"""Stakeholders in one game: 3**13 pairs of coalition and part are looked at for every draw."""


class SpoilerRow(NamedTuple):
    """One interest: what the state adds to groups in it, and what it can do to groups against it.

    Attributes
    ----------
    region, interest, title : str
    role : str
        ``"stakeholder"``, ``"challenger"`` or ``"both"``.
    players : int
        Stakeholders in the game with the state, or without it where it is only a challenger.
    positive : Estimate
        The state's Shapley value where everybody may sit together; 0 where it is no stakeholder.
    share : Estimate
        The same as a share of what all are worth; nan where that is nothing.
    place : int
        By Shapley value among the players, 1 the largest; 0 where it is no stakeholder.
    blocking : Estimate
        What it can keep from all others by staying out: its worth in the dual game.
    damage : Estimate
        What full pressure would destroy of the best plan of the others; 0 where it is no challenger.
    destroyed : Estimate
        The same as a share of the plan; nan where there is no plan.
    foresight : float
        How much more is left of the plan that foresees it.
    positive_in_theory, damage_in_theory : float
    """

    region: str
    interest: str
    title: str
    role: str
    players: int
    positive: Estimate
    share: Estimate
    place: int
    blocking: Estimate
    damage: Estimate
    destroyed: Estimate
    foresight: float
    positive_in_theory: float
    damage_in_theory: float


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Spoiling(Result):
    """Hold a state's positive worth, blocking power and power to damage, interest by interest.

    Attributes
    ----------
    state : str
    year : int
    rows : tuple of SpoilerRow
    positive, blocking, damage, index : Estimate
        Summed over interests; the index is damage less positive worth. Worths of different regions are added though
        each has a zero of its own (``Region.anchored``): sums compare states only as far as that is borne in mind.
    index_in_theory : float
    council : tuple of Fraction, or None
        Shapley-Shubik index in the UN Security Council and the share of majorities its vote is needed for; None where
        it has no seat of its own.
    draws : int
    level : float
        Of the intervals.
    """

    state: str
    year: int
    rows: tuple[SpoilerRow, ...]
    positive: Estimate
    blocking: Estimate
    damage: Estimate
    index: Estimate
    index_in_theory: float
    council: tuple[Fraction, Fraction] | None
    draws: int
    level: float

    def __getitem__(self, interest: str) -> SpoilerRow:
        for row in self.rows:
            if row.interest == interest:
                return row
        known = [row.interest for row in self.rows]
        raise ValueError(f"{self.state} has no part in {interest!r}{nearest(str(interest), known)}")

    def to_frame(self) -> pd.DataFrame:
        """Give one row an interest.

        Returns
        -------
        pandas.DataFrame
            Columns region, interest, title, role, players, positive, share, place, blocking, damage, destroyed (each
            estimate with its bounds), foresight, positive_in_theory, damage_in_theory.
        """
        import pandas as pd

        def cells(row: SpoilerRow) -> Iterator[tuple[str, object]]:
            for name, value in zip(SpoilerRow._fields, row, strict=True):
                if isinstance(value, Estimate):
                    yield from zip((name, f"{name} low", f"{name} high"), value, strict=True)
                else:
                    yield name, value

        return pd.DataFrame([dict(cells(row)) for row in self.rows])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw, interest by interest, what the state adds and what it can destroy.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from coalitions.report.style import BLUE, GREEN, QUIET, VERMILION, clean_axes, shortened

        height = 0.42 * len(self.rows) + 1.5
        axes = own_axes(ax, height)
        kinds = (("positive", BLUE, "adds (Shapley value)"), ("blocking", GREEN, "keeps from others by staying out"))
        for place, row in enumerate(self.rows):
            for step, (name, colour, label) in enumerate((*kinds, ("damage", VERMILION, "can destroy of their plan"))):
                value, low, high = getattr(row, name)
                if row.role == ("stakeholder" if name == "damage" else "challenger"):
                    continue
                height_of = place + (step - 1) * 0.22
                first = not any(other.get_label() == label for other in axes.containers)
                bar = axes.barh(height_of, value, 0.2, color=colour, label=label if first else None)
                bar.set_label(label if first else "_")
                axes.plot([low, high], [height_of] * 2, color=QUIET, linewidth=1.2)
        axes.axvline(0, color="0.3", linewidth=0.8)
        names = [f"{row.interest}  {shortened(row.title, 44)}" for row in self.rows]
        axes.set_yticks(range(len(self.rows)), names)
        axes.set_ylim(len(self.rows) - 0.45, -0.55)
        axes.set_xlabel(f"worth, log-odds, fitted; lines: {self.level:.0%} intervals")
        axes.set_title(f"{self.state}, {self.year}: what it adds and what it can spoil", fontsize="medium", loc="left")
        clean_axes(axes, grid="x")
        axes.legend(frameon=False, fontsize=8, loc="best")
        return axes

    def _headline(self) -> str:
        return f"{self.state} in {self.year}: {len(self.rows)} interests, {self.draws} draws"

    def __repr__(self) -> str:
        lines = [
            self._headline(),
            f"{'':<7}{'role':<13}{'adds':<22}{'of all':>7}{'place':>7}  {'blocks':>7}   destroys",
        ]
        for row in self.rows:
            adds, where = "", ""
            if row.role != "challenger":
                adds, where = _span(row.positive), f"{row.place}/{row.players}"
            of_all = f"{row.share.value:.0%}" if np.isfinite(row.share.value) and adds else ""
            blocks = f"{row.blocking.value:.2f}" if adds else ""
            destroys = ""
            if row.role != "stakeholder":
                destroys = f"{_span(row.damage)}" + (
                    f", {row.destroyed.value:.0%} of the plan" if np.isfinite(row.destroyed.value) else ""
                )
            lines.append(
                f"{row.interest:<7}{row.role:<13}{adds:<22}{of_all:>7}{where:>7}  {blocks:>7}   {destroys}".rstrip()
            )
        lines.append(
            f"all: adds {_span(self.positive)}, blocks {_span(self.blocking)}, destroys {_span(self.damage)}; damage "
            f"index {_span(self.index)}, theory {self.index_in_theory:.2f}"
        )
        if self.council is not None:
            power, needed = self.council
            lines.append(
                f"UN Security Council: {float(power):.1%} of the power; {float(needed):.0%} of majorities need it"
            )
        return "\n".join(lines)


def spoiling(
    calibrated: Calibrated,
    state: str = "RUS",
    *,
    year: int | None = None,
    draws: int = 50,
    level: float = 0.9,
) -> Spoiling:
    """Set what a state adds to groups against what it can keep from others and what it can destroy.

    For an interest the state has a stake in, the stakeholders play the game in which a coalition gets what its best
    division into groups is worth, with the interest's challengers at the table. The state's Shapley value is what it
    adds; its worth in the dual game, v(N) - v(N - i), what the others would lose by its staying out. For an interest it
    challenges, the other stakeholders form their best plan, each in one group, and the state presses on them: a group
    loses the share of its worth that is the mean pressure felt by its members, the state's strength at their capitals
    against their own, times how far apart they vote (Walt 1987). The damage is what full pressure destroys, whatever it
    costs.

    Parameters
    ----------
    calibrated : Calibrated
        Its regions are looked at in turn.
    state : str, default "RUS"
    year : int, optional
        Of all figures; by default the last one calibrated.
    draws : int, default 50
        The first so many of the calibrated draws.
    level : float, default 0.9
        Of the intervals over draws.

    Returns
    -------
    Spoiling

    Raises
    ------
    ValueError
        The state is in no pool, or has no part in any interest; a year outside the panel; draws that are none or more
        than there are; a level not between 0 and 1.
    TooLargeError
        An interest with more than 13 stakeholders.

    Notes
    -----
    O(3^n) for each draw and interest. The share a group loses is a scenario and no estimate: no coefficient is fitted
    to acts of spoiling, so damages compare interests and states rather than foretell losses. Raising a challenger's
    threat in the payoff is another thing: it changes what groups are worth, and mostly raises it.

    References
    ----------
    .. [1] L. S. Shapley (1953), A value for n-person games, Contributions to the Theory of Games II, 307-317.
    .. [2] S. Walt (1987), The Origins of Alliances.

    Examples
    --------
    >>> import models
    >>> found = spoiling(models.calibrate("global-order", draws=5), draws=5)
    >>> [(row.interest, row.role) for row in found.rows]
    [('GL1', 'both'), ('GL2', 'stakeholder')]
    """
    year = calibrated.year if year is None else year
    checked_level(level)
    if not 1 <= draws <= calibrated.size:
        raise ValueError(f"draws is {draws}; there are 1 to {calibrated.size}")
    pools = [region for region in calibrated.regions.values() if state in region.states]
    if not pools:
        known = [s for region in calibrated.regions.values() for s in region.states]
        raise ValueError(f"state {state!r} is in no pool of {', '.join(calibrated.regions)}{nearest(state, known)}")
    rows, sums = [], np.zeros((3, draws + 2))
    for region in pools:
        region.panel.check_year(year)
        fitted = vector(region, calibrated.coefficients[region.name])
        theta = np.vstack(
            [fitted, vector(region, theory(calibrated, region.name)), calibrated.draws[region.name][:draws]]
        )
        for interest in region.interests:
            if state in interest.stakeholders or state in interest.challengers:
                row, found = _row(region, interest.id, state, year, theta, level)
                rows.append(row)
                sums += found
    if not rows:
        raise ValueError(f"{state} has no part in any interest of {', '.join(calibrated.regions)}")
    positive, blocking, damage = sums
    return Spoiling(
        state=state,
        year=year,
        rows=tuple(rows),
        positive=_estimate(positive, level),
        blocking=_estimate(blocking, level),
        damage=_estimate(damage, level),
        index=_estimate(damage - positive, level),
        index_in_theory=float(damage[1] - positive[1]),
        council=_council(state, year),
        draws=draws,
        level=level,
    )


def _row(region: Region, name: str, state: str, year: int, theta: Floats, level: float) -> tuple[SpoilerRow, Floats]:
    """Look at one interest; and give positive worth, blocking power and damage (3, D) under D coefficient vectors."""
    interest = region.interest(name)
    opposed = state in interest.challengers
    count = len(theta)
    positive, share, blocking, damage, destroyed = np.zeros((5, count))
    share[:], destroyed[:] = np.nan, np.nan
    place, foresight, players = 0, 0.0, 0
    if state in interest.stakeholders:
        purpose = f"{name}*" if set(interest.challengers) & set(interest.stakeholders) else name
        seated = _stakeholders(region, purpose)
        players = len(seated)
        best, _ = _divided(_worths(region, seated, purpose, year, theta))
        values = np.array([shapley_value(Game(seated, best[:, d])).payoffs for d in range(count)])
        at = seated.index(state)
        positive, whole = values[:, at], best[-1]
        blocking = whole - best[(1 << players) - 1 - (1 << at)]
        share = np.divide(positive, whole, out=np.full(count, np.nan), where=whole > 0)
        place = 1 + int((values[0] > values[0, at] + 1e-12).sum())
    if opposed:
        others = tuple(s for s in _stakeholders(region, name) if s != state)
        players = players or len(others)
        if len(others) > 1:
            harm = _harm(region, name, state, year, others)
            worths = _worths(region, others, name, year, theta)
            best, parts = _divided(worths)
            for d in range(count):
                plan = list(_blocks(parts[:, d]))
                damage[d] = sum(harm[mask] * worths[mask, d] for mask in plan)
            destroyed = np.divide(damage, best[-1], out=np.full(count, np.nan), where=best[-1] > 0)
            foresight = _foresight(region, name, others, harm, worths[:, 0])
    row = SpoilerRow(
        region=region.name,
        interest=name,
        title=interest.title,
        role="both" if opposed and state in interest.stakeholders else "challenger" if opposed else "stakeholder",
        players=players,
        positive=_estimate(positive, level),
        share=_estimate(share, level),
        place=place,
        blocking=_estimate(blocking, level),
        damage=_estimate(damage, level),
        destroyed=_estimate(destroyed, level),
        foresight=foresight,
        positive_in_theory=float(positive[1]),
        damage_in_theory=float(damage[1]),
    )
    return row, np.array([positive, blocking, damage])


def _stakeholders(region: Region, purpose: str) -> tuple[str, ...]:
    listed = region.interest(purpose).stakeholders
    found = tuple(region.states[i] for i in region.eligible(purpose) if region.states[i] in listed)
    if len(found) > LARGEST:
        raise TooLargeError(f"{purpose} has {len(found)} stakeholders; games of at most {LARGEST} are solved here")
    return found


def _worths(region: Region, states: Sequence[str], purpose: str, year: int, theta: Floats) -> Floats:
    """Give the worth of every coalition under every coefficient vector, (2**n, D); a state alone is worth 0."""
    n = len(states)
    index = np.array(region.indices(states), dtype=np.int64)
    bits = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
    sizes = bits.sum(axis=1)
    found = np.zeros((1 << n, len(theta)))
    for size in range(2, n + 1):
        of_size = sizes == size
        members = index[np.nonzero(bits[of_size])[1].reshape(-1, size)]
        found[of_size] = region.features(members, purpose, year) @ theta.T
    return found


def _divided(worths: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Give what the best division of every coalition is worth, (2**n, D), and its part with the lowest member."""
    best = np.zeros_like(worths)
    part = np.zeros(worths.shape, dtype=np.int64)
    submasks = [np.zeros(1, dtype=np.int64)]  # of each coalition, in rising order
    for mask in range(1, len(worths)):
        top = 1 << (mask.bit_length() - 1)
        submasks.append(np.concatenate([submasks[mask ^ top], submasks[mask ^ top] | top]))
        lowest = mask & -mask
        with_lowest = submasks[mask ^ lowest] | lowest
        totals = worths[with_lowest] + best[mask ^ with_lowest]
        chosen = totals.argmax(axis=0)
        best[mask] = np.take_along_axis(totals, chosen[None], axis=0)[0]
        part[mask] = with_lowest[chosen]
    return best, part


def _blocks(part: NDArray[np.int64]) -> Iterator[int]:
    """Walk the blocks of the best division of all players."""
    rest = len(part) - 1
    while rest:
        yield int(part[rest])
        rest ^= int(part[rest])


def _harm(region: Region, name: str, state: str, year: int, others: Sequence[str]) -> Floats:
    """Give the share that full pressure takes off every coalition of the others, (2**n,)."""
    alone = replace(region.interest(name), challengers=(state,))
    pressed = replace(region, interests=(alone,)).theatre(name, year).pressure
    felt = pressed[list(region.indices(others))]
    bits = (np.arange(1 << len(others))[:, None] >> np.arange(len(others))) & 1
    return np.asarray(bits @ felt / np.maximum(bits.sum(axis=1), 1))


def _foresight(region: Region, name: str, others: tuple[str, ...], harm: Floats, worths: Floats) -> float:
    """Say how much more is left of the plan that foresees full pressure than of the one that does not."""
    powers = 1 << np.arange(len(others), dtype=np.int64)

    def table(values: Floats, members: NDArray[np.integer]) -> Floats:
        return np.asarray(values[powers[members].sum(axis=1)])

    pool = candidates(others, lambda members, _: table(worths, members), max_size=len(others))
    found = spoiled(pool, {"full pressure": (lambda members, _: table(harm, members), 0.0)}, bandwidth=1)
    return found.foresight


def _estimate(values: Floats, level: float) -> Estimate:
    """Take the first as the value and those after the second as draws."""
    return estimate(float(values[0]), values[2:][np.isfinite(values[2:])], level)


def _span(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _council(state: str, year: int) -> tuple[Fraction, Fraction] | None:
    from coalitions import coleman_preventive_index, shapley_shubik_index
    from models.voting_bodies import security_council

    if year < 1992:
        return None
    body = security_council(year)
    if state not in body.players:
        return None
    return Fraction(shapley_shubik_index(body)[state]), Fraction(coleman_preventive_index(body)[state])
