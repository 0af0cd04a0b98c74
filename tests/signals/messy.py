"""Small days of a few listeners in which everything goes wrong, and the tables made of them by DuckDB.

Rows are dictionaries by column; what a row does not name is NULL.
"""

import atexit
from importlib.resources import files

import duckdb
import numpy as np
from hypothesis import strategies as st

from ritornello.signals import tables
from ritornello.signals.inputs import COLUMNS, DAY_US

NAMES = ("activity", "readings", "visits", "encounters", "beginnings", "days", "returns")
TABLES = {
    name: tables.parse(
        name, (files("ritornello.signals") / f"{name}.sql").read_text(encoding="utf-8")
    )
    for name in NAMES
}
INPUTS = tuple(need for need in COLUMNS if any(need in table.needs for table in TABLES.values()))
FROM_US = 20_700 * DAY_US
MINUTE_US = 60_000_000
HOUR_US = 3_600_000_000
DAYS_OF = {
    "listen": "happened_at_us", "impression": "happened_at_us", "act": "happened_at_us",
    "query": "happened_at_us", "answer": "happened_at_us",
}  # fmt: skip
"""By which column an input's rows belong to a day."""


DUCK = duckdb.connect(config={"threads": 1})
DUCK.execute("SET ieee_floating_point_ops = false")
for name in INPUTS:
    DUCK.execute(f"CREATE TABLE {name} ({', '.join(map(' '.join, COLUMNS[name].items()))})")
for name in NAMES:
    DUCK.execute(f"CREATE TABLE {name} AS {TABLES[name].sql}")


@atexit.register
def close():
    """Let go of the connection before the interpreter does, which would call it a leak."""
    globals().pop("DUCK").close()


def make(world, names=NAMES):
    """Make tables of inputs, in order, and return their rows; a table the world has is laid as it is."""
    rows = with_clocks(world)
    for name in INPUTS:
        lay(name, COLUMNS[name], rows.get(name, ()))
    found = {}
    for name in names:
        DUCK.execute(f"DELETE FROM {name}")
        if name in world:
            lay(name, world[name][0] if world[name] else (), world[name])
        else:
            DUCK.execute(f"INSERT INTO {name} {TABLES[name].sql}")
        found[name] = rows_of(f"SELECT * FROM {name}")
    return found


def rows_of(sql):
    """The rows of a query, in no order."""
    found = DUCK.execute(sql)
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def lay(name, columns, rows):
    """Leave nothing but these rows in a relation."""
    DUCK.execute(f"DELETE FROM {name}")
    if rows:
        laid = {column: np.array([row.get(column) for row in rows], object) for column in columns}
        DUCK.register("laid", laid)
        DUCK.execute(f"INSERT INTO {name} ({', '.join(laid)}) SELECT {', '.join(laid)} FROM laid")
        DUCK.unregister("laid")


def with_clocks(world):
    """Add the server's clock and the end of all that is known, where a world says nothing of them."""
    ends = [row["happened_at_us"] for name in DAYS_OF for row in world.get(name, ())]
    usual = {
        "clock": [{"time_zone": "", "from_us": -(10**17), "until_us": 10**17, "offset_us": 0}],
        "observed": [{"through_us": max(ends, default=0)}],
    }
    return usual | world


def listen(event_id, at_us, ms=None, **said):
    """A listen as the inputs have it: its start believed, its report at the end."""
    usual = {
        "event_id": event_id, "listener_id": "listener-1", "item_id": "track:a", "private": False,
        "started_at_us": at_us, "happened_at_us": at_us + 1000 * (ms or 0), "ms_played": ms,
        "surface": "home", "device": "mobile", "source": "api", "attribution": "none",
    }  # fmt: skip
    return usual | said


def moment(event_id, at_us, **said):
    """An impression, act, query or answer."""
    usual = {
        "event_id": event_id, "listener_id": "listener-1", "happened_at_us": at_us,
        "seen_at_us": at_us, "surface": "home", "device": "mobile", "act": "save",
    }  # fmt: skip
    return usual | said


