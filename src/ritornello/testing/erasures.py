"""Kill an erasure again and again, then look in every byte for those who left.

A home is filled with listeners, some of them canaries whose ids are like nothing else, in every way
a listener leaves traces. The canaries are erased by the command line, killed in a step drawn by
chance, and taken up again, while a writer as a server has it stands beside and tries to take their
events in again. In the end no byte of any file may be theirs, and everybody else as they were.
"""

import hashlib
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
import numpy as np

from ritornello.catalog import items
from ritornello.evaluate import studies
from ritornello.evaluate.collections import Origin, Topic, freeze
from ritornello.evaluate.report import Report as ReportOnRun
from ritornello.evaluate.runs import rank
from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import Act, ActKind, AnyEvent, Impression, Listen, SlotAddress
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import uuid7
from ritornello.kinds.tallies import Tally
from ritornello.listeners import tallies
from ritornello.listeners.preferences import Preferences, write_preferences
from ritornello.listeners.reducers import REDUCERS
from ritornello.measures.matching import Judged, Ranked
from ritornello.store import erasure, faults, keys, lake, leaving, tombstones
from ritornello.store.database import connect, create_tables, schema
from ritornello.store.home import Home, make_folder
from ritornello.store.log import Writer
from ritornello.store.seal import seal
from ritornello.surfaces import last_good, showings
from ritornello.testing import small_service
from ritornello.testing.traces import Traces, spellings

ROOMS = ("catalog", "intake", "listeners", "surfaces")
ALL_REDUCERS = (*REDUCERS, last_good.remember, showings.remember)
BEGINNING = "begin"
STEPS = (BEGINNING, *erasure.STEPS)
POLL_S = 0.001


class Filled(msgspec.Struct, frozen=True):
    """Who is in a home, and the ids of what the canaries left in it."""

    canaries: tuple[str, ...]
    others: tuple[str, ...]
    records: dict[str, list[UUID]]
    events: tuple[AnyEvent, ...]


class Report(msgspec.Struct, frozen=True):
    """What a series of kills left behind."""

    n_canaries: int
    n_kills: int
    kills_by_step: dict[str, int]
    n_needles: int
    n_found_before: int
    n_found_after: int
    found_in: list[str]
    n_bytes_scanned: int
    n_taken_in_again: int
    others_unharmed: bool
    n_certificates: int
    integrity: str
    whole_erasure_s: float


def fill(
    home: Home, now: datetime, rng: np.random.Generator, *, canaries: int, others: int
) -> Filled:
    """Fill a home with canaries and others who leave every kind of trace, sealed and not."""
    home.create()
    with closing(connect(home)) as conn:
        create_tables(conn, [schema(f"ritornello.{room}") for room in ROOMS])
    who = tuple(f"canary-{i:04d}-{rng.integers(1 << 32):08x}" for i in range(canaries))
    rest = tuple(f"somebody-{i:04d}" for i in range(others))
    records: dict[str, list[UUID]] = {each: [] for each in who}
    with Writer(home, ALL_REDUCERS, now=lambda: now) as writer:
        writer.append([], changes=items.changes(small_service.catalogue())).result()
        first = [e for i, each in enumerate((*who, *rest)) for e in _events(each, i, now, rng)]
        writer.append(first).result()
        seal(home, now)
        _command(home, "train")
        _command(home, "build")
        decisions = _decide_more(home, writer, (*who, *rest), now)
        seal(home, now + timedelta(days=2))
        decisions += _decide_more(home, writer, (*who, *rest), now)
        second = [e for i, each in enumerate((*who, *rest)) for e in _events(each, i, now, rng)]
        seen = [_seen(decision, now) for decision in decisions]
        writer.append([*second, *seen]).result()
        for each in (*who, *rest):
            _leave_state(home, writer, each, now)
    _command(home, "train")
    _judge(home, who, rest)
    events = (*first, *second, *seen)
    for record in events:
        if record.listener_id in records:
            records[record.listener_id].append(record.event_id)
    with closing(connect(home, read_only=True)) as conn, lake.open_lake(home) as duck:
        lake.view(duck, conn, home, "decision")
        for each, key in duck.execute("SELECT listener_id, decision_id FROM decision").fetchall():
            if each in records:
                records[each].append(UUID(str(key)))
    return Filled(who, rest, records, events)


def _judge(home: Home, who: Sequence[str], rest: Sequence[str]) -> None:
    """Keep a collection of some canaries and some others, a run of it, and a report that names both."""
    several = (*who[:3], *rest[:3])
    topics = [Topic(f"{each}/now", each) for each in several]
    n = np.arange(len(several))
    about = Origin("outcomes", success="declared")
    frozen = freeze(
        "what came next", topics, ["track:a", "track:b"], Judged(n, n % 2, n + 1.0), about
    )
    studies.keep(home, frozen)
    run = rank(frozen, "anything", {"seed": 1}, Ranked(n, n % 2, n * 1.0))
    studies.keep(home, run)
    studies.keep(home, ReportOnRun("On a run", "Nothing was found.", recipe={"run": run.id}))


