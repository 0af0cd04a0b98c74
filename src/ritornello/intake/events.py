"""Our own event API: one event, ``{"events": […]}`` or an array of events.

A body without a flaw is decoded in one stroke. At the first flaw every element is decoded by
itself: the bad ones become faults with their position, the good ones are kept with theirs.

A clock that runs ahead is told so instead of being corrected: an event never changes, and two
corrections of one retried event would differ. Age has no limit but the first scrobble ever.
"""

import re
from collections.abc import Container
from datetime import UTC, datetime, timedelta

import msgspec

from ritornello.intake.elements import elements, has_repeated_key, texts
from ritornello.kinds.abouts import ABOUT_ITEMS, parse
from ritornello.kinds.errors import Error, did_you_mean
from ritornello.kinds.events import (
    CORRECTIONS,
    EVENT_KINDS,
    Act,
    Answer,
    AnyEvent,
    Impression,
    Listen,
    Query,
)
from ritornello.kinds.faults import Fault, rule_of
from ritornello.kinds.ids import kind_of

SOURCE = "events"
MAX_EVENTS = 10_000
EARLIEST_AT = datetime.fromtimestamp(1_033_410_600, tz=UTC)
"""The oldest listen ListenBrainz takes (1 October 2002); an older time is a broken clock."""
AHEAD = timedelta(minutes=5)
CLOCK_SLACK = timedelta(seconds=60)

_BATCH = re.compile(rb'\s*\{\s*"events"')
_KIND = re.compile(rb'"kind"\s*:\s*"([a-z]+)"')
_OUTSIDE_CATALOGUE = ("playlist",)
_PAST_TIMES: dict[type[AnyEvent], tuple[str, ...]] = {
    Listen: ("happened_at", "started_at"),
    Impression: ("happened_at", "seen_at"),
    Act: ("happened_at",),
    Query: ("happened_at",),
    Answer: ("happened_at",),
}
_encode = msgspec.json.Encoder().encode
_one = msgspec.json.Decoder(AnyEvent)


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    events: list[AnyEvent]


_many = msgspec.json.Decoder(_Batch)
Kept = dict[int, AnyEvent]


def read(
    body: bytes, *, now: datetime, known: Container[str] | None = None
) -> tuple[Kept, list[Fault]]:
    """Read a request body.

    Parameters
    ----------
    body : JSON, at most ``MAX_EVENTS`` events.
    now : the server's clock; nothing may have happened more than ``AHEAD`` of it.
    known : ids of the catalogue; an event about another item is a fault. Not checked if ``None``.

    Returns
    -------
    the good events by their position in the batch, and a fault for every other position.
    """
    kept, faults = _decode(body)
    latest_at = now + AHEAD
    for position, event in list(kept.items()):
        broken = (
            _untimely(event, latest_at)
            or _unfit(event)
            or _unknown(event, known)
            or _too_deep(event)
        )
        if broken is not None:
            field, rule, message = broken
            faults.append(Fault.at(SOURCE, position, rule, message, field))
            del kept[position]
    return kept, sorted(faults, key=lambda fault: fault.position)


def _decode(body: bytes) -> tuple[Kept, list[Fault]]:
    try:
        if _BATCH.match(body):
            events = _many.decode(body).events
            if len(events) <= MAX_EVENTS and not has_repeated_key(body, _encode(_Batch(events))):
                return dict(enumerate(events)), []
        else:
            event = _one.decode(body)
            if not has_repeated_key(body, _encode(event)):
                return {0: event}, []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return _decode_each(body)


def _decode_each(body: bytes) -> tuple[Kept, list[Fault]]:
    kept: Kept = {}
    faults: list[Fault] = []
    for position, element in enumerate(elements(body, "events") or (body,)):
        if position == MAX_EVENTS:
            message = f"more than {MAX_EVENTS} events in one request; send the rest in another"
            faults.append(Fault.at(SOURCE, position, "too_many", message))
            break
        found = _decode_one(element, position)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            kept[position] = found
    return kept, faults


