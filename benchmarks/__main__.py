"""Run every benchmark, or those whose module is named: ``python -m benchmarks values groups``."""

from __future__ import annotations

import platform
import sys

from benchmarks import cores, dense, groups, regions, structures, values

MODULES = {
    "values": values,
    "dense": dense,
    "cores": cores,
    "structures": structures,
    "groups": groups,
    "regions": regions,
}


def main() -> int:
    chosen = sys.argv[1:] or list(MODULES)
    for name in chosen:
        if name not in MODULES:
            print(f"no benchmark {name!r}; there are {', '.join(MODULES)}", file=sys.stderr)
            return 2
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    missed = 0
    for name in chosen:
        for row in MODULES[name].rows():
            print(row, flush=True)
            missed += row.measured > row.limit
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
