"""Kill the store 200 times at random under load; nothing acknowledged may be lost or doubled.

python benchmarks/kill.py --on 2026-11-21
"""

import argparse
import json
import tempfile
from datetime import date
from functools import partial
from pathlib import Path
from random import Random

import msgspec

from machine import facts, sentence
from ritornello.store.home import Home
from ritornello.testing.kills import StoreConnection, kill_at_random, start_store


def main() -> None:
    """Kill the store's own small server and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--kills", type=int, default=200)
    options = parser.parse_args()
    machine = facts(options.on, Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home").create()
        address = Path(folder) / "socket"
        report = kill_at_random(
            home,
            partial(start_store, home, address),
            partial(StoreConnection, address),
            Random(20261116),
            n_kills=options.kills,
        )
    print(json.dumps({"benchmark": "kill", "machine": machine, **msgspec.structs.asdict(report)}))
    print(
        f"{report.n_kills} kills under {report.events_per_s:,.0f} events/s: "
        f"{report.n_acknowledged:,} acknowledged, {report.n_lost} lost, {report.n_doubled} doubled, "
        f"{report.n_uncounted} missing from state, slowest recovery {report.slowest_recovery_s} s"
    )
    print(sentence(machine))


if __name__ == "__main__":
    main()
