"""What a query may become: what the listener searched for, what many did, and names of the catalogue.

Each says what it is. Of one folded text only the first stands. What somebody else searched for is shown when at least
``recents.ENOUGH_LISTENERS`` different listeners did, lately, and then in its folded form: nobody's own words or spelling.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from ritornello.kinds.ids import ItemId
from ritornello.surfaces.search import recents
from ritornello.surfaces.search.instant import Groups, Result
from ritornello.surfaces.search.spelling import fold
from ritornello.surfaces.situation import Situation

N_RECENT = 3
N_OF_MANY = 3


class Suggestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """One text to search for, and why it is suggested; a name says whose it is."""

    text: str
    because: Literal["recent", "of_many", "name"]
    item_id: ItemId | None = None
    kind: str = ""


def suggest(
    conn: sqlite3.Connection, situation: Situation, text: str, groups: Groups, n: int = 8
) -> list[Suggestion]:
    """Return up to ``n`` suggestions for what was typed so far; before anything was, what is recent.

    Parameters
    ----------
    groups : what ``instant`` found for the same text.
    """
    typed = fold(text[: recents.LONGEST])
    who = situation.profile.listener_id
    n_recent = N_RECENT if typed else n
    recent = recents.recall(conn, who, typed, n_recent)
    found = [
        *(Suggestion(each, "recent") for each in recent),
        *(Suggestion(each, "of_many") for each in recents.of_many(conn, typed, N_OF_MANY)),
        *(Suggestion(each.title, "name", each.item_id, each.kind) for each in _names(groups)),
    ]
    return list(_distinct(found))[:n]


def _names(groups: Groups) -> Iterator[Result]:
    """Yield the names found, the best of all first, then each kind's in turn."""
    kinds = (groups.artists, groups.tracks, groups.albums, groups.shows, groups.episodes)
    if groups.top is not None:
        yield groups.top
    for place in range(max(map(len, kinds))):
        yield from (kind[place] for kind in kinds if place < len(kind))


def _distinct(found: Iterable[Suggestion]) -> Iterator[Suggestion]:
    seen: set[str] = set()
    for suggestion in found:
        folded = fold(suggestion.text)
        if folded not in seen:
            seen.add(folded)
            yield suggestion
