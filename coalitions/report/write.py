"""A study on disk: every file whole or not there at all."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

from coalitions.report.figures import figures
from coalitions.report.page import page
from coalitions.report.study import Study
from coalitions.report.table import columns_csv
from coalitions.report.tables import tables
from coalitions.report.validation import SPLIT

_PACKAGES = (
    "minilateral",
    "numpy",
    "scipy",
    "highspy",
    "pulp",
    "numba",
    "pandas",
    "matplotlib",
    "jinja2",
)


def write(study: Study, out: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Write a report: page, tables, figures, and a manifest that says how they came about.

    Parameters
    ----------
    study : Study
    out : path
        A directory; made if it is not there.
    force : bool, default False
        Write into a directory that is not empty: files of a report are replaced, others left alone.

    Returns
    -------
    pathlib.Path
        The page, ``report.html``.

    Raises
    ------
    FileExistsError
        The directory is not empty and ``force`` is not set, or the path is a file.
    OSError
        The disk is full or not writeable; no file of the report has then been touched.

    Notes
    -----
    Everything is made in memory, written under temporary names beside its place and flushed to the disk; only when
    all of it is there are the files given their names, the manifest last. An error or Ctrl-C before that leaves
    things as they were.
    """
    started = monotonic()
    folder = Path(out)
    check_folder(folder, force=force)
    made, drawn = tables(study), figures(study)
    versions = _versions()
    files: dict[str, bytes] = {}
    for table in made:
        files[f"tables/{table.name}.csv"] = table.csv().encode()
        files[f"tables/{table.name}.tex"] = table.latex().encode()
    files["tables/columns.csv"] = columns_csv(made).encode()
    for drawing in drawn:
        files[f"figures/{drawing.name}.svg"] = drawing.svg
        files[f"figures/{drawing.name}.pdf"] = drawing.pdf
    files["report.html"] = page(study, made, drawn, versions).encode()
    seconds = {**study.seconds, "writing": monotonic() - started}
    manifest = _manifest(study, versions, seconds, files)
    files["manifest.json"] = (json.dumps(manifest, indent=2) + "\n").encode()
    put_all(folder, files)
    return folder / "report.html"


def check_folder(folder: Path, *, force: bool) -> None:
    """Refuse a place where a report must not go.

    Parameters
    ----------
    folder : Path
    force : bool

    Raises
    ------
    FileExistsError
        It is a file, or a directory that is not empty.
    """
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; name a directory for the report")
    if folder.is_dir() and not force and any(folder.iterdir()):
        raise FileExistsError(
            f"{folder} is not empty; name another directory, or write into it with --force (which replaces the "
            "files of a report and leaves all others)"
        )


def put_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files so that either all of them appear or none does.

    Parameters
    ----------
    folder : Path
    files : mapping from relative name to content
        Given their names in this order.

    Raises
    ------
    OSError
        Nothing under a final name has changed, and no temporary is left, unless renaming itself failed.
    """
    waiting: dict[Path, Path] = {}
    with _undone_on_failure(folder, files, waiting):
        for name, content in files.items():
            target = folder / name
            if target.is_dir():
                raise IsADirectoryError(f"{target} is a directory, where a file of the report has to go")
            temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
            with temporary.open("xb") as handle:
                waiting[temporary] = target
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
        for temporary, target in list(waiting.items()):
            os.replace(temporary, target)
            del waiting[temporary]


@contextmanager
def _undone_on_failure(folder: Path, files: Mapping[str, bytes], waiting: dict[Path, Path]) -> Iterator[None]:
    """Make the directories; on any failure remove the temporaries, and the directories made here."""
    made: list[Path] = []
    try:
        for parent in dict.fromkeys((folder / name).parent for name in files):
            missing = [each for each in (parent, *parent.parents) if not each.exists()]
            for each in reversed(missing):
                each.mkdir()
                made.append(each)
        yield
    except BaseException:
        for temporary in waiting:
            temporary.unlink(missing_ok=True)
        for each in reversed(made):
            if not any(each.iterdir()):
                each.rmdir()
        raise


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    from coalitions import __version__

    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # run from the source, uninstalled
            if package == "minilateral":
                found[package] = __version__
    return found


def _manifest(
    study: Study, versions: dict[str, str], seconds: dict[str, float], files: Mapping[str, bytes]
) -> dict[str, Any]:
    plan = study.plan
    return {
        "report": study.region.name,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "arguments": {
            "region": study.region.name,
            "year": study.year,
            "interests": [interest.id for interest in study.interests],
            "fitted_with": [] if study.coefficients.joint is None else list(study.coefficients.joint.regions),
            "max_size": study.max_size,
            "groups": study.groups,
            "seed": study.seed,
        },
        "holdout_split": SPLIT,
        "versions": versions,
        "inputs_sha256": dict(study.region.panel.sources),
        "plan": {
            "candidates": len(plan.candidates),
            "solver": plan.solver,
            "status": plan.status,
            "worth": plan.worth,
            "bound": plan.bound,
            "gap": plan.gap,
            "tolerance": plan.tolerance,
            "proven": plan.is_proven,
        },
        "seconds": {step: round(value, 3) for step, value in seconds.items()},
        "outputs": {
            name: {"sha256": sha256(content).hexdigest(), "bytes": len(content)} for name, content in files.items()
        },
    }
