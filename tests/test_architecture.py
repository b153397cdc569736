"""The house of the library: who may import whom, what an import costs, what is public."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import coalitions

ROOT = Path(__file__).resolve().parents[1]
LAYERS = (
    (
        "errors",
        "tolerance",
        "memory",
        "result",
        "coalition",
        "exact",
        "polyhedra",
        "worths",
        "game",
        "allocation",
        "answers",
        "files",
        "sources",
        "families",
        "function_game",
    ),
    ("program", "values", "core", "structures", "parametric", "properties", "player_properties", "simple_properties"),
    ("formation",),
    ("calibration",),
    ("report", "cli"),
)
RANK = {room: depth for depth, rooms in enumerate(LAYERS) for room in rooms}


def rank(room):
    """The layer of a room; compiled loops import nothing of ours, so they lie at the bottom."""
    return 0 if room.startswith("_kernels") else RANK.get(room, len(LAYERS))


HEAVY = (
    "numba",
    "pandas",
    "sympy",
    "matplotlib",
    "scipy.optimize",
    "pulp",
    "highspy",
    "jinja2",
    "rich",
    "typer",
)


def rooms_imported(path):
    """The modules of the library a file imports, wherever in the file; read, not run."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from (name.split(".") for name in names)


@pytest.mark.parametrize("path", sorted((ROOT / "coalitions").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_never_point_up(path):
    room = path.relative_to(ROOT / "coalitions").parts[0].removesuffix(".py")
    own = rank(room)
    for name in rooms_imported(path):
        assert name[0] != "models", "coalitions knows no country"
        if name[0] == "coalitions" and room != "__init__":
            target = name[1]
            if room in ("report", "cli") and target == "__version__":
                continue
            assert rank(target) <= own, f"{room} imports {target}"


def test_an_import_stays_light():
    code = f"import sys, coalitions, models; print([m for m in {HEAVY!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("package", ["coalitions", "coalitions.core"])
def test_the_stub_for_type_checkers_has_the_same_names(package):
    module = importlib.import_module(package)
    stub = ast.parse(Path(module.__file__).with_suffix(".pyi").read_text())
    names = {alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    names |= {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)} - {"__all__"}
    assert names == set(module.__all__)


@pytest.mark.parametrize("package", ["core", "values", "structures", "formation", "families"])
def test_every_room_gives_what_it_lists(package):
    module = importlib.import_module(f"coalitions.{package}")
    assert len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        thing = getattr(module, name)
        assert not isinstance(thing, ModuleType), f"{package}.{name} is hidden by a module of the same name"
        assert name.isupper() or thing.__doc__


def test_every_public_name_is_there_and_documented():
    assert len(set(coalitions.__all__)) == len(coalitions.__all__)
    for name in coalitions.__all__:
        assert getattr(coalitions, name).__doc__


def test_the_version_is_the_one_of_the_distribution():
    from importlib.metadata import version

    assert version("minilateral") == coalitions.__version__
