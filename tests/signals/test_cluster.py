"""The same files on a real cluster: a master and two workers of one core each, on this machine."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from ritornello.cli.wiring import make_home
from ritornello.signals.building import open_tables
from ritornello.signals.shapes import all_tables, shapes
from ritornello.store import lake
from ritornello.store.home import Home
from ritornello.testing.lakes import Size, fill
from tests.signals.comparing import differences
from tests.signals.conftest import UNTIL

pytestmark = [pytest.mark.spark, pytest.mark.slow]
NAMES = [table.name for table in all_tables("duckdb")]
N_LISTENS = int(os.environ.get("RITORNELLO_CLUSTER_LISTENS", "100000"))
SIZE = Size(
    n_visits=N_LISTENS // 10, n_listeners=N_LISTENS // 100, n_tracks=N_LISTENS // 40, n_days=30
)
PATIENCE_S = 120
DEFAULTS = "spark.executor.memory 2g\nspark.sql.shuffle.partitions 4\n"


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextmanager
def running(folder, name, *words):
    """Run a part of Spark until the end of the block; yield its log."""
    import pyspark

    spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
    log = folder / f"{name}.log"
    environment = {
        **os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_DAEMON_MEMORY": "512m",
    }  # fmt: skip
    with log.open("w") as file:
        process = subprocess.Popen(
            [spark_class, *words], stdout=file, stderr=subprocess.STDOUT, env=environment,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield log
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def said(log, pattern):
    """Wait until a log says something."""
    for _ in range(PATIENCE_S * 10):
        if re.search(pattern, log.read_text()):
            return
        time.sleep(0.1)
    pytest.fail(f"{log.name} never said {pattern!r}: {log.read_text()[-2000:]}")


@pytest.fixture
def master(spark_is_here, tmp_path):
    """The address of a cluster."""
    port, words = free_port(), ["--host", "127.0.0.1", "--webui-port", "0"]
    address = f"spark://127.0.0.1:{port}"
    role = "org.apache.spark.deploy"
    worker = [f"{role}.worker.Worker", *words, "--cores", "1", "--memory", "3g", address]
    with (
        running(tmp_path, "master", f"{role}.master.Master", *words, "--port", str(port)) as log,
        running(tmp_path, "worker-1", *worker) as first,
        running(tmp_path, "worker-2", *worker) as second,
    ):
        said(log, "I have been elected leader")
        for each in (first, second):
            said(each, "Successfully registered with master")
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
