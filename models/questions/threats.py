"""What does a rising challenger do to groups: which is best, which holds, where that tips, and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.questions.asked import checked_level, checked_sizes, chosen_interests
from models.questions.holding import holding
from models.questions.search import leading, scouts, subsets
from models.questions.theory import region_named, theory, vector
from models.questions.threat_results import InterestSweep, ThreatSweep, Tip

if TYPE_CHECKING:
    from models.calibrated import Calibrated
    from models.region import Region

__all__ = ["FACTORS", "InterestSweep", "ThreatSweep", "Tip", "threat_sweep"]

Floats = NDArray[np.float64]
Group = tuple[str, ...]

FACTORS = (0.0, *(float(2.0**power) for power in range(-3, 5)))
"""From no threat over an eighth to sixteen times today's."""

COUNTED = (3, 4)
"""Sizes whose odds are summed to an expected number, as in ``Region.anchored``."""

SAMPLE = 6000
"""Draws of groups that stand for all of these sizes: enough for a ratio within some three hundredths, at sixteen times
today's threat and under theory, and a hundredth elsewhere."""

PRECISION = 1e-3
AT_ONCE = 100


def threat_sweep(
    calibrated: Calibrated,
    region: str,
    challenger: str,
    factors: Iterable[float] = FACTORS,
    *,
    interests: Iterable[str] | None = None,
    sizes: tuple[int, int] = (3, 6),
    level: float = 0.9,
) -> ThreatSweep:
    """Let a challenger's threat rise and see which groups are best, which hold, and how many are to be expected.

    Parameters
    ----------
    calibrated : Calibrated
    region : str
        One of those calibrated.
    challenger : str
        Such as ``"IRN"``.
    factors : iterable of float
        On its strength, at least 0; 1, today's, is added where it is missing.
    interests : iterable of str, optional
        By default all of the region's that name the challenger.
    sizes : tuple of two int
        The smallest and the largest group.
    level : float
        Of the intervals, which run over the draws of the fit.

    Returns
    -------
    ThreatSweep

    Raises
    ------
    ValueError
        A region or interest is unknown, the challenger threatens none, or a factor is negative or not finite.
    CoalitionError
        Sizes that make no sense.

    Notes
    -----
    The threat enters a worth in two places: the contest that pooled strength has to win (``capability``), from
    ``floor`` times today's strength on, and what each member feels at home (``pressure``). Both bend, so tipping values
    are found by bisection between factors tried, to a thousandth. The expected number sums the odds exp(v(S)) of all
    groups of three and four, as the base rate of ``Region.anchored`` does, by importance sampling.

    References
    ----------
    .. [1] S. M. Walt (1987), The Origins of Alliances.
    .. [2] G. King, L. Zeng (2001), Logistic regression in rare events data, Political Analysis 9, 137-163.

    Examples
    --------
    >>> import models
    >>> found = threat_sweep(models.calibrate(draws=50), "middle-east", "IRN", (0, 1, 4), interests=["ME2"])
    >>> found.factors, "-".join(found["ME2"].stable[1])
    ((0.0, 1.0, 4.0), 'SAU-ARE-BHR')
    """
    place = region_named(calibrated, region)
    place.panel.index(challenger)
    tried = _checked_factors(factors)
    checked_level(level)
    threatened = [interest.id for interest in place.interests if challenger in interest.challengers]
    if not threatened:
        everyone = sorted({c for interest in place.interests for c in interest.challengers})
        raise ValueError(f"{challenger} challenges no interest of {region}; those who do are {', '.join(everyone)}")
    named = [found.id for found in chosen_interests(place, threatened if interests is None else interests)]
    for interest in named:
        if interest not in threatened:
            raise ValueError(f"{challenger} is no challenger in {interest}, but in {', '.join(threatened)}")
    scenes = _Scenes(place, challenger, calibrated.year)
    fitted = {term: calibrated.coefficients[region][term] for term in place.names}
    prior = vector(place, theory(calibrated, region))
    vectors = _Vectors(fitted, prior, calibrated.draws[region], scouts(calibrated, region))
    sweeps, odds = [], []
    for interest in named:
        checked_sizes(sizes, len(place.eligible(interest)))
        odds.append(_odds(scenes, interest, tried, vectors))
        sweeps.append(_swept(scenes, interest, tried, vectors, sizes, level, odds[-1]))
    number, low, high, by_theory = _number(_summed(odds), tried, level)
    first = calibrated.year - 9
    founded = place.choice_data(since=first, until=calibrated.year).choices
    return ThreatSweep(
        region=region,
        challenger=challenger,
        year=calibrated.year,
        factors=tried,
        level=level,
        interests=tuple(sweeps),
        number=number,
        number_low=low,
        number_high=high,
        number_prior=by_theory,
        founded=sum(c.context[0] in named and len(c.members) in COUNTED for c in founded),
    )


