"""What the pages say: short, true and never a false certainty."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.decisions import RUNGS as ALL_RUNGS
from ritornello.listeners.marks import UNDO
from ritornello.serve.web.wording import (
    RUNGS,
    SAID,
    ago,
    clock,
    exactly,
    greeting,
    on_weekday,
    percent,
    total,
)

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (0, "evening"),
        (4, "evening"),
        (5, "morning"),
        (12, "afternoon"),
        (18, "evening"),
        (23, "evening"),
    ],
)
def test_the_greeting_follows_the_listeners_own_clock(hour: int, words: str) -> None:
    local = datetime(2026, 11, 21, hour, 30, tzinfo=TOKYO)
    assert greeting(local.astimezone(UTC), TOKYO) == f"Good {words}"


def test_every_rung_and_every_act_with_an_undo_has_its_words() -> None:
    assert set(RUNGS) == set(ALL_RUNGS)
    assert {*UNDO, *UNDO.values()} <= set(SAID)
    assert all("{about}" in words for words in SAID.values())


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_share_between_none_and_all_never_reads_as_either(share: float) -> None:
    number = float(percent(share).removesuffix(" %"))
    assert 0 < number < 100
    assert abs(number - 100 * share) <= 0.51


def test_certainty_reads_as_certainty() -> None:
    assert (percent(0.0), percent(1.0)) == ("0 %", "100 %")


@given(st.integers(0, 24 * 3_600_000))
def test_a_clock_counts_every_whole_second(ms: int) -> None:
    seconds = 0
    for part in clock(ms).split(":"):
        seconds = 60 * seconds + int(part)
    assert seconds == ms // 1000


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_recent_times_are_relative(before: timedelta, words: str) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert ago(now - before, now, TOKYO) == words


def test_older_and_coming_times_are_dates_of_the_listeners_zone() -> None:
    late_on_sunday = datetime(2026, 11, 22, 20, tzinfo=UTC)
    assert on_weekday(late_on_sunday, TOKYO).split() == ["Monday,", "23", "November"]
    assert ago(late_on_sunday, late_on_sunday + timedelta(days=9), TOKYO).split()[0] == "23"
    assert exactly(late_on_sunday, TOKYO) == "2026-11-23 05:00:00 JST"


def test_a_list_lasts_hours_and_minutes() -> None:
    assert (total(5_640_000), total(60_000)) == ("1 h 34 min", "1 min")
