"""Which of today's tastes is which mix of yesterday: the same taste keeps its mix, name and place.

A mix is what stands on its shelf: nothing else is remembered. Today's tastes are matched one to one to the
mixes of the newest list by how much they share, Kulczyński's mean of two shares,

    s(taste, mix) = ½ (share of the mix's familiar slots by artists of the taste
                       + share of the taste's weight on artists of the mix),

so that the sum is highest (Kuhn, NRLQ 1955), from ``SAME`` on. A taste that is in none of them is looked for
in older lists, four weeks back: a taste that returns gets its old mix again. A taste becomes a mix at one
share of the listening and stops being one at a lower one, so that nothing flickers.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec
import numpy as np
import zstandard
from scipy.optimize import linear_sum_assignment

from ritornello.catalog.view import NONE, View
from ritornello.kinds.ids import key_of
from ritornello.kinds.times import to_us
from ritornello.policies.choice import FAMILIAR
from ritornello.surfaces.recipes import MixShape
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.sources import Places, artist_keys
from ritornello.surfaces.tastes import Cluster

REMEMBERED = timedelta(weeks=4)
SAME = 1 / 3

_BEFORE = """
SELECT body FROM lists
WHERE listener_id = ? AND surface = ? AND period < ? AND visible_from_at_us > ?
ORDER BY period DESC
"""


class _Shelf(msgspec.Struct, frozen=True, gc=False):
    name: str
    title: str


class _Slot(msgspec.Struct, frozen=True, gc=False):
    shelf: str
    item_id: str
    source: str


class _Day(msgspec.Struct, frozen=True):
    shelves: tuple[_Shelf, ...]
    slots: tuple[_Slot, ...]


_DECODER = msgspec.json.Decoder(_Day)


class PastMix(msgspec.Struct, frozen=True):
    """A mix as it was: its identity, its name, the familiar items it showed."""

    name: str
    title: str
    item_ids: tuple[str, ...]


class Identity(msgspec.Struct, frozen=True):
    """A mix's identity, and the name it already has; empty where it has none yet."""

    name: str
    title: str = ""


class Past:
    """The mixes of the last four weeks, read back from their lists as far as they are asked for."""

    def __init__(self, conn: sqlite3.Connection, situation: Situation, day: str) -> None:
        request = situation.request
        since_us = to_us(request.at - REMEMBERED)
        key = (request.profile.listener_id, request.surface, day, since_us)
        self._view = situation.view
        self._days = (_mixes(body) for (body,) in conn.execute(_BEFORE, key))
        self.newest: list[PastMix] = next(self._days, [])

    def older(self) -> Iterator[PastMix]:
        """Yield the mixes no newer list holds, the latest of each."""
        seen = {mix.name for mix in self.newest}
        for mixes in self._days:
            for mix in mixes:
                if mix.name not in seen:
                    seen.add(mix.name)
                    yield mix

    def artists(self) -> list[frozenset[int]]:
        """Return the artists of each of the newest mixes."""
        return [frozenset(_artists(mix, self._view).tolist()) for mix in self.newest]


def identified(
    situation: Situation, clusters: Sequence[Cluster], past: Past, shape: MixShape, day: str
) -> list[tuple[Cluster, Identity]]:
    """Give each taste that is a mix today its identity; the mixes stand in their places.

    Those that stay keep their order, a new one takes the place of one that went, or the last.
    """
    view, newest = situation.view, past.newest
    found: dict[int, PastMix] = _matched(clusters, newest, view)
    unknown = [place for place in range(len(clusters)) if place not in found]
    if unknown:
        older = list(past.older())
        again = _matched([clusters[place] for place in unknown], older, view)
        found |= {unknown[place]: mix for place, mix in again.items()}
    names = {mix.name for mix in newest}
    standing: dict[str, int] = {}
    coming: list[int] = []
    for place, cluster in enumerate(clusters):
        if place in found and found[place].name in names:
            if cluster.share >= shape.leaves_below:
                standing[found[place].name] = place
        elif cluster.share >= shape.enters_at:
            coming.append(place)
    seats: list[int | None] = [standing.get(mix.name) for mix in newest]
    for place in coming:
        if None in seats:
            seats[seats.index(None)] = place
        else:
            seats.append(place)
    order = [place for place in seats if place is not None][: shape.n_mixes]
    return [(clusters[p], _identity(situation, clusters[p], found.get(p), day)) for p in order]


def _identity(situation: Situation, cluster: Cluster, mix: PastMix | None, day: str) -> Identity:
    if mix is not None:
        return Identity(mix.name, mix.title)
    lead = situation.view.ids[cluster.heard.rows[0]]
    return Identity(f"mix-{key_of(situation.profile.listener_id, day, lead)[:8]}")


def _mixes(body: bytes) -> list[PastMix]:
    """Read the mixes of one stored list, in their places."""
    day = _DECODER.decode(zstandard.decompress(body))
    items: dict[str, list[str]] = {shelf.name: [] for shelf in day.shelves}
    for slot in day.slots:
        if slot.source == FAMILIAR:
            items[slot.shelf].append(slot.item_id)
    return [PastMix(s.name, s.title, tuple(items[s.name])) for s in day.shelves]


def _matched(
    clusters: Sequence[Cluster], mixes: Sequence[PastMix], view: View
) -> dict[int, PastMix]:
    """Return the mix each cluster is, by the cluster's place."""
    if not clusters or not mixes:
        return {}
    alike = np.array([[_alike(c, _artists(mix, view)) for mix in mixes] for c in clusters])
    places, columns = linear_sum_assignment(alike, maximize=True)
    pairs = zip(places.tolist(), columns.tolist(), strict=True)
    return {p: mixes[column] for p, column in pairs if alike[p, column] >= SAME}


def _alike(cluster: Cluster, artists: Places) -> float:
    """Return s(taste, mix) in [0, 1]."""
    if not len(artists):
        return 0.0
    heard = cluster.heard
    of_mix = np.isin(artists, heard.artists).mean()
    of_taste = heard.weights[np.isin(heard.artists, artists)].sum() / heard.weights.sum()
    return float(of_mix + of_taste) / 2


def _artists(mix: PastMix, view: View) -> Places:
    """Return the artist of each familiar slot of a mix, as far as the catalogue still has it."""
    rows = view.rows(mix.item_ids)
    return artist_keys(view, rows[rows != NONE])
