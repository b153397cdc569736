"""Whether a fit finds the coefficients that groups were made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coalitions.calibration.choice import fit
from coalitions.calibration.hierarchy import fit_hierarchy
from coalitions.calibration.likelihood import one_thread
from coalitions.calibration.prior import checked_vector
from coalitions.calibration.sets import ChoiceSets
from coalitions.errors import ChoiceError
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Sets = ChoiceSets | Mapping[str, ChoiceSets]
Truth = Mapping[str, float] | Mapping[str, Mapping[str, float] | ArrayLike] | ArrayLike


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Recovery(Result):
    """Hold fits to simulated groups beside the truth they were made with.

    Attributes
    ----------
    names : tuple of str
        The K terms; in a hierarchy ``"region term"`` for each region and term.
    truth, estimates, standard_errors : array (runs, K)
        Runs that failed are left out.
    covered : array (runs, K) of bool
        Whether the interval of the fit holds the truth.
    level : float
        Of the intervals.
    asked : int
        Runs started.
    failures : tuple of str
        What the fits said that were refused.
    """

    names: tuple[str, ...]
    truth: Floats
    estimates: Floats
    standard_errors: Floats
    covered: NDArray[np.bool_]
    level: float
    asked: int
    failures: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("truth", "estimates", "standard_errors", "covered"):
            getattr(self, name).flags.writeable = False

    @property
    def bias(self) -> Floats:
        """Mean error, (K,)."""
        return np.asarray((self.estimates - self.truth).mean(axis=0))

    @property
    def rmse(self) -> Floats:
        """Root of the mean squared error, (K,)."""
        return np.asarray(np.sqrt(((self.estimates - self.truth) ** 2).mean(axis=0)))

    @property
    def coverage(self) -> Floats:
        """Share of intervals that hold the truth, (K,)."""
        return np.asarray(self.covered.mean(axis=0))

    @property
    def as_nominal(self) -> NDArray[np.bool_]:
        """Whether the coverage differs from the level by no more than 2.58 binomial standard errors, (K,)."""
        error = np.sqrt(self.level * (1 - self.level) / len(self.covered))
        return np.asarray(np.abs(self.coverage - self.level) <= 2.58 * error + 1e-12)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a term.

        Returns
        -------
        pandas.DataFrame
            truth (its mean over runs), bias, bias_error (Monte Carlo standard error), rmse, standard_error (mean of
            those reported), coverage, as_nominal.
        """
        import pandas as pd

        errors = self.estimates - self.truth
        return pd.DataFrame(
            {
                "truth": self.truth.mean(axis=0),
                "bias": self.bias,
                "bias_error": errors.std(axis=0, ddof=1) / np.sqrt(len(errors)),
                "rmse": self.rmse,
                "standard_error": self.standard_errors.mean(axis=0),
                "coverage": self.coverage,
                "as_nominal": self.as_nominal,
            },
            index=pd.Index(self.names, name="term"),
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the coverage of each term, with the band that chance leaves around the level.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        axes = ax if ax is not None else plt.subplots(figsize=(6, 0.9 + 0.25 * len(self.names)))[1]
        error = 2.58 * np.sqrt(self.level * (1 - self.level) / len(self.covered))
        axes.axvspan(self.level - error, self.level + error, color="#0072B2", alpha=0.12, linewidth=0)
        axes.axvline(self.level, color="0.3", linewidth=0.8)
        axes.plot(self.coverage, range(len(self.names)), "o", color="#0072B2", markersize=4)
        axes.set_yticks(range(len(self.names)), list(self.names))
        axes.set_ylim(len(self.names) - 0.5, -0.5)
        axes.set_xlabel(f"share of {self.level:.0%} intervals that hold the truth, {len(self.covered)} runs")
        axes.spines[["top", "right"]].set_visible(False)
        return axes

    def _headline(self) -> str:
        text = (
            f"Recovery of {len(self.names)} coefficients over {len(self.covered)} simulated samples: "
            f"{self.level:.0%} intervals cover {self.covered.mean():.1%}"
        )
        return text + (f"; {len(self.failures)} of {self.asked} fits were refused" if self.failures else "")

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self.to_frame().to_string(float_format='{:.3f}'.format)}"


