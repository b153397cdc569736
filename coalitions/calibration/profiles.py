"""Profile likelihood of a parameter that the terms are not linear in: a decay, a substitution, a threshold."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.choice import fit
from coalitions.calibration.fitted import Fit
from coalitions.calibration.hierarchical import HierarchicalFit
from coalitions.calibration.hierarchy import fit_hierarchy
from coalitions.calibration.identification import overstatement
from coalitions.calibration.likelihood import Likelihood, one_thread
from coalitions.calibration.sets import ChoiceSets
from coalitions.errors import ChoiceError
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Sets = ChoiceSets | Mapping[str, ChoiceSets]

LEVEL = 0.95
"""Of the interval whose ends are solved for; others are read off between the values tried."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Profile(Result):
    """Hold the profile likelihood of one parameter.

    Attributes
    ----------
    name : str
    estimate : float
        Where the profile is highest among all values in range.
    fit : Fit or HierarchicalFit
        At the estimate.
    values : array (V,)
        Tried, ascending.
    log_likelihoods : array (V,)
        What is maximised over the coefficients at each: the objective of the fit (the log marginal likelihood of a
        hierarchy), plus the log prior of the value.
    adjustment : float
        By how much overlapping sets exaggerate differences of the log likelihood.
    at_edge : str
        ``"lowest"`` or ``"highest"`` where the profile still rises at that end of the range, else ``""``.
    peaks : int
        Local maxima among the values tried.
    """

    name: str
    estimate: float
    fit: Fit | HierarchicalFit
    values: Floats
    log_likelihoods: Floats
    adjustment: float
    at_edge: str
    peaks: int

    def __post_init__(self) -> None:
        self.values.flags.writeable = False
        self.log_likelihoods.flags.writeable = False

    @property
    def flat(self) -> bool:
        """Whether the data bound the value from neither side within the range."""
        return not np.isfinite(self.interval(LEVEL)).any()

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Give the values whose adjusted likelihood ratio is within the quantile of F(1, degrees of freedom).

        Parameters
        ----------
        level : float, default 0.95
            Between 0 and 1.

        Returns
        -------
        tuple of two float
            -inf and inf where the data do not bound the value within the range tried; where there are several peaks
            the interval reaches from the first to the last that belongs to it.

        Raises
        ------
        ChoiceError
            The level is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise ChoiceError(f"level is {level}; it must lie between 0 and 1")
        fall = np.sqrt(np.maximum(self.log_likelihoods.max() - self.log_likelihoods, 0.0))
        limit = np.sqrt(_drop(self.fit, self.adjustment, level))
        inside = np.flatnonzero(fall <= limit)
        ends = []
        for last, step, none in ((inside[0], -1, -np.inf), (inside[-1], 1, np.inf)):
            beyond = last + step
            if not 0 <= beyond < len(self.values):
                ends.append(none)
                continue
            # the root of the fall is nearly linear where the profile is nearly a parabola
            part = (limit - fall[last]) / (fall[beyond] - fall[last])
            ends.append(float(self.values[last] + part * (self.values[beyond] - self.values[last])))
        return ends[0], ends[1]

    @property
    def sentence(self) -> str:
        """What the data say about the value, in words."""
        low, high = self.interval()
        first, last = f"{self.values[0]:.3g}", f"{self.values[-1]:.3g}"
        if self.flat:
            return f"{self.name}: flat, the data do not tell it between {first} and {last}"
        text = f"{self.name} {self.estimate:.3g}, 95% interval "
        if np.isfinite(low) and np.isfinite(high):
            text += f"{low:.3g} to {high:.3g}"
        elif np.isfinite(low):
            text += f"from {low:.3g}; the data do not bound it from above (tried up to {last})"
        else:
            text += f"up to {high:.3g}; the data do not bound it from below (tried down to {first})"
        if self.at_edge:
            text += f"; the profile still rises at the {self.at_edge} value tried"
        if self.peaks > 1:
            text += f"; {self.peaks} peaks, the interval spans them"
        return text

    def to_frame(self) -> pd.DataFrame:
        """Give one row a value tried.

        Returns
        -------
        pandas.DataFrame
            value, log_likelihood, ratio (twice the fall from the highest, adjusted: chi-square with one degree of
            freedom in large samples).
        """
        import pandas as pd

        fall = 2 * (self.log_likelihoods.max() - self.log_likelihoods) / self.adjustment
        return pd.DataFrame({"value": self.values, "log_likelihood": self.log_likelihoods, "ratio": fall})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the profile with its 95 % interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(6, 3.5))[1]
        fall = (self.log_likelihoods - self.log_likelihoods.max()) / self.adjustment
        low, high = np.clip(self.interval(), self.values[0], self.values[-1])
        axes.axvspan(low, high, color="#0072B2", alpha=0.12, linewidth=0)
        axes.plot(self.values, fall, marker="o", markersize=3.5, color="#0072B2")
        axes.axhline(-_drop(self.fit, 1.0, LEVEL), color="0.5", linewidth=0.8, linestyle="--")
        axes.axvline(self.estimate, color="0.3", linewidth=0.8)
        axes.set_xlabel(self.name)
        axes.set_ylabel("profile log likelihood, adjusted")
        axes.set_title(self.sentence, fontsize=8.5, wrap=True)
        axes.spines[["top", "right"]].set_visible(False)
        return axes

    def _headline(self) -> str:
        return f"Profile likelihood: {self.sentence}"

    def __repr__(self) -> str:
        rows = self.to_frame().to_string(index=False, float_format="{:.4g}".format)
        return f"{self._headline()}\n{rows}"


