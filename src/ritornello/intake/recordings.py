"""What an artist, a title and a release name together: the recording and everything around it.

Scrobblers that are not ListenBrainz know a recording by its text and perhaps a MusicBrainz id. The
id of a listen is made of that text as it was written, not of the item it was taken for, so that a
catalogue that has learnt more in between changes nothing.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from ritornello.catalog import identity
from ritornello.catalog.items import Resolver
from ritornello.intake.fields import fits, text
from ritornello.intake.refusal import Refused
from ritornello.kinds.items import Album, AnyItem, Artist, Mbid, Track

REMEMBERED = 16_384
_NAMES = ("artist", "title", "release")
_MBIDS = ("recording_mbid", "artist_mbid", "release_mbid")


class Recording(NamedTuple):
    """A recording: its item, its artist, title and release as written, the items its row names."""

    item_id: str
    names: tuple[str, str, str]
    items: tuple[AnyItem, ...]

    @property
    def text_key(self) -> str:
        """The key of its text."""
        return str(identity.recording_msid(*self.names))


class _Named(NamedTuple):
    """What a row says of a recording, cleaned."""

    artist: str
    title: str
    release: str
    recording_mbid: str | None
    artist_mbid: str | None
    release_mbid: str | None
    duration_ms: int | None


class Recordings:
    """Finds what rows name; the same names are looked up once.

    Parameters
    ----------
    remembered : so many of the latest, about 2 KiB each; none where the caller remembers.
    """

    def __init__(self, resolver: Resolver, *, remembered: int = REMEMBERED) -> None:
        self._resolver = resolver
        self._found = lru_cache(maxsize=remembered)(self._find)

    def of(self, stated: dict[str, Any], duration_ms: int | None = None) -> Recording:
        """Return what a row names.

        Parameters
        ----------
        stated : ``artist``, ``title``, and where known ``release``, ``recording_mbid``,
            ``artist_mbid``, ``release_mbid``; a malformed id is none.

        Raises
        ------
        Refused : no artist or no title that a reader could see, or a name too long to be one.
        """
        names = [" ".join(text(stated, field).split()) for field in _NAMES]
        for field, name in zip(_NAMES, names, strict=True):
            if field != "release" and not identity.visible(name):
                raise Refused(field, "empty", f"no {field}")
            if "\x00" in name:
                raise Refused(field, "null_character", f"{field} holds a null character")
        mbids = [text(stated, field).lower() for field in _MBIDS]
        known = (mbid if mbid and fits(mbid, Mbid) else None for mbid in mbids)
        return self._found(_Named._make((*names, *known, duration_ms)))

    def _find(self, named: _Named) -> Recording:
        resolver, credit, release = self._resolver, named.artist, named.release
        name = identity.split_guests(credit)[0]
        artist_id = resolver.artist(name=name, mbid=named.artist_mbid)
        found: list[AnyItem] = [Artist(item_id=artist_id, title=name, mbid=named.artist_mbid)]
        album_id = None
        if identity.visible(release):
            album_id = resolver.album(artist=credit, title=release, mbid=named.release_mbid)
            album = Album(
                item_id=album_id,
                title=release,
                artist_ids=(artist_id,),
                artist_name=credit,
                mbid=named.release_mbid,
            )
            found.append(album)
        mbid = named.recording_mbid
        track = Track(
            item_id=resolver.track(artist=credit, title=named.title, mbid=mbid),
            title=named.title,
            artist_ids=(artist_id,),
            artist_name=credit,
            album_id=album_id,
            album_title=release or None,
            duration_ms=named.duration_ms,
            mbid=mbid,
        )
        return Recording(track.item_id, (credit, named.title, release), (*found, track))
