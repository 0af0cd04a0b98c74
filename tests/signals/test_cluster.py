"""The same files on a real cluster: a master and two workers of one core each, on this machine."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from ritornello.cli.wiring import make_home
from ritornello.signals.building import open_tables
from ritornello.signals.shapes import all_tables, shapes
from ritornello.store import lake
from ritornello.store.home import Home
from ritornello.testing.clusters import standalone
from ritornello.testing.comparing import differences
from ritornello.testing.lakes import Size, fill
from tests.conftest import SHORT_RUN
from tests.signals.conftest import UNTIL

pytestmark = [pytest.mark.spark, pytest.mark.slow]
NAMES = [table.name for table in all_tables("duckdb")]
N_LISTENS = int(os.environ.get("RITORNELLO_CLUSTER_LISTENS", "100000"))
SIZE = Size(
    n_visits=N_LISTENS // 10, n_listeners=N_LISTENS // 100, n_tracks=N_LISTENS // 40, n_days=30
)
DEFAULTS = f"""spark.executor.memory 2g
spark.sql.shuffle.partitions 4
spark.executor.extraJavaOptions {SHORT_RUN}
spark.driver.extraJavaOptions {SHORT_RUN}
"""


@pytest.fixture
def master(spark_is_here, tmp_path):
    """The address of a cluster."""
    with standalone(tmp_path) as address:
        yield address


def built(home, *words):
    command = [sys.executable, "-m", "ritornello", "signals", "build", "--no-seal", "--json"]
    done = subprocess.run(
        [*command, "--home", str(home.path), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return {made["table"]: made["n_rows"] for made in json.loads(done.stdout)}


def test_a_cluster_makes_the_rows_that_duckdb_makes(master, tmp_path, monkeypatch):
    home = make_home(tmp_path / "home")
    assert fill(home, SIZE, seed=1, until=UNTIL) > N_LISTENS
    other = Home(shutil.copytree(home.path, tmp_path / "other"))
    n_rows = built(home)
    assert n_rows["readings"] > 0.9 * N_LISTENS
    (tmp_path / "spark-defaults.conf").write_text(DEFAULTS)
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    assert built(other, "--engine", "spark", "--master", master) == n_rows
    with lake.open_lake(home) as duck:
        for name in NAMES:
            open_tables(duck, home, [name])
            duck.execute(f"CREATE TEMP TABLE ours AS SELECT * FROM {name}")
            open_tables(duck, other, [name])
            _, apart = differences(duck, "FROM ours", f"FROM {name}", shapes()[name])
            duck.execute("DROP TABLE ours")
            assert apart == [], name
