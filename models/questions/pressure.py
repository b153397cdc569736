"""When does a pair under common pressure outweigh each one's deal with the order that presses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import CoalitionError
from coalitions.game import Game
from coalitions.parametric import ParametricGame
from models.baselines import allied_pairs
from models.payoff import parts
from models.questions.asked import checked_level, estimate
from models.questions.theory import region_named, theory, vector
from models.questions.thresholds import OUTCOMES, Deal, PairThreshold

if TYPE_CHECKING:
    from models.calibrated import Calibrated
    from models.region import Region
    from models.theatre import Theatre

__all__ = ["PRESSURES", "pair_threshold"]

Floats = NDArray[np.float64]

PRESSURES = tuple(np.geomspace(0.02, 10.0, 55).tolist())
"""Factors on the strength of the opposing order; 1 is what it is."""


def pair_threshold(
    calibrated: Calibrated,
    *,
    pair: Sequence[str] = ("CHN", "RUS"),
    pole: str = "USA",
    order: Sequence[str] | None = None,
    region: str = "global-order",
    interest: str = "GL1",
    year: int | None = None,
    asymmetry: float = 1.0,
    pressures: Sequence[float] = PRESSURES,
    level: float = 0.9,
) -> PairThreshold:
    """Find the pressure at which a pair outweighs each one's separate deal with the pole that presses it.

    A three-player game in which a group's opponent is whoever it leaves outside: the pair is opposed by the pole and
    its allies, a deal of one with the pole by the other one, the union of all three by nobody. The pressure multiplies
    what the pole and its allies bring against the pair; as a partner in a deal the pole stays as strong as it is, so
    the deals do not move with the pressure. With transfers, the pair holds where the core of the structure {pair},
    {pole} is not empty: its worth reaches 0, each deal, the sum of both deals, and the union. Without, it holds where
    each of the two gains more in it than in its own deal and alone.

    Parameters
    ----------
    calibrated : Calibrated
        With the region.
    pair : sequence of two str
    pole : str
    order : sequence of str, optional
        Who presses the pair, the pole among them; by default the pole and its allies among the interest's stakeholders
        (``models.baselines.allied_pairs``).
    region, interest : str
        What the groups would be for.
    year : int, optional
        Of all figures; by default the last one calibrated.
    asymmetry : float, default 1
        Factor on the strength and the economy of the larger of the two, and so on what it can set against pressure and
        how much of everybody's trade it draws.
    pressures : sequence of float
        Rising positive factors.
    level : float, default 0.9
        Of the intervals over draws.

    Returns
    -------
    PairThreshold

    Raises
    ------
    ValueError
        An unknown region, interest or state; a year outside the panel; an asymmetry that is no positive number;
        pressures that do not rise from above 0; a level not between 0 and 1.
    CoalitionError
        A pair that is none, a pole inside it, an order that holds one of the pair or not the pole.

    Notes
    -----
    In the structure {pair}, {pole} the pole gets nothing, so it would give its partner all of a deal: x_i >= v(i, pole)
    for both, which only leaves room where v(pair) >= v(i, pole) + v(j, pole). Worths are measured with the anchored
    cost of founding, which counts once for the pair and twice for two deals: ``tipping("setup")`` says how much hangs
    on it. Without transfers it cancels. Groups of two are smaller than any the coefficients were fitted to. Draws are
    looked at on the grid of pressures; the thresholds of the fitted and of the prior coefficients are solved for.

    References
    ----------
    .. [1] R. J. Aumann, J. H. Drèze (1974), Cooperative games with coalition structures, International Journal of Game
       Theory 3, 217-237.
    .. [2] R. Powell (1996), Stability and the distribution of power, World Politics 48, 239-267.

    Examples
    --------
    >>> import models
    >>> found = pair_threshold(models.calibrate("global-order", draws=20), year=2020)
    >>> found.order[:3], bool(found.worth[-1] > found.worth[0])
    (('USA', 'CAN', 'JPN'), True)
    """
    home = region_named(calibrated, region)
    year = calibrated.year if year is None else year
    pair, pole, order, grid = _checked(home, pair, pole, order, interest, year, pressures, level)
    if not (np.isfinite(asymmetry) and asymmetry > 0):
        raise ValueError(f"asymmetry is {asymmetry}; it must be a positive number")
    one, other = pair
    game_of = _Opposed(home, interest, year, pair, asymmetry)
    fitted = vector(home, calibrated.coefficients[region])
    believed = vector(home, theory(calibrated, region))
    drawn = calibrated.draws[region]

    groups = {"-".join(group): group for group in ((one, pole), (other, pole), (one, other, pole))}
    outside = {"-".join(group): tuple(s for s in pair if s not in group) for group in groups.values()}
    measured = {name: game_of.parts(group, outside[name], 1.0) for name, group in groups.items()}
    under = np.array([game_of.parts(pair, order, factor) for factor in grid])  # (P, K, 2)
    total = under.sum(axis=2)
    today = game_of.parts(pair, order, 1.0)
    deal_rows = np.array([measured[name].sum(axis=1) for name in groups])
    by_draw, deals_by_draw = drawn @ total.T, drawn @ deal_rows.T
    bars = _bar(deals_by_draw)
    held = by_draw >= bars[:, None]
    both = np.ones_like(held)
    for place, name in enumerate(list(groups)[:2]):
        own_deal = np.maximum(drawn @ measured[name][:, 0], 0.0)
        both &= drawn @ under[:, :, place].T >= own_deal[:, None]

    def worth_at(factor: float, theta: Floats) -> float:
        return float(theta @ game_of.parts(pair, order, factor).sum(axis=1))

    def own_at(factor: float, place: int) -> float:
        return float(fitted @ game_of.parts(pair, order, factor)[:, place])

    bar, bar_in_theory = (float(_bar(deal_rows @ theta)) for theta in (fitted, believed))
    low, high = np.quantile(by_draw, [(1 - level) / 2, (1 + level) / 2], axis=0)
    deals = {
        name: Deal(
            members=group,
            worth=estimate(float(fitted @ deal_rows[row]), deals_by_draw[:, row], level),
            gains=dict(zip(group, (fitted @ measured[name]).tolist(), strict=True)),
            theory=float(believed @ deal_rows[row]),
        )
        for row, (name, group) in enumerate(groups.items())
    }
    firsts = [max(deals[f"{state}-{pole}"].gains[state], 0.0) for state in pair]
    return PairThreshold(
        pair=pair,
        pole=pole,
        order=order,
        year=year,
        pressures=grid,
        worth=total @ fitted,
        low=low,
        high=high,
        in_theory=total @ believed,
        now={state: float(gain) for state, gain in zip(pair, fitted @ today, strict=True)},
        now_in_theory=float(believed @ today.sum(axis=1)),
        own=np.einsum("pqk,q->pk", under, fitted),
        deals=deals,
        bar=estimate(bar, bars, level),
        bar_in_theory=bar_in_theory,
        threshold=_crossing(grid, total @ fitted - bar, lambda f: worth_at(f, fitted) - bar),
        threshold_in_theory=_crossing(
            grid, total @ believed - bar_in_theory, lambda f: worth_at(f, believed) - bar_in_theory
        ),
        thresholds={
            state: _crossing(
                grid,
                under[:, :, k] @ fitted - firsts[k],
                lambda f, k=k: own_at(f, k) - firsts[k],
            )
            for k, state in enumerate(pair)
        },
        holds=held.mean(axis=0),
        holds_for_both=both.mean(axis=0),
        outcomes=_outcomes(held),
        ratio=game_of.ratio,
        game=_game((*pair, pole), home, today.sum(axis=1), deal_rows, fitted),
        level=level,
        draws=len(drawn),
    )


class _Opposed:
    """One interest with other challengers: whoever a group leaves outside."""

    def __init__(self, region: Region, interest: str, year: int, pair: Sequence[str], asymmetry: float) -> None:
        self.region, self.year = region, year
        self.base = region.interest(interest)
        resources = region.theatre(interest, year).resources
        economies = {state: float(resources[region.states.index(state)]) for state in pair}
        larger = max(pair, key=economies.__getitem__)
        economies[larger] *= asymmetry
        self.larger, self.asymmetry = larger, asymmetry
        self.effort = {larger: region.effort.get(larger, 1.0) * asymmetry}
        self.ratio = max(economies.values()) / max(min(economies.values()), 1e-12)
        self._single: dict[str, Theatre] = {}

    def parts(self, group: Sequence[str], against: Sequence[str], factor: float) -> Floats:
        """What each term gives each member, (K, k), where some oppose the group with a factor on their strength."""
        theatre = self._against(against, factor)
        if self.asymmetry != 1:
            theatre = self._weighed(theatre, against, factor)
        region = self.region
        found: Floats = parts(region.terms, theatre, np.array([region.indices(group)]), region.settings)[0]
        return found

    def _against(self, challengers: Sequence[str], factor: float) -> Theatre:
        opposed = replace(self.base, challengers=tuple(challengers))
        region = replace(self.region, interests=(opposed,)).scenario(
            effort=self.effort, threat={state: self.region.threat.get(state, 1.0) * factor for state in challengers}
        )
        return region.theatre(opposed.id, self.year)

    def _alone(self, challenger: str) -> Theatre:
        if challenger not in self._single:
            self._single[challenger] = self._against((challenger,), 1.0)
        return self._single[challenger]

    def _weighed(self, theatre: Theatre, against: Sequence[str], factor: float) -> Theatre:
        """Give the larger one its other economy: effort moves its strength, and nothing of what an economy is for."""
        at, more = theatre.states.index(self.larger), self.asymmetry - 1
        resources, pressure = theatre.resources.copy(), theatre.pressure.copy()
        size = float(resources[at])
        resources[at] *= self.asymmetry
        # each trades with the larger one in proportion to its economy
        share = self._alone(self.larger).exposure
        exposure = (theatre.exposure + more * share * (self.larger in against)) / (1 + more * share)
        if self.larger not in against:
            pressure[at] = 0.0
            for challenger in against:
                scene = self._alone(challenger)
                apart = 1 - float(scene.similarity[at, scene.states.index(challenger)])
                if apart > 0:
                    # what it feels alone is apart * felt / (felt + size)
                    weight = float(scene.pressure[at]) / apart
                    felt = factor * size * weight / (1 - weight)
                    pressure[at] = max(pressure[at], apart * felt / (felt + size * self.asymmetry))
        return replace(theatre, resources=resources, pressure=pressure, exposure=exposure)


def _checked(
    region: Region,
    pair: Sequence[str],
    pole: str,
    order: Sequence[str] | None,
    interest: str,
    year: int,
    pressures: Sequence[float],
    level: float,
) -> tuple[tuple[str, str], str, tuple[str, ...], Floats]:
    region.panel.check_year(year)
    stakeholders = region.interest(interest).stakeholders
    if isinstance(pair, str) or len(pair) != 2 or len(set(pair)) != 2:
        raise CoalitionError(f"pair is {pair!r}; it must name two states")
    region.indices((*pair, pole))
    if pole in pair:
        raise CoalitionError(f"the pole {pole} is one of the pair {'-'.join(pair)}; it must be a third state")
    if order is None:
        allied = allied_pairs(region.panel, region.states, year)[region.states.index(pole)]
        allies = [s for s, ally in zip(region.states, allied, strict=True) if ally and s in stakeholders]
        order = (pole, *(state for state in allies if state not in pair))
    region.indices(order)
    if inside := [state for state in order if state in pair]:
        raise CoalitionError(f"{inside[0]} is one of the pair and of the order that presses it")
    if pole not in order:
        raise CoalitionError(f"the order {', '.join(order)} does not hold its pole {pole}")
    grid = np.array(pressures, dtype=np.float64)
    if grid.ndim != 1 or len(grid) < 2 or not (grid[0] > 0 and np.isfinite(grid).all() and (np.diff(grid) > 0).all()):
        raise ValueError("pressures must be two or more finite numbers that rise from above 0")
    checked_level(level)
    grid.flags.writeable = False
    return (pair[0], pair[1]), pole, tuple(order), grid


def _bar(deals: Floats) -> Floats:
    """Give what the pair has to be worth, from both deals and the union along the last axis."""
    first, second, union = np.moveaxis(np.asarray(deals), -1, 0)
    return np.asarray(np.maximum(np.maximum(first, 0.0) + np.maximum(second, 0.0), union))


def _crossing(grid: Floats, margin: Floats, exact: object) -> float:
    """Find the least pressure from which the margin is nowhere negative again: 0 if never, inf if at the end."""
    from scipy.optimize import brentq

    below = np.flatnonzero(margin < 0)
    if not below.size:
        return 0.0
    last = int(below[-1])
    if last == len(grid) - 1:
        return float("inf")
    return float(brentq(exact, grid[last], grid[last + 1], xtol=1e-9))


def _outcomes(held: NDArray[np.bool_]) -> dict[str, float]:
    start, stop = held[:, 0], held[:, -1]
    every, none = held.all(axis=1), ~held.any(axis=1)
    rising, falling = ~start & stop, start & ~stop
    shares = dict(zip(OUTCOMES, (every, rising, falling, none), strict=True))
    return {name: float(share.mean()) for name, share in shares.items()}


def _game(players: tuple[str, ...], region: Region, pair: Floats, deals: Floats, theta: Floats) -> ParametricGame:
    """Write pair and deals as a game by terms; the three together are the pair beside an idle pole."""
    tables = {}
    for k, name in enumerate(region.names):
        worths = np.zeros(8)
        worths[0b011], worths[0b101], worths[0b110] = pair[k], deals[0, k], deals[1, k]
        worths[0b111] = pair[k]
        tables[name] = Game(players, worths)
    return ParametricGame(players, tables, dict(zip(region.names, theta.tolist(), strict=True)))