class _Scenes:
    """The region under any threat, each scenario built once."""

    def __init__(self, region: Region, challenger: str, year: int) -> None:
        self.region, self.challenger, self.year = region, challenger, year
        self._kept: dict[float, Region] = {}

    def __getitem__(self, factor: float) -> Region:
        if factor not in self._kept:
            today = self.region.threat.get(self.challenger, 1.0)
            self._kept[factor] = self.region.scenario(threat={self.challenger: today * factor})
        return self._kept[factor]

    def features(self, factor: float, interest: str, groups: NDArray[np.int64]) -> Floats:
        return self[factor].features(groups, interest, self.year)


class _Vectors:
    """Coefficients: fitted, of theory, drawn, and those to search with."""

    def __init__(self, named: Mapping[str, float], prior: Floats, draws: Floats, search: Floats) -> None:
        self.named, self.fitted = named, np.array(list(named.values()))
        self.prior, self.draws, self.search = prior, draws, search


def _checked_factors(factors: Iterable[float]) -> tuple[float, ...]:
    given = [float(factor) for factor in factors]
    for factor in given:
        if not (np.isfinite(factor) and factor >= 0):
            raise ValueError(f"factor {factor} on the threat: it must be a number of at least 0")
    if not given:
        raise ValueError("no factor on the threat is given, such as (0, 0.5, 1, 2)")
    return tuple(sorted({*given, 1.0}))


def _odds(scenes: _Scenes, interest: str, tried: tuple[float, ...], vectors: _Vectors) -> Floats:
    """Give the logarithm of the sum of odds at every factor, by the fit, by theory and in every draw: (factors, V).

    Groups are drawn with chances near their odds, and each is counted for as many as it stands for.
    """
    able = np.array(scenes.region.eligible(interest), dtype=np.int64)
    groups = [able[subsets(len(able), size)] for size in COUNTED]
    today = np.vstack([scenes.features(1.0, interest, rows) for rows in groups]) @ vectors.search.T
    chances = np.exp(today - today.max(axis=0))
    chances = (chances / chances.sum(axis=0)).mean(axis=1)
    picked, copies = np.unique(np.random.default_rng(0).choice(len(chances), SAMPLE, p=chances), return_counts=True)
    weights = np.log(copies / (SAMPLE * chances[picked]))
    cut = int(np.searchsorted(picked, len(groups[0])))
    sampled = [groups[0][picked[:cut]], groups[1][picked[cut:] - len(groups[0])]]
    coefficients = np.vstack([vectors.fitted, vectors.prior, vectors.draws]).T
    found = np.empty((len(tried), coefficients.shape[1]))
    for k, factor in enumerate(tried):
        rows = np.vstack([scenes.features(factor, interest, some) for some in sampled if len(some)])
        worths = rows @ coefficients + weights[:, None]
        top = worths.max(axis=0)
        found[k] = top + np.log(np.exp(worths - top).sum(axis=0))
    return found


def _summed(odds: list[Floats]) -> Floats:
    return np.asarray(np.logaddexp.reduce(np.array(odds), axis=0))


