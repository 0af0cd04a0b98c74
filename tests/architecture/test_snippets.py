"""What the documents show is what happens: examples print what they say, and commands do what the walk tells."""

import doctest
import re
import shlex
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ritornello.cli import main
from ritornello.cli.filling import fill
from ritornello.cli.wiring import make_home, reading
from ritornello.signals.building import build
from ritornello.store.engines import DuckEngine
from ritornello.testing import lakes
from ritornello.worlds.toy import Size

DOCS = Path(__file__).resolve().parents[2] / "docs"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def blocks(page, kind):
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


@pytest.mark.slow
def test_the_notebook_prints_what_it_says():
    examples = "\n".join(blocks("notebooks.md", "python"))
    test = doctest.DocTestParser().get_doctest(examples, {}, "notebooks.md", None, None)
    outcome = doctest.DocTestRunner().run(test)
    assert outcome.attempted > 20
    assert outcome.failed == 0


@pytest.fixture
def homes(tmp_path):
    """A home with listening, and one with decisions and what came of them."""
    listened, decided = make_home(tmp_path / "listened"), make_home(tmp_path / "decided")
    size = Size(n_artists=60, n_tracks=400, n_shows=3, n_episodes=12, n_listeners=60, n_weeks=6)
    with reading(listened) as conn:
        fill(listened, conn, seed=7, now=NOW, tell=lambda step, share: None, size=size)
    lakes.fill(decided, lakes.Size(40, 7, 40, 2), seed=1, until=NOW.replace(hour=0))
    with closing(DuckEngine(decided)) as engine:
        build(decided, engine, now=NOW)
    return listened.path, decided.path


def without_figures(text):
    """Words alone: another processor may round the last digit the other way."""
    return re.sub(r"\d+", "#", " ".join(text.replace("\n>", " ").split()))


@pytest.mark.slow
def test_the_walk_can_be_walked_and_says_what_is_told(homes, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    commands = [line for block in blocks("evaluation.md", "sh") for line in block.splitlines()]
    assert len(commands) >= 7
    for command in commands:
        tool, *words = shlex.split(command)
        home = homes[words[1] == "counterfactual"]
        assert tool == "ritornello"
        assert main([*words, "--home", str(home)]) == 0, (command, capfd.readouterr().err)
    for page in ("offline", "compared", "counterfactual", "estimators", "typed"):
        assert (tmp_path / f"{page}.html").stat().st_size > 5_000
    told = re.findall(r"^> (.*?)\n\n", (DOCS / "evaluation.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)  # fmt: skip
    said = without_figures(capfd.readouterr().out)
    assert len(told) == 2
    assert [each for each in told if without_figures(each) not in said] == []
