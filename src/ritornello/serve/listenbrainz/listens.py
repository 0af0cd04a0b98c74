"""A user's listens, newest first, and how many there are.

The last hundred come from the state beside the log, as they were submitted while they are in the
log. Older pages are looked for in the log and in the lake.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.params import FromPath, FromQuery

from ritornello.catalog import items
from ritornello.intake import listenbrainz as intake
from ritornello.kinds.events import Listen
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import from_us
from ritornello.listeners.reducers import N_RECENT
from ritornello.serve.access import allow, listener_of
from ritornello.serve.problems import Problem
from ritornello.serve.service import Service
from ritornello.signals.plays import read
from ritornello.store import lake, manifest
from ritornello.store.database import snapshot
from ritornello.store.home import Home

DEFAULT_COUNT = 25
MAX_COUNT = 1000
_RECENT = """
SELECT r.event_id, r.item_id, r.started_at_us, r.ms_played, r.client, e.body
FROM recent AS r LEFT JOIN events AS e ON e.event_id = r.event_id
WHERE r.listener_id = ? ORDER BY r.started_at_us DESC, r.event_id DESC
"""
_LOGGED = "SELECT body FROM events WHERE kind = 'listen' AND listener_id = ?"
_COUNT = "SELECT coalesce(sum(n_plays + n_skips), 0) FROM plays WHERE listener_id = ?"
_decode = msgspec.json.Decoder(Listen).decode


class Span(msgspec.Struct, frozen=True):
    """Which listens are asked for: exclusive bounds in microseconds, how many, from which end."""

    after_us: int
    before_us: int
    n: int
    oldest_first: bool

    def cut(self, listens: list[Listen]) -> list[Listen]:
        """Return those within, newest first."""
        ordered = sorted(listens, key=_when, reverse=not self.oldest_first)
        within = [listen for listen in ordered if self.after_us < _when(listen)[0] < self.before_us]
        return sorted(within[: self.n], key=_when, reverse=True)


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
    return await service.read(lambda conn: _page(conn, service.home, who, span))


@get("/user/{user_name:str}/listen-count", opt=allow("listener", "service"))
async def listen_count(request: Request[Any, Any, Any], user_name: FromPath[str]) -> dict[str, Any]:
    """Return how many listens a user has."""
    service: Service = request.app.state.service
    who = listener_of(request.user, user_name)
    (n,) = await service.read(lambda conn: conn.execute(_COUNT, (who,)).fetchone())
    return {"payload": {"count": n}}


def _span(max_ts: int | None, min_ts: int | None, count: int) -> Span:
    if max_ts is not None and min_ts is not None and min_ts >= max_ts:
        raise Problem(400, "bad-range", "min_ts should be less than max_ts")
    if count < 0:
        raise Problem(400, "bad-count", "'count' should be at least 0")
    limit_us = 1 << 60
    return Span(
        after_us=-limit_us if min_ts is None else _us(min_ts),
        before_us=limit_us if max_ts is None else _us(max_ts),
        n=min(count, MAX_COUNT),
        oldest_first=max_ts is None and min_ts is not None,
    )


def _us(seconds: int) -> int:
    """Return Unix seconds in microseconds, bounded by what a time can be."""
    return max(min(seconds, 1 << 38), -(1 << 38)) * 1_000_000


def _page(conn: sqlite3.Connection, home: Home, who: ListenerId, span: Span) -> dict[str, Any]:
    recent = [_listen(who, row) for row in conn.execute(_RECENT, (who,))]
    found = span.cut(recent)
    latest_ts = _ts(recent[0]) if recent else 0
    if len(recent) >= N_RECENT and (len(found) < span.n or span.oldest_first):
        found = span.cut(_all(conn, home, who, span))
    known = items.get_many(conn, [listen.item_id for listen in found])
    shown = [intake.listen_json(listen, who, known.get(listen.item_id)) for listen in found]
    return {
        "payload": {
            "count": len(shown),
            "user_id": who,
            "latest_listen_ts": latest_ts,
            "oldest_listen_ts": _ts(found[-1]) if found else latest_ts,
            "listens": shown,
        }
    }


def _listen(who: ListenerId, row: tuple[Any, ...]) -> Listen:
    """Return the listen as it is logged, or what the state keeps of one that is sealed."""
    event_id, item_id, started_at_us, ms_played, client, body = row
    if body is not None:
        return _decode(body)
    at = from_us(started_at_us)
    return Listen(
        event_id=UUID(bytes=event_id),
        listener_id=who,
        happened_at=at,
        started_at=at,
        item_id=item_id,
        ms_played=ms_played,
        client=client,
    )


def _all(conn: sqlite3.Connection, home: Home, who: ListenerId, span: Span) -> list[Listen]:
    """Return the listens of log and lake that a page may need; private ones are nobody's.

    Files and log rows are taken in one snapshot, so a seal in between hides nothing.
    """
    with snapshot(conn):
        files = [home.lake / entry.path for entry in manifest.entries(conn, "listen")]
        logged = [_decode(body) for (body,) in conn.execute(_LOGGED, (who,))]
    found = {listen.event_id: listen for listen in _sealed(home, files, who, span)}
    found |= {listen.event_id: listen for listen in logged}
    return [listen for listen in found.values() if read(listen) != "nothing"]


def _sealed(home: Home, files: Sequence[Path], who: ListenerId, span: Span) -> list[Listen]:
    if not files:
        return []
    source = (
        f"{lake.parquet(files)} WHERE listener_id = {lake.quoted(who)} AND NOT private "
        f"AND epoch_us(started_at) > {span.after_us} AND epoch_us(started_at) < {span.before_us} "
        f"ORDER BY started_at {'ASC' if span.oldest_first else 'DESC'} LIMIT {span.n}"
    )
    with lake.open_lake(home) as duck:
        return [
            listen
            for batch in lake.events(duck, "listen", source)
            for listen in batch
            if isinstance(listen, Listen)
        ]


def _when(listen: Listen) -> tuple[int, bytes]:
    return int(listen.started_at.timestamp() * 1_000_000), listen.event_id.bytes


def _ts(listen: Listen) -> int:
    return int(listen.started_at.timestamp())


handlers = (listens, listen_count)
