"""Period lists read back from their decision: never drawn again, only ever shortened by the rules."""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

import msgspec

from ritornello.kinds.decisions import Decision, Slot
from ritornello.kinds.errors import NotFound
from ritornello.kinds.settings import Settings
from ritornello.kinds.times import Instant, from_us, to_us
from ritornello.store.decisions import unpack
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.recipes import Recipe, Surface
from ritornello.surfaces.rules import kept
from ritornello.surfaces.situation import Situation

READABLE = timedelta(weeks=4)
EVERY = -1
MIN_PLAYS: dict[Surface, str] = {
    "discover_weekly": "min_plays_for_weekly",
    "daily_mix": "min_plays_for_mixes",
}
"""The setting each surface with a period asks a listener's plays by."""
N_SHELVES = 6
"""Shelves of a list that have a playlist id of their own."""

SituationOf = Callable[[str, str], Situation]

_READABLE = """
SELECT body, visible_from_at_us, expires_at_us FROM lists
WHERE listener_id = ? AND surface = ? AND visible_from_at_us <= ? AND visible_from_at_us > ?
ORDER BY period DESC LIMIT ?
"""
_OF_DECISION = """
SELECT listener_id, surface, body, visible_from_at_us, expires_at_us FROM lists
WHERE decision_id IN ({marks})
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
        """The period the list is for, such as ``2026-W47`` or ``2026-11-21``."""
        return self.decision.period or ""

    def on(self, shelf: str | None) -> tuple[Slot, ...]:
        """Return the slots of one shelf; of all where none is named."""
        return tuple(slot for slot in self.slots if shelf in (None, slot.shelf))


class Terms(msgspec.Struct, frozen=True):
    """The terms lists are made on: the recipe, the ladder, and the plays a listener must have."""

    recipe: Recipe
    ladder: Ladder
    min_plays: int


def terms_of(
    settings: Settings,
    surface: Surface,
    recipes: Mapping[Surface, Recipe],
    ladders: Mapping[Surface, Ladder],
) -> Terms:
    """Return the terms of a surface with a period, as the settings have them."""
    return Terms(recipes[surface], ladders[surface], settings[MIN_PLAYS[surface]])


def is_listed(conn: sqlite3.Connection, situation: Situation, period: str) -> bool:
    """Say whether the listener has a list of this period or a later one."""
    request = situation.request
    key = (request.profile.listener_id, request.surface, period)
    return conn.execute(_IS_LISTED, key).fetchone() is not None


def readable(conn: sqlite3.Connection, situation: Situation, *, n: int = EVERY) -> list[PeriodList]:
    """Return the lists of the last four weeks this listener may see now, the newest first.

    Parameters
    ----------
    n : how many at most; all by default.
    """
    request = situation.request
    who = (request.profile.listener_id, request.surface)
    bounds = (to_us(request.at), to_us(request.at - READABLE))
    found = []
    for body, visible_us, expires_us in conn.execute(_READABLE, (*who, *bounds, n)):
        found.append(_as_it_stands(situation, unpack(body), visible_us, expires_us))
    return found


def playlist_id(decision: Decision, shelf: str | None = None) -> UUID:
    """Return the id of a list as a playlist: the decision's own, or that of one of its shelves.

    The i-th shelf, from 1, flips the bits of i in the lowest three of the decision's id.
    """
    if shelf is None:
        return decision.decision_id
    names = [each.name for each in decision.shelves]
    return UUID(int=decision.decision_id.int ^ (names.index(shelf) + 1))


def playlist(
    conn: sqlite3.Connection, situation_of: SituationOf, wanted: UUID
) -> tuple[PeriodList, str | None]:
    """Return the list a playlist id is of, as it stands now, and the shelf, if it is of one.

    Parameters
    ----------
    situation_of : makes the request of a listener on a surface.

    Raises
    ------
    NotFound : no such list, or it can no longer be read.
    """
    ids = [UUID(int=wanted.int ^ flipped) for flipped in range(N_SHELVES + 1)]
    query = _OF_DECISION.format(marks=", ".join("?" * len(ids)))
    for listener_id, surface, body, visible_us, expires_us in conn.execute(
        query, [each.bytes for each in ids]
    ):
        decision = unpack(body)
        shelf = ids.index(decision.decision_id)
        situation = situation_of(listener_id, surface)
        visible_from_at = from_us(visible_us)
        is_readable = visible_from_at <= situation.request.at < visible_from_at + READABLE
        if is_readable and shelf <= len(decision.shelves):
            found = _as_it_stands(situation, decision, visible_us, expires_us)
            return found, decision.shelves[shelf - 1].name if shelf else None
    raise NotFound(f"Cannot find playlist: {wanted}")


def _as_it_stands(
    situation: Situation, decision: Decision, visible_us: int, expires_us: int
) -> PeriodList:
    slots = kept(decision.slots, situation.view, situation.allowed)
    return PeriodList(decision, slots, from_us(visible_us), from_us(expires_us))
