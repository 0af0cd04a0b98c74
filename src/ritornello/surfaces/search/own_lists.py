"""A listener's own lists by name: this week's Discover Weekly, today's Daily Mixes, and the moments of the house.

They are few and made anew each day, so no index holds them: they are matched in memory, as everything of one listener
is. Only the listener who asks is ever looked at.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
import numpy as np

from ritornello.kinds.ids import ItemId
from ritornello.surfaces.lists import playlist_id, readable
from ritornello.surfaces.pools import Pool
from ritornello.surfaces.recipes import SearchShape
from ritornello.surfaces.search.hits import FloatArray, near_names
from ritornello.surfaces.search.ranking import OWN, PARTS, TEXT
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.situation import Situation

WEEKLY, MIX = "Discover Weekly", "Daily Mix"
LEAST_NEAR = 0.7
"""How near a text must come to the name of a list: a slip or two, or most of its words."""


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
    """Return the lists that are the listener's now: Weekly, mixes, and the moments that are offered."""
    found: list[OwnList] = []
    for weekly in readable(conn, situation.on("discover_weekly"), n=1):
        if weekly.expires_at > situation.request.at:
            key = playlist_id(weekly.decision)
            found.append(OwnList(f"playlist:{key}", WEEKLY, weekly.period, "playlist"))
    for mixes in readable(conn, situation.on("daily_mix"), n=1):
        if mixes.expires_at > situation.request.at:
            found += (
                OwnList(f"playlist:{playlist_id(mixes.decision, shelf.name)}", shelf.title, MIX, "playlist")
                for shelf in mixes.decision.shelves
            )  # fmt: skip
    found += (
        OwnList(f"playlist:{pool.name}", pool.title, pool.intent or "", "moment") for pool in pools
    )
    return tuple(found)


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
