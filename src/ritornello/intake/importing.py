"""The driver of every import: chunk by chunk, resumable, with a summary at the end.

Each chunk is one transaction: its events, its items and tallies, its faults, and how far the import
has come. Interrupted anywhere, the same file goes on after the last chunk stored. Ids are made of
what the rows say, so even without that memory a second reading would store nothing twice.
"""

import gc
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ritornello.catalog import exchange, items
from ritornello.intake.chunks import OBJECTS_A_COLLECTION, Chunk, Chunks
from ritornello.kinds.tallies import Tally
from ritornello.kinds.times import from_us, to_us
from ritornello.store import faults, tombstones
from ritornello.store.appending import Verdict
from ritornello.store.database import Change
from ritornello.store.log import Writer

_COLUMNS = "position, share, n_stored, n_faults, started_at_us, changed_at_us, n_kept"
_READ = f"SELECT {_COLUMNS} FROM imports WHERE digest = ? AND source = ?"
_LATEST = f"""
SELECT {_COLUMNS} FROM imports WHERE listener_id = ? AND changed_at_us >= ?
ORDER BY changed_at_us DESC LIMIT 1
"""
_WRITE = f"""
INSERT INTO imports (digest, source, listener_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (digest, source) DO UPDATE SET listener_id = excluded.listener_id,
    position = excluded.position, share = excluded.share, n_stored = excluded.n_stored,
    n_faults = excluded.n_faults, started_at_us = excluded.started_at_us,
    changed_at_us = excluded.changed_at_us, n_kept = excluded.n_kept
"""
SWITCH_S = 0.0005

Progress = Callable[[int, float], None]
"""Told the position and the share of the source read, after every chunk that was stored."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did.

    ``n_kept`` counts events, tallies and, of a catalogue or a feed, items; ``n_items`` the items that
    were not known before. ``n_duplicates`` were stored before as they are, ``n_conflicts`` with other
    words: what was stored first stands. ``n_same`` plays count once from now on, because another source
    reports them too; whoever knows ``listeners`` fills it in.
    ``after`` is the position an interrupted import was taken up at: the counts are of the rest.
    ``before_at`` is when the same file was imported in full: everything is a duplicate then.
    The faults can be read in the table ``faults`` under ``source``; but for ``erased``, which counts
    what was of listeners who have left, and nothing is kept of it.
    """

    source: str
    n_kept: int
    n_duplicates: int
    n_conflicts: int
    n_items: int
    n_same: int = 0
    faults_by_rule: dict[str, int]
    after: int = 0
    before_at: datetime | None = None


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import is, as any process can read it.

    ``share`` of the source was read, in [0, 1]. ``n_stored`` counts the events and tallies that are
    safe, known before or not; ``n_faults`` the rows that were not kept. Both are of this run and,
    where it goes on with an interrupted one, of that too. ``n_kept`` is ``None`` until the end.
    """

    position: int = 0
    share: float = 0.0
    n_stored: int = 0
    n_faults: int = 0
    started_at_us: int
    changed_at_us: int
    n_kept: int | None = None


def progress(conn: sqlite3.Connection, digest: str, source: str) -> Reached | None:
    """Return how far an import is, or ``None`` if nobody ever began it."""
    return _reached(conn.execute(_READ, (digest, source)).fetchone())


def latest(conn: sqlite3.Connection, listener_id: str, since: datetime) -> Reached | None:
    """Return how far that import of a listener's is which stored something last, since then."""
    return _reached(conn.execute(_LATEST, (listener_id, to_us(since))).fetchone())


def _reached(row: Sequence[Any] | None) -> Reached | None:
    if row is None:
        return None
    return Reached(**dict(zip(Reached.__struct_fields__, row, strict=True)))


def run(
    chunks: Chunks,
    *,
    source: str,
    digest: str,
    writer: Writer,
    now: Callable[[], datetime],
    tally_changes: Callable[[Iterable[Tally]], list[Change]],
    progress: Progress | None = None,
    again: bool = False,
) -> Summary:
    """Import a source.

    Parameters
    ----------
    chunks : reads the source after a position.
    source : what the import is called; with ``digest`` it names this import for ever.
    digest : of the file's content and of whatever else decides what is read from it.
    tally_changes : writes tallies (``listeners`` owns their table).
    again : read from the start, whatever an earlier import of the same file did.

    Raises
    ------
    StorageUnavailable : the disk is full or failing; what was stored so far stays, and the same
        import goes on from there.
    """
    before = _before(writer, digest, source)
    if before is not None and before.n_kept is not None and not again:
        return _already(source, before)
    at_us = to_us(now())
    fresh = Reached(started_at_us=at_us, changed_at_us=at_us)
    run = _Run(source, digest, writer, now, progress)
    run.reached = fresh if before is None or again else before
    after = run.reached.position
    n_known = writer.run(items.count).result()
    with _hurrying():
        for chunk in chunks(after):
            run.store(run.let_in(chunk), tally_changes)
        return run.finish(after, n_known)


