"""What a test of a claim returns: findings with intervals, one rule for the verdict, a table and a figure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from coalitions.result import Result
from models.panel import nearest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["SIDES", "VERDICTS", "Finding", "Statement", "Statements", "verdict_of"]

VERDICTS = ("supported", "mixed", "not supported", "not decided")
SIDES = ("above", "below")
REACH = 8.0
"""Half-widths a figure shows; what lies farther is drawn at its edge as an arrow."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One effect with its interval, and on which side of the null value the claim puts it.

    Attributes
    ----------
    name : str
        Where, or by which measure.
    effect : float
    interval : tuple of two floats
        nan where none can be given; infinite ends are allowed.
    null : float
        The effect if the claim were empty.
    side : str
        ``"above"`` or ``"below"``: where the claim puts the effect.
    unit : str
    theory : float
        The same under the priors of theory, before any group spoke; nan where no coefficient is at work. It is shown
        beside the effect and decides nothing.

    Examples
    --------
    >>> Finding(name="all", effect=2.0, interval=(1.2, 3.1), null=1.0, side="above", unit="ratio").verdict
    'supported'
    """

    name: str
    effect: float
    interval: tuple[float, float]
    null: float
    side: str
    unit: str
    theory: float = math.nan

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise ValueError(f"finding {self.name!r}: side {self.side!r} is not one of {', '.join(SIDES)}")
        if not math.isfinite(self.null):
            raise ValueError(f"finding {self.name!r}: null value {self.null} must be finite")
        low, high = self.interval
        if low > high:
            raise ValueError(f"finding {self.name!r}: interval from {low} to {high} is upside down")

    @property
    def verdict(self) -> str:
        """What the interval says of the claim: an end on the null value does not exclude it."""
        low, high = self.interval
        if math.isnan(low) or math.isnan(high) or low <= self.null <= high:
            return "not decided"
        return "supported" if (low > self.null) == (self.side == "above") else "not supported"

    @property
    def standardised(self) -> tuple[float, float, float]:
        """Effect and interval as distances from the null in half-widths of the interval, the claimed side up.

        Ratios are taken as shares r / (1 + r) first, so that one without an upper end has a place.
        """
        ends = sorted(self.place(x) for x in self.interval)
        return self.place(self.effect), ends[0], ends[1]

    def place(self, value: float) -> float:
        """Give a value's distance from the null in half-widths of the interval, the claimed side up.

        Parameters
        ----------
        value : float
            In the unit of the effect.

        Returns
        -------
        float
            0 at the null value; ratios r are taken as shares r / (1 + r).
        """
        null, effect, low, high, x = (
            _bounded(each, self.unit) for each in (self.null, self.effect, *self.interval, value)
        )
        half = (high - low) / 2 or abs(effect - null) or 1.0
        return (x - null) / half * (1.0 if self.side == "above" else -1.0)


def verdict_of(findings: Sequence[Finding]) -> str:
    """Give one verdict on several findings, the main one first.

    Parameters
    ----------
    findings : sequence of Finding
        At least one.

    Returns
    -------
    str
        ``"mixed"`` where one finding supports the claim and another speaks against it; else that of the first.

    Raises
    ------
    ValueError
        There is no finding.

    Examples
    --------
    >>> here = Finding(name="here", effect=2, interval=(1, 3), null=0, side="above", unit="groups")
    >>> there = Finding(name="there", effect=-2, interval=(-3, -1), null=0, side="above", unit="groups")
    >>> verdict_of([here]), verdict_of([there]), verdict_of([here, there])
    ('supported', 'not supported', 'mixed')
    """
    if not findings:
        raise ValueError("no findings: a verdict needs one at least")
    found = {finding.verdict for finding in findings}
    return "mixed" if {"supported", "not supported"} <= found else findings[0].verdict


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Statement(Result):
    """A claim with its verdict.

    Attributes
    ----------
    id : str
        ``"S1"`` to ``"S20"``.
    claim : str
        In our own words.
    test : str
        What was computed.
    verdict : str
        One of ``VERDICTS``, by ``verdict_of``.
    finding : str
        Where, or by which measure, the main effect is taken.
    effect : float
        nan where no test could be made.
    interval : tuple of two floats
    level : float or None
        Of confidence; None where the interval is a range over prior choices.
    unit : str
    null : float
        The effect if the claim were empty.
    side : str
        ``"above"`` or ``"below"``: where the claim puts the effect.
    basis : str
        What the test stands on.
    theory : float
        The effect under the priors of theory; nan where no coefficient is at work.
    parts : tuple of Finding
        The same by region, by measure or by member of the claim; they enter the verdict.
    details : dict
        Counts and figures beside the verdict.
    reason : str
        Why a claim is not decided, or what is still missing.
    """

    id: str
    claim: str
    test: str
    verdict: str
    finding: str
    effect: float
    interval: tuple[float, float]
    level: float | None
    unit: str
    null: float
    side: str
    basis: str
    theory: float = math.nan
    parts: tuple[Finding, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def main(self) -> Finding | None:
        """The finding the verdict starts from; None where no test could be made."""
        if math.isnan(self.effect):
            return None
        return Finding(
            name=self.finding,
            effect=self.effect,
            interval=self.interval,
            null=self.null,
            side=self.side,
            unit=self.unit,
            theory=self.theory,
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row a finding, the main one first.

        Returns
        -------
        pandas.DataFrame
            Columns part, effect, low, high, theory, null, side, unit, verdict.
        """
        import pandas as pd

        names = ["part", "effect", "low", "high", "theory", "null", "side", "unit", "verdict"]
        rows = [
            (part.name, part.effect, *part.interval, part.theory, part.null, part.side, part.unit, part.verdict)
            for part in self._findings()
        ]
        return pd.DataFrame(rows, columns=names)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each finding's interval by its distance from the null value, the claimed side to the right.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        rows = [(part.name, part, part.verdict) for part in self._findings()]
        return _forest(rows, "\n".join(wrap(f"{self.id} {self.verdict}: {self.claim}", 64)), ax)

    def __repr__(self) -> str:
        lines = [self._headline()]
        if self.main is not None:
            lines.append(f"{self.finding}: {_words(self.main)}{self._coverage}; {self.basis}")
        lines += [f"  {part.verdict:<13}  {part.name}: {_words(part)}" for part in self.parts]
        return "\n".join(lines)

    def _headline(self) -> str:
        return f"{self.id} {self.verdict}{f' ({self.reason})' if self.reason else ''}: {self.claim}"

    @property
    def _coverage(self) -> str:
        return "" if self.level is None else f", {self.level:.0%} interval"

    def _findings(self) -> tuple[Finding, ...]:
        return self.parts if self.main is None else (self.main, *self.parts)


