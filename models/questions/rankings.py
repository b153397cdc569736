"""Which groups does an interest call for, with and without a state, and would they hold?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions import core
from coalitions.errors import CoalitionError
from models.questions.asked import checked_level, checked_sizes, checked_states
from models.questions.holding import Inside
from models.questions.ranking_results import BestGroups, RankedGroup
from models.questions.search import Leading, leading, scouts
from models.questions.theory import region_named

if TYPE_CHECKING:
    from models.calibrated import Calibrated
    from models.region import Region

__all__ = ["BestGroups", "RankedGroup", "best_groups", "known_groups"]

Floats = NDArray[np.float64]


def best_groups(
    calibrated: Calibrated,
    region: str,
    interest: str,
    sizes: tuple[int, int] = (3, 6),
    without: Iterable[str] = ("USA",),
    top: int = 10,
    *,
    level: float = 0.9,
) -> BestGroups:
    """Rank the groups an interest calls for, with and without some states, and say whether they would hold.

    A group is judged as it stands: a member leaves who gains less than nothing, for alone is where worth is measured
    from; a part of three or more objects if each of its members would gain more in it. With payments among members
    neither need happen, as long as the core of the game inside the group is not empty.

    Parameters
    ----------
    calibrated : Calibrated
    region : str
        One of those calibrated.
    interest : str
        Such as ``"AP1"``.
    sizes : tuple of two int
        The smallest and the largest group.
    without : iterable of str
        The second ranking does without these; () for one ranking.
    top : int
        How many groups to show of each.
    level : float
        Of the intervals, which run over the draws of the fit.

    Returns
    -------
    BestGroups

    Raises
    ------
    ValueError
        A region, interest or state is unknown, no group is asked for, or the level is no share.
    CoalitionError
        Sizes that make no sense, or more states than the smallest group leaves.

    Notes
    -----
    Groups are found by ``search.leading``: all of them up to 150,000 of a size, beyond by beam search. Worths are
    log-odds of forming against other groups, and their zero is a convention (``Region.anchored``): differences between
    groups are what the data speak of.

    References
    ----------
    .. [1] D. Gillies (1959), Solutions to general non-zero-sum games, Contributions to the Theory of Games IV, 47-85.

    Examples
    --------
    >>> import models
    >>> found = best_groups(models.calibrate(draws=100), "asia-pacific", "AP1", sizes=(3, 4), top=2)
    >>> found.groups[0].name, found.lacking[0].name
    ('USA-JPN-IND-AUS', 'JPN-IND-AUS')
    """
    place = region_named(calibrated, region)
    purpose = place.interest(interest)
    absent = checked_states(place, without)
    if not (isinstance(top, int) and top >= 1):
        raise CoalitionError(f"top is {top!r}; ask for one group at least")
    checked_level(level)
    able = [place.states[i] for i in place.eligible(interest)]
    checked_sizes(sizes, len(able) - len(set(absent) & set(able)))
    year = calibrated.year
    vectors = scouts(calibrated, region)
    draws = calibrated.draws[region]
    rankings, bests = [], []
    for barred in ((), absent) if absent else ((),):
        found = leading(place, interest, year, vectors, sizes, without=barred)
        searched = _Searched(place, interest, year, found, vectors[0], vectors[1], draws)
        rankings.append(_ranked(searched, calibrated, top, level))
        bests.append(searched)
    tail = (1 - level) / 2
    lost, interval = float("nan"), (float("nan"), float("nan"))
    if absent:
        lost = float(bests[0].worths.max() - bests[1].worths.max())
        spread = bests[0].drawn.max(axis=1) - bests[1].drawn.max(axis=1)
        interval = (float(np.quantile(spread, tail)), float(np.quantile(spread, 1 - tail)))
    from coalitions.report.map import positions

    return BestGroups(
        region=region,
        interest=interest,
        title=purpose.title,
        year=year,
        sizes=(int(sizes[0]), int(sizes[1])),
        without=absent,
        level=level,
        groups=rankings[0],
        lacking=rankings[1] if absent else (),
        difference=lost,
        difference_interval=interval,
        prior_best=bests[0].states(int(np.argmax(bests[0].priors))),
        prior_lacking=bests[1].states(int(np.argmax(bests[1].priors))) if absent else (),
        presence=bests[0].presence(top),
        presence_lacking=bests[1].presence(top) if absent else {},
        places={s: (float(x), float(y)) for s, (x, y) in zip(place.states, positions(place), strict=True)},
    )


def known_groups(region: Region, year: int) -> dict[frozenset[str], str]:
    """Name the minilaterals that stand in a year, by their members.

    Parameters
    ----------
    region : Region
    year : int

    Returns
    -------
    dict of frozenset of str to str
        Of groups of the same members the first listed; in the last year of its life a group no longer stands.

    Examples
    --------
    >>> import models
    >>> known_groups(models.load("asia-pacific"), 2024)[frozenset({"USA", "JPN", "IND", "AUS"})]
    'Quad (2017)'
    """
    found: dict[frozenset[str], str] = {}
    for group in region.panel.groups:
        if group.kind == "minilateral" and group.start <= year and (group.end is None or group.end > year):
            members = region.panel.members_of(group, year)
            if members:
                found.setdefault(frozenset(members), group.name)
    return found


class _Searched:
    """The groups of all sizes that were looked at, and what each is worth by the fit, by theory and in every draw."""

    def __init__(
        self,
        region: Region,
        interest: str,
        year: int,
        found: Mapping[int, Leading],
        fitted: Floats,
        prior: Floats,
        draws: Floats,
    ) -> None:
        self.region, self.interest, self.year = region, interest, year
        self.groups = [tuple(int(i) for i in row) for some in found.values() for row in some.members]
        features = np.vstack([some.features for some in found.values()])
        self.fitted, self.prior, self.draws = fitted, prior, draws
        self.worths, self.priors = features @ fitted, features @ prior
        self.drawn = draws @ features.T

    def states(self, number: int) -> tuple[str, ...]:
        return tuple(self.region.states[i] for i in self.groups[number])

    def top_of_draws(self, top: int) -> NDArray[np.int64]:
        """Give the numbers of the ``top`` groups of every draw, best first: (draws, top)."""
        count = min(top, len(self.groups))
        some = np.argpartition(-self.drawn, count - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(self.drawn, some, axis=1), axis=1, kind="stable")
        return np.asarray(np.take_along_axis(some, order, axis=1))

    def presence(self, top: int) -> dict[tuple[str, ...], float]:
        best = self.top_of_draws(top)
        numbers, counts = np.unique(best, return_counts=True)
        shares: dict[tuple[str, ...], float] = {}
        for number, count in zip(numbers, counts, strict=True):
            states = self.states(int(number))
            for who in (*((s,) for s in states), *combinations(states, 2)):
                shares[who] = shares.get(who, 0.0) + count / best.size
        return shares


def _ranked(searched: _Searched, calibrated: Calibrated, top: int, level: float) -> tuple[RankedGroup, ...]:
    order = np.argsort(-searched.worths, kind="stable")[:top]
    best = searched.top_of_draws(top)
    named = known_groups(searched.region, searched.year)
    tail = (1 - level) / 2
    ranked = []
    for rank, number in enumerate(order.tolist(), start=1):
        members = searched.groups[number]
        states = searched.states(number)
        inside = Inside(searched.region, searched.interest, searched.year, members)
        gains, drawn = inside.gains(searched.fitted[None])[0], inside.gains(searched.draws)
        objection = inside.objections(searched.fitted[None])[0]
        bounds = np.quantile(drawn, [tail, 1 - tail], axis=0)
        worth = np.quantile(searched.drawn[:, number], [tail, 1 - tail])
        ranked.append(
            RankedGroup(
                rank=rank,
                members=states,
                known_as=named.get(frozenset(states), ""),
                worth=float(searched.worths[number]),
                interval=(float(worth[0]), float(worth[1])),
                first=float((best[:, 0] == number).mean()),
                among_top=float((best == number).any(axis=1).mean()),
                gains=dict(zip(states, gains.tolist(), strict=True)),
                gain_intervals={s: (float(a), float(b)) for s, a, b in zip(states, *bounds, strict=True)},
                leavers=tuple(s for s, gain in zip(states, gains, strict=True) if gain < 0),
                objectors=tuple(states[i] for i in inside.parts[objection]) if objection >= 0 else (),
                divisible=not core(inside.game(searched.fitted, states)).is_empty,
                leaving=float((drawn < 0).any(axis=1).mean()),
                objecting=float((inside.objections(searched.draws) >= 0).mean()),
                prior_worth=float(searched.priors[number]),
                prior_rank=1 + int((searched.priors > searched.priors[number]).sum()),
            )
        )
    return tuple(ranked)