def _before(writer: Writer, digest: str, source: str) -> Reached | None:
    """Return how far an import is, in turn with what the writer has still to write."""
    return writer.run(lambda conn: progress(conn, digest, source)).result()


@contextmanager
def _hurrying() -> Iterator[None]:
    """Suit the interpreter to an import: reader and writer take turns sooner, nothing is cyclic."""
    before = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(OBJECTS_A_COLLECTION)
    try:
        yield
    finally:
        sys.setswitchinterval(before[0])
        gc.set_threshold(*before[1])


class _Run:
    """One import under way: what was counted, and the chunk the writer is busy with."""

    def __init__(
        self,
        source: str,
        digest: str,
        writer: Writer,
        now: Callable[[], datetime],
        progress: Progress | None,
    ) -> None:
        self.source = source
        self.digest = digest
        self.writer = writer
        self.now = now
        self.progress = progress
        self.reached: Reached
        self.listener_id: str | None = None
        self.counts: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.pending: tuple[Chunk, Future[list[Verdict]]] | None = None

    def let_in(self, chunk: Chunk) -> Chunk:
        """Return a chunk without the counts of listeners who have left; those count as faults."""
        who = {tally.listener_id for tally in chunk.tallies}
        if not who:
            return chunk

        def left(conn: sqlite3.Connection) -> set[str]:
            return {listener_id for listener_id in who if tombstones.covers(conn, listener_id)}

        gone = self.writer.run(left).result()
        here = tuple(tally for tally in chunk.tallies if tally.listener_id not in gone)
        self.counts["erased"] += len(chunk.tallies) - len(here)
        return msgspec.structs.replace(chunk, tallies=here)

    def store(self, chunk: Chunk, tally_changes: Callable[[Iterable[Tally]], list[Change]]) -> None:
        """Wait for the chunk before, so that no checkpoint overtakes a failure; then submit."""
        self.settle()
        self.listener_id = chunk.listener_id
        self.reached = msgspec.structs.replace(
            self.reached,
            position=chunk.position,
            share=chunk.share,
            n_stored=self.reached.n_stored + len(chunk.events) + len(chunk.tallies),
            n_faults=self.reached.n_faults + len(chunk.faults),
            changed_at_us=to_us(self.now()),
        )
        changes = [
            *items.changes(
                chunk.items, override=chunk.override, keeps_available=chunk.keeps_available
            ),
            *chunk.changes,
            *tally_changes(chunk.tallies),
            *faults.changes(chunk.faults, self.reached.changed_at_us, chunk.listener_id),
            self.checkpoint(),
        ]
        answers = self.writer.append(chunk.events, rows=chunk.rows, changes=changes)
        self.pending = chunk, answers

    def settle(self) -> None:
        """Wait for the chunk under way, if there is one, and count it."""
        if self.pending is None:
            return
        chunk, future = self.pending
        self.counts.update(future.result())
        self.counts["kept_items"] += len(chunk.items) if chunk.override else 0
        self.counts["tallies"] += len(chunk.tallies)
        self.rules.update(fault.rule for fault in chunk.faults)
        self.pending = None
        if self.progress is not None:
            self.progress(chunk.position, chunk.share)

    def checkpoint(self) -> Change:
        """Return the row that says how far this is, and whose it is if it is one listener's."""
        row = (self.digest, self.source, self.listener_id, *msgspec.structs.astuple(self.reached))
        return _WRITE, [row]

    def finish(self, after: int, n_known: int) -> Summary:
        """Settle the last chunk, mark the import as complete, and sum up; ``n_known`` items before."""
        self.settle()
        counts = self.counts
        n_kept = counts["stored"] + counts["tallies"] + counts["kept_items"]
        self.reached = msgspec.structs.replace(
            self.reached,
            share=1.0,
            changed_at_us=to_us(self.now()),
            n_kept=n_kept + counts["duplicate"] + counts["conflict"],
        )
        self.writer.append([], changes=[self.checkpoint()]).result()
        n_items = self.writer.run(items.count).result() - n_known
        if counts["fault"]:
            self.rules["not_stored"] += counts["fault"]
        if counts["erased"]:
            self.rules["erased"] += counts["erased"]
        return Summary(
            source=self.source,
            n_kept=n_kept,
            n_duplicates=counts["duplicate"],
            n_conflicts=counts["conflict"],
            n_items=n_items,
            faults_by_rule=dict(self.rules.most_common()),
            after=after,
        )


def _already(source: str, before: Reached) -> Summary:
    return Summary(
        source=source,
        n_kept=0,
        n_duplicates=before.n_kept or 0,
        n_conflicts=0,
        n_items=0,
        faults_by_rule={},
        before_at=from_us(before.changed_at_us),
    )


def catalogue(path: Path) -> Chunks:
    """Read a catalogue file (JSON Lines or Parquet) as chunks; what it says overrides."""

    def read(after: int) -> Iterator[Chunk]:
        for batch in exchange.read(path):
            if batch.position > after:
                yield Chunk(
                    position=batch.position,
                    share=batch.share,
                    items=tuple(batch.kept),
                    faults=tuple(batch.faults),
                    override=True,
                )

    return read
