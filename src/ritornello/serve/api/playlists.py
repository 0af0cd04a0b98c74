"""Any list as a playlist for a player: JSPF, XSPF or M3U8."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from ritornello.intake import playlist_forms
from ritornello.intake.playlists import Playlist
from ritornello.kinds.errors import NotFound
from ritornello.kinds.ids import ListenerId
from ritornello.serve import answers
from ritornello.serve.access import allow
from ritornello.serve.service import Service
from ritornello.surfaces import as_playlists


@get("/playlists/{playlist_id:uuid}", opt=allow("listener", "service"))
async def playlist(
    request: Request[Any, Any, Any],
    playlist_id: FromPath[UUID],
    form: FromQuery[str | None] = None,
    shelf: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Return a list in the form named or accepted: ``jspf``, ``xspf`` or ``m3u8``.

    The id is a playlist's, or that of a decision: a moment's list, or a Home page, of which ``shelf`` picks one shelf.
    What the hard rules have removed since is left out.
    """
    service: Service = request.app.state.service
    accept = request.headers.get("accept", "")
    wanted = playlist_forms.named(form) if form else playlist_forms.accepted(accept)
    return await as_file(service, playlist_id, wanted, shelf, request.user.listener_id)


async def as_file(
    service: Service,
    playlist_id: UUID,
    wanted: playlist_forms.Form,
    shelf: str | None,
    listener_id: ListenerId | None,
) -> Response[bytes]:
    """Return a list to be kept as a file.

    Parameters
    ----------
    listener_id : when given, only this listener's lists exist.

    Raises
    ------
    NotFound : no such list.
    """
    found = await as_shown(service, playlist_id, shelf, listener_id)
    tracks = await answers.items(service, found.item_ids)
    makers = await answers.items(service, as_playlists.makers(tracks.values()))
    written = playlist_forms.write(wanted, found, makers | tracks)
    headers = {
        "Content-Disposition": f'attachment; filename="{playlist_id}.{wanted.name}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept",
    }
    return Response(written.body, media_type=wanted.media_type, headers=headers)


async def as_shown(
    service: Service, playlist_id: UUID, shelf: str | None, listener_id: ListenerId | None
) -> Playlist:
    """Return a Weekly or a mix, else the moment's list or the page of that id, as it may be shown now.

    Raises
    ------
    NotFound : there is none that this key reaches.
    """
    try:
        found, named = await answers.playlist(service, playlist_id, listener_id=listener_id)
    except NotFound:
        decision = await answers.decision(service, playlist_id, listener_id=listener_id)
        slots = await answers.still_allowed(service, decision)
        return as_playlists.of_shown(decision, slots, shelf)
    return as_playlists.of_list(found, named or shelf)


handlers = (playlist,)
