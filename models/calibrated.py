"""All regions fitted together: coefficients, and draws of them, that every question starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import ChoiceSets, Fit, Profile
from coalitions.calibration.hierarchical import HierarchicalFit
from coalitions.errors import ChoiceError
from models.fitting import as_regions, choice_sets, hierarchical, observed
from models.records import nearest

if TYPE_CHECKING:
    from models.region import Region

__all__ = ["THEATRES", "Calibrated", "calibrate", "profile_setting"]

THEATRES = ("asia-pacific", "middle-east", "europe")
"""The regions with groups enough to fit."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Calibrated:
    """Regions with fitted coefficients, anchored so that worths have a zero.

    Attributes
    ----------
    regions : mapping of name to Region
        Those asked for.
    fitted : mapping of name to Region
        Those that have groups enough to be fitted, asked for or not.
    fit : HierarchicalFit
        Of the fitted regions together.
    year : int
        The last year of founding, and of the figures worths are computed with.
    paying : float or None
        Anchor of the cost of founding, as in ``Region.anchored``.
    size : int
        How many draws.
    seed : int
        Of the draws.
    """

    regions: Mapping[str, Region]
    fitted: Mapping[str, Region]
    fit: HierarchicalFit
    year: int
    paying: float | None
    size: int
    seed: int

    def of(self, region: str) -> Fit:
        """Give the fit of a region; for one without groups of its own, what a region is expected to have.

        Parameters
        ----------
        region : str
            Its name.

        Returns
        -------
        Fit
            Over all terms; the cost of founding is not anchored here.
        """
        return self.fit[region] if region in self.fit.regions else self.fit.unseen

    @cached_property
    def coefficients(self) -> dict[str, dict[str, float]]:
        """By region and term: the fitted values, with the cost of founding anchored."""
        return {name: self._anchored(region, self.of(name).as_dict()) for name, region in self.regions.items()}

    @cached_property
    def draws(self) -> dict[str, Floats]:
        """By region: (size, K), drawn jointly and each anchored by itself; one seed, the same bytes."""
        together = self.fit.draws(self.size, self.seed)
        found = {}
        for number, (name, region) in enumerate(self.regions.items()):
            if name in together:
                drawn = np.array(together[name])
            else:
                drawn = np.array(self.fit.unseen.draws(self.size, self.seed + 1 + number))
            at = region.names.index("setup")
            drawn[:, at] = 0.0
            worths = self._founded(region)
            if len(worths) and self.paying is not None:
                drawn[:, at] = np.quantile(drawn @ worths.T, 1 - self.paying, axis=1)
            else:
                drawn[:, at] = self.coefficients[name]["setup"]
            found[name] = drawn
        return found

    def _founded(self, region: Region) -> Floats:
        """Measure the groups founded by the year, each with the figures of its time: (G, K)."""
        choices = region.choice_data(until=self.year).choices
        rows = [region.features(np.array([c.members]), *c.context)[0] for c in choices]
        return np.array(rows).reshape(-1, len(region.names))

    def _anchored(self, region: Region, values: dict[str, float]) -> dict[str, float]:
        if region.choice_data(until=self.year).choices:
            return region.anchored(values, self.year, paying=self.paying)
        # nobody founded a group there: take the mean cost elsewhere
        anchored = [o.anchored(self.fit[n].as_dict(), self.year, paying=self.paying) for n, o in self.fitted.items()]
        return {**values, "setup": float(np.mean([found["setup"] for found in anchored]))}


