"""``search3``: what a client searches for, and page by page everything, for a copy of the library.

A query is answered like any other search: decided, committed, then shown; without tries, because a client pages
through the answer and cannot say what of it was seen. An empty query (or ``""``) returns everything one may play,
in the catalogue's own order, which no page disturbs.
"""

from collections.abc import Mapping, Sequence
from sqlite3 import Connection
from typing import Any

import msgspec
import numpy as np

from ritornello.catalog import items
from ritornello.catalog.view import KINDS, NONE, View
from ritornello.kinds.ids import ItemId, ListenerId
from ritornello.kinds.items import Album, Artist, Track
from ritornello.serve import answers, searching
from ritornello.serve.searching import SEARCH, Wanted
from ritornello.serve.service import Service
from ritornello.serve.subsonic import entities, parameters
from ritornello.serve.subsonic.entities import Entity
from ritornello.serve.subsonic.failures import Failure
from ritornello.serve.subsonic.parameters import Parameters
from ritornello.surfaces.recipes import FoundKind

FOLDER = "1"
"""The one music folder there is."""
_KINDS: Mapping[str, FoundKind] = {"artist": "artist", "album": "album", "song": "track"}
"""The protocol's words, which are also its answer's keys, and ours."""

Ids = dict[str, list[ItemId]]
"""Item ids by the protocol's words."""


class Span(msgspec.Struct, frozen=True):
    """How many are wanted, and how many before them are passed over."""

    count: int
    offset: int

    @property
    def end(self) -> int:
        """How many must be found for the span to be full; none where none are wanted."""
        return self.offset + self.count if self.count else 0

    def of(self, found: Sequence[ItemId]) -> list[ItemId]:
        """Return the span of what was found."""
        return list(found[self.offset : self.end])


Spans = Mapping[str, Span]


async def search3(service: Service, who: ListenerId, said: Parameters) -> dict[str, Any]:
    """Answer a search, or a page of everything.

    Raises
    ------
    Failure : 10 without a query or with counts that are no numbers, 70 for another music folder.
    """
    text = parameters.required(said, "query").strip()
    if said.get("musicFolderId") not in (None, "", FOLDER):
        raise Failure(70, f"There is no music folder {said['musicFolderId'][:40]!r}")
    spans = {
        word: Span(
            parameters.count(said, f"{word}Count", 20), parameters.offset(said, f"{word}Offset")
        )
        for word in _KINDS
    }
    if text in ("", '""'):
        found = await service.read(lambda conn: _everything(service, conn, who, spans))
    else:
        found = await _searched(service, who, text, spans, said.get("c", ""))
    shown = await service.read(lambda conn: _shown(conn, service.meant.latest.stock.view, found))
    return {"searchResult3": shown}


async def _searched(service: Service, who: ListenerId, text: str, spans: Spans, client: str) -> Ids:
    """Search, and return the spans of what was found."""
    n = max(span.end for span in spans.values())
    kinds = tuple(_KINDS[word] for word, span in spans.items() if span.count)
    if not kinds:
        return {word: [] for word in _KINDS}
    wanted = Wanted(
        text=text, kinds=kinds, n=n, is_greedy=True, client=f"subsonic {client}".strip()[:128]
    )
    found = await searching.search(service, who, wanted)
    slots = found.decision.slots if found.decision else ()
    return {
        word: span.of([s.item_id for s in slots if s.item_id.startswith(f"{_KINDS[word]}:")])
        for word, span in spans.items()
    }


def _everything(service: Service, conn: Connection, who: ListenerId, spans: Spans) -> Ids:
    """Return the spans of everything that may be shown to a listener, in the catalogue's order."""
    situation = answers.situated(service, conn, who, SEARCH)
    view, shown = situation.view, situation.drawable
    found = {}
    for word, span in spans.items():
        rows = np.flatnonzero(shown & (view.kind == KINDS.index(_KINDS[word])))
        found[word] = [view.ids[row] for row in rows[span.offset : span.end]]
    return found


def _shown(conn: Connection, view: View, found: Ids) -> dict[str, list[Entity]]:
    """Return what was found as clients read it."""
    known = items.get_many(conn, [item_id for ids in found.values() for item_id in ids])
    tracks = [item for item in known.values() if isinstance(item, Track)]
    makers = items.get_many(conn, list({each for track in tracks for each in track.artist_ids}))
    shown: dict[str, list[Entity]] = {word: [] for word in found}
    extents = _extents(view, found["album"])
    for word, ids in found.items():
        for item in (known[item_id] for item_id in ids if item_id in known):
            if isinstance(item, Artist):
                shown[word].append(entities.artist(item))
            elif isinstance(item, Album):
                shown[word].append(entities.album(item, extents[item.item_id]))
            elif isinstance(item, Track):
                shown[word].append(entities.song(item, makers))
    return shown


def _extents(view: View, album_ids: Sequence[ItemId]) -> dict[ItemId, entities.Extent]:
    """Return how many tracks each album has that can be played, and how long they last."""
    rows = view.rows(album_ids)
    on_one = np.flatnonzero(view.available & np.isin(view.album, rows[rows != NONE]))
    extents: dict[ItemId, entities.Extent] = dict.fromkeys(album_ids, (0, 0))
    for album, lasts_ms in zip(
        view.album[on_one].tolist(), view.duration_ms[on_one].tolist(), strict=True
    ):
        n_tracks, before_ms = extents[view.ids[album]]
        extents[view.ids[album]] = (n_tracks + 1, before_ms + max(lasts_ms, 0))
    return extents
