"""The house keeps its shape: who may import whom, how large a module is, what it may be called."""

import ast
import importlib
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "ritornello"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
LIBRARIES = {"measures", "testing"}
ENTRANCES = {"ritornello.__main__", "ritornello.cli", "ritornello.evaluate.from_arrow"}
NO_NAMES = {"util", "utils", "helper", "helpers", "common", "base", "misc", "tools", "manager"}
LONGEST_MODULE, LONGEST_FUNCTION = 500, 50


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports_of(path: Path) -> set[str]:
    """Every module of ours a file names, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "ritornello"}


def test_the_import_contract_holds():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_room_stands_in_the_contract():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    named = {room.strip() for layer in layers for room in layer.split("|")}
    assert set(ROOMS) <= named


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_one_concept_of_readable_size(path):
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    assert n_lines <= LONGEST_MODULE
    assert not {part.strip("_") for part in path.stem.split(".")} & NO_NAMES
    assert ast.get_docstring(tree_of(path)) or not tree_of(path).body


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_function_fits_a_screen(path):
    long = {}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            spoken = node.body[0].end_lineno - node.lineno if ast.get_docstring(node) else 0
            n_lines = node.end_lineno - node.lineno + 1 - spoken
            if n_lines > LONGEST_FUNCTION:
                long[node.name] = n_lines
    assert not long


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_comes_in_and_what_goes_out(room):
    text = importlib.import_module(f"ritornello.{room}").__doc__ or ""
    assert "Comes in:" in text
    assert "Goes out:" in text
    assert "?" in text.splitlines()[0]


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_map_names_every_module(room):
    text = importlib.import_module(f"ritornello.{room}").__doc__ or ""
    inside = (PACKAGE / room).iterdir()
    modules = {
        path.stem
        for path in inside
        if (path.suffix == ".py" and path.stem not in ("__init__", "__main__"))
        or (path / "__init__.py").exists()
    }
    assert not {module for module in modules if f"``{module}``" not in text}


def test_no_module_is_an_orphan():
    used = set().union(*(imports_of(path) - {name_of(path)} for path in MODULES))
    used |= set().union(*(imports_of(path) for path in (ROOT / "benchmarks").rglob("*.py")))
    lonely = {
        name_of(path)
        for path in MODULES
        if name_of(path).split(".")[1:2] not in [[room] for room in LIBRARIES]
        and path.name != "__init__.py"
        and name_of(path) not in ENTRANCES
    } - used
    assert not lonely


def test_only_tests_read_the_truth_of_a_world():
    for path in MODULES:
        if "worlds" in path.parts:
            continue
        names = {node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}
        assert "truth" not in names, path
