"""How large should a group be for each interest? What members gain by size, against a formula and what was founded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.errors import CoalitionError
from coalitions.result import Result
from models.payoff import parts
from models.questions.asked import checked_level, checked_sizes, chosen_interests
from models.questions.search import FITTED, Leading, leading, scouts
from models.questions.theory import region_named, theory, vector
from models.theatre import Theatre

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from models.calibrated import Calibrated
    from models.region import Region

__all__ = ["SizeCurve", "SizeCurves", "like_members", "size_curves"]

Floats = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class SizeCurve:
    """What the best group of each size gives a member, for one interest.

    Attributes
    ----------
    interest, title, objective : str
    sizes : tuple of int
    best : tuple of tuple of str
        The best group of each size.
    per_member : ndarray, shape (sizes,)
        Its worth, a member.
    low, high : ndarray
        Over the draws, the best group of each draw taken anew.
    like : ndarray
        What a group of as many members would give each if all were like the mean member of the best group.
    peaks : mapping of int to float
        Share of the draws in which the worth a member is largest at a size.
    whole_peaks : mapping of int to float
        Share of the draws in which the worth of the whole group is: it does not hang on the zero of worths.
    prior : ndarray
        Worth a member by the coefficients of theory alone, of the groups best by these.
    observed : tuple of int
        Founders of each minilateral founded for the interest by the year, of the smallest size drawn or larger.
    """

    interest: str
    title: str
    objective: str
    sizes: tuple[int, ...]
    best: tuple[tuple[str, ...], ...]
    per_member: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    like: Floats = field(repr=False)
    peaks: Mapping[int, float]
    whole_peaks: Mapping[int, float]
    prior: Floats = field(repr=False)
    observed: tuple[int, ...]

    @property
    def peak(self) -> int:
        """The size that gives a member most; the smaller one of a tie."""
        return self.sizes[int(np.argmax(self.per_member))]

    @property
    def whole_peak(self) -> int:
        """The size whose best group is worth most as a whole."""
        return self.sizes[int(np.argmax(self.per_member * np.array(self.sizes)))]

    @property
    def like_peak(self) -> int:
        """The best size for members alike: the closed form, rounded to the better neighbour."""
        return self.sizes[int(np.argmax(self.like))]

    @property
    def prior_peak(self) -> int:
        """The best size a member by theory alone."""
        return self.sizes[int(np.argmax(self.prior))]

    def interval(self, level: float = 0.9, *, whole: bool = False) -> tuple[int, int]:
        """Give the sizes between which the peak lies in a share ``level`` of the draws, tails cut evenly."""
        shares = self.whole_peaks if whole else self.peaks
        reached = np.cumsum([shares[size] for size in self.sizes])
        ends = [int(np.searchsorted(reached, at - 1e-12)) for at in ((1 - level) / 2, (1 + level) / 2)]
        low, high = (self.sizes[min(end, len(self.sizes) - 1)] for end in ends)
        return low, high


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SizeCurves(Result):
    """Curves of worth a member against size, one for each interest of a region.

    Attributes
    ----------
    region : str
    year : int
    level : float
        Of the intervals.
    paying : float or None
        The anchor of the cost of founding, on which the best size a member hangs (``Region.anchored``).
    curves : tuple of SizeCurve
    """

    region: str
    year: int
    level: float
    paying: float | None
    curves: tuple[SizeCurve, ...]

    def __getitem__(self, interest: str) -> SizeCurve:
        for curve in self.curves:
            if curve.interest == interest:
                return curve
        raise ValueError(f"no curve for interest {interest!r}; there are {', '.join(c.interest for c in self.curves)}")

    def to_frame(self) -> pd.DataFrame:
        """Give one row an interest and size.

        Returns
        -------
        pandas.DataFrame
            Columns ``interest``, ``objective``, ``size``, ``best``, ``per_member``, ``low``, ``high``, ``like``,
            ``peaks``, ``whole_peaks``, ``prior``, ``observed`` (groups founded of that size).
        """
        import pandas as pd

        rows = [
            {
                "interest": c.interest,
                "objective": c.objective,
                "size": size,
                "best": c.best[k],
                "per_member": c.per_member[k],
                "low": c.low[k],
                "high": c.high[k],
                "like": c.like[k],
                "peaks": c.peaks[size],
                "whole_peaks": c.whole_peaks[size],
                "prior": c.prior[k],
                "observed": c.observed.count(size),
            }
            for c in self.curves
            for k, size in enumerate(c.sizes)
        ]
        return pd.DataFrame(rows)

    def peaks(self) -> pd.DataFrame:
        """Give one row an interest: the best sizes with their intervals, beside those founded.

        Returns
        -------
        pandas.DataFrame
            Columns ``objective``, ``per_member``, ``from``, ``to``, ``whole``, ``whole_from``, ``whole_to``,
            ``like``, ``prior``, ``observed`` (the median size founded), ``groups``.
        """
        import pandas as pd

        rows = []
        for c in self.curves:
            (low, high), (whole_low, whole_high) = c.interval(self.level), c.interval(self.level, whole=True)
            rows.append(
                {
                    "interest": c.interest,
                    "objective": c.objective,
                    "per_member": c.peak,
                    "from": low,
                    "to": high,
                    "whole": c.whole_peak,
                    "whole_from": whole_low,
                    "whole_to": whole_high,
                    "like": c.like_peak,
                    "prior": c.prior_peak,
                    "observed": float(np.median(c.observed)) if c.observed else float("nan"),
                    "groups": len(c.observed),
                }
            )
        return pd.DataFrame(rows).set_index("interest")

    def plot(self, ax: Axes | None = None, interest: str | None = None) -> Axes:
        """Draw the curve of one interest, by default the first, over the sizes founded.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
        interest : str, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from models.questions.size_figures import draw_size_curve

        return draw_size_curve(self.curves[0] if interest is None else self[interest], ax)

    def plot_all(self, figure: Figure | None = None) -> Figure:
        """Draw the curves of all interests side by side.

        Parameters
        ----------
        figure : matplotlib.figure.Figure, optional

        Returns
        -------
        matplotlib.figure.Figure
        """
        from models.questions.size_figures import draw_size_curves

        return draw_size_curves(self, figure)

    def _headline(self) -> str:
        ranges = [
            f"{min(sizes)} to {max(sizes)}" if min(sizes) < max(sizes) else f"{min(sizes)}"
            for sizes in ([c.peak for c in self.curves], [c.whole_peak for c in self.curves])
        ]
        return (
            f"{self.region} in {self.year}: a member gains most in groups of {ranges[0]}, all together in {ranges[1]}"
        )

    def __repr__(self) -> str:
        lines = [self._headline(), f"{'':<6}{'a member':<14}{'as a whole':<14}{'if alike':<10}{'theory':<8}founded"]
        for name, row in self.peaks().iterrows():
            own, whole = (f"{row[a]} [{row[b]}, {row[c]}]" for a, b, c in (_OWN, _WHOLE))
            founded = f"{row['observed']:g} ({row['groups']})" if row["groups"] else "none"
            lines.append(f"{name!s:<6}{own:<14}{whole:<14}{row['like']!s:<10}{row['prior']!s:<8}{founded}")
        return "\n".join(lines)


