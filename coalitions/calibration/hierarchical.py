"""What a hierarchy returns: common coefficients, those of every region, and how far regions differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.fitted import Fit, normal_draws
from coalitions.calibration.prior import prior_variance
from coalitions.calibration.sets import nearest
from coalitions.errors import ChoiceError
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class HierarchicalFit(Result):
    """Hold fitted coefficients of regions; ``found["europe"]["affinity"]`` is one of them.

    Attributes
    ----------
    names : tuple of K str
        The terms.
    regions : tuple of R str
    common : Fit
        mu: what a region is expected to have. Its log likelihoods are those of all regions at their own coefficients.
    fits : mapping of region to Fit
        theta_r; ``moved`` and the prior are those of theta_r before any data, of mean m and covariance
        L^-1 + diag(s^2), so the data of other regions count as data.
    spread : array (K,)
        s: standard deviation of the regions' coefficients around mu; 0 for fixed terms.
    factor : float or None
        The estimated common factor of the spread; None where the spread was given.
    spread_interval : tuple of two float, or None
        Factors whose marginal likelihood is within 1.92 of the best: a 95 % interval where it stays clear of 0.
    shrinkage : array (R, K)
        How far a region's coefficient is the common one: 0 where its own data settle it, 1 where they say nothing;
        1 for fixed terms.
    magnitude : float
        Factor of the log likelihoods.
    covariance : array ((R + 1) K, (R + 1) K)
        Joint, of mu and then each region; sandwich, given the spread.
    log_marginal : float
        Laplace approximation, up to a constant of the prior of mu.
    converged : bool
    """

    names: tuple[str, ...]
    regions: tuple[str, ...]
    common: Fit
    fits: Mapping[str, Fit]
    spread: Floats
    factor: float | None
    spread_interval: tuple[float, float] | None
    shrinkage: Floats
    magnitude: float
    covariance: Floats
    log_marginal: float
    converged: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "fits", MappingProxyType(dict(self.fits)))
        for name in ("spread", "shrinkage", "covariance"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __getitem__(self, region: str) -> Fit:
        if region not in self.fits:
            raise ChoiceError(f"no region {region!r}{nearest(region, self.regions)}")
        return self.fits[region]

    @property
    def unseen(self) -> Fit:
        """What a region without data is expected to have: the common coefficients, as uncertain as they are and as
        regions differ."""
        wide = np.diag(self.spread**2)
        free = [k for k, name in enumerate(self.names) if name not in self.common.fixed]
        before, known = self.common.prior_precision, self.common.information
        curvature = np.zeros_like(wide)
        curvature[np.ix_(free, free)] = np.linalg.inv((before + known)[np.ix_(free, free)])
        after = (curvature + wide).diagonal()[free]
        keep = np.eye(len(self.names))
        prior = np.asarray(np.linalg.solve(keep + before @ wide, before))
        total = np.asarray(np.linalg.solve(keep + (before + known) @ wide, before + known))
        moved = np.zeros(len(self.names))
        moved[free] = 1 - after / prior_variance(prior[np.ix_(free, free)])
        return replace(
            self.common,
            covariance=self.common.covariance + wide,
            moved=np.clip(moved, 0, 1),
            prior_precision=(prior + prior.T) / 2,
            information=(total - prior + (total - prior).T) / 2,
        )

    def draws(self, size: int, rng: int | np.random.Generator | None = None) -> dict[str, Floats]:
        """Draw the coefficients of all regions jointly from the normal approximation.

        Parameters
        ----------
        size : int
            How many.
        rng : int or numpy.random.Generator, optional
            Anything `numpy.random.default_rng` takes; one seed, the same bytes.

        Returns
        -------
        dict of region to array (size, K)
            Row d of every region belongs to the same draw of mu; fixed terms keep their value.
        """
        held = [k for k, name in enumerate(self.names) if name in self.common.fixed]
        mean = np.array([self.common.coefficients, *(self.fits[region].coefficients for region in self.regions)])
        drawn = normal_draws(mean.ravel(), self.covariance, size, rng).reshape(size, *mean.shape)
        drawn[:, :, held] = mean[:, held]
        return {region: np.ascontiguousarray(drawn[:, r]) for r, region in enumerate(self.regions, 1)}

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Give the table of coefficients.

        Parameters
        ----------
        level : float, default 0.95
            Of the intervals.

        Returns
        -------
        pandas.DataFrame
            One row a term and region, the common one first: term, region, the columns of `Fit.to_frame`, shrinkage
            (nan for the common one).
        """
        import pandas as pd

        tables = [self.common.to_frame(level).assign(region="common", shrinkage=np.nan)]
        for r, region in enumerate(self.regions):
            tables.append(self.fits[region].to_frame(level).assign(region=region, shrinkage=self.shrinkage[r]))
        table = pd.concat([part.reset_index() for part in tables])
        order = {name: k for k, name in enumerate(self.names)}
        table = table.sort_values("term", key=lambda terms: terms.map(order), kind="stable", ignore_index=True)
        front = ["term", "region"]
        return table[[*front, *(column for column in table.columns if column not in front)]]

    def plot(self, ax: Axes | None = None, *, level: float = 0.95) -> Axes:
        """Draw a forest plot: of each term the common coefficient and below it those of the regions.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
        level : float, default 0.95
            Of the intervals; the figure has none where there are too few clusters.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        shown = [k for k, name in enumerate(self.names) if name not in self.common.fixed]
        rows = 1 + len(self.regions)
        axes = ax if ax is not None else plt.subplots(figsize=(6.5, 0.8 + 0.16 * rows * len(shown) + 0.2))[1]
        colours = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8C6D31", "#7F7F7F")
        for step, (label, fitted) in enumerate([("common", self.common), *self.fits.items()]):
            span = (
                fitted.interval(level) if fitted.degrees_of_freedom > 0 else np.column_stack([fitted.coefficients] * 2)
            )
            heights = np.arange(len(shown)) + (step - (rows - 1) / 2) * 0.75 / rows
            colour = "black" if step == 0 else colours[(step - 1) % len(colours)]
            reach = np.abs(span[shown].T - fitted.coefficients[shown])
            axes.errorbar(
                fitted.coefficients[shown],
                heights,
                xerr=reach,
                fmt="D" if step == 0 else "o",
                color=colour,
                markersize=5 if step == 0 else 4,
                linewidth=1.6 if step == 0 else 1.1,
                label=label,
            )
        axes.axvline(0, color="0.3", linewidth=0.8)
        axes.set_yticks(range(len(shown)), [self.names[k] for k in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_xlabel(f"coefficient with its {level:.0%} interval (choice noise per unit of the term)")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return axes

    def _headline(self) -> str:
        if self.factor is None:
            how = "spread given"
        else:
            low, high = self.spread_interval or (0.0, float("inf"))
            how = f"spread {self.factor:.3g} times its scales (95% interval {low:.2g} to {high:.2g})"
        state = "" if self.converged else "; NOT converged"
        return (
            f"Hierarchical conditional logit of {len(self.regions)} regions, {self.common.sets} choice sets of "
            f"{self.common.clusters} clusters: {how}, magnitude {self.magnitude:.2f}{state}"
        )

    def __repr__(self) -> str:
        width = max(len("term"), *(len(name) for name in self.names))
        columns = ["common", "spread", *self.regions]
        sizes = [max(16, len(column) + 2) if k != 1 else 8 for k, column in enumerate(columns)]
        lines = [
            self._headline(),
            f"{'term':<{width}}" + "".join(f"{c:>{size}}" for c, size in zip(columns, sizes, strict=True)),
        ]
        for k, name in enumerate(self.names):
            if name in self.common.fixed:
                cells = [f"{self.common.coefficients[k]:.3f} fixed", "", *[""] * len(self.regions)]
            else:
                each = [_with_error(fitted, k) for fitted in self.fits.values()]
                cells = [_with_error(self.common, k), f"{self.spread[k]:.3f}", *each]
            lines.append(f"{name:<{width}}" + "".join(f"{c:>{size}}" for c, size in zip(cells, sizes, strict=True)))
        pull = self.shrinkage[:, [name not in self.common.fixed for name in self.names]]
        if pull.size:
            own = [f"{region} {mean:.0%}" for region, mean in zip(self.regions, pull.mean(axis=1), strict=True)]
            lines.append(f"standard errors in brackets; drawn to the common coefficients: {', '.join(own)}")
        return "\n".join(line.rstrip() for line in lines)


def _with_error(fitted: Fit, k: int) -> str:
    return f"{fitted.coefficients[k]:.3f} ({fitted.standard_errors[k]:.3f})"
