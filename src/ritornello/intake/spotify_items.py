"""What a row of a Spotify export names: a track, an episode, or a chapter of an audiobook.

An item is found by its Spotify URI where the catalogue has met it before, else by its names; either
way the catalogue learns the URI. A book is a show and its chapters are the episodes.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

from ritornello.catalog import identity
from ritornello.catalog.items import Resolver
from ritornello.intake.recordings import Recordings
from ritornello.intake.refusal import Refused
from ritornello.kinds.ids import fingerprint
from ritornello.kinds.items import AnyItem, Episode, Show

N_TRACKS = 65_536
N_EPISODES = 16_384
"""So many of the latest are remembered, up to 800 bytes each."""

_URI = re.compile(r"spotify:[a-z]+:[A-Za-z0-9]{1,64}")


class Heard(NamedTuple):
    """An item that was heard, its length where the catalogue knows it, and what its listens' ids share.

    That ``fingerprint`` is of what the export calls the item: its URI, else its names.
    """

    item_id: str
    duration_ms: int | None
    fingerprint: int


class Named:
    """Finds the items that rows name, and gathers those met for the first time in ``fresh``.

    Parameters
    ----------
    whose : what the natural keys of the listens begin with: the listener and the source.
    """

    def __init__(self, resolver: Resolver, *whose: str) -> None:
        self._resolver = resolver
        self._whose = whose
        self._recordings = Recordings(resolver, remembered=0)
        self._given: set[str] = set()
        self.fresh: list[AnyItem] = []
        self.track = lru_cache(maxsize=N_TRACKS)(self._track)
        self.episode = lru_cache(maxsize=N_EPISODES)(self._episode)

    def _track(
        self, title: str, artist: str | None, album: str | None = None, uri: str | None = None
    ) -> Heard:
        """Return a recording.

        Raises
        ------
        Refused : no artist or no title that a reader could see.
        """
        stated = {"artist": artist, "title": title, "release": album}
        *others, track = self._recordings.of(stated).items
        return self._heard(track, tuple(others), _uri(uri), artist or "")

    def _episode(
        self,
        title: str | None,
        show: str | None,
        uri: str | None = None,
        show_uri: str | None = None,
    ) -> Heard:
        """Return an episode; without a title of its own it bears its show's.

        Raises
        ------
        Refused : no show that a reader could see.
        """
        show = _name("show", show)
        title = _name("episode", title) if title else show
        known = _uri(show_uri)
        part_of = Show(
            item_id=identity.show_id(show), title=show, identifiers=(known,) if known else ()
        )
        episode = Episode(
            item_id=identity.episode_id(show, title),
            title=title,
            show_id=part_of.item_id,
            show_title=show,
        )
        return self._heard(episode, (part_of,), _uri(uri), show)

    def _heard(self, item: AnyItem, others: tuple[AnyItem, ...], uri: str | None, by: str) -> Heard:
        item_id, duration_ms = self._resolver.known_by(uri, item.item_id)
        if uri is not None:
            item = msgspec.structs.replace(item, item_id=item_id, identifiers=(uri,))
        self.fresh += [other for other in others if other.item_id not in self._given]
        self.fresh.append(item)
        self._given.update(other.item_id for other in others)
        if len(self._given) > N_TRACKS:
            self._given.clear()
        called = uri or f"{by}\x1f{item.title}"
        return Heard(item.item_id, duration_ms, fingerprint(*self._whose, called))


def _name(field: str, stated: str | None) -> str:
    name = " ".join((stated or "").split())
    if not identity.visible(name):
        raise Refused(field, "empty", f"no {field}")
    if "\x00" in name:
        raise Refused(field, "null_character", f"{field} holds a null character")
    return name


def _uri(stated: str | None) -> str | None:
    return stated if stated is not None and _URI.fullmatch(stated) else None