_OWN, _WHOLE = ("per_member", "from", "to"), ("whole", "whole_from", "whole_to")


def size_curves(
    calibrated: Calibrated,
    region: str,
    *,
    sizes: tuple[int, int] = FITTED,
    interests: Iterable[str] | None = None,
    level: float = 0.9,
) -> SizeCurves:
    """Draw what members of the best group of each size gain, for every interest of a region.

    Parameters
    ----------
    calibrated : Calibrated
    region : str
        One of those calibrated.
    sizes : tuple of two int
        The smallest and the largest; groups of three to nine were fitted.
    interests : iterable of str, optional
        All of the region's by default.
    level : float
        Of the intervals, which run over the draws of the fit.

    Returns
    -------
    SizeCurves

    Raises
    ------
    ValueError
        An unknown region or interest, a level that is no share.
    CoalitionError
        Sizes that make no sense.

    Notes
    -----
    The cost of founding, shared by the members, is what makes larger groups better at all, and no choice among groups
    can tell it: it comes from the anchor of ``Region.anchored``. So the best size a member moves with the anchor; the
    size at which the whole group is worth most does not, because every group pays the same to be founded.

    References
    ----------
    .. [1] J. M. Buchanan (1965), An economic theory of clubs, Economica 32, 1-14.

    Examples
    --------
    >>> import models
    >>> found = size_curves(models.calibrate(draws=100), "asia-pacific", interests=["AP1"], sizes=(3, 6))
    >>> found["AP1"].peak, found["AP1"].whole_peak
    (3, 4)
    """
    place = region_named(calibrated, region)
    checked_level(level)
    chosen = chosen_interests(place, interests)
    vectors = scouts(calibrated, region)
    prior = vector(place, theory(calibrated, region))
    curves = []
    for interest in chosen:
        low, high = checked_sizes(sizes, len(place.eligible(interest.id)))
        found = leading(place, interest.id, calibrated.year, vectors, (low, high), keep=40, width=150)
        counts = np.arange(low, high + 1)
        drawn = np.array([_best(found[k], calibrated.draws[region]) for k in counts.tolist()]).T / counts
        bounds = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
        tops = {k: found[k].members[int(np.argmax(found[k].features @ vectors[0]))] for k in counts.tolist()}
        per_member = np.array([float(_best(found[k], vectors[:1])[0]) / k for k in counts.tolist()])
        model = tops[int(counts[int(np.argmax(per_member))])]
        curves.append(
            SizeCurve(
                interest=interest.id,
                title=interest.title,
                objective=interest.objective,
                sizes=tuple(counts.tolist()),
                best=tuple(tuple(place.states[i] for i in tops[k]) for k in counts.tolist()),
                per_member=per_member,
                low=bounds[0],
                high=bounds[1],
                like=like_members(place, interest.id, calibrated.year, model, vectors[0], counts),
                peaks=_shares(drawn, counts),
                whole_peaks=_shares(drawn * counts, counts),
                prior=np.array([float(_best(found[k], prior[None])[0]) / k for k in counts.tolist()]),
                observed=tuple(
                    len(g.founders)
                    for g in place.groups
                    if g.interest == interest.row
                    and g.kind == "minilateral"
                    and g.start <= calibrated.year
                    and len(g.founders) >= low
                ),
            )
        )
    return SizeCurves(region=region, year=calibrated.year, level=level, paying=calibrated.paying, curves=tuple(curves))


