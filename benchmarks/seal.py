"""How many events a second are sealed, from the first row read to the rows removed.

python benchmarks/seal.py --on 2026-11-21
"""

import argparse
import json
import tempfile
import time
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from random import Random

from ingest_log import listens
from machine import facts, sentence
from ritornello.store.database import connect, create_tables, execute_rows, transaction
from ritornello.store.home import Home
from ritornello.store.rows import row_of
from ritornello.store.seal import seal

INSERT = "INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def measure(n_events: int, chunk_rows: int | None) -> dict[str, float | int | None]:
    """Fill a log with ``n_events`` listens and seal it once."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(folder).create()
        conn = connect(home)
        create_tables(conn, [])
        rows = (tuple(row_of(event, 0)) for event in listens(n_events, Random(20261116)))
        with transaction(conn):
            while chunk := list(islice(rows, 10_000)):
                execute_rows(conn, INSERT, chunk)
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.close()
        began = time.perf_counter()
        sealed = seal(home, NOW, chunk_rows=chunk_rows)
        elapsed = time.perf_counter() - began
    return {
        "n_events": sealed.n_events,
        "n_files": sealed.n_files,
        "chunk_rows": chunk_rows,
        "seconds": round(elapsed, 2),
        "events_per_s": round(sealed.n_events / elapsed),
    }


def main() -> None:
    """Seal in one transaction and in short ones, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--events", type=int, default=1_000_000)
    options = parser.parse_args()
    machine = facts(options.on, Path(tempfile.gettempdir()))
    runs = [measure(options.events, chunk_rows) for chunk_rows in (None, 20_000)]
    print(json.dumps({"benchmark": "seal", "machine": machine, "runs": runs}))
    for run in runs:
        print(
            f"{run['events_per_s']:>8,} events/s: {run['n_events']:,} events in {run['seconds']} s, "
            f"{run['n_files']} files, rows a transaction {run['chunk_rows'] or 'all'}"
        )
    print(sentence(machine))


if __name__ == "__main__":
    main()
