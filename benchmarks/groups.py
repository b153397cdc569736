"""Formation: all groups of two to five among forty states, proven optimal; and the report of a region."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.instances import pair_synergies
from benchmarks.timing import Row, once, seconds
from coalitions import candidates, form


def formation() -> Iterator[Row]:
    for n, groups in ((20, 6), (30, 8), (40, 10)):
        payoff = pair_synergies(n)

        def run(n: int = n, groups: int = groups, payoff=payoff):
            return form(candidates(range(n), payoff, max_size=5), bandwidth=2, groups=groups)

        plan = run()
        assert plan.is_proven
        took = seconds(run, 3)
        yield Row(f"form, {len(plan.candidates)} groups among {n} states", took, "s", 5, f"gap {plan.gap:.1g}")


def report() -> Iterator[Row]:
    folder = tempfile.mkdtemp()
    out = Path(folder) / "report"
    command = [sys.executable, "-m", "coalitions.cli", "report", "asia-pacific", "--out", str(out), "--force"]

    def run() -> None:
        subprocess.run(command, check=True, capture_output=True)

    run()
    took = once(run)
    assert (out / "report.html").stat().st_size > 100_000
    shutil.rmtree(folder)
    yield Row("coalitions report asia-pacific", took, "s", 60)


def imports() -> Iterator[Row]:
    def run(module: str) -> float:
        return once(lambda: subprocess.run([sys.executable, "-c", f"import {module}"], check=True))

    run("coalitions")
    pairs = sorted(run("coalitions") / run("numpy") for _ in range(11))
    yield Row("import coalitions", pairs[len(pairs) // 2], "x numpy", 1.5, "whole processes, median of 11 pairs")


def rows() -> Iterator[Row]:
    yield from imports()
    yield from formation()
    yield from report()
