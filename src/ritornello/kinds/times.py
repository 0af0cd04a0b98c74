"""Aware UTC instants, days, and ISO weeks in a listener's own zone.

Times are aware and UTC everywhere inside (``_at``); dates end in ``_on``; SQL and Parquet hold
microseconds since 1970. The only place a local clock matters is when a week begins.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ritornello.kinds.errors import BadValue

Instant = Annotated[datetime, msgspec.Meta(tz=True, description="aware; stored as UTC")]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


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
    monday = monday_of(week)
    local = datetime(monday.year, monday.month, monday.day, tzinfo=tz)
    return local.astimezone(UTC)


def next_week(week: str) -> str:
    """Return the ISO week after ``week``.

    Examples
    --------
    >>> next_week("2026-W53")
    '2027-W01'
    """
    year, number, _ = (monday_of(week) + timedelta(days=7)).isocalendar()
    return f"{year}-W{number:02d}"
