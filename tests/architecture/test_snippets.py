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
def listened(tmp_path):
    """A home with weeks of listening and no decisions."""
    home = make_home(tmp_path / "listened")
    size = Size(n_artists=60, n_tracks=400, n_shows=3, n_episodes=12, n_listeners=60, n_weeks=6)
    with reading(home) as conn:
        fill(home, conn, seed=7, now=NOW, tell=lambda step, share: None, size=size)
    return home


@pytest.fixture
def decided(tmp_path):
    """A home with decisions and what came of them, of which nothing is built."""
    home = make_home(tmp_path / "decided")
    lakes.fill(home, lakes.Size(400, 40, 80, 30), seed=1, until=NOW.replace(hour=0))
    return home


def without_figures(text):
    """Words alone: another processor may round the last digit the other way."""
    return re.sub(r"\d+", "#", " ".join(text.replace("\n>", " ").split()))


def walk(page, home_of, capfd):
    """Run every command of a page; say what it tells that none of them said."""
    commands = [line for block in blocks(page, "sh") for line in block.splitlines()]
    assert len(commands) >= 7
    for command in commands:
        tool, *words = shlex.split(command)
        assert tool == "ritornello"
        home = home_of(words)
        assert main([*words, "--home", str(home.path)]) == 0, (command, capfd.readouterr().err)
    told = re.findall(r"^> (.*?)\n\n", (DOCS / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    said = without_figures(capfd.readouterr().out)
    assert len(told) >= 2
    return [each for each in told if without_figures(each) not in said]


@pytest.mark.slow
def test_the_walk_of_evaluation_says_what_is_told(listened, decided, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    with closing(DuckEngine(decided)) as engine:
        build(decided, engine, now=NOW)
    assert (
        walk(
            "evaluation.md",
            lambda words: decided if words[1] == "counterfactual" else listened,
            capfd,
        )
        == []
    )
    for page in ("offline", "compared", "counterfactual", "estimators", "typed"):
        assert (tmp_path / f"{page}.html").stat().st_size > 5_000


@pytest.mark.slow
def test_the_walk_of_signals_says_what_is_told(decided, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert walk("signals.md", lambda words: decided, capfd) == []
    assert (tmp_path / "slopes.svg").stat().st_size > 1_000
