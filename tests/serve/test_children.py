"""A verb in a process of its own: what it answers, what it complains, and that it can be ended."""

import asyncio
from pathlib import Path

import pytest

from ritornello.serve.children import ask_child


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "ritornello.py"


def test_it_answers_and_complains(says: Path) -> None:
    says.write_text(
        "import sys; print(sys.argv[1:]); print('a\\nerror: no such file', file=sys.stderr); sys.exit(3)"
    )
    ended = asyncio.run(ask_child(["import", "history"]))
    assert (ended.status, ended.error) == (3, "error: no such file")
    assert ended.answer == b"['import', 'history']\n"


def test_it_is_ended_with_whoever_waits(says: Path) -> None:
    says.write_text("import time; open('began', 'w').close(); time.sleep(60); open('late', 'w')")

    async def main() -> None:
        task = asyncio.create_task(ask_child(["erase"]))
        while not (says.parent / "began").exists():  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert not (says.parent / "late").exists()
