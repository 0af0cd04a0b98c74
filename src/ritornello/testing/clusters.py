"""A real Spark cluster on this machine: a master and its workers, each a process, on loopback."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ritornello.store.engines import look_for_spark

ROLE = "org.apache.spark.deploy"
PATIENCE_S = 120


@contextmanager
def standalone(folder: Path, *, n_workers: int = 2, worker_mb: int = 3072) -> Iterator[str]:
    """Run a cluster until the end of the block; yield its address, such as ``spark://127.0.0.1:34567``.

    Logs and what the workers leave lie in ``folder``.

    Parameters
    ----------
    n_workers : workers of one core each.
    worker_mb : memory each of them gives to executors.

    Raises
    ------
    NotFound : pyspark or Java is missing.
    AssertionError : a part did not come up; it says what its log says.
    """
    look_for_spark()
    port, words = _free_port(), ["--host", "127.0.0.1", "--webui-port", "0"]
    address = f"spark://127.0.0.1:{port}"
    worker = [*words, "--cores", "1", "--memory", f"{worker_mb}m", address]
    with ExitStack() as parts:
        run = [_running(folder, "master", f"{ROLE}.master.Master", *words, "--port", str(port))]
        run += [
            _running(folder, f"worker-{n + 1}", f"{ROLE}.worker.Worker", *worker)
            for n in range(n_workers)
        ]
        master, *workers = [parts.enter_context(each) for each in run]
        _wait_until(master, "I have been elected leader")
        for each in workers:
            _wait_until(each, "Successfully registered with master")
        yield address


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def _running(folder: Path, name: str, *words: str) -> Iterator[Path]:
    """Run a part of Spark until the end of the block; yield its log."""
    import pyspark

    spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
    log = folder / f"{name}.log"
    environment = {
        **os.environ,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_LOCAL_DIRS": str(folder / "shuffled"),
        "SPARK_DAEMON_MEMORY": "512m",
    }
    with log.open("w") as file:
        process = subprocess.Popen(
            [spark_class, *words],
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        try:
            yield log
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _wait_until(log: Path, said: str) -> None:
    """Wait until a log says something."""
    for _ in range(PATIENCE_S * 10):
        if said in log.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(f"{log.name} never said {said!r}: {log.read_text()[-2000:]}")
