"""Searches for what is said: quotes whose second is stated, chapters, titles; nothing that is said twice."""

import pytest

from ritornello.evaluate import known_minutes, span_ids
from ritornello.evaluate.known_minutes import Talk
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.measures.matching import NothingToJudge


def said(start_s, text, lasts_s=5):
    end_ms = None if start_s is None else 1000 * (start_s + lasts_s)
    return Segment(text=text, start_ms=None if start_s is None else 1000 * start_s, end_ms=end_ms)


TALKS = [
    Talk(
        "episode:a",
        "#12: The slow river",
        [
            said(0, "Welcome to the very same words as always, dear people."),
            said(5, "The river was slower than"),
            said(10, "anybody in the village had ever seen. And then"),
            said(15, "it froze over one long night in winter without a sound."),
            said(20, "Too short."),
            said(None, "Nobody can say at which second this was said by them."),
        ],
        [
            Chapter(title="Welcome", start_ms=0),
            Chapter(title="The village", start_ms=5_000),
            Chapter(title="Ice and silence", start_ms=15_000),
        ],
    ),
    Talk(
        "episode:b",
        "The slow river, part two",
        [said(3, "Welcome to the very same words as always, dear people.")],
        [Chapter(title="Welcome", start_ms=0), Chapter(title="the  Village", start_ms=1_000)],
    ),
]


def asked(way):
    return [(each.text, each.right) for each in known_minutes.WAYS[way](TALKS)]


def test_a_quote_begins_with_a_segment_at_a_stated_second_and_is_said_once():
    assert asked("quotes") == [
        (
            " ".join(segment.text for segment in TALKS[0].segments[1:4]),
            "episode:a#t=5,20",
        )
    ]


def test_chapters_last_until_the_next_or_the_end_and_are_named_once():
    assert asked("chapters") == [("Ice and silence", "episode:a#t=15,25")]


def test_an_episode_without_chapters_has_none():
    assert known_minutes.chapters([Talk("episode:a", "", TALKS[0].segments, [])]) == []


def test_titles_lose_their_numbers():
    assert asked("titles") == [
        ("The slow river", "episode:a"), ("The slow river, part two", "episode:b"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "bare"),
    [("Ep. 7 - On ice", "On ice"), ("Episode 12: On ice", "On ice"), ("#3 | On ice", "On ice"),
     ("1984 and on", "1984 and on"), ("24 hours: on ice", "24 hours: on ice")],
)  # fmt: skip
def test_what_numbers_a_title_is_not_asked_for(title, bare):
    assert known_minutes.titles([Talk("episode:a", title, [], [])]) == [(bare, "episode:a")]


def test_a_collection_is_the_same_for_the_same_seed_and_its_spans_read_back():
    found = known_minutes.collection("chapters", TALKS, 5, seed=1)
    assert found.id == known_minutes.collection("chapters", TALKS, 5, seed=1).id
    assert span_ids.read(found.items[0]) == ("episode:a", 15_000, 25_000)
    assert found.topics[0].query == "Ice and silence"
    assert len(known_minutes.collection("titles", TALKS, 1, seed=1).topics) == 1


def test_what_cannot_be_asked_is_said():
    with pytest.raises(UnknownName, match="no way 'songs'"):
        known_minutes.collection("songs", TALKS, 5, seed=1)
    with pytest.raises(NothingToJudge, match="1 transcripts hold no quotes"):
        known_minutes.collection("quotes", [Talk("episode:a", "", [], [])], 5, seed=1)
