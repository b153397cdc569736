"""Everything that says how far to believe the regions: one call, one table, one figure a region.

The tests are rooms of their own: ``models.holdout`` (later groups, other regions), ``models.entrants`` (who joins and
who leaves), ``models.new_ties`` (which strangers meet), ``models.placebos``. This module runs them together.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coalitions.calibration.ranks import Estimate
from coalitions.errors import ChoiceError
from coalitions.result import Result
from models.baselines import BASELINES, Baseline
from models.entrants import NextMember, next_member
from models.fitting import Fitter, as_regions, hierarchical
from models.holdout import MODEL, SPLIT, TOGETHER, Backtest, holdout, leave_one_region_out
from models.new_ties import BARE, NewTies, new_ties
from models.placebos import Placebos, placebos

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from models.region import Region

__all__ = [
    "Backtest",
    "NewTies",
    "NextMember",
    "Placebos",
    "Validation",
    "hierarchical",
    "holdout",
    "leave_one_region_out",
    "new_ties",
    "next_member",
    "placebos",
    "validate",
]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Validation(Result):
    """Hold every test of some regions.

    Attributes
    ----------
    holdout : Backtest
        Groups founded after the split.
    elsewhere : Backtest or None
        Each region foretold from the others; None for one region.
    next_member : NextMember
    new_ties : dict of region name to NewTies
    placebos : dict of region name to Placebos
    omitted : tuple of (what, reason)
        Tests that could not be made.
    seconds : dict of test to float
    """

    holdout: Backtest
    elsewhere: Backtest | None
    next_member: NextMember
    new_ties: dict[str, NewTies]
    placebos: dict[str, Placebos]
    omitted: tuple[tuple[str, str], ...]
    seconds: dict[str, float]

    def to_frame(self) -> pd.DataFrame:
        """Give the headline figures, one row each.

        Returns
        -------
        pandas.DataFrame
            Columns region, figure, value, low, high (of the intervals asked for) and chance (what no skill would give;
            nan where that depends on the choices).
        """
        import pandas as pd

        return pd.DataFrame(self._rows(), columns=["region", "figure", "value", "low", "high", "chance"])

    def plot(self, region: str | None = None) -> Figure:
        """Draw one region: model and rules on later groups, and do probabilities mean what they say.

        Parameters
        ----------
        region : str, optional
            By default the first.

        Returns
        -------
        matplotlib.figure.Figure
        """
        import matplotlib.pyplot as plt

        name = next(iter(self.holdout.forecasts)) if region is None else region
        if name not in self.holdout.forecasts:
            raise ChoiceError(f"no region {name!r} was tested; there are {', '.join(self.holdout.forecasts)}")
        figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), width_ratios=[1.5, 1], layout="constrained")
        self.holdout.plot(name, left)
        curve = self.holdout.forecasts[name].calibration(resamples=200)
        curve.plot(right).set_title("Do probabilities mean what they say", fontsize="medium")
        return figure

    def __repr__(self) -> str:
        tests: list[object] = [self.holdout, self.elsewhere, self.next_member]
        tests += [*self.new_ties.values(), *self.placebos.values()]
        return "\n\n".join([self._headline(), *(repr(test) for test in tests if test is not None)])

    def _headline(self) -> str:
        regions = ", ".join(self.holdout.forecasts)
        return f"Validation of {regions} in {sum(self.seconds.values()):.0f} s"

    def _rows(self) -> list[tuple[str, str, float, float, float, float]]:
        rows: list[tuple[str, str, float, float, float, float]] = []
        nan = float("nan")

        def add(region: str, figure: str, found: Estimate, chance: float = nan) -> None:
            rows.append((region, figure, *found, chance))

        for name, comparison in self.holdout.comparisons.items():
            figures = comparison.estimates()
            uniform = float(comparison.uniform_log_loss.mean())
            add(name, "later groups: share of swaps beaten", figures[MODEL]["mean"], 0.5)
            add(name, "later groups: in the top 1% of swaps", figures[MODEL]["top 1%"], 0.01)
            add(name, "later groups: in the top 5% of swaps", figures[MODEL]["top 5%"], 0.05)
            add(name, "later groups: average precision among swaps", figures[MODEL]["swap precision"])
            add(name, "later groups: log loss, nats a completion", figures[MODEL]["log loss"], uniform)
            for variant, found in self.holdout.variants.items():
                if name in found:
                    mean = found[name].estimates()[MODEL]["mean"]
                    add(name, f"later groups: share of swaps beaten, {variant}", mean, 0.5)
            ahead = {rule: row["ahead by"] for rule, row in figures.items() if "ahead by" in row}
            if ahead:
                rule = min(ahead, key=lambda r: ahead[r].value)
                add(name, f"later groups: ahead of the best rule ({rule})", ahead[rule], 0.0)
            if name in self.holdout.forecasts:
                told = self.holdout.forecasts[name]
                add(name, "later groups: slope of calibration (1 is right)", told.slope(comparison.level), 0.0)
        if self.elsewhere is not None:
            for name, comparison in self.elsewhere.comparisons.items():
                mean = comparison.estimates()[MODEL]["mean"]
                add(name, "foretold from other regions: share of swaps beaten", mean, 0.5)
        if joined := self.next_member.estimates():
            for figure in ("mean reciprocal rank", "top 3"):
                add(TOGETHER, f"next member: {figure}", joined[MODEL][figure], joined["by chance"][figure].value)
        if leaving := self.next_member.exit_estimates():
            add(TOGETHER, "who leaves: share of others that gained more", leaving["below"], 0.5)
        for name, ties in self.new_ties.items():
            add(name, "strangers that meet: area under ROC", ties.auc(), 0.5)
            if BARE in ties.scores:
                add(name, "strangers that meet: area under ROC, unlisted", ties.auc(BARE), 0.5)
        for name, spoilt in self.placebos.items():
            for row in spoilt.to_frame().to_dict("records"):
                estimate = Estimate(row["gain"], row["low"], row["high"])
                add(name, f"placebo, {row['placebo']}: gain, nats a completion", estimate, 0.0)
        return rows


def validate(
    regions: Region | str | Iterable[Region | str] = ("asia-pacific", "middle-east", "europe"),
    split: int = SPLIT,
    *,
    fitter: Fitter | None = None,
    baselines: Mapping[str, Baseline] = BASELINES,
    draws: int = 10,
    level: float = 0.95,
    seed: int = 0,
) -> Validation:
    """Put regions through every test.

    Parameters
    ----------
    regions : Region or name, or several
    split : int, default 2014
        Last year of what is fitted.
    fitter : callable, optional
        As for `holdout`, for instance ``hierarchical(regions)``. Placebos fit one region at a time, so they always fit
        it alone with its prior.
    baselines : mapping of name to Baseline, optional
    draws : int, default 10
        Of each placebo; 0 leaves them out.
    level : float, default 0.95
        Of all intervals.
    seed : int, default 0

    Returns
    -------
    Validation

    Raises
    ------
    ChoiceError
        Too few groups on one side of the split.
    ValueError
        An unknown region.
    """
    tested = as_regions(regions)
    seconds: dict[str, float] = {}

    def timed(test: str, started: float) -> None:
        seconds[test] = time.monotonic() - started

    start = time.monotonic()
    later = holdout(tested.values(), split, fitter=fitter, baselines=baselines, level=level, seed=seed)
    timed("later groups", start)

    start = time.monotonic()
    elsewhere = None
    if len(tested) > 1:
        # a hierarchy needs two regions besides the one foretold
        able = fitter if len(tested) > 2 else None
        elsewhere = leave_one_region_out(tested.values(), fitter=able, baselines=baselines, level=level, seed=seed)
    timed("other regions", start)

    start = time.monotonic()
    coefficients = later.coefficients
    joined = next_member(tested.values(), split, coefficients=coefficients, baselines=baselines, level=level, seed=seed)
    timed("next member", start)

    start = time.monotonic()
    strangers, omitted = {}, []
    for name, region in tested.items():
        bare = later.unlisted_coefficients[name]
        try:
            strangers[name] = new_ties(
                region, split, coefficients=coefficients[name], unlisted=bare, level=level, seed=seed
            )
        except ChoiceError as error:
            omitted.append((f"strangers that meet in {name}", str(error)))
    timed("new ties", start)

    start = time.monotonic()
    spoilt = {name: placebos(region, draws, split, seed=seed) for name, region in tested.items()} if draws else {}
    timed("placebos", start)
    return Validation(
        holdout=later,
        elsewhere=elsewhere,
        next_member=joined,
        new_ties=strangers,
        placebos=spoilt,
        omitted=tuple(omitted),
        seconds=seconds,
    )