@one_thread()
def recovery(
    simulate: Callable[[np.random.Generator], Sets | tuple[Sets, Truth]],
    coefficients: Truth | None = None,
    *,
    runs: int = 200,
    rng: int | np.random.Generator | None = 0,
    level: float = 0.95,
    **fit_options: Any,
) -> Recovery:
    """Fit to simulated groups many times, and see whether the truth comes out.

    Parameters
    ----------
    simulate : callable
        ``simulate(rng)`` gives choice sets, or a mapping of regions to them: `simulator` makes one. It may give a pair
        (sets, truth) where the truth is drawn anew in each run, as it is to test a prior.
    coefficients : mapping or array (K,), or mapping of region to such
        The truth, where simulate does not give it.
    runs : int, default 200
        The coverage of 95 % intervals is then known to 3 points.
    rng : int or numpy.random.Generator, default 0
        Anything `numpy.random.default_rng` takes.
    level : float, default 0.95
        Of the intervals.
    **fit_options
        Passed to `fit` or `fit_hierarchy`. With a prior and a truth that does not come from it, estimates are drawn
        to the prior mean and coverage is not nominal.

    Returns
    -------
    Recovery

    Raises
    ------
    ChoiceError
        No truth, or one that does not fit the terms; fewer than 2 fits that worked (the message repeats why).

    Examples
    --------
    >>> from coalitions.calibration import simulator
    >>> wealth = np.array([3.0, 2.0, 1.5, 1.0, 0.5, 0.0])
    >>> total = lambda members, context: wealth[members].sum(axis=1)[:, None]
    >>> design = [(f"pact {number}", (0, 1)) for number in range(40)]
    >>> found = recovery(simulator(design, 6, total, ["wealth"], [0.7]), [0.7], runs=40, prior_precision=0)
    >>> bool(abs(found.bias[0]) < 0.2), bool(found.as_nominal[0])
    (True, True)
    """
    if runs < 2:
        raise ChoiceError(f"runs is {runs}; at least 2 are needed, and better 200")
    generator = np.random.default_rng(rng)
    names: tuple[str, ...] = ()
    rows: list[tuple[Floats, Floats, Floats, NDArray[np.bool_]]] = []
    failures: list[str] = []
    for _ in range(runs):
        made = simulate(generator)
        sets, truth = made if isinstance(made, tuple) else (made, coefficients)
        if truth is None:
            raise ChoiceError("no truth: give coefficients=, or let simulate return (sets, truth)")
        try:
            names, found = _run(sets, truth, level, fit_options)
        except _Refused as refusal:
            failures.append(str(refusal))
        else:
            rows.append(found)
    if len(rows) < 2:
        raise ChoiceError(f"{len(failures)} of {runs} fits were refused, the last one since {failures[-1]}")
    truths, estimates, errors, covered = (np.array(column) for column in zip(*rows, strict=True))
    return Recovery(
        names=names,
        truth=truths,
        estimates=estimates,
        standard_errors=errors,
        covered=covered,
        level=level,
        asked=runs,
        failures=tuple(failures),
    )


class _Refused(Exception):
    """A fit was refused: a failure of one run, where a wrong truth ends all."""


def _run(
    sets: Sets, truth: Any, level: float, options: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[Floats, Floats, Floats, NDArray[np.bool_]]]:
    if isinstance(sets, ChoiceSets):
        truths = [checked_vector(truth, sets.names, "coefficients")]
        labels = sets.names
    else:
        missing = [region for region in sets if not isinstance(truth, Mapping) or region not in truth]
        if missing:
            raise ChoiceError(f"coefficients leave out region {missing[0]!r}")
        truths = [checked_vector(truth[region], part.names, "coefficients") for region, part in sets.items()]
        labels = tuple(f"{region} {name}" for region, part in sets.items() for name in part.names)
    try:
        if isinstance(sets, ChoiceSets):
            fits = [fit(sets, **options)]
        else:
            whole = fit_hierarchy(sets, **options)
            fits = [whole[region] for region in sets]
        span = np.concatenate([each.interval(level) for each in fits])
    except ChoiceError as refusal:
        raise _Refused(str(refusal)) from refusal
    true = np.concatenate(truths)
    estimate = np.concatenate([each.coefficients for each in fits])
    error = np.concatenate([each.standard_errors for each in fits])
    return labels, (true, estimate, error, (span[:, 0] <= true) & (true <= span[:, 1]))