def _number(odds: Floats, tried: tuple[float, ...], level: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Give the number of groups over today's: by the fit, its interval, and by theory."""
    ratio = np.exp(odds - odds[tried.index(1.0)])
    low, high = np.quantile(ratio[:, 2:], [(1 - level) / 2, (1 + level) / 2], axis=1)
    return ratio[:, 0], low, high, ratio[:, 1]


def _candidates(
    scenes: _Scenes,
    interest: str,
    tried: tuple[float, ...],
    vectors: _Vectors,
    sizes: tuple[int, int],
) -> dict[int, NDArray[np.int64]]:
    """Collect the groups that are among the best at the ends of the range and today."""
    looked = sorted({tried[0], tried[-1], 1.0})
    found = [leading(scenes[f], interest, scenes.year, vectors.search, sizes, keep=60, width=150) for f in looked]
    return {size: np.unique(np.vstack([one[size].members for one in found]), axis=0) for size in found[0]}


def _swept(
    scenes: _Scenes,
    interest: str,
    tried: tuple[float, ...],
    vectors: _Vectors,
    sizes: tuple[int, int],
    level: float,
    odds: Floats,
) -> InterestSweep:
    region = scenes.region
    blocks = list(_candidates(scenes, interest, tried, vectors, sizes).values())
    groups = [tuple(int(i) for i in row) for block in blocks for row in block]
    race = _Race(scenes, interest, blocks)
    by_fit = np.array([race.worths(factor, vectors.fitted) for factor in tried])
    by_theory = np.array([race.worths(factor, vectors.prior) for factor in tried])
    winners = np.empty((len(tried), len(vectors.draws)), dtype=np.int64)
    reached = np.empty(winners.shape)
    for k, factor in enumerate(tried):
        drawn = race.features(factor) @ vectors.draws.T
        winners[k], reached[k] = drawn.argmax(axis=0), drawn.max(axis=0)
    today = tried.index(1.0)
    stable = [
        _best_that_holds(scenes[factor], interest, scenes.year, groups, worths, vectors.named)
        for factor, worths in zip(tried, by_fit, strict=True)
    ]
    counts = np.array([np.bincount(row, minlength=len(groups)) for row in winners]) / winners.shape[1]
    best = by_fit.argmax(axis=1).tolist()
    often = np.flatnonzero((counts >= 0.1).any(axis=0))
    shown = sorted({*best, *(s for s in stable if s >= 0), *often.tolist()}, key=lambda g: -by_fit[today, g])
    number, number_low, number_high, number_prior = _number(odds, tried, level)
    bounds = np.quantile(reached, [(1 - level) / 2, (1 + level) / 2], axis=1)
    strength = region.scenario(threat={}).theatre(interest, scenes.year).threat
    others = scenes[0.0].theatre(interest, scenes.year).threat

    def named(number: int) -> Group:
        return tuple(region.states[i] for i in groups[number]) if number >= 0 else ()

    return InterestSweep(
        interest=interest,
        title=region.interest(interest).title,
        floor=_floor(region.settings.reference.value, others, strength - others),
        best=tuple(named(g) for g in best),
        prior_best=tuple(named(int(g)) for g in by_theory.argmax(axis=1)),
        stable=tuple(named(g) for g in stable),
        tips=_tips(race, tried, best, vectors.fitted, named),
        prior_tips=_tips(race, tried, by_theory.argmax(axis=1).tolist(), vectors.prior, named),
        worth=by_fit.max(axis=1),
        low=bounds[0],
        high=bounds[1],
        shown=tuple(named(g) for g in shown),
        holds=np.array(
            [_holding(scenes[f], interest, scenes.year, [groups[g] for g in shown], vectors.named) for f in tried]
        ).T,
        shares=counts[:, shown].T,
        moved=(winners != winners[today]).mean(axis=1),
        number=number,
        number_low=number_low,
        number_high=number_high,
        number_prior=number_prior,
    )


class _Race:
    """Groups of several sizes, and what each is worth at any factor."""

    def __init__(self, scenes: _Scenes, interest: str, blocks: list[NDArray[np.int64]]) -> None:
        self._scenes, self._interest, self._blocks = scenes, interest, blocks

    def features(self, factor: float) -> Floats:
        return np.vstack([self._scenes.features(factor, self._interest, block) for block in self._blocks])

    def worths(self, factor: float, coefficients: Floats) -> Floats:
        return np.asarray(self.features(factor) @ coefficients)


def _tips(
    race: _Race, tried: tuple[float, ...], first: list[int], coefficients: Floats, named: Callable[[int], Group]
) -> tuple[Tip, ...]:
    """Find where the best group changes, by bisection between the factors tried."""
    found: list[Tip] = []
    for k in range(1, len(tried)):
        low, before = tried[k - 1], first[k - 1]
        while before != first[k]:
            above, after = tried[k], first[k]
            while above - low > PRECISION * max(above, PRECISION):
                middle = (low + above) / 2
                here = int(race.worths(middle, coefficients).argmax())
                if here == before:
                    low = middle
                else:
                    above, after = middle, here
            found.append(Tip(factor=above, before=named(before), after=named(after)))
            low, before = above, after
    return tuple(found)


def _floor(reference: float, others: float, own: float) -> float:
    """Give the factor at which a challenger, with the others named, is as strong as the reference."""
    if others >= reference:
        return 0.0
    return float((reference - others) / own) if own > 0 else float("inf")


def _holding(
    region: Region, interest: str, year: int, groups: Sequence[tuple[int, ...]], coefficients: Mapping[str, float]
) -> NDArray[np.bool_]:
    found = np.zeros(len(groups), dtype=np.bool_)
    sizes = np.array([len(group) for group in groups])
    for size in np.unique(sizes):
        at = np.flatnonzero(sizes == size)
        rows = np.array([groups[k] for k in at.tolist()])
        found[at] = holding(region, interest, year, rows, coefficients)
    return found


def _best_that_holds(
    region: Region,
    interest: str,
    year: int,
    groups: Sequence[tuple[int, ...]],
    worths: Floats,
    coefficients: Mapping[str, float],
) -> int:
    order = np.argsort(-worths, kind="stable")
    order = order[worths[order] > 0]
    for start in range(0, len(order), AT_ONCE):
        some = order[start : start + AT_ONCE].tolist()
        holds = _holding(region, interest, year, [groups[k] for k in some], coefficients)
        if holds.any():
            return int(some[int(np.argmax(holds))])
    return -1