@one_thread()
def profile(
    build: Callable[[float], Sets],
    values: Sequence[float] | None = None,
    *,
    bounds: tuple[float, float] | None = None,
    points: int = 9,
    name: str = "value",
    log_prior: Callable[[float], float] | None = None,
    refine: bool = True,
    **fit_options: Any,
) -> Profile:
    """Find a parameter of the terms by the likelihood that is left when the coefficients are fitted at each value.

    Parameters
    ----------
    build : callable
        ``build(value)`` gives the choice sets, or a mapping of regions to them, with terms computed at that value. The
        same choices in the same order every time.
    values : sequence of float, optional
        Three or more to try.
    bounds : tuple of two float, optional
        Instead of values: ``points`` values between, ends included.
    points : int, default 9
    name : str, default "value"
        What tables and messages call it.
    log_prior : callable, optional
        Added to the log likelihood: ``lambda value: -((value - 2) / 0.5) ** 2 / 2`` says 2, give or take 0.5.
    refine : bool, default True
        Also search between the values tried (Brent), and solve for the ends of the 95 % interval.
    **fit_options
        Passed to `fit`, or `fit_hierarchy` where build gives a mapping; magnitudes are estimated once, in the middle
        of the range, and held: else likelihoods at different values could not be compared.

    Returns
    -------
    Profile

    Raises
    ------
    ChoiceError
        Neither or both of values and bounds; fewer than three values; a fit that is refused or does not converge (the
        message says at which value); choices that change with the value; ``firth``.

    Notes
    -----
    *Interval.* Overlapping sets make log likelihood ratios too large: for one parameter by
    lambda = J / H (Kent 1982; Varin, Reid, Firth 2011), with H minus the second derivative of the profile and J the
    clustered variance of its slope, both by differences at the maximum. Priors stand in both, as in the covariance of
    `fit`. The ratio over lambda is held against the quantile of F(1, degrees of freedom of the fit - 1). Where the
    maximum lies at an end of the range, lambda is that of the coefficients, tr(H^-1 J) / p; it is never taken below
    what it would be without overlap, 1 over unscaled likelihoods: with few groups, less is chance (Angrist,
    Pischke 2009, chapter 8, of robust standard errors).

    *Priors of coefficients* are per unit of a term. If a term's scale changes with the value, divide the term by its
    spread in ``build``, or the prior pulls on the value too.

    Time: a fit a value, about 30 with refinement.

    References
    ----------
    .. [1] J. T. Kent (1982), Robust properties of likelihood ratio tests, Biometrika 69, 19-27.
    .. [2] C. Varin, N. Reid, D. Firth (2011), An overview of composite likelihood methods, Statistica Sinica 21, 5-42.
    .. [3] R. E. Chandler, S. Bate (2007), Inference for clustered data using the independence loglikelihood,
       Biometrika 94, 167-183.
    .. [4] J. D. Angrist, J.-S. Pischke (2009), Mostly Harmless Econometrics, Princeton University Press.

    Examples
    --------
    >>> from coalitions.calibration import completion_sets
    >>> wealth = np.array([9.0, 7.0, 3.0, 2.0, 1.0, 0.5])
    >>> pacts = [("north", (0, 1)), ("south", (0, 2)), ("east", (1, 4)), ("west", (3, 5)), ("far", (0, 3))]
    >>> def build(power):
    ...     total = lambda members, context: (wealth[members] ** power).sum(axis=1)[:, None]
    ...     return completion_sets(pacts, 6, total, ["wealth"])
    >>> print(profile(build, bounds=(0.2, 1.5), name="power", points=5).sentence)
    power: flat, the data do not tell it between 0.2 and 1.5
    """
    grid = _grid(values, bounds, points)
    if fit_options.get("firth"):
        raise ChoiceError("firth=True: its penalty depends on the scale of the terms, which changes with the value")
    search = _Search(build, name, log_prior, fit_options, float(grid[len(grid) // 2]))
    best = max(grid, key=search.height)
    place = grid.index(best)
    if refine:
        from scipy.optimize import minimize_scalar

        low, high = grid[max(place - 1, 0)], grid[min(place + 1, len(grid) - 1)]
        found = minimize_scalar(
            lambda v: -search.height(float(v)), bounds=(low, high), options={"xatol": 1e-4 * (grid[-1] - grid[0])}
        )
        best = max((best, float(found.x)), key=search.height)
    edge = {grid[0]: "lowest", grid[-1]: "highest"}.get(best, "")
    adjustment = search.adjustment(best, grid)
    fitted = search.at(best).fit
    if refine:
        search.solve_ends(best, _drop(fitted, adjustment, LEVEL), grid)
    tried = np.array(sorted(search.known))
    heights = np.array([search.known[v].height for v in tried])
    coarse = np.array([search.known[v].height for v in sorted({*grid, best})])
    up = np.diff(np.r_[-np.inf, coarse, -np.inf]) > 1e-9 * (1 + np.abs(coarse).max())
    return Profile(
        name=name,
        estimate=float(best),
        fit=fitted,
        values=tried,
        log_likelihoods=heights,
        adjustment=adjustment,
        at_edge=edge,
        peaks=max(1, int((up[:-1] & ~up[1:]).sum())),
    )


@one_thread()
def profile_all(
    build: Callable[[dict[str, float]], Sets],
    bounds: Mapping[str, tuple[float, float]],
    *,
    start: Mapping[str, float] | None = None,
    points: int = 7,
    rounds: int = 4,
    tolerance: float = 1e-2,
    log_priors: Mapping[str, Callable[[float], float]] | None = None,
    **fit_options: Any,
) -> dict[str, Profile]:
    """Find several such parameters in turn, each with the others held at their best, until none moves.

    Parameters
    ----------
    build : callable
        ``build({"decay": 2.0, ...})`` gives the choice sets.
    bounds : mapping of name to (low, high)
    start : mapping of name to value, optional
        Where to begin; the middle of the bounds by default.
    points : int, default 7
        Values of each in each round.
    rounds : int, default 4
        At most.
    tolerance : float, default 0.01
        Stop when no parameter moves by more, as a share of its bounds.
    log_priors : mapping of name to callable, optional
    **fit_options
        As for `profile`.

    Returns
    -------
    dict of name to Profile
        Each holds the others at their estimates, so where parameters trade off its interval is too narrow: look at the
        peaks of ``build`` along both.

    Raises
    ------
    ChoiceError
        As `profile`; a start or prior for a parameter without bounds.

    Examples
    --------
    >>> from coalitions.calibration import completion_sets
    >>> wealth = np.array([9.0, 7.0, 3.0, 2.0, 1.0, 0.5])
    >>> pacts = [("north", (0, 1)), ("south", (0, 2)), ("east", (1, 4)), ("west", (3, 5)), ("far", (0, 3))]
    >>> def build(at):
    ...     total = lambda members, context: (wealth[members] ** at["power"]).sum(axis=1)[:, None]
    ...     return completion_sets(pacts, 6, total, ["wealth"])
    >>> list(profile_all(build, {"power": (0.2, 1.5)}, points=3))
    ['power']
    """
    for what, given in (("start", start), ("log_priors", log_priors)):
        for name in given or {}:
            if name not in bounds:
                raise ChoiceError(f"{what} names {name!r}, which has no bounds; there are {', '.join(bounds)}")
    held = {name: (start or {}).get(name, (low + high) / 2) for name, (low, high) in bounds.items()}

    def along(name: str) -> Profile:
        return profile(
            lambda value: build({**held, name: value}),
            bounds=bounds[name],
            points=points,
            name=name,
            log_prior=(log_priors or {}).get(name),
            **fit_options,
        )

    for _ in range(rounds):
        before = dict(held)
        for name in bounds:
            held[name] = along(name).estimate
        moves = [abs(held[name] - before[name]) / (high - low) for name, (low, high) in bounds.items()]
        if len(bounds) == 1 or max(moves) <= tolerance:
            break
    return {name: along(name) for name in bounds}


class _Try(NamedTuple):
    """A fit at one value: the height of the profile, its sums by cluster, and all coefficients end to end."""

    height: float
    fit: Fit | HierarchicalFit
    clusters: dict[Hashable, float]


class _Search:
    """Fits at all values tried so far, each once."""

    def __init__(
        self,
        build: Callable[[float], Sets],
        name: str,
        log_prior: Callable[[float], float] | None,
        options: dict[str, Any],
        middle: float,
    ) -> None:
        self.build, self.name, self.log_prior, self.options = build, name, log_prior, dict(options)
        self.known: dict[float, _Try] = {}
        self.shape: tuple[Any, ...] | None = None
        first = self.at(middle)
        self.options["magnitude"] = first.fit.magnitude

    def at(self, value: float) -> _Try:
        if value not in self.known:
            try:
                self.known[value] = self._fitted(value)
            except ChoiceError as error:
                raise ChoiceError(f"at {self.name} = {value:.6g}: {error}") from None
        return self.known[value]

    def height(self, value: float) -> float:
        return self.at(value).height

    def _fitted(self, value: float) -> _Try:
        sets = self.build(value)
        tables = {"": sets} if isinstance(sets, ChoiceSets) else dict(sets)
        shape = tuple((region, tuple(table.sizes), table.names) for region, table in tables.items())
        if self.shape is not None and shape != self.shape:
            raise ChoiceError("the choices are not those of other values: regions, sets, alternatives or terms differ")
        self.shape = shape
        found: Fit | HierarchicalFit
        if isinstance(sets, ChoiceSets):
            found = fit(sets, **self.options)
            height, coefficients = found.objective, {"": found.coefficients}
        else:
            found = fit_hierarchy(sets, **self.options)
            height = found.log_marginal
            coefficients = {region: found[region].coefficients for region in found.regions}
        if not found.converged:
            raise ChoiceError("the fit has not converged; raise max_iterations or give a prior_precision")
        prior = 0.0 if self.log_prior is None else float(self.log_prior(value))
        if np.isnan(prior) or prior == np.inf:
            raise ChoiceError(f"log_prior is {prior}")
        sums: dict[Hashable, float] = {}
        for region, table in tables.items():
            each = Likelihood(table).at(coefficients[region]).log_likelihoods * table.weight * found.magnitude
            for number, total in enumerate(np.bincount(table.cluster, each, minlength=len(table.labels))):
                label = table.labels[number]
                sums[label] = sums.get(label, 0.0) + float(total)
        return _Try(height + prior, found, sums)

    def adjustment(self, best: float, grid: Sequence[float]) -> float:
        """Give lambda, for log likelihoods of the magnitude that was fitted."""
        # overlap cannot make sets say more than they do apart: less noise than by curvature is chance
        return max(self._noise_over_bend(best, grid), self.at(best).fit.magnitude)

    def _noise_over_bend(self, best: float, grid: Sequence[float]) -> float:
        """J / H at the maximum, by differences inside the range; that of the coefficients at its ends."""
        step = min(1e-3 * (grid[-1] - grid[0]), best - grid[0], grid[-1] - best)
        top = self.at(best)
        if step > 1e-5 * (grid[-1] - grid[0]):
            low, high = self._apart(best - step), self._apart(best + step)
            bend = -(low.height - 2 * top.height + high.height) / step**2
            slopes = np.array([(high.clusters[c] - low.clusters[c]) / (2 * step) for c in top.clusters])
            count = len(slopes)
            noise = float(((slopes - slopes.mean()) ** 2).sum()) * count / (count - 1)
            noise += _prior_bend(low.fit, high.fit, step)
            if self.log_prior is not None:
                at = [float(self.log_prior(v)) for v in (best - step, best, best + step)]
                noise += max(0.0, -(at[0] - 2 * at[1] + at[2]) / step**2)
            if bend > 0 and noise > 0:
                return noise / bend
        return overstatement(top.fit) if isinstance(top.fit, Fit) else 1.0

    def _apart(self, value: float) -> _Try:
        """Fit at a value without keeping it among those shown."""
        if value in self.known:
            return self.known[value]
        found = self.at(value)
        del self.known[value]
        return found

    def solve_ends(self, best: float, drop: float, grid: Sequence[float]) -> None:
        """Try values close to where the profile has fallen by so much, on either side."""
        from scipy.optimize import brentq

        edge = self.height(best) - drop
        for side in ([v for v in grid if v < best][::-1], [v for v in grid if v > best]):
            beyond = [v for v in side if self.height(v) < edge]
            if beyond:
                inside = [v for v in side if v not in beyond and abs(v - best) < abs(beyond[0] - best)]
                brentq(
                    lambda v: self.height(float(v)) - edge,
                    beyond[0],
                    inside[-1] if inside else best,
                    xtol=1e-3 * (grid[-1] - grid[0]),
                )


def _prior_bend(low: Fit | HierarchicalFit, high: Fit | HierarchicalFit, step: float) -> float:
    """What the prior of the coefficients adds to the bend of the profile, as they move along with the value."""

    def way(a: Fit, b: Fit) -> Floats:
        return (b.coefficients - a.coefficients) / (2 * step)

    if isinstance(low, Fit) or isinstance(high, Fit):
        if isinstance(low, Fit) and isinstance(high, Fit):
            move = way(low, high)
            return float(move @ low.prior_precision @ move)
        return 0.0
    common = way(low.common, high.common)
    total = float(common @ low.common.prior_precision @ common)
    some = low.spread > 0
    for region in low.regions:
        off = (way(low[region], high[region]) - common)[some] / low.spread[some]
        total += float(off @ off)
    return total


def _drop(fitted: Fit | HierarchicalFit, adjustment: float, level: float) -> float:
    """How far the profile falls to the end of an interval."""
    from scipy.special import ndtri, stdtrit

    freedom = (fitted if isinstance(fitted, Fit) else fitted.common).degrees_of_freedom - 1
    quantile = stdtrit(freedom, (1 + level) / 2) if freedom > 0 else ndtri((1 + level) / 2)
    return adjustment * float(quantile) ** 2 / 2


def _grid(values: Sequence[float] | None, bounds: tuple[float, float] | None, points: int) -> list[float]:
    if (values is None) == (bounds is None):
        raise ChoiceError("give either values or bounds")
    if bounds is not None:
        low, high = bounds
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ChoiceError(f"bounds are {bounds}; two finite numbers, the lower one first, are needed")
        values = np.linspace(low, high, points).tolist()
    grid = sorted({float(v) for v in values or ()})
    if len(grid) < 3 or not np.isfinite(grid).all():
        raise ChoiceError(f"{len(grid)} values to try; at least 3, all finite, are needed")
    return grid
