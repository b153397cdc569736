"""Formation: all groups of two to five among forty states, proven optimal; and the report of a region."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.instances import pair_sums, pair_synergies
from benchmarks.timing import Row, once, seconds
from coalitions import candidates, form, stream


def formation() -> Iterator[Row]:
    for n, groups in ((20, 6), (30, 8), (40, 10)):
        payoff = pair_synergies(n)

        def run(n: int = n, groups: int = groups, payoff=payoff):
            return form(candidates(range(n), payoff, max_size=5), bandwidth=2, groups=groups)

        plan = run()
        assert plan.is_proven
        took = seconds(run, 3)
        yield Row(f"form, {len(plan.candidates)} groups among {n} states", took, "s", 5, f"gap {plan.gap:.1g}")


def world() -> Iterator[Row]:
    payoff, bound = pair_sums(193)
    for bandwidth in (1, 2):

        def run(bandwidth: int = bandwidth):
            return form(stream(range(193), payoff, max_size=4, bound=bound), bandwidth=bandwidth)

        if bandwidth == 1:
            run()  # compiles
        plan = run()
        assert plan.is_proven
        count = len(plan.candidates)
        yield Row(f"form, {count} groups among 193 states, bandwidth {bandwidth}", plan.seconds, "s", 300, "proven")
    payoff, _ = pair_sums(125)
    listed = candidates(range(125), payoff, max_size=4)
    plan = form(listed, bandwidth=2)
    assert plan.is_proven
    yield Row(f"form, {len(listed)} listed groups among 125 states, bandwidth 2", plan.seconds, "s", 60, "proven")


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
    yield from world()
    yield from report()
