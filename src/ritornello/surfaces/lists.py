"""Period lists read back from their decision: never drawn again, only ever shortened by the rules."""

import sqlite3
from datetime import timedelta

import msgspec

from ritornello.kinds.decisions import Decision, Slot
from ritornello.kinds.times import Instant, from_us, to_us
from ritornello.store.decisions import unpack
from ritornello.surfaces.rules import kept
from ritornello.surfaces.situation import Situation

READABLE = timedelta(weeks=4)

_READABLE = """
SELECT body, visible_from_at_us, expires_at_us FROM lists
WHERE listener_id = ? AND surface = ? AND visible_from_at_us <= ? AND visible_from_at_us > ?
ORDER BY period DESC
"""
_IS_LISTED = "SELECT 1 FROM lists WHERE listener_id = ? AND surface = ? AND period >= ?"


class PeriodList(msgspec.Struct, frozen=True):
    """A list of one period as it may be shown now.

    ``slots`` are the decision's, less what the hard rules have closed since: a ban empties a place,
    nothing ever takes it.
    """

    decision: Decision
    slots: tuple[Slot, ...]
    visible_from_at: Instant
    expires_at: Instant

    @property
    def period(self) -> str:
        """The period the list is for, such as ``2026-W47``."""
        return self.decision.period or ""


def is_listed(conn: sqlite3.Connection, situation: Situation, period: str) -> bool:
    """Say whether the listener has a list of this period or a later one."""
    request = situation.request
    key = (request.profile.listener_id, request.surface, period)
    return conn.execute(_IS_LISTED, key).fetchone() is not None


def readable(conn: sqlite3.Connection, situation: Situation) -> list[PeriodList]:
    """Return the lists of the last four weeks that this listener may see now, the newest first."""
    request = situation.request
    who = (request.profile.listener_id, request.surface)
    bounds = (to_us(request.at), to_us(request.at - READABLE))
    found = []
    for body, visible_us, expires_us in conn.execute(_READABLE, (*who, *bounds)):
        decision = unpack(body)
        slots = kept(decision.slots, situation.view, situation.allowed)
        found.append(PeriodList(decision, slots, from_us(visible_us), from_us(expires_us)))
    return found
