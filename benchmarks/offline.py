"""Who would have found what was heard next? The command's evaluation over real listening, and what it costs.

(a) lastfm_gaps: 73,889 timed plays of 403 sequences, and beside them the counts of 1,615 sequences without times, which
are said to be known (they are nobody's who is judged). One global instant splits the last fifth of all plays off; the
sequences' relative days count from one first day, so their common clock is a supposition. Beside it the same home by
leave-one-out, as papers count.

(b) HetRec Last.fm: counts without times. A fifth of each listener's artists is hidden by chance.

The home is made by the importers, the past by the reducers that serve, models train as ``train`` trains them. Prints one
table a part in the form of docs/figures.md. Run from the project's root:

    python benchmarks/offline.py --shared ../shared --on 2026-11-21
"""

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec

from machine import facts, sentence
from ritornello.catalog.items import Resolver
from ritornello.cli.wiring import (
    REDUCERS,
    ground_of,
    make_home,
    reading,
    schemas,
    settings_of,
    writing,
)
from ritornello.evaluate.as_of import Rooms
from ritornello.evaluate.offline import Offline
from ritornello.evaluate.plans import Installed, Plan, carry_out
from ritornello.intake import hetrec, importing, interactions
from ritornello.listeners import tallies
from ritornello.store.home import Home

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST_DAY = datetime(2022, 1, 1, tzinfo=UTC)
DAY_S = 86_400
SCORERS = (
    "blend",
    "cooccurrence",
    "ease",
    "ials",
    "popularity",
    "repeat",
    "markov",
    "sequence_rules",
    "transitions",
)
ENTRANTS = (
    *SCORERS,
    "plackett_luce(budget=0.1) over blend",
    "made_for_you",
    "new_for_you",
    "home",
    "discover_weekly",
)


def lines_of(file: Path) -> Iterator[list[str]]:
    """Yield the values of each line."""
    with file.open(encoding="ascii") as lines:
        yield from (line.split() for line in lines if line.strip())


def timed_rows(folder: Path) -> Iterator[str]:
    """Yield a listen a line: listener, item, second."""
    events = lines_of(folder / "event_split_1000-test.txt")
    days = lines_of(folder / "time_split_1000-test.txt")
    for row, (items, at) in enumerate(zip(events, days, strict=True)):
        for item, day in zip(items, at, strict=True):
            second = int(FIRST_DAY.timestamp() + float(day) * DAY_S)
            yield f"timed-{row},{int(item):05d},{second}"


def untimed_rows(folder: Path) -> Iterator[str]:
    """Yield a count a line: listener, item, plays."""
    for row, items in enumerate(lines_of(folder / "event_split_1000-train.txt")):
        for item, n in Counter(items).items():
            yield f"untimed-{row},{int(item):05d},{n}"


def bring_in(home: Home, file: Path, columns: interactions.Columns) -> None:
    """Bring a table in as the command does."""
    with reading(home) as conn:
        resolver = Resolver(conn)
        store(
            home,
            lambda after: interactions.read(file, columns, now=NOW, resolver=resolver, after=after),
            file.name,
        )


def store(home: Home, chunks: Callable[[int], Any], digest: str) -> None:
    """Store what a reader reads."""
    with writing(home) as writer:
        importing.run(
            chunks,
            source=digest,
            digest=digest,
            writer=writer,
            now=lambda: NOW,
            tally_changes=tallies.changes,
        )


def gaps_home(folder: Path, shared: Path) -> Home:
    """Make a home of lastfm_gaps."""
    home, data = make_home(folder / "gaps"), shared / "data" / "lastfm_gaps"
    timed, untimed = folder / "timed.csv", folder / "untimed.csv"
    timed.write_text("\n".join(["listener_id,item_id,started_at", *timed_rows(data)]))
    untimed.write_text("\n".join(["listener_id,item_id,n_plays", *untimed_rows(data)]))
    bring_in(home, timed, interactions.Columns(time_form="unix_s"))
    bring_in(home, untimed, interactions.Columns())
    return home


def hetrec_home(folder: Path, shared: Path) -> Home:
    """Make a home of HetRec Last.fm."""
    home = make_home(folder / "hetrec")
    store(home, partial(hetrec.read, shared / "data" / "hetrec_lastfm"), hetrec.SOURCE)
    return home


def measured(home: Home, plan: Plan) -> tuple[Offline, dict[str, float]]:
    """Carry a plan out; return what came of it and its seconds."""
    settings = settings_of(home)
    installed = Installed(home, Rooms(schemas(), REDUCERS), ground_of(home, settings), settings)
    cpu, wall = time.process_time(), time.perf_counter()
    found = carry_out(installed, plan, now=NOW).offline
    took = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    return found, {name: round(value, 1) for name, value in took.items()}


def table(found: Offline) -> str:
    """Return the values over all listeners as rows of Markdown, a part and measure a column."""
    parts = [each.part for each in found.judgements]
    measures = list(dict.fromkeys(each.measure for each in found.values))
    heads = [f"{part}: {measure}" for part in parts for measure in measures]
    told = {
        (v.entrant, v.part, v.measure): f"{v.at.mean:.4f} [{v.at.low:.4f}, {v.at.high:.4f}]"
        for v in found.values
        if not v.segment
    }
    rows = [
        [
            entrant,
            *(told.get((entrant, part, measure), "–") for part in parts for measure in measures),
        ]
        for entrant in dict.fromkeys(each.entrant for each in found.values)
    ]
    lines = [["entrant", *heads], ["---"] * (len(heads) + 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PLANS: dict[str, tuple[Callable[[Path, Path], Home], Plan]] = {
    "gaps": (gaps_home, Plan(tallies="known", entrants=ENTRANTS, measures=("nDCG@20",))),
    "gaps_leave_one_out": (
        gaps_home,
        Plan(split="leave_one_out", tallies="known", entrants=SCORERS, measures=("nDCG@20",)),
    ),
    "hetrec": (hetrec_home, Plan(split="share", entrants=SCORERS, measures=("nDCG@20",))),
}


def main() -> None:
    """Measure what was asked for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--only", choices=PLANS, default=None)
    given = parser.parse_args()
    machine = facts(given.on)
    for name in [given.only] if given.only else PLANS:
        make, plan = PLANS[name]
        with tempfile.TemporaryDirectory() as folder:
            found, took = measured(make(Path(folder), given.shared), plan)
        told = {"benchmark": "offline", "part": name, "machine": machine, **took}
        print(json.dumps({**told, "judged": msgspec.to_builtins(found.judgements)}))
        print(
            f"\n{name}: {found.split} at {found.at:%Y-%m-%d %H:%M}, by {found.success}\n\n{table(found)}\n"
        )
        for warned in found.warnings:
            print(f"  {warned}")
    print(sentence(machine))


if __name__ == "__main__":
    main()
