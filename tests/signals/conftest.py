"""A home with a lake of everything that happens, and its tables built once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ritornello.cli.wiring import make_home
from ritornello.signals.building import build
from ritornello.store.engines import DuckEngine
from ritornello.store.home import Home
from ritornello.testing.lakes import Size, fill

UNTIL = datetime(2026, 11, 21, tzinfo=UTC)
SMALL = Size(n_visits=60, n_listeners=9, n_tracks=60, n_days=3)


@pytest.fixture(scope="session")
def built_once(tmp_path_factory) -> Home:
    """A small lake and its tables, built by DuckDB; nobody changes it."""
    home = make_home(Path(tmp_path_factory.mktemp("built") / "home"))
    fill(home, SMALL, seed=1, until=UNTIL)
    engine = DuckEngine(home)
    build(home, engine, now=UNTIL)
    engine.close()
    return home
