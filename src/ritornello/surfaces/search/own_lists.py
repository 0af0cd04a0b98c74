"""A listener's own lists by name: this week's Discover Weekly, today's Daily Mixes, and the moments of the house.

They are few and made anew each day, so no index holds them: they are matched in memory, as everything of one listener
is. Only the listener who asks is ever looked at.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal
from uuid import UUID

import msgspec
import numpy as np

from ritornello.kinds.decisions import Decision
from ritornello.kinds.ids import ItemId
from ritornello.kinds.times import to_us
from ritornello.store.decisions import unpack
from ritornello.surfaces.lists import playlist_id
from ritornello.surfaces.pools import Pool
from ritornello.surfaces.recipes import SearchShape
from ritornello.surfaces.search.hits import FloatArray, near_names
from ritornello.surfaces.search.ranking import OWN, PARTS, TEXT
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.situation import Situation

WEEKLY, MIX = "Discover Weekly", "Daily Mix"
_STANDING = """
SELECT surface, decision_id, period, body FROM lists
WHERE listener_id = ? AND visible_from_at_us <= ? AND expires_at_us > ? ORDER BY surface, period DESC
"""
LEAST_NEAR = 0.55
"""How near a text must come to the name of a list: a slip or two, or all of the words typed somewhere in it."""


class OwnList(msgspec.Struct, frozen=True):
    """A list by its id ``playlist:…``, what it is called, what else it is known by, and whether it is a moment.

    The key of a list is its id as a playlist, of a moment its name.
    """

    item_id: ItemId
    title: str
    known_as: str
    kind: Literal["playlist", "moment"]


def of_listener(
    conn: sqlite3.Connection, situation: Situation, pools: Iterable[Pool]
) -> tuple[OwnList, ...]:
    """Return the lists that are the listener's now, Weekly and mixes, and the moments that are given."""
    now_us = to_us(situation.request.at)
    found: list[OwnList] = []
    for surface, decision_id, period, body in conn.execute(
        _STANDING, (situation.profile.listener_id, now_us, now_us)
    ):
        if surface == "discover_weekly":
            found.append(OwnList(f"playlist:{UUID(bytes=decision_id)}", WEEKLY, period, "playlist"))
        else:
            found += _mixes(unpack(body))
    moments = (OwnList(f"playlist:{p.name}", p.title, p.intent, "moment") for p in pools)
    return (*found, *moments)


def _mixes(decision: Decision) -> Iterator[OwnList]:
    for shelf in decision.shelves:
        item_id = f"playlist:{playlist_id(decision, shelf.name)}"
        yield OwnList(item_id, shelf.title, MIX, "playlist")


def scored(
    lists: Sequence[OwnList], sought: Sought, shape: SearchShape, weights: FloatArray
) -> list[tuple[OwnList, float]]:
    """Return the lists whose names come near, with their scores, best first.

    They are scored like rows of the catalogue: a list is wholly the listener's own, a moment nobody's.

    Parameters
    ----------
    weights : of the parts of a score.
    """
    near = near_names(sought, [(each.title, each.known_as) for each in lists])
    values = np.zeros((len(lists), len(PARTS)))
    values[:, TEXT], values[:, OWN] = near, [each.kind == "playlist" for each in lists]
    scores = values @ weights + [shape.kinds.get(each.kind, 0.0) for each in lists]
    places = np.flatnonzero(near >= LEAST_NEAR)
    best = places[np.argsort(-scores[places], kind="stable")]
    return [(lists[place], float(scores[place])) for place in best.tolist()]
