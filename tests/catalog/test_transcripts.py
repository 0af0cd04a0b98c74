"""Transcripts and chapters: written whole, read in order, replaced and never doubled."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog import aliases, items, transcripts
from ritornello.kinds.items import Episode
from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.testing.shelf import Shelf

HELLO = [
    Segment(text="Hello.", start_ms=0, end_ms=900, speaker="Speaker 1"),
    Segment(text="And welcome."),
]
PARTS = [
    Chapter(title="Before", start_ms=0, end_ms=10),
    Chapter(title="After", start_ms=10, url="https://example.org/after"),
]


def test_what_is_written_is_read_in_order(shelf):
    shelf.put(transcripts.changes("episode:a", HELLO))
    shelf.put(transcripts.chapter_changes("episode:a", PARTS))
    assert transcripts.of(shelf.conn, "episode:a") == HELLO
    assert transcripts.chapters_of(shelf.conn, "episode:a") == PARTS
    assert transcripts.of(shelf.conn, "episode:b") == []
    assert transcripts.transcribed(shelf.conn) == {"episode:a"}


def test_writing_again_replaces_one_and_leaves_the_other(shelf):
    shelf.put(transcripts.changes("episode:a", HELLO * 3))
    shelf.put(transcripts.chapter_changes("episode:a", PARTS))
    shelf.put(transcripts.changes("episode:a", HELLO[:1]))
    assert transcripts.of(shelf.conn, "episode:a") == HELLO[:1]
    assert transcripts.chapters_of(shelf.conn, "episode:a") == PARTS


@pytest.mark.parametrize("asked", ["episode:a", "episode:b"])
def test_a_merged_id_leads_to_the_transcript(shelf, asked):
    shelf.put(items.changes([Episode(item_id="episode:b", title="B", show_id="show:s")]))
    shelf.put(transcripts.changes("episode:b", HELLO))
    aliases.merge(shelf.conn, "episode:a", "episode:b", at=datetime(2026, 11, 21, tzinfo=UTC))
    assert transcripts.of(shelf.conn, asked) == HELLO


@given(
    st.lists(
        st.builds(
            Segment,
            text=st.text(
                st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1
            ),
            start_ms=st.none() | st.integers(0, 1 << 40),
            speaker=st.none() | st.just("Speaker 1"),
        ),
        max_size=300,
    )
)
def test_any_transcript_survives(segments):
    shelf = Shelf()
    shelf.put(transcripts.changes("episode:a", segments))
    assert transcripts.of(shelf.conn, "episode:a") == segments


def test_what_changed_since_is_asked_by_number(shelf):
    shelf.put(transcripts.changes("episode:a", HELLO))
    shelf.put(transcripts.changes("episode:b", HELLO))
    changed, seq = transcripts.changed_since(shelf.conn, 0)
    assert changed == ["episode:a", "episode:b"]
    assert transcripts.changed_since(shelf.conn, seq) == ([], seq)
    shelf.put(transcripts.chapter_changes("episode:a", PARTS))
    changed, after = transcripts.changed_since(shelf.conn, seq)
    assert (changed, after > seq) == (["episode:a"], True)
