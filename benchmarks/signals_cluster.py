"""Does a real Spark cluster make the tables of signals that DuckDB makes? Every table, and what it costs.

python benchmarks/signals_cluster.py --on 2026-11-22 --listens 20000000 --decisions 2000000

The cluster is a master and two workers of one core each, all on this machine. With --folder what was
made before is kept, and made no second time. Days are held against each other by the number of their
rows and the sum of their hashes; rows are looked for where these differ.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from machine import facts, sentence
from ritornello.cli.wiring import beside, settings_of
from ritornello.signals.building import build, open_tables
from ritornello.signals.shapes import KIND, all_tables, shapes
from ritornello.store import lake, manifest
from ritornello.store.database import connect
from ritornello.store.engines import DuckEngine, Engine, SparkEngine
from ritornello.store.home import Home
from ritornello.testing.clusters import standalone
from ritornello.testing.comparing import differences, summed
from signals_lake import FROM, Sizes, fill, sizes_of

NAMES = [table.name for table in all_tables("duckdb")]


def made(
    home: Home, sizes: Sizes, engine: Engine, cpu_s: Callable[[], float]
) -> dict[str, dict[str, float]]:
    """Build once; return the rows, wall and CPU seconds of each table."""
    last_s = cpu_s()
    spent: dict[str, float] = {}

    def tell(step: str, share: float) -> None:
        """Charge a table with the CPU seconds since the step before."""
        nonlocal last_s
        del share
        name, now_s = step.split(",", maxsplit=1)[0], cpu_s()
        spent[name] = spent.get(name, 0.0) + now_s - last_s
        last_s = now_s
        print(step, round(now_s, 1), flush=True)

    with closing(engine):
        tables = build(
            home, engine, now=FROM + timedelta(days=sizes.days + 2),
            beside=beside(settings_of(home)), progress=tell,
        )  # fmt: skip
    return {
        each.table: {
            "n_rows": each.n_rows,
            "wall_s": round(each.took_s, 1),
            "cpu_s": round(spent[each.table], 1),
        }
        for each in tables
    }


def compared(home: Home, other: Home) -> dict[str, list[Any]]:
    """Return, of each table, how many rows both hold and what lies in one of the two alone, day by day."""
    found: dict[str, list[Any]] = {}
    for name in NAMES:
        n_rows, apart = 0, list[Any]()
        days = sorted(_days(home, name) | _days(other, name))
        for dt in days:
            with lake.open_lake(home) as duck:
                open_tables(duck, home, [name], days=(dt, dt))
                duck.execute(f"CREATE TEMP TABLE ours AS SELECT * FROM {name}")
                open_tables(duck, other, [name], days=(dt, dt))
                ours, theirs = (
                    summed(duck, each, shapes()[name]) for each in ("FROM ours", f"FROM {name}")
                )
                if ours != theirs:
                    apart += differences(duck, "FROM ours", f"FROM {name}", shapes()[name])[1]
            n_rows += ours[0]
        found[name] = [n_rows, len(days), apart]
        print(name, *found[name], flush=True)
    return found


def _days(home: Home, name: str) -> set[str]:
    with closing(connect(home, read_only=True)) as conn:
        return {entry.dt for entry in manifest.entries(conn, KIND + name)}


def cpu_s_of_cluster() -> float:
    """Return the CPU seconds of every Java process on this machine: a cluster's parts are not all our children."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = stat.read_text().rsplit(")", 1)
        except OSError:
            continue
        if name.endswith("(java"):
            ticks += sum(map(int, fields.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Fill a home, build on either engine, hold every row against the other's, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--executor-mb", type=int, default=5000)
    sizes_of(parser)
    asked = vars(parser.parse_args())
    machine = facts(asked.pop("on"))
    kept, executor_mb = asked.pop("folder"), asked.pop("executor_mb")
    sizes = Sizes(**asked)
    with tempfile.TemporaryDirectory() as scratch:
        folder = kept or Path(scratch)
        home, other = Home(folder / "duckdb"), Home(folder / "spark")
        if not home.path.exists():
            fill(home.path, sizes)
        if not other.path.exists():
            shutil.copytree(home.path, other.path)
        of_duckdb = made(home, sizes, DuckEngine(home, memory_mb=3000), time.process_time)
        options = {
            "spark.executor.memory": f"{executor_mb}m",
            "spark.driver.memory": "2g",
            "spark.sql.shuffle.partitions": "64",
            # What is shuffled lies on the disk until the driver collects its garbage.
            "spark.cleaner.periodicGC.interval": "1min",
        }
        began = time.perf_counter()
        with standalone(folder, worker_mb=executor_mb) as master:
            spark = SparkEngine(other, master, options)
            of_spark = made(other, sizes, spark, cpu_s_of_cluster)
        wall_s = round(time.perf_counter() - began, 1)
        found = compared(home, other)
    runs = {"duckdb": of_duckdb, "spark": of_spark, "wall_s": wall_s, "compared": found}
    print(json.dumps({"benchmark": "signals_cluster", "machine": machine, "sizes": asked, **runs}))
    for name, (n_rows, n_days, apart) in found.items():
        costs = " against ".join(
            f"{engine[name]['cpu_s']} CPU s" if name in engine else "nothing made" for engine in (of_duckdb, of_spark)
        )  # fmt: skip
        print(f"  {name:14} {n_rows:>12,} rows {n_days:>3} days, {apart or 'the same'}; {costs}")
    n_apart = sum(bool(apart) for _, _, apart in found.values())
    print(f"{len(found)} tables, {n_apart} of them not the same; the cluster took {wall_s} s")
    print(sentence(machine))


if __name__ == "__main__":
    main()
