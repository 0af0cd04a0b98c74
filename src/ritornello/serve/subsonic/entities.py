"""Artists, albums and songs as the protocol's clients read them.

A field is there where the catalogue knows it. What the protocol wants of every album and we may not know, its
date, is the release's, else the beginning of 1970.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ritornello.kinds.items import Album, AnyItem, Artist, Track

Entity = dict[str, Any]
Extent = tuple[int, int]
"""How many tracks an album has and how long they last together, in milliseconds."""
_UNKNOWN_DAY = date(1970, 1, 1)


def artist(item: Artist) -> Entity:
    """Return an artist (``ArtistID3``)."""
    return {"id": item.item_id, "name": item.title, **_known(musicBrainzId=item.mbid)}


def album(item: Album, extent: Extent) -> Entity:
    """Return an album (``AlbumID3``)."""
    n_tracks, lasts_ms = extent
    released_on = item.released_on or _UNKNOWN_DAY
    return {
        "id": item.item_id,
        "name": item.title,
        "songCount": n_tracks,
        "duration": lasts_ms // 1000,
        "created": f"{released_on.isoformat()}T00:00:00.000Z",
        **_made_by(item),
        **_described(item),
    }


def song(item: Track, names: Mapping[str, AnyItem]) -> Entity:
    """Return a track (``Child``).

    Parameters
    ----------
    names : the artists credited on it, by id, as far as the catalogue knows them.
    """
    artists = [
        {"id": artist_id, "name": names[artist_id].title}
        for artist_id in item.artist_ids
        if artist_id in names
    ]
    return {
        "id": item.item_id,
        "isDir": False,
        "title": item.title,
        "type": "music",
        "mediaType": "song",
        "isVideo": False,
        **_known(
            parent=item.album_id,
            albumId=item.album_id,
            album=item.album_title,
            duration=None if item.duration_ms is None else item.duration_ms // 1000,
            path=item.location,
            bpm=None if item.bpm is None else round(item.bpm),
        ),
        **_made_by(item),
        **_described(item),
        "explicitStatus": "explicit" if item.explicit else "",
        "isrc": [item.isrc] if item.isrc else [],
        "moods": list(item.moods),
        "artists": artists,
    }


def _made_by(item: Album | Track) -> Entity:
    artist_id = item.artist_ids[0] if item.artist_ids else None
    return _known(artist=item.artist_name or None, artistId=artist_id)


def _described(item: Album | Track) -> Entity:
    return {
        **_known(
            year=item.released_on.year if item.released_on else None,
            genre=item.genres[0] if item.genres else None,
            musicBrainzId=item.mbid,
        ),
        "genres": [{"name": genre} for genre in item.genres],
    }


def _known(**fields: Any) -> Entity:
    return {name: value for name, value in fields.items() if value is not None}
