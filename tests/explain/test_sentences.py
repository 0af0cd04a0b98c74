from datetime import UTC, datetime, timedelta
from typing import ClassVar, get_args

import pytest

from ritornello.explain.sentences import sentence, when
from ritornello.kinds.decisions import Reason, ReasonKind
from ritornello.kinds.times import zone


class Names:
    """Just enough of a catalogue view to name things."""

    number: ClassVar = {"track:1": 0, "track:2": 1}

    def title(self, row):
        return ("Rain", "Artist 0421")[row]

    def artist_name(self, row):
        return ("Artist 0007", "Artist 0421")[row]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason("because_you_love", 1, "track:1"), "Because you love Rain by Artist 0007"),
        (Reason("because_you_played", 1, "track:2", 12), "Because you played Artist 0421 12 times"),
        (Reason("because_you_played", 1, "track:2", 1), "Because you played Artist 0421"),
        (Reason("because_you_played", 1, "track:9", 1), "Because you played something you know"),
        (
            Reason("you_keep_returning", 1, "track:1", 8),
            "You played it 8 times",
        ),
        (Reason("popular", 1), "Many listeners here play it"),
        (Reason("popular_now", 1), "Many listeners here play it these days"),
        (Reason("chosen_by_editors", 1), "Chosen by the editors"),
        (
            Reason("chosen_by_editors", 1, by_role="editor", note="Opening {week}"),
            "Chosen by an editor: Opening {week}",
        ),
        (
            Reason("chosen_by_editors", 1, by_role="mood editors", note="Calm"),
            "Chosen by mood editors: Calm",
        ),
        (Reason("fits_moment", 0.4), "Fits this moment"),
        (Reason("fits_moment", 0.4, "track:1"), "Fits Rain by Artist 0007"),
        (Reason("fits_moment", 0.4, note="falling asleep"), "Fits this moment: falling asleep"),
        (
            Reason("exploring", 0, p=0.031),
            "We are trying it, to learn what you like (chance 3.1 %)",
        ),
        (Reason("exploring", 0), "We are trying it, to learn what you like"),
    ],
)
def test_sentences(reason, said, now):
    assert sentence(reason, Names(), now) == said


def test_a_sentence_tells_the_evening_of_the_listener_not_of_the_server():
    now = datetime(2026, 11, 16, 9, tzinfo=zone("Europe/Berlin"))
    friday = datetime(2026, 11, 13, 19, 30, tzinfo=UTC)
    played = Reason("because_you_played", 1, "track:2", 1, friday)
    assert sentence(played, Names(), now) == "Because you played Artist 0421 on Friday evening"
    kept = Reason("you_keep_returning", 1, "track:2", 3, friday)
    assert sentence(kept, Names(), now) == "You played it 3 times, most recently on Friday evening"


def test_a_night_is_said_once():
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)
    kept = Reason("you_keep_returning", 1, "track:2", 8, now - timedelta(hours=11))
    assert sentence(kept, Names(), now) == "You played it 8 times, most recently last night"


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(minutes=1), "a moment ago"),
        (timedelta(hours=-2), "a moment ago"),
        (timedelta(hours=3), "this morning"),
        (timedelta(hours=11), "last night"),
        (timedelta(hours=17), "yesterday evening"),
        (timedelta(days=1, hours=11), "on Thursday night"),
        (timedelta(days=5), "on Monday afternoon"),
        (timedelta(days=8), "on 13 November"),
        (timedelta(days=400), "in October 2025"),
    ],
)
def test_when(ago, said, now):
    assert when(now - ago, now) == said


def test_every_kind_of_reason_has_its_sentence(now):
    said = {
        sentence(Reason(kind, 1, "track:1", 2, now), Names(), now) for kind in get_args(ReasonKind)
    }
    assert len(said) == len(get_args(ReasonKind))
