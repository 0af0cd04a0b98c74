"""The index of what is said, made from a home and kept up with it.

A whole version is made beside the one in use and switched to. What changes afterwards, transcripts and chapters or what
is said of an episode, is put into the version in use by whichever process comes first; the others see it at their next
look. Putting in the same twice changes nothing, so a crash between the index and its facts costs a repetition.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection

import msgspec
import numpy as np

from ritornello.catalog import items, transcripts
from ritornello.kinds.errors import ArtefactUnusable, Conflict
from ritornello.kinds.items import Episode
from ritornello.store.database import Readers
from ritornello.store.home import Home
from ritornello.store.locks import held
from ritornello.surfaces.search import passage_index, versions
from ritornello.surfaces.search.passage_index import Passages, Spoken
from ritornello.surfaces.search.spelling import fingerprint

log = logging.getLogger(__name__)

KIND: versions.Kind = "passages"
PUTTING = ".putting.lock"
EPISODES_AT_ONCE = 50
_CHANGED_EPISODES = """
SELECT item_id, changed_seq FROM items WHERE changed_seq > ? AND kind = 'episode' ORDER BY changed_seq
"""

Progress = Callable[[int, int], None]
"""Told how many episodes are done, of how many."""


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a version says of itself: the rules it was made by, and the last changes it holds."""

    rules: str
    transcripts_seq: int
    items_seq: int


class Built(msgspec.Struct, frozen=True):
    """A version that was made: where it lies and what it holds."""

    folder: Path
    n_episodes: int
    n_passages: int


def rules() -> str:
    """Return what a version was made by; one of other rules is made anew."""
    return f"{passage_index.RULES} {fingerprint()}"


def read(conn: Connection, episode_ids: Iterable[str]) -> Iterator[Spoken]:
    """Yield episodes with what is said in them; one without a transcript has no segments."""
    ids = list(episode_ids)
    for start in range(0, len(ids), EPISODES_AT_ONCE):
        block = ids[start : start + EPISODES_AT_ONCE]
        known = items.get_many(conn, block)
        for episode_id in block:
            found = known.get(episode_id)
            told = found if isinstance(found, Episode) else None
            yield Spoken(
                episode_id=episode_id,
                title=told.title if told else "",
                show_title=told.show_title if told else "",
                description=(told.description or "") if told else "",
                segments=transcripts.of(conn, episode_id),
                chapters=transcripts.chapters_of(conn, episode_id),
            )


def build(
    home: Home, conn: Connection, rng: np.random.Generator, progress: Progress | None = None
) -> Built:
    """Make a whole new version and switch to it.

    Raises
    ------
    Conflict : another process is making one.
    """
    with versions.locked(home, KIND):
        facts = _latest(conn)
        ids = sorted(transcripts.transcribed(conn))
        sample = [ids[row] for row in rng.permutation(len(ids))]
        folder = versions.begin(home, KIND)
        spoken = _told(read(conn, ids), len(ids), progress)
        n_passages = passage_index.build(folder, spoken, read(conn, sample), rng)
        versions.write_facts(folder, facts)
        placed = versions.switch(home, KIND, folder)
        versions.sweep(home, KIND)
    return Built(placed, len(ids), n_passages)


def _told(spoken: Iterable[Spoken], n: int, progress: Progress | None) -> Iterator[Spoken]:
    for number, one in enumerate(spoken, start=1):
        yield one
        if progress is not None:
            progress(number, n)


def _latest(conn: Connection) -> Facts:
    (of_transcripts,) = conn.execute(
        "SELECT coalesce(max(changed_seq), 0) FROM transcript_changes"
    ).fetchone()
    (of_items,) = conn.execute("SELECT coalesce(max(changed_seq), 0) FROM items").fetchone()
    return Facts(rules(), of_transcripts, of_items)


class Current:
    """Holds the index of passages in use, for any number of threads that search.

    A request takes ``passages`` once and keeps it. ``refresh`` follows the pointer and puts in what changed; ``watch`` does
    so from a thread of its own. Where there is no version, or one of other rules, none is held and ``trouble`` says so.
    """

    def __init__(self, home: Home, readers: Readers) -> None:
        self.passages: Passages | None = None
        self.trouble: str | None = None
        self._home, self._readers = home, readers
        self._folder: Path | None = None
        self._hold: int | None = None
        self._seen: Facts | None = None
        self._refreshing = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def refresh(self) -> Passages | None:
        """Take up what changed; return what is in use now."""
        with self._refreshing:
            try:
                self._follow()
                if self._folder is not None and self.passages is not None:
                    self._keep_up(self._folder, self.passages)
                    self.trouble = None
            except (ArtefactUnusable, OSError) as error:
                if str(error) != self.trouble:
                    log.warning("the passages in use stay: %s", error)
                self.trouble = str(error)
            return self.passages

    def watch(self, every_s: float) -> None:
        """Refresh every ``every_s`` seconds until closed."""
        self._thread = threading.Thread(
            target=self._watch, args=(every_s,), name="passages", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop watching and let the version go."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
        self._let_go()

    def _watch(self, every_s: float) -> None:
        while not self._closed.wait(every_s):
            self.refresh()

    def _follow(self) -> None:
        """Open the current version if it is another than is held.

        Raises
        ------
        ArtefactUnusable : there is none that can be used.
        """
        folder = versions.current(self._home, KIND)
        if folder == self._folder and folder is not None:
            return
        facts = None if folder is None else versions.read_facts(folder, Facts)
        if folder is None or facts is None or facts.rules != rules():
            raise ArtefactUnusable("no index of passages was made by these rules yet")
        hold = versions.hold(folder)
        try:
            passages = Passages(folder)
        except ValueError as error:
            os.close(hold)
            raise ArtefactUnusable(
                f"the index of passages in {folder.name} cannot be opened: {error}"
            ) from error
        self._let_go()
        self.passages, self._folder, self._hold, self._seen = passages, folder, hold, facts

    def _keep_up(self, folder: Path, passages: Passages) -> None:
        """Put in what changed since, or see what another process put in."""
        conn, facts = self._readers.connection, versions.read_facts(folder, Facts)
        if facts is None:
            return
        if facts != self._seen:
            passages.reload()
            self._seen = facts
        latest = _latest(conn)
        if facts == latest:
            return
        with suppress(Conflict), held(folder / PUTTING, "indexing of passages"):
            changed = _changed(conn, facts)
            for start in range(0, len(changed), EPISODES_AT_ONCE):
                spoken = list(read(conn, changed[start : start + EPISODES_AT_ONCE]))
                gone = [one.episode_id for one in spoken if not one.segments]
                passages.put([one for one in spoken if one.segments], gone)
            versions.write_facts(folder, latest)
            self._seen = latest

    def _let_go(self) -> None:
        if self._hold is not None:
            with suppress(OSError):
                os.close(self._hold)
        self._hold = None


def _changed(conn: Connection, facts: Facts) -> Sequence[str]:
    """Return the transcribed episodes of which something changed."""
    spoken, _ = transcripts.changed_since(conn, facts.transcripts_seq)
    told = [row[0] for row in conn.execute(_CHANGED_EPISODES, (facts.items_seq,))]
    has_words = "SELECT 1 FROM transcripts WHERE episode_id = ? LIMIT 1"
    told = [episode_id for episode_id in told if conn.execute(has_words, (episode_id,)).fetchone()]
    return list(dict.fromkeys([*spoken, *told]))
