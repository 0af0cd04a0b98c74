"""What the editors' pages say of a pool: how it stands, when it is offered, what a version changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from ritornello.kinds.decisions import Rung
from ritornello.kinds.events import Device
from ritornello.kinds.faults import Fault
from ritornello.serve.pools import Checked
from ritornello.serve.web.reading_aloud import DEVICES
from ritornello.surfaces.pool_store import PoolVersion
from ritornello.surfaces.pools import WEEKDAYS, Pool, Weekday

State = Literal["now", "waits", "over", "empty"]
STATES: dict[State, str] = {
    "now": "On now",
    "waits": "Waits for its time",
    "over": "Expired",
    "empty": "Nothing to show",
}
FIELDS: dict[str, str] = {
    "title": "title",
    "brief": "brief",
    "intent": "intent",
    "owner": "owner",
    "length": "length",
    "eligible": "rules",
    "by_hand": "added by hand",
    "must_include": "must stand on it",
    "blocks": "blocks",
    "pins": "pins",
    "boosts": "boosts",
    "spacing": "spacing",
    "arc": "energy arc",
    "hours": "hours",
    "weekdays": "weekdays",
    "devices": "devices",
    "until_at": "expiry",
}
"""The parts of a pool in words, in the order of its form."""
MADE: dict[Rung, str] = {
    "personal": "made for them by their own taste",
    "last_good": "their last list of this moment again",
    "segment": "what people like them play of it",
    "popular": "what many people play",
    "editorial": "in the editors’ order",
}
"""How a list came about, to somebody it is not for."""
NOBODY_SAYS = "nobody_says"
_WORKDAYS, _WEEKEND = WEEKDAYS[:5], WEEKDAYS[5:]


class Stand(msgspec.Struct, frozen=True):
    """How a pool stands now: its state, what it finds, and how many doubts there are."""

    state: State
    checked: Checked

    @property
    def words(self) -> str:
        """The state in words."""
        return STATES[self.state]

    @property
    def faults(self) -> list[Fault]:
        """What should be put right; that nothing says a word may only mean that the catalogue has none of it yet."""
        return [doubt for doubt in self.checked.doubts if doubt.rule != NOBODY_SAYS]

    @property
    def n_idle(self) -> int:
        """How many words of its rules nothing in the catalogue says."""
        return len(self.checked.doubts) - len(self.faults)


def stand(pool: Pool, checked: Checked, local: datetime) -> Stand:
    """Say how a pool stands.

    Parameters
    ----------
    local : now, in the service's own zone.
    """
    if pool.is_over(local):
        return Stand("over", checked)
    if checked.refused:
        return Stand("empty", checked)
    return Stand("now" if pool.is_for(local, "unknown") else "waits", checked)


def offered(pool: Pool) -> str:
    """Say when a moment is offered, such as ``Friday, Saturday, 18–02, on a phone``.

    Examples
    --------
    >>> from ritornello.surfaces import pools
    >>> offered(pools.load("falling-asleep"))
    '21–04'
    """
    hours = " and ".join(each.replace("-", "\N{EN DASH}") for each in pool.hours)
    devices = listed([on_device(each) for each in pool.devices])
    return ", ".join(part for part in (days(pool.weekdays), hours, devices) if part) or "any time"


def listed(words: Sequence[str]) -> str:
    """Return words as one reads them aloud.

    Examples
    --------
    >>> listed(["on a phone", "in a car", "on a watch"])
    'on a phone, in a car or on a watch'
    """
    return " or ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def days(weekdays: Sequence[Weekday]) -> str:
    """Name some days of the week.

    Examples
    --------
    >>> days(("monday", "tuesday", "wednesday", "thursday", "friday")), days(("friday",)), days(())
    ('Monday to Friday', 'Friday', '')
    """
    chosen = tuple(day for day in WEEKDAYS if day in weekdays)
    if chosen == _WORKDAYS:
        return "Monday to Friday"
    if chosen == _WEEKEND:
        return "weekends"
    return "" if len(chosen) == len(WEEKDAYS) else ", ".join(day.capitalize() for day in chosen)


def on_device(device: Device) -> str:
    """Say on what a moment is offered."""
    return DEVICES.get(device, "anywhere")


def changed(version: PoolVersion, before: PoolVersion | None) -> str:
    """Say what a version changed in the one before it."""
    if version.pool is None:
        return "withdrawn"
    if before is None or before.pool is None:
        return "all of it" if before is None else "brought back"
    parts = [
        words
        for name, words in FIELDS.items()
        if getattr(version.pool, name) != getattr(before.pool, name)
    ]
    return ", ".join(parts) or "nothing"
