"""The driver of every import: chunk by chunk, resumable, with a summary at the end.

Each chunk is one transaction: its events, its items and tallies, its faults, and how far the import
has come. Interrupted anywhere, the same file goes on after the last chunk stored. Ids are made of
what the rows say, so even without that memory a second reading would store nothing twice.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from ritornello.catalog import exchange, items
from ritornello.intake.chunks import Chunk, Chunks
from ritornello.kinds.tallies import Tally
from ritornello.kinds.times import from_us, to_us
from ritornello.store import faults, tombstones
from ritornello.store.appending import Verdict
from ritornello.store.database import Change
from ritornello.store.log import Writer

_READ = "SELECT position, changed_at_us, n_kept FROM imports WHERE digest = ? AND source = ?"
_WRITE = """
INSERT INTO imports (digest, source, position, changed_at_us, n_kept) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (digest, source) DO UPDATE SET position = excluded.position,
    changed_at_us = excluded.changed_at_us, n_kept = excluded.n_kept
"""

Progress = Callable[[int, float], None]
"""Told the position and the share of the source read, after every chunk that was stored."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did.

    ``n_kept`` counts events, tallies and, of a catalogue or a feed, items; ``n_items`` every item written.
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
    faults_by_rule: dict[str, int]
    after: int = 0
    before_at: datetime | None = None


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
    before = _Checkpoint.read(writer, digest, source)
    if before.n_kept is not None and not again:
        return _already(source, before)
    run = _Run(source, digest, writer, now, progress)
    run.position = after = 0 if again else before.position
    for chunk in chunks(after):
        run.store(run.let_in(chunk), tally_changes)
    return run.finish(after)


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
        self.position = 0
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
        self.position = chunk.position
        changes = [
            *items.changes(chunk.items, override=chunk.override),
            *chunk.changes,
            *tally_changes(chunk.tallies),
            *faults.changes(chunk.faults, to_us(self.now())),
            self.checkpoint(None),
        ]
        self.pending = chunk, self.writer.append(chunk.events, changes=changes)

    def settle(self) -> None:
        """Wait for the chunk under way, if there is one, and count it."""
        if self.pending is None:
            return
        chunk, future = self.pending
        self.counts.update(future.result())
        self.counts["items"] += len(chunk.items)
        self.counts["kept_items"] += len(chunk.items) if chunk.override else 0
        self.counts["tallies"] += len(chunk.tallies)
        self.rules.update(fault.rule for fault in chunk.faults)
        self.pending = None
        if self.progress is not None:
            self.progress(chunk.position, chunk.share)

    def checkpoint(self, n_kept: int | None) -> Change:
        """Return the row that says how far this is; ``n_kept`` only at the end."""
        row = (self.digest, self.source, self.position, to_us(self.now()), n_kept)
        return _WRITE, [row]

    def finish(self, after: int) -> Summary:
        """Settle the last chunk, mark the import as complete, and sum up."""
        self.settle()
        counts = self.counts
        n_kept = counts["stored"] + counts["tallies"] + counts["kept_items"]
        self.writer.append([], changes=[self.checkpoint(n_kept + counts["duplicate"])]).result()
        if counts["fault"]:
            self.rules["not_stored"] += counts["fault"]
        if counts["erased"]:
            self.rules["erased"] += counts["erased"]
        return Summary(
            source=self.source,
            n_kept=n_kept,
            n_duplicates=counts["duplicate"],
            n_conflicts=counts["conflict"],
            n_items=counts["items"],
            faults_by_rule=dict(self.rules.most_common()),
            after=after,
        )


class _Checkpoint(NamedTuple):
    """How far an import came; ``n_kept`` is known once it is complete."""

    position: int = 0
    changed_at_us: int = 0
    n_kept: int | None = None

    @classmethod
    def read(cls, writer: Writer, digest: str, source: str) -> "_Checkpoint":
        """Read it, in turn with what the writer has still to write."""

        def job(conn: sqlite3.Connection) -> "_Checkpoint":
            row = conn.execute(_READ, (digest, source)).fetchone()
            return cls() if row is None else cls(*row)

        return writer.run(job).result()


def _already(source: str, before: _Checkpoint) -> Summary:
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


def digest_of(paths: Sequence[Path], *about: str) -> str:
    """Return the digest of files' contents, and of whatever else decides what is read from them."""
    digest = hashlib.blake2b("\x1f".join(about).encode(), digest_size=16)
    for path in sorted(paths):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