def kill_while_erasing(
    home: Home, filled: Filled, now: datetime, rng: Random, *, n_kills: int
) -> Report:
    """Erase the canaries one more at a time, kill each erasure in a step drawn by chance, resume it.

    The first canary is erased undisturbed, to learn how long each step takes.
    """
    needles = [each.encode() for each in filled.canaries]
    needles += [s for ids in filled.records.values() for key in ids for s in spellings(key)]
    before = Traces(needles).below(home.path)
    untouched = digest_of(home, filled.others)
    lasts_s = _timed(home, filled.canaries[0])
    killed: Counter[str] = Counter()
    n_again = 0
    with Writer(home, ALL_REDUCERS, now=lambda: now) as writer:
        while killed.total() < n_kills and (staying := _staying(home, filled.canaries)):
            if step := _killed(home, staying[0], lasts_s, rng):
                killed[step] += 1
            n_again += _taken_in_again(home, writer, filled)
        _command(
            home, "listener", "erase", *_staying(home, filled.canaries), "--unfinished", "--yes"
        )
        n_again += _taken_in_again(home, writer, filled)
        theirs = [event for event in filled.events if event.listener_id in filled.others]
        known = writer.append(theirs).result() == ["duplicate"] * len(theirs)
    after = Traces(needles)
    left = after.below(home.path)
    with closing(connect(home, read_only=True)) as conn:
        (integrity,) = conn.execute("PRAGMA integrity_check").fetchone()
        (n_certificates,) = conn.execute(
            "SELECT count(*) FROM tombstones WHERE erased_at_us IS NOT NULL"
        ).fetchone()
    return Report(
        n_canaries=len(filled.canaries),
        n_kills=killed.total(),
        kills_by_step=dict(killed),
        n_needles=len(needles),
        n_found_before=len(before),
        n_found_after=len(left),
        found_in=sorted({name for names in left.values() for name in names})[:5],
        n_bytes_scanned=after.n_bytes,
        n_taken_in_again=n_again,
        others_unharmed=known and digest_of(home, filled.others) == untouched,
        n_certificates=n_certificates,
        integrity=integrity,
        whole_erasure_s=round(sum(lasts_s.values()), 2),
    )


def digest_of(home: Home, listener_ids: Sequence[str]) -> dict[str, str]:
    """Return a SHA-256, by kind and table, of everything of these listeners, in whatever order."""
    digests = {}
    with closing(connect(home, read_only=True)) as conn, lake.open_lake(home) as duck:
        wanted = lake.only(listener_ids)
        for kind in leaving.KINDS:
            lake.view(duck, conn, home, kind)
            rows = duck.execute(f"SELECT to_json(r)::VARCHAR FROM {kind} AS r {wanted}").fetchall()
            digests[kind] = _sha256(repr(row) for row in rows)
        for table in set(tombstones.tables(conn)) - {"events", "decisions"}:
            rows = conn.execute(f"SELECT * FROM {table} {wanted}").fetchall()
            digests[table] = _sha256(map(repr, rows))
        digests["items"] = _sha256(map(repr, conn.execute("SELECT * FROM items")))
    return digests


def _sha256(rows: Iterator[str]) -> str:
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()


def _events(who: str, number: int, now: datetime, rng: np.random.Generator) -> list[AnyEvent]:
    """Return plays of one style over eleven days, and a word on some of them."""
    heard = small_service.history(rng, number % small_service.N_STYLES, 20)
    found: list[AnyEvent] = []
    for item_id in heard:
        at = now - timedelta(seconds=float(rng.uniform(60, 11 * 86_400)))
        played = Listen(
            event_id=uuid7(at),
            listener_id=who,
            item_id=item_id,
            happened_at=at,
            started_at=at - timedelta(seconds=200),
            ms_played=200_000,
            client=f"player of {who}",
        )
        found.append(played)
    said: tuple[ActKind, ...] = ("love", "snooze", "disown")
    found += [
        Act(event_id=uuid7(now), listener_id=who, happened_at=now, act=act, about_id=item_id)
        for act, item_id in zip(said, heard, strict=False)
    ]
    return found


def _seen(decision: Decision, now: datetime) -> Impression:
    slot = decision.slots[0]
    return Impression(
        event_id=uuid7(now),
        listener_id=decision.listener_id,
        happened_at=now,
        seen_at=now,
        decision_id=decision.decision_id,
        slot=SlotAddress(slot.shelf, slot.position),
    )


