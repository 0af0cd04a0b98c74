"""A listener's own lists by name: this week's Discover Weekly, today's Daily Mixes, and the moments of the house.

They are few and made anew each day, so no index holds them: they are matched in memory, as everything of one listener
is. Only the listener who asks is ever looked at.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from ritornello.kinds.ids import ItemId
from ritornello.surfaces.lists import playlist_id, readable
from ritornello.surfaces.pools import Pool
from ritornello.surfaces.recipes import SearchShape
from ritornello.surfaces.search.likeness import FloatArray, likeness
from ritornello.surfaces.situation import Situation

WEEKLY, MIX = "Discover Weekly", "Daily Mix"


class OwnList(msgspec.Struct, frozen=True):
    """A list by its id ``playlist:…``, what it is called, what else it is known by, and whether it is a moment.

    The key of a list is its id as a playlist, of a moment ``moment.`` and its name.
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
        OwnList(f"playlist:moment.{pool.name}", pool.title, pool.intent or "", "moment")
        for pool in pools
    )
    return tuple(found)


def like(
    lists: Sequence[OwnList], text: str, shape: SearchShape
) -> tuple[Sequence[OwnList], FloatArray]:
    """Return the lists that begin like a text or hold its words, the likest first, and how like they are.

    Parameters
    ----------
    text : folded.
    """
    found = likeness(text, [(each.title, each.known_as) for each in lists], shape)
    places = sorted(range(len(lists)), key=lambda place: -found[place])
    kept = [place for place in places if found[place] >= shape.holds]
    return [lists[place] for place in kept], found[kept]
