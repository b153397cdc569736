"""Who joins a group next, and who leaves it: dated memberships as a test of marginal worths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.calibration.ranks import Estimate, clustered_means
from coalitions.calibration.scores import reciprocal_rank, share_in_top
from coalitions.errors import ChoiceError
from coalitions.result import Result
from models.baselines import BASELINES, Baseline, Scores
from models.fitting import Coefficients, Fitter, as_regions, fit_regions
from models.holdout import MODEL, SPLIT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from models.groups import ObservedGroup
    from models.region import Region

__all__ = ["Exit", "Joining", "NextMember", "next_member"]

Floats = NDArray[np.float64]

SINCE = 1991
"""First year of a join that is tested: figures of the year before exist from then on."""

BODY = 12
"""Members above which an institution or alliance takes members by treaty and geography: its joins are no test."""

TOP = 3


class Joining(NamedTuple):
    """A state that joined a group, and how each way of ranking placed it among all who could have.

    ``members`` are those of the pool that were in already; ``outsiders`` is the number of eligible states that stayed
    out or joined, the entrant among them; ``marginal`` is v(S + i) - v(S) under the model.
    """

    region: str
    group: str
    year: int
    entrant: str
    members: tuple[str, ...]
    outsiders: int
    marginal: float
    reciprocal: dict[str, float]
    top: dict[str, float]


class Exit(NamedTuple):
    """A state that left a group or was suspended.

    ``surplus`` is its gain u_i(S) in the year before; ``below`` the share of the other members whose gain was larger,
    ties counting half: 1 where nobody had less to lose; ``others_negative`` the share of them with a negative gain.
    """

    region: str
    group: str
    year: int
    state: str
    event: str
    members: tuple[str, ...]
    surplus: float
    below: float
    others_negative: float


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class NextMember(Result):
    """Hold the test of who joins next, and of who leaves.

    Attributes
    ----------
    joinings : tuple of Joining
    exits : tuple of Exit
    excluded : tuple of (what, reason)
        Joins and exits of coded groups that could not be tested.
    split : int
        Coefficients are fitted to groups founded by this year.
    level : float
        Of the intervals, from a bootstrap of groups.
    seed : int
    """

    joinings: tuple[Joining, ...]
    exits: tuple[Exit, ...]
    excluded: tuple[tuple[str, str], ...]
    split: int
    level: float
    seed: int

    def estimates(self, since: int = SINCE) -> dict[str, dict[str, Estimate]]:
        """Give the figures of every way of ranking.

        Parameters
        ----------
        since : int, default 1991
            First year of joining.

        Returns
        -------
        dict
            From its name to "mean reciprocal rank", "top 3" and, but for the model, "ahead by": the model's mean
            reciprocal rank less this one's, join by join. "by chance" gives what ranking at random would. Empty where
            nobody joined.
        """
        rows = [joining for joining in self.joinings if joining.year >= since]
        if not rows:
            return {}
        groups = [joining.group for joining in rows]
        sizes = np.array([joining.outsiders for joining in rows])
        harmonic = np.cumsum(1 / np.arange(1, sizes.max() + 1))
        chance = {"by chance": (harmonic[sizes - 1] / sizes, np.minimum(TOP / sizes, 1.0))}
        scored = {
            name: (np.array([j.reciprocal[name] for j in rows]), np.array([j.top[name] for j in rows]))
            for name in rows[0].reciprocal
        }
        found = {}
        for name, (reciprocal, top) in (scored | chance).items():
            table = [reciprocal, top] if name == MODEL else [reciprocal, top, scored[MODEL][0] - reciprocal]
            means = clustered_means(np.array(table), groups, self.level, rng=self.seed)
            found[name] = dict(zip(("mean reciprocal rank", f"top {TOP}", "ahead by"), means, strict=False))
        return found

    def exit_estimates(self) -> dict[str, Estimate]:
        """Say what leavers gained.

        Returns
        -------
        dict
            Means over the exits of "below" (0.5 is chance, 1 is best), of a "negative surplus", and of "others
            negative", the same among those who stayed. Empty where nobody left.
        """
        if not self.exits:
            return {}
        rows = {
            "below": [e.below for e in self.exits],
            "negative surplus": [e.surplus < 0 for e in self.exits],
            "others negative": [e.others_negative for e in self.exits],
        }
        values = np.array(list(rows.values()), dtype=np.float64)
        means = clustered_means(values, [e.group for e in self.exits], self.level, rng=self.seed)
        return dict(zip(rows, means, strict=True))

    def to_frame(self) -> pd.DataFrame:
        """Give one row a way of ranking and period.

        Returns
        -------
        pandas.DataFrame
            Columns since, rival, joins, "mean reciprocal rank", "top 3" and "ahead by", each with its bounds.
        """
        import pandas as pd

        nothing = Estimate(float("nan"), float("nan"), float("nan"))
        rows = []
        for since in (SINCE, self.split + 1):
            joins = sum(joining.year >= since for joining in self.joinings)
            for name, row in self.estimates(since).items():
                cells: dict[str, object] = {"since": since, "rival": name, "joins": joins}
                for figure in ("mean reciprocal rank", f"top {TOP}", "ahead by"):
                    value, low, high = row.get(figure, nothing)
                    cells |= {figure: value, f"{figure} low": low, f"{figure} high": high}
                rows.append(cells)
        return pd.DataFrame(rows)

    def joinings_frame(self) -> pd.DataFrame:
        """Give one row a join: region, group, year, entrant, outsiders, marginal, and each way's reciprocal rank."""
        import pandas as pd

        return pd.DataFrame(
            {
                "region": j.region,
                "group": j.group,
                "year": j.year,
                "entrant": j.entrant,
                "outsiders": j.outsiders,
                "marginal": j.marginal,
                **j.reciprocal,
            }
            for j in self.joinings
        )

    def exits_frame(self) -> pd.DataFrame:
        """Give one row an exit: region, group, year, state, event, members, surplus, below, others_negative."""
        import pandas as pd

        return pd.DataFrame(list(self.exits), columns=Exit._fields)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the mean reciprocal rank of every way of ranking with its interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        import matplotlib.pyplot as plt

        found = self.estimates()
        axes = ax if ax is not None else plt.subplots(figsize=(6.5, 0.32 * len(found) + 1.2))[1]
        for place, (name, row) in enumerate(found.items()):
            value, low, high = row["mean reciprocal rank"]
            reach = [[max(value - low, 0.0)], [max(high - value, 0.0)]] if np.isfinite(low) else None
            axes.errorbar(value, place, xerr=reach, fmt="o", color="C0" if name == MODEL else "0.45", markersize=5)
        axes.set_yticks(range(len(found)), list(found))
        axes.set_ylim(len(found) - 0.4, -0.6)
        axes.set_xlabel(f"mean reciprocal rank of who joined, {self.level:.0%} intervals")
        axes.set_title(self._headline(), fontsize="medium")
        return axes

    def __repr__(self) -> str:
        lines = [self._headline()]
        for since in (SINCE, self.split + 1):
            found = self.estimates(since)
            joins = sum(joining.year >= since for joining in self.joinings)
            lines.append(f"joined since {since}: {joins}")
            for name, row in found.items():
                value, low, high = row["mean reciprocal rank"]
                lead = (
                    "" if name == MODEL else f"   model ahead by {row['ahead by'].value:+.3f} {_span(row['ahead by'])}"
                )
                top = f"top {TOP} {row[f'top {TOP}'].value:>4.0%}"
                lines.append(f"  {name:<16} {value:.3f} {_span(Estimate(value, low, high)):<16} {top}{lead}")
        leaving = self.exit_estimates()
        if leaving:
            below, negative, others = (leaving[k] for k in ("below", "negative surplus", "others negative"))
            lines.append(
                f"left or suspended: {len(self.exits)}; they gained less than {below.value:.0%} {_span(below)} of the "
                f"others; {negative.value:.0%} had a negative surplus, as had {others.value:.0%} of those who stayed"
            )
        return "\n".join(lines)

    def _headline(self) -> str:
        groups = len({joining.group for joining in self.joinings})
        return (
            f"Who joins next: {len(self.joinings)} joins of {groups} groups, fitted to groups founded by {self.split}"
        )


