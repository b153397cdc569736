"""The sweet spot in closed form: how large a group of like states should be, and when it beats alone and institution.

k states of capability a face a threat T. Each holds a stake V, wins it with the part k a of all strength, and pays g
for every member, itself included:

    u(k) = V k a / (k a + T) - g k.

Everything here takes numbers or arrays and broadcasts them. Stakes, gains and costs are in one unit; capability and
threat in another.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.errors import WorthError

__all__ = [
    "CHOICES",
    "ChoiceBand",
    "best_choice",
    "best_size",
    "choice_band",
    "institution_gain",
    "member_gain",
    "sweet_spot",
    "sweet_spot_gain",
    "turning_threat",
]

Floats = NDArray[np.float64]
CHOICES = ("nothing", "alone", "minilateral", "institution")
_COUNTED = 2.0**53  # from here on floats skip whole numbers


class ChoiceBand(NamedTuple):
    """The stakes at which the best choice changes; ``inf`` where it never does.

    Attributes
    ----------
    alone : ndarray
        From here on acting alone beats doing nothing.
    minilateral : ndarray
        From here on a group of two beats acting alone; larger stakes ask for larger groups.
    institution : ndarray
        From here on the institution beats all of these, up to ``larger``.
    larger : ndarray
        From here on a group, larger than those before, beats the institution.
    """

    alone: Floats
    minilateral: Floats
    institution: Floats
    larger: Floats

    @property
    def band(self) -> tuple[Floats, Floats]:
        """The lowest stakes, from and to, between which a group is best; nan where there are none."""
        middle = self.minilateral < self.institution
        low = np.where(middle, self.minilateral, np.maximum(self.minilateral, self.larger))
        high = np.where(middle, self.institution, np.inf)
        empty = ~np.isfinite(low)
        return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def member_gain(
    size: ArrayLike, stake: ArrayLike, capability: ArrayLike, threat: ArrayLike, unit_cost: ArrayLike
) -> Floats:
    """Give what each member of a group gains, u(k) = V k a / (k a + T) - g k.

    Parameters
    ----------
    size : array_like
        k >= 0, any number.
    stake : array_like
        V >= 0 for each member.
    capability : array_like
        a > 0 of each member.
    threat : array_like
        T >= 0.
    unit_cost : array_like
        g > 0 that each member pays for each member.

    Returns
    -------
    ndarray
        Of the shape the arguments broadcast to.

    Raises
    ------
    WorthError
        A number out of its range.

    Examples
    --------
    >>> member_gain([1, 3, 5], stake=10, capability=1, threat=5, unit_cost=0.5).round(3)
    array([1.167, 2.25 , 2.5  ])
    """
    k = _number("size", size, 0)
    v, a, t, g = _model(stake, capability, threat, unit_cost)
    return v * _win(k, a, t) - g * k


def sweet_spot(stake: ArrayLike, capability: ArrayLike, threat: ArrayLike, unit_cost: ArrayLike) -> Floats:
    """Find the size that gives each member most, k* = (sqrt(V a T / g) - T) / a, or 0.

    Parameters
    ----------
    stake, capability, threat, unit_cost : array_like
        As for ``member_gain``.

    Returns
    -------
    ndarray
        Any number from 0 on; ``best_size`` gives the whole one.

    Raises
    ------
    WorthError
        A number out of its range.

    Notes
    -----
    u'(k) = V a T / (k a + T)**2 - g falls in k and is zero at k*. More threat first enlarges groups and then breaks
    them: k* rises in T up to ``turning_threat`` and is 0 from T = V a / g on.

    Examples
    --------
    >>> sweet_spot(10, 1, [1, 5, 15, 20], 0.5).round(2)
    array([3.47, 5.  , 2.32, 0.  ])
    """
    v, a, t, g = _model(stake, capability, threat, unit_cost)
    return np.maximum(np.sqrt(v * a * t / g) - t, 0.0) / a


def sweet_spot_gain(stake: ArrayLike, capability: ArrayLike, threat: ArrayLike, unit_cost: ArrayLike) -> Floats:
    """Give what each member gains at the sweet spot, (sqrt(V) - sqrt(g T / a))**2, or 0.

    Parameters
    ----------
    stake, capability, threat, unit_cost : array_like
        As for ``member_gain``.

    Returns
    -------
    ndarray
        In the unit of the stake. At a threat of 0 it is the stake, which smaller and smaller groups come near to and
        no group attains.

    Raises
    ------
    WorthError
        A number out of its range.

    Examples
    --------
    >>> sweet_spot_gain(10, 1, [1, 5, 20], 0.5).round(3)
    array([6.028, 2.5  , 0.   ])
    """
    v, a, t, g = _model(stake, capability, threat, unit_cost)
    gain: Floats = np.maximum(np.sqrt(v) - np.sqrt(g * t / a), 0.0) ** 2
    return gain


def turning_threat(stake: ArrayLike, capability: ArrayLike, unit_cost: ArrayLike) -> tuple[Floats, Floats]:
    """Find the threat at which groups are largest, T = V a / (4 g), and their size there, V / (4 g).

    Parameters
    ----------
    stake, capability, unit_cost : array_like
        As for ``member_gain``.

    Returns
    -------
    threat, size : ndarray
        The size does not depend on capability: the stake over the cost of a partner sets the ceiling.

    Raises
    ------
    WorthError
        A number out of its range.

    Examples
    --------
    >>> threat, size = turning_threat(10, 1, 0.5)
    >>> float(threat), float(size)
    (5.0, 5.0)
    """
    v, a, _, g = _model(stake, capability, 0.0, unit_cost)
    return v * a / (4 * g), v / (4 * g) + 0 * a


def best_size(
    stake: ArrayLike,
    capability: ArrayLike,
    threat: ArrayLike,
    unit_cost: ArrayLike,
    *,
    at_least: int = 1,
    at_most: int | None = None,
) -> NDArray[np.int64]:
    """Find the whole size that gives each member most: one of the two next to the sweet spot.

    Parameters
    ----------
    stake, capability, threat, unit_cost : array_like
        As for ``member_gain``.
    at_least, at_most : int
        Bounds.

    Returns
    -------
    ndarray of int64
        The smaller one of a tie.

    Raises
    ------
    WorthError
        A number out of its range, bounds that leave nothing, or a best size above 2**53.

    Examples
    --------
    >>> best_size(10, 1, [1, 5, 15, 20], 0.5)
    array([3, 5, 2, 1])
    """
    most = np.inf if at_most is None else at_most
    if not 1 <= at_least <= most or at_least % 1 or (at_most is not None and at_most % 1):
        raise WorthError(f"sizes from {at_least} to {at_most} leave nothing; both are whole, at_least 1 or more")
    centre = sweet_spot(stake, capability, threat, unit_cost)
    below, above = (np.clip(bound, at_least, most) for bound in (np.floor(centre), np.ceil(centre)))
    gains = [member_gain(size, stake, capability, threat, unit_cost) for size in (below, above)]
    found = np.where(gains[1] > gains[0], above, below)
    if (found > _COUNTED).any():
        raise WorthError(f"the best size, {found.max():.0e} or so, is beyond all counting: give at_most")
    return found.astype(np.int64)


def institution_gain(
    stake: ArrayLike,
    capability: ArrayLike,
    threat: ArrayLike,
    members: int,
    reliability: ArrayLike,
    fixed_cost: ArrayLike,
) -> Floats:
    """Give what each member of a standing institution gains, p V n a / (n a + T) - h.

    Parameters
    ----------
    stake, capability, threat : array_like
        As for ``member_gain``.
    members : int
        n, 2 or more.
    reliability : array_like
        p from 0 to 1: the chance that it acts.
    fixed_cost : array_like
        h >= 0: what membership costs each, whatever the stake.

    Returns
    -------
    ndarray

    Raises
    ------
    WorthError
        A number out of its range.

    Examples
    --------
    >>> float(institution_gain(10, 1, 5, members=30, reliability=0.5, fixed_cost=1).round(3))
    3.286
    """
    v, a, t, _ = _model(stake, capability, threat, 1.0)
    n, p, h = _institution(members, reliability, fixed_cost)
    return p * v * _win(np.float64(n), a, t) - h


def best_choice(
    stake: ArrayLike,
    capability: ArrayLike,
    threat: ArrayLike,
    unit_cost: ArrayLike,
    members: int,
    reliability: ArrayLike,
    fixed_cost: ArrayLike,
) -> NDArray[np.int64]:
    """Choose between nothing, acting alone, a group of two and more, and the institution.

    Parameters
    ----------
    stake, capability, threat, unit_cost : array_like
        As for ``member_gain``.
    members, reliability, fixed_cost
        As for ``institution_gain``; groups have fewer members than the institution.

    Returns
    -------
    ndarray of int64
        Positions in ``CHOICES``; the earlier one of a tie.

    Raises
    ------
    WorthError
        A number out of its range.

    Notes
    -----
    For a phase diagram hand over two crossed arrays, such as capability as a row and reliability as a column.

    Examples
    --------
    >>> [CHOICES[k] for k in best_choice([1, 4, 8, 60], 1, 5, 0.5, members=30, reliability=0.9, fixed_cost=5)]
    ['nothing', 'alone', 'minilateral', 'institution']
    """
    given = stake, capability, threat
    n, _, _ = _institution(members, reliability, fixed_cost)
    alone = member_gain(1, *given, unit_cost)
    group = np.full_like(alone, -np.inf)
    if n > 2:
        size = best_size(*given, unit_cost, at_least=2, at_most=n - 1)
        group = member_gain(size, *given, unit_cost)
    gains = [np.zeros_like(alone), alone, group, institution_gain(*given, members, reliability, fixed_cost)]
    chosen: NDArray[np.int64] = np.argmax(np.stack(np.broadcast_arrays(*gains)), axis=0)
    return chosen


def choice_band(
    capability: ArrayLike,
    threat: ArrayLike,
    unit_cost: ArrayLike,
    members: int,
    reliability: ArrayLike,
    fixed_cost: ArrayLike,
) -> ChoiceBand:
    """Find the stakes at which the best choice changes.

    Parameters
    ----------
    capability, threat, unit_cost : array_like
        As for ``member_gain``.
    members, reliability, fixed_cost
        As for ``institution_gain``; groups have fewer members than the institution.

    Returns
    -------
    ChoiceBand
        Exact up to rounding; ``.band`` is where a group is best.

    Raises
    ------
    WorthError
        A number out of its range.

    Notes
    -----
    What each choice gives is a straight line in the stake, with slope F_k = k a / (k a + T) and intercept -g k for a
    group of k, and slope p F_n and intercept -h for the institution; the best choice is their upper envelope. So the
    institution is best in one interval: above all lines with a lower slope, from max (h - g k) / (p F_n - F_k), and
    below those with a higher one, up to min (g k - h) / (F_k - p F_n); a reliability of at least F_(n-1) / F_n leaves
    none of these. As u(k) is concave in k, some group beats acting alone when a pair does, from the stake
    g (a + T) (2 a + T) / (a T) on. O(members) array operations.

    Examples
    --------
    An alliance of 30 that acts in nine cases of ten: small groups serve middling stakes, and the largest ones too,
    where a tenth of the stake is more than what many partners cost.

    >>> found = choice_band(1, 5, 0.5, members=30, reliability=0.9, fixed_cost=5)
    >>> [round(float(stake), 2) for stake in found]
    [3.0, 4.2, 9.21, 116.55]
    """
    _, a, t, g = _model(0.0, capability, threat, unit_cost)
    n, p, h = _institution(members, reliability, fixed_cost)
    a, t, g, p, h = np.broadcast_arrays(a, t, g, p, h)
    slope = p * _win(np.float64(n), a, t)
    low, high = np.zeros(a.shape), np.full(a.shape, np.inf)
    for k in range(n):
        steeper = _win(np.float64(k), a, t) - slope
        ahead = g * k - h  # how much cheaper the institution is
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = ahead / steeper
        low = np.where(steeper < 0, np.maximum(low, crossing), np.where((steeper == 0) & (ahead <= 0), np.inf, low))
        high = np.where(steeper > 0, np.minimum(high, crossing), high)
    never = low >= high
    with np.errstate(divide="ignore"):
        pair = g * (a + t) * (2 * a + t) / (a * t)
    return ChoiceBand(
        alone=g * (a + t) / a,
        minilateral=pair if n > 2 else np.full(a.shape, np.inf),
        institution=np.where(never, np.inf, low),
        larger=np.where(never, np.inf, high),
    )


def _win(size: Any, capability: Floats, threat: Floats) -> Floats:
    strength = np.asarray(size * capability)
    total = strength + threat
    won: Floats = np.divide(strength, total, out=np.zeros(total.shape), where=total > 0)
    return won


def _model(
    stake: ArrayLike, capability: ArrayLike, threat: ArrayLike, unit_cost: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    return (
        _number("stake", stake, 0),
        _number("capability", capability, 0, strictly=True),
        _number("threat", threat, 0),
        _number("unit_cost", unit_cost, 0, strictly=True),
    )


def _institution(members: int, reliability: ArrayLike, fixed_cost: ArrayLike) -> tuple[int, Floats, Floats]:
    if not members >= 2 or members % 1:
        raise WorthError(f"members is {members!r}; an institution has two or more")
    trust = _number("reliability", reliability, 0)
    if (trust > 1).any():
        raise WorthError(f"reliability is {trust[trust > 1].flat[0]}; it must lie between 0 and 1")
    return int(members), trust, _number("fixed_cost", fixed_cost, 0)


def _number(name: str, given: ArrayLike, least: float, *, strictly: bool = False) -> Floats:
    numbers = np.asarray(given, np.float64)
    bad = ~(np.isfinite(numbers) & ((numbers > least) if strictly else (numbers >= least)))
    if bad.any():
        raise WorthError(
            f"{name} is {numbers[bad].flat[0]}; it must be finite and {'above' if strictly else 'at least'} {least:g}"
        )
    return numbers
