"""What is said in each episode, and its chapters: written whole, read in order.

An episode's segments replace those it had: a transcript is corrected by reading it again. The same
holds for its chapters, and neither touches the other. Every change is numbered, so that an index of what is
said can ask what changed since it last looked.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

from ritornello.catalog.aliases import resolve
from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.store.database import Change

_SEGMENT_COLUMNS = "start_ms, end_ms, speaker, text"
_CHAPTER_COLUMNS = "start_ms, end_ms, title, url"
_CHANGED = """
INSERT INTO transcript_changes (episode_id, changed_seq)
VALUES (?, 1 + (SELECT coalesce(max(changed_seq), 0) FROM transcript_changes))
ON CONFLICT (episode_id) DO UPDATE SET changed_seq = excluded.changed_seq
"""


def changes(episode_id: str, segments: Sequence[Segment]) -> list[Change]:
    """Return the changes that make ``segments``, in their order, the transcript of an episode."""
    rows = [(s.start_ms, s.end_ms, s.speaker, s.text) for s in segments]
    return _replaced("transcripts", _SEGMENT_COLUMNS, episode_id, rows)


def chapter_changes(episode_id: str, chapters: Sequence[Chapter]) -> list[Change]:
    """Return the changes that make ``chapters``, in their order, the chapters of an episode."""
    rows = [(c.start_ms, c.end_ms, c.title, c.url) for c in chapters]
    return _replaced("chapters", _CHAPTER_COLUMNS, episode_id, rows)


def of(conn: sqlite3.Connection, episode_id: str) -> list[Segment]:
    """Return an episode's transcript in order; empty where there is none. Aliases are followed."""
    rows = _rows(conn, "transcripts", _SEGMENT_COLUMNS, episode_id)
    return [Segment(start_ms=s, end_ms=e, speaker=who, text=text) for s, e, who, text in rows]


def chapters_of(conn: sqlite3.Connection, episode_id: str) -> list[Chapter]:
    """Return an episode's chapters in order; empty where there are none. Aliases are followed."""
    rows = _rows(conn, "chapters", _CHAPTER_COLUMNS, episode_id)
    return [Chapter(start_ms=s, end_ms=e, title=title, url=url) for s, e, title, url in rows]


def transcribed(conn: sqlite3.Connection) -> set[str]:
    """Return the ids of the episodes that have a transcript."""
    return {row[0] for row in conn.execute("SELECT DISTINCT episode_id FROM transcripts")}


def changed_since(conn: sqlite3.Connection, seq: int) -> tuple[list[str], int]:
    """Return the episodes whose transcript or chapters changed after a change, and the number of the last one."""
    rows = conn.execute(
        "SELECT episode_id, changed_seq FROM transcript_changes WHERE changed_seq > ? ORDER BY changed_seq",
        (seq,),
    ).fetchall()
    return [episode_id for episode_id, _ in rows], rows[-1][1] if rows else seq


def _replaced(
    table: str, columns: str, episode_id: str, rows: list[tuple[Any, ...]]
) -> list[Change]:
    forget = f"DELETE FROM {table} WHERE episode_id = ?"
    write = f"INSERT INTO {table} (episode_id, position, {columns}) VALUES (?, ?, ?, ?, ?, ?)"
    numbered = [(episode_id, position, *row) for position, row in enumerate(rows)]
    return [(forget, [(episode_id,)]), (write, numbered), (_CHANGED, [(episode_id,)])]


def _rows(
    conn: sqlite3.Connection, table: str, columns: str, episode_id: str
) -> list[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM {table} WHERE episode_id = ? ORDER BY position"
    return conn.execute(sql, (resolve(conn, episode_id),)).fetchall()