def next_member(
    regions: Region | str | Iterable[Region | str],
    split: int = SPLIT,
    *,
    fitter: Fitter | None = None,
    coefficients: Mapping[str, Mapping[str, float]] | None = None,
    baselines: Mapping[str, Baseline] = BASELINES,
    level: float = 0.95,
    seed: int = 0,
) -> NextMember:
    """Rank every state that joined a group among all that could have, by what it adds.

    For a join of i to S, the eligible outsiders o of the pool are ranked by v(S + o) - v(S) with figures of the year
    before. S are the members of that year, or the founders where somebody joined in the year of founding. Others that
    joined in the same year are left out of the ranking. Exits are scored by the leaver's own gain.

    Parameters
    ----------
    regions : Region or name, or several
    split : int, default 2014
        Coefficients are fitted to groups founded by this year, with figures dated by it; so joins since then are out
        of time.
    fitter : callable, optional
        As for `models.holdout.holdout`.
    coefficients : mapping of region name to coefficients, optional
        Instead of fitting.
    baselines : mapping of name to Baseline, optional
        A rule ranks o by its score of S + o.
    level : float, default 0.95
    seed : int, default 0

    Returns
    -------
    NextMember

    Raises
    ------
    ChoiceError
        Too few groups to fit; coefficients that leave a region out; a level that is not between 0 and 1.
    ValueError
        An unknown region, or a split outside the panel.

    Notes
    -----
    Tested are joins since 1991 to groups of every kind that are coded for an interest of the region, with at least two
    members in the pool; but institutions and alliances of more than twelve members are left out (``excluded`` names
    them), which take members by treaty and geography.

    Examples
    --------
    >>> tested = next_member("asia-pacific")
    >>> [j.entrant for j in tested.joinings if j.group == "Malabar"]
    ['JPN', 'AUS']
    """
    tested = as_regions(regions)
    for region in tested.values():
        region.panel.check_year(split)
    theta = fit_regions(tested.values(), split, split, fitter=fitter) if coefficients is None else coefficients
    if missing := [name for name in tested if name not in theta]:
        raise ChoiceError(f"no coefficients for {missing[0]}; there are those of {', '.join(theta) or 'no region'}")
    if not 0 < level < 1:
        raise ChoiceError(f"level is {level}; it must lie between 0 and 1")
    joinings: list[Joining] = []
    exits: list[Exit] = []
    excluded: list[tuple[str, str]] = []
    for name, region in tested.items():
        rules = {key: rule.build(region, split) for key, rule in baselines.items()}
        own = dict(theta[name])
        if "setup" in region.names and region.choice_data(until=split).choices:
            own = region.anchored(own, split)  # a gain has a sign only once founding has a cost
        for group in region.groups:
            for year, state, event in region.panel.events.get(group.name, ()):
                if year < SINCE:
                    continue
                purpose = region.purpose(group)
                reason, inside = _reason(region, group, purpose, year, state, event)
                if reason:
                    excluded.append((f"{group.name}: {state} {event} {year}", reason))
                elif event == "join":
                    joinings.append(_joining(region, group, purpose, year, state, inside, own, rules))
                else:
                    exits.append(_exit(region, group, purpose, year, state, event, inside, own))
    return NextMember(
        joinings=tuple(sorted(joinings, key=lambda j: (j.year, j.group, j.entrant))),
        exits=tuple(sorted(exits, key=lambda e: (e.year, e.group, e.state))),
        excluded=tuple(excluded),
        split=split,
        level=level,
        seed=seed,
    )


