"""Playlists as apps look for them: Weeklies and Daily Mixes, and recommended recordings."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from ritornello.intake import jspf, xspf
from ritornello.intake.playlists import Playlist
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import AnyItem, Track
from ritornello.serve import answers
from ritornello.serve.access import allow, listener_of
from ritornello.serve.api.playlists import as_shown
from ritornello.serve.service import Service
from ritornello.surfaces import as_playlists

N_CREATED_FOR = 2
MAX_COUNT = 100
RECOMMENDING = "made_for_you"


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
    found = [as_playlists.of_weekly(weekly) for weekly in weeklies]
    found += [as_playlists.of_mix(mixes, shelf.name) for shelf in shelves if mixes is not None]
    return _listed([jspf.write(each, {}, with_tracks=False) for each in found], count, offset)


@get("/playlist/{playlist_id:str}", opt=allow("listener", "service"))
async def playlist(request: Request[Any, Any, Any], playlist_id: FromPath[str]) -> dict[str, Any]:
    """Return a Weekly, a mix or a moment's list as JSPF; what the rules have removed since is left out."""
    return jspf.write(*await _found(request, playlist_id))


@get("/playlist/{playlist_id:str}/xspf", opt=allow("listener", "service"))
async def playlist_xspf(
    request: Request[Any, Any, Any], playlist_id: FromPath[str]
) -> Response[bytes]:
    """Return the same as XSPF."""
    written = xspf.write(*await _found(request, playlist_id))
    return Response(written, media_type=xspf.MEDIA_TYPE)


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


async def _found(
    request: Request[Any, Any, Any], playlist_id: str
) -> tuple[Playlist, dict[str, AnyItem]]:
    """Return a playlist of whom the key reaches, and every item it names."""
    service: Service = request.app.state.service
    try:
        wanted = UUID(playlist_id)
    except ValueError as error:
        raise NotFound(f"Cannot find playlist: {playlist_id}") from error
    try:
        written = await as_shown(service, wanted, None, request.user.listener_id)
    except NotFound as error:
        raise NotFound(f"Cannot find playlist: {playlist_id}") from error
    tracks = await answers.items(service, written.item_ids)
    return written, await answers.items(service, as_playlists.makers(tracks.values())) | tracks


def _listed(written: list[dict[str, Any]], count: int, offset: int) -> dict[str, Any]:
    first, n = max(offset, 0), min(max(count, 0), MAX_COUNT)
    return {
        "playlists": written[first : first + n],
        "playlist_count": len(written),
        "offset": first,
        "count": n,
    }


handlers = (playlists, created_for, playlist, playlist_xspf, recommended)