def _decide_more(home: Home, writer: Writer, who: Sequence[str], now: datetime) -> list[Decision]:
    """Show everybody once more what their list of the week was, as a page of no period."""
    with closing(connect(home, read_only=True)) as conn, lake.open_lake(home) as duck:
        lake.view(duck, conn, home, "decision")
        found = {d.listener_id: d for batch in lake.decisions(duck, "decision") for d in batch}
    pages = [
        msgspec.structs.replace(
            found[each], decision_id=uuid7(now), surface="home", period=None, made_at=now
        )
        for each in who
        if each in found
    ]
    writer.decide(pages).result()
    return pages


def _leave_state(home: Home, writer: Writer, who: str, now: datetime) -> None:
    """Leave a key, a session, choices, counts, faults, a draft, an import and files of one's own."""
    tally = Tally(listener_id=who, item_id=small_service.track_id(0, 0), n_plays=3, source="toy")
    told = Fault.at("toy", 1, "toy_rule", f"something of {who} was not kept")
    own = Fault.at("toy", 2, "toy_rule", "a line nobody can read")
    draft = ("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?, ?)", [
        (who, "discover_weekly", "2026-W48", 0, msgspec.json.encode({"for": who}))
    ])  # fmt: skip
    changes = [
        *tallies.changes([tally]),
        *faults.changes([told], 0),
        *faults.changes([own], 0, who),
        draft,
    ]
    writer.append([], changes=changes).result()
    key_id, _ = writer.run(
        lambda conn: keys.create(conn, now, "listener", listener_id=who, label=f"phone of {who}")
    ).result()
    session = keys.Principal("listener", who, key_id)
    writer.run(lambda conn: keys.open_session(conn, now, session, timedelta(days=1))).result()
    chosen = Preferences(time_zone="Europe/Berlin")
    writer.run(lambda conn: write_preferences(conn, who, chosen)).result()
    make_folder(home.belongings_of(who))
    (home.belongings_of(who) / "upload.json").write_text(f'{{"of": "{who}"}}')


def _command(home: Home, *words: str) -> None:
    subprocess.run(_typed(home, *words), check=True, stdout=subprocess.DEVNULL)


def _typed(home: Home, *words: str) -> list[str]:
    return [sys.executable, "-m", "ritornello", *words, "--home", str(home.path)]


def _timed(home: Home, who: str) -> dict[str, float]:
    """Erase one listener undisturbed; return how long each step took."""
    began = time.monotonic()
    lasted = dict.fromkeys(STEPS, 0.0)
    with closing(connect(home, read_only=True)) as conn:
        process = subprocess.Popen(
            _typed(home, "listener", "erase", who, "--yes"), stdout=subprocess.DEVNULL
        )
        while process.poll() is None:
            step = _step(conn)
            at = time.monotonic()
            lasted[step] += at - began
            began = at
            time.sleep(POLL_S)
    if process.returncode:
        raise RuntimeError(f"an undisturbed erasure ended with {process.returncode}")
    return lasted


def _killed(home: Home, who: str, lasts_s: dict[str, float], rng: Random) -> str | None:
    """Erase one more and kill it in a step drawn by chance; return the step, none if all was over."""
    wanted = rng.choice(STEPS)
    process = subprocess.Popen(
        _typed(home, "listener", "erase", who, "--yes"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with closing(connect(home, read_only=True)) as conn:
        if wanted != BEGINNING:
            while process.poll() is None and not tombstones.covers(conn, who):
                time.sleep(POLL_S)
            while process.poll() is None and STEPS.index(_step(conn)) < STEPS.index(wanted):
                time.sleep(POLL_S)
        time.sleep(rng.uniform(0, lasts_s[wanted]))
        process.send_signal(signal.SIGKILL)
        process.wait()
        return _step(conn) if process.returncode == -signal.SIGKILL else None


def _step(conn: sqlite3.Connection) -> str:
    """Return the step the erasures under way are in."""
    pending = erasure.pending(conn)
    n_done = min((len(each.done) for each in pending), default=-1)
    return STEPS[min(n_done + 1, len(STEPS) - 1)]


def _staying(home: Home, who: Sequence[str]) -> list[str]:
    """Return those who have not begun to leave."""
    with closing(connect(home, read_only=True)) as conn:
        return [each for each in who if not tombstones.covers(conn, each)]


def _taken_in_again(home: Home, writer: Writer, filled: Filled) -> int:
    """Send everything of who has begun to leave again; return how many events were not refused."""
    with closing(connect(home, read_only=True)) as conn:
        gone = {each for each in filled.canaries if tombstones.covers(conn, each)}
    events = [event for event in filled.events if event.listener_id in gone]
    return sum(verdict != "erased" for verdict in writer.append(events).result())
