"""Playlists as apps look for them: Weeklies and Daily Mixes, and recommended recordings."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from msgspec.structs import replace

from ritornello.intake import jspf
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import AnyItem, Track
from ritornello.kinds.times import monday_of
from ritornello.serve import answers
from ritornello.serve.access import allow, listener_of
from ritornello.serve.service import Service
from ritornello.surfaces.lists import PeriodList
from ritornello.surfaces.lists import playlist_id as playlist_id_of

WEEKLY = "discover_weekly"
WEEKLY_PATCH = "weekly-exploration"
MIX_PATCH = "daily-jams"
N_CREATED_FOR = 2
MAX_COUNT = 100
RECOMMENDING = "made_for_you"
ANNOTATION = "Thirty tracks you have not heard, mostly by artists you have not heard."
MIX_ANNOTATION = "One side of what you listen to: mostly what you know, some of it new to you."


@get("/user/{user_name:str}/playlists", opt=allow("listener", "service"))
async def playlists(
    request: Request[Any, Any, Any],
    user_name: FromPath[str],
    count: FromQuery[int] = 25,
    offset: FromQuery[int] = 0,
) -> dict[str, Any]:
    """Return a user's own playlists: none are kept here."""
    listener_of(request.user, user_name)
    return _listed([], count, offset)


@get("/user/{user_name:str}/playlists/createdfor", opt=allow("listener", "service"))
async def created_for(
    request: Request[Any, Any, Any],
    user_name: FromPath[str],
    count: FromQuery[int] = 25,
    offset: FromQuery[int] = 0,
) -> dict[str, Any]:
    """Return the last two Weeklies, then the day's mixes in their places, without their tracks."""
    service: Service = request.app.state.service
    who = listener_of(request.user, user_name)
    weeklies = (await answers.weeklies(service, who))[:N_CREATED_FOR]
    mixes = await answers.mixes(service, who)
    shelves = mixes.decision.shelves if mixes is not None else ()
    found = [_weekly(weekly) for weekly in weeklies]
    found += [_mix(mixes, shelf.name) for shelf in shelves if mixes is not None]
    return _listed([jspf.write(each, {}, with_tracks=False) for each in found], count, offset)


@get("/playlist/{playlist_id:str}", opt=allow("listener", "service"))
async def playlist(request: Request[Any, Any, Any], playlist_id: FromPath[str]) -> dict[str, Any]:
    """Return a Weekly or a mix as JSPF; what the rules have removed since is left out."""
    service: Service = request.app.state.service
    try:
        wanted = UUID(playlist_id)
    except ValueError as error:
        raise NotFound(f"Cannot find playlist: {playlist_id}") from error
    found, shelf = await answers.playlist(service, wanted, listener_id=request.user.listener_id)
    tracks = await answers.items(service, [slot.item_id for slot in found.on(shelf)])
    about = await answers.items(service, _makers(tracks.values()))
    return jspf.write(_playlist(found, shelf), {**about, **tracks})


@get("/cf/recommendation/user/{user_name:str}/recording", opt=allow("listener", "service"))
async def recommended(
    request: Request[Any, Any, Any],
    user_name: FromPath[str],
    count: FromQuery[int] = 25,
    offset: FromQuery[int] = 0,
) -> Response[Any]:
    """Return the recordings made for a user that have a MusicBrainz id; 204 where none has."""
    service: Service = request.app.state.service
    who = listener_of(request.user, user_name)
    decision = await answers.home_page(service, who)
    slots = [slot for slot in decision.slots if slot.shelf == RECOMMENDING] or decision.slots
    known = await answers.items(service, [slot.item_id for slot in slots])
    found = [
        {"recording_mbid": item.mbid, "score": slot.score}
        for slot in slots
        if isinstance(item := known.get(slot.item_id), Track) and item.mbid
    ]
    if not found:
        return Response(None, status_code=204)
    first = max(offset, 0)
    shown = found[first : first + min(max(count, 0), MAX_COUNT)]
    return Response(
        {
            "payload": {
                "mbids": shown,
                "entity": "recording",
                "user_name": who,
                "last_updated": int(decision.made_at.timestamp()),
                "count": len(shown),
                "total_mbid_count": len(found),
                "offset": first,
                "model_id": decision.model_version,
                "model_url": "",
            }
        }
    )


def _listed(written: list[dict[str, Any]], count: int, offset: int) -> dict[str, Any]:
    first, n = max(offset, 0), min(max(count, 0), MAX_COUNT)
    return {
        "playlists": written[first : first + n],
        "playlist_count": len(written),
        "offset": first,
        "count": n,
    }


def _playlist(found: PeriodList, shelf: str | None) -> jspf.Playlist:
    """Return a list, or one shelf of it, as a playlist of the name apps know it by."""
    return _weekly(found) if found.decision.surface == WEEKLY else _mix(found, shelf)


def _mix(mixes: PeriodList, shelf: str | None) -> jspf.Playlist:
    """Return one mix of a day, or all of it, as a playlist."""
    decision, day = mixes.decision, date.fromisoformat(mixes.period)
    name = f": {decision.shelf(shelf).title}" if shelf is not None else ""
    return jspf.Playlist(
        playlist_id=playlist_id_of(decision, shelf),
        title=f"Daily Mix{name} for {decision.listener_id}, {day:%Y-%m-%d %a}",
        listener=decision.listener_id,
        made_at=decision.made_at,
        item_ids=tuple(slot.item_id for slot in mixes.on(shelf)),
        annotation=MIX_ANNOTATION,
        source_patch=MIX_PATCH,
        expires_at=mixes.expires_at,
    )


def _weekly(weekly: PeriodList) -> jspf.Playlist:
    """Return a Weekly as a playlist of the name apps know it by."""
    decision = weekly.decision
    monday = monday_of(decision.period or "")
    whole = jspf.of_decision(
        decision,
        title=f"Weekly Exploration for {decision.listener_id}, week of {monday:%Y-%m-%d %a}",
        source_patch=WEEKLY_PATCH,
        annotation=ANNOTATION,
    )
    return replace(
        whole,
        item_ids=tuple(slot.item_id for slot in weekly.slots),
        expires_at=weekly.expires_at,
    )


def _makers(tracks: Iterable[AnyItem]) -> list[str]:
    """Return the ids of the artists and albums of these items."""
    found: dict[str, None] = {}
    for track in tracks:
        if isinstance(track, Track):
            found.update(dict.fromkeys(track.artist_ids))
            if track.album_id is not None:
                found[track.album_id] = None
    return list(found)


handlers = (playlists, created_for, playlist, recommended)
