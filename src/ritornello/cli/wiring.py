"""The rooms put together: which tables a home has, and what a stored record changes.

``store`` applies reducers it does not know; the rooms below define them. This is the one list, read
by every command that writes. The clock is read here and in ``serve``, and nowhere above.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection

from ritornello.kinds.errors import NotFound
from ritornello.kinds.settings import Settings, Value, resolve
from ritornello.listeners.reducers import reduce_acts, reduce_answers, reduce_listens
from ritornello.signals.building import Beside
from ritornello.signals.lately import Ground
from ritornello.store.database import connect, create_tables, schema
from ritornello.store.home import Home
from ritornello.store.log import ROWS_A_GROUP, Writer
from ritornello.store.rebuild import rebuild
from ritornello.surfaces import last_good, showings, stations
from ritornello.surfaces.search import recents

ROOMS_WITH_TABLES = (
    "ritornello.catalog",
    "ritornello.intake",
    "ritornello.listeners",
    "ritornello.policies",
    "ritornello.surfaces",
)
_FROM_BEFORE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'recent'"
_UUID = (
    "lower(substr(hex({0}), 1, 8) || '-' || substr(hex({0}), 9, 4) || '-' || substr(hex({0}), 13, 4)"
    " || '-' || substr(hex({0}), 17, 4) || '-' || substr(hex({0}), 21))"
)
STANDING = {
    "left_out": f"SELECT {_UUID.format('event_id')} AS event_id, listener_id, started_at_us, because, "
    f"CASE WHEN same_as IS NOT NULL THEN {_UUID.format('same_as')} END AS same_as FROM left_out",
    "zone": "SELECT listener_id, time_zone FROM (SELECT listener_id, "
    "json_extract(CAST(body AS TEXT), '$.time_zone') AS time_zone FROM preferences) "
    "WHERE time_zone IS NOT NULL",
}
"""What signals reads of the listeners' tables, as SQL for the columns of its inputs."""
HEARD = "SELECT listener_id, item_id, first_at_us FROM plays"
"""What was ever heard and counts, as SQL for ``lately``."""
REDUCERS = (
    reduce_listens,
    reduce_acts,
    reduce_answers,
    last_good.remember,
    showings.remember,
    stations.remember,
    recents.remember,
)


def now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def make_home(path: Path) -> Home:
    """Make a home's folders and tables; what is there already stays.

    A home of an older version knew only the last hundred listens of everybody: what is derived is
    made again once, from lake and log.
    """
    home = Home(path).create()
    with closing(connect(home)) as conn:
        create_tables(conn, schemas())
        if conn.execute(_FROM_BEFORE).fetchone() is not None:
            rebuild(home, schemas(), REDUCERS)
            conn.execute("DROP TABLE recent")
    return home


def find_home(path: Path) -> Home:
    """Return the home at ``path``, its tables as this version wants them.

    Raises
    ------
    NotFound : there is none.
    """
    home = Home(path)
    if not home.exists:
        message = f"no home at {path}; make one with `ritornello init --home {path}`"
        raise NotFound(message)
    return make_home(path)


def schemas() -> list[str]:
    """Return the tables of every room that keeps state."""
    return [schema(room) for room in ROOMS_WITH_TABLES]


def settings_of(home: Home, **flags: Value | None) -> Settings:
    """Return the settings in force in a home; a flag that is ``None`` was not given."""
    return resolve(home.settings_file, flags=flags)


def beside(settings: Settings) -> Beside:
    """Return what a build of signals needs beside the lake."""
    return Beside(STANDING, settings["time_zone"])


def ground_of(home: Home, settings: Settings) -> Ground:
    """Return where the latest tables of signals come from."""
    return Ground(home, beside(settings), HEARD)


@contextmanager
def writing(home: Home, *, rows_a_group: int = ROWS_A_GROUP) -> Iterator[Writer]:
    """Open the one way to change a home, closed at the end of the block."""
    with Writer(home, REDUCERS, now=now, rows_a_group=rows_a_group) as writer:
        yield writer


@contextmanager
def reading(home: Home) -> Iterator[Connection]:
    """Open a home's database for reading, closed at the end of the block."""
    conn = connect(home, read_only=True)
    try:
        yield conn
    finally:
        conn.close()
