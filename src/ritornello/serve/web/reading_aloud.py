"""What a visit was read as, in plain words: how a listen is named, what it was for, what was done beside it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ritornello.signals.reading_out import EventTold, IntentTold, SlotTold, VisitTold
from ritornello.signals.reading_words import LEFT_OUT

READINGS = {
    "play": "Played",
    "skip": "Skipped",
    "glance": "Looked in",
    "nothing": "Says nothing",
}
KINDS = {
    "act": "Said",
    "query": "Searched",
    "answer": "Answered",
}
FUNCTIONS = {
    "declared": "by the rules",
    "coclusters": "beside its like",
    "pooled": "as people say",
}
DEVICES = {
    "mobile": "on a phone",
    "desktop": "on a desktop",
    "web": "in a browser",
    "tv": "on a TV",
    "speaker": "on a speaker",
    "car": "in a car",
    "wearable": "on a watch",
}
INTENTS = {
    "sleep": "to fall asleep",
    "focus": "to concentrate",
    "background": "beside something else",
    "workout": "to keep moving",
    "party": "for a party",
    "commute": "on the way",
    "familiar": "for what is known and loved",
    "discover": "to meet something new",
    "browse": "to look around",
    "known_item": "to hear something certain",
    "keep_up": "to keep up with shows",
    "unknown": "nothing says what for",
}
HOW = {
    "stated": "you said so",
    "declared": "where it was played from says so",
    "narrowed": "where it was played from leaves few choices",
    "inferred": "from what was done until then",
    "unknown": "",
}
_PARTS = ((6, "night"), (12, "morning"), (18, "afternoon"), (24, "evening"))


class Step(NamedTuple):
    """One event, or the first of ``n_in_view`` slots that came into view one after the other."""

    event: EventTold
    n_in_view: int = 0


def part_of_week(visit: VisitTold) -> str:
    """Name when a visit began, by the listener's clock, such as ``Friday evening``."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    part = next(name for until, name in _PARTS if visit.local_hour < until)
    return f"{days[visit.weekday]} {part}"


def lasted(visit: VisitTold) -> str:
    """Return how long a visit lasted."""
    return length(visit.ended_at - visit.started_at)


def length(of: timedelta) -> str:
    """Return a stretch of time as people say it.

    Examples
    --------
    >>> length(timedelta(minutes=4, seconds=40)), length(timedelta(hours=2, minutes=5))
    ('5 minutes', '2 h 5 min')
    """
    minutes = round(of.total_seconds() / 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} minute" + "s" * (minutes != 1)
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def on_device(device: str) -> str:
    """Say on what somebody listened; empty where nobody knows.

    Examples
    --------
    >>> on_device("car"), on_device("unknown")
    ('in a car', '')
    """
    return "" if device == "unknown" else DEVICES.get(device, f"on {device}")


def steps(events: Sequence[EventTold]) -> list[Step]:
    """Return the events of a visit in order, what was merely in view one after the other as one step."""
    found = []
    for in_view, group in groupby(events, key=lambda event: event.kind == "impression"):
        run = list(group)
        found += [Step(run[0], len(run))] if in_view else [Step(event) for event in run]
    return found


def read_as(event: EventTold) -> str:
    """Name what an event was read as."""
    if event.listen is not None:
        return READINGS.get(event.listen.reading, event.listen.reading)
    return KINDS.get(event.kind, event.kind)


def reason(event: EventTold) -> str:
    """Say why a listen was read as it was; empty for other events."""
    listen = event.listen
    if listen is None:
        return ""
    left_out = listen.left_out_because
    apart = f"does not count: {LEFT_OUT.get(left_out, left_out)}" if left_out else ""
    return "; ".join(filter(None, (listen.because, listen.ended, apart)))


def met(event: EventTold) -> str:
    """Say how new a listen was and who chose it; empty for other events."""
    listen = event.listen
    if listen is None:
        return ""
    times = "first time" if listen.repeat_number == 1 else f"time {listen.repeat_number}"
    whose = "the service’s turn" if listen.programmed else "your own choice"
    artist = "first of this artist" if listen.first_artist and listen.repeat_number == 1 else ""
    return ", ".join(filter(None, (artist or times, whose)))


def purpose(intent: IntentTold) -> str:
    """Say what a moment was for, in a few words."""
    return purpose_of(intent.intent)


def purpose_of(word: str) -> str:
    """Say what an intent is, in a few words.

    Examples
    --------
    >>> purpose_of("keep_up")
    'to keep up with shows'
    """
    return INTENTS.get(word, word.replace("_", " "))


def known_how(intent: IntentTold) -> str:
    """Say how it is known what a moment was for."""
    return HOW.get(intent.how, intent.how)


def judge(version: str) -> str:
    """Name a success function by how it judges.

    Examples
    --------
    >>> judge("declared@fb5a1b1253d50ab4")
    'by the rules'
    """
    name = version.partition("@")[0]
    return FUNCTIONS.get(name, name)


def stood(slot: SlotTold) -> str:
    """Say where a listen's slot stood, what was done beside playing, and what came next."""
    place = "" if slot.position is None else f", place {slot.position + 1}"
    certain = "" if slot.attribution == "stated" else f" ({slot.attribution})"
    next_ = f"next: {slot.next_in_visit.replace('_', ' ')}" if slot.next_in_visit else ""
    shelf = slot.shelf.replace("_", " ")
    return "; ".join(filter(None, (f"{shelf}{place}{certain}", *slot.done, next_)))


def local_time(at: datetime, tz: ZoneInfo) -> str:
    """Return the time of day to the second."""
    return f"{at.astimezone(tz):%H:%M:%S}"
