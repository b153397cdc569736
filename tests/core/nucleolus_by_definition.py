"""The prenucleolus stage by stage from its definition, all coalitions in every rational program: slow and plain."""

from __future__ import annotations

from fractions import Fraction

from coalitions.exact import maximise, rank, solve


def prenucleolus_by_definition(worths):
    """Payoffs, and the level of every stage, of exact worths."""
    n = len(worths).bit_length() - 1
    bits = [[mask >> i & 1 for i in range(n)] for mask in range(1 << n)]
    rows, right = [bits[-1]], [Fraction(worths[-1])]
    levels = []
    while rank(rows) < n:
        free = [mask for mask in range(1, (1 << n) - 1) if rank([*rows, bits[mask]]) > rank(rows)]
        columns = [[*bits[mask], 1] for mask in free]
        gains = [worths[mask] for mask in free]
        for row, total in zip(rows, right, strict=True):
            columns += [[*row, 0], [*(-x for x in row), 0]]
            gains += [total, -total]
        level, weights, _ = maximise(gains, columns, [0] * n + [1])
        levels.append(level)
        for mask, weight in zip(free, weights, strict=False):
            if weight:
                rows.append(bits[mask])
                right.append(worths[mask] - level)
    return solve(rows, right), levels
