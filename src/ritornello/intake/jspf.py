"""Playlists as ListenBrainz writes them: JSPF with its two extensions.

A recording without a MusicBrainz id is named by our own URN; none is ever invented for it. What
Subsonic players call a track goes where ListenBrainz's own tools look for it.

Source: JSPF (Xiph), and MusicBrainz's ``doc/jspf`` extensions as ListenBrainz uses them.
"""

from collections.abc import Mapping
from typing import Any

from ritornello.intake.playlists import (
    MUSICBRAINZ,
    Entry,
    Playlist,
    as_uri,
    entries,
    one_line,
)
from ritornello.kinds.items import AnyItem, Artist, Track

CREATOR = "ritornello"
MEDIA_TYPE = "application/jspf+json"
PLAYLIST_ROOT = "https://listenbrainz.org/playlist/"
"""Players take a playlist's id from the end of this URI, whoever serves it."""
PLAYLIST_EXTENSION = "https://musicbrainz.org/doc/jspf#playlist"
TRACK_EXTENSION = "https://musicbrainz.org/doc/jspf#track"

_SUBSONIC = "subsonic:song:"
_SUBSONIC_ROOT = "https://subsonic.org/entity/song/"


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
    found = entries(playlist, items) if with_tracks else []
    about: dict[str, Any] = {}
    if playlist.source_patch is not None:
        about["algorithm_metadata"] = {"source_patch": playlist.source_patch}
    if playlist.expires_at is not None:
        about["expires_at"] = playlist.expires_at.isoformat()
    return {
        "playlist": {
            "creator": CREATOR,
            "title": one_line(playlist.title),
            "identifier": f"{PLAYLIST_ROOT}{playlist.playlist_id}",
            "date": playlist.made_at.isoformat(),
            "annotation": one_line(playlist.annotation),
            "extension": {
                PLAYLIST_EXTENSION: {
                    "public": False,
                    "creator": CREATOR,
                    "created_for": playlist.listener,
                    "last_modified_at": playlist.made_at.isoformat(),
                    "additional_metadata": about,
                }
            },
            "track": [_track(entry, playlist, items) for entry in found],
        }
    }


def _track(entry: Entry, playlist: Playlist, items: Mapping[str, AnyItem]) -> dict[str, Any]:
    extension: dict[str, Any] = {
        "added_by": CREATOR,
        "added_at": playlist.made_at.isoformat(),
        "artist_identifiers": [],
        "additional_metadata": {},
    }
    written: dict[str, Any] = {
        "identifier": list(entry.identifiers),
        "title": entry.title,
        "creator": entry.creator,
        "extension": {TRACK_EXTENSION: extension},
    }
    if entry.location is not None:
        written["location"] = [as_uri(entry.location)]
    if entry.duration_ms is not None:
        written["duration"] = entry.duration_ms
    if entry.album:
        written["album"] = entry.album
    for uri in entry.identifiers:
        if uri.startswith(_SUBSONIC):
            song = _SUBSONIC_ROOT + uri.removeprefix(_SUBSONIC)
            extension["additional_metadata"]["subsonic_identifier"] = song
    if isinstance(entry.item, Track):
        extension |= _makers(entry.item, items)
    return written


def _makers(track: Track, items: Mapping[str, AnyItem]) -> dict[str, Any]:
    """Return who made a track, and on which release, where MusicBrainz knows them."""
    artists = [items[artist_id] for artist_id in track.artist_ids if artist_id in items]
    makers: dict[str, Any] = {
        "artist_identifiers": [
            f"{MUSICBRAINZ}artist/{artist.mbid}"
            for artist in artists
            if isinstance(artist, Artist) and artist.mbid
        ]
    }
    album = items.get(track.album_id or "")
    if album is not None and album.mbid:
        makers["release_identifier"] = f"{MUSICBRAINZ}release/{album.mbid}"
    return makers
