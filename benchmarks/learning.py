"""What a round of learning costs: CPU seconds from what was heard to lessons in the database.

A home with a lake of 20 days whose tables are built, an hour of other listeners' events and decisions not sealed yet, and
in each round the decisions of ``--touched`` listeners, one each, of six shelves of twelve cards, a shelf of them seen and
one card played. Idle rounds are those in which nothing happened. Run from the project's root:

    python benchmarks/learning.py --touched 100 --rounds 5 --on 2026-11-21
"""

import argparse
import json
import tempfile
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np

from machine import facts
from ritornello.cli.wiring import REDUCERS, beside, ground_of, make_home, reading, settings_of
from ritornello.kinds.decisions import Candidate, Decision, Shelf, ShelfOrder, Slot
from ritornello.kinds.events import Impression, Listen
from ritornello.kinds.times import to_us
from ritornello.policies import hearing, learning
from ritornello.policies.teaching import Teacher, teacher_of
from ritornello.signals.building import build
from ritornello.store.engines import DuckEngine
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.testing.lakes import Size, fill

UNTIL = datetime(2026, 11, 21, tzinfo=UTC)
N_LISTENERS, N_TRACKS, N_DAYS = 1500, 5000, 20
SHELVES = tuple(f"shelf_{letter}" for letter in "abcdef")
CARDS = 12
SHORTLIST = tuple(Candidate(f"track:{i}", "blend", 0.01) for i in range(200))
N_IDLE = 100


def main() -> None:
    """Print what rounds cost as one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--touched", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--visits", type=int, default=20_000)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = filled(Path(folder) / "home", asked.visits)
        found = measured(home, asked.touched, asked.rounds)
        size = {"n_touched": asked.touched, "n_visits": asked.visits}
        print(json.dumps({**facts(asked.on, home.path), **size, **found}))


def filled(folder: Path, n_visits: int) -> Home:
    """Return a home with a lake of 20 days and its tables."""
    home = make_home(folder)
    size = Size(n_visits=n_visits, n_listeners=N_LISTENERS, n_tracks=N_TRACKS, n_days=N_DAYS)
    fill(home, size, seed=1, until=UNTIL)
    with closing(DuckEngine(home)) as engine:
        build(home, engine, now=UNTIL, beside=beside(settings_of(home)))
    return home


def measured(home: Home, n_touched: int, n_rounds: int) -> dict[str, object]:
    """Return CPU and wall seconds of each round, and CPU milliseconds of an idle one."""
    rng, teacher = np.random.default_rng(20261121), teacher_of(home, "declared")
    ground, rounds = ground_of(home, settings_of(home)), []
    with Writer(home, REDUCERS, now=lambda: UNTIL) as writer, reading(home) as conn:
        for _ in range(20):
            heard(writer, rng, n_touched, UNTIL)
        begin(writer, teacher)
        for number in range(n_rounds):
            now = UNTIL + timedelta(minutes=10 + number)
            heard(writer, rng, n_touched, now)
            cpu_s, wall_s = time.process_time(), time.monotonic()
            found = learning.catch_up(conn, writer, teacher, ground, now=now)
            spent = time.process_time() - cpu_s, time.monotonic() - wall_s
            rounds.append([found.n_decisions, found.n_lessons, *(round(s, 3) for s in spent)])
        cpu_s = time.process_time()
        for _ in range(N_IDLE):
            learning.catch_up(conn, writer, teacher, ground, now=UNTIL)
        idle_ms = 1000 * (time.process_time() - cpu_s) / N_IDLE
    return {"decisions_lessons_cpu_s_wall_s": rounds, "idle_ms": round(idle_ms, 3)}


def begin(writer: Writer, teacher: Teacher) -> None:
    """Call all there is learned."""
    writer.run(
        lambda conn: learning.sign(
            conn,
            teacher,
            hearing.Through(
                *conn.execute("SELECT (SELECT max(seq) FROM events), (SELECT max(seq) FROM decisions)").fetchone(),
                to_us(UNTIL),
            ),
        )
    ).result()  # fmt: skip


def heard(writer: Writer, rng: np.random.Generator, n: int, at: datetime) -> None:
    """Store a decision each of n listeners, the first shelf seen, a card of it played."""
    decisions = [_decision(rng, who, at) for who in rng.permutation(N_LISTENERS)[:n].tolist()]
    writer.decide(decisions).result()
    events: list[Listen | Impression] = []
    for each in decisions:
        same = {"listener_id": each.listener_id, "decision_id": each.decision_id, "happened_at": at}
        events += [
            Impression(event_id=_id(rng, at), slot=slot.address, seen_at=at, **same)
            for slot in each.slots[:CARDS]
        ]
        slot = each.slots[int(rng.integers(CARDS))]
        events.append(Listen(
            event_id=_id(rng, at), slot=slot.address, item_id=slot.item_id, started_at=at,
            ms_played=200_000, duration_ms=200_000, attribution="stated", **same,
        ))  # fmt: skip
    writer.append(events).result()


def _decision(rng: np.random.Generator, who: int, at: datetime) -> Decision:
    slots = tuple(
        Slot(name, place, f"track:{rng.integers(N_TRACKS)}", 0.5, "blend", 1.0)
        for name in SHELVES
        for place in range(CARDS)
    )
    share = (1 / len(SHELVES),) * len(SHELVES)
    return Decision(
        decision_id=_id(rng, at), listener_id=f"listener-{who}", surface="home", made_at=at,
        shelves=tuple(Shelf(name, name, "greedy", SHORTLIST) for name in SHELVES), slots=slots,
        shelf_order=ShelfOrder("greedy", SHELVES, share, share, segment="morning"), rung="personal",
        policy_version="1", model_version="m", recipe_hash="h", device="web",
    )  # fmt: skip


def _id(rng: np.random.Generator, at: datetime) -> UUID:
    ms = int(at.timestamp() * 1000)
    return UUID(int=(ms << 80) | (7 << 76) | int(rng.integers(1 << 60)) | (0b10 << 62))


if __name__ == "__main__":
    main()
