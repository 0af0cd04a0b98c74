"""What a listener chose: time zone, region, explicit items, how adventurous.

Truth, not derived: nobody can recompute a choice.
"""

import sqlite3
from typing import Annotated

import msgspec

from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import zone


class Preferences(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A listener's choices; ``None`` means "as the service has it"."""

    time_zone: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    region: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$(?!\n)")] | None = None
    allow_explicit: bool = True
    exploration_budget: Annotated[float, msgspec.Meta(ge=0, le=0.5)] | None = None

    def checked(self) -> "Preferences":
        """Return these preferences, having made sure that the time zone exists.

        Raises
        ------
        BadValue : no such zone.
        """
        if self.time_zone is not None:
            zone(self.time_zone)
        return self


_DECODER = msgspec.json.Decoder(Preferences)


def read_preferences(conn: sqlite3.Connection, listener_id: str) -> Preferences:
    """Return what a listener chose, the defaults if nothing."""
    row = conn.execute(
        "SELECT body FROM preferences WHERE listener_id = ?", (listener_id,)
    ).fetchone()
    return _DECODER.decode(row[0]) if row else Preferences()


def write_preferences(
    conn: sqlite3.Connection, listener_id: ListenerId, preferences: Preferences
) -> None:
    """Set what a listener chose; runs inside the writer's transaction."""
    conn.execute(
        "INSERT INTO preferences VALUES (?, ?)"
        " ON CONFLICT (listener_id) DO UPDATE SET body = excluded.body",
        (listener_id, msgspec.json.encode(preferences.checked())),
    )
