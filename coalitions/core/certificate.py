"""Proofs in rational numbers that a payoff is the nucleolus, and that another is not.

The settled coalitions of all stages give equations for payoffs and levels; each stage has positive weights under which
its coalitions cancel against what was settled before, which proves that its level cannot be lower and that they are
tight in every optimum; and no coalition whose payoff was still open exceeds the level. Stage by stage this is the
criterion of Kohlberg. Floats only choose which coalitions need not be looked at exactly, by a margin over rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coalitions.coalition import Label, Masks, labels_of
from coalitions.core.problem import Problem, Span
from coalitions.core.stages import Tight
from coalitions.errors import SolverError
from coalitions.exact import solve
from coalitions.worths import integer_worths

_BLOCK = 1 << 16


class CertificateError(SolverError):
    """What was found could not be proven; the message says which part of the proof fails."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """Coalitions that were settled together.

    Attributes
    ----------
    level : number
        The excess over weight at which they were settled.
    coalitions : tuple of tuples of labels
        Those that prove that the level cannot be lower.
    weights : tuple of numbers
        Positive, one a coalition: weighted, the coalitions cancel against the floors here and what was settled before,
        and the weights times w(S) sum to 1.
    floors : tuple of labels
        Players whom the stage holds at what they are worth alone.
    floor_weights : tuple of numbers
        Positive, one a floor.
    """

    level: Any
    coalitions: tuple[tuple[Label, ...], ...]
    weights: tuple[Any, ...]
    floors: tuple[Label, ...] = ()
    floor_weights: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Certificate:
    """A proof in rational numbers that a payoff is the nucleolus asked for.

    Attributes
    ----------
    stages : tuple of Stage
        Levels and weights are Fractions.
    margin : float
        How far below the level of its stage the nearest coalition stays that is not one of the stage's: 0 where the
        coalitions that prove a level are not the only ones to attain it, inf where there are no others.
    """

    stages: tuple[Stage, ...]
    margin: float

    @property
    def levels(self) -> tuple[Any, ...]:
        """The level of every stage."""
        return tuple(stage.level for stage in self.stages)

    @property
    def coalitions(self) -> tuple[tuple[tuple[Label, ...], ...], ...]:
        """The coalitions of every stage."""
        return tuple(stage.coalitions for stage in self.stages)

    @property
    def weights(self) -> tuple[tuple[Any, ...], ...]:
        """The weights of every stage."""
        return tuple(stage.weights for stage in self.stages)

    def __repr__(self) -> str:
        lines = [f"certificate of {len(self.stages)} stage{'s' * (len(self.stages) != 1)}, margin {self.margin:g}"]
        for stage in self.stages:
            lines.append(f"level {stage.level}")
            for names, weight in zip(stage.coalitions, stage.weights, strict=True):
                lines.append(f"  {weight!s:>8}  {' '.join(map(str, names))}")
            for player, weight in zip(stage.floors, stage.floor_weights, strict=True):
                lines.append(f"  {weight!s:>8}  {player}, who gets what it is worth alone")
        return "\n".join(lines)


class Proven(NamedTuple):
    """Payoffs and their proof.

    Attributes
    ----------
    payoffs : list of n Fractions
    certificate : Certificate
    """

    payoffs: list[Fraction]
    certificate: Certificate


def describe(
    problem: Problem, stages: Iterable[Sequence[Tight]], levels: Iterable[Any], weights: Iterable[Sequence[Any]]
) -> tuple[Stage, ...]:
    """Write stages with labels.

    Parameters
    ----------
    problem : Problem
    stages : iterable of sequences of Tight
    levels : iterable of numbers
    weights : iterable of sequences of numbers
        One of each stage's coalitions and floors.

    Returns
    -------
    tuple of Stage
    """
    described = []
    for tight, level, own in zip(stages, levels, weights, strict=True):
        at_level = [(mask, weight) for (mask, floor), weight in zip(tight, own, strict=True) if not floor]
        held = [(mask, weight) for (mask, floor), weight in zip(tight, own, strict=True) if floor]
        described.append(
            Stage(
                level=level,
                coalitions=tuple(labels_of(mask, problem.players) for mask, _ in at_level),
                weights=tuple(weight for _, weight in at_level),
                floors=tuple(problem.players[mask.bit_length() - 1] for mask, _ in held),
                floor_weights=tuple(weight for _, weight in held),
            )
        )
    return tuple(described)


def prove(problem: Problem, stages: Sequence[Sequence[Tight]]) -> Proven:
    """Solve what was settled exactly, and prove that it is the nucleolus.

    Parameters
    ----------
    problem : Problem
    stages : sequence of sequences of Tight

    Returns
    -------
    Proven

    Raises
    ------
    CertificateError
        The stages are not those of the nucleolus.

    Notes
    -----
    A scan of the table; exact numbers only for the coalitions that floats cannot rule out.

    References
    ----------
    .. [1] E. Kohlberg (1971), On the nucleolus of a characteristic function game, SIAM Journal on Applied Mathematics
           20, 62-66.
    """
    n = problem.n
    x, levels = _solved(problem, stages)
    span = Span(n, problem.fixed)
    spans, weights = [], []
    for k, tight in enumerate(stages):
        spans.append(span.copy())
        weights.append(_balancing(problem, span, tight, k))
        for mask, _ in tight:
            span.add(mask)
    if span.free:
        raise CertificateError(f"the settled coalitions leave the payoffs open in {span.free} directions")
    if problem.floors:
        for i, alone in enumerate(problem.worth(1 << np.arange(n))):
            if x[i] < alone:
                raise CertificateError(f"{problem.players[i]!r} would get {x[i]}, less than the {alone} it makes alone")
    margin = _scan(problem, x, levels, spans, stages) if stages else math.inf
    return Proven(x, Certificate(stages=describe(problem, stages, levels, weights), margin=margin))


def _solved(problem: Problem, stages: Sequence[Sequence[Tight]]) -> tuple[list[Fraction], list[Fraction]]:
    n = problem.n
    rows: list[list[Any]] = [_bits(mask, n) + [0] * len(stages) for mask in problem.fixed]
    masks = [*problem.fixed]
    for k, tight in enumerate(stages):
        for (mask, floor), weight in zip(tight, _weights(problem, tight), strict=True):
            rows.append(_bits(mask, n) + [0] * len(stages))
            rows[-1][n + k] = 0 if floor else weight
            masks.append(mask)
    solution = solve(rows, problem.worth(np.array(masks, np.int64)))
    if solution is None:
        raise CertificateError("no payoff settles the coalitions of all stages at one level a stage")
    return solution[:n], solution[n:]


def _balancing(problem: Problem, span: Span, tight: Sequence[Tight], k: int) -> list[Fraction]:
    """Find the weights under which a stage's coalitions cancel against what was settled before."""
    rows: list[Sequence[Any]] = list(zip(*(span.against(mask) for mask, _ in tight), strict=True))
    rows.append([0 if floor else w for (_, floor), w in zip(tight, _weights(problem, tight), strict=True)])
    own = solve(rows, [0] * span.free + [1])
    if own is None or min(own) <= 0:
        raise CertificateError(f"the coalitions of stage {k + 1} are not balanced")
    return own


