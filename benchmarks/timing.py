"""Time a call beside one pass over its table in the same process, so that figures survive a change of machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line of the reach table."""

    what: str
    measured: float
    unit: str
    limit: float
    note: str = ""

    def __str__(self) -> str:
        verdict = "ok" if self.measured <= self.limit else "MISSED"
        return f"{self.what:<58} {self.measured:>9.3g} {self.unit:<10} limit {self.limit:<6g} {verdict:<6} {self.note}"


def seconds(call: Callable[[], Any], repeat: int = 5) -> float:
    """The median time of a call, after one that does not count."""
    call()
    return median(once(call) for _ in range(repeat))


def once(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def interleaved(call: Callable[[], Any], yardstick: Callable[[], Any], repeat: int) -> tuple[float, float]:
    """Median seconds of a call, and the median ratio to a yardstick timed right before it each time."""
    call()
    yardstick()
    pairs = [(once(yardstick), once(call)) for _ in range(repeat)]
    return median(b for _, b in pairs), median(b / a for a, b in pairs)
