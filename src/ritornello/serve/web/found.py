"""What was found, as the templates of search show it: groups of hits, and places in episodes with their words marked.

A hit of a decision knows where it stood; one of what is found while typing does not, for nothing was decided.
Titles and words stay the hostile text they came as; the templates escape them.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from ritornello.kinds.decisions import Decision, Slot
from ritornello.kinds.ids import kind_of
from ritornello.kinds.items import AnyItem
from ritornello.serve.web import cards, covers
from ritornello.serve.web.wording import clock
from ritornello.surfaces.search.cutting import Passage
from ritornello.surfaces.search.focusing import EntryPoint
from ritornello.surfaces.search.instant import Groups, Result
from ritornello.surfaces.search.own_lists import OwnList

Form = Literal["top", "rows", "cards", "passages"]
FORMS: dict[str, Form] = {
    "top": "top",
    "tracks": "rows",
    "episodes": "rows",
    "passages": "passages",
}
"""How a group of that name is laid out; others are cards."""
WORDS = {
    "track": "Track",
    "artist": "Artist",
    "album": "Album",
    "show": "Show",
    "episode": "Episode",
    "playlist": "Your list",
    "moment": "Moment",
}
TYPED: tuple[tuple[str, Form, str], ...] = (
    ("Artists", "cards", "artists"),
    ("Tracks", "rows", "tracks"),
    ("Albums", "cards", "albums"),
    ("Shows", "cards", "shows"),
    ("Episodes", "rows", "episodes"),
    ("Your lists", "cards", "playlists"),
    ("Moments", "cards", "moments"),
)
"""The groups of what is found while somebody types: title, form, and the group's name."""

Pieces = tuple[tuple[str, bool], ...]
Items = Mapping[str, AnyItem]
Lists = Mapping[str, OwnList]
Entries = Mapping[tuple[str, int], EntryPoint]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found: what it is, a line on it, where it leads, how it plays, and where it stood."""

    item_id: str
    title: str
    by: str
    line: str
    href: str
    in_panel: bool = True
    is_playable: bool = False
    is_round: bool = False
    cover: str = ""
    duration_ms: int | None = None
    start_ms: int | None = None
    decision_id: str = ""
    shelf: str = ""
    position: int = 0
    pieces: Pieces = ()
    speaker: str = ""
    chapter: str = ""
    is_here: bool = False

    @property
    def named(self) -> str:
        """The title, by whom and from when, for screen readers and messages."""
        named = f"{self.title} by {self.by}" if self.by else self.title
        return f"{named} from {clock(self.start_ms)}" if self.start_ms else named


class Group(msgspec.Struct, frozen=True):
    """Hits under one title."""

    name: str
    title: str
    form: Form
    hits: tuple[Hit, ...]


def groups_of(decision: Decision, items: Items, lists: Lists, entries: Entries) -> list[Group]:
    """Return a decision's shelves as groups, without the empty ones.

    Parameters
    ----------
    lists : the lists among the slots by their ids, which no catalogue knows.
    entries : the words of places in episodes, by shelf and position.
    """
    groups = []
    for shelf in decision.shelves:
        slots = [slot for slot in decision.slots if slot.shelf == shelf.name]
        hits = tuple(
            msgspec.structs.replace(
                hit,
                decision_id=str(decision.decision_id),
                shelf=slot.shelf,
                position=slot.position,
            )
            for slot in slots
            for hit in _placed(slot, items, lists, entries)
        )
        if hits:
            form = "passages" if hits[0].pieces else FORMS.get(shelf.name, "cards")
            groups.append(Group(shelf.name, shelf.title, form, hits))
    return groups


def typed_groups(found: Groups, items: Items) -> list[Group]:
    """Return what is found while somebody types as groups, without the empty ones."""
    groups = [Group("top", "Top result", "top", _hits((found.top,) if found.top else (), items))]
    for title, form, name in TYPED:
        groups.append(Group(name, title, form, _hits(getattr(found, name), items)))
    return [group for group in groups if group.hits]


def _hits(results: Sequence[Result], items: Items) -> tuple[Hit, ...]:
    return tuple(hit for each in results for hit in _typed(each, items))


def _typed(found: Result, items: Items) -> tuple[Hit, ...]:
    if found.kind in ("playlist", "moment"):
        return (list_hit(found.item_id, found.title, is_moment=found.kind == "moment"),)
    return item_hit(found.item_id, items)


def _placed(slot: Slot, items: Items, lists: Lists, entries: Entries) -> tuple[Hit, ...]:
    """Return what stands in a slot; nothing where nobody knows it any more."""
    own = lists.get(slot.item_id)
    if own is not None:
        return (list_hit(own.item_id, own.title, is_moment=own.kind == "moment"),)
    entry = entries.get((slot.shelf, slot.position))
    hits = item_hit(slot.item_id, items)
    return hits if entry is None else tuple(at_passage(hit, entry) for hit in hits)


def item_hit(item_id: str, items: Items) -> tuple[Hit, ...]:
    """Return an item as a hit; none where nobody knows it (any more)."""
    item = items.get(item_id)
    if item is None:
        return ()
    kind, (by, _) = kind_of(item_id), cards.credit(item)
    hit = Hit(
        item_id=item_id,
        title=item.title,
        by=by,
        line=f"{WORDS[kind]} · {by}" if by else WORDS[kind],
        href=f"/item/{item_id}",
        is_playable=kind in ("track", "episode"),
        is_round=kind == "artist",
        duration_ms=getattr(item, "duration_ms", None),
    )
    return (hit,)


def list_hit(item_id: str, title: str, *, is_moment: bool) -> Hit:
    """Return a listener's list, or a moment of the house, as a hit."""
    key = item_id.removeprefix("playlist:")
    sitter = covers.Sitter(item_id=item_id, family=item_id, genre="", energy=covers.MEDIUM_ENERGY)
    return Hit(
        item_id=item_id,
        title=title,
        by="",
        line=WORDS["moment" if is_moment else "playlist"],
        href=f"/moments/{key}" if is_moment else f"/lists/{key}",
        in_panel=False,
        cover=covers.draw(sitter),
    )


