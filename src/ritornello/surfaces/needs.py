"""What an hour and a device are for: going on now, the familiar, or the new.

    p(need) ∝ usual(part of the week) × odds(class of device),      p' = (n + κ p) / (N + κ)

``usual`` and ``odds`` are assumptions, written down here to be argued with: somebody on the way goes on where
they were, somebody at work wants what they know, a free evening has room for the new, and whose hands are
busy does not look around. They are shrunk to what the listener does: n of their N latest listens in the same
part of the week were begun for each need. A first hearing counts as new, an episode and what was on within
two days before as going on, all else as familiar. Right as a prior, which beliefs about shelves then
correct; it misleads for a newcomer, to whom everything is a first hearing, so κ is large.
"""

from datetime import datetime
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import KINDS, View
from ritornello.kinds.events import Device
from ritornello.kinds.times import zone
from ritornello.listeners.taste import Taste
from ritornello.surfaces.situation import Situation

Need = Literal["now", "familiar", "new"]
DeviceClass = Literal["hand", "desk", "room", "road"]
Part = Literal["morning", "working_hours", "evening", "night", "free_day"]
FloatArray = NDArray[np.float64]

NEEDS: tuple[Need, ...] = get_args(Need)
KAPPA = 40.0
"""So many listens of their own in a part of the week weigh as much as what is usual."""
STILL_ON_S = 2 * 86_400.0
"""What was on so lately is gone on with, not come back to."""
_SATURDAY = 5
_HOUR_S = 3600.0
_WEEK_S = 7 * 24 * _HOUR_S

CLASSES: dict[Device, DeviceClass] = {
    "mobile": "hand",
    "unknown": "hand",
    "desktop": "desk",
    "web": "desk",
    "speaker": "room",
    "tv": "room",
    "car": "road",
    "wearable": "road",
}
USUAL: dict[Part, tuple[float, float, float]] = {
    "morning": (0.45, 0.35, 0.20),
    "working_hours": (0.25, 0.50, 0.25),
    "evening": (0.30, 0.35, 0.35),
    "night": (0.35, 0.50, 0.15),
    "free_day": (0.25, 0.35, 0.40),
}
"""Shares of now, familiar and new."""
ODDS: dict[DeviceClass, tuple[float, float, float]] = {
    "hand": (1.0, 1.0, 1.0),
    "desk": (0.8, 0.9, 1.3),
    "room": (0.9, 1.3, 0.8),
    "road": (1.4, 1.2, 0.4),
}


def needs_of(situation: Situation) -> FloatArray:
    """Return the shares of ``NEEDS`` for who asks, where and when: (3,), above 0, sum 1."""
    request = situation.request
    local = request.at.astimezone(zone(request.time_zone))
    return shrunk(usual(local, request.device), begun_for(situation.own, situation.view, local))


def usual(local: datetime, device: Device) -> FloatArray:
    """Return what an hour and a device are usually for: (3,), sum 1.

    Examples
    --------
    >>> usual(datetime(2026, 11, 23, 8), "car").round(2).tolist()
    [0.56, 0.37, 0.07]
    """
    weights = np.array(USUAL[part_of(local)]) * ODDS[CLASSES[device]]
    return np.asarray(weights / weights.sum())


def part_of(local: datetime) -> Part:
    """Return the part of the week of a local time; a night belongs to the day before it."""
    return _PARTS[local.weekday() * 24 + local.hour]


def segment_of(needs: FloatArray, device: Device) -> str:
    """Name whose beliefs are asked: the likeliest need and the class of the device.

    Examples
    --------
    >>> segment_of(np.array([0.2, 0.5, 0.3]), "speaker")
    'familiar/room'
    """
    return f"{NEEDS[int(needs.argmax())]}/{CLASSES[device]}"


def begun_for(own: Taste, view: View, local: datetime) -> FloatArray:
    """Count what the latest listens of this part of the week were begun for: (3,).

    Hours are told by today's offset from UTC.
    """
    if not len(own.recent_columns):
        return np.zeros(len(NEEDS))
    age_s = own.recent_age_s.astype(np.float64)
    rows = own.recent_columns
    first_s = own.first_age_s[_places(own.columns, rows)]
    again = _age_before(rows, age_s) - age_s <= STILL_ON_S
    is_new = first_s <= age_s + 1.0
    goes_on = ~is_new & (again | (view.kind[rows] == KINDS.index("episode")))
    week_s = local.weekday() * 24 * _HOUR_S + local.hour * _HOUR_S + local.minute * 60.0
    hours = ((week_s - age_s) % _WEEK_S // _HOUR_S).astype(np.int64)
    here = _PART_CODES[hours] == _PART_CODES[local.weekday() * 24 + local.hour]
    counts = [goes_on & here, ~is_new & ~goes_on & here, is_new & here]
    return np.array([np.count_nonzero(each) for each in counts], dtype=np.float64)


def shrunk(prior: FloatArray, counts: FloatArray) -> FloatArray:
    """Return a listener's counts shrunk to what is usual."""
    return np.asarray((counts + KAPPA * prior) / (counts.sum() + KAPPA))


def _places(columns: NDArray[np.int32], wanted: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the place of each of ``wanted`` in ``columns``."""
    order = np.argsort(columns)
    return np.asarray(order[np.searchsorted(columns[order], wanted)])


def _age_before(rows: NDArray[np.int32], age_s: FloatArray) -> FloatArray:
    """Return the age of the listen to the same item before each one, newest first; infinite without one."""
    before = np.full(len(rows), np.inf)
    order = np.lexsort((age_s, rows))
    same = rows[order][1:] == rows[order][:-1]
    before[order[:-1][same]] = age_s[order[1:][same]]
    return before


def _part(hour_of_week: int) -> Part:
    """Return the part of the week of an hour since Monday's beginning."""
    day, hour = divmod(hour_of_week, 24)
    if hour < 5 or hour >= 22:
        return "night"
    if day >= _SATURDAY:
        return "free_day"
    if hour < 10:
        return "morning"
    return "working_hours" if hour < 17 else "evening"


_PARTS = tuple(_part(hour) for hour in range(7 * 24))
_PART_CODES = np.array([get_args(Part).index(part) for part in _PARTS], dtype=np.int8)
