"""A user's listens, newest first, and how many there are.

They come from the state beside the log, as they were submitted while they are in the log. What was
disowned, and what another source reported too, is not among them.
"""

import sqlite3
from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath, FromQuery

from ritornello.catalog import items
from ritornello.intake import listenbrainz as intake
from ritornello.kinds.events import Listen
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import EPOCH
from ritornello.listeners import listens as history
from ritornello.listeners.listens import HeardListen
from ritornello.serve.access import allow, listener_of
from ritornello.serve.problems import Problem
from ritornello.serve.service import Service
from ritornello.store.database import snapshot

DEFAULT_COUNT = 25
MAX_COUNT = 1000
_LAST_OF_SECOND = timedelta(microseconds=999_999)
_LOGGED = "SELECT event_id, body FROM events WHERE event_id IN ({})"
_decode = msgspec.json.Decoder(Listen).decode


class Span(msgspec.Struct, frozen=True):
    """Which listens are asked for: exclusive bounds, and how many."""

    after: datetime | None
    before: datetime | None
    n: int


@get("/user/{user_name:str}/listens", opt=allow("listener", "service"))
async def listens(
    request: Request[Any, Any, Any],
    user_name: FromPath[str],
    max_ts: FromQuery[int | None] = None,
    min_ts: FromQuery[int | None] = None,
    count: FromQuery[int] = DEFAULT_COUNT,
) -> dict[str, Any]:
    """Return listens before ``max_ts`` or after ``min_ts`` (exclusive), newest first."""
    service: Service = request.app.state.service
    who = listener_of(request.user, user_name)
    span = _span(max_ts, min_ts, count)
    return await service.read(lambda conn: _page(conn, who, span))


@get("/user/{user_name:str}/listen-count", opt=allow("listener", "service"))
async def listen_count(request: Request[Any, Any, Any], user_name: FromPath[str]) -> dict[str, Any]:
    """Return how many listens a user has."""
    service: Service = request.app.state.service
    who = listener_of(request.user, user_name)
    n = await service.read(lambda conn: history.count(conn, who))
    return {"payload": {"count": n}}


def _span(max_ts: int | None, min_ts: int | None, count: int) -> Span:
    if max_ts is not None and min_ts is not None and min_ts >= max_ts:
        raise Problem(400, "bad-range", "min_ts should be less than max_ts")
    if count < 0:
        raise Problem(400, "bad-count", "'count' should be at least 0")
    after, before = (None if ts is None else _at(ts) for ts in (min_ts, max_ts))
    return Span(after and after + _LAST_OF_SECOND, before, min(count, MAX_COUNT))


def _at(seconds: int) -> datetime:
    """Return the instant of Unix seconds, bounded by what a time can be."""
    return EPOCH + timedelta(seconds=max(min(seconds, 1 << 37), -(1 << 35)))


def _page(conn: sqlite3.Connection, who: ListenerId, span: Span) -> dict[str, Any]:
    with snapshot(conn):
        latest = history.page(conn, who, n=1, only="heard")
        heard = history.page(
            conn, who, n=span.n, before=span.before, after=span.after, only="heard"
        )
        found = _as_submitted(conn, who, heard)
        known = items.get_many(conn, [listen.item_id for listen in found])
    shown = [intake.listen_json(listen, who, known.get(listen.item_id)) for listen in found]
    latest_ts = _ts(latest[0]) if latest else 0
    return {
        "payload": {
            "count": len(shown),
            "user_id": who,
            "latest_listen_ts": latest_ts,
            "oldest_listen_ts": _ts(found[-1]) if found else latest_ts,
            "listens": shown,
        }
    }


def _as_submitted(
    conn: sqlite3.Connection, who: ListenerId, heard: list[HeardListen]
) -> list[Listen]:
    """Return the listens as they are logged, or what the state keeps of those that are sealed."""
    ids = [listen.event_id.bytes for listen in heard]
    logged = dict(conn.execute(_LOGGED.format(",".join("?" * len(ids))), ids))
    return [
        _decode(logged[event_id]) if event_id in logged else _sealed(who, listen)
        for event_id, listen in zip(ids, heard, strict=True)
    ]


def _sealed(who: ListenerId, listen: HeardListen) -> Listen:
    return Listen(
        event_id=listen.event_id,
        listener_id=who,
        happened_at=listen.started_at,
        started_at=listen.started_at,
        item_id=listen.item_id,
        ms_played=listen.ms_played,
        duration_ms=listen.duration_ms,
        client=listen.client,
        source=listen.source,
    )


def _ts(listen: Listen | HeardListen) -> int:
    return int(listen.started_at.timestamp())


handlers = (listens, listen_count)
