"""Instants to the microsecond, and weeks that begin at the listener's own Monday."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.kinds.times import (
    day_begins_at,
    from_us,
    iso_week,
    local_day,
    monday_of,
    next_day,
    next_week,
    offsets,
    to_us,
    week_begins_at,
    zone,
)
from ritornello.testing.records import instants

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati",
         "Pacific/Pago_Pago", "Australia/Lord_Howe", "America/Sao_Paulo"]  # fmt: skip
zones = st.sampled_from(ZONES).map(ZoneInfo)


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_round_trip_exactly(at):
    assert from_us(to_us(at)) == at


def test_microseconds_do_not_pass_through_floats():
    at = datetime(2026, 11, 21, 7, 43, 1, 999_999, tzinfo=UTC)
    assert to_us(at) % 1_000_000 == 999_999


@given(instants, zones)
def test_every_instant_lies_in_the_week_it_is_given(at, tz):
    week = iso_week(at, tz)
    assert week_begins_at(week, tz) <= at < week_begins_at(next_week(week), tz)


@given(instants, zones)
def test_a_week_begins_on_a_local_monday(at, tz):
    begins = week_begins_at(iso_week(at, tz), tz)
    assert begins.tzinfo is UTC
    assert begins.astimezone(tz).weekday() == 0
    assert iso_week(begins, tz) == iso_week(at, tz)
    assert iso_week(begins - timedelta(microseconds=1), tz) != iso_week(at, tz)


@pytest.mark.parametrize(
    ("name", "week", "begins", "hours"),
    [
        ("Europe/Berlin", "2026-W13", datetime(2026, 3, 22, 23, tzinfo=UTC), 167),
        ("Europe/Berlin", "2026-W43", datetime(2026, 10, 18, 22, tzinfo=UTC), 169),
        ("Europe/Berlin", "2026-W47", datetime(2026, 11, 15, 23, tzinfo=UTC), 168),
        ("America/New_York", "2026-W10", datetime(2026, 3, 2, 5, tzinfo=UTC), 167),
        ("Asia/Kathmandu", "2026-W47", datetime(2026, 11, 15, 18, 15, tzinfo=UTC), 168),
    ],
)
def test_weeks_with_a_clock_change_are_an_hour_off(name, week, begins, hours):
    tz = zone(name)
    assert week_begins_at(week, tz) == begins
    assert week_begins_at(next_week(week), tz) - begins == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("name", "week", "begins"),
    [
        ("Asia/Tehran", "2021-W12", datetime(2021, 3, 21, 20, 30, tzinfo=UTC)),
        ("America/Sao_Paulo", "1997-W41", datetime(1997, 10, 6, 3, tzinfo=UTC)),
    ],
)
def test_a_monday_without_midnight_begins_at_its_first_instant(name, week, begins):
    tz = zone(name)
    assert week_begins_at(week, tz) == begins
    assert begins.astimezone(tz).hour == 1
    assert (begins - timedelta(microseconds=1)).astimezone(tz).weekday() == 6


def test_a_monday_with_two_midnights_begins_at_the_first():
    tz = zone("Asia/Jerusalem")
    assert week_begins_at("2001-W39", tz) == datetime(2001, 9, 23, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("week", "following"),
    [("2026-W53", "2027-W01"), ("2025-W52", "2026-W01"), ("2026-W47", "2026-W48")],
)
def test_years_end_after_52_or_53_weeks(week, following):
    assert next_week(week) == following
    assert monday_of(following) - monday_of(week) == timedelta(days=7)


def test_the_first_of_january_may_belong_to_last_years_week():
    assert iso_week(datetime(2027, 1, 1, tzinfo=UTC), zone("UTC")) == "2026-W53"
    assert monday_of("2026-W53") == date(2026, 12, 28)


@pytest.mark.parametrize("bad", ["2026-W54", "2025-W53", "2026-47", "2026-W", "", "W47", "x-W1"])
def test_a_week_that_is_none_is_refused_in_words(bad):
    with pytest.raises(BadValue, match="weeks look like '2026-W47'"):
        monday_of(bad)


@pytest.mark.parametrize("bad", ["Mars/Olympus", "", "../etc/passwd", "Europe", "\0"])
def test_a_zone_that_is_none_is_refused_in_words(bad):
    with pytest.raises(BadValue, match="no time zone"):
        zone(bad)


def test_a_day_begins_at_the_first_instant_its_zone_has():
    """Havana skips midnight on 8 March 2026: the day begins at 01:00 summer time."""
    havana = zone("America/Havana")
    begins = day_begins_at("2026-03-08", havana)
    assert begins == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert local_day(begins, havana) == "2026-03-08"
    assert local_day(begins - timedelta(microseconds=1), havana) == "2026-03-07"
    assert next_day("2028-02-28") == "2028-02-29"


CHANGEFUL = (*ZONES, "Africa/Casablanca", "Asia/Pyongyang", "Pacific/Apia", "Asia/Gaza")


@given(
    st.sampled_from(CHANGEFUL),
    st.integers(86_400 * 10**6, 4_102_000_000 * 10**6).map(from_us),
)
def test_offsets_say_what_the_zone_says(name, at):
    (offset_us,) = [o for begins, ends, o in offsets(name) if begins <= to_us(at) < ends]
    assert timedelta(microseconds=offset_us) == at.astimezone(zone(name)).utcoffset()


@pytest.mark.parametrize("name", CHANGEFUL)
def test_offsets_change_at_the_second_the_zone_changes(name):
    stretches = offsets(name)
    for (_, ends, before), (begins, _, after) in pairwise(stretches):
        assert ends == begins
        at = from_us(begins)
        assert at.astimezone(zone(name)).utcoffset() == timedelta(microseconds=after)
        earlier = (at - timedelta(seconds=1)).astimezone(zone(name))
        assert earlier.utcoffset() == timedelta(microseconds=before)