LISTENERS = ("listener-1", "listener-2")
ITEMS = [
    {"item_id": "track:a", "canonical_id": "track:a", "kind": "track", "artist_id": "artist:1", "duration_ms": 200_000},
    {"item_id": "track:b", "canonical_id": "track:b", "kind": "track", "artist_id": "artist:1", "duration_ms": None},
    {"item_id": "track:old", "canonical_id": "track:b", "kind": "track", "artist_id": "artist:1", "duration_ms": 0},
    {"item_id": "track:c", "canonical_id": "track:c", "kind": "track", "artist_id": None, "duration_ms": 9_000},
    {"item_id": "episode:e", "canonical_id": "episode:e", "kind": "episode", "show_id": "show:1", "duration_ms": 3_600_000},
]  # fmt: skip
_steps = st.sampled_from(
    [0, 1, 1_000_000, MINUTE_US, 4 * MINUTE_US, 30 * MINUTE_US - 1, 30 * MINUTE_US, 30 * MINUTE_US + 1,
     3 * HOUR_US, 11 * HOUR_US, 25 * HOUR_US]
)  # fmt: skip
_played = st.sampled_from(
    [None, 0, 1, 9_999, 10_000, 29_999, 30_000, 100_000, 180_000, 195_000, 300_000, 7_200_000,
     84_600_000, 86_400_000]
)  # fmt: skip
_events = st.fixed_dictionaries({
    "step": _steps,
    "who": st.sampled_from(LISTENERS),
    "kind": st.sampled_from(["listen", "listen", "listen", "impression", "act", "query", "answer"]),
    "ms": _played,
    "reported": st.sampled_from([0, 1, 1, 1, 20]),
    "item": st.sampled_from([*(item["item_id"] for item in ITEMS), "track:nowhere"]),
    "duration": st.sampled_from([None, 0, 20_000, 200_000]),
    "began": st.sampled_from([None, "clicked", "autoplay", "skipped_into", "unknown"]),
    "ended": st.sampled_from([None, "finished", "skipped_forward", "skipped_back", "stopped", "replaced", "error", "unknown"]),
    "context": st.sampled_from([("unknown", None), ("playlist", "playlist:p"), ("radio", None), ("shelf", "made")]),
    "device": st.sampled_from(["mobile", "car", "unknown"]),
    "surface": st.sampled_from(["home", "search", "unknown"]),
    "private": st.sampled_from([False, False, False, True]),
    "left_out": st.sampled_from([None, None, None, "same_play", "disowned", "excluded"]),
    "act": st.sampled_from(["save", "love", "add_to_playlist", "hate"]),
    "decision": st.sampled_from([None, None, "decision"]),
})  # fmt: skip


@st.composite
def worlds(draw, max_size=40):
    """Days of two listeners: one by the server's clock, one by a clock that changes meanwhile."""
    world = {name: [] for name in INPUTS}
    at_us = FROM_US + draw(st.integers(0, DAY_US - 1))
    for n, e in enumerate(draw(st.lists(_events, min_size=1, max_size=max_size))):
        at_us += e["step"]
        name = f"{(n * 7919) % 1000:03d}"
        about = {"listener_id": e["who"], "surface": e["surface"], "device": e["device"]}
        if e["kind"] != "listen":
            world[e["kind"]].append(moment(name, at_us, act=e["act"], **about))
            continue
        world["listen"].append(
            listen(
                name, at_us, e["ms"], item_id=e["item"], duration_ms=e["duration"], private=e["private"],
                happened_at_us=at_us + min(1000 * (e["ms"] or 50_000) * e["reported"], DAY_US),
                began_because=e["began"], ended_because=e["ended"], decision_id=e["decision"],
                context_kind=e["context"][0], context_id=e["context"][1], **about,
            )
        )  # fmt: skip
        if e["left_out"]:
            out = {"event_id": name, "listener_id": e["who"], "started_at_us": at_us}
            world["left_out"].append(out | {"because": e["left_out"]})
    changes_us = FROM_US + DAY_US + HOUR_US
    world["item"] = ITEMS
    world["zone"] = [{"listener_id": "listener-2", "time_zone": "West"}]
    world["clock"] = [
        {"time_zone": "", "from_us": -(10**17), "until_us": 10**17, "offset_us": 2 * HOUR_US},
        {"time_zone": "West", "from_us": -(10**17), "until_us": changes_us, "offset_us": -11 * HOUR_US},
        {"time_zone": "West", "from_us": changes_us, "until_us": 10**17, "offset_us": -10 * HOUR_US},
    ]  # fmt: skip
    del world["observed"]
    return with_clocks({name: draw(st.permutations(rows)) for name, rows in world.items()})