def calibrate(
    regions: Region | str | Iterable[Region | str] = THEATRES,
    *,
    year: int | None = None,
    paying: float | None = 0.75,
    draws: int = 500,
    seed: int = 0,
) -> Calibrated:
    """Fit regions together to the groups that were founded, and anchor what a group costs to found.

    Coefficients of a region are drawn towards those common to all, as far as its own groups leave them open
    (``coalitions.calibration.fit_hierarchy``).

    Parameters
    ----------
    regions : Region or name, or several
        By default the three theatres. A region without groups of its own takes the coefficients expected of any; the
        three theatres are then fitted beside it.
    year : int, optional
        The last year of founding and of figures; by default the last year of the panel.
    paying : float, optional
        Share of founded groups worth more than nothing to their members; see ``Region.anchored``.
    draws : int, default 500
        How many draws ``.draws`` has.
    seed : int, default 0
        Of the draws.

    Returns
    -------
    Calibrated

    Raises
    ------
    ChoiceError
        Too few groups by then.
    ValueError
        A share outside 0 to 1, a year outside the panel, or draws or a seed that is negative or not whole.

    Examples
    --------
    >>> found = calibrate()
    >>> sorted(found.coefficients), found.draws["europe"].shape
    (['asia-pacific', 'europe', 'middle-east'], (500, 18))
    """
    if paying is not None and not 0 <= paying <= 1:
        raise ValueError(f"paying is {paying}; it is a share of the founded groups, from 0 to 1")
    for what, given in (("draws", draws), ("seed", seed)):
        if not (isinstance(given, int | np.integer) and given >= 0):
            raise ValueError(f"{what} is {given}; it must be a whole number and not negative")
    asked = as_regions(regions)
    beside = {name: region for name, region in as_regions(THEATRES).items() if name not in asked}
    all_of_them = {**asked, **beside}
    if year is None:
        year = min(region.years[-1] for region in asked.values())
    for region in asked.values():
        region.panel.check_year(year)
    sets = {}
    for name, region in all_of_them.items():
        groups = observed(region.choice_data(until=year))
        if len({group.cluster for group in groups}) > 1:
            sets[name] = choice_sets(region, groups)
    if len(sets) < 2:
        raise ChoiceError(
            f"by {year} fewer than two regions have groups of two circles of founders: nothing to fit together"
        )
    fitted = {name: all_of_them[name] for name in sets}
    cost = {"setup": float(np.mean([region.prior["setup"].value for region in fitted.values()]))}
    found = hierarchical(fitted.values(), fixed=cost)(sets)
    assert isinstance(found, HierarchicalFit)
    return Calibrated(asked, fitted, found, year, paying, draws, seed)


def profile_setting(
    setting: str,
    regions: Region | str | Iterable[Region | str] = THEATRES,
    *,
    bounds: tuple[float, float] | None = None,
    points: int = 7,
    refine: bool = False,
    year: int | None = None,
) -> Profile:
    """Ask the observed groups for a number the payoff is not linear in, such as the loss of strength over distance.

    At every value all coefficients are fitted anew, regions together; what is left of the likelihood is its profile.

    Parameters
    ----------
    setting : str
        A number of ``Settings``: ``"decay"``, ``"width"``, ``"substitution"``, ``"crowding"`` and so on.
    regions : Region or name, or several
        Two or more, with groups of their own.
    bounds : tuple of two float, optional
        By default the range of the setting, in the first region.
    points : int, default 7
        Values tried, ends included.
    refine : bool, default False
        Also search between them and for the ends of the interval, some thirty fits more.
    year : int, optional
        Last year of founding.

    Returns
    -------
    Profile

    Raises
    ------
    ValueError
        There is no such setting, bounds that are not two numbers in order, or a year outside the panel.
    """
    from dataclasses import fields, replace

    from coalitions.calibration import profile
    from models.theatre import Number

    chosen = as_regions(regions)
    first = next(iter(chosen.values()))
    known = [f.name for f in fields(first.settings) if isinstance(getattr(first.settings, f.name), Number)]
    if setting not in known:
        raise ValueError(f"there is no setting {setting!r}{nearest(setting, known) or '; known: ' + ', '.join(known)}")
    number: Number = getattr(first.settings, setting)
    low, high = (number.low, number.high) if bounds is None else bounds
    if year is not None:
        first.panel.check_year(year)
    if not low < high:
        raise ValueError(f"bounds are {low} and {high}; the first must be the lower")

    def at(value: float) -> dict[str, ChoiceSets]:
        moved = replace(number, value=value, low=min(low, value), high=max(high, value))
        sets = {}
        for name, region in chosen.items():
            changed: dict[str, Any] = {setting: moved}
            there = replace(region, settings=replace(region.settings, **changed))
            sets[name] = choice_sets(there, observed(there.choice_data(until=year)))
        return sets

    return profile(
        at,
        bounds=(low, high),
        points=points,
        name=setting,
        refine=refine,
        prior_mean=np.mean([region.prior_mean for region in chosen.values()], axis=0),
        prior_precision=np.mean([region.prior_precision for region in chosen.values()], axis=0),
        fixed={"setup": first.prior["setup"].value},
    )
