"""A command line to type into, and homes to type about."""

import shutil
from contextlib import closing
from typing import NamedTuple

import msgspec
import pytest

from ritornello.cli import main
from ritornello.cli.filling import fill
from ritornello.cli.wiring import make_home, reading
from ritornello.worlds.toy import Size
from tests.cli.kept_runs import collection_of, keep_runs

SMALL = Size(n_artists=60, n_tracks=400, n_shows=3, n_episodes=12, n_listeners=40, n_weeks=6)


class Said(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return msgspec.json.decode(self.out)


@pytest.fixture
def cli(capfd, monkeypatch):
    """Type a command; ``--home`` comes from the environment where a test sets it."""
    monkeypatch.delenv("RITORNELLO_HOME", raising=False)

    def run(*words, home=None):
        if home is not None:
            monkeypatch.setenv("RITORNELLO_HOME", str(home))
        capfd.readouterr()
        code = main([str(word) for word in words])
        return Said(code, *capfd.readouterr())

    return run


@pytest.fixture
def home(tmp_path):
    """An empty home."""
    make_home(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture(scope="session")
def judged_once(tmp_path_factory):
    """A home with runs of two collections, to be read only; see ``kept_runs``."""
    folder = tmp_path_factory.mktemp("judged") / "home"
    made = make_home(folder)
    keep_runs(made, collection_of("toy"))
    keep_runs(made, collection_of("other", n_topics=3), prefix="other-")
    return folder


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory):
    from datetime import UTC, datetime

    folder = tmp_path_factory.mktemp("filled") / "home"
    made = make_home(folder)
    with reading(made) as conn:
        fill(made, conn, seed=7, now=datetime.now(UTC), tell=lambda step, share: None, size=SMALL)
    assert main(["train", "--home", str(folder), "--json"]) == 0
    return folder


@pytest.fixture
def filled(filled_once, tmp_path):
    """A home with a small simulated world and a trained model, the test's own."""
    return shutil.copytree(filled_once, tmp_path / "filled")


@pytest.fixture(scope="session")
def lake_once(tmp_path_factory):
    """A home with a small lake of everything that happens, and its tables; nobody changes it."""
    from datetime import UTC, datetime

    from ritornello.signals.building import build
    from ritornello.store.engines import DuckEngine
    from ritornello.testing import lakes

    until, size = datetime(2026, 11, 21, tzinfo=UTC), lakes.Size(40, 7, 40, 2)
    home = make_home(tmp_path_factory.mktemp("lake") / "home")
    lakes.fill(home, size, seed=1, until=until)
    with closing(DuckEngine(home)) as engine:
        build(home, engine, now=until)
    return home.path
