"""Plain rules a model has to beat: each scores groups from one idea, with figures of the year and no fitted payoff.

A rule is built for a region and gives ``scores(members, context) -> (m,)``, higher for likelier groups, where members
is an int array (m, k) of pool indices and context is (interest, year): no later figure or group is used.

The rules of BASELINES know the states and their past, but not what a group is for (minimum winning knows whom it
opposes): a model that is told the stakeholders of its interest knows more than they. THREE_TERMS is told too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.panel import Panel
from models.theatre import shared_groups

if TYPE_CHECKING:
    from coalitions.calibration import Fit
    from models.region import Region

__all__ = ["BASELINES", "THREE_TERMS", "Baseline", "allied_pairs", "fit_pairs", "pair_covariates", "pairs_sharing"]

Floats = NDArray[np.float64]
Members = NDArray[np.integer[Any]]
Context = tuple[str, int]
Scores = Callable[[Members, Context], Floats]

WINDOW = 10
"""Years over which a pair may meet in a new group: as many as follow the split of the hold-out."""

PAIR_TERMS = ("constant", "distance", "gdp", "votes", "ties")
LEAST_KM = 1.0  # two capitals closer than this would make gravity explode


@dataclass(frozen=True)
class Baseline:
    """A plain rule: ``build(region, until)`` gives its scores, fitted (where it fits) to nothing later than a year."""

    name: str
    story: str
    source: str
    build: Callable[[Region, int], Scores] = field(repr=False)
    fitted: bool = False


def pair_covariates(panel: Panel, states: Sequence[str], year: int) -> Floats:
    """Describe every pair of states by what studies of pairs use.

    Parameters
    ----------
    panel : Panel
    states : sequence of str
        n codes.
    year : int
        No later figure or group is used.

    Returns
    -------
    ndarray of shape (n, n, 5)
        In the order of PAIR_TERMS: 1; log of 1 + thousand km between capitals; log of the product of the two GDPs in
        trillion US dollars; distance of UN ideal points; log of 1 + small groups shared by then. A missing GDP or
        ideal point leaves a state or pair at the pool's mean. Symmetric.

    Examples
    --------
    >>> from models.panel import load_panel
    >>> pair_covariates(load_panel(), ("AUS", "IND", "JPN"), 2014)[0, 1].round(2)
    array([1.  , 2.43, 1.1 , 2.1 , 1.1 ])
    """
    n = len(states)
    gdp = panel.vector("gdp_usd", states, year)
    known = gdp > 0
    logs = np.log(np.where(known, gdp, 1.0) / 1e12)
    logs = np.where(known, logs, logs[known].mean() if known.any() else 0.0)
    columns = [
        np.ones((n, n)),
        np.log1p(panel.distance_km(states, states) / 1000),
        logs[:, None] + logs[None, :],
        _vote_distance(panel, tuple(states), year),
        np.log1p(shared_groups(panel, states, year)),
    ]
    return np.stack(columns, axis=-1)


def pairs_sharing(panel: Panel, states: Sequence[str], since: int, until: int) -> NDArray[np.bool_]:
    """Say which pairs met in a new small group founded within some years for a coded interest.

    Parameters
    ----------
    panel : Panel
    states : sequence of str
        n codes.
    since, until : int
        First and last year of founding; who joined by the last year counts.

    Returns
    -------
    ndarray of bool, shape (n, n)
        Symmetric. Groups of at most ten members coded for an interest of any region.

    Examples
    --------
    >>> from models.panel import load_panel
    >>> bool(pairs_sharing(load_panel(), ("AUS", "IND"), 2015, 2024)[0, 1])
    True
    """
    new = tuple(group for group in panel.groups if since <= group.start <= until and group.interest)
    shared: NDArray[np.bool_] = shared_groups(replace(panel, groups=new), states, until) > 0
    return shared


def allied_pairs(panel: Panel, states: Sequence[str], year: int) -> NDArray[np.bool_]:
    """Say which pairs are in one defence pact in a year.

    Parameters
    ----------
    panel : Panel
    states : sequence of str
        n codes.
    year : int
        A pact founded later does not count.

    Returns
    -------
    ndarray of bool, shape (n, n)
        Of groups.csv: alliances, and ties of two states for collective defence. Symmetric, False on the diagonal.

    Examples
    --------
    >>> from models.panel import load_panel
    >>> allied_pairs(load_panel(), ("JPN", "KOR", "USA"), 2014).astype(int)
    array([[0, 0, 1],
           [0, 0, 1],
           [1, 1, 0]])
    """
    at = {state: i for i, state in enumerate(states)}
    allied = np.zeros((len(states), len(states)), dtype=bool)
    for group in panel.groups:
        if group.kind == "alliance" or (group.kind == "bilateral" and group.objective == "collective_defence"):
            inside = [at[s] for s, first, last in panel.spells(group) if s in at and first <= year <= last]
            allied[np.ix_(inside, inside)] = True
    np.fill_diagonal(allied, False)
    return allied


def fit_pairs(panel: Panel, states: Sequence[str], until: int, *, strangers: bool = False) -> Fit:
    """Fit a logit to which pairs of states met in a new small group.

    Every pair is seen once in each window of WINDOW years that ends in ``until`` or at the start of the next one and
    lies inside the panel: described by figures of the year before, and whether it met in a group founded within.

    Parameters
    ----------
    panel : Panel
    states : sequence of str
        The pool.
    until : int
        Nothing dated later is used.
    strangers : bool, default False
        Whether only pairs that had shared no small group by then are fitted; past ties are then no covariate.

    Returns
    -------
    Fit
        Coefficients of PAIR_TERMS (without ties for strangers), errors clustered by pair. Pairs share states, so these
        are too small: the fit serves to rank.

    Raises
    ------
    ChoiceError
        No pair met, or all did.
    ValueError
        The panel does not reach back far enough.

    References
    ----------
    .. [1] P. Poast (2010), (Mis)using dyadic data to analyze multilateral events, Political Analysis 18, 403-425.

    Examples
    --------
    >>> import models
    >>> region = models.load("asia-pacific")
    >>> fit_pairs(region.panel, region.states, 2014).names
    ('constant', 'distance', 'gdp', 'votes', 'ties')
    """
    from coalitions.calibration import ChoiceSets, fit
    from coalitions.errors import ChoiceError

    if until - WINDOW not in panel.years:
        raise ChoiceError(
            f"pairs are fitted to windows of {WINDOW} years, and figures begin in {panel.first_year}: "
            f"until is {until}, and must be {panel.first_year + WINDOW} or later"
        )
    left, right = np.triu_indices(len(states), 1)
    names = PAIR_TERMS[:-1] if strangers else PAIR_TERMS
    rows, met, pairs = [], [], []
    for start in range(until - WINDOW, panel.first_year - 1, -WINDOW):
        covariates = pair_covariates(panel, states, start)[left, right]
        keep = covariates[:, -1] == 0 if strangers else np.ones(left.size, dtype=bool)
        rows.append(covariates[keep, : len(names)])
        met.append(pairs_sharing(panel, states, start + 1, start + WINDOW)[left, right][keep])
        pairs.append(np.flatnonzero(keep))
    happened = np.concatenate(met)
    if not happened.any() or happened.all():
        raise ChoiceError(
            f"{int(happened.sum())} of {happened.size} pairs met in new small groups up to {until}: "
            "a logit of pairs needs some that did and some that did not"
        )
    # a binary logit is a choice between the pair and nothing
    features = np.zeros((2 * happened.size, len(names)))
    features[::2] = np.concatenate(rows)
    sets = ChoiceSets(
        names=names,
        features=features,
        offsets=np.arange(0, 2 * happened.size + 1, 2),
        chosen=np.where(happened, 0, 1),
        correction=np.zeros(2 * happened.size),
        cluster=np.concatenate(pairs),
        labels=tuple(range(left.size)),
        weight=np.ones(happened.size),
    )
    return fit(sets, prior_precision=0.01)


def _random(region: Region, until: int) -> Scores:
    def scores(members: Members, context: Context) -> Floats:
        # the interest enters by its letters, since the hash of a str changes from run to run
        state = np.full(len(members), int.from_bytes(context[0].encode(), "big") % (1 << 61), dtype=np.uint64)
        for column in np.sort(members, axis=1).astype(np.uint64).T:
            state = _mixed(state ^ (column + np.uint64(1)))
        return state.astype(np.float64) / 2.0**64

    return scores


def _distance(region: Region, until: int) -> Scores:
    km = region.panel.distance_km(region.states, region.states)
    return _mean_over_pairs(lambda year: -km)


def _gravity(region: Region, until: int) -> Scores:
    km = np.maximum(region.panel.distance_km(region.states, region.states), LEAST_KM)

    def pull(year: int) -> Floats:
        gdp = np.nan_to_num(region.panel.vector("gdp_usd", region.states, year)) / 1e12
        return np.outer(gdp, gdp) / km

    return _mean_over_pairs(pull)


def _past_ties(region: Region, until: int) -> Scores:
    return _mean_over_pairs(lambda year: np.log1p(shared_groups(region.panel, region.states, year)))


def _votes(region: Region, until: int) -> Scores:
    return _mean_over_pairs(lambda year: -_vote_distance(region.panel, region.states, year))


def _alliances(region: Region, until: int) -> Scores:
    return _mean_over_pairs(lambda year: allied_pairs(region.panel, region.states, year).astype(np.float64))


def _minimum_winning(region: Region, until: int) -> Scores:
    """Rank winning groups from the smallest surplus up, and below them losing groups from the smallest gap up."""

    def scores(members: Members, context: Context) -> Floats:
        interest, year = context
        gdp = np.nan_to_num(region.panel.vector("gdp_usd", region.states, year))
        hostile = [c for c in region.interest(interest).challengers if c in region.panel.states]
        against = np.nansum(region.panel.vector("gdp_usd", hostile, year)) if hostile else 0.0
        quota = against if against > 0 else gdp.sum() / 2
        margin = np.log(np.maximum(gdp[members].sum(axis=1), 1.0) / quota)
        # no surplus exceeds that of the whole pool
        most = max(float(np.log(gdp.sum() / quota)), 0.0)
        score: Floats = np.where(margin >= 0, -margin, margin - most)
        return score

    return scores


def _sum_of_pairs(region: Region, until: int) -> Scores:
    fitted = fit_pairs(region.panel, region.states, until)

    def odds(year: int) -> Floats:
        return np.asarray(pair_covariates(region.panel, region.states, year) @ fitted.coefficients)

    return _over_pairs(odds, mean=False)


def _three_terms(region: Region, until: int) -> Scores:
    from coalitions.calibration import fit
    from models.fitting import choice_sets, observed
    from models.payoff import features

    # coordination takes up what size explains; it is the same for all swaps of a group
    names = ("stake", "distance", "ties", "coordination")
    columns = [region.names.index(name) for name in names]
    terms = [region.terms[column] for column in columns]
    groups = observed(region.choice_data(until=until, data_year=until))
    fitted = fit(
        choice_sets(region, groups, names),
        prior_mean=region.prior_mean[columns],
        prior_precision=region.prior_precision[columns],
    )

    def scores(members: Members, context: Context) -> Floats:
        return features(terms, region.theatre(*context), members, region.settings) @ fitted.coefficients

    return scores


THREE_TERMS = Baseline(
    name="three terms",
    story="The model with three of its terms: stakes in the interest, nearness and past ties, fitted to the region's "
    "own groups.",
    source="what is left of the payoff without strength, threat, votes and institutions",
    build=_three_terms,
    fitted=True,
)
"""No plain rule: it knows the lists of stakeholders as the model does, so that it shows what all other terms add."""

BASELINES: Mapping[str, Baseline] = {
    rule.name: rule
    for rule in (
        Baseline(
            name="random",
            story="Every group gets a number of its own that means nothing, the same at every run.",
            source="chance",
            build=_random,
        ),
        Baseline(
            name="distance",
            story="Near states meet: minus the mean distance between capitals, km.",
            source="loss of strength over distance: Boulding 1962",
            build=_distance,
        ),
        Baseline(
            name="gravity",
            story="Large and near states meet: product of GDPs over distance, summed over pairs.",
            source="Tinbergen 1962",
            build=_gravity,
        ),
        Baseline(
            name="past ties",
            story="Who met before meets again: log of one plus earlier small groups shared, averaged over pairs.",
            source="networks of defence agreements: Kinne 2018",
            build=_past_ties,
        ),
        Baseline(
            name="UN votes",
            story="Like-minded states meet: minus the mean distance of UN ideal points.",
            source="Bailey, Strezhnev and Voeten 2017",
            build=_votes,
        ),
        Baseline(
            name="alliances",
            story="Allies meet: share of pairs that are in one defence pact.",
            source="alliance portfolios: Bueno de Mesquita 1981",
            build=_alliances,
        ),
        Baseline(
            name="minimum winning",
            story="As large as needed and no larger: winning groups by least surplus of GDP over the interest's "
            "challengers (half of the pool where none is named), then losing groups by least shortfall.",
            source="size principle: Riker 1962",
            build=_minimum_winning,
        ),
        Baseline(
            name="sum of pairs",
            story="A group is its pairs: log-odds of every pair from a logit of distance, GDP, votes and past ties, "
            "summed.",
            source="the usual dyadic design, as criticised by Poast 2010",
            build=_sum_of_pairs,
            fitted=True,
        ),
    )
}
"""The rules by name."""


def _over_pairs(table: Callable[[int], Floats], *, mean: bool) -> Scores:
    at = cache(table)  # one table a year

    def scores(members: Members, context: Context) -> Floats:
        values = at(context[1])
        total = np.zeros(len(members))
        k = members.shape[1]
        for a in range(k):
            for b in range(a):
                total += values[members[:, a], members[:, b]]
        return total / max(k * (k - 1) / 2, 1) if mean else total

    return scores


def _mean_over_pairs(table: Callable[[int], Floats]) -> Scores:
    return _over_pairs(table, mean=True)


def _vote_distance(panel: Panel, states: Sequence[str], year: int) -> Floats:
    ideal = panel.vector("ideal_point", states, year)
    gap = np.abs(ideal[:, None] - ideal[None, :])
    pairs = gap[np.triu_indices(len(states), 1)]
    known = pairs[np.isfinite(pairs)]
    return np.where(np.isnan(gap), known.mean() if known.size else 0.0, gap)


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64 bits: the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    with np.errstate(over="ignore"):
        state = state + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