def _reason(
    region: Region, group: ObservedGroup, purpose: str, year: int, state: str, event: str
) -> tuple[str, tuple[int, ...]]:
    """Say why an event cannot be tested, or '' and the members of the pool at the time."""
    founders = set(group.founders) if group.start == year else set()
    everyone = {s for s, first, last in region.panel.spells(group.name) if first < year <= last} | founders
    inside = tuple(i for i, s in enumerate(region.states) if s in everyone)
    if group.kind in ("institution", "alliance") and len(everyone) > BODY:
        return f"a body of {len(everyone)} members", ()
    if year - 1 not in region.years:
        return f"no figures for {year - 1}", ()
    if state not in region.states:
        return f"{state} is not in the pool", ()
    if event == "join" and region.states.index(state) not in region.eligible(purpose):
        return f"{state} is a challenger of {purpose}", ()
    if event != "join" and region.states.index(state) not in inside:
        return f"{state} was no member the year before", ()
    if len(inside) < 2:
        return f"{len(inside)} member(s) in the pool the year before", ()
    return "", inside


def _joining(
    region: Region,
    group: ObservedGroup,
    purpose: str,
    year: int,
    state: str,
    inside: tuple[int, ...],
    coefficients: Coefficients,
    rules: Mapping[str, Scores],
) -> Joining:
    context = (purpose, year - 1)
    together = {s for y, s, event in region.panel.events[group.name] if y == year and event == "join"} - {state}
    outside = [o for o in region.eligible(purpose) if o not in inside and region.states[o] not in together]
    members = np.sort(np.array([[*inside, o] for o in outside], dtype=np.intp), axis=1)
    theta = np.array([coefficients[name] for name in region.names])
    worth = region.features(members, *context) @ theta
    before = float(region.features(np.array([inside]), *context)[0] @ theta)
    true = outside.index(region.states.index(state))
    scores = {MODEL: worth} | {key: rule(members, context) for key, rule in rules.items()}
    return Joining(
        region=region.name,
        group=group.name,
        year=year,
        entrant=state,
        members=tuple(region.states[i] for i in inside),
        outsiders=len(outside),
        marginal=float(worth[true]) - before,
        reciprocal={key: reciprocal_rank(values, true) for key, values in scores.items()},
        top={key: share_in_top(values, true, TOP) for key, values in scores.items()},
    )


def _exit(
    region: Region,
    group: ObservedGroup,
    purpose: str,
    year: int,
    state: str,
    event: str,
    inside: tuple[int, ...],
    coefficients: Coefficients,
) -> Exit:
    gains = region.gains(np.array([inside]), purpose, year - 1, coefficients)[0]
    own = inside.index(region.states.index(state))
    others = np.delete(gains, own)
    return Exit(
        region=region.name,
        group=group.name,
        year=year,
        state=state,
        event=event,
        members=tuple(region.states[i] for i in inside),
        surplus=float(gains[own]),
        below=float(np.mean((others > gains[own]) + 0.5 * (others == gains[own]))),
        others_negative=float(np.mean(others < 0)),
    )


def _span(estimate: Estimate) -> str:
    return "" if np.isnan(estimate.low) else f"[{estimate.low:.3f}, {estimate.high:.3f}]"
