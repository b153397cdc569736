"""What a report on a region is given: coefficients fitted to several regions together, and the test of that fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from coalitions.errors import ChoiceError
from models.baselines import BASELINES, THREE_TERMS
from models.calibrated import THEATRES, calibrate
from models.fitting import as_regions, hierarchical
from models.holdout import SPLIT, holdout

if TYPE_CHECKING:
    from models.region import Region

__all__ = ["evidence"]


def evidence(region: Region | str, *, year: int | None = None, level: float = 0.90, seed: int = 0) -> dict[str, Any]:
    """Fit a region together with the three theatres, and test that fit on later groups.

    Parameters
    ----------
    region : Region or name
    year : int, optional
        Last year of founding and of figures; by default the region's last.
    level : float, default 0.90
        Of the intervals of the test.
    seed : int, default 0
        Of its bootstrap.

    Returns
    -------
    dict
        Arguments of ``coalitions.report.study``: fit, coefficients, and validation where the region has groups to
        foretell.

    Raises
    ------
    ChoiceError
        Too few groups by the year, or the region has other terms than the theatres.
    ValueError
        The year is outside the region's figures.

    Examples
    --------
    >>> import models
    >>> from coalitions.report import study
    >>> found = study(models.load("global-order"), max_size=3, **evidence("global-order"))
    >>> found.coefficients.own, len(found.plan.groups) > 0
    (False, True)
    """
    ((name, chosen),) = as_regions(region).items()
    year = chosen.years[-1] if year is None else year
    chosen.panel.check_year(year)
    together = {**as_regions(THEATRES), name: chosen}.values()
    able = next(y for y in chosen.years if y == chosen.years[-1] or _fitted(together, y) > 1)
    if year < able:
        raise ChoiceError(
            f"year {year}: too few groups were founded by then to fit regions together; they can be from {able} on"
        )
    found = calibrate(chosen, year=year)
    given: dict[str, Any] = {"fit": found.fit, "coefficients": found.coefficients[name]}
    if chosen.choice_data(since=SPLIT + 1).choices:
        rules = {**BASELINES, THREE_TERMS.name: THREE_TERMS}
        given["validation"] = holdout(together, fitter=hierarchical(together), baselines=rules, level=level, seed=seed)
    return given


def _fitted(regions: Iterable[Region], year: int) -> int:
    """Count the regions with groups of two circles of founders by a year: fewer give no errors."""
    return sum(len({choice.family for choice in r.choice_data(until=year).choices}) > 1 for r in regions)
