"""Aware UTC instants, and days and ISO weeks in a listener's own zone.

Times are aware and UTC everywhere inside (``_at``); dates end in ``_on``; SQL and Parquet hold
microseconds since 1970. The only place a local clock matters is when a day or a week begins.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ritornello.kinds.errors import BadValue

Instant = Annotated[datetime, msgspec.Meta(tz=True, description="aware; stored as UTC")]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ENDLESS_US = 1 << 62
_LAST_DAY_US = 4_102_444_800_000_000  # 2100-01-01


def to_us(at: datetime) -> int:
    """Return microseconds since 1970 of an aware instant, exactly.

    Examples
    --------
    >>> to_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (at - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Return the aware UTC instant of microseconds since 1970, exactly."""
    return EPOCH + timedelta(microseconds=us)


def zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name such as ``Europe/Berlin``.

    Raises
    ------
    BadValue : no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"no time zone {name!r}; use an IANA name such as 'Europe/Berlin' or 'UTC'"
        raise BadValue(message) from error


@lru_cache(maxsize=64)
def offsets(name: str) -> tuple[tuple[int, int, int], ...]:
    """Return a zone's offsets from UTC as stretches ``(from_us, until_us, offset_us)``.

    ``from_us`` is within, ``until_us`` is not; together they cover 1970 to 2100, and the first and
    the last reach on without end. So SQL, which knows no zones, can tell local time. Changes less
    than a day apart may be missed; no zone has had any.

    Raises
    ------
    BadValue : no such zone.

    Examples
    --------
    >>> offsets("UTC") == ((-_ENDLESS_US, _ENDLESS_US, 0),)
    True
    """
    tz = zone(name)
    stretches: list[tuple[int, int, int]] = []
    begins_us, offset = -_ENDLESS_US, _offset_us(0, tz)
    for day_us in range(0, _LAST_DAY_US, 86_400_000_000):
        later = _offset_us(day_us + 86_400_000_000, tz)
        if later != offset:
            change_us = _change(day_us, day_us + 86_400_000_000, tz)
            stretches.append((begins_us, change_us, offset))
            begins_us, offset = change_us, later
    return (*stretches, (begins_us, _ENDLESS_US, offset))


def iso_week(at: datetime, tz: ZoneInfo) -> str:
    """Return the ISO 8601 week an instant falls in for somebody in ``tz``.

    Examples
    --------
    >>> iso_week(datetime(2026, 11, 16, 3, tzinfo=UTC), zone("America/New_York"))
    '2026-W46'
    """
    year, week, _ = at.astimezone(tz).isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(week: str) -> date:
    """Return the Monday an ISO week starts on.

    Examples
    --------
    >>> monday_of("2026-W47")
    datetime.date(2026, 11, 16)
    """
    year, _, number = week.partition("-W")
    try:
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError as error:
        raise BadValue(f"no ISO week {week!r}; weeks look like '2026-W47'") from error


def week_begins_at(week: str, tz: ZoneInfo) -> datetime:
    """Return the first instant of an ISO week in ``tz``, as UTC.

    A zone that skips midnight that day (a clock change) begins at the first instant that exists.
    """
    return day_begins_at(monday_of(week).isoformat(), tz)


def local_day(at: datetime, tz: ZoneInfo) -> str:
    """Return the day an instant falls on for somebody in ``tz``.

    Examples
    --------
    >>> local_day(datetime(2026, 11, 16, 3, tzinfo=UTC), zone("America/New_York"))
    '2026-11-15'
    """
    return at.astimezone(tz).date().isoformat()


def day_begins_at(day: str, tz: ZoneInfo) -> datetime:
    """Return the first instant of a day in ``tz``, as UTC; like a week, it may skip midnight."""
    return datetime.fromisoformat(day).replace(tzinfo=tz).astimezone(UTC)


def next_day(day: str) -> str:
    """Return the day after ``day``.

    Examples
    --------
    >>> next_day("2026-12-31")
    '2027-01-01'
    """
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def next_week(week: str) -> str:
    """Return the ISO week after ``week``.

    Examples
    --------
    >>> next_week("2026-W53")
    '2027-W01'
    """
    year, number, _ = (monday_of(week) + timedelta(days=7)).isocalendar()
    return f"{year}-W{number:02d}"


def _offset_us(at_us: int, tz: ZoneInfo) -> int:
    """Return local time less UTC at an instant."""
    offset = from_us(at_us).astimezone(tz).utcoffset()
    return offset // _MICROSECOND if offset is not None else 0


def _change(low_us: int, high_us: int, tz: ZoneInfo) -> int:
    """Return the first second at which the offset is what it is at ``high_us``."""
    after = _offset_us(high_us, tz)
    while high_us - low_us > 1_000_000:
        middle_us = (low_us + high_us) // 2_000_000 * 1_000_000
        if _offset_us(middle_us, tz) == after:
            high_us = middle_us
        else:
            low_us = middle_us
    return high_us
