"""Fills an empty home with the toy world, through the same writer and reducers as real events.

The home says that it is simulated before the first event goes in, and remembers which instant the
history ends at, so that a filling that was stopped goes on as the same world and stores nothing twice.
"""

from datetime import datetime
from sqlite3 import Connection

from ritornello.catalog import items, transcripts
from ritornello.cli.terminal import Tell
from ritornello.cli.wiring import writing
from ritornello.kinds.randomness import derive
from ritornello.listeners.preferences import Preferences, write_preferences
from ritornello.store.home import Home
from ritornello.worlds.toy import Size, World, make_toy

EVENTS_A_BATCH = 5_000
_SET = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


def is_empty(conn: Connection) -> bool:
    """Whether a home holds neither catalogue nor events."""
    (found,) = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM items) OR EXISTS (SELECT 1 FROM events)"
        " OR EXISTS (SELECT 1 FROM manifest)"
    ).fetchone()
    return not found


def is_simulated(conn: Connection) -> bool:
    """Whether a home holds a simulated world."""
    return _meta(conn, "simulated_until") is not None


def is_unfinished(conn: Connection) -> bool:
    """Whether a filling of this home began and did not end."""
    return is_simulated(conn) and _meta(conn, "simulated_filled") is None


def fill(
    home: Home,
    conn: Connection,
    *,
    seed: int,
    now: datetime,
    tell: Tell,
    size: Size | None = None,
) -> World:
    """Store the toy world in a home; return it.

    Parameters
    ----------
    conn : for reading the home.
    now : where the history ends, unless an earlier filling said so.
    tell : told the step and the share done.
    """
    stated = _meta(conn, "simulated_until")
    until = now if stated is None else datetime.fromisoformat(stated)
    tell("imagining listeners", 0.0)
    world = make_toy(until, derive(seed, "toy"), size)
    events = list(world.events())
    with writing(home) as writer:
        writer.run(lambda c: c.execute(_SET, ("simulated_until", until.isoformat()))).result()
        tell("storing the catalogue", 0.15)
        writer.append([], changes=items.changes(world.items)).result()
        for said in world.speeches:
            words = transcripts.changes(said.episode_id, said.segments)
            parts = transcripts.chapter_changes(said.episode_id, said.chapters)
            writer.append([], changes=[*words, *parts]).result()
        writer.run(lambda c: _settle(c, world)).result()
        for start in range(0, len(events), EVENTS_A_BATCH):
            tell("storing what they played", 0.2 + 0.8 * start / len(events))
            writer.append(events[start : start + EVENTS_A_BATCH]).result()
        writer.run(lambda c: c.execute(_SET, ("simulated_filled", "yes"))).result()
    return world


def _settle(conn: Connection, world: World) -> None:
    """Write where everybody lives."""
    for listener_id, time_zone in zip(world.listener_ids, world.time_zones, strict=True):
        write_preferences(conn, listener_id, Preferences(time_zone=time_zone))


def _meta(conn: Connection, name: str) -> str | None:
    row = conn.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])
