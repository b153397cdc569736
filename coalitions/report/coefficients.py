"""What the worths of a report are computed with: fitted coefficients, the zero of worths, and what theory expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration import Fit, HierarchicalFit
from coalitions.errors import ChoiceError
from coalitions.report.region import ChoiceDataLike, RegionLike

Floats = NDArray[np.float64]

FOUNDING = "setup"
"""The term whose coefficient is the cost of founding a group, in regions that can anchor it."""

DRAWS = 1000
_NOTHING = 1e-9  # the group that marks the zero is worth this little by rounding


@dataclass(frozen=True, kw_only=True, eq=False)
class Coefficients:
    """Coefficients with their covariance and where they come from.

    Attributes
    ----------
    fit : Fit
        Of the region; for one without groups of its own, what any region is expected to have.
    joint : HierarchicalFit or None
        The fit of several regions it is part of.
    own : bool
        Whether groups of the region were fitted.
    values : dict of str to float
        What worths are computed with, in log-odds per unit of each term: the fitted coefficients, the cost of founding
        a group anchored where the region offers that.
    draws : ndarray, shape (1000, K)
        Of the values, from Student's t with the covariance and degrees of freedom of the fit; an anchored cost is
        anchored again in each draw, to the same share of founded groups that pay. No rows where the groups observed are
        too few for errors.
    by_theory : dict of str to float, or None
        The means of the priors, anchored in the same way; None where they cannot be.
    zero : str
        Where the cost of founding comes from: "anchored" on the region's own groups, "given" by the caller, or empty
        where it is fitted like all others, or there is none.
    paying, founded : int
        How many of the region's founded groups are worth more than nothing, each with the figures of its time.
    """

    fit: Fit
    joint: HierarchicalFit | None
    own: bool
    values: dict[str, float]
    draws: Floats
    by_theory: dict[str, float] | None
    zero: str
    paying: int
    founded: int

    @property
    def cost(self) -> float:
        """Cost of founding a group, in log-odds; 0 in regions without one."""
        return self.values.get(FOUNDING, 0.0)


def coefficients_of(
    region: RegionLike,
    year: int,
    fit: Fit | HierarchicalFit,
    given: Mapping[str, float] | None,
    data: ChoiceDataLike,
    seed: int,
) -> Coefficients:
    """Take a region's coefficients from a fit and give worths a zero.

    Parameters
    ----------
    region : RegionLike
    year : int
        Last year of founding, and of the figures.
    fit : Fit or HierarchicalFit
    given : mapping of str to float, optional
        Coefficients to use; by default those of the fit, anchored where the region offers ``anchored``.
    data : ChoiceDataLike
        The groups founded by the year.
    seed : int
        Of the draws.

    Returns
    -------
    Coefficients

    Raises
    ------
    ChoiceError
        The fit is over other terms than the region has.
    """
    joint = fit if isinstance(fit, HierarchicalFit) else None
    own = joint is None or region.name in joint.regions
    if isinstance(fit, HierarchicalFit):
        chosen = fit[region.name] if own else fit.unseen
    else:
        chosen = fit
    if chosen.names != region.names:
        odd = min(set(chosen.names) ^ set(region.names), default="their order")
        raise ChoiceError(f"the fit is over other terms than {region.name} has: they differ in {odd!r}")
    if given is not None and set(given) != set(region.names):
        odd = min(set(given) ^ set(region.names))
        raise ChoiceError(f"coefficients must name each term of {region.name} once; they differ in {odd!r}")
    by_fit = _anchored(region, year, chosen.as_dict())
    values = dict(given) if given is not None else (by_fit or chosen.as_dict())
    same = by_fit is not None and all(np.isclose(values[name], by_fit[name]) for name in region.names)
    theta = np.array([values[name] for name in region.names])
    seen = np.array([region.features(np.array([c.members]), *c.context)[0] for c in data.choices])
    seen = seen.reshape(-1, len(region.names))
    worths = seen @ theta
    return Coefficients(
        fit=chosen,
        joint=joint,
        own=own,
        values={name: float(values[name]) for name in region.names},
        draws=_drawn(chosen, theta, seen if same else None, seed),
        by_theory=_anchored(region, year, dict(zip(region.names, region.prior_mean.tolist(), strict=True))),
        zero="anchored" if same else "given" if given is not None and FOUNDING in region.names else "",
        paying=int(np.count_nonzero(worths > _NOTHING)),
        founded=len(worths),
    )


def _anchored(region: RegionLike, year: int, values: dict[str, float]) -> dict[str, float] | None:
    """Anchor the cost of founding; None where the region has no such cost, or no group to tell it by."""
    anchor = getattr(region, "anchored", None)
    if anchor is None or FOUNDING not in region.names or not region.choice_data(until=year).choices:
        return None
    return dict(anchor(values, year))


def _drawn(fit: Fit, theta: Floats, founded: Floats | None, seed: int) -> Floats:
    """Draw coefficients around those used; with the features of founded groups, anchor each draw as theta is."""
    degrees = fit.degrees_of_freedom
    if degrees < 1:
        return np.zeros((0, len(theta)))
    rng = np.random.default_rng(seed)
    away = fit.draws(DRAWS, rng) - fit.coefficients
    drawn = theta + away * np.sqrt(degrees / rng.chisquare(degrees, (DRAWS, 1)))
    if founded is not None:
        place = fit.names.index(FOUNDING)
        free = np.delete(np.arange(len(theta)), place)
        # the share of founded groups that the cost leaves worth less than nothing, as the anchor interpolates it
        before = np.sort(founded[:, free] @ theta[free])
        level = float(np.interp(theta[place], before, np.linspace(0, 1, len(before))))
        drawn[:, place] = np.quantile(drawn[:, free] @ founded[:, free].T, level, axis=1)
    drawn.flags.writeable = False
    return drawn
