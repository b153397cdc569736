"""Do forecast probabilities mean what they say: the calibration curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.ranks import Estimate
from coalitions.calibration.resampling import Clusters, checked_outcomes, resampled_estimate
from coalitions.errors import ChoiceError
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class CalibrationCurve(Result):
    """Hold forecast probabilities beside the share that happened, bin by bin.

    Attributes
    ----------
    rows : array (bins,)
        How many forecasts fell in each.
    forecast : array (bins,)
        Their mean probability.
    observed : array (bins,)
        The share that happened.
    low, high : array (bins,)
        Wilson interval of that share, as if rows were independent: where they are not, it is too narrow.
    level : float
        Of the interval.
    error : Estimate
        Mean over forecasts of the distance between forecast and observed share of their bin, with the clustered
        bootstrap. The estimate is never below 0, so a perfect forecast has some too.
    """

    rows: NDArray[np.intp]
    forecast: Floats
    observed: Floats
    low: Floats
    high: Floats
    level: float
    error: Estimate

    def __post_init__(self) -> None:
        for name in ("rows", "forecast", "observed", "low", "high"):
            getattr(self, name).flags.writeable = False

    def to_frame(self) -> pd.DataFrame:
        """Give one row a bin, from the least likely up.

        Returns
        -------
        pandas.DataFrame
            Columns rows, forecast, observed, low, high.
        """
        import pandas as pd

        names = ("rows", "forecast", "observed", "low", "high")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw observed shares over forecasts: on the diagonal, forecasts mean what they say.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(4.5, 4))[1]
        reach = 1.05 * max(float(self.forecast.max()), float(self.high.max()))
        axes.plot([0, reach], [0, reach], color="0.6", linewidth=0.8, linestyle="--")
        spans = [self.observed - self.low, self.high - self.observed]
        axes.errorbar(
            self.forecast, self.observed, yerr=np.maximum(spans, 0), fmt="o", color="C0", markersize=5, linewidth=1
        )
        axes.set_xlim(0, reach)
        axes.set_ylim(0, reach)
        axes.set_xlabel("forecast probability")
        axes.set_ylabel("share that happened")
        axes.set_title(self._headline(), fontsize="medium")
        return axes

    def __repr__(self) -> str:
        lines = [self._headline(), f"{'rows':>6} {'forecast':>9} {'observed':>9}   {self.level:.0%} interval"]
        for n, p, o, a, b in zip(self.rows, self.forecast, self.observed, self.low, self.high, strict=True):
            lines.append(f"{n:>6} {p:>9.4f} {o:>9.4f}   [{a:.4f}, {b:.4f}]")
        return "\n".join(lines)

    def _headline(self) -> str:
        bins = "1 bin" if len(self.rows) == 1 else f"{len(self.rows)} bins"
        return f"Calibration of {self.rows.sum():,} forecasts in {bins}: off by {self.error.value:.4f} on average"


def calibration_curve(
    outcomes: ArrayLike,
    probabilities: ArrayLike,
    bins: int = 10,
    *,
    clusters: Clusters = None,
    pairs: bool = False,
    level: float = 0.95,
    resamples: int = 1000,
    rng: int | np.random.Generator | None = 0,
) -> CalibrationCurve:
    """Compare probabilities with what happened, in bins of about as many forecasts each.

    Parameters
    ----------
    outcomes : array (m,) of 0 and 1
    probabilities : array (m,)
        That the outcome is 1.
    bins : int, default 10
        At quantiles of the probabilities; equal probabilities never part, so there may be fewer.
    clusters, pairs, level, resamples, rng
        As for `coalitions.calibration.scores.log_loss`; they enter the interval of the mean error.

    Returns
    -------
    CalibrationCurve

    Raises
    ------
    ChoiceError
        As `coalitions.calibration.scores.log_loss`; fewer than one bin.

    References
    ----------
    .. [1] E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, Journal of the
           American Statistical Association 22, 209-212.
    .. [2] A. H. Murphy, R. L. Winkler (1977), Reliability of subjective probability forecasts of precipitation and
           temperature, Applied Statistics 26, 41-47.

    Examples
    --------
    >>> calibration_curve([0, 0, 0, 1, 1, 1], [0.1, 0.1, 0.1, 0.7, 0.7, 0.7], bins=2, level=0.9)
    Calibration of 6 forecasts in 2 bins: off by 0.2000 on average
      rows  forecast  observed   90% interval
         3    0.1000    0.0000   [0.0000, 0.4742]
         3    0.7000    1.0000   [0.5258, 1.0000]
    """
    happened, given = checked_outcomes(outcomes, probabilities, bounded=True)
    if not (isinstance(bins, int | np.integer) and bins >= 1):
        raise ChoiceError(f"bins is {bins}; a whole number of at least 1 is needed")
    edges = np.unique(np.quantile(given, np.arange(1, bins) / bins, method="inverted_cdf"))
    number = np.searchsorted(edges, given)  # a forecast on an edge belongs below it, with its equals
    _, number = np.unique(number, return_inverse=True)
    inside = (number == np.arange(number.max() + 1)[:, None]).astype(np.float64)
    rows = inside.sum(axis=1)
    observed = inside @ happened / rows

    def statistic(weights: Floats) -> Floats:
        gaps: Floats = np.abs((weights * (given - happened)) @ inside.T).sum(axis=1) / weights.sum(axis=1)
        return gaps

    error = resampled_estimate(statistic, given.size, clusters, pairs, level, resamples, rng)
    low, high = _wilson(observed, rows, level)
    return CalibrationCurve(
        rows=rows.astype(np.intp),
        forecast=inside @ given / rows,
        observed=observed,
        low=low,
        high=high,
        level=level,
        error=error,
    )


def _wilson(shares: Floats, rows: Floats, level: float) -> tuple[Floats, Floats]:
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))
    middle = (shares + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * np.sqrt(shares * (1 - shares) / rows + z**2 / (4 * rows**2))
    # at 0 and 1 the formula meets the bound exactly; rounding must not pass it
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