def _weights(problem: Problem, tight: Sequence[Tight]) -> list[Fraction]:
    return problem.weights.exact(np.array([mask for mask, _ in tight], np.int64))


def _bits(mask: int, n: int) -> list[Any]:
    return [mask >> i & 1 for i in range(n)]


def _scan(
    problem: Problem,
    x: list[Fraction],
    levels: list[Fraction],
    spans: Sequence[Span],
    stages: Sequence[Sequence[Tight]],
) -> float:
    """Check that no open coalition exceeds the level of a stage; give the least distance of the others."""
    margin = math.inf
    payoffs, heights = np.array(x, np.float64), np.array(levels, np.float64)
    largest = float(abs(payoffs).sum() + abs(problem.worths).max())
    tight = [np.array([mask for mask, floor in own if not floor], np.int64) for own in stages]
    rounding = 8 * (problem.n + 4) * float(np.finfo(np.float64).eps)
    for masks in _blocks(problem):
        excesses = problem.worths[masks] - _member_sums(masks, payoffs.tolist(), np.dtype(np.float64))
        weights = np.array([float(w) for w in problem.weights.exact(masks)])
        reach = rounding * (largest + float(abs(heights).max() * weights.max()))
        _check(problem, masks[excesses - heights.min() * weights > -reach], x, levels, spans)
        for level, span, own in zip(heights, spans, tight, strict=True):
            distances = level - excesses / weights
            distances[np.isin(masks, own)] = math.inf
            close = np.flatnonzero(distances < margin)
            close = close[~span.holds(masks[close])]
            margin = min(margin, float(distances[close].min(initial=math.inf)))
    return max(margin, 0.0)


def _blocks(problem: Problem) -> Iterator[Masks]:
    """Walk through the coalitions that count, not too many at a time."""
    if problem.listed is not None:
        everything = problem.listed
        yield from (everything[at : at + _BLOCK] for at in range(0, len(everything), _BLOCK))
    else:
        total = 1 << problem.n
        yield from (np.arange(max(at, 1), min(at + _BLOCK, total)) for at in range(0, total, _BLOCK))


def _member_sums(masks: Masks, values: Sequence[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    sums = np.zeros(len(masks), dtype)
    for i, value in enumerate(values):
        sums += (masks >> i & 1).astype(dtype) * value
    return sums


def _check(problem: Problem, masks: Masks, x: list[Fraction], levels: list[Fraction], spans: Sequence[Span]) -> None:
    """Compare excesses with levels in integers, all brought to one denominator."""
    if not len(masks):
        return
    worths, worth_unit = _integers_of(problem.worth(masks))
    weights, weight_unit = _integers_of(problem.weights.exact(masks))
    heights = [level / weight_unit for level in levels]
    common = math.lcm(worth_unit, *(number.denominator for number in (*x, *heights)))
    payoffs = [int(payoff * common) for payoff in x]
    limits = [int(height * common) for height in heights]
    factor = common // worth_unit
    most = max(map(abs, worths)) * factor + sum(map(abs, payoffs)) + max(map(abs, limits)) * max(weights)
    dtype = np.dtype(np.int64 if most < 1 << 62 else object)
    excesses = np.array(worths, dtype) * factor - _member_sums(masks, payoffs, dtype)
    sizes = np.array(weights, dtype)
    for k, (limit, span) in enumerate(zip(limits, spans, strict=True)):
        above = np.flatnonzero(excesses > limit * sizes)
        above = above[~span.holds(masks[above])]
        if len(above):
            names = labels_of(int(masks[above[0]]), problem.players)
            raise CertificateError(f"{names} exceeds the level {levels[k]} of stage {k + 1}, where it takes part")


def _integers_of(numbers: list[Fraction]) -> tuple[list[int], int]:
    found = integer_worths(numbers)
    assert found is not None  # Fractions always have a common denominator
    return found
