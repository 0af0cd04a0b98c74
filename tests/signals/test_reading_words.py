"""Why a listen was read as it was: said for every listen there can be, and never against the reading."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid8
from ritornello.signals.plays import read
from ritornello.signals.reading_words import because, ended

AT = datetime(2026, 11, 16, tzinfo=UTC)
lengths = st.none() | st.sampled_from([1, 9_000, 29_999, 30_000, 60_000, 239_999, 240_000, 900_000])
SAYS = {
    "play": ("played", "nobody says"),
    "skip": ("the button", "nobody says"),
    "glance": ("over after",),
}


@given(
    lengths, lengths, lengths,
    st.sampled_from(["finished", "skipped_forward", "skipped_back", "stopped", "unknown"]),
)  # fmt: skip
def test_the_words_are_those_of_the_reading(ms_played, stated_ms, known_ms, ended_because):
    """``readings`` knows the length the listen states, else the catalogue's; the listen's decides."""
    listen = Listen(
        event_id=uuid8(AT, "x"), listener_id="ada", happened_at=AT, started_at=AT, item_id="track:a",
        ms_played=ms_played, duration_ms=stated_ms, ended_because=ended_because,
    )  # fmt: skip
    reading = read(listen)
    said = because(reading, ms_played, stated_ms or known_ms, ended_because)
    assert said.startswith(SAYS[reading])


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        (("play", 190_000, 220_000, "finished"), "played 3:10 of 3:40 (86 %), at least half or 4:00"),
        (("play", 150_000, 220_000, "skipped_forward"), "; the button came later"),
        (("skip", 9_000, None, "skipped_back"), "after 0:09, before 0:30, its length not being stated"),
        (("skip", None, 220_000, "skipped_forward"), "nobody says how long it played, and a button"),
        (("glance", 12_000, 220_000, "stopped"), "over after 0:12 of 3:40 (5 %), within 0:30"),
        (("play", 40_000, 220_000, "stopped"), "played 0:40 of 3:40 (18 %): no glance"),
        (("play", 300_000, 220_000, "finished"), "5:00 of 3:40 (100 %)"),
        (("nothing", 40_000, 220_000, "error"), "says nothing about taste"),
    ],
)  # fmt: skip
def test_the_figures_that_decided_are_named(listen, said):
    assert said in because(*listen)


@pytest.mark.parametrize("why", ["forward", "back", "chosen"])
@pytest.mark.parametrize("grade", ["early", "middle", "late"])
def test_a_skip_says_how_and_how_early(why, grade):
    assert grade in ended(why, grade)
    assert ended(why, None).startswith("left ")


def test_what_is_no_skip_says_so_or_nothing():
    assert ended(None, None) == ""
    assert "no skip" in ended("crossfade", None)
    assert ended("stopped", None) == "the listener stopped it"
