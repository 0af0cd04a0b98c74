"""Love and hate: what a user says of recordings, and what they said."""

import sqlite3
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery

from ritornello.catalog import identity, items
from ritornello.catalog.items import Resolver
from ritornello.intake import listenbrainz as intake
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.items import AnyItem, Track
from ritornello.kinds.times import to_us
from ritornello.serve import answers
from ritornello.serve.access import allow, listener_of
from ritornello.serve.listenbrainz.submissions import OK, refuse_who_left
from ritornello.serve.problems import Problem
from ritornello.serve.service import Service
from ritornello.store import faults

MAX_COUNT = 1000
_FEELINGS = """
SELECT about_id, value, happened_at_us FROM marks
WHERE listener_id = ? AND mark = 'feeling' AND value <> 0 AND about_id GLOB 'track:*'
ORDER BY happened_at_us DESC, event_id DESC
"""


@post("/feedback/recording-feedback", status_code=200, opt=allow("listener"))
async def recording_feedback(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Take in a love (1), a hate (-1) or its withdrawal (0); a hate is obeyed at once."""
    service: Service = request.app.state.service
    body, who, now = await request.body(), listener_of(request.user), service.now()
    acts, named, found_faults = await service.read(
        lambda conn: intake.read_feedback(body, listener_id=who, now=now, resolver=Resolver(conn))
    )
    changes = [*items.changes(named), *faults.changes(found_faults, to_us(now), who)]
    refuse_who_left(await answers.record(service, acts, changes, intake=intake.SOURCE))
    if found_faults:
        service.metrics.refused(found_faults)
        raise Problem(400, "bad-feedback", found_faults[0].message)
    return OK


@get("/feedback/user/{user_name:str}/get-feedback", opt=allow("listener", "service"))
async def get_feedback(
    request: Request[Any, Any, Any],
    user_name: FromPath[str],
    *,
    score: FromQuery[int | None] = None,
    count: FromQuery[int] = 25,
    offset: FromQuery[int] = 0,
    metadata: FromQuery[str] = "",
) -> dict[str, Any]:
    """Return what a user loves and hates, the latest first."""
    service: Service = request.app.state.service
    who = listener_of(request.user, user_name)
    if score not in (None, 1, -1):
        raise Problem(400, "bad-score", "Score can have a value of 1 or -1.")
    first, n = max(offset, 0), min(max(count, 0), MAX_COUNT)
    with_metadata = metadata.lower() == "true"

    def page(conn: sqlite3.Connection) -> dict[str, Any]:
        said = [row for row in conn.execute(_FEELINGS, (who,)) if score is None or row[1] == score]
        shown = said[first : first + n]
        known = items.get_many(conn, [about_id for about_id, _, _ in shown])
        feedback = [
            _feedback(who, known.get(about_id), value, at_us, with_metadata)
            for about_id, value, at_us in shown
        ]
        return {
            "feedback": feedback,
            "count": len(feedback),
            "total_count": len(said),
            "offset": first,
        }

    return await service.read(page)


def _feedback(
    who: ListenerId, item: AnyItem | None, score: int, at_us: int, with_metadata: bool
) -> dict[str, Any]:
    track = item if isinstance(item, Track) else None
    named = track is not None and track.title != ""
    said: dict[str, Any] = {
        "user_id": who,
        "recording_mbid": track.mbid if track else None,
        "recording_msid": str(identity.recording_msid(track.artist_name, track.title))
        if track and named
        else None,
        "score": score,
        "created": at_us // 1_000_000,
    }
    if with_metadata:
        said["track_metadata"] = (
            {"artist_name": track.artist_name, "track_name": track.title}
            if track and named
            else None
        )
    return said


handlers = (recording_feedback, get_feedback)
