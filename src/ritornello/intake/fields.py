"""The values of a table's row: names, whole numbers and instants, each held to its form."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from ritornello.intake.events import EARLIEST_AT
from ritornello.intake.refusal import Refused
from ritornello.kinds.times import EPOCH

MAX_LENGTH = 1000

TimeForm = Literal["iso8601", "utc", "unix_s", "unix_ms", "unix_us"]
"""``iso8601`` says its zone; ``utc`` is ISO 8601 without one; the others count since 1970."""
_UNIT_US = {"unix_s": 1_000_000, "unix_ms": 1_000, "unix_us": 1}

Stated = dict[str, Any]


def text(stated: Stated, field: str) -> str:
    """Return what a row says in a field, stripped; empty where it says nothing.

    Raises
    ------
    Refused : longer than any name.
    """
    value = stated.get(field)
    found = "" if value is None else str(value).strip()
    if len(found) > MAX_LENGTH:
        raise Refused(field, "too_long", f"{field} of more than {MAX_LENGTH} characters")
    return found


def fits(value: str, form: Any) -> bool:
    """Whether a text has the form of an annotated type, such as ``ItemId``."""
    try:
        msgspec.convert(value, form)
    except msgspec.ValidationError:
        return False
    return True


def whole(stated: Stated, field: str, least: int, most: int) -> int | None:
    """Return a whole number within its bounds; ``None`` where nothing is stated.

    Raises
    ------
    Refused : no number, not whole, or out of bounds.
    """
    value = stated.get(field)
    if value is None or value == "":
        return None
    try:
        number = value if isinstance(value, int) else float(value)
        found = int(number)
    except (ValueError, TypeError, OverflowError) as error:
        message = f"{field} is a whole number, not {str(value)[:40]!r}"
        raise Refused(field, "wrong_type", message) from error
    if found != number or not least <= found <= most:
        message = f"{field} is a whole number between {least} and {most}, not {str(value)[:40]!r}"
        raise Refused(field, "out_of_range", message)
    return found


def timely(at: datetime, latest_at: datetime, field: str = "started_at") -> datetime:
    """Return an instant at which a play can have been.

    Raises
    ------
    Refused : before the first scrobble ever, or after ``latest_at``.
    """
    if at < EARLIEST_AT:
        raise Refused(field, "too_old", f"{at.isoformat()} is before {EARLIEST_AT.isoformat()}")
    if at > latest_at:
        raise Refused(field, "future_time", f"{at.isoformat()} is in the future")
    return at


def instant(stated: Any, form: TimeForm) -> datetime:
    """Return the UTC instant a value means in the stated form.

    Raises
    ------
    Refused : no time in that form.
    """
    try:
        if form in _UNIT_US:
            number = stated if isinstance(stated, int) else float(stated)
            return EPOCH + timedelta(microseconds=round(number * _UNIT_US[form]))
        at = datetime.fromisoformat(stated.strip())
        if form == "utc" and at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        at = at.astimezone(UTC) if at.tzinfo is not None else at
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        message = f"{str(stated)[:40]!r} is no time in the form {form}"
        raise Refused("started_at", "not_a_time", message) from error
    if at.tzinfo is None:
        message = f"{stated!r} says no zone; if the times are UTC, state the form 'utc'"
        raise Refused("started_at", "naive_time", message)
    return at