def like_members(
    region: Region,
    interest: str,
    year: int,
    model: NDArray[np.integer] | list[int],
    coefficients: Floats,
    sizes: NDArray[np.integer] | list[int],
) -> Floats:
    """Say what members of a group would gain each if all were like the mean member of a given one.

    With everything about partners the same, only size is left: u(k) = A + V F(k a) - g k - B / k for as many like
    members, the closed form of a sweet spot (``models.closed_form.member_gain``; g is half the cost of keeping a pair
    in step less what one more partner adds by itself, B the cost of founding less what grows with the others' share).
    Where strength weighs little the best size is the square root of B / g. What partners give each other is the mean
    over the pairs of the group, so at its own size the like group is worth what the group is, but for strength.

    Parameters
    ----------
    region : Region
    interest : str
    year : int
    model : sequence of int
        Pool indices of the group whose means are taken, two at least.
    coefficients : ndarray, shape (K,)
    sizes : sequence of int
        Each 1 or more.

    Returns
    -------
    ndarray, shape (sizes,)
        Worth a member; 0 for a state alone.

    Raises
    ------
    CoalitionError
        A group of fewer than two, or a size below 1.
    """
    like = [int(i) for i in model]
    if len(like) < 2:
        raise CoalitionError(f"the group to copy has {len(like)} member(s); two are needed")
    if int(np.min(sizes)) < 1:
        raise CoalitionError(f"size {int(np.min(sizes))}: a group has one member at least")
    scene = region.theatre(interest, year)
    copies = _copies(scene, like, int(np.max(sizes)))
    given = parts(region.terms, scene, np.array([like]), region.settings)[0].mean(axis=1)
    weights = np.asarray(coefficients, dtype=np.float64)
    each = []
    for size in map(int, sizes):
        found = parts(region.terms, copies, np.arange(size)[None], region.settings)[0].mean(axis=1)
        for k, term in enumerate(region.terms):
            # a table says what one partner gives: among likes it stays the mean, however many there are
            if term.table is not None and size > 1:
                found[k] = given[k] * ((size - 1) / (len(like) - 1) if term.summed else 1)
        each.append(float(weights @ found))
    return np.array(each)


def _copies(scene: Theatre, model: list[int], count: int) -> Theatre:
    """Make a theatre for the formulas of so many states that are all the mean of some."""
    pairs = ~np.eye(len(model), dtype=bool)

    def alike(figures: Floats) -> Floats:
        return np.full(count, float(figures[model].mean()))

    nothing = np.zeros((count, count))
    similarity = np.full((count, count), float(scene.similarity[np.ix_(model, model)][pairs].mean()))
    np.fill_diagonal(similarity, 1.0)
    # the pivot cannot be copied: its place is given to the first member where it was one
    return replace(
        scene,
        states=tuple(f"like {k}" for k in range(count)),
        pivot=0 if scene.pivot in model else -1,
        rivals=(),
        strengths=tuple(alike(own) for own in scene.strengths),
        bodies=tuple(replace(body, inside=alike(body.inside)) for body in scene.bodies),
        affinity=nothing,
        similarity=similarity,
        nearness=nothing,
        ties=nothing,
        alone=alike(scene.alone),
        coverage=alike(scene.coverage),
        stake=alike(scene.stake),
        pressure=alike(scene.pressure),
        resources=alike(scene.resources),
        exposure=alike(scene.exposure),
        dependence=alike(scene.dependence),
        conflict=alike(scene.conflict),
    )


def _best(found: Leading, coefficients: Floats) -> Floats:
    """Give the worth of the best group under each of some coefficient vectors."""
    return np.asarray((coefficients @ found.features.T).max(axis=1))


def _shares(drawn: Floats, sizes: NDArray[np.integer]) -> dict[int, float]:
    at = np.argmax(drawn, axis=1)
    return {int(size): float((at == k).mean()) for k, size in enumerate(sizes)}
