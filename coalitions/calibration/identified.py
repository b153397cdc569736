"""Which coefficients the data set, which stay at their prior, and which are told only in combination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.fitted import Fit
from coalitions.calibration.hierarchical import HierarchicalFit
from coalitions.calibration.identification import overstatement
from coalitions.calibration.prior import prior_variance
from coalitions.result import Result

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

DATA, SHARED, PRIOR, FIXED = "set by the data", "shared", "stays at its prior", "fixed"

MOST, LEAST = 2 / 3, 1 / 3
"""Shares of the precision from which a coefficient is the data's, and up to which it is the prior's."""

_SHOWN = 0.35
"""Least weight, against the largest, of a term in a direction that is put into words."""

_NEVER = (
    "the level of worths: only differences inside a choice set count, so what every alternative shares is not told",
    "the scale of worths apart from that of choice noise: ratios of coefficients are told, and how sharp choices are",
)


class TermReport(NamedTuple):
    """Say where one coefficient comes from.

    Attributes
    ----------
    term : str
    region : str
        Empty in a single fit; ``"common"`` or a region in a hierarchy.
    prior_mean, prior_sd : float
        Before any data; inf where there is no prior.
    coefficient, sd : float
        After: the estimate and its standard error.
    moved : float
        Share of the prior's variance that the data took away, overlapping sets counted once.
    own : float
        Of a region: weight of its own data against the common coefficient; nan elsewhere.
    verdict : str
        ``"set by the data"``, ``"shared"`` (between data and prior, or with other regions), ``"stays at its prior"`` or
        ``"fixed"``.
    """

    term: str
    region: str
    prior_mean: float
    prior_sd: float
    coefficient: float
    sd: float
    moved: float
    own: float
    verdict: str


class Direction(NamedTuple):
    """Describe a combination of coefficients that the data hardly tell.

    Attributes
    ----------
    region : str
        As in `TermReport`.
    told : float
        Share of the precision along it that comes from the data, 0 to 1.
    weights : mapping of term to float
        In standard deviations of the prior, the largest 1; small ones left out.
    sentence : str
    """

    region: str
    told: float
    weights: Mapping[str, float]
    sentence: str


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Identification(Result):
    """Hold what the data say about each coefficient, and what they cannot say.

    Attributes
    ----------
    terms : tuple of TermReport
    directions : tuple of Direction
        Of each fit up to three, weakest first, along which the prior outweighs the data.
    not_told : tuple of str
        What no amount of such data tells.
    """

    terms: tuple[TermReport, ...]
    directions: tuple[Direction, ...]
    not_told: tuple[str, ...]

    def verdict(self, term: str, region: str = "") -> str:
        """Give the verdict on a term; in a hierarchy of a region or ``"common"``, which is the default there.

        Parameters
        ----------
        term : str
        region : str, optional

        Returns
        -------
        str

        Raises
        ------
        KeyError
            No such term or region.
        """
        for row in self.terms:
            if row.term == term and (row.region == region or (not region and row.region == "common")):
                return row.verdict
        raise KeyError((term, region))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The report in sentences."""
        found = []
        for region in dict.fromkeys(row.region for row in self.terms):
            where = f"{region}: " if region else ""
            for verdict in (DATA, SHARED, PRIOR, FIXED):
                named = [r.term for r in self.terms if r.region == region and r.verdict == verdict]
                if named:
                    found.append(f"{where}{verdict}: {', '.join(named)}.")
        found += [f"{d.region + ': ' if d.region else ''}{d.sentence}." for d in self.directions]
        found += [f"not told: {what}." for what in self.not_told]
        return tuple(found)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a term (in a hierarchy a term and region).

        Returns
        -------
        pandas.DataFrame
            The fields of `TermReport`; without region and own for a single fit.
        """
        import pandas as pd

        table = pd.DataFrame(self.terms, columns=TermReport._fields)
        return table if table["region"].any() else table.drop(columns=["region", "own"])

    def _headline(self) -> str:
        count = sum(row.verdict == DATA for row in self.terms)
        return f"Identification: {count} of {len(self.terms)} coefficients are set by the data"

    def __repr__(self) -> str:
        table = self.to_frame().to_string(index=False, float_format="{:.2f}".format)
        return "\n".join([self._headline(), table, *self.sentences])


def identification(fitted: Fit | HierarchicalFit) -> Identification:
    """Report which coefficients of a fit the data set, and which they leave to the prior.

    Parameters
    ----------
    fitted : Fit or HierarchicalFit
        Of `fit` or `fit_hierarchy`.

    Returns
    -------
    Identification

    Notes
    -----
    ``moved`` is 1 - (variance by curvature) / (variance of the prior), with the information of the data scaled by the
    magnitude of `fit` where the fit took it as 1. From two thirds a coefficient is set by the data, up to a third
    it stays at its prior. In a hierarchy the prior of a region is that before any region's data; its coefficient is
    set by the data only where its own weigh at least half against the common one.

    Directions solve H d = told (H + L) d: told is the data's share of the precision along d, whatever the units.

    Examples
    --------
    >>> from coalitions.calibration import completion_sets, fit
    >>> wealth = np.array([3.0, 2.0, 1.5, 1.0, 0.5, 0.0])
    >>> def terms(members, context):
    ...     total = wealth[members].sum(axis=1)
    ...     return np.column_stack([total, 0.5 * total])
    >>> pacts = [("north", (0, 1)), ("south", (0, 2)), ("east", (1, 4)), ("west", (0, 3))]
    >>> found = identification(fit(completion_sets(pacts, 6, terms, ["wealth", "income"]), prior_precision=0.02))
    >>> print(found.directions[0].sentence)
    the data tell 'wealth' and 'income' only in sum (-0.5 'wealth' +1 'income' is not told at all)
    """
    rows: list[TermReport] = []
    directions: list[Direction] = []
    not_told: list[str] = []
    for region, each, own in _fits(fitted):
        free = np.array([k for k, name in enumerate(each.names) if name not in each.fixed], dtype=np.intp)
        block = np.ix_(free, free)
        scale = 1 / overstatement(each) if each.magnitude == 1 and free.size else 1.0
        known, before = scale * each.information[block], each.prior_precision[block]
        variance = prior_variance(before)
        sd = np.zeros(len(each.names))
        sd[free] = np.sqrt(variance)
        moved = np.zeros(len(each.names))
        moved[free] = np.clip(1 - np.diag(np.linalg.inv(known + before)) / variance, 0, 1)
        for k, name in enumerate(each.names):
            rows.append(
                TermReport(
                    term=name,
                    region=region,
                    prior_mean=each.prior_mean[k] if k in free else each.coefficients[k],
                    prior_sd=float(sd[k]),
                    coefficient=float(each.coefficients[k]),
                    sd=float(each.standard_errors[k]),
                    moved=float(moved[k]),
                    own=float(own[k]),
                    verdict=FIXED if k not in free else _verdict(float(moved[k]), float(own[k])),
                )
            )
        silent = np.diag(known) <= 1e-10 * np.diag(known + before)
        for k in free[silent]:
            sentence = f"{each.names[k]!r}, which varies within no choice set: its coefficient is its prior"
            if sentence not in not_told:
                not_told.append(sentence)
        if isinstance(fitted, HierarchicalFit) and region != "common":
            for k in free[~silent & (own[free] <= 1e-9) & (fitted.spread[free] > 0)]:
                not_told.append(
                    f"{each.names[k]!r} in {region}, where it varies within no choice set: it is the common one"
                )
        speaking = np.flatnonzero(~silent)
        inside = np.ix_(speaking, speaking)
        for found in _weak(region, [each.names[k] for k in free[speaking]], known[inside], before[inside]):
            # what is hardly told of the common coefficients need not be said again of each region
            if not any(set(found.weights) == set(d.weights) and d.region == "common" for d in directions):
                directions.append(found)
    return Identification(terms=tuple(rows), directions=tuple(directions), not_told=(*not_told, *_NEVER))


def _fits(fitted: Fit | HierarchicalFit) -> Iterator[tuple[str, Fit, Floats]]:
    """Name, fit, and weight of own data of everything that was fitted."""
    nowhere = np.full(len(fitted.names), np.nan)
    if isinstance(fitted, Fit):
        yield "", fitted, nowhere
        return
    yield "common", fitted.common, nowhere
    for r, region in enumerate(fitted.regions):
        yield region, fitted[region], 1 - fitted.shrinkage[r]


def _verdict(moved: float, own: float) -> str:
    if moved <= LEAST:
        return PRIOR
    return DATA if moved >= MOST and not own < 0.5 else SHARED


def _weak(region: str, names: list[str], known: Floats, before: Floats) -> Iterator[Direction]:
    """Directions along which the prior outweighs the data, weakest first."""
    if not names:
        return
    total = known + before
    size = np.sqrt(np.diag(total))
    root = np.linalg.cholesky(total / np.outer(size, size))
    half = np.linalg.solve(root, (known / np.outer(size, size)))
    told, vectors = np.linalg.eigh(np.linalg.solve(root, half.T))
    ways = np.linalg.solve(root.T, vectors) / size[:, None]
    variance = prior_variance(before)
    unit = np.where(np.isfinite(variance), np.sqrt(variance), 1 / size)
    for share, way in list(zip(told, ways.T, strict=True))[:3]:
        if share >= 0.5:
            return
        weights = way / unit
        weights = weights / weights[np.argmax(np.abs(weights))]
        part = np.flatnonzero(np.abs(weights) >= _SHOWN)
        kept = {names[k]: float(weights[k]) for k in part}
        yield Direction(
            region, float(np.clip(share, 0, 1)), kept, _sentence(float(share), kept, weights, known, total, unit)
        )


def _sentence(share: float, kept: dict[str, float], weights: Floats, known: Floats, total: Floats, unit: Floats) -> str:
    """Put a weak direction into words."""
    much = "not told at all" if share < 1e-6 else f"told to {share:.0%}"
    sum_of = " ".join(f"{weight:+.2g} {name!r}" for name, weight in kept.items())
    if len(kept) == 1:
        return (
            f"the data tell {next(iter(kept))!r} hardly: {much}" if share >= 1e-6 else f"{next(iter(kept))!r} is {much}"
        )
    if len(kept) == 2:
        part = np.flatnonzero(np.abs(weights) >= _SHOWN)
        across = np.zeros(len(weights))
        across[part] = weights[part[::-1]] * np.array([1, -1]) * unit[part]
        if across @ known @ across > 0.5 * (across @ total @ across):
            one, two = kept
            how = "in sum" if kept[one] * kept[two] < 0 else "in their difference"
            return f"the data tell {one!r} and {two!r} only {how} ({sum_of} is {much})"
    return f"the data hardly tell {sum_of}: {much}"
