"""What it costs to make the tables of signals, and to make them again after one more day.

python benchmarks/signals.py --on 2026-11-21 --listens 20000000 --decisions 2000000

With --goal it makes once the tables the goal names and what they need, and no others.
"""

import argparse
import json
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb

from machine import facts, sentence
from ritornello.cli.wiring import beside, settings_of
from ritornello.signals.building import Made, Wanted, build, open_tables
from ritornello.signals.shapes import all_tables, shapes
from ritornello.signals.tables import with_needs
from ritornello.store.engines import DuckEngine
from ritornello.store.home import Home
from signals_lake import FROM, Sizes, add_days, fill, sizes_of

ROWS_A_MB = 10_000
GOAL = ("visits", "readings", "outcomes", "days", "returns")
"""The tables the goal of 60 CPU s speaks of."""
NAMED = tuple(table.name for table in with_needs(all_tables("duckdb"), GOAL))
"""These and what they need."""


def measure(home: Home, sizes: Sizes, memory_mb: int, wanted: Wanted) -> dict[str, Any]:
    """Build once; return CPU and wall seconds, the peak of memory, and what was made."""
    spent: Counter[str] = Counter()
    told_s = time.process_time()

    def tell(step: str, share: float) -> None:
        """Charge a table with the CPU seconds since the step before."""
        nonlocal told_s
        del share
        spent[step.split(",", maxsplit=1)[0]] += (now_s := time.process_time()) - told_s
        told_s = now_s

    cpu_s, began = time.process_time(), time.perf_counter()
    with closing(DuckEngine(home, memory_mb=memory_mb)) as engine:
        made: Sequence[Made] = build(
            home,
            engine,
            now=FROM + timedelta(days=sizes.days + 2),
            beside=beside(settings_of(home)),
            wanted=wanted,
            progress=tell,
        )
    tables = {each.table: [each.n_days, each.n_rows, round(spent[each.table], 1)] for each in made}
    return {
        "cpu_s": round(time.process_time() - cpu_s, 1),
        "wall_s": round(time.perf_counter() - began, 1),
        "cpu_s_of_named": round(sum(spent[name] for name in NAMED), 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "tables": tables,
    }


def writing(home: Home, folder: Path) -> dict[str, float]:
    """Return the CPU seconds it takes to write the rows of each table of the goal once more, less those to read them."""
    found: dict[str, float] = {}
    with closing(duckdb.connect()) as duck:
        duck.execute("SET preserve_insertion_order = false")
        open_tables(duck, home, GOAL)
        for name in GOAL:
            columns = ", ".join(f'max("{column}")' for column in shapes()[name])
            began = time.process_time()
            duck.execute(f"SELECT {columns} FROM {name}").fetchall()
            read = time.process_time()
            duck.execute(
                f"COPY {name} TO '{folder / name}.parquet' "
                "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
            )
            found[name] = round(time.process_time() - read - (read - began), 1)
    return found


def main() -> None:
    """Fill a home, build all, write its rows again, add a day, build again, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--memory-mb", type=int, default=3000)
    parser.add_argument("--goal", action="store_true")
    parser.add_argument("--folder", type=Path, help="keep the filled home here, or use it again")
    sizes_of(parser)
    asked = vars(parser.parse_args())
    machine, memory_mb = facts(asked.pop("on")), asked.pop("memory_mb")
    only, kept = GOAL if asked.pop("goal") else (), asked.pop("folder")
    if kept and not only:
        parser.error("--folder goes with --goal: else a day is added to the home that is kept")
    rows = memory_mb * ROWS_A_MB
    sizes = Sizes(**asked)
    with tempfile.TemporaryDirectory() as folder:
        home = Home((kept or Path(folder)) / "home")
        if not home.path.exists():
            # In a process of its own: the peak of memory is to be that of building alone.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
                elsewhere.submit(fill, home.path, sizes).result()
        runs = {
            "full": measure(
                home, sizes, memory_mb, Wanted(full=True, only=only, rows_a_window=rows)
            )
        }
        if not only:
            runs["full"]["cpu_s_of_writing"] = writing(home, Path(folder))
            add_days(home, sizes, [sizes.days])
            runs["one day more"] = measure(home, sizes, memory_mb, Wanted(rows_a_window=rows))
    print(json.dumps({"benchmark": "signals", "machine": machine, "sizes": asked, "runs": runs}))
    for name, run in runs.items():
        print(
            f"{name}: {run['cpu_s']} CPU s, {run['cpu_s_of_named']} of these for what the goal names, "
            f"{run['wall_s']} s, peak {run['peak_mib']:,} MiB"
        )
        for table, (n_days, n_rows, table_cpu_s) in run["tables"].items():
            print(f"  {table:14} {n_days:>3} days {n_rows:>12,} rows {table_cpu_s:8.1f} CPU s")
    if not only:
        print(f"of the full build, writing alone: {runs['full']['cpu_s_of_writing']} CPU s")
    print(sentence(machine))


if __name__ == "__main__":
    main()