@dataclass(frozen=True, eq=False, repr=False)
class Statements(Result):
    """Claims with their verdicts, in order; ``statements["S6"]`` finds one."""

    found: tuple[Statement, ...]

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, identifier: str) -> Statement:
        for statement in self.found:
            if statement.id == identifier:
                return statement
        known = [statement.id for statement in self.found]
        hint = nearest(str(identifier), known) or f"; known: {', '.join(known)}"
        raise ValueError(f"no statement {identifier!r}{hint}")

    def to_frame(self) -> pd.DataFrame:
        """Give one row a claim.

        Returns
        -------
        pandas.DataFrame
            Columns id, verdict, effect, low, high, theory, null, unit, parts (how many findings support the claim,
            decide nothing, speak against it), reason, claim.
        """
        import pandas as pd

        names = ["id", "verdict", "effect", "low", "high", "theory", "null", "unit", "parts", "reason", "claim"]
        rows = [
            (s.id, s.verdict, s.effect, *s.interval, s.theory, s.null, s.unit, _tally(s._findings()), s.reason, s.claim)
            for s in self.found
        ]
        return pd.DataFrame(rows, columns=names)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the main finding of every claim that has one, as distance from the null in half-widths.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ValueError
            No claim has a finding to draw.
        """
        rows = [(f"{s.id}  {_first_line(s.claim)}", s.main, s.verdict) for s in self.found if s.main is not None]
        if not rows:
            raise ValueError(f"no statement of {len(self)} has an effect to draw; give a fit to test them with")
        return _forest(rows, self._headline(), ax)

    def __repr__(self) -> str:
        lines = [self._headline()]
        for s in self.found:
            shown = f"  {_words(s.main)}" if s.main is not None else f"  {s.reason}"
            lines.append(f"{s.id:<4} {s.verdict:<13}{shown}")
        return "\n".join(lines)

    def _headline(self) -> str:
        counts = [f"{n} {verdict}" for verdict in VERDICTS if (n := sum(s.verdict == verdict for s in self.found))]
        return f"{len(self)} claim{'s' * (len(self) != 1)}: {', '.join(counts)}"


def _bounded(x: float, unit: str) -> float:
    if unit != "ratio":
        return x
    return 1.0 if math.isinf(x) else x / (1 + x)


def _words(finding: Finding) -> str:
    low, high = finding.interval
    theory = "" if math.isnan(finding.theory) else f" ({finding.theory:.3g} in theory)"
    claimed = f"{finding.side} {finding.null:.3g} is claimed"
    return f"{finding.effect:.3g} [{low:.3g}, {high:.3g}]{theory} {finding.unit}, {claimed}"


def _tally(findings: Sequence[Finding]) -> str:
    count = [sum(f.verdict == verdict for f in findings) for verdict in ("supported", "not decided", "not supported")]
    return "/".join(map(str, count)) if findings else ""


def _first_line(text: str) -> str:
    lines = wrap(text, 52)
    return lines[0] + (" ..." if len(lines) > 1 else "")


def _clipped(x: float) -> float:
    return min(max(x, -REACH), REACH)


def _forest(rows: Sequence[tuple[str, Finding, str]], title: str, ax: Axes | None) -> Axes:
    import matplotlib.pyplot as plt

    from coalitions.report.style import BLUE, ORANGE, PURPLE, QUIET, VERMILION

    colours = {"supported": BLUE, "mixed": PURPLE, "not supported": VERMILION, "not decided": ORANGE}
    marks = {"supported": "o", "mixed": "D", "not supported": "X", "not decided": "s"}
    if ax is None:
        ax = plt.subplots(figsize=(7.2, 1.4 + 0.34 * len(rows)), layout="constrained")[1]
    for place, (_, finding, verdict) in enumerate(rows):
        effect, low, high = finding.standardised
        colour = colours[verdict]
        if not math.isnan(low):
            ends = [_clipped(low), _clipped(high)]
            ax.plot(ends, [place, place], color=colour, linewidth=1.6, solid_capstyle="butt")
        mark = marks[verdict] if abs(effect) <= REACH else (">" if effect > 0 else "<")
        ax.plot(_clipped(effect), place, mark, color=colour, markersize=6)
        if not math.isnan(finding.theory):
            ax.plot(_clipped(finding.place(finding.theory)), place, "o", mfc="none", color=QUIET, markersize=5)
        ax.annotate(verdict, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8, color=colour)
    ax.axvline(0, color=QUIET, linewidth=0.8)
    ax.set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=8)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="x", labelsize=8)
    told = "distance from no effect, in half-widths of the interval (right: as claimed)"
    theory = any(not math.isnan(finding.theory) for _, finding, _ in rows)
    ax.set_xlabel(f"{told}\nopen circles: under the priors of theory" if theory else told, fontsize=8)
    ax.set_title(title, fontsize=9.5, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    return ax
