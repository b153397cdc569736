"""When does a small group beat both acting alone and an institution? The states of the regions on one diagram."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import WorthError
from coalitions.result import Result
from models.closed_form import CHOICES, best_choice
from models.formulas import joint_strength
from models.questions.search import FITTED
from models.questions.theory import region_named
from models.theatre import Theatre, theatre

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from models.calibrated import Calibrated
    from models.region import Region

__all__ = ["PhaseDiagram", "Placed", "implied_stakes", "phase_diagram"]

Floats = NDArray[np.float64]

LARGE = 10**6
"""Members of an institution so large that it prevails where it acts: its reliability is then what it secures."""

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
FIXED_COSTS = (0.0, 1.0, 3.0)
LEAST = 1e-4  # strength below which a state counts as having that much, or no logarithm would place it


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A state with a stake in one interest, on the diagram.

    Attributes
    ----------
    region, interest, state : str
    capability : float
        Its own strength at the place, over the strength it is up against.
    reliability : float
        What its institution secures of the interest: relevance, times the chance that it acts, times the share it would
        win if it did.
    institution : str
        The one that secures most; "" where it is in none.
    choice : str
        What is best if partners are like it: one of ``closed_form.CHOICES``.
    support : float
        Share of the settings tried (stake, relevance and acting, cost of the institution) with the same choice.
    mixed : str
        What is best if the strongest stakeholders would be its partners.
    mixed_support : float
    """

    region: str
    interest: str
    state: str
    capability: float
    reliability: float
    institution: str
    choice: str
    support: float
    mixed: str
    mixed_support: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PhaseDiagram(Result):
    """What is best by own capability and by the reliability of institutions, and where the states stand.

    Attributes
    ----------
    stake : float
        V over g: what is at stake for a member, in costs of a partner.
    stake_range : tuple of two floats
        The middle half of what the sizes of founded groups imply.
    fixed_cost : float
        Of the institution, in costs of a partner.
    capability, reliability : ndarray
        The axes of the diagram.
    choice : ndarray of int, shape (len(reliability), len(capability))
        Positions in ``closed_form.CHOICES``.
    states : tuple of Placed
    fitted_stake : mapping of region to tuple of two floats
        The middle 90% of V over g by the coefficients of capability and coordination, over the draws.
    prior_stake : float
        The same by theory alone.
    """

    stake: float
    stake_range: tuple[float, float]
    fixed_cost: float
    capability: Floats = field(repr=False)
    reliability: Floats = field(repr=False)
    choice: NDArray[np.int64] = field(repr=False)
    states: tuple[Placed, ...] = field(repr=False)
    fitted_stake: Mapping[str, tuple[float, float]]
    prior_stake: float

    def to_frame(self) -> pd.DataFrame:
        """Give one row a state and interest, with the fields of ``Placed`` as columns."""
        import pandas as pd

        return pd.DataFrame([vars(placed) for placed in self.states])

    def shares(self, column: str = "choice") -> pd.DataFrame:
        """Say for what share of the stakes of a region each choice is best.

        Parameters
        ----------
        column : str
            ``"choice"`` with partners like oneself, ``"mixed"`` with the strongest stakeholders as partners.

        Returns
        -------
        pandas.DataFrame
            A row a region, a column a choice.
        """
        if column not in ("choice", "mixed"):
            raise ValueError(f"no column {column!r}: 'choice' or 'mixed'")
        frame = self.to_frame()
        table = frame.groupby("region")[column].value_counts(normalize=True).unstack(fill_value=0)
        return table.reindex(columns=list(CHOICES), fill_value=0.0)

    def plot(self, ax: Axes | None = None, region: str | None = None) -> Axes:
        """Draw the diagram with the states of a region, each at the mean of its interests, or of all regions.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
        region : str, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from models.questions.phase_figures import draw_phases

        return draw_phases(self, ax, region)

    def plot_regions(self, figure: Figure | None = None) -> Figure:
        """Draw the diagram once for every region, with its states.

        Parameters
        ----------
        figure : matplotlib.figure.Figure, optional

        Returns
        -------
        matplotlib.figure.Figure
        """
        from models.questions.phase_figures import draw_phase_regions

        return draw_phase_regions(self, figure)

    def _headline(self) -> str:
        low, high = self.stake_range
        return (
            f"{len(self.states)} stakes of states; a stake of {self.stake:.1f} partners' costs [{low:.1f}, {high:.1f}] "
            "is what group sizes imply"
        )

    def __repr__(self) -> str:
        lines = [self._headline(), f"{'best choice':<28}" + "".join(f"{choice:>13}" for choice in CHOICES)]
        for column, words in (("choice", "with like partners"), ("mixed", "with the strongest partners")):
            lines.append(f"{words}:")
            for region, row in self.shares(column).iterrows():
                lines.append(f"  {region:<26}" + "".join(f"{row[choice]:>13.0%}" for choice in CHOICES))
        return "\n".join(lines)


def phase_diagram(
    calibrated: Calibrated,
    *,
    stake: float | None = None,
    fixed_cost: float = 1.0,
    regions: Iterable[str] | None = None,
) -> PhaseDiagram:
    """Say when a small group beats both acting alone and an institution, and where the states of the regions stand.

    In closed form (``models.closed_form``) a state of capability a against a threat T has V F(a) - g alone,
    V F(k a) - g k in a group of k like it, and p V - h from an institution that secures p; F(x) = x / (x + T). The
    best of them depends on a / T, on p, and on two ratios, V / g and h / g. The fit leaves V, the worth of capability,
    open, so V / g is read from the sizes of the groups that were founded (``implied_stakes``).

    Parameters
    ----------
    calibrated : Calibrated
    stake : float, optional
        V / g; by default the median of what sizes imply.
    fixed_cost : float
        h / g, at least 0: a scenario.
    regions : iterable of str, optional
        Those whose states to place; all calibrated by default.

    Returns
    -------
    PhaseDiagram

    Raises
    ------
    WorthError
        A stake that is not above 0, a cost below 0, or no group whose size could tell the stake.
    ValueError
        An unknown region.

    Notes
    -----
    A state is placed once for each interest it is listed for. Its choice is tried again with stakes at five quantiles
    of what sizes imply, with the relevance and acting of institutions at the ends of their ranges, and with
    institutions that cost nothing, 1 or 3: 45 settings.

    References
    ----------
    .. [1] J. D. Morrow (1991), Alliances and asymmetry, American Journal of Political Science 35, 904-933.
    .. [2] J. M. Buchanan (1965), An economic theory of clubs, Economica 32, 1-14.

    Examples
    --------
    >>> import models
    >>> found = phase_diagram(models.calibrate(draws=100))
    >>> found.to_frame().set_index(["interest", "state"]).loc[("EU1", "EST"), ["institution", "choice"]].tolist()
    ['NATO', 'institution']
    """
    names = list(calibrated.regions) if regions is None else [regions] if isinstance(regions, str) else list(regions)
    places = {name: region_named(calibrated, name) for name in names}
    if not places:
        raise ValueError(f"no region to place states of; calibrated: {', '.join(calibrated.regions)}")
    implied = np.concatenate([implied_stakes(region, calibrated.year) for region in places.values()])
    if stake is None and not len(implied):
        raise WorthError("no group was founded whose size could tell the stake; give stake=")
    chosen = float(np.median(implied)) if stake is None else float(stake)
    for what, number, least in (("stake", chosen, 0.0), ("fixed_cost", fixed_cost, -1e-300)):
        if not (np.isfinite(number) and number > least):
            raise WorthError(f"{what} is {number}; it must be finite and {'above' if least == 0 else 'at least'} 0")
    stakes = np.quantile(implied, QUANTILES) if len(implied) else np.full(len(QUANTILES), chosen)
    capability = np.geomspace(0.002, 20.0, 260)
    reliability = np.linspace(0.0, 1.0, 201)
    choice = best_choice(chosen, capability[None, :], 1.0, 1.0, LARGE, reliability[:, None], fixed_cost)
    states = [
        placed for region in places.values() for placed in _placed(region, calibrated.year, chosen, fixed_cost, stakes)
    ]
    return PhaseDiagram(
        stake=chosen,
        stake_range=(float(stakes[1]), float(stakes[3])),
        fixed_cost=float(fixed_cost),
        capability=capability,
        reliability=reliability,
        choice=choice,
        states=tuple(states),
        fitted_stake={name: _fitted_stake(calibrated, name) for name in names},
        prior_stake=_stake_of(next(iter(places.values())).prior_mean[None], next(iter(places.values())))[0],
    )


def implied_stakes(region: Region, year: int) -> Floats:
    """Read from the size of each founded group what must have been at stake, if that size was the best one.

    The sweet spot k = (sqrt(V a T / g) - T) / a, turned around: V / g = (k a + T)**2 / (a T), with a the mean strength
    of the founders and T what they were up against, in the year before.

    Parameters
    ----------
    region : Region
    year : int
        The last year of founding.

    Returns
    -------
    ndarray
        One a group of three to nine founders, at least 4 k each: a smaller stake never asks for k members.

    Examples
    --------
    >>> import models
    >>> bool((implied_stakes(models.load("europe"), 2024) >= 12).all())
    True
    """
    found = []
    for group in region.choice_data(until=year).choices:
        scene = region.theatre(*group.context)
        against = max(scene.threat, region.settings.reference.value)
        own = max(float(scene.alone[list(group.members)].mean()) / against, LEAST)
        found.append((len(group.members) * own + 1) ** 2 / own)
    return np.array(found)


def _stake_of(coefficients: Floats, region: Region) -> list[float]:
    """Give V / g where a listed state secures all of an interest: worth of capability over half the cost of a pair."""
    worth, pair = (coefficients[:, region.names.index(name)] for name in ("capability", "coordination"))
    return [float(ratio) for ratio in 2 * worth / pair]


def _fitted_stake(calibrated: Calibrated, name: str) -> tuple[float, float]:
    low, high = np.quantile(_stake_of(calibrated.draws[name], calibrated.regions[name]), [0.05, 0.95])
    return float(low), float(high)


@dataclass(frozen=True)
class _Secured:
    name: str
    reliability: tuple[float, float, float]  # low, middle, high
    members: tuple[str, ...]


def _placed(region: Region, year: int, stake: float, fixed_cost: float, stakes: Floats) -> list[Placed]:
    found = []
    settings = [(stake, 1, fixed_cost), *product(stakes.tolist(), range(3), FIXED_COSTS)]
    values, ranges, costs = (np.array(column) for column in zip(*settings, strict=True))
    for interest in region.interests:
        scene = region.theatre(interest.id, year)
        against = max(scene.threat, region.settings.reference.value)
        bodies = _institutions(region, interest.id, year, against)
        listed = [i for i in np.flatnonzero(scene.stake > 0).tolist() if scene.states[i] in interest.stakeholders]
        by_strength = sorted(listed, key=lambda i: -scene.alone[i])
        for i in listed:
            state = scene.states[i]
            of = max((b for b in bodies if state in b.members), key=lambda b: b.reliability[1], default=None)
            secured = of.reliability if of else (0.0, 0.0, 0.0)
            own = max(float(scene.alone[i]) / against, LEAST)
            joint = _with_strongest(scene, region, i, by_strength) / against
            secures = np.array(secured)[ranges]
            alike = best_choice(values, own, 1.0, 1.0, LARGE, secures, costs)
            mixed = _mixed_choices(values, own, joint, secures, costs)
            found.append(
                Placed(
                    region=region.name,
                    interest=interest.id,
                    state=state,
                    capability=own,
                    reliability=secured[1],
                    institution=of.name if of else "",
                    choice=CHOICES[int(alike[0])],
                    support=float((alike[1:] == alike[0]).mean()),
                    mixed=CHOICES[int(mixed[0])],
                    mixed_support=float((mixed[1:] == mixed[0]).mean()),
                )
            )
    return found


def _institutions(region: Region, interest: str, year: int, against: float) -> list[_Secured]:
    """Say what each institution for an interest secures where it acts as often as its range allows."""
    panel = region.panel
    purpose = region.interest(interest)
    rows = [row for row in panel.institutions if row.interest == purpose.row]
    if not rows:
        return []
    world = theatre(
        panel, panel.states, purpose, year, region.settings, capability=region.capability, effort=region.effort
    )
    together = joint_strength(world.weights, world.aggregators, region.settings.substitution.value)
    found = []
    for row in rows:
        able = [s for s in panel.members_of(row.name, year) if s in panel.states and s not in purpose.challengers]
        if not able:
            continue
        at = [panel.index(s) for s in able]
        strength = float(together([own[at][:, None] for own in world.strengths])[0])
        wins = strength / (strength + against)
        chances = (
            row.relevance_low * row.acting_low,
            row.relevance * row.acting,
            row.relevance_high * row.acting_high,
        )
        factor = region.settings.institutions.value
        low, middle, high = (min(float(factor * chance * wins), 1.0) for chance in chances)
        found.append(_Secured(row.name, (low, middle, high), tuple(able)))
    return found


def _with_strongest(scene: Theatre, region: Region, state: int, by_strength: list[int]) -> Floats:
    """Give the joint strength of a state with the strongest one, two, ... other stakeholders."""
    together = joint_strength(scene.weights, scene.aggregators, region.settings.substitution.value)
    partners = [j for j in by_strength if j != state][: FITTED[1] - 1]
    return np.array(
        [
            float(together([own[[state, *partners[:count]]][:, None] for own in scene.strengths])[0])
            for count in range(1, len(partners) + 1)
        ]
    )


def _mixed_choices(
    stakes: Floats, own: float, joint: Floats, secured: Floats, fixed_costs: Floats
) -> NDArray[np.int64]:
    """Do what ``best_choice`` does where the group is not of likes: joint strengths of two, three, ... are given."""
    sizes = np.arange(2, len(joint) + 2)
    groups = np.max(stakes[:, None] * joint / (joint + 1) - sizes, axis=1, initial=-np.inf)
    alone = stakes * own / (own + 1) - 1
    return np.asarray(np.argmax([np.zeros(len(stakes)), alone, groups, stakes * secured - fixed_costs], axis=0))
