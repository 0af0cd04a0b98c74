"""What every test may ask for."""

import gc
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from ritornello.kinds.errors import NotFound
from ritornello.store.engines import SparkEngine, look_for_spark
from ritornello.store.home import Home

settings.register_profile("untimed", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)
# What is passed once is passed again on another machine; `make check` goes on looking elsewhere.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]
SHARED_FOLDERS = (
    "data/amazon_beauty",
    "data/hetrec_lastfm",
    "data/lastfm_gaps",
    "oracles",
    "reference",
)


SHORT_RUN = "-XX:TieredStopAtLevel=1"
"""Java compiles soon rather than well: no test lives long enough for better code to pay."""


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives as long as the run; it cost a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(7_000)


def pytest_unconfigure() -> None:
    """Let everything be collected, so that extensions see their objects go."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The research data and oracles beside the project; absent skips, incomplete fails."""
    folder = Path(os.environ.get("RITORNELLO_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("no research data: set RITORNELLO_SHARED to the folder that holds it")
    missing = [name for name in SHARED_FOLDERS if not (folder / name).is_dir()]
    assert not missing, f"{folder} is there but lacks {', '.join(missing)}"
    return folder


@pytest.fixture(scope="session")
def spark_is_here() -> None:
    """Skips by name where Spark cannot run; with ``RITORNELLO_NEEDS_SPARK=1`` it fails instead."""
    try:
        look_for_spark()
    except NotFound as error:
        if os.environ.get("RITORNELLO_NEEDS_SPARK"):
            pytest.fail(f"Spark was to be tested: {error}")
        pytest.skip(f"no Spark: {error}")


@pytest.fixture(scope="session")
def spark(spark_is_here, tmp_path_factory):
    """Spark on one core of this machine, shared by all tests."""
    home = Home(tmp_path_factory.mktemp("spark")).create()
    settings = {"spark.sql.shuffle.partitions": "2", "spark.driver.extraJavaOptions": SHORT_RUN}
    engine = SparkEngine(home, "local[1]", settings)
    yield engine
    engine.close()


@pytest.fixture
def now() -> datetime:
    """A Saturday in November 2026, the clock most tests live by."""
    return datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
