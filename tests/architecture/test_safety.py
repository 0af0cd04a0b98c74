"""Nothing in the package can run what it reads, and the locks name exactly what is installed."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "src" / "ritornello").rglob("*.py"))
LOCKS = ("requirements.lock", "requirements-dev.lock")

FORBIDDEN_MODULES = {
    "pickle", "cPickle", "_pickle", "joblib", "dill", "cloudpickle", "marshal", "shelve", "yaml",
}  # fmt: skip
FORBIDDEN_NAMES = {"eval", "exec", "compile", "__import__"}
LOADERS = {"load", "save", "savez", "savez_compressed"}


def violations(tree: ast.AST) -> list[str]:
    """Name every construct that could execute stored bytes."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
            found += [f"import {name}" for name in names & FORBIDDEN_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"from {node.module}"] * (node.module.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.Call):
            found += _violations_of_call(node)
    return found


def _violations_of_call(call: ast.Call) -> list[str]:
    found = []
    if isinstance(call.func, ast.Name) and call.func.id in FORBIDDEN_NAMES:
        found.append(f"{call.func.id}()")
    for keyword in call.keywords:
        allowed = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        if keyword.arg == "allow_pickle" and not allowed:
            found.append("allow_pickle")
        if keyword.arg == "shell" and not allowed:
            found.append("shell")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_nothing_deserialises_code(path):
    assert violations(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_pattern_lets_a_line_feed_through_at_its_end(path):
    """``$`` alone also matches before a last line feed."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    keywords = (k for node in ast.walk(tree) if isinstance(node, ast.Call) for k in node.keywords)
    patterns = [k.value.value for k in keywords if k.arg == "pattern"]
    assert [pattern for pattern in patterns if not pattern.endswith(r"$(?!\n)")] == []


@pytest.mark.parametrize(
    "code",
    ["import pickle", "from joblib import load", "eval('1')", "np.load(f, allow_pickle=True)",
     "np.load(f, allow_pickle=flag)", "import os, marshal", "run('x', shell=True)"],
)  # fmt: skip
def test_the_ban_sees_what_it_forbids(code):
    assert violations(ast.parse(code))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_package_with_hashes_and_names_no_index(name):
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [
        line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")
    ]
    assert lines
    assert not [
        line for line in lines if not re.match(r"^[a-z0-9._-]+==\S+ .*--hash=sha256:", line)
    ]
    assert "://" not in text


def test_the_two_locks_agree():
    runtime, dev = ((ROOT / name).read_text(encoding="utf-8").splitlines() for name in LOCKS)
    pins = {line for line in runtime if "==" in line}
    assert pins
    assert pins <= set(dev)


def test_no_second_lock_is_committed():
    assert not (ROOT / "uv.lock").exists()
