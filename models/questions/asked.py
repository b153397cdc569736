"""What all questions share: checks of what is asked, and intervals over the draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.ranks import Estimate
from coalitions.errors import CoalitionError
from models.theatre import Interest

if TYPE_CHECKING:
    from models.region import Region

__all__ = ["checked_level", "checked_sizes", "checked_states", "chosen_interests", "estimate"]


def checked_level(level: float) -> float:
    """Check that a level of confidence lies between 0 and 1, ends left out.

    Parameters
    ----------
    level : float

    Returns
    -------
    float

    Raises
    ------
    ValueError
        It does not.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must lie between 0 and 1, such as 0.9")
    return level


def checked_sizes(sizes: tuple[int, int], most: int) -> tuple[int, int]:
    """Check the bounds of a group's size, both included.

    Parameters
    ----------
    sizes : tuple of two int
    most : int
        States that could take part.

    Returns
    -------
    tuple of two int

    Raises
    ------
    CoalitionError
        Bounds that are not two whole numbers, upside down, below 2 or above the number of states.
    """
    try:
        low, high = (index(size) for size in sizes)
    except (TypeError, ValueError):
        raise CoalitionError(f"sizes are {sizes!r}; give the smallest and the largest, such as (3, 6)") from None
    if not 2 <= low <= high <= most:
        raise CoalitionError(f"sizes from {low} to {high}: 2 <= smallest <= largest <= {most} states must hold")
    return low, high


def checked_states(region: Region, states: Iterable[str]) -> tuple[str, ...]:
    """Check that states are in the pool and named once.

    Parameters
    ----------
    region : Region
    states : iterable of str, or one str

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        A state is not in the pool, or named twice.
    """
    given = (states,) if isinstance(states, str) else tuple(states)
    region.indices(given)
    if len(set(given)) < len(given):
        twice = next(state for state in given if given.count(state) > 1)
        raise ValueError(f"state {twice} is named twice")
    return given


def chosen_interests(region: Region, interests: Iterable[str] | str | None) -> tuple[Interest, ...]:
    """Look up the interests asked for, each once; all of the region's by default.

    Parameters
    ----------
    region : Region
    interests : iterable of str, or one str, or None

    Returns
    -------
    tuple of Interest

    Raises
    ------
    ValueError
        One is unknown, or none is asked for.
    """
    if interests is None:
        return region.interests
    named = (interests,) if isinstance(interests, str) else interests
    chosen = tuple(region.interest(name) for name in dict.fromkeys(named))
    if not chosen:
        known = ", ".join(interest.id for interest in region.interests)
        raise ValueError(f"no interest of {region.name} is asked for; there are {known}")
    return chosen


def estimate(value: float, draws: Sequence[float] | NDArray[np.float64], level: float) -> Estimate:
    """Set a value beside the quantiles of its draws that leave ``1 - level`` out, half at either end.

    Parameters
    ----------
    value : float
    draws : sequence of float
        Without any, the bounds are nan.
    level : float

    Returns
    -------
    Estimate

    Examples
    --------
    >>> estimate(2.0, [0.0, 1.0, 2.0, 3.0, 4.0], 0.5)
    Estimate(value=2.0, low=1.0, high=3.0)
    """
    if not len(draws):
        return Estimate(float(value), float("nan"), float("nan"))
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(value), float(low), float(high))
