"""A small home somebody lived in: plays, loves, lists shown, a merge, rulings, zones; part sealed, part in the log."""

from datetime import UTC, datetime, timedelta

import numpy as np

from ritornello.catalog import aliases, items, rulings
from ritornello.cli.wiring import make_home, writing
from ritornello.evaluate.as_of import Rooms
from ritornello.kinds.decisions import Candidate, Decision, Shelf, Slot
from ritornello.kinds.ids import uuid8
from ritornello.listeners.preferences import Preferences, write_preferences
from ritornello.store.seal import seal
from ritornello.worlds.toy import Size, make_toy

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AT = datetime(2026, 11, 14, 9, 30, tzinfo=UTC)
SIZE = Size(n_artists=16, n_tracks=80, n_shows=1, n_episodes=8, n_listeners=14, n_weeks=2)


def rooms():
    from ritornello.cli.wiring import REDUCERS, schemas

    return Rooms(schemas(), REDUCERS)


def lived_in(folder):
    """Make the home; the last three days before the split and all after it are not sealed."""
    home = make_home(folder)
    world = make_toy(NOW, np.random.default_rng(5), SIZE)
    events = list(world.events())
    sealed_at = AT - timedelta(days=3)
    with writing(home) as writer:
        writer.append([], changes=items.changes(world.items)).result()
        early = [event for event in events if event.happened_at < sealed_at]
        writer.append(early).result()
    seal(home, sealed_at, live_decision=timedelta(0))
    with writing(home) as writer:
        writer.append([event for event in events if event.happened_at >= sealed_at]).result()
        writer.decide(list(shown(world))).result()
        writer.run(lambda conn: settle(conn, world)).result()
    return home


def shown(world):
    """Yield two lists for each listener, one before the split and one after it."""
    for at in (AT - timedelta(days=1), AT + timedelta(days=1)):
        for n, who in enumerate(world.listener_ids):
            item_id = world.track_ids[n]
            yield Decision(
                decision_id=uuid8(at, who), listener_id=who, surface="home", made_at=at, rung="personal",
                shelves=(Shelf("new", "New", "greedy", (Candidate(item_id, "new", 1.0),)),),
                slots=(Slot("new", 0, item_id, 1.0, "new", 1.0),), policy_version="home/2",
                model_version="m", recipe_hash="r", time_zone="Asia/Tokyo" if at < AT else "Europe/Berlin",
            )  # fmt: skip


def settle(conn, world):
    """Write zones, a merge before the split and one after it, and a block taken back after it."""
    for who in world.listener_ids:
        write_preferences(conn, who, Preferences(time_zone="Europe/Berlin"))
    first, second, third = world.track_ids[:3]
    aliases.merge(conn, first, second, at=AT - timedelta(days=2))
    aliases.merge(conn, second, third, at=AT + timedelta(days=2))
    block = rulings.Ruling(
        ruling_id=uuid8(AT, "block"), verdict="block", about_id=world.track_ids[9], by_role="editor",
        made_at=AT - timedelta(days=4), reason="rights",
    )  # fmt: skip
    for sql, rows in rulings.changes(block):
        conn.executemany(sql, rows)
    rulings.withdraw(conn, block.ruling_id, at=AT + timedelta(days=1))
