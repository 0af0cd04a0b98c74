"""The wheel holds everything the package needs to run, and nothing is read from beside it."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "ritornello"


def test_every_file_of_the_package_is_in_the_wheel(tmp_path):
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "build", "--wheel", "--offline", "--quiet", "--out-dir", tmp_path, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        packed = {name for name in opened.namelist() if name.startswith("ritornello/")}
    files = {
        path for path in PACKAGE.rglob("*") if path.is_file() and path.parent.name != "__pycache__"
    }
    assert packed == {path.relative_to(PACKAGE.parent).as_posix() for path in files}
    suffixes = {path.suffix for path in files} | {path.name for path in files}
    assert suffixes >= {"schema.sql", "py.typed", ".toml", ".html", ".css", ".js", ".svg"}
