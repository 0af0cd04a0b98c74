"""All that is believed of one listener, each with the evidence it rests on.

The portrait is of this instant; everything else is of the tables of signals, as far as they are built.
"""

import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from ritornello.catalog.view import View
from ritornello.kinds.errors import NotFound
from ritornello.kinds.times import Instant, from_us, to_us
from ritornello.listeners import artificial, breadth, habits, portrait, purposes, receptivity
from ritornello.listeners.artificial import Flag
from ritornello.listeners.breadth import Breadth, Change, Space
from ritornello.listeners.portrait import Portrait
from ritornello.listeners.profile import Profile
from ritornello.listeners.purposes import Purpose
from ritornello.listeners.receptivity import Receptivity
from ritornello.signals.components import Trained
from ritornello.signals.intents import Declared

TABLES = (
    "readings", "visits", "outcomes", "shown", "relationships", "beginnings",
)  # fmt: skip
LATELY = timedelta(days=28)
N_CELLS = 5
N_RELATIONSHIPS = 20
_RELATIONSHIPS = """
SELECT about_id, state,
    CASE state WHEN 'lapsed' THEN lapsed_at_us WHEN 'fan' THEN fan_at_us WHEN 'returning' THEN returning_at_us
        WHEN 'tried' THEN tried_at_us ELSE exposed_at_us END AS since_us,
    n_plays, n_active_days, last_at_us
FROM relationships WHERE listener_id = $who
ORDER BY n_plays DESC, about_id LIMIT $most
"""
_STATES = (
    "SELECT state, count(*) FROM relationships WHERE listener_id = $who GROUP BY state ORDER BY 1"
)


class Known(msgspec.Struct, frozen=True):
    """What is brought along: where items lie (``None``: no model), what declares intents, the mixture if trained."""

    space: Space | None
    declared: Declared
    trained: Trained | None


class Cell(msgspec.Struct, frozen=True):
    """A place in the week with its probability; ``weekday`` 0 is Monday, ``intent`` empty where no mixture is trained."""

    weekday: int
    local_hour: int
    device: str
    intent: str
    p: float


class Routine(msgspec.Struct, frozen=True):
    """Habits from ``n_hours`` hours of visits; ``share_own`` of the likeliest cells' weight is the listener's, the rest all's."""

    n_hours: float
    share_own: float
    likeliest: tuple[Cell, ...]
    by_hour: tuple[float, ...]
    by_weekday: tuple[float, ...]
    by_device: dict[str, float]


class Relationship(msgspec.Struct, frozen=True):
    """How far somebody came with an artist or show, since when, after how many plays on how many days."""

    about_id: str
    name: str
    state: str
    since: Instant
    n_plays: int
    n_active_days: int
    last_at: Instant | None


class Beliefs(msgspec.Struct, frozen=True):
    """Everything; ``through`` is the last listen in the tables, ``None`` where none are built.

    ``breadth`` is over all time, ``months`` and ``changes`` month by month. ``states`` counts artists and shows by how
    far it went, ``relationships`` are the most played.
    """

    listener_id: str
    at: Instant
    through: Instant | None
    portrait: Portrait
    breadth: Breadth | None
    months: tuple[Breadth, ...]
    changes: tuple[Change, ...]
    habits: Routine
    receptivity: tuple[Receptivity, ...]
    intents: tuple[Purpose, ...]
    flags: tuple[Flag, ...]
    states: dict[str, int]
    relationships: tuple[Relationship, ...]


def of(
    conn: sqlite3.Connection,
    duck: duckdb.DuckDBPyConnection,
    profile: Profile,
    view: View,
    tz: ZoneInfo,
    *,
    known: Known,
) -> Beliefs:
    """Gather what is believed of a listener.

    Parameters
    ----------
    duck : with the views ``TABLES``.

    Raises
    ------
    NotFound : they never did anything.
    """
    who = profile.listener_id
    ((last_us, n_own),) = duck.execute(
        "SELECT max(started_at_us), count(*) FILTER (WHERE listener_id = $who) FROM readings",
        {"who": who},
    ).fetchall()
    if not (n_own or profile.plays or profile.tallies or profile.marks):
        raise NotFound(f"nothing is known of a listener {who!r}")
    (ever, months) = (_breadths(duck, who, known.space, by_month) for by_month in (False, True))
    found = purposes.read(duck, known.declared, known.trained, listener_id=who)
    return Beliefs(
        listener_id=who,
        at=profile.at,
        through=None if last_us is None else from_us(last_us),
        portrait=portrait.of(conn, profile, view, tz),
        breadth=ever[0] if ever else None,
        months=tuple(months),
        changes=tuple(breadth.changes(months)),
        habits=_routine(duck, who, known, found),
        receptivity=tuple(receptivity.both(receptivity.read(duck), who)),
        intents=tuple(purposes.lately(found, to_us(profile.at - LATELY))),
        flags=tuple(flag for flag in artificial.flags(duck) if flag.listener_id == who),
        states=dict(duck.execute(_STATES, {"who": who}).fetchall()),
        relationships=tuple(_relationships(duck, who, view)),
    )


def _breadths(
    duck: duckdb.DuckDBPyConnection, who: str, space: Space | None, by_month: bool
) -> Sequence[Breadth]:
    """Return breadths, among everybody's where over all time."""
    if space is None:
        return ()
    only = who if by_month else None
    return breadth.read(duck, space, by_month=by_month, listener_id=only).of(who)


def _routine(
    duck: duckdb.DuckDBPyConnection, who: str, known: Known, own: purposes.Purposes
) -> Routine:
    """Return habits, with intents as an axis where a mixture tells them of everybody."""
    everybody, mine = None, None
    if known.trained is not None:
        everybody = purposes.read(duck, known.declared, known.trained).words()
        mine = own.words()
    crowd = habits.crowd_of(habits.read(duck, intents=everybody))
    found = habits.of(habits.read(duck, intents=mine, listener_id=who), crowd)
    return Routine(
        n_hours=found.n_hours,
        share_own=found.share_own,
        likeliest=tuple(
            Cell(
                int(words["weekday"]), int(words["local_hour"]), words["device"],
                words.get("intent", ""), p,
            )
            for words, p in found.most(N_CELLS)
        ),
        by_hour=tuple(found.along("local_hour").values()),
        by_weekday=tuple(found.along("weekday").values()),
        by_device=found.along("device"),
    )  # fmt: skip


def _relationships(duck: duckdb.DuckDBPyConnection, who: str, view: View) -> Sequence[Relationship]:
    """Return how far they came with those they play most."""
    asked = {"who": who, "most": N_RELATIONSHIPS}
    return [
        Relationship(
            about_id=about_id,
            name=(view.title(view.number[about_id]) if about_id in view.number else "") or about_id,
            state=state,
            since=from_us(since_us),
            n_plays=n_plays,
            n_active_days=n_days,
            last_at=None if last_us is None else from_us(last_us),
        )
        for about_id, state, since_us, n_plays, n_days, last_us in duck.execute(
            _RELATIONSHIPS, asked
        ).fetchall()
    ]
