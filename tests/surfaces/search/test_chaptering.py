"""Chapters made of what is said: where the topic turns, called by it, and never over a feed's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.catalog import transcripts
from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.surfaces.search.chaptering import CHAPTER, chapters_of, passages_of
from ritornello.surfaces.search.cutting import cut
from ritornello.testing.shelf import Shelf
from tests.surfaces.search.talking import BREAD, LAW, SEA, STARS, talk

HOUR = talk((SEA, 80), (BREAD, 80), (STARS, 80), (LAW, 80))


def test_chapters_begin_where_the_topic_turns_and_are_called_by_it():
    found = chapters_of(HOUR)
    assert [chapter.start_ms for chapter in found] == [0, 400_000, 800_000, 1_200_000]
    for chapter, topic in zip(found, (SEA, BREAD, STARS, LAW), strict=True):
        assert any(
            word.strip(".").lower() in chapter.title.lower()
            for word in topic.split()
            if len(word) > 4
        )
    assert found[0].title[0].isupper()


def test_made_chapters_say_so_and_cover_the_talk():
    found = chapters_of(HOUR)
    assert all(chapter.is_made for chapter in found)
    assert found[-1].end_ms == HOUR[-1].end_ms
    lasts = [chapter.end_ms - chapter.start_ms for chapter in found]
    assert min(lasts) >= CHAPTER.shortest_ms - 1_000
    assert max(lasts) <= CHAPTER.longest_ms


@pytest.mark.parametrize(
    "segments",
    [[], talk((SEA, 5)), [Segment(text=" ".join([SEA] * 30)) for _ in range(20)]],
)
def test_what_is_short_or_has_no_times_has_no_chapters(segments):
    assert chapters_of(segments) == []


def test_what_is_the_same_throughout_is_numbered_rather_than_named():
    assert all(chapter.title.startswith("Part ") for chapter in chapters_of(talk((SEA, 200))))


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.sampled_from([SEA, BREAD, STARS, LAW]), st.integers(1, 60)), max_size=8)
)
def test_any_talk_has_chapters_in_order_with_names(runs):
    found = chapters_of(talk(*runs))
    assert [c.start_ms for c in found] == sorted({c.start_ms for c in found})
    assert all(c.title and c.end_ms > c.start_ms for c in found)


def test_a_transcript_is_read_along_under_its_own_chapters():
    shelf, stated = Shelf(), [Chapter(title="All of it", start_ms=0)]
    shelf.put(transcripts.changes("episode:a", HOUR))
    made = passages_of(shelf.conn, "episode:a")
    assert list(made.chapters) == chapters_of(HOUR)
    assert list(made.passages) == cut(HOUR)
    shelf.put(transcripts.chapter_changes("episode:a", stated))
    told = passages_of(shelf.conn, "episode:a")
    assert list(told.chapters) == stated
    assert transcripts.chapters_of(shelf.conn, "episode:a") == stated
    assert passages_of(shelf.conn, "episode:b").passages == ()