def at_passage(hit: Hit, entry: EntryPoint) -> Hit:
    """Return an episode as the place in it where it speaks of what was asked."""
    until = f"{clock(entry.start_ms)} to {clock(entry.end_ms)}" if entry.end_ms else ""
    return msgspec.structs.replace(
        hit,
        line=" · ".join(filter(None, (hit.by, entry.chapter, until))),
        href=f"/episode/{entry.episode_id}?at={entry.start_ms or 0}",
        in_panel=False,
        start_ms=entry.start_ms,
        pieces=(*pieces_of(entry.words, entry.marked), *_goes_on(entry.words)),
        speaker=entry.speaker or "",
        chapter=entry.chapter,
    )


def _goes_on(words: str) -> Pieces:
    """Return the sign that more is said, behind words that end in the middle of a sentence."""
    return () if words.rstrip("\"'”’)").endswith((".", "?", "!", "…")) else ((" …", False),)


def pieces_of(words: str, marked: Sequence[tuple[int, int]]) -> Pieces:
    """Return words in pieces, each with whether it was asked for.

    Examples
    --------
    >>> pieces_of("of rain and rain", [(3, 7), (12, 16)])
    (('of ', False), ('rain', True), (' and ', False), ('rain', True))
    """
    pieces, at = [], 0
    for begin, end in sorted(marked):
        if begin < at or end <= begin:
            continue
        pieces += [(words[at:begin], False), (words[begin:end], True)]
        at = end
    pieces.append((words[at:], False))
    return tuple((text, is_asked) for text, is_asked in pieces if text)


def as_said(hit: Hit, passage: Passage, chapter: str, at_ms: int | None) -> Hit:
    """Return an episode as one passage of it.

    Parameters
    ----------
    at_ms : where one wants to be led; the passage that holds it is where one is.
    """
    start_ms = passage.start_ms
    is_here = (
        at_ms is not None
        and start_ms is not None
        and start_ms <= at_ms < (passage.end_ms or start_ms)
    )
    return msgspec.structs.replace(
        hit,
        href=f"?at={start_ms or 0}#at",
        in_panel=False,
        start_ms=start_ms,
        pieces=((passage.text, False),),
        speaker=passage.speaker or "",
        chapter=chapter,
        is_here=is_here,
    )