def _decode_one(element: bytes, position: int) -> AnyEvent | Fault:
    try:
        event: AnyEvent = _one.decode(element)
        if has_repeated_key(element, _encode(event)):
            return Fault.at(SOURCE, position, "repeated_key", "a key is stated twice; say it once")
        return event
    except msgspec.ValidationError as error:
        field, rule = rule_of(error)
        message = str(error) + _hint(element, field, rule)
        return Fault.at(SOURCE, position, rule, message, field)
    except UnicodeDecodeError as error:
        return Fault.at(SOURCE, position, "not_utf8", f"not UTF-8: {error.reason}")
    except msgspec.DecodeError as error:
        return Fault.at(SOURCE, position, "malformed_json", str(error))
    except RecursionError:
        return Fault.at(SOURCE, position, "too_deep", "nested too deeply to be an event")


def _hint(element: bytes, field: str, rule: str) -> str:
    """Name the nearest word for a field or a kind nobody defined."""
    if rule == "unknown_kind":
        return f"; an event's kind is one of {', '.join(EVENT_KINDS)}"
    if rule != "unknown_field":
        return ""
    kind = _KIND.search(element)
    record = EVENT_KINDS.get(kind[1].decode() if kind else "", Listen)
    return did_you_mean(field, record.__struct_fields__)


def _untimely(event: AnyEvent, latest_at: datetime) -> tuple[str, str, str] | None:
    """Return field, rule and message of a time that cannot be, if there is one."""
    for field in _PAST_TIMES[type(event)]:
        at: datetime = getattr(event, field)
        if at > latest_at:
            message = f"{field} {at.isoformat()} is after {latest_at.isoformat()}; check the clock"
            return field, "future_time", message
        if at < EARLIEST_AT:
            message = f"{field} {at.isoformat()} is before {EARLIEST_AT.isoformat()}"
            return field, "too_old", message
    return _overlong(event) if isinstance(event, Listen) else None


def _overlong(listen: Listen) -> tuple[str, str, str] | None:
    elapsed = listen.happened_at - listen.started_at
    if elapsed < timedelta(0):
        message = f"started_at is {-elapsed} after happened_at; a play starts before it ends"
        return "started_at", "starts_after_end", message
    if timedelta(milliseconds=listen.ms_played or 0) > elapsed + CLOCK_SLACK:
        message = f"ms_played {listen.ms_played} exceeds the {elapsed} between start and end"
        return "ms_played", "played_longer_than_clock", message
    return None


def _unfit(event: AnyEvent) -> tuple[str, str, str] | None:
    """Return field, rule and message of an act about what it cannot be about, if it is one."""
    if not isinstance(event, Act) or kind_of(event.about_id) in ABOUT_ITEMS:
        return None
    if event.act not in CORRECTIONS:
        words = ", ".join(sorted(CORRECTIONS))
        message = (
            f"{event.act!r} is about an item, not {event.about_id!r}; only {words} reach further"
        )
        return "about_id", "not_an_item", message
    try:
        parse(event.about_id)
    except Error as error:
        return "about_id", "wrong_form", str(error)
    return None


def _unknown(event: AnyEvent, known: Container[str] | None) -> tuple[str, str, str] | None:
    if known is None:
        return None
    if isinstance(event, Listen):
        field, item_id = "item_id", event.item_id
    elif isinstance(event, Act) and kind_of(event.about_id) in ABOUT_ITEMS:
        field, item_id = "about_id", event.about_id
    else:
        return None
    if item_id in known or kind_of(item_id) in _OUTSIDE_CATALOGUE:
        return None
    return field, "unknown_item", f"no item {item_id!r} in the catalogue; import it first"


def _too_deep(event: AnyEvent) -> tuple[str, str, str] | None:
    if isinstance(event, Listen) and event.extra and None in texts(event.extra):
        return "extra", "too_deep", "extra is nested too deeply"
    return None
