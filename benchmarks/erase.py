"""Erase 50 canary listeners, killed 25 times; then no byte of any file may be theirs.

python benchmarks/erase.py --on 2026-11-21

Everybody (canaries and others) plays 40 tracks of one of six styles over eleven days, half of them sealed;
has decisions sealed and not, this week's list, marks, counts, a key, a session, choices, faults, a
draft and a file of their own. Ids are drawn by a seeded generator.
"""

import argparse
import json
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import msgspec
import numpy as np

from machine import facts, sentence
from ritornello.store.home import Home
from ritornello.testing.erasures import fill, kill_while_erasing

SEED = 20261121


def main() -> None:
    """Fill a home, erase the canaries with kills in every step, and print what is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--canaries", type=int, default=50)
    parser.add_argument("--others", type=int, default=200)
    parser.add_argument("--kills", type=int, default=25)
    options = parser.parse_args()
    machine = facts(options.on, Path(tempfile.gettempdir()))
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        rng = np.random.default_rng(SEED)
        filled = fill(home, now, rng, canaries=options.canaries, others=options.others)
        report = kill_while_erasing(home, filled, now, Random(SEED), n_kills=options.kills)
    print(json.dumps({"benchmark": "erase", "machine": machine, **msgspec.structs.asdict(report)}))
    others = "unharmed" if report.others_unharmed else "HARMED"
    print(
        f"{report.n_canaries} listeners erased, killed {report.n_kills} times "
        f"({report.kills_by_step}): of {report.n_needles:,} ids and spellings of ids "
        f"{report.n_found_before:,} were found before and {report.n_found_after} after, in "
        f"{report.n_bytes_scanned / 1e6:,.0f} MB; {report.n_taken_in_again} events taken in again; "
        f"the others are {others}; one erasure undisturbed takes {report.whole_erasure_s} s"
    )
    print(sentence(machine))


if __name__ == "__main__":
    main()
