"""Playlists as ListenBrainz writes them: JSPF with its two extensions.

A recording without a MusicBrainz id is named by our own URN; none is ever invented for it.

Source: JSPF (Xiph), and MusicBrainz's ``doc/jspf`` extensions as ListenBrainz uses them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ritornello.catalog import identity
from ritornello.kinds.decisions import Decision
from ritornello.kinds.items import AnyItem, Artist, Episode, Playable, Track

CREATOR = "ritornello"
PLAYLIST_ROOT = "https://listenbrainz.org/playlist/"
"""Players take a playlist's id from the end of this URI, whoever serves it."""
PLAYLIST_EXTENSION = "https://musicbrainz.org/doc/jspf#playlist"
TRACK_EXTENSION = "https://musicbrainz.org/doc/jspf#track"

_MUSICBRAINZ = "https://musicbrainz.org/"


class Playlist(msgspec.Struct, frozen=True, kw_only=True):
    """A list of items for one listener; ``source_patch`` is the name players know its kind by."""

    playlist_id: UUID
    title: str
    listener: str
    made_at: datetime
    item_ids: tuple[str, ...]
    annotation: str = ""
    source_patch: str | None = None
    expires_at: datetime | None = None


def of_decision(
    decision: Decision, *, title: str, source_patch: str | None = None, annotation: str = ""
) -> Playlist:
    """Return a decision's slots, in the order shown, as a playlist with the decision's id."""
    return Playlist(
        playlist_id=decision.decision_id,
        title=title,
        listener=decision.listener_id,
        made_at=decision.made_at,
        item_ids=tuple(slot.item_id for slot in decision.slots),
        annotation=annotation,
        source_patch=source_patch,
        expires_at=decision.expires_at,
    )


def write(
    playlist: Playlist, items: Mapping[str, AnyItem], *, with_tracks: bool = True
) -> dict[str, Any]:
    """Return a playlist as a JSPF document.

    Parameters
    ----------
    items : the items by id, and their artists and albums where their MusicBrainz ids should
        appear. An item that is not among them is left out: a player could not show it.
    with_tracks : false for the entries of a list of playlists.
    """
    known = [items[item_id] for item_id in playlist.item_ids if item_id in items]
    playables = [item for item in known if isinstance(item, Playable)] if with_tracks else []
    about: dict[str, Any] = {}
    if playlist.source_patch is not None:
        about["algorithm_metadata"] = {"source_patch": playlist.source_patch}
    if playlist.expires_at is not None:
        about["expires_at"] = playlist.expires_at.isoformat()
    return {
        "playlist": {
            "creator": CREATOR,
            "title": playlist.title,
            "identifier": f"{PLAYLIST_ROOT}{playlist.playlist_id}",
            "date": playlist.made_at.isoformat(),
            "annotation": playlist.annotation,
            "extension": {
                PLAYLIST_EXTENSION: {
                    "public": False,
                    "creator": CREATOR,
                    "created_for": playlist.listener,
                    "last_modified_at": playlist.made_at.isoformat(),
                    "additional_metadata": about,
                }
            },
            "track": [_track(item, playlist, items) for item in playables],
        }
    }


def _track(item: Playable, playlist: Playlist, items: Mapping[str, AnyItem]) -> dict[str, Any]:
    extension: dict[str, Any] = {
        "added_by": CREATOR,
        "added_at": playlist.made_at.isoformat(),
        "artist_identifiers": [],
        "additional_metadata": {},
    }
    written: dict[str, Any] = {
        "identifier": [_identifier(item)],
        "title": item.title,
        "creator": "",
        "extension": {TRACK_EXTENSION: extension},
    }
    if item.duration_ms is not None:
        written["duration"] = item.duration_ms
    if isinstance(item, Episode):
        written |= {"creator": item.show_title, "album": item.show_title}
    if isinstance(item, Track):
        written["creator"] = item.artist_name
        if item.album_title:
            written["album"] = item.album_title
        artists = [items[artist_id] for artist_id in item.artist_ids if artist_id in items]
        extension["artist_identifiers"] = [
            f"{_MUSICBRAINZ}artist/{artist.mbid}"
            for artist in artists
            if isinstance(artist, Artist) and artist.mbid
        ]
        album = items.get(item.album_id or "")
        if album is not None and album.mbid:
            extension["release_identifier"] = f"{_MUSICBRAINZ}release/{album.mbid}"
    return written


def _identifier(item: Playable) -> str:
    if isinstance(item, Track) and item.mbid:
        return f"{_MUSICBRAINZ}recording/{item.mbid}"
    return identity.urn(item.item_id)
