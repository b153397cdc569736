"""What theory alone would say: coefficients at the priors' means, to set beside those the groups gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.panel import nearest

if TYPE_CHECKING:
    from models.calibrated import Calibrated
    from models.region import Region

__all__ = ["region_named", "theory", "vector"]


def theory(calibrated: Calibrated, region: str) -> dict[str, float]:
    """Give the coefficients a theorist would start from, anchored as the fitted ones are.

    Parameters
    ----------
    calibrated : Calibrated
    region : str
        One of its regions.

    Returns
    -------
    dict of str to float
        By term: the prior mean; the cost of founding so that the same share of founded groups pays. In a region where
        nobody founded a group, the mean cost of the fitted regions.

    Raises
    ------
    ValueError
        No such region was asked for.

    Examples
    --------
    >>> import models
    >>> found = models.calibrate("asia-pacific", draws=1)
    >>> theory(found, "asia-pacific")["capability"]
    2.0
    """
    own = region_named(calibrated, region)
    if own.choice_data(until=calibrated.year).choices:
        return _anchored(calibrated, own)
    costs = [_anchored(calibrated, other)["setup"] for other in calibrated.fitted.values()]
    return {**_prior(own), "setup": float(np.mean(costs))}


def region_named(calibrated: Calibrated, region: str) -> Region:
    """Look a region up.

    Parameters
    ----------
    calibrated : Calibrated
    region : str

    Returns
    -------
    Region

    Raises
    ------
    ValueError
        No such region was asked for, the message names the nearest; or there are no draws.
    """
    if region not in calibrated.regions:
        hint = nearest(str(region), calibrated.regions) or f"; there are {', '.join(calibrated.regions)}"
        raise ValueError(f"no region {region!r} was calibrated{hint}")
    if calibrated.size < 1:
        raise ValueError("calibrated without draws, which intervals come from; ask for some: calibrate(draws=500)")
    return calibrated.regions[region]


def vector(region: Region, coefficients: dict[str, float]) -> NDArray[np.float64]:
    """Put coefficients in the order of the region's terms.

    Parameters
    ----------
    region : Region
    coefficients : dict of str to float
        One for each of its K terms.

    Returns
    -------
    ndarray, shape (K,)
    """
    return np.array([coefficients[name] for name in region.names])


def _prior(region: Region) -> dict[str, float]:
    return dict(zip(region.names, region.prior_mean.tolist(), strict=True))


def _anchored(calibrated: Calibrated, region: Region) -> dict[str, float]:
    return region.anchored(_prior(region), calibrated.year, paying=calibrated.paying)
